/* seldom-dial: resolves names, guards addresses, connects, and hands the descriptor over. It reads
 * nothing from what it connects to. Started by seldom-broker only.
 *
 * The main thread reads the broker's messages; up to sixteen others wait for resolvers and
 * hosts. */
#include "dial.h"

#include "../network/covers.h"
#include "confine.h"

#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>

#define THREADS	 16
#define JOBS_MAX 4096

struct job {
	struct job *next;
	uint64_t id;
	uint16_t port;
	bool cancelled, taken;
	char name[SEL_NAME_MAX];
	struct sel_net_grant grant; /* a copy: it may be revoked meanwhile */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER, sending = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;
static struct job *jobs; /* waiting and taken, oldest first */
static size_t n_jobs;
static int threads, idle, waiting;   /* jobs that nobody took */
static struct sel_net_grant *grants; /* of the main thread */
static size_t n_grants;

static void answer(uint64_t id, enum sel_net_why why, const char *words, int fd)
{
	struct sel_wire w;
	struct pollfd p = {.fd = SEL_WIRE_FD_BROKER, .events = POLLOUT};
	int r;

	memset(&w, 0, offsetof(struct sel_wire, text));
	w.kind = SEL_WIRE_DIALLED;
	w.id = id;
	w.why = why;
	w.n = (uint32_t)strlen(words);
	memcpy(w.text, words, w.n);
	(void)pthread_mutex_lock(&sending);
	while ((r = sel_wire_send(SEL_WIRE_FD_BROKER, &w, fd)) == -EAGAIN)
		(void)poll(&p, 1, -1);
	(void)pthread_mutex_unlock(&sending);
	if (r < 0)
		_exit(1); /* nobody is there any more */
}

static void perform(const struct job *j)
{
	struct addresses to;
	char words[512] = "";
	enum sel_net_why why = dial_resolve(&j->grant, j->name, j->port, &to, words, sizeof words);
	_cleanup_close_ int fd = -1;

	if (why == SEL_NET_OK) {
		fd = dial_connect(&to, &j->cancelled);
		if (fd < 0) {
			(void)snprintf(words, sizeof words, "%s:%u: %s", j->name, j->port,
				       strerror(-fd));
			why = SEL_NET_DIAL;
		}
	}
	if (!__atomic_load_n(&j->cancelled, __ATOMIC_RELAXED))
		answer(j->id, why, words, fd);
}

static struct job *take(void)
{
	struct job *j;

	(void)pthread_mutex_lock(&lock);
	for (;;) {
		for (j = jobs; j && j->taken; j = j->next)
			;
		if (j)
			break;
		idle++;
		(void)pthread_cond_wait(&more, &lock);
		idle--;
	}
	j->taken = true;
	waiting--;
	(void)pthread_mutex_unlock(&lock);
	return j;
}

static void drop(struct job *j)
{
	struct job **at = &jobs;

	(void)pthread_mutex_lock(&lock);
	while (*at != j)
		at = &(*at)->next;
	*at = j->next;
	n_jobs--;
	(void)pthread_mutex_unlock(&lock);
	sel_grant_done(&j->grant);
	free(j);
}

static void *work(void *arg)
{
	(void)arg;
	for (;;) {
		struct job *j = take();

		if (!__atomic_load_n(&j->cancelled, __ATOMIC_RELAXED))
			perform(j);
		drop(j);
	}
	return NULL;
}

/* --- the broker's messages --- */

static void on_grant(const struct sel_wire *w)
{
	_cleanup_free_ char *error = NULL;
	size_t before = n_grants;

	if (sel_grants_parse("grant", w->text, w->n, (enum sel_grant_from)w->from, sel_now_real(),
			     &grants, &n_grants, &error) < 0 ||
	    n_grants != before + 1)
		exit(1); /* the broker wrote it: one of us is broken */
	grants[before].number = w->number;
	grants[before].expires = w->expires;
}

static void on_revoke(const struct sel_wire *w)
{
	for (size_t i = 0; i < n_grants; i++) {
		if (grants[i].number != w->number)
			continue;
		sel_grant_done(&grants[i]);
		memmove(&grants[i], &grants[i + 1], (--n_grants - i) * sizeof *grants);
		return;
	}
}

static bool has_room(void)
{
	(void)pthread_mutex_lock(&lock);
	bool room = n_jobs < JOBS_MAX;
	(void)pthread_mutex_unlock(&lock);
	return room;
}

/* Begun when they are needed: most runs dial nothing, and starting should cost nothing. Under the
 * lock. */
static void start_thread(void)
{
	pthread_t thread;

	if (waiting <= idle || threads >= THREADS)
		return;
	if (pthread_create(&thread, NULL, work, NULL) == 0) {
		(void)pthread_detach(thread);
		threads++;
	} else if (threads == 0) {
		_exit(1); /* nothing can be dialled: the broker closes the network */
	}
}

static void enqueue(struct job *j)
{
	struct job **at = &jobs;

	(void)pthread_mutex_lock(&lock);
	while (*at)
		at = &(*at)->next;
	*at = j;
	n_jobs++;
	waiting++;
	start_thread();
	(void)pthread_cond_signal(&more);
	(void)pthread_mutex_unlock(&lock);
}

static const struct sel_net_grant *grant_for(const struct sel_wire *w)
{
	for (size_t i = 0; i < n_grants; i++)
		if (grants[i].number == w->number)
			return sel_grant_covers(&grants[i], w->name, w->port, sel_now_real())
				       ? &grants[i]
				       : NULL;
	return NULL;
}

static void on_dial(const struct sel_wire *w)
{
	const struct sel_net_grant *g = grant_for(w);
	struct job *j = g && has_room() ? calloc(1, sizeof *j) : NULL;

	if (!j || sel_grant_copy(g, &j->grant) < 0) {
		free(j);
		answer(w->id, g ? SEL_NET_OVERLOAD : SEL_NET_NOT_GRANTED, "", -1);
		return;
	}
	j->id = w->id;
	j->port = w->port;
	memcpy(j->name, w->name, sizeof j->name);
	enqueue(j);
}

static void on_give_up(const struct sel_wire *w)
{
	(void)pthread_mutex_lock(&lock);
	for (struct job *j = jobs; j; j = j->next)
		if (j->id == w->id)
			__atomic_store_n(&j->cancelled, true, __ATOMIC_RELAXED);
	(void)pthread_mutex_unlock(&lock);
}

static int serve(void)
{
	static void (*const handlers[SEL_WIRE_KIND_N])(const struct sel_wire *) = {
		[SEL_WIRE_GRANT] = on_grant,
		[SEL_WIRE_REVOKE] = on_revoke,
		[SEL_WIRE_DIAL] = on_dial,
		[SEL_WIRE_GIVE_UP] = on_give_up,
	};
	static struct sel_wire w;
	struct pollfd p = {.fd = SEL_WIRE_FD_BROKER, .events = POLLIN};

	for (;;) {
		_cleanup_close_ int fd = -1;
		int r = poll(&p, 1, -1) < 0 ? -EAGAIN : sel_wire_recv(p.fd, &w, &fd);

		if (r == -EAGAIN)
			continue;
		if (r <= 0 || !handlers[w.kind])
			return r == 0 ? 0 : 1; /* the broker is gone */
		handlers[w.kind](&w);
	}
}

/* Libraries that getaddrinfo loads are loaded while that is simple. */
static void warm_up(void)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_flags = AI_NUMERICHOST}, *found;

	if (getaddrinfo("127.0.0.1", "80", &hints, &found) == 0)
		freeaddrinfo(found);
}

int main(void)
{
	/* Of the resolver. */
	static const char *const read[] = {"/etc/resolv.conf",
					   "/etc/hosts",
					   "/etc/host.conf",
					   "/etc/nsswitch.conf",
					   "/etc/gai.conf",
					   "/etc/services",
					   "/etc/ld.so.cache",
					   "/run/systemd/resolve",
					   "/run/resolvconf",
					   "/run/NetworkManager",
					   "/usr/lib",
					   "/usr/lib64",
					   "/lib",
					   "/lib64",
					   "/etc/localtime",
					   NULL};
	int r;

	sel_log_init("seldom-dial");
	warm_up();
	r = sel_confine(SEL_CONFINED_DIAL, read);
	if (r < 0)
		return sel_err(r, "Cannot confine itself"), 1;
	return serve();
}
