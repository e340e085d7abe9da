"""Tries to reach sockets of the host: `inside.py FOLDER PATH...` prints a line for each, with what every way
to it gave, or "refused" if all were refused. Without seldom the same program shows that each way leads there."""
import errno
import os
import socket
import sys

work, paths = sys.argv[1], sys.argv[2:]
REFUSED = {errno.ECONNREFUSED, errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENOTDIR, errno.ENETUNREACH,
           errno.EXDEV, errno.ELOOP, errno.EPROTONOSUPPORT}  # the last: no datagrams between local sockets
TYPES = {".dgram": socket.SOCK_DGRAM, ".seqpacket": socket.SOCK_SEQPACKET}


def reach(address, kind, send=False):
    with socket.socket(socket.AF_UNIX, kind) as s:
        s.settimeout(10)
        if send:
            s.sendto(b"x", address)
        elif kind == socket.SOCK_DGRAM:
            s.connect(address)
            s.send(b"x")
        else:
            s.connect(address)


def plain(path, kind):
    reach(path, kind)


def sent(path, kind):
    reach(path, kind, send=kind == socket.SOCK_DGRAM)


def symlink(path, kind):
    link = f"{work}/link"
    os.symlink(path, link)
    try:
        reach(link, kind)
    finally:
        os.unlink(link)


def relative(path, kind):
    reach(os.path.relpath(path), kind)


def by_proc(path, kind):
    here = os.getcwd()
    try:
        if len(path) + len("/proc/self/root") < 108:
            reach("/proc/self/root" + path, kind)
        os.chdir(os.path.dirname(path))
        reach("/proc/self/cwd/" + os.path.basename(path), kind)
    finally:
        os.chdir(here)


def by_folder(path, kind):
    fd, here = os.open(os.path.dirname(path), os.O_PATH), os.getcwd()
    try:
        reach(f"/proc/self/fd/{fd}/{os.path.basename(path)}", kind)
        os.fchdir(fd)
        reach(os.path.basename(path), kind)
    finally:
        os.chdir(here)
        os.close(fd)


def hard_link(path, kind):
    name = f"{work}/hard"
    os.link(path, name)
    try:
        reach(name, kind)
    finally:
        os.unlink(name)


def one(path):
    kind = TYPES.get(os.path.splitext(path)[1], socket.SOCK_STREAM)
    saw = []
    for way in (plain, sent, symlink, relative, by_proc, by_folder, hard_link):
        try:
            way(path, kind)
            saw.append(f"{way.__name__}:reached")
        except OSError as e:
            if e.errno not in REFUSED:
                saw.append(f"{way.__name__}:{errno.errorcode.get(e.errno, e)}")
    return " ".join(saw) or "refused"


def abstract(name):
    try:
        reach("\0" + name, socket.SOCK_STREAM)
        return "reached"
    except OSError as e:
        return errno.errorcode[e.errno]


for p in paths:
    print(p, abstract(p[1:]) if p[0] == "@" else one(p), flush=True)
