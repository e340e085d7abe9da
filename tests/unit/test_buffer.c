#include "test.h"

#include "egress/buffer.h"

static void what_goes_in_comes_out_in_order(void **state)
{
	struct sel_buffer b = {.max = 100000};
	size_t in = 0, out = 0;
	unsigned seed = 7;

	(void)state;
	while (out < 3000000) {
		size_t n = (seed = seed * 1103515245u + 12345u) >> 16 & 0x1fff;
		uint8_t chunk[0x2000];

		for (size_t i = 0; i < n; i++)
			chunk[i] = (uint8_t)((in + i) * 7 >> 3);
		if (sel_buffer_append(&b, chunk, n) == 0)
			in += n;
		else
			assert_true(b.n + n > b.max);
		assert_int_equal(b.n, in - out);
		n = (seed = seed * 1103515245u + 12345u) >> 16 & 0x1fff;
		n = n > b.n ? b.n : n;
		for (size_t i = 0; i < n; i++)
			if (sel_buffer_at(&b)[i] != (uint8_t)((out + i) * 7 >> 3))
				fail_msg("byte %zu differs", out + i);
		sel_buffer_take(&b, n);
		out += n;
		assert_true(b.cap <= b.max);
	}
	sel_buffer_done(&b);
	assert_null(b.p);
	assert_int_equal(b.max, 100000);
}

static void it_never_holds_more_than_its_maximum(void **state)
{
	struct sel_buffer b = {.max = 10};

	(void)state;
	assert_int_equal(sel_buffer_append(&b, "0123456", 7), 0);
	assert_int_equal(sel_buffer_append(&b, "789a", 4), -ENOBUFS);
	assert_int_equal(b.n, 7);
	assert_memory_equal(sel_buffer_at(&b), "0123456", 7);
	assert_null(sel_buffer_room(&b, SIZE_MAX));
	assert_int_equal(errno, ENOBUFS);
	assert_int_equal(sel_buffer_append(&b, "789", 3), 0);
	sel_buffer_take(&b, 4);
	assert_int_equal(sel_buffer_append(&b, "abcd", 4), 0);
	assert_memory_equal(sel_buffer_at(&b), "456789abcd", 10);
	sel_buffer_take(&b, 10);
	assert_null(b.p);
	assert_int_equal(sel_buffer_append(&b, "", 0), 0);
	assert_null(b.p);
}

static void room_is_filled_in_place(void **state)
{
	struct sel_buffer b = {.max = 4096};
	uint8_t *p = sel_buffer_room(&b, 1000);

	(void)state;
	assert_non_null(p);
	memset(p, 'x', 1000);
	assert_int_equal(b.n, 0);
	sel_buffer_filled(&b, 600);
	assert_int_equal(b.n, 600);
	assert_int_equal(sel_buffer_append(&b, "y", 1), 0);
	assert_int_equal(sel_buffer_at(&b)[599], 'x');
	assert_int_equal(sel_buffer_at(&b)[600], 'y');
	sel_buffer_done(&b);
}

static void what_is_secret_stays_so_until_it_is_empty(void **state)
{
	struct sel_buffer b = {.max = 4096, .secret = true};

	(void)state;
	assert_int_equal(sel_buffer_append(&b, "secret", 6), 0);
	for (int i = 0; i < 600; i++)
		assert_int_equal(sel_buffer_append(&b, "more", 4), 0);
	assert_true(b.secret);
	assert_memory_equal(sel_buffer_at(&b), "secretmore", 10);
	sel_buffer_take(&b, b.n);
	assert_false(b.secret);
	assert_null(b.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_goes_in_comes_out_in_order),
		cmocka_unit_test(it_never_holds_more_than_its_maximum),
		cmocka_unit_test(room_is_filled_in_place),
		cmocka_unit_test(what_is_secret_stays_so_until_it_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
