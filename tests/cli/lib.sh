# shellcheck shell=sh
# Sourced by the tests of this folder: a place of their own below `work`, where they stand and which
# is every home of theirs, and what they check with. The last line of a test is `finish`.
work=$(mktemp -d /var/tmp/seldom-cli-XXXXXX) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export XDG_RUNTIME_DIR="$work/run" XDG_STATE_HOME="$work/state" XDG_CONFIG_HOME="$work/config"
export HOME="$work" LANG=C.UTF-8 LC_ALL=C.UTF-8
mkdir -m 700 "$XDG_RUNTIME_DIR"
failures=0

fail() {
	echo "not ok: $1" >&2
	sed 's/^/    /' out err >&2
	failures=$((failures + 1))
}

# expect WHY CODE STREAM TEXT -- COMMAND...   STREAM: out, err or none (then TEXT is ignored)
# What it prints leaves the terminal as it is, whatever names it speaks of.
expect() {
	why=$1 code=$2 stream=$3 text=$4
	shift 5
	"$@" </dev/null >out 2>err
	got=$?
	[ "$got" = "$code" ] || fail "$why: exit $got, not $code"
	[ "$stream" = none ] || grep -qF -- "$text" "$stream" || fail "$why: '$text' is not in $stream"
	! LC_ALL=C grep -q "$(printf '[\001-\010\013-\037\177]')" out err || fail "$why: control characters"
	! grep -q "$(printf '\342\200\256')" out err || fail "$why: text that runs backwards"
}

# json WHY EXPRESSION: every line of out is an object with "v":1 first, and EXPRESSION holds of the
# list "o" of them
json() {
	python3 -c '
import json, sys
text = sys.stdin.read().splitlines()
o = [json.loads(line) for line in text]
assert all(line.startswith("{\"v\":1,") for line in text), text
sys.exit(not eval(sys.argv[1]))' "$2" <out 2>>err || fail "$1: not $2"
}

# An empty folder for the store, which can be filled before anything runs.
store_folder() {
	rm -rf "$XDG_STATE_HOME/seldom"
	mkdir -p "$XDG_STATE_HOME"
	mkdir -m 700 "$XDG_STATE_HOME/seldom"
}

# left_out WHAT: the rest cannot be had here. It is counted, unless something failed before.
left_out() {
	echo "left out: $1"
	[ "$failures" = 0 ] && exit 77
	finish
}

finish() {
	[ "$failures" = 0 ] && echo ok
	exit $((failures > 0))
}
