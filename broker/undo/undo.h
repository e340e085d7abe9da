/* Undo: what existed before the session is kept before the program overwrites, truncates, renames
 * away or removes it. One folder a session below $XDG_STATE_HOME/seldom/undo: an append-only journal
 * (JSON lines) and the kept files (reflinks where the file system can, else copies). */
#pragma once

#include "seldom/base.h"
#include <jansson.h>
#include <sys/stat.h>

#define SEL_UNDO_FILE_MAX    ((uint64_t)64 << 20) /* bytes of one file */
#define SEL_UNDO_SESSION_MAX ((uint64_t)1 << 30)
#define SEL_UNDO_TOTAL_MAX   ((uint64_t)4 << 30) /* older sessions are removed first */
#define SEL_UNDO_DAYS	     30

/* --- the broker's side: thread-safe -------------------------------------------------------------- */

struct sel_undo;
/* `dir` NULL: the user's. Nothing is made on the disk before something is kept. */
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
	SEL_UNDO_N,
};
/* Could it be kept now: a regular file, symlink or empty folder within the limits? Cheap. */
bool sel_undo_can(const struct sel_undo *u, const struct stat *st);
/* Keeps the object at `path` (canonical, host's view; `fd` is O_PATH of it) once a session. 0: kept,
 * or kept before; -EFBIG, -EDQUOT: over a limit (journalled, so that undo says so); -errno. */
int sel_undo_keep(struct sel_undo *u, enum sel_undo_why why, const char *path, int fd,
		  const char *to);
struct sel_undo_totals {
	uint64_t files, bytes, not_kept;
};
struct sel_undo_totals sel_undo_totals(struct sel_undo *u);
/* Removes sessions that are too old or too much in all; at most once an hour. */
int sel_undo_prune(const char *dir, usec_t now);

/* --- the reader's side ---------------------------------------------------------------------------- */

enum sel_undo_state {
	SEL_UNDO_READY,	   /* can be put back */
	SEL_UNDO_SAME,	   /* is as it was already */
	SEL_UNDO_CONFLICT, /* changed since the session ended: only with force */
	SEL_UNDO_LOST,	   /* was over a limit */
};
struct sel_undo_entry {
	uint64_t n;
	enum sel_undo_why why;
	const char *path, *to;
	const char *kept; /* absolute path of the kept file; NULL */
	usec_t at;
	uint64_t size;
	enum sel_undo_state state;
};
/* Newest first, the order in which they are undone. */
int sel_undo_list(const char *dir, const char *session,
		  int (*fn)(const struct sel_undo_entry *e, void *ctx), void *ctx);
/* Puts one back; keeps what is there now in the journal of a session of its own (`ret_backup`), so
 * that an undo can be undone. Never through a symlink that took a parent's name. */
int sel_undo_restore(const char *dir, const char *session, const struct sel_undo_entry *e,
		     bool force);
