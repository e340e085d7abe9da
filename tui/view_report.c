#include "view_report.h"

#include "console_fleet.h"

#include <stdio.h>

#define TREE_DEPTH 12

int sel_view_store(enum sel_store_mode mode, struct sel_store **ret)
{
	_cleanup_free_ char *error = NULL;
	int r = sel_store_open(NULL, mode, ret, &error);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return error ? (sel_err(0, "%s", error), r) : sel_err(r, "Cannot open the store");
	return 1;
}

int sel_view_since(const struct sel_usage *usage, const char *span, usec_t *ret)
{
	usec_t ago = 0, now = sel_now_real();

	*ret = 0;
	if (!span)
		return 0;
	if (sel_parse_span(span, &ago) < 0)
		return sel_usage_error(usage, "'%s' is no span of time (30d, 12h, 90min)", span);
	*ret = ago < now ? now - ago : 0;
	return 0;
}

static int take_session(json_t *row, void *ctx)
{
	char **ret = ctx;

	free(*ret);
	*ret = strdup(sel_json_text(row, "id"));
	return *ret ? 0 : -ENOMEM;
}

int sel_view_session(struct sel_store *s, const char *session, char **ret)
{
	const struct sel_filter f = {.session = session, .limit = 1};
	int r;

	*ret = NULL;
	r = sel_report_sessions(s, &f, take_session, ret);
	return r < 0 ? r : *ret ? 0 : -ENOENT;
}

int sel_view_failed(int r, const struct sel_filter *f)
{
	if (r == -ENOENT && f && f->session)
		(void)sel_err(0, "There is no session '%s'", f->session);
	else
		(void)sel_err(r, "Cannot read the store");
	return 1;
}

static void scalar(const json_t *value)
{
	_cleanup_free_ char *text = NULL;

	if (json_is_string(value))
		text = sel_fleet_safe_text(json_string_value(value));
	else
		text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
	(void)printf("%s\n", text ? text : "?");
}

static bool nested(const json_t *value)
{
	return (json_is_object(value) || json_is_array(value)) &&
	       (json_object_size(value) || json_array_size(value));
}

/* Raw bytes and the version are for programs. */
static bool for_programs(const char *key)
{
	size_t n = strlen(key);

	return (n > 4 && strcmp(key + n - 4, "_b64") == 0) ||
	       (n > 5 && strcmp(key + n - 5, "_unix") == 0) || strcmp(key, "v") == 0 ||
	       strcmp(key, "unix") == 0;
}

static bool words_only(json_t *array)
{
	json_t *item;
	size_t i;

	json_array_foreach(array, i, item) if (!json_is_string(item)) return false;
	return json_is_array(array);
}

static void words(json_t *array)
{
	json_t *item;
	size_t i;

	json_array_foreach(array, i, item)
	{
		_cleanup_free_ char *text = sel_fleet_safe_text(json_string_value(item));

		(void)printf("%s%s", i ? " " : "", text ? text : "?");
	}
	(void)putchar('\n');
}

static void tree_item(const char *name, json_t *value, int indent)
{
	_cleanup_free_ char *safe = sel_fleet_safe_text(name);

	if (json_is_null(value) || (json_is_array(value) && !json_array_size(value)))
		return;
	(void)printf("%*s%-*s ", indent, "", indent < 16 ? 16 - indent : 1, safe ? safe : "?");
	if (words_only(value)) {
		words(value);
	} else if (nested(value)) {
		(void)putchar('\n');
		sel_view_tree(value, indent + 2);
	} else {
		scalar(value);
	}
}

void sel_view_tree(json_t *value, int indent)
{
	const char *key;
	json_t *item;
	size_t i;

	if (indent > 2 * TREE_DEPTH)
		return;
	json_object_foreach(value, key, item) if (!for_programs(key)) tree_item(key, item, indent);
	json_array_foreach(value, i, item)
	{
		char name[24];

		(void)snprintf(name, sizeof name, "%zu", i + 1);
		tree_item(name, item, indent);
	}
}
