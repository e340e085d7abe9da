"""Prints what a tree is: a line an entry with type, mode, links, size, content or target, xattrs.

usage: listing.py FOLDER [PATTERN...]   entries whose path matches a pattern are shown without content
"""

import fnmatch
import hashlib
import os
import stat
import sys

KINDS = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "folder",
    stat.S_IFLNK: "link",
    stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "socket",
}


def digest(path):
    h = hashlib.sha256()
    try:
        with open(path, "rb") as f:
            while chunk := f.read(1 << 16):
                h.update(chunk)
    except PermissionError:
        return "unreadable"
    return h.hexdigest()[:24]


def entries(folder, prefix=b""):
    """Walks by changing into folders: paths may be longer than PATH_MAX."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        os.fchdir(fd)
        for name in sorted(os.listdir(b".")):
            os.fchdir(fd)
            path = prefix + name
            yield path, name
            if stat.S_ISDIR(os.lstat(name).st_mode):
                yield from entries(name, path + b"/")
    finally:
        os.close(fd)


def describe(path, name, patterns):
    st = os.lstat(name)
    kind = stat.S_IFMT(st.st_mode)
    row = [KINDS.get(kind, "other"), "%04o" % stat.S_IMODE(st.st_mode)]
    if kind == stat.S_IFREG:
        text = path.decode("utf-8", "surrogateescape")
        row.append("links=%d" % st.st_nlink)
        if not any(fnmatch.fnmatch(text, p) for p in patterns):
            row += ["size=%d" % st.st_size, digest(name)]
    elif kind == stat.S_IFLNK:
        row.append("-> " + repr(os.readlink(name)))
    for key in sorted(os.listxattr(name, follow_symlinks=False)):
        if key.startswith("user."):
            row.append("%s=%r" % (key, os.getxattr(name, key, follow_symlinks=False)))
    return " ".join(row + [repr(path)])


def main():
    root = os.path.abspath(os.fsencode(sys.argv[1]))
    for path, name in entries(root):
        print(describe(path, name, sys.argv[2:]))


main()
