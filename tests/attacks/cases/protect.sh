# shellcheck shell=bash
# Plants something that runs outside later, with ordinary tools. $1: the way.
: >"$P/attack-ran" || exit 3
cd "$P" || exit 3
hook() { printf '#!/bin/sh\ntouch /tmp/owned\n' >"$1" && chmod +x "$1"; }
case $1 in
hook) hook .git/hooks/pre-commit ;;
hook-cp) hook h; cp h .git/hooks/post-checkout; install -m 755 h .git/hooks/pre-push ;;
config-append) printf '[core]\n\tfsmonitor = ./evil\n' >>.git/config ;;
config-sed) sed -i 's/bare = false/bare = false\n\tsshCommand = .\/evil/' .git/config ;;
fsmonitor) git config core.fsmonitor ./evil ;;
hook-append) echo "touch /tmp/owned" >>.git/hooks/post-merge ;;
hook-sed) sed -i 's/exit 0/touch \/tmp\/owned/' .git/hooks/post-merge ;;
hook-mv) hook h && mv -f h .git/hooks/post-merge ;;
hook-rm) rm -f .git/hooks/post-merge && hook .git/hooks/post-merge ;;
hook-cp-rm) cp --remove-destination /bin/sh .git/hooks/post-merge ;;
hook-own) hook .githooks/pre-commit ;;
commondir) cp -r .git evil && git config -f evil/config core.fsmonitor ./evil && echo ../evil >.git/commondir ;;
commondir-mv) echo ../evil >c && mv c .git/commondir ;;
hookspath) git config core.hooksPath "$P/h" ;;
alias) git config alias.st '!touch /tmp/owned' ;;
include) git config include.path ../evil.inc ;;
filter) git config filter.x.clean ./evil ;;
url) git config url.https://evil.test/.insteadOf https://good.test/ ;;
worktree-config) git config extensions.worktreeConfig true; git config --worktree core.fsmonitor ./evil ;;
init-template) mkdir -p t/hooks; hook t/hooks/pre-commit; git init -q --template=t nested ;;
clone-nested) git init -q nested; git -C nested config core.pager ./evil ;;
gitfile) mkdir -p sub real && printf '[core]\n\tfsmonitor=./evil\n' >real/config && echo "gitdir: ../real" >sub/.git ;;
bare) mkdir -p objects refs && echo "ref: refs/heads/main" >HEAD && printf '[core]\n\tbare=true\n\tfsmonitor=./evil\n' >config ;;
envrc) echo "touch /tmp/owned" >.envrc ;;
envrc-mv) echo "touch /tmp/owned" >e && mv e .envrc ;;
envrc-link) echo "touch /tmp/owned" >e && ln -s e .envrc ;;
vscode) mkdir .vscode && echo '{"tasks":[]}' >.vscode/tasks.json ;;
vscode-mv) mkdir v && echo '{"tasks":[]}' >v/tasks.json && mv v .vscode ;;
vscode-cp) mkdir v && echo '{"tasks":[]}' >v/tasks.json && cp -r v .vscode ;;
npmrc) echo "script-shell=./evil" >.npmrc ;;
claude) mkdir .claude && echo '{"hooks":{}}' >.claude/settings.json; echo '{}' >.mcp.json ;;
workflow) mkdir -p .github/workflows && echo "on: push" >.github/workflows/ci.yml ;;
workflow-mv) mkdir -p gh/workflows && echo "on: push" >gh/workflows/ci.yml && mv gh .github ;;
husky) mkdir .husky && hook .husky/pre-commit ;;
cargo) mkdir .cargo && printf '[build]\nrustc-wrapper="./evil"\n' >.cargo/config.toml ;;
pre-commit) echo "repos: []" >.pre-commit-config.yaml ;;
tar) mkdir -p t/.git/hooks && hook t/.git/hooks/pre-commit; tar -C t -cf t.tar .git/hooks/pre-commit 2>/dev/null; mkdir -p u && python3 - <<'PY'
import tarfile, io
t = tarfile.open("x.tar", "w")
i = tarfile.TarInfo(".git/hooks/pre-commit")
b = b"#!/bin/sh\ntouch /tmp/owned\n"
i.size, i.mode = len(b), 0o755
t.addfile(i, io.BytesIO(b))
t.close()
PY
  tar xf x.tar ;;
submodule) mkdir -p .git/modules/x/hooks && printf '[core]\n\tfsmonitor=./evil\n' >.git/modules/x/config ;;
mv-git) mv .git g && printf '[core]\n\tfsmonitor=./evil\n' >>g/config && mv g .git ;;
cp-git) cp -r .git g && printf '[core]\n\tfsmonitor=./evil\n' >>g/config && rm -rf .git && mv g .git ;;
*) exit 2 ;;
esac
exit 0
