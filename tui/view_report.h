/* What the commands that read the store share. */
#pragma once

#include "options.h"
#include "seldom/store.h"

struct sel_lines;

/* Opens the user's store. 1 and *ret; 0 if there is none yet (nothing ran); negative after a
 * message on stderr. */
int sel_view_store(enum sel_store_mode mode, struct sel_store **ret);
/* "30d" -> the real time that long ago; 0 for NULL. 2 after a usage error, else 0. */
int sel_view_since(const struct sel_usage *usage, const char *span, usec_t *ret);
/* "last" or an id as the id of a session that is there; the caller frees. -ENOENT. */
int sel_view_session(struct sel_store *s, const char *session, char **ret);
/* Says why a report failed; returns the exit code 1. */
int sel_view_failed(int r, const struct sel_filter *f);
/* "name  value" lines of any object, nested ones indented; safe text. */
void sel_view_tree(json_t *value, int indent);
/* The same as lines, wrapped; `skip` (or NULL) is left out. Returns the row after. */
int sel_tree_lines(json_t *value, const char *skip, int indent, int row, int width,
		   struct sel_lines *l);
/* On standard output, as they are. */
void sel_lines_print(const struct sel_lines *l);
