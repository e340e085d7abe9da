/* What judgement reads back and keeps: answered questions, the digest's labels, identities of
 * programs, what became of proposals. */
#include "texts.h"

/* --- answered questions ------------------------------------------------------------------------
 */

/* Columns of STMT_FACTS, in their order. */
enum {
	F_ID,
	F_SESSION,
	F_ASKED,
	F_ANSWERED,
	F_OP,
	F_TIER,
	F_EXE,
	F_OBJECT,
	F_FRESH,
	F_RECOMMENDED,
	F_PROJECT,
	F_PROGRAM,
	F_DIGEST,
	F_PACKAGE,
	F_VERSION,
	F_SUBCOMMAND,
	F_KEY0,
	F_CLASS = F_KEY0 + 5,
	F_UNIT,
	F_EXISTED,
	F_WORDS,
	F_DECOY,
	F_FLOOD,
	F_DECISION,
	F_SOURCE,
	F_RUNG,
	F_TERM,
	F_RESPONSE,
	F_EXPANDED,
	F_MEASURED,
	F_WEIGHT,
	F_FLAGGED,
};

/* Numbers of texts. */
static int fact_interned(sqlite3_stmt *stmt, struct sel_texts *texts, struct sel_fact_row *row)
{
	const char **const to[] = {
		&row->q.project, &row->q.program,    &row->q.digest,  &row->q.package,
		&row->q.version, &row->q.subcommand, &row->q.keys[0], &row->q.keys[1],
		&row->q.keys[2], &row->q.keys[3],    &row->q.keys[4], &row->q.class_,
		&row->q.unit,
	};
	int r = 0;

	_Static_assert(F_PROJECT + SEL_N(to) == F_EXISTED, "as in STMT_FACTS");
	for (size_t i = 0; i < SEL_N(to) && r >= 0; i++)
		r = sel_texts_get(texts, sqlite3_column_int64(stmt, F_PROJECT + (int)i), to[i]);
	return r;
}

static int fact_texts(sqlite3_stmt *stmt, struct sel_texts *interned, struct sel_fact_row *row)
{
	const struct {
		int column;
		const char **to;
	} texts[] = {
		{F_SESSION, &row->session},
		{F_EXE, &row->q.exe},
		{F_OBJECT, &row->q.object},
		{F_FRESH, &row->q.fresh},
	};
	int r = fact_interned(stmt, interned, row);

	for (size_t i = 0; i < SEL_N(texts) && r >= 0; i++)
		r = sel_column_borrow(stmt, texts[i].column, texts[i].to);
	row->q.session = row->session;
	return r;
}

static int fact_words(sqlite3_stmt *stmt, struct sel_fact_row *row)
{
	const char *op = (const char *)sqlite3_column_text(stmt, F_OP);
	const char *source = (const char *)sqlite3_column_text(stmt, F_SOURCE);
	const char *term = (const char *)sqlite3_column_text(stmt, F_TERM);
	const char *decision = (const char *)sqlite3_column_text(stmt, F_DECISION);
	int o = op ? sel_op_from_name(op) : -EINVAL;
	int s = source ? sel_source_from_name(source) : -EINVAL;
	int t = term ? sel_for_from_name(term) : -EINVAL;
	int tier = sqlite3_column_int(stmt, F_TIER);

	if (o < 0 || s < 0 || t < 0 || !decision || tier < 0 || tier >= SEL_TIER_N)
		return -EUCLEAN;
	row->q.op = (enum sel_op)o;
	row->q.tier = (enum sel_tier)tier;
	row->a.source = (enum sel_source)s;
	row->a.term = (enum sel_for)t;
	row->a.decision = strcmp(decision, "allow") == 0 ? SEL_ALLOW : SEL_DENY;
	return 0;
}

static bool known(sqlite3_stmt *stmt, int column)
{
	return sqlite3_column_type(stmt, column) != SQLITE_NULL;
}

static void fact_numbers(sqlite3_stmt *stmt, struct sel_fact_row *row)
{
	row->question = row->a.question = sqlite3_column_int64(stmt, F_ID);
	row->asked = row->q.asked = (usec_t)sqlite3_column_int64(stmt, F_ASKED);
	row->answered = row->a.at = (usec_t)sqlite3_column_int64(stmt, F_ANSWERED);
	row->q.recommended = sqlite3_column_int(stmt, F_RECOMMENDED);
	row->q.exists = sqlite3_column_int(stmt, F_EXISTED) != 0;
	row->q.words = (unsigned)sqlite3_column_int64(stmt, F_WORDS);
	row->q.decoy = sqlite3_column_int(stmt, F_DECOY) != 0;
	row->q.flood = sqlite3_column_int(stmt, F_FLOOD) != 0;
	row->a.rung = sqlite3_column_int(stmt, F_RUNG);
	row->a.response = (usec_t)sqlite3_column_int64(stmt, F_RESPONSE);
	row->a.expanded = sqlite3_column_int(stmt, F_EXPANDED) != 0;
	row->a.measured = sqlite3_column_int(stmt, F_MEASURED) != 0;
	row->a.weight = sqlite3_column_double(stmt, F_WEIGHT);
	row->labelled = known(stmt, F_FLAGGED);
	row->flagged = sqlite3_column_int(stmt, F_FLAGGED) != 0;
}

/* Ids grow with time: `since` cuts off a head of the table. INT64_MAX: there is nothing. */
static int facts_first(struct sel_store *s, usec_t since, int64_t *ret)
{
	_cleanup_query_ struct sel_query q = {0};
	int r;

	sel_query_init(&q, s, STMT_FACTS_FIRST);
	sel_bind_usec(&q, since);
	r = sel_query_step(&q);
	if (r == 1)
		*ret = known(q.stmt, 0) ? sqlite3_column_int64(q.stmt, 0) : INT64_MAX;
	return r < 0 ? r : 0;
}

int sel_store_facts(struct sel_store *s, usec_t since, int64_t after,
		    int (*fn)(const struct sel_fact_row *row, void *ctx), void *ctx)
{
	SEL_STORE_LOCK(s);
	_cleanup_texts_ struct sel_texts texts = {.s = s};
	_cleanup_query_ struct sel_query q = {0}; /* its snapshot is that of the texts as well */
	int64_t first = 0;
	int r = 0;

	if (since > 0)
		r = facts_first(s, since, &first);
	if (r < 0)
		return r;
	sel_query_init(&q, s, STMT_FACTS);
	sel_bind_int(&q, first > after ? first - 1 : after);
	sel_bind_usec(&q, since);
	while ((r = sel_query_step(&q)) == 1) {
		struct sel_fact_row row = {0};

		fact_numbers(q.stmt, &row); /* first: a blob read as text is text from then on */
		r = fact_words(q.stmt, &row);
		if (r >= 0)
			r = fact_texts(q.stmt, &texts, &row);
		if (r >= 0)
			r = fn(&row, ctx);
		if (r != 0)
			return r;
	}
	return r;
}

/* --- the digest --------------------------------------------------------------------------------
 */

static int learned_read(sqlite3_stmt *stmt, struct sel_learned_row *row)
{
	const struct {
		int column;
		const char **to;
	} texts[] = {{1, &row->session}, {4, &row->exe},     {5, &row->object},
		     {6, &row->reason},	 {7, &row->program}, {8, &row->key}};
	int op = sel_op_from_name((const char *)sqlite3_column_text(stmt, 3));
	const char *answered = (const char *)sqlite3_column_text(stmt, 12);
	int r = op < 0 ? -EUCLEAN : 0;

	*row = (struct sel_learned_row){
		.action = sqlite3_column_int64(stmt, 0),
		.at = (usec_t)sqlite3_column_int64(stmt, 2),
		.op = op < 0 ? SEL_OP_INVALID : (enum sel_op)op,
		.step = sqlite3_column_int(stmt, 9),
		.first = sqlite3_column_int(stmt, 10) != 0 && known(stmt, 8),
		.repeats = (uint64_t)sqlite3_column_int64(stmt, 11),
		.answered = answered != NULL,
		.denied = answered && strcmp(answered, "deny") == 0,
	};
	for (size_t i = 0; i < SEL_N(texts) && r >= 0; i++)
		r = sel_column_borrow(stmt, texts[i].column, texts[i].to);
	return r;
}

static int digest_rows(struct sel_store *s, enum sel_stmt which, const char *session, usec_t since,
		       int (*fn)(const struct sel_learned_row *row, void *ctx), void *ctx)
{
	SEL_STORE_LOCK(s);
	_cleanup_query_ struct sel_query q = {0};
	int r;

	sel_query_init(&q, s, which);
	sel_bind_text(&q, session);
	sel_bind_usec(&q, since);
	while ((r = sel_query_step(&q)) == 1) {
		struct sel_learned_row row;

		r = learned_read(q.stmt, &row);
		if (r >= 0)
			r = fn(&row, ctx);
		if (r != 0)
			return r;
	}
	return r;
}

int sel_store_learned(struct sel_store *s, const char *session, usec_t since,
		      int (*fn)(const struct sel_learned_row *row, void *ctx), void *ctx)
{
	return digest_rows(s, STMT_LEARNED, session, since, fn, ctx);
}

int sel_store_answered(struct sel_store *s, const char *session, usec_t since,
		       int (*fn)(const struct sel_learned_row *row, void *ctx), void *ctx)
{
	return digest_rows(s, STMT_ANSWERED, session, since, fn, ctx);
}

int sel_store_learned_used(struct sel_store *s, usec_t since,
			   int (*fn)(const char *key, usec_t at, void *ctx), void *ctx)
{
	SEL_STORE_LOCK(s);
	_cleanup_query_ struct sel_query q = {0};
	int r;

	sel_query_init(&q, s, STMT_LEARNED_USED);
	sel_bind_usec(&q, since);
	while ((r = sel_query_step(&q)) == 1) {
		usec_t at = (usec_t)sqlite3_column_int64(q.stmt, 1);
		const char *key;

		r = sel_column_borrow(q.stmt, 0, &key);
		if (r >= 0 && key)
			r = fn(key, at, ctx);
		if (r != 0)
			return r;
	}
	return r;
}

/* -ENOENT: nothing that may be labelled. Caller frees. */
static int label_session(struct sel_store *s, int64_t action, char **ret, bool *ret_learned)
{
	_cleanup_query_ struct sel_query q = {0};
	int r;

	sel_query_init(&q, s, STMT_LABEL_OF);
	sel_bind_int(&q, action);
	r = sel_query_step(&q);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	*ret_learned = sqlite3_column_int(q.stmt, 1) != 0;
	return sel_column_dup(q.stmt, 0, ret);
}

static int label_write(struct sel_writing *w, const struct sel_label_row *row)
{
	_cleanup_query_ struct sel_query q = {0};
	_cleanup_free_ char *session = NULL;
	bool learned;
	int r = label_session(w->s, row->action, &session, &learned);

	if (r < 0)
		return r;
	if (!learned && (row->sampled || row->harmful || row->step))
		return -EINVAL;
	sel_query_init(&q, w->s, STMT_LABEL_ADD);
	sel_bind_int(&q, row->action);
	sel_bind_int(&q, w->head.seq + 1);
	sel_bind_usec(&q, row->at);
	sel_bind_int(&q, row->flagged);
	sel_bind_int(&q, row->harmful);
	sel_bind_int(&q, row->sampled);
	sel_bind_int(&q, row->step);
	return sel_writing_insert(w, &q, session, SEL_ROW_LABEL, NULL);
}

int sel_store_label(struct sel_store *s, const struct sel_label_row *row)
{
	struct sel_writing w;
	int r;

	SEL_STORE_LOCK(s);
	r = sel_writing_begin(&w, s, SEL_FULL);
	return r < 0 ? r : sel_txn_end(s, label_write(&w, row));
}

int sel_store_labels(struct sel_store *s,
		     int (*fn)(const struct sel_label_row *row, const char *program,
			       const char *key, void *ctx),
		     void *ctx)
{
	SEL_STORE_LOCK(s);
	_cleanup_query_ struct sel_query q = {0};
	int r;

	sel_query_init(&q, s, STMT_LABELS);
	while ((r = sel_query_step(&q)) == 1) {
		const struct sel_label_row row = {
			.action = sqlite3_column_int64(q.stmt, 0),
			.at = (usec_t)sqlite3_column_int64(q.stmt, 1),
			.flagged = sqlite3_column_int(q.stmt, 2) != 0,
			.harmful = sqlite3_column_int(q.stmt, 3) != 0,
			.sampled = sqlite3_column_int(q.stmt, 4) != 0,
			.step = sqlite3_column_int(q.stmt, 5),
		};
		const char *program, *key;

		r = sel_column_borrow(q.stmt, 6, &program);
		if (r >= 0)
			r = sel_column_borrow(q.stmt, 7, &key);
		if (r >= 0)
			r = fn(&row, program, key, ctx);
		if (r != 0)
			return r;
	}
	return r;
}

/* --- identities: a cache ------------------------------------------------------------------------
 */

static bool copy(sqlite3_stmt *stmt, int i, char *to, size_t cap)
{
	const char *text;

	if (sel_column_borrow(stmt, i, &text) < 0 || !text || strlen(text) >= cap)
		return false;
	memcpy(to, text, strlen(text) + 1);
	return true;
}

int sel_store_identity_get(struct sel_store *s, struct sel_identity_row *row)
{
	SEL_STORE_LOCK(s);
	_cleanup_query_ struct sel_query q = {0};
	int r;

	sel_query_init(&q, s, STMT_IDENTITY_GET);
	sel_bind_int(&q, (int64_t)row->dev);
	sel_bind_int(&q, (int64_t)row->ino);
	sel_bind_int(&q, row->ctime_ns);
	r = sel_query_step(&q);
	if (r <= 0)
		return r;
	if (!copy(q.stmt, 0, row->digest, sizeof row->digest) ||
	    !copy(q.stmt, 1, row->package, sizeof row->package) ||
	    !copy(q.stmt, 2, row->version, sizeof row->version))
		return -EUCLEAN;
	row->verified = sqlite3_column_int(q.stmt, 3) != 0;
	return 1;
}

int sel_store_identity_put(struct sel_store *s, const struct sel_identity_row *row, usec_t at)
{
	SEL_STORE_LOCK(s);
	_cleanup_query_ struct sel_query q = {0};
	int r;

	r = sel_txn_begin(s, SEL_NORMAL);
	if (r < 0)
		return r;
	sel_query_init(&q, s, STMT_IDENTITY_PUT);
	sel_bind_int(&q, (int64_t)row->dev);
	sel_bind_int(&q, (int64_t)row->ino);
	sel_bind_int(&q, row->ctime_ns);
	sel_bind_text(&q, row->digest);
	sel_bind_bytes(&q, row->package);
	sel_bind_bytes(&q, row->version);
	sel_bind_int(&q, row->verified);
	sel_bind_usec(&q, at);
	r = sel_query_run(&q);
	sel_query_done(&q);
	return sel_txn_end(s, r);
}

/* --- proposals ----------------------------------------------------------------------------------
 */

static const char *proposal_word(const char *what)
{
	static const char *const words[] = {"offered", "accepted", "declined"};

	for (size_t i = 0; what && i < SEL_N(words); i++)
		if (strcmp(words[i], what) == 0)
			return words[i];
	return NULL;
}

static int proposal_write(struct sel_writing *w, const char *id, const char *folder,
			  const char *what, usec_t at)
{
	_cleanup_query_ struct sel_query q = {0};

	sel_query_init(&q, w->s, STMT_PROPOSAL_ADD);
	sel_bind_text(&q, id);
	sel_bind_int(&q, w->head.seq + 1);
	sel_bind_usec(&q, at);
	sel_bind_text(&q, what);
	sel_bind_bytes(&q, folder);
	return sel_writing_insert(w, &q, NULL, SEL_ROW_PROPOSAL, NULL);
}

int sel_store_proposal(struct sel_store *s, const char *id, const char *folder, const char *what,
		       usec_t at)
{
	size_t n = id ? strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") : 0;
	struct sel_writing w;
	int r;

	if (n == 0 || n > 64 || id[n] || !folder || !proposal_word(what))
		return -EINVAL;
	SEL_STORE_LOCK(s);
	r = sel_writing_begin(&w, s, strcmp(what, "offered") == 0 ? SEL_NORMAL : SEL_FULL);
	return r < 0 ? r : sel_txn_end(s, proposal_write(&w, id, folder, what, at));
}

int sel_store_proposal_get(struct sel_store *s, const char *id, const char **ret_what,
			   usec_t *ret_at)
{
	SEL_STORE_LOCK(s);
	_cleanup_query_ struct sel_query q = {0};
	const char *what;
	int r;

	sel_query_init(&q, s, STMT_PROPOSAL_GET);
	sel_bind_text(&q, id);
	r = sel_query_step(&q);
	if (r <= 0)
		return r;
	what = proposal_word((const char *)sqlite3_column_text(q.stmt, 0));
	if (!what)
		return -EUCLEAN;
	if (ret_what)
		*ret_what = what;
	if (ret_at)
		*ret_at = (usec_t)sqlite3_column_int64(q.stmt, 1);
	return 1;
}
