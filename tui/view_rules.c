/* What answers left behind: rules and grants, what happened under each, and taking one back. */
#include "console_view.h"

#include "console_fleet.h"

#include <stdio.h>

static enum sel_role rules_verdict_role(json_t *row)
{
	return strcmp(sel_json_text(row, "decision"), "deny") == 0 ? SEL_ROLE_WARN
								   : SEL_ROLE_NORMAL;
}

static enum sel_role rules_object_role(json_t *row)
{
	(void)row;
	return SEL_ROLE_OBJECT;
}

static enum sel_role finding_role(json_t *row)
{
	(void)row;
	return SEL_ROLE_WARN;
}

static enum sel_role rules_state_role(json_t *row)
{
	return strcmp(sel_json_text(row, "state"), "alive") == 0 ? SEL_ROLE_NORMAL : SEL_ROLE_DIM;
}

static char *op_text(json_t *row)
{
	const char *op = sel_json_text(row, "op");

	return strdup(!*op || strcmp(op, "any") == 0 ? "change" : op);
}

/* "2026-12-23", or the run that it ends with. */
static char *until_text(json_t *row)
{
	const char *expires = sel_json_text(row, "expires"),
		   *session = sel_json_text(row, "session");
	char *text;

	if (*session)
		return asprintf(&text, "%s", session) < 0 ? NULL : text;
	return strndup(expires, 10);
}

static const struct sel_list_column rules_columns[] = {
	/* clang-format off: columns are the point */
	{"ID", "id", SEL_CELL_NUMBER, 4, 0, 0, NULL, NULL},
	{"SAID", "decision", SEL_CELL_TEXT, 5, 0, 0, NULL, rules_verdict_role},
	{"OP", "op", SEL_CELL_TEXT, 7, 60, 0, op_text, NULL},
	{"REACH", "kind", SEL_CELL_TEXT, 7, 70, 0, NULL, NULL},
	{"USES", "uses", SEL_CELL_NUMBER, 5, 60, 0, NULL, NULL},
	{"UNTIL", "expires", SEL_CELL_TEXT, 10, 50, 0, until_text, NULL},
	{"STATE", "state", SEL_CELL_TEXT, 8, 110, 0, NULL, rules_state_role},
	{"LOOK", "finding", SEL_CELL_TEXT, 10, 70, 0, NULL, finding_role},
	{"OBJECT", "object", SEL_CELL_TEXT, -3, 0, 0, NULL, rules_object_role},
	{"PROGRAM", "exe", SEL_CELL_TEXT, -2, 120, 0, NULL, NULL},
	{0},
	/* clang-format on */
};

static bool in_file(json_t *row)
{
	return *sel_json_text(row, "from") != '\0';
}

/* The rule in one sentence. */
static char *sentence(json_t *row)
{
	const char *words = sel_json_text(row, "words");

	if (in_file(row))
		return strdup(*words ? words : sel_json_text(row, "object"));

	const char *exe = sel_json_text(row, "exe"), *kind = sel_json_text(row, "kind");
	_cleanup_free_ char *op = op_text(row), *until = until_text(row);
	char *text;

	if (op && until && strcmp(kind, "host") == 0) /* a line that says it all */
		return asprintf(&text, "%s, until %s", sel_json_text(row, "object"), until) < 0
			       ? NULL
			       : text;
	if (!op || !until ||
	    asprintf(&text, "%s%s: %s may %s%s %s%s, until %s",
		     *sel_json_text(row, "session") ? "grant" : "rule",
		     strcmp(sel_json_text(row, "decision"), "deny") == 0 ? " (a denial)" : "",
		     *exe ? exe : "any program",
		     strcmp(sel_json_text(row, "decision"), "deny") == 0 ? "not " : "", op,
		     sel_json_text(row, "object"),
		     strcmp(kind, "file") == 0 ? "" : " and what is below",
		     *sel_json_text(row, "session") ? "its run ends" : until) < 0)
		return NULL;
	return text;
}

static void rules_about(const struct sel_draw *d, json_t *row, int width, struct sel_lines *l)
{
	_cleanup_free_ char *said = sentence(row);
	const char *detail = sel_json_text(row, "detail"), *used = sel_json_text(row, "last_used");
	char more[256];
	int line = sel_lines_wrap(l, 0, 0, width, SEL_ROLE_NORMAL, said ? said : "?");

	(void)d;
	if (in_file(row)) {
		line = sel_lines_wrap(l, line, 0, width, SEL_ROLE_DIM, sel_json_text(row, "from"));
		(void)sel_lines_wrap(l, line, 0, width, SEL_ROLE_DIM,
				     "Written in a file: it ends when it is taken out there.");
		return;
	}
	if (*detail)
		line = sel_lines_wrap(l, line, 0, width, SEL_ROLE_WARN, detail);
	(void)snprintf(more, sizeof more, "made %.10s%s%s, used %lld times%s%.10s%s%s",
		       sel_json_text(row, "created"),
		       *sel_json_text(row, "question") ? " by question " : "",
		       sel_json_text(row, "question"),
		       (long long)json_integer_value(json_object_get(row, "uses")),
		       *used ? ", last " : "", used, *sel_json_text(row, "state") ? "; " : "",
		       sel_json_text(row, "state"));
	(void)sel_lines_wrap(l, line, 0, width, SEL_ROLE_DIM, more);
}

static void rules_heading(const struct sel_draw *d, char *out, size_t cap)
{
	(void)snprintf(out, cap, "%s", d->ui->every_rule ? "also ended ones" : "in force");
}

static void rules_want(const struct sel_ui *ui, struct sel_want *want)
{
	want->every = ui->every_rule;
}

static const char *rules_off(const struct sel_ui *ui, const struct sel_model *m, enum sel_act act)
{
	json_t *row = sel_views_row(ui, m, SEL_VIEW_RULES);

	if (act != SEL_ACT_OPEN && act != SEL_ACT_REVOKE)
		return NULL;
	if (!row)
		return "no rule";
	if (in_file(row))
		return "it is written in a file: edit that";
	return act == SEL_ACT_REVOKE && strcmp(sel_json_text(row, "state"), "alive") != 0
		       ? "it is not in force"
		       : NULL;
}

static void rules_act(struct sel_acting *a, enum sel_act act)
{
	json_t *row = sel_views_row(a->ui, a->m, SEL_VIEW_RULES);
	long long id = json_integer_value(json_object_get(row, "id"));
	_cleanup_free_ char *said = row ? sentence(row) : NULL;
	char text[24];

	(void)snprintf(text, sizeof text, "%lld", id);
	if (act == SEL_ACT_OPEN && row) {
		sel_views_log(a, "", id);
	} else if (act == SEL_ACT_REVOKE && said) {
		sel_views_confirm(a, SEL_DEED_REVOKE, text,
				  "Revoke rule %lld?\n%s\nWhat it allowed is asked about again; "
				  "what it denied, too.",
				  id, said);
	} else if (act == SEL_ACT_EVERY) {
		a->ui->every_rule = !a->ui->every_rule;
		sel_views_reread(a);
	} else if (act == SEL_ACT_PROPOSE) {
		sel_views_go(a, SEL_VIEW_PROPOSALS);
	}
}

const struct sel_console_view sel_view_rules = {
	.where = SEL_IN_RULES,
	.above = SEL_VIEW_NOW,
	.read = SEL_READ_RULES,
	.columns = rules_columns,
	.id = "id",
	.empty = "No rule and no grant is in force.",
	.heading = rules_heading,
	.about = rules_about,
	.want = rules_want,
	.act = rules_act,
	.off = rules_off,
};

/* --- proposals -------------------------------------------------------------------------------- */

static char *would_text(json_t *row)
{
	char *text;

	return asprintf(&text, "%lld of %lld",
			(long long)json_integer_value(json_object_get(row, "would")),
			(long long)json_integer_value(json_object_get(row, "of"))) < 0
		       ? NULL
		       : text;
}

static const struct sel_list_column proposal_columns[] = {
	/* clang-format off: columns are the point */
	{"WOULD ANSWER", "would", SEL_CELL_TEXT, 12, 0, 0, would_text, NULL},
	{"STATE", "state", SEL_CELL_TEXT, 8, 60, 0, NULL, NULL},
	{"BELOW", "folder", SEL_CELL_TEXT, -3, 0, 0, NULL, rules_object_role},
	{"PROGRAM", "program", SEL_CELL_TEXT, -2, 60, 0, NULL, NULL},
	{0},
	/* clang-format on */
};

static char *proposal_words(json_t *row)
{
	const char *folder = sel_json_text(row, "folder");
	char *text;

	return asprintf(&text,
			"Let programs change what is below %s for %lld days.\n"
			"It would have answered %lld of your last %lld questions by %s.\n"
			"It would newly allow: changes below %s only, by any program.%s",
			folder, (long long)json_integer_value(json_object_get(row, "days")),
			(long long)json_integer_value(json_object_get(row, "would")),
			(long long)json_integer_value(json_object_get(row, "of")),
			sel_json_text(row, "program"), folder,
			json_is_true(json_object_get(row, "often"))
				? "\nOffered because it was asked often, not because it was "
				  "approved with care."
				: "") < 0
		       ? NULL
		       : text;
}

static int wrap_all(struct sel_lines *l, int line, int width, enum sel_role role, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");
		_cleanup_free_ char *part = strndup(text, n);

		line = sel_lines_wrap(l, line, 0, width, role, part ? part : "?");
		text += n + (text[n] == '\n');
	}
	return line;
}

static void proposal_about(const struct sel_draw *d, json_t *row, int width, struct sel_lines *l)
{
	_cleanup_free_ char *words = proposal_words(row);
	const char *tired = sel_json_text(d->m->got[SEL_READ_PROPOSALS].data, "tired");
	int line = 0;

	if (*tired) {
		line = sel_lines_wrap(l, line, 0, width, SEL_ROLE_WARN,
				      "None can be accepted now:");
		line = sel_lines_wrap(l, line, 0, width, SEL_ROLE_WARN, tired);
	}
	(void)wrap_all(l, line, width, SEL_ROLE_NORMAL, words ? words : "?");
}

static void proposal_want(const struct sel_ui *ui, struct sel_want *want)
{
	want->every = ui->every_proposal;
}

static void proposal_heading(const struct sel_draw *d, char *out, size_t cap)
{
	(void)snprintf(out, cap, "%s", d->ui->every_proposal ? "also declined ones" : "");
}

static const char *proposal_off(const struct sel_ui *ui, const struct sel_model *m,
				enum sel_act act)
{
	json_t *row = sel_views_row(ui, m, SEL_VIEW_PROPOSALS);

	if (act != SEL_ACT_ACCEPT && act != SEL_ACT_DECLINE && act != SEL_ACT_OPEN)
		return NULL;
	if (!row)
		return "no proposal";
	return act == SEL_ACT_ACCEPT && !json_is_true(json_object_get(row, "acceptable"))
		       ? "not by somebody who is tired"
		       : NULL;
}

static void proposal_act(struct sel_acting *a, enum sel_act act)
{
	json_t *row = sel_views_row(a->ui, a->m, SEL_VIEW_PROPOSALS);
	_cleanup_free_ char *words = row ? proposal_words(row) : NULL;
	bool accept = act == SEL_ACT_ACCEPT || act == SEL_ACT_OPEN;

	if (act == SEL_ACT_EVERY) {
		a->ui->every_proposal = !a->ui->every_proposal;
		sel_views_reread(a);
	} else if (words && accept && json_is_true(json_object_get(row, "acceptable"))) {
		sel_views_confirm(a, SEL_DEED_ACCEPT, sel_json_text(row, "id"), "Accept?\n%s",
				  words);
	} else if (words && act == SEL_ACT_DECLINE) {
		sel_views_confirm(a, SEL_DEED_DECLINE, sel_json_text(row, "id"),
				  "Decline? It is not offered again.\n%s", words);
	}
}

const struct sel_console_view sel_view_proposals = {
	.where = SEL_IN_PROPOSALS,
	.above = SEL_VIEW_STATS,
	.read = SEL_READ_PROPOSALS,
	.columns = proposal_columns,
	.id = "id",
	.empty = "Nothing to propose: no folder was approved often enough.",
	.heading = proposal_heading,
	.about = proposal_about,
	.want = proposal_want,
	.act = proposal_act,
	.off = proposal_off,
};
