/* The audit: every event carries SHA-256 over the one before it and itself.
 *
 * What it proves: a row or event that was changed, dropped, added or moved by hand afterwards is
 * found, as long as whoever did it did not also recompute every hash from there to the end. It is
 * evidence against partial edits and damage only: one who can write the file and knows this code
 * can rewrite the whole chain, or cut its end off together with the rows, and nothing in the file
 * tells.
 *
 *   hash = SHA-256("seldom event 2\n" | hash before (32 zero bytes for the first) | seq | time |
 *                  session | kind | row | body or digest of the row)
 *                                              numbers: 64 bit big endian; text: length, bytes
 *
 * An event of a row (an action, an answer ...) speaks of the row's number and the SHA-256 of its
 * columns, so what `seldom log` shows is what the chain vouches for, and nothing is kept twice: the
 * digest is taken from the row again whenever the hash is checked.
 *
 * Format 1 (events up to chain.format1, from stores of version 1) began with "seldom event 1\n",
 * had no row in the hash and as body the text {"row":N,"sha256":"..."}, over the columns of that
 * time.
 *
 * Old actions are rolled up (prune.c): a row of `gap` stands for each run of events that went with
 * them and holds the hash of the last; an event "rolled-up" vouches for these. */
#include "sha256.h"

#include <stdio.h>

#define BODY_MAX (64 * 1024)

static const struct {
	const char *name;
	enum sel_stmt digest, rows;
	int columns1; /* of the digest in format 1; the later ones were added at the end */
	int derived;  /* of those added, the first so many follow from the row: the others are empty
		       */
} kinds[SEL_ROW_N] = {
	[SEL_ROW_SESSION] = {"session", STMT_DIGEST_SESSION, STMT_ROWS_SESSION, 10, 0},
	[SEL_ROW_END] = {"end", STMT_DIGEST_END, STMT_ROWS_END, 5, 0},
	[SEL_ROW_ACTION] = {"action", STMT_DIGEST_ACTION, STMT_ROWS_ACTION, 16, 0},
	[SEL_ROW_QUESTION] = {"question", STMT_DIGEST_QUESTION, STMT_ROWS_QUESTION, 12, 0},
	[SEL_ROW_ANSWER] = {"answer", STMT_DIGEST_ANSWER, STMT_ROWS_ANSWER, 12, 2},
	[SEL_ROW_RULE] = {"rule", STMT_DIGEST_RULE, STMT_ROWS_RULE, 11, 0},
	[SEL_ROW_REVOKE] = {"revoke", STMT_DIGEST_REVOKE, STMT_ROWS_REVOKE, 3, 0},
	[SEL_ROW_LABEL] = {"label", STMT_DIGEST_LABEL, STMT_ROWS_LABEL, 0, 0},
	[SEL_ROW_PROPOSAL] = {"proposal", STMT_DIGEST_PROPOSAL, STMT_ROWS_PROPOSAL, 0, 0},
};

struct event {
	int64_t seq, at;
	const char *session; /* or NULL */
	int64_t session_n;   /* of it, 0: none */
	enum sel_row_kind row_kind;
	const char *word; /* its kind, if it is no row's */
	int64_t row;	  /* 0: none */
	const char *body; /* NULL: a row's */
	uint8_t digest[SEL_HASH_SIZE];
};

const char *sel_row_kind_name(int64_t kind)
{
	return kind > SEL_ROW_NONE && kind < SEL_ROW_N ? kinds[kind].name : NULL;
}

static void hash_text(struct sel_hash *h, const char *text)
{
	size_t n = text ? strlen(text) : 0;

	sel_hash_u64(h, text ? n : UINT64_MAX);
	sel_hash_bytes(h, text, n);
}

/* Format 1: the text that was the body of a row's event. */
static void row_text(const struct event *e, char *out, size_t cap)
{
	int n = snprintf(out, cap, "{\"row\":%lld,\"sha256\":\"", (long long)e->row);

	for (int i = 0; i < SEL_HASH_SIZE; i++)
		n += snprintf(out + n, cap - (size_t)n, "%02x", e->digest[i]);
	(void)snprintf(out + n, cap - (size_t)n, "\"}");
}

static int event_hash(struct sel_hash *h, const struct event *e, bool format1,
		      const uint8_t before[SEL_HASH_SIZE], uint8_t ret[SEL_HASH_SIZE])
{
	static const char tags[][16] = {"seldom event 2\n", "seldom event 1\n"};
	char text[160];

	sel_hash_start(h);
	sel_hash_bytes(h, tags[format1], sizeof tags[0] - 1);
	sel_hash_bytes(h, before, SEL_HASH_SIZE);
	sel_hash_u64(h, (uint64_t)e->seq);
	sel_hash_u64(h, (uint64_t)e->at);
	hash_text(h, e->session);
	hash_text(h, e->word ? e->word : kinds[e->row_kind].name);
	if (!format1)
		sel_hash_u64(h, (uint64_t)e->row);
	if (e->body) {
		hash_text(h, e->body);
	} else if (format1) {
		row_text(e, text, sizeof text);
		hash_text(h, text);
	} else {
		sel_hash_bytes(h, e->digest, SEL_HASH_SIZE);
	}
	return sel_hash_end(h, ret);
}

static void hash_column(struct sel_hash *h, sqlite3_stmt *stmt, int i)
{
	int type = sqlite3_column_type(stmt, i);

	sel_hash_u64(h, (uint64_t)type);
	if (type == SQLITE_INTEGER) {
		sel_hash_u64(h, (uint64_t)sqlite3_column_int64(stmt, i));
	} else if (type == SQLITE_FLOAT) {
		double real = sqlite3_column_double(stmt, i);
		uint64_t bits;

		memcpy(&bits, &real, sizeof bits);
		sel_hash_u64(h, bits);
	} else if (type != SQLITE_NULL) {
		const void *bytes = sqlite3_column_blob(stmt, i);
		size_t n = (size_t)sqlite3_column_bytes(stmt, i);

		sel_hash_u64(h, n);
		sel_hash_bytes(h, bytes, bytes ? n : 0);
	}
}

/* Format 1 says nothing of the columns that came later: they are as the migration left them. */
static bool added_is_empty(sqlite3_stmt *stmt, enum sel_row_kind kind)
{
	for (int i = kinds[kind].columns1 + kinds[kind].derived; i < sqlite3_column_count(stmt);
	     i++)
		if (sqlite3_column_type(stmt, i) != SQLITE_NULL &&
		    (sqlite3_column_type(stmt, i) != SQLITE_INTEGER ||
		     sqlite3_column_int64(stmt, i) != 0))
			return false;
	return true;
}

/* What the row, as it is now, digests to. -ENOENT: there is no such row. */
static int row_digest(struct sel_store *s, struct event *e, bool format1, int64_t *ret_seq)
{
	_cleanup_query_ struct sel_query q = {0};
	int r, n;

	sel_query_init(&q, s, kinds[e->row_kind].digest);
	sel_bind_int(&q, e->row);
	r = sel_query_step(&q);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	*ret_seq = sqlite3_column_int64(q.stmt, 0);
	if (format1 && !added_is_empty(q.stmt, e->row_kind))
		return -EUCLEAN;
	n = format1 ? kinds[e->row_kind].columns1 : sqlite3_column_count(q.stmt);
	sel_hash_start(s->hash);
	for (int i = 0; i < n; i++)
		hash_column(s->hash, q.stmt, i);
	return sel_hash_end(s->hash, e->digest);
}

int sel_chain_head(struct sel_store *s, struct sel_head *ret)
{
	_cleanup_query_ struct sel_query q = {0};
	int r;

	*ret = (struct sel_head){0};
	sel_query_init(&q, s, STMT_HEAD);
	r = sel_query_step(&q);
	if (r <= 0)
		return r;
	ret->seq = sqlite3_column_int64(q.stmt, 0);
	if (ret->seq < 0 || ret->seq == INT64_MAX ||
	    sqlite3_column_bytes(q.stmt, 1) != SEL_HASH_SIZE)
		return -EUCLEAN;
	memcpy(ret->hash, sqlite3_column_blob(q.stmt, 1), SEL_HASH_SIZE);
	ret->format1 = sqlite3_column_int64(q.stmt, 2);
	return 0;
}

static int append(struct sel_store *s, struct sel_head *head, const struct event *e)
{
	_cleanup_query_ struct sel_query add = {0}, set = {0};
	struct sel_head next = {.seq = e->seq, .format1 = head->format1};
	int r = event_hash(s->hash, e, false, head->hash, next.hash);

	if (r < 0)
		return r;
	sel_query_init(&add, s, STMT_EVENT_ADD);
	sel_bind_int(&add, e->seq);
	sel_bind_int(&add, e->at);
	sel_bind_id(&add, e->session_n);
	if (e->word)
		sel_bind_text(&add, e->word);
	else
		sel_bind_int(&add, e->row_kind);
	sel_bind_id(&add, e->row);
	sel_bind_text(&add, e->body);
	sel_bind_blob(&add, next.hash, SEL_HASH_SIZE);
	r = sel_query_run(&add);
	if (r < 0)
		return r == -EEXIST ? -EUCLEAN : r; /* an event beyond the head: tampered with */
	sel_query_init(&set, s, STMT_HEAD_SET);
	sel_bind_int(&set, next.seq);
	sel_bind_blob(&set, next.hash, SEL_HASH_SIZE);
	r = sel_query_run(&set);
	if (r >= 0)
		*head = next;
	return r;
}

/* The event after the end, now; in `session`, if any. */
static int next_event(struct sel_store *s, const struct sel_head *head, const char *session,
		      struct event *ret)
{
	struct sel_session_key key = {0};
	int r = session ? sel_session_find(s, session, &key) : 0;

	*ret = (struct event){
		.seq = head->seq + 1,
		.at = (int64_t)sel_now_real(),
		.session = session,
		.session_n = key.n,
	};
	return r;
}

int sel_chain_row(struct sel_store *s, struct sel_head *head, const char *session,
		  enum sel_row_kind kind, int64_t row)
{
	struct event e;
	int64_t seq = 0;
	int r = next_event(s, head, session, &e);

	e.row_kind = kind;
	e.row = row;
	if (r >= 0)
		r = row_digest(s, &e, false, &seq);
	return r < 0 ? r : append(s, head, &e);
}

int sel_chain_word(struct sel_store *s, struct sel_head *head, const char *session,
		   const char *kind, const char *body)
{
	struct event e;
	int r = next_event(s, head, session, &e);

	e.word = kind;
	e.body = body;
	return r < 0 ? r : append(s, head, &e);
}

static enum sel_row_kind row_kind_of(const char *name)
{
	for (int i = SEL_ROW_NONE + 1; i < SEL_ROW_N; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return (enum sel_row_kind)i;
	return SEL_ROW_NONE;
}

/* Words that a caller may not use for an event of its own. */
static bool kind_is_kept(const char *name)
{
	return row_kind_of(name) != SEL_ROW_NONE || strcmp(name, SEL_ROLLED_UP) == 0;
}

static bool kind_is_word(const char *kind)
{
	size_t n = strspn(kind, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return n >= 1 && n <= 32 && !kind[n];
}

int sel_store_event(struct sel_store *s, const char *session, const char *kind, json_t *body)
{
	_cleanup_free_ char *text = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);
	struct sel_head head;
	int r;

	if (!text || !kind_is_word(kind) || kind_is_kept(kind))
		return -EINVAL;
	if (strlen(text) > BODY_MAX)
		return -E2BIG;
	SEL_STORE_LOCK(s);
	r = sel_txn_begin(s, SEL_NORMAL);
	if (r < 0)
		return r;
	r = sel_chain_head(s, &head);
	if (r >= 0)
		r = sel_chain_word(s, &head, session, kind, text);
	return sel_txn_end(s, r);
}

/* --- walking it --------------------------------------------------------------------------------
 */

struct walk {
	struct sel_head at;
	int64_t format1;
	uint64_t rows[SEL_ROW_N];
	uint64_t gaps, vouched; /* passed over, and what events say of them */
};

/* No text hides behind a NUL: it would be stored, but not hashed. */
static bool whole(sqlite3_stmt *stmt, int i)
{
	const char *text = (const char *)sqlite3_column_text(stmt, i);

	return !text || strlen(text) == (size_t)sqlite3_column_bytes(stmt, i);
}

/* Columns as in STMT_EVENTS. */
static int event_read(sqlite3_stmt *stmt, struct event *ret)
{
	bool row = sqlite3_column_type(stmt, 3) == SQLITE_INTEGER;
	int64_t kind = row ? sqlite3_column_int64(stmt, 3) : SEL_ROW_NONE;

	if ((row && !sel_row_kind_name(kind)) || !whole(stmt, 2) || (!row && !whole(stmt, 3)) ||
	    !whole(stmt, 5) || sqlite3_column_bytes(stmt, 6) != SEL_HASH_SIZE)
		return -EUCLEAN;
	*ret = (struct event){
		.seq = sqlite3_column_int64(stmt, 0),
		.at = sqlite3_column_int64(stmt, 1),
		.session = (const char *)sqlite3_column_text(stmt, 2),
		.session_n = sqlite3_column_int64(stmt, 7),
		.row_kind = (enum sel_row_kind)kind,
		.word = row ? NULL : (const char *)sqlite3_column_text(stmt, 3),
		.row = sqlite3_column_int64(stmt, 4),
		.body = (const char *)sqlite3_column_text(stmt, 5),
	};
	if (row ? ret->row == 0 || ret->body : ret->row != 0 || !ret->word || !ret->body)
		return -EUCLEAN;
	return (ret->session_n != 0) != (ret->session != NULL) ? -EUCLEAN : 0;
}

/* Passes over what was rolled up before the event `seq`. */
static int pass_gaps(struct sel_store *s, struct walk *w, int64_t seq)
{
	while (w->at.seq + 1 < seq) {
		_cleanup_query_ struct sel_query q = {0};
		int r;

		sel_query_init(&q, s, STMT_GAP_ONE);
		sel_bind_int(&q, w->at.seq + 1);
		r = sel_query_step(&q);
		if (r <= 0)
			return r < 0 ? r : -EUCLEAN;
		if (sqlite3_column_int64(q.stmt, 0) <= w->at.seq ||
		    sqlite3_column_bytes(q.stmt, 1) != SEL_HASH_SIZE)
			return -EUCLEAN;
		w->at.seq = sqlite3_column_int64(q.stmt, 0);
		memcpy(w->at.hash, sqlite3_column_blob(q.stmt, 1), SEL_HASH_SIZE);
		w->gaps++;
	}
	return w->at.seq + 1 == seq ? 0 : -EUCLEAN;
}

int sel_gaps_digest(struct sel_store *s, int64_t event, uint64_t *ret_n, char ret[SEL_HEX_SIZE])
{
	_cleanup_query_ struct sel_query q = {0};
	uint8_t digest[SEL_HASH_SIZE];
	uint64_t n = 0;
	int r;

	sel_query_init(&q, s, STMT_GAPS_OF);
	sel_bind_int(&q, event);
	sel_hash_start(s->hash);
	while ((r = sel_query_step(&q)) == 1) {
		for (int i = 0; i < sqlite3_column_count(q.stmt); i++)
			hash_column(s->hash, q.stmt, i);
		n++;
	}
	if (r >= 0)
		r = sel_hash_end(s->hash, digest);
	for (int i = 0; r >= 0 && i < SEL_HASH_SIZE; i++)
		(void)snprintf(ret + (ptrdiff_t)2 * i, 3, "%02x", digest[i]);
	*ret_n = n;
	return r;
}

/* The gaps that it speaks of are still as it says. */
static int check_rolled(struct sel_store *s, struct walk *w, const struct event *e)
{
	json_auto_t *body = json_loads(e->body, JSON_REJECT_DUPLICATES, NULL);
	const char *want = json_string_value(json_object_get(body, "sha256"));
	char digest[SEL_HEX_SIZE] = "";
	uint64_t n = 0;
	int r = sel_gaps_digest(s, e->seq, &n, digest);

	w->vouched += n;
	return r < 0 ? r : want && strcmp(want, digest) == 0 ? 0 : -EUCLEAN;
}

static int check_event(struct sel_store *s, struct walk *w, sqlite3_stmt *stmt)
{
	const void *hash = sqlite3_column_blob(stmt, 6);
	struct sel_head next = {0};
	struct event e;
	int64_t seq;
	bool format1;
	int r = event_read(stmt, &e);

	if (r >= 0)
		r = pass_gaps(s, w, e.seq);
	if (r < 0)
		return r;
	seq = next.seq = e.seq;
	format1 = e.seq <= w->format1;
	w->rows[e.row_kind]++;
	/* in format 1 a row's event and its own text as an event of that word hash alike */
	if (format1 && e.word && kinds[row_kind_of(e.word)].columns1 > 0)
		return -EUCLEAN;
	if (!e.word)
		r = row_digest(s, &e, format1, &seq);
	else if (!format1 && strcmp(e.word, SEL_ROLLED_UP) == 0)
		r = check_rolled(s, w, &e);
	if (r >= 0)
		r = event_hash(s->hash, &e, format1, w->at.hash, next.hash);
	if (r < 0)
		return r == -ENOENT ? -EUCLEAN : r;
	if (seq != e.seq || memcmp(hash, next.hash, SEL_HASH_SIZE) != 0)
		return -EUCLEAN;
	w->at = next;
	return 0;
}

/* The hash that event `seq` goes on from. */
static int hash_before(struct sel_store *s, int64_t seq, uint8_t ret[SEL_HASH_SIZE])
{
	_cleanup_query_ struct sel_query event = {0}, gap = {0};
	struct sel_query *q = &event;
	int r, column = 0;

	memset(ret, 0, SEL_HASH_SIZE);
	if (seq <= 1)
		return 0;
	sel_query_init(&event, s, STMT_EVENT_HASH);
	sel_bind_int(&event, seq - 1);
	r = sel_query_step(&event);
	if (r == 0) {
		sel_query_init(&gap, s, STMT_GAP_BEFORE);
		sel_bind_int(&gap, seq - 1);
		r = sel_query_step(&gap);
		q = &gap;
		column = 1;
		if (r == 1 && sqlite3_column_int64(gap.stmt, 0) != seq - 1)
			return -EUCLEAN;
	}
	if (r <= 0 || sqlite3_column_bytes(q->stmt, column) != SEL_HASH_SIZE)
		return r < 0 ? r : -EUCLEAN;
	memcpy(ret, sqlite3_column_blob(q->stmt, column), SEL_HASH_SIZE);
	return 0;
}

int sel_chain_check(struct sel_store *s, int64_t first, int64_t last, uint8_t ret[SEL_HASH_SIZE])
{
	_cleanup_query_ struct sel_query q = {0};
	struct walk w = {.at.seq = first - 1};
	struct sel_head head;
	int r = sel_chain_head(s, &head);

	if (r >= 0)
		r = hash_before(s, first, w.at.hash);
	if (r < 0)
		return r;
	w.format1 = head.format1;
	sel_query_init(&q, s, STMT_EVENTS_RANGE);
	sel_bind_int(&q, first);
	sel_bind_int(&q, last);
	while ((r = sel_query_step(&q)) == 1) {
		r = check_event(s, &w, q.stmt);
		if (r < 0)
			return r;
	}
	if (r < 0 || w.at.seq != last || w.gaps > 0)
		return r < 0 ? r : -EUCLEAN;
	memcpy(ret, w.at.hash, SEL_HASH_SIZE);
	return 0;
}

static int count_rows(struct sel_store *s, enum sel_stmt which, uint64_t *ret)
{
	_cleanup_query_ struct sel_query q = {0};
	int r;

	sel_query_init(&q, s, which);
	r = sel_query_step(&q);
	if (r == 1)
		*ret = (uint64_t)sqlite3_column_int64(q.stmt, 0);
	return r < 0 ? r : r == 1 ? 0 : -EUCLEAN;
}

/* The end of the walk must be the head, and no row may be there without an event. */
static int check_end(struct sel_store *s, const struct walk *w)
{
	struct sel_head head;
	uint64_t rows = 0;
	int r = sel_chain_head(s, &head);

	if (r >= 0 && (head.seq != w->at.seq || memcmp(head.hash, w->at.hash, SEL_HASH_SIZE) != 0))
		r = -EUCLEAN;
	if (r >= 0)
		r = count_rows(s, STMT_ROWS_GAP, &rows);
	if (r >= 0 && (rows != w->gaps || rows != w->vouched))
		r = -EUCLEAN;
	for (int i = SEL_ROW_NONE + 1; i < SEL_ROW_N && r >= 0; i++) {
		r = count_rows(s, kinds[i].rows, &rows);
		if (r >= 0 && rows != w->rows[i])
			r = -EUCLEAN;
	}
	return r;
}

static int quick_check(struct sel_store *s)
{
	_cleanup_query_ struct sel_query q = {0};
	const char *text;
	int r;

	sel_query_init(&q, s, STMT_QUICK_CHECK);
	r = sel_query_step(&q);
	if (r <= 0)
		return r;
	text = (const char *)sqlite3_column_text(q.stmt, 0);
	return text && strcmp(text, "ok") == 0 ? 0 : -EUCLEAN;
}

static int walk_all(struct sel_store *s, struct walk *w)
{
	_cleanup_query_ struct sel_query q = {0};
	struct sel_head head;
	int r = quick_check(s);

	if (r >= 0)
		r = sel_chain_head(s, &head);
	if (r < 0)
		return r;
	w->format1 = head.format1;
	sel_query_init(&q, s, STMT_EVENTS);
	while ((r = sel_query_step(&q)) == 1) {
		r = check_event(s, w, q.stmt);
		if (r < 0)
			return r;
	}
	return r < 0 ? r : check_end(s, w);
}

int sel_store_verify(struct sel_store *s, uint64_t *ret_events, uint64_t *ret_bad)
{
	struct walk w = {0};
	int r;

	SEL_STORE_LOCK(s);
	r = sel_txn_read(s);
	if (r < 0)
		return r;
	r = sel_txn_end(s, walk_all(s, &w));
	if (ret_events)
		*ret_events = (uint64_t)w.at.seq;
	if (r == -EUCLEAN && ret_bad)
		*ret_bad = (uint64_t)w.at.seq + 1;
	return r;
}
