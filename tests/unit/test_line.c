/* The prompt in lines without a clock or a terminal: what may decide, when, and what was seen. */
#include "test.h"

#include "../../tui/line.c"
#include "../../tui/terminal.c"

#include <locale.h>

#define MS USEC_PER_MSEC
#define T0 (1000 * USEC_PER_SEC)

static json_t *question(int tier, const char *object)
{
	json_t *q = json_pack("{s:s, s:i, s:s, s:s, s:{s:i, s:s}, s:s, s:[{s:i, s:s, s:i}, {s:i, "
			      "s:s, s:i}], s:i, "
			      "s:i, s:i, s:[s, s, s]}",
			      "id", "abc.1", "tier", tier, "op", "delete", "object", object, "who",
			      "pid", 7, "comm", "rm", "new", "first delete there", "rungs", "n", 0,
			      "label", "this file", "covers", 1, "n", 4, "label", "this folder",
			      "covers", 2, "preselected", 0, "waiting", 1, "remaining_ms", 60000,
			      "terms", "once", "session", "30d");

	assert_non_null(q);
	if (tier == 3)
		assert_int_equal(json_object_set_new(q, "token", json_string("rm-it")), 0);
	return q;
}

static void draw(struct sel_prompt *p, usec_t now)
{
	free(sel_prompt_draw(p, now));
	sel_prompt_drawn(p, now);
}

static struct sel_prompt opened(int tier, int rows, int columns)
{
	struct sel_prompt p = {0};
	json_t *q = question(tier, "/srv/out/file");

	sel_prompt_open(&p, q, rows, columns, T0);
	json_decref(q);
	draw(&p, T0);
	return p;
}

static enum sel_prompt_event key(struct sel_prompt *p, enum sel_key_kind kind, char c, usec_t now)
{
	return sel_prompt_key(p, (struct sel_key){.kind = kind, .c = c}, now);
}

static enum sel_prompt_event press(struct sel_prompt *p, char c, usec_t now)
{
	return key(p, SEL_KEY_CHAR, c, now);
}

static void no_key_decides_inside_the_guard(void **state)
{
	static const struct {
		int tier;
		usec_t after;
		char c;
		enum sel_prompt_event event;
	} row[] = {
		{1, 0, 'y', SEL_PROMPT_NOTHING},	{1, 399 * MS, 'y', SEL_PROMPT_NOTHING},
		{1, 400 * MS, 'y', SEL_PROMPT_ALLOW},	{1, 399 * MS, 'n', SEL_PROMPT_NOTHING},
		{1, 400 * MS, 'n', SEL_PROMPT_DENY},	{2, 399 * MS, 'y', SEL_PROMPT_NOTHING},
		{2, 400 * MS, 'y', SEL_PROMPT_ALLOW},	{3, 1499 * MS, 'y', SEL_PROMPT_NOTHING},
		{3, 1500 * MS, 'y', SEL_PROMPT_REDRAW}, {3, 1499 * MS, 'n', SEL_PROMPT_NOTHING},
		{3, 1500 * MS, 'n', SEL_PROMPT_DENY},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		struct sel_prompt p = opened(row[i].tier, 24, 80);

		assert_int_equal(press(&p, row[i].c, T0 + row[i].after), row[i].event);
		sel_prompt_close(&p);
	}
}

static void nothing_counts_before_it_is_on_the_screen(void **state)
{
	struct sel_prompt p = {0};
	json_t *q = question(1, "/srv/out/file");

	(void)state;
	sel_prompt_open(&p, q, 24, 80, T0);
	json_decref(q);
	assert_int_equal(press(&p, 'y', T0 + USEC_PER_SEC), SEL_PROMPT_NOTHING);
	free(sel_prompt_draw(&p, T0)); /* drawn, but not yet on the terminal */
	assert_int_equal(press(&p, 'n', T0 + 2 * USEC_PER_SEC), SEL_PROMPT_NOTHING);
	sel_prompt_drawn(&p, T0 + 3 * USEC_PER_SEC);
	assert_int_equal(press(&p, 'y', T0 + 3 * USEC_PER_SEC + 399 * MS), SEL_PROMPT_NOTHING);
	sel_prompt_close(&p);
}

static void hands_that_keep_typing_stay_guarded(void **state)
{
	struct sel_prompt p = opened(1, 24, 80);
	usec_t now = T0;

	(void)state;
	for (int i = 0; i < 100; i++, now += 100 * MS)
		assert_int_equal(press(&p, 'y', now), SEL_PROMPT_NOTHING);
	assert_int_equal(press(&p, 'y', now + 150 * MS), SEL_PROMPT_ALLOW);
	sel_prompt_close(&p);
}

static void every_byte_but_y_allows_nothing(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		struct sel_prompt p = opened(2, 24, 80);
		struct sel_keys input = {0};
		char byte = (char)c;
		struct sel_key k = sel_keys_feed(&input, &byte, 1, T0);
		enum sel_prompt_event e = sel_prompt_key(&p, k, T0 + USEC_PER_SEC);

		assert_int_equal(e == SEL_PROMPT_ALLOW, c == 'y');
		assert_int_equal(e == SEL_PROMPT_DENY, c == 'n');
		sel_prompt_close(&p);
	}
}

static void a_tier_3_is_allowed_by_its_word_only(void **state)
{
	struct sel_prompt p = opened(3, 24, 80);
	usec_t now = T0 + 2 * USEC_PER_SEC;
	json_t *m;

	(void)state;
	assert_int_equal(press(&p, 'y', now), SEL_PROMPT_REDRAW);
	assert_true(p.typing);
	assert_int_equal(key(&p, SEL_KEY_ENTER, '\r', now), SEL_PROMPT_REDRAW);
	for (const char *c = "rm-ix"; *c; c++)
		assert_int_equal(press(&p, *c, now), SEL_PROMPT_REDRAW);
	assert_int_equal(key(&p, SEL_KEY_ENTER, '\r', now), SEL_PROMPT_REDRAW);
	assert_int_equal(p.typed_n, 0); /* a wrong word: still open */
	for (const char *c = "rm-i"; *c; c++)
		assert_int_equal(press(&p, *c, now), SEL_PROMPT_REDRAW);
	assert_int_equal(key(&p, SEL_KEY_DISCARDED, 0, now), SEL_PROMPT_NOTHING);
	now += USEC_PER_SEC;
	assert_int_equal(key(&p, SEL_KEY_BACKSPACE, 0x7f, now), SEL_PROMPT_REDRAW);
	assert_int_equal(press(&p, 'i', now), SEL_PROMPT_REDRAW);
	assert_int_equal(press(&p, 't', now), SEL_PROMPT_REDRAW);
	assert_int_equal(key(&p, SEL_KEY_ENTER, '\r', now), SEL_PROMPT_ALLOW);
	m = sel_prompt_answer(&p, SEL_PROMPT_ALLOW, now);
	assert_string_equal(json_string_value(json_object_get(m, "token")), "rm-it");
	json_decref(m);
	sel_prompt_close(&p);
}

/* The note is typed as the word of a tier 3 is, and only ever denies. */
static void a_denial_takes_a_note_along(void **state)
{
	struct sel_prompt p = opened(1, 24, 80);
	usec_t now = T0 + 5 * USEC_PER_SEC;
	_cleanup_free_ char *text = NULL;
	json_t *m;

	(void)state;
	assert_int_equal(press(&p, 'N', now), SEL_PROMPT_REDRAW);
	for (const char *c = "use y"; *c; c++)
		assert_int_equal(press(&p, *c, now), SEL_PROMPT_REDRAW);
	text = sel_prompt_draw(&p, now);
	assert_non_null(strstr(text, "to deny, type a note and Enter (Esc: back)"));
	assert_non_null(strstr(text, ": use y"));
	assert_int_equal(key(&p, SEL_KEY_ENTER, '\r', now), SEL_PROMPT_DENY);
	m = sel_prompt_answer(&p, SEL_PROMPT_DENY, now);
	assert_string_equal(json_string_value(json_object_get(m, "verdict")), "deny");
	assert_string_equal(json_string_value(json_object_get(m, "note")), "use y");
	json_decref(m);
	assert_int_equal(key(&p, SEL_KEY_ESCAPE, 0, now), SEL_PROMPT_REDRAW);
	assert_int_equal(press(&p, 'n', now), SEL_PROMPT_DENY);
	m = sel_prompt_answer(&p, SEL_PROMPT_DENY, now);
	assert_null(json_object_get(m, "note")); /* it was given up */
	json_decref(m);
	sel_prompt_close(&p);
}

static void a_tier_3_without_a_word_cannot_be_allowed(void **state)
{
	struct sel_prompt p = opened(3, 24, 80);

	(void)state;
	(void)json_object_del(p.question, "token");
	(void)press(&p, 'y', T0 + 2 * USEC_PER_SEC);
	assert_false(p.typing);
	assert_int_equal(key(&p, SEL_KEY_ENTER, '\r', T0 + 2 * USEC_PER_SEC), SEL_PROMPT_NOTHING);
	sel_prompt_close(&p);
}

/* At every size: y allows exactly when each line of the question has been drawn. */
static void what_was_not_shown_cannot_be_allowed_at_any_size(void **state)
{
	char object[600] = "/srv/";

	(void)state;
	memset(object + 5, 'x', 590);
	for (int rows = 1; rows < 60; rows += 3) {
		for (int columns = 1; columns < 140; columns += 7) {
			struct sel_prompt p = {0};
			json_t *q = question(1, object);
			usec_t now = T0;
			size_t shown = 0, last = 0;

			sel_prompt_open(&p, q, rows, columns, now);
			json_decref(q);
			for (int i = 0; i < 400; i++) {
				enum sel_prompt_event e;
				_cleanup_free_ char *text = sel_prompt_draw(&p, now);

				assert_non_null(text);
				assert_true(p.height <= (size_t)(rows > 1 ? rows : 1));
				for (const char *c = text; *c; c++)
					shown += *c == 'x' && p.from >= last;
				last = p.to;
				sel_prompt_drawn(&p, now);
				now += USEC_PER_SEC;
				e = press(&p, 'y', now);
				if (e == SEL_PROMPT_ALLOW) {
					if (shown < 590)
						fail_msg("%dx%d: allowed after %zu of 590", columns,
							 rows, shown);
					break;
				}
				if (p.too_small || p.to >= p.total)
					break;
				(void)press(&p, 'd', now);
			}
			sel_prompt_close(&p);
		}
	}
}

static void the_last_page_has_a_guard_of_its_own(void **state)
{
	struct sel_prompt p = opened(1, 8, 60);
	usec_t now = T0 + USEC_PER_SEC;

	(void)state;
	assert_int_equal(press(&p, 'y', now), SEL_PROMPT_REDRAW); /* says why not */
	while (p.to < p.total) {
		assert_int_equal(press(&p, 'd', now), SEL_PROMPT_REDRAW);
		draw(&p, now);
	}
	assert_int_equal(press(&p, 'y', now + 399 * MS), SEL_PROMPT_NOTHING);
	assert_int_equal(press(&p, 'y', now + 800 * MS), SEL_PROMPT_ALLOW);
	sel_prompt_close(&p);
}

static void a_changed_question_is_read_anew(void **state)
{
	struct sel_prompt p = opened(1, 24, 80);
	json_t *q = question(1, "/srv/out/file");
	usec_t now = T0 + 10 * USEC_PER_SEC;

	(void)state;
	/* what only ticks restarts nothing */
	(void)json_object_set_new(q, "waiting", json_integer(5));
	(void)json_object_set_new(q, "remaining_ms", json_integer(50000));
	sel_prompt_update(&p, q, now);
	assert_int_equal(press(&p, 'y', now), SEL_PROMPT_ALLOW);
	/* another object does */
	(void)press(&p, '2', now);
	(void)json_object_set_new(q, "object", json_string("/etc/passwd"));
	sel_prompt_update(&p, q, now);
	assert_int_equal(p.rung, 0);
	assert_int_equal(press(&p, 'y', now), SEL_PROMPT_NOTHING);
	draw(&p, now);
	assert_int_equal(press(&p, 'y', now + 399 * MS), SEL_PROMPT_NOTHING);
	assert_int_equal(press(&p, 'y', now + 800 * MS), SEL_PROMPT_ALLOW);
	json_decref(q);
	sel_prompt_close(&p);
}

static void the_answer_says_what_was_chosen(void **state)
{
	struct sel_prompt p = opened(1, 24, 80);
	usec_t now = T0 + 5 * USEC_PER_SEC;
	json_t *m;

	(void)state;
	(void)press(&p, '2', now);
	(void)press(&p, '9', now); /* no such rung */
	(void)press(&p, 't', now);
	m = sel_prompt_answer(&p, SEL_PROMPT_ALLOW, now);
	assert_int_equal(json_integer_value(json_object_get(m, "rung")), 4);
	assert_string_equal(json_string_value(json_object_get(m, "for")), "session");
	assert_int_equal(json_integer_value(json_object_get(m, "response_ms")), 5000);
	assert_null(json_object_get(m, "token"));
	json_decref(m);
	m = sel_prompt_answer(&p, SEL_PROMPT_DENY, now);
	assert_string_equal(json_string_value(json_object_get(m, "verdict")), "deny");
	assert_null(json_object_get(m, "rung"));
	assert_null(json_object_get(m, "for"));
	json_decref(m);
	sel_prompt_close(&p);
}

static void a_prompt_is_held_three_times_at_most(void **state)
{
	struct sel_prompt p = opened(1, 24, 80);
	int held = 0;

	(void)state;
	for (usec_t s = 0; s < 600; s++)
		held += sel_prompt_hold(&p, T0 + s * USEC_PER_SEC);
	assert_int_equal(held, 3);
	sel_prompt_close(&p);
}

static void a_question_without_its_shape_is_none(void **state)
{
	static const char *const needed[] = {"id", "op", "object", "tier", "rungs"};

	(void)state;
	for (size_t i = 0; i < SEL_N(needed); i++) {
		json_t *q = question(1, "/x");

		assert_true(sel_question_valid(q));
		(void)json_object_del(q, needed[i]);
		assert_false(sel_question_valid(q));
		(void)json_object_set_new(q, needed[i], json_integer(4));
		assert_false(sel_question_valid(q));
		json_decref(q);
	}
	assert_false(sel_question_valid(NULL));
}

static void hostile_text_is_escaped_once(void **state)
{
	static const struct {
		const char *in, *out;
	} row[] = {
		{"/plain/path", "/plain/path"},
		{"a\\x1b[2J", "a\\x1b[2J"}, /* escaped by the broker already */
		{"\\", "\\"},
	};
	char *safe;

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		safe = sel_safe(row[i].in, true);
		assert_string_equal(safe, row[i].out);
		free(safe);
	}
	safe = sel_safe("a\x1b[2J\nb\xff\xe2\x80\xae\xc3\xa9", true);
	assert_null(strpbrk(safe, "\x1b\n\xff"));
	assert_null(strstr(safe, "\xe2\x80\xae"));
	assert_non_null(strstr(safe, "\xc3\xa9"));
	free(safe);
	safe = sel_safe("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", false);
	assert_string_equal(safe, "\\u{E9}\\u{20AC}\\u{1F600}");
	free(safe);
}

static void a_folder_is_never_for_once(void **state)
{
	struct sel_prompt p = opened(1, 30, 80);
	usec_t now = T0 + USEC_PER_SEC;
	json_t *m;
	char *text;

	(void)state;
	(void)json_object_set_new(json_array_get(rungs_of(&p), 1), "kind", json_string("folder"));
	text = sel_prompt_draw(&p, now);
	assert_non_null(strstr(text, "[once]"));
	free(text);
	(void)press(&p, '2', now);
	text = sel_prompt_draw(&p, now);
	assert_non_null(strstr(text, "[session]"));
	free(text);
	m = sel_prompt_answer(&p, SEL_PROMPT_ALLOW, now);
	assert_string_equal(json_string_value(json_object_get(m, "for")), "session");
	json_decref(m);
	(void)press(&p, 't', now);
	m = sel_prompt_answer(&p, SEL_PROMPT_ALLOW, now);
	assert_string_equal(json_string_value(json_object_get(m, "for")), "30d");
	json_decref(m);
	sel_prompt_close(&p);
}

/* --- judgement ---------------------------------------------------------------------------------
 */

static struct sel_prompt opened_with(int tier, const char *key_name, json_t *value)
{
	struct sel_prompt p = {0};
	json_t *q = question(tier, "/srv/out/file");

	assert_int_equal(json_object_set_new(q, key_name, value), 0);
	sel_prompt_open(&p, q, 30, 80, T0);
	json_decref(q);
	draw(&p, T0);
	return p;
}

static void a_word_may_be_wanted_in_any_tier(void **state)
{
	(void)state;
	for (int tier = 1; tier <= 3; tier++) {
		struct sel_prompt p = opened_with(tier, "token", json_string("go"));
		usec_t now = T0 + 2 * USEC_PER_SEC;
		json_t *m;

		assert_int_equal(press(&p, 'y', now), SEL_PROMPT_REDRAW);
		assert_true(p.typing);
		(void)press(&p, 'g', now);
		assert_int_equal(key(&p, SEL_KEY_ENTER, '\r', now), SEL_PROMPT_REDRAW);
		(void)press(&p, 'g', now);
		(void)press(&p, 'o', now);
		assert_int_equal(key(&p, SEL_KEY_ENTER, '\r', now), SEL_PROMPT_ALLOW);
		m = sel_prompt_answer(&p, SEL_PROMPT_ALLOW, now);
		assert_string_equal(json_string_value(json_object_get(m, "token")), "go");
		json_decref(m);
		sel_prompt_close(&p);
	}
}

static void one_question_for_many_offers_its_own_words_only(void **state)
{
	struct sel_prompt p = opened_with(3, "kind", json_string("flood"));
	char *text;

	(void)state;
	(void)json_object_del(p.question, "token");
	(void)json_object_set_new(
		p.question, "words",
		json_pack("{s:s, s:s}", "allow", "ask\x1b[2J me one by one", "deny", "deny all"));
	(void)json_object_set_new(p.question, "terms", json_pack("[s]", "once"));
	text = sel_prompt_draw(&p, T0);
	assert_non_null(strstr(text, "y ask\\x1B[2J me one by one   n deny all"));
	assert_null(strstr(text, "this folder"));
	assert_null(strstr(text, "t how long"));
	free(text);
	sel_prompt_drawn(&p, T0);
	/* it allows nothing, so nothing has to be typed */
	assert_int_equal(press(&p, 'y', T0 + 2 * USEC_PER_SEC), SEL_PROMPT_ALLOW);
	sel_prompt_close(&p);
}

static void what_is_new_and_how_tired_one_is_come_first(void **state)
{
	struct sel_prompt p = opened_with(2, "headline", json_string("fatigue: TIRED\x1b[1m"));
	const char *order[] = {"seldom asks", "new: you denied it", "nearest approved: /srv/a",
			       "fatigue: TIRED\\x1B[1m", "wants to DELETE"};
	char *text, *at;

	(void)state;
	(void)json_object_set_new(p.question, "new", json_string("you denied it 2 min ago"));
	(void)json_object_set_new(p.question, "nearest", json_string("/srv/a"));
	text = at = sel_prompt_draw(&p, T0);
	for (size_t i = 0; i < SEL_N(order); i++) {
		at = strstr(at, order[i]);
		if (!at)
			fail_msg("'%s' is not in its place in:\n%s", order[i], text);
	}
	free(text);
	sel_prompt_close(&p);
}

static bool timed(struct sel_prompt *p, usec_t now)
{
	json_t *m = sel_prompt_answer(p, SEL_PROMPT_DENY, now);
	bool has = json_object_get(m, "response_ms") != NULL;

	json_decref(m);
	return has;
}

static void the_time_is_left_out_when_the_focus_was_lost(void **state)
{
	struct sel_prompt p = opened(1, 24, 80);

	(void)state;
	assert_true(timed(&p, T0 + USEC_PER_SEC));
	p.blurred = true;
	assert_false(timed(&p, T0 + USEC_PER_SEC));
	sel_prompt_close(&p);
}

static void work_on_a_question_is_told(void **state)
{
	static const struct {
		char c;
		bool expanded;
	} row[] = {{'1', false}, {'2', true}, {'t', true}, {'d', true}, {'?', false}};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		struct sel_prompt p = opened(1, 30, 80);
		json_t *m;

		(void)press(&p, row[i].c, T0 + USEC_PER_SEC);
		m = sel_prompt_answer(&p, SEL_PROMPT_DENY, T0 + 2 * USEC_PER_SEC);
		assert_int_equal(json_is_true(json_object_get(m, "expanded")), row[i].expanded);
		json_decref(m);
		sel_prompt_close(&p);
	}
}

/* --- bytes of the terminal -------------------------------------------------------------------- */

static void one_read_is_at_most_one_key(void **state)
{
	static const struct {
		const char *bytes;
		enum sel_key_kind kind;
		const char *why;
	} row[] = {
		{"y", SEL_KEY_CHAR, "a key"},
		{"\r", SEL_KEY_ENTER, "Enter"},
		{"\n", SEL_KEY_ENTER, "line feed"},
		{"\x7f", SEL_KEY_BACKSPACE, "Backspace"},
		{"\x03", SEL_KEY_CONTROL, "^C"},
		{"yy", SEL_KEY_DISCARDED, "two at once"},
		{"\xc3\xa9", SEL_KEY_DISCARDED, "a letter of two bytes"},
		{"\x1b", SEL_KEY_NONE, "Esc, or the beginning of something"},
		{"\x1b[", SEL_KEY_NONE, "the beginning of something"},
		{"\x1b[A", SEL_KEY_DISCARDED, "an arrow"},
		{"\x1b[Ay", SEL_KEY_DISCARDED, "an arrow and a key"},
		{"y\x1b", SEL_KEY_DISCARDED, "a key and a beginning"},
		{"\x1by", SEL_KEY_DISCARDED, "Alt and a key"},
		{"\x1b[200~", SEL_KEY_DISCARDED, "a paste begins"},
		{"\x1b[M yy", SEL_KEY_DISCARDED, "an old mouse report"},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		struct sel_keys k = {0};
		struct sel_key got = sel_keys_feed(&k, row[i].bytes, strlen(row[i].bytes), T0);

		if (got.kind != row[i].kind)
			fail_msg("%s: %d", row[i].why, got.kind);
	}
}

/* Cut anywhere, byte by byte, no sequence and no paste becomes a key. */
static void sequences_cut_anywhere_are_no_keys(void **state)
{
	static const char *const sequences[] = {
		"\x1b[A",	"\x1bOy",	"\x1by",
		"\x1b[M yn",	"\x1b[<0;1;1M", "\x1b[200~yyyy\ryy\x1b[201~",
		"\x1b]0;y\x07", "\x1bPy\x1b\\", "\x1b\x1b[A",
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(sequences); i++) {
		struct sel_keys k = {0};
		size_t n = strlen(sequences[i]);

		for (size_t at = 0; at < n; at++) {
			struct sel_key got = sel_keys_feed(&k, sequences[i] + at, 1, T0);

			if (got.kind == SEL_KEY_CHAR)
				fail_msg("sequence %zu: byte %zu became a key", i, at);
		}
	}
}

static void a_lone_escape_needs_time(void **state)
{
	struct sel_keys k = {0};

	(void)state;
	(void)sel_keys_feed(&k, "\x1b", 1, T0);
	assert_int_equal(sel_keys_tick(&k, T0 + SEL_ESC_USEC - 1).kind, SEL_KEY_NONE);
	assert_int_equal(sel_keys_tick(&k, T0 + SEL_ESC_USEC).kind, SEL_KEY_ESCAPE);
	assert_int_equal(sel_keys_feed(&k, "y", 1, T0 + SEL_ESC_USEC).kind, SEL_KEY_CHAR);
}

static void focus_is_followed(void **state)
{
	struct sel_keys k = {0};

	(void)state;
	(void)sel_keys_feed(&k, "\x1b[O", 3, T0);
	assert_true(k.unfocused);
	(void)sel_keys_feed(&k, "\x1b[I", 3, T0);
	assert_false(k.unfocused);
}

static void the_output_s_modes_are_followed_across_cuts(void **state)
{
	static const char out[] = "x\x1b[?1;1049;2004h\x1b]0;[?47l\x07\x1b[?1004hy\n";
	struct sel_screen s = {0};

	(void)state;
	for (size_t i = 0; i < sizeof out - 1; i++)
		sel_screen_feed(&s, out + i, 1);
	assert_true(s.alternate && s.paste && s.focus);
	assert_false(s.midline);
	sel_screen_feed(&s, "\x1b[?1049lz", 9);
	assert_false(s.alternate);
	assert_true(s.midline && s.paste);
	sel_screen_feed(&s,
			"\x1b"
			"c",
			2);
	assert_false(s.paste || s.focus);
	sel_screen_feed(&s, "\x1b]0;never ended", 15);
	assert_int_not_equal(s.state, SEL_SCAN_GROUND);
	sel_screen_feed(&s, "\x18", 1);
	assert_int_equal(s.state, SEL_SCAN_GROUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_key_decides_inside_the_guard),
		cmocka_unit_test(nothing_counts_before_it_is_on_the_screen),
		cmocka_unit_test(hands_that_keep_typing_stay_guarded),
		cmocka_unit_test(every_byte_but_y_allows_nothing),
		cmocka_unit_test(a_tier_3_is_allowed_by_its_word_only),
		cmocka_unit_test(a_denial_takes_a_note_along),
		cmocka_unit_test(a_tier_3_without_a_word_cannot_be_allowed),
		cmocka_unit_test(what_was_not_shown_cannot_be_allowed_at_any_size),
		cmocka_unit_test(the_last_page_has_a_guard_of_its_own),
		cmocka_unit_test(a_changed_question_is_read_anew),
		cmocka_unit_test(the_answer_says_what_was_chosen),
		cmocka_unit_test(a_prompt_is_held_three_times_at_most),
		cmocka_unit_test(a_question_without_its_shape_is_none),
		cmocka_unit_test(a_folder_is_never_for_once),
		cmocka_unit_test(a_word_may_be_wanted_in_any_tier),
		cmocka_unit_test(one_question_for_many_offers_its_own_words_only),
		cmocka_unit_test(what_is_new_and_how_tired_one_is_come_first),
		cmocka_unit_test(the_time_is_left_out_when_the_focus_was_lost),
		cmocka_unit_test(work_on_a_question_is_told),
		cmocka_unit_test(hostile_text_is_escaped_once),
		cmocka_unit_test(one_read_is_at_most_one_key),
		cmocka_unit_test(sequences_cut_anywhere_are_no_keys),
		cmocka_unit_test(a_lone_escape_needs_time),
		cmocka_unit_test(focus_is_followed),
		cmocka_unit_test(the_output_s_modes_are_followed_across_cuts),
	};

	(void)setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
