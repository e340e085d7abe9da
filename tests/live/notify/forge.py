#!/usr/bin/python3
"""Says on the session bus what only the notification server may say, without being it.

usage: forge.py ID ACTION

To all, and to each connection alone: that ACTION of ID was pressed, that ID is closed, and that the server's name
has another owner. A line for each connection that was told.
"""
import sys

import dbus, dbus.lowlevel

NAME, PATH = "org.freedesktop.Notifications", "/org/freedesktop/Notifications"
ident, action = dbus.UInt32(int(sys.argv[1])), sys.argv[2]
bus = dbus.SessionBus()
me = bus.get_unique_name()
WORDS = [
    (PATH, NAME, "ActionInvoked", (ident, action)),
    (PATH, NAME, "NotificationClosed", (ident, dbus.UInt32(2))),
    ("/org/freedesktop/DBus", "org.freedesktop.DBus", "NameOwnerChanged", (NAME, bus.get_name_owner(NAME), me)),
]


def say(path, interface, member, words, to=None):
    message = dbus.lowlevel.SignalMessage(path, interface, member)
    message.append(*words)
    if to:
        message.set_destination(to)
    bus.send_message(message)


for word in WORDS:
    say(*word)
for name in bus.list_names():
    if name.startswith(":") and name != me:
        for word in WORDS:
            say(*word, to=name)
        print(name)
bus.flush()
bus.get_object("org.freedesktop.DBus", "/org/freedesktop/DBus").GetId()  # the bus has read all of it
