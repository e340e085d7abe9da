#include "commands.h"
#include "view_report.h"
#include "view_table.h"

#include <stdio.h>

struct rules_options {
	bool json, plain, all;
};
#define AT(field) offsetof(struct rules_options, field)
static const struct sel_option rows[] = {
	{"json", 0, SEL_OPT_FLAG, NULL, "one JSON object a line", AT(json), 0},
	{"plain", 0, SEL_OPT_FLAG, NULL, "tab-separated, no header", AT(plain), 0},
	{"all", 0, SEL_OPT_FLAG, NULL, "also those that expired, ended or were revoked", AT(all),
	 0},
	{0},
};
const struct sel_usage sel_usage_rules = {
	.name = "rules",
	.synopsis = "[list] [--json|--plain] [--all]\n       seldom rules revoke ID",
	.example = "seldom rules revoke 12",
	.does = "Lists what answers left behind: rules (30 days) and grants (one session). A "
		"revoked\n"
		"one is asked about again.",
	.options = rows,
	.more = "Exit status: 0, 1 no such rule, 2 usage.\n",
	.operands = 2,
};

static const struct sel_column columns[] = {
	{"ID", "id", SEL_CELL_NUMBER, false},
	{"VERDICT", "decision", SEL_CELL_TEXT, false},
	{"OP", "op", SEL_CELL_TEXT, false},
	{"REACH", "kind", SEL_CELL_TEXT, false},
	{"OBJECT", "object", SEL_CELL_TEXT, true},
	{"PROGRAM", "exe", SEL_CELL_TEXT, true},
	{"SESSION", "session", SEL_CELL_TEXT, false},
	{"EXPIRES", "expires_unix", SEL_CELL_TIME, false},
	{"USES", "uses", SEL_CELL_NUMBER, false},
	{"STATE", "state", SEL_CELL_TEXT, false},
	{0},
};

static int print_row(json_t *row, void *ctx)
{
	return sel_table_row(ctx, row);
}

static int list(const struct rules_options *opt)
{
	struct sel_table table = {.format = sel_format_of(opt->json, opt->plain),
				  .columns = columns,
				  .empty = "No rule and no grant is in force."};
	struct sel_store *s = NULL;
	int r = sel_view_store(SEL_STORE_READ, &s);

	if (r < 0)
		return 1;
	r = s ? sel_report_rules(s, opt->all, print_row, &table) : 0;
	if (r < 0)
		table.empty = NULL;
	(void)sel_table_end(&table);
	sel_store_free(s);
	return r < 0 ? sel_view_failed(r, NULL) : 0;
}

static int revoke_rule(const char *text, bool json)
{
	struct sel_store *s = NULL;
	uint64_t id;
	int r;

	if (sel_parse_uint(text, INT64_MAX, &id) < 0)
		return sel_usage_error(&sel_usage_rules, "'%s' is no number of a rule", text);
	r = sel_view_store(SEL_STORE_WRITE, &s);
	if (r < 0)
		return 1;
	r = s ? sel_store_rule_revoke(s, (int64_t)id, sel_now_real()) : -ENOENT;
	sel_store_free(s);
	if (r == -ENOENT)
		return sel_err(0, "There is no rule %s in force; 'seldom rules' lists them", text),
		       1;
	if (r < 0)
		return sel_err(r, "Cannot revoke rule %s", text), 1;
	(void)printf(json ? "{\"v\":1,\"revoked\":%llu}\n" : "revoked rule %llu\n",
		     (unsigned long long)id);
	return 0;
}

int sel_cmd_rules(int argc, char **argv)
{
	struct rules_options opt = {0};
	int first = sel_options_parse(&sel_usage_rules, argc, argv, &opt), n;

	if (first < 0)
		return sel_options_exit(first);
	n = argc - first;
	if (n == 0 || (n == 1 && strcmp(argv[first], "list") == 0))
		return list(&opt);
	if (n == 2 && strcmp(argv[first], "revoke") == 0)
		return revoke_rule(argv[first + 1], opt.json);
	return sel_usage_error(&sel_usage_rules, "list, or revoke and an ID");
}
