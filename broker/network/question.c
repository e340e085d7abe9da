/* One question for all that ask the same: a person is asked about a host and what is done there,
 * not about every request. */
#include "internal.h"

/* What would have to be granted: requests, plain http, an unread tunnel, an upgrade, a service of
 * git's. Another one is another question. */
static unsigned shape_of(const struct sel_wire *w)
{
	bool tunnel = w->why == SEL_NET_NOT_HTTP || w->why == SEL_NET_PINNED;

	return tunnel ? SEL_ASKS_ALL + 1 : w->what;
}

static struct question **find(struct questions *q, const struct sel_wire *w)
{
	enum sel_net_class class = sel_net_class(w->method);
	unsigned shape = shape_of(w);
	struct question **at = &q->first;

	while (*at && !((*at)->port == w->port && (*at)->class == class && (*at)->shape == shape &&
			strcmp((*at)->name, w->name) == 0))
		at = &(*at)->next;
	return at;
}

int questions_join(struct questions *q, const struct sel_wire *w, struct question **ret,
		   bool *ret_new)
{
	struct question **at = find(q, w), *new = *at;
	struct waiter *waiter;

	if (q->n_waiters >= WAITERS_MAX || (!new && q->n >= QUESTIONS_MAX))
		return -ENOBUFS;
	waiter = calloc(1, sizeof *waiter);
	if (!waiter)
		return -ENOMEM;
	if (!new)
		new = calloc(1, sizeof *new);
	if (!new) {
		free(waiter);
		return -ENOMEM;
	}
	*ret_new = !*at;
	if (!*at) {
		new->id = ++q->last;
		memcpy(new->name, w->name, sizeof new->name);
		new->port = w->port;
		new->class = sel_net_class(w->method);
		new->shape = shape_of(w);
		*at = new;
		q->n++;
	}
	struct waiter **end = &new->waiters;
	if (new->last)
		end = &new->last->next;
	waiter->id = w->id;
	waiter->conn = w->conn;
	*end = new->last = waiter;
	q->n_waiters++;
	*ret = new;
	return 0;
}

static struct question *take_out(struct questions *q, struct question **at)
{
	struct question *old = *at;

	*at = old->next;
	old->next = NULL;
	q->n--;
	for (const struct waiter *w = old->waiters; w; w = w->next)
		q->n_waiters--;
	return old;
}

struct question *questions_take(struct questions *q, uint64_t id)
{
	struct question **at = &q->first;

	while (*at && (*at)->id != id)
		at = &(*at)->next;
	return *at ? take_out(q, at) : NULL;
}

uint64_t questions_first(const struct questions *q, uint64_t id)
{
	const struct question *one = q->first;

	while (one && one->id != id)
		one = one->next;
	return one ? one->waiters->id : 0;
}

struct question *questions_leave(struct questions *q, uint64_t id)
{
	for (struct question **at = &q->first; *at; at = &(*at)->next)
		for (struct waiter **w = &(*at)->waiters, *before = NULL; *w;
		     before = *w, w = &(*w)->next) {
			struct waiter *old = *w;

			if (old->id != id)
				continue;
			*w = old->next;
			if (!old->next)
				(*at)->last = before;
			free(old);
			q->n_waiters--;
			return (*at)->waiters ? NULL : take_out(q, at);
		}
	return NULL;
}

static void leave_one(struct questions *q, struct question *one, uint32_t conn)
{
	one->last = NULL;
	for (struct waiter **w = &one->waiters; *w;) {
		struct waiter *at = *w;

		if (at->conn != conn) {
			one->last = at;
			w = &at->next;
			continue;
		}
		*w = at->next;
		free(at);
		q->n_waiters--;
	}
}

struct question *questions_leave_all(struct questions *q, uint32_t conn)
{
	struct question *gone = NULL;

	for (struct question **at = &q->first; *at;) {
		leave_one(q, *at, conn);
		if ((*at)->waiters) {
			at = &(*at)->next;
			continue;
		}
		struct question *old = take_out(q, at);
		old->next = gone;
		gone = old;
	}
	return gone;
}

void question_free(struct question *q)
{
	if (!q)
		return;
	for (struct waiter *w = q->waiters, *next; w; w = next) {
		next = w->next;
		free(w);
	}
	free(q);
}

void questions_done(struct questions *q)
{
	for (struct question *one = q->first, *next; one; one = next) {
		next = one->next;
		question_free(one);
	}
	*q = (struct questions){0};
}
