#include "gitconfig.h"
#include "protected.h"

#include <ctype.h>
#include <stdio.h>

/* --- reading, after git's own config.c: the same functions, the same order of tests --- */

struct reader {
	const char *p, *end;
	bool eof;
	char *name, *value; /* room for all of the text each: no length can run over */
	size_t name_len, base_len;
};

/* Git's own classes: ASCII only, and neither \v nor \f is space. */
static bool is_space(int c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
static bool is_alpha(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
static bool is_key(int c)
{
	return is_alpha(c) || (c >= '0' && c <= '9') || c == '-';
}
static char lower(int c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* The end reads as a line end, again and again. */
static int next_char(struct reader *r)
{
	int c;

	if (r->p == r->end) {
		r->eof = true;
		return '\n';
	}
	c = (unsigned char)*r->p++;
	if (c == '\r' && r->p < r->end && *r->p == '\n') {
		r->p++;
		return '\n';
	}
	return c;
}

static void name_add(struct reader *r, char c)
{
	r->name[r->name_len++] = c;
	r->name[r->name_len] = '\0';
}

/* After the section's name and a space: "sub"] */
static bool read_subsection(struct reader *r, int c)
{
	while (is_space(c)) {
		if (c == '\n')
			return false;
		c = next_char(r);
	}
	if (c != '"')
		return false;
	name_add(r, '.');
	while ((c = next_char(r)) != '"') {
		if (c == '\\')
			c = next_char(r);
		if (c == '\n')
			return false;
		name_add(r, (char)c);
	}
	return next_char(r) == ']';
}

/* After the bracket. */
static bool read_section(struct reader *r)
{
	r->name_len = 0;
	for (;;) {
		int c = next_char(r);

		if (r->eof)
			return false;
		if (c == ']')
			return true;
		if (is_space(c))
			return read_subsection(r, c);
		if (!is_key(c) && c != '.')
			return false;
		name_add(r, lower(c));
	}
}

static bool read_escape(struct reader *r, size_t *len)
{
	static const char from[] = "tbn\\\"", to[] = "\t\b\n\\\"";
	int c = next_char(r);
	const char *at;

	if (c == '\n') /* the line goes on */
		return true;
	at = strchr(from, c);
	if (!at || c == '\0')
		return false;
	r->value[(*len)++] = to[at - from];
	return true;
}

/* After "=", to the end of the line. */
static bool read_value(struct reader *r)
{
	bool quote = false, comment = false;
	size_t len = 0, spaces = 0;

	for (;;) {
		int c = next_char(r);

		if (c == '\n') {
			r->value[len] = '\0';
			return !quote;
		}
		if (comment)
			continue;
		if (is_space(c) && !quote) {
			spaces += len > 0;
			continue;
		}
		if (!quote && (c == ';' || c == '#')) {
			comment = true;
			continue;
		}
		for (; spaces > 0; spaces--)
			r->value[len++] = ' ';
		if (c == '"')
			quote = !quote;
		else if (c != '\\')
			r->value[len++] = (char)c;
		else if (!read_escape(r, &len))
			return false;
	}
}

static int read_variable(struct reader *r, int c, sel_gitconfig_fn fn, void *ctx)
{
	const char *value = NULL;

	r->name_len = r->base_len;
	for (; is_key(c) && !r->eof; c = next_char(r))
		name_add(r, lower(c));
	while (c == ' ' || c == '\t')
		c = next_char(r);
	if (c != '\n') {
		if (c != '=' || !read_value(r))
			return -EINVAL;
		value = r->value;
	}
	return fn(r->name, value, ctx);
}

static int read_all(struct reader *r, sel_gitconfig_fn fn, void *ctx)
{
	bool comment = false;

	for (;;) {
		int c = next_char(r), result;

		if (c == '\n') {
			if (r->eof)
				return 0;
			comment = false;
			continue;
		}
		if (comment || is_space(c))
			continue;
		if (c == '#' || c == ';') {
			comment = true;
			continue;
		}
		if (c == '[') {
			if (!read_section(r))
				return -EINVAL;
			name_add(r, '.');
			r->base_len = r->name_len;
			continue;
		}
		if (!is_alpha(c))
			return -EINVAL;
		result = read_variable(r, c, fn, ctx);
		if (result < 0)
			return result;
	}
}

int sel_gitconfig_parse(const char *text, size_t n, sel_gitconfig_fn fn, void *ctx)
{
	static const char bom[] = "\xef\xbb\xbf";
	_cleanup_free_ char *name = NULL, *value = NULL;
	struct reader r;

	if (n > SEL_GITCONFIG_MAX || (n > 0 && memchr(text, '\0', n)))
		return -EINVAL;
	name = malloc(n + 4);
	value = malloc(n + 4);
	if (!name || !value)
		return -ENOMEM;
	name[0] = '\0';
	r = (struct reader){.p = text, .end = text + n, .name = name, .value = value};
	if (n >= 3 && memcmp(text, bom, 3) == 0)
		r.p += 3;
	return read_all(&r, fn, ctx);
}

/* --- values --- */

/* Each says whether a value of its kind can neither run nor redirect anything. `v` NULL: no "=". */
typedef bool (*value_fn)(const char *v);

static bool any(const char *v)
{
	(void)v;
	return true;
}

static bool boolean(const char *v)
{
	static const char *const words[] = {"",	  "true", "false", "yes", "no",
					    "on", "off",  "0",	   "1"};

	for (size_t i = 0; v && i < SEL_N(words); i++)
		if (strcasecmp(v, words[i]) == 0)
			return true;
	return !v;
}

/* A word, a number or a list of them, as enumerations are written; no path and no command line. */
static bool word(const char *v)
{
	return !v || strspn(v, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			       "._,:+=~^%* -") == strlen(v);
}

static bool number(const char *v)
{
	return v && strspn(v, "0123456789kKmMgG") == strlen(v);
}

static bool plain(const char *v)
{
	for (; *v; v++)
		if ((unsigned char)*v < 0x20 || *v == 0x7f)
			return false;
	return true;
}

/* The name of a remote or a branch: no option, no address (which git would take as one). */
static bool name(const char *v)
{
	return v && *v && *v != '-' && !strchr(v, ':') && plain(v);
}

static bool reference(const char *v)
{
	return v && strncmp(v, "refs/", 5) == 0 && plain(v);
}

static bool refspec(const char *v)
{
	return v && *v && *v != '-' && plain(v);
}

/* "[user[:password]@]host[:port]" up to `n`: nothing that ssh would take for an option. Percent
 * signs are refused in it: git decodes them before it calls ssh. */
static bool authority(const char *v, size_t n)
{
	const char *host = memrchr(v, '@', n);
	size_t user = host ? (size_t)(host - v) : 0;

	if (host && (*v == '-' || memchr(v, '%', user)))
		return false;
	host = host ? host + 1 : v;
	n -= (size_t)(host - v);
	return n > 0 && (isalnum((unsigned char)*host) || *host == '[') && !memchr(host, '%', n);
}

/* Where a repository is. Refused: "ext::command", "helper::address", schemes that start a helper
 * program of that name, and everything that begins like an option. */
static bool address(const char *v)
{
	static const char *const schemes[] = {"http",	 "https",   "git", "ssh",
					      "git+ssh", "ssh+git", "file"};
	size_t first = v ? strcspn(v, ":/") : 0;

	if (!v || !*v || *v == '-' || !plain(v))
		return false;
	if (v[first] != ':') /* a path here */
		return true;
	if (strncmp(v + first, "://", 3) == 0) {
		const char *rest = v + first + 3;

		for (size_t i = 0; i < SEL_N(schemes); i++)
			if (strlen(schemes[i]) == first && strncmp(v, schemes[i], first) == 0)
				return *rest == '/' ? strcmp(schemes[i], "file") == 0
						    : authority(rest, strcspn(rest, "/?#"));
		return false;
	}
	/* host:path, as scp writes it */
	return v[first + 1] && v[first + 1] != ':' && v[first + 1] != '-' && authority(v, first);
}

static bool tag_option(const char *v)
{
	return v && (strcmp(v, "--tags") == 0 || strcmp(v, "--no-tags") == 0);
}

static bool signature_format(const char *v)
{
	return v && (strcmp(v, "openpgp") == 0 || strcmp(v, "x509") == 0 || strcmp(v, "ssh") == 0);
}

static bool update_mode(const char *v) /* "!command" runs */
{
	return v && (strcmp(v, "checkout") == 0 || strcmp(v, "rebase") == 0 ||
		     strcmp(v, "merge") == 0 || strcmp(v, "none") == 0);
}

static bool ref_storage(const char *v) /* newer git takes a place here too */
{
	return v && (strcmp(v, "files") == 0 || strcmp(v, "reftable") == 0);
}

static bool version(const char *v)
{
	return v && (strcmp(v, "0") == 0 || strcmp(v, "1") == 0);
}

/* --- keys --- */

enum change {
	FREE, /* any harmless value, at any time */
	KEPT, /* any harmless value where there was none; to change one that is there redirects */
};

struct key {
	const char *section;
	bool sub;	  /* has a subsection, which may be anything */
	const char *keys; /* between spaces */
	value_fn value;
	enum change change;
};

/* Everything that may change without asking; what is not here asks (core.hooksPath, core.fsmonitor,
 * alias.*, include.*, *.insteadOf ... and all that git will invent). */
/* clang-format off */
static const struct key keys[] = {
	{ "user",       false, " name email ",                             any,      FREE },
	{ "user",       false, " signingkey ",                             refspec,  FREE },
	{ "user",       false, " useconfigonly ",                          boolean,  FREE },
	{ "author",     false, " name email ",                             any,      FREE },
	{ "committer",  false, " name email ",                             any,      FREE },

	/* mergeoptions is left out: --strategy=x runs git-merge-x; pushremote: redirects */
	{ "branch",     true,  " remote ",                                 name,      KEPT },
	{ "branch",     true,  " merge ",                                  reference, FREE },
	{ "branch",     true,  " rebase ",                                 word,      FREE },
	{ "branch",     true,  " description vscode-merge-base gh-merge-base github-pr-owner-number ",
	                                                                   any,       FREE },
	{ "branch",     false, " autosetupmerge autosetuprebase sort ",    word,      FREE },

	/* left out: push, pushurl, mirror, receivepack, uploadpack, proxy, vcs, serveroption */
	{ "remote",     true,  " url ",                                    address,    KEPT },
	{ "remote",     true,  " fetch ",                                  refspec,    FREE },
	{ "remote",     true,  " tagopt ",                                 tag_option, FREE },
	{ "remote",     true,  " prune prunetags promisor skipdefaultupdate skipfetchall ",
	                                                                   boolean,    FREE },
	{ "remote",     true,  " partialclonefilter followremotehead gh-resolved ",
	                                                                   word,       FREE },
	{ "submodule",  true,  " url ",                                    address,    KEPT },
	{ "submodule",  true,  " active fetchrecursesubmodules ",          boolean,    FREE },
	{ "submodule",  true,  " update ",                                 update_mode, FREE },
	{ "submodule",  true,  " branch ",                                 name,       FREE },
	{ "submodule",  true,  " ignore ",                                 word,       FREE },
	{ "submodule",  false, " active ",                                 refspec,    FREE },
	{ "submodule",  false, " recurse ",                                boolean,    FREE },
	{ "submodule",  false, " fetchjobs ",                              number,     FREE },

	{ "core",       false, " repositoryformatversion ",                version,  FREE },
	{ "core",       false, " bare filemode ignorecase precomposeunicode symlinks quotepath"
	                       " trustctime preloadindex splitindex longpaths fscache commitgraph"
	                       " multipackindex sparsecheckout sparsecheckoutcone ",
	                                                                   boolean,  FREE },
	{ "core",       false, " logallrefupdates autocrlf eol safecrlf abbrev compression whitespace"
	                       " loosecompression untrackedcache checkstat hidedotfiles bigfilethreshold"
	                       " checkroundtripencoding ", word,     FREE },
	{ "core",       false, " commentchar commentstring ",              any,      FREE },
	{ "extensions", false, " objectformat compatobjectformat ",        word,     FREE },
	{ "extensions", false, " worktreeconfig preciousobjects relativeworktrees noop noop-v1 ",
	                                                                   boolean,  FREE },
	{ "extensions", false, " partialclone ",                           name,     KEPT },
	{ "extensions", false, " refstorage ",                             ref_storage, FREE },
	{ "init",       false, " defaultbranch ",                          name,     FREE },
	{ "init",       false, " defaultobjectformat defaultrefformat ",   word,     FREE },

	/* left out: gc.recentobjectshook runs, gc.repackfilterto writes elsewhere */
	{ "gc",         false, " auto autopacklimit autodetach logexpiry packrefs pruneexpire"
	                       " worktreepruneexpire reflogexpire reflogexpireunreachable rerereresolved"
	                       " rerereunresolved aggressivedepth aggressivewindow bigpackthreshold"
	                       " writecommitgraph cruftpacks maxcruftsize ", word,    FREE },
	{ "gc",         true,  " reflogexpire reflogexpireunreachable ",   word,     FREE },
	{ "maintenance", false, " auto autodetach strategy ",              word,     FREE },
	{ "maintenance", true,  " enabled auto schedule ",                 word,     FREE },
	{ "pack",       false, " threads window depth windowmemory compression deltacachesize"
	                       " deltacachelimit packsizelimit usebitmaps usesparse writebitmaphashcache"
	                       " writebitmaplookuptable indexversion ",    word,     FREE },
	{ "repack",     false, " usedeltabaseoffset packkeptobjects usedeltaislands writebitmaps"
	                       " updateserverinfo ",                       boolean,  FREE },
	{ "index",      false, " threads version sparse skiphash recordendofindexentries"
	                       " recordoffsettable ",                      word,     FREE },
	{ "feature",    false, " experimental manyfiles ",                 boolean,  FREE },

	{ "pull",       false, " rebase ff ",                              word,     FREE },
	{ "push",       false, " default autosetupremote followtags recursesubmodules gpgsign"
	                       " useforceifincludes usebitmaps negotiate ", word,    FREE },
	{ "fetch",      false, " prune prunetags parallel recursesubmodules writecommitgraph"
	                       " showforcedupdates output unpacklimit negotiationalgorithm ",
	                                                                   word,     FREE },
	{ "merge",      false, " conflictstyle ff log renames renamelimit directoryrenames renormalize"
	                       " autostash stat verbosity branchdesc defaulttoupstream suppressdest ",
	                                                                   word,     FREE },
	{ "rebase",     false, " autosquash autostash updaterefs stat missingcommitscheck rebasemerges"
	                       " abbreviatecommands backend forkpoint reschedulefailedexec ",
	                                                                   word,     FREE },
	{ "diff",       false, " renames renamelimit algorithm mnemonicprefix noprefix colormoved"
	                       " colormovedws context interhunkcontext statgraphwidth statnamewidth"
	                       " submodule wserrorhighlight indentheuristic ignoresubmodules dirstat"
	                       " autorefreshindex suppressblankempty relative ", word, FREE },
	{ "rerere",     false, " enabled autoupdate ",                     boolean,  FREE },
	{ "status",     false, " short branch showuntrackedfiles submodulesummary aheadbehind renames"
	                       " renamelimit relativepaths showstash displaycommentprefix ",
	                                                                   word,     FREE },
	{ "stash",      false, " showincludeuntracked showpatch showstat ", boolean, FREE },
	{ "checkout",   false, " guess workers thresholdforparallelism ",  word,     FREE },
	{ "worktree",   false, " guessremote userelativepaths ",           boolean,  FREE },
	{ "apply",      false, " whitespace ignorewhitespace ",            word,     FREE },
	{ "am",         false, " threeway keepcr ",                        boolean,  FREE },
	{ "grep",       false, " patterntype extendedregexp linenumber column fullname threads"
	                       " fallbacktonoindex ",                      word,     FREE },
	{ "commit",     false, " gpgsign verbose status cleanup ",         word,     FREE },
	{ "tag",        false, " gpgsign forcesignannotated sort ",        word,     FREE },
	{ "gpg",        false, " format ",                                 signature_format, FREE },
	{ "log",        false, " abbrevcommit decorate follow graphcolors initialdecorationset mailmap"
	                       " showroot showsignature diffmerges ",      word,     FREE },
	{ "log",        false, " date ",                                   any,      FREE },
	{ "blame",      false, " date blankboundary coloring showemail showroot markignoredlines"
	                       " markunblamablelines ignorerevsfile ",     any,      FREE },
	{ "versionsort", false, " suffix prereleasesuffix ",               any,      FREE },
	{ "i18n",       false, " commitencoding logoutputencoding ",       word,     FREE },
	{ "interactive", false, " singlekey ",                             boolean,  FREE },
	{ "http",       false, " postbuffer ",                             number,   FREE },
	{ "lfs",        false, " repositoryformatversion ",                number,   FREE },
	{ "lfs",        true,  " access ",                                 word,     FREE },
	{ "gui",        false, " wmstate geometry ",                       any,      FREE },
	{ "color",      false, NULL,                                       any,      FREE },
	{ "color",      true,  NULL,                                       any,      FREE },
	{ "column",     false, NULL,                                       any,      FREE },
	{ "advice",     false, NULL,                                       any,      FREE },
};
/* clang-format on */

static bool listed(const char *list, const char *key)
{
	size_t n = strlen(key);

	for (const char *at = list; (at = strstr(at, key)); at++)
		if (at[-1] == ' ' && at[n] == ' ') /* lists begin and end with a space */
			return n > 0;
	return false;
}

/* The row of "section.key" or "section.sub.key"; the subsection may hold dots of its own. */
static const struct key *key_of(const char *full)
{
	const char *dot = strchr(full, '.'), *last = strrchr(full, '.');
	size_t n = dot ? (size_t)(dot - full) : 0;

	for (const struct key *k = keys; dot && k < keys + SEL_N(keys); k++)
		if (strlen(k->section) == n && memcmp(k->section, full, n) == 0 &&
		    k->sub == (last != dot) && (!k->keys || listed(k->keys, last + 1)))
			return k;
	return NULL;
}

/* --- judging --- */

#define PAIRS_MAX 65536

struct pair {
	char *name, *value; /* value NULL: no "=" */
	const struct key *key;
};
struct pairs {
	struct pair *items;
	size_t n, room;
	const char **sorted; /* names, for `has` */
};

static void pairs_done(struct pairs *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->items[i].name);
		free(p->items[i].value);
	}
	free(p->items);
	free(p->sorted);
}

/* Keeps what is not free. */
static int collect(const char *full, const char *value, void *ctx)
{
	const struct key *key = key_of(full);
	struct pairs *p = ctx;
	struct pair pair = {.key = key};

	if (key && key->change == FREE && key->value(value))
		return 0;
	if (p->n == PAIRS_MAX)
		return -EINVAL;
	if (p->n == p->room) {
		size_t room = p->room ? p->room * 2 : 16;
		struct pair *items = reallocarray(p->items, room, sizeof *items);

		if (!items)
			return -ENOMEM;
		p->items = items;
		p->room = room;
	}
	pair.name = strdup(full);
	pair.value = value ? strdup(value) : NULL;
	p->items[p->n++] = pair;
	return pair.name && (pair.value || !value) ? 0 : -ENOMEM;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int read_pairs(const char *text, size_t n, struct pairs *p)
{
	int r = sel_gitconfig_parse(text, n, collect, p);

	if (r < 0)
		return r;
	p->sorted = calloc(p->n + 1, sizeof *p->sorted);
	if (!p->sorted)
		return -ENOMEM;
	for (size_t i = 0; i < p->n; i++)
		p->sorted[i] = p->items[i].name;
	qsort(p->sorted, p->n, sizeof *p->sorted, compare_names);
	return 0;
}

static bool has(const struct pairs *p, const char *full)
{
	return p->n > 0 && bsearch(&full, p->sorted, p->n, sizeof *p->sorted, compare_names);
}

/* True if the name stands there once: two addresses of one remote are both pushed to. */
static bool once(const struct pairs *p, const char *full)
{
	const char **at = bsearch(&full, p->sorted, p->n, sizeof *p->sorted, compare_names);

	return at && (at == p->sorted || strcmp(at[-1], full) != 0) &&
	       (at + 1 == p->sorted + p->n || strcmp(at[1], full) != 0);
}

static bool same(const struct pair *a, const struct pair *b)
{
	return strcmp(a->name, b->name) == 0 && !a->value == !b->value &&
	       (!a->value || strcmp(a->value, b->value) == 0);
}

/* What is left of `now` without the harmless must be what was there in `old`, in the same order; a
 * key may have gone altogether (git falls back to the person's own), but not lose some of its
 * values: the last one wins, and without it an older one would. */
static const struct pair *find_new(const struct pairs *now, const struct pairs *old)
{
	size_t o = 0;

	for (size_t i = 0; i < now->n; i++) {
		const struct pair *pair = &now->items[i];

		if (pair->key && pair->key->change == KEPT && !has(old, pair->name) &&
		    pair->key->value(pair->value) && once(now, pair->name))
			continue;
		while (o < old->n && !has(now, old->items[o].name))
			o++;
		if (o == old->n || !same(pair, &old->items[o]))
			return pair;
		o++;
	}
	while (o < old->n && !has(now, old->items[o].name))
		o++;
	return o < old->n ? &old->items[o] : NULL;
}

int sel_gitconfig_judge(const char *now, size_t now_len, const char *old, size_t old_len,
			char *ret_key, size_t cap)
{
	struct pairs is = {0}, was = {0}, none = {0};
	const struct pair *found;
	int r, old_r;

	if (cap > 0)
		*ret_key = '\0';
	r = read_pairs(now, now_len, &is);
	old_r = r < 0 ? 0 : read_pairs(old, old_len, &was);
	if (old_r == -ENOMEM)
		r = old_r;
	if (r >= 0) {
		/* What git could not read did nothing: all is new against it. */
		found = find_new(&is, old_r < 0 ? &none : &was);
		if (found && cap > 0)
			(void)snprintf(ret_key, cap, "%s", found->name);
		r = found ? 1 : 0;
	}
	pairs_done(&is);
	pairs_done(&was);
	return r;
}
