/* The one list of keys: it makes the dispatch, the footer and the help page (and what the man page
 * says is checked against it). A row: id, key, other key, how it is written, where it works, the
 * word in the footer, the line in the help. The footer shows rows in this order, as many as fit. */
#pragma once

#include "console_input.h"

enum sel_where {
	SEL_IN_NOW = 1,	   /* the lists */
	SEL_IN_DIALOG = 2, /* one question */
	SEL_IN_FULL = 4,   /* one question, all of it, scrollable */
	SEL_IN_HELP = 8,
	SEL_IN_TYPING = 16, /* the word that a T3 question wants */
	SEL_IN_FILTER = 32,
	SEL_IN_STATS = 64,
	SEL_IN_ASKED = SEL_IN_DIALOG | SEL_IN_FULL,
	SEL_IN_ALL = SEL_IN_NOW | SEL_IN_ASKED | SEL_IN_HELP | SEL_IN_STATS,
};

/* clang-format off */
#define SEL_KEYS(_) \
	_(OPEN,     SEL_KEY_ENTER,    'l',               "Enter", SEL_IN_NOW,                 "open",   "Read the question and answer it") \
	_(ALLOW,    'y',              0,                 "y",     SEL_IN_ASKED|SEL_IN_TYPING, "allow",  "Allow, as far and as long as is selected") \
	_(DENY,     'n',              0,                 "n",     SEL_IN_NOW|SEL_IN_ASKED,    "deny",   "Deny once") \
	_(DENY_T,   SEL_KEY_CTRL_N,   0,                 "^N",    SEL_IN_TYPING,              "deny",   "Deny once, while a word is being typed") \
	_(DETAILS,  'd',              0,                 "d",     SEL_IN_NOW|SEL_IN_ASKED,    "all",    "Show all of the question, scrollable") \
	_(TERM,     't',              0,                 "t",     SEL_IN_ASKED,               "term",   "Change how long an allow lasts") \
	_(RUNG,     '1',              0,                 "1-9",   SEL_IN_ASKED,               "reach",  "Choose how far an allow reaches; arrows do, too") \
	_(FILTER,   '/',              0,                 "/",     SEL_IN_NOW,                 "filter", "Show only what contains a text") \
	_(PANE,     SEL_KEY_TAB,      SEL_KEY_BACKTAB,   "Tab",   SEL_IN_NOW,                 "pane",   "Go to questions, sessions, history in turn") \
	_(STATS,    's',              0,                 "s",     SEL_IN_NOW|SEL_IN_STATS,    "stats",  "Show, or read anew, how often you were asked") \
	_(HELP,     '?',              0,                 "?",     SEL_IN_NOW|SEL_IN_ASKED,    "help",   "Show every key, and why one is off") \
	_(BACK,     SEL_KEY_ESC,      'h',               "Esc",   SEL_IN_ALL|SEL_IN_TYPING|SEL_IN_FILTER, "back", "Back out; nothing is answered") \
	_(QUIT,     'q',              0,                 "q",     SEL_IN_ALL,                 "quit",   "Leave this view, then the console; the runs go on") \
	_(UP,       SEL_KEY_UP,       'k',               "Up",    SEL_IN_ALL,                 "",       "Up; in a question: a narrower reach") \
	_(DOWN,     SEL_KEY_DOWN,     'j',               "Down",  SEL_IN_ALL,                 "",       "Down; in a question: a wider reach") \
	_(PAGE_UP,  SEL_KEY_PAGE_UP,  'b',               "PgUp",  SEL_IN_ALL,                 "",       "A page up") \
	_(PAGE_DN,  SEL_KEY_PAGE_DOWN,'f',               "PgDn",  SEL_IN_ALL,                 "",       "A page down") \
	_(TOP,      'g',              SEL_KEY_HOME,      "g",     SEL_IN_ALL,                 "",       "To the first line") \
	_(BOTTOM,   'G',              SEL_KEY_END,       "G",     SEL_IN_ALL,                 "",       "To the last line") \
	_(LEFT,     SEL_KEY_LEFT,     0,                 "Left",  SEL_IN_ALL,                 "",       "Back out, as Esc") \
	_(RIGHT,    SEL_KEY_RIGHT,    0,                 "Right", SEL_IN_NOW,                 "",       "Open, as Enter") \
	_(CLEAR,    SEL_KEY_CTRL_U,   0,                 "^U",    SEL_IN_TYPING|SEL_IN_FILTER,"clear",  "Empty the line that is being typed") \
	_(REDRAW,   SEL_KEY_CTRL_L,   0,                 "^L",    SEL_IN_ALL|SEL_IN_TYPING,   "",       "Draw the screen anew") \
	_(SUSPEND,  SEL_KEY_CTRL_Z,   0,                 "^Z",    SEL_IN_ALL|SEL_IN_TYPING,   "",       "Suspend the console")
/* clang-format on */

#define AS_ENUM(id, key, alt, shown, where, label, help) SEL_ACT_##id,
enum sel_act { SEL_KEYS(AS_ENUM) SEL_ACT_N };
#undef AS_ENUM
struct sel_key {
	int key, alt;
	const char *shown;
	unsigned where;
	const char *label, *help;
};
#define AS_ROW(id, key, alt, shown, where, label, help) {key, alt, shown, where, label, help},
static const struct sel_key sel_keys[SEL_ACT_N] = {SEL_KEYS(AS_ROW)};
#undef AS_ROW

/* SEL_ACT_N: the key does nothing there. */
static inline enum sel_act sel_key_act(int key, enum sel_where where)
{
	if (key >= '1' && key <= '9' && (where & SEL_IN_ASKED))
		return SEL_ACT_RUNG;
	for (int i = 0; i < SEL_ACT_N; i++)
		if ((sel_keys[i].where & (unsigned)where) && key &&
		    (sel_keys[i].key == key || sel_keys[i].alt == key))
			return (enum sel_act)i;
	return SEL_ACT_N;
}
