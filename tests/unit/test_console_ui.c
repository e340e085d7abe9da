/* The console's rules, without a terminal: what may count as an answer, what a screen shows, what
 * stays where it is. Keys, messages and the time are the input. */
#include "test.h"

#include <locale.h>
#include <stdio.h>

#include "../../tui/batch.c"
#include "../../tui/console_fleet.c"
#include "../../tui/console_input.c"
#include "../../tui/console_model.c"
#include "../../tui/console_script.c"
#include "../../tui/options.c"
#include "../../tui/question.c"
#include "../../tui/view_canvas.c"
#include "../../tui/view_facts.c"
#include "../../tui/view_report.c"
#include "../../tui/view_stats.c"
#include "../../tui/view_table.c"

#include "../../tui/console_ui.c"
#include "../../tui/console_views.c"
#include "../../tui/view.c"
#include "../../tui/view_list.c"
#include "../../tui/view_log.c"
#include "../../tui/view_plots.c"
#include "../../tui/view_rules.c"
#include "../../tui/view_sessions.c"
#include "../../tui/view_undo.c"

#define MSEC USEC_PER_MSEC

struct screen {
	struct sel_model m;
	struct sel_ui ui;
	struct sel_canvas c;
	struct sel_drawn drawn;
	usec_t now;
	struct sel_ui_effect effect; /* of the last key */
	int allows, denies;
};

static void screen_open(struct screen *s, int rows, int cols)
{
	json_t *welcome = json_pack("{s:[s,s], s:s, s:i}", "command", "make", "all", "cwd", "/src",
				    "started", 1);

	*s = (struct screen){.now = 1000 * USEC_PER_SEC};
	sel_model_init(&s->m, true);
	sel_ui_init(&s->ui);
	assert_int_equal(sel_canvas_init(&s->c, rows, cols, true), 0);
	assert_int_equal(sel_model_joined(&s->m, "aaaa", welcome, 1000 * USEC_PER_SEC), 0);
	json_decref(welcome);
}

static void screen_close(struct screen *s)
{
	sel_model_done(&s->m);
	sel_canvas_done(&s->c);
}

static void draw(struct screen *s)
{
	sel_view_draw(&s->c, &s->ui, &s->m, s->now, s->now, &s->drawn);
	sel_ui_drawn(&s->ui, &s->m, &s->drawn, s->now);
	assert_true(s->c.cursor_row >= 0 && s->c.cursor_row < s->c.rows);
	assert_true(s->c.cursor_col >= 0 && s->c.cursor_col < s->c.cols);
}

static void later(struct screen *s, usec_t by)
{
	s->now += by;
	draw(s);
}

static void press(struct screen *s, int key)
{
	sel_ui_key(&s->ui, &s->m, key, s->now, &s->effect);
	if (s->effect.kind == SEL_EFFECT_ANSWER)
		s->effect.reply.allow ? s->allows++ : s->denies++;
	draw(s);
}

static void type(struct screen *s, const char *text)
{
	for (; *text; text++)
		press(s, *text);
}

static void message(struct screen *s, const char *session, json_t *take)
{
	assert_non_null(take);
	sel_model_message(&s->m, session, take, sel_ui_reading(&s->ui, s->now), s->now, s->now);
	sel_ui_sync(&s->ui, &s->m, s->now);
	json_decref(take);
}

static json_t *ask(const char *id, int tier, const char *exe, const char *object)
{
	json_t *q = json_pack(
		"{s:s, s:s, s:i, s:s, s:s, s:{s:i, s:s, s:s, s:[s], s:s}, s:s, s:s, s:s,"
		" s:[{s:i, s:s, s:s, s:s, s:s, s:i}, {s:i, s:s, s:s, s:s, s:s, s:i}],"
		" s:i, s:i, s:i, s:i, s:[s,s,s]}",
		"id", id, "session", "aaaa", "tier", tier, "op", "write", "object", object, "who",
		"pid", 7, "comm", "prog", "exe", exe, "chain", "sh", "cwd", "/src", "new",
		"something new", "consequence", "can be undone", "why", "out of scope", "rungs",
		"n", 0, "kind", "file", "label", "this file", "object", object, "exposes",
		"one file", "covers", 1, "n", 1, "kind", "folder", "label", "this folder", "object",
		"/out", "exposes", "9 files", "covers", 9, "recommended", 1, "preselected", 1,
		"waiting", 3, "remaining_ms", 300000, "terms", "once", "session", "30d");

	if (tier == 3)
		(void)json_object_set_new(q, "token", json_string("happy"));
	return q;
}

static void question(struct screen *s, json_t *q)
{
	message(s, "aaaa", json_pack("{s:s, s:o}", "type", "question", "question", q));
}

static void closed(struct screen *s, const char *id, const char *how, const char *by)
{
	message(s, "aaaa",
		json_pack("{s:s, s:s, s:s, s:s}", "type", "closed", "id", id, "how", how, "by",
			  by));
}

static int row_with(const struct screen *s, const char *text)
{
	for (int row = 0; row < s->c.rows; row++) {
		_cleanup_free_ char *line = sel_canvas_row(&s->c, row);

		if (strstr(line, text))
			return row;
	}
	return -1;
}

/* One question, open, drawn, and the guard over. */
static void screen_reading(struct screen *s, int rows, int cols, json_t *q)
{
	screen_open(s, rows, cols);
	question(s, q);
	later(s, USEC_PER_SEC);
	press(s, SEL_KEY_ENTER);
	later(s, 2 * USEC_PER_SEC);
}

static void only_y_allows_and_n_denies(void **state)
{
	(void)state;
	for (int key = 1; key < SEL_KEY_FOCUS_OUT + 1; key = key == 0x250 ? SEL_KEY_UP : key + 1) {
		struct screen s;

		screen_reading(&s, 24, 80, ask("aaaa.1", 1, "/bin/x", "/out/a"));
		press(&s, key);
		if (s.allows != (key == 'y') || s.denies != (key == 'n'))
			fail_msg("key %d allows %d denies %d", key, s.allows, s.denies);
		screen_close(&s);
	}
}

static void no_key_decides_before_the_guard_is_over(void **state)
{
	static const struct {
		int tier;
		usec_t guard;
	} row[] = {{1, 400 * MSEC}, {2, 400 * MSEC}, {3, 1500 * MSEC}};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		struct screen s;
		unsigned next = 7;

		screen_open(&s, 24, 80);
		question(&s, ask("aaaa.1", row[i].tier, "/bin/x", "/out/a"));
		later(&s, USEC_PER_SEC);
		press(&s, SEL_KEY_ENTER);
		for (int k = 0; k < 200; k++) {
			next = next * 1103515245u + 12345u;
			sel_ui_key(&s.ui, &s.m, (int)(next >> 16) % 128, s.now, &s.effect);
			assert_int_not_equal(s.effect.kind, SEL_EFFECT_ANSWER);
			s.now += row[i].guard / 201;
			draw(&s);
		}
		screen_close(&s);
		screen_open(&s, 24, 80);
		question(&s, ask("aaaa.1", row[i].tier, "/bin/x", "/out/a"));
		later(&s, USEC_PER_SEC);
		press(&s, SEL_KEY_ENTER);
		s.now += row[i].guard - 1;
		press(&s, 'n');
		press(&s, 'y');
		assert_int_equal(s.allows + s.denies, 0);
		assert_false(s.ui.typing);
		s.now += 1;
		press(&s, 'n');
		assert_int_equal(s.denies, 1);
		screen_close(&s);
	}
}

static void a_grave_question_wants_its_word(void **state)
{
	struct screen s;

	(void)state;
	screen_reading(&s, 24, 80, ask("aaaa.1", 3, "/bin/x", "/out/a"));
	press(&s, 'y');
	assert_true(s.ui.typing);
	press(&s, 'y');
	press(&s, SEL_KEY_ENTER);
	assert_int_equal(s.allows, 0);
	press(&s, SEL_KEY_CTRL_U);
	type(&s, "happx");
	press(&s, 'y');
	assert_int_equal(s.allows, 0);
	press(&s, SEL_KEY_BACKSPACE);
	press(&s, SEL_KEY_BACKSPACE);
	type(&s, "y");
	assert_int_equal(s.allows, 0); /* the word's own last letter is no answer */
	press(&s, SEL_KEY_ENTER);
	press(&s, ' ');
	assert_int_equal(s.allows, 0);
	press(&s, SEL_KEY_BACKSPACE);
	press(&s, 'y');
	assert_int_equal(s.allows, 1);
	assert_string_equal(s.effect.token, "happy");
	assert_int_equal(s.effect.reply.rung, 0);
	screen_close(&s);

	screen_reading(&s, 24, 80, ask("aaaa.1", 3, "/bin/x", "/out/a"));
	press(&s, 'y');
	press(&s, 'n');
	assert_int_equal(s.denies, 0); /* a letter of a word */
	press(&s, SEL_KEY_CTRL_N);
	assert_int_equal(s.denies, 1);
	screen_close(&s);
}

/* Letters of a note are no keys, and a note never allows. */
static void a_denial_takes_a_note_along(void **state)
{
	struct screen s;

	(void)state;
	screen_reading(&s, 24, 80, ask("aaaa.1", 1, "/bin/prog", "/out/x"));
	press(&s, 'N');
	type(&s, "y? no: use ./build");
	assert_int_equal(s.allows + s.denies, 0);
	assert_int_equal(s.ui.view, SEL_VIEW_DIALOG);
	assert_string_equal(s.ui.reason, "y? no: use ./build");
	press(&s, SEL_KEY_ESC);
	assert_int_equal(s.ui.view, SEL_VIEW_DIALOG);
	press(&s, 'N');
	assert_string_equal(s.ui.reason, ""); /* it was given up */
	type(&s, "use ./build");
	press(&s, SEL_KEY_ENTER);
	assert_int_equal(s.allows, 0);
	assert_int_equal(s.denies, 1);
	assert_string_equal(s.effect.reply.note, "use ./build");
	screen_close(&s);
}

/* The guard is that of every answer; what changes meanwhile takes the note with it. */
static void a_note_is_for_the_question_that_was_read(void **state)
{
	struct screen s;

	(void)state;
	screen_open(&s, 24, 80);
	question(&s, ask("aaaa.1", 1, "/bin/prog", "/out/x"));
	draw(&s);
	press(&s, SEL_KEY_ENTER);
	press(&s, 'N');
	assert_false(s.ui.noting);
	later(&s, SEL_GUARD_USEC);
	press(&s, 'N');
	assert_true(s.ui.noting);
	type(&s, "no");
	question(&s, ask("aaaa.1", 1, "/bin/prog", "/out/worse"));
	draw(&s);
	press(&s, SEL_KEY_ENTER);
	assert_false(s.ui.noting);
	assert_int_equal(s.allows + s.denies, 0);
	screen_close(&s);
}

static void a_grave_question_without_a_word_cannot_be_allowed(void **state)
{
	struct screen s;
	json_t *q = ask("aaaa.1", 3, "/bin/x", "/out/a");

	(void)state;
	(void)json_object_del(q, "token");
	screen_reading(&s, 24, 80, q);
	press(&s, 'y');
	assert_int_equal(s.allows, 0);
	assert_false(s.ui.typing);
	screen_close(&s);
}

static json_t *long_question(void)
{
	json_t *q = ask("aaaa.1", 2, "/bin/x", "/out/a");
	char detail[2000] = "";

	for (int i = 0; i < 60; i++)
		(void)snprintf(detail + strlen(detail), sizeof detail - strlen(detail),
			       "+line %d of a diff\n", i);
	(void)json_object_set_new(q, "detail", json_string(detail));
	return q;
}

static void what_is_clipped_cannot_be_allowed(void **state)
{
	struct screen s;

	(void)state;
	screen_reading(&s, 24, 80, long_question());
	press(&s, 'y');
	assert_int_equal(s.allows, 0);
	assert_true(row_with(&s, "y is off: too long here") > 0);
	press(&s, 'd');
	later(&s, USEC_PER_SEC);
	press(&s, 'y');
	assert_int_equal(s.allows, 0);
	press(&s, 'G'); /* a jump shows the end, not what is between */
	later(&s, USEC_PER_SEC);
	press(&s, 'y');
	assert_int_equal(s.allows, 0);
	press(&s, 'g');
	for (int i = 0; i < 10; i++)
		press(&s, SEL_KEY_PAGE_DOWN);
	press(&s, 'y');
	assert_int_equal(s.allows, 0); /* the guard starts when all has been shown */
	later(&s, USEC_PER_SEC);
	press(&s, 'y');
	assert_int_equal(s.allows, 1);
	assert_true(s.effect.reply.expanded);
	screen_close(&s);
}

static void a_clipped_question_can_be_denied(void **state)
{
	struct screen s;

	(void)state;
	screen_reading(&s, 10, 40, long_question());
	press(&s, 'n');
	assert_int_equal(s.denies, 1);
	screen_close(&s);
}

/* At every size: either all lines of the question are on the screen, or 'y' is off. */
static void no_size_allows_what_it_does_not_show(void **state)
{
	(void)state;
	for (int rows = 3; rows < 40; rows++)
		for (int cols = 10; cols < 130; cols += 7) {
			struct screen s;
			bool shown;

			screen_reading(&s, rows, cols, ask("aaaa.1", 2, "/bin/x", "/out/object"));
			shown = row_with(&s, "for [once]") > 0 && row_with(&s, "something new") > 0;
			press(&s, 'y');
			if (s.allows && !shown)
				fail_msg("%dx%d allows what it does not show", cols, rows);
			screen_close(&s);
		}
}

static void a_new_question_moves_nothing(void **state)
{
	struct screen s;
	int row;

	(void)state;
	screen_open(&s, 24, 80);
	question(&s, ask("aaaa.1", 1, "/bin/x", "/out/read-me"));
	later(&s, USEC_PER_SEC);
	row = row_with(&s, "write    /out/read-me");
	assert_true(row > 0);
	for (int i = 2; i < 30; i++) {
		char id[16], object[32];

		(void)snprintf(id, sizeof id, "aaaa.%d", i);
		(void)snprintf(object, sizeof object, "/out/other-%d", i);
		question(&s, ask(id, i % 3 + 1, i % 2 ? "/bin/x" : "/bin/y", object));
		later(&s, 10 * MSEC);
		assert_int_equal(row_with(&s, "write    /out/read-me"), row);
		assert_string_equal(s.ui.selected, "aaaa.1");
		assert_int_equal(s.c.cursor_row, row);
		if (i == 2) /* a grave one: behind what is read, but in sight */
			assert_true(row_with(&s, "/out/other-2") > row);
	}
	/* those that leave move nothing either */
	for (int i = 2; i < 30; i++) {
		char id[16];

		(void)snprintf(id, sizeof id, "aaaa.%d", i);
		closed(&s, id, "gone", "");
		later(&s, 10 * MSEC);
		assert_int_equal(row_with(&s, "write    /out/read-me"), row);
	}
	screen_close(&s);
}

static void what_leaves_above_moves_nothing(void **state)
{
	struct screen s;
	int row;

	(void)state;
	screen_open(&s, 24, 80);
	question(&s, ask("aaaa.1", 3, "/bin/x", "/out/one"));
	question(&s, ask("aaaa.2", 2, "/bin/x", "/out/two"));
	question(&s, ask("aaaa.3", 1, "/bin/x", "/out/three"));
	later(&s, USEC_PER_SEC);
	press(&s, 'j');
	press(&s, 'j');
	row = row_with(&s, "write    /out/three");
	closed(&s, "aaaa.1", "gone", "");
	draw(&s);
	assert_int_equal(row_with(&s, "write    /out/three"), row);
	assert_int_equal(s.c.cursor_row, row);
	assert_string_equal(s.ui.selected, "aaaa.3");
	/* the person moves: the gap closes */
	press(&s, 'k');
	assert_string_equal(s.ui.selected, "aaaa.2");
	assert_true(row_with(&s, "write    /out/three") < row);
	screen_close(&s);
}

static void the_gravest_comes_first_when_nobody_reads(void **state)
{
	struct screen s;

	(void)state;
	screen_open(&s, 24, 80);
	question(&s, ask("aaaa.1", 1, "/bin/x", "/out/one"));
	question(&s, ask("aaaa.2", 3, "/bin/x", "/out/two"));
	question(&s, ask("aaaa.3", 2, "/bin/x", "/out/three"));
	later(&s, USEC_PER_SEC);
	assert_string_equal(s.ui.selected, "aaaa.2");
	assert_string_equal(s.m.questions[2].q.id, "aaaa.1");
	screen_close(&s);
}

static void what_is_answered_elsewhere_or_gone_closes_and_is_said(void **state)
{
	static const struct {
		const char *how, *by, *said;
	} row[] = {
		{"allow", "run", "answered elsewhere (run), allowed: prog write /out/a"},
		{"deny", "answer", "answered elsewhere (answer), denied: prog write /out/a"},
		{"timeout", "", "nobody answered, denied once: prog write /out/a"},
		{"gone", "", "gone, its program ended: prog write /out/a"},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		struct screen s;

		screen_reading(&s, 24, 80, ask("aaaa.1", 1, "/bin/x", "/out/a"));
		question(&s, ask("aaaa.2", 1, "/bin/x", "/out/b"));
		closed(&s, "aaaa.1", row[i].how, row[i].by);
		draw(&s);
		assert_int_equal(s.ui.view, SEL_VIEW_NOW);
		if (row_with(&s, row[i].said) < 0)
			fail_msg("not said: %s", row[i].said);
		/* the key that was meant for it does not hit the next one */
		press(&s, 'n');
		press(&s, 'y');
		assert_int_equal(s.allows + s.denies, 0);
		screen_close(&s);
	}
}

static void a_question_that_changes_must_be_read_again(void **state)
{
	struct screen s;
	json_t *q = ask("aaaa.1", 2, "/bin/x", "/out/a");

	(void)state;
	screen_reading(&s, 24, 80, ask("aaaa.1", 2, "/bin/x", "/out/a"));
	press(&s, '2');
	assert_int_equal(s.ui.rung, 1);
	(void)json_object_set_new(q, "waiting", json_integer(99));
	question(&s, json_deep_copy(q));
	draw(&s);
	assert_int_equal(s.ui.rung, 1); /* more calls wait: the same question */
	(void)json_object_set_new(q, "consequence", json_string("sends data out"));
	question(&s, q);
	draw(&s);
	assert_int_equal(s.ui.rung, 0);
	press(&s, 'y');
	assert_int_equal(s.allows, 0);
	later(&s, USEC_PER_SEC);
	press(&s, 'y');
	assert_int_equal(s.allows, 1);
	screen_close(&s);
}

static void the_narrowest_is_preselected_but_for_small_things(void **state)
{
	static const struct {
		int tier;
		size_t rung;
	} row[] = {{1, 1}, {2, 0}, {3, 0}};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		struct screen s;

		screen_reading(&s, 24, 80, ask("aaaa.1", row[i].tier, "/bin/x", "/out/a"));
		assert_int_equal(s.ui.rung, row[i].rung);
		assert_int_equal(s.ui.term, 0);
		screen_close(&s);
	}
}

static void rung_and_term_are_chosen_by_keys(void **state)
{
	struct screen s;

	(void)state;
	screen_reading(&s, 24, 80, ask("aaaa.1", 2, "/bin/x", "/out/a"));
	press(&s, SEL_KEY_DOWN);
	press(&s, '9'); /* there is none */
	press(&s, 'y');
	assert_int_equal(s.effect.reply.term, SEL_FOR_SESSION); /* a folder: at least that */
	screen_close(&s);

	screen_reading(&s, 24, 80, ask("aaaa.1", 2, "/bin/x", "/out/a"));
	press(&s, 't');
	press(&s, SEL_KEY_DOWN);
	press(&s, 'y');
	assert_int_equal(s.effect.reply.rung, 1);
	assert_int_equal(s.effect.reply.term, SEL_FOR_SESSION);
	assert_true(s.effect.reply.response_ms >= 2000);
	screen_close(&s);
}

static void a_window_without_focus_takes_no_decision(void **state)
{
	struct screen s;

	(void)state;
	screen_reading(&s, 24, 80, ask("aaaa.1", 1, "/bin/x", "/out/a"));
	press(&s, SEL_KEY_FOCUS_OUT);
	later(&s, USEC_PER_SEC);
	press(&s, 'y');
	press(&s, 'n');
	assert_int_equal(s.allows + s.denies, 0);
	press(&s, SEL_KEY_FOCUS_IN);
	press(&s, 'y');
	assert_int_equal(s.allows, 0);
	later(&s, USEC_PER_SEC);
	press(&s, 'y');
	assert_int_equal(s.allows, 1);
	assert_int_equal(s.effect.reply.response_ms, -1); /* how long it was read is unknown */
	screen_close(&s);
}

static void one_question_for_many_offers_its_own_words_only(void **state)
{
	struct screen s;
	json_t *q = ask("aaaa.1", 3, "/bin/x", "7 actions");

	(void)state;
	(void)json_object_del(q, "token");
	(void)json_object_set_new(q, "kind", json_string("flood"));
	(void)json_object_set_new(q, "terms", json_pack("[s]", "once"));
	(void)json_object_set_new(
		q, "words",
		json_pack("{s:s, s:s}", "allow", "ask one\x1b[2J by one", "deny", "deny all"));
	screen_reading(&s, 30, 100, q);
	assert_true(row_with(&s, "y: ask one\\x1B[2J by one   n: deny all") >= 0);
	assert_int_equal(row_with(&s, "this folder"), -1);
	press(&s, 't');
	press(&s, 'y');
	assert_int_equal(s.allows, 1);
	closed(&s, "aaaa.1", "allow", "console");
	assert_string_equal(sel_model_history(&s.m, 0)->text,
			    "ask one\\x1B[2J by one: prog 7 actions");
	screen_close(&s);
}

static void a_check_is_explained_at_once(void **state)
{
	_cleanup_free_ char *line = NULL;
	struct screen s;

	(void)state;
	screen_reading(&s, 24, 80, ask("aaaa.1", 1, "/bin/x", "/out/a"));
	press(&s, 'y');
	closed(&s, "aaaa.1", "allow", "console");
	message(&s, "aaaa",
		json_pack("{s:s, s:s, s:b, s:s}", "type", "result", "id", "aaaa.1", "ok", 1,
			  "feedback", "that was a check\x1b[2J by seldom; nothing was done"));
	later(&s, USEC_PER_SEC);
	assert_true(row_with(&s, "that was a check\\x1B[2J by seldom; nothing was done") >= 0);
	later(&s, 20 * USEC_PER_SEC);
	line = sel_canvas_row(&s.c, s.c.rows - 2);
	assert_string_equal(line, "");
	screen_close(&s);
}

static void a_word_may_be_wanted_in_any_tier(void **state)
{
	struct screen s;
	json_t *q = ask("aaaa.1", 2, "/bin/x", "/out/a");

	(void)state;
	(void)json_object_set_new(q, "token", json_string("go"));
	(void)json_object_set_new(q, "headline", json_string("fatigue: TIRED (RTE 0.55 over 20)"));
	screen_reading(&s, 30, 80, q);
	assert_true(row_with(&s, "fatigue: TIRED") > row_with(&s, "something new"));
	assert_true(row_with(&s, "fatigue: TIRED") < row_with(&s, "prog (pid 7)"));
	press(&s, 'y');
	assert_int_equal(s.allows, 0);
	type(&s, "goy");
	assert_int_equal(s.allows, 1);
	assert_string_equal(s.effect.token, "go");
	screen_close(&s);
}

static void hostile_text_is_shown_escaped_everywhere(void **state)
{
	static const char evil[] = "a\x1b[2J\n\x7f\xc2\x9b\xe2\x80\xae"
				   "b";
	struct screen s;
	json_t *q = ask("aaaa.1", 2, evil, evil), *who = json_object_get(q, "who");
	static const char *const fields[] = {"op",  "object", "object2",  "new",    "consequence",
					     "why", "detail", "headline", "nearest"};

	(void)state;
	for (size_t i = 0; i < SEL_N(fields); i++)
		(void)json_object_set_new(q, fields[i], json_string(evil));
	(void)json_object_set_new(who, "comm", json_string(evil));
	(void)json_object_set_new(who, "cwd", json_string(evil));
	(void)json_object_set_new(who, "chain", json_pack("[s]", evil));
	(void)json_object_set_new(json_array_get(json_object_get(q, "rungs"), 0), "label",
				  json_string(evil));
	screen_reading(&s, 60, 100, q);
	for (int view = 0; view < 3; view++) {
		int seen = 0;

		for (int row = 0; row < s.c.rows; row++) {
			_cleanup_free_ char *line = sel_canvas_row(&s.c, row);

			for (const char *p = line; *p; p++)
				assert_false((uint8_t)*p < 0x20 || *p == 0x7f);
			assert_null(strstr(line, "\xe2\x80\xae"));
			assert_null(strstr(line, "\xc2\x9b"));
			seen += strstr(line, "\\x1B[2J") != NULL;
		}
		assert_true(seen >= 1);
		press(&s, view == 0 ? 'd' : SEL_KEY_ESC);
		press(&s, view == 1 ? SEL_KEY_ESC : SEL_KEY_NONE);
	}
	screen_close(&s);
}

static void broken_questions_are_not_shown(void **state)
{
	static const struct {
		const char *key;
		const char *value; /* JSON; NULL: removed */
		const char *why;
	} row[] = {
		{"id", "\"bbbb.1\"", "of another session"},
		{"id", "\"../x\"", "no id"},
		{"id", NULL, "without an id"},
		{"tier", "4", "no such tier"},
		{"tier", "\"1\"", "not a number"},
		{"tier", NULL, "no tier"},
		{"object", NULL, "nothing to act on"},
		{"rungs", "[]", "no rung to choose"},
		{"rungs", "[{\"n\":-1,\"object\":\"/x\"}]", "a negative rung"},
		{"rungs", "[{\"n\":0}]", "a rung that says not what it reaches"},
		{"rungs", "[1,2,3]", "rungs that are none"},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		struct screen s;
		json_t *q = ask("aaaa.1", 1, "/bin/x", "/out/a");

		if (row[i].value)
			(void)json_object_set_new(q, row[i].key,
						  json_loads(row[i].value, JSON_DECODE_ANY, NULL));
		else
			(void)json_object_del(q, row[i].key);
		screen_open(&s, 24, 80);
		question(&s, q);
		if (s.m.n_questions)
			fail_msg("row %zu: %s", i, row[i].why);
		later(&s, USEC_PER_SEC);
		screen_close(&s);
	}
}

/* Bytes that a terminal may send without a person pressing those keys. */
static void sequences_are_swallowed_whole(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		int keys[3];
		const char *why;
	} row[] = {
#define BYTES(s) s, sizeof(s) - 1
		{BYTES("y"), {'y'}, "a plain key"},
		{BYTES("\x1b[A\x1bOB"), {SEL_KEY_UP, SEL_KEY_DOWN}, "arrows, both ways"},
		{BYTES("\x1b[200~y\ry\x1b[201~"), {0}, "a paste"},
		{BYTES("\x1b[200~y\x1b[A\x1b[I n\x1b[201~q"), {'q'}, "a paste with sequences"},
		{BYTES("\x1b[Myyy"), {0}, "a click, the old way, at column 89"},
		{BYTES("\x1b[<0;10;10My"), {'y'}, "a click, the new way, then a key"},
		{BYTES("\x1by"), {0}, "Alt-y"},
		{BYTES("\x1b]0;y\x07n"), {'n'}, "a title report"},
		{BYTES("\x1bP1$ry\x1b\\n"), {'n'}, "a terminal's reply"},
		{BYTES("\x1b[[Ay"), {'y'}, "F1 on the Linux console"},
		{BYTES("\x1b[1;5A"), {SEL_KEY_UP}, "Ctrl-Up"},
		{BYTES("\x1b[15~"), {0}, "F5"},
		{BYTES("\x1b[yy"), {'y'}, "an unknown sequence ends at its letter"},
		{BYTES("\x1b[I\x1b[O"), {SEL_KEY_FOCUS_IN, SEL_KEY_FOCUS_OUT}, "focus"},
		{BYTES("\xc3\xa4"), {0xe4}, "a letter of two bytes"},
		{BYTES("\xc0\xf9\xffn"), {'n'}, "no UTF-8"},
		{BYTES("\x1b[1234567890123456789012345678901234567890A"),
		 {SEL_KEY_UP},
		 "too many parameters"},
#undef BYTES
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		struct sel_input in = {0};
		size_t n = 0;

		for (size_t j = 0; j < row[i].n; j++) {
			int key = sel_input_byte(&in, (uint8_t)row[i].bytes[j], 1);

			if (key && (n >= 3 || row[i].keys[n++] != key))
				fail_msg("row %zu: %s: key %d", i, row[i].why, key);
		}
		if (n < 3 && row[i].keys[n])
			fail_msg("row %zu: %s: key %d is missing", i, row[i].why, row[i].keys[n]);
	}
}

static void a_lone_escape_is_a_key_after_a_moment(void **state)
{
	struct sel_input in = {0};

	(void)state;
	assert_int_equal(sel_input_byte(&in, 27, 0), SEL_KEY_NONE);
	assert_int_equal(sel_input_idle(&in, 10 * MSEC), SEL_KEY_NONE);
	assert_int_equal(sel_input_idle(&in, 60 * MSEC), SEL_KEY_ESC);
	assert_int_equal(sel_input_byte(&in, 'y', 70 * MSEC), 'y');
}

/* Random keys, messages and sizes: never an allow that was not whole, never a crash. */
static void any_keys_are_survived(void **state)
{
	unsigned next = 42;
	struct screen s;

	(void)state;
	screen_open(&s, 24, 80);
	for (int i = 0; i < 30000; i++) {
		char id[24];

		next = next * 1103515245u + 12345u;
		(void)snprintf(id, sizeof id, "aaaa.%u", next >> 20 & 15);
		switch (next >> 8 & 15) {
		case 0:
			question(&s, ask(id, (int)(next >> 24) % 4, "/bin/x", "/out/a"));
			break;
		case 1:
			closed(&s, id, next >> 30 ? "gone" : "allow", "run");
			break;
		case 2:
			sel_canvas_done(&s.c);
			assert_int_equal(sel_canvas_init(&s.c, 1 + (int)(next >> 24) % 50,
							 1 + (int)(next >> 16) % 140, true),
					 0);
			sel_ui_again(&s.ui);
			break;
		case 3:
			later(&s, (next >> 16) % 900 * MSEC);
			break;
		default:
			press(&s, next >> 12 & 1 ? (int)(next >> 16) % 128
						 : SEL_KEY_UP + (int)(next >> 16) % 12);
		}
		draw(&s);
	}
	screen_close(&s);
}

static void a_screen_without_utf8_shows_only_ascii(void **state)
{
	struct screen s;

	(void)state;
	screen_open(&s, 30, 80);
	s.m.utf8 = s.c.utf8 = false;
	question(&s, ask("aaaa.1", 2, "/bin/x", "/out/caf\xc3\xa9"));
	later(&s, USEC_PER_SEC);
	press(&s, SEL_KEY_ENTER);
	assert_true(row_with(&s, "/out/caf\\u{E9}") > 0);
	for (int row = 0; row < s.c.rows; row++) {
		_cleanup_free_ char *line = sel_canvas_row(&s.c, row);

		for (const char *p = line; *p; p++)
			assert_true((uint8_t)*p < 0x80);
	}
	screen_close(&s);
}

static void every_key_of_the_list_is_in_the_help(void **state)
{
	struct screen s;

	(void)state;
	screen_open(&s, 100, 200);
	press(&s, '?');
	for (int i = 0; i < SEL_ACT_N; i++)
		if (row_with(&s, sel_keys[i].help) < 0)
			fail_msg("'%s' is not in the help", sel_keys[i].help);
	assert_true(row_with(&s, "(off: no question is open)") > 0);
	screen_close(&s);
}

/* --- questions alike ----------------------------------------------------------------------------
 */

/* One object, one file, nothing to type: such as may be one of a batch. */
static json_t *small(int n, const char *object)
{
	char id[16];
	json_t *q;

	(void)snprintf(id, sizeof id, "aaaa.%d", n);
	q = ask(id, 1, "/bin/x", object);
	(void)json_object_set_new(q, "state", json_string("FRESH"));
	return q;
}

static void set(json_t *q, const char *key, const char *value)
{
	json_t *of = q;

	if (strncmp(key, "who.", 4) == 0) {
		of = json_object_get(q, "who");
		key += 4;
	} else if (strncmp(key, "rung.", 5) == 0) {
		of = json_array_get(json_object_get(q, "rungs"), 0);
		key += 5;
	}
	if (value)
		(void)json_object_set_new(of, key, json_loads(value, JSON_DECODE_ANY, NULL));
	else
		(void)json_object_del(of, key);
}

/* Three alike, the batch open, drawn, and the guard over. */
static void batch_reading(struct screen *s, int rows, int cols)
{
	screen_open(s, rows, cols);
	question(s, small(1, "/out/one"));
	question(s, small(2, "/out/two"));
	question(s, small(3, "/out/three"));
	later(s, USEC_PER_SEC);
	press(s, 'a');
	later(s, 2 * USEC_PER_SEC);
}

static void questions_alike_are_answered_at_once(void **state)
{
	(void)state;
	for (int allow = 0; allow < 2; allow++) {
		struct screen s;

		batch_reading(&s, 24, 80);
		assert_int_equal(s.ui.view, SEL_VIEW_BATCH);
		assert_true(row_with(&s, "/out/one") > 0 && row_with(&s, "/out/two") > 0 &&
			    row_with(&s, "/out/three") > 0);
		later(&s, USEC_PER_SEC);
		press(&s, allow ? 'y' : 'n');
		assert_int_equal(s.allows, allow);
		assert_int_equal(s.denies, !allow);
		assert_string_equal(s.effect.id, "aaaa.1");
		assert_int_equal(s.effect.n_also, 2);
		assert_string_equal(s.effect.also[0], "aaaa.2");
		assert_string_equal(s.effect.also[1], "aaaa.3");
		assert_int_equal(s.effect.reply.rung, 0); /* though a folder is preselected */
		assert_int_equal(s.effect.reply.term, SEL_FOR_ONCE);
		assert_int_equal(s.effect.reply.batch, 3);
		assert_int_equal(s.effect.reply.response_ms, 1000); /* 3 s for 3 */
		assert_false(s.effect.reply.expanded);
		assert_int_equal(s.ui.view, SEL_VIEW_NOW);
		/* they are on their way: no second answer */
		press(&s, 'a');
		assert_int_equal(s.ui.view, SEL_VIEW_NOW);
		screen_close(&s);
	}
}

/* Whatever is not the same question again is not answered with another. */
static void what_differs_is_read_on_its_own(void **state)
{
	static const struct {
		const char *key, *value; /* of all, or of the last one only */
		bool all;
		const char *why;
	} row[] = {
		{"tier", "2", true, "T1"},
		{"tier", "3", true, "T1"},
		{"tier", "0", true, "T1"},
		{"token", "\"go\"", true, "word"},
		{"state", "\"TIRED\"", true, "so many"},
		{"state", "\"EXHAUSTED\"", true, "so many"},
		{"state", NULL, true, "so many"},
		{"headline", "\"fatigue: TIRED\"", true, "so many"},
		{"detail", "\"+a line\"", true, "details"},
		{"object2", "\"/out/other\"", true, "two names"},
		{"kind", "\"flood\"", true, "many already"},
		{"who.exe", "\"?\"", true, "which program"},
		{"rung.kind", "\"folder\"", true, "further"},
		{"rung.object", "\"/out\"", true, "further"},
		{"tier", "2", false, "different"},
		{"token", "\"go\"", false, "different"},
		{"state", "\"TIRED\"", false, "different"},
		{"headline", "\"fatigue: TIRED\"", false, "different"},
		{"detail", "\"+a line\"", false, "different"},
		{"object2", "\"/out/other\"", false, "different"},
		{"kind", "\"flood\"", false, "different"},
		{"rung.kind", "\"folder\"", false, "different"},
		{"rung.object", "\"/out\"", false, "different"},
		{"op", "\"delete\"", false, "different"},
		{"class", "\"home-config\"", false, "different"},
		{"new", "\"changed program\"", false, "different"},
		{"consequence", "\"what was there is lost\"", false, "different"},
		{"why", "\"another reason\"", false, "different"},
		{"nearest", "\"~/.cache (3x)\"", false, "different"},
		{"who.comm", "\"other\"", false, "different"},
		{"who.cwd", "\"/elsewhere\"", false, "different"},
		{"who.chain", "[\"bash\"]", false, "different"},
		{"unheard_of", "1", false, "different"},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		struct screen s;

		screen_open(&s, 24, 80);
		for (int n = 1; n <= 3; n++) {
			json_t *q = small(n, n == 1 ? "/out/one" : n == 2 ? "/out/two" : "/out/x");

			if (row[i].all || n == 3)
				set(q, row[i].key, row[i].value);
			question(&s, q);
		}
		later(&s, USEC_PER_SEC);
		for (int n = 0; n < 3; n++) { /* whichever is selected */
			press(&s, 'a');
			if (s.ui.view != SEL_VIEW_NOW || !strstr(s.ui.note, "not at once"))
				fail_msg("row %zu (%s): a batch opens", i, row[i].key);
			if (n == 0 && row[i].all && !strstr(s.ui.note, row[i].why))
				fail_msg("row %zu (%s): %s", i, row[i].key, s.ui.note);
			later(&s, USEC_PER_SEC);
			press(&s, 'y');
			press(&s, 'j');
		}
		assert_int_equal(s.allows, 0);
		screen_close(&s);
	}
}

static void two_programs_are_two_groups(void **state)
{
	struct screen s;
	json_t *other = small(2, "/out/two");

	(void)state;
	set(other, "who.exe", "\"/bin/y\"");
	screen_open(&s, 24, 80);
	question(&s, small(1, "/out/one"));
	question(&s, other);
	later(&s, USEC_PER_SEC);
	press(&s, 'a');
	assert_int_equal(s.ui.view, SEL_VIEW_NOW);
	assert_string_equal(s.ui.note, "not at once: no other question is like it");
	question(&s, small(3, "/out/three"));
	later(&s, USEC_PER_SEC);
	press(&s, 'a');
	later(&s, USEC_PER_SEC);
	assert_int_equal(s.ui.batch.n, 2);
	press(&s, 'y');
	assert_int_equal(s.effect.n_also, 1);
	assert_string_equal(s.effect.also[0], "aaaa.3");
	screen_close(&s);
}

static void only_y_allows_a_batch(void **state)
{
	(void)state;
	for (int key = 1; key < SEL_KEY_FOCUS_OUT + 1; key = key == 0x250 ? SEL_KEY_UP : key + 1) {
		struct screen s;

		batch_reading(&s, 24, 80);
		press(&s, key);
		if (s.allows != (key == 'y') || s.denies != (key == 'n'))
			fail_msg("key %d allows %d denies %d", key, s.allows, s.denies);
		screen_close(&s);
	}
}

static void a_batch_has_the_guard_of_a_question(void **state)
{
	struct screen s;

	(void)state;
	batch_reading(&s, 24, 80);
	press(&s, SEL_KEY_ESC);
	assert_int_equal(s.ui.view, SEL_VIEW_NOW);
	press(&s, 'a');
	s.now += SEL_GUARD_USEC - 1;
	press(&s, 'y');
	press(&s, 'n');
	assert_int_equal(s.allows + s.denies, 0);
	press(&s, SEL_KEY_FOCUS_OUT);
	later(&s, USEC_PER_SEC);
	press(&s, 'y');
	press(&s, 'n');
	assert_int_equal(s.allows + s.denies, 0);
	press(&s, SEL_KEY_FOCUS_IN);
	later(&s, USEC_PER_SEC);
	press(&s, 'y');
	assert_int_equal(s.allows, 1);
	assert_int_equal(s.effect.reply.response_ms, -1);
	screen_close(&s);
}

/* What comes later is none of it; what leaves makes it another list. */
static void a_batch_is_what_was_read(void **state)
{
	struct screen s;

	(void)state;
	batch_reading(&s, 24, 80);
	question(&s, small(4, "/out/late"));
	draw(&s);
	press(&s, 'y');
	assert_int_equal(s.effect.n_also, 2);
	screen_close(&s);

	batch_reading(&s, 24, 80);
	closed(&s, "aaaa.2", "gone", "");
	draw(&s);
	press(&s, 'y');
	assert_int_equal(s.allows, 0);
	assert_int_equal(row_with(&s, "/out/two"), -1);
	later(&s, SEL_GUARD_USEC);
	press(&s, 'y');
	assert_int_equal(s.allows, 1);
	assert_int_equal(s.effect.n_also, 1);
	assert_int_equal(s.effect.reply.response_ms, 200); /* from the new list on */
	screen_close(&s);

	/* changed: it is not what was shown any more */
	batch_reading(&s, 24, 80);
	json_t *q = small(2, "/out/two");
	set(q, "consequence", "\"sends data out\"");
	question(&s, q);
	draw(&s);
	later(&s, USEC_PER_SEC);
	assert_int_equal(s.ui.batch.n, 2);
	press(&s, 'y');
	assert_int_equal(s.effect.n_also, 1);
	assert_string_equal(s.effect.also[0], "aaaa.3");
	screen_close(&s);

	batch_reading(&s, 24, 80);
	press(&s, '?');
	closed(&s, "aaaa.1", "allow", "run");
	closed(&s, "aaaa.2", "gone", "");
	press(&s, SEL_KEY_ESC);
	assert_int_equal(s.ui.view, SEL_VIEW_NOW);
	press(&s, 'y');
	press(&s, 'n');
	assert_int_equal(s.allows + s.denies, 0);
	screen_close(&s);
}

/* At every size: each object is on the screen in full or was scrolled to, or 'y' is off. */
static void no_size_allows_a_batch_that_it_does_not_show(void **state)
{
	static const char *const objects[] = {"/out/a", "/out/bb", "/out/ccc"};

	(void)state;
	for (int rows = 3; rows < 40; rows++)
		for (int cols = 10; cols < 130; cols += 7) {
			struct screen s;
			int shown = 0;

			screen_open(&s, rows, cols);
			for (int i = 0; i < 3; i++)
				question(&s, small(i + 1, objects[i]));
			later(&s, USEC_PER_SEC);
			press(&s, 'a');
			later(&s, USEC_PER_SEC);
			for (int i = 0; i < 3; i++)
				shown += row_with(&s, objects[i]) >= 0;
			press(&s, 'y');
			if (s.allows && (shown < 3 || row_with(&s, "too small") >= 0))
				fail_msg("%dx%d allows what it does not show", cols, rows);
			/* the canary: scrolled through, it can be */
			for (int i = 0; i < 40 && s.ui.view == SEL_VIEW_BATCH; i++)
				press(&s, 'j');
			later(&s, USEC_PER_SEC);
			press(&s, 'y');
			assert_int_equal(s.allows, rows >= SEL_MIN_ROWS && cols >= SEL_MIN_COLS);
			screen_close(&s);
		}
}

static void the_list_says_how_often_a_program_asks(void **state)
{
	struct screen s;

	(void)state;
	screen_open(&s, 24, 80);
	question(&s, small(1, "/out/one"));
	later(&s, USEC_PER_SEC);
	assert_int_equal(row_with(&s, "\xc3\x97"
				      "1"),
			 -1);
	question(&s, small(2, "/out/two"));
	question(&s, ask("aaaa.3", 3, "/bin/x", "/out/grave"));
	later(&s, USEC_PER_SEC);
	assert_true(row_with(&s, "prog \xc3\x97"
				 "2") > 0);
	assert_int_equal(row_with(&s, "prog \xc3\x97"
				      "3"),
			 -1);
	screen_close(&s);
}

static void the_footer_names_what_works(void **state)
{
	struct screen s;
	_cleanup_free_ char *line = NULL, *lists = NULL;

	(void)state;
	screen_reading(&s, 24, 80, long_question());
	line = sel_canvas_row(&s.c, 23);
	assert_non_null(strstr(line, "y off"));
	assert_non_null(strstr(line, "N note"));
	assert_non_null(strstr(line, "? help"));
	press(&s, SEL_KEY_ESC);
	closed(&s, "aaaa.1", "gone", "");
	draw(&s);
	lists = sel_canvas_row(&s.c, 23);
	assert_null(strstr(lists, "n deny"));
	assert_null(strstr(lists, "a alike"));
	assert_null(strstr(lists, "Enter"));
	assert_non_null(strstr(lists, "? help"));
	screen_close(&s);
}

/* --- what the terminal sends --------------------------------------------------------------------
 */

/* The last key of some bytes that is one; `in` keeps where a click was. */
static int fed(struct sel_input *in, const char *bytes)
{
	int key = SEL_KEY_NONE;

	for (; *bytes; bytes++) {
		int k = sel_input_byte(in, (uint8_t)*bytes, 0);

		key = k != SEL_KEY_NONE ? k : key;
	}
	return key;
}

static void reports_and_replies_are_no_letters(void **state)
{
	static const struct {
		const char *bytes;
		int without, with; /* the mouse */
	} row[] = {
		{"\033[<0;5;7M", SEL_KEY_NONE, SEL_KEY_CLICK},
		{"\033[<0;5;7m", SEL_KEY_NONE, SEL_KEY_NONE}, /* let go */
		{"\033[<2;5;7M", SEL_KEY_NONE, SEL_KEY_NONE}, /* another button */
		{"\033[<64;5;7M", SEL_KEY_NONE, SEL_KEY_WHEEL_UP},
		{"\033[<65;5;7M", SEL_KEY_NONE, SEL_KEY_WHEEL_DOWN},
		{"\033[<0;0;7M", SEL_KEY_NONE, SEL_KEY_NONE}, /* counts from 1 */
		{"\033[<0;5;7yM", 'M', 'M'}, /* ends at the y; what follows was typed */
		{"\033[<99999999;5;7M", SEL_KEY_NONE, SEL_KEY_NONE},
		{"\033[<0;5;7;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1M", SEL_KEY_NONE, SEL_KEY_NONE},
		{"\033]11;rgb:ffff/ffff/ffff\033\\", SEL_KEY_IS_LIGHT, SEL_KEY_IS_LIGHT},
		{"\033]11;rgb:ff/ff/e0\007", SEL_KEY_IS_LIGHT, SEL_KEY_IS_LIGHT},
		{"\033]11;rgb:0000/0000/0000\033\\", SEL_KEY_IS_DARK, SEL_KEY_IS_DARK},
		{"\033]11;rgb:1e1e/1e1e/2e2e\007", SEL_KEY_IS_DARK, SEL_KEY_IS_DARK},
		{"\033]10;rgb:ffff/ffff/ffff\007", SEL_KEY_NONE, SEL_KEY_NONE},
		{"\033]11;rgb:ffff/ffff\007", SEL_KEY_NONE, SEL_KEY_NONE},
		{"\033]11;rgb:ffff/ffff/ffff/y\007", SEL_KEY_NONE, SEL_KEY_NONE},
		{"\033]11;rgb:yyyy/yyyy/yyyy\007", SEL_KEY_NONE, SEL_KEY_NONE},
		{"\033]11;rgb:ffff/ffff/ffffyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\007",
		 SEL_KEY_NONE, SEL_KEY_NONE},
		{"\033P11;rgb:ffff/ffff/ffff\033\\", SEL_KEY_NONE, SEL_KEY_NONE},
		{"\033[200~\033]11;rgb:ffff/ffff/ffff\007y\033[201~", SEL_KEY_NONE, SEL_KEY_NONE},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++)
		for (int mouse = 0; mouse < 2; mouse++) {
			struct sel_input in = {.mouse = mouse};
			int key = fed(&in, row[i].bytes);

			if (key != (mouse ? row[i].with : row[i].without))
				fail_msg("row %zu, mouse %d: key %x", i, mouse, (unsigned)key);
			if (key == SEL_KEY_CLICK)
				assert_true(in.row == 6 && in.col == 4);
		}
}

static int setup(void **state)
{
	(void)state;
	return setlocale(LC_ALL, "C.UTF-8") ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_y_allows_and_n_denies),
		cmocka_unit_test(no_key_decides_before_the_guard_is_over),
		cmocka_unit_test(a_grave_question_wants_its_word),
		cmocka_unit_test(a_denial_takes_a_note_along),
		cmocka_unit_test(a_note_is_for_the_question_that_was_read),
		cmocka_unit_test(a_grave_question_without_a_word_cannot_be_allowed),
		cmocka_unit_test(what_is_clipped_cannot_be_allowed),
		cmocka_unit_test(a_clipped_question_can_be_denied),
		cmocka_unit_test(no_size_allows_what_it_does_not_show),
		cmocka_unit_test(a_new_question_moves_nothing),
		cmocka_unit_test(what_leaves_above_moves_nothing),
		cmocka_unit_test(the_gravest_comes_first_when_nobody_reads),
		cmocka_unit_test(what_is_answered_elsewhere_or_gone_closes_and_is_said),
		cmocka_unit_test(a_question_that_changes_must_be_read_again),
		cmocka_unit_test(the_narrowest_is_preselected_but_for_small_things),
		cmocka_unit_test(rung_and_term_are_chosen_by_keys),
		cmocka_unit_test(a_window_without_focus_takes_no_decision),
		cmocka_unit_test(one_question_for_many_offers_its_own_words_only),
		cmocka_unit_test(a_check_is_explained_at_once),
		cmocka_unit_test(a_word_may_be_wanted_in_any_tier),
		cmocka_unit_test(hostile_text_is_shown_escaped_everywhere),
		cmocka_unit_test(broken_questions_are_not_shown),
		cmocka_unit_test(sequences_are_swallowed_whole),
		cmocka_unit_test(a_lone_escape_is_a_key_after_a_moment),
		cmocka_unit_test(any_keys_are_survived),
		cmocka_unit_test(a_screen_without_utf8_shows_only_ascii),
		cmocka_unit_test(every_key_of_the_list_is_in_the_help),
		cmocka_unit_test(questions_alike_are_answered_at_once),
		cmocka_unit_test(what_differs_is_read_on_its_own),
		cmocka_unit_test(two_programs_are_two_groups),
		cmocka_unit_test(only_y_allows_a_batch),
		cmocka_unit_test(a_batch_has_the_guard_of_a_question),
		cmocka_unit_test(a_batch_is_what_was_read),
		cmocka_unit_test(no_size_allows_a_batch_that_it_does_not_show),
		cmocka_unit_test(the_list_says_how_often_a_program_asks),
		cmocka_unit_test(the_footer_names_what_works),
		cmocka_unit_test(reports_and_replies_are_no_letters),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
