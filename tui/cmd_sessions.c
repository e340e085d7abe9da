#include "commands.h"
#include "console_fleet.h"
#include "view_report.h"
#include "view_table.h"

#include <stdio.h>

#define SETTLE_MSEC  3000
#define RECENT_LIMIT 20

struct sessions_options {
	bool json, plain, all;
};
#define AT(field) offsetof(struct sessions_options, field)
static const struct sel_option rows[] = {
	{"json", 0, SEL_OPT_FLAG, NULL, "one JSON object a line", AT(json), 0},
	{"plain", 0, SEL_OPT_FLAG, NULL, "tab-separated, no header", AT(plain), 0},
	{"all", 0, SEL_OPT_FLAG, NULL, "every run that is recorded, not the last 20", AT(all), 0},
	{0},
};
const struct sel_usage sel_usage_sessions = {
	.name = "sessions",
	.synopsis = "[--json|--plain] [--all]",
	.example = "seldom sessions --json",
	.does = "Lists the runs that are going on, then the recent ones.",
	.options = rows,
	.more = "Exit status: 0, 1 the store cannot be read or a run does not answer, 2 usage.\n",
};

static const struct sel_column columns[] = {
	{"ID", "id", SEL_CELL_TEXT, false},
	{"STATE", "state", SEL_CELL_TEXT, false},
	{"STARTED", "started_unix", SEL_CELL_TIME, false},
	{"EXIT", "exit", SEL_CELL_NUMBER, false},
	{"OPEN", "waiting", SEL_CELL_NUMBER, false},
	{"ASKED", "questions", SEL_CELL_NUMBER, false},
	{"ACTIONS", "actions", SEL_CELL_NUMBER, false},
	{"COMMAND", "command", SEL_CELL_TEXT, true},
	{0},
};

/* id -> row: of the live ones, and of the store. */
struct lists {
	json_t *live, *recorded;
	json_t *open; /* session -> the ids of its open questions */
};

static void on_joined(void *ctx, const char *session, json_t *welcome)
{
	static const char *const keys[] = {"command", "cwd", "profile", "pid"};
	struct lists *l = ctx;
	json_t *row = json_pack("{s:i, s:s, s:s, s:b, s:i, s:O*}", "v", 1, "id", session, "state",
				"running", "alive", 1, "waiting", 0, "started_unix",
				json_object_get(welcome, "started"));

	for (size_t i = 0; row && i < SEL_N(keys); i++) {
		json_t *value = json_object_get(welcome, keys[i]);

		if (value)
			(void)json_object_set(row, keys[i], value);
	}
	if (row)
		(void)json_object_set_new(l->live, session, row);
}

/* A question may be sent again: it counts once. */
static void waiting_set(struct lists *l, const char *session, const char *id, bool open)
{
	json_t *row = json_object_get(l->live, session), *of = json_object_get(l->open, session);

	if (!of && json_object_set_new(l->open, session, of = json_object()) < 0)
		return;
	if (open)
		(void)json_object_set_new(of, id, json_true());
	else
		(void)json_object_del(of, id);
	(void)json_object_set_new(row, "waiting", json_integer((json_int_t)json_object_size(of)));
}

static void on_message(void *ctx, const char *session, json_t *message)
{
	struct lists *l = ctx;
	json_t *row = json_object_get(l->live, session);
	const char *type = sel_json_text(message, "type");
	json_t *asked = sel_json_path(message, "questions.asked");
	json_t *total = sel_json_path(message, "actions.total");

	if (strcmp(type, "question") == 0) {
		waiting_set(l, session, sel_json_text(json_object_get(message, "question"), "id"),
			    true);
	} else if (strcmp(type, "closed") == 0) {
		waiting_set(l, session, sel_json_text(message, "id"), false);
	} else if (strcmp(type, "status") == 0) {
		if (asked)
			(void)json_object_set(row, "questions", asked);
		if (total)
			(void)json_object_set(row, "actions", total);
	}
}

static const struct sel_fleet_events events = {.joined = on_joined, .message = on_message};

static int live_collect(struct lists *l)
{
	struct sel_fleet *fleet;
	int r = sel_fleet_new("list", NULL, &events, l, &fleet);

	if (r < 0)
		return sel_err(r, "Cannot look for sessions"), 1;
	r = sel_fleet_settle(fleet, SETTLE_MSEC);
	sel_fleet_free(fleet);
	return r < 0 ? (sel_err(r, "A session does not answer"), 1) : 0;
}

static int recorded_row(json_t *row, void *ctx)
{
	struct lists *l = ctx;

	return json_object_set(l->recorded, sel_json_text(row, "id"), row) < 0 ? -ENOMEM : 0;
}

static int recorded_collect(struct lists *l, bool all)
{
	struct sel_filter f = {.limit = all ? 0 : RECENT_LIMIT};
	struct sel_store *s = NULL;
	int r = sel_view_store(SEL_STORE_READ, &s);

	if (r <= 0)
		return r < 0;
	r = sel_report_sessions(s, &f, recorded_row, l);
	sel_store_free(s);
	return r < 0 ? sel_view_failed(r, &f) : 0;
}

/* What runs knows its numbers better than the store, which knows more fields. */
static void merge(struct lists *l)
{
	const char *id;
	json_t *live;
	void *next;

	json_object_foreach_safe(l->live, next, id, live)
	{
		json_t *row = json_object_get(l->recorded, id);

		if (!row || json_object_update(row, live) < 0)
			continue;
		(void)json_object_set(l->live, id, row);
		(void)json_object_del(l->recorded, id);
	}
}

static void print(json_t *list, struct sel_table *table)
{
	const char *id;
	json_t *row;

	json_object_foreach(list, id, row)(void) sel_table_row(table, row);
}

int sel_cmd_sessions(int argc, char **argv)
{
	struct sessions_options opt = {0};
	struct lists l = {0};
	int first = sel_options_parse(&sel_usage_sessions, argc, argv, &opt), code;
	struct sel_table table;

	if (first < 0)
		return sel_options_exit(first);
	table = (struct sel_table){.format = sel_format_of(opt.json, opt.plain),
				   .columns = columns,
				   .empty = "Nothing runs under seldom, and nothing has."};
	l.live = json_object();
	l.recorded = json_object();
	l.open = json_object();
	code = live_collect(&l);
	if (recorded_collect(&l, opt.all))
		code = 1;
	merge(&l);
	print(l.live, &table);
	print(l.recorded, &table);
	(void)sel_table_end(&table);
	json_decref(l.live);
	json_decref(l.recorded);
	json_decref(l.open);
	return code;
}
