#include "test.h"

#include "gitconfig.h"
#include "protected.h"

#include <fcntl.h>
#include <stdio.h>

/* --- the list of variables, written out as `git config --list -z` does -------------------------
 */

struct list {
	char bytes[65536];
	size_t n;
};

static int list_add(const char *name, const char *value, void *ctx)
{
	struct list *l = ctx;

	l->n += (size_t)snprintf(l->bytes + l->n, sizeof l->bytes - l->n, value ? "%s\n%s" : "%s",
				 name, value);
	l->bytes[l->n++] = '\0';
	assert_true(l->n < sizeof l->bytes / 2);
	return 0;
}

static int parse(const char *text, size_t n, struct list *l)
{
	l->n = 0;
	return sel_gitconfig_parse(text, n, list_add, l);
}

static void reads_as_git_reads(void **state)
{
	static const struct {
		const char *text, *list; /* '|' for NUL; NULL: refused */
		const char *why;
	} row[] = {
		{"", "", "empty"},
		{"[a]\nb = c\n", "a.b\nc|", "plain"},
		{"[a]b=c", "a.b\nc|", "one line, no end"},
		{"[A]\nB = C\n", "a.b\nC|", "section and key without case"},
		{"[a \"S\"]\nb=c", "a.S.b\nc|", "subsection with case"},
		{"[a.S]\nb=c", "a.s.b\nc|", "old form of it without"},
		{"[a \"x\\\"y\\\\z\\n\"]\nb=c", "a.x\"y\\zn.b\nc|",
		 "escapes in it are any character"},
		{"[a \t \"s\"]b=c", "a.s.b\nc|", "space before it"},
		{"[a \"s\" ]b=c", NULL, "space after it"},
		{"[a s]b=c", NULL, "without quotes"},
		{"[a \"s]\nb=c", NULL, "not closed"},
		{"[a", NULL, "bracket not closed"},
		{"[a_b]\nc=d", NULL, "no key character"},
		{"[]\nb=c", ".b\nc|", "no name"},
		{"[a]\nb", "a.b|", "no value is true"},
		{"[a]\nb\nc = d", "a.b|a.c\nd|", "no value, then another"},
		{"[a]\nb =", "a.b\n|", "an empty value is not the same"},
		{"[a]\nb c", NULL, "a word after the key"},
		{"[a]\n1b=c", NULL, "a digit in front"},
		{"[a]\nb1-c=d", "a.b1-c\nd|", "digits and dashes inside"},
		{"[a]\nb.c=d", NULL, "a dot in the key"},
		{"b = c", "b\nc|", "no section"},
		{"[a]\nb = c ; no\n", "a.b\nc|", "comment"},
		{"[a]\nb = c#no\n", "a.b\nc|", "comment without space"},
		{"[a]\nb = \"c;#\"\n", "a.b\nc;#|", "not in quotes"},
		{"# x\n; y\n[a] # z\nb=c", "a.b\nc|", "comments around"},
		{"[a]\nb = c \\\n d\n", "a.b\nc  d|", "the line goes on"},
		{"[a]\nb = c # x \\\n d\n", "a.b\nc|a.d|", "but not in a comment"},
		{"[a]\nb = c\\", "a.b\nc|", "goes on to the end"},
		{"[a]\nb = \"c \\\n d\"\n", "a.b\nc  d|", "in quotes"},
		{"[a]\nb = \"c\nd\"\n", NULL, "quotes over a line end"},
		{"[a]\nb = \"c", NULL, "quotes over the end"},
		{"[a]\nb = x\" y \"z\n", "a.b\nx y z|", "quotes inside"},
		{"[a]\nb = \\t\\b\\n\\\"\\\\\n", "a.b\n\t\b\n\"\\|", "escapes"},
		{"[a]\nb = \\x\n", NULL, "an unknown one"},
		{"[a]\r\nb = c\r\n", "a.b\nc|", "CRLF"},
		{"[a]\nb = c\\\r\nd\r\n", "a.b\ncd|", "CRLF in a continued line"},
		{"[a]\nb = c\rd\n", "a.b\nc d|", "CR alone is space"},
		{"\xef\xbb\xbf[a]\nb=c", "a.b\nc|", "byte order mark"},
		{"\xef\xbb[a]\nb=c", NULL, "half of it"},
		{" [a] [c] b=d", "c.b\nd|", "sections on one line"},
		{"[core]\n\thooksPath\t=\t/x\n", "core.hookspath\n/x|", "tabs"},
		{"[a]\n\vb=c", NULL, "vertical tab is no space"},
	};
	struct list *l = malloc(sizeof *l);

	(void)state;
	assert_non_null(l);
	for (size_t i = 0; i < SEL_N(row); i++) {
		int r = parse(row[i].text, strlen(row[i].text), l);

		for (size_t k = 0; k < l->n; k++)
			if (l->bytes[k] == '\0')
				l->bytes[k] = '|';
		if (r != (row[i].list ? 0 : -EINVAL) ||
		    (row[i].list &&
		     (l->n != strlen(row[i].list) || memcmp(l->bytes, row[i].list, l->n) != 0)))
			fail_msg("%s: %d '%.*s'", row[i].why, r, (int)l->n, l->bytes);
	}
	free(l);
}

static int stop(const char *name, const char *value, void *ctx)
{
	(void)name;
	(void)value;
	++*(int *)ctx;
	return -ECANCELED;
}

static void refuses_a_nul_and_what_is_too_big(void **state)
{
	char *big = malloc(SEL_GITCONFIG_MAX + 1);
	int calls = 0;

	(void)state;
	assert_non_null(big);
	memset(big, '\n', SEL_GITCONFIG_MAX + 1);
	assert_int_equal(sel_gitconfig_parse("[a]\nb=c\0d", 9, stop, &calls), -EINVAL);
	assert_int_equal(sel_gitconfig_parse(big, SEL_GITCONFIG_MAX + 1, stop, &calls), -EINVAL);
	assert_int_equal(calls, 0);
	assert_int_equal(sel_gitconfig_parse(big, SEL_GITCONFIG_MAX, stop, &calls), 0);
	assert_int_equal(sel_gitconfig_parse("[a]\nb=c\nd=e", 11, stop, &calls), -ECANCELED);
	assert_int_equal(calls, 1);
	free(big);
}

/* --- against git itself -------------------------------------------------------------------------
 */

/* What git lists, or -EINVAL if it refuses the file. */
static int git_list(const char *file, struct list *l)
{
	char command[512];
	FILE *pipe;

	(void)snprintf(command, sizeof command, "git config --list -z -f '%s' 2>/dev/null", file);
	pipe = popen(command, "re");
	if (!pipe)
		return -errno;
	l->n = fread(l->bytes, 1, sizeof l->bytes, pipe);
	return pclose(pipe) == 0 ? 0 : -EINVAL;
}

/* Git 2.45 stopped to turn inner white space into spaces; whichever git is here, compare so. */
static void flatten(struct list *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->bytes[i] == '\t' || l->bytes[i] == '\r')
			l->bytes[i] = ' ';
}

static size_t random_config(char *out, size_t cap)
{
	static const char *const bits[] = {
		"[core]",
		"\n",
		"[remote \"o\"]",
		"url",
		" = ",
		"=",
		"\"",
		"\\",
		"\\\n",
		"\r\n",
		"\r",
		"#",
		";",
		" ",
		"\t",
		"a",
		"B-1",
		"[",
		"]",
		"[a.B]",
		"[s \"x\\\"y\"]",
		"\\n",
		"\\t",
		"\\\"",
		"\\q",
		"value",
		"\xc3\xa9",
		"\xff",
		"!sh -c",
		"\n\n\t",
		"key",
		"\nkey = v\n",
		".",
		"\v",
		"[x]\n",
		"  ",
		"\xef\xbb\xbf",
	};
	size_t used = 0, n = (size_t)random() % 24;

	if (random() % 4 != 0)
		used = (size_t)snprintf(out, cap, "[s]\nk");
	while (n-- > 0) {
		const char *bit = bits[random() % (long)SEL_N(bits)];
		size_t len = strlen(bit);

		if (len >= cap - used)
			break;
		memcpy(out + used, bit, len);
		used += len;
	}
	return used;
}

static void agrees_with_git_on_random_files(void **state)
{
	const char *tmp = getenv("TMPDIR");
	struct list *ours = malloc(sizeof *ours), *theirs = malloc(sizeof *theirs);
	char file[256], text[512];
	size_t refused = 0;
	int fd;

	(void)state;
	if (system("git --version >/dev/null 2>&1") != 0) {
		free(ours);
		free(theirs);
		print_message("git is not installed: nothing to compare with\n");
		skip();
	}
	assert_non_null(ours);
	assert_non_null(theirs);
	(void)snprintf(file, sizeof file, "%s/seldom-gitconfig-XXXXXX", tmp ? tmp : "/tmp");
	fd = mkostemp(file, O_CLOEXEC);
	assert_true(fd >= 0);
	srandom(2026);
	for (int round = 0; round < 400; round++) {
		size_t n = random_config(text, sizeof text);
		int r = parse(text, n, ours), g;

		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, text, n, 0), (ssize_t)n);
		g = git_list(file, theirs);
		flatten(ours);
		flatten(theirs);
		refused += g < 0;
		if (r != g || (r == 0 && (ours->n != theirs->n ||
					  memcmp(ours->bytes, theirs->bytes, ours->n) != 0))) {
			(void)unlink(file);
			fail_msg("round %d: we %d, git %d\n%.*s\n--", round, r, g, (int)n, text);
		}
	}
	(void)unlink(file);
	(void)close(fd);
	assert_in_range(refused, 20, 380); /* else the files say nothing about one of the two */
	free(ours);
	free(theirs);
}

/* --- judging ------------------------------------------------------------------------------------
 */

static int judge(const char *now, const char *old, char *key)
{
	return sel_gitconfig_judge(now, strlen(now), old, strlen(old), key, 64);
}

static void ordinary_configuration_is_free(void **state)
{
	static const struct {
		const char *text, *why;
	} row[] = {
		{"", "empty"},
		{"[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n"
		 "\tlogallrefupdates = true\n",
		 "git init"},
		{"[core]\n\tignorecase = true\n\tprecomposeunicode = true\n\tsymlinks = false\n",
		 "git init elsewhere"},
		{"[user]\n\tname = Ana\n\temail = ana@example.test\n", "who"},
		{"[user]\n\tname = !sh -c 'x'\n", "a name is never run"},
		{"[remote \"origin\"]\n\turl = https://git.example.test/a.git\n"
		 "\tfetch = +refs/heads/*:refs/remotes/origin/*\n",
		 "git remote add"},
		{"[branch \"main\"]\n\tremote = origin\n\tmerge = refs/heads/main\n", "upstream"},
		{"[branch \"a.b\"]\n\tremote = origin\n\trebase = true\n", "dots in a branch"},
		{"[extensions]\n\tobjectformat = sha256\n[core]\nrepositoryformatversion = 1\n",
		 "SHA-256"},
		{"[remote \"o\"]\n\tpromisor = true\n\tpartialclonefilter = blob:none\n",
		 "partial clone"},
		{"[gc]\n\tauto = 0\n", "no collection"},
		{"[pull]\n\trebase = true\n[push]\n\tdefault = current\n", "habits"},
		{"[color \"diff\"]\n\tmeta = yellow bold\n[color]\n\tui = auto\n", "colours"},
		{"[advice]\n\tdetachedHead = false\n", "advice"},
		{"[commit]\n\tgpgsign\n", "no value is true"},
		{"[init]\n\tdefaultBranch = main\n", "name of the first branch"},
		{"[submodule \"x\"]\n\tactive = true\n\turl = ../x.git\n\tupdate = checkout\n",
		 "submodule"},
		{"[core]\n\tautocrlf = input\n\twhitespace = -trailing-space,tab-in-indent\n",
		 "white space"},
	};
	char key[64];

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++)
		if (judge(row[i].text, "", key) != 0)
			fail_msg("%s: %s", row[i].why, key);
}

static void what_runs_or_redirects_asks(void **state)
{
	static const struct {
		const char *text, *key, *why;
	} row[] = {
		{"[core]\nfsmonitor = ./x", "core.fsmonitor", "runs at each status"},
		{"[core]\nhooksPath = hooks", "core.hookspath", "hooks"},
		{"[CORE]\nHOOKSPATH = hooks", "core.hookspath", "case"},
		{"[core]\nsshCommand = x", "core.sshcommand", "runs at each fetch"},
		{"[core]\npager = x", "core.pager", "runs at each log"},
		{"[core]\neditor = x", "core.editor", "runs at each commit"},
		{"[core]\nworktree = /", "core.worktree", "redirects"},
		{"[core]\naskPass = x", "core.askpass", "runs"},
		{"[core]\ngitProxy = x", "core.gitproxy", "runs"},
		{"[core]\nattributesFile = x", "core.attributesfile", "redirects"},
		{"[core]\nprotectNTFS = false", "core.protectntfs", "takes a guard away"},
		{"[alias]\nst = !x", "alias.st", "runs"},
		{"[alias]\nst = status", "alias.st", "could shadow"},
		{"[filter \"f\"]\nclean = x", "filter.f.clean", "runs"},
		{"[diff]\nexternal = x", "diff.external", "runs"},
		{"[diff \"d\"]\ntextconv = x", "diff.d.textconv", "runs"},
		{"[diff \"algorithm\"]\ncommand = x", "diff.algorithm.command",
		 "a subsection called like a free key"},
		{"[merge \"m\"]\ndriver = x", "merge.m.driver", "runs"},
		{"[include]\npath = x", "include.path", "anything"},
		{"[includeIf \"gitdir:/\"]\npath = x", "includeif.gitdir:/.path", "anything"},
		{"[credential]\nhelper = x", "credential.helper", "runs"},
		{"[url \"ext::x\"]\ninsteadOf = https://", "url.ext::x.insteadof", "redirects"},
		{"[protocol \"ext\"]\nallow = always", "protocol.ext.allow", "takes a guard away"},
		{"[gpg]\nprogram = x", "gpg.program", "runs"},
		{"[gpg \"ssh\"]\ndefaultKeyCommand = x", "gpg.ssh.defaultkeycommand", "runs"},
		{"[gc]\nrecentObjectsHook = x", "gc.recentobjectshook", "gc.* is not all free"},
		{"[sequence]\neditor = x", "sequence.editor", "runs"},
		{"[uploadpack]\npackObjectsHook = x", "uploadpack.packobjectshook", "runs"},
		{"[init]\ntemplateDir = x", "init.templatedir", "brings hooks"},
		{"[safe]\ndirectory = *", "safe.directory", "takes a guard away"},
		{"[http]\nproxy = x", "http.proxy", "redirects"},
		{"[http \"https://x/\"]\nsslVerify = false", "http.https://x/.sslverify",
		 "takes a guard away"},
		{"[submodule \"s\"]\nupdate = !x", "submodule.s.update", "runs"},
		{"[remote \"o\"]\nuploadpack = x", "remote.o.uploadpack", "runs"},
		{"[remote \"o\"]\nreceivepack = x", "remote.o.receivepack", "runs"},
		{"[remote \"o\"]\nvcs = x", "remote.o.vcs", "runs git-remote-x"},
		{"[remote \"o\"]\nproxy = x", "remote.o.proxy", "redirects"},
		{"[remote \"o\"]\npushurl = https://a.test/", "remote.o.pushurl",
		 "redirects a push"},
		{"[remote \"o\"]\nmirror = true", "remote.o.mirror",
		 "a push would remove branches"},
		{"[remote \"o\"]\nurl = https://a.test/\nurl = https://b.test/", "remote.o.url",
		 "a push goes to both"},
		{"[remote \"o\"]\ntagopt = --upload-pack=x", "remote.o.tagopt", "an option"},
		{"[branch \"m\"]\nremote = ext::x", "branch.m.remote", "an address for a name"},
		{"[branch \"m\"]\nremote = -x", "branch.m.remote", "an option"},
		{"[branch \"m\"]\nremote", "branch.m.remote", "no value"},
		{"[branch \"m\"]\nmergeoptions = --strategy=x", "branch.m.mergeoptions",
		 "runs git-merge-x"},
		{"[branch \"m\"]\npushRemote = evil", "branch.m.pushremote", "redirects"},
		{"[branch \"m\"]\nmerge = --x", "branch.m.merge", "no reference"},
		{"[extensions]\nrefStorage = files:/x", "extensions.refstorage", "elsewhere"},
		{"[core]\nbare = /x", "core.bare", "not a boolean"},
		{"[core]\nrepositoryformatversion = 99", "core.repositoryformatversion",
		 "unknown to us"},
		{"[core]\nfuture = 1", "core.future", "unknown"},
		{"[future]\nx", "future.x", "unknown section"},
		{"x = y", "x", "no section"},
		{"[user]\nname = a\n[core]\neditor = x\n[user]\nemail = b", "core.editor",
		 "hidden among the free"},
		{"[user \"x\"]\nname = a", "user.x.name", "another key, not user.name"},
		{"[us]\ner.name = a", "", "does not parse"},
		{"[core]\n er=x", "core.er", "part of a listed word"},
		{"[core]\nbar = x", "core.bar", "part of a listed word"},
	};
	char key[64];

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		int r = judge(row[i].text, "", key);

		if (r != (*row[i].key ? 1 : -EINVAL) || strcmp(key, row[i].key) != 0)
			fail_msg("%s: %d '%s'", row[i].why, r, key);
	}
}

static void an_address_must_not_run_anything(void **state)
{
	static const struct {
		const char *url;
		bool harmless;
		const char *why;
	} row[] = {
		{"https://git.example.test/a.git", true, "web"},
		{"https://user:token@git.example.test/a.git", true, "with a token"},
		{"http://git.example.test:8080/a", true, "port"},
		{"ssh://git@git.example.test:22/a", true, "ssh"},
		{"ssh://[2001:db8::1]:22/a", true, "IPv6"},
		{"git@git.example.test:a/b.git", true, "as scp writes it"},
		{"git.example.test:a", true, "without a user"},
		{"git://git.example.test/a", true, "git's own"},
		{"file:///srv/a.git", true, "file"},
		{"/srv/a.git", true, "path"},
		{"../a b.git", true, "path with a space"},
		{"./a:b", true, "path with a colon"},
		{"/srv/a::b", true, "path with two"},
		{"ext::sh -c x", false, "runs a command"},
		{"fd::3", false, "a helper"},
		{"foo::https://x.test/", false, "a helper"},
		{"foo://x.test/", false, "runs git-remote-foo"},
		{"HTTPS://x.test/", false, "git knows it in lower case only: a helper"},
		{"-x", false, "an option"},
		{"--upload-pack=x", false, "an option"},
		{"ssh://-oProxyCommand=x/a", false, "an option to ssh"},
		{"ssh://git@-oProxyCommand=x/a", false, "behind a user"},
		{"ssh://-x@host.test/a", false, "as the user"},
		{"ssh://%2doProxyCommand=x/a", false, "decoded later"},
		{"ssh://%2dx@host.test/a", false, "decoded later"},
		{"-oProxyCommand=x:a", false, "as scp writes it"},
		{"git@-oProxyCommand=x:a", false, "behind a user"},
		{"host.test:-x", false, "a path like an option"},
		{"ssh:///a", false, "no host"},
		{"https://", false, "no host"},
		{":x", false, "no host"},
		{"", false, "empty"},
		{"https://x.test/\ta", false, "a control character"},
	};
	char text[256], key[64];

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		(void)snprintf(text, sizeof text, "[remote \"o\"]\n\turl = \"%s\"\n", row[i].url);
		if (judge(text, "", key) != (row[i].harmless ? 0 : 1))
			fail_msg("%s: %s", row[i].url, row[i].why);
	}
}

static void only_what_is_new_asks(void **state)
{
#define HOOKS  "[core]\nhooksPath = /safe\n"
#define ORIGIN "[remote \"origin\"]\nurl = https://a.test/x\n"
	static const struct {
		const char *old, *now;
		int result;
		const char *why;
	} row[] = {
		{HOOKS, HOOKS, 0, "unchanged"},
		{HOOKS, "[core]\n\tHooksPath = \"/safe\"\n", 0,
		 "written otherwise, means the same"},
		{HOOKS, HOOKS "[user]\nname = x\n", 0, "something free added"},
		{HOOKS, "[user]\nname = x\n" HOOKS, 0, "in front"},
		{HOOKS, "", 0, "taken away: the person's own holds"},
		{HOOKS, "[core]\nhooksPath = /evil\n", 1, "changed"},
		{HOOKS, HOOKS "hooksPath = /evil\n", 1, "a second one wins"},
		{HOOKS, HOOKS "hooksPath = /safe\n", 1,
		 "more often than before: not worth a thought"},
		{HOOKS, HOOKS "editor = x\n", 1, "another one"},
		{"[core]\nhooksPath = /evil\nhooksPath = /safe\n", "[core]\nhooksPath = /evil\n", 1,
		 "without the last the one before wins"},
		{"[core]\nhooksPath = /a\nhooksPath = /b\n",
		 "[core]\nhooksPath = /b\nhooksPath = /a\n", 1, "order decides"},
		{"[core]\nhooksPath = /a\nhooksPath = /b\n", "[core]\nhooksPath = /b\n", 1,
		 "the first is lost: strict"},
		{"[credential]\nhelper = x\nhelper =\n", "[credential]\nhelper = x\n", 1,
		 "an empty one took all before away"},
		{"[alias]\na = !x\nb = !y\n", "[alias]\nb = !y\n", 0,
		 "one key gone, the other as it was"},
		{"[alias]\na = !x\nb = !y\n", "[alias]\nb = !y\na = !x\n", 1,
		 "order among keys: includes"},
		{"[alias]\na = x\n", "[alias]\na\n", 1, "value gone"},
		{"[alias]\na\n", "[alias]\na =\n", 1, "no value is not an empty one"},
		{"[core\n", HOOKS, 1, "the old one did not parse: nothing is old"},
		{ORIGIN, ORIGIN, 0, "the remote as it was"},
		{ORIGIN, "[remote \"origin\"]\nurl = https://evil.test/x\n", 1,
		 "set-url redirects"},
		{ORIGIN, ORIGIN "url = https://evil.test/x\n", 1,
		 "a second address gets pushes too"},
		{ORIGIN, ORIGIN "[remote \"b\"]\nurl = https://b.test/x\n", 0, "another remote"},
		{ORIGIN, "[remote \"b\"]\nurl = https://b.test/x\n" ORIGIN, 0,
		 "another one in front"},
		{ORIGIN, "", 0, "remote removed"},
		{ORIGIN, "[remote \"Origin\"]\nurl = https://b.test/x\n", 0,
		 "case makes another remote"},
		{"[branch \"m\"]\nremote = a\n", "[branch \"m\"]\nremote = evil\n", 1,
		 "pushes elsewhere"},
		{"[branch \"m\"]\nremote = a\n", "[branch \"n\"]\nremote = a\n", 0,
		 "another branch"},
		{"[user]\nname = a\n", "[user]\nname = b\n", 0, "free to change"},
	};
	char key[64];

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++)
		if (judge(row[i].now, row[i].old, key) != row[i].result)
			fail_msg("%s: '%s'", row[i].why, key);
}

static void the_key_is_cut_to_fit_and_big_files_are_judged(void **state)
{
	char key[8], *text = malloc(SEL_GITCONFIG_MAX);
	size_t n = 0;

	(void)state;
	assert_non_null(text);
	assert_int_equal(sel_gitconfig_judge("[alias]\nlongname = x", 20, NULL, 0, key, sizeof key),
			 1);
	assert_string_equal(key, "alias.l");
	assert_int_equal(sel_gitconfig_judge("[alias]\nlongname = x", 20, NULL, 0, NULL, 0), 1);
	for (int i = 0; n < SEL_GITCONFIG_MAX - 100; i++)
		n += (size_t)sprintf(text + n,
				     "[branch \"b%d\"]\nremote = o\nmerge = refs/heads/b\n", i);
	assert_int_equal(sel_gitconfig_judge(text, n, text, n, key, sizeof key), 0);
	n += (size_t)sprintf(text + n, "[core]\npager = x\n");
	assert_int_equal(sel_gitconfig_judge(text, n, text, n, key, sizeof key), 0);
	assert_int_equal(sel_gitconfig_judge(text, n, text, n - 6, key, sizeof key), 1);
	assert_string_equal(key, "core.pa");
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_as_git_reads),
		cmocka_unit_test(refuses_a_nul_and_what_is_too_big),
		cmocka_unit_test(agrees_with_git_on_random_files),
		cmocka_unit_test(ordinary_configuration_is_free),
		cmocka_unit_test(what_runs_or_redirects_asks),
		cmocka_unit_test(an_address_must_not_run_anything),
		cmocka_unit_test(only_what_is_new_asks),
		cmocka_unit_test(the_key_is_cut_to_fit_and_big_files_are_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
