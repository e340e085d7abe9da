/* What programs say that they do: what is read of it, and whose question it belongs to. */
#include "ask/claim.h"

#include "test.h"

#include <stdio.h>

static int parse(const char *text, struct sel_claim *ret)
{
	return sel_claim_parse(text, strlen(text), ret);
}

static void it_is_read_as_safe_text(void **state)
{
	struct sel_claim c = {0};

	(void)state;
	assert_int_equal(parse("{\"tool\":\"Bash\",\"text\":\"npm install\",\"more\":1}", &c), 0);
	assert_string_equal(c.tool, "Bash");
	assert_string_equal(c.text, "npm install");
	assert_int_equal(parse("{\"tool\":\"B\\u001b[2J\",\"text\":\"a\\u202eb\\nc\"}", &c), 0);
	assert_string_equal(c.tool, "B\\x1B[2J");
	assert_string_equal(c.text, "a\\u{202E}b\\x0Ac");
}

static void what_is_no_claim_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"x",
		"[]",
		"{}",
		"{\"tool\":\"Bash\"}",
		"{\"text\":\"x\"}",
		"{\"tool\":\"\",\"text\":\"x\"}",
		"{\"tool\":1,\"text\":\"x\"}",
		"{\"tool\":\"a\",\"text\":[\"x\"]}",
		"{\"tool\":\"a\",\"tool\":\"b\",\"text\":\"x\"}",
		"{\"tool\":\"a\",\"text\":\"\\u0000\"}",
		"{\"tool\":\"a\",\"text\":\"\xff\"}",
		"{\"tool\":\"a\",\"text\":\"x\",\"y\":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}",
	};
	struct sel_claim c;

	(void)state;
	for (size_t i = 0; i < SEL_N(bad); i++)
		assert_true(parse(bad[i], &c) < 0);
}

static void it_has_an_end(void **state)
{
	char text[SEL_CLAIM_MAX + 64];
	struct sel_claim c;
	int head = snprintf(text, sizeof text, "{\"tool\":\"Bash\",\"text\":\"");

	(void)state;
	memset(text + head, 'x', sizeof text - (size_t)head);
	memcpy(text + SEL_CLAIM_MAX - 2, "\"}", 2);
	assert_int_equal(sel_claim_parse(text, SEL_CLAIM_MAX, &c), 0);
	assert_in_range(strlen(c.text), 100, SEL_CLAIM_COLUMNS + 2);
	memset(text + SEL_CLAIM_MAX - 2, 'x', 2);
	memcpy(text + SEL_CLAIM_MAX - 1, "\"}", 2);
	assert_int_equal(sel_claim_parse(text, SEL_CLAIM_MAX + 1, &c), -EMSGSIZE);
}

/* 10 is the agent, 20 its hook's shell, 30 the sender; 9 the shell that started the agent. */
static pid_t dead[8];
static bool alive(const struct sel_process *p)
{
	for (size_t i = 0; i < SEL_N(dead); i++)
		if (dead[i] == p->pid)
			return false;
	return true;
}
static void kill_all(pid_t a, pid_t b, pid_t c)
{
	memset(dead, 0, sizeof dead);
	dead[0] = a;
	dead[1] = b;
	dead[2] = c;
}

static struct sel_claim said(const char *text, usec_t at)
{
	struct sel_claim c = {
		.chain = {{30, 300}, {20, 200}, {10, 100}, {9, 90}}, .n_chain = 4, .at = at};

	(void)snprintf(c.tool, sizeof c.tool, "Bash");
	(void)snprintf(c.text, sizeof c.text, "%s", text);
	return c;
}

static const struct sel_process tool[] = {{41, 410}, {40, 400}, {10, 100}, {9, 90}},
				other[] = {{50, 500}, {9, 90}}, later[] = {{41, 410}, {10, 999}};
#define NOW (1000 * USEC_PER_SEC)

static const char *found(const struct sel_claims *c, const struct sel_process *chain, size_t n,
			 usec_t now)
{
	const struct sel_claim *claim = sel_claims_match(c, chain, n, alive, now);

	return claim ? claim->text : "";
}

static void it_belongs_to_what_the_agent_started(void **state)
{
	struct sel_claims c = {0};
	struct sel_claim first = said("first", NOW), second = said("second", NOW);

	(void)state;
	kill_all(20, 30, 0);
	assert_string_equal(found(&c, tool, 4, NOW), "");
	sel_claims_add(&c, &first);
	assert_string_equal(found(&c, tool, 4, NOW), "first");
	assert_string_equal(found(&c, other, 2, NOW), "");
	assert_string_equal(found(&c, later, 2, NOW), ""); /* the number is another's now */
	sel_claims_add(&c, &second);
	assert_string_equal(found(&c, tool, 4, NOW), "second");
	assert_string_equal(found(&c, tool, 4, NOW + SEL_CLAIM_AGE_MAX), "second");
	assert_string_equal(found(&c, tool, 4, NOW + SEL_CLAIM_AGE_MAX + 1), "");
}

static void while_the_hook_is_there_it_is_the_hooks(void **state)
{
	static const struct sel_process below_hook[] = {{60, 600}, {20, 200}, {10, 100}};
	struct sel_claims c = {0};
	struct sel_claim first = said("first", NOW);

	(void)state;
	kill_all(30, 0, 0);
	sel_claims_add(&c, &first);
	assert_string_equal(found(&c, tool, 4, NOW), "");
	assert_string_equal(found(&c, below_hook, 3, NOW), "first");
}

static void it_ends_with_the_agent(void **state)
{
	struct sel_claims c = {0};
	struct sel_claim first = said("first", NOW);

	(void)state;
	kill_all(20, 30, 0);
	sel_claims_add(&c, &first);
	sel_claims_settle(&c, alive, NOW + SEL_CLAIM_HOOK_TIME - 1);
	assert_false(c.item[0].settled);
	sel_claims_settle(&c, alive, NOW + SEL_CLAIM_HOOK_TIME);
	assert_true(c.item[0].settled);
	assert_string_equal(found(&c, tool, 4, NOW), "first");
	kill_all(20, 30, 10);
	assert_string_equal(found(&c, other, 2, NOW), "");
	assert_string_equal(found(&c, tool, 4, NOW), "");
}

static void few_are_kept(void **state)
{
	struct sel_claims c = {0};
	struct sel_claim one = said("honest", NOW), chainless = said("chainless", NOW);

	(void)state;
	kill_all(20, 30, 0);
	chainless.n_chain = 0;
	sel_claims_add(&c, &chainless);
	assert_int_equal(c.n, 0);
	chainless.n_chain = SEL_CLAIM_CHAIN + 1;
	sel_claims_add(&c, &chainless);
	assert_int_equal(c.n, 0);
	sel_claims_add(&c, &one);
	for (size_t i = 0; i < SEL_CLAIMS_MAX; i++) {
		one = said("flood", NOW);
		one.chain[2].pid = 70;
		assert_string_equal(found(&c, tool, 4, NOW), "honest");
		sel_claims_add(&c, &one);
	}
	assert_string_equal(found(&c, tool, 4, NOW), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_read_as_safe_text),
		cmocka_unit_test(what_is_no_claim_is_refused),
		cmocka_unit_test(it_has_an_end),
		cmocka_unit_test(it_belongs_to_what_the_agent_started),
		cmocka_unit_test(while_the_hook_is_there_it_is_the_hooks),
		cmocka_unit_test(it_ends_with_the_agent),
		cmocka_unit_test(few_are_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
