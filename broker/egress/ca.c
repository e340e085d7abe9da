/* The session's own authority. Its key is made here and never leaves the process; inside the
 * sandbox only the certificate is known, and only there. */
#include "authority.h"

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <time.h>

#define BACKDATED 300 /* s: clocks differ */
#define LEAF_SEC  ((long)24 * 60 * 60)
#define RENEW_SEC ((long)60 * 60) /* a leaf with less left is made anew */

struct leaf {
	char name[SEL_NAME_MAX];
	X509 *cert;
	time_t until;
	uint64_t used;
};
struct sel_ca {
	EVP_PKEY *key, *leaf_key;
	X509 *cert;
	char *pem;
	time_t until;
	struct leaf leaves[SEL_LEAVES_MAX];
	uint64_t uses;
};

struct extension {
	int nid;
	const char *value;
};

static bool add_extensions(X509 *cert, X509 *issuer, const struct extension *e, size_t n)
{
	X509V3_CTX ctx;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	for (size_t i = 0; i < n; i++) {
		X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, e[i].nid, e[i].value);
		bool added = ext && X509_add_ext(cert, ext, -1) == 1;

		X509_EXTENSION_free(ext);
		if (!added)
			return false;
	}
	return true;
}

static bool random_serial(X509 *cert)
{
	unsigned char bytes[16];
	BIGNUM *n;
	bool done;

	if (RAND_bytes(bytes, sizeof bytes) != 1)
		return false;
	bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 0x40); /* positive, and of one length */
	n = BN_bin2bn(bytes, sizeof bytes, NULL);
	done = n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert));
	BN_free(n);
	return done;
}

/* `cn` is left out where it does not fit (64 characters). */
static X509 *begin(EVP_PKEY *key, const char *cn, time_t from, time_t until)
{
	X509 *cert = X509_new();
	X509_NAME *name = cert ? X509_get_subject_name(cert) : NULL;

	if (cert && X509_set_version(cert, 2) == 1 && random_serial(cert) &&
	    ASN1_TIME_set(X509_getm_notBefore(cert), from) &&
	    ASN1_TIME_set(X509_getm_notAfter(cert), until) && X509_set_pubkey(cert, key) == 1 &&
	    (strlen(cn) > 64 ||
	     X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)cn, -1, -1,
					0) == 1))
		return cert;
	X509_free(cert);
	return NULL;
}

static X509 *make_authority(EVP_PKEY *key, time_t until)
{
	/* Names only: no address may be vouched for. What names will be granted is not known yet,
	 * so they cannot be listed. */
	static const struct extension own[] = {
		{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
		{NID_key_usage, "critical,keyCertSign"},
		{NID_ext_key_usage, "serverAuth"},
		{NID_subject_key_identifier, "hash"},
		{NID_name_constraints, "critical,excluded;IP:0.0.0.0/0.0.0.0,excluded;IP:::/::"},
	};
	unsigned char tag[4];
	char cn[64];
	X509 *cert;

	if (RAND_bytes(tag, sizeof tag) != 1)
		return NULL;
	(void)snprintf(cn, sizeof cn, "seldom session %02x%02x%02x%02x", tag[0], tag[1], tag[2],
		       tag[3]);
	cert = begin(key, cn, time(NULL) - BACKDATED, until);
	if (cert && X509_set_issuer_name(cert, X509_get_subject_name(cert)) == 1 &&
	    add_extensions(cert, cert, own, SEL_N(own)) && X509_sign(cert, key, EVP_sha256()) > 0)
		return cert;
	X509_free(cert);
	return NULL;
}

static char *to_pem(X509 *cert)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL, *ret = NULL;
	long n;

	if (bio && PEM_write_bio_X509(bio, cert) == 1 && (n = BIO_get_mem_data(bio, &text)) > 0)
		ret = strndup(text, (size_t)n);
	BIO_free(bio);
	return ret;
}

int sel_ca_new(usec_t valid, struct sel_ca **ret)
{
	struct sel_ca *ca = calloc(1, sizeof *ca);

	if (!ca)
		return -ENOMEM;
	ca->until = time(NULL) + (time_t)(valid / USEC_PER_SEC);
	ca->key = EVP_EC_gen("P-256");
	ca->leaf_key = EVP_EC_gen("P-256");
	if (ca->key && ca->leaf_key)
		ca->cert = make_authority(ca->key, ca->until);
	if (ca->cert)
		ca->pem = to_pem(ca->cert);
	if (!ca->pem) {
		sel_ca_free(ca);
		return -EIO;
	}
	*ret = ca;
	return 0;
}

void sel_ca_free(struct sel_ca *ca)
{
	if (!ca)
		return;
	for (size_t i = 0; i < SEL_LEAVES_MAX; i++)
		X509_free(ca->leaves[i].cert);
	EVP_PKEY_free(ca->key);
	EVP_PKEY_free(ca->leaf_key);
	X509_free(ca->cert);
	free(ca->pem);
	free(ca);
}

const char *sel_ca_pem(const struct sel_ca *ca)
{
	return ca->pem;
}

EVP_PKEY *sel_ca_leaf_key(const struct sel_ca *ca)
{
	return ca->leaf_key;
}

static X509 *make_leaf(struct sel_ca *ca, const char *name, time_t until)
{
	char san[SEL_NAME_MAX + 16];
	const struct extension own[] = {
		{NID_basic_constraints, "critical,CA:FALSE"},
		{NID_key_usage, "critical,digitalSignature"},
		{NID_ext_key_usage, "serverAuth"},
		{NID_subject_key_identifier, "hash"},
		{NID_authority_key_identifier, "keyid:always"},
		{NID_subject_alt_name, san},
	};
	X509 *cert = begin(ca->leaf_key, name, time(NULL) - BACKDATED, until);

	/* An empty subject makes the alternative name the only one: RFC 5280 wants it critical. */
	(void)snprintf(san, sizeof san, "%sDNS:%s", strlen(name) > 64 ? "critical," : "", name);
	if (cert && X509_set_issuer_name(cert, X509_get_subject_name(ca->cert)) == 1 &&
	    add_extensions(cert, ca->cert, own, SEL_N(own)) &&
	    X509_sign(cert, ca->key, EVP_sha256()) > 0)
		return cert;
	X509_free(cert);
	return NULL;
}

X509 *sel_ca_leaf(struct sel_ca *ca, const char *name)
{
	time_t now = time(NULL);
	struct leaf *at = &ca->leaves[0];

	for (size_t i = 0; i < SEL_LEAVES_MAX; i++) {
		struct leaf *l = &ca->leaves[i];

		if (l->cert && strcmp(l->name, name) == 0) {
			at = l;
			break;
		}
		if (l->used < at->used)
			at = l;
	}
	if (!at->cert || strcmp(at->name, name) != 0 || at->until < now + RENEW_SEC) {
		X509_free(at->cert);
		at->until = now + LEAF_SEC < ca->until ? now + LEAF_SEC : ca->until;
		(void)snprintf(at->name, sizeof at->name, "%s", name);
		at->cert = make_leaf(ca, name, at->until);
	}
	at->used = at->cert ? ++ca->uses : 0;
	return at->cert;
}
