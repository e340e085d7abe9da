#!/usr/bin/env bash
# Questions as bubbles of real notification servers, each on a bus and a screen of its own, and a mouse that goes
# to their buttons (notify_dunst.sh has dunst, whose buttons are a menu). Where a button is, the server's
# accessible names say. PICTURES: a folder for what the screens looked like.
# shellcheck disable=SC2154 # of lib.bash
for tool in Xvfb xdotool /usr/libexec/at-spi-bus-launcher; do
	command -v "$tool" >/dev/null || { echo "skipped: there is no $tool"; exit 77; }
done
/usr/bin/python3 -c 'import gi; gi.require_version("Atspi", "2.0")' 2>/dev/null ||
	{ echo "skipped: no gir1.2-atspi-2.0"; exit 77; }
xfce=/usr/lib/$(uname -m)-linux-gnu/xfce4/notifyd/xfce4-notifyd
mate=/usr/lib/mate-notification-daemon/mate-notification-daemon
classic=/usr/lib/notification-daemon/notification-daemon
gnome=/usr/share/gnome-shell/org.gnome.Shell.Notifications
any=
for server in "$xfce" "$mate" "$classic" "$gnome" lxqt-notificationd plasmawindowed; do
	[ -e "$server" ] || command -v "$server" >/dev/null && any=1
done
[ -n "$any" ] || { echo 'skipped: there is none of the notification servers'; exit 77; }
. "$(dirname -- "${BASH_SOURCE[0]}")/notify/lib.bash"
cat >"$work/bin/terminal" <<'END'
#!/bin/sh
echo "$* [${TMUX-}${STY-}]" >>"$HOME/opened"
END
chmod +x "$work/bin/terminal"
printf '[notify]\nterminal = %s -e\n' "$work/bin/terminal" >"$work/.config/seldom/config"

# --- a desktop -----------------------------------------------------------------------------------------

absent() { # a part that cannot run here
	leave_out "$*"
	done_testing
}
need() { # need PROGRAM...
	local program
	for program; do command -v "$program" >/dev/null || [ -e "$program" ] || absent "there is no $program"; done
}
screen() { # an X server, and the bus of the accessible names
	export GSETTINGS_BACKEND=memory LIBGL_ALWAYS_SOFTWARE=1 QT_QUICK_BACKEND=software
	export XDG_SESSION_TYPE=x11
	export DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS # nothing of this machine's is asked or told
	Xvfb -displayfd 7 -screen 0 1024x768x24 +extension GLX -nolisten tcp 7>"$base/display" >"$base/xvfb.log" 2>&1 &
	started
	wait_for test -s "$base/display" || absent "no X server: $(tail -n 1 "$base/xvfb.log")"
	DISPLAY=:$(cat "$base/display")
	export DISPLAY
	# said to be in use: Qt tells names only then
	/usr/libexec/at-spi-bus-launcher --launch-immediately --a11y=1 --screen-reader=1 >"$base/a11y.log" 2>&1 &
	started
	wait_for owned org.a11y.Bus || absent "no accessible names: $(tail -n 1 "$base/a11y.log")"
	soon see >/dev/null || absent 'no registry of accessible names' # it is there before who tells it names
}
owned() { # owned NAME: somebody on the bus has it
	/usr/bin/python3 - "$1" <<'PY'
import sys, dbus
sys.exit(0 if dbus.SessionBus().name_has_owner(sys.argv[1]) else 1)
PY
}
begin() { # begin PROGRAM...: in the background
	nice -n 5 "$@" >>"$base/desktop.log" 2>&1 &
	started
}
serves() { # the server is there
	wait_for owned org.freedesktop.Notifications ||
		{ fail "it does not start: $(tail -n 3 "$base/desktop.log")"; done_testing; }
}
soon() { # soon COMMAND...: until it succeeds, half a minute at most, however long it takes itself
	local end=$((SECONDS + 30))
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}
picture() { [ -z "${PICTURES:-}" ] || import -window root "$PICTURES/$part-$1.png"; }
see() { /usr/bin/python3 "$fixtures/buttons.py" "$@" 2>/dev/null; }
has() { see has "$1"; }
hasnt() { ! see has "$1"; }
point() { # point NAME: the mouse goes there
	local place
	place=$(see at "$1") || return 1
	# shellcheck disable=SC2086 # two words
	xdotool mousemove $place
}
click() { # click NAME: as a hand does, which is at the bubble first: some unfold then
	soon point "$1" || { fail "there is no '$1': $(see | tail -n 20)"; return 1; }
	sleep 0.7 # it may still move; and longer than a press is none
	point "$1"
	xdotool click 1
}
press() { # press BUTTON
	point "$title"
	click "$1"
}

# --- one bubble after the other ------------------------------------------------------------------------

title='pip wants to'
asked() { # asked OVERLAY: a question, until it is seen
	tell_broker "ask $1"
	soon has "$title" || { fail "no bubble: $(see | tail -n 20)"; picture missing; done_testing; }
}
doctor_says() { "$SELDOM" doctor 2>&1 | grep "$1" >/dev/null; }
known() { # known NAME: a pattern, with the version
	check 'the doctor knows it' soon doctor_says "^desktop *ok *$1, with buttons; 'Open' starts $work/bin/terminal -e"
	broker
	TMUX=/none,1,0 STY=1.none notifier
}
buttons_work() {
	asked '{}'
	picture allow
	press 'Allow once'
	check 'Allow once is heard' wait_for has_heard answer 1
	equal 'as what it is' allow "$(heard answer verdict)"
	check 'and its bubble goes' soon hasnt "$title"
	asked '{"tier":2}'
	picture deny
	press Deny
	check 'Deny is heard' wait_for has_heard answer 2
	equal 'as what it is' deny "$(heard answer verdict | tail -n 1)"
	check 'and its bubble goes' soon hasnt "$title"
	asked '{"tier":3,"token":"anchor"}'
	sleep 1
	point "$title"
	soon has Open || fail 'tier 3 has no Open'
	picture open
	check 'tier 3 has no Allow' hasnt 'Allow once'
	check 'and no Deny' hasnt Deny
	press Open
	check 'Open starts the console' wait_for grep -qs -- '--question test.3 ' "$work/opened"
	check 'in a terminal that is in no multiplexer' grep -q '\[\]$' "$work/opened"
	equal 'and answers nothing' 2 "$(n_heard answer)"
	tell_broker close test.3
	check 'what is answered elsewhere has no bubble' soon hasnt "$title"
	asked '{"object":"/srv/<b>bold</b>&amp;<a href=\"http://x.test\">","new":"<i>first</i>"}'
	point "$title"
	sleep 1
	picture hostile
	check 'markup is text' has '<b>bold</b>&amp;<a href="http://x.test">'
	tell_broker close test.4
}
goes() {
	check 'a question that ends takes its bubble' soon hasnt "$title"
	end_notifiers
}
stays() { # the server says that it closed it, and leaves it on the screen
	sleep 2
	press 'Allow once'
	sleep 1
	check 'a bubble that outlives its question answers nothing' test "$(n_heard answer)" = 2
	end_notifiers
}

part_xfce() {
	need "$xfce"
	screen
	begin "$xfce"
	serves
	known 'Xfce Notify Daemon [0-9.]*'
	buttons_work
	goes
}
part_mate() {
	need "$mate"
	screen
	begin "$mate"
	serves
	known 'Notification Daemon [0-9.]*'
	buttons_work
	goes
}
part_classic() {
	need "$classic"
	screen
	begin "$classic"
	serves
	known 'Notification Daemon [0-9.]*'
	buttons_work
	stays
}
part_lxqt() {
	need lxqt-notificationd
	screen
	begin lxqt-notificationd
	serves
	known 'lxqt-notificationd [0-9.]*'
	tell_broker 'ask {"object":"/srv/<b>bold</b>"}'
	soon has "$title" || absent 'it tells no accessible names' # Qt does not always find the registry
	picture allow
	pass 'it shows a question'
	leave_out 'its buttons, which are a list with an OK'
	tell_broker close test.1
	goes
}
stirred() { # stirred NAME: the mouse moves; whether NAME is gone
	xdotool mousemove 500 600 mousemove 520 620
	hasnt "$1"
}
part_gnome() {
	need gnome-shell gjs "$gnome"
	sleep 20 # the heaviest: after the light ones
	screen
	begin gnome-shell --x11 --sm-disable
	wait_for owned org.gnome.Shell || { fail "it does not start: $(tail -n 3 "$base/desktop.log")"; return; }
	begin gjs "$gnome"
	serves
	# to root it says what it thinks of that, one bubble at a time, until somebody moves the mouse
	[ "$(id -u)" != 0 ] || { soon has 'Logged in as a privileged user'; soon stirred 'Logged in as a privileged user'; } || fail 'words about root stay'
	known 'gnome-shell [0-9.]*'
	buttons_work
	goes
}
part_plasma() {
	need kwin_x11 plasmawindowed kglobalaccel5
	screen
	begin kglobalaccel5
	begin kwin_x11
	for _ in 1 2 3; do # Qt does not always find the registry
		begin plasmawindowed org.kde.plasma.notifications
		serves
		sleep 3
		[ -z "$(see)" ] || break
		kill $!
		wait $! 2>/dev/null
	done
	[ -n "$(see)" ] || absent 'Plasma tells no accessible names'
	known 'Plasma [0-9.]*'
	buttons_work
	goes
}

part=$1
"part_$part"
done_testing
