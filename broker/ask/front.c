#include "internal.h"

#include "seldom/proto.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#define TICK (200 * USEC_PER_MSEC)

static void client_free(struct client *c)
{
	struct client **p = &c->ask->clients;
	bool run = c->run;
	struct sel_ask *a = c->ask;

	while (*p && *p != c)
		p = &(*p)->next;
	if (*p)
		*p = c->next;
	a->n_clients--;
	(void)sd_event_source_disable_unref(c->io);
	sel_closep(&c->fd);
	free(c);
	if (run)
		a->config.run_gone(a->config.ctx);
}

/* A front that does not read is dropped: nobody waits for it. */
static bool tell(struct client *c, json_t *take)
{
	if (c->dead)
		json_decref(take);
	else if (sel_msg_send(c->fd, take) < 0)
		c->dead = true;
	return !c->dead;
}

static void reap(struct sel_ask *a)
{
	struct client *next;

	for (struct client *c = a->clients; c; c = next) {
		next = c->next;
		if (c->dead)
			client_free(c);
	}
}

/* Fronts that a person sits at; the others answer for one, and neither hurry nor tire. */
bool ask_front_measured(const char *front)
{
	static const char *const fronts[] = {"run", "line", "console", "popup", "notify"};

	for (size_t i = 0; i < SEL_N(fronts); i++)
		if (strcmp(fronts[i], front) == 0)
			return true;
	return false;
}

bool ask_person_there(const struct sel_ask *a)
{
	for (const struct client *c = a->clients; c; c = c->next)
		if (c->hello && !c->dead && (!c->run || a->config.terminal) &&
		    ask_front_measured(c->front))
			return true;
	return false;
}

void ask_broadcast(struct sel_ask *a, json_t *take)
{
	for (struct client *c = a->clients; c; c = c->next)
		if (c->hello)
			(void)tell(c, json_incref(take));
	json_decref(take);
}

void ask_show(struct sel_ask *a, const struct question *q)
{
	ask_broadcast(a, json_pack("{s:i,s:s,s:o}", "v", 1, "type", "question", "question",
				   ask_question_json(a, q)));
}

void sel_ask_notice(struct sel_ask *a, const char *text)
{
	json_t *m = json_pack("{s:i,s:s,s:s}", "v", 1, "type", "notice", "text", text);

	/* What is said before the loop runs is for `seldom run`, which has not been heard yet. */
	for (struct client *c = a->clients; c; c = c->next)
		if (c->run && !c->hello)
			(void)tell(c, json_incref(m));
	ask_broadcast(a, m);
}

int sel_ask_tell_run(struct sel_ask *a, json_t *take, int msec)
{
	for (struct client *c = a->clients; c; c = c->next)
		if (c->run)
			return sel_msg_send_wait(c->fd, take, msec);
	json_decref(take);
	return -ENOTCONN;
}

/* --- what fronts say: a table; anything unlisted ends the connection
 * --------------------------------- */

static int parse_number(const struct sel_ask *a, const char *id, uint32_t *ret)
{
	size_t n = strlen(a->config.session);
	unsigned number;
	char rest;

	if (strncmp(id, a->config.session, n) != 0 || id[n] != '.' ||
	    sscanf(id + n + 1, "%u%c", &number, &rest) != 1)
		return -ENOENT;
	*ret = number;
	return 0;
}

static int parse_rung(struct sel_ask *a, uint32_t number, const json_t *rung, size_t *ret)
{
	if (!rung) {
		*ret = 0;
	} else if (json_is_integer(rung) && json_integer_value(rung) >= 0) {
		*ret = (size_t)json_integer_value(rung);
	} else if (json_is_string(rung) && strcmp(json_string_value(rung), "recommended") == 0) {
		*ret = 0;
		for (const struct question *q = a->questions; q; q = q->next)
			if (q->number == number)
				*ret = q->rungs.recommended;
	} else {
		return -EBADMSG;
	}
	return 0;
}

static int on_answer(struct client *c, json_t *m)
{
	struct sel_answer answer = {.source = SEL_SRC_PERSON, .by = c->front};
	const char *id = NULL, *verdict = NULL, *term = "once";
	json_t *rung = NULL;
	json_int_t response = 0, batch = 1;
	int expanded = 0, r;
	uint32_t number = 0;
	char error[160] = "";
	const char *feedback = NULL;

	if (json_unpack(m, "{s:s,s:s,s?o,s?s,s?s,s?s,s?I,s?b,s?I}", "id", &id, "verdict", &verdict,
			"rung", &rung, "for", &term, "note", &answer.note, "token", &answer.token,
			"response_ms", &response, "expanded", &expanded, "batch", &batch) < 0 ||
	    batch < 1 || batch > BATCH_MAX)
		return -EBADMSG;
	answer.allow = strcmp(verdict, "allow") == 0;
	if (!answer.allow && strcmp(verdict, "deny") != 0)
		return -EBADMSG;
	r = sel_for_from_name(term);
	if (r < 0)
		return -EBADMSG;
	answer.term = (enum sel_for)r;
	answer.response =
		response > 0 && response < 86400000 ? (usec_t)response * USEC_PER_MSEC : 0;
	answer.expanded = expanded;
	answer.batch = (unsigned)batch;
	r = parse_number(c->ask, id, &number);
	if (r >= 0) {
		r = parse_rung(c->ask, number, rung, &answer.rung);
		if (r < 0)
			return r;
		r = ask_answer(c->ask, number, &answer, error, sizeof error, &feedback);
	} else {
		(void)snprintf(error, sizeof error, "no question of this session");
	}
	json_t *reply =
		json_pack("{s:i,s:s,s:s,s:b}", "v", 1, "type", "result", "id", id, "ok", r >= 0);
	if (r < 0)
		(void)json_object_set_new(reply, "error", json_string(error));
	if (feedback)
		(void)json_object_set_new(reply, "feedback", json_string(feedback));
	return tell(c, reply) ? 0 : -EPIPE;
}

static int on_grant(struct client *c, json_t *m)
{
	const char *line;
	char error[160] = "";
	int r;

	if (json_unpack(m, "{s:s}", "line", &line) < 0)
		return -EBADMSG;
	r = ask_host_add(c->ask, line, error, sizeof error);
	json_t *reply =
		json_pack("{s:i,s:s,s:s,s:b}", "v", 1, "type", "result", "id", "", "ok", r >= 0);
	if (r < 0)
		(void)json_object_set_new(reply, "error", json_string(error));
	return tell(c, reply) ? 0 : -EPIPE;
}

static int on_rules(struct client *c, json_t *m)
{
	(void)m;
	if (c->ask->config.host_rules)
		c->ask->config.host_rules(c->ask->config.ctx);
	return 0;
}

static int on_ask(struct client *c, json_t *m)
{
	(void)m;
	ask_wanted(c->ask);
	return 0;
}

static int on_hold(struct client *c, json_t *m)
{
	const char *id;
	uint32_t number;

	if (json_unpack(m, "{s:s}", "id", &id) < 0)
		return -EBADMSG;
	if (parse_number(c->ask, id, &number) >= 0)
		(void)ask_hold(c->ask, number);
	return 0;
}

static int on_status(struct client *c, json_t *m)
{
	json_t *status = c->ask->config.status(c->ask->config.ctx);

	(void)m;
	if (c->ask->n_refused)
		(void)json_object_set_new(status, "unasked", ask_refused_json(c->ask));
	return tell(c, status) ? 0 : -EPIPE;
}

static int on_signal(struct client *c, json_t *m)
{
	int sig;

	if (!c->run || json_unpack(m, "{s:i}", "signal", &sig) < 0 || sig < 1 || sig >= _NSIG)
		return -EBADMSG;
	(void)c->ask->config.signal(c->ask->config.ctx,
				    sig); /* the program may be gone: nothing to say */
	return 0;
}

static int on_hello(struct client *c, json_t *m)
{
	const char *front;
	int v;

	if (json_unpack(m, "{s:i,s:s}", "v", &v, "front", &front) < 0 || v != SEL_PROTO_VERSION)
		return -EPROTO;
	for (size_t i = 0; front[i]; i++)
		if (front[i] < 'a' || front[i] > 'z' || i >= sizeof c->front - 1)
			return -EBADMSG;
	(void)snprintf(c->front, sizeof c->front, "%s", front);
	c->hello = true;
	if (!tell(c, json_incref(c->ask->config.welcome)))
		return -EPIPE;
	for (const struct question *q = c->ask->questions; q; q = q->next)
		if (!tell(c, json_pack("{s:i,s:s,s:o}", "v", 1, "type", "question", "question",
				       ask_question_json(c->ask, q))))
			return -EPIPE;
	return 0;
}

static const struct {
	const char *type;
	bool before_hello;
	int (*handle)(struct client *c, json_t *m);
} messages[] = {
	{"hello", true, on_hello},    {"answer", false, on_answer}, {"hold", false, on_hold},
	{"status", false, on_status}, {"signal", false, on_signal}, {"grant", false, on_grant},
	{"rules", false, on_rules},   {"ask", false, on_ask},
};

static int dispatch(struct client *c, json_t *m)
{
	const char *type = json_string_value(json_object_get(m, "type"));

	for (size_t i = 0; type && i < SEL_N(messages); i++)
		if (strcmp(messages[i].type, type) == 0 && messages[i].before_hello == !c->hello)
			return messages[i].handle(c, m);
	return -EPROTO;
}

static int on_client(sd_event_source *src, int fd, uint32_t events, void *ctx)
{
	struct client *c = ctx;
	struct sel_ask *ask = c->ask;
	json_t *m = NULL;
	int r = sel_msg_recv(fd, &m);

	(void)src;
	(void)events;
	if (r == -EAGAIN)
		return 0;
	if (r == 1)
		r = dispatch(c, m) < 0 ? -EPROTO : 1;
	json_decref(m);
	c->dead |= r <= 0;
	reap(ask);
	return 0;
}

static int client_new(struct sel_ask *a, int take_fd, bool run)
{
	_cleanup_close_ int fd = take_fd;
	struct client *c;
	int r;

	if (a->n_clients >= CLIENTS_MAX)
		return -EUSERS;
	c = calloc(1, sizeof *c);
	if (!c)
		return -ENOMEM;
	*c = (struct client){.ask = a, .fd = fd, .run = run, .next = a->clients};
	(void)snprintf(c->front, sizeof c->front, "run");
	r = sd_event_add_io(a->config.loop, &c->io, fd, EPOLLIN, on_client, c);
	if (r < 0) {
		free(c);
		return r;
	}
	(void)sd_event_source_set_priority(
		c->io, SD_EVENT_PRIORITY_IMPORTANT); /* answers before questions */
	(void)sel_steal_fd(&fd);
	a->clients = c;
	a->n_clients++;
	return 0;
}

/* One number behind NSpid: it lives in our own pid namespace. (The namespace link itself cannot be
 * read by a broker that dropped root's capabilities.) */
static bool in_our_namespace(pid_t pid)
{
	char path[64], buf[4096], *p;
	unsigned n = 0;

	(void)snprintf(path, sizeof path, "/proc/%d/status", pid);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, buf, sizeof buf - 1);
	if (got <= 0)
		return false;
	buf[got] = '\0';
	p = strstr(buf, "\nNSpid:");
	if (!p)
		return false;
	for (p += 7; *p && *p != '\n'; p++)
		n += (p[0] == '\t' || p[0] == ' ') && p[1] >= '0' && p[1] <= '9';
	return n == 1;
}

/* Ours, and not from inside a sandbox: nothing there may answer its own questions. */
static bool peer_ok(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof cred;

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0 && cred.uid == geteuid() &&
	       cred.pid > 0 && in_our_namespace(cred.pid);
}

static int on_listen(sd_event_source *src, int fd, uint32_t events, void *ctx)
{
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)src;
	(void)events;
	if (client < 0)
		return 0;
	if (!peer_ok(client)) {
		(void)close(client);
		return 0;
	}
	(void)client_new(ctx, client, false);
	return 0;
}

static int on_wake(sd_event_source *src, int fd, uint32_t events, void *ctx)
{
	eventfd_t n;

	(void)src;
	(void)events;
	(void)eventfd_read(fd, &n);
	ask_take_handed(ctx);
	reap(ctx);
	return 0;
}

static int on_tick(sd_event_source *src, uint64_t usec, void *ctx)
{
	ask_tick(ctx);
	ask_claims_tick(ctx);
	reap(ctx);
	(void)usec;
	(void)sd_event_source_set_time_relative(src, TICK);
	return sd_event_source_set_enabled(src, SD_EVENT_ONESHOT);
}

int sel_ask_listen(struct sel_ask *a)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	_cleanup_free_ char *dir = NULL;
	_cleanup_close_ int fd = -1;
	int r = sel_runtime_dir(&dir);

	if (r < 0)
		return r;
	if (snprintf(un.sun_path, sizeof un.sun_path, "%s/%s.sock", dir, a->config.session) >=
	    (int)sizeof un.sun_path)
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	mode_t old = umask(0177);
	r = bind(fd, (struct sockaddr *)&un, sizeof un) < 0 ? -errno : 0;
	(void)umask(old);
	if (r < 0)
		return r;
	a->socket_path = strdup(un.sun_path);
	if (listen(fd, 16) < 0)
		return -errno;
	r = sd_event_add_io(a->config.loop, &a->listen_io, fd, EPOLLIN, on_listen, a);
	if (r >= 0)
		a->listen_fd = sel_steal_fd(&fd);
	return r;
}

int sel_ask_new(const struct sel_ask_config *config, struct sel_ask **ret)
{
	struct sel_ask *a = calloc(1, sizeof *a);
	int r;

	if (!a)
		return -ENOMEM;
	a->config = *config;
	a->listen_fd = -1;
	a->handed_last = &a->handed;
	sel_flood_init(&a->flood);
	(void)pthread_mutex_init(&a->lock, NULL);
	a->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = a->wake_fd < 0 ? -errno : 0;
	if (r >= 0)
		r = sd_event_add_io(config->loop, &a->wake_io, a->wake_fd, EPOLLIN, on_wake, a);
	if (r >= 0)
		r = sd_event_add_time_relative(config->loop, &a->tick, CLOCK_MONOTONIC, TICK,
					       50 * USEC_PER_MSEC, on_tick, a);
	if (r >= 0)
		r = ask_claims_begin(a);
	if (r >= 0 && config->run_fd >= 0)
		r = client_new(a, config->run_fd, true);
	if (r < 0) {
		sel_ask_free(a);
		return r;
	}
	if (config->host_grant)
		ask_hosts_read(a);
	*ret = a;
	return r;
}

void sel_ask_set_watch(struct sel_ask *a, struct sel_watch *w)
{
	a->watch = w;
}

void sel_ask_free(struct sel_ask *a)
{
	if (!a)
		return;
	ask_drop_all(a);
	if (a->socket_path)
		(void)unlink(a->socket_path);
	free(a->socket_path);
	while (a->clients) {
		a->clients->run = false; /* it is we who go */
		client_free(a->clients);
	}
	ask_claims_done(a);
	(void)sd_event_source_disable_unref(a->listen_io);
	(void)sd_event_source_disable_unref(a->wake_io);
	(void)sd_event_source_disable_unref(a->tick);
	sel_closep(&a->listen_fd);
	sel_closep(&a->wake_fd);
	for (size_t i = 0; i < DENIALS_KEPT; i++)
		free(a->denied[i].object);
	sel_who_done(&a->decoy_who);
	sel_known_hosts_free(a->known, a->n_known);
	ask_person_done(&a->person);
	ask_kept_done(a);
	json_decref(a->config.welcome);
	free(a);
}
