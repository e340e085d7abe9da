/* The words of the broker's decisions. Each enum has one table of names (action.c). */
#pragma once

#include "seldom/base.h"

enum sel_op {
	SEL_OP_INVALID,
	SEL_OP_READ,   /* read a secret */
	SEL_OP_WRITE,  /* write into a file that exists */
	SEL_OP_CREATE, /* a new name: file, folder, link, socket */
	SEL_OP_DELETE,
	SEL_OP_RENAME,
	SEL_OP_ATTR, /* mode, owner, times, extended attributes */
	SEL_OP_CONNECT,
	SEL_OP_SEND,
	SEL_OP_BIND,
	SEL_OP_OTHER,
	SEL_OP_N,
};
enum sel_tier { SEL_T0, SEL_T1, SEL_T2, SEL_T3, SEL_TIER_N };
enum sel_decision { SEL_DENY, SEL_ALLOW, SEL_ASK }; /* zero is deny */
enum sel_source {
	SEL_SRC_DEFAULT, /* nothing allowed it */
	SEL_SRC_INVARIANT,
	SEL_SRC_MEMORY, /* denied before in this session */
	SEL_SRC_SCOPE,
	SEL_SRC_GRANT, /* an answer "for session" or "30d", a rung that covers it */
	SEL_SRC_RULE,  /* a stored rule */
	SEL_SRC_LEARNED,
	SEL_SRC_PERSON,
	SEL_SRC_TIMEOUT,
	SEL_SRC_TIRED, /* denied without a question: tiredness, budget or flood; kept for review */
	SEL_SRC_N,
};
enum sel_rung_kind {
	SEL_RUNG_FILE,
	SEL_RUNG_FOLDER,
	SEL_RUNG_TREE,
	SEL_RUNG_CACHE,
	SEL_RUNG_HOST,
	SEL_RUNG_REQUEST, /* one request to a host; kept, a rule of kind HOST */
	SEL_RUNG_N
};
enum sel_for { SEL_FOR_ONCE, SEL_FOR_SESSION, SEL_FOR_30D, SEL_FOR_N };

const char *sel_op_name(enum sel_op op);  /* "read", "write", ... */
const char *sel_op_words(enum sel_op op); /* "wants to READ", for a question's first line */
/* The same for a question: `class_name` tells a host, of which `object` is "GET NAME/PATH", or
 * "NAME:PORT" where what passes is not read. Static. */
const char *sel_question_verb(enum sel_op op, const char *class_name, const char *object);
const char *sel_source_name(enum sel_source source);
const char *sel_tier_name(enum sel_tier tier);	/* "T1" */
const char *sel_tier_words(enum sel_tier tier); /* "can be undone": as every front says it */
const char *sel_rung_name(enum sel_rung_kind kind);
/* The object itself and nothing beside it: an allow of it may be for once. */
bool sel_rung_exact(const char *kind_name);
const char *sel_for_name(enum sel_for term); /* "once", "session", "30d" */
/* -EINVAL if there is no such name. */
int sel_op_from_name(const char *name);
int sel_source_from_name(const char *name);
int sel_rung_from_name(const char *name);
int sel_for_from_name(const char *name);
