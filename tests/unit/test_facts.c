/* What judgement reads back: answers with what was known when they were asked, the digest, labels,
 * identities, proposals; and stores of the version before, which had none of it. */
#include "seldom/store.h"
#include "store_v1.h"
#include "test.h"

#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>

#define SECOND USEC_PER_SEC
#define THEN   ((usec_t)1763888400 * SECOND)

struct place {
	char dir[128];
	char db[160];
};

static int set_up(void **state)
{
	const char *base = getenv("SELDOM_SCRATCH");
	struct place *p = calloc(1, sizeof *p);

	assert_non_null(p);
	(void)snprintf(p->dir, sizeof p->dir, "%s/seldom-facts-XXXXXX", base ? base : "/tmp");
	assert_non_null(mkdtemp(p->dir));
	(void)snprintf(p->db, sizeof p->db, "%.120s/seldom.db", p->dir);
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = {"", "-wal", "-shm", "-journal"};
	struct place *p = *state;
	char name[192];

	for (size_t i = 0; i < SEL_N(names); i++) {
		(void)snprintf(name, sizeof name, "%s%s", p->db, names[i]);
		(void)unlink(name);
	}
	assert_int_equal(rmdir(p->dir), 0);
	free(p);
	return 0;
}

static struct sel_store *open_ok(const struct place *p, enum sel_store_mode mode)
{
	struct sel_store *s = NULL;
	char *error = NULL;
	int r = sel_store_open(p->db, mode, &s, &error);

	if (r < 0)
		fail_msg("%s: %s", strerror(-r), error ? error : "(no word about it)");
	return s;
}

static void raw_sql(const char *path, const char *sql)
{
	sqlite3 *db = NULL;
	char *error = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%.80s: %s", sql, error);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int64_t raw_number(const char *path, const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	int64_t n;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	n = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_finalize(stmt);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return n;
}

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
	assert_int_equal(row->q.support, 5);
	assert_true(row->a.weight == 0);
	assert_int_equal(row->a.measured, row->question == 1);
	assert_int_equal(row->a.rapid, row->question == 1); /* 700 ms, at the console */
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

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(a_store_of_version_1_is_brought_up_to_date_and_stays_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
