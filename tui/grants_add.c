#include "grants_add.h"

#include "commands.h"
#include "grant.h"
#include "seldom/proto.h"
#include "seldom/store.h"
#include "seldom/text.h"
#include "view_report.h"
#include "view_table.h"

#include <poll.h>
#include <stdio.h>
#include <time.h>

#define REPLY_WAIT 3000 /* ms */
#define TERM_MOST  ((usec_t)366 * 24 * 3600 * USEC_PER_SEC)

/* --- runs that are going on --------------------------------------------------------------------
 */

/* Waits for the result among what else a broker says. */
static int wait_result(int fd, char *error, size_t cap)
{
	usec_t until = sel_now_monotonic() + REPLY_WAIT * USEC_PER_MSEC;

	while (sel_now_monotonic() < until) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		json_t *m = NULL;
		int r = poll(&p, 1, 100) < 0 ? -errno : sel_msg_recv(fd, &m);

		if (r == -EAGAIN || r == -EINTR)
			continue;
		if (r <= 0)
			return r < 0 ? r : -EPIPE;
		const char *type = json_string_value(json_object_get(m, "type"));
		const char *text = json_string_value(json_object_get(m, "error"));
		bool ours = type && strcmp(type, "result") == 0,
		     ok = json_is_true(json_object_get(m, "ok"));

		sel_text_escape_message(text ? text : "", error, cap);
		json_decref(m);
		if (ours)
			return ok ? 0 : -EBADMSG;
	}
	return -ETIMEDOUT;
}

/* Sends each run a message; calls `then` (may be NULL) with its connection. How many heard it. */
static int tell_runs(json_t *take, int (*then)(int fd, const char *session))
{
	char **sessions = NULL;
	int told = 0, r = sel_front_sessions(&sessions);

	for (size_t i = 0; r >= 0 && sessions[i]; i++) {
		json_t *welcome = NULL;
		_cleanup_close_ int fd = sel_front_connect(sessions[i], "grants", &welcome);

		json_decref(welcome);
		if (fd >= 0 && sel_msg_send(fd, json_incref(take)) >= 0 &&
		    (!then || then(fd, sessions[i]) >= 0))
			told++;
		free(sessions[i]);
	}
	free(sessions);
	json_decref(take);
	return told;
}

void sel_rules_changed(void)
{
	(void)tell_runs(json_pack("{s:i,s:s}", "v", 1, "type", "rules"), NULL);
}

/* A program's variables are its own from its start on: what stands for a credential is handed over
 * in them. */
static void say_credential(const struct sel_net_grant *list, size_t n, bool session)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].credential != SEL_CRED_NONE)
			(void)fprintf(
				stderr,
				"'%s' has a credential: a program gets what stands for it "
				"when its run starts.\n%s\n",
				list[i].name,
				session ? "The programs that run now do not have it, so grant "
					  "it without --for session and start them anew."
					: "Runs that go on now do not have it; start them "
					  "anew.");
}

static int heard(int fd, const char *session)
{
	char error[256] = "";
	int r = wait_result(fd, error, sizeof error);

	if (r < 0)
		return sel_warn(*error ? 0 : r, "Run %s: %s", session,
				*error ? error : "no answer"),
		       r;
	(void)printf("granted in run %s\n", session);
	return 0;
}

/* --- how long ----------------------------------------------------------------------------------
 */

/* 0 for a session, else when it ends. */
static int parse_term(const char *text, usec_t now, usec_t *ret)
{
	struct tm day = {.tm_isdst = -1};
	usec_t span;
	char rest;

	if (!text)
		text = "30d";
	if (strcmp(text, "session") == 0) {
		*ret = 0;
		return 0;
	}
	if (sscanf(text, "%4d-%2d-%2d%c", &day.tm_year, &day.tm_mon, &day.tm_mday, &rest) == 3 &&
	    strlen(text) == 10) {
		int month = day.tm_mon, of_month = day.tm_mday;

		day.tm_year -= 1900;
		day.tm_mon--;
		time_t at = mktime(&day);
		*ret = (usec_t)at * USEC_PER_SEC;
		return at < 0 || day.tm_mon + 1 != month || day.tm_mday != of_month ||
				       *ret <= now || *ret > now + TERM_MOST
			       ? -EINVAL
			       : 0;
	}
	if (sel_parse_span(text, &span) < 0 || span == 0 || span > TERM_MOST)
		return -EINVAL;
	*ret = now + span;
	return 0;
}

/* --- which -------------------------------------------------------------------------------------
 */

static int from_known(const char *which, char **ret)
{
	struct sel_known_host *hosts = NULL;
	size_t n = 0;
	uint64_t number = 0;
	int r = sel_grants_known(&hosts, &n);
	const char *line = NULL;

	if (r < 0)
		return sel_err(r, "Cannot look for registries");
	if (sel_parse_uint(which, 0, &number) < 0)
		number = 0;
	for (size_t i = 0; i < n && !line; i++)
		if (number ? i + 1 == number : strcmp(hosts[i].host, which) == 0)
			line = hosts[i].proposal;
	if (line)
		*ret = strdup(line);
	sel_known_hosts_free(hosts, n);
	if (line)
		return *ret ? 0 : -ENOMEM;
	return sel_err(0, "No host '%s' that is known here; 'seldom grants known' lists them",
		       which),
	       -ENOENT;
}

static int from_preset(const struct grants_options *opt, char **ret)
{
	int r = sel_grant_preset(opt->preset, opt->host, ret);

	if (r == -ENOENT)
		return sel_err(0, "No preset '%s'; 'seldom grants --help' lists them", opt->preset),
		       r;
	if (r == -EINVAL)
		return sel_err(0, "--host HOST[:PORT] goes with the presets git, git-push and "
				  "git-private, and only with them"),
		       r;
	return r;
}

/* What a rule can hold: everything that it needs is in the line. */
static int check(const struct sel_net_grant *g)
{
	const char *why = g->roots ? "roots are for the file 'grants' (seldom(5)): they are read "
				     "before the run is confined"
			  : g->expires > 0 && g->expires <= sel_now_real()
				  ? "its time is over already; name a later end"
				  : NULL;

	return why ? (sel_err(0, "'%s': %s", g->name, why), -EINVAL) : 0;
}

/* --- kept --------------------------------------------------------------------------------------
 */

static void say_kept(const struct sel_net_grant *g, const struct sel_rule_row *row, bool json)
{
	char words[1024];

	sel_grant_words(g, words, sizeof words);
	if (json) {
		json_t *o = json_pack("{s:s,s:I,s:s,s:s,s:I}", "added", g->name, "rule",
				      (json_int_t)row->id, "object", row->object, "words", words,
				      "expires_unix", (json_int_t)(row->expires / USEC_PER_SEC));

		(void)sel_print_json(o);
		json_decref(o);
		return;
	}
	(void)printf("rule %lld: %s\ntake it back: seldom grants revoke %lld\n", (long long)row->id,
		     words, (long long)row->id);
}

static int keep(struct sel_store *s, struct sel_net_grant *g, usec_t expires, bool json)
{
	char line[SEL_GRANT_LINE_MAX];
	/* What the grant itself says about its end counts if it is sooner. */
	bool sooner = g->expires > 0 && g->expires < expires;
	struct sel_rule_row row = {.op = SEL_OP_CONNECT,
				   .kind = SEL_RUNG_HOST,
				   .object = line,
				   .decision = SEL_ALLOW,
				   .created = sel_now_real(),
				   .expires = sooner ? g->expires : expires};
	int r = sel_grant_line(g, line, sizeof line);

	if (r >= 0)
		r = sel_store_rule_add(s, &row);
	if (r < 0)
		return sel_err(r, "Cannot keep the grant '%s'", g->name);
	say_kept(g, &row, json);
	return 0;
}

/* For the runs that are going on: each stores it as its own. */
static int keep_session(const struct sel_net_grant *g)
{
	char line[SEL_GRANT_LINE_MAX];
	int r = sel_grant_line(g, line, sizeof line);

	if (r < 0)
		return sel_err(r, "Cannot say the grant '%s' in one line", g->name);
	if (tell_runs(json_pack("{s:i,s:s,s:s}", "v", 1, "type", "grant", "line", line), heard) > 0)
		return 0;
	return sel_err(0, "No run took it; 'seldom sessions' lists the runs that are going on"),
	       -ENOENT;
}

static int keep_all(struct sel_net_grant *list, size_t n, usec_t expires, bool json)
{
	struct sel_store *s = NULL;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < n; i++)
		r = check(&list[i]);
	if (r >= 0 && expires && sel_view_store(SEL_STORE_WRITE, &s) < 0)
		return -EIO;
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = expires ? keep(s, &list[i], expires, json) : keep_session(&list[i]);
	sel_store_free(s);
	if (r >= 0 && expires)
		sel_rules_changed();
	if (r >= 0)
		say_credential(list, n, expires == 0);
	return r;
}

int sel_grants_add_command(const struct grants_options *opt, const char *line)
{
	_cleanup_free_ char *text = NULL, *error = NULL;
	struct sel_net_grant *list = NULL;
	usec_t now = sel_now_real(), expires;
	size_t n = 0;
	int r = 0;

	if (!!line + !!opt->preset + !!opt->known != 1)
		return sel_usage_error(&sel_usage_grants,
				       "add wants one of: a grant, --preset NAME, --known N");
	if (opt->host && !opt->preset)
		return sel_usage_error(&sel_usage_grants, "--host goes with --preset");
	if (parse_term(opt->term, now, &expires) < 0)
		return sel_usage_error(&sel_usage_grants,
				       "--for '%s': session, a span of at most a year (30d), or a "
				       "day to come (2026-12-31)",
				       opt->term);
	if (opt->preset)
		r = from_preset(opt, &text);
	else if (opt->known)
		r = from_known(opt->known, &text);
	if (text)
		line = text;
	if (r >= 0 && line)
		r = sel_grants_parse("grant", line, strlen(line), SEL_GRANT_COMMAND, now, &list, &n,
				     &error);
	if (error)
		(void)sel_err(0, "%s", error);
	else if (r >= 0 && n == 0)
		r = (sel_err(0, "There is no grant in it"), -EINVAL);
	if (r >= 0)
		r = keep_all(list, n, expires, opt->json);
	sel_net_grants_free(list, n);
	return r < 0;
}
