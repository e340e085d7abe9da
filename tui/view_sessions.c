/* Runs that go on, then those that ended; Enter shows the log of one. */
#include "console_view.h"

#include "console_fleet.h"

#include <stdio.h>

static enum sel_role sessions_state_role(json_t *row)
{
	const char *state = sel_json_text(row, "state");

	return strcmp(state, "running") == 0 ? SEL_ROLE_NOTE
	       : strcmp(state, "lost") == 0  ? SEL_ROLE_WARN
					     : SEL_ROLE_DIM;
}

static enum sel_role waiting_role(json_t *row)
{
	(void)row;
	return SEL_ROLE_WARN;
}

static enum sel_role command_role(json_t *row)
{
	(void)row;
	return SEL_ROLE_OBJECT;
}

/* None waits: nothing, so that those which do are seen. */
static char *waiting_text(json_t *row)
{
	json_int_t n = json_integer_value(json_object_get(row, "waiting"));
	char *text;

	if (n == 0)
		return strdup("");
	return asprintf(&text, "%lld", (long long)n) < 0 ? NULL : text;
}

static char *took_text(json_t *row)
{
	json_t *seconds = json_object_get(row, "seconds");
	char buf[32] = "";

	if (json_is_number(seconds))
		sel_span_text((long long)(1000 * json_number_value(seconds)), buf, sizeof buf);
	return strdup(buf);
}

static const struct sel_list_column sessions_columns[] = {
	/* clang-format off: columns are the point */
	{"ID", "id", SEL_CELL_TEXT, 8, 0, 0, NULL, NULL},
	{"STATE", "state", SEL_CELL_TEXT, 7, 0, 0, NULL, sessions_state_role},
	{"STARTED", "started_unix", SEL_CELL_TIME, 14, 60, 0, NULL, NULL},
	{"TOOK", "seconds", SEL_CELL_NUMBER, 8, 100, 0, took_text, NULL},
	{"EXIT", "exit", SEL_CELL_NUMBER, 4, 70, 0, NULL, NULL},
	{"OPEN", "waiting", SEL_CELL_NUMBER, 4, 0, 0, waiting_text, waiting_role},
	{"ASKED", "questions", SEL_CELL_NUMBER, 5, 60, 0, NULL, NULL},
	{"ACTIONS", "actions", SEL_CELL_NUMBER, 9, 70, 0, NULL, NULL},
	{"COMMAND", "command", SEL_CELL_TEXT, -3, 0, 0, NULL, command_role},
	{"IN", "cwd", SEL_CELL_TEXT, -2, 120, 0, NULL, NULL},
	{0},
	/* clang-format on */
};

static void sessions_about(const struct sel_draw *d, json_t *row, int width, struct sel_lines *l)
{
	static const struct sel_column cells[] = {
		{"command", "command", SEL_CELL_TEXT, true},
		{"in", "cwd", SEL_CELL_TEXT, true},
		{"ended", "ended_unix", SEL_CELL_TIME, false},
		{"profile", "profile", SEL_CELL_TEXT, false},
	};
	int line = 0;

	(void)d;
	for (size_t i = 0; i < SEL_N(cells); i++) {
		_cleanup_free_ char *text = NULL;

		if (sel_cell_text(&cells[i], row, false, &text) < 0 || !*text)
			continue;
		(void)sel_lines_wrap(l, line, 0, width, SEL_ROLE_DIM, cells[i].title);
		line = sel_lines_wrap(l, line, 9, width, SEL_ROLE_NORMAL, text);
	}
}

static void sessions_heading(const struct sel_draw *d, char *out, size_t cap)
{
	(void)snprintf(out, cap, "%zu going on", d->m->n_sessions);
}

static const char *sessions_off(const struct sel_ui *ui, const struct sel_model *m,
				enum sel_act act)
{
	return act == SEL_ACT_OPEN && !sel_views_row(ui, m, SEL_VIEW_SESSIONS) ? "no run" : NULL;
}

static void sessions_act(struct sel_acting *a, enum sel_act act)
{
	json_t *row = sel_views_row(a->ui, a->m, SEL_VIEW_SESSIONS);

	if (act == SEL_ACT_OPEN && row)
		sel_views_log(a, sel_json_text(row, "id"), 0);
}

const struct sel_console_view sel_view_sessions = {
	.where = SEL_IN_SESSIONS,
	.above = SEL_VIEW_NOW,
	.read = SEL_READ_SESSIONS,
	.columns = sessions_columns,
	.id = "id",
	.empty = "Nothing runs under seldom, and nothing has. To start: seldom run -- CMD",
	.heading = sessions_heading,
	.about = sessions_about,
	.act = sessions_act,
	.off = sessions_off,
};
