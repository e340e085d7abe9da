#include "verdict.h"

#include "constants.h"
#include "seldom/text.h"

#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

/* Places with a fixed answer, and what a change there means. First match wins. */
struct place {
	const char *dir;
	enum sel_decision decision;
	enum sel_tier tier;
	int error;
	const char *why, *consequence;
};

/* Columns are the point */
/* clang-format off */
static const struct place places[] = {
	{ "/proc", SEL_DENY, SEL_T3, EACCES, "kernel settings and other processes", "" },
	{ "/sys",  SEL_DENY, SEL_T3, EACCES, "kernel settings", "" },
	{ "/dev",  SEL_DENY, SEL_T3, EACCES, "devices", "" },
	{ "/run",  SEL_DENY, SEL_T3, EROFS,  "run-time files of the system are hidden", "" },
	{ "/boot", SEL_ASK,  SEL_T3, EACCES, "part of the system's start-up", "changes how this machine starts" },
	{ "/etc",  SEL_ASK,  SEL_T3, EACCES, "system configuration", "changes this machine for every program" },
	{ "/usr",  SEL_ASK,  SEL_T3, EACCES, "installed programs", "changes programs that run outside the boundary" },
	{ "/bin",  SEL_ASK,  SEL_T3, EACCES, "installed programs", "changes programs that run outside the boundary" },
	{ "/sbin", SEL_ASK,  SEL_T3, EACCES, "installed programs", "changes programs that run outside the boundary" },
	{ "/lib",  SEL_ASK,  SEL_T3, EACCES, "installed libraries", "changes programs that run outside the boundary" },
	{ "/lib64",SEL_ASK,  SEL_T3, EACCES, "installed libraries", "changes programs that run outside the boundary" },
};
/* clang-format on */

static void set(struct sel_verdict *v, enum sel_decision decision, enum sel_source source,
		enum sel_tier tier, const char *why)
{
	*v = (struct sel_verdict){.decision = decision,
				  .source = source,
				  .tier = tier,
				  .error = EACCES,
				  .why = why,
				  .consequence = ""};
}

bool sel_path_listed(char *const *list, const char *path)
{
	for (; list && *list; list++)
		if (sel_path_below(path, *list))
			return true;
	return false;
}

/* A folder above one of the list: renaming or removing it would carry the entry along. */
static bool above_list(char *const *list, const char *path)
{
	for (; list && *list; list++)
		if (sel_path_below(*list, path))
			return true;
	return false;
}

static bool judge_invariants(const struct sel_policy *p, const struct sel_subject *s,
			     struct sel_verdict *v)
{
	const char *name = strrchr(s->path, '/');

	if (!sel_path_listed(p->own, s->path) && !(s->destroys && above_list(p->own, s->path)) &&
	    !(name && strncmp(name + 1, SEL_INSTALL_PREFIX, strlen(SEL_INSTALL_PREFIX)) == 0))
		return false;
	set(v, SEL_DENY, SEL_SRC_INVARIANT, SEL_T3, "I1: a file of seldom itself");
	v->error = EPERM;
	return true;
}

static bool judge_denials(const struct sel_policy *p, const struct sel_subject *s,
			  struct sel_verdict *v)
{
	const struct sel_grant *denial = sel_grants_denial(&p->grants, s->op, s->path, s->exe);

	if (!denial)
		return false;
	set(v, SEL_DENY, denial->source == SEL_SRC_RULE ? SEL_SRC_RULE : SEL_SRC_MEMORY, SEL_T1,
	    denial->source == SEL_SRC_RULE ? "a rule denies it" : "denied earlier in this session");
	v->rule = denial->rule;
	return true;
}

/* Only an answer that named the file itself covers what is guarded. */
static void judge_named(const struct sel_policy *p, const struct sel_subject *s, enum sel_tier tier,
			struct sel_verdict *v)
{
	const struct sel_grant *g = sel_grants_allow(&p->grants, s->op, s->path, s->exe, true);

	if (!g)
		return;
	set(v, SEL_ALLOW, g->source, tier, "granted by name");
	v->rule = g->rule;
}

static bool judge_secrets(const struct sel_policy *p, const struct sel_subject *s,
			  struct sel_verdict *v)
{
	if (!sel_path_listed(p->secrets, s->path) &&
	    !(s->destroys && above_list(p->secrets, s->path)))
		return false;
	if (s->op != SEL_OP_READ) {
		set(v, SEL_DENY, SEL_SRC_INVARIANT, SEL_T3,
		    "I3: credentials are never changed from inside");
		return true;
	}
	set(v, SEL_ASK, SEL_SRC_PERSON, SEL_T3, "I3: it holds credentials");
	v->consequence = "the program learns the secret; cannot be undone";
	judge_named(p, s, SEL_T3, v);
	return true;
}

/* Does a folder take protected names along? */
static bool brings_along(const struct sel_policy *p, const struct sel_subject *s)
{
	return s->from ? sel_protected_moves(s->from, s->path, &p->places)
		       : sel_protected_prefix(s->path, &p->places);
}

/* Files that become code are never in scope by their folder; only judged content or an answer that
 * named the file itself covers them. Taking one away plants nothing. */
static bool judge_protected(const struct sel_policy *p, const struct sel_subject *s,
			    struct sel_verdict *v)
{
	struct sel_protected guard;

	if (!s->plants || s->judged_content ||
	    sel_scope_mode(&p->scope, s->path) == SEL_MODE_PRIVATE)
		return false;
	guard = sel_protected_of(s->path, &p->places);
	if (s->folder && s->op == SEL_OP_CREATE) /* an empty folder is only a place */
		return false;
	if ((s->folder || s->link) && brings_along(p, s))
		guard.why = "a whole folder takes a name that makes its content run";
	else if (guard.guard == SEL_GUARD_NONE)
		return false;
	set(v, SEL_ASK, SEL_SRC_PERSON, SEL_T2, guard.why);
	v->consequence = "becomes code: it runs later, outside the boundary";
	judge_named(p, s, SEL_T2, v);
	return true;
}

static bool judge_scope(const struct sel_policy *p, const struct sel_subject *s,
			struct sel_verdict *v)
{
	const struct sel_scope_entry *entry = sel_scope_find(&p->scope, s->path);
	enum sel_mode mode = entry ? entry->mode : SEL_MODE_NONE;

	if (s->op == SEL_OP_READ || s->op == SEL_OP_CONNECT)
		return false;
	if (mode == SEL_MODE_NONE) {
		if (!s->ours || !s->exists)
			return false;
		set(v, SEL_ALLOW, SEL_SRC_SCOPE, SEL_T0, "made by this run");
		return true;
	}
	if (mode == SEL_MODE_RO) {
		set(v, SEL_DENY, SEL_SRC_SCOPE, SEL_T1, "the folder was given as --ro");
		v->error = EROFS;
	} else if (mode == SEL_MODE_ND && s->destroys && s->exists && !s->ours) {
		set(v, SEL_DENY, SEL_SRC_SCOPE, SEL_T2, "the folder was given as --rw-no-delete");
	} else {
		set(v, SEL_ALLOW, entry->rule ? SEL_SRC_GRANT : SEL_SRC_SCOPE, SEL_T0, "in scope");
		v->rule = entry->rule;
	}
	return true;
}

static bool judge_grants(const struct sel_policy *p, const struct sel_subject *s,
			 struct sel_verdict *v)
{
	const struct sel_grant *g = sel_grants_allow(&p->grants, s->op, s->path, s->exe, false);

	if (!g)
		return false;
	set(v, SEL_ALLOW, g->source, SEL_T1,
	    g->source == SEL_SRC_RULE ? "a rule allows it" : "granted");
	v->rule = g->rule;
	return true;
}

static bool judge_places(const struct sel_subject *s, struct sel_verdict *v)
{
	for (size_t i = 0; i < SEL_N(places); i++) {
		const struct place *p = &places[i];

		if (!sel_path_below(s->path, p->dir))
			continue;
		set(v, p->decision, p->decision == SEL_DENY ? SEL_SRC_INVARIANT : SEL_SRC_PERSON,
		    p->tier, p->why);
		v->error = p->error;
		v->consequence = p->consequence;
		return true;
	}
	return false;
}

/* Histories that programs write beside their work and do without when they cannot: a question about
 * one would cost more attention than any answer is worth. */
static bool is_history(const struct sel_policy *p, const char *path)
{
	static const char *const names[] = {
		".lesshs",	 ".bash_history",      ".python_history",
		".viminfo",	 ".node_repl_history", ".sqlite_history",
		".wget-hsts",	 ".zsh_history",       ".mysql_history",
		".psql_history", ".gdb_history",       ".rnd"};
	size_t home = p->places.home ? strlen(p->places.home) : 0;

	if (!home || !sel_path_below(path, p->places.home) || strlen(path) <= home)
		return false;
	for (size_t i = 0; i < SEL_N(names); i++) {
		size_t n = strlen(names[i]);

		/* less writes .lesshsQ, vim .viminfo.tmp, and rename it */
		if (strncmp(path + home + 1, names[i], n) == 0 && !strchr(path + home + 1, '/'))
			return true;
	}
	return false;
}

static bool judge_histories(const struct sel_policy *p, const struct sel_subject *s,
			    struct sel_verdict *v)
{
	if (!is_history(p, s->path) || s->op == SEL_OP_CONNECT || s->op == SEL_OP_READ)
		return false;
	set(v, SEL_DENY, SEL_SRC_DEFAULT, SEL_T1, "a program's history file, not worth a question");
	return true;
}

/* Taking away, or moving, a folder that other things stand on. */
static bool is_critical(const struct sel_policy *p, const struct sel_subject *s)
{
	if (!s->destroys || !s->exists || !s->folder || s->ours)
		return false;
	if (p->places.home && sel_path_below(p->places.home, s->path))
		return true;
	if (p->world && p->world->project && sel_path_below(p->world->project, s->path))
		return true;
	for (const char *const *r = p->places.roots; r && *r; r++)
		if (sel_path_below(*r, s->path))
			return true;
	return *s->path == '/' && strchr(s->path + 1, '/') == NULL;
}

/* A request that no grant covers. What it says cannot be taken back; who is known of old is a
 * lesser risk, unless there is something to be told. */
static void judge_host(const struct sel_policy *p, const struct sel_subject *s,
		       struct sel_verdict *v)
{
	static const char *const why[SEL_HOST_KNOWN_N] = {
		[SEL_HOST_UNKNOWN] = "no grant speaks of this host",
		[SEL_HOST_REGISTRY] = "a registry that is not granted yet",
		[SEL_HOST_REMOTE] = "a code remote that is not granted yet",
		[SEL_HOST_GRANTED] = "a grant speaks of this host, but not of this",
		[SEL_HOST_SERVICE] = "a grant speaks of this host, but not of this",
	};
	bool stranger = p->tainted && s->host == SEL_HOST_UNKNOWN;

	set(v, SEL_ASK, SEL_SRC_PERSON, stranger || p->secret_read ? SEL_T3 : SEL_T2, why[s->host]);
	v->consequence = p->secret_read ? "can send the secret that was read to that host"
			 : p->tainted ? "can send what it read to that host, and it has read what "
					"others wrote"
				      : "can send what it read to that host";
}

/* Changes out of scope: what kind of loss is the worst that can come of it? */
static void judge_rest(const struct sel_policy *p, const struct sel_subject *s,
		       struct sel_verdict *v)
{
	bool loses = s->exists && !s->ours && s->destroys;

	if (s->host != SEL_HOST_NONE) {
		judge_host(p, s, v);
	} else if (s->op == SEL_OP_CONNECT) {
		set(v, SEL_ASK, SEL_SRC_PERSON, SEL_T3,
		    "a program outside the boundary listens there");
		v->consequence = "that program acts outside the boundary; cannot be undone";
	} else if (is_critical(p, s)) {
		set(v, SEL_ASK, SEL_SRC_PERSON, SEL_T3, "I8: a folder that all work stands on");
		v->consequence = "what was there before is lost";
	} else if (loses && p->deletions >= (unsigned)SEL_K(BULK_DELETIONS)) {
		set(v, SEL_ASK, SEL_SRC_PERSON, SEL_T3,
		    "I8: more than 50 things that were there before would be gone");
		v->consequence = "what was there before is lost";
	} else if (s->exists && (s->destroys || s->op == SEL_OP_WRITE)) {
		set(v, SEL_ASK, SEL_SRC_PERSON, s->undoable ? SEL_T1 : SEL_T2,
		    "it existed before and is outside the granted folders");
		v->consequence = s->undoable ? "what was there before is kept and can be restored"
					     : "what was there before is lost";
	} else {
		set(v, SEL_ASK, SEL_SRC_PERSON, SEL_T1, "outside the granted folders");
		v->consequence = "can be removed again";
	}
}

/* --- judgement ----------------------------------------------------------------------------------
 */

static void classify(const struct sel_policy *p, const struct sel_subject *s,
		     struct sel_classified *ret)
{
	const struct sel_world bare = {.home = p->places.home, .places = &p->places};

	if (sel_path_listed(p->secrets, s->path)) {
		*ret = (struct sel_classified){.class = SEL_CLASS_SECRET};
		return;
	}
	sel_classify(s->path, s->other_project, p->world ? p->world : &bare, ret);
	/* A socket is a program, wherever it lies. */
	if (s->op == SEL_OP_CONNECT && *s->path == '/')
		*ret = (struct sel_classified){.class = SEL_CLASS_SOCKET};
}

struct sel_key_facts sel_subject_facts(const struct sel_policy *policy,
				       const struct sel_subject *subject,
				       const struct sel_classified *where)
{
	return (struct sel_key_facts){.id = subject->id,
				      .op = subject->op,
				      .exists = subject->exists,
				      .object = subject->path,
				      .where = *where,
				      .project = policy->world ? policy->world->project : NULL,
				      .job = subject->job};
}

/* What judgement knows of an action out of scope. */
struct context {
	struct sel_classified where;
	struct sel_key_facts facts;
	struct sel_keys *keys; /* NULL: memory is out, then nothing is learned */
	struct sel_recalled recalled;
};

static void build_keys(struct context *c)
{
	if (!c->keys && sel_keys_build(&c->facts, &c->keys) < 0)
		c->keys = NULL;
}

static void know(const struct sel_policy *p, const struct sel_subject *s, struct context *c)
{
	*c = (struct context){0};
	classify(p, s, &c->where);
	c->facts = sel_subject_facts(p, s, &c->where);
	if (!p->memory || sel_memory_empty(p->memory))
		return;
	build_keys(c);
	sel_memory_recall(p->memory, &c->facts, c->keys, &c->recalled);
}

static bool judge_memory(const struct context *c, struct sel_verdict *v)
{
	/* No program may do at a host what another was denied there: the host is what was asked
	 * about. */
	if (!c->recalled.denied && !(c->recalled.object && c->where.class == SEL_CLASS_HOST))
		return false;
	set(v, SEL_DENY, SEL_SRC_MEMORY, SEL_T1, "denied earlier in this session");
	return true;
}

/* I10: what a session that read a secret may not do any more. A grant is an approval. */
static bool is_leak(const struct sel_policy *p, const struct sel_subject *s,
		    const struct context *c, const struct sel_support *support)
{
	return p->secret_read && c->where.class == SEL_CLASS_HOST && support->rung != 0 &&
	       s->host < SEL_HOST_GRANTED;
}

/* A question: what is known about it, and whether it has been answered often enough. */
static void judge_learned(const struct sel_policy *p, const struct sel_subject *s,
			  struct context *c, usec_t now, struct sel_verdict *v)
{
	static const char *const why[] = {"this very object was approved before",
					  "this shape was approved before",
					  "this class was approved before"};

	if (v->tier < sel_class_tier(c->where.class))
		v->tier = sel_class_tier(c->where.class);
	v->support = (struct sel_support){.rung = SEL_RUNGS,
					  .learned_rung = -1,
					  .novel = true,
					  .mean = SEL_K(PRIOR_MEAN),
					  .risk = 1};
	if (p->evidence)
		build_keys(c);
	if (c->keys && p->evidence)
		sel_evidence_support(p->evidence, c->keys, s->id, v->tier, &p->learning, now,
				     &v->support);
	if (is_leak(p, s, c, &v->support)) {
		set(v, SEL_DENY, SEL_SRC_INVARIANT, SEL_T3,
		    "I10: a secret was read, and this host was never approved here");
		return;
	}
	/* Reading a secret and talking to somebody are not learned, whatever the tier. */
	if (sel_effect_of(s->op, s->exists) >= SEL_EFFECT_REVEAL)
		v->support.learned = false;
	if (!p->world || !v->support.learned || v->tier != SEL_T1 || c->recalled.workaround)
		return;
	v->decision = SEL_ALLOW;
	v->source = SEL_SRC_LEARNED;
	v->why = why[v->support.learned_rung];
	v->consequence = "";
}

void sel_judge(const struct sel_policy *policy, const struct sel_subject *subject, usec_t now,
	       struct sel_verdict *ret)
{
	const struct sel_policy *p = policy;
	const struct sel_subject *s = subject;
	struct context c;
	bool guarded;

	if (judge_invariants(p, s, ret) || judge_denials(p, s, ret))
		return;
	guarded = judge_secrets(p, s, ret) || judge_protected(p, s, ret);
	if (guarded ? ret->source == SEL_SRC_INVARIANT : judge_scope(p, s, ret))
		return;
	know(p, s, &c);
	if (!judge_memory(&c, ret) && !guarded && !judge_grants(p, s, ret) &&
	    !judge_places(s, ret) && !judge_histories(p, s, ret))
		judge_rest(p, s, ret);
	if (ret->decision == SEL_ASK)
		judge_learned(p, s, &c, now, ret);
	ret->where = c.where;
	ret->workaround = c.recalled.workaround;
	ret->denied_at = c.recalled.at;
	free(c.keys);
}

const struct sel_verdict *sel_stricter(const struct sel_verdict *a, const struct sel_verdict *b)
{
	static const int rank[] = {[SEL_DENY] = 2, [SEL_ASK] = 1, [SEL_ALLOW] = 0};

	if (rank[a->decision] != rank[b->decision])
		return rank[a->decision] > rank[b->decision] ? a : b;
	return a->tier >= b->tier ? a : b;
}

int sel_policy_grant(struct sel_policy *p, const struct sel_grant *grant)
{
	return sel_grants_add(&p->grants, grant);
}

/* `own`, `secrets`, `floors`, `places` and `world` never change during a run and are shared;
 * `evidence` and `memory` are changed in place. */
int sel_policy_copy(const struct sel_policy *p, struct sel_policy **ret)
{
	struct sel_policy *copy = malloc(sizeof *copy);
	int r;

	if (!copy)
		return -ENOMEM;
	*copy = *p;
	copy->scope = (struct sel_scope){0};
	copy->grants = (struct sel_grants){0};
	r = sel_scope_copy(&p->scope, &copy->scope);
	if (r >= 0)
		r = sel_grants_copy(&p->grants, &copy->grants);
	if (r < 0)
		sel_policy_free(copy);
	else
		*ret = copy;
	return r;
}

void sel_policy_done(struct sel_policy *p)
{
	sel_scope_done(&p->scope);
	sel_grants_done(&p->grants);
}

void sel_policy_free(struct sel_policy *p)
{
	if (!p)
		return;
	sel_policy_done(p);
	free(p);
}

/* --- one line -----------------------------------------------------------------------------------
 */

#define LINE_COLUMNS 110
#define OBJECT_LEAST 16 /* columns that an object keeps */

static void add(char *ret, size_t cap, const char *fmt, ...) _printf_(3, 4);
static void add(char *ret, size_t cap, const char *fmt, ...)
{
	size_t n = strlen(ret);
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(ret + n, cap - n, fmt, args);
	va_end(args);
}

/* "4 min", "3 h", "12 d" */
static void add_age(usec_t at, usec_t now, char *ret, size_t cap)
{
	usec_t age = now > at ? now - at : 0;

	if (age < 2 * 3600 * USEC_PER_SEC)
		add(ret, cap, "%u min", (unsigned)(age / SEL_MINUTES(1)));
	else if (age < SEL_DAYS(2))
		add(ret, cap, "%u h", (unsigned)(age / (3600 * USEC_PER_SEC)));
	else
		add(ret, cap, "%u d", (unsigned)(age / SEL_DAYS(1)));
}

/* The second word, and the reason without the tag that became it. */
static const char *kind_of(const struct sel_verdict *v, char *tag, size_t cap, const char **why)
{
	size_t n = **why == 'I' ? strcspn(*why, ":") : 0;

	if (n > 1 && n < cap && (*why)[n] == ':') {
		(void)snprintf(tag, cap, "%.*s", (int)n, *why);
		*why += n + 1 + ((*why)[n + 1] == ' ');
		return tag;
	}
	if (v->decision != SEL_ASK)
		return sel_source_name(v->source);
	return v->support.changed ? "changed"
	       : v->workaround	  ? "again"
	       : v->support.novel ? "new"
				  : "known";
}

static bool is_learned(const struct sel_verdict *v)
{
	return v->decision == SEL_ALLOW && v->source == SEL_SRC_LEARNED &&
	       v->support.learned_rung >= 0;
}

static void add_approvals(const struct sel_support *s, const char *how, usec_t now, char *ret,
			  size_t cap)
{
	add(ret, cap, "approved %ux%s, last ", s->approvals, how);
	add_age(s->last, now, ret, cap);
	add(ret, cap, " ago");
}

static void add_evidence(const struct sel_verdict *v, usec_t now, char *ret, size_t cap)
{
	static const char *const what[] = {"object", "shape", "class"};
	const struct sel_support *s = &v->support;

	if (is_learned(v)) {
		add(ret, cap, " - %s ", what[s->learned_rung]);
		add_approvals(s, " (attentive)", now, ret, cap);
		add(ret, cap, " - risk <= %.0f %%", ceil(s->risk * 100));
	} else if (v->denied_at && v->decision != SEL_ALLOW) {
		add(ret, cap, " - you denied %s ", v->workaround ? "the like" : "it");
		add_age(v->denied_at, now, ret, cap);
		add(ret, cap, " ago");
	} else if (v->decision == SEL_ASK && s->changed) {
		add(ret, cap, " - changed: %u approvals count less", s->lost);
	} else if (v->decision == SEL_ASK && s->approvals) {
		add(ret, cap, " - ");
		add_approvals(s, "", now, ret, cap);
	} else if (v->rule > 0) {
		add(ret, cap, " - rule %lld", (long long)v->rule);
	}
}

static void add_object(const char *path, int columns, char *ret, size_t cap)
{
	char safe[4 * PATH_MAX], cut[512];

	(void)sel_text_escape(path, strlen(path), safe, sizeof safe, NULL);
	(void)sel_text_elide(safe, columns, false, cut, sizeof cut);
	add(ret, cap, "%s", cut);
}

void sel_verdict_line(const struct sel_verdict *v, const struct sel_subject *s, usec_t now,
		      char *ret, size_t cap)
{
	static const char *const words[] = {
		[SEL_DENY] = "deny", [SEL_ALLOW] = "allow", [SEL_ASK] = "ASK"};
	bool invariant = v->decision == SEL_DENY && v->source == SEL_SRC_INVARIANT;
	const char *why = v->why ? v->why : "", *name = s->exe ? strrchr(s->exe, '/') : NULL;
	char line[1024] = "", tail[512] = "", tag[8];
	int room;

	if (!cap)
		return;
	const char *kind = kind_of(v, tag, sizeof tag, &why);
	add(line, sizeof line, "%-5s %-8s ", invariant ? "DENY" : words[v->decision], kind);
	add_object(name ? name + 1 : s->exe ? s->exe : "?", 24, line, sizeof line);
	add(line, sizeof line, " %s ", sel_op_name(s->op));
	if (!is_learned(v)) /* the evidence says it */
		add(tail, sizeof tail, " - %s", why);
	add_evidence(v, now, tail, sizeof tail);
	room = LINE_COLUMNS - sel_text_columns(line) - sel_text_columns(tail);
	add_object(s->path, room > OBJECT_LEAST ? room : OBJECT_LEAST, line, sizeof line);
	add(line, sizeof line, "%s", tail);
	(void)sel_text_elide(line, LINE_COLUMNS, false, ret, cap);
}
