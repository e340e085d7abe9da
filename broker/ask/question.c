#include "internal.h"

#include "constants.h"
#include "protected.h"
#include "seldom/proto.h"
#include "seldom/text.h"

#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/stat.h>

/* --- handing over from other threads
 * ----------------------------------------------------------------- */

static bool hand_over(struct sel_ask *a, struct handed *h)
{
	bool ok;

	(void)pthread_mutex_lock(&a->lock);
	ok = a->n_handed < PARKED_MAX * 2;
	if (ok) {
		*a->handed_last = h;
		a->handed_last = &h->next;
		a->n_handed++;
	}
	(void)pthread_mutex_unlock(&a->lock);
	if (ok)
		(void)eventfd_write(a->wake_fd, 1);
	return ok;
}

void sel_ask_park(struct sel_ask *a, struct sel_asked *asked)
{
	struct handed *h = calloc(1, sizeof *h);

	if (h)
		h->asked = asked;
	if (!h || !hand_over(a, h)) {
		free(h);
		sel_watch_refuse(a->watch, asked, EACCES);
	}
}

void sel_ask_secret(struct sel_ask *a, uint64_t id, pid_t pid, const char *path)
{
	struct handed *h = calloc(1, sizeof *h);

	if (h) {
		h->secret = id;
		h->pid = pid;
		h->path = strdup(path);
	}
	if (!h || !h->path || !hand_over(a, h)) {
		if (h)
			free(h->path);
		free(h);
		a->config.secret_answer(a->config.ctx, id, EACCES);
	}
}

void sel_ask_secret_gone(struct sel_ask *a, uint64_t id)
{
	struct handed *h = calloc(1, sizeof *h);

	if (!h)
		return; /* its question stays until the time-out */
	h->secret = id;
	h->gone = true;
	if (!hand_over(a, h))
		free(h);
}

/* --- a question
 * ---------------------------------------------------------------------------------------- */

void ask_question_free(struct question *q)
{
	if (!q)
		return;
	free(q->object);
	free(q->object2);
	free(q->detail);
	ask_request_free(q->request);
	free(q->exe);
	free(q->program);
	free(q->subject);
	free(q->keys);
	json_decref(q->claim);
	sel_identified_done(&q->identified);
	sel_who_done(&q->who);
	sel_rungs_done(&q->rungs);
	free(q);
}

void ask_parked_free(struct parked *p)
{
	if (!p)
		return;
	ask_question_free(p->about);
	free(p->object);
	free(p);
}

void ask_unlink(struct sel_ask *a, struct question *q)
{
	struct question **p = &a->questions;

	while (*p && *p != q)
		p = &(*p)->next;
	if (*p) {
		*p = q->next;
		a->n_questions--;
	}
}

int ask_token(struct question *q)
{
	static const char *const words[] = {
		"anchor", "basket", "candle", "desert", "ember",  "forest", "garden", "harbor",
		"island", "jacket", "kettle", "ladder", "marble", "nickel", "orchid", "pepper"};
	uint8_t r;

	if (getrandom(&r, 1, 0) != 1)
		return -EIO;
	(void)snprintf(q->token, sizeof q->token, "%s", words[r % SEL_N(words)]);
	return 0;
}

/* The unit of the object: a copy, NULL if it is its own. */
static char *unit_of(const struct question *q)
{
	size_t n = q->facts.where.unit;

	return q->subject && n > 0 && n <= strlen(q->subject) ? strndup(q->subject, n) : NULL;
}

static int store_question(struct sel_ask *a, struct question *q)
{
	json_t *object = ask_question_json(a, q);
	_cleanup_free_ char *unit = unit_of(q);
	const struct sel_identity *id = &q->identified.id;
	struct sel_question_row row = {
		.session = a->config.session,
		.number = q->number,
		.asked = q->asked_real,
		.op = q->op,
		.tier = q->tier,
		.exe = q->exe,
		.object = q->object,
		.fresh = q->fresh,
		.rungs = json_object_get(object, "rungs"),
		.recommended = (int)q->rungs.recommended,
		.project = a->config.world ? a->config.world->project : NULL,
		.program = q->program,
		.digest = id->digest,
		.package = id->package,
		.version = id->version,
		.subcommand = id->subcommand,
		.class_ = sel_class_name(q->facts.where.class),
		.unit = unit,
		.exists = q->facts.exists,
		.words = q->words,
		.state = sel_state_name(q->state),
		.predicted = q->support.mean,
		.support = q->support.rung,
		.decoy = q->decoy,
		.flood = q->flood,
	};
	/* Hostile names and content choose its length; a front must get it whole or nobody is
	 * asked. */
	size_t n = json_dumpb(object, NULL, 0, JSON_COMPACT | JSON_ENSURE_ASCII);
	int r = n > SEL_MSG_MAX - 1024 ? -EMSGSIZE : 0;

	if (r < 0 && q->claim) { /* what is only said must not keep it from being asked */
		json_decref(object);
		json_decref(q->claim);
		q->claim = NULL;
		return store_question(a, q);
	}

	for (size_t i = 0; q->keys && i < SEL_RUNGS; i++)
		row.keys[i] = q->keys->rung[i];
	if (r >= 0 && a->config.store)
		r = sel_store_question(a->config.store, &row, &q->row);
	json_decref(object);
	return r;
}

static int build_rungs(struct sel_ask *a, struct question *q)
{
	_cleanup_free_ char *project =
		q->by_name ? NULL : sel_find_project(q->object, a->config.home);
	struct sel_surroundings s = {
		.object = q->object,
		.folder = q->parked && q->parked->asked && q->parked->asked->folder,
		.by_name = q->by_name,
		.cwd = q->who.cwd,
		.home = a->config.home,
		.project = project,
	};

	return sel_rungs_build(&s, &q->rungs);
}

int ask_open(struct sel_ask *a, struct question *q, bool token)
{
	const struct sel_tiredness *t = &a->person.now;
	struct question **p = &a->questions;
	int r;

	q->number = ++a->last_number;
	r = q->rungs.n ? 0 : q->request ? ask_host_rungs(a, q) : build_rungs(a, q);
	if (r >= 0 && (token || q->tier == SEL_T3))
		r = ask_token(q);
	if (r < 0)
		return r;
	q->asked_real = sel_now_real();
	q->deadline = sel_now_monotonic() + a->config.timeout;
	q->state = t->state;
	q->short_terms = q->tier == SEL_T3 || sel_terms_hidden(t);
	if (t->state != SEL_FRESH)
		sel_tiredness_line(t, q->headline, sizeof q->headline);
	if (!q->flood)
		ask_describe(a, q);
	if (!q->flood)
		q->claim = ask_claim_of(a, q->who.pid);
	q->words = ask_person_words(&a->person, q, q->asked_real);
	r = store_question(a, q);
	if (r < 0)
		return sel_warn(r, "Question %u cannot be put and is refused", q->number);
	while (*p)
		p = &(*p)->next;
	*p = q;
	a->n_questions++;
	a->totals.asked++;
	if (a->config.decoys && !q->decoy && !q->flood)
		ask_decoy_who(a, &q->who);
	ask_show(a, q);
	return 0;
}

/* The waiting question that this call belongs to: same kind of thing, covered by its recommended
 * rung. */
static struct question *find_question(struct sel_ask *a, const struct sel_asked *asked,
				      bool by_name)
{
	for (struct question *q = a->questions; q; q = q->next) {
		const struct sel_rung *rung = &q->rungs.item[q->rungs.recommended];

		if (q->secret || q->request || q->decoy || q->flood || q->by_name != by_name ||
		    asked->verdict.tier > q->tier)
			continue;
		if ((q->op == SEL_OP_CONNECT) != (asked->op == SEL_OP_CONNECT))
			continue;
		if (by_name && (q->op != asked->op || !!q->detail != !!asked->detail ||
				(q->detail && strcmp(q->detail, asked->detail) != 0)))
			continue;
		if (sel_rung_covers(rung, asked->object) &&
		    (by_name || asked->object2[0] == '\0' || sel_rung_covers(rung, asked->object2)))
			return q;
	}
	return NULL;
}

/* Who acts and what an answer is evidence of goes with the question: the call may be gone before
 * the answer comes. */
static void take_evidence(struct question *q, struct sel_asked *asked)
{
	q->identified = asked->identified;
	asked->identified = (struct sel_identified){0};
	q->keys = sel_steal_ptr(&asked->keys);
	q->program = sel_steal_ptr(&asked->program);
	q->facts = asked->facts;
	asked->facts = (struct sel_key_facts){0};
	q->facts.id = q->facts.id ? &q->identified.id : NULL;
	q->facts.object = q->subject;
	q->support = asked->verdict.support;
	q->denied_at = asked->verdict.workaround ? asked->verdict.denied_at : 0;
}

static struct question *question_from(struct sel_asked *asked, bool by_name)
{
	struct question *q = calloc(1, sizeof *q);
	/* The place that changes is what the question is about: for a rename, where it goes. */
	bool second = asked->object2[0] && asked->op != SEL_OP_CONNECT;
	const char *object = second ? asked->object2 : asked->object;

	if (!q)
		return NULL;
	q->op = asked->op;
	q->tier = asked->verdict.tier;
	q->by_name = by_name;
	q->why = asked->verdict.why;
	q->consequence = asked->verdict.consequence;
	q->object = strdup(object);
	q->object2 = second ? strdup(asked->object) : NULL;
	q->exe = strdup(asked->who.exe ? asked->who.exe : "?");
	q->detail = asked->detail ? strdup(asked->detail) : NULL;
	q->who = asked->who;
	asked->who = (struct sel_who){0};
	q->subject = strdup(asked->facts.object ? asked->facts.object : object);
	if (!q->object || !q->exe || !q->subject) {
		ask_question_free(q);
		return NULL;
	}
	take_evidence(q, asked);
	return q;
}

struct parked *ask_parked_new(const struct sel_ask *a, enum waits kind, const char *object)
{
	struct parked *p = a->n_parked < PARKED_MAX ? calloc(1, sizeof *p) : NULL;

	if (!p)
		return NULL;
	p->kind = kind;
	p->refusal = SEL_NET_NOT_ASKED;
	p->object = strdup(object);
	if (!p->object) {
		free(p);
		return NULL;
	}
	return p;
}

void ask_append(struct sel_ask *a, struct question *q, struct parked *p)
{
	struct parked **last = &q->parked;

	while (*last)
		last = &(*last)->next;
	*last = p;
	q->waiting++;
	a->n_parked++;
}

void ask_reply(struct sel_ask *a, const struct parked *p, bool allow)
{
	switch (p->kind) {
	case WAITS_CALL: /* allowed ones are judged again: sel_watch_resume */
		sel_watch_refuse(a->watch, p->asked, EACCES);
		break;
	case WAITS_SECRET:
		if (allow)
			sel_watch_secret_read(a->watch);
		a->config.secret_answer(a->config.ctx, p->id, allow ? 0 : EACCES);
		break;
	case WAITS_HOST:
		if (p->id)
			a->config.host_answer(a->config.ctx, p->id,
					      allow ? SEL_NET_OK : p->refusal);
		break;
	}
}

void ask_refuse(struct sel_ask *a, struct parked *p)
{
	ask_reply(a, p, false);
	a->n_parked--;
	ask_parked_free(p);
}

static void refuse_all(struct sel_ask *a, struct question *q)
{
	while (q->parked) {
		struct parked *p = q->parked;

		q->parked = p->next;
		ask_refuse(a, p);
	}
}

/* Whoever is not asked must learn that, and how to be asked: at most one line in so long. */
#define TELL_REFUSED (30 * USEC_PER_SEC)

static void tell_refused(struct sel_ask *a, const struct question *fresh, const char *why)
{
	struct refused *r = &a->refused[a->n_refused++ % REFUSED_MAX];
	const char *name = strrchr(fresh->exe, '/');
	char line[512], via[80], object[256];
	usec_t now = sel_now_monotonic();

	*r = (struct refused){
		.at = sel_now_real(), .tier = fresh->tier, .op = fresh->op, .why = why};
	(void)snprintf(r->via, sizeof r->via, "%s", name ? name + 1 : fresh->exe);
	(void)snprintf(r->object, sizeof r->object, "%s", fresh->object);
	if (a->told_refused && now < a->told_refused + TELL_REFUSED)
		return;
	a->told_refused = now;
	(void)sel_text_escape(r->via, strlen(r->via), via, sizeof via, NULL);
	(void)sel_text_escape(r->object, strlen(r->object), object, sizeof object, NULL);
	(void)snprintf(line, sizeof line,
		       "denied without a question: %s by %s (%s); to be asked when it is tried "
		       "again: seldom pending --ask",
		       object, via, why);
	sel_ask_notice(a, line);
}

json_t *ask_refused_json(const struct sel_ask *a)
{
	json_t *list = json_array();

	for (size_t i = a->n_refused; i-- > 0 && i + REFUSED_MAX >= a->n_refused;) {
		const struct refused *r = &a->refused[i % REFUSED_MAX];
		json_t *o =
			json_pack("{s:I,s:i,s:s,s:s}", "at", (json_int_t)(r->at / USEC_PER_SEC),
				  "tier", (int)r->tier, "op", sel_op_name(r->op), "why", r->why);

		(void)sel_json_set_bytes(o, "object", r->object, strlen(r->object));
		(void)sel_json_set_bytes(o, "comm", r->via, strlen(r->via));
		(void)json_array_append_new(list, o);
	}
	return list;
}

void ask_wanted(struct sel_ask *a)
{
	a->wanted = WANTED_BY_HAND;
	a->wanted_until = sel_now_monotonic() + WANTED_BY_HAND_TIME;
	a->told_refused = 0;
}

/* Denied once, with its reason, in the log and on a line for the person; they look at it when they
 * like. */
static void defer(struct sel_ask *a, struct question *fresh, struct parked *p, const char *why)
{
	char line[160];

	tell_refused(a, fresh, why);
	(void)snprintf(line, sizeof line, "%s; see 'seldom log'", why);
	a->totals.deferred++;
	(void)ask_tell(a, fresh, 0, p, SEL_DENY, SEL_SRC_TIRED, line);
	a->n_parked++;
	ask_refuse(a, p);
	ask_question_free(fresh);
}

/* One of those that the person asked to see one by one? */
static bool take_wanted(struct sel_ask *a)
{
	if (a->wanted == 0 || sel_now_monotonic() > a->wanted_until)
		return false;
	a->wanted--;
	return true;
}

static enum sel_gate gate_for(struct sel_ask *a, const struct question *fresh, bool wanted,
			      const char **ret_why)
{
	enum sel_gate gate = SEL_GATE_ASK;

	if (ask_person_there(a)) /* nobody else gets tired */
		gate = sel_gate(&a->person.now, fresh->tier, ret_why);
	if (gate != SEL_GATE_DEFER || !wanted)
		return gate;
	return a->person.now.state == SEL_FRESH ? SEL_GATE_ASK : SEL_GATE_TOKEN;
}

static void put(struct sel_ask *a, struct question *fresh, struct parked *p, bool token)
{
	ask_append(a, fresh, p);
	if (a->n_questions >= QUESTIONS_MAX || ask_open(a, fresh, token) < 0) {
		refuse_all(a, fresh);
		ask_question_free(fresh);
	}
}

void ask_place(struct sel_ask *a, struct question *q, struct question *fresh, struct parked *p)
{
	bool wanted = take_wanted(a);
	const char *why = NULL;
	enum sel_gate gate;

	if (q) {
		ask_append(a, q, p);
		ask_show(a, q);
		return;
	}
	(void)ask_person_look(a);
	gate = gate_for(a, fresh, wanted, &why);
	if (gate == SEL_GATE_DEFER) {
		defer(a, fresh, p, why ? why : "too many questions");
		return;
	}
	if (!wanted && ask_flood_takes(a, fresh, p))
		return;
	put(a, fresh, p, gate == SEL_GATE_TOKEN);
}

void ask_single(struct sel_ask *a, struct question *fresh, struct parked *p)
{
	const char *why = NULL;

	(void)ask_person_look(a);
	put(a, fresh, p, gate_for(a, fresh, false, &why) != SEL_GATE_ASK);
}

static bool asks_by_name(const struct sel_asked *asked)
{
	return asked->verdict.tier == SEL_T3 || asked->op == SEL_OP_CONNECT || asked->content ||
	       strncmp(asked->verdict.consequence, "becomes code", 12) == 0;
}

static void take_call(struct sel_ask *a, struct sel_asked *asked)
{
	bool by_name = asks_by_name(asked);
	struct question *q, *fresh = NULL;
	struct parked *p;

	if (ask_judged_early(a, asked)) {
		sel_watch_resume(a->watch, asked, false);
		return;
	}
	q = find_question(a, asked, by_name);
	p = ask_parked_new(a, WAITS_CALL, asked->object);
	if (!p) {
		sel_watch_refuse(a->watch, asked, EACCES);
		return;
	}
	p->asked = asked;
	if (!q)
		fresh = question_from(asked, by_name);
	if (!q && !fresh) {
		a->n_parked++;
		ask_refuse(a, p);
		return;
	}
	ask_place(a, q, fresh, p);
}

struct question *ask_secret_question(struct sel_who *take, const char *path)
{
	struct question *q = calloc(1, sizeof *q);

	if (!q) {
		sel_who_done(take);
		return NULL;
	}
	q->who = *take;
	q->op = SEL_OP_READ;
	q->tier = SEL_T3;
	q->secret = q->by_name = true;
	q->why = "I3: it holds credentials";
	q->consequence = "the program learns the secret; cannot be undone";
	q->object = strdup(path);
	q->exe = strdup(q->who.exe ? q->who.exe : "?");
	q->subject = strdup(path);
	q->facts = (struct sel_key_facts){.op = SEL_OP_READ,
					  .exists = true,
					  .object = q->subject,
					  .where = {.class = SEL_CLASS_SECRET}};
	q->support =
		(struct sel_support){.rung = SEL_RUNGS, .novel = true, .mean = SEL_K(PRIOR_MEAN)};
	if (!q->object || !q->exe || !q->subject) {
		ask_question_free(q);
		return NULL;
	}
	return q;
}

/* `again`: it was seen before. */
static struct sel_verdict judge_secret(struct sel_ask *a, const char *path, const char *exe,
				       bool again)
{
	struct sel_subject s = {.op = SEL_OP_READ, .path = path, .exe = exe, .exists = true};
	struct sel_verdict v;

	sel_judge(sel_watch_policy(a->watch), &s, sel_now_real(), &v);
	sel_watch_policy_release(a->watch);
	if (a->config.trace && !again)
		sel_trace_action(a->config.trace, sel_now_real(), &s, &v);
	return v;
}

/* An answer that there is already: allowed, or denied in this session. */
static void settle_secret(struct sel_ask *a, struct question *fresh, struct parked *p, bool allow)
{
	a->n_parked++;
	if (allow) {
		ask_reply(a, p, true);
		a->n_parked--;
		ask_parked_free(p);
	} else {
		(void)ask_tell(a, fresh, 0, p, SEL_DENY, SEL_SRC_MEMORY,
			       "denied earlier in this session");
		ask_refuse(a, p);
	}
	ask_question_free(fresh);
}

/* The waiting question about the same secret by the same program. */
static struct question *find_secret(struct sel_ask *a, const struct question *fresh)
{
	for (struct question *q = a->questions; q; q = q->next)
		if (q->secret && !q->decoy && strcmp(q->object, fresh->object) == 0 &&
		    strcmp(q->exe, fresh->exe) == 0)
			return q;
	return NULL;
}

void ask_secret(struct sel_ask *a, uint64_t id, pid_t pid, const char *path, bool again)
{
	struct sel_who who = {0};

	if (pid <= 0 || sel_who_read(pid, sel_watch_init(a->watch), &who) < 0)
		who = (struct sel_who){0};
	struct question *q, *fresh = ask_secret_question(&who, path);
	struct parked *p = ask_parked_new(a, WAITS_SECRET, path);

	if (!fresh || !p) {
		a->config.secret_answer(a->config.ctx, id, EACCES);
		ask_parked_free(p);
		ask_question_free(fresh);
		return;
	}
	p->id = id;
	p->pid = pid;
	struct sel_verdict v = judge_secret(a, path, fresh->exe, again);
	if (v.decision != SEL_ASK) {
		settle_secret(a, fresh, p, v.decision == SEL_ALLOW);
		return;
	}
	q = find_secret(a, fresh);
	if (q) {
		ask_question_free(fresh);
		fresh = NULL;
	}
	ask_place(a, q, fresh, p);
}

void ask_gone(struct sel_ask *a, enum waits kind, uint64_t id)
{
	for (struct question *q = a->questions; q; q = q->next)
		for (struct parked *p = q->parked; p; p = p->next)
			if (p->kind == kind && p->id == id)
				p->id = 0; /* the tick closes it */
	for (struct parked *p = a->gathered ? a->gathered->parked : NULL; p; p = p->next)
		if (p->kind == kind && p->id == id)
			p->id = 0;
}

void ask_take_handed(struct sel_ask *a)
{
	struct handed *list;

	(void)pthread_mutex_lock(&a->lock);
	list = a->handed;
	a->handed = NULL;
	a->handed_last = &a->handed;
	a->n_handed = 0;
	(void)pthread_mutex_unlock(&a->lock);
	if (list)
		ask_load(a);
	while (list) {
		struct handed *h = list;

		list = h->next;
		if (h->asked)
			take_call(a, h->asked);
		else if (!h->gone)
			ask_secret(a, h->secret, h->pid, h->path, false);
		else
			ask_gone(a, WAITS_SECRET, h->secret);
		free(h->path);
		free(h);
	}
}
