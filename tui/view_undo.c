/* Runs that changed what was there before, what an undo would bring back, and doing it. */
#include "console_view.h"

#include "console_fleet.h"

#include <stdio.h>

static enum sel_role path_role(json_t *row)
{
	(void)row;
	return SEL_ROLE_OBJECT;
}

static enum sel_role run_role(json_t *row)
{
	return strcmp(sel_json_text(row, "state"), "running") == 0 ? SEL_ROLE_NOTE : SEL_ROLE_DIM;
}

static char *bytes_text(json_t *row, const char *key)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	double n = json_number_value(json_object_get(row, key));
	size_t unit = 0;
	char *text;

	for (; n >= 1024 && unit + 1 < SEL_N(units); unit++)
		n /= 1024;
	return asprintf(&text, unit ? "%.1f %s" : "%.0f %s", n, units[unit]) < 0 ? NULL : text;
}

static char *kept_text(json_t *row)
{
	return bytes_text(row, "bytes");
}

static char *size_text(json_t *row)
{
	return bytes_text(row, "size");
}

static const struct sel_list_column undo_columns[] = {
	/* clang-format off: columns are the point */
	{"ID", "id", SEL_CELL_TEXT, 13, 0, 70, NULL, NULL},
	{"ID", "id", SEL_CELL_TEXT, 21, 70, 0, NULL, NULL},
	{"STATE", "state", SEL_CELL_TEXT, 7, 50, 0, NULL, run_role},
	{"STARTED", "started_unix", SEL_CELL_TIME, 14, 60, 0, NULL, NULL},
	{"CHANGES", "files", SEL_CELL_NUMBER, 7, 0, 0, NULL, NULL},
	{"KEPT", "bytes", SEL_CELL_NUMBER, 10, 0, 0, kept_text, NULL},
	{"COMMAND", "command", SEL_CELL_TEXT, -1, 70, 0, NULL, path_role},
	{0},
	/* clang-format on */
};

static const char *undo_off(const struct sel_ui *ui, const struct sel_model *m, enum sel_act act)
{
	return act == SEL_ACT_OPEN && !sel_views_row(ui, m, SEL_VIEW_UNDO) ? "no run" : NULL;
}

static void undo_act(struct sel_acting *a, enum sel_act act)
{
	json_t *row = sel_views_row(a->ui, a->m, SEL_VIEW_UNDO);

	if (act != SEL_ACT_OPEN || !row)
		return;
	(void)snprintf(a->ui->planned, sizeof a->ui->planned, "%s", sel_json_text(row, "id"));
	sel_views_go(a, SEL_VIEW_PLAN);
}

const struct sel_console_view sel_view_undo = {
	.where = SEL_IN_UNDO,
	.above = SEL_VIEW_NOW,
	.read = SEL_READ_UNDO,
	.columns = undo_columns,
	.id = "id",
	.empty = "No run changed what was there before.",
	.act = undo_act,
	.off = undo_off,
};

/* --- what would be brought back --------------------------------------------------------------- */

static enum sel_role undo_state_role(json_t *row)
{
	return strcmp(sel_json_text(row, "state"), "ready") == 0 ? SEL_ROLE_NOTE : SEL_ROLE_WARN;
}

static const struct sel_list_column plan_columns[] = {
	/* clang-format off: columns are the point */
	{"WAS", "was", SEL_CELL_TEXT, 10, 0, 0, NULL, NULL},
	{"STATE", "state", SEL_CELL_TEXT, 8, 0, 0, NULL, undo_state_role},
	{"BYTES", "size", SEL_CELL_NUMBER, 10, 60, 0, size_text, NULL},
	{"PATH", "path", SEL_CELL_TEXT, -3, 0, 0, NULL, path_role},
	{"NOW", "to", SEL_CELL_TEXT, -2, 120, 0, NULL, NULL},
	{"BECAUSE", "because", SEL_CELL_TEXT, -1, 120, 0, NULL, NULL},
	{0},
	/* clang-format on */
};

static long long plan_number(const struct sel_model *m, const char *key)
{
	return json_integer_value(json_object_get(m->got[SEL_READ_PLAN].data, key));
}

static void plan_about(const struct sel_draw *d, json_t *row, int width, struct sel_lines *l)
{
	const char *to = sel_json_text(row, "to"), *because = sel_json_text(row, "because");
	int line = sel_lines_wrap(l, 0, 0, width, SEL_ROLE_OBJECT, sel_json_text(row, "path"));

	(void)d;
	if (*to) {
		(void)sel_lines_wrap(l, line, 0, width, SEL_ROLE_DIM, "is now");
		line = sel_lines_wrap(l, line, 8, width, SEL_ROLE_OBJECT, to);
	}
	if (*because)
		(void)sel_lines_wrap(l, line, 0, width, SEL_ROLE_WARN, because);
}

static void plan_heading(const struct sel_draw *d, char *out, size_t cap)
{
	long long conflicts = plan_number(d->m, "conflicts"), lost = plan_number(d->m, "lost");
	int n = snprintf(out, cap, "%s: %lld to bring back", d->ui->planned,
			 plan_number(d->m, "ready"));

	if (conflicts && n > 0 && (size_t)n < cap)
		n += snprintf(out + n, cap - (size_t)n, ", %lld changed since", conflicts);
	if (lost && n > 0 && (size_t)n < cap)
		(void)snprintf(out + n, cap - (size_t)n, ", %lld lost", lost);
}

static void plan_want(const struct sel_ui *ui, struct sel_want *want)
{
	(void)snprintf(want->id, sizeof want->id, "%s", ui->planned);
}

static const char *plan_off(const struct sel_ui *ui, const struct sel_model *m, enum sel_act act)
{
	if (act == SEL_ACT_OPEN)
		return sel_views_row(ui, m, SEL_VIEW_PLAN) ? NULL : "nothing to show";
	if (act != SEL_ACT_UNDO)
		return NULL;
	if (json_is_true(json_object_get(m->got[SEL_READ_PLAN].data, "running")))
		return "the run goes on; end it first";
	return plan_number(m, "ready") ? NULL : "nothing to bring back";
}

static void plan_act(struct sel_acting *a, enum sel_act act)
{
	json_t *row = sel_views_row(a->ui, a->m, SEL_VIEW_PLAN);
	long long ready = plan_number(a->m, "ready"), rest = plan_number(a->m, "conflicts");

	if (act == SEL_ACT_OPEN && row) {
		a->ui->differing = (uint64_t)json_integer_value(json_object_get(row, "n"));
		sel_views_go(a, SEL_VIEW_DIFFERENCE);
	} else if (act == SEL_ACT_UNDO) {
		sel_views_confirm(a, SEL_DEED_UNDO, a->ui->planned,
				  "Bring back %lld of run %s?\nWhat is there now is kept first, in "
				  "a run of its own that can be undone, too.%s",
				  ready, a->ui->planned,
				  rest ? "\nWhat was changed after the run is left alone; "
					 "'seldom undo --force' brings it back."
				       : "");
	}
}

const struct sel_console_view sel_view_plan = {
	.where = SEL_IN_PLAN,
	.above = SEL_VIEW_UNDO,
	.read = SEL_READ_PLAN,
	.columns = plan_columns,
	.id = "n",
	.empty = "Nothing to bring back: all is as it was.",
	.heading = plan_heading,
	.about = plan_about,
	.want = plan_want,
	.act = plan_act,
	.off = plan_off,
};

/* --- one difference ----------------------------------------------------------------------------
 */

static void difference_want(const struct sel_ui *ui, struct sel_want *want)
{
	(void)snprintf(want->id, sizeof want->id, "%s", ui->planned);
	want->entry = ui->differing;
}

static void difference_lines(const struct sel_draw *d, int width, struct sel_lines *l)
{
	json_t *line;
	size_t i;
	int row = 0;

	json_array_foreach(json_object_get(d->m->got[SEL_READ_DIFF].data, "lines"), i, line)
	{
		const char *text = json_string_value(line);
		enum sel_role role = *text == '+'   ? SEL_ROLE_ADDED
				     : *text == '-' ? SEL_ROLE_REMOVED
				     : *text == '@' ? SEL_ROLE_DIM
						    : SEL_ROLE_NORMAL;

		row = sel_lines_wrap(l, row, 0, width, role, text);
	}
}

const struct sel_console_view sel_view_difference = {
	.where = SEL_IN_PAGE,
	.above = SEL_VIEW_PLAN,
	.read = SEL_READ_DIFF,
	.lines = difference_lines,
	.want = difference_want,
	.empty = "No difference can be shown.",
};
