#include "environ.h"

#include <stdio.h>
#include <strings.h>

enum fate { DROP, STAY };

/* By name, first match wins; what no row names is judged by its value. '*' is any bytes; ASCII
 * case does not count (http_proxy, npm_config_...). Agents' own keys (ANTHROPIC_API_KEY ...) go by
 * the general rows; who wants them inside says --env NAME. */
/* clang-format off */
static const struct {
	const char *pattern;
	enum fate fate;
	const char *why;
} names[] = {
	/* credentials whose names the general rows below would not catch, and exceptions to those */
	{ "AWS_REGION",               STAY, "a place" },
	{ "AWS_DEFAULT_REGION",       STAY, "a place" },
	{ "AWS_DEFAULT_OUTPUT",       STAY, "a format" },
	{ "AWS_PAGER",                STAY, "a program" },
	{ "AWS_*",                    DROP, "keys, tokens, profiles, addresses of credential servers" },
	{ "GOOGLE_APPLICATION_CREDENTIALS", DROP, "names a key file" },
	{ "CLOUDSDK_AUTH_*",          DROP, "tokens" },
	{ "KUBECONFIG",               DROP, "names a file of cluster credentials" },
	{ "VAULT_*",                  DROP, "address and token of a secret store" },
	{ "OP_SESSION*",              DROP, "an open password store" },
	{ "BW_SESSION",               DROP, "an open password store" },
	{ "PGPASSFILE",               DROP, "names a password file" },
	{ "MYSQL_PWD",                DROP, "a password" },
	{ "RESTIC_*",                 DROP, "passwords and addresses of backups" },
	{ "BORG_*",                   DROP, "passwords and addresses of backups" },
	{ "DATABASE_URL",             DROP, "nearly always holds a password" },

	/* sockets and terminals outside: whoever reaches them acts outside the boundary */
	{ "SSH_AUTH_SOCK",            DROP, "the agent signs for every host" },
	{ "SSH_AGENT_PID",            DROP, "belongs to it" },
	{ "SSH_ASKPASS*",             DROP, "a program outside that asks for passwords" },
	{ "SUDO_ASKPASS",             DROP, "a program outside that asks for passwords" },
	{ "GIT_ASKPASS",              DROP, "an editor's program that hands out credentials" },
	{ "GPG_AGENT_INFO",           DROP, "the agent signs and decrypts" },
	{ "GNOME_KEYRING_*",          DROP, "an open password store" },
	{ "KEYRING_*",                DROP, "an open password store" },
	{ "DBUS_*",                   DROP, "the session bus starts programs outside" },
	{ "XDG_RUNTIME_DIR",          STAY, "is an empty folder inside" },
	{ "TMUX",                     DROP, "keys can be sent to panes outside" },
	{ "TMUX_PANE",                DROP, "belongs to it" },
	{ "STY",                      DROP, "the same for screen" },
	{ "ZELLIJ*",                  DROP, "the same for zellij" },
	{ "KITTY_LISTEN_ON",          DROP, "the terminal takes commands there" },
	{ "WEZTERM_UNIX_SOCKET",      DROP, "the terminal takes commands there" },
	{ "ALACRITTY_SOCKET",         DROP, "the terminal takes commands there" },
	{ "KONSOLE_DBUS_*",           DROP, "the terminal takes commands there" },
	{ "NVIM",                     DROP, "the editor outside takes commands there" },
	{ "NVIM_LISTEN_ADDRESS",      DROP, "the editor outside takes commands there" },
	{ "VIM_SERVERNAME",           DROP, "the editor outside takes commands there" },
	{ "EMACS_SOCKET_NAME",        DROP, "the editor outside takes commands there" },
	{ "VSCODE_*",                 DROP, "sockets and helpers of the editor outside" },
	{ "REMOTE_CONTAINERS_*",      DROP, "sockets of the editor outside" },
	{ "DOCKER_HOST",              DROP, "whoever reaches it is root outside" },
	{ "CONTAINER_HOST",           DROP, "whoever reaches it acts outside" },
	{ "PODMAN_*",                 DROP, "whoever reaches it acts outside" },
	{ "DOCKER_CERT_PATH",         DROP, "names key files" },
	{ "DOCKER_AUTH_CONFIG",       DROP, "registry credentials" },
	{ "DISPLAY",                  DROP, "an X server gives every client keyboard and screen" },
	{ "XAUTHORITY",               DROP, "the key to it" },
	{ "WAYLAND_DISPLAY",          DROP, "clipboard and windows outside" },
	{ "WAYLAND_SOCKET",           DROP, "clipboard and windows outside" },
	{ "SWAYSOCK",                 DROP, "the window manager runs commands" },
	{ "I3SOCK",                   DROP, "the window manager runs commands" },
	{ "HYPRLAND_INSTANCE_SIGNATURE", DROP, "the window manager runs commands" },
	{ "NIRI_SOCKET",              DROP, "the window manager runs commands" },
	{ "PULSE_SERVER",             DROP, "microphone" },
	{ "PIPEWIRE_*",               DROP, "microphone and camera" },
	{ "SESSION_MANAGER",          DROP, "the desktop session" },
	{ "CLAUDE_CODE_MESSAGING_*",  DROP, "an agent outside takes commands there" },
	{ "NOTIFY_SOCKET",            DROP, "speaks to systemd for the caller" },
	{ "LISTEN_FDS",               DROP, "descriptors that are not handed on" },
	{ "LISTEN_PID",               DROP, "belongs to it" },
	{ "LISTEN_FDNAMES",           DROP, "belongs to it" },
	{ "JOURNAL_STREAM",           DROP, "names a socket outside" },

	/* Inside they could do no more than the program itself; but they work in the boundary's own
	 * helpers first, while the door is still open. LD_LIBRARY_PATH stays: programs need it. */
	{ "LD_PRELOAD",               DROP, "is loaded into the boundary's helpers" },
	{ "LD_AUDIT",                 DROP, "is loaded into the boundary's helpers" },
	{ "GLIBC_TUNABLES",           DROP, "changes the boundary's own helpers" },
	{ "SELDOM_*",                 DROP, "switches of seldom itself" },

	/* by shape; a name that only says where a key's public part or a key board is, stays */
	{ "*_PUBLIC_KEY",             STAY, "public" },
	{ "*PUBKEY*",                 STAY, "public" },
	{ "*_KEYMAP",                 STAY, "keyboard" },
	{ "*TOKENIZERS*",             STAY, "a library's switch" },
	{ "*_MAX_TOKENS",             STAY, "a number" },
	{ "*_MAX_*_TOKENS",           STAY, "a number" },
	{ "*TOKEN*",                  DROP, "a token by its name" },
	{ "*SECRET*",                 DROP, "a secret by its name" },
	{ "*PASSWORD*",               DROP, "a password by its name" },
	{ "*PASSWD*",                 DROP, "a password by its name" },
	{ "*PASSPHRASE*",             DROP, "a passphrase by its name" },
	{ "*_PASS",                   DROP, "a password by its name" },
	{ "*_PWD",                    DROP, "a password by its name" },
	{ "*CREDENTIAL*",             DROP, "credentials by their name" },
	{ "*APIKEY*",                 DROP, "a key by its name" },
	{ "GIT_CONFIG_COUNT",         DROP, "git settings, which may hold headers with tokens: all or none" },
	{ "GIT_CONFIG_VALUE_*",       DROP, "the same" },
	{ "GIT_CONFIG_PARAMETERS",    DROP, "the same" },
	{ "*_KEY",                    DROP, "a key by its name" },
	{ "*_KEY_*",                  DROP, "a key by its name" },
	{ "*_KEYS",                   DROP, "keys by their name" },
	{ "*PRIVATE_KEY*",            DROP, "a key by its name" },
	{ "*_PAT",                    DROP, "a personal access token by its name" },
	{ "*_AUTH",                   DROP, "credentials by their name" },
	{ "*_COOKIE*",                DROP, "a session by its name" },
	{ "*_DSN",                    DROP, "an address with a password" },
	{ "*_CONNECTION_STRING",      DROP, "an address with a password" },
	{ "*_WEBHOOK*",               DROP, "whoever knows the address may post" },
};

/* By value, whatever the name: shapes that credentials have and nothing else. `least`: characters of
 * [A-Za-z0-9_-] that must follow; a shorter thing is a word. */
static const struct {
	const char *start;
	size_t least;
	const char *why;
} shapes[] = {
	{ "ghp_",                     20, "GitHub token" },
	{ "gho_",                     20, "GitHub token" },
	{ "ghu_",                     20, "GitHub token" },
	{ "ghs_",                     20, "GitHub token" },
	{ "ghr_",                     20, "GitHub token" },
	{ "github_pat_",              20, "GitHub token" },
	{ "glpat-",                   16, "GitLab token" },
	{ "glptt-",                   16, "GitLab token" },
	{ "gldt-",                    16, "GitLab token" },
	{ "sk-ant-",                  16, "Anthropic key" },
	{ "sk-proj-",                 16, "OpenAI key" },
	{ "sk-",                      32, "OpenAI key" },
	{ "sk_live_",                 16, "Stripe key" },
	{ "rk_live_",                 16, "Stripe key" },
	{ "AKIA",                     16, "AWS key" },
	{ "ASIA",                     16, "AWS key" },
	{ "AIza",                     30, "Google key" },
	{ "ya29.",                    16, "Google token" },
	{ "xoxb-",                    10, "Slack token" },
	{ "xoxp-",                    10, "Slack token" },
	{ "xoxa-",                    10, "Slack token" },
	{ "xoxr-",                    10, "Slack token" },
	{ "xoxs-",                    10, "Slack token" },
	{ "xapp-",                    10, "Slack token" },
	{ "npm_",                     30, "npm token" },
	{ "pypi-",                    30, "PyPI token" },
	{ "dckr_pat_",                16, "Docker token" },
	{ "hf_",                      30, "Hugging Face token" },
	{ "dop_v1_",                  30, "DigitalOcean token" },
	{ "hvs.",                     20, "Vault token" },
	{ "AGE-SECRET-KEY-",          20, "age key" },
	{ "eyJ",                      60, "JSON web token" },
};
/* clang-format on */

static bool is_token_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

static size_t token_len(const char *s)
{
	size_t n = 0;

	while (is_token_byte(s[n]))
		n++;
	return n;
}

/* A token begins where the byte before is none of a token's ("risk-assessment" is no "sk-..."). */
static bool has_token(const char *value)
{
	for (size_t i = 0; i < SEL_N(shapes); i++) {
		size_t n = strlen(shapes[i].start);

		for (const char *at = value; (at = strstr(at, shapes[i].start)); at++)
			if ((at == value || !is_token_byte(at[-1])) &&
			    token_len(at + n) >= shapes[i].least)
				return true;
	}
	return false;
}

/* "scheme://user:password@host". A user alone is no credential, but for http a token often is one.
 */
static bool has_url_credentials(const char *value)
{
	for (const char *at = value; (at = strstr(at, "://"));) {
		size_t n;
		const char *end, *colon;
		bool http = (at - value >= 4 && memcmp(at - 4, "http", 4) == 0) ||
			    (at - value >= 5 && memcmp(at - 5, "https", 5) == 0);

		at += 3;
		n = strcspn(at, "/?# \t\n\"'");
		end = memrchr(at, '@', n);
		if (!end)
			continue;
		colon = memchr(at, ':', (size_t)(end - at));
		if (colon ? colon + 1 < end : http && end > at)
			return true;
	}
	return false;
}

static bool has_private_key(const char *value)
{
	const char *at = strstr(value, "-----BEGIN ");

	return at && strstr(at, "PRIVATE KEY");
}

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool match(const char *pattern, const char *name)
{
	for (; *pattern != '*'; pattern++, name++) {
		if (*pattern == '\0')
			return *name == '\0';
		if (upper(*name) != *pattern) /* at the end of the name too */
			return false;
	}
	for (;; name++) {
		if (match(pattern + 1, name))
			return true;
		if (*name == '\0')
			return false;
	}
}

static bool credential_value(const char *value)
{
	return has_token(value) || has_url_credentials(value) || has_private_key(value);
}

static bool drops(const char *name, const char *value)
{
	for (size_t i = 0; i < SEL_N(names); i++)
		if (match(names[i].pattern, name))
			return names[i].fate == DROP || credential_value(value);
	return credential_value(value);
}

static bool listed(const char *const *list, const char *name)
{
	for (; list && *list; list++)
		if (strcmp(*list, name) == 0)
			return true;
	return false;
}

/* True if an earlier entry has the name: the caller's getenv() never saw this one, a shell inside
 * might. */
static bool repeated(char *const *env, size_t at, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < at; i++)
		if (strncmp(env[i], name, n) == 0 && env[i][n] == '=')
			return true;
	return false;
}

static void list_free(char **list)
{
	for (char **item = list; item && *item; item++)
		free(*item);
	free(list);
}

static int scrub_one(char *const *env, size_t at, const char *const *keep, char **ret_kept,
		     char **ret_dropped)
{
	const char *value = strchr(env[at], '=');
	_cleanup_free_ char *name = NULL;

	if (!value || value == env[at]) /* no variable at all */
		return 0;
	name = strndup(env[at], (size_t)(value - env[at]));
	if (!name)
		return -ENOMEM;
	if (repeated(env, at, name))
		return 0;
	if (!listed(keep, name) && drops(name, value + 1)) {
		*ret_dropped = sel_steal_ptr(&name);
		return 0;
	}
	*ret_kept = strdup(env[at]);
	return *ret_kept ? 0 : -ENOMEM;
}

int sel_environ_scrub(char *const *env, const char *const *keep, char ***ret, char ***ret_dropped)
{
	size_t n = 0, kept = 0, dropped = 0;
	char **stay, **go;
	int r = 0;

	while (env[n])
		n++;
	stay = calloc(n + 1, sizeof *stay);
	go = calloc(n + 1, sizeof *go);
	if (!stay || !go)
		r = -ENOMEM;
	for (size_t i = 0; r >= 0 && i < n; i++) {
		r = scrub_one(env, i, keep, &stay[kept], &go[dropped]);
		kept += stay[kept] != NULL;
		dropped += go[dropped] != NULL;
	}
	if (r < 0) {
		list_free(stay);
		list_free(go);
		return r;
	}
	*ret = stay;
	*ret_dropped = go;
	return 0;
}

/* --- a run with a network ------------------------------------------------------------------------
 */

/* Where a proxy outside is named. Inside there is no way to one, nor a need. */
static const char *const proxies[] = {"HTTP_PROXY",	    "HTTPS_PROXY",
				      "ALL_PROXY",	    "NO_PROXY",
				      "FTP_PROXY",	    "RSYNC_PROXY",
				      "NPM_CONFIG_PROXY",   "NPM_CONFIG_HTTP_PROXY",
				      "GRPC_PROXY",	    "NPM_CONFIG_HTTPS_PROXY",
				      "NPM_CONFIG_NOPROXY", "PIP_PROXY",
				      "SOCKS_PROXY",	    "CARGO_HTTP_PROXY",
				      "YARN_HTTP_PROXY",    "YARN_HTTPS_PROXY",
				      "SOCKS_SERVER",	    "GLOBAL_AGENT_*",
				      "NODE_USE_ENV_PROXY", "CLOUDSDK_PROXY_*",
				      "NO_GRPC_PROXY"};

/* BUNDLE: the host's authorities and the session's; OURS: the session's alone, where it is added to
 * what a tool brings along. Lower case where a tool knows no other. */
enum file { BUNDLE, OURS, FOLDER };
static const struct {
	const char *name;
	enum file file;
	const char *who;
} authorities[] = {
	{"SSL_CERT_FILE", BUNDLE, "OpenSSL: python, ruby, php, go, rust, curl"},
	{"SSL_CERT_DIR", FOLDER, "OpenSSL, go"},
	{"CURL_CA_BUNDLE", BUNDLE, "curl"},
	{"GIT_SSL_CAINFO", BUNDLE, "git"},
	{"REQUESTS_CA_BUNDLE", BUNDLE, "python requests brings certifi along"},
	{"PIP_CERT", BUNDLE, "pip brings certifi along"},
	{"HTTPLIB2_CA_CERTS", BUNDLE, "python httplib2"},
	{"NODE_EXTRA_CA_CERTS", OURS, "node has its own list"},
	{"npm_config_cafile", BUNDLE, "npm: replaces node's"},
	{"YARN_HTTPS_CA_FILE_PATH", BUNDLE, "yarn"},
	{"DENO_CERT", BUNDLE, "deno has its own list"},
	{"CARGO_HTTP_CAINFO", BUNDLE, "cargo"},
	{"AWS_CA_BUNDLE", BUNDLE, "botocore brings a list along"},
	{"CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE", BUNDLE, "gcloud"},
	{"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", BUNDLE, "grpc brings a list along"},
	{"PERL_LWP_SSL_CA_FILE", BUNDLE, "perl's LWP"},
	{"HTTPS_CA_FILE", BUNDLE, "perl's Crypt::SSLeay"},
	{"BUNDLE_SSL_CA_CERT", BUNDLE, "ruby bundler"},
	{"NIX_SSL_CERT_FILE", BUNDLE, "nix"},
	{"SYSTEM_CERTIFICATE_PATH", FOLDER, "haskell"},
	{"HEX_CACERTS_PATH", BUNDLE, "elixir"},
};

static size_t list_length(char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

static int list_add(char ***list, char *take)
{
	size_t n = list_length(*list);
	char **grown = take ? reallocarray(*list, n + 2, sizeof *grown) : NULL;

	if (!grown) {
		free(take);
		return -ENOMEM;
	}
	grown[n] = take;
	grown[n + 1] = NULL;
	*list = grown;
	return 0;
}

static void list_remove(char **list, size_t at)
{
	free(list[at]);
	for (; list[at]; at++)
		list[at] = list[at + 1];
}

static bool has_name(const char *entry, const char *name)
{
	size_t n = strlen(name);

	return strncasecmp(entry, name, n) == 0 && entry[n] == '=';
}

int sel_environ_set(char ***env, const char *name, const char *value)
{
	char *entry;

	for (size_t i = 0; (*env)[i];) { /* npm_config_cafile and NPM_CONFIG_CAFILE are one */
		if (has_name((*env)[i], name))
			list_remove(*env, i);
		else
			i++;
	}
	return list_add(env, asprintf(&entry, "%s=%s", name, value) < 0 ? NULL : entry);
}

static bool names_proxy(const char *entry, char **ret_name)
{
	_cleanup_free_ char *name = strndup(entry, strcspn(entry, "="));

	for (size_t i = 0; name && i < SEL_N(proxies); i++)
		if (match(proxies[i], name)) {
			*ret_name = sel_steal_ptr(&name);
			return true;
		}
	return false;
}

static int drop_proxies(char **env, char ***dropped)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && env[i];) {
		char *name;

		if (!names_proxy(env[i], &name)) {
			i++;
			continue;
		}
		list_remove(env, i);
		r = list_add(dropped, name);
	}
	return r;
}

static int set_java(char ***env, const char *dir)
{
	char value[4096];
	const char *before = "";

	for (char **e = *env; *e; e++)
		if (strncmp(*e, "JAVA_TOOL_OPTIONS=", 18) == 0)
			before = *e + 18;
	if (snprintf(value, sizeof value,
		     "%s%s-Djavax.net.ssl.trustStore=%s/java.p12 "
		     "-Djavax.net.ssl.trustStoreType=PKCS12 "
		     "-Djavax.net.ssl.trustStorePassword=changeit",
		     before, *before ? " " : "", dir) >= (int)sizeof value)
		return 0; /* a caller with so many options has its own idea of them */
	return sel_environ_set(env, "JAVA_TOOL_OPTIONS", value);
}

int sel_environ_network(char ***env, char ***dropped, const char *dir, bool java)
{
	static const char *const files[] = {
		[BUNDLE] = "bundle.pem", [OURS] = "ca.pem", [FOLDER] = "certs"};
	int r = drop_proxies(*env, dropped);

	for (size_t i = 0; r >= 0 && i < SEL_N(authorities); i++) {
		char path[256];

		(void)snprintf(path, sizeof path, "%s/%s", dir, files[authorities[i].file]);
		r = sel_environ_set(env, authorities[i].name, path);
	}
	return r < 0 || !java ? r : set_java(env, dir);
}
