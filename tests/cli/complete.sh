#!/bin/bash
# What can follow on a command line, as `seldom complete` says it and as the shells show it. The
# tables that make the commands make this too, so each command and each option must be there.
# usage: complete.sh SELDOM COMPLETIONS
set -u
seldom=$1 scripts=$2
here=$(dirname "$(realpath "$0")")
. "$here/lib.sh"
mkdir -p "$work/folder" && touch "$work/file"
PATH=$(dirname "$seldom"):$PATH && export PATH

# every command, as the overview has it, and every option, as its --help has it
"$seldom" --help >overview
expect 'the commands' 0 out run -- "$seldom" complete ''
cut -f1 out >found
sed -n 's/^  \([a-z]\{1,10\}\)  *[a-z].*/\1/p' overview >wanted
cmp -s found wanted && [ -s found ] || fail "the commands are not those of the overview"
for command in $(cat wanted); do
	"$seldom" "$command" --help | sed -n 's/^  \(-., \)\{0,1\}\(--[a-z-]*\) .*/\2/p' | sort >wanted.options
	"$seldom" complete "$command" -- 2>&1 | cut -f1 | grep -v '^--help$' | sort >found.options
	cmp -s wanted.options found.options || fail "the options of '$command' are others than in its help"
done
"$seldom" complete log -- | grep -q '^--session' ||
	fail 'no options at all'

# values and places
row() { # row WANTED WORD...
	local wanted=$1
	shift
	"$seldom" complete "$@" >out 2>err
	[ "$(cut -f1 out | paste -sd' ')" = "$wanted" ] || fail "after '$*': not '$wanted'"
}
row ':dirs' run --rw ''
row ':files' run --summary ''
row ':command' run -- ''
row ':command' run --rw x make ''
row ':ids sessions --all' log --session ''
row ':ids pending' answer ''
row 'allow deny' answer abc.1 ''
row 'allow deny' answer --rung 2 abc.1 ''
row ':ids rules' rules revoke ''
row '' rules revoke 1 ''
row '' nosuch ''
row '' nosuch --x

# bash
# shellcheck source=/dev/null
. "$scripts/seldom.bash"
tab() { # tab WANTED WORD...: what bash offers for the last one
	local wanted=$1
	shift
	COMP_WORDS=(seldom "$@") COMP_CWORD=$#
	: >err
	_seldom seldom "${!#}" 2>err
	printf '%s\n' "${COMPREPLY[@]}" | paste -sd' ' >out
	[ "$(cat out)" = "$wanted" ] || fail "bash, after '$*': not '$wanted'"
}
compopt() { :; } # there is no completion going on
tab 'replay' rep
tab '--session --since' log --s
tab 'folder' run --rw fold
tab 'file' replay fil
tab 'review revoke' rules rev
tab 'deny' answer x d
tab '' answer ''

for shell in zsh fish; do
	script=$scripts/$([ $shell = zsh ] && echo _seldom || echo seldom.fish)
	if command -v $shell >/dev/null; then
		expect "$shell reads its script" 0 none '' -- $shell -n "$script"
	else
		without="${without-}${without:+, }$shell"
	fi
done
if command -v fish >/dev/null; then
	fish -c "source $scripts/seldom.fish; complete -C 'seldom rules rev'" >out 2>err
	[ "$(cut -f1 out | paste -sd' ')" = 'review revoke' ] || fail 'fish: not review and revoke'
fi
[ -z "${without-}" ] || left_out "not here: $without"
finish
