#include "seldom/base.h"
#include "seldom/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

/* The log target is the one global of the project. */
static struct {
	const char *program;
	int max_level;
} target = {"seldom", LOG_WARNING};

void sel_log_init(const char *program)
{
	const char *debug = getenv("SELDOM_DEBUG");

	target.program = program;
	target.max_level = debug && *debug && strcmp(debug, "0") != 0 ? LOG_DEBUG : LOG_WARNING;
}

int sel_log(int level, int r, const char *fmt, ...)
{
	char line[2048], safe[4096];
	int saved = errno;
	va_list ap;
	int n;

	if (level > target.max_level)
		return r;
	va_start(ap, fmt);
	n = vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	if (n >= 0) {
		sel_text_escape_message(line, safe, sizeof safe);
		if (r < 0)
			(void)dprintf(STDERR_FILENO, "%s: %s: %s\n", target.program, safe,
				      strerror(-r));
		else
			(void)dprintf(STDERR_FILENO, "%s: %s\n", target.program, safe);
	}
	errno = saved;
	return r;
}

static usec_t clock_usec(clockid_t clock)
{
	struct timespec ts;

	if (clock_gettime(clock, &ts) < 0)
		return 0;
	return (usec_t)ts.tv_sec * USEC_PER_SEC + (usec_t)ts.tv_nsec / 1000;
}

usec_t sel_now_monotonic(void)
{
	return clock_usec(CLOCK_MONOTONIC);
}

usec_t sel_now_real(void)
{
	return clock_usec(CLOCK_REALTIME);
}
