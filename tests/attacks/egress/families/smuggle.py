"""Two requests in the bytes of one: what stands between and what stands behind must not disagree. te.test
believes the coding, cl.test the length; /secret is granted at neither."""

import h2
from inside import Family

family = Family("smuggle", __doc__, http1=True)


def inner(t, host):
    return f"GET /secret/{t.mark} HTTP/1.1\r\nHost: {host}\r\n\r\n"


def bytes_case(name, host, make, about="", effect="parsed"):
    family.add(name, effect, lambda t: t.raw(host, make(t), wait=2.5), about)


def post(host, *headers):
    return "\r\n".join([f"POST /pub/x HTTP/1.1", f"Host: {host}", *headers]) + "\r\n\r\n"


bytes_case("cl-te", "te.test", lambda t: post("te.test", f"Content-Length: {5 + len(inner(t, 'te.test'))}", "Transfer-Encoding: chunked")
           + "0\r\n\r\n" + inner(t, "te.test"))
bytes_case("te-cl", "cl.test", lambda t: post("cl.test", "Content-Length: 4", "Transfer-Encoding: chunked")
           + f"{len(inner(t, 'cl.test')):x}\r\n" + inner(t, "cl.test") + "\r\n0\r\n\r\n")
for name, line in {"te-space": "Transfer-Encoding : chunked", "te-tab": "Transfer-Encoding:\tchunked", "te-twice": "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
                   "te-list": "Transfer-Encoding: gzip, chunked", "te-quoted": 'Transfer-Encoding: "chunked"', "te-x": "Transfer-Encoding: xchunked",
                   "te-vertical-tab": "Transfer-Encoding:\x0bchunked", "te-fold": "Transfer-Encoding:\r\n chunked", "te-upper": "TRANSFER-ENCODING: CHUNKED"}.items():
    bytes_case(name, "te.test", lambda t, line=line: post("te.test", f"Content-Length: {5 + len(inner(t, 'te.test'))}", line)
               + "0\r\n\r\n" + inner(t, "te.test"))
bytes_case("cl-cl", "open.test", lambda t: post("open.test", f"Content-Length: {len(inner(t, 'open.test'))}", "Content-Length: 0") + inner(t, "open.test"))
bytes_case("cl-list", "open.test", lambda t: post("open.test", f"Content-Length: 0, {len(inner(t, 'open.test'))}") + inner(t, "open.test"))
bytes_case("cl-plus", "open.test", lambda t: post("open.test", "Content-Length: +0") + inner(t, "open.test"))
bytes_case("cl-negative", "open.test", lambda t: post("open.test", "Content-Length: -0") + inner(t, "open.test"))
bytes_case("cl-hex", "open.test", lambda t: post("open.test", "Content-Length: 0x0") + inner(t, "open.test"))
bytes_case("cl-space", "open.test", lambda t: post("open.test", "Content-Length : 0") + inner(t, "open.test"))
bytes_case("pipelined", "open.test", lambda t: "GET /pub/first HTTP/1.1\r\nHost: open.test\r\n\r\n" + inner(t, "open.test"),
           "the second is judged like the first")
bytes_case("pipelined-after-body", "open.test", lambda t: post("open.test", "Content-Length: 2") + "hi" + inner(t, "open.test"))
bytes_case("body-of-get", "open.test", lambda t: "GET /pub/first HTTP/1.1\r\nHost: open.test\r\n\r\n" + inner(t, "open.test"))
bytes_case("bare-lf", "open.test", lambda t: f"GET /secret/{t.mark} HTTP/1.1\nHost: open.test\n\n")
bytes_case("lf-in-header", "open.test", lambda t: f"GET /pub/x HTTP/1.1\r\nHost: open.test\r\nx-a: 1\n\nGET /secret/{t.mark} HTTP/1.1\r\nHost: open.test\r\n\r\n")
bytes_case("fold", "open.test", lambda t: f"GET /pub/x HTTP/1.1\r\nHost: open.test\r\nx-a: 1\r\n x-mark: {t.mark}\r\n\r\n")
bytes_case("nul-in-header", "open.test", lambda t: f"GET /pub/{t.mark} HTTP/1.1\r\nHost: open.test\r\nx-a: 1\x002\r\n\r\n")
bytes_case("cr-in-header", "open.test", lambda t: f"GET /pub/{t.mark} HTTP/1.1\r\nHost: open.test\r\nx-a: 1\rx-b: 2\r\n\r\n")
bytes_case("space-before-colon", "open.test", lambda t: f"GET /pub/{t.mark} HTTP/1.1\r\nHost: open.test\r\nx-a : 2\r\n\r\n")
bytes_case("space-first", "open.test", lambda t: f"GET /pub/{t.mark} HTTP/1.1\r\n x-a: 1\r\nHost: open.test\r\n\r\n")
bytes_case("version-2", "open.test", lambda t: f"GET /pub/{t.mark} HTTP/2.0\r\nHost: open.test\r\n\r\n")
bytes_case("version-none", "open.test", lambda t: f"GET /pub/{t.mark}\r\n\r\n")
bytes_case("two-spaces", "open.test", lambda t: f"GET  /pub/{t.mark} HTTP/1.1\r\nHost: open.test\r\n\r\n")
bytes_case("target-with-space", "open.test", lambda t: f"GET /pub/{t.mark} x HTTP/1.1\r\nHost: open.test\r\n\r\n")
bytes_case("chunk-plus", "te.test", lambda t: post("te.test", "Transfer-Encoding: chunked") + "+2\r\nhi\r\n0\r\n\r\n" + inner(t, "te.test"))
bytes_case("chunk-hex", "te.test", lambda t: post("te.test", "Transfer-Encoding: chunked") + "0x2\r\nhi\r\n0\r\n\r\n" + inner(t, "te.test"))
bytes_case("chunk-lf", "te.test", lambda t: post("te.test", "Transfer-Encoding: chunked") + "2;\n hi\r\n0\r\n\r\n".replace(" hi", "hi") + inner(t, "te.test"))
bytes_case("chunk-extension-cr", "te.test", lambda t: post("te.test", "Transfer-Encoding: chunked") + "2;a=\rb\r\nhi\r\n0\r\n\r\n" + inner(t, "te.test"))
bytes_case("chunk-behind", "te.test", lambda t: post("te.test", "Transfer-Encoding: chunked") + "2\r\nhiXX0\r\n\r\n".replace("XX", "\r\n") + inner(t, "te.test"))
bytes_case("expect", "open.test", lambda t: post("open.test", "Content-Length: 2", "Expect: 100-continue") + "hi" + inner(t, "open.test"))
for name, line in {"te-nbsp": "Transfer-Encoding:\xa0chunked", "te-next-line": "Transfer-Encoding:\x85chunked", "te-obs-name": "Transfer-Encoding\xa0: chunked",
                   "te-underscore": "Transfer_Encoding: chunked\r\nTransfer-Encoding: identity, chunked"}.items():
    bytes_case(name, "te.test", lambda t, line=line: post("te.test", f"Content-Length: {5 + len(inner(t, 'te.test'))}", line)
               + "0\r\n\r\n" + inner(t, "te.test"))
bytes_case("cl-zeros", "open.test", lambda t: post("open.test", f"Content-Length: {'0' * 30}") + inner(t, "open.test"))
bytes_case("cl-huge", "open.test", lambda t: post("open.test", "Content-Length: 18446744073709551616") + inner(t, "open.test"), effect="bytes")
bytes_case("cl-underscore", "open.test", lambda t: post("open.test", "Content_Length: 5") + inner(t, "open.test"))
bytes_case("expect-nothing", "open.test", lambda t: post("open.test", "Content-Length: 0", "Expect: 100-continue") + inner(t, "open.test"))
bytes_case("expect-unknown", "open.test", lambda t: post("open.test", "Content-Length: 0", "Expect: 200-ok") + inner(t, "open.test"))
bytes_case("trailer-framing", "te.test", lambda t: post("te.test", "Transfer-Encoding: chunked") + f"2\r\nhi\r\n0\r\nContent-Length: 70\r\nHost: attacker.test\r\nx-mark: {t.mark}\r\n\r\n")
bytes_case("chunk-overflow", "te.test", lambda t: post("te.test", "Transfer-Encoding: chunked") + "10000000000000002\r\nhi\r\n0\r\n\r\n" + inner(t, "te.test"), effect="bytes")
bytes_case("blank-first", "open.test", lambda t: "\r\n" * 40 + inner(t, "open.test"))
bytes_case("http10-coding", "te.test", lambda t: post("te.test", "Transfer-Encoding: chunked").replace("HTTP/1.1", "HTTP/1.0") + "0\r\n\r\n" + inner(t, "te.test"))


def h2_case(name, headers, about="", body=None, host="open.test"):
    def run(t):
        t.h2(host, [*t.pseudo(host, "/pub/x"), *headers(t)], body(t) if body else None)
    family.add("h2-" + name, "parsed", run, about)


h2_case("crlf-in-value", lambda t: [("x-a", f"1\r\n\r\nGET /secret/{t.mark} HTTP/1.1\r\nHost: open.test\r\n\r\n")], "a request in a header, once it is HTTP/1.1")
h2_case("lf-in-value", lambda t: [("x-a", f"1\nx-mark: {t.mark}")])
h2_case("crlf-in-name", lambda t: [(f"x-a: 1\r\nx-mark: {t.mark}\r\nx-b", "1")])
h2_case("colon-in-name", lambda t: [(f"x-a:{t.mark}", "1")])
h2_case("upper-name", lambda t: [("X-Mark", t.mark)])
h2_case("transfer-encoding", lambda t: [("transfer-encoding", "chunked"), ("x-mark", t.mark)], body=lambda t: b"0\r\n\r\n" + inner(t, "open.test").encode())
h2_case("connection", lambda t: [("connection", "x-mark"), ("x-mark", t.mark)])
h2_case("length-too-small", lambda t: [("content-length", "0"), ("x-mark", t.mark)], body=lambda t: inner(t, "open.test").encode())
h2_case("two-lengths", lambda t: [("content-length", "2"), ("content-length", "0"), ("x-mark", t.mark)], body=lambda t: b"hi")
h2_case("pseudo-late", lambda t: [("x-mark", t.mark), (":path", "/secret/y")])
h2_case("two-paths", lambda t: [(":path", f"/secret/{t.mark}")])
h2_case("nul-in-value", lambda t: [("x-mark", t.mark + "\0")])
h2_case("padded-value", lambda t: [("x-mark", " " + t.mark)], "white space in front is trimmed by some")


def h2_head(name, pseudo, about=""):
    family.add("h2-" + name, "parsed", lambda t: t.h2("open.test", pseudo(t)), about)


h2_head("path-crlf", lambda t: t.pseudo("open.test", f"/pub/x HTTP/1.1\r\nHost: open.test\r\n\r\nGET /secret/{t.mark}"))
h2_head("path-space", lambda t: t.pseudo("open.test", f"/pub/x /secret/{t.mark}"))
h2_head("method-space", lambda t: t.pseudo("open.test", f"/pub/{t.mark}", "GET /secret/y HTTP/1.1\r\nx: "))
h2_head("path-empty", lambda t: [*t.pseudo("open.test", ""), ("x-mark", t.mark)])
h2_head("path-absolute", lambda t: t.pseudo("open.test", f"https://attacker.test/pub/{t.mark}"))
h2_head("authority-crlf", lambda t: t.pseudo(f"open.test\r\nx-mark: {t.mark}", "/pub/x"))


@family.attack()
def h2_continuation(t):
    """A head in pieces is judged whole."""
    block = h2.pack(t.pseudo("open.test", f"/secret/{t.mark}"))
    pieces = [h2.frame(h2.HEADERS, h2.END_STREAM, 1, block[:20])]
    pieces += [h2.frame(h2.CONTINUATION, 0, 1, block[i:i + 7]) for i in range(20, len(block), 7)]
    t.frames("open.test", *pieces, h2.frame(h2.CONTINUATION, h2.END_HEADERS, 1))


@family.attack()
def h2_trailer_path(t):
    """A second head behind the body, with a path of its own."""
    t.frames("open.test", h2.frame(h2.HEADERS, h2.END_HEADERS, 1, h2.pack(t.pseudo("open.test", "/pub/x", "POST"))),
             h2.frame(h2.DATA, 0, 1, b"hi"),
             h2.frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, 1, h2.pack([(":path", f"/secret/{t.mark}")])))


@family.attack()
def h2_even_stream(t):
    t.h2("open.test", t.pseudo("open.test", f"/secret/{t.mark}"), stream=2)


@family.attack()
def h2_head_within_a_head(t):
    """Another stream's head between the pieces of one."""
    block = h2.pack(t.pseudo("open.test", "/pub/x"))
    t.frames("open.test", h2.frame(h2.HEADERS, h2.END_STREAM, 1, block[:9]),
             h2.frame(h2.CONTINUATION, h2.END_HEADERS, 1, block[9:]), h2.frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, 1, h2.pack(t.pseudo("open.test", f"/secret/{t.mark}"))),
             h2.frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, 3, h2.pack(t.pseudo("open.test", f"/secret/{t.mark}"))))


@family.attack()
def h2_prior_knowledge(t):
    """HTTP/2 in plain bytes to a host that is granted plain: the rules are the same."""
    frames = h2.frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, 1, h2.pack(t.pseudo("plain.test", f"/secret/{t.mark}", scheme="http")))
    t.raw("plain.test", h2.PREFACE + h2.frame(h2.SETTINGS, 0, 0) + frames, plain=True, port=80)
