#include "view_table.h"

#include "console_fleet.h"
#include "seldom/text.h"

#include <langinfo.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>

#define COLUMNS_MAX   16
#define STRETCH_LEAST 12

enum sel_format sel_format_of(bool json, bool plain)
{
	return json ? SEL_FORMAT_JSON : plain ? SEL_FORMAT_PLAIN : SEL_FORMAT_TABLE;
}

/* --- cells ----------------------------------------------------------------------------------- */

static json_t *path_one(json_t *object, const char *path, size_t n)
{
	while (object && n > 0) {
		const char *dot = memchr(path, '.', n);
		size_t len = dot ? (size_t)(dot - path) : n;
		char key[64];

		if (len >= sizeof key)
			return NULL;
		memcpy(key, path, len);
		key[len] = '\0';
		object = json_object_get(object, key);
		path += len + (dot ? 1 : 0);
		n -= len + (dot ? 1 : 0);
	}
	return object;
}

json_t *sel_json_path(json_t *object, const char *path)
{
	for (;;) {
		size_t n = strcspn(path, "|");
		json_t *found = path_one(object, path, n);

		if (found && !json_is_null(found))
			return found;
		if (!path[n])
			return NULL;
		path += n + 1;
	}
}

void sel_span_text(long long msec, char *out, size_t cap)
{
	long long s = msec > 0 ? msec / 1000 : 0;

	if (s >= 48 * 3600)
		(void)snprintf(out, cap, "%lld d", s / 86400);
	else if (s >= 3600)
		(void)snprintf(out, cap, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
	else
		(void)snprintf(out, cap, "%lld:%02lld", s / 60, s % 60);
}

static int time_text(json_int_t at, bool plain, char **ret)
{
	/* seconds until the year 5138, microseconds since 1973 */
	time_t seconds = (time_t)(at > 100000000000 ? at / 1000000 : at);
	struct tm tm;
	char buf[64] = "";

	if (at > 0 && localtime_r(&seconds, &tm) &&
	    strftime(buf, sizeof buf, plain ? "%Y-%m-%dT%H:%M:%S%z" : "%m-%d %H:%M:%S", &tm) == 0)
		buf[0] = '\0';
	*ret = strdup(buf);
	return *ret ? 0 : -ENOMEM;
}

static int join_text(json_t *array, char **ret)
{
	char *out = strdup("");
	json_t *item;
	size_t i;

	json_array_foreach(array, i, item)
	{
		const char *s = json_string_value(item);
		char *grown;

		if (!out || asprintf(&grown, "%s%s%s", out, i ? " " : "", s ? s : "?") < 0)
			grown = NULL;
		free(out);
		out = grown;
	}
	*ret = out;
	return out ? 0 : -ENOMEM;
}

static int text_text(json_t *value, char **ret)
{
	if (json_is_array(value))
		return join_text(value, ret);
	if (json_is_string(value))
		*ret = strdup(json_string_value(value));
	else if (json_is_integer(value))
		return asprintf(ret, "%" JSON_INTEGER_FORMAT, json_integer_value(value)) < 0
			       ? -ENOMEM
			       : 0;
	else if (json_is_boolean(value))
		*ret = strdup(json_is_true(value) ? "yes" : "no");
	else
		*ret = strdup("");
	return *ret ? 0 : -ENOMEM;
}

static int span_cell(json_t *value, bool plain, char **ret)
{
	char buf[32];

	if (plain || !json_is_number(value))
		return text_text(value, ret);
	sel_span_text((long long)json_number_value(value), buf, sizeof buf);
	*ret = strdup(buf);
	return *ret ? 0 : -ENOMEM;
}

int sel_cell_text(const struct sel_column *column, json_t *row, bool plain, char **ret)
{
	json_t *value = sel_json_path(row, column->path);

	switch (column->cell) {
	case SEL_CELL_TIME:
		return time_text(json_integer_value(value), plain, ret);
	case SEL_CELL_MSEC:
		return span_cell(value, plain, ret);
	case SEL_CELL_TIER:
		if (json_is_integer(value))
			return asprintf(ret, "T%" JSON_INTEGER_FORMAT, json_integer_value(value)) <
					       0
				       ? -ENOMEM
				       : 0;
		return text_text(value, ret);
	case SEL_CELL_YES:
		*ret = strdup(json_is_true(value) ? "yes" : "");
		return *ret ? 0 : -ENOMEM;
	case SEL_CELL_TEXT:
	case SEL_CELL_NUMBER:
		break;
	}
	return text_text(value, ret);
}

/* --- rows ------------------------------------------------------------------------------------ */

int sel_print_json(json_t *object)
{
	json_t *out = json_pack("{s:i}", "v", 1);
	char *text = NULL;
	int r = -ENOMEM;

	if (out && json_object_update(out, object) == 0 && sel_fleet_safe(out) >= 0)
		text = json_dumps(out, JSON_COMPACT | JSON_REAL_PRECISION(12));
	if (text)
		r = puts(text) < 0 ? -EIO : 0;
	free(text);
	json_decref(out);
	return r;
}

static size_t columns_n(const struct sel_table *t)
{
	size_t n = 0;

	while (n < COLUMNS_MAX && t->columns[n].title)
		n++;
	return n;
}

static void cells_free(char **cells, size_t n)
{
	for (size_t i = 0; cells && i < n; i++)
		free(cells[i]);
	free(cells);
}

/* Reports come from the store, where what is text was bytes of a stranger once. */
static char **cells_of(const struct sel_table *t, json_t *row)
{
	size_t n = columns_n(t);
	char **cells = calloc(n, sizeof *cells);

	for (size_t i = 0; cells && i < n; i++) {
		_cleanup_free_ char *raw = NULL;

		if (sel_cell_text(&t->columns[i], row, t->format == SEL_FORMAT_PLAIN, &raw) < 0 ||
		    !(cells[i] = sel_fleet_safe_text(raw))) {
			cells_free(cells, i);
			return NULL;
		}
	}
	return cells;
}

static void print_plain(const struct sel_table *t, char **cells)
{
	for (size_t i = 0; i < columns_n(t); i++)
		(void)printf("%s%s", i ? "\t" : "", cells[i]);
	(void)putchar('\n');
}

int sel_table_row(struct sel_table *t, json_t *row)
{
	char **cells, ***grown;

	if (t->format == SEL_FORMAT_JSON)
		return sel_print_json(row);
	cells = cells_of(t, row);
	if (!cells)
		return -ENOMEM;
	if (t->format == SEL_FORMAT_PLAIN) {
		print_plain(t, cells);
		cells_free(cells, columns_n(t));
		return 0;
	}
	grown = reallocarray(t->rows, t->n + 1, sizeof *grown);
	if (!grown) {
		cells_free(cells, columns_n(t));
		return -ENOMEM;
	}
	t->rows = grown;
	grown[t->n++] = cells;
	return 0;
}

/* --- the table ------------------------------------------------------------------------------- */

static int width_of(const char *text)
{
	int w = sel_text_columns(text);

	return w < 0 ? (int)strlen(text) : w;
}

/* 0: no terminal, nothing is shortened. */
static int terminal_columns(void)
{
	struct winsize ws;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) < 0 || ws.ws_col == 0)
		return 0;
	return ws.ws_col;
}

static void fit(const struct sel_table *t, int *width)
{
	int terminal = terminal_columns(), total = 0, stretching = 0, over;
	size_t n = columns_n(t);

	for (size_t i = 0; i < n; i++) {
		total += width[i] + (i ? 2 : 0);
		stretching += t->columns[i].stretch;
	}
	if (!terminal)
		return;
	/* the widest gives first, a column at a time: few columns, short lines */
	for (over = total - terminal; over > 0 && stretching; over--) {
		size_t widest = n;

		for (size_t i = 0; i < n; i++)
			if (t->columns[i].stretch && width[i] > STRETCH_LEAST &&
			    (widest == n || width[i] > width[widest]))
				widest = i;
		if (widest == n)
			return;
		width[widest]--;
	}
}

static void print_cell(const struct sel_column *column, const char *text, int width, bool last)
{
	bool right = column->cell == SEL_CELL_NUMBER || column->cell == SEL_CELL_MSEC;
	size_t cap = strlen(text) + 8;
	_cleanup_free_ char *cut = malloc(cap);
	int pad;

	if (!cut)
		return;
	(void)sel_text_elide(text, width, strcmp(nl_langinfo(CODESET), "UTF-8") == 0, cut, cap);
	pad = width - width_of(cut);
	if (pad < 0)
		pad = 0;
	(void)printf("%*s%s%*s", right ? pad : 0, "", cut, right || last ? 0 : pad, "");
}

static void print_row(const struct sel_table *t, char **cells, const int *width)
{
	size_t n = columns_n(t);

	for (size_t i = 0; i < n; i++) {
		(void)fputs(i ? "  " : "", stdout);
		print_cell(&t->columns[i], cells ? cells[i] : t->columns[i].title, width[i],
			   i + 1 == n);
	}
	(void)putchar('\n');
}

static void print_table(const struct sel_table *t)
{
	int width[COLUMNS_MAX] = {0};

	for (size_t i = 0; i < columns_n(t); i++) {
		width[i] = width_of(t->columns[i].title);
		for (size_t j = 0; j < t->n; j++)
			if (width_of(t->rows[j][i]) > width[i])
				width[i] = width_of(t->rows[j][i]);
	}
	fit(t, width);
	print_row(t, NULL, width);
	for (size_t j = 0; j < t->n; j++)
		print_row(t, t->rows[j], width);
}

int sel_table_end(struct sel_table *t)
{
	if (t->format == SEL_FORMAT_TABLE && t->n > 0)
		print_table(t);
	else if (t->format == SEL_FORMAT_TABLE && t->empty)
		(void)puts(t->empty);
	for (size_t j = 0; j < t->n; j++)
		cells_free(t->rows[j], columns_n(t));
	free(t->rows);
	t->rows = NULL;
	t->n = 0;
	return 0;
}
