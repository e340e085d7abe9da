/* The stub resolver inside: one query in, one answer out, nothing leaves the host. Pure. */
#pragma once

#include "name.h"

#define SEL_DNS_MAX 512 /* bytes of an answer: never more, so TCP is never needed but is served */

/* Who may have an address: true for names that may be asked about or are granted. Names of one
 * label are only given if granted. */
typedef bool (*sel_dns_known_fn)(void *ctx, const char *canonical);

/* Answers `query`. A and AAAA get the synthetic address, TTL 60; every other type (TXT, ANY, HTTPS,
 * SVCB, MX, SRV, CNAME, NULL, PTR ...) NOERROR without data and with a SOA; a name that is none, or
 * is not known, NXDOMAIN; another class or opcode NOTIMP/REFUSED; more than one question FORMERR;
 * EDNS is answered with version 0 and no options. Case of the question is kept (0x20). The answer's
 * length, or -EBADMSG: not a query, say nothing. `ret_name` gets the canonical name ("" if none).
 */
ssize_t sel_dns_answer(struct sel_synth *synth, const void *query, size_t n, sel_dns_known_fn known,
		       void *ctx, uint8_t ret[SEL_DNS_MAX], char ret_name[SEL_NAME_MAX]);
