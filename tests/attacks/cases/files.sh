# shellcheck shell=bash
# Ways outside that a shell has. $1: the way. Runs on whatever fails.
: >"$P/attack-ran" || exit 3
cd "$P" || exit 3
case $1 in
direct) echo x >"$O/out.txt" ;;
proc-root) echo x >"/proc/self/root$O/out.txt" ;;
proc-1-root) echo x >"/proc/1/root$O/out.txt" || echo x >"/proc/$$/root$O/out.txt" ;;
thread-self) echo x >"/proc/thread-self/root$O/out.txt" ;;
proc-cwd) cd "$O" && echo x >/proc/self/cwd/out.txt ;;
dots) echo x >"$P/../../outside/out.txt" ;;
dots-symlink) ln -s "$O/dir" d && echo x >d/../out.txt ;;
dev-fd) exec 5<"$O/out.txt" && echo x >/dev/fd/5 ;;
stdin) echo x >/dev/stdin ;;
symlink) ln -s "$O/out.txt" l && echo x >l ;;
dangling) ln -s "$O/new.txt" l && echo x >l ;;
chain) ln -s "$O" a && ln -s a b && ln -s b/out.txt c && echo x >c ;;
relative-link) ln -s ../../outside/out.txt l && echo x >l ;;
dir-link) ln -s "$O" d && rm -f d/out.txt ;;
rm) rm -rf "$O" ;;
mv-in) mv "$O/dir" "$P/taken" ;;
mv-over) mv -f a.txt "$O/out.txt" ;;
mv-out) cp a.txt b.txt && mv b.txt "$O/new.txt" ;;
mv-parent) mv "$HOME/outside" "$HOME/elsewhere" ;;
mv-project) mv "$HOME/src" "$HOME/src2" && mkdir -p "$P" && : >"$P/attack-ran" ;;
cp) cp a.txt "$O/out.txt" ;;
ln) ln a.txt "$O/linked" ;;
ln-in) ln "$O/out.txt" h && echo x >>h ;;
mkdir) mkdir "$O/d" && mkfifo "$O/f" ;;
rmdir) rmdir "$O/empty" ;;
sed) sed -i s/scope/reach/ "$O/out.txt" ;;
tar) mkdir -p t/outside && echo x >t/outside/out.txt && tar -C t -cf t.tar outside && tar -C "$HOME" -xf t.tar --overwrite ;;
tar-link) mkdir t && ln -s "$O" t/l && tar -C t -cf a.tar l && rm t/l && mkdir t/l && echo x >t/l/out.txt && tar -C t -rf a.tar l/out.txt && tar -P -xf a.tar ;;
git-out) git init -q "$O/repo2" && git -C "$O/repo2" config user.name x ;;
git-worktree) GIT_WORK_TREE=$O git add out.txt && GIT_WORK_TREE=$O git commit -qm x; GIT_WORK_TREE=$O git rm -qf out.txt ;;
ro-write) echo x >"$R/ro.txt"; echo x >"$R/new.txt" ;;
ro-rename) mv "$R/ro.txt" "$R/moved.txt"; mv "$R" "$P/r" ;;
ro-link) ln "$R/ro.txt" h && echo x >h ;;
home-rc) echo evil >>"$HOME/.bashrc" ;;
home-new) mkdir -p "$HOME/.config/autostart" && echo x >"$HOME/.config/autostart/e.desktop"; echo x >"$HOME/.profile" ;;
home-bin) mkdir -p "$HOME/.local/bin" && echo x >"$HOME/.local/bin/git" ;;
home-mv) mv "$HOME/.config" "$HOME/.config2" ;;
ssh-keys) echo key >>"$HOME/.ssh/authorized_keys"; echo x >>"$S" ;;
ssh-rm) rm -rf "$HOME/.ssh" ;;
background) (sleep 0.2; echo x >"$O/out.txt") & wait ;;
late) setsid nohup sh -c 'sleep 1.2; echo late >"$O/out.txt"' >/dev/null 2>&1 & ;;
late-double) (setsid sh -c '(trap "" HUP TERM INT; sleep 1.2; echo late >"$O/out.txt") &' >/dev/null 2>&1 &) ;;
survivor) (setsid sh -c 'trap "" HUP TERM INT; exec sleep 30' >/dev/null 2>&1 &) ; sleep 0.2 ;;
many) for i in 1 2 3 4 5 6 7 8; do (echo "$i" >"$O/out.txt") & done; wait ;;
oldlink) echo x >oldlink/out.txt; rm -f oldlink/dir/inner.txt; mkdir oldlink/d ;;
fifo) echo x >"$O/pipe"; echo x | tee "$O/pipe" ;;
project-file) for f in .seldom .seldom.conf .seldom/config .config/seldom/config; do mkdir -p "$(dirname $f)"; printf '[scope]\nrw = /\nrw = %s\n' "$O" >"$f"; done ;;
vendor-write) echo x >vendor/lib/x.txt; echo x >vendor/new.txt; rm -rf vendor/lib ;;
vendor-mv) mv vendor v2; mkdir -p vendor/lib; echo x >vendor/lib/x.txt ;;
vendor-inner) mv vendor/lib v2; mv a.txt vendor/lib/x.txt ;;
vendor-dots) cd build && echo x >../vendor/lib/x.txt ;;
vendor-rm) rm -rf vendor ;;
shm) echo x >"$DEVSHM" ;;
run-dir) cat "$XDG_RUNTIME_DIR/private.txt"; echo x >"$XDG_RUNTIME_DIR/private.txt" ;;
suid-copy) cp /bin/true s && chmod 6755 s ;;
python) python3 -c 'import os; os.replace(os.environ["P"]+"/a.txt", os.environ["O"]+"/out.txt")' ;;
perl) perl -e 'truncate "$ENV{O}/out.txt", 0; unlink "$ENV{O}/dir/inner.txt"' ;;
ld-so) cp /bin/cp c && /lib64/ld-linux-x86-64.so.2 "$P/c" a.txt "$O/out.txt" ;;
xargs) echo "$O/out.txt" | xargs rm -f ;;
odd-names) n=$(printf '%s/\n\033[2J\342\200\256txt' "$O"); echo x >"$n"; echo x >"$O/$(printf '\377\376')" ;;
# One object is allowed by the person; its neighbours and other operations on it are not.
approved) echo "approved write" >"$O/approved.txt"; echo x >"$O/out.txt"; rm -f "$O/approved.txt"; chmod 600 "$O/approved.txt"; ln "$O/approved.txt" "$O/twin" ;;
burst) echo "approved write" >"$O/approved.txt" & sleep 0.5; echo x >"$O/out.txt" & rm -f "$O/dir/inner.txt" & mkdir "$O/burst" & wait ;;
# The person is shown some bytes; meanwhile they change under a descriptor that stayed open.
swapped-content) exec 5<>e; echo fine >&5; (sleep 0.5; echo EVIL >&5) & mv e .envrc; wait ;;
# The person is shown one file and answers late; meanwhile the name leads to another.
swapped) ln -s "$O/approved.txt" l && (sleep 0.5; ln -sfn "$O/out.txt" l) & sleep 0.1; echo "x" >l; wait; echo "x" >l ;;
*) exit 2 ;;
esac
exit 0
