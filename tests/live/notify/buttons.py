#!/usr/bin/env python3
"""What a desktop shows, as its accessible names tell, for a mouse to go there.

usage: buttons.py            every name that is shown, with its role and place, a line each
       buttons.py at NAME    the middle of what has that name, a button if there is one, or begins so; 1: nothing
       buttons.py has TEXT   whether TEXT stands in a name or a text that is shown
"""
import sys
import warnings
import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib

warnings.simplefilter("ignore")
Atspi.set_timeout(2000, 5000)


def shown(node, depth=0):
    """(role, text, x, y, width, height) of all that is shown below."""
    try:
        states = node.get_state_set()
        if depth > 1 and not states.contains(Atspi.StateType.SHOWING):
            return
        role = node.get_role_name()
        names = {node.get_name() or ""}
        if node.get_text_iface():
            names.add(Atspi.Text.get_text(node, 0, -1) or "")
        if depth and node.get_component_iface():
            e = node.get_extents(Atspi.CoordType.SCREEN)
            for name in filter(None, names):
                yield role, name, e.x, e.y, e.width, e.height
        count = min(node.get_child_count(), 200)
    except GLib.Error:
        return  # it went meanwhile
    for i in range(count if depth < 40 else 0):
        try:
            child = node.get_child_at_index(i)
        except GLib.Error:
            continue
        if child:
            yield from shown(child, depth + 1)


word, wanted = (sys.argv[1:] + ["", ""])[:2]
found = list(shown(Atspi.get_desktop(0)))
if word == "at":
    hits = [f for f in found if f[1].strip().startswith(wanted) and f[4] > 0 and f[5] > 0]
    hits.sort(key=lambda f: (f[1].strip() != wanted, "button" not in f[0]))
    if not hits:
        sys.exit(1)
    _, _, x, y, width, height = hits[0]
    print(x + width // 2, y + height // 2)
elif word == "has":
    sys.exit(0 if any(wanted in f[1] for f in found) else 1)
else:
    for f in found:
        print(*f[:1], f[2:], repr(f[1]))
