#include "tiredness.h"

#include <math.h>
#include <stdio.h>

static const char *const state_names[SEL_STATE_N] = {
	[SEL_FRESH] = "FRESH",
	[SEL_TIRED] = "TIRED",
	[SEL_EXHAUSTED] = "EXHAUSTED",
};

const char *sel_state_name(enum sel_state s)
{
	return (unsigned)s < SEL_STATE_N ? state_names[s] : "?";
}

void sel_tiredness(const struct sel_past *past, size_t n, usec_t now, struct sel_tiredness *ret)
{
	(void)past;
	(void)n;
	(void)now;
	*ret = (struct sel_tiredness){.rte = 1, .d_prime = NAN, .criterion = NAN};
}

bool sel_rapid(const struct sel_past *p, double own_floor)
{
	(void)own_floor;
	return p->said == SEL_SAID_ALLOW && !p->expanded && p->response > 0 &&
	       p->response < USEC_PER_SEC;
}

double sel_attention_weight(const struct sel_past *p, const struct sel_tiredness *before,
			    bool flooded, bool scripted)
{
	(void)before;
	(void)flooded;
	(void)scripted;
	return p->said == SEL_SAID_DENY || p->said == SEL_SAID_NARROW ? 1 : 0;
}

void sel_tiredness_line(const struct sel_tiredness *t, char *ret, size_t cap)
{
	snprintf(ret, cap, "fatigue: %s", sel_state_name(t->state));
}

enum sel_gate sel_gate(const struct sel_tiredness *t, enum sel_tier tier, const char **ret_why)
{
	(void)t;
	(void)tier;
	*ret_why = NULL;
	return SEL_GATE_ASK;
}

bool sel_terms_hidden(const struct sel_tiredness *t)
{
	return t->state != SEL_FRESH;
}

void sel_flood_init(struct sel_flood *f)
{
	*f = (struct sel_flood){0};
	memset(f->after_denial, 0xff, sizeof f->after_denial);
}

void sel_flood_denied(struct sel_flood *f, unsigned class)
{
	if (class < sizeof f->after_denial)
		f->after_denial[class] = 0;
}

bool sel_flood_step(struct sel_flood *f, unsigned class, usec_t now)
{
	(void)f;
	(void)class;
	(void)now;
	return false;
}

void sel_flood_calm(struct sel_flood *f, usec_t now)
{
	(void)now;
	f->n = 0;
	f->until = 0;
}
