#!/usr/bin/env bash
# Several questions answered by one key: each is allowed once, and none that must be read alone.
. "$(dirname -- "${BASH_SOURCE[0]}")/work/lib.bash"
command -v python3 >/dev/null || skip_all "python3 is not installed"
live=$(cd -- "$here/.." && pwd -P)
mkdir -p "$work/project"
cd "$work/project" || exit 1

answered() { # answered COUNT COMMAND: what the front was told, while the command runs
	python3 "$live/batch_front.py" "$1" >"$work/front.log" 2>&1 &
	front=$!
	timeout 100 "$SELDOM" run --no-popup --ask-timeout 60 -- sh -c "$2" </dev/null >"$work/out" 2>&1
	wait "$front"
}

answered 3 'for i in 1 2 3; do touch ~/batch$i & done; wait'
check "three files are allowed by one key" test "$(sort "$work/front.log" | uniq -c | tr -s ' ')" = " 3 T1 allowed"
check "and are there" test -e "$HOME/batch1" -a -e "$HOME/batch2" -a -e "$HOME/batch3"
check "each is a decision of its own" test "$("$SELDOM" log --json | grep -c '"object":"[^"]*/batch[123]"')" = 3
check "and allows nothing else" sh -c '! "$0" rules --json | grep -q batch' "$SELDOM"

answered 1 'curl -s -o /dev/null --max-time 20 http://batch.test/; :'
check "a question of tier 2 is not allowed with others" grep -q '^T2 .*on its own' "$work/front.log"
check "and is on its own" grep -q '^T2 allowed' "$work/front.log"
done_testing
