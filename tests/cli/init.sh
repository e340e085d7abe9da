#!/bin/sh
# `seldom init`: what it finds, what it writes after a yes, and that it writes nothing else.
# usage: init.sh SELDOM
# shellcheck disable=SC2088 # "~/" is typed at a prompt, which reads it
set -u
seldom=$1
here=$(dirname "$(realpath "$0")")
. "$here/lib.sh"
unset TERM_PROGRAM
mkdir -p "$work/project/sub" "$work/other" "$work/.ssh" "$work/bin"
echo key >"$work/.ssh/id_test" && chmod 600 "$work/.ssh/id_test"
printf '[remote "origin"]\n\turl = https://code.test/me/app.git\n' >"$work/gitconfig"
mkdir "$work/project/.git" && mv "$work/gitconfig" "$work/project/.git/config"
printf 'ref: refs/heads/main\n' >"$work/project/.git/HEAD"
printf 'registry=https://npm.test/\n' >"$work/.npmrc"
printf '#!/bin/sh\n' >"$work/bin/claude" && chmod +x "$work/bin/claude"
PATH="$work/bin:$PATH" && export PATH
cd "$work/project/sub" || exit 1

run() { # run WHY TEXT: what init says, with nobody there
	"$seldom" init </dev/null >"$work/out" 2>"$work/err"
	code=$?
	(cd "$work" && grep -qF -- "$2" out) || (cd "$work" && fail "$1: '$2' is not said")
}
run 'the machine' "What this machine can enforce"
run 'own secrets' "$work/.ssh (SSH"
run 'the project above' "begins above it: $work/project"
run 'the registry' 'npm.test:443'
run 'the remote, which the project names' '(by the project itself)'
run 'the agent' 'seldom run -- claude'
run 'its API' 'seldom grants add --preset anthropic'
run 'its hook' 'PreToolUse hook runs: seldom claim'
[ ! -e "$work/config" ] || { cd "$work" && fail 'it wrote without a yes'; }
[ "$code" = 0 ] || [ "$code" = 1 ] || fail "exit $code"

cd "$work" || exit 1
(cd project/sub && "$seldom" init --json) >out 2>err
json 'what was found' "o[0]['project'] == '$work/project' and \
	{h['host'] for h in o[0]['hosts']} >= {'npm.test', 'code.test'} and \
	[a['command'] for a in o[0]['agents']] == ['claude'] and not o[0]['agents'][0]['granted'] and \
	any(s['path'] == '$work/.ssh' for s in o[0]['secrets'])"
[ "$(find "$work" -newer "$work/bin/claude" -name config -path '*seldom*')" = '' ] || fail 'JSON wrote'

# With a person: answers to the folder, the hosts, the agent's grant.
ask() { # ask ANSWERS: the terminal's lines, in order
	(cd "$work/project/sub" && printf '%b' "$1" |
		SHELL=/bin/sh script -qec "stty -echo; '$seldom' init" /dev/null) >out 2>err
}
ask '/\n\nn\nn\n'
grep -qF 'too wide' out || fail 'all of the disk was taken for a workspace'
[ ! -e config/seldom/config ] || fail 'a refused folder was written'
ask '~/nosuch\n\nn\n'
grep -qF 'cannot be found' out || fail 'a folder that is not there was taken'
npm=$(cd project/sub && "$seldom" init --json | python3 -c 'import json, sys
print([h["n"] for h in json.load(sys.stdin)["hosts"] if h["host"] == "npm.test"][0])')
ask "~/other\\n99 npm $npm\\nn\\nn\\n"
grep -qx "rw = $work/other" config/seldom/config || fail 'the folder is not in the configuration'
[ "$(stat -c %a config/seldom/config)" = 600 ] || fail 'others may read the configuration'
grep -qF "'99' is none of them" out && grep -qF "'npm' is none of them" out || fail 'what is not there was granted'
expect 'the grant' 0 out 'npm.test' -- "$seldom" grants
[ "$(grep -c alive out)" = 1 ] || fail 'more was granted than was said'
(cd project/sub && "$seldom" run --explain -- true) >out 2>err
grep -qF "$work/other" out || fail 'a run does not know the folder'
cp config/seldom/config before
ask '~/project\n\nn\n'
cmp -s before config/seldom/config || fail 'a configuration that was there was changed'
grep -qF "rw = $work/project" out || fail 'it does not say what to add'
ask '\n\ny\ny\n'
(cd project/sub && "$seldom" init --json) >out 2>err
json 'the API is granted' "o[0]['agents'][0]['granted']"
finish
