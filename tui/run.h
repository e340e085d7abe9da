/* `seldom run`: the front that stays with the program. It decides nothing. */
#pragma once

#include "line.h"
#include "options.h"
#include "popup.h"
#include "pty.h"

struct run_options {
	const char *profile, *summary, *record;
	struct sel_list rw, ro, rw_no_delete, secret, net, env;
	bool ephemeral, no_popup, tmux, explain, plain, no_net, status;
	uint64_t ask_timeout; /* seconds; UINT64_MAX: not given */
	char **command;	      /* NULL-terminated, borrowed */
};

#define RUN_BUFFER (64 * 1024)
#define RUN_TAKE   (RUN_BUFFER / 2) /* with more of its output than that no more is read */
struct run_buffer {
	char data[RUN_BUFFER];
	size_t at, n; /* n bytes from `at` on; `at` is 0 where the program is written to */
};

#define RUN_MAX_QUESTIONS 1024
#define RUN_MAX_OUTBOX	  64
#define RUN_MAX_NOTICES	  20

struct run {
	struct run_options opt;
	enum sel_theme theme; /* of the popup */
	struct sel_tty tty;
	int master, slave;   /* -1: no pty */
	int control, errors; /* the broker's socket; its stderr, if that must be relayed; -1 */
	int signals, pidfd;
	pid_t broker;
	sigset_t old_mask;

	struct run_buffer in, out; /* terminal to program, program to terminal */
	char *ui;		   /* our own lines for the terminal; go before `out` */
	size_t ui_n, ui_at;
	struct sel_shadow *shadow; /* NULL without a terminal, as the next */
	struct sel_popup *popup;
	pid_t tmux;	    /* a popup of tmux that is open; 0: none */
	char tmux_id[48];   /* its question */
	usec_t tmux_later;  /* not before */
	bool popup_fresh;   /* nothing of it has been on the screen yet */
	bool popup_drawing; /* a drawing of it is on its way to the terminal */
	struct sel_keys keys;

	json_t *questions; /* open ones, oldest first */
	struct sel_prompt prompt;
	usec_t asked;	/* since when a prompt waits for the output to pause; 0: none does */
	char *decided;	/* the words for our answer that is on its way */
	bool drawn;	/* the drawing under way has been written */
	usec_t written; /* when the question first had been; 0: not yet */
	bool seen;	/* and the terminal has come so far */
	bool raw_for_prompt;
	bool others_ask; /* another run's prompt is open on this terminal: keys are for it */
	char *rang;	 /* the question that the bell was rung for */
	bool pty_eof, tty_eof, foreground, background_said;
	usec_t next_look; /* for what no descriptor reports: foreground, lock, full-screen left */

	json_t *outbox[RUN_MAX_OUTBOX];
	size_t outbox_n;
	char *notices[RUN_MAX_NOTICES]; /* kept while the program is full-screen */
	size_t notices_n, notices_lost;

	char *title;	   /* what the terminal's title says, or should; NULL: none is ours */
	bool title_due;	   /* it does not say so yet */
	bool title_pushed; /* the one before is kept by the terminal */
	usec_t title_next; /* not before, the broker is asked again */

	bool told_to_end; /* a signal that asks for it was passed on */
	bool welcomed, started, exited, broker_gone, failed;
	int exit_code;
	json_t *summary;
	char session[33];
};

/* Starts the broker. -errno; the caller says so. */
int run_spawn(struct run *r);
/* The second terminal beside the user's, and what is drawn over it. */
int run_popup_open(struct run *r);
/* Relays, asks and waits until the broker says how it ended or is gone. */
int run_loop(struct run *r);

/* The terminal understands more than lines. */
bool run_terminal_capable(void);
/* --status. Once a second true: the broker is to be asked. */
bool run_title_ask(struct run *r, usec_t now);
void run_title_set(struct run *r, const json_t *status);
/* What makes the title say it, if it does not yet; the caller frees. NULL: nothing to do. */
char *run_title_take(struct run *r);
/* What gives the terminal the title back that it had; "": it has it. */
const char *run_title_back(struct run *r);
/* A line "seldom: TEXT" for the person, wherever that can be shown; takes escaped or hostile text.
 */
void run_say(struct run *r, const char *fmt, ...) _printf_(2, 3);
/* What was kept back while the program was full-screen. */
void run_say_kept(struct run *r);
/* Writes what is left for the terminal, waiting for it. */
void run_flush(struct run *r);
void run_send(struct run *r, json_t *take);
