#include "view.h"

#include "console_view.h"
#include "seldom/text.h"

#include <stdio.h>
#include <time.h>

#define FRAME_ROWS 14 /* below, the lines of a frame are better spent on the question */
#define WIDE	   60

static const enum sel_role tier_roles[SEL_TIER_N] = {
	[SEL_T0] = SEL_ROLE_TIER1,
	[SEL_T1] = SEL_ROLE_TIER1,
	[SEL_T2] = SEL_ROLE_TIER2,
	[SEL_T3] = SEL_ROLE_TIER3,
};

static void left_text(const struct sel_draw *d, usec_t deadline, char *out, size_t cap)
{
	sel_span_text(deadline > d->now ? (long long)((deadline - d->now) / USEC_PER_MSEC) : 0, out,
		      cap);
}

static void clock_text(usec_t real, bool seconds, char *out, size_t cap)
{
	time_t t = (time_t)(real / USEC_PER_SEC);
	struct tm tm;

	if (!localtime_r(&t, &tm) || strftime(out, cap, "%H:%M:%S", &tm) == 0)
		out[0] = '\0';
	if (!seconds && strlen(out) == 8)
		out[5] = '\0';
}

/* --- bars ------------------------------------------------------------------------------------ */

/* The views with their keys: all names, else the name of this one only, else nothing but that. */
static int tabs_width(enum sel_view at, int detail)
{
	int width = 0;

	for (int v = 0; v < SEL_VIEW_HELP; v++)
		if (detail == 2 || v == (int)at)
			width += 3 + (int)strlen(sel_view_title((enum sel_view)v));
		else if (detail == 1)
			width += 2;
	return width;
}

static void tabs(const struct sel_draw *d, int col, int end)
{
	enum sel_view at = d->ui->view;
	int detail = 2;

	while (at >= SEL_VIEW_HELP && sel_console_view(at))
		at = sel_console_view(at)->above;
	while (detail > 0 && tabs_width(at, detail) - 1 > end - col)
		detail--;
	if (tabs_width(at, detail) - 1 > end - col)
		return;
	col = end - tabs_width(at, detail) + 1;
	for (int v = 0; v < SEL_VIEW_HELP; v++) {
		enum sel_role role = v == (int)at ? SEL_ROLE_SALIENT : SEL_ROLE_TITLE;

		if (detail == 0 && v != (int)at)
			continue;
		col += sel_canvas_printf(d->c, 0, col, end - col, role, "%d%s%s", v + 1,
					 detail == 2 || v == (int)at ? " " : "",
					 detail == 2 || v == (int)at
						 ? sel_view_title((enum sel_view)v)
						 : "") +
		       1;
	}
}

static void title_bar(const struct sel_draw *d)
{
	char clock[16], counts[96] = "";
	size_t by_tier[SEL_TIER_N] = {0}, n = d->m->n_questions;
	int at = 0, col = 1, end = d->c->cols - 1;

	for (size_t i = 0; i < n; i++)
		by_tier[d->m->questions[i].q.tier]++;
	for (int t = SEL_T3; t >= SEL_T0; t--)
		if (by_tier[t] && at < (int)sizeof counts - 32)
			at += snprintf(counts + at, sizeof counts - (size_t)at, "%s%zu %s",
				       at ? ", " : "", by_tier[t], sel_tier_name((enum sel_tier)t));
	sel_canvas_fill(d->c, 0, 0, d->c->cols, SEL_ROLE_TITLE, " ");
	if (d->c->cols >= WIDE)
		col += sel_canvas_text(d->c, 0, 1, d->c->cols - 1, SEL_ROLE_TITLE, "seldom  ",
				       NULL);
	if (n)
		col += sel_canvas_printf(d->c, 0, col, d->c->cols - col, SEL_ROLE_TITLE,
					 "%zu %s: %s", n, n == 1 ? "waits" : "wait", counts);
	else
		col += sel_canvas_text(d->c, 0, col, d->c->cols - col, SEL_ROLE_TITLE,
				       "nothing waits", NULL);
	clock_text(d->real, true, clock, sizeof clock);
	if (d->c->cols >= 100) {
		sel_canvas_text(d->c, 0, d->c->cols - 9, 9, SEL_ROLE_TITLE, clock, NULL);
		end -= 10;
	}
	tabs(d, col + 1, end);
}

static bool key_off(const struct sel_draw *d, enum sel_act act)
{
	const struct sel_console_view *v = sel_console_view(d->ui->view);
	char buf[96];

	if (act == SEL_ACT_ALLOW)
		return sel_ui_allow_off(d->ui, d->m, d->now, buf, sizeof buf) != NULL;
	if (act == SEL_ACT_TERM || act == SEL_ACT_RUNG) {
		const struct sel_entry *e = sel_model_find((struct sel_model *)d->m, d->ui->id);

		return e && e->q.flood; /* an allow of it reaches nothing by itself */
	}
	if (act == SEL_ACT_SURE)
		return !d->ui->confirm.whole ||
		       strcmp(d->ui->confirm.typed, sel_deed_word(d->ui->confirm.deed)) != 0;
	if (v && v->off && sel_ui_where(d->ui) == v->where)
		return v->off(d->ui, d->m, act) != NULL;
	if (act == SEL_ACT_ALIKE)
		return sel_ui_batch_off(d->ui, d->m) != NULL;
	if (act == SEL_ACT_OPEN && d->ui->pane == SEL_PANE_SESSIONS)
		return d->m->n_sessions == 0;
	return (act == SEL_ACT_OPEN || act == SEL_ACT_DENY || act == SEL_ACT_DETAILS) &&
	       d->ui->view == SEL_VIEW_NOW &&
	       (!d->ui->selected[0] || d->ui->pane != SEL_PANE_QUESTIONS);
}

static int footer_width(enum sel_act act)
{
	return (int)(strlen(sel_keys[act].shown) + strlen(sel_keys[act].label)) + 3;
}

/* What works, as far as it fits, in the order of the list; the help is always among it. An allow
 * that is off keeps its place, so that nothing jumps when it is on: the line above says why. */
static void footer(const struct sel_draw *d)
{
	unsigned where = (unsigned)sel_ui_where(d->ui);
	int row = d->c->rows - 1, col = 0;
	int help = sel_keys[SEL_ACT_HELP].where & where ? footer_width(SEL_ACT_HELP) : 0;

	sel_canvas_fill(d->c, row, 0, d->c->cols, SEL_ROLE_NORMAL, " ");
	for (int i = 0; i < SEL_ACT_N; i++) {
		const struct sel_key *k = &sel_keys[i];
		bool off = key_off(d, (enum sel_act)i);

		if (i == SEL_ACT_HELP)
			help = 0;
		if (!(k->where & where) || !k->label[0] || (off && i != SEL_ACT_ALLOW) ||
		    col + footer_width((enum sel_act)i) + help > d->c->cols + 2)
			continue;
		col += sel_canvas_text(d->c, row, col, d->c->cols - col,
				       off ? SEL_ROLE_KEY_OFF : SEL_ROLE_KEY, k->shown, NULL);
		col += sel_canvas_printf(d->c, row, col + 1, d->c->cols - col - 1,
					 off ? SEL_ROLE_KEY_OFF : SEL_ROLE_NORMAL, "%-*s",
					 (int)strlen(k->label), off ? "off" : k->label) +
		       3;
	}
}

static void note_bar(const struct sel_draw *d, int row)
{
	const struct sel_ui *ui = d->ui;
	const struct sel_place *p = &ui->places[ui->view];
	bool now = ui->view == SEL_VIEW_NOW, filtering = now ? ui->filtering : p->filtering;
	const char *filter = now ? ui->filter : p->filter;

	if (filtering || (filter[0] && ui->note_until <= d->now)) {
		int col = sel_canvas_printf(d->c, row, 0, d->c->cols, SEL_ROLE_NOTE, "filter: ");

		col += sel_canvas_text(d->c, row, col, d->c->cols - col - 1, SEL_ROLE_OBJECT,
				       filter, NULL);
		if (filtering) {
			d->c->cursor_row = row;
			d->c->cursor_col = col;
		}
	} else if (ui->note_until > d->now) {
		sel_canvas_elide(d->c, row, 0, d->c->cols, ui->note_role, ui->note);
	}
}

void sel_draw_heading(const struct sel_draw *d, int row, bool focused, const char *name,
		      const char *more)
{
	int col;

	sel_canvas_fill(d->c, row, 0, d->c->cols, SEL_ROLE_DIM, d->g->rule);
	col = sel_canvas_printf(d->c, row, 1, d->c->cols - 2,
				focused ? SEL_ROLE_SALIENT : SEL_ROLE_HEADER, " %s ", name);
	if (*more) {
		_cleanup_free_ char *spaced = NULL;

		if (asprintf(&spaced, " %s ", more) < 0)
			spaced = NULL;
		else
			sel_canvas_elide(d->c, row, col + 2, d->c->cols - col - 3, SEL_ROLE_DIM,
					 spaced);
	}
}

static void pane_header(const struct sel_draw *d, int row, enum sel_pane pane, const char *name,
			const char *more)
{
	sel_draw_heading(d, row, d->ui->pane == pane, name, more);
}

/* --- the list of questions ------------------------------------------------------------------- */

struct list_columns {
	int program, op, object, calls, left;
};

static struct list_columns list_columns(int cols)
{
	struct list_columns w = {.program = cols < WIDE	 ? 8
					    : cols < 100 ? 12
							 : 18,
				 .op = cols < WIDE ? 6 : 8,
				 .calls = cols < WIDE ? 0 : 7,
				 .left = 8};

	w.object = cols - 5 - w.program - 1 - w.op - 1 - w.calls - w.left;
	return w;
}

static bool same_group(const struct sel_question *a, const struct sel_question *b)
{
	return a->tier == b->tier && strcmp(a->exe, b->exe) == 0 &&
	       strcmp(a->session, b->session) == 0;
}

/* Who asks, and how often: the count is never what is cut. */
static void group_name(const struct sel_draw *d, int row, int col, int width,
		       const struct sel_question *q)
{
	char count[32] = "";
	size_t n = 0;

	for (size_t i = 0; i < d->m->n_questions; i++) {
		const struct sel_question *other = &d->m->questions[i].q;

		n += sel_ui_shows(d->ui, other) && same_group(q, other);
	}
	if (n > 1)
		(void)snprintf(count, sizeof count, " %s%zu", d->g->times, n);
	width -= sel_text_columns(count);
	col += sel_canvas_elide(d->c, row, col, width, SEL_ROLE_NORMAL, q->comm);
	sel_canvas_text(d->c, row, col, sel_text_columns(count), SEL_ROLE_DIM, count, NULL);
}

static void list_line(const struct sel_draw *d, int row, const struct sel_entry *e, bool selected,
		      bool new_tier, bool new_program)
{
	struct list_columns w = list_columns(d->c->cols);
	const struct sel_question *q = &e->q;
	char left[32];
	int col = 2;

	if (selected)
		sel_canvas_text(d->c, row, 0, 1, SEL_ROLE_SALIENT, d->g->mark, NULL);
	if (new_tier)
		sel_canvas_text(d->c, row, col, 2, tier_roles[q->tier],
				sel_tier_name((enum sel_tier)q->tier), NULL);
	col += 3;
	if (new_program)
		group_name(d, row, col, w.program, q);
	col += w.program + 1;
	sel_canvas_text(d->c, row, col, w.op, SEL_ROLE_NORMAL, q->op, NULL);
	col += w.op + 1;
	sel_canvas_elide(d->c, row, col, w.object, selected ? SEL_ROLE_OBJECT : SEL_ROLE_NORMAL,
			 q->object);
	col += w.object;
	if (w.calls && q->waiting > 1)
		sel_canvas_printf(d->c, row, col, w.calls, SEL_ROLE_DIM, " %s%lld", d->g->times,
				  q->waiting);
	if (e->sent)
		(void)snprintf(left, sizeof left, "sent");
	else
		left_text(d, e->deadline, left, sizeof left);
	sel_canvas_printf(d->c, row, d->c->cols - w.left, w.left, SEL_ROLE_DIM, "%*s", w.left,
			  left);
	if (selected)
		sel_canvas_paint(d->c, row, 2 + 3, d->c->cols - 5, SEL_ROLE_SELECTED);
}

static void list_empty(const struct sel_draw *d, int row, int rows)
{
	const char *what = d->m->n_questions ? "Nothing contains this text; Esc shows all."
			   : d->m->n_sessions
				   ? "No question waits."
				   : "Nothing runs under seldom. To start: seldom run -- CMD";

	if (rows > 0)
		sel_canvas_text(d->c, row, 2, d->c->cols - 2, SEL_ROLE_DIM, what, NULL);
}

static void questions_pane(const struct sel_draw *d, int row, int rows)
{
	const struct sel_question *above = NULL;
	int at = -d->ui->list_top, shown = 0, total = 0;
	char more[64] = "";

	d->ui->list_rows = rows - 1 > 0 ? rows - 1 : 1;
	d->ui->list_row = row + 1;
	d->c->cursor_row = row + 1;
	d->c->cursor_col = 0;
	for (size_t i = 0; i < d->m->n_questions; i++) {
		const struct sel_entry *e = &d->m->questions[i];
		bool selected = strcmp(e->q.id, d->ui->selected) == 0;

		if (!sel_ui_shows(d->ui, &e->q))
			continue;
		total++;
		if (at >= 0 && at < rows - 1) {
			bool tier = !above || above->tier != e->q.tier;

			list_line(d, row + 1 + at, e, selected, tier,
				  !above || !same_group(above, &e->q));
			above = &e->q;
			shown++;
		}
		if (selected && d->ui->pane == SEL_PANE_QUESTIONS)
			d->c->cursor_row = row + 1 + (at < 0 ? 0 : at < rows - 1 ? at : rows - 2);
		at++;
	}
	if (total == 0)
		list_empty(d, row + 1, rows - 1);
	if (shown < total)
		(void)snprintf(more, sizeof more, "%d of %d shown", shown, total);
	pane_header(d, row, SEL_PANE_QUESTIONS, "Questions", more);
}

/* --- a question's lines ---------------------------------------------------------------------- */

void sel_draw_lines(const struct sel_draw *d, const struct sel_lines *l, int row, int col,
		    int first, int rows, bool *cut)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct sel_span *s = &l->spans[i];

		if (s->row >= first && s->row < first + rows)
			sel_canvas_text(d->c, row + s->row - first, col + s->col,
					d->c->cols - col - s->col, s->role, s->text, cut);
	}
}

static void details_pane(const struct sel_draw *d, int row, int rows)
{
	struct sel_entry *e = sel_model_find((struct sel_model *)d->m, d->ui->selected);
	struct sel_lines l;
	char more[64] = "";

	sel_canvas_fill(d->c, row, 0, d->c->cols, SEL_ROLE_DIM, d->g->rule);
	if (e) {
		sel_question_lines(&e->q, sel_question_first_rung(&e->q), 0, d->c->cols - 3,
				   d->c->utf8, &l);
		sel_draw_lines(d, &l, row + 1, 2, 0, rows - 1, NULL);
		if (l.rows > rows - 1)
			(void)snprintf(more, sizeof more, " %d more lines: d ",
				       l.rows - (rows - 1));
		sel_lines_done(&l);
	}
	sel_canvas_text(d->c, row, 1, d->c->cols - 2, SEL_ROLE_HEADER, " Details ", NULL);
	sel_canvas_text(d->c, row, 11, d->c->cols - 12, SEL_ROLE_DIM, more, NULL);
}

/* --- sessions, history ----------------------------------------------------------------------- */

static long long count_of(const struct sel_live *s, const char *path)
{
	return json_integer_value(sel_json_path(s->status, path));
}

static void command_text(const struct sel_live *s, char *out, size_t cap)
{
	json_t *item;
	size_t i, at = 0;

	out[0] = '\0';
	json_array_foreach(json_object_get(s->welcome, "command"), i, item)
	{
		const char *word = json_string_value(item);
		int n = snprintf(out + at, cap - at, "%s%s", i ? " " : "", word ? word : "?");

		if (n < 0 || at + (size_t)n >= cap)
			return;
		at += (size_t)n;
	}
}

static void session_line(const struct sel_draw *d, int row, const struct sel_live *s, bool selected)
{
	int cols = d->c->cols, counts = cols < WIDE ? 16 : 46, left = cols - 12 - counts;
	char command[512], age[32];

	sel_span_text(d->real > s->started ? (long long)((d->real - s->started) / USEC_PER_MSEC)
					   : 0,
		      age, sizeof age);
	command_text(s, command, sizeof command);
	if (selected)
		sel_canvas_text(d->c, row, 0, 1, SEL_ROLE_SALIENT, d->g->mark, NULL);
	sel_canvas_elide(d->c, row, 2, 9, SEL_ROLE_NORMAL, s->id);
	sel_canvas_elide(d->c, row, 12, left - 1, SEL_ROLE_OBJECT, command);
	if (!s->status)
		sel_canvas_printf(d->c, row, cols - counts, counts, SEL_ROLE_DIM, "%8s", age);
	else if (cols < WIDE)
		sel_canvas_printf(d->c, row, cols - counts, counts, SEL_ROLE_DIM, "%4lld asked %s",
				  count_of(s, "questions.asked"), age);
	else
		sel_canvas_printf(
			d->c, row, cols - counts, counts, SEL_ROLE_DIM,
			"%7lld done %3lld asked %3lld ok %3lld no %8s",
			count_of(s, "actions.total"), count_of(s, "questions.asked"),
			count_of(s, "questions.allowed"),
			count_of(s, "questions.denied") + count_of(s, "questions.timeout"), age);
}

static void sessions_pane(const struct sel_draw *d, int row, int rows)
{
	bool focused = d->ui->pane == SEL_PANE_SESSIONS;
	int n = (int)d->m->n_sessions, top = 0, at = d->ui->session_at;
	char more[64] = "";

	at = at >= n ? n - 1 : at;
	if (focused && at >= rows - 1)
		top = at - (rows - 1) + 1;
	for (int i = top; i < n && i - top < rows - 1; i++)
		session_line(d, row + 1 + i - top, &d->m->sessions[i], focused && i == at);
	if (n > rows - 1)
		(void)snprintf(more, sizeof more, "%d of %d shown", rows - 1, n);
	else if (n == 0)
		(void)snprintf(more, sizeof more, "none");
	pane_header(d, row, SEL_PANE_SESSIONS, "Sessions", more);
	if (focused) {
		d->c->cursor_row = row + 1 + (at > top ? at - top : 0);
		d->c->cursor_col = 0;
	}
}

static void history_pane(const struct sel_draw *d, int row, int rows)
{
	bool focused = d->ui->pane == SEL_PANE_HISTORY;
	int room = rows - 1, newest = focused ? d->ui->history_at : 0;

	/* the newest at the bottom, as in a log; the focused line is the last shown */
	for (int i = 0; i < room; i++) {
		const struct sel_event_line *e =
			sel_model_history(d->m, (size_t)(newest + room - 1 - i));
		char clock[16];

		if (!e)
			continue;
		clock_text(e->at, false, clock, sizeof clock);
		sel_canvas_text(d->c, row + 1 + i, 2, 5, SEL_ROLE_DIM, clock, NULL);
		sel_canvas_elide(d->c, row + 1 + i, 8, d->c->cols - 8, e->role, e->text);
	}
	pane_header(d, row, SEL_PANE_HISTORY, "History", "");
	if (focused) {
		sel_canvas_text(d->c, row + room, 0, 1, SEL_ROLE_SALIENT, d->g->mark, NULL);
		d->c->cursor_row = row + room;
		d->c->cursor_col = 0;
	}
}

/* --- views ----------------------------------------------------------------------------------- */

typedef void (*pane_fn)(const struct sel_draw *d, int row, int rows);
static const pane_fn panes[SEL_PANE_N] = {
	[SEL_PANE_QUESTIONS] = questions_pane,
	[SEL_PANE_SESSIONS] = sessions_pane,
	[SEL_PANE_HISTORY] = history_pane,
};

/* Heights follow from the screen's size alone: nothing that arrives moves anything. */
static void now_view(const struct sel_draw *d)
{
	int body = d->c->rows - 3, questions = body * 35 / 100, details = body * 40 / 100,
	    sessions = body < 20   ? 3
		       : body < 40 ? 4
				   : 6;

	if (body < 16) {
		d->ui->list_rows = body - 1;
		panes[d->ui->pane](d, 1, body);
	} else {
		questions_pane(d, 1, questions);
		details_pane(d, 1 + questions, details);
		sessions_pane(d, 1 + questions + details, sessions);
		history_pane(d, 1 + questions + details + sessions,
			     body - questions - details - sessions);
	}
	d->out->page = d->ui->list_rows;
}

static void typing_bar(const struct sel_draw *d, const struct sel_question *q, int row)
{
	bool complete = strcmp(d->ui->typed, q->token) == 0;
	int col = sel_canvas_printf(d->c, row, 0, d->c->cols / 2, SEL_ROLE_WARN,
				    "type %s: ", q->token);

	col += sel_canvas_text(d->c, row, col, d->c->cols - col - 1, SEL_ROLE_NORMAL, d->ui->typed,
			       NULL);
	d->c->cursor_row = row;
	d->c->cursor_col = col < d->c->cols ? col : d->c->cols - 1;
	if (complete)
		sel_canvas_text(d->c, row, col + 2, d->c->cols - col - 2, SEL_ROLE_NOTE,
				"then y allows", NULL);
}

/* The end of a long note is what one types at. */
static void noting_bar(const struct sel_draw *d, int row)
{
	int col = sel_canvas_printf(d->c, row, 0, d->c->cols, SEL_ROLE_NOTE, "n, with the note: ");
	const char *shown = d->ui->reason;
	uint32_t cp;
	int width;

	while (sel_text_columns(shown) > d->c->cols - col - 1)
		shown += sel_utf8_next(shown, &cp, &width);
	col += sel_canvas_text(d->c, row, col, d->c->cols - col - 1, SEL_ROLE_NORMAL, shown, NULL);
	d->c->cursor_row = row;
	d->c->cursor_col = col < d->c->cols ? col : d->c->cols - 1;
}

/* The line above the keys: what 'y' would do, or why it does nothing. */
static void allow_bar(const struct sel_draw *d, const struct sel_question *q, int row)
{
	const struct sel_rung *rung = &q->rungs[d->ui->rung];
	char buf[96];
	const char *off = sel_ui_allow_off(d->ui, d->m, d->now, buf, sizeof buf);

	if (d->ui->noting) {
		noting_bar(d, row);
	} else if (d->ui->typing && q->token) {
		typing_bar(d, q, row);
	} else if (off) {
		bool changed = d->ui->note_until > d->now && d->ui->note_role == SEL_ROLE_WARN;
		int col = sel_canvas_printf(d->c, row, 0, d->c->cols, SEL_ROLE_WARN, "y is off: %s",
					    off);

		if (changed)
			sel_canvas_printf(d->c, row, col, d->c->cols - col, SEL_ROLE_NOTE, " %s %s",
					  d->g->dot, d->ui->note);
	} else if (q->flood) {
		sel_canvas_printf(d->c, row, 0, d->c->cols, SEL_ROLE_NOTE, "y: %s   n: %s",
				  q->allow, q->deny);
	} else {
		int col = sel_canvas_printf(
			d->c, row, 0, d->c->cols, SEL_ROLE_NOTE,
			"y%s allows, %s: ", q->token ? ", then the word," : "",
			sel_term_words(q->terms[sel_question_term(q, d->ui->rung, d->ui->term)]));

		sel_canvas_elide(d->c, row, col, d->c->cols - col, SEL_ROLE_OBJECT, rung->object);
	}
}

static void frame(const struct sel_draw *d, int tier, int row, int rows)
{
	const char *const *f = d->g->frame[tier > 0 ? tier - 1 : 0];
	enum sel_role role = tier_roles[tier];
	int cols = d->c->cols;

	for (int i = row; i < row + rows; i++)
		sel_canvas_fill(d->c, i, 0, cols, SEL_ROLE_NORMAL, " ");
	sel_canvas_fill(d->c, row, 0, cols, role, f[4]);
	sel_canvas_fill(d->c, row + rows - 1, 0, cols, role, f[4]);
	for (int i = row + 1; i < row + rows - 1; i++) {
		sel_canvas_text(d->c, i, 0, 1, role, f[5], NULL);
		sel_canvas_text(d->c, i, cols - 1, 1, role, f[5], NULL);
	}
	sel_canvas_text(d->c, row, 0, 1, role, f[0], NULL);
	sel_canvas_text(d->c, row, cols - 1, 1, role, f[1], NULL);
	sel_canvas_text(d->c, row + rows - 1, 0, 1, role, f[2], NULL);
	sel_canvas_text(d->c, row + rows - 1, cols - 1, 1, role, f[3], NULL);
}

/* Who, how grave, how many behind it, and what happens if nobody answers: as far as there is room.
 */
static void title_line(const struct sel_draw *d, int tier, int row, int col, int max,
		       const char *head, size_t others, usec_t deadline)
{
	char left[32], tail[96], more[48] = "";
	int used, need;

	left_text(d, deadline, left, sizeof left);
	if (others)
		(void)snprintf(more, sizeof more, " %zu more wait %s", others, d->g->dot);
	if (max < WIDE)
		(void)snprintf(tail, sizeof tail, " %s ", left);
	else
		(void)snprintf(tail, sizeof tail, "%s denied once in %s ", more, left);
	used = sel_canvas_text(d->c, row, col, max, tier_roles[tier], head, NULL);
	need = sel_text_columns(tail);
	if (used + need <= max)
		sel_canvas_text(d->c, row, col + max - need, need, tier_roles[tier], tail, NULL);
}

static void question_title(const struct sel_draw *d, const struct sel_entry *e, int row, int col,
			   int max)
{
	enum sel_tier tier = (enum sel_tier)e->q.tier;
	char head[128];

	if (max >= WIDE)
		(void)snprintf(head, sizeof head, " %s %s %s %s ", sel_tier_name(tier),
			       sel_tier_words(tier), d->g->dot, e->q.id);
	else
		(void)snprintf(head, sizeof head, " %s %s ", sel_tier_name(tier),
			       sel_tier_words(tier));
	title_line(d, e->q.tier, row, col, max, head, d->m->n_questions - 1, e->deadline);
}

static void lines_shown(const struct sel_draw *d, const char *id, const struct sel_lines *l,
			int first, int rows, bool cut)
{
	(void)snprintf(d->out->id, sizeof d->out->id, "%s", id);
	d->out->total = l->rows;
	d->out->first = first;
	d->out->end = first + rows < l->rows ? first + rows : l->rows;
	d->out->page = rows;
	d->out->failed = l->failed || cut;
}

static void cursor_on(const struct sel_draw *d, const struct sel_lines *l, int row, int col,
		      int first, int rows)
{
	int at = l->rung_row[d->ui->rung] - first;

	d->c->cursor_row = row + (at >= 0 && at < rows ? at : 0);
	d->c->cursor_col = col;
}

static void dialog_view(const struct sel_draw *d, const struct sel_entry *e)
{
	bool framed = d->c->rows >= FRAME_ROWS, cut = false;
	int top = d->panel && framed ? 0 : 1, area = d->c->rows - 2 - top;
	int edge = framed ? 2 : 0, width = d->c->cols - (framed ? 4 : 1);
	int rows, row, col = framed ? 2 : 0;
	struct sel_lines l;

	sel_question_lines(&e->q, d->ui->rung, d->ui->term, width, d->c->utf8, &l);
	rows = l.rows + edge < area ? l.rows + edge : area;
	if (!framed)
		rows = area;
	/* each tier has its place: the grave ones on top, the small ones at the foot */
	row = e->q.tier >= 3 || !framed ? top
	      : e->q.tier == 2		? top + (area - rows) / 2
					: top + area - rows;
	if (framed) {
		frame(d, e->q.tier, row, rows);
		question_title(d, e, row, 2, d->c->cols - 4);
	} else {
		sel_canvas_clear(d->c);
		sel_canvas_fill(d->c, 0, 0, d->c->cols, tier_roles[e->q.tier], " ");
		question_title(d, e, 0, 0, d->c->cols);
	}
	sel_draw_lines(d, &l, row + edge / 2, col, 0, rows - edge, &cut);
	if (l.rows > rows - edge && framed)
		sel_canvas_printf(d->c, row + rows - 1, 2, d->c->cols - 4, tier_roles[e->q.tier],
				  " %s %d more lines: d shows all ", d->g->more_down,
				  l.rows - (rows - edge));
	lines_shown(d, e->q.id, &l, 0, rows - edge, cut);
	cursor_on(d, &l, row + edge / 2, col, 0, rows - edge);
	sel_lines_done(&l);
}

static void full_view(const struct sel_draw *d, const struct sel_entry *e)
{
	int rows = d->c->rows - 3, width = d->c->cols - 1, first;
	struct sel_lines l;
	bool cut = false;

	sel_question_lines(&e->q, d->ui->rung, d->ui->term, width, d->c->utf8, &l);
	first = d->ui->scroll > l.rows - rows ? l.rows - rows : d->ui->scroll;
	first = first < 0 ? 0 : first;
	d->ui->scroll = first;
	sel_canvas_clear(d->c);
	sel_canvas_fill(d->c, 0, 0, d->c->cols, tier_roles[e->q.tier], " ");
	question_title(d, e, 0, 0, d->c->cols);
	sel_draw_lines(d, &l, 1, 0, first, rows, &cut);
	if (first > 0)
		sel_canvas_text(d->c, 1, d->c->cols - 1, 1, SEL_ROLE_NOTE, d->g->more_up, NULL);
	if (first + rows < l.rows)
		sel_canvas_text(d->c, rows, d->c->cols - 1, 1, SEL_ROLE_NOTE, d->g->more_down,
				NULL);
	lines_shown(d, e->q.id, &l, first, rows, cut);
	cursor_on(d, &l, 1, 0, first, rows);
	sel_lines_done(&l);
}

/* --- questions alike -------------------------------------------------------------------------- */

static void batch_title(const struct sel_draw *d, int row, int col, int max)
{
	const struct sel_batch *b = &d->ui->batch;
	char head[64];

	(void)snprintf(head, sizeof head, " %s %s %s %zu alike ", sel_tier_name(SEL_T1),
		       sel_tier_words(SEL_T1), d->g->dot, b->n);
	title_line(d, SEL_T1, row, col, max, head, d->m->n_questions - b->n,
		   sel_batch_deadline(b, d->m));
}

/* The line above the keys. */
static void batch_bar(const struct sel_draw *d, int row)
{
	char buf[96];
	const char *off = sel_ui_allow_off(d->ui, d->m, d->now, buf, sizeof buf);
	int col;

	sel_canvas_fill(d->c, row, 0, d->c->cols, SEL_ROLE_NORMAL, " ");
	if (!off) {
		sel_canvas_printf(d->c, row, 0, d->c->cols, SEL_ROLE_NOTE,
				  "y allows these %zu, once each", d->ui->batch.n);
		return;
	}
	col = sel_canvas_printf(d->c, row, 0, d->c->cols, SEL_ROLE_WARN, "y is off: %s", off);
	if (d->ui->note_until > d->now)
		sel_canvas_printf(d->c, row, col, d->c->cols - col, SEL_ROLE_NOTE, " %s %s",
				  d->g->dot, d->ui->note);
}

/* In the place and the frame of its tier; what has no room is scrolled to. */
static void batch_view(const struct sel_draw *d)
{
	bool framed = d->c->rows >= FRAME_ROWS, cut = false;
	int area = d->c->rows - 3, edge = framed ? 2 : 0, col = framed ? 2 : 0, rows, row, first;
	struct sel_lines l;

	sel_batch_lines(&d->ui->batch, d->m, d->c->cols - (framed ? 4 : 1), d->c->utf8, &l);
	rows = framed && l.rows + edge < area ? l.rows + edge : area;
	row = 1 + area - rows;
	if (framed) {
		frame(d, SEL_T1, row, rows);
		batch_title(d, row, 2, d->c->cols - 4);
	} else {
		sel_canvas_clear(d->c);
		sel_canvas_fill(d->c, 0, 0, d->c->cols, tier_roles[SEL_T1], " ");
		batch_title(d, 0, 0, d->c->cols);
	}
	row += edge / 2;
	rows -= edge;
	first = d->ui->scroll > l.rows - rows ? l.rows - rows : d->ui->scroll;
	first = d->ui->scroll = first < 0 ? 0 : first;
	sel_draw_lines(d, &l, row, col, first, rows, &cut);
	if (first > 0)
		sel_canvas_text(d->c, row, d->c->cols - 1, 1, SEL_ROLE_NOTE, d->g->more_up, NULL);
	if (first + rows < l.rows)
		sel_canvas_text(d->c, row + rows - 1, d->c->cols - 1, 1, SEL_ROLE_NOTE,
				d->g->more_down, NULL);
	lines_shown(d, d->ui->batch.id[0], &l, first, rows, cut);
	d->c->cursor_row = row;
	d->c->cursor_col = col;
	sel_lines_done(&l);
	batch_bar(d, d->c->rows - 2);
}

#define HELP_COLUMN 8

static int help_key(const struct sel_draw *d, struct sel_lines *l, int row, enum sel_act act,
		    const char *off)
{
	const struct sel_key *k = &sel_keys[act];
	char text[224];

	(void)snprintf(text, sizeof text, "%s%s%s%s", k->help,
		       act == SEL_ACT_ALLOW && off ? " (off: " : "",
		       act == SEL_ACT_ALLOW && off ? off : "",
		       act == SEL_ACT_ALLOW && off ? ")" : "");
	(void)sel_lines_wrap(l, row, 1, HELP_COLUMN, SEL_ROLE_KEY, k->shown);
	return sel_lines_wrap(l, row, HELP_COLUMN, d->c->cols - 1, SEL_ROLE_NORMAL, text);
}

/* Wrapped, as everything that is to be read; what works where one came from is first. */
static void help_lines(const struct sel_draw *d, struct sel_lines *l)
{
	struct sel_ui behind = *d->ui;
	char buf[96];
	const char *off;
	unsigned where;
	int row = 0;

	behind.view = d->ui->behind;
	where = (unsigned)sel_ui_where(&behind);
	off = sel_ui_allow_off(&behind, d->m, d->now, buf, sizeof buf);
	row = sel_lines_wrap(l, row, 0, d->c->cols, SEL_ROLE_HEADER,
			     "Enter, Space, a paste and the mouse never allow.");
	for (int here = 1; here >= 0; here--) {
		row = sel_lines_wrap(l, row, 0, d->c->cols, SEL_ROLE_HEADER,
				     here ? "Where you were" : "Elsewhere");
		for (int i = 0; i < SEL_ACT_N; i++)
			if (((sel_keys[i].where & where) != 0) == here)
				row = help_key(d, l, row, (enum sel_act)i, off);
	}
}

static void help_view(const struct sel_draw *d)
{
	int rows = d->c->rows - 4, most, top;
	struct sel_lines l = {0};
	char more[64] = "";

	help_lines(d, &l);
	most = l.rows > rows ? l.rows - rows : 0;
	top = d->ui->help_at = d->ui->help_at > most ? most : d->ui->help_at;
	if (most)
		(void)snprintf(more, sizeof more, "%d-%d of %d", top + 1, top + rows, l.rows);
	sel_draw_heading(d, 1, true, "Keys", more);
	sel_draw_lines(d, &l, 2, 0, top, rows, NULL);
	sel_lines_done(&l);
	d->c->cursor_row = 2;
	d->c->cursor_col = 0;
	d->out->page = rows;
}

static void small_view(const struct sel_draw *d)
{
	char text[128];

	(void)snprintf(text, sizeof text, "%dx%d is too small; %dx%d is needed. %zu wait. q quits.",
		       d->c->cols, d->c->rows, SEL_MIN_COLS, SEL_MIN_ROWS, d->m->n_questions);
	for (int row = 0, at = 0; row < d->c->rows && text[at]; row++)
		at += sel_canvas_text(d->c, row, 0, d->c->cols, SEL_ROLE_WARN, text + at, NULL);
	d->c->cursor_row = d->c->cursor_col = 0;
}

/* What lies over the list of questions, or instead of it. */
static void question_view(const struct sel_draw *d)
{
	const struct sel_entry *e = sel_model_find((struct sel_model *)d->m, d->ui->id);

	if (!e)
		return;
	if (d->ui->view == SEL_VIEW_DIALOG)
		dialog_view(d, e);
	else
		full_view(d, e);
	sel_canvas_fill(d->c, d->c->rows - 2, 0, d->c->cols, SEL_ROLE_NORMAL, " ");
	allow_bar(d, &e->q, d->c->rows - 2);
}

void sel_view_draw(struct sel_canvas *c, struct sel_ui *ui, const struct sel_model *m, usec_t now,
		   usec_t real, struct sel_drawn *ret)
{
	struct sel_draw d = {c, sel_glyphs(c->utf8), ui, m, now, real, ret, false};
	bool asked = ui->view == SEL_VIEW_DIALOG || ui->view == SEL_VIEW_FULL,
	     batch = ui->view == SEL_VIEW_BATCH && ui->batch.n;

	*ret = (struct sel_drawn){.rows = c->rows, .cols = c->cols, .page = 1};
	sel_canvas_clear(c);
	if (c->rows < SEL_MIN_ROWS || c->cols < SEL_MIN_COLS) {
		ui->confirm.whole = false;
		small_view(&d);
		return;
	}
	title_bar(&d);
	if (ui->view == SEL_VIEW_NOW || ui->view == SEL_VIEW_DIALOG || batch)
		now_view(&d);
	if (asked)
		question_view(&d);
	else if (batch)
		batch_view(&d);
	else if (ui->view == SEL_VIEW_HELP)
		help_view(&d);
	else if (sel_console_view(ui->view))
		sel_views_draw(&d);
	if (!asked && !batch)
		note_bar(&d, c->rows - 2);
	if (ui->confirm.deed != SEL_DEED_NONE)
		sel_confirm_draw(&d);
	footer(&d);
}

int sel_view_panel_rows(struct sel_ui *ui, const struct sel_model *m, int rows, int cols, bool utf8)
{
	const struct sel_entry *e = sel_model_find((struct sel_model *)m, ui->id);
	struct sel_lines l;
	int want;

	if (!e || ui->view != SEL_VIEW_DIALOG)
		return rows;
	sel_question_lines(&e->q, ui->rung, ui->term, cols - 4, utf8, &l);
	want = l.rows + 4;
	sel_lines_done(&l);
	want = want < FRAME_ROWS ? FRAME_ROWS : want;
	return want < rows ? want : rows;
}

void sel_view_panel(struct sel_canvas *c, struct sel_ui *ui, const struct sel_model *m, usec_t now,
		    usec_t real, struct sel_drawn *ret)
{
	struct sel_draw d = {c, sel_glyphs(c->utf8), ui, m, now, real, ret, .panel = true};

	*ret = (struct sel_drawn){.rows = c->rows, .cols = c->cols, .page = 1};
	sel_canvas_clear(c);
	if (c->rows < SEL_MIN_ROWS || c->cols < SEL_MIN_COLS) {
		small_view(&d);
		return;
	}
	for (int row = 0; row < c->rows; row++)
		sel_canvas_fill(c, row, 0, c->cols, SEL_ROLE_NORMAL, " ");
	if (ui->view == SEL_VIEW_HELP)
		help_view(&d);
	else
		question_view(&d);
	footer(&d);
}
