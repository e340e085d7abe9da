/* What is bound over the places where programs look for certificate authorities: the session's own
 * first, then the host's. Written on the host's side before anything hostile runs. */
#include "tls.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#define COPY_MAX       ((off_t)16 * 1024 * 1024) /* bytes of one file */
#define ENTRIES_MAX    4096			 /* of the host's folder of certificates */
#define CERTS_DIR      "/etc/ssl/certs"
#define STORE_PASSWORD "changeit" /* what every Java expects; it protects nothing */

static const char *const bundles[] = {
	"/etc/ssl/certs/ca-certificates.crt", /* Debian, Arch, Gentoo */
	"/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora, RHEL */
	"/etc/ssl/ca-bundle.pem",	      /* openSUSE */
	"/etc/ssl/cert.pem",		      /* Alpine, BSD */
};

const char *sel_trust_roots(void)
{
	const char *chosen = getenv("SSL_CERT_FILE");

	if (chosen && *chosen == '/' && access(chosen, R_OK) == 0)
		return chosen;
	for (size_t i = 0; i < SEL_N(bundles); i++)
		if (access(bundles[i], R_OK) == 0)
			return bundles[i];
	return NULL;
}

static int write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno != EINTR)
			return -errno;
		if (done > 0) {
			p += done;
			n -= (size_t)done;
		}
	}
	return 0;
}

static int create(int dir, const char *name)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0444);

	return fd < 0 ? -errno : fd;
}

static int put_file(int dir, const char *name, const char *text, size_t n)
{
	_cleanup_close_ int fd = create(dir, name);

	return fd < 0 ? fd : write_all(fd, text, n);
}

static int copy_rest(int from, int to)
{
	char buf[65536];
	off_t total = 0;
	ssize_t n;

	while ((n = read(from, buf, sizeof buf)) > 0) {
		int r = write_all(to, buf, (size_t)n);

		if (r < 0)
			return r;
		if ((total += n) > COPY_MAX)
			return -EFBIG;
	}
	return n < 0 ? -errno : 0;
}

static int open_regular(int dir, const char *path)
{
	_cleanup_close_ int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) ? sel_steal_fd(&fd) : -EINVAL;
}

static int put_bundle(int dir, const char *name, const char *ca_pem, const char *roots)
{
	_cleanup_close_ int to = create(dir, name), from = -1;
	int r = to < 0 ? to : write_all(to, ca_pem, strlen(ca_pem));

	if (r < 0 || !roots)
		return r;
	from = open_regular(AT_FDCWD, roots);
	return from < 0 ? from : copy_rest(from, to);
}

/* --- the folder ----------------------------------------------------------------------------------
 */

static int same_link(int from, int to, const char *name)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(from, name, target, sizeof target - 1);

	if (n < 0)
		return -errno;
	target[n] = '\0';
	return symlinkat(target, to, name) < 0 ? -errno : 0;
}

static int same_file(int from, int to, const char *name)
{
	_cleanup_close_ int in = open_regular(from, name), out = -1;

	if (in < 0)
		return in;
	out = create(to, name);
	return out < 0 ? out : copy_rest(in, out);
}

/* Links and files of the host's folder, but for the bundle, which is ours. What cannot be read is
 * not there. */
static int same_entries(int from, int to)
{
	_cleanup_close_ int again = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = again < 0 ? NULL : fdopendir(again);
	const struct dirent *e;
	int r = 0, n = 0;

	if (!d)
		return -errno;
	(void)sel_steal_fd(&again); /* the stream's */
	while (r >= 0 && (e = readdir(d))) {
		if (strcmp(e->d_name, "ca-certificates.crt") == 0 || ++n > ENTRIES_MAX)
			continue;
		if (e->d_type == DT_LNK)
			r = same_link(from, to, e->d_name);
		else if (e->d_type == DT_REG)
			r = same_file(from, to, e->d_name);
		if (r == -EACCES || r == -ENOENT)
			r = 0;
	}
	(void)closedir(d);
	return r;
}

static X509 *parse(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

	BIO_free(bio);
	return cert;
}

/* OpenSSL finds authorities in a folder by the hash of their name. */
static int put_hashed(int certs, const char *ca_pem)
{
	X509 *cert = parse(ca_pem);
	char name[32];
	unsigned long hash;
	int r = -EEXIST;

	if (!cert)
		return -EINVAL;
	hash = X509_subject_name_hash(cert);
	X509_free(cert);
	for (int i = 0; i < 10 && r == -EEXIST; i++) {
		(void)snprintf(name, sizeof name, "%08lx.%d", hash, i);
		r = put_file(certs, name, ca_pem, strlen(ca_pem));
	}
	return r;
}

/* It may be there already: bound into a sandbox before anything is in it. */
static int make_folder(int dir, const char *name)
{
	if (mkdirat(dir, name, 0755) < 0 && errno != EEXIST)
		return -errno;
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int put_certs(int dir, const char *ca_pem, bool java)
{
	_cleanup_close_ int certs = make_folder(dir, "certs"), sub = -1;
	_cleanup_close_ int host = open(CERTS_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = certs;

	if (r >= 0 && host >= 0)
		r = same_entries(host, certs);
	if (r >= 0)
		r = put_hashed(certs, ca_pem);
	if (r >= 0 && linkat(dir, "bundle.pem", certs, "ca-certificates.crt", 0) < 0)
		r = -errno;
	if (r >= 0 && java) { /* Debian's JVMs look here */
		sub = make_folder(certs, "java");
		r = sub < 0 ? sub : 0;
		if (r >= 0 && linkat(dir, "java.p12", sub, "cacerts", 0) < 0)
			r = -errno;
	}
	return r;
}

/* --- Java ----------------------------------------------------------------------------------------
 */

/* Java takes an entry for a trusted one only with this attribute of Oracle's (trustedKeyUsage). */
static bool mark_trusted(PKCS12_SAFEBAG *bag)
{
	ASN1_OBJECT *usage = OBJ_txt2obj("2.16.840.1.113894.746875.1.1", 1);
	ASN1_OBJECT *any = OBJ_nid2obj(NID_anyExtendedKeyUsage);
	X509_ATTRIBUTE *a =
		usage ? X509_ATTRIBUTE_create_by_OBJ(NULL, usage, V_ASN1_OBJECT, any, -1) : NULL;
	STACK_OF(X509_ATTRIBUTE) *attrs =
		(STACK_OF(X509_ATTRIBUTE) *)PKCS12_SAFEBAG_get0_attrs(bag);
	bool done = a && attrs && sk_X509_ATTRIBUTE_push(attrs, a) > 0;

	if (!done)
		X509_ATTRIBUTE_free(a);
	ASN1_OBJECT_free(usage);
	return done;
}

/* The certificate as it stands: reading the keys of 140 of them would take 30 ms of every start. */
static bool add_entry(STACK_OF(PKCS12_SAFEBAG) * bags, const unsigned char *der, long len, int n)
{
	ASN1_TYPE *cert = d2i_ASN1_TYPE(NULL, &der, len);
	PKCS12_SAFEBAG *bag = cert ? PKCS12_item_pack_safebag(cert, ASN1_ITEM_rptr(ASN1_ANY),
							      NID_x509Certificate, NID_certBag)
				   : NULL;
	char alias[32];

	ASN1_TYPE_free(cert);
	(void)snprintf(alias, sizeof alias, "ca-%d", n);
	/* The name comes first: it makes the set of attributes. */
	if (bag && PKCS12_add_friendlyname_asc(bag, alias, -1) == 1 && mark_trusted(bag) &&
	    sk_PKCS12_SAFEBAG_push(bags, bag) > 0)
		return true;
	PKCS12_SAFEBAG_free(bag);
	return false;
}

static bool add_entries(STACK_OF(PKCS12_SAFEBAG) * bags, BIO *pem)
{
	bool good = true;
	char *name, *header;
	unsigned char *der;
	long len;

	for (int n = 0; good && PEM_read_bio(pem, &name, &header, &der, &len) == 1; n++) {
		if (strcmp(name, PEM_STRING_X509) == 0 || strcmp(name, PEM_STRING_X509_OLD) == 0)
			good = add_entry(bags, der, len, n);
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_free(der);
	}
	ERR_clear_error(); /* the end of the file */
	return good;
}

static PKCS12 *make_store(BIO *pem)
{
	STACK_OF(PKCS12_SAFEBAG) *bags = sk_PKCS12_SAFEBAG_new_null();
	STACK_OF(PKCS7) *safes = sk_PKCS7_new_null();
	PKCS12 *store = NULL;
	PKCS7 *safe = bags && add_entries(bags, pem) ? PKCS12_pack_p7data(bags) : NULL;

	if (safe && safes && sk_PKCS7_push(safes, safe) > 0) {
		safe = NULL;
		store = PKCS12_add_safes(safes, NID_pkcs7_data);
	}
	/* The certificates are public: one round is enough for what only detects damage. */
	if (store && PKCS12_set_mac(store, STORE_PASSWORD, -1, NULL, 0, 1, EVP_sha256()) != 1) {
		PKCS12_free(store);
		store = NULL;
	}
	PKCS7_free(safe);
	sk_PKCS7_pop_free(safes, PKCS7_free);
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	return store;
}

/* A line is read byte by byte, which without a buffer is a system call each: 0.1 s for a bundle. */
static BIO *buffered(int fd)
{
	BIO *raw = BIO_new_fd(fd, BIO_NOCLOSE), *buffer = BIO_new(BIO_f_buffer());

	if (raw && buffer)
		return BIO_push(buffer, raw);
	BIO_free(raw);
	BIO_free(buffer);
	return NULL;
}

static int put_java(int dir)
{
	_cleanup_close_ int in = open_regular(dir, "bundle.pem"), out = -1;
	BIO *pem = in < 0 ? NULL : buffered(in);
	PKCS12 *store = pem ? make_store(pem) : NULL;
	unsigned char *der = NULL;
	int n = store ? i2d_PKCS12(store, &der) : -1;
	int r = n <= 0 ? -EIO : create(dir, "java.p12");

	if (r >= 0) {
		out = r;
		r = write_all(out, (const char *)der, (size_t)n);
	}
	OPENSSL_free(der);
	PKCS12_free(store);
	BIO_free_all(pem);
	ERR_clear_error();
	return r;
}

int sel_trust_write(int dir, const char *ca_pem, const char *roots, bool java,
		    const char **ret_what)
{
	mode_t saved = umask(0022);
	int r;

	*ret_what = "ca.pem";
	r = put_file(dir, "ca.pem", ca_pem, strlen(ca_pem));
	if (r >= 0) {
		*ret_what = "bundle.pem";
		r = put_bundle(dir, "bundle.pem", ca_pem, roots ? roots : sel_trust_roots());
	}
	if (r >= 0 && java) {
		*ret_what = "java.p12";
		r = put_java(dir);
	}
	if (r >= 0) {
		*ret_what = "certs";
		r = put_certs(dir, ca_pem, java);
	}
	(void)umask(saved);
	return r;
}
