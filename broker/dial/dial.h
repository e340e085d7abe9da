/* Inside broker/dial only. */
#pragma once

#include "grant.h"
#include "wire.h"

#define ADDRESSES_MAX 8			    /* of one name that are tried */
#define STAGGER_USEC  (300 * USEC_PER_MSEC) /* the next one starts beside the one before */
#define ATTEMPT_USEC  (10 * USEC_PER_SEC)
#define DIAL_USEC     (45 * USEC_PER_SEC) /* all of them; egress waits 60 s */

struct addresses {
	struct sockaddr_storage list[ADDRESSES_MAX];
	size_t n;
	bool named; /* by the grant: the guard does not apply */
};
/* Where `name`:`port` leads. `g`: its `address` clause and nothing else, if it has one. OK, RESOLVE
 * or ADDRESS with a line for the log in `words`. Blocks for the resolver. */
enum sel_net_why dial_resolve(const struct sel_net_grant *g, const char *name, uint16_t port,
			      struct addresses *ret, char *words, size_t cap);
/* A connected, non-blocking descriptor whose peer is one of `to`, or -errno. *cancelled is looked
 * at now and then. */
int dial_connect(const struct addresses *to, const bool *cancelled);
