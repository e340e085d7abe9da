# shellcheck shell=bash
# The yardstick workload: git, gcc and python over 300 files, in the current (empty) folder. One job in
# many processes: what a person is asked about it should be one decision.
set -e
export GIT_CONFIG_COUNT=3 GIT_CONFIG_KEY_0=user.name GIT_CONFIG_VALUE_0=t \
	GIT_CONFIG_KEY_1=user.email GIT_CONFIG_VALUE_1=t@work.test \
	GIT_CONFIG_KEY_2=gc.auto GIT_CONFIG_VALUE_2=0
git init -q -b main .
mkdir -p src data
for i in $(seq 10); do
	printf 'int part%d(int x) { return x + %d; }\n' "$i" "$i" >"src/part$i.c"
done
printf 'int part1(int), part10(int);\nint main(void) { return part1(1) + part10(0) - 12; }\n' >src/main.c
for i in $(seq 289); do echo "$i" >"data/file$i.txt"; done
git add .
git commit -qm 'three hundred files'
mkdir build
for i in $(seq 10); do gcc -c -o "build/part$i.o" "src/part$i.c"; done
gcc -o build/prog src/main.c build/*.o
build/prog
python3 - <<'PY'
import os, pathlib
for p in sorted(pathlib.Path("data").glob("*.txt")):
    p.with_suffix(".out").write_text(str(int(p.read_text()) * 2))
    tmp = p.with_suffix(".tmp")
    tmp.write_text(p.read_text() + "changed\n")
    os.replace(tmp, p)
PY
git checkout -q -b topic
git add data
git commit -qm 'change them'
tar cf all.tar data
tar xf all.tar --transform 's/^data/again/'
rm -rf again build all.tar
git status --short
git log --format=%s
ls data | wc -l
