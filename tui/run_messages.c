/* What the broker says, and what follows from it. */
#include "run_parts.h"
#include "seldom/proto.h"

#include <stdio.h>

static int find_question(const struct run *r, const char *id)
{
	json_t *q;
	size_t i;

	json_array_foreach(r->questions, i,
			   q) if (strcmp(run_question_id(q), id) == 0) return (int)i;
	return -1;
}

static bool prompt_is(const struct run *r, const char *id)
{
	return r->prompt.question && strcmp(run_question_id(r->prompt.question), id) == 0;
}

static int on_welcome(struct run *r, const json_t *m)
{
	const json_t *v = json_object_get(m, "v");
	const char *session = json_string_value(json_object_get(m, "session"));

	if (!json_is_integer(v) || json_integer_value(v) != SEL_PROTO_VERSION)
		return -EPROTO;
	if (session)
		(void)snprintf(r->session, sizeof r->session, "%s", session);
	r->welcomed = true;
	return 0;
}

static int on_question(struct run *r, const json_t *m)
{
	json_t *question = json_object_get(m, "question");
	int i;

	if (!sel_question_valid(question))
		return -EPROTO;
	i = find_question(r, run_question_id(question));
	if (i >= 0)
		(void)json_array_set(r->questions, (size_t)i, question);
	else if (json_array_size(r->questions) < RUN_MAX_QUESTIONS)
		(void)json_array_append(r->questions, question);
	run_popup_message(r, m);
	if (prompt_is(r, run_question_id(question)))
		sel_prompt_update(&r->prompt, question, sel_now_monotonic());
	if (r->prompt.question)
		run_prompt_draw(r, sel_now_monotonic());
	return 0;
}

static int on_closed(struct run *r, const json_t *m)
{
	const char *how = json_string_value(json_object_get(m, "how"));
	const char *by = json_string_value(json_object_get(m, "by"));
	const char *note = json_string_value(json_object_get(m, "note"));
	_cleanup_free_ char *decided = NULL;
	bool shown, ours;
	int i;

	i = find_question(r, run_question_id(m));
	if (i >= 0)
		(void)json_array_remove(r->questions, (size_t)i);
	run_popup_message(r, m);
	shown = prompt_is(r, run_question_id(m));
	if (!shown || !how) {
		if (note)
			run_say(r, "denied: %s", note);
		if (r->prompt.question)
			run_prompt_draw(r, sel_now_monotonic());
		return how ? 0 : -EPROTO;
	}
	ours = r->prompt.sent && r->decided &&
	       (!by || strcmp(by, "run") == 0 || strcmp(by, "line") == 0);
	decided = sel_steal_ptr(&r->decided);
	run_prompt_end(r);
	if (ours)
		run_say(r, "%s", decided);
	else if (strcmp(how, "timeout") == 0)
		run_say(r, "unanswered: denied once");
	else if (strcmp(how, "gone") == 0)
		run_say(r, "no longer asked: the program is gone");
	else
		run_say(r, "answered elsewhere: %s%s%s", how, by && *by ? ", by " : "",
			by ? by : "");
	if (note)
		run_say(r, "denied: %s", note);
	return 0;
}

static int on_result(struct run *r, const json_t *m)
{
	const char *error = json_string_value(json_object_get(m, "error"));
	const char *feedback = json_string_value(json_object_get(m, "feedback"));
	_cleanup_free_ char *safe = NULL;

	run_popup_message(r, m);
	if (feedback)
		run_say(r, "%s", feedback);
	if (!prompt_is(r, run_question_id(m)) || !r->prompt.sent)
		return 0;
	if (json_is_true(json_object_get(m, "ok")))
		return 0; /* "closed" follows and ends it */
	safe = sel_safe(error ? error : "no reason given", r->prompt.utf8);
	(void)snprintf(r->prompt.message, sizeof r->prompt.message, "Not accepted: %s",
		       safe ? safe : "?");
	r->prompt.sent = false;
	r->prompt.typing = r->prompt.noting = false;
	run_prompt_draw(r, sel_now_monotonic());
	return 0;
}

static int on_notice(struct run *r, const json_t *m)
{
	const char *text = json_string_value(json_object_get(m, "text"));

	if (!text)
		return -EPROTO;
	run_say(r, "%s", text);
	return 0;
}

static int on_status(struct run *r, const json_t *m)
{
	run_title_set(r, m);
	return 0;
}

static int on_started(struct run *r, const json_t *m)
{
	(void)m;
	r->started = true;
	return 0;
}

static int on_exited(struct run *r, const json_t *m)
{
	const json_t *code = json_object_get(m, "code");
	json_t *summary = json_object_get(m, "summary");

	if (!json_is_integer(code) || json_integer_value(code) < 0 ||
	    json_integer_value(code) > 255)
		return -EPROTO;
	r->exit_code = (int)json_integer_value(code);
	r->exited = true;
	if (json_is_object(summary))
		r->summary = json_incref(summary);
	return 0;
}

static int on_failed(struct run *r, const json_t *m)
{
	const char *text = json_string_value(json_object_get(m, "message"));

	run_say(r, "%s", text ? text : "the broker could not set up");
	r->failed = r->exited = true;
	r->exit_code = SEL_EXIT_SETUP;
	return 0;
}

static void print_paths(const json_t *list, const char *title)
{
	size_t i;
	json_t *o;

	(void)printf("%s\n", title);
	if (json_array_size(list) == 0)
		(void)printf("  none\n");
	json_array_foreach(list, i, o)
	{
		const char *path =
			json_string_value(json_is_object(o) ? json_object_get(o, "path") : o);
		const char *mode = json_string_value(json_object_get(o, "mode"));
		const char *what = json_string_value(json_object_get(o, "what"));

		(void)printf("  %-13s %s\n", mode ? mode : what ? what : "", path ? path : "?");
	}
}

/* --explain: the boundary as it would be; nothing runs. */
static int on_explain(struct run *r, const json_t *m)
{
	const json_t *b = json_object_get(m, "boundary");

	if (!json_is_object(b))
		return -EPROTO;
	print_paths(json_object_get(b, "scope"),
		    "Folders (everything else is read, and asked about before a change)");
	print_paths(json_object_get(b, "secrets"), "Secrets, masked");
	print_paths(json_object_get(b, "protected"),
		    "Files that become code, read-only and judged by content");
	print_paths(json_object_get(b, "environment_dropped"), "Variables that are not passed on");
	(void)printf("Network: %s\nMasks: %s\n", json_string_value(json_object_get(b, "network")),
		     json_string_value(json_object_get(b, "masks")));
	r->exited = true;
	r->exit_code = 0;
	return 0;
}

static int dispatch(struct run *r, const json_t *m)
{
	static const struct {
		const char *type;
		int (*fn)(struct run *r, const json_t *m);
	} row[] = {
		{"welcome", on_welcome}, {"question", on_question}, {"closed", on_closed},
		{"result", on_result},	 {"notice", on_notice},	    {"status", on_status},
		{"started", on_started}, {"stopped", run_stopped},  {"exit", on_exited},
		{"failed", on_failed},	 {"explain", on_explain},
	};
	const char *type = json_string_value(json_object_get(m, "type"));

	for (size_t i = 0; type && i < SEL_N(row); i++)
		if (strcmp(type, row[i].type) == 0)
			return row[i].fn(r, m);
	return -EPROTO;
}

void run_read_control(struct run *r)
{
	while (!r->exited && !r->broker_gone) {
		json_t *m = NULL;
		int e = sel_msg_recv(r->control, &m);

		if (e == -EAGAIN)
			return;
		if (e > 0) {
			e = dispatch(r, m);
			json_decref(m);
			if (e >= 0)
				continue;
		}
		if (e < 0)
			run_say(r, "the broker sent what is no message of this version; ending it");
		r->broker_gone = true;
	}
}
