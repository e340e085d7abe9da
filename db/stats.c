/* What the store says about how people answer. Every share comes with its denominator, and is null
 * where that is zero: "nobody was asked" is not "0 % were allowed". */
#include "rows.h"

#include "seldom/text.h"

#include <math.h>

#define RAPID_USEC (800 * USEC_PER_MSEC) /* an allow below this was hardly read (judgement F1) */

void sel_wilson(uint64_t k, uint64_t n, double *ret_low, double *ret_high)
{
	const double z = 1.96, size = (double)n, share = n > 0 ? (double)k / size : 0;
	double centre, half;

	*ret_low = 0;
	*ret_high = 1;
	if (n == 0)
		return;
	centre = (share + z * z / (2 * size)) / (1 + z * z / size);
	half = z * sqrt(share * (1 - share) / size + z * z / (4 * size * size)) /
	       (1 + z * z / size);
	if (k > 0) /* at the ends the interval touches exactly; rounding would miss it by 1e-17 */
		*ret_low = fmax(0, centre - half);
	if (k < n)
		*ret_high = fmin(1, centre + half);
}

/* --- numbers -----------------------------------------------------------------------------------
 */

struct numbers {
	int64_t *items; /* ascending */
	size_t n, cap;
};

static int numbers_add(struct numbers *a, int64_t value)
{
	if (a->n == a->cap) {
		size_t cap = a->cap > 0 ? 2 * a->cap : 64;
		int64_t *items = reallocarray(a->items, cap, sizeof *items);

		if (!items)
			return -ENOMEM;
		a->items = items;
		a->cap = cap;
	}
	a->items[a->n++] = value;
	return 0;
}

static double median(const struct numbers *a)
{
	size_t half = a->n / 2;

	if (a->n % 2 == 1)
		return (double)a->items[half];
	return ((double)a->items[half - 1] + (double)a->items[half]) / 2;
}

/* Nearest rank: the smallest value that nine in ten do not exceed. */
static double p90(const struct numbers *a)
{
	return (double)a->items[(a->n * 9 + 9) / 10 - 1];
}

static double mean(const struct numbers *a)
{
	double sum = 0;

	for (size_t i = 0; i < a->n; i++)
		sum += (double)a->items[i];
	return sum / (double)a->n;
}

/* Four decimals are more than any of these numbers deserves. */
static json_t *rounded(double value)
{
	return json_real(round(value * 10000) / 10000);
}

static json_t *rounded_if(bool known, double value)
{
	return known ? rounded(value) : json_null();
}

static json_t *share_object(const char *name, uint64_t k, uint64_t n)
{
	double low, high;

	sel_wilson(k, n, &low, &high);
	return json_pack("{s:o,s:I,s:o,s:o}", name,
			 rounded_if(n > 0, n > 0 ? (double)k / (double)n : 0), "of", (json_int_t)n,
			 "low", rounded_if(n > 0, low), "high", rounded_if(n > 0, high));
}

/* --- the parts ---------------------------------------------------------------------------------
 */

struct stats {
	struct sel_store *s;
	char *session; /* or NULL */
	usec_t since;
	json_t *out;
};

static void start(struct stats *st, struct sel_query *q, enum sel_stmt which)
{
	sel_query_init(q, st->s, which);
	sel_bind_text(q, st->session);
	sel_bind_usec(q, st->since);
}

static int add_questions(struct stats *st)
{
	static const char *const keys[] = {"asked", "allowed", "denied",  "timeout",
					   "gone",  "open",    "scripted"};
	_cleanup_query_ struct sel_query q = {0};
	json_t *obj = json_object();
	uint64_t n[SEL_N(keys)] = {0};
	int r = sel_json_add(st->out, "questions", obj);

	start(st, &q, STMT_STATS_QUESTIONS);
	if (r >= 0)
		r = sel_query_step(&q);
	if (r < 0)
		return r;
	for (size_t i = 0; i < SEL_N(keys) && r >= 0; i++) {
		n[i] = (uint64_t)sqlite3_column_int64(q.stmt, (int)i);
		r = sel_json_add(obj, keys[i], json_integer((json_int_t)n[i]));
	}
	return r < 0 ? r
		     : sel_json_add(st->out, "approval", share_object("rate", n[1], n[1] + n[2]));
}

static int per_session_read(struct stats *st, struct numbers *a)
{
	_cleanup_query_ struct sel_query q = {0};
	int r;

	start(st, &q, STMT_STATS_PER_SESSION);
	while ((r = sel_query_step(&q)) == 1) {
		r = numbers_add(a, sqlite3_column_int64(q.stmt, 0));
		if (r < 0)
			break;
	}
	return r;
}

static int add_per_session(struct stats *st, const struct numbers *a)
{
	bool any = a->n > 0;

	return sel_json_add(st->out, "questions_per_session",
			    json_pack("{s:o,s:o,s:o,s:I}", "mean",
				      rounded_if(any, any ? mean(a) : 0), "median",
				      rounded_if(any, any ? median(a) : 0), "p90",
				      rounded_if(any, any ? p90(a) : 0), "of", (json_int_t)a->n));
}

struct responses {
	struct numbers all;
	uint64_t allows, rapid;
};

static int responses_read(struct stats *st, struct responses *rs)
{
	_cleanup_query_ struct sel_query q = {0};
	int r;

	start(st, &q, STMT_STATS_RESPONSES);
	while ((r = sel_query_step(&q)) == 1) {
		int64_t usec = sqlite3_column_int64(q.stmt, 0);
		bool allow = strcmp((const char *)sqlite3_column_text(q.stmt, 1), "allow") == 0;

		rs->allows += allow;
		rs->rapid += allow && usec < (int64_t)RAPID_USEC;
		r = numbers_add(&rs->all, usec);
		if (r < 0)
			break;
	}
	return r;
}

static json_t *msec(const struct numbers *a, double (*of)(const struct numbers *a))
{
	return a->n > 0 ? json_integer((json_int_t)llround(of(a) / 1000)) : json_null();
}

static int add_responses(struct stats *st, const struct responses *rs)
{
	json_t *rapid = share_object("share", rs->rapid, rs->allows);
	int r = sel_json_add(st->out, "response_ms",
			     json_pack("{s:o,s:o,s:I}", "median", msec(&rs->all, median), "p90",
				       msec(&rs->all, p90), "of", (json_int_t)rs->all.n));

	if (!rapid)
		return -ENOMEM;
	if (json_object_set_new(rapid, "under_ms", json_integer(RAPID_USEC / USEC_PER_MSEC)) < 0)
		r = -ENOMEM;
	return json_object_set_new(st->out, "rapid", rapid) < 0 ? -ENOMEM : r;
}

/* Automatic: neither a person nor the lack of one decided. */
static int add_automatic(struct stats *st)
{
	_cleanup_query_ struct sel_query q = {0};
	json_auto_t *by_source = json_object();
	uint64_t total = 0, asked = 0;
	json_t *obj;
	int r;

	start(st, &q, STMT_STATS_SOURCES);
	while ((r = sel_query_step(&q)) == 1) {
		const char *source = (const char *)sqlite3_column_text(q.stmt, 0);
		uint64_t n = (uint64_t)sqlite3_column_int64(q.stmt, 1);

		total += n;
		if (strcmp(source, "person") == 0 || strcmp(source, "timeout") == 0)
			asked += n;
		r = sel_json_add(by_source, source, json_integer((json_int_t)n));
		if (r < 0)
			break;
	}
	if (r < 0)
		return r;
	obj = share_object("share", total - asked, total);
	if (!obj || json_object_set(obj, "by_source", by_source) < 0) {
		json_decref(obj);
		return -ENOMEM;
	}
	/* an interval would mean nothing: this is all there was, no sample */
	(void)json_object_del(obj, "low");
	(void)json_object_del(obj, "high");
	return sel_json_add(st->out, "automatic", obj);
}

static int add_programs(struct stats *st)
{
	static const struct sel_field fields[] = {{"exe", SEL_FIELD_BYTES, NULL},
						  {"asked", SEL_FIELD_INT, NULL},
						  {"allowed", SEL_FIELD_INT, NULL},
						  {"denied", SEL_FIELD_INT, NULL}};
	_cleanup_query_ struct sel_query q = {0};
	json_t *list = json_array();
	int r = sel_json_add(st->out, "by_program", list);

	if (r < 0)
		return r;
	start(st, &q, STMT_STATS_PROGRAMS);
	while ((r = sel_query_step(&q)) == 1) {
		json_t *obj = json_object();

		if (json_array_append_new(list, obj) < 0)
			return -ENOMEM;
		r = sel_row_add(obj, q.stmt, fields, SEL_N(fields));
		if (r < 0)
			break;
	}
	return r;
}

static int stats_all(struct stats *st)
{
	struct numbers per_session = {0};
	struct responses responses = {0};
	int r = per_session_read(st, &per_session);

	if (r >= 0)
		r = responses_read(st, &responses);
	if (r >= 0)
		r = sel_json_add(st->out, "v", json_integer(1));
	if (r >= 0)
		r = sel_json_add(st->out, "sessions", json_integer((json_int_t)per_session.n));
	if (r >= 0)
		r = add_questions(st);
	if (r >= 0)
		r = add_per_session(st, &per_session);
	if (r >= 0)
		r = add_responses(st, &responses);
	if (r >= 0)
		r = add_automatic(st);
	if (r >= 0)
		r = add_programs(st);
	free(per_session.items);
	free(responses.all.items);
	return r;
}

int sel_report_stats(struct sel_store *s, const struct sel_filter *f, json_t **ret)
{
	json_auto_t *out = json_object();
	struct stats st = {.s = s, .since = f->since, .out = out};
	int r;

	if (!out)
		return -ENOMEM;
	SEL_STORE_LOCK(s);
	r = sel_txn_read(s);
	if (r < 0)
		return r;
	r = sel_filter_session(s, f, &st.session);
	if (r >= 0)
		r = stats_all(&st);
	r = sel_txn_end(s, r);
	free(st.session);
	if (r >= 0)
		*ret = sel_steal_ptr(&out);
	return r;
}
