/* A row of the store as judgement reads it: one mapping, so that the broker and the commands take a
 * person to be equally tired. */
#pragma once

#include "seldom/hash.h"
#include "seldom/store.h"
#include "tiredness.h"

/* `flood`: of a question for many. */
static inline enum sel_said sel_said_of(enum sel_source source, bool allow, bool flood)
{
	if (source != SEL_SRC_PERSON)
		return SEL_SAID_NOTHING;
	if (!allow)
		return SEL_SAID_DENY;
	return flood ? SEL_SAID_NOTHING /* "one by one" approves of nothing */ : SEL_SAID_ALLOW;
}

/* A program and a host, of "GET HOST/PATH" or "HOST:PORT"; 0: it is no request. */
static inline uint64_t sel_past_about(const struct sel_question_row *q)
{
	const char *host = q->object, *exe = q->exe ? q->exe : "";

	if (!host || !q->class_ || strcmp(q->class_, "host") != 0 || q->flood || q->decoy)
		return 0;
	host += strchr(host, ' ') ? strcspn(host, " ") + 1 : 0;
	return sel_hash(sel_hash(SEL_HASH_BEGIN, exe, strlen(exe) + 1), host, strcspn(host, "/")) |
	       1;
}

static inline struct sel_past sel_past_of(const struct sel_fact_row *row)
{
	const struct sel_answer_row *a = &row->a;
	enum sel_said said = sel_said_of(a->source, a->decision == SEL_ALLOW, row->q.flood);

	/* where more than the one file is preselected, to choose less is an edit */
	if (said == SEL_SAID_ALLOW && row->q.tier == SEL_T1 && a->measured && a->expanded &&
	    a->rung < row->q.recommended)
		said = SEL_SAID_NARROW;
	return (struct sel_past){
		.at = row->answered,
		.said = said,
		.tier = row->q.tier,
		.response = a->measured ? a->response : 0,
		.words = row->q.words,
		.expanded = a->expanded,
		.measured = a->measured,
		.decoy = row->q.decoy,
		.about = sel_past_about(&row->q),
		/* an allow that was right, a denial that was wrong: nothing bad was asked */
		.audited = row->labelled && row->flagged == (row->a.decision == SEL_DENY),
	};
}
