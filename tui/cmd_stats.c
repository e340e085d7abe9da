#include "commands.h"
#include "view_report.h"
#include "view_stats.h"
#include "view_table.h"

#include "seldom/text.h"

#include <fcntl.h>
#include <langinfo.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

struct stats_options {
	bool json, plain;
	const char *session, *since, *by, *html, *prometheus;
};
#define AT(field) offsetof(struct stats_options, field)
static const struct sel_option rows[] = {
	{"json", 0, SEL_OPT_FLAG, NULL, "as one JSON object; with --by one a line", AT(json), 0},
	{"plain", 0, SEL_OPT_FLAG, NULL, "with --by: tab-separated, no header", AT(plain), 0},
	{"session", 0, SEL_OPT_STRING, "ID", "only this run, or last", AT(session), 0},
	{"since", 0, SEL_OPT_STRING, "SPAN", "only what is younger (30d, 12h)", AT(since), 0},
	{"by", 0, SEL_OPT_STRING, "WHAT", "a list by project, program or week", AT(by), 0},
	{"html", 0, SEL_OPT_STRING, "FILE", "a page with plots; needs nothing else", AT(html), 0},
	{"prometheus", 0, SEL_OPT_STRING, "FILE", "a text file for a monitor, replaced at once",
	 AT(prometheus), 0},
	{0},
};
const struct sel_usage sel_usage_stats = {
	.name = "stats",
	.synopsis = "[--json] [--session ID|last] [--since SPAN] [--by WHAT]\n"
		    "                    [--html FILE] [--prometheus FILE]",
	.example = "seldom stats --since 30d",
	.does = "Shows how often you were asked, how you answered and how fast, and what was "
		"decided\n"
		"without you. Every share comes with its denominator and a 95 % interval; below "
		"20\n"
		"cases there is no percentage.",
	.options = rows,
	.more = "Exit status: 0, 1 no such session or a file cannot be written, 2 usage.\n",
};

/* --- files ----------------------------------------------------------------------------------- */

static int write_whole(int fd, const char *text)
{
	size_t n = strlen(text);

	while (n) {
		ssize_t w = write(fd, text, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return -errno;
		text += w;
		n -= (size_t)w;
	}
	return 0;
}

/* Whoever reads the file meanwhile reads the old one or the new one, never half of one. A device or
 * a pipe is nothing to put a file in the place of. */
static int replace_file(const char *path, const char *text, mode_t mode)
{
	_cleanup_free_ char *temporary = NULL;
	_cleanup_close_ int fd = -1;
	struct stat st;
	int r;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EEXIST;
	if (asprintf(&temporary, "%s.XXXXXX", path) < 0) {
		temporary = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = write_whole(fd, text);
	if (r >= 0 && fchmod(fd, mode) < 0)
		r = -errno;
	if (r >= 0 && rename(temporary, path) < 0)
		r = -errno;
	if (r < 0)
		(void)unlink(temporary);
	return r;
}

/* Takes the text; "-" is standard output. */
static int file_out(const char *path, char *take, mode_t mode)
{
	int r = !take			 ? -ENOMEM
		: strcmp(path, "-") == 0 ? (fputs(take, stdout) < 0 ? -EIO : 0)
					 : replace_file(path, take, mode);

	free(take);
	return r < 0 ? sel_err(r, "Cannot write '%s'", path) : 0;
}

/* --- lists ----------------------------------------------------------------------------------- */

static const struct {
	const char *word, *list, *key, *title;
} groups[] = {
	{"project", "by_project", "project", "PROJECT"},
	{"program", "by_program", "exe", "PROGRAM"},
	{"week", "by_week", "week", "WEEK OF"},
};

/* The row that is printed: what the report has, and the share in words. */
static json_t *group_row(json_t *item)
{
	json_t *row = json_copy(item);
	json_int_t k = json_integer_value(json_object_get(item, "allowed"));
	json_int_t n = k + json_integer_value(json_object_get(item, "denied"));
	json_t *msec = json_object_get(item, "response_ms");
	char text[128];

	sel_share_of(k > 0 ? (uint64_t)k : 0, n > 0 ? (uint64_t)n : 0, text, sizeof text);
	if (row)
		(void)json_object_set_new(row, "share", json_string(text));
	(void)snprintf(text, sizeof text, "%.1f s", json_number_value(msec) / 1000);
	if (row && json_is_number(msec))
		(void)json_object_set_new(row, "median", json_string(text));
	return row;
}

static int print_by(json_t *stats, size_t g, const struct stats_options *opt)
{
	const struct sel_column columns[] = {
		{groups[g].title, groups[g].key, SEL_CELL_TEXT, true},
		{"ASKED", "asked", SEL_CELL_NUMBER, false},
		{"ALLOWED", "share", SEL_CELL_TEXT, false},
		{"WITHOUT YOU", "automatic", SEL_CELL_NUMBER, false},
		{"MEDIAN", "median", SEL_CELL_TEXT, false},
		{0},
	};
	struct sel_table table = {.format = sel_format_of(opt->json, opt->plain),
				  .columns = columns,
				  .empty = "Nothing was asked."};
	json_t *item;
	size_t i;
	int r = 0;

	json_array_foreach(json_object_get(stats, groups[g].list), i, item)
	{
		json_t *row = opt->json ? json_incref(item) : group_row(item);

		if (r >= 0)
			r = row ? sel_table_row(&table, row) : -ENOMEM;
		json_decref(row);
	}
	(void)sel_table_end(&table);
	return r;
}

static int group_of(const char *word)
{
	for (size_t i = 0; word && i < SEL_N(groups); i++)
		if (strcmp(groups[i].word, word) == 0)
			return (int)i;
	return -1;
}

/* --- the page -------------------------------------------------------------------------------- */

static int terminal_width(void)
{
	struct winsize ws;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) < 0 || ws.ws_col < 20 ? 80
	       : ws.ws_col > 120					   ? 120
									   : ws.ws_col;
}

static int print_page(json_t *stats)
{
	struct sel_lines l;
	int r;

	sel_stats_lines(stats, terminal_width(), strcmp(nl_langinfo(CODESET), "UTF-8") == 0, &l);
	sel_lines_print(&l);
	r = l.failed ? -ENOMEM : 0;
	sel_lines_done(&l);
	return r;
}

static int show(json_t *stats, const struct stats_options *opt, int group)
{
	int r = 0;

	if (opt->html)
		r = file_out(opt->html, sel_stats_html(stats), 0600);
	if (r >= 0 && opt->prometheus)
		r = file_out(opt->prometheus, sel_stats_prometheus(stats), 0644);
	if (r < 0 || opt->html || opt->prometheus)
		return r;
	return group >= 0  ? print_by(stats, (size_t)group, opt)
	       : opt->json ? sel_print_json(stats)
			   : print_page(stats);
}

int sel_cmd_stats(int argc, char **argv)
{
	struct stats_options opt = {0};
	struct sel_filter f = {0};
	struct sel_store *s = NULL;
	json_t *stats = NULL;
	int first = sel_options_parse(&sel_usage_stats, argc, argv, &opt), r, group;

	if (first < 0)
		return sel_options_exit(first);
	f.session = opt.session;
	group = group_of(opt.by);
	if (opt.by && group < 0)
		return sel_usage_error(&sel_usage_stats,
				       "--by: '%s' is none of project, program, week", opt.by);
	if (sel_view_since(&sel_usage_stats, opt.since, &f.since))
		return 2;
	r = sel_view_store(SEL_STORE_READ, &s);
	if (r == 0 && !opt.session)
		/* nothing recorded yet is a state, and has a shape */
		r = sel_store_open(NULL, SEL_STORE_MEMORY, &s, NULL);
	else if (r < 0)
		return 1;
	r = s ? sel_stats_gather(s, &f, &stats) : r < 0 ? r : -ENOENT;
	if (r < 0)
		(void)sel_view_failed(r, &f);
	else
		r = show(stats, &opt, group);
	json_decref(stats);
	sel_store_free(s);
	return r < 0 ? 1 : 0;
}
