/* The first line of a question: what differs from what was approved before. */
#include "internal.h"

#include "constants.h"
#include "refused.h"

#include <stdio.h>

static const char *name_of(const char *exe)
{
	const char *slash = strrchr(exe, '/');

	return slash && slash[1] ? slash + 1 : exe;
}

static void ago(usec_t at, usec_t now, char *ret, size_t cap)
{
	static const struct {
		usec_t unit;
		const char *word;
	} units[] = {{(usec_t)86400 * USEC_PER_SEC, "d"},
		     {3600 * USEC_PER_SEC, "h"},
		     {60 * USEC_PER_SEC, "min"},
		     {USEC_PER_SEC, "s"}};
	usec_t since = now > at ? now - at : 0;

	for (size_t i = 0; i < SEL_N(units); i++)
		if (since >= units[i].unit || i + 1 == SEL_N(units)) {
			(void)snprintf(ret, cap, "%u %s ago", (unsigned)(since / units[i].unit),
				       units[i].word);
			return;
		}
}

/* The nearest thing that was approved, by the rung that supports it. */
static void nearest(const struct sel_ask *a, struct question *q)
{
	const struct sel_support *s = &q->support;
	size_t n = q->facts.where.unit, home = strlen(a->config.home);
	const char *unit = q->subject;
	bool below = n > home && strncmp(unit, a->config.home, home) == 0 && unit[home] == '/';

	if (s->rung >= SEL_RUNGS || s->approvals == 0)
		return;
	if (s->rung == 0)
		(void)snprintf(q->nearest, sizeof q->nearest, "the same (%ux)", s->approvals);
	else if (s->rung == 1 && n > 0 && n <= strlen(unit))
		(void)snprintf(q->nearest, sizeof q->nearest, "%s%.*s (%ux)", below ? "~" : "",
			       (int)(below ? n - home : n), below ? unit + home : unit,
			       s->approvals);
	else
		(void)snprintf(q->nearest, sizeof q->nearest, "%s (%ux)",
			       sel_class_words(q->facts.where.class), s->approvals);
}

/* A denial of this session that this looks like another way round of. */
static const struct denied *denied_before(const struct sel_ask *a, const struct question *q)
{
	for (size_t i = a->n_denied; i-- > 0 && i + DENIALS_KEPT >= a->n_denied;) {
		const struct denied *d = &a->denied[i % DENIALS_KEPT];

		if (q->denied_at ? d->at == q->denied_at
				 : q->secret && d->object && strcmp(d->object, q->object) == 0)
			return d;
	}
	return NULL;
}

static void place_words(const struct question *q, char *ret, size_t cap)
{
	enum sel_class class = q->facts.where.class;

	if (q->request)
		(void)snprintf(ret, cap, "to this host");
	else if (q->secret)
		(void)snprintf(ret, cap, "of this secret");
	else if (q->by_name)
		(void)snprintf(ret, cap, "of this %s",
			       q->op == SEL_OP_CONNECT || q->op == SEL_OP_SEND ? "address"
									       : "file");
	else if (class == SEL_CLASS_OTHER)
		(void)snprintf(ret, cap, "outside the granted folders");
	else
		(void)snprintf(ret, cap, "in %s", sel_class_words(class));
}

/* What was allowed like this and then flagged in a digest, or denied at the keys that approvals
 * are told of: these alone would speak for it. False: nothing was. */
static bool refused_before(struct sel_ask *a, const struct question *q, usec_t now, char *ret,
			   size_t cap)
{
	usec_t span = SEL_DAYS(SEL_K(DENIAL_DAYS)), flagged = 0;
	struct sel_refusals list;
	char when[32];

	if (a->config.store && q->keys &&
	    sel_refusals_read(a->config.store, now > span ? now - span : 0, a->config.home,
			      &list) >= 0) {
		flagged = sel_refusals_flagged(&list, q->keys);
		sel_refusals_done(&list);
	}
	if (!flagged && !(q->support.denials > 0))
		return false;
	ago(flagged, now, when, sizeof when);
	if (flagged)
		(void)snprintf(ret, cap, "you flagged the like %s", when);
	else
		(void)snprintf(ret, cap, "you refused the like before");
	return true;
}

/* A denial heads what is asked of other hosts, too (policy/memory.h): "this" would be wrong of
 * them. */
static bool other_request(const struct question *q, const struct denied *d)
{
	return q->request && !(d && d->object && strcmp(d->object, q->object) == 0);
}

static void describe(struct sel_ask *a, struct question *q, char *ret, size_t cap)
{
	const struct sel_support *s = &q->support;
	const struct denied *d = denied_before(a, q);
	usec_t now = sel_now_real();
	char where[96], when[32], refusal[64];

	nearest(a, q);
	place_words(q, where, sizeof where);
	if (d || q->denied_at) {
		ago(d ? d->at : q->denied_at, now, when, sizeof when);
		(void)snprintf(ret, cap, "you denied %s %s%s%s",
			       other_request(q, d) ? "another request" : "this", when,
			       d ? " via " : "", d ? d->via : "");
	} else if (refused_before(a, q, now, refusal, sizeof refusal)) {
		(void)snprintf(ret, cap, "%s%s%s", refusal, q->nearest[0] ? "; approved: " : "",
			       q->nearest);
	} else if (s->changed && s->rung >= SEL_RUNGS) {
		(void)snprintf(ret, cap, "changed program: %u old approval%s not carried over",
			       s->lost, s->lost == 1 ? "" : "s");
	} else if (s->rung == 0 && s->approvals) {
		ago(s->last, now, when, sizeof when);
		(void)snprintf(ret, cap, "approved before, %s: %ux, last %s",
			       q->request ? "and asked about each time"
					  : "not often enough to go unasked",
			       s->approvals, when);
	} else {
		int n = snprintf(ret, cap, "first %s by %s %s",
				 q->request ? ask_host_verb(q) : sel_op_name(q->op),
				 name_of(q->exe), where);
		if (q->nearest[0] && n > 0 && (size_t)n < cap)
			(void)snprintf(ret + n, cap - (size_t)n, "; nearest approved: %s",
				       q->nearest);
	}
}

void ask_describe(struct sel_ask *a, struct question *q)
{
	bool secret = a->watch && sel_watch_policy(a->watch)->secret_read;
	size_t n = ask_host_warning(q, secret, q->fresh, sizeof q->fresh);

	if (a->watch)
		sel_watch_policy_release(a->watch);
	describe(a, q, q->fresh + n, sizeof q->fresh - n);
}
