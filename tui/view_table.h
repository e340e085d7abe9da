/* Lists as a person, a script or a program wants them: an aligned table, --plain (tab-separated,
 * stable) or --json (one object a line, first key "v":1). Rows are the objects that --json prints.
 */
#pragma once

#include "seldom/base.h"
#include <jansson.h>

enum sel_cell {
	SEL_CELL_TEXT,	 /* a string, a number as it is, or an array of strings joined by spaces */
	SEL_CELL_NUMBER, /* right-aligned */
	SEL_CELL_TIME,	 /* UNIX seconds or microseconds, as local "11-23 09:41" (--plain: ISO 8601)
			  */
	SEL_CELL_MSEC,	 /* a span, as "4:12" (--plain: the number) */
	SEL_CELL_TIER,	 /* 2 as "T2" */
	SEL_CELL_YES,	 /* true as "yes", else empty */
};
struct sel_column {
	const char *title, *path; /* "who.comm"; several alternatives: "at|time" */
	enum sel_cell cell;
	bool stretch; /* what is too long for the terminal is shortened here, in the middle */
};
enum sel_format { SEL_FORMAT_TABLE, SEL_FORMAT_PLAIN, SEL_FORMAT_JSON };

struct sel_table {
	enum sel_format format;
	const struct sel_column *columns; /* ends with title NULL */
	const char *empty;		  /* said when there is no row, in a table */
	char ***rows;
	size_t n;
};
enum sel_format sel_format_of(bool json, bool plain);
/* Borrows the row. A table keeps its cells until the end, the others print at once. */
int sel_table_row(struct sel_table *t, json_t *row);
/* Prints a table; frees. */
int sel_table_end(struct sel_table *t);

/* {"v":1, ...} on one line of stdout, with text safe to show. */
int sel_print_json(json_t *object);
/* object.key.key of "key.key|other.key": the first that is there, or NULL. Borrowed. */
json_t *sel_json_path(json_t *object, const char *path);
/* One cell as text; -ENOMEM. */
int sel_cell_text(const struct sel_column *column, json_t *row, bool plain, char **ret);
/* "4:12", "1:02:03", "12 ms" never: seconds are enough for a person. */
void sel_span_text(long long msec, char *out, size_t cap);
