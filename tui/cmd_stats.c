#include "commands.h"
#include "view_report.h"
#include "view_table.h"

#include "console_fleet.h"

#include <stdio.h>

struct stats_options {
	bool json;
	const char *session, *since;
};
#define AT(field) offsetof(struct stats_options, field)
static const struct sel_option rows[] = {
	{"json", 0, SEL_OPT_FLAG, NULL, "as one JSON object", AT(json), 0},
	{"session", 0, SEL_OPT_STRING, "ID", "only this run, or last", AT(session), 0},
	{"since", 0, SEL_OPT_STRING, "SPAN", "only what is younger (30d, 12h)", AT(since), 0},
	{0},
};
const struct sel_usage sel_usage_stats = {
	.name = "stats",
	.synopsis = "[--json] [--session ID|last] [--since SPAN]",
	.example = "seldom stats --since 30d",
	.does = "Shows how often you were asked, how you answered and how fast, and what was "
		"decided\n"
		"without you. Every share comes with its denominator and a 95 % interval.",
	.options = rows,
	.more = "Exit status: 0, 1 no such session, 2 usage.\n",
};

static json_int_t number(json_t *o, const char *path)
{
	return json_integer_value(sel_json_path(o, path));
}

/* A null number is unknown, not zero. */
static void real(json_t *o, const char *path, double times, int digits, const char *unit)
{
	json_t *value = sel_json_path(o, path);

	if (value)
		(void)printf("%.*f%s", digits, json_number_value(value) * times, unit);
	else
		(void)printf("-");
}

static void share(const char *name, json_t *o, const char *rate, const char *of, bool interval)
{
	(void)printf("%-22s ", name);
	real(o, rate, 100, 0, " %");
	(void)printf(" of %lld %s", (long long)number(o, "of"), of);
	if (interval && number(o, "of") > 0) {
		(void)printf(" (95 %%: ");
		real(o, "low", 100, 0, "");
		(void)printf(" to ");
		real(o, "high", 100, 0, " %");
		(void)putchar(')');
	}
	(void)putchar('\n');
}

static void sources(json_t *o)
{
	const char *source;
	json_t *n;

	json_object_foreach(sel_json_path(o, "automatic.by_source"), source, n)(void)
		printf("  by %-17s %lld\n", source, (long long)json_integer_value(n));
}

static void programs(json_t *o)
{
	json_t *list = json_object_get(o, "by_program"), *item;
	size_t i;

	if (json_array_size(list))
		(void)puts("asked most by");
	json_array_foreach(list, i, item)
	{
		_cleanup_free_ char *exe = sel_fleet_safe_text(sel_json_text(item, "exe"));

		if (i == 10)
			break;
		(void)printf("  %-30s %lld asked, %lld allowed, %lld denied\n", exe ? exe : "?",
			     (long long)number(item, "asked"), (long long)number(item, "allowed"),
			     (long long)number(item, "denied"));
	}
}

static void print(json_t *o)
{
	(void)printf(
		"%-22s %lld in %lld sessions: %lld allowed, %lld denied, %lld timed out, "
		"%lld gone, %lld open\n",
		"questions", (long long)number(o, "questions.asked"),
		(long long)number(o, "sessions"), (long long)number(o, "questions.allowed"),
		(long long)number(o, "questions.denied"), (long long)number(o, "questions.timeout"),
		(long long)number(o, "questions.gone"), (long long)number(o, "questions.open"));
	if (number(o, "questions.scripted"))
		(void)printf("%-22s %lld\n", "  answered by scripts",
			     (long long)number(o, "questions.scripted"));
	share("allowed", json_object_get(o, "approval"), "rate", "answers", true);
	(void)printf("%-22s mean ", "questions a session");
	real(o, "questions_per_session.mean", 1, 2, "");
	(void)printf(", median ");
	real(o, "questions_per_session.median", 1, 1, "");
	(void)printf(", 9 in 10 at most ");
	real(o, "questions_per_session.p90", 1, 0, "");
	(void)putchar('\n');
	(void)printf("%-22s median ", "time to answer");
	real(o, "response_ms.median", 0.001, 1, " s");
	(void)printf(", 9 in 10 within ");
	real(o, "response_ms.p90", 0.001, 1, " s");
	(void)printf(" (of %lld)\n", (long long)number(o, "response_ms.of"));
	share("hardly read", json_object_get(o, "rapid"), "share", "allows", true);
	share("decided without you", json_object_get(o, "automatic"), "share", "actions", false);
	sources(o);
	programs(o);
}

int sel_cmd_stats(int argc, char **argv)
{
	struct stats_options opt = {0};
	struct sel_filter f = {0};
	struct sel_store *s = NULL;
	json_t *stats = NULL;
	int first = sel_options_parse(&sel_usage_stats, argc, argv, &opt), r;

	if (first < 0)
		return sel_options_exit(first);
	f.session = opt.session;
	if (sel_view_since(&sel_usage_stats, opt.since, &f.since))
		return 2;
	r = sel_view_store(SEL_STORE_READ, &s);
	if (r == 0 && !opt.session)
		/* nothing recorded yet is a state, and has a shape */
		r = sel_store_open(NULL, SEL_STORE_MEMORY, &s, NULL);
	else if (r < 0)
		return 1;
	r = s ? sel_report_stats(s, &f, &stats) : r < 0 ? r : -ENOENT;
	if (r < 0)
		(void)sel_view_failed(r, &f);
	else if (opt.json)
		(void)sel_print_json(stats);
	else
		print(stats);
	json_decref(stats);
	sel_store_free(s);
	return r < 0 ? 1 : 0;
}
