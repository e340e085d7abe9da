#include "console_model.h"

#include "console_fleet.h"
#include "view_table.h"

#include <stdarg.h>
#include <stdio.h>

void sel_model_init(struct sel_model *m, bool utf8)
{
	*m = (struct sel_model){.utf8 = utf8};
}

static void live_done(struct sel_live *s)
{
	json_decref(s->welcome);
	json_decref(s->status);
}

void sel_model_done(struct sel_model *m)
{
	for (size_t i = 0; i < m->n_questions; i++)
		sel_question_done(&m->questions[i].q);
	for (size_t i = 0; i < m->n_sessions; i++)
		live_done(&m->sessions[i]);
	for (size_t i = 0; i < SEL_HISTORY_MAX; i++)
		free(m->history[i].text);
	free(m->questions);
	free(m->sessions);
	for (size_t i = 0; i < SEL_READ_N; i++)
		json_decref(m->got[i].data);
	*m = (struct sel_model){0};
}

/* --- text ------------------------------------------------------------------------------------ */

/* The code point itself, whatever the locale has a glyph for: two that look alike must differ. */
static unsigned code_point(const char *text, size_t n)
{
	unsigned cp = (uint8_t)*text & (0x7fu >> n);

	for (size_t i = 1; i < n; i++)
		cp = cp << 6 | ((uint8_t)text[i] & 0x3fu);
	return cp;
}

/* On a screen that is not UTF-8 every other character is its code point. */
static char *ascii_text(const char *text)
{
	char *out = malloc(strlen(text) * 10 + 1), *to = out;
	uint32_t cp;
	int width;

	for (size_t n; out && (n = sel_utf8_next(text, &cp, &width)) > 0; text += n)
		if ((uint8_t)*text < 0x80)
			*to++ = *text;
		else if (n > 1)
			to += sprintf(to, "\\u{%X}", code_point(text, n));
		else
			to += sprintf(to, "\\x%02x", (unsigned)(uint8_t)*text);
	if (out)
		*to = '\0';
	return out;
}

static int ascii_json(json_t *value)
{
	const char *key;
	json_t *item;
	size_t i;

	if (json_is_string(value)) {
		_cleanup_free_ char *text = ascii_text(json_string_value(value));

		return text ? json_string_set(value, text) : -1;
	}
	json_object_foreach(value, key, item) if (ascii_json(item) < 0) return -1;
	json_array_foreach(value, i, item) if (ascii_json(item) < 0) return -1;
	return 0;
}

/* A copy for the screen: safe, and ASCII where it must be. NULL when memory is out. */
static json_t *screen_copy(const struct sel_model *m, json_t *value)
{
	json_t *copy = json_deep_copy(value);

	if (copy && (sel_fleet_safe(copy) < 0 || (!m->utf8 && ascii_json(copy) < 0))) {
		json_decref(copy);
		return NULL;
	}
	return copy;
}

void sel_model_say(struct sel_model *m, usec_t real, enum sel_role role, const char *fmt, ...)
{
	struct sel_event_line *line = &m->history[m->history_n % SEL_HISTORY_MAX];
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	free(line->text);
	*line = (struct sel_event_line){real, role, text};
	m->history_n++;
}

const struct sel_event_line *sel_model_history(const struct sel_model *m, size_t i)
{
	return i >= m->history_n || i >= SEL_HISTORY_MAX
		       ? NULL
		       : &m->history[(m->history_n - 1 - i) % SEL_HISTORY_MAX];
}

static void session_refresh(struct sel_model *m, const struct sel_live *s, const char *state);

/* --- sessions -------------------------------------------------------------------------------- */

static struct sel_live *session_find(struct sel_model *m, const char *id)
{
	for (size_t i = 0; i < m->n_sessions; i++)
		if (strcmp(m->sessions[i].id, id) == 0)
			return &m->sessions[i];
	return NULL;
}

int sel_model_joined(struct sel_model *m, const char *session, json_t *welcome, usec_t real)
{
	struct sel_live *grown, s = {.welcome = screen_copy(m, welcome)};

	if (!s.welcome)
		return -ENOMEM;
	grown = reallocarray(m->sessions, m->n_sessions + 1, sizeof *grown);
	if (!grown) {
		json_decref(s.welcome);
		return -ENOMEM;
	}
	(void)snprintf(s.id, sizeof s.id, "%s", session);
	s.started = (usec_t)json_integer_value(json_object_get(welcome, "started")) * USEC_PER_SEC;
	m->sessions = grown;
	grown[m->n_sessions++] = s;
	/* those that ran before are not news */
	if (s.started + 5 * USEC_PER_SEC >= real)
		sel_model_say(m, real, SEL_ROLE_NORMAL, "%s began", session);
	return 0;
}

static void question_remove(struct sel_model *m, size_t i)
{
	sel_question_done(&m->questions[i].q);
	memmove(&m->questions[i], &m->questions[i + 1],
		(m->n_questions - i - 1) * sizeof *m->questions);
	m->n_questions--;
}

void sel_model_left(struct sel_model *m, const char *session, usec_t real)
{
	struct sel_live *s = session_find(m, session);
	size_t open = 0;

	for (size_t i = m->n_questions; i-- > 0;)
		if (strcmp(m->questions[i].q.session, session) == 0) {
			question_remove(m, i);
			open++;
		}
	if (!s)
		return;
	session_refresh(m, s, "ended");
	live_done(s);
	memmove(s, s + 1, (size_t)(&m->sessions[--m->n_sessions] - s) * sizeof *s);
	if (open)
		sel_model_say(m, real, SEL_ROLE_WARN, "%s ended; %zu open question%s denied",
			      session, open, open == 1 ? "" : "s");
	else
		sel_model_say(m, real, SEL_ROLE_NORMAL, "%s ended", session);
}

/* --- questions ------------------------------------------------------------------------------- */

struct sel_entry *sel_model_find(struct sel_model *m, const char *id)
{
	for (size_t i = 0; *id && i < m->n_questions; i++)
		if (strcmp(m->questions[i].q.id, id) == 0)
			return &m->questions[i];
	return NULL;
}

static int program_order(const struct sel_question *a, const struct sel_question *b)
{
	int c = strcmp(a->session, b->session);

	return c ? c : strcmp(a->exe, b->exe);
}

static int list_order(const void *x, const void *y)
{
	const struct sel_entry *a = x, *b = y;
	int c = b->q.tier - a->q.tier;

	if (!c)
		c = program_order(&a->q, &b->q);
	if (!c)
		c = (a->arrived > b->arrived) - (a->arrived < b->arrived);
	return c ? c
		 : (int)strtol(strrchr(a->q.id, '.') + 1, NULL, 10) -
			       (int)strtol(strrchr(b->q.id, '.') + 1, NULL, 10);
}

void sel_model_sort(struct sel_model *m)
{
	if (m->n_questions > 1)
		qsort(m->questions, m->n_questions, sizeof *m->questions, list_order);
}

/* Where the list's order wants it, but never before what is being read, nor before it or above. */
static size_t insert_place(struct sel_model *m, const struct sel_entry *e, const char *reading)
{
	struct sel_entry *read = sel_model_find(m, reading);
	size_t i = read ? (size_t)(read - m->questions) + 1 : 0;

	while (i < m->n_questions && list_order(&m->questions[i], e) <= 0)
		i++;
	return i;
}

static int question_insert(struct sel_model *m, const struct sel_entry *e, const char *reading)
{
	struct sel_entry *grown;
	size_t i;

	if (m->n_questions >= SEL_QUESTIONS_MAX)
		return -ENOSPC;
	grown = reallocarray(m->questions, m->n_questions + 1, sizeof *grown);
	if (!grown)
		return -ENOMEM;
	m->questions = grown;
	i = insert_place(m, e, reading);
	memmove(&grown[i + 1], &grown[i], (m->n_questions - i) * sizeof *grown);
	grown[i] = *e;
	m->n_questions++;
	return 0;
}

static void question_update(struct sel_entry *have, struct sel_entry *e)
{
	if (!sel_question_same(&have->q, &e->q)) {
		have->revision++;
		have->sent = false;
	}
	sel_question_done(&have->q);
	have->q = e->q;
	have->deadline = e->deadline;
}

static void on_question(struct sel_model *m, const char *session, json_t *message,
			const char *reading, usec_t now, usec_t real)
{
	struct sel_entry e = {.arrived = now}, *have;
	json_t *copy = screen_copy(m, json_object_get(message, "question"));
	int r = copy ? sel_question_parse(copy, session, &e.q) : -EBADMSG;

	if (r < 0) {
		sel_model_say(m, real, SEL_ROLE_WARN,
			      "%s sent a question that this console cannot read", session);
		return;
	}
	e.deadline = now + (e.q.remaining_ms > 0 ? (usec_t)e.q.remaining_ms * USEC_PER_MSEC : 0);
	have = sel_model_find(m, e.q.id);
	if (have) {
		question_update(have, &e);
		return;
	}
	if (question_insert(m, &e, reading) < 0) {
		sel_model_say(m, real, SEL_ROLE_WARN, "%s: too many questions; one is not shown",
			      session);
		sel_question_done(&e.q);
	}
}

/* The question that a message is about; a broker speaks of its own only. */
static struct sel_entry *entry_of(struct sel_model *m, const char *session, const json_t *message)
{
	struct sel_entry *e = sel_model_find(m, sel_json_text(message, "id"));

	return e && strcmp(e->q.session, session) == 0 ? e : NULL;
}

/* How a question ended, in words. */
static const struct {
	const char *how, *words;
	enum sel_role role;
} endings[] = {
	{"allow", "allowed", SEL_ROLE_NORMAL},
	{"deny", "denied", SEL_ROLE_NORMAL},
	{"timeout", "nobody answered, denied once:", SEL_ROLE_WARN},
	{"gone", "gone, its program ended:", SEL_ROLE_DIM},
};

static void on_closed(struct sel_model *m, const char *session, const json_t *message, usec_t real)
{
	struct sel_entry *e = entry_of(m, session, message);
	const char *how = sel_json_text(message, "how"), *by = sel_json_text(message, "by");
	const char *words = how;
	enum sel_role role = SEL_ROLE_NORMAL;
	bool person = strcmp(how, "allow") == 0 || strcmp(how, "deny") == 0;

	if (!e)
		return;
	if (e->q.flood && person) { /* its allow is called otherwise, and allowed nothing */
		sel_model_say(m, real, SEL_ROLE_NORMAL, "%s: %s %s",
			      strcmp(how, "allow") == 0 ? e->q.allow : e->q.deny, e->q.comm,
			      e->q.object);
		question_remove(m, (size_t)(e - m->questions));
		return;
	}
	for (size_t i = 0; i < SEL_N(endings); i++)
		if (strcmp(endings[i].how, how) == 0) {
			words = endings[i].words;
			role = endings[i].role;
		}
	if (person && !e->sent)
		sel_model_say(m, real, SEL_ROLE_NOTE, "answered elsewhere (%s), %s: %s %s %s",
			      *by ? by : "?", words, e->q.comm, e->q.op, e->q.object);
	else
		sel_model_say(m, real, role, "%s%s %s %s %s", words, person ? " here:" : "",
			      e->q.comm, e->q.op, e->q.object);
	question_remove(m, (size_t)(e - m->questions));
}

static void on_result(struct sel_model *m, const char *session, const json_t *message, usec_t real)
{
	const char *id = sel_json_text(message, "id"), *error = sel_json_text(message, "error");
	const char *feedback = sel_json_text(message, "feedback");
	struct sel_entry *e = entry_of(m, session, message);

	if (*feedback) {
		(void)snprintf(m->feedback, sizeof m->feedback, "%s", feedback);
		m->feedback_n++;
		sel_model_say(m, real, SEL_ROLE_NOTE, "%s", feedback);
	}
	if (json_is_true(json_object_get(message, "ok")))
		return;
	if (e)
		e->sent = false;
	sel_model_say(m, real, SEL_ROLE_WARN, "not answered, the broker refused %s: %s", id,
		      *error ? error : "no reason given");
}

static void on_status(struct sel_model *m, const char *session, json_t *message)
{
	struct sel_live *s = session_find(m, session);

	if (!s)
		return;
	json_decref(s->status);
	s->status = json_incref(message);
	session_refresh(m, s, "running");
}

static json_t *row_of(json_t *rows, const char *id)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) if (strcmp(sel_json_text(row, "id"), id) == 0) return row;
	return NULL;
}

/* Its broker knows the numbers of a run that goes on better than the store. */
static void session_refresh(struct sel_model *m, const struct sel_live *s, const char *state)
{
	json_t *rows = sel_model_rows(m, SEL_READ_SESSIONS), *row = row_of(rows, s->id);
	json_t *asked = sel_json_path(s->status, "questions.asked");
	json_t *total = sel_json_path(s->status, "actions.total");
	json_int_t waiting = 0;

	if (!rows)
		return;
	if (!row) {
		row = json_pack("{s:s, s:I, s:O*, s:O*}", "id", s->id, "started_unix",
				(json_int_t)(s->started / USEC_PER_SEC), "command",
				json_object_get(s->welcome, "command"), "cwd",
				json_object_get(s->welcome, "cwd"));
		if (!row || json_array_insert_new(rows, 0, row) < 0)
			return;
	}
	for (size_t i = 0; i < m->n_questions; i++)
		waiting += strcmp(m->questions[i].q.session, s->id) == 0;
	(void)json_object_set_new(row, "state", json_string(state));
	(void)json_object_set_new(row, "waiting", json_integer(waiting));
	if (asked)
		(void)json_object_set(row, "questions", asked);
	if (total)
		(void)json_object_set(row, "actions", total);
}

/* Those that go on are first, whenever they began. */
static void sessions_order(json_t *rows)
{
	size_t to = 0;

	for (size_t i = 0; i < json_array_size(rows); i++) {
		json_t *row = json_array_get(rows, i);

		if (strcmp(sel_json_text(row, "state"), "running") != 0)
			continue;
		json_incref(row);
		(void)json_array_remove(rows, i);
		(void)json_array_insert_new(rows, to++, row);
	}
}

void sel_model_wanted(struct sel_model *m, enum sel_read what)
{
	m->got[what].waiting = true;
}

void sel_model_got(struct sel_model *m, enum sel_read what, json_t *data, int error, bool more)
{
	struct sel_got *got = &m->got[what];

	if (data && (sel_fleet_safe(data) < 0 || (!m->utf8 && ascii_json(data) < 0))) {
		json_decref(data);
		data = NULL;
		error = -ENOMEM;
	}
	got->waiting = more;
	got->error = data || error == -ECANCELED ? 0 : error; /* given up: no failure */
	got->count++;
	if (!data)
		return; /* what was there stays, with the error beside it */
	json_decref(got->data);
	got->data = data;
	if (what != SEL_READ_SESSIONS)
		return;
	for (size_t i = 0; i < m->n_sessions; i++)
		session_refresh(m, &m->sessions[i], "running");
	sessions_order(sel_model_rows(m, what));
}

json_t *sel_model_rows(const struct sel_model *m, enum sel_read what)
{
	return json_object_get(m->got[what].data, "rows");
}

void sel_model_message(struct sel_model *m, const char *session, json_t *message,
		       const char *reading, usec_t now, usec_t real)
{
	const char *type = sel_json_text(message, "type");
	json_t *copy;

	if (strcmp(type, "question") == 0) {
		on_question(m, session, message, reading, now, real);
		return;
	}
	copy = screen_copy(m, message);
	if (strcmp(type, "closed") == 0)
		on_closed(m, session, copy, real);
	else if (strcmp(type, "result") == 0)
		on_result(m, session, copy, real);
	else if (strcmp(type, "status") == 0)
		on_status(m, session, copy);
	else if (strcmp(type, "notice") == 0)
		sel_model_say(m, real, SEL_ROLE_NORMAL, "%s: %s", session,
			      sel_json_text(copy, "text"));
	json_decref(copy);
}
