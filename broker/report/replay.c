#include "replay.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>

#define LOAD_HALF   SEL_MINUTES(30)
#define NIGHT	    SEL_MINUTES(6 * 60)
#define DIGEST_ROWS 10
#define STALE	    SEL_MINUTES(1) /* how old a tiredness may be while nothing is asked */

/* Columns are the point */
/* clang-format off */
static const struct {
	const char *name, *words;
	bool engine;  /* one of ours: grants, memory, tiredness */
	bool learns;
} policies[SEL_REPLAY_N] = {
	[SEL_REPLAY_ASK_ALWAYS]	 = { "ask-always",  "ask every time",		  false, false },
	[SEL_REPLAY_SCOPE_ONLY]	 = { "scope-only",  "scope only",		  false, false },
	[SEL_REPLAY_EXACT]	 = { "exact",	    "exact \"don't ask again\"",  false, false },
	[SEL_REPLAY_PREFIX]	 = { "prefix",	    "prefix rules",		  false, false },
	[SEL_REPLAY_NO_WEIGHTS]	 = { "no-weights",  "ours without weights",	  true,	 true },
	[SEL_REPLAY_NO_LEARNING] = { "no-learning", "ours without learning",	  true,	 false },
	[SEL_REPLAY_OURS]	 = { "ours",	    "ours",			  true,	 true },
};
/* clang-format on */

/* What the digest may show. */
struct learned {
	const void *mark;
	struct sel_keys *keys;
	char *digest;
};
struct rule {
	char *path;
	usec_t expires;
};
struct asked {
	char *program, *exe, *object, *shape;
};

struct sel_replay {
	struct sel_replay_config config;
	/* for life */
	struct sel_evidence *evidence;
	struct sel_control control;
	struct sel_past *past;
	size_t n_past;
	struct sel_asked_fact *facts; /* strings in `texts`, one each */
	struct asked *texts;
	size_t n_facts;
	struct rule *rules;
	size_t n_rules;
	json_t *kept;	  /* exact, prefix: what was approved; a set */
	json_t *shapes;	  /* that were asked about before; a set */
	json_t *seen;	  /* shape -> when its words were last read */
	json_t *declined; /* proposals; a set */
	double load;
	usec_t load_at;
	struct sel_tiredness tired;
	usec_t tired_at;
	uint64_t random;
	double denials, answers; /* for the prediction of policies without a model */
	/* of the session */
	struct sel_replay_place place;
	struct sel_places places;
	struct sel_world world;
	struct sel_policy *policy;
	struct sel_flood flood;
	bool summary_put, summary_allow;
	json_t *groups; /* what was put in this session -> the answer */
	char **denied;
	size_t n_denied;
	struct learned *learned;
	size_t n_learned;
};

const char *sel_replay_policy_name(enum sel_replay_policy p)
{
	return p < SEL_REPLAY_N ? policies[p].name : "?";
}

const char *sel_replay_policy_words(enum sel_replay_policy p)
{
	return p < SEL_REPLAY_N ? policies[p].words : "?";
}

int sel_replay_policy_from(const char *name)
{
	for (int i = 0; name && i < SEL_REPLAY_N; i++)
		if (strcmp(policies[i].name, name) == 0)
			return i;
	return -EINVAL;
}

static bool ours(const struct sel_replay *r)
{
	return policies[r->config.policy].engine;
}

static bool learns(const struct sel_replay *r)
{
	return policies[r->config.policy].learns;
}

/* --- for life ----------------------------------------------------------------------------------
 */

int sel_replay_new(const struct sel_replay_config *config, struct sel_replay **ret)
{
	struct sel_replay *r = calloc(1, sizeof *r);

	if (!r)
		return -ENOMEM;
	r->config = *config;
	r->random = config->seed;
	r->kept = json_object();
	r->shapes = json_object();
	r->seen = json_object();
	r->declined = json_object();
	if (!r->kept || !r->shapes || !r->seen || !r->declined ||
	    sel_evidence_new(&r->evidence) < 0) {
		sel_replay_free(r);
		return -ENOMEM;
	}
	*ret = r;
	return 0;
}

static void drop_learned(struct sel_replay *r)
{
	for (size_t i = 0; i < r->n_learned; i++) {
		free(r->learned[i].keys);
		free(r->learned[i].digest);
	}
	free(sel_steal_ptr(&r->learned));
	r->n_learned = 0;
}

static void drop_session(struct sel_replay *r)
{
	if (r->policy) {
		sel_memory_free(r->policy->memory);
		sel_policy_free(sel_steal_ptr(&r->policy));
	}
	json_decref(sel_steal_ptr(&r->groups));
	for (size_t i = 0; i < r->n_denied; i++)
		free(r->denied[i]);
	free(sel_steal_ptr(&r->denied));
	r->n_denied = 0;
	drop_learned(r);
}

void sel_replay_free(struct sel_replay *r)
{
	if (!r)
		return;
	drop_session(r);
	sel_evidence_free(r->evidence);
	free(r->past);
	free(r->facts);
	for (size_t i = 0; i < r->n_facts; i++) {
		free(r->texts[i].program);
		free(r->texts[i].exe);
		free(r->texts[i].object);
		free(r->texts[i].shape);
	}
	free(r->texts);
	for (size_t i = 0; i < r->n_rules; i++)
		free(r->rules[i].path);
	free(r->rules);
	json_decref(r->kept);
	json_decref(r->shapes);
	json_decref(r->seen);
	json_decref(r->declined);
	free(r);
}

/* --- one session -------------------------------------------------------------------------------
 */

static int grant_folder(struct sel_policy *p, const char *path, enum sel_rung_kind kind,
			enum sel_source source, int64_t rule)
{
	struct sel_grant g = {.rule = rule,
			      .source = source,
			      .op = SEL_OP_INVALID,
			      .kind = kind,
			      .path = (char *)(uintptr_t)path,
			      .decision = SEL_ALLOW};
	int rc = sel_policy_grant(p, &g);

	if (rc >= 0 && !sel_scope_find(&p->scope, path))
		rc = sel_scope_add(&p->scope, path, SEL_MODE_RW, rule);
	return rc == -EINVAL ? 0 : rc;
}

/* Rules of earlier sessions that are alive. */
static int take_rules(struct sel_replay *r, usec_t at)
{
	size_t n = 0;
	int rc = 0;

	for (size_t i = 0; i < r->n_rules; i++) {
		if (r->rules[i].expires > at)
			r->rules[n++] = r->rules[i];
		else
			free(r->rules[i].path);
	}
	r->n_rules = n;
	for (size_t i = 0; rc >= 0 && i < n; i++)
		rc = grant_folder(r->policy, r->rules[i].path, SEL_RUNG_TREE, SEL_SRC_RULE,
				  (int64_t)i + 1);
	return rc;
}

int sel_replay_begin(struct sel_replay *r, const struct sel_replay_place *place, usec_t at)
{
	static const char *const no_roots[] = {NULL};
	struct sel_policy *p;
	int rc;

	drop_session(r);
	r->place = *place;
	r->places = (struct sel_places){.home = place->home,
					.roots = place->roots ? (const char *const *)place->roots
							      : no_roots};
	r->world = (struct sel_world){
		.home = place->home, .project = place->project, .places = &r->places};
	p = r->policy = calloc(1, sizeof *p);
	r->groups = json_object();
	if (!p || !r->groups)
		return -ENOMEM;
	p->places = r->places;
	p->own = (char **)(uintptr_t)place->own;
	p->secrets = (char **)(uintptr_t)place->secrets;
	p->world = &r->world;
	p->evidence = r->evidence;
	p->learning =
		(struct sel_learning){.off = !learns(r),
				      .equal_weights = r->config.policy == SEL_REPLAY_NO_WEIGHTS,
				      .promote = true,
				      .step = r->control.step};
	sel_flood_init(&r->flood);
	r->summary_put = false;
	r->tired_at = 0;
	rc = sel_memory_new(&p->memory);
	if (rc >= 0 && place->scope)
		rc = sel_scope_copy(place->scope, &p->scope);
	return rc < 0 ? rc : take_rules(r, at);
}

static bool same_or_below(const struct sel_replay *r, const char *path)
{
	for (size_t i = 0; i < r->n_denied; i++)
		if (strcmp(path, r->denied[i]) == 0 || sel_path_below(path, r->denied[i]))
			return true;
	return false;
}

/* A program that was refused a folder does not come to make files in it. */
static bool moot(const struct sel_replay *r, const struct sel_subject *s)
{
	if (r->config.questions)
		return false; /* it did come to it */
	return same_or_below(r, s->path) || (s->from && same_or_below(r, s->from));
}

static int remember_denied(struct sel_replay *r, const struct sel_subject *s)
{
	char *path = strdup(s->path);

	if (!path || sel_report_grow(&r->denied, r->n_denied, sizeof *r->denied) < 0) {
		free(path);
		return -ENOMEM;
	}
	r->denied[r->n_denied++] = path;
	return 0;
}

/* A folder that was allowed and made outside the scope is the run's own to its leaves, as in the
 * broker. */
static int grow_scope(struct sel_replay *r, const struct sel_subject *s)
{
	if (s->op != SEL_OP_CREATE || !s->folder || sel_scope_find(&r->policy->scope, s->path))
		return 0;
	return grant_folder(r->policy, s->path, SEL_RUNG_TREE, SEL_SRC_GRANT, -1);
}

/* --- tiredness ----------------------------------------------------------------------------------
 */

static double load_now(const struct sel_replay *r, usec_t at)
{
	double load = r->load;

	if (r->load_at == 0 || at <= r->load_at)
		return load;
	load *= exp2(-(double)(at - r->load_at) / (double)LOAD_HALF);
	return at - r->load_at > NIGHT ? load / 4 : load;
}

static void refresh(struct sel_replay *r, usec_t at)
{
	size_t first = 0;

	if (!ours(r) || (r->tired_at != 0 && at - r->tired_at < STALE))
		return;
	while (first < r->n_past && r->past[first].at + SEL_DAYS(90) < at)
		first++;
	sel_tiredness(r->past + first, r->n_past - first, at, &r->tired);
	r->tired_at = at;
	r->policy->learning.promote = r->tired.state == SEL_FRESH;
	r->policy->learning.step = r->control.step;
	r->policy->learning.off |= r->control.halted;
}

static int add_past(struct sel_replay *r, const struct sel_past *p)
{
	int rc = sel_report_grow(&r->past, r->n_past, sizeof *r->past);

	if (rc < 0)
		return rc;
	r->past[r->n_past++] = *p;
	r->load = load_now(r, p->at) + 1;
	r->load_at = p->at;
	r->tired_at = 0;
	return 0;
}

/* --- one action ---------------------------------------------------------------------------------
 */

static int has(json_t *set, const char *key)
{
	return json_object_get(set, key) != NULL;
}

static void put(json_t *set, const char *key, json_t *value)
{
	(void)json_object_set_new_nocheck(set, key, value);
}

static bool by_name(const struct sel_subject *s, const struct sel_verdict *v)
{
	return v->tier == SEL_T3 || s->op == SEL_OP_CONNECT ||
	       (v->consequence && strncmp(v->consequence, "becomes code", 12) == 0);
}

/* One question's worth of work: what the program and where it acts are, as the question names
 * them. */
static void group_key(const struct sel_replay *r, const struct sel_subject *s,
		      const struct sel_verdict *v, const struct sel_rungs *rungs, char *out,
		      size_t cap)
{
	const char *exe = s->id ? s->id->exe : s->exe ? s->exe : "?";
	const char *script = s->id && s->id->script ? s->id->script : "";
	const char *sub = s->id && s->id->subcommand ? s->id->subcommand : "";
	const char *slash = strrchr(s->path, '/');

	if (r->config.policy == SEL_REPLAY_ASK_ALWAYS)
		(void)snprintf(out, cap, "%s|%s|%s|%d|%.*s", exe, script, sub,
			       (int)sel_effect_of(s->op, s->exists),
			       slash ? (int)(slash - s->path) : (int)strlen(s->path), s->path);
	else
		(void)snprintf(out, cap, "%s|%s|%s|%d|%s", exe, script, sub,
			       by_name(s, v) ? (int)s->op : -1,
			       rungs->item[rungs->recommended].path);
}

/* Does an approval of an earlier session cover it? */
static bool kept(const struct sel_replay *r, const struct sel_subject *s, char *key, size_t cap)
{
	const char *exe = s->id ? s->id->exe : s->exe ? s->exe : "?";
	const char *slash;

	if (r->config.policy == SEL_REPLAY_EXACT) {
		return (size_t)snprintf(key, cap, "%s|%d|%s", exe, (int)s->op, s->path) < cap &&
		       has(r->kept, key);
	}
	if ((size_t)snprintf(key, cap, "%s|%s", exe, s->path) >= cap)
		return false;
	for (size_t start = strlen(exe) + 1; (slash = strrchr(key + start, '/'));) {
		key[slash - key] = '\0';
		if (has(r->kept, key))
			return true;
	}
	return false;
}

static int keep(struct sel_replay *r, const struct sel_subject *s)
{
	char key[2 * PATH_MAX];
	char *slash;

	(void)kept(r, s, key, sizeof key);
	if (r->config.policy == SEL_REPLAY_PREFIX) {
		(void)snprintf(key, sizeof key, "%s|%s",
			       s->id	? s->id->exe
			       : s->exe ? s->exe
					: "?",
			       s->path);
		slash = strrchr(key, '/');
		if (slash && strchr(key, '|') < slash)
			*slash = '\0';
	}
	put(r->kept, key, json_true());
	return 0;
}

static int build_keys(const struct sel_replay *r, const struct sel_subject *s,
		      const struct sel_classified *where, struct sel_key_facts *facts,
		      struct sel_keys **ret)
{
	*facts = (struct sel_key_facts){.id = s->id,
					.op = s->op,
					.exists = s->exists,
					.object = s->path,
					.where = *where,
					.project = r->place.project};
	return sel_keys_build(facts, ret);
}

static unsigned new_words(struct sel_replay *r, const char *shape, usec_t at)
{
	usec_t was = (usec_t)json_integer_value(json_object_get(r->seen, shape));

	put(r->seen, shape, json_integer((json_int_t)at));
	return was != 0 && at - was < SEL_DAYS(1) ? 3 : 12;
}

static double entropy(double p)
{
	return p <= 0 || p >= 1 ? 0 : -p * log2(p) - (1 - p) * log2(1 - p);
}

/* What is known while one question is open. */
struct open {
	struct sel_key_facts facts;
	struct sel_keys *keys;
	struct sel_rungs rungs;
	struct sel_replay_question q;
	struct sel_replay_answer a;
	const char *shape;
	char program[SEL_KEY_MAX], shape_text[2 * PATH_MAX];
	double weight;
};

static int open_question(struct sel_replay *r, const struct sel_subject *s,
			 const struct sel_verdict *v, usec_t at, struct open *o)
{
	const char *project = s->other_project ? s->other_project : r->place.project;
	bool inside = project && sel_path_below(s->path, project);
	struct sel_surroundings around = {.object = s->path,
					  .folder = s->folder,
					  .by_name = by_name(s, v),
					  .cwd = r->place.cwd,
					  .home = r->place.home,
					  .project = inside ? project : NULL};
	int rc = build_keys(r, s, &v->where, &o->facts, &o->keys);

	if (rc >= 0)
		rc = sel_rungs_build(&around, &o->rungs);
	if (rc < 0)
		return rc;
	if (s->id)
		sel_program_name(s->id, o->program, sizeof o->program);
	(void)snprintf(o->shape_text, sizeof o->shape_text, "%s|%d|%s", s->exe ? s->exe : "?",
		       (int)s->op, s->path);
	o->shape = o->keys->rung[1] ? o->keys->rung[1] : o->shape_text;
	o->q = (struct sel_replay_question){
		.at = at,
		.subject = s,
		.verdict = v,
		.keys = o->keys,
		.rungs = &o->rungs,
		.load = load_now(r, at),
		.words = new_words(r, o->shape, at),
		.predicted = learns(r) ? v->support.mean : (r->denials + 0.5) / (r->answers + 10)};
	return 0;
}

static void close_question(struct open *o)
{
	sel_rungs_done(&o->rungs);
	free(o->keys);
}

/* Writable in all sessions until then: a proposal that was accepted, an answer "30d". */
static int add_rule(struct sel_replay *r, const char *folder, usec_t expires)
{
	struct rule rule = {.path = strdup(folder), .expires = expires};

	if (!rule.path || sel_report_grow(&r->rules, r->n_rules, sizeof *r->rules) < 0) {
		free(rule.path);
		return -ENOMEM;
	}
	r->rules[r->n_rules++] = rule;
	return 0;
}

static int keep_grant(struct sel_replay *r, const struct sel_subject *s, const struct open *o)
{
	const struct sel_rung *rung = &o->rungs.item[o->a.rung];
	bool folder = rung->kind != SEL_RUNG_FILE;
	bool narrow_op = s->op == SEL_OP_READ || s->op == SEL_OP_CONNECT;
	struct sel_grant g = {.source = SEL_SRC_GRANT,
			      .op = narrow_op ? s->op : SEL_OP_INVALID,
			      .kind = rung->kind,
			      .path = rung->path,
			      .exe = (char *)(uintptr_t)s->exe,
			      .decision = SEL_ALLOW};

	if (folder && o->a.term == SEL_FOR_30D && !sel_terms_hidden(&r->tired)) {
		int rc = add_rule(r, rung->path, o->q.at + SEL_DAYS(30));

		if (rc < 0)
			return rc;
	}
	if (folder)
		return grant_folder(r->policy, rung->path, rung->kind, SEL_SRC_GRANT, -1);
	return o->a.term == SEL_FOR_ONCE ? 0 : sel_policy_grant(r->policy, &g);
}

static int add_fact(struct sel_replay *r, const struct sel_subject *s, const struct sel_verdict *v,
		    const struct open *o, enum sel_said said)
{
	struct sel_asked_fact *f;
	struct asked *t;

	if (sel_report_grow(&r->facts, r->n_facts, sizeof *r->facts) < 0 ||
	    sel_report_grow(&r->texts, r->n_facts, sizeof *r->texts) < 0)
		return -ENOMEM;
	f = &r->facts[r->n_facts];
	t = &r->texts[r->n_facts++];
	*t = (struct asked){strdup(o->program), strdup(s->exe ? s->exe : "?"), strdup(s->path),
			    strdup(o->shape)};
	*f = (struct sel_asked_fact){.at = o->q.at,
				     .program = t->program,
				     .exe = t->exe,
				     .object = t->object,
				     .shape = t->shape,
				     .op = s->op,
				     .tier = v->tier,
				     .where = v->where,
				     .said = said,
				     .weight = o->weight};
	return t->program && t->exe && t->object && t->shape ? 0 : -ENOMEM;
}

/* What an answer leaves behind in one of our policies. */
static int learn(struct sel_replay *r, const struct sel_subject *s, const struct sel_verdict *v,
		 struct open *o, enum sel_said said)
{
	struct sel_fact fact = {.at = o->q.at,
				.keys = o->keys,
				.digest = s->id ? s->id->digest : NULL,
				.denied = said != SEL_SAID_ALLOW,
				.weight = o->weight};
	int rc = 0;

	sel_memory_step(r->policy->memory);
	if (!o->a.allow) {
		sel_flood_denied(&r->flood, (unsigned)v->where.class);
		rc = sel_memory_deny(r->policy->memory, &o->facts, o->keys, o->q.at);
	} else if (!o->q.flood) {
		rc = keep_grant(r, s, o);
	}
	if (rc >= 0 && learns(r))
		rc = sel_evidence_add(r->evidence, &fact);
	return rc < 0 ? rc : add_fact(r, s, v, o, said);
}

static enum sel_said said_of(const struct open *o, const struct sel_verdict *v)
{
	size_t preselected = v->tier == SEL_T1 ? o->rungs.recommended : 0;

	if (!o->a.allow)
		return SEL_SAID_DENY;
	return o->a.rung < preselected ? SEL_SAID_NARROW : SEL_SAID_ALLOW;
}

static int put_question(struct sel_replay *r, const struct sel_subject *s,
			const struct sel_verdict *v, struct open *o, struct sel_replay_result *ret)
{
	struct sel_past past = {.at = o->q.at, .tier = v->tier, .words = o->q.words};
	enum sel_said said;
	int rc = 0;

	r->config.answer(r->config.ctx, &o->q, &o->a);
	if (o->a.rung >= o->rungs.n)
		o->a.rung = o->rungs.n - 1;
	said = past.said = said_of(o, v);
	past.response = o->a.response;
	past.expanded = o->a.expanded || said == SEL_SAID_NARROW;
	past.measured = o->a.measured;
	o->weight = r->config.policy == SEL_REPLAY_NO_WEIGHTS
			    ? 1
			    : sel_attention_weight(&past, &r->tired, o->q.flood, !o->a.measured);
	*ret = (struct sel_replay_result){
		.how = SEL_REPLAY_ASKED,
		.allow = o->a.allow,
		.source = SEL_SRC_PERSON,
		.tier = v->tier,
		.informative = said != SEL_SAID_ALLOW || !has(r->shapes, o->shape),
		.rapid = past.measured && o->a.allow && sel_rapid(&past, r->tired.own_floor),
		.bits = entropy(o->q.predicted),
		.response = past.response,
		.state = r->tired.state};
	put(r->shapes, o->shape, json_true());
	r->answers++;
	r->denials += !o->a.allow;
	if (ours(r))
		rc = learn(r, s, v, o, said);
	if (rc >= 0 && !o->a.allow)
		rc = remember_denied(r, s);
	return rc < 0 ? rc : add_past(r, &past);
}

static int ask_ours(struct sel_replay *r, const struct sel_subject *s, const struct sel_verdict *v,
		    struct open *o, struct sel_replay_result *ret)
{
	usec_t at = o->q.at;
	const char *why;
	int rc;

	refresh(r, at);
	o->q.gate = sel_gate(&r->tired, v->tier, &why);
	*ret = (struct sel_replay_result){.how = SEL_REPLAY_DEFERRED,
					  .source = SEL_SRC_TIRED,
					  .tier = v->tier,
					  .state = r->tired.state};
	if (o->q.gate == SEL_GATE_DEFER)
		return remember_denied(r, s);
	o->q.flood = sel_flood_step(&r->flood, (unsigned)v->where.class, at);
	if (!o->q.flood)
		r->summary_put = false;
	if (o->q.flood && r->summary_put) {
		ret->how = SEL_REPLAY_SAME;
		ret->allow = r->summary_allow;
		ret->source = SEL_SRC_PERSON;
		return r->summary_allow ? 0 : remember_denied(r, s);
	}
	rc = put_question(r, s, v, o, ret);
	if (o->q.flood) {
		r->summary_put = true;
		r->summary_allow = ret->allow;
	}
	return rc;
}

static int ask_plain(struct sel_replay *r, const struct sel_subject *s, const struct sel_verdict *v,
		     struct open *o, struct sel_replay_result *ret)
{
	char group[3 * PATH_MAX], key[2 * PATH_MAX];
	bool keeps = r->config.policy == SEL_REPLAY_EXACT || r->config.policy == SEL_REPLAY_PREFIX;
	json_t *before;
	int rc;

	*ret = (struct sel_replay_result){
		.how = SEL_REPLAY_ALLOWED, .allow = true, .source = SEL_SRC_RULE, .tier = v->tier};
	if (keeps && kept(r, s, key, sizeof key))
		return 0;
	group_key(r, s, v, &o->rungs, group, sizeof group);
	before = r->config.questions ? NULL : json_object_get(r->groups, group);
	if (before) {
		ret->how = SEL_REPLAY_SAME;
		ret->source = SEL_SRC_PERSON;
		ret->allow = json_is_true(before);
		rc = ret->allow ? 0 : remember_denied(r, s);
	} else {
		rc = put_question(r, s, v, o, ret);
		put(r->groups, group, json_boolean(ret->allow));
	}
	return rc < 0 || !keeps || !ret->allow ? rc : keep(r, s);
}

static int note_learned(struct sel_replay *r, const struct sel_subject *s,
			const struct sel_verdict *v, const void *mark)
{
	struct sel_key_facts facts;
	struct learned *l;

	if (sel_report_grow(&r->learned, r->n_learned, sizeof *r->learned) < 0)
		return -ENOMEM;
	l = &r->learned[r->n_learned];
	*l = (struct learned){.mark = mark};
	if (build_keys(r, s, &v->where, &facts, &l->keys) < 0)
		return -ENOMEM;
	r->n_learned++;
	sel_memory_step(r->policy->memory);
	if (!s->id)
		return 0;
	l->digest = s->id->digest ? strdup(s->id->digest) : NULL;
	return l->digest || !s->id->digest ? 0 : -ENOMEM;
}

static void judge(struct sel_replay *r, const struct sel_subject *s, usec_t at,
		  struct sel_verdict *v)
{
	sel_judge(r->policy, s, at, v);
	if (v->decision == SEL_ALLOW && r->config.policy == SEL_REPLAY_ASK_ALWAYS)
		v->decision = SEL_ASK;
	if (r->config.questions && !ours(r))
		v->decision = SEL_ASK; /* the scope it had did not spare the question */
	if (v->decision != SEL_ASK || ours(r))
		return;
	sel_classify(s->path, s->other_project, &r->world, &v->where);
}

static int act(struct sel_replay *r, const struct sel_subject *s, usec_t at, const void *mark,
	       struct sel_replay_result *ret)
{
	struct open *o;
	struct sel_verdict v;
	int rc;

	*ret = (struct sel_replay_result){.how = SEL_REPLAY_MOOT};
	if (moot(r, s))
		return 0;
	refresh(r, at);
	judge(r, s, at, &v);
	ret->source = v.source;
	ret->tier = v.tier;
	ret->allow = v.decision == SEL_ALLOW;
	ret->how = ret->allow ? SEL_REPLAY_ALLOWED : SEL_REPLAY_DENIED;
	ret->learned_rung = v.support.learned_rung;
	if (v.decision == SEL_ALLOW)
		return v.source == SEL_SRC_LEARNED ? note_learned(r, s, &v, mark) : 0;
	if (v.decision == SEL_DENY)
		return 0;
	o = calloc(1, sizeof *o);
	rc = o ? open_question(r, s, &v, at, o) : -ENOMEM;
	if (rc >= 0) {
		o->q.mark = mark;
		rc = ours(r) ? ask_ours(r, s, &v, o, ret) : ask_plain(r, s, &v, o, ret);
	}
	if (o)
		close_question(o);
	free(o);
	return rc;
}

int sel_replay_act(struct sel_replay *r, const struct sel_subject *s, usec_t at, const void *mark,
		   struct sel_replay_result *ret)
{
	int rc = act(r, s, at, mark, ret);

	return rc >= 0 && ret->allow && ret->tier > SEL_T0 ? grow_scope(r, s) : rc;
}

void sel_replay_probe(struct sel_replay *r, const struct sel_subject *s, usec_t at,
		      struct sel_replay_result *ret)
{
	char key[2 * PATH_MAX];
	struct sel_verdict v;

	refresh(r, at);
	judge(r, s, at, &v);
	*ret = (struct sel_replay_result){
		.how = v.decision == SEL_ALLOW ? SEL_REPLAY_ALLOWED
		       : v.decision == SEL_ASK ? SEL_REPLAY_ASKED
					       : SEL_REPLAY_DENIED,
		.allow = v.decision == SEL_ALLOW,
		.source = v.source,
		.tier = v.tier,
		.learned_rung = v.support.learned_rung,
		.state = r->tired.state,
	};
	if (v.decision == SEL_ASK &&
	    (r->config.policy == SEL_REPLAY_EXACT || r->config.policy == SEL_REPLAY_PREFIX) &&
	    kept(r, s, key, sizeof key)) {
		ret->how = SEL_REPLAY_ALLOWED;
		ret->allow = true;
		ret->source = SEL_SRC_RULE;
	}
}

/* --- the end of a session -----------------------------------------------------------------------
 */

static uint64_t next_random(uint64_t *state) /* splitmix64 (Steele, Lea, Flood 2014) */
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static int label(struct sel_replay *r, const struct learned *l, usec_t at, bool flagged)
{
	struct sel_fact fact = {.at = at,
				.keys = l->keys,
				.digest = l->digest,
				.denied = true,
				.flagged = true,
				.weight = 1};

	sel_control_label(&r->control, r->control.step, flagged, flagged);
	return flagged ? sel_evidence_add(r->evidence, &fact) : 0;
}

/* Ten rows drawn uniformly, without replacement. */
static int digest(struct sel_replay *r, usec_t at, struct sel_replay_end *ret)
{
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < r->n_learned && i < DIGEST_ROWS; i++) {
		size_t pick = i + (size_t)(next_random(&r->random) % (r->n_learned - i));
		struct learned l = r->learned[pick];
		int flagged;

		r->learned[pick] = r->learned[i];
		r->learned[i] = l;
		flagged = r->config.review(r->config.ctx, l.mark, at);
		if (flagged < 0)
			continue;
		ret->labels++;
		ret->flags += flagged > 0;
		rc = label(r, &l, at, flagged > 0);
	}
	return rc;
}

static bool covered(const char *folder, void *ctx)
{
	const struct sel_replay *r = ctx;
	enum sel_mode mode = sel_scope_mode(&r->policy->scope, folder);

	for (size_t i = 0; i < r->n_rules; i++)
		if (sel_path_below(folder, r->rules[i].path))
			return true;
	/* A grant of this session ends with it. */
	return mode == SEL_MODE_RW && sel_scope_mode(r->place.scope, folder) == SEL_MODE_RW;
}

/* At most one is offered at a time. */
static int propose(struct sel_replay *r, usec_t at, struct sel_replay_end *ret)
{
	struct sel_proposal list[8];
	size_t first = 0;
	int n, rc = 0;

	while (first < r->n_facts && r->facts[first].at + SEL_DAYS(30) < at)
		first++;
	n = sel_propose(r->facts + first, r->n_facts - first, &r->world, covered, r, at, list,
			SEL_N(list));
	for (int i = 0; rc >= 0 && i < n; i++) {
		if (has(r->declined, list[i].id))
			continue;
		ret->offered++;
		if (r->config.accept(r->config.ctx, &list[i], at)) {
			ret->accepted++;
			rc = add_rule(r, list[i].folder, at + list[i].expires_after);
		} else {
			put(r->declined, list[i].id, json_true());
		}
		break;
	}
	if (n > 0)
		sel_proposals_done(list, (size_t)n);
	return n < 0 ? n : rc;
}

int sel_replay_end(struct sel_replay *r, usec_t at, struct sel_replay_end *ret)
{
	const struct sel_stream *stream;
	int rc = 0;

	*ret = (struct sel_replay_end){.upper = 1};
	if (learns(r) && r->config.review)
		rc = digest(r, at, ret);
	r->tired_at = 0;
	refresh(r, at);
	if (rc >= 0 && learns(r) && r->config.accept && r->place.scope &&
	    !sel_terms_hidden(&r->tired))
		rc = propose(r, at, ret);
	stream = &r->control.stream[r->control.step];
	ret->step = r->control.step;
	ret->upper = sel_anytime_upper(stream->flags, stream->labels, 0.05);
	return rc;
}
