/* The question over a full-screen program: as a panel, or in a popup of tmux. */
#include "popup_tmux.h"
#include "run_parts.h"

#include <stdio.h>
#include <sys/wait.h>

void run_guard_update(struct run *r)
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
		run_ui_bytes(r, take->s, take->n);
	sel_bytes_done(take);
	r->popup_drawing = true;
}

void run_popup_draw(struct run *r, bool all, usec_t now)
{
	struct sel_bytes out = {0};

	sel_popup_draw(r->popup, r->shadow, all, now, sel_now_real(), &out);
	popup_write(r, &out);
}

void run_popup_end(struct run *r)
{
	struct sel_bytes out = {0}, program = {0};

	if (!r->popup || !sel_popup_is_open(r->popup))
		return;
	sel_shadow_close(r->shadow, &out);
	sel_popup_close(r->popup, r->shadow, sel_now_monotonic(), &program);
	popup_write(r, &out);
	r->popup_drawing = false;
	run_program_add(r, &program);
	run_guard_update(r);
	run_prompt_release(r);
}

void run_popup_event(struct run *r, enum sel_popup_event event, usec_t now)
{
	switch (event) {
	case SEL_POPUP_NOTHING:
		break;
	case SEL_POPUP_REDRAW:
		run_popup_draw(r, false, now);
		break;
	case SEL_POPUP_SUSPEND:
		run_popup_end(r);
		run_send_signal(r, SIGTSTP);
		break;
	case SEL_POPUP_CLOSE:
		run_popup_end(r);
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

bool run_popup_possible(const struct run *r)
{
	int rows, columns, shadow_rows, shadow_columns;

	if (!r->popup || r->opt.plain || !run_terminal_capable() || sel_tty_taken(&r->tty))
		return false;
	sel_tty_size(&r->tty, &rows, &columns);
	sel_shadow_size(r->shadow, &shadow_rows, &shadow_columns);
	return rows == shadow_rows && columns == shadow_columns;
}

void run_popup_drain(struct run *r)
{
	char keys[4096];
	ssize_t n;

	while ((n = read(r->tty.fd, keys, sizeof keys)) > 0) {
		struct sel_bytes program = {0};

		sel_popup_swallow(r->popup, r->shadow, keys, (size_t)n, &program);
		run_program_add(r, &program);
	}
}

void run_popup_look(struct run *r, usec_t now)
{
	struct sel_bytes out = {0};
	/* Half a sequence, or a cursor that is saved and will be wanted: both are over soon. */
	bool begun = run_modes(r)->state != SEL_SCAN_GROUND ||
		     (run_modes(r)->saved_open && !run_modes(r)->alternate);

	if (!sel_popup_wants(r->popup, now)) {
		run_prompt_release(r);
		return;
	}
	if (sel_tty_lock(&r->tty, SEL_TTY_PROMPT) < 0)
		return;
	if (!r->asked)
		r->asked = now;
	if ((!run_output_pauses(r) && now < r->asked + RUN_PAUSE_USEC) ||
	    (begun && now < r->asked + USEC_PER_SEC)) {
		r->next_look = now + 10 * USEC_PER_MSEC;
		return;
	}
	run_prompt_raw(r);
	sel_popup_open(r->popup, now);
	if (!sel_popup_is_open(r->popup))
		return;
	sel_shadow_open(r->shadow, &out);
	popup_write(r, &out);
	r->popup_fresh = true;
	run_popup_draw(r, true, now);
	run_guard_update(r);
}

bool run_tmux_look(struct run *r, const char *id, usec_t now)
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

void run_popup_on_screen(struct run *r, usec_t now)
{
	if (!r->popup_drawing || run_ui_pending(r) || !sel_popup_is_open(r->popup))
		return;
	r->popup_drawing = false;
	if (r->popup_fresh)
		run_popup_drain(r);
	r->popup_fresh = false;
	if (sel_popup_drawn(r->popup, now))
		run_popup_draw(r, false, now);
}

void run_popup_message(struct run *r, const json_t *m)
{
	usec_t now = sel_now_monotonic();

	if (r->popup)
		run_popup_event(
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
		e = sel_popup_new(r->prompt.utf8, r->theme, popup_send, r, &r->popup);
	return e;
}
