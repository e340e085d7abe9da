#include "console.h"

#include "commands.h"
#include "config.h"
#include "console_fleet.h"
#include "console_reader.h"
#include "console_term.h"
#include "console_view.h"
#include "seldom/text.h"
#include "view.h"

#include <langinfo.h>
#include <signal.h>
#include <stdio.h>

#define TICK_USEC USEC_PER_SEC
/* A view that shows the store reads it anew this often, unless that takes long. */
#define REREAD_USEC (5 * USEC_PER_SEC)
/* How long a question that was named may take to be told of. */
#define FIND_USEC (3 * USEC_PER_SEC)

struct console_options {
	bool no_color, light, dark, mouse;
	const char *view, *question;
};
#define AT(field) offsetof(struct console_options, field)
static const struct sel_option rows[] = {
	{"view", 0, SEL_OPT_STRING, "NAME",
	 "begin with now, sessions, log, rules, statistics, undo or help", AT(view), 0},
	{"question", 0, SEL_OPT_STRING, "ID", "only this question; ends when it is closed",
	 AT(question), 0},
	{"light", 0, SEL_OPT_FLAG, NULL, "colours for a light background", AT(light), 0},
	{"dark", 0, SEL_OPT_FLAG, NULL, "colours for a dark one; else the terminal is asked",
	 AT(dark), 0},
	{"no-color", 0, SEL_OPT_FLAG, NULL, "no colours; as NO_COLOR=1", AT(no_color), 0},
	{"mouse", 0, SEL_OPT_FLAG, NULL, "a click selects, the wheel scrolls; neither answers",
	 AT(mouse), 0},
	{0},
};
const struct sel_usage sel_usage_console = {
	.name = "",
	.synopsis = "[--view NAME|--question ID] [--light|--dark|--no-color] [--mouse]",
	.example = "seldom --view log",
	.does = "Shows what runs under seldom and what it asks, and takes answers.",
	.options = rows,
	.more = "Exit status: 0, 1 it failed or there is no such question, 2 usage.\n",
};

struct console {
	struct console_options opt;
	struct sel_fleet *fleet;
	struct sel_reader *reader;
	struct sel_model model;
	struct sel_ui ui;
	struct sel_input input;
	struct sel_canvas canvas;
	usec_t ticked;
	usec_t asked, read_took; /* the last read: when, and how long */
	char session[33];	 /* of --question */
	bool found;		 /* that question was there */
	usec_t give_up;		 /* if it is not by then */
	int sigfd;
	int signal; /* that ends it */
	bool quit;
};

static void perform(struct console *c, struct sel_ui_effect *e);

/* --- what the brokers say -------------------------------------------------------------------- */

static void on_joined(void *ctx, const char *session, json_t *welcome)
{
	struct console *c = ctx;

	(void)sel_model_joined(&c->model, session, welcome, sel_now_real());
}

/* With --question there is nothing else to do once that one is closed. */
static void look_for_question(struct console *c)
{
	bool there = c->opt.question && sel_model_find(&c->model, c->opt.question);
	struct sel_ui_effect effect;

	if (!c->opt.question)
		return;
	if (!there && c->found)
		c->quit = true;
	/* also when the broker refused the answer: it is open still */
	if (there && !c->ui.id[0] && !c->quit &&
	    sel_ui_open(&c->ui, &c->model, c->opt.question, sel_now_monotonic(), &effect)) {
		c->found = true;
		perform(c, &effect);
	}
}

static void on_left(void *ctx, const char *session)
{
	struct console *c = ctx;

	sel_model_left(&c->model, session, sel_now_real());
	sel_ui_sync(&c->ui, &c->model, sel_now_monotonic());
	look_for_question(c);
}

static void on_message(void *ctx, const char *session, json_t *message)
{
	struct console *c = ctx;
	usec_t now = sel_now_monotonic();

	sel_model_message(&c->model, session, message, sel_ui_reading(&c->ui, now), now,
			  sel_now_real());
	sel_ui_sync(&c->ui, &c->model, sel_now_monotonic());
	look_for_question(c);
	/* all that is open was told before the status */
	if (c->opt.question && !c->found && strcmp(session, c->session) == 0 &&
	    strcmp(sel_json_text(message, "type"), "status") == 0)
		c->quit = true;
}

static const struct sel_fleet_events events = {
	.joined = on_joined, .message = on_message, .left = on_left};

/* --- what the person does -------------------------------------------------------------------- */

static void send_answer(struct console *c, const struct sel_ui_effect *e, const char *id)
{
	int r = sel_fleet_send(c->fleet, e->session, sel_reply_message(id, &e->reply));
	struct sel_entry *entry = sel_model_find(&c->model, id);

	if (r >= 0)
		return;
	if (entry)
		entry->sent = false;
	sel_ui_note(&c->ui, sel_now_monotonic(), SEL_ROLE_WARN, "not answered: %s: %s", id,
		    strerror(-r));
}

static void send_hold(struct console *c, const struct sel_ui_effect *e, const char *id)
{
	(void)sel_fleet_send(c->fleet, e->session,
			     json_pack("{s:s, s:s}", "type", "hold", "id", id));
}

/* For the question, and for those that are answered with it. */
static void send_each(struct console *c, const struct sel_ui_effect *e,
		      void (*send)(struct console *c, const struct sel_ui_effect *e,
				   const char *id))
{
	send(c, e, e->id);
	for (size_t i = 0; i < e->n_also; i++)
		send(c, e, e->also[i]);
}

static void do_deed(struct console *c, const struct sel_ui_effect *e)
{
	if (sel_reader_do(c->reader, e->deed, e->id) < 0)
		sel_ui_note(&c->ui, sel_now_monotonic(), SEL_ROLE_WARN,
			    "not done: another change is being made");
}

/* An undo that is half done is worse than a moment's wait. */
static void leave(struct console *c)
{
	if (sel_reader_doing(c->reader))
		sel_ui_note(&c->ui, sel_now_monotonic(), SEL_ROLE_WARN,
			    "a change is being made; a moment, then quit");
	else
		c->quit = true;
}

static void perform(struct console *c, struct sel_ui_effect *e)
{
	switch (e->kind) {
	case SEL_EFFECT_NONE:
		break;
	case SEL_EFFECT_ANSWER:
		if (e->reply.token)
			e->reply.token = e->token;
		send_each(c, e, send_answer);
		break;
	case SEL_EFFECT_OPENED:
		sel_term_flush_input();
		c->input = (struct sel_input){.mouse = c->opt.mouse};
		send_each(c, e, send_hold);
		break;
	case SEL_EFFECT_HOLD:
		send_each(c, e, send_hold);
		break;
	case SEL_EFFECT_QUIT:
		leave(c);
		break;
	case SEL_EFFECT_SUSPEND:
		sel_term_suspend();
		sel_ui_again(&c->ui);
		break;
	case SEL_EFFECT_REDRAW:
		sel_term_redraw();
		break;
	case SEL_EFFECT_READ:
		c->asked = sel_now_monotonic();
		sel_reader_want(c->reader, &e->want);
		break;
	case SEL_EFFECT_DO:
		do_deed(c, e);
		break;
	}
}

/* --- what the store says ---------------------------------------------------------------------- */

static void reread(struct console *c)
{
	struct sel_ui_effect effect;

	sel_ui_reread(&c->ui, &c->model, sel_now_monotonic(), &effect);
	perform(c, &effect);
}

static void on_deed(struct console *c, const struct sel_reader_result *r)
{
	char safe[512];
	usec_t now = sel_now_monotonic();

	sel_text_escape_message(r->words, safe, sizeof safe);
	sel_model_say(&c->model, sel_now_real(), r->error < 0 ? SEL_ROLE_WARN : SEL_ROLE_NOTE,
		      "%s%s", r->error < 0 ? "not done: " : "", safe);
	sel_ui_note(&c->ui, now, r->error < 0 ? SEL_ROLE_WARN : SEL_ROLE_NOTE, "%s%s",
		    r->error < 0 ? "not done: " : "", safe);
	reread(c);
}

static void on_results(struct console *c)
{
	struct sel_reader_result r;

	while (sel_reader_take(c->reader, &r)) {
		if (r.deed != SEL_DEED_NONE) {
			on_deed(c, &r);
			continue;
		}
		c->read_took = sel_now_monotonic() - c->asked;
		sel_model_got(&c->model, r.what, r.data, r.error, r.more);
		sel_ui_got(&c->ui, &c->model, r.what);
	}
}

/* What is looked at is kept fresh, as far as reading it is cheap. */
static void reread_now_and_then(struct console *c, usec_t now)
{
	usec_t pause = REREAD_USEC > 20 * c->read_took ? REREAD_USEC : 20 * c->read_took;

	if (sel_ui_live(&c->ui, &c->model) && now - c->asked > pause)
		reread(c);
}

static void key(struct console *c, int k)
{
	struct sel_ui_effect effect;

	if (k == SEL_KEY_IS_LIGHT || k == SEL_KEY_IS_DARK) {
		sel_term_theme(k == SEL_KEY_IS_LIGHT);
		return;
	}
	if (k == SEL_KEY_CLICK) {
		sel_ui_click(&c->ui, &c->model, c->input.row, sel_now_monotonic());
		return;
	}
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
		bool before = sel_ui_answering(&c->ui);

		key(c, sel_input_byte(&c->input, bytes[i], sel_now_monotonic()));
		/* the rest was typed at a screen that showed something else */
		if (!before && sel_ui_answering(&c->ui))
			break;
	}
	return 0;
}

/* What a library had to say on standard error: into the history, where it is found again. */
static void read_errors(struct console *c)
{
	char text[1024], safe[2048];
	ssize_t n = read(sel_term_errors(), text, sizeof text - 1);

	if (n <= 0)
		return;
	text[n] = '\0';
	for (char *save = NULL, *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		sel_text_escape_message(line, safe, sizeof safe);
		sel_model_say(&c->model, sel_now_real(), SEL_ROLE_WARN, "%s", safe);
		sel_ui_note(&c->ui, sel_now_monotonic(), SEL_ROLE_WARN, "%s", safe);
	}
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
	reread_now_and_then(c, now);
	if (c->opt.question && !c->found && now > c->give_up)
		c->quit = true;
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
	struct pollfd fds[SEL_FLEET_MAX + 5];
	int timeout = wait_msec(c), r = 0;
	size_t n = sel_fleet_poll(c->fleet, fds, &timeout);

	fds[n] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
	fds[n + 1] = (struct pollfd){.fd = c->sigfd, .events = POLLIN};
	fds[n + 2] = (struct pollfd){.fd = sel_reader_fd(c->reader), .events = POLLIN};
	fds[n + 3] = (struct pollfd){.fd = sel_term_errors(), .events = POLLIN};
	if (poll(fds, n + 4, timeout) < 0)
		return errno == EINTR ? 0 : -errno;
	/* keys first: they were typed at what is on the screen, not at what arrives now */
	if (fds[n].revents)
		r = read_keys(c);
	key(c, sel_input_idle(&c->input, sel_now_monotonic()));
	if (fds[n + 1].revents)
		read_signals(c);
	if (fds[n + 2].revents)
		on_results(c);
	if (fds[n + 3].revents)
		read_errors(c);
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

static int first_view(struct console *c)
{
	struct sel_ui_effect effect;
	int view = c->opt.view ? sel_view_from_name(c->opt.view) : SEL_VIEW_NOW;

	sel_ui_view(&c->ui, &c->model, (enum sel_view)view, sel_now_monotonic(), &effect);
	perform(c, &effect);
	return 0;
}

static int console_start(struct console *c)
{
	int r = sel_fleet_new("console", *c->session ? c->session : NULL, &events, c, &c->fleet);

	if (r < 0)
		return sel_err(r, "Cannot look for sessions"), 1;
	r = sel_reader_new(&c->reader); /* signals are blocked by then: they are for the loop */
	if (r < 0)
		return sel_err(r, "Cannot start a thread"), 1;
	return 0;
}

/* The command line wins, then the files; what is wrong in them `seldom run` says. */
static enum sel_theme settings(struct console *c)
{
	struct sel_config config;
	enum sel_theme theme = SEL_THEME_ASK;

	if (sel_config_load(NULL, getenv("HOME"), &config, NULL) >= 0) {
		if (config.theme >= 0)
			theme = sel_theme_named(sel_config_themes[config.theme]);
		c->opt.mouse |= config.mouse == 1;
		sel_config_done(&config);
	}
	return c->opt.no_color ? SEL_THEME_NONE
	       : c->opt.light  ? SEL_THEME_LIGHT
	       : c->opt.dark   ? SEL_THEME_DARK
			       : theme;
}

static int console_run(struct console *c)
{
	enum sel_theme theme = settings(c);
	int r;

	c->input.mouse = c->opt.mouse;
	c->sigfd = sel_term_signals();
	if (c->sigfd >= 0 && console_start(c))
		return 1;
	r = c->sigfd < 0 ? c->sigfd : sel_term_open(theme, c->opt.mouse);
	if (r == -ENOTTY)
		return sel_err(0,
			       "The console needs a terminal; 'seldom pending' lists what waits"),
		       2;
	if (r == -ENOENT)
		return sel_err(0, "The terminal '%s' is unknown; set TERM, or use 'seldom pending'",
			       getenv("TERM") ? getenv("TERM") : ""),
		       1;
	c->give_up = sel_now_monotonic() + FIND_USEC;
	if (r >= 0)
		r = first_view(c);
	if (r >= 0)
		r = loop(c);
	sel_term_close();
	if (c->opt.question && !c->found && !c->signal)
		return sel_err(0, "No question '%s' waits; 'seldom pending' lists them",
			       c->opt.question),
		       1;
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

static int check(struct console *c)
{
	if (c->opt.view && sel_view_from_name(c->opt.view) < 0)
		return sel_usage_error(&sel_usage_console,
				       "--view '%s': now, sessions, log, rules, statistics, undo "
				       "or help",
				       c->opt.view);
	if (c->opt.question && c->opt.view)
		return sel_usage_error(&sel_usage_console, "--view or --question, not both");
	if (c->opt.question && !sel_fleet_id_session(c->opt.question, c->session))
		return sel_usage_error(&sel_usage_console,
				       "--question wants an ID of 'seldom pending'");
	if (c->opt.light && c->opt.dark)
		return sel_usage_error(&sel_usage_console, "--light or --dark, not both");
	return 0;
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
	c->opt = opt;
	c->sigfd = -1;
	sel_model_init(&c->model, strcmp(nl_langinfo(CODESET), "UTF-8") == 0);
	sel_ui_init(&c->ui);
	c->ui.single = opt.question != NULL;
	code = check(c);
	if (code == 0)
		code = console_run(c);
	sel_reader_free(c->reader); /* a change being made ends first */
	if (c->signal)
		die_of(c->signal);
	sel_fleet_free(c->fleet);
	sel_model_done(&c->model);
	sel_canvas_done(&c->canvas);
	sel_closep(&c->sigfd);
	free(c);
	return code;
}
