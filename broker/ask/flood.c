/* Too many questions at once, or questions after denials: one summary stands for all of them. It
 * allows nothing: its "allow" asks them one by one. */
#include "internal.h"

#include "seldom/text.h"

#include <stdio.h>

#define LISTED_MAX 40 /* lines of its detail */
#define LINE_MAX_  200

#define PAUSE_RUN   3 /* denials one after the other */
#define PAUSE_OF    50
#define PAUSE_SHARE 10 /* of the last PAUSE_OF answers */
#define PAUSE_TOTAL 20 /* in a session, and each time again */

#define WANTED_TIME (60 * USEC_PER_SEC) /* what was let go comes back at once, or not at all */

static struct question *open_summary(const struct sel_ask *a)
{
	for (struct question *q = a->questions; q; q = q->next)
		if (q->flood)
			return q;
	return NULL;
}

bool ask_flooded(const struct sel_ask *a)
{
	return open_summary(a) != NULL;
}

/* A summary of one would ask less than the question itself: it waits so long for a second. */
#define GATHER (1 * USEC_PER_SEC)

void ask_flood_detail(const struct question *q, char *ret, size_t cap)
{
	size_t used = 0;
	unsigned listed = 0;

	ret[0] = '\0';
	for (const struct parked *p = q->parked; p; p = p->next) {
		const struct question *about = p->about;
		const char *exe = strrchr(about->exe, '/');
		char object[LINE_MAX_], name[48], line[LINE_MAX_ + 96];
		int n;

		exe = exe ? exe + 1 : about->exe;
		(void)sel_text_escape(exe, strlen(exe), name, sizeof name, NULL);
		(void)sel_text_escape(about->object, strlen(about->object), object, sizeof object,
				      NULL);
		n = snprintf(line, sizeof line, "%s %s  %s  %s\n", sel_tier_name(about->tier),
			     sel_op_name(about->op), object, name);
		if (listed >= LISTED_MAX || used + (size_t)n + 32 >= cap)
			break;
		memcpy(ret + used, line, (size_t)n + 1);
		used += (size_t)n;
		listed++;
	}
	if (listed < q->waiting)
		(void)snprintf(ret + used, cap - used, "and %u more", q->waiting - listed);
	else if (used)
		ret[used - 1] = '\0';
}

/* Shown anew at most so often: each time it must be read anew, and who keeps asking must not keep
 * the person from answering. Whatever was not shown yet is denied or asked anew as well. */
#define SHOW_EVERY (3 * USEC_PER_SEC)

static void show(struct sel_ask *a, struct question *f)
{
	usec_t now = sel_now_monotonic();

	f->grown = now < f->shown + SHOW_EVERY;
	if (f->grown)
		return;
	f->shown = now;
	ask_show(a, f);
}

static void shut(struct question *f)
{
	f->parked = NULL;
	f->waiting = 0;
	ask_question_free(f);
}

/* None came: it is asked about on its own, and typed if the person is tired. */
static void ask_alone(struct sel_ask *a)
{
	struct question *f = sel_steal_ptr(&a->gathered), *fresh;
	struct parked *p = f->parked;

	if (p) {
		fresh = sel_steal_ptr(&p->about);
		p->next = NULL;
		a->n_parked--;
		ask_single(a, fresh, p);
	}
	shut(f);
}

void ask_flood_drop(struct sel_ask *a)
{
	struct question *f = sel_steal_ptr(&a->gathered);

	if (!f)
		return;
	for (struct parked *p = f->parked, *next; p; p = next) {
		next = p->next;
		ask_refuse(a, p);
	}
	shut(f);
}

static void gather_tick(struct sel_ask *a)
{
	if (!a->gathered)
		return;
	ask_drop_vanished(a, a->gathered);
	if (!a->gathered->parked || sel_now_monotonic() > a->gathered->shown + GATHER)
		ask_alone(a);
}

void ask_flood_tick(struct sel_ask *a)
{
	struct question *f = open_summary(a);

	gather_tick(a);

	if (f && f->grown)
		show(a, f);
}

static int lift(struct question *f, enum sel_tier tier)
{
	if (tier > f->tier)
		f->tier = tier;
	return f->tier == SEL_T3 && !f->token[0] ? ask_token(f) : 0;
}

static struct question *summary_new(const struct sel_ask *a, const struct question *fresh)
{
	struct question *f = calloc(1, sizeof *f);

	if (!f)
		return NULL;
	f->flood = f->by_name = true;
	f->op = SEL_OP_OTHER;
	f->why = a->pause ? a->pause : "many questions in a short time";
	f->consequence = "deny stops all of them; else each is asked on its own";
	f->support = (struct sel_support){.rung = SEL_RUNGS};
	f->exe = strdup(fresh->exe);
	f->who.pid = fresh->who.pid;
	f->who.cwd = fresh->who.cwd ? strdup(fresh->who.cwd) : NULL;
	memcpy(f->who.comm, fresh->who.comm, sizeof f->who.comm);
	f->rungs.item[0] = (struct sel_rung){.kind = SEL_RUNG_FILE,
					     .path = strdup("each of them"),
					     .label = "one by one",
					     .exposes = "nothing: each is asked anew"};
	f->rungs.n = 1;
	(void)snprintf(f->fresh, sizeof f->fresh, "%s: one question for all of them", f->why);
	f->object = strdup("actions");
	if (!f->exe || !f->object || !f->rungs.item[0].path) {
		ask_question_free(f);
		return NULL;
	}
	return f;
}

static void hang(struct sel_ask *a, struct question *f, struct question *fresh, struct parked *p)
{
	p->about = fresh;
	ask_append(a, f, p);
}

/* Of requests only what goes on after the denial of its like insists: a person works with many
 * hosts. */
static unsigned insistence(const struct question *fresh)
{
	return fresh->request && !fresh->denied_at ? UINT_MAX : fresh->facts.where.class;
}

/* There are two: now it is one. */
static void open_gathered(struct sel_ask *a)
{
	struct question *f = sel_steal_ptr(&a->gathered);

	f->shown = sel_now_monotonic();
	if (lift(f, f->tier) >= 0 && ask_open(a, f, false) >= 0)
		return;
	a->gathered = f;
	ask_flood_drop(a);
}

static bool gathers(struct sel_ask *a, struct question *fresh, struct parked *p)
{
	struct question *f = a->gathered;

	if (!f)
		return false;
	hang(a, f, fresh, p);
	if (fresh->tier > f->tier)
		f->tier = fresh->tier;
	open_gathered(a);
	return true;
}

bool ask_flood_takes(struct sel_ask *a, struct question *fresh, struct parked *p)
{
	struct question *f = open_summary(a);

	if (f) {
		hang(a, f, fresh, p);
		if (lift(f, fresh->tier) < 0)
			(void)sel_warn(0, "The summary can only be denied");
		show(a, f);
		return true;
	}
	if (gathers(a, fresh, p))
		return true;
	if (!ask_person_there(a)) /* a script is not worn down */
		return false;
	if (!a->pause && !sel_flood_step(&a->flood, insistence(fresh), sel_now_monotonic()))
		return false;
	f = summary_new(a, fresh);
	if (!f)
		return false;
	hang(a, f, fresh, p);
	f->tier = fresh->tier;
	f->shown = sel_now_monotonic();
	a->gathered = f;
	return true;
}

void ask_flood_release(struct sel_ask *a, struct question *q)
{
	sel_flood_init(&a->flood);
	a->pause = NULL;
	a->wanted = 0;
	a->wanted_until = sel_now_monotonic() + WANTED_TIME;
	while (q->parked) {
		struct parked *p = q->parked;

		q->parked = p->next;
		a->n_parked--;
		a->wanted++;
		switch (p->kind) {
		case WAITS_CALL:
			sel_watch_resume(a->watch, p->asked, false);
			break;
		case WAITS_SECRET:
			ask_secret(a, p->id, p->pid, p->object, true);
			break;
		case WAITS_HOST:
			ask_host_again(a, sel_steal_ptr(&p->about), p);
			continue;
		}
		ask_parked_free(p);
	}
}

/* --- denials -----------------------------------------------------------------------------------
 */

static void count(struct sel_ask *a, bool denied)
{
	a->denied_run = denied ? a->denied_run + 1 : 0;
	a->denied_total += denied;
	a->denied_mask = (a->denied_mask << 1 | denied) & ((1ULL << PAUSE_OF) - 1);
}

/* The program goes on after being refused: the person is asked whether it shall, once. */
static void maybe_pause(struct sel_ask *a)
{
	const char *why = a->denied_run >= PAUSE_RUN ? "three denials in a row"
			  : __builtin_popcountll(a->denied_mask) >= PAUSE_SHARE
				  ? "ten denials in the last fifty answers"
			  : a->denied_total % PAUSE_TOTAL == 0 ? "twenty denials in this session"
							       : NULL;
	char line[160];

	if (!why || a->pause)
		return;
	a->pause = why;
	a->denied_run = 0;
	a->denied_mask = 0;
	(void)snprintf(line, sizeof line,
		       "%s: what it asks next is put as one question; Ctrl-C ends the program",
		       why);
	sel_ask_notice(a, line);
}

static void keep_denial(struct sel_ask *a, const struct question *q, usec_t now)
{
	struct denied *d = &a->denied[a->n_denied++ % DENIALS_KEPT];
	const char *name = strrchr(q->exe, '/');

	free(d->object);
	d->object = strdup(q->object);
	d->at = now;
	(void)snprintf(d->via, sizeof d->via, "%s", name ? name + 1 : q->exe);
}

/* The same is denied without a question for the rest of the session. (A secret is denied to this
 * program by its grant; another one is asked about, with a warning.) */
static void remember(struct sel_ask *a, const struct question *q, usec_t now)
{
	int r = q->secret ? 0 : sel_watch_denied(a->watch, &q->facts, q->keys, now);

	if (r < 0)
		(void)sel_warn(r, "Cannot remember a denial for the session");
	sel_flood_denied(&a->flood, q->facts.where.class);
}

void ask_denied(struct sel_ask *a, const struct question *q, bool measured)
{
	usec_t now = sel_now_real();

	if (q->flood) {
		a->pause = NULL;
		for (const struct parked *p = q->parked; p; p = p->next)
			remember(a, p->about, now);
	} else {
		keep_denial(a, q, now);
		remember(a, q, now);
	}
	if (!measured)
		return;
	count(a, true);
	maybe_pause(a);
}

void ask_allowed(struct sel_ask *a, const struct question *q)
{
	count(a, false);
	a->pause = NULL; /* the person goes on with it */
	if (!q->request && (q->op == SEL_OP_CONNECT || q->op == SEL_OP_SEND))
		sel_watch_taint(a->watch); /* what comes back is not ours */
}
