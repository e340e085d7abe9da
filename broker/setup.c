/* What the run may do, decided before anything runs: scopes, secrets, the policy, the mounts. */
#include "broker.h"
#include "host_rungs.h"

#include "probe.h"
#include "protected.h"
#include "seldom/text.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

extern char **environ;

/* Inside, these are empty, writable and gone with the run. */
static const char *const private_dirs[] = {"/tmp", "/var/tmp", "/dev/shm"};
/* Hidden inside; what the run needs of them is bound back. */
static const char *const hidden_dirs[] = {"/tmp", "/var/tmp", "/run", "/dev", "/proc"};

static int add_bind_of(struct broker *b, const char *path, enum sel_bind_how how, const char *from)
{
	struct sel_bind *grown = reallocarray(b->binds, b->n_binds + 1, sizeof *grown);

	if (!grown)
		return -ENOMEM;
	b->binds = grown;
	grown += b->n_binds++;
	*grown = (struct sel_bind){.path = strdup(path), .how = how};
	if (from)
		grown->from = strdup(from);
	return grown->path && (grown->from || !from) ? 0 : -ENOMEM;
}

static int add_bind(struct broker *b, const char *path, enum sel_bind_how how)
{
	return add_bind_of(b, path, how, NULL);
}

int broker_show(struct broker *b, const char *path, const char *from)
{
	return add_bind_of(b, path, SEL_BIND_RO, from);
}

int broker_append(char ***list, const char *value)
{
	size_t n = 0;

	while (*list && (*list)[n])
		n++;
	char **grown = reallocarray(*list, n + 2, sizeof *grown);
	if (!grown)
		return -ENOMEM;
	*list = grown;
	grown[n] = strdup(value);
	grown[n + 1] = NULL;
	return grown[n] ? 0 : -ENOMEM;
}

static bool hidden(const char *path)
{
	for (size_t i = 0; i < SEL_N(hidden_dirs); i++)
		if (sel_path_below(path, hidden_dirs[i]))
			return true;
	return false;
}

static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* --- scopes
 * ------------------------------------------------------------------------------------------ */

static int add_folder(struct broker *b, const char *path, enum sel_mode mode, const char *option)
{
	_cleanup_free_ char *real = realpath(path, NULL);
	struct stat st;
	int r;

	if (!real || stat(real, &st) < 0)
		return broker_fail(b, -errno, "%s '%s'", option, path);
	if (!S_ISDIR(st.st_mode))
		return broker_fail(b, -ENOTDIR, "%s '%s'", option, path);
	if (strcmp(real, "/") == 0 && mode != SEL_MODE_RO)
		return broker_fail(b, 0, "%s '/': the whole machine is no scope; name the folders",
				   option);
	if (access(real, R_OK | X_OK) < 0)
		return broker_fail(b, -errno, "%s '%s'", option, path);
	r = sel_scope_add(&b->policy->scope, real, mode, 0);
	if (r >= 0 && mode == SEL_MODE_RW)
		r = add_bind(b, real, SEL_BIND_RW);
	else if (r >= 0)
		r = add_bind(b, real, SEL_BIND_RO);
	return r;
}

static int add_folders(struct broker *b, char **list, enum sel_mode mode, const char *option)
{
	int r = 0;

	for (; r >= 0 && list && *list; list++)
		r = add_folder(b, *list, mode, option);
	return r;
}

/* A folder of the host below a hidden one: seen, and no longer private. */
static int show(struct broker *b, const char *path)
{
	int r = sel_scope_add(&b->policy->scope, path, SEL_MODE_NONE, 0);

	return r < 0 ? r : add_bind(b, path, SEL_BIND_RO);
}

/* The current folder is writable, unless it was given otherwise or is too much: the home folder,
 * the root, a folder of the system. */
static int add_workspace(struct broker *b)
{
	static const char *const system[] = {"/usr", "/etc", "/var/lib", "/boot", "/sys",
					     "/opt", "/lib", "/bin",	 "/sbin"};
	const char *cwd = b->cwd;

	if (sel_scope_mode(&b->policy->scope, cwd) != SEL_MODE_NONE &&
	    sel_scope_mode(&b->policy->scope, cwd) != SEL_MODE_PRIVATE)
		return 0;
	for (size_t i = 0; i < SEL_N(system); i++)
		if (sel_path_below(cwd, system[i]))
			return hidden(cwd) ? show(b, cwd) : 0;
	if (!sel_grantable_folder(cwd, b->home) || access(cwd, W_OK) < 0)
		return hidden(cwd) && strcmp(cwd, "/tmp") != 0 && strcmp(cwd, "/var/tmp") != 0
			       ? show(b, cwd)
			       : 0;
	return add_folder(b, cwd, SEL_MODE_RW, "the current folder");
}

static int add_scopes(struct broker *b)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < SEL_N(private_dirs); i++)
		r = sel_scope_add(&b->policy->scope, private_dirs[i], SEL_MODE_PRIVATE, 0);
	if (r >= 0)
		r = add_folders(b, b->o.config.ro, SEL_MODE_RO, "--ro");
	if (r >= 0)
		r = add_folders(b, b->o.config.nd, SEL_MODE_ND, "--rw-no-delete");
	if (r >= 0)
		r = add_folders(b, b->o.config.rw, SEL_MODE_RW, "--rw");
	if (r >= 0)
		r = add_workspace(b);
	/* A home below a hidden folder (tests, build users) is shown, read-only. */
	if (r >= 0 && hidden(b->home) && exists(b->home) &&
	    !sel_path_listed((char *[]){b->cwd, NULL}, b->home))
		r = show(b, b->home);
	return r;
}

/* --- rules of earlier sessions
 * ------------------------------------------------------------------------ */

/* The folder that was meant, not a link that took its name since. */
static bool is_itself(const char *path)
{
	_cleanup_free_ char *real = realpath(path, NULL);

	return real && strcmp(real, path) == 0;
}

int broker_compare_ids(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int note_stored(struct broker *b, int64_t rule)
{
	int64_t *grown = reallocarray(b->stored, b->n_stored + 1, sizeof *grown);

	if (!grown)
		return -ENOMEM;
	b->stored = grown;
	b->stored[b->n_stored++] = rule;
	return 0;
}

/* A host that was allowed: its object is a grant. One that is not understood allows nothing. */
static int take_host_rule(struct broker *b, const struct sel_rule_row *row)
{
	struct sel_net_grant g;
	int r = sel_host_grant(row->object, b->started_real, &g);

	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		(void)sel_warn(r, "Rule %lld is not understood and not used", (long long)row->id);
		return 0;
	}
	g.rule = row->id;
	g.expires = row->expires;
	r = broker_net_grant(b, &g, 0);
	return r < 0 ? 0 /* no network */ : note_stored(b, row->id);
}

/* Of the network's grants the one that rests on that rule. */
static const struct sel_net_grant *grant_of(const struct broker *b, int64_t rule)
{
	size_t n = 0;
	const struct sel_net_grant *list = sel_network_grants(b->network, &n);

	for (size_t i = 0; i < n; i++)
		if (list[i].rule == rule)
			return &list[i];
	return NULL;
}

static int take_new_rule(const struct sel_rule_row *row, void *ctx)
{
	struct broker *b = ctx;

	return row->kind == SEL_RUNG_HOST && row->decision == SEL_ALLOW && !grant_of(b, row->id)
		       ? take_host_rule(b, row)
		       : 0;
}

/* A denial of a host that was taken back, or is over. */
static bool is_over(const struct broker *b, const struct sel_grant *g)
{
	return g->kind == SEL_RUNG_HOST && g->decision == SEL_DENY && g->rule > 0 &&
	       sel_store_rule_alive(b->store, g->rule, sel_now_real()) == 0;
}

static int without_over(struct sel_policy *next, const void *ctx)
{
	const struct broker *b = ctx;
	struct sel_grants kept = {0};
	int r = 0;

	for (size_t i = next->grants.n; r >= 0 && i-- > 0;) { /* the oldest first */
		const struct sel_grant *g = sel_grants_at(&next->grants, i);

		if (!is_over(b, g))
			r = sel_grants_add(&kept, g);
	}
	if (r < 0) {
		sel_grants_done(&kept);
		return r;
	}
	sel_grants_done(&next->grants);
	next->grants = kept;
	return 0;
}

static void end_denials(struct broker *b)
{
	const struct sel_policy *p = sel_watch_policy(b->watch);
	char **over = NULL;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < p->grants.n; i++) {
		const struct sel_grant *g = sel_grants_at(&p->grants, i);

		if (is_over(b, g))
			r = broker_append(&over, g->path);
	}
	sel_watch_policy_release(b->watch);
	if (over)
		r = sel_watch_policy_change(b->watch, without_over, b);
	for (size_t i = 0; over && over[i]; i++) {
		if (r >= 0)
			sel_watch_forgiven(b->watch, over[i]);
		free(over[i]);
	}
	free(over);
	if (r < 0)
		(void)sel_warn(r, "Cannot take back a denial before the next run");
}

void broker_net_rules(void *ctx)
{
	struct broker *b = ctx;
	usec_t now = sel_now_real();
	size_t n = 0;

	if (!b->network)
		return;
	end_denials(b);
	const struct sel_net_grant *list = sel_network_grants(b->network, &n);
	for (size_t i = n; i-- > 0;) /* the list closes up behind one that goes */
		if (list[i].rule && sel_store_rule_alive(b->store, list[i].rule, now) == 0)
			sel_network_revoke(b->network, list[i].number);
	if (!b->o.ephemeral)
		(void)sel_store_rules_alive(b->store, now, take_new_rule, b);
	list = sel_network_grants(b->network, &n);
	sel_ask_host_granted(b->ask, list, n);
	if (b->n_stored)
		qsort(b->stored, b->n_stored, sizeof *b->stored, broker_compare_ids);
}

static int take_rule(const struct sel_rule_row *row, void *ctx)
{
	struct broker *b = ctx;

	if (row->kind == SEL_RUNG_HOST && row->decision == SEL_ALLOW)
		return take_host_rule(b, row);
	struct sel_grant g = {.rule = row->id,
			      .source = SEL_SRC_RULE,
			      .op = row->op,
			      .kind = row->kind,
			      .path = (char *)row->object,
			      .exe = (char *)row->exe,
			      .decision = row->decision};
	int r = sel_policy_grant(b->policy, &g);

	if (r >= 0 && row->decision == SEL_ALLOW && row->kind != SEL_RUNG_FILE &&
	    !hidden(row->object) && is_itself(row->object) &&
	    !sel_scope_find(&b->policy->scope, row->object)) {
		r = sel_scope_add(&b->policy->scope, row->object, SEL_MODE_RW, row->id);
		if (r >= 0)
			r = add_bind(b, row->object, SEL_BIND_RW);
		if (r >= 0)
			r = sel_scope_bound(&b->policy->scope, row->object);
		if (r >= 0)
			r = note_stored(b, row->id);
	}
	return r;
}

/* --- secrets, protected files, our own
 * ------------------------------------------------------------------ */

static bool can_fuse(void)
{
	_cleanup_close_ int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	return fd >= 0;
}

static int add_secrets(struct broker *b)
{
	char **roots = NULL;
	const char *bad = NULL;
	int r = broker_credentials_hide(b, &b->o.config.secret);

	if (r < 0)
		return r;
	for (size_t i = 0; r >= 0 && i < b->policy->scope.n; i++)
		if (b->policy->scope.entries[i].mode != SEL_MODE_PRIVATE)
			r = broker_append(&roots, b->policy->scope.entries[i].path);
	const char *none[] = {NULL};
	if (r >= 0)
		r = sel_secrets_find(
			b->home,
			b->o.config.secret ? (const char *const *)b->o.config.secret : none,
			roots ? (const char *const *)roots : none, 4, &b->secrets, &bad);
	for (size_t i = 0; roots && roots[i]; i++)
		free(roots[i]);
	free(roots);
	if (r < 0)
		return broker_fail(b, r, bad ? "--secret '%s'" : "Cannot look for secrets in '%s'",
				   bad ? bad : b->home);
	b->fuse = can_fuse();
	for (size_t i = 0; r >= 0 && i < b->secrets.n; i++) {
		const struct sel_secret *s = &b->secrets.items[i];

		r = broker_append(&b->policy->secrets, s->path);
		if (r >= 0 && hidden(s->path) &&
		    sel_scope_mode(&b->policy->scope, s->path) == SEL_MODE_PRIVATE &&
		    !sel_path_below(s->path, b->home))
			continue; /* not there inside */
		if (r >= 0 && !b->fuse)
			r = add_bind(b, s->path, s->folder ? SEL_BIND_EMPTY : SEL_BIND_BLANK);
	}
	return r;
}

static int floor_below(struct broker *b, const char *root, const char *name)
{
	char path[PATH_MAX];
	struct stat st;
	int r;

	if (snprintf(path, sizeof path, "%s/%s", root, name) >= (int)sizeof path ||
	    lstat(path, &st) < 0 || !(S_ISDIR(st.st_mode) || S_ISREG(st.st_mode)))
		return 0;
	for (size_t i = 0; i < b->secrets.n; i++)
		if (sel_path_below(path, b->secrets.items[i].path))
			return 0; /* masked already */
	r = broker_append(&b->policy->floors, path);
	return r < 0 ? r : add_bind(b, path, SEL_BIND_RO);
}

/* What exists in a workspace and becomes code later is bound read-only: the floor below our
 * judgement. Only at its top: deeper ones are judged, like everything that creates a name or opens
 * for writing. */
static int add_floors(struct broker *b, const char *root)
{
	DIR *dir = opendir(root);
	struct dirent *e;
	int r = 0;

	while (dir && r >= 0 && (e = readdir(dir))) {
		char path[PATH_MAX];

		if (snprintf(path, sizeof path, "%s/%s", root, e->d_name) >= (int)sizeof path ||
		    strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		    strcmp(e->d_name, ".git") == 0)
			continue;
		bool guarded = sel_protected_of(path, &b->policy->places).guard != SEL_GUARD_NONE;
		size_t n = strlen(path);

		/* A folder of which every file is guarded (.vscode) is bound as a whole. */
		if (!guarded && n + 3 < sizeof path) {
			memcpy(path + n, "/x", 3);
			guarded =
				sel_protected_of(path, &b->policy->places).guard != SEL_GUARD_NONE;
		}
		if (guarded)
			r = floor_below(b, root, e->d_name);
	}
	if (dir)
		(void)closedir(dir);
	if (r >= 0)
		r = floor_below(b, root, ".git/hooks");
	return r < 0 ? r : floor_below(b, root, ".git/config");
}

static int hide_folder(struct broker *b, int (*find)(char **), bool empty)
{
	_cleanup_free_ char *dir = NULL, *real = NULL;
	int r = find(&dir);

	if (r < 0)
		return broker_fail(b, r, "Cannot find seldom's own folders");
	real = realpath(dir, NULL);
	r = broker_append(&b->policy->own, real ? real : dir);
	if (r >= 0 && real && empty && (!hidden(real) || sel_path_below(real, b->home)))
		r = add_bind(b, real, SEL_BIND_EMPTY);
	return r;
}

static int add_own(struct broker *b)
{
	static const char *const programs[] = {"seldom-broker", "seldom-init", "seldom",
					       "seldom-egress", "seldom-dial", "seldom-keys"};
	int r = hide_folder(b, sel_state_dir, true);

	if (r >= 0)
		r = hide_folder(b, sel_config_dir, false);
	if (r >= 0)
		r = hide_folder(b, sel_runtime_dir, true);
	if (r >= 0)
		r = broker_append(&b->policy->own, "/etc/seldom");
	for (size_t i = 0; r >= 0 && i < SEL_N(programs); i++) {
		_cleanup_free_ char *path = NULL, *real = NULL;

		if (sel_helper_path(programs[i], &path) < 0 || !(real = realpath(path, NULL)))
			continue;
		r = broker_append(&b->policy->own, real);
		if (r >= 0 && sel_scope_mode(&b->policy->scope, real) == SEL_MODE_RW)
			r = add_bind(b, real, SEL_BIND_RO);
		if (r >= 0 && strcmp(programs[i], "seldom-init") == 0)
			b->init_path = sel_steal_ptr(&real);
	}
	if (r >= 0 && !b->init_path)
		return broker_fail(b, -ENOENT, "Cannot find seldom-init beside seldom-broker");
	return r;
}

static int runtime_dir_inside(struct broker *b)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");
	_cleanup_free_ char *real = dir && *dir == '/' ? realpath(dir, NULL) : NULL;

	return real && strcmp(real, "/") != 0 ? add_bind(b, real, SEL_BIND_EMPTY) : 0;
}

/* --- all of it
 * -------------------------------------------------------------------------------------------- */

static int open_store(struct broker *b)
{
	_cleanup_free_ char *error = NULL;
	int r = sel_store_open(NULL, b->o.ephemeral ? SEL_STORE_MEMORY : SEL_STORE_WRITE, &b->store,
			       &error);

	if (r < 0)
		return broker_fail(b, error ? 0 : r, "%s", error ? error : "Cannot open the store");
	return 0;
}

static int places(struct broker *b)
{
	char **roots = NULL;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < b->policy->scope.n; i++)
		if (b->policy->scope.entries[i].mode == SEL_MODE_RW ||
		    b->policy->scope.entries[i].mode == SEL_MODE_ND)
			r = broker_append(&roots, b->policy->scope.entries[i].path);
	if (r >= 0 && !roots)
		roots = calloc(1, sizeof *roots);
	b->policy->places =
		(struct sel_places){.home = b->home, .roots = (const char *const *)roots};
	return r < 0 ? r : roots ? 0 : -ENOMEM;
}

/* The folder whose habits count: the project of the current folder, else that folder. */
static char *find_project(const struct broker *b)
{
	char *root = sel_project_root(b->cwd, b->home);

	return root ? root : sel_grantable_folder(b->cwd, b->home) ? strdup(b->cwd) : NULL;
}

static bool on_writable(const char *path, void *ctx)
{
	struct broker *b = ctx;
	enum sel_mode mode;

	if (!b->watch)
		return sel_scope_mode(&b->policy->scope, path) >= SEL_MODE_ND;
	mode = sel_scope_mode(&sel_watch_policy(b->watch)->scope, path);
	sel_watch_policy_release(b->watch);
	return mode >= SEL_MODE_ND;
}

/* What judgement rests on. Nothing of --ephemeral may stay on the disk, so it keeps nothing to undo
 * either: then what overwrites is asked about. */
static int judgement(struct broker *b)
{
	struct sel_policy *p = b->policy;
	int r;

	b->project = find_project(b);
	b->places = p->places;
	b->world = (struct sel_world){.home = b->home, .project = b->project, .places = &b->places};
	p->world = &b->world;
	p->learning.off = true; /* until what was learned has been read */
	r = sel_evidence_new(&p->evidence);
	if (r >= 0)
		r = sel_memory_new(&p->memory);
	if (r >= 0)
		r = sel_identities_new(b->store, on_writable, b, &b->identities);
	if (r >= 0 && !b->o.ephemeral && sel_undo_new(NULL, b->id, &b->undo) < 0)
		b->undo = NULL;
	return r < 0 && r != -ENOMEM ? broker_fail(b, r, "Cannot prepare to judge") : r;
}

int broker_setup(struct broker *b)
{
	const char *none[] = {NULL};
	struct sel_probe missing;
	int r;

	if (sel_probe_quick(&missing))
		return broker_fail(b, 0, "%s; nothing was run; to mend it: %s", missing.detail,
				   missing.fix);
	if (b->o.net && b->o.net[0] && b->o.no_net)
		return broker_fail(b, 0, "--net '%s' and no network; nothing was run", b->o.net[0]);
	r = broker_net_start(b);
	if (r < 0)
		return r;
	b->policy = calloc(1, sizeof *b->policy);
	b->denials = json_array();
	if (!b->policy || !b->denials)
		return -ENOMEM;
	r = open_store(b);
	if (r >= 0)
		r = add_scopes(b);
	if (r >= 0 && !b->o.ephemeral)
		r = sel_store_rules_alive(b->store, sel_now_real(), take_rule, b);
	if (b->n_stored)
		qsort(b->stored, b->n_stored, sizeof *b->stored, broker_compare_ids);
	if (r >= 0)
		r = places(b);
	if (r >= 0)
		r = judgement(b);
	if (r >= 0)
		r = add_secrets(b);
	for (size_t i = 0; r >= 0 && b->policy->places.roots[i]; i++)
		r = add_floors(b, b->policy->places.roots[i]);
	if (r >= 0)
		r = add_own(b);
	if (r >= 0)
		r = runtime_dir_inside(b);
	if (r >= 0)
		r = sel_environ_scrub(environ,
				      b->o.config.env ? (const char *const *)b->o.config.env : none,
				      &b->environment, &b->dropped);
	if (r == -ENOMEM)
		return broker_fail(b, r, "Cannot set up");
	return r;
}

json_t *broker_explain(const struct broker *b)
{
	static const char *const modes[] = {"none", "ro", "rw-no-delete", "rw", "private"};
	json_t *scope = json_array(), *secrets = json_array(), *floors = json_array(),
	       *env = json_array();

	for (size_t i = 0; i < b->policy->scope.n; i++) {
		const struct sel_scope_entry *e = &b->policy->scope.entries[i];
		json_t *o =
			json_pack("{s:s,s:I}", "mode", modes[e->mode], "rule", (json_int_t)e->rule);

		(void)sel_json_set_bytes(o, "path", e->path, e->len);
		(void)json_array_append_new(scope, o);
	}
	for (size_t i = 0; i < b->secrets.n; i++) {
		json_t *o = json_pack("{s:s}", "what", b->secrets.items[i].what);

		(void)sel_json_set_bytes(o, "path", b->secrets.items[i].path,
					 strlen(b->secrets.items[i].path));
		(void)json_array_append_new(secrets, o);
	}
	for (char **p = b->policy->floors; p && *p; p++) {
		_cleanup_free_ char *safe = sel_text_dup(*p, strlen(*p));

		(void)json_array_append_new(floors, json_string(safe ? safe : "?"));
	}
	for (char **p = b->dropped; p && *p; p++) {
		_cleanup_free_ char *safe = sel_text_dup(*p, strlen(*p));

		(void)json_array_append_new(env, json_string(safe ? safe : "?"));
	}
	return json_pack("{s:i,s:o,s:o,s:o,s:o,s:s,s:s}", "v", 1, "scope", scope, "secrets",
			 secrets, "protected", floors, "environment_dropped", env, "network",
			 b->o.no_net ? "loopback only" : "by name: granted or asked about", "masks",
			 b->fuse ? "asked about (FUSE)" : "hidden, not asked about (no /dev/fuse)");
}
