#include "shadow.h"

#include "terminal.h"

#include <stdarg.h>
#include <stdio.h>
#include <vterm.h>

#define ROWS_MAX  1000
#define COLS_MAX  2000
#define LAG_MAX	  (128 * 1024) /* of the main screen's output; at least what one write takes */
#define PIECE	  2048	       /* libvterm keeps arrays of this many characters on the stack */
#define LINKS_MAX 64

/* --- bytes ------------------------------------------------------------------------------------ */

void sel_bytes_done(struct sel_bytes *b)
{
	free(b->s);
	*b = (struct sel_bytes){0};
}

void sel_bytes_add(struct sel_bytes *b, const char *s, size_t n)
{
	if (b->n + n > b->cap) {
		size_t cap = 2 * (b->n + n) + 256;
		char *grown = realloc(b->s, cap);

		if (!grown) {
			b->failed = true;
			return;
		}
		b->s = grown;
		b->cap = cap;
	}
	if (n)
		memcpy(b->s + b->n, s, n);
	b->n += n;
}

void sel_bytes_str(struct sel_bytes *b, const char *s)
{
	sel_bytes_add(b, s, strlen(s));
}

void sel_bytes_printf(struct sel_bytes *b, const char *fmt, ...)
{
	char text[256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof text)
		b->failed = true;
	else
		sel_bytes_add(b, text, (size_t)n);
}

/* --- cells ------------------------------------------------------------------------------------ */

enum {
	PEN_BOLD = 1 << 0,
	PEN_DIM = 1 << 1,
	PEN_ITALIC = 1 << 2,
	PEN_BLINK = 1 << 3,
	PEN_REVERSE = 1 << 4,
	PEN_CONCEAL = 1 << 5,
	PEN_STRIKE = 1 << 6,
	PEN_OVERLINE = 1 << 7,
};
struct pen {
	VTermColor fg, bg;
	uint8_t line_kind; /* 0: the text's colour; 2: red, green, blue; 5: index in blue */
	uint8_t line[3];
	uint8_t attrs, underline, font;
	uint8_t link; /* index into links; 0: none */
};
#define CELL_CHARS VTERM_MAX_CHARS_PER_CELL
struct cell {
	uint32_t ch[CELL_CHARS]; /* ch[0] 0: erased */
	bool wide, tail, guarded;
	struct pen pen;
};

struct sel_shadow {
	VTerm *vt;
	VTermState *state;
	int rows, cols;
	struct cell *cells[2]; /* main, alternate */
	bool alternate;	       /* of what libvterm has read */
	struct pen pen, saved[2];
	char *links[LINKS_MAX];
	unsigned links_n;

	/* The last character printed, and whether nothing since has moved the cursor or changed
	 * the cells: printed there once more, it brings back a pending wrap, too. */
	bool fresh;
	VTermPos last;
	int last_width;

	struct sel_screen modes; /* of all that was fed */
	struct sel_screen lex;	 /* of what libvterm has read: lags behind on the main screen */
	char *lag;
	size_t lag_n;
	bool lag_cut;

	bool open, open_alternate;
	struct sel_bytes *reply; /* where libvterm's answer goes; NULL: nowhere */
};

static struct cell *cell_at(const struct sel_shadow *s, int row, int col)
{
	return row < 0 || col < 0 || row >= s->rows || col >= s->cols
		       ? NULL
		       : &s->cells[s->alternate][(size_t)row * (size_t)s->cols + (size_t)col];
}

/* --- libvterm's callbacks --------------------------------------------------------------------- */

static int on_putglyph(VTermGlyphInfo *info, VTermPos pos, void *user)
{
	struct sel_shadow *s = user;
	struct cell *cell = cell_at(s, pos.row, pos.col), *tail;

	s->fresh = true;
	s->last = pos;
	s->last_width = info->width;
	if (!cell)
		return 1;
	*cell = (struct cell){
		.wide = info->width > 1, .guarded = info->protected_cell, .pen = s->pen};
	for (int i = 0; i < CELL_CHARS && info->chars[i]; i++)
		cell->ch[i] = info->chars[i];
	tail = cell->wide ? cell_at(s, pos.row, pos.col + 1) : NULL;
	if (tail)
		*tail = (struct cell){.tail = true, .guarded = info->protected_cell, .pen = s->pen};
	return 1;
}

static int on_moverect(VTermRect dest, VTermRect src, void *user)
{
	struct sel_shadow *s = user;
	int rows = src.end_row - src.start_row, cols = src.end_col - src.start_col;
	bool down = dest.start_row > src.start_row;

	for (int i = 0; i < rows; i++) {
		int by = down ? rows - 1 - i : i;
		struct cell *from = cell_at(s, src.start_row + by, src.start_col);
		struct cell *to = cell_at(s, dest.start_row + by, dest.start_col);

		if (from && to && cols > 0 && src.end_col <= s->cols && dest.end_col <= s->cols)
			memmove(to, from, (size_t)cols * sizeof *to);
	}
	return 1;
}

static int on_erase(VTermRect rect, int selective, void *user)
{
	struct sel_shadow *s = user;
	const struct pen blank = {.fg = s->pen.fg, .bg = s->pen.bg};

	for (int row = rect.start_row; row < rect.end_row; row++)
		for (int col = rect.start_col; col < rect.end_col; col++) {
			struct cell *cell = cell_at(s, row, col);

			if (cell && !(selective && cell->guarded))
				*cell = (struct cell){.pen = blank};
		}
	return 1;
}

static int on_setpenattr(VTermAttr attr, VTermValue *val, void *user)
{
	static const uint8_t flags[VTERM_N_ATTRS] = {
		[VTERM_ATTR_BOLD] = PEN_BOLD,	  [VTERM_ATTR_ITALIC] = PEN_ITALIC,
		[VTERM_ATTR_BLINK] = PEN_BLINK,	  [VTERM_ATTR_REVERSE] = PEN_REVERSE,
		[VTERM_ATTR_STRIKE] = PEN_STRIKE,
	};
	struct sel_shadow *s = user;

	if (attr == VTERM_ATTR_FOREGROUND)
		s->pen.fg = val->color;
	else if (attr == VTERM_ATTR_BACKGROUND)
		s->pen.bg = val->color;
	else if (attr == VTERM_ATTR_UNDERLINE)
		s->pen.underline = (uint8_t)val->number;
	else if (attr == VTERM_ATTR_FONT)
		s->pen.font = (uint8_t)val->number;
	else if (attr < VTERM_N_ATTRS && flags[attr])
		s->pen.attrs =
			(uint8_t)((s->pen.attrs & ~flags[attr]) | (val->boolean ? flags[attr] : 0));
	return 1;
}

static int on_settermprop(VTermProp prop, VTermValue *val, void *user)
{
	struct sel_shadow *s = user;

	if (prop == VTERM_PROP_ALTSCREEN)
		s->alternate = val->boolean;
	return 1;
}

static int on_setlineinfo(int row, const VTermLineInfo *now, const VTermLineInfo *before,
			  void *user)
{
	struct sel_shadow *s = user;
	const VTermRect half = {row, row + 1, s->cols / 2, s->cols};

	if (now->doublewidth && !before->doublewidth)
		(void)on_erase(half, 0, s);
	return 1;
}

static void on_output(const char *bytes, size_t n, void *user)
{
	struct sel_shadow *s = user;

	if (s->reply)
		sel_bytes_add(s->reply, bytes, n);
}

static const VTermStateCallbacks callbacks = {
	.putglyph = on_putglyph,
	.moverect = on_moverect,
	.erase = on_erase,
	.setpenattr = on_setpenattr,
	.settermprop = on_settermprop,
	.setlineinfo = on_setlineinfo,
};

/* --- feeding ---------------------------------------------------------------------------------- */

/* In pieces of whole characters: libvterm forgets half of one in some places. */
static void vt_write(struct sel_shadow *s, const char *bytes, size_t n)
{
	while (n) {
		size_t piece = n < PIECE ? n : PIECE;

		while (piece < n && piece > 1 && ((unsigned char)bytes[piece] & 0xc0) == 0x80)
			piece--;
		(void)vterm_input_write(s->vt, bytes, piece);
		bytes += piece;
		n -= piece;
	}
}

static void vt_printf(struct sel_shadow *s, const char *fmt, ...) _printf_(2, 3);
static void vt_printf(struct sel_shadow *s, const char *fmt, ...)
{
	char text[64];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n < sizeof text)
		vt_write(s, text, (size_t)n);
}

static void text_token(struct sel_shadow *s, const struct sel_token *t)
{
	vt_write(s, t->bytes, t->n);
	if (t->n && (unsigned char)t->bytes[t->n - 1] < 0x20)
		s->fresh = false;
}

static void charset_feed(struct sel_shadow *s, const struct sel_charsets *c)
{
	static const char *const shift[] = {"\017", "\016", "\033n", "\033o"};

	for (int i = 0; i < 4; i++)
		if (c->g[i] != s->lex.charsets.g[i])
			vt_printf(s, "\033%c%c", "()*+"[i], c -> g[i] ? c -> g[i] : 'B');
	if (c->gl != s->lex.charsets.gl && c->gl < 4)
		vt_write(s, shift[c->gl], strlen(shift[c->gl]));
}

/* libvterm does not save the sets, and trusts a saved position also where the screen has shrunk. */
static void cursor_restore(struct sel_shadow *s)
{
	VTermPos pos;

	vt_printf(s, "\0338");
	vterm_state_get_cursorpos(s->state, &pos);
	if (pos.row < 0 || pos.row >= s->rows || pos.col < 0 || pos.col >= s->cols)
		vt_printf(s, "\033[%d;%dH", pos.row + 1 < s->rows ? pos.row + 1 : s->rows,
			  pos.col + 1 < s->cols ? pos.col + 1 : s->cols);
	charset_feed(s, &s->lex.saved[s->alternate]);
	s->pen.attrs = s->saved[s->alternate].attrs;
	s->pen.line_kind = s->saved[s->alternate].line_kind;
	memcpy(s->pen.line, s->saved[s->alternate].line, sizeof s->pen.line);
}

static void cursor_save(struct sel_shadow *s)
{
	s->saved[s->alternate] = s->pen;
	vt_printf(s, "\0337");
}

static void reset(struct sel_shadow *s)
{
	vt_printf(s, "\033[?1047l\033c");
	s->alternate = false;
	s->pen = s->saved[0] = s->saved[1] = (struct pen){.fg = s->pen.fg, .bg = s->pen.bg};
}

static void esc_token(struct sel_shadow *s, const struct sel_token *t)
{
	char first = t->n > 1 ? t->bytes[1] : '\0';

	if (t->n == 3 && (first == 'N' || first == 'O')) {
		vt_write(s, t->bytes, t->n);
		return;
	}
	if (t->n == 3 && strchr("()*+", first)) { /* keeps the cursor: `fresh` stays */
		vt_write(s, t->bytes, t->n);
		return;
	}
	if (t->n == 2 && strchr("no~}|", first)) {
		vt_write(s, t->bytes, t->n);
		return;
	}
	if (t->n == 2 && strchr("=>", first))
		return;
	if (t->n == 2 && first == '7')
		cursor_save(s);
	else if (t->n == 2 && first == '8')
		cursor_restore(s);
	else if (t->n == 2 && first == 'c')
		reset(s);
	else if ((t->n == 2 && strchr("DEHM", first)) || (t->n == 3 && first == '#'))
		vt_write(s, t->bytes, t->n);
	s->fresh = false;
}

static void alternate_mode(struct sel_shadow *s, int mode, bool on)
{
	if (mode == 1049 && on)
		cursor_save(s);
	if (mode == 47) { /* unlike the others it does not clear */
		s->alternate = on;
		return;
	}
	if (on || s->alternate)
		vt_printf(s, "\033[?1047%c", on ? 'h' : 'l');
	if (mode == 1049 && !on)
		cursor_restore(s);
}

/* One at a time: libvterm reads only the first. */
static void mode_token(struct sel_shadow *s, const struct sel_csi *csi)
{
	bool on = csi->final == 'h';

	for (unsigned i = 0; i < csi->n; i++) {
		int mode = csi->arg[i];

		if (!csi->leader && (mode == 4 || mode == 20))
			vt_printf(s, "\033[%d%c", mode, csi->final);
		if (csi->leader != '?')
			continue;
		if (mode == 47 || mode == 1047 || mode == 1049)
			alternate_mode(s, mode, on);
		else if (mode == 1048 && on)
			cursor_save(s);
		else if (mode == 1048)
			cursor_restore(s);
		else if (mode == 6 || mode == 7 || mode == 69)
			vt_printf(s, "\033[?%d%c", mode, csi->final);
		else
			continue;
		s->fresh &= mode == 7;
	}
}

static void csi_feed(struct sel_shadow *s, const struct sel_csi *csi)
{
	char text[16 + SEL_CSI_ARGS * 6];
	int n = snprintf(text, sizeof text, "\033[%.*s", csi->leader ? 1 : 0, &csi->leader);

	for (unsigned i = 0; i < csi->n; i++) {
		if (csi->arg[i] >= 0)
			n += snprintf(text + n, sizeof text - (size_t)n, "%d", csi->arg[i]);
		if (i + 1 < csi->n)
			text[n++] = csi->sub[i] ? ':' : ';';
	}
	if (csi->intermediate)
		text[n++] = csi->intermediate;
	text[n++] = csi->final;
	vt_write(s, text, (size_t)n);
}

static const struct {
	int on, off;
	uint8_t flag;
} extras[] = {
	{2, 22, PEN_DIM},
	{8, 28, PEN_CONCEAL},
	{53, 55, PEN_OVERLINE},
};

/* How many arguments the colour that begins at `i` takes: 38;5;N, 38;2;R;G;B, 38:2::R:G:B. */
static unsigned colour_args(const struct sel_csi *csi, unsigned i)
{
	unsigned left = csi->n - i - 1, n;

	if (left >= 2 && csi->arg[i + 1] == 5)
		return 3;
	if (left < 4 || csi->arg[i + 1] != 2)
		return left ? 2 : 1;
	n = csi->sub[i] && left >= 5 && csi->sub[i + 4] ? 6 : 5;
	return n;
}

static void underline_colour(struct sel_shadow *s, const int *arg, unsigned n)
{
	s->pen.line_kind = n == 3 ? 5 : n >= 5 ? 2 : 0;
	for (unsigned k = 0; k < 3 && n >= 3; k++)
		s->pen.line[k] = (uint8_t)(n == 3 ? arg[2] : arg[n - 3 + k]);
}

/* What libvterm 0.1 has no word for is followed here; what it would misread is taken out. */
static void sgr(struct sel_shadow *s, const struct sel_csi *csi)
{
	struct sel_csi known = {.final = 'm'};

	for (unsigned i = 0, n; i < csi->n; i += n) {
		int arg = csi->arg[i];
		bool colour = arg == 38 || arg == 48 || arg == 58;

		n = colour ? colour_args(csi, i) : 1;
		while (!colour && i + n < csi->n && csi->sub[i + n - 1])
			n++;
		for (unsigned k = 0; k < n && arg != 58; k++) {
			known.arg[known.n] = csi->arg[i + k];
			known.sub[known.n++] = csi->sub[i + k];
		}
		if (arg <= 0) {
			s->pen.attrs = 0;
			s->pen.line_kind = 0;
		}
		if (arg == 58)
			underline_colour(s, csi->arg + i, n);
		if (arg == 59)
			s->pen.line_kind = 0;
		for (size_t k = 0; k < SEL_N(extras); k++)
			if (arg == extras[k].on)
				s->pen.attrs |= extras[k].flag;
			else if (arg == extras[k].off)
				s->pen.attrs &= (uint8_t)~extras[k].flag;
	}
	if (known.n)
		csi_feed(s, &known);
}

/* libvterm would loop for ever where nothing was printed before. */
static void repeat(struct sel_shadow *s, int count)
{
	const struct cell *cell = cell_at(s, s->last.row, s->last.col);
	char text[CELL_CHARS * 4 + 1];
	size_t n = 0;
	VTermPos pos;

	vterm_state_get_cursorpos(s->state, &pos);
	if (!cell || !cell->ch[0] || s->last_width < 1)
		return;
	for (int i = 0; i < CELL_CHARS && cell->ch[i]; i++) {
		uint32_t cp = cell->ch[i];

		if (cp < 0x80)
			text[n++] = (char)cp;
		else if (cp < 0x800)
			text[n++] = (char)(0xc0 | cp >> 6), text[n++] = (char)(0x80 | (cp & 0x3f));
		else if (cp < 0x10000)
			text[n++] = (char)(0xe0 | cp >> 12),
			text[n++] = (char)(0x80 | (cp >> 6 & 0x3f)),
			text[n++] = (char)(0x80 | (cp & 0x3f));
		else
			text[n++] = (char)(0xf0 | cp >> 18),
			text[n++] = (char)(0x80 | (cp >> 12 & 0x3f)),
			text[n++] = (char)(0x80 | (cp >> 6 & 0x3f)),
			text[n++] = (char)(0x80 | (cp & 0x3f));
	}
	count = count < s->cols ? count : s->cols;
	while (count-- > 0)
		vt_write(s, text, n);
}

static void csi_token(struct sel_shadow *s, const struct sel_csi *csi)
{
	int kind = csi->intermediate << 16 | csi->leader << 8 | csi->final;

	switch (kind) {
	case '?' << 8 | 'h':
	case '?' << 8 | 'l':
	case 'h':
	case 'l':
		mode_token(s, csi);
		return;
	case 'm':
		sgr(s, csi);
		return;
	case '"' << 16 | 'q':
		csi_feed(s, csi);
		return;
	case 's':
		if (s->lex.side_margins)
			csi_feed(s, csi);
		else
			cursor_save(s);
		break;
	case 'u':
		cursor_restore(s);
		break;
	case 'b':
		repeat(s, csi->arg[0] > 0 ? csi->arg[0] : 1);
		return;
	case '!' << 16 | 'p': {
		bool alternate = s->alternate;

		csi_feed(s, csi);
		s->alternate = alternate; /* a soft reset does not leave it */
		s->pen = (struct pen){.fg = s->pen.fg, .bg = s->pen.bg};
		break;
	}
	case '\'' << 16 | '}':
	case '\'' << 16 | '~':
	case '?' << 8 | 'J':
	case '?' << 8 | 'K':
		csi_feed(s, csi);
		break;
	default:
		if (csi->leader || csi->intermediate ||
		    !strchr("@ABCDEFGHIJKLMPSTXZ`adefgjkr", csi->final))
			return;
		csi_feed(s, csi);
	}
	s->fresh = false;
}

/* OSC 8 ; parameters ; address: a link. Nothing else in a string is on the screen. */
static void string_token(struct sel_shadow *s, const struct sel_token *t)
{
	unsigned i;

	if (t->n < 3 || memcmp(t->bytes, "]8;", 3) != 0)
		return;
	s->pen.link = 0;
	if (t->n == 4 && t->bytes[3] == ';')
		return;
	for (i = 0; i < s->links_n; i++)
		if (strlen(s->links[i]) == t->n && memcmp(s->links[i], t->bytes, t->n) == 0)
			break;
	if (i == s->links_n) {
		if (i == LINKS_MAX)
			return;
		s->links[i] = strndup(t->bytes, t->n);
		if (!s->links[i])
			return;
		s->links_n++;
	}
	s->pen.link = (uint8_t)(i + 1);
}

static void on_token(void *ctx, const struct sel_token *t)
{
	struct sel_shadow *s = ctx;

	switch (t->kind) {
	case SEL_TOKEN_TEXT:
		text_token(s, t);
		break;
	case SEL_TOKEN_ESC:
		esc_token(s, t);
		break;
	case SEL_TOKEN_CSI:
		csi_token(s, t->csi);
		break;
	case SEL_TOKEN_STRING:
		string_token(s, t);
		break;
	}
}

/* --- the lag ---------------------------------------------------------------------------------- */

/* What was dropped may have set modes: they are known, and set. */
static void lag_resync(struct sel_shadow *s)
{
	const struct sel_screen *m = &s->modes;

	sel_screen_cancel(&s->lex);
	vt_printf(s, "\030\033[0m\033[?6%c\033[4%c\033[?7%c", m->origin ? 'h' : 'l',
		  m->insert ? 'h' : 'l', m->no_wrap ? 'l' : 'h');
	s->lex.origin = m->origin;
	s->lex.insert = m->insert;
	s->lex.no_wrap = m->no_wrap;
	s->pen.attrs = 0;
	s->pen.line_kind = 0;
}

static void lag_read(struct sel_shadow *s)
{
	size_t from = 0;

	if (s->lag_cut) {
		const char *line = memchr(s->lag, '\n', s->lag_n);

		lag_resync(s);
		from = line ? (size_t)(line - s->lag) + 1 : 0;
	}
	sel_screen_feed(&s->lex, s->lag + from, s->lag_n - from);
	s->lag_n = 0;
	s->lag_cut = false;
}

static void lag_add(struct sel_shadow *s, const char *bytes, size_t n)
{
	if (n > LAG_MAX) {
		bytes += n - LAG_MAX;
		n = LAG_MAX;
		s->lag_cut = true;
	}
	if (s->lag_n + n > LAG_MAX) { /* the older half goes */
		size_t keep = LAG_MAX - n < LAG_MAX / 2 ? LAG_MAX - n : LAG_MAX / 2;

		keep = keep < s->lag_n ? keep : s->lag_n;
		memmove(s->lag, s->lag + s->lag_n - keep, keep);
		s->lag_n = keep;
		s->lag_cut = true;
	}
	memcpy(s->lag + s->lag_n, bytes, n);
	s->lag_n += n;
}

void sel_shadow_feed(struct sel_shadow *s, const char *bytes, size_t n)
{
	while (n) {
		size_t piece = n < LAG_MAX / 2 ? n : LAG_MAX / 2;
		bool before = s->modes.alternate;

		sel_screen_feed(&s->modes, bytes, piece);
		lag_add(s, bytes, piece);
		if (before || s->modes.alternate)
			lag_read(s);
		bytes += piece;
		n -= piece;
	}
}

/* --- life ------------------------------------------------------------------------------------- */

static bool size_valid(int rows, int cols)
{
	return rows > 0 && cols > 0 && rows <= ROWS_MAX && cols <= COLS_MAX;
}

int sel_shadow_new(int rows, int cols, struct sel_shadow **ret)
{
	struct sel_shadow *s;

	if (!size_valid(rows, cols))
		return -EINVAL;
	s = calloc(1, sizeof *s);
	if (!s)
		return -ENOMEM;
	s->rows = rows;
	s->cols = cols;
	s->vt = vterm_new(rows, cols);
	s->lag = malloc(LAG_MAX);
	for (int i = 0; i < 2; i++)
		s->cells[i] = calloc((size_t)rows * (size_t)cols, sizeof(struct cell));
	if (!s->vt || !s->lag || !s->cells[0] || !s->cells[1]) {
		sel_shadow_free(s);
		return -ENOMEM;
	}
	vterm_set_utf8(s->vt, 1);
	vterm_output_set_callback(s->vt, on_output, s);
	s->state = vterm_obtain_state(s->vt);
	vterm_state_set_callbacks(s->state, &callbacks, s);
	vterm_state_reset(s->state, 1);
	s->lex.token = on_token;
	s->lex.ctx = s;
	*ret = s;
	return 0;
}

void sel_shadow_free(struct sel_shadow *s)
{
	if (!s)
		return;
	if (s->vt)
		vterm_free(s->vt);
	for (unsigned i = 0; i < s->links_n; i++)
		free(s->links[i]);
	free(s->cells[0]);
	free(s->cells[1]);
	free(s->lag);
	free(s);
}

static struct cell *cells_resized(const struct sel_shadow *s, const struct cell *old, int rows,
				  int cols)
{
	struct cell *cells = calloc((size_t)rows * (size_t)cols, sizeof *cells);
	const struct pen blank = {.fg = s->pen.fg, .bg = s->pen.bg};

	for (int row = 0; cells && row < rows; row++)
		for (int col = 0; col < cols; col++)
			cells[(size_t)row * (size_t)cols + (size_t)col] =
				row < s->rows && col < s->cols
					? old[(size_t)row * (size_t)s->cols + (size_t)col]
					: (struct cell){.pen = blank};
	return cells;
}

/* libvterm keeps margins that no longer fit, and then moves memory it does not have: so none are
 * kept, as xterm does it. */
static void margins_forget(struct sel_shadow *s)
{
	VTermPos pos;

	vterm_state_get_cursorpos(s->state, &pos);
	vt_printf(s, "\030\033[r\033[s\033[%d;%dH", pos.row + 1, pos.col + 1);
}

int sel_shadow_resize(struct sel_shadow *s, int rows, int cols)
{
	struct cell *cells[2];

	if (!size_valid(rows, cols))
		return -EINVAL;
	if (rows == s->rows && cols == s->cols)
		return 0;
	for (int i = 0; i < 2; i++)
		cells[i] = cells_resized(s, s->cells[i], rows, cols);
	if (!cells[0] || !cells[1]) {
		free(cells[0]);
		free(cells[1]);
		return -ENOMEM;
	}
	margins_forget(s);
	for (int i = 0; i < 2; i++) {
		free(s->cells[i]);
		s->cells[i] = cells[i];
	}
	s->rows = rows;
	s->cols = cols;
	s->fresh = false;
	vterm_set_size(s->vt, rows, cols);
	return 0;
}

void sel_shadow_size(const struct sel_shadow *s, int *ret_rows, int *ret_cols)
{
	*ret_rows = s->rows;
	*ret_cols = s->cols;
}

struct sel_screen *sel_shadow_modes(struct sel_shadow *s)
{
	return &s->modes;
}

void sel_shadow_cancel(struct sel_shadow *s)
{
	sel_screen_cancel(&s->modes);
	lag_read(s);
	sel_screen_cancel(&s->lex);
}

bool sel_shadow_cpr_given(struct sel_shadow *s)
{
	bool due = s->modes.cpr_due > 0;

	s->modes.cpr_due -= due;
	return due;
}

bool sel_shadow_tells_focus(const struct sel_shadow *s)
{
	return s->modes.focus;
}

/* --- painting --------------------------------------------------------------------------------- */

static bool colour_same(const VTermColor *a, const VTermColor *b)
{
	return vterm_color_is_equal(a, b);
}

static bool pen_same(const struct pen *a, const struct pen *b)
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

static void link_put(const struct sel_shadow *s, struct sel_bytes *out, uint8_t link)
{
	if (link && link <= s->links_n)
		sel_bytes_printf(out, "\033"), sel_bytes_str(out, s->links[link - 1]);
	else
		sel_bytes_str(out, "\033]8;;");
	sel_bytes_str(out, "\033\\");
}

static void pen_put(const struct sel_shadow *s, struct sel_bytes *out, const struct pen *pen)
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

struct painter {
	const struct sel_shadow *s;
	struct sel_bytes *out;
	struct pen pen;
	bool pen_known, guarded;
	int row, col; /* where the terminal's cursor surely is; -1: not known */
};

static void paint_pen(struct painter *p, const struct pen *pen)
{
	if (p->pen_known && pen_same(&p->pen, pen))
		return;
	if (pen->link != p->pen.link)
		link_put(p->s, p->out, pen->link);
	pen_put(p->s, p->out, pen);
	p->pen = *pen;
	p->pen_known = true;
}

static void paint_at(struct painter *p, int row, int col)
{
	if (p->row != row || p->col != col)
		sel_bytes_printf(p->out, "\033[%d;%dH", row + 1, col + 1);
	p->row = row;
	p->col = col;
}

static size_t utf8_encode(uint32_t cp, char out[static 4])
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

static void paint_guard(struct painter *p, bool guarded)
{
	if (p->guarded != guarded)
		sel_bytes_str(p->out, guarded ? "\033[1\"q" : "\033[2\"q");
	p->guarded = guarded;
}

static void paint_glyph(struct painter *p, const struct cell *cell, int row, int col)
{
	char utf8[4];

	paint_at(p, row, col);
	paint_pen(p, &cell->pen);
	paint_guard(p, cell->guarded);
	if (cell->wide && col + 1 >= p->s->cols) { /* no room for it: it would go to the next row */
		sel_bytes_str(p->out, " ");
		p->col = -1;
		return;
	}
	for (int i = 0; i < CELL_CHARS && cell->ch[i]; i++)
		sel_bytes_add(p->out, utf8, utf8_encode(cell->ch[i], utf8));
	/* what is not plain ASCII may be of another width there */
	p->col = cell->ch[0] < 0x7f && !cell->ch[1] ? col + 1 : -1;
}

/* Cells that were erased are erased again: a space is another thing to who selects text. */
static int paint_erased(struct painter *p, int row, int col, int to)
{
	const struct cell *first = cell_at(p->s, row, col);
	int n = 0;

	for (; col + n < to; n++) {
		const struct cell *cell = cell_at(p->s, row, col + n);

		if (cell->ch[0] ||
		    (cell->tail && n == 0 && col > 0 && cell_at(p->s, row, col - 1)->wide) ||
		    !pen_same(&cell->pen, &first->pen))
			break;
	}
	if (n == 0)
		return 1;
	paint_at(p, row, col);
	paint_pen(p, &(struct pen){.fg = first->pen.fg, .bg = first->pen.bg});
	paint_guard(p, false);
	sel_bytes_printf(p->out, "\033[%dX", n);
	return n;
}

static void paint_cells(struct painter *p, int row, int from, int to)
{
	for (int col = from; col < to;) {
		const struct cell *cell = cell_at(p->s, row, col);
		bool covers = cell->wide && col + 1 >= to && to < p->s->cols;

		if (cell->ch[0] && !covers) {
			paint_glyph(p, cell, row, col);
			col += cell->wide && cell_at(p->s, row, col + 1) &&
					       cell_at(p->s, row, col + 1)->tail
				       ? 2
				       : 1;
		} else if (covers || (cell->tail && col == from && col > 0)) {
			/* half of it is under the panel */
			paint_pen(p, &(struct pen){.fg = cell->pen.fg, .bg = cell->pen.bg});
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
	struct painter p = {.s = s, .out = out, .row = -1, .col = -1};
	const struct pen plain = {.fg.type = VTERM_COLOR_DEFAULT_FG,
				  .bg.type = VTERM_COLOR_DEFAULT_BG};
	bool alternate = s->alternate;

	if (row < 0 || row >= s->rows)
		return;
	s->alternate = s->open_alternate;
	paint_cells(&p, row, from < 0 ? 0 : from, to > s->cols ? s->cols : to);
	s->alternate = alternate;
	paint_guard(&p, false);
	paint_pen(&p, &plain);
}

/* --- opening and closing ---------------------------------------------------------------------- */

/* Modes whose number is all there is to know. */
static const struct {
	size_t offset;
	const char *off, *on;
} simple[] = {
	{offsetof(struct sel_screen, sync), "\033[?2026l", "\033[?2026h"},
	{offsetof(struct sel_screen, insert), "\033[4l", "\033[4h"},
	{offsetof(struct sel_screen, win32), "\033[?9001l", "\033[?9001h"},
};

static bool mode_is(const struct sel_screen *m, size_t offset)
{
	return *(const bool *)((const char *)m + offset);
}

static void charsets_plain(const struct sel_screen *m, struct sel_bytes *out)
{
	if (m->charsets.g[0] && m->charsets.g[0] != 'B')
		sel_bytes_str(out, "\033(B");
	if (m->charsets.gl)
		sel_bytes_str(out, "\017");
}

static void charsets_back(const struct sel_screen *m, struct sel_bytes *out)
{
	static const char *const shift[] = {"", "\016", "\033n", "\033o"};

	if (m->charsets.g[0] && m->charsets.g[0] != 'B')
		sel_bytes_printf(out, "\033(%c", m->charsets.g[0]);
	sel_bytes_str(out, shift[m->charsets.gl & 3]);
}

#define MOUSE_OFF                                                                                  \
	"\033[?9l\033[?1000l\033[?1001l\033[?1002l\033[?1003l\033[?1005l\033[?1006l\033[?1015l"    \
	"\033[?1016l"

static void keyboard_plain(const struct sel_screen *m, struct sel_bytes *out)
{
	if (m->mouse_used || m->odd)
		sel_bytes_str(out, MOUSE_OFF);
	if (m->kitty)
		sel_bytes_str(out, "\033[>0u");
	if (m->modify_keys)
		sel_bytes_str(out, "\033[>4;0m");
	if (!m->paste)
		sel_bytes_str(out, "\033[?2004h");
	if (!m->focus)
		sel_bytes_str(out, "\033[?1004h");
}

static void keyboard_back(const struct sel_screen *m, struct sel_bytes *out)
{
	if (!m->focus)
		sel_bytes_str(out, "\033[?1004l");
	if (!m->paste)
		sel_bytes_str(out, "\033[?2004l");
	if (m->modify_keys)
		sel_bytes_printf(out, "\033[>4;%dm", m->modify_keys);
	if (m->kitty)
		sel_bytes_str(out, "\033[<u");
	if (m->mouse)
		sel_bytes_printf(out, "\033[?%dh", m->mouse);
	if (m->mouse_format)
		sel_bytes_printf(out, "\033[?%dh", m->mouse_format);
}

/* Ends what the terminal has begun to read: a sequence, or a character. */
static void unfinished_cut(const struct sel_screen *m, struct sel_bytes *out)
{
	if (m->state != SEL_SCAN_GROUND)
		sel_bytes_str(out, "\030");
	if (m->state >= SEL_SCAN_STRING) /* not everywhere does CAN end a string */
		sel_bytes_str(out, "\033\\");
}

/* Ends, for good, what sends output elsewhere than to the screen. Twice: one such state may hide
 * the end of another. */
static void odd_end(const struct sel_screen *m, struct sel_bytes *out)
{
	static const char ends[] = "\030\033\\"	     /* a sequence that was not followed */
				   "\033\003\033<"   /* Tektronix, VT52 */
				   "\033[4i\033[0$}" /* printer, status line */
				   "\033 F\033%G"    /* replies, characters */
				   "\033[2l\033P=2s\033\\\033[?2026l";

	for (int i = 0; m->odd && i < 2; i++)
		sel_bytes_add(out, ends, sizeof ends - 1);
	if (m->odd)
		sel_bytes_str(out, "\033[?6l\033[?69l\033[r\033[4l\033(B\017");
}

static void lines_plain(struct sel_shadow *s, struct sel_bytes *out)
{
	for (int row = 0; row < s->rows; row++)
		if (vterm_state_get_lineinfo(s->state, row)->doublewidth)
			sel_bytes_printf(out, "\033[%d;1H\033#5", row + 1);
}

void sel_shadow_open(struct sel_shadow *s, struct sel_bytes *out)
{
	const struct sel_screen *m = &s->modes;

	lag_read(s);
	s->open = true;
	s->open_alternate = m->alternate;
	unfinished_cut(m, out);
	odd_end(m, out);
	for (size_t i = 0; i < SEL_N(simple); i++)
		if (mode_is(m, simple[i].offset))
			sel_bytes_str(out, simple[i].off);
	if (!m->alternate)
		sel_bytes_str(out, "\033[?1049h");
	if (m->side_margins)
		sel_bytes_str(out, "\033[?69l");
	if (m->origin || !m->alternate)
		sel_bytes_str(out, "\033[?6l");
	sel_bytes_str(out, "\033[?7l\033[?25l");
	charsets_plain(m, out);
	if (m->n && m->state == SEL_SCAN_GROUND) /* here half a character becomes what it will */
		sel_bytes_str(out, "\033[1;1H\302\240\033[1;1H");
	keyboard_plain(m, out);
	sel_bytes_str(out, "\033]8;;\033\\\033[0m");
	if (m->graphics || m->odd) /* the pictures themselves are kept, their places are not */
		sel_bytes_str(out, "\033_Ga=d,q=2\033\\");
	if (m->alternate)
		lines_plain(s, out);
}

/* Asks the second terminal what it knows and has no function for: "r", "s", "\"q". */
static bool ask(struct sel_shadow *s, const char *what, int *a, int *b)
{
	struct sel_bytes reply = {0};
	char text[64];
	int n;

	s->reply = &reply;
	vt_printf(s, "\033P$q%s\033\\", what);
	s->reply = NULL;
	(void)snprintf(text, sizeof text, "%.*s", (int)(reply.n < 60 ? reply.n : 60),
		       reply.s ? reply.s : "");
	sel_bytes_done(&reply);
	n = sscanf(text, "\033P1$r%d;%d", a, b);
	return n >= 1;
}

static void lines_back(struct sel_shadow *s, struct sel_bytes *out)
{
	for (int row = 0; row < s->rows; row++) {
		const VTermLineInfo *info = vterm_state_get_lineinfo(s->state, row);

		if (info->doublewidth)
			sel_bytes_printf(out, "\033[%d;1H\033#%c", row + 1,
					 info->doubleheight == 1   ? '3'
					 : info->doubleheight == 2 ? '4'
								   : '6');
	}
}

static void cursor_back(struct sel_shadow *s, struct painter *p)
{
	const struct sel_screen *m = &s->modes;
	int top = 1, bottom = s->rows, left = 1, right = s->cols;
	const struct cell *cell = cell_at(s, s->last.row, s->last.col);
	bool again = s->fresh && cell && cell->ch[0];
	VTermPos pos;

	vterm_state_get_cursorpos(s->state, &pos);
	if (again)
		pos = s->last;
	(void)ask(s, "r", &top, &bottom);
	if (m->side_margins && ask(s, "s", &left, &right))
		sel_bytes_printf(p->out, "\033[?69h\033[%d;%ds", left, right);
	if (m->origin) {
		sel_bytes_str(p->out, "\033[?6h");
		pos.row -= top - 1;
		pos.col -= m->side_margins ? left - 1 : 0;
	}
	if (!m->no_wrap)
		sel_bytes_str(p->out, "\033[?7h");
	if (again) {
		paint_pen(p, &cell->pen);
		paint_guard(p, cell->guarded);
	}
	sel_bytes_printf(p->out, "\033[%d;%dH", pos.row + 1, pos.col + 1);
	for (int i = 0; again && i < CELL_CHARS && cell->ch[i]; i++) {
		char utf8[4];

		sel_bytes_add(p->out, utf8, utf8_encode(cell->ch[i], utf8));
	}
}

static void alternate_back(struct sel_shadow *s, struct sel_bytes *out)
{
	struct painter p = {.s = s, .out = out, .row = -1, .col = -1};
	int guarded = 2, none;

	sel_bytes_str(out, "\033[?25l");
	lines_back(s, out);
	for (int row = 0; row < s->rows; row++)
		paint_cells(&p, row, 0,
			    vterm_state_get_lineinfo(s->state, row)->doublewidth ? s->cols / 2
										 : s->cols);
	cursor_back(s, &p);
	(void)ask(s, "\"q", &guarded, &none);
	paint_guard(&p, guarded == 1);
	p.pen_known = false;
	paint_pen(&p, &s->pen);
}

void sel_shadow_close(struct sel_shadow *s, struct sel_bytes *out)
{
	const struct sel_screen *m = &s->modes;

	s->open = false;
	sel_bytes_str(out, "\033[0m");
	if (s->open_alternate) {
		alternate_back(s, out);
	} else {
		sel_bytes_str(out, m->no_wrap ? "" : "\033[?7h");
		sel_bytes_str(out, m->side_margins ? "\033[?69h" : "");
		sel_bytes_str(out, "\033[?1049l");
		if (s->pen.link)
			link_put(s, out, s->pen.link);
	}
	charsets_back(m, out);
	keyboard_back(m, out);
	for (size_t i = SEL_N(simple); i-- > 0;)
		if (mode_is(m, simple[i].offset))
			sel_bytes_str(out, simple[i].on);
	sel_bytes_str(out, m->hidden ? "\033[?25l" : "\033[?25h");
	if (m->overlong && m->state >= SEL_SCAN_STRING)
		sel_bytes_str(out, "\033]9999;"); /* what is left of it goes the way of any
						      unknown string */
	else
		sel_bytes_add(out, m->seq, m->n);
	if (m->state == SEL_SCAN_STRING_ESC)
		sel_bytes_str(out, "\033");
}

void sel_shadow_sane(const struct sel_shadow *s, bool open, struct sel_bytes *out)
{
	const struct sel_screen *m = &s->modes;
	size_t before = out->n;

	unfinished_cut(m, out);
	odd_end(m, out);
	if (open)
		sel_bytes_str(out, "\033[?2004l\033[?1004l\033[?7h\033[?25h");
	for (size_t i = 0; i < SEL_N(simple); i++)
		if (mode_is(m, simple[i].offset))
			sel_bytes_str(out, simple[i].off);
	if (m->mouse || (m->mouse_used && (open || m->odd)))
		sel_bytes_str(out, MOUSE_OFF);
	if (m->modify_keys)
		sel_bytes_str(out, "\033[>4;0m");
	if (m->kitty)
		sel_bytes_printf(out, "\033[<%du\033[=0u", m->kitty_depth + open);
	if (m->paste)
		sel_bytes_str(out, "\033[?2004l");
	if (m->focus)
		sel_bytes_str(out, "\033[?1004l");
	if (m->side_margins)
		sel_bytes_str(out, "\033[?69l");
	if (m->origin)
		sel_bytes_str(out, "\033[?6l");
	if (m->no_wrap)
		sel_bytes_str(out, "\033[?7h");
	if (m->cursor_keys)
		sel_bytes_str(out, "\033[?1l");
	if (m->keypad)
		sel_bytes_str(out, "\033>");
	charsets_plain(m, out);
	if (m->alternate)
		sel_bytes_str(out, "\033[r");
	if (m->alternate || open)
		sel_bytes_str(out, "\033[?1049l");
	if (m->shape)
		sel_bytes_str(out, "\033[0 q");
	if (m->hidden)
		sel_bytes_str(out, "\033[?25h");
	if (out->n > before)
		sel_bytes_str(out, "\033[0m");
}
