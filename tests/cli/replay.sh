#!/bin/sh
# What `seldom replay` says of a log, of traces and of a run of its own: the figures of each policy are
# worked out beforehand from what was recorded.
# usage: replay.sh SELDOM FILL-STORE
set -u
seldom=$1 fill=$2
here=$(dirname "$(realpath "$0")")
. "$here/lib.sh"
store_folder
db=$XDG_STATE_HOME/seldom/seldom.db

expect 'nothing recorded yet' 0 out 'asked then         0' -- "$seldom" replay
expect 'a policy that is none' 2 err "'nosuch' is neither a policy nor a file" -- "$seldom" replay --policy nosuch
expect 'a span that is none' 2 err 'no span of time' -- "$seldom" replay --since nosuch

# --- a log: 14 files of maven's cache, nine times one file that was refused thrice and then allowed,
# three times one file of a cache; and a check, which is no question of anybody's
"$fill" "$db" || exit 1
cksum "$db" >before
for policy in ask-always:26:0 scope-only:26:0 exact:19:7 prefix:19:7; do
	name=${policy%%:*} counts=${policy#*:}
	expect "the log by $name" 0 none '' -- "$seldom" replay --policy "$name" --json
	json "$name" 'len(o) == 1 and o[0]["policy"] == "'"$name"'" and o[0]["sessions"] == 2 and o[0]["asked_then"] == 26 \
		and (o[0]["asked_now"], o[0]["avoided"]) == ('"${counts%:*}, ${counts#*:}"') and o[0]["new_questions"] == 0'
done
json 'what spares a question is said' 'o[0]["instead_by"] == {"rule": 7}'
expect 'only what is younger' 0 none '' -- "$seldom" replay --policy ask-always --since 20d --json
json 'three are older' 'o[0]["asked_then"] == 23'

# --- a FILE
expect 'the log by ours' 0 none '' -- "$seldom" replay --json
json 'without a FILE no scope spares a question' '"scope" not in o[0]["instead_by"] and "file" not in o[0]'
printf '[scope]\nrw = /home/ana/.m2\n' >wide
printf '[scope]\nrw = /home/ana/elsewhere\n' >elsewhere
printf '[scope]\nrwx = /home/ana/.m2\n' >wrong
expect 'a FILE that holds the cache' 0 none '' -- "$seldom" replay --policy wide --json
json 'spares all of maven' 'o[0]["instead_by"]["scope"] == 14 and o[0]["file"] == "wide" and o[0]["policy"] == "ours"'
expect 'a FILE is named' 0 out 'ours with wide' -- "$seldom" replay --policy wide
expect 'a FILE that holds something else' 0 none '' -- "$seldom" replay --policy elsewhere --json
json 'spares nothing' '"scope" not in o[0]["instead_by"]'
expect 'a FILE that is wrong' 2 err "unknown key 'rwx'" -- "$seldom" replay --policy wrong
expect 'a folder is no FILE' 2 err 'no regular file' -- "$seldom" replay --policy .
printf '[scope]\nrw = /srv\n' >srv
expect 'a FILE that holds what was refused' 0 out 'deny -> allow (scope)' -- "$seldom" replay --policy srv
expect 'the same as JSON' 0 none '' -- "$seldom" replay --policy srv --json
json 'three answers would have been others' '[(c["then"], c["now"], c["source"]) for c in o[0]["changed"]] \
	== [("deny", "allow", "scope")] * 3'
cksum "$db" | cmp -s - before || fail 'the log was changed'
expect 'the log is whole' 0 none '' -- "$seldom" log --verify

# two runs side by side: their questions alternate
store_folder
"$fill" "$db" tired || exit 1
expect 'sessions that alternate' 0 none '' -- "$seldom" replay --policy scope-only --json
json 'are two all the same' 'o[0]["sessions"] == 2 and o[0]["asked_then"] == 46'

# a log that is none
store_folder
(umask 077 && echo nonsense >"$db")
expect 'a log that is none' 1 err "$db" -- "$seldom" replay

# --- traces: the same work on ten days, another file of one tool's cache each time
day=0
while [ $day -lt 10 ]; do
	cat >day$day.jsonl <<TRACE
{"v":1,"type":"trace","cwd":"/home/u/p","home":"/home/u","project":"/home/u/p","started":$((1767600000000000 + day * 86400000000)),"scope":[{"path":"/home/u/p","mode":"rw"}]}
{"type":"program","p":1,"exe":"/usr/bin/ccache","digest":"aa","package":"ccache","version":"4","verified":true}
{"t":1,"op":"create","p":1,"object":"/home/u/p/x.o","plants":true,"verdict":"allow","source":"scope","tier":0}
{"t":2,"op":"create","p":1,"object":"/home/u/.cache/ccache/a/$day.o","plants":true,"verdict":"ask","source":"person","tier":1}
{"type":"answer","t":3,"allow":true,"question":"abc.1","object":"/home/u/.cache/ccache/a/$day.o"}
{"type":"end","t":4,"exit":0}
TRACE
	day=$((day + 1))
done
expect 'traces without learning' 0 none '' -- "$seldom" replay --policy no-learning --json day*.jsonl
json 'ask each day' '(o[0]["sessions"], o[0]["asked_then"], o[0]["asked_now"], o[0]["avoided"]) == (10, 10, 10, 0)'
expect 'traces with learning' 0 none '' -- "$seldom" replay --json day*.jsonl
json 'ask until it is learned' '3 <= o[0]["asked_now"] <= 5 and o[0]["instead_by"] == {"learned": 10 - o[0]["asked_now"]}'
cp out first
# shellcheck disable=SC2046
expect 'traces in another order' 0 none '' -- "$seldom" replay --json $(ls -r day*.jsonl)
cmp -s out first || fail 'the order on the command line counts'
expect 'traces by a policy that asks of scope, too' 0 none '' -- "$seldom" replay --policy ask-always --json day*.jsonl
json 'two a day' '(o[0]["asked_now"], o[0]["new_questions"], o[0]["avoided"]) == (20, 10, 0)'
sed '4{p;s#/a/0.o#/a/1.o#}' day0.jsonl >twice.jsonl
expect 'two files of one folder' 0 out 'by one answer' -- "$seldom" replay --policy scope-only twice.jsonl
expect 'the same as JSON' 0 none '' -- "$seldom" replay --policy scope-only --json twice.jsonl
json 'are one question' '(o[0]["asked_then"], o[0]["asked_now"], o[0]["avoided"]) == (2, 1, 1) \
	and o[0]["instead_by"] == {"person": 1}'
sed 's/"allow":true/"allow":false/' day0.jsonl >denied.jsonl
printf '[scope]\nrw = /home/u/.cache/ccache\n' >cache
expect 'an answer that would have been another' 0 out 'deny -> allow (scope)  /usr/bin/ccache create /home/u/.cache' -- \
	"$seldom" replay --policy cache denied.jsonl
expect 'the same answer' 0 none '' -- "$seldom" replay --json denied.jsonl
json 'stays a denial' 'o[0]["asked_now"] == 1 and o[0]["changed"] == []'
(sed 1q day0.jsonl && echo nonsense) >bad.jsonl
expect 'a line that is none' 1 err 'line 2 is no trace' -- "$seldom" replay day0.jsonl bad.jsonl
sed 's#"/home/u/.cache/ccache/a/0.o"#"lies-nowhere"#' day0.jsonl >bad.jsonl
expect 'an object in no folder' 1 err 'line 4 is no trace' -- "$seldom" replay bad.jsonl
sed 's/"v":1/"v":2/' day0.jsonl >bad.jsonl
expect 'a newer trace' 1 err 'of a newer seldom' -- "$seldom" replay bad.jsonl
expect 'a trace that is not there' 1 err "Cannot read 'nosuch.jsonl'" -- "$seldom" replay nosuch.jsonl
printf '%s\n' '{"v":1,"type":"trace"}' \
	'{"op":"create","object":"/srv/x\u001b[2J\u202e","verdict":"ask","source":"person","tier":1}' \
	'{"type":"answer","t":3,"allow":false,"object":"/srv/x\u001b[2J\u202e"}' >evil.jsonl
expect 'names that break terminals' 0 out 'deny -> allow (scope)' -- "$seldom" replay --policy srv evil.jsonl

# --- a run of its own, answered by a script; its log and its trace say the same
own=$(mktemp -d "${SELDOM_SCRATCH:-/var/cache}/seldom-replay-XXXXXX" 2>/dev/null)
[ -n "$own" ] || left_out 'a run of its own: no folder for it (set SELDOM_SCRATCH)'
# shellcheck disable=SC2154 # work: lib.sh
trap 'rm -rf "$work" "$own"' EXIT
mkdir -p "$own/p/.git" "$own/.cache/tool" "$own/other"
export HOME="$own" XDG_STATE_HOME="$own/state" XDG_CONFIG_HOME="$own/config"
cat >script <<'SCRIPT'
{"match":{"object":"*/.cache/tool/*"},"answer":"allow","rung":0,"for":"once"}
{"match":{"object":"*/other/*"},"answer":"deny"}
SCRIPT
"$seldom" answer --script script >answers 2>&1 &
answering=$!
(cd "$own/p" && "$seldom" run --no-popup --ask-timeout 20 --record "$work/own.jsonl" -- \
	sh -c 'touch ../.cache/tool/x; touch ../.cache/tool/y; touch ../other/f; touch in-scope') >out 2>err </dev/null
code=$?
kill $answering 2>/dev/null
wait $answering 2>/dev/null
[ $code != 125 ] || fail 'the run did not begin'
if [ ! -e "$own/.cache/tool/y" ] || [ -e "$own/other/f" ] || [ ! -e "$own/p/in-scope" ]; then
	fail "the run was answered otherwise"
fi
printf '[scope]\nrw = %s/other\n' "$own" >wide
for from in '' own.jsonl; do
	expect "its ${from:-log}, asked always" 0 none '' -- "$seldom" replay --policy no-learning --json $from
	json "three were asked: ${from:-log}" 'o[0]["sessions"] == 1 and o[0]["asked_then"] == 3 and o[0]["changed"] == []'
	expect "its ${from:-log} with a FILE" 0 none '' -- "$seldom" replay --policy wide --json $from
	json "the denial would not have been: ${from:-log}" 'o[0]["instead_by"]["scope"] == 1 \
		and [(c["then"], c["now"], c["object"]) for c in o[0]["changed"]] == [("deny", "allow", "'"$own"'/other/f")]'
done

finish
