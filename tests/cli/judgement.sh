#!/bin/sh
# What people see of judgement: stats, digest, rules, on a store filled with weeks of use and with
# names made to break pages, tables and monitors.
# usage: judgement.sh SELDOM FILL-STORE
set -u
seldom=$1 fill=$2
here=$(dirname "$(realpath "$0")")
. "$here/lib.sh"
store_folder

# --- nothing yet
expect 'no statistics yet' 0 out 'learned wrongly' -- "$seldom" stats
expect 'no statistics yet, as JSON' 0 none '' -- "$seldom" stats --json
json 'no sensitivity' 'o[0]["fatigue_now"]["sensitivity"]["d_prime"] is None'
json 'no hour, no rate' 'o[0]["questions_per_hour"]["rate"] is None'
expect 'no digest yet' 0 out 'Nothing that was learned' -- "$seldom" digest
expect 'no digest yet, as JSON' 0 none '' -- "$seldom" digest --json
[ ! -s out ] || fail 'no row is no line'
expect 'nothing to mark' 1 err 'No learned allow and no answer 1 ' -- "$seldom" digest --flag 1
expect 'a page about nothing' 0 out '<!DOCTYPE html>' -- "$seldom" stats --html -

"$fill" "$XDG_STATE_HOME/seldom/seldom.db" || exit 1

# --- statistics
expect 'statistics' 0 out 'hardly read' -- "$seldom" stats
[ "$(wc -L <out)" -le 80 ] || fail 'statistics are wider than 80 columns'
expect 'statistics as JSON' 0 none '' -- "$seldom" stats --json
json 'the shape of statistics' 'len(o) == 1 and o[0]["questions"]["asked"] == 26 and \
	o[0]["fatigue_now"]["state"] == "FRESH" and o[0]["guarantee"]["upper"] == 1.0'
for by in project program week; do
	expect "statistics by $by" 0 out 'ASKED' -- "$seldom" stats --by $by
	expect "statistics by $by as JSON" 0 none '' -- "$seldom" stats --by $by --json
	json "rows by $by" 'len(o) >= 2 and all("asked" in r for r in o)'
	expect "statistics by $by, plain" 0 none '' -- "$seldom" stats --by $by --plain
done
expect 'no percentage below 20 cases' 0 out '14 of 14 (95 %' -- "$seldom" stats --by program --plain
! grep -q '100 %, 14' out || fail 'a percentage of 14 cases'
expect 'statistics by what is not there' 2 err "none of project" -- "$seldom" stats --by moon
expect 'a page' 0 none '' -- "$seldom" stats --html page.html
python3 "$here/check_page.py" html page.html >out 2>&1 || fail 'the page'
[ "$(stat -c %a page.html)" = 600 ] || fail 'a page that others can read'
expect 'a file for a monitor' 0 none '' -- "$seldom" stats --prometheus seldom.prom
python3 "$here/check_page.py" prometheus seldom.prom >out 2>&1 || fail 'the file for a monitor'
[ "$(stat -c %a seldom.prom)" = 644 ] || fail 'a file that the monitor cannot read'
for left in seldom.prom.*; do
	[ ! -e "$left" ] || fail 'a temporary file is left'
done
echo old >kept
ln -s kept link
expect 'a page where a link was' 0 none '' -- "$seldom" stats --html link
[ "$(cat kept)" = old ] || fail 'the link was followed'
mkfifo pipe
expect 'a page where something else is than a file' 1 err "Cannot write 'pipe'" -- "$seldom" stats --html pipe
[ -p pipe ] || fail 'a pipe was replaced'
ln -s pipe link2
expect 'the same through a link' 1 err "Cannot write 'link2'" -- "$seldom" stats --prometheus link2
[ -L link2 ] || fail 'a link to a pipe was replaced'
expect 'a page that cannot be written' 1 err "Cannot write 'no/where'" -- "$seldom" stats --html no/where

# --- the digest
expect 'a digest as a list' 0 out 'seldom digest --flag' -- "$seldom" digest
expect 'a digest as JSON' 0 none '' -- "$seldom" digest --json
json 'ten are drawn' 'sum(r["sampled"] for r in o) == 10 and len({r["action"] for r in o}) == len(o)'
cp out first
"$seldom" digest --json >out 2>err
cmp -s out first || fail 'another draw when asked again'
drawn=$(python3 -c 'import json; print(next(json.loads(l)["action"] for l in open("first") if json.loads(l)["sampled"]))')
for bad in '' ',' x 1,x 1,,-2; do
	expect "numbers '$bad'" 2 err 'digest:' -- "$seldom" digest --flag "$bad"
done
expect 'a number that is not there' 1 err 'No learned allow and no answer 99999' -- "$seldom" digest --flag "$drawn,99999"
expect 'nothing of that was kept' 0 none '' -- "$seldom" digest --json
cmp -s out first || fail 'half of a list was kept'
expect 'a label' 0 none '' -- "$seldom" digest --harmful "$drawn" --json
json 'one of one' 'o[0]["labelled"] == 1 and o[0]["before"]["labels"] == 0 and o[0]["before"]["upper"] == 1.0 \
	and o[0]["after"]["labels"] == 1 and o[0]["after"]["flags"] == 1 and o[0]["after"]["harmful"] == 1'
expect 'a second time' 1 err "No learned allow and no answer $drawn " -- "$seldom" digest --flag "$drawn"
twice=$("$seldom" digest --json | python3 -c 'import json, sys; print(json.loads(sys.stdin.readline())["action"])')
expect 'named twice, labelled once' 0 none '' -- "$seldom" digest --flag "$twice,$twice" --harmful "$twice" --json
json 'as the graver of the two' 'o[0]["labelled"] == 1 and o[0]["after"]["harmful"] - o[0]["before"]["harmful"] == 1'
expect 'the others still wait' 0 none '' -- "$seldom" digest --json
json 'ten others are drawn' 'sum(r["sampled"] for r in o) == 10 and all(r["action"] not in ('"$drawn, $twice"') for r in o)'
expect 'statistics know it' 0 out '2 of 2 (95 %' -- "$seldom" stats
expect 'a digest of no session' 1 err 'no session' -- "$seldom" digest --session nosuch

expect 'a flag takes the offer of its folder back' 0 out 'Nothing to propose' -- "$seldom" rules proposals --all

# --- rules
store_folder
"$fill" "$XDG_STATE_HOME/seldom/seldom.db" || exit 1
expect 'rules worth a second look' 0 out 'seldom rules revoke 1' -- "$seldom" rules review
expect 'the same as JSON' 0 none '' -- "$seldom" rules review --json
json 'findings' 'any(r["finding"] == "never-used" and r["id"] == 1 for r in o) \
	and [r for r in o if r["finding"] == "decayed"][0]["object"] == "/home/ana/.cache/old"'
expect 'proposals' 0 out 'would have answered 14 of your last 14' -- "$seldom" rules proposals
grep -qF 'would newly allow: changes below /home/ana/.m2/repository only' out || fail 'what it would allow'
grep -qF /srv/ out && fail 'a proposal for a place of the system'
expect 'proposals as JSON' 0 none '' -- "$seldom" rules proposals --json
json 'one proposal' 'len(o) == 1 and o[0]["would"] == 14 and o[0]["of"] == 14 and o[0]["acceptable"] \
	and o[0]["folder"] == "/home/ana/.m2/repository" and o[0]["state"] == "new"'
id=$(sed -n 's/.*"id":"\([a-z]*\)".*/\1/p' out)
expect 'a proposal that is not there' 1 err "no proposal 'nosuch'" -- "$seldom" rules accept nosuch
expect 'a word that is none' 2 err 'rules:' -- "$seldom" rules grant "$id"
expect 'an id is needed' 2 err 'rules:' -- "$seldom" rules accept
expect 'to decline' 0 out "declined $id" -- "$seldom" rules decline "$id"
expect 'a declined one is not offered' 0 out 'Nothing to propose' -- "$seldom" rules proposals
expect 'but listed' 0 out '(declined)' -- "$seldom" rules proposals --all
expect 'to accept after all' 0 none '' -- "$seldom" rules accept "$id" --json
json 'what was accepted' 'o[0]["accepted"] == "'"$id"'" and o[0]["rule"] == 2 and o[0]["folder"] == "/home/ana/.m2/repository"'
expect 'a second time' 1 err 'no proposal' -- "$seldom" rules accept "$id"
expect 'it is a rule' 0 none '' -- "$seldom" rules --json
json 'for 30 days, of any program, one tree' 'any(r["id"] == 2 and r["kind"] == "tree" and r["decision"] == "allow" \
	and r["object"] == "/home/ana/.m2/repository" and not r.get("exe") and r["state"] == "alive" \
	and 29 < (r["expires_unix"] - r["created_unix"]) / 86400 < 31 for r in o)'
expect 'to revoke it' 0 out 'revoked rule 2' -- "$seldom" rules revoke 2
expect 'what was revoked is not offered again' 0 out 'Nothing to propose' -- "$seldom" rules proposals --all
expect 'and cannot be accepted' 1 err 'no proposal' -- "$seldom" rules accept "$id"
expect 'the store is whole' 0 none '' -- "$seldom" log --verify

# --- whether questions are told from checks
store_folder
"$fill" "$XDG_STATE_HOME/seldom/seldom.db" watched || exit 1
expect 'too little' 0 out 'too little: 20 checks and 19 benign questions of 20 each' -- "$seldom" stats
expect 'answers in the digest' 0 none '' -- "$seldom" digest --json
json 'two of them, and ten learned' 'sum(r["sampled"] for r in o) == 10 and \
	sorted(r["answer"] for r in o if r["answer"]) == ["allow", "deny"] and not any(r["sampled"] for r in o if r["answer"])'
denied=$(python3 -c 'import json; print(next(r["action"] for r in map(json.loads, open("out")) if r["answer"] == "deny"))')
expect 'a denial that was wrong' 0 none '' -- "$seldom" digest --harmful "$denied" --json
json 'is no label of what was learned' 'o[0]["labelled"] == 1 and o[0]["after"]["labels"] == o[0]["before"]["labels"] == 0'
expect 'sensitivity' 0 out "d' 1.97, c -0.19" -- "$seldom" stats
cp out shown
grep -q '18 of 20 checks caught, 4 of 20 benign questions denied' out || fail 'the counts of it'
expect 'sensitivity as JSON' 0 none '' -- "$seldom" stats --json
json 'and the bound is as it was' 'abs(o[0]["fatigue_now"]["sensitivity"]["d_prime"] - 1.9714) < 1e-4 and \
	o[0]["guarantee"]["labels"] == 0 and o[0]["guarantee"]["upper"] == 1.0'
json 'how much is new' '[(n["project"], n["questions"]) for n in o[0]["novelty"]][0] == ("/home/ana/app", 38) and \
	[(r["of"], round(r["new"], 4)) for r in o[0]["novelty"][0]["rungs"][:2]] == [(38, round(14 / 38, 4)), (38, 0)]'
grep -q 'too little: 9 questions of 20' shown || fail 'a share of nine'
grep -q 'about 0 of the next 100 questions will be new; from 38' shown || fail 'how much is new, in words'
expect 'a second time' 1 err 'no answer' -- "$seldom" digest --flag "$denied"
expect 'the draw is as it was' 0 none '' -- "$seldom" digest --json
json 'but for the answer' 'sum(r["sampled"] for r in o) == 10 and [r["answer"] for r in o if r["answer"]] == ["allow"]'
expect 'labels of answers are in the chain' 0 none '' -- "$seldom" log --verify

# --- somebody who is tired
store_folder
"$fill" "$XDG_STATE_HOME/seldom/seldom.db" tired || exit 1
expect 'statistics of the tired' 0 none '' -- "$seldom" stats --json
json 'is not fresh' 'o[0]["fatigue_now"]["state"] != "FRESH"'
expect 'nothing is accepted' 0 out 'None can be accepted now' -- "$seldom" rules proposals
id=$(sed -n '1s/ .*//p' out)
expect 'really not' 1 err 'Not accepted now. fatigue:' -- "$seldom" rules accept "$id"
expect 'and left no rule' 0 none '' -- "$seldom" rules --json
json 'one rule, the old one' 'len(o) == 1'
expect 'to decline is always possible' 0 out "declined $id" -- "$seldom" rules decline "$id"

finish
