#!/usr/bin/env bash
# Questions about hosts, in real runs: by name with method and path, once for all that want the same,
# answered for once, the session and always, and none at all after a secret was read.
#
# Hosts here end in .test and have no address. So a request that was allowed ends in a 502 (the name
# was looked up) and one that was refused in a 403; what has to arrive has a grant with an address.
# shellcheck disable=SC2154 # the port is named by the upstream
. "$(dirname -- "${BASH_SOURCE[0]}")/work/lib.bash"
command -v curl >/dev/null || skip_all "no curl"
command -v python3 >/dev/null || skip_all "no python3"
python=$(command -v /usr/bin/python3 || command -v python3)

project=$work/project
up=$base/up
mkdir -p "$project" "$up"
mkfifo "$up/stop"
"$python" "$top/tests/live/egress_capture/upstream.py" "$up" <"$up/stop" >"$up/log" 2>&1 &
exec 7>"$up/stop" # it ends with this script
for _ in $(seq 200); do
	[ -e "$up/ports" ] && break
	sleep 0.05
done
[ -e "$up/ports" ] || { fail "the upstream: $(tail -n 3 "$up/log")"; done_testing; }
. "$up/ports"
cp "$top/tests/live/egress_ask/many.py" "$project/many.py"
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY all_proxy

# get URL [CURL OPTIONS...]: the script that says the status
cat >"$project/get" <<'GET'
#!/bin/sh
url=$1
shift
curl -sS -m 60 -o /dev/null -w '%{http_code}\n' "$@" "$url"
GET
chmod +x "$project/get"

run=
start() { # start CMD...: a run in the background; its output is in $work/out
	ask_timeout=${patience:-60}
	inside "$project" "$@" >"$work/out" 2>"$work/err" </dev/null 7>&- &
	run=$!
}
question() { # waits for a question; it is then in $work/question
	local _
	for _ in $(seq 400); do
		"$SELDOM" pending --json >"$work/question" 2>/dev/null </dev/null
		[ -s "$work/question" ] && return 0
		kill -0 "$run" 2>/dev/null || return 1
		sleep 0.05
	done
	return 1
}
of() { # of EXPRESSION: about the one question, as q
	"$python" -c 'import json, sys
q = [json.loads(line) for line in sys.stdin]
assert len(q) == 1, "%d questions" % len(q)
q = q[0]
print(eval(sys.argv[1]))' "$1" <"$work/question" 2>&1
}
answer() { # answer VERDICT [OPTIONS...]
	local token
	token=$(of 'q.get("token", "")')
	"$SELDOM" answer "$(of 'q["id"]')" "$@" ${token:+--token "$token"} >"$work/answered" 2>&1 </dev/null ||
		fail "answer $*: $(cat "$work/answered")"
}
ended() { # the run's end
	wait "$run"
	run=
}
arrived() { grep -cxF -- "$1" "$up/arrived" 2>/dev/null || true; }

# --- what is asked -------------------------------------------------------------------------------------

echo 'https://api.example.test/v1/models?page=geheim' >"$project/url" # not an argument: those are kept
start sh -c './get "$(cat url)"'
if ! question; then
	fail "no question came: $(tail -n 3 "$work/err")"
	done_testing
fi
equal 'the request is the object, without its query' 'GET api.example.test/v1/models' "$(of 'q["object"]')"
equal 'and names the program' curl "$(of 'q["who"]["comm"]')"
equal 'it is of tier 2' 2 "$(of 'q["tier"]')"
equal 'what is new comes first' 'first request by curl to this host' "$(of 'q["new"]')"
equal 'what follows' 'can send what it read to that host' "$(of 'q["consequence"]')"
equal 'from this request to any' 'request host host host' "$(of '" ".join(r["kind"] for r in q["rungs"])')"
check 'what the widest means is said' grep -q 'may upload what it can read' "$work/question"
answer allow
ended
equal 'allowed once: it goes out' 502 "$(cat "$work/out")"
equal 'one question was put' 1 "$(summary questions.asked)"
equal 'and one host asked' 1 "$(summary network.hosts)"

# --- once is once, a session is a session --------------------------------------------------------------

start sh -c './get https://api.example.test/v1/a; ./get https://api.example.test/v1/a'
question && answer allow
for _ in $(seq 200); do # the second one has another number
	question && [ "$(of 'q["id"]')" != "$(cut -d' ' -f1 "$work/answered")" ] && break
	sleep 0.05
done
answer allow --for session
ended
equal 'for once: the next is asked about anew' 2 "$(summary questions.asked)"
start sh -c './get https://api.example.test/v1/a; ./get https://api.example.test/v1/b; ./get https://api.example.test/v2 -I; ./get https://api.example.test/v1/a -d x=y'
question && answer allow --rung 2 --for session
for _ in $(seq 200); do
	question && [ "$(of 'q["object"]')" = 'POST api.example.test/v1/a' ] && break
	sleep 0.05
done
equal 'reading was allowed, changing is another question' 'POST api.example.test/v1/a' "$(of 'q["object"]')"
check 'which says what is granted' grep -q 'a grant speaks of this host' "$work/question"
answer deny
ended
equal 'reading goes on, changing does not' '502 502 502 403' "$(tr '\n' ' ' <"$work/out" | sed 's/ $//')"
equal 'for two questions' 2 "$(summary questions.asked)"

# --- a denial -----------------------------------------------------------------------------------------

cat >"$project/fetch.py" <<'FETCH'
import sys, urllib.request, urllib.error
try:
    urllib.request.urlopen(sys.argv[1])
except urllib.error.HTTPError as e:
    print(e.code, e.headers.get("seldom-reason"))
FETCH
start sh -c "./get https://no.example.test/a; ./get https://no.example.test/b; $python fetch.py https://no.example.test/c"
question && answer deny
ended
equal 'the same is refused without a question, another program too' '403 403 403 denied' "$(tr '\n' ' ' <"$work/out" | sed 's/ $//')"
equal 'one question for three requests' 1 "$(summary questions.asked)"
equal 'three refusals are counted' 3 "$(summary network.refused)"
"$SELDOM" log --session last >"$work/log" 2>&1 </dev/null
check 'the log has them by request' grep -q 'GET no.example.test/b' "$work/log"
check 'and by whom' grep -q 'deny *person.*GET no.example.test/a' "$work/log"
check 'and what remembered' grep -q 'deny *memory.*GET no.example.test/b' "$work/log"

# --- nobody answers ------------------------------------------------------------------------------------

patience=1
start "$python" fetch.py https://slow.example.test/a
ended
unset patience
equal 'a time-out is told as one' '403 not-answered' "$(cat "$work/out")"
"$SELDOM" log --session last >"$work/log" 2>&1 </dev/null
check 'and logged as one' grep -q 'deny *timeout.*GET slow.example.test/a' "$work/log"
equal 'and counted as one' '1 0' "$(summary questions.timeout) $(summary questions.denied)"

# --- without TLS elsewhere, and WebSockets: all that the request needs is one question ----------------------

start sh -c './get http://odd.example.test:8080/a; ./get http://odd.example.test:8080/b'
question && answer allow --rung 2 --for session
ended
equal 'without TLS on another port: one question' '502 502 1' "$(tr '\n' ' ' <"$work/out")$(summary questions.asked)"
socket='-H Connection:Upgrade -H Upgrade:websocket -H Sec-WebSocket-Version:13 -H Sec-WebSocket-Key:dGhlIHNhbXBsZSBub25jZQ=='
for url in http://socket.example.test:8080/ws https://socket.example.test/ws; do
	start ./get "$url" --http1.1 $socket
	question && check "a WebSocket is called one (${url%%:*})" grep -q 'first WebSocket by curl' "$work/question" && answer allow
	ended
	equal "and is one question (${url%%:*})" '502 1' "$(cat "$work/out") $(summary questions.asked)"
done

# --- many at once -------------------------------------------------------------------------------------

many=${MANY:-2000}
start "$python" many.py many.example.test 80 "$many"
question
check 'without TLS: said so' grep -q 'first request without TLS by python' "$work/question"
sleep 1 # others would have come by now
equal 'one question for all' 1 "$(wc -l <"$work/question")"
answer deny
ended
equal 'each is refused' "403:$many" "$(cat "$work/out")"
equal 'and nobody was asked again' 1 "$(summary questions.asked)"
equal 'each is counted' "$many" "$(summary network.refused)"

# --- hosts that the project uses -------------------------------------------------------------------------

echo 'registry=https://npm.example.test/root/' >"$project/.npmrc"
touch "$project/package.json" # what makes it a project
start sh -c './get https://npm.example.test/root/left-pad; ./get https://npm.example.test/root/right-pad; ./get https://npm.example.test/else'
question
check 'a registry is called one, with the file that says so' grep -q 'npm registry of ~/project/.npmrc:1' "$work/question"
check 'which the program may have written' grep -q 'which the project may have written' "$work/question"
equal 'its usual use is what is recommended' 'GET, HEAD npm.example.test/root/*' "$(of 'q["rungs"][q["recommended"]]["object"]')"
answer allow --rung recommended --for session
for _ in $(seq 200); do
	question && [ "$(of 'q["object"]')" = 'GET npm.example.test/else' ] && break
	sleep 0.05
done
answer deny
ended
equal 'and no more than that' '502 502 403' "$(tr '\n' ' ' <"$work/out" | sed 's/ $//')"
equal 'for two questions in all' 2 "$(summary questions.asked)"
rm "$project/.npmrc" "$project/package.json"

# --- a flood of hosts -----------------------------------------------------------------------------------

rm -f "$project/go"
start sh -c 'while [ ! -e go ]; do sleep 0.05; done; for i in 1 2 3 4 5 6 7 8; do ./get https://flood$i.example.test/$i & done; wait'
"$python" "$top/tests/live/egress_ask/front.py" "$XDG_RUNTIME_DIR" "$project" >"$work/front" 2>&1 </dev/null
ended
rm -f "$project/go"
check 'many hosts at once are a summary' grep -q '^floods: [1-9]' "$work/front"
check 'that lists the requests' grep -q 'connect *GET flood[1-8].example.test/[1-8]' "$work/front"
equal 'let go and denied, each is refused' 8 "$(grep -c '^403$' "$work/out")"
equal 'and the broker lives to say so' 8 "$(summary network.refused)"

# --- always -------------------------------------------------------------------------------------------

start ./get https://always.example.test/v1/x
question && answer allow --rung recommended --for 30d
ended
"$SELDOM" grants --json >"$work/grants" 2>/dev/null </dev/null
check 'an answer for 30 days is a rule' grep -q '"kind":"host".*grant .* host always.example.test' "$work/grants"
check 'in words' grep -qF 'GET, HEAD, OPTIONS of always.example.test/*' "$work/grants"
check 'and its list says that it was an answer' grep -q '"from":"answer"' "$work/grants"
rule=$("$python" -c 'import json, sys; print(json.loads(sys.stdin.readline())["id"])' <"$work/grants")
patience=1
start ./get https://always.example.test/v1/y
ended
equal 'the next run asks nothing' '502 0' "$(cat "$work/out") $(summary questions.asked)"
"$SELDOM" grants revoke "$rule" >/dev/null 2>&1 </dev/null
start ./get https://always.example.test/v1/z
ended
equal 'taken back: it is asked about again' '403 1' "$(cat "$work/out") $(summary questions.asked)"
unset patience
start ./get https://never.example.test/v1/x
question && answer deny --for 30d
ended
"$SELDOM" grants --json >"$work/grants" 2>/dev/null </dev/null
check 'a denial for 30 days is one, of the host' grep -q '"words":"DENIED read:never.example.test:443"' "$work/grants"
rule=$("$python" -c 'import json, sys; print([r["id"] for r in map(json.loads, sys.stdin) if r["decision"] == "deny"][0])' <"$work/grants")
patience=1
start sh -c './get https://never.example.test/v1/y -m 50; ./get https://never.example.test/v1/y -d x'
ended
equal 'reading is refused without a question, changing is one' '403 403 1' "$(tr '\n' ' ' <"$work/out")$(summary questions.asked)"
"$SELDOM" rules revoke "$rule" >/dev/null 2>&1 </dev/null
start ./get https://never.example.test/v1/y
ended
equal 'taken back: it is asked about again' 1 "$(summary questions.asked)"
unset patience

# --- grants by command, while it runs -------------------------------------------------------------------

patience=2
start sh -c 'for i in $(seq 300); do [ -e go ] && break; sleep 0.05; done; ./get http://web.test/a; : >first; for i in $(seq 300); do [ ! -e go ] && break; sleep 0.05; done; ./get http://web.test/b'
for _ in $(seq 200); do
	[ -n "$("$SELDOM" sessions --plain 2>/dev/null </dev/null | head -n 1)" ] && "$SELDOM" grants add --for session \
		"grant web host web.test; port 80; http GET /*; plain yes; address 127.0.0.1:$http" >"$work/added" 2>&1 </dev/null && break
	sleep 0.05
done
check 'a running session takes a grant' grep -q 'granted in run' "$work/added"
: >"$project/go"
for _ in $(seq 300); do
	[ -e "$project/first" ] && break
	sleep 0.05
done
rule=$("$SELDOM" grants --json 2>/dev/null </dev/null | "$python" -c 'import json, sys; print([r["id"] for r in map(json.loads, sys.stdin) if r.get("name") == "web"][0])')
"$SELDOM" grants revoke "$rule" >/dev/null 2>&1 </dev/null || fail 'the grant of a session cannot be revoked'
sleep 0.3
rm -f "$project/go"
ended
equal 'it is used, and revoked while it runs' '200 403' "$(tr '\n' ' ' <"$work/out" | sed 's/ $//')"
equal 'the first arrived' 1 "$(arrived 'GET /a HTTP/1.1')"
equal 'the second did not' 0 "$(arrived 'GET /b HTTP/1.1')"
"$SELDOM" grants add "grant web host web.test; port 80; http GET /ok/*; plain yes; address 127.0.0.1:$http" >/dev/null 2>&1 </dev/null
start sh -c './get http://web.test/ok/c; ./get http://web.test/not/c'
ended
equal 'a grant for 30 days holds in the next run, as far as it says' '200 403' "$(tr '\n' ' ' <"$work/out" | sed 's/ $//')"
equal 'what it covers arrived' 1 "$(arrived 'GET /ok/c HTTP/1.1')"
"$SELDOM" grants --json >"$work/grants" 2>/dev/null </dev/null
check 'and its use is counted' grep -q '"uses":1,' "$work/grants"

start ./get http://meant.test/x
question
"$SELDOM" grants add --for session "grant meant host meant.test; port 80; http GET /*; plain yes; address 127.0.0.1:$http" >/dev/null 2>&1 </dev/null
ended
equal 'a grant settles the question that waits' '200 1 0 0' "$(cat "$work/out") $(summary questions.asked) $(summary questions.denied) $(summary questions.timeout)"

# --- grants that end, and that files speak of ------------------------------------------------------------

start sh -c 'for i in $(seq 300); do [ -e go ] && break; sleep 0.05; done; ./get http://brief.test/a; : >second; for i in $(seq 300); do [ ! -e go ] && break; sleep 0.05; done; ./get http://brief.test/b'
rm -f "$project/second"
for _ in $(seq 200); do
	"$SELDOM" grants add --for session "grant brief host brief.test; port 80; http GET /*; plain yes; address 127.0.0.1:$http; expires 3s" >"$work/added" 2>&1 </dev/null && break
	sleep 0.05
done
: >"$project/go"
for _ in $(seq 300); do
	[ -e "$project/second" ] && break
	sleep 0.05
done
state_of() { "$SELDOM" grants --all --json 2>/dev/null </dev/null | "$python" -c 'import json, sys; print([r["state"] for r in map(json.loads, sys.stdin) if r.get("name") == "brief"][0])'; }
for _ in $(seq 200); do
	[ "$(state_of)" = expired ] && break
	sleep 0.05
done
equal 'a grant of a session that is over is listed as expired' expired "$(state_of)"
"$SELDOM" grants --json >"$work/grants" 2>/dev/null </dev/null
check 'and not among those in force' test -z "$(grep brief.test "$work/grants")"
rm -f "$project/go"
question && equal 'what it covered is asked about again' 'GET brief.test:80/b' "$(of 'q["object"]')"
answer deny
ended
equal 'and refused' '200 403 1' "$(tr '\n' ' ' <"$work/out")$(summary questions.asked)"
equal 'while it held, it was used' 1 "$(arrived 'GET /a HTTP/1.1' | grep -c '[2-9]')"

mkdir -p "$work/.config/seldom"
echo "grant own host own.test; port 80; http GET /ok; plain yes; address 127.0.0.1:$http" >"$work/.config/seldom/grants"
chmod 700 "$work/.config" "$work/.config/seldom"
start sh -c './get http://own.test/more; ./get http://own.test/ok'
question && check 'a grant speaks of the host' grep -q 'a grant speaks of this host' "$work/question"
answer allow --rung 1 --for 30d
ended
equal 'an answer about a host of a file leads to where the file says' '200 200 1' "$(tr '\n' ' ' <"$work/out")$(summary questions.asked)"
patience=1
start ./get http://own.test/more
ended
equal 'and the rule that it became does so as well' '200 0' "$(cat "$work/out") $(summary questions.asked)"
unset patience
echo "grant own host own.test; port 80; http GET /ok; plain yes; address 127.0.0.1:$http; expires 2020-01-01" >"$work/.config/seldom/grants"
"$SELDOM" grants --json >"$work/grants" 2>/dev/null </dev/null
check 'a grant of a file that is over is listed as that' grep -q '"name":"own".*"state":"expired"' "$work/grants"
rm "$work/.config/seldom/grants"

# --- taint, and secrets ----------------------------------------------------------------------------------

start sh -c './get http://web.test/ok/d; ./get https://stranger.example.test/'
question
equal 'after an answer from elsewhere a stranger is tier 3' 3 "$(of 'q["tier"]')"
check 'with a word to type' test -n "$(of 'q["token"]')"
equal 'and nothing for 30 days, no whole host' 'once session request host' \
	"$(of '" ".join(q["terms"] + [r["kind"] for r in q["rungs"]])')"
answer deny
ended
unset patience
if [ -e /dev/fuse ] && [ -r /dev/fuse ]; then
	mkdir -p "$work/.aws"
	echo 'aws_secret_access_key = geheim' >"$work/.aws/credentials"
	start sh -c "cat $work/.aws/credentials >/dev/null; ./get https://leak.example.test/x; $python fetch.py https://leak.example.test/y"
	question && answer allow
	ended
	equal 'after a secret was read a new host is refused' '403 403 new-host-after-secret' "$(tr '\n' ' ' <"$work/out" | sed 's/ $//')"
	equal 'without a question' 1 "$(summary questions.asked)"
	"$SELDOM" log --session last >"$work/log" 2>&1 </dev/null
	check 'and the log says why' grep -q 'GET leak.example.test/x' "$work/log"
	start sh -c "cat $work/.aws/credentials >/dev/null; ./get https://leak.example.test/x"
	question && answer deny
	question && answer deny
	ended
	equal 'it was the secret: unread, the host is a question' 2 "$(summary questions.asked)"
else
	leave_out 'secrets: /dev/fuse cannot be used'
fi

# --- no network, and nothing left behind -------------------------------------------------------------------

run_options=(--no-net)
start ./get https://api.example.test/
ended
run_options=()
equal '--no-net: nothing is asked, nothing is reached' '000 0' "$(tr -d '\n' <"$work/out" | tail -c 3) $(summary questions.asked)"
for f in "$work/.local/state/seldom"/* "$work/summary.json" "$base/run"/*; do
	[ -f "$f" ] && grep -qaF geheim "$f" && fail "a query or a secret stands in ${f##*/}"
done
check 'the chain holds' "$SELDOM" log --verify </dev/null
done_testing
