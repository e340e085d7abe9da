#include "bubble.h"

#include "../console_fleet.h"
#include "seldom/text.h"

#include <stdarg.h>
#include <stdio.h>

/* What a line may hold when nothing is allowed by it any more. */
#define LINE_MAX_COLUMNS 400
#define LABEL_COLUMNS	 32

/* --- text ------------------------------------------------------------------------------------ */

struct text {
	char *s;
	size_t n;
	bool failed;
};

static void text_add(struct text *t, const char *fmt, ...) _printf_(2, 3);
static void text_add(struct text *t, const char *fmt, ...)
{
	_cleanup_free_ char *add = NULL;
	size_t n;
	char *grown;
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = vasprintf(&add, fmt, ap);
	va_end(ap);
	if (r < 0) {
		add = NULL;
		t->failed = true;
		return;
	}
	n = (size_t)r;
	grown = realloc(t->s, t->n + n + 1);
	if (!grown) {
		t->failed = true;
		return;
	}
	memcpy(grown + t->n, add, n + 1);
	t->s = grown;
	t->n += n;
}

/* A line of its own; shortened in its middle where nobody would read to its end. */
static void line_add(struct text *t, const char *label, const char *text)
{
	char shown[4 * LINE_MAX_COLUMNS + 1];

	if (!*text)
		return;
	(void)sel_text_elide(text, LINE_MAX_COLUMNS, true, shown, sizeof shown);
	text_add(t, "%s%s%s%s", t->n ? "\n" : "", label, *label ? ": " : "", shown);
}

/* As the specification has it: only a server that reads markup ("body-markup") gets the body
 * escaped, the others would show the escapes. Entities are the three that every server knows; there
 * are no attributes, so quotes need none. */
static char *markup_escape(const char *text)
{
	static const struct {
		char c;
		const char *as;
	} escapes[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}};
	struct text out = {0};

	text_add(&out, "%s", "");
	while (*text && !out.failed) {
		size_t n = strcspn(text, "&<>");

		text_add(&out, "%.*s", (int)n, text);
		text += n;
		for (size_t i = 0; *text && i < SEL_N(escapes); i++)
			if (escapes[i].c == *text) {
				text_add(&out, "%s", escapes[i].as);
				text++;
				break;
			}
	}
	if (out.failed) {
		free(out.s);
		return NULL;
	}
	return out.s;
}

/* --- what may be allowed --------------------------------------------------------------------- */

size_t sel_bubble_rung(const struct sel_question *q)
{
	size_t narrowest = 0;

	for (size_t i = 1; i < q->n_rungs; i++)
		if (q->rungs[i].n < q->rungs[narrowest].n)
			narrowest = i;
	return narrowest;
}

static char *chain_text(const struct sel_question *q)
{
	struct text t = {0};
	json_t *item;
	size_t i;

	text_add(&t, "%s", "");
	json_array_foreach(q->chain, i, item)
	{
		const char *name = json_string_value(item);

		text_add(&t, "%s%s", i ? " > " : "", name ? name : "?");
	}
	if (!t.failed)
		return t.s;
	free(t.s);
	return NULL;
}

/* Columns of the longest line that a person has to read, and of all. */
static void measure(const struct sel_question *q, int *longest, int *all)
{
	_cleanup_free_ char *chain = chain_text(q);
	const char *const lines[] = {
		q->comm,	q->fresh, q->object,	      q->object2 ? q->object2 : "",
		q->consequence, q->exe,	  chain ? chain : "", q->cwd};

	*longest = *all = 0;
	for (size_t i = 0; i < SEL_N(lines); i++) {
		int n = sel_text_columns(lines[i]);

		*longest = n > *longest ? n : *longest;
		*all += n;
	}
}

const char *sel_bubble_allow_off(const struct sel_question *q, const struct sel_server *server)
{
	int longest, all;

	if (q->tier >= SEL_T3)
		return "grave: read all of it before you allow it";
	if (q->token)
		return "an allow wants a typed word";
	if (!server->body)
		return "this desktop shows too little of it to allow it";
	if (q->detail && !q->flood)
		return "there is more to read before it can be allowed";
	if (!q->flood && !sel_rung_exact(q->rungs[sel_bubble_rung(q)].kind))
		return "it cannot be allowed just once";
	measure(q, &longest, &all);
	return longest > SEL_BUBBLE_LINE || all > SEL_BUBBLE_ALL
		       ? "too long to be read here before it is allowed"
		       : NULL;
}

/* --- bubbles --------------------------------------------------------------------------------- */

static char *label(const char *text)
{
	char shown[4 * LABEL_COLUMNS + 1];

	(void)sel_text_elide(text, LABEL_COLUMNS, true, shown, sizeof shown);
	return strdup(shown);
}

/* Takes the texts; the first line is no markup in any server, the rest where it says so. */
static int finish(struct text *title, struct text *body, const struct sel_server *server,
		  struct sel_bubble *b)
{
	if (!title->failed && !body->failed) {
		b->title = sel_steal_ptr(&title->s);
		b->body = !body->s	   ? strdup("")
			  : server->markup ? markup_escape(body->s)
					   : strdup(body->s);
	}
	free(title->s);
	free(body->s);
	if (b->title && b->body)
		return 0;
	sel_bubble_done(b);
	return -ENOMEM;
}

static void question_body(struct text *t, const struct sel_question *q)
{
	_cleanup_free_ char *chain = chain_text(q);

	line_add(t, "", q->fresh);
	line_add(t, "", q->object);
	if (q->object2)
		line_add(t, "to", q->object2);
	if (strcmp(q->consequence, sel_tier_words((enum sel_tier)q->tier)) != 0)
		line_add(t, "follows", q->consequence); /* else the title says it */
	line_add(t, "started", chain ? chain : "?");
	line_add(t, "program", q->exe);
	line_add(t, "in", q->cwd);
	line_add(t, "", q->headline);
}

/* How to answer what has no button here. */
static void how_lines(struct text *t, const char *off, bool buttons, bool open)
{
	if (off && buttons)
		line_add(t, "no allow here", off);
	if (!buttons || (off && !open))
		line_add(t, "", "to answer it, run in a terminal: seldom");
}

static int buttons_add(const struct sel_question *q, bool allow, struct sel_bubble *b)
{
	if (allow) {
		b->allow = q->flood ? label(q->allow) : strdup("Allow once");
		if (!b->allow)
			return -ENOMEM;
	}
	/* a grave question is read where all of it stands, also to be denied */
	if (q->tier < SEL_T3) {
		b->deny = q->flood ? label(q->deny) : strdup("Deny");
		if (!b->deny)
			return -ENOMEM;
	}
	return 0;
}

int sel_bubble_question(const struct sel_question *q, const struct sel_server *server,
			const char *note, bool locked, bool can_open, struct sel_bubble *ret)
{
	struct sel_bubble b = {.grave = q->tier >= SEL_T3, .open = server->actions && can_open};
	const char *off = sel_bubble_allow_off(q, server);
	int op = sel_op_from_name(q->op), r;
	struct text title = {0}, body = {0};
	char comm[4 * LABEL_COLUMNS + 1];

	(void)sel_text_elide(q->comm, LABEL_COLUMNS, true, comm, sizeof comm);
	text_add(&title, "%s %s (%s)", comm,
		 sel_question_verb(op > 0 ? (enum sel_op)op : SEL_OP_OTHER,
				   sel_json_text(q->json, "class"), q->object),
		 sel_tier_words((enum sel_tier)q->tier));
	if (note)
		line_add(&body, "", note);
	question_body(&body, q);
	how_lines(&body, off, server->actions, can_open);
	r = finish(&title, &body, server, &b);
	if (r >= 0 && server->actions)
		r = buttons_add(q, !off && !locked, &b);
	if (r < 0) {
		sel_bubble_done(&b);
		return r;
	}
	*ret = b;
	return 0;
}

int sel_bubble_many(size_t n, bool more, size_t grave, const char *programs,
		    const struct sel_server *server, bool can_open, struct sel_bubble *ret)
{
	struct sel_bubble b = {.open = server->actions && can_open};
	struct text title = {0}, body = {0};
	int r;

	text_add(&title, "seldom: %zu %s%s", n, more ? "more " : "",
		 n == 1 ? "question waits" : "questions wait");
	line_add(&body, "", programs);
	if (grave)
		text_add(&body, "%s%zu of them %s grave", body.n ? "\n" : "", grave,
			 grave == 1 ? "is" : "are");
	how_lines(&body, NULL, b.open, true);
	r = finish(&title, &body, server, &b);
	if (r >= 0)
		*ret = b;
	return r;
}

int sel_bubble_words(const char *text, const struct sel_server *server, struct sel_bubble *ret)
{
	struct sel_bubble b = {0};
	struct text title = {0}, body = {0};
	int r;

	text_add(&title, "seldom");
	line_add(&body, "", text);
	r = finish(&title, &body, server, &b);
	if (r >= 0)
		*ret = b;
	return r;
}

void sel_bubble_done(struct sel_bubble *b)
{
	free(b->title);
	free(b->body);
	free(b->allow);
	free(b->deny);
	*b = (struct sel_bubble){0};
}
