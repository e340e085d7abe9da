# shellcheck shell=bash
# Workloads that run twice on equal copies, natively and under `seldom run`, and must leave the same
# tree, the same output and the same exit code. Sourced by tests/live/work_*.sh.
#
# Not below /tmp or /var/tmp: the boundary has its own. HOME and the XDG folders are private; $work is
# HOME, as for most people what they work on is below it.
set -uo pipefail
umask 022

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck disable=SC2034 # for the tests that source this
top=$(cd -- "$here/../../.." && pwd -P)
SELDOM=${SELDOM:-${SELDOM_BUILD:-$top/build}/tui/seldom}
failures=0 checks=0 left_out=0 front=

skip_all() { # the whole test cannot run here
	echo "skipped: $*"
	exit 77
}

[ -x "$SELDOM" ] || skip_all "no program at '$SELDOM'"

case ${TMPDIR:-/tmp} in
/tmp | /tmp/* | /var/tmp | /var/tmp/*)
	if [ "$(id -u)" = 0 ]; then TMPDIR=/var/cache; else TMPDIR=$HOME/.cache; fi
	mkdir -p "$TMPDIR"
	;;
esac
base=$(mktemp -d "$TMPDIR/w.XXXXXX") || exit 1
unset TMPDIR
work=$base/home
mkdir -p "$work/bin" "$work/pristine" "$work/elsewhere"
mkdir -m 700 "$base/run"
export HOME=$work XDG_RUNTIME_DIR=$base/run LC_ALL=C.UTF-8 TZ=UTC
unset XDG_STATE_HOME XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME
[ -n "${NOTIFY_BUS:-}" ] || unset DBUS_SESSION_BUS_ADDRESS # no bubbles on somebody's desktop
export GIT_AUTHOR_DATE='2001-02-03T04:05:06Z' GIT_COMMITTER_DATE='2001-02-03T04:05:06Z'
export SELDOM

finish() {
	local code=$?
	stop_front
	chmod -R u+rwX "$base" 2>/dev/null
	rm -rf -- "$base"
	exit "$code"
}
[ -n "${KEEP:-}" ] || trap finish EXIT

pass() {
	checks=$((checks + 1))
	echo "ok: $*"
}
fail() {
	failures=$((failures + 1))
	echo "FAILED: $*"
}
leave_out() { # a part that cannot run here: said aloud and counted, never silent
	left_out=$((left_out + 1))
	echo "left out: $*"
}
check() { # check WORDS COMMAND...
	local words=$1
	shift
	if "$@"; then pass "$words"; else fail "$words"; fi
}
equal() { # equal WORDS WANTED GOT
	if [ "$2" = "$3" ]; then pass "$1"; else fail "$1: wanted '$2', got '$3'"; fi
}
done_testing() {
	echo "$checks checks passed, $failures failed, $left_out parts left out"
	[ "$failures" = 0 ] && [ "$checks" -gt 0 ]
	exit
}

compile() { # compile NAME [FLAGS...]: NAME.c of this folder into $work/bin
	local name=$1
	shift
	cc -D_GNU_SOURCE -std=gnu17 -O1 -Wall -Wextra -o "$work/bin/$name" "$here/$name.c" -pthread "$@" ||
		{ fail "compile $name.c"; done_testing; }
}

summary() { # summary FIELD.FIELD: a value of the last run's summary; "absent" if it is not there
	python3 - "$work/summary.json" "$1" <<'PY'
import json, sys
try:
    value = json.load(open(sys.argv[1]))
    for key in sys.argv[2].split("."):
        value = value[key]
    print(value)
except (OSError, ValueError, KeyError) as e:
    print("absent", repr(e))
PY
}

# A front that answers every question with the recommended rung. It is started anew whenever it ends
# (no session yet, session over), so it may be started before the run.
start_front() {
	echo '{"match":{},"answer":"allow","rung":"recommended"}' >"$work/answers"
	(
		while :; do
			"$SELDOM" answer --script "$work/answers"
			sleep 0.05
		done
	) >"$work/front.log" 2>&1 &
	front=$!
}
stop_front() {
	[ -n "$front" ] || return 0
	pkill -P "$front" 2>/dev/null # its own children only
	kill "$front" 2>/dev/null
	wait "$front" 2>/dev/null
	front=
}

run_options=() native_prefix=() ask_timeout=60
inside() { # inside FOLDER CMD...: under seldom, started in FOLDER
	local folder=$1
	shift
	rm -f "$work/summary.json"
	# What hangs is a failure with a name, not a test that never ends.
	(cd "$folder" && timeout --foreground -s KILL 200 "$SELDOM" run --no-popup --ask-timeout "$ask_timeout" --summary "$work/summary.json" \
		"${run_options[@]}" -- "$@")
}

listing() {
	python3 "$here/listing.py" "$1" "${unequal[@]}"
}

# Which names' content differs between two native runs as well (git's index holds inode numbers).
unequal=('*/.git/index' '.git/index' '*.git/worktrees/*/index')

project=$work/project
fresh_project() {
	chmod -R u+rwX "$project" 2>/dev/null
	rm -rf -- "$project"
	cp -a "$work/pristine" "$project"
}

run_native() { # run_native SCRIPT
	fresh_project
	(cd "$project" && "${native_prefix[@]}" bash "$1") </dev/null >"$work/out.native" 2>"$work/err.native"
	echo $? >"$work/exit.native"
	listing "$project" >"$work/list.native"
}

run_inside() { # run_inside SCRIPT in|out
	fresh_project
	if [ "$2" = in ]; then
		ask_timeout=2 inside "$project" bash "$1" # nobody answers, and nobody is to be asked
	else
		start_front
		# shellcheck disable=SC2016 # for the inner shell
		inside "$work/elsewhere" bash -c 'cd -- "$1" && exec bash "$2"' bash "$project" "$1"
	fi </dev/null >"$work/out.inside" 2>"$work/err.inside"
	echo $? >"$work/exit.inside"
	stop_front
	listing "$project" >"$work/list.inside"
}

compare() { # compare WORDS
	local part same=yes
	for part in exit out list; do
		diff -u "$work/$part.native" "$work/$part.inside" >"$work/diff" && continue
		same=no
		fail "$1: $part differs from the native run"
		head -n 40 "$work/diff"
	done
	# seldom's own lines are its side channel; everything else must be the program's.
	if ! diff -u "$work/err.native" <(grep -v '^seldom' "$work/err.inside") >"$work/diff"; then
		same=no
		fail "$1: stderr differs from the native run"
		head -n 40 "$work/diff"
	fi
	if [ "$same" = yes ]; then
		pass "$1: tree, output and exit code ($(cat "$work/exit.native")) are as natively"
	else
		sed 's/^/  stderr inside: /' "$work/err.inside" | head -n 20
	fi
}

# The two promises for one workload: in scope nobody is asked; out of scope once at most.
workload() { # workload WORDS SCRIPT
	local asked
	run_native "$2"
	equal "$1: the script itself works natively" 0 "$(cat "$work/exit.native")"
	run_inside "$2" in
	compare "$1, in scope"
	equal "$1, in scope: questions" 0 "$(summary questions.asked)"
	equal "$1, in scope: denials" '[]' "$(summary denials)"
	run_inside "$2" out
	compare "$1, out of scope"
	asked=$(summary questions.asked)
	case $asked in
	0 | 1) pass "$1, out of scope: $asked question" ;;
	*)
		fail "$1, out of scope: questions: $asked"
		tail -n 5 "$work/front.log"
		;;
	esac
}
