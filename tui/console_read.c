/* What the reader's thread does: the functions of the commands, their rows as the views want them.
 */
#include "console_reader.h"
#include "console_view.h"

#include "console_fleet.h"
#include "grants_add.h"
#include "grants_rows.h"
#include "rules_proposals.h"
#include "seldom/text.h"
#include "undo_rows.h"
#include "view_stats.h"

#include <stdio.h>

#define SAY_EVERY  (100 * USEC_PER_MSEC) /* how far a search got */
#define PLAN_ROWS  4096
#define DIFF_LINES 2000
#define SESSIONS   500

struct list {
	json_t *rows;
	const struct sel_want *want;
	const atomic_bool *cancel;
	uint64_t looked;
};

static json_t *list_object(json_t *take, bool more)
{
	return take ? json_pack("{s:o, s:b}", "rows", take, "more", more) : NULL;
}

/* Oldest first as it comes; a copy of the array, newest first. */
static json_t *reversed(json_t *rows)
{
	json_t *out = json_array();

	for (size_t i = json_array_size(rows); out && i-- > 0;)
		if (json_array_append(out, json_array_get(rows, i)) < 0) {
			json_decref(out);
			return NULL;
		}
	return out;
}

static int keep_row(json_t *row, void *ctx)
{
	struct list *l = ctx;

	l->looked++;
	return *l->cancel ? -ECANCELED : json_array_append(l->rows, row) < 0 ? -ENOMEM : 0;
}

/* --- sessions ----------------------------------------------------------------------------------
 */

static int read_sessions(struct sel_store *s, struct list *l, json_t **ret)
{
	const struct sel_filter f = {.limit = l->want->rows};
	int r = sel_report_sessions(s, &f, keep_row, l);

	if (r < 0)
		return r;
	*ret = list_object(reversed(l->rows), l->looked >= l->want->rows);
	return 0;
}

/* --- the log -----------------------------------------------------------------------------------
 */

struct search {
	const struct sel_want *want;
	const atomic_bool *cancel;
	sel_part_fn part;
	void *part_ctx;
	json_t *rows; /* newest first */
	uint64_t looked, of;
	usec_t said;
};

static int search_row(json_t *row, void *ctx)
{
	struct search *s = ctx;

	return *s->cancel ? -ECANCELED : json_array_append(s->rows, row) < 0 ? -ENOMEM : 0;
}

/* Takes `rows`. The filter goes along: what was found under another one is not this. */
static json_t *search_object(const struct search *s, json_t *rows, bool more)
{
	json_t *o = list_object(rows, more);

	if (o && s->want->filter[0])
		(void)json_object_set_new(o, "filter", json_string(s->want->filter));
	if (o && s->looked)
		(void)json_object_set_new(o, "looked", json_integer((json_int_t)s->looked));
	if (o && s->looked && s->of)
		(void)json_object_set_new(o, "of", json_integer((json_int_t)s->of));
	return o;
}

/* Whoever gets a part changes its texts: it is a copy. */
static int search_looked(uint64_t rows, uint64_t of, void *ctx)
{
	struct search *s = ctx;
	usec_t now = sel_now_monotonic();

	s->looked = rows;
	s->of = of;
	if (*s->cancel)
		return -ECANCELED;
	if (now - s->said < SAY_EVERY)
		return 0;
	s->said = now;
	s->part(search_object(s, json_deep_copy(s->rows), true), s->part_ctx);
	return 0;
}

static int search_log(struct sel_store *store, const struct sel_filter *f, struct search *s,
		      json_t **ret)
{
	int r = sel_search_log(store, f, search_row, search_looked, s);

	s->looked = 0; /* all of it */
	if (r >= 0)
		*ret = search_object(s, json_incref(s->rows), json_array_size(s->rows) >= f->limit);
	return r;
}

/* The newest rows; a search says now and then what it found so far. */
static int read_log(struct sel_store *store, struct list *l, sel_part_fn part, void *ctx,
		    json_t **ret)
{
	const struct sel_want *want = l->want;
	const struct sel_filter f = {.session = want->id[0] ? want->id : NULL,
				     .limit = want->rows,
				     .rule = want->rule,
				     .contains = want->filter};
	struct search s = {.want = want,
			   .cancel = l->cancel,
			   .part = part,
			   .part_ctx = ctx,
			   .rows = l->rows,
			   .said = sel_now_monotonic()};
	int r;

	if (want->filter[0] || want->rule)
		return search_log(store, &f, &s, ret);
	r = sel_report_log(store, &f, keep_row, l);
	if (r >= 0)
		*ret = list_object(reversed(l->rows), l->looked >= f.limit);
	return r;
}

/* --- rules -------------------------------------------------------------------------------------
 */

static int add_finding(json_t *found, void *ctx)
{
	json_int_t id = json_integer_value(json_object_get(found, "id"));
	struct list *l = ctx;
	json_t *row;
	size_t i;

	json_array_foreach(l->rows, i, row)
	{
		if (json_integer_value(json_object_get(row, "id")) != id)
			continue;
		(void)json_object_set(row, "finding", json_object_get(found, "finding"));
		(void)json_object_set(row, "detail", json_object_get(found, "detail"));
	}
	return *l->cancel ? -ECANCELED : 0;
}

/* A grant of a file as a row beside the rules. */
static int add_grant(json_t *row, void *ctx)
{
	const char *const words[][2] = {{"decision", "allow"}, {"op", "connect"}, {"kind", "host"}};
	struct list *l = ctx;

	for (size_t i = 0; i < SEL_N(words); i++)
		if (json_object_set_new(row, words[i][0], json_string(words[i][1])) < 0)
			return -ENOMEM;
	if (!l->want->every && strcmp(sel_json_text(row, "state"), "alive") != 0)
		return 0;
	return *l->cancel ? -ECANCELED : json_array_append(l->rows, row) < 0 ? -ENOMEM : 0;
}

/* Below what was answered. A file that is broken is a row of its own: it hides no rule. */
static int add_grants(const struct list *l, json_t *rows)
{
	struct list files = {.rows = rows, .want = l->want, .cancel = l->cancel};
	_cleanup_free_ char *error = NULL;
	int r = sel_grants_file_rows(add_grant, &files, &error);

	if (!error)
		return r;
	return json_array_append_new(rows, json_pack("{s:n,s:s,s:s,s:s,s:s}", "id", "object", error,
						     "from", "file", "finding", "broken", "state",
						     "unread")) < 0
		       ? -ENOMEM
		       : 0;
}

static int read_rules(struct sel_store *s, struct list *l, json_t **ret)
{
	json_t *rows;
	int r = sel_report_rules(s, l->want->every, keep_row, l);

	if (r >= 0)
		r = sel_report_review(s, sel_now_real(), add_finding, l);
	if (r < 0)
		return r;
	rows = reversed(l->rows);
	r = rows ? add_grants(l, rows) : -ENOMEM;
	if (r < 0)
		json_decref(rows);
	else
		*ret = list_object(rows, false);
	return r;
}

/* --- undo --------------------------------------------------------------------------------------
 */

static int add_command(json_t *row, void *ctx)
{
	return json_object_set(ctx, sel_json_text(row, "id"), json_object_get(row, "command")) < 0
		       ? -ENOMEM
		       : 0;
}

/* The commands of the runs; what cannot be read is left out. */
static json_t *commands(void)
{
	const struct sel_filter f = {.limit = SESSIONS};
	json_t *of = json_object();
	struct sel_store *s = NULL;

	if (of && sel_store_open(NULL, SEL_STORE_READ, &s, NULL) >= 0)
		(void)sel_report_sessions(s, &f, add_command, of);
	sel_store_free(s);
	return of;
}

struct undo_list {
	json_t *rows, *commands;
};

static int add_session(const struct sel_undo_session *s, void *ctx)
{
	struct undo_list *l = ctx;
	bool of_undo = strncmp(s->id, SEL_UNDO_BACKUP, strlen(SEL_UNDO_BACKUP)) == 0;
	json_t *command = json_object_get(l->commands, s->id);
	json_t *row = json_pack("{s:i,s:s,s:I,s:s,s:I,s:I,s:O*}", "v", 1, "id", s->id,
				"started_unix", (json_int_t)(s->started / USEC_PER_SEC), "state",
				s->running ? "running"
				: s->ended ? "ended"
					   : "killed",
				"files", (json_int_t)s->files, "bytes", (json_int_t)s->bytes,
				"command", command);

	if (row && !command && of_undo)
		(void)json_object_set_new(row, "command", json_string("(what an undo replaced)"));
	return json_array_append_new(l->rows, row) < 0 ? -ENOMEM : 0;
}

static int read_undo(json_t **ret)
{
	struct undo_list l = {json_array(), commands()};
	int r = sel_undo_sessions(NULL, add_session, &l);

	json_decref(l.commands);
	if (r < 0 && r != -ENOENT) {
		json_decref(l.rows);
		return r;
	}
	*ret = list_object(l.rows, false);
	return 0;
}

struct plan {
	struct sel_undo_plan *plan;
	const atomic_bool *cancel;
	json_t *rows;
	json_int_t ready, conflicts, lost;
};

static int add_entry(const struct sel_undo_entry *e, void *ctx)
{
	struct plan *p = ctx;

	if (*p->cancel)
		return -ECANCELED;
	if (e->state == SEL_UNDO_SAME)
		return 0;
	p->ready += e->state == SEL_UNDO_READY;
	p->conflicts += e->state == SEL_UNDO_CONFLICT;
	p->lost += e->state == SEL_UNDO_LOST;
	if (json_array_size(p->rows) >= PLAN_ROWS)
		return 0;
	return json_array_append_new(p->rows, sel_undo_row(p->plan, e)) < 0 ? -ENOMEM : 0;
}

static int read_plan(const struct sel_want *want, const atomic_bool *cancel, json_t **ret)
{
	struct plan p = {.cancel = cancel, .rows = json_array()};
	int r = sel_undo_plan_read(NULL, want->id, &p.plan);

	if (r >= 0)
		r = sel_undo_plan_each(p.plan, add_entry, &p);
	if (r >= 0)
		*ret = json_pack("{s:O, s:b, s:b, s:I, s:I, s:I}", "rows", p.rows, "more",
				 p.ready + p.conflicts + p.lost > PLAN_ROWS, "running",
				 sel_undo_plan_running(p.plan), "ready", p.ready, "conflicts",
				 p.conflicts, "lost", p.lost);
	sel_undo_plan_free(p.plan);
	json_decref(p.rows);
	return r;
}

/* --- one difference ----------------------------------------------------------------------------
 */

struct difference {
	uint64_t n;
	char *path, *now, *kept;
	mode_t mode;
};

static int find_entry(const struct sel_undo_entry *e, void *ctx)
{
	struct difference *d = ctx;

	if (e->n != d->n)
		return 0;
	d->path = strdup(e->path);
	d->now = strdup(e->to ? e->to : e->path);
	d->kept = e->kept ? strdup(e->kept) : NULL;
	d->mode = e->mode;
	return d->path && d->now ? 1 : -ENOMEM;
}

static int add_line(const char *line, void *ctx)
{
	json_t *lines = ctx;

	if (json_array_size(lines) >= DIFF_LINES)
		return json_array_append_new(lines, json_string("(more is not shown)")) < 0
			       ? -ENOMEM
			       : 1;
	return json_array_append_new(lines, json_string(line)) < 0 ? -ENOMEM : 0;
}

static void show_difference(const struct difference *d, json_t *lines)
{
	_cleanup_free_ char *safe = sel_text_dup(d->path, strlen(d->path));
	_cleanup_close_ int now = sel_undo_open(d->now),
			    before = d->kept ? sel_undo_open(d->kept) : -1;

	if (!safe)
		return;
	if (before < 0 || !S_ISREG(d->mode))
		(void)add_line("No content was kept: what comes back is its name, its kind, or its "
			       "attributes.",
			       lines);
	else if (sel_undo_binary(now) || sel_undo_binary(before))
		(void)add_line("It is binary, and not shown.", lines);
	else if (sel_undo_diff(now, before, safe, add_line, lines) == 127)
		(void)add_line("No 'diff' was found; install diffutils to see differences.", lines);
	if (json_array_size(lines) == 0)
		(void)add_line("The content is the same.", lines);
}

static int read_difference(const struct sel_want *want, json_t **ret)
{
	struct difference d = {.n = want->entry};
	json_t *lines = json_array();
	int r = sel_undo_list(NULL, want->id, find_entry, &d);

	if (r == 1)
		show_difference(&d, lines);
	if (r >= 0)
		*ret = json_pack("{s:O}", "lines", lines);
	json_decref(lines);
	free(d.path);
	free(d.now);
	free(d.kept);
	return r == 0 ? -ENOENT : r < 0 ? r : 0;
}

/* --- all of it ---------------------------------------------------------------------------------
 */

static int read_stats(struct sel_store *s, json_t **ret)
{
	const struct sel_filter all = {0};

	return sel_stats_gather(s, &all, ret);
}

static int read_open(struct sel_store *s, const struct sel_want *want, const atomic_bool *cancel,
		     sel_part_fn part, void *ctx, json_t **ret)
{
	struct list l = {.rows = json_array(), .want = want, .cancel = cancel};
	int r = l.rows ? -EINVAL : -ENOMEM;

	if (r == -ENOMEM)
		return r;
	if (want->what == SEL_READ_SESSIONS)
		r = read_sessions(s, &l, ret);
	else if (want->what == SEL_READ_LOG)
		r = read_log(s, &l, part, ctx, ret);
	else if (want->what == SEL_READ_RULES)
		r = read_rules(s, &l, ret);
	else if (want->what == SEL_READ_EXPLAIN)
		r = sel_report_explain(s, want->id, ret);
	else if (want->what == SEL_READ_STATS)
		r = read_stats(s, ret);
	json_decref(l.rows);
	return r;
}

int sel_read_store(const struct sel_want *want, const atomic_bool *cancel, sel_part_fn part,
		   void *ctx, json_t **ret)
{
	struct sel_store *s = NULL;
	int r;

	*ret = NULL;
	if (want->what == SEL_READ_UNDO)
		r = read_undo(ret);
	else if (want->what == SEL_READ_PLAN)
		r = read_plan(want, cancel, ret);
	else if (want->what == SEL_READ_DIFF)
		r = read_difference(want, ret);
	else if (want->what == SEL_READ_PROPOSALS)
		r = sel_proposals_read(want->every, ret);
	else {
		r = sel_store_open(NULL, SEL_STORE_READ, &s, NULL);
		if (r == -ENOENT) /* nothing ran yet: a state, and it has a shape */
			r = sel_store_open(NULL, SEL_STORE_MEMORY, &s, NULL);
		if (r >= 0) {
			sel_store_cancel(s, cancel);
			r = read_open(s, want, cancel, part, ctx, ret);
		}
		sel_store_free(s);
	}
	if (*cancel && r == -EINTR)
		r = -ECANCELED;
	if (r >= 0 && !*ret)
		r = -ENOMEM;
	return r;
}

/* --- deeds -------------------------------------------------------------------------------------
 */

static int do_revoke(const char *id, char *words, size_t cap)
{
	struct sel_store *s = NULL;
	int r = sel_store_open(NULL, SEL_STORE_WRITE, &s, NULL);

	if (r >= 0)
		r = sel_store_rule_revoke(s, strtoll(id, NULL, 10), sel_now_real());
	sel_store_free(s);
	if (r >= 0)
		sel_rules_changed();
	(void)snprintf(words, cap, r >= 0 ? "revoked rule %s" : "rule %s is not in force", id);
	return r;
}

struct numbers {
	uint64_t *n;
	size_t count;
};

static int add_number(const struct sel_undo_entry *e, void *ctx)
{
	struct numbers *l = ctx;
	uint64_t *grown;

	if (e->state != SEL_UNDO_READY)
		return 0;
	grown = reallocarray(l->n, l->count + 1, sizeof *grown);
	if (!grown)
		return -ENOMEM;
	l->n = grown;
	grown[l->count++] = e->n;
	return 0;
}

/* As `seldom undo --yes`: what was changed after the run is left alone. */
static int do_undo(const char *id, char *words, size_t cap)
{
	struct sel_undo_plan *plan = NULL;
	struct numbers l = {0};
	size_t done = 0;
	int r = sel_undo_plan_read(NULL, id, &plan), failed = 0;

	if (r >= 0)
		r = sel_undo_plan_each(plan, add_number, &l);
	for (size_t i = 0; r >= 0 && i < l.count && failed != -EBUSY; i++) {
		int one = sel_undo_restore(plan, l.n[i], false);

		done += one >= 0;
		failed = one < 0 ? one : failed;
	}
	if (r < 0)
		(void)snprintf(words, cap, "cannot read what was kept of %s", id);
	else if (failed)
		(void)snprintf(words, cap, "%zu of %zu brought back; the last failure: %s", done,
			       l.count,
			       failed == -EBUSY ? "the run goes on" : sel_undo_failure(failed));
	else
		(void)snprintf(words, cap, "%zu brought back of %s; kept first: %s", done, id,
			       done && sel_undo_plan_backup(plan) ? sel_undo_plan_backup(plan)
								  : "nothing");
	sel_undo_plan_free(plan);
	free(l.n);
	return r < 0 ? r : failed;
}

int sel_do_deed(enum sel_deed deed, const char *id, char *words, size_t cap)
{
	switch (deed) {
	case SEL_DEED_REVOKE:
		return do_revoke(id, words, cap);
	case SEL_DEED_UNDO:
		return do_undo(id, words, cap);
	case SEL_DEED_ACCEPT:
	case SEL_DEED_DECLINE:
		return sel_proposal_decide(id, deed == SEL_DEED_ACCEPT, words, cap);
	case SEL_DEED_NONE:
		break;
	}
	return -EINVAL;
}
