#!/bin/sh
# The section KEYS of the man page is what the console's own list of keys makes of it.
# SELDOM_WRITE=1 writes the section anew (./dev keys).
# usage: keys.sh PRINT-KEYS PAGE
set -u
print=$1 page=$(realpath "$2")
here=$(dirname "$(realpath "$0")")
. "$here/lib.sh"

section() { awk '/^# / { in_it = $0 == "# KEYS" } in_it' "$1"; }

"$print" >keys || exit 1
grep -q '^\*y\*$' keys && ! grep -q 'without a name' keys || { : >out && cp keys err && fail 'the list itself'; }

if [ "${SELDOM_WRITE:-}" = 1 ]; then
	# at its place, or before the files
	awk -v keys="$work/keys" '
		function put(line) { while ((getline line <keys) > 0) print line; done = 1 }
		/^# / { in_it = $0 == "# KEYS"; if (!done && (in_it || $0 == "# FILES")) put() }
		!in_it' "$page" >page && cat page >"$page"
fi
section "$page" >said
diff -u said keys >out 2>err || fail "the page's keys are others than the console's; ./dev keys writes them"

# the canary: a key that is missing is seen
grep -v '^\*y\*$' keys | cmp -s - keys && fail 'a key that is missing is not seen'
finish
