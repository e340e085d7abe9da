/* Old judged actions are rolled up: their sums by day were kept while they were written, so the
 * rows go, with their events. Each run of events that goes leaves a row in `gap` with the hash of
 * its last, so that the chain can be walked on from there, and an event "rolled-up" that vouches
 * for the gaps. What goes is checked against the chain first: pruning hides no edit by hand.
 *
 * What a question was answered with, and what a person labelled, stays. */
#include "internal.h"

#include <jansson.h>

#define USEC_PER_DAY (24 * 3600 * USEC_PER_SEC)
#define BUDGET_USEC                                                                                \
	(2 * USEC_PER_SEC) /* somebody waits for the run to end; the rest is for tomorrow */
enum { BATCH = 4096, VACUUM_PAGES = 1024 };

struct old {
	int64_t id, event, at;
};

struct pruning {
	struct sel_store *s;
	int64_t before; /* rows are older */
	int64_t from;	/* none is older than this */
	struct sel_writing w;
	struct old *old; /* one batch */
	size_t n;
	uint64_t gaps;
	usec_t until;
	struct sel_pruned done;
};

static int by_event(const void *a, const void *b)
{
	const struct old *x = a, *y = b;

	return (x->event > y->event) - (x->event < y->event);
}

static int find_batch(struct pruning *p)
{
	_cleanup_query_ struct sel_query q = {0};
	int r;

	p->n = 0;
	sel_query_init(&q, p->s, STMT_PRUNE_FIND);
	sel_bind_int(&q, p->from);
	sel_bind_int(&q, p->before);
	sel_bind_int(&q, BATCH);
	while ((r = sel_query_step(&q)) == 1 && p->n < BATCH) {
		struct old *old = &p->old[p->n++];

		*old = (struct old){sqlite3_column_int64(q.stmt, 0),
				    sqlite3_column_int64(q.stmt, 1),
				    sqlite3_column_int64(q.stmt, 2)};
		if (old->event < 1 || old->event > p->w.head.seq)
			return -EUCLEAN; /* the chain knows no such number */
	}
	if (p->n > 0)
		p->from = p->old[p->n - 1].at;
	return r < 0 ? r : 0;
}

/* One row and its own event, no other's. */
static int remove_one(struct pruning *p, const struct old *old)
{
	_cleanup_query_ struct sel_query event = {0}, action = {0};
	int r;

	sel_query_init(&event, p->s, STMT_EVENT_DELETE);
	sel_bind_int(&event, old->event);
	sel_bind_int(&event, old->id);
	r = sel_query_run(&event);
	if (r >= 0 && sqlite3_changes(p->s->db) != 1)
		r = -EUCLEAN;
	if (r < 0)
		return r;
	sel_query_init(&action, p->s, STMT_ACTION_DELETE);
	sel_bind_int(&action, old->id);
	return sel_query_run(&action);
}

/* Events `old[0]` to `old[n - 1]` follow one another: one gap. */
static int remove_run(struct pruning *p, const struct old *old, size_t n)
{
	_cleanup_query_ struct sel_query q = {0};
	uint8_t hash[SEL_HASH_SIZE];
	int r = sel_chain_check(p->s, old[0].event, old[n - 1].event, hash);

	if (r < 0)
		return r;
	sel_query_init(&q, p->s, STMT_GAP_ADD);
	sel_bind_int(&q, old[0].event);
	sel_bind_int(&q, old[n - 1].event);
	sel_bind_int(&q, p->w.head.seq + 1);
	sel_bind_blob(&q, hash, sizeof hash);
	r = sel_query_run(&q);
	for (size_t i = 0; i < n && r >= 0; i++)
		r = remove_one(p, &old[i]);
	p->gaps++;
	return r;
}

static int vouch(struct pruning *p)
{
	char digest[SEL_HEX_SIZE] = "";
	uint64_t n = 0;
	int r = sel_gaps_digest(p->s, p->w.head.seq + 1, &n, digest);
	json_auto_t *body =
		json_pack("{s:I,s:I,s:I,s:s}", "actions", (json_int_t)p->n, "before",
			  (json_int_t)p->before, "gaps", (json_int_t)p->gaps, "sha256", digest);
	_cleanup_free_ char *text = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);

	if (r >= 0 && !text)
		r = -ENOMEM;
	return r < 0 ? r : sel_chain_word(p->s, &p->w.head, NULL, SEL_ROLLED_UP, text);
}

static int remove_batch(struct pruning *p)
{
	int r = 0;

	p->gaps = 0;
	qsort(p->old, p->n, sizeof *p->old, by_event);
	for (size_t i = 0, n; i < p->n && r >= 0; i += n) {
		for (n = 1; i + n < p->n && p->old[i + n].event == p->old[i].event + (int64_t)n;)
			n++;
		r = remove_run(p, &p->old[i], n);
	}
	return r < 0 ? r : vouch(p);
}

/* 1: there may be more. One batch a transaction, so that nobody waits for long. */
static int prune_batch(struct pruning *p)
{
	int r = sel_writing_begin(&p->w, p->s, SEL_NORMAL);

	if (r < 0)
		return r;
	r = find_batch(p);
	if (r >= 0 && p->n > 0)
		r = remove_batch(p);
	r = sel_txn_end(p->s, r);
	if (r < 0)
		return r;
	p->done.actions += p->n;
	return p->n == BATCH;
}

static int prune_actions(struct pruning *p)
{
	int r = 1;

	p->old = calloc(BATCH, sizeof *p->old);
	if (!p->old)
		return -ENOMEM;
	while (r == 1 && !p->done.more) {
		r = prune_batch(p);
		p->done.more = r == 1 && sel_now_monotonic() > p->until;
	}
	free(p->old);
	return r < 0 ? r : 0;
}

/* What is not chained: one transaction. */
static int prune_rest(struct pruning *p, usec_t sums_before)
{
	static const struct {
		enum sel_stmt which;
		bool sums;
	} steps[] = {
		{STMT_PRUNE_DAYS, true},	{STMT_PRUNE_EXES, true},
		{STMT_PRUNE_TALLIES, true},	{STMT_PRUNE_COUNTS, false},
		{STMT_PRUNE_IDENTITIES, false}, {STMT_PRUNE_WHATS, false},
		{STMT_PRUNE_TEXTS, false},
	};
	int r = sel_txn_begin(p->s, SEL_NORMAL);

	if (r < 0)
		return r;
	for (size_t i = 0; i < SEL_N(steps) && r >= 0; i++) {
		_cleanup_query_ struct sel_query q = {0};

		sel_query_init(&q, p->s, steps[i].which);
		if (steps[i].which != STMT_PRUNE_WHATS && steps[i].which != STMT_PRUNE_TEXTS)
			sel_bind_int(&q, steps[i].sums ? (int64_t)sums_before : p->before);
		r = sel_query_run(&q);
		if (r >= 0 && steps[i].sums)
			p->done.sums += (uint64_t)sqlite3_changes64(p->s->db);
	}
	return sel_txn_end(p->s, r);
}

static int64_t pragma(struct sel_store *s, enum sel_stmt which)
{
	_cleanup_query_ struct sel_query q = {0};

	sel_query_init(&q, s, which);
	return sel_query_step(&q) == 1 ? sqlite3_column_int64(q.stmt, 0) : 0;
}

/* Free pages are used again; only if they are many the file shrinks, in steps. Best effort. */
static void shrink(struct pruning *p)
{
	int64_t pages = pragma(p->s, STMT_PAGES), page_size = pragma(p->s, STMT_PAGE_SIZE), after;

	while (pragma(p->s, STMT_FREE_PAGES) > pragma(p->s, STMT_PAGES) / 8 &&
	       sel_now_monotonic() < p->until) {
		int64_t before = pragma(p->s, STMT_PAGES);

		if (sqlite3_exec(p->s->db, "PRAGMA incremental_vacuum(1024)", NULL, NULL, NULL) !=
			    SQLITE_OK ||
		    pragma(p->s, STMT_PAGES) >= before)
			break;
	}
	after = pragma(p->s, STMT_PAGES);
	p->done.bytes = pages > after ? (uint64_t)(pages - after) * (uint64_t)page_size : 0;
}

/* 1: it is this call's to do; 0: somebody did so today already. */
static int take(struct pruning *p)
{
	_cleanup_query_ struct sel_query q = {0};
	int r = sel_txn_begin(p->s, SEL_NORMAL);

	if (r < 0)
		return r;
	sel_query_init(&q, p->s, STMT_ROLLED_SET);
	sel_bind_int(&q, p->before / (int64_t)USEC_PER_DAY);
	r = sel_query_run(&q);
	sel_query_done(&q);
	if (r >= 0)
		r = sqlite3_changes(p->s->db) == 1;
	return sel_txn_end(p->s, r);
}

int sel_store_prune(struct sel_store *s, usec_t rows_before, usec_t sums_before, usec_t now,
		    struct sel_pruned *ret)
{
	struct pruning p = {.s = s, .until = sel_now_monotonic() + BUDGET_USEC};
	int r;

	*ret = (struct sel_pruned){0};
	if (rows_before > now || sums_before > rows_before || now > INT64_MAX)
		return -EINVAL;
	/* whole days: sums can then stand for the rows of a day */
	p.before = (int64_t)(rows_before - rows_before % USEC_PER_DAY);
	SEL_STORE_LOCK(s);
	r = take(&p);
	if (r <= 0)
		return r;
	r = prune_actions(&p);
	if (r >= 0 && !p.done.more) /* else there is no time for it today */
		r = prune_rest(&p, sums_before);
	if (r >= 0)
		shrink(&p);
	*ret = p.done;
	return r;
}
