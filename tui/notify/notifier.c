#include "notifier.h"

#include "../console_fleet.h"
#include "../notify_start.h"
#include "config.h"
#include "desk.h"
#include "opener.h"
#include "plan.h"
#include "seldom/proto.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define TICK_USEC USEC_PER_SEC
/* Without a run, for so long, it ends. */
#define LINGER_USEC (60 * USEC_PER_SEC)
/* A server may have to be started first. */
#define FIRST_WORD_USEC (10 * USEC_PER_SEC)
/* After that one that takes longer hangs. */
#define PATIENCE_USEC (3 * USEC_PER_SEC)
/* A desk that ended is tried again after this, twice as long each time. */
#define AGAIN_MIN_USEC (1 * USEC_PER_SEC)
#define AGAIN_MAX_USEC (60 * USEC_PER_SEC)

struct notifier {
	struct sel_plan *plan;
	struct sel_fleet *fleet; /* NULL: nobody would see a question, so no broker counts on us */
	struct sel_config config;
	char *terminal[SEL_OPENER_WORDS + 1]; /* terminal[0] NULL: none */
	char *self, *seldom;

	pid_t desk;
	int desk_fd; /* -1: none runs */
	bool desk_spoke;
	usec_t desk_since; /* waiting for a word of it; 0: none is due */
	usec_t desk_again, desk_gap;
	struct sel_server server;
	bool server_known;
	struct sel_step step; /* what it does at the moment */

	int signals;
	usec_t ticked, alone_since;
	bool quit;
};

/* --- what the brokers say -------------------------------------------------------------------- */

static void on_left(void *ctx, const char *session)
{
	struct notifier *n = ctx;

	sel_plan_left(n->plan, session);
}

static void on_question(struct notifier *n, const char *session, json_t *m)
{
	sel_plan_question(n->plan, session, json_incref(json_object_get(m, "question")),
			  sel_now_monotonic());
}

static void on_closed(struct notifier *n, const char *session, json_t *m)
{
	char owner[33];
	const char *id = sel_json_text(m, "id");

	if (sel_fleet_id_session(id, owner) && strcmp(owner, session) == 0)
		sel_plan_closed(n->plan, id);
}

static void on_result(struct notifier *n, const char *session, json_t *m)
{
	char owner[33];
	const char *id = sel_json_text(m, "id");

	if (!sel_fleet_id_session(id, owner) || strcmp(owner, session) != 0)
		return;
	sel_plan_result(n->plan, id, json_is_true(json_object_get(m, "ok")),
			sel_json_text(m, "error"), sel_now_monotonic());
	if (*sel_json_text(m, "feedback"))
		sel_plan_words(n->plan, sel_json_text(m, "feedback"));
}

static void on_message(void *ctx, const char *session, json_t *m)
{
	static const struct {
		const char *type;
		void (*take)(struct notifier *n, const char *session, json_t *m);
	} messages[] = {{"question", on_question}, {"closed", on_closed}, {"result", on_result}};
	const char *type = sel_json_text(m, "type");

	for (size_t i = 0; i < SEL_N(messages); i++)
		if (strcmp(messages[i].type, type) == 0)
			messages[i].take(ctx, session, m);
}

static const struct sel_fleet_events events = {.message = on_message, .left = on_left};

/* Only while bubbles can be shown: a front that nobody sees must not count as a person. */
static void fleet_join(struct notifier *n)
{
	int r;

	if (n->fleet)
		return;
	r = sel_fleet_new("notify", NULL, &events, n, &n->fleet);
	if (r < 0) {
		(void)sel_err(r, "Cannot look for sessions");
		n->quit = true;
	}
}

static void fleet_leave(struct notifier *n)
{
	sel_fleet_free(n->fleet);
	n->fleet = NULL;
	sel_plan_free(n->plan);
	n->plan = sel_plan_new();
	n->quit |= !n->plan;
}

/* --- the desk -------------------------------------------------------------------------------- */

static void desk_exec(const struct notifier *n, int fd)
{
	char *const argv[] = {n->self, (char *)"--desk", NULL};
	sigset_t none;

	(void)sigemptyset(&none);
	if (dup2(fd, STDIN_FILENO) < 0 || close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0 ||
	    sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		_exit(1);
	(void)execv(n->self, argv);
	_exit(1);
}

static int desk_start(struct notifier *n)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return -errno;
	n->desk = fork();
	if (n->desk == 0)
		desk_exec(n, pair[1]);
	(void)close(pair[1]);
	if (n->desk < 0) {
		(void)close(pair[0]);
		return -errno;
	}
	n->desk_fd = pair[0];
	n->desk_spoke = false;
	n->desk_since = sel_now_monotonic();
	return 0;
}

static void step_clear(struct notifier *n)
{
	sel_bubble_done(&n->step.bubble);
	n->step = (struct sel_step){0};
}

/* It hangs, or is gone. Whatever it showed is not ours any more. */
static void desk_drop(struct notifier *n, usec_t now)
{
	sel_closep(&n->desk_fd);
	n->desk_fd = -1;
	(void)kill(n->desk, SIGKILL); /* our child, not waited for yet: no other has its number */
	while (waitpid(n->desk, NULL, 0) < 0 && errno == EINTR)
		;
	n->desk = 0;
	n->desk_since = 0;
	step_clear(n);
	fleet_leave(n);
	n->desk_gap = !n->desk_gap			 ? AGAIN_MIN_USEC
		      : n->desk_gap * 2 > AGAIN_MAX_USEC ? AGAIN_MAX_USEC
							 : n->desk_gap * 2;
	n->desk_again = now + n->desk_gap;
}

static void on_server(struct notifier *n, const json_t *m)
{
	(void)snprintf(n->server.name, sizeof n->server.name, "%s", sel_json_text(m, "name"));
	(void)snprintf(n->server.version, sizeof n->server.version, "%s",
		       sel_json_text(m, "version"));
	n->server.actions = json_is_true(json_object_get(m, "actions"));
	n->server.body = json_is_true(json_object_get(m, "body"));
	n->server.markup = json_is_true(json_object_get(m, "markup"));
	n->server_known = n->desk_spoke = true;
	n->desk_since = 0;
	fleet_join(n);
}

/* One that was there may come back; else the next run starts another one of us. */
static void on_none(struct notifier *n, const json_t *m)
{
	sel_dbg("%s", sel_json_text(m, "error"));
	n->quit |= !n->server_known;
}

static void on_done(struct notifier *n, const json_t *m)
{
	if (n->step.kind == SEL_STEP_NONE)
		return;
	n->desk_since = 0;
	n->desk_gap = 0; /* it works */
	sel_plan_done(n->plan, &n->step, json_is_true(json_object_get(m, "ok")),
		      sel_now_monotonic());
	step_clear(n);
}

static void press_answer(struct notifier *n, const struct sel_press *press)
{
	int r = n->fleet ? sel_fleet_send(n->fleet, press->session,
					  sel_reply_message(press->id, &press->reply))
			 : -ENOENT;

	if (r < 0)
		sel_plan_result(n->plan, press->id, false, strerror(-r), sel_now_monotonic());
}

static void on_pressed(struct notifier *n, const json_t *m)
{
	const char *token = json_string_value(json_object_get(m, "token"));
	usec_t at = (usec_t)json_integer_value(json_object_get(m, "at")), now = sel_now_monotonic();
	struct sel_press press;

	/* when it was pressed, however late we come to hear of it: the guard time is the person's
	 */
	sel_plan_pressed(n->plan, sel_json_text(m, "key"),
			 (unsigned)json_integer_value(json_object_get(m, "revision")),
			 sel_json_text(m, "what"), at < now ? at : now, &press);
	switch (press.kind) {
	case SEL_PRESS_NONE:
		break;
	case SEL_PRESS_ANSWER:
		press_answer(n, &press);
		break;
	case SEL_PRESS_OPEN:
		if (n->terminal[0])
			(void)sel_opener_start(n->terminal, n->seldom, press.id, token);
		break;
	}
}

static void on_gone(struct notifier *n, const json_t *m)
{
	sel_plan_gone(n->plan, sel_json_text(m, "key"),
		      (unsigned)json_integer_value(json_object_get(m, "revision")));
}

static void desk_message(struct notifier *n, const json_t *m)
{
	static const struct {
		const char *type;
		void (*take)(struct notifier *n, const json_t *m);
	} messages[] = {{"server", on_server},
			{"none", on_none},
			{"done", on_done},
			{"pressed", on_pressed},
			{"gone", on_gone}};
	const char *type = sel_json_text(m, "type");

	for (size_t i = 0; i < SEL_N(messages); i++)
		if (strcmp(messages[i].type, type) == 0)
			messages[i].take(n, m);
}

static void desk_read(struct notifier *n)
{
	json_t *m = NULL;
	int r = sel_msg_recv(n->desk_fd, &m);

	if (r > 0)
		desk_message(n, m);
	else if (r != -EAGAIN)
		desk_drop(n, sel_now_monotonic());
	json_decref(m);
}

static json_t *step_message(const struct sel_step *s)
{
	if (s->kind == SEL_STEP_CLOSE)
		return json_pack("{s:s,s:s}", "type", "close", "key", s->key);
	return json_pack("{s:s,s:s,s:I,s:s,s:s,s:i,s:b,s:b,s:s*,s:s*}", "type", "show", "key",
			 s->key, "revision", (json_int_t)s->revision, "title", s->bubble.title,
			 "body", s->bubble.body, "expire_ms", s->expire_ms, "grave",
			 s->bubble.grave, "open", s->bubble.open, "allow", s->bubble.allow, "deny",
			 s->bubble.deny);
}

/* One step at a time: what changes meanwhile becomes part of the next. */
static void desk_feed(struct notifier *n, usec_t now)
{
	json_t *m;

	if (n->desk_fd < 0 || !n->desk_spoke || n->step.kind != SEL_STEP_NONE)
		return;
	sel_plan_next(n->plan, &n->server, n->terminal[0], now, &n->step);
	if (n->step.kind == SEL_STEP_NONE)
		return;
	m = step_message(&n->step);
	n->desk_since = now;
	if (!m || sel_msg_send(n->desk_fd, m) < 0)
		desk_drop(n, now);
}

static usec_t desk_deadline(const struct notifier *n)
{
	return n->desk_fd < 0	? n->desk_again
	       : !n->desk_since ? USEC_INFINITY
				: n->desk_since + (n->desk_spoke ? PATIENCE_USEC : FIRST_WORD_USEC);
}

static void desk_watch(struct notifier *n, usec_t now)
{
	if (now < desk_deadline(n))
		return;
	if (n->desk_fd >= 0) {
		sel_dbg("the notification server does not answer");
		desk_drop(n, now);
	} else if (desk_start(n) < 0) {
		n->quit = true;
	}
}

/* --- life ------------------------------------------------------------------------------------ */

static bool runs_there(const struct notifier *n)
{
	char **sessions;
	int r;

	if (n->fleet)
		return sel_fleet_count(n->fleet) > 0;
	r = sel_front_sessions(&sessions);
	if (r < 0)
		return false;
	for (char **s = sessions; *s; s++)
		free(*s);
	free(sessions);
	return r > 0;
}

static void tick(struct notifier *n, usec_t now)
{
	if (n->ticked && now - n->ticked < TICK_USEC)
		return;
	n->ticked = now;
	if (n->fleet)
		(void)sel_fleet_scan(n->fleet);
	if (runs_there(n))
		n->alone_since = now;
	else if (now - n->alone_since >= LINGER_USEC)
		n->quit = true;
}

static int wait_msec(const struct notifier *n, usec_t now)
{
	usec_t wait = n->ticked + TICK_USEC > now ? n->ticked + TICK_USEC - now : 0;
	usec_t desk = desk_deadline(n), plan = USEC_INFINITY;

	desk = desk > now ? desk - now : 0;
	if (n->desk_fd >= 0 && n->desk_spoke && n->step.kind == SEL_STEP_NONE)
		plan = sel_plan_wait(n->plan, now);
	wait = desk < wait ? desk : wait;
	wait = plan < wait ? plan : wait;
	return (int)((wait + USEC_PER_MSEC - 1) / USEC_PER_MSEC);
}

static void turn(struct notifier *n)
{
	struct pollfd fds[SEL_FLEET_MAX + 3];
	usec_t now = sel_now_monotonic();
	int timeout = wait_msec(n, now);
	size_t fleet = n->fleet ? sel_fleet_poll(n->fleet, fds, &timeout) : 0;

	fds[fleet] = (struct pollfd){.fd = n->desk_fd, .events = POLLIN};
	fds[fleet + 1] = (struct pollfd){.fd = n->signals, .events = POLLIN};
	if (poll(fds, fleet + 2, timeout) < 0)
		return;
	n->quit |= fds[fleet + 1].revents != 0;
	/* what is gone must not be answered: brokers go first */
	if (n->fleet)
		sel_fleet_dispatch(n->fleet, fds, fleet);
	if (n->desk_fd >= 0 && fds[fleet].revents)
		desk_read(n);
	now = sel_now_monotonic();
	desk_watch(n, now);
	tick(n, now);
	desk_feed(n, now);
}

static int signals_open(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR ||
	    signal(SIGHUP, SIG_IGN) == SIG_ERR)
		return -errno;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* -EWOULDBLOCK: another one has it. */
static int lock_take(void)
{
	_cleanup_free_ char *dir = NULL, *path = NULL;
	int fd, r = sel_runtime_dir(&dir);

	if (r < 0)
		return r;
	if (asprintf(&path, "%s/%s", dir, SEL_NOTIFY_LOCK) < 0)
		return -ENOMEM;
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		r = -errno;
		(void)close(fd);
		return r;
	}
	return fd;
}

static int settings_read(struct notifier *n)
{
	_cleanup_free_ char *error = NULL;
	int r = sel_config_load(NULL, getenv("HOME"), &n->config, &error);

	if (r < 0)
		return sel_err(r, "%s", error ? error : "Cannot read the configuration");
	r = sel_opener_find(n->config.terminal, n->terminal);
	return r == -ENOENT ? 0 : r;
}

static int start(struct notifier *n)
{
	int r = sel_helper_path("seldom-notify", &n->self);

	if (r >= 0)
		r = sel_helper_path("seldom", &n->seldom);
	if (r < 0)
		return r;
	n->plan = sel_plan_new();
	n->signals = signals_open();
	n->alone_since = sel_now_monotonic();
	return !n->plan ? -ENOMEM : n->signals < 0 ? n->signals : desk_start(n);
}

static int run(struct notifier *n)
{
	int r = settings_read(n);

	if (r < 0 || n->config.notify == 0)
		return r;
	r = start(n);
	while (r >= 0 && !n->quit)
		turn(n);
	return r;
}

int sel_notifier_run(void)
{
	struct notifier n = {.desk_fd = -1, .signals = -1};
	_cleanup_close_ int lock = lock_take();
	int r;

	if (lock < 0)
		return lock == -EWOULDBLOCK ? 0 : (sel_err(lock, "Cannot take the lock"), 1);
	r = run(&n);
	/* the end of the socket tells the desk to close what it showed; it is not waited for */
	sel_closep(&n.desk_fd);
	sel_closep(&n.signals);
	step_clear(&n);
	sel_fleet_free(n.fleet);
	sel_plan_free(n.plan);
	sel_opener_done(n.terminal);
	sel_config_done(&n.config);
	free(n.self);
	free(n.seldom);
	return r < 0 ? 1 : 0;
}
