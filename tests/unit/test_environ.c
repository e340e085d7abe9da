#include "test.h"

#include "environ.h"

static void free_all(char **list)
{
	for (char **item = list; *item; item++)
		free(*item);
	free(list);
}

static bool stays(const char *entry)
{
	char *copy = strdup(entry), *env[] = {copy, NULL}, **kept, **dropped;
	bool stay;

	assert_non_null(copy);
	assert_int_equal(sel_environ_scrub(env, NULL, &kept, &dropped), 0);
	stay = kept[0] != NULL;
	if (stay) {
		assert_string_equal(kept[0], entry);
		assert_null(dropped[0]);
	} else if (dropped[0]) {
		assert_int_equal(strncmp(entry, dropped[0], strlen(dropped[0])), 0);
		assert_int_equal(entry[strlen(dropped[0])], '=');
	}
	free_all(kept);
	free_all(dropped);
	free(copy);
	return stay;
}

static void drops_credentials_and_sockets_by_name(void **state)
{
	static const struct {
		const char *entry;
		bool stays;
		const char *why;
	} row[] = {
		/* clang-format off */
		{ "PATH=/usr/bin", true, "ordinary" },
		{ "HOME=/home/ana", true, "ordinary" },
		{ "PWD=/home/ana", true, "a folder, no password" },
		{ "OLDPWD=/home/ana", true, "a folder, no password" },
		{ "TERM=xterm", true, "ordinary" },
		{ "LANG=C.UTF-8", true, "ordinary" },
		{ "LD_LIBRARY_PATH=/opt/lib", true, "programs need it" },
		{ "EMPTY=", true, "no value" },
		{ "BASH_FUNC_f%%=() { :; }", true, "a function" },
		{ "SSH_AUTH_SOCK=/tmp/a", false, "signs for every host" },
		{ "SSH_AGENT_PID=1", false, "belongs to it" },
		{ "GPG_AGENT_INFO=/x", false, "signs" },
		{ "GPG_TTY=/dev/pts/1", true, "a terminal's name" },
		{ "DBUS_SESSION_BUS_ADDRESS=unix:path=/x", false, "starts programs" },
		{ "TMUX=/tmp/tmux,1,0", false, "panes outside" },
		{ "TMUX_PANE=%1", false, "belongs to it" },
		{ "STY=1.x", false, "screen" },
		{ "NVIM=/run/x", false, "editor outside" },
		{ "NVIM_LISTEN_ADDRESS=/run/x", false, "editor outside" },
		{ "VSCODE_IPC_HOOK_CLI=/run/x", false, "editor outside" },
		{ "VSCODE_GIT_ASKPASS_NODE=/x", false, "hands out credentials" },
		{ "GIT_ASKPASS=/x", false, "hands out credentials" },
		{ "KUBECONFIG=/x", false, "cluster" },
		{ "DOCKER_HOST=unix:///run/docker.sock", false, "root outside" },
		{ "DISPLAY=:0", false, "keyboard and screen" },
		{ "WAYLAND_DISPLAY=wayland-0", false, "clipboard" },
		{ "XAUTHORITY=/x", false, "key to the display" },
		{ "XDG_RUNTIME_DIR=/run/user/1", true, "an empty folder inside" },
		{ "XDG_SESSION_TYPE=wayland", true, "a word" },
		{ "LD_PRELOAD=/x.so", false, "boundary's helpers" },
		{ "LD_AUDIT=/x.so", false, "boundary's helpers" },
		{ "AWS_SECRET_ACCESS_KEY=x", false, "key" },
		{ "AWS_PROFILE=x", false, "chooses credentials" },
		{ "AWS_REGION=eu-west-1", true, "a place" },
		{ "GITHUB_TOKEN=x", false, "token" },
		{ "GH_TOKEN=x", false, "token" },
		{ "github_token=x", false, "case" },
		{ "npm_config_//registry.example.test/:_authToken=x", false, "token in lower case, odd name" },
		{ "ANTHROPIC_API_KEY=x", false, "agent's key" },
		{ "ANTHROPIC_AUTH_TOKEN=x", false, "agent's token" },
		{ "ANTHROPIC_MODEL=x", true, "a name" },
		{ "OPENAI_API_KEY=x", false, "agent's key" },
		{ "CLAUDE_CODE_MAX_OUTPUT_TOKENS=8000", true, "a number" },
		{ "TOKENIZERS_PARALLELISM=false", true, "a switch" },
		{ "CLIENT_SECRET=x", false, "secret" },
		{ "SECRET_KEY_BASE=x", false, "secret" },
		{ "DB_PASSWORD=x", false, "password" },
		{ "PGPASSWORD=x", false, "password" },
		{ "MYSQL_PWD=x", false, "password" },
		{ "SMTP_PASS=x", false, "password" },
		{ "COMPASS=north", true, "no password" },
		{ "BYPASS=1", true, "no password" },
		{ "MY_KEY=x", false, "key" },
		{ "KEYBOARD=de", true, "no key" },
		{ "MONKEY=x", true, "no key" },
		{ "SIGNING_PUBLIC_KEY=x", true, "public" },
		{ "GOOGLE_APPLICATION_CREDENTIALS=/x", false, "names a key file" },
		{ "SENTRY_DSN=x", false, "address with a key" },
		{ "SLACK_WEBHOOK_URL=x", false, "whoever knows it may post" },
		{ "SELDOM_DEBUG=1", false, "a switch of ours" },
		{ "HTTP_PROXY=http://proxy.test:3128", true, "no credentials in it" },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++)
		if (stays(row[i].entry) != row[i].stays)
			fail_msg("%s: %s", row[i].entry, row[i].why);
}

#define A10 "aaaaaaaaaa"
#define A40 A10 A10 A10 A10

static void drops_credentials_by_value_whatever_the_name(void **state)
{
	static const struct {
		const char *entry;
		bool stays;
		const char *why;
	} row[] = {
		/* clang-format off */
		{ "X=ghp_" A40, false, "GitHub" },
		{ "X=ghp_short", true, "too short for one" },
		{ "X=github_pat_" A40, false, "GitHub, fine-grained" },
		{ "X=sk-ant-api03-" A40, false, "Anthropic" },
		{ "X=sk-" A40, false, "OpenAI" },
		{ "X=risk-assessment-" A40, true, "sk- within a word" },
		{ "X=task-" A40, true, "sk- within a word" },
		{ "X=AKIAIOSFODNN7EXAMPLE", false, "AWS" },
		{ "X=AKIA", true, "four letters" },
		{ "X=xoxb-1234567890-abc", false, "Slack" },
		{ "X=npm_" A40, false, "npm" },
		{ "X=npm_config_cache", true, "a word" },
		{ "X=glpat-" A10 A10, false, "GitLab" },
		{ "X=--header=Authorization: Bearer ghp_" A40, false, "in the middle" },
		{ "X=eyJhbGciOiJIUzI1NiJ9" A40 A40 ".x.y", false, "JSON web token" },
		{ "X=https://user:pass@host.test/", false, "password in an address" },
		{ "X=postgres://u:p@db.test/x", false, "in another scheme" },
		{ "X=a b https://h.test/ redis://:p@r.test", false, "in the second address" },
		{ "X=https://token@host.test/", false, "a token for a user" },
		{ "X=ssh://git@host.test/", true, "a user only" },
		{ "X=https://host.test/a@b:c", true, "an at sign in the path" },
		{ "X=https://host.test:443/", true, "a port" },
		{ "X=http://", true, "nothing" },
		{ "X=-----BEGIN OPENSSH PRIVATE KEY-----\nx", false, "private key" },
		{ "X=-----BEGIN CERTIFICATE-----\nx", true, "public" },
		{ "HTTP_PROXY=http://u:p@proxy.test:3128", false, "with credentials" },
		{ "AWS_REGION=ghp_" A40, false, "a name that stays does not vouch for its value" },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++)
		if (stays(row[i].entry) != row[i].stays)
			fail_msg("%s: %s", row[i].entry, row[i].why);
}

static void keeps_what_was_named_and_the_order(void **state)
{
	static char *const env[] = {
		"A=1",	"MY_TOKEN=x",		"B=2", "SSH_AUTH_SOCK=/s", "=odd",
		"none", "A=https://u:p@h.test", "B",   "C=ghp_" A40,	   "D=a=b",
		NULL};
	static const char *const keep[] = {"SSH_AUTH_SOCK", "ABSENT", "C", "my_token", NULL};
	char **kept, **dropped;

	(void)state;
	assert_int_equal(sel_environ_scrub(env, keep, &kept, &dropped), 0);
	assert_string_equal(kept[0], "A=1");
	assert_string_equal(kept[1], "B=2");
	assert_string_equal(kept[2], "SSH_AUTH_SOCK=/s");
	assert_string_equal(kept[3], "C=ghp_" A40); /* named: its value does not matter */
	assert_string_equal(kept[4], "D=a=b");
	assert_null(kept[5]);
	assert_string_equal(dropped[0], "MY_TOKEN"); /* "my_token" is another name */
	assert_null(dropped[1]); /* the second A was never seen by the caller: no word about it */
	free_all(kept);
	free_all(dropped);
}

static void an_empty_environment_is_fine(void **state)
{
	static char *const env[] = {NULL};
	char **kept, **dropped;

	(void)state;
	assert_int_equal(sel_environ_scrub(env, NULL, &kept, &dropped), 0);
	assert_null(kept[0]);
	assert_null(dropped[0]);
	free_all(kept);
	free_all(dropped);
}

static const char *value_of(char *const *env, const char *name)
{
	size_t n = strlen(name);
	const char *found = NULL;

	for (; *env; env++)
		if (strncmp(*env, name, n) == 0 && (*env)[n] == '=') {
			assert_null(found); /* once */
			found = *env + n + 1;
		}
	return found;
}

static void a_network_needs_no_proxies_and_names_the_authorities(void **state)
{
	static char *const env[] = {"HTTPS_PROXY=http://proxy.test:3128",
				    "http_proxy=http://proxy.test:3128",
				    "no_proxy=10.0.0.0/8",
				    "npm_config_https_proxy=x",
				    "NPM_CONFIG_CAFILE=/home/ana/ca",
				    "SSL_CERT_FILE=/home/ana/ca",
				    "JAVA_TOOL_OPTIONS=-Xmx1g",
				    "PROXYSQL=1",
				    "GOPROXY=https://go.example.test",
				    NULL};
	char **kept, **dropped;

	(void)state;
	assert_int_equal(sel_environ_scrub(env, NULL, &kept, &dropped), 0);
	assert_int_equal(sel_environ_network(&kept, &dropped, "/x", true), 0);
	assert_null(value_of(kept, "HTTPS_PROXY"));
	assert_null(value_of(kept, "http_proxy"));
	assert_null(value_of(kept, "no_proxy"));
	assert_null(value_of(kept, "npm_config_https_proxy"));
	assert_string_equal(dropped[0], "HTTPS_PROXY");
	assert_string_equal(dropped[1], "http_proxy");
	assert_string_equal(value_of(kept, "PROXYSQL"), "1"); /* no proxy of ours to name */
	assert_string_equal(value_of(kept, "GOPROXY"), "https://go.example.test");
	assert_string_equal(value_of(kept, "SSL_CERT_FILE"), "/x/bundle.pem");
	assert_string_equal(value_of(kept, "SSL_CERT_DIR"), "/x/certs");
	assert_string_equal(value_of(kept, "NODE_EXTRA_CA_CERTS"), "/x/ca.pem");
	assert_string_equal(value_of(kept, "npm_config_cafile"), "/x/bundle.pem");
	assert_null(value_of(kept, "NPM_CONFIG_CAFILE")); /* npm takes either for the other */
	assert_int_equal(strncmp(value_of(kept, "JAVA_TOOL_OPTIONS"), "-Xmx1g -D", 9), 0);
	free_all(kept);
	free_all(dropped);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(drops_credentials_and_sockets_by_name),
		cmocka_unit_test(drops_credentials_by_value_whatever_the_name),
		cmocka_unit_test(keeps_what_was_named_and_the_order),
		cmocka_unit_test(an_empty_environment_is_fine),
		cmocka_unit_test(a_network_needs_no_proxies_and_names_the_authorities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
