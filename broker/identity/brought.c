/* What else was brought into a process besides its program and script: libraries that the run
 * wrote, and variables that make an interpreter load code from where the run may write. Such a
 * process has nobody's evidence (I14).
 *
 * It finds what a build or an agent does in passing. Code that already runs inside can take its
 * traces away; evidence never reaches beyond tier 1 for that reason. */
#include "parts.h"

#include "scope.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>

#define ENVIRONMENT_MAX (256 * 1024) /* bytes; who has more hides something */

/* --- mapped files
 * --------------------------------------------------------------------------------- */

/* A line of /proc/TID/maps: "START-END PERMISSIONS OFFSET DEVICE INODE      PATH". */
static const char *mapped_code(char *line)
{
	char *path = strchr(line, '/');
	const char *permissions = strchr(line, ' ');
	size_t n = strlen(line);

	if (!path || !permissions || permissions[3] != 'x')
		return NULL;
	if (n && line[n - 1] == '\n')
		line[n - 1] = '\0';
	return path;
}

static bool brings_library(const struct sel_identities *ids, int proc)
{
	int fd = openat(proc, "maps", O_RDONLY | O_CLOEXEC);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "re");
	char line[PATH_MAX + 128], last[PATH_MAX + 128] = "";
	bool found = false;

	if (!f) {
		sel_closep(&fd);
		return true; /* whoever cannot be looked at is trusted with nothing */
	}
	while (!found && fgets(line, sizeof line, f)) {
		const char *path = mapped_code(line);

		if (!path || strcmp(path, last) == 0)
			continue;
		/* A line feed is written as backslash and 012, and so are these: no name to go by.
		 */
		found = strncmp(path, "/memfd:", 7) == 0 || strstr(path, "\\012") ||
			sel_may_write(ids, path);
		(void)snprintf(last, sizeof last, "%s", path);
	}
	(void)fclose(f);
	return found;
}

/* --- variables
 * ------------------------------------------------------------------------------------ */

/* `words`: what in the value loads code; NULL: the value is a list of places. */
static const struct {
	const char *name, *words;
} variables[] = {
	{"PYTHONPATH=", NULL},
	{"PYTHONHOME=", NULL},
	{"PYTHONUSERBASE=", NULL},
	{"NODE_PATH=", NULL},
	{"PERL5LIB=", NULL},
	{"RUBYLIB=", NULL},
	{"CLASSPATH=", NULL},
	{"GEM_HOME=", NULL},
	{"GEM_PATH=", NULL},
	{"LUA_PATH=", NULL},
	{"LUA_CPATH=", NULL},
	{"BASH_ENV=", NULL},
	{"NODE_OPTIONS=", "-r require import loader"},
	{"PERL5OPT=", "-M -m -I -d"},
	{"RUBYOPT=", "-r -I"},
	{"JAVA_TOOL_OPTIONS=", "agent path"},
	{"JDK_JAVA_OPTIONS=", "agent path @ -cp"},
	{"_JAVA_OPTIONS=", "agent path"},
	{"LUA_INIT=", ""}, /* is code */
};

static bool lists_our_place(const struct sel_identities *ids, const char *value)
{
	char place[PATH_MAX];

	for (const char *end; *value; value = *end ? end + 1 : end) {
		end = value + strcspn(value, ":;");
		if (end == value)
			continue;
		if (*value != '/' || (size_t)(end - value) >= sizeof place)
			return true; /* below the current folder */
		(void)snprintf(place, sizeof place, "%.*s", (int)(end - value), value);
		size_t n = strlen(place);
		while (n > 1 && place[n - 1] == '/')
			place[--n] = '\0';
		/* What is not spelled plainly leads anywhere. */
		if (!sel_path_clean(place) || sel_may_write(ids, place))
			return true;
	}
	return false;
}

static bool has_word(const char *value, const char *words)
{
	char word[16];

	if (!*words)
		return *value != '\0';
	while (sscanf(words, "%15s", word) == 1) {
		if (strstr(value, word))
			return true;
		words = strstr(words, word) + strlen(word);
	}
	return false;
}

static bool loads_our_code(const struct sel_identities *ids, const char *variable)
{
	for (size_t i = 0; i < SEL_N(variables); i++) {
		size_t n = strlen(variables[i].name);

		if (strncmp(variable, variables[i].name, n) != 0)
			continue;
		return variables[i].words ? has_word(variable + n, variables[i].words)
					  : lists_our_place(ids, variable + n);
	}
	return false;
}

static bool brings_variable(const struct sel_identities *ids, int proc)
{
	_cleanup_free_ char *text = malloc(ENVIRONMENT_MAX + 1);
	ssize_t n = text ? sel_read_proc(proc, "environ", text, ENVIRONMENT_MAX) : -ENOMEM;
	bool found = n < 0 || n == ENVIRONMENT_MAX;

	if (found)
		return true;
	text[n] = '\0';
	for (ssize_t at = 0; !found && at < n; at += (ssize_t)strlen(text + at) + 1)
		found = loads_our_code(ids, text + at);
	return found;
}

bool sel_brings_code(const struct sel_identities *ids, int proc, enum sel_family family)
{
	bool interprets = family == SEL_FAMILY_INTERPRETER || family == SEL_FAMILY_SHELL;

	return brings_library(ids, proc) || (interprets && brings_variable(ids, proc));
}
