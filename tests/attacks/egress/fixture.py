"""What one family of attacks meets: an upstream, a home with grants and real credentials, and where asked
the addresses and services of a whole host behind walls. And what was seen of it from outside."""

import base64
import json
import os
import re
import secrets
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import threading
import time

import upstream

HERE = os.path.dirname(os.path.abspath(__file__))
PUBLIC, TARGET, PLAIN, ATTACKER, RESOLVER = "11.22.33.44", "11.22.33.55", "11.22.33.66", "11.22.33.77", "127.0.0.53"
PUBLIC6, PLAIN6 = "2606:4700:dead::5", "2606:4700:dead::6"


def visible_place():
    """Not where the boundary has folders of its own, and short: names of sockets end at 108 bytes."""
    def hidden(path):
        return re.match(r"/(tmp|var/tmp|run|dev|proc)(/|$)", os.path.realpath(path))

    home = "/var/cache" if os.geteuid() == 0 else os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    place = os.environ.get("TMPDIR", "/tmp")
    if hidden(place):
        place = home
        os.makedirs(place, exist_ok=True)
    if hidden(place):
        raise SystemExit(f"no place for fixtures: the boundary hides '{place}'; set TMPDIR to a folder elsewhere")
    return place


def write(path, text, mode=0o600):
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path, mode)


def grants(fx):
    def grant(name, *lines, port=None, address=True, roots=True):
        body = [f"host {name}.test", *lines]
        body += [f"address 127.0.0.1:{fx.up.ports[port or fx.family.upstream]}"] if address else []
        body += [f"roots {fx.up.root}"] if roots else []
        return f"grant {name.replace('*.', '')} {{\n" + "".join(f"  {b}\n" for b in body) + "}\n"

    pub = "http GET /pub/*  POST /pub/*"
    text = grant("api", "http GET /v1/*  POST /v1/*", "query *", f"credential file:{fx.top}/keys/api",
                 "in header:x-api-key header:authorization:Bearer", "phantom sk-test-")
    text += grant("other", "http GET /v1/*", f"credential file:{fx.top}/keys/other", "in header:x-api-key")
    text += grant("open", pub, "query page=1") + grant("te", pub) + grant("cl", pub)
    text += grant("wide", "http * /*", "query *")
    text += grant("ws", pub, "upgrade websocket")
    text += grant("limited", "http GET /*  POST /upload*", "request body<=64K type=text/plain",
                  "response body<=64K strip=set-cookie")
    for name in ("total", "total-h2"):  # what one case uses up is no other's excuse
        text += grant(name, "http POST /upload*", "request total<=200K")
    for name in ("rate", "rate-h2"):
        text += grant(name, "http GET /*", "request rate<=40/m")
    if fx.jail:
        text += grant("plain", pub, "plain yes", address=False, roots=False)
        text += grant("public", pub, address=False) + grant("*.rebind", pub, address=False)
    else:
        text += grant("plain", pub, "plain yes", port="plain", roots=False)
    return text


class Services(threading.Thread):
    """The host's own sockets: each word to them is written down."""

    def __init__(self, fx):
        super().__init__(daemon=True)
        self.log, self.socks, self.made, self.stop = fx.up.log, [], [], threading.Event()
        families = __import__("families.unix").unix.PATHS
        env = {"XDG_RUNTIME_DIR": fx.run, "HOME": fx.home, "ABSTRACT": fx.abstract}
        for path in set(families.values()):
            for k, v in env.items():
                path = path.replace("$" + k, v)
            path = os.path.realpath(path)
            self.made.append(path)
            if not os.path.exists(path):
                os.makedirs(os.path.dirname(path), exist_ok=True)
                self.add(socket.AF_UNIX, socket.SOCK_STREAM, path)
                os.chmod(path, 0o666)
        self.add(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + fx.abstract)
        self.add(socket.AF_UNIX, socket.SOCK_DGRAM, "\0" + fx.abstract + "-d")
        self.start()

    def add(self, family, kind, address):
        s = socket.socket(family, kind)
        s.bind(address)
        if kind == socket.SOCK_STREAM:
            s.listen(8)
        s.setblocking(False)
        self.socks.append(s)

    def run(self):
        while not self.stop.wait(0.02):
            for s in self.socks:
                try:
                    if s.type == socket.SOCK_DGRAM:
                        self.log.keep().extend(s.recv(4096))
                    else:
                        conn, _ = s.accept()
                        threading.Thread(target=self.drain, args=(conn,), daemon=True).start()
                except OSError:
                    pass

    def drain(self, conn):
        kept = self.log.keep()
        with conn:
            conn.settimeout(5)
            try:
                while data := conn.recv(4096):
                    kept.extend(data)
            except OSError:
                pass


class Held(threading.Thread):
    """Which kinds of sockets programs hold, seen from outside: some have no other end that could be watched."""

    def __init__(self):
        super().__init__(daemon=True)
        self.names, self.stop = set(), threading.Event()
        self.start()

    def run(self):
        while not self.stop.wait(0.02):
            for pid in os.listdir("/proc"):
                try:
                    with open(f"/proc/{pid}/environ", "rb") as f:
                        if b"MARK=" in f.read():
                            self.look(f"/proc/{pid}/fd")
                except OSError:
                    pass

    def look(self, fds):
        for fd in os.listdir(fds):
            try:
                self.names.add(os.getxattr(f"{fds}/{fd}", "system.sockprotoname").rstrip(b"\0").decode())
            except OSError:
                pass


class Resolver:
    """The host's: what it is asked for left the boundary. Names of rebind.test lead inwards."""

    def __init__(self, up):
        self.log, self.looks = up.log, 0
        from families.names import INWARD
        self.inward = INWARD

    def addresses(self, name):
        word, _, rest = name.partition(".")
        if name.endswith("attacker.test"):
            return [ATTACKER]
        if rest == "rebind.test":
            if word == "later":
                self.looks += 1
                return [PUBLIC] if self.looks <= 2 else ["10.66.0.5"]
            return {"two": ["10.66.0.5", PUBLIC], "localhost": ["127.0.0.1"]}.get(word) or [self.inward.get(word, PUBLIC)]
        return [PLAIN, PLAIN6] if name == "plain.test" else [PUBLIC]

    def answer(self, data):
        labels, at = [], 12
        while data[at]:
            labels.append(data[at + 1:at + 1 + data[at]].decode("latin-1"))
            at += 1 + data[at]
        kind, name = struct.unpack("!H", data[at + 1:at + 3])[0], ".".join(labels).lower()
        self.log.write("looked-up", name=name, type=kind)
        found = [socket.inet_pton(socket.AF_INET6 if ":" in a else socket.AF_INET, a) for a in self.addresses(name)]
        found = [a for a in found if kind == {4: 1, 16: 28}[len(a)]]
        head = data[:2] + struct.pack("!HHHHH", 0x8180, 1, len(found), 0, 0)
        return head + data[12:at + 5] + b"".join(b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 0, len(a)) + a for a in found)


class Fixture:
    def __init__(self, family, opts):
        self.family, self.opts, self.jail = family, opts, family.jail
        self.top = tempfile.mkdtemp(prefix="eg.", dir=opts.place)
        os.chmod(self.top, 0o755)
        self.home, self.run, self.P = f"{self.top}/home", f"{self.top}/run", f"{self.top}/home/p"
        self.abstract = "egress-" + secrets.token_hex(6)
        for d in (self.P, f"{self.home}/tmp"):
            os.makedirs(d)
        os.makedirs(self.run, 0o700)
        self.real = {n: "sk-real-" + secrets.token_urlsafe(30) for n in ("api", "other")}
        for name, value in self.real.items():
            write(f"{self.top}/keys/{name}", value + "\n")
        if self.jail:
            self.behind_walls()
        else:
            self.up = upstream.Upstream(f"{self.top}/up")
        write(f"{self.home}/.config/seldom/grants", grants(self))
        self.services = Services(self) if family.name == "unix" else None  # nobody answers at them
        self.held = Held() if family.name == "sockets" else None
        self.env = self.environment()

    def behind_walls(self):
        """A host with addresses of every kind, its own resolver and an empty /run."""
        from families.names import INWARD

        def ip(*args):
            subprocess.run(["ip", *args], check=True, capture_output=True)

        ip("link", "set", "lo", "up")
        plain = [a for a in INWARD.values() if a not in ("127.0.0.1", "::1", "0.0.0.0", "::ffff:127.0.0.1")]
        for address in [PUBLIC, TARGET, PLAIN, ATTACKER, PUBLIC6, PLAIN6, *plain]:
            ip("addr", "add", address + ("/128" if ":" in address else "/32"), "dev", "lo", *(["nodad"] if ":" in address else []))
        for place, text in {"resolv.conf": f"nameserver {RESOLVER}\n", "hosts": "127.0.0.1 localhost\n::1 localhost\n"}.items():
            write(f"{self.top}/{place}", text, 0o644)
            subprocess.run(["mount", "--bind", f"{self.top}/{place}", os.path.realpath(f"/etc/{place}")], check=True)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
        self.up = upstream.Upstream(f"{self.top}/up", ports={"h2": 443, "plain": 80})
        resolver = Resolver(self.up)
        for address in [PUBLIC, ATTACKER, *plain, "::1"]:
            self.up.listen("h2", address, 443)
        for address, port in [(TARGET, 443), (TARGET, 80), (PUBLIC6, 443), (RESOLVER, 53)]:
            self.up.listen("closed", address, port)
        for address in (PLAIN, PLAIN6, ATTACKER, PUBLIC, "169.254.169.254"):
            self.up.listen("plain", address, 80)
        for address in (PUBLIC, TARGET):
            self.up.listen_udp("udp", address, 443)
        for address in (RESOLVER, TARGET):
            self.up.listen_udp("dns", address, 53, resolver.answer)

    def environment(self):
        env = {k: os.environ[k] for k in ("PATH", "LANG", "TERM") if k in os.environ}
        env.update({"HOME": self.home, "XDG_RUNTIME_DIR": self.run, "P": self.P, "BIN": self.opts.bin, "HOST": TARGET,
                    "ROOT": self.up.root, "ABSTRACT": self.abstract, "TMPDIR": f"{self.home}/tmp",
                    "PYTHONDONTWRITEBYTECODE": "1",
                    "UPSTREAM": json.dumps({**self.up.ports, "jail": self.jail})})
        return env

    # -- what was seen --

    def window(self, told):
        return [e for e in list(self.up.log.entries) if told["from"] <= e["t"] <= told["to"]]

    def effect(self, attack, mark, told):
        """In words, or None. The upstream's threads may still be writing down."""
        kind, _, what = attack.effect.partition(":")
        if kind == "bytes":
            return self.up.log.has(mark)
        if kind in ("parsed", "header"):
            want = mark + (what if kind == "parsed" else "")
            for e in self.up.log.requests():
                if want in e["target"] or any(want in n + v for n, v in e["headers"]):
                    if kind == "parsed" or any(n == what for n, _ in e["headers"]):
                        return f"the upstream got {e['method']} {e['target'][:80]} for {e['host']}"
        if kind == "told":
            name, _, value = what.partition("=")
            for e in self.up.log.requests():
                if mark in e["target"] and any(n == name and value in v for n, v in e["headers"]):
                    return f"the upstream got {name}: {value} with {e['method']} {e['target'][:80]}"
        if kind == "all" and all(self.up.log.has(f"{mark}-{i}-") for i in range(int(what))):
            return f"all {what} arrived"
        if kind == "socket":
            return f"a program holds a socket of {what}" if what in self.held.names else None
        if kind == "connected":
            for e in self.window(told):
                if e["kind"] == "connected" and e["at"] == what:
                    return f"connected to {what}"
        if kind == "address":
            with open("/proc/net/fib_trie", encoding="utf-8") as f:
                return f"the machine has the address {what}" if what in f.read() else None
        if kind.startswith("loot"):
            return self.looted(attack, kind.partition(">")[2], what)
        return None

    def controlled(self, mark):
        """What is granted arrived, where a credential belongs to it with the real one in its place."""
        host, prefix = self.family.control
        for e in self.up.log.requests(path=f"{prefix}control-{mark[::-1]}"):
            return host != "api.test" or dict(e["headers"]).get("x-api-key") == self.real["api"]
        return False

    def looted(self, attack, least, word):
        try:
            with open(f"{self.P}/loot.{attack.name}", "rb") as f:
                data = f.read()
        except FileNotFoundError:
            return None
        if least:
            return f"{len(data)} bytes got inside" if len(data) > int(least) else None
        if word:
            return f"'{word}' got inside" if word.lower().encode() in data.lower() else None
        for form, needle in self.spellings(self.real["api"]).items():
            if needle in data:
                return f"the real credential got inside ({form})"
        return None

    @staticmethod
    def spellings(value):
        raw = value.encode()
        found = {"raw": raw, "hex": raw.hex().encode(), "percent": "".join(f"%{b:02X}" for b in raw).encode(),
                 "json": "".join(f"\\u{b:04x}" for b in raw).encode(),
                 "utf16": raw.decode("latin-1").encode("utf-16-le")}
        for i in range(3):  # the middle of it, whatever stands around
            found[f"base64-{i}"] = base64.b64encode(b"x" * i + raw)[4 * (i > 0):-4]
            found[f"base64url-{i}"] = base64.urlsafe_b64encode(b"x" * i + raw)[4 * (i > 0):-4]
        return found

    def close(self):
        if self.held:
            self.held.stop.set()
        if self.services:
            self.services.stop.set()
            for path in self.services.made:
                if path.startswith("/tmp/"):
                    os.unlink(path)
        self.up.close()
        if not self.opts.keep:
            shutil.rmtree(self.top, ignore_errors=True)


# --- no secret is left anywhere -----------------------------------------------------------------------------


EXPORTS = ["log", "log --json", "stats", "stats --json", "stats --html -", "stats --prometheus -", "sessions --all --json", "grants --json"]


class Secrets(threading.Thread):
    """Real credentials, phantoms and what stood in queries: looked for while the run goes on, in argv and
    environment of seldom's own processes and in what they write, and afterwards in all that is left."""

    def __init__(self, fx, mark):
        super().__init__(daemon=True)
        self.fx, self.stop, self.found, self.mark = fx, threading.Event(), {}, mark
        self.seen = set()

    def needles(self):
        for name, value in self.fx.real.items():
            for form, needle in self.fx.spellings(value).items():
                yield f"the real credential of {name} ({form})", needle
        try:
            with open(f"{self.fx.P}/phantoms.json", encoding="utf-8") as f:
                for name, value in json.load(f).items():
                    yield f"the phantom {name}", value.encode()
        except (OSError, ValueError):
            pass
        yield "a query", self.mark.encode()

    def look(self, where, data):
        for what, needle in self.needles():
            if needle in data:
                self.found.setdefault(f"{what} in {where}", True)

    def own(self):
        """seldom's processes of this run: the descendants of ours by their names."""
        for pid in os.listdir("/proc"):
            if not pid.isdigit():
                continue
            try:
                with open(f"/proc/{pid}/comm", encoding="utf-8") as f:
                    comm = f.read().strip()
                if not comm.startswith("seldom"):
                    continue
                self.seen.add(comm)  # whose memory only root may look at, if it takes care
                with open(f"/proc/{pid}/environ", "rb") as f:
                    environ = f.read()
                if self.fx.top.encode() in environ or comm != "seldom":
                    yield pid, comm, environ
            except OSError:
                pass

    def once(self):
        for pid, comm, environ in self.own():
            if comm != "seldom-init":  # inside: it hands the program its environment, phantoms and all
                self.look(f"the environment of {comm}", environ)
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as f:
                    self.look(f"argv of {comm}", f.read())
            except OSError:
                pass
        self.files((self.fx.run,))

    def files(self, places):
        leave = (self.fx.P, f"{self.fx.top}/keys", f"{self.fx.top}/up")
        for place in places:
            for root, dirs, names in os.walk(place):
                dirs[:] = [d for d in dirs if os.path.join(root, d) not in leave]
                for name in names:
                    path = os.path.join(root, name)
                    try:
                        if stat.S_ISREG(os.lstat(path).st_mode):
                            with open(path, "rb") as f:
                                self.look(os.path.relpath(path, self.fx.top), f.read())
                    except OSError:
                        pass

    def run(self):
        while not self.stop.wait(0.1):
            self.once()

    def blind(self):
        """Would it be seen? Each of them is put where seldom could have left it."""
        names = [what for what, _ in self.needles()]
        found, self.found = self.found, {}
        for i, (_, needle) in enumerate(self.needles()):
            with open(f"{self.fx.home}/.local/state/seldom/planted.{i}", "wb") as f:
                f.write(b"x" * i + needle)
        self.files((self.fx.top,))
        missed = [n for n in names if not any(f.startswith(n) for f in self.found)]
        for i in range(len(names)):
            os.unlink(f"{self.fx.home}/.local/state/seldom/planted.{i}")
        missed += self.blind_to_processes()
        self.found = found
        return missed or ([] if any("phantom" in n for n in names) else ["phantoms"])

    def blind_to_processes(self):
        """The same for argv and environment: a process that is called like ours and has all of them."""
        said = {what: needle for what, needle in self.needles() if b"\0" not in needle}
        decoy = f"{self.fx.top}/seldom-decoy"
        shutil.copy("/bin/sh", decoy)
        self.found = {}
        with subprocess.Popen(["sh", "-c", "read word", *said.values()], executable=decoy, stdin=subprocess.PIPE,
                              env={f"N{i}": needle for i, needle in enumerate(said.values())}) as p:
            for _ in range(100):  # until it is what it will be
                self.once()
                if len(self.found) >= 2 * len(said):
                    break
                time.sleep(0.02)
            p.kill()
        os.unlink(decoy)
        places = ("argv of seldom-decoy", "the environment of seldom-decoy")
        return [f"{what} in {where}" for what in said for where in places if f"{what} in {where}" not in self.found]

    def after(self):
        self.files((self.fx.top,))
        missed = self.blind()
        if missed:
            return f"this check is blind for {missed}"
        for words in EXPORTS:
            export = subprocess.run([self.fx.opts.seldom, *words.split()], env=self.fx.env, capture_output=True, cwd=self.fx.P)
            if export.returncode != 0:
                return f"'seldom {words}': exit {export.returncode}, {export.stderr[-200:]}"
            self.look(f"'seldom {words}'", export.stdout + export.stderr)
        return "; ".join(self.found) or None


# --- one phase ------------------------------------------------------------------------------------------------


def run(family, marks, opts, limit):
    fx = Fixture(family, opts)
    try:
        return run_in(fx, family, marks, opts, limit)
    finally:
        fx.close()


def run_in(fx, family, marks, opts, limit):
    live = opts.phase == "live"
    argv = ["/usr/bin/python3", f"{HERE}/inside.py", family.name, opts.phase]
    # What every family also says in a query: nobody may keep it.
    query = "q" + secrets.token_hex(12)
    fx.env["CASES"] = json.dumps(marks)
    write(f"{fx.P}/query", query)
    if live:
        argv = [opts.seldom, "run", "--no-popup", "--ask-timeout", "1", "--summary", f"{fx.top}/summary.json",
                "--record", f"{fx.top}/record.jsonl", "--", *argv]
    else:
        fx.env.update({f"SELDOM_CREDENTIAL_{n.upper()}": v for n, v in fx.real.items()})
    watch = Secrets(fx, query)
    if live:
        watch.start()
    with open(f"{fx.top}/output", "wb") as output:
        proc = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=fx.P, env=fx.env,
                                start_new_session=True)
        try:
            proc.wait(limit)
            hung = None
        except subprocess.TimeoutExpired:
            os.killpg(proc.pid, signal.SIGTERM)
            hung = "the run hung"
    time.sleep(0.2)  # the upstream's last lines
    watch.stop.set()
    with open(f"{fx.top}/output", "rb") as f:
        output = f.read().decode("utf-8", "replace")
    tail, words = output[-600:], [line for line in output.splitlines() if line.startswith("seldom: ") and "network" in line]
    try:
        with open(f"{fx.P}/told.json", encoding="utf-8") as f:
            cases = json.load(f)
    except (OSError, ValueError) as e:
        return {"cases": {}, "broken": f"nothing was tried: {hung or ''} exit {proc.returncode}: {tail}"}
    for name, told in cases.items():
        told["answer"], told["control"] = told["control"], fx.controlled(marks[name])
        told["effect"] = fx.effect(family[name], marks[name], told)
    result = {"cases": cases, "tail": tail, "broken": hung, "words": " | ".join(words)[:300]}
    if live:
        watch.join()
        lacks = {"seldom-broker", "seldom-egress", "seldom-dial", "seldom-keys"} - watch.seen
        result["after"] = {"no-secrets": f"not seen running: {sorted(lacks)}" if lacks else watch.after(),
                           "ended": hung or (f"exit {proc.returncode}: {tail}" if proc.returncode else None)}
        if opts.keep:
            result["after"]["kept"] = None
            print(f"fixture {fx.top}", file=sys.stderr)
    return result
