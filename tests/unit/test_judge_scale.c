/* A hundred thousand rules and as many keys: the answers are those of a slow search, copies are
 * cheap and apart, and what a verdict takes is printed (not asserted: machines differ). */
#include "test.h"

#include <stdio.h>
#include <time.h>

#include "constants.h"
#include "verdict.h"

#define MANY  100000
#define NOW   SEL_DAYS(1000)
#define TRIES 20000

static const char *const roots[] = {"/w", NULL};
static const char *const exes[] = {NULL, "/usr/bin/npm", "/usr/bin/curl"};

static unsigned below(unsigned n)
{
	return (unsigned)random() % n;
}

static void random_path(unsigned spread, char *ret, size_t cap)
{
	int depth = 2 + (int)below(5);
	size_t n = (size_t)snprintf(ret, cap, "/home/ana/p%u", below(spread));

	for (int i = 0; i < depth; i++)
		n += (size_t)snprintf(ret + n, cap - n, "/d%u", below(i == 0 ? spread : 4));
}

/* --- the slow way
 * --------------------------------------------------------------------------------- */

struct plain {
	struct sel_grant *list; /* oldest first */
	size_t n, cap;
};

static void plain_add(struct plain *p, const struct sel_grant *g)
{
	if (p->n == p->cap) {
		p->cap = p->cap ? 2 * p->cap : 64;
		p->list = reallocarray(p->list, p->cap, sizeof *p->list);
		assert_non_null(p->list);
	}
	p->list[p->n] = *g;
	p->list[p->n].path = strdup(g->path);
	assert_non_null(p->list[p->n++].path);
}

static void plain_done(struct plain *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->list[i].path);
	free(p->list);
}

static const struct sel_grant *slowly(const struct plain *p, size_t n, enum sel_op op,
				      const char *path, const char *exe, bool denial, bool named)
{
	while (n-- > 0) {
		const struct sel_grant *g = &p->list[n];
		bool file = g->kind == SEL_RUNG_FILE;

		if ((g->decision == SEL_DENY) != denial ||
		    (g->op != op && (g->op != SEL_OP_INVALID || op == SEL_OP_READ)) ||
		    (g->exe && (!exe || strcmp(g->exe, exe) != 0)))
			continue;
		if (file ? strcmp(g->path, path) == 0 : !named && sel_path_below(path, g->path))
			return g;
	}
	return NULL;
}

static struct sel_grant random_grant(char *path, size_t cap, unsigned spread, int64_t rule)
{
	static const enum sel_op ops[] = {SEL_OP_INVALID, SEL_OP_INVALID, SEL_OP_READ,
					  SEL_OP_DELETE};

	random_path(spread, path, cap);
	return (struct sel_grant){.rule = rule,
				  .source = SEL_SRC_RULE,
				  .op = ops[below(4)],
				  .kind = below(2) ? SEL_RUNG_FILE : SEL_RUNG_TREE,
				  .path = path,
				  .exe = (char *)(uintptr_t)exes[below(3)],
				  .decision = below(3) ? SEL_ALLOW : SEL_DENY};
}

static int64_t rule_of(const struct sel_grant *g)
{
	return g ? g->rule : 0;
}

static void compare(const struct sel_grants *g, const struct plain *p, size_t n, unsigned spread)
{
	static const enum sel_op ops[] = {SEL_OP_CREATE, SEL_OP_DELETE, SEL_OP_READ};
	char path[256];
	enum sel_op op = ops[below(3)];
	const char *exe = exes[below(3)];

	random_path(spread, path, sizeof path);
	assert_int_equal(rule_of(sel_grants_denial(g, op, path, exe)),
			 rule_of(slowly(p, n, op, path, exe, true, false)));
	for (int named = 0; named < 2; named++)
		assert_int_equal(rule_of(sel_grants_allow(g, op, path, exe, named)),
				 rule_of(slowly(p, n, op, path, exe, false, named)));
}

/* Copied, added to and freed as answers do it: whatever the mixture, the newest that fits is found.
 */
static void rules_are_found_as_by_a_slow_search(void **state)
{
	struct sel_grants g = {0}, old = {0}, next;
	struct plain p = {0};
	size_t old_n = 0;
	char path[256];

	(void)state;
	srandom(41);
	for (int i = 1; i <= 3000; i++) {
		struct sel_grant grant = random_grant(path, sizeof path, 6, i);

		if (below(2)) { /* a person answered: a copy takes the place of the policy */
			assert_int_equal(sel_grants_copy(&g, &next), 0);
			if (below(50) == 0) {
				sel_grants_done(&old);
				old = g;
				old_n = p.n;
			} else {
				sel_grants_done(&g);
			}
			g = next;
		}
		assert_int_equal(sel_grants_add(&g, &grant), 0);
		plain_add(&p, &grant);
		assert_int_equal(g.n, p.n);
		assert_int_equal(sel_grants_at(&g, 0)->rule, i);
		for (int k = 0; k < 3; k++) {
			compare(&g, &p, p.n, 6);
			if (old.n)
				compare(&old, &p, old_n, 6);
		}
	}
	for (size_t i = 0; i < g.n; i++)
		assert_int_equal(sel_grants_at(&g, i)->rule, p.list[p.n - 1 - i].rule);
	assert_null(sel_grants_at(&g, g.n));
	sel_grants_done(&g);
	sel_grants_done(&old);
	plain_done(&p);
}

static void a_path_that_is_not_clean_is_in_no_folder(void **state)
{
	struct sel_grants g = {0};
	char path[64];

	(void)state;
	for (int i = 0; i < 100; i++) {
		struct sel_grant grant = {.rule = i + 1,
					  .kind = SEL_RUNG_TREE,
					  .path = path,
					  .decision = i ? SEL_ALLOW : SEL_DENY};

		(void)snprintf(path, sizeof path, "/w/%d", i);
		assert_int_equal(sel_grants_add(&g, &grant), 0);
		assert_null(sel_grants_allow(&g, SEL_OP_CREATE, "/w/1/../x", NULL, false));
		/* A denial holds all the more. */
		assert_int_equal(sel_grants_denial(&g, SEL_OP_CREATE, "/w/0/../x", NULL)->rule, 1);
	}
	sel_grants_done(&g);
}

/* --- times
 * ---------------------------------------------------------------------------------------- */

static uint64_t nanoseconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void print_times(const char *what, uint64_t *took, size_t n)
{
	qsort(took, n, sizeof *took, by_value);
	print_message("%-44s median %6llu ns, p99 %6llu ns\n", what,
		      (unsigned long long)took[n / 2], (unsigned long long)took[n * 99 / 100]);
}

static const struct sel_identity npm = {.exe = "/usr/bin/npm",
					.digest = "d1",
					.package = "npm",
					.verified = true,
					.subcommand = "ci"};

struct world {
	struct sel_policy p;
	struct sel_world world;
};

static void world_init(struct world *w, size_t rules, size_t folders)
{
	char path[256];

	*w = (struct world){.p = {.places = {.home = "/home/ana", .roots = roots}}};
	w->world = (struct sel_world){"/home/ana", "/w", &w->p.places};
	w->p.world = &w->world;
	w->p.learning.promote = true;
	assert_int_equal(sel_scope_add(&w->p.scope, "/w", SEL_MODE_RW, 0), 0);
	assert_int_equal(sel_scope_add(&w->p.scope, "/tmp", SEL_MODE_PRIVATE, 0), 0);
	for (size_t i = 0; i < folders; i++) {
		random_path(MANY, path, sizeof path);
		assert_int_equal(sel_scope_add(&w->p.scope, path, SEL_MODE_RW, (int64_t)i), 0);
	}
	for (size_t i = 0; i < rules; i++) {
		struct sel_grant g = random_grant(path, sizeof path, MANY, (int64_t)i + 1);

		assert_int_equal(sel_policy_grant(&w->p, &g), 0);
	}
	assert_int_equal(sel_evidence_new(&w->p.evidence), 0);
	assert_int_equal(sel_memory_new(&w->p.memory), 0);
}

static void world_done(struct world *w)
{
	sel_evidence_free(w->p.evidence);
	sel_memory_free(w->p.memory);
	sel_policy_done(&w->p);
}

static void approve(struct world *w, const char *path, unsigned times)
{
	struct sel_subject s = {
		.op = SEL_OP_CREATE, .path = path, .exe = npm.exe, .plants = true, .id = &npm};
	struct sel_classified where;
	struct sel_keys *keys;

	sel_classify(path, NULL, &w->world, &where);
	struct sel_key_facts facts = sel_subject_facts(&w->p, &s, &where);

	assert_int_equal(sel_keys_build(&facts, &keys), 0);
	for (unsigned i = 0; i < times; i++) {
		struct sel_fact f = {
			.at = NOW - i, .keys = keys, .digest = npm.digest, .weight = 1};

		assert_int_equal(sel_evidence_add(w->p.evidence, &f), 0);
	}
	free(keys);
}

static void measure(struct world *w, const char *what, const char *folder,
		    enum sel_decision decision, enum sel_source source)
{
	static uint64_t took[TRIES];
	char path[256];

	for (size_t i = 0; i < TRIES; i++) {
		struct sel_subject s = {.op = SEL_OP_CREATE,
					.path = path,
					.exe = npm.exe,
					.plants = true,
					.id = &npm};
		struct sel_verdict v;
		uint64_t start;

		(void)snprintf(path, sizeof path, "%s/%u.o", folder, below(MANY));
		start = nanoseconds();
		sel_judge(&w->p, &s, NOW, &v);
		took[i] = nanoseconds() - start;
		assert_int_equal(v.decision, decision);
		assert_int_equal(v.source, source);
	}
	print_times(what, took, TRIES);
}

static void measure_copies(const struct world *w, const char *what)
{
	static uint64_t took[200];

	for (size_t i = 0; i < SEL_N(took); i++) {
		struct sel_policy *copy;
		uint64_t start = nanoseconds();

		assert_int_equal(sel_policy_copy(&w->p, &copy), 0);
		took[i] = nanoseconds() - start;
		sel_policy_free(copy);
	}
	print_times(what, took, SEL_N(took));
}

static void a_verdict_does_not_depend_on_how_many_rules_there_are(void **state)
{
	static const size_t sizes[] = {0, 10, MANY};
	char path[256], label[64];

	(void)state;
	for (size_t k = 0; k < SEL_N(sizes); k++) {
		struct world w;
		struct sel_grant tree = {.rule = MANY + 1,
					 .source = SEL_SRC_RULE,
					 .kind = SEL_RUNG_TREE,
					 .path = (char *)"/mnt/disk",
					 .decision = SEL_ALLOW};

		srandom(42);
		world_init(&w, sizes[k], sizes[k]);
		assert_int_equal(sel_policy_grant(&w.p, &tree), 0);
		for (size_t i = 0; i < sizes[k]; i++) {
			(void)snprintf(path, sizeof path, "/home/ana/.local/state/t%zu/x", i);
			approve(&w, path, 1);
		}
		approve(&w, "/home/ana/.npm/a", 8);
		print_message("%zu rules, %zu folders, %zu keys:\n", sizes[k], sizes[k], sizes[k]);
		measure(&w, "  in scope", "/w/src/a/b", SEL_ALLOW, SEL_SRC_SCOPE);
		measure(&w, "  by a rule", "/mnt/disk/a/b", SEL_ALLOW, SEL_SRC_RULE);
		measure(&w, "  learned", "/home/ana/.npm/_cacache", SEL_ALLOW, SEL_SRC_LEARNED);
		measure(&w, "  a question", "/home/ana/docs/a", SEL_ASK, SEL_SRC_PERSON);
		(void)snprintf(label, sizeof label, "  a copy of the policy");
		measure_copies(&w, label);
		world_done(&w);
	}
}

/* Answers during a run with many rules: each makes a copy with one more. */
static void answers_stay_cheap(void **state)
{
	static uint64_t took[1000];
	struct sel_policy *p, *next;
	struct world w;
	char path[256];

	(void)state;
	srandom(43);
	world_init(&w, MANY, 0);
	assert_int_equal(sel_policy_copy(&w.p, &p), 0);
	for (size_t i = 0; i < SEL_N(took); i++) {
		struct sel_grant g = random_grant(path, sizeof path, MANY, (int64_t)(MANY + i + 1));
		uint64_t start = nanoseconds();

		assert_int_equal(sel_policy_copy(p, &next), 0);
		assert_int_equal(sel_policy_grant(next, &g), 0);
		sel_policy_free(p);
		took[i] = nanoseconds() - start;
		p = next;
		assert_int_equal(p->grants.n, MANY + i + 1);
		assert_int_equal(sel_grants_at(&p->grants, 0)->rule, MANY + i + 1);
	}
	assert_int_equal(w.p.grants.n, MANY); /* nobody changed what was shared */
	print_times("an answer kept, 100000 rules", took, SEL_N(took));
	sel_policy_free(p);
	world_done(&w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_are_found_as_by_a_slow_search),
		cmocka_unit_test(a_path_that_is_not_clean_is_in_no_folder),
		cmocka_unit_test(a_verdict_does_not_depend_on_how_many_rules_there_are),
		cmocka_unit_test(answers_stay_cheap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
