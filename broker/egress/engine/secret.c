#include "engine.h"

#include <sys/mman.h>

/* Mapped and locked before confinement, as large as the limit on locked memory allows. */
#define ARENA_MAX ((size_t)1024 * 1024)
#define ARENA_MIN ((size_t)16 * 1024)

void secrets_open(struct secrets *s)
{
	for (size_t cap = ARENA_MAX; cap >= ARENA_MIN; cap /= 2) {
		void *p =
			mmap(NULL, cap, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			continue;
		if (mlock(p, cap) == 0 && madvise(p, cap, MADV_DONTDUMP) == 0) {
			*s = (struct secrets){.p = p, .cap = cap};
			return;
		}
		(void)munmap(p, cap);
	}
	(void)sel_warn(-errno, "Cannot lock memory for credentials; none can be used");
}

char *secrets_keep(struct secrets *s, const char *value, size_t n)
{
	char *at = s->p + s->n;

	if (n >= s->cap - s->n)
		return NULL;
	memcpy(at, value, n);
	at[n] = '\0';
	s->n += n + 1;
	return at;
}
