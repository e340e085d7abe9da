#include "commands.h"
#include "view_report.h"
#include "view_table.h"

#include <stdio.h>

struct log_options {
	bool json, plain, verify;
	const char *session, *since, *op, *decision, *contains;
	uint64_t limit;
};
#define AT(field) offsetof(struct log_options, field)
static const struct sel_option rows[] = {
	{"json", 0, SEL_OPT_FLAG, NULL, "one JSON object a line", AT(json), 0},
	{"plain", 0, SEL_OPT_FLAG, NULL, "tab-separated, no header", AT(plain), 0},
	{"session", 0, SEL_OPT_STRING, "ID", "only this run, or last", AT(session), 0},
	{"since", 0, SEL_OPT_STRING, "SPAN", "only what is younger (30d, 12h)", AT(since), 0},
	{"op", 0, SEL_OPT_STRING, "OP", "only this: read, write, create, delete ...", AT(op), 0},
	{"decision", 0, SEL_OPT_STRING, "WORD", "only allow, or only deny", AT(decision), 0},
	{"contains", 0, SEL_OPT_STRING, "TEXT", "only what shows this text, in letters of any case",
	 AT(contains), 0},
	{"limit", 0, SEL_OPT_UINT, "N", "only the newest N", AT(limit), INT64_MAX},
	{"verify", 0, SEL_OPT_FLAG, NULL, "walk the hash chain: was anything changed later?",
	 AT(verify), 0},
	{0},
};
const struct sel_usage sel_usage_log = {
	.name = "log",
	.synopsis = "[--json|--plain] [--session ID|last] [--contains TEXT] ...",
	.example = "seldom log --session last --decision deny",
	.does = "Shows what was decided, the oldest first. Work inside the scope is counted, not "
		"listed.",
	.options = rows,
	.more = "Exit status: 0, 1 no such session or a broken chain, 2 usage.\n",
};

static const struct sel_column columns[] = {
	{"ID", "id", SEL_CELL_NUMBER, false},
	{"TIME", "unix", SEL_CELL_TIME, false},
	{"VERDICT", "decision", SEL_CELL_TEXT, false},
	{"BY", "source", SEL_CELL_TEXT, false},
	{"TIER", "tier", SEL_CELL_TIER, false},
	{"PROGRAM", "comm", SEL_CELL_TEXT, false},
	{"OP", "op", SEL_CELL_TEXT, false},
	{"OBJECT", "object", SEL_CELL_TEXT, true},
	{0},
};
static const struct sel_column plain_columns[] = {
	{"ID", "id", SEL_CELL_NUMBER, false},
	{"TIME", "unix", SEL_CELL_TIME, false},
	{"SESSION", "session", SEL_CELL_TEXT, false},
	{"VERDICT", "decision", SEL_CELL_TEXT, false},
	{"BY", "source", SEL_CELL_TEXT, false},
	{"TIER", "tier", SEL_CELL_TIER, false},
	{"PROGRAM", "comm", SEL_CELL_TEXT, false},
	{"OP", "op", SEL_CELL_TEXT, false},
	{"OBJECT", "object", SEL_CELL_TEXT, false},
	{"OBJECT2", "object2", SEL_CELL_TEXT, false},
	{"TIMES", "repeats", SEL_CELL_NUMBER, false},
	{"QUESTION", "question", SEL_CELL_TEXT, false},
	{"REASON", "reason", SEL_CELL_TEXT, false},
	{0},
};

static int print_row(json_t *row, void *ctx)
{
	return sel_table_row(ctx, row);
}

static int verify(struct sel_store *s, bool json)
{
	uint64_t events = 0, bad = 0;
	int r = s ? sel_store_verify(s, &events, &bad) : 0;

	if (r < 0 && r != -EUCLEAN)
		return sel_err(r, "Cannot walk the chain"), 1;
	if (json)
		(void)printf("{\"v\":1,\"ok\":%s,\"events\":%llu,\"bad\":%llu}\n",
			     r < 0 ? "false" : "true", (unsigned long long)events,
			     (unsigned long long)bad);
	else if (r >= 0)
		(void)printf("%llu events, the chain is whole\n", (unsigned long long)events);
	if (r < 0)
		(void)sel_err(0,
			      "The chain is broken at event %llu: it or one before was changed "
			      "after it was written",
			      (unsigned long long)bad);
	return r < 0 ? 1 : 0;
}

static int list(struct sel_store *s, const struct log_options *opt, const struct sel_filter *f)
{
	struct sel_table table = {
		.format = sel_format_of(opt->json, opt->plain),
		.columns = opt->plain ? plain_columns : columns,
		.empty = "Nothing was decided.",
	};
	int r = s ? sel_report_log(s, f, print_row, &table) : 0;

	if (r < 0)
		table.empty = NULL;
	(void)sel_table_end(&table);
	return r < 0 ? sel_view_failed(r, f) : 0;
}

int sel_cmd_log(int argc, char **argv)
{
	struct log_options opt = {0};
	struct sel_store *s = NULL;
	int first = sel_options_parse(&sel_usage_log, argc, argv, &opt), r, code;
	struct sel_filter f;

	if (first < 0)
		return sel_options_exit(first);
	f = (struct sel_filter){.session = opt.session,
				.op = opt.op,
				.decision = opt.decision,
				.limit = opt.limit,
				.contains = opt.contains};
	code = sel_view_since(&sel_usage_log, opt.since, &f.since);
	if (code)
		return code;
	if ((opt.op && sel_op_from_name(opt.op) < 0) ||
	    (opt.decision && strcmp(opt.decision, "allow") != 0 &&
	     strcmp(opt.decision, "deny") != 0))
		return sel_usage_error(&sel_usage_log, "no such --op or --decision");
	if (opt.contains && strlen(opt.contains) > SEL_CONTAINS_MAX)
		return sel_usage_error(&sel_usage_log, "--contains takes at most %d bytes",
				       SEL_CONTAINS_MAX);
	r = sel_view_store(SEL_STORE_READ, &s);
	if (r < 0)
		return 1;
	if (!s && opt.session)
		return sel_view_failed(-ENOENT, &f);
	code = opt.verify ? verify(s, opt.json) : list(s, &opt, &f);
	sel_store_free(s);
	return code;
}
