#include "plan.h"

#include "seldom/text.h"

#include <stdio.h>

#define FAILURES_MAX	 3
#define FAILED_GAP_USEC	 (2 * USEC_PER_SEC)
#define EXPIRE_MIN_MSEC	 1000
#define EXPIRE_MAX_MSEC	 3600000
#define WORDS_MSEC	 10000
#define VAIN_MAX	 6 /* presses after which the pause does not double any more: 12.8 s */
#define ALL_BUBBLES_MAX	 (SEL_BUBBLES_MAX + 1)
#define PROGRAMS_NAMED	 3
#define PROGRAM_NAME_MAX 32

enum state {
	WAITING, /* not shown yet */
	SHOWN,	 /* has a bubble, or is to have one again */
	FOLDED,	 /* one of "N questions wait" */
	SILENT,	 /* the person closed it, or looks at it elsewhere */
	SENT,	 /* answered here; the broker has not said so yet */
	GONE,	 /* has an end; its bubble not yet */
};

struct item {
	struct sel_question q;
	enum state state;
	bool up;	   /* the server shows it */
	bool flying;	   /* a step about it is under way */
	unsigned revision; /* of what is to be shown */
	unsigned shown;	   /* of what is shown */
	usec_t due;	   /* not shown, or changed, before */
	usec_t first_at;   /* this content was shown first; 0: not yet */
	usec_t shown_at;
	usec_t deadline;
	char *note; /* the broker's last word on an answer */
	bool locked;
	bool allow, deny; /* what the bubble offers */
	int failures;
	unsigned vain; /* presses in vain */
};

struct sel_plan {
	struct item *items[SEL_PLAN_MAX]; /* oldest first */
	size_t n;
	unsigned revision; /* of the newest; never comes back */
	struct {
		bool up;
		unsigned shown;
		size_t n, n_in_flight; /* what it says (0: not that any more), and is about to */
		usec_t due;
		unsigned vain;
	} many;
	char *words;
	usec_t recent[SEL_RATE_MAX]; /* a ring: when bubbles were new */
	size_t recent_at;
	usec_t opened;
};

/* --- items ----------------------------------------------------------------------------------- */

struct sel_plan *sel_plan_new(void)
{
	return calloc(1, sizeof(struct sel_plan));
}

static void item_free(struct item *it)
{
	sel_question_done(&it->q);
	free(it->note);
	free(it);
}

void sel_plan_free(struct sel_plan *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n; i++)
		item_free(p->items[i]);
	free(p->words);
	free(p);
}

static struct item *item_find(struct sel_plan *p, const char *id)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->items[i]->q.id, id) == 0)
			return p->items[i];
	return NULL;
}

/* Those that are gone, with their bubbles. */
static void items_prune(struct sel_plan *p)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->n; i++) {
		struct item *it = p->items[i];

		if (it->state == GONE && !it->up && !it->flying)
			item_free(it);
		else
			p->items[kept++] = it;
	}
	p->n = kept;
}

static size_t count(const struct sel_plan *p, enum state state)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += p->items[i]->state == state;
	return n;
}

size_t sel_plan_count(const struct sel_plan *p)
{
	return p->n - count(p, GONE);
}

/* --- what brokers say ------------------------------------------------------------------------ */

static usec_t deadline_of(const struct sel_question *q, usec_t now)
{
	return now + (q->remaining_ms > 0 ? (usec_t)q->remaining_ms * USEC_PER_MSEC : 0);
}

static void item_add(struct sel_plan *p, struct sel_question *q, usec_t now)
{
	struct item *it = p->n < SEL_PLAN_MAX ? calloc(1, sizeof *it) : NULL;

	if (!it) {
		sel_question_done(q);
		return;
	}
	*it = (struct item){.q = *q,
			    .due = now + SEL_GRACE_USEC,
			    .deadline = deadline_of(q, now),
			    .revision = ++p->revision};
	p->items[p->n++] = it;
}

/* To be shown anew; whatever was pressed meanwhile was pressed on something else. */
static void item_again(struct sel_plan *p, struct item *it)
{
	it->revision = ++p->revision;
}

static void item_replace(struct sel_plan *p, struct item *it, struct sel_question *q, usec_t now)
{
	bool same = sel_question_same(&it->q, q);

	sel_question_done(&it->q);
	it->q = *q;
	it->deadline = deadline_of(q, now);
	if (same)
		return;
	it->first_at = 0;
	it->locked = false;
	free(it->note);
	it->note = NULL;
	item_again(p, it);
}

void sel_plan_question(struct sel_plan *p, const char *session, json_t *take, usec_t now)
{
	struct sel_question q;
	struct item *it;

	if (sel_question_parse(take, session, &q) < 0)
		return;
	it = item_find(p, q.id);
	if (!it)
		item_add(p, &q, now);
	else if (it->state == GONE) /* an id never comes back */
		sel_question_done(&q);
	else
		item_replace(p, it, &q, now);
}

void sel_plan_closed(struct sel_plan *p, const char *id)
{
	struct item *it = item_find(p, id);

	if (it)
		it->state = GONE;
	items_prune(p);
}

void sel_plan_left(struct sel_plan *p, const char *session)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->items[i]->q.session, session) == 0)
			p->items[i]->state = GONE;
	items_prune(p);
}

void sel_plan_result(struct sel_plan *p, const char *id, bool ok, const char *error, usec_t now)
{
	struct item *it = item_find(p, id);

	if (!it || ok || it->state != SENT)
		return;
	free(it->note);
	it->note = NULL;
	if (asprintf(&it->note, "not answered: %s", error) < 0)
		it->note = NULL;
	it->locked = true;
	it->state = SHOWN;
	it->due = now;
	item_again(p, it);
}

void sel_plan_words(struct sel_plan *p, const char *text)
{
	free(p->words);
	p->words = *text ? strdup(text) : NULL;
}

/* --- the next step --------------------------------------------------------------------------- */

static bool rate_allows(const struct sel_plan *p, usec_t now)
{
	usec_t oldest = p->recent[p->recent_at];

	return oldest == 0 || now - oldest >= SEL_RATE_USEC;
}

static void rate_take(struct sel_plan *p, usec_t now)
{
	p->recent[p->recent_at] = now;
	p->recent_at = (p->recent_at + 1) % SEL_RATE_MAX;
}

static bool item_wants_show(const struct item *it)
{
	return it->state == SHOWN && (!it->up || it->shown != it->revision);
}

static struct item *to_close(struct sel_plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->items[i]->up && p->items[i]->state != SHOWN)
			return p->items[i];
	return NULL;
}

static struct item *to_show(struct sel_plan *p, usec_t now)
{
	for (size_t i = 0; i < p->n; i++)
		if (item_wants_show(p->items[i]) && p->items[i]->due <= now)
			return p->items[i];
	return NULL;
}

static struct item *first_ready(struct sel_plan *p, usec_t now)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->items[i]->state == WAITING && p->items[i]->due <= now)
			return p->items[i];
	return NULL;
}

static void fold_waiting(struct sel_plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->items[i]->state == WAITING)
			p->items[i]->state = FOLDED;
}

/* The oldest that has waited long enough gets a bubble, or all that wait are folded. */
static struct item *to_begin(struct sel_plan *p, usec_t now)
{
	struct item *it = first_ready(p, now);

	if (!it)
		return NULL;
	if (count(p, FOLDED) > 0 || count(p, WAITING) + count(p, SHOWN) > SEL_BUBBLES_MAX ||
	    !rate_allows(p, now)) {
		fold_waiting(p);
		return NULL;
	}
	it->state = SHOWN;
	it->due = now;
	rate_take(p, now);
	return it;
}

static int remaining_msec(usec_t deadline, usec_t now)
{
	usec_t msec = deadline > now ? (deadline - now) / USEC_PER_MSEC : 0;

	return msec < EXPIRE_MIN_MSEC	? EXPIRE_MIN_MSEC
	       : msec > EXPIRE_MAX_MSEC ? EXPIRE_MAX_MSEC
					: (int)msec;
}

static void step_key(struct sel_step *s, enum sel_step_kind kind, const char *key,
		     unsigned revision)
{
	s->kind = kind;
	s->revision = revision;
	(void)snprintf(s->key, sizeof s->key, "%s", key);
}

static void step_item(struct item *it, const struct sel_server *server, bool can_open, usec_t now,
		      struct sel_step *s)
{
	if (sel_bubble_question(&it->q, server, it->note, it->locked, can_open, &s->bubble) < 0)
		return; /* no memory: later */
	step_key(s, SEL_STEP_SHOW, it->q.id, it->revision);
	s->expire_ms = remaining_msec(it->deadline, now);
	it->flying = true;
	it->allow = s->bubble.allow;
	it->deny = s->bubble.deny;
}

/* --- all the others, in one -- */

struct named {
	const char *name;
	size_t n;
};

static size_t name_count(struct named *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i].name, name) == 0) {
			names[i].n++;
			return n;
		}
	names[n] = (struct named){name, 1};
	return n + 1;
}

static int more_first(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	return x->n < y->n ? 1 : x->n > y->n ? -1 : strcmp(x->name, y->name);
}

/* "pip 12, make 3, 4 of others" */
static void programs_text(const struct sel_plan *p, char *ret, size_t cap)
{
	struct named names[SEL_PLAN_MAX] = {0};
	size_t n = 0, at = 0, others = 0;

	for (size_t i = 0; i < p->n; i++)
		if (p->items[i]->state == FOLDED)
			n = name_count(names, n, p->items[i]->q.comm);
	qsort(names, n, sizeof *names, more_first);
	for (size_t i = 0; i < n; i++) {
		char name[4 * PROGRAM_NAME_MAX + 1];

		if (i >= PROGRAMS_NAMED) {
			others += names[i].n;
			continue;
		}
		(void)sel_text_elide(names[i].name, PROGRAM_NAME_MAX, true, name, sizeof name);
		at += (size_t)snprintf(ret + at, cap - at, "%s%s %zu", i ? ", " : "", name,
				       names[i].n);
	}
	if (others)
		(void)snprintf(ret + at, cap - at, ", %zu of others", others);
}

static void step_many(struct sel_plan *p, const struct sel_server *server, bool can_open,
		      usec_t now, struct sel_step *s)
{
	char programs[(PROGRAMS_NAMED + 1) * (4 * PROGRAM_NAME_MAX + 32)] = "";
	size_t n = count(p, FOLDED), grave = 0;
	usec_t deadline = now;

	for (size_t i = 0; i < p->n; i++)
		if (p->items[i]->state == FOLDED) {
			grave += p->items[i]->q.tier >= SEL_T3;
			deadline =
				p->items[i]->deadline > deadline ? p->items[i]->deadline : deadline;
		}
	programs_text(p, programs, sizeof programs);
	if (sel_bubble_many(n, count(p, SHOWN) > 0, grave, programs, server, can_open, &s->bubble) <
	    0)
		return;
	step_key(s, SEL_STEP_SHOW, SEL_KEY_MANY, ++p->revision);
	s->expire_ms = remaining_msec(deadline, now);
	p->many.n_in_flight = n;
}

static void next_many(struct sel_plan *p, const struct sel_server *server, bool can_open,
		      usec_t now, struct sel_step *s)
{
	size_t n = count(p, FOLDED);

	if (n == 0 && p->many.up)
		step_key(s, SEL_STEP_CLOSE, SEL_KEY_MANY, p->many.shown);
	else if (n > 0 && (n != p->many.n || !p->many.up) && p->many.due <= now)
		step_many(p, server, can_open, now, s);
}

static size_t bubbles_up(const struct sel_plan *p)
{
	size_t n = p->many.up;

	for (size_t i = 0; i < p->n; i++)
		n += p->items[i]->up;
	return n;
}

static void next_words(struct sel_plan *p, const struct sel_server *server, struct sel_step *s)
{
	if (!p->words || bubbles_up(p) >= ALL_BUBBLES_MAX ||
	    sel_bubble_words(p->words, server, &s->bubble) < 0)
		return;
	step_key(s, SEL_STEP_SHOW, SEL_KEY_WORDS, ++p->revision);
	s->expire_ms = WORDS_MSEC;
}

void sel_plan_next(struct sel_plan *p, const struct sel_server *server, bool can_open, usec_t now,
		   struct sel_step *ret)
{
	struct item *it = to_close(p);

	*ret = (struct sel_step){0};
	if (it) {
		step_key(ret, SEL_STEP_CLOSE, it->q.id, it->shown);
		it->flying = true;
		return;
	}
	it = to_show(p, now);
	it = it ? it : to_begin(p, now);
	if (it)
		step_item(it, server, can_open, now, ret);
	else
		next_many(p, server, can_open, now, ret);
	if (ret->kind == SEL_STEP_NONE)
		next_words(p, server, ret);
}

static void item_done(struct item *it, const struct sel_step *step, bool ok, usec_t now)
{
	it->flying = false;
	if (step->kind == SEL_STEP_CLOSE) {
		it->up = false; /* what cannot be closed is not there */
	} else if (ok) {
		it->up = true;
		it->shown = step->revision;
		it->shown_at = now;
		if (!it->first_at && it->shown == it->revision)
			it->first_at = now;
		it->due = now + SEL_AGAIN_GAP_USEC;
		it->failures = 0;
	} else {
		it->due = now + FAILED_GAP_USEC;
		if (++it->failures >= FAILURES_MAX && it->state == SHOWN)
			it->state = SILENT;
	}
}

static void many_done(struct sel_plan *p, const struct sel_step *step, bool ok, usec_t now)
{
	if (step->kind == SEL_STEP_CLOSE) {
		p->many.up = false;
		return;
	}
	p->many.due = now + SEL_MANY_GAP_USEC;
	if (!ok)
		return;
	p->many.up = true;
	p->many.shown = step->revision;
	p->many.n = p->many.n_in_flight;
}

void sel_plan_done(struct sel_plan *p, const struct sel_step *step, bool ok, usec_t now)
{
	struct item *it = item_find(p, step->key);

	if (strcmp(step->key, SEL_KEY_MANY) == 0)
		many_done(p, step, ok, now);
	else if (strcmp(step->key, SEL_KEY_WORDS) == 0)
		sel_plan_words(p, "");
	else if (it)
		item_done(it, step, ok, now);
	items_prune(p);
}

static usec_t until(usec_t at, usec_t now)
{
	return at > now ? at - now : 0;
}

usec_t sel_plan_wait(const struct sel_plan *p, usec_t now)
{
	size_t folded = count(p, FOLDED);
	usec_t wait = USEC_INFINITY;

	for (size_t i = 0; i < p->n; i++) {
		const struct item *it = p->items[i];
		usec_t w = it->up && it->state != SHOWN			 ? 0
			   : it->state == WAITING || item_wants_show(it) ? until(it->due, now)
									 : USEC_INFINITY;

		wait = w < wait ? w : wait;
	}
	if (folded == 0 && p->many.up)
		return 0;
	if (folded > 0 && (folded != p->many.n || !p->many.up) && until(p->many.due, now) < wait)
		wait = until(p->many.due, now);
	return p->words && bubbles_up(p) < ALL_BUBBLES_MAX ? 0 : wait;
}

/* --- what the server says -------------------------------------------------------------------- */

/* A server that presses without end must not fill the screen with terminals. */
static bool open_allowed(struct sel_plan *p, usec_t now)
{
	if (p->opened && now < p->opened + SEL_OPEN_GAP_USEC)
		return false;
	p->opened = now;
	return true;
}

/* Whatever presses whatever it is shown must not make it flicker without end. */
static usec_t pressed_gap(unsigned *vain)
{
	usec_t gap = SEL_PRESSED_GAP_USEC << *vain;

	*vain += *vain < VAIN_MAX;
	return gap;
}

static void press_many(struct sel_plan *p, const char *what, usec_t now, struct sel_press *ret)
{
	if (!p->many.up)
		return;
	if (strcmp(what, "open") != 0 || !open_allowed(p, now)) {
		p->many.n = 0; /* taken away, perhaps: shown again */
		p->many.due = now + pressed_gap(&p->many.vain);
		return;
	}
	ret->kind = SEL_PRESS_OPEN;
	for (size_t i = 0; i < p->n; i++)
		if (p->items[i]->state == FOLDED)
			p->items[i]->state = SILENT;
}

static void press_open(struct sel_plan *p, struct item *it, usec_t now, struct sel_press *ret)
{
	if (!open_allowed(p, now))
		return;
	it->state = SILENT;
	ret->kind = SEL_PRESS_OPEN;
}

/* True if the bubble that was pressed offered this, and has stood there for the guard time. */
static bool press_counts(const struct item *it, unsigned revision, const char *what, usec_t now)
{
	bool offered = (it->allow && strcmp(what, "allow") == 0) ||
		       (it->deny && strcmp(what, "deny") == 0);

	return offered && revision == it->shown && it->shown == it->revision &&
	       now >= it->shown_at + SEL_GUARD_USEC;
}

static void press_answer(struct item *it, bool allow, usec_t now, struct sel_press *ret)
{
	usec_t response = now - it->first_at;

	it->state = SENT;
	ret->kind = SEL_PRESS_ANSWER;
	ret->reply = (struct sel_reply){
		.allow = allow,
		.rung = it->q.rungs[sel_bubble_rung(&it->q)].n,
		.term = SEL_FOR_ONCE,
		.response_ms = it->first_at && response <= SEL_RESPONSE_MAX_USEC
				       ? (long long)(response / USEC_PER_MSEC)
				       : -1,
	};
}

void sel_plan_pressed(struct sel_plan *p, const char *key, unsigned revision, const char *what,
		      usec_t now, struct sel_press *ret)
{
	struct item *it = item_find(p, key);

	*ret = (struct sel_press){0};
	if (strcmp(key, SEL_KEY_MANY) == 0)
		press_many(p, what, now, ret);
	if (!it || it->state != SHOWN || !it->up)
		return;
	(void)snprintf(ret->id, sizeof ret->id, "%s", it->q.id);
	(void)snprintf(ret->session, sizeof ret->session, "%s", it->q.session);
	if (strcmp(what, "open") == 0)
		press_open(p, it, now, ret);
	else if (press_counts(it, revision, what, now))
		press_answer(it, strcmp(what, "allow") == 0, now, ret);
	if (it->state != SHOWN)
		return;
	it->due = now + pressed_gap(&it->vain); /* taken away, perhaps: shown again */
	item_again(p, it);
}

static void many_gone(struct sel_plan *p)
{
	p->many.up = false;
	for (size_t i = 0; p->many.n > 0 && i < p->n; i++)
		if (p->items[i]->state == FOLDED)
			p->items[i]->state = SILENT;
}

void sel_plan_gone(struct sel_plan *p, const char *key, unsigned revision)
{
	struct item *it = item_find(p, key);

	if (strcmp(key, SEL_KEY_MANY) == 0 && p->many.up && revision == p->many.shown)
		many_gone(p);
	if (!it || !it->up || revision != it->shown)
		return;
	it->up = false;
	if (it->state == SHOWN && it->shown == it->revision)
		it->state = SILENT;
	items_prune(p);
}

void sel_plan_lost(struct sel_plan *p, usec_t now)
{
	for (size_t i = 0; i < p->n; i++) {
		struct item *it = p->items[i];

		it->up = it->flying = false;
		if (it->state == SHOWN) {
			it->state = WAITING;
			it->due = now;
			item_again(p, it);
		}
	}
	p->many.up = false;
	p->many.due = now;
	items_prune(p);
}
