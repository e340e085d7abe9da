/* What the parts of `seldom run` have of each other. */
#pragma once

#include "run.h"

#define RUN_LOOK_USEC (200 * USEC_PER_MSEC) /* how often to look at what no descriptor reports */
#define RUN_PAUSE_USEC                                                                             \
	(200 * USEC_PER_MSEC) /* so long a question waits for the output to pause                  \
			       */

#define RUN_MUTE_USEC (5 * USEC_PER_SEC) /* for the terminal to say that it shows a question */

/* --- run_say.c: our own lines ----------------------------------------------------------------- */

/* To the terminal, before the program's own output. */
void run_ui_add(struct run *r, const char *text);
void run_ui_bytes(struct run *r, const char *text, size_t n);
bool run_ui_pending(const struct run *r);
bool run_terminal_usable(const struct run *r);
/* Only where there is a terminal. */
struct sel_screen *run_modes(const struct run *r);
/* A question is open on the terminal, in whichever shape: the keys are for it. */
bool run_asking(const struct run *r);
/* A program that draws on the whole screen, or another one that has taken the terminal over. */
bool run_full_screen(const struct run *r);
/* Takes one safe line to wherever the person can see it now. */
void run_say_line(struct run *r, char *take);
/* What was kept back, once the terminal can show it. */
void run_say_in_terminal(struct run *r);

void run_outbox_flush(struct run *r);
void run_send_signal(struct run *r, int signo);

/* --- run_prompt.c: the question in lines ------------------------------------------------------ */

const char *run_question_id(const json_t *question); /* "": it has none */
bool run_output_pauses(const struct run *r);
void run_prompt_draw(struct run *r, usec_t now);
/* Where another run has made it raw that will do, as long as it lasts. */
void run_prompt_raw(struct run *r);
/* Others may ask on this terminal. */
void run_prompt_release(struct run *r);
/* Takes the question away, in whichever shape; the program's output goes on. */
void run_prompt_end(struct run *r);
/* Asks, if there is a question and this is the moment. */
void run_prompt_look(struct run *r, usec_t now);
void run_prompt_event(struct run *r, struct sel_key key, usec_t now);
/* Some of our own lines were written: perhaps all of a drawing. */
void run_prompt_on_screen(struct run *r, usec_t now);

/* --- run_popup.c: the question over a program ------------------------------------------------- */

/* What would give the terminal back, should we crash. */
void run_guard_update(struct run *r);
void run_popup_draw(struct run *r, bool all, usec_t now);
/* What was typed so far was not typed at the question; replies go where they belong. */
void run_popup_drain(struct run *r);
/* Takes the panel away: the terminal is as the program left it. */
void run_popup_end(struct run *r);
void run_popup_event(struct run *r, enum sel_popup_event event, usec_t now);
/* Where the alternate screen is none, nothing could be put back. */
bool run_popup_possible(const struct run *r);
void run_popup_look(struct run *r, usec_t now);
void run_popup_on_screen(struct run *r, usec_t now);
void run_popup_message(struct run *r, const json_t *m);
/* True: tmux asks, or will. One that cannot is not tried again. */
bool run_tmux_look(struct run *r, const char *id, usec_t now);

/* --- run_messages.c, run_signals.c ------------------------------------------------------------ */

void run_read_control(struct run *r);

void run_terminal_look(struct run *r, usec_t now);
/* The program was stopped, and we stop with it. */
int run_stopped(struct run *r, const json_t *m);
void run_read_signals(struct run *r, usec_t now);

/* --- run_relay.c: bytes ----------------------------------------------------------------------- */

/* To the program, as if typed; what has no room is lost, as with a terminal that is not read. */
void run_program_add(struct run *r, struct sel_bytes *take);
void run_read_terminal(struct run *r, usec_t now);
void run_write_terminal(struct run *r, usec_t now);
void run_read_program(struct run *r);
void run_write_program(struct run *r);
void run_read_errors(struct run *r);
