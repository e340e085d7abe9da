/* seldom-egress [--java] [--valid=SECONDS] [--roots=PATH]... FOLDER
 *
 * Started by the broker with the descriptors of wire.h. FOLDER: an existing folder that the trust
 * files are written to. --valid: how long the session's authority is good for (default 30 days).
 * --roots: a grant's own roots; all that a grant may name must be given here, since nothing can be
 * read once confined. SSL_CERT_FILE names the host's roots, as everywhere. */
#include "seldom/base.h"

int main(void)
{
	return EXIT_FAILURE;
}
