/* What judgement reads back: answers with what was known when they were asked, the digest, labels,
 * identities, proposals; and stores of the version before, which had none of it. */
#include "../../broker/report/fact.h"
#include "../../db/schema.h"
#include "seldom/text.h"
#include "store_place.h"
#include "store_v1.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define SECOND USEC_PER_SEC
#define THEN   ((usec_t)1763888400 * SECOND)

static void make_v1(const struct place *p)
{
	raw_sql(p->db, store_v1);
	assert_int_equal(chmod(p->db, 0600), 0);
}

static void verify_ok(struct sel_store *s, uint64_t want)
{
	uint64_t events = 0, bad = 0;
	int r = sel_store_verify(s, &events, &bad);

	if (r < 0)
		fail_msg("the chain is broken at %lu: %s", (unsigned long)bad, strerror(-r));
	assert_int_equal(events, want);
}

static int begin(struct sel_store *s, const char *id, const char *project)
{
	json_auto_t *command = json_pack("[s]", "make");

	return sel_store_session_begin(s, &(struct sel_session_row){.id = id,
								    .command = command,
								    .cwd = "/home/ana/app",
								    .version = "0.1.0",
								    .broker_pid = getpid(),
								    .project = project,
								    .started = THEN});
}

/* --- the version before --------------------------------------------------------------------------
 */

static int keep(json_t *row, void *ctx)
{
	return json_array_append(ctx, row);
}

static int count_fact(const struct sel_fact_row *row, void *ctx)
{
	assert_null(row->q.program);
	assert_null(row->q.keys[0]);
	assert_true(row->a.weight == 0);
	assert_int_equal(row->a.measured, row->question == 1);
	assert_int_equal(row->a.response, row->question == 1 ? 700000 : 0);
	++*(int *)ctx;
	return 0;
}

static void a_store_of_version_1_is_brought_up_to_date_and_stays_whole(void **state)
{
	const struct place *p = *state;
	json_auto_t *rows = json_array();
	struct sel_store *s;
	json_t *row;
	int facts = 0;

	make_v1(p);
	s = open_ok(p, SEL_STORE_WRITE);
	verify_ok(s, 24);
	assert_int_equal(raw_number(p->db, "PRAGMA auto_vacuum"), 2);
	assert_int_equal(raw_number(p->db, "PRAGMA freelist_count"), 0);
	/* 700 ms, at the console */
	assert_int_equal(raw_number(p->db, "SELECT sum(question) FROM answer WHERE rapid"), 1);
	assert_int_equal(sel_store_facts(s, 0, 0, count_fact, &facts), 0);
	assert_int_equal(facts, 2);
	assert_int_equal(sel_report_log(s, &(struct sel_filter){0}, keep, rows), 0);
	assert_int_equal(json_array_size(rows), 12);
	row = json_array_get(rows, 4);
	assert_string_equal(json_string_value(json_object_get(row, "reason")),
			    "because of /srv/data");
	assert_string_equal(json_string_value(json_object_get(row, "object2")), "/srv/b");
	assert_true(json_is_null(json_object_get(json_array_get(rows, 7), "exe")));
	assert_int_equal(json_integer_value(json_object_get(json_array_get(rows, 6), "repeats")),
			 6);
	/* what it did is in the sums: 12 actions, 46 repeats, 95 counted */
	assert_int_equal(raw_number(p->db, "SELECT sum(n) FROM day"), 12 + 46 + 95);
	assert_int_equal(raw_number(p->db, "SELECT sum(n) FROM tally"), 12 + 46 + 95);
	assert_int_equal(raw_number(p->db, "SELECT sum(n) FROM day_exe"), 11 + 46 + 95);
	/* and it goes on in the new way */
	assert_int_equal(begin(s, "cccccccc", "/home/ana/app"), 0);
	verify_ok(s, 25);
	sel_store_free(s);
	s = open_ok(p, SEL_STORE_READ);
	verify_ok(s, 25);
	sel_store_free(s);
}

/* Edits before and after the migration are found alike. */
static void a_version_1_store_that_was_edited_is_still_found_out(void **state)
{
	static const struct {
		bool before;
		const char *sql;
	} row[] = {
		{true, "UPDATE action SET decision = 'allow' WHERE id = 3"},
		{true, "UPDATE action SET exe = NULL WHERE id = 3"},
		{true, "UPDATE event SET session = NULL WHERE seq = 9"},
		{true, "UPDATE event SET hash = zeroblob(32) WHERE seq = 9"},
		{true, "DELETE FROM event WHERE seq = 9"},
		{true, "DELETE FROM answer WHERE question = 1"},
		{true, "UPDATE answer SET decision = 'allow' WHERE question = 2"},
		{false, "UPDATE action SET object = x'2f' WHERE id = 3"},
		{false, "UPDATE what SET tier = 3 - tier"},
		{false, "UPDATE chain SET format1 = 0"},
		{false, "UPDATE chain SET format1 = 10"},
		{false, "UPDATE event SET kind = 4 WHERE seq = 9"},
		{false, "UPDATE event SET body = '{}' WHERE seq = 9"},
		{false, "UPDATE answer SET rung = 0 WHERE question = 1"},
		/* what version 1 did not know yet is no place for evidence */
		{false, "UPDATE answer SET weight = 1 WHERE question = 1"},
		{false, "UPDATE question SET program = 1, key1 = 2 WHERE id = 1"},
		{false, "UPDATE question SET decoy = 1 WHERE id = 1"},
		{false, "UPDATE action SET key = 1 WHERE id = 2"},
		{false, "UPDATE session SET project = 1"},
		/* nor does a row go away while its event stays as mere text */
		{false,
		 "UPDATE event SET kind = 'action', row = NULL, body = '{\"row\":1,\"sha256\":"
		 "\"719a54b0b5ff556448b293a16dfc7ccc96b5fd31ce1a32e7bfca1d9ed7a365e8\"}'"
		 " WHERE seq = 9; DELETE FROM action WHERE id = 1"},
	};

	for (size_t i = 0; i < SEL_N(row); i++) {
		struct place *p = NULL;
		struct sel_store *s;

		(void)state;
		(void)place_set_up((void **)&p);
		make_v1(p);
		if (row[i].before)
			raw_sql(p->db, row[i].sql);
		s = open_ok(p, SEL_STORE_WRITE);
		if (!row[i].before)
			raw_sql(p->db, row[i].sql);
		if (sel_store_verify(s, NULL, NULL) != -EUCLEAN)
			fail_msg("not found: %s", row[i].sql);
		sel_store_free(s);
		(void)place_tear_down((void **)&p);
	}
}

/* Brings the store up to date in a process that is killed at so many beginnings and ends of system
 * calls. False: it was ready before. */
static bool migrate_until(const struct place *p, int stops)
{
	struct sel_store *s = NULL;
	pid_t pid = fork();
	int status = 0;

	assert_true(pid >= 0);
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(77);
		(void)raise(SIGSTOP);
		_exit(sel_store_open(p->db, SEL_STORE_WRITE, &s, NULL) < 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	for (; WIFSTOPPED(status) && stops > 0; stops--) {
		assert_int_equal(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
	}
	if (!WIFSTOPPED(status)) {
		if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
			print_message("left out: ptrace is not allowed here\n");
			skip();
		}
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
		return false;
	}
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return true;
}

/* Whoever opens it next finds the old store or the new one, whole, and finishes the work. */
static void a_migration_that_is_killed_at_any_moment_loses_nothing(void **state)
{
	int found[2] = {0}; /* at the old version, at the newest */
	bool killed = true;

	(void)state;
	for (int stops = 0; killed; stops += 19) {
		struct place *p = NULL;
		struct sel_store *s;
		int64_t version;

		(void)place_set_up((void **)&p);
		make_v1(p);
		killed = migrate_until(p, stops);
		version = raw_number(p->db, "PRAGMA user_version");
		assert_in_range(version, 1, sel_schema_version);
		found[version == sel_schema_version]++;
		assert_int_equal(raw_number(p->db, "SELECT count(*) FROM sqlite_schema"
						   " WHERE name IN ('text', 'what', 'gap')"),
				 version == 1 ? 0 : 3);
		s = open_ok(p, SEL_STORE_WRITE);
		verify_ok(s, 24);
		assert_int_equal(raw_number(p->db, "SELECT sum(n) FROM day"), 12 + 46 + 95);
		assert_int_equal(raw_number(p->db, "SELECT count(*) FROM answer"), 2);
		sel_store_free(s);
		(void)place_tear_down((void **)&p);
	}
	print_message("killed before it was kept %d times, after that %d times\n", found[0],
		      found[1] - 1);
}

/* What SQLite keeps of the schema, without blanks and quotes. Caller frees. */
static char *schema_of(const char *path)
{
	sqlite3_stmt *stmt = NULL;
	sqlite3 *db = NULL;
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	assert_non_null(out);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db,
					    "SELECT type, name, tbl_name, coalesce(sql, '-')"
					    " FROM sqlite_schema ORDER BY type, name",
					    -1, &stmt, NULL),
			 SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		for (int i = 0; i < 4; i++, (void)fputc('|', out))
			for (const char *c = (const char *)sqlite3_column_text(stmt, i); *c; c++)
				if (!strchr(" \t\n\"", *c))
					(void)fputc(*c, out);
		(void)fputc('\n', out);
	}
	(void)sqlite3_finalize(stmt);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void a_new_store_is_what_the_migrations_make(void **state)
{
	const struct place *p = *state;
	_cleanup_free_ char *stepped = NULL, *made = NULL;

	for (int i = 0; i < sel_schema_version; i++)
		raw_sql(p->db, sel_migrations[i]);
	stepped = schema_of(p->db);
	assert_true(strstr(stepped, "table|question|question|CREATETABLEquestion(idINTEGER"));
	assert_int_equal(raw_number(p->db, "SELECT count(*) FROM chain"), 0);
	assert_int_equal(unlink(p->db), 0);
	sel_store_free(open_ok(p, SEL_STORE_WRITE));
	made = schema_of(p->db);
	assert_string_equal(made, stepped);
	assert_int_equal(raw_number(p->db, "PRAGMA user_version"), sel_schema_version);
	assert_int_equal(raw_number(p->db, "SELECT count(*) FROM chain"), 0);
}

/* --- answers -------------------------------------------------------------------------------------
 */

#define HOSTILE "/srv/\x1b[2J\xff\xe2\x80\xae"

static struct sel_question_row question_of(const char *session, uint32_t n, json_t *rungs)
{
	return (struct sel_question_row){
		.session = session,
		.number = n,
		.asked = THEN + n * SECOND,
		.op = SEL_OP_CREATE,
		.tier = SEL_T2,
		.exe = "/usr/bin/npm",
		.object = HOSTILE,
		.fresh = "first there",
		.rungs = rungs,
		.recommended = 1,
		.project = "/home/ana/app",
		.program = "pkg:npm /usr/bin/npm",
		.digest = "00ff",
		.package = "npm",
		.version = "9.2.0",
		.subcommand = "install",
		.keys = {"key 0\x1f" HOSTILE, "key 1", NULL, "key 3", "key 4"},
		.class_ = "tool-cache",
		.unit = "/home/ana/.npm",
		.exists = true,
		.words = 17,
		.state = "TIRED",
		.predicted = 0.12,
		.support = 3,
		.decoy = n == 2,
		.flood = n == 3,
	};
}

static int64_t ask(struct sel_store *s, const char *session, uint32_t n)
{
	json_auto_t *rungs = json_pack("[{s:i},{s:i}]", "n", 0, "n", 1);
	struct sel_question_row row = question_of(session, n, rungs);
	int64_t id = 0;

	assert_int_equal(sel_store_question(s, &row, &id), 0);
	return id;
}

static void answer(struct sel_store *s, int64_t question, enum sel_decision decision)
{
	assert_int_equal(sel_store_answer(s, &(struct sel_answer_row){.question = question,
								      .at = THEN + 60 * SECOND,
								      .decision = decision,
								      .source = SEL_SRC_PERSON,
								      .front = "line",
								      .rung = decision ? 0 : -1,
								      .term = SEL_FOR_30D,
								      .note = "\xff",
								      .response = 2500000,
								      .expanded = true,
								      .settled = 4,
								      .measured = true,
								      .rapid = decision == SEL_DENY,
								      .weight = 0.25}),
			 0);
}

static int check_fact(const struct sel_fact_row *row, void *ctx)
{
	json_auto_t *rungs = json_array();
	uint32_t n = (uint32_t)row->question;
	const struct sel_question_row want = question_of("aaaaaaaa", n, rungs);

	++*(int *)ctx;
	assert_string_equal(row->session, want.session);
	assert_string_equal(row->q.session, want.session);
	assert_int_equal(row->asked, want.asked);
	assert_int_equal(row->answered, THEN + 60 * SECOND);
	assert_int_equal(row->q.op, want.op);
	assert_int_equal(row->q.tier, want.tier);
	assert_string_equal(row->q.exe, want.exe);
	assert_string_equal(row->q.object, want.object);
	assert_null(row->q.rungs);
	assert_int_equal(row->q.recommended, 1);
	assert_string_equal(row->q.project, want.project);
	assert_string_equal(row->q.program, want.program);
	assert_string_equal(row->q.digest, want.digest);
	assert_string_equal(row->q.package, want.package);
	assert_string_equal(row->q.version, want.version);
	assert_string_equal(row->q.subcommand, want.subcommand);
	for (int i = 0; i < 5; i++)
		if (i == 2)
			assert_null(row->q.keys[i]);
		else
			assert_string_equal(row->q.keys[i], want.keys[i]);
	assert_string_equal(row->q.class_, want.class_);
	assert_string_equal(row->q.unit, want.unit);
	assert_true(row->q.exists);
	assert_int_equal(row->q.words, 17);
	assert_int_equal(row->q.decoy, want.decoy);
	assert_int_equal(row->q.flood, want.flood);
	assert_int_equal(row->a.question, row->question);
	assert_int_equal(row->a.decision, n % 2 ? SEL_ALLOW : SEL_DENY);
	assert_int_equal(row->a.source, SEL_SRC_PERSON);
	assert_int_equal(row->a.rung, n % 2 ? 0 : -1);
	assert_int_equal(row->a.term, SEL_FOR_30D);
	assert_int_equal(row->a.response, 2500000);
	assert_true(row->a.expanded && row->a.measured);
	assert_true(row->a.weight == 0.25);
	return 0;
}

static int facts(struct sel_store *s, usec_t since, int64_t after)
{
	int n = 0;

	assert_int_equal(sel_store_facts(s, since, after, check_fact, &n), 0);
	return n;
}

static int stop_at_once(const struct sel_fact_row *row, void *ctx)
{
	(void)row;
	++*(int *)ctx;
	return 42;
}

static void what_was_known_when_it_was_asked_comes_back(void **state)
{
	const struct place *p = *state;
	struct sel_store *s = open_ok(p, SEL_STORE_WRITE);
	int n = 0;

	assert_int_equal(begin(s, "aaaaaaaa", NULL), 0);
	for (uint32_t i = 1; i <= 5; i++)
		answer(s, ask(s, "aaaaaaaa", i), i % 2 ? SEL_ALLOW : SEL_DENY);
	(void)ask(s, "aaaaaaaa", 6); /* open: no fact */
	assert_int_equal(facts(s, 0, 0), 5);
	assert_int_equal(facts(s, 0, 3), 2);
	assert_int_equal(facts(s, 0, 6), 0);
	assert_int_equal(facts(s, THEN + 2 * SECOND, 0), 4);
	assert_int_equal(facts(s, THEN + 4 * SECOND, 2), 2);
	assert_int_equal(facts(s, THEN + 4 * SECOND, 4), 1);
	assert_int_equal(facts(s, USEC_INFINITY, 0), 0);
	assert_int_equal(sel_store_facts(s, 0, 0, stop_at_once, &n), 42);
	assert_int_equal(n, 1);
	verify_ok(s, 12);
	sel_store_free(s);
}

static void evidence_that_was_edited_by_hand_is_found(void **state)
{
	static const char *const edits[] = {
		"UPDATE answer SET weight = 1 WHERE question = 1",
		"UPDATE answer SET measured = 0 WHERE question = 1",
		"UPDATE answer SET rapid = 1 WHERE question = 1",
		"UPDATE question SET key1 = key3 WHERE id = 1",
		"UPDATE question SET state = 'FRESH' WHERE id = 1",
		"UPDATE question SET predicted = 0.5 WHERE id = 1",
		"UPDATE question SET predicted = NULL WHERE id = 1",
		"UPDATE question SET digest = NULL WHERE id = 1",
		"UPDATE question SET decoy = 1 WHERE id = 1",
		"UPDATE text SET bytes = x'00' WHERE CAST(bytes AS TEXT) = 'key 1'",
		"DELETE FROM text WHERE CAST(bytes AS TEXT) = 'pkg:npm /usr/bin/npm'",
		"UPDATE label SET flagged = 0",
		"UPDATE label SET sampled = 0",
		"DELETE FROM label",
		"UPDATE proposal SET what = 'accepted'",
		"UPDATE proposal SET folder = x'2f'",
		"UPDATE what SET program = 0",
		"UPDATE action SET step = 7",
		"UPDATE action SET key = NULL",
		"UPDATE session SET project = NULL",
	};

	for (size_t i = 0; i < SEL_N(edits); i++) {
		struct place *p = NULL;
		struct sel_store *s;
		int64_t action = 0;

		(void)state;
		(void)place_set_up((void **)&p);
		s = open_ok(p, SEL_STORE_WRITE);
		assert_int_equal(begin(s, "aaaaaaaa", "/home/ana/app"), 0);
		answer(s, ask(s, "aaaaaaaa", 1), SEL_ALLOW);
		assert_int_equal(sel_store_action(s,
						  &(struct sel_action_row){
							  .session = "aaaaaaaa",
							  .at = THEN,
							  .decision = SEL_ALLOW,
							  .source = SEL_SRC_LEARNED,
							  .program = "pkg:npm /usr/bin/npm",
							  .key = "key 1",
							  .step = 1,
						  },
						  &action),
				 0);
		assert_int_equal(sel_store_label(s, &(struct sel_label_row){.action = action,
									    .at = THEN,
									    .flagged = true,
									    .sampled = true}),
				 0);
		assert_int_equal(sel_store_proposal(s, "abcdefgh", "/srv", "offered", THEN), 0);
		verify_ok(s, 6);
		sel_store_free(s);
		raw_sql(p->db, edits[i]);
		s = open_ok(p, SEL_STORE_READ);
		if (sel_store_verify(s, NULL, NULL) != -EUCLEAN)
			fail_msg("not found: %s", edits[i]);
		sel_store_free(s);
		(void)place_tear_down((void **)&p);
	}
}

static void a_fact_in_words_we_do_not_know_stops_the_loading(void **state)
{
	const struct place *p = *state;
	struct sel_store *s = open_ok(p, SEL_STORE_WRITE);
	int n = 0;

	assert_int_equal(begin(s, "aaaaaaaa", NULL), 0);
	answer(s, ask(s, "aaaaaaaa", 1), SEL_ALLOW);
	raw_sql(p->db, "UPDATE answer SET term = 'for ever'");
	assert_int_equal(sel_store_facts(s, 0, 0, stop_at_once, &n), -EUCLEAN);
	raw_sql(p->db, "UPDATE answer SET term = 'once'; UPDATE text SET bytes = x'610062'"
		       " WHERE CAST(bytes AS TEXT) = 'key 1'");
	assert_int_equal(sel_store_facts(s, 0, 0, stop_at_once, &n), -EUCLEAN);
	assert_int_equal(n, 0);
	sel_store_free(s);
}

/* --- the digest ----------------------------------------------------------------------------------
 */

static int64_t learned(struct sel_store *s, const char *session, usec_t at, const char *key,
		       enum sel_decision decision)
{
	int64_t id = 0;

	assert_int_equal(sel_store_action(s,
					  &(struct sel_action_row){
						  .session = session,
						  .at = at,
						  .op = SEL_OP_WRITE,
						  .tier = SEL_T1,
						  .decision = decision,
						  .source = SEL_SRC_LEARNED,
						  .exe = "/usr/bin/npm",
						  .object = HOSTILE,
						  .reason = "allow learned  npm write /srv/x",
						  .program = "pkg:npm",
						  .key = key,
						  .step = 2,
						  .repeats = 3,
					  },
					  &id),
			 0);
	return id;
}

struct seen {
	int n;
	int64_t ids[8];
	bool first[8];
};

static int see_learned(const struct sel_learned_row *row, void *ctx)
{
	struct seen *seen = ctx;

	assert_true(seen->n < 8);
	seen->first[seen->n] = row->first;
	seen->ids[seen->n++] = row->action;
	assert_string_equal(row->exe, "/usr/bin/npm");
	assert_string_equal(row->object, HOSTILE);
	assert_string_equal(row->reason, "allow learned  npm write /srv/x");
	assert_string_equal(row->program, "pkg:npm");
	assert_int_equal(row->step, 2);
	assert_int_equal(row->repeats, 3);
	assert_int_equal(row->op, SEL_OP_WRITE);
	return 0;
}

static int see_label(const struct sel_label_row *row, const char *program, const char *key,
		     void *ctx)
{
	struct seen *seen = ctx;

	seen->ids[seen->n++] = row->action;
	assert_string_equal(program, "pkg:npm");
	assert_non_null(key);
	assert_int_equal(row->flagged, row->harmful);
	assert_int_equal(row->step, 2);
	return 0;
}

struct used {
	int n;
	char key[4][16];
	usec_t at[4];
};

static int see_used(const char *key, usec_t at, void *ctx)
{
	struct used *used = ctx;

	assert_true(used->n < 4);
	(void)snprintf(used->key[used->n], sizeof used->key[0], "%s", key);
	used->at[used->n++] = at;
	return 0;
}

/* Whether it was labelled or not; the latest use of each. */
static void check_used(struct sel_store *s)
{
	struct used used = {0};

	assert_int_equal(sel_store_learned_used(s, 0, see_used, &used), 0);
	assert_int_equal(used.n, 2);
	for (int i = 0; i < 2; i++)
		assert_int_equal(used.at[i], THEN + (used.key[i][4] == 'a' ? 3 : 2) * SECOND);
	assert_string_not_equal(used.key[0], used.key[1]);
	used.n = 0;
	assert_int_equal(sel_store_learned_used(s, THEN + 3 * SECOND, see_used, &used), 0);
	assert_int_equal(used.n, 1);
	assert_string_equal(used.key[0], "key a");
}

static void the_digest_shows_learned_actions_until_they_are_labelled(void **state)
{
	const struct place *p = *state;
	struct sel_store *s = open_ok(p, SEL_STORE_WRITE);
	struct sel_label_row label = {.at = THEN, .flagged = true, .harmful = true, .step = 2};
	struct seen seen = {0};
	int64_t ids[5];

	assert_int_equal(begin(s, "aaaaaaaa", NULL), 0);
	assert_int_equal(begin(s, "bbbbbbbb", NULL), 0);
	ids[0] = learned(s, "aaaaaaaa", THEN, "key a", SEL_ALLOW);
	ids[1] = learned(s, "aaaaaaaa", THEN + SECOND, "key a", SEL_ALLOW);
	ids[2] = learned(s, "bbbbbbbb", THEN + 2 * SECOND, "key b", SEL_ALLOW);
	ids[3] = learned(s, "bbbbbbbb", THEN + 3 * SECOND, "key a", SEL_ALLOW);
	ids[4] = learned(s, "bbbbbbbb", THEN + 3 * SECOND, "key a", SEL_DENY); /* no allow */
	assert_int_equal(sel_store_learned(s, NULL, 0, see_learned, &seen), 0);
	assert_int_equal(seen.n, 4);
	for (int i = 0; i < 4; i++)
		assert_int_equal(seen.ids[i], ids[3 - i]); /* newest first */
	assert_true(!seen.first[0] && seen.first[1] && !seen.first[2] && seen.first[3]);
	seen.n = 0;
	assert_int_equal(sel_store_learned(s, "bbbbbbbb", 0, see_learned, &seen), 0);
	assert_int_equal(seen.n, 2);
	seen.n = 0;
	assert_int_equal(sel_store_learned(s, NULL, THEN + 2 * SECOND, see_learned, &seen), 0);
	assert_int_equal(seen.n, 2);

	check_used(s);
	label.action = ids[3];
	assert_int_equal(sel_store_label(s, &label), 0);
	check_used(s);
	label.action = ids[2];
	assert_int_equal(sel_store_label(s, &label), 0);
	assert_int_equal(sel_store_label(s, &label), -EEXIST);
	label.action = ids[4];
	assert_int_equal(sel_store_label(s, &label), -ENOENT);
	label.action = 999;
	assert_int_equal(sel_store_label(s, &label), -ENOENT);
	label.action = ids[0];
	label.flagged = label.harmful = false;
	assert_int_equal(sel_store_label(s, &label), 0);
	seen.n = 0;
	assert_int_equal(sel_store_learned(s, NULL, 0, see_learned, &seen), 0);
	assert_int_equal(seen.n, 1);
	seen.n = 0;
	assert_int_equal(sel_store_labels(s, see_label, &seen), 0);
	assert_int_equal(seen.n, 3);
	assert_int_equal(seen.ids[0], ids[3]); /* in the order they were made */
	check_used(s);
	verify_ok(s, 2 + 5 + 3);
	sel_store_free(s);
}

/* An action that rests on a question; 0 for none. */
static int64_t acted(struct sel_store *s, int64_t question, enum sel_decision decision)
{
	const struct sel_action_row row = {
		.session = "aaaaaaaa",
		.at = THEN + 61 * SECOND,
		.op = SEL_OP_CREATE,
		.decision = decision,
		.source = SEL_SRC_PERSON,
		.exe = "/usr/bin/npm",
		.object = HOSTILE,
		.question = question,
	};
	int64_t id = 0;

	assert_int_equal(sel_store_action(s, &row, &id), 0);
	return id;
}

struct looked_over {
	int n, benign, labelled, flagged;
};

static int see_looked_over(const struct sel_fact_row *row, void *ctx)
{
	struct looked_over *l = ctx;
	struct sel_past past = sel_past_of(row);

	l->n++;
	l->labelled += row->labelled;
	l->flagged += row->flagged;
	l->benign += past.audited;
	assert_int_equal(past.audited, row->question == 1 || row->question == 4);
	return 0;
}

static int see_answered(const struct sel_learned_row *row, void *ctx)
{
	struct seen *seen = ctx;

	assert_true(seen->n < 8 && row->answered);
	assert_int_equal(row->denied, row->action == 4 || row->action == 6);
	assert_int_equal(row->at, THEN + 61 * SECOND);
	assert_string_equal(row->object, HOSTILE);
	seen->ids[seen->n++] = row->action;
	return 0;
}

static void label_ok(struct sel_store *s, int64_t action, bool flagged)
{
	const struct sel_label_row l = {.action = action, .at = THEN, .flagged = flagged};

	assert_int_equal(sel_store_label(s, &l), 0);
}

/* What is said of answers is for F5 alone: the digest's bound and the draw are as before. */
static void labels_of_answers_are_none_of_learned_allows(void **state)
{
	const struct place *p = *state;
	struct sel_store *s = open_ok(p, SEL_STORE_WRITE);
	struct looked_over over = {0};
	json_auto_t *stats = NULL;
	struct seen seen = {0};
	int64_t id[8] = {0}, again, auto_allowed;
	json_t *labels;

	assert_int_equal(begin(s, "aaaaaaaa", NULL), 0);
	for (uint32_t i = 1; i <= 7; i++) { /* 2 is a check, 3 stands for many, odd are allowed */
		int64_t q = ask(s, "aaaaaaaa", i);

		answer(s, q, i % 2 ? SEL_ALLOW : SEL_DENY);
		id[i] = acted(s, q, i % 2 ? SEL_ALLOW : SEL_DENY);
	}
	again = acted(s, 4, SEL_DENY); /* one more call of the same */
	auto_allowed = learned(s, "aaaaaaaa", THEN + SECOND, "key a", SEL_ALLOW);
	assert_int_equal(sel_store_answered(s, NULL, 0, see_answered, &seen), 0);
	assert_int_equal(seen.n, 4 + 1);
	for (int i = 0; i < 4; i++)
		assert_int_equal(seen.ids[i], id[7 - i]); /* 7 6 5 4 1: each question once */
	assert_int_equal(seen.ids[4], id[1]);

	for (int i = 2; i <= 3; i++)
		assert_int_equal(sel_store_label(s, &(struct sel_label_row){.action = id[i]}),
				 -ENOENT);
	assert_int_equal(
		sel_store_label(s, &(struct sel_label_row){.action = id[1], .sampled = true}),
		-EINVAL);
	assert_int_equal(sel_store_label(s, &(struct sel_label_row){.action = id[1], .step = 1}),
			 -EINVAL);
	label_ok(s, id[1], false); /* an allow that was right */
	label_ok(s, again, true);  /* a denial that was wrong */
	label_ok(s, id[5], true);  /* an allow that was wrong */
	label_ok(s, id[6], false); /* a denial that was right */
	assert_int_equal(sel_store_label(s, &(struct sel_label_row){.action = id[1]}), -EEXIST);
	assert_int_equal(sel_store_label(s, &(struct sel_label_row){.action = id[4]}), -ENOENT);
	seen.n = 0;
	assert_int_equal(sel_store_answered(s, "aaaaaaaa", THEN, see_answered, &seen), 0);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.ids[0], id[7]);
	assert_int_equal(sel_store_facts(s, 0, 0, see_looked_over, &over), 0);
	assert_int_equal(over.n, 7);
	assert_int_equal(over.labelled, 4);
	assert_int_equal(over.flagged, 2);
	assert_int_equal(over.benign, 2);

	seen.n = 0;
	assert_int_equal(sel_store_labels(s, see_label, &seen), 0);
	assert_int_equal(seen.n, 0);
	assert_int_equal(sel_store_learned(s, NULL, 0, see_learned, &seen), 0);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.ids[0], auto_allowed);
	assert_int_equal(sel_report_stats(s, &(struct sel_filter){0}, &stats), 0);
	labels = json_object_get(stats, "labels");
	assert_int_equal(json_integer_value(json_object_get(labels, "of")), 0);
	assert_int_equal(sel_store_label(s, &(struct sel_label_row){.action = auto_allowed,
								    .flagged = true,
								    .harmful = true,
								    .sampled = true,
								    .step = 2}),
			 0); /* and this one counts */
	seen.n = 0;
	assert_int_equal(sel_store_labels(s, see_label, &seen), 0);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.ids[0], auto_allowed);
	verify_ok(s, 1 + 3 * 7 + 1 + 1 + 5);
	sel_store_free(s);
}

/* --- identities and proposals --------------------------------------------------------------------
 */

static void an_identity_is_found_while_the_file_is_the_same(void **state)
{
	const struct place *p = *state;
	struct sel_store *s = open_ok(p, SEL_STORE_WRITE);
	struct sel_identity_row row = {.dev = UINT64_MAX,
				       .ino = (uint64_t)1 << 63,
				       .ctime_ns = -5,
				       .package = "npm \xff",
				       .version = "9.2.0",
				       .verified = true};
	struct sel_identity_row got = {.dev = row.dev, .ino = row.ino, .ctime_ns = -5};

	memset(row.digest, 'a', 64);
	assert_int_equal(sel_store_identity_get(s, &got), 0);
	assert_int_equal(sel_store_identity_put(s, &row, THEN), 0);
	assert_int_equal(sel_store_identity_get(s, &got), 1);
	assert_string_equal(got.digest, row.digest);
	assert_string_equal(got.package, row.package);
	assert_string_equal(got.version, "9.2.0");
	assert_true(got.verified);
	got.ctime_ns = -4; /* it was written to */
	assert_int_equal(sel_store_identity_get(s, &got), 0);
	row.ctime_ns = -4;
	row.verified = false;
	row.package[0] = row.version[0] = '\0';
	assert_int_equal(sel_store_identity_put(s, &row, THEN), 0);
	assert_int_equal(sel_store_identity_get(s, &got), 1);
	assert_string_equal(got.package, "");
	assert_false(got.verified);
	got.ctime_ns = -5; /* and the old state is not remembered */
	assert_int_equal(sel_store_identity_get(s, &got), 0);
	/* what does not fit is no identity */
	raw_sql(p->db, "UPDATE identity SET digest = digest || 'a'");
	got.ctime_ns = -4;
	assert_int_equal(sel_store_identity_get(s, &got), -EUCLEAN);
	sel_store_free(s);
}

static void the_last_word_on_a_proposal_counts(void **state)
{
	const struct place *p = *state;
	struct sel_store *s = open_ok(p, SEL_STORE_WRITE);
	const char *what = NULL;
	usec_t at = 0;

	assert_int_equal(sel_store_proposal_get(s, "abcdefgh", &what, &at), 0);
	assert_int_equal(sel_store_proposal(s, "abcdefgh", "/srv/\xff", "offered", THEN), 0);
	assert_int_equal(sel_store_proposal(s, "bbcdefgh", "/srv", "accepted", THEN), 0);
	assert_int_equal(sel_store_proposal_get(s, "abcdefgh", &what, &at), 1);
	assert_string_equal(what, "offered");
	assert_int_equal(sel_store_proposal(s, "abcdefgh", "/srv/\xff", "declined", THEN + SECOND),
			 0);
	assert_int_equal(sel_store_proposal_get(s, "abcdefgh", &what, &at), 1);
	assert_string_equal(what, "declined");
	assert_int_equal(at, THEN + SECOND);
	assert_int_equal(sel_store_proposal_get(s, "abcdefgh", NULL, NULL), 1);
	assert_int_equal(sel_store_proposal(s, "abcdefgh", "/srv", "perhaps", THEN), -EINVAL);
	assert_int_equal(sel_store_proposal(s, "", "/srv", "offered", THEN), -EINVAL);
	assert_int_equal(sel_store_proposal(s, "\xff", "/srv", "offered", THEN), -EINVAL);
	assert_int_equal(sel_store_proposal(s, "abcdefgh", NULL, "offered", THEN), -EINVAL);
	verify_ok(s, 3);
	sel_store_free(s);
}

/* A reason names the object; it is kept as a pattern, and nobody sees that. */
static void reasons_come_back_as_they_were(void **state)
{
	static const struct {
		const char *object, *reason, *want;
	} row[] = {
		{"/srv/x", "allow  make write /srv/x: fine", NULL},
		{"/srv/x", "/srv/x", NULL},
		{"/srv/x", "/srv/x/srv/x and /srv/", NULL},
		{"/", "/ / /", NULL},
		{"a", "banana", NULL},
		{"/srv/\xff", "deny  x write /srv/\\xff: no", NULL},
		{"/srv/\xff", "deny  x write /srv/\xff: no", NULL},
		{NULL, "no object", NULL},
		{"", "empty object", NULL},
		{"/srv/x", "", NULL},
		{"/srv/x", "a \x01 mark of /srv/x", "a ? mark of /srv/x"},
	};
	const struct place *p = *state;
	struct sel_store *s = open_ok(p, SEL_STORE_WRITE);
	json_auto_t *rows = json_array();

	assert_int_equal(begin(s, "aaaaaaaa", NULL), 0);
	for (size_t i = 0; i < SEL_N(row); i++)
		assert_int_equal(sel_store_action(s,
						  &(struct sel_action_row){.session = "aaaaaaaa",
									   .at = THEN,
									   .object = row[i].object,
									   .reason = row[i].reason},
						  NULL),
				 0);
	assert_int_equal(sel_report_log(s, &(struct sel_filter){0}, keep, rows), 0);
	for (size_t i = 0; i < SEL_N(row); i++) {
		_cleanup_free_ char *got = sel_json_get_bytes(json_array_get(rows, i), "reason");

		assert_string_equal(got, row[i].want ? row[i].want : row[i].reason);
	}
	/* the first is kept once for all objects */
	assert_int_equal(raw_number(p->db, "SELECT count(*) FROM text WHERE bytes ="
					   " CAST('allow  make write ' || char(1) || ': fine'"
					   " AS BLOB)"),
			 1);
	verify_ok(s, 1 + SEL_N(row));
	sel_store_free(s);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, place_set_up, place_tear_down)
	const struct CMUnitTest tests[] = {
		T(a_store_of_version_1_is_brought_up_to_date_and_stays_whole),
		T(a_migration_that_is_killed_at_any_moment_loses_nothing),
		T(a_new_store_is_what_the_migrations_make),
		T(a_version_1_store_that_was_edited_is_still_found_out),
		T(what_was_known_when_it_was_asked_comes_back),
		T(evidence_that_was_edited_by_hand_is_found),
		T(a_fact_in_words_we_do_not_know_stops_the_loading),
		T(the_digest_shows_learned_actions_until_they_are_labelled),
		T(labels_of_answers_are_none_of_learned_allows),
		T(an_identity_is_found_while_the_file_is_the_same),
		T(the_last_word_on_a_proposal_counts),
		T(reasons_come_back_as_they_were),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
