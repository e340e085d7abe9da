#include "pictures_svg.h"

#include <stdio.h>

#define FONT   14
#define CELL_W 8.4
#define CELL_H 18.0
#define MARGIN 12.0
#define FG     0xd6dae2U
#define BG     0x14171dU

static bool look_equal(const struct svg_cell *a, const struct svg_cell *b)
{
	return a->fg == b->fg && a->bg == b->bg && a->bold == b->bold && a->italic == b->italic &&
	       a->underline == b->underline;
}

static unsigned rgb(const struct rig *r, VTermColor c, bool back)
{
	if (back ? VTERM_COLOR_IS_DEFAULT_BG(&c) : VTERM_COLOR_IS_DEFAULT_FG(&c))
		return back ? BG : FG;
	vterm_screen_convert_color_to_rgb(r->screen, &c);
	return (unsigned)c.rgb.red << 16 | (unsigned)c.rgb.green << 8 | c.rgb.blue;
}

static struct svg_cell taken(const struct rig *r, int row, int col)
{
	VTermScreenCell cell;
	struct svg_cell ret;

	(void)vterm_screen_get_cell(r->screen, (VTermPos){row, col}, &cell);
	ret = (struct svg_cell){.c = cell.chars[0],
				.fg = rgb(r, cell.fg, false),
				.bg = rgb(r, cell.bg, true),
				.bold = cell.attrs.bold,
				.italic = cell.attrs.italic,
				.underline = cell.attrs.underline != 0};
	if (cell.attrs.reverse) {
		unsigned fg = ret.fg;

		ret.fg = ret.bg;
		ret.bg = fg;
	}
	if (ret.c == 0 || ret.c == (uint32_t)-1)
		ret.c = ' ';
	return ret;
}

void svg_take(struct rig *r, struct svg_screen *ret)
{
	*ret = (struct svg_screen){.cursor_shown = r->cursor_shown};
	vterm_get_size(r->vt, &ret->rows, &ret->cols);
	vterm_state_get_cursorpos(vterm_obtain_state(r->vt), &ret->cursor);
	ret->cells = calloc((size_t)ret->rows * (size_t)ret->cols, sizeof *ret->cells);
	assert_non_null(ret->cells);
	for (int row = 0; row < ret->rows; row++)
		for (int col = 0; col < ret->cols; col++)
			ret->cells[row * ret->cols + col] = taken(r, row, col);
}

void svg_done(struct svg_screen *s)
{
	free(s->cells);
	*s = (struct svg_screen){0};
}

struct picture {
	const struct svg_screen *s;
	int cols;
	FILE *f;
};

static uint32_t at(const struct picture *p, int row, int col, struct svg_cell *look)
{
	*look = p->s->cells[row * p->cols + col];
	return look->c;
}

static double x_of(int col)
{
	return MARGIN + col * CELL_W;
}

static double y_of(int row)
{
	return MARGIN + row * CELL_H;
}

static void put_char(FILE *f, uint32_t c)
{
	if (c == '<' || c == '>' || c == '&')
		(void)fprintf(f, "&#%u;", c);
	else if (c < 0x80)
		(void)fputc((int)c, f);
	else if (c < 0x800)
		(void)fprintf(f, "%c%c", 0xc0 | c >> 6, 0x80 | (c & 0x3f));
	else if (c < 0x10000)
		(void)fprintf(f, "%c%c%c", 0xe0 | c >> 12, 0x80 | (c >> 6 & 0x3f),
			      0x80 | (c & 0x3f));
	else
		(void)fprintf(f, "%c%c%c%c", 0xf0 | c >> 18, 0x80 | (c >> 12 & 0x3f),
			      0x80 | (c >> 6 & 0x3f), 0x80 | (c & 0x3f));
}

static void put_rect(FILE *f, double x, double y, double w, double h, unsigned color)
{
	(void)fprintf(f, "<path fill='#%06x' d='M%.4g %.4gh%.4gv%.4gh%.4gz'/>\n", color, x, y, w, h,
		      -w);
}

/* Lines from the middle of a cell: left, right, up, down; 1 light, 2 heavy, 3 double. */
static const struct {
	uint32_t c;
	unsigned char left, right, up, down;
} lines[] = {
	/* clang-format off */
	{0x2500, 1, 1, 0, 0}, {0x2502, 0, 0, 1, 1}, {0x250c, 0, 1, 0, 1}, {0x2510, 1, 0, 0, 1},
	{0x2514, 0, 1, 1, 0}, {0x2518, 1, 0, 1, 0}, {0x251c, 0, 1, 1, 1}, {0x2524, 1, 0, 1, 1},
	{0x252c, 1, 1, 0, 1}, {0x2534, 1, 1, 1, 0}, {0x253c, 1, 1, 1, 1},
	{0x2501, 2, 2, 0, 0}, {0x2503, 0, 0, 2, 2}, {0x250f, 0, 2, 0, 2}, {0x2513, 2, 0, 0, 2},
	{0x2517, 0, 2, 2, 0}, {0x251b, 2, 0, 2, 0},
	{0x2550, 3, 3, 0, 0}, {0x2551, 0, 0, 3, 3}, {0x2554, 0, 3, 0, 3}, {0x2557, 3, 0, 0, 3},
	{0x255a, 0, 3, 3, 0}, {0x255d, 3, 0, 3, 0},
	/* clang-format on */
};

static bool is_shape(uint32_t c)
{
	for (size_t i = 0; i < SEL_N(lines); i++)
		if (lines[i].c == c)
			return true;
	return c >= 0x2581 && c <= 0x2588;
}

/* `n` equal cells that run across. */
static void put_shape(FILE *f, uint32_t c, int row, int col, int n, unsigned color)
{
	double x = x_of(col), y = y_of(row), w = n * CELL_W, mx = CELL_W / 2, my = CELL_H / 2;

	if (c >= 0x2581 && c <= 0x2588) {
		double h = CELL_H * (c - 0x2580) / 8;

		put_rect(f, x, y + CELL_H - h, w, h, color);
		return;
	}
	for (size_t i = 0; i < SEL_N(lines); i++) {
		unsigned char most = 0;

		if (lines[i].c != c)
			continue;
		(void)fprintf(f, "<path fill='none' stroke='#%06x' d='", color);
		for (int side = 0; side < 4; side++) {
			const unsigned char kind = (&lines[i].left)[side];
			double off = kind == 3 ? 1.5 : 0;

			most = kind > most ? kind : most;
			if (!kind)
				continue;
			for (int twice = 0; twice < (kind == 3 ? 2 : 1); twice++, off = -off)
				if (side < 2)
					(void)fprintf(f, "M%.4g %.4gH%.4g",
						      x + (n > 1 ? 0 : mx - 0.5), y + my + off,
						      side == 0 && n == 1 ? x : x + w);
				else
					(void)fprintf(f, "M%.4g %.4gV%.4g", x + mx + off, y + my,
						      side == 2 ? y : y + CELL_H);
		}
		(void)fprintf(f, "' stroke-width='%s'/>\n", most == 2 ? "2.2" : "1");
	}
}

static void put_run(const struct picture *p, int row, int col, int n)
{
	struct svg_cell look, unused;

	(void)at(p, row, col, &look);
	(void)fprintf(p->f, "<text x='%.4g' y='%.4g' fill='#%06x'%s%s%s", x_of(col),
		      y_of(row) + 13.5, look.fg, look.bold ? " class='b'" : "",
		      look.italic ? " font-style='italic'" : "",
		      look.underline ? " text-decoration='underline'" : "");
	if (n > 1)
		(void)fprintf(p->f, " textLength='%.4g'", n * CELL_W);
	(void)fputc('>', p->f);
	for (int i = 0; i < n; i++)
		put_char(p->f, at(p, row, col + i, &unused));
	(void)fputs("</text>\n", p->f);
}

static void put_backgrounds(const struct picture *p, int row)
{
	struct svg_cell look, next;

	for (int col = 0, n; col < p->cols; col += n) {
		(void)at(p, row, col, &look);
		for (n = 1; col + n < p->cols; n++) {
			(void)at(p, row, col + n, &next);
			if (next.bg != look.bg)
				break;
		}
		if (look.bg != BG)
			put_rect(p->f, x_of(col), y_of(row), n * CELL_W, CELL_H, look.bg);
	}
}

/* How many cells from `col` on can be one element. */
static int run_length(const struct picture *p, int row, int col)
{
	struct svg_cell look, next;
	uint32_t c = at(p, row, col, &look), before = c, now;
	int n = 1;

	for (; col + n < p->cols; n++, before = now) {
		now = at(p, row, col + n, &next);
		if (!look_equal(&look, &next) || (c >= 0x80 && now != c) ||
		    (c < 0x80 && (now >= 0x80 || (now == ' ' && before == ' '))))
			break;
	}
	return c >= 0x80 && !is_shape(c) ? 1 : n;
}

static void put_row(const struct picture *p, int row)
{
	struct svg_cell look, last;

	for (int col = 0, n; col < p->cols; col += n) {
		uint32_t c = at(p, row, col, &look);
		int text;

		n = 1;
		if (c == ' ')
			continue;
		n = run_length(p, row, col);
		for (text = n; text > 1 && at(p, row, col + text - 1, &last) == ' ';)
			text--;
		if (!is_shape(c))
			put_run(p, row, col, text);
		else if (c == 0x2500 || c == 0x2501 || c == 0x2550 || c > 0x2580)
			put_shape(p->f, c, row, col, n, look.fg);
		else
			for (int i = 0; i < n; i++)
				put_shape(p->f, c, row, col + i, 1, look.fg);
	}
}

void svg_write(const struct svg_screen *s, const char *title, const char *path)
{
	struct picture p = {.s = s, .cols = s->cols, .f = fopen(path, "we")};
	double w = 2 * MARGIN + s->cols * CELL_W, h = 2 * MARGIN + s->rows * CELL_H;

	assert_non_null(p.f);
	(void)fprintf(
		p.f,
		"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %.4g %.4g' width='%.4g' "
		"height='%.4g' role='img'>\n<title>%s</title>\n<style>text{font:%dpx "
		"'DejaVu Sans Mono',Menlo,Consolas,monospace;white-space:pre}"
		".b{font-weight:700}</style>\n<rect width='100%%' height='100%%' rx='8' "
		"fill='#%06x'/>\n",
		w, h, w, h, title, FONT, BG);
	for (int row = 0; row < s->rows; row++)
		put_backgrounds(&p, row);
	if (s->cursor_shown)
		put_rect(p.f, x_of(s->cursor.col), y_of(s->cursor.row), CELL_W, CELL_H, 0x6b7890);
	for (int row = 0; row < s->rows; row++)
		put_row(&p, row);
	(void)fputs("</svg>\n", p.f);
	assert_int_equal(fclose(p.f), 0);
}
