/* The lines of `seldom answer --script`: parsed whole before anything is answered. Pure. */
#pragma once

#include "seldom/action.h"
#include <jansson.h>

/* What a line may look at. All patterns of a line must match (fnmatch, no FNM_PATHNAME: '*' also
 * crosses slashes); they are compared with the escaped text that `seldom pending` shows. */
#define SEL_MATCH_FIELDS(_)                                                                        \
	_(OP, "op")                                                                                \
	_(TIER, "tier")                                                                            \
	_(OBJECT, "object")                                                                        \
	_(OBJECT2, "object2")                                                                      \
	_(EXE, "exe")                                                                              \
	_(COMM, "comm")                                                                            \
	_(SESSION, "session")                                                                      \
	_(NEW, "new")
#define AS_ENUM(id, name) SEL_MATCH_##id,
enum sel_match_field { SEL_MATCH_FIELDS(AS_ENUM) SEL_MATCH_N };
#undef AS_ENUM

#define SEL_RUNG_RECOMMENDED (-1)

/* What to answer: of a script's line, of the command line, of the console. */
struct sel_reply {
	bool allow;
	int rung; /* the n of a rung, or SEL_RUNG_RECOMMENDED */
	enum sel_for term;
	const char *note, *token; /* borrowed; or NULL */
	long long response_ms;	  /* -1: unknown */
	bool expanded;
	unsigned batch; /* so many questions with this key; 0: this one alone */
};
/* The message for the broker; NULL when memory is out. */
json_t *sel_reply_message(const char *id, const struct sel_reply *reply);

struct sel_script_line {
	char *match[SEL_MATCH_N]; /* NULL: anything */
	struct sel_reply reply;
	char *note;
	bool token; /* repeat the question's own token */
};
struct sel_script {
	struct sel_script_line *lines;
	size_t n;
};

/* Parses `text`; -EINVAL and *ret_error ("3: no 'answer'", caller frees) names the first broken
 * line. Empty lines and lines that start with '#' are skipped. */
int sel_script_parse(const char *text, size_t n, struct sel_script *ret, char **ret_error);
void sel_script_done(struct sel_script *script);

/* The first line that matches QUESTION (proto.h), or NULL. A line that allows a question about two
 * objects must match both with "object", unless it has "object2" too; a denial needs either. */
const struct sel_script_line *sel_script_match(const struct sel_script *script,
					       const json_t *question);
