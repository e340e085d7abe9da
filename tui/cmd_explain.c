#include "commands.h"
#include "console_fleet.h"
#include "view_report.h"
#include "view_table.h"

#include <stdio.h>

struct explain_options {
	bool json;
};
static const struct sel_option rows[] = {
	{"json", 0, SEL_OPT_FLAG, NULL, "as one JSON object",
	 offsetof(struct explain_options, json), 0},
	{0},
};
const struct sel_usage sel_usage_explain = {
	.name = "explain",
	.synopsis = "ID [--json]",
	.example = "seldom explain kq3fx7ab.2",
	.does = "Explains one decision: an ID of 'seldom log', or a question's.",
	.options = rows,
	.more = "Exit status: 0, 1 no such decision, 2 usage.\n",
	.operands = 1,
	.words = "@log",
};

/* The line that says it all, then what it rests on. */
static void print(json_t *found)
{
	_cleanup_free_ char *verdict = sel_fleet_safe_text(sel_json_text(found, "verdict"));

	if (verdict && *verdict)
		(void)puts(verdict);
	(void)json_object_del(found, "verdict");
	sel_view_tree(found, 0);
}

int sel_cmd_explain(int argc, char **argv)
{
	struct explain_options opt = {0};
	struct sel_store *s = NULL;
	json_t *found = NULL;
	int first = sel_options_parse(&sel_usage_explain, argc, argv, &opt), r;

	if (first < 0)
		return sel_options_exit(first);
	if (argc - first != 1)
		return sel_usage_error(&sel_usage_explain, "an ID is needed");
	r = sel_view_store(SEL_STORE_READ, &s);
	if (r < 0)
		return 1;
	r = s ? sel_report_explain(s, argv[first], &found) : -ENOENT;
	if (r == -ENOENT || r == -EINVAL)
		(void)sel_err(0, "There is no decision '%s'; 'seldom log' lists them", argv[first]);
	else if (r < 0)
		(void)sel_view_failed(r, NULL);
	else if (opt.json)
		(void)sel_print_json(found);
	else
		print(found);
	json_decref(found);
	sel_store_free(s);
	return r < 0 ? 1 : 0;
}
