#include "line.h"
#include "seldom/action.h"
#include "seldom/proto.h"
#include "seldom/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <wchar.h>

#define MAX_HOLDS   3
#define HOLD_USEC   (20 * USEC_PER_SEC)
#define MIN_COLUMNS 20
#define MAX_TEXT    (256 * 1024) /* of one drawing */

static const char *text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text ? text : "";
}

static json_int_t number_of(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static int tier_of(const struct sel_prompt *p)
{
	return (int)number_of(p->question, "tier");
}

/* One question for many actions: its allow allows none of them. */
static bool is_flood(const struct sel_prompt *p)
{
	return strcmp(text_of(p->question, "kind"), "flood") == 0;
}

char *sel_answer_word(const json_t *question, bool allow, bool utf8)
{
	const char *key = allow ? "allow" : "deny";
	const char *word = text_of(json_object_get(question, "words"), key);

	return sel_safe(*word ? word : key, utf8);
}

/* Tier 3 always, others when the person is tired: an allow is typed. */
static bool wants_word(const struct sel_prompt *p)
{
	return (tier_of(p) == 3 && !is_flood(p)) || *text_of(p->question, "token");
}

static json_t *rungs_of(const struct sel_prompt *p)
{
	return json_object_get(p->question, "rungs");
}

static json_t *terms_of(const struct sel_prompt *p)
{
	return json_object_get(p->question, "terms");
}

size_t sel_prompt_term(const struct sel_prompt *p)
{
	const char *kind = text_of(json_array_get(rungs_of(p), p->rung), "kind");
	const char *term = json_string_value(json_array_get(terms_of(p), p->term));
	bool once = term && strcmp(term, sel_for_name(SEL_FOR_ONCE)) == 0;
	bool wide = *kind && !sel_rung_exact(kind);

	return wide && once && p->term + 1 < json_array_size(terms_of(p)) ? p->term + 1 : p->term;
}

bool sel_question_valid(const json_t *q)
{
	static const char *const strings[] = {"id", "op", "object"};
	json_t *tier = json_object_get(q, "tier"), *rungs = json_object_get(q, "rungs"), *rung;
	size_t i;

	for (i = 0; i < SEL_N(strings); i++)
		if (!json_is_string(json_object_get(q, strings[i])))
			return false;
	if (!json_is_integer(tier) || json_integer_value(tier) < 0 || json_integer_value(tier) > 3)
		return false;
	if (!json_is_array(rungs) || json_array_size(rungs) < 1 || json_array_size(rungs) > 9)
		return false;
	json_array_foreach(rungs, i,
			   rung) if (!json_is_integer(json_object_get(rung, "n"))) return false;
	return true;
}

/* --- text ------------------------------------------------------------------------------------- */

/* A terminal without UTF-8 would show the bytes of a character as several others. */
static char *ascii_only(char *text)
{
	size_t n = strlen(text), out = 0;
	char *to = malloc(n * 6 + 1);

	for (const char *p = text; to && *p;) {
		unsigned char c = (unsigned char)*p;
		size_t len = 1;

		if (c < 0x80) {
			to[out++] = *p++;
			continue;
		}
		uint32_t cp = c & (c >= 0xf0 ? 0x07 : c >= 0xe0 ? 0x0f : 0x1f);

		for (; ((unsigned char)p[len] & 0xc0) == 0x80; len++)
			cp = cp << 6 | ((unsigned char)p[len] & 0x3f);
		out += (size_t)sprintf(to + out, "\\u{%X}", cp);
		p += len;
	}
	if (to)
		to[out] = '\0';
	free(text);
	return to;
}

char *sel_safe(const char *text, bool utf8)
{
	size_t n = strlen(text), cap = n * 8 + 1, out = 0;
	char *to = malloc(cap);

	if (!to)
		return NULL;
	to[0] = '\0';
	while (*text) {
		size_t piece = strcspn(text, "\\");

		/* The broker has escaped already; escaping its backslashes again would double them.
		 */
		if (piece)
			out += sel_text_escape(text, piece, to + out, cap - out, NULL);
		text += piece;
		if (*text == '\\' && out + 2 <= cap) {
			to[out++] = *text++;
			to[out] = '\0';
		}
		if (out + 1 >= cap)
			break;
	}
	return utf8 ? to : ascii_only(to);
}

static const char *op_words(const json_t *question)
{
	int op = sel_op_from_name(text_of(question, "op"));

	return op < 0 ? "wants to act on"
		      : sel_question_verb((enum sel_op)op, text_of(question, "class"),
					  text_of(question, "object"));
}

char *sel_question_words(const json_t *question, bool utf8)
{
	_cleanup_free_ char *object = sel_safe(text_of(question, "object"), utf8);
	const char *words = op_words(question);
	char *line = NULL;

	if (strncmp(words, "wants to ", 9) == 0)
		words += 9;
	if (!object || asprintf(&line, "%s %s", words, object) < 0)
		return NULL;
	return line;
}

/* --- lines ------------------------------------------------------------------------------------ */

enum look { PLAIN, BOLD, DIM };
static const char *const look_on[] = {[PLAIN] = "", [BOLD] = "\x1b[1m", [DIM] = "\x1b[2m"};

struct lines {
	struct {
		char *text;
		enum look look;
	} * v;
	size_t n, cap;
	int columns;
	bool failed;
};

static void lines_done(struct lines *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].text);
	free(l->v);
}

static void lines_add(struct lines *l, enum look look, const char *text, size_t n)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 32;
		void *grown = reallocarray(l->v, cap, sizeof *l->v);

		if (!grown) {
			l->failed = true;
			return;
		}
		l->v = grown;
		l->cap = cap;
	}
	l->v[l->n].look = look;
	l->v[l->n].text = strndup(text, n);
	if (l->v[l->n].text)
		l->n++;
	else
		l->failed = true;
}

/* How many bytes of `text` fit into `columns`; at least one character, so that it always ends. */
static size_t fit(const char *text, int columns)
{
	mbstate_t state = {0};
	size_t used = 0;
	int width = 0;

	while (text[used]) {
		wchar_t wc;
		size_t n = mbrtowc(&wc, text + used, MB_CUR_MAX, &state);
		int w;

		if (n == (size_t)-1 || n == (size_t)-2 || n == 0) {
			state = (mbstate_t){0};
			n = 1;
			w = 1;
		} else {
			w = wcwidth(wc);
			w = w < 0 ? 1 : w;
		}
		if (width + w > columns && used)
			break;
		width += w;
		used += n;
	}
	return used;
}

/* Wraps at the columns, at a space where one is near; nothing is ever left out. */
static void lines_wrap(struct lines *l, enum look look, const char *text)
{
	int indent = 0;

	do {
		char padded[16] = "         ";
		size_t n = fit(text, l->columns - indent);

		if (text[n])
			for (size_t back = n; back > n / 2; back--)
				if (text[back - 1] == ' ') {
					n = back;
					break;
				}
		if (indent) {
			_cleanup_free_ char *line = NULL;

			padded[indent] = '\0';
			if (asprintf(&line, "%s%.*s", padded, (int)n, text) < 0) {
				l->failed = true;
				return;
			}
			lines_add(l, look, line, strlen(line));
		} else {
			lines_add(l, look, text, n);
		}
		text += n;
		indent = l->columns > 2 * MIN_COLUMNS ? 4 : 1;
	} while (*text);
}

static void lines_put(struct lines *l, enum look look, const char *fmt, ...) _printf_(3, 4);
static void lines_put(struct lines *l, enum look look, const char *fmt, ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0) {
		l->failed = true;
		return;
	}
	lines_wrap(l, look, text);
	free(text);
}

/* "label: text", if there is a text. */
static void lines_field(struct lines *l, const struct sel_prompt *p, enum look look,
			const char *label, const char *text)
{
	_cleanup_free_ char *safe = sel_safe(text, p->utf8);

	if (!safe)
		l->failed = true;
	else if (*safe)
		lines_put(l, look, "%s%s", label, safe);
}

/* Text of several lines, each behind `mark`. */
static void lines_text(struct lines *l, const struct sel_prompt *p, enum look look,
		       const char *mark, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");
		_cleanup_free_ char *line = strndup(text, n);

		if (line && n)
			lines_field(l, p, look, mark, line);
		else
			lines_put(l, look, "%s", mark);
		text += n + (text[n] == '\n');
	}
}

/* What it says that it does. */
static void lines_claim(struct lines *l, const struct sel_prompt *p, const json_t *claim)
{
	_cleanup_free_ char *said = NULL;

	if (!*text_of(claim, "text"))
		return;
	if (asprintf(&said, "%s: %s", text_of(claim, "tool"), text_of(claim, "text")) < 0) {
		l->failed = true;
		said = NULL;
		return;
	}
	lines_field(l, p, PLAIN, "claims: ", said);
}

static void lines_who(struct lines *l, const struct sel_prompt *p)
{
	const json_t *who = json_object_get(p->question, "who"), *link;
	_cleanup_free_ char *comm = sel_safe(text_of(who, "comm"), p->utf8);
	_cleanup_free_ char *cwd = sel_safe(text_of(who, "cwd"), p->utf8);
	_cleanup_free_ char *chain = strdup("");
	size_t i;

	json_array_foreach(json_object_get(who, "chain"), i, link)
	{
		const char *text = json_string_value(link);
		_cleanup_free_ char *safe = sel_safe(text ? text : "?", p->utf8);
		char *longer = NULL;

		if (!safe || !chain || asprintf(&longer, "%s%s%s", chain, i ? " > " : "", safe) < 0)
			longer = NULL;
		free(chain);
		chain = longer;
	}
	if (!comm || !cwd || !chain) {
		l->failed = true;
		return;
	}
	lines_put(l, PLAIN, "%s (pid %lld%s%s%s%s)", *comm ? comm : "?",
		  (long long)number_of(who, "pid"), *chain ? ", by " : "", chain,
		  *cwd ? ", in " : "", cwd);
	lines_claim(l, p, json_object_get(who, "claim"));
}

static void lines_rungs(struct lines *l, const struct sel_prompt *p)
{
	json_t *rung;
	size_t i;

	json_array_foreach(rungs_of(p), i, rung)
	{
		const char *label = text_of(rung, "label"), *object = text_of(rung, "object");
		_cleanup_free_ char *safe_label =
			sel_safe(*label ? label : text_of(rung, "kind"), p->utf8);
		_cleanup_free_ char *safe_object = sel_safe(object, p->utf8);
		_cleanup_free_ char *exposes = sel_safe(text_of(rung, "exposes"), p->utf8);
		bool selected = i == p->rung;

		if (!safe_label || !safe_object || !exposes) {
			l->failed = true;
			return;
		}
		lines_put(l, selected ? BOLD : PLAIN, "%c %zu %s%s%s%s%s", selected ? '>' : ' ',
			  i + 1, safe_label, *safe_object ? "  " : "", safe_object,
			  *exposes ? "  - " : "", exposes);
	}
}

static void lines_terms(struct lines *l, const struct sel_prompt *p)
{
	char text[128] = "for";
	json_t *term;
	size_t i, n = 3;

	json_array_foreach(terms_of(p), i, term)
	{
		const char *name = json_string_value(term);
		int known = name ? sel_for_from_name(name) : -1;

		if (known >= 0 && n < sizeof text)
			n += (size_t)snprintf(text + n, sizeof text - n,
					      i == sel_prompt_term(p) ? "  [%s]" : "  %s",
					      sel_for_name((enum sel_for)known));
	}
	if (n > 3)
		lines_put(l, PLAIN, "%s", text);
}

static const char frames[SEL_TIER_N] = {'-', '-', '=', '#'};

static void lines_title(struct lines *l, const struct sel_prompt *p)
{
	int tier = tier_of(p);
	char frame[4] = {frames[tier], frames[tier], frames[tier], '\0'};
	_cleanup_free_ char *id = sel_safe(text_of(p->question, "id"), p->utf8);
	json_int_t calls = number_of(p->question, "waiting");
	char more[64] = "", parked[64] = "";

	if (p->others)
		(void)snprintf(more, sizeof more, "  %zu more wait", p->others);
	if (calls > 1)
		(void)snprintf(parked, sizeof parked, "  for %lld calls", (long long)calls);
	else if (calls == 0)
		(void)snprintf(parked, sizeof parked, "  the program gave up; for its next try");
	if (id)
		lines_put(l, tier == 3 ? BOLD : PLAIN, "%s seldom asks  %s  %s: %s%s%s %s", frame,
			  id, sel_tier_name((enum sel_tier)tier),
			  sel_tier_words((enum sel_tier)tier), parked, more, frame);
	else
		l->failed = true;
}

static void lines_question(struct lines *l, const struct sel_prompt *p)
{
	const json_t *q = p->question;
	_cleanup_free_ char *object = sel_safe(text_of(q, "object"), p->utf8);

	lines_title(l, p);
	lines_field(l, p, BOLD, "new: ", text_of(q, "new"));
	if (!strstr(text_of(q, "new"), text_of(q, "nearest")))
		lines_field(l, p, PLAIN, "nearest approved: ", text_of(q, "nearest"));
	lines_text(l, p, BOLD, "", text_of(q, "headline"));
	lines_who(l, p);
	if (object)
		lines_put(l, BOLD, "%s  %s", op_words(q), object);
	else
		l->failed = true;
	lines_field(l, p, PLAIN, "and         ", text_of(q, "object2"));
	lines_field(l, p, PLAIN, "then: ", text_of(q, "consequence"));
	lines_field(l, p, DIM, "why you are asked: ", text_of(q, "why"));
	lines_field(l, p, PLAIN, "word to type: ", text_of(q, "token"));
	if (!is_flood(p)) {
		lines_rungs(l, p);
		lines_terms(l, p);
	}
	lines_text(l, p, DIM, "| ", text_of(q, "detail")); /* what would run: not only on request */
}

static void lines_detail(struct lines *l, const struct sel_prompt *p)
{
	const json_t *who = json_object_get(p->question, "who");
	json_t *rung;
	size_t i;

	lines_field(l, p, PLAIN, "program: ", text_of(who, "exe"));
	json_array_foreach(rungs_of(p), i, rung) lines_put(
		l, PLAIN, "choice %zu: covers %lld of what waits%s", i + 1,
		(long long)number_of(rung, "covers"),
		number_of(rung, "n") == number_of(p->question, "recommended") ? ", recommended"
									      : "");
}

/* One list is the help; the footer names the same keys. */
static const struct {
	const char *key, *help;
} keys[] = {
	{"y", "allow, as widely and as long as chosen above; a word may have to be typed"},
	{"n", "deny this once"},
	{"N", "deny this once, with a note for the program and the log"},
	{"1-9", "choose how widely an allow applies"},
	{"t", "choose for how long"},
	{"d", "show the whole request, or its next page"},
	{"?", "show or hide these lines"},
	{"^C ^\\ ^Z", "go to the program, as always"},
};

static void lines_help(struct lines *l)
{
	for (size_t i = 0; i < SEL_N(keys); i++)
		lines_put(l, DIM, "%-8s %s", keys[i].key, keys[i].help);
	lines_put(l, DIM,
		  "Enter, Space, pastes and the mouse never allow. Nothing decides in the first "
		  "moments after a question appears.");
}

/* --- the last lines -----------------------------------------------------------------------------
 */

static long seconds_left(const struct sel_prompt *p, usec_t now)
{
	return p->deadline > now ? (long)((p->deadline - now + USEC_PER_SEC - 1) / USEC_PER_SEC)
				 : 0;
}

static bool seen_all(const struct sel_prompt *p)
{
	return p->base > 0 && p->seen >= p->base && !p->too_small;
}

/* The typed word stands at the very end of the footer, where the cursor is. */
static void lines_footer(struct lines *l, const struct sel_prompt *p, usec_t now)
{
	_cleanup_free_ char *token = sel_safe(text_of(p->question, "token"), p->utf8);
	_cleanup_free_ char *yes = sel_answer_word(p->question, true, p->utf8);
	_cleanup_free_ char *no = sel_answer_word(p->question, false, p->utf8);
	char left[64] = "";

	if (!token || !yes || !no) {
		l->failed = true;
		return;
	}

	if (p->message[0])
		lines_put(l, BOLD, "%s", p->message);
	if (p->deadline != USEC_INFINITY)
		(void)snprintf(left, sizeof left, "   denied once in %ld s", seconds_left(p, now));
	if (p->noting)
		lines_put(l, BOLD, "to deny, type a note and Enter (Esc: back)%s: %s", left,
			  p->typed);
	else if (p->typing)
		lines_put(l, BOLD, "to allow, type  %s  and Enter (Esc: back)%s: %s", token, left,
			  p->typed);
	else if (p->sent)
		lines_put(l, PLAIN, "...");
	else if (p->to < p->total)
		lines_put(l, BOLD, "y %s   d more (%zu of %zu)   n %s   ? help%s",
			  seen_all(p) ? yes : "is off", p->to, p->total, no, left);
	else
		lines_put(l, PLAIN, "y %s   n %s%s   d details   ? help%s", yes, no,
			  json_array_size(terms_of(p)) > 1 ? "   t how long" : "", left);
}

/* --- drawing ------------------------------------------------------------------------------------
 */

struct text {
	char *s;
	size_t n, cap;
	bool failed;
};

static void text_add(struct text *t, const char *s)
{
	size_t n = strlen(s);

	if (t->n + n + 1 > t->cap) {
		size_t cap = 2 * (t->n + n + 1);
		char *grown = cap < MAX_TEXT ? realloc(t->s, cap) : NULL;

		if (!grown) {
			t->failed = true;
			return;
		}
		t->s = grown;
		t->cap = cap;
	}
	memcpy(t->s + t->n, s, n + 1);
	t->n += n;
}

static void text_lines(struct text *t, const struct lines *l, size_t from, size_t to, bool plain,
		       bool last)
{
	for (size_t i = from; i < to; i++) {
		bool look = !plain && l->v[i].look != PLAIN;

		if (look)
			text_add(t, look_on[l->v[i].look]);
		text_add(t, l->v[i].text);
		if (look)
			text_add(t, "\x1b[0m");
		if (!last || i + 1 < to)
			text_add(t, "\r\n");
	}
}

/* Back to the first line of the last drawing, which ended without a line feed. */
static void text_again(struct text *t, const struct sel_prompt *p)
{
	char up[32];

	if (p->plain || p->height == 0) {
		text_add(t, p->height ? "\r\n" : "");
		return;
	}
	text_add(t, "\r");
	if (p->height > 1) {
		(void)snprintf(up, sizeof up, "\x1b[%zuA", p->height - 1);
		text_add(t, up);
	}
	text_add(t, "\x1b[J");
}

static size_t footer_height(const struct sel_prompt *p, usec_t now)
{
	struct lines footer = {.columns = p->columns - 1};
	size_t n;

	lines_footer(&footer, p, now);
	n = footer.n;
	lines_done(&footer);
	return n;
}

/* Which lines of the content stand above the footer. The footer says whether more follow, and its
 * height depends on what it says: first as if this were the last page, then as if it were not. */
static void prompt_place(struct sel_prompt *p, size_t content, usec_t now)
{
	size_t rows = (size_t)p->rows - 1, footer;

	p->total = content;
	if (p->from >= content)
		p->from = 0;
	p->to = content;
	footer = footer_height(p, now);
	p->too_small = footer >= rows;
	if (!p->too_small && p->from + rows - footer >= content)
		return;
	p->to = p->from;
	footer = footer_height(p, now);
	p->too_small = footer >= rows;
	if (!p->too_small)
		p->to = p->from + rows - footer;
	if (p->to >= content) /* more stays to be shown, or the footer would be the other one */
		p->to = content - 1;
}

static char *draw_too_small(struct sel_prompt *p)
{
	struct text t = {0};

	text_again(&t, p);
	text_add(&t, "seldom: n deny?");
	p->too_small = true;
	p->height = 1;
	return t.s;
}

static void prompt_lines(struct sel_prompt *p, struct lines *l)
{
	size_t base;

	lines_question(l, p);
	base = l->n;
	if (p->base && p->base != base) { /* "9 more wait" became "10": other lines are elsewhere */
		p->from = p->seen = 0;
		p->complete = 0;
	}
	p->base = base;
	if (p->detail)
		lines_detail(l, p);
	if (p->help)
		lines_help(l);
}

char *sel_prompt_draw(struct sel_prompt *p, usec_t now)
{
	struct lines content = {.columns = p->columns - 1}, footer = {0};
	struct text t = {0};

	if (p->columns < MIN_COLUMNS || p->rows < 4)
		return draw_too_small(p);
	prompt_lines(p, &content);
	prompt_place(p, content.n, now);
	footer.columns = p->columns - 1;
	lines_footer(&footer, p, now);
	text_again(&t, p);
	text_lines(&t, &content, p->from, p->to, p->plain, false);
	text_lines(&t, &footer, 0, footer.n, p->plain, true);
	p->height = p->to - p->from + footer.n;
	if (content.failed || footer.failed || t.failed) {
		free(t.s); /* what could not be drawn whole is not shown, and cannot be allowed */
		t.s = NULL;
	}
	lines_done(&content);
	lines_done(&footer);
	return t.s;
}

void sel_prompt_drawn(struct sel_prompt *p, usec_t now)
{
	if (!p->shown)
		p->shown = now;
	if (p->too_small)
		return;
	if (p->from <= p->seen && p->to > p->seen)
		p->seen = p->to;
	if (!seen_all(p) || p->complete)
		return;
	p->complete = now;
	if (!p->first)
		p->first = now;
}

/* --- life ---------------------------------------------------------------------------------------
 */

/* What ticks while a burst grows changes nothing that is being decided. */
static json_t *shape_of(const json_t *question)
{
	static const char *const ticking[] = {"waiting", "remaining_ms", "asked"};
	json_t *shape = json_deep_copy(question), *rung;
	size_t i;

	for (i = 0; shape && i < SEL_N(ticking); i++)
		(void)json_object_del(shape, ticking[i]);
	json_array_foreach(json_object_get(shape, "rungs"), i, rung)(void)
		json_object_del(rung, "covers");
	return shape;
}

static void prompt_restart(struct sel_prompt *p)
{
	p->shown = p->complete = 0;
	p->from = p->seen = p->base = 0;
	p->typing = p->noting = false;
	p->typed_n = 0;
	p->typed[0] = '\0';
	p->message[0] = '\0';
}

static void prompt_take(struct sel_prompt *p, json_t *question, usec_t now)
{
	const json_t *left = json_object_get(question, "remaining_ms");
	json_int_t msec = json_integer_value(left);

	json_decref(p->question);
	p->question = json_incref(question);
	p->deadline = json_is_integer(left) && msec >= 0 ? now + (usec_t)msec * USEC_PER_MSEC
							 : USEC_INFINITY;
}

static void prompt_preselect(struct sel_prompt *p)
{
	json_t *rung;
	size_t i;

	p->rung = p->term = 0;
	json_array_foreach(rungs_of(p), i,
			   rung) if (number_of(rung, "n") == number_of(p->question, "preselected"))
		p->rung = i;
}

void sel_prompt_open(struct sel_prompt *p, json_t *question, int rows, int columns, usec_t now)
{
	bool utf8 = p->utf8, plain = p->plain;
	size_t others = p->others;

	sel_prompt_close(p);
	*p = (struct sel_prompt){
		.utf8 = utf8, .plain = plain, .others = others, .rows = rows, .columns = columns};
	prompt_take(p, question, now);
	p->shape = shape_of(question);
	prompt_preselect(p);
}

void sel_prompt_update(struct sel_prompt *p, json_t *question, usec_t now)
{
	json_t *shape = shape_of(question);
	bool same = shape && json_equal(shape, p->shape);

	prompt_take(p, question, now);
	json_decref(p->shape);
	p->shape = shape;
	if (same)
		return;
	/* Its words or choices changed under the finger: read it again. */
	prompt_restart(p);
	prompt_preselect(p);
	(void)snprintf(p->message, sizeof p->message, "The question has changed.");
}

void sel_prompt_resize(struct sel_prompt *p, int rows, int columns)
{
	p->rows = rows;
	p->columns = columns;
	p->height = 0; /* where the old lines went, only the terminal knows */
	prompt_restart(p);
}

void sel_prompt_close(struct sel_prompt *p)
{
	json_decref(p->question);
	json_decref(p->shape);
	p->question = p->shape = NULL;
}

usec_t sel_prompt_tick(const struct sel_prompt *p, usec_t now)
{
	long left = seconds_left(p, now);

	if (p->plain || p->deadline == USEC_INFINITY || left == 0)
		return USEC_INFINITY;
	/* Not every second: a screen reader speaks what changes. */
	return p->deadline - (usec_t)(left > 10 ? (left - 1) / 10 * 10 : left - 1) * USEC_PER_SEC;
}

/* --- keys ---------------------------------------------------------------------------------------
 */

static usec_t guard_of(const struct sel_prompt *p)
{
	return tier_of(p) == 3 ? SEL_GUARD_T3_USEC : SEL_GUARD_USEC;
}

/* May a key do anything now? */
static bool guarded(const struct sel_prompt *p, usec_t now)
{
	return p->shown == 0 || now < p->shown + guard_of(p) || now < p->quiet_until;
}

static enum sel_prompt_event say(struct sel_prompt *p, const char *why)
{
	(void)snprintf(p->message, sizeof p->message, "%s", why);
	return SEL_PROMPT_REDRAW;
}

static enum sel_prompt_event key_allow(struct sel_prompt *p, usec_t now)
{
	if (p->too_small)
		return say(p, "y is off: the terminal is too small to show the question.");
	if (!seen_all(p))
		return say(p, "Not yet: d shows the rest first.");
	if (now < p->complete + guard_of(p)) {
		p->quiet_until = now + SEL_QUIET_USEC;
		return SEL_PROMPT_NOTHING;
	}
	if (!wants_word(p))
		return SEL_PROMPT_ALLOW;
	if (!*text_of(p->question, "token"))
		return say(p, "This cannot be allowed here.");
	p->typing = true;
	p->typed_n = 0;
	p->typed[0] = '\0';
	return SEL_PROMPT_REDRAW;
}

/* The next lines; after the last of them, details on or off. */
static enum sel_prompt_event key_detail(struct sel_prompt *p)
{
	p->expanded = true;
	if (p->to < p->total) {
		p->from = p->to;
		return SEL_PROMPT_REDRAW;
	}
	p->detail = !p->detail;
	/* what was read already is not shown again first, if there is more than one screen of it */
	p->from = p->detail && p->from > 0 ? p->base : 0;
	return SEL_PROMPT_REDRAW;
}

static enum sel_prompt_event key_command(struct sel_prompt *p, char c, usec_t now)
{
	size_t terms = json_array_size(terms_of(p)), rungs = json_array_size(rungs_of(p));

	p->message[0] = '\0';
	if (c >= '1' && (size_t)(c - '1') < rungs) {
		p->expanded |= p->rung != (size_t)(c - '1');
		p->rung = (size_t)(c - '1');
		return SEL_PROMPT_REDRAW;
	}
	switch (c) {
	case 'y':
		return key_allow(p, now);
	case 'n':
		return SEL_PROMPT_DENY;
	case 'N':
		p->noting = true;
		p->typed_n = 0;
		p->typed[0] = '\0';
		return SEL_PROMPT_REDRAW;
	case 't':
		p->expanded |= terms > 1;
		p->term = terms ? (sel_prompt_term(p) + 1) % terms : 0;
		return SEL_PROMPT_REDRAW;
	case 'd':
		return key_detail(p);
	case '?':
		p->help = !p->help;
		p->from = 0;
		return SEL_PROMPT_REDRAW;
	default:
		return SEL_PROMPT_REDRAW;
	}
}

static enum sel_prompt_event key_typed(struct sel_prompt *p, struct sel_key key)
{
	const char *token = text_of(p->question, "token");

	p->message[0] = '\0';
	if (key.kind == SEL_KEY_CHAR && p->typed_n + 1 < sizeof p->typed) {
		p->typed[p->typed_n++] = key.c;
	} else if (key.kind == SEL_KEY_BACKSPACE && p->typed_n) {
		p->typed_n--;
	} else if (key.kind == SEL_KEY_ESCAPE) {
		p->typing = p->noting = false;
		p->typed_n = 0;
	} else if (key.kind == SEL_KEY_ENTER && p->noting) {
		return SEL_PROMPT_DENY;
	} else if (key.kind == SEL_KEY_ENTER && p->typed_n) {
		if (*token && strcmp(p->typed, token) == 0)
			return SEL_PROMPT_ALLOW;
		p->typed_n = 0;
		(void)snprintf(p->message, sizeof p->message, "That was another word; still open.");
	}
	p->typed[p->typed_n] = '\0';
	return SEL_PROMPT_REDRAW;
}

enum sel_prompt_event sel_prompt_key(struct sel_prompt *p, struct sel_key key, usec_t now)
{
	bool early = guarded(p, now);

	if (key.kind == SEL_KEY_NONE)
		return SEL_PROMPT_NOTHING;
	if (key.kind == SEL_KEY_CONTROL && (key.c == 3 || key.c == 28 || key.c == 26))
		return SEL_PROMPT_PASS;
	if (p->sent)
		return SEL_PROMPT_NOTHING;
	if (early || key.kind == SEL_KEY_DISCARDED) {
		p->quiet_until = now + SEL_QUIET_USEC;
		return SEL_PROMPT_NOTHING;
	}
	if (p->typing || p->noting)
		return key_typed(p, key);
	return key.kind == SEL_KEY_CHAR ? key_command(p, key.c, now) : SEL_PROMPT_NOTHING;
}

bool sel_prompt_hold(struct sel_prompt *p, usec_t now)
{
	if (p->holds >= MAX_HOLDS || (p->holds && now < p->last_hold + HOLD_USEC))
		return false;
	p->holds++;
	p->last_hold = now;
	return true;
}

json_t *sel_prompt_answer(struct sel_prompt *p, enum sel_prompt_event event, usec_t now)
{
	bool allow = event == SEL_PROMPT_ALLOW;
	const char *term = json_string_value(json_array_get(terms_of(p), sel_prompt_term(p)));
	json_t *rung = json_array_get(rungs_of(p), p->rung);
	json_t *m = json_pack("{s:s, s:s, s:s, s:b}", "type", "answer", "id",
			      text_of(p->question, "id"), "verdict", allow ? "allow" : "deny",
			      "expanded", p->expanded);

	if (!m)
		return NULL;
	if (p->first && now > p->first && !p->blurred)
		(void)json_object_set_new(
			m, "response_ms",
			json_integer((json_int_t)((now - p->first) / USEC_PER_MSEC)));
	if (!allow) {
		if (p->noting && p->typed_n)
			(void)json_object_set_new(m, "note", json_string(p->typed));
		return m;
	}
	if (json_object_set_new(m, "rung", json_integer(number_of(rung, "n"))) < 0 ||
	    json_object_set_new(m, "for", json_string(term ? term : "once")) < 0 ||
	    (wants_word(p) && json_object_set_new(m, "token", json_string(p->typed)) < 0)) {
		json_decref(m);
		return NULL;
	}
	return m;
}
