/* A thread a value: a bus, a network's file system or a disk that does not answer delays nobody
 * else. What comes after its time is wiped by the thread that got it. */
#include "keys.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/eventfd.h>

#define STACK ((size_t)256 * 1024)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct fetch *list;
static size_t running;
static int wake = -1;

int fetch_open(void)
{
	wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return wake < 0 ? -errno : 0;
}

int fetch_wake(void)
{
	return wake;
}

int fetch_fail(struct fetch *f, int r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(f->words, sizeof f->words, fmt, ap);
	va_end(ap);
	return r;
}

void fetch_free(struct fetch *f)
{
	if (!f)
		return;
	secret_done(&f->value);
	free(f->name);
	free(f);
}

bool fetch_cancellable(struct fetch *f, void *cancel)
{
	(void)pthread_mutex_lock(&lock);
	bool wanted = !f->dropped;
	f->cancel = wanted ? cancel : NULL;
	(void)pthread_mutex_unlock(&lock);
	return wanted;
}

/* What no header can hold cannot be sent, and is most likely not what was meant. */
static int check(struct fetch *f)
{
	if (f->value.n == 0)
		return fetch_fail(f, -ENODATA, "it is empty");
	for (size_t i = 0; i < f->value.n; i++)
		if ((unsigned char)f->value.p[i] < 0x20 || f->value.p[i] == 0x7f)
			return fetch_fail(f, -EINVAL,
					  "it holds a line end or another control character");
	return 0;
}

/* Where little may be locked, a page a value is less than what the longest one would take. */
static void fit(struct secret *s)
{
	struct secret smaller;

	if (s->n >= s->cap / 2 || secret_new(s->n, &smaller) < 0)
		return;
	memcpy(smaller.p, s->p, s->n);
	smaller.n = s->n;
	secret_done(s);
	*s = smaller;
}

static void *work(void *arg)
{
	static int (*const sources[])(struct fetch * f, struct secret * ret) = {
		[SEL_CRED_KEYRING] = keyring_fetch,
		[SEL_CRED_KERNEL] = kernel_fetch,
		[SEL_CRED_FILE] = file_fetch,
		[SEL_CRED_VARIABLE] = environment_fetch,
	};
	struct fetch *f = arg;

	f->r = sources[f->source](f, &f->value);
	if (f->r >= 0)
		f->r = check(f);
	if (f->r >= 0)
		fit(&f->value);
	else
		secret_done(&f->value);
	(void)pthread_mutex_lock(&lock);
	bool dropped = f->dropped;
	f->cancel = NULL;
	f->done = true;
	running--;
	if (!dropped)
		(void)eventfd_write(wake, 1);
	(void)pthread_mutex_unlock(&lock);
	if (dropped)
		fetch_free(f);
	return NULL;
}

static int start_thread(struct fetch *f)
{
	pthread_attr_t attr;
	pthread_t thread;
	int r = pthread_attr_init(&attr);

	if (r != 0)
		return -r;
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	(void)pthread_attr_setstacksize(&attr, STACK);
	r = pthread_create(&thread, &attr, work, f);
	(void)pthread_attr_destroy(&attr);
	return -r;
}

int fetch_start(uint32_t number, enum sel_cred_source source, const char *name)
{
	struct fetch *f = calloc(1, sizeof *f);
	int r = 0;

	if (!f || !(f->name = strdup(name))) {
		fetch_free(f);
		return -ENOMEM;
	}
	f->number = number;
	f->source = source;
	f->deadline = sel_now_monotonic() + FETCH_USEC;
	(void)pthread_mutex_lock(&lock);
	if (running >= FETCHES_MAX)
		r = -EBUSY;
	if (r >= 0)
		r = start_thread(f);
	if (r >= 0) {
		running++;
		f->next = list;
		list = f;
	}
	(void)pthread_mutex_unlock(&lock);
	if (r < 0)
		fetch_free(f);
	return r;
}

/* Under the lock. The thread has it from here on. */
static void leave(struct fetch **at)
{
	struct fetch *f = *at;

	*at = f->next;
	f->dropped = true;
	if (f->cancel)
		keyring_cancel(f);
}

void fetch_drop(uint32_t number)
{
	(void)pthread_mutex_lock(&lock);
	for (struct fetch **at = &list; *at; at = &(*at)->next) {
		struct fetch *f = *at;

		if (f->number != number)
			continue;
		if (f->done) {
			*at = f->next;
			fetch_free(f);
		} else {
			leave(at);
		}
		break;
	}
	(void)pthread_mutex_unlock(&lock);
}

/* For one whose thread is left to itself: what is said of it. */
static struct fetch *timed_out(const struct fetch *f)
{
	struct fetch *ret = calloc(1, sizeof *ret);

	if (!ret)
		return NULL; /* again at the next look */
	ret->number = f->number;
	ret->source = f->source;
	ret->r = fetch_fail(ret, -ETIMEDOUT, "no answer within 5 seconds");
	return ret;
}

struct fetch *fetch_take(void)
{
	usec_t now = sel_now_monotonic();
	struct fetch *ret = NULL;
	eventfd_t n;

	(void)pthread_mutex_lock(&lock);
	for (struct fetch **at = &list; *at && !ret; at = &(*at)->next) {
		if ((*at)->done) {
			ret = *at;
			*at = ret->next;
			break;
		}
		if ((*at)->deadline > now)
			continue;
		ret = timed_out(*at);
		if (ret) {
			leave(at);
			break;
		}
	}
	if (!ret)
		(void)eventfd_read(wake, &n);
	(void)pthread_mutex_unlock(&lock);
	return ret;
}

usec_t fetch_deadline(void)
{
	usec_t ret = USEC_INFINITY;

	(void)pthread_mutex_lock(&lock);
	for (const struct fetch *f = list; f; f = f->next)
		if (f->deadline < ret)
			ret = f->deadline;
	(void)pthread_mutex_unlock(&lock);
	return ret;
}

bool fetch_running(void)
{
	(void)pthread_mutex_lock(&lock);
	bool ret = running > 0;
	(void)pthread_mutex_unlock(&lock);
	return ret;
}
