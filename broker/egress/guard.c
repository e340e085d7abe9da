#include "name.h"

const char *sel_dial_forbidden(const struct sockaddr *address)
{
	(void)address;
	return "not known to be public";
}
