#!/usr/bin/env bash
# Building: gcc on ten files, make in parallel, ar, a test run; python scripts with byte code.
. "$(dirname -- "${BASH_SOURCE[0]}")/work/lib.bash"

p=$work/pristine
for i in $(seq 10); do
	printf '#include "all.h"\nint part%d(int x)\n{\n\treturn x * %d;\n}\n' "$i" "$i" >"$p/part$i.c"
done
{
	echo '#pragma once'
	for i in $(seq 10); do echo "int part$i(int x);"; done
} >"$p/all.h"
cat >"$p/main.c" <<'C'
#include "all.h"
#include <stdio.h>
int main(void)
{
	printf("%d\n", part1(1) + part5(2) + part10(3));
	return 0;
}
C
cat >"$p/Makefile" <<'MAKE'
OBJECTS := $(patsubst %,build/part%.o,1 2 3 4 5 6 7 8 9 10)
CFLAGS := -O1 -MMD -MP
all: build/prog build/libparts.so
build/prog: build/main.o build/libparts.a
	$(CC) -o $@ $^
build/libparts.a: $(OBJECTS)
	rm -f $@
	ar rcD $@ $^
build/libparts.so: $(OBJECTS)
	$(CC) -shared -o $@ $^
build/%.o: %.c | build
	$(CC) $(CFLAGS) -fPIC -c -o $@ $<
build:
	mkdir -p $@
check: all
	build/prog
clean:
	rm -rf build
-include $(wildcard build/*.d)
MAKE
cat >"$work/script" <<'SCRIPT'
set -e
for i in $(seq 10); do gcc -O1 -c -o "one$i.o" "part$i.c"; done
gcc -o one main.c one*.o
./one
for i in 1 2 3 4 5; do # written and run at once
	gcc -o again main.c one*.o && ./again
done
make -s -j4 check
make -s -j4 check
touch -d '2035-01-01' all.h
make -s -j2 2>&1 | grep -v 'in the future' || true
make -s clean
make -sj2 all 2>/dev/null
strip build/prog
objdump -h build/prog | wc -l
SCRIPT
workload 'gcc and make' "$work/script"

if command -v python3 >/dev/null; then
	rm -rf "${p:?}"/*
	mkdir -p "$p/pkg/sub"
	for i in $(seq 40); do
		printf '"""Module %d."""\nVALUE = %d\ndef f(x):\n    return x + VALUE\n' "$i" "$i" >"$p/pkg/m$i.py"
	done
	touch "$p/pkg/__init__.py"
	find "$p" -exec touch -d 2001-02-03T04:05:06Z {} +
	cat >"$work/script" <<'SCRIPT'
set -e
python3 -c 'import pkg.m1, pkg.m2; print(pkg.m1.f(1) + pkg.m2.f(2))'
python3 -m compileall -q pkg
python3 - <<'PY'
import json, os, pathlib, shutil, sqlite3, subprocess, tempfile, zipfile
from concurrent.futures import ThreadPoolExecutor
out = pathlib.Path("out"); out.mkdir()
def write(i):
    p = out / f"part{i}.json"
    tmp = p.with_suffix(".tmp")
    tmp.write_text(json.dumps({"i": i}))
    os.replace(tmp, p)
    return i
with ThreadPoolExecutor(8) as pool:
    print(sum(pool.map(write, range(200))))
db = sqlite3.connect("db.sqlite")
db.execute("pragma journal_mode=wal")
db.execute("create table t (a, b)")
with db:
    db.executemany("insert into t values (?, ?)", [(i, str(i)) for i in range(1000)])
print(db.execute("select count(*), sum(a) from t").fetchone())
db.close(); os.unlink("db.sqlite")
with tempfile.TemporaryDirectory(dir=".") as d:
    shutil.copytree("pkg", d + "/copy")
    print(len(list(pathlib.Path(d).rglob("*.py"))))
with zipfile.ZipFile("z.zip", "w") as z:
    z.write("pkg/m1.py")
print(subprocess.run(["sh", "-c", "echo child; exit 3"], capture_output=True).returncode)
PY
python3 -c 'import multiprocessing as m
if __name__ == "__main__":
    with m.Pool(3) as p: print(sum(p.map(abs, range(-50, 50))))'
SCRIPT
	workload python "$work/script"
else
	leave_out "python scripts: python3 is not installed"
fi
done_testing
