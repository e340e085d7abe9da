#!/usr/bin/env bash
# The network as a program inside sees it: every name has an address, none leads out by itself, its own
# servers are its own, and what it connects to is known by name. Programs that know nothing of it.
. "$(dirname -- "${BASH_SOURCE[0]}")/work/lib.bash"

inside_py=$top/tests/live/egress_capture/inside.py
project=$work/project
up=$base/up
mkdir -p "$project" "$up" "$work/.config/seldom"
chmod 700 "$work/.config" "$work/.config/seldom"
cp "$inside_py" "$project/inside.py"
python=$(command -v /usr/bin/python3 || command -v python3) || skip_all "no python3"

# --- an upstream on the host's loopback ---------------------------------------------------------------

mkfifo "$up/stop"
"$python" "$top/tests/live/egress_capture/upstream.py" "$up" <"$up/stop" >"$up/log" 2>&1 &
exec 7>"$up/stop" # it ends with this script
for _ in $(seq 200); do
	[ -e "$up/ports" ] && break
	sleep 0.05
done
[ -e "$up/ports" ] || { fail "the upstream: $(tail -n 3 "$up/log")"; done_testing; }
. "$up/ports"
# shellcheck disable=SC2154 # http and echo are in that file
cat >"$work/.config/seldom/grants" <<GRANTS
grant echo {
  host echo.test
  port 7000
  opaque yes
  address 127.0.0.1:$echo
}
grant web {
  host web.test
  port 80
  http GET /granted/*
  plain yes
  address 127.0.0.1:$http
}
GRANTS
arrived() { grep -cxF -- "$1" "$up/arrived" 2>/dev/null || true; }

# --- one run for all facts ----------------------------------------------------------------------------

facts=stuck_begin,names,single_label,any_nameserver,no_data,own_servers,own_datagrams,literals,quic,fast_open
facts+=,without_waiting,from_a_thread,bound_before,mapped,same_port,held_up,low_ports,many,many_ports,many_names,stuck_end
ask_timeout=2 inside "$project" "$python" inside.py "$facts" "${MANY:-2000}" >"$work/facts" 2>"$work/err" </dev/null ||
	fail "the run itself: $(tail -n 3 "$work/err")"
saw() { # saw FACT WANTED WORDS
	equal "$3" "$2" "$(sed -n "s/^$1: //p" "$work/facts")"
}
families=1
[ -e /proc/net/if_inet6 ] && [ "$(cat /proc/sys/net/ipv6/conf/all/disable_ipv6)" = 0 ] && families=2
saw names "$families families" 'each name has addresses of its own, the same in any case'
saw single_label 'no name' 'a name of one label is nobody'"'"'s'
saw any_nameserver 'answers from where it was asked' 'any name server'"'"'s address answers, by UDP and TCP'
saw no_data 'A AAAA' 'only addresses are answered, no other type has data'
if [ $families = 2 ]; then
	saw own_servers 'own own own own own own own' 'its own servers are reached'
	saw literals "ENETUNREACH ECONNREFUSED ENETUNREACH ENETUNREACH ENETUNREACH ENETUNREACH ENETUNREACH ENETUNREACH" \
		'an address that no name stands for is refused, loopback is not'
else
	saw own_servers 'own own own own own' 'its own servers are reached'
	saw literals 'ENETUNREACH ECONNREFUSED ENETUNREACH ENETUNREACH ENETUNREACH' \
		'an address that no name stands for is refused, loopback is not'
	leave_out 'IPv6: this machine has none'
fi
saw own_datagrams own 'its own datagrams arrive'
saw quic ECONNREFUSED 'a datagram to a port of a host is refused at once'
saw fast_open 'EOPNOTSUPP EOPNOTSUPP' 'no bytes go with a connect'
saw without_waiting hello 'a socket that does not wait is connected'
saw from_a_thread thread 'a thread that is not the first one connects'
saw bound_before bound 'a bound socket connects'
saw mapped mapped 'IPv4 on an IPv6 socket connects'
saw same_port 'host own host own' 'its own server may have the port of a host'
saw held_up meanwhile 'connections that cannot be made hold up nobody'
saw stuck_end ETIMEDOUT 'a connect that would be tried for hours has an end'
saw low_ports 'ECONNREFUSED ECONNREFUSED ECONNREFUSED ECONNREFUSED ECONNREFUSED ECONNREFUSED' \
	'on its own loopback nothing of ours is seen'
saw many "${MANY:-2000} of ${MANY:-2000}" 'connections at once, each with its own answer'
saw many_ports '3000 made, still' 'who tries all ports of a name ends nothing'
saw many_names 'most named, the rest not, again 0, still' 'nor who makes up names; those that are granted go on'
equal 'what was granted arrived' "$((9 + ${MANY:-2000}))" "$(arrived echo)"

# --- real programs ------------------------------------------------------------------------------------

client() { # client CMD...: inside; its output is in $work/out
	ask_timeout=1 inside "$project" "$@" >"$work/out" 2>"$work/err" </dev/null
}
check 'getent knows a name' client getent hosts api.example.test
check 'and it is one of ours' grep -qE '^(198\.1[89]\.|fd73:656c:646f:6d:)' "$work/out"
if command -v curl >/dev/null; then
	check 'curl reaches a granted host' client curl -sS -m 30 http://web.test/granted/a
	equal 'and has its answer' arrived "$(cat "$work/out")"
	equal 'which arrived' 1 "$(arrived 'GET /granted/a HTTP/1.1')"
	client curl -sS -m 30 http://web.test/other
	equal 'another path did not arrive' 0 "$(arrived 'GET /other HTTP/1.1')"
	client curl -sS -m 30 -o /dev/null -w '%{http_code}' http://web.test/other
	equal 'but was refused, in words' 403 "$(cat "$work/out")"
	client curl -sS -m 30 http://203.0.113.7/
	equal 'a literal address is refused: exit status' 7 $?
	check 'and said, with the program and the address' grep -qE 'DENY .*curl.*203|DENY .*curl.*7:80' "$work/err"
	check 'and stands in the log' grep -q '203.0.113.7' <("$SELDOM" log 2>/dev/null </dev/null)
else
	leave_out 'curl: not installed'
fi
if command -v node >/dev/null; then
	# shellcheck disable=SC2016 # node's
	client node -e 'fetch("http://web.test/granted/node").then(r => r.text()).then(t => process.stdout.write(t))'
	equal 'node reaches a granted host' arrived "$(cat "$work/out")"
else
	leave_out 'node: not installed'
fi
client "$python" -c 'import urllib.request as u; print(u.urlopen("http://web.test/granted/py").read().decode(), end="")'
equal 'python reaches a granted host' arrived "$(cat "$work/out")"

# A proxy outside is no way, and not needed.
export http_proxy=http://127.0.0.1:9 HTTPS_PROXY=http://127.0.0.1:9
client "$python" -c 'import os, urllib.request as u; print(u.urlopen("http://web.test/granted/p").read().decode(), end="")'
equal 'variables of proxies do not matter' arrived "$(cat "$work/out")"
unset http_proxy HTTPS_PROXY

# --- programs of the host that act for whoever asks ---------------------------------------------------

mkdir -p "$work/plain"
"$python" -c 'import socket, sys
kept = [socket.socket(socket.AF_UNIX) for _ in sys.argv[1:]]
for s, path in zip(kept, sys.argv[1:]):
    s.bind(path)
    s.listen()
sys.stdin.read()' "$work/plain/docker.sock" "$work/plain/socket" <"$up/stop" 7>&- &
for _ in $(seq 200); do
	[ -S "$work/plain/socket" ] && break
	sleep 0.05
done
cat >"$project/unix.py" <<'PY'
import errno, socket, sys
print(errno.errorcode.get(socket.socket(socket.AF_UNIX).connect_ex(sys.argv[1]), "connected"))
PY
equal 'a socket of such a program can be connected to without seldom' connected "$("$python" "$project/unix.py" "$work/plain/docker.sock")"
client "$python" unix.py "$work/plain/docker.sock"
equal 'inside it cannot' EACCES "$(cat "$work/out")"
equal 'and nobody is asked' 0 "$(summary questions.asked)"
client "$python" unix.py "$work/plain/socket"
equal 'any other is asked about' 1 "$(summary questions.asked)"

# --- the death of any of its processes closes it ------------------------------------------------------

below() { # below PID NAME: the process of that name among those that came of it
	local child
	for child in $(pgrep -P "$1"); do
		if [ "$(cat "/proc/$child/comm" 2>/dev/null)" = "$2" ]; then echo "$child"; else below "$child" "$2"; fi
	done
}
for name in seldom-egress seldom-dial seldom-keys; do
	rm -f "$project/ready" "$project/ended"
	ask_timeout=1 inside "$project" "$python" inside.py closed >"$work/facts" 2>"$work/err" </dev/null &
	run=$!
	for _ in $(seq 400); do
		[ -e "$project/ready" ] && break
		sleep 0.05
	done
	victim=$(below "$run" "$name" | head -n 1)
	if [ -z "$victim" ]; then
		fail "$name is not there"
	else
		kill -KILL "$victim"
	fi
	: >"$project/ended"
	wait "$run"
	saw closed 'open closed ENETUNREACH own' "without $name nothing is open, and nothing opens"
	# Egress and keys end when the other does: either may be seen first.
	check "after the end of $name it is said" grep -q 'seldom-[a-z]* ended: the network is closed' "$work/err"
done

run_options=(--no-net)
client "$python" inside.py no_network
cp "$work/out" "$work/facts"
saw no_network 'no name ENETUNREACH own' 'no network if none is wanted'
run_options=()

# --- nothing stays behind, and nothing opens ----------------------------------------------------------

# The broker tidies up after it has told `seldom run` that all is over.
gone() { # gone SESSION
	local _
	for _ in $(seq 100); do
		[ -e "/dev/shm/seldom-$(id -u)-$1" ] || [ -e "$XDG_RUNTIME_DIR/seldom/net-$1" ] || return 0
		sleep 0.1
	done
	return 1
}
session=$(summary session)
equal 'the session has a name' 8 ${#session}
check 'no folder of it is left' gone "$session"
left=$(sed -n 's/^tmpfs //p' <<<"$(stat -f -c '%T /dev/shm' /dev/shm)")
if [ -n "$left" ] && [ -w "$left" ]; then # as a broker that was killed leaves it
	left=$left/seldom-$(id -u)-testkill
	mkdir -p "$left/trust/certs"
	: >"$left/trust/certs/a"
	touch -d '2 minutes ago' "$left"
	client true
	check 'what a killed session left goes with the next' test ! -e "$left"
else
	leave_out 'what a killed session left: no /dev/shm here'
fi
done_testing
