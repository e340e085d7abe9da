/* Pictures of the real programs for the manual: `./dev pictures` runs this where the home is
 * /home/ana and the clock stands still. What is of one run only - its id, a pid, the time that is
 * left, the word to type - is always the same in a picture.
 * usage: pictures SELDOM FOLDER */
#include "pictures_store.h"
#include "pictures_svg.h"

#include <ctype.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define HOME  "/home/ana"
#define STATE HOME "/.local/state"
#define USED  HOME "/.local/used" /* the same after three weeks */
#define COLS  90

static char *seldom;
static const char *folder;
static const char *const env[] = {"XDG_STATE_HOME=" STATE, "XDG_CONFIG_HOME=" HOME "/.config",
				  "HOME=" HOME, "TZ=UTC", NULL};
static const char *const used[] = {"XDG_STATE_HOME=" USED, "XDG_CONFIG_HOME=" HOME "/.config",
				   "HOME=" HOME, "TZ=UTC", NULL};

/* --- what is the same in every picture -----------------------------------------------------------
 */

static char run_id[16]; /* of the run in the picture */

static void find_run(const struct rig *r)
{
	char path[96];
	DIR *dir;

	(void)snprintf(path, sizeof path, "%s/seldom", r->runtime);
	dir = opendir(path);
	for (const struct dirent *e; dir && (e = readdir(dir));)
		if (strlen(e->d_name) == 13 && strcmp(e->d_name + 8, ".sock") == 0 &&
		    strncmp(e->d_name, "testaaaa", 8) != 0)
			(void)snprintf(run_id, sizeof run_id, "%.8s", e->d_name);
	if (dir)
		(void)closedir(dir);
}

static void settle(struct rig *r, int msec)
{
	usec_t end = sel_now_monotonic() + (usec_t)msec * USEC_PER_MSEC;

	while (sel_now_monotonic() < end)
		rig_turn(r, 10);
}

static bool row_has(const struct svg_screen *s, int row, int col, const char *text)
{
	const struct svg_cell *cell = s->cells + row * s->cols;

	for (; *text; text++, col++)
		if (col >= s->cols || cell[col].c != (unsigned char)*text)
			return false;
	return true;
}

static bool cell_is(const struct svg_screen *s, int row, int col, int (*is)(int))
{
	uint32_t c = col < s->cols ? s->cells[row * s->cols + col].c : 0;

	return c > 0 && c < 0x80 && is((int)c);
}

/* Writes `text` over the `n` cells from `col` on; what follows moves as far as the next gap. */
static void put_over(struct svg_screen *s, int row, int col, int n, const char *text)
{
	struct svg_cell *cell = s->cells + row * s->cols, look = cell[col];
	int len = (int)strlen(text), gap = col + n;

	while (gap + 1 < s->cols && (cell[gap].c != ' ' || cell[gap + 1].c != ' '))
		gap++;
	if (len < n) { /* the gap grows */
		struct svg_cell blank = gap < s->cols ? cell[gap] : look;

		memmove(cell + col + len, cell + col + n, (size_t)(gap - col - n) * sizeof *cell);
		for (int i = gap - (n - len); i < gap; i++)
			cell[i] = blank;
	} else if (len > n) {
		memmove(cell + col + len, cell + col + n, (size_t)(gap - col - n) * sizeof *cell);
	}
	for (int i = 0; i < len; i++) {
		cell[col + i] = look;
		cell[col + i].c = (unsigned char)text[i];
	}
}

static int count(const struct svg_screen *s, int row, int col, int (*is)(int))
{
	int n = 0;

	while (cell_is(s, row, col + n, is))
		n++;
	return n;
}

/* A time that is left: 4:58, 4 min, 300 s. */
static void fix_time_left(struct svg_screen *s, int row, int col)
{
	int n;

	if (!row_has(s, row, col, "once in "))
		return;
	col += 8;
	n = count(s, row, col, isdigit);
	if (n > 0 && row_has(s, row, col + n, ":"))
		put_over(s, row, col, n + 3, "4:42");
	else if (n > 0 && row_has(s, row, col + n, " s"))
		put_over(s, row, col, n, "300");
}

static void fix_row(struct svg_screen *s, int row)
{
	static const struct {
		const char *before, *instead;
		int (*is)(int);
	} of_this_run[] = {{"pid ", "4711", isdigit},
			   {"word     ", "kettle", isalpha},
			   {"pid              ", "4711", isdigit}};

	for (int col = 0; col < s->cols; col++) {
		if (*run_id && row_has(s, row, col, run_id))
			put_over(s, row, col, 8, "kq3fx7ab");
		for (size_t i = 0; i < SEL_N(of_this_run); i++) {
			int from = col + (int)strlen(of_this_run[i].before);
			int n = row_has(s, row, col, of_this_run[i].before)
					? count(s, row, from, of_this_run[i].is)
					: 0;

			if (n > 0)
				put_over(s, row, from, n, of_this_run[i].instead);
		}
		fix_time_left(s, row, col);
	}
	/* on the right side of a list: 4:58 */
	for (int col = s->cols - 6; col + 4 <= s->cols; col++)
		if (row_has(s, row, col, " ") && cell_is(s, row, col + 1, isdigit) &&
		    row_has(s, row, col + 2, ":") && cell_is(s, row, col + 3, isdigit) && row > 0)
			put_over(s, row, col + 1, 4, "4:42");
}

/* Lines below the last one that is written to are left out. */
static void crop(struct svg_screen *s)
{
	bool blank = true;

	while (s->rows > 1 && blank) {
		for (int col = 0; col < s->cols; col++)
			blank = blank && s->cells[(s->rows - 1) * s->cols + col].c == ' ';
		if (blank && s->cursor.row < s->rows - 1)
			s->rows--;
		else
			blank = false;
	}
}

static void picture(struct rig *r, const char *name, const char *title)
{
	struct svg_screen s;
	char path[512];

	settle(r, 2500); /* the guard's end, too */
	svg_take(r, &s);
	for (int row = 0; row < s.rows; row++)
		fix_row(&s, row);
	if (!r->alternate)
		crop(&s);
	(void)snprintf(path, sizeof path, "%s/%s.svg", folder, name);
	svg_write(&s, title, path);
	svg_done(&s);
}

/* --- questions -----------------------------------------------------------------------------------
 */

static void begin(struct rig *r)
{
	*run_id = '\0';
	rig_open(r);
	rig_session_end(r); /* only real brokers */
}

static void end(struct rig *r)
{
	if (!r->ended) { /* its broker denies what is open, and ends */
		(void)kill(r->pid, SIGTERM);
		settle(r, 500);
	}
	rig_close(r);
}

static void asked(const char *command, int rows, const char *shows, const char *name,
		  const char *title)
{
	char *argv[] = {seldom, "run", "--no-net", "--", "sh", "-c", (char *)command, NULL};
	struct rig r;

	begin(&r);
	rig_start(&r, rows, COLS, argv, env);
	rig_until(&r, rig_shows, shows);
	find_run(&r);
	picture(&r, name, title);
	end(&r);
}

#define OVER_VIM(command) "(sleep 2; " command ") 2>/dev/null & exec vim.tiny -u NONE -N main.c"

static void the_questions(void **state)
{
	(void)state;
	asked("echo '$ make install'; sleep 1; echo one >" HOME "/notes/todo", 20, "notes/todo",
	      "question-line", "A question below a program that writes lines");
	asked(OVER_VIM("echo one >" HOME "/notes/todo"), 26, "y allow", "question-popup",
	      "A question over an editor");
	asked(OVER_VIM("echo make >.git/hooks/pre-commit"), 26, "T2", "question-effort",
	      "A program wants to write what git will run");
	asked(OVER_VIM("cat " HOME "/.ssh/id_ed25519"), 26, "T3", "question-grave",
	      "A program wants to read a private key");
}

/* --- commands ------------------------------------------------------------------------------------
 */

static void shown(const char *const in[], const char *line, int rows, const char *shows,
		  const char *name, const char *title)
{
	char script[512];
	char *argv[] = {(char *)"/bin/sh", (char *)"-c", script, NULL};
	struct rig r;

	(void)snprintf(script, sizeof script, "echo '$ %s'; %s; printf '$ '; exec sleep 100", line,
		       line);
	begin(&r);
	rig_start(&r, rows, COLS, argv, in);
	rig_until(&r, rig_shows, shows);
	picture(&r, name, title);
	end(&r);
}

static void the_commands(void **state)
{
	(void)state;
	shown(used, "seldom stats --since 30d", 52, "pkg:tar", "stats", "Statistics as text");
}

/* A run with three ends: allowed, denied by a person, denied by what the boundary promises. */
static void the_ending(void **state)
{
	char *argv[] = {(char *)"/bin/sh", (char *)"-c",
			(char *)"echo '$ seldom run -- ./release'; "
				"seldom run --no-net -- sh -c 'sleep 1; echo v2 >" HOME
				"/notes/todo; cat " HOME "/.ssh/id_ed25519'; "
				"printf '$ '; exec sleep 100",
			NULL};
	struct rig r;

	(void)state;
	begin(&r);
	rig_start(&r, 40, COLS, argv, env);
	rig_until(&r, rig_shows, "notes/todo");
	find_run(&r);
	settle(&r, 1000);
	rig_keys(&r, "1");
	settle(&r, 1000);
	rig_keys(&r, "y");
	rig_until(&r, rig_shows, "T3");
	settle(&r, 2500);
	rig_keys(&r, "n");
	rig_until(&r, rig_shows, "seldom log --session");
	picture(&r, "ending", "How a run ended");
	end(&r);
}

/* --- the console ---------------------------------------------------------------------------------
 */

static json_t *question(const struct rig *r, int n, const char *text)
{
	char id[32];
	json_error_t error;
	json_t *q = json_loads(text, 0, &error);

	if (!q)
		fail_msg("question %d: %s", n, error.text);
	(void)snprintf(id, sizeof id, "%s.%d", r->session, n);
	(void)json_object_set_new(q, "id", json_string(id));
	(void)json_object_set_new(q, "session", json_string(r->session));
	return q;
}

#define ONLY(object)                                                                               \
	"\"rungs\":[{\"n\":0,\"kind\":\"file\",\"label\":\"this file\",\"exposes\":\"nothing "     \
	"else\","                                                                                  \
	"\"covers\":1,\"object\":\"" object "\"}],\"recommended\":0,\"preselected\":0,"
#define REST                                                                                       \
	"\"waiting\":1,\"asked\":1772808110,\"remaining_ms\":283000,\"terms\":[\"once\","          \
	"\"session\","                                                                             \
	"\"30d\"],\"state\":\"FRESH\""
static const char *const waiting[] = {
	"{\"tier\":2,\"op\":\"create\",\"object\":\"/home/ana/app/.git/hooks/pre-commit\","
	"\"who\":{\"pid\":4711,\"comm\":\"sh\",\"exe\":\"/usr/bin/dash\",\"cwd\":\"/home/ana/app\","
	"\"chain\":[\"claude\",\"bash\",\"sh\"]},\"new\":\"first create by dash of this file\","
	"\"consequence\":\"becomes code: it runs later, outside the boundary\","
	"\"why\":\"git runs it\"," ONLY("/home/ana/app/.git/hooks/pre-commit") REST "}",
	"{\"tier\":1,\"op\":\"create\",\"object\":\"/home/ana/old/2024/notes.md\","
	"\"who\":{\"pid\":4720,\"comm\":\"tar\",\"exe\":\"/usr/bin/tar\",\"cwd\":\"/home/ana/app\","
	"\"chain\":[\"claude\",\"bash\",\"tar\"]},\"new\":\"first create by tar in the home "
	"folder\","
	"\"consequence\":\"can be removed again\",\"why\":\"outside the granted folders\"," ONLY(
		"/home/ana/old/2024/notes.md") REST "}",
	"{\"tier\":3,\"op\":\"read\",\"object\":\"/home/ana/.ssh/id_ed25519\","
	"\"who\":{\"pid\":4734,\"comm\":\"cat\",\"exe\":\"/usr/bin/cat\",\"cwd\":\"/home/ana/app\","
	"\"chain\":[\"claude\",\"bash\",\"cat\"]},\"new\":\"first read by cat of this secret\","
	"\"consequence\":\"the program learns the secret; cannot be undone\","
	"\"why\":\"I3: it holds credentials\",\"token\":\"kettle\"," ONLY(
		"/home/ana/.ssh/id_ed25519") REST "}",
};

/* What waits and runs is of a broker that keeps its part of the protocol. */
static void now_view(void)
{
	char *argv[] = {seldom, (char *)"--dark", NULL};
	struct rig r;

	*run_id = '\0';
	rig_open(&r);
	r.welcome = json_pack("{s:[s], s:s, s:I}", "command", "claude", "cwd", HOME "/app",
			      "started", (json_int_t)PICTURES_NOW - 23 * 60);
	(void)snprintf(run_id, sizeof run_id, "%s", r.session);
	rig_start(&r, 26, COLS, argv, used);
	rig_until(&r, rig_shows, "No question waits");
	rig_until(&r, rig_fronted, NULL);
	for (int n = 1; n <= 2; n++) {
		rig_ask(&r, question(&r, n, waiting[1]));
		settle(&r, 300);
		rig_closed(&r, n == 1 ? "testaaaa.1" : "testaaaa.2", n == 1 ? "allow" : "deny",
			   "run");
	}
	for (size_t i = 0; i < SEL_N(waiting); i++)
		rig_ask(&r, question(&r, (int)i + 3, waiting[i]));
	rig_until(&r, rig_shows, "3 wait");
	picture(&r, "console-now", "The console: what waits, what runs, what happened");
	end(&r);
}

static const struct view {
	const char *name, *keys, *shows, *title;
} views[] = {
	{"sessions", "2", "npm ci", "The console: runs"},
	{"log", "3", "OBJECT", "The console: what was decided"},
	{"explanation", "\r", "Explanation", "The console: why it was decided so"},
	{"rules", "4", "UNTIL", "The console: rules and grants"},
	{"statistics", "5", "Asks most", "The console: how often you are asked"},
	{"undo", "6\r", "to bring back", "The console: what can be brought back"},
	{"help", "?", "Where you were", "The console: every key"},
};

static void the_console(void **state)
{
	char *argv[] = {seldom, (char *)"--dark", NULL};
	struct rig r;

	(void)state;
	now_view();
	begin(&r);
	rig_start(&r, 26, COLS, argv, used);
	rig_until(&r, rig_shows, "Nothing runs");
	for (size_t i = 0; i < SEL_N(views); i++) {
		char name[64];

		for (const char *key = views[i].keys; *key; key++) {
			rig_bytes(&r, key, 1);
			settle(&r, 800);
		}
		rig_until(&r, rig_shows, views[i].shows);
		(void)snprintf(name, sizeof name, "console-%s", views[i].name);
		picture(&r, name, views[i].title);
	}
	end(&r);
}

/* --- the first time ------------------------------------------------------------------------------
 */

static void the_first_time(void **state)
{
	char *argv[] = {(char *)"/bin/sh", (char *)"-c",
			(char *)"echo '$ seldom init'; seldom init; printf '$ '; exec sleep 100",
			NULL};
	static const char *const answers[][2] = {
		{"always change", "\r"}, {"Enter for none", "\r"}, {"that grant for", "n\r"}};
	struct rig r;

	(void)state;
	begin(&r);
	rig_start(&r, 60, COLS + 10, argv, env);
	for (size_t i = 0; i < SEL_N(answers); i++) {
		rig_until(&r, rig_shows, answers[i][0]);
		rig_keys(&r, answers[i][1]);
	}
	settle(&r, 1000);
	picture(&r, "init", "The first set-up");
	end(&r);
}

static int fill(void **state)
{
	(void)state;
	pictures_store_fill(USED, HOME);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_time), cmocka_unit_test(the_questions),
		cmocka_unit_test(the_ending),	  cmocka_unit_test(the_console),
		cmocka_unit_test(the_commands),
	};

	if (argc != 3 || chdir(HOME "/app") < 0) {
		(void)fprintf(stderr, "usage: pictures SELDOM FOLDER, where /home/ana/app is\n");
		return 2;
	}
	seldom = argv[1];
	folder = argv[2];
	if (getenv("ONLY"))
		cmocka_set_test_filter(getenv("ONLY"));
	return cmocka_run_group_tests(tests, fill, NULL);
}
