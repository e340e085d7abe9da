#include "keys.h"

#include <sys/mman.h>

#ifndef MADV_WIPEONFORK /* 4.14 */
#define MADV_WIPEONFORK 18
#endif

int secret_new(size_t cap, struct secret *ret)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t n = (cap / page + 1) * page; /* one byte more at least: an end behind a text */
	char *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int r;

	if (p == MAP_FAILED)
		return -errno;
	if (mlock(p, n) < 0 || madvise(p, n, MADV_DONTDUMP) < 0 ||
	    madvise(p, n, MADV_WIPEONFORK) < 0) {
		r = -errno;
		(void)munmap(p, n);
		return r;
	}
	*ret = (struct secret){.p = p, .cap = n};
	return 0;
}

void secret_done(struct secret *s)
{
	if (s->p) {
		explicit_bzero(s->p, s->cap);
		(void)munmap(s->p, s->cap);
	}
	*s = (struct secret){0};
}
