/* The event loop of seldom-egress: descriptors, deadlines and work put off. One thread. */
#pragma once

#include "seldom/base.h"
#include <sys/epoll.h>

struct source {
	int fd; /* owned; -1: closed */
	uint32_t want;
	bool known; /* to epoll */
	void (*ready)(struct source *s, uint32_t events);
};

struct timer {
	usec_t at;   /* monotonic */
	size_t slot; /* in the heap, from 1; 0: not armed */
	void (*fire)(struct timer *t);
};

/* Work that must not be done from within a codec's event; run before the loop waits again. */
struct job {
	struct job *next;
	bool queued;
	void (*run)(struct job *j);
};

struct loop {
	int epoll;
	struct timer **heap;
	size_t n, cap;
	struct job *first, **last;
	struct grave {
		struct grave *next;
	} * graves;
	bool stop;
	int result;
	usec_t now; /* monotonic, of this round */
};

int loop_open(struct loop *l);
void loop_close(struct loop *l);
/* Until loop_stop; its result. */
int loop_run(struct loop *l);
void loop_stop(struct loop *l, int result);

/* 0: only errors are reported. A source that cannot be watched ends the loop: nothing may hang. */
void source_want(struct loop *l, struct source *s, uint32_t events);
/* Not even errors, until source_want. */
void source_forget(struct loop *l, struct source *s);
void source_close(struct loop *l, struct source *s);

/* Armed anew if it was. A timer that cannot be armed for want of memory ends the loop. */
void timer_set(struct loop *l, struct timer *t, usec_t in);
void timer_stop(struct loop *l, struct timer *t);

void job_queue(struct loop *l, struct job *j);
void job_drop(struct loop *l, struct job *j);

/* Frees `p` once nothing of this round can point to it. Its first bytes are written to. */
void loop_bury(struct loop *l, void *p);
