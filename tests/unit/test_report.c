/* What the store tells: the log, one verdict, sessions, rules, statistics. */
#include "seldom/store.h"
#include "seldom/text.h"
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>

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

/* --- a search in the log -------------------------------------------------------------------------
 */

/* Any text of it contains `what`, whatever the case: the slow way. */
static bool shows(const json_t *row, const char *what)
{
	static const char *const fields[] = {"session", "op",	  "decision", "source", "exe",
					     "comm",	"object", "object2",  "reason", "question"};

	for (size_t i = 0; i < SEL_N(fields); i++) {
		const char *s = json_string_value(json_object_get(row, fields[i]));

		if (s && strcasestr(s, what))
			return true;
	}
	return false;
}

static int64_t searched(struct sel_store *s, usec_t at, const char *object, const char *object2,
			const char *reason, int64_t question, int64_t rule)
{
	int64_t ret = 0;

	assert_int_equal(
		sel_store_action(s,
				 &(struct sel_action_row){
					 .session = at % 2 ? "bbbbbbbb" : "aaaaaaaa",
					 .at = THEN + at * SECOND,
					 .pid = 4711,
					 .op = at % 3 ? SEL_OP_WRITE : SEL_OP_DELETE,
					 .tier = SEL_T1,
					 .decision = at % 5 ? SEL_ALLOW : SEL_DENY,
					 .source = at % 5 ? SEL_SRC_PERSON : SEL_SRC_INVARIANT,
					 .exe = at % 7 ? "/usr/bin/make" : "/opt/To\xffol",
					 .comm = at % 7 ? "make" : "to\\ol\x1b[2J",
					 .object = object,
					 .object2 = object2,
					 .reason = reason,
					 .question = question,
					 .rule = rule},
				 &ret),
		0);
	return ret;
}

/* Every way in which a reason names its object, and every byte that is shown as another. */
static int64_t fill_searched(struct sel_store *s)
{
	static const char *const objects[] = {"/srv/data/Alpha",
					      ("/srv/\xe2\x80\xae"
					       "evil"),
					      "/srv/back\\slash",
					      "/home/ana/\xc3\xa4rger",
					      "/srv/tab\there\xff",
					      "/a"};
	struct sel_rule_row rule = {.kind = SEL_RUNG_TREE,
				    .object = "/srv",
				    .decision = SEL_ALLOW,
				    .created = THEN,
				    .expires = THEN + 9999 * SECOND};
	int64_t question;

	session(s, "aaaaaaaa", THEN, getpid());
	session(s, "bbbbbbbb", THEN + SECOND, getpid());
	question = ask(s, "aaaaaaaa", 17, THEN, "/usr/bin/make");
	assert_int_equal(sel_store_rule_add(s, &rule), 0);
	for (usec_t i = 0; i < 120; i++) {
		const char *object = objects[i % SEL_N(objects)];
		char name[128], reason[256];

		(void)sel_text_escape(object, strlen(object), name, sizeof name, NULL);
		(void)snprintf(reason, sizeof reason,
			       i % 4 ? "allow rule  make write %s: you said so" : "%s", name);
		(void)searched(s, i, object, i % 9 ? NULL : "/dst/ZIEL\x01", reason,
			       i % 11 ? 0 : question, i % 6 ? 0 : rule.id);
	}
	return rule.id;
}

static int not_too_early(uint64_t rows, uint64_t of, void *ctx)
{
	(void)ctx;
	assert_true(of == 0 || rows <= of);
	return 0;
}

/* The same rows as by looking at each; newest first and oldest first. */
static void assert_search(struct sel_store *s, struct sel_filter f, const char *what)
{
	json_auto_t *all = json_array(), *found = json_array(), *first = json_array();
	size_t at = 0;

	assert_int_equal(sel_report_log(s, &f, keep, all), 0);
	f.contains = what;
	assert_int_equal(sel_report_log(s, &f, keep, found), 0);
	assert_int_equal(sel_search_log(s, &f, keep, not_too_early, first), 0);
	for (size_t i = 0; i < json_array_size(all); i++) {
		json_t *row = json_array_get(all, i);

		if (shows(row, what) && !json_equal(row, json_array_get(found, at++)))
			fail_msg("'%s': row %lld is not found", what, (long long)number(row, "id"));
	}
	if (json_array_size(found) != at || json_array_size(first) != at)
		fail_msg("'%s': %zu rows, not %zu", what, json_array_size(found), at);
	for (size_t i = 0; i < at; i++)
		assert_true(
			json_equal(json_array_get(found, i), json_array_get(first, at - 1 - i)));
}

static void a_search_finds_what_rows_show(void **state)
{
	static const char *const row[] = {
		"alpha",	 "ALPHA",	 "a",
		"/srv/data",	 "evil",	 "u{202E}",
		"\\u{202e}evil", "back\\slash",	 "back\\\\slash",
		"back\\\\\\\\",	 "\xc3\xa4rger", "\xc3\x84rger",
		"tab",		 "\\x09",	 "\\xFF",
		"x09here\\xff",	 "ziel",	 "ZIEL\\x01",
		"\x01",		 "aaaaaaaa",	 "aaaaaaaa.17",
		"a.1",		 "delete",	 "deny",
		"invariant",	 "to\\\\ol",	 "o\\xffo",
		"write /srv",	 "e /a: y",	 "WRITE /SRV/DATA/ALPHA: you",
		"write /a: you", "/a: you said", "no such text",
		"you said so ",	 "  make",	 "/srv/data/alpha: you said so",
	};
	struct sel_store *s = *state;
	int64_t rule = fill_searched(s);
	const struct sel_filter f[] = {
		{0},
		{.session = "bbbbbbbb"},
		{.decision = "deny"},
		{.op = "delete", .session = "last"},
		{.since = THEN + 60 * SECOND},
	};

	for (size_t i = 0; i < SEL_N(row); i++)
		for (size_t k = 0; k < SEL_N(f); k++)
			assert_search(s, f[k], row[i]);
	for (size_t i = 0; i < SEL_N(row); i++)
		assert_search(s, (struct sel_filter){.rule = rule}, row[i]);
}

static int count(json_t *row, void *ctx)
{
	(void)row;
	++*(int *)ctx;
	return 0;
}

static void a_search_knows_times_rules_and_limits(void **state)
{
	struct sel_store *s = *state;
	int64_t rule = fill_searched(s);
	char long_text[SEL_CONTAINS_MAX + 2];
	const struct {
		struct sel_filter f;
		int n;
	} row[] = {
		{{.contains = "2025-11-23 09:00"}, 60},
		{{.contains = "11-23 09:01:0"}, 10},
		{{.contains = "2025-11-24"}, 0},
		{{.contains = "09:00"}, 0},
		{{.rule = rule}, 20},
		{{.rule = rule + 1}, 0},
		{{.rule = rule, .session = "bbbbbbbb"}, 0},
		{{.rule = rule, .limit = 7}, 7},
		{{.contains = "alpha", .limit = 3}, 3},
		{{.contains = ""}, 120},
		{{.contains = long_text + 1}, 0},
	};

	(void)setenv("TZ", "UTC0", 1);
	tzset();
	memset(long_text, 'x', sizeof long_text - 1);
	long_text[sizeof long_text - 1] = '\0';
	for (size_t i = 0; i < SEL_N(row); i++) {
		int all = 0, newest = 0;

		assert_int_equal(sel_report_log(s, &row[i].f, count, &all), 0);
		assert_int_equal(sel_search_log(s, &row[i].f, count, NULL, &newest), 0);
		if (all != row[i].n || newest != row[i].n)
			fail_msg("row %zu: %d and %d rows", i, all, newest);
	}
	assert_int_equal(
		sel_report_log(s, &(struct sel_filter){.contains = long_text}, count, NULL),
		-EINVAL);
	assert_int_equal(
		sel_search_log(s, &(struct sel_filter){.session = "none"}, count, NULL, NULL),
		-ENOENT);
}

static int cancel(json_t *row, void *ctx)
{
	(void)row;
	*(atomic_bool *)ctx = true;
	return 0;
}

static void what_is_asked_can_be_given_up(void **state)
{
	const struct sel_filter all = {0};
	struct sel_store *s = *state;
	atomic_bool given_up = false;
	int n = 0;

	(void)fill_searched(s);
	sel_store_cancel(s, &given_up);
	assert_int_equal(sel_report_log(s, &all, cancel, &given_up), -EINTR);
	given_up = false;
	assert_int_equal(sel_report_log(s, &all, count, &n), 0);
	assert_int_equal(n, 120);
	given_up = true;
	sel_store_cancel(s, NULL);
	assert_int_equal(sel_report_log(s, &all, count, &n), 0);
	assert_int_equal(n, 240);
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
	assert_int_equal(sel_store_rule_used(s, rule.id, THEN + SECOND, 1), 0);
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

/* --- what judgement adds -------------------------------------------------------------------------
 */

#define DAY ((usec_t)24 * 3600 * SECOND)

struct asked {
	uint32_t n;
	usec_t at;
	const char *program, *unit, *state, *front;
	enum sel_tier tier;
	double predicted, weight;
	int support, rung;
	bool decoy, flood, rapid, expanded;
	enum sel_decision decision;
	usec_t response;
};

static int64_t judged(struct sel_store *s, const char *id, const struct asked *a)
{
	json_auto_t *rungs = json_pack("[{s:i},{s:i}]", "n", 0, "n", 1);
	int64_t question = 0;

	assert_int_equal(sel_store_question(s,
					    &(struct sel_question_row){
						    .session = id,
						    .number = a->n,
						    .asked = a->at,
						    .op = SEL_OP_WRITE,
						    .tier = a->tier,
						    .exe = "/usr/bin/npm",
						    .object = "/home/ana/.npm/x",
						    .rungs = rungs,
						    .recommended = 1,
						    .project = "/home/ana/app",
						    .program = a->program,
						    .keys = {"exact", "shape"},
						    .class_ = "tool-cache",
						    .unit = a->unit,
						    .state = a->state,
						    .predicted = a->predicted,
						    .support = a->support,
						    .decoy = a->decoy,
						    .flood = a->flood,
					    },
					    &question),
			 0);
	assert_int_equal(
		sel_store_answer(s, &(struct sel_answer_row){.question = question,
							     .at = a->at + SECOND,
							     .decision = a->decision,
							     .source = SEL_SRC_PERSON,
							     .front = a->front ? a->front : "line",
							     .rung = a->rung,
							     .response = a->response,
							     .measured = a->response > 0,
							     .rapid = a->rapid,
							     .expanded = a->expanded,
							     .weight = a->weight}),
		0);
	return question;
}

static void fill_judged(struct sel_store *s)
{
	static const struct asked row[] = {
		/* first evidence at the rung that T1 may learn at */
		{.n = 1,
		 .program = "pkg:npm",
		 .unit = "/a",
		 .state = "FRESH",
		 .tier = SEL_T1,
		 .predicted = 0.5,
		 .weight = 1,
		 .support = 5,
		 .rung = 1,
		 .decision = SEL_ALLOW,
		 .response = 4 * SECOND},
		/* the same shape again: it told nothing; and nobody chose its rung */
		{.n = 2,
		 .front = "answer",
		 .program = "pkg:npm",
		 .unit = "/a",
		 .state = "FRESH",
		 .tier = SEL_T1,
		 .predicted = 0.11,
		 .weight = 1,
		 .support = 1,
		 .rung = 0,
		 .decision = SEL_ALLOW,
		 .response = 2 * SECOND},
		/* a rapid one is no evidence */
		{.n = 3,
		 .program = "pkg:npm",
		 .unit = "/b",
		 .state = "TIRED",
		 .tier = SEL_T1,
		 .support = 5,
		 .rung = 1,
		 .decision = SEL_ALLOW,
		 .rapid = true,
		 .response = SECOND / 2},
		/* narrowed; denied */
		{.n = 4,
		 .program = "pkg:npm",
		 .unit = "/a",
		 .state = "FRESH",
		 .tier = SEL_T2,
		 .predicted = 0.5,
		 .weight = 1,
		 .support = 0,
		 .rung = 0,
		 .expanded = true,
		 .decision = SEL_ALLOW},
		{.n = 5,
		 .program = "pkg:git",
		 .unit = "/a",
		 .state = "EXHAUSTED",
		 .tier = SEL_T2,
		 .weight = 1,
		 .rung = -1,
		 .decision = SEL_DENY,
		 .flood = true},
		/* a script and decoys are no person's */
		{.n = 6,
		 .program = "pkg:npm",
		 .unit = "/a",
		 .front = "script",
		 .tier = SEL_T1,
		 .rung = 0,
		 .decision = SEL_ALLOW},
		{.n = 7,
		 .state = "FRESH",
		 .tier = SEL_T3,
		 .decoy = true,
		 .decision = SEL_DENY,
		 .rung = -1,
		 .predicted = 0.5},
		{.n = 8,
		 .state = "FRESH",
		 .tier = SEL_T3,
		 .decoy = true,
		 .decision = SEL_ALLOW,
		 .rung = 1},
	};

	session(s, "judged", THEN, getpid());
	for (size_t i = 0; i < SEL_N(row); i++) {
		struct asked a = row[i];

		a.at = THEN + (i == 4 ? 2 * DAY : i * SECOND);
		(void)judged(s, "judged", &a);
	}
	json_auto_t *summary = json_object();

	assert_int_equal(sel_store_session_end(s, "judged", THEN + 2 * 3600 * SECOND, 0, summary),
			 0);
}

static void check_share(json_t *o, const char *path, const char *name, uint64_t k, uint64_t n)
{
	json_t *part = json_object_get(o, path);
	double low, high;

	sel_wilson(k, n, &low, &high);
	if ((uint64_t)number(part, "k") != k || (uint64_t)number(part, "of") != n)
		fail_msg("%s: %lld of %lld", path, number(part, "k"), number(part, "of"));
	assert_near(real(part, name), (double)k / (double)n);
	assert_near(real(part, "low"), low);
	assert_near(real(part, "high"), high);
}

static void less_than_an_hour_has_no_rate(void **state)
{
	struct sel_store *s = *state;

	for (int hour = 0; hour < 2; hour++) {
		json_auto_t *out = NULL, *summary = json_object();
		const char *id = hour ? "second" : "first";
		json_t *part;

		session(s, id, THEN, getpid());
		(void)ask(s, id, 1, THEN, "/usr/bin/make");
		assert_int_equal(sel_store_session_end(s, id, THEN + 1800 * SECOND, 0, summary), 0);
		assert_int_equal(sel_report_stats(s, &(struct sel_filter){0}, &out), 0);
		part = json_object_get(out, "questions_per_hour");
		assert_near(real(part, "hours"), hour ? 1 : 0.5);
		if (hour)
			assert_near(real(part, "rate"), 2);
		else
			assert_null_at(part, "rate");
	}
}

static void statistics_tell_people_from_scripts_and_decoys(void **state)
{
	struct sel_store *s = *state;
	json_auto_t *out = NULL;
	json_t *part;

	fill_judged(s);
	assert_int_equal(sel_report_stats(s, &(struct sel_filter){0}, &out), 0);
	part = json_object_get(out, "questions");
	assert_int_equal(number(part, "asked"), 6);
	assert_int_equal(number(part, "scripted"), 1);
	assert_int_equal(number(part, "decoys"), 2);
	assert_int_equal(number(part, "narrowed"), 1);
	assert_int_equal(number(part, "floods"), 1);
	check_share(out, "approval", "rate", 4, 5);
	part = json_object_get(json_object_get(out, "approval"), "by_tier");
	assert_int_equal(json_array_size(part), 2);
	assert_int_equal(number(json_array_get(part, 0), "tier"), 1);
	assert_int_equal(number(json_array_get(part, 0), "of"), 3);
	assert_int_equal(number(json_array_get(part, 1), "k"), 1);
	check_share(out, "decoys", "rate", 1, 2);
	check_share(out, "rapid", "share", 1, 3);
	check_share(out, "informative", "share", 3, 5);
	part = json_object_get(out, "informative");
	assert_int_equal(number(part, "denied"), 1);
	assert_int_equal(number(part, "narrowed"), 1);
	assert_int_equal(number(part, "first"), 1);
	assert_near(real(part, "bits"), (1 + 0.49992 + 1) / 3); /* H(0.11) */
	assert_int_equal(number(part, "bits_of"), 3);
	part = json_object_get(out, "questions_per_session");
	assert_near(real(part, "max"), 8); /* decoys are questions to the one who is asked */
	assert_near(real(json_object_get(out, "questions_per_hour"), "rate"), 4);
	assert_int_equal(number(json_object_get(out, "response_ms"), "median"), 2000);
	part = json_object_get(out, "noisy");
	assert_string_equal(text(json_array_get(part, 0), "program"), "pkg:npm");
	assert_string_equal(text(json_array_get(part, 0), "class"), "tool-cache");
	assert_string_equal(text(json_array_get(part, 0), "unit"), "/a");
	assert_int_equal(number(json_array_get(part, 0), "asked"), 4);
	assert_int_equal(json_array_size(part), 3);
	part = json_object_get(out, "fatigue");
	assert_int_equal(json_array_size(part), 2);
	assert_string_equal(text(json_array_get(part, 0), "day"), "2025-11-23");
	assert_int_equal(number(json_array_get(part, 0), "fresh"), 5);
	assert_int_equal(number(json_array_get(part, 0), "tired"), 1);
	assert_int_equal(number(json_array_get(part, 0), "unknown"), 1);
	assert_string_equal(text(json_array_get(part, 1), "day"), "2025-11-25");
	assert_int_equal(number(json_array_get(part, 1), "flood"), 1); /* not exhausted as well */
	assert_int_equal(number(json_array_get(part, 1), "exhausted"), 0);
}

static void statistics_are_grouped(void **state)
{
	struct sel_store *s = *state;
	struct sel_count_row count = {"/usr/bin/npm", "/srv", SEL_OP_WRITE, SEL_SRC_SCOPE, 90};
	json_auto_t *out = NULL, *one = NULL;
	json_t *part;

	fill_judged(s);
	(void)action(s, "judged", THEN, SEL_ALLOW, SEL_SRC_LEARNED, 0, 0);
	(void)action(s, "judged", THEN + 8 * DAY, SEL_DENY, SEL_SRC_INVARIANT, 0, 0);
	assert_int_equal(sel_store_counts(s, "judged", &count, 1), 0);
	assert_int_equal(sel_report_stats(s, &(struct sel_filter){0}, &out), 0);
	part = json_object_get(out, "automatic");
	assert_int_equal(number(part, "k"), 92);
	assert_int_equal(number(part, "allowed"), 91);
	assert_int_equal(number(part, "denied"), 1);
	part = json_array_get(json_object_get(out, "by_program"), 0);
	assert_string_equal(text(part, "exe"), "/usr/bin/npm");
	assert_string_equal(text(part, "program"), "pkg:npm");
	assert_int_equal(number(part, "asked"), 6);
	assert_int_equal(number(part, "automatic"), 90);
	assert_int_equal(number(part, "response_ms"), 2000);
	part = json_array_get(json_object_get(out, "by_project"), 0);
	assert_string_equal(text(part, "project"), "/home/ana/app");
	assert_int_equal(number(part, "asked"), 6);
	part = json_object_get(
		out, "by_week"); /* of the questions, the denial, the invariant, and now */
	assert_int_equal(json_array_size(part), 4);
	assert_string_equal(text(json_array_get(part, 0), "week"), "2025-11-17");
	assert_int_equal(number(json_array_get(part, 0), "asked"), 5);
	assert_int_equal(number(json_array_get(part, 0), "automatic"), 1);
	/* the denial was two days later, on a Tuesday */
	assert_string_equal(text(json_array_get(part, 1), "week"), "2025-11-24");
	assert_int_equal(number(json_array_get(part, 1), "denied"), 1);
	/* of one session: the same, from its own rows */
	assert_int_equal(sel_report_stats(s, &(struct sel_filter){.session = "judged"}, &one), 0);
	assert_true(
		json_equal(json_object_get(out, "automatic"), json_object_get(one, "automatic")));
	assert_true(
		json_equal(json_object_get(out, "by_program"), json_object_get(one, "by_program")));
}

static void a_day_that_since_cuts_is_counted_from_its_rows(void **state)
{
	struct sel_store *s = *state;
	static const struct {
		usec_t since;
		json_int_t n;
		const char *why;
	} row[] = {
		{0, 6, "all"},
		{THEN + 2, 4, "from within the first day: one row of it is before"},
		{THEN + 3 * SECOND, 3, "and one more"},
		{(THEN / DAY + 1) * DAY, 2, "from midnight on"},
		{THEN + 3 * DAY, 0, "later than all"},
	};

	session(s, "one", THEN - SECOND, getpid());
	(void)action(s, "one", THEN, SEL_ALLOW, SEL_SRC_RULE, 0, 0);
	(void)action(s, "one", THEN + 1, SEL_ALLOW, SEL_SRC_RULE, 0, 0);
	(void)action(s, "one", THEN + 2 * SECOND, SEL_ALLOW, SEL_SRC_RULE, 0, 0);
	(void)action(s, "one", THEN + 5 * SECOND, SEL_ALLOW, SEL_SRC_RULE, 0, 0);
	(void)action(s, "one", THEN + DAY, SEL_ALLOW, SEL_SRC_RULE, 0, 0);
	(void)action(s, "one", THEN + DAY, SEL_DENY, SEL_SRC_RULE, 0, 0);
	for (size_t i = 0; i < SEL_N(row); i++) {
		json_auto_t *out = NULL;

		assert_int_equal(
			sel_report_stats(s, &(struct sel_filter){.since = row[i].since}, &out), 0);
		if (number(json_object_get(out, "automatic"), "of") != row[i].n)
			fail_msg("row %zu: %s: %lld", i, row[i].why,
				 number(json_object_get(out, "automatic"), "of"));
	}
}

static void labels_are_counted_if_they_were_drawn(void **state)
{
	struct sel_store *s = *state;
	json_auto_t *out = NULL;

	session(s, "one", THEN, getpid());
	for (int i = 0; i < 6; i++)
		assert_int_equal(
			sel_store_label(
				s,
				&(struct sel_label_row){
					.action = action(s, "one", THEN, SEL_ALLOW, SEL_SRC_LEARNED,
							 0, 0),
					.at = THEN,
					.flagged = i<2, .harmful = i == 0, .sampled = i> 0}),
			0);
	assert_int_equal(sel_report_stats(s, &(struct sel_filter){0}, &out), 0);
	check_share(out, "labels", "rate", 1, 5);
	assert_int_equal(number(json_object_get(out, "labels"), "harmful"), 1);
	assert_int_equal(number(json_object_get(out, "labels"), "shown"), 1);
}

static void a_question_is_explained_with_what_was_known(void **state)
{
	struct sel_store *s = *state;
	json_auto_t *out = NULL;
	json_t *part, *rung;

	fill_judged(s);
	assert_int_equal(sel_report_explain(s, "judged.4", &out), 0);
	part = json_object_get(json_object_get(out, "question"), "judged");
	assert_string_equal(text(part, "program"), "pkg:npm");
	assert_string_equal(text(part, "class"), "tool-cache");
	assert_string_equal(text(part, "unit"), "/a");
	assert_string_equal(text(part, "state"), "FRESH");
	assert_near(real(part, "predicted"), 0.5);
	assert_int_equal(number(part, "support"), 0);
	assert_null_at(part, "digest");
	part = json_object_get(part, "ladder");
	assert_int_equal(json_array_size(part), 2);
	rung = json_array_get(part, 1);
	assert_int_equal(number(rung, "rung"), 1);
	assert_string_equal(text(rung, "key"), "shape");
	assert_int_equal(number(rung, "allowed"), 3); /* those before; not itself, not later ones */
	assert_int_equal(number(rung, "denied"), 0);
	assert_near(real(rung, "weight"), 2);
	part = json_object_get(out, "answer");
	assert_near(real(part, "weight"), 1);
	assert_true(json_is_false(json_object_get(part, "rapid")));
}

static void a_learned_action_is_explained_with_its_key_and_label(void **state)
{
	struct sel_store *s = *state;
	json_auto_t *out = NULL;
	int64_t id = 0;

	session(s, "one", THEN, getpid());
	assert_int_equal(sel_store_action(s,
					  &(struct sel_action_row){.session = "one",
								   .at = THEN,
								   .decision = SEL_ALLOW,
								   .source = SEL_SRC_LEARNED,
								   .program = "pkg:npm",
								   .key = "shape",
								   .step = 2},
					  &id),
			 0);
	assert_int_equal(id, 1);
	assert_int_equal(sel_store_label(s, &(struct sel_label_row){.action = id,
								    .at = THEN,
								    .flagged = true,
								    .sampled = true}),
			 0);
	assert_int_equal(sel_report_explain(s, "1", &out), 0);
	assert_string_equal(text(json_object_get(out, "action"), "program"), "pkg:npm");
	assert_string_equal(text(json_object_get(out, "action"), "key"), "shape");
	assert_int_equal(number(json_object_get(out, "action"), "step"), 2);
	assert_true(json_is_true(json_object_get(json_object_get(out, "label"), "flagged")));
	assert_int_equal(json_array_size(json_object_get(out, "events")), 2);
}

/* --- review -------------------------------------------------------------------------------------
 */

static int64_t rule(struct sel_store *s, enum sel_rung_kind kind, const char *object,
		    usec_t created, usec_t expires)
{
	struct sel_rule_row row = {.op = SEL_OP_WRITE,
				   .kind = kind,
				   .object = object,
				   .decision = SEL_ALLOW,
				   .created = created,
				   .expires = expires};

	assert_int_equal(sel_store_rule_add(s, &row), 0);
	return row.id;
}

static void deny_object(struct sel_store *s, uint32_t n, const char *object, usec_t at)
{
	json_auto_t *rungs = json_array();
	int64_t id = 0;

	assert_int_equal(sel_store_question(s,
					    &(struct sel_question_row){.session = "one",
								       .number = n,
								       .asked = at,
								       .op = SEL_OP_WRITE,
								       .exe = "/bin/a",
								       .object = object,
								       .rungs = rungs},
					    &id),
			 0);
	answer(s, id, SEL_DENY, SEL_SRC_PERSON, 0);
}

static void rules_that_should_be_looked_at_are_found(void **state)
{
	struct sel_store *s = *state;
	const usec_t now = THEN + 9 * SECOND + DAY, far = now + 200 * DAY;
	json_auto_t *rows = json_array();
	int64_t id;

	session(s, "one", THEN, getpid());
	static const struct {
		json_int_t id;
		const char *finding;
	} want[] = {{1, "never-used"},	 {3, "unused"},	      {4, "decayed"},	   {5, "expiring"},
		    {6, "contradicted"}, {8, "contradicted"}, {11, "contradicted"}};

	(void)rule(s, SEL_RUNG_TREE, "/never", now - 20 * DAY, far);
	(void)rule(s, SEL_RUNG_TREE, "/new", now - 2 * DAY, far);
	id = rule(s, SEL_RUNG_TREE, "/unused", now - 200 * DAY, far);
	assert_int_equal(sel_store_rule_used(s, id, now - 95 * DAY, 1), 0);
	id = rule(s, SEL_RUNG_TREE, "/decayed", now - 200 * DAY, far);
	assert_int_equal(sel_store_rule_used(s, id, now - 40 * DAY, 1), 0);
	id = rule(s, SEL_RUNG_TREE, "/expiring", now - 25 * DAY, now + 5 * DAY);
	assert_int_equal(sel_store_rule_used(s, id, now - DAY, 1), 0);
	(void)rule(s, SEL_RUNG_TREE, "/srv", THEN, far);	 /* 6: denied below, twice */
	(void)rule(s, SEL_RUNG_TREE, "/sr", THEN, far);		 /* 7: another folder */
	(void)rule(s, SEL_RUNG_FILE, "/srv/data/x", THEN, far);	 /* 8: itself */
	(void)rule(s, SEL_RUNG_FILE, "/srv/data", THEN, far);	 /* 9: a file has nothing below */
	(void)rule(s, SEL_RUNG_TREE, "/srv/data", now - 1, far); /* 10: made later */
	(void)rule(s, SEL_RUNG_TREE, "/", THEN, far);		 /* 11: everything is below */
	id = rule(s, SEL_RUNG_TREE, "/srv", THEN, far);		 /* 12: revoked */
	assert_int_equal(sel_store_rule_revoke(s, id, THEN), 0);
	deny_object(s, 1, "/srv/data/x", THEN);
	deny_object(s, 2, "/srv/data/y\xff", THEN);

	assert_int_equal(sel_report_review(s, now, keep, rows), 0);
	for (size_t i = 0; i < SEL_N(want) && i < json_array_size(rows); i++)
		if (number(json_array_get(rows, i), "id") != want[i].id ||
		    strcmp(text(json_array_get(rows, i), "finding"), want[i].finding) != 0)
			fail_msg("row %zu: %lld %s", i, number(json_array_get(rows, i), "id"),
				 text(json_array_get(rows, i), "finding"));
	assert_int_equal(json_array_size(rows), SEL_N(want));
	assert_int_equal(number(json_array_get(rows, 4), "denials"), 2);
	assert_int_equal(number(json_array_get(rows, 5), "denials"), 1);
	assert_string_equal(text(json_array_get(rows, 0), "detail"),
			    "not used since it was made, 20 days ago");
	assert_non_null(json_object_get(json_array_get(rows, 4), "last_denied"));
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
		T(a_search_finds_what_rows_show),
		T(a_search_knows_times_rules_and_limits),
		T(what_is_asked_can_be_given_up),
		T(sessions_are_running_ended_or_lost),
		T(sessions_are_filtered),
		T(rules_show_their_state),
		T(an_action_is_explained_with_its_evidence),
		T(questions_without_a_person_say_so),
		T(wilson_agrees_with_published_values),
		T(statistics_of_nothing_are_null_and_not_zero),
		T(statistics_carry_their_denominators),
		T(statistics_are_filtered),
		T(less_than_an_hour_has_no_rate),
		T(statistics_tell_people_from_scripts_and_decoys),
		T(statistics_are_grouped),
		T(a_day_that_since_cuts_is_counted_from_its_rows),
		T(labels_are_counted_if_they_were_drawn),
		T(a_question_is_explained_with_what_was_known),
		T(a_learned_action_is_explained_with_its_key_and_label),
		T(rules_that_should_be_looked_at_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
