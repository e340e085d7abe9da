#!/usr/bin/env python3
"""A broker for tests of fronts: it guards nothing, and asks what it is told to.

usage: broker.py SESSION LOG   in $XDG_RUNTIME_DIR/seldom

Lines on standard input: ask {...} (laid over the plain question), close ID [HOW], refuse TEXT (the result
of every further answer), feedback TEXT, leave (forget every front), quit. What fronts
send is a line of LOG each, with the milliseconds at which it came. An answer that is not refused closes
its question.
"""
import json, os, selectors, socket, sys, time

session, log_path = sys.argv[1:3]
folder = os.path.join(os.environ["XDG_RUNTIME_DIR"], "seldom")
os.makedirs(folder, 0o700, exist_ok=True)
path = os.path.join(folder, session + ".sock")
log = open(log_path, "a", buffering=1)
listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
try:
    os.unlink(path)
except FileNotFoundError:
    pass
listener.bind(path)
os.chmod(path, 0o600)
listener.listen(16)
listener.setblocking(False)
loop = selectors.DefaultSelector()
fronts, questions, number = {}, {}, 0
refuse, feedback, pending = None, None, b""


def note(front, message):
    log.write(json.dumps({"at": int(time.monotonic() * 1000), "front": front, **message}) + "\n")


def send(connection, message):
    try:
        connection.send(json.dumps(message).encode())
    except OSError:
        drop(connection)


def drop(connection):
    if connection in fronts:
        note(fronts.pop(connection), {"type": "(left)"})
        loop.unregister(connection)
        connection.close()


def broadcast(message):
    for connection in list(fronts):
        if fronts[connection]:
            send(connection, message)


def plain():
    return {
        "id": "%s.%d" % (session, number), "session": session, "tier": 1, "op": "create",
        "object": "/srv/out/file%d" % number,
        "who": {"pid": 4711, "comm": "pip", "exe": "/usr/bin/python3.11", "chain": ["claude", "bash", "pip"],
                "cwd": "/home/ana/src"},
        "new": "first write of pip outside the scope", "consequence": "can be undone", "why": "no rule covers it",
        "rungs": [{"n": 0, "kind": "file", "label": "this file", "object": "/srv/out/file", "exposes": "",
                   "covers": 1},
                  {"n": 1, "kind": "folder", "label": "this folder", "object": "/srv/out", "exposes": "2 files",
                   "covers": 3}],
        "recommended": 1, "preselected": 1, "waiting": 1, "asked": int(time.time()), "remaining_ms": 300000,
        "terms": ["once", "session", "30d"], "state": "FRESH"}


def ask(overlay):
    global number
    if "id" not in overlay:
        number += 1
    question = plain()
    question.update(overlay)
    questions[question["id"]] = question
    broadcast({"v": 1, "type": "question", "question": question})


def close(ident, how="gone", by=""):
    if questions.pop(ident, None):
        broadcast({"v": 1, "type": "closed", "id": ident, "how": how, "by": by})


def on_answer(connection, message):
    ident = message.get("id")
    error = refuse or (None if ident in questions else "it is gone")
    result = {"v": 1, "type": "result", "id": ident, "ok": error is None}
    if error:
        result["error"] = error
    elif feedback:
        result["feedback"] = feedback
    send(connection, result)
    if error is None:
        close(ident, message["verdict"], fronts.get(connection, ""))


def on_front(connection):
    try:
        data = connection.recv(65536)
    except OSError:
        data = b""
    if not data:
        return drop(connection)
    message = json.loads(data)
    if message.get("type") == "hello":
        fronts[connection] = message["front"]
        send(connection, {"v": 1, "type": "welcome", "session": session, "pid": os.getpid(), "command": ["make"],
                          "cwd": "/home/ana/src", "started": int(time.time()), "profile": None})
        for question in questions.values():
            send(connection, {"v": 1, "type": "question", "question": question})
    note(fronts.get(connection, "(left)"), message)
    if message.get("type") == "answer":
        on_answer(connection, message)


def on_command(line):
    global refuse, feedback
    word, _, rest = line.partition(" ")
    if word == "ask":
        ask(json.loads(rest or "{}"))
    elif word == "many":
        for _ in range(int(rest)):
            ask({})
    elif word == "close":
        close(*rest.split())
    elif word == "refuse":
        refuse = rest or None
    elif word == "feedback":
        feedback = rest or None
    elif word == "leave":
        for connection in list(fronts):
            drop(connection)
    elif word == "quit":
        os.unlink(path)
        sys.exit(0)


def on_input():
    global pending
    data = os.read(0, 65536)
    if not data:
        os.unlink(path)
        sys.exit(0)
    pending += data
    while b"\n" in pending:
        line, _, pending = pending.partition(b"\n")
        on_command(line.decode())


loop.register(listener, selectors.EVENT_READ)
loop.register(0, selectors.EVENT_READ)
while True:
    for key, _ in loop.select():
        if key.fileobj == 0:
            on_input()
        elif key.fileobj not in fronts and key.fileobj is not listener:
            pass  # it was dropped meanwhile
        elif key.fileobj is listener:
            connection, _ = listener.accept()
            connection.settimeout(10)
            fronts[connection] = ""
            loop.register(connection, selectors.EVENT_READ)
        else:
            on_front(key.fileobj)
