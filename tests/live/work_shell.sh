#!/usr/bin/env bash
# What shell scripts do with descriptors, masks and devices; exit codes; a folder below /tmp.
. "$(dirname -- "${BASH_SOURCE[0]}")/work/lib.bash"

cat >"$work/script" <<'SCRIPT'
for mask in 027 077 002; do
	(umask $mask; mkdir "d$mask"; echo x >"f$mask"; cp "f$mask" "c$mask"; ln -s x "l$mask")
done
stat -c '%n %a' d* f* c*
echo gone >/dev/null
echo to stderr >/dev/stderr
echo to fd 2 >&2
cat /dev/null | wc -c
head -c 16 /dev/zero | wc -c
test "$(head -c 16 /dev/urandom | wc -c)" = 16 && echo random
echo out >/dev/stdout
echo via /dev/fd >/dev/fd/1
cat <<HERE
here $((1 + 1))
HERE
cat <<<'here string'
diff <(echo a) <(echo b); echo "diff $?"
set -o noclobber
echo first >once
echo second >once; echo "noclobber $?"
echo forced >|once; cat once
set +o noclobber
exec 7>seven; echo to seven >&7; exec 7>&-; cat seven
exec 8<>both; echo rw >&8; exec 8>&-; cat both
echo a >>appended; echo b >>appended; cat appended
mkfifo p; (echo through the pipe >p) & cat p; wait
(flock -n 9 && echo locked; (flock -n 8 || echo busy) 8>lock) 9>lock
tee one two <both >/dev/null; cat one two
printf '#!/bin/sh\necho ran "$@"\nexit 9\n' >prog; chmod +x prog; ./prog a b; echo "prog $?"
./none; echo "absent $?"
./once; echo "not executable $?"
sh -c 'exit 42'; echo "code $?"
sh -c 'kill -TERM $$'; echo "signal $?"
timeout 0.2 sleep 5; echo "timeout $?"
trap 'echo trapped' USR1; kill -USR1 $$
(sleep 0.1; echo late) & wait $!; echo "waited $?"
ulimit -n 64; echo under a limit >limited; cat limited
cd none; echo "cd $?"
mkdir -p x/y && cd x/y && echo relative >../z && cat ../z && cd ../..
export NOTHING=; test -n "$HOME" && echo home
id -u >/dev/null && echo id
uname -s
exit 5
SCRIPT
# Here the script's own code is not 0, on purpose.
run_native "$work/script"
equal 'the script itself works natively' 5 "$(cat "$work/exit.native")"
for mode in in out; do
	where="$([ $mode = in ] && echo in || echo out of) scope"
	run_inside "$work/script" $mode
	compare "shell, $where"
done

while read -r wanted command; do
	(cd "$work/elsewhere" && bash -c "$command") >/dev/null 2>&1 </dev/null
	equal "natively, '$command'" "$wanted" $?
	inside "$work/elsewhere" bash -c "$command" >/dev/null 2>&1 </dev/null
	equal "exit code of '$command'" "$wanted" $?
	equal "exit code of '$command' in the summary" "$wanted" "$(summary exit)"
done <<'TABLE'
0 true
1 false
77 exit 77
125 exit 125
255 exit 255
143 kill -TERM $$
137 kill -KILL $$
134 ulimit -c 0; kill -ABRT $$
139 ulimit -c 0; kill -SEGV $$
127 exec ./none
126 exec /etc/passwd
TABLE
inside "$work/elsewhere" ./none >/dev/null 2>&1
equal 'a command that is not there' 127 $?
inside "$work/elsewhere" /etc/passwd >/dev/null 2>&1
equal 'a command that cannot be run' 126 $?
(cd "$work/elsewhere" && "$SELDOM" run --nonsense -- true) >/dev/null 2>&1
check 'an unknown option runs nothing' test $? -ne 0

out=$(inside "$work/elsewhere" cat <<<'from stdin' 2>/dev/null)
equal 'stdin reaches the program' 'from stdin' "$out"
out=$(inside "$work/elsewhere" sh -c 'head -c 1000000 /dev/zero; echo err >&2' 2>/dev/null | wc -c)
equal 'a megabyte on stdout arrives whole' 1000000 "$out"
out=$(inside "$work/elsewhere" yes 2>/dev/null | head -n 1)
equal 'a reader that leaves ends the program' y "$out"

# Below /tmp the boundary's own /tmp must not hide the folder that the caller is in.
low=$(mktemp -d /tmp/w.XXXXXX)
echo seen >"$low/here"
inside "$low" bash -c 'cat here && echo made >there' >"$work/out.tmp" 2>&1 </dev/null
equal 'a folder below /tmp is in scope' seen "$(cat "$work/out.tmp")"
equal 'and can be written' made "$(cat "$low/there" 2>/dev/null)"
inside "$low" bash -c 'echo private >/tmp/seldom-private.test' >/dev/null 2>&1 </dev/null
check "the program's /tmp is its own" test ! -e /tmp/seldom-private.test
rm -rf -- "$low" /tmp/seldom-private.test
done_testing
