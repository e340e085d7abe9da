#include "grant.h"

const char *sel_net_code(enum sel_net_why why)
{
	(void)why;
	return "refused";
}

int sel_net_status(enum sel_net_why why)
{
	(void)why;
	return 403;
}

const char *sel_net_words(enum sel_net_why why)
{
	(void)why;
	return "refused";
}

bool sel_net_askable(enum sel_net_why why)
{
	(void)why;
	return false;
}

enum sel_net_class sel_net_class(const char *method)
{
	(void)method;
	return SEL_NET_WRITE;
}

int sel_target_check(const char *target, size_t *ret_path_len)
{
	(void)target;
	(void)ret_path_len;
	return -EINVAL;
}

const struct sel_net_grant *sel_net_match(const struct sel_net_grant *list, size_t n,
					  const char *name, uint16_t port,
					  const struct sel_head *head, usec_t now,
					  enum sel_net_why *ret_why)
{
	(void)list;
	(void)n;
	(void)name;
	(void)port;
	(void)head;
	(void)now;
	*ret_why = SEL_NET_DENIED;
	return NULL;
}
