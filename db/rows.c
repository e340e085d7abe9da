#include "rows.h"

#include "seldom/text.h"

#include <stdio.h>
#include <time.h>

const struct sel_field sel_action_fields[SEL_ACTION_FIELDS] = {
	/* clang-format off: as ACTION_COLUMNS in schema.c */
	{"id", SEL_FIELD_INT, NULL},	    {"time", SEL_FIELD_TIME, "unix"},
	{"session", SEL_FIELD_TEXT, NULL},  {"pid", SEL_FIELD_INT, NULL},
	{"op", SEL_FIELD_TEXT, NULL},	    {"tier", SEL_FIELD_INT, NULL},
	{"decision", SEL_FIELD_TEXT, NULL}, {"source", SEL_FIELD_TEXT, NULL},
	{"exe", SEL_FIELD_BYTES, NULL},	    {"comm", SEL_FIELD_BYTES, NULL},
	{"object", SEL_FIELD_BYTES, NULL},  {"object2", SEL_FIELD_BYTES, NULL},
	{"reason", SEL_FIELD_BYTES, NULL},  {"repeats", SEL_FIELD_INT, NULL},
	{"question", SEL_FIELD_TEXT, NULL}, {"rule", SEL_FIELD_INT, NULL},
}; /* clang-format on */

const struct sel_field sel_rule_fields[SEL_RULE_FIELDS] = {
	/* clang-format off: as RULE_COLUMNS in schema.c */
	{"id", SEL_FIELD_INT, NULL},
	{"created", SEL_FIELD_TIME, "created_unix"},
	{"session", SEL_FIELD_TEXT, NULL},
	{"op", SEL_FIELD_TEXT, NULL},
	{"kind", SEL_FIELD_TEXT, NULL},
	{"object", SEL_FIELD_BYTES, NULL},
	{"exe", SEL_FIELD_BYTES, NULL},
	{"decision", SEL_FIELD_TEXT, NULL},
	{"expires", SEL_FIELD_TIME, "expires_unix"},
	{"uses", SEL_FIELD_INT, NULL},
	{"last_used", SEL_FIELD_TIME, "last_used_unix"},
	{"revoked", SEL_FIELD_TIME, "revoked_unix"},
	{"question", SEL_FIELD_TEXT, NULL},
}; /* clang-format on */

int sel_json_add(json_t *obj, const char *key, json_t *value)
{
	return json_object_set_new(obj, key, value) < 0 ? -ENOMEM : 0;
}

int sel_json_time(json_t *obj, const char *key, const char *unix_key, int64_t usec)
{
	const int64_t second = (int64_t)USEC_PER_SEC;
	time_t t = (time_t)(usec / second);
	char date[48], text[64];
	struct tm tm;
	int r;

	if (!gmtime_r(&t, &tm) || strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		return sel_json_add(obj, key, json_null());
	(void)snprintf(text, sizeof text, "%s.%03dZ", date, (int)(usec % second / 1000));
	r = sel_json_add(obj, key, json_string(text));
	return r < 0 || !unix_key ? r : sel_json_add(obj, unix_key, json_integer(t));
}

static int add_json(json_t *obj, const char *key, const char *text)
{
	json_t *value = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);

	return value ? sel_json_add(obj, key, value) : -EUCLEAN;
}

static int add_text(json_t *obj, const struct sel_field *f, sqlite3_stmt *stmt, int i)
{
	const char *text = (const char *)sqlite3_column_text(stmt, i);
	json_t *value =
		json_string(text ? text : ""); /* NULL if it is no UTF-8: not written by us */

	return value ? sel_json_add(obj, f->key, value) : -EUCLEAN;
}

static int add_bytes(json_t *obj, const struct sel_field *f, sqlite3_stmt *stmt, int i)
{
	const char *bytes = sqlite3_column_blob(stmt, i);

	return sel_json_set_bytes(obj, f->key, bytes ? bytes : "",
				  (size_t)sqlite3_column_bytes(stmt, i));
}

static int add_null(json_t *obj, const struct sel_field *f)
{
	int r = sel_json_add(obj, f->key, json_null());

	return r < 0 || !f->unix_key ? r : sel_json_add(obj, f->unix_key, json_null());
}

static int add_column(json_t *obj, const struct sel_field *f, sqlite3_stmt *stmt, int i)
{
	int64_t number = sqlite3_column_int64(stmt, i);

	if (f->type == SEL_FIELD_SKIP)
		return 0;
	if (sqlite3_column_type(stmt, i) == SQLITE_NULL)
		return add_null(obj, f);
	switch (f->type) {
	case SEL_FIELD_SKIP:
		return 0;
	case SEL_FIELD_INT:
		return sel_json_add(obj, f->key, json_integer(number));
	case SEL_FIELD_BOOL:
		return sel_json_add(obj, f->key, json_boolean(number != 0));
	case SEL_FIELD_TEXT:
		return add_text(obj, f, stmt, i);
	case SEL_FIELD_BYTES:
		return add_bytes(obj, f, stmt, i);
	case SEL_FIELD_JSON:
		return add_json(obj, f->key, (const char *)sqlite3_column_text(stmt, i));
	case SEL_FIELD_TIME:
		return sel_json_time(obj, f->key, f->unix_key, number);
	case SEL_FIELD_MSEC:
		return sel_json_add(obj, f->key, json_integer(number / 1000));
	case SEL_FIELD_REAL:
		return sel_json_add(obj, f->key, json_real(sqlite3_column_double(stmt, i)));
	}
	return -EINVAL;
}

int sel_row_add_from(json_t *obj, sqlite3_stmt *stmt, int first, const struct sel_field *fields,
		     size_t n)
{
	int r = 0;

	for (size_t i = 0; i < n && r >= 0; i++)
		r = add_column(obj, &fields[i], stmt, first + (int)i);
	return r;
}

int sel_row_add(json_t *obj, sqlite3_stmt *stmt, const struct sel_field *fields, size_t n)
{
	return sel_row_add_from(obj, stmt, 0, fields, n);
}

int sel_row_object(sqlite3_stmt *stmt, const struct sel_field *fields, size_t n, json_t **ret)
{
	json_auto_t *obj = json_object();
	int r = obj ? sel_json_add(obj, "v", json_integer(1)) : -ENOMEM;

	if (r >= 0)
		r = sel_row_add(obj, stmt, fields, n);
	if (r >= 0)
		*ret = sel_steal_ptr(&obj);
	return r;
}

const char *sel_rule_state(sqlite3_stmt *stmt, usec_t now)
{
	enum { EXPIRES = 8, REVOKED = 11, SESSION_END = 13 };

	if (sqlite3_column_type(stmt, REVOKED) != SQLITE_NULL)
		return "revoked";
	if (sqlite3_column_type(stmt, EXPIRES) != SQLITE_NULL &&
	    (usec_t)sqlite3_column_int64(stmt, EXPIRES) <= now)
		return "expired";
	return sqlite3_column_type(stmt, SESSION_END) != SQLITE_NULL ? "ended" : "alive";
}

int sel_filter_session(struct sel_store *s, const struct sel_filter *f, char **ret)
{
	bool last = f->session && strcmp(f->session, "last") == 0;
	_cleanup_query_ struct sel_query q = {0};
	int r;

	*ret = NULL;
	if (!f->session)
		return 0;
	sel_query_init(&q, s, last ? STMT_SESSION_LAST : STMT_SESSION_EXISTS);
	if (!last)
		sel_bind_text(&q, f->session);
	r = sel_query_step(&q);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	*ret = strdup((const char *)sqlite3_column_text(q.stmt, 0));
	return *ret ? 0 : -ENOMEM;
}
