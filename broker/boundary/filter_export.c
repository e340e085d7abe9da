/* Run by the build: prints the filters as bytes for filter_image.c. */
#include "filter.h"

#include <stdio.h>

static void print(const void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)printf("%u,%s", ((const uint8_t *)p)[i], i % 24 == 23 ? "\n" : "");
}

int main(void)
{
	for (int kind = SEL_FILTER_REFUSE; kind <= SEL_FILTER_TRAP; kind++) {
		struct sel_filter_program p = {0};
		int r = sel_filter_build((enum sel_filter_kind)kind, &p);

		if (r < 0) {
			(void)fprintf(stderr, "cannot build filter %d: %s\n", kind, strerror(-r));
			return 1;
		}
		print(&p.n, sizeof p.n);
		print(p.code, p.n * sizeof *p.code);
		sel_filter_done(&p);
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
