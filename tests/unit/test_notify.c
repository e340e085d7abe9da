/* Which bubbles are shown, and which presses are answers. */
#include "plan.h"
#include "test.h"

#include <stdio.h>

#define MSEC USEC_PER_MSEC
#define SEC  USEC_PER_SEC

static const struct sel_server able = {.actions = true, .body = true, .markup = true};

struct fixture {
	struct sel_plan *plan;
	usec_t now;
	struct sel_step step; /* the last one */
};

static json_t *question(unsigned n, int tier)
{
	return json_pack("{s:o,s:s,s:i,s:s,s:s,s:{s:i,s:s,s:s,s:[s],s:s},s:s,s:s,s:[{s:i,s:s,s:s,s:"
			 "s,s:s,s:i},"
			 "{s:i,s:s,s:s,s:s,s:s,s:i}],s:i,s:i,s:i,s:i,s:[s,s]}",
			 "id", json_sprintf("s.%u", n), "session", "s", "tier", tier, "op",
			 "create", "object", "/srv/a", "who", "pid", 7, "comm", "pip", "exe",
			 "/usr/bin/pip", "chain", "bash", "cwd", "/home", "new", "first",
			 "consequence", "can be undone", "rungs", "n", 1, "kind", "folder", "label",
			 "folder", "object", "/srv", "exposes", "", "covers", 2, "n", 0, "kind",
			 "file", "label", "file", "object", "/srv/a", "exposes", "", "covers", 1,
			 "recommended", 1, "preselected", 1, "waiting", 1, "remaining_ms", 300000,
			 "terms", "once", "session");
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	*state = f;
	if (!f)
		return -1;
	f->now = 1000 * SEC;
	f->plan = sel_plan_new();
	return f->plan ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	sel_bubble_done(&f->step.bubble);
	sel_plan_free(f->plan);
	free(f);
	return 0;
}

static void ask(struct fixture *f, unsigned n, int tier)
{
	sel_plan_question(f->plan, "s", question(n, tier), f->now);
}

/* One step, not done yet. */
static enum sel_step_kind next(struct fixture *f)
{
	sel_bubble_done(&f->step.bubble);
	sel_plan_next(f->plan, &able, true, f->now, &f->step);
	return f->step.kind;
}

static void done(struct fixture *f, bool ok)
{
	sel_plan_done(f->plan, &f->step, ok, f->now);
}

/* All steps there are now; the number of bubbles shown. */
static int settle(struct fixture *f)
{
	int shown = 0;

	while (next(f) != SEL_STEP_NONE) {
		shown += f->step.kind == SEL_STEP_SHOW;
		done(f, true);
	}
	return shown;
}

static struct sel_press press(struct fixture *f, const char *key, unsigned revision,
			      const char *what)
{
	struct sel_press p;

	sel_plan_pressed(f->plan, key, revision, what, f->now, &p);
	f->now += p.kind == SEL_PRESS_NONE ? SEL_PRESSED_GAP_USEC : 0;
	return p;
}

/* A question that has stood in its bubble for the guard time; its revision. */
static unsigned shown(struct fixture *f, unsigned n, int tier)
{
	unsigned revision;

	ask(f, n, tier);
	f->now += SEL_GRACE_USEC;
	assert_int_equal(next(f), SEL_STEP_SHOW);
	revision = f->step.revision;
	done(f, true);
	f->now += SEL_GUARD_USEC;
	return revision;
}

static void waits_before_it_disturbs(void **state)
{
	struct fixture *f = *state;

	ask(f, 1, 1);
	assert_int_equal(settle(f), 0);
	f->now += SEL_GRACE_USEC - 1;
	assert_int_equal(settle(f), 0);
	assert_int_equal(sel_plan_wait(f->plan, f->now), 1);
	f->now += 1;
	assert_int_equal(settle(f), 1);
	assert_int_equal(sel_plan_wait(f->plan, f->now), USEC_INFINITY);
	ask(f, 2, 1);
	sel_plan_closed(f->plan, "s.2");
	f->now += 10 * SEC;
	assert_int_equal(settle(f), 0);
}

static void a_press_counts_after_the_guard_time(void **state)
{
	static const struct {
		usec_t after;
		enum sel_press_kind kind;
		const char *why;
	} rows[] = {{0, SEL_PRESS_NONE, "at once"},
		    {SEL_GUARD_USEC - 1, SEL_PRESS_NONE, "just before"},
		    {SEL_GUARD_USEC, SEL_PRESS_ANSWER, "just after"}};
	struct fixture *f = *state;

	for (unsigned i = 0; i < SEL_N(rows); i++) {
		unsigned revision = shown(f, i + 1, 1);
		struct sel_press p;

		f->now += rows[i].after - SEL_GUARD_USEC;
		p = press(f, f->step.key, revision, "allow");
		if (p.kind != rows[i].kind)
			fail_msg("%s", rows[i].why);
		/* what was no answer is shown again */
		assert_int_equal(settle(f), rows[i].kind == SEL_PRESS_NONE);
		sel_plan_left(f->plan, "s");
		(void)settle(f);
		f->now += SEL_RATE_USEC;
	}
}

/* The desk may tell of it with delay: the time is that of the press, which can even be before the
 * time at which we heard that the bubble is there. */
static void a_press_before_the_bubble_is_known_is_none(void **state)
{
	struct fixture *f = *state;
	unsigned revision = shown(f, 1, 1);
	struct sel_press p;

	sel_plan_pressed(f->plan, "s.1", revision, "allow", f->now - SEL_GUARD_USEC - 1, &p);
	assert_int_equal(p.kind, SEL_PRESS_NONE);
	assert_int_equal(next(f), SEL_STEP_SHOW); /* canary */
	done(f, true);
	sel_plan_pressed(f->plan, "s.1", f->step.revision, "allow", f->now + SEL_GUARD_USEC, &p);
	assert_int_equal(p.kind, SEL_PRESS_ANSWER);
}

/* How often it is shown in a minute by a server that presses all that it is shown. */
static int shows_pressed(struct fixture *f)
{
	int shows = 0;

	for (usec_t end = f->now + 60 * SEC; f->now < end; f->now += 10 * MSEC) {
		struct sel_press p;

		if (next(f) != SEL_STEP_SHOW)
			continue;
		shows++;
		done(f, true);
		sel_plan_pressed(f->plan, f->step.key, f->step.revision, "allow", f->now, &p);
		assert_int_equal(p.kind, SEL_PRESS_NONE);
	}
	return shows;
}

static void a_server_that_always_presses_is_shown_less_and_less(void **state)
{
	struct fixture *f = *state;

	(void)shown(f, 1, 1);
	assert_int_equal(shows_pressed(f), 0);
	(void)press(f, "s.1", 0, "allow");
	assert_in_range(shows_pressed(f), 3, 12);
	sel_plan_left(f->plan, "s");
	(void)settle(f);
	for (unsigned i = 2; i <= 11; i++)
		ask(f, i, 1);
	assert_in_range(shows_pressed(f), 3, 20); /* the one of all others */
}

static void an_allow_is_the_narrowest_once(void **state)
{
	struct fixture *f = *state;
	struct sel_press p = press(f, "s.1", shown(f, 1, 2), "allow");

	assert_int_equal(p.kind, SEL_PRESS_ANSWER);
	assert_true(p.reply.allow);
	assert_int_equal(p.reply.rung, 0); /* not the preselected one */
	assert_int_equal(p.reply.term, SEL_FOR_ONCE);
	assert_int_equal(p.reply.response_ms, SEL_GUARD_USEC / MSEC);
	assert_string_equal(p.session, "s");
	/* a second press, or a third, answers nothing */
	assert_int_equal(press(f, "s.1", 1, "allow").kind, SEL_PRESS_NONE);
	assert_int_equal(press(f, "s.1", 1, "deny").kind, SEL_PRESS_NONE);
}

static void an_old_bubble_tells_no_time(void **state)
{
	struct fixture *f = *state;
	unsigned revision = shown(f, 1, 1);

	f->now += SEL_RESPONSE_MAX_USEC;
	assert_int_equal(press(f, "s.1", revision, "deny").reply.response_ms, -1);
}

static void a_change_makes_old_presses_void(void **state)
{
	struct fixture *f = *state;
	unsigned revision = shown(f, 1, 1), later;
	json_t *changed = question(1, 1);
	struct sel_press p;

	(void)json_object_set_new(changed, "waiting", json_integer(9));
	sel_plan_question(f->plan, "s", changed, f->now);
	f->now += 10 * SEC;
	assert_int_equal(settle(f), 0); /* one that waits longer reads the same */

	changed = question(1, 1);
	(void)json_object_set_new(changed, "object", json_string("/etc/passwd"));
	sel_plan_question(f->plan, "s", changed, f->now);
	assert_int_equal(press(f, "s.1", revision, "allow").kind, SEL_PRESS_NONE);
	assert_int_equal(next(f), SEL_STEP_SHOW);
	later = f->step.revision;
	assert_true(later != revision);
	done(f, true);
	f->now += SEL_GUARD_USEC;
	assert_int_equal(press(f, "s.1", revision, "allow").kind, SEL_PRESS_NONE);
	f->now += SEL_PRESSED_GAP_USEC;
	assert_int_equal(next(f), SEL_STEP_SHOW);
	later = f->step.revision;
	done(f, true);
	f->now += SEL_GUARD_USEC;
	p = press(f, "s.1", later, "deny");
	assert_int_equal(p.kind, SEL_PRESS_ANSWER);
}

static void what_is_not_offered_is_no_answer(void **state)
{
	static const struct {
		int tier;
		const char *key, *value, *what;
		bool answers;
	} rows[] = {
		{3, NULL, NULL, "allow", false},	{3, NULL, NULL, "deny", false},
		{2, "token", "anchor", "allow", false}, {2, "token", "anchor", "deny", true},
		{1, "detail", "+ rm", "allow", false},	{1, "detail", "+ rm", "deny", true},
		{1, NULL, NULL, "rm -rf", false},	{1, NULL, NULL, "", false},
		{1, NULL, NULL, "allow", true},
	};
	struct fixture *f = *state;

	for (unsigned i = 0; i < SEL_N(rows); i++) {
		json_t *q = question(i + 1, rows[i].tier);
		char id[48];

		if (rows[i].key)
			(void)json_object_set_new(q, rows[i].key, json_string(rows[i].value));
		sel_plan_question(f->plan, "s", q, f->now);
		f->now += SEL_GRACE_USEC;
		assert_int_equal(next(f), SEL_STEP_SHOW);
		(void)snprintf(id, sizeof id, "%s", f->step.key);
		done(f, true);
		f->now += SEL_GUARD_USEC;
		if ((press(f, id, f->step.revision, rows[i].what).kind == SEL_PRESS_ANSWER) !=
		    rows[i].answers)
			fail_msg("row %u", i);
		sel_plan_left(f->plan, "s");
		(void)settle(f);
		f->now += SEL_RATE_USEC;
	}
}

static void a_burst_is_one_bubble(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 1; i <= 200; i++) {
		ask(f, i, i == 7 ? 3 : 1);
		f->now += 10 * MSEC;
	}
	f->now += SEL_GRACE_USEC;
	assert_int_equal(next(f), SEL_STEP_SHOW);
	assert_string_equal(f->step.key, SEL_KEY_MANY);
	assert_string_equal(f->step.bubble.title, "seldom: 200 questions wait");
	assert_non_null(strstr(f->step.bubble.body, "1 of them is grave"));
	assert_null(f->step.bubble.allow);
	assert_null(f->step.bubble.deny);
	done(f, true);
	ask(f, 201, 1);
	f->now += SEL_GRACE_USEC;
	assert_int_equal(settle(f), 0); /* not more often than that */
	f->now += SEL_MANY_GAP_USEC;
	assert_int_equal(settle(f), 1);
	assert_int_equal(press(f, SEL_KEY_MANY, 0, "allow").kind, SEL_PRESS_NONE);
	(void)settle(f);
	f->now += SEL_MANY_GAP_USEC;
	assert_int_equal(press(f, SEL_KEY_MANY, 0, "open").kind, SEL_PRESS_OPEN);
	assert_int_equal(settle(f), 0);
	/* who looked at all of them is told of the next one alone */
	ask(f, 202, 1);
	f->now += SEL_GRACE_USEC;
	assert_int_equal(next(f), SEL_STEP_SHOW);
	assert_string_equal(f->step.key, "s.202");
}

static void bubbles_are_rare(void **state)
{
	struct fixture *f = *state;
	int single = 0;

	for (unsigned i = 1; i <= 20; i++) {
		ask(f, i, 1);
		f->now += SEL_GRACE_USEC;
		while (next(f) != SEL_STEP_NONE) {
			single += f->step.kind == SEL_STEP_SHOW &&
				  strcmp(f->step.key, SEL_KEY_MANY) != 0;
			done(f, true);
		}
		sel_plan_left(f->plan, "s");
	}
	assert_int_equal(single, SEL_RATE_MAX);
}

static void what_ends_while_it_is_shown_is_closed(void **state)
{
	struct fixture *f = *state;

	ask(f, 1, 1);
	f->now += SEL_GRACE_USEC;
	assert_int_equal(next(f), SEL_STEP_SHOW);
	sel_plan_closed(f->plan, "s.1");
	assert_int_equal(sel_plan_count(f->plan), 0);
	done(f, true);
	assert_int_equal(next(f), SEL_STEP_CLOSE);
	assert_string_equal(f->step.key, "s.1");
	done(f, true);
	assert_int_equal(next(f), SEL_STEP_NONE);
}

static void a_server_that_refuses_is_let_alone(void **state)
{
	struct fixture *f = *state;
	int tries = 0;

	ask(f, 1, 1);
	for (int i = 0; i < 100; i++) {
		f->now += SEC;
		if (next(f) == SEL_STEP_SHOW) {
			tries++;
			done(f, false);
		}
	}
	assert_int_equal(tries, 3);
}

static void a_new_server_shows_what_waits(void **state)
{
	struct fixture *f = *state;
	unsigned revision = shown(f, 1, 1);

	sel_plan_lost(f->plan, f->now);
	assert_int_equal(press(f, "s.1", revision, "allow").kind, SEL_PRESS_NONE);
	assert_int_equal(settle(f), 1);
}

static void what_was_closed_stays_closed(void **state)
{
	struct fixture *f = *state;
	unsigned revision = shown(f, 1, 1);
	json_t *changed = question(1, 1);

	sel_plan_gone(f->plan, "s.1", revision + 1); /* of another one */
	assert_int_equal(press(f, "s.1", revision + 1, "nothing").kind, SEL_PRESS_NONE);
	assert_int_equal(next(f), SEL_STEP_SHOW);
	revision = f->step.revision;
	done(f, true);
	sel_plan_gone(f->plan, "s.1", revision);
	(void)json_object_set_new(changed, "object", json_string("/srv/b"));
	sel_plan_question(f->plan, "s", changed, f->now);
	f->now += 60 * SEC;
	assert_int_equal(settle(f), 0);
	assert_int_equal(sel_plan_count(f->plan), 1);
}

static void a_refused_answer_is_asked_again_without_an_allow(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(press(f, "s.1", shown(f, 1, 1), "allow").kind, SEL_PRESS_ANSWER);
	sel_plan_result(f->plan, "s.2", false, "another's", f->now);
	sel_plan_result(f->plan, "s.1", false, "no <b>way</b>", f->now);
	/* the bubble that was pressed is not closed but replaced */
	assert_int_equal(next(f), SEL_STEP_SHOW);
	assert_null(f->step.bubble.allow);
	assert_non_null(f->step.bubble.deny);
	assert_non_null(strstr(f->step.bubble.body, "not answered: no &lt;b&gt;way"));
	done(f, true);
	f->now += SEL_GUARD_USEC;
	assert_int_equal(press(f, "s.1", f->step.revision, "allow").kind, SEL_PRESS_NONE);
}

static void terminals_are_not_opened_without_end(void **state)
{
	struct fixture *f = *state;
	int opened = 0;

	(void)shown(f, 1, 1);
	ask(f, 2, 1);
	f->now += SEL_GRACE_USEC;
	(void)settle(f);
	for (int i = 0; i < 100; i++) {
		struct sel_press p;

		sel_plan_pressed(f->plan, i % 2 ? "s.1" : "s.2", 0, "open", f->now, &p);
		opened += p.kind == SEL_PRESS_OPEN;
		(void)settle(f);
		f->now += 9 * MSEC;
	}
	assert_int_equal(opened, 1);
}

static void a_question_of_another_session_is_none(void **state)
{
	struct fixture *f = *state;

	sel_plan_question(f->plan, "other", question(1, 1), f->now);
	sel_plan_question(f->plan, "s", json_pack("{s:s}", "id", "s.1"), f->now);
	sel_plan_question(f->plan, "s", NULL, f->now);
	assert_int_equal(sel_plan_count(f->plan), 0);
}

/* Text that a server could read as markup, and text that is too long to be read. */
static void bubbles_are_text(void **state)
{
	static const struct sel_server plain = {.actions = true, .body = true};
	struct fixture *f = *state;
	json_t *q = question(1, 1);
	struct sel_question parsed;
	struct sel_bubble b;
	char path[600];

	(void)f;
	(void)json_object_set_new(q, "object", json_string("/<b>&amp;</b>"));
	assert_int_equal(sel_question_parse(q, "s", &parsed), 0);
	assert_int_equal(sel_bubble_question(&parsed, &able, NULL, false, true, &b), 0);
	assert_non_null(strstr(b.body, "/&lt;b&gt;&amp;amp;&lt;/b&gt;"));
	assert_non_null(b.allow);
	sel_bubble_done(&b);
	assert_int_equal(sel_bubble_question(&parsed, &plain, NULL, false, true, &b), 0);
	assert_non_null(strstr(b.body, "/<b>&amp;</b>"));
	sel_bubble_done(&b);
	assert_int_equal(sel_bubble_question(&parsed, &(struct sel_server){.body = true}, NULL,
					     false, true, &b),
			 0);
	assert_null(b.allow);
	assert_null(b.deny);
	assert_false(b.open);
	assert_non_null(strstr(b.body, "run in a terminal: seldom"));
	sel_bubble_done(&b);
	sel_question_done(&parsed);

	memset(path, 'x', sizeof path - 1);
	path[0] = '/';
	path[sizeof path - 1] = '\0';
	for (size_t n = SEL_BUBBLE_LINE; n < SEL_BUBBLE_LINE + 2; n++) {
		q = question(1, 1);
		(void)json_object_set_new(q, "object", json_stringn(path, n));
		assert_int_equal(sel_question_parse(q, "s", &parsed), 0);
		assert_true(!sel_bubble_allow_off(&parsed, &able) == (n <= SEL_BUBBLE_LINE));
		sel_question_done(&parsed);
	}
}

/* Whatever comes in whatever order: few bubbles, and each answer is to what stood there. */
static void any_history_keeps_the_rules(void **state)
{
	static const char *const what[] = {"allow", "deny", "open", "x"};
	struct fixture *f = *state;
	static bool up[10000]; /* by id: the server shows it */
	usec_t since[10000] = {0};
	unsigned revision[10000] = {0};
	bool many = false;
	unsigned asked = 0, answers = 0;
	uint32_t random = 7;

	for (int i = 0; i < 100000; i++) {
		unsigned n, bubbles = 0, answered = 0;
		char id[16];

		random ^= random << 13;
		random ^= random >> 17;
		random ^= random << 5;
		n = asked ? 1 + (random >> 8) % asked : 1;
		n = asked > 5 && (random & 192) ? asked - (random >> 8) % 3 : n;
		(void)snprintf(id, sizeof id, "s.%u", n);
		f->now += (random >> 20) % 1500 * MSEC;
		switch ((random >> 4) % 8) {
		case 0:
			if (asked >= SEL_N(up) - 1)
				break;
			ask(f, ++asked, (int)(random >> 28) % 4);
			/* every question has an end; now and then some come together */
			for (unsigned old = random % 16 ? 3 : 8; old < 12 && old < asked; old++) {
				(void)snprintf(id, sizeof id, "s.%u", asked - old);
				sel_plan_closed(f->plan, id);
			}
			break;
		case 1:
			if (random % 8 == 0)
				sel_plan_closed(f->plan, id);
			break;
		case 2: {
			json_t *q = question(n, 1);

			(void)json_object_set_new(q, "object", json_sprintf("/%d", i));
			if (up[n]) /* an id that is gone never comes back */
				sel_plan_question(f->plan, "s", json_incref(q), f->now);
			json_decref(q);
			break;
		}
		case 3: {
			const char *action = what[(random >> 16) % 4];
			struct sel_press p =
				up[n] ? press(f, id, revision[n], action) : (struct sel_press){0};

			if (p.kind == SEL_PRESS_ANSWER) {
				answered = 1;
				assert_true(up[n]);
				assert_true(f->now - since[n] >= SEL_GUARD_USEC);
				assert_true(p.reply.allow == (strcmp(action, "allow") == 0));
			}
			if (up[n] && (random & 512)) /* some servers take away what is pressed */
				sel_plan_gone(f->plan, id, revision[n]), up[n] = false;
			break;
		}
		case 4:
			if (random % 8)
				break;
			sel_plan_gone(f->plan, id, revision[n]);
			up[n] = false;
			break;
		default:
			if (next(f) == SEL_STEP_NONE)
				break;
			done(f, true);
			if (strcmp(f->step.key, SEL_KEY_MANY) == 0) {
				many = f->step.kind == SEL_STEP_SHOW;
			} else {
				n = (unsigned)atoi(f->step.key + 2);
				up[n] = f->step.kind == SEL_STEP_SHOW;
				since[n] = f->now;
				revision[n] = f->step.revision;
			}
			for (unsigned k = 1; k <= asked; k++)
				bubbles += up[k];
			if (f->step.kind == SEL_STEP_SHOW)
				assert_true(bubbles + many <= SEL_BUBBLES_MAX + 1);
		}
		answers += answered;
	}
	if (answers <= 20)
		fail_msg("%u answers", answers); /* or nothing was tried */
	sel_plan_left(f->plan, "s");
	(void)settle(f);
	assert_int_equal(sel_plan_count(f->plan), 0);
	assert_int_equal(sel_plan_wait(f->plan, f->now), USEC_INFINITY);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(waits_before_it_disturbs),
		T(a_press_counts_after_the_guard_time),
		T(a_press_before_the_bubble_is_known_is_none),
		T(a_server_that_always_presses_is_shown_less_and_less),
		T(an_allow_is_the_narrowest_once),
		T(an_old_bubble_tells_no_time),
		T(a_change_makes_old_presses_void),
		T(what_is_not_offered_is_no_answer),
		T(a_burst_is_one_bubble),
		T(bubbles_are_rare),
		T(what_ends_while_it_is_shown_is_closed),
		T(a_server_that_refuses_is_let_alone),
		T(a_new_server_shows_what_waits),
		T(what_was_closed_stays_closed),
		T(a_refused_answer_is_asked_again_without_an_allow),
		T(terminals_are_not_opened_without_end),
		T(a_question_of_another_session_is_none),
		T(bubbles_are_text),
		T(any_history_keeps_the_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
