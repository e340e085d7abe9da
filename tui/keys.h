/* The one list of keys: it makes the dispatch, the footer and the help page (and what the man page
 * says is checked against it). A row: id, key, other key, how it is written, where it works, the
 * word in the footer, the line in the help. The footer shows rows in this order, as many as fit. */
#pragma once

#include "console_input.h"

/* The views that have a key and a place in the bar: id, key, name (for --view), title. */
#define SEL_VIEWS(_)                                                                               \
	_(NOW, '1', "now", "Now")                                                                  \
	_(SESSIONS, '2', "sessions", "Sessions")                                                   \
	_(LOG, '3', "log", "Log")                                                                  \
	_(RULES, '4', "rules", "Rules")                                                            \
	_(STATS, '5', "statistics", "Stats")                                                       \
	_(UNDO, '6', "undo", "Undo")                                                               \
	_(HELP, '?', "help", "Help")

enum sel_where {
	SEL_IN_NOW = 1,	   /* the lists */
	SEL_IN_DIALOG = 2, /* one question */
	SEL_IN_FULL = 4,   /* one question, all of it, scrollable */
	SEL_IN_HELP = 8,
	SEL_IN_TYPING = 16, /* the word that a T3 question wants */
	SEL_IN_FILTER = 32,
	SEL_IN_STATS = 64,
	SEL_IN_SESSIONS = 128,
	SEL_IN_LOG = 256,
	SEL_IN_RULES = 512,
	SEL_IN_UNDO = 1024,
	SEL_IN_PLAN = 2048,	 /* what an undo would bring back */
	SEL_IN_PROPOSALS = 4096, /* what would save questions */
	SEL_IN_PAGE = 8192,	 /* lines to read: an explanation, all numbers */
	SEL_IN_CONFIRM = 16384,	 /* the word that a change wants */
	SEL_IN_NOTE = 32768,	 /* what a denial tells the program */
	SEL_IN_BATCH = 65536,	 /* questions alike, answered at once */
	SEL_IN_ASKED = SEL_IN_DIALOG | SEL_IN_FULL,
	SEL_IN_LISTS = SEL_IN_SESSIONS | SEL_IN_LOG | SEL_IN_RULES | SEL_IN_UNDO | SEL_IN_PLAN |
		       SEL_IN_PROPOSALS,
	SEL_IN_READ = SEL_IN_LISTS | SEL_IN_STATS | SEL_IN_PAGE, /* what the store says */
	SEL_IN_VIEWS = SEL_IN_NOW | SEL_IN_HELP | SEL_IN_READ,	 /* all but questions */
	SEL_IN_ALL = SEL_IN_VIEWS | SEL_IN_ASKED | SEL_IN_BATCH,
};

/* clang-format off */
#define SEL_KEYS(_) \
	_(OPEN,     SEL_KEY_ENTER,    'l',               "Enter", SEL_IN_NOW|SEL_IN_SESSIONS|SEL_IN_LOG|SEL_IN_RULES|SEL_IN_UNDO|SEL_IN_PLAN|SEL_IN_STATS|SEL_IN_PROPOSALS, "open", "Open: a question, a session's log, an explanation, what happened under a rule, a preview") \
	_(SURE,     SEL_KEY_ENTER,    0,                 "Enter", SEL_IN_CONFIRM,             "do it",  "Do it, once the word is typed") \
	_(KEEP,     SEL_KEY_ENTER,    0,                 "Enter", SEL_IN_FILTER,              "keep",   "Keep the filter and go on with the list") \
	_(ALLOW,    'y',              0,                 "y",     SEL_IN_ASKED|SEL_IN_BATCH|SEL_IN_TYPING, "allow", "Allow, as far and as long as is selected; of questions alike, each name once") \
	_(DENY,     'n',              0,                 "n",     SEL_IN_NOW|SEL_IN_ASKED|SEL_IN_BATCH, "deny", "Deny once") \
	_(DENY_T,   SEL_KEY_CTRL_N,   0,                 "^N",    SEL_IN_TYPING,              "deny",   "Deny once, while a word is being typed") \
	_(NOTE,     'N',              0,                 "N",     SEL_IN_ASKED,               "note",   "Deny once, with a note for the program and the log") \
	_(SEND,     SEL_KEY_ENTER,    0,                 "Enter", SEL_IN_NOTE,                "deny",   "Deny once, with the note that is typed") \
	_(ALIKE,    'a',              0,                 "a",     SEL_IN_NOW,                 "alike",  "Show what a program asks alike, to answer it at once (T1 only)") \
	_(REVOKE,   'x',              0,                 "x",     SEL_IN_RULES,               "revoke", "Revoke a rule or grant; asks for the word 'revoke'") \
	_(UNDO,     'u',              0,                 "u",     SEL_IN_PLAN,                "undo",   "Bring back what is shown; asks for the word 'undo'") \
	_(ACCEPT,   'a',              0,                 "a",     SEL_IN_PROPOSALS,           "accept", "Accept a proposal; asks for the word 'accept'") \
	_(DECLINE,  'x',              0,                 "x",     SEL_IN_PROPOSALS,           "decline","Decline a proposal; asks for the word 'decline'") \
	_(DETAILS,  'd',              0,                 "d",     SEL_IN_NOW|SEL_IN_ASKED|SEL_IN_STATS, "all", "Show all of it, scrollable: the question, the numbers") \
	_(TERM,     't',              0,                 "t",     SEL_IN_ASKED,               "term",   "Change how long an allow lasts") \
	_(RUNG,     '1',              0,                 "1-9",   SEL_IN_ASKED,               "reach",  "Choose how far an allow reaches; arrows do, too") \
	_(PROPOSE,  'p',              0,                 "p",     SEL_IN_STATS|SEL_IN_RULES,  "propose","What would save questions (about the selected program)") \
	_(EVERY,    'e',              0,                 "e",     SEL_IN_RULES|SEL_IN_PROPOSALS, "ended", "Show, or hide, also what ended, was revoked or declined") \
	_(FILTER,   '/',              0,                 "/",     SEL_IN_NOW|SEL_IN_SESSIONS|SEL_IN_LOG|SEL_IN_RULES|SEL_IN_UNDO|SEL_IN_PLAN, "filter", "Show only what contains a text") \
	_(HELP,     '?',              0,                 "?",     SEL_IN_ALL&~SEL_IN_HELP,    "help",   "Show every key, and why one is off") \
	_(BACK,     SEL_KEY_ESC,      'h',               "Esc",   SEL_IN_ALL|SEL_IN_TYPING|SEL_IN_FILTER|SEL_IN_CONFIRM|SEL_IN_NOTE, "back", "Back out; nothing is answered or changed") \
	_(QUIT,     'q',              0,                 "q",     SEL_IN_ALL,                 "quit",   "Leave this view, then the console; the runs go on") \
	_(VIEW,     '1',              0,                 "1-6",   SEL_IN_VIEWS,               "views",  "Go to Now, Sessions, Log, Rules, Stats, Undo") \
	_(NEXT,     SEL_KEY_TAB,      SEL_KEY_BACKTAB,   "Tab",   SEL_IN_VIEWS,               "next",   "To the next view; with Shift to the one before") \
	_(PANE,     'w',              0,                 "w",     SEL_IN_NOW,                 "pane",   "Go to questions, sessions, history in turn") \
	_(REREAD,   'r',              0,                 "r",     SEL_IN_READ,                "reread", "Read it anew from the store") \
	_(UP,       SEL_KEY_UP,       'k',               "Up",    SEL_IN_ALL,                 "",       "Up; in a question: a narrower reach") \
	_(DOWN,     SEL_KEY_DOWN,     'j',               "Down",  SEL_IN_ALL,                 "",       "Down; in a question: a wider reach") \
	_(PAGE_UP,  SEL_KEY_PAGE_UP,  'b',               "PgUp",  SEL_IN_ALL,                 "",       "A page up") \
	_(PAGE_DN,  SEL_KEY_PAGE_DOWN,'f',               "PgDn",  SEL_IN_ALL,                 "",       "A page down") \
	_(TOP,      'g',              SEL_KEY_HOME,      "g",     SEL_IN_ALL,                 "",       "To the first line") \
	_(BOTTOM,   'G',              SEL_KEY_END,       "G",     SEL_IN_ALL,                 "",       "To the last line") \
	_(LEFT,     SEL_KEY_LEFT,     0,                 "Left",  SEL_IN_ALL,                 "",       "Back out, as Esc") \
	_(RIGHT,    SEL_KEY_RIGHT,    0,                 "Right", SEL_IN_NOW|SEL_IN_LISTS,    "",       "Open, as Enter") \
	_(CLEAR,    SEL_KEY_CTRL_U,   0,                 "^U",    SEL_IN_TYPING|SEL_IN_FILTER|SEL_IN_CONFIRM|SEL_IN_NOTE,"clear",  "Empty the line that is being typed") \
	_(REDRAW,   SEL_KEY_CTRL_L,   0,                 "^L",    SEL_IN_ALL|SEL_IN_TYPING|SEL_IN_FILTER|SEL_IN_CONFIRM|SEL_IN_NOTE, "", "Draw the screen anew") \
	_(SUSPEND,  SEL_KEY_CTRL_Z,   0,                 "^Z",    SEL_IN_ALL|SEL_IN_TYPING|SEL_IN_CONFIRM|SEL_IN_NOTE, "", "Suspend the console")
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
	if (key >= '1' && key <= '9' && (where & SEL_IN_VIEWS))
		return SEL_ACT_VIEW;
	for (int i = 0; i < SEL_ACT_N; i++)
		if ((sel_keys[i].where & (unsigned)where) && key &&
		    (sel_keys[i].key == key || sel_keys[i].alt == key))
			return (enum sel_act)i;
	return SEL_ACT_N;
}
