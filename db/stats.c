/* What the store says about how people answer. Every share comes with its denominator, and is null
 * where that is zero: "nobody was asked" is not "0 % were allowed".
 *
 * Questions are few, since people are: each is looked at once. What was automatic comes from the
 * sums by day. */
#include "groups.h"
#include "rows.h"

#include "seldom/text.h"

#include <math.h>
#include <time.h>

#define RAPID_USEC   (800 * USEC_PER_MSEC) /* the general floor of a rapid allow (judgement F1) */
#define USEC_PER_DAY ((int64_t)(24 * 3600 * USEC_PER_SEC))
enum { TOP = 10, WEEKS = 26, DAYS = 90 };

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

/* --- what is gathered --------------------------------------------------------------------------
 */

enum asked {
	ASKED,
	ALLOWED,
	DENIED,
	TIMEOUT,
	GONE,
	OPEN,
	SCRIPTED,
	NARROWED,
	FLOODS,
	DECOYS,
	ASKED_N
};

struct share {
	uint64_t k, n;
};

struct stats {
	struct sel_store *s;
	char *session; /* or NULL */
	usec_t since;
	json_t *out;
	uint64_t sessions;
	double hours;
	uint64_t asked[ASKED_N];
	struct share approval[SEL_TIER_N], rapid, informative, decoys, automatic;
	uint64_t told_denied, told_narrowed, told_first, automatic_allowed;
	double bits;
	uint64_t bits_of;
	uint64_t by_source[SEL_SRC_N];
	struct sel_numbers responses;
	struct sel_groups noisy, days, programs, projects, weeks, per_session;
};

static void stats_done(struct stats *st)
{
	struct sel_groups *const groups[] = {&st->noisy,    &st->days,	&st->programs,
					     &st->projects, &st->weeks, &st->per_session};

	for (size_t i = 0; i < SEL_N(groups); i++)
		sel_groups_done(groups[i]);
	free(st->responses.items);
	free(st->session);
}

static int64_t day_of(int64_t usec)
{
	return usec / USEC_PER_DAY;
}

/* Weeks begin on Monday; 1970 began on a Thursday. */
static int64_t week_of_day(int64_t day)
{
	return (day + 3) / 7;
}

/* --- questions ---------------------------------------------------------------------------------
 */

/* One question with its answer, columns as in STMT_STATS_ASKED. */
struct question {
	int64_t asked, place, program, class, unit, session, response;
	int tier, recommended, support, rung;
	const char *state;
	double predicted, weight;
	bool decoy, flood, has_prediction, has_support;
	bool answered, person, scripted, timed_out, allowed, narrowed, measured, rapid, expanded;
};

static bool word_is(sqlite3_stmt *stmt, int i, const char *word)
{
	const char *text = (const char *)sqlite3_column_text(stmt, i);

	return text && strcmp(text, word) == 0;
}

static bool known(sqlite3_stmt *stmt, int i)
{
	return sqlite3_column_type(stmt, i) != SQLITE_NULL;
}

static void question_read(sqlite3_stmt *stmt, struct question *q)
{
	*q = (struct question){
		.asked = sqlite3_column_int64(stmt, 0),
		.tier = sqlite3_column_int(stmt, 1) & 3,
		.recommended = sqlite3_column_int(stmt, 2),
		.decoy = sqlite3_column_int(stmt, 3) != 0,
		.flood = sqlite3_column_int(stmt, 4) != 0,
		.has_prediction = known(stmt, 6),
		.has_support = known(stmt, 7),
		.answered = known(stmt, 13),
		.state = (const char *)sqlite3_column_text(stmt, 5),
		.predicted = sqlite3_column_double(stmt, 6),
		.support = sqlite3_column_int(stmt, 7),
		.place = sqlite3_column_int64(stmt, 8),
		.program = sqlite3_column_int64(stmt, 9),
		.class = sqlite3_column_int64(stmt, 10),
		.unit = sqlite3_column_int64(stmt, 11),
		.person = word_is(stmt, 13, "person"),
		.timed_out = word_is(stmt, 13, "timeout"),
		.allowed = word_is(stmt, 14, "allow"),
		.scripted = word_is(stmt, 15, "script"),
		.rung = sqlite3_column_int(stmt, 16),
		.response = sqlite3_column_int64(stmt, 17),
		.measured = sqlite3_column_int(stmt, 18) != 0,
		.rapid = sqlite3_column_int(stmt, 19) != 0,
		.weight = sqlite3_column_double(stmt, 20),
		.session = sqlite3_column_int64(stmt, 21),
		.expanded = sqlite3_column_int(stmt, 22) != 0,
	};
	/* A command or a script without a word takes the first rung: nobody chose it. */
	q->narrowed =
		q->person && q->allowed && q->expanded && q->rung >= 0 && q->rung < q->recommended;
}

static void count_asked(struct stats *st, const struct question *q)
{
	const bool is[ASKED_N] = {
		[ASKED] = true,
		[ALLOWED] = q->person && q->allowed,
		[DENIED] = q->person && !q->allowed,
		[TIMEOUT] = q->timed_out,
		[GONE] = q->answered && !q->person && !q->timed_out,
		[OPEN] = !q->answered,
		[SCRIPTED] = q->person && q->scripted,
		[NARROWED] = q->narrowed,
		[FLOODS] = q->flood,
	};

	if (q->decoy)
		st->asked[DECOYS]++;
	for (int i = 0; i < ASKED_N && !q->decoy; i++)
		st->asked[i] += is[i];
}

/* Shannon's entropy of a coin; at most 1 bit. */
static double coin_bits(double p)
{
	return p > 0 && p < 1 ? -p * log2(p) - (1 - p) * log2(1 - p) : 0;
}

/* Did the question tell something? Denied, narrowed, or approved attentively where there was no
 * approval yet at the rung that its tier may learn at. */
static void count_told(struct stats *st, const struct question *q)
{
	int learns_at = q->tier <= SEL_T1 ? 1 : 0;
	bool first = q->allowed && q->weight > 0 && q->has_support && q->support > learns_at;

	st->informative.n++;
	st->told_denied += !q->allowed;
	st->told_narrowed += q->narrowed;
	st->told_first += first && !q->narrowed;
	st->informative.k += !q->allowed || q->narrowed || first;
}

/* Answers of people at a front. */
static int count_person(struct stats *st, const struct question *q)
{
	if (q->decoy) {
		st->decoys.n++;
		st->decoys.k += !q->allowed;
	} else {
		st->approval[q->tier].n++;
		st->approval[q->tier].k += q->allowed;
		count_told(st, q);
	}
	if (!q->measured)
		return 0;
	st->rapid.n += q->allowed;
	st->rapid.k += q->allowed && q->rapid;
	return q->response > 0 ? sel_numbers_add(&st->responses, q->response) : 0;
}

static int count_group(struct sel_group *g, const struct question *q)
{
	if (!g)
		return -ENOMEM;
	g->asked++;
	g->allowed += q->person && q->allowed;
	g->denied += q->person && !q->allowed;
	g->last = q->asked > g->last ? q->asked : g->last;
	g->program = q->program ? q->program : g->program;
	if (!q->person || q->scripted || !q->measured || q->response <= 0)
		return 0;
	return sel_numbers_add(&g->responses, q->response);
}

static int count_day(struct stats *st, const struct question *q)
{
	static const char *const states[] = {"FRESH", "TIRED", "EXHAUSTED"};
	enum { FLOOD = 3, UNKNOWN = 4 };
	struct sel_group *g = sel_groups_number(&st->days, day_of(q->asked));
	int state = q->flood ? FLOOD : UNKNOWN;

	if (!g)
		return -ENOMEM;
	for (int i = 0; i < (int)SEL_N(states) && q->state && state == UNKNOWN; i++)
		if (strcmp(q->state, states[i]) == 0)
			state = i;
	g->asked++;
	g->state[state]++;
	if (q->person && !q->scripted && q->measured && q->allowed) {
		g->measured++;
		g->rapid += q->rapid;
	}
	return 0;
}

static int count_groups(struct stats *st, const struct question *q, const void *exe, size_t exe_n)
{
	const int64_t noisy[] = {q->program, q->class, q->unit};
	int r = 0;

	if (q->program)
		r = count_group(sel_groups_get(&st->noisy, noisy, sizeof noisy), q);
	if (r >= 0)
		r = count_group(sel_groups_get(&st->programs, exe, exe_n), q);
	if (r >= 0)
		r = count_group(sel_groups_number(&st->projects, q->place), q);
	if (r >= 0)
		r = count_group(sel_groups_number(&st->weeks, week_of_day(day_of(q->asked))), q);
	return r;
}

static int count_question(struct stats *st, sqlite3_stmt *stmt)
{
	const void *exe = sqlite3_column_blob(stmt, 12);
	size_t exe_n = (size_t)sqlite3_column_bytes(stmt, 12);
	struct sel_group *session;
	struct question q;
	int r;

	question_read(stmt, &q);
	count_asked(st, &q);
	session = sel_groups_number(&st->per_session, q.session);
	if (!session)
		return -ENOMEM;
	session->asked++;
	if (q.has_prediction && !q.decoy) {
		st->bits += coin_bits(q.predicted);
		st->bits_of++;
	}
	r = count_day(st, &q);
	if (r >= 0 && q.person && !q.scripted)
		r = count_person(st, &q);
	return r < 0 || q.decoy ? r : count_groups(st, &q, exe, exe_n);
}

static int questions_range(struct stats *st, int64_t *first, int64_t *last)
{
	_cleanup_query_ struct sel_query q = {0};
	int r;

	*first = INT64_MAX;
	*last = 0;
	sel_query_init(&q, st->s, STMT_STATS_RANGE);
	sel_bind_text(&q, st->session);
	sel_bind_usec(&q, st->since);
	while ((r = sel_query_step(&q)) == 1)
		if (known(q.stmt, 0)) {
			*first = sqlite3_column_int64(q.stmt, 0);
			*last = sqlite3_column_int64(q.stmt, 1);
		}
	return r;
}

static int read_questions(struct stats *st)
{
	_cleanup_query_ struct sel_query q = {0};
	int64_t first, last;
	int r = questions_range(st, &first, &last);

	if (r < 0)
		return r;
	sel_query_init(&q, st->s, STMT_STATS_ASKED);
	sel_bind_text(&q, st->session);
	sel_bind_usec(&q, st->since);
	sel_bind_int(&q, first);
	sel_bind_int(&q, last);
	while ((r = sel_query_step(&q)) == 1) {
		r = count_question(st, q.stmt);
		if (r < 0)
			break;
	}
	return r;
}

static int read_sessions(struct stats *st)
{
	_cleanup_query_ struct sel_query q = {0};
	int r;

	sel_query_init(&q, st->s, STMT_STATS_SESSIONS);
	sel_bind_text(&q, st->session);
	sel_bind_usec(&q, st->since);
	r = sel_query_step(&q);
	if (r != 1)
		return r < 0 ? r : -EUCLEAN;
	st->sessions = (uint64_t)sqlite3_column_int64(q.stmt, 0);
	st->hours = (double)sqlite3_column_int64(q.stmt, 1) / 3600e6;
	return 0;
}

/* --- sums --------------------------------------------------------------------------------------
 */

struct sums {
	struct stats *st;
	int64_t place, week; /* of the groups below */
	struct sel_group *project, *in_week;
};

static bool is_automatic(int source)
{
	return source != SEL_SRC_PERSON && source != SEL_SRC_TIMEOUT;
}

static uint64_t capped(int64_t n)
{
	return n < 0 ? 0 : n > 1000000000000 ? 1000000000000 : (uint64_t)n;
}

static void count_source(struct stats *st, int source, bool allow, uint64_t n)
{
	st->by_source[source] += n;
	st->automatic.n += n;
	if (is_automatic(source)) {
		st->automatic.k += n;
		st->automatic_allowed += allow ? n : 0;
	}
}

static int count_exe(struct stats *st, int64_t exe, uint64_t n)
{
	_cleanup_query_ struct sel_query q = {0};
	struct sel_group *g;
	const void *bytes = "";
	size_t size = 0;

	sel_query_init(&q, st->s, STMT_TEXT_ONE);
	sel_bind_int(&q, exe);
	if (sel_query_step(&q) == 1) {
		bytes = sqlite3_column_blob(q.stmt, 0);
		size = (size_t)sqlite3_column_bytes(q.stmt, 0);
	}
	g = sel_groups_get(&st->programs, bytes, size);
	if (!g)
		return -ENOMEM;
	g->automatic += n;
	return 0;
}

/* Columns: day, place, source, decision, n; of rows also exe. */
static int count_sum(struct sums *sums, sqlite3_stmt *stmt, bool sources, bool exe)
{
	int64_t day = sqlite3_column_int64(stmt, 0), place = sqlite3_column_int64(stmt, 1);
	int source = sel_source_from_name((const char *)sqlite3_column_text(stmt, 2));
	uint64_t n = capped(sqlite3_column_int64(stmt, 4));

	if (source < 0)
		return -EUCLEAN;
	if (sources)
		count_source(sums->st, source, word_is(stmt, 3, "allow"), n);
	if (!is_automatic(source))
		return 0;
	if (!sums->project || sums->place != place) {
		sums->project = sel_groups_number(&sums->st->projects, place);
		sums->place = place;
	}
	if (!sums->in_week || sums->week != week_of_day(day)) {
		sums->week = week_of_day(day);
		sums->in_week = sel_groups_number(&sums->st->weeks, sums->week);
	}
	if (!sums->project || !sums->in_week)
		return -ENOMEM;
	sums->project->automatic += n;
	sums->in_week->automatic += n;
	return exe ? count_exe(sums->st, sqlite3_column_int64(stmt, 5), n) : 0;
}

static int sums_step(struct sums *sums, struct sel_query *q, bool sources, bool exe)
{
	int r;

	while ((r = sel_query_step(q)) == 1) {
		r = count_sum(sums, q->stmt, sources, exe);
		if (r < 0)
			break;
	}
	return r;
}

/* Of one session: its tally, which outlives its rows, and the rows for the groups. */
static int sums_of_session(struct sums *sums)
{
	_cleanup_query_ struct sel_query q = {0}, tally = {0};
	int r;

	sel_query_init(&q, sums->st->s, STMT_STATS_OF_SESSION);
	sel_bind_text(&q, sums->st->session);
	sel_bind_usec(&q, sums->st->since);
	r = sums_step(sums, &q, sums->st->since > 0, true);
	if (r < 0 || sums->st->since > 0)
		return r;
	sel_query_init(&tally, sums->st->s, STMT_STATS_TALLY);
	sel_bind_text(&tally, sums->st->session);
	while ((r = sel_query_step(&tally)) == 1) {
		int source = sel_source_from_name((const char *)sqlite3_column_text(tally.stmt, 0));

		if (source < 0)
			return -EUCLEAN;
		count_source(sums->st, source, word_is(tally.stmt, 1, "allow"),
			     capped(sqlite3_column_int64(tally.stmt, 2)));
	}
	return r;
}

static int rolled_until(struct sel_store *s, int64_t *ret)
{
	_cleanup_query_ struct sel_query q = {0};
	int r;

	*ret = 0;
	sel_query_init(&q, s, STMT_ROLLED);
	r = sel_query_step(&q);
	if (r == 1)
		*ret = sqlite3_column_int64(q.stmt, 0);
	return r < 0 ? r : 0;
}

/* Whole days from their sums, the day that `since` cuts from its rows, if they are there still. */
static int sums_of_all(struct sums *sums)
{
	_cleanup_query_ struct sel_query part = {0}, days = {0}, exes = {0};
	int64_t since = sums->st->since > INT64_MAX ? INT64_MAX : (int64_t)sums->st->since;
	int64_t first = day_of(since), rolled = 0;
	int r = rolled_until(sums->st->s, &rolled);

	if (r >= 0 && since % USEC_PER_DAY != 0 && first >= rolled) {
		first++;
		sel_query_init(&part, sums->st->s, STMT_STATS_PART);
		sel_bind_int(&part, since);
		sel_bind_int(&part,
			     first > INT64_MAX / USEC_PER_DAY ? INT64_MAX : first * USEC_PER_DAY);
		r = sums_step(sums, &part, true, true);
	}
	if (r < 0)
		return r;
	sel_query_init(&days, sums->st->s, STMT_STATS_DAYS);
	sel_bind_int(&days, first);
	r = sums_step(sums, &days, true, false);
	if (r < 0)
		return r;
	sel_query_init(&exes, sums->st->s, STMT_STATS_EXES);
	sel_bind_int(&exes, first);
	while ((r = sel_query_step(&exes)) == 1) {
		r = count_exe(sums->st, sqlite3_column_int64(exes.stmt, 0),
			      capped(sqlite3_column_int64(exes.stmt, 1)));
		if (r < 0)
			break;
	}
	return r;
}

static int read_sums(struct stats *st)
{
	struct sums sums = {.st = st};

	return st->session ? sums_of_session(&sums) : sums_of_all(&sums);
}

/* --- as JSON -----------------------------------------------------------------------------------
 */

/* Four decimals are more than any of these numbers deserves. */
static json_t *rounded(double value)
{
	return json_real(round(value * 10000) / 10000);
}

static json_t *rounded_if(bool is_known, double value)
{
	return is_known ? rounded(value) : json_null();
}

static json_t *share_json(const char *name, struct share s)
{
	double low, high;

	sel_wilson(s.k, s.n, &low, &high);
	return json_pack("{s:o,s:I,s:I,s:o,s:o}", name,
			 rounded_if(s.n > 0, s.n > 0 ? (double)s.k / (double)s.n : 0), "k",
			 (json_int_t)s.k, "of", (json_int_t)s.n, "low", rounded_if(s.n > 0, low),
			 "high", rounded_if(s.n > 0, high));
}

static json_t *integer(uint64_t n)
{
	return json_integer(n > INT64_MAX ? INT64_MAX : (json_int_t)n);
}

static json_t *msec_if(struct sel_numbers *a, double (*of)(const struct sel_numbers *))
{
	return a->n > 0 ? json_integer((json_int_t)llround(of(a) / 1000)) : json_null();
}

static int add_questions(struct stats *st)
{
	static const char *const keys[ASKED_N] = {"asked",  "allowed", "denied",   "timeout",
						  "gone",   "open",    "scripted", "narrowed",
						  "floods", "decoys"};
	json_t *obj = json_object();
	int r = sel_json_add(st->out, "questions", obj);

	for (size_t i = 0; i < SEL_N(keys) && r >= 0; i++)
		r = sel_json_add(obj, keys[i], integer(st->asked[i]));
	return r;
}

static int add_approval(struct stats *st)
{
	json_t *tiers = json_array(), *obj;
	struct share all = {0};
	int r = 0;

	for (int i = 0; i < SEL_TIER_N && r >= 0; i++) {
		json_t *tier;

		all.k += st->approval[i].k;
		all.n += st->approval[i].n;
		if (st->approval[i].n == 0)
			continue;
		tier = share_json("rate", st->approval[i]);
		r = tier ? sel_json_add(tier, "tier", json_integer(i)) : -ENOMEM;
		if (json_array_append_new(tiers, tier) < 0)
			r = -ENOMEM;
	}
	obj = share_json("rate", all);
	if (sel_json_add(obj, "by_tier", tiers) < 0)
		r = -ENOMEM;
	return sel_json_add(st->out, "approval", obj) < 0 ? -ENOMEM : r;
}

/* Sessions without a question count as 0 of them. */
static int add_per_session(struct stats *st)
{
	struct sel_numbers a = {0};
	uint64_t total = 0;
	bool any;
	int r = 0;

	for (uint64_t i = st->per_session.n; i < st->sessions && r >= 0; i++)
		r = sel_numbers_add(&a, 0);
	for (size_t i = 0; i < st->per_session.n && r >= 0; i++) {
		total += st->per_session.list[i]->asked;
		r = sel_numbers_add(&a, (int64_t)st->per_session.list[i]->asked);
	}
	sel_numbers_sort(&a);
	any = a.n > 0;
	if (r >= 0)
		r = sel_json_add(st->out, "questions_per_session",
				 json_pack("{s:o,s:o,s:o,s:o,s:I}", "mean",
					   rounded_if(any, any ? sel_numbers_mean(&a) : 0),
					   "median",
					   rounded_if(any, any ? sel_numbers_median(&a) : 0), "p90",
					   rounded_if(any, any ? sel_numbers_p90(&a) : 0), "max",
					   rounded_if(any, any ? (double)a.items[a.n - 1] : 0),
					   "of", (json_int_t)a.n));
	free(a.items);
	if (r >= 0)
		r = sel_json_add(
			st->out, "questions_per_hour",
			json_pack("{s:o,s:o}", "rate",
				  rounded_if(st->hours >= 1,
					     st->hours >= 1 ? (double)total / st->hours : 0),
				  "hours", rounded(st->hours)));
	return r;
}

static int add_responses(struct stats *st)
{
	json_t *rapid = share_json("share", st->rapid);
	int r;

	sel_numbers_sort(&st->responses);
	r = sel_json_add(st->out, "response_ms",
			 json_pack("{s:o,s:o,s:I}", "median",
				   msec_if(&st->responses, sel_numbers_median), "p90",
				   msec_if(&st->responses, sel_numbers_p90), "of",
				   (json_int_t)st->responses.n));
	if (sel_json_add(rapid, "under_ms", json_integer(RAPID_USEC / USEC_PER_MSEC)) < 0)
		r = -ENOMEM;
	return sel_json_add(st->out, "rapid", rapid) < 0 ? -ENOMEM : r;
}

/* Automatic: neither a person nor the lack of one decided. */
static int add_automatic(struct stats *st)
{
	const struct share *a = &st->automatic;
	json_t *by_source = json_object();
	json_t *obj = json_pack("{s:o,s:I,s:I,s:I,s:I,s:o}", "share",
				rounded_if(a->n > 0, a->n > 0 ? (double)a->k / (double)a->n : 0),
				"k", (json_int_t)a->k, "of", (json_int_t)a->n, "allowed",
				(json_int_t)st->automatic_allowed, "denied",
				(json_int_t)(a->k - st->automatic_allowed), "by_source", by_source);
	int r = obj ? 0 : -ENOMEM;

	for (int i = 0; i < SEL_SRC_N && r >= 0; i++)
		if (st->by_source[i] > 0)
			r = sel_json_add(by_source, sel_source_name((enum sel_source)i),
					 integer(st->by_source[i]));
	return sel_json_add(st->out, "automatic", obj) < 0 ? -ENOMEM : r;
}

static int add_informative(struct stats *st)
{
	json_t *obj = share_json("share", st->informative);
	bool any = st->bits_of > 0;
	int r = obj ? 0 : -ENOMEM;

	if (r >= 0)
		r = sel_json_add(obj, "denied", integer(st->told_denied));
	if (r >= 0)
		r = sel_json_add(obj, "narrowed", integer(st->told_narrowed));
	if (r >= 0)
		r = sel_json_add(obj, "first", integer(st->told_first));
	if (r >= 0)
		r = sel_json_add(obj, "bits",
				 rounded_if(any, any ? st->bits / (double)st->bits_of : 0));
	if (r >= 0)
		r = sel_json_add(obj, "bits_of", integer(st->bits_of));
	if (sel_json_add(st->out, "informative", obj) < 0)
		return -ENOMEM;
	return r < 0 ? r : sel_json_add(st->out, "decoys", share_json("rate", st->decoys));
}

/* obj[key] = the text with that number, or null. */
static int add_text(struct stats *st, json_t *obj, const char *key, int64_t id)
{
	const struct sel_field field = {key, SEL_FIELD_BYTES, NULL};
	_cleanup_query_ struct sel_query q = {0};
	int r;

	sel_query_init(&q, st->s, STMT_TEXT_ONE);
	sel_bind_int(&q, id);
	r = sel_query_step(&q);
	if (r < 0)
		return r;
	return r == 1 ? sel_row_add(obj, q.stmt, &field, 1) : sel_json_add(obj, key, json_null());
}

static int add_counts(json_t *obj, const struct sel_group *g)
{
	int r = sel_json_add(obj, "asked", integer(g->asked));

	if (r >= 0)
		r = sel_json_add(obj, "allowed", integer(g->allowed));
	return r < 0 ? r : sel_json_add(obj, "denied", integer(g->denied));
}

static int add_noisy(struct stats *st)
{
	json_t *list = json_array();
	int r = sel_json_add(st->out, "noisy", list);

	sel_groups_by_asked(&st->noisy);
	for (size_t i = 0; i < st->noisy.n && i < TOP && r >= 0; i++) {
		const struct sel_group *g = st->noisy.list[i];
		json_t *obj = json_object();
		int64_t key[3];

		memcpy(key, g->key, sizeof key);
		r = json_array_append_new(list, obj) < 0 ? -ENOMEM : 0;
		if (r >= 0)
			r = add_text(st, obj, "program", key[0]);
		if (r >= 0)
			r = add_text(st, obj, "class", key[1]);
		if (r >= 0)
			r = add_text(st, obj, "unit", key[2]);
		if (r >= 0)
			r = add_counts(obj, g);
		if (r >= 0)
			r = sel_json_time(obj, "last", "last_unix", g->last);
	}
	return r;
}

/* "2026-11-23" */
static int add_date(json_t *obj, const char *key, int64_t day)
{
	time_t t = (time_t)(day * 24 * 3600);
	char text[48];
	struct tm tm;

	if (!gmtime_r(&t, &tm) || strftime(text, sizeof text, "%Y-%m-%d", &tm) == 0)
		return sel_json_add(obj, key, json_null());
	return sel_json_add(obj, key, json_string(text));
}

static int add_fatigue(struct stats *st)
{
	static const char *const states[] = {"fresh", "tired", "exhausted", "flood", "unknown"};
	json_t *list = json_array();
	int r = sel_json_add(st->out, "fatigue", list);

	sel_groups_by_number(&st->days);
	for (size_t i = st->days.n > DAYS ? st->days.n - DAYS : 0; i < st->days.n && r >= 0; i++) {
		const struct sel_group *g = st->days.list[i];
		json_t *obj = json_object();

		r = json_array_append_new(list, obj) < 0 ? -ENOMEM : 0;
		if (r >= 0)
			r = add_date(obj, "day", sel_group_number(g));
		if (r >= 0)
			r = sel_json_add(obj, "asked", integer(g->asked));
		for (size_t k = 0; k < SEL_N(states) && r >= 0; k++)
			r = sel_json_add(obj, states[k], integer(g->state[k]));
		if (r >= 0)
			r = sel_json_add(
				obj, "rapid",
				share_json("share", (struct share){g->rapid, g->measured}));
	}
	return r;
}

static int add_labels(struct stats *st)
{
	_cleanup_query_ struct sel_query q = {0};
	json_t *obj;
	int r;

	sel_query_init(&q, st->s, STMT_STATS_LABELS);
	sel_bind_text(&q, st->session);
	sel_bind_usec(&q, st->since);
	r = sel_query_step(&q);
	if (r != 1)
		return r < 0 ? r : -EUCLEAN;
	obj = share_json("rate", (struct share){(uint64_t)sqlite3_column_int64(q.stmt, 1),
						(uint64_t)sqlite3_column_int64(q.stmt, 0)});
	r = sel_json_add(st->out, "labels", obj);
	if (r >= 0)
		r = sel_json_add(obj, "harmful", json_integer(sqlite3_column_int64(q.stmt, 2)));
	return r < 0 ? r
		     : sel_json_add(obj, "shown", json_integer(sqlite3_column_int64(q.stmt, 3)));
}

/* A group's numbers under what names it. */
static int add_group(json_t *obj, struct sel_group *g)
{
	int r = add_counts(obj, g);

	if (r >= 0)
		r = sel_json_add(obj, "automatic", integer(g->automatic));
	sel_numbers_sort(&g->responses);
	return r < 0 ? r
		     : sel_json_add(obj, "response_ms", msec_if(&g->responses, sel_numbers_median));
}

static int add_programs(struct stats *st)
{
	json_t *list = json_array();
	int r = sel_json_add(st->out, "by_program", list);

	sel_groups_by_asked(&st->programs);
	for (size_t i = 0; i < st->programs.n && i < TOP && r >= 0; i++) {
		struct sel_group *g = st->programs.list[i];
		json_t *obj;

		if (g->asked == 0)
			break; /* the rest was not asked about either */
		obj = json_object();
		r = json_array_append_new(list, obj) < 0 ? -ENOMEM : 0;
		if (r >= 0)
			r = sel_json_set_bytes(obj, "exe", (const char *)g->key, g->key_n);
		if (r >= 0)
			r = add_text(st, obj, "program", g->program);
		if (r >= 0)
			r = add_group(obj, g);
	}
	return r;
}

static int add_projects(struct stats *st)
{
	json_t *list = json_array();
	int r = sel_json_add(st->out, "by_project", list);

	sel_groups_by_asked(&st->projects);
	for (size_t i = 0; i < st->projects.n && i < TOP && r >= 0; i++) {
		struct sel_group *g = st->projects.list[i];
		json_t *obj = json_object();

		r = json_array_append_new(list, obj) < 0 ? -ENOMEM : 0;
		if (r >= 0)
			r = add_text(st, obj, "project", sel_group_number(g));
		if (r >= 0)
			r = add_group(obj, g);
	}
	return r;
}

static int add_weeks(struct stats *st)
{
	struct sel_groups *w = &st->weeks;
	json_t *list = json_array();
	int r = sel_json_add(st->out, "by_week", list);

	sel_groups_by_number(w);
	for (size_t i = w->n > WEEKS ? w->n - WEEKS : 0; i < w->n && r >= 0; i++) {
		json_t *obj = json_object();

		r = json_array_append_new(list, obj) < 0 ? -ENOMEM : 0;
		if (r >= 0)
			r = add_date(obj, "week", sel_group_number(w->list[i]) * 7 - 3);
		if (r >= 0)
			r = add_group(obj, w->list[i]);
	}
	return r;
}

static int stats_json(struct stats *st)
{
	static int (*const parts[])(struct stats * st) = {
		add_questions, add_approval,	add_per_session, add_responses,
		add_automatic, add_informative, add_noisy,	 add_fatigue,
		add_labels,    add_programs,	add_projects,	 add_weeks,
	};
	int r = sel_json_add(st->out, "v", json_integer(1));

	if (r >= 0)
		r = sel_json_add(st->out, "sessions", integer(st->sessions));
	for (size_t i = 0; i < SEL_N(parts) && r >= 0; i++)
		r = parts[i](st);
	return r;
}

static int stats_in_snapshot(struct stats *st, const struct sel_filter *f)
{
	int r = sel_filter_session(st->s, f, &st->session);

	if (r >= 0)
		r = read_sessions(st);
	if (r >= 0)
		r = read_questions(st);
	if (r >= 0)
		r = read_sums(st);
	return r < 0 ? r : stats_json(st);
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
	r = sel_txn_end(s, stats_in_snapshot(&st, f));
	stats_done(&st);
	if (r >= 0)
		*ret = sel_steal_ptr(&out);
	return r;
}
