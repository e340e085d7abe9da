/* SHA-256 from libcrypto, fetched once a store. */
#include "sha256.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

struct sel_hash {
	EVP_MD *md;
	EVP_MD_CTX *ctx;
	bool bad;
};

int sel_hash_new(struct sel_hash **ret)
{
	struct sel_hash *h = calloc(1, sizeof *h);

	if (!h)
		return -ENOMEM;
	/* openssl.cnf could name another provider: the record must not depend on it */
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	h->md = EVP_MD_fetch(NULL, "SHA256", NULL);
	h->ctx = EVP_MD_CTX_new();
	if (!h->md || !h->ctx) {
		sel_hash_free(h);
		return -ENOMEM;
	}
	*ret = h;
	return 0;
}

void sel_hash_free(struct sel_hash *h)
{
	if (!h)
		return;
	EVP_MD_CTX_free(h->ctx);
	EVP_MD_free(h->md);
	free(h);
}

void sel_hash_start(struct sel_hash *h)
{
	h->bad = EVP_DigestInit_ex2(h->ctx, h->md, NULL) != 1;
}

void sel_hash_bytes(struct sel_hash *h, const void *bytes, size_t n)
{
	if (!h->bad && n > 0)
		h->bad = EVP_DigestUpdate(h->ctx, bytes, n) != 1;
}

void sel_hash_u64(struct sel_hash *h, uint64_t value)
{
	uint8_t be[8];

	for (int i = 0; i < 8; i++)
		be[i] = (uint8_t)(value >> (56 - 8 * i));
	sel_hash_bytes(h, be, sizeof be);
}

int sel_hash_end(struct sel_hash *h, uint8_t ret[SEL_HASH_SIZE])
{
	unsigned n = 0;

	if (!h->bad)
		h->bad = EVP_DigestFinal_ex(h->ctx, ret, &n) != 1 || n != SEL_HASH_SIZE;
	return h->bad ? -EIO : 0;
}
