/* Bytes of a terminal into keys. Pure.
 *
 * An own reader, because what it must never do matters more than what it can: a paste, a mouse
 * report, a terminal's reply or an unknown sequence is swallowed whole, so that no 'y' inside one
 * is ever a key. ncurses reads a mouse report that it did not ask for as typed letters. */
#pragma once

#include "seldom/base.h"

/* Above Unicode; below are characters, control characters included (Ctrl-L is 12). */
enum sel_key_code {
	SEL_KEY_NONE = 0,
	SEL_KEY_TAB = 9,
	SEL_KEY_CTRL_L = 12,
	SEL_KEY_ENTER = 13,
	SEL_KEY_CTRL_N = 14,
	SEL_KEY_CTRL_U = 21,
	SEL_KEY_CTRL_Z = 26,
	SEL_KEY_ESC = 27,
	SEL_KEY_UP = 0x110000,
	SEL_KEY_DOWN,
	SEL_KEY_LEFT,
	SEL_KEY_RIGHT,
	SEL_KEY_HOME,
	SEL_KEY_END,
	SEL_KEY_PAGE_UP,
	SEL_KEY_PAGE_DOWN,
	SEL_KEY_BACKTAB,
	SEL_KEY_BACKSPACE,
	SEL_KEY_FOCUS_IN,
	SEL_KEY_FOCUS_OUT,
	/* never keys of a view: only where the console asked for them */
	SEL_KEY_CLICK, /* the left button, at .row and .col */
	SEL_KEY_WHEEL_UP,
	SEL_KEY_WHEEL_DOWN,
	SEL_KEY_IS_LIGHT, /* what the terminal says of its background */
	SEL_KEY_IS_DARK,
};

enum sel_input_state {
	SEL_IN_GROUND,
	SEL_IN_ESC,
	SEL_IN_CSI,
	SEL_IN_SS3,
	SEL_IN_STRING, /* OSC, DCS ...: until ST or BEL */
	SEL_IN_STRING_ESC,
	SEL_IN_MOUSE, /* three raw bytes */
	SEL_IN_SKIP,  /* one byte of the Linux console's function keys */
};
struct sel_input {
	bool mouse;    /* reports of the mouse are wanted; else they are swallowed */
	int row, col;  /* of SEL_KEY_CLICK, from 0 */
	char text[48]; /* a reply, as far as it is short */
	size_t text_n;
	enum sel_input_state state;
	bool paste;
	char params[32];
	size_t n;
	int left; /* mouse bytes, UTF-8 continuation bytes */
	uint32_t utf8, utf8_least;
	usec_t last;
};

/* The key that this byte completes, or SEL_KEY_NONE. */
int sel_input_byte(struct sel_input *in, uint8_t byte, usec_t now);
/* After a silence: a lone ESC is the key, anything else unfinished is dropped. */
int sel_input_idle(struct sel_input *in, usec_t now);
/* Microseconds until sel_input_idle has something to do; USEC_INFINITY: nothing. */
usec_t sel_input_wait(const struct sel_input *in, usec_t now);
