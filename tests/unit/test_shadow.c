/* What a popup does to a terminal is undone, exactly. Terminal A reads a program's bytes; terminal
 * B reads them, too, and at many places what a popup would write: the opening, a panel, the
 * closing. After each of them, and at the end, the two are compared cell by cell. Both are libvterm
 * as it is; what it does not know (dim text, links ...) is compared as bytes. */
#include "test.h"

#include <stdio.h>

#include "../../tui/bytes.c"
#include "../../tui/shadow.c"
#include "../../tui/shadow_paint.c"
#include "../../tui/shadow_panel.c"
#include "../../tui/shadow_read.c"
#include "../../tui/terminal.c"

/* --- terminals -------------------------------------------------------------------------------- */

struct terminal {
	VTerm *vt;
	VTermScreen *screen;
	int props[VTERM_N_PROPS];
	char modes[512]; /* its answers about modes and pen */
	size_t modes_n;
};

static int on_prop(VTermProp prop, VTermValue *value, void *user)
{
	struct terminal *t = user;

	if (prop != VTERM_PROP_TITLE && prop != VTERM_PROP_ICONNAME)
		t->props[prop] = value->number;
	return 1;
}

static void on_reply(const char *bytes, size_t n, void *user)
{
	struct terminal *t = user;

	for (size_t i = 0; i < n && t->modes_n + 1 < sizeof t->modes; i++)
		t->modes[t->modes_n++] = bytes[i];
	t->modes[t->modes_n] = '\0';
}

static const VTermScreenCallbacks screen_callbacks = {.settermprop = on_prop};

static void terminal_open(struct terminal *t, int rows, int cols)
{
	*t = (struct terminal){.vt = vterm_new(rows, cols)};
	vterm_set_utf8(t->vt, 1);
	vterm_output_set_callback(t->vt, on_reply, t);
	t->screen = vterm_obtain_screen(t->vt);
	vterm_screen_enable_altscreen(t->screen, 1);
	vterm_screen_set_callbacks(t->screen, &screen_callbacks, t);
	vterm_screen_reset(t->screen, 1);
}

static void terminal_write(struct terminal *t, const char *bytes, size_t n)
{
	if (n)
		(void)vterm_input_write(t->vt, bytes, n);
}

static bool at_rest(const struct sel_shadow *s)
{
	return s->modes.state == SEL_SCAN_GROUND && s->modes.n == 0;
}

/* Its modes, in its own words. */
static const char *modes_of(struct terminal *t)
{
	static const char asks[] = "\033P$qr\033\\\033P$qs\033\\\033P$qm\033\\\033P$q q\033\\\033P$"
				   "q\"q\033\\\033[?1$p\033[?6$p\033[?7$p\033[?25$p\033[?69$p"
				   "\033[?1000$p\033[?1002$p\033[?1003$p\033[?1004$p\033[?1005$p"
				   "\033[?1006$p\033[?1015$p\033[?1047$p\033[?2004$p";

	t->modes_n = 0;
	terminal_write(t, asks, sizeof asks - 1);
	return t->modes;
}

struct failure {
	const char *stream;
	size_t at;
};

static bool blank(const VTermScreenCell *c)
{
	return c->chars[0] == 0 || c->chars[0] == (uint32_t)-1;
}

static bool cells_equal(const VTermScreenCell *a, const VTermScreenCell *b)
{
	if (blank(a) != blank(b))
		return false;
	if (a->width == 2 && b->chars[0] == ' ') /* no room for it: shown as nothing */
		return true;
	if (a->chars[0] == (uint32_t)-1) /* it keeps whatever colour was there before */
		return true;
	if (!vterm_color_is_equal(&a->bg, &b->bg))
		return false;
	if (blank(a)) /* an erased cell has no letter to be bold */
		return true;
	for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && (a->chars[i] || b->chars[i]); i++)
		if (a->chars[i] != b->chars[i])
			return false;
	/* not the width: half a wide letter that was left over makes its neighbour wide there */
	return vterm_color_is_equal(&a->fg, &b->fg) && a->attrs.bold == b->attrs.bold &&
	       a->attrs.underline == b->attrs.underline && a->attrs.italic == b->attrs.italic &&
	       a->attrs.blink == b->attrs.blink && a->attrs.reverse == b->attrs.reverse &&
	       a->attrs.strike == b->attrs.strike && a->attrs.font == b->attrs.font &&
	       a->attrs.dwl == b->attrs.dwl && a->attrs.dhl == b->attrs.dhl;
}

static void print_bytes(const char *what, const char *s, size_t n)
{
	(void)fprintf(stderr, "%s: ", what);
	for (size_t i = 0; i < n; i++)
		if (s[i] >= 0x20 && s[i] < 0x7f && s[i] != '\\')
			(void)fputc(s[i], stderr);
		else
			(void)fprintf(stderr, "\\x%02x", (unsigned char)s[i]);
	(void)fputc('\n', stderr);
}

/* Its right half is not on the screen. */
static bool double_width(const struct terminal *t, int row)
{
	return vterm_state_get_lineinfo(vterm_obtain_state(t->vt), row)->doublewidth;
}

static const char *context;
static size_t context_n;

static void assert_equal(struct terminal *a, struct terminal *b, const char *stream, size_t at)
{
	int rows, cols;
	VTermPos pa, pb;

	vterm_get_size(a->vt, &rows, &cols);
	for (int row = 0; row < rows; row++)
		for (int col = 0; col < cols; col++) {
			const VTermPos pos = {row, col};
			VTermScreenCell ca, cb;

			(void)vterm_screen_get_cell(a->screen, pos, &ca);
			(void)vterm_screen_get_cell(b->screen, pos, &cb);
			if (cells_equal(&ca, &cb) || (col >= cols / 2 && double_width(a, row)))
				continue;
			print_bytes("before it", context, context_n);
			fail_msg("%s, byte %zu, row %d column %d: U+%x w%d instead of U+%x w%d "
				 "(bg %d/%d, bold %d/%d)",
				 stream, at, row, col, cb.chars[0], cb.width, ca.chars[0], ca.width,
				 cb.bg.type * 1000 + cb.bg.indexed.idx,
				 ca.bg.type * 1000 + ca.bg.indexed.idx, cb.attrs.bold,
				 ca.attrs.bold);
		}
	vterm_state_get_cursorpos(vterm_obtain_state(a->vt), &pa);
	vterm_state_get_cursorpos(vterm_obtain_state(b->vt), &pb);
	if (pa.row != pb.row || pa.col != pb.col) {
		print_bytes("before it", context, context_n);
		fail_msg("%s, byte %zu: the cursor is at %d,%d instead of %d,%d", stream, at,
			 pb.row, pb.col, pa.row, pa.col);
	}
	for (int i = 1; i < VTERM_N_PROPS; i++)
		if (a->props[i] != b->props[i]) {
			print_bytes("before it", context, context_n);
			fail_msg("%s, byte %zu: property %d is %d instead of %d", stream, at, i,
				 b->props[i], a->props[i]);
		}
}

static void assert_modes_equal(struct terminal *a, struct terminal *b, const char *stream,
			       size_t at)
{
	char *want = strdup(modes_of(a));

	assert_non_null(want);
	if (strcmp(want, modes_of(b)) != 0) {
		print_bytes("before it", context, context_n);
		print_bytes("want", want, strlen(want));
		print_bytes("have", b->modes, strlen(b->modes));
		fail_msg("%s, byte %zu: the modes differ", stream, at);
	}
	free(want);
}

/* --- the popup -------------------------------------------------------------------------------- */

/* Letters over a good part of the screen, wide ones too, in colours. */
static void panel(struct sel_shadow *s, struct sel_bytes *out, unsigned seed)
{
	int rows, cols, from, to;

	sel_shadow_size(s, &rows, &cols);
	from = (int)(seed % (unsigned)cols) / 2;
	to = from + 1 + (int)(seed / 7 % (unsigned)(cols - from));
	for (int row = (int)(seed % 3); row < rows; row++) {
		sel_shadow_paint(s, row, 0, from, out);
		sel_bytes_printf(out, "\033[%d;%dH\033[1;35m", row + 1, from + 1);
		for (int col = from; col < to; col++)
			sel_bytes_str(out, col + 2 < to && col % 5 == 0 ? (col++, "日") : "#");
		sel_bytes_str(out, "\033[0m");
		sel_shadow_paint(s, row, to, cols, out);
	}
	sel_bytes_str(out, "\033[1;1H\033[?25h");
}

static void popup(struct sel_shadow *s, struct terminal *b, unsigned seed)
{
	struct sel_bytes bytes = {0};

	sel_shadow_open(s, &bytes);
	panel(s, &bytes, seed);
	terminal_write(b, bytes.s, bytes.n);
	bytes.n = 0;
	sel_shadow_close(s, &bytes);
	assert_false(bytes.failed);
	terminal_write(b, bytes.s, bytes.n);
	sel_bytes_done(&bytes);
}

/* A popup every `step` bytes. */
static void compare(const char *stream, const char *bytes, size_t n, size_t step, int rows,
		    int cols, bool alternate)
{
	struct terminal a, b;
	struct sel_shadow *s;
	size_t at = 0;

	terminal_open(&a, rows, cols);
	terminal_open(&b, rows, cols);
	assert_int_equal(sel_shadow_new(rows, cols, &s), 0);
	if (alternate) {
		terminal_write(&a, "\033[?1049h\033[H", 11);
		terminal_write(&b, "\033[?1049h\033[H", 11);
		sel_shadow_feed(s, "\033[?1049h\033[H", 11);
	}
	while (at < n) {
		size_t piece = at + step < n ? step : n - at;

		/* libvterm 0.1 as a terminal loses a character that comes in two pieces */
		while (at + piece < n && ((unsigned char)bytes[at + piece] & 0xc0) == 0x80)
			piece++;
		terminal_write(&a, bytes + at, piece);
		terminal_write(&b, bytes + at, piece);
		sel_shadow_feed(s, bytes + at, piece);
		at += piece;
		context = bytes + (at > 150 ? at - 150 : 0);
		context_n = at > 150 ? 150 : at;
		if (alternate && !at_rest(s))
			continue; /* libvterm 0.1 itself crashes where CAN ends some sequences */
		popup(s, &b, (unsigned)(at * 2654435761u >> 7));
		if (!sel_shadow_modes(s)->alternate && alternate)
			break; /* left it: where the cursor was before, libvterm has forgotten */
		assert_equal(&a, &b, stream, at);
		if (at_rest(s))
			assert_modes_equal(&a, &b, stream, at);
	}
	sel_shadow_free(s);
	vterm_free(a.vt);
	vterm_free(b.vt);
}

/* --- recorded --------------------------------------------------------------------------------- */

/* One mode at a time: libvterm 0.1 reads the first of several only. */
static size_t modes_apart(char *bytes, size_t n, size_t cap)
{
	for (size_t i = 0; i + 3 < n; i++) {
		size_t k = i + 3;

		if (memcmp(bytes + i, "\033[?", 3) != 0)
			continue;
		while (k < n && bytes[k] >= '0' && bytes[k] <= '9')
			k++;
		if (k < n && bytes[k] == ';') {
			char final = 'h';

			for (size_t j = k; j < n; j++)
				if (bytes[j] == 'h' || bytes[j] == 'l') {
					final = bytes[j];
					break;
				}
			assert_true(n + 3 < cap);
			memmove(bytes + k + 4, bytes + k + 1, n - k - 1);
			bytes[k] = final;
			memcpy(bytes + k + 1, "\033[?", 3);
			n += 3;
		}
	}
	return n;
}

static char *stream_read(const char *name, size_t *ret_n)
{
	char path[512];
	char *bytes = malloc(1 << 20);
	FILE *file;

	(void)snprintf(path, sizeof path, "%s/%s.bin", STREAMS, name);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_non_null(bytes);
	*ret_n = fread(bytes, 1, 1 << 20, file);
	assert_true(*ret_n > 1000);
	(void)fclose(file);
	*ret_n = modes_apart(bytes, *ret_n, 1 << 20);
	return bytes;
}

static void a_popup_at_any_byte_of_a_program_leaves_no_trace(void **state)
{
	static const char *const names[] = {"vim", "less", "htop", "tmux"};

	(void)state;
	for (size_t i = 0; i < SEL_N(names); i++) {
		size_t n;
		char *bytes = stream_read(names[i], &n);

		compare(names[i], bytes, n, 97, 24, 80, false);
		compare(names[i], bytes, n, 13, 24, 80, false);
		compare(names[i], bytes, n < 3000 ? n : 3000, 1, 24, 80, false);
		free(bytes);
	}
}

/* --- random ----------------------------------------------------------------------------------- */

static uint64_t seed;

static unsigned dice(unsigned sides)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % sides;
}

static const char *const words[] = {
	"a",
	"text ",
	"wörter",
	"日本",
	"🙂",
	"|",
	"  ",
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxx",
	"\r\n",
	"\n",
	"\r",
	"\t",
	"\b",
	"\033D",
	"\033E",
	"\033M",
	"\033H",
	"\033(0",
	"\033(B",
	"\016",
	"\017",
	"\033)0",
	"\033)B",
	"\033*A",
	"\033=",
	"\033>",
	"\033#8",
	"\033]0;title\a",
	"\033]8;;http://h.test/\033\\",
	"\033]8;;\033\\",
	"\033[?25l",
	"\033[?25h",
	"\033[?7l",
	"\033[?7h",
	"\033[?6h",
	"\033[?6l",
	"\033[4h",
	"\033[4l",
	"\033[20h",
	"\033[20l",
	"\033[?69h",
	"\033[?69l",
	"\033[0\"q",
	"\033[?1000h",
	"\033[?1002h",
	"\033[?1003l",
	"\033[?1006h",
	"\033[?1006l",
	"\033[?1004h",
	"\033[?1004l",
	"\033[?2004h",
	"\033[?2004l",
	"\033[?2026h",
	"\033[?2026l",
	"\033[>1u",
	"\033[<u",
	"\033[>4;2m",
	"\033[>4m",
	"\033[3 q",
	"\033[6 q",
	"\033[?1h",
	"\033[?1l",
	"\033[0m",
	"\033[m",
	"\033[1;3;4m",
	"\033[2;9;5m",
	"\033[7m",
	"\033[22;23m",
	"\033[27m",
	"\033[4:3m",
	"\033[21m",
	"\033[31;42m",
	"\033[91;102m",
	"\033[38;5;208m",
	"\033[48;5;17m",
	"\033[38;2;1;2;3m",
	"\033[48;2;200;100;50m",
	"\033[39;49m",
	"\033[13m",
	"\033[r",
	"\033[?2J",
	"\033[?0K",
	"\033[1;1H",
	"\033[99;1H",
	"\033[1;999H",
	"\033[99;999H",
	"\033[3g",
	"\033N0",
	"\033OZ",
};

/* One piece of output. Where libvterm 0.1 differs from every terminal in use, and the shadow with
 * them (several modes in one sequence, CSI s, a repeat, what else is saved with the cursor), the
 * difference is kept out. */
#define PLAIN "\033(B\033)B\033*B\033+B\017\033[?6l\033[?25h"
static size_t random_piece(char *out, size_t cap)
{
	static const char finals[] = "@ABCDEFGHIJKLMPSTXZ`adef";
	unsigned what = dice(10);

	if (what < 6)
		return (size_t)snprintf(out, cap, "%s", words[dice(SEL_N(words))]);
	if (what == 6)
		return (size_t)snprintf(out, cap, "\033[%u;%ur", 1 + dice(8), 8 + dice(12));
	if (what == 7)
		return (size_t)snprintf(out, cap, "\033[%u;%uH", 1 + dice(20), 1 + dice(50));
	if (what == 8 && dice(4) == 0)
		return (size_t)snprintf(out, cap, PLAIN "\033%c", dice(2) ? '7' : '8');
	return (size_t)snprintf(out, cap, "\033[%u%c\033[%u;%uH", dice(12),
				finals[dice(sizeof finals - 1)], 1 + dice(20), 1 + dice(40));
}

static void a_popup_in_random_output_leaves_no_trace(void **state)
{
	static char bytes[8192];

	(void)state;
	for (unsigned round = 0; round < 400; round++) {
		char name[32];
		size_t n = 0;

		seed = round;
		while (n + 80 < sizeof bytes && n < 1500)
			n += random_piece(bytes + n, sizeof bytes - n);
		(void)snprintf(name, sizeof name, "random %u", round);
		compare(name, bytes, n, 1 + round % 40, 12 + (int)(round % 9), 30 + (int)round % 23,
			true);
	}
}

static void a_popup_over_lines_of_double_width_leaves_no_trace(void **state)
{
	static const char bytes[] = "\033[1;1Hplain\033[2;1Htwice\033#6\033[3;1Htop\033#3"
				    "\033[4;1Hbottom\033#4\033[2;3H\033[41mcd\033[5;1Hend";

	(void)state;
	compare("double width", bytes, sizeof bytes - 1, 3, 8, 20, true);
}

static void noise_does_no_harm(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		struct sel_shadow *s;
		struct sel_bytes out = {0};

		seed = round + 77;
		assert_int_equal(sel_shadow_new(1 + (int)dice(30), 1 + (int)dice(90), &s), 0);
		for (int i = 0; i < 200; i++) {
			char bytes[256];
			size_t n = 0;

			while (n < 200) {
				unsigned kind = dice(8);

				if (kind < 3)
					bytes[n++] = (char)dice(256);
				else if (kind < 5)
					n += random_piece(bytes + n, sizeof bytes - n - 1);
				else if (kind == 5)
					n += (size_t)sprintf(bytes + n, "\033[%u;%u;%u%c",
							     dice(4000000000u), dice(100),
							     dice(70000), '@' + (char)dice(62));
				else
					n += (size_t)sprintf(bytes + n,
							     "\033[;;;;;;;;;;;;;;;;;;;;;;;%c",
							     '@' + (char)dice(62));
				n = n < 200 ? n : 200;
			}
			sel_shadow_feed(s, bytes, n);
			if (dice(4) == 0)
				(void)sel_shadow_resize(s, 1 + (int)dice(30), 1 + (int)dice(90));
			if (dice(4) == 0) {
				sel_shadow_open(s, &out);
				panel(s, &out, dice(1000));
				sel_shadow_close(s, &out);
				out.n = 0;
			}
			if (dice(40) == 0)
				sel_shadow_cancel(s);
		}
		sel_shadow_sane(s, true, &out);
		assert_true(out.n <= SEL_SANE_MAX);
		sel_bytes_done(&out);
		sel_shadow_free(s);
	}
}

/* --- by hand ---------------------------------------------------------------------------------- */

static char *closing(const char *bytes)
{
	struct sel_shadow *s;
	struct sel_bytes out = {0};

	assert_int_equal(sel_shadow_new(3, 10, &s), 0);
	sel_shadow_feed(s, "\033[?1049h\033[H", 11);
	sel_shadow_feed(s, bytes, strlen(bytes));
	sel_shadow_open(s, &out);
	out.n = 0;
	sel_shadow_close(s, &out);
	sel_bytes_add(&out, "", 1);
	sel_shadow_free(s);
	return out.s;
}

static void what_libvterm_does_not_know_is_painted_again(void **state)
{
	static const struct {
		const char *bytes, *painted;
	} row[] = {
		{"\033[2mdim", "\033[0;2mdim"},
		{"\033[8mX", "\033[0;8mX"},
		{"\033[53mX", "\033[0;53mX"},
		{"\033[4;58;5;9mX", "\033[0;4m\033[58:5:9mX"},
		{"\033[4;58;2;1;2;3mX", "\033[58:2::1:2:3mX"},
		{"\033[4;58:2::1:2:3mX", "\033[58:2::1:2:3mX"},
		{"\033]8;id=1;http://h.test/\aX", "\033]8;id=1;http://h.test/\033\\\033[0mX"},
		{"\033]8;;http://h.test/\302\2332J\aX", "\033[0mX"},
		{"\033[2ma\033[22mb", "\033[0;2ma\033[0mb"},
		{"\033[2m\0337\033[m\0338a", "\033[0;2ma"},
		{"\033[1\"qa\033[0\"qb", "\033[1\"qa\033[2\"qb"},
		{"日\033[1;4Hx", "\033[1;1H\033[0m日"},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		char *painted = closing(row[i].bytes);

		if (!strstr(painted, row[i].painted)) {
			print_bytes("painted", painted, strlen(painted));
			fail_msg("row %zu: nothing like it was painted", i);
		}
		free(painted);
	}
}

/* libvterm counts them as one column to the left; a tab stop out there would be none of its memory.
 */
static void no_character_leads_out_of_the_screen(void **state)
{
	static const char *const streams[] = {
		"\302\220\302\220\033H", "\302\n\220\033H",	  "\302\033[m\220\033H",
		"\302\177\220\033H",	 "\033[?1049h\302\205\t",
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(streams); i++) {
		struct sel_shadow *s = NULL;
		VTermPos pos;

		assert_int_equal(sel_shadow_new(4, 10, &s), 0);
		for (const char *c = streams[i]; *c; c++)
			sel_shadow_feed(s, c, 1);
		sel_shadow_catch_up(s);
		vterm_state_get_cursorpos(s->state, &pos);
		if (pos.col < 0 || pos.col >= 10)
			fail_msg("row %zu: column %d", i, pos.col);
		sel_shadow_free(s);
	}
}

static void only_what_the_program_set_is_set_again(void **state)
{
	static const char *const modes[] = {"\033[?1000h", "\033[?1002h", "\033[?1006h",
					    "\033[?2026h", "\033[>4;2m",  "\033[4h",
					    "\033[?9001h", "\033[?69h"};

	(void)state;
	for (size_t i = 0; i <= SEL_N(modes); i++) {
		char *painted = closing(i < SEL_N(modes) ? modes[i] : "");

		for (size_t k = 0; k < SEL_N(modes); k++)
			if ((strstr(painted, modes[k]) != NULL) != (i == k))
				fail_msg("%zu: mode %zu", i, k);
		free(painted);
	}
}

static void an_unfinished_sequence_goes_on_after_the_popup(void **state)
{
	static const char *const cut[] = {"\033",     "\033[3",	 "\033]0;tit",	"\xe6\x97",
					  "\033[?10", "\033P+q", "\033]0;x\033"};

	(void)state;
	for (size_t i = 0; i < SEL_N(cut); i++) {
		char *painted = closing(cut[i]);
		size_t n = strlen(painted), k = strlen(cut[i]);

		assert_true(n >= k);
		assert_string_equal(painted + n - k, cut[i]);
		free(painted);
	}
}

/* On the main screen the terminal itself restores: nothing of it is painted. */
static void the_main_screen_is_left_to_the_terminal(void **state)
{
	struct sel_shadow *s;
	struct sel_bytes out = {0};

	(void)state;
	assert_int_equal(sel_shadow_new(5, 20, &s), 0);
	sel_shadow_feed(s, "secret words\033[?2004h", 20);
	sel_shadow_open(s, &out);
	sel_bytes_add(&out, "", 1);
	assert_non_null(strstr(out.s, "\033[?1049h"));
	out.n = 0;
	sel_shadow_close(s, &out);
	sel_bytes_add(&out, "", 1);
	assert_non_null(strstr(out.s, "\033[?1049l"));
	assert_null(strstr(out.s, "words"));
	assert_null(strstr(out.s, "2004"));
	sel_bytes_done(&out);
	sel_shadow_free(s);
}

/* Much is written before a full-screen program starts: what counts is how it left the modes. */
static void a_long_past_is_forgotten_but_for_its_modes(void **state)
{
	struct sel_shadow *s;
	struct sel_bytes out = {0};
	static char line[1000];

	(void)state;
	memset(line, 'x', sizeof line - 1);
	line[sizeof line - 2] = '\n';
	assert_int_equal(sel_shadow_new(5, 20, &s), 0);
	sel_shadow_feed(s, "\033[4h\033(0", 7);
	for (int i = 0; i < 1000; i++)
		sel_shadow_feed(s, line, sizeof line - 1);
	sel_shadow_feed(s, "\033[?1049h\033[Hab\033[Hc", 18);
	sel_shadow_open(s, &out);
	out.n = 0;
	sel_shadow_close(s, &out);
	sel_bytes_add(&out, "", 1);
	assert_non_null(strstr(out.s, "cab"));
	assert_non_null(strstr(out.s, "\033(0"));
	assert_non_null(strstr(out.s, "\033[4h"));
	sel_bytes_done(&out);
	sel_shadow_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_popup_at_any_byte_of_a_program_leaves_no_trace),
		cmocka_unit_test(a_popup_in_random_output_leaves_no_trace),
		cmocka_unit_test(a_popup_over_lines_of_double_width_leaves_no_trace),
		cmocka_unit_test(noise_does_no_harm),
		cmocka_unit_test(what_libvterm_does_not_know_is_painted_again),
		cmocka_unit_test(no_character_leads_out_of_the_screen),
		cmocka_unit_test(only_what_the_program_set_is_set_again),
		cmocka_unit_test(an_unfinished_sequence_goes_on_after_the_popup),
		cmocka_unit_test(the_main_screen_is_left_to_the_terminal),
		cmocka_unit_test(a_long_past_is_forgotten_but_for_its_modes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
