/* seldom-notify: questions as bubbles of the desktop. `seldom run` starts it; one a user. */
#include "config.h"
#include "desk.h"
#include "notifier.h"
#include "opener.h"
#include "trial.h"

#include <locale.h>
#include <stdio.h>

static int usage(FILE *to)
{
	(void)fputs(
		"seldom-notify is started by 'seldom run' and shows questions as notifications.\n\n"
		"Usage: seldom-notify             once for this user, until no run is left\n"
		"       seldom-notify --probe     say what the notification server can, as JSON\n"
		"       seldom-notify --test      show one, and wait for its button\n",
		to);
	return to == stdout ? 0 : 2;
}

/* The words of the terminal with blanks between; NULL: there is none. */
static json_t *terminal_json(const struct sel_config *config)
{
	char *words[SEL_OPENER_WORDS + 1], text[512] = "";

	if (sel_opener_find(config->terminal, words) < 0)
		return json_null();
	for (char **w = words; *w; w++)
		(void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s",
			       w == words ? "" : " ", *w);
	sel_opener_done(words);
	return json_string(text);
}

static int probe(void)
{
	struct sel_config config;
	json_t *m;

	if (sel_config_load(NULL, getenv("HOME"), &config, NULL) < 0)
		return 1; /* whoever asks reads it, too, and says what is wrong */
	m = sel_desk_probe();
	(void)json_object_set_new(m, "enabled", json_boolean(config.notify != 0));
	(void)json_object_set_new(m, "terminal", terminal_json(&config));
	sel_config_done(&config);
	(void)json_dumpf(m, stdout, JSON_COMPACT);
	(void)putchar('\n');
	json_decref(m);
	return fflush(stdout) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	sel_log_init("seldom-notify");
	/* not the user's: text is UTF-8 for every desktop, whatever the terminal speaks */
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	if (argc == 1)
		return sel_notifier_run();
	if (argc == 2 && strcmp(argv[1], "--desk") == 0) /* of the above; the socket is its input */
		return sel_desk_run(STDIN_FILENO);
	if (argc == 2 && strcmp(argv[1], "--probe") == 0)
		return probe();
	if (argc == 2 && strcmp(argv[1], "--test") == 0)
		return sel_trial_run();
	return usage(argc == 2 && strcmp(argv[1], "--help") == 0 ? stdout : stderr);
}
