#!/usr/bin/env bash
# Who acts, inside a real run: a program of the workspace is `ours`, one of the system is its package,
# and one that lies about its arguments gains nothing by it and blocks nobody.
. "$(dirname -- "${BASH_SOURCE[0]}")/work/lib.bash"
command -v python3 >/dev/null || skip_all "python3 is not installed"

mkdir -p "$work/project" "$work/.aws" "$work/away"/{workspace,unowned,system,script,inline,ours,liar} "$work/other"/{.git,src}
printf '[default]\naws_secret_access_key = x\n' >"$work/.aws/credentials"
cp "$(readlink -f "$(command -v touch)")" "$work/project/mytouch"
cp "$work/project/mytouch" "$work/bin/hertouch" # not the run's: nobody inside may write there
echo ': >../away/script/x' >"$work/bin/script.sh"
echo ': >../away/ours/x' >"$work/project/ours.sh"
# Writes other words over its own arguments, then does what is asked about.
cat >"$work/bin/liar.py" <<'PY'
import ctypes, sys
secret, target = sys.argv[1:3]
fields = open("/proc/self/stat").read().rsplit(")", 1)[1].split()
start, end = int(fields[45]), int(fields[46])
words = b"sh\0" + secret.encode() + b"\0"
words = words[: end - start].ljust(end - start, b"\0")
ctypes.memmove(start, words, len(words))
assert open("/proc/self/cmdline", "rb").read().startswith(b"sh\0"), "the lie did not work"
open(target, "w").close()
PY
system_touch=$(readlink -f "$(command -v touch)")

# How a question about OBJECT was kept; "-" for nothing.
kept() { # kept OBJECT
	python3 - "$HOME/.local/state/seldom/seldom.db" "$1" <<'PY'
import sqlite3, sys
db = sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True)
text = lambda n: (db.execute("SELECT bytes FROM text WHERE id = ?", (n or 0,)).fetchone() or [b""])[0]
row = db.execute(
    "SELECT program, package, version, digest, subcommand, session || '.' || number, class FROM question WHERE object = ?"
    " ORDER BY id DESC LIMIT 1", (sys.argv[2].encode(),)).fetchone()
if not row:
    print("nothing was asked")
else:
    words = [text(n).decode("utf-8", "backslashreplace") for n in row[:5]]
    print("program=%s package=%s version=%s digest=%d subcommand=%s id=%s class=%s" % (
        words[0] or "-", words[1] or "-", "yes" if words[2] else "-", len(words[3]), words[4] or "-",
        row[5], text(row[6]).decode() or "-"))
PY
}
field() { # field NAME LINE
	sed -n "s/.*\b$1=\([^=]*\)\( [a-z]*=.*\|$\)/\1/p" <<<"$2"
}

start_front
# Each in a folder of its own: an answer covers a folder.
# shellcheck disable=SC2016 # for the inner shell
inside "$work/project" sh -c '
	./mytouch ../away/workspace/x
	../bin/hertouch ../away/unowned/x
	touch ../away/system/x
	touch ../other/src/x
	git init -q ../away/git
	sh ../bin/script.sh
	sh -c ": >../away/inline/x"
	: | sh ./ours.sh
	python3 "$1" ../.aws/credentials ../away/liar/x
	:
' sh "$work/bin/liar.py" </dev/null >"$work/out" 2>&1
equal 'the run ends well' 0 $?
stop_front
for name in workspace unowned system script inline ours liar; do
	check "what was allowed is there: $name" test -e "$work/away/$name/x"
done

is() { # is WORDS OBJECT FIELD=VALUE...
	local words=$1 line part
	line=$(kept "$2")
	shift 2
	for part; do
		case " $line " in
		*" $part "*) pass "$words: $part" ;;
		*) fail "$words: $part, but $line" ;;
		esac
	done
}

is 'a program of the workspace' "$work/away/workspace/x" program=- package=- digest=64
is 'a script of the workspace' "$work/away/ours/x" program=- package=- digest=129
is 'a program that nobody vouches for' "$work/away/unowned/x" "program=sha:$(sha256sum <"$system_touch" | cut -d' ' -f1)" package=-
is 'a shell that runs a script' "$work/away/script/x" package=- digest=129
is 'a shell that is told what to do' "$work/away/inline/x" package=- digest=129
is 'a file of another project' "$work/other/src/x" class=other-project
# The secret was named as the script and never opened for that: nobody but the shell asked for it.
if [ -r /dev/fuse ] && [ -w /dev/fuse ]; then
	is 'one that says it runs a secret' "$work/away/liar/x" program=- package=- digest=0
else # then the secret is not there at all, and it is an interpreter that runs nobody knows what
	is 'one that says it runs a secret' "$work/away/liar/x" package=- digest=64
fi
equal 'nobody asked for the secret' 'nothing was asked' "$(kept "$work/.aws/credentials")"

owner=$(dpkg-query -S "$system_touch" /bin/touch 2>/dev/null)
if [[ $owner == coreutils:* ]]; then
	is 'a program of the system' "$work/away/system/x" package=coreutils version=yes digest=64 \
		"program=pkg:coreutils $system_touch"
	asked=$(field id "$(kept "$work/away/system/x")")
	"$SELDOM" explain "$asked" --json >"$work/explained"
	check 'the explanation names the package' grep -q '"package": *"coreutils"' "$work/explained"
else
	leave_out 'no dpkg here that owns touch'
fi
if command -v git >/dev/null; then
	is 'git' "$work/away/git" subcommand=init
else
	leave_out 'git is not installed'
fi
done_testing
