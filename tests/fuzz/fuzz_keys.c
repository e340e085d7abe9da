/* What a terminal sends: only a byte that was alone in its read is a key in a question's lines, and
 * nothing of a paste is one in the console and in a panel. The first byte of a piece is its length.
 */
#include "fuzz.h"

#include "../../tui/console_input.h"

/* The other reader of keys has names of its own. */
int lines_key(const char *bytes, size_t n, bool begin);

static void lines(const uint8_t *p, size_t n)
{
	bool begin = true;
	size_t piece;

	for (; n > 1; p += piece, n -= piece) {
		piece = p[0];
		p++;
		n--;
		piece = piece < n ? piece : n;
		if (piece) {
			MUST(!lines_key((const char *)p, piece, begin) || piece == 1);
			begin = false;
		}
	}
}

static void pasted(const uint8_t *p, size_t n)
{
	static const char mark[] = "\033[200~";
	struct sel_input in = {0};

	for (const char *c = mark; *c; c++)
		(void)sel_input_byte(&in, (uint8_t)*c, 1);
	for (size_t i = 0; i < n && p[i] != '\033'; i++)
		MUST(sel_input_byte(&in, p[i], 2) == SEL_KEY_NONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct sel_input in = {0};

	lines(p, n);
	pasted(p, n);
	for (size_t i = 0; i < n; i++)
		(void)sel_input_byte(&in, p[i], i);
	(void)sel_input_idle(&in, USEC_PER_SEC + n);
	return 0;
}
