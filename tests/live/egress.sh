#!/usr/bin/env bash
# Real clients under `seldom run`: each reaches a host that a grant names, without a variable or an option
# for it, and no other host and no other path. What arrived is read at the upstream, not from the client.
# First each works without seldom, against the same upstream behind namespaces of its own.
# shellcheck disable=SC2154 # $order is of clients.bash
. "$(dirname -- "${BASH_SOURCE[0]}")/work/lib.bash"
. "$(dirname -- "${BASH_SOURCE[0]}")/egress/lib.bash"

[ "${1:-}" != natively ] || natively
build_tools

# --- without seldom -----------------------------------------------------------------------------------

for client in "${order[@]}"; do
	why=$(lacks "$client")
	if [ -n "$why" ]; then leave_out "$client: $why"; else here+=("$client"); fi
done
[ ${#here[@]} -gt 0 ] || skip_all 'no client is installed'
if jailed "$top/tests/live/egress.sh" >"$work/native.log" 2>&1; then
	for client in "${here[@]}"; do
		if arrived native "$client" granted && said native "$client" granted; then
			pass "$client works without seldom"
			works+=("$client")
		else
			fail "$client does not work without seldom, so nothing can be shown with it"
			show native "$client" granted
		fi
	done
else
	leave_out "clients without seldom: no namespaces for them here: $(tail -n 1 "$work/native.log")"
	works=("${here[@]}")
fi

# --- inside -------------------------------------------------------------------------------------------

start_upstream "$base/up"
write_grants
start_denying
ask_timeout=20 inside "$project" bash "$clients_run" "${works[@]}" >"$work/inside.log" 2>&1 </dev/null ||
	fail "the run itself: exit $?: $(tail -n 3 "$work/inside.log")"
stop_front
for client in "${works[@]}"; do
	if arrived inside "$client" granted && said inside "$client" granted; then
		pass "$client reaches a granted host"
	else
		fail "$client does not reach a granted host"
		show inside "$client" granted
	fi
	for word in elsewhere ungranted; do # a path that no grant names; a host that none names
		if [ ! -e "$project/inside/$client.$word.out" ]; then
			[ "$word" = elsewhere ] && [ -n "${own_host[$client]:-}" ] || fail "$client: $word was not tried"
		elif arrived inside "$client" "$word" || said inside "$client" "$word"; then
			fail "$client is not refused: $word"
			show inside "$client" "$word"
		else
			pass "$client is refused: $word"
		fi
	done
done
check 'no name without a grant was connected to' not_named ungranted.test
check 'HTTP/2 was spoken to the client' grep -qs 'HTTP/2' "$project/inside/curl-h2.granted.out"
check 'and to the upstream' logged 'e["kind"] == "request" and e["http"] == "2"'
sed -n 's|^[^ ]* denied: [^ ]* connect \(GET [^/]*\)/.*|\1|p' "$work/front.log" | sort >"$work/asked"
equal 'each question was about a host' "$(summary questions.asked)" "$(wc -l <"$work/asked")"
equal 'and none was asked about twice' '' "$(uniq -d "$work/asked")"
check 'there were questions' [ -s "$work/asked" ]
done_testing
