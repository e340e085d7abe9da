#!/usr/bin/env bash
# Judgement in real runs: what is learned from whom, and what tiredness, floods and checks do. A person
# is played by a front of its own, and days pass by moving the store's times.
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
done < <(python3 "$here/../judgement/judgement.py" "$SELDOM" "$work" "$@" 2>&1)
check 'every part was reached' test "${ended:-}" = yes
done_testing
