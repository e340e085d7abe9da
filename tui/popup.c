#include "popup.h"

#include "view.h"

#include <stdio.h>

#define WIDTH_MAX   110
#define LATER_USEC  (20 * USEC_PER_SEC)	  /* put off with Esc: it comes back */
#define LINGER_USEC (250 * USEC_PER_MSEC) /* a second 'y' is not for the program */
#define REPLY_MAX   (64 * 1024)
/* The terminal is asked, behind the panel, whether it has come so far (run_prompt.c); one that
 * never answers gets this long. */
#define MUTE_USEC (5 * USEC_PER_SEC)
/* After a paste, whose end the pasted text may pretend. */
#define PASTE_USEC (400 * USEC_PER_MSEC)

/* The terminal's replies among what is typed. */
struct replies {
	enum { R_GROUND, R_ESC, R_CSI, R_STRING, R_STRING_ESC } state;
	struct sel_bytes seq;
	size_t given; /* so much of it the program has had */
	bool paste, unfocused;
};

struct rect {
	int row, col, rows, cols;
};

struct sel_popup {
	void (*send)(void *ctx, json_t *take);
	void *ctx;
	struct sel_model model;
	struct sel_ui ui;
	struct sel_input input;
	struct replies replies;

	bool open, drawn, unfocused_before;
	bool pinged, seen; /* the terminal was asked whether it has come so far; it has */
	bool guarded;	   /* as it is drawn: the keys do not work yet */
	usec_t written;	   /* all of the panel, first; 0: not yet */
	usec_t deaf_until;
	usec_t later, answered; /* not before; when */
	char last;		/* the byte that the last key was */
	struct sel_canvas canvas, shown;
	struct rect at;
	struct sel_drawn drawing;
	int rows_needed; /* of the open question, at most so far: a panel does not jump */
	usec_t ticked;
	char looks[2][SEL_ROLE_N][32]; /* of each role on this terminal; [1]: without its palette */
};

static void looks_init(struct sel_popup *p, enum sel_theme theme);

int sel_popup_new(bool utf8, enum sel_theme theme, void (*send)(void *ctx, json_t *take), void *ctx,
		  struct sel_popup **ret)
{
	struct sel_popup *p = calloc(1, sizeof *p);

	if (!p)
		return -ENOMEM;
	p->send = send;
	p->ctx = ctx;
	sel_model_init(&p->model, utf8);
	sel_ui_init(&p->ui);
	looks_init(p, theme);
	*ret = p;
	return 0;
}

void sel_popup_free(struct sel_popup *p)
{
	if (!p)
		return;
	sel_model_done(&p->model);
	sel_canvas_done(&p->canvas);
	sel_canvas_done(&p->shown);
	sel_bytes_done(&p->replies.seq);
	free(p);
}

/* --- which question --------------------------------------------------------------------------- */

static bool asked(const struct sel_popup *p)
{
	return p->ui.id[0] && (p->ui.view == SEL_VIEW_DIALOG || p->ui.view == SEL_VIEW_FULL ||
			       (p->ui.view == SEL_VIEW_HELP && (p->ui.behind == SEL_VIEW_DIALOG ||
								p->ui.behind == SEL_VIEW_FULL)));
}

static const struct sel_entry *candidate(const struct sel_popup *p)
{
	for (size_t i = 0; i < p->model.n_questions; i++)
		if (!p->model.questions[i].sent)
			return &p->model.questions[i];
	return NULL;
}

bool sel_popup_wants(struct sel_popup *p, usec_t now)
{
	return !p->open && now >= p->later && candidate(p);
}

bool sel_popup_is_open(const struct sel_popup *p)
{
	return p->open;
}

static void perform(struct sel_popup *p, struct sel_ui_effect *e, usec_t now)
{
	switch (e->kind) {
	case SEL_EFFECT_ANSWER:
		if (e->reply.token)
			e->reply.token = e->token;
		if (e->reply.note)
			e->reply.note = e->note;
		p->answered = now;
		p->send(p->ctx, sel_reply_message(e->id, &e->reply));
		break;
	case SEL_EFFECT_OPENED:
	case SEL_EFFECT_HOLD:
		p->send(p->ctx, json_pack("{s:s, s:s}", "type", "hold", "id", e->id));
		break;
	case SEL_EFFECT_NONE:
	case SEL_EFFECT_QUIT:
	case SEL_EFFECT_SUSPEND:
	case SEL_EFFECT_REDRAW:
	case SEL_EFFECT_READ:
	case SEL_EFFECT_DO:
		break;
	}
}

static void open_next(struct sel_popup *p, usec_t now)
{
	const struct sel_entry *e;
	struct sel_ui_effect effect;

	sel_model_sort(&p->model);
	e = candidate(p);
	if (!e)
		return;
	p->ui.view = SEL_VIEW_NOW;
	p->ui.pane = SEL_PANE_QUESTIONS;
	p->ui.filtering = false;
	p->ui.filter[0] = '\0';
	(void)snprintf(p->ui.selected, sizeof p->ui.selected, "%s", e->q.id);
	sel_ui_key(&p->ui, &p->model, SEL_KEY_ENTER, now, &effect);
	perform(p, &effect, now);
	p->input = (struct sel_input){0};
	p->rows_needed = 0;
}

void sel_popup_open(struct sel_popup *p, usec_t now)
{
	p->open = true;
	p->drawn = p->pinged = p->seen = false;
	p->written = p->deaf_until = 0;
	p->unfocused_before = p->replies.unfocused;
	p->ui.focus_lost = p->replies.unfocused;
	open_next(p, now);
	p->open = asked(p);
}

void sel_popup_close(struct sel_popup *p, const struct sel_shadow *s, usec_t now,
		     struct sel_bytes *program)
{
	if (asked(p) || p->ui.view != SEL_VIEW_NOW) { /* closed from outside: asked anew later */
		p->ui.view = SEL_VIEW_NOW;
		p->ui.typing = false;
		p->ui.id[0] = '\0';
	}
	(void)now;
	p->open = false;
	if (p->replies.state > R_ESC && !p->replies.seq.failed) /* the rest of it goes there, too */
		sel_bytes_add(program, p->replies.seq.s + p->replies.given,
			      p->replies.seq.n - p->replies.given);
	p->replies.given = p->replies.seq.n;
	if (sel_shadow_tells_focus(s) && p->replies.unfocused != p->unfocused_before)
		sel_bytes_str(program, p->replies.unfocused ? "\033[O" : "\033[I");
}

/* After anything that may have ended the question on the screen. */
static enum sel_popup_event go_on(struct sel_popup *p, usec_t now, bool left)
{
	if (!p->open)
		return SEL_POPUP_NOTHING;
	if (asked(p))
		return SEL_POPUP_REDRAW;
	if (left) {
		p->later = now + LATER_USEC;
		return SEL_POPUP_CLOSE;
	}
	open_next(p, now);
	return asked(p) ? SEL_POPUP_REDRAW : SEL_POPUP_CLOSE;
}

enum sel_popup_event sel_popup_message(struct sel_popup *p, const char *session, json_t *m,
				       usec_t now, usec_t real)
{
	sel_model_message(&p->model, session, m, sel_ui_reading(&p->ui, now), now, real);
	sel_ui_sync(&p->ui, &p->model, now);
	return go_on(p, now, false);
}

/* --- drawing ---------------------------------------------------------------------------------- */

static bool term_has(const char *part)
{
	const char *term = getenv("TERM");

	return term && strstr(term, part);
}

/* Where a program gave the palette other colors, these are none of it. */
#define EXACT_COLOURS ";38;2;229;229;229;48;2;0;0;0"

/* Told by its name: the terminfo entry is the console's affair, a front that relays reads none. */
static int colors_of_terminal(void)
{
	if (term_has("mono") || term_has("vt1") || term_has("vt2"))
		return 0;
	if (term_has("256") || term_has("direct") || getenv("COLORTERM"))
		return 256;
	return term_has("16color") ? 16 : 8;
}

static void look_put(char *out, size_t cap, int attr, int color)
{
	char fg[24] = "";

	if (color >= 16)
		(void)snprintf(fg, sizeof fg, ";38;5;%d", color);
	else if (color >= 0)
		(void)snprintf(fg, sizeof fg, ";%d", color < 8 ? 30 + color : 82 + color);
	(void)snprintf(out, cap, "%s%s%s%s", attr & SEL_LOOK_BOLD ? ";1" : "",
		       attr & SEL_LOOK_DIM ? ";2" : "", attr & SEL_LOOK_REVERSE ? ";7" : "", fg);
}

static void looks_init(struct sel_popup *p, enum sel_theme theme)
{
	bool none = theme == SEL_THEME_NONE || sel_colorless();
	int colors = none ? 0 : colors_of_terminal();
	bool light =
		theme == SEL_THEME_LIGHT || (theme == SEL_THEME_ASK && sel_background_named() == 1);

	for (int i = 0; i < SEL_ROLE_N; i++) {
		const struct sel_look *l = &sel_looks[i];

		look_put(p->looks[0][i], sizeof p->looks[0][i], colors ? l->attr : l->mono,
			 sel_look_color((enum sel_role)i, colors, light));
		look_put(p->looks[1][i], sizeof p->looks[1][i], l->mono, -1);
	}
}

static void put_wide(struct sel_bytes *out, wchar_t wc)
{
	uint32_t cp = (uint32_t)wc;
	char c[4];
	size_t n = 0;

	if (cp < 0x80) {
		c[n++] = (char)cp;
	} else if (cp < 0x800) {
		c[n++] = (char)(0xc0 | cp >> 6);
		c[n++] = (char)(0x80 | (cp & 0x3f));
	} else if (cp < 0x10000) {
		c[n++] = (char)(0xe0 | cp >> 12);
		c[n++] = (char)(0x80 | (cp >> 6 & 0x3f));
		c[n++] = (char)(0x80 | (cp & 0x3f));
	} else {
		c[n++] = (char)(0xf0 | cp >> 18);
		c[n++] = (char)(0x80 | (cp >> 12 & 0x3f));
		c[n++] = (char)(0x80 | (cp >> 6 & 0x3f));
		c[n++] = (char)(0x80 | (cp & 0x3f));
	}
	sel_bytes_add(out, c, n);
}

/* Absolutely placed after every letter that another terminal might find wider. */
static void put_row(const struct sel_popup *p, int row, bool own, struct sel_bytes *out)
{
	const struct sel_cell_data *cells = &p->canvas.cells[(size_t)row * (size_t)p->canvas.cols];
	const char *look = NULL;
	bool placed = false;

	for (int col = 0; col < p->canvas.cols; col++) {
		const struct sel_cell_data *cell = &cells[col];

		if (cell->tail)
			continue;
		if (!placed)
			sel_bytes_printf(out, "\033[%d;%dH", p->at.row + row + 1,
					 p->at.col + col + 1);
		if (!look || strcmp(look, p->looks[own][cell->role]) != 0) {
			look = p->looks[own][cell->role];
			sel_bytes_printf(out, "\033[0%s%sm", own ? EXACT_COLOURS : "", look);
		}
		if (!cell->ch[0])
			sel_bytes_str(out, " ");
		for (int i = 0; i < SEL_CELL_CHARS && cell->ch[i]; i++)
			put_wide(out, cell->ch[i]);
		placed = cell->ch[0] < 0x7f && !cell->ch[1];
	}
	sel_bytes_str(out, "\033[0m");
}

/* Each tier has its place: the grave ones on top, the small ones at the foot. */
static struct rect place(struct sel_popup *p, int rows, int cols)
{
	const struct sel_entry *e = sel_model_find(&p->model, p->ui.id);
	struct rect r = {.cols = cols < WIDTH_MAX ? cols : WIDTH_MAX};
	int need = sel_view_panel_rows(&p->ui, &p->model, rows, r.cols, p->model.utf8);

	if (p->ui.view == SEL_VIEW_DIALOG) {
		p->rows_needed = need > p->rows_needed ? need : p->rows_needed;
		need = p->rows_needed;
	}
	r.rows = need < rows ? need : rows;
	r.col = (cols - r.cols) / 2;
	r.row = !e || e->q.tier >= 3 ? 0 : e->q.tier == 2 ? (rows - r.rows) / 2 : rows - r.rows;
	return r;
}

static bool canvas_fit(struct sel_canvas *c, const struct rect *r, bool utf8)
{
	if (c->cells && c->rows == r->rows && c->cols == r->cols)
		return true;
	sel_canvas_done(c);
	return sel_canvas_init(c, r->rows, r->cols, utf8) == 0;
}

static bool row_same(const struct sel_popup *p, int row)
{
	size_t at = (size_t)row * (size_t)p->canvas.cols;

	return memcmp(&p->canvas.cells[at], &p->shown.cells[at],
		      (size_t)p->canvas.cols * sizeof *p->canvas.cells) == 0;
}

void sel_popup_draw(struct sel_popup *p, struct sel_shadow *s, bool all, usec_t now, usec_t real,
		    struct sel_bytes *out)
{
	struct rect before = p->at;
	int rows, cols;

	if (!p->open)
		return;
	sel_shadow_size(s, &rows, &cols);
	p->at = place(p, rows, cols);
	p->drawing = (struct sel_drawn){0};
	all |= memcmp(&before, &p->at, sizeof before) != 0 || !p->shown.cells;
	if (!canvas_fit(&p->canvas, &p->at, p->model.utf8) ||
	    !canvas_fit(&p->shown, &p->at, p->model.utf8))
		return;
	sel_view_panel(&p->canvas, &p->ui, &p->model, now, real, &p->drawing);
	sel_bytes_str(out, "\033[?25l");
	for (int row = 0; all && row < rows; row++) {
		bool panel = row >= p->at.row && row < p->at.row + p->at.rows;

		sel_shadow_paint(s, row, 0, panel ? p->at.col : cols, out);
		if (panel)
			sel_shadow_paint(s, row, p->at.col + p->at.cols, cols, out);
	}
	for (int row = 0; row < p->at.rows; row++)
		if (all || !row_same(p, row))
			put_row(p, row, sel_shadow_recolored(s), out);
	sel_bytes_printf(out, "\033[%d;%dH\033[?25h", p->at.row + p->canvas.cursor_row + 1,
			 p->at.col + p->canvas.cursor_col + 1);
	memcpy(p->shown.cells, p->canvas.cells,
	       (size_t)p->at.rows * (size_t)p->at.cols * sizeof *p->canvas.cells);
	if (!p->pinged)
		sel_bytes_str(out, "\033[5n");
	p->pinged = true;
	p->guarded = p->ui.guard_until > now;
	p->ticked = now;
	if (out->failed) { /* none of it is shown, so none of it was read */
		p->drawing = (struct sel_drawn){0};
		sel_canvas_done(&p->shown);
		p->pinged = p->seen;
	}
}

bool sel_popup_drawn(struct sel_popup *p, usec_t now)
{
	bool whole = p->ui.whole;

	if (!p->open)
		return false;
	p->written = p->written ? p->written : now;
	if (!p->seen && now < p->written + MUTE_USEC)
		return false;
	p->drawn = true;
	sel_ui_drawn(&p->ui, &p->model, &p->drawing, now);
	p->guarded |= p->ui.guard_until > now;
	return whole != p->ui.whole;
}

/* --- input ------------------------------------------------------------------------------------ */

/* Is it what a terminal says when it was asked, and what no key sends? Shift-F3 looks like the
 * report of a cursor: that one passes only if the program asked for it. */
static bool is_reply(const char *seq, size_t n, struct sel_shadow *s)
{
	char leader = n > 2 ? seq[2] : '\0', final = seq[n - 1];

	if (seq[1] != '[')
		return true; /* a string */
	if (final == 'R')
		return sel_shadow_cpr_given(s);
	return (final == 'c' && (leader == '?' || leader == '>' || leader == '=')) ||
	       (final == 'y' && n > 3 && seq[n - 2] == '$') || (final == 'u' && leader == '?') ||
	       (final == 'S' && leader == '?') || final == 'n' || final == 't';
}

/* "All is well", and the program did not ask. Where its questions cannot be followed, no answer
 * counts as ours. */
static bool is_ours(struct sel_popup *p, const char *seq, size_t n, struct sel_shadow *s)
{
	if (n != 4 || seq[1] != '[' || seq[3] != 'n' || sel_shadow_dsr_given(s) || !p->pinged)
		return false;
	p->seen |= p->open && !sel_shadow_odd(s);
	return true;
}

static void reply_done(struct sel_popup *p, struct sel_shadow *s, struct sel_bytes *program)
{
	struct replies *r = &p->replies;
	const char *seq = r->seq.s;
	size_t n = r->seq.n;

	r->state = R_GROUND;
	if (!n || r->seq.failed)
		return;
	if (n == 6 && memcmp(seq, "\033[200~", 6) == 0)
		r->paste = true;
	else if (n == 6 && memcmp(seq, "\033[201~", 6) == 0)
		r->paste = false;
	else if (!r->paste && n == 3 && seq[1] == '[' && (seq[2] == 'I' || seq[2] == 'O'))
		r->unfocused = seq[2] == 'O';
	else if (!r->paste && !is_ours(p, seq, n, s) && is_reply(seq, n, s) && program)
		sel_bytes_add(program, seq + r->given, n - r->given);
	r->seq.n = r->given = 0;
}

static void reply_byte(struct sel_popup *p, struct sel_shadow *s, char c, struct sel_bytes *program)
{
	struct replies *r = &p->replies;

	if (r->state == R_GROUND && c != '\033')
		return;
	if (c == '\033' && r->state != R_STRING && r->state != R_STRING_ESC) {
		r->seq.n = r->given = 0;
		r->state = R_ESC;
	} else if (r->state == R_ESC) {
		r->state = c == '[' ? R_CSI : c && strchr("]P_^", c) != NULL ? R_STRING : R_GROUND;
	}
	if (r->seq.n < REPLY_MAX)
		sel_bytes_add(&r->seq, &c, 1);
	else
		r->state = R_GROUND;
	if ((r->state == R_CSI && r->seq.n > 2 && c >= 0x40 && c <= 0x7e) ||
	    (r->state == R_STRING && c == '\a') || (r->state == R_STRING_ESC && c == '\\'))
		reply_done(p, s, program);
	else if (r->state == R_STRING_ESC)
		r->state = c == '\033' ? R_STRING_ESC : R_STRING;
	else if (r->state == R_STRING && c == '\033')
		r->state = R_STRING_ESC;
}

void sel_popup_swallow(struct sel_popup *p, struct sel_shadow *s, const char *bytes, size_t n,
		       struct sel_bytes *program)
{
	for (size_t i = 0; i < n; i++)
		reply_byte(p, s, bytes[i], program);
}

void sel_popup_pass(struct sel_popup *p, struct sel_shadow *s, const char *bytes, size_t n)
{
	sel_popup_swallow(p, s, bytes, n, NULL);
	p->replies.given = p->replies.seq.n;
}

void sel_popup_linger(struct sel_popup *p, struct sel_shadow *s, const char *bytes, size_t n,
		      struct sel_bytes *program)
{
	for (size_t i = 0; i < n; i++) {
		bool key = p->replies.state == R_GROUND && bytes[i] != '\033';

		if (p->answered && key && (bytes[i] == p->last || bytes[i] == '\r'))
			continue;
		if (key)
			p->answered = 0; /* the hand is at the program again */
		sel_popup_pass(p, s, &bytes[i], 1);
		sel_bytes_add(program, &bytes[i], 1);
	}
}

/* ^C is no answer either: it leads back to the program, as Esc does. What the mouse or a reply to
 * the program makes is no key here. */
static int key_of(int key)
{
	return key == 3 ? SEL_KEY_ESC : key >= SEL_KEY_CLICK ? SEL_KEY_NONE : key;
}

/* Whoever goes on typing at the program has not looked up yet: nothing but Esc works, and the guard
 * starts anew. True if the key is not to count. */
static bool too_early(struct sel_popup *p, int key, usec_t now)
{
	bool question = p->ui.view == SEL_VIEW_DIALOG || p->ui.view == SEL_VIEW_FULL;

	if (!question || (p->ui.guard_until && now >= p->ui.guard_until))
		return false;
	if (key == SEL_KEY_ESC || key == SEL_KEY_CTRL_L || key == SEL_KEY_CTRL_Z ||
	    key == SEL_KEY_FOCUS_IN || key == SEL_KEY_FOCUS_OUT)
		return false;
	if (p->ui.guard_until && p->ui.guard_until < now + SEL_GUARD_USEC)
		p->ui.guard_until = now + SEL_GUARD_USEC;
	return true;
}

static enum sel_popup_event key(struct sel_popup *p, int k, usec_t now)
{
	struct sel_ui_effect effect;

	k = key_of(k);
	if (k == SEL_KEY_NONE || too_early(p, k, now))
		return SEL_POPUP_NOTHING;
	sel_ui_key(&p->ui, &p->model, k, now, &effect);
	if (effect.kind == SEL_EFFECT_SUSPEND)
		return SEL_POPUP_SUSPEND;
	perform(p, &effect, now);
	return go_on(p, now, effect.kind != SEL_EFFECT_ANSWER);
}

/* Printable keys in one read, outside every sequence. */
static size_t plain_keys(const char *bytes, size_t n)
{
	size_t plain = 0;

	for (size_t i = 0; i < n; i++) {
		if (bytes[i] == '\033')
			return 0;
		plain += (unsigned char)bytes[i] >= 0x20 && (unsigned char)bytes[i] < 0x7f;
	}
	return plain;
}

/* A letter, or Enter, that came in one read with a sequence, or right after a paste: no hand does
 * that, but a paste that pretends its end, or a mouse that counts on. */
static bool beside(const struct sel_popup *p, int k, bool sequence, usec_t now)
{
	return (sequence || now < p->deaf_until) && k != SEL_KEY_ESC && k < SEL_KEY_UP;
}

enum sel_popup_event sel_popup_input(struct sel_popup *p, struct sel_shadow *s, const char *bytes,
				     size_t n, usec_t now, struct sel_bytes *program)
{
	enum sel_popup_event event = SEL_POPUP_NOTHING;
	bool several = !p->ui.typing && plain_keys(bytes, n) > 1;
	bool sequence = memchr(bytes, '\033', n) != NULL, pasted = p->replies.paste;

	if (!p->drawn) {
		sel_popup_swallow(p, s, bytes, n, program);
		return p->seen ? SEL_POPUP_REDRAW : event;
	}
	if (several)
		(void)too_early(p, ' ', now);
	for (size_t i = 0; i < n; i++) {
		char before[sizeof p->ui.id];
		enum sel_popup_event one;
		int k;

		reply_byte(p, s, bytes[i], program);
		k = sel_input_byte(&p->input, (uint8_t)bytes[i], now);
		pasted |= p->replies.paste;
		if (several || event > SEL_POPUP_REDRAW || beside(p, k, sequence, now))
			continue;
		(void)snprintf(before, sizeof before, "%s", p->ui.id);
		p->last = bytes[i];
		one = key(p, k, now);
		event = one > event ? one : event;
		/* the rest was typed at another question */
		several = strcmp(before, p->ui.id) != 0;
	}
	if (pasted)
		p->deaf_until = now + PASTE_USEC;
	return event;
}

bool sel_popup_lingers(const struct sel_popup *p, usec_t now)
{
	return p->answered && now < p->answered + LINGER_USEC;
}

usec_t sel_popup_wait(const struct sel_popup *p, usec_t now)
{
	usec_t ui, input, tick;

	if (!p->open)
		return candidate(p) && p->later > now ? p->later - now : USEC_INFINITY;
	ui = sel_ui_wait(&p->ui, now);
	input = sel_input_wait(&p->input, now);
	if (p->guarded && now >= p->ui.guard_until) /* the keys work now: that is to be seen */
		return 0;
	tick = p->ticked + USEC_PER_SEC > now ? p->ticked + USEC_PER_SEC - now : 0;
	ui = ui < input ? ui : input;
	return ui < tick ? ui : tick;
}

enum sel_popup_event sel_popup_tick(struct sel_popup *p, usec_t now)
{
	enum sel_popup_event event;

	if (!p->open)
		return SEL_POPUP_NOTHING;
	event = key(p, sel_input_idle(&p->input, now), now);
	return event == SEL_POPUP_NOTHING ? SEL_POPUP_REDRAW : event;
}
