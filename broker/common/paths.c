#include "seldom/proto.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>

static int format(char **ret, const char *fmt, ...) _printf_(2, 3);
static int format(char **ret, const char *fmt, ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return -ENOMEM;
	*ret = text;
	return 0;
}

/* A folder whose entries decide something: really a folder, ours, and nobody else may write in it.
 */
static int folder_is_ours(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return errno == ELOOP ? -ENOTDIR : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_uid != geteuid() || st.st_mode & (S_IWGRP | S_IWOTH))
		return -EPERM;
	return 0;
}

static int folder_make(const char *path)
{
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return -errno;
	return folder_is_ours(path);
}

/* A variable counts only when it is an absolute path (XDG base directories say so, too). */
static const char *env_path(const char *name)
{
	const char *value = secure_getenv(name);

	return value && value[0] == '/' ? value : NULL;
}

static const char *home(void)
{
	const char *value = env_path("HOME");
	const struct passwd *pw;

	if (value)
		return value;
	pw = getpwuid(geteuid());
	return pw && pw->pw_dir && pw->pw_dir[0] == '/' ? pw->pw_dir : NULL;
}

int sel_runtime_dir(char **ret)
{
	const char *base = env_path("XDG_RUNTIME_DIR");
	_cleanup_free_ char *path = NULL;
	int r;

	/* A variable that points nowhere, as after `su`, is as good as none. */
	if (base && access(base, W_OK | X_OK) < 0)
		base = NULL;
	r = base ? format(&path, "%s/seldom", base)
		 : format(&path, "/tmp/seldom-%u", (unsigned)geteuid());
	if (r >= 0)
		r = folder_make(path);
	if (r >= 0)
		*ret = sel_steal_ptr(&path);
	return r;
}

static int xdg_path(const char *variable, const char *below_home, char **ret)
{
	const char *base = env_path(variable);

	if (base)
		return format(ret, "%s/seldom", base);
	base = home();
	return base ? format(ret, "%s/%s/seldom", base, below_home) : -ENOENT;
}

/* Makes what is missing of the path above its last part: 0700, as the XDG rules ask. */
static int make_parents(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		int r;

		*slash = '\0';
		r = mkdir(path, 0700) < 0 && errno != EEXIST ? -errno : 0;
		*slash = '/';
		/* what exists but cannot be made (EROFS, EACCES) shows itself one step later */
		if (r < 0 && r != -EROFS && r != -EACCES)
			return r;
	}
	return 0;
}

int sel_state_dir(char **ret)
{
	_cleanup_free_ char *path = NULL;
	int r = xdg_path("XDG_STATE_HOME", ".local/state", &path);

	if (r >= 0)
		r = make_parents(path);
	if (r >= 0)
		r = folder_make(path);
	if (r >= 0)
		*ret = sel_steal_ptr(&path);
	return r;
}

int sel_config_dir(char **ret)
{
	return xdg_path("XDG_CONFIG_HOME", ".config", ret);
}

static int program_folder(char *out, size_t cap)
{
	ssize_t n = readlink("/proc/self/exe", out, cap);
	char *slash;

	if (n < 0)
		return -errno;
	if ((size_t)n >= cap)
		return -ENAMETOOLONG;
	out[n] = '\0';
	slash = strrchr(out, '/');
	if (!slash)
		return -ENOENT;
	*slash = '\0';
	return 0;
}

int sel_helper_path(const char *name, char **ret)
{
	/* Relative to the running program: a build tree, where each folder has its own, and what is
	 * installed (bin/seldom, libexec/seldom/NAME). Never $PATH, never the environment. */
	static const char *const places[] = {
		"",	 "../broker/", "../broker/boundary/", "boundary/",  "egress/", "dial/",
		"keys/", "../tui/",    "../libexec/seldom/",  "../../bin/",
	};
	char folder[PATH_MAX];
	int r = program_folder(folder, sizeof folder);

	if (r < 0)
		return r;
	for (size_t i = 0; i < SEL_N(places); i++) {
		_cleanup_free_ char *path = NULL;
		char *real;

		r = format(&path, "%s/%s%s", folder, places[i], name);
		if (r < 0)
			return r;
		if (access(path, X_OK) < 0)
			continue;
		real = realpath(path, NULL);
		if (!real)
			return -errno;
		*ret = real;
		return 0;
	}
	return -ENOENT;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void names_free(char **names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
}

static int names_read(DIR *dir, char ***names, size_t *n)
{
	static const char suffix[] = ".sock";
	struct dirent *e;

	for (errno = 0; (e = readdir(dir)) != NULL; errno = 0) {
		size_t len = strlen(e->d_name);
		char **grown;

		if (len <= sizeof suffix - 1 ||
		    strcmp(e->d_name + len - (sizeof suffix - 1), suffix) != 0)
			continue;
		grown = reallocarray(*names, *n + 2, sizeof *grown);
		if (!grown)
			return -ENOMEM;
		*names = grown;
		grown[*n] = strndup(e->d_name, len - (sizeof suffix - 1));
		if (!grown[*n])
			return -ENOMEM;
		grown[++*n] = NULL;
	}
	return -errno;
}

int sel_front_sessions(char ***ret)
{
	_cleanup_free_ char *path = NULL;
	char **names = calloc(1, sizeof *names);
	size_t n = 0;
	DIR *dir;
	int r;

	if (!names)
		return -ENOMEM;
	r = sel_runtime_dir(&path);
	if (r < 0) {
		free(names);
		return r;
	}
	dir = opendir(path);
	r = dir ? names_read(dir, &names, &n) : -errno;
	if (dir)
		(void)closedir(dir);
	if (r < 0) {
		names_free(names, n);
		return r;
	}
	qsort(names, n, sizeof *names, by_name);
	*ret = names;
	return (int)n;
}
