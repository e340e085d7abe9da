/* What the second terminal reads, and what it makes of it. */
#include "shadow_parts.h"

#include <stdarg.h>
#include <stdio.h>

#define PIECE 2048 /* libvterm keeps arrays of this many characters on the stack */

static int on_putglyph(VTermGlyphInfo *info, VTermPos pos, void *user)
{
	struct sel_shadow *s = user;
	struct sel_shadow_cell *cell = sel_shadow_cell(s, pos.row, pos.col), *tail;

	s->fresh = true;
	s->last = pos;
	s->last_width = info->width;
	if (!cell)
		return 1;
	*cell = (struct sel_shadow_cell){
		.wide = info->width > 1, .guarded = info->protected_cell, .pen = s->pen};
	for (int i = 0; i < CELL_CHARS && info->chars[i]; i++)
		cell->ch[i] = info->chars[i];
	tail = cell->wide ? sel_shadow_cell(s, pos.row, pos.col + 1) : NULL;
	if (tail)
		*tail = (struct sel_shadow_cell){
			.tail = true, .guarded = info->protected_cell, .pen = s->pen};
	return 1;
}

static int on_moverect(VTermRect dest, VTermRect src, void *user)
{
	struct sel_shadow *s = user;
	int rows = src.end_row - src.start_row, cols = src.end_col - src.start_col;
	bool down = dest.start_row > src.start_row;

	for (int i = 0; i < rows; i++) {
		int by = down ? rows - 1 - i : i;
		struct sel_shadow_cell *from =
			sel_shadow_cell(s, src.start_row + by, src.start_col);
		struct sel_shadow_cell *to =
			sel_shadow_cell(s, dest.start_row + by, dest.start_col);

		if (from && to && cols > 0 && src.end_col <= s->cols && dest.end_col <= s->cols)
			memmove(to, from, (size_t)cols * sizeof *to);
	}
	return 1;
}

static int on_erase(VTermRect rect, int selective, void *user)
{
	struct sel_shadow *s = user;
	const struct sel_pen blank = {.fg = s->pen.fg, .bg = s->pen.bg};

	for (int row = rect.start_row; row < rect.end_row; row++)
		for (int col = rect.start_col; col < rect.end_col; col++) {
			struct sel_shadow_cell *cell = sel_shadow_cell(s, row, col);

			if (cell && !(selective && cell->guarded))
				*cell = (struct sel_shadow_cell){.pen = blank};
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

const VTermStateCallbacks sel_shadow_callbacks = {
	.putglyph = on_putglyph,
	.moverect = on_moverect,
	.erase = on_erase,
	.setpenattr = on_setpenattr,
	.settermprop = on_settermprop,
	.setlineinfo = on_setlineinfo,
};

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

void sel_shadow_vt(struct sel_shadow *s, const char *fmt, ...)
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

/* How many bytes at `p` are what libvterm must not get: U+0080 .. U+009F, for which it goes a
 * column to the left, also out of the screen and of its arrays; and a character that breaks off,
 * for it would go on after whatever comes between. 0: it may have the first of them. */
static size_t unfit(const unsigned char *p, size_t n)
{
	size_t want = p[0] < 0xc0 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4, have = 1;

	while (have < want && have < n && (p[have] & 0xc0) == 0x80)
		have++;
	if (have < want)
		return have == n || p[have] < 0x20 || p[have] == 0x7f ? have : 0;
	return p[0] == 0xc2 && p[1] < 0xa0 ? 2 : 0;
}

static void text_write(struct sel_shadow *s, const char *bytes, size_t n)
{
	size_t from = 0, skip;

	for (size_t i = 0; i < n; i += skip ? skip : 1) {
		skip = (unsigned char)bytes[i] < 0xc0
			       ? 0
			       : unfit((const unsigned char *)bytes + i, n - i);
		if (!skip)
			continue;
		vt_write(s, bytes + from, i - from);
		vt_write(s, "\357\277\275", 3);
		from = i + skip;
	}
	vt_write(s, bytes + from, n - from);
}

static void text_token(struct sel_shadow *s, const struct sel_token *t)
{
	text_write(s, t->bytes, t->n);
	if (t->n && (unsigned char)t->bytes[t->n - 1] < 0x20)
		s->fresh = false;
}

static void charset_feed(struct sel_shadow *s, const struct sel_charsets *c)
{
	static const char *const shift[] = {"\017", "\016", "\033n", "\033o"};

	for (int i = 0; i < 4; i++)
		if (c->g[i] != s->lex.charsets.g[i])
			sel_shadow_vt(s, "\033%c%c", "()*+"[i], c -> g[i] ? c -> g[i] : 'B');
	if (c->gl != s->lex.charsets.gl && c->gl < 4)
		vt_write(s, shift[c->gl], strlen(shift[c->gl]));
}

/* libvterm does not save the sets, and trusts a saved position also where the screen has shrunk. */
static void cursor_restore(struct sel_shadow *s)
{
	VTermPos pos;

	sel_shadow_vt(s, "\0338");
	vterm_state_get_cursorpos(s->state, &pos);
	if (pos.row < 0 || pos.row >= s->rows || pos.col < 0 || pos.col >= s->cols)
		sel_shadow_vt(s, "\033[%d;%dH", pos.row + 1 < s->rows ? pos.row + 1 : s->rows,
			      pos.col + 1 < s->cols ? pos.col + 1 : s->cols);
	charset_feed(s, &s->lex.saved[s->alternate]);
	s->pen.attrs = s->saved[s->alternate].attrs;
	s->pen.line_kind = s->saved[s->alternate].line_kind;
	memcpy(s->pen.line, s->saved[s->alternate].line, sizeof s->pen.line);
}

static void cursor_save(struct sel_shadow *s)
{
	s->saved[s->alternate] = s->pen;
	sel_shadow_vt(s, "\0337");
}

static void reset(struct sel_shadow *s)
{
	sel_shadow_vt(s, "\033[?1047l\033c");
	s->alternate = false;
	s->pen = s->saved[0] = s->saved[1] = (struct sel_pen){.fg = s->pen.fg, .bg = s->pen.bg};
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
		sel_shadow_vt(s, "\033[?1047%c", on ? 'h' : 'l');
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
			sel_shadow_vt(s, "\033[%d%c", mode, csi->final);
		if (csi->leader != '?')
			continue;
		if (mode == 47 || mode == 1047 || mode == 1049)
			alternate_mode(s, mode, on);
		else if (mode == 1048 && on)
			cursor_save(s);
		else if (mode == 1048)
			cursor_restore(s);
		else if (mode == 6 || mode == 7 || mode == 69)
			sel_shadow_vt(s, "\033[?%d%c", mode, csi->final);
		else
			continue;
		s->fresh &= mode == 7;
	}
}

/* printf would be most of the work of a screen full of colours. */
static size_t put_number(char *to, int value)
{
	char digits[12];
	size_t n = 0;

	do
		digits[n++] = (char)('0' + value % 10);
	while ((value /= 10) > 0);
	for (size_t i = 0; i < n; i++)
		to[i] = digits[n - 1 - i];
	return n;
}

static void csi_feed(struct sel_shadow *s, const struct sel_csi *csi)
{
	char text[16 + SEL_CSI_ARGS * 12] = "\033[";
	size_t n = 2;

	if (csi->leader)
		text[n++] = csi->leader;
	for (unsigned i = 0; i < csi->n; i++) {
		if (csi->arg[i] >= 0)
			n += put_number(text + n, csi->arg[i]);
		if (i + 1 < csi->n)
			text[n++] = csi->sub[i] ? ':' : ';';
	}
	if (csi->intermediate)
		text[n++] = csi->intermediate;
	text[n++] = csi->final;
	vt_write(s, text, n);
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
	const struct sel_shadow_cell *cell = sel_shadow_cell(s, s->last.row, s->last.col);
	char text[CELL_CHARS * 4 + 1];
	size_t n = 0;
	VTermPos pos;

	vterm_state_get_cursorpos(s->state, &pos);
	if (!cell || !cell->ch[0] || s->last_width < 1)
		return;
	for (int i = 0; i < CELL_CHARS && cell->ch[i]; i++)
		n += sel_utf8(cell->ch[i], text + n);
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
		s->pen = (struct sel_pen){.fg = s->pen.fg, .bg = s->pen.bg};
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

/* What it is painted again with can end nothing and begin nothing. */
static bool link_plain(const struct sel_token *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->bytes[i] < ' ' || t->bytes[i] > '~')
			return false;
	return true;
}

/* OSC 8 ; parameters ; address: a link. Nothing else in a string is on the screen. */
static void string_token(struct sel_shadow *s, const struct sel_token *t)
{
	unsigned i;

	if (t->n < 3 || memcmp(t->bytes, "]8;", 3) != 0)
		return;
	s->pen.link = 0;
	if ((t->n == 4 && t->bytes[3] == ';') || !link_plain(t))
		return;
	for (i = 0; i < s->links_n; i++)
		if (strlen(s->links[i]) == t->n && memcmp(s->links[i], t->bytes, t->n) == 0)
			break;
	if (i == s->links_n) {
		if (i == SEL_SHADOW_LINKS)
			return;
		s->links[i] = strndup(t->bytes, t->n);
		if (!s->links[i])
			return;
		s->links_n++;
	}
	s->pen.link = (uint8_t)(i + 1);
}

void sel_shadow_token(void *ctx, const struct sel_token *t)
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
