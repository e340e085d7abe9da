#!/usr/bin/env bash
# Runs are never kept waiting by notifications, whatever the server does; and nothing inside a run reaches
# the bus, the server, or seldom-notify.
# shellcheck disable=SC2154 # of lib.bash
. "$(dirname -- "${BASH_SOURCE[0]}")/notify/lib.bash"
command -v dbus-send >/dev/null || skip_all "there is no dbus-send"
mkdir -p "$project"
printf '[notify]\nterminal = true\n' >"$work/.config/seldom/config"

allow_all() { # a front that answers, beside whatever the desktop does
	start_front
}
run_once() { # run_once NAME: one question, answered by the front; says how long it took
	local name=$1 from to
	rm -f "$work/elsewhere/$name"
	from=$(date +%s%N)
	ask_timeout=60 inside "$project" touch "$work/elsewhere/$name" >"$work/out" 2>"$work/err" </dev/null 8>&- 9>&-
	equal "a run ends: $name" 0 "$?"
	to=$(date +%s%N)
	check 'with what was allowed' test -e "$work/elsewhere/$name"
	echo "took $(((to - from) / 1000000)) ms: $name"
}

# --- whatever the server does -------------------------------------------------------------------------

allow_all
bus=$DBUS_SESSION_BUS_ADDRESS
unset DBUS_SESSION_BUS_ADDRESS
run_once 'no bus'
check 'without a bus no seldom-notify is started' no_notifier
export DBUS_SESSION_BUS_ADDRESS=$bus
run_once 'no server'
check 'one that finds no server is gone again' wait_for no_notifier
server mute
run_once 'a server that says nothing'
check 'its seldom-notify still waits' test "$(n_notifiers)" = 1
check 'for an answer that does not come' has_calls GetServerInformation 1
end_notifiers
server hang
stop_front
# nobody answers but by hand, so that a bubble is on its way
ask_timeout=60 inside "$project" touch "$work/elsewhere/hung" >"$work/out" 2>"$work/err" </dev/null 8>&- 9>&- &
run=$!
check 'a bubble is asked for, and does not come' wait_for has_calls Notify 1
allow_all
wait "$run"
equal 'the run ends while the server hangs' 0 "$?"
check 'with what was allowed' test -e "$work/elsewhere/hung"
end_notifiers
/usr/bin/python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(8)
time.sleep(600)' "$base/deaf.sock" &
started
wait_for test -S "$base/deaf.sock"
DBUS_SESSION_BUS_ADDRESS=unix:path=$base/deaf.sock run_once 'a bus that says nothing'
end_notifiers
server
run_once 'a server that works'
end_notifiers
printf '[notify]\nenabled = no\n' >"$work/.config/seldom/config"
run_once 'turned off'
check 'turned off, none is left' wait_for no_notifier
printf '[notify]\nterminal = true\n' >"$work/.config/seldom/config"

# --- from inside --------------------------------------------------------------------------------------

stop_front
ping="dbus-send --bus=$DBUS_SESSION_BUS_ADDRESS --print-reply --reply-timeout=3000 --dest=org.freedesktop.Notifications
	/org/freedesktop/Notifications org.freedesktop.Notifications.GetServerInformation"
server
quietly() { "$@" >/dev/null 2>&1; }
# shellcheck disable=SC2086 # split on purpose
check 'canary: outside the server answers' quietly $ping
n=$(n_calls GetServerInformation)
check 'it was asked' test "$n" -ge 1
# shellcheck disable=SC2086
ask_timeout=5 inside "$project" $ping >"$work/out" 2>&1 </dev/null 8>&- 9>&-
check 'inside nothing answers' test "$?" != 0
ask_timeout=5 inside "$project" env >"$work/out" 2>/dev/null </dev/null 8>&- 9>&-
check 'nor does the environment say where it is' test "$(grep -c DBUS "$work/out")" = 0
check 'canary: the environment is there' grep -q '^HOME=' "$work/out"

# Nothing hides this one: it lies in the folder that the run works in.
sed "s|<listen>.*|<listen>unix:path=$project/bus</listen>|" "$(dirname "$NOTIFY_BUS")/bus.conf" >"$base/bus.conf"
dbus-daemon --config-file="$base/bus.conf" --nofork 2>/dev/null &
started
wait_for test -S "$project/bus"
there="dbus-send --bus=unix:path=$project/bus --print-reply --reply-timeout=3000 --dest=org.freedesktop.DBus / org.freedesktop.DBus.GetId"
# shellcheck disable=SC2086
check 'canary: a bus in the working folder answers outside' quietly $there
# shellcheck disable=SC2086
ask_timeout=5 inside "$project" $there >"$work/out" 2>&1 </dev/null 8>&- 9>&-
check 'but not inside, unless a person says so' test "$?" != 0
check 'which is asked' test "$(summary questions.asked)" -ge 1

cp "$notify" "$project/seldom-notify"
check 'canary: outside it finds the server' grep -q '"server"' <("$project/seldom-notify" --probe)
ask_timeout=5 inside "$project" env DBUS_SESSION_BUS_ADDRESS="$DBUS_SESSION_BUS_ADDRESS" ./seldom-notify --probe \
	>"$work/out" 2>&1 </dev/null 8>&- 9>&-
check 'a seldom-notify inside does not' grep -q '"none"' "$work/out"
end_notifiers
done_testing
