#include "tree.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/syscall.h>

#ifndef SYS_openat2
#define SYS_openat2 437
#endif

/* With time-outs of 0 the kernel forgets a node as soon as nobody uses it, so few are alive at
 * once; the cap is for a program that tries to keep them. */
#define NODES_MAX 65536
#define BUCKETS	  1024

struct sel_node {
	struct sel_node *next, *parent; /* of the bucket; NULL for the root */
	uint64_t refs;			/* the kernel's look-ups, and one for each child */
	dev_t dev;
	ino_t ino;
	char name[];
};

struct sel_tree {
	char *path;
	int root_fd;
	bool folder;
	size_t n;
	struct sel_node *root;
	struct sel_node *bucket[BUCKETS];
};

static struct sel_node *node_new(const char *name, const struct stat *st)
{
	size_t n = strlen(name) + 1;
	struct sel_node *node = malloc(sizeof *node + n);

	if (!node)
		return NULL;
	*node = (struct sel_node){.dev = st->st_dev, .ino = st->st_ino};
	memcpy(node->name, name, n);
	return node;
}

int sel_tree_open(const char *path, bool folder, struct sel_tree **ret)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC | O_NOFOLLOW,
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	struct stat st;

	_cleanup_close_ int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return -ELOOP;
	if (folder && !S_ISDIR(st.st_mode))
		return -ENOTDIR;
	if (!folder && !S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;

	struct sel_tree *t = calloc(1, sizeof *t);
	if (!t)
		return -ENOMEM;
	t->root_fd = sel_steal_fd(&fd);
	t->folder = folder;
	t->path = strdup(path);
	t->root = node_new("", &st);
	if (!t->path || !t->root) {
		sel_tree_free(t);
		return -ENOMEM;
	}
	*ret = t;
	return 0;
}

void sel_tree_free(struct sel_tree *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		while (t->bucket[i]) {
			struct sel_node *node = t->bucket[i];

			t->bucket[i] = node->next;
			free(node);
		}
	free(t->root);
	free(t->path);
	sel_closep(&t->root_fd);
	free(t);
}

struct sel_node *sel_tree_root(struct sel_tree *t)
{
	return t->root;
}

static size_t bucket_of(const struct sel_node *parent, const char *name)
{
	uint64_t h = 14695981039346656037ULL ^ (uintptr_t)parent; /* FNV-1a */

	for (; *name; name++)
		h = (h ^ (uint8_t)*name) * 1099511628211ULL;
	return (h ^ h >> 32) % BUCKETS;
}

/* Path below the root, written from the end of `buf`; "." for the root itself. */
static const char *relative(const struct sel_node *node, char *buf, size_t cap)
{
	size_t at = cap - 1;

	buf[at] = '\0';
	if (!node->parent)
		return ".";
	for (; node->parent; node = node->parent) {
		size_t n = strlen(node->name);
		bool last = buf[at] == '\0';

		if (at < n + !last)
			return NULL;
		if (!last)
			buf[--at] = '/';
		at -= n;
		memcpy(buf + at, node->name, n);
	}
	return buf + at;
}

int sel_tree_path(const struct sel_tree *t, const struct sel_node *node, char *ret, size_t cap)
{
	char buf[PATH_MAX];
	const char *rel = relative(node, buf, sizeof buf);
	int n;

	if (!rel)
		return -ENAMETOOLONG;
	n = node->parent ? snprintf(ret, cap, "%s/%s", t->path, rel)
			 : snprintf(ret, cap, "%s", t->path);
	return n < 0 || (size_t)n >= cap ? -ENAMETOOLONG : 0;
}

/* A last symlink is given as itself, one on the way is -ELOOP. */
static int walk(int dirfd, const char *rel, struct stat *ret_st)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC | O_NOFOLLOW,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};

	_cleanup_close_ int fd = (int)syscall(SYS_openat2, dirfd, rel, &how, sizeof how);
	if (fd < 0 || fstat(fd, ret_st) < 0)
		return -errno;
	return sel_steal_fd(&fd);
}

int sel_tree_pin(struct sel_tree *t, const struct sel_node *node, struct stat *ret_st)
{
	char buf[PATH_MAX];
	const char *rel = relative(node, buf, sizeof buf);

	if (!rel)
		return -ENAMETOOLONG;
	_cleanup_close_ int fd = node->parent ? walk(t->root_fd, rel, ret_st)
					      : fcntl(t->root_fd, F_DUPFD_CLOEXEC, 3);
	if (fd < 0)
		return node->parent ? fd : -errno;
	if (!node->parent && fstat(fd, ret_st) < 0)
		return -errno;
	if (ret_st->st_dev != node->dev || ret_st->st_ino != node->ino)
		return -ESTALE; /* the kernel looks the name up again */
	return sel_steal_fd(&fd);
}

static bool is_plain_name(const char *name)
{
	return *name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && !strchr(name, '/') &&
	       strlen(name) <= NAME_MAX;
}

static struct sel_node *find(struct sel_tree *t, const struct sel_node *parent, const char *name,
			     const struct stat *st)
{
	for (struct sel_node *n = t->bucket[bucket_of(parent, name)]; n; n = n->next)
		if (n->parent == parent && n->dev == st->st_dev && n->ino == st->st_ino &&
		    strcmp(n->name, name) == 0)
			return n;
	return NULL;
}

static int add(struct sel_tree *t, struct sel_node *parent, const char *name, const struct stat *st,
	       struct sel_node **ret)
{
	struct sel_node *node;
	size_t b = bucket_of(parent, name);

	if (t->n >= NODES_MAX)
		return -ENFILE;
	node = node_new(name, st);
	if (!node)
		return -ENOMEM;
	node->parent = parent;
	node->next = t->bucket[b];
	t->bucket[b] = node;
	parent->refs++;
	t->n++;
	*ret = node;
	return 0;
}

int sel_tree_lookup(struct sel_tree *t, struct sel_node *parent, const char *name,
		    struct sel_node **ret, struct stat *ret_st)
{
	struct stat st;
	int r = 0;

	if (!t->folder)
		return -ENOTDIR;
	if (!is_plain_name(name))
		return -ENOENT;
	_cleanup_close_ int dir = sel_tree_pin(t, parent, &st);
	if (dir < 0)
		return dir;
	_cleanup_close_ int fd = walk(dir, name, &st);
	if (fd < 0)
		return fd;
	struct sel_node *node = find(t, parent, name, &st);
	if (!node)
		r = add(t, parent, name, &st, &node);
	if (r < 0)
		return r;
	node->refs++;
	*ret = node;
	*ret_st = st;
	return 0;
}

static void unlink_node(struct sel_tree *t, struct sel_node *node)
{
	struct sel_node **at = &t->bucket[bucket_of(node->parent, node->name)];

	while (*at && *at != node)
		at = &(*at)->next;
	if (*at)
		*at = node->next;
	t->n--;
	free(node);
}

void sel_tree_forget(struct sel_tree *t, struct sel_node *node, uint64_t count)
{
	while (node->parent) { /* the root stays */
		struct sel_node *parent = node->parent;

		node->refs -= count < node->refs ? count : node->refs;
		if (node->refs > 0)
			return;
		unlink_node(t, node);
		node = parent;
		count = 1;
	}
}
