/* What the log holds: the actions that show a text, the newest first.
 *
 * Looked for is what a row shows, but no row is made for it. What repeats - sorts of actions,
 * texts, sessions, questions - is looked at once and remembered by its number, so that of most rows
 * only the object is left to be compared. An index of all texts was measured instead: it made the
 * store larger by more than half and a write slower, for a search that now takes below a second. */
#include "rows.h"

#include "seldom/text.h"

#include <ctype.h>
#include <stdio.h>
#include <time.h>

#define LOOK_EVERY  4096   /* rows between two words on how far it got */
#define MARK	    '\x01' /* in a reason's pattern: here stands the object (intern.c) */
#define OBJECT_MAX  512	   /* escaped objects that a pattern stands for are shorter */
#define DATE_LENGTH 5	   /* "2026-" */

/* --- what was looked at before -----------------------------------------------------------------
 */

enum {
	SEEN = 1,
	HOLDS = 2,
	NAMES_OBJECT = 4, /* a pattern: the object stands in it */
	SPANS = 8,	  /* a pattern: the text may begin in it and end in the object */
	REFUSED = 16,	  /* a sort: not the operation or decision that is looked for */
};
struct memo {
	int64_t *ids; /* 0: free */
	uint8_t *bits;
	size_t n, cap; /* a power of 2 */
};

static void memo_done(struct memo *m)
{
	free(m->ids);
	free(m->bits);
}

static size_t memo_find(const struct memo *m, int64_t id)
{
	size_t i = (size_t)((uint64_t)id * 0x9E3779B97F4A7C15ULL >> 32);

	while (m->ids[i & (m->cap - 1)] != 0 && m->ids[i & (m->cap - 1)] != id)
		i++;
	return i & (m->cap - 1);
}

static int memo_grow(struct memo *m)
{
	struct memo grown = {.n = m->n, .cap = m->cap ? 2 * m->cap : 256};

	grown.ids = calloc(grown.cap, sizeof *grown.ids);
	grown.bits = calloc(grown.cap, sizeof *grown.bits);
	if (!grown.ids || !grown.bits) {
		memo_done(&grown);
		return -ENOMEM;
	}
	for (size_t i = 0; i < m->cap; i++) {
		size_t at = m->ids[i] ? memo_find(&grown, m->ids[i]) : 0;

		if (!m->ids[i])
			continue;
		grown.ids[at] = m->ids[i];
		grown.bits[at] = m->bits[i];
	}
	memo_done(m);
	*m = grown;
	return 0;
}

/* Its bits, 0 if it is new. NULL: out of memory. */
static uint8_t *memo_bits(struct memo *m, int64_t id)
{
	size_t at;

	if (2 * m->n >= m->cap && memo_grow(m) < 0)
		return NULL;
	at = memo_find(m, id);
	m->n += m->ids[at] == 0;
	m->ids[at] = id;
	return &m->bits[at];
}

/* --- one text ----------------------------------------------------------------------------------
 */

struct search {
	struct sel_store *s;
	const struct sel_filter *f;
	struct sel_query rows;
	char needle[SEL_CONTAINS_MAX + 1]; /* in small letters */
	size_t needle_n;
	bool date; /* it may be the beginning of a time */
	struct memo sorts, texts, patterns, sessions, questions;
	uint64_t looked, of;
};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool matches(const struct search *x, const char *bytes)
{
	size_t i = 1;

	while (i < x->needle_n && lower(bytes[i]) == x->needle[i])
		i++;
	return i >= x->needle_n;
}

static bool in_shown(const struct search *x, const char *bytes, size_t n)
{
	if (x->needle_n == 0)
		return true;
	for (size_t i = 0; i + x->needle_n <= n; i++)
		if (lower(bytes[i]) == x->needle[0] && matches(x, bytes + i))
			return true;
	return false;
}

/* It is shown as it is. */
static bool plain(const char *bytes, size_t n)
{
	bool odd = false;

	for (size_t i = 0; i < n; i++)
		odd |= bytes[i] < ' ' || bytes[i] > '~' || bytes[i] == '\\';
	return !odd;
}

/* 1: what is shown of these bytes holds the text. */
static int in_bytes(const struct search *x, const char *bytes, size_t n)
{
	_cleanup_free_ char *shown = NULL;

	if (n == 0 || plain(bytes, n))
		return in_shown(x, bytes, n);
	shown = sel_text_dup(bytes, n);
	return shown ? in_shown(x, shown, strlen(shown)) : -ENOMEM;
}

static int in_column(const struct search *x, sqlite3_stmt *stmt, int i)
{
	const char *bytes = sqlite3_column_blob(stmt, i);

	return bytes ? in_bytes(x, bytes, (size_t)sqlite3_column_bytes(stmt, i)) : 0;
}

/* --- what repeats ------------------------------------------------------------------------------
 */

/* 1: one of the columns from `first` on of the only row holds it. */
static int in_row(const struct search *x, struct sel_query *q, int first, int end)
{
	int r = sel_query_step(q), found = 0;

	for (int i = first; r == 1 && found == 0 && i < end; i++)
		found = in_column(x, q->stmt, i);
	return r < 0 ? r : found;
}

static int in_one(const struct search *x, enum sel_stmt which, int64_t id)
{
	_cleanup_query_ struct sel_query q = {0};

	sel_query_init(&q, x->s, which);
	sel_bind_int(&q, id);
	return in_row(x, &q, 0, 1);
}

/* Of a text, session or question, by its number; 0 is none. */
static int in_known(const struct search *x, struct memo *m, enum sel_stmt which, int64_t id)
{
	uint8_t *bits = id ? memo_bits(m, id) : NULL;
	int r;

	if (!bits)
		return id ? -ENOMEM : 0;
	if (*bits)
		return !!(*bits & HOLDS);
	r = in_one(x, which, id);
	*bits = (uint8_t)(SEEN | (r > 0 ? HOLDS : 0));
	return r;
}

static bool differs(sqlite3_stmt *stmt, int i, const char *wanted)
{
	const char *is = (const char *)sqlite3_column_text(stmt, i);

	return wanted && (!is || strcmp(is, wanted) != 0);
}

/* The bits of a sort of action: its operation, decision, source and program. */
static int sort_bits(struct search *x, int64_t id, uint8_t *ret)
{
	_cleanup_query_ struct sel_query q = {0};
	uint8_t *bits = memo_bits(&x->sorts, id);
	int r;

	if (!bits)
		return -ENOMEM;
	*ret = *bits;
	if (*bits)
		return 0;
	sel_query_init(&q, x->s, STMT_SEARCH_SORT);
	sel_bind_int(&q, id);
	r = in_row(x, &q, 0, 4);
	if (r < 0)
		return r;
	*bits = (uint8_t)(SEEN | (r > 0 ? HOLDS : 0));
	if (differs(q.stmt, 0, x->f->op) || differs(q.stmt, 1, x->f->decision))
		*bits |= REFUSED;
	*ret = *bits;
	return 0;
}

/* May the text begin in this part of a pattern and end in the object behind it, or begin in the one
 * before? */
static bool may_span(const struct search *x, const char *part, size_t n, bool before, bool behind)
{
	for (size_t k = 1; k < x->needle_n && k <= n; k++) {
		const char *end = part + n - k, *rest = x->needle + x->needle_n - k;
		size_t ends = 0, begins = 0;

		while (behind && ends < k && lower(end[ends]) == x->needle[ends])
			ends++;
		while (before && begins < k && lower(part[begins]) == rest[begins])
			begins++;
		if (ends == k || begins == k)
			return true;
	}
	return false;
}

static int look_at_pattern(const struct search *x, const char *bytes, size_t n, uint8_t *ret)
{
	for (size_t from = 0; from <= n;) {
		const char *mark = from < n ? memchr(bytes + from, MARK, n - from) : NULL;
		size_t len = mark ? (size_t)(mark - bytes) - from : n - from;
		int r = in_bytes(x, bytes + from, len);

		if (r < 0)
			return r;
		*ret |= (uint8_t)((r ? HOLDS : 0) | (mark ? NAMES_OBJECT : 0));
		if (!plain(bytes + from, len) ||
		    may_span(x, bytes + from, len, from > 0, mark != NULL))
			*ret |= SPANS;
		from += len + 1;
	}
	return 0;
}

static int pattern_bits(struct search *x, int64_t id, uint8_t *ret)
{
	_cleanup_query_ struct sel_query q = {0};
	uint8_t *bits = memo_bits(&x->patterns, id);
	int r = 0;

	if (!bits)
		return -ENOMEM;
	*ret = *bits;
	if (*bits)
		return 0;
	sel_query_init(&q, x->s, STMT_TEXT_ONE);
	sel_bind_int(&q, id);
	*ret = SEEN;
	r = sel_query_step(&q);
	if (r == 1) {
		const char *bytes = sqlite3_column_blob(q.stmt, 0);

		r = bytes ? look_at_pattern(x, bytes, (size_t)sqlite3_column_bytes(q.stmt, 0), ret)
			  : 0;
	}
	*bits = *ret;
	return r < 0 ? r : 0;
}

/* --- one row -----------------------------------------------------------------------------------
 */

enum { A_ID, A_AT, A_SESSION, A_WHAT, A_COMM, A_OBJECT, A_OBJECT2, A_REASON, A_QUESTION };

/* The reason in full: only where its parts cannot tell. */
static int in_reason(struct search *x, sqlite3_stmt *stmt)
{
	const char *object = sqlite3_column_blob(stmt, A_OBJECT);
	size_t n = (size_t)sqlite3_column_bytes(stmt, A_OBJECT);
	int64_t id = sqlite3_column_int64(stmt, A_REASON);
	_cleanup_query_ struct sel_query q = {0};
	uint8_t bits = 0;
	int r = id ? pattern_bits(x, id, &bits) : 0;

	if (r < 0 || (bits & HOLDS))
		return r < 0 ? r : 1;
	if (!(bits & NAMES_OBJECT) || (!(bits & SPANS) && object && plain(object, n)))
		return 0;
	sel_query_init(&q, x->s, STMT_SEARCH_REASON);
	sel_bind_int(&q, id);
	if (object)
		sel_bind_blob(&q, (const uint8_t *)object, n);
	return in_row(x, &q, 0, 1);
}

/* "2026-11-23 09:4" and "11-23 09:4", as the log shows it. */
static int in_time(const struct search *x, sqlite3_stmt *stmt)
{
	time_t at = (time_t)(sqlite3_column_int64(stmt, A_AT) / (int64_t)USEC_PER_SEC);
	char text[48];
	struct tm tm;

	if (!x->date || !localtime_r(&at, &tm) ||
	    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		return 0;
	return strncmp(text, x->needle, x->needle_n) == 0 ||
	       strncmp(text + DATE_LENGTH, x->needle, x->needle_n) == 0;
}

static int row_holds(struct search *x, sqlite3_stmt *stmt)
{
	uint8_t sort = 0;
	int r = sort_bits(x, sqlite3_column_int64(stmt, A_WHAT), &sort);

	if (r < 0 || (sort & REFUSED) || (usec_t)sqlite3_column_int64(stmt, A_AT) < x->f->since)
		return r;
	if ((sort & HOLDS) || x->needle_n == 0)
		return 1;
	r = in_known(x, &x->texts, STMT_TEXT_ONE, sqlite3_column_int64(stmt, A_COMM));
	if (r == 0)
		r = in_known(x, &x->sessions, STMT_SEARCH_SESSION_NAME,
			     sqlite3_column_int64(stmt, A_SESSION));
	if (r == 0)
		r = in_known(x, &x->questions, STMT_SEARCH_QUESTION_NAME,
			     sqlite3_column_int64(stmt, A_QUESTION));
	if (r == 0)
		r = in_column(x, stmt, A_OBJECT);
	if (r == 0)
		r = in_column(x, stmt, A_OBJECT2);
	if (r == 0)
		r = in_reason(x, stmt);
	return r == 0 ? in_time(x, stmt) : r;
}

/* --- all of them -------------------------------------------------------------------------------
 */

static void search_done(struct search *x)
{
	struct memo *const all[] = {&x->sorts, &x->texts, &x->patterns, &x->sessions,
				    &x->questions};

	sel_query_done(&x->rows);
	for (size_t i = 0; i < SEL_N(all); i++)
		memo_done(all[i]);
}

static int count_rows(struct search *x)
{
	_cleanup_query_ struct sel_query q = {0};
	int r;

	if (x->f->session || x->f->rule)
		return 0; /* counting them would be as long as looking */
	sel_query_init(&q, x->s, STMT_ROWS_ACTION);
	r = sel_query_step(&q);
	if (r == 1)
		x->of = (uint64_t)sqlite3_column_int64(q.stmt, 0);
	return r < 0 ? r : 0;
}

static int search_begin(struct search *x, const char *session, int64_t first_id)
{
	const char *text = x->f->contains ? x->f->contains : "";

	x->needle_n = strlen(text);
	if (x->needle_n >= sizeof x->needle)
		return -EINVAL;
	for (size_t i = 0; i <= x->needle_n; i++)
		x->needle[i] = lower(text[i]);
	x->date = x->needle_n > 2 && isdigit((unsigned char)text[0]) &&
		  (text[2] == '-' || (x->needle_n > 4 && text[4] == '-'));
	sel_query_init(&x->rows, x->s,
		       x->f->rule ? STMT_SEARCH_RULE
		       : session  ? STMT_SEARCH_SESSION
				  : STMT_SEARCH);
	sel_bind_int(&x->rows, first_id);
	if (session || x->f->rule)
		sel_bind_text(&x->rows, session);
	if (x->f->rule)
		sel_bind_int(&x->rows, x->f->rule);
	return count_rows(x);
}

int sel_search_each(struct sel_store *s, const struct sel_search *search)
{
	__attribute__((cleanup(search_done))) struct search x = {.s = s, .f = search->f};
	uint64_t found = 0;
	int r = search_begin(&x, search->session, search->first_id), stop = 0;

	while (r >= 0 && stop == 0 && (r = sel_query_step(&x.rows)) == 1) {
		r = row_holds(&x, x.rows.stmt);
		if (r > 0) {
			stop = search->fn(sqlite3_column_int64(x.rows.stmt, A_ID), search->ctx);
			found++;
		}
		if (found == search->f->limit && found > 0)
			return stop;
		if (++x.looked % LOOK_EVERY == 0 && search->looked && r >= 0 && stop == 0)
			stop = search->looked(x.looked, x.of, search->ctx);
	}
	return r < 0 ? r : stop;
}
