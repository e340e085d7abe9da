/* Rolling old actions up: what goes, what stays for ever, and that nothing can be hidden by it. */
#include "store_place.h"
#include "store_v1.h"

#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>

#define SECOND USEC_PER_SEC
#define DAY    ((usec_t)24 * 3600 * SECOND)
#define NOW    ((usec_t)1763888400 * SECOND) /* 2025-11-23 09:00; the tests read no clock */

static struct sel_store *reopen(struct place *p)
{
	sel_store_free(p->s);
	p->s = NULL;
	return p->s = open_ok(p, SEL_STORE_WRITE);
}

static void verify_ok(struct sel_store *s)
{
	uint64_t events = 0, bad = 0;

	if (sel_store_verify(s, &events, &bad) < 0)
		fail_msg("the chain is broken at %lu", (unsigned long)bad);
}

static void session(struct sel_store *s, const char *id, usec_t started)
{
	json_auto_t *command = json_pack("[s]", "make"), *summary = json_object();

	assert_int_equal(
		sel_store_session_begin(s, &(struct sel_session_row){.id = id,
								     .command = command,
								     .cwd = "/home/ana/app",
								     .version = "0.2.0",
								     .broker_pid = 1,
								     .started = started}),
		0);
	assert_int_equal(sel_store_session_end(s, id, started + DAY / 2, 0, summary), 0);
}

static int64_t action(struct sel_store *s, const char *id, usec_t at, enum sel_source source,
		      int64_t question)
{
	char comm[32], reason[64];
	int64_t ret = 0;

	(void)snprintf(comm, sizeof comm, "thread-%lu", (unsigned long)(at / DAY));
	(void)snprintf(reason, sizeof reason, "allow  make write /srv/x: %lu",
		       (unsigned long)(at / DAY));
	assert_int_equal(sel_store_action(s,
					  &(struct sel_action_row){.session = id,
								   .at = at,
								   .op = SEL_OP_WRITE,
								   .tier = SEL_T1,
								   .decision = SEL_ALLOW,
								   .source = source,
								   .exe = "/usr/bin/make",
								   .comm = comm,
								   .object = "/srv/x",
								   .reason = reason,
								   .question = question,
								   .program = "pkg:make",
								   .key = "write\x1f/srv"},
					  &ret),
			 0);
	return ret;
}

static int64_t asked(struct sel_store *s, const char *id, uint32_t n, usec_t at)
{
	json_auto_t *rungs = json_pack("[{s:i}]", "n", 0);
	int64_t question = 0;

	assert_int_equal(
		sel_store_question(s,
				   &(struct sel_question_row){.session = id,
							      .number = n,
							      .asked = at,
							      .op = SEL_OP_WRITE,
							      .tier = SEL_T1,
							      .object = "/srv/x",
							      .rungs = rungs,
							      .project = "/home/ana/old-project",
							      .program = "pkg:gone",
							      .keys = {"old key 0", "old key 1"},
							      .class_ = "system",
							      .unit = "/srv",
							      .predicted = 0.05},
				   &question),
		0);
	assert_int_equal(sel_store_answer(s, &(struct sel_answer_row){.question = question,
								      .at = at + SECOND,
								      .decision = SEL_ALLOW,
								      .source = SEL_SRC_PERSON,
								      .front = "console",
								      .weight = 1}),
			 0);
	return question;
}

/* 200 days, ten actions a day: of each day one rests on a question; one of all is labelled. */
static int64_t fill(struct sel_store *s)
{
	int64_t labelled = 0;
	char id[16];

	for (usec_t day = 0; day < 200; day++) {
		usec_t at = NOW - (200 - day) * DAY;

		(void)snprintf(id, sizeof id, "day%lu", (unsigned long)day);
		session(s, id, at);
		for (usec_t i = 0; i < 10; i++) {
			int64_t a, q = i == 4 ? asked(s, id, 1, at) : 0;

			a = action(s, id, at + i * SECOND, q ? SEL_SRC_PERSON : SEL_SRC_LEARNED, q);
			if (day == 3 && i == 7)
				labelled = a;
		}
		assert_int_equal(
			sel_store_counts(s, id,
					 &(struct sel_count_row){"/bin/x", "/srv", SEL_OP_WRITE,
								 SEL_SRC_SCOPE, 5},
					 1),
			0);
	}
	assert_int_equal(sel_store_label(s, &(struct sel_label_row){.action = labelled,
								    .at = NOW,
								    .flagged = true,
								    .sampled = true}),
			 0);
	return labelled;
}

static struct sel_pruned prune(struct sel_store *s, usec_t now)
{
	struct sel_pruned done;

	assert_int_equal(sel_store_prune(s, now - 90 * DAY, now - 400 * DAY, now, &done), 0);
	assert_false(done.more);
	return done;
}

static int count_fact(const struct sel_fact_row *row, void *ctx)
{
	assert_string_equal(row->q.program, "pkg:gone");
	assert_string_equal(row->q.project, "/home/ana/old-project");
	assert_string_equal(row->q.keys[1], "old key 1");
	assert_string_equal(row->q.unit, "/srv");
	++*(int *)ctx;
	return 0;
}

static int count_label(const struct sel_label_row *row, const char *program, const char *key,
		       void *ctx)
{
	assert_true(row->flagged && row->sampled);
	assert_string_equal(program, "pkg:make");
	assert_string_equal(key, "write\x1f/srv");
	++*(int *)ctx;
	return 0;
}

static json_t *stats(struct sel_store *s, usec_t since)
{
	json_t *out = NULL;

	assert_int_equal(sel_report_stats(s, &(struct sel_filter){.since = since}, &out), 0);
	return out;
}

static void old_rows_go_and_no_number_changes(void **state)
{
	struct place *p = *state;
	struct sel_store *s = reopen(p);
	json_auto_t *before = NULL, *after = NULL;
	struct sel_pruned done;
	int facts = 0, labels = 0;

	(void)fill(s);
	before = stats(s, 0);
	/* days 0 to 109 began 90 days ago or more; their questions' rows and the labelled one stay
	 */
	done = prune(s, NOW);
	assert_int_equal(done.actions, 110 * 9 - 1);
	assert_int_equal(done.sums, 0);
	assert_int_equal(raw_number(p->db, "SELECT count(*) FROM action"), 2000 - 989);
	assert_int_equal(raw_number(p->db, "SELECT count(*) FROM question"), 200);
	assert_int_equal(raw_number(p->db, "SELECT count(*) FROM answer"), 200);
	verify_ok(s);
	after = stats(s, 0);
	assert_true(json_equal(before, after));
	assert_int_equal(sel_store_facts(s, 0, 0, count_fact, &facts), 0);
	assert_int_equal(facts, 200);
	assert_int_equal(sel_store_labels(s, count_label, &labels), 0);
	assert_int_equal(labels, 1);
	/* texts that only those rows had are gone, the others are not */
	assert_int_equal(
		raw_number(p->db,
			   "SELECT count(*) FROM text WHERE CAST(bytes AS TEXT) LIKE 'thread-%'"),
		200);
	verify_ok(reopen(p));
}

static void texts_of_rows_that_went_go_too(void **state)
{
	struct place *p = *state;
	struct sel_store *s = reopen(p);

	session(s, "one", NOW - 300 * DAY);
	for (usec_t i = 0; i < 50; i++)
		(void)action(s, "one", NOW - (300 - i) * DAY, SEL_SRC_RULE, 0);
	(void)action(s, "one", NOW, SEL_SRC_RULE, 0);
	assert_int_equal(prune(s, NOW).actions, 50);
	assert_int_equal(
		raw_number(p->db,
			   "SELECT count(*) FROM text WHERE CAST(bytes AS TEXT) LIKE 'thread-%'"),
		1);
	assert_int_equal(raw_number(p->db, "SELECT count(*) FROM what"), 1);
	verify_ok(s);
}

static void it_works_once_a_day_and_goes_on_the_next(void **state)
{
	struct place *p = *state;
	struct sel_store *s = reopen(p);

	(void)fill(s);
	assert_true(prune(s, NOW).actions > 0);
	assert_int_equal(prune(s, NOW).actions, 0);
	assert_int_equal(prune(s, NOW + DAY / 4).actions, 0);
	assert_int_equal(prune(s, NOW + DAY).actions, 9);
	assert_int_equal(prune(s, NOW + 2 * DAY).actions, 9);
	verify_ok(s);
	session(s, "later", NOW);
	(void)action(s, "later", NOW, SEL_SRC_RULE, 0);
	verify_ok(s);
	assert_int_equal(raw_number(p->db, "SELECT count(*) FROM event WHERE kind = 'rolled-up'"),
			 3);
}

static void the_newest_row_stays_so_that_numbers_are_given_once(void **state)
{
	struct place *p = *state;
	struct sel_store *s = reopen(p);
	int64_t last = 0;

	session(s, "one", NOW);
	for (int i = 0; i < 5; i++)
		last = action(s, "one", NOW, SEL_SRC_RULE, 0);
	assert_int_equal(prune(s, NOW + 200 * DAY).actions, 4);
	assert_int_equal(action(s, "one", NOW + 200 * DAY, SEL_SRC_RULE, 0), last + 1);
	verify_ok(s);
}

static void old_sums_go_in_the_end(void **state)
{
	struct place *p = *state;
	struct sel_store *s = reopen(p);
	json_auto_t *out = NULL;

	(void)fill(s);
	assert_true(prune(s, NOW + 300 * DAY).sums > 0); /* 100 of 200 days are 400 days old */
	/* counted work was counted now, by the clock: only the actions' sums have old days */
	out = stats(s, 0);
	assert_int_equal(json_integer_value(json_object_get(
				 json_object_get(json_object_get(out, "automatic"), "by_source"),
				 "learned")),
			 9 * 100);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(out, "questions"), "asked")),
		200);
	verify_ok(s);
}

static void what_makes_no_sense_is_refused(void **state)
{
	struct place *p = *state;
	struct sel_store *s = reopen(p), *reading = NULL;
	struct sel_pruned done;

	assert_int_equal(sel_store_prune(s, NOW + DAY, NOW, NOW, &done), -EINVAL);
	assert_int_equal(sel_store_prune(s, NOW - DAY, NOW, NOW, &done), -EINVAL);
	assert_int_equal(sel_store_prune(s, NOW - 90 * DAY, NOW - 400 * DAY, NOW, &done), 0);
	assert_int_equal(done.actions, 0);
	assert_int_equal(sel_store_open(p->db, SEL_STORE_READ, &reading, NULL), 0);
	assert_int_equal(sel_store_prune(reading, NOW, NOW, NOW, &done), -EROFS);
	sel_store_free(reading);
}

static void an_edit_by_hand_is_not_pruned_away(void **state)
{
	static const char *const edits[] = {
		"UPDATE action SET object = x'2f' WHERE id = 30",
		"UPDATE event SET at = at + 1 WHERE row = 30 AND kind = 3",
		"DELETE FROM event WHERE row = 30 AND kind = 3",
		"UPDATE action SET event = event + 1 WHERE id = 30",
		"UPDATE event SET hash = zeroblob(32) WHERE row = 30 AND kind = 3",
		("UPDATE text SET bytes = x'2f' WHERE bytes = '/usr/bin/make' OR bytes = x'"
		 "2f7573722f62696e2f6d616b65'"),
	};

	for (size_t i = 0; i < SEL_N(edits); i++) {
		struct place *p = NULL;
		struct sel_pruned done;
		int64_t rows;

		(void)state;
		(void)place_set_up((void **)&p);
		(void)fill(reopen(p));
		raw_sql(p->db, edits[i]);
		rows = raw_number(p->db, "SELECT count(*) FROM action");
		if (sel_store_prune(p->s, NOW - 90 * DAY, NOW - 400 * DAY, NOW, &done) != -EUCLEAN)
			fail_msg("%s", edits[i]);
		assert_int_equal(raw_number(p->db, "SELECT count(*) FROM action"), rows);
		assert_int_equal(sel_store_verify(p->s, NULL, NULL), -EUCLEAN);
		(void)place_tear_down((void **)&p);
	}
}

static void an_edit_of_what_was_left_behind_is_found(void **state)
{
	static const char *const edits[] = {
		"UPDATE gap SET hash = zeroblob(32) WHERE first = (SELECT min(first) FROM gap)",
		"UPDATE gap SET last = last + 1 WHERE first = (SELECT min(first) FROM gap)",
		"UPDATE gap SET first = first - 1 WHERE first = (SELECT max(first) FROM gap)",
		"UPDATE gap SET event = 1 WHERE first = (SELECT min(first) FROM gap)",
		"DELETE FROM gap WHERE first = (SELECT max(first) FROM gap)",
		"DELETE FROM gap",
		"INSERT INTO gap VALUES (1000000, 1000001, 7, zeroblob(32))",
		"INSERT INTO gap SELECT 1000000, 1000001, event, hash FROM gap LIMIT 1",
		"UPDATE event SET body = replace(body, 'gaps', 'gapz') WHERE kind = 'rolled-up'",
		"DELETE FROM event WHERE kind = 'rolled-up'",
		/* a kept event goes as well, into a longer gap */
		"DELETE FROM event WHERE seq = (SELECT min(last) + 1 FROM gap)",
		"DELETE FROM action WHERE id = (SELECT min(id) FROM action)",
		"DELETE FROM answer WHERE question = 1",
		"UPDATE chain SET format1 = 100000",
	};

	for (size_t i = 0; i < SEL_N(edits); i++) {
		struct place *p = NULL;
		uint64_t bad = 0;

		(void)state;
		(void)place_set_up((void **)&p);
		(void)fill(reopen(p));
		(void)prune(p->s, NOW);
		verify_ok(p->s);
		raw_sql(p->db, edits[i]);
		if (sel_store_verify(p->s, NULL, &bad) != -EUCLEAN || bad == 0)
			fail_msg("not found: %s", edits[i]);
		(void)place_tear_down((void **)&p);
	}
}

static void a_store_of_version_1_can_be_pruned(void **state)
{
	struct place *p = *state;
	struct sel_store *s;
	usec_t then = (usec_t)1763888400 * SECOND + 200 * DAY;

	raw_sql(p->db, store_v1);
	assert_int_equal(chmod(p->db, 0600), 0);
	s = reopen(p);
	/* twelve actions: one rests on a question, the newest stays */
	assert_int_equal(prune(s, then).actions, 10);
	assert_int_equal(raw_number(p->db, "SELECT count(*) FROM answer"), 2);
	assert_int_equal(raw_number(p->db, "SELECT sum(n) FROM day"), 12 + 46 + 95);
	verify_ok(s);
	session(s, "cccccccc", then);
	verify_ok(reopen(p));
}

static void the_file_gets_smaller(void **state)
{
	struct place *p = *state;
	struct sel_store *s = reopen(p);
	struct stat before, after;

	session(s, "one", NOW - 200 * DAY);
	for (int i = 0; i < 6000; i++) /* more than one transaction takes */
		(void)action(s, "one", NOW - 200 * DAY, SEL_SRC_RULE, 0);
	(void)action(s, "one", NOW, SEL_SRC_RULE, 0);
	s = reopen(p); /* the log is in the file */
	assert_int_equal(stat(p->db, &before), 0);
	struct sel_pruned done = prune(s, NOW);

	assert_int_equal(done.actions, 6000);
	assert_true(done.bytes > 0);
	(void)reopen(p);
	assert_int_equal(stat(p->db, &after), 0);
	if (after.st_size * 2 > before.st_size)
		fail_msg("%ld bytes of %ld are left", (long)after.st_size, (long)before.st_size);
	verify_ok(p->s);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, place_set_up, place_tear_down)
	const struct CMUnitTest tests[] = {
		T(old_rows_go_and_no_number_changes),
		T(texts_of_rows_that_went_go_too),
		T(it_works_once_a_day_and_goes_on_the_next),
		T(the_newest_row_stays_so_that_numbers_are_given_once),
		T(old_sums_go_in_the_end),
		T(what_makes_no_sense_is_refused),
		T(an_edit_by_hand_is_not_pruned_away),
		T(an_edit_of_what_was_left_behind_is_found),
		T(a_store_of_version_1_can_be_pruned),
		T(the_file_gets_smaller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
