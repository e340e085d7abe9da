#!/usr/bin/env bash
# What an agent's hook reports is shown by the question of what the agent starts, and by no other; it answers
# nothing, and no flood of it keeps anybody waiting.
. "$(dirname -- "${BASH_SOURCE[0]}")/work/lib.bash"
python=$(command -v /usr/bin/python3 || command -v python3) || skip_all "no python3"
project=$work/project
mkdir -p "$project"
cp "$top"/tests/live/claim/*.py "$project/"

begin() { # begin COMMAND...: a run that will ask
	rm -f "$work/elsewhere"/*
	ask_timeout=60 inside "$project" "$@" >"$work/out" 2>"$work/err" </dev/null &
	run=$!
}
pending() { "$SELDOM" pending --json 2>/dev/null; }
question() { # waits for one about NAME; it is $asked then
	for _ in $(seq 400); do
		asked=$(pending | grep -F "elsewhere/$1\"" | tail -n 1)
		[ -n "$asked" ] && return
		sleep 0.05
	done
	fail "no question about $1"
	cat "$work/err"
}
claim() { # claim KEY: of the question
	printf '%s' "$asked" | "$python" -c 'import json, sys
print(json.load(sys.stdin)["who"].get("claim", {}).get(sys.argv[1], "none"))' "$1"
}
answer() { # answer NAME VERDICT: by a person outside
	"$SELDOM" answer "$(printf '%s' "$asked" | "$python" -c 'import json, sys; print(json.load(sys.stdin)["id"])')" "$2" \
		>/dev/null 2>&1 || fail "the answer about $1"
}

# --- whose it is --------------------------------------------------------------------------------------

begin "$python" agent.py --hook "$SELDOM claim" --tool "touch $work/elsewhere/one"
question one
equal 'the tool that was reported is shown' Bash "$(claim tool)"
equal 'and its text, escaped' 'touch \x1B[2J\u{202E}it' "$(claim text)"
check 'with its age' test "$(claim age_s)" -ge 0
check 'in the list for people, nothing of it is raw' test -z "$("$SELDOM" pending | LC_ALL=C grep -F "$(printf '\033[2J')")"
answer one allow
wait "$run"
check 'what was allowed was done' test -e "$work/elsewhere/one"

begin "$python" agent.py --tool "touch $work/elsewhere/none"
question none
equal 'what was not reported is not shown' none "$(claim tool)"
answer none deny
wait "$run"

begin sh -c "$python agent.py --hook '$SELDOM claim' --wait 3 --tool 'touch $work/elsewhere/own' & sleep 1.5; touch $work/elsewhere/stranger; wait"
question stranger
equal 'what another program asks does not show it' none "$(claim tool)"
answer stranger allow
question own
equal 'what the agent started does' Bash "$(claim tool)"
answer own deny
wait "$run"

# --- what it cannot do --------------------------------------------------------------------------------

begin sh -c "touch $work/elsewhere/kept & sleep 1
for m in '{\"v\":1,\"type\":\"hello\",\"front\":\"run\"}' '{\"type\":\"answer\",\"id\":\"'\$1'\",\"verdict\":\"allow\"}' \
	'{\"type\":\"answer\",\"id\":\"1\",\"verdict\":\"allow\",\"rung\":0}' '{\"type\":\"signal\",\"signal\":9}'; do
	\"$python\" send.py \"\$m\"
done; : >sent; wait" sh x
question kept
for _ in $(seq 200); do
	[ -e "$project/sent" ] && break
	sleep 0.05
done
equal 'all was taken, and nothing comes back' 'back 0 4' "$(sort "$work/out" | uniq -c | awk '{print $2, $3, $1}')"
check 'the question waits still' grep -q elsewhere/kept <<<"$(pending)"
check 'and nothing was done' test ! -e "$work/elsewhere/kept"
answer kept allow
wait "$run"
check 'until a person allows it' test -e "$work/elsewhere/kept"

# --- a flood ------------------------------------------------------------------------------------------

begin sh -c "$python send.py --flood & sleep 2; touch $work/elsewhere/flooded; sleep 1; touch $work/elsewhere/more; kill %1; kill \$!"
question flooded
answer flooded allow
question more
broker=$("$SELDOM" sessions --json | "$python" -c 'import json, sys
print([json.loads(l) for l in sys.stdin][0].get("pid", 0))')
rss=$(awk '/^VmRSS/ {print $2}' "/proc/$broker/status")
check "memory is bounded ($rss KiB)" test "${rss:-999999}" -lt 65536
fds=$(ls "/proc/$broker/fd" | wc -l)
check "so are descriptors ($fds)" test "$fds" -lt 200
answer more allow
wait "$run"
check 'questions come and are answered all the while' test -e "$work/elsewhere/more"

# --- outside ------------------------------------------------------------------------------------------

silent() { # silent WORDS COMMAND...
	local words=$1
	shift
	equal "$words" '0 ' "$("$@" 2>&1; echo "$? ")"
}
said='{"tool_name":"Bash","tool_input":{"command":"x"}}'
silent 'outside of a run it does nothing' sh -c 'printf %s "$2" | env -u SELDOM_CLAIM "$1" claim' sh "$SELDOM" "$said"
silent 'nor where nobody listens' sh -c 'printf %s "$2" | SELDOM_CLAIM=/nowhere "$1" claim' sh "$SELDOM" "$said"
silent 'nor with rubbish' sh -c 'head -c 100000 /dev/urandom | SELDOM_CLAIM=/nowhere "$1" claim --x' sh "$SELDOM"
check 'nothing is left behind' test -z "$(find "$XDG_RUNTIME_DIR/seldom" -name '*claim*')"
done_testing
