#!/usr/bin/env bash
# Moving trees about: tar, cp, mv, rm, links, sparse files, odd and very long names.
. "$(dirname -- "${BASH_SOURCE[0]}")/work/lib.bash"

p=$work/pristine
mkdir -p "$work/make/tree"
for d in $(seq 30); do
	mkdir -p "$work/make/tree/d$d/sub"
	for f in $(seq 30); do echo "$d $f" >"$work/make/tree/d$d/f$f"; done
	ln -s "../d$d/f1" "$work/make/tree/d$d/sub/link"
	ln "$work/make/tree/d$d/f2" "$work/make/tree/d$d/hard"
done
chmod 600 "$work/make/tree/d1/f1"
chmod 755 "$work/make/tree/d1/f3"
chmod 700 "$work/make/tree/d2"
ln -s nowhere "$work/make/tree/dangling"
mkfifo "$work/make/tree/fifo"
tar -C "$work/make" -cf "$p/tree.tar" tree

cat >"$work/script" <<'SCRIPT'
: >.first && rm .first && cd "$PWD" # see work_calls.sh
set -e
tar xf tree.tar
cp -a tree copy
diff -r --no-dereference tree/d1 copy/d1
mv copy moved
mv moved/d1 moved/d2 tree/d3/
cp -al tree linked
rm -rf linked
find tree -name 'f1?' -delete
find moved -type f -exec chmod g+w {} +
sed -i 's/1/one/' moved/d5/f*
install -D -m 750 tree.tar deep/er/est/installed
ln -sfn nowhere2 tree/dangling
cat tree/dangling 2>/dev/null || echo 'dangling, as it should be'
ln -sf d3 tree/dirlink
echo through >tree/dirlink/through
truncate -s 10M sparse
printf x | dd of=sparse bs=1 seek=5000000 conv=notrunc status=none
cp --sparse=always sparse sparse2
cmp sparse sparse2 && rm sparse sparse2
mkdir -m 2775 setgid
touch 'a b' $'new\nline' $'bad\xff\xfeutf' $'esc\e[31m' -- '-n' '*' 'ü€' "$(printf 'n%.0s' $(seq 255))"
for f in *; do printf '%q\n' "$f"; done | LC_ALL=C sort | sha256sum
mv $'new\nline' $'newer\nline'
rm -- '-n' '*'
yes | head -c 100000 | split -b 1000 - part.
cat part.* | sha256sum
rm part.*
for i in $(seq 200); do (echo "$i" >"parallel$i") & done; wait
ls parallel* | wc -l
mkdir race; for i in 1 2 3 4; do (for j in $(seq 50); do mkdir "race/$j" 2>/dev/null && echo "$j"; done) & done | sort -n | uniq -c | awk '$1 != 1' ; wait
touch -d 2001-01-01 old; test old -ot tree.tar && echo older
chmod 000 old; stat -c %a old; chmod 600 old
rm -rf moved
rm -r tree/d4 tree/d5
echo $?
SCRIPT
workload 'trees' "$work/script"

rm -rf "${p:?}"/*
cat >"$work/script" <<'SCRIPT'
set -e
top=$PWD
name=$(printf 'd%.0s' $(seq 200))
for i in $(seq 19); do mkdir "$name"; cd "$name"; done # 3,800 bytes deep, step by step
echo bottom >file
cat file
mv file file2
ln -s file2 link
cat link
rm link
cd "$top"
long=$(printf './%.0s' $(seq 2000)) # 4,000 bytes in one path
echo x >"${long}here"
mkdir "${long}folder"
mv "${long}here" "${long}folder/there"
cat "${long}folder/there"
rm "${long}folder/there"
{ echo x >"${long}${long}toolong"; } 2>/dev/null || echo 'too long, as it should be'
rm -rf "$name"
ls
SCRIPT
workload 'deep and long paths' "$work/script"

if command -v rsync >/dev/null; then
	cp "$work/make/tree/d1/"f? "$p/"
	cat >"$work/script" <<'SCRIPT'
set -e
mkdir to
rsync -a --exclude to ./ to/
rsync -a --delete --exclude to --exclude f1 ./ to/ && ls to | wc -l
SCRIPT
	workload rsync "$work/script"
else
	leave_out "rsync: not installed"
fi
done_testing
