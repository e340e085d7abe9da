/* The terminal is made ready for a panel, and given back. */
#include "shadow_parts.h"

#include <stdio.h>

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

void sel_shadow_legible(const struct sel_shadow *s, struct sel_bytes *out)
{
	odd_end(&s->modes, out);
	if (s->modes.colours || s->modes.odd)
		sel_bytes_str(out, "\033]104\033\\\033]110\033\\\033]111\033\\");
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

	sel_shadow_catch_up(s);
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
	sel_shadow_vt(s, "\033P$q%s\033\\", what);
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

static void cursor_back(struct sel_shadow *s, struct sel_painter *p)
{
	const struct sel_screen *m = &s->modes;
	int top = 1, bottom = s->rows, left = 1, right = s->cols;
	const struct sel_shadow_cell *cell = sel_shadow_cell(s, s->last.row, s->last.col);
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
		sel_paint_pen(p, &cell->pen);
		sel_paint_guard(p, cell->guarded);
	}
	sel_bytes_printf(p->out, "\033[%d;%dH", pos.row + 1, pos.col + 1);
	for (int i = 0; again && i < CELL_CHARS && cell->ch[i]; i++) {
		sel_bytes_utf8(p->out, cell->ch[i]);
	}
}

static void alternate_back(struct sel_shadow *s, struct sel_bytes *out)
{
	struct sel_painter p = {.s = s, .out = out, .row = -1, .col = -1};
	int guarded = 2, none;

	sel_bytes_str(out, "\033[?25l");
	lines_back(s, out);
	for (int row = 0; row < s->rows; row++)
		sel_paint_cells(&p, row, 0,
				vterm_state_get_lineinfo(s->state, row)->doublewidth ? s->cols / 2
										     : s->cols);
	cursor_back(s, &p);
	(void)ask(s, "\"q", &guarded, &none);
	sel_paint_guard(&p, guarded == 1);
	p.pen_known = false;
	sel_paint_pen(&p, &s->pen);
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
			sel_paint_link(s, out, s->pen.link);
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
