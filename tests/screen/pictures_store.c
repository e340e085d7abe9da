#include "pictures_store.h"

#include "seldom/store.h"
#include "test.h"
#include "undo.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#define NOW  ((usec_t)PICTURES_NOW * USEC_PER_SEC)
#define MIN  ((usec_t)60 * USEC_PER_SEC)
#define HOUR (60 * MIN)
#define DAY  (24 * HOUR)

static struct sel_store *store;

/* --- runs ----------------------------------------------------------------------------------------
 */

static const struct run {
	const char *id, *words[4], *folder;
	usec_t ago, lasted;
	int exit;
	uint64_t work; /* in scope: counted, not listed */
} runs[] = {
	{"b4xq7mna", {"claude"}, "/home/ana/app", 21 * DAY, 2 * HOUR, 0, 6120},
	{"d2ktw6ye", {"npm", "ci"}, "/home/ana/site", 13 * DAY, 4 * MIN, 0, 9310},
	{"f7hn3zsq", {"claude"}, "/home/ana/app", 8 * DAY, 3 * HOUR, 0, 8804},
	{"j5rwc2uo", {"make", "release"}, "/home/ana/app", 3 * DAY, 11 * MIN, 2, 1507},
	{"m6vy4tbg", {"claude"}, "/home/ana/site", DAY + 2 * HOUR, HOUR, 0, 5216},
	{"q3cz7kpe", {"claude"}, "/home/ana/app", 3 * HOUR, 90 * MIN, 0, 7042},
};

static void run_begin(const struct run *r)
{
	json_t *command = json_array();
	const struct sel_count_row scope = {.exe = "/usr/bin/node",
					    .folder = r->folder,
					    .op = SEL_OP_WRITE,
					    .source = SEL_SRC_SCOPE,
					    .count = r->work};
	const struct sel_session_row row = {.id = r->id,
					    .command = command,
					    .cwd = r->folder,
					    .project = r->folder,
					    .version = "0.1",
					    .broker_pid = 1,
					    .started = NOW - r->ago};

	for (size_t i = 0; i < SEL_N(r->words) && r->words[i]; i++)
		(void)json_array_append_new(command, json_string(r->words[i]));
	assert_int_equal(sel_store_session_begin(store, &row), 0);
	assert_int_equal(sel_store_counts(store, r->id, &scope, 1), 0);
	json_decref(command);
}

static void run_end(const struct run *r)
{
	json_t *summary = json_object();

	assert_int_equal(
		sel_store_session_end(store, r->id, NOW - r->ago + r->lasted, r->exit, summary), 0);
	json_decref(summary);
}

static const struct run *run_at(usec_t at)
{
	const struct run *found = &runs[0];

	for (size_t i = 0; i < SEL_N(runs); i++)
		if (NOW - runs[i].ago <= at)
			found = &runs[i];
	return found;
}

/* --- questions -----------------------------------------------------------------------------------
 */

static const struct program {
	const char *name, *exe, *object, *class, *unit;
	enum sel_tier tier;
} programs[] = {
	{"pkg:nodejs /usr/bin/node", "/usr/bin/node", "/home/ana/.npm/_cacache/index", "tool-cache",
	 "/home/ana/.npm", SEL_T1},
	{"pkg:git /usr/bin/git", "/usr/bin/git", "/home/ana/app/.git/config", "exec-config",
	 "/home/ana/app/.git", SEL_T2},
	{"pkg:maven /usr/bin/mvn", "/usr/bin/mvn", "/home/ana/.m2/repository/org/a.jar",
	 "tool-cache", "/home/ana/.m2", SEL_T1},
	{"pkg:tar /usr/bin/tar", "/usr/bin/tar", "/home/ana/old/notes", "home", "/home/ana/old",
	 SEL_T1},
};

static int64_t question(uint32_t number, usec_t at, const struct program *p, bool allow)
{
	json_t *rungs = json_pack("[{s:i,s:s,s:s}]", "n", 0, "kind", "file", "label", "this file");
	const struct sel_question_row q = {
		.session = run_at(at)->id,
		.number = number,
		.asked = at,
		.op = SEL_OP_CREATE,
		.tier = p->tier,
		.exe = p->exe,
		.object = p->object,
		.fresh = "new",
		.rungs = rungs,
		.project = "/home/ana/app",
		.program = p->name,
		.digest = "00",
		.keys = {"0object", "1shape", "2shape", "3any|add|x", "4add|x"},
		.class_ = p->class,
		.unit = p->unit,
		.words = 20,
		.state = number % 11 == 9 ? "TIRED" : "FRESH",
		.predicted = 0.2,
		.support = 5,
	};
	usec_t response = (usec_t)(3 + number * 7 % 9) * USEC_PER_SEC;
	struct sel_answer_row answer = {
		.at = at + response,
		.decision = allow ? SEL_ALLOW : SEL_DENY,
		.source = SEL_SRC_PERSON,
		.front = number % 3 ? "run" : "console",
		.rung = allow ? 0 : -1,
		.response = response,
		.settled = 1,
		.measured = true,
		.rapid = false,
		.weight = 1,
	};

	assert_int_equal(sel_store_question(store, &q, &answer.question), 0);
	assert_int_equal(sel_store_answer(store, &answer), 0);
	json_decref(rungs);
	return answer.question;
}

/* Less each week. */
static void questions(void)
{
	static const char a_day[] = "997586540433210220210";
	static const char who[] = "0012013001200";
	uint32_t n = 0;

	for (size_t day = 0; day + 1 < sizeof a_day; day++)
		for (int i = 0; i < a_day[day] - '0'; i++, n++)
			(void)question(n + 1,
				       NOW - (20 - day) * DAY - 3 * HOUR + (usec_t)i * 17 * MIN,
				       &programs[who[n % (sizeof who - 1)] - '0'], n % 9 != 4);
}

/* --- what was decided ----------------------------------------------------------------------------
 */

#define LEARNED "shape approved 5x (attentive), last 2 d"
static const struct {
	usec_t ago;
	const char *exe, *comm;
	enum sel_op op;
	const char *object;
	enum sel_tier tier;
	enum sel_decision decision;
	enum sel_source source;
	const char *reason;
	int64_t rule;
	uint64_t repeats;
} actions[] = {
	/* clang-format off */
	{21 * DAY - 9 * MIN, "/usr/bin/node", "node", SEL_OP_CREATE, "/home/ana/.npm/_logs/1.log", SEL_T1, SEL_ALLOW, SEL_SRC_PERSON, "you allowed it, once", 0, 0},
	{13 * DAY - 2 * MIN, "/usr/bin/node", "npm", SEL_OP_CREATE, "/home/ana/.npm/_cacache/tmp/3f", SEL_T1, SEL_ALLOW, SEL_SRC_RULE, "rule", 1, 811},
	{8 * DAY - 5 * MIN, "/usr/bin/git", "git", SEL_OP_WRITE, "/home/ana/app/.git/config", SEL_T2, SEL_ALLOW, SEL_SRC_PERSON, "you allowed it, once", 0, 0},
	{8 * DAY - 52 * MIN, "/usr/bin/cat", "cat", SEL_OP_READ, "/home/ana/.aws/credentials", SEL_T3, SEL_DENY, SEL_SRC_PERSON, "you denied it", 0, 0},
	{3 * DAY - 4 * MIN, "/usr/bin/mvn", "mvn", SEL_OP_CREATE, "/home/ana/.m2/repository/org/junit/junit-4.13.jar", SEL_T1, SEL_ALLOW, SEL_SRC_LEARNED, LEARNED, 0, 17},
	{3 * DAY - 8 * MIN, "/usr/bin/install", "install", SEL_OP_CREATE, "/usr/local/bin/app", SEL_T2, SEL_DENY, SEL_SRC_TIMEOUT, "nobody answered", 0, 0},
	{DAY + 100 * MIN, "/usr/bin/node", "npm", SEL_OP_CREATE, "/home/ana/.npm/_cacache/tmp/9a", SEL_T1, SEL_ALLOW, SEL_SRC_RULE, "rule", 1, 402},
	{DAY + 80 * MIN, "/usr/bin/node", "node", SEL_OP_WRITE, "/home/ana/.config/site/settings.json", SEL_T1, SEL_ALLOW, SEL_SRC_RULE, "rule", 2, 2},
	{DAY + 71 * MIN, "/usr/bin/rm", "rm", SEL_OP_DELETE, "/home/ana/notes/2025.md", SEL_T1, SEL_DENY, SEL_SRC_RULE, "rule", 3, 0},
	{178 * MIN, "/usr/bin/node", "npm", SEL_OP_CREATE, "/home/ana/.npm/_cacache/tmp/c1", SEL_T1, SEL_ALLOW, SEL_SRC_RULE, "rule", 1, 96},
	{171 * MIN, "/usr/bin/mvn", "mvn", SEL_OP_CREATE, "/home/ana/.m2/repository/org/slf4j/slf4j-2.0.jar", SEL_T1, SEL_ALLOW, SEL_SRC_LEARNED, LEARNED, 0, 5},
	{166 * MIN, "/usr/bin/dash", "sh", SEL_OP_CREATE, "/home/ana/app/.git/hooks/pre-commit", SEL_T2, SEL_DENY, SEL_SRC_PERSON, "you denied it", 0, 0},
	{165 * MIN, "/usr/bin/dash", "sh", SEL_OP_CREATE, "/home/ana/app/.git/hooks/pre-commit", SEL_T2, SEL_DENY, SEL_SRC_MEMORY, "denied before in this run", 0, 3},
	{158 * MIN, "/usr/bin/cat", "cat", SEL_OP_READ, "/home/ana/.ssh/id_ed25519", SEL_T3, SEL_DENY, SEL_SRC_PERSON, "you denied it", 0, 0},
	{149 * MIN, "/usr/bin/git", "git", SEL_OP_WRITE, "/home/ana/app/.git/config", SEL_T2, SEL_ALLOW, SEL_SRC_PERSON, "you allowed it, this session", 0, 0},
	{140 * MIN, "/usr/bin/tar", "tar", SEL_OP_CREATE, "/home/ana/old/notes/2024.md", SEL_T1, SEL_ALLOW, SEL_SRC_PERSON, "you allowed it, this session", 0, 212},
	{122 * MIN, "/usr/bin/mvn", "mvn", SEL_OP_CREATE, "/home/ana/.m2/repository/org/h2/h2-2.2.jar", SEL_T1, SEL_ALLOW, SEL_SRC_LEARNED, LEARNED, 0, 1},
	{95 * MIN, "/usr/bin/node", "node", SEL_OP_WRITE, "/home/ana/.config/site/settings.json", SEL_T1, SEL_ALLOW, SEL_SRC_RULE, "rule", 2, 0},
	/* clang-format on */
};

static void decided(void)
{
	for (size_t i = 0; i < SEL_N(actions); i++) {
		const struct sel_action_row row = {
			.session = run_at(NOW - actions[i].ago)->id,
			.at = NOW - actions[i].ago,
			.pid = 4711,
			.op = actions[i].op,
			.tier = actions[i].tier,
			.decision = actions[i].decision,
			.source = actions[i].source,
			.exe = actions[i].exe,
			.comm = actions[i].comm,
			.object = actions[i].object,
			.reason = actions[i].reason,
			.rule = actions[i].rule,
			.program = actions[i].source == SEL_SRC_LEARNED ? programs[2].name : NULL,
			.key = actions[i].source == SEL_SRC_LEARNED ? "1shape" : NULL,
			.repeats = actions[i].repeats,
		};
		int64_t id;

		assert_int_equal(sel_store_action(store, &row, &id), 0);
	}
}

static void rules(void)
{
	static const struct {
		struct sel_rule_row row;
		usec_t used;
		uint64_t uses;
	} rule[] = {
		{{.kind = SEL_RUNG_TREE,
		  .object = "/home/ana/.npm",
		  .decision = SEL_ALLOW,
		  .created = NOW - 21 * DAY,
		  .expires = NOW + 9 * DAY},
		 NOW - 178 * MIN,
		 1312},
		{{.kind = SEL_RUNG_FOLDER,
		  .op = SEL_OP_WRITE,
		  .object = "/home/ana/.config/site",
		  .exe = "/usr/bin/node",
		  .decision = SEL_ALLOW,
		  .created = NOW - 13 * DAY,
		  .expires = NOW + 17 * DAY},
		 NOW - 95 * MIN,
		 4},
		{{.kind = SEL_RUNG_TREE,
		  .op = SEL_OP_DELETE,
		  .object = "/home/ana/notes",
		  .decision = SEL_DENY,
		  .created = NOW - 8 * DAY,
		  .expires = NOW + 22 * DAY},
		 NOW - DAY - 71 * MIN,
		 1},
		{{.kind = SEL_RUNG_TREE,
		  .object = "/home/ana/.cache/pip",
		  .decision = SEL_ALLOW,
		  .created = NOW - 20 * DAY,
		  .expires = NOW + 10 * DAY},
		 0,
		 0},
	};

	for (size_t i = 0; i < SEL_N(rule); i++) {
		struct sel_rule_row row = rule[i].row;

		row.question = (int64_t)i + 1;
		assert_int_equal(sel_store_rule_add(store, &row), 0);
		if (rule[i].uses)
			assert_int_equal(
				sel_store_rule_used(store, row.id, rule[i].used, rule[i].uses), 0);
	}
}

/* --- what can be brought back --------------------------------------------------------------------
 */

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	(void)fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void kept(const char *state, const char *home)
{
	static const struct {
		const char *name, *before, *after; /* NULL: removed */
	} file[] = {{"todo", "milk\nbread\n", "milk\n"},
		    {"plan.md", "# Plan\n\nShip it.\n", "# Plan\n\nShip it on Monday.\n"},
		    {"2025.md", "a year\n", NULL},
		    {"ideas.md", "one\ntwo\n", NULL}};
	struct sel_undo *u = NULL;
	char path[512];

	(void)snprintf(path, sizeof path, "%s/seldom/undo", state);
	assert_int_equal(sel_undo_new(path, "q3cz7kpe", &u), 0);
	(void)snprintf(path, sizeof path, "%s/old", home);
	(void)mkdir(path, 0700);
	for (size_t i = 0; i < SEL_N(file); i++) {
		_cleanup_close_ int fd = -1;

		(void)snprintf(path, sizeof path, "%s/old/%s", home, file[i].name);
		put(path, file[i].before);
		fd = open(path, O_PATH | O_CLOEXEC);
		assert_true(sel_undo_keep(u, file[i].after ? SEL_UNDO_WRITE : SEL_UNDO_REMOVE, path,
					  fd, NULL) > 0);
		if (file[i].after)
			put(path, file[i].after);
		else
			(void)unlink(path);
	}
	sel_undo_end(u);
	sel_undo_free(u);
}

void pictures_store_fill(const char *state, const char *home)
{
	char path[256];

	(void)snprintf(path, sizeof path, "%s/seldom", state);
	(void)mkdir(path, 0700);
	(void)snprintf(path, sizeof path, "%s/seldom/seldom.db", state);
	assert_int_equal(sel_store_open(path, SEL_STORE_WRITE, &store, NULL), 0);
	for (size_t i = 0; i < SEL_N(runs); i++)
		run_begin(&runs[i]);
	questions();
	rules();
	decided();
	for (size_t i = 0; i < SEL_N(runs); i++)
		run_end(&runs[i]);
	sel_store_free(store);
	store = NULL;
	kept(state, home);
}
