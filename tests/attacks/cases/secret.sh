# shellcheck shell=bash
# shellcheck disable=SC1090 # what is sourced is the secret
# A secret's bytes by way of ordinary tools. $1: the way. Prints what it gets.
: >"$P/attack-ran" || exit 3
cd "$P" || exit 3
case $1 in
cat) cat "$S" ;;
symlink) ln -s "$S" l && cat l ;;
dir-symlink) ln -s "$HOME/.ssh" d && cat d/id_test ;;
proc-root) cat "/proc/self/root$S" ;;
proc-1-root) cat "/proc/1/root$S" "/proc/$$/root$S" ;;
cwd) cd "$HOME/.ssh" && cat id_test ;;
glob) cat "$HOME"/.ssh/* ;;
cp) cp -r "$HOME/.ssh" copy ;;
mv) mv "$S" taken; cat taken ;;
mv-home) mv "$HOME" "$HOME.2" && mkdir -p "$P" && : >"$P/attack-ran"; cat "$HOME.2/.ssh/id_test" ;;
tar) tar cf - -C "$HOME" .ssh | tr -d '\000' ;;
dd) dd if="$S" bs=1 2>/dev/null ;;
exec) chmod u+x "$S"; "$S" ;;
sh) sh "$S" ;;
source) . "$S" ;;
shebang) printf '#!/bin/cat %s\n' "$S" >s && chmod +x s && ./s ;;
git) git --no-pager diff --no-index /dev/null "$S" ;;
git-add) cp "$S" x; git hash-object -w "$S" | xargs git cat-file -p ;;
python) python3 -c 'import os; print(open(os.environ["S"]).read())' ;;
env-file) cat .env ;;
env-mv) mv .env plain && cat plain ;;
env-ln) ln .env plain && cat plain ;;
env-git) git add -f .env && git cat-file -p :.env ;;
aws) cat "$HOME/.aws/credentials" ;;
aws-grep) grep -r secret "$HOME/.aws" ;;
twin) cat twin ;;
twin-ln) ln twin again && cat again ;;
dotfiles) cat "$HOME/dotfiles/credentials" ;;
environ) env ;;
proc-environ) cat "/proc/$PPID/environ" /proc/1/environ "/proc/$$/environ" | tr '\000' '\n' ;;
run-dir) cat "$XDG_RUNTIME_DIR/private.txt" ;;
tcp) cat "$S" >"/dev/tcp/127.0.0.1/$LISTEN_TCP" ;;
udp) cat "$S" >"/dev/udp/127.0.0.1/$LISTEN_UDP" ;;
name) cat "$S" | while read -r a _; do mkdir "$a"; ls; done ;;
*) exit 2 ;;
esac
exit 0
