#include "test.h"

#include "protected.h"

#include <stdio.h>

static const char *const roots[] = {"/home/ana/src/app", "/srv/two", NULL};
static const struct sel_places places = {.home = "/home/ana", .roots = roots};

#define APP  "/home/ana/src/app"
#define NONE SEL_GUARD_NONE
#define CONF SEL_GUARD_GITCONFIG
#define HOOK SEL_GUARD_HOOK
#define ASK  SEL_GUARD_ASK

static void knows_the_names_that_become_code(void **state)
{
	static const struct {
		const char *path;
		enum sel_guard guard;
		const char *why;
	} row[] = {
		/* clang-format off */
		{"/", NONE, "the root"},
		{APP "/main.c", NONE, "ordinary"},
		{APP "/package.json", NONE, "the work itself"},
		{APP "/Makefile", NONE, "the work itself"},
		{APP "/.gitignore", NONE, "neither runs nor redirects"},
		{APP "/.gitattributes", NONE, "drivers need configuration"},
		{APP "/.gitmodules", NONE, "git ignores commands there"},
		{APP "/.editorconfig", NONE, "only begins with a dot"},
		{APP "/git/hooks/pre-commit", NONE, "no dot"},
		{APP "/x.git/hooks/pre-commit", NONE, "a bare repository: the known gap"},
		/* git */
		{APP "/.git/config", CONF, "by content"},
		{APP "/deep/er/.git/config", CONF, "in every folder"},
		{"/tmp/x/.git/config", CONF, "outside workspaces too"},
		{APP "/node_modules/x/.git/config", CONF, "git's own count below packages too"},
		{APP "/.git/config.lock", NONE, "the rename is judged"},
		{APP "/.git/config.worktree", CONF, "read with extensions.worktreeConfig"},
		{APP "/.git/worktrees/w/config.worktree", CONF, "of a linked worktree"},
		{APP "/.git/worktrees/w/HEAD", NONE, "state"},
		{APP "/.git/worktrees/w/commondir", ASK, "points to another configuration"},
		{APP "/.git/commondir", ASK, "points to another configuration"},
		{APP "/.git/modules/a/config", CONF, "submodule"},
		{APP "/.git/modules/a/b/c/config", CONF, "submodule with slashes in its name"},
		{APP "/.git/modules/a/hooks/post-checkout", HOOK, "hook of a submodule"},
		{APP "/.git/modules/a/hooks/post-checkout.sample", NONE, "sample there"},
		{APP "/.git/modules/config/HEAD", NONE, "a submodule called config"},
		{APP "/.git/hooks/pre-commit", HOOK, "git runs it"},
		{APP "/.git/hooks/pre-commit.sample", NONE, "git init writes these"},
		{APP "/.git/hooks/sample", HOOK, "not a sample's name"},
		{APP "/.git/hooks/x.sample/y", HOOK, "a folder called sample"},
		{APP "/.git/hooks.d/x", NONE, "another folder"},
		{APP "/.git/HEAD", NONE, "state, not in a root"},
		{APP "/.git/refs/heads/config", NONE, "a branch called config"},
		{APP "/.git/index", NONE, "state"},
		{APP "/.git", ASK, "a pointer to another repository"},
		{APP "/sub/.git", ASK, "the same below"},
		{"/home/ana/.gitconfig", CONF, "home"},
		{"/home/ana/.config/git/config", CONF, "home, the other place"},
		{"/etc/gitconfig", CONF, "system"},
		{APP "/HEAD", ASK, "bare repository trick"},
		{"/srv/two/HEAD", ASK, "in the second root"},
		{APP "/sub/HEAD", NONE, "only in a root"},
		{"/srv/HEAD", NONE, "above a root"},
		{APP "/objects", NONE, "no repository without HEAD"},
		/* case and what folding file systems ignore */
		{APP "/.GIT/Config", CONF, "case"},
		{APP "/.git/HOOKS/Pre-Commit", HOOK, "case"},
		{APP "/.g\xe2\x80\x8cit/config", CONF, "zero width non-joiner is nothing"},
		{APP "/\xef\xbb\xbf.git/config", CONF, "in front as well"},
		{APP "/.git\xe2\x80\x8d/config", CONF, "and behind"},
		{APP "/.git/config\xe2\x80\x8d", CONF, "and at the end"},
		{APP "/.v\xc5\xbf"
		     "code/tasks.json",
		 ASK, "long s folds to s"},
		{APP "/.hus\xe2\x84\xaay/pre-push", ASK, "Kelvin sign folds to k"},
		{APP "/.gi\xc3\xa9t/config", NONE, "another letter is another name"},
		{APP "/.git\xe2\x80", NONE, "cut short: a byte is a byte"},
		/* hook managers, shells, environment */
		{APP "/.husky/pre-commit", ASK, "husky"},
		{APP "/.pre-commit-config.yaml", ASK, "pre-commit"},
		{APP "/lefthook.yml", ASK, "lefthook"},
		{APP "/lefthook-local.yaml", ASK, "lefthook"},
		{APP "/.lefthook/pre-push/x.sh", ASK, "lefthook"},
		{APP "/lefthook.md", NONE, "about lefthook"},
		{APP "/.envrc", ASK, "direnv"},
		{APP "/.envrc.example", NONE, "not read"},
		{APP "/mise.toml", ASK, "mise"},
		{APP "/.mise.local.toml", ASK, "mise"},
		{APP "/.tool-versions", ASK, "asdf"},
		{"/home/ana/.bashrc", ASK, "shell"},
		{APP "/.bashrc", ASK, "home kept in a repository"},
		{"/home/ana/.bash_aliases", ASK, "shell"},
		{"/home/ana/.config/fish/conf.d/x.fish", ASK, "fish"},
		{APP "/config.fish", ASK, "fish"},
		/* editors */
		{APP "/.vscode/tasks.json", ASK, "editor"},
		{APP "/.vscode/a/b/c", ASK, "anything in it"},
		{APP "/.vscode", NONE, "a file of that name is not read"},
		{APP "/app.code-workspace", ASK, "editor"},
		{APP "/.idea/runConfigurations/x.xml", ASK, "editor"},
		{APP "/.devcontainer.json", ASK, "container"},
		{APP "/.nvim.lua", ASK, "editor"},
		{APP "/.gdbinit", ASK, "debugger"},
		/* packages */
		{APP "/node_modules/x/.vscode/tasks.json", NONE, "a package's own"},
		{APP "/node_modules/x/.github/workflows/ci.yml", NONE, "a package's own"},
		{APP "/node_modules/.npmrc", NONE, "not read"},
		{APP "/node_modules2/.npmrc", ASK, "not that folder"},
		{APP "/xnode_modules/.npmrc", ASK, "not that folder"},
		{APP "/Node_Modules/.npmrc", ASK, "an exception is not stretched by case"},
		{APP "/.vscode/node_modules/x", ASK, "packages inside a guarded folder"},
		{"/home/ana/.cargo/registry/src/i/c-1/.github/workflows/ci.yml", NONE,
		 "a crate's own"},
		{APP "/.cargo/registry-x/.npmrc", ASK, "not that folder"},
		{APP "/venv/lib/python3/site-packages/x/.vscode/settings.json", NONE,
		 "a package's own"},
		/* package managers */
		{APP "/.npmrc", ASK, "npm"},
		{APP "/.yarnrc.yml", ASK, "yarn"},
		{APP "/.yarnrc", ASK, "yarn"},
		{APP "/.yarn/releases/yarn-4.cjs", ASK, "yarn"},
		{APP "/.yarn/cache/x.zip", NONE, "each install writes it"},
		{APP "/.yarn/install-state.gz", NONE, "each install writes it"},
		{APP "/.pnp.cjs", ASK, "loaded before every program"},
		{APP "/.pnpmfile.cjs", ASK, "pnpm"},
		{APP "/.cargo/config.toml", ASK, "cargo"},
		{"/home/ana/.cargo/registry/cache/x.crate", NONE, "each build writes it"},
		{"/home/ana/.cargo/bin/cargo-x", ASK, "on the search path"},
		{APP "/gradle/wrapper/gradle-wrapper.properties", ASK, "gradle"},
		{APP "/gradle/libs.versions.toml", NONE, "the work itself"},
		{APP "/.mvn/wrapper/maven-wrapper.properties", ASK, "maven"},
		{APP "/.mvn/extensions.xml", ASK, "maven"},
		{APP "/venv/pip.conf", ASK, "pip"},
		/* CI */
		{APP "/.github/workflows/ci.yml", ASK, "CI"},
		{APP "/.github/dependabot.yml", NONE, "runs nothing of ours"},
		{APP "/.github/ISSUE_TEMPLATE/bug.md", NONE, "text"},
		{APP "/.gitlab-ci.yml", ASK, "CI"},
		{APP "/Jenkinsfile", ASK, "CI"},
		{APP "/doc/Jenkinsfile", NONE, "in the root only"},
		/* agents */
		{APP "/.claude/settings.json", ASK, "hooks"},
		{APP "/.claude/settings.local.json", ASK, "hooks"},
		{APP "/.claude/new-kind-of-file", ASK, "unknown asks"},
		{"/home/ana/.claude/projects/x/y.jsonl", NONE, "transcript"},
		{"/home/ana/.claude/history.jsonl", NONE, "record"},
		{APP "/.claude/worktrees/w/main.c", NONE, "a checkout"},
		{APP "/.claude/worktrees/w/.git/config", CONF, "judged by its own names"},
		{APP "/.claude/worktrees/w/.vscode/tasks.json", ASK, "judged by its own names"},
		{"/home/ana/.claude.json", ASK, "servers"},
		{APP "/.mcp.json", ASK, "servers"},
		{APP "/.codex/config.toml", ASK, "servers"},
		{"/home/ana/.codex/sessions/2026/x.jsonl", NONE, "transcript"},
		{APP "/.cursor/mcp.json", ASK, "servers"},
		{APP "/opencode.jsonc", ASK, "servers"},
		{APP "/AGENTS.md", ASK, "steers agents"},
		{APP "/CLAUDE.md", ASK, "steers agents"},
		{APP "/CLAUDE.local.md", ASK, "steers agents"},
		{APP "/docs/AGENTS.md", NONE, "in the root only"},
		{APP "/.github/copilot-instructions.md", ASK, "steers agents"},
		/* home and system */
		{"/home/ana/.ssh/authorized_keys", ASK, "log in"},
		{APP "/.ssh/config", NONE, "not home's"},
		{"/home/ana/.config/systemd/user/x.service", ASK, "persistence"},
		{"/home/ana/.config/autostart/x.desktop", ASK, "persistence"},
		{"/home/ana/.local/bin/git", ASK, "search path"},
		{"/home/ana/bin/git", ASK, "search path"},
		{APP "/bin/tool", NONE, "the project's own bin"},
		{"/home/ana/.config/seldom/config", ASK, "our own rules"},
		{"/home/ana2/.ssh/x", NONE, "another's home: out of scope anyway"},
		{"/var/spool/cron/crontabs/ana", ASK, "cron"},
		{"/etc/cron.d/x", ASK, "cron"},
		{"/etc/ld.so.preload", ASK, "every program"},
		{"/srv/etc/cron.d/x", NONE, "not the system's"},
		/* form */
		{APP "/.git//config", ASK, "not clean"},
		{APP "/x/../.git/config", ASK, "not clean"},
		{APP "/x/", ASK, "not clean"},
		{"tcp:192.0.2.1:443", NONE, "no file"},
		{"", NONE, "no file"},
	}; /* clang-format on */

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		struct sel_protected p = sel_protected_of(row[i].path, &places);

		if (p.guard != row[i].guard)
			fail_msg("%s: %d, %s", row[i].path, (int)p.guard, row[i].why);
		assert_true((p.guard == SEL_GUARD_NONE) == (p.why == NULL));
	}
}

static void places_may_be_missing_or_strange(void **state)
{
	static const char *const slash[] = {"/", NULL};
	static const struct sel_places none = {0}, top = {.home = "/", .roots = slash},
				       odd = {.home = "relative"};

	(void)state;
	assert_int_equal(sel_protected_of("/home/ana/.ssh/x", &none).guard, NONE);
	assert_int_equal(sel_protected_of("/w/.git/config", &none).guard, CONF);
	assert_int_equal(sel_protected_of("/.ssh/x", &top).guard, ASK);
	assert_int_equal(sel_protected_of("/HEAD", &top).guard, ASK);
	assert_int_equal(sel_protected_of("/.ssh/x", &odd).guard, NONE);
	assert_false(sel_protected_prefix("/home", &none));
}

static void a_folder_can_bring_protected_names_along(void **state)
{
	static const struct {
		const char *path;
		bool prefix;
		const char *why;
	} row[] = {
		/* clang-format off */
		{APP "/src", false, "ordinary"},
		{APP "/.git", true, "config and hooks are in it"},
		{APP "/.GIT", true, "case"},
		{APP "/sub/.git", true, "in every folder"},
		{APP "/.git/hooks", true, "hooks are in it"},
		{APP "/.git/hooks/sub", true, "within the guarded folder"},
		{APP "/.git/hooks/x.sample", true, "a folder called sample can hold others"},
		{APP "/.git/modules", true, "above a submodule's"},
		{APP "/.git/modules/a/b", true, "may be a submodule's"},
		{APP "/.git/worktrees/w", true, "holds config.worktree"},
		{APP "/.git/objects", false, "no code in it"},
		{APP "/.git/refs/heads", false, "no code in it"},
		{APP "/.github", true, "workflows are in it"},
		{APP "/.github/workflows", true, "workflows"},
		{APP "/.github/ISSUE_TEMPLATE", false, "text"},
		{APP "/.vscode", true, "editor"},
		{APP "/.vscode/x", true, "within"},
		{APP "/.config", true, "fish, git, direnv"},
		{APP "/gradle", true, "the wrapper's properties"},
		{APP "/gradle/wrapper", true, "the wrapper's properties"},
		{APP "/gradle/other", false, "not the wrapper"},
		{APP "/.claude", true, "agent"},
		{APP "/.claude/projects", true, "only what lies below is excepted"},
		{APP "/.claude/projects/x", false, "all below is excepted"},
		{APP "/.claude/worktrees/x", false,
		 "names inside were judged where they were made"},
		{APP "/.claude/worktrees/x/.git", true, "by its own names"},
		{APP "/.envrc", false, "a folder of that name is not read"},
		{APP "/node_modules", false, "packages"},
		{APP "/node_modules/x", false, "packages"},
		{APP "/node_modules/x/.vscode", false, "packages"},
		{APP "/node_modules/x/.git", true, "git's own count there too"},
		{APP "/bin", false, "not home's"},
		{"/home/ana/bin", true, "search path"},
		{"/home/ana/.local", true, "search path below"},
		{"/home/ana/.local/share/app", false, "data"},
		{"/home/ana/.ssh", true, "keys"},
		{"/home/ana", true, "home itself"},
		{"/home", true, "above home"},
		{"/srv", true, "above a root"},
		{"/srv/two", true, "a root"},
		{"/srv/three", false, "beside"},
		{"/etc", true, "system"},
		{"/var/spool", true, "cron below"},
		{"/var/lib", false, "data"},
		{"/", true, "all"},
		{APP "/x/../.git", true, "not clean"},
		{"unix:@x", false, "no file"},
	}; /* clang-format on */

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++)
		if (sel_protected_prefix(row[i].path, &places) != row[i].prefix)
			fail_msg("%s: %s", row[i].path, row[i].why);
}

static void leaving_a_folder_of_packages_loses_its_freedom(void **state)
{
	static const struct {
		const char *from, *to;
		bool moves;
		const char *why;
	} row[] = {
		{APP "/a", APP "/b", false, "ordinary"},
		{APP "/a", APP "/.git", true, "takes a protected name"},
		{APP "/node_modules/.x-1", APP "/node_modules/x", false, "how npm installs"},
		{APP "/node_modules/x", APP "/x", true, "its .vscode would count now"},
		{APP "/node_modules", APP "/old", true, "all of them"},
		{APP "/tmp", APP "/node_modules", false, "into packages"},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++)
		if (sel_protected_moves(row[i].from, row[i].to, &places) != row[i].moves)
			fail_msg("%s -> %s: %s", row[i].from, row[i].to, row[i].why);
}

/* What is guarded can be reached by renaming a folder only through a prefix: every folder above a
 * guarded name from its first special part on must be one. */
static void every_guarded_file_lies_below_a_prefix_or_is_one_name(void **state)
{
	static const char *const guarded[] = {
		".git/config",
		".git/hooks/x",
		".git/modules/a/b/config",
		".git/worktrees/w/commondir",
		".vscode/a/b",
		".github/workflows/x",
		".config/git/config",
		".config/fish/x",
		".cargo/config.toml",
		"gradle/wrapper/gradle-wrapper.properties",
		".yarn/plugins/x",
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(guarded); i++) {
		char path[128];

		(void)snprintf(path, sizeof path, APP "/%s", guarded[i]);
		assert_int_not_equal(sel_protected_of(path, &places).guard, NONE);
		for (char *slash; (slash = strrchr(path, '/')) > path + strlen(APP);) {
			*slash = '\0';
			if (!sel_protected_prefix(path, &places))
				fail_msg("%s on the way to %s", path, guarded[i]);
		}
	}
}

static void random_paths_neither_crash_nor_take_for_ever(void **state)
{
	static const char *const bits[] = {
		"/", "/.git",	     "/modules", "/hooks",   "config",	     ".",	 "..",
		"*", "\xe2\x80\x8d", "\xe2",	 "\xf3\xa0", "node_modules", "/.claude", "a",
		"G"};
	char path[4096];

	(void)state;
	srandom(3);
	for (int round = 0; round < 20000; round++) {
		size_t used = 1, n = (size_t)random() % 60;

		(void)strcpy(path, "/");
		while (n-- > 0) {
			const char *bit = bits[random() % (long)SEL_N(bits)];

			(void)strcpy(path + used, bit);
			used += strlen(bit);
		}
		(void)sel_protected_of(path, &places);
		(void)sel_protected_prefix(path, &places);
	}
	/* As deep as a path can be: the search for "**" must stay linear. */
	(void)strcpy(path, "/.git/modules");
	while (strlen(path) < sizeof path - 3)
		(void)strcat(path, "/a");
	assert_int_equal(sel_protected_of(path, &places).guard, NONE);
	assert_true(sel_protected_prefix(path, &places));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_the_names_that_become_code),
		cmocka_unit_test(places_may_be_missing_or_strange),
		cmocka_unit_test(a_folder_can_bring_protected_names_along),
		cmocka_unit_test(leaving_a_folder_of_packages_loses_its_freedom),
		cmocka_unit_test(every_guarded_file_lies_below_a_prefix_or_is_one_name),
		cmocka_unit_test(random_paths_neither_crash_nor_take_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
