"""What the upstream answers, by path and host; the same over HTTP/1.1 and HTTP/2. `out` has
informational, start, write, end and, over HTTP/1.1, raw: bytes that no parser should accept."""

import base64
import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import time
import urllib.parse
import zipfile
import zlib

COOKIE = [("set-cookie", "session=from-upstream; Path=/"), ("alt-svc", 'h3=":443"; ma=86400')]
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Request:
    def __init__(self, method, target, headers, host, version="1.1"):
        self.method, self.target, self.headers, self.host, self.version = method, target, headers, host, version
        self.path, _, self.query = target.partition("?")
        self.body = b""
        self.name = (host or "").split(":")[0]

    def header(self, name):
        return dict(self.headers).get(name, "")

    def credential(self):
        """What a host would take for the caller's key."""
        bearer = self.header("authorization").split(" ")[-1]
        return (self.header("x-api-key") or bearer).encode("latin-1")


def whole(out, body, status=200, headers=(), kind="text/plain"):
    out.start(status, [("content-type", kind), *headers], len(body))
    out.write(body)
    out.end()


def ok(up, w, r, out, rest):
    whole(out, b"ok\n")


def echo(up, w, r, out, rest):
    if rest == "body":
        whole(out, r.body, kind="application/octet-stream")
    else:
        whole(out, json.dumps({"method": r.method, "target": r.target, "headers": r.headers}).encode() + b"\n")


def coded(up, w, r, out, rest):
    body = b"the same line many times\n" * 400
    data = gzip.compress(body) if rest != "deflate" else zlib.compress(body)
    whole(out, data, headers=[("content-encoding", rest or "gzip")])


def chunked(up, w, r, out, rest):
    out.start(200, [("content-type", "text/plain")])
    for i in range(int(rest or 10)):
        out.write(b"piece %d\n" % i)
    out.end([("x-trailer", "done")])


def slow(up, w, r, out, rest):
    out.start(200, [("content-type", "text/plain")])
    for i in range(int(rest or 5)):
        out.write(b"slow %d\n" % i)
        time.sleep(0.1)
    out.end()


def hang(up, w, r, out, rest):
    time.sleep(20)
    ok(up, w, r, out, rest)


def early(up, w, r, out, rest):
    """Answered before the body was read."""
    whole(out, b"too early\n", 413, [("connection", "close")])
    try:  # what is still on its way must not cut the answer short
        while hasattr(out, "raw") and w.count < 64 << 20 and w.more():
            w.buffer = b""
    except OSError:
        pass


def big(up, w, r, out, rest):
    left = int(rest or 1 << 20)
    out.start(200, [("content-type", "application/octet-stream")], left)
    piece = hashlib.sha256(b"big").digest() * 2048
    while left > 0:
        out.write(piece[:min(left, len(piece))])
        left -= len(piece)
    out.end()


def stream(up, w, r, out, rest):
    """As much, with no length said before."""
    out.start(200, [("content-type", "application/octet-stream")])
    for _ in range(int(rest or 16)):
        out.write(b"stream! " * 8192)
    out.end()


def redirect(up, w, r, out, rest):
    """/redirect/NAME/PATH: to another host; /redirect/here: on this one."""
    to = "/ok" if rest == "here" else f"https://{rest}"
    whole(out, b"", 302, [("location", to)])


def status(up, w, r, out, rest):
    whole(out, b"", int(rest))


def hints(up, w, r, out, rest):
    out.informational(103, [("link", "</style.css>; rel=preload"), ("x-early", "hint")])
    ok(up, w, r, out, rest)


def cookie(up, w, r, out, rest):
    whole(out, b"ok\n", headers=COOKIE)


BAD = {
    "status": b"HTTP/1.1 abc Bad\r\ncontent-length: 4\r\n\r\nevil",
    "length-twice": b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\nevil!",
    "length-and-coding": b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n4\r\nevil\r\n0\r\n\r\n",
    "bare-lf": b"HTTP/1.1 200 OK\ncontent-length: 4\n\nevil",
    "fold": b"HTTP/1.1 200 OK\r\nx-a: 1\r\n 2\r\ncontent-length: 4\r\n\r\nevil",
    "nul": b"HTTP/1.1 200 OK\r\nx-a: 1\x002\r\ncontent-length: 4\r\n\r\nevil",
    "chunk": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nevil\r\n0\r\n\r\n",
    "garbage": b"\x00\x01\x02 nothing at all\r\n\r\n",
    "old": b"<html>evil</html>",
    "switch": b"HTTP/1.1 101 Switching Protocols\r\nupgrade: evil\r\nconnection: upgrade\r\n\r\nevil",
    "split": b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 4\r\nx-evil: 1\r\n\r\nevil",
    "long-head": b"HTTP/1.1 200 OK\r\nx-long: " + b"a" * (2 << 20) + b"\r\ncontent-length: 4\r\n\r\nevil",
    "short-body": b"HTTP/1.1 200 OK\r\ncontent-length: 300\r\n\r\nevil",
}


def bad(up, w, r, out, rest):
    if rest == "field":  # of HTTP/2, where a line's end in a value is only a byte
        whole(out, b"ok\n", headers=[("x-a", "1\r\nx-evil: 1")])
    elif rest == "hints":
        for _ in range(20000):
            out.informational(103, [("link", "</evil>; rel=preload")])
        whole(out, b"evil\n")
    elif hasattr(out, "raw"):
        out.raw(BAD[rest])
    else:
        out.reset()


def forms(value):
    """One value as an upstream may say it back."""
    text = value.decode("latin-1")
    return {
        "raw": value,
        "base64": base64.b64encode(value),
        "base64-1": base64.b64encode(b"x" + value),
        "base64-2": base64.b64encode(b"xy" + value),
        "base64url": base64.urlsafe_b64encode(value),
        "percent": "".join(f"%{b:02X}" for b in value).encode(),
        "hex": value.hex().encode(),
        "json": "".join(f"\\u{ord(c):04x}" for c in text).encode(),
        "utf16": text.encode("utf-16-le"),
    }


def reflect(up, w, r, out, rest):
    """/reflect/FORM/WAY: the caller's own credential is in the answer."""
    form, _, way = rest.partition("/")
    said = b"you are " + forms(r.credential())[form or "raw"] + b" here\n"
    padded = b"." * 5000 + said + b"." * 5000
    kind = [("content-type", "text/plain")]
    if way in ("", "plain"):
        whole(out, padded)
    elif way == "chunks":  # one byte at a time over every edge
        out.start(200, kind)
        for b in said:
            out.write(bytes([b]))
        out.end()
    elif way == "edge":
        out.start(200, kind)
        out.write(b"." * 16380 + said[:12])
        time.sleep(0.05)
        out.write(said[12:] + b"." * 5000)
        out.end()
    elif way in ("gzip", "x-gzip"):
        whole(out, gzip.compress(padded), headers=[("content-encoding", way)])
    elif way == "gzip-chunks":
        packed = gzip.compress(padded)
        out.start(200, [*kind, ("content-encoding", "gzip")])
        for i in range(0, len(packed), 7):
            out.write(packed[i:i + 7])
        out.end()
    elif way == "gzip-twice":
        whole(out, gzip.compress(gzip.compress(padded)), headers=[("content-encoding", "gzip, gzip")])
    elif way == "gzip-hidden":  # compressed, and nothing says so
        whole(out, gzip.compress(padded))
    elif way == "gzip-comment":  # in the clear, where only those look who unpack by hand
        whole(out, b"\x1f\x8b\x08\x10\0\0\0\0\0\3" + said.strip() + b"\0" + gzip.compress(b"ok")[10:], headers=[("content-encoding", "gzip")])
    elif way == "gzip-behind":  # what follows the end of the stream
        whole(out, gzip.compress(b"ok") + said, headers=[("content-encoding", "gzip")])
    elif way == "bomb":  # far behind what anybody wants to unpack
        whole(out, gzip.compress(bytes(24 << 20) + said, 1), headers=[("content-encoding", "gzip")])
    elif way == "range":
        first, _, last = r.header("range").removeprefix("bytes=").partition("-")
        whole(out, said[int(first):int(last) + 1] if last else said, 206 if last else 200)
    elif way == "type":
        whole(out, b"ok\n", kind="text/" + forms(r.credential())["hex"].decode())
    elif way == "cookie":
        whole(out, b"ok\n", headers=[("set-cookie", "k=" + forms(r.credential())[form].decode("latin-1"))])
    elif way == "members":
        whole(out, gzip.compress(b"first") + gzip.compress(padded), headers=[("content-encoding", "gzip")])
    elif way == "deflate":
        whole(out, zlib.compress(padded), headers=[("content-encoding", "deflate")])
    elif way == "br":
        whole(out, said, headers=[("content-encoding", "br")])
    elif way == "header":
        whole(out, b"ok\n", headers=[("x-who", said.decode("latin-1").strip())])
    elif way == "location":
        whole(out, b"", 302, [("location", "https://other.test/?k=" + said.decode("latin-1").strip().replace(" ", "-"))])
    elif way == "name":
        whole(out, b"ok\n", headers=[("x-" + forms(r.credential())["hex"].decode(), "1")])
    elif way == "trailer":
        out.start(200, kind)
        out.write(b"ok\n")
        out.end([("x-who", said.decode("latin-1").strip())])
    elif way == "reason" and hasattr(out, "raw"):
        out.raw(b"HTTP/1.1 200 " + said.strip() + b"\r\ncontent-length: 3\r\n\r\nok\n")
    elif way == "hint":
        out.informational(103, [("link", said.decode("latin-1").strip())])
        whole(out, b"ok\n")
    elif way == "error":
        whole(out, b"bad key: " + said, 401)
    elif way == "chunk-extension" and hasattr(out, "raw"):
        out.raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3;who=" + r.credential() + b"\r\nok\n\r\n0\r\n\r\n")
    else:
        whole(out, b"no such way\n", 404)


# --- WebSocket -----------------------------------------------------------------------------------


def websocket(up, w, r, out, rest):
    if r.header("upgrade").lower() != "websocket":
        return whole(out, b"a WebSocket is wanted\n", 426)
    accept = base64.b64encode(hashlib.sha1(r.header("sec-websocket-key").encode() + GUID).digest()).decode()
    out.head(101, [("upgrade", "websocket"), ("connection", "Upgrade"), ("sec-websocket-accept", accept)],
             "Switching Protocols")
    out.close = True
    while True:
        first, second = w.exactly(2)
        n = second & 127
        if n == 126:
            n = int.from_bytes(w.exactly(2), "big")
        mask = w.exactly(4) if second & 128 else b"\0\0\0\0"
        data = bytes(b ^ mask[i % 4] for i, b in enumerate(w.exactly(n)))
        up.log.write("message", text=data.decode("latin-1")[:200])
        w.kept += data
        w.send(bytes([first, min(n, 125)]) + data[:125])
        if first & 15 == 8:
            return None


# --- gRPC-like: an answer with trailers --------------------------------------------------------------


def grpc(up, w, r, out, rest):
    out.start(200, [("content-type", "application/grpc")])
    out.write(r.body or b"\0\0\0\0\0")
    out.end([("grpc-status", "0"), ("grpc-message", "")])


# --- git, npm, pip, go ---------------------------------------------------------------------------------


def git(up, w, r, out):
    env = {"PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": up.repos, "GIT_HTTP_EXPORT_ALL": "1",
           "GIT_CONFIG_NOSYSTEM": "1", "HOME": up.folder, "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory",
           "GIT_CONFIG_VALUE_0": "*", "REQUEST_METHOD": r.method, "PATH_INFO": r.path, "QUERY_STRING": r.query,
           "CONTENT_TYPE": r.header("content-type"), "CONTENT_LENGTH": str(len(r.body)), "REMOTE_ADDR": "127.0.0.1",
           "REMOTE_USER": "caller", "GIT_PROTOCOL": r.header("git-protocol"),
           "HTTP_CONTENT_ENCODING": r.header("content-encoding")}
    done = subprocess.run(["git", "http-backend"], input=r.body, capture_output=True, env=env)
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    headers = [tuple(line.split(": ", 1)) for line in head.decode("latin-1").split("\r\n") if ": " in line]
    code = int(dict(headers).get("Status", "200").split()[0])
    out.start(code, [(k.lower(), v) for k, v in headers if k.lower() not in ("status", "content-length")], len(body))
    out.write(body)
    out.end()


def private_git(up, w, r, out):
    """The same for whoever has the password; whoever says none is asked for it."""
    said = r.header("authorization").partition("Basic ")[2]
    if base64.b64decode(said).partition(b":")[2] != b"the-password-of-the-repository":
        return whole(out, b"who are you?\n", 401, [("www-authenticate", 'Basic realm="upstream"')])
    return git(up, w, r, out)


def make_repository(up):
    """demo.git with one file, which may also be pushed to; private.git is the same."""
    env = {"PATH": os.environ["PATH"], "HOME": up.folder, "GIT_CONFIG_NOSYSTEM": "1"}

    def run(*args, **more):
        subprocess.run(["git", *args], check=True, env=env, capture_output=True, **more)

    bare = os.path.join(up.repos, "demo.git")
    run("init", "-q", "--bare", "-b", "main", bare)
    run("-C", bare, "config", "http.receivepack", "true")
    tree = os.path.join(up.folder, "demo")
    run("init", "-q", "-b", "main", tree)
    with open(os.path.join(tree, "README"), "w", encoding="ascii") as f:
        f.write("from upstream\n")
    run("-C", tree, "add", "README")
    run("-C", tree, "-c", "user.name=n", "-c", "user.email=n@x.test", "commit", "-q", "-m", "first")
    run("-C", tree, "push", "-q", bare, "main")
    shutil.copytree(bare, os.path.join(up.repos, "private.git"))


def npm_tarball():
    raw = io.BytesIO()
    files = {"package/package.json": json.dumps({"name": "hello", "version": "1.0.0", "main": "index.js"}),
             "package/index.js": "module.exports = 'from upstream';\n"}
    with tarfile.open(fileobj=raw, mode="w:gz") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    return raw.getvalue()


TARBALL = npm_tarball()


def npm(up, w, r, out):
    base = f"{'http' if w.port == 'plain' else 'https'}://{r.host}"
    if r.path in ("/hello", "/@scope%2fhello", "/@scope/hello"):
        name = "hello" if r.path == "/hello" else "@scope/hello"
        version = {"name": name, "version": "1.0.0", "dist": {
            "tarball": f"{base}/hello/-/hello-1.0.0.tgz", "shasum": hashlib.sha1(TARBALL).hexdigest(),
            "integrity": "sha512-" + base64.b64encode(hashlib.sha512(TARBALL).digest()).decode()}}
        doc = {"name": name, "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}}
        return whole(out, json.dumps(doc).encode(), kind="application/json")
    if r.path.endswith("/hello-1.0.0.tgz"):
        return whole(out, TARBALL, kind="application/octet-stream")
    return whole(out, b"{}", 404, kind="application/json")


def wheel():
    raw = io.BytesIO()
    info = "hello-1.0.0.dist-info"
    files = {"hello.py": "word = 'from upstream'\n",
             f"{info}/METADATA": "Metadata-Version: 2.1\nName: hello\nVersion: 1.0.0\n",
             f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}
    record = "".join(f"{n},,\n" for n in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(raw, "w") as z:
        for name, text in [*files.items(), (f"{info}/RECORD", record)]:
            z.writestr(zipfile.ZipInfo(name), text)
    return raw.getvalue()


WHEEL = wheel()


def pip(up, w, r, out):
    name = "hello-1.0.0-py3-none-any.whl"
    if r.path == "/simple/hello/":
        page = f'<!DOCTYPE html><html><body><a href="/files/{name}#sha256={hashlib.sha256(WHEEL).hexdigest()}">{name}</a></body></html>'
        return whole(out, page.encode(), kind="text/html")
    if r.path == f"/files/{name}":
        return whole(out, WHEEL, kind="application/octet-stream")
    return whole(out, b"none\n", 404)


def go(up, w, r, out):
    """The module proxy protocol, for one module."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as z:
        z.writestr("code.test/hello@v1.0.0/go.mod", "module code.test/hello\n")
        z.writestr("code.test/hello@v1.0.0/hello.go", "package hello\n\nconst Word = \"from upstream\"\n")
    tree = {"list": b"v1.0.0\n", "v1.0.0.info": b'{"Version":"v1.0.0","Time":"2020-01-01T00:00:00Z"}',
            "v1.0.0.mod": b"module code.test/hello\n", "v1.0.0.zip": raw.getvalue()}
    name = r.path.rpartition("/@v/")[2]
    if r.path == "/code.test/hello/@latest":
        name = "v1.0.0.info"
    if r.path.startswith("/code.test/hello/") and name in tree:
        return whole(out, tree[name], kind="application/octet-stream")
    return whole(out, b"not found\n", 404)


PATHS = {"ok": ok, "echo": echo, "coded": coded, "chunked": chunked, "slow": slow, "hang": hang, "early": early,
         "big": big, "stream": stream, "redirect": redirect, "status": status, "hints": hints, "cookie": cookie, "bad": bad,
         "reflect": reflect, "ws": websocket, "grpc": grpc}
HOSTS = {"git": git, "npm": npm, "pip": pip, "go": go}


def answer(up, w, r, out):
    host = private_git if r.path.startswith("/private.git/") else HOSTS.get(r.name.split(".")[0])
    if host:
        return host(up, w, r, out)
    words = urllib.parse.unquote(r.path).split("/", 2)
    if words[1:2] == ["v1"]:  # an API's prefix
        words = ("/" + words[2] if len(words) > 2 else "/").split("/", 2)
    what = PATHS.get(words[1] if len(words) > 1 else "")
    if not what:
        return ok(up, w, r, out, "")  # whatever was asked for was got
    return what(up, w, r, out, words[2] if len(words) > 2 else "")
