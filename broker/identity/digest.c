#include "parts.h"

#include <openssl/evp.h>
#include <stdio.h>

#define CHUNK (256 * 1024)

static void hex(const unsigned char *bytes, unsigned n, char *ret)
{
	for (unsigned i = 0; i < n; i++)
		(void)snprintf(ret + (size_t)i * 2, 3, "%02x", bytes[i]);
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static int digest_all(int fd, EVP_MD_CTX *sha, EVP_MD_CTX *md5, bool *has_md5)
{
	_cleanup_free_ unsigned char *buf = malloc(CHUNK);
	off_t at = 0;
	ssize_t n;

	if (!buf)
		return -ENOMEM;
	if (!EVP_DigestInit_ex(sha, EVP_sha256(), NULL))
		return -EIO;
	*has_md5 = EVP_DigestInit_ex(md5, EVP_md5(), NULL); /* FIPS machines have none */
	while ((n = pread(fd, buf, CHUNK, at)) > 0) {
		at += n;
		if (at > SEL_IDENTITY_SIZE_MAX)
			return -EFBIG;
		if (!EVP_DigestUpdate(sha, buf, (size_t)n) ||
		    (*has_md5 && !EVP_DigestUpdate(md5, buf, (size_t)n)))
			return -EIO;
	}
	return n < 0 ? -errno : 0;
}

int sel_digest_file(int fd, struct sel_digests *ret)
{
	EVP_MD_CTX *sha = EVP_MD_CTX_new(), *md5 = EVP_MD_CTX_new();
	unsigned char bytes[EVP_MAX_MD_SIZE];
	struct sel_digests d = {0};
	struct stat before, after;
	bool has_md5 = false;
	unsigned n;
	int r = sha && md5 ? 0 : -ENOMEM;

	if (r >= 0 && fstat(fd, &before) < 0)
		r = -errno;
	if (r >= 0 && before.st_size > SEL_IDENTITY_SIZE_MAX)
		r = -EFBIG;
	if (r >= 0)
		r = digest_all(fd, sha, md5, &has_md5);
	if (r >= 0 && fstat(fd, &after) < 0)
		r = -errno;
	if (r >= 0 && !same_file(&before, &after))
		r = -EBUSY;
	if (r >= 0 && EVP_DigestFinal_ex(sha, bytes, &n))
		hex(bytes, n, d.sha256);
	if (r >= 0 && has_md5 && EVP_DigestFinal_ex(md5, bytes, &n))
		hex(bytes, n, d.md5);
	EVP_MD_CTX_free(sha);
	EVP_MD_CTX_free(md5);
	if (r >= 0 && !d.sha256[0])
		r = -EIO;
	if (r >= 0)
		*ret = d;
	return r;
}

int sel_digest_bytes(const void *bytes, size_t n, char ret[65])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len;

	if (!EVP_Digest(bytes, n, digest, &len, EVP_sha256(), NULL))
		return -EIO;
	hex(digest, len, ret);
	return 0;
}
