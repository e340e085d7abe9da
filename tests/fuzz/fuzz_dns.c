/* A query from inside. What comes out is read by libc's own parser. */
#include "fuzz.h"

#include "egress/dns.h"

#include <arpa/nameser.h>
#include <resolv.h>

static bool known(void *ctx, const char *canonical)
{
	char again[SEL_NAME_MAX];

	(void)ctx;
	MUST(sel_name_canonical(canonical, strlen(canonical), again) == 0);
	MUST(strcmp(canonical, again) == 0);
	MUST(!sel_name_is_literal(canonical));
	return canonical[0] != 'u';
}

static void check_record(struct sel_synth *synth, const ns_rr *rr, const char *name)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	const struct sockaddr *a = (const struct sockaddr *)&v4;

	MUST(ns_rr_type(*rr) == ns_t_a || ns_rr_type(*rr) == ns_t_aaaa);
	if (ns_rr_type(*rr) == ns_t_a) {
		MUST(ns_rr_rdlen(*rr) == 4);
		memcpy(&v4.sin_addr, ns_rr_rdata(*rr), 4);
	} else {
		MUST(ns_rr_rdlen(*rr) == 16);
		memcpy(&v6.sin6_addr, ns_rr_rdata(*rr), 16);
		a = (const struct sockaddr *)&v6;
	}
	MUST(sel_synth_is(a));
	MUST(sel_synth_name(synth, a) && strcmp(sel_synth_name(synth, a), name) == 0);
}

static void check_answer(struct sel_synth *synth, const uint8_t *answer, size_t n, const char *name)
{
	ns_msg m;
	ns_rr rr;

	MUST(ns_initparse(answer, (int)n, &m) == 0);
	MUST(ns_msg_getflag(m, ns_f_qr) == 1 && ns_msg_getflag(m, ns_f_tc) == 0);
	MUST(ns_msg_count(m, ns_s_an) <= 1);
	for (int section = 0; section < ns_s_max; section++)
		for (int i = 0; i < ns_msg_count(m, (ns_sect)section); i++) {
			MUST(ns_parserr(&m, (ns_sect)section, i, &rr) == 0);
			if (section == ns_s_an)
				check_record(synth, &rr, name);
		}
	if (ns_msg_count(m, ns_s_an) > 0)
		MUST(ns_msg_getflag(m, ns_f_rcode) == ns_r_noerror);
}

/* The name that was understood, asked for plainly, is the same name with the same address. */
static void ask_again(struct sel_synth *synth, const char *name, int type)
{
	uint8_t query[NS_PACKETSZ], answer[SEL_DNS_MAX];
	char again[SEL_NAME_MAX];
	ssize_t n;
	int query_n =
		res_mkquery(ns_o_query, name, ns_c_in, type, NULL, 0, NULL, query, sizeof query);

	MUST(query_n > 0);
	n = sel_dns_answer(synth, query, (size_t)query_n, known, NULL, answer, again);
	MUST(n > 0 && strcmp(name, again) == 0);
	check_answer(synth, answer, (size_t)n, again);
	if (known(NULL, name))
		MUST(answer[7] == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct sel_synth *synth;
	uint8_t answer[SEL_DNS_MAX];
	char name[SEL_NAME_MAX];
	ssize_t answer_n;

	MUST(sel_synth_new(&synth) == 0);
	answer_n = sel_dns_answer(synth, p, n, known, NULL, answer, name);
	if (answer_n < 0)
		MUST(answer_n == -EBADMSG && name[0] == '\0');
	else {
		MUST(answer_n >= 12 && answer_n <= SEL_DNS_MAX && memcmp(p, answer, 2) == 0);
		check_answer(synth, answer, (size_t)answer_n, name);
	}
	if (name[0]) {
		ask_again(synth, name, ns_t_a);
		ask_again(synth, name, ns_t_aaaa);
	}
	sel_synth_free(synth);
	return 0;
}
