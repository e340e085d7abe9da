/* Every view of the store as a screen that was looked at once and is kept: text, colours, cursor.
 * SELDOM_GOLDEN=write writes them anew (LOOK=80x24.utf8: only those). */
#include "console_fixture.h"
#include "console_rig.h"
#include "golden.h"

#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char *seldom; /* the program under test */

/* --- the views ---------------------------------------------------------------------------------
 */

struct step {
	const char *name;
	const char *keys; /* from the step before */
	const char *shows;
	const char *pattern; /* digits of what matches are of today */
};
static const struct step steps[] = {
	/* clang-format off */
	{"now",         "1",      "Nothing runs",       NULL},
	{"sessions",    "2",      "aaaaaaaa",           NULL},
	{"session-log", "jj\r",   "of aaaaaaaa",        NULL},
	{"log",         "3",      "cccccccc|settings|01-2", NULL},
	{"log-hostile", "jjj",    "4 of 65",            NULL},
	{"explain",     "\r",     "Explanation",        NULL},
	{"rules",       "4",      "Rules and grants",   "not used since it was made, [0-9]+ days|not used for [0-9]+ days"},
	{"under-rule",  "G\r",    "under rule 1",       NULL},
	{"stats",       "5",      "Asks most",          NULL},
	{"numbers",     "d",      "All numbers",        NULL},
	{"proposals",   "\033p",  "Proposals",          NULL},
	{"undo",        "6",      "aaaaaaaa",           "[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}"},
	{"plan",        "\r",     "changed",           NULL},
	{"difference",  "\r",     "-TWO",               NULL},
	{"help",        "?",      "Keys",               NULL},
	/* clang-format on */
};

static bool shows_any(struct rig *r, const char *words)
{
	_cleanup_free_ char *copy = strdup(words);
	char *save = NULL;

	assert_non_null(copy);
	for (char *w = strtok_r(copy, "|", &save); w; w = strtok_r(NULL, "|", &save))
		if (rig_shows(r, w))
			return true;
	return false;
}

/* A lone Esc is known by the silence after it. */
static void type_slowly(struct rig *r, const char *keys)
{
	for (; *keys; keys++) {
		int msec = *keys == '\033' ? 500 : 120;
		usec_t end = sel_now_monotonic() + (usec_t)msec * USEC_PER_MSEC;

		rig_bytes(r, keys, 1);
		while (sel_now_monotonic() < end)
			rig_turn(r, 10);
	}
}

static const struct look {
	const char *name;
	const char *locale, *option;
	int rows, cols;
} looks[] = {
	{"80x24.utf8", "LC_ALL=C.UTF-8", "--dark", 24, 80},
	{"40x10.utf8", "LC_ALL=C.UTF-8", "--dark", 10, 40},
	{"200x60.utf8", "LC_ALL=C.UTF-8", "--dark", 60, 200},
	{"80x24.light", "LC_ALL=C.UTF-8", "--light", 24, 80},
	{"80x24.mono", "LC_ALL=C.UTF-8", "--no-color", 24, 80},
	{"80x24.ascii", "LC_ALL=C", "--no-color", 24, 80},
	{"40x10.ascii", "LC_ALL=C", "--no-color", 10, 40},
	{"200x60.ascii", "LC_ALL=C", "--no-color", 60, 200},
};

/* LOOK=80x24.utf8: only that one, for whoever works on it. */
static bool wanted(const struct look *l)
{
	const char *only = getenv("LOOK");

	return !only || strcmp(only, l->name) == 0;
}

static void start(struct rig *r, const struct look *l)
{
	char *argv[] = {seldom, (char *)l->option, NULL};
	const char *env[] = {l->locale, "TZ=UTC", NULL};

	rig_open(r);
	rig_session_end(r); /* nothing lives: nothing moves */
	fixture_fill(r->runtime);
	rig_start(r, l->rows, l->cols, argv, env);
	rig_until(r, rig_shows, "Nothing runs");
}

static void walk(struct rig *r, const struct look *l, const struct step *step, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char name[96];

		type_slowly(r, step[i].keys);
		rig_until(r, shows_any, step[i].shows);
		(void)snprintf(name, sizeof name, "%s.%s", step[i].name, l->name);
		assert_golden(r, name, step[i].pattern);
		assert_no_hostile_cell(r);
		assert_true(r->alternate);
	}
}

static void views_look(const struct look *l)
{
	struct rig r;

	start(&r, l);
	walk(&r, l, steps, SEL_N(steps));
	rig_keys(&r, "qqqqqq");
	rig_until(&r, rig_ended, NULL);
	assert_int_equal(r.status, 0);
	rig_assert_restored(&r);
	rig_close(&r);
}

static void every_view_looks_as_it_did(void **state)
{
	(void)state;
	for (size_t i = 0; i < SEL_N(looks); i++)
		if (wanted(&looks[i]))
			views_look(&looks[i]);
}

/* --- questions ---------------------------------------------------------------------------------
 */

/* What is left of the time, and how long the run goes on. */
#define CLOCKS "[0-9]+:[0-9]{2}|[0-9]+ d"

static const struct step asked[] = {
	/* clang-format off */
	{"live",        "",             "4 wait",       CLOCKS},
	{"tier3",       "\r",           "T3",           CLOCKS},
	{"tier3-word",  "y",            "T3",           CLOCKS},
	{"tier3-full",  "\033\033\033d", "T3",           CLOCKS},
	{"tier2",       "\033\033\033j\r", "T2",         CLOCKS},
	{"tier1",       "\033\033j\r",  "T1",           CLOCKS},
	{"hostile",     "\033\033jd",   "x1B",          CLOCKS},
	{"live-filter", "\033\033\033/file-2", "file-2", CLOCKS},
	{"live-runs",   "\0332",        "running",      CLOCKS},
	{"confirm",     "4Gx",          "type revoke",  CLOCKS},
	/* clang-format on */
};

/* Each field of it reaches for the terminal; the longest is 4 KiB. */
static json_t *hostile_question(void)
{
	static const char evil[] =
		"x\033[2J\033]8;;http://evil.test\033\\y\xe2\x80\xae\xe2\x80\x8b\n"
		"p\xd0\xb0ypal.test";
	static const char *const fields[] = {"op",  "object2",	   "new",
					     "why", "consequence", "detail"};
	json_t *q = rig_question(4, 1, "/out/x\033[2J");
	json_t *who = json_object_get(q, "who");
	char path[4096];

	memset(path, 'p', sizeof path - 1);
	for (size_t i = 0; i < sizeof path - 1; i += 16)
		path[i] = '/';
	path[sizeof path - 1] = '\0';
	for (size_t i = 0; i < SEL_N(fields); i++)
		(void)json_object_set_new(q, fields[i], json_string(evil));
	(void)json_object_set_new(who, "comm", json_string(evil));
	(void)json_object_set_new(who, "exe", json_string(evil));
	(void)json_object_set_new(who, "cwd", json_string(path));
	(void)json_object_set_new(who, "chain", json_pack("[s,s]", evil, evil));
	return q;
}

static void questions_look(const struct look *l)
{
	char *argv[] = {seldom, (char *)l->option, NULL};
	const char *env[] = {l->locale, "TZ=UTC", NULL};
	struct rig r;

	rig_open(&r);
	fixture_fill(r.runtime);
	for (int tier = 1; tier <= 3; tier++) {
		char object[32];

		(void)snprintf(object, sizeof object, "/out/file-%d", tier);
		rig_ask(&r, rig_question(tier, tier, object));
	}
	rig_ask(&r, hostile_question());
	rig_start(&r, l->rows, l->cols, argv, env);
	walk(&r, l, asked, SEL_N(asked));
	assert_int_equal(json_array_size(r.answers), 0);
	type_slowly(&r, "\033qqqq");
	rig_until(&r, rig_ended, NULL);
	rig_assert_restored(&r);
	rig_close(&r);
}

static void every_tier_looks_as_it_did(void **state)
{
	(void)state;
	for (size_t i = 0; i < SEL_N(looks); i++)
		if (wanted(&looks[i]))
			questions_look(&looks[i]);
}

/* --- keys --------------------------------------------------------------------------------------
 */

static void wait_msec(struct rig *r, int msec)
{
	usec_t end = sel_now_monotonic() + (usec_t)msec * USEC_PER_MSEC;

	while (sel_now_monotonic() < end)
		rig_turn(r, 10);
}

static void the_filter_finds_while_it_is_typed(void **state)
{
	struct rig r;

	(void)state;
	start(&r, &looks[0]);
	rig_keys(&r, "3");
	rig_until(&r, rig_shows, "of 65");
	rig_keys(&r, "/lib5");
	rig_until(&r, rig_shows, "1 of 11"); /* lib5, lib50 .. lib59 */
	rig_keys(&r, "7");
	rig_until(&r, rig_shows, "1 of 1 ");
	rig_until(&r, rig_shows, "filter: lib57");
	rig_keys(&r, "zz");
	rig_until(&r, rig_shows, "Nothing contains this text");
	rig_keys(&r, "\x15");
	rig_until(&r, rig_shows, "of 65");
	rig_keys(&r, "I3 CRED"); /* the reason, whatever the case */
	rig_until(&r, rig_shows, "1 of 21");
	rig_keys(&r, "\r");
	rig_keys(&r, "\r");
	rig_until(&r, rig_shows, "Explanation");
	rig_until(&r, rig_shows, "denied");
	type_slowly(&r, "\033");
	rig_until(&r, rig_shows, "filter: I3 CRED"); /* where one was */
	rig_until(&r, rig_shows, "1 of 21");
	type_slowly(&r, "\033");
	rig_until(&r, rig_shows, "of 65");
	rig_close(&r);
}

static void revoking_wants_its_word(void **state)
{
	struct rig r;
	uint64_t before;

	(void)state;
	start(&r, &looks[0]);
	before = fixture_events(r.runtime);
	rig_keys(&r, "4");
	rig_until(&r, rig_shows, "1 of 5");
	rig_keys(&r, "x");
	rig_until(&r, rig_shows, "more lines)"); /* 4 KiB of path */
	type_slowly(&r, "\033");
	rig_until(&r, rig_shows_not, "then Enter:");
	rig_keys(&r, "G");
	rig_until(&r, rig_shows, "5 of 5");
	/* typed ahead of the question it would answer */
	rig_keys(&r, "xrevoke\r");
	rig_until(&r, rig_shows, "type revoke, then Enter:");
	wait_msec(&r, 600);
	assert_int_equal(fixture_events(r.runtime), before);
	rig_keys(&r, "\033[200~revoke\033[201~\r"); /* pasted */
	rig_keys(&r, "revok\r\r ");
	rig_until(&r, rig_shows, "then Enter: revok");
	assert_int_equal(fixture_events(r.runtime), before);
	rig_keys(&r, "\x15revoke\r");
	rig_until(&r, rig_shows, "revoked rule 1");
	rig_until(&r, rig_shows, "of 4");
	assert_int_equal(fixture_events(r.runtime), before + 1);
	rig_keys(&r, "e"); /* what ended is there, too */
	rig_until(&r, rig_shows, "of 5");
	rig_close(&r);
}

static void undo_shows_what_it_would_do_and_wants_its_word(void **state)
{
	struct rig r;
	char path[128];

	(void)state;
	start(&r, &looks[0]);
	(void)snprintf(path, sizeof path, "%s/files/gone", r.runtime);
	rig_keys(&r, "6");
	rig_until(&r, rig_shows, "aaaaaaaa");
	rig_keys(&r, "\r");
	rig_until(&r, rig_shows, "3 to bring back");
	assert_int_equal(access(path, F_OK), -1); /* a preview changes nothing */
	rig_keys(&r, "u");
	rig_until(&r, rig_shows, "Bring back 3 of run aaaaaaaa?");
	wait_msec(&r, 600);
	rig_keys(&r, "yes\r\x15");
	rig_until(&r, rig_shows_not, "then Enter: yes");
	assert_int_equal(access(path, F_OK), -1);
	rig_keys(&r, "undo\r");
	rig_until(&r, rig_shows, "3 brought back of aaaaaaaa");
	rig_until(&r, rig_shows, "all is as it was");
	assert_int_equal(access(path, F_OK), 0);
	rig_close(&r);
}

/* Enter, words that lie about, all the letters: no rule goes, nothing is brought back. */
static void random_keys_change_nothing(void **state)
{
	unsigned next = 5;
	struct rig r;
	uint64_t before;
	char path[128];

	(void)state;
	start(&r, &looks[0]);
	before = fixture_events(r.runtime);
	(void)snprintf(path, sizeof path, "%s/files/gone", r.runtime);
	for (int i = 0; i < 3000; i++) {
		static const char more[] = "\r\r\r\t46xxuapkj\033";
		char key;

		next = next * 1103515245u + 12345u;
		key = (next >> 20) % 3 ? (char)(' ' + (next >> 16) % 95)
				       : more[(next >> 16) % (sizeof more - 1)];
		if (key == 'q')
			key = 'u';
		rig_bytes(&r, &key, 1);
		rig_turn(&r, i % 50 ? 0 : 450); /* some of them after a guard */
	}
	wait_msec(&r, 300);
	assert_false(r.ended);
	assert_int_equal(fixture_events(r.runtime), before);
	assert_int_equal(access(path, F_OK), -1);
	assert_no_hostile_cell(&r);
	rig_close(&r);
}

/* --- how it is started -------------------------------------------------------------------------
 */

static void a_view_can_be_the_first(void **state)
{
	static const struct {
		const char *name, *shown;
	} row[] = {{"now", "No question waits"},  {"sessions", "COMMAND"},     {"log", "OBJECT"},
		   {"rules", "Rules and grants"}, {"statistics", "Asks most"}, {"undo", "CHANGES"},
		   {"help", "Where you were"}};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		struct rig r;
		char *argv[] = {seldom, (char *)"--view", (char *)row[i].name, NULL};

		rig_open(&r);
		fixture_fill(r.runtime);
		rig_start(&r, 24, 80, argv, NULL);
		rig_until(&r, rig_shows, row[i].shown);
		rig_close(&r);
	}
}

static void start_question(struct rig *r, const char *id)
{
	char *argv[] = {seldom, (char *)"--question", (char *)id, NULL};

	rig_start(r, 24, 80, argv, NULL);
}

static void one_question_is_all_there_is(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r);
	rig_ask(&r, rig_question(1, 1, "/out/file-1"));
	rig_ask(&r, rig_question(2, 2, "/out/file-2"));
	start_question(&r, "testaaaa.2");
	rig_until(&r, rig_shows, "y allows, once: /out/file-2");
	rig_keys(&r, "n");
	rig_until(&r, rig_answered, "testaaaa.2");
	rig_until(&r, rig_ended, NULL);
	assert_int_equal(r.status, 0);
	assert_int_equal(json_array_size(r.answers), 1);
	rig_assert_restored(&r);
	rig_close(&r);
}

static void one_question_ends_when_it_is_closed_or_left(void **state)
{
	(void)state;
	for (int left = 0; left < 2; left++) {
		struct rig r;

		rig_open(&r);
		rig_ask(&r, rig_question(1, 1, "/out/file-1"));
		start_question(&r, "testaaaa.1");
		rig_until(&r, rig_shows, "y allows");
		if (left)
			rig_keys(&r, "q");
		else
			rig_closed(&r, "testaaaa.1", "allow", "run");
		rig_until(&r, rig_ended, NULL);
		assert_int_equal(r.status, 0);
		assert_int_equal(json_array_size(r.answers), 0);
		rig_assert_restored(&r);
		rig_close(&r);
	}
}

static void a_question_that_is_not_there_is_one(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r);
	rig_ask(&r, rig_question(1, 1, "/out/file-1"));
	start_question(&r, "testaaaa.7");
	rig_until(&r, rig_ended, NULL);
	assert_int_equal(WEXITSTATUS(r.status), 1);
	rig_until(&r, rig_shows, "No question 'testaaaa.7' waits");
	rig_assert_restored(&r);
	rig_close(&r);
}

static bool first_line_is_selected(struct rig *r, const char *text)
{
	VTermPos pos;
	_cleanup_free_ char *line = NULL;

	vterm_state_get_cursorpos(vterm_obtain_state(r->vt), &pos);
	line = rig_row(r, pos.row);
	return strstr(line, text) != NULL;
}

static void the_mouse_selects_and_never_answers(void **state)
{
	struct rig r;
	char *argv[] = {seldom, (char *)"--mouse", NULL};

	(void)state;
	rig_open(&r);
	fixture_fill(r.runtime);
	rig_ask(&r, rig_question(1, 1, "/out/file-1"));
	rig_ask(&r, rig_question(2, 1, "/out/file-2"));
	rig_start(&r, 24, 80, argv, NULL);
	rig_until(&r, rig_shows, "/out/file-2");
	rig_until(&r, first_line_is_selected, "/out/file-1");
	rig_keys(&r, "\033[<0;20;4M\033[<0;20;4m");
	rig_until(&r, first_line_is_selected, "/out/file-2");
	rig_keys(&r, "\r");
	rig_until(&r, rig_shows, "y allows, this session: /out");
	for (int row = 1; row <= 24; row++) {
		char click[64];

		(void)snprintf(click, sizeof click, "\033[<0;3;%dM\033[<64;3;%dM\033[<2;3;%dM", row,
			       row, row);
		rig_keys(&r, click);
	}
	rig_keys(&r, "\033[<65;3;3M");
	wait_msec(&r, 300);
	rig_until(&r, rig_shows, "y allows, this session: /out");
	assert_int_equal(json_array_size(r.answers), 0);
	type_slowly(&r, "\033");
	rig_keys(&r, "3");
	rig_until(&r, rig_shows, "1 of 65");
	rig_keys(&r, "\033[<65;3;9M");
	rig_until(&r, rig_shows, "4 of 65");
	rig_keys(&r, "\033[<0;20;4M");
	rig_until(&r, rig_shows, "1 of 65");
	rig_close(&r);
}

static bool object_is_dark_blue(struct rig *r, const char *unused)
{
	VTermScreenCell cell;

	(void)unused;
	(void)vterm_screen_get_cell(r->screen, (VTermPos){4, 60}, &cell);
	return golden_color(&cell.fg) == 25;
}

static void the_terminal_says_that_it_is_light(void **state)
{
	static const char *const replies[] = {"\033]11;rgb:ffff/ffff/eeee\033\\",
					      "\033]11;rgb:ff/ff/ee\007"};

	(void)state;
	for (size_t i = 0; i < SEL_N(replies); i++) {
		struct rig r;
		char *argv[] = {seldom, (char *)"--view", (char *)"log", NULL};

		rig_open(&r);
		fixture_fill(r.runtime);
		rig_start(&r, 24, 80, argv, NULL);
		rig_until(&r, rig_shows, "1 of 65");
		assert_false(object_is_dark_blue(&r, NULL)); /* never waited for */
		rig_keys(&r, replies[i]);
		rig_until(&r, object_is_dark_blue, NULL);
		rig_until(&r, rig_shows, "1 of 65");
		rig_close(&r);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_view_looks_as_it_did),
		cmocka_unit_test(every_tier_looks_as_it_did),
		cmocka_unit_test(the_filter_finds_while_it_is_typed),
		cmocka_unit_test(revoking_wants_its_word),
		cmocka_unit_test(undo_shows_what_it_would_do_and_wants_its_word),
		cmocka_unit_test(random_keys_change_nothing),
		cmocka_unit_test(a_view_can_be_the_first),
		cmocka_unit_test(one_question_is_all_there_is),
		cmocka_unit_test(one_question_ends_when_it_is_closed_or_left),
		cmocka_unit_test(a_question_that_is_not_there_is_one),
		cmocka_unit_test(the_mouse_selects_and_never_answers),
		cmocka_unit_test(the_terminal_says_that_it_is_light),
	};

	if (argc != 3) {
		(void)fprintf(stderr, "usage: %s PROGRAM GOLDEN-FOLDER\n", argv[0]);
		return 2;
	}
	seldom = argv[1];
	golden_folder = argv[2];
	if (getenv("ONLY"))
		cmocka_set_test_filter(getenv("ONLY"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
