/* The formats in which package managers and version control name their hosts. Only as much of each
 * is read as it takes to find addresses: what is found is proposed, never used. */
#include "registry_parts.h"

#include "gitconfig.h"

#include <stdio.h>

/* --- lines --- */

struct lines {
	const char *at, *end;
	size_t number;
	bool indented;
	char text[SEL_REGISTRY_LINE_MAX]; /* without blanks around it */
};

static char *trim(char *s)
{
	size_t n;

	s += strspn(s, " \t\r");
	for (n = strlen(s); n > 0 && strchr(" \t\r", s[n - 1]); n--)
		s[n - 1] = '\0';
	return s;
}

/* The next line, or NULL. One that is too long reads as empty. */
static char *next_line(struct lines *l)
{
	const char *stop;
	size_t n;

	if (l->at >= l->end)
		return NULL;
	stop = memchr(l->at, '\n', (size_t)(l->end - l->at));
	stop = stop ? stop : l->end;
	n = (size_t)(stop - l->at);
	l->number++;
	l->indented = n > 0 && (*l->at == ' ' || *l->at == '\t');
	n = n < sizeof l->text ? n : 0;
	memcpy(l->text, l->at, n);
	l->text[n] = '\0';
	l->at = stop + 1;
	return trim(l->text);
}

static struct lines lines_of(const char *text, size_t n)
{
	return (struct lines){.at = text, .end = text + n};
}

/* Without one pair of quotes, in place. */
static char *unquote(char *s)
{
	size_t n = strlen(s);

	if (n >= 2 && (*s == '"' || *s == '\'') && s[n - 1] == *s) {
		s[n - 1] = '\0';
		return s + 1;
	}
	return s;
}

/* "KEY = VALUE" in place; NULL: no separator. */
static char *split(char *line, const char *separators)
{
	char *at = strpbrk(line, separators);

	if (!at)
		return NULL;
	*at = '\0';
	(void)trim(line);
	return trim(at + 1);
}

static void add_words(struct sel_registry_finder *f, enum sel_registry_kind kind, char *words,
		      size_t line)
{
	char *rest = words, *word;

	while ((word = strsep(&rest, " \t\r\n")))
		if (*word)
			sel_registry_add(f, kind, word, NULL, line, NULL);
}

/* --- variables --- */

/* `text` is a variable's value: it ends in NUL behind `n` bytes. */
void sel_registry_url(struct sel_registry_finder *f, const char *text, size_t n)
{
	(void)n;
	sel_registry_add(f, SEL_REGISTRY_ALL, text, NULL, 0, NULL);
}

void sel_registry_urls(struct sel_registry_finder *f, const char *text, size_t n)
{
	_cleanup_free_ char *copy = strndup(text, n);

	if (copy)
		add_words(f, SEL_REGISTRY_ALL, copy, 0);
}

/* --- npm and yarn --- */

/* "registry" and "@scope:registry"; credentials stand under "//host/:_authToken" and are not
 * looked at. */
static void add_npm(struct sel_registry_finder *f, char *key, const char *value, size_t line)
{
	char *colon = strchr(key, ':');

	if (strcmp(key, "registry") == 0) {
		sel_registry_add(f, SEL_REGISTRY_ALL, value, NULL, line, NULL);
	} else if (*key == '@' && colon && strcmp(colon, ":registry") == 0) {
		*colon = '\0';
		sel_registry_add(f, SEL_REGISTRY_SCOPE, value, key, line, NULL);
	}
}

void sel_registry_npmrc(struct sel_registry_finder *f, const char *text, size_t n)
{
	struct lines l = lines_of(text, n);
	char *line, *value;

	while ((line = next_line(&l))) {
		if (*line == '#' || *line == ';')
			continue;
		value = split(line, "=");
		if (value)
			add_npm(f, unquote(line), unquote(value), l.number);
	}
}

void sel_registry_yarnrc(struct sel_registry_finder *f, const char *text, size_t n)
{
	struct lines l = lines_of(text, n);
	char *line, *value;

	while ((line = next_line(&l))) {
		if (*line == '#')
			continue;
		value = split(line, " \t");
		if (value)
			add_npm(f, unquote(line), unquote(value), l.number);
	}
}

/* npmRegistryServer at the top, or below a scope's name below npmScopes. */
void sel_registry_yarn_yml(struct sel_registry_finder *f, const char *text, size_t n)
{
	struct lines l = lines_of(text, n);
	char *line, *value, *name, scope[128] = "";
	bool scopes = false;

	while ((line = next_line(&l))) {
		if (*line == '\0' || *line == '#')
			continue;
		value = split(line, ":");
		name = unquote(line);
		if (!l.indented) {
			scopes = strcmp(name, "npmScopes") == 0;
			scope[0] = '\0';
		}
		if (!value)
			continue;
		if (strcmp(name, "npmRegistryServer") == 0 && (!l.indented || *scope))
			sel_registry_add(f, l.indented ? SEL_REGISTRY_SCOPE : SEL_REGISTRY_ALL,
					 unquote(value), scope, l.number, NULL);
		else if (scopes && l.indented && *value == '\0')
			(void)snprintf(scope, sizeof scope, "%s%.120s", *name == '@' ? "" : "@",
				       name);
	}
}

/* --- pip --- */

static bool pip_key(const char *key)
{
	static const char *const keys[] = {"index-url",	      "index_url",  "extra-index-url",
					   "extra_index_url", "find-links", "find_links"};

	for (size_t i = 0; i < SEL_N(keys); i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

/* As configparser: a value goes on in lines that are indented. */
void sel_registry_pip(struct sel_registry_finder *f, const char *text, size_t n)
{
	struct lines l = lines_of(text, n);
	char *line, *value;
	bool ours = false;

	while ((line = next_line(&l))) {
		if (*line == '\0' || *line == '#' || *line == ';')
			continue;
		value = line;
		if (!l.indented) {
			value = split(line, "=:");
			ours = value && pip_key(line);
		}
		if (ours)
			add_words(f, SEL_REGISTRY_ALL, value, l.number);
	}
}

void sel_registry_requirements(struct sel_registry_finder *f, const char *text, size_t n)
{
	static const char *const options[] = {"--index-url", "--extra-index-url", "-i",
					      "--find-links", "-f"};
	struct lines l = lines_of(text, n);
	char *line, *value;

	while ((line = next_line(&l))) {
		value = *line == '-' ? split(line, " \t=") : NULL;
		for (size_t i = 0; value && i < SEL_N(options); i++)
			if (strcmp(line, options[i]) == 0) {
				value[strcspn(value, " \t")] = '\0';
				sel_registry_add(f, SEL_REGISTRY_ALL, value, NULL, l.number, NULL);
			}
	}
}

/* --- apt --- */

/* A suite that ends in '/' is a folder of its own, without dists and pool. */
static enum sel_registry_kind archive_kind(const char *suite)
{
	size_t n = strlen(suite);

	return n > 0 && suite[n - 1] == '/' ? SEL_REGISTRY_ALL : SEL_REGISTRY_ARCHIVE;
}

/* deb [OPTION=VALUE ...] URI SUITE COMPONENT ... */
void sel_registry_apt_list(struct sel_registry_finder *f, const char *text, size_t n)
{
	struct lines l = lines_of(text, n);
	char *line, *rest, *uri, *suite;

	while ((line = next_line(&l))) {
		line[strcspn(line, "#")] = '\0';
		rest = split(line, " \t");
		if (!rest || (strcmp(line, "deb") != 0 && strcmp(line, "deb-src") != 0))
			continue;
		if (*rest == '[') {
			rest = strchr(rest, ']');
			if (!rest)
				continue;
			rest = trim(rest + 1);
		}
		uri = rest;
		suite = split(uri, " \t");
		if (!suite)
			continue;
		suite[strcspn(suite, " \t")] = '\0';
		sel_registry_add(f, archive_kind(suite), uri, NULL, l.number, NULL);
	}
}

struct stanza {
	char uris[SEL_REGISTRY_LINE_MAX], suites[SEL_REGISTRY_LINE_MAX];
	char *field; /* of these that a continued line adds to; NULL: another */
	bool disabled;
	size_t line;
};

static void add_text(char *to, const char *text)
{
	size_t n = strlen(to);

	if (n + strlen(text) + 2 <= SEL_REGISTRY_LINE_MAX)
		(void)snprintf(to + n, SEL_REGISTRY_LINE_MAX - n, " %s", text);
}

static void end_stanza(struct sel_registry_finder *f, struct stanza *s)
{
	if (!s->disabled)
		add_words(f, archive_kind(s->suites), s->uris, s->line);
	*s = (struct stanza){0};
}

/* deb822: stanzas of "Field: value", continued in lines that are indented. */
void sel_registry_apt_sources(struct sel_registry_finder *f, const char *text, size_t n)
{
	struct lines l = lines_of(text, n);
	struct stanza s = {0};
	char *line, *value;

	while ((line = next_line(&l))) {
		if (*line == '#')
			continue;
		if (*line == '\0') {
			end_stanza(f, &s);
			continue;
		}
		value = line;
		if (!l.indented) {
			value = split(line, ":");
			s.field = !value			    ? NULL
				  : strcasecmp(line, "URIs") == 0   ? s.uris
				  : strcasecmp(line, "Suites") == 0 ? s.suites
								    : NULL;
			s.line = s.field == s.uris ? l.number : s.line;
			s.disabled |= value && strcasecmp(line, "Enabled") == 0 &&
				      strcasecmp(value, "no") == 0;
		}
		if (s.field)
			add_text(s.field, value);
	}
	end_stanza(f, &s);
}

/* --- cargo --- */

/* "sparse+URL", else a repository of git. */
static void add_cargo(struct sel_registry_finder *f, const char *url, size_t line)
{
	static const char sparse[] = "sparse+";
	bool plain = strncmp(url, sparse, sizeof sparse - 1) == 0;

	sel_registry_add(f, plain ? SEL_REGISTRY_ALL : SEL_REGISTRY_GIT,
			 url + (plain ? sizeof sparse - 1 : 0), NULL, line, NULL);
}

void sel_registry_cargo_url(struct sel_registry_finder *f, const char *text, size_t n)
{
	(void)n;
	add_cargo(f, text, 0);
}

/* The whole name of a value: [registries.x] index, [source.x] registry, [registry] index. */
static bool cargo_key(const char *section, const char *key)
{
	char name[SEL_REGISTRY_LINE_MAX * 2];
	const char *last;

	(void)snprintf(name, sizeof name, "%s%s%s", section, *section ? "." : "", key);
	last = strrchr(name, '.');
	return last && ((strncmp(name, "registries.", 11) == 0 && strcmp(last, ".index") == 0) ||
			(strncmp(name, "source.", 7) == 0 && strcmp(last, ".registry") == 0) ||
			strcmp(name, "registry.index") == 0);
}

/* "..." or '...' at the beginning, without escapes; NULL: none. */
static char *toml_string(char *value)
{
	char *end = *value == '"' || *value == '\'' ? strchr(value + 1, *value) : NULL;

	if (!end)
		return NULL;
	*end = '\0';
	return strchr(value + 1, '\\') ? NULL : value + 1;
}

/* { index = "..." } as the value of a registry. */
static char *toml_inline(char *value)
{
	char *at = *value == '{' ? strstr(value, "index") : NULL;

	if (!at || !strchr("{ ,\t", at[-1]))
		return NULL;
	at += strlen("index");
	at += strspn(at, " \t");
	return *at == '=' ? toml_string(at + 1 + strspn(at + 1, " \t")) : NULL;
}

/* A line of [section] or [[section]]: its name. */
static void take_section(char *line, char section[SEL_REGISTRY_LINE_MAX])
{
	line += strspn(line, "[");
	line[strcspn(line, "]")] = '\0';
	(void)snprintf(section, SEL_REGISTRY_LINE_MAX, "%s", trim(line));
}

void sel_registry_cargo(struct sel_registry_finder *f, const char *text, size_t n)
{
	struct lines l = lines_of(text, n);
	char *line, *value, *url, section[SEL_REGISTRY_LINE_MAX] = "";

	while ((line = next_line(&l))) {
		if (*line == '[') {
			take_section(line, section);
			continue;
		}
		value = *line == '#' ? NULL : split(line, "=");
		if (!value)
			continue;
		url = cargo_key(section, line)		   ? toml_string(value)
		      : strcmp(section, "registries") == 0 ? toml_inline(value)
							   : NULL;
		if (url)
			add_cargo(f, url, l.number);
	}
}

/* --- python's projects: uv, poetry, pdm and pipenv --- */

void sel_registry_python(struct sel_registry_finder *f, const char *text, size_t n)
{
	static const char *const sections[] = {"tool.uv.index", "tool.poetry.source",
					       "tool.pdm.source", "source", "index"};
	struct lines l = lines_of(text, n);
	char *line, *value, *url, section[SEL_REGISTRY_LINE_MAX] = "";

	while ((line = next_line(&l))) {
		if (*line == '[') {
			take_section(line, section);
			continue;
		}
		value = *line == '#' ? NULL : split(line, "=");
		url = value && strcmp(line, "url") == 0 ? toml_string(value) : NULL;
		for (size_t i = 0; url && i < SEL_N(sections); i++)
			if (strcmp(section, sections[i]) == 0)
				sel_registry_add(f, SEL_REGISTRY_ALL, url, NULL, l.number, NULL);
	}
}

/* --- go --- */

static void add_goproxy(struct sel_registry_finder *f, char *value, size_t line)
{
	char *rest = value, *url;

	while ((url = strsep(&rest, ",|")))
		sel_registry_add(f, SEL_REGISTRY_ALL, trim(url), NULL, line, NULL);
}

/* "off", "NAME", "NAME+HASH+KEY" or one of these and the address where it is. */
static void add_gosumdb(struct sel_registry_finder *f, char *value, size_t line)
{
	char *url = split(value, " \t"), made[SEL_REGISTRY_LINE_MAX + 16];

	value[strcspn(value, "+")] = '\0';
	if (*value == '\0' || strcmp(value, "off") == 0)
		return;
	(void)snprintf(made, sizeof made, "https://%s", value);
	sel_registry_add(f, SEL_REGISTRY_SUMS, url ? url : made, NULL, line, NULL);
}

static void add_go_copy(struct sel_registry_finder *f, const char *text, size_t n,
			void (*add)(struct sel_registry_finder *f, char *value, size_t line))
{
	char copy[SEL_REGISTRY_LINE_MAX];

	if (n >= sizeof copy)
		return;
	memcpy(copy, text, n);
	copy[n] = '\0';
	add(f, copy, 0);
}

void sel_registry_goproxy(struct sel_registry_finder *f, const char *text, size_t n)
{
	add_go_copy(f, text, n, add_goproxy);
}

void sel_registry_gosumdb(struct sel_registry_finder *f, const char *text, size_t n)
{
	add_go_copy(f, text, n, add_gosumdb);
}

void sel_registry_go(struct sel_registry_finder *f, const char *text, size_t n)
{
	struct lines l = lines_of(text, n);
	char *line, *value;

	while ((line = next_line(&l))) {
		value = *line == '#' ? NULL : split(line, "=");
		if (!value)
			continue;
		value = unquote(value);
		if (strcmp(line, "GOPROXY") == 0)
			add_goproxy(f, value, l.number);
		else if (strcmp(line, "GOSUMDB") == 0)
			add_gosumdb(f, value, l.number);
	}
}

/* --- maven --- */

#define DEPTH_MAX   32
#define ELEMENT_MAX 32

struct xml {
	const char *at, *end;
	char path[DEPTH_MAX][ELEMENT_MAX]; /* names of the elements around */
	size_t depth;
};

static size_t line_of(const char *text, const char *at)
{
	size_t n = 1;

	for (; text < at; text++)
		n += *text == '\n';
	return n;
}

/* Behind the next `what`, or the end. */
static const char *behind(const struct xml *x, const char *what)
{
	const char *at = memmem(x->at, (size_t)(x->end - x->at), what, strlen(what));

	return at ? at + strlen(what) : x->end;
}

/* At '<': comments, sections and declarations; false: it is a tag. */
static bool skip_markup(struct xml *x)
{
	static const struct {
		const char *begins, *ends;
	} kinds[] = {{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}, {"<!", ">"}};
	size_t left = (size_t)(x->end - x->at);

	for (size_t i = 0; i < SEL_N(kinds); i++) {
		size_t n = strlen(kinds[i].begins);

		if (left < n || memcmp(x->at, kinds[i].begins, n) != 0)
			continue;
		x->at = behind(x, kinds[i].ends);
		return true;
	}
	return false;
}

/* An address for packages: not where they are uploaded to. */
static bool maven_url(const struct xml *x)
{
	static const char *const parents[] = {"mirror", "repository", "pluginRepository"};
	bool ours = false;

	if (x->depth < 2 || strcmp(x->path[x->depth - 1], "url") != 0)
		return false;
	for (size_t i = 0; i < SEL_N(parents); i++)
		ours |= strcmp(x->path[x->depth - 2], parents[i]) == 0;
	for (size_t i = 0; i < x->depth; i++)
		ours &= strcmp(x->path[i], "distributionManagement") != 0;
	return ours;
}

/* At '<' of a tag, behind `text`, which is what stands before it. */
static bool take_tag(struct xml *x)
{
	const char *end = memchr(x->at, '>', (size_t)(x->end - x->at)), *name = x->at + 1;
	size_t n;

	if (!end)
		return false;
	x->at = end + 1;
	if (*name == '/') {
		if (x->depth == 0)
			return false;
		x->depth--;
		return true;
	}
	if (end[-1] == '/')
		return true;
	n = strcspn(name, " \t\r\n>");
	if (x->depth == DEPTH_MAX || n >= ELEMENT_MAX)
		return false;
	memcpy(x->path[x->depth], name, n);
	x->path[x->depth++][n] = '\0';
	return true;
}

void sel_registry_maven(struct sel_registry_finder *f, const char *text, size_t n)
{
	struct xml x = {.at = text, .end = text + n};
	char url[SEL_REGISTRY_LINE_MAX];

	while (x.at < x.end) {
		const char *open = memchr(x.at, '<', (size_t)(x.end - x.at));
		size_t len;

		if (!open)
			return;
		len = (size_t)(open - x.at);
		if (maven_url(&x) && len < sizeof url && open[1] == '/') {
			memcpy(url, x.at, len);
			url[len] = '\0';
			for (char *c = url; *c; c++)
				*c = (char)(*c == '\n' ? ' ' : *c);
			sel_registry_add(f, SEL_REGISTRY_ALL, trim(url), NULL,
					 line_of(text, x.at + strspn(x.at, " \t\r\n")), NULL);
		}
		x.at = open;
		if (!skip_markup(&x) && !take_tag(&x))
			return;
	}
}

/* --- git --- */

/* host:path as scp writes it, and the schemes that are not http, as the https address that the same
 * host usually has. */
static bool as_https(const char *url, char *ret, size_t cap)
{
	static const char *const schemes[] = {"ssh://", "git+ssh://", "ssh+git://", "git://"};
	const char *host = NULL, *path, *colon;
	size_t n;

	for (size_t i = 0; i < SEL_N(schemes); i++)
		if (strncmp(url, schemes[i], strlen(schemes[i])) == 0)
			host = url + strlen(schemes[i]);
	if (host) {
		n = strcspn(host, "/");
		path = host + n;
		colon = *host == '[' ? NULL : memrchr(host, ':', n); /* the port of ssh */
	} else {
		host = url;
		n = strcspn(url, ":/");
		if (url[n] != ':' || strncmp(url + n, "://", 3) == 0)
			return false;
		path = url + n + 1;
		colon = NULL;
	}
	for (const char *at; (at = memchr(host, '@', n));) { /* the user */
		n -= (size_t)(at + 1 - host);
		host = at + 1;
	}
	if (colon && colon >= host)
		n = (size_t)(colon - host);
	path += strspn(path, "/");
	return *path != '~' && *path != ':' /* "helper::address" */ && n > 0 &&
	       (size_t)snprintf(ret, cap, "https://%.*s/%s", (int)n, host, path) < cap;
}

static int take_git(const char *name, const char *value, void *ctx)
{
	struct sel_registry_finder *f = ctx;
	const char *last = strrchr(name, '.');
	char https[SEL_REGISTRY_LINE_MAX];
	bool remote = strncmp(name, "remote.", 7) == 0 &&
		      (strcmp(last, ".url") == 0 || strcmp(last, ".pushurl") == 0);
	bool module = strncmp(name, "submodule.", 10) == 0 && strcmp(last, ".url") == 0;

	if (!value || strlen(value) >= sizeof https || (!remote && !module))
		return 0;
	if (as_https(value, https, sizeof https))
		sel_registry_add(f, SEL_REGISTRY_GIT, https, NULL, 0,
				 "not https there; this is the same host by https");
	else
		sel_registry_add(f, SEL_REGISTRY_GIT, value, NULL, 0, NULL);
	return 0;
}

void sel_registry_git(struct sel_registry_finder *f, const char *text, size_t n)
{
	(void)sel_gitconfig_parse(text, n, take_git, f);
}
