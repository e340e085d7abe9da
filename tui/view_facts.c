#include "view_facts.h"

#include "evidence.h"
#include "fact.h"
#include "seldom/text.h"

#include <stdio.h>

struct reading {
	struct sel_facts *facts;
	size_t cap_past, cap_asked, cap_texts, cap_projects;
	int error;
};

/* Room for one more; items never move what they borrow. */
static void *grow(void *items, size_t n, size_t *cap, size_t size)
{
	void *grown = items;

	if (n == *cap) {
		size_t want = *cap ? 2 * *cap : 64;

		grown = reallocarray(items, want, size);
		if (grown)
			*cap = want;
	}
	return grown;
}

static const char *keep(struct reading *rd, const char *text)
{
	struct sel_facts *f = rd->facts;
	char **texts = grow(f->texts, f->n_texts, &rd->cap_texts, sizeof *texts);
	char *copy = text ? strdup(text) : NULL;

	if (!texts || (text && !copy)) {
		free(copy);
		rd->error = -ENOMEM;
		return NULL;
	}
	f->texts = texts;
	if (copy)
		f->texts[f->n_texts++] = copy;
	return copy;
}

static void add_past(struct reading *rd, const struct sel_fact_row *row)
{
	struct sel_facts *f = rd->facts;
	struct sel_past *past = grow(f->past, f->n_past, &rd->cap_past, sizeof *past);

	if (!past) {
		rd->error = -ENOMEM;
		return;
	}
	f->past = past;
	past[f->n_past++] = sel_past_of(row);
}

static void add_asked(struct reading *rd, const struct sel_fact_row *row)
{
	struct sel_facts *f = rd->facts;
	struct sel_asked_fact *asked = grow(f->asked, f->n_asked, &rd->cap_asked, sizeof *asked);
	int class = row->q.class_ ? sel_class_from_name(row->q.class_) : -EINVAL;
	size_t unit = row->q.unit ? strlen(row->q.unit) : 0;

	if (!asked) {
		rd->error = -ENOMEM;
		return;
	}
	f->asked = asked;
	/* a unit that is no leading part of its object is none */
	if (strncmp(row->q.object, row->q.unit ? row->q.unit : "", unit) != 0)
		unit = 0;
	asked[f->n_asked++] = (struct sel_asked_fact){
		.at = row->answered,
		.program = keep(rd, row->q.program),
		.exe = keep(rd, row->q.exe),
		.object = keep(rd, row->q.object),
		.shape = keep(rd, row->q.keys[1]),
		.op = row->q.op,
		.tier = row->q.tier,
		.where = {class < 0 ? SEL_CLASS_OTHER : (enum sel_class) class, unit},
		.said = sel_said_of(row->a.source, row->a.decision == SEL_ALLOW, row->q.flood),
		.weight = row->a.weight,
	};
}

static void add_project(struct reading *rd, const char *project)
{
	struct sel_facts *f = rd->facts;
	char **grown;

	for (size_t i = 0; project && i < f->n_projects; i++)
		if (strcmp(f->projects[i], project) == 0)
			return;
	if (!project)
		return;
	grown = grow(f->projects, f->n_projects, &rd->cap_projects, sizeof *grown);
	if (grown)
		f->projects = grown;
	if (!grown || !(grown[f->n_projects] = strdup(project)))
		rd->error = -ENOMEM;
	else
		f->n_projects++;
}

static int read_fact(const struct sel_fact_row *row, void *ctx)
{
	struct reading *rd = ctx;

	if (row->a.source == SEL_SRC_DEFAULT) /* its programs went away: nobody said anything */
		return 0;
	add_past(rd, row);
	add_project(rd, row->q.project);
	/* a question for many speaks of no object of its own */
	if (!row->q.decoy && !row->q.flood && row->q.object && row->q.program && rd->error == 0)
		add_asked(rd, row);
	return rd->error;
}

/* Rows come in the order of the questions, and count in that of the answers. */
static int compare_answers(const void *a, const void *b)
{
	const struct sel_past *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

int sel_facts_read(struct sel_store *s, usec_t since, struct sel_facts *ret)
{
	struct reading rd = {.facts = ret};
	int r;

	*ret = (struct sel_facts){0};
	r = sel_store_facts(s, since, 0, read_fact, &rd);
	if (r < 0)
		sel_facts_done(ret);
	else if (ret->n_past > 1)
		qsort(ret->past, ret->n_past, sizeof *ret->past, compare_answers);
	return r;
}

void sel_facts_done(struct sel_facts *f)
{
	for (size_t i = 0; i < f->n_texts; i++)
		free(f->texts[i]);
	for (size_t i = 0; i < f->n_projects; i++)
		free(f->projects[i]);
	free(f->projects);
	free(f->texts);
	free(f->past);
	free(f->asked);
	*f = (struct sel_facts){0};
}

usec_t sel_facts_since(usec_t now)
{
	usec_t span = (usec_t)90 * 24 * 3600 * USEC_PER_SEC;

	return now > span ? now - span : 0;
}

int sel_facts_tiredness(struct sel_store *s, usec_t now, struct sel_tiredness *ret)
{
	struct sel_facts f;
	int r = sel_facts_read(s, sel_facts_since(now), &f);

	if (r < 0)
		return r;
	sel_tiredness(f.past, f.n_past, now, ret);
	sel_facts_done(&f);
	return 0;
}

/* --- novelty --------------------------------------------------------------------------------- */

struct project {
	char *root;
	uint64_t questions;
	struct sel_evidence *seen;
};
struct novelty {
	struct project *projects;
	size_t n, cap;
};

static struct project *project_of(struct novelty *v, const char *root)
{
	struct project *grown, *p;

	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->projects[i].root, root) == 0)
			return &v->projects[i];
	grown = grow(v->projects, v->n, &v->cap, sizeof *grown);
	if (!grown)
		return NULL;
	v->projects = grown;
	p = &grown[v->n];
	*p = (struct project){.root = strdup(root)};
	if (!p->root || sel_evidence_new(&p->seen) < 0) {
		free(p->root);
		return NULL;
	}
	v->n++;
	return p;
}

/* Whatever was answered: it was asked. */
static int see_keys(const struct sel_fact_row *row, void *ctx)
{
	struct sel_keys keys = {.rung = {NULL}};
	struct sel_fact fact = {.at = row->answered, .keys = &keys, .denied = true};
	struct project *p;

	if (row->q.decoy || row->q.flood || !row->q.project || row->a.source == SEL_SRC_DEFAULT)
		return 0;
	for (int i = 0; i < SEL_RUNGS; i++) {
		const char *key = row->q.keys[i];

		/* a key of another rung, in a store that somebody edited, would be counted twice */
		if (key && key[0] == '0' + i)
			keys.rung[i] = (char *)key;
	}
	if (!keys.rung[4]) /* the widest needs no program: from before judgement */
		return 0;
	p = project_of(ctx, row->q.project);
	if (!p)
		return -ENOMEM;
	p->questions++;
	return sel_evidence_add(p->seen, &fact);
}

static json_t *project_json(const struct project *p)
{
	json_t *o = json_pack("{s:I}", "questions", (json_int_t)p->questions);
	json_t *rungs = json_array();
	int r = sel_json_set_bytes(o, "project", p->root, strlen(p->root));

	for (int i = 0; i < SEL_RUNGS && r >= 0; i++) {
		double mass, bound;
		uint64_t n;

		sel_evidence_novelty(p->seen, i, SEL_LABELS_DELTA, &mass, &bound, &n);
		r = json_array_append_new(rungs,
					  json_pack("{s:i, s:I, s:f, s:f}", "rung", i, "of",
						    (json_int_t)n, "new", mass, "upper", bound));
	}
	if (json_object_set_new(o, "rungs", rungs) < 0 || r < 0) {
		json_decref(o);
		return NULL;
	}
	return o;
}

static int compare_projects(const void *a, const void *b)
{
	const struct project *x = a, *y = b;

	return x->questions != y->questions ? (x->questions < y->questions ? 1 : -1)
					    : strcmp(x->root, y->root);
}

int sel_facts_novelty(struct sel_store *s, usec_t since, json_t **ret)
{
	json_t *list = json_array();
	struct novelty v = {0};
	int r = sel_store_facts(s, since, 0, see_keys, &v);

	if (v.n > 1)
		qsort(v.projects, v.n, sizeof *v.projects, compare_projects);
	for (size_t i = 0; i < v.n; i++) {
		if (r >= 0 && json_array_append_new(list, project_json(&v.projects[i])) < 0)
			r = -ENOMEM;
		sel_evidence_free(v.projects[i].seen);
		free(v.projects[i].root);
	}
	free(v.projects);
	if (r < 0) {
		json_decref(list);
		return r;
	}
	*ret = list;
	return 0;
}

/* --- labels ---------------------------------------------------------------------------------- */

static int read_label(const struct sel_label_row *row, const char *program, const char *key,
		      void *ctx)
{
	struct sel_labels *l = ctx;

	(void)program;
	(void)key;
	/* marks are made at any time, but only who read a digest says that something was wanted */
	if (!row->flagged && row->at > l->last)
		l->last = row->at;
	if (!row->sampled) /* chosen, not drawn: says nothing about the rest */
		return 0;
	l->all.labels++;
	l->all.flags += row->flagged;
	l->all.harmful += row->harmful;
	sel_control_label(&l->control, row->step < 0 ? 0 : (unsigned)row->step, row->flagged,
			  row->harmful);
	return 0;
}

int sel_labels_read(struct sel_store *s, struct sel_labels *ret)
{
	*ret = (struct sel_labels){0};
	return sel_store_labels(s, read_label, ret);
}

json_t *sel_labels_json(const struct sel_labels *l)
{
	const struct sel_stream *a = &l->all;

	return json_pack("{s:I, s:I, s:I, s:o, s:f, s:f, s:I}", "labels", (json_int_t)a->labels,
			 "flags", (json_int_t)a->flags, "harmful", (json_int_t)a->harmful, "rate",
			 a->labels ? json_real((double)a->flags / (double)a->labels) : json_null(),
			 "upper", sel_anytime_upper(a->flags, a->labels, SEL_LABELS_DELTA),
			 "confidence", 1 - SEL_LABELS_DELTA, "step", (json_int_t)l->control.step);
}

void sel_labels_line(const struct sel_labels *l, char *out, size_t cap)
{
	const struct sel_stream *a = &l->all;
	double upper = 100 * sel_anytime_upper(a->flags, a->labels, SEL_LABELS_DELTA);

	if (a->labels == 0)
		(void)snprintf(out, cap, "no label yet: nothing is known about what was wanted");
	else if (a->labels < 20) /* a rate of so few is no rate */
		(void)snprintf(out, cap,
			       "%llu of %llu not wanted; at most %.0f %% are (95 %%, at any time)",
			       (unsigned long long)a->flags, (unsigned long long)a->labels, upper);
	else
		(void)snprintf(out, cap,
			       "%llu of %llu not wanted (%.1f %%); at most %.1f %% are (95 %%, at "
			       "any time)",
			       (unsigned long long)a->flags, (unsigned long long)a->labels,
			       100 * (double)a->flags / (double)a->labels, upper);
}
