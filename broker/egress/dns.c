/* RFC 1035 and 6891, as far as a stub needs them. The query is walked once; whatever is not exactly
 * one plain question gets an error without data. */
#include "dns.h"

#define HEADER	  12
#define NAME_WIRE 255
#define TTL	  60
#define TTL_NONE  5 /* names may become known */

enum { TYPE_A = 1, TYPE_SOA = 6, TYPE_AAAA = 28, TYPE_OPT = 41 };
enum { CLASS_IN = 1 };
enum rcode {
	NOERROR = 0,
	FORMERR = 1,
	SERVFAIL = 2,
	NXDOMAIN = 3,
	NOTIMP = 4,
	REFUSED = 5,
	BADVERS = 16
};

struct query {
	const uint8_t *p;
	size_t n, at;
	size_t question_end; /* 0: could not be read, and is not repeated */
	uint16_t type, class;
	bool edns;
	uint8_t edns_version;
	char text[SEL_NAME_MAX]; /* of the name; "" if it can be none */
};

struct answer {
	uint8_t *p; /* SEL_DNS_MAX, which all there can be fits into */
	size_t n;
};

/* --- reading ---------------------------------------------------------------------------------- */

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* Labels up to the root. Pointers have nothing to point to before the first name. */
static int read_name(struct query *q)
{
	size_t begin = q->at, len = 0;
	bool plain = true;

	for (;;) {
		uint8_t label;

		if (q->at >= q->n)
			return -EBADMSG;
		label = q->p[q->at++];
		if (label == 0)
			break;
		if (label > 63 || label > q->n - q->at || q->at + label - begin >= NAME_WIRE)
			return -EBADMSG;
		for (size_t i = 0; i < label; i++) {
			uint8_t c = q->p[q->at + i];

			plain &= c > ' ' && c < 0x7f && c != '.';
		}
		if (len + label + 1 < sizeof q->text) {
			if (len > 0)
				q->text[len++] = '.';
			memcpy(q->text + len, q->p + q->at, label);
			len += label;
		} else
			plain = false;
		q->at += label;
	}
	q->text[plain ? len : 0] = '\0';
	return 0;
}

static int read_question(struct query *q)
{
	int r;

	q->at = HEADER;
	r = read_name(q);
	if (r < 0)
		return r;
	if (q->n - q->at < 4)
		return -EBADMSG;
	q->type = get16(q->p + q->at);
	q->class = get16(q->p + q->at + 2);
	q->at += 4;
	q->question_end = q->at;
	return 0;
}

static bool options_whole(const uint8_t *p, size_t n)
{
	while (n > 0) {
		size_t len;

		if (n < 4)
			return false;
		len = 4 + (size_t)get16(p + 2);
		if (len > n)
			return false;
		p += len;
		n -= len;
	}
	return true;
}

/* The one record a query may bring along: root, type, size, flags with the version, options. */
static int read_edns(struct query *q)
{
	const uint8_t *p = q->p + q->at;
	size_t n = q->n - q->at, len;

	if (n < 11 || p[0] != 0 || get16(p + 1) != TYPE_OPT)
		return -EBADMSG;
	len = get16(p + 9);
	if (len > n - 11 || !options_whole(p + 11, len))
		return -EBADMSG;
	q->edns = true;
	q->edns_version = p[6];
	q->at += 11 + len;
	return 0;
}

static bool read_query(struct query *q)
{
	uint16_t questions = get16(q->p + 4), additional = get16(q->p + 10);

	if (questions != 1 || get16(q->p + 6) != 0 || get16(q->p + 8) != 0 || additional > 1)
		return false;
	if (read_question(q) < 0)
		return false;
	if ((additional == 1 && read_edns(q) < 0) || q->at != q->n) {
		q->question_end = 0;
		q->edns = false;
		return false;
	}
	return true;
}

/* --- writing ---------------------------------------------------------------------------------- */

static void put(struct answer *a, const void *p, size_t n)
{
	memcpy(a->p + a->n, p, n);
	a->n += n;
}

static void put16(struct answer *a, unsigned v)
{
	const uint8_t bytes[2] = {(uint8_t)(v >> 8), (uint8_t)v};

	put(a, bytes, sizeof bytes);
}

static void put32(struct answer *a, uint32_t v)
{
	put16(a, v >> 16);
	put16(a, v & 0xffff);
}

static void put_address(struct answer *a, uint16_t type, const void *address, unsigned n)
{
	put16(a, 0xc000 | HEADER); /* the question's name */
	put16(a, type);
	put16(a, CLASS_IN);
	put32(a, TTL);
	put16(a, n);
	put(a, address, n);
}

/* Of the root: an ancestor of every name, and nothing about any zone is claimed. */
static void put_soa(struct answer *a, uint32_t ttl)
{
	put(a, "", 1);
	put16(a, TYPE_SOA);
	put16(a, CLASS_IN);
	put32(a, ttl);
	put16(a, 1 + 1 + 20);
	put(a, "\0", 2); /* server and mailbox */
	put32(a, 1);	 /* serial */
	put32(a, 3600);	 /* refresh, retry, expire: for secondaries, of which there are none */
	put32(a, 600);
	put32(a, 86400);
	put32(a, ttl); /* of the answer that there is nothing */
}

static void put_opt(struct answer *a, enum rcode rcode)
{
	put(a, "", 1);
	put16(a, TYPE_OPT);
	put16(a, SEL_DNS_MAX);
	put32(a, (uint32_t)rcode >> 4 << 24);
	put16(a, 0);
}

static size_t write_answer(const struct query *q, enum rcode rcode, const void *address,
			   unsigned address_n, uint8_t *ret)
{
	struct answer a = {.p = ret};
	bool none = rcode == NXDOMAIN || (rcode == NOERROR && !address);

	put(&a, q->p, 2);
	/* An answer; opcode and "recursion desired" as asked; recursion available. */
	put16(&a, 0x8080u | (unsigned)(q->p[2] & 0x79) << 8 | (rcode & 0xf));
	put16(&a, q->question_end ? 1 : 0);
	put16(&a, address ? 1 : 0);
	put16(&a, none ? 1 : 0);
	put16(&a, q->edns ? 1 : 0);
	if (q->question_end)
		put(&a, q->p + HEADER, q->question_end - HEADER);
	if (address)
		put_address(&a, q->type, address, address_n);
	if (none)
		put_soa(&a, rcode == NXDOMAIN ? TTL_NONE : TTL);
	if (q->edns)
		put_opt(&a, rcode);
	return a.n;
}

/* --- answering -------------------------------------------------------------------------------- */

static enum rcode judge(struct query *q, sel_dns_known_fn known, void *ctx,
			char ret_name[SEL_NAME_MAX])
{
	if ((q->p[2] >> 3 & 0xf) != 0)
		return NOTIMP;
	if (!read_query(q))
		return FORMERR;
	if (q->edns && q->edns_version > 0)
		return BADVERS;
	if (q->class != CLASS_IN)
		return REFUSED;
	if (q->text[0] == '\0' || sel_name_canonical(q->text, strlen(q->text), ret_name) < 0 ||
	    sel_name_is_literal(ret_name)) {
		ret_name[0] = '\0';
		return NXDOMAIN;
	}
	return known(ctx, ret_name) ? NOERROR : NXDOMAIN;
}

ssize_t sel_dns_answer(struct sel_synth *synth, const void *query, size_t n, sel_dns_known_fn known,
		       void *ctx, uint8_t ret[SEL_DNS_MAX], char ret_name[SEL_NAME_MAX])
{
	struct query q = {.p = query, .n = n};
	struct in_addr v4;
	struct in6_addr v6;
	enum rcode rcode;

	ret_name[0] = '\0';
	if (n < HEADER || q.p[2] & 0x80)
		return -EBADMSG;
	rcode = judge(&q, known, ctx, ret_name);
	if (rcode != NOERROR || (q.type != TYPE_A && q.type != TYPE_AAAA))
		return (ssize_t)write_answer(&q, rcode, NULL, 0, ret);
	if (sel_synth_of(synth, ret_name, &v4, &v6) < 0)
		return (ssize_t)write_answer(&q, SERVFAIL, NULL, 0, ret);
	if (q.type == TYPE_A)
		return (ssize_t)write_answer(&q, NOERROR, &v4, sizeof v4, ret);
	return (ssize_t)write_answer(&q, NOERROR, &v6, sizeof v6, ret);
}
