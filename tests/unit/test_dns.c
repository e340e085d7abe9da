/* The stub resolver: which questions get an address, which nothing, which a refusal. */
#include "test.h"

#include "egress/dns.h"

#include <arpa/inet.h>
#include <stdio.h>

static uint8_t query[1024], answer[SEL_DNS_MAX];
static size_t query_n;
static ssize_t answer_n;
static char name[SEL_NAME_MAX];
static struct sel_synth *synth;

static bool known(void *ctx, const char *canonical)
{
	(void)ctx;
	return strchr(canonical, '.') ? strcmp(canonical, "unknown.test") != 0
				      : strcmp(canonical, "granted") == 0;
}

static void add(const void *p, size_t n)
{
	memcpy(query + query_n, p, n);
	query_n += n;
}

static void add16(unsigned v)
{
	add((uint8_t[]){(uint8_t)(v >> 8), (uint8_t)v}, 2);
}

static void head(unsigned flags, unsigned questions, unsigned additional)
{
	query_n = 0;
	add16(0xbeef);
	add16(flags);
	add16(questions);
	add16(0);
	add16(0);
	add16(additional);
}

static void add_name(const char *text)
{
	while (*text) {
		size_t n = strcspn(text, ".");

		add((uint8_t[]){(uint8_t)n}, 1);
		add(text, n);
		text += n + (text[n] == '.');
	}
	add("", 1);
}

static void ask(const char *text, unsigned type)
{
	head(0x0100, 1, 0);
	add_name(text);
	add16(type);
	add16(1);
}

static void add_opt(unsigned version, const void *options, size_t n)
{
	query[11] = 1;
	add("", 1);
	add16(41);
	add16(4096);
	add16(version);
	add16(0x8000); /* DO */
	add16((unsigned)n);
	add(options, n);
}

static int reply(void)
{
	/* Of its exact size: a read beyond it is seen by the sanitizer. */
	_cleanup_free_ uint8_t *copy = malloc(query_n ? query_n : 1);

	memcpy(copy, query, query_n);
	memset(answer, 0xee, sizeof answer);
	answer_n = sel_dns_answer(synth, copy, query_n, known, NULL, answer, name);
	if (answer_n < 0)
		return (int)answer_n;
	assert_true(answer_n >= 12 && answer_n <= SEL_DNS_MAX);
	assert_memory_equal(answer, query, 2);
	assert_true(answer[2] & 0x80);
	return answer[3] & 0xf;
}

static unsigned count(int section) /* 0 questions, 1 answers, 2 authority, 3 additional */
{
	return (unsigned)(answer[4 + 2 * section] << 8 | answer[5 + 2 * section]);
}

static void counts_eq(unsigned questions, unsigned answers, unsigned authority, unsigned additional)
{
	assert_int_equal(count(0), questions);
	assert_int_equal(count(1), answers);
	assert_int_equal(count(2), authority);
	assert_int_equal(count(3), additional);
}

static int set_up(void **state)
{
	(void)state;
	return sel_synth_new(&synth);
}

static int tear_down(void **state)
{
	(void)state;
	sel_synth_free(synth);
	return 0;
}

static void names_get_addresses_of_their_own(void **state)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	size_t question;

	(void)state;
	ask("api.example.test", 1);
	question = query_n - 12;
	assert_int_equal(reply(), 0);
	assert_string_equal(name, "api.example.test");
	counts_eq(1, 1, 0, 0);
	assert_memory_equal(answer + 12, query + 12, question);
	assert_memory_equal(answer + 12 + question, "\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04", 12);
	assert_int_equal(answer_n, 12 + question + 12 + 4);
	memcpy(&v4.sin_addr, answer + 12 + question + 12, 4);
	assert_string_equal(sel_synth_name(synth, (struct sockaddr *)&v4), "api.example.test");

	ask("api.example.test", 28);
	assert_int_equal(reply(), 0);
	counts_eq(1, 1, 0, 0);
	assert_memory_equal(answer + 12 + question, "\xc0\x0c\0\x1c\0\x01\0\0\0\x3c\0\x10", 12);
	memcpy(&v6.sin6_addr, answer + 12 + question + 12, 16);
	assert_string_equal(sel_synth_name(synth, (struct sockaddr *)&v6), "api.example.test");
}

static void the_case_of_the_question_is_kept(void **state)
{
	uint8_t address[4];

	(void)state;
	ask("aPi.ExAmPlE.tEsT", 1);
	assert_int_equal(reply(), 0);
	assert_string_equal(name, "api.example.test");
	assert_memory_equal(answer + 12, query + 12, query_n - 12);
	memcpy(address, answer + answer_n - 4, 4);
	ask("api.example.test", 1);
	assert_int_equal(reply(), 0);
	assert_memory_equal(address, answer + answer_n - 4, 4);
}

static void every_other_type_has_no_data(void **state)
{
	struct sel_synth *fresh;
	struct in_addr v4;
	struct in6_addr v6;

	(void)state;
	for (unsigned type = 0; type < 65536; type += type < 300 ? 1 : 997) {
		if (type == 1 || type == 28)
			continue;
		ask("tunnel.example.test", type);
		assert_int_equal(reply(), 0);
		counts_eq(1, 0, 1, 0);
		assert_string_equal(name, "tunnel.example.test");
		/* root SOA, IN */
		assert_memory_equal(answer + query_n, "\0\0\x06\0\x01", 5);
	}
	/* and no address was used up for it: the next name has the first there is */
	ask("after.example.test", 1);
	assert_int_equal(reply(), 0);
	assert_int_equal(sel_synth_new(&fresh), 0);
	assert_int_equal(sel_synth_of(fresh, "first.test", &v4, &v6), 0);
	assert_memory_equal(answer + answer_n - 4, &v4, 4);
	sel_synth_free(fresh);
}

static void names_that_are_none_or_unknown_do_not_exist(void **state)
{
	static const char *const names[] = {"unknown.test",	"single",   "a b.test",
					    "\xc3\xa9.test",	"10.0.0.1", "127.1",
					    "exa\x01mple.test", "-",	    "*.example.test"};

	(void)state;
	for (size_t i = 0; i < SEL_N(names); i++) {
		ask(names[i], 1);
		if (reply() != 3)
			fail_msg("%s exists", names[i]);
		counts_eq(1, 0, 1, 0);
	}
	head(0, 1, 0); /* a dot within a label is not one between two */
	add("\x0b"
	    "example.com\x04"
	    "test",
	    18);
	add16(1), add16(1);
	assert_int_equal(reply(), 3);
	assert_string_equal(name, "");
	ask("", 1); /* the root */
	assert_int_equal(reply(), 3);
	ask("granted", 1);
	assert_int_equal(reply(), 0);
	counts_eq(1, 1, 0, 0);
}

static void edns_is_answered_without_options(void **state)
{
	(void)state;
	ask("a.test", 1);
	add_opt(0,
		"\0\x0a\0\x08"
		"12345678"
		"\0\x08\0\x04\0\x01\x18\0",
		20);
	assert_int_equal(reply(), 0);
	counts_eq(1, 1, 0, 1);
	/* root, OPT, 512, no extended code, version 0, DO not set, no options */
	assert_memory_equal(answer + answer_n - 11, "\0\0\x29\x02\0\0\0\0\0\0\0", 11);

	ask("a.test", 1);
	add_opt(1, "", 0);
	assert_int_equal(reply(), 0); /* the low bits of BADVERS */
	counts_eq(1, 0, 0, 1);
	assert_memory_equal(answer + answer_n - 11, "\0\0\x29\x02\0\x01\0\0\0\0\0", 11);
}

static void pointers_in_a_question_are_refused(void **state)
{
	static const struct {
		const char *name, *bytes;
		size_t n;
	} row[] = {
		{"to itself", "\xc0\x0c", 2},
		{"to what follows",
		 "\xc0\x0e\x01"
		 "a\0",
		 5},
		{"behind a label",
		 "\x01"
		 "a\xc0\x0c",
		 4},
		{"into the header", "\xc0\x00", 2},
		{"beyond the end", "\xff\xff", 2},
		{"a label of an old kind",
		 "\x41"
		 "a\0",
		 3},
		{"another", "\x80\0", 2},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		head(0x0100, 1, 0);
		add(row[i].bytes, row[i].n);
		add16(1), add16(1);
		if (reply() != 1)
			fail_msg("a pointer %s is taken", row[i].name);
		counts_eq(0, 0, 0, 0);
		assert_int_equal(answer_n, 12);
		assert_string_equal(name, "");
	}
}

static void what_is_not_one_plain_question_is_refused(void **state)
{
	(void)state;
	ask("a.test", 1), query[5] = 2;
	assert_int_equal(reply(), 1);
	ask("a.test", 1), query[5] = 0;
	assert_int_equal(reply(), 1);
	ask("a.test", 1), query[7] = 1;
	assert_int_equal(reply(), 1);
	ask("a.test", 1), query[9] = 1;
	assert_int_equal(reply(), 1);
	ask("a.test", 1), query[11] = 1; /* and there is none */
	assert_int_equal(reply(), 1);
	ask("a.test", 1), add_opt(0, "", 0), query[11] = 2;
	assert_int_equal(reply(), 1);
	ask("a.test", 1), add_opt(0,
				  "\0\x0a\0\x09"
				  "12345678",
				  12); /* an option that is cut off */
	assert_int_equal(reply(), 1);
	ask("a.test", 1), add_opt(0, "\0\x0a\0", 3);
	assert_int_equal(reply(), 1);
	ask("a.test", 1), query[11] = 1, add("\0\0\xfa\0\xff\0\0\0\0\0\0", 11); /* TSIG */
	assert_int_equal(reply(), 1);
	ask("a.test", 1), add("x", 1);
	assert_int_equal(reply(), 1);
	ask("a.test", 1), query[2] = 0x10; /* STATUS */
	assert_int_equal(reply(), 4);
	assert_int_equal(answer[2], 0x90);
	ask("a.test", 1), query[2] = 0x28; /* UPDATE */
	assert_int_equal(reply(), 4);
	ask("a.test", 1), query[query_n - 1] = 3; /* CHAOS */
	assert_int_equal(reply(), 5);
	counts_eq(1, 0, 0, 0);
	ask("a.test", 1), query[query_n - 1] = 255;
	assert_int_equal(reply(), 5);
	ask("a.test", 1), query[2] = 0x81; /* an answer */
	assert_int_equal(reply(), -EBADMSG);
	for (query_n = 0; query_n < 12; query_n++)
		assert_int_equal(reply(), -EBADMSG);
	ask("api.example.test", 1);
	for (size_t n = query_n; query_n-- > 12;) {
		assert_true(query_n < n);
		assert_int_equal(reply(), 1);
	}
}

static void names_are_as_long_as_they_may_be(void **state)
{
	char text[300] = "";

	(void)state;
	for (int i = 0; i < 3; i++) /* 3 * 64 + 61 = 253 */
		strcat(text, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.");
	strcat(text, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.test");
	assert_int_equal(strlen(text), 253);
	ask(text, 28);
	add_opt(0, "", 0);
	assert_int_equal(reply(), 0);
	assert_string_equal(name, text);
	strcat(text, "t"); /* one more */
	ask(text, 28);
	assert_int_equal(reply(), 1);
}

static void a_stub_without_room_says_so(void **state)
{
	struct in_addr v4;
	struct in6_addr v6;
	char text[32];

	(void)state;
	for (unsigned i = 0;; i++) {
		(void)snprintf(text, sizeof text, "n%u.test", i);
		if (sel_synth_of(synth, text, &v4, &v6) < 0)
			break;
		assert_true(i <= SEL_SYNTH_MAX);
	}
	ask("one-more.test", 1);
	assert_int_equal(reply(), 2);
	counts_eq(1, 0, 0, 0);
	ask("n7.test", 1);
	assert_int_equal(reply(), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(names_get_addresses_of_their_own),
		TEST(the_case_of_the_question_is_kept),
		TEST(every_other_type_has_no_data),
		TEST(names_that_are_none_or_unknown_do_not_exist),
		TEST(edns_is_answered_without_options),
		TEST(pointers_in_a_question_are_refused),
		TEST(what_is_not_one_plain_question_is_refused),
		TEST(names_are_as_long_as_they_may_be),
		TEST(a_stub_without_room_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
