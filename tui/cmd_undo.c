#include "commands.h"
#include "console_fleet.h"
#include "seldom/text.h"
#include "undo.h"
#include "undo_rows.h"
#include "view_table.h"

#include <limits.h>
#include <stdio.h>

struct undo_options {
	bool json, plain, list, prune, dry_run, yes, force;
	const char *session;
	struct sel_list paths;
};
#define AT(field) offsetof(struct undo_options, field)
static const struct sel_option rows[] = {
	{"session", 0, SEL_OPT_STRING, "ID", "this run, not the last one", AT(session), 0},
	{"path", 0, SEL_OPT_LIST, "PATH", "only this, or what is below it; may be repeated",
	 AT(paths), 0},
	{"dry-run", 'n', SEL_OPT_FLAG, NULL, "change nothing; show what would differ", AT(dry_run),
	 0},
	{"yes", 'y', SEL_OPT_FLAG, NULL, "do not ask", AT(yes), 0},
	{"force", 0, SEL_OPT_FLAG, NULL, "also what was changed after the run", AT(force), 0},
	{"list", 0, SEL_OPT_FLAG, NULL, "list the runs that kept something", AT(list), 0},
	{"prune", 0, SEL_OPT_FLAG, NULL, "remove what is older than 30 days or over 4 GiB in all",
	 AT(prune), 0},
	{"json", 0, SEL_OPT_FLAG, NULL, "one JSON object a line", AT(json), 0},
	{"plain", 0, SEL_OPT_FLAG, NULL, "tab-separated, no header", AT(plain), 0},
	{0},
};
const struct sel_usage sel_usage_undo = {
	.name = "undo",
	.synopsis = "[--session ID] [--path PATH]... [--dry-run|--yes] [--force]\n"
		    "       seldom undo --list | --prune",
	.example = "seldom undo --path src --dry-run",
	.does = "Brings back what a run overwrote, removed, renamed or replaced, as it was before "
		"the\nrun. What the run created stays. Shows the list and asks first.",
	.options = rows,
	.more = "What was changed after the run is a conflict: shown, and left alone without "
		"--force.\nWhat an undo replaces is kept, too: seldom undo --list shows it as a "
		"run of its own.\n"
		"Exit status: 0, 1 something was not brought back, 2 usage.\n",
};

static const struct sel_column columns[] = {
	{"WAS", "was", SEL_CELL_TEXT, false},
	{"PATH", "path", SEL_CELL_TEXT, true},
	{"NOW", "to", SEL_CELL_TEXT, true},
	{"BYTES", "size", SEL_CELL_NUMBER, false},
	{"STATE", "state", SEL_CELL_TEXT, false},
	{"BECAUSE", "because", SEL_CELL_TEXT, true},
	{0},
};
static const struct sel_column session_columns[] = {
	{"ID", "id", SEL_CELL_TEXT, false},
	{"STARTED", "started_unix", SEL_CELL_TIME, false},
	{"STATE", "state", SEL_CELL_TEXT, false},
	{"CHANGES", "files", SEL_CELL_NUMBER, false},
	{"BYTES", "bytes", SEL_CELL_NUMBER, false},
	{0},
};

/* --- what is asked for
 * ------------------------------------------------------------------------------- */

struct wanted {
	uint64_t n;
	enum sel_undo_state state;
	mode_t mode;
	char *path, *now, *kept;
	json_t *row;
};
struct list {
	struct sel_undo_plan *plan;
	char **below; /* canonical; NULL-terminated; NULL: all */
	struct wanted *w;
	size_t n;
	size_t ready, conflicts, lost;
	size_t again; /* brought back once, and something else now */
};

static bool is_below(const char *path, const char *dir)
{
	size_t n = strcmp(dir, "/") == 0 ? 0 : strlen(dir);

	return path && strncmp(path, dir, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

static bool asked_for(const struct list *l, const struct sel_undo_entry *e)
{
	if (!l->below)
		return true;
	for (char **dir = l->below; *dir; dir++)
		if (is_below(e->path, *dir) || is_below(e->to, *dir))
			return true;
	return false;
}

static bool same_content(int a, int b)
{
	char x[8192], y[8192];
	ssize_t n, m;

	do {
		n = read(a, x, sizeof x);
		m = read(b, y, sizeof y);
	} while (n > 0 && n == m && memcmp(x, y, (size_t)n) == 0);
	return n == 0 && m == 0;
}

/* What an undo brought back counts as done; another undo, or a later run, may have changed it. */
static bool differs(const struct sel_undo_entry *e)
{
	_cleanup_close_ int now = sel_undo_open(e->path),
			    kept = e->kept ? sel_undo_open(e->kept) : -1;
	struct stat st;

	if (!S_ISREG(e->mode))
		return false;
	if (now < 0 || fstat(now, &st) < 0)
		return now < 0 && errno == ENOENT;
	return (uint64_t)st.st_size != e->size || (kept >= 0 && !same_content(now, kept));
}

static int on_entry(const struct sel_undo_entry *e, void *ctx)
{
	struct list *l = ctx;
	struct wanted *grown, *w;

	if (!asked_for(l, e))
		return 0;
	if (e->state == SEL_UNDO_SAME) {
		l->again += differs(e);
		return 0;
	}
	grown = reallocarray(l->w, l->n + 1, sizeof *grown);
	if (!grown)
		return -ENOMEM;
	l->w = grown;
	w = &grown[l->n];
	*w = (struct wanted){.n = e->n,
			     .state = e->state,
			     .mode = e->mode,
			     .path = strdup(e->path),
			     .now = strdup(e->to ? e->to : e->path),
			     .kept = e->kept ? strdup(e->kept) : NULL,
			     .row = sel_undo_row(l->plan, e)};
	l->n++;
	if (!w->path || !w->now || !w->row || (e->kept && !w->kept))
		return -ENOMEM;
	l->ready += e->state == SEL_UNDO_READY;
	l->conflicts += e->state == SEL_UNDO_CONFLICT;
	l->lost += e->state == SEL_UNDO_LOST;
	return 0;
}

static void list_done(struct list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->w[i].path);
		free(l->w[i].now);
		free(l->w[i].kept);
		json_decref(l->w[i].row);
	}
	free(l->w);
	for (char **p = l->below; p && *p; p++)
		free(*p);
	free(l->below);
	sel_undo_plan_free(l->plan);
}

/* What was removed has no path to follow: as far as it exists, then by its letters. */
static char *canonical(const char *path)
{
	_cleanup_free_ char *copy = NULL, *above = NULL;
	char cwd[PATH_MAX], *slash, *ret = realpath(path, NULL);

	if (ret)
		return ret;
	if (path[0] != '/' && !getcwd(cwd, sizeof cwd))
		return NULL;
	if (asprintf(&copy, "%s%s%s", path[0] == '/' ? "" : cwd, path[0] == '/' ? "" : "/", path) <
	    0)
		return copy = NULL;
	for (size_t n = strlen(copy); n > 1 && copy[n - 1] == '/';)
		copy[--n] = '\0';
	slash = strrchr(copy, '/');
	if (slash == copy)
		return strdup(copy);
	*slash = '\0';
	above = canonical(copy);
	if (!above || strcmp(slash + 1, ".") == 0)
		return sel_steal_ptr(&above);
	return asprintf(&ret, "%s/%s", strcmp(above, "/") == 0 ? "" : above, slash + 1) < 0 ? NULL
											    : ret;
}

static int list_read(struct list *l, const struct undo_options *opt)
{
	int r;

	if (opt->paths.n && !(l->below = calloc(opt->paths.n + 1, sizeof *l->below)))
		return -ENOMEM;
	for (size_t i = 0; i < opt->paths.n; i++)
		if (!(l->below[i] = canonical(opt->paths.v[i])))
			return -ENOMEM;
	r = sel_undo_plan_read(NULL, opt->session ? opt->session : "last", &l->plan);
	return r < 0 ? r : sel_undo_plan_each(l->plan, on_entry, l);
}

/* --- differences
 * --------------------------------------------------------------------------------------- */

static int print_line(const char *line, void *ctx)
{
	(void)ctx;
	return puts(line) < 0 ? -EIO : 0;
}

static void show_difference(const struct wanted *w, bool *no_diff)
{
	_cleanup_free_ char *safe = sel_text_dup(w->path, strlen(w->path));
	_cleanup_close_ int now = sel_undo_open(w->now),
			    before = w->kept ? sel_undo_open(w->kept) : -1;

	if (before < 0 || !S_ISREG(w->mode) || !safe)
		return;
	(void)putchar('\n');
	if (sel_undo_binary(now) || sel_undo_binary(before))
		(void)printf("%s: binary, not shown\n", safe);
	else if (*no_diff || (*no_diff = sel_undo_diff(now, before, safe, print_line, NULL) == 127))
		(void)printf("%s: differs\n", safe);
}

/* --- showing and doing
 * ----------------------------------------------------------------------------------- */

/* The undo that was the last: what it replaced can be had back from it. */
static int newest_undo(const struct sel_undo_session *s, void *ctx)
{
	char **ret = ctx;

	if (strncmp(s->id, SEL_UNDO_BACKUP, strlen(SEL_UNDO_BACKUP)) != 0)
		return 0;
	*ret = strdup(s->id);
	return *ret ? 1 : -ENOMEM;
}

static void say_again(const struct list *l)
{
	_cleanup_free_ char *undo = NULL;

	(void)printf("Nothing left to bring back: %zu brought back before changed again since.\n",
		     l->again);
	if (sel_undo_sessions(NULL, newest_undo, &undo) > 0)
		(void)printf("If an undo changed it: seldom undo --session %s\n", undo);
}

static void show(const struct list *l, const struct undo_options *opt)
{
	bool again = !l->n && l->again && !opt->json && !opt->plain;
	struct sel_table table = {.format = sel_format_of(opt->json, opt->plain),
				  .columns = columns,
				  .empty = "Nothing to bring back: all is as it was."};
	bool no_diff = false;

	if (again) {
		say_again(l);
		return;
	}
	for (size_t i = 0; i < l->n; i++)
		(void)sel_table_row(&table, l->w[i].row);
	(void)sel_table_end(&table);
	if (!opt->dry_run || opt->json || opt->plain)
		return;
	for (size_t i = 0; i < l->n; i++)
		if (l->w[i].state != SEL_UNDO_LOST)
			show_difference(&l->w[i], &no_diff);
	if (no_diff)
		(void)sel_warn(0, "No 'diff' was found; install diffutils to see differences");
}

static bool confirmed(const struct list *l, const struct undo_options *opt)
{
	char answer[16];
	size_t n = l->ready + (opt->force ? l->conflicts : 0);

	if (opt->yes || !n)
		return true;
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		(void)sel_err(0, "Nothing was changed: add --yes to bring it back");
		return false;
	}
	(void)printf("Bring back %zu of run %s? [y/N] ", n, sel_undo_plan_session(l->plan));
	(void)fflush(stdout);
	if (!fgets(answer, sizeof answer, stdin))
		return false;
	return strcmp(answer, "y\n") == 0 || strcmp(answer, "yes\n") == 0;
}

static void report(const struct wanted *w, int r, const struct undo_options *opt)
{
	_cleanup_free_ char *safe = sel_text_dup(w->path, strlen(w->path));

	if (opt->json) {
		(void)json_object_set_new(w->row, "result",
					  json_string(r >= 0 ? "done" : "failed"));
		if (r < 0)
			(void)json_object_set_new(w->row, "error",
						  json_string(sel_undo_failure(r)));
		(void)sel_print_json(w->row);
	} else if (r < 0) {
		(void)sel_err(0, "Cannot bring back '%s': %s", safe ? safe : "?",
			      sel_undo_failure(r));
	}
}

static int bring_back(struct list *l, const struct undo_options *opt)
{
	const char *backup;
	size_t done = 0, failed = 0;

	for (size_t i = 0; i < l->n; i++) {
		struct wanted *w = &l->w[i];
		int r;

		if (w->state == SEL_UNDO_LOST || (w->state == SEL_UNDO_CONFLICT && !opt->force))
			continue;
		r = sel_undo_restore(l->plan, w->n, opt->force);
		if (r == -EBUSY)
			return sel_err(0,
				       "Run %s is going on (or another undo of it); end it first",
				       sel_undo_plan_session(l->plan)),
			       1;
		report(w, r, opt);
		done += r >= 0;
		failed += r < 0;
	}
	backup = done ? sel_undo_plan_backup(l->plan) : NULL;
	if (opt->json)
		(void)printf("{\"v\":1,\"session\":\"%s\",\"done\":%zu,\"failed\":%zu,"
			     "\"conflicts\":%zu,\"lost\":%zu,\"backup\":\"%s\"}\n",
			     sel_undo_plan_session(l->plan), done, failed,
			     opt->force ? 0 : l->conflicts, l->lost, backup ? backup : "");
	else
		(void)printf("%zu brought back\n", done);
	if (!opt->force && l->conflicts)
		(void)sel_err(
			0,
			"%zu left alone: changed after the run. 'seldom undo --dry-run' shows "
			"the difference, --force brings back these, too",
			l->conflicts);
	if (backup && !opt->json)
		(void)printf("To take this back: seldom undo --session %s\n", backup);
	return failed || l->lost || (!opt->force && l->conflicts) ? 1 : 0;
}

static int undo(const struct undo_options *opt)
{
	struct list l = {0};
	int r = list_read(&l, opt), code = 0;

	if (r == -ENOENT && !opt->session) {
		if (!opt->json && !opt->plain)
			(void)puts("Nothing to bring back: no run changed what was there before.");
	} else if (r == -ENOENT) {
		(void)sel_err(0,
			      "There is no run '%s' that kept something; 'seldom undo --list' "
			      "shows them",
			      opt->session);
		code = 1;
	} else if (r < 0) {
		(void)sel_err(r, "Cannot read what was kept");
		code = 1;
	} else {
		if (!opt->json || !opt->yes)
			show(&l, opt);
		if (!opt->dry_run && (l.ready || l.conflicts || opt->yes) &&
		    (!opt->json || opt->yes))
			code = confirmed(&l, opt) ? bring_back(&l, opt) : 1;
	}
	list_done(&l);
	return code;
}

static int on_session(const struct sel_undo_session *s, void *ctx)
{
	json_t *row = json_pack("{s:i,s:s,s:I,s:s,s:I,s:I}", "v", 1, "id", s->id, "started_unix",
				(json_int_t)(s->started / USEC_PER_SEC), "state",
				s->running ? "running"
				: s->ended ? "ended"
					   : "killed",
				"files", (json_int_t)s->files, "bytes", (json_int_t)s->bytes);
	int r = row ? sel_table_row(ctx, row) : -ENOMEM;

	json_decref(row);
	return r;
}

static int list_sessions(const struct undo_options *opt)
{
	struct sel_table table = {.format = sel_format_of(opt->json, opt->plain),
				  .columns = session_columns,
				  .empty = "No run changed what was there before."};
	int r = sel_undo_sessions(NULL, on_session, &table);

	(void)sel_table_end(&table);
	return r < 0 ? (sel_err(r, "Cannot read what was kept"), 1) : 0;
}

static int prune(const struct undo_options *opt)
{
	int r = sel_undo_prune_to(NULL, sel_now_real(), SEL_UNDO_DAYS * 24 * 3600 * USEC_PER_SEC,
				  SEL_UNDO_TOTAL_MAX);

	if (r < 0)
		return sel_err(r, "Cannot remove what was kept"), 1;
	(void)printf(opt->json ? "{\"v\":1,\"removed\":%d}\n" : "%d removed\n", r);
	return 0;
}

int sel_cmd_undo(int argc, char **argv)
{
	struct undo_options opt = {0};
	int first = sel_options_parse(&sel_usage_undo, argc, argv, &opt), code;

	if (first < 0)
		return sel_options_exit(first);
	if (opt.list + opt.prune > 1 || ((opt.list || opt.prune) && (opt.session || opt.paths.n)))
		code = sel_usage_error(&sel_usage_undo, "--list and --prune stand alone");
	else if (opt.dry_run && opt.yes)
		code = sel_usage_error(&sel_usage_undo, "--dry-run or --yes, not both");
	else
		code = opt.list ? list_sessions(&opt) : opt.prune ? prune(&opt) : undo(&opt);
	sel_list_done(&opt.paths);
	return code;
}
