/* What was flagged or revoked bars a folder: at it, below it, above it. */
#include "refused.h"

#include "key.h"
#include "seldom/text.h"
#include "test.h"

#include <stdio.h>

#define DAY  ((usec_t)24 * 3600 * USEC_PER_SEC)
#define HOME "/home/ana"
#define ODD  HOME "/.cache/a\\b\xff c"

static char dir[128], file[160];

static int set_up(void **state)
{
	const char *base = getenv("SELDOM_SCRATCH");
	struct sel_store *s = NULL;
	char *error = NULL;

	(void)snprintf(dir, sizeof dir, "%.90s/seldom-refused-XXXXXX", base ? base : "/tmp");
	assert_non_null(mkdtemp(dir));
	(void)snprintf(file, sizeof file, "%s/seldom.db", dir);
	if (sel_store_open(file, SEL_STORE_WRITE, &s, &error) < 0)
		fail_msg("%s", error ? error : "no store");
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = {"", "-wal", "-shm", "-journal"};
	char name[192];

	sel_store_free(*state);
	for (size_t i = 0; i < SEL_N(names); i++) {
		(void)snprintf(name, sizeof name, "%s%s", file, names[i]);
		(void)unlink(name);
	}
	return rmdir(dir);
}

static struct sel_keys *keys_of(const char *object, size_t unit, enum sel_class class)
{
	static const struct sel_identity id = {
		.exe = "/usr/bin/tool", .digest = "00", .package = "tool"};
	const struct sel_key_facts f = {.id = &id,
					.op = SEL_OP_CREATE,
					.object = object,
					.where = {.class = class, .unit = unit},
					.project = HOME "/p"};
	struct sel_keys *k = NULL;

	assert_int_equal(sel_keys_build(&f, &k), 0);
	assert_non_null(k->rung[1]);
	return k;
}

/* A learned allow that rested on `key`, labelled. */
static void label(struct sel_store *s, const char *object, const char *key, bool flagged, usec_t at)
{
	const struct sel_action_row row = {.session = "aaaaaaaa",
					   .at = at - DAY,
					   .pid = 7,
					   .op = SEL_OP_CREATE,
					   .tier = SEL_T1,
					   .decision = SEL_ALLOW,
					   .source = SEL_SRC_LEARNED,
					   .exe = "/usr/bin/tool",
					   .comm = "tool",
					   .object = object,
					   .reason = "learned",
					   .program = "pkg:tool /usr/bin/tool",
					   .key = key};
	struct sel_label_row l = {.at = at, .flagged = flagged, .sampled = true};

	assert_int_equal(sel_store_action(s, &row, &l.action), 0);
	assert_int_equal(sel_store_label(s, &l), 0);
}

static void rule(struct sel_store *s, const char *object, enum sel_decision d, usec_t revoked)
{
	struct sel_rule_row r = {.op = SEL_OP_INVALID,
				 .kind = SEL_RUNG_TREE,
				 .object = object,
				 .decision = d,
				 .created = revoked - DAY,
				 .expires = revoked + 29 * DAY};

	assert_int_equal(sel_store_rule_add(s, &r), 0);
	assert_int_equal(sel_store_rule_revoke(s, r.id, revoked), 0);
}

static void what_was_taken_back_bars_its_folder(void **state)
{
	static const struct {
		const char *folder;
		bool barred;
		const char *why;
	} row[] = {
		{HOME "/.cache/flagged", true, "the unit of a flagged key"},
		{HOME "/.cache/flagged/sub", true, "narrower than it"},
		{HOME "/.cache", true, "wider than it"},
		{HOME "/.cache/flagged2", false, "a name that only begins like it"},
		{HOME "/.cache/wanted", false, "labelled and wanted"},
		{HOME "/.cache/long", false, "flagged long ago"},
		{HOME "/.cache/one", true, "the folder of a flagged object"},
		{HOME "/.cache/wide", true, "the object behind a flagged wide key"},
		{ODD, true, "a name that is escaped"},
		{HOME "/.config/rule", true, "a revoked rule's folder"},
		{HOME "/.config/rule/a", true, "below it"},
		{HOME "/.config/denied", false, "a denial that was revoked"},
		{HOME "/.config/past", false, "revoked long ago"},
		{HOME "/notes/x", false, "home itself bars nothing below it"},
	};
	struct sel_store *s = *state;
	usec_t now = sel_now_real();
	json_auto_t *command = json_pack("[s]", "make");
	struct sel_refusals r;
	struct {
		const char *object;
		size_t unit;
		int rung;
		bool flagged;
		usec_t at;
	} use[] = {
		{HOME "/.cache/flagged/x/y", strlen(HOME "/.cache/flagged"), 1, true, now - DAY},
		{HOME "/.cache/wanted/x", strlen(HOME "/.cache/wanted"), 1, false, now - DAY},
		{HOME "/.cache/long/x", strlen(HOME "/.cache/long"), 1, true, now - 31 * DAY},
		{HOME "/.cache/one/x", strlen(HOME "/.cache/one"), 0, true, now - DAY},
		{HOME "/.cache/wide/x", strlen(HOME "/.cache/wide"), 2, true, now - DAY},
		{ODD "/x", strlen(ODD), 1, true, now - DAY},
		{HOME "/file", strlen(HOME), 1, true, now - 2 * DAY},
	};

	assert_int_equal(
		sel_store_session_begin(s, &(struct sel_session_row){.id = "aaaaaaaa",
								     .command = command,
								     .cwd = HOME "/p",
								     .version = "test",
								     .broker_pid = 1,
								     .started = now - 40 * DAY}),
		0);
	for (size_t i = 0; i < SEL_N(use); i++) {
		struct sel_keys *k = keys_of(use[i].object, use[i].unit, SEL_CLASS_TOOL_CACHE);

		label(s, use[i].object, k->rung[use[i].rung], use[i].flagged, use[i].at);
		free(k);
	}
	rule(s, HOME "/.config/rule", SEL_ALLOW, now - DAY);
	rule(s, HOME "/.config/denied", SEL_DENY, now - DAY);
	rule(s, HOME "/.config/past", SEL_ALLOW, now - 31 * DAY);

	assert_int_equal(sel_refusals_read(s, now - 30 * DAY, HOME, &r), 0);
	for (size_t i = 0; i < SEL_N(row); i++)
		if (sel_refusals_bar(&r, row[i].folder) != row[i].barred)
			fail_msg("%s: %s", row[i].folder, row[i].why);

	struct sel_keys *k =
		keys_of(HOME "/.cache/flagged/other", use[0].unit, SEL_CLASS_TOOL_DATA);
	assert_int_equal(sel_refusals_flagged(&r, k), 0);
	free(k);
	k = keys_of(HOME "/.config/foo/z", strlen(HOME "/.config/foo"), SEL_CLASS_HOME_CONFIG);
	assert_int_equal(sel_refusals_flagged(&r, k), 0);
	free(k);
	k = keys_of(HOME "/other", strlen(HOME), SEL_CLASS_TOOL_CACHE);
	assert_int_equal(sel_refusals_flagged(&r, k), now - DAY); /* rung 2 is the later one */
	free(k);
	assert_int_equal(sel_refusals_flagged(&r, NULL), 0);
	sel_refusals_done(&r);
	assert_int_equal(sel_refusals_read(s, now + DAY, HOME, &r), 0);
	assert_int_equal(r.n, 0);
	assert_false(sel_refusals_bar(&r, HOME "/.cache/flagged"));
	sel_refusals_done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_taken_back_bars_its_folder, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
