/* What a client inside sends. */
#include "fuzz.h"
#include "http1_run.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	h1_check(true, H1_GET, p, n, fuzz_seed(p, n));
	return 0;
}
