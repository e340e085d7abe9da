/* Lists, pages and the word that a change wants: what the views of the store have in common. */
#include "console_view.h"

#include "seldom/text.h"

#include <stdio.h>

#define MARK	  2  /* columns before the first cell */
#define TITLE_ROW 12 /* below, the line of column titles is better spent on a row */
#define ABOUT_ROW 16 /* below, so are the lines about the selected one */

/* --- columns --------------------------------------------------------------------------------- */

static bool column_shown(const struct sel_list_column *col, int cols)
{
	return cols >= col->from && (!col->until || cols < col->until);
}

/* Widths follow from the screen's alone: nothing that is scrolled into sight moves a column. */
static int column_width(const struct sel_list_column *columns, const struct sel_list_column *of,
			int cols)
{
	int left = cols - MARK, shares = 0;

	if (of->width > 0)
		return of->width;
	for (const struct sel_list_column *c = columns; c->title; c++) {
		if (!column_shown(c, cols))
			continue;
		left -= (c->width > 0 ? c->width : 0) + 1;
		shares += c->width < 0 ? -c->width : 0;
	}
	left = (left + 1) * -of->width / (shares ? shares : 1);
	return left > 4 ? left : 4;
}

static bool column_right(const struct sel_list_column *col)
{
	return col->cell == SEL_CELL_NUMBER || col->cell == SEL_CELL_MSEC;
}

static char *cell_text(const struct sel_list_column *col, json_t *row)
{
	const struct sel_column plain = {col->title, col->path, col->cell, false};
	char *text = NULL;

	if (col->text)
		return col->text(row);
	return sel_cell_text(&plain, row, false, &text) < 0 ? NULL : text;
}

static void cell_draw(const struct sel_draw *d, int row, int col, int width, bool right,
		      enum sel_role role, const char *text)
{
	int used = sel_text_columns(text);

	if (right && used < width)
		col += width - used;
	sel_canvas_elide(d->c, row, col, width, role, text);
}

static void row_draw(const struct sel_draw *d, const struct sel_list_column *columns, int row,
		     json_t *item, bool selected)
{
	int col = MARK;

	if (selected)
		sel_canvas_text(d->c, row, 0, 1, SEL_ROLE_SALIENT, d->g->mark, NULL);
	for (const struct sel_list_column *c = columns; c->title; c++) {
		int width = column_width(columns, c, d->c->cols);

		if (!column_shown(c, d->c->cols))
			continue;
		if (item) {
			_cleanup_free_ char *text = cell_text(c, item);

			cell_draw(d, row, col, width, column_right(c),
				  c->role ? c->role(item) : SEL_ROLE_NORMAL, text ? text : "?");
		} else {
			cell_draw(d, row, col, width, column_right(c), SEL_ROLE_DIM, c->title);
		}
		col += width + 1;
	}
	if (selected)
		sel_canvas_paint(d->c, row, MARK, d->c->cols - MARK, SEL_ROLE_SELECTED);
}

/* --- the list -------------------------------------------------------------------------------- */

struct drawing {
	const struct sel_draw *d;
	enum sel_view view;
	int row, rows;
	json_t *selected;
};

static bool item_draw(json_t *item, int n, void *ctx)
{
	struct drawing *l = ctx;
	const struct sel_place *p = &l->d->ui->places[l->view];

	if (n == p->at)
		l->selected = item;
	if (n >= p->top && n < p->top + l->rows)
		row_draw(l->d, sel_console_view(l->view)->columns, l->row + n - p->top, item,
			 n == p->at);
	return true;
}

const char *sel_draw_state(const struct sel_draw *d, enum sel_read read)
{
	const struct sel_got *got = &d->m->got[read];

	if (got->error && got->error != -ENOENT)
		return "The store cannot be read; 'seldom log --verify' says why.";
	if (!got->count || (got->waiting && !got->data))
		return "Reading ...";
	return NULL;
}

static void rows_empty(const struct sel_draw *d, enum sel_view view, int row)
{
	const struct sel_console_view *v = sel_console_view(view);
	const struct sel_got *got = &d->m->got[v->read];
	const char *state = sel_draw_state(d, v->read);

	if (!state && d->ui->places[view].filter[0] &&
	    (view == SEL_VIEW_LOG || json_array_size(sel_model_rows(d->m, v->read)) > 0))
		state = got->waiting ? "Searching ..."
				     : "Nothing contains this text; Esc shows all.";
	sel_canvas_elide(d->c, row, MARK, d->c->cols - MARK,
			 got->error && got->error != -ENOENT ? SEL_ROLE_WARN : SEL_ROLE_DIM,
			 state ? state : v->empty);
}

void sel_list_draw(const struct sel_draw *d, enum sel_view view, int row, int rows)
{
	const struct sel_console_view *v = sel_console_view(view);
	struct sel_place *p = &d->ui->places[view];
	bool titles = d->c->rows >= TITLE_ROW && rows > 1;
	struct drawing l = {d, view, row + titles, rows - titles, NULL};
	int n = sel_views_rows(d->ui, d->m, view, NULL, NULL);

	p->rows = l.rows;
	p->row = l.row;
	/* the window may have changed since the last key */
	if (p->at >= p->top + p->rows)
		p->top = p->at - p->rows + 1;
	if (titles && n > 0)
		row_draw(d, v->columns, row, NULL, false);
	(void)sel_views_rows(d->ui, d->m, view, item_draw, &l);
	if (n == 0)
		rows_empty(d, view, l.row);
	d->c->cursor_row = l.row + (n > 0 ? p->at - p->top : 0);
	d->c->cursor_col = 0;
	d->out->page = l.rows;
}

/* --- a whole view ------------------------------------------------------------------------------
 */

static const char *view_name(enum sel_view view)
{
	switch (view) {
	case SEL_VIEW_EXPLAIN:
		return "Explanation";
	case SEL_VIEW_NUMBERS:
		return "All numbers";
	case SEL_VIEW_PLAN:
		return "Bring back";
	case SEL_VIEW_DIFFERENCE:
		return "Difference";
	case SEL_VIEW_PROPOSALS:
		return "Proposals";
	case SEL_VIEW_RULES:
		return "Rules and grants";
	case SEL_VIEW_NOW:
	case SEL_VIEW_SESSIONS:
	case SEL_VIEW_LOG:
	case SEL_VIEW_STATS:
	case SEL_VIEW_UNDO:
	case SEL_VIEW_HELP:
	case SEL_VIEW_DIALOG:
	case SEL_VIEW_FULL:
	case SEL_VIEW_BATCH:
	case SEL_VIEW_N:
		break;
	}
	return sel_view_title(view);
}

/* What is shown on the left, where one is on the right. */
static void heading_draw(const struct sel_draw *d, const struct sel_console_view *v)
{
	const struct sel_place *p = &d->ui->places[d->ui->view];
	int n = sel_views_rows(d->ui, d->m, d->ui->view, NULL, NULL), width;
	const struct sel_got *got = &d->m->got[v->read];
	char words[512] = "", at[64] = "", cut[520];

	if (v->heading)
		v->heading(d, words, sizeof words);
	if (n > 0)
		(void)snprintf(at, sizeof at, " %d of %d%s%s ", p->at + 1, n,
			       json_is_true(json_object_get(got->data, "more")) ? "+" : "",
			       got->waiting && got->data ? " ..." : "");
	width = (int)strlen(at);
	(void)sel_text_elide(words, d->c->cols - width - 8 - (int)strlen(view_name(d->ui->view)),
			     d->c->utf8, cut, sizeof cut);
	sel_draw_heading(d, 1, true, view_name(d->ui->view), cut);
	sel_canvas_text(d->c, 1, d->c->cols - width - 1, width, SEL_ROLE_DIM, at, NULL);
}

static int about_rows(const struct sel_draw *d, const struct sel_console_view *v)
{
	int body = d->c->rows - 3;

	if (!v->about || d->c->rows < ABOUT_ROW)
		return 0;
	return body < 24 ? 4 : body < 40 ? 6 : 8;
}

static void about_draw(const struct sel_draw *d, const struct sel_console_view *v, int row,
		       int rows)
{
	json_t *item = sel_views_row(d->ui, d->m, d->ui->view);
	struct sel_lines l = {0};

	sel_draw_heading(d, row, false, "Selected", "");
	if (item)
		v->about(d, item, d->c->cols - MARK - 1, &l);
	sel_draw_lines(d, &l, row + 1, MARK, 0, rows - 1, NULL);
	if (l.rows > rows - 1)
		sel_canvas_printf(d->c, row, d->c->cols - 12, 11, SEL_ROLE_DIM, " %d more ",
				  l.rows - (rows - 1));
	sel_lines_done(&l);
}

static void list_view(const struct sel_draw *d, const struct sel_console_view *v)
{
	int body = d->c->rows - 3, about = about_rows(d, v);

	heading_draw(d, v);
	if (about)
		about_draw(d, v, 1 + body - about, about);
	sel_list_draw(d, d->ui->view, 2, body - 1 - about);
}

static void page_view(const struct sel_draw *d, const struct sel_console_view *v)
{
	int rows = d->c->rows - 4, most;
	struct sel_place *p = &d->ui->places[d->ui->view];
	const char *state = sel_draw_state(d, v->read);
	struct sel_lines l = {0};
	char more[64] = "";

	if (d->m->got[v->read].data)
		v->lines(d, d->c->cols - MARK, &l);
	else
		(void)sel_lines_wrap(&l, 0, 0, d->c->cols - MARK, SEL_ROLE_DIM,
				     state ? state : v->empty);
	most = l.rows > rows ? l.rows - rows : 0;
	p->at = p->at > most ? most : p->at;
	if (most)
		(void)snprintf(more, sizeof more, "%d-%d of %d", p->at + 1, p->at + rows, l.rows);
	sel_draw_heading(d, 1, true, view_name(d->ui->view), more);
	sel_draw_lines(d, &l, 2, 1, p->at, rows, NULL);
	if (p->at < most)
		sel_canvas_text(d->c, rows + 1, d->c->cols - 1, 1, SEL_ROLE_NOTE, d->g->more_down,
				NULL);
	if (p->at > 0)
		sel_canvas_text(d->c, 2, d->c->cols - 1, 1, SEL_ROLE_NOTE, d->g->more_up, NULL);
	sel_lines_done(&l);
	d->c->cursor_row = 2;
	d->c->cursor_col = 0;
	d->out->page = rows;
}

void sel_views_draw(const struct sel_draw *d)
{
	const struct sel_console_view *v = sel_console_view(d->ui->view);

	if (v->draw)
		v->draw(d);
	else if (v->lines)
		page_view(d, v);
	else
		list_view(d, v);
}

/* --- the word -------------------------------------------------------------------------------- */

#define CONFIRM_COLS 76

/* A frame in the middle; on a small screen all of it. */
void sel_confirm_draw(const struct sel_draw *d)
{
	struct sel_confirm *c = &d->ui->confirm;
	const char *word = sel_deed_word(c->deed), *at = c->what;
	const char *const *f = d->g->frame[1];
	int cols = d->c->cols < CONFIRM_COLS ? d->c->cols : CONFIRM_COLS, left, rows, top, col,
	    n = 0;
	struct sel_lines l = {0};
	bool cut = false;

	while (*at) {
		size_t part = strcspn(at, "\n");
		_cleanup_free_ char *line = strndup(at, part);

		n = sel_lines_wrap(&l, n, 0, cols - 4, n ? SEL_ROLE_NORMAL : SEL_ROLE_SALIENT,
				   line ? line : "?");
		at += part + (at[part] == '\n');
	}
	rows = l.rows + 4 < d->c->rows - 2 ? l.rows + 4 : d->c->rows - 2;
	top = 1 + (d->c->rows - 2 - rows) / 2;
	left = (d->c->cols - cols) / 2;
	for (int i = 0; i < rows; i++) {
		sel_canvas_fill(d->c, top + i, left, cols, SEL_ROLE_NORMAL, " ");
		sel_canvas_text(d->c, top + i, left, 1, SEL_ROLE_TIER2, f[5], NULL);
		sel_canvas_text(d->c, top + i, left + cols - 1, 1, SEL_ROLE_TIER2, f[5], NULL);
	}
	for (int i = 0; i < 2; i++) {
		int row = i ? top + rows - 1 : top;

		sel_canvas_fill(d->c, row, left, cols, SEL_ROLE_TIER2, f[4]);
		sel_canvas_text(d->c, row, left, 1, SEL_ROLE_TIER2, f[i ? 2 : 0], NULL);
		sel_canvas_text(d->c, row, left + cols - 1, 1, SEL_ROLE_TIER2, f[i ? 3 : 1], NULL);
	}
	sel_draw_lines(d, &l, top + 1, left + 2, 0, rows - 4, &cut);
	cut |= l.rows > rows - 4 || l.failed;
	if (cut && rows > 4)
		sel_canvas_printf(d->c, top + rows - 3, left + 2, cols - 4, SEL_ROLE_DIM,
				  "(%d more lines)", l.rows - (rows - 4));
	/* what widens is not done unseen; what takes back always can be */
	if (cut && c->deed == SEL_DEED_ACCEPT) {
		sel_canvas_text(d->c, top + rows - 2, left + 2, cols - 4, SEL_ROLE_WARN,
				"not all of it is shown: make the window larger", NULL);
		c->whole = false;
		d->c->cursor_row = top + rows - 2;
		d->c->cursor_col = left + 2;
	} else {
		col = left + 2 +
		      sel_canvas_printf(d->c, top + rows - 2, left + 2, cols - 4, SEL_ROLE_WARN,
					"type %s, then Enter: ", word);
		col += sel_canvas_text(d->c, top + rows - 2, col, left + cols - 2 - col,
				       SEL_ROLE_NORMAL, c->typed, NULL);
		c->whole = true;
		d->c->cursor_row = top + rows - 2;
		d->c->cursor_col = col < d->c->cols ? col : d->c->cols - 1;
	}
	if (!c->guard_until)
		c->guard_until = d->now + SEL_GUARD_USEC;
	sel_lines_done(&l);
}
