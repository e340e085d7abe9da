#include "batch.h"

#include "console_fleet.h"

#include <stdio.h>

/* --- which ----------------------------------------------------------------------------------- */

size_t sel_batch_rung(const struct sel_question *q)
{
	size_t narrowest = 0;

	for (size_t i = 1; i < q->n_rungs; i++)
		if (q->rungs[i].n < q->rungs[narrowest].n)
			narrowest = i;
	return narrowest;
}

static bool is_grave(const struct sel_question *q)
{
	return q->tier != SEL_T1;
}

static bool wants_a_word(const struct sel_question *q)
{
	return q->token != NULL;
}

static bool is_of_two(const struct sel_question *q)
{
	return q->object2 != NULL;
}

static bool has_details(const struct sel_question *q)
{
	return q->detail != NULL;
}

static bool is_tired(const struct sel_question *q)
{
	return *q->headline || strcmp(sel_json_text(q->json, "state"), "FRESH") != 0;
}

/* The object alone, so that "once" is once and the list says all that is allowed. */
static bool reaches_further(const struct sel_question *q)
{
	const struct sel_rung *r = &q->rungs[sel_batch_rung(q)];

	return !sel_rung_exact(r->kind) || strcmp(r->object, q->object) != 0;
}

static bool is_flood(const struct sel_question *q)
{
	return q->flood;
}

static bool nobody_known(const struct sel_question *q)
{
	return !*q->exe || strcmp(q->exe, "?") == 0;
}

const char *sel_batch_alone(const struct sel_question *q)
{
	static const struct {
		bool (*holds)(const struct sel_question *q);
		const char *why;
	} rows[] = {
		{is_flood, "it stands for many already"},
		{is_grave, "only what can be undone (T1) is answered at once"},
		{wants_a_word, "a word must be typed for each"},
		{is_tired, "after so many questions each is read on its own"},
		{has_details, "each has details that are to be read"},
		{is_of_two, "each is about two names"},
		{nobody_known, "nobody knows which program asks"},
		{reaches_further, "an allow would reach further than what is listed"},
	};

	for (size_t i = 0; i < SEL_N(rows); i++)
		if (rows[i].holds(q))
			return rows[i].why;
	return NULL;
}

/* What is left of a question without that in which alike ones may differ. What a later protocol
 * adds counts. */
static json_t *common(const struct sel_question *q)
{
	static const char *const own[] = {"id",	     "object",	     "object_b64",  "asked",
					  "waiting", "remaining_ms", "recommended", "preselected"};
	json_t *copy = json_deep_copy(q->json), *rung;
	size_t narrowest = sel_batch_rung(q);

	for (size_t i = 0; copy && i < SEL_N(own); i++)
		(void)json_object_del(copy, own[i]);
	(void)json_object_del(json_object_get(copy, "who"), "pid");
	(void)json_object_del(json_object_get(json_object_get(copy, "who"), "claim"), "age_s");
	rung = json_incref(json_array_get(json_object_get(copy, "rungs"), narrowest));
	(void)json_object_del(rung, "object");
	(void)json_object_del(rung, "object_b64");
	(void)json_object_del(rung, "covers");
	if (copy && json_object_set_new(copy, "rungs", rung) < 0) {
		json_decref(copy);
		return NULL;
	}
	return copy;
}

bool sel_batch_alike(const struct sel_question *a, const struct sel_question *b)
{
	json_t *x = common(a), *y = common(b);
	bool alike = x && y && json_equal(x, y);

	json_decref(x);
	json_decref(y);
	return alike;
}

static bool same_program(const struct sel_question *a, const struct sel_question *b)
{
	return strcmp(a->session, b->session) == 0 && strcmp(a->exe, b->exe) == 0;
}

static const char *gather(const struct sel_model *m, const struct sel_question *like,
			  struct sel_batch *ret)
{
	for (size_t i = 0; i < m->n_questions; i++) {
		const struct sel_entry *e = &m->questions[i];

		if (e->sent || !same_program(&e->q, like))
			continue;
		if (!sel_batch_alike(&e->q, like) || sel_batch_alone(&e->q))
			return "it asks about different things; each is read on its own";
		if (ret->n == SEL_BATCH_MAX)
			return "too many to be weighed at once";
		(void)snprintf(ret->id[ret->n], sizeof ret->id[0], "%s", e->q.id);
		ret->revision[ret->n++] = e->revision;
	}
	return ret->n < 2 ? "no other question is like it" : NULL;
}

const char *sel_batch_gather(const struct sel_model *m, const char *id, struct sel_batch *ret)
{
	const struct sel_entry *e = sel_model_find((struct sel_model *)m, id);
	const char *why;

	*ret = (struct sel_batch){0};
	if (!e || e->sent)
		return "no question is selected";
	why = sel_batch_alone(&e->q);
	if (!why)
		why = gather(m, &e->q, ret);
	if (why)
		ret->n = 0;
	return why;
}

size_t sel_batch_sync(struct sel_batch *b, const struct sel_model *m)
{
	size_t before = b->n, to = 0;

	for (size_t i = 0; i < before; i++) {
		const struct sel_entry *e = sel_model_find((struct sel_model *)m, b->id[i]);

		if (!e || e->sent || e->revision != b->revision[i])
			continue;
		if (to != i)
			memcpy(b->id[to], b->id[i], sizeof b->id[0]);
		b->revision[to++] = b->revision[i];
	}
	b->n = to;
	return before - to;
}

usec_t sel_batch_deadline(const struct sel_batch *b, const struct sel_model *m)
{
	usec_t first = USEC_INFINITY;

	for (size_t i = 0; i < b->n; i++) {
		const struct sel_entry *e = sel_model_find((struct sel_model *)m, b->id[i]);

		if (e && e->deadline < first)
			first = e->deadline;
	}
	return first;
}

/* --- as lines -------------------------------------------------------------------------------- */

#define NUMBER_COLUMNS 5

static int object_lines(const struct sel_batch *b, const struct sel_model *m, int row, int width,
			struct sel_lines *l)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct sel_entry *e = sel_model_find((struct sel_model *)m, b->id[i]);
		_cleanup_free_ char *shown = e ? sel_visible_ends(e->q.object) : NULL;
		char number[24];

		if (!shown) {
			l->failed = true;
			return row;
		}
		(void)snprintf(number, sizeof number, "%3zu", i + 1);
		(void)sel_lines_wrap(l, row, 0, width, SEL_ROLE_DIM, number);
		row = sel_lines_wrap(l, row, NUMBER_COLUMNS, width, SEL_ROLE_OBJECT, shown);
	}
	return row;
}

void sel_batch_lines(const struct sel_batch *b, const struct sel_model *m, int width, bool utf8,
		     struct sel_lines *ret)
{
	const struct sel_entry *first =
		b->n ? sel_model_find((struct sel_model *)m, b->id[0]) : NULL;
	struct sel_lines l = {0};
	char text[512];
	int row = 0, op;

	if (!first) {
		*ret = (struct sel_lines){.failed = true};
		return;
	}
	op = sel_op_from_name(first->q.op);
	if (*first->q.fresh)
		row = sel_lines_wrap(&l, row, 0, width, SEL_ROLE_SALIENT, first->q.fresh);
	(void)snprintf(text, sizeof text, "%.200s %s each of these %zu:", first->q.comm,
		       sel_question_verb(op > 0 ? (enum sel_op)op : SEL_OP_OTHER,
					 sel_json_text(first->q.json, "class"), first->q.object),
		       b->n);
	row = sel_lines_wrap(&l, row, 0, width, SEL_ROLE_NORMAL, text);
	row = object_lines(b, m, row, width, &l);
	row = sel_question_about(&l, row, &first->q, width, utf8);
	row = sel_lines_wrap(&l, row, 0, width, SEL_ROLE_NORMAL,
			     "An allow is for these names only, once each.");
	if (row > l.rows)
		l.rows = row;
	*ret = l;
}
