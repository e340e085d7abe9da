/* The socket that programs inside report tool calls to. It is read and never written: nothing that
 * comes here can answer a question, and all of it waits behind everything else on the loop. */
#include "internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>

#define TURN_MAX 8 /* connections a turn of the loop */

static bool is_alive(const struct sel_process *p)
{
	struct process now;

	return ask_process_read(p->pid, &now) == 0 && now.started == p->started && now.state != 'Z';
}

/* What is around the program: its first process has no claims, nor those who started that. */
static bool around(pid_t top, pid_t pid)
{
	struct process p;

	for (int i = 0; i < 8 && top > 1 && ask_process_read(top, &p) == 0; i++) {
		top = p.parent;
		if (top == pid)
			return true;
	}
	return pid <= 1;
}

static size_t chain_of(const struct sel_ask *a, pid_t pid, struct sel_process ret[SEL_CLAIM_CHAIN])
{
	pid_t top = a->watch ? sel_watch_init(a->watch) : 0;
	struct process p;
	size_t n = 0;

	while (top > 0 && n < SEL_CLAIM_CHAIN && !around(top, pid) &&
	       ask_process_read(pid, &p) == 0) {
		ret[n++] = (struct sel_process){pid, p.started};
		if (pid == top)
			break;
		pid = p.parent;
	}
	return n;
}

/* One message and who sent it, as the kernel says. */
static int receive(struct sel_ask *a, int fd)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(struct ucred))];
	} u = {0};
	char bytes[SEL_CLAIM_MAX + 1];
	struct iovec iov = {bytes, sizeof bytes};
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &u, .msg_controllen = sizeof u};
	ssize_t n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	struct sel_claim claim = {.at = sel_now_monotonic()};
	struct ucred cred;

	if (n < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	if (n == 0 || (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) ||
	    m.msg_controllen < sizeof u.head || u.head.cmsg_type != SCM_CREDENTIALS)
		return -EBADMSG;
	memcpy(&cred, CMSG_DATA(&u.head), sizeof cred);
	int r = sel_claim_parse(bytes, (size_t)n, &claim);
	if (r < 0)
		return r;
	claim.n_chain = chain_of(a, cred.pid, claim.chain);
	sel_claims_add(&a->claims, &claim);
	return 0;
}

static void claimant_close(struct claimant *c)
{
	c->io = sd_event_source_disable_unref(c->io);
	if (c->used)
		(void)close(c->fd);
	c->used = false;
}

static int on_claimant(sd_event_source *src, int fd, uint32_t events, void *ctx)
{
	struct sel_ask *a = ctx;

	(void)src;
	(void)events;
	if (receive(a, fd) == -EAGAIN)
		return 0;
	for (size_t i = 0; i < CLAIMANTS_MAX; i++)
		if (a->claimants[i].used && a->claimants[i].fd == fd)
			claimant_close(&a->claimants[i]); /* who waits for that goes on */
	return 0;
}

static int watch_at_last(struct sel_ask *a, int fd, sd_event_io_handler_t fn, sd_event_source **ret)
{
	int r = sd_event_add_io(a->config.loop, ret, fd, EPOLLIN, fn, a);

	return r < 0 ? r : sd_event_source_set_priority(*ret, SD_EVENT_PRIORITY_IDLE);
}

/* It has said nothing yet: it may, until others need its place. */
static void keep(struct sel_ask *a, int fd)
{
	struct claimant *c = &a->claimants[a->next_claimant++ % CLAIMANTS_MAX];

	claimant_close(c);
	*c = (struct claimant){.fd = fd, .used = true};
	if (watch_at_last(a, fd, on_claimant, &c->io) < 0)
		claimant_close(c);
}

static void take_claimants(struct sel_ask *a)
{
	for (int i = 0; i < TURN_MAX; i++) {
		int fd = accept4(a->config.claim_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0)
			return;
		if (receive(a, fd) == -EAGAIN)
			keep(a, fd);
		else
			(void)close(fd);
	}
}

static int on_claimants(sd_event_source *src, int fd, uint32_t events, void *ctx)
{
	(void)src;
	(void)fd;
	(void)events;
	take_claimants(ctx);
	return 0;
}

int ask_claims_begin(struct sel_ask *a)
{
	return a->config.claim_fd < 0
		       ? 0
		       : watch_at_last(a, a->config.claim_fd, on_claimants, &a->claim_io);
}

void ask_claims_done(struct sel_ask *a)
{
	for (size_t i = 0; i < CLAIMANTS_MAX; i++)
		claimant_close(&a->claimants[i]);
	a->claim_io = sd_event_source_disable_unref(a->claim_io);
	sel_closep(&a->config.claim_fd);
}

void ask_claims_tick(struct sel_ask *a)
{
	sel_claims_settle(&a->claims, is_alive, sel_now_monotonic());
}

json_t *ask_claim_of(struct sel_ask *a, pid_t pid)
{
	struct sel_process chain[SEL_CLAIM_CHAIN];
	usec_t now = sel_now_monotonic();
	const struct sel_claim *c;

	if (a->config.claim_fd >= 0)
		take_claimants(a);
	if (a->claims.n == 0)
		return NULL;
	c = sel_claims_match(&a->claims, chain, chain_of(a, pid, chain), is_alive, now);
	return !c ? NULL
		  : json_pack("{s:s,s:s,s:I}", "tool", c->tool, "text", c->text, "age_s",
			      now > c->at ? (json_int_t)((now - c->at) / USEC_PER_SEC) : 0);
}
