/* Fills a store as weeks of use would, with names that were chosen to break whatever shows them.
 * usage: fill-store FILE [tired|watched]   (the store; it must not exist) */
#include "seldom/store.h"

#include <stdio.h>

#define DAY   ((usec_t)24 * 3600 * USEC_PER_SEC)
#define EVIL  "x\033[2J<script>alert(1)</script>&\"'\\\n\xe2\x80\xae}y\xff"
#define SHAPE "pkg:maven /usr/bin/mvn|install|create|tool-cache|/home/ana/.m2/repository"

static struct sel_store *store;
static usec_t now;

static void must(int r, const char *what)
{
	if (r >= 0)
		return;
	(void)fprintf(stderr, "fill-store: %s: %s\n", what, strerror(-r));
	exit(1);
}

static void session(const char *id, const char *project, usec_t started, usec_t ended)
{
	json_t *command = json_pack("[s,s]", "make", "all"), *summary = json_object();
	const struct sel_session_row row = {.id = id,
					    .command = command,
					    .cwd = project,
					    .project = project,
					    .version = "test",
					    .broker_pid = 1,
					    .started = started};

	must(sel_store_session_begin(store, &row), "session");
	if (ended)
		must(sel_store_session_end(store, id, ended, 0, summary), "end");
	json_decref(command);
	json_decref(summary);
}

struct ask {
	const char *session;
	uint32_t number;
	usec_t at;
	enum sel_tier tier;
	const char *program, *exe, *object, *class, *unit, *shape, *project;
	bool allow, decoy;
	usec_t response;
	double weight;
};

/* Keys begin with the digit of their rung. */
static const char *key(char rung, const char *of)
{
	static char keys[5][1024];
	char *to = keys[rung - '0'];

	(void)snprintf(to, sizeof keys[0], "%c%s", rung, of);
	return to;
}

static int64_t ask(const struct ask *a)
{
	json_t *rungs = json_pack("[{s:i,s:s,s:s}]", "n", 0, "kind", "file", "label", "this file");
	const struct sel_question_row q = {
		.session = a->session,
		.number = a->number,
		.asked = a->at,
		.op = SEL_OP_CREATE,
		.tier = a->tier,
		.exe = a->exe,
		.object = a->object,
		.fresh = "new",
		.rungs = rungs,
		.project = a->project,
		.program = a->program,
		.digest = "00",
		.subcommand = "install",
		.keys = {key('0', a->object), key('1', a->shape), key('2', a->shape),
			 "3any|add|tool-cache", "4add|tool-cache"},
		.class_ = a->class,
		.unit = a->unit,
		.words = 20,
		.state = a->number % 3 ? "FRESH" : "TIRED",
		.predicted = 0.3,
		.support = 5,
		.decoy = a->decoy,
	};
	int64_t id = 0;
	struct sel_answer_row answer = {
		.at = a->at + a->response,
		.decision = a->allow ? SEL_ALLOW : SEL_DENY,
		.source = SEL_SRC_PERSON,
		.front = "run",
		.rung = a->allow ? 0 : -1,
		.response = a->response,
		.settled = 1,
		.measured = true,
		.rapid = a->allow && a->response < 1000 * USEC_PER_MSEC,
		.weight = a->weight,
	};

	must(sel_store_question(store, &q, &id), "question");
	answer.question = id;
	must(sel_store_answer(store, &answer), "answer");
	json_decref(rungs);
	return id;
}

static void questions(void)
{
	struct ask maven = {.session = "aaaaaaaa",
			    .tier = SEL_T1,
			    .program = "pkg:maven /usr/bin/mvn",
			    .exe = "/usr/bin/mvn",
			    .class = "tool-cache",
			    .unit = "/home/ana/.m2/repository",
			    .shape = SHAPE,
			    .project = "/home/ana/app",
			    .allow = true,
			    .weight = 1};
	struct ask evil = {.session = "bbbbbbbb",
			   .tier = SEL_T2,
			   .program = "sha:" EVIL,
			   .exe = "/opt/" EVIL,
			   .object = "/srv/" EVIL,
			   .class = "system",
			   .unit = "/srv/" EVIL,
			   .shape = "evil|" EVIL,
			   .project = "/home/ana/" EVIL,
			   .weight = 1};
	struct ask old = {.session = "bbbbbbbb",
			  .tier = SEL_T1,
			  .program = "pkg:old /usr/bin/old",
			  .exe = "/usr/bin/old",
			  .object = "/home/ana/.cache/old/a",
			  .class = "tool-cache",
			  .unit = "/home/ana/.cache/old",
			  .shape = "old shape",
			  .project = "/home/ana/app",
			  .allow = true,
			  .response = 8000 * USEC_PER_MSEC,
			  .weight = 1};
	char object[128];

	for (uint32_t i = 0; i < 14; i++) {
		(void)snprintf(object, sizeof object, "/home/ana/.m2/repository/org/a%u/a.jar", i);
		maven.number = i + 1;
		maven.object = object;
		maven.at = now - 12 * DAY + i * DAY / 2;
		maven.response = (i % 4 ? 9000 : 300) * USEC_PER_MSEC;
		maven.weight = i % 4 ? 1 : 0;
		(void)ask(&maven);
	}
	for (uint32_t i = 0; i < 9; i++) {
		evil.number = i + 1;
		evil.at = now - 8 * DAY + i * DAY / 3;
		evil.response = 12000 * USEC_PER_MSEC;
		evil.allow = i > 2;
		(void)ask(&evil);
	}
	/* approved with care, and long ago */
	for (uint32_t i = 0; i < 3; i++) {
		old.number = 50 + i;
		old.at = now - 80 * DAY + i * DAY;
		(void)ask(&old);
	}
	maven.number = 90;
	maven.at = now - DAY;
	maven.decoy = true;
	maven.allow = false;
	(void)ask(&maven);
}

static void learned(const char *of, usec_t at, const char *object, const char *shape)
{
	const struct sel_action_row row = {.session = of,
					   .at = at,
					   .pid = 7,
					   .op = SEL_OP_CREATE,
					   .tier = SEL_T1,
					   .decision = SEL_ALLOW,
					   .source = SEL_SRC_LEARNED,
					   .exe = "/usr/bin/mvn",
					   .comm = "mvn",
					   .object = object,
					   .reason = "shape approved 5x (attentive), last 2 d",
					   .program = "pkg:maven /usr/bin/mvn",
					   .key = key('1', shape)};
	int64_t id;

	must(sel_store_action(store, &row, &id), "action");
}

static void actions(void)
{
	const struct sel_count_row scope = {.exe = "/usr/bin/cc",
					    .folder = "/home/ana/app",
					    .op = SEL_OP_WRITE,
					    .source = SEL_SRC_SCOPE,
					    .count = 4321};
	char object[128];

	must(sel_store_counts(store, "aaaaaaaa", &scope, 1), "count");
	for (int i = 0; i < 24; i++) {
		(void)snprintf(object, sizeof object, "/home/ana/.m2/repository/org/l%d/l.jar", i);
		learned("aaaaaaaa", now - 2 * DAY + (usec_t)i * USEC_PER_SEC, object, SHAPE);
	}
	learned("bbbbbbbb", now - DAY, "/home/ana/.m2/repository/" EVIL, "other|" EVIL);
}

static void rules(void)
{
	struct sel_rule_row old = {.kind = SEL_RUNG_TREE,
				   .object = "/home/ana/.cache/" EVIL,
				   .decision = SEL_ALLOW,
				   .created = now - 28 * DAY,
				   .expires = now + 2 * DAY,
				   .question = 1};

	must(sel_store_rule_add(store, &old), "rule");
}

/* A copy into a folder of the system, by one program. */
static struct ask copying(const char *shape)
{
	return (struct ask){.session = "aaaaaaaa",
			    .tier = SEL_T2,
			    .program = "pkg:coreutils /usr/bin/cp",
			    .exe = "/usr/bin/cp",
			    .object = "/srv/out",
			    .class = "system",
			    .unit = "/srv",
			    .shape = shape,
			    .project = "/home/ana/app"};
}

/* The last half hour: one allow after another, none of them read. */
static void tire(void)
{
	struct ask quick = copying("quick");

	quick.allow = true;
	quick.response = 450 * USEC_PER_MSEC;
	for (uint32_t i = 0; i < 20; i++) {
		quick.number = 100 + i;
		quick.at = now - (20 - i) * 60 * USEC_PER_SEC;
		(void)ask(&quick);
	}
}

/* Checks, and answers that digests confirmed all but the last two; one more, and it would be 18 of
 * 20 caught and 4 of 20 benign ones denied. */
static void watch(void)
{
	struct ask a = copying("cp");

	a.response = 8000 * USEC_PER_MSEC;
	a.weight = 1;
	for (uint32_t i = 0; i < 19 + 21; i++) {
		struct sel_action_row act = {.session = "aaaaaaaa",
					     .op = SEL_OP_CREATE,
					     .tier = SEL_T2,
					     .source = SEL_SRC_PERSON,
					     .exe = "/usr/bin/cp",
					     .object = "/srv/out"};
		struct sel_label_row label = {.at = now};

		a.number = 100 + i;
		a.at = now - (40 - i) * DAY / 2;
		a.decoy = i < 19;
		a.allow = a.decoy ? i < 2 : i < 19 + 17;
		act.question = ask(&a);
		if (a.decoy)
			continue;
		act.at = a.at + a.response;
		act.decision = a.allow ? SEL_ALLOW : SEL_DENY;
		must(sel_store_action(store, &act, &label.action), "action");
		label.flagged = !a.allow;
		if (i != 19 && i != 19 + 20)
			must(sel_store_label(store, &label), "label");
	}
}

int main(int argc, char **argv)
{
	char *error = NULL;

	if (argc != 2 &&
	    !(argc == 3 && (strcmp(argv[2], "tired") == 0 || strcmp(argv[2], "watched") == 0)))
		return 2;
	now = sel_now_real();
	must(sel_store_open(argv[1], SEL_STORE_WRITE, &store, &error), error ? error : "open");
	session("aaaaaaaa", "/home/ana/app", now - 13 * DAY, now - 13 * DAY + DAY / 12);
	session("bbbbbbbb", "/home/ana/" EVIL, now - 9 * DAY, now - 9 * DAY + DAY / 24);
	questions();
	actions();
	rules();
	if (argc == 3 && argv[2][0] == 't')
		tire();
	else if (argc == 3)
		watch();
	sel_store_free(store);
	return 0;
}
