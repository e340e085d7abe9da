#!/usr/bin/python3
"""The host that is reached, and sometimes attacked or attacking: TLS with an authority of its own, plain
HTTP, HTTP/1.1 and HTTP/2, raw TCP and UDP. It writes down every connection, request and byte: what it
has not seen did not leave. By itself: `upstream.py FOLDER [--address A] [--port KIND=NUMBER ...]`
serves until its standard input ends; FOLDER gets ports, root.pem, log.jsonl and, last, ready."""

import argparse
import hashlib
import json
import os
import select
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import answers  # noqa: E402
import h2  # noqa: E402

# What the certificate is for. "stranger" and "wrong" have certificates that must not be believed.
NAMES = ["api", "other", "open", "wide", "ws", "git", "npm", "pip", "go", "te", "cl", "lf", "h2", "grpc",
         "attacker", "raw", "plain", "rebind", "limited", "total", "rate", "total-h2", "rate-h2", "public", "two.rebind",
         "later.rebind"]
KINDS = ["tls", "h2", "plain", "raw", "closed", "stranger", "wrong", "old", "tls10"]
KEPT = 8 << 20  # bytes of a connection that are kept to be searched


class Pki:
    """A root and leaves, made by the openssl command; no key ever leaves the folder."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        self.root = self.authority("root", "seldom test root")
        self.authority("strange", "seldom strange root")
        names = ",".join([f"DNS:{n}.test" for n in NAMES] + ["IP:127.0.0.1"])
        self.leaf("root", "leaf", names, 2)
        self.leaf("strange", "stranger", names, 2)
        self.leaf("root", "wrong", "DNS:somebody-else.test", 2)
        self.leaf("root", "old", names, -1)

    def at(self, name):
        return os.path.join(self.folder, name)

    def openssl(self, *args):
        done = subprocess.run(["openssl", *args], stdin=subprocess.DEVNULL, capture_output=True, cwd=self.folder,
                              env={"PATH": os.environ["PATH"], "HOME": self.folder})
        if done.returncode != 0:
            raise RuntimeError(f"openssl {args[0]}: {done.stderr.decode('utf-8', 'replace')[-300:]}")

    def authority(self, name, subject):
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                     "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", "2", "-subj", f"/CN={subject}",
                     "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        return self.at(f"{name}.pem")

    def leaf(self, authority, name, names, days):
        self.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                     "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", "/CN=upstream")
        with open(self.at(f"{name}.ext"), "w", encoding="ascii") as f:
            f.write(f"subjectAltName={names}\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key",
                     "-set_serial", str(int.from_bytes(os.urandom(8), "big") >> 1), "-days", str(days),
                     "-extfile", f"{name}.ext", "-out", f"{name}.pem")

    def context(self, name="leaf", alpn=("http/1.1",), old=False):
        ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if old:
            ctx.set_ciphers("ALL:@SECLEVEL=0")
            ctx.minimum_version = ssl.TLSVersion.TLSv1
            ctx.maximum_version = ssl.TLSVersion.TLSv1
        ctx.load_cert_chain(self.at(f"{name}.pem"), self.at(f"{name}.key"))
        ctx.set_alpn_protocols(list(alpn))
        return ctx


class Log:
    """What was seen: as lines in a file, and in memory where each byte can be looked for."""

    def __init__(self, path):
        self.lock = threading.Lock()
        self.file = open(path, "a", encoding="utf-8")
        self.entries, self.raw = [], []

    def write(self, kind, **facts):
        entry = {"t": round(time.time(), 4), "kind": kind, **facts}
        with self.lock:
            self.entries.append(entry)
            self.file.write(json.dumps(entry) + "\n")
            self.file.flush()

    def keep(self):
        with self.lock:
            self.raw.append(bytearray())
            return self.raw[-1]

    def bytes_seen(self):
        with self.lock:
            return b"\n".join(bytes(r) for r in self.raw)

    def has(self, mark):
        """Where the mark was seen: on the wire, in a decoded header, in a name; in any case of letters."""
        want = mark.lower()
        if want.encode() in self.bytes_seen().lower():
            return "in bytes"
        with self.lock:
            for e in self.entries:
                if want in json.dumps(e).lower():
                    return f"in {e['kind']} {e.get('method', '')} {e.get('sni') or e.get('name') or ''}".strip()
        return None

    def requests(self, **want):
        with self.lock:
            return [e for e in self.entries if e["kind"] == "request" and all(e.get(k) == v for k, v in want.items())]


class Wire:
    """One connection: reads and writes, and keeps what came."""

    def __init__(self, up, sock, port):
        self.up, self.sock, self.port, self.kept = up, sock, port, up.log.keep()
        self.sni = None
        self.buffer = b""
        # One thread at a time in a TLS connection, one message at a time on its way.
        self.lock, self.sending = threading.Lock(), threading.Lock()
        self.count = 0

    def ready(self, write=False):
        if not select.select([] if write else [self.sock], [self.sock] if write else [], [], 30)[write]:
            raise TimeoutError

    def more(self):
        data = None
        while data is None:
            try:
                with self.lock:
                    data = self.sock.recv(65536)
            except (ssl.SSLWantReadError, BlockingIOError):
                self.ready()
        if data:
            self.count += len(data)
            if len(self.kept) < KEPT:
                self.kept += data
        self.buffer += data
        return data

    def exactly(self, n):
        while len(self.buffer) < n:
            if not self.more():
                raise EOFError
        data, self.buffer = self.buffer[:n], self.buffer[n:]
        return data

    def line(self):
        """Without its end, which may be a bare LF: this server is as lenient as some are."""
        while b"\n" not in self.buffer:
            if len(self.buffer) > 1 << 20 or not self.more():
                raise EOFError
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line[:-1] if line.endswith(b"\r") else line

    def send(self, data):
        left = memoryview(data)
        with self.sending:
            while left:
                try:
                    with self.lock:
                        left = left[self.sock.send(left[:16384]):]
                except (ssl.SSLWantWriteError, ssl.SSLWantReadError, BlockingIOError):
                    self.ready(write=True)


def read_chunks(w, headers):
    body = b""
    while True:
        size = int(w.line().split(b";")[0].strip() or b"0", 16)
        if size == 0:
            while line := w.line():
                name, _, value = line.decode("latin-1").partition(":")
                headers.append((name.strip().lower(), value.strip()))
            return body
        body += w.exactly(size)
        w.line()


def read_body(w, headers, host):
    """Some servers believe the length, some the coding: that is what smuggling lives on."""
    coding = any(k == "transfer-encoding" and "chunked" in v.lower() for k, v in headers)
    lengths = [v for k, v in headers if k == "content-length"]
    if coding and not (host or "").startswith("cl."):
        return read_chunks(w, headers)
    if lengths:
        try:
            return w.exactly(int(lengths[-1]))
        except ValueError:
            return b""
    return b""


def read_request(w):
    line = b""
    while not line:
        line = w.line()
    words = line.decode("latin-1").split()
    headers = []
    while True:
        text = w.line().decode("latin-1")
        if not text:
            break
        if text[0] in " \t" and headers:
            headers[-1] = (headers[-1][0], headers[-1][1] + " " + text.strip())
            continue
        name, _, value = text.partition(":")
        headers.append((name.strip().lower(), value.strip()))
    host = dict(headers).get("host", w.sni)
    if dict(headers).get("expect", "").lower() == "100-continue":
        w.send(b"HTTP/1.1 100 Continue\r\n\r\n")
    request = answers.Request(words[0], words[1] if len(words) > 1 else "", headers, host)
    request.early = "early" in request.path  # answered before the body came
    if not request.early:
        request.body = read_body(w, headers, w.sni or host)
    return request


class Http1:
    """Writes responses as HTTP/1.1."""

    def __init__(self, w, request):
        self.w, self.request, self.chunked, self.close = w, request, False, False

    def head(self, status, headers, reason="Said"):
        lines = [f"HTTP/1.1 {status} {reason}"] + [f"{k}: {v}" for k, v in headers]
        self.w.send(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))

    def informational(self, status, headers):
        self.head(status, headers)

    def start(self, status, headers, length=None, reason="Said"):
        if length is None:
            self.chunked = True
            headers = [*headers, ("transfer-encoding", "chunked")]
        else:
            headers = [*headers, ("content-length", str(length))]
        self.head(status, headers, reason)

    def write(self, data):
        if self.request.method != "HEAD" and data:
            self.w.send(b"%x\r\n%s\r\n" % (len(data), data) if self.chunked else data)

    def end(self, trailers=()):
        if self.chunked and self.request.method != "HEAD":
            self.w.send(b"0\r\n" + b"".join(f"{k}: {v}\r\n".encode() for k, v in trailers) + b"\r\n")

    def raw(self, data):
        self.w.send(data)
        self.close = True


def note_sni(sock, name, _ctx):
    sock.named = name


class Upstream:
    def __init__(self, folder, address="127.0.0.1", ports=None, kinds=KINDS, repos=None):
        self.folder, self.address = folder, address
        self.pki = Pki(os.path.join(folder, "pki"))
        self.root = os.path.join(folder, "root.pem")
        with open(self.pki.root, "rb") as f, open(self.root, "wb") as out:
            out.write(f.read())
        self.log = Log(os.path.join(folder, "log.jsonl"))
        self.repos = repos or os.path.join(folder, "repos")
        self.stopped, self.socks, self.ports = False, [], {}
        self.contexts = {
            "tls": self.pki.context(), "h2": self.pki.context(alpn=("h2", "http/1.1")),
            "stranger": self.pki.context("stranger"), "wrong": self.pki.context("wrong"),
            "old": self.pki.context("old"), "tls10": self.pki.context(old=True),
        }
        for ctx in self.contexts.values():
            ctx.sni_callback = note_sni
        for kind in kinds:
            self.ports[kind] = self.listen(kind, address, (ports or {}).get(kind, 0))
        self.ports["udp"] = self.listen_udp("udp", address, (ports or {}).get("udp", 0))

    def listen(self, kind, address, port):
        s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((address, port))
        s.listen(256)
        self.socks.append(s)
        threading.Thread(target=self.accept, args=(kind, s), daemon=True).start()
        return s.getsockname()[1]

    def listen_udp(self, kind, address, port, answer=None):
        s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((address, port))
        self.socks.append(s)
        threading.Thread(target=self.datagrams, args=(kind, s, answer), daemon=True).start()
        return s.getsockname()[1]

    def datagrams(self, kind, s, answer):
        while not self.stopped:
            try:
                data, peer = s.recvfrom(65536)
            except OSError:
                return
            self.log.keep().extend(data)
            self.log.write("datagram", port=kind, length=len(data))
            try:
                reply = answer(data) if answer else None
            except (IndexError, struct.error):  # what is no message gets no answer
                reply = None
            if reply:
                s.sendto(reply, peer)

    def accept(self, kind, s):
        while not self.stopped:
            try:
                sock, peer = s.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(30)
            threading.Thread(target=self.connection, args=(kind, sock, s.getsockname()[0]), daemon=True).start()

    def connection(self, kind, sock, at):
        w = Wire(self, sock, kind)
        facts = {"port": kind, "at": at}
        try:
            self.log.write("connected", **facts)
            if kind == "closed":
                while w.more():
                    pass
                return
            if kind in self.contexts:
                try:
                    w.sock = self.handshake(kind, sock, facts)
                except OSError as e:
                    self.log.write("no-handshake", error=str(e)[:200], **facts)
                    return
                w.sni = facts["sni"]
            w.sock.setblocking(False)
            self.log.write("connection", **facts)
            if kind == "raw":
                self.echo(w)
            elif facts.get("alpn") == "h2":
                h2.Server(w, self.answer).serve()
            else:
                self.http1(w)
        except (OSError, EOFError, ValueError, h2.Error):
            pass
        finally:
            self.log.write("closed", bytes=w.count, **facts)
            w.sock.close()

    def handshake(self, kind, sock, facts):
        tls = self.contexts[kind].wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        tls.named = None
        try:
            tls.do_handshake()
        finally:
            facts["sni"] = tls.named
        facts.update(alpn=tls.selected_alpn_protocol(), version=tls.version())
        return tls

    @staticmethod
    def echo(w):
        while True:
            data = w.more()
            if not data:
                return
            w.buffer = b""
            w.send(data)

    def http1(self, w):
        while not w.buffer:
            if not w.more():
                return
        while len(w.buffer) < 24 and w.buffer == h2.PREFACE[:len(w.buffer)]:
            w.more()
        if w.buffer.startswith(h2.PREFACE):
            h2.Server(w, self.answer).serve()
            return
        while True:
            request = read_request(w)
            out = Http1(w, request)
            self.answer(w, request, out)
            if out.close or dict(request.headers).get("connection", "").lower() == "close":
                return

    def answer(self, w, request, out):
        self.log.write("request", port=w.port, sni=w.sni, method=request.method, host=request.host,
                       target=request.target, path=request.path, query=request.query, headers=request.headers,
                       body_length=len(request.body), body_sha256=hashlib.sha256(request.body).hexdigest(),
                       http=request.version)
        answers.answer(self, w, request, out)

    def close(self):
        self.stopped = True
        for s in self.socks:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    ap.add_argument("folder")
    ap.add_argument("--address", default="127.0.0.1")
    ap.add_argument("--port", action="append", default=[], metavar="KIND=NUMBER")
    opts = ap.parse_args()
    os.makedirs(opts.folder, exist_ok=True)
    ports = dict(p.split("=") for p in opts.port)
    up = Upstream(opts.folder, opts.address, {k: int(v) for k, v in ports.items()})
    answers.make_repository(up)
    with open(os.path.join(opts.folder, "ports"), "w", encoding="ascii") as f:
        f.write("".join(f"{k}={v}\n" for k, v in up.ports.items()))
    open(os.path.join(opts.folder, "ready"), "w", encoding="ascii").close()
    sys.stdin.read()
    up.close()


if __name__ == "__main__":
    main()
