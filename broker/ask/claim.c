/* Which claim belongs to a question. A hook is short-lived, and the agent waits for it: of those
 * that started the sender, the nearest one that is still there is the agent. */
#include "claim.h"

#include "seldom/proto.h"
#include "seldom/text.h"

#define TOOL_COLUMNS 24

static bool clipped(const json_t *value, int columns, char *out, size_t cap)
{
	const char *text = json_string_value(value);
	_cleanup_free_ char *safe = text ? sel_text_dup(text, json_string_length(value)) : NULL;

	if (!safe || !*safe)
		return false;
	(void)sel_text_elide(safe, columns, true, out, cap);
	return *out != '\0';
}

int sel_claim_parse(const char *bytes, size_t n, struct sel_claim *ret)
{
	json_t *o = NULL;
	int r = n > SEL_CLAIM_MAX ? -EMSGSIZE : sel_msg_parse(bytes, n, &o);

	if (r < 0)
		return r;
	if (!clipped(json_object_get(o, "tool"), TOOL_COLUMNS, ret->tool, sizeof ret->tool) ||
	    !clipped(json_object_get(o, "text"), SEL_CLAIM_COLUMNS, ret->text, sizeof ret->text))
		r = -EBADMSG;
	json_decref(o);
	return r;
}

void sel_claims_add(struct sel_claims *c, const struct sel_claim *claim)
{
	if (claim->n_chain > 0 && claim->n_chain <= SEL_CLAIM_CHAIN)
		c->item[c->n++ % SEL_CLAIMS_MAX] = *claim;
}

/* n_chain: nobody. */
static size_t first_alive(const struct sel_claim *claim, sel_alive_fn alive)
{
	size_t i = 0;

	while (i < claim->n_chain && !alive(&claim->chain[i]))
		i++;
	return i;
}

void sel_claims_settle(struct sel_claims *c, sel_alive_fn alive, usec_t now)
{
	for (size_t i = 0; i < SEL_CLAIMS_MAX; i++) {
		struct sel_claim *claim = &c->item[i];

		if (claim->n_chain == 0 || claim->settled || now < claim->at + SEL_CLAIM_HOOK_TIME)
			continue;
		size_t left = first_alive(claim, alive);
		claim->settled = true;
		claim->n_chain = left < claim->n_chain; /* one, or none: then it is nobody's */
		if (claim->n_chain)
			claim->chain[0] = claim->chain[left];
	}
}

static bool among(const struct sel_process *p, const struct sel_process *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].pid == p->pid && list[i].started == p->started)
			return true;
	return false;
}

const struct sel_claim *sel_claims_match(const struct sel_claims *c,
					 const struct sel_process *chain, size_t n,
					 sel_alive_fn alive, usec_t now)
{
	for (size_t i = c->n; i-- > 0 && i + SEL_CLAIMS_MAX >= c->n;) {
		const struct sel_claim *claim = &c->item[i % SEL_CLAIMS_MAX];
		size_t who = first_alive(claim, alive);

		if (now <= claim->at + SEL_CLAIM_AGE_MAX && who < claim->n_chain &&
		    (who == 0 || !claim->settled) && among(&claim->chain[who], chain, n))
			return claim;
	}
	return NULL;
}
