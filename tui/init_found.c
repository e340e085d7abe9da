#include "init_found.h"

#include "commands.h"
#include "grants_add.h"
#include "project.h"
#include "seldom/proto.h"
#include "seldom/store.h"
#include "seldom/text.h"
#include "view_table.h"

#include <limits.h>
#include <stdio.h>
#include <sys/wait.h>

#define SECRETS_DEPTH 3 /* folders, as for a run */

static const struct agent agents[INIT_AGENTS] = {
	{.title = "Claude Code", .command = "claude", .preset = "anthropic", .hook = "PreToolUse"},
	{.title = "Codex", .command = "codex", .preset = "openai"},
	{.title = "Gemini CLI", .command = "gemini", .preset = "google"},
	{.title = "opencode", .command = "opencode"},
};

/* The first of its name in $PATH; NULL: none. */
static char *program_path(const char *name)
{
	const char *path = getenv("PATH");
	_cleanup_free_ char *copy = strdup(path ? path : "");
	char *save = NULL, *full;

	for (char *dir = copy ? strtok_r(copy, ":", &save) : NULL; dir;
	     dir = strtok_r(NULL, ":", &save)) {
		if (asprintf(&full, "%s/%s", dir, name) < 0)
			return NULL;
		if (access(full, X_OK) == 0)
			return full;
		free(full);
	}
	return NULL;
}

static int of_preset(const struct sel_rule_row *row, void *ctx)
{
	struct found *f = ctx;

	for (size_t i = 0; i < INIT_AGENTS; i++) {
		struct agent *a = &f->agents[i];
		size_t n = a->preset ? strlen(a->preset) : 0;

		if (n > 0 && row->op == SEL_OP_CONNECT && row->decision == SEL_ALLOW &&
		    strncmp(row->object, "grant ", 6) == 0 &&
		    strncmp(row->object + 6, a->preset, n) == 0 && row->object[6 + n] == ' ')
			a->granted = true;
	}
	return 0;
}

static void find_agents(struct found *f)
{
	_cleanup_free_ char *error = NULL;
	struct sel_store *store = NULL;

	memcpy(f->agents, agents, sizeof agents);
	for (size_t i = 0; i < INIT_AGENTS; i++)
		f->agents[i].path = program_path(agents[i].command);
	/* Before the first run there is no store, and that is no fault. */
	if (sel_store_open(NULL, SEL_STORE_READ, &store, &error) >= 0)
		(void)sel_store_rules_alive(store, sel_now_real(), of_preset, f);
	sel_store_free(store);
}

static int find_places(struct found *f)
{
	const char *home = getenv("HOME"), *config = getenv("XDG_CONFIG_HOME");
	char cwd[PATH_MAX];

	f->cwd = getcwd(cwd, sizeof cwd) ? strdup(cwd) : NULL;
	if (!f->cwd)
		return -ENOENT;
	f->home = home && *home == '/' ? realpath(home, NULL) : NULL;
	f->project = sel_project_root(f->cwd, f->home);
	if (config && *config == '/')
		return asprintf(&f->config, "%s/seldom/config", config) < 0 ? -ENOMEM : 0;
	return asprintf(&f->config, "%s/.config/seldom/config", f->home ? f->home : "") < 0
		       ? -ENOMEM
		       : 0;
}

static int find_secrets(struct found *f)
{
	const char *none[] = {NULL}, *bad = NULL;
	/* All of the home folder is no workspace: it would be searched for minutes. */
	bool wide = f->home && strcmp(f->cwd, f->home) == 0;
	const char *roots[] = {wide ? NULL : f->cwd, NULL};

	return sel_secrets_find(f->home, none, roots, SECRETS_DEPTH, &f->secrets, &bad);
}

int init_find(struct found *ret)
{
	int r;

	*ret = (struct found){.person = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)};
	r = find_places(ret);
	if (r >= 0)
		r = find_secrets(ret);
	if (r >= 0)
		r = sel_grants_known(&ret->hosts, &ret->n_hosts);
	if (r < 0) {
		init_found_done(ret);
		return r;
	}
	ret->missing = sel_probe_all(ret->probes);
	sel_probe_screens(ret->screens);
	find_agents(ret);
	return 0;
}

void init_found_done(struct found *f)
{
	for (size_t i = 0; i < INIT_AGENTS; i++)
		free(f->agents[i].path);
	sel_known_hosts_free(f->hosts, f->n_hosts);
	sel_secrets_done(&f->secrets);
	free(f->home);
	free(f->cwd);
	free(f->project);
	free(f->config);
	*f = (struct found){0};
}

/* --- as JSON
 * --------------------------------------------------------------------------------------
 */

static void set_path(json_t *o, const char *key, const char *path)
{
	if (path)
		(void)sel_json_set_bytes(o, key, path, strlen(path));
	else
		(void)json_object_set_new(o, key, json_null());
}

static json_t *probes_json(const struct sel_probe *p, size_t n)
{
	static const char *const states[] = {"ok", "weaker", "missing"};
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		json_t *row = json_pack("{s:s,s:s,s:s}", "name", p[i].name, "state",
					states[p[i].state], "fix", p[i].fix);

		(void)sel_json_set_bytes(row, "detail", p[i].detail, strlen(p[i].detail));
		(void)json_array_append_new(list, row);
	}
	return list;
}

static json_t *secrets_json(const struct found *f)
{
	json_t *list = json_array();

	for (size_t i = 0; i < f->secrets.n; i++) {
		json_t *row = json_pack("{s:s}", "what", f->secrets.items[i].what);

		set_path(row, "path", f->secrets.items[i].path);
		(void)json_array_append_new(list, row);
	}
	return list;
}

static json_t *hosts_json(const struct found *f)
{
	json_t *list = json_array();

	for (size_t i = 0; i < f->n_hosts; i++) {
		const struct sel_known_host *k = &f->hosts[i];
		json_t *row =
			json_pack("{s:I,s:s,s:i,s:s,s:b}", "n", (json_int_t)i + 1, "host", k->host,
				  "port", (int)k->port, "tool", k->tool, "project", k->project);

		set_path(row, "from", k->from);
		(void)json_array_append_new(list, row);
	}
	return list;
}

static json_t *agents_json(const struct found *f)
{
	json_t *list = json_array();

	for (size_t i = 0; i < INIT_AGENTS; i++) {
		const struct agent *a = &f->agents[i];
		json_t *row;

		if (!a->path)
			continue;
		row = json_pack("{s:s,s:s,s:s?,s:b}", "agent", a->title, "command", a->command,
				"preset", a->preset, "granted", a->granted);
		set_path(row, "path", a->path);
		(void)json_array_append_new(list, row);
	}
	return list;
}

void init_print_json(const struct found *f)
{
	json_t *o = json_pack("{s:i,s:b,s:o,s:o,s:o,s:o,s:o}", "v", 1, "ok", f->missing == 0,
			      "boundary", probes_json(f->probes, SEL_PROBES), "secrets",
			      secrets_json(f), "hosts", hosts_json(f), "screens",
			      probes_json(f->screens, SEL_SCREEN_PROBES), "agents", agents_json(f));

	set_path(o, "cwd", f->cwd);
	set_path(o, "project", f->project);
	set_path(o, "config", f->config);
	(void)sel_print_json(o);
	json_decref(o);
}

/* --- a notification
 * -------------------------------------------------------------------------------
 */

int init_test_notification(void)
{
	_cleanup_free_ char *program = NULL;
	int r = sel_helper_path("seldom-notify", &program), status;
	pid_t pid;

	if (r < 0)
		return r;
	pid = fork();
	if (pid == 0) {
		(void)execl(program, "seldom-notify", "--test", (char *)NULL);
		_exit(127);
	}
	if (pid < 0)
		return -errno;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -ETIMEDOUT;
}
