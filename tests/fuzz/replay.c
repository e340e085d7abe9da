/* Runs a target over the files of a folder, each in memory of its own size. */
#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

static int one(int dir, const char *name)
{
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	_cleanup_free_ uint8_t *p = NULL;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	p = malloc(st.st_size > 0 ? (size_t)st.st_size : 1);
	if (!p)
		return -ENOMEM;
	if (read(fd, p, (size_t)st.st_size) != st.st_size)
		return -EIO;
	fprintf(stderr, "%s\n", name); /* the last one is the one that failed */
	LLVMFuzzerTestOneInput(p, (size_t)st.st_size);
	return 0;
}

int main(int argc, char **argv)
{
	DIR *d = argc == 2 ? opendir(argv[1]) : NULL;
	int count = 0, r = 0;

	if (!d) {
		fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
		return 2;
	}
	for (struct dirent *e; r == 0 && (e = readdir(d));)
		if (e->d_name[0] != '.') {
			r = one(dirfd(d), e->d_name);
			count++;
		}
	(void)closedir(d);
	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	if (r < 0 || count == 0)
		fprintf(stderr, "%s: %s\n", argv[1], r < 0 ? strerror(-r) : "nothing in it");
	return r < 0 || count == 0;
}
