#include "name.h"

#include <arpa/inet.h>
#include <search.h>

/* Number i of a session is FIRST4 + i and PREFIX6::(FIRST6 + i): no other name has them, ever. */
#define NET4   0xc6120000u /* 198.18.0.0/15 */
#define MASK4  0xfffe0000u
#define FIRST4 (NET4 + 0x100)
#define FIRST6 0x10000u

static const uint8_t prefix6[8] = {0xfd, 0x73, 0x65, 0x6c, 0x64, 0x6f, 0x00, 0x6d};

const char *const sel_synth_own4 = "198.18.0.1";
const char *const sel_synth_own6 = "fd73:656c:646f:6d::1";

struct named {
	uint32_t number;
	char name[]; /* owned by the entry */
};
/* A balanced tree: names are chosen by programs that may want a table to be slow. */
struct sel_synth {
	void *tree;
	struct named **entries; /* by number; owned */
	uint32_t n, cap;
};

int sel_synth_new(struct sel_synth **ret)
{
	struct sel_synth *s = calloc(1, sizeof *s);

	if (!s)
		return -ENOMEM;
	*ret = s;
	return 0;
}

static void keep(void *entry)
{
	(void)entry; /* freed by number */
}

void sel_synth_free(struct sel_synth *s)
{
	if (!s)
		return;
	tdestroy(s->tree, keep);
	for (uint32_t i = 0; i < s->n; i++)
		free(s->entries[i]);
	free(s->entries);
	free(s);
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

static int room(struct sel_synth *s, uint32_t most)
{
	uint32_t cap = s->cap ? s->cap * 2 : 64;
	struct named **more;

	if (s->n >= most)
		return -ENOSPC;
	if (s->n < s->cap)
		return 0;
	more = reallocarray(s->entries, cap, sizeof(struct named *));
	if (!more)
		return -ENOMEM;
	s->entries = more;
	s->cap = cap;
	return 0;
}

static int find_or_add(struct sel_synth *s, const char *canonical, uint32_t most, uint32_t *ret)
{
	size_t n = strlen(canonical);
	_cleanup_free_ struct named *e = NULL;
	struct named **found;
	int r;

	if (n == 0 || n >= SEL_NAME_MAX || sel_name_is_literal(canonical))
		return -EINVAL;
	e = malloc(sizeof *e + n + 1);
	if (!e)
		return -ENOMEM;
	e->number = s->n;
	memcpy(e->name, canonical, n + 1);
	found = tfind(e, &s->tree, compare);
	if (!found) {
		r = room(s, most);
		if (r < 0)
			return r;
		found = tsearch(e, &s->tree, compare);
		if (!found)
			return -ENOMEM;
		s->entries[s->n++] = sel_steal_ptr(&e);
	}
	*ret = (*found)->number;
	return 0;
}

int sel_synth_of(struct sel_synth *s, const char *canonical, struct in_addr *ret4,
		 struct in6_addr *ret6)
{
	uint32_t number, low;
	int r = find_or_add(s, canonical, SEL_SYNTH_MAX - SEL_SYNTH_KEPT, &number);

	if (r < 0)
		return r;
	low = htonl(FIRST6 + number);
	ret4->s_addr = htonl(FIRST4 + number);
	memset(ret6, 0, sizeof *ret6);
	memcpy(ret6->s6_addr, prefix6, sizeof prefix6);
	memcpy(ret6->s6_addr + 12, &low, sizeof low);
	return 0;
}

int sel_synth_keep(struct sel_synth *s, const char *canonical)
{
	uint32_t number;

	return find_or_add(s, canonical, SEL_SYNTH_MAX, &number);
}

/* --- and back --- */

/* In our ranges: *ret is the number, or what is above all of them. */
static bool number4(in_addr_t address, uint32_t *ret)
{
	uint32_t a = ntohl(address);

	*ret = a - FIRST4; /* below it: far above any number */
	return (a & MASK4) == NET4;
}

static bool number6(const struct in6_addr *a, uint32_t *ret)
{
	static const uint8_t zero[4];
	uint32_t low;

	memcpy(&low, a->s6_addr + 12, sizeof low);
	if (IN6_IS_ADDR_V4MAPPED(a))
		return number4(low, ret);
	*ret = memcmp(a->s6_addr + 8, zero, sizeof zero) == 0 ? ntohl(low) - FIRST6 : UINT32_MAX;
	return memcmp(a->s6_addr, prefix6, sizeof prefix6) == 0;
}

static bool number_of(const struct sockaddr *address, uint32_t *ret)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	switch (address->sa_family) {
	case AF_INET:
		memcpy(&v4, address, sizeof v4);
		return number4(v4.sin_addr.s_addr, ret);
	case AF_INET6:
		memcpy(&v6, address, sizeof v6);
		return number6(&v6.sin6_addr, ret);
	default:
		return false;
	}
}

const char *sel_synth_name(const struct sel_synth *s, const struct sockaddr *address)
{
	uint32_t number;

	return number_of(address, &number) && number < s->n ? s->entries[number]->name : NULL;
}

bool sel_synth_is(const struct sockaddr *address)
{
	uint32_t number;

	return number_of(address, &number);
}
