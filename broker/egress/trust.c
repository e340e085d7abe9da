#include "tls.h"

int sel_trust_write(int dir, const char *ca_pem, const char *roots, bool java,
		    const char **ret_what)
{
	(void)dir;
	(void)ca_pem;
	(void)roots;
	(void)java;
	*ret_what = "trust folder";
	return -ENOSYS;
}

const char *sel_trust_roots(void)
{
	return NULL;
}
