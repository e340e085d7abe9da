/* The loop of `seldom run`: relays the terminal, passes signals on, shows questions and notices. It
 * never waits for the broker, and decides nothing. */
#include "run_parts.h"
#include "seldom/proto.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#define BYE_USEC (10 * USEC_PER_SEC) /* so long the broker may tidy up */

enum { P_SIGNALS, P_CONTROL, P_BROKER, P_TTY, P_MASTER, P_ERRORS, P_N };

static void poll_set(const struct run *r, struct pollfd *p)
{
	bool asked = run_asking(r);
	bool tty = run_terminal_usable(r) && r->master >= 0;
	/* Who asks listens, also where another run made the terminal raw; who does not, waits
	 * until the others have their answer. */
	bool ours = r->tty.raw || (r->tty.shared && !sel_tty_taken(&r->tty));
	bool listen = tty && r->started && r->foreground &&
		      (asked || (ours && !r->others_ask && r->in.n < sizeof r->in.data));
	bool show = run_terminal_usable(r) && (run_ui_pending(r) || (r->out.n && !asked));
	bool take = r->master >= 0 && !r->pty_eof && !asked && r->out.n < RUN_TAKE;
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
		run_read_signals(r, now);
	if (p[P_CONTROL].revents & POLLOUT)
		run_outbox_flush(r);
	if (p[P_CONTROL].revents & (POLLIN | POLLHUP | POLLERR) || p[P_BROKER].revents)
		run_read_control(r);
	if (p[P_BROKER].revents)
		r->broker_gone = true; /* and all it said has been read */
	if (p[P_ERRORS].revents)
		run_read_errors(r);
	/* Each of these may have closed what the next one would use. */
	if (p[P_MASTER].revents && r->master >= 0 && r->in.n)
		run_write_program(r);
	if (p[P_MASTER].revents && r->master >= 0 && !run_asking(r) && r->out.n < RUN_TAKE)
		run_read_program(r);
	if (p[P_TTY].revents & POLLOUT && run_terminal_usable(r) && (run_ui_pending(r) || r->out.n))
		run_write_terminal(r, now);
	if (p[P_TTY].revents & (POLLIN | POLLHUP | POLLERR) && run_terminal_usable(r)) {
		if (!r->tty.raw && !run_asking(r)) /* somebody types to a shared terminal */
			(void)sel_tty_raw(&r->tty);
		r->others_ask = !run_asking(r) && sel_tty_locked(&r->tty, SEL_TTY_PROMPT);
		if (!r->others_ask)
			run_read_terminal(r, now);
	}
}

/* Between the program's sequences, and only while the terminal is ours. */
static void title_look(struct run *r, usec_t now)
{
	if (!r->opt.status || !run_terminal_usable(r) || r->master < 0 || !r->started ||
	    !r->foreground)
		return;
	if (run_title_ask(r, now))
		run_send(r, json_pack("{s:s}", "type", "status"));
	if (r->title_next > now && (!r->next_look || r->title_next < r->next_look))
		r->next_look = r->title_next;
	if (run_modes(r)->state == SEL_SCAN_GROUND && !sel_tty_taken(&r->tty)) {
		_cleanup_free_ char *title = run_title_take(r);

		run_ui_add(r, title ? title : "");
	}
}

static void look(struct run *r, usec_t now)
{
	r->next_look = 0;
	run_terminal_look(r, now);
	if (r->prompt.question) {
		run_prompt_raw(r);
		run_prompt_event(r, sel_keys_tick(&r->keys, now), now);
		run_prompt_on_screen(r, now);
	}
	if (r->others_ask) { /* their keys are not ours; look again soon */
		r->others_ask = sel_tty_locked(&r->tty, SEL_TTY_PROMPT);
		r->next_look = now + RUN_LOOK_USEC;
	}
	if (r->popup && sel_popup_is_open(r->popup) && sel_popup_wait(r->popup, now) == 0)
		run_popup_event(r, sel_popup_tick(r->popup, now), now);
	run_prompt_look(r, now);
	title_look(r, now);
	if (!run_asking(r) && r->notices_n && !r->exited)
		run_say_in_terminal(r);
}

static void step(struct run *r)
{
	struct pollfd p[P_N];
	usec_t now = sel_now_monotonic(), tick;
	bool behind;
	int ready;

	look(r, now);
	tick = r->prompt.question ? sel_prompt_tick(&r->prompt, now) : USEC_INFINITY;
	poll_set(r, p);
	behind = r->shadow && sel_shadow_behind(r->shadow);
	ready = poll(p, P_N, behind ? 0 : poll_timeout(r, now));
	if (ready < 0) {
		r->broker_gone |= errno != EINTR;
		return;
	}
	if (ready == 0 && behind)
		sel_shadow_read_on(r->shadow);
	now = sel_now_monotonic();
	handle(r, p, now);
	if (r->prompt.question && now >= tick)
		run_prompt_draw(r, now);
}

/* All that the program wrote before its end reaches the terminal. Where the broker died, the kernel
 * is just ending the program: its terminal says when that is done. */
static void drain(struct run *r)
{
	usec_t until = sel_now_monotonic() + USEC_PER_SEC;

	run_prompt_end(r);
	run_flush(r); /* reading into a full buffer would look like the end */
	while (r->master >= 0 && !r->pty_eof) {
		struct pollfd p = {.fd = r->master, .events = POLLIN};
		int ready = poll(&p, 1, r->exited ? 0 : 100);

		if (ready < 0 && errno != EINTR)
			break;
		if (ready == 0 && (r->exited || sel_now_monotonic() > until))
			break;
		if (ready > 0)
			run_read_program(r);
		run_flush(r);
	}
	run_flush(r);
}

/* A program that was killed has left the terminal as it was. One that ends by itself may do so on
 * purpose (tput). */
static void give_back(struct run *r)
{
	struct sel_bytes sane = {0};

	if (run_terminal_usable(r) && r->shadow) {
		run_ui_add(r, run_title_back(r));
		run_flush(r);
	}
	if (!run_terminal_usable(r) || !r->shadow ||
	    (r->exited && r->exit_code < 128 && !r->told_to_end))
		return;
	sel_shadow_sane(r->shadow, false, &sane);
	run_ui_bytes(r, sane.s, sane.n);
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
			run_read_errors(r);
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
