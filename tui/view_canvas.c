#include "view_canvas.h"

#include "seldom/text.h"

#include <stdarg.h>
#include <stdio.h>

static const struct sel_glyphs glyph_sets[2] = {
	{
		.ellipsis = "...",
		.chain = ">",
		.mark = ">",
		.on = "(*)",
		.off = "( )",
		.more_up = "^",
		.more_down = "v",
		.times = "x",
		.dot = "-",
		.frame = {{"+", "+", "+", "+", "-", "|"},
			  {"+", "+", "+", "+", "=", "|"},
			  {"#", "#", "#", "#", "=", "#"}},
		.rule = "-",
	},
	{
		.ellipsis = "…",
		.chain = "›",
		.mark = "▸",
		.on = "(•)",
		.off = "( )",
		.more_up = "↑",
		.more_down = "↓",
		.times = "×",
		.dot = "·",
		.frame = {{"┌", "┐", "└", "┘", "─", "│"},
			  {"┏", "┓", "┗", "┛", "━", "┃"},
			  {"╔", "╗", "╚", "╝", "═", "║"}},
		.rule = "─",
	},
};

const struct sel_glyphs *sel_glyphs(bool utf8)
{
	return &glyph_sets[utf8];
}

#define B SEL_LOOK_BOLD
#define D SEL_LOOK_DIM
#define R SEL_LOOK_REVERSE
/* No red against green; every role has a word beside it on the screen. Each has a contrast of at
 * least 4.5 against black (dark) and white (light). */
const struct sel_look sel_looks[SEL_ROLE_N] = {
	/* clang-format off: columns are the point */
	[SEL_ROLE_NORMAL] = {-1, -1, -1, -1, -1, 0, 0},
	[SEL_ROLE_DIM] = {245, 8, 241, 8, -1, 0, D},
	[SEL_ROLE_TITLE] = {-1, -1, -1, -1, -1, R, R},
	[SEL_ROLE_HEADER] = {-1, -1, -1, -1, -1, B, B},
	[SEL_ROLE_SALIENT] = {-1, -1, -1, -1, -1, B, B},
	[SEL_ROLE_OBJECT] = {39, 14, 25, 4, 6, 0, B},
	[SEL_ROLE_SELECTED] = {-1, -1, -1, -1, -1, R, R},
	[SEL_ROLE_TIER1] = {37, 6, 24, 4, 6, 0, 0},
	[SEL_ROLE_TIER2] = {214, 11, 94, 3, 3, B, B},
	[SEL_ROLE_TIER3] = {207, 13, 90, 5, 5, B | R, B | R},
	[SEL_ROLE_KEY] = {-1, -1, -1, -1, -1, R, R},
	[SEL_ROLE_KEY_OFF] = {245, 8, 241, 8, -1, D, D},
	[SEL_ROLE_NOTE] = {39, 14, 25, 4, 6, 0, 0},
	[SEL_ROLE_WARN] = {214, 11, 94, 3, 3, 0, B},
	[SEL_ROLE_ADDED] = {39, 14, 25, 4, 6, 0, B},
	[SEL_ROLE_REMOVED] = {214, 11, 94, 3, 3, 0, D},
	/* clang-format on */
};
#undef B
#undef D
#undef R

int sel_look_color(enum sel_role role, int colors, bool light)
{
	const struct sel_look *l = &sel_looks[role];

	if (colors >= 256)
		return light ? l->light256 : l->dark256;
	if (colors >= 16)
		return light ? l->light16 : l->dark16;
	return colors >= 8 ? l->fg8 : -1;
}

enum sel_theme sel_theme_named(const char *name)
{
	static const char *const names[] = {
		[SEL_THEME_NONE] = "none", [SEL_THEME_DARK] = "dark", [SEL_THEME_LIGHT] = "light"};

	for (size_t i = 0; i < SEL_N(names); i++)
		if (strcmp(names[i], name) == 0)
			return (enum sel_theme)i;
	return SEL_THEME_ASK;
}

int sel_background_named(void)
{
	const char *text = getenv("COLORFGBG"), *last = text ? strrchr(text, ';') : NULL;
	char *end;
	long n = last ? strtol(last + 1, &end, 10) : -1;

	if (!last || end == last + 1 || *end || n < 0 || n > 15)
		return -1;
	return n == 7 || n > 8;
}

bool sel_colorless(void)
{
	const char *no = getenv("NO_COLOR");

	return no && *no;
}

int sel_canvas_init(struct sel_canvas *c, int rows, int cols, bool utf8)
{
	*c = (struct sel_canvas){.rows = rows, .cols = cols, .utf8 = utf8};
	c->cells = calloc((size_t)rows * (size_t)cols + 1, sizeof *c->cells);
	return c->cells ? 0 : -ENOMEM;
}

void sel_canvas_done(struct sel_canvas *c)
{
	free(c->cells);
	*c = (struct sel_canvas){0};
}

void sel_canvas_clear(struct sel_canvas *c)
{
	memset(c->cells, 0, (size_t)c->rows * (size_t)c->cols * sizeof *c->cells);
	c->cursor_row = c->cursor_col = 0;
}

static struct sel_cell_data *cell(const struct sel_canvas *c, int row, int col)
{
	return row < 0 || col < 0 || row >= c->rows || col >= c->cols
		       ? NULL
		       : &c->cells[(size_t)row * (size_t)c->cols + (size_t)col];
}

size_t sel_utf8_next(const char *text, uint32_t *ret, int *columns)
{
	const uint8_t *s = (const uint8_t *)text;
	size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc2 ? 2 : 0;
	uint32_t cp;
	int w;

	if (!s[0])
		return 0;
	cp = n == 1 ? s[0] : n ? s[0] & (0x7fu >> n) : '?';
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80) {
			n = 0;
			cp = '?';
			break;
		}
		cp = cp << 6 | (s[i] & 0x3fu);
	}
	w = wcwidth((wchar_t)cp);
	*ret = w < 0 ? '?' : cp;
	*columns = w < 0 ? 1 : w;
	return n ? n : 1;
}

/* A wide character that loses a half leaves a blank, not half a letter. */
static void cell_clear(struct sel_canvas *c, int row, int col)
{
	struct sel_cell_data *at = cell(c, row, col), *next = cell(c, row, col + 1),
			     *before = cell(c, row, col - 1);

	if (at && at->tail && before)
		*before = (struct sel_cell_data){.role = at->role};
	if (next && next->tail)
		*next = (struct sel_cell_data){.role = next->role};
	if (at)
		*at = (struct sel_cell_data){0};
}

static void cell_put(struct sel_canvas *c, int row, int col, int width, enum sel_role role,
		     uint32_t cp)
{
	for (int i = 0; i < width; i++) {
		struct sel_cell_data *at = cell(c, row, col + i);

		cell_clear(c, row, col + i);
		if (at)
			*at = (struct sel_cell_data){
				.role = (uint8_t)role, .tail = i > 0, .ch = {i ? 0 : (wchar_t)cp}};
	}
}

static void cell_combine(struct sel_canvas *c, int row, int col, uint32_t cp)
{
	struct sel_cell_data *at = cell(c, row, col);

	if (at && at->tail)
		at = cell(c, row, col - 1);
	for (int i = 1; at && i < SEL_CELL_CHARS - 1; i++)
		if (!at->ch[i]) {
			at->ch[i] = (wchar_t)cp;
			return;
		}
}

int sel_canvas_text(struct sel_canvas *c, int row, int col, int max, enum sel_role role,
		    const char *text, bool *cut)
{
	int used = 0, width;
	uint32_t cp;
	size_t n;

	if (max > c->cols - col)
		max = c->cols - col;
	for (; (n = sel_utf8_next(text, &cp, &width)) > 0; text += n) {
		if (used + width > max) {
			if (cut)
				*cut = true;
			break;
		}
		if (width == 0)
			cell_combine(c, row, col + used - 1, cp);
		else
			cell_put(c, row, col + used, width, role, cp);
		used += width;
	}
	if (cut && (row < 0 || row >= c->rows))
		*cut = true;
	return used;
}

int sel_canvas_printf(struct sel_canvas *c, int row, int col, int max, enum sel_role role,
		      const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0) {
		text = NULL;
		return 0;
	}
	return sel_canvas_text(c, row, col, max, role, text, NULL);
}

int sel_canvas_elide(struct sel_canvas *c, int row, int col, int max, enum sel_role role,
		     const char *text)
{
	size_t cap = strlen(text) + 8;
	_cleanup_free_ char *cut = malloc(cap);

	if (!cut || max <= 0)
		return 0;
	(void)sel_text_elide(text, max, c->utf8, cut, cap);
	return sel_canvas_text(c, row, col, max, role, cut, NULL);
}

void sel_canvas_fill(struct sel_canvas *c, int row, int col, int n, enum sel_role role,
		     const char *glyph)
{
	uint32_t cp;
	int width;

	if (sel_utf8_next(glyph, &cp, &width) == 0 || width != 1)
		return;
	for (int i = 0; i < n; i++)
		cell_put(c, row, col + i, 1, role, cp);
}

void sel_canvas_paint(struct sel_canvas *c, int row, int col, int n, enum sel_role role)
{
	for (int i = 0; i < n; i++) {
		struct sel_cell_data *at = cell(c, row, col + i);

		if (at)
			at->role = (uint8_t)role;
	}
}

static size_t utf8_put(uint32_t cp, char *out)
{
	if (cp < 0x80)
		return out[0] = (char)cp, 1;
	if (cp < 0x800)
		return out[0] = (char)(0xc0 | cp >> 6), out[1] = (char)(0x80 | (cp & 0x3f)), 2;
	if (cp < 0x10000)
		return out[0] = (char)(0xe0 | cp >> 12), out[1] = (char)(0x80 | (cp >> 6 & 0x3f)),
		       out[2] = (char)(0x80 | (cp & 0x3f)), 3;
	return out[0] = (char)(0xf0 | cp >> 18), out[1] = (char)(0x80 | (cp >> 12 & 0x3f)),
	       out[2] = (char)(0x80 | (cp >> 6 & 0x3f)), out[3] = (char)(0x80 | (cp & 0x3f)), 4;
}

char *sel_canvas_row(const struct sel_canvas *c, int row)
{
	char *out = malloc((size_t)c->cols * SEL_CELL_CHARS * 4 + 1);
	size_t n = 0, end = 0;

	if (!out)
		return NULL;
	for (int col = 0; col < c->cols; col++) {
		const struct sel_cell_data *at = cell(c, row, col);

		if (!at || at->tail)
			continue;
		if (!at->ch[0])
			out[n++] = ' ';
		for (int i = 0; i < SEL_CELL_CHARS && at->ch[i]; i++)
			n += utf8_put((uint32_t)at->ch[i], out + n);
		if (at->ch[0] && at->ch[0] != L' ')
			end = n;
	}
	out[end] = '\0';
	return out;
}
