#include "test.h"

#include <stdio.h>

#include "class.h"
#include "identity.h"

static const char *const roots[] = {"/home/ana/src/app", NULL};
static const struct sel_places places = {.home = "/home/ana", .roots = roots};
static const struct sel_world world = {
	.home = "/home/ana", .project = "/home/ana/src/app", .places = &places};

static void each_place_has_its_class_and_unit(void **state)
{
	static const struct {
		const char *object, *other_project;
		enum sel_class class;
		const char *unit; /* NULL: its own */
	} row[] = {
		{"/home/ana/src/app/main.c", NULL, SEL_CLASS_PROJECT_SOURCE, "/home/ana/src/app"},
		{"/home/ana/src/app", NULL, SEL_CLASS_PROJECT_SOURCE, "/home/ana/src/app"},
		{"/home/ana/src/app/build/x.o", NULL, SEL_CLASS_PROJECT_BUILD, "/home/ana/src/app"},
		{"/home/ana/src/app/a/cmake-build-debug/x", NULL, SEL_CLASS_PROJECT_BUILD,
		 "/home/ana/src/app"},
		{"/home/ana/src/app/builder/x", NULL, SEL_CLASS_PROJECT_SOURCE,
		 "/home/ana/src/app"},
		{"/home/ana/src/app/node_modules/.git/x", NULL, SEL_CLASS_PROJECT_BUILD,
		 "/home/ana/src/app"},
		{"/home/ana/src/app/.git/index", NULL, SEL_CLASS_PROJECT_VCS, "/home/ana/src/app"},
		{"/home/ana/src/app/.git/hooks/x", NULL, SEL_CLASS_EXEC_CONFIG, NULL},
		{"/home/ana/src/app/.envrc", NULL, SEL_CLASS_EXEC_CONFIG, NULL},
		{"/home/ana/src/app2/main.c", NULL, SEL_CLASS_HOME, "/home/ana/src/app2"},
		{"/home/ana/src/lib/a/b.c", "/home/ana/src/lib", SEL_CLASS_OTHER_PROJECT,
		 "/home/ana/src/lib"},
		{"/home/ana/src/lib/b.c", "/home/ana", SEL_CLASS_HOME, "/home/ana/src/lib"},
		{"/home/ana/src/lib/b.c", "/", SEL_CLASS_HOME, "/home/ana/src/lib"},
		{"/home/ana/.cache/pip/http/ab", NULL, SEL_CLASS_TOOL_CACHE,
		 "/home/ana/.cache/pip"},
		{"/home/ana/.cache/pip", NULL, SEL_CLASS_TOOL_CACHE, "/home/ana/.cache/pip"},
		{"/home/ana/.cache/pip/x/.git/index", "/home/ana/.cache/pip/x",
		 SEL_CLASS_TOOL_CACHE, "/home/ana/.cache/pip"},
		{"/home/ana/.npm/_cacache/x", NULL, SEL_CLASS_TOOL_CACHE, "/home/ana/.npm"},
		{"/home/ana/.npmx/x", NULL, SEL_CLASS_HOME_CONFIG, "/home/ana/.npmx"},
		{"/home/ana/.npmrc", NULL, SEL_CLASS_EXEC_CONFIG, NULL},
		{"/home/ana/.m2/repository/org/x.jar", NULL, SEL_CLASS_TOOL_CACHE,
		 "/home/ana/.m2/repository"},
		{"/home/ana/.m2/settings.xml", NULL, SEL_CLASS_EXEC_CONFIG, NULL},
		{"/home/ana/.cargo/registry/cache/x", NULL, SEL_CLASS_TOOL_CACHE,
		 "/home/ana/.cargo/registry"},
		{"/home/ana/.cargo/bin/x", NULL, SEL_CLASS_EXEC_CONFIG, NULL},
		{"/home/ana/go/pkg/mod/x", NULL, SEL_CLASS_TOOL_CACHE, "/home/ana/go/pkg"},
		{"/home/ana/.local/share/foo/db", NULL, SEL_CLASS_TOOL_DATA,
		 "/home/ana/.local/share/foo"},
		{"/home/ana/.local/bin/foo", NULL, SEL_CLASS_EXEC_CONFIG, NULL},
		{"/home/ana/.config/foo/a/b", NULL, SEL_CLASS_HOME_CONFIG, "/home/ana/.config/foo"},
		{"/home/ana/.config/systemd/user/x", NULL, SEL_CLASS_EXEC_CONFIG, NULL},
		{"/home/ana/.foorc", NULL, SEL_CLASS_HOME_CONFIG, NULL},
		{"/home/ana/.foo/bar/x", NULL, SEL_CLASS_HOME_CONFIG, "/home/ana/.foo/bar"},
		{"/home/ana/.ssh/known_hosts", NULL, SEL_CLASS_SECRET, NULL},
		{"/home/ana/.config/gh/hosts.yml", NULL, SEL_CLASS_SECRET, NULL},
		{"/home/ana/.aws", NULL, SEL_CLASS_SECRET, NULL},
		{"/home/ana/notes.txt", NULL, SEL_CLASS_HOME, NULL},
		{"/home/ana/docs/notes.txt", NULL, SEL_CLASS_HOME, "/home/ana/docs"},
		{"/home/ana", NULL, SEL_CLASS_HOME, NULL},
		{"/home/anatol/x", NULL, SEL_CLASS_OTHER, "/home/anatol"},
		{"/tmp/x", NULL, SEL_CLASS_TEMP, "/tmp"},
		{"/tmp/a/x", NULL, SEL_CLASS_TEMP, "/tmp/a"},
		{"/dev/shm/x", NULL, SEL_CLASS_TEMP, "/dev/shm"},
		{"/dev/sda", NULL, SEL_CLASS_DEVICE, "/dev"},
		{"/usr/lib/x", "/usr/lib", SEL_CLASS_SYSTEM, "/usr/lib"},
		{"/etc/hosts", NULL, SEL_CLASS_SYSTEM, "/etc"},
		{"/srv/a", NULL, SEL_CLASS_SYSTEM, "/srv"},
		{"/mnt/disk/a", NULL, SEL_CLASS_OTHER, "/mnt/disk"},
		{"/mnt/disk/a", "/mnt/disk", SEL_CLASS_OTHER_PROJECT, "/mnt/disk"},
		{"/a", NULL, SEL_CLASS_OTHER, NULL},
		{"/", NULL, SEL_CLASS_OTHER, NULL},
		{"/home/ana/src/app/../../.ssh/id", NULL, SEL_CLASS_OTHER, NULL},
		{"unix:/run/x.sock", NULL, SEL_CLASS_SOCKET, NULL},
		{"tcp:192.0.2.1:443", NULL, SEL_CLASS_HOST, NULL},
		{"registry.test:443", NULL, SEL_CLASS_HOST, NULL},
		{"", NULL, SEL_CLASS_HOST, NULL},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		struct sel_classified c;
		size_t unit = row[i].unit ? strlen(row[i].unit) : 0;

		sel_classify(row[i].object, row[i].other_project, &world, &c);
		if (c.class != row[i].class || c.unit != unit ||
		    strncmp(row[i].object, row[i].unit ? row[i].unit : "", unit) != 0)
			fail_msg("'%s': %s, unit %zu", row[i].object, sel_class_name(c.class),
				 c.unit);
	}
}

static void a_folder_that_holds_everything_is_no_project(void **state)
{
	static const char *const bad[] = {"/",	  "/home", "/home/ana", "/etc",
					  "/usr", "/var",  "/tmp"};

	(void)state;
	for (size_t i = 0; i < SEL_N(bad); i++) {
		struct sel_world w = world;
		struct sel_classified c;

		w.project = bad[i];
		for (size_t k = 0; k < SEL_N(bad); k++) {
			char path[64];

			(void)snprintf(path, sizeof path, "%s/x",
				       strcmp(bad[k], "/") ? bad[k] : "");
			sel_classify(path, bad[i], &w, &c);
			assert_int_not_equal(c.class, SEL_CLASS_PROJECT_SOURCE);
			assert_int_not_equal(c.class, SEL_CLASS_OTHER_PROJECT);
		}
	}
}

static void it_works_without_a_home_and_a_project(void **state)
{
	static const struct sel_world none = {0};
	struct sel_classified c;

	(void)state;
	sel_classify("/home/ana/.cache/x", NULL, &none, &c);
	assert_int_equal(c.class, SEL_CLASS_OTHER);
	sel_classify("/etc/x", NULL, &none, &c);
	assert_int_equal(c.class, SEL_CLASS_SYSTEM);
}

static void names_lead_back_to_their_class(void **state)
{
	(void)state;
	for (int c = 0; c < SEL_CLASS_N; c++) {
		assert_int_equal(sel_class_from_name(sel_class_name((enum sel_class)c)), c);
		assert_true(strlen(sel_class_words((enum sel_class)c)) > 0);
	}
	assert_int_equal(sel_class_from_name("nothing"), -EINVAL);
}

/* I3, I4: whatever is learned, it is not there. */
static void what_is_dangerous_is_at_least_tier_two(void **state)
{
	static const enum sel_class bad[] = {SEL_CLASS_EXEC_CONFIG, SEL_CLASS_SECRET,
					     SEL_CLASS_DEVICE, SEL_CLASS_SOCKET, SEL_CLASS_HOST};

	(void)state;
	for (size_t i = 0; i < SEL_N(bad); i++) {
		assert_true(sel_class_tier(bad[i]) >= SEL_T2);
		assert_false(sel_class_generalises(bad[i]));
	}
}

static void each_program_has_its_family(void **state)
{
	static const struct {
		const char *exe;
		enum sel_family family;
	} row[] = {
		{"/usr/bin/npm", SEL_FAMILY_PACKAGES},
		{"/usr/lib/node_modules/npm/bin/npm-cli.js", SEL_FAMILY_PACKAGES},
		{"/usr/bin/pip3.11", SEL_FAMILY_PACKAGES},
		{"/usr/bin/gcc-12", SEL_FAMILY_COMPILER},
		{"/usr/bin/x86_64-linux-gnu-gcc-12", SEL_FAMILY_COMPILER},
		{"/usr/bin/clang-14", SEL_FAMILY_COMPILER},
		{"/usr/libexec/gcc/cc1plus", SEL_FAMILY_COMPILER},
		{"/usr/bin/git", SEL_FAMILY_VCS},
		{"/usr/bin/python3.11", SEL_FAMILY_INTERPRETER},
		{"/usr/bin/python3-dbg", SEL_FAMILY_INTERPRETER},
		{"python", SEL_FAMILY_INTERPRETER},
		{"/usr/bin/perl5.36.0", SEL_FAMILY_INTERPRETER},
		{"/opt/jdk/bin/java", SEL_FAMILY_INTERPRETER},
		{"/bin/dash", SEL_FAMILY_SHELL},
		{"/usr/bin/busybox", SEL_FAMILY_SHELL},
		{"/usr/bin/xargs", SEL_FAMILY_RUNNER},
		{"/usr/bin/make", SEL_FAMILY_RUNNER},
		{"/x/npx-cli.js", SEL_FAMILY_RUNNER},
		{"/usr/bin/docker-compose", SEL_FAMILY_RUNNER},
		{"/usr/lib/x/ld-linux-x86-64.so.2", SEL_FAMILY_RUNNER},
		{"/usr/bin/curl", SEL_FAMILY_NETWORK},
		{"/usr/bin/tar", SEL_FAMILY_UTIL},
		{"/usr/bin/7z", SEL_FAMILY_UTIL},
		{"/home/ana/tool", SEL_FAMILY_OTHER},
		{"/home/ana/git tar", SEL_FAMILY_OTHER},
		{"/home/ana/ gi", SEL_FAMILY_OTHER},
		{"/home/ana/12", SEL_FAMILY_OTHER},
		{"/home/ana/-", SEL_FAMILY_OTHER},
		{"/", SEL_FAMILY_OTHER},
		{"", SEL_FAMILY_OTHER},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++)
		if (sel_family_of(row[i].exe) != row[i].family)
			fail_msg("'%s': %s", row[i].exe,
				 sel_family_name(sel_family_of(row[i].exe)));
}

/* I13 */
static void what_does_as_it_is_told_does_not_generalise(void **state)
{
	static const struct {
		struct sel_identity id;
		bool generalises;
	} row[] = {
		{{.exe = "/usr/bin/npm"}, true},
		{{.exe = "/usr/bin/node"}, false},
		{{.exe = "/usr/bin/node", .script = "/usr/lib/npm-cli.js"}, true},
		{{.exe = "/usr/bin/node", .script = "/usr/lib/npx-cli.js"}, false},
		{{.exe = "/usr/bin/python3", .script = "/home/ana/x.py"}, false},
		{{.exe = "/usr/bin/python3",
		  .script = "/usr/share/x/x.py",
		  .package = "x",
		  .verified = true},
		 true},
		{{.exe = "/usr/bin/python3",
		  .script = "/usr/bin/env",
		  .package = "x",
		  .verified = true},
		 false},
		{{.exe = "/bin/sh"}, false},
		{{.exe = "/usr/bin/env"}, false},
		{{.exe = "/usr/bin/find"}, false},
		{{.exe = "/home/ana/tool"}, true},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++)
		if (sel_identity_generalises(&row[i].id) != row[i].generalises)
			fail_msg("%s %s", row[i].id.exe, row[i].id.script ? row[i].id.script : "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_place_has_its_class_and_unit),
		cmocka_unit_test(a_folder_that_holds_everything_is_no_project),
		cmocka_unit_test(it_works_without_a_home_and_a_project),
		cmocka_unit_test(names_lead_back_to_their_class),
		cmocka_unit_test(what_is_dangerous_is_at_least_tier_two),
		cmocka_unit_test(each_program_has_its_family),
		cmocka_unit_test(what_does_as_it_is_told_does_not_generalise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
