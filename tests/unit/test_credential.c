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
		{"x-apitoken", "k"},
		{"authtoken", "k"},
		{"x-secretkey", "k"},
		{"x-honeycomb-team", "k"},
		{"x-goog-iam-authorization-token", "k"},
		{"authorization-bin", "k"},
		{"dpop", "eyJhbGciOiJFUzI1NiJ9.eyJpYXQiOjE3MDAwMDAwMDB9.c2ln"},
		{"x-whatever", "eyJhbGciOiJFUzI1NiJ9.eyJpYXQiOjE3MDAwMDAwMDB9.c2ln"},
		{"x-whatever", "Basic bWU6aXQ="},
		{"x-whatever", "AWS4-HMAC-SHA256 Credential=a/b"},
		{"referer", "https://me:it@example.test/"},
		{"x-whatever", "hf_abcdefghijklmnopqrstuvwxyzABCDEFGH"},
		{"x-whatever", "pypi-AgEIcHlwaS5vcmcCJDEyMzQ1Njc4LTEyMzQtMTIzNC0xMjM0"},
		{"sec-websocket-protocol", "realtime, openai-insecure-api-key.k"},
		{NULL, "/v1?userToken=abc"},
		{NULL, "/v1?apiKeyId=abc"},
		{NULL, "/v1?auth[user]=abc"},
		{NULL, "/v1?%2574oken=abc"},
		{NULL, "/v1?to%6ben=abc"},
		{NULL, "/v1?SAMLResponse=abc"},
		{NULL, "/v1?next=https://me:it@example.test/"},
		{NULL, "/v1;jsessionid=abc/x"},
		{NULL, "/v1/x;a=1;access_token=abc"},
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
		/* coding agents */
		{"anthropic-dangerous-direct-browser-access", "true"},
		{"anthropic-beta", "claude-code-20250219,oauth-2025-04-20,interleaved-thinking-"
				   "2025-05-14,fine-grained-tool-streaming-2025-05-14"},
		{"user-agent", "claude-cli/2.1.330 (external, cli)"},
		{"x-app", "cli"},
		{"x-stainless-helper-method", "stream"},
		{"x-stainless-package-version", "0.60.0"},
		{"x-stainless-retry-count", "0"},
		{"x-claude-code-session-id", "8f14e45f-ceea-467f-a8d5-0d5c0f5a6b1c"},
		{"x-client-request-id", "8f14e45f-ceea-467f-a8d5-0d5c0f5a6b1c"},
		{"session_id", "0199a213-81c0-7800-8aa1-bbab2a035a53"},
		{"conversation_id", "0199a213-81c0-7800-8aa1-bbab2a035a53"},
		{"originator", "codex_cli_rs"},
		{"openai-beta", "responses=experimental"},
		{"openai-organization", "org-abcdefghijklmnopqrstuvwx"},
		{"openai-project", "proj_abcdefghijklmnopqrstuvwx"},
		{"chatgpt-account-id", "0199a213-81c0-7800-8aa1-bbab2a035a53"},
		{"x-codex-turn-metadata", "{\"turn_id\":\"0199a213-81c0-7800-8aa1-bbab2a035a53\","
					  "\"sandbox\":\"none\"}"},
		{"user-agent", "codex_cli_rs/0.169.0 (Debian 12.0.0; x86_64) xterm-256color"},
		{"user-agent", "GeminiCLI/0.61.0/gemini-2.5-pro (linux; x64)"},
		{"x-goog-api-client", "google-genai-sdk/1.16.0 gl-node/v20.11.1"},
		{"x-gemini-api-privileged-user-id", "8f14e45f-ceea-467f-a8d5-0d5c0f5a6b1c"},
		{"x-goog-user-project", "some-project-1234"},
		{"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
		/* package managers */
		{"npm-auth-type", "web"},
		{"npm-session", "0af7651916cd43dd8448eb211c80319c"},
		{"npm-command", "install"},
		{"npm-in-ci", "false"},
		{"pacote-pkg-id", "registry:is-odd@3.0.1"},
		{"pacote-req-type", "packument"},
		{"pacote-version", "17.0.6"},
		{"user-agent", "npm/10.2.4 node/v20.11.1 linux x64 workspaces/false"},
		{"user-agent", "pip/23.0.1 {\"ci\":null,\"cpu\":\"x86_64\",\"openssl_version\":"
			       "\"OpenSSL 3.0.17 1 Jul 2025\"}"},
		{"user-agent", "Debian APT-HTTP/1.3 (2.6.1)"},
		{"user-agent", "cargo/1.65.0 (bot; +https://example.test/bot, mailto:a@b)"},
		{"git-protocol", "version=2"},
		{"if-none-match", "W/\"8f14e45fceea467fa8d50d5c0f5a6b1c\""},
		{"if-range", "\"1a2b3c-61f0\""},
		{"sec-websocket-protocol", "graphql-transport-ws, v4.channel.k8s.io"},
		{NULL, "/v1/messages?beta=true"},
		{NULL, "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse"},
		{NULL, "/group/project.git/info/refs?service=git-upload-pack"},
		{NULL, "/@types%2fnode"},
		{NULL, "/-/npm/v1/security/advisories/bulk"},
		{NULL,
		 "/packages/3a/0f/8f14e45fceea467fa8d50d5c0f5a6b1c8f14e45fceea467fa8d50d5c0f5a/"
		 "hf_transfer-0.1.9-cp38-abi3-manylinux_2_17_x86_64.manylinux2014.whl"},
		{NULL, "/packages/pypi-attestations-0.0.21-py3-none-any-extra.whl"},
		{NULL, "/packages/sk-video-1.1.10.tar.gz"},
		{NULL, "/secret_service_client-0.4.3-py3-none-any.whl"},
		{NULL, "/crates/secret_manager_client_library/1.0/download"},
		{NULL, "/debian/pool/main/g/glib2.0/libglib2.0-0_2.74.6-2+deb12u6_amd64.deb"},
		{NULL, "/sumdb/lookup/example.test/x/keyed@v1.0.0"},
		{NULL, "/github.test/!azure/key-vault/@v/list"},
		{NULL, "/items?pageToken=abc&max_tokens=5&sort_key=name&$skiptoken=9"},
		{NULL, "/items?after=eyJsYXN0X2lkIjo0MiwibGFzdF92YWx1ZSI6IjQyIn0"},
		{NULL, "/web/https://example.test/@someone"},
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

/* Each row of the table is reached: heads, and the first characters that lead to them. */
static void every_format_is_known(void **state)
{
	static const char tail[] =
		"0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF";
	static const char *const heads[] = {"-----BEGIN ",
					    "ABSK",
					    "AGE-SECRET-KEY-1",
					    "AIza",
					    "AKIA",
					    "ASIA",
					    "ATATT",
					    "ATCTT",
					    "AccountKey=",
					    "CCIPAT_",
					    "GOCSPX-",
					    "LTAI",
					    "NRAK-",
					    "PMAK-",
					    "SG.",
					    "SharedAccessKey=",
					    "cio",
					    "dapi",
					    "dckr_oat_",
					    "dckr_pat_",
					    "dop_v1_",
					    "dp.pt.",
					    "figd_",
					    "github_pat_",
					    "ghp_",
					    "gho_",
					    "ghr_",
					    "ghs_",
					    "ghu_",
					    "glagent-",
					    "glcbt-",
					    "gldt-",
					    "glft-",
					    "glimt-",
					    "gloas-",
					    "glpat-",
					    "glptt-",
					    "glrt-",
					    "glsa_",
					    "glsoat-",
					    "gsk_",
					    "hf_",
					    "hvb.",
					    "hvs.",
					    "key-",
					    "lin_api_",
					    "lin_oauth_",
					    "nfp_",
					    "npm_",
					    "ntn_",
					    "nvapi-",
					    "oy2",
					    "pplx-",
					    "pul-",
					    "pypi-AgE",
					    "r8_",
					    "rk_live_",
					    "rk_test_",
					    "rubygems_",
					    "sbp_",
					    "secret_",
					    "shpat_",
					    "shpca_",
					    "shppa_",
					    "shpss_",
					    "sk-",
					    "sk_live_",
					    "sk_test_",
					    "sntrys_",
					    "sntryu_",
					    "tskey-",
					    "whsec_",
					    "xai-",
					    "xapp-",
					    "xoxa-",
					    "xoxb-",
					    "xoxc-",
					    "xoxd-",
					    "xoxe-",
					    "xoxe.",
					    "xoxp-",
					    "xoxr-",
					    "xoxs-",
					    "ya29."};
	char text[200];

	(void)state;
	for (size_t i = 0; i < SEL_N(heads); i++) {
		int n = snprintf(text, sizeof text, "a b=%s%s", heads[i], tail);

		if (!sel_cred_looks_like(text, (size_t)n))
			fail_msg("%s", heads[i]);
		/* too short, and in the middle of a word */
		assert_false(sel_cred_looks_like(text, 4 + strlen(heads[i])));
		if (heads[i][0] != '-') {
			text[3] = 'x';
			assert_false(sel_cred_looks_like(text, (size_t)n));
		}
	}
}

/* A header that is not named like a credential is one where the grant says so. */
static void the_grant_names_slots_too(void **state)
{
	static struct sel_slot odd[] = {
		{.header = (char *)"x-plan"},
		{.header = (char *)"authorization", .scheme = (char *)"Basic", .user = (char *)""}};
	static const struct sel_net_grant g = {
		.number = 1, .credential = SEL_CRED_FILE, .slots = odd, .n_slots = SEL_N(odd)};

	(void)state;
	assert_int_equal(look(&g, "/", "x-plan", phantoms[0].text).why, SEL_NET_OK);
	assert_int_equal(look(&g, "/", "x-plan", "mine").why, SEL_NET_FOREIGN);
	assert_int_equal(look(&without, "/", "x-plan", "mine").why, SEL_NET_OK);
	/* any user, but not a key in the place of one */
	assert_int_equal(
		look(&g, "/", "authorization", basic("x-token-auth", phantoms[0].text)).why,
		SEL_NET_OK);
	assert_int_equal(look(&g, "/", "authorization",
			      basic("0123456789abcdef0123456789abcdef01234567", phantoms[0].text))
				 .why,
			 SEL_NET_FOREIGN);
	assert_int_equal(look(&g, "/", "authorization",
			      basic("glpat-abcdefghijklmnopqrst", phantoms[0].text))
				 .why,
			 SEL_NET_FOREIGN);
}

/* curl says the name of an address with an empty password before it looks for one. */
static void a_name_alone_is_no_credential(void **state)
{
	struct sel_head h = head_of("/", "authorization", basic("me", ""));
	struct sel_cred_check c;

	(void)state;
	assert_int_equal(look(&with, "/", "authorization", basic("me", "")).why,
			 SEL_NET_NO_CREDENTIAL);
	assert_int_equal(look(&with, "/", "authorization", basic("you", "")).why, SEL_NET_FOREIGN);
	assert_int_equal(look(&without, "/", "authorization", basic("me", "")).why,
			 SEL_NET_FOREIGN);
	assert_int_equal(sel_headers_add(&h.headers, "x-api-key", 9, phantoms[0].text,
					 strlen(phantoms[0].text)),
			 0);
	sel_cred_check(&with, phantoms, SEL_N(phantoms), &h, &c);
	assert_int_equal(c.why, SEL_NET_FOREIGN); /* it would go along */
	sel_head_done(&h);
}

/* Work that grows faster than the input would be seen as a test that takes minutes. */
static void hostile_targets_take_linear_time(void **state)
{
	static const char *const pieces[] = {
		"&",	 ";",	"%25", "eyJ-", "-",    "://:", "a=&",	"token_&",
		"%2525", "sk-", "a;",  "key-", "=://", "aB",   "-----", "ghp_a"};
	static struct sel_phantom many[64];
	char target[SEL_TARGET_MAX + 1];

	(void)state;
	for (size_t i = 0; i < SEL_N(many); i++) {
		many[i].grant = (uint32_t)(i + 100);
		assert_int_equal(sel_phantom_new("sk-ant-", many[i].text), 0);
	}
	for (size_t i = 0; i < 2 * SEL_N(pieces); i++) {
		const char *piece = pieces[i / 2];
		struct sel_cred_check c;
		size_t n = (size_t)sprintf(target, i % 2 ? "/?" : "/");

		while (n + strlen(piece) < sizeof target)
			n += (size_t)sprintf(target + n, "%s", piece);
		struct sel_head h = head_of(target, NULL, NULL);
		sel_cred_check(&without, many, SEL_N(many), &h, &c);
		assert_true(c.why == SEL_NET_OK || c.why == SEL_NET_FOREIGN);
		sel_head_done(&h);
	}
}

static void escaped_phantoms_are_seen(void **state)
{
	char target[1200] = "/v1?q=";
	size_t n = strlen(target);

	(void)state;
	for (const char *p = phantoms[0].text; *p; p++)
		n += (size_t)sprintf(target + n, "%%25%02x", (unsigned char)*p);
	assert_int_equal(look(&without, target, NULL, NULL).why, SEL_NET_PHANTOM);
	target[3] = '/'; /* and in a path */
	assert_int_equal(look(&without, target, NULL, NULL).why, SEL_NET_PHANTOM);
	target[n - 1] = target[n - 1] == '1' ? '2' : '1'; /* another phantom: nobody's */
	assert_int_not_equal(look(&without, target, NULL, NULL).why, SEL_NET_PHANTOM);
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
		cmocka_unit_test(every_format_is_known),
		cmocka_unit_test(the_grant_names_slots_too),
		cmocka_unit_test(a_name_alone_is_no_credential),
		cmocka_unit_test(hostile_targets_take_linear_time),
		cmocka_unit_test(escaped_phantoms_are_seen),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
