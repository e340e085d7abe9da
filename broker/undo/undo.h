/* Undo: what existed before the session is kept before the program overwrites, truncates, renames
 * away or removes it. One folder a session below $XDG_STATE_HOME/seldom/undo: an append-only
 * journal (JSON lines) and the kept files. A removed file is kept by a second name where that can
 * be had (it costs no space and no copying), an overwritten one by a reflink or a copy. Whoever has
 * a removed file open still, or has it by another name, writes to what is kept: the plan sees that
 * by size and time and calls it a conflict. */
#pragma once

#include "seldom/base.h"
#include <jansson.h>
#include <sys/stat.h>

#define SEL_UNDO_FILE_MAX    ((uint64_t)64 << 20) /* bytes of one file that has to be copied */
#define SEL_UNDO_SESSION_MAX ((uint64_t)1 << 30)
#define SEL_UNDO_JOURNAL_MAX ((uint64_t)128 << 20) /* bytes of lines: some 400,000 */
#define SEL_UNDO_TOTAL_MAX   ((uint64_t)4 << 30)   /* older sessions are removed first */
#define SEL_UNDO_DAYS	     30
/* The present content of what an undo changes is kept in a session of its own, so named. */
#define SEL_UNDO_BACKUP "undo-"

/* --- the broker's side: thread-safe --------------------------------------------------------------
 */

struct sel_undo;
/* `dir` NULL: the user's. Nothing is made on the disk before something is kept. `session`: letters,
 * digits and "-_." (-EINVAL). */
int sel_undo_new(const char *dir, const char *session, struct sel_undo **ret);
/* Ends the journal: what each path looks like now, so that a later change is noticed. */
void sel_undo_end(struct sel_undo *u);
void sel_undo_free(struct sel_undo *u);

enum sel_undo_why {
	SEL_UNDO_WRITE, /* opened for writing or truncated */
	SEL_UNDO_REMOVE,
	SEL_UNDO_REPLACE, /* another takes its name */
	SEL_UNDO_MOVE,	  /* it takes another name (`to`) */
	SEL_UNDO_RMDIR,
	SEL_UNDO_ATTR, /* mode, owner, times */
	SEL_UNDO_SWAP, /* in the journal only: `path` and `to` change names */
	SEL_UNDO_N,
};
const char *sel_undo_why_name(enum sel_undo_why why); /* "write", "remove", ... */

/* Could it be kept now: a regular file, symlink, FIFO or folder within the limits? Cheap. */
bool sel_undo_can(const struct sel_undo *u, const struct stat *st);
/* Keeps the object at `path` (canonical, host's view; `fd` is O_PATH of it) once a session.
 * Positive: its number in the journal; 0: kept before, or made by this run; -EFBIG, -EDQUOT: over a
 * limit (journalled, so that undo says so, while the journal has room); -errno. `u` NULL: 0. */
int sel_undo_keep(struct sel_undo *u, enum sel_undo_why why, const char *path, int fd,
		  const char *to);
/* Two objects change names; as sel_undo_keep. */
int sel_undo_swap(struct sel_undo *u, const char *path, int fd, const char *path2, int fd2);
/* What entry `n` announced did not come about. n <= 0: nothing happens. */
void sel_undo_cancel(struct sel_undo *u, int n);
/* This run made the object: it is never kept. */
void sel_undo_made(struct sel_undo *u, int fd);
bool sel_undo_is_made(struct sel_undo *u, int fd);
/* This run gave the object at `from` a further name: the loss of that name alone is none, and what
 * is written through it is written to the first. */
void sel_undo_linked(struct sel_undo *u, int fd, const char *from, const char *path);

struct sel_undo_totals {
	uint64_t files, bytes, not_kept;
};
struct sel_undo_totals sel_undo_totals(struct sel_undo *u);
/* Removes sessions that are too old or too much in all; at most once an hour. Not those that run.
 */
int sel_undo_prune(const char *dir, usec_t now);
/* The same now, with other limits. Positive: so many sessions were removed. */
int sel_undo_prune_to(const char *dir, usec_t now, usec_t age, uint64_t bytes);

/* --- the reader's side
 * ---------------------------------------------------------------------------- */

enum sel_undo_state {
	SEL_UNDO_READY,	   /* can be put back */
	SEL_UNDO_SAME,	   /* is as it was already */
	SEL_UNDO_CONFLICT, /* changed since the session ended: only with force */
	SEL_UNDO_LOST,	   /* was over a limit, or is gone */
};
const char *sel_undo_state_name(enum sel_undo_state state);

/* What happened to one object in the whole session, under the name it had before. */
struct sel_undo_entry {
	uint64_t n;
	enum sel_undo_why why;
	const char *path;
	const char *to;	  /* a MOVE: where it is now */
	const char *kept; /* absolute path of the kept content; NULL: none */
	const char *link; /* a symlink's target; NULL */
	usec_t at;
	uint64_t size;
	mode_t mode;
	enum sel_undo_state state;
	const char *because; /* of CONFLICT and LOST: static or the entry's; else NULL */
};

struct sel_undo_plan;
/* Reads a session's journal; "last" is the newest that was no undo itself. -ENOENT. */
int sel_undo_plan_read(const char *dir, const char *session, struct sel_undo_plan **ret);
void sel_undo_plan_free(struct sel_undo_plan *p);
const char *sel_undo_plan_session(const struct sel_undo_plan *p);
bool sel_undo_plan_running(const struct sel_undo_plan *p);
/* Folders before what lies in them: the order in which they are put back. fn != 0 stops and is
 * returned. Strings are borrowed until the plan is freed or a restore. */
int sel_undo_plan_each(struct sel_undo_plan *p,
		       int (*fn)(const struct sel_undo_entry *e, void *ctx), void *ctx);
/* Puts entry `n` back. What is there now is kept first in the journal of a session of its own, so
 * that an undo can be undone. Never through a symlink that took a parent's name. 1: done; 0: it was
 * as before already; -EUCLEAN: a conflict, and no `force`; -ENODATA: lost; -EBUSY: the session
 * runs. */
int sel_undo_restore(struct sel_undo_plan *p, uint64_t n, bool force);
/* The session that keeps what the restores of this plan replaced; NULL: nothing was. */
const char *sel_undo_plan_backup(const struct sel_undo_plan *p);

/* For callers that only look: reads, calls, frees. */
int sel_undo_list(const char *dir, const char *session,
		  int (*fn)(const struct sel_undo_entry *e, void *ctx), void *ctx);

struct sel_undo_session {
	const char *id;
	usec_t started, ended; /* ended 0: it runs, or its broker was killed */
	uint64_t bytes, files;
	bool running;
};
/* Newest first. */
int sel_undo_sessions(const char *dir, int (*fn)(const struct sel_undo_session *s, void *ctx),
		      void *ctx);
