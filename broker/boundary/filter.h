/* The seccomp filters, generated from the system-call table by libseccomp and exported as BPF.
 *
 * Two programs, because libseccomp cannot say "all but these arguments": `refuse` allows by default
 * and refuses argument patterns; `trap` refuses unknown calls, allows the reviewed ones and hands
 * the rest to the broker. The kernel takes the stricter of the two answers. */
#pragma once

#include "seldom/base.h"
#include <linux/filter.h>

struct sel_filter_program {
	struct sock_filter *code; /* owned */
	unsigned short n;
};

enum sel_filter_kind { SEL_FILTER_REFUSE, SEL_FILTER_TRAP };

int sel_filter_build(enum sel_filter_kind kind, struct sel_filter_program *ret);
void sel_filter_done(struct sel_filter_program *p);

/* The same two programs as they were exported when seldom was built (filter_image.c), so that a run
 * does not pay for generating them; a unit test compares. In one sealed memory file for
 * seldom-init, each as a uint16_t count and its instructions. Returns a descriptor (CLOEXEC). */
int sel_filter_memfd(void);
const uint8_t *sel_filter_image(size_t *ret_n);
