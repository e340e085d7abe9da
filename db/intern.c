/* What repeats is kept once: texts, sorts of actions, patterns of reasons; and sums kept while
 * writing. All inside the caller's transaction: ids are looked up anew each time, since another
 * broker may have swept what nobody used any more. */
#include "internal.h"

#include "seldom/text.h"

#define USEC_PER_DAY (24 * 3600 * USEC_PER_SEC)
#define MARK	     '\x01' /* in a pattern: here stands the object, escaped */
#define OBJECT_MAX   512    /* a longer one is not looked for in the reason */

static int find_one(struct sel_query *q, int64_t *ret)
{
	int r = sel_query_step(q);

	if (r == 1)
		*ret = sqlite3_column_int64(q->stmt, 0);
	sel_query_done(q);
	return r;
}

int sel_text_id(struct sel_store *s, const char *text, int64_t *ret)
{
	_cleanup_query_ struct sel_query find = {0}, add = {0};
	int r;

	*ret = 0;
	if (!text)
		return 0;
	sel_query_init(&find, s, STMT_TEXT_FIND);
	sel_bind_bytes(&find, text);
	r = find_one(&find, ret);
	if (r != 0)
		return r < 0 ? r : 0;
	sel_query_init(&add, s, STMT_TEXT_ADD);
	sel_bind_bytes(&add, text);
	r = sel_query_run(&add);
	if (r >= 0)
		*ret = sqlite3_last_insert_rowid(s->db);
	return r;
}

static void what_bind(struct sel_query *q, const struct sel_what *w, int64_t exe, int64_t program)
{
	sel_bind_int(q, exe);
	sel_bind_text(q, sel_op_name(w->op));
	sel_bind_text(q, w->decision == SEL_ALLOW ? "allow" : "deny");
	sel_bind_int(q, (int)w->tier);
	sel_bind_text(q, sel_source_name(w->source));
	sel_bind_int(q, program);
}

int sel_what_id(struct sel_store *s, const struct sel_what *w, int64_t *ret_exe, int64_t *ret)
{
	_cleanup_query_ struct sel_query find = {0}, add = {0};
	int64_t exe, program;
	int r = sel_text_id(s, w->exe, &exe);

	*ret_exe = exe;
	if (r >= 0)
		r = sel_text_id(s, w->program, &program);
	if (r < 0)
		return r;
	sel_query_init(&find, s, STMT_WHAT_FIND);
	what_bind(&find, w, exe, program);
	r = find_one(&find, ret);
	if (r != 0)
		return r < 0 ? r : 0;
	sel_query_init(&add, s, STMT_WHAT_ADD);
	what_bind(&add, w, exe, program);
	r = sel_query_run(&add);
	if (r >= 0)
		*ret = sqlite3_last_insert_rowid(s->db);
	return r;
}

int sel_session_find(struct sel_store *s, const char *id, struct sel_session_key *ret)
{
	_cleanup_query_ struct sel_query q = {0};
	int r;

	sel_query_init(&q, s, STMT_SESSION_PLACE);
	sel_bind_text(&q, id);
	r = sel_query_step(&q);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	ret->n = sqlite3_column_int64(q.stmt, 0);
	ret->place = sqlite3_column_int64(q.stmt, 1);
	return 0;
}

/* Automatic: neither a person nor the lack of one decided. */
static int exe_add(struct sel_store *s, const struct sel_sum *sum)
{
	_cleanup_query_ struct sel_query q = {0};

	if (strcmp(sum->source, "person") == 0 || strcmp(sum->source, "timeout") == 0)
		return 0;
	sel_query_init(&q, s, STMT_DAY_EXE_ADD);
	sel_bind_int(&q, (int64_t)(sum->at / USEC_PER_DAY));
	sel_bind_int(&q, sum->exe);
	sel_bind_usec(&q, sum->n);
	return sel_query_run(&q);
}

int sel_sum_add(struct sel_store *s, const struct sel_sum *sum)
{
	_cleanup_query_ struct sel_query day = {0}, tally = {0};
	int r = exe_add(s, sum);

	if (r < 0)
		return r;
	sel_query_init(&day, s, STMT_DAY_ADD);
	sel_bind_int(&day, (int64_t)(sum->at / USEC_PER_DAY));
	sel_bind_int(&day, sum->session.place);
	sel_bind_text(&day, sum->source);
	sel_bind_text(&day, sum->decision);
	sel_bind_usec(&day, sum->n);
	r = sel_query_run(&day);
	if (r < 0)
		return r;
	sel_query_init(&tally, s, STMT_TALLY_ADD);
	sel_bind_int(&tally, sum->session.n);
	sel_bind_text(&tally, sum->source);
	sel_bind_text(&tally, sum->decision);
	sel_bind_usec(&tally, sum->n);
	return sel_query_run(&tally);
}

/* --- reasons ----------------------------------------------------------------------------------
 *
 * A reason names the object, so that each would be a text of its own. Kept is the pattern: MARK
 * where the escaped object stood. A MARK that was there before becomes '?'. */

char *sel_reason_pattern(const char *reason, const char *object)
{
	char name[OBJECT_MAX], *out = strdup(reason), *to = out;
	size_t n;

	if (!out)
		return NULL;
	for (char *c = strchr(out, MARK); c; c = strchr(c, MARK))
		*c = '?';
	n = object ? sel_text_escape(object, strlen(object), name, sizeof name, NULL) : 0;
	if (n == 0 || n >= sizeof name)
		return out;
	for (const char *from = out; *from;) {
		if (strncmp(from, name, n) == 0) {
			*to++ = MARK;
			from += n;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
	return out;
}

/* SQL: reason(pattern, object). */
static void expand(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	const char *pattern = sqlite3_value_blob(argv[0]), *object = sqlite3_value_blob(argv[1]);
	size_t n = (size_t)sqlite3_value_bytes(argv[0]);
	size_t object_n = (size_t)sqlite3_value_bytes(argv[1]);
	char name[OBJECT_MAX];
	sqlite3_str *out;

	(void)argc;
	if (!pattern || n == 0 || !memchr(pattern, MARK, n)) {
		sqlite3_result_value(ctx, argv[0]);
		return;
	}
	(void)sel_text_escape(object ? object : "", object ? object_n : 0, name, sizeof name, NULL);
	out = sqlite3_str_new(sqlite3_context_db_handle(ctx));
	for (size_t i = 0; i < n; i++)
		if (pattern[i] == MARK)
			sqlite3_str_appendall(out, name);
		else
			sqlite3_str_appendchar(out, 1, pattern[i]);
	n = (size_t)sqlite3_str_length(out);
	if (sqlite3_str_errcode(out) != SQLITE_OK) {
		sqlite3_free(sqlite3_str_finish(out));
		sqlite3_result_error_nomem(ctx);
		return;
	}
	sqlite3_result_blob64(ctx, sqlite3_str_finish(out), n, sqlite3_free);
}

int sel_reason_register(struct sel_store *s)
{
	int rc = sqlite3_create_function_v2(s->db, "reason", 2,
					    SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY,
					    NULL, expand, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : sel_store_error(s->db, rc);
}
