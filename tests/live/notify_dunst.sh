#!/usr/bin/env bash
# Real runs that ask, and dunst, a real notification server, whose buttons answer: allow, deny, Open. Then
# runs beside a server that hangs, and the bus as the program sees it.
# shellcheck disable=SC2154 # of lib.bash
. "$(dirname -- "${BASH_SOURCE[0]}")/notify/lib.bash"
for tool in Xvfb dunst dunstctl; do
	command -v "$tool" >/dev/null || skip_all "there is no $tool"
done
cat >"$work/bin/terminal" <<'END'
#!/bin/sh
echo "$*" >>"$HOME/opened"
END
# what dunst starts as its menu: the person's choice is in a file
cat >"$work/bin/menu" <<'END'
#!/bin/sh
tee "$HOME/menu" | grep -m 1 -F "$(cat "$HOME/choice")" | tee "$HOME/chosen"
END
chmod +x "$work/bin/terminal" "$work/bin/menu"
printf '[notify]\nterminal = %s -e\n' "$work/bin/terminal" >"$work/.config/seldom/config"

# --- a desktop ----------------------------------------------------------------------------------------

Xvfb -displayfd 7 -screen 0 800x600x24 -nolisten tcp 7>"$base/display" >"$base/xvfb.log" 2>&1 &
started
wait_for test -s "$base/display" || skip_all "no X server: $(tail -n 1 "$base/xvfb.log")"
DISPLAY=:$(cat "$base/display")
export DISPLAY
mkdir -p "$work/.config/dunst"
cat >"$work/.config/dunst/dunstrc" <<END
[global]
    dmenu = $work/bin/menu
    markup = full
    notification_limit = 20
END
dunst -config "$work/.config/dunst/dunstrc" >"$base/dunst.log" 2>&1 &
started
wait_for dunstctl is-paused >/dev/null 2>&1 || skip_all "dunst does not start: $(tail -n 2 "$base/dunst.log")"

bubbles() { dunstctl count displayed; }
has_bubbles() { [ "$(bubbles)" -ge "$1" ]; }
no_bubble() { [ "$(bubbles)" = 0 ]; }
choose() { # choose LABEL: what a person picks in dunst's menu
	echo "$1" >"$work/choice"
	rm -f "$work/chosen"
	dunstctl context
	wait_for test -s "$work/chosen" || fail "the menu has no '$1': $(cat "$work/menu")"
}
run='' status=''
start() { # start CMD...: a run in the background
	mkdir -p "$project"
	ask_timeout=${patience:-60} inside "$project" "$@" >"$work/out" 2>"$work/err" </dev/null 8>&- 9>&- &
	run=$!
}
ended() { wait "$run"; status=$?; }
project=$work/project
mkdir -p "$work/elsewhere"

check 'doctor knows the server' grep -q "^desktop *ok *dunst .*with buttons; 'Open' starts $work/bin/terminal -e" \
	<("$SELDOM" doctor)

trial() { "$notify" --test 2>"$work/trial" 8>&- 9>&- & run=$!; }
trial
check 'a trial shows a bubble' wait_for has_bubbles 1
choose 'I see it'
ended
equal 'whose button says that it was seen' '0 ' "$status $(cat "$work/trial")"
check 'and closes it' wait_for no_bubble
trial
wait_for has_bubbles 1 || fail 'no second bubble'
dunstctl close-all
ended
equal 'one that is closed was not seen' 1 "$status"
check 'and says so' grep -q 'its button was not pressed' "$work/trial"

start touch "$work/elsewhere/allowed"
check 'a run shows its question as a bubble' wait_for has_bubbles 1
sleep 0.6
choose 'Allow once'
ended
equal 'which allows' 0 "$status"
check 'what it says' test -e "$work/elsewhere/allowed"
check 'and closes' wait_for no_bubble
"$SELDOM" explain "$(sed -n 's/.*"session": *"\([a-z0-9]*\)".*/\1/p' "$work/summary.json").1" --json >"$work/explained" 2>&1
check 'the answer is on record as one of the desktop, with the time it took' \
	grep -qE '"front": *"notify".*"response_ms": *[0-9]{3}' "$work/explained"
equal 'one seldom-notify serves all runs' 1 "$(n_notifiers)"

start touch "$work/elsewhere/denied"
wait_for has_bubbles 1 || fail "no bubble: $(cat "$work/err")"
sleep 0.6
choose 'Deny'
ended
check 'another one denies' test "$status" != 0
check 'and nothing is there' test ! -e "$work/elsewhere/denied"
check 'the menu had no more than it should' test "$(wc -l <"$work/menu")" -le 4
equal 'still one' 1 "$(n_notifiers)"

start touch "$work/elsewhere/opened"
wait_for has_bubbles 1 || fail "no bubble: $(cat "$work/err")"
sleep 0.6
choose 'Open'
check 'Open starts the console in a terminal' wait_for grep -qs -- "-e .*/seldom --question [a-z0-9]*\.1" "$work/opened"
question=$(sed -n 's/.*--question //p' "$work/opened")
"$SELDOM" answer "$question" allow >"$work/answer.log" 2>&1
ended
check 'the question was still open, for any front' test -e "$work/elsewhere/opened"

start sh -c "sleep 1; touch '$work/elsewhere/gone'"
wait_for has_bubbles 1 || fail "no bubble: $(cat "$work/err")"
"$SELDOM" pending --json >"$work/question"
"$SELDOM" answer "$(grep -o '"id": *"[^"]*"' "$work/question" | head -n 1 | cut -d'"' -f4)" deny >"$work/answer.log" 2>&1
check 'a question that another front answered closes its bubble' wait_for no_bubble
ended

broker # tier 3 by the one that asks what it is told to: here secrets may be masked without questions
tell_broker 'ask {"tier":3,"token":"anchor"}'
check 'a question of tier 3 has a bubble' wait_for has_bubbles 1
sleep 0.6
rm -f "$work/opened"
choose 'Open'
check 'that can only be opened' test "$(grep -v -c '^#Open ' "$work/menu")" = 0
check 'and that does' wait_for grep -qs -- '--question test.1' "$work/opened"
equal 'nothing was answered' 0 "$(n_heard answer)"
tell_broker many 200
check 'a burst of 200 is a bubble' wait_for has_bubbles 1
sleep 2
equal 'one' 1 "$(bubbles)"

end_notifiers
done_testing
