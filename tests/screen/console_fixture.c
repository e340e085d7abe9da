#include "console_fixture.h"

#include "test.h"
#include "undo.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#define HOUR ((usec_t)3600 * USEC_PER_SEC)
#define DAY  (24 * HOUR)
/* 2026-01-05 10:00 UTC, a Monday: so long ago that nothing depends on today. */
#define THEN ((usec_t)1767607200 * USEC_PER_SEC)
/* 2098-12-31: still in force when somebody looks. */
#define LATER ((usec_t)4070822400 * USEC_PER_SEC)

/* Every way in which a text may reach for the terminal or the eye. */
#define EVIL                                                                                       \
	"x\033[2J\033]0;owned\007\033]8;;http://evil.test\033\\link\033]8;;\033\\"                 \
	"\xe2\x80\xae" /* bidi */ "\xe2\x80\x8b" /* zero width */ "\n\r\t\x9b"                     \
	"31m\xff\x7fp\xd0\xb0" /* a Cyrillic a */ "ypal.test"

static struct sel_store *store;

static char *long_path(void)
{
	static char path[4096];

	(void)strcpy(path, "/srv");
	for (size_t n = 4; n + 12 < sizeof path; n = strlen(path))
		(void)snprintf(path + n, sizeof path - n, "/folder-%03zu", n / 11);
	return path;
}

static void session(const char *id, const char *word, const char *cwd, usec_t started, int code)
{
	json_t *command = json_array(), *summary = json_object();
	_cleanup_free_ char *safe = sel_text_dup(word, strlen(word));
	const struct sel_session_row row = {.id = id,
					    .command = command,
					    .cwd = cwd,
					    .project = cwd,
					    .version = "test",
					    .broker_pid = 1,
					    .started = started};

	(void)json_array_append_new(command, json_string("make"));
	(void)json_array_append_new(command, json_string(safe));
	assert_int_equal(sel_store_session_begin(store, &row), 0);
	assert_int_equal(sel_store_session_end(store, id, started + HOUR / 3, code, summary), 0);
	json_decref(command);
	json_decref(summary);
}

struct program {
	const char *name, *exe, *object, *class, *unit;
	enum sel_tier tier;
};
static const struct program programs[] = {
	{"pkg:maven /usr/bin/mvn", "/usr/bin/mvn", "/home/ana/.m2/repository/org/a.jar",
	 "tool-cache", "/home/ana/.m2/repository", SEL_T1},
	{"pkg:git /usr/bin/git", "/usr/bin/git", "/home/ana/app/.git/config", "exec-config",
	 "/home/ana/app/.git", SEL_T2},
	{"sha:" EVIL, "/opt/" EVIL, "/srv/" EVIL, "system", "/srv/" EVIL, SEL_T2},
};

static void question(uint32_t number, usec_t at, const struct program *p)
{
	json_t *rungs = json_pack("[{s:i,s:s,s:s}]", "n", 0, "kind", "file", "label", "this file");
	const struct sel_question_row q = {
		.session = "aaaaaaaa",
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
		.state = number % 3 ? "FRESH" : "TIRED",
		.predicted = 0.3,
		.support = 5,
	};
	usec_t response =
		(usec_t)(number % 4 ? 2 + number % 9 : 0) * USEC_PER_SEC + 500 * USEC_PER_MSEC;
	struct sel_answer_row answer = {
		.at = at + response,
		.decision = number % 5 ? SEL_ALLOW : SEL_DENY,
		.source = SEL_SRC_PERSON,
		.front = "console",
		.rung = number % 5 ? 0 : -1,
		.response = response,
		.settled = 1,
		.measured = true,
		.rapid = number % 4 == 0,
		.weight = 1,
	};

	assert_int_equal(sel_store_question(store, &q, &answer.question), 0);
	assert_int_equal(sel_store_answer(store, &answer), 0);
	json_decref(rungs);
}

static void action(const char *of, usec_t at, const char *object, int i, int64_t rule)
{
	static const struct {
		enum sel_source source;
		const char *reason;
	} by[] = {{SEL_SRC_LEARNED, "shape approved 5x (attentive), last 2 d"},
		  {SEL_SRC_PERSON, "you allowed it, once"},
		  {SEL_SRC_INVARIANT, "I3 credential store, never learned"}};
	bool denied = i % 3 == 2;
	const struct sel_action_row row = {
		.session = of,
		.at = at,
		.pid = 4711,
		.op = i % 2 ? SEL_OP_CREATE : SEL_OP_READ,
		.tier = denied	? SEL_T3
			: i % 3 ? SEL_T2
				: SEL_T1,
		.decision = denied ? SEL_DENY : SEL_ALLOW,
		.source = rule ? SEL_SRC_RULE : by[i % 3].source,
		.exe = i % 7 ? "/usr/bin/mvn" : "/opt/" EVIL,
		.comm = i % 7 ? "mvn" : "x\033]0;o",
		.object = object,
		.reason = rule ? "rule" : by[i % 3].reason,
		.rule = rule,
		.program = i % 3 ? NULL : "pkg:maven /usr/bin/mvn",
		.key = i % 3 ? NULL : "1shape",
		.repeats = i == 4 ? 6 : 0,
	};
	int64_t id;

	assert_int_equal(sel_store_action(store, &row, &id), 0);
}

static void rules(void)
{
	struct sel_rule_row row[] = {
		{.kind = SEL_RUNG_TREE, .object = "/home/ana/.m2", .decision = SEL_ALLOW},
		{.kind = SEL_RUNG_FILE,
		 .op = SEL_OP_WRITE,
		 .object = "/home/ana/.config/tool.conf",
		 .exe = "/usr/bin/tool",
		 .decision = SEL_ALLOW},
		{.kind = SEL_RUNG_FOLDER,
		 .op = SEL_OP_DELETE,
		 .object = "/srv/data",
		 .decision = SEL_DENY},
		{.kind = SEL_RUNG_TREE, .object = "/srv/" EVIL, .decision = SEL_ALLOW},
		{.kind = SEL_RUNG_FILE, .object = long_path(), .decision = SEL_ALLOW},
	};

	for (size_t i = 0; i < SEL_N(row); i++) {
		row[i].created = THEN + i * HOUR;
		row[i].expires = LATER;
		row[i].question = i == 0;
		assert_int_equal(sel_store_rule_add(store, &row[i]), 0);
	}
	for (int i = 0; i < 3; i++)
		action("cccccccc", THEN + 20 * DAY + (usec_t)i * USEC_PER_SEC,
		       "/home/ana/.m2/settings.xml", 4 + i % 2, 1);
	assert_int_equal(sel_store_rule_used(store, 1, THEN + 20 * DAY, 3), 0);
}

static void actions(void)
{
	char object[128];

	for (int i = 0; i < 60; i++) {
		(void)snprintf(object, sizeof object, "/home/ana/.m2/repository/org/lib%d/l.jar",
			       i);
		action("aaaaaaaa", THEN + (usec_t)i * 61 * USEC_PER_SEC, object, i, 0);
	}
	action("bbbbbbbb", THEN + 9 * DAY, "/srv/" EVIL, 7, 0);
	action("bbbbbbbb", THEN + 9 * DAY + USEC_PER_SEC, long_path(), 8, 0);
}

/* What is kept of a run: `folder` holds the files, and changes them. */
static void kept(const char *state, const char *folder)
{
	struct sel_undo *u = NULL;
	char dir[256], path[512], to[512];

	(void)snprintf(dir, sizeof dir, "%s/seldom/undo", state);
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(sel_undo_new(dir, "aaaaaaaa", &u), 0);
	for (int i = 0; i < 3; i++) {
		_cleanup_close_ int fd = -1;
		FILE *f;

		(void)snprintf(path, sizeof path, "%s/%s", folder,
			       i == 0	? "notes"
			       : i == 1 ? "gone"
					: "e\033[2Jvil");
		f = fopen(path, "we");
		assert_non_null(f);
		(void)fprintf(f, "one\ntwo\033]0;x\007\nthree\n");
		(void)fclose(f);
		fd = open(path, O_PATH | O_CLOEXEC);
		assert_true(sel_undo_keep(u, i == 1 ? SEL_UNDO_REMOVE : SEL_UNDO_WRITE, path, fd,
					  NULL) > 0);
		if (i == 1) {
			(void)unlink(path);
			continue;
		}
		f = fopen(path, "we");
		assert_non_null(f);
		(void)fprintf(f, "one\nTWO\nthree\n");
		(void)fclose(f);
	}
	(void)to;
	sel_undo_end(u);
	sel_undo_free(u);
}

void fixture_fill(const char *state)
{
	char path[256];

	(void)snprintf(path, sizeof path, "%s/seldom", state);
	(void)mkdir(path, 0700);
	(void)snprintf(path, sizeof path, "%s/seldom/seldom.db", state);
	assert_int_equal(sel_store_open(path, SEL_STORE_WRITE, &store, NULL), 0);
	session("aaaaaaaa", "all", "/home/ana/app", THEN, 0);
	session("bbbbbbbb", EVIL, "/home/ana/" EVIL, THEN + 9 * DAY, 2);
	session("cccccccc", "test", long_path(), THEN + 20 * DAY, 0);
	for (uint32_t i = 0; i < 40; i++)
		question(i + 1, THEN + i * DAY / 2 + (i % 3) * HOUR, &programs[i % 5 % 3]);
	actions();
	rules();
	sel_store_free(store);
	store = NULL;
	(void)snprintf(path, sizeof path, "%s/files", state);
	kept(state, path);
}

uint64_t fixture_events(const char *state)
{
	uint64_t events = 0, bad = 0;
	struct sel_store *s = NULL;
	char path[256];

	(void)snprintf(path, sizeof path, "%s/seldom/seldom.db", state);
	assert_int_equal(sel_store_open(path, SEL_STORE_READ, &s, NULL), 0);
	assert_int_equal(sel_store_verify(s, &events, &bad), 0);
	sel_store_free(s);
	return events;
}
