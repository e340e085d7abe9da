/* Rows as JSON objects: a table of fields says which column becomes which key. */
#pragma once

#include "internal.h"

enum sel_field_type {
	SEL_FIELD_SKIP,
	SEL_FIELD_INT,
	SEL_FIELD_BOOL,
	SEL_FIELD_TEXT,	 /* our own words */
	SEL_FIELD_BYTES, /* hostile: escaped, raw bytes beside where they differ */
	SEL_FIELD_JSON,	 /* stored JSON */
	SEL_FIELD_TIME,	 /* ISO 8601 UTC with milliseconds; `unix_key`: whole seconds */
	SEL_FIELD_MSEC,	 /* microseconds, shown as milliseconds */
	SEL_FIELD_REAL,
};
struct sel_field {
	const char *key;
	enum sel_field_type type;
	const char *unix_key;
};

/* The current row's first `n` columns; NULL columns become null. */
int sel_row_add(json_t *obj, sqlite3_stmt *stmt, const struct sel_field *fields, size_t n);
/* The same from column `first` on. */
int sel_row_add_from(json_t *obj, sqlite3_stmt *stmt, int first, const struct sel_field *fields,
		     size_t n);
/* The same in a new object that begins with "v":1. */
int sel_row_object(sqlite3_stmt *stmt, const struct sel_field *fields, size_t n, json_t **ret);

int sel_json_time(json_t *obj, const char *key, const char *unix_key, int64_t usec);
/* obj[key] = value (taken); NULL is -ENOMEM. */
int sel_json_add(json_t *obj, const char *key, json_t *value);

/* f->session with "last" and existence settled: -ENOENT. *ret NULL: all sessions. Caller frees. */
int sel_filter_session(struct sel_store *s, const struct sel_filter *f, char **ret);

#define SEL_ACTION_FIELDS 16
#define SEL_RULE_FIELDS	  13 /* then: the end of its session, its events */
extern const struct sel_field sel_action_fields[SEL_ACTION_FIELDS];
extern const struct sel_field sel_rule_fields[SEL_RULE_FIELDS];
/* "alive", "expired", "revoked", "ended" (its session is over) of a RULE_COLUMNS row. */
const char *sel_rule_state(sqlite3_stmt *stmt, usec_t now);

/* --- searching (search.c); inside a read transaction -------------------------------------------
 */

struct sel_search {
	const struct sel_filter *f; /* its session is not read: */
	const char *session;	    /* settled, or NULL */
	int64_t first_id;	    /* the rows before are not looked at */
	int (*fn)(int64_t id, void *ctx);
	int (*looked)(uint64_t rows, uint64_t of, void *ctx); /* or NULL */
	void *ctx;
};
/* Calls fn with each action that the filter lets pass, the newest first; fn or looked != 0 stops
 * and is returned. -EINVAL: the text is too long. */
int sel_search_each(struct sel_store *s, const struct sel_search *search);
