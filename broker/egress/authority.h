/* Inside the TLS part only. */
#pragma once

#include "tls.h"

#include <openssl/x509.h>

/* The certificate for `name` (no literal), from the cache or new; borrowed until the next call.
 * NULL: OpenSSL could not. */
X509 *sel_ca_leaf(struct sel_ca *ca, const char *name);
EVP_PKEY *sel_ca_leaf_key(const struct sel_ca *ca); /* borrowed; one key for all leaves */
