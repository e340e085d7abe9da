/* Measures judgement: recorded work, replayed session after session under our policy and the ones
 * to compare with, with attacks mixed in and simulated people behind the questions. The engine that
 * judges is the broker's own (broker/report/replay.h).
 *
 * usage: judgement TRACES [--json] [--sessions N] [--seed N]
 *
 * Everything that is assumed of people stands in the tables below. */
#include "replay.h"
#include "seldom/text.h"

#include <ctype.h>
#include <glob.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>

#define DAY_SESSIONS  12    /* of one person */
#define BAD_SHARE     0.075 /* of what is beyond the scope */
#define VERSION_BUMPS 0.03  /* share of programs that are new in a round */
#define RENAMED	      0.3   /* share of names whose numbers change in a session that is repeated */
#define FLOOD_BENIGN  100
#define COVERAGE_RUNS 1500

/* --- people ------------------------------------------------------------------------------------
 */

enum { CAUTIOUS, PRAGMATIC, HURRIED, PEOPLE, TIRING = PEOPLE };
/* Columns are the point */
/* clang-format off */
static const struct person {
	const char *name;
	double allows[SEL_TIER_N]; /* of what is benign, by tier */
	double catches;		   /* an attack that is asked about; TIRING: by load */
	double rapid;		   /* share of answers that are a reflex */
	double reads;		   /* digests that are read */
	double accepts;		   /* proposals */
	double expands;		   /* looks at details */
	double keeps;		   /* allows a tool its own cache or data for 30 days at once */
} people[] = {
	[CAUTIOUS]  = { "cautious",  { 1, .97, .85, .50 }, .98, .02, .90, .50, .30, .10 },
	[PRAGMATIC] = { "pragmatic", { 1, .99, .95, .70 }, .95, .10, .60, .80, .10, .40 },
	[HURRIED]   = { "hurried",   { 1,  1,  .99, .90 }, .60, .60, .10, .95, .02, .70 },
	[TIRING]    = { "tiring",    { 1, .99, .95, .70 },   0, .10, .60, .80, .10, .40 },
};
/* clang-format on */
static const double half_lives[] = {4, 8, 16}; /* of attention, in questions of load */
#define HALF_LIVES  SEL_N(half_lives)
#define CATCH_REST  0.25
#define CATCH_FRESH 0.95

/* --- what is measured --------------------------------------------------------------------------
 */

struct tally {
	unsigned *questions;   /* of each session, benign work only */
	size_t sessions, late; /* late: the sum over the second half of the sessions */
	size_t late_sessions;
	uint64_t acts, beyond; /* benign; beyond the scope */
	uint64_t asked, asked_bad, allowed_by_person, informative, rapid;
	double bits;
	uint64_t refused, broken; /* benign actions without a person; sessions with one */
	uint64_t bad[SEL_TIER_N], missed[SEL_TIER_N]; /* attacks; permitted without a person */
	uint64_t fooled;			      /* permitted by the person */
	uint64_t by_source[SEL_SRC_N];
	uint64_t offered, accepted, labels, flags;
	usec_t *responses;
	size_t n_responses;
	double upper;
	unsigned step;
	uint64_t probes, covered[SEL_RUNGS + 1]; /* attack keys; by a learned rule of that rung, by
						    another rule */
};

struct attack {
	const char *name;
	char *object;
	const char *by;
	enum sel_tier tier;
	struct sel_subject s;
};
struct task {
	char *name;
	struct sel_recording *recs[16];
	size_t n;
};
struct world {
	struct task *tasks;
	size_t n_tasks;
	struct attack *attacks;
	size_t n_attacks;
	json_t *attack_lines;
	char **secrets;
	unsigned sessions;
	uint64_t seed;
};

/* What the person is told of one action. */
struct mark {
	bool bad;
};

struct run {
	const struct world *world;
	const struct person *person;
	double half_life;
	uint64_t random;
	struct sel_replay *replay;
	struct tally *tally;
	usec_t now;
};

/* --- chance, seeded ----------------------------------------------------------------------------
 */

static uint64_t next_random(uint64_t *state) /* splitmix64 (Steele, Lea, Flood 2014) */
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static double unit(uint64_t *state)
{
	return ((double)(next_random(state) >> 11) + 0.5) / 9007199254740992.0;
}

static bool chance(uint64_t *state, double p)
{
	return unit(state) < p;
}

static uint64_t hash(const char *text, size_t n, uint64_t seed) /* FNV-1a, then mixed */
{
	uint64_t h = 14695981039346656037u ^ seed;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)text[i]) * 1099511628211u;
	return next_random(&h);
}

/* --- answering ---------------------------------------------------------------------------------
 */

static usec_t response(struct run *r, bool rapid)
{
	double median = rapid ? 0.45 : 6, sigma = rapid ? 0.3 : 0.5;
	double seconds = median * exp(sigma * sel_normal_quantile(unit(&r->random)));

	return (usec_t)(seconds * 1e6);
}

static double catches(const struct run *r, double load)
{
	if (r->person != &people[TIRING])
		return r->person->catches;
	return CATCH_REST + (CATCH_FRESH - CATCH_REST) * exp2(-load / r->half_life);
}

static bool own_place(const struct sel_verdict *v)
{
	return v->where.class == SEL_CLASS_TOOL_CACHE || v->where.class == SEL_CLASS_TOOL_DATA;
}

static void answer(void *ctx, const struct sel_replay_question *q, struct sel_replay_answer *ret)
{
	struct run *r = ctx;
	const struct mark *mark = q->mark;
	enum sel_tier tier = q->verdict->tier;
	bool typed = tier == SEL_T3 || q->gate == SEL_GATE_TOKEN;
	bool rapid = !typed && chance(&r->random, r->person->rapid);

	*ret = (struct sel_replay_answer){.measured = true,
					  .term = tier == SEL_T3 ? SEL_FOR_ONCE : SEL_FOR_SESSION,
					  .response = response(r, rapid),
					  .expanded =
						  !rapid && chance(&r->random, r->person->expands)};
	if (mark->bad)
		ret->allow = !chance(&r->random, catches(r, q->load));
	else
		ret->allow = rapid || chance(&r->random, r->person->allows[tier]);
	ret->rung = tier == SEL_T1 ? q->rungs->recommended : 0;
	/* Setting the term takes a key of its own: no reflex does it. */
	if (tier == SEL_T1 && ret->allow && !rapid && own_place(q->verdict) &&
	    chance(&r->random, r->person->keeps))
		ret->term = SEL_FOR_30D;
	r->now += ret->response;
}

static bool accept(void *ctx, const struct sel_proposal *p, usec_t at)
{
	struct run *r = ctx;

	(void)p;
	(void)at;
	return chance(&r->random, r->person->accepts);
}

static int review(void *ctx, const void *m, usec_t at)
{
	struct run *r = ctx;
	const struct mark *mark = m;

	(void)at;
	if (!chance(&r->random, r->person->reads))
		return -1;
	return mark->bad && chance(&r->random, r->person->catches);
}

/* --- a repeated session ------------------------------------------------------------------------
 */

/* Hashes and numbers of six digits and more are others each time; in some names all numbers are. */
static void vary_component(char *name, size_t n, uint64_t seed)
{
	uint64_t h = hash(name, n, seed);
	bool all = (double)(h >> 40) / 16777216.0 < RENAMED;

	for (size_t i = 0; i < n;) {
		size_t end = i;
		bool digit = false;

		for (; end < n && isxdigit((unsigned char)name[end]); end++)
			digit = digit || isdigit((unsigned char)name[end]);
		bool hashed = digit && end - i >= 6;
		for (; i < end; i++) {
			uint64_t x = next_random(&h);

			if (isdigit((unsigned char)name[i]) && (hashed || all))
				name[i] = (char)('0' + x % 10);
			else if (hashed)
				name[i] = (char)('a' + x % 6);
		}
		i += i == end;
	}
}

/* The folders down to the unit stay: another project or tool would be another task. */
static char *vary(const char *path, size_t keep, uint64_t seed)
{
	char *copy = strdup(path);

	if (!copy || path[0] != '/')
		return copy;
	for (char *p = copy + 1; *p;) {
		size_t n = strcspn(p, "/");

		if ((size_t)(p - copy) > keep)
			vary_component(p, n, seed);
		p += n;
		p += *p == '/';
	}
	return copy;
}

/* A program that was updated: another digest, and the package's next version. */
static void update(const struct sel_identity *id, unsigned bumps, struct sel_identity *ret,
		   char digest[65], char version[160])
{
	*ret = *id;
	if (bumps == 0 || !id->digest)
		return;
	(void)snprintf(digest, 65, "%s", id->digest);
	for (size_t i = 0; i < 8 && digest[i]; i++)
		digest[i] = (char)('a' + (hash(id->digest, strlen(id->digest), bumps + i) % 6));
	ret->digest = digest;
	if (id->version) {
		(void)snprintf(version, 160, "%s+%u", id->version, bumps);
		ret->version = version;
	}
}

static unsigned bumps(const struct world *w, const char *exe, unsigned round)
{
	unsigned n = 0;

	for (unsigned k = 1; k <= round; k++)
		n += (double)(hash(exe, strlen(exe), w->seed * 131 + k) >> 40) / 16777216.0 <
		     VERSION_BUMPS;
	return n;
}

/* --- one session -------------------------------------------------------------------------------
 */

static void count(struct run *r, const struct sel_replay_result *o, const struct mark *m,
		  uint64_t n, unsigned *questions, bool *broken, const struct sel_traced *was)
{
	struct tally *t = r->tally;
	bool person = o->how == SEL_REPLAY_ASKED || o->how == SEL_REPLAY_SAME;

	if (o->how == SEL_REPLAY_ASKED) {
		t->asked++;
		t->asked_bad += m->bad;
		t->allowed_by_person += o->allow;
		t->informative += o->informative;
		t->bits += o->bits;
		t->rapid += o->rapid;
		t->responses[t->n_responses++] = o->response;
		*questions += !m->bad;
	}
	if (m->bad) {
		t->fooled += person && o->allow;
		return;
	}
	t->acts += n;
	t->by_source[o->source] += n;
	if (!o->allow && !person && o->how != SEL_REPLAY_MOOT && was->decision != SEL_DENY) {
		t->refused += n;
		*broken = true;
	}
}

static int act(struct run *r, const struct sel_traced *a, unsigned round, uint64_t seed,
	       unsigned *questions, bool *broken)
{
	static const struct mark good = {.bad = false};
	struct sel_subject s = a->s;
	struct sel_identity id;
	struct sel_classified where;
	struct sel_replay_result o;
	char digest[65], version[160];
	char *path = NULL, *from = NULL;
	int rc;

	if (s.id) {
		update(s.id, bumps(r->world, s.id->exe, round), &id, digest, version);
		s.id = &id;
	}
	if (seed && a->source != SEL_SRC_SCOPE) {
		struct sel_world none = {.home = "/home/dev"};

		sel_classify(s.path, s.other_project, &none, &where);
		s.path = path = vary(s.path, where.unit, seed);
		s.from = from = s.from ? vary(s.from, where.unit, seed) : NULL;
		if (!path)
			return -ENOMEM;
	}
	r->now += 20 * USEC_PER_MSEC;
	rc = sel_replay_act(r->replay, &s, r->now, &good, &o);
	if (rc >= 0)
		count(r, &o, &good, a->n, questions, broken, a);
	free(path);
	free(from);
	return rc;
}

/* Who does it: a turned program of this session, an interpreter, or a program that was just
 * written. */
static void attacker(const struct attack *a, const struct sel_recording *rec, uint64_t pick,
		     struct sel_identity *ret)
{
	static const struct sel_identity python = {
		.exe = "/usr/bin/python3.11",
		.digest = "1111111111111111111111111111111111111111111111111111111111111111",
		.package = "python3.11-minimal",
		.version = "3.11",
		.verified = true,
		.subcommand = ""};
	static const struct sel_identity written = {
		.exe = "/home/dev/src/x/a.out",
		.digest = "2222222222222222222222222222222222222222222222222222222222222222",
		.ours = true,
		.subcommand = ""};

	*ret = strcmp(a->by, "written") == 0 ? written : python;
	if (strcmp(a->by, "session") == 0 && rec->n_programs)
		*ret = rec->programs[pick % rec->n_programs];
}

static char *placed(const char *object, const char *project)
{
	char out[PATH_MAX];
	bool in_home = strncmp(object, "$H", 2) == 0, in_project = strncmp(object, "$P", 2) == 0;

	(void)snprintf(out, sizeof out, "%s%s",
		       in_home	    ? "/home/dev"
		       : in_project ? project
				    : "",
		       object + (in_home || in_project ? 2 : 0));
	return strdup(out);
}

static void attack_subject(const struct attack *a, const struct sel_recording *rec, uint64_t pick,
			   struct sel_subject *s, struct sel_identity *id, char **path)
{
	*s = a->s;
	attacker(a, rec, pick, id);
	*path = placed(a->object, rec->project ? rec->project : rec->cwd);
	s->path = *path;
	s->id = id;
	s->exe = id->exe;
	if (strstr(*path, "/src/other/"))
		s->other_project = "/home/dev/src/other";
	else if (strstr(*path, "/src/shared-lib/"))
		s->other_project = "/home/dev/src/shared-lib";
}

static int attack(struct run *r, const struct attack *a, const struct sel_recording *rec,
		  unsigned *questions)
{
	static const struct mark bad = {.bad = true};
	struct sel_identity id;
	struct sel_subject s;
	struct sel_replay_result o;
	bool broken = false;
	char *path;
	int rc;

	attack_subject(a, rec, next_random(&r->random), &s, &id, &path);
	if (!path)
		return -ENOMEM;
	r->now += 20 * USEC_PER_MSEC;
	rc = sel_replay_act(r->replay, &s, r->now, &bad, &o);
	r->tally->bad[a->tier]++;
	if (o.how == SEL_REPLAY_ALLOWED && o.allow) {
		r->tally->missed[a->tier]++;
		if (getenv("JUDGEMENT_MISSED"))
			(void)fprintf(stderr, "missed T%d %s by %s: %s %s (%s)\n", a->tier, a->name,
				      a->by, sel_op_name(s.op), path, sel_source_name(o.source));
	}
	if (rc >= 0)
		count(r, &o, &bad, 1, questions, &broken, NULL);
	free(path);
	return rc;
}

static void place_of(const struct world *w, const struct sel_recording *rec,
		     struct sel_replay_place *ret)
{
	*ret = (struct sel_replay_place){.home = rec->home,
					 .cwd = rec->cwd,
					 .project = rec->project ? rec->project : rec->cwd,
					 .scope = &rec->scope,
					 .secrets = w->secrets,
					 .own = rec->own,
					 .roots = rec->roots};
}

static int session(struct run *r, const struct task *task, unsigned round, unsigned *ret_questions)
{
	/* First as recorded, then the warm ones again with other names. */
	size_t again = task->n > 1 ? 1 + (round - task->n) % (task->n - 1) : 0;
	const struct sel_recording *rec = task->recs[round < task->n ? round : again];
	uint64_t seed =
		round < task->n ? 0 : hash(task->name, strlen(task->name), round + r->world->seed);
	struct sel_replay_place place;
	struct sel_replay_end end;
	bool broken = false;
	int rc;

	place_of(r->world, rec, &place);
	*ret_questions = 0;
	rc = sel_replay_begin(r->replay, &place, r->now);
	for (size_t i = 0; rc >= 0 && i < rec->n_acts; i++) {
		const struct sel_traced *a = &rec->acts[i];

		rc = act(r, a, round, seed, ret_questions, &broken);
		if (a->source == SEL_SRC_SCOPE)
			continue;
		r->tally->beyond++;
		if (rc >= 0 && chance(&r->random, BAD_SHARE / (1 - BAD_SHARE)))
			rc = attack(
				r,
				&r->world->attacks[next_random(&r->random) % r->world->n_attacks],
				rec, ret_questions);
	}
	/* One in four sessions has an attack besides, so that quiet tasks see some. */
	if (rc >= 0 && chance(&r->random, 0.25))
		rc = attack(r, &r->world->attacks[next_random(&r->random) % r->world->n_attacks],
			    rec, ret_questions);
	if (rc >= 0)
		rc = sel_replay_end(r->replay, r->now, &end);
	if (rc < 0)
		return rc;
	r->tally->broken += broken;
	r->tally->offered += end.offered;
	r->tally->accepted += end.accepted;
	r->tally->labels += end.labels;
	r->tally->flags += end.flags;
	r->tally->upper = end.upper;
	r->tally->step = end.step;
	return 0;
}

/* What a policy would let through by now, if every attack came in every project. */
static int probe(struct run *r)
{
	const struct world *w = r->world;
	int rc = 0;

	for (size_t t = 0; rc >= 0 && t < w->n_tasks; t++) {
		const struct sel_recording *rec = w->tasks[t].recs[0];
		struct sel_replay_place place;

		place_of(w, rec, &place);
		rc = sel_replay_begin(r->replay, &place, r->now);
		for (size_t i = 0; rc >= 0 && i < w->n_attacks; i++) {
			struct sel_identity id;
			struct sel_subject s;
			struct sel_replay_result o;
			char *path;

			attack_subject(&w->attacks[i], rec, i, &s, &id, &path);
			if (!path)
				return -ENOMEM;
			sel_replay_probe(r->replay, &s, r->now, &o);
			r->tally->probes++;
			if (o.allow && o.source == SEL_SRC_LEARNED && o.learned_rung >= 0 &&
			    o.learned_rung < SEL_RUNGS)
				r->tally->covered[o.learned_rung]++;
			else if (o.allow)
				r->tally->covered[SEL_RUNGS]++;
			free(path);
		}
	}
	return rc;
}

static void shuffle(size_t *order, size_t n, uint64_t seed)
{
	for (size_t i = 0; i < n; i++)
		order[i] = i;
	for (size_t i = n; i > 1; i--) {
		size_t k = (size_t)(next_random(&seed) % i), x = order[i - 1];

		order[i - 1] = order[k];
		order[k] = x;
	}
}

/* One person, all tasks in rounds: Monday morning, twelve sessions a day. */
static int history(const struct world *w, enum sel_replay_policy policy, int person,
		   double half_life, struct tally *t)
{
	struct run r = {.world = w,
			.person = &people[person],
			.half_life = half_life,
			.random = w->seed * 1000003 + (uint64_t)person,
			.tally = t};
	struct sel_replay_config config = {.policy = policy,
					   .ctx = &r,
					   .answer = answer,
					   .accept = accept,
					   .review = review,
					   .seed = w->seed};
	size_t *order = calloc(w->n_tasks, sizeof *order);
	usec_t monday = 1767600000 * USEC_PER_SEC;
	int rc = order ? sel_replay_new(&config, &r.replay) : -ENOMEM;

	*t = (struct tally){.questions = calloc(w->n_tasks * w->sessions, sizeof *t->questions),
			    .responses = calloc(1 << 20, sizeof *t->responses)};
	if (!t->questions || !t->responses)
		rc = -ENOMEM;
	for (unsigned round = 0; rc >= 0 && round < w->sessions; round++) {
		shuffle(order, w->n_tasks, w->seed * 7919 + round);
		for (size_t i = 0; rc >= 0 && i < w->n_tasks; i++) {
			size_t k = round * w->n_tasks + i;
			usec_t at = monday + k / DAY_SESSIONS * SEL_DAYS(1) +
				    k % DAY_SESSIONS * SEL_MINUTES(40);

			r.now = at > r.now ? at : r.now + SEL_MINUTES(1);
			rc = session(&r, &w->tasks[order[i]], round, &t->questions[t->sessions]);
			if (round >= w->sessions / 2) {
				t->late += t->questions[t->sessions];
				t->late_sessions++;
			}
			t->sessions++;
		}
	}
	if (rc >= 0 && person != TIRING)
		rc = probe(&r);
	sel_replay_free(r.replay);
	free(order);
	return rc;
}

/* --- a flood -----------------------------------------------------------------------------------
 */

/* A hundred benign requests of one program within ten minutes, then a bad one that would be asked
 * about; `benign` 0: an empty queue. The share that the tiring person lets pass, of those put. */
static int flood(const struct world *w, enum sel_replay_policy policy, double half_life,
		 unsigned benign, uint64_t *ret_passed, uint64_t *ret_of)
{
	static const struct mark good = {.bad = false};
	const struct sel_recording *rec = w->tasks[0].recs[0];
	int rc = 0;

	*ret_passed = *ret_of = 0;
	for (unsigned n = 0; rc >= 0 && n < 300; n++) {
		const struct attack *a = &w->attacks[(size_t)n * 7 % w->n_attacks];
		struct tally t = {.responses = calloc(256, sizeof *t.responses)};
		struct run r = {.world = w,
				.person = &people[TIRING],
				.half_life = half_life,
				.random = w->seed + n,
				.tally = &t,
				.now = 1767600000 * USEC_PER_SEC};
		struct sel_replay_config config = {.policy = policy, .ctx = &r, .answer = answer};
		struct sel_replay_place place;
		struct sel_replay_result o;
		struct sel_identity id;
		unsigned questions = 0;

		place_of(w, rec, &place);
		attacker(a, rec, n, &id);
		rc = t.responses ? sel_replay_new(&config, &r.replay) : -ENOMEM;
		if (rc >= 0)
			rc = sel_replay_begin(r.replay, &place, r.now);
		for (unsigned i = 0; rc >= 0 && i < benign; i++) {
			char path[64];
			struct sel_subject s = {.op = SEL_OP_CREATE,
						.path = path,
						.exe = id.exe,
						.id = &id,
						.plants = true};

			(void)snprintf(path, sizeof path, "/home/dev/work%u/file", i);
			r.now += 6 * USEC_PER_SEC;
			rc = sel_replay_act(r.replay, &s, r.now, &good, &o);
		}
		if (rc >= 0)
			rc = attack(&r, a, rec, &questions);
		*ret_passed += t.fooled + t.missed[a->tier];
		(*ret_of)++;
		sel_replay_free(r.replay);
		free(t.responses);
	}
	return rc;
}

/* --- the guarantee ------------------------------------------------------------------------------
 */

/* Share of histories in which U_n was below the true rate at any n. */
static double ever_missed(double rate, uint64_t seed)
{
	enum { K_MAX = 400 };
	static double memo[COVERAGE_RUNS + 1][K_MAX];
	unsigned missed = 0;

	for (unsigned run = 0; run < COVERAGE_RUNS; run++) {
		uint64_t k = 0;

		for (uint64_t n = 1; n <= COVERAGE_RUNS; n++) {
			k += chance(&seed, rate);
			double *u = &memo[n][k < K_MAX ? k : K_MAX - 1];

			if (*u == 0)
				*u = sel_anytime_upper(k, n, 0.05);
			if (*u < rate) {
				missed++;
				break;
			}
		}
	}
	return (double)missed / COVERAGE_RUNS;
}

/* --- reading what was recorded ------------------------------------------------------------------
 */

static int load_attack(struct world *w, json_t *o)
{
	struct attack *a = &w->attacks[w->n_attacks++];
	int op = sel_op_from_name(json_string_value(json_object_get(o, "op")));

	*a = (struct attack){.name = json_string_value(json_object_get(o, "case")),
			     .object = sel_json_get_bytes(o, "object"),
			     .by = json_string_value(json_object_get(o, "by")),
			     .tier = (enum sel_tier)json_integer_value(json_object_get(o, "tier"))};
	a->s = (struct sel_subject){.op = op > 0 ? (enum sel_op)op : SEL_OP_OTHER,
				    .exists = json_is_true(json_object_get(o, "exists")),
				    .destroys = json_is_true(json_object_get(o, "destroys")),
				    .plants = json_is_true(json_object_get(o, "plants"))};
	return a->name && a->object && a->by && op > 0 && a->tier <= SEL_T3 ? 0 : -EBADMSG;
}

/* The folders and files of credentials that the attacks read are the secrets of the replay. */
static int take_secrets(struct world *w)
{
	size_t n = 0;

	w->secrets = calloc(w->n_attacks + 1, sizeof *w->secrets);
	for (size_t i = 0; w->secrets && i < w->n_attacks; i++)
		if (w->attacks[i].s.op == SEL_OP_READ) {
			w->secrets[n] = placed(w->attacks[i].object, "");
			if (!w->secrets[n++])
				return -ENOMEM;
		}
	return w->secrets ? 0 : -ENOMEM;
}

static int load_attacks(struct world *w, const char *dir)
{
	char path[PATH_MAX];
	FILE *in;
	int rc = 0;

	(void)snprintf(path, sizeof path, "%s/attacks.jsonl", dir);
	in = fopen(path, "re");
	if (!in)
		return -errno;
	w->attack_lines = json_array();
	for (json_t *o; rc >= 0 && (o = json_loadf(in, JSON_DISABLE_EOF_CHECK, NULL));)
		rc = json_array_append_new(w->attack_lines, o);
	(void)fclose(in);
	w->attacks = calloc(json_array_size(w->attack_lines) + 1, sizeof *w->attacks);
	for (size_t i = 0; rc >= 0 && i < json_array_size(w->attack_lines); i++)
		rc = load_attack(w, json_array_get(w->attack_lines, i));
	if (rc >= 0 && w->n_attacks == 0)
		rc = -ENODATA;
	return rc < 0 ? rc : take_secrets(w);
}

static int add_recording(struct world *w, struct sel_recording *rec)
{
	struct task *t = NULL;

	for (size_t i = 0; i < w->n_tasks; i++)
		if (strcmp(w->tasks[i].name, rec->name) == 0)
			t = &w->tasks[i];
	if (!t) {
		t = reallocarray(w->tasks, w->n_tasks + 1, sizeof *t);
		if (!t)
			return -ENOMEM;
		w->tasks = t;
		t = &w->tasks[w->n_tasks++];
		*t = (struct task){.name = strdup(rec->name)};
	}
	if (t->n == SEL_N(t->recs))
		return -E2BIG;
	t->recs[t->n++] = rec;
	return 0;
}

static int load_world(struct world *w, const char *dir)
{
	char pattern[PATH_MAX];
	glob_t files;
	int rc = load_attacks(w, dir);

	if (rc < 0)
		return sel_err(rc, "Cannot read '%s/attacks.jsonl'", dir);
	(void)snprintf(pattern, sizeof pattern, "%s/*.[0-9]*.jsonl", dir);
	if (glob(pattern, 0, NULL, &files) != 0)
		return sel_err(-ENOENT, "No traces in '%s'", dir);
	for (size_t i = 0; rc >= 0 && i < files.gl_pathc; i++) {
		struct sel_recording *rec;
		uint64_t line = 0;

		rc = sel_recording_load(files.gl_pathv[i], &rec, &line);
		if (rc >= 0)
			rc = add_recording(w, rec);
		if (rc < 0)
			(void)sel_err(rc, "%s:%llu", files.gl_pathv[i], (unsigned long long)line);
	}
	globfree(&files);
	return rc;
}

/* --- the tables ---------------------------------------------------------------------------------
 */

static int compare_unsigned(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	return (x > y) - (x < y);
}

static int compare_usec(const void *a, const void *b)
{
	usec_t x = *(const usec_t *)a, y = *(const usec_t *)b;

	return (x > y) - (x < y);
}

struct spread {
	double mean, median, p90;
};
static struct spread spread_of(unsigned *values, size_t n)
{
	double sum = 0;

	qsort(values, n, sizeof *values, compare_unsigned);
	for (size_t i = 0; i < n; i++)
		sum += values[i];
	return n ? (struct spread){sum / (double)n, values[n / 2], values[n * 9 / 10]}
		 : (struct spread){0};
}

static double ratio(double a, double b)
{
	return b > 0 ? a / b : 0;
}

static json_t *false_allows(const struct tally *t)
{
	json_t *o = json_object();

	for (int tier = SEL_T1; tier <= SEL_T3; tier++) {
		double low, high;

		sel_clopper_pearson(t->missed[tier], t->bad[tier], 0.05, &low, &high);
		(void)json_object_set_new(o, sel_tier_name((enum sel_tier)tier),
					  json_pack("{s:I,s:I,s:f}", "permitted",
						    (json_int_t)t->missed[tier], "of",
						    (json_int_t)t->bad[tier], "upper", high));
	}
	return o;
}

static json_t *covered_json(const struct tally *t)
{
	json_t *o = json_pack("{s:I}", "probes", (json_int_t)t->probes);

	for (int i = 0; i < SEL_RUNGS; i++) {
		char key[16];

		(void)snprintf(key, sizeof key, "rung%d", i);
		(void)json_object_set_new(
			o, key, json_real(ratio((double)t->covered[i], (double)t->probes)));
	}
	(void)json_object_set_new(
		o, "rules", json_real(ratio((double)t->covered[SEL_RUNGS], (double)t->probes)));
	return o;
}

static json_t *row(enum sel_replay_policy policy, int person, struct tally *t, double always,
		   double scope)
{
	double late = ratio((double)t->late, (double)t->late_sessions);
	struct spread p = spread_of(t->questions, t->sessions);
	json_t *o = json_object();

	qsort(t->responses, t->n_responses, sizeof *t->responses, compare_usec);
#define REAL(key, value) (void)json_object_set_new(o, key, json_real(value))
	(void)json_object_set_new(o, "policy", json_string(sel_replay_policy_name(policy)));
	(void)json_object_set_new(o, "person", json_string(people[person].name));
	(void)json_object_set_new(o, "sessions", json_integer((json_int_t)t->sessions));
	(void)json_object_set_new(o, "actions", json_integer((json_int_t)t->acts));
	REAL("mean", p.mean);
	REAL("median", p.median);
	REAL("p90", p.p90);
	REAL("late", late);
	REAL("per_100", ratio(100 * p.mean * (double)t->sessions, (double)t->acts));
	REAL("r_ask", 1 - ratio(p.mean, always));
	REAL("r_scope", 1 - ratio(p.mean, scope));
	REAL("bad_share", ratio((double)t->asked_bad, (double)t->asked));
	REAL("approval", ratio((double)t->allowed_by_person, (double)t->asked));
	REAL("informative", ratio((double)t->informative, (double)t->asked));
	REAL("bits", ratio(t->bits, (double)t->asked));
	REAL("rapid", ratio((double)t->rapid, (double)t->asked));
	REAL("ttd_median", t->n_responses ? (double)t->responses[t->n_responses / 2] / 1e6 : 0);
	REAL("ttd_p90", t->n_responses ? (double)t->responses[t->n_responses * 9 / 10] / 1e6 : 0);
	REAL("fd", ratio((double)t->refused, (double)t->acts));
	REAL("broken", ratio((double)t->broken, (double)t->sessions));
	REAL("offers", ratio((double)t->offered, (double)t->sessions));
	REAL("upper", t->upper);
#undef REAL
	(void)json_object_set_new(o, "labels", json_integer((json_int_t)t->labels));
	(void)json_object_set_new(o, "flags", json_integer((json_int_t)t->flags));
	(void)json_object_set_new(o, "step", json_integer((json_int_t)t->step));
	(void)json_object_set_new(o, "fa", false_allows(t));
	(void)json_object_set_new(o, "covered", covered_json(t));
	return o;
}

static void tally_done(struct tally *t)
{
	free(t->questions);
	free(t->responses);
}

static int measure_policies(const struct world *w, json_t *rows)
{
	int rc = 0;

	for (int person = 0; rc >= 0 && person < PEOPLE; person++) {
		double mean[2] = {0}; /* ask-always, scope-only */

		for (int p = 0; rc >= 0 && p < SEL_REPLAY_N; p++) {
			struct tally t;

			rc = history(w, (enum sel_replay_policy)p, person, 0, &t);
			if (p <= SEL_REPLAY_SCOPE_ONLY)
				mean[p] = spread_of(t.questions, t.sessions).mean;
			(void)json_array_append_new(
				rows, row((enum sel_replay_policy)p, person, &t, mean[0], mean[1]));
			tally_done(&t);
		}
	}
	return rc;
}

/* With the person who tires: all attacks that came through, and after a flood. */
static int measure_tiring(const struct world *w, json_t *rows)
{
	int rc = 0;

	for (int p = 0; rc >= 0 && p < SEL_REPLAY_N; p++) {
		json_t *o = json_pack("{s:s}", "policy",
				      sel_replay_policy_name((enum sel_replay_policy)p));

		for (size_t i = 0; rc >= 0 && i < HALF_LIVES; i++) {
			struct tally t;
			uint64_t bad = 0, through = 0, passed[2], of[2];
			char key[32];

			rc = history(w, (enum sel_replay_policy)p, TIRING, half_lives[i], &t);
			for (int tier = SEL_T1; tier <= SEL_T3; tier++) {
				bad += t.bad[tier];
				through += t.missed[tier];
			}
			through += t.fooled;
			if (rc >= 0)
				rc = flood(w, (enum sel_replay_policy)p, half_lives[i], 0,
					   &passed[0], &of[0]);
			if (rc >= 0)
				rc = flood(w, (enum sel_replay_policy)p, half_lives[i],
					   FLOOD_BENIGN, &passed[1], &of[1]);
			if (rc < 0)
				break;
			(void)snprintf(key, sizeof key, "fa_h_%g", half_lives[i]);
			(void)json_object_set_new(o, key,
						  json_real(ratio((double)through, (double)bad)));
			(void)snprintf(key, sizeof key, "empty_%g", half_lives[i]);
			(void)json_object_set_new(
				o, key, json_real(ratio((double)passed[0], (double)of[0])));
			(void)snprintf(key, sizeof key, "flood_%g", half_lives[i]);
			(void)json_object_set_new(
				o, key, json_real(ratio((double)passed[1], (double)of[1])));
			tally_done(&t);
		}
		(void)json_array_append_new(rows, o);
	}
	return rc;
}

static json_t *measure_guarantee(uint64_t seed)
{
	static const double rates[] = {0.01, 0.03, 0.05, 0.10};
	json_t *list = json_array();

	for (size_t i = 0; i < SEL_N(rates); i++)
		(void)json_array_append_new(list, json_pack("{s:f,s:i,s:i,s:f}", "rate", rates[i],
							    "histories", COVERAGE_RUNS, "labels",
							    COVERAGE_RUNS, "ever_missed",
							    ever_missed(rates[i], seed + i)));
	return list;
}

static double real(json_t *o, const char *key)
{
	return json_number_value(json_object_get(o, key));
}

static void print_questions(json_t *rows)
{
	const char *person = "";
	json_t *o;
	size_t i;

	(void)puts("| person | policy | P mean | median | p90 | later half | per 100 actions | "
		   "R_ask | "
		   "R_scope | offers | approved | informative | bits | median s | rapid |\n"
		   "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
	json_array_foreach(rows, i, o)
	{
		const char *name = json_string_value(json_object_get(o, "person"));

		(void)printf(
			"| %s | %s | %.2f | %.0f | %.0f | %.2f | %.2f | %.1f %% | %.1f %% | %.2f | "
			"%.0f %% | %.0f %% | %.2f | %.1f | %.0f %% |\n",
			strcmp(name, person) ? name : "",
			json_string_value(json_object_get(o, "policy")), real(o, "mean"),
			real(o, "median"), real(o, "p90"), real(o, "late"), real(o, "per_100"),
			100 * real(o, "r_ask"), 100 * real(o, "r_scope"), real(o, "offers"),
			100 * real(o, "approval"), 100 * real(o, "informative"), real(o, "bits"),
			real(o, "ttd_median"), 100 * real(o, "rapid"));
		person = name;
	}
}

static void print_safety(json_t *rows)
{
	const char *person = "";
	json_t *o;
	size_t i;

	(void)puts("\n| person | policy | FA T1 | FA T2 | FA T3 | FD | runs refused something | "
		   "rung 0 | "
		   "rung 1 | rung 2 | rules | labels | U_n |\n"
		   "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
	json_array_foreach(rows, i, o)
	{
		const char *name = json_string_value(json_object_get(o, "person"));
		json_t *fa = json_object_get(o, "fa"), *covered = json_object_get(o, "covered");

		(void)printf("| %s | %s ", strcmp(name, person) ? name : "",
			     json_string_value(json_object_get(o, "policy")));
		for (int tier = SEL_T1; tier <= SEL_T3; tier++) {
			json_t *f = json_object_get(fa, sel_tier_name((enum sel_tier)tier));

			(void)printf("| %lld of %lld (≤ %.1f %%) ",
				     (long long)json_integer_value(json_object_get(f, "permitted")),
				     (long long)json_integer_value(json_object_get(f, "of")),
				     100 * real(f, "upper"));
		}
		(void)printf("| %.2f %% | %.1f %% | %.2f %% | %.2f %% | %.2f %% | %.2f %% | %lld | "
			     "%.1f %% |\n",
			     100 * real(o, "fd"), 100 * real(o, "broken"),
			     100 * real(covered, "rung0"), 100 * real(covered, "rung1"),
			     100 * real(covered, "rung2"), 100 * real(covered, "rules"),
			     (long long)json_integer_value(json_object_get(o, "labels")),
			     100 * real(o, "upper"));
		person = name;
	}
}

static void print_tiring(json_t *rows)
{
	static const char *const keys[] = {"fa_h_4",  "fa_h_8",	 "fa_h_16",  "empty_4", "flood_4",
					   "empty_8", "flood_8", "empty_16", "flood_16"};
	json_t *o;
	size_t i;

	(void)puts("\n| policy | FA_h, L½ 4 | 8 | 16 | empty queue, L½ 4 | after 100 | 8 | after "
		   "100 | 16 "
		   "| after 100 |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
	json_array_foreach(rows, i, o)
	{
		(void)printf("| %s ", json_string_value(json_object_get(o, "policy")));
		for (size_t k = 0; k < SEL_N(keys); k++)
			(void)printf("| %.1f %% ", 100 * real(o, keys[k]));
		(void)puts("|");
	}
}

static void print_tables(json_t *o)
{
	json_t *list = json_object_get(o, "guarantee"), *g;
	size_t i;

	(void)printf("%lld tasks (%lld recordings, %lld actions), %lld sessions each; %lld attack "
		     "actions of %lld cases; seed %lld\n\n",
		     (long long)json_integer_value(json_object_get(o, "tasks")),
		     (long long)json_integer_value(json_object_get(o, "recordings")),
		     (long long)json_integer_value(json_object_get(o, "recorded_actions")),
		     (long long)json_integer_value(json_object_get(o, "sessions")),
		     (long long)json_integer_value(json_object_get(o, "attacks")),
		     (long long)json_integer_value(json_object_get(o, "cases")),
		     (long long)json_integer_value(json_object_get(o, "seed")));
	print_questions(json_object_get(o, "rows"));
	print_safety(json_object_get(o, "rows"));
	print_tiring(json_object_get(o, "tiring"));
	(void)puts("\n| true rate | histories | labels each | U_n ever below it "
		   "|\n|---:|---:|---:|---:|");
	json_array_foreach(list, i, g)(void)
		printf("| %.0f %% | %lld | %lld | %.1f %% |\n", 100 * real(g, "rate"),
		       (long long)json_integer_value(json_object_get(g, "histories")),
		       (long long)json_integer_value(json_object_get(g, "labels")),
		       100 * real(g, "ever_missed"));
}

static json_t *describe(const struct world *w)
{
	size_t recordings = 0, cases = 0;
	uint64_t actions = 0;

	for (size_t i = 0; i < w->n_tasks; i++) {
		recordings += w->tasks[i].n;
		for (size_t k = 0; k < w->tasks[i].n; k++)
			actions += w->tasks[i].recs[k]->total;
	}
	for (size_t i = 0; i < w->n_attacks; i++)
		cases += i == 0 || strcmp(w->attacks[i].name, w->attacks[i - 1].name) != 0;
	return json_pack("{s:i,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "v", 1, "tasks",
			 (json_int_t)w->n_tasks, "recordings", (json_int_t)recordings,
			 "recorded_actions", (json_int_t)actions, "sessions",
			 (json_int_t)w->sessions, "attacks", (json_int_t)w->n_attacks, "cases",
			 (json_int_t)cases, "seed", (json_int_t)w->seed);
}

static void world_done(struct world *w)
{
	for (size_t i = 0; i < w->n_tasks; i++) {
		for (size_t k = 0; k < w->tasks[i].n; k++)
			sel_recording_free(w->tasks[i].recs[k]);
		free(w->tasks[i].name);
	}
	free(w->tasks);
	for (size_t i = 0; i < w->n_attacks; i++)
		free(w->attacks[i].object);
	free(w->attacks);
	for (char **s = w->secrets; s && *s; s++)
		free(*s);
	free(w->secrets);
	json_decref(w->attack_lines);
}

static int measure(struct world *w, bool as_json)
{
	json_t *o = describe(w), *rows = json_array(), *tiring = json_array();
	int rc = measure_policies(w, rows);

	if (rc >= 0)
		rc = measure_tiring(w, tiring);
	(void)json_object_set_new(o, "rows", rows);
	(void)json_object_set_new(o, "tiring", tiring);
	(void)json_object_set_new(o, "guarantee", measure_guarantee(w->seed));
	if (rc >= 0 && as_json)
		(void)json_dumpf(o, stdout, JSON_COMPACT);
	else if (rc >= 0)
		print_tables(o);
	json_decref(o);
	return rc;
}

int main(int argc, char **argv)
{
	struct world w = {.sessions = 8, .seed = 1};
	bool as_json = false;
	int rc;

	sel_log_init("judgement");
	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			as_json = true;
		else if (strcmp(argv[i], "--sessions") == 0 && i + 1 < argc)
			w.sessions = (unsigned)strtoul(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
			w.seed = strtoull(argv[++i], NULL, 10);
		else
			argc = 0;
	}
	if (argc < 2 || w.sessions < 1 || w.sessions > 1000) {
		(void)fputs("usage: judgement TRACES [--json] [--sessions N] [--seed N]\n", stderr);
		return 2;
	}
	rc = load_world(&w, argv[1]);
	if (rc >= 0)
		rc = measure(&w, as_json);
	if (rc < 0)
		(void)sel_err(rc, "Cannot measure");
	world_done(&w);
	return rc < 0;
}
