/* The audit: every event carries SHA-256 over the one before it and itself.
 *
 * What it proves: a row or event that was changed, dropped, added or moved by hand afterwards is
 * found, as long as whoever did it did not also recompute every hash from there to the end. It is
 * evidence against partial edits and damage only: one who can write the file and knows this code
 * can rewrite the whole chain, or cut its end off together with the rows, and nothing in the file
 * tells.
 *
 *   hash = SHA-256("seldom event 1\n" | hash before (32 zero bytes for the first) | seq | time |
 *                  session | kind | body)      numbers: 64 bit big endian; text: length, bytes
 *
 * An event of a row (an action, an answer ...) has as its body the row's number and the SHA-256 of
 * its columns, so what `seldom log` shows is what the chain vouches for, and nothing is kept twice.
 */
#include "sha256.h"

#include <stdio.h>

#define BODY_MAX (64 * 1024)

static const struct {
	const char *name;
	enum sel_stmt digest, rows;
} kinds[SEL_ROW_N] = {
	[SEL_ROW_SESSION] = {"session", STMT_DIGEST_SESSION, STMT_ROWS_SESSION},
	[SEL_ROW_END] = {"end", STMT_DIGEST_END, STMT_ROWS_END},
	[SEL_ROW_ACTION] = {"action", STMT_DIGEST_ACTION, STMT_ROWS_ACTION},
	[SEL_ROW_QUESTION] = {"question", STMT_DIGEST_QUESTION, STMT_ROWS_QUESTION},
	[SEL_ROW_ANSWER] = {"answer", STMT_DIGEST_ANSWER, STMT_ROWS_ANSWER},
	[SEL_ROW_RULE] = {"rule", STMT_DIGEST_RULE, STMT_ROWS_RULE},
	[SEL_ROW_REVOKE] = {"revoke", STMT_DIGEST_REVOKE, STMT_ROWS_REVOKE},
};

struct event {
	int64_t seq, at, row; /* row 0: none */
	const char *session, *kind, *body;
};

static void hash_text(struct sel_hash *h, const char *text)
{
	size_t n = text ? strlen(text) : 0;

	sel_hash_u64(h, text ? n : UINT64_MAX);
	sel_hash_bytes(h, text, n);
}

static int event_hash(struct sel_hash *h, const struct event *e,
		      const uint8_t before[SEL_HASH_SIZE], uint8_t ret[SEL_HASH_SIZE])
{
	static const char tag[] = "seldom event 1\n";

	sel_hash_start(h);
	sel_hash_bytes(h, tag, sizeof tag - 1);
	sel_hash_bytes(h, before, SEL_HASH_SIZE);
	sel_hash_u64(h, (uint64_t)e->seq);
	sel_hash_u64(h, (uint64_t)e->at);
	hash_text(h, e->session);
	hash_text(h, e->kind);
	hash_text(h, e->body);
	return sel_hash_end(h, ret);
}

static void hash_column(struct sel_hash *h, sqlite3_stmt *stmt, int i)
{
	int type = sqlite3_column_type(stmt, i);

	sel_hash_u64(h, (uint64_t)type);
	if (type == SQLITE_INTEGER) {
		sel_hash_u64(h, (uint64_t)sqlite3_column_int64(stmt, i));
	} else if (type != SQLITE_NULL) {
		const void *bytes = sqlite3_column_blob(stmt, i);
		size_t n = (size_t)sqlite3_column_bytes(stmt, i);

		sel_hash_u64(h, n);
		sel_hash_bytes(h, bytes, bytes ? n : 0);
	}
}

/* The body that the row, as it is now, ought to have. -ENOENT: there is no such row. */
static int row_body(struct sel_store *s, enum sel_row_kind kind, int64_t row, int64_t *ret_seq,
		    char *out, size_t cap)
{
	_cleanup_query_ struct sel_query q = {0};
	uint8_t digest[SEL_HASH_SIZE];
	int r, n;

	sel_query_init(&q, s, kinds[kind].digest);
	sel_bind_int(&q, row);
	r = sel_query_step(&q);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	*ret_seq = sqlite3_column_int64(q.stmt, 0);
	sel_hash_start(s->hash);
	for (int i = 0; i < sqlite3_column_count(q.stmt); i++)
		hash_column(s->hash, q.stmt, i);
	r = sel_hash_end(s->hash, digest);
	if (r < 0)
		return r;
	n = snprintf(out, cap, "{\"row\":%lld,\"sha256\":\"", (long long)row);
	for (int i = 0; i < SEL_HASH_SIZE; i++)
		n += snprintf(out + n, cap - (size_t)n, "%02x", digest[i]);
	(void)snprintf(out + n, cap - (size_t)n, "\"}");
	return 0;
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
	return 0;
}

static int append(struct sel_store *s, struct sel_head *head, const struct event *e)
{
	_cleanup_query_ struct sel_query add = {0}, set = {0};
	struct sel_head next = {.seq = e->seq};
	int r = event_hash(s->hash, e, head->hash, next.hash);

	if (r < 0)
		return r;
	sel_query_init(&add, s, STMT_EVENT_ADD);
	sel_bind_int(&add, e->seq);
	sel_bind_int(&add, e->at);
	sel_bind_text(&add, e->session);
	sel_bind_text(&add, e->kind);
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

int sel_chain_row(struct sel_store *s, struct sel_head *head, const char *session,
		  enum sel_row_kind kind, int64_t row)
{
	char body[160];
	int64_t seq = 0;
	int r = row_body(s, kind, row, &seq, body, sizeof body);

	if (r < 0)
		return r;
	return append(s, head,
		      &(struct event){
			      .seq = head->seq + 1,
			      .at = (int64_t)sel_now_real(),
			      .row = row,
			      .session = session,
			      .kind = kinds[kind].name,
			      .body = body,
		      });
}

static int kind_of(const char *name)
{
	for (int i = 0; name && i < SEL_ROW_N; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return i;
	return -ENOENT;
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

	if (!text || !kind_is_word(kind) || kind_of(kind) >= 0)
		return -EINVAL;
	if (strlen(text) > BODY_MAX)
		return -E2BIG;
	SEL_STORE_LOCK(s);
	r = sel_txn_begin(s, SEL_NORMAL);
	if (r < 0)
		return r;
	r = sel_chain_head(s, &head);
	if (r >= 0)
		r = append(s, &head,
			   &(struct event){
				   .seq = head.seq + 1,
				   .at = (int64_t)sel_now_real(),
				   .session = session,
				   .kind = kind,
				   .body = text,
			   });
	return sel_txn_end(s, r);
}

/* --- walking it --------------------------------------------------------------------------------
 */

struct walk {
	struct sel_head at;
	uint64_t rows[SEL_ROW_N];
};

/* Does the row that the event speaks of still say what it said? */
static int check_row(struct sel_store *s, struct walk *w, const struct event *e)
{
	int kind = kind_of(e->kind), r;
	int64_t seq = 0;
	char body[160];

	if ((kind < 0) != (e->row == 0))
		return -EUCLEAN;
	if (kind < 0)
		return 0;
	w->rows[kind]++;
	r = row_body(s, (enum sel_row_kind)kind, e->row, &seq, body, sizeof body);
	if (r < 0)
		return r == -ENOENT ? -EUCLEAN : r;
	return seq == e->seq && strcmp(body, e->body) == 0 ? 0 : -EUCLEAN;
}

/* No text hides behind a NUL: it would be stored, but not hashed. */
static bool whole(sqlite3_stmt *stmt, int i)
{
	const char *text = (const char *)sqlite3_column_text(stmt, i);

	return !text || strlen(text) == (size_t)sqlite3_column_bytes(stmt, i);
}

static int check_event(struct sel_store *s, struct walk *w, sqlite3_stmt *stmt)
{
	const struct event e = {
		.seq = sqlite3_column_int64(stmt, 0),
		.at = sqlite3_column_int64(stmt, 1),
		.session = (const char *)sqlite3_column_text(stmt, 2),
		.kind = (const char *)sqlite3_column_text(stmt, 3),
		.row = sqlite3_column_int64(stmt, 4),
		.body = (const char *)sqlite3_column_text(stmt, 5),
	};
	const void *hash = sqlite3_column_blob(stmt, 6);
	struct sel_head next = {.seq = e.seq};
	int r;

	if (e.seq != w->at.seq + 1 || !e.kind || !e.body || !whole(stmt, 2) || !whole(stmt, 3) ||
	    !whole(stmt, 5) || sqlite3_column_bytes(stmt, 6) != SEL_HASH_SIZE)
		return -EUCLEAN;
	r = event_hash(s->hash, &e, w->at.hash, next.hash);
	if (r >= 0 && memcmp(hash, next.hash, SEL_HASH_SIZE) != 0)
		r = -EUCLEAN;
	if (r >= 0)
		r = check_row(s, w, &e);
	if (r >= 0)
		w->at = next;
	return r;
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
	for (int i = 0; i < SEL_ROW_N && r >= 0; i++) {
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
	int r = quick_check(s);

	if (r < 0)
		return r;
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
