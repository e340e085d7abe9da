/* What `seldom run` says: lines for the person, messages for the broker. */
#include "run_parts.h"
#include "seldom/proto.h"

#include <stdarg.h>
#include <stdio.h>

/* --- our own lines ---------------------------------------------------------------------------- */

void run_ui_bytes(struct run *r, const char *text, size_t n)
{
	char *grown;

	if (n == 0)
		return;
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

void run_ui_add(struct run *r, const char *text)
{
	run_ui_bytes(r, text, strlen(text));
}

bool run_ui_pending(const struct run *r)
{
	return r->ui_at < r->ui_n;
}

bool run_terminal_usable(const struct run *r)
{
	return r->tty.fd >= 0 && !r->tty_eof;
}

struct sel_screen *run_modes(const struct run *r)
{
	return sel_shadow_modes(r->shadow);
}

bool run_asking(const struct run *r)
{
	return r->prompt.question || (r->popup && sel_popup_is_open(r->popup));
}

bool run_full_screen(const struct run *r)
{
	return run_modes(r)->alternate ||
	       (r->master >= 0 && !r->pty_eof && sel_pty_raw(r->master)) || sel_tty_taken(&r->tty);
}

static void ui_line(struct run *r, const char *text)
{
	if (run_modes(r)->state != SEL_SCAN_GROUND)
		run_ui_add(r, "\x18");
	sel_shadow_cancel(r->shadow);
	if (run_modes(r)->midline)
		run_ui_add(r, "\r\n");
	run_modes(r)->midline = false;
	run_ui_add(r, text);
	run_ui_add(r, "\r\n");
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

void run_say_line(struct run *r, char *take)
{
	if (!take)
		return;
	if (r->master >= 0 && r->tty.std[2] && run_terminal_usable(r)) {
		if (run_asking(r) || run_full_screen(r)) {
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
		run_say_line(r, line);
}

void run_say_in_terminal(struct run *r)
{
	size_t n = r->notices_n;

	if (run_asking(r) || !n || run_full_screen(r))
		return;
	r->notices_n = 0;
	for (size_t i = 0; i < n; i++)
		run_say_line(r, r->notices[i]);
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

void run_outbox_flush(struct run *r)
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
	run_outbox_flush(r);
}

void run_send_signal(struct run *r, int signo)
{
	r->told_to_end |= signo == SIGTERM || signo == SIGHUP || signo == SIGQUIT;
	run_send(r, json_pack("{s:s, s:i}", "type", "signal", "signal", signo));
}
