#include "../../tui/terminal.h"

int lines_key(const char *bytes, size_t n, bool begin);

/* Whether what ONE read returned is a key. */
int lines_key(const char *bytes, size_t n, bool begin)
{
	static struct sel_keys keys;
	struct sel_key key;

	if (begin)
		keys = (struct sel_keys){0};
	key = sel_keys_feed(&keys, bytes, n, 1);
	return key.kind != SEL_KEY_NONE && key.kind != SEL_KEY_DISCARDED;
}
