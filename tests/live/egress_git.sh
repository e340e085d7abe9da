#!/usr/bin/env bash
# git over https to a host that wants a password: git says none before it was asked for one, and gets
# the session's phantom without being told. Clone, fetch and push, with HTTP/1.1 and HTTP/2 upstreams.
# shellcheck disable=SC2154 # ports are named by the upstream
. "$(dirname -- "${BASH_SOURCE[0]}")/work/lib.bash"
. "$(dirname -- "${BASH_SOURCE[0]}")/egress/lib.bash"
for tool in git curl /usr/bin/python3 openssl; do
	command -v "$tool" >/dev/null || skip_all "$tool is not installed"
done
start_upstream "$base/up"
export REPOSITORY_PASSWORD=the-password-of-the-repository

mkdir -p "$work/.config/seldom"
chmod 700 "$work/.config" "$work/.config/seldom"
grant() { # grant NAME HOST PORT CLAUSE...
	local name=$1 host=$2 port=$3
	shift 3
	printf 'grant %s {\n  host %s\n  address 127.0.0.1:%s\n  roots %s\n' "$name" "$host" "$port" "$upstream/root.pem"
	printf '  %s\n' "$@"
	echo '}'
}
secret=('credential variable:REPOSITORY_PASSWORD' 'in basic:')
clone=('http GET /*/info/refs POST /*/git-upload-pack' 'query service=git-upload-pack' 'request type=application/x-git-upload-pack-request')
push=('http GET /*/info/refs POST /*/git-receive-pack' 'query service=git-receive-pack' 'request type=application/x-git-receive-pack-request')
both=('http GET /*/info/refs POST /*/git-upload-pack POST /*/git-receive-pack' 'query service=git-upload-pack service=git-receive-pack')
{
	grant both-1 limited.test "$tls" "${both[@]}" "${secret[@]}"
	grant both-2 wide.test "$h2" "${both[@]}" "${secret[@]}"
	grant named te.test "$tls" "${both[@]}" 'credential variable:REPOSITORY_PASSWORD' 'in basic:alice'
	grant clone git.test "$h2" "${clone[@]}" # as the presets git and git-push
	grant push git.test "$h2" "${push[@]}" "${secret[@]}"
} >"$work/.config/seldom/grants"
chmod 600 "$work/.config/seldom/grants"

cat >"$project/all" <<'ALL'
export GIT_AUTHOR_NAME=n GIT_AUTHOR_EMAIL=n@x.test GIT_COMMITTER_NAME=n GIT_COMMITTER_EMAIL=n@x.test
change() { # change FOLDER: something small, and something that git sends in pieces
	echo "$1" >"$1/file"
	head -c 3000000 /dev/urandom >"$1/large"
	git -C "$1" add . && git -C "$1" commit -q -m "$1"
}
whole() { # whole FOLDER ADDRESS: clone, push, and what was pushed comes back
	git clone -q "$2" "$1" && change "$1" && git -C "$1" push -q origin HEAD:"$1" &&
		git clone -q -b "$1" "$2" "$1-again" && cmp "$1/large" "$1-again/large"
	echo $? >"$1.exit"
}
whole one https://limited.test/private.git
whole two https://wide.test/private.git
whole user https://bob@limited.test/private.git
whole alice https://te.test/private.git
git clone -q https://git.test/demo.git public && change public && git -C public push -q origin HEAD:public
echo $? >public.exit
git clone -q https://git.test/private.git mixed 2>mixed.err
echo $? >mixed.exit
git clone -q https://somebody:my-own-password@limited.test/private.git own 2>own.err
echo $? >own.exit
curl -sS -D answer -o line https://limited.test/private.git/info/refs?service=git-upload-pack
env >environment
ALL
ask_timeout=2 inside "$project" bash all >"$work/out" 2>"$work/err" </dev/null
equal 'the run ends well' 0 $?

in_project() { cat "$project/$1" 2>/dev/null; }
equal 'clone, push and clone again, HTTP/1.1' 0 "$(in_project one.exit)"
equal 'clone, push and clone again, HTTP/2' 0 "$(in_project two.exit)"
equal 'with a name in the address' 0 "$(in_project user.exit)"
equal 'with a name in the grant' 0 "$(in_project alice.exit)"
equal 'a clone by one grant and a push by another' 0 "$(in_project public.exit)"
for branch in one two user alice; do
	check "it arrived: $branch" git -C "$upstream/repos/private.git" rev-parse -q --verify "$branch" >/dev/null
done
check 'it arrived: public' git -C "$upstream/repos/demo.git" rev-parse -q --verify public >/dev/null
said() { /usr/bin/python3 -c 'import base64, sys; print("Basic " + base64.b64encode(sys.argv[1].encode()).decode())' "$1:$REPOSITORY_PASSWORD"; }
for pair in limited.test:git limited.test:bob te.test:alice; do
	check "the password goes with the name: ${pair#*:}" logged "e['kind'] == 'request' and e['host'] == '${pair%:*}' and ['authorization', '$(said "${pair#*:}")'] in e['headers']"
done
equal 'whoever has no password is asked' 'HTTP/2 401' "$(head -n 1 "$project/answer" | tr -d '\r' | sed 's/ *$//')"
check 'for one of Basic' grep -qi '^www-authenticate: basic realm=' "$project/answer"
check 'and told why' grep -qi '^seldom-reason: no-session-credential' "$project/answer"
check 'nothing without a password arrived there' bash -c '! grep -F "\"host\": \"limited.test\"" "$1" | grep -vF "\"authorization\""' bash "$upstream/log.jsonl"
check 'the password of one grant is not for another' [ "$(in_project mixed.exit)" != 0 ]
check 'a password of its own is refused' [ "$(in_project own.exit)" != 0 ]
check 'and goes nowhere' bash -c '! grep -qF "$(printf somebody:my-own-password | base64)" "$1"' bash "$upstream/log.jsonl"
check 'the password never enters' bash -c '! grep -rqF the-password-of-the-repository "$1"' bash "$project"
if [ "$failures" != 0 ]; then
	head -n 20 "$work/err"
	cat "$project"/*.err
fi
done_testing
