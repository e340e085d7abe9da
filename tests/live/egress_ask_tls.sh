#!/usr/bin/env bash
# Answers about hosts that a file speaks of, over TLS and with a credential: what is granted leads to
# where the file says, is verified as it says, and takes nobody's credential along.
. "$(dirname -- "${BASH_SOURCE[0]}")/work/lib.bash"
command -v curl >/dev/null || skip_all "no curl"
command -v openssl >/dev/null || skip_all "no openssl"
. "$(dirname -- "${BASH_SOURCE[0]}")/egress/lib.bash"
start_upstream "$base/up"

config=$work/.config/seldom keys=$work/keys real=real-value-$$
mkdir -p "$config" "$keys"
chmod 700 "$work/.config" "$config" "$keys"
(umask 077 && echo "$real" >"$keys/api")
file() { # file GRANT...: the user's own
	printf '%s\n' "$@" >"$config/grants"
	chmod 600 "$config/grants"
}
where="address 127.0.0.1:$h2; roots $upstream/root.pem"
file "grant api host api.test; http GET /granted/*; credential file:~/keys/api; in header:x-api-key; $where" \
	"grant open host open.test; http GET /granted/*; $where"

# get URL [CURL OPTIONS...]: status and reason; the session's stand-in as x-api-key if KEY is set
cat >"$project/get" <<'GET'
#!/bin/sh
url=$1
shift
[ -z "${KEY:-}" ] || set -- "$@" -H "x-api-key: $SELDOM_CREDENTIAL_API"
curl -sS -m 60 -D said.txt -o body.txt -w '%{http_code}' "$@" "$url"
echo "$(sed -n 's/\r$//; s/^[Ss]eldom-[Rr]eason: / /p' said.txt)"
GET
chmod +x "$project/get"

run=
start() { # start CMD...: a run in the background
	inside "$project" "$@" >"$work/out" 2>"$work/err" </dev/null 7>&- &
	run=$!
}
question() { # waits for one; it is then in $work/question
	local _
	for _ in $(seq 400); do
		"$SELDOM" pending --json >"$work/question" 2>/dev/null </dev/null
		[ -s "$work/question" ] && return 0
		kill -0 "$run" 2>/dev/null || break
		sleep 0.05
	done
	fail "no question came: $(tail -n 3 "$work/err")"
	return 1
}
answer() { # answer VERDICT [OPTIONS...]
	local id
	id=$(python3 -c 'import json, sys; print(json.loads(sys.stdin.readline())["id"])' <"$work/question")
	"$SELDOM" answer "$id" "$@" >"$work/answered" 2>&1 </dev/null || fail "answer $*: $(cat "$work/answered")"
}
ended() { # ended WORDS WANTED: the run's end, and what it said, in one line
	wait "$run"
	equal "$1" "$2" "$(tr '\n' '|' <"$work/out")"
}
ask_timeout=60

# --- a credential of a file below the home ---------------------------------------------------------------

start env KEY=1 ./get https://api.test/granted/a
ended 'the grant of a file, with its credential' '200|'
check 'the real one arrived' logged "e['kind'] == 'request' and e['path'] == '/granted/a' and ['x-api-key', '$real'] in [list(h) for h in e['headers']]"
start sh -c './get https://api.test/granted/b; KEY=1 ./get https://api.test/other; KEY=1 ./get https://open.test/granted/c; ./get https://api.test/granted/d -H "x-api-key: $1"' sh "$(openssl rand -hex 16)"
ended 'without it, at another path, at another host, with another one: refused' \
	'403 no-session-credential|403 not-granted|403 credential-of-another-grant|403 credential-not-owned|'
"$SELDOM" log --session last >"$work/log" 2>&1 </dev/null
check 'at another path it is the grant that says no' grep -q 'deny *grant .*GET api.test/other' "$work/log"
equal 'nobody was asked, one was an incident' '0 1' "$(summary questions.asked) $(summary network.incidents)"

# --- answers ---------------------------------------------------------------------------------------------

start ./get https://open.test/granted
question && answer allow --for session
ended 'what was allowed goes where the file says' '200|'
check 'and arrived' logged "e['kind'] == 'request' and e['path'] == '/granted'"
start ./get https://api.test/more
question && answer allow --rung 0 --for 30d
ended 'also at a host with a credential' '200|'
check 'which is not sent along' logged "e['kind'] == 'request' and e['path'] == '/more' and 'x-api-key' not in [h[0] for h in e['headers']]"
ask_timeout=1
start ./get https://api.test/more
ended 'the rule holds in the next run' '200|'
start env KEY=1 ./get https://api.test/more
ended 'and takes no credential' '403 credential-not-owned|'
equal 'which is no incident' 0 "$(summary network.incidents)"
run_options=(--net open.test)
start ./get https://open.test/by/net
ended 'so does what --net grants' '200|'
run_options=()
file "grant open host open.test; http GET /granted/*; $where"
start ./get https://api.test/more
ended 'without the file it leads to the public name' '502 name-not-found|'

# --- a credential that comes later -------------------------------------------------------------------------

start sh -c 'for i in $(seq 300); do [ -e go ] && break; sleep 0.05; done; ./get https://late.test/granted/x; env | grep -c "^SELDOM_CREDENTIAL_LATE="'
for _ in $(seq 200); do
	"$SELDOM" grants add --for session "grant late host late.test; http GET /*; credential variable:LATE; in header:x-api-key; address 127.0.0.1:$h2" \
		>"$work/added" 2>&1 </dev/null && break
	sleep 0.05
done
check 'who grants it is told that what runs does not get it' grep -q 'start them anew' "$work/added"
: >"$project/go"
ended 'and so it is' '403 no-session-credential|0|'

for f in "$work/.local/state/seldom"/* "$work/summary.json" "$base/run"/*; do
	[ -f "$f" ] && grep -qaF "$real" "$f" && fail "a credential stands in ${f##*/}"
done
check 'the chain holds' "$SELDOM" log --verify </dev/null
done_testing
