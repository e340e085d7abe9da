/* Phantoms, slots, and everything else that might be a credential. */
#include "test.h"

#include "credential.h"

#include <stdio.h>

static struct sel_phantom phantoms[2];
static struct sel_slot slots[] = {
	{.header = (char *)"x-api-key"},
	{.header = (char *)"authorization", .scheme = (char *)"Bearer"},
	{.header = (char *)"authorization", .scheme = (char *)"Basic", .user = (char *)"me"},
};
static const struct sel_net_grant with = {
	.number = 1, .credential = SEL_CRED_FILE, .slots = slots, .n_slots = SEL_N(slots)};
static const struct sel_net_grant without = {.number = 3};

static int set_up(void **state)
{
	(void)state;
	phantoms[0].grant = 1;
	phantoms[1].grant = 2;
	return sel_phantom_new("sk-ant-", phantoms[0].text) ||
	       sel_phantom_new("seldom-", phantoms[1].text);
}

static struct sel_head head_of(const char *target, const char *name, const char *value)
{
	struct sel_head h = {.method = strdup("GET"),
			     .authority = strdup("api.example.test"),
			     .target = strdup(target)};

	assert_int_equal(sel_headers_add(&h.headers, "accept", 6, "*/*", 3), 0);
	if (name)
		assert_int_equal(
			sel_headers_add(&h.headers, name, strlen(name), value, strlen(value)), 0);
	return h;
}

static struct sel_cred_check look(const struct sel_net_grant *g, const char *target,
				  const char *name, const char *value)
{
	struct sel_head h = head_of(target, name, value);
	struct sel_cred_check c;

	sel_cred_check(g, phantoms, SEL_N(phantoms), &h, &c);
	sel_head_done(&h);
	return c;
}

/* "me:PHANTOM" and the like. */
static const char *basic(const char *user, const char *password)
{
	static const char set[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	static char ret[512];
	char plain[300];
	int n = snprintf(plain, sizeof plain, "%s:%s", user, password);
	size_t to = (size_t)snprintf(ret, sizeof ret, "Basic ");

	for (int i = 0; i < n; i += 3) {
		unsigned b = (unsigned)(unsigned char)plain[i] << 16;

		b |= i + 1 < n ? (unsigned)(unsigned char)plain[i + 1] << 8 : 0;
		b |= i + 2 < n ? (unsigned)(unsigned char)plain[i + 2] : 0;
		ret[to++] = set[b >> 18];
		ret[to++] = set[b >> 12 & 63];
		ret[to++] = i + 1 < n ? set[b >> 6 & 63] : '=';
		ret[to++] = i + 2 < n ? set[b & 63] : '=';
	}
	ret[to] = '\0';
	return ret;
}

static void phantoms_are_random_and_have_their_shape(void **state)
{
	char a[SEL_PHANTOM_MAX], b[SEL_PHANTOM_MAX], long_shape[200];

	(void)state;
	assert_int_equal(sel_phantom_new("sk-ant-", a), 0);
	assert_int_equal(sel_phantom_new("sk-ant-", b), 0);
	assert_memory_equal(a, "sk-ant-", 7);
	assert_int_equal(strlen(a), 7 + 43);
	assert_string_not_equal(a, b);
	memset(long_shape, 'x', sizeof long_shape - 1);
	long_shape[sizeof long_shape - 1] = '\0';
	assert_int_equal(sel_phantom_new(long_shape, a), -EINVAL);
}

static void the_phantom_in_a_slot_is_taken(void **state)
{
	struct sel_cred_check c;
	char bearer[256];

	(void)state;
	c = look(&with, "/v1", "X-Api-Key", phantoms[0].text);
	assert_int_equal(c.why, SEL_NET_OK);
	assert_int_equal(c.header, 1);
	assert_int_equal(c.slot, 0);
	(void)snprintf(bearer, sizeof bearer, "bearer %s", phantoms[0].text);
	c = look(&with, "/v1", "authorization", bearer);
	assert_int_equal(c.why, SEL_NET_OK);
	assert_int_equal(c.slot, 1);
	c = look(&with, "/v1", "authorization", basic("me", phantoms[0].text));
	assert_int_equal(c.why, SEL_NET_OK);
	assert_int_equal(c.slot, 2);
	assert_int_equal(look(&with, "/v1", "authorization", basic("you", phantoms[0].text)).why,
			 SEL_NET_FOREIGN);
	assert_int_equal(look(&with, "/v1", NULL, NULL).why, SEL_NET_NO_CREDENTIAL);
	assert_int_equal(look(&without, "/v1", NULL, NULL).why, SEL_NET_OK);
}

static void a_foreign_key_is_refused_in_every_slot(void **state)
{
	static const char *const row[][2] = {
		{"authorization", "Bearer abc"},
		{"authorization", "Negotiate YII="},
		{"proxy-authorization", "Basic eDp5"},
		{"cookie", "session=1"},
		{"x-api-key", "k"},
		{"api-key", "k"},
		{"apikey", "k"},
		{"x-goog-api-key", "k"},
		{"private-token", "k"},
		{"job-token", "k"},
		{"x-auth-token", "k"},
		{"x-amz-security-token", "k"},
		{"x-my-secret", "k"},
		{"x-client_secret", "k"},
		{"x-vault-token", "k"},
		{"x-signature", "k"},
		{"x-whatever", "ghp_abcdefghijklmnopqrstuvwxyz0123456789"},
		{"x-whatever", "AKIAIOSFODNN7EXAMPLE"},
		{"x-whatever", "Bearer something"},
		{"user-agent", "curl/8 sk-abcdefghijklmnopqrstuvwxyz"},
		{"sec-websocket-protocol", "base64url.bearer.authorization.k8s.io.abc, x"},
		{NULL, "/v1?key=abc"},
		{NULL, "/v1?a=1&api_key=abc"},
		{NULL, "/v1?access_token=abc"},
		{NULL, "/v1?a=1;token=abc"},
		{NULL, "/v1?%74oken=abc"},
		{NULL, "/v1?X-Amz-Signature=abc"},
		{NULL, "/v1?clientSecret=abc"},
		{NULL, "/v1?q=ghp_abcdefghijklmnopqrstuvwxyz0123456789"},
		{NULL, "/v1?q=%67hp_abcdefghijklmnopqrstuvwxyz0123456789"},
		{NULL, "/botghp/ghp_abcdefghijklmnopqrstuvwxyz0123456789/send"},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		const char *target = row[i][0] ? "/v1" : row[i][1];
		struct sel_cred_check c =
			look(&without, target, row[i][0], row[i][0] ? row[i][1] : NULL);

		if (c.why != SEL_NET_FOREIGN)
			fail_msg("%s: %s", row[i][0] ? row[i][0] : "target", row[i][1]);
		assert_true(*c.where);
	}
}

static void what_is_no_credential_passes(void **state)
{
	static const char *const row[][2] = {
		{"idempotency-key", "3f9a"},
		{"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="},
		{"user-agent", "node/20 task-runner-with-a-long-name-in-it"},
		{"anthropic-beta", "output-128k-2025-02-19"},
		{"x-stainless-lang", "js"},
		{"referer", "https://example.test/risk-assessment-for-everybody-here"},
		{"x-keyboard", "us"},
		{"x-author", "me"},
		{NULL, "/v1/tokens/count?beta=true&page=2"},
		{NULL, "/simple/requests/?format=json"},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		const char *target = row[i][0] ? "/v1" : row[i][1];
		struct sel_cred_check c =
			look(&without, target, row[i][0], row[i][0] ? row[i][1] : NULL);

		if (c.why != SEL_NET_OK)
			fail_msg("%s: %s: %s", row[i][0] ? row[i][0] : "target", row[i][1],
				 c.where);
	}
}

static void a_phantom_elsewhere_is_an_incident(void **state)
{
	struct sel_cred_check c;
	char text[512];

	(void)state;
	c = look(&with, "/v1", "x-api-key", phantoms[1].text); /* of grant 2 */
	assert_int_equal(c.why, SEL_NET_PHANTOM);
	assert_int_equal(c.stolen, 2);
	(void)snprintf(text, sizeof text, "/v1?q=x%sx", phantoms[0].text);
	c = look(&without, text, NULL, NULL);
	assert_int_equal(c.why, SEL_NET_PHANTOM);
	assert_int_equal(c.stolen, 1);
	(void)snprintf(text, sizeof text, "/p/%s", phantoms[0].text);
	assert_int_equal(look(&without, text, NULL, NULL).why, SEL_NET_PHANTOM);
	assert_int_equal(look(&without, "/", "x-anything", phantoms[0].text).why, SEL_NET_PHANTOM);
	assert_int_equal(look(&without, "/", "authorization", basic("a", phantoms[0].text)).why,
			 SEL_NET_PHANTOM);
	/* its own, where it does not belong, or twice */
	(void)snprintf(text, sizeof text, "/v1?q=%s", phantoms[0].text);
	assert_int_equal(look(&with, text, "x-api-key", phantoms[0].text).why, SEL_NET_FOREIGN);
	struct sel_head h = head_of("/v1", "x-api-key", phantoms[0].text);
	(void)snprintf(text, sizeof text, "Bearer %s", phantoms[0].text);
	assert_int_equal(sel_headers_add(&h.headers, "authorization", 13, text, strlen(text)), 0);
	sel_cred_check(&with, phantoms, SEL_N(phantoms), &h, &c);
	assert_int_equal(c.why, SEL_NET_FOREIGN);
	sel_head_done(&h);
}

static void the_value_goes_where_the_phantom_was(void **state)
{
	static const struct {
		const char *header, *scheme, *expected;
	} row[] = {
		{"x-api-key", NULL, "real-value"},
		{"authorization", "Bearer", "Bearer real-value"},
		{"authorization", "Basic", "Basic bWU6cmVhbC12YWx1ZQ=="},
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		struct sel_cred_check c;

		if (row[i].scheme && strcmp(row[i].scheme, "Basic") == 0)
			(void)snprintf(text, sizeof text, "%s", basic("me", phantoms[0].text));
		else
			(void)snprintf(text, sizeof text, "%s%s%s",
				       row[i].scheme ? row[i].scheme : "", row[i].scheme ? " " : "",
				       phantoms[0].text);
		struct sel_head h = head_of("/v1", row[i].header, text);
		sel_cred_check(&with, phantoms, SEL_N(phantoms), &h, &c);
		assert_int_equal(c.why, SEL_NET_OK);
		assert_int_equal(sel_cred_inject(&with, &c, "bad\r\nx: y", 9, &h), -EINVAL);
		assert_int_equal(sel_cred_inject(&with, &c, "", 0, &h), -EINVAL);
		assert_int_equal(sel_cred_inject(&with, &c, "real-value", 10, &h), 0);
		assert_string_equal(sel_headers_get(&h.headers, row[i].header), row[i].expected);
		sel_head_done(&h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(phantoms_are_random_and_have_their_shape),
		cmocka_unit_test(the_phantom_in_a_slot_is_taken),
		cmocka_unit_test(a_foreign_key_is_refused_in_every_slot),
		cmocka_unit_test(what_is_no_credential_passes),
		cmocka_unit_test(a_phantom_elsewhere_is_an_incident),
		cmocka_unit_test(the_value_goes_where_the_phantom_was),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
