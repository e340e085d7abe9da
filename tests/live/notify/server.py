#!/usr/bin/python3
"""A notification server that can be as bad as one can be.

usage: server.py LOG [no-actions] [no-body] [no-markup] [hang] [hang-close] [mute] [refuse] [race] [error]
                       [slow] [same-number] [number-zero] [idle]

hang: Notify is never answered; hang-close: CloseNotification is not; mute: nothing is; refuse: Notify is an
error; race: a bubble whose text is replaced was pressed ("allow") just before; error: everything is an error; slow: Notify takes two seconds; same-number: every bubble is 7;
number-zero: every bubble is 0; idle: standard input is not read. Every call is a line of LOG, with the
milliseconds at which it came. Lines on standard input: press ID ACTION, gone ID REASON, flood ID ACTION N (it is
said N times that it was pressed), go (what hung is answered from now on).
"""
import json, os, sys, time

import dbus, dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

NAME, PATH = "org.freedesktop.Notifications", "/org/freedesktop/Notifications"
modes = set(sys.argv[2:])
log = open(sys.argv[1], "a", buffering=1)


def note(**what):
    log.write(json.dumps({"at": int(time.monotonic() * 1000), **what}) + "\n")


class Server(dbus.service.Object):
    last = 0
    shown = {}

    @dbus.service.method(NAME, out_signature="as", async_callbacks=("ok", "err"))
    def GetCapabilities(self, ok, err):
        if "mute" in modes:
            return
        if "error" in modes:
            err(dbus.DBusException("no", name=NAME + ".Error"))
            return
        caps = {"no-actions": "actions", "no-body": "body", "no-markup": "body-markup"}
        ok([cap for mode, cap in caps.items() if mode not in modes])

    @dbus.service.method(NAME, out_signature="ssss", async_callbacks=("ok", "err"))
    def GetServerInformation(self, ok, err):
        note(call="GetServerInformation")
        if "error" in modes:
            err(dbus.DBusException("no", name=NAME + ".Error"))
        elif "mute" not in modes:
            ok("bad\u202eone", "seldom", "1", "1.2")

    @dbus.service.method(NAME, in_signature="susssasa{sv}i", out_signature="u", async_callbacks=("ok", "err"))
    def Notify(self, app, replaces, icon, summary, body, actions, hints, expire, ok, err):
        if replaces:
            ident = int(replaces)
        else:
            Server.last += 1
            ident = 7 if "same-number" in modes else 0 if "number-zero" in modes else Server.last
        actions = [str(a) for a in actions]
        if "race" in modes and ident in self.shown:
            press(ident, "allow")
        note(call="Notify", id=ident, replaces=int(replaces), app=str(app), summary=str(summary), body=str(body),
             actions=dict(zip(actions[::2], actions[1::2])), urgency=int(hints.get("urgency", 1)),
             expire=int(expire), resident=bool(hints.get("resident", False)))
        if "hang" in modes or "mute" in modes:
            return
        if "refuse" in modes:
            err(dbus.DBusException("no", name=NAME + ".Error"))
            return
        self.shown[ident] = actions[::2]
        if "slow" in modes:
            GLib.timeout_add(2000, answered, ok, ident)
        else:
            ok(dbus.UInt32(ident))

    @dbus.service.method(NAME, in_signature="u", async_callbacks=("ok", "err"))
    def CloseNotification(self, ident, ok, err):
        note(call="CloseNotification", id=int(ident))
        if modes & {"mute", "hang-close"}:
            return
        if self.shown.pop(int(ident), None) is not None:
            self.NotificationClosed(ident, 3)
        ok()

    @dbus.service.signal(NAME, signature="uu")
    def NotificationClosed(self, ident, reason):
        pass

    @dbus.service.signal(NAME, signature="us")
    def ActionInvoked(self, ident, action):
        pass


def answered(ok, ident):
    ok(dbus.UInt32(ident))
    note(call="(answered)", id=ident)
    return False


def press(ident, word):
    server.ActionInvoked(dbus.UInt32(ident), word)
    server.shown.pop(ident, None)
    server.NotificationClosed(dbus.UInt32(ident), 2)
    note(call="(pressed)", id=ident, action=word)


pending = b""


def on_input(source, condition):
    global pending
    data = os.read(0, 65536)
    if not data:
        loop.quit()
    pending += data
    while b"\n" in pending:
        line, _, pending = pending.partition(b"\n")
        command(line.decode().split())
    return True


def command(words):
    if words[0] == "press":
        press(int(words[1]), words[2])
    elif words[0] == "gone":
        server.shown.pop(int(words[1]), None)
        server.NotificationClosed(dbus.UInt32(int(words[1])), int(words[2]))
    elif words[0] == "flood":
        for _ in range(int(words[3])):
            server.ActionInvoked(dbus.UInt32(int(words[1])), words[2])
    elif words[0] == "go":
        modes.difference_update({"hang", "hang-close", "mute", "refuse"})


DBusGMainLoop(set_as_default=True)
bus = dbus.SessionBus()
server = Server(dbus.service.BusName(NAME, bus, do_not_queue=True), PATH)
note(call="(ready)")
loop = GLib.MainLoop()
if "idle" not in modes:
    GLib.io_add_watch(0, GLib.IO_IN | GLib.IO_HUP, on_input)
loop.run()
