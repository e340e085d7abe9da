#include "memory.h"

#include "constants.h"
#include "host.h"

#include <limits.h>
#include <stdio.h>

/* One denial: what was wanted, by whom. */
struct denial {
	char *shape, *program, *object;
	enum sel_effect effect;
	enum sel_class class;
	uint64_t job;
	usec_t at;
	uint64_t decision; /* its number */
};

struct sel_memory {
	struct denial *list; /* oldest first */
	size_t n;
	uint64_t decisions;
};

int sel_memory_new(struct sel_memory **ret)
{
	struct sel_memory *m = calloc(1, sizeof *m);

	if (!m)
		return -ENOMEM;
	*ret = m;
	return 0;
}

static void denial_done(struct denial *d)
{
	free(d->shape);
	free(d->program);
	free(d->object);
}

void sel_memory_free(struct sel_memory *m)
{
	for (size_t i = 0; m && i < m->n; i++)
		denial_done(&m->list[i]);
	if (m)
		free(m->list);
	free(m);
}

#define NOBODY "?" /* a program of which nothing is known: it is nobody's equal */

/* A program without a name of its own is known by its path: enough to deny, not to allow. */
static const char *program_of(const struct sel_key_facts *f, char *buffer, size_t cap)
{
	if (!f->id)
		return NOBODY;
	sel_program_name(f->id, buffer, cap);
	if (*buffer)
		return buffer;
	return f->id->exe ? f->id->exe : NOBODY;
}

/* The rung-1 key, or what stands for it where there is none: no key begins with a TAB. */
static const char *shape_of(const struct sel_key_facts *f, const struct sel_keys *keys,
			    const char *program, char *buffer, size_t cap)
{
	size_t unit = f->where.unit ? f->where.unit : strlen(f->object);

	if (keys && keys->rung[1])
		return keys->rung[1];
	(void)snprintf(buffer, cap, "\t%d\t%d\t%zu\t%zu\t%s\t%.*s", (int)f->op, (int)f->where.class,
		       strlen(program), unit, program, (int)unit, f->object);
	return buffer;
}

int sel_memory_deny(struct sel_memory *m, const struct sel_key_facts *f,
		    const struct sel_keys *keys, usec_t now)
{
	char name[SEL_KEY_MAX], shape[2 * PATH_MAX + SEL_KEY_MAX];
	const char *program = program_of(f, name, sizeof name);
	struct denial *list = reallocarray(m->list, m->n + 1, sizeof *list);
	struct denial d = {.shape = strdup(shape_of(f, keys, program, shape, sizeof shape)),
			   .program = strdup(program),
			   .object = strdup(f->object),
			   .effect = sel_effect_of(f->op, f->exists),
			   .class = f->where.class,
			   .job = f->job,
			   .at = now};

	if (list)
		m->list = list;
	if (!list || !d.shape || !d.program || !d.object) {
		denial_done(&d);
		return -ENOMEM;
	}
	d.decision = ++m->decisions;
	m->list[m->n++] = d;
	return 0;
}

void sel_memory_forget(struct sel_memory *m, const char *object)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->list[i].object, object) == 0)
			denial_done(&m->list[i]);
		else
			m->list[kept++] = m->list[i];
	m->n = kept;
}

void sel_memory_step(struct sel_memory *m)
{
	m->decisions++;
}

bool sel_memory_empty(const struct sel_memory *m)
{
	return m->n == 0;
}

/* The host that was denied, or a name below it: whatever is done there, by whomever. */
static bool at_that_host(const char *denied, const char *object)
{
	char was[SEL_HOST_SUBJECT_MAX], is[SEL_HOST_SUBJECT_MAX];
	enum sel_host_way way;
	uint16_t port;

	if (sel_host_subject_parse(denied, &way, was, &port) < 0 ||
	    sel_host_subject_parse(object, &way, is, &port) < 0)
		return false;
	size_t n = strlen(was), m = strlen(is);
	return strcmp(was, is) == 0 ||
	       (m > n && is[m - n - 1] == '.' && strcmp(is + m - n, was) == 0);
}

/* Another host: the same program, or what was started with it. Who cannot be told apart is one. */
static bool of_that_job(const struct denial *d, const struct sel_key_facts *f, const char *program)
{
	return d->job == 0 || f->job == 0 || d->job == f->job || strcmp(d->program, program) == 0;
}

static bool is_another_way(const struct sel_memory *m, const struct denial *d,
			   const struct sel_key_facts *f, const char *program)
{
	bool host = d->class == SEL_CLASS_HOST;

	if (strcmp(d->object, f->object) == 0 || (host && at_that_host(d->object, f->object)))
		return true;
	return d->effect == sel_effect_of(f->op, f->exists) && d->class == f->where.class &&
	       m->decisions - d->decision < (uint64_t)SEL_K(WORKAROUND_DECISIONS) &&
	       (host ? of_that_job(d, f, program) : strcmp(d->program, program) != 0);
}

void sel_memory_recall(const struct sel_memory *m, const struct sel_key_facts *f,
		       const struct sel_keys *keys, struct sel_recalled *ret)
{
	char name[SEL_KEY_MAX], buffer[2 * PATH_MAX + SEL_KEY_MAX];
	const char *program, *shape;
	bool known;

	*ret = (struct sel_recalled){0};
	if (m->n == 0)
		return;
	program = program_of(f, name, sizeof name);
	shape = shape_of(f, keys, program, buffer, sizeof buffer);
	known = strcmp(program, NOBODY) != 0;
	/* The newest first: it is the one to be told of. */
	for (size_t i = m->n; i-- > 0;) {
		const struct denial *d = &m->list[i];
		bool same = known && strcmp(d->shape, shape) == 0;

		if (!same && !is_another_way(m, d, f, program))
			continue;
		if (!ret->at)
			ret->at = d->at;
		ret->denied |= same;
		ret->workaround |= !same;
		ret->object |= strcmp(d->object, f->object) == 0;
	}
}
