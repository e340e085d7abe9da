#include "console.h"

#include "commands.h"
#include "console_fleet.h"
#include "console_term.h"
#include "view.h"
#include "view_stats.h"

#include <langinfo.h>
#include <signal.h>
#include <stdio.h>

#define TICK_USEC USEC_PER_SEC

struct console_options {
	bool no_color;
};
static const struct sel_option rows[] = {
	{"no-color", 0, SEL_OPT_FLAG, NULL, "no colours; as NO_COLOR=1",
	 offsetof(struct console_options, no_color), 0},
	{0},
};
const struct sel_usage sel_usage_console = {
	.name = "",
	.synopsis = "[--no-color]",
	.example = "seldom",
	.does = "Shows what runs under seldom and what it asks, and takes answers.",
	.options = rows,
};

struct console {
	struct sel_fleet *fleet;
	struct sel_model model;
	struct sel_ui ui;
	struct sel_input input;
	struct sel_canvas canvas;
	usec_t ticked;
	int sigfd;
	int signal; /* that ends it */
	bool quit;
};

/* --- what the brokers say -------------------------------------------------------------------- */

static void on_joined(void *ctx, const char *session, json_t *welcome)
{
	struct console *c = ctx;

	(void)sel_model_joined(&c->model, session, welcome, sel_now_real());
}

static void on_left(void *ctx, const char *session)
{
	struct console *c = ctx;

	sel_model_left(&c->model, session, sel_now_real());
	sel_ui_sync(&c->ui, &c->model, sel_now_monotonic());
}

static void on_message(void *ctx, const char *session, json_t *message)
{
	struct console *c = ctx;
	usec_t now = sel_now_monotonic();

	sel_model_message(&c->model, session, message, sel_ui_reading(&c->ui, now), now,
			  sel_now_real());
	sel_ui_sync(&c->ui, &c->model, sel_now_monotonic());
}

static const struct sel_fleet_events events = {
	.joined = on_joined, .message = on_message, .left = on_left};

/* --- what the person does -------------------------------------------------------------------- */

static void send_answer(struct console *c, const struct sel_ui_effect *e)
{
	int r = sel_fleet_send(c->fleet, e->session, sel_reply_message(e->id, &e->reply));
	struct sel_entry *entry = sel_model_find(&c->model, e->id);

	if (r >= 0)
		return;
	if (entry)
		entry->sent = false;
	sel_ui_note(&c->ui, sel_now_monotonic(), SEL_ROLE_WARN, "not answered: %s: %s", e->id,
		    strerror(-r));
}

static void send_hold(struct console *c, const struct sel_ui_effect *e)
{
	(void)sel_fleet_send(c->fleet, e->session,
			     json_pack("{s:s, s:s}", "type", "hold", "id", e->id));
}

static void read_stats(struct console *c)
{
	const struct sel_filter all = {0};
	struct sel_store *store = NULL;
	json_t *stats = NULL;
	int r = sel_store_open(NULL, SEL_STORE_READ, &store, NULL);

	if (r == -ENOENT) /* nothing ran yet */
		r = sel_store_open(NULL, SEL_STORE_MEMORY, &store, NULL);
	if (r >= 0)
		(void)sel_stats_gather(store, &all, &stats);
	sel_model_stats(&c->model, stats);
	json_decref(stats);
	sel_store_free(store);
}

static void perform(struct console *c, struct sel_ui_effect *e)
{
	switch (e->kind) {
	case SEL_EFFECT_NONE:
		break;
	case SEL_EFFECT_ANSWER:
		if (e->reply.token)
			e->reply.token = e->token;
		send_answer(c, e);
		break;
	case SEL_EFFECT_OPENED:
		sel_term_flush_input();
		c->input = (struct sel_input){0};
		send_hold(c, e);
		break;
	case SEL_EFFECT_HOLD:
		send_hold(c, e);
		break;
	case SEL_EFFECT_QUIT:
		c->quit = true;
		break;
	case SEL_EFFECT_SUSPEND:
		sel_term_suspend();
		sel_ui_again(&c->ui);
		break;
	case SEL_EFFECT_REDRAW:
		sel_term_redraw();
		break;
	case SEL_EFFECT_STATS:
		read_stats(c);
		break;
	}
}

static void key(struct console *c, int k)
{
	struct sel_ui_effect effect;

	sel_ui_key(&c->ui, &c->model, k, sel_now_monotonic(), &effect);
	perform(c, &effect);
}

static int read_keys(struct console *c)
{
	uint8_t bytes[256];
	ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -errno;
	if (n == 0)
		return -EIO; /* the terminal is gone */
	for (ssize_t i = 0; i < n && !c->quit; i++) {
		enum sel_view before = c->ui.view;

		key(c, sel_input_byte(&c->input, bytes[i], sel_now_monotonic()));
		/* the rest was typed at a screen that showed something else */
		if (before == SEL_VIEW_NOW && c->ui.id[0])
			break;
	}
	return 0;
}

/* --- signals --------------------------------------------------------------------------------- */

static void read_signals(struct console *c)
{
	int number;

	while ((number = sel_term_signal(c->sigfd)) > 0)
		switch (number) {
		case SIGWINCH:
			sel_ui_again(&c->ui);
			break;
		case SIGTSTP:
			sel_term_suspend();
			sel_ui_again(&c->ui);
			break;
		default:
			c->signal = number;
			c->quit = true;
		}
}

/* --- the loop -------------------------------------------------------------------------------- */

static int draw(struct console *c)
{
	struct sel_drawn drawn;
	int height, width;

	sel_term_size(&height, &width);
	if (height != c->canvas.rows || width != c->canvas.cols) {
		sel_canvas_done(&c->canvas);
		if (sel_canvas_init(&c->canvas, height, width, c->model.utf8) < 0)
			return -ENOMEM;
		sel_ui_again(&c->ui);
		sel_term_redraw();
	}
	/* the second time the line that says why 'y' is off knows what the first one showed */
	for (int pass = 0; pass < 2; pass++) {
		bool whole = c->ui.whole;

		sel_view_draw(&c->canvas, &c->ui, &c->model, sel_now_monotonic(), sel_now_real(),
			      &drawn);
		sel_term_show(&c->canvas);
		sel_ui_drawn(&c->ui, &c->model, &drawn, sel_now_monotonic());
		if (whole == c->ui.whole)
			break;
	}
	return 0;
}

static void tick(struct console *c)
{
	usec_t now = sel_now_monotonic();

	if (c->ticked && now - c->ticked < TICK_USEC)
		return;
	c->ticked = now;
	(void)sel_fleet_scan(c->fleet);
	for (size_t i = 0; i < c->model.n_sessions; i++)
		(void)sel_fleet_send(c->fleet, c->model.sessions[i].id,
				     json_pack("{s:s}", "type", "status"));
}

static int wait_msec(const struct console *c)
{
	usec_t now = sel_now_monotonic();
	usec_t wait = c->ticked + TICK_USEC > now ? c->ticked + TICK_USEC - now : 0;
	usec_t ui = sel_ui_wait(&c->ui, now), input = sel_input_wait(&c->input, now);

	wait = ui < wait ? ui : wait;
	wait = input < wait ? input : wait;
	return (int)((wait + USEC_PER_MSEC - 1) / USEC_PER_MSEC);
}

static int turn(struct console *c)
{
	struct pollfd fds[SEL_FLEET_MAX + 3];
	int timeout = wait_msec(c), r = 0;
	size_t n = sel_fleet_poll(c->fleet, fds, &timeout);

	fds[n] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
	fds[n + 1] = (struct pollfd){.fd = c->sigfd, .events = POLLIN};
	if (poll(fds, n + 2, timeout) < 0)
		return errno == EINTR ? 0 : -errno;
	/* keys first: they were typed at what is on the screen, not at what arrives now */
	if (fds[n].revents)
		r = read_keys(c);
	key(c, sel_input_idle(&c->input, sel_now_monotonic()));
	if (fds[n + 1].revents)
		read_signals(c);
	sel_fleet_dispatch(c->fleet, fds, n);
	tick(c);
	return r;
}

static int loop(struct console *c)
{
	int r = 0;

	tick(c);
	while (r >= 0 && !c->quit) {
		r = draw(c);
		if (r >= 0)
			r = turn(c);
	}
	return c->quit ? 0 : r;
}

static int console_run(struct console *c, bool colour)
{
	int r = sel_fleet_new("console", NULL, &events, c, &c->fleet);

	if (r < 0)
		return sel_err(r, "Cannot look for sessions"), 1;
	c->sigfd = sel_term_signals();
	r = c->sigfd < 0 ? c->sigfd : sel_term_open(colour);
	if (r == -ENOTTY)
		return sel_err(0,
			       "The console needs a terminal; 'seldom pending' lists what waits"),
		       2;
	if (r == -ENOENT)
		return sel_err(0, "The terminal '%s' is unknown; set TERM, or use 'seldom pending'",
			       getenv("TERM") ? getenv("TERM") : ""),
		       1;
	if (r >= 0)
		r = loop(c);
	sel_term_close();
	/* a hung-up terminal is no failure of ours */
	return r < 0 && r != -EIO ? (sel_err(r, "The console failed"), 1) : 0;
}

/* Ends as the signal would have ended it, with the terminal given back. */
static void die_of(int number)
{
	sigset_t set;

	(void)signal(number, SIG_DFL); /* ncurses put its own handler there */
	(void)sigemptyset(&set);
	(void)sigaddset(&set, number);
	(void)raise(number);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
}

int sel_cmd_console(int argc, char **argv)
{
	struct console_options opt = {0};
	struct console *c;
	int first = sel_options_parse(&sel_usage_console, argc, argv, &opt), code;

	if (first < 0)
		return sel_options_exit(first);
	c = calloc(1, sizeof *c);
	if (!c)
		return sel_err(-ENOMEM, "Cannot start the console"), 1;
	c->sigfd = -1;
	sel_model_init(&c->model, strcmp(nl_langinfo(CODESET), "UTF-8") == 0);
	sel_ui_init(&c->ui);
	code = console_run(c, !opt.no_color);
	if (c->signal)
		die_of(c->signal);
	sel_fleet_free(c->fleet);
	sel_model_done(&c->model);
	sel_canvas_done(&c->canvas);
	sel_closep(&c->sigfd);
	free(c);
	return code;
}
