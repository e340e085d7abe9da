#include "view_stats.h"

#include "console_fleet.h"
#include "view_facts.h"
#include "view_table.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#define LABEL	  18
#define DAYS_MAX  60
#define LISTED	  5
#define BAR_WIDTH 24

/* --- gathering ------------------------------------------------------------------------------- */

/* F5; a number that nothing is known of is null. */
static json_t *sensitivity_json(const struct sel_tiredness *t)
{
	const struct {
		const char *key;
		double value;
	} numbers[] = {{"d_prime", t->d_prime},
		       {"criterion", t->criterion},
		       {"criterion_rise", t->criterion_rise}};
	json_t *o = json_pack("{s:I, s:I, s:I, s:I, s:I}", "checks", (json_int_t)t->checks,
			      "caught", (json_int_t)t->caught, "benign", (json_int_t)t->confirmed,
			      "denied", (json_int_t)t->alarms, "least", (json_int_t)SEL_SIGNAL_MIN);

	for (size_t i = 0; o && i < SEL_N(numbers); i++)
		(void)json_object_set_new(o, numbers[i].key,
					  isnan(numbers[i].value) ? json_null()
								  : json_real(numbers[i].value));
	return o;
}

static json_t *fatigue_json(const struct sel_tiredness *t)
{
	char line[256];

	sel_tiredness_line(t, line, sizeof line);
	return json_pack("{s:s, s:s, s:f, s:I, s:f, s:I, s:I, s:o}", "state",
			 sel_state_name(t->state), "line", line, "effort", t->rte, "effort_of",
			 (json_int_t)t->rte_n, "load", t->load, "questions_30min",
			 (json_int_t)t->last_30min, "questions_day", (json_int_t)t->last_day,
			 "sensitivity", sensitivity_json(t));
}

int sel_stats_gather(struct sel_store *s, const struct sel_filter *f, json_t **ret)
{
	struct sel_tiredness t = {0};
	struct sel_labels labels;
	usec_t now = sel_now_real();
	json_t *o = NULL, *novelty = NULL;
	int r = sel_report_stats(s, f, &o);

	if (r >= 0)
		r = sel_labels_read(s, &labels);
	if (r >= 0)
		r = sel_facts_tiredness(s, now, &t);
	if (r >= 0)
		r = sel_facts_novelty(s, sel_facts_since(now), &novelty);
	if (r >= 0 &&
	    (json_object_set_new(o, "guarantee", sel_labels_json(&labels)) < 0 ||
	     json_object_set_new(o, "novelty", novelty) < 0 ||
	     json_object_set_new(o, "fatigue_now", fatigue_json(&t)) < 0 ||
	     json_object_set_new(o, "unix", json_integer((json_int_t)(now / USEC_PER_SEC))) < 0 ||
	     sel_fleet_safe(o) < 0))
		r = -ENOMEM;
	if (r < 0) {
		json_decref(o);
		return r;
	}
	*ret = o;
	return 0;
}

/* --- words ----------------------------------------------------------------------------------- */

static long long number(json_t *o, const char *path)
{
	return json_integer_value(sel_json_path(o, path));
}

void sel_share_of(uint64_t k, uint64_t n, char *out, size_t cap)
{
	char percent[16] = "";
	double low, high;

	if (n == 0) {
		(void)snprintf(out, cap, "none");
		return;
	}
	sel_wilson(k, n, &low, &high);
	if (n >= SEL_SHARE_LEAST)
		(void)snprintf(percent, sizeof percent, "%.0f %%, ", 100 * (double)k / (double)n);
	(void)snprintf(out, cap, "%s%llu of %llu (95 %%: %.0f to %.0f %%)", percent,
		       (unsigned long long)k, (unsigned long long)n, 100 * low, 100 * high);
}

void sel_share_text(json_t *share, char *out, size_t cap)
{
	long long k = number(share, "k"), n = number(share, "of");

	sel_share_of(k > 0 ? (uint64_t)k : 0, n > 0 ? (uint64_t)n : 0, out, cap);
}

/* A null number is unknown, not zero. */
static void real_text(json_t *o, const char *path, double times, int digits, char out[static 24])
{
	json_t *value = sel_json_path(o, path);

	if (value)
		(void)snprintf(out, 24, "%.*f", digits, json_number_value(value) * times);
	else
		(void)snprintf(out, 24, "-");
}

long sel_day_number(const char *day)
{
	struct tm tm = {0};
	int y, m, d;
	char end;

	if (strlen(day) != 10 || sscanf(day, "%4d-%2d-%2d%c", &y, &m, &d, &end) != 3)
		return -1;
	tm.tm_year = y - 1900;
	tm.tm_mon = m - 1;
	tm.tm_mday = d;
	return (long)(timegm(&tm) / 86400);
}

void sel_day_text(long day, char out[static 16])
{
	time_t t = (time_t)day * 86400;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || strftime(out, 16, "%Y-%m-%d", &tm) == 0)
		out[0] = '\0';
}

json_t *sel_stats_day(json_t *stats, long day)
{
	json_t *row;
	size_t i;

	json_array_foreach(json_object_get(stats, "fatigue"), i,
			   row) if (sel_day_number(sel_json_text(row, "day")) == day) return row;
	return NULL;
}

/* --- lines ----------------------------------------------------------------------------------- */

struct page {
	struct sel_lines *l;
	json_t *o;
	int row, width;
	bool utf8;
};

static void put(struct page *p, enum sel_role role, const char *label, const char *fmt, ...)
	_printf_(4, 5);
static void put(struct page *p, enum sel_role role, const char *label, const char *fmt, ...)
{
	char *text;
	va_list ap;
	int n, row = p->row, col = p->width < 50 ? 2 : LABEL;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0) {
		p->l->failed = true;
		return;
	}
	if (*label)
		row = sel_lines_wrap(p->l, row, 0, p->width, SEL_ROLE_DIM, label);
	/* beside its label, unless that is longer than its column or the screen is narrow */
	if (*label && col == LABEL && strlen(label) < LABEL)
		row = p->row;
	p->row = sel_lines_wrap(p->l, row, col, p->width, role, text);
	free(text);
}

static void header(struct page *p, const char *text)
{
	p->row = sel_lines_wrap(p->l, p->row + 1, 0, p->width, SEL_ROLE_HEADER, text);
}

static void put_share(struct page *p, const char *label, const char *key, const char *of)
{
	char text[128];

	sel_share_text(json_object_get(p->o, key), text, sizeof text);
	put(p, SEL_ROLE_NORMAL, label, "%s%s", text,
	    number(json_object_get(p->o, key), "of") ? of : "");
}

/* ", 2 timed out, 1 gone": those that there were. */
static const char *other_answers(json_t *q, char *out, size_t cap)
{
	static const struct {
		const char *key, *words;
	} kinds[] = {{"timeout", "timed out"},
		     {"gone", "gone"},
		     {"open", "open"},
		     {"narrowed", "narrowed"},
		     {"floods", "for many at once"},
		     {"scripted", "answered by scripts"}};
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < SEL_N(kinds) && n < cap; i++)
		if (number(q, kinds[i].key))
			n += (size_t)snprintf(out + n, cap - n, ", %lld %s",
					      number(q, kinds[i].key), kinds[i].words);
	return out;
}

static void asked_lines(struct page *p)
{
	json_t *q = json_object_get(p->o, "questions"), *tier;
	char mean[24], median[24], p90[24], max[24], rate[24], hours[24], others[256];
	size_t i;

	put(p, SEL_ROLE_NORMAL, "asked", "%lld in %lld sessions: %lld allowed, %lld denied%s",
	    number(q, "asked"), number(p->o, "sessions"), number(q, "allowed"), number(q, "denied"),
	    other_answers(q, others, sizeof others));
	put_share(p, "allowed", "approval", "");
	json_array_foreach(sel_json_path(p->o, "approval.by_tier"), i, tier)
	{
		char label[16], text[128];

		(void)snprintf(label, sizeof label, "  T%lld", number(tier, "tier"));
		sel_share_text(tier, text, sizeof text);
		put(p, SEL_ROLE_NORMAL, label, "%s", text);
	}
	real_text(p->o, "questions_per_session.mean", 1, 2, mean);
	real_text(p->o, "questions_per_session.median", 1, 1, median);
	real_text(p->o, "questions_per_session.p90", 1, 0, p90);
	real_text(p->o, "questions_per_session.max", 1, 0, max);
	put(p, SEL_ROLE_NORMAL, "in a session",
	    "mean %s, median %s, 9 in 10 at most %s, never above %s (of %lld)", mean, median, p90,
	    max, number(p->o, "questions_per_session.of"));
	real_text(p->o, "questions_per_hour.rate", 1, 2, rate);
	real_text(p->o, "questions_per_hour.hours", 1, 1, hours);
	if (json_number_value(sel_json_path(p->o, "questions_per_hour.hours")) >= 1)
		put(p, SEL_ROLE_NORMAL, "in an hour", "%s (in %s h)", rate, hours);
	else
		put(p, SEL_ROLE_DIM, "in an hour", "unknown: less than an hour in all");
}

/* Are checks told from what is benign? */
static void sensitivity_lines(struct page *p)
{
	json_t *s = sel_json_path(p->o, "fatigue_now.sensitivity");
	json_t *rise = json_object_get(s, "criterion_rise");
	double d = json_number_value(json_object_get(s, "d_prime"));

	if (!json_is_number(json_object_get(s, "d_prime"))) {
		put(p, SEL_ROLE_DIM, "sensitivity",
		    "too little: %lld checks and %lld benign questions of %lld each",
		    number(s, "checks"), number(s, "benign"), number(s, "least"));
		return;
	}
	put(p, SEL_ROLE_NORMAL, "sensitivity", "d' %.2f, c %.2f%s", d,
	    json_number_value(json_object_get(s, "criterion")),
	    d < 1 ? ": questions do not tell good from bad" : "");
	put(p, SEL_ROLE_DIM, "", "%lld of %lld checks caught, %lld of %lld benign questions denied",
	    number(s, "caught"), number(s, "checks"), number(s, "denied"), number(s, "benign"));
	if (json_is_number(rise))
		put(p, SEL_ROLE_DIM, "", "c rose by %.2f%s", json_number_value(rise),
		    json_number_value(rise) > 0.5 ? ": a sign of tiredness" : "");
}

static void attention_lines(struct page *p)
{
	char median[24], p90[24], bits[24];

	real_text(p->o, "response_ms.median", 0.001, 1, median);
	real_text(p->o, "response_ms.p90", 0.001, 1, p90);
	if (number(p->o, "response_ms.of"))
		put(p, SEL_ROLE_NORMAL, "time to answer",
		    "median %s s, 9 in 10 within %s s (of %lld)", median, p90,
		    number(p->o, "response_ms.of"));
	else
		put(p, SEL_ROLE_DIM, "time to answer", "nothing was measured yet");
	put_share(p, "hardly read", "rapid", " of the allows");
	put_share(p, "informative", "informative", "");
	put(p, SEL_ROLE_DIM, "", "%lld denied, %lld narrowed, %lld first of their kind",
	    number(p->o, "informative.denied"), number(p->o, "informative.narrowed"),
	    number(p->o, "informative.first"));
	real_text(p->o, "informative.bits", 1, 2, bits);
	put(p, SEL_ROLE_NORMAL, "bits a question", "%s (of %lld)", bits,
	    number(p->o, "informative.bits_of"));
	if (number(p->o, "decoys.of") || number(p->o, "questions.decoys"))
		put_share(p, "checks caught", "decoys", "");
	sensitivity_lines(p);
}

/* "###......." */
static void bar_text(double share, bool utf8, char *out, size_t cap)
{
	int full = (int)(fmin(fmax(share, 0), 1) * BAR_WIDTH + 0.5);
	size_t n = 0;

	out[0] = '\0';
	for (int i = 0; i < BAR_WIDTH && n + 4 < cap; i++)
		n += (size_t)snprintf(out + n, cap - n, "%s",
				      i < full ? (utf8 ? "█" : "#") : (utf8 ? "·" : "."));
}

static void automatic_lines(struct page *p)
{
	long long total = number(p->o, "automatic.of"), k = number(p->o, "automatic.k");
	char percent[32] = "";
	const char *source;
	json_t *n;

	if (total >= SEL_SHARE_LEAST)
		(void)snprintf(percent, sizeof percent, " (%.2f %%)",
			       100.0 * (double)k / (double)total);
	put(p, SEL_ROLE_NORMAL, "decided alone",
	    "%lld of %lld actions%s: %lld allowed, %lld denied", k, total, percent,
	    number(p->o, "automatic.allowed"), number(p->o, "automatic.denied"));
	json_object_foreach(sel_json_path(p->o, "automatic.by_source"), source, n)
	{
		double share = total ? json_number_value(n) / (double)total : 0;
		char bar[128], label[40];

		bar_text(share, p->utf8, bar, sizeof bar);
		(void)snprintf(label, sizeof label, "  %s", source);
		put(p, SEL_ROLE_NORMAL, label, "%s %lld", bar, (long long)json_integer_value(n));
	}
}

static void guarantee_lines(struct page *p)
{
	json_t *g = json_object_get(p->o, "guarantee");
	long long k = number(g, "flags"), n = number(g, "labels");
	double upper = 100 * json_number_value(json_object_get(g, "upper"));
	char share[128];

	if (n == 0) {
		put(p, SEL_ROLE_DIM, "learned wrongly",
		    "unknown: no digest was read yet ('seldom digest')");
		return;
	}
	sel_share_of((uint64_t)k, (uint64_t)n, share, sizeof share);
	put(p, SEL_ROLE_NORMAL, "learned wrongly", "%s", share);
	put(p, SEL_ROLE_NORMAL, "", "at most %.1f %% at any time (95 %% sure); %lld harmful", upper,
	    number(g, "harmful"));
}

static const char *spark(long long value, long long most, bool utf8)
{
	static const char *const wide[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	static const char *const plain[] = {".", ".", ":", ":", "-", "=", "+", "#"};
	long long level = most > 0 ? (value * 8 + most - 1) / most : 0;

	if (level <= 0)
		return " ";
	return (utf8 ? wide : plain)[level > 8 ? 7 : level - 1];
}

/* All rows on one scale: what was asked on the worst day. */
static void spark_text(struct page *p, long last, int days, const char *key, char *out, size_t cap)
{
	long long most = 0;
	size_t n = 0;

	for (int i = 0; i < days; i++) {
		long long v = number(sel_stats_day(p->o, last - i), "asked");

		most = v > most ? v : most;
	}
	out[0] = '\0';
	for (int i = days - 1; i >= 0 && n + 4 < cap; i--)
		n += (size_t)snprintf(
			out + n, cap - n, "%s",
			spark(number(sel_stats_day(p->o, last - i), key), most, p->utf8));
}

static void fatigue_lines(struct page *p)
{
	static const struct {
		const char *key, *label;
	} rows[] = {
		{"asked", "asked a day"}, {"tired", "  when tired"}, {"exhausted", "  exhausted"}};
	json_t *list = json_object_get(p->o, "fatigue");
	json_t *newest = json_array_get(list, json_array_size(list) - 1);
	const char *now = sel_json_text(sel_json_path(p->o, "fatigue_now"), "line");
	long last = newest ? sel_day_number(sel_json_text(newest, "day")) : -1;
	int room = p->width - LABEL - 2, days = room < DAYS_MAX ? room : DAYS_MAX;

	put(p, SEL_ROLE_NORMAL, "now", "%s", strncmp(now, "fatigue: ", 9) == 0 ? now + 9 : now);
	if (last < 0 || days < 7)
		return;
	for (size_t i = 0; i < SEL_N(rows); i++) {
		char text[4 * DAYS_MAX + 8];

		spark_text(p, last, days, rows[i].key, text, sizeof text);
		if (i == 0 || strspn(text, " ") < strlen(text))
			put(p, SEL_ROLE_OBJECT, rows[i].label, "%s", text);
	}
	put(p, SEL_ROLE_DIM, "", "%d days until %s", days, sel_json_text(newest, "day"));
}

static void noisy_lines(struct page *p)
{
	json_t *list = json_object_get(p->o, "noisy"), *item;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	header(p, "Asked most");
	json_array_foreach(list, i, item)
	{
		const char *unit = sel_json_text(item, "unit");
		const char *program = sel_json_text(item, "program");

		if (i == LISTED)
			break;
		put(p, SEL_ROLE_NORMAL, "", "%s%s%s%s%s", *program ? program : "?",
		    *sel_json_text(item, "class") ? ", " : "", sel_json_text(item, "class"),
		    *unit ? ", " : "", unit);
		put(p, SEL_ROLE_DIM, "", "%lld asked, %lld allowed, %lld denied",
		    number(item, "asked"), number(item, "allowed"), number(item, "denied"));
	}
}

/* By shape: rung 0 stays new for ever, and what is wider says little. */
static void novelty_lines(struct page *p)
{
	json_t *list = json_object_get(p->o, "novelty"), *item;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	header(p, "Still new");
	json_array_foreach(list, i, item)
	{
		json_t *shape = json_array_get(json_object_get(item, "rungs"), 1);
		double upper = 100 * json_number_value(json_object_get(shape, "upper"));
		char bound[48] = "";

		if (i == LISTED)
			break;
		put(p, SEL_ROLE_NORMAL, "", "%s", sel_json_text(item, "project"));
		if (number(shape, "of") < SEL_SHARE_LEAST) {
			put(p, SEL_ROLE_DIM, "", "too little: %lld questions of %d",
			    number(shape, "of"), SEL_SHARE_LEAST);
			continue;
		}
		if (upper < 100)
			(void)snprintf(bound, sizeof bound, ", at most %.0f (95 %% sure)", upper);
		put(p, SEL_ROLE_DIM, "",
		    "about %.0f of the next 100 questions will be new%s; from %lld",
		    100 * json_number_value(json_object_get(shape, "new")), bound,
		    number(shape, "of"));
	}
}

void sel_stats_lines(json_t *stats, int width, bool utf8, struct sel_lines *ret)
{
	struct page p = {.l = ret, .o = stats, .row = -1, .width = width, .utf8 = utf8};

	*ret = (struct sel_lines){0};
	header(&p, "Questions");
	asked_lines(&p);
	header(&p, "Attention");
	attention_lines(&p);
	header(&p, "Fatigue");
	fatigue_lines(&p);
	novelty_lines(&p);
	header(&p, "Without you");
	automatic_lines(&p);
	guarantee_lines(&p);
	noisy_lines(&p);
}
