/* Looked at twice: by the broker before seldom-dial is told, and by seldom-dial before it dials. */
#pragma once

#include "grant.h"

/* Is `g` of that host and port, and not over? `now` real. Methods and paths are for egress. */
static inline bool sel_grant_covers(const struct sel_net_grant *g, const char *name, uint16_t port,
				    usec_t now)
{
	bool host = g->wildcard ? !sel_name_is_literal(name) && sel_name_below(name, g->host)
				: strcmp(name, g->host) == 0;
	bool same = g->port ? port == g->port : port == 443 || (g->plain && port == 80);

	return host && same && (g->expires == 0 || g->expires > now);
}
