/* A folder of its own with a store in it, for the tests that look at the file as well. */
#pragma once

#include "seldom/store.h"
#include "test.h"

#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>

struct place {
	char dir[128];
	char db[160];
	struct sel_store *s; /* or NULL; freed at the end */
};

static inline int place_set_up(void **state)
{
	const char *base = getenv("SELDOM_SCRATCH");
	struct place *p = calloc(1, sizeof *p);

	assert_non_null(p);
	(void)snprintf(p->dir, sizeof p->dir, "%.90s/seldom-store-XXXXXX", base ? base : "/tmp");
	assert_non_null(mkdtemp(p->dir));
	(void)snprintf(p->db, sizeof p->db, "%.120s/seldom.db", p->dir);
	*state = p;
	return 0;
}

/* Whatever is left beside the store's own files is an error. */
static inline int place_tear_down(void **state)
{
	static const char *const names[] = {"", "-wal", "-shm", "-journal", ".link", ".other"};
	struct place *p = *state;
	char name[192];

	sel_store_free(p->s);
	(void)chmod(p->dir, 0700);
	for (size_t i = 0; i < SEL_N(names); i++) {
		(void)snprintf(name, sizeof name, "%s%s", p->db, names[i]);
		(void)unlink(name);
	}
	assert_int_equal(rmdir(p->dir), 0);
	free(p);
	return 0;
}

static inline struct sel_store *open_ok(const struct place *p, enum sel_store_mode mode)
{
	struct sel_store *s = NULL;
	char *error = NULL;
	int r = sel_store_open(p->db, mode, &s, &error);

	if (r < 0)
		fail_msg("%s: %s", strerror(-r), error ? error : "(no word about it)");
	assert_null(error);
	return s;
}

/* Another program's view of the file, unhardened. */
static inline void raw_sql(const char *path, const char *sql)
{
	sqlite3 *db = NULL;
	char *error = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	(void)sqlite3_busy_timeout(db, 5000);
	if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%.100s: %s", sql, error);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static inline int64_t raw_number(const char *path, const char *sql)
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
