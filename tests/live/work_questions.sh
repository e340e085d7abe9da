#!/usr/bin/env bash
# The yardstick: git, gcc and python over 300 files. Nothing is asked in scope; out of scope one
# question settles the whole job, and the result is the native one.
. "$(dirname -- "${BASH_SOURCE[0]}")/work/lib.bash"
for tool in git gcc python3; do
	command -v $tool >/dev/null || skip_all "$tool is not installed"
done
workload 'git, gcc and python over 300 files' "$here/mixed.sh"
done_testing
