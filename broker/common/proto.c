#include "seldom/proto.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* Deeper than any message of the protocol; the parser's own recursion stays small. */
#define MAX_DEPTH 16
/* A broker that is alive welcomes at once; one that hangs must not hang its fronts. */
#define WELCOME_MSEC 3000

static int msg_write(int fd, const char *text, size_t n)
{
	ssize_t sent;

	do
		sent = send(fd, text, n, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	if (sent < 0 && errno == ECONNRESET)
		return -EPIPE; /* gone with something unread, or just gone: the same to us */
	if (sent < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	return (size_t)sent == n ? 0 : -EIO; /* a packet goes whole or not at all */
}

/* 0 once it can be written to, or its end is seen by the next write. */
static int wait_writable(int fd, usec_t until)
{
	usec_t now = sel_now_monotonic();
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	int r = now < until ? poll(&p, 1, (int)((until - now + 999) / 1000)) : 0;

	if (r < 0)
		return errno == EINTR ? 0 : -errno;
	return r == 0 ? -EAGAIN : 0;
}

int sel_msg_send_wait(int fd, json_t *take, int msec)
{
	usec_t until = sel_now_monotonic() + (usec_t)msec * USEC_PER_MSEC;
	size_t n;
	int r;

	if (!take)
		return -ENOMEM; /* json_pack failed in the argument */
	char *text = json_dumps(take, JSON_COMPACT | JSON_ENSURE_ASCII);

	json_decref(take);
	if (!text)
		return -ENOMEM;
	n = strlen(text);
	r = n > SEL_MSG_MAX ? -EMSGSIZE : msg_write(fd, text, n);
	while (r == -EAGAIN && msec > 0) {
		r = wait_writable(fd, until);
		if (r < 0)
			break;
		r = msg_write(fd, text, n);
	}
	free(text);
	return r;
}

int sel_msg_send(int fd, json_t *take)
{
	return sel_msg_send_wait(fd, take, 0);
}

/* jansson bounds depth only at its own compile-time limit, so look before it parses: brackets
 * outside strings. Text that this misreads is no JSON, and jansson refuses it. */
static bool too_deep(const char *text, size_t n)
{
	bool in_string = false;
	int depth = 0;

	for (size_t i = 0; i < n; i++) {
		char c = text[i];

		if (in_string && c == '\\')
			i++;
		else if (c == '"')
			in_string = !in_string;
		else if (!in_string && (c == '{' || c == '['))
			depth++;
		else if (!in_string && (c == '}' || c == ']'))
			depth--;
		if (depth > MAX_DEPTH)
			return true;
	}
	return false;
}

int sel_msg_parse(const char *text, size_t n, json_t **ret)
{
	json_t *root = too_deep(text, n) ? NULL : json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);

	if (!json_is_object(root)) {
		json_decref(root);
		return -EBADMSG;
	}
	*ret = root;
	return 0;
}

int sel_msg_recv(int fd, json_t **ret)
{
	/* On the heap: the broker's threads have small stacks. One byte more than the longest. */
	_cleanup_free_ char *text = malloc(SEL_MSG_MAX + 1);
	struct iovec iov = {.iov_base = text, .iov_len = SEL_MSG_MAX};
	/* No room for control data: passed descriptors are closed by the kernel on arrival. */
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n;
	int r;

	if (!text)
		return -ENOMEM;
	do
		n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 &&
	       (errno == EINTR || errno == ECONNRESET)); /* told once, before what is left */
	if (n < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	if (n == 0) /* the end; an empty packet is not a message either */
		return 0;
	if (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return -EBADMSG;
	r = sel_msg_parse(text, (size_t)n, ret);
	return r < 0 ? r : 1;
}

/* A session's name is part of a path: letters and digits only. */
static bool session_name_valid(const char *session)
{
	size_t n =
		strspn(session, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

	return n > 0 && n <= 32 && session[n] == '\0';
}

static int socket_address(const char *session, struct sockaddr_un *ret)
{
	_cleanup_free_ char *dir = NULL;
	int r, n;

	if (!session_name_valid(session))
		return -ENOENT;
	r = sel_runtime_dir(&dir);
	if (r < 0)
		return r;
	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	n = snprintf(ret->sun_path, sizeof ret->sun_path, "%s/%s.sock", dir, session);
	return n < 0 || (size_t)n >= sizeof ret->sun_path ? -ENAMETOOLONG : 0;
}

static int wait_readable(int fd, int msec)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	usec_t end = sel_now_monotonic() + (usec_t)msec * USEC_PER_MSEC;

	for (;;) {
		usec_t now = sel_now_monotonic();
		int r = poll(&p, 1, now < end ? (int)((end - now + 999) / USEC_PER_MSEC) : 0);

		if (r > 0)
			return 0;
		if (r == 0)
			return -ETIMEDOUT;
		if (errno != EINTR)
			return -errno;
	}
}

/* The other end must be this user: a name in a shared folder could be anybody's. */
static int peer_is_ours(int fd)
{
	struct ucred peer;
	socklen_t n = sizeof peer;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0)
		return -errno;
	return n == sizeof peer && peer.uid == geteuid() ? 0 : -EPERM;
}

static int welcome_check(const json_t *m)
{
	const char *type = json_string_value(json_object_get(m, "type"));
	const json_t *v = json_object_get(m, "v");

	if (!json_is_integer(v) || json_integer_value(v) != SEL_PROTO_VERSION)
		return -EPROTONOSUPPORT;
	return type && strcmp(type, "welcome") == 0 ? 0 : -EPROTO;
}

static int front_hello(int fd, const char *front, json_t **ret_welcome)
{
	json_t *m = NULL;
	int r = sel_msg_send(fd, json_pack("{s:i, s:s, s:s}", "v", SEL_PROTO_VERSION, "type",
					   "hello", "front", front));

	if (r >= 0)
		r = wait_readable(fd, WELCOME_MSEC);
	if (r >= 0)
		r = sel_msg_recv(fd, &m);
	if (r < 0)
		return r;
	if (r == 0)
		return -ECONNRESET;
	r = welcome_check(m);
	if (r < 0 || !ret_welcome)
		json_decref(m);
	else
		*ret_welcome = m;
	return r;
}

int sel_front_connect(const char *session, const char *front, json_t **ret_welcome)
{
	_cleanup_close_ int fd = -1;
	struct sockaddr_un addr;
	int r = socket_address(session, &addr);

	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&addr, sizeof addr) < 0)
		/* a socket file that a killed broker left is no session */
		return errno == ECONNREFUSED ? -ENOENT : -errno;
	r = peer_is_ours(fd);
	if (r >= 0)
		r = front_hello(fd, front, ret_welcome);
	return r < 0 ? r : sel_steal_fd(&fd);
}
