/* What a broker writes. Each function is one transaction: the row and its event, or neither. */
#include "internal.h"

#include <math.h>
#include <stdio.h>

static const char *decision_name(enum sel_decision decision)
{
	return decision == SEL_ALLOW ? "allow" : "deny";
}

static bool words_fit(enum sel_op op, enum sel_tier tier, enum sel_decision decision,
		      enum sel_source source)
{
	return op < SEL_OP_N && tier < SEL_TIER_N && source < SEL_SRC_N &&
	       (decision == SEL_DENY || decision == SEL_ALLOW);
}

/* --- sessions --------------------------------------------------------------------------------- */

static bool session_id_fits(const char *id)
{
	size_t n = id ? strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789") : 0;

	return n >= 1 && n <= 32 && !id[n];
}

/* Field 22 of its stat. */
int64_t sel_process_birth(pid_t pid)
{
	char name[sizeof "/proc/2147483647/stat"], text[1024];
	const char *p;
	long long birth = 0;
	size_t n;
	FILE *f;

	(void)snprintf(name, sizeof name, "/proc/%d/stat", (int)pid);
	f = fopen(name, "re");
	if (!f)
		return 0;
	n = fread(text, 1, sizeof text - 1, f);
	(void)fclose(f);
	text[n] = '\0';
	p = strrchr(text, ')'); /* the name before it may hold anything */
	if (!p || sscanf(p + 1,
			 " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d "
			 "%*d %*d %*d %lld",
			 &birth) != 1)
		return 0;
	return birth;
}

int sel_store_session_begin(struct sel_store *s, const struct sel_session_row *row)
{
	SEL_STORE_LOCK(s);
	_cleanup_free_ char *command = json_dumps(row->command, JSON_COMPACT);
	_cleanup_query_ struct sel_query q = {0};
	int64_t project = 0, place = 0;
	struct sel_writing w;
	int r;

	if (!session_id_fits(row->id) || !json_is_array(row->command))
		return -EINVAL;
	if (!command)
		return -ENOMEM;
	r = sel_writing_begin(&w, s, SEL_NORMAL);
	if (r < 0)
		return r;
	r = sel_text_id(s, row->project, &project);
	if (r >= 0)
		r = sel_text_id(s, row->project ? row->project : row->cwd, &place);
	if (r < 0)
		return sel_txn_end(s, r);
	sel_query_init(&q, s, STMT_SESSION_ADD);
	sel_bind_text(&q, row->id);
	sel_bind_int(&q, w.head.seq + 1);
	sel_bind_text(&q, command);
	sel_bind_bytes(&q, row->cwd);
	sel_bind_bytes(&q, row->profile);
	sel_bind_text(&q, row->version);
	sel_bind_int(&q, row->broker_pid);
	sel_bind_id(&q, sel_process_birth(row->broker_pid));
	sel_bind_usec(&q, row->started);
	sel_bind_id(&q, project);
	sel_bind_int(&q, place);
	r = sel_writing_insert(&w, &q, row->id, SEL_ROW_SESSION, NULL);
	sel_query_done(&q);
	return sel_txn_end(s, r);
}

static int session_end(struct sel_writing *w, struct sel_query *q, const char *session)
{
	int r = sel_query_step(q);
	int64_t n;

	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	n = sqlite3_column_int64(q->stmt, 0);
	sel_query_done(q);
	return sel_chain_row(w->s, &w->head, session, SEL_ROW_END, n);
}

int sel_store_session_end(struct sel_store *s, const char *session, usec_t ended, int exit_code,
			  json_t *summary)
{
	SEL_STORE_LOCK(s);
	_cleanup_free_ char *text = summary ? json_dumps(summary, JSON_COMPACT) : NULL;
	_cleanup_query_ struct sel_query q = {0};
	struct sel_writing w;
	int r;

	if (summary && !text)
		return -EINVAL;
	r = sel_writing_begin(&w, s, SEL_NORMAL);
	if (r < 0)
		return r;
	sel_query_init(&q, s, STMT_SESSION_END);
	sel_bind_text(&q, session);
	sel_bind_usec(&q, ended);
	sel_bind_int(&q, exit_code);
	sel_bind_text(&q, text);
	sel_bind_int(&q, w.head.seq + 1);
	r = session_end(&w, &q, session);
	return sel_txn_end(s, r);
}

/* --- actions -----------------------------------------------------------------------------------
 */

/* True if an action rests on this question or rule already. */
static int seen(struct sel_store *s, enum sel_stmt which, int64_t id)
{
	_cleanup_query_ struct sel_query q = {0};

	sel_query_init(&q, s, which);
	sel_bind_int(&q, id);
	return sel_query_step(&q);
}

/* A power cut must not forget what a person said, nor that a rule or grant was first put to use.
 * One answer may settle hundreds of calls: the first of them takes the sync, as did the answer
 * itself. */
static int action_durability(struct sel_store *s, const struct sel_action_row *row,
			     enum sel_durability *ret)
{
	bool person = row->source == SEL_SRC_PERSON;
	bool standing = row->source == SEL_SRC_RULE || row->source == SEL_SRC_GRANT ||
			row->source == SEL_SRC_LEARNED;
	int r = 1;

	if (person)
		r = row->question ? seen(s, STMT_QUESTION_SEEN, row->question) : 0;
	else if (standing && row->decision == SEL_ALLOW && row->rule)
		r = seen(s, STMT_RULE_SEEN, row->rule);
	if (r >= 0)
		*ret = r == 0 ? SEL_FULL : SEL_NORMAL;
	return r < 0 ? r : 0;
}

struct action_ids {
	struct sel_session_key session;
	int64_t exe, what, comm, reason, key;
};

static int action_intern(struct sel_store *s, const struct sel_action_row *row,
			 struct action_ids *ret)
{
	const struct sel_what what = {.op = row->op,
				      .tier = row->tier,
				      .decision = row->decision,
				      .source = row->source,
				      .exe = row->exe,
				      .program = row->program};
	_cleanup_free_ char *pattern =
		row->reason ? sel_reason_pattern(row->reason, row->object) : NULL;
	int r = row->reason && !pattern ? -ENOMEM
					: sel_session_find(s, row->session, &ret->session);

	if (r >= 0)
		r = sel_what_id(s, &what, &ret->exe, &ret->what);
	if (r >= 0)
		r = sel_text_id(s, row->comm, &ret->comm);
	if (r >= 0)
		r = sel_text_id(s, pattern, &ret->reason);
	return r < 0 ? r : sel_text_id(s, row->key, &ret->key);
}

static void action_bind(struct sel_query *q, const struct sel_action_row *row,
			const struct action_ids *ids, int64_t seq)
{
	sel_bind_int(q, ids->session.n);
	sel_bind_int(q, seq);
	sel_bind_usec(q, row->at);
	sel_bind_int(q, row->pid);
	sel_bind_int(q, ids->what);
	sel_bind_id(q, ids->comm);
	sel_bind_bytes(q, row->object);
	sel_bind_bytes(q, row->object2);
	sel_bind_id(q, ids->reason);
	sel_bind_id(q, row->question);
	sel_bind_id(q, row->rule);
	sel_bind_id(q, ids->key);
	sel_bind_id(q, row->step);
	sel_bind_usec(q, row->repeats);
}

static int action_write(struct sel_writing *w, const struct sel_action_row *row, int64_t *ret_id)
{
	_cleanup_query_ struct sel_query q = {0};
	struct action_ids ids = {0};
	int r = action_intern(w->s, row, &ids);

	if (r < 0)
		return r;
	sel_query_init(&q, w->s, STMT_ACTION_ADD);
	action_bind(&q, row, &ids, w->head.seq + 1);
	r = sel_writing_insert(w, &q, row->session, SEL_ROW_ACTION, ret_id);
	return r < 0 ? r
		     : sel_sum_add(w->s, &(struct sel_sum){
						 .at = row->at,
						 .session = ids.session,
						 .exe = ids.exe,
						 .source = sel_source_name(row->source),
						 .decision = decision_name(row->decision),
						 .n = row->repeats < UINT64_MAX ? row->repeats + 1
										: UINT64_MAX,
					 });
}

int sel_store_action(struct sel_store *s, const struct sel_action_row *row, int64_t *ret_id)
{
	enum sel_durability durability;
	struct sel_writing w;
	int64_t id = 0;
	int r;

	if (!words_fit(row->op, row->tier, row->decision, row->source))
		return -EINVAL;
	SEL_STORE_LOCK(s);
	r = action_durability(s, row, &durability);
	if (r >= 0)
		r = sel_writing_begin(&w, s, durability);
	if (r < 0)
		return r;
	r = sel_txn_end(s, action_write(&w, row, &id));
	if (r >= 0 && ret_id)
		*ret_id = id;
	return r;
}

/* One row must be there to be changed. */
static int update_one(struct sel_store *s, struct sel_query *q)
{
	int r = sel_query_run(q);

	sel_query_done(q);
	return r < 0 ? r : sqlite3_changes(s->db) == 1 ? 0 : -ENOENT;
}

/* Steps the UPDATE and adds as much to the sums. */
static int repeat(struct sel_store *s, struct sel_query *q, uint64_t more)
{
	char source[32], decision[8];
	struct sel_sum sum = {.source = source, .decision = decision, .n = more};
	int r = sel_query_step(q);

	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	sum.at = (usec_t)sqlite3_column_int64(q->stmt, 0);
	sum.session.n = sqlite3_column_int64(q->stmt, 1);
	sum.session.place = sqlite3_column_int64(q->stmt, 2);
	sum.exe = sqlite3_column_int64(q->stmt, 3);
	(void)snprintf(source, sizeof source, "%s",
		       (const char *)sqlite3_column_text(q->stmt, 4) ?: "");
	(void)snprintf(decision, sizeof decision, "%s",
		       (const char *)sqlite3_column_text(q->stmt, 5) ?: "");
	sel_query_done(q);
	return sel_sum_add(s, &sum);
}

int sel_store_action_repeat(struct sel_store *s, int64_t id, uint64_t more)
{
	SEL_STORE_LOCK(s);
	_cleanup_query_ struct sel_query q = {0};
	int r;

	r = sel_txn_begin(s, SEL_NORMAL);
	if (r < 0)
		return r;
	sel_query_init(&q, s, STMT_ACTION_REPEAT);
	sel_bind_int(&q, id);
	sel_bind_usec(&q, more);
	return sel_txn_end(s, repeat(s, &q, more));
}

static int count_add(struct sel_store *s, struct sel_session_key session,
		     const struct sel_count_row *row, usec_t now)
{
	const struct sel_what what = {
		.op = row->op, .decision = SEL_ALLOW, .source = row->source, .exe = row->exe ?: ""};
	struct sel_sum sum = {.at = now, .session = session, .decision = "allow", .n = row->count};
	_cleanup_query_ struct sel_query q = {0};
	int64_t what_id, folder;
	int r;

	if (!words_fit(row->op, SEL_T0, SEL_ALLOW, row->source))
		return -EINVAL;
	r = sel_what_id(s, &what, &sum.exe, &what_id);
	if (r >= 0)
		r = sel_text_id(s, row->folder ?: "", &folder);
	if (r < 0)
		return r;
	sel_query_init(&q, s, STMT_COUNT_ADD);
	sel_bind_int(&q, session.n);
	sel_bind_int(&q, what_id);
	sel_bind_int(&q, folder);
	sel_bind_usec(&q, row->count);
	sel_bind_usec(&q, now);
	r = sel_query_run(&q);
	sum.source = sel_source_name(row->source);
	return r < 0 ? r : sel_sum_add(s, &sum);
}

int sel_store_counts(struct sel_store *s, const char *session, const struct sel_count_row *rows,
		     size_t n)
{
	struct sel_session_key key = {0};
	usec_t now = sel_now_real();
	int r;

	if (n == 0)
		return 0;
	SEL_STORE_LOCK(s);
	r = sel_txn_begin(s, SEL_NORMAL);
	if (r < 0)
		return r;
	r = sel_session_find(s, session, &key);
	for (size_t i = 0; i < n && r >= 0; i++)
		r = count_add(s, key, &rows[i], now);
	return sel_txn_end(s, r);
}

/* --- questions and answers ---------------------------------------------------------------------
 */

/* What judgement knew when it asked. */
static int question_bind_judged(struct sel_store *s, struct sel_query *q,
				const struct sel_question_row *row)
{
	const char *const texts[] = {row->project, row->program,    row->digest,  row->package,
				     row->version, row->subcommand, row->keys[0], row->keys[1],
				     row->keys[2], row->keys[3],    row->keys[4], row->class_,
				     row->unit};
	int r = 0;

	for (size_t i = 0; i < SEL_N(texts) && r >= 0; i++) {
		int64_t id;

		r = sel_text_id(s, texts[i], &id);
		if (r >= 0)
			sel_bind_id(q, id);
	}
	sel_bind_int(q, row->exists);
	sel_bind_int(q, row->words);
	sel_bind_text(q, row->state);
	/* 0 and 1 are no estimates: nothing was predicted */
	sel_bind_real(q, row->predicted > 0 && row->predicted < 1 ? row->predicted : NAN);
	sel_bind_int(q, row->support);
	sel_bind_int(q, row->decoy);
	sel_bind_int(q, row->flood);
	return r;
}

static int question_write(struct sel_writing *w, const struct sel_question_row *row,
			  const char *rungs, int64_t *ret_id)
{
	_cleanup_query_ struct sel_query q = {0};
	int r;

	sel_query_init(&q, w->s, STMT_QUESTION_ADD);
	sel_bind_text(&q, row->session);
	sel_bind_int(&q, row->number);
	sel_bind_int(&q, w->head.seq + 1);
	sel_bind_usec(&q, row->asked);
	sel_bind_text(&q, sel_op_name(row->op));
	sel_bind_int(&q, (int)row->tier);
	sel_bind_bytes(&q, row->exe);
	sel_bind_bytes(&q, row->object);
	sel_bind_bytes(&q, row->fresh);
	sel_bind_text(&q, rungs);
	sel_bind_int(&q, row->recommended);
	r = question_bind_judged(w->s, &q, row);
	return r < 0 ? r : sel_writing_insert(w, &q, row->session, SEL_ROW_QUESTION, ret_id);
}

int sel_store_question(struct sel_store *s, const struct sel_question_row *row, int64_t *ret_id)
{
	_cleanup_free_ char *rungs = json_dumps(row->rungs, JSON_COMPACT);
	struct sel_writing w;
	int64_t id = 0;
	int r;

	if (!words_fit(row->op, row->tier, SEL_DENY, SEL_SRC_DEFAULT) || !json_is_array(row->rungs))
		return -EINVAL;
	if (!rungs)
		return -ENOMEM;
	SEL_STORE_LOCK(s);
	r = sel_writing_begin(&w, s, SEL_NORMAL);
	if (r < 0)
		return r;
	r = sel_txn_end(s, question_write(&w, row, rungs, &id));
	if (r >= 0 && ret_id)
		*ret_id = id;
	return r;
}

static void answer_bind(struct sel_query *q, const struct sel_answer_row *row, int64_t seq)
{
	sel_bind_int(q, row->question);
	sel_bind_int(q, seq);
	sel_bind_usec(q, row->at);
	sel_bind_text(q, decision_name(row->decision));
	sel_bind_text(q, sel_source_name(row->source));
	sel_bind_text(q, row->front);
	sel_bind_int(q, row->rung);
	sel_bind_text(q, sel_for_name(row->term));
	sel_bind_bytes(q, row->note);
	sel_bind_id(q, row->response > INT64_MAX ? INT64_MAX : (int64_t)row->response);
	sel_bind_int(q, row->expanded);
	sel_bind_int(q, row->settled);
	sel_bind_int(q, row->measured);
	sel_bind_int(q, row->rapid);
	sel_bind_real(q, row->weight);
}

int sel_store_answer(struct sel_store *s, const struct sel_answer_row *row)
{
	SEL_STORE_LOCK(s);
	_cleanup_query_ struct sel_query q = {0};
	struct sel_writing w;
	int r;

	if (!words_fit(SEL_OP_INVALID, SEL_T0, row->decision, row->source) ||
	    row->term >= SEL_FOR_N)
		return -EINVAL;
	/* Only a person allows: silence and vanished programs cannot, whatever the caller says. */
	if (row->decision == SEL_ALLOW && row->source != SEL_SRC_PERSON)
		return -EINVAL;
	r = sel_writing_begin(&w, s, row->source == SEL_SRC_PERSON ? SEL_FULL : SEL_NORMAL);
	if (r < 0)
		return r;
	sel_query_init(&q, s, STMT_ANSWER_ADD);
	answer_bind(&q, row, w.head.seq + 1);
	r = sel_writing_change(&w, &q, SEL_ROW_ANSWER, row->question);
	sel_query_done(&q);
	return sel_txn_end(s, r);
}

/* --- rules --------------------------------------------------------------------------------------
 */

int sel_store_rule_add(struct sel_store *s, struct sel_rule_row *row)
{
	SEL_STORE_LOCK(s);
	_cleanup_query_ struct sel_query q = {0};
	struct sel_writing w;
	int64_t id = 0;
	int r;

	if (!words_fit(row->op, SEL_T0, row->decision, SEL_SRC_RULE) || row->kind >= SEL_RUNG_N ||
	    !row->object || !*row->object || (!row->session && row->expires == 0))
		return -EINVAL;
	r = sel_writing_begin(&w, s, SEL_FULL);
	if (r < 0)
		return r;
	sel_query_init(&q, s, STMT_RULE_ADD);
	sel_bind_text(&q, row->session);
	sel_bind_int(&q, w.head.seq + 1);
	sel_bind_text(&q, sel_op_name(row->op));
	sel_bind_text(&q, sel_rung_name(row->kind));
	sel_bind_bytes(&q, row->object);
	sel_bind_bytes(&q, row->exe);
	sel_bind_text(&q, decision_name(row->decision));
	sel_bind_usec(&q, row->created);
	sel_bind_id(&q, row->expires > INT64_MAX ? INT64_MAX : (int64_t)row->expires);
	sel_bind_id(&q, row->question);
	r = sel_writing_insert(&w, &q, row->session, SEL_ROW_RULE, &id);
	sel_query_done(&q);
	r = sel_txn_end(s, r);
	if (r >= 0)
		row->id = id;
	return r;
}

int sel_store_rule_used(struct sel_store *s, int64_t id, usec_t at, uint64_t n)
{
	SEL_STORE_LOCK(s);
	_cleanup_query_ struct sel_query q = {0};
	int r;

	r = sel_txn_begin(s, SEL_NORMAL);
	if (r < 0)
		return r;
	sel_query_init(&q, s, STMT_RULE_USED);
	sel_bind_int(&q, id);
	sel_bind_usec(&q, at);
	sel_bind_usec(&q, n);
	return sel_txn_end(s, update_one(s, &q));
}

/* A word we do not know means that somebody else wrote here: nothing is loaded then. */
static int rule_read(sqlite3_stmt *stmt, struct sel_rule_row *row, char **object, char **exe)
{
	int op = sel_op_from_name((const char *)sqlite3_column_text(stmt, 1));
	int kind = sel_rung_from_name((const char *)sqlite3_column_text(stmt, 2));
	const char *decision = (const char *)sqlite3_column_text(stmt, 5);
	int r;

	if (op < 0 || kind < 0 || !decision)
		return -EUCLEAN;
	r = sel_column_dup(stmt, 3, object);
	if (r >= 0)
		r = sel_column_dup(stmt, 4, exe);
	if (r < 0)
		return r;
	*row = (struct sel_rule_row){
		.id = sqlite3_column_int64(stmt, 0),
		.op = (enum sel_op)op,
		.kind = (enum sel_rung_kind)kind,
		.object = *object,
		.exe = *exe,
		.decision = strcmp(decision, "allow") == 0 ? SEL_ALLOW : SEL_DENY,
		.created = (usec_t)sqlite3_column_int64(stmt, 6),
		.expires = (usec_t)sqlite3_column_int64(stmt, 7),
		.question = sqlite3_column_int64(stmt, 8),
	};
	return *object && **object ? 0 : -EUCLEAN;
}

int sel_store_rules_alive(struct sel_store *s, usec_t now,
			  int (*fn)(const struct sel_rule_row *row, void *ctx), void *ctx)
{
	SEL_STORE_LOCK(s);
	_cleanup_query_ struct sel_query q = {0};
	int r;

	sel_query_init(&q, s, STMT_RULES_ALIVE);
	sel_bind_usec(&q, now);
	while ((r = sel_query_step(&q)) == 1) {
		_cleanup_free_ char *object = NULL, *exe = NULL;
		struct sel_rule_row row;

		r = rule_read(q.stmt, &row, &object, &exe);
		if (r >= 0)
			r = fn(&row, ctx);
		if (r != 0)
			return r;
	}
	return r;
}

int sel_store_rule_alive(struct sel_store *s, int64_t id, usec_t now)
{
	SEL_STORE_LOCK(s);
	_cleanup_query_ struct sel_query q = {0};

	sel_query_init(&q, s, STMT_RULE_ALIVE);
	sel_bind_int(&q, id);
	sel_bind_usec(&q, now);
	return sel_query_step(&q);
}

int sel_store_rule_revoke(struct sel_store *s, int64_t id, usec_t at)
{
	SEL_STORE_LOCK(s);
	_cleanup_query_ struct sel_query q = {0};
	struct sel_writing w;
	int r;

	r = sel_writing_begin(&w, s, SEL_FULL); /* else a power cut would bring the rule back */
	if (r < 0)
		return r;
	sel_query_init(&q, s, STMT_RULE_REVOKE);
	sel_bind_int(&q, id);
	sel_bind_usec(&q, at);
	sel_bind_int(&q, w.head.seq + 1);
	r = sel_writing_change(&w, &q, SEL_ROW_REVOKE, id);
	sel_query_done(&q);
	return sel_txn_end(s, r);
}
