/* The network of this run: its grants before anything runs, what is shown inside in place of the
 * host's, and what the network's parts ask of the broker. Without it, or when any of it fails, the
 * sandbox has loopback only. */
#include "broker.h"

#include "covers.h"
#include "seldom/text.h"

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define INSIDE	     "/run/seldom/trust"
#define ADMIN_GRANTS "/etc/seldom/grants"

/* --- grants that are there from the start
 * --------------------------------------------------- */

/* HOST[:PORT]: reading there; what would change something is asked about. On other ports than that
 * of https also without TLS: who names one knows what is there. */
static int net_line(const char *text, size_t at, char *ret, size_t cap)
{
	bool wildcard = strncmp(text, "*.", 2) == 0;
	const char *host = text + (wildcard ? 2 : 0);
	char name[SEL_NAME_MAX];
	uint16_t port;
	int r = sel_name_authority(host, strlen(host), 443, name, &port);

	if (r < 0)
		return r;
	r = snprintf(ret, cap,
		     "grant net-%zu host %s%s; port %u; http GET,HEAD,OPTIONS /*; query *%s",
		     at + 1, wildcard ? "*." : "", name, port, port == 443 ? "" : "; plain yes");
	return r < (int)cap ? r : -ENAMETOOLONG;
}

static int read_options(struct broker *b, char **ret_error)
{
	char line[SEL_GRANT_LINE_MAX];
	int r = 0;

	for (size_t i = 0; r >= 0 && b->o.net && b->o.net[i]; i++) {
		r = net_line(b->o.net[i], i, line, sizeof line);
		if (r < 0)
			return broker_fail(b, r, "--net '%s': HOST[:PORT] is wanted", b->o.net[i]);
		r = sel_grants_parse("--net", line, (size_t)r, SEL_GRANT_COMMAND, b->started_real,
				     &b->first_grants, &b->n_first_grants, ret_error);
	}
	return r;
}

static int read_user(struct broker *b, char **ret_error)
{
	_cleanup_free_ char *dir = NULL, *path = NULL;
	int r = sel_config_dir(&dir);

	if (r < 0 || asprintf(&path, "%s/grants", dir) < 0)
		return 0; /* no home, no file */
	return sel_grants_read(path, SEL_GRANT_FILE, b->started_real, &b->first_grants,
			       &b->n_first_grants, ret_error);
}

static int read_grants(struct broker *b)
{
	_cleanup_free_ char *error = NULL;
	int r = sel_grants_read(ADMIN_GRANTS, SEL_GRANT_ADMIN, b->started_real, &b->first_grants,
				&b->n_first_grants, &error);

	if (r >= 0)
		r = read_user(b, &error);
	if (r >= 0)
		r = read_options(b, &error);
	if (r < 0 && error)
		return broker_fail(b, 0, "%s", error);
	return r < 0 ? broker_fail(b, r, "Cannot read the grants") : 0;
}

static bool has_java(void)
{
	static const char *const places[] = {"/usr/bin/java", "/usr/lib/jvm",
					     "/usr/local/bin/java"};
	const char *home = getenv("JAVA_HOME");

	for (size_t i = 0; i < SEL_N(places); i++)
		if (access(places[i], X_OK) == 0)
			return true;
	return home && *home == '/' && access(home, X_OK) == 0;
}

static int list_roots(const struct broker *b, const char ***ret)
{
	const char **roots = calloc(b->n_first_grants + 1, sizeof *roots);
	size_t n = 0;

	if (!roots)
		return -ENOMEM;
	for (size_t i = 0; i < b->n_first_grants; i++)
		if (b->first_grants[i].roots)
			roots[n++] = b->first_grants[i].roots;
	*ret = roots;
	return 0;
}

/* --- what its parts ask of us
 * -------------------------------------------------------------------- */

static void on_ask(void *ctx, const struct sel_net_asked *asked)
{
	struct broker *b = ctx;

	sel_ask_host(b->ask, asked);
}

static void on_gone(void *ctx, uint64_t id)
{
	struct broker *b = ctx;

	if (b->ask)
		sel_ask_host_gone(b->ask, id);
}

/* A grant of a file that says where the host of `g` is, or how it proves itself. */
static const struct sel_net_grant *said_in_file(const struct broker *b,
						const struct sel_net_grant *g)
{
	uint16_t port = g->port ? g->port : 443;
	usec_t now = sel_now_real();
	size_t n = 0;
	const struct sel_net_grant *list = sel_network_grants(b->network, &n);

	for (size_t i = 0; i < n; i++)
		if (list[i].from <= SEL_GRANT_ADMIN && (list[i].roots || list[i].n_addresses) &&
		    sel_grant_covers(&list[i], g->host, port, now))
			return &list[i];
	return NULL;
}

/* An answer about a host means the one that a file speaks of: without the file's address and roots
 * it could not be used, or would lead to another. */
static int inherit(const struct broker *b, struct sel_net_grant *g)
{
	bool own = g->from <= SEL_GRANT_ADMIN || g->wildcard || g->roots || g->n_addresses;
	const struct sel_net_grant *of = own ? NULL : said_in_file(b, g);

	if (!of)
		return 0;
	if (of->n_addresses) {
		g->addresses = calloc(of->n_addresses, sizeof *g->addresses);
		if (!g->addresses)
			return -ENOMEM;
		memcpy(g->addresses, of->addresses, of->n_addresses * sizeof *g->addresses);
		g->n_addresses = of->n_addresses;
	}
	g->roots = of->roots && !g->opaque ? strdup(of->roots) : NULL;
	return of->roots && !g->opaque && !g->roots ? -ENOMEM : 0;
}

/* Without a network a grant opens nothing, but what it names is guarded (credentials.c). */
static int keep_grant(struct broker *b, struct sel_net_grant *take)
{
	struct sel_net_grant *grown =
		reallocarray(b->first_grants, b->n_first_grants + 1, sizeof *grown);

	if (!grown)
		return -ENOMEM;
	b->first_grants = grown;
	grown[b->n_first_grants++] = *take;
	*take = (struct sel_net_grant){0};
	return 0;
}

int broker_net_grant(void *ctx, struct sel_net_grant *take, uint64_t once)
{
	struct broker *b = ctx;
	int r = b->network ? 0 : -ENETUNREACH;

	if (!b->network && !b->watch)
		r = keep_grant(b, take);
	if (!b->network && r >= 0)
		return 0;
	/* Before it runs all are looked at together (setup.c). */
	if (r >= 0 && b->watch && !broker_credential_hidden(b, take))
		r = -EPERM;
	if (r >= 0)
		r = inherit(b, take);
	if (r >= 0)
		return sel_network_grant(b->network, take, once, NULL);
	sel_grant_done(take);
	*take = (struct sel_net_grant){0};
	return r;
}

void broker_net_answer(void *ctx, uint64_t id, enum sel_net_why why)
{
	struct broker *b = ctx;

	sel_network_answer(b->network, id, why);
}

static void on_decided(void *ctx, const struct sel_net_decided *d)
{
	broker_net_decided(ctx, d);
}

static void on_lost(void *ctx, const char *what)
{
	struct broker *b = ctx;
	char line[128];

	(void)snprintf(line, sizeof line, "%s ended: the network is closed from here on", what);
	if (b->ask && !b->ended)
		sel_ask_notice(b->ask, line);
}

/* --- the start
 * ----------------------------------------------------------------------------------- */

/* Some hundred links and files for as long as the run lasts: in memory. Where the session's own
 * folder is on a disk, /dev/shm is (and nobody else can have made the name). */
static int choose_folder(struct broker *b)
{
	_cleanup_free_ char *dir = NULL;
	struct statfs fs;
	int r = sel_runtime_dir(&dir);

	if (r < 0)
		return r;
	bool memory = statfs(dir, &fs) == 0 && fs.f_type == TMPFS_MAGIC;
	if (!memory && statfs("/dev/shm", &fs) == 0 && fs.f_type == TMPFS_MAGIC &&
	    access("/dev/shm", W_OK | X_OK) == 0)
		r = asprintf(&b->net_folder, "/dev/shm/seldom-%u-%s", (unsigned)geteuid(), b->id);
	else
		r = asprintf(&b->net_folder, "%s/net-%s", dir, b->id);
	if (r < 0)
		b->net_folder = NULL;
	return r < 0 ? -ENOMEM : 0;
}

static int start(struct broker *b)
{
	_cleanup_free_ const char **roots = NULL;
	int r = choose_folder(b);

	if (r >= 0)
		r = list_roots(b, &roots);
	if (r < 0)
		return r;
	b->java = has_java();
	struct sel_network_config config = {.loop = b->loop,
					    .runtime = b->net_folder,
					    .java = b->java,
					    .roots = roots,
					    .ctx = b,
					    .ask = on_ask,
					    .gone = on_gone,
					    .decided = on_decided,
					    .lost = on_lost};
	return sel_network_start(&config, &b->network);
}

/* The program goes on without: it must be said, and nothing must be open. */
static void fail_closed(struct broker *b, int r, const char *what)
{
	sel_network_free(sel_steal_ptr(&b->network));
	if (asprintf(&b->net_failed, "%s: %s; the network has loopback only", what, strerror(-r)) <
	    0)
		b->net_failed = NULL;
}

static int give_grants(struct broker *b)
{
	int r = 0;

	for (size_t i = 0; i < b->n_first_grants; i++) {
		int one = inherit(b, &b->first_grants[i]);

		if (one >= 0)
			one = sel_network_grant(b->network, &b->first_grants[i], 0, NULL);
		else
			sel_grant_done(&b->first_grants[i]);
		r = r < 0 ? r : one;
	}
	free(b->first_grants); /* what was in them is the network's */
	b->first_grants = NULL;
	b->n_first_grants = 0;
	return r;
}

int broker_net_start(struct broker *b)
{
	int r;

	r = read_grants(b);
	if (r < 0 || b->o.no_net || b->o.explain)
		return r;
	r = start(b);
	if (r >= 0)
		r = give_grants(b);
	if (r < 0) {
		fail_closed(b, r, "Cannot start the network's processes");
		if (!b->first_grants)
			return read_grants(b); /* they were given away */
	}
	return 0;
}

/* --- what is shown inside
 * ------------------------------------------------------------------------ */

static int write_file(const char *folder, const char *name, const char *text, char **ret)
{
	_cleanup_free_ char *path = NULL;
	size_t n = strlen(text);

	if (asprintf(&path, "%s/%s", folder, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	_cleanup_close_ int fd =
		open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	if (fchmod(fd, 0444) < 0 || write(fd, text, n) != (ssize_t)n)
		return -EIO;
	*ret = sel_steal_ptr(&path);
	return 0;
}

/* Where a link leads, since a bind over a link inside would be looked for outside. */
static int show_at(struct broker *b, const char *path, const char *from, bool folder)
{
	_cleanup_free_ char *real = realpath(path, NULL);
	struct stat st;

	if (!real || stat(real, &st) < 0 || S_ISDIR(st.st_mode) != folder)
		return 0; /* not on this machine */
	return broker_show(b, real, from);
}

/* A line of the host's file is kept if it is about loopback: any other name has an address of ours.
 */
static bool is_loopback_line(const char *line)
{
	line += strspn(line, " \t");
	return strncmp(line, "127.", 4) == 0 || strncmp(line, "::1", 3) == 0;
}

static char *hosts_text(void)
{
	FILE *f = fopen("/etc/hosts", "re");
	char *line = NULL, *text = NULL;
	size_t cap = 0, n = 0;
	FILE *out = open_memstream(&text, &n);

	while (f && out && n < 65536 && getline(&line, &cap, f) > 0)
		if (is_loopback_line(line))
			(void)fputs(line, out);
	if (f)
		(void)fclose(f);
	free(line);
	if (out && n == 0)
		(void)fputs("127.0.0.1 localhost\n::1 localhost\n", out);
	if (!out || fclose(out) != 0)
		return NULL;
	return text;
}

/* Names are resolved inside and nowhere else. Without a search list: what is asked about is what
 * was meant. */
static int show_names(struct broker *b)
{
	static const char resolver[] = "# seldom: every name has an address that leads to it\n"
				       "nameserver 198.18.0.1\nsearch .\n";
	_cleanup_free_ char *hosts = hosts_text(), *at = NULL, *hosts_at = NULL;
	int r = write_file(b->net_folder, "resolv.conf", resolver, &at);

	if (r >= 0)
		r = show_at(b, "/etc/resolv.conf", at, false);
	if (r >= 0 && hosts)
		r = write_file(b->net_folder, "hosts", hosts, &hosts_at);
	if (r >= 0 && hosts)
		r = show_at(b, "/etc/hosts", hosts_at, false);
	return r;
}

/* Where the distributions keep their authorities; programs that know no variable look there. A file
 * must be there before it can be shown, so then it is waited for here. */
static int show_bundle(struct broker *b, const char *bundle)
{
	static const char *const files[] = {"/etc/pki/tls/certs/ca-bundle.crt",
					    "/etc/ssl/ca-bundle.pem",
					    "/etc/ssl/cert.pem",
					    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
					    "/var/lib/ca-certificates/ca-bundle.pem",
					    "/etc/ca-certificates/extracted/tls-ca-bundle.pem"};
	int r = 0;

	for (size_t i = 0; r >= 0 && i < SEL_N(files); i++) {
		_cleanup_free_ char *real = realpath(files[i], NULL);

		if (!real || sel_path_below(real, "/etc/ssl/certs"))
			continue;
		if (sel_network_ready(b->network) < 0)
			return 0; /* said later */
		r = show_at(b, files[i], bundle, false);
	}
	return r;
}

static int show_authorities(struct broker *b)
{
	_cleanup_free_ char *certs = NULL, *bundle = NULL;
	const char *trust = sel_network_trust(b->network);
	int r;

	if (asprintf(&certs, "%s/certs", trust) < 0)
		certs = NULL;
	if (asprintf(&bundle, "%s/bundle.pem", trust) < 0)
		bundle = NULL;
	if (!certs || !bundle)
		return -ENOMEM;
	r = broker_show(b, INSIDE, trust);
	if (r >= 0)
		r = show_at(b, "/etc/ssl/certs", certs, true);
	return r < 0 ? r : show_bundle(b, bundle);
}

/* SELDOM_CREDENTIAL_ and the grant's name in capitals. */
static void variable_name(const struct sel_net_grant *g, char ret[128])
{
	size_t n = (size_t)sprintf(ret, "SELDOM_CREDENTIAL_");

	for (const char *p = g->name; *p && n < 127; p++)
		ret[n++] = isalnum((unsigned char)*p) ? (char)toupper((unsigned char)*p) : '_';
	ret[n] = '\0';
}

/* A variable of the host keeps its name. */
static int phantom_variable(struct broker *b, const struct sel_net_grant *g, const char *phantom)
{
	char name[128];
	int r = 0;

	if (g->credential == SEL_CRED_VARIABLE)
		r = sel_environ_set(&b->environment, g->credential_name, phantom);
	variable_name(g, name);
	return r < 0 ? r : sel_environ_set(&b->environment, name, phantom);
}

/* One more setting for git, by its environment (git-config(1), GIT_CONFIG_COUNT). */
static int git_setting(struct broker *b, const char *host, const char *key, const char *value)
{
	char name[64], full[SEL_NAME_MAX + 64], count[16];
	unsigned int n = 0;
	int r;

	for (size_t i = 0; b->environment[i]; i++)
		if (strncmp(b->environment[i], "GIT_CONFIG_COUNT=", 17) == 0)
			n = (unsigned int)strtoul(b->environment[i] + 17, NULL, 10);
	(void)snprintf(name, sizeof name, "GIT_CONFIG_KEY_%u", n);
	(void)snprintf(full, sizeof full, "credential.https://%s.%s", host, key);
	(void)snprintf(count, sizeof count, "%u", n + 1);
	r = sel_environ_set(&b->environment, name, full);
	(void)snprintf(name, sizeof name, "GIT_CONFIG_VALUE_%u", n);
	if (r >= 0)
		r = sel_environ_set(&b->environment, name, value);
	return r < 0 ? r : sel_environ_set(&b->environment, "GIT_CONFIG_COUNT", count);
}

/* git asks its helpers for a password: for this host they are replaced by one that has the phantom.
 * The name is what most services take beside a token; who needs another has it in the address. */
static int phantom_git(struct broker *b, const struct sel_net_grant *g)
{
	const struct sel_slot *slot = NULL;
	char host[SEL_NAME_MAX + 16], variable[128], helper[256];
	bool v6 = strchr(g->host, ':');
	int r;

	for (size_t i = 0; i < g->n_slots && !slot; i++)
		slot = g->slots[i].user ? &g->slots[i] : NULL;
	if (!slot)
		return 0;
	(void)snprintf(host, sizeof host, v6 ? "[%s]" : "%s", g->host);
	if (g->port && g->port != 443)
		(void)snprintf(host + strlen(host), 8, ":%u", (unsigned int)g->port);
	variable_name(g,
		      variable); /* not its value, which would be in an argument for all to see */
	(void)snprintf(helper, sizeof helper,
		       "!f() { test \"$1\" != get || echo \"password=$%s\"; }; f", variable);
	r = git_setting(b, host, "helper", "");
	if (r >= 0)
		r = git_setting(b, host, "helper", helper);
	return r < 0 ? r : git_setting(b, host, "username", *slot->user ? slot->user : "git");
}

static int show_phantoms(struct broker *b)
{
	size_t n;
	const struct sel_net_grant *list = sel_network_grants(b->network, &n);
	int r = 0;

	for (size_t i = 0; r >= 0 && i < n; i++) {
		const char *phantom = sel_network_phantom(b->network, list[i].number);

		if (phantom)
			r = phantom_variable(b, &list[i], phantom);
		if (phantom && r >= 0)
			r = phantom_git(b, &list[i]);
	}
	return r;
}

int broker_net_show(struct broker *b)
{
	int r;

	if (!b->network)
		return 0;
	r = show_authorities(b);
	if (r >= 0)
		r = show_names(b);
	if (r >= 0)
		r = sel_environ_network(&b->environment, &b->dropped, INSIDE, b->java);
	return r < 0 ? r : show_phantoms(b);
}

void broker_net_attach(struct broker *b)
{
	const char *what = "seldom-egress does not start";
	int r;

	if (!b->network)
		return;
	r = sel_network_ready(b->network);
	if (r >= 0) {
		what = "Cannot set up the sandbox's network";
		r = sel_network_attach(b->network, b->joiner, &b->mounts);
	}
	if (r < 0)
		fail_closed(b, r, what);
}

void broker_net_end(struct broker *b)
{
	if (!b->net_folder)
		return;
	for (size_t i = 0; i < 2; i++) {
		char path[PATH_MAX];

		if (snprintf(path, sizeof path, "%s/%s", b->net_folder,
			     i ? "hosts" : "resolv.conf") < (int)sizeof path)
			(void)unlink(path);
	}
	sel_network_free(sel_steal_ptr(&b->network));
	(void)rmdir(b->net_folder);
}
