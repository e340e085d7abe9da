#include "verdict.h"

#include "seldom/text.h"

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

static bool op_matches(enum sel_op granted, enum sel_op op)
{
	if (granted == op)
		return true;
	return granted == SEL_OP_INVALID && op != SEL_OP_READ && op != SEL_OP_CONNECT;
}

static const struct sel_grant *find_grant(const struct sel_policy *p, const struct sel_subject *s,
					  bool denial, bool by_name)
{
	for (size_t i = 0; i < p->n_grants; i++) {
		const struct sel_grant *g = &p->grants[i];

		if ((g->decision == SEL_DENY) != denial || g->uses_left == 0 ||
		    !op_matches(g->op, s->op) ||
		    (g->exe && (!s->exe || strcmp(g->exe, s->exe) != 0)))
			continue;
		if (g->kind == SEL_RUNG_FILE ? strcmp(g->path, s->path) == 0
					     : !by_name && sel_path_below(s->path, g->path))
			return g;
	}
	return NULL;
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

static bool judge_memory(const struct sel_policy *p, const struct sel_subject *s,
			 struct sel_verdict *v)
{
	const struct sel_grant *g = find_grant(p, s, true, false);

	if (!g)
		return false;
	set(v, SEL_DENY, g->source == SEL_SRC_RULE ? SEL_SRC_RULE : SEL_SRC_MEMORY, SEL_T1,
	    g->source == SEL_SRC_RULE ? "a rule denies it" : "denied earlier in this session");
	v->rule = g->rule;
	return true;
}

static bool judge_secrets(const struct sel_policy *p, const struct sel_subject *s,
			  struct sel_verdict *v)
{
	const struct sel_grant *g;

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
	g = find_grant(p, s, false, true);
	if (g) {
		set(v, SEL_ALLOW, g->source, SEL_T3, "granted by name");
		v->rule = g->rule;
	}
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
	const struct sel_grant *g;

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
	g = find_grant(p, s, false, true);
	if (g) {
		set(v, SEL_ALLOW, g->source, SEL_T2, "granted by name");
		v->rule = g->rule;
	}
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
	const struct sel_grant *g = find_grant(p, s, false, false);

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

static void judge_rest(const struct sel_subject *s, struct sel_verdict *v)
{
	if (s->op == SEL_OP_CONNECT) {
		set(v, SEL_ASK, SEL_SRC_PERSON, SEL_T3,
		    "a program outside the boundary listens there");
		v->consequence = "that program acts outside the boundary; cannot be undone";
	} else if (s->exists && (s->destroys || s->op == SEL_OP_WRITE)) {
		set(v, SEL_ASK, SEL_SRC_PERSON, SEL_T2,
		    "it existed before and is outside the granted folders");
		v->consequence = "what was there before is lost";
	} else {
		set(v, SEL_ASK, SEL_SRC_PERSON, SEL_T1, "outside the granted folders");
		v->consequence = "can be removed again";
	}
}

void sel_judge(const struct sel_policy *policy, const struct sel_subject *subject, usec_t now,
	       struct sel_verdict *ret)
{
	(void)now;
	if (judge_invariants(policy, subject, ret) || judge_memory(policy, subject, ret) ||
	    judge_secrets(policy, subject, ret) || judge_protected(policy, subject, ret) ||
	    judge_scope(policy, subject, ret) || judge_grants(policy, subject, ret) ||
	    judge_places(subject, ret) || judge_histories(policy, subject, ret))
		return;
	judge_rest(subject, ret);
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
	struct sel_grant *grants = reallocarray(p->grants, p->n_grants + 1, sizeof *grants);
	struct sel_grant copy = *grant;

	if (!grants)
		return -ENOMEM;
	p->grants = grants;
	copy.path = strdup(grant->path);
	copy.exe = grant->exe ? strdup(grant->exe) : NULL;
	if (!copy.path || (grant->exe && !copy.exe)) {
		free(copy.path);
		free(copy.exe);
		return -ENOMEM;
	}
	memmove(&grants[1], &grants[0], p->n_grants * sizeof *grants);
	grants[0] = copy;
	p->n_grants++;
	return 0;
}

/* `own`, `secrets`, `floors` and `places` never change during a run and are shared. */
int sel_policy_copy(const struct sel_policy *p, struct sel_policy **ret)
{
	struct sel_policy *copy = calloc(1, sizeof *copy);
	int r;

	if (!copy)
		return -ENOMEM;
	copy->places = p->places;
	copy->own = p->own;
	copy->secrets = p->secrets;
	copy->floors = p->floors;
	copy->world = p->world;
	copy->evidence = p->evidence;
	copy->memory = p->memory;
	copy->learning = p->learning;
	copy->tainted = p->tainted;
	copy->secret_read = p->secret_read;
	copy->deletions = p->deletions;
	r = sel_scope_copy(&p->scope, &copy->scope);
	for (size_t i = p->n_grants; r >= 0 && i-- > 0;)
		r = sel_policy_grant(copy, &p->grants[i]);
	if (r < 0)
		sel_policy_free(copy);
	else
		*ret = copy;
	return r;
}

void sel_policy_free(struct sel_policy *p)
{
	if (!p)
		return;
	sel_scope_done(&p->scope);
	for (size_t i = 0; i < p->n_grants; i++) {
		free(p->grants[i].path);
		free(p->grants[i].exe);
	}
	free(p->grants);
	free(p);
}

void sel_verdict_line(const struct sel_verdict *v, const struct sel_subject *s, usec_t now,
		      char *ret, size_t cap)
{
	char object[256];

	(void)now;
	(void)sel_text_escape(s->path, strlen(s->path), object, sizeof object, NULL);
	(void)snprintf(ret, cap, "%s %s  %s %s: %s", v->decision == SEL_ALLOW ? "allow" : "deny",
		       sel_source_name(v->source), sel_op_name(s->op), object, v->why);
}
