/* Signals, the terminal's modes and size, stopping and going on. */
#include "run_parts.h"

#include <signal.h>
#include <sys/signalfd.h>

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

void run_terminal_look(struct run *r, usec_t now)
{
	if (!run_terminal_usable(r) || r->master < 0)
		return;
	r->foreground = sel_tty_foreground(&r->tty);
	if (wants_raw(r))
		(void)sel_tty_raw(&r->tty);
	if (!r->foreground || r->tty.shared || !r->tty.raw)
		r->next_look = now + RUN_LOOK_USEC;
}

static void resize(struct run *r, usec_t now)
{
	int rows, columns;

	if (r->master < 0 || !run_terminal_usable(r))
		return;
	(void)sel_pty_resize(&r->tty, r->master);
	sel_tty_size(&r->tty, &rows, &columns);
	(void)sel_shadow_resize(r->shadow, rows, columns);
	if (r->popup && sel_popup_is_open(r->popup))
		run_popup_draw(r, true, now);
	if (!r->prompt.question)
		return;
	sel_prompt_resize(&r->prompt, rows, columns);
	run_ui_add(r, "\r\n");
	run_prompt_draw(r, now);
}

/* The program was stopped, so we stop as it would have: by SIGTSTP, which the kernel drops where
 * nobody could continue us, and the whole job, as the terminal would have done. */
int run_stopped(struct run *r, const json_t *m)
{
	bool job = run_terminal_usable(r) && sel_tty_foreground(&r->tty);
	sigset_t tstp;

	(void)m;
	run_prompt_end(r);
	run_ui_add(r, run_title_back(r));
	run_flush(r);
	sel_tty_restore(&r->tty);
	(void)sigemptyset(&tstp);
	(void)sigaddset(&tstp, SIGTSTP);
	(void)kill(job ? 0 : getpid(), SIGTSTP);
	(void)sigprocmask(SIG_UNBLOCK, &tstp, NULL); /* here it takes effect */
	(void)sigprocmask(SIG_BLOCK, &tstp, NULL);
	run_terminal_look(r, sel_now_monotonic());
	resize(r, sel_now_monotonic());
	run_send_signal(r, SIGCONT);
	return 0;
}

static void continued(struct run *r, usec_t now)
{
	/* The shell may have set the terminal to its liking while we were stopped. */
	if (r->tty.raw && run_terminal_usable(r)) {
		struct termios t;

		if (tcgetattr(r->tty.fd, &t) == 0 && t.c_lflag & ICANON)
			r->tty.raw = false;
	}
	run_terminal_look(r, now);
	if (r->popup && sel_popup_is_open(r->popup))
		run_popup_drain(r); /* typed at a panel that nothing stood behind */
	resize(r, now);
	run_send_signal(r, SIGCONT);
}

void run_read_signals(struct run *r, usec_t now)
{
	struct signalfd_siginfo si;

	while (read(r->signals, &si, sizeof si) == (ssize_t)sizeof si) {
		if (si.ssi_signo == SIGWINCH)
			resize(r, now);
		else if (si.ssi_signo == SIGCONT)
			continued(r, now);
		else
			run_send_signal(r, (int)si.ssi_signo);
	}
}
