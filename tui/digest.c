#include "digest.h"

#include "console_fleet.h"
#include "console_input.h"
#include "seldom/text.h"
#include "tiredness.h"

#include <stdio.h>

#define TEXT_COLUMN    14 /* marks are words and stand before */
#define NARROW_COLUMNS 50
#define LINES_MAX      4000
#define ROWS_MIN       6 /* title, words, a row of two lines, what follows, keys */
#define COLS_MIN       20

/* --- drawing rows ---------------------------------------------------------------------------- */

static uint64_t mix(uint64_t h)
{
	h += 0x9e3779b97f4a7c15u; /* splitmix64 (Steele, Lea, Flood 2014) */
	h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9u;
	h = (h ^ h >> 27) * 0x94d049bb133111ebu;
	return h ^ h >> 31;
}

/* Nobody inside chooses the microsecond that something is decided in. */
static uint64_t order_of(const struct sel_learned_row *row)
{
	uint64_t h = mix((uint64_t)row->action) ^ row->at;

	for (const char *p = row->session ? row->session : ""; *p; p++)
		h = mix(h) ^ (uint8_t)*p;
	return mix(h);
}

static int set_text(json_t *o, const char *key, const char *bytes)
{
	return bytes ? sel_json_set_bytes(o, key, bytes, strlen(bytes))
		     : json_object_set_new(o, key, json_null());
}

static const char *reason_of(const struct sel_learned_row *row)
{
	return !row->answered ? row->reason
	       : row->denied  ? "you denied this: was that right?"
			      : "you allowed this: was that right?";
}

static json_t *row_json(const struct sel_learned_row *row)
{
	const struct {
		const char *key, *text;
	} texts[] = {
		{"session", row->session},  {"exe", row->exe},	       {"object", row->object},
		{"reason", reason_of(row)}, {"program", row->program}, {"key", row->key},
	};
	const char *answer = !row->answered ? NULL : row->denied ? "deny" : "allow";
	json_t *o = json_pack("{s:i, s:I, s:I, s:s, s:i, s:b, s:I, s:s?}", "v", 1, "action",
			      (json_int_t)row->action, "unix", (json_int_t)(row->at / USEC_PER_SEC),
			      "op", sel_op_name(row->op), "step", row->step, "first", row->first,
			      "repeats", (json_int_t)row->repeats, "answer", answer);

	for (size_t i = 0; o && i < SEL_N(texts); i++)
		if (set_text(o, texts[i].key, texts[i].text) < 0) {
			json_decref(o);
			return NULL;
		}
	if (o && sel_fleet_safe(o) < 0) {
		json_decref(o);
		return NULL;
	}
	return o;
}

int sel_digest_gather(const struct sel_learned_row *row, void *ctx)
{
	struct sel_digest_pool *p = ctx;
	json_t *json = row_json(row);

	if (p->n == p->cap && json) {
		size_t cap = p->cap ? 2 * p->cap : 32;
		void *rows = reallocarray(p->rows, cap, sizeof *p->rows), *order;

		p->rows = rows ? rows : p->rows;
		order = rows ? reallocarray(p->order, cap, sizeof *p->order) : NULL;
		p->order = order ? order : p->order;
		p->cap = order ? cap : p->cap;
	}
	if (!json || p->n == p->cap) {
		json_decref(json);
		return -ENOMEM;
	}
	p->order[p->n] = order_of(row);
	p->rows[p->n++] = (struct sel_digest_row){
		.action = row->action,
		.at = row->at,
		.step = row->step,
		.first = row->first,
		.answered = row->answered,
		.repeats = row->repeats,
		.json = json,
	};
	return 0;
}

static void take_row(struct sel_digest *d, struct sel_digest_pool *p, size_t i, bool sampled)
{
	struct sel_digest_row *row = &d->row[d->n++];

	*row = p->rows[i];
	row->sampled = sampled;
	(void)json_object_set_new(row->json, "sampled", json_boolean(sampled));
	p->rows[i].json = NULL;
}

static void draw(struct sel_digest *d, struct sel_digest_pool *p, int n, bool sampled)
{
	for (int k = 0; k < n; k++) {
		size_t least = p->n;

		for (size_t i = 0; i < p->n; i++)
			if (p->rows[i].json && (least == p->n || p->order[i] < p->order[least]))
				least = i;
		if (least == p->n)
			break;
		take_row(d, p, least, sampled);
	}
}

void sel_digest_draw_rows(struct sel_digest *d, struct sel_digest_pool *p)
{
	d->of = p->n;
	draw(d, p, SEL_DIGEST_ROWS, true);
	for (size_t i = 0; i < p->n && d->n < SEL_DIGEST_ROWS + SEL_DIGEST_FIRST; i++)
		if (p->rows[i].json && p->rows[i].first)
			take_row(d, p, i, false);
	sel_digest_pool_done(p);
}

void sel_digest_draw_answers(struct sel_digest *d, struct sel_digest_pool *p)
{
	draw(d, p, SEL_DIGEST_ANSWERS, false);
	sel_digest_pool_done(p);
}

void sel_digest_pool_done(struct sel_digest_pool *p)
{
	for (size_t i = 0; i < p->n; i++)
		json_decref(p->rows[i].json);
	free(p->rows);
	free(p->order);
	*p = (struct sel_digest_pool){0};
}

void sel_digest_done(struct sel_digest *d)
{
	for (size_t i = 0; i < d->n; i++)
		json_decref(d->row[i].json);
	*d = (struct sel_digest){0};
}

/* --- words ----------------------------------------------------------------------------------- */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/* The line of the log says first what the row shows in full already. */
static const char *why_text(const struct sel_digest_row *row)
{
	const char *reason = sel_json_text(row->json, "reason");
	const char *rest = strncmp(reason, "allow", 5) == 0 ? strstr(reason, " - ") : NULL;

	return rest ? rest + 3 : reason;
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (unsigned char)c >= 0x80;
}

/* As the words of a question are counted: each once. */
static void count_words(json_t *seen, const char *text)
{
	while (*text) {
		char word[256];
		size_t n = 0;

		for (; is_word(*text); text++)
			if (n + 1 < sizeof word)
				word[n++] = *text;
		word[n] = '\0';
		if (n > 0)
			(void)json_object_set_new_nocheck(seen, word, json_true());
		else
			text++;
	}
}

unsigned sel_digest_words(const struct sel_digest *d)
{
	json_t *seen = json_object();
	size_t n;

	for (size_t i = 0; seen && i < d->n; i++) {
		count_words(seen, base_name(sel_json_text(d->row[i].json, "exe")));
		count_words(seen, sel_json_text(d->row[i].json, "op"));
		count_words(seen, sel_json_text(d->row[i].json, "object"));
		count_words(seen, why_text(&d->row[i]));
	}
	n = json_object_size(seen);
	json_decref(seen);
	return (unsigned)n;
}

/* --- drawing --------------------------------------------------------------------------------- */

static const struct {
	const char *word;
	char key;
	enum sel_role role;
} marks[] = {
	[SEL_MARK_NONE] = {"", ' ', SEL_ROLE_NORMAL},
	[SEL_MARK_UNWANTED] = {"unwanted", 'f', SEL_ROLE_WARN},
	[SEL_MARK_HARMFUL] = {"HARMFUL", 'h', SEL_ROLE_TIER3},
};

static char *what_text(const struct sel_digest_row *row)
{
	const char *exe = sel_json_text(row->json, "exe");
	char *text = NULL;

	if (asprintf(&text, "%s %s %s", *exe ? base_name(exe) : "?", sel_json_text(row->json, "op"),
		     sel_json_text(row->json, "object")) < 0)
		return NULL;
	return text;
}

/* A row's lines; *ret_row is the line it begins at. */
static int row_lines(const struct sel_digest *d, struct sel_lines *l, int line, size_t i, int cols)
{
	const struct sel_digest_row *row = &d->row[i];
	_cleanup_free_ char *what = what_text(row);
	const char *why = why_text(row);
	int col = cols < NARROW_COLUMNS ? 6 : TEXT_COLUMN;
	char number[32];

	(void)snprintf(number, sizeof number, "%zu", i + 1);
	if (!what) {
		l->failed = true;
		return line;
	}
	(void)sel_lines_wrap(l, line, 2, cols, SEL_ROLE_DIM, number);
	if (row->mark != SEL_MARK_NONE) {
		char word[2] = {marks[row->mark].key, '\0'};

		(void)sel_lines_wrap(l, line, cols < NARROW_COLUMNS ? 4 : 5, cols,
				     marks[row->mark].role,
				     cols < NARROW_COLUMNS ? word
				     : row->answered	   ? "wrong"
							   : marks[row->mark].word);
	}
	line = sel_lines_wrap(l, line, col, cols, i == d->at ? SEL_ROLE_OBJECT : SEL_ROLE_NORMAL,
			      what);
	if (*why)
		line = sel_lines_wrap(l, line, col, cols, SEL_ROLE_DIM, why);
	if (row->first)
		line = sel_lines_wrap(l, line, col, cols, SEL_ROLE_NOTE,
				      row->sampled
					      ? "the first use of what was learned"
					      : "the first use of what was learned; not drawn, "
						"does not count");
	return line;
}

static int head(const struct sel_digest *d, struct sel_canvas *c)
{
	size_t drawn = 0, answers = 0;

	for (size_t i = 0; i < d->n; i++) {
		drawn += d->row[i].sampled;
		answers += d->row[i].answered;
	}
	sel_canvas_fill(c, 0, 0, c->cols, SEL_ROLE_TITLE, " ");
	sel_canvas_printf(c, 0, 1, c->cols - 1, SEL_ROLE_TITLE,
			  "seldom digest   %zu of %llu learned allows, drawn at random", drawn,
			  (unsigned long long)d->of);
	sel_canvas_text(c, 1, 1, c->cols - 1, SEL_ROLE_HEADER,
			answers == d->n ? "Were these answers right? Mark those that were not."
			: answers ? "Would you have allowed these? Mark what you would not, and "
				    "wrong answers."
				  : "Would you have allowed these? Mark what you would not.",
			NULL);
	return 2;
}

static void foot(const struct sel_digest *d, struct sel_canvas *c)
{
	static const struct {
		const char *key, *word;
	} keys[] = {{"f", "not wanted"}, {"h", "harmful"}, {"Up Down", "move"}, {"Enter", "done"}};
	int row = c->rows - 1, col = 0, below = d->total - d->top - d->page;

	for (size_t i = 0; i < SEL_N(keys); i++) {
		if (col + (int)(strlen(keys[i].key) + strlen(keys[i].word)) + 3 > c->cols)
			break;
		col += sel_canvas_text(c, row, col, c->cols - col, SEL_ROLE_KEY, keys[i].key, NULL);
		col += sel_canvas_text(c, row, col + 1, c->cols - col - 1, SEL_ROLE_NORMAL,
				       keys[i].word, NULL) +
		       3;
	}
	if (below > 0)
		sel_canvas_printf(c, row - 1, 1, c->cols - 1, SEL_ROLE_NOTE, "%s %d more lines",
				  sel_glyphs(c->utf8)->more_down, below);
}

/* The row under the cursor is on the screen, with its first line at least. */
static void scroll_to(struct sel_digest *d, int first, int end)
{
	if (end > d->top + d->page)
		d->top = end - d->page;
	if (first < d->top)
		d->top = first;
	if (d->top > d->total - d->page)
		d->top = d->total - d->page;
	if (d->top < 0)
		d->top = 0;
}

static void put_lines(const struct sel_digest *d, struct sel_canvas *c, const struct sel_lines *l,
		      int row)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct sel_span *s = &l->spans[i];

		if (s->row >= d->top && s->row < d->top + d->page)
			sel_canvas_text(c, row + s->row - d->top, s->col, c->cols - s->col, s->role,
					s->text, NULL);
	}
}

void sel_digest_draw(struct sel_digest *d, struct sel_canvas *c)
{
	struct sel_lines l = {0};
	int first = 0, end = 0, line = 0, row;

	sel_canvas_clear(c);
	if (c->rows < ROWS_MIN || c->cols < COLS_MIN) {
		d->page = 0; /* nothing of it is seen */
		sel_canvas_text(c, 0, 0, c->cols, SEL_ROLE_WARN, "too small; q quits", NULL);
		return;
	}
	row = head(d, c);
	d->page = c->rows - row - 2;
	for (size_t i = 0; i < d->n && line < LINES_MAX; i++) {
		int before = line;

		line = row_lines(d, &l, line, i, c->cols);
		if (i == d->at) {
			first = before;
			end = line;
		}
	}
	d->total = l.rows;
	scroll_to(d, first, end);
	put_lines(d, c, &l, row);
	if (first >= d->top && first < d->top + d->page) {
		sel_canvas_text(c, row + first - d->top, 0, 1, SEL_ROLE_SALIENT,
				sel_glyphs(c->utf8)->mark, NULL);
		c->cursor_row = row + first - d->top;
		c->cursor_col = 0;
	}
	foot(d, c);
	if (l.failed)
		d->blurred = true; /* what could not be drawn was not read */
	sel_lines_done(&l);
}

void sel_digest_drawn(struct sel_digest *d, usec_t now)
{
	if (!d->guard_until)
		d->guard_until = now + SEL_DIGEST_GUARD;
	if (d->page == 0)
		return;
	if (!d->shown)
		d->shown = now;
	if (d->top <= d->seen && d->top + d->page > d->seen)
		d->seen = d->top + d->page;
}

/* --- keys ------------------------------------------------------------------------------------ */

static void mark_row(struct sel_digest *d, enum sel_mark mark)
{
	struct sel_digest_row *row = &d->row[d->at];
	bool off;

	if (row->answered) /* wrong or not: there is no worse */
		mark = SEL_MARK_UNWANTED;
	off = row->mark == mark;

	row->mark = off ? SEL_MARK_NONE : mark;
	if (!off && d->at + 1 < d->n)
		d->at++;
}

static void move_by(struct sel_digest *d, long by)
{
	long at = (long)d->at + by;

	d->at = at < 0 ? 0 : at >= (long)d->n ? d->n - 1 : (size_t)at;
}

void sel_digest_key(struct sel_digest *d, int key, usec_t now)
{
	if (key == SEL_KEY_FOCUS_OUT)
		d->blurred = true;
	if (d->n == 0 || d->done || d->guard_until == 0 || now < d->guard_until)
		return;
	switch (key) {
	case 'f':
	case 'h':
		mark_row(d, key == 'f' ? SEL_MARK_UNWANTED : SEL_MARK_HARMFUL);
		break;
	case SEL_KEY_DOWN:
	case 'j':
	case ' ':
		move_by(d, 1);
		break;
	case SEL_KEY_UP:
	case 'k':
		move_by(d, -1);
		break;
	case SEL_KEY_PAGE_DOWN:
	case SEL_KEY_END:
	case 'G':
		move_by(d, key == SEL_KEY_PAGE_DOWN ? 3 : (long)d->n);
		break;
	case SEL_KEY_PAGE_UP:
	case SEL_KEY_HOME:
	case 'g':
		move_by(d, key == SEL_KEY_PAGE_UP ? -3 : -(long)d->n);
		break;
	case SEL_KEY_ENTER:
	case 'q':
		d->done = true;
		d->ended = now;
		break;
	default:
		break;
	}
}

bool sel_digest_attentive(const struct sel_digest *d, double own_floor, const char **ret_why)
{
	struct sel_past read = {
		.said = SEL_SAID_ALLOW,
		.tier = SEL_T1,
		.response = d->ended > d->shown ? d->ended - d->shown : 0,
		.words = sel_digest_words(d),
		.measured = true,
	};

	*ret_why = NULL;
	if (!d->done || !d->shown)
		*ret_why = "it was left before its end";
	else if (d->seen < d->total)
		*ret_why = "not all rows were on the screen";
	else if (d->blurred)
		*ret_why = "the terminal lost the focus meanwhile";
	else if (read.response == 0 || sel_rapid(&read, own_floor))
		*ret_why = "that was faster than it can be read";
	return *ret_why == NULL;
}
