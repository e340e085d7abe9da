/* The journal: one JSON object a line.
 *
 *	{"v":1,"session":ID,"started":USEC}
 *	{"n":N,"why":WHY,"at":USEC,"path":P,"kept":N, ...}   before it happens
 *	{"cancel":N}                   it did not come about
 *	{"end":N,"was":[..]|null,"orig":..}, {"ended":USEC}   how it was left
 *	{"undone":N}, {"shift":[P,Q]}  by the reader: put back, under which names */
#include "internal.h"
#include "seldom/text.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/xattr.h>

#define LINE_MAX_	(4 * PATH_MAX * 4 + 32768)
#define XATTR_NAMES_MAX 1024
#define XATTR_VALUE_MAX 1024

static const char *const why_names[SEL_UNDO_N] = {
	[SEL_UNDO_WRITE] = "write", [SEL_UNDO_REMOVE] = "remove", [SEL_UNDO_REPLACE] = "replace",
	[SEL_UNDO_MOVE] = "move",   [SEL_UNDO_RMDIR] = "rmdir",	  [SEL_UNDO_ATTR] = "attr",
	[SEL_UNDO_SWAP] = "swap",
};

const char *sel_undo_why_name(enum sel_undo_why why)
{
	return why < SEL_UNDO_N ? why_names[why] : "?";
}

void undo_meta_of(const struct stat *st, struct undo_meta *ret)
{
	*ret = (struct undo_meta){.dev = st->st_dev,
				  .ino = st->st_ino,
				  .size = (uint64_t)st->st_size,
				  .blocks = (uint64_t)st->st_blocks,
				  .mode = st->st_mode,
				  .uid = st->st_uid,
				  .gid = st->st_gid,
				  .nlink = st->st_nlink,
				  .mtime = st->st_mtim,
				  .ctime = st->st_ctim};
}

/* --- writing: by hand, since it lies in the way of every first overwrite
 * --------------------------- */

struct text {
	char *s;
	size_t n, cap;
	bool failed;
};

static void put(struct text *t, const char *fmt, ...) _printf_(2, 3);
static void put(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->s + t->n, t->cap - t->n, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= t->cap - t->n)
		t->failed = true;
	else
		t->n += (size_t)n;
}

static bool plain(const char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~' || *s == '"' || *s == '\\')
			return false;
	return true;
}

static void put_bytes(struct text *t, const char *key, const char *bytes)
{
	if (plain(bytes)) {
		put(t, ",\"%s\":\"%s\"", key, bytes);
		return;
	}
	json_auto_t *o = json_object();
	_cleanup_free_ char *s = NULL;

	if (sel_json_set_bytes(o, key, bytes, strlen(bytes)) < 0 ||
	    !(s = json_dumps(o, JSON_COMPACT))) {
		t->failed = true;
		return;
	}
	s[strlen(s) - 1] = '\0'; /* without its braces */
	put(t, ",%s", s + 1);
}

static void put_json(struct text *t, const char *key, const json_t *value)
{
	_cleanup_free_ char *s = json_dumps(value, JSON_COMPACT);

	if (s)
		put(t, ",\"%s\":%s", key, s);
	else
		t->failed = true;
}

static int put_whole(int fd, const char *bytes, size_t n)
{
	ssize_t put = write(fd, bytes, n);

	if (put < 0)
		return -errno;
	return (size_t)put == n ? 0 : -ENOSPC; /* a torn line: the next begins on its own */
}

static void put_meta(struct text *t, const struct undo_meta *m)
{
	put(t,
	    "\"dev\":%lld,\"ino\":%lld,\"mode\":%u,\"uid\":%u,\"gid\":%u,\"nlink\":%llu,\"size\":%"
	    "llu,"
	    "\"mtime\":[%lld,%ld]",
	    (long long)m->dev, (long long)m->ino, m->mode, m->uid, m->gid,
	    (unsigned long long)m->nlink, (unsigned long long)m->size, (long long)m->mtime.tv_sec,
	    m->mtime.tv_nsec);
}

int undo_line_put(int fd, const struct undo_line *l, uint64_t *ret_bytes)
{
	char small[2048];
	_cleanup_free_ char *large = NULL;
	struct text t = {.s = small, .cap = sizeof small};
	int r;

again:
	put(&t, "{\"n\":%llu,\"why\":\"%s\",\"at\":%llu", (unsigned long long)l->n,
	    sel_undo_why_name(l->why), (unsigned long long)l->at);
	put_bytes(&t, "path", l->path);
	if (l->to)
		put_bytes(&t, "to", l->to);
	if (l->kept)
		put(&t, ",\"kept\":%llu", (unsigned long long)l->kept);
	if (l->lost)
		put_bytes(&t, "lost", l->lost);
	if (l->link)
		put_bytes(&t, "link", l->link);
	if (l->xattrs)
		put_json(&t, "xattrs", l->xattrs);
	if (l->fresh)
		put(&t, ",\"fresh\":true");
	if (l->old) {
		put(&t, ",\"old\":%u,\"other\":{", l->old);
		put_meta(&t, &l->m2);
		put(&t, "}");
	}
	put(&t, ",");
	put_meta(&t, &l->m);
	put(&t, "}\n");
	if (t.failed && !large) {
		large = malloc(LINE_MAX_);
		if (!large)
			return -ENOMEM;
		t = (struct text){.s = large, .cap = LINE_MAX_};
		goto again;
	}
	r = t.failed ? -E2BIG : put_whole(fd, t.s, t.n);
	if (r < 0)
		(void)put_whole(fd, "\n", 1);
	else if (ret_bytes)
		*ret_bytes += t.n;
	return r;
}

int undo_json_put(int fd, json_t *object)
{
	_cleanup_free_ char *s = json_dumps(object, JSON_COMPACT), *line = NULL;
	int n = s ? asprintf(&line, "%s\n", s) : -1;

	json_decref(object);
	if (n < 0) {
		line = NULL;
		return -ENOMEM;
	}
	return put_whole(fd, line, (size_t)n);
}

/* --- reading
 * --------------------------------------------------------------------------------------- */

static json_int_t number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static int why_of(const json_t *o)
{
	const char *name = json_string_value(json_object_get(o, "why"));

	for (int i = 0; name && i < SEL_UNDO_N; i++)
		if (strcmp(name, why_names[i]) == 0)
			return i;
	return -EINVAL;
}

bool undo_path_ok(const char *path)
{
	if (*path != '/' || path[1] == '\0' || strlen(path) >= PATH_MAX)
		return false;
	while (*path == '/') {
		size_t n = strcspn(++path, "/");

		if (n == 0 || (n == 1 && path[0] == '.') ||
		    (n == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		path += n;
	}
	return true;
}

static struct undo_meta meta_get(const json_t *o)
{
	const json_t *mtime = json_object_get(o, "mtime");

	return (struct undo_meta){
		.dev = (uint64_t)number(o, "dev"),
		.ino = (uint64_t)number(o, "ino"),
		.size = (uint64_t)number(o, "size"),
		.mode = (mode_t)number(o, "mode"),
		.uid = (uid_t)number(o, "uid"),
		.gid = (gid_t)number(o, "gid"),
		.nlink = (uint64_t)number(o, "nlink"),
		.mtime = {.tv_sec = (time_t)json_integer_value(json_array_get(mtime, 0)),
			  .tv_nsec = (long)json_integer_value(json_array_get(mtime, 1))},
	};
}

int undo_line_get(const json_t *o, struct undo_line *ret)
{
	int why = why_of(o);

	if (why < 0 || number(o, "n") <= 0)
		return -EINVAL;
	*ret = (struct undo_line){
		.n = (uint64_t)number(o, "n"),
		.kept = (uint64_t)number(o, "kept"),
		.why = (enum sel_undo_why)why,
		.at = (usec_t)number(o, "at"),
		.path = sel_json_get_bytes(o, "path"),
		.to = sel_json_get_bytes(o, "to"),
		.link = sel_json_get_bytes(o, "link"),
		.lost = sel_json_get_bytes(o, "lost"),
		.xattrs = json_incref(json_object_get(o, "xattrs")),
		.fresh = json_is_true(json_object_get(o, "fresh")),
		.old = (unsigned)number(o, "old"),
		.m = meta_get(o),
		.m2 = meta_get(json_object_get(o, "other")),
	};
	/* What could lead elsewhere is no line of ours. */
	if (!ret->path || !undo_path_ok(ret->path) || (ret->to && !undo_path_ok(ret->to)) ||
	    ((ret->why == SEL_UNDO_MOVE || ret->why == SEL_UNDO_SWAP) && !ret->to)) {
		undo_line_done(ret);
		return -EINVAL;
	}
	return 0;
}

void undo_line_done(struct undo_line *l)
{
	free(l->path);
	free(l->to);
	free(l->link);
	free(l->lost);
	json_decref(l->xattrs);
	*l = (struct undo_line){0};
}

int undo_journal_read(int fd, int (*fn)(json_t *object, void *ctx), void *ctx)
{
	int copy = undo_reopen(fd, O_RDONLY);
	FILE *f = copy < 0 ? NULL : fdopen(copy, "re");
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	int r = 0;

	if (!f)
		return sel_closep(&copy), copy < 0 ? copy : -ENOMEM;
	while (r == 0 && (n = getline(&line, &cap, f)) > 0) {
		json_t *o = line[n - 1] == '\n' ? json_loadb(line, (size_t)n, 0, NULL) : NULL;

		if (json_is_object(o))
			r = fn(o, ctx);
		json_decref(o);
	}
	free(line);
	(void)fclose(f);
	return r;
}

/* --- extended attributes: if they are few
 * --------------------------------------------------------- */

json_t *undo_xattrs_read(int fd)
{
	char names[XATTR_NAMES_MAX], value[XATTR_VALUE_MAX + 1];
	ssize_t n = flistxattr(fd, names, sizeof names);
	json_t *all = NULL;

	for (char *p = names; n > 0 && p < names + n; p += strlen(p) + 1) {
		ssize_t len = fgetxattr(fd, p, value, XATTR_VALUE_MAX);
		json_t *one;

		/* The rest is the system's: it cannot be set back by a user. */
		if (len < 0 ||
		    (strncmp(p, "user.", 5) != 0 && strncmp(p, "system.posix_acl", 16) != 0))
			continue;
		one = json_array();
		for (ssize_t i = 0; i < len; i++)
			(void)json_array_append_new(one, json_integer((unsigned char)value[i]));
		if (!all)
			all = json_object();
		(void)json_object_set_new(all, p, one);
	}
	return all;
}

void undo_xattrs_write(int fd, const json_t *xattrs)
{
	const char *name;
	json_t *one;

	json_object_foreach((json_t *)xattrs, name, one)
	{
		unsigned char value[XATTR_VALUE_MAX];
		size_t n = json_array_size(one);

		if (n > sizeof value)
			continue;
		for (size_t i = 0; i < n; i++)
			value[i] = (unsigned char)json_integer_value(json_array_get(one, i));
		(void)fsetxattr(fd, name, value, n, 0);
	}
}
