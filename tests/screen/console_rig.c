#include "console_rig.h"

#include "seldom/proto.h"

#include <ftw.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <utmp.h>

/* Not an expectation: only how long a broken program may hang before the test says so. */
#define PATIENCE (60 * USEC_PER_SEC)

/* --- the broker ------------------------------------------------------------------------------ */

void rig_session_begin(struct rig *r)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	(void)snprintf(addr.sun_path, sizeof addr.sun_path, "%s/seldom/%s.sock", r->runtime,
		       r->session);
	r->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(r->listener >= 0);
	assert_int_equal(bind(r->listener, (const struct sockaddr *)&addr, sizeof addr), 0);
	assert_int_equal(listen(r->listener, 8), 0);
}

void rig_open(struct rig *r)
{
	char dir[96];

	*r = (struct rig){.session = "testaaaa", .master = -1, .listener = -1};
	for (int i = 0; i < RIG_FRONTS; i++)
		r->fronts[i] = -1;
	(void)snprintf(r->runtime, sizeof r->runtime, "/tmp/seldom-screen-XXXXXX");
	assert_non_null(mkdtemp(r->runtime));
	(void)snprintf(dir, sizeof dir, "%s/seldom", r->runtime);
	assert_int_equal(mkdir(dir, 0700), 0);
	r->open = json_object();
	r->answers = json_array();
	r->holds = json_array();
	rig_session_begin(r);
}

static void front_close(struct rig *r, int i)
{
	(void)close(r->fronts[i]);
	r->fronts[i] = -1;
	r->welcomed[i] = false;
}

void rig_session_end(struct rig *r)
{
	char path[128];

	for (int i = 0; i < RIG_FRONTS; i++)
		if (r->fronts[i] >= 0)
			front_close(r, i);
	if (r->listener >= 0)
		(void)close(r->listener);
	r->listener = -1;
	(void)snprintf(path, sizeof path, "%s/seldom/%s.sock", r->runtime, r->session);
	(void)unlink(path);
}

/* The socket, and what a command may have made as its state. */
static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	(void)remove(path);
	return 0;
}

void rig_close(struct rig *r)
{
	if (r->pid > 0 && !r->ended) {
		(void)kill(r->pid, SIGKILL);
		(void)waitpid(r->pid, NULL, 0);
	}
	rig_session_end(r);
	if (r->master >= 0)
		(void)close(r->master);
	if (r->vt)
		vterm_free(r->vt);
	json_decref(r->open);
	json_decref(r->answers);
	json_decref(r->holds);
	json_decref(r->welcome);
	(void)nftw(r->runtime, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void send_all(struct rig *r, json_t *take)
{
	for (int i = 0; i < RIG_FRONTS; i++)
		if (r->fronts[i] >= 0 && r->welcomed[i])
			(void)sel_msg_send(r->fronts[i], json_incref(take));
	json_decref(take);
}

void rig_ask(struct rig *r, json_t *question)
{
	const char *id = json_string_value(json_object_get(question, "id"));

	send_all(r, json_pack("{s:s, s:O}", "type", "question", "question", question));
	(void)json_object_set_new(r->open, id, question);
}

void rig_closed(struct rig *r, const char *id, const char *how, const char *by)
{
	(void)json_object_del(r->open, id);
	send_all(r, json_pack("{s:s, s:s, s:s, s:s}", "type", "closed", "id", id, "how", how, "by",
			      by));
}

json_t *rig_question(int n, int tier, const char *object)
{
	char id[32];
	json_t *q;

	(void)snprintf(id, sizeof id, "testaaaa.%d", n);
	q = json_pack("{s:s, s:s, s:i, s:s, s:s, s:{s:i, s:s, s:s, s:[s,s], s:s}, s:s, s:s, s:s,"
		      " s:[{s:i, s:s, s:s, s:s, s:s, s:i}, {s:i, s:s, s:s, s:s, s:s, s:i}],"
		      " s:i, s:i, s:i, s:i, s:i, s:[s,s,s]}",
		      "id", id, "session", "testaaaa", "tier", tier, "op", "create", "object",
		      object, "who", "pid", 4711, "comm", "pip", "exe", "/usr/bin/pip", "chain",
		      "bash", "pip", "cwd", "/src", "new", "first write outside", "consequence",
		      "can be undone", "why", "out of scope", "rungs", "n", 0, "kind", "file",
		      "label", "this file", "object", object, "exposes", "one file", "covers", 1,
		      "n", 1, "kind", "folder", "label", "this folder", "object", "/out", "exposes",
		      "9 files", "covers", 9, "recommended", 1, "preselected", 1, "waiting", 3,
		      "asked", 1764000000, "remaining_ms", 300000, "terms", "once", "session",
		      "30d");
	assert_non_null(q);
	if (tier == 3)
		(void)json_object_set_new(q, "token", json_string("happy"));
	return q;
}

static void on_hello(struct rig *r, int i)
{
	const char *id;
	json_t *q;
	json_t *welcome =
		json_pack("{s:i, s:s, s:s, s:i, s:[s,s], s:s, s:I, s:n}", "v", 1, "type", "welcome",
			  "session", r->session, "pid", getpid(), "command", "make", "all", "cwd",
			  "/src", "started", (json_int_t)1764000000, "profile");

	r->welcomed[i] = true;
	(void)json_object_update(welcome, r->welcome);
	(void)sel_msg_send(r->fronts[i], welcome);
	json_object_foreach(r->open, id, q)(void) sel_msg_send(
		r->fronts[i], json_pack("{s:s, s:O}", "type", "question", "question", q));
}

static const char *refusal(json_t *question, json_t *answer)
{
	const char *token = json_string_value(json_object_get(question, "token"));
	const char *typed = json_string_value(json_object_get(answer, "token"));

	if (!question)
		return "no such question is open";
	if (strcmp(json_string_value(json_object_get(answer, "verdict")), "allow") == 0 && token &&
	    (!typed || strcmp(token, typed) != 0))
		return "the typed word is missing or wrong";
	return NULL;
}

static void on_answer(struct rig *r, int i, json_t *answer)
{
	const char *id = json_string_value(json_object_get(answer, "id"));
	const char *verdict = json_string_value(json_object_get(answer, "verdict"));
	json_t *question = json_object_get(r->open, id);
	const char *why = refusal(question, answer);
	const char *feedback = json_string_value(json_object_get(question, "rig_feedback"));

	(void)json_array_append(r->answers, answer);
	(void)sel_msg_send(r->fronts[i],
			   json_pack("{s:s, s:s, s:b, s:s*, s:s*}", "type", "result", "id", id,
				     "ok", !why, "error", why, "feedback", feedback));
	if (!why)
		rig_closed(r, id, verdict, "console");
}

static void on_message(struct rig *r, int i, json_t *m)
{
	const char *type = json_string_value(json_object_get(m, "type"));

	if (strcmp(type, "hello") == 0)
		on_hello(r, i);
	else if (strcmp(type, "answer") == 0)
		on_answer(r, i, m);
	else if (strcmp(type, "hold") == 0)
		(void)json_array_append(r->holds, m);
	else if (strcmp(type, "status") == 0)
		(void)sel_msg_send(r->fronts[i],
				   json_pack("{s:s, s:{s:i, s:i, s:i, s:i}, s:{s:i}, s:i}", "type",
					     "status", "questions", "asked", 5, "allowed", 2,
					     "denied", 1, "timeout", 0, "actions", "total", 321,
					     "trapped", 400));
	else
		fail_msg("a front sent '%s'", type);
}

static void broker_turn(struct rig *r)
{
	int fd = r->listener >= 0 ? accept4(r->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)
				  : -1;

	for (int i = 0; fd >= 0 && i < RIG_FRONTS; i++)
		if (r->fronts[i] < 0) {
			r->fronts[i] = fd;
			fd = -1;
		}
	assert_int_equal(fd, -1);
	for (int i = 0; i < RIG_FRONTS; i++) {
		json_t *m = NULL;
		int got = r->fronts[i] >= 0 ? sel_msg_recv(r->fronts[i], &m) : -EAGAIN;

		if (got == 1)
			on_message(r, i, m);
		else if (got != -EAGAIN)
			front_close(r, i);
		json_decref(m);
	}
}

/* --- the terminal ---------------------------------------------------------------------------- */

static int term_prop(VTermProp prop, VTermValue *value, void *user)
{
	struct rig *r = user;

	if (prop == VTERM_PROP_ALTSCREEN)
		r->alternate = value->boolean;
	if (prop == VTERM_PROP_CURSORVISIBLE)
		r->cursor_shown = value->boolean;
	return 1;
}

/* What a terminal says when it is asked how it is. */
static void term_answer(const char *bytes, size_t n, void *user)
{
	(void)!write(((struct rig *)user)->master, bytes, n);
}

static const VTermScreenCallbacks callbacks = {.settermprop = term_prop};

static void child(const struct rig *r, char *const argv[], const char *const env[])
{
	(void)setenv("XDG_RUNTIME_DIR", r->runtime, 1);
	(void)setenv("XDG_STATE_HOME", r->runtime, 1);
	(void)setenv("TERM", "xterm-256color", 1);
	(void)setenv("LC_ALL", "C.UTF-8", 1);
	(void)unsetenv("NO_COLOR");
	(void)unsetenv("COLORFGBG");
	(void)unsetenv("LINES");
	(void)unsetenv("COLUMNS");
	for (; env && *env; env++)
		(void)putenv((char *)*env);
	(void)execv(argv[0], argv);
	_exit(127);
}

void rig_start(struct rig *r, int rows, int cols, char *const argv[], const char *const env[])
{
	struct winsize ws = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
	int slave;

	r->vt = vterm_new(rows, cols);
	vterm_set_utf8(r->vt, 1);
	r->screen = vterm_obtain_screen(r->vt);
	vterm_screen_enable_altscreen(r->screen, 1);
	vterm_screen_set_callbacks(r->screen, &callbacks, r);
	vterm_screen_reset(r->screen, 1);
	vterm_output_set_callback(r->vt, term_answer, r);
	r->cursor_shown = true;
	(void)fflush(NULL);
	assert_int_equal(openpty(&r->master, &slave, NULL, NULL, &ws), 0);
	assert_int_equal(tcgetattr(r->master, &r->before), 0); /* while nobody may change them */
	r->pid = fork();
	assert_true(r->pid >= 0);
	if (r->pid == 0) {
		(void)close(r->master);
		(void)login_tty(slave);
		child(r, argv, env);
	}
	(void)close(slave);
}

void rig_resize(struct rig *r, int rows, int cols)
{
	struct winsize ws = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};

	vterm_set_size(r->vt, rows, cols);
	assert_int_equal(ioctl(r->master, TIOCSWINSZ, &ws), 0);
}

void rig_bytes(struct rig *r, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t done = write(r->master, bytes, n);

		assert_true(done > 0);
		bytes += done;
		n -= (size_t)done;
	}
}

void rig_keys(struct rig *r, const char *bytes)
{
	rig_bytes(r, bytes, strlen(bytes));
}

/* libvterm 0.1 does not tell about bracketed paste: read it from the bytes. */
static void watch_paste(struct rig *r, const char *bytes, size_t n)
{
	size_t kept = strlen(r->tail);
	char *all = malloc(kept + n + 1);
	size_t len = kept + n;

	assert_non_null(all);
	memcpy(all, r->tail, kept);
	memcpy(all + kept, bytes, n);
	for (size_t i = 0; i + 8 <= len; i++)
		if (memcmp(all + i, "\033[?2004", 7) == 0)
			r->paste_marked = all[i + 7] == 'h';
	kept = len < 7 ? len : 7;
	memcpy(r->tail, all + len - kept, kept);
	r->tail[kept] = '\0';
	free(all);
}

static void term_turn(struct rig *r)
{
	char bytes[8192];
	ssize_t n = r->master >= 0 ? read(r->master, bytes, sizeof bytes) : 0;

	if (n > 0) {
		watch_paste(r, bytes, (size_t)n);
		(void)vterm_input_write(r->vt, bytes, (size_t)n);
		vterm_screen_flush_damage(r->screen);
	}
}

void rig_turn(struct rig *r, int msec)
{
	struct pollfd fds[RIG_FRONTS + 2] = {{.fd = r->master, .events = POLLIN},
					     {.fd = r->listener, .events = POLLIN}};

	for (int i = 0; i < RIG_FRONTS; i++)
		fds[i + 2] = (struct pollfd){.fd = r->fronts[i], .events = POLLIN};
	if (r->ended)
		fds[0].fd = -1;
	(void)poll(fds, SEL_N(fds), msec);
	if (fds[0].revents & POLLIN)
		term_turn(r);
	broker_turn(r);
	if (r->pid > 0 && !r->ended && waitpid(r->pid, &r->status, WNOHANG) == r->pid)
		r->ended = true;
}

char *rig_row(const struct rig *r, int row)
{
	int rows, cols;
	VTermRect rect;
	char *out;
	size_t n;

	vterm_get_size(r->vt, &rows, &cols);
	rect = (VTermRect){.start_row = row, .end_row = row + 1, .start_col = 0, .end_col = cols};
	out = calloc(1, (size_t)cols * 24 + 1);
	assert_non_null(out);
	n = vterm_screen_get_text(r->screen, out, (size_t)cols * 24, rect);
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	return out;
}

static void print_screen(const struct rig *r)
{
	int rows, cols;

	if (!r->vt)
		return;
	vterm_get_size(r->vt, &rows, &cols);
	for (int row = 0; row < rows; row++) {
		_cleanup_free_ char *line = rig_row(r, row);

		(void)fprintf(stderr, "| %s\n", line);
	}
}

void rig_until(struct rig *r, bool (*holds)(struct rig *r, const char *arg), const char *arg)
{
	usec_t end = sel_now_monotonic() + PATIENCE;

	while (!holds(r, arg)) {
		if (sel_now_monotonic() > end) {
			print_screen(r);
			fail_msg("waited in vain for '%s'", arg ? arg : "");
		}
		rig_turn(r, 20);
	}
}

bool rig_shows(struct rig *r, const char *text)
{
	int rows, cols;

	vterm_get_size(r->vt, &rows, &cols);
	for (int row = 0; row < rows; row++) {
		_cleanup_free_ char *line = rig_row(r, row);

		if (strstr(line, text))
			return true;
	}
	return false;
}

bool rig_shows_not(struct rig *r, const char *text)
{
	return !rig_shows(r, text);
}

bool rig_ended(struct rig *r, const char *unused)
{
	(void)unused;
	return r->ended;
}

json_t *rig_answer(struct rig *r, const char *id)
{
	json_t *m;
	size_t i;

	json_array_foreach(r->answers, i, m) if (strcmp(json_string_value(json_object_get(m, "id")),
							id) == 0) return m;
	return NULL;
}

bool rig_answered(struct rig *r, const char *id)
{
	return rig_answer(r, id) != NULL;
}

bool rig_held(struct rig *r, const char *id)
{
	json_t *m;
	size_t i;

	json_array_foreach(r->holds, i, m) if (strcmp(json_string_value(json_object_get(m, "id")),
						      id) == 0) return true;
	return false;
}

bool rig_fronted(struct rig *r, const char *unused)
{
	(void)unused;
	for (int i = 0; i < RIG_FRONTS; i++)
		if (r->welcomed[i])
			return true;
	return false;
}

void rig_assert_restored(struct rig *r)
{
	struct termios after;

	for (int i = 0; i < 10; i++) /* what it wrote last may still be on its way */
		rig_turn(r, 5);
	assert_int_equal(tcgetattr(r->master, &after), 0);
	for (int i = 0; i < 400 && after.c_lflag != r->before.c_lflag; i++) {
		rig_turn(r, 5);
		assert_int_equal(tcgetattr(r->master, &after), 0);
	}
	assert_int_equal(after.c_lflag, r->before.c_lflag);
	assert_int_equal(after.c_iflag, r->before.c_iflag);
	assert_int_equal(after.c_oflag, r->before.c_oflag);
	assert_false(r->alternate);
	assert_true(r->cursor_shown);
	assert_false(r->paste_marked);
}
