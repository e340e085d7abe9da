#include "internal.h"

#include "seldom/text.h"

#include <stdio.h>

#define FLOOD_DETAIL_MAX 8192

static json_t *who_json(const struct question *q)
{
	json_t *who = json_object(), *chain = json_array();

	(void)json_object_set_new(who, "pid", json_integer(q->who.pid));
	(void)sel_json_set_bytes(who, "comm", q->who.comm,
				 strnlen(q->who.comm, sizeof q->who.comm));
	(void)sel_json_set_bytes(who, "exe", q->exe, strlen(q->exe));
	if (q->who.cwd)
		(void)sel_json_set_bytes(who, "cwd", q->who.cwd, strlen(q->who.cwd));
	for (size_t i = 0; i < q->who.n_chain; i++) {
		_cleanup_free_ char *safe = sel_text_dup(q->who.chain[i], strlen(q->who.chain[i]));

		(void)json_array_append_new(chain, json_string(safe ? safe : "?"));
	}
	(void)json_object_set_new(who, "chain", chain);
	if (q->claim)
		(void)json_object_set(who, "claim", q->claim);
	return who;
}

static json_t *rungs_json(const struct question *q)
{
	json_t *list = json_array();

	for (size_t i = 0; i < q->rungs.n; i++) {
		const struct sel_rung *r = &q->rungs.item[i];
		json_t *o =
			json_pack("{s:i,s:s,s:s,s:s}", "n", (int)i, "kind", sel_rung_name(r->kind),
				  "label", r->label, "exposes", r->exposes);
		unsigned covers = 0;

		for (const struct parked *p = q->parked; p; p = p->next)
			covers += q->flood || q->request || sel_rung_covers(r, p->object);
		(void)json_object_set_new(o, "covers", json_integer(q->decoy ? 1 : covers));
		(void)sel_json_set_bytes(o, "object", r->path, strlen(r->path));
		(void)json_array_append_new(list, o);
	}
	return list;
}

/* What judgement adds. */
static void judgement_json(const struct question *q, json_t *o)
{
	char detail[FLOOD_DETAIL_MAX];

	(void)json_object_set_new(o, "state", json_string(sel_state_name(q->state)));
	if (q->headline[0])
		(void)json_object_set_new(o, "headline", json_string(q->headline));
	if (q->nearest[0])
		(void)sel_json_set_bytes(o, "nearest", q->nearest, strlen(q->nearest));
	if (!q->flood) {
		(void)json_object_set_new(o, "class",
					  json_string(sel_class_name(q->facts.where.class)));
		return;
	}
	ask_flood_detail(q, detail, sizeof detail);
	(void)json_object_set_new(o, "detail", json_string(detail));
	(void)json_object_set_new(o, "kind", json_string("flood"));
	(void)json_object_set_new(
		o, "words", json_pack("{s:s,s:s}", "allow", "ask one by one", "deny", "deny all"));
}

static json_t *terms_json(const struct question *q)
{
	return q->flood		? json_pack("[s]", "once")
	       : q->short_terms ? json_pack("[ss]", "once", "session")
				: json_pack("[sss]", "once", "session", "30d");
}

/* Until it is denied, or closed since nobody tried again. */
static json_int_t remaining(const struct question *q, usec_t now)
{
	usec_t end = q->deadline;

	if (q->left && q->left + LINGER < end)
		end = q->left + LINGER;
	return end > now ? (json_int_t)((end - now) / USEC_PER_MSEC) : 0;
}

json_t *ask_question_json(const struct sel_ask *a, const struct question *q)
{
	usec_t now = sel_now_monotonic();
	char id[64];
	json_t *o = json_object();

	(void)snprintf(id, sizeof id, "%s.%u", a->config.session, q->number);
	(void)json_object_set_new(o, "id", json_string(id));
	(void)json_object_set_new(o, "session", json_string(a->config.session));
	(void)json_object_set_new(o, "tier", json_integer(q->tier));
	(void)json_object_set_new(o, "op", json_string(sel_op_name(q->op)));
	(void)sel_json_set_bytes(o, "object", q->object, strlen(q->object));
	if (q->flood)
		(void)json_object_set_new(
			o, "object",
			json_sprintf("%u action%s", q->waiting, q->waiting == 1 ? "" : "s"));
	if (q->object2)
		(void)sel_json_set_bytes(o, "object2", q->object2, strlen(q->object2));
	(void)json_object_set_new(o, "who", who_json(q));
	(void)sel_json_set_bytes(o, "new", q->fresh, strlen(q->fresh));
	(void)json_object_set_new(o, "consequence", json_string(q->consequence));
	(void)json_object_set_new(o, "why", json_string(q->why));
	(void)json_object_set_new(o, "rungs", rungs_json(q));
	(void)json_object_set_new(o, "recommended", json_integer((json_int_t)q->rungs.recommended));
	(void)json_object_set_new(
		o, "preselected",
		json_integer(q->tier == SEL_T1 ? (json_int_t)q->rungs.recommended : 0));
	(void)json_object_set_new(o, "waiting", json_integer(q->decoy ? 1 : q->waiting));
	(void)json_object_set_new(o, "asked",
				  json_integer((json_int_t)(q->asked_real / USEC_PER_SEC)));
	(void)json_object_set_new(o, "remaining_ms", json_integer(remaining(q, now)));
	(void)json_object_set_new(o, "terms", terms_json(q));
	if (q->token[0])
		(void)json_object_set_new(o, "token", json_string(q->token));
	if (q->detail)
		(void)json_object_set_new(o, "detail", json_string(q->detail));
	judgement_json(q, o);
	return o;
}
