#!/usr/bin/env bash
# What a person approved of one program: it goes on without questions, up to the bound on deletions;
# a copy in the workspace and another content under the same name have nothing of it.
. "$(dirname -- "${BASH_SOURCE[0]}")/work/lib.bash"
command -v python3 >/dev/null || skip_all "python3 is not installed"
live=$(cd -- "$here/.." && pwd -P)

cat >"$work/remove.c" <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	char path[4096];

	for (int i = atoi(argv[2]); argc == 4 && i < atoi(argv[3]); i++) {
		snprintf(path, sizeof path, "%s/%d", argv[1], i);
		if (unlink(path) < 0)
			return 1;
	}
	return 0;
}
C
cc -O1 -o "$work/bin/remove" "$work/remove.c" || skip_all "there is no C compiler"
cache=$work/.cache/tool
mkdir -p "$work/project/.git" "$cache"
for ((i = 0; i < 80; i++)); do echo "$i" >"$cache/$i"; done

person() { # person allow|deny: at a front from now on
	python3 "$live/identity_front.py" "$1" >"$work/person.log" 2>&1 &
	person=$!
}
person_leaves() {
	kill "$person"
	wait "$person" 2>/dev/null
}
learned() { # learned EXE: actions of that program that learning allowed
	"$SELDOM" log --json | python3 -c '
import json, sys
rows = [json.loads(line) for line in sys.stdin]
print(sum(1 + r.get("repeats", 0) for r in rows if r["source"] == "learned" and r["exe"] == sys.argv[1]))' "$1"
}
left() {
	find "$cache" -type f | wc -l
}

# Nobody is there, which is no answer and no evidence. What was learned goes by itself, else nothing.
refused() { # refused WORDS PROGRAM...
	local words=$1 before
	shift
	before=$(learned "$work/bin/remove")
	ask_timeout=1 inside "$work/project" "$@" "$cache" 70 71 </dev/null >"$work/out" 2>&1
	check "$words has no evidence" test -e "$cache/70"
	equal '... so nothing more was learned' "$before" "$(learned "$work/bin/remove")"
}
known() { # known N
	ask_timeout=1 inside "$work/project" "$work/bin/remove" "$cache" "$1" "$(($1 + 1))" </dev/null >"$work/out" 2>&1
	check 'the program itself goes on without a question' test ! -e "$cache/$1"
	equal '... because that was learned' "$2" "$(learned "$work/bin/remove")"
}

person allow
inside "$work/project" "$work/bin/remove" "$cache" 0 4 </dev/null >"$work/out" 2>&1
person_leaves
equal 'four are removed, each approved' 76 "$(left)"
equal 'four questions' 4 "$(summary questions.asked)"
equal 'nothing was learned before' 0 "$(learned "$work/bin/remove")"
known 4 1

cp "$work/bin/remove" "$work/project/remove"
refused 'a copy in the workspace' ./remove
echo 'int nothing;' >"$work/project/nothing.c"
cc -shared -fPIC -o "$work/project/nothing.so" "$work/project/nothing.c"
refused 'the program with a library of the workspace' env LD_PRELOAD="$work/project/nothing.so" "$work/bin/remove"
echo >>"$work/bin/remove"
refused 'another content under the same name' "$work/bin/remove"
cp "$work/project/remove" "$work/bin/remove"
known 5 2

person deny
inside "$work/project" "$work/bin/remove" "$cache" 6 60 </dev/null >"$work/out" 2>&1
person_leaves
equal 'fifty more go without a question' 52 "$(learned "$work/bin/remove")"
equal 'then it is bulk deletion, and asked about' 24 "$(left)"
check 'in these words' grep -q 'T3 delete .*I8: ' "$work/person.log"
done_testing
