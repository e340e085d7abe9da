/* Statistics for a monitor that reads text files (node_exporter's textfile collector): the text
 * exposition format, version 0.0.4. */
#include "view_stats.h"

#include "console_fleet.h"
#include "view_table.h"

#include <stdarg.h>
#include <stdio.h>

struct out {
	FILE *f;
	json_t *o;
};

/* Inside quotes a backslash, a quote and a line feed are escaped; nothing else may be. */
static void label_value(FILE *f, const char *text)
{
	for (; *text; text++)
		if (*text == '\\' || *text == '"')
			(void)fprintf(f, "\\%c", *text);
		else if (*text == '\n')
			(void)fputs("\\n", f);
		else
			(void)fputc(*text, f);
}

static void family(struct out *out, const char *name, const char *type, const char *help)
{
	(void)fprintf(out->f, "# HELP seldom_%s %s\n# TYPE seldom_%s %s\n", name, help, name, type);
}

/* One sample; what is unknown has none. Labels come as name, value, ..., NULL. */
static void sample(struct out *out, const char *name, json_t *value, double times, ...)
{
	const char *key;
	va_list ap;
	int n = 0;

	if (!json_is_number(value))
		return;
	(void)fprintf(out->f, "seldom_%s", name);
	va_start(ap, times);
	while ((key = va_arg(ap, const char *))) {
		(void)fprintf(out->f, "%s%s=\"", n++ ? "," : "{", key);
		label_value(out->f, va_arg(ap, const char *));
		(void)fputc('"', out->f);
	}
	va_end(ap);
	(void)fprintf(out->f, "%s %.12g\n", n ? "}" : "", json_number_value(value) * times);
}

/* --- plain numbers ---------------------------------------------------------------------------- */

static const struct {
	const char *name, *type, *path, *help;
	double times;
} plain[] = {
	/* clang-format off: columns are the point */
	{"report_time_seconds", "gauge", "unix", "When this was written, in UNIX time.", 1},
	{"sessions_total", "counter", "sessions", "Runs that were recorded.", 1},
	{"questions_total", "counter", "questions.asked",
	 "Questions that were shown, without checks.", 1},
	{"questions_open", "gauge", "questions.open", "Questions without an answer.", 1},
	{"questions_scripted_total", "counter", "questions.scripted",
	 "Questions that a script answered.", 1},
	{"questions_narrowed_total", "counter", "questions.narrowed",
	 "Answers narrower than recommended.", 1},
	{"floods_total", "counter", "questions.floods", "Questions that stood for many.", 1},
	{"decoys_total", "counter", "questions.decoys", "Checks by seldom itself that were shown.",
	 1},
	{"questions_per_hour", "gauge", "questions_per_hour.rate", "Questions in an hour of a run.",
	 1},
	{"information_bits", "gauge", "informative.bits", "Mean entropy of the predicted answer.",
	 1},
	{"digest_harmful_total", "counter", "labels.harmful",
	 "Learned allows that were called harmful.", 1},
	{"digest_upper_ratio", "gauge", "guarantee.upper",
	 "Upper bound of unwanted learned allows, valid at all times, 95 %.", 1},
	{"learning_step", "gauge", "guarantee.step", "How loose learning is; 0 is the strictest.",
	 1},
	{"fatigue_load", "gauge", "fatigue_now.load",
	 "Questions of the last hours, halved every 30 minutes.", 1},
	{"fatigue_effort_ratio", "gauge", "fatigue_now.effort",
	 "1 - the share of hardly read among the last allows.", 1},
	/* clang-format on */
};

static void plain_numbers(struct out *out)
{
	for (size_t i = 0; i < SEL_N(plain); i++) {
		family(out, plain[i].name, plain[i].type, plain[i].help);
		sample(out, plain[i].name, sel_json_path(out->o, plain[i].path), plain[i].times,
		       NULL);
	}
}

/* --- shares ----------------------------------------------------------------------------------- */

static const struct {
	const char *name, *key, *help;
} shares[] = {
	{"approval", "approval", "answers by people that allowed"},
	{"rapid", "rapid", "measured allows that were hardly read"},
	{"informative", "informative", "answers that told something"},
	{"decoys_caught", "decoys", "checks that were denied"},
	{"digest_flagged", "labels", "sampled learned allows that were not wanted"},
	{"automatic", "automatic", "actions decided without a person"},
};

/* Numerator and denominator, and the interval; the share itself is k / of. */
static void share_numbers(struct out *out)
{
	static const struct {
		const char *suffix, *key, *what;
	} parts[] = {{"_k", "k", "Number of"},
		     {"_of", "of", "Denominator of the share of"},
		     {"_low_ratio", "low", "Lower end of the 95 % interval of the share of"},
		     {"_high_ratio", "high", "Upper end of the 95 % interval of the share of"}};

	for (size_t i = 0; i < SEL_N(shares); i++)
		for (size_t k = 0; k < SEL_N(parts); k++) {
			json_t *share = json_object_get(out->o, shares[i].key);
			char name[64], help[160];

			(void)snprintf(name, sizeof name, "%s%s", shares[i].name, parts[k].suffix);
			(void)snprintf(help, sizeof help, "%s %s.", parts[k].what, shares[i].help);
			family(out, name, "gauge", help);
			sample(out, name, json_object_get(share, parts[k].key), 1, NULL);
		}
}

/* --- with labels ------------------------------------------------------------------------------ */

static void answers(struct out *out)
{
	static const char *const words[] = {"allowed", "denied", "timeout", "gone"};
	json_t *tier;
	size_t i;

	family(out, "answers_total", "counter", "How questions ended.");
	for (i = 0; i < SEL_N(words); i++)
		sample(out, "answers_total",
		       json_object_get(json_object_get(out->o, "questions"), words[i]), 1, "answer",
		       words[i], NULL);
	family(out, "tier_answers_total", "counter", "Answers by tier.");
	json_array_foreach(sel_json_path(out->o, "approval.by_tier"), i, tier)
	{
		char name[8];

		(void)snprintf(name, sizeof name, "T%lld",
			       (long long)json_integer_value(json_object_get(tier, "tier")));
		sample(out, "tier_answers_total", json_object_get(tier, "of"), 1, "tier", name,
		       NULL);
	}
	family(out, "tier_allows_total", "counter", "Allows by tier.");
	json_array_foreach(sel_json_path(out->o, "approval.by_tier"), i, tier)
	{
		char name[8];

		(void)snprintf(name, sizeof name, "T%lld",
			       (long long)json_integer_value(json_object_get(tier, "tier")));
		sample(out, "tier_allows_total", json_object_get(tier, "k"), 1, "tier", name, NULL);
	}
}

static void spreads(struct out *out)
{
	static const char *const stats[] = {"mean", "median", "p90", "max"};
	json_t *a = json_object_get(out->o, "questions_per_session"),
	       *r = json_object_get(out->o, "response_ms");

	family(out, "questions_per_session", "gauge", "Questions in a run.");
	for (size_t i = 0; i < SEL_N(stats); i++)
		sample(out, "questions_per_session", json_object_get(a, stats[i]), 1, "stat",
		       stats[i], NULL);
	family(out, "response_seconds", "gauge",
	       "Time from a question's first sight to its answer.");
	sample(out, "response_seconds", json_object_get(r, "median"), 0.001, "quantile", "0.5",
	       NULL);
	sample(out, "response_seconds", json_object_get(r, "p90"), 0.001, "quantile", "0.9", NULL);
}

static void states(struct out *out)
{
	static const char *const names[] = {"FRESH", "TIRED", "EXHAUSTED"};
	json_t *now = json_object_get(out->o, "fatigue_now");

	family(out, "fatigue_state", "gauge", "1 for the state that the person is in.");
	for (size_t i = 0; now && i < SEL_N(names); i++) {
		json_t *one = json_integer(strcmp(sel_json_text(now, "state"), names[i]) == 0);

		sample(out, "fatigue_state", one, 1, "state", names[i], NULL);
		json_decref(one);
	}
}

static void lists(struct out *out)
{
	const char *source;
	json_t *item;
	size_t i;

	family(out, "actions_total", "counter", "Judged actions by what decided them.");
	json_object_foreach(sel_json_path(out->o, "automatic.by_source"), source, item)
		sample(out, "actions_total", item, 1, "source", source, NULL);
	family(out, "program_questions_total", "counter",
	       "Questions of the programs that ask most.");
	json_array_foreach(json_object_get(out->o, "by_program"), i, item)
		sample(out, "program_questions_total", json_object_get(item, "asked"), 1, "exe",
		       sel_json_text(item, "exe"), "program", sel_json_text(item, "program"), NULL);
	family(out, "project_questions_total", "counter",
	       "Questions of the projects that ask most.");
	json_array_foreach(json_object_get(out->o, "by_project"), i, item)
		sample(out, "project_questions_total", json_object_get(item, "asked"), 1, "project",
		       sel_json_text(item, "project"), NULL);
	family(out, "noisy_questions_total", "counter", "Questions of the sources that ask most.");
	json_array_foreach(json_object_get(out->o, "noisy"), i, item)
		sample(out, "noisy_questions_total", json_object_get(item, "asked"), 1, "program",
		       sel_json_text(item, "program"), "class", sel_json_text(item, "class"),
		       "unit", sel_json_text(item, "unit"), NULL);
}

char *sel_stats_prometheus(json_t *stats)
{
	char *text = NULL;
	size_t n = 0;
	struct out out = {.f = open_memstream(&text, &n), .o = stats};

	if (!out.f)
		return NULL;
	plain_numbers(&out);
	share_numbers(&out);
	answers(&out);
	spreads(&out);
	states(&out);
	lists(&out);
	if (fclose(out.f) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
