/* Bytes between the terminal and the program. */
#include "run_parts.h"

#include <poll.h>
#include <stdio.h>

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
	r->out.n = r->out.at = r->in.n = 0;
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

void run_program_add(struct run *r, struct sel_bytes *take)
{
	if (take->n <= sizeof r->in.data - r->in.n) {
		if (take->n)
			memcpy(r->in.data + r->in.n, take->s, take->n);
		r->in.n += take->n;
	}
	sel_bytes_done(take);
}

static ssize_t read_popup_keys(struct run *r, usec_t now)
{
	struct sel_bytes program = {0};
	char keys[4096];
	ssize_t n = read_some(r->tty.fd, keys, sizeof keys);

	if (n <= 0)
		return n;
	if (sel_popup_is_open(r->popup))
		run_popup_event(
			r, sel_popup_input(r->popup, r->shadow, keys, (size_t)n, now, &program),
			now);
	else
		sel_popup_linger(r->popup, r->shadow, keys, (size_t)n, &program);
	run_program_add(r, &program);
	return n;
}

void run_read_terminal(struct run *r, usec_t now)
{
	char keys[4096];
	ssize_t n;

	if (r->popup && !r->prompt.question &&
	    (sel_popup_is_open(r->popup) || sel_popup_lingers(r->popup, now))) {
		n = read_popup_keys(r, now);
	} else if (r->prompt.question) {
		n = read_some(r->tty.fd, keys, sizeof keys);
		if (n > 0)
			run_prompt_event(r, sel_keys_feed(&r->keys, keys, (size_t)n, now), now);
		run_prompt_on_screen(r, now);
	} else if (r->in.n == sizeof r->in.data) {
		return; /* a question that is over just now: no room is no end */
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
	if (!run_ui_pending(r))
		r->ui_at = r->ui_n = 0;
	return n;
}

/* As much as it takes: a pty takes some KiB at a time. */
static ssize_t write_output(struct run *r)
{
	size_t done = 0;
	ssize_t n = 0;

	while (done < r->out.n) {
		n = write_some(r->tty.fd, r->out.data + r->out.at + done, r->out.n - done);
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	if (done) {
		sel_shadow_feed(r->shadow, r->out.data + r->out.at, done);
		r->out.n -= done;
		r->out.at = r->out.n ? r->out.at + done : 0;
		if (r->popup)
			run_guard_update(r);
	}
	return n;
}

void run_write_terminal(struct run *r, usec_t now)
{
	ssize_t n;

	if (run_ui_pending(r)) {
		n = write_lines(r);
		run_prompt_on_screen(r, now);
	} else {
		n = write_output(r);
	}
	if (n < 0 && n != -EAGAIN)
		terminal_gone(r);
}

/* A pty hands out 4 KiB at a time: several of them for one turn of the loop. */
void run_read_program(struct run *r)
{
	struct run_buffer *b = &r->out;
	ssize_t n;

	if (b->at > RUN_BUFFER / 4) { /* seldom: what moves is at most half of the buffer */
		memmove(b->data, b->data + b->at, b->n);
		b->at = 0;
	}
	do {
		size_t end = b->at + b->n;

		n = read_some(r->master, b->data + end, sizeof b->data - end);
		if (n > 0)
			b->n += (size_t)n;
		else if (n == 0)
			r->pty_eof = true;
	} while (n >= 2048 && b->n < RUN_TAKE);
}

void run_write_program(struct run *r)
{
	ssize_t n = write_some(r->master, r->in.data, r->in.n);

	if (n > 0)
		buffer_drop(&r->in, (size_t)n);
	else if (n != -EAGAIN)
		r->in.n = 0; /* nobody is left to read it */
}

/* The broker's own words, line by line. */
void run_read_errors(struct run *r)
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
		run_say_line(r, sel_safe(line, r->prompt.utf8));
}

void run_flush(struct run *r)
{
	usec_t now = sel_now_monotonic();

	while (run_terminal_usable(r) && (run_ui_pending(r) || (r->out.n && !run_asking(r)))) {
		struct pollfd p[2] = {{.fd = r->tty.fd, .events = POLLOUT},
				      {.fd = r->signals, .events = POLLIN}};

		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return;
		if (p[0].revents)
			run_write_terminal(r, now);
		if (p[1].revents)
			run_read_signals(r, now);
	}
}
