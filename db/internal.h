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
/* Locks for the rest of the block. */
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

/* --- the chain -------------------------------------------------------------------------------- */

enum sel_row_kind {
	SEL_ROW_SESSION,
	SEL_ROW_END,
	SEL_ROW_ACTION,
	SEL_ROW_QUESTION,
	SEL_ROW_ANSWER,
	SEL_ROW_RULE,
	SEL_ROW_REVOKE,
	SEL_ROW_N,
};
struct sel_head {
	int64_t seq;
	uint8_t hash[SEL_HASH_SIZE];
};
/* Inside a write transaction: the end of the chain. The row about to be written gets seq + 1. */
int sel_chain_head(struct sel_store *s, struct sel_head *ret);
/* Appends the event of a row just written with event number head->seq + 1; moves *head on. */
int sel_chain_row(struct sel_store *s, struct sel_head *head, const char *session,
		  enum sel_row_kind kind, int64_t row);
int sel_hash_new(struct sel_hash **ret);
void sel_hash_free(struct sel_hash *h);

/* Start time of a process in ticks after boot, 0 if unknown. */
int64_t sel_process_birth(pid_t pid);
