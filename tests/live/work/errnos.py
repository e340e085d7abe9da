"""Compares two outputs of errnos.c: errnos.py NATIVE INSIDE

Every row must be equal but for the explained exceptions below: calls that have two things wrong, where
both sides fail and neither changes anything, may name the other of the two.
"""

import re
import sys

TWO_PATHS = r"(rename|rename-noreplace|rename-exchange|link|link-follow) "
# what the row must match, the errno natively, inside; why that is all right
EXPLAINED = [
    (TWO_PATHS, ".*", "ENAMETOOLONG", "both paths are copied before either is resolved"),
    (TWO_PATHS + r"m{10}", ".*", "ENAMETOOLONG|EEXIST|EBUSY", "both names are wrong"),
    (r"rename-bad ", "EINVAL", ".*", "flags are looked at after the paths"),
    (r"TMPFILE\|RDONLY ", "EINVAL", ".*", "flags are looked at after the path"),
    (r"(truncate-1|unlinkat-bad) ", "EINVAL", "ENAMETOOLONG", "arguments are looked at after the path"),
    (r".*CREAT.* \S+/ |creat \S+/ ", "EISDIR", "ENOTDIR|EEXIST", "creating a name that ends in a slash"),
    (r"(rmdir|unlinkat-dir) (/|//|\.\.|d/\.\.) ", "ENOTEMPTY|EBUSY", "EINVAL", "no name to remove"),
    (r"(rmdir|unlinkat-dir) (/|//|\.\.|d/\.\.) ", "EBUSY|ENOTEMPTY", "EBUSY|ENOTEMPTY", "no name to remove"),
    (r"ro mount: unlink nothing", "EROFS", "ENOENT", "nothing is there to remove either way"),
    (r"rename-noreplace \., ", "EBUSY", "EEXIST", "the folder one stands in, and a name that is there"),
]


def load(path):
    rows = {}
    with open(path, errors="surrogateescape") as f:
        for line in f:
            call, arrow, result = line.rstrip("\n").rpartition("-> ")
            if arrow:
                while call in rows:
                    call += "'"
                rows[call] = result
    return rows


def explained(call, native, inside):
    if "ok" in (native, inside) or " changed " in native + inside:
        return False
    return any(
        re.match(row, call) and re.fullmatch(a, native) and re.fullmatch(b, inside)
        for row, a, b, _ in EXPLAINED
    )


def main():
    native, inside = load(sys.argv[1]), load(sys.argv[2])
    groups, exceptions = {}, 0
    for call, wanted in native.items():
        if call not in inside:
            print("FAILED: the table was not finished: no row for %s" % call.strip())
            sys.exit(1)
        got = inside[call]
        if got == wanted:
            continue
        if explained(call, wanted, got):
            exceptions += 1
            continue
        short = [r.replace(" changed", "*").split("*")[0] + ("*" if "changed" in r else "") for r in (wanted, got)]
        groups.setdefault((call.split()[0], *short), []).append(call.strip())
    for (_, wanted, got), calls in sorted(groups.items()):
        print("FAILED: natively %s, inside %s: %d calls: %s" % (wanted, got, len(calls), "; ".join(calls[:5])))
    print("%d rows, %d explained exceptions, %d kinds of difference" % (len(native), exceptions, len(groups)))
    sys.exit(1 if groups or len(native) < 4000 else 0)


main()
