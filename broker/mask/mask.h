/* Secrets as FUSE masks: a file system of one file (or one folder, read-only, passed through)
 * mounted over each secret inside the sandbox and served from here, outside. A plain file costs
 * nothing; the `open` of a masked one waits for the answer. libfuse's low-level interface on
 * descriptors that the joiner mounted ("/dev/fd/N"). One thread serves all masks; asking never
 * blocks it. */
#pragma once

#include "seldom/base.h"

struct sel_mask;

struct sel_mask_item {
	const char *path; /* canonical; pinned (O_PATH) at start */
	bool folder;
	int fuse_fd; /* taken */
};

struct sel_mask_request {
	uint64_t id;	  /* give it back to sel_mask_answer */
	pid_t pid;	  /* who opened, in the broker's pid namespace; 0 if not visible */
	const char *path; /* canonical path of the secret file (inside a folder: the file itself) */
	int flags;	  /* open flags; anything but reading is refused before asking */
};

/* Called on the mask thread; must not block. 0: an answer comes later by sel_mask_answer. A
 * negative errno refuses at once, 1 allows at once. */
typedef int (*sel_mask_ask_fn)(const struct sel_mask_request *req, void *ctx);
/* The opener died or was interrupted (FUSE_INTERRUPT): the request is closed already. */
typedef void (*sel_mask_gone_fn)(uint64_t id, void *ctx);

/* Names, attributes and folder listings are visible without asking; content is not. Files that
 * appear later in a masked folder are covered. Symlinks are shown as links. At most 256 waiting
 * requests
 * (-EMFILE to the rest), 1024 files and folders open: with both, about 1,600 descriptors of this
 * process. Starts the thread. */
int sel_mask_start(const struct sel_mask_item *items, size_t n, sel_mask_ask_fn ask,
		   sel_mask_gone_fn gone, void *ctx, struct sel_mask **ret);
/* Serves one more (sel_joiner_mask). From any thread; the descriptor is taken in any case. */
int sel_mask_add(struct sel_mask *m, const struct sel_mask_item *item);
/* From any thread. `error` 0 allows (the content is then read from the pinned file), else -errno.
 * Unknown ids are ignored. */
void sel_mask_answer(struct sel_mask *m, uint64_t id, int error);
void sel_mask_free(struct sel_mask *m);
