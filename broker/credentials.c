/* Files that hold the credentials of grants. Whoever could read one inside would need no grant, and
 * whoever could replace it would have seldom send a credential of his own. So each is masked like
 * any other secret (and is then never changed from inside), and a grant whose file cannot be
 * guarded is not used. Also where this run has no network: the next one may. Whoever could replace
 * the file of a grant's roots would say whom to believe: it is no secret, but guarded likewise. */
#include "broker.h"

#include <stdio.h>
#include <stdlib.h>

static bool writable(const struct broker *b, const char *path)
{
	enum sel_mode mode;

	if (!b->watch) {
		mode = sel_scope_mode(&b->policy->scope, path);
	} else { /* it may have grown */
		mode = sel_scope_mode(&sel_watch_policy(b->watch)->scope, path);
		sel_watch_policy_release(b->watch);
	}
	return mode == SEL_MODE_ND || mode == SEL_MODE_RW;
}

/* As seldom-keys finds it: "~/" is below the home of who started seldom. NULL: no memory. */
static char *path_of(const struct broker *b, const struct sel_net_grant *g)
{
	bool below = strncmp(g->credential_name, "~/", 2) == 0;
	char *path = NULL;

	return asprintf(&path, "%s%s", below ? b->home : "", g->credential_name + below) < 0 ? NULL
											     : path;
}

/* NULL: it can be guarded. Else why not, and what to do; *ret_missing: because it is not there. */
static const char *unguarded(const struct broker *b, const char *path, bool *ret_missing)
{
	_cleanup_free_ char *real = realpath(path, NULL);

	*ret_missing = false;
	if (writable(b, path) || (real && writable(b, real)))
		return "lies where the program may write, which could replace it; move it to a "
		       "folder that is not writable inside";
	*ret_missing = !real;
	if (!real)
		return "cannot be found; make it, then start again";
	return strcmp(real, path) == 0
		       ? NULL
		       : "leads through a symbolic link, which could be changed; name what it "
			 "leads to";
}

static void say(char *ret, size_t cap, const struct sel_net_grant *g, const char *why)
{
	(void)snprintf(ret, cap, "grant %s: its credential, the file '%s', %s", g->name,
		       g->credential_name, why);
}

static const struct sel_net_grant *grants_of(const struct broker *b, size_t *ret_n)
{
	if (b->network)
		return sel_network_grants(b->network, ret_n);
	*ret_n = b->n_first_grants;
	return b->first_grants;
}

static const struct sel_net_grant *next_with_file(const struct broker *b, size_t *at)
{
	size_t n = 0;
	const struct sel_net_grant *list = grants_of(b, &n);

	while (*at < n && list[*at].credential != SEL_CRED_FILE)
		(*at)++;
	return *at < n ? &list[(*at)++] : NULL;
}

/* One that is not there proves nothing: nothing is sent to that host. */
static int guard_roots(struct broker *b)
{
	size_t n = 0;
	const struct sel_net_grant *list = grants_of(b, &n);

	for (size_t i = 0; i < n; i++) {
		bool missing;
		const char *why = list[i].roots ? unguarded(b, list[i].roots, &missing) : NULL;

		if (why && !missing)
			return broker_fail(b, 0,
					   "grant %s: its roots, the file '%s', %s; "
					   "nothing was run",
					   list[i].name, list[i].roots, why);
	}
	return 0;
}

static int take(struct broker *b, const struct sel_net_grant *g, char ***secrets, bool *ret_unused)
{
	char line[SEL_GRANT_LINE_MAX + 256];
	_cleanup_free_ char *path = path_of(b, g);

	if (!path)
		return -ENOMEM;
	const char *why = unguarded(b, path, ret_unused);
	if (!why)
		return broker_append(secrets, path);
	say(line, sizeof line, g, why);
	if (*ret_unused && !b->network)
		return 0;
	/* What appears there later would not be masked. */
	return *ret_unused ? broker_append(&b->unused, line)
			   : broker_fail(b, 0, "%s; nothing was run", line);
}

int broker_credentials_hide(struct broker *b, char ***secrets)
{
	const struct sel_net_grant *g;
	size_t at = 0;
	int r = guard_roots(b);

	while (r >= 0 && (g = next_with_file(b, &at))) {
		bool unused;

		r = take(b, g, secrets, &unused);
		if (r >= 0 && unused && b->network) {
			sel_network_revoke(b->network, g->number);
			at--; /* the list closed up */
		}
	}
	return r;
}

bool broker_credential_hidden(struct broker *b, const struct sel_net_grant *g)
{
	char line[SEL_GRANT_LINE_MAX + 256];
	const char *why;
	bool missing;

	if (g->credential != SEL_CRED_FILE)
		return true;
	_cleanup_free_ char *path = path_of(b, g);
	if (!path)
		return false;
	why = unguarded(b, path, &missing);
	if (!why && !sel_path_listed(b->policy->secrets, path))
		why = "is not hidden from the program that runs; the grant is for runs that are "
		      "started from now on";
	if (!why)
		return true;
	say(line, sizeof line, g, why);
	if (g->rule == 0 || g->rule != b->refused_rule) /* each change of a rule comes here */
		sel_ask_notice(b->ask, line);
	b->refused_rule = g->rule;
	return false;
}
