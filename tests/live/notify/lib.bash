# shellcheck shell=bash
# A bus of our own, on which nothing is started by being asked for; brokers and notification servers that
# do as they are told. Sourced by tests/live/notify*.sh, before anything else.
if [ -z "${NOTIFY_BUS:-}" ]; then
	for tool in dbus-run-session python3; do
		command -v "$tool" >/dev/null || { echo "skipped: there is no $tool"; exit 77; }
	done
	/usr/bin/python3 -c 'import dbus, dbus.mainloop.glib, gi' 2>/dev/null ||
		{ echo "skipped: no python3-dbus and python3-gi"; exit 77; }
	# Parts (part_NAME of the script) need nothing of each other: six at once, each on a bus of its own.
	parts=$(sed -n 's/^part_\([a-z]*\)() {$/\1/p' "$0")
	if [ $# = 0 ] && [ -n "$parts" ]; then
		logs=$(mktemp -d) checks=0 failures=0 left=0 code=0
		trap 'rm -rf -- "$logs"' EXIT
		for part in $parts; do
			bash "$0" "$part" >"$logs/$part" 2>&1 &
			[ "$(jobs -rp | wc -l)" -lt 6 ] || wait -n
		done
		wait
		for part in $parts; do
			echo "--- $part"
			cat "$logs/$part"
			# a part that did not come to its end is a failure
			read -r c _ _ f _ l _ < <(grep -E '^[0-9]+ checks passed, ' "$logs/$part" || echo '0 - - 1 - 0')
			checks=$((checks + c)) failures=$((failures + f)) left=$((left + l))
		done
		echo "$checks checks, $failures failed, $left parts left out"
		[ "$failures" = 0 ] && [ "$checks" -gt 0 ]
		exit
	fi
	bus=$(mktemp -d -p "${TMPDIR:-/var/tmp}" notify-bus.XXXXXX) || exit 1
	trap 'rm -rf -- "$bus"' EXIT
	cat >"$bus/bus.conf" <<-END
		<busconfig>
		  <type>session</type>
		  <listen>unix:path=$bus/socket</listen>
		  <policy context="default">
		    <allow send_destination="*" eavesdrop="true"/>
		    <allow eavesdrop="true"/>
		    <allow own="*"/>
		  </policy>
		</busconfig>
	END
	env -u DISPLAY -u WAYLAND_DISPLAY -u DBUS_SESSION_BUS_ADDRESS NOTIFY_BUS="$bus/socket" \
		dbus-run-session --config-file="$bus/bus.conf" -- bash "$0" "$@"
	exit
fi

. "$(dirname -- "${BASH_SOURCE[0]}")/../work/lib.bash"
fixtures=$top/tests/live/notify
notify=$(dirname -- "$SELDOM")/seldom-notify
[ -x "$notify" ] || skip_all "no program at '$notify'"
mkdir -p "$work/.config/seldom"

jobs_started=()
started() { # remembers the last job, to end it
	jobs_started+=($!)
}
# A run starts its own seldom-notify, which is nobody's child: it is known by the folder that it serves.
own_notifiers() { # own_notifiers [ARGUMENT]: only those with it
	local pid
	for pid in /proc/[0-9]*; do
		[ "$(readlink "$pid/exe" 2>/dev/null)" = "$notify" ] || continue
		grep -qzxF -- "${1:-}" "$pid/cmdline" 2>/dev/null || [ -z "${1:-}" ] || continue
		grep -qzxF "XDG_RUNTIME_DIR=$base/run" "$pid/environ" 2>/dev/null && echo "${pid#/proc/}"
	done
}
n_notifiers() { echo $(($(own_notifiers | wc -l) - $(own_notifiers --desk | wc -l))); }
end_notifiers() {
	local pids
	mapfile -t pids < <(own_notifiers)
	[ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null
	wait_for no_notifier || { mapfile -t pids < <(own_notifiers); kill -KILL "${pids[@]}" 2>/dev/null; }
}
no_notifier() { [ -z "$(own_notifiers)" ]; }
finish_notify() {
	local code=$?
	# what went wrong besides
	for log in server.err broker.err notify.out; do
		[ ! -s "$base/$log" ] || { echo "--- $log"; tail -n 20 "$base/$log"; }
	done
	end_notifiers
	[ ${#jobs_started[@]} = 0 ] || kill "${jobs_started[@]}" 2>/dev/null
	(exit "$code")
	finish
}
[ -n "${KEEP:-}" ] || trap finish_notify EXIT

wait_for() { # wait_for COMMAND...: until it succeeds, two minutes at most
	local _
	for _ in $(seq 2400); do
		"$@" && return 0
		sleep 0.05
	done
	return 1
}

# --- the server that does as it is told ---------------------------------------------------------------

server_pid=
server() { # server MODES...: in place of the last one
	[ -z "$server_pid" ] || { kill "$server_pid"; wait "$server_pid" 2>/dev/null; }
	rm -f "$base/server.in" "$base/server.log"
	mkfifo "$base/server.in"
	/usr/bin/python3 "$fixtures/server.py" "$base/server.log" "$@" <"$base/server.in" 2>"$base/server.err" &
	server_pid=$!
	started
	exec 8>"$base/server.in"
	wait_for grep -qs ready "$base/server.log" || { fail "the server: $(tail -n 2 "$base/server.err")"; done_testing; }
}
no_server() {
	[ -z "$server_pid" ] || { kill "$server_pid"; wait "$server_pid" 2>/dev/null; }
	server_pid=
}
calls() { # calls CALL [FIELD]: of the server, a line each
	/usr/bin/python3 - "$base/server.log" "$@" <<'PY'
import json, sys
for line in open(sys.argv[1]):
    call = json.loads(line)
    if call["call"] == sys.argv[2]:
        value = call if len(sys.argv) < 4 else call[sys.argv[3]]
        print(value if isinstance(value, str) else json.dumps(value))
PY
}
n_calls() { grep -c "\"call\": \"$1\"" "$base/server.log"; }
has_calls() { [ "$(n_calls "$1")" -ge "$2" ]; } # has_calls CALL N: at least
last_call() { # last_call CALL FIELD
	/usr/bin/python3 - "$base/server.log" "$@" <<'PY'
import json, sys
value = [c for c in map(json.loads, open(sys.argv[1])) if c["call"] == sys.argv[2]][-1][sys.argv[3]]
print(value if isinstance(value, str) else json.dumps(value))
PY
}
tell_server() { echo "$*" >&8; }

# --- the broker that does as it is told ---------------------------------------------------------------

broker_pid=
broker() { # a broker without questions, in place of the last one
	[ -z "$broker_pid" ] || { echo quit >&9; wait "$broker_pid" 2>/dev/null; }
	rm -f "$base/broker.in" "$base/broker.log"
	mkfifo "$base/broker.in"
	/usr/bin/python3 "$fixtures/broker.py" test "$base/broker.log" <"$base/broker.in" 2>"$base/broker.err" &
	broker_pid=$!
	started
	exec 9>"$base/broker.in"
	wait_for test -S "$base/run/seldom/test.sock" || { fail "the broker: $(tail -n 2 "$base/broker.err")"; done_testing; }
}
tell_broker() { echo "$*" >&9; }
heard() { # heard TYPE [FIELD]: what fronts said, a line each
	/usr/bin/python3 - "$base/broker.log" "$@" <<'PY'
import json, sys
for line in open(sys.argv[1]):
    message = json.loads(line)
    if message["type"] == sys.argv[2]:
        value = message if len(sys.argv) < 4 else message.get(sys.argv[3], "absent")
        print(value if isinstance(value, str) else json.dumps(value))
PY
}
n_heard() { grep -c "\"type\": \"$1\"" "$base/broker.log"; }
has_heard() { [ -e "$base/broker.log" ] && [ "$(n_heard "$1")" -ge "$2" ]; }

notifier() { # seldom-notify, joined
	end_notifiers
	"$notify" >"$base/notify.out" 2>&1 8>&- 9>&- &
	started
	wait_for has_heard hello "${1:-1}" || fail "it does not join: $(cat "$base/notify.out")"
}
