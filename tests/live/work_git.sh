#!/usr/bin/env bash
# git as people use it: 300 files, commits, branches, merges, clones, clean-up. (Not worktrees:
# their '.git' file points git at a configuration elsewhere, and is a question.)
. "$(dirname -- "${BASH_SOURCE[0]}")/work/lib.bash"
command -v git >/dev/null || skip_all "git is not installed"

cat >"$work/.gitconfig" <<'CONF'
[user]
	name = Test
	email = test@work.test
[init]
	defaultBranch = main
[gc]
	auto = 0
	autoDetach = false
[pack]
	threads = 1
CONF

cat >"$work/script" <<'SCRIPT'
set -e
git init -q .
git config user.name Somebody
git config core.abbrev 12
git remote add origin https://forge.test/some/where.git
mkdir -p src/a src/b docs
for i in $(seq 300); do
	echo "line $i" >"src/$([ $((i % 2)) = 0 ] && echo a || echo b)/file$i.txt"
done
git add .
git commit -qm 'three hundred files'
git status --short
git ls-files -s | sha256sum
git checkout -qb topic
sed -i 's/line/changed/' src/a/*.txt
git mv src/b/file1.txt docs/moved.txt
git rm -q src/b/file3.txt
git commit -qam 'change half of them'
git checkout -q main
echo more >>src/b/file5.txt
git commit -qam 'change one'
git merge -q -m merge topic
git diff --stat HEAD~1 | tail -n 1
git tag -a v1 -m 'a tag'
git stash list
echo dirty >>docs/moved.txt
git stash -q
git stash pop -q
git checkout -q -- docs/moved.txt
git rebase -q HEAD~1 || echo 'rebase stopped'
git clone -q . copy 2>/dev/null
(cd copy && git log --format=%H | head -n 3)
git reflog --format=%h | wc -l
git gc -q --prune=now
git fsck --no-progress
git log --format='%H %s'
git clean -fdxq
git reset -q --hard v1
git status --short
SCRIPT

# The names of packs depend on the order in which threads finish; what they hold is checked by git.
unequal+=('*.idx' '*.pack' '*.rev' '.git/objects/info/commit-graph')
workload git "$work/script"
done_testing
