/* Plays the broker, seldom-dial and seldom-keys for a real seldom-egress. */
#pragma once

#include "credential.h"
#include "wire.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

struct rig {
	pid_t pid;
	int broker, keys;
	uint32_t grants;
	struct sel_wire in, out;
	char ca[4096];
};

static inline void rig_send(struct rig *g, int fd)
{
	int r;

	while ((r = sel_wire_send(g->broker, &g->out, fd)) == -EAGAIN)
		(void)poll(NULL, 0, 1);
	if (r < 0)
		(void)fprintf(stderr, "rig: message %u: %s\n", g->out.kind, strerror(-r));
}

static inline struct sel_wire *rig_new(struct rig *g, enum sel_wire_kind kind)
{
	memset(&g->out, 0, sizeof g->out);
	g->out.kind = kind;
	return &g->out;
}

/* 1: g->in; 0: the end; -EAGAIN: nothing within `msec`. */
static inline int rig_recv(struct rig *g, int msec, int *ret_fd)
{
	struct pollfd p[] = {{g->broker, POLLIN, 0}, {g->keys, POLLIN, 0}};

	*ret_fd = -1;
	if (poll(p, 2, msec) <= 0)
		return -EAGAIN;
	if (p[1].revents & POLLIN)
		return sel_wire_recv(g->keys, &g->in, ret_fd);
	return sel_wire_recv(g->broker, &g->in, ret_fd);
}

/* `program` with the options and the trust folder; waits until it is ready. */
static inline int rig_start(struct rig *g, char *const argv[])
{
	int broker[2], keys[2], fd, r;

	*g = (struct rig){0};
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, broker) < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, keys) < 0)
		return -errno;
	g->pid = fork();
	if (g->pid == 0) {
		int b = fcntl(broker[1], F_DUPFD, 20), k = fcntl(keys[1], F_DUPFD, 20);

		if (dup2(b, SEL_WIRE_FD_BROKER) < 0 || dup2(k, SEL_WIRE_FD_KEYS) < 0)
			_exit(125);
		(void)close(b);
		(void)close(k);
		(void)execv(argv[0], argv);
		_exit(127);
	}
	(void)close(broker[1]);
	(void)close(keys[1]);
	g->broker = broker[0];
	g->keys = keys[0];
	r = rig_recv(g, 20000, &fd);
	if (r != 1 || g->in.kind != SEL_WIRE_READY)
		return r < 0 ? r : -EPROTO;
	r = pread(fd, g->ca, sizeof g->ca - 1, 0) > 0 ? 0 : -EIO;
	(void)close(fd);
	return r;
}

static inline int rig_stop(struct rig *g)
{
	int status = 0;

	(void)close(g->broker);
	(void)close(g->keys);
	(void)waitpid(g->pid, &status, 0);
	return status;
}

static inline int rig_socket(int type, uint32_t address, uint16_t port)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(address)};
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), on = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0 ||
	    (type == SOCK_STREAM && listen(fd, 1024) < 0)) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static inline bool rig_listen(struct rig *g, enum sel_wire_what what, uint32_t address,
			      uint16_t port)
{
	_cleanup_close_ int fd =
		rig_socket(what == SEL_WHAT_DNS_UDP ? SOCK_DGRAM : SOCK_STREAM, address, port);

	if (fd < 0)
		return false;
	rig_new(g, SEL_WIRE_LISTENER)->what = what;
	g->out.port = port;
	rig_send(g, fd);
	return true;
}

/* Its number; `ret_phantom` "" where it has no credential. `once`: 0, or the question's id. */
static inline uint32_t rig_grant(struct rig *g, const char *line, uint64_t once,
				 char ret_phantom[SEL_PHANTOM_MAX])
{
	struct sel_net_grant *list = NULL;
	_cleanup_free_ char *error = NULL;
	struct sel_wire *w = rig_new(g, SEL_WIRE_GRANT);
	size_t n = 0;

	ret_phantom[0] = '\0';
	if (sel_grants_parse("rig", line, strlen(line), SEL_GRANT_COMMAND, sel_now_real(), &list,
			     &n, &error) < 0 ||
	    n != 1) {
		(void)fprintf(stderr, "rig: %s\n", error ? error : "no grant");
		return 0;
	}
	w->number = ++g->grants;
	w->from = once ? SEL_GRANT_ONCE : SEL_GRANT_COMMAND;
	w->id = once;
	w->expires = list->expires;
	if (list->credential != SEL_CRED_NONE) {
		(void)sel_phantom_new(list->phantom_shape ? list->phantom_shape : "seldom-",
				      ret_phantom);
		memcpy(w->phantom, ret_phantom, SEL_PHANTOM_MAX);
	}
	w->n = (uint32_t)strlen(line);
	memcpy(w->text, line, w->n);
	rig_send(g, -1);
	sel_net_grants_free(list, n);
	return g->grants;
}

static inline void rig_opened(struct rig *g, uint32_t conn, uint16_t port, enum sel_net_why why)
{
	rig_new(g, SEL_WIRE_OPENED_R)->conn = conn;
	g->out.port = port;
	g->out.why = why;
	rig_send(g, -1);
}

static inline void rig_answer(struct rig *g, uint64_t id, enum sel_net_why why)
{
	rig_new(g, SEL_WIRE_ASKED_R)->id = id;
	g->out.why = why;
	rig_send(g, -1);
}

/* `port` 0: refused. */
static inline void rig_dialled(struct rig *g, uint64_t id, uint32_t address, uint16_t port)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(address)};
	_cleanup_close_ int fd = port ? socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;
	bool ok = fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0;

	rig_new(g, SEL_WIRE_DIALLED)->id = id;
	g->out.why = ok ? SEL_NET_OK : SEL_NET_DIAL;
	rig_send(g, ok ? fd : -1);
}

static inline void rig_value(struct rig *g, uint32_t number, const char *value)
{
	struct sel_wire *w = rig_new(g, SEL_WIRE_VALUE);

	w->number = number;
	w->why = value ? SEL_NET_OK : SEL_NET_KEYS;
	w->n = value ? (uint32_t)strlen(value) : 0;
	memcpy(w->text, value ? value : "", w->n);
	(void)sel_wire_send(g->keys, w, -1);
}
