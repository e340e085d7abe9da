/* A file of grants, or a line from the store. */
#include "fuzz.h"

#include "egress/grant.h"

#define NOW ((usec_t)1700000000 * USEC_PER_SEC)

static void error_checked(char *error)
{
	MUST(error && error[0]);
	for (const char *p = error; *p; p++)
		MUST((unsigned char)*p >= ' ' && *p != 0x7f);
	free(error);
}

static void reads_back(const struct sel_net_grant *g)
{
	char line[SEL_GRANT_LINE_MAX + 1], again[SEL_GRANT_LINE_MAX + 1];
	struct sel_net_grant *list = NULL;
	char *error = NULL;
	size_t n = 0;

	if (sel_grant_line(g, line, sizeof line) < 0)
		return; /* too long for one */
	MUST(!strchr(line, '\n'));
	if (sel_grants_parse("line", line, strlen(line), SEL_GRANT_PERSON, NOW, &list, &n, &error) <
	    0) {
		fprintf(stderr, "%s\n%s\n", line, error);
		abort();
	}
	MUST(n == 1 && sel_grant_line(&list[0], again, sizeof again) == 0);
	if (strcmp(line, again) != 0) {
		fprintf(stderr, "%s\n%s\n", line, again);
		abort();
	}
	sel_net_grants_free(list, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct sel_net_grant *list = NULL;
	size_t n_list = 0;
	char *error = NULL;
	int r = sel_grants_parse("fuzz", (const char *)p, n, SEL_GRANT_FILE, NOW, &list, &n_list,
				 &error);

	if (r < 0) {
		MUST(!list && n_list == 0);
		if (r == -EINVAL)
			error_checked(error);
		return 0;
	}
	MUST(!error && n_list <= SEL_GRANTS_N_MAX);
	for (size_t i = 0; i < n_list; i++)
		reads_back(&list[i]);
	sel_net_grants_free(list, n_list);
	return 0;
}
