/* One running SHA-256 at a time. Errors stay until sel_hash_end. */
#pragma once

#include "internal.h"

void sel_hash_start(struct sel_hash *h);
void sel_hash_bytes(struct sel_hash *h, const void *bytes, size_t n);
void sel_hash_u64(struct sel_hash *h, uint64_t value); /* big endian */
int sel_hash_end(struct sel_hash *h, uint8_t ret[SEL_HASH_SIZE]);
