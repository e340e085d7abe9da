#include "internal.h"

#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/tcp.h>
#include <sys/sysmacros.h>

/* Is a listening unix socket bound to this very inode in the program's network namespace? Then a
 * program inside made it; a socket of the outside is in another namespace, whatever it is called.
 */

static int ask_kernel(int fd)
{
	struct {
		struct nlmsghdr head;
		struct unix_diag_req req;
	} q = {
		.head = {.nlmsg_len = sizeof q,
			 .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
		.req = {.sdiag_family = AF_UNIX,
			.udiag_states = 1U << TCP_LISTEN,
			.udiag_show = UDIAG_SHOW_VFS},
	};

	return send(fd, &q, sizeof q, 0) == (ssize_t)sizeof q ? 0 : -errno;
}

static bool is_inode(const struct nlmsghdr *h, const struct stat *st)
{
	const struct unix_diag_msg *m = NLMSG_DATA(h);
	size_t left = h->nlmsg_len - NLMSG_LENGTH(sizeof *m);
	const struct nlattr *a = (const void *)(m + 1);

	while (left >= sizeof *a && a->nla_len >= sizeof *a && a->nla_len <= left) {
		if (a->nla_type == UNIX_DIAG_VFS &&
		    a->nla_len >= sizeof *a + sizeof(struct unix_diag_vfs)) {
			const struct unix_diag_vfs *v = (const void *)(a + 1);

			/* The kernel's own dev_t: 12 bits major, 20 bits minor. */
			return v->udiag_vfs_ino == (uint32_t)st->st_ino &&
			       makedev(v->udiag_vfs_dev >> 20, v->udiag_vfs_dev & 0xfffff) ==
				       st->st_dev;
		}
		size_t step = NLA_ALIGN(a->nla_len);

		if (step >= left)
			break;
		a = (const void *)((const char *)a + step);
		left -= step;
	}
	return false;
}

/* 1 found, 0 go on, -errno or -ENODATA at the end. */
static int look_through(const char *buf, ssize_t n, const struct stat *st)
{
	const struct nlmsghdr *h = (const void *)buf;

	for (; NLMSG_OK(h, (unsigned)n); h = NLMSG_NEXT(h, n)) {
		if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR)
			return -ENODATA;
		if (h->nlmsg_len >= NLMSG_LENGTH(sizeof(struct unix_diag_msg)) && is_inode(h, st))
			return 1;
	}
	return 0;
}

bool sel_bound_at(int sockets, const struct stat *st)
{
	static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
	_Alignas(8) char buf[16384];
	bool found = false;
	int r = sockets < 0 ? -EBADF : 0;

	(void)pthread_mutex_lock(&one);
	if (r >= 0)
		r = ask_kernel(sockets);
	while (r >=
	       0) { /* to the end of the answer, or the next question would read the rest of it */
		ssize_t n = recv(sockets, buf, sizeof buf, 0);

		r = n <= 0 ? -EIO : look_through(buf, n, st);
		found |= r == 1;
	}
	(void)pthread_mutex_unlock(&one);
	return found;
}
