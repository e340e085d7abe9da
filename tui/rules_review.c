/* The part of `seldom rules review` that no rule stands for: what was learned and has faded. */
#include "rules_review.h"

#include "constants.h"
#include "seldom/text.h"
#include "view_facts.h"

#include <math.h>
#include <stdio.h>

#define LOOK_BACK ((usec_t)180 * 24 * 3600 * USEC_PER_SEC)

static int compare_shapes(const void *a, const void *b)
{
	const struct sel_asked_fact *x = *(const struct sel_asked_fact *const *)a;
	const struct sel_asked_fact *y = *(const struct sel_asked_fact *const *)b;
	int c = strcmp(x->shape, y->shape);

	return c ? c : (x->at > y->at) - (x->at < y->at);
}

static double days_since(usec_t at, usec_t now)
{
	return now > at ? (double)(now - at) / (double)SEL_DAYS(1) : 0;
}

static json_t *faded_row(const struct sel_asked_fact *last, unsigned approvals, usec_t now)
{
	char detail[128];
	json_t *row;

	(void)snprintf(detail, sizeof detail,
		       "approved %u times, the last %.0f days ago: asked about again", approvals,
		       days_since(last->at, now));
	row = json_pack("{s:i, s:n, s:s, s:s}", "v", 1, "id", "finding", "decayed", "detail",
			detail);
	/* the folder that the approvals were about, or the very object */
	if (row &&
	    (sel_json_set_bytes(row, "object", last->object,
				last->where.unit ? last->where.unit : strlen(last->object)) < 0 ||
	     sel_json_set_bytes(row, "exe", last->exe ? last->exe : "",
				last->exe ? strlen(last->exe) : 0) < 0)) {
		json_decref(row);
		return NULL;
	}
	return row;
}

/* All answers of one shape, oldest first. */
static int look_at(const struct sel_asked_fact *const *list, size_t n, usec_t now, sel_row_fn fn,
		   void *ctx)
{
	double whole = 0, left = 0;
	unsigned approvals = 0;
	json_t *row;
	int r;

	for (size_t i = 0; i < n; i++) {
		if (list[i]->tier > SEL_T1 || list[i]->said == SEL_SAID_DENY)
			return 0;
		if (list[i]->said != SEL_SAID_ALLOW || list[i]->weight <= 0)
			continue;
		approvals++;
		whole += list[i]->weight;
		left += list[i]->weight *
			exp2(-days_since(list[i]->at, now) / SEL_K(HALF_LIFE_DAYS));
	}
	/* what was approved lately is still being learned */
	if (whole < SEL_K(APPROVALS_MIN) || left >= SEL_K(APPROVALS_MIN) ||
	    days_since(list[n - 1]->at, now) < SEL_K(HALF_LIFE_DAYS))
		return 0;
	row = faded_row(list[n - 1], approvals, now);
	r = row ? fn(row, ctx) : -ENOMEM;
	json_decref(row);
	return r;
}

static int review(const struct sel_facts *f, usec_t now, sel_row_fn fn, void *ctx)
{
	_cleanup_free_ const struct sel_asked_fact **list = calloc(f->n_asked + 1, sizeof(void *));
	size_t n = 0;
	int r = list ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < f->n_asked; i++)
		if (f->asked[i].shape && *f->asked[i].shape)
			list[n++] = &f->asked[i];
	if (n > 1)
		qsort(list, n, sizeof(void *), compare_shapes);
	for (size_t i = 0, end; r == 0 && i < n; i = end) {
		for (end = i + 1; end < n && strcmp(list[end]->shape, list[i]->shape) == 0;)
			end++;
		r = look_at(&list[i], end - i, now, fn, ctx);
	}
	return r;
}

int sel_rules_faded(struct sel_store *s, usec_t now, sel_row_fn fn, void *ctx)
{
	struct sel_facts f;
	int r = sel_facts_read(s, now > LOOK_BACK ? now - LOOK_BACK : 0, &f);

	if (r < 0)
		return r;
	r = review(&f, now, fn, ctx);
	sel_facts_done(&f);
	return r;
}
