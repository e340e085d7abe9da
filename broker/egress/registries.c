#include "registry_parts.h"

#include "grant.h"
#include "seldom/text.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* --- an address as a grant --- */

struct url {
	char host[SEL_NAME_MAX];
	uint16_t port;
	bool plain;
	char path[SEL_REGISTRY_LINE_MAX]; /* without a slash at its end: "" or "/a/b" */
};

/* An address that is not dialled anyway (Maven's 0.0.0.0 for what is blocked). */
static bool unreachable(const char *host)
{
	union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} a = {.six.sin6_family = AF_UNSPEC};

	if (inet_pton(AF_INET, host, &a.four.sin_addr) == 1)
		a.any.sa_family = AF_INET;
	else if (inet_pton(AF_INET6, host, &a.six.sin6_addr) == 1)
		a.any.sa_family = AF_INET6;
	return a.any.sa_family != AF_UNSPEC && sel_dial_forbidden(&a.any);
}

/* A variable of the tool in it is none of ours; nor is a query. Who logs in is left out. */
static int parse_url(const char *text, struct url *ret)
{
	static const struct {
		const char *scheme;
		uint16_t port;
		bool plain;
	} schemes[] = {{"https://", 443, false}, {"http://", 80, true}};
	const char *host = NULL, *path, *at;
	size_t n, len;

	for (size_t i = 0; !host && i < SEL_N(schemes); i++) {
		if (strncasecmp(text, schemes[i].scheme, strlen(schemes[i].scheme)) != 0)
			continue;
		host = text + strlen(schemes[i].scheme);
		ret->port = schemes[i].port;
		ret->plain = schemes[i].plain;
	}
	if (!host || strpbrk(text, "$\\ \t") || strlen(text) >= sizeof ret->path)
		return -EINVAL;
	n = strcspn(host, "/?#");
	path = host + n;
	at = memrchr(host, '@', n);
	if (at) {
		n -= (size_t)(at + 1 - host);
		host = at + 1;
	}
	if (sel_name_authority(host, n, ret->port, ret->host, &ret->port) < 0 ||
	    unreachable(ret->host))
		return -EINVAL;
	if (*path != '\0' && (sel_target_check(path, &len) < 0 || path[len] != '\0'))
		return -EINVAL;
	for (len = strlen(path); len > 0 && path[len - 1] == '/'; len--)
		;
	memcpy(ret->path, path, len);
	ret->path[len] = '\0';
	return 0;
}

#define ROUTES_MAX 8
struct draft {
	struct sel_net_grant g;
	struct sel_route routes[ROUTES_MAX];
	char paths[ROUTES_MAX][SEL_GRANT_LINE_MAX];
	char name[65];
};

static void route(struct draft *d, bool head, bool below, const char *fmt, ...) _printf_(4, 5);
static void route(struct draft *d, bool head, bool below, const char *fmt, ...)
{
	char *path = d->paths[d->g.n_routes];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(path, sizeof d->paths[0], fmt, ap); /* cut is too long for a line anyway */
	va_end(ap);
	d->routes[d->g.n_routes++] =
		(struct sel_route){.method = (char *)"GET", .path = path, .below = below};
	if (head)
		d->routes[d->g.n_routes++] =
			(struct sel_route){.method = (char *)"HEAD", .path = path, .below = below};
}

static void route_all(struct draft *d, const char *base, const char *scope)
{
	(void)scope;
	route(d, true, true, "%s/", base);
}

/* What npm and others ask for (@scope%2fname), and where the files mostly are. */
static void route_scope(struct draft *d, const char *base, const char *scope)
{
	route(d, true, true, "%s/%s%%2f", base, scope);
	route(d, true, true, "%s/%s/", base, scope);
}

static void route_archive(struct draft *d, const char *base, const char *scope)
{
	(void)scope;
	route(d, true, true, "%s/dists/", base);
	route(d, true, true, "%s/pool/", base);
}

/* golang.org/design/25530-sumdb, and what the go command asks a proxy first. */
static void route_sums(struct draft *d, const char *base, const char *scope)
{
	(void)scope;
	route(d, false, false, "%s/supported", base);
	route(d, false, false, "%s/latest", base);
	route(d, false, true, "%s/lookup/", base);
	route(d, false, true, "%s/tile/", base);
}

/* With .git and without: hosts redirect from one to the other. */
static void route_git(struct draft *d, const char *base, const char *scope)
{
	static struct sel_query upload = {(char *)"service", (char *)"git-upload-pack"};
	size_t n = strlen(base);

	(void)scope;
	n -= n > 4 && strcmp(base + n - 4, ".git") == 0 ? 4 : 0;
	for (int dot = 0; dot < 2; dot++) {
		route(d, false, false, "%.*s%s/info/refs", (int)n, base, dot ? ".git" : "");
		route(d, false, false, "%.*s%s/git-upload-pack", (int)n, base, dot ? ".git" : "");
		d->routes[d->g.n_routes - 1].method = (char *)"POST";
	}
	d->g.queries = &upload;
	d->g.n_queries = 1;
	d->g.type = (char *)"application/x-git-upload-pack-request";
}

static void (*const routers[])(struct draft *d, const char *base, const char *scope) = {
	[SEL_REGISTRY_ALL] = route_all,		[SEL_REGISTRY_SCOPE] = route_scope,
	[SEL_REGISTRY_ARCHIVE] = route_archive, [SEL_REGISTRY_SUMS] = route_sums,
	[SEL_REGISTRY_GIT] = route_git,
};

static int make_proposal(const char *tool, enum sel_registry_kind kind, struct url *u,
			 const char *scope, char **ret)
{
	_cleanup_free_ struct draft *d = calloc(1, sizeof *d);
	char line[SEL_GRANT_LINE_MAX];
	struct sel_net_grant *list = NULL;
	size_t n = 0;
	int r;

	if (!d)
		return -ENOMEM;
	(void)snprintf(d->name, sizeof d->name, "%s-%.40s", tool, u->host);
	for (char *c = d->name; *c; c++)
		*c = (char)(*c == ':' ? '-' : *c);
	d->g = (struct sel_net_grant){.name = d->name,
				      .host = u->host,
				      .port = u->port == 443 ? 0 : u->port,
				      .routes = d->routes,
				      .plain = u->plain,
				      .body_max = UINT64_MAX,
				      .total_max = UINT64_MAX,
				      .response_max = UINT64_MAX,
				      .scan = true};
	routers[kind](d, u->path, scope);
	r = sel_grant_line(&d->g, line, sizeof line);
	if (r >= 0)
		r = sel_grants_parse("", line, strlen(line), SEL_GRANT_PERSON, 0, &list, &n, NULL);
	sel_net_grants_free(list, n);
	if (r < 0)
		return r;
	*ret = strdup(line);
	return *ret ? 0 : -ENOMEM;
}

/* --- what was found --- */

static bool known(const struct sel_registry_finder *f, const char *proposal)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->hosts[i].proposal, proposal) == 0)
			return true;
	return false;
}

static char *where(const struct sel_registry_finder *f, size_t line, const char *note)
{
	char number[32] = "", *text;

	if (line > 0)
		(void)snprintf(number, sizeof number, ":%zu", line);
	return asprintf(&text, "%s%s%s%s", f->from, number, note ? ": " : "", note ? note : "") < 0
		       ? NULL
		       : text;
}

/* Takes over `take`. */
static int append(struct sel_registry_finder *f, const struct url *u, char *take, size_t line,
		  const char *note)
{
	struct sel_known_host *more = reallocarray(f->hosts, f->n + 1, sizeof *more);
	struct sel_known_host h = {.port = u->port,
				   .what = f->what,
				   .tool = f->tool,
				   .proposal = take,
				   .project = f->project};

	if (more) {
		f->hosts = more;
		h.host = strdup(u->host);
		h.from = where(f, line, note);
	}
	if (!more || !h.host || !h.from) {
		free(h.host);
		free(h.from);
		free(take);
		return -ENOMEM;
	}
	f->hosts[f->n++] = h;
	return 0;
}

void sel_registry_add(struct sel_registry_finder *f, enum sel_registry_kind kind, const char *url,
		      const char *scope, size_t line, const char *note)
{
	char *proposal = NULL;
	struct url u;
	int r;

	if (f->r < 0 || f->n >= SEL_REGISTRY_N_MAX || parse_url(url, &u) < 0)
		return;
	r = make_proposal(f->tool, kind, &u, scope, &proposal);
	if (r == -ENOMEM)
		f->r = r;
	if (r < 0)
		return;
	if (known(f, proposal)) /* an earlier place is the surer one */
		free(proposal);
	else
		f->r = append(f, &u, proposal, line, note);
}

static bool covers(const struct sel_known_host *h, const char *method, const char *path)
{
	const struct sel_head head = {.method = (char *)method, .target = (char *)path};
	struct sel_net_grant *list = NULL;
	enum sel_net_why why = SEL_NET_UNDECIDED;
	size_t n = 0;

	if (sel_grants_parse("", h->proposal, strlen(h->proposal), SEL_GRANT_PERSON, 0, &list, &n,
			     NULL) >= 0)
		(void)sel_net_match(list, n, h->host, h->port, &head, 0, &why);
	sel_net_grants_free(list, n);
	return why == SEL_NET_OK;
}

const struct sel_known_host *sel_known_host_of(const struct sel_known_host *hosts, size_t n,
					       const char *name, uint16_t port, const char *method,
					       const char *path)
{
	const struct sel_known_host *first = NULL;

	for (size_t i = 0; i < n; i++) {
		if (hosts[i].port != port || strcmp(hosts[i].host, name) != 0)
			continue;
		if (*path && covers(&hosts[i], method, path))
			return &hosts[i];
		first = first ? first : &hosts[i];
	}
	return first;
}

void sel_known_hosts_free(struct sel_known_host *hosts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(hosts[i].host);
		free(hosts[i].from);
		free(hosts[i].proposal);
	}
	free(hosts);
}

/* --- files --- */

struct places {
	const char *root, *home, *project;
	const char *const *environment;
};

/* Below `project`: what of `path`; else NULL. */
static const char *inside(const char *project, const char *path)
{
	size_t n = project ? strlen(project) : 0;

	while (n > 0 && project[n - 1] == '/')
		n--;
	return project && strncmp(path, project, n) == 0 && path[n] == '/'
		       ? path + n + strspn(path + n, "/")
		       : NULL;
}

/* No link in the project leads out of it: the program may have put it there to have another file
 * read and its words shown. */
static int open_inside(const char *project, const char *name)
{
	struct open_how how = {.flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
			       .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
	_cleanup_close_ int dir = project ? open(project, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

	return dir < 0 ? -1 : (int)syscall(SYS_openat2, dir, name, &how, sizeof how);
}

/* *ret ends in NUL and holds none. */
static int read_text(int fd, char **ret, size_t *ret_n)
{
	_cleanup_free_ char *text = NULL;
	struct stat st;
	size_t n = 0, cap;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size < 0 ||
	    (uint64_t)st.st_size > SEL_REGISTRY_FILE_MAX)
		return -EINVAL;
	cap = (size_t)st.st_size;
	text = malloc(cap + 1);
	if (!text)
		return -ENOMEM;
	while (n < cap) {
		ssize_t got = read(fd, text + n, cap - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	if (memchr(text, '\0', n))
		return -EINVAL;
	text[n] = '\0';
	*ret = sel_steal_ptr(&text);
	*ret_n = n;
	return 0;
}

static void read_file(struct sel_registry_finder *f, const struct places *p, const char *path,
		      sel_registry_fn parse)
{
	const char *name = inside(p->project, path);
	_cleanup_close_ int fd = name ? open_inside(p->project, name)
				      : open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	_cleanup_free_ char *text = NULL, *safe = NULL;
	size_t n;

	if (fd < 0 || f->r < 0 || read_text(fd, &text, &n) < 0)
		return;
	safe = sel_text_dup(path, strlen(path));
	if (!safe) {
		f->r = -ENOMEM;
		return;
	}
	f->from = safe;
	f->project = name != NULL;
	parse(f, text, n);
	f->from = NULL;
}

static bool ends(const char *name, const char *tail)
{
	size_t n = strlen(name), m = strlen(tail);

	return *name != '.' && n > m && strcmp(name + n - m, tail) == 0;
}

/* FOLDER/ *SUFFIX, in the order of their names. */
static void read_folder(struct sel_registry_finder *f, const struct places *p, const char *folder,
			const char *suffix, sel_registry_fn parse)
{
	struct dirent **entries = NULL;
	int n = scandir(folder, &entries, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		char path[PATH_MAX];

		if (ends(entries[i]->d_name, suffix) &&
		    snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name) <
			    (int)sizeof path)
			read_file(f, p, path, parse);
		free(entries[i]);
	}
	free(entries);
}

/* --- what is read --- */

static const char *variable(const struct places *p, const char *name)
{
	size_t n = strlen(name);

	for (const char *const *e = p->environment; e && *e; e++)
		if (strncmp(*e, name, n) == 0 && (*e)[n] == '=')
			return *e + n + 1;
	return NULL;
}

static const char package[] = "registry", archive[] = "package archive", code[] = "code remote";

static const struct {
	const char *name, *tool;
	sel_registry_fn parse;
} values[] = {
	{"npm_config_registry", "npm", sel_registry_url},
	{"NPM_CONFIG_REGISTRY", "npm", sel_registry_url},
	{"YARN_REGISTRY", "npm", sel_registry_url},
	{"YARN_NPM_REGISTRY_SERVER", "npm", sel_registry_url},
	{"PIP_INDEX_URL", "pip", sel_registry_urls},
	{"PIP_EXTRA_INDEX_URL", "pip", sel_registry_urls},
	{"PIP_FIND_LINKS", "pip", sel_registry_urls},
	{"UV_INDEX_URL", "pip", sel_registry_url},
	{"UV_DEFAULT_INDEX", "pip", sel_registry_url},
	{"UV_EXTRA_INDEX_URL", "pip", sel_registry_urls},
	{"GOPROXY", "go", sel_registry_goproxy},
	{"GOSUMDB", "go", sel_registry_gosumdb},
	{"CARGO_REGISTRY_INDEX", "cargo", sel_registry_cargo_url},
};

/* Variables that say where a file is. */
static const struct {
	const char *name, *below, *tool;
	sel_registry_fn parse;
} named[] = {
	{"npm_config_userconfig", "", "npm", sel_registry_npmrc},
	{"NPM_CONFIG_USERCONFIG", "", "npm", sel_registry_npmrc},
	{"PIP_CONFIG_FILE", "", "pip", sel_registry_pip},
	{"VIRTUAL_ENV", "/pip.conf", "pip", sel_registry_pip},
	{"GOENV", "", "go", sel_registry_go},
	{"CARGO_HOME", "/config.toml", "cargo", sel_registry_cargo},
};

enum place { ROOT, HOME, CONFIG, PROJECT };

/* The machine's first, the project's last: of two that say the same the surer one is kept. */
static const struct {
	enum place place;
	const char *path;
	const char *suffix; /* of the files in the folder `path`; NULL: it is a file */
	const char *tool, *what;
	sel_registry_fn parse;
} files[] = {
	{ROOT, "/etc/npmrc", NULL, "npm", package, sel_registry_npmrc},
	{ROOT, "/etc/pip.conf", NULL, "pip", package, sel_registry_pip},
	{ROOT, "/etc/xdg/pip/pip.conf", NULL, "pip", package, sel_registry_pip},
	{ROOT, "/etc/apt/sources.list", NULL, "apt", archive, sel_registry_apt_list},
	{ROOT, "/etc/apt/sources.list.d", ".list", "apt", archive, sel_registry_apt_list},
	{ROOT, "/etc/apt/sources.list.d", ".sources", "apt", archive, sel_registry_apt_sources},
	{ROOT, "/etc/maven/settings.xml", NULL, "maven", package, sel_registry_maven},
	{HOME, "/.npmrc", NULL, "npm", package, sel_registry_npmrc},
	{HOME, "/.yarnrc", NULL, "npm", package, sel_registry_yarnrc},
	{HOME, "/.yarnrc.yml", NULL, "npm", package, sel_registry_yarn_yml},
	{CONFIG, "/pip/pip.conf", NULL, "pip", package, sel_registry_pip},
	{CONFIG, "/uv/uv.toml", NULL, "pip", package, sel_registry_python},
	{HOME, "/.pip/pip.conf", NULL, "pip", package, sel_registry_pip},
	{HOME, "/.cargo/config.toml", NULL, "cargo", package, sel_registry_cargo},
	{HOME, "/.cargo/config", NULL, "cargo", package, sel_registry_cargo},
	{CONFIG, "/go/env", NULL, "go", package, sel_registry_go},
	{HOME, "/.m2/settings.xml", NULL, "maven", package, sel_registry_maven},
	{PROJECT, "/.npmrc", NULL, "npm", package, sel_registry_npmrc},
	{PROJECT, "/.yarnrc", NULL, "npm", package, sel_registry_yarnrc},
	{PROJECT, "/.yarnrc.yml", NULL, "npm", package, sel_registry_yarn_yml},
	{PROJECT, "/requirements.txt", NULL, "pip", package, sel_registry_requirements},
	{PROJECT, "/pyproject.toml", NULL, "pip", package, sel_registry_python},
	{PROJECT, "/uv.toml", NULL, "pip", package, sel_registry_python},
	{PROJECT, "/Pipfile", NULL, "pip", package, sel_registry_python},
	{PROJECT, "/.cargo/config.toml", NULL, "cargo", package, sel_registry_cargo},
	{PROJECT, "/.cargo/config", NULL, "cargo", package, sel_registry_cargo},
	{PROJECT, "/pom.xml", NULL, "maven", package, sel_registry_maven},
	{PROJECT, "/.git/config", NULL, "git", code, sel_registry_git},
	{PROJECT, "/.gitmodules", NULL, "git", code, sel_registry_git},
};

static void read_values(struct sel_registry_finder *f, const struct places *p)
{
	char from[64];

	for (size_t i = 0; i < SEL_N(values); i++) {
		const char *value = variable(p, values[i].name);

		if (!value)
			continue;
		(void)snprintf(from, sizeof from, "variable %s", values[i].name);
		f->tool = values[i].tool;
		f->what = package;
		f->from = from;
		f->project = false;
		values[i].parse(f, value, strlen(value));
	}
	f->from = NULL;
}

static void read_named(struct sel_registry_finder *f, const struct places *p)
{
	for (size_t i = 0; i < SEL_N(named); i++) {
		const char *value = variable(p, named[i].name);
		char path[PATH_MAX];

		if (!value || *value != '/' ||
		    snprintf(path, sizeof path, "%s%s", value, named[i].below) >= (int)sizeof path)
			continue;
		f->tool = named[i].tool;
		f->what = package;
		read_file(f, p, path, named[i].parse);
	}
}

/* NULL: that place is not known. `config` gets $XDG_CONFIG_HOME or what stands for it. */
static const char *folder_of(const struct places *p, enum place place, char config[PATH_MAX])
{
	const char *xdg = variable(p, "XDG_CONFIG_HOME");

	switch (place) {
	case ROOT:
		return p->root;
	case HOME:
		return p->home;
	case PROJECT:
		return p->project;
	case CONFIG:
		if (xdg && *xdg == '/')
			return xdg;
		return p->home && snprintf(config, PATH_MAX, "%s/.config", p->home) < PATH_MAX
			       ? config
			       : NULL;
	}
	return NULL;
}

static void read_files(struct sel_registry_finder *f, const struct places *p)
{
	for (size_t i = 0; i < SEL_N(files); i++) {
		char config[PATH_MAX], path[PATH_MAX * 2];
		const char *folder = folder_of(p, files[i].place, config);

		if (!folder ||
		    snprintf(path, sizeof path, "%s%s", folder, files[i].path) >= PATH_MAX)
			continue;
		f->tool = files[i].tool;
		f->what = files[i].what;
		if (files[i].suffix)
			read_folder(f, p, path, files[i].suffix, files[i].parse);
		else
			read_file(f, p, path, files[i].parse);
	}
}

int sel_registries_read_below(const char *root, const char *home, const char *project,
			      const char *const *environment, struct sel_known_host **ret,
			      size_t *ret_n)
{
	const struct places p = {
		.root = root, .home = home, .project = project, .environment = environment};
	struct sel_registry_finder f = {0};

	read_values(&f, &p);
	read_named(&f, &p);
	read_files(&f, &p);
	if (f.r < 0) {
		sel_known_hosts_free(f.hosts, f.n);
		return f.r;
	}
	*ret = f.hosts;
	*ret_n = f.n;
	return 0;
}

int sel_registries_read(const char *home, const char *project, const char *const *environment,
			struct sel_known_host **ret, size_t *ret_n)
{
	return sel_registries_read_below("", home, project, environment, ret, ret_n);
}
