/* Cells as the bytes that make them. */
#include "shadow_parts.h"

static bool colour_same(const VTermColor *a, const VTermColor *b)
{
	return vterm_color_is_equal(a, b);
}

static bool pen_same(const struct sel_pen *a, const struct sel_pen *b)
{
	return a->attrs == b->attrs && a->underline == b->underline && a->font == b->font &&
	       a->link == b->link && a->line_kind == b->line_kind &&
	       memcmp(a->line, b->line, sizeof a->line) == 0 && colour_same(&a->fg, &b->fg) &&
	       colour_same(&a->bg, &b->bg);
}

/* A long one begins a sequence of its own: not every terminal counts its arguments. */
static void colour_put(struct sel_bytes *out, const VTermColor *c, bool background)
{
	int base = background ? 40 : 30;

	if (background ? VTERM_COLOR_IS_DEFAULT_BG(c) : VTERM_COLOR_IS_DEFAULT_FG(c))
		return;
	if (VTERM_COLOR_IS_RGB(c))
		sel_bytes_printf(out, "m\033[%d;2;%d;%d;%d", base + 8, c->rgb.red, c->rgb.green,
				 c->rgb.blue);
	else if (c->indexed.idx < 8)
		sel_bytes_printf(out, ";%d", base + c->indexed.idx);
	else if (c->indexed.idx < 16)
		sel_bytes_printf(out, ";%d", base + 60 + c->indexed.idx - 8);
	else
		sel_bytes_printf(out, ";%d;5;%d", base + 8, c->indexed.idx);
}

void sel_paint_link(const struct sel_shadow *s, struct sel_bytes *out, uint8_t link)
{
	if (link && link <= s->links_n)
		sel_bytes_printf(out, "\033"), sel_bytes_str(out, s->links[link - 1]);
	else
		sel_bytes_str(out, "\033]8;;");
	sel_bytes_str(out, "\033\\");
}

static void pen_put(const struct sel_shadow *s, struct sel_bytes *out, const struct sel_pen *pen)
{
	static const struct {
		uint8_t flag;
		const char *sgr;
	} flags[] = {
		{PEN_BOLD, ";1"},    {PEN_DIM, ";2"},	  {PEN_ITALIC, ";3"}, {PEN_BLINK, ";5"},
		{PEN_REVERSE, ";7"}, {PEN_CONCEAL, ";8"}, {PEN_STRIKE, ";9"}, {PEN_OVERLINE, ";53"},
	};
	static const char *const underlines[] = {"", ";4", ";21", ";4:3"};

	sel_bytes_str(out, "\033[0");
	for (size_t i = 0; i < SEL_N(flags); i++)
		if (pen->attrs & flags[i].flag)
			sel_bytes_str(out, flags[i].sgr);
	sel_bytes_str(out, underlines[pen->underline & 3]);
	if (pen->font)
		sel_bytes_printf(out, ";%d", 10 + pen->font);
	colour_put(out, &pen->fg, false);
	colour_put(out, &pen->bg, true);
	sel_bytes_str(out, "m");
	/* apart, so that a terminal that does not know it drops nothing else */
	if (pen->line_kind == 5)
		sel_bytes_printf(out, "\033[58:5:%dm", pen->line[2]);
	else if (pen->line_kind == 2)
		sel_bytes_printf(out, "\033[58:2::%d:%d:%dm", pen->line[0], pen->line[1],
				 pen->line[2]);
	(void)s;
}

void sel_paint_pen(struct sel_painter *p, const struct sel_pen *pen)
{
	if (p->pen_known && pen_same(&p->pen, pen))
		return;
	if (pen->link != p->pen.link)
		sel_paint_link(p->s, p->out, pen->link);
	pen_put(p->s, p->out, pen);
	p->pen = *pen;
	p->pen_known = true;
}

static void paint_at(struct sel_painter *p, int row, int col)
{
	if (p->row != row || p->col != col)
		sel_bytes_printf(p->out, "\033[%d;%dH", row + 1, col + 1);
	p->row = row;
	p->col = col;
}

void sel_paint_guard(struct sel_painter *p, bool guarded)
{
	if (p->guarded != guarded)
		sel_bytes_str(p->out, guarded ? "\033[1\"q" : "\033[2\"q");
	p->guarded = guarded;
}

static void paint_glyph(struct sel_painter *p, const struct sel_shadow_cell *cell, int row, int col)
{
	paint_at(p, row, col);
	sel_paint_pen(p, &cell->pen);
	sel_paint_guard(p, cell->guarded);
	if (cell->wide && col + 1 >= p->s->cols) { /* no room for it: it would go to the next row */
		sel_bytes_str(p->out, " ");
		p->col = -1;
		return;
	}
	for (int i = 0; i < CELL_CHARS && cell->ch[i]; i++)
		sel_bytes_utf8(p->out, cell->ch[i]);
	/* what is not plain ASCII may be of another width there */
	p->col = cell->ch[0] < 0x7f && !cell->ch[1] ? col + 1 : -1;
}

/* Half of a wide character is left of it. */
static bool is_half(const struct sel_shadow *s, int row, int col)
{
	const struct sel_shadow_cell *left = sel_shadow_cell(s, row, col - 1);

	return left && left->wide;
}

/* Cells that were erased are erased again: a space is another thing to who selects text. */
static int paint_erased(struct sel_painter *p, int row, int col, int to)
{
	const struct sel_shadow_cell *first = sel_shadow_cell(p->s, row, col);
	int n = 0;

	for (; col + n < to; n++) {
		const struct sel_shadow_cell *cell = sel_shadow_cell(p->s, row, col + n);

		if (!cell || cell->ch[0] || (cell->tail && n == 0 && is_half(p->s, row, col)) ||
		    !pen_same(&cell->pen, &first->pen))
			break;
	}
	if (n == 0 || !first)
		return 1;
	paint_at(p, row, col);
	sel_paint_pen(p, &(struct sel_pen){.fg = first->pen.fg, .bg = first->pen.bg});
	sel_paint_guard(p, false);
	sel_bytes_printf(p->out, "\033[%dX", n);
	return n;
}

void sel_paint_cells(struct sel_painter *p, int row, int from, int to)
{
	for (int col = from; col < to;) {
		const struct sel_shadow_cell *cell = sel_shadow_cell(p->s, row, col);
		bool covers = cell && cell->wide && col + 1 >= to && to < p->s->cols;

		if (!cell)
			return;
		if (cell->ch[0] && !covers) {
			paint_glyph(p, cell, row, col);
			col += cell->wide && sel_shadow_cell(p->s, row, col + 1) &&
					       sel_shadow_cell(p->s, row, col + 1)->tail
				       ? 2
				       : 1;
		} else if (covers || (cell->tail && col == from && col > 0)) {
			/* half of it is under the panel */
			sel_paint_pen(p, &(struct sel_pen){.fg = cell->pen.fg, .bg = cell->pen.bg});
			paint_at(p, row, col);
			sel_bytes_str(p->out, " ");
			p->col = col + 1;
			col++;
		} else {
			col += paint_erased(p, row, col, to);
		}
	}
}

void sel_shadow_paint(struct sel_shadow *s, int row, int from, int to, struct sel_bytes *out)
{
	struct sel_painter p = {.s = s, .out = out, .row = -1, .col = -1};
	const struct sel_pen plain = {.fg.type = VTERM_COLOR_DEFAULT_FG,
				      .bg.type = VTERM_COLOR_DEFAULT_BG};
	bool alternate = s->alternate;

	if (row < 0 || row >= s->rows)
		return;
	s->alternate = s->open_alternate;
	sel_paint_cells(&p, row, from < 0 ? 0 : from, to > s->cols ? s->cols : to);
	s->alternate = alternate;
	sel_paint_guard(&p, false);
	sel_paint_pen(&p, &plain);
}
