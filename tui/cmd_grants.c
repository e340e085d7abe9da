/* `seldom grants`: what may be asked of which host without a question. */
#include "commands.h"

#include "grant.h"
#include "grants_add.h"
#include "grants_rows.h"
#include "project.h"
#include "registries.h"
#include "seldom/proto.h"
#include "seldom/text.h"
#include "view_report.h"
#include "view_table.h"

#include <limits.h>
#include <stdio.h>

#define AT(field) offsetof(struct grants_options, field)
static const struct sel_option rows[] = {
	{"preset", 0, SEL_OPT_STRING, "NAME", "add: a known use, see below", AT(preset), 0},
	{"host", 0, SEL_OPT_STRING, "HOST[:PORT]", "add: the host of a preset of git", AT(host), 0},
	{"known", 0, SEL_OPT_STRING, "N|HOST", "add: the usual use of a host of 'grants known'",
	 AT(known), 0},
	{"for", 0, SEL_OPT_STRING, "TERM", "add: 30d (default), session, a span, 2026-12-31",
	 AT(term), 0},
	{"json", 0, SEL_OPT_FLAG, NULL, "one JSON object a line", AT(json), 0},
	{"plain", 0, SEL_OPT_FLAG, NULL, "tab-separated, no header", AT(plain), 0},
	{"all", 0, SEL_OPT_FLAG, NULL, "list: also those that expired, ended or were revoked",
	 AT(all), 0},
	{0},
};
#undef AT
const struct sel_usage sel_usage_grants = {
	.name = "grants",
	.synopsis =
		"[list|known] [--json|--plain] [--all]\n"
		"       seldom grants add 'grant NAME host HOST; http GET /PATH/*' [--for TERM]\n"
		"       seldom grants add --preset NAME [--host HOST] | --known N\n"
		"       seldom grants revoke ID",
	.example = "seldom grants add --known 1",
	.does = "Lists, adds and revokes grants: what programs may ask of a host without a "
		"question.\n"
		"'known' lists the registries and code remotes that this machine and project use.",
	.options = rows,
	.more = "Presets: anthropic, openai, google (an agent's API, key in the keyring); git, "
		"git-push,\n"
		"git-private --host HOST (over https; to clone, to push, both with a password).\n"
		"What is written in the files 'grants' (seldom(5)) is listed with its file and "
		"line.\nRuns that are going on hear of a change at once.\n"
		"Exit status: 0, 1 no such grant or it cannot be kept, 2 usage.\n",
	.operands = 2,
	.words = "list|known|add|revoke",
};

/* --- list ------------------------------------------------------------------------------------ */

static const struct sel_column columns[] = {
	{"ID", "id", SEL_CELL_NUMBER, false},
	{"GRANT", "words", SEL_CELL_TEXT, true},
	{"FROM", "from", SEL_CELL_TEXT, true},
	{"EXPIRES", "expires_unix", SEL_CELL_TIME, false},
	{"USES", "uses", SEL_CELL_NUMBER, false},
	{"STATE", "state", SEL_CELL_TEXT, false},
	{0},
};

/* The grant in words, beside the line that says it. */
static void add_words(json_t *row, const char *line)
{
	struct sel_net_grant *list = NULL;
	size_t n = 0;
	char words[1024];

	if (sel_grants_parse("rule", line, strlen(line), SEL_GRANT_PERSON, sel_now_real(), &list,
			     &n, NULL) < 0)
		n = 0;
	(void)snprintf(words, sizeof words, "%s", "(not understood, not used)");
	if (n == 1)
		sel_grant_words(&list[0], words, sizeof words);
	if (n == 1)
		(void)json_object_set_new(row, "name", json_string(list[0].name));
	(void)json_object_set_new(row, "words", json_string(words));
	sel_net_grants_free(list, n);
}

static int print_rule(json_t *row, void *ctx)
{
	const char *kind = json_string_value(json_object_get(row, "kind"));
	const char *decision = json_string_value(json_object_get(row, "decision"));
	const char *session = json_string_value(json_object_get(row, "session"));
	_cleanup_free_ char *line = sel_json_get_bytes(row, "object");

	if (!kind || strcmp(kind, sel_rung_name(SEL_RUNG_HOST)) != 0 || !line)
		return 0;
	if (decision && strcmp(decision, "deny") == 0)
		(void)json_object_set_new(row, "words", json_sprintf("DENIED %s", line));
	else
		add_words(row, line);
	(void)json_object_set_new(
		row, "from",
		session ? json_sprintf("run %s", session)
			: json_string(json_is_string(json_object_get(row, "question"))
					      ? "answer"
					      : "command"));
	return sel_table_row(ctx, row);
}

static int print_row(json_t *row, void *ctx)
{
	return sel_table_row(ctx, row);
}

static int list_files(struct sel_table *table)
{
	_cleanup_free_ char *error = NULL;
	int r = sel_grants_file_rows(print_row, table, &error);

	return error ? (sel_err(0, "%s", error), r) : r;
}

static int list(const struct grants_options *opt)
{
	struct sel_table table = {.format = sel_format_of(opt->json, opt->plain),
				  .columns = columns,
				  .empty = "No grant is in force: every host is a question."};
	struct sel_store *s = NULL;
	int r = sel_view_store(SEL_STORE_READ, &s);

	if (r < 0)
		return 1;
	int files = list_files(&table);

	r = s ? sel_report_rules(s, opt->all, print_rule, &table) : 0;
	if (r < 0 || files < 0)
		table.empty = NULL;
	(void)sel_table_end(&table);
	sel_store_free(s);
	return r < 0 ? sel_view_failed(r, NULL) : files < 0;
}

/* --- known ----------------------------------------------------------------------------------- */

static const struct sel_column known_columns[] = {
	{"N", "n", SEL_CELL_NUMBER, false},	     {"HOST", "host", SEL_CELL_TEXT, false},
	{"PORT", "port", SEL_CELL_NUMBER, false},    {"WHAT", "what", SEL_CELL_TEXT, false},
	{"TOOL", "tool", SEL_CELL_TEXT, false},	     {"FROM", "from", SEL_CELL_TEXT, true},
	{"USUAL USE", "words", SEL_CELL_TEXT, true}, {0},
};

int sel_grants_known(struct sel_known_host **ret, size_t *ret_n)
{
	const char *home = getenv("HOME");
	char cwd[PATH_MAX];
	_cleanup_free_ char *real = home ? realpath(home, NULL) : NULL;
	_cleanup_free_ char *project = getcwd(cwd, sizeof cwd) ? sel_project_root(cwd, real) : NULL;

	return sel_registries_read(real, project, (const char *const *)environ, ret, ret_n);
}

static json_t *known_row(const struct sel_known_host *k, size_t n)
{
	json_t *row = json_pack("{s:i,s:I,s:s,s:i,s:s,s:s,s:b}", "v", 1, "n", (json_int_t)n, "host",
				k->host, "port", (int)k->port, "what", k->what, "tool", k->tool,
				"project", k->project);

	(void)sel_json_set_bytes(row, "from", k->from, strlen(k->from));
	if (k->proposal) {
		(void)sel_json_set_bytes(row, "proposal", k->proposal, strlen(k->proposal));
		add_words(row, k->proposal);
	}
	return row;
}

static int known(const struct grants_options *opt)
{
	struct sel_table table = {.format = sel_format_of(opt->json, opt->plain),
				  .columns = known_columns,
				  .empty = "Nothing here names a registry or a code remote."};
	struct sel_known_host *hosts = NULL;
	size_t n = 0;
	int r = sel_grants_known(&hosts, &n);

	if (r < 0)
		return sel_err(r, "Cannot look for registries"), 1;
	for (size_t i = 0; r >= 0 && i < n; i++) {
		json_t *row = known_row(&hosts[i], i + 1);

		r = sel_table_row(&table, row);
		json_decref(row);
	}
	(void)sel_table_end(&table);
	sel_known_hosts_free(hosts, n);
	return r < 0;
}

/* --- all of it ------------------------------------------------------------------------------- */

static bool adds(const struct grants_options *opt)
{
	return opt->preset || opt->host || opt->known || opt->term;
}

int sel_cmd_grants(int argc, char **argv)
{
	struct grants_options opt = {0};
	int first = sel_options_parse(&sel_usage_grants, argc, argv, &opt), n;

	if (first < 0)
		return sel_options_exit(first);
	n = argc - first;
	const char *word = n ? argv[first] : "list", *operand = n > 1 ? argv[first + 1] : NULL;

	if (strcmp(word, "add") == 0)
		return sel_grants_add_command(&opt, operand);
	if (adds(&opt))
		return sel_usage_error(&sel_usage_grants,
				       "--preset, --host, --known and --for go with add");
	if (strcmp(word, "revoke") == 0 && operand)
		return sel_rules_revoke(&sel_usage_grants, operand, opt.json);
	if (strcmp(word, "list") == 0 && !operand)
		return list(&opt);
	if (strcmp(word, "known") == 0 && !operand)
		return known(&opt);
	return sel_usage_error(&sel_usage_grants, "list, known, add GRANT, or revoke ID");
}
