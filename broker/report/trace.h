/* Traces: what a run did, at the level of objects, as JSON lines (`seldom run --record FILE`), for
 * replay and for tests. docs/trace.md has the schema; the first line carries its version.
 *
 * {"v":1,"type":"trace","command":[..],"cwd":S,"home":S,"project":S|null,"started":USEC,"seldom":S}
 * {"t":USEC since start,"op":S,"exe":S,"program":S,"digest":S?,"sub":S?,"object":S,"object2":S?,
 *  "exists":B,"folder":B?,"destroys":B?,"plants":B?,"ours":B?,"undoable":B?,
 *  "verdict":"allow|ask|deny","source":S,"tier":N,"n":N}
 * {"type":"answer","t":..,...}  {"type":"end","t":..,"exit":N}
 *
 * Consecutive actions that differ in nothing but the object's last component are one line with
 * n > 1. */
#pragma once

#include "verdict.h"
#include <jansson.h>

struct sel_trace;
struct sel_trace_head {
	json_t *command; /* borrowed */
	const char *cwd, *home, *project;
	usec_t started;
};
int sel_trace_open(const char *path, const struct sel_trace_head *head, struct sel_trace **ret);
/* Thread-safe. */
void sel_trace_action(struct sel_trace *t, usec_t at, const struct sel_subject *s,
		      const struct sel_verdict *v);
void sel_trace_answer(struct sel_trace *t, usec_t at, const char *question, bool allow,
		      const char *object);
/* Flushes; -errno if anything of it could not be written. */
int sel_trace_close(struct sel_trace *t, usec_t at, int exit_code);

/* Reading: fn once a line; -EBADMSG and *ret_line at a line that is no such object. */
struct sel_trace_line {
	json_t *object;
	bool head, answer, end;
};
int sel_trace_read(const char *path, int (*fn)(const struct sel_trace_line *l, void *ctx),
		   void *ctx, uint64_t *ret_line);
