/* clang-format off: an example in a comment */
/* Options by a table: one table parses, prints the usage and feeds the man page and completions.
 *
 *	struct log_options { bool json; const char *session; };
 *	static const struct sel_option rows[] = {
 *		{ "json", 0, SEL_OPT_FLAG, NULL, "one JSON object a line", offsetof(struct
 *log_options, json) }, { "session", 0, SEL_OPT_STRING, "ID", "only this session, or last",
 *offsetof(struct log_options, session) }, { 0 },
 *	};
 *	const struct sel_usage sel_usage_log = {
 *		.name = "log", .synopsis = "[--json] [--session ID|last]",
 *		.example = "seldom log --session last", .does = "Shows what was decided.", .options
 *= rows,
 *	};
 *	int sel_cmd_log(int argc, char **argv)
 *	{
 *		struct log_options opt = { 0 };
 *		int first = sel_options_parse(&sel_usage_log, argc, argv, &opt);
 *		if (first < 0)
 *			return sel_options_exit(first);
 *		... argv[first .. argc - 1] are the operands
 */
/* clang-format on */
#pragma once

#include "seldom/base.h"

enum sel_opt_kind {
	SEL_OPT_INVALID,
	SEL_OPT_FLAG,	/* bool */
	SEL_OPT_STRING, /* const char *, borrowed from argv; given twice: the last one counts */
	SEL_OPT_LIST,	/* struct sel_list, borrowed from argv, in the order given */
	SEL_OPT_UINT,	/* uint64_t, decimal, no sign; `max` bounds it */
};

/* Values of an option that may be repeated; sel_list_done frees the array (not the strings). */
struct sel_list {
	const char **v;
	size_t n;
};

struct sel_option {
	const char *name; /* without the dashes; NULL ends the table */
	char letter;	  /* 0: none */
	enum sel_opt_kind kind;
	const char *arg;  /* what the usage calls the value; NULL for flags */
	const char *help; /* one line, no full stop */
	size_t offset;	  /* of the value in the caller's struct */
	uint64_t max;	  /* SEL_OPT_UINT: the greatest value; 0: none */
};

struct sel_usage {
	const char *name;     /* the command word; "" for seldom itself */
	const char *synopsis; /* what follows the command word */
	const char *example;  /* the first line of --help; may hold several lines */
	const char *does;     /* one sentence or a short paragraph, lines under 80 columns */
	const struct sel_option *options;
	const char *more; /* shown after the options; or NULL */
	/* Operands allowed (beyond: a usage error); 0: none. `rest`: any number, and options end at
	 * the first operand, as a command line that is passed on needs. */
	int operands;
	bool rest;
	/* For completions: a word a place, alternatives with '|'; @WORD: what `seldom WORD --plain`
	 * has in its first column; @file. NULL: nothing is known. */
	const char *words;
};

/* Fills *out from argv[1..]; argv[0] is the command word. Options may follow operands unless
 * `rest`. Returns the index of the first operand in the (permuted) argv; -ECANCELED after --help
 * was printed on stdout; -EINVAL after a usage error was printed on stderr; -ENOMEM. */
int sel_options_parse(const struct sel_usage *usage, int argc, char **argv, void *out);
/* The exit code for a negative result of sel_options_parse: 0 after --help, else 2. */
int sel_options_exit(int r);
/* Prints the whole help of one command on stdout. */
void sel_options_help(const struct sel_usage *usage);
/* "seldom log: TEXT" and where to find help, on stderr; returns the exit code 2. */
int sel_usage_error(const struct sel_usage *usage, const char *fmt, ...) _printf_(2, 3);
/* A decimal number without sign, not above `max` (0: none). -EINVAL, -ERANGE. */
int sel_parse_uint(const char *text, uint64_t max, uint64_t *ret);
/* A span such as 90, 90s, 15min, 36h, 30d, 2w in microseconds. -EINVAL, -ERANGE. */
int sel_parse_span(const char *text, usec_t *ret);
void sel_list_done(struct sel_list *list);
