#include "test.h"

#include "grant.h"
#include "registries.h"

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

/* --- a machine, a home and a project --- */

static char top[PATH_MAX / 2];

static const char *at(const char *path)
{
	static char full[4][PATH_MAX];
	static int i;

	i = (i + 1) % 4;
	(void)snprintf(full[i], sizeof full[i], "%s/%s", top, path);
	return full[i];
}

static int setup(void **state)
{
	static const char *const folders[] = {"", "root", "home", "project"};

	const char *tmp = getenv("TMPDIR");

	(void)state;
	(void)snprintf(top, sizeof top, "%s/seldom-registries-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(top))
		return -1;
	for (size_t i = 1; i < SEL_N(folders); i++)
		if (mkdir(at(folders[i]), 0700) < 0)
			return -1;
	return 0;
}

static int drop(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	(void)state;
	return nftw(top, drop, 16, FTW_DEPTH | FTW_PHYS);
}

static void put_n(const char *path, const char *text, size_t n)
{
	char full[PATH_MAX];
	FILE *f;

	(void)snprintf(full, sizeof full, "%s", at(path));
	for (char *c = full + strlen(top) + 1; (c = strchr(c, '/')); c++) {
		*c = '\0';
		(void)mkdir(full, 0700);
		*c = '/';
	}
	f = fopen(full, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void put(const char *path, const char *text)
{
	put_n(path, text, strlen(text));
}

struct found {
	struct sel_known_host *hosts;
	size_t n;
};

static struct found find_with(const char *const *environment)
{
	struct found f = {0};

	assert_int_equal(sel_registries_read_below(at("root"), at("home"), at("project"),
						   environment, &f.hosts, &f.n),
			 0);
	return f;
}

static struct found find(void)
{
	return find_with(NULL);
}

static void done(struct found *f)
{
	sel_known_hosts_free(f->hosts, f->n);
	*f = (struct found){0};
}

static const struct sel_known_host *of(const struct found *f, const char *host)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->hosts[i].host, host) == 0)
			return &f->hosts[i];
	return NULL;
}

/* That one and no other. */
static const struct sel_known_host *only(const struct found *f, const char *host)
{
	const struct sel_known_host *h = of(f, host);

	if (f->n != 1 || !h)
		fail_msg("%zu found, first %s; wanted %s", f->n, f->n ? f->hosts[0].host : "none",
			 host);
	return h;
}

static enum sel_net_why ask(const struct sel_known_host *h, const char *method, const char *target)
{
	struct sel_head head = {.method = (char *)method, .target = (char *)target};
	struct sel_net_grant *list = NULL;
	char *error = NULL;
	enum sel_net_why why;
	size_t n = 0;

	if (sel_grants_parse("x", h->proposal, strlen(h->proposal), SEL_GRANT_PERSON, 1, &list, &n,
			     &error) < 0)
		fail_msg("%s: %s", h->proposal, error);
	assert_int_equal(n, 1);
	assert_int_equal(list->credential, SEL_CRED_NONE);
	(void)sel_net_match(list, n, h->host, h->port, &head, 1, &why);
	sel_net_grants_free(list, n);
	return why;
}

static void covers(const struct sel_known_host *h, const char *method, const char *target)
{
	if (ask(h, method, target) != SEL_NET_OK)
		fail_msg("%s does not cover %s %s", h->proposal, method, target);
}

static void refuses(const struct sel_known_host *h, const char *method, const char *target)
{
	if (ask(h, method, target) == SEL_NET_OK)
		fail_msg("%s covers %s %s", h->proposal, method, target);
}

/* --- formats --- */

static void nothing_is_known_of_itself(void **state)
{
	static const char *const environment[] = {"HOME=/nowhere", "PATH=/bin", NULL};
	struct found f = find_with(environment);

	(void)state;
	assert_int_equal(f.n, 0);
	done(&f);
	assert_int_equal(sel_registries_read_below(at("none"), NULL, NULL, NULL, &f.hosts, &f.n),
			 0);
	assert_int_equal(f.n, 0);
	done(&f);
}

static void npm_s_hosts_are_found(void **state)
{
	const struct sel_known_host *h;
	struct found f;

	(void)state;
	put("home/.npmrc", "; mine\n"
			   "registry = \"https://user:secret@npm.test:8443/repo/\"\n"
			   "@own:registry=https://own.test/npm\n"
			   "//npm.test:8443/repo/:_authToken=secret\n"
			   "@other:registry=https://${HOST}/npm\n"
			   "proxy=https://proxy.test/\n");
	f = find();
	assert_int_equal(f.n, 2);
	h = of(&f, "npm.test");
	assert_non_null(h);
	assert_int_equal(h->port, 8443);
	assert_string_equal(h->tool, "npm");
	assert_string_equal(h->what, "registry");
	assert_false(h->project);
	assert_non_null(strstr(h->from, "/home/.npmrc:2"));
	assert_null(strstr(h->proposal, "secret"));
	covers(h, "GET", "/repo/lodash");
	covers(h, "HEAD", "/repo/@types%2fnode");
	covers(h, "GET", "/repo/@types/node/-/node-1.tgz");
	refuses(h, "GET", "/repository");
	refuses(h, "GET", "/");
	refuses(h, "PUT", "/repo/lodash");
	refuses(h, "POST", "/repo/-/npm/v1/security/audits");
	refuses(h, "GET", "/repo/-/v1/search?text=x");
	h = of(&f, "own.test");
	assert_non_null(h);
	assert_int_equal(h->port, 443);
	covers(h, "GET", "/npm/@own%2fthing");
	covers(h, "GET", "/npm/@own%2Fthing");
	covers(h, "GET", "/npm/@own/thing/-/thing-1.tgz");
	refuses(h, "GET", "/npm/@ownx/thing");
	refuses(h, "GET", "/npm/lodash");
	done(&f);
}

static void yarn_s_hosts_are_found(void **state)
{
	struct found f;

	(void)state;
	put("project/.yarnrc", "# yarn lockfile v1\nregistry \"https://one.test/\"\n"
			       "\"@s:registry\" \"https://two.test/\"\n");
	put("home/.yarnrc.yml", "npmRegistryServer: \"https://three.test\"\n"
				"npmScopes:\n"
				"  own:\n"
				"    npmRegistryServer: 'https://four.test/x'\n"
				"other:\n"
				"  npmRegistryServer: https://never.test\n");
	f = find();
	assert_int_equal(f.n, 4);
	covers(of(&f, "one.test"), "GET", "/a");
	assert_true(of(&f, "one.test")->project);
	covers(of(&f, "two.test"), "GET", "/@s%2fa");
	refuses(of(&f, "two.test"), "GET", "/a");
	covers(of(&f, "three.test"), "GET", "/a");
	assert_false(of(&f, "three.test")->project);
	covers(of(&f, "four.test"), "GET", "/x/@own/a");
	refuses(of(&f, "four.test"), "GET", "/x/a");
	done(&f);
}

static void pip_s_hosts_are_found(void **state)
{
	static const char *const environment[] = {
		"PIP_INDEX_URL=https://env.test/simple/",
		"PIP_EXTRA_INDEX_URL=https://extra1.test/s https://u:p@extra2.test/s",
		"UV_DEFAULT_INDEX=file:///srv/wheels", NULL};
	const struct sel_known_host *h;
	struct found f;

	(void)state;
	put("home/.config/pip/pip.conf", "[global]\n"
					 "index-url = https://pip.test/simple\n"
					 "extra-index-url =\n"
					 "    https://more1.test/simple\n"
					 "    # not this: https://never.test/\n"
					 "    https://more2.test/simple\n"
					 "trusted-host = trusted.test\n"
					 "    https://never.test/\n");
	put("project/requirements.txt", "--index-url https://req.test/simple  \n"
					"--extra-index-url=https://req2.test/\n"
					"thing @ https://never.test/thing.whl\n"
					"--trusted-host https://never.test/\n");
	f = find_with(environment);
	assert_int_equal(f.n, 8);
	assert_null(of(&f, "never.test"));
	h = of(&f, "env.test");
	assert_string_equal(h->from, "variable PIP_INDEX_URL");
	covers(h, "GET", "/simple/thing/");
	refuses(h, "GET", "/other/");
	refuses(h, "POST", "/simple/thing/");
	assert_non_null(of(&f, "extra1.test"));
	assert_null(strstr(of(&f, "extra2.test")->proposal, "u:p"));
	assert_non_null(strstr(of(&f, "more2.test")->from, "pip.conf:6"));
	assert_true(of(&f, "req.test")->project);
	assert_true(of(&f, "req2.test")->project);
	done(&f);
}

static void python_s_projects_are_read(void **state)
{
	struct found f;

	(void)state;
	put("project/pyproject.toml", "[project]\nurl = \"https://never.test/\"\n"
				      "[[tool.uv.index]]\nname = \"x\"\n"
				      "url = \"https://uv.test/simple\"\n"
				      "[[tool.poetry.source]]\nurl = 'https://poetry.test/s/'\n"
				      "[tool.other]\nurl = \"https://never.test/\"\n");
	put("project/Pipfile", "[[source]]\nurl = \"https://pipenv.test/\"\n"
			       "[packages]\nurl = \"https://never.test/\"\n");
	put("home/.config/uv/uv.toml", "[[index]]\nurl = \"https://own.test/\"\n");
	f = find();
	assert_null(of(&f, "never.test"));
	assert_int_equal(f.n, 4);
	covers(of(&f, "uv.test"), "GET", "/simple/x/");
	assert_true(of(&f, "poetry.test")->project);
	assert_non_null(of(&f, "pipenv.test"));
	assert_false(of(&f, "own.test")->project);
	done(&f);
}

static void files_that_variables_name_are_read(void **state)
{
	char file[PATH_MAX], inside[PATH_MAX], config[PATH_MAX];
	const char *const environment[] = {file, inside, config, "GOENV=relative", NULL};
	struct found f;

	(void)state;
	put("elsewhere/pip", "[global]\nindex-url: https://pip.test/\n");
	put("project/own", "registry=https://npm.test/\n");
	put("xdg/go/env", "GOPROXY=https://go.test\n");
	(void)snprintf(file, sizeof file, "PIP_CONFIG_FILE=%s", at("elsewhere/pip"));
	(void)snprintf(inside, sizeof inside, "NPM_CONFIG_USERCONFIG=%s", at("project/own"));
	(void)snprintf(config, sizeof config, "XDG_CONFIG_HOME=%s", at("xdg"));
	f = find_with(environment);
	assert_int_equal(f.n, 3);
	assert_false(of(&f, "pip.test")->project);
	assert_true(of(&f, "npm.test")->project);
	assert_non_null(of(&f, "go.test"));
	done(&f);
}

static void apt_s_hosts_are_found(void **state)
{
	const struct sel_known_host *h;
	struct found f;

	(void)state;
	put("root/etc/apt/sources.list",
	    "# deb https://never.test/ a main\n"
	    "deb [arch=amd64 signed-by=/x y] http://one.test/debian stable main # more\n"
	    "deb-src https://two.test/ stable main\n"
	    "deb cdrom:[x]/ stable main\n"
	    "deb https://flat.test/here ./\n"
	    "rpm https://never.test/ a main\n"
	    "deb https://never.test/\n");
	put("root/etc/apt/sources.list.d/a.sources", "Types: deb\n"
						     "URIs: https://three.test/debian\n"
						     " https://four.test/debian\n"
						     "# comment\n"
						     "Suites: stable\n"
						     "\n"
						     "Enabled: no\n"
						     "URIs: https://never.test/\n"
						     "Suites: stable\n"
						     "\n"
						     "uris: https://five.test\n");
	put("root/etc/apt/sources.list.d/.hidden.list", "deb https://never.test/ a main\n");
	put("root/etc/apt/sources.list.d/b.list.save", "deb https://never.test/ a main\n");
	put("root/etc/apt/sources.list.d/b.list", "deb https://six.test/ a main\n");
	f = find();
	assert_null(of(&f, "never.test"));
	assert_int_equal(f.n, 7);
	h = of(&f, "one.test");
	assert_int_equal(h->port, 80);
	assert_string_equal(h->what, "package archive");
	assert_non_null(strstr(h->proposal, "plain yes"));
	covers(h, "GET", "/debian/dists/stable/InRelease");
	covers(h, "HEAD", "/debian/pool/main/a/a.deb");
	refuses(h, "GET", "/debian/");
	refuses(h, "GET", "/dists/");
	assert_null(strstr(of(&f, "two.test")->proposal, "plain"));
	covers(of(&f, "flat.test"), "GET", "/here/Packages");
	assert_non_null(of(&f, "three.test"));
	covers(of(&f, "four.test"), "GET", "/debian/dists/x");
	covers(of(&f, "five.test"), "GET", "/dists/x");
	assert_non_null(of(&f, "six.test"));
	done(&f);
}

static void cargo_s_hosts_are_found(void **state)
{
	const struct sel_known_host *h;
	struct found f;

	(void)state;
	put("home/.cargo/config.toml", "[registries.own]\n"
				       "index = \"sparse+https://sparse.test/index/\" # here\n"
				       "token = \"https://never.test/\"\n"
				       "[registries]\n"
				       "two = { index = 'sparse+https://two.test/' }\n"
				       "[source.mirror]\n"
				       "registry = \"https://git.test/crates/index\"\n"
				       "[http]\n"
				       "index = \"https://never.test/\"\n"
				       "proxy = \"https://never.test/\"\n");
	put("project/.cargo/config", "registries.three.index = \"sparse+https://three.test/\"\n");
	f = find();
	assert_null(of(&f, "never.test"));
	assert_int_equal(f.n, 4);
	covers(of(&f, "sparse.test"), "GET", "/index/se/rd/serde");
	refuses(of(&f, "sparse.test"), "PUT", "/index/api/v1/crates/new");
	covers(of(&f, "two.test"), "GET", "/config.json");
	assert_true(of(&f, "three.test")->project);
	h = of(&f, "git.test");
	covers(h, "GET", "/crates/index/info/refs?service=git-upload-pack");
	done(&f);
}

static void go_s_hosts_are_found(void **state)
{
	static const char *const environment[] = {"GOSUMDB=sum.test+hash+key https://db.test/sum",
						  NULL};
	const struct sel_known_host *h;
	struct found f;

	(void)state;
	put("home/.config/go/env", "GOPROXY=https://one.test/go,https://two.test|direct,off\n"
				   "GOSUMDB=plain.test\n"
				   "GOPRIVATE=never.test\n");
	f = find_with(environment);
	assert_int_equal(f.n, 4);
	covers(of(&f, "one.test"), "GET", "/go/example.test/!x/@v/list");
	refuses(of(&f, "one.test"), "GET", "/");
	assert_non_null(of(&f, "two.test"));
	h = of(&f, "db.test");
	covers(h, "GET", "/sum/lookup/example.test/x@v1.0.0");
	covers(h, "GET", "/sum/tile/8/0/x001/234");
	covers(h, "GET", "/sum/latest");
	refuses(h, "GET", "/sum/other");
	refuses(h, "POST", "/sum/latest");
	covers(of(&f, "plain.test"), "GET", "/supported");
	done(&f);
}

static void maven_s_hosts_are_found(void **state)
{
	struct found f;

	(void)state;
	put("home/.m2/settings.xml",
	    "<?xml version=\"1.0\"?>\n"
	    "<settings xmlns=\"https://never.test/\">\n"
	    "  <!-- <mirror><url>https://never.test/</url></mirror> -->\n"
	    "  <servers><server><url>https://never.test/</url><password>secret</password></server>"
	    "</servers>\n"
	    "  <mirrors><mirror a='b'><id>x</id><blocked/>\n"
	    "    <url>\n https://mirror.test/maven2 \n</url></mirror></mirrors>\n"
	    "  <pluginRepository><url>https://plugins.test/</url></pluginRepository>\n"
	    "</settings>\n");
	put("project/pom.xml",
	    "<project><url>https://never.test/</url><distributionManagement><repository>"
	    "<url>https://never.test/</url></repository></distributionManagement>"
	    "<repositories><repository><url>https://repo.test/m</url></repository>"
	    "<repository><url>${base}/m</url></repository></repositories></project>");
	f = find();
	assert_null(of(&f, "never.test"));
	assert_int_equal(f.n, 3);
	assert_non_null(strstr(of(&f, "mirror.test")->from, "settings.xml:7"));
	covers(of(&f, "mirror.test"), "GET", "/maven2/a/b/1/b-1.pom");
	covers(of(&f, "plugins.test"), "HEAD", "/a");
	assert_true(of(&f, "repo.test")->project);
	done(&f);
}

static void remotes_of_git_are_found(void **state)
{
	const struct sel_known_host *h;
	struct found f;

	(void)state;
	put("project/.git/config", "[core]\n\tbare = false\n"
				   "[remote \"origin\"]\n"
				   "\turl = https://user:secret@code.test/team/thing.git\n"
				   "\tpushurl = git@push.test:team/thing\n"
				   "[remote \"a\"]\n\turl = ssh://git@ssh.test:2222/~me/x\n"
				   "[remote \"b\"]\n\turl = ssh://git@ssh2.test:2222/me/x.git\n"
				   "[remote \"c\"]\n\turl = ../local\n"
				   "[remote \"d\"]\n\turl = /srv/never.test:x\n"
				   "[remote \"e\"]\n\turl = ext::never.test\n"
				   "[remote \"f\"]\n\turl = http://plain.test/x\n"
				   "[url \"https://never.test/\"]\n\tinsteadOf = gh:\n");
	put("project/.gitmodules", "[submodule \"m\"]\n\tpath = m\n"
				   "\turl = https://code.test/team/module\n");
	f = find();
	assert_null(of(&f, "never.test"));
	assert_int_equal(f.n, 5);
	h = of(&f, "code.test");
	assert_string_equal(h->what, "code remote");
	assert_string_equal(h->tool, "git");
	assert_true(h->project);
	assert_null(strstr(h->proposal, "secret"));
	for (int dot = 0; dot < 2; dot++) {
		covers(h, "GET",
		       dot ? "/team/thing.git/info/refs?service=git-upload-pack"
			   : "/team/thing/info/refs?service=git-upload-pack");
		covers(h, "POST",
		       dot ? "/team/thing.git/git-upload-pack" : "/team/thing/git-upload-pack");
	}
	refuses(h, "GET", "/team/thing.git/info/refs?service=git-receive-pack");
	refuses(h, "POST", "/team/thing.git/git-receive-pack");
	refuses(h, "GET", "/team/other.git/info/refs?service=git-upload-pack");
	h = of(&f, "push.test");
	assert_non_null(strstr(h->from, ".git/config: not https there"));
	assert_int_equal(h->port, 443);
	covers(h, "POST", "/team/thing/git-upload-pack");
	covers(of(&f, "ssh2.test"), "POST", "/me/x/git-upload-pack");
	assert_null(of(&f, "ssh.test")); /* ~me is a folder of that machine */
	assert_non_null(strstr(of(&f, "plain.test")->proposal, "plain yes"));
	done(&f);
}

static void of_many_the_one_that_fits_is_named(void **state)
{
	static const struct {
		const char *method, *path, *in; /* NULL: none fits, so the first */
	} row[] = {
		{"GET", "/b/info/refs", "/b/info/refs"},
		{"POST", "/a/git-upload-pack", "/a/git-upload-pack"},
		{"GET", "/maven/x", "/maven/*"},
		{"POST", "/maven/x", NULL},
		{"", "", NULL},
	};
	struct found f;

	(void)state;
	put("project/.git/config", "[remote \"a\"]\nurl = https://host.test/a\n"
				   "[remote \"b\"]\nurl = https://host.test/b\n");
	put("project/pom.xml", "<repository><url>https://host.test/maven</url></repository>");
	f = find();
	assert_int_equal(f.n, 3);
	for (size_t i = 0; i < SEL_N(row); i++) {
		const struct sel_known_host *h = sel_known_host_of(f.hosts, f.n, "host.test", 443,
								   row[i].method, row[i].path);

		assert_non_null(h);
		if (row[i].in)
			assert_non_null(strstr(h->proposal, row[i].in));
		else
			assert_ptr_equal(h, &f.hosts[0]);
	}
	assert_null(sel_known_host_of(f.hosts, f.n, "host.test", 80, "GET", "/a/info/refs"));
	assert_null(sel_known_host_of(f.hosts, f.n, "none.test", 443, "GET", "/"));
	done(&f);
}

/* --- hostile files --- */

static void addresses_that_are_none_are_left_out(void **state)
{
	static const char *const urls[] = {
		"",
		"npm.test",
		"ftp://npm.test/",
		"file:///etc/passwd",
		"https://",
		"https:///x",
		"https://npm.test:0/",
		"https://npm.test:99999/",
		"https://npm.test/?x=1",
		"https://npm.test/#x",
		"https://npm.test/../x",
		"https://npm.test//x/%2e%2e/",
		"https://npm.test/a b",
		"https://npm.test/*",
		"https://npm.test/\"; opaque yes",
		"https://npm.test\\@other.test/",
		"https://127.1/",
		"http://0.0.0.0/",
		"http://169.254.169.254/latest",
		"https://[::1]/",
		"https://0x7f000001/",
		"https://npm..test/",
		"https://npm.test/\x1b[2J",
		"https://npm.test/$(x)",
		"javascript:alert(1)",
		"https://[::1/",
		"https://npm.test%2fx/",
	};
	struct found f;
	char text[256];

	(void)state;
	for (size_t i = 0; i < SEL_N(urls); i++) {
		(void)snprintf(text, sizeof text, "registry=%s\n", urls[i]);
		put("home/.npmrc", text);
		f = find();
		if (f.n != 0)
			fail_msg("'%s': %s", urls[i], f.hosts[0].proposal);
		done(&f);
	}
	put("home/.npmrc", "registry=HTTPS://user@NPM.test.:443/a;b/{c}/\n"); /* the canary */
	f = find();
	covers(only(&f, "npm.test"), "GET", "/a;b/{c}/x");
	done(&f);
	put("home/.npmrc", "registry=https://[2606:4700::1]:8443/\n");
	f = find();
	covers(only(&f, "2606:4700::1"), "GET", "/x");
	done(&f);
}

static void a_project_s_link_leads_nowhere_else(void **state)
{
	struct found f;

	(void)state;
	put("elsewhere/npmrc", "registry=https://never.test/\n");
	assert_int_equal(symlink(at("elsewhere/npmrc"), at("project/.npmrc")), 0);
	assert_int_equal(symlink(at("elsewhere"), at("project/.git")), 0);
	put("elsewhere/config", "[remote \"o\"]\nurl = https://never.test/x\n");
	f = find();
	assert_int_equal(f.n, 0);
	done(&f);
	/* inside it may, and the user's own links may too */
	assert_int_equal(unlink(at("project/.npmrc")), 0);
	put("project/real", "registry=https://inside.test/\n");
	assert_int_equal(symlink("real", at("project/.npmrc")), 0);
	f = find();
	(void)only(&f, "inside.test");
	done(&f);
	assert_int_equal(unlink(at("project/.npmrc")), 0);
	assert_int_equal(symlink(at("elsewhere/npmrc"), at("home/.npmrc")), 0);
	f = find();
	(void)only(&f, "never.test");
	done(&f);
}

static void what_is_no_text_is_left_out(void **state)
{
	static const char nul[] = "registry=https://a.test/\n\0\nregistry=https://b.test/\n";
	char *big = malloc((2 << 20) + 64);
	size_t n;
	struct found f;

	(void)state;
	put_n("home/.npmrc", nul, sizeof nul - 1);
	f = find();
	assert_int_equal(f.n, 0);
	done(&f);
	n = (size_t)sprintf(big, "registry=https://a.test/\n");
	memset(big + n, '\n', 2 << 20);
	put_n("home/.npmrc", big, n + (2 << 20));
	f = find();
	assert_int_equal(f.n, 0);
	done(&f);
	put_n("home/.npmrc", big, n + 1000); /* the canary */
	f = find();
	(void)only(&f, "a.test");
	done(&f);
	assert_int_equal(unlink(at("home/.npmrc")), 0);
	assert_int_equal(mkfifo(at("home/.npmrc"), 0600), 0);
	f = find(); /* does not wait for a writer */
	assert_int_equal(f.n, 0);
	done(&f);
	free(big);
}

static void many_and_long_ones_are_bounded(void **state)
{
	size_t cap = 1 << 20, n = 0;
	char *text = malloc(cap);
	struct found f;

	(void)state;
	for (int i = 0; i < 1000; i++)
		n += (size_t)snprintf(text + n, cap - n, "@s%d:registry=https://h%d.test/\n", i, i);
	put_n("project/.npmrc", text, n);
	f = find();
	assert_int_equal(f.n, 256);
	done(&f);
	n = (size_t)snprintf(text, cap, "registry=https://a.test/");
	memset(text + n, 'x', 100000);
	put_n("project/.npmrc", text, n + 100000);
	f = find();
	assert_int_equal(f.n, 0);
	done(&f);
	n = (size_t)snprintf(text, cap, "registry=https://a.test/");
	memset(text + n, 'x', 3000); /* a line that is read, for a grant that is too long */
	put_n("project/.npmrc", text, n + 3000);
	f = find();
	assert_int_equal(f.n, 0);
	done(&f);
	free(text);
}

/* Whoever says the same, the surer place is named. */
static void the_same_is_said_once(void **state)
{
	struct found f;

	(void)state;
	put("home/.npmrc", "registry=https://npm.test/\n");
	put("project/.npmrc", "registry=https://npm.test\n");
	f = find();
	assert_false(only(&f, "npm.test")->project);
	done(&f);
}

static uint64_t random_state = 3;

static uint32_t any(uint32_t below)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(random_state >> 33) % below;
}

/* Bytes of every format in every file: nothing breaks, and what is proposed is a grant. */
static void broken_files_break_nothing(void **state)
{
	static const char *const names[] = {"home/.npmrc",
					    "home/.yarnrc",
					    "home/.yarnrc.yml",
					    "home/.pip/pip.conf",
					    "home/.cargo/config.toml",
					    "home/.config/go/env",
					    "home/.m2/settings.xml",
					    "root/etc/apt/sources.list",
					    "project/.git/config",
					    "root/etc/apt/sources.list.d/x.sources",
					    "project/pom.xml",
					    "project/requirements.txt"};
	static const char *const pieces[] = {
		"\nregistry=https://a.test/x\n", "\ndeb https://b.test/ s m\n",
		"<mirror><url>https://c.test/</url></mirror>", "\nURIs: https://d.test\n",
		"[remote \"o\"]\nurl = git@e.test:y\n", "\nGOPROXY=https://f.test,x\n",
		"\nindex-url = https://g.test\n", "\nindex = 'sparse+https://h.test'\n",
		"\n    npmRegistryServer: https://i.test\n", "--index-url ", "https://j.test/x",
		"@s:registry", "[registries.x]\n", "[registries]\n", "{ index",
		"npmScopes:\n  s:\n", "Suites: ./\n", "<![CDATA[", "<!--", "-->", "<mirror>",
		"<url>", "</",
		/* clang-format off */
		"=", " ", "\n", "\"", "'", "[", "]", "{", "}", "<", ">", "/", "+", ",", "|", "\\",
		"\xff", "#", ";", ":", "%", "..", "<?", "@", "$",
		/* clang-format on */
	};
	size_t found = 0;

	(void)state;
	for (int i = 0; i < 300; i++) {
		struct found f;

		for (size_t k = 0; k < SEL_N(names); k++) {
			char text[4096];
			size_t n = 0;

			for (uint32_t p = any(40); p > 0; p--)
				n += (size_t)snprintf(text + n, sizeof text - n, "%s",
						      pieces[any(SEL_N(pieces))]);
			put_n(names[k], text, n);
		}
		f = find();
		for (size_t k = 0; k < f.n; k++) {
			(void)ask(&f.hosts[k], "GET", "/");
			for (const char *c = f.hosts[k].from; *c; c++)
				assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
		}
		found += f.n;
		done(&f);
	}
	assert_in_range(found, 300, 100000); /* not only refusals */
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_known_of_itself),
		TEST(npm_s_hosts_are_found),
		TEST(yarn_s_hosts_are_found),
		TEST(pip_s_hosts_are_found),
		TEST(python_s_projects_are_read),
		TEST(files_that_variables_name_are_read),
		TEST(apt_s_hosts_are_found),
		TEST(cargo_s_hosts_are_found),
		TEST(go_s_hosts_are_found),
		TEST(maven_s_hosts_are_found),
		TEST(remotes_of_git_are_found),
		TEST(of_many_the_one_that_fits_is_named),
		TEST(addresses_that_are_none_are_left_out),
		TEST(a_project_s_link_leads_nowhere_else),
		TEST(what_is_no_text_is_left_out),
		TEST(many_and_long_ones_are_bounded),
		TEST(the_same_is_said_once),
		TEST(broken_files_break_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
