/* How far an answer about a host may reach: each rung is a grant. Pure. */
#pragma once

#include "grant.h"
#include "host.h"
#include "rung.h"

struct sel_host_wish {
	enum sel_host_way way;
	const char *name; /* canonical */
	uint16_t port;
	bool plain;		   /* without TLS; PLAIN_READ and PLAIN_WRITE always are */
	const char *method, *path; /* "" for a tunnel; the path without its query */
	const char *proposal;	   /* a grant's line for the usual use of the host; or NULL */
	bool narrow;		   /* nothing that reaches the whole host with every method */
	enum sel_host_git git;	   /* what it begins of git's smart http */
};
/* Narrowest first; the first is this request alone. Each `grant` is a line that sel_grants_parse
 * reads and that covers the wish; it is called `name` ([a-z0-9._-]{1,64}). -EINVAL: nothing that
 * can be granted covers it. */
int sel_host_rungs(const struct sel_host_wish *wish, const char *name, usec_t now,
		   struct sel_rungs *ret);

/* Would that grant answer the wish? */
bool sel_host_covers(const struct sel_net_grant *g, const struct sel_host_wish *wish, usec_t now);
/* The one grant that `line`, of a rule or an answer, says. -EINVAL; -ENOTSUP: it names roots, which
 * only files can; -ETIME: its time is over; -ENOMEM. */
int sel_host_grant(const char *line, usec_t now, struct sel_net_grant *ret);
