/* Requests to hosts, as judgement sees them: a host, its port, and what would have to be granted
 * there. Pure. */
#pragma once

#include "seldom/base.h"

/* What is known of a host. Least first: whoever is less known is judged no milder. */
enum sel_host_known {
	SEL_HOST_NONE, /* not a request to a host */
	SEL_HOST_UNKNOWN,
	SEL_HOST_REGISTRY, /* the configuration of a package manager here names it */
	SEL_HOST_REMOTE,   /* ... of version control */
	SEL_HOST_GRANTED,  /* a grant of this session speaks of it */
	SEL_HOST_SERVICE,  /* ... and sends a credential of the user's along */
	SEL_HOST_KNOWN_N,
};
const char *sel_host_known_name(enum sel_host_known known);
int sel_host_known_from_name(const char *name); /* NULL: NONE; -EINVAL */
/* Does what it answers make the session tainted? Registries and remotes are the project's own
 * sources, and a service that the user has an account with is not a stranger (a model's own API
 * would taint every run of an agent); whatever else says something may say it to a model. */
bool sel_host_taints(enum sel_host_known known);

/* What would have to be granted. One question and one denial stand for all that are the same. */
enum sel_host_way {
	SEL_WAY_READ, /* GET, HEAD, OPTIONS */
	SEL_WAY_WRITE,
	SEL_WAY_PLAIN_READ, /* the same without TLS */
	SEL_WAY_PLAIN_WRITE,
	SEL_WAY_TUNNEL,	   /* passed on unread */
	SEL_WAY_WEBSOCKET, /* an upgrade */
	SEL_WAY_N,
};
const char *sel_host_way_name(enum sel_host_way way);
/* A request of git's smart http (gitprotocol-http): one question should be about all of its
 * service. */
enum sel_host_git { SEL_GIT_NONE, SEL_GIT_FETCH, SEL_GIT_PUSH };

#define SEL_HOST_SUBJECT_MAX 320
/* "read:api.example.test:443": what judgement, memory and evidence compare. No file and no socket
 * has such a name. `name` canonical. */
void sel_host_subject(enum sel_host_way way, const char *name, uint16_t port,
		      char ret[SEL_HOST_SUBJECT_MAX]);
/* Of a subject: 0, or -EINVAL. `ret_name` holds SEL_HOST_SUBJECT_MAX. */
int sel_host_subject_parse(const char *subject, enum sel_host_way *ret_way, char *ret_name,
			   uint16_t *ret_port);
/* For people and the log: "GET api.example.test/v1/models", "api.example.test:5432". `method` and
 * `path` may be ""; what follows a '?' is left out. Hostile bytes stay as they are. */
void sel_host_object(const char *method, const char *name, uint16_t port, const char *path,
		     char *ret, size_t cap);
