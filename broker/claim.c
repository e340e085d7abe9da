/* The socket where programs inside report what they do (ask/claimants.c reads it): its place
 * outside, its place inside, the variable that names it. */
#include "broker.h"

#include "environ.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#define WAITING_MAX 8

static int listen_at(struct broker *b)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	_cleanup_free_ char *dir = NULL;
	_cleanup_close_ int fd = -1;
	int r = sel_runtime_dir(&dir), on = 1;

	if (r < 0)
		return r;
	if (snprintf(un.sun_path, sizeof un.sun_path, "%s/%s.claim", dir, b->id) >=
	    (int)sizeof un.sun_path)
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0)
		return -errno;
	mode_t old = umask(0177);
	r = bind(fd, (struct sockaddr *)&un, sizeof un) < 0 ? -errno : 0;
	(void)umask(old);
	if (r < 0)
		return r;
	b->claim_path = strdup(un.sun_path);
	if (!b->claim_path || lstat(un.sun_path, &b->claim_stat) < 0 || listen(fd, WAITING_MAX) < 0)
		return -errno;
	b->claim = sel_steal_fd(&fd);
	return 0;
}

void broker_claim_show(struct broker *b)
{
	int r = listen_at(b);

	if (r >= 0)
		r = broker_show(b, SEL_CLAIM_PATH, b->claim_path);
	if (r >= 0)
		r = sel_environ_set(&b->environment, SEL_CLAIM_VARIABLE, SEL_CLAIM_PATH);
	if (r < 0)
		(void)sel_warn(r, "Tool calls cannot be reported in this run");
}

void broker_claim_end(struct broker *b)
{
	if (b->claim_path)
		(void)unlink(b->claim_path);
}
