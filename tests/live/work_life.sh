#!/usr/bin/env bash
# Life and death of a session: the terminal's signals, orphans, and SIGKILL at the worst moments.
. "$(dirname -- "${BASH_SOURCE[0]}")/work/lib.bash"
command -v python3 >/dev/null || skip_all "python3 is not installed"

while IFS= read -r line; do
	case $line in
	'ok: '*) pass "${line#ok: }" ;;
	'left out: '*) leave_out "${line#left out: }" ;;
	'FAILED: '*) fail "${line#FAILED: }" ;;
	'the end') ended=yes ;;
	*) echo "$line" ;;
	esac
done < <(python3 "$here/life.py" "$SELDOM" "$work" 2>&1)
check 'every part was reached' test "${ended:-}" = yes
done_testing
