#include "wire.h"

#include <sys/socket.h>

#define HEAD offsetof(struct sel_wire, text)

/* What a kind brings with it. */
enum with_fd { NO_FD, ONE_FD, ONE_FD_IF_OK };
static const struct {
	enum with_fd fd;
	bool any_text; /* any bytes but NUL; else nothing that a terminal would act on */
	uint32_t text; /* bytes at most */
} kinds[SEL_WIRE_KIND_N] = {
	[SEL_WIRE_LISTENER] = {ONE_FD, false, 0},
	[SEL_WIRE_GRANT] = {NO_FD, false, SEL_GRANT_LINE_MAX},
	[SEL_WIRE_REVOKE] = {NO_FD, false, 0},
	[SEL_WIRE_OPENED_R] = {NO_FD, false, 0},
	[SEL_WIRE_ASKED_R] = {NO_FD, false, 0},
	[SEL_WIRE_DIALLED] = {ONE_FD_IF_OK, false, SEL_WIRE_TEXT - 1},
	[SEL_WIRE_VALUE] = {NO_FD, true, SEL_WIRE_TEXT - 1},
	[SEL_WIRE_READY] = {ONE_FD, false, 0},
	[SEL_WIRE_OPENED] = {NO_FD, false, 0},
	[SEL_WIRE_CLOSED] = {NO_FD, false, 0},
	[SEL_WIRE_ASK] = {NO_FD, false, SEL_WIRE_TEXT - 1},
	[SEL_WIRE_GIVE_UP] = {NO_FD, false, 0},
	[SEL_WIRE_DIAL] = {NO_FD, false, 0},
	[SEL_WIRE_DECIDED] = {NO_FD, false, SEL_WIRE_TEXT - 1},
	[SEL_WIRE_INCIDENT] = {NO_FD, false, SEL_WIRE_TEXT - 1},
	[SEL_WIRE_WANT] = {NO_FD, false, 0},
};

static bool wants_fd(const struct sel_wire *w)
{
	return kinds[w->kind].fd == ONE_FD ||
	       (kinds[w->kind].fd == ONE_FD_IF_OK && w->why == SEL_NET_OK);
}

/* A text in a field: it ends, and nothing is left of an earlier one behind its end. */
static bool field_ends(const char *p, size_t cap)
{
	size_t n = strnlen(p, cap);

	if (n == cap)
		return false;
	while (n < cap)
		if (p[n++] != '\0')
			return false;
	return true;
}

static bool printable(const char *p, size_t n, unsigned char from)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)p[i] < from || p[i] == 0x7f)
			return false;
	return true;
}

static bool ascii_word(const char *p)
{
	for (; *p; p++)
		if (*p < 0x21 || *p > 0x7e)
			return false;
	return true;
}

static bool name_valid(const char *name)
{
	char canonical[SEL_NAME_MAX];

	return name[0] == '\0' || (sel_name_canonical(name, strlen(name), canonical) == 0 &&
				   strcmp(canonical, name) == 0);
}

static bool family_valid(const struct sockaddr_storage *a)
{
	return a->ss_family == AF_UNSPEC || a->ss_family == AF_INET || a->ss_family == AF_INET6;
}

static bool text_valid(const struct sel_wire *w)
{
	/* From a space on, but all of UTF-8: grants name files. */
	return w->n <= kinds[w->kind].text &&
	       (kinds[w->kind].any_text ? !memchr(w->text, '\0', w->n)
					: printable(w->text, w->n, ' '));
}

static uint32_t what_max(const struct sel_wire *w)
{
	return w->kind == SEL_WIRE_ASK ? (uint32_t)SEL_ASKS_ALL : (uint32_t)SEL_WHAT_DNS_TCP;
}

static bool wire_valid(const struct sel_wire *w, bool has_fd)
{
	return w->kind > SEL_WIRE_INVALID && w->kind < SEL_WIRE_KIND_N && w->why < SEL_NET_WHY_N &&
	       w->what <= what_max(w) && w->from <= SEL_GRANT_ONCE &&
	       field_ends(w->name, sizeof w->name) && field_ends(w->method, sizeof w->method) &&
	       field_ends(w->phantom, sizeof w->phantom) && ascii_word(w->method) &&
	       ascii_word(w->phantom) && family_valid(&w->source) && family_valid(&w->target) &&
	       text_valid(w) && wants_fd(w) == has_fd && name_valid(w->name);
}

static void copy_address(struct sockaddr_storage *to, const struct sockaddr_storage *from)
{
	memcpy(to, from,
	       from->ss_family == AF_INET    ? sizeof(struct sockaddr_in)
	       : from->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
					     : sizeof from->ss_family);
}

static void copy_field(char *to, const char *from, size_t cap)
{
	size_t n = strnlen(from, cap);

	memcpy(to, from, n);
}

/* Field by field into zeros: nothing of the sender's memory goes along in gaps and behind ends. */
static void clean_copy(struct sel_wire *to, const struct sel_wire *from)
{
	memset(to, 0, HEAD);
	to->kind = from->kind;
	to->conn = from->conn;
	to->number = from->number;
	to->what = from->what;
	to->why = from->why;
	to->from = from->from;
	to->id = from->id;
	to->count = from->count;
	to->rule = from->rule;
	to->expires = from->expires;
	to->port = from->port;
	to->n = from->n;
	copy_field(to->name, from->name, sizeof to->name);
	copy_field(to->method, from->method, sizeof to->method);
	copy_field(to->phantom, from->phantom, sizeof to->phantom);
	copy_address(&to->source, &from->source);
	copy_address(&to->target, &from->target);
	memcpy(to->text, from->text, from->n);
}

static int wire_write(int sock, const struct sel_wire *w, int fd)
{
	struct iovec iov = {.iov_base = (void *)w, .iov_len = HEAD + w->n};
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t sent;

	if (fd >= 0) {
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.align), &fd, sizeof fd);
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(sizeof(int));
	}
	do
		sent = sendmsg(sock, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return errno == ECONNRESET ? -EPIPE : errno == EWOULDBLOCK ? -EAGAIN : -errno;
	return (size_t)sent == HEAD + w->n ? 0 : -EIO; /* a packet goes whole or not at all */
}

int sel_wire_send(int sock, const struct sel_wire *w, int fd)
{
	struct sel_wire clean; /* 21 KiB: every sender is a main thread */
	int r;

	if (w->n >= SEL_WIRE_TEXT)
		return -EINVAL;
	clean_copy(&clean, w);
	if (!wire_valid(&clean, fd >= 0))
		return -EINVAL;
	r = wire_write(sock, &clean, fd);
	if (clean.kind == SEL_WIRE_VALUE || clean.phantom[0])
		explicit_bzero(&clean, HEAD + clean.n);
	return r;
}

/* Alignment of control data leaves room for a second descriptor even where one was asked for, so
 * all that came are looked at. *ret_fd: the first; how many there were. */
static size_t take_fds(struct msghdr *msg, int *ret_fd)
{
	size_t count = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = CMSG_LEN(0); at + sizeof(int) <= c->cmsg_len; at += sizeof(int)) {
			int fd;

			memcpy(&fd, (char *)c + at, sizeof fd);
			if (count++ == 0)
				*ret_fd = fd;
			else
				(void)close(fd);
		}
	}
	return count;
}

int sel_wire_recv(int sock, struct sel_wire *ret, int *ret_fd)
{
	_cleanup_close_ int fd = -1;
	struct iovec iov = {.iov_base = ret, .iov_len = HEAD + SEL_WIRE_TEXT - 1};
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof control};
	size_t fds;
	ssize_t n;

	*ret_fd = -1;
	do
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == ECONNRESET)
		return 0;
	if (n < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	fds = take_fds(&msg, &fd);
	if (n == 0 && fds == 0)
		return 0;
	if (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC) || fds > 1 || (size_t)n < HEAD ||
	    (size_t)n != HEAD + ret->n || !wire_valid(ret, fds == 1))
		return -EBADMSG;
	ret->text[ret->n] = '\0';
	*ret_fd = sel_steal_fd(&fd);
	return 1;
}
