#!/usr/bin/env bash
# Thousands of calls on a table of paths: each must return natively what it returns inside, and leave
# the same tree. Then descriptors, locks, races, sockets, signals.
. "$(dirname -- "${BASH_SOURCE[0]}")/work/lib.bash"
command -v cc >/dev/null || skip_all "no C compiler"

# A file system that is read-only for everybody, native run included; root can make one for itself.
if [ "$(id -u)" = 0 ] && [ -z "${WORK_OWN_MOUNTS:-}" ] && unshare --mount true 2>/dev/null; then
	WORK_OWN_MOUNTS=1 unshare --mount --propagation private bash "$0" "$@"
	exit
fi
compile errnos
compile calls
readonly_folder=
if [ -n "${WORK_OWN_MOUNTS:-}" ]; then
	readonly_folder=$work/readonly
	mkdir "$readonly_folder"
	mount -t tmpfs tmpfs "$readonly_folder" && echo text >"$readonly_folder/f" &&
		mount -o remount,ro "$readonly_folder" || readonly_folder=
fi
[ -n "$readonly_folder" ] || leave_out "EROFS: only root can mount a read-only file system here"
# Root inside has no capabilities; so must the root be that it is compared with.
if [ "$(id -u)" = 0 ]; then
	native_prefix=(setpriv --bounding-set=-all --inh-caps=-all)
fi

same_rows() { # same_rows WORDS
	local line
	while IFS= read -r line; do
		case $line in
		'FAILED: '*) fail "$1: ${line#FAILED: }" ;;
		*) echo "$1: $line" ;;
		esac
	done < <(python3 "$here/errnos.py" "$work/out.native" "$work/out.inside" 2>&1)
	check "$1: every row is as natively" \
		python3 "$here/errnos.py" "$work/out.native" "$work/out.inside" >/dev/null
}

# Who stands in a folder when it becomes writable keeps the read-only mount for what is not trapped (bind,
# fchmod on a descriptor) until it enters the folder again: docs/threat-model.md.
enter=': >.first && rm .first && cd "$PWD"'
printf '%s\n' "$enter" "'$work/bin/errnos' table $readonly_folder" 'code=$?' 'rm -rf table' 'exit $code' >"$work/script"
run_native "$work/script"
equal 'the table of calls ends natively' 0 "$(cat "$work/exit.native")"
for mode in in out; do
	where="$([ $mode = in ] && echo in || echo out of) scope"
	run_inside "$work/script" $mode
	same_rows "table of calls, $where"
	equal "table of calls, $where: exit code" 0 "$(cat "$work/exit.inside")"
	asked=$(summary questions.asked)
	# Out of scope two folders are touched besides the table's own: the one above it and the root.
	check "table of calls, $where: $asked questions" \
		test "$asked" -le "$([ $mode = in ] && echo 0 || echo 1)"
done

printf '%s\n' "$enter" "'$work/bin/calls' facts" 'echo "exit $?"' 'rm -rf facts/pipe' >"$work/script"
workload 'descriptors, locks, races, sockets' "$work/script"
equal 'every fact was reached' 'exit 0' "$(tail -n 1 "$work/out.native")"
[ -z "$readonly_folder" ] || umount "$readonly_folder"
done_testing
