#!/usr/bin/env bash
# A folder that a person granted, before it was there and after it was gone: everything a program does in
# it and to it works as natively.
. "$(dirname -- "${BASH_SOURCE[0]}")/work/lib.bash"

cat >"$work/script" <<'SCRIPT'
set -e
made=$HOME/made
in_it() {
	: >"$made/f"
	chmod 600 "$made/f"
	touch -d '2001-01-01' "$made/f"
	ln -s f "$made/l"
	rm "$made/f" "$made/l"
	mkdir "$made/sub"
	chmod 700 "$made/sub"
	rmdir "$made/sub"
}
[ -d "$made" ] || mkdir "$made"
in_it
chmod 700 "$made"
rm -rf "$made" # and again, by its own name
mkdir "$made"
in_it
mv "$made" "$made.away"
mkdir "$made"
in_it
rmdir "$made"
echo all of it
SCRIPT

for start in 'that was not there' 'that was there'; do
	rm -rf "$work/made" "$work/made.away"
	[ "$start" = 'that was not there' ] || mkdir "$work/made"
	equal "a folder $start: natively" 'all of it' "$(bash "$work/script" 2>&1 | tail -n 1)"
	rm -rf "$work/made" "$work/made.away"
	[ "$start" = 'that was not there' ] || mkdir "$work/made"
	start_front
	inside "$work/elsewhere" bash "$work/script" >"$work/out" 2>&1 </dev/null
	code=$?
	stop_front
	equal "a folder $start: inside" 'all of it' "$(grep -v '^seldom' "$work/out" | tail -n 1)"
	equal "a folder $start: exit code" 0 "$code"
	check "a folder $start: what was renamed is there, the rest is not" \
		test -d "$work/made.away" -a ! -e "$work/made"
done
done_testing
