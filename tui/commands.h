/* The commands of `seldom`: one list makes the declarations, the dispatch and the overview.
 *
 * Each command NAME is a function sel_cmd_NAME (argv[0] is the command word; it returns the exit
 * code: 0, 1 failed, 2 usage; `run` as documented there) and a table sel_usage_NAME. Both are weak
 * here: what is not linked in is not listed and is an unknown command. */
#pragma once

#include "options.h"

/* name, one-line help of the overview */
#define SEL_COMMANDS(_)                                                                            \
	_(run, "run a command inside the boundary")                                                \
	_(init, "the first set-up: what is here, and how to begin")                                \
	_(sessions, "list the runs that are going on")                                             \
	_(status, "say in one line how a run goes, for status bars and prompts")                   \
	_(pending, "list the questions that wait for an answer")                                   \
	_(answer, "answer a question, or answer from a script")                                    \
	_(log, "show what was decided")                                                            \
	_(explain, "explain one decision with its evidence")                                       \
	_(stats, "show how often you were asked and how you answered")                             \
	_(digest, "look over what was allowed because it was learned")                             \
	_(undo, "bring back what a run overwrote, removed or renamed")                             \
	_(rules, "list, review, revoke rules; what would save questions")                          \
	_(grants, "list, add, revoke what may be asked of hosts unasked")                          \
	_(replay, "judge what was recorded again, as another policy would")                        \
	_(claim, "report what an agent is about to do, from its hook")                             \
	_(doctor, "show what this machine can enforce and how to mend the rest")                   \
	_(complete, "print what can follow on a command line, for shells")

#define SEL_COMMAND_DECLARE(NAME, help)                                                            \
	int sel_cmd_##NAME(int argc, char **argv) __attribute__((weak));                           \
	extern const struct sel_usage sel_usage_##NAME __attribute__((weak));
SEL_COMMANDS(SEL_COMMAND_DECLARE)
#undef SEL_COMMAND_DECLARE

struct sel_command {
	const char *name; /* NULL ends the table */
	int (*run)(int argc, char **argv);
	const char *help;
	const struct sel_usage *usage;
};
extern const struct sel_command sel_commands[]; /* in the order of the overview */

/* `seldom` without a command: the console. argv[0] is "seldom"; its own options follow. */
int sel_cmd_console(int argc, char **argv) __attribute__((weak));
