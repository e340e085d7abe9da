# shellcheck shell=bash disable=SC2207 # split on purpose, at line ends only
# Asks seldom itself what can follow: seldom complete --help
_seldom() {
	local cur=${COMP_WORDS[COMP_CWORD]} line word IFS=$'\n'
	COMPREPLY=()
	while read -r line; do
		word=${line%%$'\t'*}
		case $line in
		:files) compopt -o filenames; COMPREPLY+=($(compgen -f -- "$cur")) ;;
		:dirs) compopt -o filenames; COMPREPLY+=($(compgen -d -- "$cur")) ;;
		:command)
			if declare -F _command_offset >/dev/null; then
				local at=2
				while [ "$at" -lt "$COMP_CWORD" ] && [ "${COMP_WORDS[at-1]}" != -- ]; do
					at=$((at + 1))
				done
				IFS=$' \t\n' _command_offset "$at"
				return
			fi
			compopt -o filenames
			COMPREPLY+=($(compgen -c -f -- "$cur")) ;;
		:ids*)
			local ids; IFS=$' \n' read -r -a ids <<<"${line#:ids }"
			COMPREPLY+=($(compgen -W "$("$1" "${ids[@]}" --plain 2>/dev/null | cut -f1)" -- "$cur")) ;;
		*) [[ $word == "$cur"* ]] && COMPREPLY+=("$word") ;;
		esac
	done < <("$1" complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _seldom seldom
