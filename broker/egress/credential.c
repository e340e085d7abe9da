/* Which credentials a request carries, and in what places. */
#include "credential.h"

#include <stdio.h>
#include <strings.h>
#include <sys/random.h>

#define PHANTOM_RANDOM 32 /* bytes: 256 bits */
#define PHANTOM_CHARS  43 /* of base64url for those */

static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int sel_phantom_new(const char *shape, char ret[SEL_PHANTOM_MAX])
{
	uint8_t bytes[PHANTOM_RANDOM + 1] = {0};
	size_t n = strlen(shape);
	unsigned have = 0, bits = 0;
	const uint8_t *p = bytes;

	if (n + PHANTOM_CHARS >= SEL_PHANTOM_MAX)
		return -EINVAL;
	if (getrandom(bytes, PHANTOM_RANDOM, 0) != PHANTOM_RANDOM)
		return -EIO;
	memcpy(ret, shape, n);
	for (size_t i = 0; i < PHANTOM_CHARS; i++) {
		if (have < 6) {
			bits = bits << 8 | *p++;
			have += 8;
		}
		have -= 6;
		ret[n + i] = base64url[bits >> have & 63];
	}
	ret[n + PHANTOM_CHARS] = '\0';
	explicit_bzero(bytes, sizeof bytes);
	return 0;
}

/* --- formats of tokens ---------------------------------------------------------------------------
 */

enum set { SET_WORD, SET_UPPER, SET_HEX, SET_BASE64 };

/* A fixed head, then at least so many characters of a set. Public documentation of each issuer. */
static const struct {
	const char *head;
	enum set set;
	size_t least;
} formats[] = {
	{"ghp_", SET_WORD, 20},		 {"gho_", SET_WORD, 20},
	{"ghu_", SET_WORD, 20},		 {"ghs_", SET_WORD, 20},
	{"ghr_", SET_WORD, 20},		 {"github_pat_", SET_WORD, 20},
	{"glpat-", SET_WORD, 16},	 {"gldt-", SET_WORD, 16},
	{"glrt-", SET_WORD, 16},	 {"npm_", SET_WORD, 30},
	{"pypi-", SET_WORD, 30},	 {"sk-", SET_WORD, 20},
	{"sk_live_", SET_WORD, 16},	 {"sk_test_", SET_WORD, 16},
	{"rk_live_", SET_WORD, 16},	 {"xoxb-", SET_WORD, 16},
	{"xoxp-", SET_WORD, 16},	 {"xoxa-", SET_WORD, 16},
	{"xoxs-", SET_WORD, 16},	 {"xapp-", SET_WORD, 16},
	{"AKIA", SET_UPPER, 16},	 {"ASIA", SET_UPPER, 16},
	{"AIza", SET_WORD, 30},		 {"ya29.", SET_WORD, 20},
	{"hf_", SET_WORD, 20},		 {"dop_v1_", SET_HEX, 32},
	{"shpat_", SET_HEX, 16},	 {"SG.", SET_WORD, 16},
	{"AccountKey=", SET_BASE64, 32}, {"eyJ", SET_WORD, 40},
	{"-----BEGIN ", SET_UPPER, 2},	 {"key-", SET_HEX, 32},
	{"dckr_pat_", SET_WORD, 16},	 {"tskey-", SET_WORD, 16},
	{"gsk_", SET_WORD, 20},		 {"r8_", SET_WORD, 20},
	{"ATATT", SET_WORD, 20},	 {"lin_api_", SET_WORD, 16},
	{"secret_", SET_WORD, 20},
};

static bool in_set(unsigned char c, enum set set)
{
	bool digit = c >= '0' && c <= '9', upper = c >= 'A' && c <= 'Z',
	     lower = c >= 'a' && c <= 'z';

	switch (set) {
	case SET_UPPER:
		return digit || upper || c == ' ';
	case SET_HEX:
		return digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
	case SET_BASE64:
		return digit || upper || lower || c == '+' || c == '/';
	case SET_WORD:
		break;
	}
	return digit || upper || lower || c == '_' || c == '-' || c == '.';
}

static bool fits(const char *p, size_t n, size_t format)
{
	size_t head = strlen(formats[format].head), i = head;

	if (n < head + formats[format].least || memcmp(p, formats[format].head, head) != 0)
		return false;
	while (i < head + formats[format].least && in_set((unsigned char)p[i], formats[format].set))
		i++;
	return i == head + formats[format].least;
}

bool sel_cred_looks_like(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		/* In the middle of a word it is a coincidence ("task-..."). */
		if (i > 0 && in_set((unsigned char)text[i - 1], SET_WORD) && text[i - 1] != '.' &&
		    text[i - 1] != '-' && text[i - 1] != '_')
			continue;
		for (size_t f = 0; f < SEL_N(formats); f++)
			if (text[i] == formats[f].head[0] && fits(text + i, n - i, f))
				return true;
	}
	return false;
}

/* --- names of slots ------------------------------------------------------------------------------
 */

static const char *const slot_names[] = {
	"authorization", "proxy-authorization",		 "cookie", "cookie2", "apikey", "x-apikey",
	"xapikey",	 "x-ms-authorization-auxiliary",
};
/* A part of a name, between '-', '_', '.' or the ends. */
static const char *const slot_parts[] = {
	"auth",	      "authorization", "authentication",
	"token",      "tokens",	       "secret",
	"key",	      "keys",	       "password",
	"passwd",     "pwd",	       "passphrase",
	"credential", "credentials",   "jwt",
	"bearer",     "sid",	       "sig",
	"signature",  "otp",	       "apikey",
	"accesskey",  "cookie",
};
/* Have such a part and are none. */
static const char *const no_slots[] = {
	"idempotency-key", "x-idempotency-key",	    "sec-websocket-key",
	"npm-auth-type",   "x-stainless-auth-type", "surrogate-key",
	"public-key-pins", "x-csrf-token",	    "x-xsrf-token",
};

static bool listed(const char *const *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(list[i], name) == 0)
			return true;
	return false;
}

static bool has_part(const char *name)
{
	const char *p = name;

	while (*p) {
		size_t n = strcspn(p, "-_.[]:");

		for (size_t i = 0; n && i < SEL_N(slot_parts); i++)
			if (strlen(slot_parts[i]) == n && strncasecmp(p, slot_parts[i], n) == 0)
				return true;
		p += n + (p[n] != '\0');
	}
	return false;
}

static bool is_slot(const char *name)
{
	return listed(slot_names, SEL_N(slot_names), name) ||
	       (has_part(name) && !listed(no_slots, SEL_N(no_slots), name));
}

/* In queries also camel case and names that mean it without a part. */
static bool is_query_slot(const char *name)
{
	static const char *const names[] = {
		"accesstoken",	  "apitoken",	    "authtoken",    "idtoken",	 "clientsecret",
		"awsaccesskeyid", "googleaccessid", "refreshtoken", "usertoken", "securitytoken"};

	return is_slot(name) || listed(names, SEL_N(names), name) ||
	       strncasecmp(name, "x-amz-", 6) == 0 || strncasecmp(name, "x-goog-", 7) == 0;
}

/* --- values --------------------------------------------------------------------------------------
 */

static bool equal(const char *a, const char *b, size_t n)
{
	unsigned char different = 0;

	for (size_t i = 0; i < n; i++)
		different |= (unsigned char)(a[i] ^ b[i]);
	return different == 0;
}

/* The phantom that `p` is, the whole of it. */
static const struct sel_phantom *phantom_is(const struct sel_phantom *list, size_t n, const char *p,
					    size_t len)
{
	const struct sel_phantom *found = NULL;

	for (size_t i = 0; i < n; i++)
		if (strlen(list[i].text) == len && equal(list[i].text, p, len))
			found = &list[i];
	return found;
}

static const struct sel_phantom *phantom_in(const struct sel_phantom *list, size_t n, const char *p,
					    size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].text[0] && memmem(p, len, list[i].text, strlen(list[i].text)))
			return &list[i];
	return NULL;
}

static int base64_value(char c)
{
	const char *at = c ? strchr(base64, c) : NULL;

	if (c == '-')
		return 62;
	if (c == '_')
		return 63;
	return at ? (int)(at - base64) : -1;
}

/* How many bytes; -EINVAL. */
static ssize_t decode64(const char *p, size_t n, char *ret, size_t cap)
{
	unsigned bits = 0, have = 0;
	size_t got = 0;

	while (n > 0 && p[n - 1] == '=')
		n--;
	for (size_t i = 0; i < n; i++) {
		int v = base64_value(p[i]);

		if (v < 0)
			return -EINVAL;
		bits = bits << 6 | (unsigned)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			if (got == cap)
				return -EINVAL;
			ret[got++] = (char)(bits >> have);
			bits &= (1U << have) - 1;
		}
	}
	return (ssize_t)got;
}

static int hex(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* In place. A '+' is a space in queries only. */
static size_t decode_percent(char *p, size_t n, bool query)
{
	size_t to = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] == '%' && i + 2 < n && hex(p[i + 1]) >= 0 && hex(p[i + 2]) >= 0) {
			p[to++] = (char)(hex(p[i + 1]) << 4 | hex(p[i + 2]));
			i += 2;
		} else {
			p[to++] = query && p[i] == '+' ? ' ' : p[i];
		}
	}
	return to;
}

/* --- the check -----------------------------------------------------------------------------------
 */

struct look {
	const struct sel_net_grant *g;
	const struct sel_phantom *phantoms;
	size_t n;
	struct sel_cred_check *ret;
	bool found; /* the grant's phantom, in one of its slots */
};

static bool refuse(struct look *l, enum sel_net_why why, const char *where, uint32_t stolen)
{
	/* An incident is worth more than what else is wrong. */
	if (l->ret->why == SEL_NET_OK || (why == SEL_NET_PHANTOM && l->ret->why != why)) {
		l->ret->why = why;
		l->ret->where = where;
		l->ret->stolen = stolen;
	}
	return false;
}

/* A phantom where none belongs. */
static bool misplaced(struct look *l, const char *p, size_t n, const char *where)
{
	const struct sel_phantom *ph = phantom_in(l->phantoms, l->n, p, n);

	if (!ph)
		return false;
	(void)refuse(l, ph->grant == l->g->number ? SEL_NET_FOREIGN : SEL_NET_PHANTOM, where,
		     ph->grant);
	return true;
}

/* The credential within a header's value, as the slot wants it; NULL: another scheme. */
static const char *inside(const struct sel_slot *slot, const char *value, char *room, size_t cap,
			  size_t *ret_n)
{
	size_t n = slot->scheme ? strlen(slot->scheme) : 0;
	ssize_t got;
	char *colon;

	if (!slot->scheme) {
		*ret_n = strlen(value);
		return value;
	}
	if (strncasecmp(value, slot->scheme, n) != 0 || value[n] != ' ')
		return NULL;
	value += n;
	value += strspn(value, " ");
	if (!slot->user) {
		*ret_n = strlen(value);
		return value;
	}
	got = decode64(value, strlen(value), room, cap);
	colon = got > 0 ? memchr(room, ':', (size_t)got) : NULL;
	if (!colon || (*slot->user && (strlen(slot->user) != (size_t)(colon - room) ||
				       memcmp(slot->user, room, (size_t)(colon - room)) != 0)))
		return NULL;
	*ret_n = (size_t)(room + got - colon - 1);
	return colon + 1;
}

/* Is it one of the grant's slots, with its phantom and nothing else in it? */
static bool own_slot(struct look *l, size_t header, const struct sel_header *h)
{
	char room[512];

	for (size_t i = 0; i < l->g->n_slots; i++) {
		const struct sel_phantom *ph;
		const char *p;
		size_t n;

		if (strcmp(l->g->slots[i].header, h->name) != 0)
			continue;
		p = inside(&l->g->slots[i], h->value, room, sizeof room, &n);
		ph = p ? phantom_is(l->phantoms, l->n, p, n) : NULL;
		if (!ph || ph->grant != l->g->number)
			continue;
		if (l->found)
			return refuse(l, SEL_NET_FOREIGN, "a second copy of the credential", 0);
		l->found = true;
		l->ret->header = header;
		l->ret->slot = i;
		return true;
	}
	return false;
}

/* Basic hides what it carries from everything that looks at text. */
static bool basic_phantom(struct look *l, const char *value)
{
	char room[512];
	ssize_t n;

	if (strncasecmp(value, "basic ", 6) != 0)
		return false;
	value += 6 + strspn(value + 6, " ");
	n = decode64(value, strlen(value), room, sizeof room);
	return n > 0 && misplaced(l, room, (size_t)n, "authorization, basic");
}

static void look_at_header(struct look *l, size_t i, const struct sel_header *h)
{
	static const char *const words[][2] = {
		{"authorization", "authorization"},
		{"proxy-authorization", "proxy-authorization"},
		{"cookie", "cookie"},
	};
	const char *where = "a header that is named like a credential";

	for (size_t w = 0; w < SEL_N(words); w++)
		if (strcmp(h->name, words[w][0]) == 0)
			where = words[w][1];
	if (is_slot(h->name)) {
		if (own_slot(l, i, h) || misplaced(l, h->value, strlen(h->value), where) ||
		    basic_phantom(l, h->value))
			return;
		if (h->value[0])
			(void)refuse(l, SEL_NET_FOREIGN, where, 0);
		return;
	}
	if (misplaced(l, h->value, strlen(h->value), "a header's value"))
		return;
	if (sel_cred_looks_like(h->value, strlen(h->value)) ||
	    strncasecmp(h->value, "bearer ", 7) == 0)
		(void)refuse(l, SEL_NET_FOREIGN, "a header's value that looks like a credential",
			     0);
	else if (strcmp(h->name, "sec-websocket-protocol") == 0 && strcasestr(h->value, "bearer"))
		(void)refuse(l, SEL_NET_FOREIGN, "sec-websocket-protocol", 0);
}

static void look_at_parameter(struct look *l, char *p, size_t n)
{
	char *value = memchr(p, '=', n);
	size_t name_n = value ? (size_t)(value - p) : n;
	size_t value_n = value ? n - name_n - 1 : 0;
	char name[128];

	if (value)
		value_n = decode_percent(++value, value_n, true);
	name_n = decode_percent(p, name_n, true);
	(void)snprintf(name, sizeof name, "%.*s", (int)(name_n < 127 ? name_n : 127), p);
	if (misplaced(l, p, name_n, "the query") ||
	    (value && misplaced(l, value, value_n, "the query")))
		return;
	if (is_query_slot(name) && value_n > 0)
		(void)refuse(l, SEL_NET_FOREIGN, "a parameter that is named like a credential", 0);
	else if (sel_cred_looks_like(p, name_n) || (value && sel_cred_looks_like(value, value_n)))
		(void)refuse(l, SEL_NET_FOREIGN, "a parameter that looks like a credential", 0);
}

static void look_at_target(struct look *l, const char *target)
{
	_cleanup_free_ char *copy = strdup(target);
	char *query, *next;
	size_t n;

	if (!copy) {
		(void)refuse(l, SEL_NET_FOREIGN, "the target (no memory to look at it)", 0);
		return;
	}
	query = strchr(copy, '?');
	if (query)
		*query++ = '\0';
	for (char *p = query; p; p = next) {
		next = strpbrk(p, "&;");
		n = next ? (size_t)(next - p) : strlen(p);
		look_at_parameter(l, p, n);
		next = next ? next + 1 : NULL;
	}
	n = decode_percent(copy, strlen(copy), false);
	if (!misplaced(l, copy, n, "the path") && sel_cred_looks_like(copy, n))
		(void)refuse(l, SEL_NET_FOREIGN, "a path that looks like a credential", 0);
	explicit_bzero(copy, n);
}

void sel_cred_check(const struct sel_net_grant *g, const struct sel_phantom *phantoms, size_t n,
		    const struct sel_head *head, struct sel_cred_check *ret)
{
	struct look l = {.g = g, .phantoms = phantoms, .n = n, .ret = ret};

	*ret = (struct sel_cred_check){.why = SEL_NET_OK, .where = ""};
	for (size_t i = 0; i < head->headers.n; i++)
		look_at_header(&l, i, &head->headers.item[i]);
	look_at_target(&l, head->target);
	if (head->authority)
		(void)misplaced(&l, head->authority, strlen(head->authority), "the host");
	if (ret->why == SEL_NET_OK && g->credential != SEL_CRED_NONE && !l.found)
		(void)refuse(&l, SEL_NET_NO_CREDENTIAL, "no slot of the grant", 0);
}

/* --- injection -----------------------------------------------------------------------------------
 */

static size_t encode64(const char *p, size_t n, char *ret)
{
	size_t to = 0;

	for (size_t i = 0; i < n; i += 3) {
		unsigned bits = (unsigned)(unsigned char)p[i] << 16;

		bits |= i + 1 < n ? (unsigned)(unsigned char)p[i + 1] << 8 : 0;
		bits |= i + 2 < n ? (unsigned)(unsigned char)p[i + 2] : 0;
		ret[to++] = base64[bits >> 18 & 63];
		ret[to++] = base64[bits >> 12 & 63];
		ret[to++] = i + 1 < n ? base64[bits >> 6 & 63] : '=';
		ret[to++] = i + 2 < n ? base64[bits & 63] : '=';
	}
	return to;
}

static bool sendable(const char *value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)value[i] < 0x20 || value[i] == 0x7f)
			return false;
	return n > 0;
}

/* "user:value" in base64; the user is the grant's, or what the program gave beside the phantom. */
static int basic_value(const struct sel_slot *slot, const char *was, const char *value, size_t n,
		       char *ret, size_t *ret_n)
{
	char room[512], plain[SEL_CREDENTIAL_MAX + sizeof room];
	const char *user = slot->user;
	size_t user_n = strlen(user);
	ssize_t got;
	char *colon;

	if (!*user) {
		was += strlen(slot->scheme);
		was += strspn(was, " ");
		got = decode64(was, strlen(was), room, sizeof room);
		colon = got > 0 ? memchr(room, ':', (size_t)got) : NULL;
		if (!colon)
			return -EINVAL;
		user = room;
		user_n = (size_t)(colon - room);
	}
	if (user_n + 1 + n > sizeof plain)
		return -E2BIG;
	memcpy(plain, user, user_n);
	plain[user_n] = ':';
	memcpy(plain + user_n + 1, value, n);
	*ret_n = encode64(plain, user_n + 1 + n, ret);
	explicit_bzero(plain, sizeof plain);
	return 0;
}

int sel_cred_inject(const struct sel_net_grant *g, const struct sel_cred_check *found,
		    const char *value, size_t n, struct sel_head *head)
{
	const struct sel_slot *slot;
	size_t cap = 2 * SEL_CREDENTIAL_MAX, at = 0, len = 0;
	char *text;
	int r = 0;

	if (found->why != SEL_NET_OK || found->slot >= g->n_slots ||
	    found->header >= head->headers.n || !sendable(value, n))
		return -EINVAL;
	if (n > SEL_CREDENTIAL_MAX)
		return -E2BIG;
	slot = &g->slots[found->slot];
	if (strcmp(slot->header, head->headers.item[found->header].name) != 0)
		return -EINVAL;
	text = malloc(cap);
	if (!text)
		return -ENOMEM;
	if (slot->scheme)
		at = (size_t)snprintf(text, cap / 8, "%s ", slot->scheme);
	if (slot->user) {
		r = basic_value(slot, head->headers.item[found->header].value, value, n, text + at,
				&len);
	} else {
		memcpy(text + at, value, n);
		len = n;
	}
	if (r >= 0)
		r = sel_headers_set_at(&head->headers, found->header, text, at + len);
	explicit_bzero(text, cap);
	free(text);
	return r;
}
