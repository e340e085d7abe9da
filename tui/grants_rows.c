#include "grants_rows.h"

#include "grant.h"
#include "seldom/proto.h"
#include "seldom/text.h"

#include <stdio.h>

#define ADMIN_GRANTS "/etc/seldom/grants"

static json_t *grant_row(const struct sel_net_grant *g, const char *path)
{
	const char *where = g->where ? g->where : path;
	bool over = g->expires && g->expires <= sel_now_real();
	char line[SEL_GRANT_LINE_MAX], words[1024];
	json_t *row;

	if (sel_grant_line(g, line, sizeof line) < 0)
		line[0] = '\0';
	sel_grant_words(g, words, sizeof words);
	row = json_pack("{s:i,s:n,s:s,s:s,s:s}", "v", 1, "id", "name", g->name, "words", words,
			"state", over ? "expired" : "alive");
	if (!row)
		return NULL;
	(void)sel_json_set_bytes(row, "object", line, strlen(line));
	(void)sel_json_set_bytes(row, "from", where, strlen(where));
	if (g->expires && g->expires != USEC_INFINITY)
		(void)json_object_set_new(row, "expires_unix",
					  json_integer((json_int_t)(g->expires / USEC_PER_SEC)));
	return row;
}

static int file_rows(const char *path, enum sel_grant_from from, sel_row_fn fn, void *ctx,
		     char **ret_error)
{
	struct sel_net_grant *list = NULL;
	size_t n = 0;
	int r = sel_grants_read(path, from, sel_now_real(), &list, &n, ret_error);

	if (r < 0 && !*ret_error && asprintf(ret_error, "Cannot read '%s'", path) < 0)
		*ret_error = NULL;
	r = r < 0 ? r : 0;
	for (size_t i = 0; r == 0 && i < n; i++) {
		json_auto_t *row = grant_row(&list[i], path);

		r = row ? fn(row, ctx) : -ENOMEM;
	}
	sel_net_grants_free(list, n);
	return r;
}

int sel_grants_file_rows(sel_row_fn fn, void *ctx, char **ret_error)
{
	_cleanup_free_ char *dir = NULL, *path = NULL;
	int r;

	*ret_error = NULL;
	r = file_rows(ADMIN_GRANTS, SEL_GRANT_ADMIN, fn, ctx, ret_error);
	if (r != 0 || sel_config_dir(&dir) < 0 || asprintf(&path, "%s/grants", dir) < 0)
		return r;
	return file_rows(path, SEL_GRANT_FILE, fn, ctx, ret_error);
}
