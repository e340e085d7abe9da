/* The loop of `seldom run`: relays the terminal, passes signals on, shows questions and notices. It
 * never waits for the broker, and decides nothing. */
#include "popup_tmux.h"
#include "run.h"
#include "seldom/action.h"
#include "seldom/proto.h"

#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#define LOOK_USEC  (200 * USEC_PER_MSEC) /* how often to look at what no descriptor reports */
#define PAUSE_USEC (200 * USEC_PER_MSEC) /* so long a question waits for the output to pause */
#define BYE_USEC   (10 * USEC_PER_SEC)	 /* so long the broker may tidy up */

/* Whatever a program left the terminal in, a question must be readable: ends an unfinished
 * sequence, margins, origin and insert mode, hidden text, other character sets and held-back
 * updates. */
#define SANE                                                                                       \
	"\030\033\\\033[?2026l\0337\033[?6l\033[?69l\033[r\0338"                                   \
	"\033[0m\017\033(B\033[4l\033[?7h\033[?25h"
#define MODES_ON "\x1b[?2004h\x1b[?1004h"

/* --- our own lines ---------------------------------------------------------------------------- */

static void ui_add_bytes(struct run *r, const char *text, size_t n)
{
	char *grown;

	if (r->ui_at) {
		memmove(r->ui, r->ui + r->ui_at, r->ui_n - r->ui_at);
		r->ui_n -= r->ui_at;
		r->ui_at = 0;
	}
	grown = realloc(r->ui, r->ui_n + n + 1);
	if (!grown)
		return;
	r->ui = grown;
	memcpy(r->ui + r->ui_n, text, n);
	r->ui_n += n;
}

static void ui_add(struct run *r, const char *text)
{
	ui_add_bytes(r, text, strlen(text));
}

static bool ui_pending(const struct run *r)
{
	return r->ui_at < r->ui_n;
}

static bool terminal_usable(const struct run *r)
{
	return r->tty.fd >= 0 && !r->tty_eof;
}

/* Only where there is a terminal. */
static struct sel_screen *modes(const struct run *r)
{
	return sel_shadow_modes(r->shadow);
}

/* A question is open on the terminal, in whichever shape: the keys are for it. */
static bool asking(const struct run *r)
{
	return r->prompt.question || (r->popup && sel_popup_is_open(r->popup));
}

/* A program that draws on the whole screen, or another one that has taken the terminal over. */
static bool full_screen(const struct run *r)
{
	return modes(r)->alternate || (r->master >= 0 && !r->pty_eof && sel_pty_raw(r->master)) ||
	       sel_tty_taken(&r->tty);
}

static void ui_line(struct run *r, const char *text)
{
	if (modes(r)->state != SEL_SCAN_GROUND)
		ui_add(r, "\x18");
	sel_shadow_cancel(r->shadow);
	if (modes(r)->midline)
		ui_add(r, "\r\n");
	modes(r)->midline = false;
	ui_add(r, text);
	ui_add(r, "\r\n");
}

static void keep_notice(struct run *r, char *take)
{
	if (r->notices_n < RUN_MAX_NOTICES) {
		r->notices[r->notices_n++] = take;
		return;
	}
	free(take);
	r->notices_lost++;
}

/* Takes one safe line to wherever the person can see it now. */
static void say_line(struct run *r, char *take)
{
	if (!take)
		return;
	if (r->master >= 0 && r->tty.std[2] && terminal_usable(r)) {
		if (asking(r) || full_screen(r)) {
			keep_notice(r, take);
			return;
		}
		ui_line(r, take);
	} else {
		(void)dprintf(STDERR_FILENO, "%s\n", take);
	}
	free(take);
}

void run_say(struct run *r, const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL, *safe = NULL;
	char *line = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0) {
		text = NULL;
		return;
	}
	safe = sel_safe(text, r->prompt.utf8 || r->tty.fd < 0);
	if (safe && asprintf(&line, "seldom: %s", safe) >= 0)
		say_line(r, line);
}

static void say_kept_in_terminal(struct run *r)
{
	size_t n = r->notices_n;

	if (asking(r) || !n || full_screen(r))
		return;
	r->notices_n = 0;
	for (size_t i = 0; i < n; i++)
		say_line(r, r->notices[i]);
}

void run_say_kept(struct run *r)
{
	for (size_t i = 0; i < r->notices_n; i++) {
		(void)dprintf(STDERR_FILENO, "%s\n", r->notices[i]);
		free(r->notices[i]);
	}
	r->notices_n = 0;
	if (r->notices_lost)
		(void)dprintf(STDERR_FILENO, "seldom: and %zu more lines like these\n",
			      r->notices_lost);
	r->notices_lost = 0;
}

/* --- messages to the broker ------------------------------------------------------------------- */

static void outbox_flush(struct run *r)
{
	while (r->outbox_n && r->control >= 0) {
		int e = sel_msg_send(r->control, json_incref(r->outbox[0]));

		if (e == -EAGAIN)
			return;
		json_decref(r->outbox[0]);
		r->outbox_n--;
		memmove(r->outbox, r->outbox + 1, r->outbox_n * sizeof(json_t *));
		if (e < 0)
			return; /* gone: the loop hears of it by itself */
	}
}

void run_send(struct run *r, json_t *take)
{
	if (!take || r->outbox_n == RUN_MAX_OUTBOX || r->control < 0) {
		json_decref(take);
		return;
	}
	r->outbox[r->outbox_n++] = take;
	outbox_flush(r);
}

static void send_signal(struct run *r, int signo)
{
	r->told_to_end |= signo == SIGTERM || signo == SIGHUP || signo == SIGQUIT;
	run_send(r, json_pack("{s:s, s:i}", "type", "signal", "signal", signo));
}

/* --- the terminal's modes --------------------------------------------------------------------- */

/* Raw while the program runs and we are in the foreground. Where a pager at the end of our pipe may
 * use the same terminal, only once the program itself wants keys or somebody types to it. */
static bool wants_raw(const struct run *r)
{
	struct termios t;

	if (!r->started || r->exited || !r->foreground || r->master < 0 || r->pty_eof)
		return false;
	if (!r->tty.shared || r->tty.raw)
		return !sel_tty_taken(&r->tty);
	return tcgetattr(r->master, &t) == 0 && !sel_tty_taken(&r->tty) &&
	       (!(t.c_lflag & ICANON) || !(t.c_lflag & ECHO));
}

static void terminal_look(struct run *r, usec_t now)
{
	if (!terminal_usable(r) || r->master < 0)
		return;
	r->foreground = sel_tty_foreground(&r->tty);
	if (wants_raw(r))
		(void)sel_tty_raw(&r->tty);
	if (!r->foreground || r->tty.shared || !r->tty.raw)
		r->next_look = now + LOOK_USEC;
}

/* --- the prompt ------------------------------------------------------------------------------- */

static const char *id_of(const json_t *question)
{
	const char *id = json_string_value(json_object_get(question, "id"));

	return id ? id : "";
}

static bool output_pauses(const struct run *r)
{
	struct pollfd p = {.fd = r->pty_eof ? -1 : r->master, .events = POLLIN};

	return r->out.n == 0 && !ui_pending(r) && poll(&p, 1, 0) == 0;
}

static void prompt_draw(struct run *r, usec_t now)
{
	_cleanup_free_ char *text = NULL;

	r->prompt.others = json_array_size(r->questions) - 1;
	text = sel_prompt_draw(&r->prompt, now);
	if (!text)
		return;
	ui_add(r, text);
	r->drawn = false;
}

/* Where another run has made it raw that will do, as long as it lasts. */
static void prompt_raw(struct run *r)
{
	if (!r->tty.raw && sel_tty_raw(&r->tty) == 0)
		r->raw_for_prompt = true;
}

static void prompt_start(struct run *r, json_t *question, usec_t now)
{
	int rows, columns;

	prompt_raw(r);
	ui_add(r, r->opt.plain ? "\x18" : SANE);
	if (modes(r)->midline)
		ui_add(r, "\r\n");
	sel_shadow_cancel(r->shadow);
	modes(r)->midline = false;
	if (!r->opt.plain)
		ui_add(r, MODES_ON);
	sel_tty_size(&r->tty, &rows, &columns);
	sel_prompt_open(&r->prompt, question, rows, columns, now);
	r->keys = (struct sel_keys){0};
	prompt_draw(r, now);
}

static void prompt_release(struct run *r)
{
	if (r->asked)
		sel_tty_unlock(&r->tty, SEL_TTY_PROMPT);
	r->asked = 0;
}

/* --- the popup -------------------------------------------------------------------------------- */

/* What would give the terminal back, should we crash. */
static void guard_update(struct run *r)
{
	struct sel_bytes sane = {0};

	sel_shadow_sane(r->shadow, sel_popup_is_open(r->popup), &sane);
	if (r->title_pushed)
		sel_bytes_str(&sane, "\033[23;2t");
	sel_tty_guard_bytes(sane.s, sane.n);
	sel_bytes_done(&sane);
}

static void popup_write(struct run *r, struct sel_bytes *take)
{
	if (!take->failed)
		ui_add_bytes(r, take->s, take->n);
	sel_bytes_done(take);
	r->popup_drawing = true;
}

static void popup_draw(struct run *r, bool all, usec_t now)
{
	struct sel_bytes out = {0};

	sel_popup_draw(r->popup, r->shadow, all, now, sel_now_real(), &out);
	popup_write(r, &out);
}

/* To the program, as if typed; what has no room is lost, as with a terminal that is not read. */
static void program_add(struct run *r, struct sel_bytes *take)
{
	if (take->n <= sizeof r->in.data - r->in.n) {
		if (take->n)
			memcpy(r->in.data + r->in.n, take->s, take->n);
		r->in.n += take->n;
	}
	sel_bytes_done(take);
}

/* Takes the panel away: the terminal is as the program left it. */
static void popup_end(struct run *r)
{
	struct sel_bytes out = {0}, program = {0};

	if (!r->popup || !sel_popup_is_open(r->popup))
		return;
	sel_shadow_close(r->shadow, &out);
	sel_popup_close(r->popup, r->shadow, sel_now_monotonic(), &program);
	popup_write(r, &out);
	r->popup_drawing = false;
	program_add(r, &program);
	guard_update(r);
	prompt_release(r);
}

static void popup_event(struct run *r, enum sel_popup_event event, usec_t now)
{
	switch (event) {
	case SEL_POPUP_NOTHING:
		break;
	case SEL_POPUP_REDRAW:
		popup_draw(r, false, now);
		break;
	case SEL_POPUP_SUSPEND:
		popup_end(r);
		send_signal(r, SIGTSTP);
		break;
	case SEL_POPUP_CLOSE:
		popup_end(r);
		break;
	}
}

bool run_terminal_capable(void)
{
	static const char *const without[] = {"dumb", "linux", "vt", "cons", "ansi", "unknown"};
	const char *term = getenv("TERM");

	for (size_t i = 0; term && i < SEL_N(without); i++)
		if (strncmp(term, without[i], strlen(without[i])) == 0)
			return false;
	return term && *term;
}

/* Where the alternate screen is none, nothing could be put back. */
static bool popup_possible(const struct run *r)
{
	int rows, columns, shadow_rows, shadow_columns;

	if (!r->popup || r->opt.plain || !run_terminal_capable() || sel_tty_taken(&r->tty))
		return false;
	sel_tty_size(&r->tty, &rows, &columns);
	sel_shadow_size(r->shadow, &shadow_rows, &shadow_columns);
	return rows == shadow_rows && columns == shadow_columns;
}

/* What was typed so far was not typed at the question; replies go where they belong. */
static void popup_drain(struct run *r)
{
	char keys[4096];
	ssize_t n;

	while ((n = read(r->tty.fd, keys, sizeof keys)) > 0) {
		struct sel_bytes program = {0};

		sel_popup_swallow(r->popup, r->shadow, keys, (size_t)n, &program);
		program_add(r, &program);
	}
}

static void popup_look(struct run *r, usec_t now)
{
	struct sel_bytes out = {0};
	/* Half a sequence, or a cursor that is saved and will be wanted: both are over soon. */
	bool begun = modes(r)->state != SEL_SCAN_GROUND ||
		     (modes(r)->saved_open && !modes(r)->alternate);

	if (!sel_popup_wants(r->popup, now)) {
		prompt_release(r);
		return;
	}
	if (sel_tty_lock(&r->tty, SEL_TTY_PROMPT) < 0)
		return;
	if (!r->asked)
		r->asked = now;
	if ((!output_pauses(r) && now < r->asked + PAUSE_USEC) ||
	    (begun && now < r->asked + USEC_PER_SEC)) {
		r->next_look = now + 10 * USEC_PER_MSEC;
		return;
	}
	prompt_raw(r);
	sel_popup_open(r->popup, now);
	if (!sel_popup_is_open(r->popup))
		return;
	sel_shadow_open(r->shadow, &out);
	popup_write(r, &out);
	r->popup_fresh = true;
	popup_draw(r, true, now);
	guard_update(r);
}

/* True: tmux asks, or will. One that cannot is not tried again. */
static bool tmux_look(struct run *r, const char *id, usec_t now)
{
	int status;

	if (!r->opt.tmux || !sel_tmux_here())
		return false;
	if (r->tmux > 0 && waitpid(r->tmux, &status, WNOHANG) == r->tmux) {
		r->tmux = 0;
		if (strcmp(r->tmux_id, id) == 0) /* left unanswered: later again */
			r->tmux_later = now + 20 * USEC_PER_SEC;
		r->opt.tmux = WIFEXITED(status) && WEXITSTATUS(status) == 0;
		return r->opt.tmux;
	}
	if (r->tmux > 0 || now < r->tmux_later)
		return true;
	(void)snprintf(r->tmux_id, sizeof r->tmux_id, "%s", id);
	if (sel_tmux_popup(id, &r->old_mask, &r->tmux) < 0)
		r->opt.tmux = false;
	return r->opt.tmux;
}

static void popup_on_screen(struct run *r, usec_t now)
{
	if (!r->popup_drawing || ui_pending(r) || !sel_popup_is_open(r->popup))
		return;
	r->popup_drawing = false;
	if (r->popup_fresh)
		popup_drain(r);
	r->popup_fresh = false;
	if (sel_popup_drawn(r->popup, now))
		popup_draw(r, false, now);
}

static void popup_message(struct run *r, const json_t *m)
{
	usec_t now = sel_now_monotonic();

	if (r->popup)
		popup_event(
			r,
			sel_popup_message(r->popup, r->session, (json_t *)m, now, sel_now_real()),
			now);
}

static void popup_send(void *ctx, json_t *take)
{
	run_send(ctx, take);
}

int run_popup_open(struct run *r)
{
	int rows, columns, e;

	sel_tty_size(&r->tty, &rows, &columns);
	e = sel_shadow_new(rows, columns, &r->shadow);
	if (e == -EINVAL) /* no screen is that large: without a popup, then */
		e = sel_shadow_new(24, 80, &r->shadow);
	if (e >= 0 && !r->opt.no_popup)
		e = sel_popup_new(r->prompt.utf8, popup_send, r, &r->popup);
	return e;
}

/* --- the prompt, ending and beginning --------------------------------------------------------- */

/* Takes the prompt away; the program's output goes on. */
static void prompt_end(struct run *r)
{
	popup_end(r);
	if (!r->prompt.question) {
		prompt_release(r);
		return;
	}
	ui_add(r, "\r\n");
	if (!r->opt.plain) {
		ui_add(r, modes(r)->paste ? "" : "\x1b[?2004l");
		ui_add(r, modes(r)->focus ? "" : "\x1b[?1004l");
	}
	sel_prompt_close(&r->prompt);
	if (r->raw_for_prompt) {
		run_flush(r);
		sel_tty_restore(&r->tty);
		r->raw_for_prompt = false;
	}
	prompt_release(r);
	free(sel_steal_ptr(&r->decided));
	say_kept_in_terminal(r);
}

/* The question cannot be asked here now: a bell, once, or a word, once. */
static void prompt_elsewhere(struct run *r, const char *id, bool bell)
{
	if (r->rang && strcmp(r->rang, id) == 0)
		return;
	if (bell && modes(r)->state != SEL_SCAN_GROUND)
		return; /* in the middle of a sequence a bell would be its end */
	free(r->rang);
	r->rang = strdup(id);
	if (bell)
		ui_add(r, "\a");
	else if (r->tty.std[2])
		run_say(r, "a question waits: seldom answer %s allow|deny", id);
}

static void prompt_look(struct run *r, usec_t now)
{
	json_t *question = json_array_get(r->questions, 0);

	if (!question && !r->prompt.question)
		prompt_release(r); /* gone while we waited for a pause */
	if (asking(r) || !question || !terminal_usable(r) || r->master < 0)
		return;
	r->next_look = now + LOOK_USEC;
	if (r->foreground && !r->opt.no_popup && tmux_look(r, id_of(question), now)) {
		prompt_release(r);
		return;
	}
	if (r->foreground && full_screen(r) && popup_possible(r)) {
		popup_look(r, now);
		return;
	}
	if (r->opt.no_popup || !r->foreground || full_screen(r)) {
		bool bell = !r->opt.no_popup && r->foreground;

		prompt_release(r);
		prompt_elsewhere(r, id_of(question), bell);
		return;
	}
	if (sel_tty_lock(&r->tty, SEL_TTY_PROMPT) < 0)
		return;
	if (!r->asked)
		r->asked = now;
	if (!output_pauses(r) && now < r->asked + PAUSE_USEC) {
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
	prompt_draw(r, now);
}

static void prompt_event(struct run *r, struct sel_key key, usec_t now)
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
					      id_of(r->prompt.question)));
		prompt_draw(r, now);
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

/* All of the drawing is on the terminal: what was typed before it does not count. */
static void prompt_on_screen(struct run *r, usec_t now)
{
	popup_on_screen(r, now);
	if (!r->prompt.question || r->drawn || ui_pending(r))
		return;
	if (!r->prompt.shown) {
		(void)tcflush(r->tty.fd, TCIFLUSH);
		r->keys = (struct sel_keys){.unfocused = r->keys.unfocused};
	}
	r->drawn = true;
	sel_prompt_drawn(&r->prompt, now);
}

/* --- messages from the broker ----------------------------------------------------------------- */

static int find_question(const struct run *r, const char *id)
{
	json_t *q;
	size_t i;

	json_array_foreach(r->questions, i, q) if (strcmp(id_of(q), id) == 0) return (int)i;
	return -1;
}

static bool prompt_is(const struct run *r, const char *id)
{
	return r->prompt.question && strcmp(id_of(r->prompt.question), id) == 0;
}

static int on_welcome(struct run *r, const json_t *m)
{
	const json_t *v = json_object_get(m, "v");
	const char *session = json_string_value(json_object_get(m, "session"));

	if (!json_is_integer(v) || json_integer_value(v) != SEL_PROTO_VERSION)
		return -EPROTO;
	if (session)
		(void)snprintf(r->session, sizeof r->session, "%s", session);
	r->welcomed = true;
	return 0;
}

static int on_question(struct run *r, const json_t *m)
{
	json_t *question = json_object_get(m, "question");
	int i;

	if (!sel_question_valid(question))
		return -EPROTO;
	i = find_question(r, id_of(question));
	if (i >= 0)
		(void)json_array_set(r->questions, (size_t)i, question);
	else if (json_array_size(r->questions) < RUN_MAX_QUESTIONS)
		(void)json_array_append(r->questions, question);
	popup_message(r, m);
	if (prompt_is(r, id_of(question)))
		sel_prompt_update(&r->prompt, question, sel_now_monotonic());
	if (r->prompt.question)
		prompt_draw(r, sel_now_monotonic());
	return 0;
}

static int on_closed(struct run *r, const json_t *m)
{
	const char *how = json_string_value(json_object_get(m, "how"));
	const char *by = json_string_value(json_object_get(m, "by"));
	const char *note = json_string_value(json_object_get(m, "note"));
	_cleanup_free_ char *decided = NULL;
	bool shown, ours;
	int i;

	i = find_question(r, id_of(m));
	if (i >= 0)
		(void)json_array_remove(r->questions, (size_t)i);
	popup_message(r, m);
	shown = prompt_is(r, id_of(m));
	if (!shown || !how) {
		if (note)
			run_say(r, "denied: %s", note);
		if (r->prompt.question)
			prompt_draw(r, sel_now_monotonic());
		return how ? 0 : -EPROTO;
	}
	ours = r->prompt.sent && r->decided &&
	       (!by || strcmp(by, "run") == 0 || strcmp(by, "line") == 0);
	decided = sel_steal_ptr(&r->decided);
	prompt_end(r);
	if (ours)
		run_say(r, "%s", decided);
	else if (strcmp(how, "timeout") == 0)
		run_say(r, "unanswered: denied once");
	else if (strcmp(how, "gone") == 0)
		run_say(r, "no longer asked: the program is gone");
	else
		run_say(r, "answered elsewhere: %s%s%s", how, by && *by ? ", by " : "",
			by ? by : "");
	if (note)
		run_say(r, "denied: %s", note);
	return 0;
}

static int on_result(struct run *r, const json_t *m)
{
	const char *error = json_string_value(json_object_get(m, "error"));
	const char *feedback = json_string_value(json_object_get(m, "feedback"));
	_cleanup_free_ char *safe = NULL;

	popup_message(r, m);
	if (feedback)
		run_say(r, "%s", feedback);
	if (!prompt_is(r, id_of(m)) || !r->prompt.sent)
		return 0;
	if (json_is_true(json_object_get(m, "ok")))
		return 0; /* "closed" follows and ends it */
	safe = sel_safe(error ? error : "no reason given", r->prompt.utf8);
	(void)snprintf(r->prompt.message, sizeof r->prompt.message, "Not accepted: %s",
		       safe ? safe : "?");
	r->prompt.sent = false;
	r->prompt.typing = r->prompt.noting = false;
	prompt_draw(r, sel_now_monotonic());
	return 0;
}

static int on_notice(struct run *r, const json_t *m)
{
	const char *text = json_string_value(json_object_get(m, "text"));

	if (!text)
		return -EPROTO;
	run_say(r, "%s", text);
	return 0;
}

static int on_status(struct run *r, const json_t *m)
{
	run_title_set(r, m);
	return 0;
}

static int on_started(struct run *r, const json_t *m)
{
	(void)m;
	r->started = true;
	return 0;
}

static int on_stopped(struct run *r, const json_t *m);

static int on_exited(struct run *r, const json_t *m)
{
	const json_t *code = json_object_get(m, "code");
	json_t *summary = json_object_get(m, "summary");

	if (!json_is_integer(code) || json_integer_value(code) < 0 ||
	    json_integer_value(code) > 255)
		return -EPROTO;
	r->exit_code = (int)json_integer_value(code);
	r->exited = true;
	if (json_is_object(summary))
		r->summary = json_incref(summary);
	return 0;
}

static int on_failed(struct run *r, const json_t *m)
{
	const char *text = json_string_value(json_object_get(m, "message"));

	run_say(r, "%s", text ? text : "the broker could not set up");
	r->failed = r->exited = true;
	r->exit_code = SEL_EXIT_SETUP;
	return 0;
}

static void print_paths(const json_t *list, const char *title)
{
	size_t i;
	json_t *o;

	(void)printf("%s\n", title);
	if (json_array_size(list) == 0)
		(void)printf("  none\n");
	json_array_foreach(list, i, o)
	{
		const char *path =
			json_string_value(json_is_object(o) ? json_object_get(o, "path") : o);
		const char *mode = json_string_value(json_object_get(o, "mode"));
		const char *what = json_string_value(json_object_get(o, "what"));

		(void)printf("  %-13s %s\n", mode ? mode : what ? what : "", path ? path : "?");
	}
}

/* --explain: the boundary as it would be; nothing runs. */
static int on_explain(struct run *r, const json_t *m)
{
	const json_t *b = json_object_get(m, "boundary");

	if (!json_is_object(b))
		return -EPROTO;
	print_paths(json_object_get(b, "scope"),
		    "Folders (everything else is read, and asked about before a change)");
	print_paths(json_object_get(b, "secrets"), "Secrets, masked");
	print_paths(json_object_get(b, "protected"),
		    "Files that become code, read-only and judged by content");
	print_paths(json_object_get(b, "environment_dropped"), "Variables that are not passed on");
	(void)printf("Network: %s\nMasks: %s\n", json_string_value(json_object_get(b, "network")),
		     json_string_value(json_object_get(b, "masks")));
	r->exited = true;
	r->exit_code = 0;
	return 0;
}

static int dispatch(struct run *r, const json_t *m)
{
	static const struct {
		const char *type;
		int (*fn)(struct run *r, const json_t *m);
	} row[] = {
		{"welcome", on_welcome}, {"question", on_question}, {"closed", on_closed},
		{"result", on_result},	 {"notice", on_notice},	    {"status", on_status},
		{"started", on_started}, {"stopped", on_stopped},   {"exit", on_exited},
		{"failed", on_failed},	 {"explain", on_explain},
	};
	const char *type = json_string_value(json_object_get(m, "type"));

	for (size_t i = 0; type && i < SEL_N(row); i++)
		if (strcmp(type, row[i].type) == 0)
			return row[i].fn(r, m);
	return -EPROTO;
}

static void read_control(struct run *r)
{
	while (!r->exited && !r->broker_gone) {
		json_t *m = NULL;
		int e = sel_msg_recv(r->control, &m);

		if (e == -EAGAIN)
			return;
		if (e > 0) {
			e = dispatch(r, m);
			json_decref(m);
			if (e >= 0)
				continue;
		}
		if (e < 0)
			run_say(r, "the broker sent what is no message of this version; ending it");
		r->broker_gone = true;
	}
}

/* --- signals ---------------------------------------------------------------------------------- */

static void resize(struct run *r, usec_t now)
{
	int rows, columns;

	if (r->master < 0 || !terminal_usable(r))
		return;
	(void)sel_pty_resize(&r->tty, r->master);
	sel_tty_size(&r->tty, &rows, &columns);
	(void)sel_shadow_resize(r->shadow, rows, columns);
	if (r->popup && sel_popup_is_open(r->popup))
		popup_draw(r, true, now);
	if (!r->prompt.question)
		return;
	sel_prompt_resize(&r->prompt, rows, columns);
	ui_add(r, "\r\n");
	prompt_draw(r, now);
}

/* The program was stopped, so we stop as it would have: by SIGTSTP, which the kernel drops where
 * nobody could continue us, and the whole job, as the terminal would have done. */
static int on_stopped(struct run *r, const json_t *m)
{
	bool job = terminal_usable(r) && sel_tty_foreground(&r->tty);
	sigset_t tstp;

	(void)m;
	prompt_end(r);
	ui_add(r, run_title_back(r));
	run_flush(r);
	sel_tty_restore(&r->tty);
	(void)sigemptyset(&tstp);
	(void)sigaddset(&tstp, SIGTSTP);
	(void)kill(job ? 0 : getpid(), SIGTSTP);
	(void)sigprocmask(SIG_UNBLOCK, &tstp, NULL); /* here it takes effect */
	(void)sigprocmask(SIG_BLOCK, &tstp, NULL);
	terminal_look(r, sel_now_monotonic());
	resize(r, sel_now_monotonic());
	send_signal(r, SIGCONT);
	return 0;
}

static void continued(struct run *r, usec_t now)
{
	/* The shell may have set the terminal to its liking while we were stopped. */
	if (r->tty.raw && terminal_usable(r)) {
		struct termios t;

		if (tcgetattr(r->tty.fd, &t) == 0 && t.c_lflag & ICANON)
			r->tty.raw = false;
	}
	terminal_look(r, now);
	resize(r, now);
	send_signal(r, SIGCONT);
}

static void read_signals(struct run *r, usec_t now)
{
	struct signalfd_siginfo si;

	while (read(r->signals, &si, sizeof si) == (ssize_t)sizeof si) {
		if (si.ssi_signo == SIGWINCH)
			resize(r, now);
		else if (si.ssi_signo == SIGCONT)
			continued(r, now);
		else
			send_signal(r, (int)si.ssi_signo);
	}
}

/* --- bytes ------------------------------------------------------------------------------------ */

/* -EAGAIN: not now; 0: the end. EIO is how a terminal says that its other end is gone. */
static ssize_t read_some(int fd, char *to, size_t cap)
{
	ssize_t n;

	do
		n = read(fd, to, cap);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? -EAGAIN : 0;
	return n;
}

static ssize_t write_some(int fd, const char *from, size_t n)
{
	ssize_t w;

	do
		w = write(fd, from, n);
	while (w < 0 && errno == EINTR);
	return w < 0 ? -errno : w;
}

static void buffer_drop(struct run_buffer *b, size_t n)
{
	memmove(b->data, b->data + n, b->n - n);
	b->n -= n;
}

/* The terminal is gone: the program sees that its own is, as it would without us. */
static void terminal_gone(struct run *r)
{
	r->tty_eof = true;
	r->tty.raw = false;
	sel_prompt_close(&r->prompt);
	sel_popup_free(r->popup);
	r->popup = NULL;
	r->out.n = r->in.n = 0;
	r->ui_n = r->ui_at = 0;
	sel_closep(&r->master);
	r->master = -1;
}

/* ^D on a terminal that is not raw reads as an end, too, and is none. */
static bool terminal_hung_up(const struct run *r)
{
	struct pollfd p = {.fd = r->tty.fd};

	return r->tty.raw || (poll(&p, 1, 0) > 0 && p.revents & (POLLHUP | POLLERR | POLLNVAL));
}

static ssize_t read_popup_keys(struct run *r, usec_t now)
{
	struct sel_bytes program = {0};
	char keys[4096];
	ssize_t n = read_some(r->tty.fd, keys, sizeof keys);

	if (n <= 0)
		return n;
	if (sel_popup_is_open(r->popup))
		popup_event(r, sel_popup_input(r->popup, r->shadow, keys, (size_t)n, now, &program),
			    now);
	else
		sel_popup_swallow(r->popup, r->shadow, keys, (size_t)n, &program);
	program_add(r, &program);
	return n;
}

static void read_terminal(struct run *r, usec_t now)
{
	char keys[4096];
	ssize_t n;

	if (r->popup && !r->prompt.question &&
	    (sel_popup_is_open(r->popup) || sel_popup_lingers(r->popup, now))) {
		n = read_popup_keys(r, now);
	} else if (r->prompt.question) {
		n = read_some(r->tty.fd, keys, sizeof keys);
		if (n > 0)
			prompt_event(r, sel_keys_feed(&r->keys, keys, (size_t)n, now), now);
	} else {
		n = read_some(r->tty.fd, r->in.data + r->in.n, sizeof r->in.data - r->in.n);
		if (n > 0 && r->popup)
			sel_popup_pass(r->popup, r->shadow, r->in.data + r->in.n, (size_t)n);
		if (n > 0)
			r->in.n += (size_t)n;
	}
	if (n == 0 && terminal_hung_up(r))
		terminal_gone(r);
}

static ssize_t write_lines(struct run *r)
{
	ssize_t n = write_some(r->tty.fd, r->ui + r->ui_at, r->ui_n - r->ui_at);

	if (n > 0)
		r->ui_at += (size_t)n;
	if (!ui_pending(r))
		r->ui_at = r->ui_n = 0;
	return n;
}

/* As much as it takes: a pty takes some KiB at a time. */
static ssize_t write_output(struct run *r)
{
	size_t done = 0;
	ssize_t n = 0;

	while (done < r->out.n) {
		n = write_some(r->tty.fd, r->out.data + done, r->out.n - done);
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	if (done) {
		sel_shadow_feed(r->shadow, r->out.data, done);
		buffer_drop(&r->out, done);
		if (r->popup)
			guard_update(r);
	}
	return n;
}

static void write_terminal(struct run *r, usec_t now)
{
	ssize_t n;

	if (ui_pending(r)) {
		n = write_lines(r);
		prompt_on_screen(r, now);
	} else {
		n = write_output(r);
	}
	if (n < 0 && n != -EAGAIN)
		terminal_gone(r);
}

/* A pty hands out 4 KiB at a time: several of them for one turn of the loop. */
static void read_program(struct run *r)
{
	ssize_t n;

	do {
		n = read_some(r->master, r->out.data + r->out.n, sizeof r->out.data - r->out.n);
		if (n > 0)
			r->out.n += (size_t)n;
		else if (n == 0)
			r->pty_eof = true;
	} while (n >= 2048 && r->out.n < sizeof r->out.data / 2);
}

static void write_program(struct run *r)
{
	ssize_t n = write_some(r->master, r->in.data, r->in.n);

	if (n > 0)
		buffer_drop(&r->in, (size_t)n);
	else if (n != -EAGAIN)
		r->in.n = 0; /* nobody is left to read it */
}

/* The broker's own words, line by line. */
static void read_errors(struct run *r)
{
	char text[4096], *save = NULL;
	ssize_t n = read_some(r->errors, text, sizeof text - 1);

	if (n == 0) {
		sel_closep(&r->errors);
		r->errors = -1;
	}
	if (n <= 0)
		return;
	text[n] = '\0';
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		say_line(r, sel_safe(line, r->prompt.utf8));
}

void run_flush(struct run *r)
{
	usec_t now = sel_now_monotonic();

	while (terminal_usable(r) && (ui_pending(r) || (r->out.n && !asking(r)))) {
		struct pollfd p[2] = {{.fd = r->tty.fd, .events = POLLOUT},
				      {.fd = r->signals, .events = POLLIN}};

		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return;
		if (p[0].revents)
			write_terminal(r, now);
		if (p[1].revents)
			read_signals(r, now);
	}
}

/* --- the loop --------------------------------------------------------------------------------- */

enum { P_SIGNALS, P_CONTROL, P_BROKER, P_TTY, P_MASTER, P_ERRORS, P_N };

static void poll_set(const struct run *r, struct pollfd *p)
{
	bool asked = asking(r);
	bool tty = terminal_usable(r) && r->master >= 0;
	/* Who asks listens, also where another run made the terminal raw; who does not, waits
	 * until the others have their answer. */
	bool ours = r->tty.raw || (r->tty.shared && !sel_tty_taken(&r->tty));
	bool listen = tty && r->started && r->foreground &&
		      (asked || (ours && !r->others_ask && r->in.n < sizeof r->in.data));
	bool show = terminal_usable(r) && (ui_pending(r) || (r->out.n && !asked));
	bool take = r->master >= 0 && !r->pty_eof && !asked && r->out.n < sizeof r->out.data;
	bool give = r->master >= 0 && !r->pty_eof && r->in.n;
	short tty_events = (short)((listen ? POLLIN : 0) | (show ? POLLOUT : 0));
	short master_events = (short)((take ? POLLIN : 0) | (give ? POLLOUT : 0));

	p[P_SIGNALS] = (struct pollfd){.fd = r->signals, .events = POLLIN};
	p[P_CONTROL] = (struct pollfd){.fd = r->control,
				       .events = (short)(POLLIN | (r->outbox_n ? POLLOUT : 0))};
	p[P_BROKER] = (struct pollfd){.fd = r->pidfd, .events = POLLIN};
	/* Without an event asked for, a hang-up would wake us for ever. */
	p[P_TTY] = (struct pollfd){.fd = tty_events ? r->tty.fd : -1, .events = tty_events};
	p[P_MASTER] =
		(struct pollfd){.fd = master_events ? r->master : -1, .events = master_events};
	p[P_ERRORS] = (struct pollfd){.fd = r->errors, .events = POLLIN};
}

static int poll_timeout(const struct run *r, usec_t now)
{
	usec_t until = r->next_look ? r->next_look : USEC_INFINITY;

	if (r->prompt.question) {
		usec_t tick = sel_prompt_tick(&r->prompt, now), keys = sel_keys_deadline(&r->keys);

		until = tick < until ? tick : until;
		until = keys < until ? keys : until;
	}
	if (r->popup) {
		usec_t wait = sel_popup_wait(r->popup, now);

		until = wait != USEC_INFINITY && now + wait < until ? now + wait : until;
	}
	if (until == USEC_INFINITY)
		return -1;
	return until <= now ? 0 : (int)((until - now) / USEC_PER_MSEC) + 1;
}

static void handle(struct run *r, const struct pollfd *p, usec_t now)
{
	if (p[P_SIGNALS].revents)
		read_signals(r, now);
	if (p[P_CONTROL].revents & POLLOUT)
		outbox_flush(r);
	if (p[P_CONTROL].revents & (POLLIN | POLLHUP | POLLERR) || p[P_BROKER].revents)
		read_control(r);
	if (p[P_BROKER].revents)
		r->broker_gone = true; /* and all it said has been read */
	if (p[P_ERRORS].revents)
		read_errors(r);
	/* Each of these may have closed what the next one would use. */
	if (p[P_MASTER].revents && r->master >= 0 && r->in.n)
		write_program(r);
	if (p[P_MASTER].revents && r->master >= 0 && !asking(r) && r->out.n < sizeof r->out.data)
		read_program(r);
	if (p[P_TTY].revents & POLLOUT && terminal_usable(r) && (ui_pending(r) || r->out.n))
		write_terminal(r, now);
	if (p[P_TTY].revents & (POLLIN | POLLHUP | POLLERR) && terminal_usable(r)) {
		if (!r->tty.raw && !asking(r)) /* somebody types to a shared terminal */
			(void)sel_tty_raw(&r->tty);
		r->others_ask = !asking(r) && sel_tty_locked(&r->tty, SEL_TTY_PROMPT);
		if (!r->others_ask)
			read_terminal(r, now);
	}
}

/* Between the program's sequences, and only while the terminal is ours. */
static void title_look(struct run *r, usec_t now)
{
	if (!r->opt.status || !terminal_usable(r) || r->master < 0 || !r->started || !r->foreground)
		return;
	if (run_title_ask(r, now))
		run_send(r, json_pack("{s:s}", "type", "status"));
	if (r->title_next > now && (!r->next_look || r->title_next < r->next_look))
		r->next_look = r->title_next;
	if (modes(r)->state == SEL_SCAN_GROUND && !sel_tty_taken(&r->tty)) {
		_cleanup_free_ char *title = run_title_take(r);

		ui_add(r, title ? title : "");
	}
}

static void look(struct run *r, usec_t now)
{
	r->next_look = 0;
	terminal_look(r, now);
	if (r->prompt.question) {
		prompt_raw(r);
		prompt_event(r, sel_keys_tick(&r->keys, now), now);
	}
	if (r->others_ask) { /* their keys are not ours; look again soon */
		r->others_ask = sel_tty_locked(&r->tty, SEL_TTY_PROMPT);
		r->next_look = now + LOOK_USEC;
	}
	if (r->popup && sel_popup_is_open(r->popup) && sel_popup_wait(r->popup, now) == 0)
		popup_event(r, sel_popup_tick(r->popup, now), now);
	prompt_look(r, now);
	title_look(r, now);
	if (!asking(r) && r->notices_n && !r->exited)
		say_kept_in_terminal(r);
}

static void step(struct run *r)
{
	struct pollfd p[P_N];
	usec_t now = sel_now_monotonic(), tick;

	look(r, now);
	tick = r->prompt.question ? sel_prompt_tick(&r->prompt, now) : USEC_INFINITY;
	poll_set(r, p);
	if (poll(p, P_N, poll_timeout(r, now)) < 0) {
		if (errno != EINTR)
			r->broker_gone = true;
		return;
	}
	now = sel_now_monotonic();
	handle(r, p, now);
	if (r->prompt.question && now >= tick)
		prompt_draw(r, now);
}

/* All that the program wrote before its end reaches the terminal. Where the broker died, the kernel
 * is just ending the program: its terminal says when that is done. */
static void drain(struct run *r)
{
	usec_t until = sel_now_monotonic() + USEC_PER_SEC;

	prompt_end(r);
	run_flush(r); /* reading into a full buffer would look like the end */
	while (r->master >= 0 && !r->pty_eof) {
		struct pollfd p = {.fd = r->master, .events = POLLIN};
		int ready = poll(&p, 1, r->exited ? 0 : 100);

		if (ready < 0 && errno != EINTR)
			break;
		if (ready == 0 && (r->exited || sel_now_monotonic() > until))
			break;
		if (ready > 0)
			read_program(r);
		run_flush(r);
	}
	run_flush(r);
}

/* A program that was killed has left the terminal as it was. One that ends by itself may do so on
 * purpose (tput). */
static void give_back(struct run *r)
{
	struct sel_bytes sane = {0};

	if (terminal_usable(r) && r->shadow) {
		ui_add(r, run_title_back(r));
		run_flush(r);
	}
	if (!terminal_usable(r) || !r->shadow ||
	    (r->exited && r->exit_code < 128 && !r->told_to_end))
		return;
	sel_shadow_sane(r->shadow, false, &sane);
	ui_add_bytes(r, sane.s, sane.n);
	sel_bytes_done(&sane);
	run_flush(r);
}

static void broker_end(struct run *r)
{
	usec_t until = sel_now_monotonic() + BYE_USEC;

	sel_closep(&r->control); /* it may go */
	r->control = -1;
	/* It has said all; that it tidies its store is nothing to wait for. */
	if (r->exited && !r->failed && r->errors < 0)
		return;
	for (;;) {
		struct pollfd p[2] = {{.fd = r->pidfd, .events = POLLIN},
				      {.fd = r->errors, .events = POLLIN}};
		usec_t now = sel_now_monotonic();

		if (poll(p, 2, now < until ? (int)((until - now) / USEC_PER_MSEC) + 1 : 0) < 0 &&
		    errno != EINTR)
			break;
		if (p[1].revents)
			read_errors(r);
		else if (p[0].revents)
			break;
		else if (sel_now_monotonic() >= until) {
			run_say(r, "the broker does not end; killing it");
			(void)kill(r->broker, SIGKILL);
			until = USEC_INFINITY;
		}
	}
	(void)waitpid(r->broker, NULL, 0);
	run_flush(r);
}

int run_loop(struct run *r)
{
	run_send(r, json_pack("{s:i, s:s, s:s}", "v", SEL_PROTO_VERSION, "type", "hello", "front",
			      "run"));
	while (!r->exited && !r->broker_gone)
		step(r);
	drain(r);
	give_back(r);
	if (!r->exited)
		r->exit_code = r->started ? 128 + SIGKILL : SEL_EXIT_SETUP;
	sel_tty_restore(&r->tty);
	broker_end(r);
	if (!r->exited)
		run_say(r, "the broker ended without a word; %s",
			r->started ? "the program was ended with it" : "nothing was run");
	run_flush(r);
	return r->exit_code;
}
