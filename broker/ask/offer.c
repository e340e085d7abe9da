/* What is offered at the end of a run: one folder that would have spared questions. */
#include "internal.h"

#include "fact.h"
#include "propose.h"
#include "refused.h"
#include "seldom/text.h"

#include <stdio.h>

#define LOOK_BACK  ((usec_t)30 * 24 * 3600 * USEC_PER_SEC)
#define QUIET_TIME ((usec_t)7 * 24 * 3600 * USEC_PER_SEC)
#define OFFERS	   8

struct history {
	struct sel_asked_fact *facts;
	size_t n, cap;
};

static void history_done(struct history *h)
{
	for (size_t i = 0; i < h->n; i++) {
		free((char *)h->facts[i].program);
		free((char *)h->facts[i].exe);
		free((char *)h->facts[i].object);
	}
	free(h->facts);
}

static int on_fact(const struct sel_fact_row *row, void *ctx)
{
	struct history *h = ctx;
	int class = row->q.class_ ? sel_class_from_name(row->q.class_) : -EINVAL;

	if (row->q.decoy || row->q.flood || !row->q.program || !row->q.object || class < 0)
		return 0;
	if (h->n == h->cap) {
		size_t cap = h->cap ? h->cap * 2 : 64;
		struct sel_asked_fact *grown = reallocarray(h->facts, cap, sizeof *grown);

		if (!grown)
			return -ENOMEM;
		h->facts = grown;
		h->cap = cap;
	}
	struct sel_asked_fact *f = &h->facts[h->n++];
	*f = (struct sel_asked_fact){
		.at = row->answered,
		.program = strdup(row->q.program),
		.exe = strdup(row->q.exe ? row->q.exe : ""),
		.object = strdup(row->q.object),
		.op = row->q.op,
		.tier = row->q.tier,
		.where = {.class = (enum sel_class) class,
			  .unit = row->q.unit ? strlen(row->q.unit) : 0},
		.said = sel_said_of(row->a.source, row->a.decision == SEL_ALLOW, row->q.flood),
		.weight = row->a.weight,
	};
	return f->program && f->exe && f->object ? 0 : -ENOMEM;
}

struct looking {
	struct sel_ask *ask;
	struct sel_refusals refused;
};

/* Writable already, by scope or by an answer; or taken back by a person. */
static bool covered(const char *folder, void *ctx)
{
	const struct looking *l = ctx;
	struct sel_ask *a = l->ask;
	bool yes = sel_scope_mode(&sel_watch_policy(a->watch)->scope, folder) >= SEL_MODE_RW;

	sel_watch_policy_release(a->watch);
	return yes || sel_refusals_bar(&l->refused, folder);
}

/* Said before, lately, or declined? */
static bool rested(struct sel_ask *a, const struct sel_proposal *p, usec_t now)
{
	const char *what = NULL;
	usec_t at = 0;
	int r = sel_store_proposal_get(a->config.store, p->id, &what, &at);

	if (r < 0)
		return false;
	return !what || at + QUIET_TIME < now;
}

static json_t *hint(const struct sel_proposal *p)
{
	_cleanup_free_ char *folder = sel_text_dup(p->folder, strlen(p->folder));
	char text[512], command[64];

	(void)snprintf(text, sizeof text,
		       "would have answered %u of your last %u questions by this program: write in "
		       "%s, for 30 days",
		       p->would, p->of, folder ? folder : "?");
	(void)snprintf(command, sizeof command, "seldom rules accept %s", p->id);
	return json_pack("{s:s,s:s,s:s}", "kind", "proposal", "text", text, "command", command);
}

json_t *sel_ask_proposal(struct sel_ask *a)
{
	struct sel_proposal list[OFFERS];
	struct history h = {0};
	struct looking l = {.ask = a};
	usec_t now = sel_now_real();
	json_t *ret = NULL;
	int n;

	if (!a->config.store || !a->config.world || !a->watch || a->config.learning.off ||
	    a->totals.asked == 0 || a->person.now.state != SEL_FRESH)
		return NULL;
	n = sel_store_facts(a->config.store, now - LOOK_BACK, 0, on_fact, &h);
	if (n >= 0)
		n = sel_refusals_read(a->config.store, now - LOOK_BACK, a->config.home, &l.refused);
	if (n >= 0)
		n = sel_propose(h.facts, h.n, a->config.world, covered, &l, now, list, OFFERS);
	for (int i = 0; i < n && !ret; i++)
		if (rested(a, &list[i], now) &&
		    sel_store_proposal(a->config.store, list[i].id, list[i].folder, "offered",
				       now) >= 0)
			ret = hint(&list[i]);
	if (n > 0)
		sel_proposals_done(list, (size_t)n);
	else if (n < 0)
		(void)sel_warn(n, "Cannot look for a folder to propose");
	sel_refusals_done(&l.refused);
	history_done(&h);
	return ret;
}
