#!/usr/bin/env bash
# seldom-keys against a real desktop keyring: gnome-keyring on a bus of its own, filled by secret-tool.
set -u
# Whoever ran seldom's tests has a keyring and a home; neither is touched.
if [ -z "${EGRESS_KEYS_BUS:-}" ]; then
	for tool in dbus-run-session dbus-send gnome-keyring-daemon secret-tool; do
		command -v "$tool" >/dev/null || { echo "skipped: there is no $tool"; exit 77; }
	done
	play=$SELDOM_BUILD/tests/unit/test_keys
	[ -x "$play" ] || { echo "skipped: test_keys is not built"; exit 77; }
	work=$(mktemp -d -p "${TMPDIR:-/var/tmp}" egress-keys.XXXXXX) || exit 1
	trap 'rm -rf -- "$work"' EXIT
	mkdir -m 700 "$work/run"
	cd "$work" || exit 1
	env -i PATH="$PATH" LC_ALL=C HOME="$work" XDG_RUNTIME_DIR="$work/run" EGRESS_KEYS_BUS=1 PLAY="$play" \
		ASAN_OPTIONS="${ASAN_OPTIONS:-}" UBSAN_OPTIONS="${UBSAN_OPTIONS:-}" \
		dbus-run-session -- bash "${BASH_SOURCE[0]}"
	exit
fi

failed=0
pass() { echo "ok: $1"; }
fail() { echo "FAILED: $1"; failed=1; }
secrets=org.freedesktop.secrets
call() { dbus-send --session --print-reply --reply-timeout=10000 --dest=$secrets "$@" 2>&1; }
store() { printf %s "$1" | secret-tool store --label="seldom test" "${@:2}"; } # store VALUE ATTRIBUTE VALUE...
expect() { # expect WORDS CREDENTIAL ANSWER
	local answer
	echo "$2" >&"${keys[1]}"
	read -r -t 60 answer <&"${keys[0]}" || answer="(nothing)"
	if [ "$answer" = "$3" ]; then pass "$1"; else fail "$1: $answer"; fi
}
said() { if grep -qF -- "$2" log; then pass "$1"; else fail "$1"; cat log; fi; } # said WORDS TEXT

printf password | gnome-keyring-daemon --daemonize --unlock --components=secrets >/dev/null 2>daemon.log
if ! store canary canary yes || [ "$(secret-tool lookup canary yes)" != canary ]; then
	echo "skipped: gnome-keyring does not work here"
	cat daemon.log
	exit 77
fi
store "real value 1" service one
store "real-value-2" service two user somebody
store "real-value-3" service three user a
store "real-value-4" service three user b
store $'real-value-5\nsecond line' service lines

coproc keys { exec "$PLAY" --play; }
expect "what secret-tool stored is had" keyring:one "real value 1"
expect "other attributes may be there too" keyring:two real-value-2
expect "which of several is meant is not guessed" keyring:three refused
said "and that is said" "several entries of the keyring have this service"
expect "what is not there is refused" keyring:absent refused
said "and how to store it is said" "secret-tool store"
expect "what no header can hold is refused" keyring:lines refused
(umask 077 && echo real-value-6 >file)
expect "a file works as well" "file:$HOME/file" real-value-6

# The daemon stops answering for a while.
daemon=$(dbus-send --session --print-reply=literal --dest=org.freedesktop.DBus / \
	org.freedesktop.DBus.GetConnectionUnixProcessID string:$secrets | awk '{print $2}')
if [ -n "$daemon" ] && kill -STOP "$daemon"; then
	expect "a keyring that hangs is given up" keyring:one refused
	said "and that is said" "no answer within 5 seconds"
	kill -CONT "$daemon"
	expect "and works again when it does" keyring:two real-value-2
else
	fail "the daemon is not found"
fi

collection=$(call /org/freedesktop/secrets org.freedesktop.Secret.Service.ReadAlias string:default |
	grep -o '/org/freedesktop/secrets/collection/[a-z0-9_]*')
call /org/freedesktop/secrets org.freedesktop.Secret.Service.Lock "array:objpath:$collection" >lock.log
if call "$collection" org.freedesktop.DBus.Properties.Get string:org.freedesktop.Secret.Collection string:Locked |
	grep -q 'boolean true'; then
	expect "what is locked is refused" keyring:two refused
	said "and that is said" "the keyring is locked"
else
	fail "the keyring cannot be locked"
	cat lock.log
fi

# shellcheck disable=SC2154 # coproc sets it
input=${keys[1]} pid=$keys_PID
exec {input}>&-
if wait "$pid"; then pass "it ends with its session"; else fail "it ended with $?"; fi
if grep -r "real.value" log daemon.log lock.log; then fail "a value is in a log"; else pass "no value is in a log"; fi
[ -z "$daemon" ] || kill "$daemon"
exit $failed
