/* Watching: threads receive trapped calls on the one listener; the thread that received also
 * decides and answers. Only questions and blocking work leave it. */
#pragma once

#include "identify.h"
#include "project.h"
#include "resolve.h"
#include "undo.h"
#include "verdict.h"

#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/socket.h>

struct sel_watch;
struct sel_network;

/* A trapped call whose memory has been copied. It is parked as it is; after an answer the objects
 * are resolved and judged anew from this copy. */
struct sel_trapped {
	struct seccomp_notif notif;
	const struct sel_syscall *row;
	char path[PATH_MAX], path2[PATH_MAX];
	struct sockaddr_storage address;
	socklen_t address_len;
	char detail_name[256]; /* xattr name */
};

/* What a person is asked about: the strictest verdict on the call. Strings are owned. */
struct sel_asked {
	struct sel_trapped call;
	struct sel_verdict verdict;
	enum sel_op op;
	char object[PATH_MAX], object2[PATH_MAX];
	bool folder, exists;
	char *detail;  /* more text for the question (hostile bytes escaped), or NULL */
	char *content; /* what the question showed of a protected file: an allow covers these bytes
			  only */
	size_t content_len;
	int64_t question; /* row id, once it was answered; 0: none */
	struct sel_who who;
	/* For judgement: of the one object of the call that the verdict is about. Owned; may be
	 * empty or NULL where the program could not be identified. */
	bool second;			  /* that is object2 */
	struct sel_identified identified; /* .id.digest NULL: unknown */
	char *program;			  /* sel_program_name; NULL: no evidence is kept */
	char *other_project;		  /* root of the project it lies in, if not ours; NULL */
	struct sel_keys *keys;		  /* NULL: out of memory */
	struct sel_key_facts facts;	  /* what `keys` was made of; its pointers are into this */
};

/* A decision worth a row of its own: every denial, and what was allowed by an answer or learned. */
struct sel_decided {
	pid_t pid;
	enum sel_op op;
	const struct sel_verdict *verdict;
	const char *exe, *comm, *object, *object2;
	/* NULL where it is not a watching thread that decided. Borrowed. */
	const struct sel_identity *id;	   /* NULL: not identified */
	const struct sel_subject *subject; /* the one that the verdict is about */
	const char *program;		   /* sel_program_name; NULL: none */
	const char *key;		   /* learned: what it rests on; NULL */
	unsigned step;			   /* learned: of the learning grid */
	int64_t question;		   /* PERSON: row id of the question; 0: none */
};

struct sel_counted {
	char *exe, *folder;
	enum sel_op op;
	enum sel_source source;
	int64_t rule; /* the rule or grant it rests on; 0: none */
	uint64_t count;
};

struct sel_watch_config {
	int listener, root, tty;
	int sockets; /* of sel_joiner_sockets */
	/* Of the one socket that everybody inside may connect to: it only takes. 0, 0: there is
	 * none. */
	dev_t claim_dev;
	ino_t claim_ino;
	pid_t init;
	mode_t umask;
	int threads;
	struct sel_policy *policy; /* taken */
	struct sel_identities
		*identities;	     /* borrowed; NULL: nobody is identified, nothing learned */
	struct sel_undo *undo;	     /* borrowed; NULL: nothing is kept */
	struct sel_network *network; /* borrowed; NULL: loopback only */
	const char *home;	     /* canonical; borrowed; NULL: no other project is found */
	void *ctx;
	/* All are called on watching threads and must not block for long. */
	void (*ask)(void *ctx, struct sel_asked *asked); /* takes it */
	/* -errno: it could not be recorded; then it is not allowed (I18). */
	int (*decided)(void *ctx, const struct sel_decided *d);
	/* A protected file was replaced: it is bound read-only again. */
	void (*protect)(void *ctx, const char *path);
	/* A folder that was allowed and made outside the scope: it is this run's to its leaves. */
	void (*grow)(void *ctx, const char *path, int64_t rule);
	/* Every judged action once, with its verdict (ASK too; what comes of it is told by
	 * `decided`), for `--record`. In scope `s->id` is NULL, and what the kernel goes on with by
	 * its text alone says that the object exists. NULL: nobody looks. */
	void (*observed)(void *ctx, const struct sel_subject *s, const struct sel_verdict *v);
};

int sel_watch_start(const struct sel_watch_config *config, struct sel_watch **ret);

/* The snapshot, borrowed until sel_watch_policy_release. */
const struct sel_policy *sel_watch_policy(struct sel_watch *w);
void sel_watch_policy_release(struct sel_watch *w);
/* `fn` changes a copy, which takes the snapshot's place unless it says -errno. One at a time, from
 * any thread: of two copies the later one would undo what the other changed. What the watch itself
 * counts or was told below (learning, taint, deletions) is carried over. */
int sel_watch_policy_change(struct sel_watch *w,
			    int (*fn)(struct sel_policy *next, const void *ctx), const void *ctx);

/* --- judgement: each takes the policy's write lock
 * ------------------------------------------------ */

/* An answer or a flag, added to the policy's evidence. 0 without any. */
int sel_watch_learn(struct sel_watch *w, const struct sel_fact *fact);
/* A person denied it: added to the policy's memory. 0 without any. */
int sel_watch_denied(struct sel_watch *w, const struct sel_key_facts *facts,
		     const struct sel_keys *keys, usec_t now);
/* A denial of exactly that was taken back. */
void sel_watch_forgiven(struct sel_watch *w, const char *object);
/* One more decision by a person (learned allows count themselves): the memory of workarounds. */
void sel_watch_step(struct sel_watch *w);
/* How learned allows are decided from now on: tiredness turns `promote`, the digest `step`. */
void sel_watch_learning(struct sel_watch *w, const struct sel_learning *how);
/* Content from outside came in, a secret was read. Reads are not trapped: whoever sees it (a
 * connection that was allowed, a mask that was opened) says so. For the rest of the session. */
void sel_watch_taint(struct sel_watch *w);
void sel_watch_secret_read(struct sel_watch *w);

/* A folder of the scope is mounted writable inside from now on. */
void sel_watch_bound(struct sel_watch *w, const char *path);

/* After an answer: judge again. `allow_once` covers exactly this call if a person said once. Takes
 * `asked`. */
void sel_watch_resume(struct sel_watch *w, struct sel_asked *asked, bool allow_once);
/* Refuses a parked call. Takes `asked`. */
void sel_watch_refuse(struct sel_watch *w, struct sel_asked *asked, int error);
/* Is the parked call's thread still waiting? */
bool sel_watch_alive(struct sel_watch *w, const struct sel_asked *asked);
/* A signal that a person or a closing terminal sends waits for the parked thread, which sleeps
 * where only SIGKILL wakes it: give its call back, so that the signal is handled and the call comes
 * again or not, as without us. */
bool sel_watch_signalled(const struct sel_asked *asked);
void sel_watch_give_back(struct sel_watch *w, struct sel_asked *asked); /* takes it */
void sel_asked_free(struct sel_asked *asked);

/* May a program inside have written a file at `path`: sel_identities_new asks this. */
bool sel_watch_writable(struct sel_watch *w, const char *path);

/* Who acts in that process now; may take a while the first time. -errno: not known. */
int sel_watch_identify(struct sel_watch *w, pid_t pid, struct sel_identified *ret);

/* The first process of the program: where a chain of ancestors ends. */
pid_t sel_watch_init(const struct sel_watch *w);

uint64_t sel_watch_trapped(struct sel_watch *w);
/* Takes the counts since the last call (an array; free the strings and it). */
int sel_watch_take_counts(struct sel_watch *w, struct sel_counted **ret, size_t *ret_n);
void sel_counted_free(struct sel_counted *counts, size_t n);
