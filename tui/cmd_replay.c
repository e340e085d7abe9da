/* What another policy would have asked: recorded sessions, judged again. */
#include "commands.h"
#include "view_report.h"
#include "view_table.h"

#include "config.h"
#include "console_fleet.h"
#include "replay.h"
#include "seldom/text.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

struct replay_options {
	bool json;
	const char *since, *policy;
};
#define AT(field) offsetof(struct replay_options, field)
static const struct sel_option rows[] = {
	{"since", 0, SEL_OPT_STRING, "SPAN", "only what is younger (30d, 12h)", AT(since), 0},
	{"policy", 0, SEL_OPT_STRING, "POLICY",
	 "ours (default), ask-always, scope-only, exact, prefix, no-weights, no-learning, or a "
	 "FILE",
	 AT(policy), 0},
	{"json", 0, SEL_OPT_FLAG, NULL, "as one JSON object", AT(json), 0},
	{0},
};
const struct sel_usage sel_usage_replay = {
	.name = "replay",
	.synopsis = "[--since SPAN] [--policy POLICY|FILE] [--json] [TRACE...]",
	.example = "seldom replay --since 30d --policy no-learning",
	.does = "Judges recorded sessions again, as another policy would have, and counts: what "
		"was asked\n"
		"then, what would be asked now, and which answers would have been others. Without "
		"a\n"
		"TRACE (of seldom run --record) it takes what was asked from the log. Nothing is "
		"changed.",
	.options = rows,
	.more = "A FILE is a configuration (seldom(5)): its folders are added to the scope of each "
		"session.\n"
		"What nobody was asked about then counts as allowed if it is asked now. Answers "
		"in a TRACE\ncount as read, and for as far as was recommended; those in the log "
		"are weighed again.\n"
		"Exit status: 0, 1 a trace or the log cannot be read, 2 usage.\n",
	.operands = 256,
	.words = "@file",
};

/* One recorded action with what came of it. */
struct item {
	size_t run, number; /* the first item of its session; its own place */
	usec_t at;
	const char *session, *project;
	struct sel_subject s;
	struct sel_identity id;
	bool asked, allow; /* then */
	int rung;
	enum sel_for term;
	usec_t response;
	bool expanded, measured;
};
struct play {
	enum sel_replay_policy policy;
	const char *file; /* --policy FILE; else NULL */
	struct sel_config config;
	struct item *items; /* from the log */
	size_t n_items;
	char **texts; /* that items borrow */
	size_t n_texts;
	struct sel_recording **traces;
	int n_traces;
	const struct item *now;
	/* counted */
	uint64_t sessions, then, asked, avoided, refused, fresh, by_source[SEL_SRC_N];
	json_t *changed;
};

/* --- what was recorded --------------------------------------------------------------------------
 */

/* A copy that lives as long as the play; NULL for NULL and, with *rc set, without memory. */
static const char *keep(struct play *p, const char *text, int *rc)
{
	char *copy;

	if (!text || *rc < 0)
		return NULL;
	copy = strdup(text);
	if (!copy || sel_report_grow(&p->texts, p->n_texts, sizeof *p->texts) < 0) {
		free(copy);
		*rc = -ENOMEM;
		return NULL;
	}
	p->texts[p->n_texts++] = copy;
	return copy;
}

/* The log keeps what the question said of its object; the rest follows from it. */
static int take_fact(const struct sel_fact_row *f, void *ctx)
{
	const struct sel_question_row *q = &f->q;
	bool writes = q->op == SEL_OP_WRITE || q->op == SEL_OP_DELETE || q->op == SEL_OP_RENAME;
	struct play *p = ctx;
	struct item *i;
	int rc = sel_report_grow(&p->items, p->n_items, sizeof *p->items);

	if (rc < 0 || q->decoy || q->flood)
		return rc;
	i = &p->items[p->n_items];
	*i = (struct item){.at = f->a.at ? f->a.at : q->asked,
			   .session = keep(p, f->session, &rc),
			   .project = keep(p, q->project, &rc),
			   .asked = true,
			   .allow = f->a.decision == SEL_ALLOW,
			   .rung = f->a.rung,
			   .term = f->a.term,
			   .response = f->a.response,
			   .expanded = f->a.expanded,
			   .measured = f->a.measured};
	i->id = (struct sel_identity){.exe = keep(p, q->exe ? q->exe : "?", &rc),
				      .digest = keep(p, q->digest, &rc),
				      .package = keep(p, q->package, &rc),
				      .version = keep(p, q->version, &rc),
				      .verified = q->program && strncmp(q->program, "pkg:", 4) == 0,
				      .ours = !q->program || !*q->program,
				      .subcommand =
					      keep(p, q->subcommand ? q->subcommand : "", &rc)};
	i->s = (struct sel_subject){.op = q->op,
				    .path = keep(p, q->object, &rc),
				    .exe = i->id.exe,
				    .exists = q->exists,
				    .destroys = q->exists && writes,
				    .plants = q->op == SEL_OP_CREATE || q->op == SEL_OP_WRITE ||
					      q->op == SEL_OP_RENAME,
				    .undoable = q->exists && q->tier <= SEL_T1};
	p->n_items += rc >= 0 && i->s.path;
	return rc;
}

/* Sessions side by side are judged one after the other, as traces are: each has a memory of its
 * own.
 */
static int compare_items(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->run != y->run)
		return x->run < y->run ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

static int sort_by_session(struct play *p)
{
	json_t *runs = json_object(), *known;
	int r = runs ? 0 : -ENOMEM;

	for (size_t k = 0; r >= 0 && k < p->n_items; k++) {
		struct item *i = &p->items[k];

		i->number = k;
		known = json_object_get(runs, i->session);
		i->run = known ? (size_t)json_integer_value(known) : k;
		if (!known)
			r = json_object_set_new(runs, i->session, json_integer((json_int_t)k));
	}
	json_decref(runs);
	if (r < 0)
		return -ENOMEM;
	if (p->n_items)
		qsort(p->items, p->n_items, sizeof *p->items, compare_items);
	return 0;
}

static int load_log(struct play *p, usec_t since)
{
	struct sel_store *store = NULL;
	int r = sel_view_store(SEL_STORE_READ, &store);

	if (r <= 0)
		return r;
	r = sel_store_facts(store, since, 0, take_fact, p);
	sel_store_free(store);
	if (r >= 0)
		r = sort_by_session(p);
	return r < 0 ? sel_err(r, "Cannot read the log") : 0;
}

static int compare_started(const void *a, const void *b)
{
	const struct sel_recording *x = *(struct sel_recording *const *)a;
	const struct sel_recording *y = *(struct sel_recording *const *)b;

	return (x->started > y->started) - (x->started < y->started);
}

/* In the order of time, whatever the order on the command line. */
static int load_traces(struct play *p, char **paths, int n)
{
	p->traces = calloc((size_t)n, sizeof(void *));
	if (!p->traces)
		return sel_err(-ENOMEM, "Cannot read so many traces");
	for (int i = 0; i < n; i++) {
		uint64_t line = 0;
		int r = sel_recording_load(paths[i], &p->traces[i], &line);

		if (r == -EBADMSG || r == -ENOTSUP)
			(void)fprintf(stderr, "seldom replay: line %llu is %s\n",
				      (unsigned long long)line,
				      r == -ENOTSUP ? "of a newer seldom" : "no trace");
		if (r < 0)
			return sel_err(r, "Cannot read '%s'", paths[i]);
		p->n_traces++;
	}
	qsort(p->traces, (size_t)n, sizeof(void *), compare_started);
	return 0;
}

/* --- judging it again ---------------------------------------------------------------------------
 */

static void answer(void *ctx, const struct sel_replay_question *q, struct sel_replay_answer *ret)
{
	const struct item *i = ((const struct play *)ctx)->now;

	(void)q;
	*ret = (struct sel_replay_answer){.allow = !i->asked || i->allow,
					  .rung = i->asked && i->rung >= 0 ? (size_t)i->rung
									   : q->rungs->recommended,
					  .term = i->asked ? i->term : SEL_FOR_SESSION,
					  .response = i->response,
					  .expanded = i->expanded,
					  .measured = i->measured};
}

static int note_change(struct play *p, const struct item *i, const struct sel_replay_result *o)
{
	json_t *row = json_pack("{s:s,s:s,s:s,s:s,s:I}", "op", sel_op_name(i->s.op), "then",
				i->allow ? "allow" : "deny", "now", o->allow ? "allow" : "deny",
				"source", sel_source_name(o->source), "at", (json_int_t)i->at);
	int r = row ? sel_json_set_bytes(row, "object", i->s.path, strlen(i->s.path)) : -ENOMEM;

	if (r >= 0 && i->s.exe)
		r = sel_json_set_bytes(row, "exe", i->s.exe, strlen(i->s.exe));
	if (r >= 0 && json_array_append(p->changed, row) < 0)
		r = -ENOMEM;
	json_decref(row);
	return r;
}

static int judge(struct play *p, struct sel_replay *r, const struct item *i)
{
	bool person;
	struct sel_replay_result o;
	int rc;

	p->now = i;
	rc = sel_replay_act(r, &i->s, i->at, i, &o);
	p->now = NULL;
	if (rc < 0 || o.how == SEL_REPLAY_MOOT)
		return rc;
	person = o.how == SEL_REPLAY_ASKED || o.how == SEL_REPLAY_SAME;
	p->then += i->asked;
	p->asked += o.how == SEL_REPLAY_ASKED;
	p->fresh += o.how == SEL_REPLAY_ASKED && !i->asked;
	p->by_source[o.source] += i->asked && o.how != SEL_REPLAY_ASKED;
	p->avoided += i->asked && o.how != SEL_REPLAY_ASKED;
	p->refused += !person && !o.allow && i->allow;
	return i->asked && !person && o.allow != i->allow ? note_change(p, i, &o) : 0;
}

static int add_folders(struct sel_scope *scope, char **list, enum sel_mode mode)
{
	int r = 0;

	for (; r >= 0 && list && *list; list++)
		r = sel_scope_add(scope, *list, mode, 0);
	return r;
}

static int add_config(const struct play *p, struct sel_scope *scope)
{
	int r = add_folders(scope, p->config.ro, SEL_MODE_RO);

	if (r >= 0)
		r = add_folders(scope, p->config.nd, SEL_MODE_ND);
	return r < 0 ? r : add_folders(scope, p->config.rw, SEL_MODE_RW);
}

static int replay_new(struct play *p, bool questions, struct sel_replay **ret)
{
	struct sel_replay_config config = {
		.policy = p->policy, .ctx = p, .answer = answer, .questions = questions};

	return sel_replay_new(&config, ret);
}

static int play_log(struct play *p, struct sel_replay *r, const char *home)
{
	struct sel_scope scope = {0};
	const char *session = "";
	int rc = add_config(p, &scope);

	for (size_t k = 0; rc >= 0 && k < p->n_items; k++) {
		struct item *i = &p->items[k];

		i->s.id = &i->id;
		if (strcmp(session, i->session) != 0) {
			struct sel_replay_place place = {.home = home,
							 .cwd = i->project,
							 .project = i->project,
							 .scope = &scope};

			session = i->session;
			p->sessions++;
			rc = sel_replay_begin(r, &place, i->at);
		}
		if (rc >= 0)
			rc = judge(p, r, i);
	}
	sel_scope_done(&scope);
	return rc;
}

static bool answered(const struct sel_recording *rec, const struct sel_traced *a)
{
	for (size_t i = 0; i < rec->n_said; i++)
		if (rec->said[i].t >= a->t && rec->said[i].object &&
		    strcmp(rec->said[i].object, a->s.path) == 0)
			return rec->said[i].allow;
	return true; /* joined another question, of which the run went on */
}

static int play_trace(struct play *p, struct sel_replay *r, const struct sel_recording *rec)
{
	struct sel_scope scope = {0};
	struct sel_replay_place place = {.home = rec->home,
					 .cwd = rec->cwd,
					 .project = rec->project ? rec->project : rec->cwd,
					 .scope = &scope,
					 .secrets = rec->secrets,
					 .own = rec->own,
					 .roots = rec->roots};
	int rc = sel_scope_copy(&rec->scope, &scope);

	if (rc >= 0)
		rc = add_config(p, &scope);
	if (rc >= 0)
		rc = sel_replay_begin(r, &place, rec->started);
	p->sessions++;
	for (size_t k = 0; rc >= 0 && k < rec->n_acts; k++) {
		const struct sel_traced *a = &rec->acts[k];
		struct item i = {.at = rec->started + a->t,
				 .s = a->s,
				 .asked = a->decision == SEL_ASK,
				 .allow = a->decision == SEL_ALLOW ||
					  (a->decision == SEL_ASK && answered(rec, a)),
				 .rung = -1,
				 .term = SEL_FOR_SESSION,
				 .measured = true};

		rc = judge(p, r, &i);
	}
	sel_scope_done(&scope);
	return rc;
}

static int play_traces(struct play *p, struct sel_replay *r, usec_t since)
{
	int rc = 0;

	for (int i = 0; rc >= 0 && i < p->n_traces; i++)
		if (p->traces[i]->started >= since)
			rc = play_trace(p, r, p->traces[i]);
	return rc;
}

/* --- saying it ----------------------------------------------------------------------------------
 */

static json_t *result(const struct play *p)
{
	json_t *o =
		json_pack("{s:i,s:s,s:I,s:I,s:I,s:I,s:I,s:I}", "v", 1, "policy",
			  sel_replay_policy_name(p->policy), "sessions", (json_int_t)p->sessions,
			  "asked_then", (json_int_t)p->then, "asked_now", (json_int_t)p->asked,
			  "new_questions", (json_int_t)p->fresh, "avoided", (json_int_t)p->avoided,
			  "refused", (json_int_t)p->refused);
	json_t *by = json_object();

	if (p->file)
		(void)sel_json_set_bytes(o, "file", p->file, strlen(p->file));
	for (int i = 0; i < SEL_SRC_N; i++)
		if (p->by_source[i])
			(void)json_object_set_new(by, sel_source_name((enum sel_source)i),
						  json_integer((json_int_t)p->by_source[i]));
	(void)json_object_set_new(o, "instead_by", by);
	(void)json_object_set(o, "changed", p->changed);
	return o;
}

static void print_changed(json_t *list)
{
	json_t *o;
	size_t i;

	if (json_array_size(list))
		(void)puts("answers that would have been others");
	json_array_foreach(list, i, o)
	{
		_cleanup_free_ char *object = sel_fleet_safe_text(sel_json_text(o, "object"));
		_cleanup_free_ char *exe = sel_fleet_safe_text(sel_json_text(o, "exe"));

		(void)printf("  %s -> %s (%s)  %s %s %s\n", sel_json_text(o, "then"),
			     sel_json_text(o, "now"), sel_json_text(o, "source"), exe ? exe : "?",
			     sel_json_text(o, "op"), object ? object : "?");
	}
}

static void print(const struct play *p, json_t *o)
{
	_cleanup_free_ char *file = p->file ? sel_fleet_safe_text(p->file) : NULL;
	const char *source;
	json_t *n;

	(void)printf("%-18s %s", "policy", sel_replay_policy_words(p->policy));
	if (p->file)
		(void)printf(" with %s", file ? file : "?");
	(void)printf("\n");
	(void)printf("%-18s %llu\n", "sessions", (unsigned long long)p->sessions);
	(void)printf("%-18s %llu\n", "asked then", (unsigned long long)p->then);
	(void)printf("%-18s %llu", "asked now", (unsigned long long)p->asked);
	if (p->fresh)
		(void)printf(" (%llu about what nobody was asked)", (unsigned long long)p->fresh);
	(void)printf("\n%-18s %llu\n", "not asked any more", (unsigned long long)p->avoided);
	json_object_foreach(json_object_get(o, "instead_by"), source, n)
	{
		bool joined = strcmp(source, "person") == 0; /* another question of its kind */

		(void)printf("  by %-13s %lld\n", joined ? "one answer" : source,
			     (long long)json_integer_value(n));
	}
	if (p->refused)
		(void)printf("%-18s %llu\n", "refused instead", (unsigned long long)p->refused);
	print_changed(p->changed);
}

/* A word for a policy, else a file that widens the scope of ours. 2 after a usage error. */
static int take_policy(struct play *p, const char *policy, const char *home)
{
	_cleanup_free_ char *error = NULL;
	int known = sel_replay_policy_from(policy ? policy : "ours");

	p->policy = known < 0 ? SEL_REPLAY_OURS : (enum sel_replay_policy)known;
	if (known >= 0)
		return 0;
	if (access(policy, F_OK) < 0)
		return sel_usage_error(&sel_usage_replay, "'%s' is neither a policy nor a file",
				       policy);
	p->file = policy;
	if (sel_config_read(&p->config, policy, false, NULL, home, &error) < 0)
		return sel_usage_error(&sel_usage_replay, "%s", error ? error : policy);
	return 0;
}

static int play(struct play *p, char **traces, int n, usec_t since, const char *home)
{
	struct sel_replay *r = NULL;
	int rc = n ? load_traces(p, traces, n) : load_log(p, since);

	if (rc < 0)
		return rc;
	rc = replay_new(p, n == 0, &r);
	if (rc >= 0)
		rc = n ? play_traces(p, r, since) : play_log(p, r, home);
	sel_replay_free(r);
	return rc < 0 ? sel_err(rc, "Cannot judge again what was recorded") : 0;
}

static void play_done(struct play *p)
{
	for (size_t i = 0; i < p->n_texts; i++)
		free(p->texts[i]);
	free(p->texts);
	free(p->items);
	for (int i = 0; i < p->n_traces; i++)
		sel_recording_free(p->traces[i]);
	free(p->traces);
	json_decref(p->changed);
	sel_config_done(&p->config);
}

int sel_cmd_replay(int argc, char **argv)
{
	struct replay_options opt = {0};
	struct play p = {.changed = json_array()};
	const char *home = getenv("HOME");
	_cleanup_free_ char *real = realpath(home && *home ? home : "/", NULL);
	usec_t since = 0;
	int first = sel_options_parse(&sel_usage_replay, argc, argv, &opt), r;

	if (first < 0) {
		json_decref(p.changed);
		return sel_options_exit(first);
	}
	r = p.changed && sel_config_init(&p.config) >= 0 ? 0 : 1;
	if (r == 0 && sel_view_since(&sel_usage_replay, opt.since, &since))
		r = 2;
	if (r == 0)
		r = take_policy(&p, opt.policy, real);
	if (r == 0 && play(&p, argv + first, argc - first, since, real ? real : "/") < 0)
		r = 1;
	if (r == 0) {
		json_t *o = result(&p);

		if (opt.json)
			(void)sel_print_json(o);
		else
			print(&p, o);
		json_decref(o);
	}
	play_done(&p);
	return r;
}
