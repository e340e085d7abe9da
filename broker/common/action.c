#include "seldom/action.h"

static const struct {
	const char *name, *words;
} ops[SEL_OP_N] = {
	[SEL_OP_INVALID] = {"any", "wants to act on"},
	[SEL_OP_READ] = {"read", "wants to READ"},
	[SEL_OP_WRITE] = {"write", "wants to WRITE"},
	[SEL_OP_CREATE] = {"create", "wants to CREATE"},
	[SEL_OP_DELETE] = {"delete", "wants to DELETE"},
	[SEL_OP_RENAME] = {"rename", "wants to RENAME"},
	[SEL_OP_ATTR] = {"attr", "wants to CHANGE ATTRIBUTES of"},
	[SEL_OP_CONNECT] = {"connect", "wants to CONNECT to"},
	[SEL_OP_SEND] = {"send", "wants to SEND to"},
	[SEL_OP_BIND] = {"bind", "wants to LISTEN on"},
	[SEL_OP_OTHER] = {"other", "wants to act on"},
};
static const char *const sources[SEL_SRC_N] = {
	[SEL_SRC_DEFAULT] = "default", [SEL_SRC_INVARIANT] = "invariant",
	[SEL_SRC_MEMORY] = "memory",   [SEL_SRC_SCOPE] = "scope",
	[SEL_SRC_GRANT] = "grant",     [SEL_SRC_RULE] = "rule",
	[SEL_SRC_LEARNED] = "learned", [SEL_SRC_PERSON] = "person",
	[SEL_SRC_TIMEOUT] = "timeout", [SEL_SRC_TIRED] = "tired",
};
static const struct {
	const char *name, *words;
} tiers[SEL_TIER_N] = {
	[SEL_T0] = {"T0", "in scope"},
	[SEL_T1] = {"T1", "can be undone"},
	[SEL_T2] = {"T2", "hard to undo"},
	[SEL_T3] = {"T3", "cannot be undone"},
};
static const char *const rungs[SEL_RUNG_N] = {
	[SEL_RUNG_FILE] = "file",   [SEL_RUNG_FOLDER] = "folder", [SEL_RUNG_TREE] = "tree",
	[SEL_RUNG_CACHE] = "cache", [SEL_RUNG_HOST] = "host",	  [SEL_RUNG_REQUEST] = "request",
};
static const char *const terms[SEL_FOR_N] = {
	[SEL_FOR_ONCE] = "once",
	[SEL_FOR_SESSION] = "session",
	[SEL_FOR_30D] = "30d",
};

static int index_of(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; name && i < n; i++)
		if (names[i] && strcmp(names[i], name) == 0)
			return (int)i;
	return -EINVAL;
}

const char *sel_op_name(enum sel_op op)
{
	return op < SEL_OP_N ? ops[op].name : "?";
}

const char *sel_op_words(enum sel_op op)
{
	return op < SEL_OP_N ? ops[op].words : "?";
}

const char *sel_question_verb(enum sel_op op, const char *class_name, const char *object)
{
	if (op != SEL_OP_CONNECT || strcmp(class_name, "host") != 0)
		return sel_op_words(op);
	return strchr(object, ' ') ? "wants to REQUEST" : "wants to CONNECT, unread, to";
}

const char *sel_source_name(enum sel_source source)
{
	return source < SEL_SRC_N ? sources[source] : "?";
}

const char *sel_tier_name(enum sel_tier tier)
{
	return tier < SEL_TIER_N ? tiers[tier].name : "?";
}

const char *sel_tier_words(enum sel_tier tier)
{
	return tier < SEL_TIER_N ? tiers[tier].words : "?";
}

const char *sel_rung_name(enum sel_rung_kind kind)
{
	return kind < SEL_RUNG_N ? rungs[kind] : "?";
}

bool sel_rung_exact(const char *kind_name)
{
	return strcmp(kind_name, rungs[SEL_RUNG_FILE]) == 0 ||
	       strcmp(kind_name, rungs[SEL_RUNG_REQUEST]) == 0;
}

const char *sel_for_name(enum sel_for term)
{
	return term < SEL_FOR_N ? terms[term] : "?";
}

int sel_op_from_name(const char *name)
{
	for (int i = 0; name && i < SEL_OP_N; i++)
		if (strcmp(ops[i].name, name) == 0)
			return i;
	return -EINVAL;
}

int sel_source_from_name(const char *name)
{
	return index_of(sources, SEL_N(sources), name);
}

int sel_rung_from_name(const char *name)
{
	return index_of(rungs, SEL_N(rungs), name);
}

int sel_for_from_name(const char *name)
{
	return index_of(terms, SEL_N(terms), name);
}
