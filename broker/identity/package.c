/* Whom the package manager names as the owner of a file, and whether the file is as it installed
 * it.
 *
 * What `verified` proves: the bytes that run are those that the package manager's own records name.
 * It does not prove that these are the vendor's: dpkg keeps MD5 sums in a text file, and whoever is
 * root may have changed both. So it only says "as installed by root", which is why a file that
 * anybody but root may write, or may replace, is never verified, whatever its sum is. */
#include "parts.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define TOOL_TIME (5 * USEC_PER_SEC) /* a tool that takes longer is ended */
#define OUTPUT_MAX                                                                                 \
	((size_t)16 << 20) /* bytes: md5sums of the largest packages are a tenth of it             \
			    */
#define OWNERS_MAX 4

/* --- running a tool ------------------------------------------------------------------------------
 */

static int remaining(usec_t deadline)
{
	usec_t now = sel_now_monotonic();

	return now < deadline ? (int)((deadline - now) / USEC_PER_MSEC) + 1 : 0;
}

static int read_output(int fd, usec_t deadline, char **ret)
{
	_cleanup_free_ char *buf = NULL;
	size_t have = 0, cap = 0;

	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ssize_t n;

		if (cap - have < 4096) {
			char *more = realloc(buf, (cap = cap ? cap * 2 : 16384));

			if (!more)
				return -ENOMEM;
			buf = more;
		}
		n = poll(&p, 1, remaining(deadline));
		if (n == 0)
			return -ETIMEDOUT;
		if (n > 0)
			n = read(fd, buf + have, cap - have - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		have += (size_t)n;
		if (have > OUTPUT_MAX)
			return -EFBIG;
		if (n == 0) {
			buf[have] = '\0';
			*ret = sel_steal_ptr(&buf);
			return 0;
		}
	}
}

/* Nothing of the caller's goes along: no variables (HOME and DPKG_* choose configuration and data),
 * no descriptors, no signal mask. */
static int spawn(const char *const argv[], int out, pid_t *ret)
{
	static const char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C",
						  "HOME=/nonexistent", NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int r;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	(void)posix_spawnattr_init(&attr);
	(void)posix_spawn_file_actions_init(&files);
	r = posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
						    POSIX_SPAWN_SETPGROUP);
	(void)posix_spawnattr_setsigmask(&attr, &none);
	(void)posix_spawnattr_setsigdefault(&attr, &all);
	if (r == 0)
		r = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&files, out, 1);
	if (r == 0)
		r = posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
	if (r == 0)
		r = posix_spawn_file_actions_addclosefrom_np(&files, 3);
	if (r == 0)
		r = posix_spawn(ret, argv[0], &files, &attr, (char *const *)argv,
				(char *const *)environment);
	(void)posix_spawn_file_actions_destroy(&files);
	(void)posix_spawnattr_destroy(&attr);
	return -r;
}

/* The exit code (128 and more: a signal), or -errno; then *ret is not set. */
static int run_tool(const char *const argv[], char **ret)
{
	usec_t deadline = sel_now_monotonic() + TOOL_TIME;
	_cleanup_free_ char *text = NULL;
	int ends[2], status = 0, r;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	r = spawn(argv, ends[1], &pid);
	(void)close(ends[1]);
	if (r < 0) {
		(void)close(ends[0]);
		return r;
	}
	_cleanup_close_ int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	r = read_output(ends[0], deadline, &text);
	(void)close(ends[0]);
	struct pollfd p = {.fd = pidfd, .events = POLLIN};

	if (r >= 0 && (pidfd < 0 || poll(&p, 1, remaining(deadline)) != 1))
		r = -ETIMEDOUT;
	if (r < 0)
		(void)kill(pid, SIGKILL); /* ours and not waited for: the number is still its */
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (r < 0)
		return r;
	*ret = sel_steal_ptr(&text);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* --- dpkg ----------------------------------------------------------------------------------------
 */

#define DPKG_QUERY "/usr/bin/dpkg-query"
#define RPM	   "/usr/bin/rpm"

static bool all_of(const char *text, const char *allowed)
{
	return *text && text[strspn(text, allowed)] == '\0';
}

static bool package_name_ok(const char *name)
{
	return name[0] != '-' && strlen(name) < 128 &&
	       all_of(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-._:");
}

static bool version_ok(const char *version)
{
	return strlen(version) < 128 &&
	       all_of(version, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-._:"
			       "~^");
}

/* Lines "PACKAGE[:ARCH][, PACKAGE...]: PATH"; what is said of diversions is no owner. */
size_t sel_dpkg_owners(char *text, const char *path, char ret[][128], size_t cap)
{
	size_t n = 0, path_len = strlen(path);
	char *line;

	while ((line = strsep(&text, "\n"))) {
		size_t len = strlen(line);
		char *names = line, *name;

		if (strncmp(line, "diversion by ", 13) == 0 ||
		    strncmp(line, "local diversion", 15) == 0 || len < path_len + 3 ||
		    strcmp(line + len - path_len, path) != 0 ||
		    strncmp(line + len - path_len - 2, ": ", 2) != 0)
			continue;
		line[len - path_len - 2] = '\0';
		while ((name = strsep(&names, ","))) {
			name += strspn(name, " ");
			if (n < cap && package_name_ok(name))
				(void)snprintf(ret[n++], 128, "%s", name);
		}
	}
	return n;
}

/* Lines "MD5  path/without/the/first/slash". */
bool sel_dpkg_md5_matches(char *text, const char *path, const char *md5)
{
	char *line;

	if (strlen(md5) != 32)
		return false;
	while ((line = strsep(&text, "\n")))
		if (strlen(line) > 34 && strncmp(line + 32, "  ", 2) == 0 &&
		    strcmp(line + 34, path + 1) == 0)
			return strncmp(line, md5, 32) == 0;
	return false;
}

static int dpkg_version(const char *owner, struct sel_package *ret)
{
	_cleanup_free_ char *text = NULL;
	char *tab, *end;
	int r = run_tool((const char *const[]){DPKG_QUERY, "-W", "-f",
					       "${db:Status-Status}\t${Version}\n", "--", owner,
					       NULL},
			 &text);

	if (r != 0)
		return r < 0 ? r : r > 1 ? -EIO : -ENOENT;
	tab = strchr(text, '\t');
	end = strchr(text, '\n');
	if (!tab || !end || tab > end || end[1])
		return -ENOENT;
	*tab = *end = '\0';
	if (strcmp(text, "installed") != 0 || !version_ok(tab + 1))
		return -ENOENT;
	(void)snprintf(ret->version, sizeof ret->version, "%s", tab + 1);
	(void)snprintf(ret->name, sizeof ret->name, "%.*s", (int)strcspn(owner, ":"), owner);
	return 0;
}

/* A file has two names where /bin is a link; the slow part, searching all lists, is done once. */
static int dpkg_owner(const char *const names[2], const struct sel_digests *digests, bool by_root,
		      struct sel_package *ret)
{
	_cleanup_free_ char *text = NULL;
	char owner[OWNERS_MAX][128];
	size_t n = 0, chosen = 0;
	const char *path = NULL;
	int r = run_tool((const char *const[]){DPKG_QUERY, "-S", "--", names[0], names[1], NULL},
			 &text);

	/* 1: one of them was not found; more: dpkg itself failed, which says nothing of the file.
	 */
	if (r < 0 || r > 1)
		return r < 0 ? r : -EIO;
	for (size_t i = 0; text && i < 2 && names[i] && n == 0; i++) {
		_cleanup_free_ char *copy = strdup(text);

		if (!copy)
			return -ENOMEM;
		path = names[i];
		n = sel_dpkg_owners(copy, path, owner, SEL_N(owner));
	}
	if (n == 0)
		return -ENOENT;
	/* With several (a diverted file), the one that the content is of. */
	for (size_t i = 0; by_root && i < n && !ret->verified; i++) {
		_cleanup_free_ char *sums = NULL;

		r = run_tool((const char *const[]){DPKG_QUERY, "--control-show", owner[i],
						   "md5sums", NULL},
			     &sums);
		if (r < 0)
			return r;
		ret->verified = r == 0 && sel_dpkg_md5_matches(sums, path, digests->md5);
		if (ret->verified)
			chosen = i;
	}
	return dpkg_version(owner[chosen], ret);
}

/* --- rpm: not tried on a machine that has it
 * ------------------------------------------------------ */

/* "NAME\tVERSION\tALGORITHM\n", then "DIGEST PATH\n" for each file of the package. Algorithm 8 is
 * SHA-256 (RFC 4880, 9.4), none is MD5. */
bool sel_rpm_owner(char *text, const char *path, const struct sel_digests *digests,
		   struct sel_package *ret)
{
	char *line = strsep(&text, "\n"), *name = strsep(&line, "\t"),
	     *version = strsep(&line, "\t");
	const char *wanted;

	if (!name || !version || !line || !package_name_ok(name) || !version_ok(version))
		return false;
	wanted = strcmp(line, "8") == 0 ? digests->sha256 : digests->md5;
	(void)snprintf(ret->name, sizeof ret->name, "%s", name);
	(void)snprintf(ret->version, sizeof ret->version, "%s", version);
	while ((line = strsep(&text, "\n"))) {
		size_t n = strcspn(line, " ");

		if (n && line[n] && strcmp(line + n + 1, path) == 0)
			ret->verified = strlen(wanted) == n && strncmp(line, wanted, n) == 0;
	}
	return true;
}

static int rpm_owner(const char *const names[2], const struct sel_digests *digests, bool by_root,
		     struct sel_package *ret)
{
	static const char format[] = "%{NAME}\t%{VERSION}-%{RELEASE}\t%{FILEDIGESTALGO}\n"
				     "[%{FILEDIGESTS} %{FILENAMES}\n]";

	for (size_t i = 0; i < 2 && names[i]; i++) {
		_cleanup_free_ char *text = NULL;
		int r = run_tool((const char *const[]){RPM, "-qf", "--qf", format, names[i], NULL},
				 &text);

		if (r < 0)
			return r;
		if (r == 0 && sel_rpm_owner(text, names[i], digests, ret)) {
			ret->verified &= by_root;
			return 0;
		}
	}
	return -ENOENT;
}

/* --- either
 * ---------------------------------------------------------------------------------------- */

static bool only_root_writes(const struct stat *st)
{
	bool sticky = S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX);

	return st->st_uid == 0 && (sticky || !(st->st_mode & (S_IWGRP | S_IWOTH)));
}

bool sel_kept_by_root(const char *path, const struct stat *st)
{
	char dir[PATH_MAX];
	char *slash;

	/* An access list may say more than the mode; root may write everything. */
	if (!only_root_writes(st) || (geteuid() != 0 && access(path, W_OK) == 0) ||
	    snprintf(dir, sizeof dir, "%s", path) >= (int)sizeof dir)
		return false;
	while ((slash = strrchr(dir, '/'))) {
		struct stat up;

		*slash = '\0';
		if (stat(*dir ? dir : "/", &up) < 0 || !only_root_writes(&up))
			return false;
	}
	return true;
}

static bool is_at(const char *path, const struct stat *st)
{
	struct stat there;

	return stat(path, &there) == 0 && there.st_dev == st->st_dev && there.st_ino == st->st_ino;
}

/* Packages made before /bin became a link to /usr/bin name their files the old way, and the other
 * way round. */
static bool other_name(const char *path, const struct stat *st, char *ret, size_t cap)
{
	bool below_usr = strncmp(path, "/usr/", 5) == 0;

	return snprintf(ret, cap, "%s%s", below_usr ? "" : "/usr", below_usr ? path + 4 : path) <
		       (int)cap &&
	       is_at(ret, st);
}

int sel_package_of(const char *path, const struct stat *st, const struct sel_digests *digests,
		   struct sel_package *ret)
{
	static const struct {
		const char *tool;
		int (*owner)(const char *const names[2], const struct sel_digests *digests,
			     bool by_root, struct sel_package *ret);
	} managers[] = {{DPKG_QUERY, dpkg_owner}, {RPM, rpm_owner}};
	char other[PATH_MAX];
	const char *const names[2] = {path,
				      other_name(path, st, other, sizeof other) ? other : NULL};

	*ret = (struct sel_package){0};
	/* A name with * ? [ or \ would be a pattern. */
	if (path[0] != '/' || !is_at(path, st) || strpbrk(path, "*?[\\\n"))
		return 0;
	for (size_t m = 0; m < SEL_N(managers); m++) {
		struct sel_package p = {0};
		int r = access(managers[m].tool, X_OK) < 0
				? -ENOENT
				: managers[m].owner(names, digests, sel_kept_by_root(path, st), &p);

		if (r >= 0)
			*ret = p;
		if (r != -ENOENT)
			return r;
	}
	return 0;
}
