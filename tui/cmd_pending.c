#include "commands.h"
#include "console_fleet.h"
#include "view_table.h"

#include <stdio.h>

/* A broker that does not say what it asks in this time is named, not waited for. */
#define SETTLE_MSEC 3000

struct pending_options {
	bool json, plain, ask;
	const char *session;
};
static const struct sel_option rows[] = {
	{"json", 0, SEL_OPT_FLAG, NULL, "one JSON object a line, all fields",
	 offsetof(struct pending_options, json), 0},
	{"plain", 0, SEL_OPT_FLAG, NULL, "tab-separated, no header",
	 offsetof(struct pending_options, plain), 0},
	{"ask", 0, SEL_OPT_FLAG, NULL,
	 "be asked about what was denied without a question, when it is tried again (the next "
	 "five, within five minutes)",
	 offsetof(struct pending_options, ask), 0},
	{"session", 0, SEL_OPT_STRING, "ID", "only the questions of this run",
	 offsetof(struct pending_options, session), 0},
	{0},
};
const struct sel_usage sel_usage_pending = {
	.name = "pending",
	.synopsis = "[--json|--plain] [--ask] [--session ID]",
	.example = "seldom pending --json",
	.does = "Lists the questions that wait for an answer, of every run that is going on. What "
		"was denied without a question, since enough was asked, is said on standard error.",
	.options = rows,
	.more = "Exit status: 0 (also with no question), 1 no such run or it does not answer, 2 "
		"usage.\n",
};

static const struct sel_column columns[] = {
	{"ID", "id", SEL_CELL_TEXT, false},
	{"TIER", "tier", SEL_CELL_TIER, false},
	{"PROGRAM", "who.comm", SEL_CELL_TEXT, false},
	{"OP", "op", SEL_CELL_TEXT, false},
	{"OBJECT", "object", SEL_CELL_TEXT, true},
	{"CALLS", "waiting", SEL_CELL_NUMBER, false},
	{"LEFT", "remaining_ms", SEL_CELL_MSEC, false},
	{0},
};

/* Questions may be sent again while they are collected: the last form counts, once. */
struct collect {
	json_t *by_id;
	json_t *sessions; /* their names */
};

/* The newest is named, the rest counted. */
static void tell_refused(const json_t *list)
{
	size_t n = json_array_size(list);
	const json_t *last = json_array_get(list, 0);
	const char *object = json_string_value(json_object_get(last, "object"));
	const char *comm = json_string_value(json_object_get(last, "comm"));
	const char *why = json_string_value(json_object_get(last, "why"));

	if (n && object && comm && why)
		(void)fprintf(stderr,
			      "Denied without a question: %zu, the last %s by %s (%s).\n"
			      "To be asked when it is tried again: seldom pending --ask\n",
			      n, object, comm, why);
}

static void collect_message(void *ctx, const char *session, json_t *message)
{
	struct collect *c = ctx;
	const char *type = json_string_value(json_object_get(message, "type"));
	json_t *question = json_object_get(message, "question");
	const char *id = json_string_value(json_object_get(question, "id"));
	char of[33];

	if (type && strcmp(type, "closed") == 0) {
		id = json_string_value(json_object_get(message, "id"));
		(void)json_object_del(c->by_id, id ? id : "");
	} else if (type && strcmp(type, "status") == 0) {
		tell_refused(json_object_get(message, "unasked"));
	} else if (type && strcmp(type, "question") == 0 && id && sel_fleet_id_session(id, of) &&
		   strcmp(of, session) == 0) {
		(void)json_object_set(c->by_id, id, question);
	}
}

static void collect_session(void *ctx, const char *session, json_t *welcome)
{
	struct collect *c = ctx;

	(void)welcome;
	(void)json_array_append_new(c->sessions, json_string(session));
}

static const struct sel_fleet_events events = {.joined = collect_session,
					       .message = collect_message};

static int want_asked(struct sel_fleet *fleet, const struct collect *c)
{
	const json_t *session;
	int code = 0;
	size_t i;

	json_array_foreach(c->sessions, i, session)
	{
		json_t *m = json_pack("{s:i,s:s}", "v", 1, "type", "ask");
		int r = sel_fleet_send(fleet, json_string_value(session), m);

		if (r < 0 && r != -ENOENT) /* it ended meanwhile */
			code = (sel_err(r, "A session cannot be told"), 1);
	}
	return code;
}

static int print(struct collect *c, enum sel_format format)
{
	struct sel_table table = {
		.format = format, .columns = columns, .empty = "No question waits."};
	const char *id;
	json_t *question;
	int r = 0;

	json_object_foreach(c->by_id, id, question) if (r >= 0) r = sel_table_row(&table, question);
	(void)sel_table_end(&table);
	return r < 0 ? (sel_err(r, "Cannot print the questions"), 1) : 0;
}

static int collect(struct collect *c, const struct pending_options *opt)
{
	struct sel_fleet *fleet;
	int r = sel_fleet_new("list", opt->session, &events, c, &fleet), code = 0;

	if (r < 0)
		return sel_err(r, "Cannot look for sessions"), 1;
	if (opt->session && sel_fleet_count(fleet) == 0)
		code = (sel_err(0, "No session '%s' is running", opt->session), 1);
	r = sel_fleet_settle(fleet, SETTLE_MSEC);
	if (r < 0)
		code = (sel_err(r, "A session does not answer; its questions may be missing"), 1);
	if (opt->ask && want_asked(fleet, c) != 0)
		code = 1;
	sel_fleet_free(fleet);
	return code;
}

int sel_cmd_pending(int argc, char **argv)
{
	struct pending_options opt = {0};
	struct collect c = {0};
	int first = sel_options_parse(&sel_usage_pending, argc, argv, &opt), code, printed;

	if (first < 0)
		return sel_options_exit(first);
	c.by_id = json_object();
	c.sessions = json_array();
	code = collect(&c, &opt);
	printed = code && opt.session ? code : print(&c, sel_format_of(opt.json, opt.plain));
	json_decref(c.by_id);
	json_decref(c.sessions);
	return code ? code : printed;
}
