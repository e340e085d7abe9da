/* What `seldom undo` and the console say of what was kept. */
#pragma once

#include "undo.h"

/* One entry as --json prints it; NULL when memory is out. */
json_t *sel_undo_row(const struct sel_undo_plan *p, const struct sel_undo_entry *e);
/* Why a restore failed, and what to do. */
const char *sel_undo_failure(int r);
/* A regular file for reading, never through a link, or -1. */
int sel_undo_open(const char *path);
bool sel_undo_binary(int fd);
/* `diff -u` of what is there now and what was before, a safe line at a time; fn != 0 ends it. The
 * exit status of diff; 127: there is none. Descriptors are borrowed; `now` -1: nothing is there. */
int sel_undo_diff(int now, int before, const char *label, int (*fn)(const char *line, void *ctx),
		  void *ctx);
