/* Keys of type "user", by description: the user's keyring, then the session's (keyrings(7)). */
#include "keys.h"

#include <linux/keyctl.h>
#include <sys/syscall.h>

#define MINE KEY_SPEC_THREAD_KEYRING /* found through a keyring, a key may be read from there */

/* Never request_key(2): that would start a program to make one. */
static long find(const char *description)
{
	static const int rings[] = {KEY_SPEC_USER_KEYRING, KEY_SPEC_SESSION_KEYRING};
	int error = ENOKEY;

	for (size_t i = 0; i < SEL_N(rings); i++) {
		long key = syscall(SYS_keyctl, KEYCTL_SEARCH, rings[i], "user", description, MINE);

		if (key >= 0)
			return key;
		if (errno != ENOKEY)
			error = errno;
	}
	return -error;
}

int kernel_fetch(struct fetch *f, struct secret *ret)
{
	long n = 0, key = find(f->name);
	int r;

	if (key < 0)
		return fetch_fail(f, (int)key, "neither the user's nor the session's keyring: %s",
				  strerror((int)-key));
	r = secret_new(SEL_CREDENTIAL_MAX, ret);
	if (r < 0)
		(void)fetch_fail(f, r, "no memory can be locked for it");
	else
		n = syscall(SYS_keyctl, KEYCTL_READ, key, ret->p, SEL_CREDENTIAL_MAX);
	if (n < 0)
		r = fetch_fail(f, -errno, "%s", strerror(errno));
	else if ((size_t)n > SEL_CREDENTIAL_MAX)
		r = fetch_fail(f, -E2BIG, "it is longer than 16 KiB");
	else if (r >= 0)
		ret->n = (size_t)n;
	(void)syscall(SYS_keyctl, KEYCTL_UNLINK, key, MINE);
	return r;
}
