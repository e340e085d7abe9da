#!/bin/sh
# Exit codes and words of `seldom` and `seldom run`, where no boundary is needed.
# usage: front.sh SELDOM FAKE_SELDOM   (the second one's broker is the fake of tests/screen)
set -u
seldom=$1 fake=$2
here=$(dirname "$(realpath "$0")")
page=$here/../../docs/seldom.1.scd
. "$here/lib.sh"

expect 'help' 0 out 'Example: seldom run' -- "$seldom" --help
expect 'version' 0 out 'seldom ' -- "$seldom" --version
expect 'an unknown command' 2 err "unknown command 'nosuch'" -- "$seldom" nosuch
expect 'a command that is no file name' 2 err "unknown command '../run'" -- "$seldom" ../run
# what was typed comes back as text, never as an order to the terminal
bad=$(printf 'a\033[2Jb\nc')
quoted() { # quoted WORDS...: what it says quotes `bad`
	"$seldom" "$@" </dev/null >out 2>err
	grep -qF 'a\x1B[2Jb\x0Ac' err || fail "$1: does not say what it means"
	! grep -q "$(printf '\033')" err || fail "$1: an escape sequence reaches the terminal"
}
quoted "$bad"
quoted "--$bad"
quoted explain "$bad"
quoted log --session "$bad"
quoted undo --session "$bad"
quoted replay "$bad"
quoted replay --policy "$bad"
quoted stats --by "$bad"
quoted stats --since "$bad"
quoted digest --flag "$bad"
quoted rules accept "$bad"
quoted run --ask-timeout "$bad" -- true
expect 'the help of run' 0 out 'Example: seldom run' -- "$seldom" run --help
lines=$("$seldom" run --help | wc -l)
[ "$lines" -le 24 ] || fail "the help of run has $lines lines"
# the man page names every command, and every option that a command's help names
for command in $("$seldom" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p'); do
	grep -q "^\*${command}[* ]" "$page" || fail "the man page does not know '$command'"
	for option in $("$seldom" "$command" --help | grep -o '^ *\(-., \)\?--[a-z-]*' | grep -o -e '--.*'); do
		[ "$option" = --help ] || grep -qe "$option" "$page" || fail "the man page does not know $command $option"
	done
done
expect 'help to a full disk' 1 err 'Cannot write' -- sh -c '"$1" --help >/dev/full' sh "$seldom"

# what a status bar calls every few seconds: nothing to say is no error
mkdir -m 700 nobody
XDG_RUNTIME_DIR=$PWD/nobody "$seldom" status >out 2>err || fail 'status fails where nothing runs'
[ ! -s out ] && [ ! -s err ] || fail "status says something where nothing runs: $(cat out err)"
expect 'the status of no run' 1 err "No session 'nosuch'" -- env XDG_RUNTIME_DIR="$PWD/nobody" "$seldom" status --session nosuch
expect 'an unknown option of status' 2 err "'--nosuch'" -- "$seldom" status --nosuch

# run: everything that ends before the command started is 125
expect 'no command' 125 err 'a command is needed' -- "$seldom" run
expect 'no command after --' 125 err 'a command is needed' -- "$seldom" run --
expect 'an unknown option' 125 err "'--nosuch'" -- "$seldom" run --nosuch -- touch ran
expect 'an option without its value' 125 err '--rw needs DIR' -- "$seldom" run --rw
expect 'an empty value' 125 err 'empty value' -- "$seldom" run --rw= -- touch ran
expect 'a time-out that is no number' 125 err "'5s' is not a number" -- \
	"$seldom" run --ask-timeout 5s -- touch ran
expect 'a time-out beyond a day' 125 err 'above 86400' -- "$seldom" run --ask-timeout 86401 -- touch ran
expect 'no time at all' 125 err 'at least one second' -- "$seldom" run --ask-timeout 0 -- touch ran
expect 'a summary in a folder that is not there' 125 err "Cannot write the summary to 'no/where'" -- \
	"$seldom" run --summary no/where -- touch ran
expect 'a summary that is a folder' 125 err 'Is a directory' -- "$seldom" run --summary . -- touch ran
ln -s elsewhere link
expect 'a summary through a link' 125 err "'link'" -- "$seldom" run --summary link -- touch ran
[ ! -e elsewhere ] || fail 'the link was followed'
cp "$seldom" alone
expect 'no broker beside it' 125 err "Cannot find 'seldom-broker'" -- ./alone run -- touch ran
[ ! -e ran ] || fail 'something was run after all'

# run: the command's own end, passed on by the front
expect 'the own status' 7 none '' -- "$fake" run -- sh -c 'exit 7'
expect 'options after the command are its own' 0 out '--help' -- "$fake" run -- echo --help
expect 'a signal' 143 none '' -- "$fake" run -- sh -c 'kill -TERM $$'
expect 'no such command' 127 none '' -- "$fake" run -- ./nosuch
expect 'a folder as command' 126 none '' -- "$fake" run -- "$work"
expect 'the broker refuses to start' 125 err 'no user namespaces' -- env FAKE_FAIL=1 "$fake" run -- touch ran
[ ! -e ran ] || fail 'a failed set-up ran the command'
expect 'the broker dies' 137 err 'the broker ended' -- env FAKE_DIE=1 "$fake" run -- sleep 1
expect 'nobody is there to ask' 1 none '' -- env FAKE_TIER=2 FAKE_TIMEOUT_MS=300 "$fake" run -- touch ran
[ ! -e ran ] || fail 'an unanswered question ran the command'
[ ! -s out ] && [ ! -s err ] || fail 'no terminal, yet something was shown'

# descriptors: passed as they are, and no other
printf 'in' >in
"$fake" run -- sh -c 'cat; echo two >&2' <in >out 2>err
[ "$(cat out)" = in ] && [ "$(cat err)" = two ] || fail 'the streams are not the ones we have'
"$fake" run -- sh -c 'ls -l /proc/self/fd' 3<in 9<in </dev/null >out 2>err
! grep -q "$work/in" out || fail 'a descriptor of the caller leaks in'
"$fake" run -- sh -c 'echo closed' <&- 2>&- >out
[ "$(cat out)" = closed ] || fail 'closed streams are survived'
(trap '' HUP; "$fake" run -- sh -c 'kill -HUP $$; echo alive') </dev/null >out 2>err
[ "$(cat out)" = alive ] || fail 'an ignored signal stays ignored'

# the summary
expect 'a summary on stdout' 3 out '"v":1' -- "$fake" run --summary /dev/stdout -- sh -c 'echo first; exit 3'
[ "$(head -1 out)" = first ] || fail 'the summary overwrote the output'
echo 'an old and much longer text that must not be left behind, not even in part: xxxxxxxxxxxxxxxx\
xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' >old
expect 'a summary over an old file' 0 none '' -- "$fake" run --summary old -- true
! grep -q xxx old || fail 'the old summary shines through'
expect 'a summary of a broker that died' 137 none '' -- env FAKE_DIE=1 "$fake" run --summary died -- sleep 1
grep -q '"exit":137' died || fail 'no word about the end of the broker'
expect 'a summary to a full disk keeps the own status' 5 err 'Cannot write the summary' -- \
	"$fake" run --summary /dev/full -- sh -c 'exit 5'

finish
