#include "undo.h"

struct sel_undo {
	char session[64];
};

int sel_undo_new(const char *dir, const char *session, struct sel_undo **ret)
{
	(void)dir;
	(void)session;
	(void)ret;
	return -ENOSYS;
}

void sel_undo_end(struct sel_undo *u)
{
	(void)u;
}

void sel_undo_free(struct sel_undo *u)
{
	free(u);
}

bool sel_undo_can(const struct sel_undo *u, const struct stat *st)
{
	(void)u;
	(void)st;
	return false;
}

int sel_undo_keep(struct sel_undo *u, enum sel_undo_why why, const char *path, int fd,
		  const char *to)
{
	(void)u;
	(void)why;
	(void)path;
	(void)fd;
	(void)to;
	return -ENOSYS;
}

struct sel_undo_totals sel_undo_totals(struct sel_undo *u)
{
	(void)u;
	return (struct sel_undo_totals){0};
}

int sel_undo_prune(const char *dir, usec_t now)
{
	(void)dir;
	(void)now;
	return -ENOSYS;
}

int sel_undo_list(const char *dir, const char *session,
		  int (*fn)(const struct sel_undo_entry *e, void *ctx), void *ctx)
{
	(void)dir;
	(void)session;
	(void)fn;
	(void)ctx;
	return -ENOSYS;
}

int sel_undo_restore(const char *dir, const char *session, const struct sel_undo_entry *e,
		     bool force)
{
	(void)dir;
	(void)session;
	(void)e;
	(void)force;
	return -ENOSYS;
}
