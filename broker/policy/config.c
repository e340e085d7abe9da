#include "config.h"

#include "scope.h"
#include "seldom/proto.h"
#include "seldom/text.h"

#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#define TIMEOUT_MIN  (5 * USEC_PER_SEC)
#define TIMEOUT_MAX  (3600 * USEC_PER_SEC)
#define PROFILE_NAME 64 /* characters */

enum section { NONE, SCOPE, PROFILE, OTHER_PROFILE, ASK, NETWORK, NOTIFY, CONSOLE, LOCK };

struct parser {
	struct sel_config *c;
	const char *name, *home, *profile;
	size_t line;
	bool admin;
	enum section section;
	bool set[SEL_CONFIG_KEY_N]; /* single values of this file */
	char **ret_error;
};

static int fail(struct parser *p, const char *fmt, ...) _printf_(2, 3);
static int fail(struct parser *p, const char *fmt, ...)
{
	_cleanup_free_ char *what = NULL;
	va_list ap;
	int n;

	if (!p->ret_error)
		return -EINVAL;
	va_start(ap, fmt);
	n = vasprintf(&what, fmt, ap);
	va_end(ap);
	if (n < 0 || asprintf(p->ret_error, "%s:%zu: %s", p->name, p->line, what) < 0)
		*p->ret_error = NULL;
	return -EINVAL;
}

/* The same with a piece of the file in it. */
static int fail_text(struct parser *p, const char *what, const char *text, const char *todo)
{
	char safe[125];
	bool cut = sel_text_escape(text, strlen(text), safe, sizeof safe, NULL) >= sizeof safe;

	return fail(p, "%s '%s%s'; %s", what, safe, cut ? "..." : "", todo);
}

/* --- values: each takes one into the configuration --- */

static int list_add(char ***list, char *take)
{
	size_t n = 0;
	char **more;

	while (*list && (*list)[n])
		n++;
	more = reallocarray(*list, n + 2, sizeof *more);
	if (!more) {
		free(take);
		return -ENOMEM;
	}
	more[n] = take;
	more[n + 1] = NULL;
	*list = more;
	return 0;
}

static char ***list_of(struct sel_config *c, enum sel_config_key key)
{
	char ***const lists[SEL_CONFIG_KEY_N] = {
		[SEL_CONFIG_RW] = &c->rw,   [SEL_CONFIG_ND] = &c->nd,
		[SEL_CONFIG_RO] = &c->ro,   [SEL_CONFIG_SECRET] = &c->secret,
		[SEL_CONFIG_ENV] = &c->env,
	};

	return lists[key];
}

/* Without "~" or "$HOME" in front: what follows it; else NULL. */
static const char *below_home(const char *value)
{
	size_t n = strncmp(value, "$HOME", 5) == 0 ? 5 : *value == '~' ? 1 : 0;

	return n > 0 && (value[n] == '/' || value[n] == '\0') ? value + n : NULL;
}

static int take_path(struct parser *p, enum sel_config_key key, const char *value, bool keep)
{
	const char *rest = below_home(value);
	_cleanup_free_ char *path = NULL;
	size_t n;

	if (rest && !p->home)
		return fail_text(p, "the home folder is unknown for", value,
				 "write the whole path");
	if (!rest && *value != '/')
		return fail_text(p, "not an absolute path:", value,
				 "begin it with /, ~/ or $HOME/");
	if (asprintf(&path, "%s%s", rest ? p->home : "", rest ? rest : value) < 0)
		return -ENOMEM;
	for (n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
		path[n - 1] = '\0';
	if (n >= PATH_MAX)
		return fail(p, "a path longer than %d bytes; shorten it", PATH_MAX - 1);
	if (!sel_path_clean(path))
		return fail_text(p, "not a plain path:", value,
				 "write it without '.', '..' and '//'");
	return keep ? list_add(list_of(p->c, key), sel_steal_ptr(&path)) : 0;
}

static int take_env(struct parser *p, enum sel_config_key key, const char *value, bool keep)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
	char *copy;

	if (strspn(value, letters) != strlen(value) || (*value >= '0' && *value <= '9'))
		return fail_text(p, "not the name of a variable:", value,
				 "write one NAME, without $ and without a value");
	copy = strdup(value);
	if (!copy)
		return -ENOMEM;
	if (keep)
		return list_add(list_of(p->c, key), copy);
	free(copy);
	return 0;
}

static int take_timeout(struct parser *p, enum sel_config_key key, const char *value, bool keep)
{
	static const struct {
		const char *suffix;
		usec_t unit;
	} units[] = {{"", USEC_PER_SEC},
		     {"s", USEC_PER_SEC},
		     {"m", 60 * USEC_PER_SEC},
		     {"h", 3600 * USEC_PER_SEC}};
	size_t digits = strspn(value, "0123456789");
	usec_t n = digits > 0 && digits < 10 ? strtoul(value, NULL, 10) : 0;

	(void)key;
	for (size_t i = 0; i < SEL_N(units); i++) {
		if (strcmp(value + digits, units[i].suffix) != 0 ||
		    n * units[i].unit < TIMEOUT_MIN || n * units[i].unit > TIMEOUT_MAX)
			continue;
		if (keep)
			p->c->ask_timeout = n * units[i].unit;
		return 0;
	}
	return fail_text(p, "not a time from 5s to 1h:", value,
			 "write for example 300, 300s or 5m");
}

/* 1, 0 or -EINVAL and a message. */
static int take_yes_no(struct parser *p, const char *value)
{
	if (strcmp(value, "yes") == 0)
		return 1;
	return strcmp(value, "no") == 0
		       ? 0
		       : fail_text(p, "neither yes nor no:", value, "write one of them");
}

static int *switch_of(struct sel_config *c, enum sel_config_key key)
{
	int *const switches[SEL_CONFIG_KEY_N] = {
		[SEL_CONFIG_POPUP] = &c->popup, [SEL_CONFIG_TMUX] = &c->tmux,
		[SEL_CONFIG_LEARN] = &c->learn, [SEL_CONFIG_DECOYS] = &c->decoys,
		[SEL_CONFIG_NET] = &c->net,	[SEL_CONFIG_NOTIFY] = &c->notify,
		[SEL_CONFIG_MOUSE] = &c->mouse,
	};

	return switches[key];
}

static int take_switch(struct parser *p, enum sel_config_key key, const char *value, bool keep)
{
	int r = take_yes_no(p, value);

	if (r < 0)
		return r;
	if (keep)
		*switch_of(p->c, key) = r;
	return 0;
}

const char *const sel_config_themes[] = {"none", "dark", "light", "ask", NULL};

static int take_theme(struct parser *p, enum sel_config_key key, const char *value, bool keep)
{
	(void)key;
	for (int i = 0; sel_config_themes[i]; i++)
		if (strcmp(value, sel_config_themes[i]) == 0) {
			p->c->theme = keep ? i : p->c->theme;
			return 0;
		}
	return fail_text(p, "no theme:", value, "write ask, dark, light or none");
}

/* A command without a shell: nothing in it is expanded or quoted. */
static int take_command(struct parser *p, enum sel_config_key key, const char *value, bool keep)
{
	char *copy;

	(void)key;
	if (strpbrk(value, "\"'\\$`;|&<>"))
		return fail_text(p, "not plain words:", value,
				 "write a program and its options, without quotes and variables");
	copy = keep ? strdup(value) : NULL;
	if (keep && !copy)
		return -ENOMEM;
	if (keep) {
		free(p->c->terminal);
		p->c->terminal = copy;
	}
	return 0;
}

/* --- keys and sections --- */

static const struct key {
	const char *name;
	enum section section; /* SCOPE: of [profile], too */
	bool single;	      /* one value; else it may be given again */
	int (*take)(struct parser *p, enum sel_config_key key, const char *value, bool keep);
	const char *lock; /* its name in [lock], where sections do not count; NULL: the same */
} keys[SEL_CONFIG_KEY_N] = {
	[SEL_CONFIG_RW] = {"rw", SCOPE, false, take_path, NULL},
	[SEL_CONFIG_ND] = {"rw-no-delete", SCOPE, false, take_path, NULL},
	[SEL_CONFIG_RO] = {"ro", SCOPE, false, take_path, NULL},
	[SEL_CONFIG_SECRET] = {"secret", SCOPE, false, take_path, NULL},
	[SEL_CONFIG_ENV] = {"env", SCOPE, false, take_env, NULL},
	[SEL_CONFIG_TIMEOUT] = {"timeout", ASK, true, take_timeout, NULL},
	[SEL_CONFIG_POPUP] = {"popup", ASK, true, take_switch, NULL},
	[SEL_CONFIG_TMUX] = {"tmux", ASK, true, take_switch, NULL},
	[SEL_CONFIG_LEARN] = {"learn", ASK, true, take_switch, NULL},
	[SEL_CONFIG_DECOYS] = {"decoys", ASK, true, take_switch, NULL},
	[SEL_CONFIG_NET] = {"net", NETWORK, true, take_switch, NULL},
	[SEL_CONFIG_NOTIFY] = {"enabled", NOTIFY, true, take_switch, "notify"},
	[SEL_CONFIG_TERMINAL] = {"terminal", NOTIFY, true, take_command, NULL},
	[SEL_CONFIG_THEME] = {"theme", CONSOLE, true, take_theme, NULL},
	[SEL_CONFIG_MOUSE] = {"mouse", CONSOLE, true, take_switch, NULL},
};

static int key_from_name(enum section section, const char *name)
{
	for (int i = 0; i < SEL_CONFIG_KEY_N; i++) {
		const char *own = section == LOCK && keys[i].lock ? keys[i].lock : keys[i].name;

		if ((section == LOCK || keys[i].section == section) && strcmp(own, name) == 0)
			return i;
	}
	return -EINVAL;
}

static int take_lock(struct parser *p, const char *name, const char *value)
{
	int key = key_from_name(LOCK, name), r;

	if (key < 0)
		return fail_text(p, "no key to lock:", name,
				 "keys are rw, rw-no-delete, ro, secret, env, timeout, popup, "
				 "tmux, learn, decoys, net, notify, terminal, theme and "
				 "mouse");
	r = take_yes_no(p, value);
	if (r < 0)
		return r;
	p->c->locked[key] = r;
	return 0;
}

static const char *keys_of(enum section section)
{
	return section == ASK	    ? "keys of [ask] are timeout, popup, tmux, learn and decoys"
	       : section == NETWORK ? "the key of [network] is net"
	       : section == CONSOLE ? "keys of [console] are theme and mouse"
	       : section == NOTIFY  ? "keys of [notify] are enabled and terminal"
				    : "keys here are rw, rw-no-delete, ro, secret and env";
}

static int take_key(struct parser *p, const char *name, const char *value)
{
	bool keep = p->section != OTHER_PROFILE;
	enum section section =
		p->section == PROFILE || p->section == OTHER_PROFILE ? SCOPE : p->section;
	int key = key_from_name(section, name);

	if (key < 0)
		return fail_text(p, "unknown key", name, keys_of(section));
	if (!p->admin && p->c->locked[key])
		return fail_text(p, "locked by " SEL_CONFIG_ADMIN ":", name, "remove this line");
	if (keys[key].single) {
		if (p->set[key])
			return fail_text(p, "set twice:", name, "keep one of the lines");
		p->set[key] = true;
		if (p->admin)
			p->c->admin_set[key] = true;
		else
			keep = !p->c->admin_set[key];
	}
	return keys[key].take(p, (enum sel_config_key)key, value, keep);
}

static int take_profile(struct parser *p, const char *name)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t n = strlen(name);

	if (n == 0 || n > PROFILE_NAME || strspn(name, letters) != n)
		return fail_text(p, "not a name for a profile:", name,
				 "use up to 64 letters, digits, '.', '_' and '-'");
	p->section = p->profile && strcmp(p->profile, name) == 0 ? PROFILE : OTHER_PROFILE;
	p->c->profile_found |= p->section == PROFILE;
	return 0;
}

static int take_section(struct parser *p, const char *name)
{
	static const struct {
		const char *name;
		enum section section;
	} sections[] = {{"scope", SCOPE},   {"ask", ASK},	  {"network", NETWORK},
			{"notify", NOTIFY}, {"console", CONSOLE}, {"lock", LOCK}};

	if (strncmp(name, "profile ", 8) == 0)
		return take_profile(p, name + 8);
	for (size_t i = 0; i < SEL_N(sections); i++) {
		if (strcmp(sections[i].name, name) != 0)
			continue;
		if (sections[i].section == LOCK && !p->admin)
			return fail(p,
				    "[lock] counts in " SEL_CONFIG_ADMIN " only; remove it here");
		p->section = sections[i].section;
		return 0;
	}
	return fail_text(
		p, "unknown section", name,
		p->admin ? "sections are [scope], [profile NAME], [ask], [network], [notify], "
			   "[console] and [lock]"
			 : "sections are [scope], [profile NAME], [ask], [network], [notify] "
			   "and [console]");
}

/* --- lines --- */

/* Without blanks around it, in place. */
static char *trim(char *s)
{
	size_t n;

	s += strspn(s, " \t");
	for (n = strlen(s); n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'); n--)
		s[n - 1] = '\0';
	return s;
}

static int check_bytes(struct parser *p, const char *line, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)line[i];

		if (c == '\r' && i + 1 == n)
			return fail(p, "the line ends in CR LF; save the file with Unix line ends");
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return fail(p, "a control character (0x%02x); remove it", c);
	}
	return 0;
}

static int take_line(struct parser *p, char *line)
{
	char *value, *end;

	line = trim(line);
	if (*line == '\0' || *line == '#' || *line == ';')
		return 0;
	if (*line == '[') {
		end = line + strlen(line) - 1;
		if (*end != ']')
			return fail_text(p, "no ']' at the end of", line,
					 "close the section's name");
		*end = '\0';
		return take_section(p, trim(line + 1));
	}
	value = strchr(line, '=');
	if (!value)
		return fail_text(p, "neither a section nor KEY = VALUE:", line,
				 "begin a comment with '#'");
	*value++ = '\0';
	line = trim(line);
	value = trim(value);
	if (p->section == NONE)
		return fail_text(p, "a key before any section:", line,
				 "put [scope] or [ask] above it");
	if (*value == '\0')
		return fail_text(p, "no value for", line, "write one, or remove the line");
	return p->section == LOCK ? take_lock(p, line, value) : take_key(p, line, value);
}

int sel_config_parse(struct sel_config *c, const char *name, const char *text, size_t n, bool admin,
		     const char *profile, const char *home, char **ret_error)
{
	struct parser p = {.c = c,
			   .name = name,
			   .home = home,
			   .profile = profile,
			   .admin = admin,
			   .ret_error = ret_error};
	int r = 0;

	for (const char *at = text, *end = text + n; r >= 0 && at < end;) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((stop ? stop : end) - at);
		_cleanup_free_ char *line = NULL;

		p.line++;
		r = check_bytes(&p, at, len);
		if (r >= 0) {
			line = strndup(at, len);
			r = line ? take_line(&p, line) : -ENOMEM;
		}
		at += len + 1;
	}
	return r;
}

/* --- files --- */

static int fail_file(const char *path, char **ret_error, int r, const char *what)
{
	char safe[PATH_MAX];

	(void)sel_text_escape(path, strlen(path), safe, sizeof safe, NULL);
	if (ret_error && asprintf(ret_error, "%s: %s", safe, what) < 0)
		*ret_error = NULL;
	return r;
}

static int check_file(int fd, const char *path, bool admin, char **ret_error)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail_file(path, ret_error, -errno,
				 "cannot be looked at; check the file system");
	if (!S_ISREG(st.st_mode))
		return fail_file(path, ret_error, -EPERM,
				 "is no regular file; put a plain file there");
	if (st.st_uid != 0 && (admin || st.st_uid != geteuid()))
		return fail_file(path, ret_error, -EPERM,
				 admin ? "does not belong to root; run chown root on it"
				       : "belongs to somebody else; run chown on it, or remove it");
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return fail_file(path, ret_error, -EPERM,
				 "others may write to it; run chmod go-w on it");
	if (st.st_size > (off_t)SEL_CONFIG_MAX)
		return fail_file(path, ret_error, -EFBIG, "is bigger than 256 KiB; shorten it");
	return 0;
}

static ssize_t read_full(int fd, char *text, size_t cap)
{
	size_t n = 0;

	while (n < cap) {
		ssize_t got = read(fd, text + n, cap - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	return (ssize_t)n;
}

int sel_config_read(struct sel_config *c, const char *path, bool admin, const char *profile,
		    const char *home, char **ret_error)
{
	/* Not following a last link, and not waiting for a writer of a FIFO. */
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;
	char name[PATH_MAX];
	ssize_t n;
	int r;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0 && errno == ELOOP)
		return fail_file(path, ret_error, -EPERM,
				 "is a symbolic link; put the file itself there");
	if (fd < 0)
		return fail_file(path, ret_error, -errno, "cannot be read; check its permissions");
	r = check_file(fd, path, admin, ret_error);
	if (r < 0)
		return r;
	text = malloc(SEL_CONFIG_MAX + 1);
	if (!text)
		return -ENOMEM;
	n = read_full(fd, text, SEL_CONFIG_MAX + 1);
	if (n < 0)
		return fail_file(path, ret_error, (int)n, "cannot be read; check the file system");
	if ((size_t)n > SEL_CONFIG_MAX) /* it grew */
		return fail_file(path, ret_error, -EFBIG, "is bigger than 256 KiB; shorten it");
	(void)sel_text_escape(path, strlen(path), name, sizeof name, NULL);
	return sel_config_parse(c, name, text, (size_t)n, admin, profile, home, ret_error);
}

/* The user's file; without a home folder there is none. */
static int read_user(struct sel_config *c, const char *profile, const char *home, char **ret_error)
{
	_cleanup_free_ char *dir = NULL, *path = NULL;
	int r = sel_config_dir(&dir);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (asprintf(&path, "%s/config", dir) < 0)
		return -ENOMEM;
	return sel_config_read(c, path, false, profile, home, ret_error);
}

static int fail_profile(const char *profile, char **ret_error)
{
	char safe[128];

	(void)sel_text_escape(profile, strlen(profile), safe, sizeof safe, NULL);
	if (ret_error &&
	    asprintf(ret_error,
		     "no profile '%s'; add a section [profile NAME] to ~/.config/seldom/config",
		     safe) < 0)
		*ret_error = NULL;
	return -ENOENT;
}

int sel_config_load(const char *profile, const char *home, struct sel_config *ret, char **ret_error)
{
	struct sel_config c;
	int r = sel_config_init(&c);

	if (ret_error)
		*ret_error = NULL;
	if (r < 0)
		return r;
	r = sel_config_read(&c, SEL_CONFIG_ADMIN, true, profile, home, ret_error);
	if (r >= 0)
		r = read_user(&c, profile, home, ret_error);
	if (r >= 0 && profile && !c.profile_found)
		r = fail_profile(profile, ret_error);
	if (r < 0)
		sel_config_done(&c);
	else
		*ret = c;
	return r;
}

static const struct sel_config empty = {.popup = -1,
					.tmux = -1,
					.learn = -1,
					.decoys = -1,
					.net = -1,
					.notify = -1,
					.theme = -1,
					.mouse = -1};

int sel_config_init(struct sel_config *c)
{
	*c = empty;
	for (enum sel_config_key key = 0; key <= SEL_CONFIG_ENV; key++) {
		char ***list = list_of(c, key);

		*list = calloc(1, sizeof **list);
		if (!*list) {
			sel_config_done(c);
			return -ENOMEM;
		}
	}
	return 0;
}

void sel_config_done(struct sel_config *c)
{
	for (enum sel_config_key key = 0; key <= SEL_CONFIG_ENV; key++) {
		char ***list = list_of(c, key);

		for (char **item = *list; item && *item; item++)
			free(*item);
		free(*list);
	}
	free(c->terminal);
	*c = empty;
}
