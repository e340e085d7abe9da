/* A broker that only speaks the protocol, and a terminal that only a program looks at: what a test
 * of the fronts needs around the real `seldom`. One thread; rig_until() lets all of it go on. */
#pragma once

#include "test.h"

#include <jansson.h>
#include <termios.h>
#include <vterm.h>

#define RIG_FRONTS 8

struct rig {
	char runtime[64], session[16];
	/* the broker */
	int listener, fronts[RIG_FRONTS];
	bool welcomed[RIG_FRONTS];
	json_t *open;	 /* id -> QUESTION */
	json_t *answers; /* messages of type answer, in order */
	json_t *holds;
	json_t *welcome; /* laid over the welcome; or NULL. Given back by rig_close */
	/* the terminal */
	pid_t pid;
	int master;
	VTerm *vt;
	VTermScreen *screen;
	bool alternate, cursor_shown, paste_marked;
	char tail[16]; /* the last bytes of output, for a sequence that comes in pieces */
	struct termios before;
	int status; /* of the program, once it ended */
	bool ended;
};

/* A private $XDG_RUNTIME_DIR and a broker in it. */
void rig_open(struct rig *r);
void rig_close(struct rig *r);
void rig_session_begin(struct rig *r);
void rig_session_end(struct rig *r);

/* Starts argv in the terminal; `env` are "NAME=value", NULL-terminated. */
void rig_start(struct rig *r, int rows, int cols, char *const argv[], const char *const env[]);
void rig_resize(struct rig *r, int rows, int cols);
void rig_keys(struct rig *r, const char *bytes);
void rig_bytes(struct rig *r, const char *bytes, size_t n);

/* Takes the reference. */
void rig_ask(struct rig *r, json_t *question);
json_t *rig_question(int n, int tier, const char *object);
void rig_closed(struct rig *r, const char *id, const char *how, const char *by);

/* Goes on until it holds; fails the test (with the screen) after ten seconds. */
void rig_until(struct rig *r, bool (*holds)(struct rig *r, const char *arg), const char *arg);
bool rig_shows(struct rig *r, const char *text);
bool rig_shows_not(struct rig *r, const char *text);
bool rig_ended(struct rig *r, const char *unused);
bool rig_answered(struct rig *r, const char *id);
bool rig_held(struct rig *r, const char *id);
bool rig_fronted(struct rig *r, const char *unused); /* a front is there */
/* Whatever there is to do now. */
void rig_turn(struct rig *r, int msec);
/* One row as UTF-8 without trailing blanks; the caller frees. */
char *rig_row(const struct rig *r, int row);
/* The answer to `id`, or NULL. Borrowed. */
json_t *rig_answer(struct rig *r, const char *id);
/* Every way out: the terminal is as it was. */
void rig_assert_restored(struct rig *r);
