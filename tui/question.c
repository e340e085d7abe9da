#include "question.h"

#include "console_fleet.h"

#include <stdarg.h>
#include <stdio.h>

#define LABEL_COLUMNS 9
#define NARROW	      36 /* below, labels stand above what they name */
#define LINES_MAX     4000

/* --- reading --------------------------------------------------------------------------------- */

/* NULL if absent or empty. */
static const char *text_or_null(const json_t *object, const char *key)
{
	const char *s = sel_json_text(object, key);

	return *s ? s : NULL;
}

static int rungs_parse(struct sel_question *q)
{
	json_t *rungs = json_object_get(q->json, "rungs"), *item;
	size_t i;

	if (!json_is_array(rungs) || json_array_size(rungs) == 0 ||
	    json_array_size(rungs) > SEL_RUNGS_MAX)
		return -EBADMSG;
	json_array_foreach(rungs, i, item)
	{
		struct sel_rung *r = &q->rungs[q->n_rungs++];
		json_int_t n = json_integer_value(json_object_get(item, "n"));

		if (!json_is_integer(json_object_get(item, "n")) || n < 0 || n > 1000 ||
		    !text_or_null(item, "object"))
			return -EBADMSG;
		*r = (struct sel_rung){
			.n = (int)n,
			.kind = sel_json_text(item, "kind"),
			.label = text_or_null(item, "label") ? sel_json_text(item, "label")
							     : sel_json_text(item, "kind"),
			.object = sel_json_text(item, "object"),
			.exposes = sel_json_text(item, "exposes"),
			.covers = json_integer_value(json_object_get(item, "covers")),
		};
	}
	return 0;
}

/* Once is always possible, and first. */
static void terms_parse(struct sel_question *q)
{
	json_t *item;
	size_t i;

	q->terms[q->n_terms++] = SEL_FOR_ONCE;
	json_array_foreach(json_object_get(q->json, "terms"), i, item)
	{
		int term = sel_for_from_name(json_string_value(item));

		if (term > SEL_FOR_ONCE && q->n_terms < SEL_FOR_N &&
		    q->terms[q->n_terms - 1] < (enum sel_for)term)
			q->terms[q->n_terms++] = (enum sel_for)term;
	}
}

static int fields_parse(struct sel_question *q)
{
	const json_t *tier = json_object_get(q->json, "tier"),
		     *who = json_object_get(q->json, "who"),
		     *words = json_object_get(q->json, "words");

	q->tier = (int)json_integer_value(tier);
	if (!json_is_integer(tier) || json_integer_value(tier) < 0 || json_integer_value(tier) > 3)
		return -EBADMSG;
	q->op = sel_json_text(q->json, "op");
	q->object = sel_json_text(q->json, "object");
	q->object2 = text_or_null(q->json, "object2");
	q->pid = json_integer_value(json_object_get(who, "pid"));
	q->comm = sel_json_text(who, "comm");
	q->exe = sel_json_text(who, "exe");
	q->cwd = sel_json_text(who, "cwd");
	q->chain = json_object_get(who, "chain");
	q->claim_tool = sel_json_text(json_object_get(who, "claim"), "tool");
	q->claim = sel_json_text(json_object_get(who, "claim"), "text");
	q->fresh = sel_json_text(q->json, "new");
	q->consequence = sel_json_text(q->json, "consequence");
	q->why = sel_json_text(q->json, "why");
	q->headline = sel_json_text(q->json, "headline");
	q->nearest = sel_json_text(q->json, "nearest");
	q->flood = strcmp(sel_json_text(q->json, "kind"), "flood") == 0;
	q->allow = text_or_null(words, "allow") ? sel_json_text(words, "allow") : "allow";
	q->deny = text_or_null(words, "deny") ? sel_json_text(words, "deny") : "deny";
	q->token = text_or_null(q->json, "token");
	q->detail = text_or_null(q->json, "detail");
	q->recommended = (int)json_integer_value(json_object_get(q->json, "recommended"));
	q->preselected = (int)json_integer_value(json_object_get(q->json, "preselected"));
	q->waiting = json_integer_value(json_object_get(q->json, "waiting"));
	q->remaining_ms = json_integer_value(json_object_get(q->json, "remaining_ms"));
	return *q->object ? rungs_parse(q) : -EBADMSG;
}

int sel_question_parse(json_t *take, const char *session, struct sel_question *ret)
{
	struct sel_question q = {.json = take};
	const char *id = sel_json_text(take, "id");
	int r = -EBADMSG;

	if (json_is_object(take) && sel_fleet_id_session(id, q.session) &&
	    strcmp(q.session, session) == 0) {
		(void)snprintf(q.id, sizeof q.id, "%s", id);
		r = fields_parse(&q);
	}
	if (r < 0) {
		json_decref(take);
		return r;
	}
	terms_parse(&q);
	*ret = q;
	return 0;
}

void sel_question_done(struct sel_question *q)
{
	json_decref(q->json);
	*q = (struct sel_question){0};
}

/* These change while one waits, and mean nothing else when they do. */
static const char *const moving[] = {"waiting", "remaining_ms", "asked"};

static json_t *lasting(const struct sel_question *q)
{
	json_t *copy = json_copy(q->json);

	for (size_t i = 0; copy && i < SEL_N(moving); i++)
		(void)json_object_del(copy, moving[i]);
	return copy;
}

bool sel_question_same(const struct sel_question *a, const struct sel_question *b)
{
	json_t *x = lasting(a), *y = lasting(b);
	bool same = x && y && json_equal(x, y);

	json_decref(x);
	json_decref(y);
	return same;
}

size_t sel_question_first_rung(const struct sel_question *q)
{
	size_t narrowest = 0;

	for (size_t i = 0; i < q->n_rungs; i++) {
		if (q->tier <= 1 && q->rungs[i].n == q->preselected)
			return i;
		if (q->rungs[i].n < q->rungs[narrowest].n)
			narrowest = i;
	}
	return narrowest;
}

size_t sel_question_term(const struct sel_question *q, size_t rung, size_t term)
{
	bool wide = !sel_rung_exact(q->rungs[rung].kind);

	return wide && q->terms[term] == SEL_FOR_ONCE && q->n_terms > 1 ? 1 : term;
}

/* --- lines ----------------------------------------------------------------------------------- */

static void span_add(struct sel_lines *l, int row, int col, enum sel_role role, const char *text,
		     size_t n)
{
	struct sel_span *grown = reallocarray(l->spans, l->n + 1, sizeof *grown);

	if (grown) {
		l->spans = grown;
		grown[l->n] = (struct sel_span){row, col, role, strndup(text, n)};
	}
	if (!grown || !grown[l->n].text) {
		l->failed = true;
		return;
	}
	l->n++;
	if (row >= l->rows)
		l->rows = row + 1;
}

/* The bytes of `text` that fill at most `room` columns; breaks after a space or a slash when one is
 * in the second half of the line, else anywhere. Drops nothing. */
static size_t line_break(const char *text, int room)
{
	size_t at = 0, good = 0, n;
	int used = 0, width;
	uint32_t cp;

	while ((n = sel_utf8_next(text + at, &cp, &width)) > 0) {
		if (used + width > room)
			return good ? good : at ? at : n;
		at += n;
		used += width;
		if ((cp == ' ' || cp == '/') && used * 2 >= room)
			good = at;
	}
	return at;
}

int sel_lines_wrap(struct sel_lines *l, int row, int col, int width, enum sel_role role,
		   const char *text)
{
	int room = width - col > 1 ? width - col : 1;

	do {
		size_t n = line_break(text, room);

		if (row >= LINES_MAX) {
			l->failed = true;
			break;
		}
		span_add(l, row++, col, role, text, n);
		text += n;
	} while (*text);
	return row;
}

static int text_columns(const char *text)
{
	int used = 0, width;
	uint32_t cp;

	for (size_t n; (n = sel_utf8_next(text, &cp, &width)) > 0; text += n)
		used += width;
	return used;
}

static int labelled(struct sel_lines *l, int row, int width, const char *label, enum sel_role role,
		    const char *text)
{
	int col = width < NARROW ? 2 : LABEL_COLUMNS;

	if (!*text)
		return row;
	span_add(l, row, 0, SEL_ROLE_DIM, label, strlen(label));
	if (width < NARROW)
		row++;
	return sel_lines_wrap(l, row, col, width, role, text);
}

static char *printed(const char *fmt, ...) _printf_(1, 2);
static char *printed(const char *fmt, ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	return n < 0 ? NULL : text;
}

char *sel_visible_ends(const char *object)
{
	size_t n = strlen(object);

	return n && (object[0] == ' ' || object[n - 1] == ' ') ? printed("'%s'", object)
							       : strdup(object);
}

static int object_line(struct sel_lines *l, int row, int width, const char *before,
		       const char *object)
{
	_cleanup_free_ char *shown = sel_visible_ends(object);
	int col = 2;

	if (!shown) {
		l->failed = true;
		return row;
	}
	if (*before) {
		span_add(l, row, col, SEL_ROLE_DIM, before, strlen(before));
		col += text_columns(before) + 1;
	}
	return sel_lines_wrap(l, row, col, width, SEL_ROLE_OBJECT, shown);
}

static char *chain_text(const struct sel_question *q, bool utf8)
{
	char *out = strdup("");
	json_t *item;
	size_t i;

	json_array_foreach(q->chain, i, item)
	{
		const char *name = json_string_value(item);
		char *grown = out ? printed("%s%s%s%s%s", out, i ? " " : "",
					    i ? sel_glyphs(utf8)->chain : "", i ? " " : "",
					    name ? name : "?")
				  : NULL;

		free(out);
		out = grown;
	}
	return out;
}

static int who_lines(struct sel_lines *l, int row, const struct sel_question *q, int width,
		     bool utf8)
{
	_cleanup_free_ char *chain = chain_text(q, utf8);
	_cleanup_free_ char *claim =
		*q->claim ? printed("%s: %s", q->claim_tool, q->claim) : strdup("");

	if (!chain || !claim) {
		l->failed = true;
		return row;
	}
	row = labelled(l, row, width, "started", SEL_ROLE_NORMAL, chain);
	row = labelled(l, row, width, "claims", SEL_ROLE_NORMAL, claim);
	row = labelled(l, row, width, "program", SEL_ROLE_NORMAL, q->exe);
	return labelled(l, row, width, "in", SEL_ROLE_NORMAL, q->cwd);
}

static int head_lines(struct sel_lines *l, int row, const struct sel_question *q, int width)
{
	int op = sel_op_from_name(q->op);
	_cleanup_free_ char *line =
		printed("%s (pid %lld) %s", q->comm, q->pid,
			sel_question_verb(op > 0 ? (enum sel_op)op : SEL_OP_OTHER,
					  sel_json_text(q->json, "class"), q->object));

	if (!line) {
		l->failed = true;
		return row;
	}
	if (*q->fresh)
		row = sel_lines_wrap(l, row, 0, width, SEL_ROLE_SALIENT, q->fresh);
	if (!strstr(q->fresh, q->nearest)) /* else it stands there already */
		row = labelled(l, row, width, "nearest", SEL_ROLE_NORMAL, q->nearest);
	if (*q->headline)
		row = sel_lines_wrap(l, row, 0, width, SEL_ROLE_WARN, q->headline);
	row = sel_lines_wrap(l, row, 0, width, SEL_ROLE_NORMAL, line);
	row = object_line(l, row, width, "", q->object);
	return q->object2 ? object_line(l, row, width, "to", q->object2) : row;
}

static int rung_lines(struct sel_lines *l, int row, const struct sel_question *q, size_t i,
		      bool selected, int width, bool utf8)
{
	const struct sel_rung *r = &q->rungs[i];
	enum sel_role role = selected ? SEL_ROLE_SELECTED : SEL_ROLE_NORMAL;
	_cleanup_free_ char *label = printed(
		"%s %zu %s%s", selected ? sel_glyphs(utf8)->on : sel_glyphs(utf8)->off, i + 1,
		r->label, r->n == q->recommended && q->n_rungs > 1 ? " (recommended)" : "");
	_cleanup_free_ char *object = sel_visible_ends(r->object);
	_cleanup_free_ char *exposes =
		*r->exposes ? printed("newly reaches: %s", r->exposes) : strdup("");
	int col = 6;

	l->rung_row[i] = row;
	if (!label || !object || !exposes) {
		l->failed = true;
		return row;
	}
	row = sel_lines_wrap(l, row, 0, width, role, label);
	/* on the label's line if all of it has room there */
	if (text_columns(label) + 2 + text_columns(object) <= width)
		span_add(l, --row, text_columns(label) + 2, SEL_ROLE_OBJECT, object,
			 strlen(object)),
			row++;
	else
		row = sel_lines_wrap(l, row, col, width, SEL_ROLE_OBJECT, object);
	return *exposes ? sel_lines_wrap(l, row, col, width, SEL_ROLE_DIM, exposes) : row;
}

const char *sel_term_words(enum sel_for term)
{
	switch (term) {
	case SEL_FOR_ONCE:
		return "once";
	case SEL_FOR_SESSION:
		return "this session";
	case SEL_FOR_30D:
		return "30 days";
	case SEL_FOR_N:
		break;
	}
	return "?";
}

static int term_line(struct sel_lines *l, int row, const struct sel_question *q, size_t term)
{
	int col = 4;

	l->term_row = row;
	span_add(l, row, 0, SEL_ROLE_DIM, "for", 3);
	for (size_t i = 0; i < q->n_terms; i++) {
		_cleanup_free_ char *word =
			printed(i == term ? "[%s]" : " %s ", sel_term_words(q->terms[i]));

		if (!word) {
			l->failed = true;
			break;
		}
		span_add(l, row, col, i == term ? SEL_ROLE_SELECTED : SEL_ROLE_NORMAL, word,
			 strlen(word));
		col += text_columns(word) + 1;
	}
	return row + 1;
}

static int reach_lines(struct sel_lines *l, int row, const struct sel_question *q, size_t rung,
		       size_t term, int width, bool utf8)
{
	row = sel_lines_wrap(l, row, 0, width, SEL_ROLE_HEADER, "An allow reaches");
	for (size_t i = 0; i < q->n_rungs; i++)
		row = rung_lines(l, row, q, i, i == rung, width, utf8);
	return term_line(l, row, q, sel_question_term(q, rung, term));
}

/* Nothing can be chosen: what the two keys do is all there is. */
static int answers_lines(struct sel_lines *l, int row, const struct sel_question *q, int width)
{
	row = labelled(l, row, width, "y", SEL_ROLE_NORMAL, q->allow);
	return labelled(l, row, width, "n", SEL_ROLE_NORMAL, q->deny);
}

static int detail_lines(struct sel_lines *l, int row, const char *detail, int width)
{
	while (*detail) {
		size_t n = strcspn(detail, "\n");
		_cleanup_free_ char *line = strndup(detail, n);
		enum sel_role role = *detail == '+'   ? SEL_ROLE_ADDED
				     : *detail == '-' ? SEL_ROLE_REMOVED
						      : SEL_ROLE_NORMAL;

		if (!line || row >= LINES_MAX) {
			l->failed = true;
			return row;
		}
		row = sel_lines_wrap(l, row, 0, width, role, line);
		detail += n + (detail[n] == '\n');
	}
	return row;
}

int sel_question_about(struct sel_lines *l, int row, const struct sel_question *q, int width,
		       bool utf8)
{
	row = labelled(l, row, width, "follows", SEL_ROLE_WARN, q->consequence);
	row = labelled(l, row, width, "asked", SEL_ROLE_NORMAL, q->why);
	if (q->token)
		row = labelled(l, row, width, "word", SEL_ROLE_OBJECT, q->token);
	return who_lines(l, row, q, width, utf8);
}

void sel_question_lines(const struct sel_question *q, size_t rung, size_t term, int width,
			bool utf8, struct sel_lines *ret)
{
	struct sel_lines l = {0};
	int row = head_lines(&l, 0, q, width);

	row = sel_question_about(&l, row, q, width, utf8);
	if (q->flood)
		row = answers_lines(&l, row, q, width);
	else
		row = reach_lines(&l, row, q, rung, term, width, utf8);
	if (q->detail) {
		row = sel_lines_wrap(&l, row, 0, width, SEL_ROLE_HEADER, "In detail");
		row = detail_lines(&l, row, q->detail, width);
	}
	if (row > l.rows)
		l.rows = row;
	*ret = l;
}

void sel_lines_done(struct sel_lines *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		free(lines->spans[i].text);
	free(lines->spans);
	*lines = (struct sel_lines){0};
}
