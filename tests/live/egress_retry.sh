#!/usr/bin/env bash
# Programs give up sooner than people answer: a question outlives its request for a while, and the
# answer is for the next try of the same. And a clone is one question, a push another.
# shellcheck disable=SC2154 # ports are named by the upstream
. "$(dirname -- "${BASH_SOURCE[0]}")/work/lib.bash"
. "$(dirname -- "${BASH_SOURCE[0]}")/egress/lib.bash"
for tool in git curl /usr/bin/python3 openssl; do
	command -v "$tool" >/dev/null || skip_all "$tool is not installed"
done
start_upstream "$base/up"

# Where the hosts are, and nothing that a request could use: so it is asked about.
mkdir -p "$work/.config/seldom"
chmod 700 "$work/.config" "$work/.config/seldom"
for name in open api git; do
	printf 'grant %s {\n  host %s.test\n  address 127.0.0.1:%s\n  roots %s\n  http GET /nothing\n}\n' "$name" "$name" "$tls" "$upstream/root.pem"
done >"$work/.config/seldom/grants"
chmod 600 "$work/.config/seldom/grants"

cat >"$project/get" <<'GET'
#!/bin/sh
# get SECONDS URL [OPTIONS...]: the status, 000 if it gave up
limit=$1 url=$2
shift 2
curl -sS -m "$limit" -o /dev/null -w '%{http_code}\n' "$@" "$url" 2>/dev/null
GET
cat >"$project/wait_for" <<'WAIT'
#!/bin/sh
for i in $(seq 600); do [ -e "$1" ] && exit 0; sleep 0.05; done
exit 1
WAIT
cat >"$project/other.py" <<'OTHER'
import sys, urllib.request, urllib.error
try:
    print(urllib.request.urlopen(sys.argv[1], timeout=2).status)
except urllib.error.HTTPError as e:
    print(e.code)
except OSError:
    print("000")
OTHER
chmod +x "$project/get" "$project/wait_for"

run=
start() { # start CMD...: a run in the background; its output is in $work/out
	rm -f "$project/go" "$project/gave" "$project/done"
	ask_timeout=${patience:-60}
	inside "$project" "$@" >"$work/out" 2>"$work/err" </dev/null 7>&- &
	run=$!
}
pending() { "$SELDOM" pending --json >"$work/question" 2>/dev/null </dev/null; }
question() { # question [EXPRESSION]: waits for one question of which it holds
	local _
	for _ in $(seq 400); do
		pending && [ "$(wc -l <"$work/question")" = 1 ] && [ "$(of "${1:-True}")" = True ] && return 0
		kill -0 "$run" 2>/dev/null || return 1
		sleep 0.05
	done
	return 1
}
of() { # of EXPRESSION: about the first question, as q
	/usr/bin/python3 -c 'import json, sys
q = json.loads(sys.stdin.readline())
print(eval(sys.argv[1]))' "$1" <"$work/question" 2>&1
}
answer() { # answer VERDICT [OPTIONS...]: to the question in $work/question
	local token
	token=$(of 'q.get("token", "")')
	"$SELDOM" answer "$(of 'q["id"]')" "$@" ${token:+--token "$token"} >"$work/answered" 2>&1 </dev/null ||
		fail "answer $*: $(cat "$work/answered")"
}
ended() {
	wait "$run"
	run=
}
words() { tr '\n' ' ' <"$work/out" | sed 's/ $//'; }

# --- the next try takes the question over -------------------------------------------------------------

start sh -c './get 2 https://open.test/x; : >gave; ./wait_for go; ./get 60 https://open.test/x'
question || { fail "no question: $(tail -n 3 "$work/err")"; done_testing; }
before=$(of '(q["id"], q["tier"], q.get("token"), q["object"], q["asked"])')
check 'given up, it stays open' question 'q["waiting"] == 0'
equal 'as it was' "$before" "$(of '(q["id"], q["tier"], q.get("token"), q["object"], q["asked"])')"
check 'and not for longer than a minute' test "$(of '0 < q["remaining_ms"] <= 60000')" = True
: >"$project/go"
check 'the next try waits for it' question 'q["waiting"] == 1'
equal 'which is still the same' "$before" "$(of '(q["id"], q["tier"], q.get("token"), q["object"], q["asked"])')"
answer allow
ended
equal 'the answer is for that try' '000 200' "$(words)"
equal 'and it was one question' '1 1 0' "$(summary questions.asked) $(summary questions.allowed) $(summary questions.gone)"

# --- answered while nobody waits ----------------------------------------------------------------------

again='./get 2 https://open.test/x; : >gave; ./wait_for go;'
start sh -c "$again ./get 60 https://open.test/x; ./get 2 https://open.test/x"
question 'q["waiting"] == 0' && answer allow
: >"$project/go"
ended
equal 'once is for one try' '000 200 000' "$(words)"
equal 'and the one after it is asked about' '2 1' "$(summary questions.asked) $(summary questions.allowed)"
"$SELDOM" log --session last --json >"$work/log" 2>&1 </dev/null
check 'the log says whose answer it was' grep -q '"decision":"allow","source":"person".*"object":"GET open.test/x".*given up' "$work/log"

patience=4
start sh -c "$again ./get 60 https://open.test/y; ./get 60 https://api.test/x; ./get 60 https://open.test/x -I; /usr/bin/python3 other.py https://open.test/x"
question 'q["waiting"] == 0' && answer allow
: >"$project/go"
ended
equal 'another path, host, method or program is not what was allowed' '000 403 403 403 000' "$(words)"
unset patience

start sh -c "$again ./get 60 https://open.test/x; ./get 60 https://open.test/y"
question 'q["waiting"] == 0' && answer allow --rung 1 --for session
: >"$project/go"
ended
equal 'a wider answer holds as ever' '000 200 200 1' "$(words) $(summary questions.asked)"

start sh -c "$again ./get 60 https://open.test/x"
question 'q["waiting"] == 0' && answer deny
: >"$project/go"
ended
equal 'a denial as well' '000 403 1' "$(words) $(summary questions.asked)"

# --- another program has a question of its own ----------------------------------------------------------

start sh -c "$again /usr/bin/python3 other.py https://open.test/x; : >done; ./wait_for never"
question 'q["waiting"] == 0'
id=$(of 'q["id"]')
: >"$project/go"
for _ in $(seq 200); do
	pending && [ "$(wc -l <"$work/question")" = 2 ] && break
	sleep 0.05
done
equal 'it does not take over a question about another' 2 "$(wc -l <"$work/question")"
equal 'whose program still gave up' '0 curl' "$(grep "\"$id\"" "$work/question" >"$work/one" && mv "$work/one" "$work/question" && of 'str(q["waiting"]) + " " + q["who"]["comm"]')"
kill "$run" 2>/dev/null
ended 2>/dev/null

# --- nobody comes back ----------------------------------------------------------------------------------

patience=4
start sh -c './get 1 https://open.test/x; sleep 6'
ended
equal 'it is closed in the end as what it is' '1 0 1' "$(summary questions.asked) $(summary questions.timeout) $(summary questions.gone)"
unset patience

# --- git ------------------------------------------------------------------------------------------------

cat >"$project/push" <<'PUSH'
export GIT_AUTHOR_NAME=n GIT_AUTHOR_EMAIL=n@x.test GIT_COMMITTER_NAME=n GIT_COMMITTER_EMAIL=n@x.test
git clone -q https://git.test/demo.git one; echo "clone $?"
git -C one fetch -q; echo "fetch $?"
git clone -q https://git.test/demo.git two; echo "again $?"
: >one/file
git -C one add . && git -C one commit -q -m one && git -C one push -q origin HEAD:refs/heads/retry 2>push.err; echo "push $?"
PUSH
start bash push
question
equal 'a clone is asked about as reading' 'GET git.test/demo.git/info/refs 2' "$(of 'q["object"] + " " + str(q["tier"])')"
equal 'the second rung is the repository' 'clone and fetch this repository' "$(of 'q["rungs"][1]["label"]')"
equal 'and recommended' 1 "$(of 'q["recommended"]')"
check 'its words say what is not included' grep -q 'pushing is not included' "$work/question"
answer allow --rung recommended
check 'a push is another question' question 'q["rungs"][1]["label"] == "push to this repository"'
equal 'after the only one of clone and fetch' "GET git.test/demo.git/info/refs 2" "$(of 'q["object"] + " " + q["id"].split(".")[1]')"
check 'told as what changes things' grep -q 'change things' "$work/question"
answer deny
ended
equal 'clone, fetch and clone again, no push' 'clone 0 fetch 0 again 0 push 128' "$(words)"
equal 'for two questions' 2 "$(summary questions.asked)"
rm -rf "${project:?}/one" "$project/two"
start bash push
question && answer allow --rung recommended
question 'q["rungs"][1]["label"] == "push to this repository"' && answer allow --rung recommended
ended
equal 'allowed, it is pushed' 'clone 0 fetch 0 again 0 push 0' "$(words)"
check 'and arrived' git -C "$upstream/repos/demo.git" rev-parse -q --verify retry >/dev/null
equal 'for two questions as well' 2 "$(summary questions.asked)"
rm -rf "${project:?}/one" "$project/two"
patience=3
start sh -c 'git clone -q https://git.test/demo.git one; echo $?; ./get 9 https://git.test/private.git/info/refs?service=git-upload-pack; ./get 9 https://git.test/demo.git/info/refs?service=git-receive-pack; ./get 9 https://git.test/demo.git/git-upload-pack -d x'
question && answer allow --rung recommended
ended
equal 'it is that repository, that service and its type' '0 403 403 403' "$(words)"
done_testing
