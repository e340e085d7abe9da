#include "keys.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>

void file_find_home(void)
{
	const char *home = getenv("HOME");
	const struct passwd *pw = home && *home == '/' ? NULL : getpwuid(geteuid());

	if (pw && *pw->pw_dir == '/')
		(void)setenv("HOME", pw->pw_dir, 1);
}

/* Absolute, or below the home of whoever started seldom. */
static int path_of(const char *name, char ret[PATH_MAX])
{
	const char *home = getenv("HOME");
	char real[PATH_MAX];
	int n;

	if (strncmp(name, "~/", 2) != 0)
		n = snprintf(ret, PATH_MAX, "%s", name);
	else if (home && *home == '/' && realpath(home, real))
		n = snprintf(ret, PATH_MAX, "%s/%s", real, name + 2);
	else
		return -ENOENT;
	return *ret != '/' ? -EINVAL : n >= PATH_MAX ? -ENAMETOOLONG : 0;
}

/* No link on the way: one in a folder that the program may write by now would lead where it
 * wants. */
static int open_itself(const char *path)
{
	const struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
				     .resolve = RESOLVE_NO_SYMLINKS};

	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
}

/* A file of root's is read through a group, if we are not root; nothing else is for others. */
static int check(struct fetch *f, const struct stat *st)
{
	uid_t user = geteuid();
	mode_t others = st->st_uid == user ? S_IRWXG | S_IRWXO : S_IWGRP | S_IRWXO;

	if (!S_ISREG(st->st_mode))
		return fetch_fail(f, -EINVAL, "it is no regular file");
	if (st->st_uid != user && st->st_uid != 0)
		return fetch_fail(f, -EPERM, "it belongs to another user");
	if (st->st_mode & others)
		return fetch_fail(f, -EPERM, "others may read or change it; chmod go= it");
	if (st->st_size > (off_t)SEL_CREDENTIAL_MAX + 1)
		return fetch_fail(f, -E2BIG, "it is larger than 16 KiB");
	return 0;
}

static int read_all(int fd, struct secret *s)
{
	for (;;) {
		ssize_t n = read(fd, s->p + s->n, s->cap - s->n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		s->n += (size_t)n;
		if (s->n == s->cap)
			return -E2BIG; /* it grew */
	}
}

int file_fetch(struct fetch *f, struct secret *ret)
{
	char path[PATH_MAX];
	struct stat st;
	int r = path_of(f->name, path);

	if (r < 0)
		return fetch_fail(f, r, "not a path: %s", strerror(-r));
	_cleanup_close_ int fd = open_itself(path);
	if (fd < 0 && errno == ELOOP)
		return fetch_fail(f, -ELOOP, "there is a symbolic link; name what it leads to");
	if (fd < 0 || fstat(fd, &st) < 0)
		return fetch_fail(f, -errno, "%s", strerror(errno));
	r = check(f, &st);
	if (r < 0)
		return r;
	r = secret_new(SEL_CREDENTIAL_MAX + 1, ret);
	if (r < 0)
		return fetch_fail(f, r, "no memory can be locked for it");
	r = read_all(fd, ret);
	if (r < 0)
		return fetch_fail(f, r, "%s", strerror(-r));
	if (ret->n > 0 && ret->p[ret->n - 1] == '\n')
		ret->n--;
	return 0;
}
