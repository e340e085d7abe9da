#include "commands.h"
#include "grants_add.h"
#include "rules_proposals.h"
#include "rules_review.h"
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
	{"all", 0, SEL_OPT_FLAG, NULL, "also those that expired, ended, were revoked or declined",
	 AT(all), 0},
	{0},
};
const struct sel_usage sel_usage_rules = {
	.name = "rules",
	.synopsis = "[list|review|proposals] [--json|--plain] [--all]\n"
		    "       seldom rules revoke ID\n"
		    "       seldom rules accept ID | decline ID",
	.example = "seldom rules revoke 12",
	.does = "Lists what answers left behind: rules (30 days) and grants (one session). A "
		"revoked\n"
		"one is asked about again. 'review' names those worth a second look, 'proposals' "
		"what\n"
		"would have answered many of your questions.",
	.options = rows,
	.more = "A proposal is accepted for 30 days, and only by somebody who is not tired.\n"
		"Exit status: 0, 1 no such rule or proposal, 2 usage.\n",
	.operands = 2,
	.words = "list|review|proposals|revoke|accept|decline @rules",
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

/* --- review ---------------------------------------------------------------------------------- */

static const struct sel_column review_columns[] = {
	{"ID", "id", SEL_CELL_NUMBER, false},
	{"FINDING", "finding", SEL_CELL_TEXT, false},
	{"OBJECT", "object", SEL_CELL_TEXT, true},
	{"USES", "uses", SEL_CELL_NUMBER, false},
	{"WHY", "detail", SEL_CELL_TEXT, true},
	{"TAKE IT BACK", "revoke", SEL_CELL_TEXT, false},
	{0},
};

static int review_row(json_t *row, void *ctx)
{
	json_t *id = json_object_get(row, "id");
	char command[64];

	(void)snprintf(command, sizeof command, "seldom rules revoke %lld",
		       (long long)json_integer_value(id));
	if (json_is_integer(id) && json_object_set_new(row, "revoke", json_string(command)) < 0)
		return -ENOMEM;
	return sel_table_row(ctx, row);
}

static int review(const struct rules_options *opt)
{
	struct sel_table table = {.format = sel_format_of(opt->json, opt->plain),
				  .columns = review_columns,
				  .empty = "No rule needs a second look."};
	struct sel_store *s = NULL;
	int r = sel_view_store(SEL_STORE_READ, &s);

	if (r < 0)
		return 1;
	r = s ? sel_report_review(s, sel_now_real(), review_row, &table) : 0;
	if (r >= 0 && s)
		r = sel_rules_faded(s, sel_now_real(), review_row, &table);
	if (r < 0)
		table.empty = NULL;
	(void)sel_table_end(&table);
	sel_store_free(s);
	return r < 0 ? sel_view_failed(r, NULL) : 0;
}

/* --- revoke ---------------------------------------------------------------------------------- */

int sel_rules_revoke(const struct sel_usage *usage, const char *text, bool json)
{
	struct sel_store *s = NULL;
	uint64_t id;
	int r;

	if (sel_parse_uint(text, INT64_MAX, &id) < 0)
		return sel_usage_error(usage, "'%s' is no number of a rule", text);
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
	sel_rules_changed();
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
	if (n == 1 && strcmp(argv[first], "review") == 0)
		return review(&opt);
	if (n == 1 && strcmp(argv[first], "proposals") == 0)
		return sel_rules_proposals(opt.json, opt.all);
	if (n == 2 && strcmp(argv[first], "revoke") == 0)
		return sel_rules_revoke(&sel_usage_rules, argv[first + 1], opt.json);
	if (n == 2 && strcmp(argv[first], "accept") == 0)
		return sel_rules_accept(argv[first + 1], opt.json);
	if (n == 2 && strcmp(argv[first], "decline") == 0)
		return sel_rules_decline(argv[first + 1], opt.json);
	return sel_usage_error(&sel_usage_rules,
			       "list, review, proposals, or revoke, accept, decline and an ID");
}
