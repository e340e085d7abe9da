/* seldom-notify: questions as bubbles of the desktop. `seldom run` starts it; one a user. */
#include "desk.h"
#include "notifier.h"

#include <locale.h>
#include <stdio.h>

static int usage(FILE *to)
{
	(void)fputs(
		"seldom-notify is started by 'seldom run' and shows questions as notifications.\n\n"
		"Usage: seldom-notify             once for this user, until no run is left\n"
		"       seldom-notify --probe     say what the notification server can, as JSON\n",
		to);
	return to == stdout ? 0 : 2;
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
		return sel_desk_probe();
	return usage(argc == 2 && strcmp(argv[1], "--help") == 0 ? stdout : stderr);
}
