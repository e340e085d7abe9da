#include "test.h"

#include <stdio.h>

#include "key.h"
#include "seldom/text.h"

static void a_program_is_its_package_or_its_content(void **state)
{
	static const struct {
		struct sel_identity id;
		const char *name;
	} row[] = {
		{{.exe = "/usr/bin/git", .digest = "ab", .package = "git", .verified = true},
		 "pkg:git /usr/bin/git"},
		{{.exe = "/usr/bin/node",
		  .digest = "ab+cd",
		  .package = "npm",
		  .script = "/usr/lib/npm.js",
		  .verified = true},
		 "pkg:npm /usr/bin/node /usr/lib/npm.js"},
		{{.exe = "/usr/bin/a b", .digest = "ab", .package = "x", .verified = true},
		 "pkg:x /usr/bin/a\\x20b"},
		{{.exe = "/usr/bin/git", .digest = "ab", .package = "git"}, "sha:ab"},
		{{.exe = "/usr/bin/git", .digest = "ab", .verified = true}, "sha:ab"},
		{{.exe = "/usr/bin/git", .digest = "ab", .package = "", .verified = true},
		 "sha:ab"},
		/* No evidence: unknown content, made here, a script nobody read. */
		{{.exe = "/usr/bin/git", .package = "git", .verified = true}, ""},
		{{.exe = "/usr/bin/git", .digest = ""}, ""},
		{{.exe = "/usr/bin/git",
		  .digest = "ab",
		  .package = "git",
		  .verified = true,
		  .ours = true},
		 ""},
		{{.exe = "/bin/sh", .digest = "ab", .script = "/x"}, ""},
	};
	char name[64];

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		sel_program_name(&row[i].id, name, sizeof name);
		assert_string_equal(name, row[i].name);
	}
	for (size_t cap = 1; cap < sizeof "pkg:git /usr/bin/git"; cap++) {
		memset(name, 'x', sizeof name);
		sel_program_name(&row[0].id, name, cap); /* whole or not at all */
		assert_string_equal(name, "");
		assert_int_equal(name[cap], 'x');
	}
}

static const struct sel_identity git = {.exe = "/usr/bin/git",
					.digest = "ab",
					.package = "git",
					.verified = true,
					.subcommand = "fetch"};

static struct sel_key_facts facts(void)
{
	return (struct sel_key_facts){
		.id = &git,
		.op = SEL_OP_CREATE,
		.object = "/home/ana/.cache/git/x",
		.where = {SEL_CLASS_TOOL_CACHE, sizeof "/home/ana/.cache/git" - 1},
		.project = "/home/ana/app"};
}

static void the_ladder_widens_step_by_step(void **state)
{
	static const char *const rung[] = {
		"0\t*\tpkg:git /usr/bin/git\tfetch\tcreate\t/home/ana/.cache/git/x",
		"1\t*\tpkg:git /usr/bin/git\tfetch\tcreate\ttool-cache\t/home/ana/.cache/git",
		"2\t/home/ana/app\tpkg:git /usr/bin/git\tadd\ttool-cache",
		"3\tvcs\tadd\ttool-cache",
		"4\tadd\ttool-cache",
	};
	struct sel_key_facts f = facts();
	struct sel_keys *keys;

	(void)state;
	assert_int_equal(sel_keys_build(&f, &keys), 0);
	for (int r = 0; r < SEL_RUNGS; r++)
		assert_string_equal(keys->rung[r], rung[r]);
	assert_true(keys->wide);
	free(keys);
	/* Only in a tool's own place is the project of no account. */
	f.where.class = SEL_CLASS_HOME_CONFIG;
	assert_int_equal(sel_keys_build(&f, &keys), 0);
	for (int r = 0; r <= 2; r++)
		assert_non_null(strstr(keys->rung[r], "/home/ana/app"));
	free(keys);
}

static void what_is_not_known_makes_no_narrow_key(void **state)
{
	struct sel_identity ours = git;
	struct sel_key_facts f = facts();
	struct sel_keys *keys;

	(void)state;
	ours.ours = true;
	for (int i = 0; i < 2; i++) {
		f.id = i ? &ours : NULL;
		assert_int_equal(sel_keys_build(&f, &keys), 0);
		for (int r = 0; r < 3; r++)
			assert_null(keys->rung[r]);
		assert_string_equal(keys->rung[4], "4\tadd\ttool-cache");
		free(keys);
	}
}

static void a_key_that_is_too_long_is_none(void **state)
{
	char path[2 * SEL_KEY_MAX];
	struct sel_key_facts f = facts();
	struct sel_keys *keys;

	(void)state;
	for (size_t n = SEL_KEY_MAX - 100; n < SEL_KEY_MAX + 100; n++) {
		memset(path, 'a', n);
		path[0] = '/';
		path[n] = '\0';
		f.object = path;
		f.where.unit = 0;
		assert_int_equal(sel_keys_build(&f, &keys), 0);
		for (int r = 0; r < 2; r++)
			if (keys->rung[r]) {
				assert_true(strlen(keys->rung[r]) < SEL_KEY_MAX);
				assert_string_equal(strrchr(keys->rung[r], '\t') + 1, path);
			} else {
				assert_true(n > SEL_KEY_MAX - 80);
			}
		assert_non_null(keys->rung[2]);
		free(keys);
	}
}

static void each_operation_has_its_effect(void **state)
{
	(void)state;
	assert_int_equal(sel_effect_of(SEL_OP_CREATE, false), SEL_EFFECT_ADD);
	assert_int_equal(sel_effect_of(SEL_OP_CREATE, true), SEL_EFFECT_CHANGE);
	assert_int_equal(sel_effect_of(SEL_OP_WRITE, true), SEL_EFFECT_CHANGE);
	assert_int_equal(sel_effect_of(SEL_OP_DELETE, true), SEL_EFFECT_REMOVE);
	assert_int_equal(sel_effect_of(SEL_OP_RENAME, true), SEL_EFFECT_REMOVE);
	assert_int_equal(sel_effect_of(SEL_OP_RENAME, false), SEL_EFFECT_ADD);
	assert_int_equal(sel_effect_of(SEL_OP_READ, true), SEL_EFFECT_REVEAL);
	assert_int_equal(sel_effect_of(SEL_OP_CONNECT, true), SEL_EFFECT_TALK);
	assert_int_equal(sel_effect_of((enum sel_op)99, true), SEL_EFFECT_TALK);
}

/* --- hostile names ------------------------------------------------------------------------------
 */

#define TRIES 20000

static unsigned below(unsigned n)
{
	return (unsigned)random() % n;
}

/* Bytes that separate, escape or look like an escape, and pieces of other keys. */
static void hostile(char *ret, size_t cap)
{
	static const char *const piece[] = {
		"\t",	   "\\",     "\\t",   "\\x09",	      "\n",   "/",    "add",  "tool-cache",
		"pkg:git", "sha:ab", "fetch", "create",	      "\xff", "\xc3", "\xa9", " ",
		"a",	   "b",	     "0\t",   "\xe2\x80\xae", "\\\\", "x09"};
	size_t n = 0;

	*ret = '\0';
	for (unsigned i = below(3); i > 0; i--) {
		const char *p = piece[below(SEL_N(piece))];

		if (n + strlen(p) + 1 > cap)
			break;
		memcpy(ret + n, p, strlen(p) + 1);
		n += strlen(p);
	}
}

struct made {
	char project[64], sub[64], object[64], digest[64];
	struct sel_identity id;
	struct sel_key_facts f;
	struct sel_keys *keys;
};

static void make(struct made *m)
{
	hostile(m->project, sizeof m->project);
	hostile(m->sub, sizeof m->sub);
	hostile(m->digest, sizeof m->digest);
	m->object[0] = '/';
	hostile(m->object + 1, sizeof m->object - 1);
	m->id = (struct sel_identity){.exe = "/x", .digest = m->digest, .subcommand = m->sub};
	m->f = (struct sel_key_facts){.id = &m->id,
				      .op = (enum sel_op)(2 + below(3)),
				      .exists = below(2),
				      .object = m->object,
				      .project = m->project};
	m->f.where.class = (enum sel_class)below(2);
	m->f.where.unit = below((unsigned)strlen(m->object) + 1);
	assert_int_equal(sel_keys_build(&m->f, &m->keys), 0);
}

static bool same_unit(const struct made *a, const struct made *b)
{
	size_t n = a->f.where.unit ? a->f.where.unit : strlen(a->object);
	size_t k = b->f.where.unit ? b->f.where.unit : strlen(b->object);

	return n == k && memcmp(a->object, b->object, n) == 0;
}

/* Equal keys mean equal fields: no name can be written so that its key is another's. */
static void no_name_forges_a_key(void **state)
{
	struct made *m = calloc(400, sizeof *m);
	unsigned shared = 0;

	(void)state;
	srandom(7);
	assert_non_null(m);
	for (size_t i = 0; i < 400; i++)
		make(&m[i]);
	for (size_t i = 0; i < 400; i++)
		for (size_t k = 0; k < i; k++) {
			const struct made *a = &m[i], *b = &m[k];

			for (int r = 0; r <= 2; r++) {
				if (!a->keys->rung[r] || !b->keys->rung[r] ||
				    strcmp(a->keys->rung[r], b->keys->rung[r]) != 0)
					continue;
				shared++;
				assert_string_equal(a->project, b->project);
				assert_string_equal(a->digest, b->digest);
				if (r <= 1) {
					assert_string_equal(a->sub, b->sub);
					assert_int_equal(a->f.op, b->f.op);
				}
				if (r == 0)
					assert_string_equal(a->object, b->object);
				if (r == 1)
					assert_true(same_unit(a, b));
				if (r >= 1)
					assert_int_equal(a->f.where.class, b->f.where.class);
			}
		}
	for (size_t i = 0; i < 400; i++)
		free(m[i].keys);
	free(m);
	assert_true(shared > 0); /* some were equal, so the above was tried */
}

/* Nothing in a key can move a cursor or hide. */
static void keys_are_safe_to_print(void **state)
{
	(void)state;
	srandom(8);
	for (int i = 0; i < TRIES; i++) {
		struct made m;

		make(&m);
		for (int r = 0; r < SEL_RUNGS; r++) {
			const char *key = m.keys->rung[r];

			if (!key)
				continue;
			assert_int_equal(key[0], '0' + r);
			for (const char *p = key; *p; p++)
				assert_true(*p == '\t' || (unsigned char)*p >= ' ');
			/* As many TABs as fields: none came from a name. */
			size_t tabs = 0, want[] = {5, 6, 4, 3, 2};

			for (const char *p = key; (p = strchr(p, '\t')); p++)
				tabs++;
			assert_int_equal(tabs, want[r]);
		}
		free(m.keys);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_is_its_package_or_its_content),
		cmocka_unit_test(the_ladder_widens_step_by_step),
		cmocka_unit_test(what_is_not_known_makes_no_narrow_key),
		cmocka_unit_test(a_key_that_is_too_long_is_none),
		cmocka_unit_test(each_operation_has_its_effect),
		cmocka_unit_test(no_name_forges_a_key),
		cmocka_unit_test(keys_are_safe_to_print),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
