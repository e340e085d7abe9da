/* What an upstream answers; the first byte says what it was asked. */
#include "fuzz.h"
#include "http1_run.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	if (n > 0)
		h1_check(false, (enum h1_ask)(p[0] % H1_ASK_N), p + 1, n - 1, fuzz_seed(p, n));
	return 0;
}
