#include "loop.h"

#define BATCH 128
#define JOBS  16

int loop_open(struct loop *l)
{
	*l = (struct loop){.epoll = epoll_create1(EPOLL_CLOEXEC)};
	l->last = &l->first;
	l->now = sel_now_monotonic();
	return l->epoll < 0 ? -errno : 0;
}

static void free_graves(struct loop *l)
{
	while (l->graves) {
		struct grave *g = l->graves;

		l->graves = g->next;
		free(g);
	}
}

void loop_close(struct loop *l)
{
	free_graves(l);
	free(l->heap);
	sel_closep(&l->epoll);
}

void loop_stop(struct loop *l, int result)
{
	if (!l->stop)
		l->result = result;
	l->stop = true;
}

void loop_bury(struct loop *l, void *p)
{
	struct grave *g = p;

	if (!g)
		return;
	g->next = l->graves;
	l->graves = g;
}

/* --- descriptors --- */

void source_want(struct loop *l, struct source *s, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = s};

	if (s->fd < 0 || (s->known && s->want == events))
		return;
	if (epoll_ctl(l->epoll, s->known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, s->fd, &ev) < 0) {
		loop_stop(l, -errno);
		return;
	}
	s->known = true;
	s->want = events;
}

void source_forget(struct loop *l, struct source *s)
{
	if (s->fd >= 0 && s->known)
		(void)epoll_ctl(l->epoll, EPOLL_CTL_DEL, s->fd, NULL);
	s->known = false;
	s->want = 0;
}

void source_close(struct loop *l, struct source *s)
{
	source_forget(l, s);
	sel_closep(&s->fd);
	s->fd = -1;
}

/* --- deadlines: a binary heap --- */

static void heap_put(struct loop *l, size_t i, struct timer *t)
{
	l->heap[i] = t;
	t->slot = i + 1;
}

static void heap_up(struct loop *l, size_t i)
{
	struct timer *t = l->heap[i];

	for (; i > 0 && l->heap[(i - 1) / 2]->at > t->at; i = (i - 1) / 2)
		heap_put(l, i, l->heap[(i - 1) / 2]);
	heap_put(l, i, t);
}

static void heap_down(struct loop *l, size_t i)
{
	struct timer *t = l->heap[i];

	for (;;) {
		size_t child = 2 * i + 1;

		if (child + 1 < l->n && l->heap[child + 1]->at < l->heap[child]->at)
			child++;
		if (child >= l->n || l->heap[child]->at >= t->at)
			break;
		heap_put(l, i, l->heap[child]);
		i = child;
	}
	heap_put(l, i, t);
}

void timer_stop(struct loop *l, struct timer *t)
{
	size_t i = t->slot;

	if (i == 0)
		return;
	i--;
	t->slot = 0;
	l->n--;
	if (i == l->n)
		return;
	heap_put(l, i, l->heap[l->n]);
	heap_up(l, i);
	heap_down(l, i);
}

void timer_set(struct loop *l, struct timer *t, usec_t in)
{
	if (t->slot)
		timer_stop(l, t);
	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 64;
		struct timer **heap = reallocarray(l->heap, cap, sizeof(struct timer *));

		if (!heap) {
			loop_stop(l, -ENOMEM);
			return;
		}
		l->heap = heap;
		l->cap = cap;
	}
	t->at = l->now + in;
	heap_put(l, l->n, t);
	l->n++;
	heap_up(l, l->n - 1);
}

static void fire_due(struct loop *l)
{
	while (l->n > 0 && l->heap[0]->at <= l->now && !l->stop) {
		struct timer *t = l->heap[0];

		timer_stop(l, t);
		t->fire(t);
	}
}

static int wait_msec(const struct loop *l)
{
	usec_t now = sel_now_monotonic(), msec;

	if (l->first)
		return 0;
	if (l->n == 0)
		return -1;
	if (l->heap[0]->at <= now)
		return 0;
	msec = (l->heap[0]->at - now) / USEC_PER_MSEC + 1;
	return msec > 60000 ? 60000 : (int)msec;
}

/* --- work put off --- */

void job_queue(struct loop *l, struct job *j)
{
	if (j->queued)
		return;
	j->queued = true;
	j->next = NULL;
	*l->last = j;
	l->last = &j->next;
}

void job_drop(struct loop *l, struct job *j)
{
	if (!j->queued)
		return;
	j->queued = false;
	for (struct job **p = &l->first; *p; p = &(*p)->next)
		if (*p == j) {
			*p = j->next;
			if (l->last == &j->next)
				l->last = p;
			return;
		}
}

/* Bounded, so that descriptors and deadlines get their turn too: much that goes on is jobs that
 * queue themselves again. */
static void run_jobs(struct loop *l)
{
	for (size_t i = 0; i < JOBS && l->first && !l->stop; i++) {
		struct job *j = l->first;

		l->first = j->next;
		if (!l->first)
			l->last = &l->first;
		j->queued = false;
		j->run(j);
	}
}

int loop_run(struct loop *l)
{
	struct epoll_event events[BATCH];

	while (!l->stop) {
		int n = epoll_wait(l->epoll, events, BATCH, wait_msec(l));

		if (n < 0 && errno != EINTR)
			return -errno;
		l->now = sel_now_monotonic();
		for (int i = 0; i < n && !l->stop; i++) {
			struct source *s = events[i].data.ptr;

			if (s->fd >= 0) /* closed by an event before it */
				s->ready(s, events[i].events);
		}
		fire_due(l);
		run_jobs(l);
		free_graves(l);
	}
	return l->result;
}
