/* `seldom init`: the first set-up, in under a minute. It shows what there is, asks what only a
 * person can know, and writes nothing without a yes; what it would write is a command that works
 * later, too. */
#include "commands.h"

#include "grants_add.h"
#include "init_found.h"
#include "seldom/text.h"

#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#define ANSWER_MAX 4096

struct init_options {
	bool json;
};
static const struct sel_option rows[] = {
	{"json", 0, SEL_OPT_FLAG, NULL, "what was found, as one JSON object; nothing is asked",
	 offsetof(struct init_options, json), 0},
	{0},
};
const struct sel_usage sel_usage_init = {
	.name = "init",
	.synopsis = "[--json]",
	.example = "cd ~/src/app && seldom init",
	.does = "The first set-up: what this machine can enforce, which secrets are hidden, where "
		"the\nprogram may work, which hosts this project uses, and how to start your "
		"agent.",
	.options = rows,
	.more = "Asks only in a terminal; without one it shows the commands. Nothing is written "
		"without\na yes, and it may be started again at any time.\n"
		"Exit status: 0, 1 'seldom run' cannot start here, 2 usage.\n",
};

/* --- talking
 * --------------------------------------------------------------------------------------
 */

static void heading(const char *title)
{
	(void)printf("\n%s\n", title);
}

static void say(const char *fmt, ...) _printf_(1, 2);
static void say(const char *fmt, ...)
{
	char text[2 * PATH_MAX], safe[8 * PATH_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	sel_text_escape_message(text, safe, sizeof safe);
	(void)printf("  %s\n", safe);
}

/* A line without its end; false: there is nobody, or the end of the input. */
static bool answer(const struct found *f, const char *question, char ret[ANSWER_MAX])
{
	if (!f->person)
		return false;
	(void)printf("  %s ", question);
	(void)fflush(stdout);
	if (!fgets(ret, ANSWER_MAX, stdin)) {
		(void)putchar('\n');
		return false;
	}
	ret[strcspn(ret, "\n")] = '\0';
	return true;
}

static bool yes(const struct found *f, const char *question)
{
	char text[ANSWER_MAX];

	return answer(f, question, text) && (text[0] == 'y' || text[0] == 'Y');
}

/* --- the machine, the secrets
 * ---------------------------------------------------------------------
 */

static void machine(struct found *f)
{
	size_t ok = 0;

	for (size_t i = 0; i < SEL_PROBES; i++)
		ok += f->probes[i].state == SEL_PROBE_OK;
	heading("What this machine can enforce");
	say("%zu of %d: all that seldom asks of it", ok, SEL_PROBES);
	for (size_t i = 0; i < SEL_PROBES; i++) {
		const struct sel_probe *p = &f->probes[i];

		if (p->state == SEL_PROBE_OK)
			continue;
		say("%s: %s", p->name, p->detail);
		if (*p->fix)
			say("    to mend it: %s", p->fix);
	}
}

#define SECRETS_SHOWN 5
static bool below(const char *path, const char *folder)
{
	size_t n = folder ? strlen(folder) : 0;

	return n > 0 && strncmp(path, folder, n) == 0 && path[n] == '/';
}

/* One's own first. */
static void secrets(struct found *f)
{
	size_t shown = 0;

	heading("Secrets");
	if (f->secrets.n == 0)
		say("none found: what holds credentials would be hidden");
	else
		say("%zu hidden from what runs inside; reading one is a question each time",
		    f->secrets.n);
	for (size_t i = 0; i < f->secrets.n; i++)
		if (below(f->secrets.items[i].path, f->home) && shown++ < SECRETS_SHOWN)
			say("%s (%s)", f->secrets.items[i].path, f->secrets.items[i].what);
	for (size_t i = 0; i < f->secrets.n; i++)
		if (!below(f->secrets.items[i].path, f->home) && shown++ < SECRETS_SHOWN)
			say("%s (%s)", f->secrets.items[i].path, f->secrets.items[i].what);
	if (f->secrets.n > SECRETS_SHOWN)
		say("and %zu more: seldom init --json lists them", f->secrets.n - SECRETS_SHOWN);
	say("another one is hidden by 'secret = PATH' in the configuration, or --secret PATH");
}

/* --- where the program works
 * ----------------------------------------------------------------------
 */

/* A folder below which nothing of seldom's own or of everybody's lies. NULL: it will do. */
static const char *no_workspace(const struct found *f, const char *real)
{
	struct stat st;

	if (stat(real, &st) < 0 || !S_ISDIR(st.st_mode))
		return "is no folder";
	if (strcmp(real, "/") == 0 || (f->home && strcmp(real, f->home) == 0))
		return "is too wide: everything you have lies in it; name a folder of your work";
	return access(real, W_OK) < 0 ? "is not yours to write to" : NULL;
}

static char *named_folder(const struct found *f, const char *text)
{
	_cleanup_free_ char *below = NULL;

	if (strncmp(text, "~/", 2) == 0 && f->home) {
		if (asprintf(&below, "%s/%s", f->home, text + 2) < 0)
			return NULL;
		text = below;
	}
	return realpath(text, NULL);
}

/* The file is made, never changed: what a person wrote there stays as it is. */
static int write_config(const struct found *f, const char *folder)
{
	_cleanup_free_ char *copy = strdup(f->config), *text = NULL;
	char *slash = copy ? strrchr(copy, '/') : NULL;
	int r = 0;

	if (!slash || asprintf(&text, "[scope]\nrw = %s\n", folder) < 0)
		return -ENOMEM;
	*slash = '\0';
	for (char *p = copy + 1; r == 0 && p; p = p ? p + 1 : NULL) {
		p = strchr(p, '/');
		if (p)
			*p = '\0';
		r = mkdir(copy, 0700) < 0 && errno != EEXIST ? -errno : 0;
		if (!p)
			break;
		*p = '/';
	}
	_cleanup_close_ int fd =
		r < 0 ? r
		      : open(f->config, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return r < 0 ? r : -errno;
	return write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -EIO;
}

static void keep_folder(const struct found *f, const char *real)
{
	int r;

	if (access(f->config, F_OK) == 0) {
		say("there is a configuration already; add this to its [scope]: rw = %s", real);
		return;
	}
	r = write_config(f, real);
	if (r < 0)
		(void)sel_err(r, "Cannot write '%s'", f->config);
	else
		say("written to %s", f->config);
}

static void workspace(struct found *f)
{
	char text[ANSWER_MAX];

	heading("Workspace");
	if (f->home && strcmp(f->cwd, f->home) == 0)
		say("you stand in your home folder; start seldom in the folder of a project");
	else
		say("what runs may change the folder it is started in, here %s", f->cwd);
	if (f->project && strcmp(f->project, f->cwd) != 0)
		say("the project begins above it: %s", f->project);
	say("elsewhere it asks first; --rw DIR, or 'rw = DIR' in the configuration, is the way");
	if (!answer(f, "Another folder that it may always change (Enter: none):", text) || !*text)
		return;
	_cleanup_free_ char *real = named_folder(f, text);
	const char *why = real ? no_workspace(f, real) : "cannot be found";
	if (why)
		say("'%s' %s; nothing was written", text, why);
	else
		keep_folder(f, real);
}

/* --- hosts
 * ----------------------------------------------------------------------------------------
 */

static void grant_known(size_t i)
{
	char number[24];
	struct grants_options add = {.known = number};

	(void)snprintf(number, sizeof number, "%zu", i + 1);
	(void)sel_grants_add_command(&add, NULL);
}

/* "1 3", "1,3" or "all". */
static void grant_chosen(const struct found *f, char *text)
{
	char *save = NULL;

	for (char *word = strtok_r(text, ", ", &save); word; word = strtok_r(NULL, ", ", &save)) {
		uint64_t n = 0;
		bool all = strcmp(word, "all") == 0;

		if (!all && (sel_parse_uint(word, f->n_hosts, &n) < 0 || n == 0)) {
			say("'%s' is none of them", word);
			continue;
		}
		for (size_t i = all ? 0 : n - 1; i < (all ? f->n_hosts : n); i++)
			grant_known(i);
	}
}

/* Several lines of a file may mean the same use of a host. */
static bool said_before(const struct found *f, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (strcmp(f->hosts[j].proposal, f->hosts[i].proposal) == 0 &&
		    f->hosts[j].project == f->hosts[i].project)
			return true;
	return false;
}

static void hosts(struct found *f)
{
	char text[ANSWER_MAX];

	heading("Hosts");
	if (f->n_hosts == 0)
		say("nothing here names a registry or a code remote; each host is asked about "
		    "once");
	for (size_t i = 0; i < f->n_hosts; i++) {
		const struct sel_known_host *k = &f->hosts[i];

		if (!said_before(f, i))
			say("%zu  %-6s %s:%u, %s, named in %s%s", i + 1, k->tool, k->host, k->port,
			    k->what, k->from, k->project ? " (by the project itself)" : "");
	}
	if (f->n_hosts == 0)
		return;
	say("their usual use is granted by: seldom grants add --known N");
	if (answer(f, "Grant some for 30 days? Numbers, 'all', or Enter for none:", text))
		grant_chosen(f, text);
}

/* --- screens and agents
 * ---------------------------------------------------------------------------
 */

static void screens(struct found *f)
{
	heading("Questions");
	for (size_t i = 0; i < SEL_SCREEN_PROBES; i++) {
		const struct sel_probe *p = &f->screens[i];

		say("%s: %s", p->name, p->detail);
		if (*p->fix)
			say("    to mend it: %s", p->fix);
	}
	if (f->screens[0].state == SEL_PROBE_OK && yes(f, "Show a notification to try it? [y/N]"))
		say("%s",
		    init_test_notification() == 0
			    ? "it was answered: notifications work"
			    : "nobody answered it; see 'seldom doctor', or answer in terminals");
}

static void agents(struct found *f)
{
	size_t n = 0;

	heading("Agents");
	for (size_t i = 0; i < INIT_AGENTS; i++) {
		const struct agent *a = &f->agents[i];

		if (!a->path)
			continue;
		n++;
		say("%s: start it with: seldom run -- %s", a->title, a->command);
		if (a->preset && a->granted)
			say("    its API is granted; its key stays outside");
		else if (a->preset)
			say("    its API, with the key from the keyring: seldom grants add "
			    "--preset %s",
			    a->preset);
		if (a->hook)
			say("    questions name its tool calls if its %s hook runs: seldom claim",
			    a->hook);
		if (a->preset && !a->granted && yes(f, "  Add that grant for 30 days? [y/N]")) {
			struct grants_options add = {.preset = a->preset};

			(void)sel_grants_add_command(&add, NULL);
			say("    put the key there once: secret-tool store --label=%s service %s",
			    a->preset, a->preset);
		}
	}
	if (n == 0)
		say("none found; any command is started with: seldom run -- COMMAND");
}

int sel_cmd_init(int argc, char **argv)
{
	static void (*const steps[])(struct found * f) = {machine, secrets, workspace,
							  hosts,   screens, agents};
	struct init_options opt = {0};
	int first = sel_options_parse(&sel_usage_init, argc, argv, &opt), r;
	struct found f;

	if (first < 0)
		return sel_options_exit(first);
	r = init_find(&f);
	if (r < 0)
		(void)sel_err(r, "Cannot look around");
	else if (opt.json)
		init_print_json(&f);
	for (size_t i = 0; r >= 0 && !opt.json && i < SEL_N(steps); i++)
		steps[i](&f);
	r = r < 0 || f.missing ? 1 : 0;
	if (!opt.json && f.missing)
		(void)printf("\n'seldom run' cannot start before that is mended.\n");
	init_found_done(&f);
	return r;
}
