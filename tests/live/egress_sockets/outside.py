"""Listens on each of the paths (".dgram", ".seqpacket": that type; "@": an abstract name), makes the folders
that are missing. Prints "ready" once all are there. Ends when its standard input does, and removes what it made."""
import os
import socket
import sys
import threading

TYPES = {".dgram": socket.SOCK_DGRAM, ".seqpacket": socket.SOCK_SEQPACKET}
kept, made, folders = [], [], []


def folder(path):
    if not os.path.isdir(path):
        folder(os.path.dirname(path))
        os.mkdir(path)
        folders.append(path)


def drain(s):
    while True:
        s.recv(16)


os.umask(0)
for path in sys.argv[1:]:
    s = socket.socket(socket.AF_UNIX, TYPES.get(os.path.splitext(path)[1], socket.SOCK_STREAM))
    if path[0] == "@":
        s.bind("\0" + path[1:])
    else:
        folder(os.path.dirname(path))
        s.bind(path)
        made.append(path)
    if s.type == socket.SOCK_DGRAM:
        threading.Thread(target=drain, args=(s,), daemon=True).start()
    else:
        s.listen(64)
    kept.append(s)
print("ready", flush=True)
sys.stdin.read()
for path in made:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
for path in reversed(folders):
    try:
        os.rmdir(path)
    except OSError:
        pass
os._exit(0)
