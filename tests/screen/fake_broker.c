/* A broker for tests of `seldom run` alone: it guards nothing. It keeps the contract of descriptors
 * and messages, runs the command, and - if FAKE_TIER is set - asks one question first: allowed, the
 * command runs; denied, it does not and the run ends with 1. FAKE_DIE kills it in the middle.
 * FAKE_LATE, a path: the command runs at once, and the question comes when that file is there.
 * FAKE_QUESTION, an object, is laid over the question; FAKE_FEEDBACK goes with the result of an
 * answer; FAKE_SUMMARY, an object, is laid over the summary. */
#include "seldom/proto.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

struct fake {
	int control, fd[3], tty;
	char **command;
	pid_t child;
	bool asked, open, denied;
	usec_t deadline;
	int answers;
};

static void send(struct fake *f, json_t *m)
{
	while (sel_msg_send(f->control, json_incref(m)) == -EAGAIN)
		(void)usleep(1000);
	json_decref(m);
}

static int fd_of(const char *arg, const char *name)
{
	size_t n = strlen(name);

	return strncmp(arg, name, n) == 0 ? atoi(arg + n) : -1;
}

static void parse(struct fake *f, char **argv)
{
	static const char *const names[] = {"--stdin=", "--stdout=", "--stderr="};

	for (; *argv && strcmp(*argv, "--") != 0; argv++) {
		int fd = fd_of(*argv, "--control=");

		if (fd >= 0)
			f->control = fd;
		for (int i = 0; i < 3; i++)
			if ((fd = fd_of(*argv, names[i])) >= 0)
				f->fd[i] = fd;
		if ((fd = fd_of(*argv, "--tty=")) >= 0)
			f->tty = fd;
	}
	f->command = *argv ? argv + 1 : argv;
}

/* As a program finds itself: leader of the foreground group of its terminal, not of its session. */
static void child(const struct fake *f)
{
	if (f->tty >= 0) {
		(void)signal(SIGTTOU, SIG_IGN);
		(void)setpgid(0, 0);
		(void)tcsetpgrp(f->tty, getpid());
		(void)signal(SIGTTOU, SIG_DFL);
	}
	for (int i = 0; i < 3; i++)
		(void)dup2(f->fd[i], i);
	for (int fd = 3; fd < 64; fd++)
		(void)close(fd);
	(void)execvp(f->command[0], f->command);
	_exit(errno == ENOENT ? 127 : 126);
}

static void start(struct fake *f)
{
	f->child = fork();
	if (f->child == 0)
		child(f);
	if (f->tty >= 0)
		(void)setpgid(f->child, f->child); /* a signal may be next: its group is there */
	for (int i = 0; i < 3; i++)
		(void)close(f->fd[i]);
	send(f, json_pack("{s:s, s:i}", "type", "started", "pid", f->child));
	if (getenv("FAKE_DIE"))
		(void)kill(getpid(), SIGKILL);
}

static void lay_over(json_t *object, const char *variable)
{
	const char *text = getenv(variable);
	json_t *more = text ? json_loads(text, 0, NULL) : NULL;

	(void)json_object_update(object, more);
	json_decref(more);
}

static void finish(struct fake *f, int code)
{
	json_t *summary =
		json_pack("{s:i, s:s, s:i, s:{s:i, s:i, s:i, s:i}, s:[]}", "v", 1, "session",
			  "fake", "exit", code, "questions", "asked", f->asked, "allowed",
			  f->asked && !f->denied, "denied", f->denied, "timeout", 0, "denials");

	lay_over(summary, "FAKE_SUMMARY");
	send(f, json_pack("{s:s, s:i, s:o}", "type", "exit", "code", code, "summary", summary));
	exit(0);
}

static json_t *question(const struct fake *f, int waiting)
{
	const char *object = getenv("FAKE_OBJECT");
	int tier = atoi(getenv("FAKE_TIER"));
	usec_t now = sel_now_monotonic();
	json_t *q =
		json_pack("{s:s, s:s, s:i, s:s, s:s, s:{s:i, s:s, s:s, s:[s,s], s:s}, s:s, s:s, "
			  "s:s, s:i, s:i, "
			  "s:i, s:I, s:[s,s,s]}",
			  "id", "fake.1", "session", "fake", "tier", tier, "op", "create", "object",
			  object ? object : "/srv/out/file", "who", "pid", 4711, "comm", "sh",
			  "exe", "/bin/sh", "chain", "bash", "make", "cwd", "/home/ana/src", "new",
			  "first write outside the granted folders", "consequence", "can be undone",
			  "why", "no rule covers it", "recommended", 1, "preselected", 0, "waiting",
			  waiting, "remaining_ms",
			  (json_int_t)(f->deadline > now ? (f->deadline - now) / USEC_PER_MSEC : 0),
			  "terms", "once", "session", "30d");
	json_t *rungs =
		json_pack("[{s:i,s:s,s:s,s:s,s:s,s:i},{s:i,s:s,s:s,s:s,s:s,s:i}]", "n", 0, "kind",
			  "file", "label", "this file", "object", "/srv/out/file", "exposes", "",
			  "covers", 1, "n", 1, "kind", "folder", "label", "this folder", "object",
			  "/srv/out", "exposes", "2 more files", "covers", 3);

	(void)json_object_set_new(q, "rungs", rungs);
	if (getenv("FAKE_DETAIL"))
		(void)json_object_set_new(q, "detail", json_string(getenv("FAKE_DETAIL")));
	if (tier == 3)
		(void)json_object_set_new(q, "token", json_string("outfile"));
	lay_over(q, "FAKE_QUESTION");
	return q;
}

static void ask(struct fake *f)
{
	const char *timeout = getenv("FAKE_TIMEOUT_MS");

	f->asked = f->open = true;
	f->deadline =
		sel_now_monotonic() + (usec_t)(timeout ? atoi(timeout) : 60000) * USEC_PER_MSEC;
	if (f->child <= 0)
		send(f, json_pack("{s:s, s:i}", "type", "started", "pid", getpid()));
	send(f, json_pack("{s:s, s:o}", "type", "question", "question", question(f, 1)));
}

static void close_question(struct fake *f, const char *how, const char *by, const char *note)
{
	f->open = false;
	f->denied = strcmp(how, "allow") != 0;
	send(f, json_pack("{s:s, s:s, s:s, s:s, s:s*}", "type", "closed", "id", "fake.1", "how",
			  how, "by", by, "note", note));
	if (f->child > 0)
		return;
	if (f->denied)
		finish(f, 1);
	start(f);
}

/* Every answer is written down, word for word, for the test to read. */
static void record(const json_t *m)
{
	const char *path = getenv("FAKE_RECORD");
	FILE *file = path ? fopen(path, "ae") : NULL;

	if (!file)
		return;
	(void)json_dumpf(m, file, JSON_COMPACT);
	(void)fputc('\n', file);
	(void)fclose(file);
}

static void on_message(struct fake *f, const json_t *m)
{
	const char *type = json_string_value(json_object_get(m, "type"));
	const char *verdict = json_string_value(json_object_get(m, "verdict"));

	if (strcmp(type, "hello") == 0) {
		send(f, json_pack("{s:i, s:s, s:s}", "v", 1, "type", "welcome", "session", "fake"));
		if (getenv("FAKE_FAIL")) {
			send(f, json_pack("{s:s, s:s}", "type", "failed", "message",
					  "no user namespaces here"));
			exit(1);
		}
		if (getenv("FAKE_TIER") && !getenv("FAKE_LATE"))
			ask(f);
		else
			start(f);
	} else if (strcmp(type, "signal") == 0 && f->child > 0) {
		int signo = (int)json_integer_value(json_object_get(m, "signal"));

		(void)kill(f->tty >= 0 ? -f->child : f->child, signo);
	} else if (strcmp(type, "signal") == 0) {
		finish(f, 128 + (int)json_integer_value(json_object_get(m, "signal")));
	} else if (strcmp(type, "status") == 0) {
		send(f,
		     json_pack("{s:s, s:{s:i, s:i, s:i, s:i}, s:{s:{s:i, s:i}}}", "type", "status",
			       "questions", "asked", f->asked, "allowed", 0, "denied", 0, "timeout",
			       0, "actions", "by_source", "scope", 312, "denied", 2));
	} else if (strcmp(type, "answer") == 0) {
		record(m);
		send(f, json_pack("{s:s, s:s, s:b, s:s*}", "type", "result", "id", "fake.1", "ok",
				  f->open, "feedback", getenv("FAKE_FEEDBACK")));
		if (f->open)
			close_question(f, verdict, "run",
				       json_string_value(json_object_get(m, "note")));
	}
}

static void on_child(struct fake *f)
{
	int status;

	if (f->child <= 0 || waitpid(f->child, &status, WNOHANG | WUNTRACED) <= 0)
		return;
	if (WIFSTOPPED(status))
		send(f, json_pack("{s:s}", "type", "stopped"));
	else
		finish(f, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

int main(int argc, char **argv)
{
	struct fake f = {.control = -1, .tty = -1};

	(void)argc;
	parse(&f, argv);
	if (f.tty >= 0) /* the session is ours (the front made it so): so is its terminal */
		(void)ioctl(f.tty, TIOCSCTTY, 0);
	for (;;) {
		struct pollfd p = {.fd = f.control, .events = POLLIN};
		json_t *m = NULL;
		int r;

		(void)poll(&p, 1, 10);
		while ((r = sel_msg_recv(f.control, &m)) > 0) {
			on_message(&f, m);
			json_decref(m);
		}
		if (r != -EAGAIN)
			return 1;
		on_child(&f);
		if (f.open && sel_now_monotonic() > f.deadline)
			close_question(&f, "timeout", "", NULL);
		const char *late = getenv("FAKE_LATE");
		if (f.child > 0 && !f.asked && late && access(late, F_OK) == 0)
			ask(&f);
		const char *elsewhere = getenv("FAKE_ELSEWHERE");
		if (f.open && elsewhere && access(elsewhere, F_OK) == 0)
			close_question(&f, "allow", "console", NULL);
	}
}
