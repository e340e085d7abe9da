/* Inside the store: the connection, its statements, transactions and binding. Callers of these
 * functions hold the store's lock. */
#pragma once

#include "schema.h"
#include "seldom/store.h"

#include <pthread.h>
#include <sqlite3.h>

#define SEL_HASH_SIZE 32 /* SHA-256 */

struct sel_hash;

struct sel_store {
	sqlite3 *db;
	sqlite3_stmt *stmt[STMT_N]; /* prepared on first use */
	pthread_mutex_t lock;	    /* recursive: a callback that calls back gets -EBUSY */
	struct sel_hash *hash;
	enum sel_store_mode mode;
	usec_t busy_since;
	bool full; /* the connection is at synchronous=FULL now */
};

void sel_store_unlockp(struct sel_store **s);
/* Locks for the rest of the block. Stands before what is cleaned up under the lock: the last comes
 * first. */
#define SEL_STORE_LOCK(s)                                                                          \
	__attribute__((cleanup(sel_store_unlockp))) struct sel_store *_locked = (s);               \
	(void)pthread_mutex_lock(&_locked->lock)

/* What SQLite says, as -errno. */
int sel_store_error(sqlite3 *db, int rc);

/* --- one statement: get, bind in order, step, put ------------------------------------------- */

struct sel_query {
	struct sel_store *s;
	sqlite3_stmt *stmt;
	int next;   /* the next parameter, from 1 */
	int r;	    /* the first error: later calls do nothing */
	bool owned; /* not from the cache (the cached one is in use further up) */
};
void sel_query_init(struct sel_query *q, struct sel_store *s, enum sel_stmt which);
void sel_query_done(struct sel_query *q);
#define _cleanup_query_ __attribute__((cleanup(sel_query_done)))

void sel_bind_int(struct sel_query *q, int64_t value);
void sel_bind_id(struct sel_query *q, int64_t id);	   /* 0: NULL */
void sel_bind_usec(struct sel_query *q, usec_t value);	   /* cut at INT64_MAX */
void sel_bind_text(struct sel_query *q, const char *text); /* NULL: NULL; borrowed until done */
void sel_bind_bytes(struct sel_query *q, const char *bytes);
void sel_bind_real(struct sel_query *q, double value); /* not finite: NULL */
void sel_bind_blob(struct sel_query *q, const uint8_t *bytes, size_t n);
/* 1: a row, 0: done. */
int sel_query_step(struct sel_query *q);
/* Steps a statement that returns no row. */
int sel_query_run(struct sel_query *q);

/* --- transactions ----------------------------------------------------------------------------- */

enum sel_durability {
	SEL_NORMAL, /* survives the death of the process */
	SEL_FULL,   /* and of the machine */
};
int sel_txn_begin(struct sel_store *s, enum sel_durability durability);
int sel_txn_read(struct sel_store *s);
/* Commits if r >= 0, else rolls back. Returns r, or the commit's own failure. */
int sel_txn_end(struct sel_store *s, int r);

/* --- what repeats, kept once (intern.c); inside a write transaction ------------------------------
 */

int sel_text_id(struct sel_store *s, const char *text, int64_t *ret); /* NULL: 0 */

struct sel_what { /* the sort of an action */
	enum sel_op op;
	enum sel_tier tier;
	enum sel_decision decision;
	enum sel_source source;
	const char *exe, *program; /* or NULL */
};
int sel_what_id(struct sel_store *s, const struct sel_what *w, int64_t *ret_exe, int64_t *ret);

struct sel_session_key {
	int64_t n;
	int64_t place; /* text: its project, or current folder */
};
int sel_session_find(struct sel_store *s, const char *id, struct sel_session_key *ret);

struct sel_sum {
	usec_t at;
	struct sel_session_key session;
	int64_t exe;		       /* text */
	const char *source, *decision; /* in words */
	uint64_t n;
};
int sel_sum_add(struct sel_store *s, const struct sel_sum *sum);

/* The reason as it is kept; the SQL function reason(pattern, object) gives it back. Caller frees.
 */
char *sel_reason_pattern(const char *reason, const char *object);
int sel_reason_register(struct sel_store *s);

/* --- the chain -------------------------------------------------------------------------------- */

/* On disk, as event.kind: append only. */
enum sel_row_kind {
	SEL_ROW_NONE, /* an event of its own */
	SEL_ROW_SESSION,
	SEL_ROW_END,
	SEL_ROW_ACTION,
	SEL_ROW_QUESTION,
	SEL_ROW_ANSWER,
	SEL_ROW_RULE,
	SEL_ROW_REVOKE,
	SEL_ROW_LABEL,
	SEL_ROW_PROPOSAL,
	SEL_ROW_N,
};
struct sel_head {
	int64_t seq;
	int64_t format1; /* the last event of a store that was made at version 1 */
	uint8_t hash[SEL_HASH_SIZE];
};
/* Inside a write transaction: the end of the chain. The row about to be written gets seq + 1. */
int sel_chain_head(struct sel_store *s, struct sel_head *ret);
/* Appends the event of a row just written with event number head->seq + 1; moves *head on. */
int sel_chain_row(struct sel_store *s, struct sel_head *head, const char *session,
		  enum sel_row_kind kind, int64_t row);
/* The same for an event of a kind of its own; `body` is JSON. */
int sel_chain_word(struct sel_store *s, struct sel_head *head, const char *session,
		   const char *kind, const char *body);
/* Do the events from `first` to `last`, all there, and their rows follow from the one before? The
 * hash of the last. */
int sel_chain_check(struct sel_store *s, int64_t first, int64_t last, uint8_t ret[SEL_HASH_SIZE]);
#define SEL_ROLLED_UP "rolled-up"
#define SEL_HEX_SIZE  (2 * SEL_HASH_SIZE + 1)
/* Over the gaps that the event `event` vouches for. */
int sel_gaps_digest(struct sel_store *s, int64_t event, uint64_t *ret_n, char ret[SEL_HEX_SIZE]);
const char *sel_row_kind_name(int64_t kind); /* NULL: there is no such kind */
int sel_hash_new(struct sel_hash **ret);
void sel_hash_free(struct sel_hash *h);

/* Start time of a process in ticks after boot, 0 if unknown. */
int64_t sel_process_birth(pid_t pid);

/* --- rows and their events (query.c)
 * -------------------------------------------------------------- */

/* A write in progress: the lock is held, the transaction open, the chain's end known. */
struct sel_writing {
	struct sel_store *s;
	struct sel_head head;
};
int sel_writing_begin(struct sel_writing *w, struct sel_store *s, enum sel_durability durability);
/* Runs `q` (an INSERT), then appends the event of what it inserted. */
int sel_writing_insert(struct sel_writing *w, struct sel_query *q, const char *session,
		       enum sel_row_kind kind, int64_t *ret_id);
/* Runs an INSERT or UPDATE that returns the session (or NULL) it belongs to, then its event. */
int sel_writing_change(struct sel_writing *w, struct sel_query *q, enum sel_row_kind kind,
		       int64_t row);

/* A column as a string; NULL for NULL. -EUCLEAN if a NUL would cut it short: none of ours has one.
 * The second is borrowed until the next step. */
int sel_column_dup(sqlite3_stmt *stmt, int i, char **ret);
int sel_column_borrow(sqlite3_stmt *stmt, int i, const char **ret);
