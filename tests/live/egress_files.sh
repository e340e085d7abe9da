#!/usr/bin/env bash
# Files that grants name as credentials: hidden from the program, never where it could replace them.
. "$(dirname -- "${BASH_SOURCE[0]}")/work/lib.bash"
project=$work/project
keys=$work/keys
config=$work/.config/seldom
mkdir -p "$project" "$keys" "$config"
chmod 700 "$work/.config" "$config" "$keys"
value=real-value-$$
echo "$value" >"$keys/api" && chmod 600 "$keys/api"
echo "$value" >"$keys/other" && chmod 600 "$keys/other"
ask_timeout=1

grants() { # grants FILE: the one grant there is
	printf 'grant api {\n  host api.test\n  http GET /*\n  credential file:%s\n  in header:x-api-key\n}\n' "$1" \
		>"$config/grants"
}
# shellcheck disable=SC2016 # for the inner shell
client() { # client FILE: what a program learns; its grant is known by the phantom
	inside "$project" sh -c 'echo "${SELDOM_CREDENTIAL_API:+phantom}"; cat "$1"' sh "$1" >"$work/out" 2>"$work/err" </dev/null
}
refused() { # refused WORDS TEXT: nothing was run, and it is said why
	equal "$1" '' "$(cat "$work/out")"
	check "and that is said: $2" grep -qF -- "$2" "$work/err"
	check 'with the grant and the file' grep -q "grant api: .*'/" "$work/err"
}

# --- readable ------------------------------------------------------------------------------------------

grants "$keys/api"
client "$keys/other"
equal 'a file that no grant names is read, and the grant is there' "phantom $value" "$(tr '\n' ' ' <"$work/out" | sed 's/ $//')"
client "$keys/api"
equal 'the one of the grant is not, and the grant is there' phantom "$(cat "$work/out")"
if [ -r /dev/fuse ] && [ -w /dev/fuse ]; then
	equal 'it was asked about' 1 "$(summary questions.asked)"
else
	leave_out 'the question about it: no /dev/fuse for this user'
fi
ln "$keys/api" "$project/linked"
client "$project/linked"
equal 'nor by another name that the workspace has for it' phantom "$(cat "$work/out")"
rm "$project/linked"
run_options=(--rw "$work/elsewhere")
mkdir -p "$work/elsewhere/below"
# shellcheck disable=SC2016
inside "$project" sh -c 'echo x >"$1"; mv "$1" "$1.old"; rm -f "$1"; mv "$2" "$2.old"' sh "$keys/api" "$keys" >"$work/out" 2>"$work/err" </dev/null
run_options=()
equal 'nor is it changed, moved or replaced, and its folder neither' "$value" "$(cat "$keys/api")"

# --- writable ------------------------------------------------------------------------------------------

mkdir -m 700 "$project/keys"
cp -p "$keys/api" "$project/keys/api"
grants "$project/keys/api"
client /dev/null
refused 'in the folder that it works in' 'lies where the program may write'
grants "$project/keys/absent"
client /dev/null
refused 'also one that is not there yet' 'lies where the program may write'
grants "$keys/api"
for option in --rw --rw-no-delete; do
	run_options=("$option" "$keys")
	client /dev/null
	refused "in a folder given with $option" 'lies where the program may write'
done
run_options=(--ro "$keys")
client "$keys/api"
equal 'in one given with --ro it is hidden' phantom "$(cat "$work/out")"
run_options=()

# --- links ---------------------------------------------------------------------------------------------

ln -s "$keys" "$project/way"
grants "$project/way/api"
client /dev/null
refused 'through a link that the program may change' 'lies where the program may write'
ln -s "$keys" "$work/way"
grants "$work/way/api"
client /dev/null
refused 'through a link elsewhere' 'leads through a symbolic link'
ln -s api "$keys/link"
grants "$keys/link"
client /dev/null
refused 'a link itself' 'leads through a symbolic link'

# --- not there -----------------------------------------------------------------------------------------

grants "$keys/absent"
client "$keys/other"
equal 'where the file is not there the run goes on without the grant' "$value" "$(tr -d '\n' <"$work/out")"
check 'and that is said' grep -q "grant api: .*absent.* cannot be found" "$work/err"

# --- while the program runs ----------------------------------------------------------------------------

rm "$config/grants"
mkfifo "$project/go"
line='host late.test; http GET /*; credential file:%s; in header:x-api-key'
# shellcheck disable=SC2016
inside "$project" sh -c 'echo started; read -r _ <go; cat "$1"' sh "$keys/other" >"$work/out" 2>"$work/err" </dev/null &
run=$!
for _ in $(seq 400); do
	[ -s "$work/out" ] && break
	sleep 0.05
done
add() { # add NAME FILE
	# shellcheck disable=SC2059
	"$SELDOM" grants add --for session "grant $1 $(printf "$line" "$2")" >"$work/added" 2>&1 </dev/null
}
add late "$keys/api"
check 'a grant whose file the running program can read is not added to its run' grep -qF 'not hidden from the program' "$work/added"
add later "$project/keys/api"
check 'nor one that it could replace' grep -qF 'not hidden from the program' "$work/added"
# shellcheck disable=SC2016
"$SELDOM" grants add --for session 'grant plainly host plainly.test; http GET /*' >"$work/added" 2>&1 </dev/null
check 'one without a file is added' grep -q 'granted in run' "$work/added"
echo >"$project/go"
wait "$run"
check 'the program is told nothing, the person which file' grep -q "grant late: .*keys/api" "$work/err"
done_testing
