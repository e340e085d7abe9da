#include "registries.h"

int sel_registries_read(const char *home, const char *project, const char *const *environment,
			struct sel_known_host **ret, size_t *ret_n)
{
	(void)home;
	(void)project;
	(void)environment;
	*ret = NULL;
	*ret_n = 0;
	return 0;
}

void sel_known_hosts_free(struct sel_known_host *hosts, size_t n)
{
	(void)n;
	free(hosts);
}
