#include "tls.h"

int sel_tls_accept(struct sel_ca *ca, int fd, const char *name, bool h2, struct sel_tls **ret)
{
	(void)ca;
	(void)fd;
	(void)name;
	(void)h2;
	(void)ret;
	return -ENOSYS;
}

int sel_tls_connect(int fd, const char *name, const char *roots, bool h2, bool http1,
		    struct sel_tls **ret)
{
	(void)fd;
	(void)name;
	(void)roots;
	(void)h2;
	(void)http1;
	(void)ret;
	return -ENOSYS;
}

int sel_tls_load_roots(const char *path)
{
	(void)path;
	return -ENOSYS;
}

void sel_tls_free(struct sel_tls *t)
{
	(void)t;
}

int sel_tls_handshake(struct sel_tls *t)
{
	(void)t;
	return -EPROTO;
}

ssize_t sel_tls_read(struct sel_tls *t, void *p, size_t n)
{
	(void)t;
	(void)p;
	(void)n;
	return -EPROTO;
}

ssize_t sel_tls_write(struct sel_tls *t, const void *p, size_t n)
{
	(void)t;
	(void)p;
	(void)n;
	return -EPROTO;
}

bool sel_tls_pending(const struct sel_tls *t)
{
	(void)t;
	return false;
}

void sel_tls_goodbye(struct sel_tls *t)
{
	(void)t;
}

short sel_tls_wants(const struct sel_tls *t)
{
	(void)t;
	return 0;
}

bool sel_tls_h2(const struct sel_tls *t)
{
	(void)t;
	return false;
}

const char *sel_tls_error(const struct sel_tls *t)
{
	(void)t;
	return "no TLS";
}

bool sel_tls_refused_leaf(const struct sel_tls *t)
{
	(void)t;
	return false;
}
