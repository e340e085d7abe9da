#include "commands.h"

#include <locale.h>
#include <stdio.h>

#define AS_ROW(NAME, help) {#NAME, sel_cmd_##NAME, help, &sel_usage_##NAME},
const struct sel_command sel_commands[] = {SEL_COMMANDS(AS_ROW){0}};
#undef AS_ROW

static const struct sel_usage usage_seldom = {.name = ""};

static void help(void)
{
	(void)puts("Example: seldom run -- make test\n\n"
		   "Usage: seldom COMMAND [OPTION...]\n"
		   "       seldom                     the console: runs, questions, answers\n\n"
		   "Runs a command inside a boundary that the kernel enforces, decides by itself "
		   "what\n"
		   "is plainly in scope, and asks you only about what is genuinely new.\n");
	for (const struct sel_command *c = sel_commands; c->name; c++)
		if (c->run)
			(void)printf("  %-10s %s\n", c->name, c->help);
	(void)puts(
		"\nseldom COMMAND --help shows the options of one; seldom --version the version.");
}

/* A full disk or a closed pipe must not look like success. */
static int finish(int code)
{
	if ((fflush(stdout) != 0 || ferror(stdout)) && code == 0) {
		(void)sel_err(-errno, "Cannot write to standard output");
		return 1;
	}
	return code;
}

static int dispatch(int argc, char **argv)
{
	for (const struct sel_command *c = sel_commands; c->name; c++)
		if (c->run && strcmp(argv[0], c->name) == 0)
			return c->run(argc, argv);
	return sel_usage_error(&usage_seldom, "unknown command '%s'", argv[0]);
}

int main(int argc, char **argv)
{
	static const char *const help_words[] = {"--help", "-h", "help"};

	sel_log_init("seldom");
	(void)setlocale(LC_CTYPE, ""); /* all we use; the rest is eleven files to open */
	if (argc >= 2 && argv[1][0] != '-' && strcmp(argv[1], "help") != 0)
		return finish(dispatch(argc - 1, argv + 1));
	for (size_t i = 0; argc == 2 && i < SEL_N(help_words); i++)
		if (strcmp(argv[1], help_words[i]) == 0) {
			help();
			return finish(0);
		}
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		(void)puts("seldom " SELDOM_VERSION);
		return finish(0);
	}
	if (sel_cmd_console)
		return finish(sel_cmd_console(argc, argv));
	if (argc >= 2)
		return sel_usage_error(&usage_seldom, "unknown option '%s'", argv[1]);
	return sel_usage_error(&usage_seldom, "a command is needed");
}
