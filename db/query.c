/* Statements, binding, transactions. */
#include "internal.h"

#include <math.h>

void sel_store_unlockp(struct sel_store **s)
{
	(void)pthread_mutex_unlock(&(*s)->lock);
}

int sel_store_error(sqlite3 *db, int rc)
{
	static const struct {
		int rc, error;
	} table[] = {
		{SQLITE_CONSTRAINT_FOREIGNKEY, -ENOENT}, /* a row it refers to is not there */
		{SQLITE_CONSTRAINT_UNIQUE, -EEXIST},
		{SQLITE_CONSTRAINT_PRIMARYKEY, -EEXIST},
		{SQLITE_CONSTRAINT_ROWID, -EEXIST},
		{SQLITE_CANTOPEN_SYMLINK, -ELOOP},
		{SQLITE_CONSTRAINT, -EINVAL},
		{SQLITE_MISMATCH, -EINVAL},
		{SQLITE_BUSY, -EBUSY},
		{SQLITE_LOCKED, -EBUSY},
		{SQLITE_NOMEM, -ENOMEM},
		{SQLITE_FULL, -ENOSPC},
		{SQLITE_READONLY, -EROFS},
		{SQLITE_CANTOPEN, -EACCES},
		{SQLITE_PERM, -EACCES},
		{SQLITE_AUTH, -EACCES},
		{SQLITE_TOOBIG, -E2BIG},
		{SQLITE_CORRUPT, -EUCLEAN},
		{SQLITE_NOTADB, -EUCLEAN},
		{SQLITE_ERROR,
		 -EUCLEAN}, /* our SQL is fixed: the schema is not what it should be */
		{SQLITE_INTERRUPT, -EINTR},
	};
	int error = db ? sqlite3_system_errno(db) : 0;

	if ((rc & 0xff) == SQLITE_IOERR)
		return error == ENOSPC || error == EDQUOT || error == EROFS ? -error : -EIO;
	for (size_t i = 0; i < SEL_N(table); i++)
		if (table[i].rc == rc)
			return table[i].error;
	for (size_t i = 0; i < SEL_N(table); i++)
		if (table[i].rc == (rc & 0xff))
			return table[i].error;
	return -EIO;
}

void sel_query_init(struct sel_query *q, struct sel_store *s, enum sel_stmt which)
{
	int rc = SQLITE_OK;

	*q = (struct sel_query){.s = s, .next = 1};
	if (s->stmt[which] && !sqlite3_stmt_busy(s->stmt[which])) {
		q->stmt = s->stmt[which];
		return;
	}
	q->owned = s->stmt[which] != NULL;
	rc = sqlite3_prepare_v3(s->db, sel_stmt_sql[which], -1,
				q->owned ? 0 : SQLITE_PREPARE_PERSISTENT, &q->stmt, NULL);
	if (rc != SQLITE_OK)
		q->r = sel_store_error(s->db, rc);
	else if (!q->owned)
		s->stmt[which] = q->stmt;
}

void sel_query_done(struct sel_query *q)
{
	if (!q->stmt)
		return;
	(void)sqlite3_reset(q->stmt);
	(void)sqlite3_clear_bindings(q->stmt); /* what was bound is borrowed */
	if (q->owned)
		(void)sqlite3_finalize(q->stmt);
	q->stmt = NULL;
}

static void bound(struct sel_query *q, int rc)
{
	if (rc != SQLITE_OK)
		q->r = sel_store_error(q->s->db, rc);
	q->next++;
}

void sel_bind_int(struct sel_query *q, int64_t value)
{
	if (q->r >= 0)
		bound(q, sqlite3_bind_int64(q->stmt, q->next, value));
}

void sel_bind_id(struct sel_query *q, int64_t id)
{
	if (q->r >= 0)
		bound(q, id == 0 ? sqlite3_bind_null(q->stmt, q->next)
				 : sqlite3_bind_int64(q->stmt, q->next, id));
}

void sel_bind_usec(struct sel_query *q, usec_t value)
{
	sel_bind_int(q, value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

void sel_bind_text(struct sel_query *q, const char *text)
{
	if (q->r >= 0)
		bound(q, text ? sqlite3_bind_text(q->stmt, q->next, text, -1, SQLITE_STATIC)
			      : sqlite3_bind_null(q->stmt, q->next));
}

void sel_bind_bytes(struct sel_query *q, const char *bytes)
{
	if (!bytes)
		sel_bind_text(q, NULL);
	else
		sel_bind_blob(q, (const uint8_t *)bytes, strlen(bytes));
}

void sel_bind_real(struct sel_query *q, double value)
{
	if (q->r >= 0)
		bound(q, isfinite(value) ? sqlite3_bind_double(q->stmt, q->next, value)
					 : sqlite3_bind_null(q->stmt, q->next));
}

void sel_bind_blob(struct sel_query *q, const uint8_t *bytes, size_t n)
{
	if (q->r >= 0)
		bound(q, sqlite3_bind_blob64(q->stmt, q->next, bytes, n, SQLITE_STATIC));
}

int sel_query_step(struct sel_query *q)
{
	int rc;

	if (q->r < 0)
		return q->r;
	rc = sqlite3_step(q->stmt);
	if (rc == SQLITE_ROW)
		return 1;
	if (rc == SQLITE_DONE)
		return 0;
	return q->r = sel_store_error(q->s->db, rc);
}

int sel_query_run(struct sel_query *q)
{
	int r = sel_query_step(q);

	return r < 0 ? r : 0;
}

static int run_plain(struct sel_store *s, enum sel_stmt which)
{
	_cleanup_query_ struct sel_query q = {0};

	sel_query_init(&q, s, which);
	return sel_query_run(&q);
}

/* The pragma takes no effect inside a transaction, so it is set before, and only on a change. */
static int set_durability(struct sel_store *s, enum sel_durability durability)
{
	bool full = durability == SEL_FULL;
	int rc;

	if (s->full == full)
		return 0;
	rc = sqlite3_exec(s->db, full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL",
			  NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		return sel_store_error(s->db, rc);
	s->full = full;
	return 0;
}

int sel_txn_begin(struct sel_store *s, enum sel_durability durability)
{
	int r;

	if (s->mode == SEL_STORE_READ)
		return -EROFS;
	if (!sqlite3_get_autocommit(s->db))
		return -EBUSY; /* from a report's callback */
	r = set_durability(s, durability);
	return r < 0 ? r : run_plain(s, STMT_BEGIN_WRITE);
}

int sel_txn_read(struct sel_store *s)
{
	return sqlite3_get_autocommit(s->db) ? run_plain(s, STMT_BEGIN) : -EBUSY;
}

int sel_txn_end(struct sel_store *s, int r)
{
	int end = 0;

	if (r >= 0)
		end = run_plain(s, STMT_COMMIT);
	if ((r < 0 || end < 0) && !sqlite3_get_autocommit(s->db))
		(void)run_plain(s, STMT_ROLLBACK); /* a full disk may have rolled back already */
	return r < 0 ? r : end < 0 ? end : r;
}

/* --- rows and their events ----------------------------------------------------------------------
 */

int sel_writing_begin(struct sel_writing *w, struct sel_store *s, enum sel_durability durability)
{
	int r = sel_txn_begin(s, durability);

	if (r < 0)
		return r;
	w->s = s;
	r = sel_chain_head(s, &w->head);
	return r < 0 ? sel_txn_end(s, r) : 0;
}

int sel_writing_insert(struct sel_writing *w, struct sel_query *q, const char *session,
		       enum sel_row_kind kind, int64_t *ret_id)
{
	int64_t id;
	int r = sel_query_run(q);

	if (r < 0)
		return r;
	id = sqlite3_last_insert_rowid(w->s->db);
	sel_query_done(q);
	r = sel_chain_row(w->s, &w->head, session, kind, id);
	if (r >= 0 && ret_id)
		*ret_id = id;
	return r;
}

int sel_writing_change(struct sel_writing *w, struct sel_query *q, enum sel_row_kind kind,
		       int64_t row)
{
	_cleanup_free_ char *session = NULL;
	const char *text;
	int r = sel_query_step(q);

	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	text = (const char *)sqlite3_column_text(q->stmt, 0);
	session = text ? strdup(text) : NULL;
	if (text && !session)
		return -ENOMEM;
	sel_query_done(q);
	return sel_chain_row(w->s, &w->head, session, kind, row);
}

/* --- reading ------------------------------------------------------------------------------------
 */

int sel_column_dup(sqlite3_stmt *stmt, int i, char **ret)
{
	const char *bytes = sqlite3_column_blob(stmt, i);
	size_t n = (size_t)sqlite3_column_bytes(stmt, i);

	*ret = NULL;
	if (sqlite3_column_type(stmt, i) == SQLITE_NULL)
		return 0;
	if (n > 0 && memchr(bytes, '\0', n))
		return -EUCLEAN;
	*ret = strndup(n > 0 ? bytes : "", n);
	return *ret ? 0 : -ENOMEM;
}

int sel_column_borrow(sqlite3_stmt *stmt, int i, const char **ret)
{
	const char *text = (const char *)sqlite3_column_text(stmt, i);

	*ret = text;
	return text && strlen(text) != (size_t)sqlite3_column_bytes(stmt, i) ? -EUCLEAN : 0;
}
