/* Reports that are lists: sessions, the log, rules. Each reads one snapshot. */
#include "rows.h"

#include <signal.h>

/* Reads in one transaction, so that several statements see the same store. */
#define READ_IN_SNAPSHOT(s, call)                                                                  \
	({                                                                                         \
		int _r = sel_txn_read(s);                                                          \
		_r < 0 ? _r : sel_txn_end(s, (call));                                              \
	})

/* --- sessions --------------------------------------------------------------------------------- */

static const struct sel_field session_fields[] = {
	/* clang-format off: as STMT_SESSIONS in schema.c */
	{"id", SEL_FIELD_TEXT, NULL},
	{"started", SEL_FIELD_TIME, "started_unix"},
	{"ended", SEL_FIELD_TIME, "ended_unix"},
	{"exit", SEL_FIELD_INT, NULL},
	{"command", SEL_FIELD_JSON, NULL},
	{"cwd", SEL_FIELD_BYTES, NULL},
	{"profile", SEL_FIELD_BYTES, NULL},
	{"version", SEL_FIELD_TEXT, NULL},
	{"pid", SEL_FIELD_INT, NULL},
	{NULL, SEL_FIELD_SKIP, NULL}, /* its birth */
	{"questions", SEL_FIELD_INT, NULL},
	{"actions", SEL_FIELD_INT, NULL},
}; /* clang-format on */
enum { S_STARTED = 1, S_ENDED = 2, S_PID = 8, S_BIRTH = 9 };

/* No end was written and the broker runs. A pid that was given to another process since shows in
 * its birth; where /proc does not tell (hidepid), the pid alone has to do. */
static bool session_alive(sqlite3_stmt *stmt)
{
	pid_t pid = (pid_t)sqlite3_column_int64(stmt, S_PID);
	int64_t then = sqlite3_column_int64(stmt, S_BIRTH), now;

	if (sqlite3_column_type(stmt, S_ENDED) != SQLITE_NULL || pid <= 0)
		return false;
	if (kill(pid, 0) < 0 && errno != EPERM)
		return false;
	now = sel_process_birth(pid);
	return then == 0 || now == 0 || then == now;
}

static int session_times(json_t *obj, sqlite3_stmt *stmt, bool alive)
{
	bool ended = sqlite3_column_type(stmt, S_ENDED) != SQLITE_NULL;
	int64_t from = sqlite3_column_int64(stmt, S_STARTED);
	int64_t to = ended ? sqlite3_column_int64(stmt, S_ENDED) : (int64_t)sel_now_real();
	json_t *seconds = ended || alive
				  ? json_real((double)(to > from ? (to - from) / 1000 : 0) / 1000.0)
				  : json_null(); /* nobody knows when it was lost */
	int r = sel_json_add(obj, "seconds", seconds);

	if (r >= 0)
		r = sel_json_add(obj, "alive", json_boolean(alive));
	if (r >= 0)
		r = sel_json_add(obj, "state",
				 json_string(ended   ? "ended"
					     : alive ? "running"
						     : "lost"));
	return r;
}

static int session_row(sqlite3_stmt *stmt, usec_t since, sel_row_fn fn, void *ctx)
{
	bool alive = session_alive(stmt);
	json_auto_t *obj = NULL;
	int r;

	/* the statement lets all without an end pass: a lost one counts by its start */
	if (!alive && sqlite3_column_type(stmt, S_ENDED) == SQLITE_NULL &&
	    (usec_t)sqlite3_column_int64(stmt, S_STARTED) < since)
		return 0;
	r = sel_row_object(stmt, session_fields, SEL_N(session_fields), &obj);
	if (r >= 0)
		r = session_times(obj, stmt, alive);
	return r < 0 ? r : fn(obj, ctx);
}

static int report_sessions(struct sel_store *s, const struct sel_filter *f, sel_row_fn fn,
			   void *ctx)
{
	_cleanup_free_ char *session = NULL;
	_cleanup_query_ struct sel_query q = {0};
	int r = sel_filter_session(s, f, &session);

	if (r < 0)
		return r;
	sel_query_init(&q, s, STMT_SESSIONS);
	sel_bind_text(&q, session);
	sel_bind_usec(&q, f->since);
	sel_bind_int(&q, f->limit > 0 && f->limit < INT64_MAX ? (int64_t)f->limit : -1);
	while ((r = sel_query_step(&q)) == 1) {
		r = session_row(q.stmt, f->since, fn, ctx);
		if (r != 0)
			break;
	}
	return r;
}

int sel_report_sessions(struct sel_store *s, const struct sel_filter *f, sel_row_fn fn, void *ctx)
{
	SEL_STORE_LOCK(s);
	return READ_IN_SNAPSHOT(s, report_sessions(s, f, fn, ctx));
}

/* --- the log ---------------------------------------------------------------------------------- */

struct log_query {
	const struct sel_filter *f;
	char *session;	  /* or NULL */
	int64_t first_id; /* the rows before are not looked at */
};

static void bind_log_filter(struct sel_query *q, const struct sel_filter *f)
{
	sel_bind_usec(q, f->since);
	sel_bind_text(q, f->op);
	sel_bind_text(q, f->decision);
}

/* Steps a statement for one number; `none` if there is no row or it is NULL. */
static int one_number(struct sel_query *q, int64_t none, int64_t *ret)
{
	int r = sel_query_step(q);

	if (r < 0)
		return r;
	*ret = r == 1 && sqlite3_column_type(q->stmt, 0) != SQLITE_NULL
		       ? sqlite3_column_int64(q->stmt, 0)
		       : none;
	return 0;
}

/* Ids grow with time, so `since` cuts off a head of the table. */
static int log_since(struct sel_store *s, struct log_query *l)
{
	_cleanup_query_ struct sel_query q = {0};

	if (l->f->since == 0)
		return 0;
	sel_query_init(&q, s, STMT_LOG_SINCE_ID);
	sel_bind_usec(&q, l->f->since);
	return one_number(&q, INT64_MAX, &l->first_id);
}

/* The limit keeps the newest, still shown oldest first. */
static int log_limit(struct sel_store *s, struct log_query *l)
{
	_cleanup_query_ struct sel_query q = {0};

	if (l->f->limit == 0 || l->f->limit > INT64_MAX)
		return 0;
	sel_query_init(&q, s, l->session ? STMT_LOG_SESSION_LIMIT_ID : STMT_LOG_LIMIT_ID);
	bind_log_filter(&q, l->f);
	if (l->session)
		sel_bind_text(&q, l->session);
	else
		sel_bind_int(&q, l->first_id);
	sel_bind_int(&q, (int64_t)l->f->limit);
	return one_number(&q, INT64_MAX, &l->first_id);
}

static int log_rows(struct sel_store *s, const struct log_query *l, sel_row_fn fn, void *ctx)
{
	_cleanup_query_ struct sel_query q = {0};
	int r;

	sel_query_init(&q, s, l->session ? STMT_LOG_SESSION : STMT_LOG);
	bind_log_filter(&q, l->f);
	sel_bind_int(&q, l->first_id);
	if (l->session)
		sel_bind_text(&q, l->session);
	while ((r = sel_query_step(&q)) == 1) {
		json_auto_t *obj = NULL;

		r = sel_row_object(q.stmt, sel_action_fields, SEL_ACTION_FIELDS, &obj);
		if (r >= 0)
			r = fn(obj, ctx);
		if (r != 0)
			break;
	}
	return r;
}

/* --- a search in it ----------------------------------------------------------------------------
 */

static bool is_search(const struct sel_filter *f)
{
	return f->rule || (f->contains && f->contains[0]);
}

static int log_row(struct sel_store *s, int64_t id, sel_row_fn fn, void *ctx)
{
	_cleanup_query_ struct sel_query q = {0};
	json_auto_t *obj = NULL;
	int r;

	sel_query_init(&q, s, STMT_ACTION_ONE);
	sel_bind_int(&q, id);
	r = sel_query_step(&q);
	if (r == 1)
		r = sel_row_object(q.stmt, sel_action_fields, SEL_ACTION_FIELDS, &obj);
	return r < 0 ? r : obj ? fn(obj, ctx) : 0;
}

struct found {
	struct sel_store *s;
	sel_row_fn fn;
	sel_looked_fn looked;
	void *ctx;
	int64_t *ids;
	size_t n, cap;
};

static int keep_id(int64_t id, void *ctx)
{
	struct found *l = ctx;

	if (l->n == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 256;
		int64_t *grown = reallocarray(l->ids, cap, sizeof *grown);

		if (!grown)
			return -ENOMEM;
		l->ids = grown;
		l->cap = cap;
	}
	l->ids[l->n++] = id;
	return 0;
}

/* Found newest first, shown oldest first. */
static int log_found(struct sel_store *s, const struct log_query *l, sel_row_fn fn, void *ctx)
{
	struct found found = {0};
	const struct sel_search search = {.f = l->f,
					  .session = l->session,
					  .first_id = l->first_id,
					  .fn = keep_id,
					  .ctx = &found};
	int r = sel_search_each(s, &search);

	while (r == 0 && found.n > 0)
		r = log_row(s, found.ids[--found.n], fn, ctx);
	free(found.ids);
	return r;
}

static int show_found(int64_t id, void *ctx)
{
	const struct found *l = ctx;

	return log_row(l->s, id, l->fn, l->ctx);
}

static int on_looked(uint64_t rows, uint64_t of, void *ctx)
{
	const struct found *l = ctx;

	return l->looked ? l->looked(rows, of, l->ctx) : 0;
}

static int search_log(struct sel_store *s, const struct sel_filter *f, struct found *found)
{
	struct log_query l = {.f = f};
	int r = sel_filter_session(s, f, &l.session);

	if (r >= 0)
		r = log_since(s, &l);
	if (r >= 0)
		r = sel_search_each(s, &(struct sel_search){.f = f,
							    .session = l.session,
							    .first_id = l.first_id,
							    .fn = show_found,
							    .looked = on_looked,
							    .ctx = found});
	free(l.session);
	return r;
}

static bool log_filter_known(const struct sel_filter *f)
{
	return (!f->op || sel_op_from_name(f->op) >= 0) &&
	       (!f->decision || strcmp(f->decision, "allow") == 0 ||
		strcmp(f->decision, "deny") == 0);
}

int sel_search_log(struct sel_store *s, const struct sel_filter *f, sel_row_fn fn,
		   sel_looked_fn looked, void *ctx)
{
	struct found found = {.s = s, .fn = fn, .looked = looked, .ctx = ctx};

	if (!log_filter_known(f))
		return -EINVAL;
	SEL_STORE_LOCK(s);
	return READ_IN_SNAPSHOT(s, search_log(s, f, &found));
}

/* --- all of the log ----------------------------------------------------------------------------
 */

static int report_log(struct sel_store *s, const struct sel_filter *f, sel_row_fn fn, void *ctx)
{
	struct log_query l = {.f = f};
	int r = sel_filter_session(s, f, &l.session);

	if (r >= 0)
		r = log_since(s, &l);
	if (r >= 0 && is_search(f)) {
		r = log_found(s, &l, fn, ctx);
	} else if (r >= 0) {
		r = log_limit(s, &l);
		if (r >= 0)
			r = log_rows(s, &l, fn, ctx);
	}
	free(l.session);
	return r;
}

int sel_report_log(struct sel_store *s, const struct sel_filter *f, sel_row_fn fn, void *ctx)
{
	if (!log_filter_known(f))
		return -EINVAL;
	SEL_STORE_LOCK(s);
	return READ_IN_SNAPSHOT(s, report_log(s, f, fn, ctx));
}

/* --- rules ------------------------------------------------------------------------------------ */

static int rule_row(sqlite3_stmt *stmt, bool all, usec_t now, sel_row_fn fn, void *ctx)
{
	const char *state = sel_rule_state(stmt, now);
	json_auto_t *obj = NULL;
	int r;

	if (!all && strcmp(state, "alive") != 0)
		return 0;
	r = sel_row_object(stmt, sel_rule_fields, SEL_RULE_FIELDS, &obj);
	if (r >= 0)
		r = sel_json_add(obj, "state", json_string(state));
	return r < 0 ? r : fn(obj, ctx);
}

static int report_rules(struct sel_store *s, bool all, sel_row_fn fn, void *ctx)
{
	_cleanup_query_ struct sel_query q = {0};
	usec_t now = sel_now_real();
	int r;

	sel_query_init(&q, s, STMT_RULES);
	while ((r = sel_query_step(&q)) == 1) {
		r = rule_row(q.stmt, all, now, fn, ctx);
		if (r != 0)
			break;
	}
	return r;
}

int sel_report_rules(struct sel_store *s, bool all, sel_row_fn fn, void *ctx)
{
	SEL_STORE_LOCK(s);
	return READ_IN_SNAPSHOT(s, report_rules(s, all, fn, ctx));
}
