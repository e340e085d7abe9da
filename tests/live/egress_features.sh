#!/usr/bin/env bash
# What passes through by a grant, whole and as it was: codings, large bodies both ways, early hints,
# trailers, WebSocket, other protocols by an opaque grant; and upstreams that must not be believed.
# shellcheck disable=SC2154 # ports are named by the upstream
. "$(dirname -- "${BASH_SOURCE[0]}")/work/lib.bash"
. "$(dirname -- "${BASH_SOURCE[0]}")/egress/lib.bash"
for tool in curl /usr/bin/python3 openssl; do
	command -v "$tool" >/dev/null || skip_all "$tool is not installed"
done
start_upstream "$base/up"

grant() { # grant NAME PORT CLAUSE...: added to the file
	local name=$1 port=$2
	shift 2
	printf 'grant %s {\n  host %s.test\n  address 127.0.0.1:%s\n' "$name" "$name" "$port"
	printf '  %s\n' "$@"
	echo '}'
}
mkdir -p "$work/.config/seldom"
chmod 700 "$work/.config" "$work/.config/seldom"
roots="roots $upstream/root.pem"
{
	grant wide "$h2" 'http * /*' 'query *' "$roots"
	grant te "$tls" 'http * /*' "$roots" # HTTP/1.1 only
	grant ws "$tls" 'http GET /ws' 'upgrade websocket' "$roots"
	grant raw "$raw" 'port 7' 'opaque yes'
	grant plain "$plain" 'http GET /*' 'plain yes'
	grant other "$tls" 'http GET /*' # by the host's roots, which do not know it
	# One name each, since the certificate is for that name: only what is wrong with it may matter.
	grant api "$stranger" 'http GET /*' "$roots"
	grant open "$wrong" 'http GET /*' "$roots"
	grant cl "$old" 'http GET /*' "$roots"
	grant lf "$tls10" 'http GET /*' "$roots"
} >"$work/.config/seldom/grants"
chmod 600 "$work/.config/seldom/grants"
cp "$egress/speak.py" "$project/speak.py"
head -c 2000000 /dev/urandom >"$project/large"

# --- without seldom: what must not be believed can be reached ------------------------------------------

for pair in "api:$stranger" "open:$wrong" "cl:$old"; do
	got=$(curl -sk -m 5 --resolve "${pair%:*}.test:${pair#*:}:127.0.0.1" "https://${pair%:*}.test:${pair#*:}/native")
	equal "without checks ${pair%:*}.test can be reached" ok "$got"
done
curl -fsS -m 5 --cacert "$upstream/root.pem" --resolve "other.test:$tls:127.0.0.1" "https://other.test:$tls/native" >/dev/null
equal 'and other.test by its own root' 0 $?

# --- inside ------------------------------------------------------------------------------------------------

cat >"$project/all" <<'ALL'
get() { curl -sS -m 20 "$@"; }
get https://wide.test/coded --compressed >coded
get https://te.test/coded/deflate --compressed >coded-1
get https://wide.test/chunked/200 -D trailers >chunked
get https://te.test/chunked/200 >chunked-1
get https://wide.test/slow/5 >slow
get https://wide.test/hints -o hints -w '%{http_code}\n' >hints.code
get https://te.test/hints -o hints-1 -w '%{http_code}\n' >hints-1.code
get https://wide.test/big/3000000 >big
get https://te.test/big/3000000 >big-1
get https://wide.test/up-2 --data-binary @large >up-2
get https://te.test/up-1 --data-binary @large >up-1
get https://te.test/up-chunked -H 'transfer-encoding: chunked' --data-binary @large >up-chunked
for i in 1 2 3 4 5 6 7 8 9 10; do get https://te.test/early --data-binary @large -o early -w '%{http_code}\n' 2>/dev/null; done >early.code
get -L https://wide.test/redirect/here >redirect
get https://wide.test/redirect/ungranted.test/x -o /dev/null -w '%{http_code} %{redirect_url}\n' >redirect-away
get https://wide.test/status/204 -o /dev/null -w '%{http_code}\n' >status
for i in 1 2 3 4 5 6 7 8 9 10; do get -I https://wide.test/big/3000000; get -I https://te.test/big/3000000; done >length
get http://plain.test/echo >plain
get http://plain.test/echo --http2-prior-knowledge -w '%{http_version}' >plain-2
get http://plain.test/up-plain-2 --http2-prior-knowledge --data-binary @large -o up-plain-2.line -w '%{http_version} %{http_code}' >up-plain-2
get http://ungranted.test/x --http2-prior-knowledge -o ungranted-2 -w '%{http_version} %{http_code}' >ungranted-2.code
get https://wide.test/grpc --http2 -H 'content-type: application/grpc' -H 'te: trailers' --data-binary 12345 -D grpc >grpc.body
/usr/bin/python3 speak.py websocket ws.test >websocket 2>&1
/usr/bin/python3 speak.py raw raw.test 7 >raw 2>&1
for name in other api open cl lf; do
	get "https://$name.test/inside" -o "$name" -w '%{http_code}\n' >"$name.code"
done
for _ in $(seq 60); do get "https://wide.test/ok" & done | sort | uniq -c >many
wait
ALL
ask_timeout=2 inside "$project" bash all >"$work/out" 2>"$work/err" </dev/null
equal 'the run ends well' 0 $?

in_project() { cat "$project/$1" 2>/dev/null; }
size() { stat -c %s "$project/$1" 2>/dev/null; }
equal 'gzip' 10000 "$(size coded)"
equal 'deflate, HTTP/1.1 upstream' 10000 "$(size coded-1)"
equal 'many pieces' 'piece 199' "$(in_project chunked | tail -n 1)"
equal 'many pieces, HTTP/1.1 upstream' 'piece 199' "$(in_project chunked-1 | tail -n 1)"
check 'trailers' grep -qi '^x-trailer: done' "$project/trailers"
equal 'a slow answer' 5 "$(in_project slow | wc -l)"
equal 'early hints do no harm' '200 ok 200 ok' "$(in_project hints.code) $(in_project hints) $(in_project hints-1.code) $(in_project hints-1)"
wanted=$(/usr/bin/python3 -c 'import hashlib
d = hashlib.sha256(b"big").digest() * 2048
print(hashlib.sha256((d * 50)[:3000000]).hexdigest())')
equal 'a large answer' "$wanted" "$(sha256sum <"$project/big" | cut -d' ' -f1)"
equal 'a large answer, HTTP/1.1 upstream' "$wanted" "$(sha256sum <"$project/big-1" | cut -d' ' -f1)"
sum=$(sha256sum <"$project/large" | cut -d' ' -f1)
for path in up-2 up-1 up-chunked; do
	check "a large request: $path" logged "e['kind'] == 'request' and e['path'] == '/$path' and e['body_sha256'] == '$sum'"
done
equal 'an answer before the body came, each time' '10 413' "$(in_project early.code | sort | uniq -c | xargs)"
equal 'a redirect on the same host' ok "$(in_project redirect)"
equal 'a redirect to another is the client'"'"'s' '302 https://ungranted.test/x' "$(in_project redirect-away)"
equal 'no content' 204 "$(in_project status)"
equal 'HEAD, with either upstream, each time' 20 "$(grep -ci '^content-length: 3000000' "$project/length")"
check 'plain by a grant' grep -q '"plain.test"' "$project/plain"
check 'plain HTTP/2, begun without asking' grep -q '"plain.test"' "$project/plain-2"
equal 'which it is to the end' 2 "$(tail -c 1 "$project/plain-2")"
equal 'what is not granted of it is refused in words' '2 403 seldom: ' "$(in_project up-plain-2) $(head -c 8 "$project/up-plain-2.line")"
equal 'and of a host that is not granted' '2 403 seldom: ' "$(in_project ungranted-2.code) $(head -c 8 "$project/ungranted-2")"
check 'gRPC: the status in trailers' grep -qi '^grpc-status: 0' "$project/grpc"
equal 'gRPC: the message' 12345 "$(in_project grpc.body)"
equal 'WebSocket by a grant' 'HTTP/1.1 101 hello again' "$(in_project websocket | tr -d '\r' | sed '1s/101.*/101/' | paste -sd' ')"
equal 'another protocol by an opaque grant' 'neither HTTP nor TLS' "$(in_project raw)"
equal 'sixty at once' 60 "$(in_project many | awk '$2 == "ok" {print $1}')"
for name in other api open cl lf; do
	equal "an upstream that must not be believed: $name.test" 502 "$(in_project "$name.code")"
done
check 'nothing was said to any of those' bash -c '! grep -q /inside "$1"' bash "$upstream/log.jsonl"
if [ "$failures" != 0 ]; then head -n 20 "$work/err"; fi
done_testing
