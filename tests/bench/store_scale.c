/* How the store scales: fills one with actions, questions and rules as years of use would, and
 * times what people and brokers wait for.
 *
 *   store_scale FILE [ACTIONS [RULES]]      (1000000 and 100000)
 *
 * FILE must not be there; it is left, to be looked at. Its transactions are not synced (the file is
 * thrown away), so "a write" is what the code costs, not the disk. */
#include "seldom/store.h"

#include <stdio.h>
#include <sys/stat.h>

#define DAY ((usec_t)24 * 3600 * USEC_PER_SEC)
enum { SESSIONS = 5000, PROJECTS = 12, PROGRAMS = 40, QUESTION_EVERY = 50, DAYS = 365 };

static unsigned long seed = 1;

static unsigned below(unsigned n)
{
	seed = seed * 6364136223846793005 + 1442695040888963407;
	return (unsigned)((seed >> 33) % n);
}

static void must(int r, const char *what)
{
	if (r >= 0)
		return;
	(void)fprintf(stderr, "%s: %s\n", what, strerror(-r));
	exit(1);
}

struct fill {
	struct sel_store *s;
	usec_t from, now;
	uint64_t actions, rules;
	char session[16];
	char project[64];
	uint32_t number;
	json_t *rungs;
};

static void session_begin(struct fill *f, unsigned n)
{
	json_auto_t *command = json_pack("[sss]", "make", "-j4", "all");

	(void)snprintf(f->session, sizeof f->session, "s%07u", n);
	(void)snprintf(f->project, sizeof f->project, "/home/ana/work/project-%u", below(PROJECTS));
	f->number = 0;
	must(sel_store_session_begin(f->s, &(struct sel_session_row){.id = f->session,
								     .command = command,
								     .cwd = f->project,
								     .project = f->project,
								     .version = "0.2.0",
								     .broker_pid = 4711,
								     .started = f->now}),
	     "session");
}

static void session_end(struct fill *f)
{
	json_auto_t *summary = json_pack("{s:i,s:s}", "v", 2, "session", f->session);
	struct sel_count_row counts[20];
	char folder[20][96], exe[20][32];

	for (size_t i = 0; i < SEL_N(counts); i++) {
		(void)snprintf(folder[i], sizeof folder[i], "%s/src/dir-%u", f->project, below(60));
		(void)snprintf(exe[i], sizeof exe[i], "/usr/bin/tool-%u", below(PROGRAMS));
		counts[i] = (struct sel_count_row){exe[i], folder[i], SEL_OP_WRITE, SEL_SRC_SCOPE,
						   1 + below(500)};
	}
	must(sel_store_counts(f->s, f->session, counts, SEL_N(counts)), "counts");
	must(sel_store_session_end(f->s, f->session, f->now, 0, summary), "end");
}

static int64_t question(struct fill *f, const char *exe, const char *program, const char *object)
{
	char keys[5][384], unit[160];
	struct sel_question_row row = {
		.session = f->session,
		.number = ++f->number,
		.asked = f->now,
		.op = SEL_OP_WRITE,
		.tier = below(4) ? SEL_T1 : SEL_T2,
		.exe = exe,
		.object = object,
		.fresh = "writes where nothing wrote before",
		.rungs = f->rungs,
		.recommended = 1,
		.project = f->project,
		.program = program,
		.digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		.package = "tool",
		.version = "1.2.3-4",
		.subcommand = "build",
		.class_ = "tool-cache",
		.unit = unit,
		.exists = below(2),
		.words = below(40),
		.state = below(5) ? "FRESH" : "TIRED",
		.predicted = 0.01 + below(90) / 100.0,
		.support = (int)below(6),
		.decoy = below(60) == 0,
	};
	bool denied = below(4) == 0;
	int64_t id = 0;

	(void)snprintf(unit, sizeof unit, "/home/ana/.cache/tool-%u", below(200));
	for (int i = 0; i < 5; i++) {
		(void)snprintf(keys[i], sizeof keys[i], "%d\x1f%s\x1f%s\x1f%s", i, program,
			       f->project, i ? unit : object);
		row.keys[i] = keys[i];
	}
	must(sel_store_question(f->s, &row, &id), "question");
	must(sel_store_answer(
		     f->s, &(struct sel_answer_row){.question = id,
						    .at = f->now + 4 * USEC_PER_SEC,
						    .decision = denied ? SEL_DENY : SEL_ALLOW,
						    .source = SEL_SRC_PERSON,
						    .front = "line",
						    .rung = denied ? -1 : (int)below(2),
						    .term = SEL_FOR_SESSION,
						    .response = (300 + below(9000)) * USEC_PER_MSEC,
						    .settled = 1 + below(5),
						    .measured = true,
						    .rapid = below(5) == 0,
						    .weight = denied ? 1 : 0.25}),
	     "answer");
	return id;
}

static void action(struct fill *f, bool ask)
{
	static const enum sel_source sources[] = {SEL_SRC_LEARNED,   SEL_SRC_RULE,
						  SEL_SRC_GRANT,     SEL_SRC_MEMORY,
						  SEL_SRC_INVARIANT, SEL_SRC_DEFAULT};
	enum sel_source source = ask ? SEL_SRC_PERSON : sources[below(SEL_N(sources))];
	bool allow = ask || source == SEL_SRC_LEARNED || source == SEL_SRC_RULE ||
		     source == SEL_SRC_GRANT;
	char exe[64], program[96], object[160], reason[256], key[256];
	unsigned tool = below(PROGRAMS);

	(void)snprintf(exe, sizeof exe, "/usr/bin/tool-%u", tool);
	(void)snprintf(program, sizeof program, "pkg:tool %s", exe);
	(void)snprintf(object, sizeof object, "/home/ana/.cache/tool-%u/objects/%08lx", below(200),
		       seed & 0xffffffff);
	(void)snprintf(reason, sizeof reason, "%s %s  tool-%u write %s: the shape was approved",
		       allow ? "allow" : "deny", sel_source_name(source), tool, object);
	(void)snprintf(key, sizeof key, "1\x1f%s\x1f%s", program, f->project);
	must(sel_store_action(f->s,
			      &(struct sel_action_row){
				      .session = f->session,
				      .at = f->now,
				      .pid = (pid_t)(2 + below(40000)),
				      .op = SEL_OP_WRITE,
				      .tier = SEL_T1,
				      .decision = allow ? SEL_ALLOW : SEL_DENY,
				      .source = source,
				      .exe = exe,
				      .comm = strrchr(exe, '/') + 1,
				      .object = object,
				      .reason = reason,
				      .question = ask ? question(f, exe, program, object) : 0,
				      .rule = source == SEL_SRC_RULE && f->rules
						      ? 1 + below((unsigned)f->rules)
						      : 0,
				      .program = source == SEL_SRC_LEARNED ? program : NULL,
				      .key = source == SEL_SRC_LEARNED ? key : NULL,
			      },
			      NULL),
	     "action");
}

static void rules(struct fill *f)
{
	for (uint64_t i = 0; i < f->rules; i++) {
		char object[96];
		struct sel_rule_row row = {.op = SEL_OP_WRITE,
					   .kind = SEL_RUNG_TREE,
					   .object = object,
					   .exe = "/usr/bin/tool-1",
					   .decision = SEL_ALLOW,
					   .created = f->from,
					   .expires = f->from + 400 * DAY};

		(void)snprintf(object, sizeof object, "/home/ana/work/data/%lu", (unsigned long)i);
		must(sel_store_rule_add(f->s, &row), "rule");
	}
}

static double msec_since(usec_t start)
{
	return (double)(sel_now_monotonic() - start) / 1000;
}

static int64_t size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? 0 : st.st_size;
}

static int see_rule(const struct sel_rule_row *row, void *ctx)
{
	(void)row;
	++*(uint64_t *)ctx;
	return 0;
}

static int see_fact(const struct sel_fact_row *row, void *ctx)
{
	(void)row;
	++*(uint64_t *)ctx;
	return 0;
}

static struct sel_store *open_timed(const char *path, enum sel_store_mode mode, const char *name)
{
	struct sel_store *s = NULL;
	char *error = NULL;
	usec_t start = sel_now_monotonic();

	if (sel_store_open(path, mode, &s, &error) < 0) {
		(void)fprintf(stderr, "%s\n", error ? error : "cannot open");
		exit(1);
	}
	(void)printf("%-34s %10.2f ms\n", name, msec_since(start));
	return s;
}

static void stats_timed(struct sel_store *s, const char *name, const struct sel_filter *filter)
{
	for (int i = 0; i < 3; i++) {
		usec_t start = sel_now_monotonic();
		json_t *out = NULL;

		must(sel_report_stats(s, filter, &out), "stats");
		(void)printf("%-34s %10.2f ms\n", name, msec_since(start));
		json_decref(out);
	}
}

static int see_row(json_t *row, void *ctx)
{
	(void)row;
	++*(uint64_t *)ctx;
	return 0;
}

static void search_timed(struct sel_store *s, const char *name, const char *text, uint64_t limit)
{
	const struct sel_filter f = {.contains = text, .limit = limit};
	usec_t start = sel_now_monotonic();
	uint64_t n = 0;

	must(sel_search_log(s, &f, see_row, NULL, &n), "search");
	(void)printf("%-34s %10.2f ms (%lu rows)\n", name, msec_since(start), (unsigned long)n);
}

static void fill(struct fill *f, const char *path)
{
	unsigned per_session = (unsigned)(f->actions / SESSIONS) + 1, sessions = 0;
	int64_t before;
	usec_t start;

	rules(f);
	before = size_of(path);
	start = sel_now_monotonic();
	for (uint64_t i = 0; i < f->actions; i++) {
		f->now = f->from + (usec_t)((double)i / (double)f->actions * DAYS * DAY);
		if (i % per_session == 0) {
			if (i > 0)
				session_end(f);
			session_begin(f, sessions++);
		}
		action(f, i % QUESTION_EVERY == 0);
	}
	session_end(f);
	(void)printf("%-34s %10.1f us an action\n", "writing (1 in 50 a question)",
		     msec_since(start) * 1000 / (double)f->actions);
	(void)printf("%-34s %10.0f bytes per 1,000 actions\n", "growth",
		     (double)(size_of(path) - before) * 1000 / (double)f->actions);
}

int main(int argc, char **argv)
{
	struct fill f = {.actions = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000000,
			 .rules = argc > 3 ? strtoull(argv[3], NULL, 10) : 100000};
	uint64_t n = 0, bad = 0;
	usec_t start;

	if (argc < 2)
		return 2;
	f.from = sel_now_real() - DAYS * DAY;
	f.now = f.from;
	f.rungs = json_pack("[{s:i,s:s,s:s},{s:i,s:s,s:s}]", "n", 0, "kind", "file", "label",
			    "this file only", "n", 1, "kind", "tree", "label", "this folder");
	f.s = open_timed(argv[1], SEL_STORE_WRITE, "making");
	fill(&f, argv[1]);
	sel_store_free(f.s);
	(void)printf("%-34s %10.1f MB\n", "size", (double)size_of(argv[1]) / 1e6);

	f.s = open_timed(argv[1], SEL_STORE_WRITE, "opening to write");
	start = sel_now_monotonic();
	must(sel_store_rules_alive(f.s, sel_now_real(), see_rule, &n), "rules");
	(void)printf("%-34s %10.2f ms (%lu rules)\n", "loading rules", msec_since(start),
		     (unsigned long)n);
	n = 0;
	start = sel_now_monotonic();
	must(sel_store_facts(f.s, sel_now_real() - 90 * DAY, 0, see_fact, &n), "facts");
	(void)printf("%-34s %10.2f ms (%lu answers)\n", "loading 90 days of facts",
		     msec_since(start), (unsigned long)n);
	sel_store_free(f.s);

	f.s = open_timed(argv[1], SEL_STORE_READ, "opening to read");
	stats_timed(f.s, "stats", &(struct sel_filter){0});
	stats_timed(f.s, "stats of 30 days",
		    &(struct sel_filter){.since = sel_now_real() - 30 * DAY});
	stats_timed(f.s, "stats of a session", &(struct sel_filter){.session = "last"});
	search_timed(f.s, "searching, the first 500", "tool-33 write", 500);
	search_timed(f.s, "searching all, in vain", "no such text", 0);
	start = sel_now_monotonic();
	must(sel_store_verify(f.s, &n, &bad), "verify");
	(void)printf("%-34s %10.0f ms (%lu events)\n", "verifying", msec_since(start),
		     (unsigned long)n);
	sel_store_free(f.s);
	json_decref(f.rungs);
	return 0;
}
