#include "test.h"

#include "egress/message.h"

static int add(struct sel_headers *h, const char *name, const char *value)
{
	return sel_headers_add(h, name, strlen(name), value, strlen(value));
}

static size_t counted(const struct sel_headers *h)
{
	size_t bytes = 0;

	for (size_t i = 0; i < h->n; i++)
		bytes += strlen(h->item[i].name) + strlen(h->item[i].value);
	return bytes;
}

static void names_are_lower_case_and_values_trimmed(void **state)
{
	struct sel_headers h = {0};

	(void)state;
	assert_int_equal(add(&h, "X-One", " \t a\tb  \t"), 0);
	assert_int_equal(add(&h, "x-one", ""), 0);
	assert_int_equal(add(&h, "!#$%&'*+-.^_`|~09AZaz", "\xe9\xff"), 0);
	assert_string_equal(h.item[0].name, "x-one");
	assert_string_equal(h.item[0].value, "a\tb");
	assert_string_equal(h.item[1].value, "");
	assert_string_equal(h.item[2].name, "!#$%&'*+-.^_`|~09azaz");
	assert_string_equal(h.item[2].value, "\xe9\xff");
	assert_string_equal(sel_headers_get(&h, "x-one"), "a\tb");
	assert_null(sel_headers_get(&h, "X-One"));
	assert_int_equal(sel_headers_count(&h, "x-one"), 2);
	assert_int_equal(h.bytes, counted(&h));
	sel_headers_done(&h);
	assert_int_equal(h.n + h.bytes + h.cap, 0);
}

static void what_is_no_header_is_refused(void **state)
{
	struct sel_headers h = {0};
	char c;

	(void)state;
	for (int i = 0; i < 256; i++) {
		bool tchar = i > 0 && strchr("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
					     "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
					     i);
		char name[] = {'a', (char)i, 'b'}, value[] = {'a', (char)i, 'b'};
		bool text = i == '\t' || (i >= 0x20 && i != 0x7f);

		assert_int_equal(sel_headers_add(&h, name, 3, "v", 1), tchar ? 0 : -EINVAL);
		assert_int_equal(sel_headers_add(&h, "n", 1, value, 3), text ? 0 : -EINVAL);
		sel_headers_done(&h);
	}
	assert_int_equal(add(&h, "", "v"), -EINVAL);
	assert_int_equal(add(&h, ":path", "/"), -EINVAL);
	assert_int_equal(sel_headers_add(&h, "n", 1, &c, 0), 0);
	sel_headers_done(&h);
}

static void number_and_size_have_limits(void **state)
{
	struct sel_headers h = {0};
	_cleanup_free_ char *big = malloc(SEL_HEAD_MAX + 1);

	(void)state;
	memset(big, 'v', SEL_HEAD_MAX + 1);
	for (int i = 0; i < SEL_HEADERS_MAX; i++)
		assert_int_equal(add(&h, "n", "v"), 0);
	assert_int_equal(add(&h, "n", "v"), -E2BIG);
	assert_int_equal(h.n, SEL_HEADERS_MAX);
	assert_int_equal(sel_headers_set_at(&h, 0, big, SEL_HEAD_MAX - h.bytes + 1), 0);
	assert_int_equal(h.bytes, SEL_HEAD_MAX);
	assert_int_equal(sel_headers_set_at(&h, 1, "vv", 2), -E2BIG);
	assert_string_equal(h.item[1].value, "v");
	sel_headers_done(&h);

	assert_int_equal(sel_headers_add(&h, "name", 4, big, SEL_HEAD_MAX - 3), -E2BIG);
	assert_int_equal(sel_headers_add(&h, "name", 4, big, SEL_HEAD_MAX - 4), 0);
	assert_int_equal(h.bytes, SEL_HEAD_MAX);
	assert_int_equal(add(&h, "n", ""), -E2BIG);
	sel_headers_remove(&h, "name");
	assert_int_equal(h.bytes, 0);
	assert_int_equal(sel_headers_add(&h, big, SEL_HEAD_MAX + 1, "", 0), -E2BIG);
	sel_headers_done(&h);
}

static void removing_keeps_the_rest_in_order(void **state)
{
	static const char *const names[] = {"a", "b", "a", "c", "a", "a", "d", "b"};
	struct sel_headers h = {0};

	(void)state;
	for (size_t i = 0; i < SEL_N(names); i++)
		assert_int_equal(sel_headers_add(&h, names[i], 1, (char[]){(char)('0' + i)}, 1), 0);
	sel_headers_remove(&h, "x");
	assert_int_equal(h.n, SEL_N(names));
	sel_headers_remove(&h, h.item[0].name); /* borrowed from what goes */
	assert_int_equal(h.n, 4);
	assert_int_equal(h.bytes, counted(&h));
	for (size_t i = 0; i < h.n; i++)
		assert_int_equal(h.item[i].value[0], "1367"[i]);
	sel_headers_done(&h);
}

static void a_value_is_replaced_or_stays(void **state)
{
	struct sel_headers h = {0};

	(void)state;
	assert_int_equal(add(&h, "a", "one"), 0);
	assert_int_equal(sel_headers_set_at(&h, 0, "two\r\n", 5), -EINVAL);
	assert_int_equal(sel_headers_set_at(&h, 1, "two", 3), -EINVAL);
	assert_string_equal(h.item[0].value, "one");
	assert_int_equal(sel_headers_set_at(&h, 0, " twelve ", 8), 0);
	assert_string_equal(h.item[0].value, "twelve");
	assert_int_equal(h.bytes, counted(&h));
	sel_headers_done(&h);
}

static void a_copy_is_whole_and_its_own(void **state)
{
	struct sel_head h = {.method = strdup("POST"),
			     .authority = strdup("api.example.test"),
			     .target = strdup("/v1?x=1"),
			     .upgrade = strdup("websocket"),
			     .plain = true,
			     .expect = true,
			     .close = true,
			     .length = 17};
	struct sel_head *copy = NULL;

	(void)state;
	assert_int_equal(add(&h.headers, "accept", "*/*"), 0);
	assert_int_equal(sel_head_copy(&h, &copy), 0);
	sel_head_done(&h);
	assert_null(h.method);
	assert_string_equal(copy->method, "POST");
	assert_string_equal(copy->authority, "api.example.test");
	assert_string_equal(copy->target, "/v1?x=1");
	assert_string_equal(copy->upgrade, "websocket");
	assert_true(copy->plain && copy->expect && copy->close);
	assert_int_equal(copy->length, 17);
	assert_int_equal(copy->status, 0);
	assert_string_equal(sel_headers_get(&copy->headers, "accept"), "*/*");
	sel_head_free(copy);
	sel_head_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_lower_case_and_values_trimmed),
		cmocka_unit_test(what_is_no_header_is_refused),
		cmocka_unit_test(number_and_size_have_limits),
		cmocka_unit_test(removing_keeps_the_rest_in_order),
		cmocka_unit_test(a_value_is_replaced_or_stays),
		cmocka_unit_test(a_copy_is_whole_and_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
