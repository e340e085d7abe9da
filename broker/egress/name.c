#include "name.h"

int sel_name_canonical(const char *text, size_t n, char ret[SEL_NAME_MAX])
{
	(void)text;
	(void)n;
	(void)ret;
	return -EINVAL;
}

bool sel_name_is_literal(const char *canonical)
{
	(void)canonical;
	return false;
}

int sel_name_authority(const char *text, size_t n, uint16_t default_port, char ret[SEL_NAME_MAX],
		       uint16_t *ret_port)
{
	(void)text;
	(void)n;
	(void)default_port;
	(void)ret;
	(void)ret_port;
	return -EINVAL;
}

bool sel_name_wildcard_ok(const char *parent)
{
	(void)parent;
	return false;
}

bool sel_name_below(const char *name, const char *parent)
{
	(void)name;
	(void)parent;
	return false;
}

void sel_name_words(const char *canonical, char *ret, size_t cap)
{
	(void)canonical;
	if (cap > 0)
		*ret = '\0';
}

const char *sel_name_registrable(const char *canonical)
{
	return canonical;
}
