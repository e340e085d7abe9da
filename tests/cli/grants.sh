#!/bin/sh
# `seldom grants`: what may be asked of hosts, and the configuration of the network.
# usage: grants.sh SELDOM
set -u
seldom=$1
here=$(dirname "$(realpath "$0")")
. "$here/lib.sh"
mkdir -p "$work/config/seldom" "$work/project/.git" && chmod 700 "$work/config" "$work/config/seldom"

# nothing yet
expect 'no grants' 0 out 'No grant is in force' -- "$seldom" grants
expect 'the same in JSON' 0 none '' -- "$seldom" grants list --json
[ ! -s out ] || fail 'a grant out of nowhere'

# adding: one of three ways, once
for words in '' '--preset git --known 1' '--known 1 x' '--host git.test x'; do
	# shellcheck disable=SC2086 # words
	expect "add $words" 2 err "Try 'seldom grants --help'" -- "$seldom" grants add $words
done
expect 'options of add without it' 2 err 'go with add' -- "$seldom" grants list --for 30d
expect 'a word that is none' 2 err 'list, known, add' -- "$seldom" grants frobnicate
expect 'a preset that is none' 1 err "No preset 'nosuch'" -- "$seldom" grants add --preset nosuch
expect 'git at no host' 1 err '--host HOST[:PORT] goes with' -- "$seldom" grants add --preset git
expect 'an API at a host' 1 err '--host HOST[:PORT] goes with' -- "$seldom" grants add --preset openai --host a.test
for term in 0 0d 2000-01-01 2027-02-30 9999-01-01 367d soon ''; do
	expect "for '$term'" 2 err '--for' -- "$seldom" grants add --for "$term" 'grant a host a.test; http GET /'
done
for grant in '' 'grant' 'grant a host *.com; http GET /' 'grant a host a.test; http GET /a/../b' \
	'grant a host a.test; opaque yes; http GET /' 'grant a host a.test; frobnicate yes'; do
	expect "the grant '$grant'" 1 err 'seldom' -- "$seldom" grants add "$grant"
done
expect 'roots in a rule' 1 err 'roots are for the file' -- \
	"$seldom" grants add 'grant a host a.test; http GET /; roots /etc/x.pem'
expect 'one that is over' 1 err 'over already' -- \
	"$seldom" grants add 'grant a host a.test; http GET /; expires 2020-01-01'
expect 'nothing was kept of all that' 0 out 'No grant is in force' -- "$seldom" grants
expect 'for a run where none is' 1 err 'No run took it' -- \
	"$seldom" grants add --for session 'grant a host a.test; http GET /'

# what was added is there, in words, as a rule, and says when it ends
expect 'a grant' 0 out 'rule 1: GET of api.example.test/v1/*, any query' -- \
	"$seldom" grants add 'grant web host api.example.test; http GET /v1/*; query *'
expect 'a preset' 0 out 'git.example.test/*/info/refs' -- \
	"$seldom" grants add --preset git --host git.example.test --for 7d
expect 'in JSON' 0 none '' -- "$seldom" grants add --json --for 2w 'grant j host j.test; http POST /j'
json 'what was added' 'o[0]["added"] == "j" and o[0]["rule"] == 3 and o[0]["words"] == "POST of j.test/j"'
expect 'its own end is sooner' 0 none '' -- "$seldom" grants add --json --for 30d 'grant k host k.test; http GET /; expires 1d'
json 'ends when it says' 'o[0]["expires_unix"] < __import__("time").time() + 2 * 86400'
expect 'a credential, from the home' 0 err 'start them anew' -- \
	"$seldom" grants add 'grant c host c.test; http GET /; credential file:~/keys/c; in header:x-key'
expect 'its place is kept as it was written' 0 out 'file:~/keys/c' -- "$seldom" rules
expect 'taken back' 0 out 'revoked' -- "$seldom" grants revoke 5
expect 'a name that is no ASCII' 0 out 'xn--bcher-kva.test' -- "$seldom" grants add 'grant u host xn--bcher-kva.test; http GET /'
expect 'the list' 0 none '' -- "$seldom" grants --json
json 'all are there' '[r["id"] for r in o] == [1, 2, 3, 4, 6] and all(r["state"] == "alive" and r["from"] == "command" and r["kind"] == "host" for r in o)'
json 'a line that reads back' 'o[0]["object"].startswith("grant web host api.example.test; http GET /v1/*")'
expect 'among the rules' 0 out 'grant web host' -- "$seldom" rules
expect 'a line per grant' 0 none '' -- "$seldom" grants --plain
[ "$(wc -l <out)" = 5 ] || fail 'plain: one line a grant'

# taking back
expect 'revoke' 0 out 'revoked rule 1' -- "$seldom" grants revoke 1
expect 'revoke again' 1 err 'There is no rule 1 in force' -- "$seldom" grants revoke 1
expect 'revoke what is no number' 2 err 'seldom grants --help' -- "$seldom" grants revoke web
expect 'it is gone' 0 none '' -- "$seldom" grants --json
json 'the others are left' '[r["id"] for r in o] == [2, 3, 4, 6]'
expect 'and is remembered' 0 none '' -- "$seldom" grants --all --json
json 'as revoked' '[r["id"] for r in o if r["state"] == "revoked"] == [1, 5]'

# the file of the user's own
printf 'grant mine {\n  host mine.test\n  http GET /x\n}\n' >"$work/config/seldom/grants"
expect 'with its file and line' 0 none '' -- "$seldom" grants --json
json 'one more' 'any(r.get("name") == "mine" and r["id"] is None and ":1" in r["from"] for r in o)'
printf 'grant mine {\n  host mine.test\n  htp GET /x\n}\n' >"$work/config/seldom/grants"
expect 'a mistake in it' 1 err 'grants:3: ' -- "$seldom" grants
rm "$work/config/seldom/grants"

# what is known
cd "$work/project" || exit 1
printf 'registry=https://npm.example.test/root/\n' >.npmrc
printf '[remote "origin"]\n\turl = https://user:geheim@git.example.test/a/b.git\n' >.git/config
expect 'known hosts' 0 none '' -- "$seldom" grants known --json
json 'both, from the project' '{r["host"]: r["tool"] for r in o if r["project"]} == {"npm.example.test": "npm", "git.example.test": "git"}'
! grep -q geheim out err || fail 'a password of a remote is shown'
n=$(python3 -c 'import json, sys
print([r["n"] for r in map(json.loads, sys.stdin) if r["host"] == "npm.example.test"][0])' <out)
expect 'by its number' 0 out 'npm.example.test/root/' -- "$seldom" grants add --known "$n"
expect 'by its name' 0 out 'git.example.test/a/b' -- "$seldom" grants add --known git.example.test
expect 'one that is not known' 1 err "'elsewhere.test'" -- "$seldom" grants add --known elsewhere.test
expect 'a number too high' 1 err "'999'" -- "$seldom" grants add --known 999
cd "$work" || exit 1

# hostile words come back as text
bad=$(printf 'a\033[2Jb')
expect 'hostile grant' 1 none '' -- "$seldom" grants add "$bad"
expect 'hostile preset' 1 none '' -- "$seldom" grants add --preset "$bad"
expect 'hostile name' 1 none '' -- "$seldom" grants add --known "$bad"
expect 'hostile term' 2 none '' -- "$seldom" grants add --for "$bad" x
finish
