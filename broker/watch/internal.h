/* Inside broker/watch only. */
#pragma once

#include "syscalls.h"
#include "watch.h"

#include <time.h>

enum sel_reply_kind {
	SEL_REPLY_ERROR,
	SEL_REPLY_VALUE,
	SEL_REPLY_CONTINUE,
	SEL_REPLY_FD,
	SEL_REPLY_LATER
};
struct sel_reply {
	enum sel_reply_kind kind;
	int error; /* positive errno */
	int64_t value;
	int fd; /* taken when sent */
	bool cloexec;
};

/* What one thread of the broker owns. */
struct sel_hand {
	struct sel_watch *w;
	struct sel_targets *targets;
	mode_t umask;	/* of this thread: its own fs struct */
	bool may_block; /* a worker: FIFOs and full backlogs may be waited for */
};

/* One call being handled. */
struct sel_job {
	struct sel_hand *hand;
	struct sel_trapped *call;
	struct sel_target *target;
	bool resumed;	  /* after an answer */
	bool allow_once;  /* a person allowed exactly this call */
	int64_t question; /* that the answer was to; 0: none */
	enum sel_tier asked_tier;
	const char *approved_object, *approved_object2; /* what allow_once is for */
	struct sel_place a, b;
	bool made; /* open made `a` */
	/* filled by judging */
	struct sel_verdict verdict;
	const struct sel_subject *about; /* the one of its objects that the verdict is about */
	unsigned step;			 /* of the learning grid when it was judged */
	struct sel_identified who;	 /* .id.exe NULL: not identified */
	char *project_a, *project_b;	 /* roots of other projects that `a` and `b` lie in */
	enum sel_op op;
	bool folder, exists;
	char *content; /* of a regular file that takes a protected name; judged and installed as a
			  copy */
	size_t content_len;
	const char *approved; /* the bytes a person saw, with allow_once; NULL: none were shown */
	size_t approved_len;
};

struct sel_watch {
	struct sel_watch_config config;
	struct sel_view view;
	pthread_mutex_t change; /* whoever puts another policy in its place; before `lock` */
	pthread_rwlock_t lock;	/* policy */
	struct sel_policy *policy;
	uint32_t umask_generation; /* atomic; 1: nobody has called umask */
	uint64_t trapped;	   /* atomic */
	int host_sockets;	   /* NETLINK_SOCK_DIAG of our own network namespace */
	struct sel_counts *counts;
	struct sel_ours *ours;
	struct sel_baselines *baselines;
	struct sel_pool *pool;
};

/* handle.c: one per enum sel_call; fills the reply (deny is where it starts). */
void sel_handle(struct sel_job *job, struct sel_reply *reply);
/* judge.c */
struct sel_subject;
/* Judges the objects of the job; true: go on and perform. False: the reply is filled. */
bool sel_allowed(struct sel_job *job, struct sel_reply *reply, struct sel_subject *a,
		 struct sel_subject *b);
/* Work in scope by its text, which the kernel goes on with: counted and not logged row by row. */
void sel_count(struct sel_job *job, enum sel_op op, const char *path, enum sel_source source,
	       int64_t rule);
void sel_judged_done(struct sel_job *job);
/* watch.c */
/* Does the trapped call still wait? What was read of its process before is then of that process. */
bool sel_watch_waits(struct sel_watch *w, uint64_t id);
/* May another call be handed to a worker? */
bool sel_watch_has_room(struct sel_watch *w);
/* A learned rule or a person allowed something out of scope; `deletes`: what existed before. */
void sel_watch_allowed(struct sel_watch *w, bool learned, bool deletes);
/* A folder was removed or renamed: what was mounted there is not any more. */
void sel_moved(struct sel_watch *w, const char *path);
/* connect.c */
void sel_handle_connect(struct sel_job *job, struct sel_reply *reply);
void sel_handle_sendto(struct sel_job *job, struct sel_reply *reply);

/* ours.c: what this run created, by device, inode and birth time */
struct sel_ours *sel_ours_new(void);
void sel_ours_free(struct sel_ours *o);
void sel_ours_add(struct sel_ours *o, int fd);
bool sel_ours_has(struct sel_ours *o, int fd);

/* inside.c */
/* `sockets`: a NETLINK_SOCK_DIAG socket of that namespace. */
bool sel_bound_at(int sockets, const struct stat *st);

/* baseline.c */
struct sel_baselines *sel_baselines_new(void);
/* *ret (caller frees): what a new version of `path` is judged against; `now` if this is the first.
 */
int sel_baselines_get(struct sel_baselines *b, const char *path, const char *now, size_t now_len,
		      char **ret, size_t *ret_n);
void sel_baselines_approved(struct sel_baselines *b, const char *path, const char *content,
			    size_t n);

/* counts.c */
struct sel_counts *sel_counts_new(void);
void sel_counts_free(struct sel_counts *c);
void sel_counts_add(struct sel_counts *c, const char *exe, const char *folder, size_t folder_len,
		    enum sel_op op, enum sel_source source, int64_t rule);
int sel_counts_take(struct sel_counts *c, struct sel_counted **ret, size_t *ret_n);

static inline void sel_reply_error(struct sel_reply *reply, int r)
{
	*reply =
		(struct sel_reply){.kind = SEL_REPLY_ERROR, .error = r < 0 ? -r : EACCES, .fd = -1};
}
static inline void sel_reply_value(struct sel_reply *reply, int r)
{
	if (r < 0)
		sel_reply_error(reply, r);
	else
		*reply = (struct sel_reply){.kind = SEL_REPLY_VALUE, .value = r, .fd = -1};
}
static inline void sel_reply_continue(struct sel_reply *reply)
{
	*reply = (struct sel_reply){.kind = SEL_REPLY_CONTINUE, .fd = -1};
}
