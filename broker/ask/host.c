/* Questions about hosts: a request that no grant covers waits in seldom-egress, nothing of it has
 * left, and a person is asked by name, method and path. */
#include "internal.h"

#include "host_rungs.h"
#include "seldom/text.h"
#include "wire.h"

#include <stdio.h>

/* --- what is known of hosts ----------------------------------------------------------------------
 */

/* Before the program runs: what it may write meanwhile makes no host known. */
void ask_hosts_read(struct sel_ask *a)
{
	const char *project = a->config.world ? a->config.world->project : NULL;
	int r = sel_registries_read(a->config.home, project, (const char *const *)environ,
				    &a->known, &a->n_known);

	if (r < 0)
		(void)sel_warn(r, "Cannot look for registries");
}

static enum sel_host_known known_as(const struct sel_known_host *k)
{
	return !k				     ? SEL_HOST_UNKNOWN
	       : strcmp(k->what, "code remote") == 0 ? SEL_HOST_REMOTE
						     : SEL_HOST_REGISTRY;
}

enum sel_host_known sel_ask_host_known(const struct sel_ask *a, const char *name, uint16_t port)
{
	return known_as(sel_known_host_of(a->known, a->n_known, name, port, "", ""));
}

/* --- one request ---------------------------------------------------------------------------------
 */

void ask_request_free(struct request *r)
{
	if (!r)
		return;
	free(r->name);
	free(r->method);
	free(r->path);
	free(r);
}

/* All that a grant would have to say: else the same request would be asked about once more. */
static enum sel_host_way way_of(const struct sel_net_asked *asked)
{
	/* A push changes something, though it begins with reading. */
	bool reads = sel_net_class(asked->method) == SEL_NET_READ && !asked->push;

	if (asked->why == SEL_NET_NOT_HTTP || asked->why == SEL_NET_PINNED ||
	    *asked->method == '\0')
		return SEL_WAY_TUNNEL;
	if (asked->websocket)
		return SEL_WAY_WEBSOCKET;
	if (asked->plain)
		return reads ? SEL_WAY_PLAIN_READ : SEL_WAY_PLAIN_WRITE;
	return reads ? SEL_WAY_READ : SEL_WAY_WRITE;
}

/* What egress says of the query counts only where the rest is git's, too. */
static enum sel_host_git git_of(const struct sel_net_asked *asked)
{
	static const struct {
		const char *method, *end;
		enum sel_host_git git;
		bool told;
	} all[] = {{"GET", "/info/refs", SEL_GIT_FETCH, true},
		   {"GET", "/info/refs", SEL_GIT_PUSH, true},
		   {"POST", "/git-upload-pack", SEL_GIT_FETCH, false},
		   {"POST", "/git-receive-pack", SEL_GIT_PUSH, false}};
	size_t n = strlen(asked->path);

	for (size_t i = 0; i < SEL_N(all) && !asked->websocket; i++) {
		size_t end = strlen(all[i].end);
		bool said = all[i].git == SEL_GIT_PUSH ? asked->push : asked->fetch;

		if (strcmp(asked->method, all[i].method) == 0 && n > end && n < SEL_PATH_TOLD &&
		    strcmp(asked->path + n - end, all[i].end) == 0 && (said || !all[i].told))
			return all[i].git;
	}
	return SEL_GIT_NONE;
}

/* A grant speaks of the host already, though not of this. */
static bool is_granted(enum sel_net_why why)
{
	return why == SEL_NET_NOT_GRANTED || why == SEL_NET_QUERY || why == SEL_NET_UPGRADE;
}

/* Why a person is asked, apart from who the host is. */
static const char *words_of(enum sel_net_why why)
{
	switch ((int)why) {
	case SEL_NET_NOT_GRANTED:
		return "a grant speaks of this host, but not of this method and path";
	case SEL_NET_QUERY:
		return "a grant speaks of this path, but not with this query";
	case SEL_NET_PLAIN:
		return "http without TLS: whoever is on the way can read and change it";
	case SEL_NET_NOT_HTTP:
		return "neither TLS nor HTTP: what passes cannot be judged";
	case SEL_NET_PINNED:
		return "the program trusts only certificates of its own: what passes cannot be "
		       "judged";
	case SEL_NET_UPGRADE:
		return "asks for a WebSocket: what passes behind it is not judged";
	case SEL_NET_EXPIRED:
		return "the grant for this host is over";
	default:
		return "nothing is granted for this host";
	}
}

/* What else a person should know of the way it goes. */
static const char *also_of(const struct request *r)
{
	return r->plain && r->why != SEL_NET_PLAIN			  ? "; without TLS"
	       : r->way == SEL_WAY_WEBSOCKET && r->why != SEL_NET_UPGRADE ? "; asks for a WebSocket"
									  : "";
}

/* "npm registry of ~/p/.npmrc:1, which the project may have written" */
static void say_reason(struct request *r, const struct sel_known_host *k, const char *home)
{
	size_t at = k && k->from && home && sel_path_below(k->from, home) ? strlen(home) : 0;
	char from[160] = "";
	int n = snprintf(r->reason, sizeof r->reason, "%s%s", words_of(r->why), also_of(r));

	if (!k || n < 0 || (size_t)n >= sizeof r->reason)
		return;
	sel_text_escape_message(k->from ? k->from + at : "?", from, sizeof from);
	(void)snprintf(r->reason + n, sizeof r->reason - (size_t)n, "; %s %s of %s%s%s", k->tool,
		       k->what, at ? "~" : "", from,
		       k->project ? ", which the project may have written" : "");
}

static struct request *request_new(const struct sel_ask *a, const struct sel_net_asked *asked)
{
	const struct sel_known_host *k = sel_known_host_of(a->known, a->n_known, asked->name,
							   asked->port, asked->method, asked->path);
	struct request *r = calloc(1, sizeof *r);
	char words[512];

	if (!r)
		return NULL;
	r->port = asked->port;
	r->why = asked->why;
	r->way = way_of(asked);
	r->plain = asked->plain && r->way != SEL_WAY_TUNNEL;
	r->git = r->way == SEL_WAY_TUNNEL ? SEL_GIT_NONE : git_of(asked);
	r->known = is_granted(asked->why) ? SEL_HOST_GRANTED : known_as(k);
	r->proposal = k ? k->proposal : NULL;
	r->name = strdup(asked->name);
	r->method = strdup(r->way == SEL_WAY_TUNNEL ? "" : asked->method);
	r->path = strndup(asked->path, r->way == SEL_WAY_TUNNEL ? 0 : strcspn(asked->path, "?#"));
	if (!r->name || !r->method || !r->path) {
		ask_request_free(r);
		return NULL;
	}
	sel_name_words(r->name, words, sizeof words);
	r->disguised = strstr(r->name, "xn--") && strcmp(words, r->name) == 0;
	say_reason(r, k, a->config.home);
	return r;
}

/* --- its question --------------------------------------------------------------------------------
 */

const char *ask_host_verb(const struct question *q)
{
	static const char *const verbs[SEL_WAY_N] = {
		[SEL_WAY_READ] = "request",
		[SEL_WAY_WRITE] = "request that can change things",
		[SEL_WAY_PLAIN_READ] = "request without TLS",
		[SEL_WAY_PLAIN_WRITE] = "request without TLS",
		[SEL_WAY_TUNNEL] = "unread connection",
		[SEL_WAY_WEBSOCKET] = "WebSocket",
	};

	return verbs[q->request->way];
}

size_t ask_host_warning(const struct question *q, bool secret_read, char *ret, size_t cap)
{
	const char *text = !q->request		   ? ""
			   : q->request->disguised ? "a name that looks like another one; "
			   : secret_read	   ? "after a secret was read; "
						   : "";
	int n = snprintf(ret, cap, "%s", text);

	return n > 0 && (size_t)n < cap ? (size_t)n : 0;
}

static struct sel_host_wish wish_of(const struct question *q)
{
	const struct request *r = q->request;

	return (struct sel_host_wish){.way = r->way,
				      .name = r->name,
				      .port = r->port,
				      .method = r->method,
				      .path = r->path,
				      .plain = r->plain,
				      .proposal = r->proposal,
				      .git = r->git,
				      .narrow = q->tier == SEL_T3};
}

int ask_host_rungs(struct sel_ask *a, struct question *q)
{
	struct sel_host_wish wish = wish_of(q);
	char name[64];

	/* The question that it comes from is what a person can look up. */
	(void)snprintf(name, sizeof name, "%.40s.%u", a->config.session, q->number);
	return sel_host_rungs(&wish, name, sel_now_real(), &q->rungs);
}

/* Who it is, as far as the program that connected is still there. */
static void take_who(struct sel_ask *a, struct question *q, const struct sel_net_caller *caller)
{
	struct sel_who who = {0};

	if (caller->pid > 0)
		(void)sel_who_read(caller->pid, sel_watch_init(a->watch), &who);
	if (who.exe && strcmp(who.exe, caller->exe) == 0) {
		(void)sel_watch_identify(a->watch, caller->pid, &q->identified);
		q->request->job = ask_job(a, caller->pid);
	} else {
		sel_who_done(&who);
		who = (struct sel_who){.pid = caller->pid};
		memcpy(who.comm, caller->comm, strnlen(caller->comm, sizeof who.comm - 1));
	}
	q->who = who;
	q->exe = strdup(*caller->exe ? caller->exe : "?");
	if (!q->identified.id.exe) /* known by its path: enough to deny */
		q->identified.id.exe = q->exe;
}

static struct question *question_new(struct sel_ask *a, const struct sel_net_asked *asked)
{
	struct question *q = calloc(1, sizeof *q);
	char subject[SEL_HOST_SUBJECT_MAX], object[PATH_MAX], words[512];

	if (!q)
		return NULL;
	q->request = request_new(a, asked);
	if (!q->request) {
		free(q);
		return NULL;
	}
	const struct request *r = q->request;
	sel_host_subject(r->way, r->name, r->port, subject);
	sel_host_object(r->method, r->name, r->port, r->path, object, sizeof object);
	sel_name_words(r->name, words, sizeof words);
	take_who(a, q, asked->caller);
	q->op = SEL_OP_CONNECT;
	q->by_name = true;
	q->why = r->reason;
	q->subject = strdup(subject);
	q->object = strdup(object);
	q->detail = strcmp(words, r->name) != 0 ? strdup(words) : NULL;
	if (!q->subject || !q->object || !q->exe) {
		ask_question_free(q);
		return NULL;
	}
	return q;
}

/* What it is as evidence and what follows; anew each time it is judged. */
static struct sel_verdict judge(struct sel_ask *a, struct question *q, bool again)
{
	struct sel_subject s = {.op = SEL_OP_CONNECT,
				.path = q->subject,
				.exe = q->exe,
				.id = &q->identified.id,
				.host = q->request->known,
				.job = q->request->job};
	const struct sel_policy *policy = sel_watch_policy(a->watch);
	struct sel_verdict v;

	sel_judge(policy, &s, sel_now_real(), &v);
	q->facts = sel_subject_facts(policy, &s, &v.where);
	sel_watch_policy_release(a->watch);
	if (a->config.trace && !again)
		sel_trace_action(a->config.trace, sel_now_real(), &s, &v);
	free(sel_steal_ptr(&q->keys));
	if (sel_keys_build(&q->facts, &q->keys) < 0)
		q->keys = NULL;
	q->tier = v.tier;
	q->consequence = v.consequence;
	q->support = v.support;
	q->denied_at = v.workaround ? v.denied_at : 0;
	return v;
}

static bool same_text(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

/* The same content of the same file; of what has no identity the same process. */
static bool same_program(const char *exe, const char *digest, pid_t pid, const struct question *q)
{
	const char *other = q->identified.id.digest;

	return same_text(exe, q->exe) &&
	       (digest || other ? same_text(digest, other) : pid > 0 && pid == q->who.pid);
}

/* A question that nobody waits for is for its own program's next try, as strict as it was. */
static struct question *find(struct sel_ask *a, const struct question *fresh)
{
	for (struct question *q = a->questions; q; q = q->next) {
		bool open = q->request && !q->flood && !q->settled && fresh->tier <= q->tier &&
			    strcmp(q->subject, fresh->subject) == 0;

		if (open && (!q->left ||
			     (fresh->tier == q->tier &&
			      same_program(q->exe, q->identified.id.digest, q->who.pid, fresh))))
			return q;
	}
	return NULL;
}

bool ask_host_lingers(struct sel_ask *a, struct question *q, usec_t now)
{
	if (!q->request || q->flood || q->decoy || q->settled)
		return false;
	if (!q->left) {
		q->left = now;
		ask_show(a, q);
		if (!q->gave_up)
			sel_ask_notice(a, "the program gave up waiting; an answer counts for its "
					  "next try");
		q->gave_up = true;
	}
	return now < q->left + LINGER && now < q->deadline;
}

/* --- answered when nobody waited -----------------------------------------------------------------
 */

static void kept_done(struct kept *k)
{
	free(k->exe);
	free(k->digest);
	free(k->subject);
	free(k->object);
	free(k->grant);
	*k = (struct kept){0};
}

void ask_kept_done(struct sel_ask *a)
{
	for (size_t i = 0; i < KEPT_MAX; i++)
		kept_done(&a->kept[i]);
}

/* For the next try of the very same, and once: what was shown is what was answered. */
static int keep_once(struct sel_ask *a, const struct question *q, const char *grant)
{
	const char *digest = q->identified.id.digest;
	struct kept *k = &a->kept[a->n_kept++ % KEPT_MAX];

	kept_done(k);
	k->exe = strdup(q->exe);
	k->digest = digest ? strdup(digest) : NULL;
	k->subject = strdup(q->subject);
	k->object = strdup(q->object);
	k->grant = strdup(grant);
	k->pid = q->who.pid;
	k->tier = q->tier;
	k->row = q->row;
	if (!k->exe || (digest && !k->digest) || !k->subject || !k->object || !k->grant) {
		kept_done(k);
		return -ENOMEM;
	}
	k->until = sel_now_monotonic() + LINGER;
	return 0;
}

static struct kept *find_kept(struct sel_ask *a, const struct question *fresh)
{
	usec_t now = sel_now_monotonic();

	for (size_t i = 0; i < KEPT_MAX; i++) {
		struct kept *k = &a->kept[i];

		if (k->until > now && fresh->tier <= k->tier &&
		    strcmp(k->subject, fresh->subject) == 0 &&
		    strcmp(k->object, fresh->object) == 0 &&
		    same_program(k->exe, k->digest, k->pid, fresh))
			return k;
	}
	return NULL;
}

/* True: the answer was there, and both are taken. */
static bool answered_before(struct sel_ask *a, struct question *fresh, struct parked *p)
{
	struct kept *k = find_kept(a, fresh);
	struct sel_net_grant g;

	if (!k)
		return false;
	int r = sel_host_grant(k->grant, sel_now_real(), &g);

	if (r >= 0)
		r = a->config.host_grant(a->config.ctx, &g, p->id);
	if (r >= 0)
		ask_host_ended(a, fresh, k->row, SEL_ALLOW, SEL_SRC_PERSON,
			       "a person allowed it, after it was given up");
	kept_done(k);
	if (r < 0)
		return false; /* asked anew */
	ask_reply(a, p, true);
	ask_parked_free(p);
	ask_question_free(fresh);
	return true;
}

/* `again`: it was put before. */
static void decide(struct sel_ask *a, struct question *fresh, struct parked *p, bool again)
{
	struct sel_verdict v = judge(a, fresh, again);
	struct question *q;

	if (v.decision != SEL_ASK) {
		ask_host_ended(a, fresh, 0, SEL_DENY, v.source, v.why);
		p->refusal = v.source == SEL_SRC_INVARIANT ? SEL_NET_AFTER_SECRET : SEL_NET_DENIED;
		a->n_parked++;
		ask_refuse(a, p);
		ask_question_free(fresh);
		return;
	}
	if (answered_before(a, fresh, p))
		return;
	q = find(a, fresh);
	if (q) {
		q->left = 0;
		ask_question_free(sel_steal_ptr(&fresh));
	}
	ask_place(a, q, fresh, p);
}

void sel_ask_host(struct sel_ask *a, const struct sel_net_asked *asked)
{
	struct question *fresh = NULL;
	struct parked *p = NULL;

	if (a->watch) {
		ask_load(a);
		fresh = question_new(a, asked);
		p = fresh ? ask_parked_new(a, WAITS_HOST, fresh->object) : NULL;
	}
	if (!p) {
		ask_question_free(fresh);
		a->config.host_answer(a->config.ctx, asked->id, SEL_NET_NOT_ASKED);
		return;
	}
	p->id = asked->id;
	decide(a, fresh, p, false);
}

void sel_ask_host_gone(struct sel_ask *a, uint64_t id)
{
	ask_gone(a, WAITS_HOST, id);
}

void ask_host_again(struct sel_ask *a, struct question *q, struct parked *p)
{
	p->next = NULL;
	if (p->id) {
		decide(a, q, p, true);
		return;
	}
	ask_question_free(q);
	ask_parked_free(p);
}

static bool settled(const struct question *q, const struct sel_net_grant *list, size_t n)
{
	struct sel_host_wish wish = wish_of(q);
	usec_t now = sel_now_real();

	for (size_t i = 0; i < n; i++)
		if (sel_host_covers(&list[i], &wish, now))
			return true;
	return false;
}

/* Its requests match again; nobody waits for the question then, and the tick closes it. */
void sel_ask_host_granted(struct sel_ask *a, const struct sel_net_grant *list, size_t n)
{
	for (struct question *q = a->questions; q; q = q->next) {
		if (!q->request || q->flood || !settled(q, list, n))
			continue;
		q->settled = true;
		while (q->parked) {
			struct parked *p = q->parked;

			q->parked = p->next;
			ask_reply(a, p, true);
			ask_parked_free(p);
			q->waiting--;
			a->n_parked--;
		}
	}
}

/* --- its end -------------------------------------------------------------------------------------
 */

/* Takes over `g`. What cannot be given to the network is no rule either. */
static int keep_rule(struct sel_ask *a, struct sel_rule_row *row, struct sel_net_grant *g)
{
	int r = a->config.store ? sel_store_rule_add(a->config.store, row) : 0;

	g->rule = row->id;
	if (r < 0) {
		sel_grant_done(g);
		return r;
	}
	r = a->config.host_grant(a->config.ctx, g, 0);
	if (r < 0 && row->id)
		(void)sel_store_rule_revoke(a->config.store, row->id, sel_now_real());
	return r;
}

static int keep_answered(struct sel_ask *a, const struct question *q,
			 const struct sel_answer *answer, struct sel_net_grant *g)
{
	usec_t now = sel_now_real();
	struct sel_rule_row row = {
		.session = answer->term == SEL_FOR_30D ? NULL : a->config.session,
		.op = SEL_OP_CONNECT,
		.kind = SEL_RUNG_HOST,
		.object = q->rungs.item[answer->rung].grant,
		.decision = SEL_ALLOW,
		.created = now,
		.expires = answer->term == SEL_FOR_30D ? now + 30 * 24 * 3600 * USEC_PER_SEC : 0,
		.question = q->row,
	};

	return keep_rule(a, &row, g);
}

/* For once: each that waits takes one, and it ends with that request. If what was shown is not
 * among them any more, its next try does. */
static int grant_once(struct sel_ask *a, const struct question *q, const struct sel_net_grant *g,
		      const char *line)
{
	bool there = false;
	int r = 0;

	for (const struct parked *p = q->parked; r >= 0 && p; p = p->next) {
		struct sel_net_grant one;

		if (!p->id)
			continue;
		there |= strcmp(p->object, q->object) == 0;
		r = sel_grant_copy(g, &one);
		if (r >= 0)
			r = a->config.host_grant(a->config.ctx, &one, p->id);
	}
	return r < 0 || there ? r : keep_once(a, q, line);
}

int ask_host_keep(struct sel_ask *a, const struct question *q, const struct sel_answer *answer)
{
	struct sel_net_grant g;
	int r = sel_host_grant(q->rungs.item[answer->rung].grant, sel_now_real(), &g);

	if (r < 0)
		return r;
	if (answer->term == SEL_FOR_ONCE) {
		r = grant_once(a, q, &g, q->rungs.item[answer->rung].grant);
		sel_grant_done(&g);
		return r;
	}
	return keep_answered(a, q, answer, &g);
}

int ask_host_add(struct sel_ask *a, const char *line, char *error, size_t cap)
{
	struct sel_rule_row row = {.session = a->config.session,
				   .op = SEL_OP_CONNECT,
				   .kind = SEL_RUNG_HOST,
				   .object = line,
				   .decision = SEL_ALLOW,
				   .created = sel_now_real()};
	struct sel_net_grant g;
	int r = a->config.host_grant ? sel_host_grant(line, row.created, &g) : -ENETDOWN;

	if (r < 0) {
		(void)snprintf(error, cap, "%s",
			       r == -ENETDOWN  ? "this run has no network"
			       : r == -ETIME   ? "its time is over already"
			       : r == -ENOTSUP ? "roots are for the file 'grants'"
					       : "not one grant in one line");
		return r;
	}
	if (g.expires != USEC_INFINITY)
		row.expires = g.expires;
	r = keep_rule(a, &row, &g);
	if (r == -EPERM)
		(void)snprintf(error, cap,
			       "the file of its credential is not hidden from the program that "
			       "runs; grant it without --for session, for later runs");
	else if (r < 0)
		(void)snprintf(error, cap, "cannot keep the grant: %s", strerror(-r));
	else
		a->config.host_rules(a->config.ctx);
	return r;
}

void ask_host_ended(struct sel_ask *a, const struct question *q, int64_t row,
		    enum sel_decision decision, enum sel_source source, const char *why)
{
	const struct request *r = q->request;
	struct sel_host_end *e = &a->ends[a->n_ends++ % HOST_ENDS];

	*e = (struct sel_host_end){.decision = decision,
				   .source = source,
				   .tier = q->tier,
				   .question = row,
				   .at = sel_now_real(),
				   .port = r->port,
				   .way = r->way};
	(void)snprintf(e->why, sizeof e->why, "%s", why ? why : "");
	(void)snprintf(e->name, sizeof e->name, "%s", r->name);
}

static bool same_kind(enum sel_host_way way, const char *method)
{
	bool reads = sel_net_class(method) == SEL_NET_READ;

	if (way == SEL_WAY_TUNNEL || *method == '\0')
		return (way == SEL_WAY_TUNNEL) == (*method == '\0');
	return way == SEL_WAY_WEBSOCKET ||
	       (way == SEL_WAY_READ || way == SEL_WAY_PLAIN_READ) == reads;
}

const struct sel_host_end *sel_ask_host_end(const struct sel_ask *a, const char *name,
					    uint16_t port, const char *method,
					    enum sel_decision decision)
{
	for (size_t i = a->n_ends; i-- > 0 && i + HOST_ENDS >= a->n_ends;) {
		const struct sel_host_end *e = &a->ends[i % HOST_ENDS];

		if (e->decision == decision && e->port == port && strcmp(e->name, name) == 0 &&
		    same_kind(e->way, method))
			return e;
	}
	return NULL;
}
