# shellcheck shell=bash disable=SC2154,SC2034 # $work and its like are of work/lib.bash
# What tests/live/egress*.sh share: the upstream, what it saw, and clients in a namespace of their own.

egress=$top/tests/live/egress
project=$work/project
clients_run=$project/run
here=() works=() upstream=
. "$egress/clients.bash"
export EGRESS_TOOLS=$work/tools
mkdir -p "$project" "$EGRESS_TOOLS"
# Nothing of the caller's that is about authorities, proxies or registries; the tests' subject.
while read -r name; do unset "$name"; done < <(compgen -e | grep -iE 'proxy|ssl|cert|ca_?bundle|ca_?info|^npm_|^pip_|^node_|^python|^java|^go[a-z]*$|^git_')
export GIT_AUTHOR_DATE='2001-02-03T04:05:06Z' GIT_COMMITTER_DATE='2001-02-03T04:05:06Z' GIT_TERMINAL_PROMPT=0

build_tools() { # what has to be compiled; who lacks a compiler leaves its client out
	if command -v javac >/dev/null; then javac -d "$EGRESS_TOOLS" "$egress/Fetch.java" || fail 'compile Fetch.java'; fi
	if command -v go >/dev/null; then
		(cd "$EGRESS_TOOLS" && GO111MODULE=off GOCACHE=$work/gocache CGO_ENABLED=0 go build -o fetch "$egress/fetch.go") || fail 'compile fetch.go'
	fi
	cp "$egress/clients.bash" "$project/clients.bash"
	# The same for all: two at a time, each with a limit; what each said, and how it ended.
	cat >"$clients_run" <<'RUN'
project=$(dirname -- "$(readlink -f -- "$0")")
. "$project/clients.bash"
phase=${PHASE:-inside}
mkdir -p "$project/$phase" && cd "$project/$phase" || exit 1
one() { # one CLIENT HOST WORD
	HOME=$(mktemp -d "$PWD/home.XXXXXX") timeout -k 1 25 bash "$project/clients.bash" "$@" >"$1.$3.out" 2>"$1.$3.err"
	echo $? >"$1.$3.exit"
}
every() {
	local client
	for client; do
		one "$client" "${own_host[$client]:-open.test}" granted
		[ "$phase" = inside ] || continue
		[ -n "${own_host[$client]:-}" ] || one "$client" open.test elsewhere
		one "$client" ungranted.test ungranted
	done
}
odd=() even=()
for client; do
	if [ ${#odd[@]} -gt ${#even[@]} ]; then even+=("$client"); else odd+=("$client"); fi
done
every "${odd[@]}" &
every "${even[@]}"
wait
RUN
}

start_upstream() { # start_upstream FOLDER [OPTIONS...]: sets $tls, $h2, $plain, $raw and so on
	local dir=$1 fifo
	mkdir -p "$dir"
	fifo=$dir/stop
	mkfifo "$fifo"
	/usr/bin/python3 -W ignore "$egress/upstream.py" "$@" <"$fifo" >"$dir/upstream.log" 2>&1 &
	exec 7>"$fifo" # it ends with this script
	for _ in $(seq 200); do
		[ -e "$dir/ready" ] && break
		sleep 0.05
	done
	[ -e "$dir/ready" ] || { fail "the upstream: $(tail -n 3 "$dir/upstream.log")"; done_testing; }
	. "$dir/ports"
	upstream=$dir
}

write_grants() {
	local name config=$work/.config/seldom
	mkdir -p "$config"
	chmod 700 "$work/.config" "$config"
	{
		for name in open git npm pip go; do
			printf 'grant %s {\n  host %s.test\n  address 127.0.0.1:%s\n  roots %s\n' "$name" "$name" "$h2" "$upstream/root.pem"
			case $name in
			open) echo '  http GET /granted/*' ;;
			git) printf '  http GET /demo.git/*  POST /demo.git/*\n  query service=git-upload-pack service=git-receive-pack\n' ;;
			npm) echo '  http GET /hello  GET /hello/*' ;;
			*) echo '  http GET /*' ;;
			esac
			echo '}'
		done
	} >"$config/grants"
	chmod 600 "$config/grants"
}

start_denying() { # a person who says no to every question; stop_front ends it
	echo '{"match":{},"answer":"deny"}' >"$work/answers"
	(
		while :; do
			"$SELDOM" answer --script "$work/answers"
			sleep 0.05
		done
	) >"$work/front.log" 2>&1 7>&- &
	front=$!
}

# --- what was seen ------------------------------------------------------------------------------------

logged() { # logged EXPRESSION: is there an entry e at the upstream for which it holds?
	/usr/bin/python3 - "${log:-$upstream/log.jsonl}" "$1" <<'PY'
import json, sys
with open(sys.argv[1]) as f:
    sys.exit(not any(eval(sys.argv[2], {"e": json.loads(line)}) for line in f))
PY
}
arrived() { # arrived PHASE CLIENT WORD: the request itself, at the upstream
	local log=$upstream/log.jsonl host=${own_host[$2]:-open.test}
	[ "$1" = inside ] || log=$work/native/log.jsonl
	case $3 in
	granted) if [ -n "${own_host[$2]:-}" ]; then
		log=$log logged "e['kind'] == 'request' and e['sni'] == '$host'"
	else
		log=$log logged "e['kind'] == 'request' and e['path'] == '/granted/$2'"
	fi ;;
	*) log=$log logged "e['kind'] == 'request' and (e['path'] == '/$3/$2' or (e['host'] or '').startswith('ungranted'))" ;;
	esac
}
said() { # said PHASE CLIENT WORD: the client got the upstream's answer
	grep -qsxE 'ok|from upstream' "$project/$1/$2.$3.out"
}
show() { # show PHASE CLIENT WORD
	echo "  exit $(cat "$project/$1/$2.$3.exit" 2>/dev/null)"
	head -c 300 "$project/$1/$2.$3.out" 2>/dev/null | sed 's/^/  out: /'
	head -n 6 "$project/$1/$2.$3.err" 2>/dev/null | cut -c1-300 | sed 's/^/  err: /'
}
not_named() { # not_named HOST: nothing at the upstream speaks of it
	! grep -qF "$1" "$upstream/log.jsonl"
}

# --- a namespace with names of its own --------------------------------------------------------------------

jailed() { # jailed SCRIPT: runs `SCRIPT natively` where names lead to an upstream of its own
	local wall=(unshare -m -n -p -f --mount-proc --kill-child)
	[ "$(id -u)" = 0 ] || wall+=(-Ur)
	printf '%s\n' "${here[@]}" >"$work/here"
	KEEP=1 TMPDIR=$work JAIL_WORK=$work "${wall[@]}" bash "$1" natively </dev/null
}
natively() { # the part of a script behind those walls; ends the script
	local name
	base=$JAIL_WORK/jail work=$JAIL_WORK project=$JAIL_WORK/project clients_run=$JAIL_WORK/project/run
	export HOME=$work EGRESS_TOOLS=$work/tools PHASE=native
	ip link set lo up && mkdir -p "$base" || exit 1
	start_upstream "$work/native" --port h2=443 --port plain=80
	{
		echo '127.0.0.1 localhost'
		for name in open api git npm pip go; do echo "127.0.0.1 $name.test"; done
	} >"$base/hosts"
	cat /etc/ssl/certs/ca-certificates.crt "$work/native/root.pem" >"$base/bundle" 2>/dev/null
	mount --bind "$base/hosts" /etc/hosts && mount --bind "$base/bundle" /etc/ssl/certs/ca-certificates.crt || exit 1
	export SSL_CERT_FILE=$base/bundle NODE_EXTRA_CA_CERTS=$work/native/root.pem PIP_CERT=$base/bundle \
		REQUESTS_CA_BUNDLE=$base/bundle npm_config_cafile=$base/bundle PERL_LWP_SSL_CA_FILE=$base/bundle
	if command -v keytool >/dev/null; then
		keytool -importcert -noprompt -alias root -file "$work/native/root.pem" -keystore "$base/java.p12" \
			-storetype PKCS12 -storepass changeit >/dev/null 2>&1
		export JAVA_TOOL_OPTIONS="-Djavax.net.ssl.trustStore=$base/java.p12 -Djavax.net.ssl.trustStorePassword=changeit"
	fi
	mapfile -t here <"$work/here"
	bash "$clients_run" "${here[@]}"
	exec 7>&-
	exit 0
}
