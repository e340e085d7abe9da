#!/usr/bin/env bash
# Programs of the host that act for whoever asks, each behind a socket with a name: none is reached from
# inside, by no way to its name. Each is tried without seldom first, where every way leads there.
. "$(dirname -- "${BASH_SOURCE[0]}")/work/lib.bash"
python=$(command -v /usr/bin/python3 || command -v python3) || skip_all "no python3"
project=$work/project
user=$(id -u)
mkdir -p "$project"
cp "$top/tests/live/egress_sockets/inside.py" "$project/inside.py"
mkfifo "$base/stop"

# Below $1, as they are called where a name cannot be had.
names=(
	nscd/socket systemd/resolve/io.systemd.Resolve systemd/resolve/io.systemd.Resolve.Monitor
	dbus/system_bus_socket docker.sock docker.sock.d/docker.sock containerd/containerd.sock podman/podman.sock
	snapd.socket systemd/private avahi-daemon/socket
	"user/$user/bus" "user/$user/systemd/private" "user/$user/gnupg/S.gpg-agent" "user/$user/gnupg/S.gpg-agent.ssh"
	"user/$user/wayland-0" "user/$user/keyring/control" "user/$user/seldom/fronts"
)
# Those which a run may see, of the home and the workspace's neighbours.
beside=(
	.gnupg/S.gpg-agent .gnupg/S.gpg-agent.ssh .gnupg/S.keyboxd .ssh/agent.sock .agent/control.sock .agent/control.seqpacket
	.local/state/agent/messaging.sock plain/sent.dgram
)
paths=("@seldom-test-$$")
for one in "${beside[@]}"; do paths+=("$work/$one"); done
places=("$base/run") # XDG_RUNTIME_DIR of the run
[ "$user" = 0 ] && places+=(/run)
for place in "${places[@]}"; do
	for one in "${names[@]}"; do
		case $place/$one in
		/run/user/0/* | /run/systemd/private | /run/dbus/*) [ -e "/run/user/0" ] && [ "${one#user}" != "$one" ] && continue ;;
		esac
		# Not where a program of the host has its own.
		[ -e "$place/$one" ] || paths+=("$place/$one")
	done
done
for one in "/tmp/.X11-unix/X9$((user % 1000))" "/tmp/ssh-seldom$$/agent.$$" "/tmp/dbus-seldom$$" "/tmp/tmux-$user/seldom$$"; do
	[ -e "$one" ] || paths+=("$one")
done

"$python" "$top/tests/live/egress_sockets/outside.py" "${paths[@]}" <"$base/stop" >"$base/listening" 2>"$base/listening.err" &
listener=$!
exec 7>"$base/stop" # it ends, and tidies up, with this script
for _ in $(seq 200); do
	grep -q ready "$base/listening" && break
	kill -0 "$listener" 2>/dev/null || break
	sleep 0.05
done
grep -q ready "$base/listening" || { fail "the sockets: $(tail -n 2 "$base/listening.err")"; done_testing; }

# Names that agents give their own sockets by, and everything else that says where one is.
export CLAUDE_CODE_MESSAGING_SOCKET=$work/.local/state/agent/messaging.sock SSH_AUTH_SOCK=$work/.ssh/agent.sock
export TEST_CONTROL_SOCKET=$work/.agent/control.sock TEST_MESSAGING_SOCKET=unix:$work/.agent/control.seqpacket
export DBUS_SESSION_BUS_ADDRESS=unix:path=$base/run/user/$user/bus DOCKER_HOST=unix://$base/run/docker.sock

(cd "$project" && "$python" inside.py "$project" "${paths[@]}") >"$work/canary" 2>"$work/err"
ask_timeout=1
inside "$project" "$python" inside.py "$project" "${paths[@]}" >"$work/out" 2>"$work/err" </dev/null 7>&-
line_of() { awk -v path="$1" '$1 == path' "$2"; }
every='plain:reached sent:reached symlink:reached relative:reached by_proc:reached by_folder:reached'
for path in "${paths[@]}"; do
	canary=$(line_of "$path" "$work/canary")
	got=$(line_of "$path" "$work/out")
	name=${path#"$base"/}
	case $path in
	@*)
		equal 'without seldom an abstract name is reached' "$path reached" "$canary"
		equal 'inside it is nobody'"'"'s' "$path ECONNREFUSED" "$got"
		continue
		;;
	esac
	# A hard link is made only within one file system.
	equal "without seldom every way leads to $name" "$path $every" "${canary%% hard_link:*}"
	equal "inside none does: $name" "$path refused" "$got"
done
"$SELDOM" log --session last >"$work/log" 2>/dev/null </dev/null
check 'the log has what was refused' grep -q 'deny .* connect .*messaging.sock' "$work/log"
check 'nobody is asked about a connection (but about a hard link)' test -z "$(grep -E ' timeout .* connect ' "$work/log")"
check 'hard links were tried' grep -q 'hard_link:reached' "$work/canary"

# --- seldom's own -------------------------------------------------------------------------------------

cat >"$project/own.py" <<'PY'
import os, socket, sys
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            s.connect(os.path.join(folder, name))
            print("reached", name)
        except OSError:
            pass
print("looked")
PY
: >"$work/out"
inside "$project" sh -c ': >ready; for i in $(seq 200); do [ -e done ] && break; sleep 0.05; done; exec "$@"' sh "$python" own.py "$base/run/seldom" >"$work/out" 2>"$work/err" </dev/null 7>&- &
run=$!
for _ in $(seq 200); do
	[ -e "$project/ready" ] && break
	sleep 0.05
done
outside=$("$python" "$project/own.py" "$base/run/seldom")
: >"$project/done"
wait "$run"
check "without seldom the session's socket is reached" grep -q reached <<<"$outside"
equal 'inside none of its own is' looked "$(cat "$work/out")"
exec 7>&-
wait "$listener"
check 'nothing is left behind' test ! -e "$work/plain/sent.dgram"
done_testing
