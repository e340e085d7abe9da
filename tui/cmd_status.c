#include "commands.h"
#include "console_fleet.h"
#include "run_summary.h"
#include "view_table.h"

#include <langinfo.h>
#include <stdio.h>

/* A status bar waits for it. */
#define SETTLE_MSEC 1000

struct status_options {
	bool json;
	const char *session;
};
#define AT(field) offsetof(struct status_options, field)
static const struct sel_option rows[] = {
	{"json", 0, SEL_OPT_FLAG, NULL, "one JSON object a line", AT(json), 0},
	{"session", 0, SEL_OPT_STRING, "ID", "only this run", AT(session), 0},
	{0},
};
const struct sel_usage sel_usage_status = {
	.name = "status",
	.synopsis = "[--json] [--session ID]",
	.example = "set -g status-right '#(seldom status)'      in tmux's configuration",
	.does = "Says in one line for each run that is going on what was asked and decided.\n"
		"Says nothing if there is none.",
	.options = rows,
	.more = "Exit status: 0 (also with no run), 1 a run does not answer or there is no such "
		"run,\n2 usage.\n",
};

/* id -> its last status, and with it the ids of its open questions. */
struct runs {
	json_t *status, *open;
};

static json_t *open_of(struct runs *s, const char *session)
{
	json_t *of = json_object_get(s->open, session);

	if (!of)
		(void)json_object_set_new(s->open, session, of = json_object());
	return of;
}

static void on_message(void *ctx, const char *session, json_t *message)
{
	struct runs *s = ctx;
	const char *type = sel_json_text(message, "type");

	if (strcmp(type, "question") == 0)
		(void)json_object_set_new(open_of(s, session),
					  sel_json_text(json_object_get(message, "question"), "id"),
					  json_true());
	else if (strcmp(type, "closed") == 0)
		(void)json_object_del(open_of(s, session), sel_json_text(message, "id"));
	else if (strcmp(type, "status") == 0)
		(void)json_object_set(s->status, session, message);
}

static void on_left(void *ctx, const char *session)
{
	struct runs *s = ctx;

	(void)json_object_del(s->status, session);
}

static const struct sel_fleet_events events = {.message = on_message, .left = on_left};

static int collect(struct runs *s, const char *only)
{
	struct sel_fleet *fleet;
	int r = sel_fleet_new("list", only, &events, s, &fleet);
	size_t n;

	if (r < 0)
		return sel_err(r, "Cannot look for sessions"), 1;
	n = sel_fleet_count(fleet);
	r = sel_fleet_settle(fleet, SETTLE_MSEC);
	sel_fleet_free(fleet);
	if (only && n == 0)
		return sel_err(0, "No session '%s' is running", only), 1;
	return r < 0 ? (sel_err(r, "A session does not answer"), 1) : 0;
}

static int print_json(const char *session, json_t *status, size_t waiting)
{
	static const char *const keys[] = {"questions", "actions", "network", "trapped"};
	json_t *row =
		json_pack("{s:i, s:s, s:I}", "v", 1, "id", session, "waiting", (json_int_t)waiting);
	int r;

	for (size_t i = 0; i < SEL_N(keys); i++) {
		json_t *value = json_object_get(status, keys[i]);

		if (value)
			(void)json_object_set(row, keys[i], value);
	}
	r = sel_print_json(row);
	json_decref(row);
	return r;
}

/* Of several runs each is named. */
static int print_line(const char *session, json_t *status, size_t waiting, bool named)
{
	bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	_cleanup_free_ char *text = run_status_text(status, waiting, utf8);

	if (!text)
		return -ENOMEM;
	(void)printf("%s%s%s\n", named ? session : "", named ? ": " : "", text);
	return 0;
}

static int print(const struct runs *s, bool json)
{
	bool named = json_object_size(s->status) > 1;
	const char *session;
	json_t *status;
	int r = 0;

	json_object_foreach(s->status, session, status)
	{
		size_t waiting = json_object_size(json_object_get(s->open, session));
		int printed = json ? print_json(session, status, waiting)
				   : print_line(session, status, waiting, named);

		r = printed < 0 ? printed : r;
	}
	return r < 0 ? (sel_err(r, "Cannot print the status"), 1) : 0;
}

int sel_cmd_status(int argc, char **argv)
{
	struct status_options opt = {0};
	struct runs s = {0};
	int first = sel_options_parse(&sel_usage_status, argc, argv, &opt), code;

	if (first < 0)
		return sel_options_exit(first);
	s.status = json_object();
	s.open = json_object();
	code = collect(&s, opt.session);
	if (print(&s, opt.json))
		code = 1;
	json_decref(s.status);
	json_decref(s.open);
	return code;
}
