/* Names of hosts. Everything that is compared, asked about, granted or dialled is in the one
 * canonical form made here. Pure. */
#pragma once

#include "seldom/base.h"
#include <netinet/in.h>

#define SEL_NAME_MAX 254 /* 253 and the end */

/* Canonical: A-labels (IDNA 2008 by libidn2, no transitional processing), lower case, no trailing
 * dot, at least one label, labels 1..63 of a-z 0-9 - (and _ not in front of a public suffix), at
 * most 253 bytes; or an address literal as inet_ntop prints it (v6 without brackets, v4-mapped v6
 * is refused, and so is every other spelling of a v4 address: 0x7f.1, 127.1, 2130706433, 1.2.3.04).
 * -EINVAL. */
int sel_name_canonical(const char *text, size_t n, char ret[SEL_NAME_MAX]);
bool sel_name_is_literal(const char *canonical);
/* host[:port] of a Host header or an URL's authority, without userinfo; `port` as given by default
 * if there is none. -EINVAL. */
int sel_name_authority(const char *text, size_t n, uint16_t default_port, char ret[SEL_NAME_MAX],
		       uint16_t *ret_port);
/* "*.PARENT" covers names below PARENT by one label or more. A PARENT that is a public suffix
 * (libpsl, private section too), or an address, is refused: false. */
bool sel_name_wildcard_ok(const char *parent);
/* Strictly below, and with no public suffix at or below `parent` on the way: what others can buy
 * below PARENT is not PARENT's. Allocates nothing. */
bool sel_name_below(const char *name, const char *parent);
/* How to show it: the U-label form behind the A-labels if it is one script and no confusable of an
 * ASCII name, else the A-labels alone. `cap` 512 is enough. Safe to print. */
void sel_name_words(const char *canonical, char *ret, size_t cap);
/* The part that can be bought (public suffix plus one label), or the whole. Borrowed from
 * `canonical`. */
const char *sel_name_registrable(const char *canonical);

/* --- synthetic addresses -------------------------------------------------------------------------
 * Inside, every name has an address of its own that leads nowhere but to our listeners: v4 from
 * 198.18.0.0/15 (RFC 2544), v6 from fd73:656c:646f:6d::/64. */
#define SEL_SYNTH_MAX  65536 /* names of a session; more are refused, none is ever reused */
#define SEL_SYNTH_KEPT 4096  /* of these for sel_synth_keep alone */
struct sel_synth;
int sel_synth_new(struct sel_synth **ret);
void sel_synth_free(struct sel_synth *s);
/* `canonical` must be one and no literal. The same name gives the same addresses again. -ENOSPC. */
int sel_synth_of(struct sel_synth *s, const char *canonical, struct in_addr *ret4,
		 struct in6_addr *ret6);
/* Gives it its addresses also where no more names are taken: for names that grants speak of, so
 * that a program that makes up names does not end the network of the others. -ENOSPC: not even so.
 */
int sel_synth_keep(struct sel_synth *s, const char *canonical);
/* The name behind an address; NULL: none was handed out. Borrowed while `s` lives. v4-mapped v6
 * counts as v4. */
const char *sel_synth_name(const struct sel_synth *s, const struct sockaddr *address);
/* In our ranges, whether handed out or not. */
bool sel_synth_is(const struct sockaddr *address);
/* 198.18.0.1 and its v6 counterpart: given to `lo` inside, so that clients that look for a route
 * (AI_ADDRCONFIG) find one. Never handed out. */
extern const char *const sel_synth_own4, *const sel_synth_own6;

/* --- the dial guard ------------------------------------------------------------------------------
 * Addresses that a public name must never lead to: loopback, unspecified, link-local (with the
 * metadata services), private (RFC 1918, fc00::/7), shared (100.64/10), benchmark (198.18/15),
 * documentation, multicast, broadcast, reserved; v4 inside v6 (mapped, compatible, 6to4, Teredo,
 * NAT64 64:ff9b::/96 and 64:ff9b:1::/48) by the v4 address within. NULL: fine; else why, in words
 * (static). */
const char *sel_dial_forbidden(const struct sockaddr *address);
