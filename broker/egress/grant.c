#include "grant.h"

int sel_grants_parse(const char *name, const char *text, size_t n, enum sel_grant_from from,
		     usec_t now, struct sel_net_grant **list, size_t *n_list, char **ret_error)
{
	(void)name;
	(void)text;
	(void)n;
	(void)from;
	(void)now;
	(void)list;
	(void)n_list;
	if (ret_error)
		*ret_error = NULL;
	return -ENOSYS;
}

int sel_grants_read(const char *path, enum sel_grant_from from, usec_t now,
		    struct sel_net_grant **list, size_t *n_list, char **ret_error)
{
	(void)path;
	(void)from;
	(void)now;
	(void)list;
	(void)n_list;
	if (ret_error)
		*ret_error = NULL;
	return -ENOSYS;
}

int sel_grant_line(const struct sel_net_grant *g, char *ret, size_t cap)
{
	(void)g;
	(void)ret;
	(void)cap;
	return -ENOSYS;
}

void sel_grant_words(const struct sel_net_grant *g, char *ret, size_t cap)
{
	(void)g;
	if (cap > 0)
		*ret = '\0';
}

int sel_grant_copy(const struct sel_net_grant *g, struct sel_net_grant *ret)
{
	(void)g;
	(void)ret;
	return -ENOSYS;
}

void sel_grant_done(struct sel_net_grant *g)
{
	(void)g;
}

void sel_net_grants_free(struct sel_net_grant *list, size_t n)
{
	(void)n;
	free(list);
}
