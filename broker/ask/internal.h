/* Inside broker/ask only. */
#pragma once

#include "ask.h"

#define CLIENTS_MAX   32
#define QUESTIONS_MAX 64
#define PARKED_MAX    256 /* the kernel's list of waiting calls is linear */
#define HOLDS_MAX     3	  /* how often a person who is acting may start the time-out anew */

/* One parked call, or one waiting opener of a secret. */
struct parked {
	struct parked *next;
	struct sel_asked *asked; /* NULL: a secret */
	uint64_t secret;
	char *object;
};

struct question {
	struct question *next;
	uint32_t number;
	int64_t row; /* in the store, 0: not kept */
	enum sel_op op;
	enum sel_tier tier;
	bool secret, by_name;
	char *object, *object2, *detail, *exe;
	const char *why, *consequence;
	char fresh[256];
	struct sel_who who;
	struct sel_rungs rungs;
	struct parked *parked;
	unsigned waiting;
	usec_t asked_real, deadline; /* monotonic */
	int holds;
	char token[16]; /* T3: a word to repeat */
};

struct client {
	struct client *next;
	struct sel_ask *ask;
	int fd;
	sd_event_source *io;
	bool hello, run;
	bool dead; /* freed by reap, never while somebody may hold it */
	char front[16];
};

/* What other threads hand over. */
struct handed {
	struct handed *next;
	struct sel_asked *asked;
	uint64_t secret;
	pid_t pid;
	char *path;
	bool gone;
};

struct denial_count {
	char *exe, *folder;
	unsigned n;
};

struct sel_ask {
	struct sel_ask_config config;
	struct sel_watch *watch;
	struct question *questions; /* oldest first */
	struct client *clients;
	unsigned n_clients, n_parked, n_questions;
	uint32_t last_number;
	struct sel_ask_totals totals;
	int listen_fd;
	char *socket_path;
	sd_event_source *listen_io, *wake_io, *tick;
	int wake_fd;
	pthread_mutex_t lock; /* handed */
	struct handed *handed, **handed_last;
	unsigned n_handed;
	struct denial_count denials[64];
	size_t n_denials;
};

struct sel_answer {
	bool allow;
	size_t rung;
	enum sel_for term;
	const char *note, *token;
	usec_t response;
	bool expanded;
	enum sel_source source; /* PERSON, TIMEOUT, DEFAULT (gone) */
	const char *by;
};

/* question.c */
void ask_take_handed(struct sel_ask *a);
void ask_tick(struct sel_ask *a);
/* 0, or -errno and one line for the front in `error`. */
int ask_answer(struct sel_ask *a, uint32_t number, const struct sel_answer *answer, char *error,
	       size_t cap);
int ask_hold(struct sel_ask *a, uint32_t number);
json_t *ask_question_json(const struct sel_ask *a, const struct question *q);
void ask_drop_all(struct sel_ask *a);
/* front.c */
void ask_broadcast(struct sel_ask *a, json_t *take);
void ask_show(struct sel_ask *a, const struct question *q);
