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

cat >"$work/script" <<SCRIPT
'$work/bin/errnos' table $readonly_folder
echo "exit \$?"
rm -rf table
SCRIPT
workload 'a table of calls' "$work/script"
echo "rows in the table: $(wc -l <"$work/out.native")"
check 'the table has thousands of rows' test "$(wc -l <"$work/out.native")" -gt 4000

printf "%s\n" "'$work/bin/calls' facts" 'echo "exit $?"' 'rm -rf facts/pipe' >"$work/script"
workload 'descriptors, locks, races, sockets' "$work/script"
equal 'every fact was reached' 'exit 0' "$(tail -n 1 "$work/out.native")"
[ -z "$readonly_folder" ] || umount "$readonly_folder"
done_testing
