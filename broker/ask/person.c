/* Whoever answers: what they answered before, here and in other sessions, how tired that leaves
 * them, and what an answer of theirs is worth. The store is the one source, so that several brokers
 * see the same person. */
#include "internal.h"

#include "constants.h"
#include "fact.h"
#include "guarantee.h"
#include "seldom/hash.h"

#define PAST_USEC  SEL_DAYS(90)
#define FACTS_USEC SEL_DAYS(180)
#define DAY_USEC   SEL_DAYS(1)
/* A question may be answered after a later one was: so many row ids are looked at again. */
#define OVERLAP	   128
#define EARLY	   (500 * USEC_PER_MSEC) /* longer than any judgement takes */
#define LOOK_EVERY (60 * USEC_PER_SEC)
#define HEAR_EVERY (10 * USEC_PER_SEC)

/* --- words -------------------------------------------------------------------------------------
 */

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (unsigned char)c >= 0x80;
}

/* True if it was not seen in the 24 h before `at`. When the table is full of hostile names every
 * further word is new: that only makes a quick answer count for less. */
static bool word_is_new(struct person *p, uint64_t hash, usec_t at)
{
	size_t i = hash & (WORDS_MAX - 1);

	while (p->words[i].hash && p->words[i].hash != hash)
		i = (i + 1) & (WORDS_MAX - 1);
	bool known = p->words[i].hash && p->words[i].at + DAY_USEC > at;

	if (!p->words[i].hash) {
		if (p->n_words >= WORDS_MAX / 2)
			return true;
		p->n_words++;
		p->words[i].hash = hash;
	}
	if (p->words[i].at < at)
		p->words[i].at = at;
	return !known;
}

static unsigned words_in(struct person *p, const char *text, usec_t at)
{
	unsigned n = 0;

	while (text && *text) {
		const char *word;

		while (*text && !is_word(*text))
			text++;
		if (!*text)
			break;
		for (word = text; is_word(*text);)
			text++;
		n += word_is_new(p, sel_hash(SEL_HASH_BEGIN, word, (size_t)(text - word)) | 1, at);
	}
	return n;
}

/* What differs from question to question; the fixed sentences around it are no reading. */
unsigned ask_person_words(struct person *p, const struct question *q, usec_t now)
{
	return words_in(p, q->exe, now) + words_in(p, q->object, now) +
	       words_in(p, q->object2, now) + words_in(p, q->fresh, now) +
	       words_in(p, q->nearest, now) + words_in(p, q->detail, now);
}

/* --- what was answered before ------------------------------------------------------------------
 */

/* The order is that of the answers; rows come in that of the questions. */
static int past_add(struct person *p, const struct sel_past *one)
{
	size_t at = p->n;

	if (p->n == p->cap) {
		size_t cap = p->cap ? p->cap * 2 : 64;
		struct sel_past *grown = reallocarray(p->past, cap, sizeof *grown);

		if (!grown)
			return -ENOMEM;
		p->past = grown;
		p->cap = cap;
	}
	while (at > 0 && p->past[at - 1].at > one->at)
		at--;
	memmove(&p->past[at + 1], &p->past[at], (p->n - at) * sizeof *p->past);
	p->past[at] = *one;
	p->n++;
	return 0;
}

/* True if it was read before; else it is from now on. */
static bool read_before(struct person *p, int64_t row)
{
	if (row <= p->last)
		for (size_t i = 0; i < SEEN_MAX; i++)
			if (p->seen[i] == row)
				return true;
	p->seen[p->n_seen++ % SEEN_MAX] = row;
	if (row > p->last)
		p->last = row;
	return false;
}

/* The ladder of a flagged key is that of the questions it was learned from. */
static void find_flags(struct sel_ask *a, const struct sel_keys *keys)
{
	for (size_t i = 0; i < a->n_flags; i++) {
		struct flag *f = &a->flags[i];
		unsigned rung = (unsigned char)f->key[0] - (unsigned)'0';

		if (f->rung[4] || rung >= SEL_RUNGS || !keys->rung[rung] ||
		    strcmp(keys->rung[rung], f->key) != 0)
			continue;
		for (size_t k = rung; k < SEL_RUNGS; k++)
			f->rung[k] = keys->rung[k] ? strdup(keys->rung[k]) : NULL;
	}
}

static int learn_row(struct sel_ask *a, const struct sel_fact_row *row)
{
	struct sel_keys keys = {.rung = {NULL}};
	bool denied = row->a.decision != SEL_ALLOW;
	struct sel_fact fact = {.at = row->answered,
				.keys = &keys,
				.digest = row->q.digest,
				.exe = row->q.exe,
				.denied = denied,
				.weight = denied ? 1 : row->a.weight};
	int class = row->q.class_ ? sel_class_from_name(row->q.class_) : -EINVAL;

	if (row->q.decoy || row->q.flood || row->a.source != SEL_SRC_PERSON ||
	    (!denied && row->a.weight <= 0))
		return 0;
	keys.wide = class >= 0 && sel_class_generalises((enum sel_class) class);
	for (size_t i = 0; i < SEL_RUNGS; i++)
		keys.rung[i] = (char *)row->q.keys[i];
	find_flags(a, &keys);
	a->n_loaded++;
	return a->evidence ? sel_evidence_add(a->evidence, &fact)
			   : sel_watch_learn(a->watch, &fact);
}

static int on_fact(const struct sel_fact_row *row, void *ctx)
{
	struct sel_ask *a = ctx;
	struct person *p = &a->person;
	usec_t now = sel_now_real();
	struct sel_past one = sel_past_of(row);
	int r = 0;

	if (read_before(p, row->question))
		return 0;
	if (row->answered + DAY_USEC > now) {
		(void)words_in(p, row->q.exe, row->asked);
		(void)words_in(p, row->q.object, row->asked);
		(void)words_in(p, row->q.fresh, row->asked);
	}
	if (row->answered + PAST_USEC > now)
		r = past_add(p, &one);
	/* Our own answers were learned when they were given. */
	if (r >= 0 && strcmp(row->session, a->config.session) != 0)
		r = learn_row(a, row);
	return r;
}

/* Only an attentive person's habits widen what is allowed. */
static void publish(struct sel_ask *a)
{
	struct sel_learning how = a->config.learning;

	how.promote = a->person.now.state == SEL_FRESH;
	sel_watch_learning(a->watch, &how);
}

int ask_person_look(struct sel_ask *a)
{
	struct person *p = &a->person;
	enum sel_state before = p->now.state;
	usec_t now = sel_now_real();
	int r = 0;

	if (a->config.store)
		r = sel_store_facts(a->config.store, now > FACTS_USEC ? now - FACTS_USEC : 0,
				    p->last > OVERLAP ? p->last - OVERLAP : 0, on_fact, a);
	if (r < 0)
		(void)sel_warn(r, "Cannot read what was answered before");
	sel_tiredness(p->past, p->n, now, &p->now);
	p->looked = sel_now_monotonic();
	if (p->now.state == before)
		return r;
	if (a->evidence)
		return r; /* loading: it is published whole */
	publish(a);
	if (p->now.state > before) {
		char line[160];

		sel_tiredness_line(&p->now, line, sizeof line);
		sel_ask_notice(a, line);
	}
	return r;
}

void ask_person_done(struct person *p)
{
	free(p->past);
	p->past = NULL;
	p->n = p->cap = 0;
}

/* --- learning ----------------------------------------------------------------------------------
 */

struct labels {
	struct sel_ask *ask;
	struct sel_control control;
	usec_t after, newest;	      /* flags made after that; the last of them */
	struct flag flags[FLAGS_MAX]; /* the newest */
	size_t n;
};

static void flag_done(struct flag *f)
{
	free(f->key);
	for (size_t i = 0; i < SEL_RUNGS; i++)
		free(f->rung[i]);
	*f = (struct flag){0};
}

static int on_label(const struct sel_label_row *row, const char *program, const char *key,
		    void *ctx)
{
	struct labels *l = ctx;

	(void)program;
	if (row->sampled)
		sel_control_label(&l->control, row->step < 0 ? 0 : (unsigned)row->step,
				  row->flagged, row->harmful);
	if (!row->flagged || !key || row->at <= l->after)
		return 0;
	if (row->at > l->newest)
		l->newest = row->at;
	struct flag *f = &l->flags[l->n++ % FLAGS_MAX];
	flag_done(f);
	*f = (struct flag){.at = row->at, .harmful = row->harmful, .key = strdup(key)};
	return f->key ? 0 : -ENOMEM;
}

/* A learned rule that is used does not lapse. */
static int on_used(const char *key, usec_t at, void *ctx)
{
	sel_evidence_used(ctx, key, at);
	return 0;
}

/* `evidence` NULL: that of the policy. */
static int add_flag(struct sel_ask *a, struct sel_evidence *evidence, const struct flag *f)
{
	struct sel_keys keys = {.rung = {NULL}};
	struct sel_fact fact = {
		.at = f->at, .keys = &keys, .denied = true, .weight = 1, .flagged = f->harmful};
	unsigned rung = (unsigned char)f->key[0] - (unsigned)'0';

	if (rung >= SEL_RUNGS)
		return 0;
	memcpy(keys.rung, f->rung, sizeof f->rung);
	keys.rung[rung] = f->key;
	return evidence ? sel_evidence_add(evidence, &fact) : sel_watch_learn(a->watch, &fact);
}

static int add_flags(struct sel_ask *a, struct sel_evidence *evidence, const struct labels *l)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < FLAGS_MAX && i < l->n; i++)
		r = add_flag(a, evidence, &l->flags[i]);
	if (r >= 0 && l->newest > a->flags_heard)
		a->flags_heard = l->newest;
	a->config.learning.step = l->control.step;
	a->config.learning.off |= l->control.halted;
	return r;
}

static void labels_done(struct labels *l)
{
	for (size_t i = 0; i < FLAGS_MAX; i++)
		flag_done(&l->flags[i]);
}

/* A digest that is read while the run goes on. */
static void hear_flags(struct sel_ask *a)
{
	struct labels l = {.ask = a, .after = a->flags_heard};
	int r;

	if (!a->loaded || !a->config.store || a->config.learning.off ||
	    sel_now_monotonic() < a->labels_looked + HEAR_EVERY)
		return;
	a->labels_looked = sel_now_monotonic();
	r = sel_store_labels(a->config.store, on_label, &l);
	if (r >= 0 && l.n)
		r = add_flags(a, NULL, &l);
	if (r < 0)
		(void)sel_warn(r, "Cannot read what was flagged");
	if (r < 0 || l.n)
		publish(a);
	labels_done(&l);
}

/* Rest is seen without a question, and flags are heard, too. */
void ask_person_tick(struct sel_ask *a)
{
	hear_flags(a);
	if (a->person.now.state != SEL_FRESH && sel_now_monotonic() > a->person.looked + LOOK_EVERY)
		(void)ask_person_look(a);
}

/* The evidence of the policy is replaced whole. Nobody looks at the old one without the policy's
 * lock. */
static int put_evidence(struct sel_ask *a, struct sel_evidence *evidence)
{
	struct sel_evidence *old = sel_watch_policy(a->watch)->evidence;
	int r;

	sel_watch_policy_release(a->watch);
	r = ask_change_policy(a, &(struct policy_change){.evidence = evidence});
	if (r >= 0)
		sel_evidence_free(old);
	return r;
}

static int load(struct sel_ask *a, struct sel_evidence *evidence, struct labels *l)
{
	int r = sel_store_labels(a->config.store, on_label, l);

	if (r < 0)
		return r;
	a->evidence = evidence;
	a->flags = l->flags;
	a->n_flags = l->n < FLAGS_MAX ? l->n : FLAGS_MAX;
	r = ask_person_look(a);
	a->evidence = NULL;
	a->flags = NULL;
	a->n_flags = 0;
	if (r < 0)
		return r;
	r = add_flags(a, evidence, l);
	if (r < 0)
		return r;
	r = sel_store_learned_used(a->config.store, sel_now_real() - SEL_DAYS(90), on_used,
				   evidence);
	return r < 0 || a->n_loaded == 0 ? r : put_evidence(a, evidence);
}

void ask_load(struct sel_ask *a)
{
	struct sel_evidence *evidence = NULL;
	struct labels l = {.ask = a};
	int r;

	if (a->loaded)
		return;
	a->loaded = true;
	r = a->config.store ? sel_evidence_new(&evidence) : 0;

	if (r >= 0 && evidence)
		r = load(a, evidence, &l);
	/* Whoever flagged something must be heard: nothing is learned without. */
	if (r < 0) {
		(void)sel_warn(r, "Cannot read what was answered before; nothing learned is used");
		a->config.learning.off = true;
	}
	if (r < 0 || a->n_loaded == 0)
		sel_evidence_free(evidence);
	else
		a->early_until = sel_now_monotonic() + EARLY;
	publish(a);
	labels_done(&l);
}

bool ask_judged_early(struct sel_ask *a, const struct sel_asked *asked)
{
	uint64_t id = asked->call.notif.id;

	if (!a->early_until || a->n_early >= EARLY_MAX || sel_now_monotonic() > a->early_until)
		return false;
	for (size_t i = 0; i < a->n_early; i++)
		if (a->early[i] == id)
			return false;
	a->early[a->n_early++] = id;
	return true;
}

enum sel_state sel_ask_state(const struct sel_ask *a)
{
	return a->person.now.state;
}

/* --- one answer ---------------------------------------------------------------------------------
 */

void ask_weigh(struct sel_ask *a, const struct question *q, struct sel_answer *answer)
{
	bool person = answer->source == SEL_SRC_PERSON;
	struct sel_past one = {
		.at = sel_now_real(),
		.said = sel_said_of(answer->source, answer->allow, q->flood),
		.tier = q->tier,
		.words = q->words,
		.decoy = q->decoy,
	};

	(void)ask_person_look(a);
	/* A question that ran out in front of somebody loaded them all the same. */
	answer->measured = person ? ask_front_measured(answer->by) : ask_person_there(a);
	if (!answer->measured || !person)
		answer->response = 0;
	answer->expanded |= person && answer->note;
	one.response = answer->response;
	one.expanded = answer->expanded;
	one.measured = answer->measured;
	answer->rapid = person && answer->measured && sel_rapid(&one, a->person.now.own_floor);
	answer->weight =
		person ? sel_attention_weight(&one, &a->person.now, q->flood || ask_flooded(a),
					      !answer->measured)
		       : 0;
	/* one reading: all of a batch weigh as much as one answer */
	if (answer->allow && answer->batch > 1)
		answer->weight /= answer->batch;
}

void ask_learn(struct sel_ask *a, const struct question *q, const struct sel_answer *answer)
{
	struct sel_fact fact = {.at = sel_now_real(),
				.keys = q->keys,
				.digest = q->identified.id.digest,
				.exe = q->exe,
				.denied = !answer->allow,
				.weight = answer->allow ? answer->weight : 1};
	int r = 0;

	if (answer->source != SEL_SRC_PERSON || q->decoy || q->flood)
		return;
	if (answer->allow)
		sel_watch_step(a->watch); /* a denial counts itself */
	if (q->keys && fact.weight > 0)
		r = sel_watch_learn(a->watch, &fact);
	if (r < 0)
		(void)sel_warn(r, "Cannot learn from the answer to question %u", q->number);
}
