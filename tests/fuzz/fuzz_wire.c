/* A message of a process that was taken over. The first byte says whether a descriptor comes along,
 * and whether the length is right: to guess it would take too long. */
#include "fuzz.h"

#include "egress/wire.h"

#include <sys/socket.h>

#define HEAD offsetof(struct sel_wire, text)

static void send_raw(int sock, const void *p, size_t n, bool with_fd)
{
	struct iovec iov = {.iov_base = (void *)p, .iov_len = n};
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	control.align.cmsg_level = SOL_SOCKET;
	control.align.cmsg_type = SCM_RIGHTS;
	control.align.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.align), &sock, sizeof sock);
	if (with_fd) {
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(sizeof(int));
	}
	MUST(sendmsg(sock, &msg, 0) == (ssize_t)n);
}

static void check_texts(const struct sel_wire *w)
{
	char again[SEL_NAME_MAX];

	MUST(memchr(w->name, '\0', sizeof w->name) && memchr(w->method, '\0', sizeof w->method));
	MUST(memchr(w->phantom, '\0', sizeof w->phantom) && w->text[w->n] == '\0');
	MUST(strlen(w->text) == w->n);
	if (w->name[0])
		MUST(sel_name_canonical(w->name, strlen(w->name), again) == 0 &&
		     strcmp(w->name, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct sel_wire raw, got, again;
	size_t len = n > 0 ? n - 1 : 0;
	int socks[2], fd = -2, fd_again;
	int r;

	if (len > sizeof raw)
		return 0;
	memset(&raw, 0, sizeof raw);
	if (len > 0)
		memcpy(&raw, p + 1, len);
	if (n > 0 && p[0] & 2 && len >= HEAD)
		raw.n = (uint32_t)(len - HEAD);
	MUST(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) == 0);
	send_raw(socks[0], &raw, len, n > 0 && p[0] & 1);
	r = sel_wire_recv(socks[1], &got, &fd);
	MUST(r == 1 || r == 0 || r == -EBADMSG);
	MUST(r == 1 || fd == -1);
	if (r == 1) {
		check_texts(&got);
		MUST(sel_wire_send(socks[0], &got, fd) == 0);
		MUST(sel_wire_recv(socks[1], &again, &fd_again) == 1);
		MUST(again.n == got.n && (fd_again >= 0) == (fd >= 0));
		MUST(again.kind == got.kind && strcmp(again.name, got.name) == 0 &&
		     strcmp(again.text, got.text) == 0);
		sel_closep(&fd_again);
		sel_closep(&fd);
	}
	sel_closep(&socks[0]);
	sel_closep(&socks[1]);
	return 0;
}
