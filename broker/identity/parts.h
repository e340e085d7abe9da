/* Inside broker/identity only. */
#pragma once

#include "identify.h"

#include <sys/stat.h>

#define SEL_IDENTITY_SIZE_MAX ((off_t)512 << 20) /* bytes of a program that are hashed */

/* digest.c */
struct sel_digests {
	char sha256[65], md5[33]; /* hex; md5 empty where libcrypto refuses it */
};
/* Of the regular file behind `fd` (opened for reading), in one pass, so that what the package
 * manager's MD5 is compared with is what the SHA-256 names. -EFBIG beyond the limit, -EBUSY if the
 * file changed meanwhile. */
int sel_digest_file(int fd, struct sel_digests *ret);
int sel_digest_bytes(const void *bytes, size_t n, char ret[65]);

/* package.c */
struct sel_package {
	char name[128], version[128]; /* empty: unowned */
	bool verified;
};
/* Who installed the file at `path`, which must be (host's view) the object of `st`. 0 with an empty
 * name: nobody. -errno: could not be found out now. Runs the package manager's own tool: some
 * 200 ms. */
int sel_package_of(const char *path, const struct stat *st, const struct sel_digests *digests,
		   struct sel_package *ret);
/* Nobody but root may have written the file or put it there. */
bool sel_kept_by_root(const char *path, const struct stat *st);
/* Parsers of the tools' answers; `text` is used up. */
size_t sel_dpkg_owners(char *text, const char *path, char ret[][128], size_t cap);
bool sel_dpkg_md5_matches(char *text, const char *path, const char *md5);
bool sel_rpm_owner(char *text, const char *path, const struct sel_digests *digests,
		   struct sel_package *ret);

/* identify.c */
/* May a program inside have written what lies at `path`? */
bool sel_may_write(const struct sel_identities *ids, const char *path);
/* A file of a /proc folder, up to `cap` bytes. */
ssize_t sel_read_proc(int proc, const char *name, char *buf, size_t cap);

/* brought.c */
/* Does other code than its program's run in the process, that the run may have written? */
bool sel_brings_code(const struct sel_identities *ids, int proc, enum sel_family family);

/* arguments.c */
enum sel_code {
	SEL_CODE_BINARY,  /* the program file says it all */
	SEL_CODE_FILE,	  /* `text` names a script */
	SEL_CODE_INLINE,  /* `text` is the script */
	SEL_CODE_UNKNOWN, /* from a terminal, a pipe, a module's name, options we do not know */
};
struct sel_arguments {
	enum sel_code code;
	const char *text; /* into the buffer */
	char subcommand[25];
};
/* Reads `n` bytes of /proc/TID/cmdline (words that end in NUL; `words` ends in one more). `cut`:
 * there was more. */
void sel_arguments(const char *words, size_t n, bool cut, const char *exe,
		   struct sel_arguments *ret);
