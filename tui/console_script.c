#include "console_script.h"

#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>

/* A script is read into memory whole; no real one has more lines than this. */
#define MAX_LINES 10000

#define AS_NAME(id, name) [SEL_MATCH_##id] = (name),
static const char *const field_names[SEL_MATCH_N] = {SEL_MATCH_FIELDS(AS_NAME)};
#undef AS_NAME

/* --- parsing --------------------------------------------------------------------------------- */

struct parse {
	size_t number; /* of the line */
	char **ret_error;
};

static int broken(const struct parse *p, const char *fmt, ...) _printf_(2, 3);
static int broken(const struct parse *p, const char *fmt, ...)
{
	_cleanup_free_ char *what = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&what, fmt, ap);
	va_end(ap);
	if (n < 0) {
		what = NULL;
		return -ENOMEM;
	}
	if (asprintf(p->ret_error, "%zu: %s", p->number, what) < 0) {
		*p->ret_error = NULL;
		return -ENOMEM;
	}
	return -EINVAL;
}

static int field_from_name(const char *name)
{
	for (int i = 0; i < SEL_MATCH_N; i++)
		if (strcmp(field_names[i], name) == 0)
			return i;
	return -EINVAL;
}

static int copy_string(const struct parse *p, const char *key, const json_t *value, char **ret)
{
	if (!json_is_string(value))
		return broken(p, "'%s' must be a string", key);
	*ret = strdup(json_string_value(value));
	return *ret ? 0 : -ENOMEM;
}

/* A tier is a word in a person's mouth and a number in the protocol: 2, "2" and "T2" are one. */
static int copy_tier(const struct parse *p, const json_t *value, char **ret)
{
	const char *text = json_string_value(value);

	if (json_is_integer(value))
		return asprintf(ret, "%" JSON_INTEGER_FORMAT, json_integer_value(value)) < 0
			       ? -ENOMEM
			       : 0;
	if (!text)
		return broken(p, "'tier' must be a number or a pattern");
	*ret = strdup(text[0] == 'T' ? text + 1 : text);
	return *ret ? 0 : -ENOMEM;
}

static int parse_match(const struct parse *p, json_t *value, struct sel_script_line *line)
{
	const char *key;
	json_t *pattern;

	if (!json_is_object(value))
		return broken(p, "'match' must be an object");
	json_object_foreach(value, key, pattern)
	{
		int field = field_from_name(key), r;

		if (field < 0)
			return broken(p, "no field '%s' to match", key);
		r = field == SEL_MATCH_TIER ? copy_tier(p, pattern, &line->match[field])
					    : copy_string(p, key, pattern, &line->match[field]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int parse_answer(const struct parse *p, json_t *value, struct sel_script_line *line)
{
	const char *word = json_string_value(value);

	if (!word || (strcmp(word, "allow") != 0 && strcmp(word, "deny") != 0))
		return broken(p, "'answer' must be \"allow\" or \"deny\"");
	line->reply.allow = strcmp(word, "allow") == 0;
	return 0;
}

static int parse_rung(const struct parse *p, json_t *value, struct sel_script_line *line)
{
	const char *word = json_string_value(value);

	if (word && strcmp(word, "recommended") == 0) {
		line->reply.rung = SEL_RUNG_RECOMMENDED;
		return 0;
	}
	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    json_integer_value(value) > 1000)
		return broken(p, "'rung' must be a number from 0 or \"recommended\"");
	line->reply.rung = (int)json_integer_value(value);
	return 0;
}

static int parse_for(const struct parse *p, json_t *value, struct sel_script_line *line)
{
	int term = sel_for_from_name(json_string_value(value));

	if (term < 0)
		return broken(p, "'for' must be \"once\", \"session\" or \"30d\"");
	line->reply.term = (enum sel_for)term;
	return 0;
}

static int parse_note(const struct parse *p, json_t *value, struct sel_script_line *line)
{
	return copy_string(p, "note", value, &line->note);
}

static int parse_token(const struct parse *p, json_t *value, struct sel_script_line *line)
{
	if (!json_is_boolean(value))
		return broken(p, "'token' must be true or false");
	line->token = json_is_true(value);
	return 0;
}

static const struct script_key {
	const char *name;
	int (*parse)(const struct parse *p, json_t *value, struct sel_script_line *line);
} script_keys[] = {
	{"match", parse_match}, {"answer", parse_answer}, {"rung", parse_rung},
	{"for", parse_for},	{"note", parse_note},	  {"token", parse_token},
};

static const struct script_key *script_key(const char *name)
{
	for (size_t i = 0; i < SEL_N(script_keys); i++)
		if (strcmp(script_keys[i].name, name) == 0)
			return &script_keys[i];
	return NULL;
}

static int parse_object(const struct parse *p, json_t *root, struct sel_script_line *line)
{
	const char *name;
	json_t *value;

	if (!json_is_object(root))
		return broken(p, "not a JSON object");
	json_object_foreach(root, name, value)
	{
		const struct script_key *key = script_key(name);
		int r = key ? key->parse(p, value, line) : broken(p, "unknown key '%s'", name);

		if (r < 0)
			return r;
	}
	if (!json_object_get(root, "answer"))
		return broken(p, "no 'answer'");
	return 0;
}

static void line_done(struct sel_script_line *line)
{
	for (size_t i = 0; i < SEL_MATCH_N; i++)
		free(line->match[i]);
	free(line->note);
}

static int parse_line(const struct parse *p, const char *text, size_t n, struct sel_script *script)
{
	struct sel_script_line line = {.reply.response_ms = -1}, *grown;
	json_error_t error;
	json_t *root = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
	int r;

	if (!root)
		return broken(p, "%s (column %d)", error.text, error.column);
	r = parse_object(p, root, &line);
	json_decref(root);
	if (r < 0) {
		line_done(&line);
		return r;
	}
	grown = reallocarray(script->lines, script->n + 1, sizeof *grown);
	if (!grown) {
		line_done(&line);
		return -ENOMEM;
	}
	line.reply.note = line.note;
	script->lines = grown;
	grown[script->n++] = line;
	return 0;
}

static bool blank(const char *text, size_t n)
{
	size_t i = 0;

	while (i < n && (text[i] == ' ' || text[i] == '\t' || text[i] == '\r'))
		i++;
	return i == n || text[i] == '#';
}

int sel_script_parse(const char *text, size_t n, struct sel_script *ret, char **ret_error)
{
	struct sel_script script = {0};
	struct parse p = {.number = 1, .ret_error = ret_error};
	int r = 0;

	for (size_t at = 0; at < n && r >= 0; p.number++) {
		const char *end = memchr(text + at, '\n', n - at);
		size_t len = end ? (size_t)(end - (text + at)) : n - at;

		if (script.n >= MAX_LINES)
			r = broken(&p, "more than %d lines", MAX_LINES);
		else if (!blank(text + at, len))
			r = parse_line(&p, text + at, len, &script);
		at += len + 1;
	}
	if (r < 0)
		sel_script_done(&script);
	else
		*ret = script;
	return r;
}

void sel_script_done(struct sel_script *script)
{
	for (size_t i = 0; i < script->n; i++)
		line_done(&script->lines[i]);
	free(script->lines);
	*script = (struct sel_script){0};
}

/* --- matching -------------------------------------------------------------------------------- */

static bool glob(const char *pattern, const char *text)
{
	return text && fnmatch(pattern, text, 0) == 0;
}

static const char *string_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static const char *field_text(const json_t *q, size_t field, char *buf, size_t cap)
{
	const json_t *who = json_object_get(q, "who");

	switch ((enum sel_match_field)field) {
	case SEL_MATCH_TIER:
		(void)snprintf(buf, cap, "%" JSON_INTEGER_FORMAT,
			       json_integer_value(json_object_get(q, "tier")));
		return buf;
	case SEL_MATCH_EXE:
	case SEL_MATCH_COMM:
		return string_of(who, field_names[field]);
	case SEL_MATCH_OP:
	case SEL_MATCH_OBJECT:
	case SEL_MATCH_OBJECT2:
	case SEL_MATCH_SESSION:
	case SEL_MATCH_NEW:
		return string_of(q, field_names[field]);
	case SEL_MATCH_N:
		break;
	}
	return NULL;
}

/* The second object of a rename is as much an object as the first. */
static bool objects_match(const struct sel_script_line *line, const json_t *q)
{
	const char *pattern = line->match[SEL_MATCH_OBJECT];
	const char *first = string_of(q, "object"), *second = string_of(q, "object2");

	if (!pattern)
		return true;
	if (!second || line->match[SEL_MATCH_OBJECT2])
		return glob(pattern, first);
	return line->reply.allow ? glob(pattern, first) && glob(pattern, second)
				 : glob(pattern, first) || glob(pattern, second);
}

static bool line_matches(const struct sel_script_line *line, const json_t *q)
{
	char buf[32];

	for (size_t i = 0; i < SEL_MATCH_N; i++)
		if (i != SEL_MATCH_OBJECT && line->match[i] &&
		    !glob(line->match[i], field_text(q, i, buf, sizeof buf)))
			return false;
	return objects_match(line, q);
}

const struct sel_script_line *sel_script_match(const struct sel_script *script,
					       const json_t *question)
{
	for (size_t i = 0; i < script->n; i++)
		if (line_matches(&script->lines[i], question))
			return &script->lines[i];
	return NULL;
}

/* --- answering ------------------------------------------------------------------------------- */

json_t *sel_reply_message(const char *id, const struct sel_reply *reply)
{
	json_t *m =
		json_pack("{s:s, s:s, s:s, s:s, s:s*, s:s*}", "type", "answer", "id", id, "verdict",
			  reply->allow ? "allow" : "deny", "for", sel_for_name(reply->term), "note",
			  reply->note, "token", reply->token);
	int r = m ? 0 : -1;

	if (r == 0 && reply->allow)
		r = json_object_set_new(m, "rung",
					reply->rung == SEL_RUNG_RECOMMENDED
						? json_string("recommended")
						: json_integer(reply->rung));
	if (r == 0 && reply->response_ms >= 0)
		r = json_object_set_new(m, "response_ms", json_integer(reply->response_ms));
	if (r == 0 && reply->expanded)
		r = json_object_set_new(m, "expanded", json_true());
	if (r == 0 && reply->batch > 1)
		r = json_object_set_new(m, "batch", json_integer(reply->batch));
	if (r < 0) {
		json_decref(m);
		return NULL;
	}
	return m;
}
