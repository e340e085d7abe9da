/* Inside seldom-keys only. */
#pragma once

#include "credential.h"

#define FETCH_USEC  (5 * USEC_PER_SEC) /* a source that takes longer does not answer */
#define FETCHES_MAX 64		       /* threads, those that hang among them */

/* --- memory.c: what a value lies in --- */

struct secret {
	char *p; /* whole pages of its own: locked, in no dump, gone in a child. NULL: none */
	size_t n, cap;
};
/* `cap` zeros. -EPERM or -ENOMEM: that much cannot be locked. */
int secret_new(size_t cap, struct secret *ret);
void secret_done(struct secret *s); /* wiped and unmapped */

/* --- environment.c --- */

/* Keeps a copy of every variable in locked memory, and wipes the environment of what the libraries
 * do not need. Before any thread is there. */
void environment_take(void);
void environment_done(void);

/* --- fetch.c: sources that may hang, each in a thread of its own --- */

struct fetch {
	struct fetch *next;
	uint32_t number; /* of the grant */
	enum sel_cred_source source;
	char *name;
	usec_t deadline; /* monotonic */
	struct secret value;
	int r;
	char words[512]; /* why not, for a person; never of the value */
	/* under the lock */
	bool done, dropped;
	void *cancel; /* of keyring.c, while it can be */
};
/* -EBUSY: too many run; -ENOMEM, -EAGAIN. */
int fetch_start(uint32_t number, enum sel_cred_source source, const char *name);
/* One that is done, or over its time (then -ETIMEDOUT); the caller frees it. NULL: none is. */
struct fetch *fetch_take(void);
void fetch_free(struct fetch *f);
void fetch_drop(uint32_t number); /* what it brings is not wanted any more */
usec_t fetch_deadline(void);	  /* the next one; USEC_INFINITY: nothing is under way */
bool fetch_running(void);	  /* some thread is */
int fetch_wake(void);		  /* descriptor: readable when fetch_take() has something */
int fetch_open(void);		  /* once, before the others */

/* --- the sources: the value into `ret`, or -errno and f->words --- */

/* Before any thread is there, and before it is confined: as the broker does, a HOME that is none is
 * looked up, so that both mean the same file by "~/". */
void file_find_home(void);
int environment_fetch(struct fetch *f, struct secret *ret);
int file_fetch(struct fetch *f, struct secret *ret);
int kernel_fetch(struct fetch *f, struct secret *ret);
int keyring_fetch(struct fetch *f, struct secret *ret);
/* From another thread, under the lock. */
void keyring_cancel(struct fetch *f);
/* For a source to say what it can be cancelled by; false: it was dropped already. */
bool fetch_cancellable(struct fetch *f, void *cancel);
/* Says why and returns `r`. */
int fetch_fail(struct fetch *f, int r, const char *fmt, ...) _printf_(3, 4);
