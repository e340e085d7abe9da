#include "view_report.h"

#include "console_fleet.h"
#include "question.h"
#include "seldom/text.h"

#include <limits.h>
#include <stdio.h>

#define TREE_DEPTH  12
#define TREE_COLUMN 17 /* of a value beside its name */

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

static char *scalar(const json_t *value)
{
	if (json_is_string(value))
		return sel_fleet_safe_text(json_string_value(value));
	return json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
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

static char *words(json_t *array)
{
	char *out = strdup("");
	json_t *item;
	size_t i;

	json_array_foreach(array, i, item)
	{
		_cleanup_free_ char *text = sel_fleet_safe_text(json_string_value(item));
		char *grown;

		if (!out || asprintf(&grown, "%s%s%s", out, i ? " " : "", text ? text : "?") < 0)
			grown = NULL;
		free(out);
		out = grown;
	}
	return out;
}

struct tree {
	struct sel_lines *l;
	int row, width;
};

static void tree_value(struct tree *t, json_t *value, const char *skip, int indent);

/* "name  value", the value below and further in if it has parts. */
static void tree_item(struct tree *t, const char *name, json_t *value, int indent)
{
	_cleanup_free_ char *safe = sel_fleet_safe_text(name), *text = NULL;
	int col = indent + (safe ? sel_text_columns(safe) : 1) + 1;

	if (json_is_null(value) || (json_is_array(value) && !json_array_size(value)))
		return;
	col = col < TREE_COLUMN ? TREE_COLUMN : col;
	if (nested(value) && !words_only(value)) {
		t->row = sel_lines_wrap(t->l, t->row, indent, t->width, SEL_ROLE_DIM,
					safe ? safe : "?");
		tree_value(t, value, NULL, indent + 2);
		return;
	}
	text = words_only(value) ? words(value) : scalar(value);
	(void)sel_lines_wrap(t->l, t->row, indent, t->width, SEL_ROLE_DIM, safe ? safe : "?");
	t->row = sel_lines_wrap(t->l, t->row, col, t->width, SEL_ROLE_NORMAL, text ? text : "?");
}

static void tree_value(struct tree *t, json_t *value, const char *skip, int indent)
{
	const char *key;
	json_t *item;
	size_t i;

	if (indent > 2 * TREE_DEPTH)
		return;
	json_object_foreach(value, key,
			    item) if (!for_programs(key) && (!skip || strcmp(skip, key) != 0))
		tree_item(t, key, item, indent);
	json_array_foreach(value, i, item)
	{
		char name[24];

		(void)snprintf(name, sizeof name, "%zu", i + 1);
		tree_item(t, name, item, indent);
	}
}

int sel_tree_lines(json_t *value, const char *skip, int indent, int row, int width,
		   struct sel_lines *l)
{
	struct tree t = {l, row, width};

	tree_value(&t, value, skip, indent);
	return t.row;
}

void sel_lines_print(const struct sel_lines *l)
{
	size_t at = 0;

	/* spans come in the order of rows, and of columns within one */
	for (int row = 0; row < l->rows; row++) {
		int col = 0;

		for (; at < l->n && l->spans[at].row == row; at++) {
			const struct sel_span *s = &l->spans[at];

			(void)printf("%*s%s", s->col > col ? s->col - col : 0, "", s->text);
			col = (s->col > col ? s->col : col) + sel_text_columns(s->text);
		}
		(void)putchar('\n');
	}
}

void sel_view_tree(json_t *value, int indent)
{
	struct sel_lines l = {0};

	(void)sel_tree_lines(value, NULL, indent, 0, INT_MAX, &l);
	sel_lines_print(&l);
	sel_lines_done(&l);
}
