/* The ladder of keys: from this very action to "such an effect on such a place". Pure.
 *
 * | rung | key                                                        | scope        |
 * | 0    | program, sub-command, operation, object                    | this project |
 * | 1    | program, sub-command, operation, class and unit of object  | this project |
 * | 2    | program, effect, class of object                           | this project |
 * | 3    | family, effect, class of object                            | anywhere     |
 * | 4    | effect, class of object                                    | anywhere     |
 *
 * In a tool's own cache and data rungs 0 and 1 count from every project.
 *
 * Keys are texts and compared whole: a hash that a hostile name could be made to share decides
 * nothing. Each is its rung's digit and its fields, each field escaped (sel_text_escape: injective,
 * safe to print) and led by a TAB, which no escaped field contains: two facts share a key only if
 * all their fields are equal. */
#pragma once

#include "class.h"
#include "identity.h"

/* What an operation does to what was there. */
enum sel_effect {
	SEL_EFFECT_ADD,	   /* a new name */
	SEL_EFFECT_CHANGE, /* content or attributes of what exists */
	SEL_EFFECT_REMOVE,
	SEL_EFFECT_REVEAL, /* a secret is read */
	SEL_EFFECT_TALK,   /* to somebody outside */
	SEL_EFFECT_N,
};
const char *sel_effect_name(enum sel_effect e);
enum sel_effect sel_effect_of(enum sel_op op, bool exists);

#define SEL_RUNGS   5
#define SEL_KEY_MAX 1536 /* bytes of one key with its NUL; a longer one makes no key */

struct sel_keys {
	char *rung[SEL_RUNGS]; /* NULL: there is none (unknown program, too long) */
	bool wide;	       /* rung 2 may be learned: the class is one kind of place */
	char text[];	       /* one allocation; free() */
};
struct sel_key_facts {
	const struct sel_identity *id; /* may be NULL: only rungs 3 and 4 */
	enum sel_op op;
	bool exists;
	const char *object;
	struct sel_classified where;
	const char *project; /* of the session; NULL: outside of projects, a place of its own */
	uint64_t job; /* of a request: what the person started it with; 0: not known, or all of the
			 session is one. In no key */
};
/* -ENOMEM. The caller frees *ret. */
int sel_keys_build(const struct sel_key_facts *f, struct sel_keys **ret);
