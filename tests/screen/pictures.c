/* Pictures of the real program for the manual: `./dev pictures` runs this where the home is
 * /home/ana and empty. Clocks are fixed; session, pid and the typed word are still those of the run.
 * usage: pictures SELDOM FOLDER */
#include "pictures_svg.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char *seldom;
static const char *folder;
static const char *const env[] = {"XDG_STATE_HOME=/home/ana/.local/state",
				  "XDG_CONFIG_HOME=/home/ana/.config", "HOME=/home/ana", "TZ=UTC",
				  NULL};

static void settle(struct rig *r, int msec)
{
	usec_t end = sel_now_monotonic() + (usec_t)msec * USEC_PER_MSEC;

	while (sel_now_monotonic() < end)
		rig_turn(r, 10);
}

/* What stands after a colon is of today. */
static void fix_clocks(uint32_t *row, int cols)
{
	for (int i = 1; i + 2 < cols; i++)
		if (row[i] == ':' && row[i - 1] < 0x80 && isdigit((int)row[i - 1]) &&
		    row[i + 1] < 0x80 && isdigit((int)row[i + 1]) && row[i + 2] < 0x80 &&
		    isdigit((int)row[i + 2])) {
			row[i + 1] = '4';
			row[i + 2] = '2';
		}
}

static void picture(struct rig *r, const char *name, const char *title)
{
	int rows, cols;
	uint32_t *text;
	char path[512];

	settle(r, 2500); /* the guard's end, too */
	vterm_get_size(r->vt, &rows, &cols);
	text = calloc((size_t)rows * (size_t)cols, sizeof *text);
	assert_non_null(text);
	for (int row = 0; row < rows; row++) {
		for (int col = 0; col < cols; col++) {
			VTermScreenCell cell;

			(void)vterm_screen_get_cell(r->screen, (VTermPos){row, col}, &cell);
			text[row * cols + col] =
				cell.chars[0] == (uint32_t)-1 ? ' ' : cell.chars[0];
		}
		fix_clocks(text + row * cols, cols);
	}
	(void)snprintf(path, sizeof path, "%s/%s.svg", folder, name);
	svg_write(r, text, title, path);
	free(text);
}

/* `shows` is what the screen has when it can be taken. */
static void taken(char *const argv[], int rows, const char *shows, const char *name,
		  const char *title)
{
	struct rig r;

	rig_open(&r);
	rig_session_end(&r); /* only real brokers */
	rig_start(&r, rows, 90, argv, env);
	rig_until(&r, rig_shows, shows);
	picture(&r, name, title);
	if (!r.ended) { /* its broker denies what is open, and ends */
		(void)kill(r.pid, SIGTERM);
		settle(&r, 500);
	}
	rig_close(&r);
}

static void asked(const char *command, int rows, const char *shows, const char *name,
		  const char *title)
{
	char *argv[] = {seldom, "run", "--no-net", "--", "sh", "-c", (char *)command, NULL};

	taken(argv, rows, shows, name, title);
}

static void the_questions(void **state)
{
	(void)state;
	asked("echo '$ make install'; sleep 1; echo one >/home/ana/notes/todo", 20, "notes/todo",
	      "question-line", "A question below a program that writes lines");
	asked("(sleep 2; echo one >/home/ana/notes/todo) 2>/dev/null & "
	      "exec vim.tiny -u NONE -N main.c",
	      26, "y allow", "question-popup", "A question over an editor");
	asked("(sleep 2; cat /home/ana/.ssh/id_ed25519) 2>/dev/null & "
	      "exec vim.tiny -u NONE -N main.c",
	      26, "T3", "question-grave", "A program wants to read a private key");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_questions),
	};

	if (argc != 3 || chdir("/home/ana/app") < 0) {
		(void)fprintf(stderr, "usage: pictures SELDOM FOLDER, where /home/ana/app is\n");
		return 2;
	}
	seldom = argv[1];
	folder = argv[2];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
