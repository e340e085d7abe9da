#include "commands.h"
#include "console_fleet.h"
#include "console_script.h"
#include "view_table.h"

#include "seldom/proto.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>

/* A broker answers at once; this bounds one that hangs. */
#define RESULT_MSEC 5000
/* Sessions are looked for this often even if no folder event came. */
#define TICK_MSEC  500
#define SCRIPT_MAX ((size_t)4 << 20)

struct answer_options {
	bool json, once;
	const char *rung, *term, *note, *token, *script, *session;
};
#define AT(field) offsetof(struct answer_options, field)
static const struct sel_option rows[] = {
	{"rung", 0, SEL_OPT_STRING, "N", "how far it reaches, or recommended; the narrowest is 0",
	 AT(rung), 0},
	{"for", 0, SEL_OPT_STRING, "TERM", "once (default), session or 30d", AT(term), 0},
	{"note", 0, SEL_OPT_STRING, "TEXT",
	 "a note for the log; of a denial, for the program's terminal, too", AT(note), 0},
	{"token", 0, SEL_OPT_STRING, "WORD", "the word that the question wants typed", AT(token),
	 0},
	{"script", 0, SEL_OPT_STRING, "FILE", "answer from JSON lines; - is standard input",
	 AT(script), 0},
	{"session", 0, SEL_OPT_STRING, "ID", "script: only this run, and end with it", AT(session),
	 0},
	{"once", 0, SEL_OPT_FLAG, NULL, "script: answer what is open now, then end", AT(once), 0},
	{"json", 0, SEL_OPT_FLAG, NULL, "say what was decided as JSON", AT(json), 0},
	{0},
};
const struct sel_usage sel_usage_answer = {
	.name = "answer",
	.synopsis = "ID allow|deny [--rung N|recommended] [--for TERM] [--note TEXT]\n"
		    "       seldom answer --script FILE [--session ID] [--once]",
	.example = "seldom answer kq3fx7ab.2 allow --rung recommended --for session",
	.does = "Answers one question, or stays and answers as the lines of a script say.",
	.options = rows,
	.more = "A script's line: {\"match\":{\"op\":\"create\",\"object\":\"/srv/*\"},"
		"\"answer\":\"allow\",\n"
		"\"rung\":\"recommended\",\"for\":\"session\"}. Fields to match, as shell "
		"patterns: op "
		"tier object\n"
		"object2 exe comm session new. All must match; the first line that does counts; "
		"what\n"
		"none matches stays unanswered. \"token\":true repeats the word that T3 asks for.\n"
		"Exit status: 0 answered, 1 no such question or refused, 2 usage or a broken "
		"script.\n",
	.operands = 2,
	.words = "@pending allow|deny",
};

/* --- what was decided ------------------------------------------------------------------------ */

static json_t *rung_find(const json_t *question, int rung)
{
	json_t *item;
	size_t i;

	if (rung == SEL_RUNG_RECOMMENDED)
		rung = (int)json_integer_value(json_object_get(question, "recommended"));
	json_array_foreach(json_object_get(question, "rungs"), i,
			   item) if (json_integer_value(json_object_get(item, "n")) ==
				     rung) return item;
	return NULL;
}

/* Beyond a file a broker grants for the session at least. */
static enum sel_for granted(const struct sel_reply *reply, const json_t *rung)
{
	bool wide = rung && !sel_rung_exact(sel_json_text(rung, "kind"));

	return wide && reply->term == SEL_FOR_ONCE ? SEL_FOR_SESSION : reply->term;
}

static void say_text(const json_t *question, const struct sel_reply *reply)
{
	const json_t *rung = reply->allow ? rung_find(question, reply->rung) : NULL;
	const char *object2 = sel_json_text(question, "object2");
	const char *own =
		sel_json_text(json_object_get(question, "words"), reply->allow ? "allow" : "deny");

	if (*own) { /* one question for many: "allowed" is not what happened */
		(void)printf("%s answered: %s\n", sel_json_text(question, "id"), own);
		return;
	}
	(void)printf("%s %s: %s %s %s%s%s", sel_json_text(question, "id"),
		     reply->allow ? "allowed" : "denied",
		     sel_json_text(json_object_get(question, "who"), "comm"),
		     sel_json_text(question, "op"), sel_json_text(question, "object"),
		     *object2 ? " -> " : "", object2);
	if (rung)
		(void)printf(" (%s %s, %s)", sel_json_text(rung, "kind"),
			     sel_json_text(rung, "object"), sel_for_name(granted(reply, rung)));
	(void)putchar('\n');
}

static void say_json(json_t *question, const struct sel_reply *reply, bool ok, const char *error,
		     const char *feedback)
{
	const json_t *rung = reply->allow ? rung_find(question, reply->rung) : NULL;
	json_t *out = json_pack(
		"{s:s, s:b, s:s*, s:s, s:s, s:s, s:s, s:O*}", "id", sel_json_text(question, "id"),
		"ok", ok, "error", error, "verdict", reply->allow ? "allow" : "deny", "for",
		sel_for_name(granted(reply, rung)), "op", sel_json_text(question, "op"), "object",
		sel_json_text(question, "object"), "rung", rung);
	json_t *raw = json_object_get(question, "object_b64");

	if (out && *feedback)
		(void)json_object_set_new(out, "feedback", json_string(feedback));
	if (out && raw)
		(void)json_object_set(out, "object_b64", raw);
	if (out)
		(void)sel_print_json(out);
	json_decref(out);
}

static void say_refused(const json_t *question, const struct sel_reply *reply, const char *error)
{
	const char *token = sel_json_text(question, "token");

	(void)sel_err(0, "Not answered: %s: %s", sel_json_text(question, "id"), error);
	if (reply->allow && *token && (!reply->token || strcmp(reply->token, token) != 0))
		(void)sel_err(0, "Allowing it wants the word typed: --token %s", token);
}

static void say(json_t *question, const struct sel_reply *reply, const json_t *result, bool json)
{
	bool ok = json_is_true(json_object_get(result, "ok"));
	const char *error = json_string_value(json_object_get(result, "error"));
	const char *feedback = sel_json_text(result, "feedback");

	if (json)
		say_json(question, reply, ok, ok ? NULL : error ? error : "refused", feedback);
	else if (ok)
		say_text(question, reply);
	if (!json && *feedback)
		(void)puts(feedback);
	if (!ok)
		say_refused(question, reply, error ? error : "the broker refused");
	(void)fflush(stdout);
}

/* --- questions that are known, for both ways of answering ------------------------------------ */

struct answerer {
	struct sel_fleet *fleet;
	bool json;
	int code;
	json_t *open;  /* id -> QUESTION */
	json_t *asked; /* id -> question as answered; a question is answered once */
	const struct sel_script *script;
	bool failed, joined, left;
	const char *wait_id; /* one answer: ends with its result */
	struct sel_reply reply;
	bool done;
};

static void answer_send(struct answerer *a, const char *session, const char *id, json_t *question,
			const struct sel_reply *reply)
{
	int r = sel_fleet_send(a->fleet, session, sel_reply_message(id, reply));

	if (r < 0) {
		(void)sel_err(r, "Cannot answer %s", id);
		a->failed = true;
		return;
	}
	(void)json_object_set(a->asked, id, question);
}

static struct sel_reply line_reply(const struct sel_script_line *line, const json_t *question)
{
	struct sel_reply reply = line->reply;

	if (line->token && reply.allow)
		reply.token = json_string_value(json_object_get(question, "token"));
	return reply;
}

static void on_question(struct answerer *a, const char *session, json_t *question)
{
	const char *id = sel_json_text(question, "id");
	const struct sel_script_line *line;
	struct sel_reply reply;
	char of[33];

	/* a broker speaks of its own questions only */
	if (!sel_fleet_id_session(id, of) || strcmp(of, session) != 0)
		return;
	(void)json_object_set(a->open, id, question);
	if (!a->script || json_object_get(a->asked, id))
		return;
	line = sel_script_match(a->script, question);
	if (!line)
		return;
	reply = line_reply(line, question);
	answer_send(a, session, id, question, &reply);
}

static void on_result(struct answerer *a, const json_t *message)
{
	const char *id = sel_json_text(message, "id");
	json_t *question = json_object_get(a->asked, id);
	const struct sel_script_line *line;
	struct sel_reply reply = a->reply;

	if (!question)
		return;
	line = a->script ? sel_script_match(a->script, question) : NULL;
	if (line)
		reply = line_reply(line, question);
	say(question, &reply, message, a->json);
	if (!json_is_true(json_object_get(message, "ok")))
		a->failed = true;
	if (a->wait_id && strcmp(a->wait_id, id) == 0)
		a->done = true;
	/* stays as a mark, without the weight */
	(void)json_object_set_new(a->asked, id, json_true());
}

/* An id never comes back; what still waits for its result is kept until that has come. */
static void on_closed(struct answerer *a, const char *id)
{
	(void)json_object_del(a->open, id);
	if (json_is_true(json_object_get(a->asked, id)))
		(void)json_object_del(a->asked, id);
}

static void on_message(void *ctx, const char *session, json_t *message)
{
	struct answerer *a = ctx;
	const char *type = sel_json_text(message, "type");

	if (strcmp(type, "question") == 0)
		on_question(a, session, json_object_get(message, "question"));
	else if (strcmp(type, "closed") == 0)
		on_closed(a, sel_json_text(message, "id"));
	else if (strcmp(type, "result") == 0)
		on_result(a, message);
}

static void on_joined(void *ctx, const char *session, json_t *welcome)
{
	struct answerer *a = ctx;

	(void)session;
	(void)welcome;
	a->joined = true;
}

static void on_left(void *ctx, const char *session)
{
	struct answerer *a = ctx;

	(void)session;
	a->left = true;
}

static const struct sel_fleet_events events = {
	.joined = on_joined, .message = on_message, .left = on_left};

/* Waits for messages or `msec`; `sigfd` may be -1. 1: a signal came. */
static int turn(struct answerer *a, int sigfd, int msec)
{
	struct pollfd fds[SEL_FLEET_MAX + 2];
	size_t n = sel_fleet_poll(a->fleet, fds, &msec);

	fds[n] = (struct pollfd){.fd = sigfd, .events = POLLIN};
	if (poll(fds, n + 1, msec) < 0)
		return errno == EINTR ? 0 : -errno;
	sel_fleet_dispatch(a->fleet, fds, n);
	return fds[n].revents ? 1 : 0;
}

/* Until `a->done`, or nothing more is owed when `owed`. */
static int wait_results(struct answerer *a, bool owed)
{
	usec_t end = sel_now_monotonic() + RESULT_MSEC * USEC_PER_MSEC;

	for (;;) {
		const char *id;
		json_t *q;
		bool open = false;
		usec_t now = sel_now_monotonic();
		int r;

		json_object_foreach(a->asked, id, q) open |= json_is_object(q);
		if (a->done || (owed && !open))
			return 0;
		if (now >= end)
			return -ETIMEDOUT;
		if (a->left && sel_fleet_count(a->fleet) == 0)
			return -ECONNRESET;
		r = turn(a, -1, (int)((end - now) / USEC_PER_MSEC) + 1);
		if (r < 0)
			return r;
	}
}

/* --- one answer ------------------------------------------------------------------------------ */

static int answer_one(struct answerer *a, const char *id, const char *session)
{
	json_t *question;
	int r;

	if (sel_fleet_count(a->fleet) == 0)
		return sel_err(0, "No session '%s' is running", session), 1;
	r = sel_fleet_settle(a->fleet, RESULT_MSEC);
	if (r < 0)
		return sel_err(r, "Session '%s' does not answer", session), 1;
	question = json_object_get(a->open, id);
	if (!question)
		return sel_err(0,
			       "No question '%s' is open; 'seldom pending' lists them, 'seldom "
			       "explain %s' says what became of it",
			       id, id),
		       1;
	a->wait_id = id;
	answer_send(a, session, id, question, &a->reply);
	if (a->failed)
		return 1;
	r = wait_results(a, false);
	if (r < 0)
		return sel_err(r, "No result for %s; 'seldom explain %s' says what became of it",
			       id, id),
		       1;
	return a->failed ? 1 : 0;
}

/* --- a script -------------------------------------------------------------------------------- */

static int read_all(int fd, char **ret, size_t *ret_n)
{
	char *text = NULL;
	size_t n = 0, cap = 0;

	for (;;) {
		ssize_t got;

		if (n == cap) {
			char *grown = realloc(text, cap = cap ? cap * 2 : 8192);

			if (!grown) {
				free(text);
				return -ENOMEM;
			}
			text = grown;
		}
		got = read(fd, text + n, cap - n);
		if (got == 0)
			break;
		if (got > 0)
			n += (size_t)got;
		if ((got < 0 && errno != EINTR) || n > SCRIPT_MAX) {
			int r = got < 0 ? -errno : -EFBIG;

			free(text);
			return r;
		}
	}
	*ret = text;
	*ret_n = n;
	return 0;
}

static int script_load(const char *path, struct sel_script *ret)
{
	_cleanup_close_ int opened = -1;
	_cleanup_free_ char *text = NULL, *error = NULL;
	bool is_stdin = strcmp(path, "-") == 0;
	size_t n = 0;
	int r = 0;

	if (!is_stdin) {
		opened = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		r = opened < 0 ? -errno : 0;
	}
	if (r >= 0)
		r = read_all(is_stdin ? STDIN_FILENO : opened, &text, &n);
	if (r < 0)
		return sel_err(r, "Cannot read the script '%s'", path);
	r = sel_script_parse(text, n, ret, &error);
	if (r < 0 && error)
		return sel_log(LOG_ERR, 0, "%s:%s", path, error), r;
	return r < 0 ? sel_err(r, "Cannot parse the script '%s'", path) : 0;
}

static int script_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int script_once(struct answerer *a)
{
	int r = sel_fleet_settle(a->fleet, RESULT_MSEC);

	if (r >= 0)
		r = wait_results(a, true);
	if (r < 0)
		return sel_err(r, "A session does not answer"), 1;
	return a->failed ? 1 : 0;
}

static int script_follow(struct answerer *a, const char *session)
{
	_cleanup_close_ int sigfd = script_signals();
	usec_t scanned = sel_now_monotonic();

	if (sigfd < 0)
		return sel_err(-errno, "Cannot wait for signals"), 1;
	for (;;) {
		int r = turn(a, sigfd, TICK_MSEC);

		if (r > 0)
			return 0;
		if (session && a->left)
			return 0;
		if (r >= 0 && sel_now_monotonic() - scanned >= TICK_MSEC * USEC_PER_MSEC) {
			scanned = sel_now_monotonic();
			r = sel_fleet_scan(a->fleet);
		}
		if (r < 0)
			return sel_err(r, "Cannot follow the sessions"), 1;
	}
}

/* --- the command ----------------------------------------------------------------------------- */

static int answerer_run(struct answerer *a, const struct answer_options *opt, const char *id,
			const char *session)
{
	int r, code;

	a->open = json_object();
	a->asked = json_object();
	a->json = opt->json;
	r = !a->open || !a->asked ? -ENOMEM : 0;
	if (r >= 0)
		r = sel_fleet_new(id ? "answer" : "script", session, &events, a, &a->fleet);
	if (r < 0)
		code = (sel_err(r, "Cannot look for sessions"), 1);
	else
		code = id	   ? answer_one(a, id, session)
		       : opt->once ? script_once(a)
				   : script_follow(a, session);
	sel_fleet_free(a->fleet);
	json_decref(a->open);
	json_decref(a->asked);
	return code;
}

static int run_script(const struct answer_options *opt)
{
	struct answerer a = {0};
	struct sel_script script;
	int r;

	if (script_load(opt->script, &script) < 0)
		return 2;
	a.script = &script;
	r = answerer_run(&a, opt, NULL, opt->session);
	sel_script_done(&script);
	return r;
}

static int reply_parse(const struct answer_options *opt, const char *verdict, struct sel_reply *ret)
{
	int term = sel_for_from_name(opt->term ? opt->term : "once");
	uint64_t rung = 0;

	*ret = (struct sel_reply){.allow = strcmp(verdict, "allow") == 0,
				  .note = opt->note,
				  .token = opt->token,
				  .response_ms = -1};
	if (!ret->allow && strcmp(verdict, "deny") != 0)
		return sel_usage_error(&sel_usage_answer, "'%s' is neither allow nor deny",
				       verdict);
	if (term < 0)
		return sel_usage_error(&sel_usage_answer, "--for wants once, session or 30d");
	ret->term = (enum sel_for)term;
	if (opt->rung && strcmp(opt->rung, "recommended") == 0)
		ret->rung = SEL_RUNG_RECOMMENDED;
	else if (opt->rung && sel_parse_uint(opt->rung, 1000, &rung) < 0)
		return sel_usage_error(&sel_usage_answer, "--rung wants a number or recommended");
	else
		ret->rung = (int)rung;
	return 0;
}

int sel_cmd_answer(int argc, char **argv)
{
	struct answer_options opt = {0};
	struct answerer a = {0};
	char session[33];
	int first = sel_options_parse(&sel_usage_answer, argc, argv, &opt), code;

	if (first < 0)
		return sel_options_exit(first);
	if (opt.script) {
		if (first != argc || opt.rung || opt.term || opt.note || opt.token)
			return sel_usage_error(&sel_usage_answer,
					       "--script takes its answers from the file only");
		return run_script(&opt);
	}
	if (argc - first != 2 || opt.once || opt.session)
		return sel_usage_error(&sel_usage_answer, "an ID and allow or deny are needed");
	code = reply_parse(&opt, argv[first + 1], &a.reply);
	if (code)
		return code;
	if (!sel_fleet_id_session(argv[first], session))
		return sel_usage_error(&sel_usage_answer,
				       "'%s' is no question's ID (they look like kq3fx7ab.2)",
				       argv[first]);
	return answerer_run(&a, &opt, argv[first], session);
}
