/* What the store tells: the log, one verdict, sessions, rules, statistics. */
#include "seldom/store.h"
#include "seldom/text.h"
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <sys/wait.h>

#define SECOND USEC_PER_SEC
#define THEN   ((usec_t)1763888400 * SECOND + 123456) /* 2025-11-23T09:00:00.123 */

static int set_up(void **state)
{
	struct sel_store *s = NULL;

	assert_int_equal(sel_store_open(NULL, SEL_STORE_MEMORY, &s, NULL), 0);
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	sel_store_free(*state);
	return 0;
}

static int keep(json_t *row, void *ctx)
{
	const char *first = json_object_iter_key(json_object_iter(row));

	assert_string_equal(first, "v");
	assert_int_equal(json_integer_value(json_object_get(row, "v")), 1);
	return json_array_append(ctx, row);
}

static int stop_at_once(json_t *row, void *ctx)
{
	(void)row;
	++*(int *)ctx;
	return 42;
}

static const char *text(const json_t *obj, const char *key)
{
	const char *s = json_string_value(json_object_get(obj, key));

	return s ? s : "(none)";
}

static json_int_t number(const json_t *obj, const char *key)
{
	const json_t *value = json_object_get(obj, key);

	if (!json_is_integer(value))
		fail_msg("'%s' is no integer", key);
	return json_integer_value(value);
}

static double real(const json_t *obj, const char *key)
{
	const json_t *value = json_object_get(obj, key);

	if (!json_is_real(value))
		fail_msg("'%s' is no real number", key);
	return json_real_value(value);
}

static void assert_null_at(const json_t *obj, const char *key)
{
	if (!json_is_null(json_object_get(obj, key)))
		fail_msg("'%s' is not null", key);
}

static void assert_near(double a, double b)
{
	if (fabs(a - b) > 0.0001)
		fail_msg("%f is not %f", a, b);
}

static void session(struct sel_store *s, const char *id, usec_t started, pid_t pid)
{
	json_auto_t *command = json_pack("[ss]", "make", "all");

	assert_int_equal(
		sel_store_session_begin(s, &(struct sel_session_row){.id = id,
								     .command = command,
								     .cwd = "/home/ana/\xff",
								     .version = "0.1.0",
								     .broker_pid = pid,
								     .started = started}),
		0);
}

static int64_t ask(struct sel_store *s, const char *id, uint32_t n, usec_t at, const char *exe)
{
	json_auto_t *rungs = json_pack("[{s:i,s:s},{s:i,s:s}]", "n", 0, "label", "this file", "n",
				       1, "label", "this folder");
	int64_t question = 0;

	assert_int_equal(sel_store_question(s,
					    &(struct sel_question_row){.session = id,
								       .number = n,
								       .asked = at,
								       .op = SEL_OP_WRITE,
								       .tier = SEL_T1,
								       .exe = exe,
								       .object = "/srv/data",
								       .fresh = "first there",
								       .rungs = rungs,
								       .recommended = 1},
					    &question),
			 0);
	return question;
}

static void answer(struct sel_store *s, int64_t question, enum sel_decision decision,
		   enum sel_source source, usec_t response)
{
	assert_int_equal(
		sel_store_answer(s, &(struct sel_answer_row){.question = question,
							     .at = THEN + 9 * SECOND,
							     .decision = decision,
							     .source = source,
							     .front = "console",
							     .rung = decision ? 1 : -1,
							     .term = SEL_FOR_30D,
							     .note = "fine",
							     .response = response,
							     .settled = 3,
							     .measured = response > 0,
							     .rapid = decision && response > 0 &&
								      response < 800000}),
		0);
}

static int64_t action(struct sel_store *s, const char *id, usec_t at, enum sel_decision decision,
		      enum sel_source source, int64_t question, int64_t rule)
{
	int64_t ret = 0;

	assert_int_equal(
		sel_store_action(s,
				 &(struct sel_action_row){.session = id,
							  .at = at,
							  .pid = 4711,
							  .op = SEL_OP_WRITE,
							  .tier = SEL_T1,
							  .decision = decision,
							  .source = source,
							  .exe = "/usr/bin/make",
							  .comm = "ma\x1b[2Jke",
							  .object = "/srv/data/\xe2\x80\xae",
							  .reason = "because",
							  .question = question,
							  .rule = rule},
				 &ret),
		0);
	return ret;
}

/* --- refusals ------------------------------------------------------------------------------------
 */

static void what_is_not_there_is_said_so(void **state)
{
	static const char *const ids[] = {"1",
					  "999999",
					  "aaaaaaaa.1",
					  "nosuch.0",
					  ".",
					  "aaaaaaaa.",
					  "",
					  "-1",
					  "1x",
					  "\xff.1",
					  "0",
					  "99999999999999999999",
					  "aaaaaaaa.-1",
					  "aaaaaaaa.4294967296",
					  "last"};
	struct sel_store *s = *state;
	json_auto_t *rows = json_array();
	json_t *out = NULL;

	for (size_t i = 0; i < SEL_N(ids); i++)
		if (sel_report_explain(s, ids[i], &out) != -ENOENT || out)
			fail_msg("'%s' is explained", ids[i]);
	for (int known = 0; known < 2; known++) {
		struct sel_filter f = {.session = known ? "other" : "last"};

		assert_int_equal(sel_report_log(s, &f, keep, rows), -ENOENT);
		assert_int_equal(sel_report_sessions(s, &f, keep, rows), -ENOENT);
		assert_int_equal(sel_report_stats(s, &f, &out), -ENOENT);
		session(s, known ? "b" : "aaaaaaaa", THEN, getpid());
	}
	assert_null(out);
	assert_int_equal(json_array_size(rows), 0);
}

static void a_filter_in_unknown_words_is_refused(void **state)
{
	struct sel_store *s = *state;
	json_auto_t *rows = json_array();

	assert_int_equal(sel_report_log(s, &(struct sel_filter){.op = "wriet"}, keep, rows),
			 -EINVAL);
	assert_int_equal(sel_report_log(s, &(struct sel_filter){.decision = "ask"}, keep, rows),
			 -EINVAL);
}

static int call_back(json_t *row, void *ctx)
{
	json_t *out = NULL;
	struct sel_store *s = ctx;

	(void)row;
	assert_int_equal(sel_report_stats(s, &(struct sel_filter){0}, &out), -EBUSY);
	return sel_store_action_repeat(s, 1, 1);
}

static void a_callback_stops_the_report_and_cannot_write(void **state)
{
	struct sel_store *s = *state;
	int n = 0;

	session(s, "aaaaaaaa", THEN, getpid());
	for (int i = 0; i < 3; i++)
		(void)action(s, "aaaaaaaa", THEN, SEL_DENY, SEL_SRC_DEFAULT, 0, 0);
	assert_int_equal(sel_report_log(s, &(struct sel_filter){0}, stop_at_once, &n), 42);
	assert_int_equal(n, 1);
	assert_int_equal(sel_report_log(s, &(struct sel_filter){0}, call_back, s), -EBUSY);
	assert_int_equal(sel_store_action_repeat(s, 1, 1), 0); /* and nothing is stuck after it */
}

/* --- log
 * ------------------------------------------------------------------------------------------ */

static void the_log_shows_rows_with_hostile_text_escaped(void **state)
{
	struct sel_store *s = *state;
	json_auto_t *rows = json_array();
	json_t *row;

	session(s, "aaaaaaaa", THEN, getpid());
	(void)action(s, "aaaaaaaa", THEN, SEL_DENY, SEL_SRC_DEFAULT, 0, 0);
	assert_int_equal(sel_report_log(s, &(struct sel_filter){0}, keep, rows), 0);
	assert_int_equal(json_array_size(rows), 1);
	row = json_array_get(rows, 0);
	assert_int_equal(number(row, "id"), 1);
	assert_string_equal(text(row, "time"), "2025-11-23T09:00:00.123Z");
	assert_int_equal(number(row, "unix"), 1763888400);
	assert_string_equal(text(row, "session"), "aaaaaaaa");
	assert_string_equal(text(row, "op"), "write");
	assert_int_equal(number(row, "tier"), 1);
	assert_string_equal(text(row, "decision"), "deny");
	assert_string_equal(text(row, "source"), "default");
	assert_string_equal(text(row, "exe"), "/usr/bin/make");
	assert_string_equal(text(row, "reason"), "because");
	assert_int_equal(number(row, "repeats"), 0);
	assert_null_at(row, "object2");
	assert_null_at(row, "question");
	assert_null_at(row, "rule");
	assert_null(strchr(text(row, "comm"), '\x1b'));
	assert_null(strstr(text(row, "object"), "\xe2\x80\xae"));
	assert_null(json_object_get(row, "exe_b64"));
	_cleanup_free_ char *object = sel_json_get_bytes(row, "object");

	assert_string_equal(object, "/srv/data/\xe2\x80\xae");
}

static void the_log_is_filtered(void **state)
{
	struct sel_store *s = *state;
	int64_t question;

	session(s, "aaaaaaaa", THEN, getpid());
	session(s, "bbbbbbbb", THEN + SECOND, getpid());
	question = ask(s, "aaaaaaaa", 1, THEN, "/usr/bin/make");
	for (usec_t i = 0; i < 10; i++)
		(void)action(s, i % 2 ? "bbbbbbbb" : "aaaaaaaa", THEN + i * SECOND,
			     i < 3 ? SEL_ALLOW : SEL_DENY, SEL_SRC_PERSON, question, 0);
	static const struct {
		struct sel_filter f;
		size_t n;
		json_int_t first;
		const char *why;
	} row[] = {
		{{0}, 10, 1, "all"},
		{{.session = "aaaaaaaa"}, 5, 1, "of one session"},
		{{.session = "last"}, 5, 2, "of the one that started last"},
		{{.decision = "allow"}, 3, 1, "allowed"},
		{{.op = "write"}, 10, 1, "of this operation"},
		{{.op = "delete"}, 0, 0, "of an operation that was not"},
		{{.since = THEN + 7 * SECOND}, 3, 8, "since then"},
		{{.since = THEN + 7 * SECOND, .session = "last"}, 2, 8, "both"},
		{{.since = THEN + 700 * SECOND}, 0, 0, "since later than all"},
		{{.limit = 4}, 4, 7, "the newest four, oldest first"},
		{{.limit = 2, .decision = "allow"}, 2, 2, "the newest two of those"},
		{{.limit = 2, .session = "aaaaaaaa"}, 2, 7, "the newest two of a session"},
		{{.limit = 400}, 10, 1, "a limit above what there is"},
		{{.limit = 4, .since = THEN + 700 * SECOND}, 0, 0, "a limit of nothing"},
		{{.limit = UINT64_MAX}, 10, 1, "an absurd limit"},
	};
	for (size_t i = 0; i < SEL_N(row); i++) {
		json_auto_t *rows = json_array();

		assert_int_equal(sel_report_log(s, &row[i].f, keep, rows), 0);
		if (json_array_size(rows) != row[i].n ||
		    (row[i].n > 0 && number(json_array_get(rows, 0), "id") != row[i].first))
			fail_msg("row %zu: %s: %zu rows", i, row[i].why, json_array_size(rows));
		for (size_t k = 1; k < json_array_size(rows); k++)
			assert_true(number(json_array_get(rows, k - 1), "id") <
				    number(json_array_get(rows, k), "id"));
	}
}

/* --- sessions
 * ------------------------------------------------------------------------------------- */

/* The pid of a process that was there and is no more. */
static pid_t gone_pid(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return pid;
}

static void sessions_are_running_ended_or_lost(void **state)
{
	struct sel_store *s = *state;
	const pid_t gone = gone_pid();
	json_auto_t *rows = json_array();
	struct sel_count_row count = {"/bin/x", "/srv", SEL_OP_WRITE, SEL_SRC_SCOPE, 40};
	json_auto_t *summary = json_object();
	json_t *row;
	int64_t id;

	session(s, "lost", THEN, gone);
	session(s, "ended", THEN + SECOND, getpid());
	session(s, "running", THEN + 2 * SECOND, getpid());
	assert_int_equal(sel_store_session_end(s, "ended", THEN + 3500000, 3, summary), 0);
	(void)ask(s, "ended", 1, THEN, "/usr/bin/make");
	id = action(s, "ended", THEN, SEL_DENY, SEL_SRC_DEFAULT, 0, 0);
	assert_int_equal(sel_store_action_repeat(s, id, 6), 0);
	assert_int_equal(sel_store_counts(s, "ended", &count, 1), 0);

	assert_int_equal(sel_report_sessions(s, &(struct sel_filter){0}, keep, rows), 0);
	assert_int_equal(json_array_size(rows), 3);
	row = json_array_get(rows, 0);
	assert_string_equal(text(row, "id"), "lost");
	assert_string_equal(text(row, "state"), "lost");
	assert_true(json_is_false(json_object_get(row, "alive")));
	assert_null_at(row, "ended");
	assert_null_at(row, "seconds");
	assert_null_at(row, "exit");
	row = json_array_get(rows, 1);
	assert_string_equal(text(row, "state"), "ended");
	assert_string_equal(text(row, "started"), "2025-11-23T09:00:01.123Z");
	assert_string_equal(text(row, "ended"), "2025-11-23T09:00:03.623Z");
	assert_near(real(row, "seconds"), 2.5);
	assert_int_equal(number(row, "exit"), 3);
	assert_int_equal(number(row, "questions"), 1);
	assert_int_equal(number(row, "actions"), 47);
	assert_string_equal(json_string_value(json_array_get(json_object_get(row, "command"), 0)),
			    "make");
	assert_non_null(json_object_get(row, "cwd_b64"));
	row = json_array_get(rows, 2);
	assert_string_equal(text(row, "state"), "running");
	assert_true(json_is_true(json_object_get(row, "alive")));
	assert_null_at(row, "ended");
}

static void sessions_are_filtered(void **state)
{
	struct sel_store *s = *state;

	session(s, "one", THEN, 1 << 22); /* no such process: above any pid_max */
	session(s, "two", THEN + SECOND, getpid());
	session(s, "three", THEN + 2 * SECOND, 1 << 22);
	static const struct {
		struct sel_filter f;
		size_t n;
		const char *first, *why;
	} row[] = {
		{{0}, 3, "one", "all"},
		{{.session = "two"}, 1, "two", "one"},
		{{.session = "last"}, 1, "three", "the last"},
		{{.limit = 2}, 2, "two", "the newest two"},
		{{.since = THEN + 2 * SECOND}, 2, "two", "one runs still, one started then"},
	};
	for (size_t i = 0; i < SEL_N(row); i++) {
		json_auto_t *rows = json_array();

		assert_int_equal(sel_report_sessions(s, &row[i].f, keep, rows), 0);
		if (json_array_size(rows) != row[i].n ||
		    strcmp(text(json_array_get(rows, 0), "id"), row[i].first) != 0)
			fail_msg("row %zu: %s", i, row[i].why);
	}
}

/* --- rules
 * ------------------------------------------------------------------------------------------ */

static void rules_show_their_state(void **state)
{
	static const char *const states[] = {"alive", "expired", "revoked", "alive", "ended"};
	struct sel_store *s = *state;
	usec_t now = sel_now_real();
	struct sel_rule_row rule = {.op = SEL_OP_WRITE,
				    .kind = SEL_RUNG_TREE,
				    .object = "/srv/\x01",
				    .decision = SEL_ALLOW,
				    .created = THEN};
	json_auto_t *rows = json_array(), *alive = json_array(), *summary = json_object();

	session(s, "running", THEN, getpid());
	session(s, "over", THEN, getpid());
	rule.question = ask(s, "running", 7, THEN, "/usr/bin/make");
	rule.expires = now + 600 * SECOND;
	assert_int_equal(sel_store_rule_add(s, &rule), 0);
	assert_int_equal(sel_store_rule_used(s, rule.id, THEN + SECOND), 0);
	rule.expires = now - SECOND;
	assert_int_equal(sel_store_rule_add(s, &rule), 0);
	rule.expires = now + 600 * SECOND;
	assert_int_equal(sel_store_rule_add(s, &rule), 0);
	assert_int_equal(sel_store_rule_revoke(s, rule.id, now), 0);
	rule.expires = 0;
	rule.session = "running";
	assert_int_equal(sel_store_rule_add(s, &rule), 0);
	rule.session = "over";
	assert_int_equal(sel_store_rule_add(s, &rule), 0);
	assert_int_equal(sel_store_session_end(s, "over", THEN, 0, summary), 0);

	assert_int_equal(sel_report_rules(s, true, keep, rows), 0);
	assert_int_equal(json_array_size(rows), SEL_N(states));
	for (size_t i = 0; i < SEL_N(states); i++)
		assert_string_equal(text(json_array_get(rows, i), "state"), states[i]);
	assert_int_equal(sel_report_rules(s, false, keep, alive), 0);
	assert_int_equal(json_array_size(alive), 2);
	json_t *row = json_array_get(rows, 0);

	assert_string_equal(text(row, "kind"), "tree");
	assert_string_equal(text(row, "question"), "running.7");
	assert_null(strchr(text(row, "object"), '\x01'));
	assert_null_at(row, "exe");
	assert_int_equal(number(row, "uses"), 1);
	assert_string_equal(text(row, "last_used"), "2025-11-23T09:00:01.123Z");
	assert_null_at(json_array_get(rows, 3), "expires");
}

/* --- explain
 * ------------------------------------------------------------------------------------------ */

static void an_action_is_explained_with_its_evidence(void **state)
{
	struct sel_store *s = *state;
	struct sel_rule_row rule = {.op = SEL_OP_WRITE,
				    .kind = SEL_RUNG_TREE,
				    .object = "/srv",
				    .decision = SEL_ALLOW,
				    .created = THEN,
				    .expires = THEN + SECOND};
	json_t *out = NULL;
	int64_t question, id;
	char text_id[24];

	session(s, "aaaaaaaa", THEN, getpid());				      /* event 1 */
	(void)action(s, "aaaaaaaa", THEN, SEL_ALLOW, SEL_SRC_PERSON, 0, 0);   /* 2 */
	(void)action(s, "aaaaaaaa", THEN, SEL_DENY, SEL_SRC_DEFAULT, 0, 0);   /* 3 */
	question = ask(s, "aaaaaaaa", 1, THEN, "/usr/bin/make");	      /* 4 */
	answer(s, question, SEL_ALLOW, SEL_SRC_PERSON, 2100 * USEC_PER_MSEC); /* 5 */
	rule.question = question;
	assert_int_equal(sel_store_rule_add(s, &rule), 0); /* 6 */
	id = action(s, "aaaaaaaa", THEN + SECOND, SEL_ALLOW, SEL_SRC_PERSON, question,
		    rule.id); /* 7 */

	(void)snprintf(text_id, sizeof text_id, "%lld", (long long)id);
	assert_int_equal(sel_report_explain(s, text_id, &out), 0);
	assert_string_equal(json_object_iter_key(json_object_iter(out)), "v");
	assert_string_equal(text(out, "kind"), "action");
	assert_string_equal(text(out, "verdict"), "allowed (person): because");
	assert_int_equal(number(json_object_get(out, "action"), "id"), id);
	assert_string_equal(text(json_object_get(out, "question"), "id"), "aaaaaaaa.1");
	assert_int_equal(
		json_array_size(json_object_get(json_object_get(out, "question"), "rungs")), 2);
	assert_int_equal(number(json_object_get(out, "answer"), "response_ms"), 2100);
	assert_string_equal(text(json_object_get(out, "answer"), "front"), "console");
	assert_string_equal(text(json_object_get(out, "answer"), "for"), "30d");
	assert_int_equal(json_array_size(json_object_get(out, "rules")), 1);
	assert_int_equal(json_array_size(json_object_get(out, "earlier")), 1); /* not the denial */
	json_t *events = json_object_get(out, "events");
	static const json_int_t seqs[] = {7, 4, 5, 6};

	assert_int_equal(json_array_size(events), SEL_N(seqs));
	for (size_t i = 0; i < SEL_N(seqs); i++) {
		assert_int_equal(number(json_array_get(events, i), "seq"), seqs[i]);
		assert_int_equal(strlen(text(json_array_get(events, i), "sha256")), 64);
	}
	json_decref(out);
	out = NULL;

	assert_int_equal(sel_report_explain(s, "aaaaaaaa.1", &out), 0);
	assert_string_equal(text(out, "kind"), "question");
	assert_string_equal(text(out, "verdict"),
			    "allowed by a person (console) after 2.1 s, for 30d");
	assert_int_equal(json_array_size(json_object_get(out, "actions")), 1);
	assert_int_equal(json_array_size(json_object_get(out, "rules")), 1);
	json_decref(out);
	out = NULL;

	assert_int_equal(sel_report_explain(s, "2", &out), 0); /* 2: the denial, asked by nobody */
	assert_string_equal(text(out, "verdict"), "denied (default): because");
	assert_null_at(out, "question");
	assert_null_at(out, "answer");
	assert_int_equal(json_array_size(json_object_get(out, "rules")), 0);
	json_decref(out);
}

static void questions_without_a_person_say_so(void **state)
{
	static const char *const want[] = {
		"not answered: nothing was allowed", "denied once: nobody answered in time",
		"closed: the asking programs were gone", "denied by a person (console), for 30d"};
	struct sel_store *s = *state;

	session(s, "aaaaaaaa", THEN, getpid());
	(void)ask(s, "aaaaaaaa", 0, THEN, NULL);
	answer(s, ask(s, "aaaaaaaa", 1, THEN, NULL), SEL_DENY, SEL_SRC_TIMEOUT, 0);
	answer(s, ask(s, "aaaaaaaa", 2, THEN, NULL), SEL_DENY, SEL_SRC_DEFAULT, 0);
	answer(s, ask(s, "aaaaaaaa", 3, THEN, NULL), SEL_DENY, SEL_SRC_PERSON, 0);
	for (int i = 0; i < (int)SEL_N(want); i++) {
		json_t *out = NULL;
		char id[32];

		(void)snprintf(id, sizeof id, "aaaaaaaa.%d", i);
		assert_int_equal(sel_report_explain(s, id, &out), 0);
		assert_string_equal(text(out, "verdict"), want[i]);
		json_decref(out);
	}
}

/* --- statistics
 * ---------------------------------------------------------------------------------------- */

static void wilson_agrees_with_published_values(void **state)
{
	static const struct {
		uint64_t k, n;
		double low, high;
		const char *why;
	} row[] = {
		{0, 0, 0, 1, "nothing is known"},
		{0, 10, 0, 0.27753, "none of ten"},
		{10, 10, 0.72247, 1, "all of ten"},
		{1, 1, 0.20655, 1, "one of one"},
		{81, 263, 0.25528, 0.36621, "Newcombe 1998, table I"},
		{15, 148, 0.06236, 0.16049, "the same"},
		{0, 20, 0, 0.16113, "the same"},
		{1, 29, 0.00611, 0.17177, "the same, 0.0061 to 0.1718"},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		double low = -1, high = -1;

		sel_wilson(row[i].k, row[i].n, &low, &high);
		if (fabs(low - row[i].low) > 0.0001 || fabs(high - row[i].high) > 0.0001)
			fail_msg("row %zu: %s: %f to %f", i, row[i].why, low, high);
	}
}

static void statistics_of_nothing_are_null_and_not_zero(void **state)
{
	struct sel_store *s = *state;
	json_t *out = NULL;

	assert_int_equal(sel_report_stats(s, &(struct sel_filter){0}, &out), 0);
	assert_string_equal(json_object_iter_key(json_object_iter(out)), "v");
	assert_int_equal(number(out, "sessions"), 0);
	assert_int_equal(number(json_object_get(out, "questions"), "asked"), 0);
	assert_null_at(json_object_get(out, "approval"), "rate");
	assert_null_at(json_object_get(out, "approval"), "low");
	assert_int_equal(number(json_object_get(out, "approval"), "of"), 0);
	assert_null_at(json_object_get(out, "questions_per_session"), "mean");
	assert_null_at(json_object_get(out, "questions_per_session"), "p90");
	assert_null_at(json_object_get(out, "response_ms"), "median");
	assert_null_at(json_object_get(out, "automatic"), "share");
	assert_null_at(json_object_get(out, "rapid"), "share");
	assert_int_equal(json_array_size(json_object_get(out, "by_program")), 0);
	json_decref(out);
}

/* Three sessions: five questions, one, none. */
static void fill(struct sel_store *s)
{
	struct sel_count_row count = {"/bin/x", "/srv", SEL_OP_WRITE, SEL_SRC_SCOPE, 90};
	int64_t id;

	session(s, "one", THEN, getpid());
	session(s, "two", THEN + SECOND, getpid());
	session(s, "three", THEN + 2 * SECOND, getpid());
	answer(s, ask(s, "one", 1, THEN, "/bin/a"), SEL_ALLOW, SEL_SRC_PERSON, 700 * USEC_PER_MSEC);
	answer(s, ask(s, "one", 2, THEN, "/bin/a"), SEL_ALLOW, SEL_SRC_PERSON,
	       3000 * USEC_PER_MSEC);
	answer(s, ask(s, "one", 3, THEN, "/bin/b"), SEL_DENY, SEL_SRC_PERSON, 500 * USEC_PER_MSEC);
	answer(s, ask(s, "one", 4, THEN, "/bin/b"), SEL_DENY, SEL_SRC_TIMEOUT, 0);
	answer(s, ask(s, "one", 5, THEN, "/bin/b"), SEL_DENY, SEL_SRC_DEFAULT, 0);
	answer(s, ask(s, "two", 1, THEN + SECOND, "/bin/a\xff"), SEL_ALLOW, SEL_SRC_PERSON, 0);
	id = action(s, "one", THEN, SEL_DENY, SEL_SRC_DEFAULT, 0, 0);
	assert_int_equal(sel_store_action_repeat(s, id, 5), 0);
	(void)action(s, "one", THEN, SEL_ALLOW, SEL_SRC_PERSON, 0, 0);
	(void)action(s, "one", THEN, SEL_DENY, SEL_SRC_TIMEOUT, 0, 0);
	(void)action(s, "two", THEN + SECOND, SEL_ALLOW, SEL_SRC_PERSON, 0, 0);
	assert_int_equal(sel_store_counts(s, "one", &count, 1), 0);
}

static void statistics_carry_their_denominators(void **state)
{
	struct sel_store *s = *state;
	json_t *out = NULL, *part;

	fill(s);
	assert_int_equal(sel_report_stats(s, &(struct sel_filter){0}, &out), 0);
	assert_int_equal(number(out, "sessions"), 3);
	part = json_object_get(out, "questions");
	assert_int_equal(number(part, "asked"), 6);
	assert_int_equal(number(part, "allowed"), 3);
	assert_int_equal(number(part, "denied"), 1);
	assert_int_equal(number(part, "timeout"), 1);
	assert_int_equal(number(part, "gone"), 1);
	assert_int_equal(number(part, "open"), 0);
	part = json_object_get(out, "approval"); /* silence is no denial by a person */
	assert_near(real(part, "rate"), 0.75);
	assert_int_equal(number(part, "of"), 4);
	assert_near(real(part, "low"), 0.3006);
	assert_near(real(part, "high"), 0.9544);
	part = json_object_get(out, "questions_per_session");
	assert_near(real(part, "mean"), 2);
	assert_near(real(part, "median"), 1);
	assert_near(real(part, "p90"), 5);
	assert_int_equal(number(part, "of"), 3);
	part = json_object_get(out, "response_ms");
	assert_int_equal(number(part, "median"), 700);
	assert_int_equal(number(part, "p90"), 3000);
	assert_int_equal(number(part, "of"), 3);
	part = json_object_get(out, "automatic"); /* 90 in scope, 6 by default, of 99 */
	assert_near(real(part, "share"), 0.9697);
	assert_int_equal(number(part, "of"), 99);
	part = json_object_get(part, "by_source");
	assert_int_equal(number(part, "scope"), 90);
	assert_int_equal(number(part, "default"), 6);
	assert_int_equal(number(part, "person"), 2);
	assert_int_equal(number(part, "timeout"), 1);
	part = json_object_get(out,
			       "rapid"); /* two allows whose time is known, one of them rapid */
	assert_near(real(part, "share"), 0.5);
	assert_int_equal(number(part, "of"), 2);
	part = json_object_get(out, "by_program");
	assert_int_equal(json_array_size(part), 3);
	assert_string_equal(text(json_array_get(part, 0), "exe"), "/bin/b");
	assert_int_equal(number(json_array_get(part, 0), "asked"), 3);
	assert_int_equal(number(json_array_get(part, 0), "denied"), 1);
	assert_non_null(json_object_get(json_array_get(part, 2), "exe_b64"));
	json_decref(out);
}

static void statistics_are_filtered(void **state)
{
	struct sel_store *s = *state;
	json_t *out = NULL;

	fill(s);
	assert_int_equal(sel_report_stats(s, &(struct sel_filter){.session = "one"}, &out), 0);
	assert_int_equal(number(out, "sessions"), 1);
	assert_int_equal(number(json_object_get(out, "questions"), "asked"), 5);
	json_decref(out);
	assert_int_equal(sel_report_stats(s, &(struct sel_filter){.session = "last"}, &out), 0);
	assert_int_equal(number(json_object_get(out, "questions"), "asked"), 0);
	assert_near(real(json_object_get(out, "questions_per_session"), "mean"),
		    0); /* known, and 0 */
	assert_null_at(json_object_get(out, "approval"), "rate");
	json_decref(out);
	assert_int_equal(sel_report_stats(s, &(struct sel_filter){.since = THEN + SECOND}, &out),
			 0);
	assert_int_equal(number(out, "sessions"), 2);
	assert_int_equal(number(json_object_get(out, "questions"), "asked"), 1);
	json_decref(out);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_is_not_there_is_said_so),
		T(a_filter_in_unknown_words_is_refused),
		T(a_callback_stops_the_report_and_cannot_write),
		T(the_log_shows_rows_with_hostile_text_escaped),
		T(the_log_is_filtered),
		T(sessions_are_running_ended_or_lost),
		T(sessions_are_filtered),
		T(rules_show_their_state),
		T(an_action_is_explained_with_its_evidence),
		T(questions_without_a_person_say_so),
		T(wilson_agrees_with_published_values),
		T(statistics_of_nothing_are_null_and_not_zero),
		T(statistics_carry_their_denominators),
		T(statistics_are_filtered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
