/* Statistics: plots over days and weeks, and what asks most, with what would quieten it. */
#include "console_view.h"

#include "console_fleet.h"
#include "view_stats.h"

#include <math.h>
#include <stdio.h>

#define SPAN_MAX   200
#define PLOT_LABEL 15 /* of a plot on a narrow screen, beside it */

/* --- values ----------------------------------------------------------------------------------- */

/* NAN: nothing is known of that day or week, which is not zero. */
typedef double (*value_fn)(json_t *row);

static double real_of(json_t *row, const char *path)
{
	json_t *value = sel_json_path(row, path);

	return json_is_number(value) ? json_number_value(value) : NAN;
}

static double share(double k, double n)
{
	return n > 0 ? 100 * k / n : NAN;
}

static double day_asked(json_t *row)
{
	return row ? real_of(row, "asked") : 0;
}

static double day_tired(json_t *row)
{
	return row ? real_of(row, "tired") + real_of(row, "exhausted") : 0;
}

static double day_rapid(json_t *row)
{
	return share(real_of(row, "rapid.k"), real_of(row, "rapid.of"));
}

static double week_allowed(json_t *row)
{
	double k = real_of(row, "allowed");

	return share(k, k + real_of(row, "denied"));
}

static double week_seconds(json_t *row)
{
	return real_of(row, "response_ms") / 1000;
}

static double week_automatic(json_t *row)
{
	double k = real_of(row, "automatic");

	return share(k, k + real_of(row, "asked"));
}

struct plot {
	const char *label, *unit;
	bool weeks;  /* of a year's, else days */
	double most; /* the top of the scale; 0: the greatest */
	value_fn value;
	enum sel_role role;
};
static const struct plot plots[] = {
	{"asked a day", "", false, 0, day_asked, SEL_ROLE_OBJECT},
	{"allowed", " %", true, 100, week_allowed, SEL_ROLE_OBJECT},
	{"when tired", "", false, 0, day_tired, SEL_ROLE_TIER2},
	{"without you", " %", true, 100, week_automatic, SEL_ROLE_OBJECT},
	{"hardly read", " %", false, 100, day_rapid, SEL_ROLE_TIER2},
	{"to answer", " s", true, 0, week_seconds, SEL_ROLE_OBJECT},
};

struct series {
	double v[SPAN_MAX]; /* oldest first */
	int n;
	double most, last;
	long first_day, last_day;
};

static void series_end(struct series *s, const struct plot *p)
{
	s->last = NAN;
	for (int i = 0; i < s->n; i++) {
		if (isnan(s->v[i]))
			continue;
		s->most = s->v[i] > s->most ? s->v[i] : s->most;
		s->last = s->v[i];
	}
	s->most = p->most > 0 ? p->most : s->most;
}

static void read_days(json_t *stats, const struct plot *p, int room, struct series *s)
{
	json_t *list = json_object_get(stats, "fatigue");
	json_t *newest = json_array_get(list, json_array_size(list) - 1);

	s->last_day = newest ? sel_day_number(sel_json_text(newest, "day")) : -1;
	s->n = s->last_day < 0 ? 0 : room > 90 ? 90 : room;
	s->first_day = s->last_day - s->n + 1;
	for (int i = 0; i < s->n; i++)
		s->v[i] = p->value(sel_stats_day(stats, s->first_day + i));
}

static json_t *week_of(json_t *list, long monday)
{
	json_t *row;
	size_t i;

	json_array_foreach(list, i, row) if (sel_day_number(sel_json_text(row, "week")) ==
					     monday) return row;
	return NULL;
}

static void read_weeks(json_t *stats, const struct plot *p, int room, struct series *s)
{
	json_t *list = json_object_get(stats, "by_week");
	json_t *newest = json_array_get(list, json_array_size(list) - 1);

	s->last_day = newest ? sel_day_number(sel_json_text(newest, "week")) : -1;
	s->n = s->last_day < 0 ? 0 : room > 26 ? 26 : room;
	s->first_day = s->last_day - 7 * (s->n - 1);
	for (int i = 0; i < s->n; i++)
		s->v[i] = p->value(week_of(list, s->first_day + 7 * i));
}

static void read_series(json_t *stats, const struct plot *p, int room, struct series *ret)
{
	*ret = (struct series){0};
	room = room > SPAN_MAX ? SPAN_MAX : room;
	if (p->weeks)
		read_weeks(stats, p, room, ret);
	else
		read_days(stats, p, room, ret);
	series_end(ret, p);
}

/* --- bars ------------------------------------------------------------------------------------- */

/* The piece of a bar of `value` that lies in one row, `below` rows up. */
static const char *piece(double value, double most, int rows, int below, bool utf8)
{
	static const char *const wide[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	static const char *const plain[] = {" ", "_", ".", ".", ":", ":", "|", "|", "#"};
	int eighths = most > 0 && value > 0 ? (int)ceil(value / most * rows * 8) : 0;

	eighths -= 8 * below;
	return (utf8 ? wide : plain)[eighths <= 0 ? 0 : eighths > 8 ? 8 : eighths];
}

/* Each value `wide` columns wide. What is unknown is a dot, what is zero is blank. */
static void bars_draw(const struct sel_draw *d, const struct series *s, enum sel_role role, int row,
		      int rows, int col, int wide)
{
	for (int i = 0; i < s->n; i++)
		for (int r = 0; r < rows; r++) {
			int at = row + rows - 1 - r;

			if (isnan(s->v[i]) && r == 0)
				sel_canvas_text(d->c, at, col + i * wide, 1, SEL_ROLE_DIM,
						d->g->dot, NULL);
			else if (!isnan(s->v[i]))
				sel_canvas_fill(d->c, at, col + i * wide, wide, role,
						piece(s->v[i], s->most, rows, r, d->c->utf8));
		}
}

static void scale_text(const struct plot *p, const struct series *s, char *out, size_t cap)
{
	if (s->n == 0)
		(void)snprintf(out, cap, "nothing yet");
	else if (isnan(s->last))
		(void)snprintf(out, cap, "unknown");
	else
		(void)snprintf(out, cap, "now %.*f%s, top %.*f%s",
			       s->last < 10 && s->last != floor(s->last), s->last, p->unit,
			       s->most < 10 && s->most != floor(s->most), s->most, p->unit);
}

static void plot_draw(const struct sel_draw *d, const struct plot *p, int row, int rows, int col,
		      int width)
{
	struct series s;
	char scale[96];
	int used, wide;

	read_series(json_object_get(d->m->got[SEL_READ_STATS].data, "fatigue")
			    ? d->m->got[SEL_READ_STATS].data
			    : NULL,
		    p, width, &s);
	scale_text(p, &s, scale, sizeof scale);
	used = sel_canvas_text(d->c, row, col, width, SEL_ROLE_NORMAL, p->label, NULL);
	sel_canvas_elide(d->c, row, col + used + 2, width - used - 2, SEL_ROLE_DIM, scale);
	wide = s.n > 0 && p->weeks && width / s.n >= 2 ? 2 : 1;
	bars_draw(d, &s, p->role, row + 1, rows - 1, col, wide);
}

static void axis_draw(const struct sel_draw *d, const struct plot *p, int row, int col, int width)
{
	struct series s;
	char first[16], last[16];
	int wide;

	read_series(d->m->got[SEL_READ_STATS].data, p, width, &s);
	if (s.n < 12)
		return;
	sel_day_text(s.first_day, first);
	sel_day_text(s.last_day, last);
	wide = p->weeks && width / s.n >= 2 ? 2 : 1;
	sel_canvas_text(d->c, row, col, width, SEL_ROLE_DIM, first + 5, NULL);
	sel_canvas_printf(d->c, row, col + s.n * wide - 5, width, SEL_ROLE_DIM, "%s", last + 5);
	if (s.n * wide > 24)
		sel_canvas_text(d->c, row, col + s.n * wide / 2 - 3, width, SEL_ROLE_DIM,
				p->weeks ? "weeks" : "days", NULL);
}

/* Beside its label, on one row. */
static void plot_small(const struct sel_draw *d, const struct plot *p, int row)
{
	struct series s;
	int room = d->c->cols - PLOT_LABEL - 3;
	char last[24] = "-";

	read_series(d->m->got[SEL_READ_STATS].data, p, room - 7, &s);
	if (!isnan(s.last) && s.n)
		(void)snprintf(last, sizeof last, "%.0f%s", s.last, p->unit);
	sel_canvas_text(d->c, row, 2, PLOT_LABEL, SEL_ROLE_NORMAL, p->label, NULL);
	bars_draw(d, &s, p->role, row, 1, PLOT_LABEL, 1);
	sel_canvas_printf(d->c, row, d->c->cols - 7, 7, SEL_ROLE_DIM, "%6s", last);
}

/* --- what asks most ----------------------------------------------------------------------------
 */

static char *program_text(json_t *row)
{
	const char *program = sel_json_text(row, "program"), *path = strrchr(program, '/');

	return strdup(path && path[1] ? path + 1 : *program ? program : "?");
}

static char *where_text(json_t *row)
{
	const char *unit = sel_json_text(row, "unit"), *class = sel_json_text(row, "class");
	char *text;

	return asprintf(&text, "%s%s%s", class, *class && *unit ? ", " : "", unit) < 0 ? NULL
										       : text;
}

static enum sel_role plots_object_role(json_t *row)
{
	(void)row;
	return SEL_ROLE_OBJECT;
}

static const struct sel_list_column plots_columns[] = {
	/* clang-format off: columns are the point */
	{"ASKED", "asked", SEL_CELL_NUMBER, 5, 0, 0, NULL, NULL},
	{"ALLOWED", "allowed", SEL_CELL_NUMBER, 7, 60, 0, NULL, NULL},
	{"DENIED", "denied", SEL_CELL_NUMBER, 6, 60, 0, NULL, NULL},
	{"PROGRAM", "program", SEL_CELL_TEXT, 14, 0, 0, program_text, NULL},
	{"WHAT", "unit", SEL_CELL_TEXT, -1, 0, 0, where_text, plots_object_role},
	{0},
	/* clang-format on */
};

/* --- the view ----------------------------------------------------------------------------------
 */

static int plots_draw(const struct sel_draw *d, int row, int body)
{
	bool two = d->c->cols >= 60;
	int kinds = (int)SEL_N(plots) / 2, width = two ? (d->c->cols - 6) / 2 : 0, high;

	if (!two) {
		int n = body >= 14 ? (int)SEL_N(plots) : body >= 10 ? 5 : 3;

		for (int i = 0; i < n; i++)
			plot_small(d, &plots[i], row + i);
		return n;
	}
	high = body < 16 ? 2 : body < 26 ? 3 : body < 51 ? (body - 15) / 3 : 12;
	kinds = body < 12 ? 2 : kinds;
	for (int i = 0; i < 2 * kinds; i++)
		plot_draw(d, &plots[i], row + i / 2 * high, high, 2 + i % 2 * (width + 2), width);
	for (int i = 0; i < 2; i++)
		axis_draw(d, &plots[i], row + kinds * high, 2 + i * (width + 2), width);
	return kinds * high + 1;
}

static void plots_all_draw(const struct sel_draw *d)
{
	int body = d->c->rows - 3, used;
	json_t *stats = d->m->got[SEL_READ_STATS].data;
	const char *state = sel_draw_state(d, SEL_READ_STATS), *now;
	char more[512] = "";

	now = sel_json_text(sel_json_path(stats, "fatigue_now"), "line");
	if (stats)
		(void)snprintf(more, sizeof more, "%s",
			       strncmp(now, "fatigue: ", 9) == 0 ? now + 9 : now);
	sel_draw_heading(d, 1, false, "Stats", more);
	if (!stats) {
		sel_canvas_elide(d->c, 2, 2, d->c->cols - 2, SEL_ROLE_DIM, state ? state : "");
		d->c->cursor_row = 2;
		return;
	}
	used = plots_draw(d, 2, body - 1);
	(void)snprintf(more, sizeof more, "%d of %zu; p: what would quieten it",
		       sel_views_row(d->ui, d->m, SEL_VIEW_STATS)
			       ? d->ui->places[SEL_VIEW_STATS].at + 1
			       : 0,
		       json_array_size(json_object_get(stats, "noisy")));
	sel_draw_heading(d, 2 + used, true, "Asks most", more);
	sel_list_draw(d, SEL_VIEW_STATS, 3 + used, body - 2 - used);
}

static const char *plots_off(const struct sel_ui *ui, const struct sel_model *m, enum sel_act act)
{
	if (act == SEL_ACT_DETAILS)
		return m->got[SEL_READ_STATS].data ? NULL : "nothing was read";
	return (act == SEL_ACT_OPEN || act == SEL_ACT_PROPOSE) &&
			       !sel_views_row(ui, m, SEL_VIEW_STATS)
		       ? "nothing was asked"
		       : NULL;
}

/* What the other views call it by: the last word of "pkg:maven /usr/bin/mvn". */
static void plots_act(struct sel_acting *a, enum sel_act act)
{
	json_t *row = sel_views_row(a->ui, a->m, SEL_VIEW_STATS);
	struct sel_place *p = &a->ui->places[SEL_VIEW_PROPOSALS];

	if (act == SEL_ACT_DETAILS) {
		sel_views_go(a, SEL_VIEW_NUMBERS);
	} else if ((act == SEL_ACT_PROPOSE || act == SEL_ACT_OPEN) && row) {
		_cleanup_free_ char *program = program_text(row);

		sel_views_go(a, SEL_VIEW_PROPOSALS);
		(void)snprintf(p->filter, sizeof p->filter, "%s", program ? program : "");
	}
}

const struct sel_console_view sel_view_stats = {
	.where = SEL_IN_STATS,
	.above = SEL_VIEW_NOW,
	.read = SEL_READ_STATS,
	.columns = plots_columns,
	.id = "unit",
	.empty = "Nothing was asked yet.",
	.draw = plots_all_draw,
	.act = plots_act,
	.off = plots_off,
};

/* --- all numbers -------------------------------------------------------------------------------
 */

static void numbers_lines(const struct sel_draw *d, int width, struct sel_lines *l)
{
	sel_stats_lines(d->m->got[SEL_READ_STATS].data, width, d->c->utf8, l);
}

const struct sel_console_view sel_view_numbers = {
	.where = SEL_IN_PAGE,
	.above = SEL_VIEW_STATS,
	.read = SEL_READ_STATS,
	.lines = numbers_lines,
	.empty = "Nothing was asked yet.",
};
