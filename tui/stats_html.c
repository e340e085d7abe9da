/* Statistics as one page that needs nothing else: no script, no font, no picture from elsewhere.
 * Every plot has its numbers in a table beside it. */
#include "view_stats.h"

#include "console_fleet.h"
#include "view_table.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#define PLOT_WIDTH  720
#define PLOT_HEIGHT 160
#define PLOT_LEFT   40
#define DAYS_MAX    90

static const char style[] =
	":root{color-scheme:light dark;--fg:#1b1f24;--bg:#fff;--dim:#59636e;--line:#d0d7de;"
	"--a:#0a7ea4;--b:#b35900;--c:#8b1a8b;--d:#57606a;--e:#9aa4ae}"
	"@media(prefers-color-scheme:dark){:root{--fg:#e6edf3;--bg:#0d1117;--dim:#9198a1;"
	"--line:#3d444d;--a:#4cc2e8;--b:#f0a04b;--c:#e08ae0;--d:#b1bac4;--e:#6e7681}}"
	"body{font:16px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg);"
	"max-width:60rem;margin:2rem auto;padding:0 1rem}"
	"h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2.5rem}"
	"table{border-collapse:collapse;width:100%;font-size:.9rem}"
	"th,td{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid var(--line);"
	"vertical-align:top;overflow-wrap:anywhere}"
	"td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
	"svg{width:100%;height:auto}figure{margin:1rem 0}"
	"figcaption,.dim{color:var(--dim);font-size:.9rem}"
	".a{fill:var(--a)}.b{fill:var(--b)}.c{fill:var(--c)}.d{fill:var(--d)}.e{fill:var(--e)}"
	".axis{stroke:var(--line);stroke-width:1}.bar{stroke:var(--a);stroke-width:2}"
	".open{fill:var(--bg);stroke:var(--a);stroke-width:2}"
	"text{fill:var(--dim);font-size:11px}code{overflow-wrap:anywhere}";

struct page {
	FILE *f;
	json_t *o;
};

/* --- pieces ---------------------------------------------------------------------------------- */

static void escaped(FILE *f, const char *text)
{
	static const struct {
		char c;
		const char *as;
	} special[] = {
		{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};

	for (; *text; text++) {
		const char *as = NULL;

		for (size_t i = 0; i < SEL_N(special); i++)
			if (special[i].c == *text)
				as = special[i].as;
		if (as)
			(void)fputs(as, f);
		else
			(void)fputc(*text, f);
	}
}

static void cell(struct page *p, const char *text)
{
	(void)fputs("<td>", p->f);
	escaped(p->f, *text ? text : "-");
	(void)fputs("</td>", p->f);
}

static void cell_number(struct page *p, json_t *value, double times, int digits)
{
	if (json_is_number(value))
		(void)fprintf(p->f, "<td class=n>%.*f</td>", digits,
			      json_number_value(value) * times);
	else
		(void)fputs("<td class=n>-</td>", p->f);
}

static void cell_share(struct page *p, uint64_t k, uint64_t n)
{
	char text[128];

	sel_share_of(k, n, text, sizeof text);
	cell(p, text);
}

/* Titles are ours; one that begins with '#' stands over numbers. */
static void table_open(struct page *p, const char *caption, const char *const *titles)
{
	(void)fprintf(p->f, "<table><caption class=dim>%s</caption><thead><tr>", caption);
	for (; *titles; titles++)
		(void)fprintf(p->f, "<th scope=col%s>%s</th>", **titles == '#' ? " class=n" : "",
			      **titles == '#' ? *titles + 1 : *titles);
	(void)fputs("</tr></thead><tbody>\n", p->f);
}

static void table_close(struct page *p)
{
	(void)fputs("</tbody></table>\n", p->f);
}

static uint64_t count(json_t *o, const char *path)
{
	json_int_t n = json_integer_value(sel_json_path(o, path));

	return n > 0 ? (uint64_t)n : 0;
}

/* --- the summary ----------------------------------------------------------------------------- */

static void row(struct page *p, const char *name, const char *fmt, ...) _printf_(3, 4);
static void row(struct page *p, const char *name, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	(void)fprintf(p->f, "<tr><th scope=row>%s</th>", name);
	cell(p, text);
	(void)fputs("</tr>\n", p->f);
}

static void row_share(struct page *p, const char *name, const char *key)
{
	char text[128];

	sel_share_text(json_object_get(p->o, key), text, sizeof text);
	row(p, name, "%s", text);
}

static void row_real(struct page *p, const char *name, const char *path, double times, int digits,
		     const char *after)
{
	json_t *value = sel_json_path(p->o, path);

	if (json_is_number(value))
		row(p, name, "%.*f%s", digits, json_number_value(value) * times, after);
	else
		row(p, name, "unknown");
}

static void summary(struct page *p)
{
	static const char *const titles[] = {"What", "How much", NULL};

	table_open(p, "Shares with their 95 % intervals; below 20 cases there is no percentage",
		   titles);
	row(p, "Questions", "%llu in %llu sessions: %llu allowed, %llu denied, %llu timed out",
	    (unsigned long long)count(p->o, "questions.asked"),
	    (unsigned long long)count(p->o, "sessions"),
	    (unsigned long long)count(p->o, "questions.allowed"),
	    (unsigned long long)count(p->o, "questions.denied"),
	    (unsigned long long)count(p->o, "questions.timeout"));
	row_share(p, "Allowed, of what people answered", "approval");
	row_real(p, "Questions a session (mean)", "questions_per_session.mean", 1, 2, "");
	row_real(p, "Questions an hour", "questions_per_hour.rate", 1, 2, "");
	row_real(p, "Time to answer, median", "response_ms.median", 0.001, 1, " s");
	row_real(p, "Time to answer, 9 in 10 within", "response_ms.p90", 0.001, 1, " s");
	row_share(p, "Allows that were hardly read", "rapid");
	row_share(p, "Informative questions", "informative");
	row_real(p, "Bits a question", "informative.bits", 1, 2, "");
	row_share(p, "Checks that were caught", "decoys");
	row(p, "Decided without a person", "%llu of %llu actions",
	    (unsigned long long)count(p->o, "automatic.k"),
	    (unsigned long long)count(p->o, "automatic.of"));
	row_share(p, "Learned allows that were not wanted", "labels");
	row_real(p, "... at most, at any time (95 %)", "guarantee.upper", 100, 1, " %");
	row(p, "Fatigue now", "%s", sel_json_text(json_object_get(p->o, "fatigue_now"), "line"));
	table_close(p);
}

/* --- plots ----------------------------------------------------------------------------------- */

static void plot_open(struct page *p, const char *id, const char *title, int height)
{
	(void)fprintf(p->f,
		      "<figure><svg role=img aria-labelledby=%s viewBox=\"0 0 %d %d\">"
		      "<title id=%s>%s</title>\n",
		      id, PLOT_WIDTH, height, id, title);
}

static void plot_close(struct page *p, const char *caption)
{
	(void)fprintf(p->f, "</svg><figcaption>%s</figcaption></figure>\n", caption);
}

static void axis(struct page *p, double most, const char *unit)
{
	for (int i = 0; i <= 2; i++) {
		double y = PLOT_HEIGHT - 20 - (PLOT_HEIGHT - 40) * i / 2.0;

		(void)fprintf(p->f,
			      "<line class=axis x1=%d x2=%d y1=%.1f y2=%.1f />"
			      "<text x=%d y=%.1f text-anchor=end>%.3g%s</text>\n",
			      PLOT_LEFT, PLOT_WIDTH, y, y, PLOT_LEFT - 4, y + 4, most * i / 2,
			      unit);
	}
}

static const struct {
	const char *key, *class, *word;
} states[] = {{"fresh", "a", "fresh"},
	      {"tired", "b", "tired"},
	      {"exhausted", "c", "exhausted"},
	      {"flood", "d", "for many at once"},
	      {"unknown", "e", "unknown"}};

static void day_bar(struct page *p, json_t *day, double x, double width, uint64_t most)
{
	double y = PLOT_HEIGHT - 20;

	for (size_t i = 0; i < SEL_N(states); i++) {
		uint64_t n = count(day, states[i].key);
		double height = (PLOT_HEIGHT - 40) * (double)n / (double)most;

		if (n == 0)
			continue;
		y -= height;
		(void)fprintf(p->f, "<rect class=%s x=%.1f y=%.1f width=%.1f height=%.1f><title>",
			      states[i].class, x, y, width, height);
		escaped(p->f, sel_json_text(day, "day"));
		(void)fprintf(p->f, ": %llu %s</title></rect>\n", (unsigned long long)n,
			      states[i].word);
	}
}

static void legend(struct page *p)
{
	double x = PLOT_LEFT;

	for (size_t i = 0; i < SEL_N(states); i++, x += 120)
		(void)fprintf(p->f,
			      "<rect class=%s x=%.0f y=4 width=10 height=10 />"
			      "<text x=%.0f y=13>%s</text>\n",
			      states[i].class, x, x + 14, states[i].word);
}

static void days_plot(struct page *p, long first, long last)
{
	double width = (double)(PLOT_WIDTH - PLOT_LEFT) / (double)(last - first + 1);
	char from[16], to[16];
	uint64_t most = 1;

	for (long day = first; day <= last; day++) {
		uint64_t n = count(sel_stats_day(p->o, day), "asked");

		most = n > most ? n : most;
	}
	plot_open(p, "days", "Questions a day, by how tired the person was", PLOT_HEIGHT);
	axis(p, (double)most, "");
	legend(p);
	for (long day = first; day <= last; day++)
		day_bar(p, sel_stats_day(p->o, day),
			PLOT_LEFT + width * (double)(day - first) + width * 0.1, width * 0.8, most);
	sel_day_text(first, from);
	sel_day_text(last, to);
	(void)fprintf(p->f, "<text x=%d y=%d>%s</text><text x=%d y=%d text-anchor=end>%s</text>\n",
		      PLOT_LEFT, PLOT_HEIGHT - 4, from, PLOT_WIDTH, PLOT_HEIGHT - 4, to);
	plot_close(p, "Questions a day, by how tired the person was when they were asked");
}

static void days_table(struct page *p)
{
	static const char *const titles[] = {"Day",	 "#Asked",	"#Fresh",
					     "#Tired",	 "#Exhausted",	"#For many",
					     "#Unknown", "Hardly read", NULL};
	json_t *day;
	size_t i;

	table_open(p, "Questions a day", titles);
	json_array_foreach(json_object_get(p->o, "fatigue"), i, day)
	{
		(void)fputs("<tr>", p->f);
		cell(p, sel_json_text(day, "day"));
		cell_number(p, json_object_get(day, "asked"), 1, 0);
		for (size_t k = 0; k < SEL_N(states); k++)
			cell_number(p, json_object_get(day, states[k].key), 1, 0);
		cell_share(p, count(day, "rapid.k"), count(day, "rapid.of"));
		(void)fputs("</tr>\n", p->f);
	}
	table_close(p);
}

static void days(struct page *p)
{
	json_t *list = json_object_get(p->o, "fatigue");
	long last = sel_day_number(
		sel_json_text(json_array_get(list, json_array_size(list) - 1), "day"));
	long first = sel_day_number(sel_json_text(json_array_get(list, 0), "day"));

	if (last < 0 || first < 0)
		return;
	if (first <= last - DAYS_MAX)
		first = last - DAYS_MAX + 1;
	(void)fputs("<h2>Fatigue over time</h2>\n", p->f);
	days_plot(p, first, last);
	days_table(p);
}

static void week_mark(struct page *p, json_t *week, double x)
{
	uint64_t k = count(week, "allowed"), n = k + count(week, "denied");
	double low, high, top = 20, height = PLOT_HEIGHT - 40;

	if (n == 0)
		return;
	sel_wilson(k, n, &low, &high);
	(void)fprintf(p->f, "<g><title>week of ");
	escaped(p->f, sel_json_text(week, "week"));
	(void)fprintf(p->f,
		      ": %llu of %llu</title><line class=bar x1=%.1f x2=%.1f y1=%.1f y2=%.1f />"
		      "<circle class=%s cx=%.1f cy=%.1f r=4 /></g>\n",
		      (unsigned long long)k, (unsigned long long)n, x, x, top + height * (1 - low),
		      top + height * (1 - high), n < SEL_SHARE_LEAST ? "open" : "a", x,
		      top + height * (1 - (double)k / (double)n));
}

static void weeks(struct page *p)
{
	json_t *list = json_object_get(p->o, "by_week"), *week;
	size_t n = json_array_size(list), i;
	double step = n ? (double)(PLOT_WIDTH - PLOT_LEFT) / (double)n : 0;

	if (n == 0)
		return;
	(void)fputs("<h2>Allowed, week by week</h2>\n", p->f);
	plot_open(p, "weeks", "Share of answers that allowed, by week", PLOT_HEIGHT);
	axis(p, 100, " %");
	json_array_foreach(list, i, week) week_mark(p, week, PLOT_LEFT + step * ((double)i + 0.5));
	plot_close(p, "Share of answers that allowed, with its 95 % interval; hollow below 20 "
		      "answers");
}

static void sources(struct page *p)
{
	static const char *const titles[] = {"Source", "#Actions", NULL};
	json_t *by = sel_json_path(p->o, "automatic.by_source"), *n;
	int height = 8 + 22 * (int)json_object_size(by), y = 4;
	double most = 1;
	const char *source;

	if (json_object_size(by) == 0)
		return;
	json_object_foreach(by, source, n) most =
		json_number_value(n) > most ? json_number_value(n) : most;
	(void)fputs("<h2>What decided</h2>\n", p->f);
	plot_open(p, "sources", "Judged actions by what decided them", height);
	json_object_foreach(by, source, n)
	{
		(void)fprintf(p->f, "<text x=90 y=%d text-anchor=end>", y + 12);
		escaped(p->f, source);
		(void)fprintf(p->f, "</text><rect class=a x=96 y=%d width=%.1f height=14 />\n", y,
			      (PLOT_WIDTH - 180) * json_number_value(n) / most);
		y += 22;
	}
	plot_close(p, "Judged actions by what decided them");
	table_open(p, "Judged actions", titles);
	json_object_foreach(by, source, n)
	{
		(void)fputs("<tr>", p->f);
		cell(p, source);
		cell_number(p, n, 1, 0);
		(void)fputs("</tr>\n", p->f);
	}
	table_close(p);
}

/* --- lists ----------------------------------------------------------------------------------- */

static const struct {
	const char *list, *key, *title, *head;
} groups[] = {
	{"by_project", "project", "By project", "Project"},
	{"by_program", "exe", "By program", "Program"},
	{"by_week", "week", "By week", "Week of"},
};

static void group(struct page *p, size_t g)
{
	const char *titles[] = {groups[g].head, "#Asked",    "Allowed",
				"#Without you", "#Median s", NULL};
	json_t *list = json_object_get(p->o, groups[g].list), *item;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	(void)fprintf(p->f, "<h2>%s</h2>\n", groups[g].title);
	table_open(p, "Allowed: of the answers", titles);
	json_array_foreach(list, i, item)
	{
		uint64_t k = count(item, "allowed");

		(void)fputs("<tr>", p->f);
		cell(p, sel_json_text(item, groups[g].key));
		cell_number(p, json_object_get(item, "asked"), 1, 0);
		cell_share(p, k, k + count(item, "denied"));
		cell_number(p, json_object_get(item, "automatic"), 1, 0);
		cell_number(p, json_object_get(item, "response_ms"), 0.001, 1);
		(void)fputs("</tr>\n", p->f);
	}
	table_close(p);
}

static void noisy(struct page *p)
{
	static const char *const titles[] = {"Program",	 "Place",   "Folder", "#Asked",
					     "#Allowed", "#Denied", "Last",   NULL};
	json_t *list = json_object_get(p->o, "noisy"), *item;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	(void)fputs("<h2>Asked most</h2>\n", p->f);
	table_open(p, "The noisiest sources", titles);
	json_array_foreach(list, i, item)
	{
		(void)fputs("<tr>", p->f);
		cell(p, sel_json_text(item, "program"));
		cell(p, sel_json_text(item, "class"));
		cell(p, sel_json_text(item, "unit"));
		cell_number(p, json_object_get(item, "asked"), 1, 0);
		cell_number(p, json_object_get(item, "allowed"), 1, 0);
		cell_number(p, json_object_get(item, "denied"), 1, 0);
		cell(p, sel_json_text(item, "last"));
		(void)fputs("</tr>\n", p->f);
	}
	table_close(p);
}

static void head(struct page *p)
{
	char when[64] = "";
	time_t t = (time_t)json_integer_value(json_object_get(p->o, "unix"));
	struct tm tm;

	if (localtime_r(&t, &tm))
		(void)strftime(when, sizeof when, "%Y-%m-%d %H:%M", &tm);
	(void)fprintf(p->f,
		      "<!DOCTYPE html>\n<html lang=en><head><meta charset=utf-8>\n"
		      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		      "style-src 'unsafe-inline'\">\n"
		      "<meta name=viewport content=\"width=device-width, initial-scale=1\">\n"
		      "<meta name=referrer content=no-referrer>\n"
		      "<title>seldom: statistics</title>\n<style>%s</style></head>\n"
		      "<body><h1>seldom: how often you were asked</h1>\n<p class=dim>%s</p>\n",
		      style, when);
}

char *sel_stats_html(json_t *stats)
{
	char *text = NULL;
	size_t n = 0;
	struct page p = {.f = open_memstream(&text, &n), .o = stats};

	if (!p.f)
		return NULL;
	head(&p);
	summary(&p);
	days(&p);
	weeks(&p);
	sources(&p);
	for (size_t g = 0; g < SEL_N(groups); g++)
		group(&p, g);
	noisy(&p);
	(void)fputs("</body></html>\n", p.f);
	if (fclose(p.f) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
