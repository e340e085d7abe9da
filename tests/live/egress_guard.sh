#!/usr/bin/env bash
# What grants name is guarded whatever the run is: without a network, by --explain, without HOME; and
# their files of roots. What a person takes back is taken back at once.
. "$(dirname -- "${BASH_SOURCE[0]}")/work/lib.bash"
command -v curl >/dev/null || skip_all "no curl"
python=$(command -v /usr/bin/python3 || command -v python3) || skip_all "no python3"
project=$work/project
keys=$work/keys
config=$work/.config/seldom
mkdir -p "$project" "$keys" "$config"
chmod 700 "$work/.config" "$config" "$keys"
value=real-value-$$
echo "$value" >"$keys/api" && chmod 600 "$keys/api"
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY all_proxy

grants() { # grants CREDENTIAL: the one grant there is
	printf 'grant api {\n  host api.test\n  http GET /*\n  credential %s\n  in header:x-api-key\n}\n' "$1" >"$config/grants"
}
client() { # client CMD...
	inside "$project" "$@" >"$work/out" 2>"$work/err" </dev/null
}
ask_timeout=1

# --- without a network --------------------------------------------------------------------------------

run_options=(--no-net)
client cat "$keys/api"
equal 'a file that no grant names is read' "$value" "$(cat "$work/out")"
grants "file:$keys/api"
client cat "$keys/api"
equal 'one that a grant names is not, without a network too' '' "$(cat "$work/out")"
client sh -c 'echo "${SELDOM_CREDENTIAL_API:-none}"; curl -sS -m 5 -o /dev/null -w "%{http_code}" https://api.test/'
equal 'and the grant opens nothing' 'none 000' "$(tr '\n' ' ' <"$work/out")"
grants "file:$keys/absent"
client true
equal 'one that is not there hinders nothing' 0 $?
mkdir -m 700 "$project/keys"
cp -p "$keys/api" "$project/keys/api"
grants "file:$project/keys/api"
client echo ran
equal 'one that the program could replace does: the next run would send it' '' "$(cat "$work/out")"
check 'and that is said' grep -q 'lies where the program may write' "$work/err"
run_options=()
rm "$config/grants"
"$SELDOM" grants add "grant kept host kept.test; http GET /*; credential file:$keys/api; in header:x-api-key" >"$work/added" 2>&1 </dev/null ||
	fail "grants add: $(cat "$work/added")"
run_options=(--no-net)
client cat "$keys/api"
equal 'nor one of a grant that was added' '' "$(cat "$work/out")"
run_options=()
"$SELDOM" grants revoke "$("$SELDOM" grants --json 2>/dev/null </dev/null | "$python" -c 'import json, sys; print(json.loads(sys.stdin.readline())["id"])')" >/dev/null 2>&1 </dev/null

# --- explain ------------------------------------------------------------------------------------------

explained() { (cd "$project" && "$SELDOM" run --explain "$@" </dev/null 2>"$work/err"); }
check 'a file that no grant names is no secret' test -z "$(explained | grep -F "keys/api")"
grants "file:$keys/api"
check '--explain has the one of a grant' test -n "$(explained | grep -F "keys/api")"
check 'without a network too' test -n "$(explained --no-net | grep -F "keys/api")"

# --- without HOME -------------------------------------------------------------------------------------

# "~/" is then what the user database says: only the name of a file that is not there is looked for.
home=$(getent passwd "$(id -u)" | cut -d: -f6)
if [ -z "$home" ] || [ ! -d "$home" ] || [ ! -r "$home" ] || [ "$home" = / ]; then
	leave_out "without HOME: this user's home '$home' is no folder to look into"
else
	play=${SELDOM_BUILD:-$top/build}/tests/unit/test_keys
	grants "file:~/seldom-no-such-file"
	unhomed() { (unset HOME && cd "$project" && XDG_CONFIG_HOME=$work/.config XDG_STATE_HOME=$work/.local/state "$@"); }
	unhomed timeout -s KILL 60 "$SELDOM" run --no-popup --ask-timeout 1 -- true </dev/null >"$work/out" 2>"$work/err"
	check 'the broker looks below the home of the user database' grep -q "seldom-no-such-file', cannot be found" "$work/err"
	if [ -x "$play" ]; then
		echo 'file:~/seldom-no-such-file' | unhomed timeout -s KILL 60 "$play" --play >"$work/out" 2>"$work/err"
		check 'and so does the process that holds credentials' grep -q 'seldom-no-such-file: No such file' "$work/err" "$project/log"
		rm -f "$project/log"
	else
		leave_out 'seldom-keys without HOME: test_keys is not built'
	fi
fi

# --- roots --------------------------------------------------------------------------------------------

roots() { # roots FILE
	printf 'grant api {\n  host api.test\n  http GET /*\n  roots %s\n}\n' "$1" >"$config/grants"
}
"$python" - >"$keys/roots.pem" <<'PY'
import glob, ssl
for path in [ssl.get_default_verify_paths().cafile, "/etc/ssl/certs/ca-certificates.crt"] + glob.glob("/etc/ssl/certs/*.pem"):
    try:
        print(open(path).read())
        break
    except (OSError, TypeError):
        pass
PY
roots "$keys/roots.pem"
client echo ran
equal 'roots where the program cannot write are used' ran "$(cat "$work/out")"
cp "$keys/roots.pem" "$project/roots.pem"
ln -s "$keys/roots.pem" "$work/link.pem"
ln -s "$keys/roots.pem" "$project/link.pem"
for one in "$project/roots.pem" "$project/link.pem" "$work/link.pem"; do
	roots "$one"
	client echo ran
	equal "roots that it could replace are not: ${one#"$work"/}" '' "$(cat "$work/out")"
	check 'and that is said' grep -q "grant api: its roots, the file '$one'" "$work/err"
done
run_options=(--no-net)
client echo ran
equal 'without a network neither' '' "$(cat "$work/out")"
run_options=()
roots "$keys/absent.pem"
client echo ran
equal 'roots that are not there hinder no run' ran "$(cat "$work/out")"
rm "$config/grants"

# --- a denial that is taken back while the program runs ---------------------------------------------------

cat >"$project/steps" <<'STEPS'
#!/bin/sh
# A request for each line of the file "go", once it is there.
n=0
while [ "$n" -lt "$1" ]; do
	n=$((n + 1))
	until [ -e "go.$n" ]; do sleep 0.05; done
	curl -sS -m 60 -o /dev/null -w '%{http_code}\n' http://back.example.test/x >"did.$n.new"
	mv "did.$n.new" "did.$n"
done
STEPS
chmod +x "$project/steps"
question() { # the question's number, once one waits
	local _
	for _ in $(seq 400); do
		"$SELDOM" pending --json >"$work/question" 2>/dev/null </dev/null
		[ -s "$work/question" ] && return 0
		kill -0 "$run" 2>/dev/null || return 1
		sleep 0.05
	done
	return 1
}
of() { "$python" -c 'import json, sys; print(json.loads(sys.stdin.readline()).get(sys.argv[1], ""))' "$1" <"$work/question"; }
deny() {
	local token
	token=$(of token)
	"$SELDOM" answer "$(of id)" deny "$@" ${token:+--token "$token"} >"$work/answered" 2>&1 </dev/null || fail "deny $*: $(cat "$work/answered")"
}
done_step() { # what the request of that step got
	local _
	for _ in $(seq 400); do
		[ -e "$project/did.$1" ] && break
		sleep 0.05
	done
	cat "$project/did.$1" 2>/dev/null || echo nothing
}
denials() { "$SELDOM" grants --json 2>/dev/null </dev/null | "$python" -c 'import json, sys; print(*[r["id"] for r in map(json.loads, sys.stdin) if r["decision"] == "deny"])'; }
begin() { # begin STEPS
	rm -f "$project"/go.* "$project"/did.*
	ask_timeout=60
	client ./steps "$1" &
	run=$!
}

begin 3
: >"$project/go.1"
if question; then deny --for 30d; else fail "no question: $(tail -n 3 "$work/err")"; fi
equal 'a request is denied for 30 days' 403 "$(done_step 1)"
: >"$project/go.2"
equal 'and the next without a question' 403 "$(done_step 2)"
"$SELDOM" rules revoke "$(denials)" >/dev/null 2>&1 </dev/null || fail 'it cannot be taken back'
: >"$project/go.3"
check 'taken back in the same run: it is asked about again, at once' question
deny --for 30d
equal 'and denied again' 403 "$(done_step 3)"
wait "$run"
equal 'two questions were put' 2 "$(summary questions.asked)"
begin 2
: >"$project/go.1"
equal 'the next run denies without a question' 403 "$(done_step 1)"
"$SELDOM" grants revoke "$(denials)" >/dev/null 2>&1 </dev/null || fail 'it cannot be taken back'
: >"$project/go.2"
check 'taken back while it runs: it is asked about, at once' question
deny
equal 'and denied' 403 "$(done_step 2)"
wait "$run"
equal 'one question was put' 1 "$(summary questions.asked)"

check 'no credential is in what this test left' test -z "$(grep -rlF "$value" "$work" --exclude-dir=keys 2>/dev/null)"
done_testing
