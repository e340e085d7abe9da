#!/usr/bin/env bash
# A machine whose programs can have no IPv6 socket: names are had, and hosts reached, over IPv4.
. "$(dirname -- "${BASH_SOURCE[0]}")/work/lib.bash"
[ "$(uname -m)" = x86_64 ] || skip_all "the filter is of x86-64"
python=$(command -v /usr/bin/python3 || command -v python3) || skip_all "no python3"
without=("$python" "$top/tests/live/egress_sockets/without_ipv6.py")
project=$work/project
mkdir -p "$project" "$work/.config/seldom" "$base/up"
chmod 700 "$work/.config" "$work/.config/seldom"
mkfifo "$base/stop"
"$python" "$top/tests/live/egress_capture/upstream.py" "$base/up" <"$base/stop" >"$base/log" 2>&1 &
exec 7>"$base/stop" # it ends with this script
for _ in $(seq 200); do
	[ -e "$base/up/ports" ] && break
	sleep 0.05
done
. "$base/up/ports"
# shellcheck disable=SC2154 # http is in that file
echo "grant web host web.test; port 80; http GET /*; plain yes; address 127.0.0.1:$http" >"$work/.config/seldom/grants"
equal 'there is no IPv6 socket' 97 "$("${without[@]}" "$python" -c 'import socket
try:
    socket.socket(socket.AF_INET6)
except OSError as e:
    print(e.errno)')"
client() {
	(cd "$project" && timeout -s KILL 60 "${without[@]}" "$SELDOM" run --no-popup --ask-timeout 1 -- "$@") </dev/null 2>"$work/err" 7>&-
}
if command -v curl >/dev/null; then equal 'curl' arrived "$(client curl -sS -m 30 http://web.test/c)"; else leave_out 'no curl'; fi
equal 'python' arrived "$(client "$python" -c 'import urllib.request as u; print(u.urlopen("http://web.test/p").read().decode(), end="")')"
if command -v node >/dev/null; then
	equal 'node' arrived "$(client node -e 'fetch("http://web.test/n").then(r => r.text()).then(t => process.stdout.write(t))')"
else
	leave_out 'no node'
fi
equal 'each arrived' "$((checks - 1))" "$(grep -c '^GET' "$base/up/arrived")"
done_testing
