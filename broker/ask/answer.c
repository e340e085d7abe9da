/* Answers: checked, stored, and only then in effect. */
#include "internal.h"

#include "seldom/text.h"

#include <stdio.h>

#define NOTE_MAX 400 /* bytes of a note that are told; the log has all of it */

static int change(struct sel_policy *next, const void *ctx)
{
	const struct policy_change *c = ctx;
	int r = c->grant ? sel_policy_grant(next, c->grant) : 0;

	if (r >= 0 && c->folder)
		r = sel_scope_add(&next->scope, c->folder, SEL_MODE_RW, c->rule ? c->rule : -1);
	if (c->evidence)
		next->evidence = c->evidence;
	return r;
}

int ask_change_policy(struct sel_ask *a, const struct policy_change *c)
{
	return sel_watch_policy_change(a->watch, change, c);
}

int sel_ask_widen(struct sel_ask *a, const char *folder, int64_t rule)
{
	return ask_change_policy(a, &(struct policy_change){.folder = folder, .rule = rule});
}

/* Makes the answer last: a row in the store first, then the policy, then the mounts. */
static int keep_answer(struct sel_ask *a, const struct question *q, const struct sel_answer *answer)
{
	const struct sel_rung *rung = &q->rungs.item[answer->rung];
	bool folder = !q->request && rung->kind != SEL_RUNG_FILE;

	if (q->request && answer->allow)
		return ask_host_keep(a, q, answer);
	const char *object = q->request ? q->subject : rung->path;
	enum sel_op op = q->secret || q->op == SEL_OP_CONNECT ? q->op : SEL_OP_INVALID;
	struct sel_rule_row row = {
		.session = answer->term == SEL_FOR_30D ? NULL : a->config.session,
		.op = op,
		.kind = q->request ? SEL_RUNG_HOST : rung->kind,
		.object = object,
		.exe = folder ? NULL : q->exe,
		.decision = answer->allow ? SEL_ALLOW : SEL_DENY,
		.created = sel_now_real(),
		.expires = answer->term == SEL_FOR_30D
				   ? sel_now_real() + 30 * 24 * 3600 * USEC_PER_SEC
				   : 0,
		.question = q->row,
	};
	struct sel_grant g = {.source = answer->term == SEL_FOR_30D ? SEL_SRC_RULE : SEL_SRC_GRANT,
			      .op = op,
			      .kind = q->request ? SEL_RUNG_HOST : rung->kind,
			      .path = (char *)object,
			      .exe = folder ? NULL : q->exe,
			      .decision = answer->allow ? SEL_ALLOW : SEL_DENY};
	int r = 0;

	if (a->config.store && answer->term != SEL_FOR_ONCE)
		r = sel_store_rule_add(a->config.store, &row);
	if (r < 0)
		return r;
	g.rule = row.id;
	if (!answer->allow)
		g.source = answer->term == SEL_FOR_30D ? SEL_SRC_RULE : SEL_SRC_MEMORY;
	r = answer->allow && folder ? sel_ask_widen(a, rung->path, row.id)
				    : ask_change_policy(a, &(struct policy_change){.grant = &g});
	if (r >= 0 && answer->allow && folder)
		(void)a->config.rebind(a->config.ctx,
				       rung->path); /* if it cannot be, we go on performing */
	return r;
}

static int check_answer(const struct question *q, const struct sel_answer *answer, char *error,
			size_t cap)
{
	int r = 0;

	if (answer->allow && answer->rung >= q->rungs.n) {
		(void)snprintf(error, cap, "there is no rung %zu; the last is %zu", answer->rung,
			       q->rungs.n - 1);
		r = -ERANGE;
	} else if (answer->allow && q->token[0] &&
		   (!answer->token || strcmp(answer->token, q->token) != 0)) {
		(void)snprintf(error, cap, "type the word '%s' to allow this", q->token);
		r = -EKEYREJECTED;
	} else if (answer->allow && answer->batch > 1 &&
		   (q->tier > SEL_T1 || q->flood || q->detail || answer->rung > 0 ||
		    answer->term != SEL_FOR_ONCE)) {
		(void)snprintf(error, cap, "this is allowed on its own only, not with others");
		r = -EPERM;
	} else if (answer->allow && q->short_terms && answer->term == SEL_FOR_30D) {
		(void)snprintf(error, cap,
			       "this can be allowed once or for the session, not for 30 days");
		r = -EPERM;
	}
	return r;
}

static int store_answer(struct sel_ask *a, const struct question *q,
			const struct sel_answer *answer)
{
	struct sel_answer_row row = {
		.question = q->row,
		.at = sel_now_real(),
		.decision = answer->allow ? SEL_ALLOW : SEL_DENY,
		.source = answer->source,
		.front = answer->by,
		.rung = answer->allow ? (int)answer->rung : -1,
		.term = answer->term,
		.note = answer->note,
		.response = answer->response,
		.expanded = answer->expanded,
		.settled = q->waiting,
		.measured = answer->measured,
		.rapid = answer->rapid,
		.weight = answer->weight,
	};
	int r = a->config.store && q->row ? sel_store_answer(a->config.store, &row) : 0;

	return r < 0 ? sel_warn(r, "Cannot store the answer to question %u", q->number) : 0;
}

int ask_tell(struct sel_ask *a, const struct question *about, int64_t row, const struct parked *p,
	     enum sel_decision decision, enum sel_source source, const char *why)
{
	struct sel_verdict v = {.decision = decision,
				.source = source,
				.tier = about->tier,
				.error = EACCES,
				.why = why,
				.consequence = "",
				.where = about->facts.where};
	bool second = p->asked && p->asked->object2[0];

	if (about->request) { /* each request is told by the network, with this */
		ask_host_ended(a, about, row, decision, source, why);
		return 0;
	}
	struct sel_decided d = {.pid = about->who.pid,
				.op = about->op,
				.verdict = &v,
				.exe = about->exe,
				.comm = about->who.comm,
				.object = second ? p->asked->object2 : p->object,
				.object2 = second ? p->asked->object : NULL};

	return a->config.decided(a->config.ctx, &d, row);
}

static int tell(struct sel_ask *a, const struct question *q, const struct parked *p,
		const struct sel_answer *answer)
{
	const char *why =
		answer->source == SEL_SRC_TIMEOUT ? "nobody answered in time"
		: answer->source == SEL_SRC_DEFAULT
			? q->request ? "the program gave up waiting" : "the program is gone"
		: answer->allow ? "a person allowed it"
				: "a person denied it";

	return ask_tell(a, p->about ? p->about : q, q->row, p, answer->allow ? SEL_ALLOW : SEL_DENY,
			answer->source, why);
}

/* What the program is told that waits for it. */
static enum sel_net_why refusal_of(const struct sel_answer *answer)
{
	return answer->source == SEL_SRC_PERSON	   ? SEL_NET_DENIED
	       : answer->source == SEL_SRC_TIMEOUT ? SEL_NET_UNANSWERED
						   : SEL_NET_NOT_ASKED;
}

/* Settles the parked calls: covered ones are judged again, the rest of an allow asks anew. */
static void settle(struct sel_ask *a, struct question *q, const struct sel_answer *answer)
{
	const struct sel_rung *rung = &q->rungs.item[answer->rung];

	while (q->parked) {
		struct parked *p = q->parked;
		bool covered = answer->allow &&
			       (q->by_name || q->request || sel_rung_covers(rung, p->object) ||
				(p->asked && p->asked->object2[0] &&
				 sel_rung_covers(rung, p->asked->object2)));

		q->parked = p->next;
		p->refusal = refusal_of(answer);
		/* What is resumed is told when it is judged again. What cannot be recorded is
		 * refused. */
		if ((!answer->allow || !p->asked) && tell(a, q, p, answer) < 0)
			covered = false;
		if (!answer->allow || (!p->asked && !covered)) {
			ask_refuse(a, p);
			continue;
		}
		if (p->asked) {
			p->asked->question = q->row;
			sel_watch_resume(a->watch, p->asked, covered);
		} else {
			ask_reply(a, p, true);
		}
		a->n_parked--;
		ask_parked_free(p);
	}
}

/* With what the person wants the program, or whoever runs it, to know of a denial. */
static void tell_closed(struct sel_ask *a, const char *id, const char *how,
			const struct sel_answer *answer)
{
	json_t *m = json_pack("{s:i,s:s,s:s,s:s,s:s}", "v", 1, "type", "closed", "id", id, "how",
			      how, "by", answer->by);

	if (m && answer->note && *answer->note && !answer->allow) {
		_cleanup_free_ char *note =
			sel_text_dup(answer->note, strnlen(answer->note, NOTE_MAX));

		(void)json_object_set_new(m, "note", json_string(note ? note : "?"));
	}
	ask_broadcast(a, m);
}

static void close_question(struct sel_ask *a, struct question *q, const struct sel_answer *answer)
{
	static const char *const how_names[] = {"deny", "allow", "timeout", "gone"};
	int how = answer->allow			      ? 1
		  : answer->source == SEL_SRC_TIMEOUT ? 2
		  : answer->source == SEL_SRC_DEFAULT ? 3
						      : 0;
	uint64_t *total[] = {&a->totals.denied, &a->totals.allowed, &a->totals.timeout,
			     &a->totals.gone};
	char id[64];

	++*total[how];
	(void)snprintf(id, sizeof id, "%s.%u", a->config.session, q->number);
	ask_unlink(a, q);
	if (q->flood && answer->allow)
		ask_flood_release(a, q);
	else
		settle(a, q, answer);
	tell_closed(a, id, how_names[how], answer);
	ask_question_free(q);
}

static struct question *by_number(struct sel_ask *a, uint32_t number)
{
	struct question *q = a->questions;

	while (q && q->number != number)
		q = q->next;
	return q;
}

/* What an answer means for the rest of the session. */
static void remember(struct sel_ask *a, struct question *q, const struct sel_answer *answer)
{
	if (answer->allow) {
		if (answer->measured)
			ask_allowed(a, q);
		return;
	}
	ask_denied(a, q, answer->measured);
}

static void trace(struct sel_ask *a, const struct question *q, bool allow)
{
	char id[64];

	(void)snprintf(id, sizeof id, "%s.%u", a->config.session, q->number);
	if (a->config.trace)
		sel_trace_answer(a->config.trace, sel_now_real(), id, allow,
				 q->request ? q->subject : q->object);
}

/* A check: nothing hangs on it, and it is said so at once. */
static int answer_decoy(struct sel_ask *a, struct question *q, struct sel_answer *said,
			const char **ret_feedback)
{
	(void)store_answer(a, q, said);
	*ret_feedback = ask_decoy_feedback(said->allow);
	sel_ask_notice(a, *ret_feedback);
	close_question(a, q, said);
	(void)ask_person_look(a);
	return 0;
}

/* The rung and term, as they take effect; -errno and a line. */
static int take_effect(struct sel_ask *a, struct question *q, const struct sel_answer *said,
		       char *error, size_t cap)
{
	/* Durable before it takes effect. */
	int r = store_answer(a, q, said);

	if (r < 0 && said->allow) {
		(void)snprintf(error, cap, "cannot store the answer: %s", strerror(-r));
		return r;
	}
	if (!q->flood && (said->term != SEL_FOR_ONCE || !said->allow || q->request)) {
		r = keep_answer(a, q, said);
		if (r < 0 && said->allow) {
			(void)snprintf(error, cap, "cannot keep the answer: %s", strerror(-r));
			return r;
		}
	}
	return 0;
}

int ask_answer(struct sel_ask *a, uint32_t number, const struct sel_answer *answer, char *error,
	       size_t cap, const char **ret_feedback)
{
	struct question *q = by_number(a, number);
	struct sel_answer said = *answer;
	int r;

	if (!q) {
		(void)snprintf(error, cap, "there is no such question; it may be answered already");
		return -ENOENT;
	}
	r = check_answer(q, answer, error, cap);
	if (r < 0)
		return r;
	if (!said.allow) /* a denial is of what was asked about, no wider */
		said.rung = 0;
	/* A folder is granted for the session at least: "once" would ask again for the next file in
	 * it. */
	if (said.allow && !sel_rung_exact(sel_rung_name(q->rungs.item[said.rung].kind)) &&
	    said.term == SEL_FOR_ONCE)
		said.term = SEL_FOR_SESSION;
	if (q->flood)
		said.term = SEL_FOR_ONCE;
	ask_weigh(a, q, &said);
	if (q->decoy)
		return answer_decoy(a, q, &said, ret_feedback);
	r = take_effect(a, q, &said, error, cap);
	if (r < 0)
		return r;
	ask_learn(a, q, &said);
	remember(a, q, &said);
	trace(a, q, said.allow);
	close_question(a, q, &said);
	(void)ask_person_look(a);
	if (said.measured)
		ask_decoy_plan(a);
	return 0;
}

int ask_hold(struct sel_ask *a, uint32_t number)
{
	struct question *q = by_number(a, number);

	if (!q)
		return -ENOENT;
	if (q->holds >= HOLDS_MAX)
		return -EDQUOT;
	q->holds++;
	q->deadline = sel_now_monotonic() + a->config.timeout;
	return 0;
}

void ask_drop_vanished(struct sel_ask *a, struct question *q)
{
	struct parked **p = &q->parked;

	while (*p) {
		struct parked *dead = *p;

		bool alive = dead->asked ? sel_watch_alive(a->watch, dead->asked) : dead->id != 0;
		bool signalled = alive && dead->asked && sel_watch_signalled(dead->asked);

		if (alive && !signalled) {
			p = &dead->next;
			continue;
		}
		*p = dead->next;
		if (signalled)
			sel_watch_give_back(a->watch, dead->asked);
		else
			sel_asked_free(dead->asked);
		ask_parked_free(dead);
		q->waiting--;
		a->n_parked--;
	}
}

void ask_tick(struct sel_ask *a)
{
	struct question *q = a->questions, *next;
	usec_t now = sel_now_monotonic();

	for (; q; q = next) {
		struct sel_answer end = {.source = SEL_SRC_TIMEOUT, .by = ""};

		next = q->next;
		ask_drop_vanished(a, q);
		if (!q->parked && ask_host_lingers(a, q, now))
			continue;
		if (!q->parked && !q->decoy)
			end.source = SEL_SRC_DEFAULT;
		else if (now < q->deadline)
			continue;
		ask_weigh(a, q, &end);
		(void)store_answer(a, q, &end);
		if (end.source == SEL_SRC_TIMEOUT) {
			char line[512], object[256];

			(void)sel_text_escape(q->object, strlen(q->object), object, sizeof object,
					      NULL);
			(void)snprintf(line, sizeof line, "nobody answered: denied once: %s %s",
				       sel_op_name(q->op), object);
			sel_ask_notice(a, q->decoy ? ask_decoy_unanswered : line);
		}
		close_question(a, q, &end);
	}
	ask_decoy_tick(a);
	ask_flood_tick(a);
	ask_person_tick(a);
}

void ask_drop_all(struct sel_ask *a)
{
	ask_flood_drop(a);
	while (a->questions) {
		struct sel_answer end = {.source = SEL_SRC_DEFAULT, .by = ""};

		(void)store_answer(a, a->questions, &end);
		close_question(a, a->questions, &end);
	}
}

struct sel_ask_totals sel_ask_totals(const struct sel_ask *a)
{
	return a->totals;
}
