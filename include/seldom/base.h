/* What every file of seldom shares: ownership, errors, time, descriptors.
 *
 * Errors: 0 or more is success, -errno is failure. Library code returns; only the outermost
 * function logs, and log-and-return is one line: `return sel_err(r, "Cannot open '%s'", path)`.
 * `ret_x` is written only on success. */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <syslog.h>
#include <unistd.h>

typedef uint64_t usec_t; /* microseconds */
#define USEC_PER_SEC  ((usec_t)1000000)
#define USEC_PER_MSEC ((usec_t)1000)
#define USEC_INFINITY UINT64_MAX

/* Monotonic time for intervals; real (wall) time for the record only. */
usec_t sel_now_monotonic(void);
usec_t sel_now_real(void);

static inline void sel_closep(int *fd)
{
	int saved = errno;

	if (*fd >= 0) /* -1 means none; 0 is a real descriptor */
		(void)close(*fd);
	errno = saved;
}
static inline void sel_freep(void *p)
{
	int saved = errno;

	free(*(void **)p);
	errno = saved;
}
#define _cleanup_close_ __attribute__((cleanup(sel_closep)))
#define _cleanup_free_	__attribute__((cleanup(sel_freep)))
#define _printf_(a, b)	__attribute__((format(printf, a, b)))
#define sel_steal_fd(p)                                                                            \
	({                                                                                         \
		int _stolen = *(p);                                                                \
		*(p) = -1;                                                                         \
		_stolen;                                                                           \
	})
#define sel_steal_ptr(p)                                                                           \
	({                                                                                         \
		__typeof__(*(p)) _stolen = *(p);                                                   \
		*(p) = NULL;                                                                       \
		_stolen;                                                                           \
	})
#define SEL_N(a) (sizeof(a) / sizeof((a)[0]))

/* Logs to stderr as "seldom: message: strerror"; `r` is 0 or -errno and is returned. The level is
 * syslog's; messages above the maximum (default LOG_WARNING, SELDOM_DEBUG=1 shows all) are dropped.
 */
int sel_log(int level, int r, const char *fmt, ...) _printf_(3, 4);
#define sel_err(r, ...)	 sel_log(LOG_ERR, (r), __VA_ARGS__)
#define sel_warn(r, ...) sel_log(LOG_WARNING, (r), __VA_ARGS__)
#define sel_dbg(...)	 ((void)sel_log(LOG_DEBUG, 0, __VA_ARGS__))
void sel_log_init(const char *program);

/* Exit codes of `seldom run` before CMD ran (docs/seldom.1). Other commands: 0, 1 or 2 (usage). */
#define SEL_EXIT_SETUP	   125
#define SEL_EXIT_CANNOTRUN 126
#define SEL_EXIT_NOTFOUND  127
