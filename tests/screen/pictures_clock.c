/* Loaded before the C library where pictures are taken: it is always the same Friday afternoon.
 * The monotonic clock goes on, so what waits ends. */
#include "pictures_store.h"

#include <dlfcn.h>
#include <time.h>

int clock_gettime(clockid_t clock, struct timespec *ret)
{
	static int (*real)(clockid_t, struct timespec *);

	if (clock == CLOCK_REALTIME) {
		*ret = (struct timespec){.tv_sec = PICTURES_NOW};
		return 0;
	}
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
	return real ? real(clock, ret) : -1;
}
