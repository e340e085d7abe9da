/* What can follow on a command line. The shells' scripts (completion/) are small and ask this at
 * each Tab: it is known from the tables that the commands themselves are made of, and never differs
 * from them. */
#include "commands.h"
#include "console.h"

#include <stdio.h>

const struct sel_usage sel_usage_complete = {
	.name = "complete",
	.synopsis = "[WORD...]",
	.example = "seldom complete log --se",
	.does = "Prints what can stand for the last WORD, a line each, with what it means.",
	.more = "A line ':files', ':dirs', ':command' or ':ids WORDS' names what the shell knows: "
		"the last\nis the first column of 'seldom WORDS --plain'.",
};

static void candidate(const char *word, const char *help)
{
	(void)printf("%s\t%s\n", word, help);
}

static void commands(void)
{
	for (const struct sel_command *c = sel_commands; c->name; c++)
		if (c->run)
			candidate(c->name, c->help);
}

static void options(const struct sel_usage *usage)
{
	for (const struct sel_option *o = usage ? usage->options : NULL; o && o->name; o++)
		(void)printf("--%s\t%s\n", o->name, o->help);
	candidate("--help", "show the options");
}

static void value(const struct sel_option *o)
{
	static const struct {
		const char *arg, *line;
	} row[] = {{"FILE", ":files"},
		   {"PATH", ":files"},
		   {"POLICY|FILE", ":files"},
		   {"DIR", ":dirs"},
		   {"ID", ":ids sessions --all"},
		   {"ID|last", ":ids sessions --all"}};

	for (size_t i = 0; o->arg && i < SEL_N(row); i++)
		if (strcmp(o->arg, row[i].arg) == 0)
			(void)puts(row[i].line);
}

/* The words of one place: "list|revoke", "@pending". */
static void place(const char *p, size_t n)
{
	static const struct {
		const char *name, *line;
	} row[] = {{"@file", ":files"},
		   {"@log", ":ids log --limit 50"},
		   {"@rules", ":ids rules"},
		   {"@pending", ":ids pending"}};

	for (size_t i = 0; i < SEL_N(row); i++)
		if (strlen(row[i].name) == n && memcmp(row[i].name, p, n) == 0)
			(void)puts(row[i].line);
	for (size_t len; *p != '@' && n; p += len + (len < n), n -= len + (len < n)) {
		const char *bar = memchr(p, '|', n);

		len = bar ? (size_t)(bar - p) : n;
		(void)printf("%.*s\t\n", (int)len, p);
	}
}

static void operand(const struct sel_usage *usage, int at)
{
	const char *p = usage->words ? usage->words : "";

	for (; at > 0 && *p; at--) {
		p += strcspn(p, " ");
		p += strspn(p, " ");
	}
	if (*p)
		place(p, strcspn(p, " "));
}

static const struct sel_option *takes_value(const struct sel_usage *usage, const char *word)
{
	for (const struct sel_option *o = usage->options; o && o->name; o++)
		if (o->kind != SEL_OPT_FLAG && strncmp(word, "--", 2) == 0 &&
		    strcmp(word + 2, o->name) == 0)
			return o;
	return NULL;
}

/* `words`: what stands behind the command, the last one is being typed. */
static void of_command(const struct sel_usage *usage, int n, char **words)
{
	const struct sel_option *o = NULL;
	int operands = 0;

	for (int i = 0; i < n - 1; i++) {
		if (o) {
			o = NULL;
			continue;
		}
		o = takes_value(usage, words[i]);
		if (o || (words[i][0] == '-' && strcmp(words[i], "--") != 0))
			continue;
		if (usage->rest && !usage->words) { /* from here on it is not ours */
			(void)puts(":command");
			return;
		}
		operands += words[i][0] != '-';
	}
	if (o)
		value(o);
	else if (words[n - 1][0] == '-')
		options(usage);
	else if (usage->rest && !usage->words)
		(void)puts(":command");
	else
		operand(usage, operands);
}

static void what_follows(int n, char **words)
{
	const struct sel_usage *console = &sel_usage_console;

	if (n < 1)
		return;
	if (n > 1 && words[0][0] != '-') {
		for (const struct sel_command *c = sel_commands; c->name; c++)
			if (c->run && strcmp(c->name, words[0]) == 0)
				of_command(c->usage, n - 1, words + 1);
	} else if (n == 1 && words[0][0] != '-') {
		commands();
	} else {
		of_command(console, n, words);
	}
}

int sel_cmd_complete(int argc, char **argv)
{
	/* What is being typed may look like an option of ours. */
	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		sel_options_help(&sel_usage_complete);
	else
		what_follows(argc - 1, argv + 1);
	return 0;
}
