#!/usr/bin/env bash
# gRPC's own library inside and outside: calls of its four kinds pass by grants, their status too, with
# a credential put in and without one.
. "$(dirname -- "${BASH_SOURCE[0]}")/work/lib.bash"
. "$(dirname -- "${BASH_SOURCE[0]}")/egress/lib.bash"
for tool in /usr/bin/python3 openssl; do
	command -v "$tool" >/dev/null || skip_all "$tool is not installed"
done
/usr/bin/python3 -c 'import grpc' 2>/dev/null || skip_all 'python3-grpcio is not installed'
start_upstream "$base/up" # for its authority
mkfifo "$base/stop"
/usr/bin/python3 "$egress/grpc_server.py" "$base/up" "$base/up/pki/leaf.key" "$base/up/pki/leaf.pem" <"$base/stop" >"$base/grpc.out" 2>&1 &
exec 8>"$base/stop" # it ends with this script
for _ in $(seq 400); do
	[ -s "$base/up/grpc-port" ] && break
	sleep 0.05
done
[ -s "$base/up/grpc-port" ] || { fail "the gRPC server: $(tail -n 3 "$base/grpc.out")"; done_testing; }
port=$(cat "$base/up/grpc-port")
export ECHO_KEY=the-real-key-of-the-service

mkdir -p "$work/.config/seldom"
chmod 700 "$work/.config" "$work/.config/seldom"
cat >"$work/.config/seldom/grants" <<GRANTS
grant echo host grpc.test; address 127.0.0.1:$port; http POST /test.Echo/*; request type=application/grpc; roots $upstream/root.pem
grant keyed host api.test; address 127.0.0.1:$port; http POST /test.Echo/*; credential variable:ECHO_KEY; in header:x-api-key; roots $upstream/root.pem
GRANTS
chmod 600 "$work/.config/seldom/grants"
cp "$egress/grpc_client.py" "$project/client.py"
cat >"$project/all" <<'ALL'
/usr/bin/python3 client.py grpc.test >plain 2>plain.err
/usr/bin/python3 client.py api.test "$ECHO_KEY" >keyed 2>keyed.err
/usr/bin/python3 client.py api.test my-own-key-0123456789 >own 2>own.err
ALL
ask_timeout=2 inside "$project" bash all >"$work/out" 2>"$work/err" </dev/null
equal 'the run ends well' 0 $?

value() { sed -n "s/^$2 //p" "$project/$1" 2>/dev/null; }
for kind in plain keyed; do
	equal "$kind: a call" cba "$(value $kind unary)"
	equal "$kind: what follows the answer" 3 "$(value $kind trailer)"
	equal "$kind: three megabytes there and back" 3000000 "$(value $kind large)"
	equal "$kind: a status" 'NOT_FOUND not here' "$(value $kind status)"
	equal "$kind: many answers" '500 piece 499' "$(value $kind down)"
	equal "$kind: many requests" '300000 bytes' "$(value $kind up)"
	equal "$kind: by turns" 'again 0,again 1,again 2,again 3,again 4' "$(value $kind both)"
	check "$kind: another service is refused" [ -n "$(value $kind ungranted)" ]
done
check 'a key of its own is refused' grep -q '^failed ' "$project/own"
check 'the real key arrived' grep -q '^One the-real-key-of-the-service$' "$upstream/grpc-log"
check 'and no other' bash -c '! grep -vE " (-|the-real-key-of-the-service)$" "$1"' bash "$upstream/grpc-log"
check 'the real key never enters' bash -c '! grep -rqF the-real-key "$1"' bash "$project"
if [ "$failures" != 0 ]; then
	head -n 20 "$work/err"
	cat "$project"/*.err "$project/own" "$project/plain"
fi
done_testing
