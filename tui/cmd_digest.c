#include "commands.h"
#include "console_input.h"
#include "console_term.h"
#include "digest.h"
#include "view_facts.h"
#include "view_report.h"
#include "view_table.h"

#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>

#define LOOK_BACK ((usec_t)30 * 24 * 3600 * USEC_PER_SEC) /* where there was no digest yet */

struct digest_options {
	bool json;
	const char *session, *since, *flag, *harmful;
};
#define AT(field) offsetof(struct digest_options, field)
static const struct sel_option rows[] = {
	{"json", 0, SEL_OPT_FLAG, NULL, "list the rows, one JSON object a line", AT(json), 0},
	{"session", 0, SEL_OPT_STRING, "ID", "only this run, or last", AT(session), 0},
	{"since", 0, SEL_OPT_STRING, "SPAN", "only what is younger (30d, 12h)", AT(since), 0},
	{"flag", 0, SEL_OPT_STRING, "N[,N]",
	 "these were not wanted, or answered wrongly; shows nothing else", AT(flag), 0},
	{"harmful", 0, SEL_OPT_STRING, "N[,N]", "these were not wanted and did harm", AT(harmful),
	 0},
	{0},
};
const struct sel_usage sel_usage_digest = {
	.name = "digest",
	.synopsis = "[--session ID|last] [--since SPAN] [--json]\n"
		    "       seldom digest --flag N[,N] [--harmful N[,N]] [--json]",
	.example = "seldom digest",
	.does = "Shows up to ten actions that were allowed because of what was learned, drawn at "
		"random\n"
		"since the last digest, and asks which of them you did not want. What you say "
		"bounds how\n"
		"often learning is wrong, and takes back what it rests on. Up to two answers of "
		"yours\n"
		"stand beside them: whether they were right is a measure of attention, no more.",
	.options = rows,
	.more = "Rows that you do not mark count as wanted only if the digest was on the screen "
		"long\n"
		"enough to be read. N is the number of an action, as --json and 'seldom log' show "
		"it.\n"
		"Exit status: 0, 1 no such action or session, 2 usage.\n",
};

struct digest_run {
	struct digest_options opt;
	struct sel_store *store;
	struct sel_digest d;
	struct sel_labels before;
	struct sel_digest_row *named; /* by --flag and --harmful; json is not theirs */
	size_t n_named;
	double own_floor;
};

/* --- labels ---------------------------------------------------------------------------------- */

static int label(struct digest_run *r, const struct sel_digest_row *row)
{
	const struct sel_label_row l = {
		.action = row->action,
		.at = sel_now_real(),
		.flagged = row->mark != SEL_MARK_NONE,
		.harmful = row->mark == SEL_MARK_HARMFUL,
		.sampled = row->sampled,
		.step = row->step,
	};

	int e = sel_store_label(r->store, &l);

	return e < 0 ? sel_err(e, "Cannot keep what was said of action %lld",
			       (long long)row->action)
		     : 0;
}

/* Marked rows always count; the others if they were read. */
static int labels_store(struct digest_run *r, bool others, unsigned *ret_made)
{
	*ret_made = 0;
	for (size_t i = 0; i < r->d.n; i++) {
		int e;

		if (!others && r->d.row[i].mark == SEL_MARK_NONE)
			continue;
		e = label(r, &r->d.row[i]);
		if (e < 0)
			return e;
		(*ret_made)++;
	}
	return 0;
}

static void say_labels(const char *when, const struct sel_labels *l)
{
	char line[160];

	sel_labels_line(l, line, sizeof line);
	(void)printf("%-8s%s\n", when, line);
}

static int say_json(const struct sel_labels *before, const struct sel_labels *after, unsigned made)
{
	json_t *o = json_pack("{s:I, s:o*, s:o*}", "labelled", (json_int_t)made, "before",
			      sel_labels_json(before), "after", sel_labels_json(after));
	int r = o ? sel_print_json(o) : -ENOMEM;

	json_decref(o);
	return r;
}

static int say_result(struct digest_run *r, unsigned made)
{
	struct sel_labels after;
	int e = sel_labels_read(r->store, &after);

	if (e < 0)
		return sel_err(e, "Cannot read the labels");
	if (r->opt.json)
		return say_json(&r->before, &after, made);
	(void)printf("%u %s kept\n", made, made == 1 ? "label" : "labels");
	say_labels("before", &r->before);
	say_labels("after", &after);
	if (after.control.step < r->before.control.step)
		(void)puts("Learning is stricter from the next run on.");
	return 0;
}

/* --- by number ------------------------------------------------------------------------------- */

static struct sel_digest_row *row_of(struct digest_run *r, int64_t action)
{
	for (size_t i = 0; i < r->d.n; i++)
		if (r->d.row[i].action == action)
			return &r->d.row[i];
	return NULL;
}

struct finding {
	int64_t action;
	struct sel_digest_row row;
	bool found;
};

static int find_row(const struct sel_learned_row *row, void *ctx)
{
	struct finding *f = ctx;

	if (row->action != f->action)
		return 0;
	f->row = (struct sel_digest_row){
		.action = row->action, .step = row->step, .answered = row->answered};
	f->found = true;
	return 1;
}

static bool is_named(const struct digest_run *r, int64_t action)
{
	for (size_t i = 0; i < r->n_named; i++)
		if (r->named[i].action == action)
			return true;
	return false;
}

/* What was not drawn may be marked as well; it then teaches, and does not enter the estimate. Named
 * twice it has one label, the first. */
static int named_add(struct digest_run *r, int64_t action, enum sel_mark mark)
{
	struct sel_digest_row *grown, *drawn = row_of(r, action);
	struct finding f = {.action = action};
	int e;

	if (is_named(r, action))
		return 0;
	e = drawn ? 0 : sel_store_learned(r->store, NULL, 0, find_row, &f);
	if (!drawn && e == 0)
		e = sel_store_answered(r->store, NULL, 0, find_row, &f);
	grown = reallocarray(r->named, r->n_named + 1, sizeof *grown);
	if (!grown)
		return sel_err(-ENOMEM, "Cannot mark action %lld", (long long)action);
	r->named = grown;
	if (e < 0)
		return sel_err(e, "Cannot read the store");
	if (!drawn && !f.found) {
		(void)sel_err(0, "No learned allow and no answer %lld waits for a label",
			      (long long)action);
		return -ENOENT;
	}
	grown[r->n_named] = drawn ? *drawn : f.row;
	grown[r->n_named].mark = grown[r->n_named].answered ? SEL_MARK_UNWANTED : mark;
	r->n_named++;
	return 0;
}

static int numbers_check(const char *list)
{
	_cleanup_free_ char *copy = list ? strdup(list) : NULL;
	char *save = NULL;
	uint64_t n;

	for (char *w = copy ? strtok_r(copy, ",", &save) : NULL; w; w = strtok_r(NULL, ",", &save))
		if (sel_parse_uint(w, INT64_MAX, &n) < 0)
			return sel_usage_error(&sel_usage_digest, "'%s' is no number of an action",
					       w);
	return list && (!copy || !*list || strspn(list, ",") == strlen(list))
		       ? sel_usage_error(&sel_usage_digest, "no action is named")
		       : 0;
}

static int named_list(struct digest_run *r, const char *list, enum sel_mark mark)
{
	_cleanup_free_ char *copy = list ? strdup(list) : NULL;
	char *save = NULL;
	int e = 0;

	for (char *w = copy ? strtok_r(copy, ",", &save) : NULL; w && e >= 0;
	     w = strtok_r(NULL, ",", &save)) {
		uint64_t n = 0;

		(void)sel_parse_uint(w, INT64_MAX, &n);
		e = named_add(r, (int64_t)n, mark);
	}
	return e;
}

/* All of them or none: a number that is wrong is found before anything is kept. */
static int by_number(struct digest_run *r)
{
	unsigned made = 0;
	int e = named_list(r, r->opt.harmful, SEL_MARK_HARMFUL);

	if (e >= 0)
		e = named_list(r, r->opt.flag, SEL_MARK_UNWANTED);
	for (size_t i = 0; e >= 0 && i < r->n_named; i++) {
		e = label(r, &r->named[i]);
		made += e >= 0;
	}
	return e < 0 ? e : say_result(r, made);
}

/* --- on the terminal ------------------------------------------------------------------------- */

static int read_keys(struct sel_digest *d, struct sel_input *in)
{
	uint8_t bytes[256];
	ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -errno;
	if (n == 0)
		return -EIO;
	for (ssize_t i = 0; i < n; i++) {
		int key = sel_input_byte(in, bytes[i], sel_now_monotonic());

		if (key == SEL_KEY_IS_LIGHT || key == SEL_KEY_IS_DARK)
			sel_term_theme(key == SEL_KEY_IS_LIGHT);
		else
			sel_digest_key(d, key, sel_now_monotonic());
	}
	return 0;
}

static int show(struct sel_digest *d, struct sel_canvas *c)
{
	int height, width;

	sel_term_size(&height, &width);
	if (height != c->rows || width != c->cols) {
		sel_canvas_done(c);
		if (sel_canvas_init(c, height, width, d->utf8) < 0)
			return -ENOMEM;
		sel_term_redraw();
	}
	sel_digest_draw(d, c);
	sel_term_show(c);
	sel_digest_drawn(d, sel_now_monotonic());
	return 0;
}

/* Any signal that would end it leaves everything unsaid. */
static int read_signals(struct sel_digest *d, int fd)
{
	int number = sel_term_signal(fd);

	if (number == SIGTSTP) {
		sel_term_suspend();
		d->blurred = true;
		return 0;
	}
	if (number <= 0 || number == SIGWINCH)
		return 0;
	d->aborted = true;
	return number;
}

static int loop(struct sel_digest *d, int signals)
{
	struct sel_canvas canvas = {0};
	struct sel_input in = {0};
	int e = 0;

	while (e == 0 && !d->done) {
		struct pollfd p[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
				      {.fd = signals, .events = POLLIN}};

		e = show(d, &canvas);
		if (e < 0 || (poll(p, 2, 100) < 0 && errno != EINTR))
			break;
		if (p[0].revents)
			e = read_keys(d, &in);
		sel_digest_key(d, sel_input_idle(&in, sel_now_monotonic()), sel_now_monotonic());
		if (p[1].revents && e == 0)
			e = read_signals(d, signals);
	}
	sel_canvas_done(&canvas);
	return e;
}

static int look_over(struct digest_run *r)
{
	_cleanup_close_ int signals = sel_term_signals();
	const char *why;
	unsigned made;
	bool read;
	int e = signals < 0 ? signals : sel_term_open(SEL_THEME_ASK, false);

	if (e < 0)
		return sel_err(e, "Cannot open the terminal");
	sel_term_flush_input();
	e = loop(&r->d, signals);
	sel_term_close();
	if (e != 0 || r->d.aborted) {
		(void)sel_err(0, "The digest was left; nothing of it is kept");
		return -ECANCELED;
	}
	read = sel_digest_attentive(&r->d, r->own_floor, &why);
	if (!read)
		(void)printf("Rows without a mark do not count: %s (%.1f s, %u words).\n", why,
			     (double)(r->d.ended - r->d.shown) / (double)USEC_PER_SEC,
			     sel_digest_words(&r->d));
	e = labels_store(r, read, &made);
	return e < 0 ? e : say_result(r, made);
}

/* --- lists ----------------------------------------------------------------------------------- */

static const struct sel_column columns[] = {
	{"N", "action", SEL_CELL_NUMBER, false},   {"TIME", "unix", SEL_CELL_TIME, false},
	{"DRAWN", "sampled", SEL_CELL_YES, false}, {"PROGRAM", "exe", SEL_CELL_TEXT, true},
	{"OP", "op", SEL_CELL_TEXT, false},	   {"OBJECT", "object", SEL_CELL_TEXT, true},
	{"WHY", "reason", SEL_CELL_TEXT, true},	   {0},
};

static int list(struct digest_run *r)
{
	struct sel_table table = {.format = sel_format_of(r->opt.json, false),
				  .columns = columns,
				  .empty = "Nothing that was learned allowed anything since the "
					   "last digest."};
	int e = 0;

	for (size_t i = 0; i < r->d.n && e >= 0; i++)
		e = sel_table_row(&table, r->d.row[i].json);
	(void)sel_table_end(&table);
	if (!r->opt.json && r->d.n)
		(void)puts("Not wanted? seldom digest --flag N[,N]");
	return e;
}

/* --- life ------------------------------------------------------------------------------------ */

static int gather(struct digest_run *r, usec_t since)
{
	_cleanup_free_ char *session = NULL;
	struct sel_digest_pool pool = {0};
	int e;

	if (r->opt.session) {
		e = sel_view_session(r->store, r->opt.session, &session);
		if (e < 0)
			return e;
	}
	e = sel_store_learned(r->store, session, since, sel_digest_gather, &pool);
	if (e >= 0)
		sel_digest_draw_rows(&r->d, &pool);
	if (e >= 0)
		e = sel_store_answered(r->store, session, since, sel_digest_gather, &pool);
	if (e >= 0)
		sel_digest_draw_answers(&r->d, &pool);
	sel_digest_pool_done(&pool);
	return e;
}

static int prepare(struct digest_run *r, usec_t since)
{
	struct sel_tiredness t = {0};
	usec_t now = sel_now_real();
	int e = sel_labels_read(r->store, &r->before);

	if (!since && !r->opt.session)
		since = r->before.last ? r->before.last : now > LOOK_BACK ? now - LOOK_BACK : 0;
	if (e >= 0)
		e = sel_facts_tiredness(r->store, now, &t);
	r->own_floor = t.own_floor;
	return e < 0 ? e : gather(r, since);
}

static int digest(struct digest_run *r, usec_t since)
{
	bool named = r->opt.flag || r->opt.harmful;
	bool person = !r->opt.json && !named && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	struct sel_filter f = {.session = r->opt.session};
	int e = sel_view_store(named || person ? SEL_STORE_WRITE : SEL_STORE_READ, &r->store);

	if (e < 0)
		return 1;
	if (!r->store) {
		if (!named && !r->opt.session)
			return list(r) < 0;
		return sel_err(0, "Nothing was recorded yet"), 1;
	}
	e = prepare(r, since);
	if (e < 0)
		return sel_view_failed(e, &f);
	if (named)
		return by_number(r) < 0;
	if (!person || r->d.n == 0)
		return list(r) < 0;
	r->d.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	return look_over(r) < 0;
}

int sel_cmd_digest(int argc, char **argv)
{
	struct digest_run r = {0};
	int first = sel_options_parse(&sel_usage_digest, argc, argv, &r.opt), code;
	usec_t since = 0;

	if (first < 0)
		return sel_options_exit(first);
	if (numbers_check(r.opt.flag) || numbers_check(r.opt.harmful) ||
	    sel_view_since(&sel_usage_digest, r.opt.since, &since))
		return 2;
	code = digest(&r, since);
	free(r.named);
	sel_digest_done(&r.d);
	sel_store_free(r.store);
	return code;
}
