/* Traces: what a run did, at the level of objects, as JSON lines (`seldom run --record FILE`), for
 * replay and for tests. docs/trace.md has the schema; the first line carries its version.
 *
 * Consecutive actions that differ in nothing but the object's last component are one line with
 * n > 1. */
#pragma once

#include "verdict.h"
#include <jansson.h>

#define SEL_TRACE_VERSION  1
#define SEL_TRACE_LINE_MAX ((size_t)1 << 20) /* bytes; a longer line is no trace */

/* --- writing -----------------------------------------------------------------------------------
 */

struct sel_trace;
struct sel_trace_head {
	json_t *command; /* array of strings, escaped; borrowed */
	const char *cwd, *home, *project;
	usec_t started;
	/* Scope, secrets and seldom's own places go into the head, so that a replay knows what was
	 * in scope; NULL: they are left out. Borrowed during the call. */
	const struct sel_policy *policy;
};
/* Makes or empties `path` (0600; no link, no device but /dev/null). -errno. */
int sel_trace_open(const char *path, const struct sel_trace_head *head, struct sel_trace **ret);
/* Thread-safe, cheap, never fails loudly: what could not be written is told by sel_trace_close.
 * `at`: real time. `s->id`, `s->exe` may be NULL (work in scope). */
void sel_trace_action(struct sel_trace *t, usec_t at, const struct sel_subject *s,
		      const struct sel_verdict *v);
/* `question`: its id ("<session>.<n>"). */
void sel_trace_answer(struct sel_trace *t, usec_t at, const char *question, bool allow,
		      const char *object);
/* Flushes and frees; -errno if anything of it could not be written. NULL is fine. */
int sel_trace_close(struct sel_trace *t, usec_t at, int exit_code);

/* --- reading -----------------------------------------------------------------------------------
 */

/* One line as it is: fn once a line; -EBADMSG and *ret_line at a line that is no such object,
 * -ENOTSUP for a newer version; fn != 0 stops and is returned. */
struct sel_trace_line {
	json_t *object;
	bool head, program, answer, end; /* none: an action */
};
int sel_trace_read(const char *path, int (*fn)(const struct sel_trace_line *l, void *ctx),
		   void *ctx, uint64_t *ret_line);

/* A whole trace, ready to be judged again. All strings belong to it. */
struct sel_traced {
	usec_t t;		    /* since the start */
	uint64_t n;		    /* so many; their last components differ */
	int program;		    /* index, -1: unknown */
	struct sel_subject s;	    /* s.id points into `programs` */
	enum sel_decision decision; /* as it was then */
	enum sel_source source;
	enum sel_tier tier;
};
struct sel_trace_said { /* an answer */
	usec_t t;
	bool allow;
	char *object; /* NULL: not told */
};
struct sel_recording {
	char *name; /* of the file, without folder and ".jsonl" */
	json_t *head;
	char *cwd, *home, *project;
	usec_t started;
	struct sel_scope scope;
	char **secrets, **own, **roots; /* NULL-terminated; never NULL */
	struct sel_identity *programs;
	size_t n_programs;
	struct sel_traced *acts;
	size_t n_acts;
	struct sel_trace_said *said;
	size_t n_said;
	uint64_t total; /* sum of n */
	int exit_code;	/* -1: it has no end */
};
int sel_recording_load(const char *path, struct sel_recording **ret, uint64_t *ret_line);
void sel_recording_free(struct sel_recording *r);

/* Makes room for one more behind `n` in the array that `list_of` points to, which grows by
 * doubling and by nothing else. -ENOMEM: it is as it was. */
int sel_report_grow(void *list_of, size_t n, size_t size);
