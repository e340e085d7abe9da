/* The first bytes of a connection, peeked at as they come. */
#include "fuzz.h"

#include "egress/tls.h"

static int look(const uint8_t *p, size_t n, struct sel_hello *ret)
{
	_cleanup_free_ uint8_t *exact = malloc(n ? n : 1); /* a read beyond it is seen */
	char again[SEL_NAME_MAX];
	int r;

	MUST(exact);
	if (n > 0)
		memcpy(exact, p, n);
	r = sel_hello_look(exact, n, ret);
	MUST(r == 1 || r == 0 || r == -EBADMSG);
	if (r == 1 && ret->sni[0]) {
		MUST(sel_name_canonical(ret->sni, strlen(ret->sni), again) == 0);
		MUST(strcmp(ret->sni, again) == 0);
	}
	return r;
}

static bool same(const struct sel_hello *a, const struct sel_hello *b)
{
	return strcmp(a->sni, b->sni) == 0 && a->h2 == b->h2 && a->http1 == b->http1 &&
	       a->other == b->other && a->ech == b->ech;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	unsigned seed = fuzz_seed(p, n);
	struct sel_hello whole, part;
	int r = look(p, n, &whole), of_part;
	size_t cut = n > 0 ? seed % n : 0;

	if (n >= SEL_HELLO_MAX)
		MUST(r != 0);
	/* Less of it: the same, or more is needed; what is broken stays so with more behind it. */
	of_part = look(p, cut, &part);
	if (of_part == 1)
		MUST(r == 1 && same(&whole, &part));
	if (of_part == -EBADMSG)
		MUST(r == -EBADMSG);
	if (r == 1)
		MUST(of_part >= 0);
	return 0;
}
