#include "commands.h"
#include "probe.h"
#include "probe_screens.h"
#include "seldom/store.h"
#include "seldom/text.h"

#include <stdio.h>

struct doctor_options {
	bool json;
};
static const struct sel_option rows[] = {
	{"json", 0, SEL_OPT_FLAG, NULL, "one JSON object", offsetof(struct doctor_options, json),
	 0},
	{0},
};
const struct sel_usage sel_usage_doctor = {
	.name = "doctor",
	.synopsis = "[--json]",
	.example = "seldom doctor",
	.does = "Shows what this machine can enforce, what is missing, and the command that mends "
		"it.",
	.options = rows,
	.more = "Exit status: 0 everything needed is there, 1 something is missing, 2 usage.\n",
};

static const char *const states[] = {"ok", "weaker", "missing"};

/* The store is no boundary, but a run does not start without it. */
static struct sel_probe probe_store(void)
{
	struct sel_probe p = {.name = "store", .what = "sessions, answers and rules", .fix = ""};
	_cleanup_free_ char *error = NULL;
	struct sel_store *store = NULL;
	uint64_t events = 0, bad = 0;
	int r = sel_store_open(NULL, SEL_STORE_WRITE, &store, &error);

	if (r >= 0)
		r = sel_store_verify(store, &events, &bad);
	if (r >= 0) {
		(void)snprintf(p.detail, sizeof p.detail, "opens; %llu events, chain whole",
			       (unsigned long long)events);
	} else if (r == -EUCLEAN && store) {
		p.state = SEL_PROBE_WEAKER;
		(void)snprintf(p.detail, sizeof p.detail, "the event chain is broken at %llu",
			       (unsigned long long)bad);
		p.fix = "seldom log --verify";
	} else {
		p.state = SEL_PROBE_MISSING;
		(void)snprintf(p.detail, sizeof p.detail, "%s", error ? error : strerror(-r));
		p.fix = "mend what the line names, or set XDG_STATE_HOME to a folder of yours";
	}
	sel_store_free(store);
	return p;
}

static void print_human(const struct sel_probe *p, const char *detail)
{
	(void)printf("%-13s %-8s %s\n", p->name, states[p->state], detail);
	if (p->fix[0])
		(void)printf("%-13s %-8s to mend it: %s\n", "", "", p->fix);
}

int sel_cmd_doctor(int argc, char **argv)
{
	struct doctor_options opt = {0};
	int first = sel_options_parse(&sel_usage_doctor, argc, argv, &opt);
	struct sel_probe probes[SEL_PROBES + 1 + SEL_SCREEN_PROBES];
	json_t *checks;
	int missing;

	if (first < 0)
		return sel_options_exit(first);
	missing = sel_probe_all(probes);
	probes[SEL_PROBES] = probe_store();
	missing += probes[SEL_PROBES].state == SEL_PROBE_MISSING;
	sel_probe_screens(probes + SEL_PROBES + 1);
	checks = json_array();
	for (size_t i = 0; i < SEL_N(probes); i++) {
		const struct sel_probe *p = &probes[i];
		char detail[4 * sizeof p->detail];

		sel_text_escape_message(p->detail, detail, sizeof detail);
		if (!opt.json)
			print_human(p, detail);
		(void)json_array_append_new(checks,
					    json_pack("{s:s,s:s,s:s,s:s,s:s}", "name", p->name,
						      "what", p->what, "state", states[p->state],
						      "detail", detail, "fix", p->fix));
	}
	if (opt.json) {
		json_t *o =
			json_pack("{s:i,s:b,s:o}", "v", 1, "ok", missing == 0, "checks", checks);

		(void)json_dumpf(o, stdout, JSON_COMPACT);
		(void)putchar('\n');
		json_decref(o);
	} else {
		json_decref(checks);
		(void)printf(missing ? "%d missing: 'seldom run' will not start\n"
				     : "nothing is missing\n",
			     missing);
	}
	return missing ? 1 : 0;
}
