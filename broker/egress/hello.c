#include "tls.h"

int sel_hello_look(const void *p, size_t n, struct sel_hello *ret)
{
	(void)p;
	(void)n;
	(void)ret;
	return -EBADMSG;
}
