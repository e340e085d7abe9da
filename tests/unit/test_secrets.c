#include "test.h"

#include "secrets.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

static char top[PATH_MAX]; /* canonical; home is top/home, the workspace top/work */

static const char *at(const char *below)
{
	static char paths[64][PATH_MAX * 2];
	static unsigned next;
	char *path = paths[next++ % SEL_N(paths)];

	(void)snprintf(path, sizeof paths[0], "%s/%s", top, below);
	return path;
}

static void make_parents(const char *below)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof path, "%s", at(below));
	for (char *slash = strchr(path + strlen(top) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(path, 0700);
		*slash = '/';
	}
}

static void put(const char *below, const char *text)
{
	int fd;

	make_parents(below);
	fd = open(at(below), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	(void)close(fd);
}

static void put_link(const char *target, const char *below)
{
	make_parents(below);
	assert_int_equal(symlink(target, at(below)), 0);
}

static int make(void **state)
{
	static const char *const variables[] = {
		"XDG_CONFIG_HOME",
		"XDG_DATA_HOME",
		"XDG_CACHE_HOME",
		"CARGO_HOME",
		"GNUPGHOME",
		"KUBECONFIG",
		"DOCKER_CONFIG",
		"GH_CONFIG_DIR",
		"NETRC",
		"AWS_CONFIG_FILE",
		"PASSWORD_STORE_DIR",
		"HF_HOME",
		"NPM_CONFIG_USERCONFIG",
		"PGPASSFILE",
		"GOOGLE_APPLICATION_CREDENTIALS",
		"AWS_SHARED_CREDENTIALS_FILE",
		"CLOUDSDK_CONFIG",
		"SOPS_AGE_KEY_FILE",
		"AZURE_CONFIG_DIR",
		"AWS_WEB_IDENTITY_TOKEN_FILE",
	};
	const char *tmp = getenv("TMPDIR");
	char path[PATH_MAX];

	(void)state;
	for (size_t i = 0; i < SEL_N(variables); i++)
		(void)unsetenv(variables[i]);
	(void)snprintf(path, sizeof path, "%s/seldom-secrets-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(path) || !realpath(path, top))
		return -1;
	make_parents("home/x");
	make_parents("work/x");
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int clean(void **state)
{
	(void)state;
	return nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void find(struct sel_secrets *s, int depth)
{
	const char *roots[] = {at("work"), NULL};

	assert_int_equal(sel_secrets_find(at("home"), NULL, roots, depth, s, NULL), 0);
}

static const struct sel_secret *has(const struct sel_secrets *s, const char *below)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->items[i].path, at(below)) == 0)
			return &s->items[i];
	return NULL;
}

/* How many of them lie in our folder: as root the machine's own are found as well. */
static size_t ours(const struct sel_secrets *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += strncmp(s->items[i].path, top, strlen(top)) == 0;
	return n;
}

static void finds_what_exists_and_says_what_it_is(void **state)
{
	struct sel_secrets s;
	struct stat st;

	(void)state;
	find(&s, 4);
	assert_int_equal(ours(&s), 0); /* an empty home has none */
	sel_secrets_done(&s);

	put("home/.ssh/id_ed25519", "x");
	put("home/.aws/credentials", "x");
	put("home/.netrc", "x");
	put("home/.config/gh/hosts.yml", "x");
	put("home/.docker/config.json", "x");
	put("home/.docker/other.json", "x");
	put("home/.config/chromium/Default/Cookies", "x");
	put("home/.bashrc", "x");
	find(&s, 4);
	assert_int_equal(ours(&s), 6);
	assert_true(has(&s, "home/.ssh")->folder);
	assert_string_equal(has(&s, "home/.ssh")->what, "SSH keys");
	assert_false(has(&s, "home/.netrc")->folder);
	assert_non_null(has(&s, "home/.config/gh"));
	assert_non_null(has(&s, "home/.docker/config.json"));
	assert_non_null(has(&s, "home/.config/chromium"));
	assert_int_equal(stat(at("home/.netrc"), &st), 0);
	assert_true(has(&s, "home/.netrc")->dev == st.st_dev &&
		    has(&s, "home/.netrc")->ino == st.st_ino);
	for (size_t i = 1; i < s.n; i++)
		assert_true(strcmp(s.items[i - 1].path, s.items[i].path) != 0);
	sel_secrets_done(&s);
}

static void a_file_that_needs_a_token_is_one_only_with_it(void **state)
{
	struct sel_secrets s;
	char *big = calloc(1, 300 * 1024);

	(void)state;
	put("home/.npmrc", "registry=https://registry.example.test/\n");
	put("home/.my.cnf", "[client]\nuser=x\n");
	put("work/.npmrc", "save-exact=true\n");
	find(&s, 4);
	assert_int_equal(ours(&s), 0);
	sel_secrets_done(&s);

	put("home/.npmrc", "//registry.example.test/:_authToken=x\n");
	put("home/.my.cnf", "[client]\npassword=x\n");
	put("work/.npmrc", "//registry.example.test/:_password=x\n");
	find(&s, 4);
	assert_int_equal(ours(&s), 3);
	sel_secrets_done(&s);

	assert_non_null(big); /* a token behind more than we read must not be missed */
	memset(big, 'x', 300 * 1024 - 1);
	put("home/.npmrc", big);
	find(&s, 4);
	assert_non_null(has(&s, "home/.npmrc"));
	sel_secrets_done(&s);
	free(big);
}

static void links_are_followed_to_what_they_mean(void **state)
{
	struct sel_secrets s;

	(void)state;
	put("dots/ssh/id", "x");
	put("dots/netrc", "x");
	put("dots/aws-credentials", "x");
	put("dots/folder/x", "x");
	put_link(at("dots/ssh"), "home/.ssh");			       /* the folder is a link */
	put_link(at("dots/netrc"), "home/.netrc");		       /* the file is one */
	put_link(at("dots/aws-credentials"), "home/.aws/credentials"); /* a link inside */
	put_link(at("dots/folder"), "home/.aws/folder"); /* to a folder: not guessed */
	put_link("/usr/bin/env", "home/.aws/tool");	 /* the system's */
	put_link(at("absent"), "home/.pgpass");		 /* dangling */
	put_link(at("home"), "home/.gnupg");		 /* to all of home */
	put_link(".", "home/.kube/self");
	find(&s, 4);
	assert_non_null(has(&s, "dots/ssh"));
	assert_non_null(has(&s, "dots/netrc"));
	assert_non_null(has(&s, "home/.aws"));
	assert_non_null(has(&s, "dots/aws-credentials"));
	assert_string_equal(has(&s, "dots/aws-credentials")->what, "AWS credentials");
	assert_non_null(has(&s, "home/.kube"));
	assert_int_equal(ours(&s), 5);
	for (size_t i = 0; i < s.n; i++)
		assert_string_not_equal(s.items[i].path, "/usr/bin/env");
	sel_secrets_done(&s);
}

static void the_environment_moves_rows(void **state)
{
	char list[PATH_MAX * 2];
	struct sel_secrets s;

	(void)state;
	put("cfg/gh/hosts.yml", "x");
	put("home/.config/gh/hosts.yml", "x");
	put("k1", "x");
	put("k2", "x");
	put("gpg/key", "x");
	put("dc/config.json", "x");
	(void)snprintf(list, sizeof list, "%s:relative:%s:", at("k1"), at("k2"));
	assert_int_equal(setenv("KUBECONFIG", list, 1), 0);
	assert_int_equal(setenv("XDG_CONFIG_HOME", at("cfg"), 1), 0);
	assert_int_equal(setenv("GNUPGHOME", at("gpg"), 1), 0);
	assert_int_equal(setenv("DOCKER_CONFIG", at("dc"), 1), 0);
	assert_int_equal(setenv("NETRC", "/dev/null", 1), 0); /* no file */
	assert_int_equal(setenv("PASSWORD_STORE_DIR", at("work"), 1),
			 0);					/* would hide the workspace */
	assert_int_equal(setenv("CLOUDSDK_CONFIG", "/", 1), 0); /* would hide all */
	find(&s, 4);
	assert_non_null(has(&s, "cfg/gh"));
	assert_non_null(has(&s, "home/.config/gh")); /* the usual place as well */
	assert_non_null(has(&s, "k1"));
	assert_non_null(has(&s, "k2"));
	assert_non_null(has(&s, "gpg"));
	assert_non_null(has(&s, "dc/config.json"));
	assert_int_equal(ours(&s), 6);
	sel_secrets_done(&s);
}

static void finds_dotenv_files_in_the_workspace(void **state)
{
	static const struct {
		const char *below;
		bool secret;
		const char *why;
	} row[] = {
		{"work/.env", true, "the root"},
		{"work/.env.local", true, "a variant"},
		{"work/.env.production", true, "a variant"},
		{"work/a/b/.env", true, "as deep as asked for"},
		{"work/a/b/c/.env", false, "deeper"},
		{"work/.env.example", false, "an example"},
		{"work/.env.local.sample", false, "a sample"},
		{"work/.env.template", false, "a template"},
		{"work/.env.dist", false, "an example"},
		{"work/.envrc", false, "another program's"},
		{"work/env", false, "no dot"},
		{"work/.environment", false, "another name"},
		{"work/node_modules/p/.env", false, "a package's"},
		{"work/.git/.env", false, "git's"},
		{"work/venv/.env/bin/python", false, "a virtual environment called .env"},
	};
	struct sel_secrets s;
	size_t want = 1;

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++)
		put(row[i].below, "X=1\n");
	put("elsewhere/settings", "X=1\n");
	put_link(at("elsewhere/settings"), "work/link/.env"); /* its target is meant */
	find(&s, 2);
	for (size_t i = 0; i < SEL_N(row); i++) {
		if (!has(&s, row[i].below) != !row[i].secret)
			fail_msg("%s: %s", row[i].below, row[i].why);
		want += row[i].secret;
	}
	assert_non_null(has(&s, "elsewhere/settings"));
	assert_int_equal(ours(&s), want);
	assert_false(s.cut);
	sel_secrets_done(&s);
}

static void other_names_of_a_secret_are_secrets(void **state)
{
	struct sel_secrets s;

	(void)state;
	put("home/.ssh/id", "x");
	put("home/.netrc", "x");
	put("work/file", "x");
	make_parents("work/a/x");
	assert_int_equal(link(at("home/.ssh/id"), at("work/a/notes.txt")), 0);
	assert_int_equal(link(at("home/.netrc"), at("work/n")), 0);
	assert_int_equal(link(at("work/file"), at("work/file2")), 0);
	find(&s, 4);
	assert_string_equal(has(&s, "work/a/notes.txt")->what, "SSH keys");
	assert_true(has(&s, "work/n")->ino == has(&s, "home/.netrc")->ino);
	assert_int_equal(ours(&s), 4);
	sel_secrets_done(&s);
}

static void the_search_of_a_workspace_is_bounded_and_says_so(void **state)
{
	struct sel_secrets s;
	char name[64];

	(void)state;
	put("work/.env", "x");
	put("work/a/.env", "x");
	for (int i = 0; i < 10050; i++) {
		(void)snprintf(name, sizeof name, "work/a/b/%d", i);
		if (i == 0)
			make_parents(name);
		assert_int_equal(mknod(at(name), S_IFREG | 0600, 0), 0);
	}
	find(&s, 4);
	assert_true(s.cut);
	assert_non_null(has(&s, "work/.env")); /* upper folders come first */
	assert_non_null(has(&s, "work/a/.env"));
	sel_secrets_done(&s);
}

static void what_the_person_names_must_be_there(void **state)
{
	const char *extra[] = {at("mine"), at("folder"), NULL},
		   *bad[] = {at("mine"), at("absent"), NULL}, *slash[] = {"/", NULL},
		   *null[] = {"/dev/null", NULL}, *wrong = NULL;
	struct sel_secrets s = {0};

	(void)state;
	put("mine", "x");
	put("folder/in/x", "x");
	assert_int_equal(sel_secrets_find(NULL, extra, NULL, 0, &s, &wrong), 0);
	assert_non_null(has(&s, "mine"));
	assert_true(has(&s, "folder")->folder);
	sel_secrets_done(&s);
	assert_int_equal(sel_secrets_find(NULL, bad, NULL, 0, &s, &wrong), -ENOENT);
	assert_ptr_equal(wrong, bad[1]);
	assert_int_equal(sel_secrets_find(NULL, slash, NULL, 0, &s, &wrong), -EINVAL);
	assert_ptr_equal(wrong, slash[0]);
	assert_int_equal(sel_secrets_find(NULL, null, NULL, 0, &s, &wrong), -EINVAL);
	assert_null(s.items);
}

static void a_secret_below_another_is_left_out(void **state)
{
	const char *extra[] = {at("home/.ssh/id"), at("home/.ssh.d/x"), at("home/.ssh-x"),
			       at("home/.ssh"), NULL};
	struct sel_secrets s;

	(void)state;
	put("home/.ssh/id", "x");
	put("home/.ssh.d/x", "x"); /* sorts between ".ssh" and ".ssh/id" byte by byte */
	put("home/.ssh-x", "x");
	assert_int_equal(sel_secrets_find(at("home"), extra, NULL, 0, &s, NULL), 0);
	assert_non_null(has(&s, "home/.ssh"));
	assert_null(has(&s, "home/.ssh/id"));
	assert_non_null(has(&s, "home/.ssh.d/x"));
	assert_non_null(has(&s, "home/.ssh-x"));
	assert_int_equal(ours(&s), 3);
	sel_secrets_done(&s);
}

static void an_absent_home_or_workspace_is_fine(void **state)
{
	const char *roots[] = {at("absent"), at("work"), NULL};
	struct sel_secrets s;

	(void)state;
	put("work/.env", "x");
	assert_int_equal(sel_secrets_find(at("absent"), NULL, roots, 1, &s, NULL), 0);
	assert_int_equal(ours(&s), 1);
	sel_secrets_done(&s);
	assert_int_equal(sel_secrets_find(NULL, NULL, NULL, 0, &s, NULL), 0);
	sel_secrets_done(&s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clean)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(finds_what_exists_and_says_what_it_is),
		TEST(a_file_that_needs_a_token_is_one_only_with_it),
		TEST(links_are_followed_to_what_they_mean),
		TEST(the_environment_moves_rows),
		TEST(finds_dotenv_files_in_the_workspace),
		TEST(other_names_of_a_secret_are_secrets),
		TEST(the_search_of_a_workspace_is_bounded_and_says_so),
		TEST(what_the_person_names_must_be_there),
		TEST(a_secret_below_another_is_left_out),
		TEST(an_absent_home_or_workspace_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
