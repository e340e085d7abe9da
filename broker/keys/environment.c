/* The variables seldom was started with. Which of them grants will name is not known before they
 * come, so all are kept, but where no dump and no reader of /proc/PID/environ finds them. */
#include "keys.h"

extern char **environ;

static struct secret copy; /* "NAME=VALUE\0..." */

/* Of the libraries; none is a credential. */
static const char *const needed[] = {
	"DBUS_SESSION_BUS_ADDRESS=",
	"XDG_RUNTIME_DIR=",
	"HOME=",
	"SELDOM_DEBUG=",
	"ASAN_OPTIONS=",
	"LSAN_OPTIONS=",
	"UBSAN_OPTIONS=",
};
/* GLib would load modules for proxies, settings and file systems. */
static char *const ours[] = {
	(char *)"GIO_USE_PROXY_RESOLVER=dummy",
	(char *)"GIO_USE_VFS=local",
	(char *)"GSETTINGS_BACKEND=memory",
	(char *)"GIO_MODULE_DIR=/nonexistent",
};

static bool is_needed(const char *text)
{
	for (size_t i = 0; i < SEL_N(needed); i++)
		if (strncmp(text, needed[i], strlen(needed[i])) == 0)
			return true;
	return false;
}

static int copy_all(void)
{
	size_t n = 0;
	int r;

	for (char **e = environ; *e; e++)
		n += strlen(*e) + 1;
	r = secret_new(n, &copy);
	for (char **e = environ; r >= 0 && *e; e++) {
		size_t len = strlen(*e) + 1;

		memcpy(copy.p + copy.n, *e, len);
		copy.n += len;
	}
	return r;
}

void environment_take(void)
{
	static char *kept[SEL_N(needed) + SEL_N(ours) + 1];
	size_t n = 0;

	(void)copy_all(); /* without it no variable can be had, and that is said when one is wanted
			   */
	for (char **e = environ; *e; e++) {
		if (n < SEL_N(needed) && is_needed(*e))
			kept[n++] = *e;
		else
			explicit_bzero(*e, strlen(*e));
	}
	for (size_t i = 0; i < SEL_N(ours); i++)
		kept[n++] = ours[i];
	kept[n] = NULL;
	environ = kept;
}

void environment_done(void)
{
	if (copy.p) /* not unmapped: a thread may be reading */
		explicit_bzero(copy.p, copy.cap);
}

int environment_fetch(struct fetch *f, struct secret *ret)
{
	size_t n = strlen(f->name), len;
	int r;

	if (!copy.p)
		return fetch_fail(f, -ENOMEM,
				  "the environment does not fit into memory that may "
				  "be locked; raise the limit (ulimit -l)");
	for (const char *p = copy.p; p < copy.p + copy.n; p += len + 1) {
		len = strlen(p);
		if (strncmp(p, f->name, n) != 0 || p[n] != '=')
			continue;
		p += n + 1;
		len -= n + 1;
		if (len > SEL_CREDENTIAL_MAX)
			return fetch_fail(f, -E2BIG, "it is longer than 16 KiB");
		r = secret_new(len, ret);
		if (r < 0)
			return fetch_fail(f, r, "no memory can be locked for it");
		memcpy(ret->p, p, len);
		ret->n = len;
		return 0;
	}
	return fetch_fail(f, -ENOENT, "seldom was started without it");
}
