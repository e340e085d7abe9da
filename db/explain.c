/* `seldom explain`: one action or question with everything it rested on. */
#include "rows.h"

#include "seldom/text.h"

#include <stdio.h>

struct evidence {
	struct sel_store *s;
	json_t *out;	/* the object; all below are its parts, borrowed */
	json_t *events; /* numbers and hashes in the chain */
	char *op, *exe; /* for earlier approvals; exe NULL: unknown program */
	int64_t at;
	int64_t question; /* row id, 0: none */
};

static const struct sel_field question_fields[] = {
	/* clang-format off: as QUESTION_COLUMNS in schema.c */
	{"id", SEL_FIELD_TEXT, NULL},	   {"asked", SEL_FIELD_TIME, "asked_unix"},
	{"session", SEL_FIELD_TEXT, NULL}, {"op", SEL_FIELD_TEXT, NULL},
	{"tier", SEL_FIELD_INT, NULL},	   {"exe", SEL_FIELD_BYTES, NULL},
	{"object", SEL_FIELD_BYTES, NULL}, {"new", SEL_FIELD_BYTES, NULL},
	{"rungs", SEL_FIELD_JSON, NULL},   {"recommended", SEL_FIELD_INT, NULL},
}; /* clang-format on */
enum { Q_ASKED = 1, Q_OP = 3, Q_EXE = 5, Q_EVENT = 11 };

static const struct sel_field answer_fields[] = {
	/* clang-format off: as STMT_ANSWER_ONE in schema.c */
	{"time", SEL_FIELD_TIME, "unix"},   {"decision", SEL_FIELD_TEXT, NULL},
	{"source", SEL_FIELD_TEXT, NULL},   {"front", SEL_FIELD_TEXT, NULL},
	{"rung", SEL_FIELD_INT, NULL},	    {"for", SEL_FIELD_TEXT, NULL},
	{"note", SEL_FIELD_BYTES, NULL},    {"response_ms", SEL_FIELD_MSEC, NULL},
	{"expanded", SEL_FIELD_BOOL, NULL}, {"settled", SEL_FIELD_INT, NULL},
	{"measured", SEL_FIELD_BOOL, NULL}, {"rapid", SEL_FIELD_BOOL, NULL},
	{"weight", SEL_FIELD_REAL, NULL},
}; /* clang-format on */
enum { A_EVENT = 13 };

/* As Q_JUDGED in schema.c; the keys are shown with their counts. */
static const struct sel_field judged_fields[] = {
	/* clang-format off */
	{"project", SEL_FIELD_BYTES, NULL},    {"program", SEL_FIELD_BYTES, NULL},
	{"digest", SEL_FIELD_BYTES, NULL},     {"package", SEL_FIELD_BYTES, NULL},
	{"version", SEL_FIELD_BYTES, NULL},    {"subcommand", SEL_FIELD_BYTES, NULL},
	{NULL, SEL_FIELD_SKIP, NULL},	       {NULL, SEL_FIELD_SKIP, NULL},
	{NULL, SEL_FIELD_SKIP, NULL},	       {NULL, SEL_FIELD_SKIP, NULL},
	{NULL, SEL_FIELD_SKIP, NULL},	       {"class", SEL_FIELD_BYTES, NULL},
	{"unit", SEL_FIELD_BYTES, NULL},       {"existed", SEL_FIELD_BOOL, NULL},
	{"words", SEL_FIELD_INT, NULL},	       {"state", SEL_FIELD_TEXT, NULL},
	{"predicted", SEL_FIELD_REAL, NULL},   {"support", SEL_FIELD_INT, NULL},
	{"decoy", SEL_FIELD_BOOL, NULL},       {"flood", SEL_FIELD_BOOL, NULL},
}; /* clang-format on */
enum { J_SUPPORT = 17 };

static const struct sel_field rung_fields[] = {{"key", SEL_FIELD_BYTES, NULL},
					       {"allowed", SEL_FIELD_INT, NULL},
					       {"denied", SEL_FIELD_INT, NULL},
					       {"weight", SEL_FIELD_REAL, NULL}};

static const struct sel_field learned_fields[] = {{"program", SEL_FIELD_BYTES, NULL},
						  {"key", SEL_FIELD_BYTES, NULL},
						  {"step", SEL_FIELD_INT, NULL}};

static const struct sel_field label_fields[] = {{"time", SEL_FIELD_TIME, "unix"},
						{"flagged", SEL_FIELD_BOOL, NULL},
						{"harmful", SEL_FIELD_BOOL, NULL},
						{"sampled", SEL_FIELD_BOOL, NULL}};
enum { L_EVENT = 4 };

enum { ACT_AT = 1, ACT_OP = 4, ACT_DECISION = 6, ACT_SOURCE = 7, ACT_EXE = 8, ACT_REASON = 12 };
enum { ACT_RULE = 15, ACT_PROGRAM, ACT_KEY, ACT_STEP, ACT_QUESTION, ACT_EVENT };
enum { R_EVENT = 14, R_REVOKE_EVENT = 15 };

/* --- pieces -------------------------------------------------------------------------------------
 */

static char *column_text_dup(sqlite3_stmt *stmt, int i)
{
	const char *text = sqlite3_column_blob(stmt, i);
	size_t n = (size_t)sqlite3_column_bytes(stmt, i);

	return strndup(text ? text : "", n);
}

static int set_subject(struct evidence *e, sqlite3_stmt *stmt, int at, int op, int exe)
{
	e->at = sqlite3_column_int64(stmt, at);
	e->op = column_text_dup(stmt, op);
	if (!e->op)
		return -ENOMEM;
	if (sqlite3_column_type(stmt, exe) == SQLITE_NULL)
		return 0;
	e->exe = column_text_dup(stmt, exe);
	return e->exe ? 0 : -ENOMEM;
}

static int add_event(struct evidence *e, sqlite3_stmt *stmt, int column)
{
	static const struct sel_field fields[] = {{"seq", SEL_FIELD_INT, NULL},
						  {"time", SEL_FIELD_TIME, "unix"}};
	_cleanup_query_ struct sel_query q = {0};
	char hex[2 * SEL_HASH_SIZE + 1] = "";
	json_t *obj;
	const uint8_t *hash;
	const char *kind;
	int r;

	if (sqlite3_column_type(stmt, column) == SQLITE_NULL)
		return 0;
	sel_query_init(&q, e->s, STMT_EVENT_ONE);
	sel_bind_int(&q, sqlite3_column_int64(stmt, column));
	r = sel_query_step(&q);
	if (r <= 0)
		return r < 0 ? r : -EUCLEAN; /* a row without its event: tampered with */
	hash = sqlite3_column_blob(q.stmt, 3);
	for (int i = 0; hash && i < SEL_HASH_SIZE && i < sqlite3_column_bytes(q.stmt, 3); i++)
		(void)snprintf(hex + (ptrdiff_t)2 * i, 3, "%02x", hash[i]);
	obj = json_object();
	r = json_array_append_new(e->events, obj) < 0 ? -ENOMEM : 0;
	kind = sel_row_kind_name(sqlite3_column_int64(q.stmt, 2));
	if (r >= 0)
		r = sel_row_add(obj, q.stmt, fields, SEL_N(fields));
	if (r >= 0)
		r = kind ? sel_json_add(obj, "kind", json_string(kind)) : -EUCLEAN;
	return r < 0 ? r : sel_json_add(obj, "sha256", json_string(hex));
}

/* obj[key] = the row; returns it in *ret if wanted. */
static int add_row(json_t *obj, const char *key, sqlite3_stmt *stmt, const struct sel_field *fields,
		   size_t n)
{
	json_t *row = json_object();
	int r = sel_json_add(obj, key, row);

	return r < 0 ? r : sel_row_add(row, stmt, fields, n);
}

static int append_row(json_t *list, sqlite3_stmt *stmt, const struct sel_field *fields, size_t n)
{
	json_t *row = json_object();

	if (json_array_append_new(list, row) < 0)
		return -ENOMEM;
	return sel_row_add(row, stmt, fields, n);
}

static int set_verdict(struct evidence *e, char *line)
{
	int r = line ? sel_json_add(e->out, "verdict", json_string(line)) : -ENOMEM;

	free(line);
	return r;
}

/* --- question, answer, rules, earlier approvals
 * ----------------------------------------------------- */

/* Each rung's key, and what people answered to it before. */
static int add_ladder(struct evidence *e, json_t *judged)
{
	_cleanup_query_ struct sel_query q = {0};
	json_t *list = json_array();
	int r = sel_json_add(judged, "ladder", list);

	sel_query_init(&q, e->s, STMT_LADDER);
	sel_bind_int(&q, e->question);
	if (r >= 0)
		r = sel_query_step(&q);
	for (int i = 0; i < 5 && r == 1; i++) {
		int first = i * (int)SEL_N(rung_fields), added;
		json_t *rung;

		if (sqlite3_column_type(q.stmt, first) == SQLITE_NULL)
			continue;
		rung = json_object();
		added = json_array_append_new(list, rung) < 0 ? -ENOMEM : 0;
		if (added >= 0)
			added = sel_json_add(rung, "rung", json_integer(i));
		if (added >= 0)
			added = sel_row_add_from(rung, q.stmt, first, rung_fields,
						 SEL_N(rung_fields));
		if (added < 0)
			r = added;
	}
	return r < 0 ? r : 0;
}

/* What judgement knew when it asked; null for questions from before it did. */
static int add_judged(struct evidence *e)
{
	json_t *question = json_object_get(e->out, "question"), *judged;
	_cleanup_query_ struct sel_query q = {0};
	int r;

	sel_query_init(&q, e->s, STMT_QUESTION_JUDGED);
	sel_bind_int(&q, e->question);
	r = sel_query_step(&q);
	if (r <= 0)
		return r < 0 ? r : -EUCLEAN;
	if (sqlite3_column_type(q.stmt, J_SUPPORT) == SQLITE_NULL)
		return sel_json_add(question, "judged", json_null());
	judged = json_object();
	r = sel_json_add(question, "judged", judged);
	if (r >= 0)
		r = sel_row_add(judged, q.stmt, judged_fields, SEL_N(judged_fields));
	return r < 0 ? r : add_ladder(e, judged);
}

static int add_question(struct evidence *e, bool subject)
{
	_cleanup_query_ struct sel_query q = {0};
	int r;

	if (e->question == 0)
		return sel_json_add(e->out, "question", json_null());
	sel_query_init(&q, e->s, STMT_QUESTION_ONE);
	sel_bind_int(&q, e->question);
	r = sel_query_step(&q);
	if (r <= 0)
		return r < 0 ? r : -EUCLEAN;
	r = add_row(e->out, "question", q.stmt, question_fields, SEL_N(question_fields));
	if (r >= 0)
		r = add_judged(e);
	if (r >= 0)
		r = add_event(e, q.stmt, Q_EVENT);
	return r < 0 || !subject ? r : set_subject(e, q.stmt, Q_ASKED, Q_OP, Q_EXE);
}

/* 1: it is there. */
static int add_answer(struct evidence *e)
{
	_cleanup_query_ struct sel_query q = {0};
	int r;

	sel_query_init(&q, e->s, STMT_ANSWER_ONE);
	sel_bind_int(&q, e->question);
	r = sel_query_step(&q);
	if (r <= 0)
		return r < 0 ? r : sel_json_add(e->out, "answer", json_null());
	r = add_row(e->out, "answer", q.stmt, answer_fields, SEL_N(answer_fields));
	if (r >= 0)
		r = add_event(e, q.stmt, A_EVENT);
	return r < 0 ? r : 1;
}

static int append_rule(struct evidence *e, json_t *list, sqlite3_stmt *stmt)
{
	int r = append_row(list, stmt, sel_rule_fields, SEL_RULE_FIELDS);
	json_t *obj = json_array_get(list, json_array_size(list) - 1);

	if (r >= 0)
		r = sel_json_add(obj, "state", json_string(sel_rule_state(stmt, sel_now_real())));
	if (r >= 0)
		r = add_event(e, stmt, R_EVENT);
	return r < 0 ? r : add_event(e, stmt, R_REVOKE_EVENT);
}

/* The rules that `which` finds by `id`: the one an action came from, those an answer made. */
static int add_rules(struct evidence *e, enum sel_stmt which, int64_t id)
{
	_cleanup_query_ struct sel_query q = {0};
	json_t *list = json_array();
	int r = sel_json_add(e->out, "rules", list);

	if (r < 0 || id == 0)
		return r;
	sel_query_init(&q, e->s, which);
	sel_bind_int(&q, id);
	while ((r = sel_query_step(&q)) == 1) {
		r = append_rule(e, list, q.stmt);
		if (r < 0)
			break;
	}
	return r;
}

static int add_earlier(struct evidence *e)
{
	_cleanup_query_ struct sel_query q = {0};
	json_t *list = json_array();
	int r = sel_json_add(e->out, "earlier", list);

	if (r < 0 || !e->exe)
		return r;
	sel_query_init(&q, e->s, STMT_EARLIER);
	sel_bind_text(&q, e->op);
	sel_bind_bytes(&q, e->exe);
	sel_bind_int(&q, e->at);
	sel_bind_id(&q, e->question);
	while ((r = sel_query_step(&q)) == 1) {
		r = append_row(list, q.stmt, sel_action_fields, SEL_ACTION_FIELDS);
		if (r < 0)
			break;
	}
	return r;
}

/* --- an action
 * -------------------------------------------------------------------------------------- */

static int action_verdict(struct evidence *e, sqlite3_stmt *stmt)
{
	const char *decision = (const char *)sqlite3_column_text(stmt, ACT_DECISION);
	const char *source = (const char *)sqlite3_column_text(stmt, ACT_SOURCE);
	const char *bytes = sqlite3_column_blob(stmt, ACT_REASON);
	size_t n = (size_t)sqlite3_column_bytes(stmt, ACT_REASON);
	_cleanup_free_ char *reason = sel_text_dup(bytes ? bytes : "", bytes ? n : 0);
	char *line = NULL;

	if (!reason ||
	    asprintf(&line, "%s (%s): %s", strcmp(decision, "allow") == 0 ? "allowed" : "denied",
		     source, *reason ? reason : "no reason was recorded") < 0)
		return -ENOMEM;
	return set_verdict(e, line);
}

static int action_self(struct evidence *e, int64_t id, int64_t *ret_rule)
{
	_cleanup_query_ struct sel_query q = {0};
	int r;

	sel_query_init(&q, e->s, STMT_ACTION_ONE);
	sel_bind_int(&q, id);
	r = sel_query_step(&q);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	*ret_rule = sqlite3_column_int64(q.stmt, ACT_RULE);
	e->question = sqlite3_column_int64(q.stmt, ACT_QUESTION);
	r = action_verdict(e, q.stmt);
	if (r >= 0)
		r = add_row(e->out, "action", q.stmt, sel_action_fields, SEL_ACTION_FIELDS);
	if (r >= 0)
		r = sel_row_add_from(json_object_get(e->out, "action"), q.stmt, ACT_PROGRAM,
				     learned_fields, SEL_N(learned_fields));
	if (r >= 0)
		r = add_event(e, q.stmt, ACT_EVENT);
	return r < 0 ? r : set_subject(e, q.stmt, ACT_AT, ACT_OP, ACT_EXE);
}

/* What the person said of it in a digest. */
static int add_label(struct evidence *e, int64_t action)
{
	_cleanup_query_ struct sel_query q = {0};
	int r;

	sel_query_init(&q, e->s, STMT_LABEL_ONE);
	sel_bind_int(&q, action);
	r = sel_query_step(&q);
	if (r <= 0)
		return r < 0 ? r : sel_json_add(e->out, "label", json_null());
	r = add_row(e->out, "label", q.stmt, label_fields, SEL_N(label_fields));
	return r < 0 ? r : add_event(e, q.stmt, L_EVENT);
}

static int explain_action(struct evidence *e, int64_t id)
{
	int64_t rule = 0;
	int r = action_self(e, id, &rule);

	if (r >= 0)
		r = add_label(e, id);
	if (r >= 0)
		r = add_question(e, false);
	if (r >= 0)
		r = add_answer(e);
	if (r >= 0)
		r = add_rules(e, STMT_RULE_ONE, rule);
	return r < 0 ? r : add_earlier(e);
}

/* --- a question
 * ------------------------------------------------------------------------------------- */

static char *answer_words(const json_t *answer)
{
	const char *source = json_string_value(json_object_get(answer, "source"));
	const char *decision = json_string_value(json_object_get(answer, "decision"));
	const char *front = json_string_value(json_object_get(answer, "front"));
	const char *term = json_string_value(json_object_get(answer, "for"));
	const json_t *ms = json_object_get(answer, "response_ms");
	char after[48] = "", *line = NULL;

	if (!answer)
		return strdup("not answered: nothing was allowed");
	if (strcmp(source, "timeout") == 0)
		return strdup("denied once: nobody answered in time");
	if (strcmp(source, "person") != 0)
		return strdup("closed: the asking programs were gone");
	if (json_is_integer(ms))
		(void)snprintf(after, sizeof after, " after %.1f s",
			       (double)json_integer_value(ms) / 1000);
	if (asprintf(&line, "%s by a person (%s)%s, for %s",
		     strcmp(decision, "allow") == 0 ? "allowed" : "denied",
		     front ? front : "unknown front", after, term) < 0)
		return NULL;
	return line;
}

static int question_actions(struct evidence *e)
{
	_cleanup_query_ struct sel_query q = {0};
	json_t *list = json_array();
	int r = sel_json_add(e->out, "actions", list);

	if (r < 0)
		return r;
	sel_query_init(&q, e->s, STMT_ACTION_OF_QUESTION);
	sel_bind_int(&q, e->question);
	while ((r = sel_query_step(&q)) == 1) {
		r = append_row(list, q.stmt, sel_action_fields, SEL_ACTION_FIELDS);
		if (r >= 0)
			r = add_event(e, q.stmt, ACT_EVENT);
		if (r < 0)
			break;
	}
	return r;
}

static int find_question(struct evidence *e, const char *id)
{
	_cleanup_query_ struct sel_query q = {0};
	const char *dot = strrchr(id, '.');
	_cleanup_free_ char *session = strndup(id, (size_t)(dot - id));
	char *end = NULL;
	unsigned long long number;
	int r;

	if (!session)
		return -ENOMEM;
	if (dot[1] < '0' || dot[1] > '9')
		return -ENOENT;
	errno = 0;
	number = strtoull(dot + 1, &end, 10);
	if (errno != 0 || *end || number > UINT32_MAX)
		return -ENOENT;
	sel_query_init(&q, e->s, STMT_QUESTION_FIND);
	sel_bind_text(&q, session);
	sel_bind_int(&q, (int64_t)number);
	r = sel_query_step(&q);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	e->question = sqlite3_column_int64(q.stmt, 0);
	return 0;
}

static int explain_question(struct evidence *e, const char *id)
{
	int r = find_question(e, id), answered = 0;

	/* the verdict is the first line: its place is taken before the answer is read */
	if (r >= 0)
		r = sel_json_add(e->out, "verdict", json_null());
	if (r >= 0)
		r = add_question(e, true);
	if (r >= 0)
		r = answered = add_answer(e);
	if (r >= 0)
		r = set_verdict(e,
				answer_words(answered ? json_object_get(e->out, "answer") : NULL));
	if (r >= 0)
		r = question_actions(e);
	if (r >= 0)
		r = add_rules(e, STMT_RULES_OF_QUESTION, e->question);
	return r < 0 ? r : add_earlier(e);
}

/* --- either
 * ----------------------------------------------------------------------------------------- */

static int explain_in_snapshot(struct evidence *e, const char *id, bool question, int64_t action)
{
	int r = sel_txn_read(e->s);

	if (r < 0)
		return r;
	return sel_txn_end(e->s, question ? explain_question(e, id) : explain_action(e, action));
}

int sel_report_explain(struct sel_store *s, const char *id, json_t **ret)
{
	json_auto_t *out = json_object(), *events = json_array(), *name = json_string(id);
	struct evidence e = {.s = s, .out = out, .events = events};
	bool question = strchr(id, '.') != NULL;
	long long action = 0;
	char *end = NULL;
	int r;

	errno = 0;
	if (!question)
		action = strtoll(id, &end, 10);
	if (!question && (errno != 0 || *id < '0' || *id > '9' || *end))
		return -ENOENT;
	if (!name)
		return -ENOENT; /* no UTF-8: no id of ours */
	SEL_STORE_LOCK(s);
	r = sel_json_add(out, "v", json_integer(1));
	if (r >= 0)
		r = sel_json_add(out, "id", json_incref(name));
	if (r >= 0)
		r = sel_json_add(out, "kind", json_string(question ? "question" : "action"));
	if (r >= 0)
		r = explain_in_snapshot(&e, id, question, action);
	if (r >= 0)
		r = json_object_set(out, "events", events) < 0 ? -ENOMEM : 0;
	free(e.op);
	free(e.exe);
	if (r >= 0)
		*ret = sel_steal_ptr(&out);
	return r;
}
