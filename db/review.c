/* Rules that a person should look at again. */
#include "groups.h"
#include "rows.h"

#include <stdio.h>

#define DAY	     ((int64_t)24 * 3600 * (int64_t)USEC_PER_SEC)
#define UNUSED	     (90 * DAY) /* as long as learned keys go unused before they are asked again */
#define NEVER_USED   (14 * DAY) /* made two weeks ago and no use since: made for nothing */
#define DECAYED	     (30 * DAY) /* one half-life of evidence */
#define EXPIRES_SOON (7 * DAY)

/* Columns of RULE_COLUMNS. */
enum {
	R_ID,
	R_CREATED,
	R_OP = 3,
	R_KIND,
	R_OBJECT,
	R_EXE,
	R_DECISION,
	R_EXPIRES,
	R_USES,
	R_USED,
};

struct rule {
	int64_t created, last; /* last: denial of a person that it would have allowed */
	uint64_t denials;
	char *exe;	   /* NULL: any */
	enum sel_op op;	   /* SEL_OP_INVALID: any */
	bool allow, alone; /* alone: it covers its object and nothing below */
	size_t next;	   /* the next rule of the same object, plus 1; 0: none */
};

struct review {
	struct sel_store *s;
	int64_t now;
	sel_row_fn fn;
	void *ctx;
	struct rule *rules; /* in the order of the statement */
	size_t n, cap;
	struct sel_groups objects; /* group.program: the first rule of that object, plus 1 */
};

static void review_done(struct review *v)
{
	for (size_t i = 0; i < v->n; i++)
		free(v->rules[i].exe);
	free(v->rules);
	sel_groups_done(&v->objects);
}

static int rules_start(struct review *v, struct sel_query *q)
{
	sel_query_init(q, v->s, STMT_REVIEW);
	sel_bind_int(q, v->now);
	return q->r;
}

static bool word_is(sqlite3_stmt *stmt, int i, const char *word)
{
	const char *text = (const char *)sqlite3_column_text(stmt, i);

	return text && strcmp(text, word) == 0;
}

static int rule_keep(struct review *v, sqlite3_stmt *stmt)
{
	struct sel_group *object = sel_groups_get(&v->objects, sqlite3_column_blob(stmt, R_OBJECT),
						  (size_t)sqlite3_column_bytes(stmt, R_OBJECT));
	int op = sel_op_from_name((const char *)sqlite3_column_text(stmt, R_OP));
	struct rule *rule;

	if (!object)
		return -ENOMEM;
	if (op < 0)
		return -EUCLEAN;
	if (v->n == v->cap) {
		size_t cap = v->cap > 0 ? 2 * v->cap : 64;
		struct rule *rules = reallocarray(v->rules, cap, sizeof *rules);

		if (!rules)
			return -ENOMEM;
		v->rules = rules;
		v->cap = cap;
	}
	rule = &v->rules[v->n];
	*rule = (struct rule){
		.created = sqlite3_column_int64(stmt, R_CREATED),
		.op = (enum sel_op)op,
		.allow = word_is(stmt, R_DECISION, "allow"),
		.alone = word_is(stmt, R_KIND, "file") || word_is(stmt, R_KIND, "host"),
		.next = (size_t)object->program,
	};
	object->program = (int64_t)++v->n;
	return sel_column_dup(stmt, R_EXE, &rule->exe);
}

static int read_rules(struct review *v)
{
	_cleanup_query_ struct sel_query q = {0};
	int r = rules_start(v, &q);

	if (r < 0)
		return r;
	while ((r = sel_query_step(&q)) == 1) {
		r = rule_keep(v, q.stmt);
		if (r < 0)
			break;
	}
	return r;
}

struct denial {
	const char *object, *exe; /* bytes; exe NULL: unknown */
	size_t object_n, exe_n;
	int op;
	int64_t at;
};

static void contradict(struct rule *rule, const struct denial *d, bool below)
{
	if (!rule->allow || d->at <= rule->created || (below && rule->alone))
		return;
	if (rule->op != SEL_OP_INVALID && (int)rule->op != d->op)
		return;
	if (rule->exe &&
	    (!d->exe || strlen(rule->exe) != d->exe_n || memcmp(rule->exe, d->exe, d->exe_n) != 0))
		return;
	rule->denials++;
	rule->last = d->at > rule->last ? d->at : rule->last;
}

/* All rules of the object and of the folders above it. */
static int denial_walk(struct review *v, const struct denial *d)
{
	size_t n = d->object_n;

	for (bool below = false;; below = true) {
		const struct sel_group *g = sel_groups_find(&v->objects, d->object, n);

		for (size_t i = g ? (size_t)g->program : 0; i > 0; i = v->rules[i - 1].next)
			contradict(&v->rules[i - 1], d, below);
		if (n <= 1)
			return 0;
		while (n > 1 && d->object[n - 1] != '/')
			n--;
		n -= n > 1; /* without the slash, but for the root's */
	}
}

static int read_denials(struct review *v)
{
	_cleanup_query_ struct sel_query q = {0};
	int r;

	sel_query_init(&q, v->s, STMT_DENIALS);
	while ((r = sel_query_step(&q)) == 1) {
		struct denial d = {
			.object = sqlite3_column_blob(q.stmt, 0),
			.object_n = (size_t)sqlite3_column_bytes(q.stmt, 0),
			.exe = sqlite3_column_blob(q.stmt, 1),
			.exe_n = (size_t)sqlite3_column_bytes(q.stmt, 1),
			.op = sel_op_from_name((const char *)sqlite3_column_text(q.stmt, 2)),
			.at = sqlite3_column_int64(q.stmt, 3),
		};

		if (d.object && d.object[0] == '/')
			r = denial_walk(v, &d);
		if (r < 0)
			break;
	}
	return r;
}

/* --- findings ----------------------------------------------------------------------------------
 */

static int say(struct review *v, sqlite3_stmt *stmt, const struct rule *rule, const char *finding,
	       const char *detail)
{
	json_auto_t *obj = NULL;
	int r = sel_row_object(stmt, sel_rule_fields, SEL_RULE_FIELDS, &obj);

	if (r >= 0)
		r = sel_json_add(obj, "finding", json_string(finding));
	if (r >= 0)
		r = sel_json_add(obj, "detail", json_string(detail));
	if (r >= 0)
		r = sel_json_add(obj, "denials", json_integer((json_int_t)rule->denials));
	if (r >= 0 && rule->denials)
		r = sel_json_time(obj, "last_denied", "last_denied_unix", rule->last);
	return r < 0 ? r : v->fn(obj, v->ctx);
}

/* How long nobody used it, as a finding; NULL: it is in use. */
static const char *disuse(struct review *v, sqlite3_stmt *stmt, char *detail, size_t cap)
{
	bool used = sqlite3_column_int64(stmt, R_USES) > 0;
	int64_t since = sqlite3_column_int64(stmt, used ? R_USED : R_CREATED);
	int64_t idle = v->now - since;

	(void)snprintf(detail, cap,
		       used ? "not used for %lld days"
			    : "not used since it was made, %lld days ago",
		       (long long)(idle / DAY));
	if (!used)
		return idle >= NEVER_USED ? "never-used" : NULL;
	return idle >= UNUSED ? "unused" : idle >= DECAYED ? "decayed" : NULL;
}

static int findings(struct review *v, sqlite3_stmt *stmt, const struct rule *rule)
{
	int64_t left = sqlite3_column_int64(stmt, R_EXPIRES) - v->now;
	char detail[96];
	const char *finding = disuse(v, stmt, detail, sizeof detail);
	int r = finding ? say(v, stmt, rule, finding, detail) : 0;

	if (r == 0 && !finding && left <= EXPIRES_SOON) {
		(void)snprintf(detail, sizeof detail, "in use, and ends in %lld days",
			       (long long)(left / DAY));
		r = say(v, stmt, rule, "expiring", detail);
	}
	if (r == 0 && rule->denials > 0) {
		(void)snprintf(detail, sizeof detail, "denied %llu times since, by a person",
			       (unsigned long long)rule->denials);
		r = say(v, stmt, rule, "contradicted", detail);
	}
	return r;
}

static int report_review(struct review *v)
{
	_cleanup_query_ struct sel_query q = {0};
	int r = read_rules(v);

	if (r >= 0)
		r = read_denials(v);
	if (r >= 0)
		r = rules_start(v, &q);
	for (size_t i = 0; r >= 0 && i < v->n; i++) {
		r = sel_query_step(&q);
		if (r <= 0)
			return r < 0 ? r : -EUCLEAN;
		r = findings(v, q.stmt, &v->rules[i]);
		if (r != 0)
			return r;
	}
	return r;
}

int sel_report_review(struct sel_store *s, usec_t now, sel_row_fn fn, void *ctx)
{
	struct review v = {.s = s, .now = (int64_t)now, .fn = fn, .ctx = ctx};
	int r;

	if (now > INT64_MAX)
		return -EINVAL;
	SEL_STORE_LOCK(s);
	r = sel_txn_read(s);
	if (r < 0)
		return r;
	r = sel_txn_end(s, report_review(&v));
	review_done(&v);
	return r;
}
