/* What passes between a program and the terminal, read along: which modes the output has set, and
 * which keys the input is. Both are state machines over bytes that may be cut anywhere. */
#pragma once

#include "seldom/base.h"

/* --- output: what the program has done to the screen ------------------------------------------ */

#define SEL_CSI_ARGS 15	  /* more than any sequence in use has; one with more is none we know */
#define SEL_CSI_MAX  9999 /* no screen has more rows or columns */

struct sel_csi {
	char leader; /* '?', '>', '=', '<' or 0 */
	char intermediate, final;
	unsigned n;		/* arguments, at least 1 */
	int arg[SEL_CSI_ARGS];	/* -1: left out; at most SEL_CSI_MAX */
	bool sub[SEL_CSI_ARGS]; /* a ':' follows it */
};
struct sel_token {
	enum sel_token_kind {
		SEL_TOKEN_TEXT,	  /* whole characters, and control characters */
		SEL_TOKEN_ESC,	  /* ESC, perhaps an intermediate, a final byte */
		SEL_TOKEN_CSI,	  /* `csi`; one that is overlong or malformed is left out */
		SEL_TOKEN_STRING, /* OSC, DCS, APC, PM, SOS: `bytes` from the introducer's letter
				     on, without its end; an overlong one is left out */
	} kind;
	const char *bytes;
	size_t n;
	const struct sel_csi *csi;
};

enum sel_scan {
	SEL_SCAN_GROUND,
	SEL_SCAN_ESC,
	SEL_SCAN_CSI,
	SEL_SCAN_STRING, /* OSC, DCS, APC, PM: up to BEL or ST */
	SEL_SCAN_STRING_ESC,
};

/* Zero is how a terminal starts. Where terminals differ xterm's way is followed. */
struct sel_screen {
	enum sel_scan state;
	char seq[2048]; /* the unfinished sequence or character, from its first byte on */
	size_t n;
	bool overlong;	/* the sequence did not fit: ignored up to its end */
	bool alternate; /* ?47, ?1047 or ?1049: a full-screen program */
	bool paste;	/* ?2004: it wants pastes marked */
	bool focus;	/* ?1004: it wants to know about focus */
	bool midline;	/* something was printed since the last line feed */

	bool origin, no_wrap, insert, hidden, side_margins, sync, keypad, cursor_keys, win32;
	int mouse, mouse_format; /* the mode's number; 0: none */
	int shape;		 /* of the cursor, DECSCUSR's number; 0: the terminal's own */
	bool kitty;		 /* its keyboard protocol was used */
	int kitty_depth;
	int modify_keys; /* xterm's modifyOtherKeys */
	struct sel_charsets {
		char g[4]; /* final byte of the designation; 0: the terminal's own */
		uint8_t gl;
		bool origin; /* of a saved one only */
	} charsets, saved[2];
	bool saved_open; /* a cursor was saved on the main screen and not restored since */

	/* These stay set, whatever came after: who wrote them hides something, or may have. */
	bool odd;      /* what is written may not be what is shown: Tektronix, VT52, printer ... */
	bool colours;  /* the palette may not be the person's */
	bool graphics; /* pictures that may lie above the text */
	bool mouse_used; /* any mouse mode: not in every terminal do they exclude each other */
	bool c2;	 /* the last byte read may be the first one of U+0080 .. U+009F */

	unsigned cpr_due; /* cursor reports that the program asked for and has not had */
	unsigned dsr_due; /* the same for reports that all is well */

	/* Optional: what was read, piece by piece, before the modes follow it. */
	void (*token)(void *ctx, const struct sel_token *token);
	void *ctx;
};

void sel_screen_feed(struct sel_screen *s, const char *bytes, size_t n);
/* The terminal has been told to forget the unfinished sequence (CAN). */
void sel_screen_cancel(struct sel_screen *s);

/* --- input: keys ------------------------------------------------------------------------------ */

enum sel_key_kind {
	SEL_KEY_NONE,	 /* nothing to act on (yet) */
	SEL_KEY_CHAR,	 /* one printable ASCII byte, alone in its read */
	SEL_KEY_CONTROL, /* one control byte other than these: */
	SEL_KEY_ENTER,
	SEL_KEY_BACKSPACE,
	SEL_KEY_ESCAPE,	   /* Esc and nothing after it for SEL_ESC_USEC */
	SEL_KEY_DISCARDED, /* a paste, several bytes at once, a sequence, a mouse report */
};
struct sel_key {
	enum sel_key_kind kind;
	char c;
};

#define SEL_ESC_USEC (300 * USEC_PER_MSEC)

struct sel_keys {
	enum sel_scan state;
	char csi[16];
	size_t n;
	bool pasting;	/* between the marks of a bracketed paste, over any number of reads */
	bool unfocused; /* the terminal said that it lost focus and has not said otherwise */
	bool ss3;	/* ESC O: one more byte belongs to it */
	unsigned well;	/* reports that all is well, not yet looked at */
	usec_t since;	/* of the unfinished sequence */
};

/* `bytes` are what ONE read returned. Returns at most one key: several plain bytes in one read, or
 * a plain byte beside a sequence, were not typed by a person at a prompt and are discarded. */
struct sel_key sel_keys_feed(struct sel_keys *k, const char *bytes, size_t n, usec_t now);
/* To be called when time has passed without input: ends an unfinished sequence. */
struct sel_key sel_keys_tick(struct sel_keys *k, usec_t now);
/* When to call it: USEC_INFINITY if nothing is unfinished. */
usec_t sel_keys_deadline(const struct sel_keys *k);
