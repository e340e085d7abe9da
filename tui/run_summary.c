#include "run_summary.h"

#include "line.h"

#include <stdarg.h>
#include <stdio.h>

#define HINTS_MAX 2

struct ending {
	FILE *file;
	char *buffer;
	size_t n;
	bool utf8;
};

static int text_begin(struct ending *t, bool utf8)
{
	*t = (struct ending){.utf8 = utf8};
	t->file = open_memstream(&t->buffer, &t->n);
	return t->file ? 0 : -ENOMEM;
}

static char *text_end(struct ending *t)
{
	bool bad = ferror(t->file);

	if (fclose(t->file) != 0 || bad) {
		free(t->buffer);
		return NULL;
	}
	return t->buffer;
}

static json_int_t number(const json_t *o, const char *group, const char *key)
{
	return json_integer_value(json_object_get(json_object_get(o, group), key));
}

/* --- the counts ----------------------------------------------------------------------------------
 */

/* " (2 allowed, 1 denied)" */
static void add_answers(struct ending *t, const json_t *o)
{
	static const struct {
		const char *key, *word;
	} row[] = {{"allowed", "allowed"}, {"denied", "denied"}, {"timeout", "unanswered"}};
	const char *before = " (";

	for (size_t i = 0; i < SEL_N(row); i++) {
		json_int_t n = number(o, "questions", row[i].key);

		if (n <= 0)
			continue;
		(void)fprintf(t->file, "%s%lld %s", before, (long long)n, row[i].word);
		before = ", ";
	}
	if (*before == ',')
		(void)fputc(')', t->file);
}

static void add_network(struct ending *t, const json_t *o)
{
	json_int_t requests = number(o, "network", "requests"),
		   hosts = number(o, "network", "hosts"),
		   incidents = number(o, "network", "incidents");
	const char *dot = t->utf8 ? " \u00b7 " : ", ";

	if (requests > 0)
		(void)fprintf(t->file, "%s%lld request%s to %lld host%s", dot, (long long)requests,
			      requests == 1 ? "" : "s", (long long)hosts, hosts == 1 ? "" : "s");
	if (incidents > 0)
		(void)fprintf(t->file, "%s%lld INCIDENT%s", dot, (long long)incidents,
			      incidents == 1 ? "" : "S");
}

/* What nobody was asked about, and was allowed. */
static json_int_t automatic(const json_t *o)
{
	static const char *const sources[] = {"scope", "grant", "rule", "learned"};
	const json_t *by = json_object_get(json_object_get(o, "actions"), "by_source");
	json_int_t n = 0;

	for (size_t i = 0; i < SEL_N(sources); i++)
		n += json_integer_value(json_object_get(by, sources[i]));
	return n;
}

static json_int_t refused(const json_t *o)
{
	const json_t *by = json_object_get(json_object_get(o, "actions"), "by_source");
	json_int_t n = json_integer_value(json_object_get(by, "denied")),
		   network = number(o, "network", "refused");

	return n > network ? n : network;
}

static void add_counts(struct ending *t, const json_t *o)
{
	const char *dot = t->utf8 ? " \u00b7 " : ", ";

	(void)fprintf(t->file, "questions %lld", (long long)number(o, "questions", "asked"));
	add_answers(t, o);
	(void)fprintf(t->file, "%sautomatic %lld%srefused %lld", dot, (long long)automatic(o), dot,
		      (long long)refused(o));
	add_network(t, o);
}

char *run_counts_text(const json_t *counts, bool utf8)
{
	struct ending t;

	if (text_begin(&t, utf8) < 0)
		return NULL;
	add_counts(&t, counts);
	return text_end(&t);
}

char *run_status_text(const json_t *counts, size_t waiting, bool utf8)
{
	struct ending t;

	if (text_begin(&t, utf8) < 0)
		return NULL;
	if (waiting)
		(void)fprintf(t.file, "%zu %s%s", waiting, waiting == 1 ? "waits" : "wait",
			      utf8 ? " \u00b7 " : ", ");
	add_counts(&t, counts);
	return text_end(&t);
}

/* --- what was refused, and why ------------------------------------------------------------------
 */

/* What goes to a host in plain sight is a method and an address. */
static bool is_request(const char *op, const char *object)
{
	size_t method = strspn(object, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-");

	return strcmp(op, "connect") == 0 && method > 0 && object[method] == ' ';
}

/* "DELETE '/path' (why)". The caller frees. */
static char *refusal(const json_t *denial, bool utf8)
{
	static const char *const parts[] = {"op", "object", "reason"};
	char *safe[SEL_N(parts)] = {NULL}, *words = NULL;

	for (size_t i = 0; i < SEL_N(parts); i++) {
		const char *text = json_string_value(json_object_get(denial, parts[i]));

		safe[i] = sel_safe(text ? text : "", utf8);
	}
	if (safe[0] && safe[1] && is_request(safe[0], safe[1])) {
		free(safe[0]);
		safe[0] = strdup("request");
	}
	for (char *c = safe[0] ? safe[0] : (char[]){""}; *c; c++)
		*c = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
	if (safe[0] && safe[1] && safe[2] &&
	    asprintf(&words, "%s '%s'%s%s%s", safe[0], safe[1], *safe[2] ? " (" : "", safe[2],
		     *safe[2] ? ")" : "") < 0)
		words = NULL;
	for (size_t i = 0; i < SEL_N(parts); i++)
		free(safe[i]);
	return words;
}

/* The first whole, then as many as there is room for in the line. */
static void add_refusals(struct ending *t, json_t *denials, int columns)
{
	size_t n = json_array_size(denials), shown = 0, used = 0;
	const size_t more = sizeof "; and 99999 more" - 1;

	while (shown < n) {
		_cleanup_free_ char *words = refusal(json_array_get(denials, shown), t->utf8);
		size_t len = words ? strlen(words) : 0;

		if (!words || (shown > 0 && used + 2 + len + more > (size_t)columns))
			break;
		(void)fprintf(t->file, "%s%s", shown ? "; " : "seldom: refused: ", words);
		used += len + (shown ? 2 : sizeof "seldom: refused: " - 1);
		shown++;
	}
	if (shown > 0 && shown < n)
		(void)fprintf(t->file, "; and %zu more", n - shown);
	if (shown > 0)
		(void)fputc('\n', t->file);
}

/* --- all of it ----------------------------------------------------------------------------------
 */

/* What the person may want to look at now; nothing for the tired. `but`: said already. */
static void add_hints(struct ending *t, const json_t *summary, const char *but)
{
	json_t *hints = json_object_get(summary, "hints"), *hint;
	const char *state = json_string_value(json_object_get(summary, "state"));
	size_t i, said = 0;

	if (!state || strcmp(state, "FRESH") != 0)
		return;
	json_array_foreach(hints, i, hint)
	{
		const char *kind = json_string_value(json_object_get(hint, "kind"));
		const char *text = json_string_value(json_object_get(hint, "text"));
		const char *command = json_string_value(json_object_get(hint, "command"));
		_cleanup_free_ char *safe = sel_safe(text ? text : "", t->utf8);
		_cleanup_free_ char *safe_command = sel_safe(command ? command : "", t->utf8);

		if (kind && strcmp(kind, but) == 0)
			continue;
		if (said++ == HINTS_MAX)
			break;
		if (safe && safe_command && *safe)
			(void)fprintf(t->file, "seldom: %s%s%s\n", safe, *safe_command ? ": " : "",
				      safe_command);
	}
}

char *run_summary_text(const json_t *summary, const char *session, int columns, bool utf8)
{
	json_t *denials = json_object_get(summary, "denials");
	json_int_t files = number(summary, "undo", "files");
	bool told = number(summary, "questions", "asked") > 0 || json_array_size(denials) > 0 ||
		    number(summary, "network", "requests") > 0 ||
		    number(summary, "network", "incidents") > 0;
	struct ending t;

	if (text_begin(&t, utf8) < 0)
		return NULL;
	if (told) {
		(void)fputs("seldom: ", t.file);
		add_counts(&t, summary);
		(void)fputc('\n', t.file);
		add_refusals(&t, denials, columns);
	}
	if (told && *session) {
		(void)fprintf(t.file, "seldom: all of it: seldom log --session %s", session);
		if (files > 0)
			(void)fprintf(t.file, "%sput %lld file%s back: seldom undo --session %s",
				      utf8 ? " \u00b7 " : ", ", (long long)files,
				      files == 1 ? "" : "s", session);
		(void)fputc('\n', t.file);
	}
	add_hints(&t, summary, told && *session ? "undo" : "");
	return text_end(&t);
}
