/* The question in lines, on the main screen. */
#include "run_parts.h"
#include "seldom/action.h"

#include <poll.h>
#include <stdio.h>

/* Whatever a program left the terminal in, a question must be readable: ends an unfinished
 * sequence, margins, origin and insert mode, hidden text, other character sets and held-back
 * updates. */
#define SANE                                                                                       \
	"\030\033\\\033[?2026l\0337\033[?6l\033[?69l\033[r\0338"                                   \
	"\033[0m\017\033(B\033[4l\033[?7h\033[?25h"
#define MODES_ON "\x1b[?2004h\x1b[?1004h"

const char *run_question_id(const json_t *question)
{
	const char *id = json_string_value(json_object_get(question, "id"));

	return id ? id : "";
}

bool run_output_pauses(const struct run *r)
{
	struct pollfd p = {.fd = r->pty_eof ? -1 : r->master, .events = POLLIN};

	return r->out.n == 0 && !run_ui_pending(r) && poll(&p, 1, 0) == 0;
}

void run_prompt_draw(struct run *r, usec_t now)
{
	_cleanup_free_ char *text = NULL;

	r->prompt.others = json_array_size(r->questions) - 1;
	text = sel_prompt_draw(&r->prompt, now);
	if (!text)
		return;
	run_ui_add(r, text);
	r->drawn = false;
}

void run_prompt_raw(struct run *r)
{
	if (!r->tty.raw && sel_tty_raw(&r->tty) == 0)
		r->raw_for_prompt = true;
}

static void prompt_legible(struct run *r)
{
	struct sel_bytes out = {0};

	sel_shadow_legible(r->shadow, &out);
	run_ui_bytes(r, out.s, out.n);
	sel_bytes_done(&out);
	run_ui_add(r, MODES_ON);
}

static void prompt_start(struct run *r, json_t *question, usec_t now)
{
	int rows, columns;

	run_prompt_raw(r);
	run_ui_add(r, r->opt.plain ? "\x18" : SANE);
	if (run_modes(r)->midline)
		run_ui_add(r, "\r\n");
	sel_shadow_cancel(r->shadow);
	run_modes(r)->midline = false;
	if (!r->opt.plain)
		prompt_legible(r);
	sel_tty_size(&r->tty, &rows, &columns);
	sel_prompt_open(&r->prompt, question, rows, columns, now);
	r->keys = (struct sel_keys){0};
	run_prompt_draw(r, now);
	r->written = 0;
	r->seen = r->opt.plain || !run_terminal_capable();
	if (!r->seen)
		run_ui_add(r, "\033[5n");
}

void run_prompt_release(struct run *r)
{
	if (r->asked)
		sel_tty_unlock(&r->tty, SEL_TTY_PROMPT);
	r->asked = 0;
}

/* Takes the prompt away; the program's output goes on. */
void run_prompt_end(struct run *r)
{
	run_popup_end(r);
	if (!r->prompt.question) {
		run_prompt_release(r);
		return;
	}
	run_ui_add(r, "\r\n");
	if (!r->opt.plain) {
		run_ui_add(r, run_modes(r)->paste ? "" : "\x1b[?2004l");
		run_ui_add(r, run_modes(r)->focus ? "" : "\x1b[?1004l");
	}
	sel_prompt_close(&r->prompt);
	if (r->raw_for_prompt) {
		run_flush(r);
		sel_tty_restore(&r->tty);
		r->raw_for_prompt = false;
	}
	run_prompt_release(r);
	free(sel_steal_ptr(&r->decided));
	run_say_in_terminal(r);
}

/* The question cannot be asked here now: a bell, once, or a word, once. */
static void prompt_elsewhere(struct run *r, const char *id, bool bell)
{
	if (r->rang && strcmp(r->rang, id) == 0)
		return;
	if (bell && run_modes(r)->state != SEL_SCAN_GROUND)
		return; /* in the middle of a sequence a bell would be its end */
	free(r->rang);
	r->rang = strdup(id);
	if (bell)
		run_ui_add(r, "\a");
	else if (r->tty.std[2])
		run_say(r, "a question waits: seldom answer %s allow|deny", id);
}

void run_prompt_look(struct run *r, usec_t now)
{
	json_t *question = json_array_get(r->questions, 0);

	if (!question && !r->prompt.question)
		run_prompt_release(r); /* gone while we waited for a pause */
	if (run_asking(r) || !question || !run_terminal_usable(r) || r->master < 0)
		return;
	r->next_look = now + RUN_LOOK_USEC;
	if (r->foreground && !r->opt.no_popup && run_tmux_look(r, run_question_id(question), now)) {
		run_prompt_release(r);
		return;
	}
	if (r->foreground && run_full_screen(r) && run_popup_possible(r)) {
		run_popup_look(r, now);
		return;
	}
	if (r->opt.no_popup || !r->foreground || run_full_screen(r)) {
		bool bell = !r->opt.no_popup && r->foreground;

		run_prompt_release(r);
		prompt_elsewhere(r, run_question_id(question), bell);
		return;
	}
	if (sel_tty_lock(&r->tty, SEL_TTY_PROMPT) < 0)
		return;
	if (!r->asked)
		r->asked = now;
	if (!run_output_pauses(r) && now < r->asked + RUN_PAUSE_USEC) {
		r->next_look = now + 10 * USEC_PER_MSEC;
		return;
	}
	prompt_start(r, question, now);
}

/* "allowed for this session: CREATE /path (this folder)" */
static char *decision_words(const struct run *r, bool allow)
{
	static const char *const terms[] = {
		[SEL_FOR_ONCE] = "once",
		[SEL_FOR_SESSION] = "for this session",
		[SEL_FOR_30D] = "for 30 days",
	};
	const struct sel_prompt *p = &r->prompt;
	const json_t *rung = json_array_get(json_object_get(p->question, "rungs"), p->rung);
	const char *name = json_string_value(
		json_array_get(json_object_get(p->question, "terms"), sel_prompt_term(p)));
	const char *label = json_string_value(json_object_get(rung, "label"));
	int term = name ? sel_for_from_name(name) : SEL_FOR_ONCE;
	_cleanup_free_ char *own = sel_answer_word(p->question, allow, p->utf8);
	_cleanup_free_ char *words = sel_question_words(p->question, p->utf8);
	_cleanup_free_ char *safe = sel_safe(allow && label ? label : "", p->utf8);
	char *line = NULL;

	if (json_object_get(p->question, "words")) /* then "allowed" would not be what happened */
		return own && asprintf(&line, "answered: %s", own) >= 0 ? line : NULL;
	if (asprintf(&line, "%s %s: %s%s%s%s", allow ? "allowed" : "denied",
		     allow && term >= 0 ? terms[term] : "once", words ? words : "?",
		     safe && *safe ? " (" : "", safe ? safe : "", safe && *safe ? ")" : "") < 0)
		return NULL;
	return line;
}

static void prompt_answer(struct run *r, enum sel_prompt_event event, usec_t now)
{
	json_t *m = sel_prompt_answer(&r->prompt, event, now);

	if (!m)
		return;
	free(r->decided);
	r->decided = decision_words(r, event == SEL_PROMPT_ALLOW);
	r->prompt.sent = true;
	run_send(r, m);
	run_prompt_draw(r, now);
}

void run_prompt_event(struct run *r, struct sel_key key, usec_t now)
{
	enum sel_prompt_event event;

	r->prompt.blurred |= r->keys.unfocused;
	if (r->keys.unfocused)
		key.kind = key.kind == SEL_KEY_NONE ? SEL_KEY_NONE : SEL_KEY_DISCARDED;
	event = sel_prompt_key(&r->prompt, key, now);
	switch (event) {
	case SEL_PROMPT_NOTHING:
		return;
	case SEL_PROMPT_REDRAW:
		if (sel_prompt_hold(&r->prompt, now))
			run_send(r, json_pack("{s:s, s:s}", "type", "hold", "id",
					      run_question_id(r->prompt.question)));
		run_prompt_draw(r, now);
		return;
	case SEL_PROMPT_ALLOW:
	case SEL_PROMPT_DENY:
		prompt_answer(r, event, now);
		return;
	case SEL_PROMPT_PASS:
		if (r->in.n < sizeof r->in.data)
			r->in.data[r->in.n++] = key.c;
		return;
	}
}

/* What is written is not yet seen: a terminal may be seconds behind with a program's output, and
 * keys do not wait. So it was asked, behind the question; one that never answers has its time. */
static bool prompt_seen(struct run *r, usec_t now)
{
	r->written = r->written ? r->written : now;
	for (; r->keys.well; r->keys.well--) /* an answer that the program asked for is none */
		r->seen |= !sel_shadow_dsr_given(r->shadow) && !run_modes(r)->odd;
	if (r->seen || now >= r->written + RUN_MUTE_USEC)
		return true;
	if (!r->next_look || r->written + RUN_MUTE_USEC < r->next_look)
		r->next_look = r->written + RUN_MUTE_USEC;
	return false;
}

/* All of the drawing is on the terminal: what was typed before it does not count. */
void run_prompt_on_screen(struct run *r, usec_t now)
{
	run_popup_on_screen(r, now);
	if (!r->prompt.question || r->drawn || run_ui_pending(r))
		return;
	if (!r->prompt.shown) {
		if (!prompt_seen(r, now))
			return;
		(void)tcflush(r->tty.fd, TCIFLUSH);
		r->keys = (struct sel_keys){.unfocused = r->keys.unfocused};
	}
	r->drawn = true;
	sel_prompt_drawn(&r->prompt, now);
}
