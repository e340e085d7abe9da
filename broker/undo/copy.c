#include "internal.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#define SMALL 65536

int undo_reopen(int fd, int flags)
{
	char name[32];
	int copy;

	(void)snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	copy = open(name, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return copy < 0 ? -errno : copy;
}

static int write_all(int fd, const char *bytes, size_t n, off_t at)
{
	while (n > 0) {
		ssize_t put = pwrite(fd, bytes, n, at);

		if (put < 0)
			return -errno;
		bytes += put;
		n -= (size_t)put;
		at += put;
	}
	return 0;
}

static int copy_small(int from, int to, size_t size)
{
	char buf[SMALL];
	ssize_t n = pread(from, buf, size, 0);

	return n < 0 ? -errno : write_all(to, buf, (size_t)n, 0);
}

/* What is between two holes. */
static int copy_range(int from, int to, off_t at, off_t end)
{
	char buf[SMALL];
	bool in_kernel = true;

	while (at < end) {
		off_t in = at, out = at;
		ssize_t n = in_kernel ? copy_file_range(from, &in, to, &out, (size_t)(end - at), 0)
				      : pread(from, buf,
					      (size_t)(end - at < SMALL ? end - at : SMALL), at);
		int r;

		if (n < 0 &&
		    in_kernel) { /* EXDEV, EOPNOTSUPP, EINVAL: by hand; else it says so too */
			in_kernel = false;
			continue;
		}
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0; /* it became shorter */
		r = in_kernel ? 0 : write_all(to, buf, (size_t)n, at);
		if (r < 0)
			return r;
		at += n;
	}
	return 0;
}

static int copy_sparse(int from, int to, off_t size, uint64_t max)
{
	uint64_t copied = 0;
	off_t at = 0, end;
	int r;

	if (ftruncate(to, size) < 0)
		return -errno;
	while (at < size) {
		at = lseek(from, at, SEEK_DATA);
		if (at < 0)
			return errno == ENXIO ? 0 : -errno; /* holes to the end */
		end = lseek(from, at, SEEK_HOLE);
		if (end < 0)
			return -errno;
		copied += (uint64_t)(end - at);
		if (copied > max)
			return -EFBIG;
		r = copy_range(from, to, at, end);
		if (r < 0)
			return r;
		at = end;
	}
	return 0;
}

int undo_copy(int from, int to, uint64_t max)
{
	struct stat st;

	if (fstat(from, &st) < 0)
		return -errno;
	if (st.st_size == 0 || ioctl(to, FICLONE, from) == 0)
		return 0;
	if (st.st_size <= SMALL)
		return copy_small(from, to, (size_t)st.st_size);
	return copy_sparse(from, to, st.st_size, max);
}
