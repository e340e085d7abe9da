#include "console_reader.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/eventfd.h>

#define RESULTS_MAX 16

struct slot {
	struct sel_want want;
	bool pending;
	uint64_t turn; /* of the last want; results of an earlier one are stale */
};
struct result {
	struct sel_reader_result r;
	uint64_t turn;
};
struct sel_reader {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	int event;
	struct slot slots[SEL_READ_N];
	uint64_t turns;
	enum sel_read reading; /* SEL_READ_N: none */
	uint64_t reading_turn;
	atomic_bool cancel; /* what is being read */
	enum sel_deed deed;
	char deed_id[48];
	bool doing, stop;
	struct result results[RESULTS_MAX];
	size_t n;
};

/* --- the thread ------------------------------------------------------------------------------- */

static void tell(struct sel_reader *r)
{
	uint64_t one = 1;

	(void)!write(r->event, &one, sizeof one);
}

/* Locked. Of parts of the same read only the last counts. */
static void post(struct sel_reader *r, const struct sel_reader_result *res, uint64_t turn)
{
	size_t at = r->n;

	for (size_t i = 0; i < r->n; i++)
		if (r->results[i].r.deed == SEL_DEED_NONE && res->deed == SEL_DEED_NONE &&
		    r->results[i].r.what == res->what)
			at = i;
	if (at == RESULTS_MAX) { /* cannot be: one for each kind, and one deed at a time */
		json_decref(res->data);
		return;
	}
	if (at < r->n)
		json_decref(r->results[at].r.data);
	else
		r->n++;
	r->results[at] = (struct result){*res, turn};
	tell(r);
}

static void on_part(json_t *take, void *ctx)
{
	struct sel_reader *r = ctx;
	struct sel_reader_result res = {.what = r->reading, .data = take, .more = true};

	(void)pthread_mutex_lock(&r->lock);
	post(r, &res, r->reading_turn);
	(void)pthread_mutex_unlock(&r->lock);
}

/* Locked; the newest first. */
static struct slot *next_slot(struct sel_reader *r)
{
	struct slot *best = NULL;

	for (size_t i = 0; i < SEL_READ_N; i++)
		if (r->slots[i].pending && (!best || r->slots[i].turn > best->turn))
			best = &r->slots[i];
	return best;
}

/* Locked on entry and exit. */
static void read_one(struct sel_reader *r, struct slot *slot)
{
	struct sel_want want = slot->want;
	struct sel_reader_result res = {.what = want.what};

	slot->pending = false;
	r->reading = want.what;
	r->reading_turn = slot->turn;
	r->cancel = false;
	(void)pthread_mutex_unlock(&r->lock);
	res.error = sel_read_store(&want, &r->cancel, on_part, r, &res.data);
	(void)pthread_mutex_lock(&r->lock);
	r->reading = SEL_READ_N;
	/* given up for a deed: it is wanted as before */
	if (res.error == -ECANCELED && r->deed != SEL_DEED_NONE && !slot->pending)
		slot->pending = true;
	else
		post(r, &res, r->reading_turn);
}

static void do_one(struct sel_reader *r)
{
	struct sel_reader_result res = {.deed = r->deed};

	(void)snprintf(res.id, sizeof res.id, "%s", r->deed_id);
	(void)pthread_mutex_unlock(&r->lock);
	res.error = sel_do_deed(res.deed, res.id, res.words, sizeof res.words);
	(void)pthread_mutex_lock(&r->lock);
	r->deed = SEL_DEED_NONE;
	r->doing = false;
	post(r, &res, 0);
}

static void *work(void *ctx)
{
	struct sel_reader *r = ctx;

	(void)pthread_mutex_lock(&r->lock);
	for (;;) {
		struct slot *slot = next_slot(r);

		if (r->deed != SEL_DEED_NONE)
			do_one(r);
		else if (r->stop)
			break;
		else if (slot)
			read_one(r, slot);
		else
			(void)pthread_cond_wait(&r->wake, &r->lock);
	}
	(void)pthread_mutex_unlock(&r->lock);
	return NULL;
}

/* --- the console's side ------------------------------------------------------------------------
 */

int sel_reader_new(struct sel_reader **ret)
{
	struct sel_reader *r = calloc(1, sizeof *r);
	int e;

	if (!r)
		return -ENOMEM;
	r->reading = SEL_READ_N;
	r->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (r->event < 0) {
		e = errno;
		free(r);
		return -e;
	}
	(void)pthread_mutex_init(&r->lock, NULL);
	(void)pthread_cond_init(&r->wake, NULL);
	e = pthread_create(&r->thread, NULL, work, r);
	if (e) {
		(void)close(r->event);
		free(r);
		return -e;
	}
	*ret = r;
	return 0;
}

void sel_reader_free(struct sel_reader *r)
{
	if (!r)
		return;
	(void)pthread_mutex_lock(&r->lock);
	r->stop = true;
	r->cancel = true;
	(void)pthread_cond_signal(&r->wake);
	(void)pthread_mutex_unlock(&r->lock);
	(void)pthread_join(r->thread, NULL);
	for (size_t i = 0; i < r->n; i++)
		json_decref(r->results[i].r.data);
	(void)pthread_mutex_destroy(&r->lock);
	(void)pthread_cond_destroy(&r->wake);
	(void)close(r->event);
	free(r);
}

int sel_reader_fd(const struct sel_reader *r)
{
	return r->event;
}

void sel_reader_want(struct sel_reader *r, const struct sel_want *want)
{
	struct slot *slot = &r->slots[want->what];

	(void)pthread_mutex_lock(&r->lock);
	*slot = (struct slot){*want, true, ++r->turns};
	/* whoever asks for something else does not look at the search any more */
	if (r->reading == want->what || r->reading == SEL_READ_LOG)
		r->cancel = true;
	(void)pthread_cond_signal(&r->wake);
	(void)pthread_mutex_unlock(&r->lock);
}

int sel_reader_do(struct sel_reader *r, enum sel_deed deed, const char *id)
{
	int busy;

	(void)pthread_mutex_lock(&r->lock);
	busy = r->doing ? -EBUSY : 0;
	if (!busy) {
		r->doing = true;
		r->deed = deed;
		(void)snprintf(r->deed_id, sizeof r->deed_id, "%s", id);
		r->cancel = true;
		(void)pthread_cond_signal(&r->wake);
	}
	(void)pthread_mutex_unlock(&r->lock);
	return busy;
}

bool sel_reader_doing(struct sel_reader *r)
{
	bool doing;

	(void)pthread_mutex_lock(&r->lock);
	doing = r->doing;
	(void)pthread_mutex_unlock(&r->lock);
	return doing;
}

/* Locked. */
static bool stale(const struct sel_reader *r, const struct result *one)
{
	return one->r.deed == SEL_DEED_NONE && one->turn != r->slots[one->r.what].turn;
}

bool sel_reader_take(struct sel_reader *r, struct sel_reader_result *ret)
{
	bool found = false;
	uint64_t count;

	(void)!read(r->event, &count, sizeof count);
	(void)pthread_mutex_lock(&r->lock);
	while (!found && r->n > 0) {
		struct result one = r->results[0];

		memmove(&r->results[0], &r->results[1], --r->n * sizeof r->results[0]);
		found = !stale(r, &one);
		if (found)
			*ret = one.r;
		else
			json_decref(one.r.data);
	}
	if (r->n > 0)
		tell(r);
	(void)pthread_mutex_unlock(&r->lock);
	return found;
}
