#include "internal.h"
#include "kernel.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>

#define WORKERS_MAX                                                                                \
	64 /* threads that may wait: FIFOs, full backlogs, calls taken up after an answer */
#define BLOCKED_MAX                                                                                \
	48 /* of these, how many may wait for other programs: answers always find a free one */
#define QUEUE_MAX 512 /* calls waiting for a worker */

struct task {
	struct task *next;
	struct sel_asked *asked;  /* after an answer, or NULL */
	struct sel_trapped *call; /* plain: one that would have blocked */
	bool allow_once;
};
struct sel_pool {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct task *first, **last;
	int threads, idle, queued;
	int blocked; /* taken up because they may wait */
};

/* --- answers: each call gets exactly one, from here
 * ------------------------------------------------ */

static int send_reply(struct sel_watch *w, uint64_t id, int64_t value, int error, bool go_on)
{
	struct seccomp_notif_resp resp = {
		.id = id,
		.val = value,
		.error = -error, /* the kernel wants it negative */
		.flags = go_on ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0,
	};

	if (ioctl(w->config.listener, SECCOMP_IOCTL_NOTIF_SEND, &resp) < 0)
		return errno == ENOENT ? 0 : -errno; /* the caller is gone: not our failure */
	return 0;
}

static int send_fd(struct sel_watch *w, uint64_t id, int fd, bool cloexec)
{
	struct seccomp_notif_addfd add = {
		.id = id,
		.srcfd = (uint32_t)fd,
		.newfd_flags = cloexec ? O_CLOEXEC : 0,
	};
	int number = ioctl(w->config.listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
	int error = number < 0 ? errno : 0;

	/* Ours is closed before the caller goes on, or executing what it wrote would say ETXTBSY.
	 */
	(void)close(fd);
	if (error == ENOENT)
		return 0;
	/* EMFILE, ENFILE: the caller's own limits; it is not answered yet */
	return error ? -error : send_reply(w, id, number, 0, false);
}

static int answer(struct sel_watch *w, uint64_t id, const struct sel_reply *reply)
{
	switch (reply->kind) {
	case SEL_REPLY_ERROR:
		return send_reply(w, id, 0, reply->error ? reply->error : EPERM, false);
	case SEL_REPLY_VALUE:
		return send_reply(w, id, reply->value, 0, false);
	case SEL_REPLY_CONTINUE:
		return send_reply(w, id, 0, 0, true);
	case SEL_REPLY_FD:
		return send_fd(w, id, reply->fd, reply->cloexec);
	case SEL_REPLY_LATER:
		return 0;
	}
	return send_reply(w, id, 0, EPERM, false);
}

bool sel_watch_waits(struct sel_watch *w, uint64_t id)
{
	return ioctl(w->config.listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

/* --- copying a call
 * --------------------------------------------------------------------------------- */

static int copy_path(const struct seccomp_notif *n, int8_t at, char ret[PATH_MAX])
{
	return at < 0 ? 0 : sel_mem_string((pid_t)n->pid, n->data.args[at], ret, PATH_MAX);
}

static int copy_address(struct sel_trapped *c, int at)
{
	uint64_t address = c->notif.data.args[at], len = (uint32_t)c->notif.data.args[at + 1];

	if (len > sizeof c->address)
		return -EINVAL;
	c->address_len = (socklen_t)len;
	return len ? sel_mem_read((pid_t)c->notif.pid, address, &c->address, len) : 0;
}

static int copy_call(struct sel_trapped *c)
{
	const struct sel_syscall *row = c->row;
	int r = copy_path(&c->notif, row->path, c->path);

	if (r >= 0)
		r = copy_path(&c->notif, row->path2, c->path2);
	if (r >= 0 && row->call == SEL_CALL_CONNECT)
		r = copy_address(c, 1);
	if (r >= 0 && row->call == SEL_CALL_SENDTO)
		r = copy_address(c, 4);
	if (r >= 0 && (row->call == SEL_CALL_SETXATTR || row->call == SEL_CALL_REMOVEXATTR)) {
		r = sel_mem_string((pid_t)c->notif.pid, c->notif.data.args[1], c->detail_name,
				   sizeof c->detail_name);
		if (r == -ENAMETOOLONG)
			r = -ERANGE;
	}
	return r;
}

/* --- one call
 * ---------------------------------------------------------------------------------------- */

static int pool_add(struct sel_watch *w, struct task *t);

/* A handler that would have to wait says LATER with EINPROGRESS; parked for a person is LATER
 * alone. */
static void hand_to_worker(struct sel_watch *w, const struct sel_trapped *c)
{
	struct task *t = calloc(1, sizeof *t);

	if (t)
		t->call = malloc(sizeof *t->call);
	if (t && t->call) {
		*t->call = *c;
		if (pool_add(w, t) >= 0)
			return;
	}
	if (t)
		free(t->call);
	free(t);
	(void)send_reply(w, c->notif.id, 0, EAGAIN, false);
}

#ifndef ERESTARTSYS /* the kernel's own: repeat the call unless a handler says otherwise */
#define ERESTARTSYS 512
#endif

static uint64_t signal_mask(const char *status, const char *field)
{
	const char *p = strstr(status, field);

	return p ? strtoull(p + strlen(field), NULL, 16) : 0;
}

/* Does one of the signals in `wanted` (a mask) wait for the thread, neither blocked nor ignored? */
static bool signal_waits(pid_t tid, uint64_t wanted)
{
	char path[32], buf[4096];
	uint64_t pending;

	(void)snprintf(path, sizeof path, "/proc/%d/status", tid);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof buf - 1);
	if (n <= 0)
		return false;
	buf[n] = '\0';
	pending = signal_mask(buf, "\nSigPnd:") | signal_mask(buf, "\nShdPnd:");
	return pending & wanted & ~signal_mask(buf, "\nSigBlk:") & ~signal_mask(buf, "\nSigIgn:");
}

static bool fifo_without_reader(const struct sel_job *job, const struct sel_reply *reply)
{
	return reply->kind == SEL_REPLY_ERROR && reply->error == ENXIO && job->a.exists &&
	       S_ISFIFO(job->a.st.st_mode);
}

static void answer_job(struct sel_job *job, struct sel_reply *reply)
{
	struct sel_watch *w = job->hand->w;
	uint64_t id = job->call->notif.id;
	int r = answer(w, id, reply);

	if (r >= 0 || reply->kind != SEL_REPLY_FD)
		return;
	if (job->made) /* natively it would not have been made */
		(void)unlinkat(job->a.parent, job->a.name, 0);
	(void)send_reply(w, id, 0, -r, false);
}

static void run_call(struct sel_hand *hand, struct sel_trapped *c, struct sel_asked *from,
		     bool allow_once)
{
	struct sel_job job = {.hand = hand,
			      .call = c,
			      .resumed = from,
			      .allow_once = allow_once,
			      .question = from ? from->question : 0,
			      .asked_tier = from ? from->verdict.tier : SEL_T0,
			      .approved_object = from ? from->object : "",
			      .approved_object2 = from ? from->object2 : "",
			      .a = SEL_PLACE_INIT,
			      .b = SEL_PLACE_INIT,
			      .approved = from ? from->content : NULL,
			      .approved_len = from ? from->content_len : 0};
	struct sel_reply reply;
	int r = sel_targets_get(hand->targets, (pid_t)c->notif.pid, &job.target);

	sel_reply_error(&reply, -EPERM);
	/* Asked last: it vouches for all that was opened and copied above. */
	if (!sel_watch_waits(hand->w, c->notif.id))
		return;
	if (r < 0)
		sel_reply_error(&reply, r);
	else
		sel_handle(&job, &reply);
	while (hand->may_block && fifo_without_reader(&job, &reply) &&
	       !((int)c->notif.data.args[c->row->flags >= 0 ? c->row->flags : 0] & O_NONBLOCK) &&
	       sel_watch_waits(hand->w, c->notif.id)) {
		if (signal_waits((pid_t)c->notif.pid,
				 ~0ULL)) { /* any signal ends this wait natively */
			sel_reply_error(&reply, -ERESTARTSYS);
			break;
		}
		struct timespec pause = {.tv_nsec = 2000000};

		(void)nanosleep(&pause, NULL);
		sel_place_done(&job.a);
		job.a = SEL_PLACE_INIT;
		sel_handle(&job, &reply);
	}
	bool opens_fifo =
		!hand->may_block && fifo_without_reader(&job, &reply) &&
		c->row->call == SEL_CALL_OPEN &&
		!(c->row->flags >= 0 && ((int)c->notif.data.args[c->row->flags] & O_NONBLOCK));
	if (opens_fifo || (reply.kind == SEL_REPLY_LATER && reply.error == EINPROGRESS))
		hand_to_worker(hand->w, c);
	else
		answer_job(&job, &reply);
	sel_place_done(&job.a);
	sel_place_done(&job.b);
	sel_judged_done(&job);
	free(job.content);
}

static void receive_one(struct sel_hand *hand, struct sel_trapped *c)
{
	struct sel_reply reply;
	int r;

	__atomic_add_fetch(&hand->w->trapped, 1, __ATOMIC_RELAXED);
	c->row = sel_syscall_find(c->notif.data.nr);
	c->path[0] = c->path2[0] = '\0';
	c->address_len = 0;
	if (!c->row || c->notif.pid == 0) {
		(void)send_reply(hand->w, c->notif.id, 0, c->row ? EPERM : ENOSYS, false);
		return;
	}
	r = copy_call(c);
	if (r < 0) {
		sel_reply_error(&reply, r == -EPERM ? -EACCES : r);
		(void)answer(hand->w, c->notif.id, &reply);
		return;
	}
	run_call(hand, c, NULL, false);
}

static int hand_init(struct sel_hand *hand, struct sel_watch *w, bool may_block)
{
	*hand = (struct sel_hand){.w = w, .may_block = may_block, .umask = w->config.umask};
	/* An umask of its own, to create files with the caller's. */
	if (unshare(CLONE_FS) < 0)
		return -errno;
	(void)umask(hand->umask);
	hand->targets = sel_targets_new();
	return hand->targets ? 0 : -ENOMEM;
}

/* After the last task died the listener says ENOENT for ever. */
static bool all_gone(struct sel_watch *w)
{
	struct pollfd p = {.fd = w->config.listener};

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLHUP | POLLERR | POLLNVAL));
}

static void *receive_loop(void *arg)
{
	struct sel_hand hand;
	struct sel_trapped *c = calloc(1, sizeof *c);

	if (!c || hand_init(&hand, arg, false) < 0)
		abort(); /* the sandbox ends with us; nothing is allowed */
	for (;;) {
		memset(&c->notif, 0, sizeof c->notif); /* the kernel insists */
		if (ioctl(hand.w->config.listener, SECCOMP_IOCTL_NOTIF_RECV, &c->notif) == 0)
			receive_one(&hand, c);
		else if ((errno != EINTR && errno != ENOENT) || all_gone(hand.w))
			break;
	}
	free(c);
	return NULL;
}

/* --- workers
 * ------------------------------------------------------------------------------------------ */

static struct task *pool_next(struct sel_pool *p)
{
	struct task *t;

	(void)pthread_mutex_lock(&p->lock);
	p->idle++;
	while (!p->first)
		(void)pthread_cond_wait(&p->more, &p->lock);
	p->idle--;
	t = p->first;
	p->first = t->next;
	if (!p->first)
		p->last = &p->first;
	p->queued--;
	(void)pthread_mutex_unlock(&p->lock);
	return t;
}

static void *work_loop(void *arg)
{
	struct sel_hand hand;

	if (hand_init(&hand, arg, true) < 0)
		abort();
	for (;;) {
		struct task *t = pool_next(hand.w->pool);

		run_call(&hand, t->asked ? &t->asked->call : t->call, t->asked, t->allow_once);
		(void)pthread_mutex_lock(&hand.w->pool->lock);
		hand.w->pool->blocked -= !t->asked;
		(void)pthread_mutex_unlock(&hand.w->pool->lock);
		sel_asked_free(t->asked);
		free(t->call);
		free(t);
	}
	return NULL;
}

static int start_thread(struct sel_watch *w, void *(*fn)(void *))
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, old;
	int r;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	(void)pthread_attr_setstacksize(&attr, 512 * 1024);
	r = -pthread_create(&thread, &attr, fn, w);
	(void)pthread_attr_destroy(&attr);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r;
}

static int pool_add(struct sel_watch *w, struct task *t)
{
	struct sel_pool *p = w->pool;
	int r = 0;
	bool grow;

	(void)pthread_mutex_lock(&p->lock);
	if (p->queued >= QUEUE_MAX || (!t->asked && p->blocked >= BLOCKED_MAX))
		r = -EAGAIN;
	else {
		p->blocked += !t->asked;
		t->next = NULL;
		*p->last = t;
		p->last = &t->next;
		p->queued++;
	}
	grow = r >= 0 && p->idle < p->queued && p->threads < WORKERS_MAX;
	p->threads += grow;
	(void)pthread_cond_signal(&p->more);
	(void)pthread_mutex_unlock(&p->lock);
	if (grow && start_thread(w, work_loop) < 0) {
		(void)pthread_mutex_lock(&p->lock);
		p->threads--;
		(void)pthread_mutex_unlock(&p->lock);
	}
	return r;
}

bool sel_watch_has_room(struct sel_watch *w)
{
	bool room;

	(void)pthread_mutex_lock(&w->pool->lock);
	room = w->pool->queued < QUEUE_MAX && w->pool->blocked < BLOCKED_MAX;
	(void)pthread_mutex_unlock(&w->pool->lock);
	return room;
}

/* --- for the rest of the broker
 * ----------------------------------------------------------------------- */

void sel_asked_free(struct sel_asked *asked)
{
	if (!asked)
		return;
	sel_who_done(&asked->who);
	sel_identified_done(&asked->identified);
	free(asked->program);
	free(asked->other_project);
	free(asked->keys);
	free(asked->detail);
	free(asked->content);
	free(asked);
}

void sel_watch_resume(struct sel_watch *w, struct sel_asked *asked, bool allow_once)
{
	struct task *t = calloc(1, sizeof *t);

	if (!t) {
		sel_watch_refuse(w, asked, EAGAIN);
		return;
	}
	t->asked = asked;
	t->allow_once = allow_once;
	if (pool_add(w, t) < 0) {
		free(t);
		sel_watch_refuse(w, asked, EAGAIN);
	}
}

void sel_watch_refuse(struct sel_watch *w, struct sel_asked *asked, int error)
{
	(void)send_reply(w, asked->call.notif.id, 0, error, false);
	sel_asked_free(asked);
}

bool sel_watch_alive(struct sel_watch *w, const struct sel_asked *asked)
{
	return sel_watch_waits(w, asked->call.notif.id);
}

bool sel_watch_signalled(const struct sel_asked *asked)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGSTOP};
	uint64_t wanted = 0;

	for (size_t i = 0; i < SEL_N(signals); i++)
		wanted |= 1ULL << (signals[i] - 1);
	return signal_waits((pid_t)asked->call.notif.pid, wanted);
}

void sel_watch_give_back(struct sel_watch *w, struct sel_asked *asked)
{
	(void)send_reply(w, asked->call.notif.id, 0, ERESTARTSYS, false);
	sel_asked_free(asked);
}

const struct sel_policy *sel_watch_policy(struct sel_watch *w)
{
	(void)pthread_rwlock_rdlock(&w->lock);
	return w->policy;
}

void sel_watch_policy_release(struct sel_watch *w)
{
	(void)pthread_rwlock_unlock(&w->lock);
}

static void swap(struct sel_watch *w, struct sel_policy *next)
{
	struct sel_policy *old;

	(void)pthread_rwlock_wrlock(&w->lock);
	old = w->policy;
	next->learning = old->learning;
	next->tainted |= old->tainted;
	next->secret_read |= old->secret_read;
	next->deletions = old->deletions;
	w->policy = next;
	(void)pthread_rwlock_unlock(&w->lock);
	sel_policy_free(old);
}

int sel_watch_policy_change(struct sel_watch *w,
			    int (*fn)(struct sel_policy *next, const void *ctx), const void *ctx)
{
	struct sel_policy *next;
	int r;

	(void)pthread_mutex_lock(&w->change);
	r = sel_policy_copy(sel_watch_policy(w), &next);
	sel_watch_policy_release(w);
	if (r >= 0) {
		r = fn(next, ctx);
		if (r < 0)
			sel_policy_free(next);
		else
			swap(w, next);
	}
	(void)pthread_mutex_unlock(&w->change);
	return r;
}

/* In place, but not while a copy is changed: the copy would undo it. */
static void change_scope(struct sel_watch *w, int (*fn)(struct sel_scope *s, const char *path),
			 const char *path)
{
	(void)pthread_mutex_lock(&w->change);
	(void)pthread_rwlock_wrlock(&w->lock);
	(void)fn(&w->policy->scope, path);
	(void)pthread_rwlock_unlock(&w->lock);
	(void)pthread_mutex_unlock(&w->change);
}

void sel_watch_bound(struct sel_watch *w, const char *path)
{
	change_scope(w, sel_scope_bound, path); /* else its writes stay performed */
}

void sel_moved(struct sel_watch *w, const char *path)
{
	change_scope(w, sel_scope_moved, path);
}

int sel_watch_learn(struct sel_watch *w, const struct sel_fact *fact)
{
	int r = 0;

	(void)pthread_rwlock_wrlock(&w->lock);
	if (w->policy->evidence)
		r = sel_evidence_add(w->policy->evidence, fact);
	(void)pthread_rwlock_unlock(&w->lock);
	return r;
}

int sel_watch_denied(struct sel_watch *w, const struct sel_key_facts *facts,
		     const struct sel_keys *keys, usec_t now)
{
	int r = 0;

	(void)pthread_rwlock_wrlock(&w->lock);
	if (w->policy->memory)
		r = sel_memory_deny(w->policy->memory, facts, keys, now);
	(void)pthread_rwlock_unlock(&w->lock);
	return r;
}

void sel_watch_forgiven(struct sel_watch *w, const char *object)
{
	(void)pthread_rwlock_wrlock(&w->lock);
	if (w->policy->memory)
		sel_memory_forget(w->policy->memory, object);
	(void)pthread_rwlock_unlock(&w->lock);
}

void sel_watch_step(struct sel_watch *w)
{
	(void)pthread_rwlock_wrlock(&w->lock);
	if (w->policy->memory)
		sel_memory_step(w->policy->memory);
	(void)pthread_rwlock_unlock(&w->lock);
}

void sel_watch_allowed(struct sel_watch *w, bool learned, bool deletes)
{
	if (!learned && !deletes)
		return;
	(void)pthread_rwlock_wrlock(&w->lock);
	if (learned && w->policy->memory)
		sel_memory_step(w->policy->memory);
	w->policy->deletions += deletes;
	(void)pthread_rwlock_unlock(&w->lock);
}

void sel_watch_learning(struct sel_watch *w, const struct sel_learning *how)
{
	(void)pthread_rwlock_wrlock(&w->lock);
	w->policy->learning = *how;
	(void)pthread_rwlock_unlock(&w->lock);
}

void sel_watch_taint(struct sel_watch *w)
{
	(void)pthread_rwlock_wrlock(&w->lock);
	w->policy->tainted = true;
	(void)pthread_rwlock_unlock(&w->lock);
}

void sel_watch_secret_read(struct sel_watch *w)
{
	(void)pthread_rwlock_wrlock(&w->lock);
	w->policy->secret_read = true;
	(void)pthread_rwlock_unlock(&w->lock);
}

bool sel_watch_writable(struct sel_watch *w, const char *path)
{
	enum sel_mode mode = sel_scope_mode(&sel_watch_policy(w)->scope, path);

	sel_watch_policy_release(w);
	return mode >= SEL_MODE_ND;
}

pid_t sel_watch_init(const struct sel_watch *w)
{
	return w->config.init;
}

uint64_t sel_watch_trapped(struct sel_watch *w)
{
	return __atomic_load_n(&w->trapped, __ATOMIC_RELAXED);
}

int sel_watch_take_counts(struct sel_watch *w, struct sel_counted **ret, size_t *ret_n)
{
	return sel_counts_take(w->counts, ret, ret_n);
}

int sel_watch_start(const struct sel_watch_config *config, struct sel_watch **ret)
{
	struct sel_watch *w = calloc(1, sizeof *w);
	int r = 0;

	if (!w)
		return -ENOMEM;
	w->config = *config;
	w->policy = config->policy;
	w->umask_generation = 1;
	w->view = (struct sel_view){config->root, config->tty, getsid(config->init)};
	(void)pthread_rwlock_init(&w->lock, NULL);
	(void)pthread_mutex_init(&w->change, NULL);
	w->host_sockets = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	w->counts = sel_counts_new();
	w->ours = sel_ours_new();
	w->baselines = sel_baselines_new();
	w->pool = calloc(1, sizeof *w->pool);
	if (!w->counts || !w->ours || !w->baselines || !w->pool)
		return -ENOMEM; /* the broker ends: nothing to clean up */
	(void)pthread_mutex_init(&w->pool->lock, NULL);
	(void)pthread_cond_init(&w->pool->more, NULL);
	w->pool->last = &w->pool->first;
	/* 6.6: the woken side runs on the same processor at once; three to four times faster. */
	(void)ioctl(config->listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS,
		    SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
	for (int i = 0; r >= 0 && i < config->threads; i++)
		r = start_thread(w, receive_loop);
	if (r >= 0)
		*ret = w;
	return r;
}
