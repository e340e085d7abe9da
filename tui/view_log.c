/* What was decided, the newest first; Enter explains one. */
#include "console_view.h"

#include "console_fleet.h"
#include "view_report.h"

#include <stdio.h>

static enum sel_role log_verdict_role(json_t *row)
{
	return strcmp(sel_json_text(row, "decision"), "deny") == 0 ? SEL_ROLE_WARN
								   : SEL_ROLE_NORMAL;
}

static enum sel_role source_role(json_t *row)
{
	return strcmp(sel_json_text(row, "source"), "person") == 0 ? SEL_ROLE_SALIENT
								   : SEL_ROLE_NORMAL;
}

static enum sel_role tier_role(json_t *row)
{
	static const enum sel_role roles[SEL_TIER_N] = {SEL_ROLE_DIM, SEL_ROLE_TIER1,
							SEL_ROLE_TIER2, SEL_ROLE_TIER3};
	json_int_t tier = json_integer_value(json_object_get(row, "tier"));

	return tier >= 0 && tier < SEL_TIER_N ? roles[tier] : SEL_ROLE_NORMAL;
}

static enum sel_role log_object_role(json_t *row)
{
	(void)row;
	return SEL_ROLE_OBJECT;
}

static enum sel_role dim_role(json_t *row)
{
	(void)row;
	return SEL_ROLE_DIM;
}

/* "11-23 09:41:07" without the day, or without the seconds. */
static char *time_piece(json_t *row, size_t from, size_t n)
{
	const struct sel_column at = {"", "unix", SEL_CELL_TIME, false};
	_cleanup_free_ char *text = NULL;

	if (sel_cell_text(&at, row, false, &text) < 0)
		return NULL;
	return strndup(strlen(text) >= from + n ? text + from : text, n);
}

static char *log_clock_text(json_t *row) /* the day is in the line above */
{
	return time_piece(row, 6, 5);
}

static char *log_minute_text(json_t *row)
{
	return time_piece(row, 0, 11);
}

static char *object_text(json_t *row)
{
	const char *to = sel_json_text(row, "object2");
	json_int_t n = json_integer_value(json_object_get(row, "repeats"));
	char *text, times[32] = "";

	if (n > 0)
		(void)snprintf(times, sizeof times, "  (%lld times)", (long long)n + 1);
	return asprintf(&text, "%s%s%s%s", sel_json_text(row, "object"), *to ? " -> " : "", to,
			times) < 0
		       ? NULL
		       : text;
}

static const struct sel_list_column log_columns[] = {
	/* clang-format off: columns are the point */
	{"TIME", "unix", SEL_CELL_TIME, 5, 0, 60, log_clock_text, dim_role},
	{"TIME", "unix", SEL_CELL_TIME, 11, 60, 100, log_minute_text, dim_role},
	{"TIME", "unix", SEL_CELL_TIME, 14, 100, 0, NULL, dim_role},
	{"SESSION", "session", SEL_CELL_TEXT, 8, 110, 0, NULL, NULL},
	{"SAID", "decision", SEL_CELL_TEXT, 5, 0, 0, NULL, log_verdict_role},
	{"BY", "source", SEL_CELL_TEXT, 9, 60, 0, NULL, source_role},
	{"T", "tier", SEL_CELL_TIER, 2, 60, 0, NULL, tier_role},
	{"PROGRAM", "comm|exe", SEL_CELL_TEXT, 8, 60, 100, NULL, NULL},
	{"PROGRAM", "comm|exe", SEL_CELL_TEXT, 16, 100, 0, NULL, NULL},
	{"OP", "op", SEL_CELL_TEXT, 7, 0, 0, NULL, NULL},
	{"OBJECT", "object", SEL_CELL_TEXT, -3, 0, 0, object_text, log_object_role},
	{"BECAUSE", "reason", SEL_CELL_TEXT, -2, 120, 0, NULL, NULL},
	{0},
	/* clang-format on */
};

static void log_about(const struct sel_draw *d, json_t *row, int width, struct sel_lines *l)
{
	_cleanup_free_ char *object = object_text(row);
	int line = sel_lines_wrap(l, 0, 0, width, SEL_ROLE_OBJECT, object ? object : "?");

	(void)d;
	line = sel_lines_wrap(l, line, 0, width, SEL_ROLE_NORMAL, sel_json_text(row, "reason"));
	(void)sel_lines_wrap(l, line, 0, width, SEL_ROLE_DIM, sel_json_text(row, "exe"));
}

/* "1,000,000" */
static const char *grouped(json_int_t n, char *out, size_t cap)
{
	char digits[24];
	int len = snprintf(digits, sizeof digits, "%lld", (long long)n);
	size_t at = 0;

	for (int i = 0; i < len && at + 2 < cap; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			out[at++] = ',';
		out[at++] = digits[i];
	}
	out[at] = '\0';
	return out;
}

/* How far a search has got. */
static size_t log_searched(const struct sel_draw *d, char *out, size_t cap)
{
	const struct sel_got *got = &d->m->got[SEL_READ_LOG];
	json_int_t looked = json_integer_value(json_object_get(got->data, "looked"));
	json_int_t of = json_integer_value(json_object_get(got->data, "of"));
	char n[32], all[32];

	if (!got->waiting || !looked)
		return 0;
	return (size_t)snprintf(out, cap, of ? "searched %s of %s" : "searched %s",
				grouped(looked, n, sizeof n), grouped(of, all, sizeof all));
}

static void log_heading(const struct sel_draw *d, char *out, size_t cap)
{
	const struct sel_ui *ui = d->ui;
	json_t *row = sel_views_row(ui, d->m, SEL_VIEW_LOG);
	const struct sel_column at = {"", "unix", SEL_CELL_TIME, false};
	_cleanup_free_ char *day = NULL;
	size_t n = 0;

	out[0] = '\0';
	if (ui->log_session[0])
		n += (size_t)snprintf(out, cap, "of %s ", ui->log_session);
	if (ui->log_rule)
		n += (size_t)snprintf(out, cap, "under rule %lld ", (long long)ui->log_rule);
	n += log_searched(d, out + n, cap - n);
	if (d->c->cols < 60 && row && sel_cell_text(&at, row, false, &day) >= 0 && n < cap)
		n += (size_t)snprintf(out + n, cap - n, "%s%.5s", n && out[n - 1] != ' ' ? " " : "",
				      day);
	if (n > 0 && out[n - 1] == ' ')
		out[n - 1] = '\0';
}

static void log_want(const struct sel_ui *ui, struct sel_want *want)
{
	(void)snprintf(want->id, sizeof want->id, "%s", ui->log_session);
	(void)snprintf(want->filter, sizeof want->filter, "%s", ui->places[SEL_VIEW_LOG].filter);
	want->rule = ui->log_rule;
}

static const char *log_off(const struct sel_ui *ui, const struct sel_model *m, enum sel_act act)
{
	return act == SEL_ACT_OPEN && !sel_views_row(ui, m, SEL_VIEW_LOG) ? "no decision" : NULL;
}

static void log_act(struct sel_acting *a, enum sel_act act)
{
	json_t *row = sel_views_row(a->ui, a->m, SEL_VIEW_LOG);

	if (act != SEL_ACT_OPEN || !row)
		return;
	sel_views_id(SEL_VIEW_LOG, row, a->ui->explained, sizeof a->ui->explained);
	sel_views_go(a, SEL_VIEW_EXPLAIN);
}

const struct sel_console_view sel_view_log = {
	.where = SEL_IN_LOG,
	.above = SEL_VIEW_NOW,
	.read = SEL_READ_LOG,
	.columns = log_columns,
	.id = "id",
	.empty = "Nothing was decided; what is in scope is counted, not listed.",
	.heading = log_heading,
	.about = log_about,
	.want = log_want,
	.act = log_act,
	.off = log_off,
};

/* --- the explanation of one ------------------------------------------------------------------ */

static void explain_want(const struct sel_ui *ui, struct sel_want *want)
{
	(void)snprintf(want->id, sizeof want->id, "%s", ui->explained);
}

/* As `seldom explain` prints it: the line that says it all, then what it rests on. */
static void explain_lines(const struct sel_draw *d, int width, struct sel_lines *l)
{
	json_t *found = d->m->got[SEL_READ_EXPLAIN].data;
	int row = sel_lines_wrap(l, 0, 0, width, SEL_ROLE_SALIENT, sel_json_text(found, "verdict"));

	(void)sel_tree_lines(found, "verdict", 0, row, width, l);
}

const struct sel_console_view sel_view_explain = {
	.where = SEL_IN_PAGE,
	.above = SEL_VIEW_LOG,
	.read = SEL_READ_EXPLAIN,
	.lines = explain_lines,
	.want = explain_want,
	.empty = "This decision is not there any more.",
};
