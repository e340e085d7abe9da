#!/usr/bin/env bash
# What was there before a run comes back: real programs destroy, `seldom undo` mends, trees are compared.
. "$(dirname -- "${BASH_SOURCE[0]}")/work/lib.bash"

state=$work/.local/state/seldom
kept=$state/undo
project=$work/project

snapshot() { # snapshot FOLDER: every entry with type, mode, size, target, time and content; folders by mode
	(cd -- "$1" && {
		find . -mindepth 1 -type d -printf '%p d %m\n' -o -printf '%p %y %m %s %l %T@ %n\n'
		find . -type f -readable -exec sha256sum {} +
	} | LC_ALL=C sort)
}
undo() { "$SELDOM" undo "$@" </dev/null; }
run() { inside "$project" "$@" >"$work/out" 2>"$work/err" </dev/null; }
fresh() { # fresh: the project as below, and nothing kept
	chmod -R u+rwX "$project" "$kept" 2>/dev/null
	rm -rf -- "$project" "$kept"
	mkdir -p "$project/src/deep/er" "$project/gone/a/b" "$project/moved/in" "$project/empty" "$project/old"
	for i in $(seq 20); do
		echo "source $i" >"$project/src/f$i"
		echo "gone $i" >"$project/gone/a/g$i"
		echo "moved $i" >"$project/moved/in/m$i"
	done
	echo one >"$project/one"
	echo two >"$project/two"
	echo three >"$project/three"
	seq 1000 >"$project/log"
	: >"$project/nothing"
	head -c 200000 /dev/urandom >"$project/binary"
	truncate -s 20M "$project/sparse"
	printf data | dd of="$project/sparse" bs=1 seek=9000000 conv=notrunc status=none
	ln -s one "$project/link"
	ln "$project/two" "$project/hard"
	printf 'bad\n' >"$project/"$'odd\n\xff\e[31m name'
	mkfifo "$project/fifo"
	chmod 640 "$project/src/f1"
	chmod 755 "$project/src/f2"
	chmod 750 "$project/gone/a"
	find "$project" -type f -exec touch -d '2020-02-02 02:02:02.123456789' {} +
}
restored() { # restored WORDS: what was before is there again, bit by bit; new names may have come
	snapshot "$project" >"$work/after"
	LC_ALL=C comm -23 "$work/before" "$work/after" >"$work/lacks"
	if [ -s "$work/lacks" ]; then
		fail "$1"
		head -n 20 "$work/lacks"
		LC_ALL=C comm -13 "$work/before" "$work/after" | head -n 20
		undo 2>&1 | head -n 20
	else
		pass "$1"
	fi
}
destroy() { # destroy WORDS SCRIPT: destroyed by a run, brought back; nothing but new names is different
	fresh
	[ -z "${prepare:-}" ] || (cd "$project" && eval "$prepare")
	snapshot "$project" >"$work/before"
	printf 'set -e\n%s\n' "$2" >"$work/script"
	run bash "$work/script" || { fail "$1: the script itself"; cat "$work/err"; }
	snapshot "$project" >"$work/after"
	if cmp -s "$work/before" "$work/after"; then fail "$1: nothing was destroyed"; fi
	undo --yes >"$work/undo.out" 2>"$work/undo.err" || { fail "$1: exit $?"; cat "$work/undo.err"; }
	restored "$1"
	equal "$1: nothing is left to bring back" "Nothing to bring back: all is as it was." "$(undo)"
}

probe=$(mkdir -p "$project" && cd "$project" && run true; echo $?)
[ "$probe" = 0 ] || skip_all "seldom run does not work here: $(cat "$work/err")"
fresh
run bash -c 'echo x >>one'
[ -d "$kept" ] || skip_all "this broker keeps nothing"

# --- one way of destroying each ------------------------------------------------------------------

destroy 'overwritten by >' 'echo new >one; echo >nothing; : >log'
destroy 'appended' 'echo more >>log; cat one >>one.new; echo x >>src/f2'
destroy 'truncated' 'truncate -s 5 log; truncate -s 0 one; truncate -s 1M binary'
destroy 'sed -i' 'sed -i s/source/target/ src/f*; sed -i 1d log'
destroy 'removed' 'rm one nothing binary link fifo; rm src/f1 src/f2'
destroy 'rm -rf' 'rm -rf src gone moved empty'
destroy 'everything removed' 'find . -mindepth 1 -delete'
destroy 'a sparse file' 'rm sparse'
destroy 'a sparse file, overwritten' 'echo x >sparse'
destroy 'odd names' "rm -- odd*"
destroy 'renamed' 'mv one eins; mv src/f3 gone/a/f3'
destroy 'a folder renamed' 'mv moved there; rm there/in/m1; echo x >there/in/m2; mv there/in/m3 m3'
destroy 'a folder into another, renamed twice' 'mv moved gone/a/; mv gone weg; rm weg/a/moved/in/m4; mv weg/a/moved/in weg/in; echo >weg/in/m5'
destroy 'an inner folder takes the name of its outer one' 'mv moved/in t; rm -r moved; mv t moved; rm moved/m1; mv gone/a b; mv gone b/a; mv b gone'
destroy 'into a new folder that is renamed' 'mkdir new; mv one two new/; mv new newer; rm newer/one'
destroy 'replaced' 'echo x >n; mv n one; mv two three; cp one.x one 2>/dev/null || cp -f log two'
destroy 'names changed in a circle' 'mv one t; mv two one; mv three two; mv t three'
destroy 'a file becomes a folder, a folder a file' 'rm one; mkdir one; echo x >one/in; rm -r gone; echo >gone; rm -r empty; ln -s src empty'
destroy 'a symlink' 'ln -sfn two link'
destroy 'modes and times' 'chmod 600 one; chmod 700 src; touch two; touch -d 2001-01-01 src/f4; chmod a-w gone/a'
destroy 'written through a hard link' 'echo x >>hard; rm two'
destroy 'a hard link removed' 'rm two'
destroy 'a hard link removed, the other written' 'rm hard; echo x >>two'
destroy 'written through a new name' 'ln one another; ln one third; echo x >>another; rm another third'
destroy 'many times' 'for i in 1 2 3 4 5 6; do echo $i >one; mv one x; mv x one; sed -i s/a/b/ log; rm src/f5; echo $i >src/f5; done'
destroy 'python' 'python3 - <<"PY"
import os, shutil, ctypes
open("one", "r+").write("X")
with open("binary", "r+b") as f: f.seek(100000); f.write(b"hole")
os.replace("two", "three")
shutil.rmtree("src/deep"); shutil.rmtree("gone")
os.truncate("log", 3)
libc = ctypes.CDLL(None, use_errno=True)
if libc.renameat2(-100, b"moved", -100, b"old", 2): raise OSError(ctypes.get_errno())
PY'
prepare='git init -q . && git config user.name n && git config user.email e@x.test && git add src gone one log &&
	git commit -q -m first && git checkout -q -b side && sed -i s/1/one/ src/f1 && git commit -q -am side && git checkout -q -'
if command -v git >/dev/null; then
	destroy 'git: checkout, reset, commit' 'git checkout -q side; echo x >one; git commit -q -am x; git reset -q --hard HEAD~1; git clean -qfdx'
fi
prepare=

# --- only some of it ---------------------------------------------------------------------------------

fresh
snapshot "$project" >"$work/before"
run bash -c 'rm one; rm -r src; mv moved there; echo x >log'
(cd "$project" && undo --yes --path src --path ./one) >/dev/null
equal '--path brings back what is named' 'one source 7' "$(cat "$project/one") $(cat "$project/src/f7")"
check '--path leaves the rest' [ ! -e "$project/moved" ]
equal 'the rest is still listed' 2 "$(undo --json | grep -c '"state":"ready"')"
undo --yes >/dev/null
restored 'the rest comes back afterwards'
fresh
run bash -c 'echo other >one'
undo --yes >"$work/undo.out"
undo --session "$(sed -n 's/.*--session //p' "$work/undo.out")" --yes >/dev/null
equal 'an undo that was undone is not called as it was' 1 "$(undo | grep -c 'left to bring back: 1 brought back before changed')"

# --- what is shown ------------------------------------------------------------------------------------

fresh
snapshot "$project" >"$work/before"
run bash -c 'echo changed >one; rm odd*; head -c 100 binary >b2; mv b2 binary'
snapshot "$project" >"$work/changed"
undo --dry-run >"$work/dry" 2>&1
equal '--dry-run: exit code' 0 $?
undo >"$work/bare" 2>"$work/bare.err"
equal 'without a terminal and without --yes: exit code' 1 $?
equal 'neither changes anything' "$(cat "$work/changed")" "$(snapshot "$project")"
check 'a difference is shown' grep -q '^+one$' "$work/dry"
check 'a binary file is named, not shown' grep -q 'binary: binary' "$work/dry"
check 'no control byte reaches the terminal' bash -c '! LC_ALL=C grep -q "[[:cntrl:]]\[31m" "$1"' bash "$work/dry"
undo --json >"$work/json"
check '--json is JSON with a version' python3 -c '
import json, sys
rows = [json.loads(l) for l in open(sys.argv[1])]
assert len(rows) == 3 and all(r["v"] == 1 and r["state"] == "ready" for r in rows), rows' "$work/json"
check '--list names the run' bash -c '[ "$("$1" undo --list --json | wc -l)" = 1 ]' bash "$SELDOM"
undo --session no-such-run >/dev/null 2>"$work/err"
equal 'no such run: exit code' 1 $?
undo --session ../x >/dev/null 2>&1
equal 'a session that would lead elsewhere: exit code' 1 $?
undo --list --yes --path x >/dev/null 2>&1
equal 'a wrong use: exit code' 2 $?

# --- changed since: never overwritten without a word -----------------------------------------------------

fresh
run bash -c 'echo run >one; echo run >two; rm three; rm log; mv src/f1 f1; rm -r gone'
echo mine >"$project/one"
echo mine >"$project/three"
snapshot "$project" >"$work/mine"
undo --yes >"$work/out" 2>"$work/err"
equal 'conflicts: exit code' 1 $?
equal 'what was changed since is untouched' 'mine mine' "$(cat "$project/one") $(cat "$project/three")"
equal 'the rest came back' "two source 1 gone 3" "$(cat "$project/two") $(cat "$project/src/f1") $(cat "$project/gone/a/g3")"
check 'it is said' grep -q '2 left alone' "$work/err"
equal 'conflicts are listed' 2 "$(undo --json | grep -c '"state":"conflict"')"
undo --yes --force >"$work/out" 2>&1
equal '--force: exit code' 0 $?
equal '--force brings back these, too' 'one three' "$(cat "$project/one") $(cat "$project/three")"
back=$(sed -n 's/^To take this back: seldom undo --session //p' "$work/out")
undo --yes --session "$back" >/dev/null 2>&1
equal 'an undo can be undone' 'mine mine' "$(cat "$project/one") $(cat "$project/three")"

# --- a killed broker -------------------------------------------------------------------------------------

fresh
snapshot "$project" >"$work/before"
(cd "$project" && exec setsid "$SELDOM" run --no-popup -- bash -c \
	'rm -r src; echo x >one; mv moved there; rm there/in/m1; echo done >ready; sleep 100') </dev/null >/dev/null 2>&1 &
front=$!
for _ in $(seq 200); do [ -e "$project/ready" ] && break; sleep 0.05; done
check 'the run that will be killed is going on' [ -e "$project/ready" ]
undo --yes >/dev/null 2>"$work/err"
equal 'nothing is brought back while the run goes on' 1 $?
check 'it is said that it goes on' grep -q 'is going on' "$work/err"
broker=$(pgrep -P "$front" -x seldom-broker || pgrep -P "$front" seldom-broke)
kill -KILL "$broker"
wait "$front" 2>/dev/null
front=
for _ in $(seq 100); do "$SELDOM" undo --list --json | grep -q '"killed"' && break; sleep 0.05; done
undo --yes >"$work/out" 2>&1
equal 'after SIGKILL of the broker: exit code' 0 $?
rm -f "$project/ready"
restored 'after SIGKILL of the broker'

# --- attacks ---------------------------------------------------------------------------------------------

fresh
run bash -c 'echo x >one; ls -a '"$kept"'/* ; cat '"$kept"'/*/journal; echo x >'"$kept"'/x; rm -rf '"$kept"'; mkdir -p '"$kept"'/y'
check 'the program cannot see what is kept' bash -c '! grep -q -e journal -e "\"why\"" "$1"' bash "$work/out"
check 'nor remove or add anything' bash -c 'ls "$1"/*/journal >/dev/null && [ ! -e "$1/x" ] && [ ! -e "$1/y" ]' bash "$kept"

fresh
mkdir "$work/victim"
echo precious >"$work/victim/f1"
cp -a "$work/victim" "$work/victim.before"
run bash -c "rm -r src; ln -s '$work/victim' src; rm -r moved; ln -s ../victim moved; rm one; ln -s '$work/victim/f1' one"
undo --yes >"$work/out" 2>&1
equal 'symlinks that the program left: replaced, not followed' 'source 1 moved 2 one' \
	"$(cat "$project/src/f1") $(cat "$project/moved/in/m2") $(cat "$project/one")"
check 'nothing is written where they led' diff -r "$work/victim" "$work/victim.before"

fresh
run bash -c 'rm src/deep -r; rm src/f1; echo x >src/f2'
mv "$project/src" "$project/elsewhere"
ln -s "$work/victim" "$project/src"
undo --yes --force >"$work/out" 2>&1
equal 'a symlink planted before the undo: exit code' 1 $?
check 'nothing is written through it' diff -r "$work/victim" "$work/victim.before"
rm -rf "$work/victim" "$work/victim.before"

fresh
mkdir "$work/outside"
echo precious >"$work/outside/f"
ln -s "$work/outside" "$project/out"
ln -s src "$project/in"
untouched=$(stat -c '%h %a %s %y %z' "$work/outside/f")
run bash -c 'rm -f out/f; chmod 777 out/f; rm in/f1'
equal 'what mounts refuse gets no second name by a link in scope' "$untouched" "$(stat -c '%h %a %s %y %z' "$work/outside/f")"
undo --yes >/dev/null 2>&1
equal 'by such a link within the scope it is kept' 'source 1' "$(cat "$project/src/f1")"
rm -rf "$work/outside"

# --- what it must not do ------------------------------------------------------------------------------------

fresh
rm -rf "$kept"
run bash -c 'for i in $(seq 300); do echo $i >new$i; done; echo more >>new1; mv new2 new3; rm new*; mkdir d; rmdir d; ln -s x y; rm y; ln one o2; rm o2; touch -r one n; rm n; echo >/tmp/x; rm /tmp/x'
check 'what the run made itself is not kept' [ ! -e "$kept" ]

fresh
chmod 000 "$project/one" "$project/src/f1"
snapshot "$project" >"$work/before"
run bash -c 'rm -f one src/f1'
undo --yes >"$work/out" 2>&1
equal 'files without a right to read them are kept by their name' 0 $?
restored 'unreadable files'
chmod 600 "$project/one" "$project/src/f1"

done_testing
