#include "host_rungs.h"

#include "wire.h"

#include <stdio.h>

#define READING "GET,HEAD,OPTIONS"

/* What git says of itself while it asks for objects: the names it wants and has. A clone of a
 * repository with a hundred thousand branches takes 5 MB. */
#define FETCH_BODY_MAX ((uint64_t)16 * 1024 * 1024)

static const struct git_service {
	const char *service, *request; /* the end of its POST, its type */
	const char *type;
	uint64_t body_max;
} git_services[] = {
	[SEL_GIT_FETCH] = {"git-upload-pack", "/git-upload-pack",
			   "application/x-git-upload-pack-request", FETCH_BODY_MAX},
	[SEL_GIT_PUSH] = {"git-receive-pack", "/git-receive-pack",
			  "application/x-git-receive-pack-request", UINT64_MAX},
};

int sel_host_grant(const char *line, usec_t now, struct sel_net_grant *ret)
{
	struct sel_net_grant *list = NULL;
	size_t n = 0;
	_cleanup_free_ char *error = NULL;
	int r = sel_grants_parse("rule", line, strlen(line), SEL_GRANT_PERSON, now, &list, &n,
				 &error);

	if (r >= 0 && n != 1)
		r = -EINVAL;
	else if (r >= 0 && list->roots)
		r = -ENOTSUP; /* read before the run is confined, so only what files name */
	else if (r >= 0 && list->expires != 0 && list->expires <= now)
		r = -ETIME;
	if (r < 0) {
		sel_net_grants_free(list, n);
		return r;
	}
	*ret = list[0];
	free(list);
	return 0;
}

static bool is_plain(const struct sel_host_wish *w)
{
	return w->plain || w->way == SEL_WAY_PLAIN_READ || w->way == SEL_WAY_PLAIN_WRITE;
}

bool sel_host_covers(const struct sel_net_grant *g, const struct sel_host_wish *w, usec_t now)
{
	struct sel_head head = {.method = (char *)w->method,
				.target = (char *)w->path,
				.plain = is_plain(w),
				.upgrade =
					w->way == SEL_WAY_WEBSOCKET ? (char *)"websocket" : NULL};
	enum sel_net_why why;

	/* git says the type of its requests; a wish has no headers. */
	if (w->git != SEL_GIT_NONE && g->type && strcmp(g->type, git_services[w->git].type) == 0)
		head.length = 0;
	return sel_net_match(g, 1, w->name, w->port, w->way == SEL_WAY_TUNNEL ? NULL : &head, now,
			     &why) != NULL;
}

struct made {
	const char *label, *exposes; /* static */
	enum sel_rung_kind kind;
};

static bool there(const struct sel_rungs *rungs, const char *words, usec_t now)
{
	char other[1024];
	bool same = false;

	for (size_t i = 0; i < rungs->n && !same; i++) {
		struct sel_net_grant g;

		if (sel_host_grant(rungs->item[i].grant, now, &g) < 0)
			continue;
		sel_grant_words(&g, other, sizeof other);
		sel_grant_done(&g);
		same = strcmp(other, words) == 0;
	}
	return same;
}

/* One rung more, if the line can be said, covers the wish and is not there yet. -ENOMEM. */
static int add(const struct sel_host_wish *w, const char *line, const struct made *made, usec_t now,
	       struct sel_rungs *ret)
{
	char words[1024], brief[1024];
	struct sel_net_grant g;
	int r = sel_host_grant(line, now, &g);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	sel_grant_words(&g, words, sizeof words);
	sel_grant_brief(&g, brief, sizeof brief);
	bool fits = sel_host_covers(&g, w, now);
	sel_grant_done(&g);
	if (!fits || ret->n == SEL_RUNGS_BUILT || there(ret, words, now))
		return 0;
	struct sel_rung rung = {.kind = made->kind,
				.path = strdup(brief),
				.grant = strdup(line),
				.label = made->label,
				.exposes = made->exposes};

	if (!rung.path || !rung.grant) {
		free(rung.path);
		free(rung.grant);
		return -ENOMEM;
	}
	ret->item[ret->n++] = rung;
	return 1;
}

/* What a request needs besides its route. */
static const char *clause_of(const struct sel_host_wish *w)
{
	static const char *const clauses[2][2] = {
		{"", "; plain yes"}, {"; upgrade websocket", "; upgrade websocket; plain yes"}};

	return clauses[w->way == SEL_WAY_WEBSOCKET][is_plain(w)];
}

static int add_route(const struct sel_host_wish *w, const char *name, const char *methods,
		     const char *path, bool below, const struct made *made, usec_t now,
		     struct sel_rungs *ret)
{
	const char *clause = clause_of(w);
	char line[SEL_GRANT_LINE_MAX];
	int r = sel_grant_propose(name, w->name, w->port, methods, path, below, true, line,
				  sizeof line);

	if (r < 0 || strlen(line) + strlen(clause) >= sizeof line)
		return 0; /* it cannot be said */
	memcpy(line + strlen(line), clause, strlen(clause) + 1);
	return add(w, line, made, now, ret);
}

static bool reads(enum sel_host_way way)
{
	return way == SEL_WAY_READ || way == SEL_WAY_PLAIN_READ;
}

/* Of a path that is too long to be told, the folder that it is in for all that is known: for once
 * it is this request's alone all the same. */
static int add_cut(const struct sel_host_wish *w, const char *name, usec_t now,
		   struct sel_rungs *ret)
{
	static const struct made made = {"this request, which is too long to show",
					 "every address that begins so", SEL_RUNG_REQUEST};
	_cleanup_free_ char *folder =
		strndup(w->path, (size_t)(strrchr(w->path, '/') - w->path) + 1);

	return folder ? add_route(w, name, w->method, folder, true, &made, now, ret) : -ENOMEM;
}

static int add_folder(const struct sel_host_wish *w, const char *name, usec_t now,
		      struct sel_rungs *ret)
{
	static const struct made made = {"this and what is below", "every address that begins so",
					 SEL_RUNG_HOST};
	const char *slash = strrchr(w->path, '/');
	_cleanup_free_ char *folder = NULL;

	if (!slash || slash == w->path)
		return 0; /* the folder is the whole host */
	folder = strndup(w->path, (size_t)(slash - w->path) + 1);
	return folder ? add_route(w, name, w->method, folder, true, &made, now, ret) : -ENOMEM;
}

/* All of one service of one repository: what a clone, a fetch or a push asks, of nothing else. */
static int git_line(const struct sel_host_wish *w, const char *name, const char *repository,
		    char *ret, size_t cap)
{
	const struct git_service *s = &git_services[w->git];
	_cleanup_free_ char *refs = NULL, *request = NULL;
	struct sel_query query = {.name = (char *)"service", .value = (char *)s->service};

	if (asprintf(&refs, "%s/info/refs", repository) < 0)
		refs = NULL;
	if (asprintf(&request, "%s%s", repository, s->request) < 0)
		request = NULL;
	if (!refs || !request)
		return -ENOMEM;
	struct sel_route routes[] = {{.method = (char *)"GET", .path = refs},
				     {.method = (char *)"POST", .path = request}};
	struct sel_net_grant g = {.name = (char *)name,
				  .host = (char *)w->name,
				  .port = w->port == 443 ? 0 : w->port,
				  .routes = routes,
				  .n_routes = SEL_N(routes),
				  .queries = &query,
				  .n_queries = 1,
				  .type = (char *)s->type,
				  .body_max = s->body_max,
				  .total_max = UINT64_MAX,
				  .response_max = UINT64_MAX,
				  .scan = true,
				  .plain = is_plain(w)};
	return sel_grant_line(&g, ret, cap);
}

static int add_git(const struct sel_host_wish *w, const char *name, usec_t now,
		   struct sel_rungs *ret)
{
	static const struct made made[] = {
		[SEL_GIT_FETCH] = {"clone and fetch this repository",
				   "its objects, for as long as it holds; pushing is not included",
				   SEL_RUNG_HOST},
		[SEL_GIT_PUSH] = {"push to this repository",
				  "what is pushed is uploaded there; no other repository",
				  SEL_RUNG_HOST},
	};
	bool begins = strcmp(w->method, "GET") == 0;
	char line[SEL_GRANT_LINE_MAX];
	size_t n = strlen(w->path), end;

	if (w->git == SEL_GIT_NONE)
		return 0;
	end = strlen(begins ? "/info/refs" : git_services[w->git].request);
	_cleanup_free_ char *repository = n > end ? strndup(w->path, n - end) : NULL;
	int r = repository ? git_line(w, name, repository, line, sizeof line)
		: n > end  ? -ENOMEM
			   : -EINVAL;
	if (r == -ENOMEM)
		return r;
	return r < 0 ? 0 : add(w, line, &made[w->git], now, ret);
}

static int add_known(const struct sel_host_wish *w, usec_t now, struct sel_rungs *ret)
{
	static const struct made made = {"what this tool usually asks", "no more than that",
					 SEL_RUNG_HOST};
	int r = w->proposal ? add(w, w->proposal, &made, now, ret) : 0;

	if (r > 0)
		ret->recommended = ret->n - 1;
	return r;
}

static int tunnel(const struct sel_host_wish *w, const char *name, usec_t now,
		  struct sel_rungs *ret)
{
	static const struct made made = {"this connection, unread",
					 "nobody judges or records what passes", SEL_RUNG_REQUEST};
	char line[SEL_GRANT_LINE_MAX];

	(void)snprintf(line, sizeof line, "grant %s host %s; port %u; opaque yes", name, w->name,
		       w->port);
	return add(w, line, &made, now, ret);
}

static int requests(const struct sel_host_wish *w, const char *name, usec_t now,
		    struct sel_rungs *ret)
{
	static const struct made this = {"this request", "the same address, whatever follows a '?'",
					 SEL_RUNG_REQUEST};
	static const struct made reading = {"reading at this host",
					    "all of it; an address can carry data out, too",
					    SEL_RUNG_HOST};
	static const struct made any = {"everything at this host", "may upload what it can read",
					SEL_RUNG_HOST};
	bool cut = strlen(w->path) >= SEL_PATH_TOLD && *w->path == '/';
	int r = cut ? add_cut(w, name, now, ret)
		    : add_route(w, name, w->method, w->path, false, &this, now, ret);

	if (r >= 0)
		r = add_git(w, name, now, ret);
	bool known = r > 0;
	if (r >= 0 && !known)
		r = add_folder(w, name, now, ret);
	ret->recommended = ret->n ? ret->n - 1 : 0;
	if (r >= 0 && !known) {
		r = add_known(w, now, ret);
		known = r > 0;
	}
	if (r >= 0 && reads(w->way)) {
		r = add_route(w, name, READING, "/", true, &reading, now, ret);
		if (r > 0 && !known && !w->narrow)
			ret->recommended = ret->n - 1;
	}
	if (r >= 0 && !w->narrow)
		r = add_route(w, name, "*", "/", true, &any, now, ret);
	return r;
}

int sel_host_rungs(const struct sel_host_wish *wish, const char *name, usec_t now,
		   struct sel_rungs *ret)
{
	struct sel_rungs rungs = {0};
	/* "*" is a token, too: in a grant it would be every method. */
	bool wild = strchr(wish->method, '*');
	int r = wild			      ? -EINVAL
		: wish->way == SEL_WAY_TUNNEL ? tunnel(wish, name, now, &rungs)
					      : requests(wish, name, now, &rungs);

	/* An answer for once is of the request alone: without that rung there is no question. */
	if (r >= 0 && (rungs.n == 0 || rungs.item[0].kind != SEL_RUNG_REQUEST))
		r = -EINVAL;
	if (r < 0) {
		sel_rungs_done(&rungs);
		return r;
	}
	*ret = rungs;
	return 0;
}
