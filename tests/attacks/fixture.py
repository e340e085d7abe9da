"""One fresh fixture for one attack, what listens outside, and the oracle that compares before and after."""

import ctypes
import array
import fcntl
import hashlib
import json
import os
import pty
import re
import resource
import secrets
import select
import shutil
import signal
import socket
import sqlite3
import stat
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
FS_IOC_GETFLAGS = 0x80086601
IPPROTO_MPTCP = 262
libc = ctypes.CDLL(None, use_errno=True)

# Names whose content runs outside later: one that appears or changes is the effect "protected".
PROTECTED = re.compile(
    r"(^|/)(\.git$|\.git/config(\.worktree)?$|\.git/commondir$|\.git/hooks/|\.git/modules/.*|\.envrc$|\.npmrc$|\.vscode/|\.idea/"
    r"|\.husky/|\.cargo/|\.github/workflows/|\.gitconfig$|\.mcp\.json$|\.claude/|\.cursor/|\.codex/"
    r"|\.githooks/|\.devcontainer/|\.pre-commit-config\.yaml$|\.bashrc$|\.profile$)")
GIT_CONFIG = re.compile(r"(^|/)config(\.worktree)?$")
# Settings that neither run nor redirect anything; whatever else a git configuration says counts.
GIT_HARMLESS = re.compile(
    r"^(user|branch|gc)\.|^extensions\.worktreeconfig$|^remote\.[^.]*\.(fetch|url)$"
    r"|^core\.(bare|filemode|logallrefupdates|repositoryformatversion|ignorecase|precomposeunicode)$")
# Descriptors no program inside may hold, and sockets likewise (their protocol's name).
BAD_FDS = re.compile(r"anon_inode:(\[userfaultfd\]|bpf-|\[perf_event\]|\[io_uring\]|\[fanotify\]|\[fscontext\])|/dev/(kvm|mem|uinput)")
BAD_SOCKETS = {"MPTCP", "MPTCPv6", "RAW", "RAWv6", "PACKET", "AF_VSOCK", "ALG", "SCTP", "XDP", "PING"}
PROXY = re.compile(r"^(seldom|bwrap)")  # the boundary's own processes hold what it needs


def write(path, data, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(data)
    os.chmod(path, mode)


def entry(path):
    """All of one file that an attack could change, the time of access apart."""
    st = os.lstat(path)
    kind = stat.S_IFMT(st.st_mode)
    facts = {"type": kind, "mode": oct(st.st_mode & 0o7777), "owner": (st.st_uid, st.st_gid), "inode": st.st_ino,
             "links": st.st_nlink if kind != stat.S_IFDIR else 0, "mtime": st.st_mtime_ns, "ctime": st.st_ctime_ns}
    facts["xattr"] = sorted((n, os.getxattr(path, n, follow_symlinks=False).hex())
                            for n in os.listxattr(path, follow_symlinks=False))
    if kind == stat.S_IFLNK:
        facts["target"] = os.readlink(path)
    if kind == stat.S_IFREG:
        with open(path, "rb") as f:
            facts["sha256"] = hashlib.sha256(f.read()).hexdigest()
    if kind in (stat.S_IFREG, stat.S_IFDIR):
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            flags = array.array("L", [0])
            fcntl.ioctl(fd, FS_IOC_GETFLAGS, flags)
            facts["flags"] = flags[0] & ~0x80000  # the extent format is the file system's own
        except OSError:
            pass
        finally:
            os.close(fd)
    return facts


def tree(top, leave=()):
    """{path: facts} of `top`; folders named in `leave` are not looked into nor at."""
    found = {}
    stack = [top]
    while stack:
        path = stack.pop()
        if path in leave:
            continue
        try:
            found[path] = entry(path)
            if found[path]["type"] == stat.S_IFDIR:
                stack += [os.path.join(path, n) for n in os.listdir(path)]
        except FileNotFoundError:
            pass
        except OSError as e:
            found[path] = {"unreadable": str(e)}
    return found


def changes(before, after):
    for path in sorted(set(before) | set(after)):
        a, b = before.get(path), after.get(path)
        if a != b:
            if a is None or b is None:
                yield f"{path} {'appeared' if a is None else 'is gone'}"
            else:
                yield f"{path}: " + ", ".join(sorted(k for k in set(a) | set(b) if a.get(k) != b.get(k)))


def git_settings(path):
    """The settings in a git configuration that could run or redirect something."""
    got = subprocess.run(["git", "config", "--no-includes", "-z", "-f", path, "--list"], capture_output=True,
                         env={"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "HOME": "/nonexistent"})
    if got.returncode != 0:
        return "git cannot read it"
    lines = [s for s in got.stdout.decode("latin-1").split("\0") if s]
    return "\n".join(sorted(s for s in lines if not GIT_HARMLESS.search(s.split("\n")[0])))


def runs_later(path):
    """What matters of a protected name; None if it is none or harmless. Links are followed."""
    if os.path.isdir(path):
        return "a link" if os.path.islink(path) else None
    try:
        if GIT_CONFIG.search(path) and os.path.exists(path):
            return git_settings(path) or None
        with open(path, "rb") as f:
            return f"{os.stat(path).st_mode & 0o111:o} {f.read().decode('latin-1')}"
    except FileNotFoundError:
        return "dangling" if os.path.islink(path) else None
    except OSError as e:
        return str(e)


def protected(top):
    """{name: what matters of it} of the files below `top` that become code later."""
    names = {".git/config", ".git/hooks/pre-commit"}  # through whatever .git is by then
    for root, dirs, files in os.walk(top):
        names |= {os.path.relpath(os.path.join(root, n), top) for n in dirs + files}
    found = {}
    for name in names:
        linked = os.path.islink(os.path.join(top, name)) and PROTECTED.search(name + "/")
        if (PROTECTED.search(name) or linked) and not name.endswith((".sample", ".lock")):
            what = runs_later(os.path.join(top, name))
            if what:
                found[name] = {"content": what}
    if all(os.path.exists(os.path.join(top, n)) for n in ("HEAD", "objects", "refs")):
        found["."] = {"content": "is a bare repository"}
    return found


class Listeners:
    """Everything that listens outside; writes down each connection and byte."""

    def __init__(self, fx):
        self.log, self.env, self.stop, self.socks = {}, {}, threading.Event(), []
        os.makedirs(fx.sock)
        inet = [("tcp", socket.AF_INET, socket.SOCK_STREAM, 0, "127.0.0.1", "LISTEN_TCP"),
                ("tcp6", socket.AF_INET6, socket.SOCK_STREAM, 0, "::1", "LISTEN_TCP6"),
                ("mptcp", socket.AF_INET, socket.SOCK_STREAM, IPPROTO_MPTCP, "127.0.0.1", "LISTEN_MPTCP"),
                ("udp", socket.AF_INET, socket.SOCK_DGRAM, 0, "127.0.0.1", "LISTEN_UDP"),
                ("udp6", socket.AF_INET6, socket.SOCK_DGRAM, 0, "::1", "LISTEN_UDP6")]
        for name, family, kind, proto, host, var in inet:
            try:
                s = socket.socket(family, kind, proto)
                s.bind((host, 0))
            except OSError:
                continue  # no IPv6 or MPTCP here: the case that needs it says so itself
            self.env[var] = str(s.getsockname()[1])
            self.add(name, s, "net")
        unix = [("stream", socket.SOCK_STREAM, f"{fx.sock}/stream", "LISTEN_UNIX"),
                ("dgram", socket.SOCK_DGRAM, f"{fx.sock}/dgram", "LISTEN_DGRAM"),
                ("seqpacket", socket.SOCK_SEQPACKET, f"{fx.sock}/seqpacket", "LISTEN_SEQPACKET"),
                ("docker", socket.SOCK_STREAM, f"{fx.sock}/docker.sock", "LISTEN_DOCKER"),
                ("bus", socket.SOCK_STREAM, f"{fx.run}/bus", "LISTEN_BUS"),
                ("helper", socket.SOCK_STREAM, f"{fx.P}/helper.sock", "LISTEN_HELPER"),
                ("abstract", socket.SOCK_STREAM, f"\0attack-{fx.mark}", "LISTEN_ABSTRACT"),
                ("abstract-dgram", socket.SOCK_DGRAM, f"\0attack-d-{fx.mark}", "LISTEN_ABSTRACT_DGRAM")]
        for name, kind, addr, var in unix:
            s = socket.socket(socket.AF_UNIX, kind)
            s.bind(addr)
            self.env[var] = addr.replace("\0", "@")
            self.add(name, s, "unix")
        self.give = fx.out
        self.threads = [threading.Thread(target=self.serve, args=a, daemon=True) for a in self.socks]
        for t in self.threads:
            t.start()

    def add(self, name, s, effect):
        if s.type != socket.SOCK_DGRAM:
            s.listen(16)
        s.settimeout(0.1)
        self.socks.append((name, s, effect))

    def serve(self, name, s, effect):
        while not self.stop.is_set():
            try:
                if s.type == socket.SOCK_DGRAM:
                    self.note(name, effect, s.recv(65536))
                else:
                    conn, _ = s.accept()
                    threading.Thread(target=self.drain, args=(name, conn, effect), daemon=True).start()
            except (socket.timeout, BlockingIOError):
                pass
            except OSError:
                return

    def drain(self, name, conn, effect):
        self.note(name, effect, b"<connected>")
        with conn:
            conn.settimeout(5)
            try:
                if name == "helper":  # a careless outsider: hands a writable descriptor to whoever calls
                    fd = os.open(self.give, os.O_WRONLY)
                    conn.sendmsg([b"fd"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", fd))])
                    os.close(fd)
                while True:
                    data = conn.recv(65536)
                    if not data:
                        return
                    self.note(name, effect, data)
            except OSError:
                pass

    def note(self, name, effect, data):
        self.log.setdefault((effect, name), []).append(data)

    def close(self):
        self.stop.set()
        for t in self.threads:
            t.join(2)
        for _, s, _ in self.socks:
            s.close()


class Front(threading.Thread):
    """A person outside, scripted: speaks the fronts' protocol and answers by a rule. Without a rule
    nobody answers and every question times out (a denial)."""

    def __init__(self, fx, rule):
        super().__init__(daemon=True)
        self.dir, self.stop = os.path.join(fx.run, "seldom"), threading.Event()
        verdict, _, rest = rule.partition(":")
        self.verdict, (self.pattern, _, delay) = verdict, rest.partition(":")
        self.delay = float(delay or 0)
        self.answered = []

    def run(self):
        while not self.stop.is_set():
            for name in os.listdir(self.dir) if os.path.isdir(self.dir) else []:
                if name.endswith(".sock"):
                    try:
                        self.talk(os.path.join(self.dir, name))
                    except (OSError, ValueError):
                        pass
            time.sleep(0.01)

    def talk(self, path):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
            s.connect(path)
            s.settimeout(0.1)
            s.send(json.dumps({"v": 1, "type": "hello", "front": "script"}).encode())
            due, shown = [], set()
            while not self.stop.is_set():
                for at, q in [d for d in due if d[0] <= time.monotonic()]:
                    due.remove((at, q))
                    self.answer(s, q)
                try:
                    data = s.recv(65536)
                except socket.timeout:
                    continue
                if not data:
                    return
                msg = json.loads(data)
                if msg.get("type") == "question" and msg["question"]["id"] not in shown:
                    shown.add(msg["question"]["id"])
                    due.append((time.monotonic() + self.delay, msg["question"]))
                    due.sort(key=lambda d: d[0])

    def answer(self, s, q):
        spent = self.verdict == "once" and any(a[2] == "allow" for a in self.answered)
        allow = self.verdict in ("allow", "once") and not spent and re.search(self.pattern, f"{q.get('op')} {q.get('object', '')}")
        self.answered.append((q.get("op"), q.get("object"), "allow" if allow else "deny"))
        s.send(json.dumps({"v": 1, "type": "answer", "id": q["id"], "verdict": "allow" if allow else "deny",
                           "rung": 0, "for": "once", "response_ms": 2500}).encode())


def visible_place():
    """Where fixtures lie: not where the boundary has folders of its own, which would hide the targets
    instead of guarding them; and short, because names of sockets end at 108 bytes."""
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


class Fixture:
    def __init__(self, case, opts):
        self.case, self.opts = case, opts
        self.mark = secrets.token_hex(8)
        self.canary = "CANARY-" + secrets.token_hex(12)
        self.top = tempfile.mkdtemp(prefix="attack.", dir=opts.place)
        self.home, self.run = f"{self.top}/home", f"{self.top}/run"
        self.P, self.R = f"{self.home}/src/project", f"{self.home}/src/readonly"
        self.N, self.O = f"{self.home}/src/nodelete", f"{self.home}/outside"
        self.S, self.sock = f"{self.home}/.ssh/id_test", f"{self.home}/sock"
        self.out = f"{self.O}/out.txt"
        self.state, self.config = f"{self.home}/.local/state/seldom", f"{self.home}/.config/seldom"
        self.cleanup = []
        self.files()
        self.listeners = Listeners(self)
        self.victim_start()
        self.shared_start()
        self.env = self.environment()

    def files(self):
        os.makedirs(self.run, 0o700)
        os.chmod(self.run, 0o700)
        write(f"{self.run}/private.txt", f"{self.canary} runtime\n", 0o600)
        for d in (self.state, self.config, f"{self.home}/.cache", f"{self.home}/.config/gh"):
            os.makedirs(d, 0o700)
            os.chmod(d, 0o700)
        write(f"{self.state}/attack-marker", "marker\n", 0o600)
        # Whoever comes to the bus here is taken for the attack.
        write(f"{self.config}/config", "[notify]\nenabled = no\n", 0o600)
        write(f"{self.home}/.bashrc", "# shell\n")
        write(f"{self.home}/.aws/credentials", f"[default]\naws_secret_access_key = {self.canary}\n", 0o600)
        write(self.S, f"{self.canary} ssh\n", 0o600)
        os.chmod(f"{self.home}/.ssh", 0o700)
        write(f"{self.R}/ro.txt", "read only\n")
        write(f"{self.N}/keep.txt", "keep me\n")
        write(f"{self.N}/sub/deep.txt", "keep me too\n")
        os.makedirs(f"{self.N}/bare")
        write(self.out, "out of scope\n")
        write(f"{self.O}/dir/inner.txt", "inner\n")
        os.makedirs(f"{self.O}/empty")
        write(f"{self.O}/approved.txt", "to be approved\n")
        write(f"{self.O}/repo/HEAD", "ref: refs/heads/main\n")
        write(f"{self.P}/a.txt", "in scope\n")
        write(f"{self.P}/out.txt", "in scope too\n")
        os.makedirs(f"{self.P}/build")
        write(f"{self.P}/.env", f"TOKEN={self.canary}\n", 0o600)
        env = {"HOME": self.home, "PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1"}
        subprocess.run(["git", "init", "-q", "-b", "main", self.P], check=True, env=env)
        hooks = f"{self.P}/.git/hooks"
        for name in os.listdir(hooks) if os.path.isdir(hooks) else []:
            os.unlink(f"{hooks}/{name}")
        write(f"{hooks}/post-merge", "#!/bin/sh\nexit 0\n", 0o755)
        self.variants()
        self.bin = f"{self.home}/bin/seldom"
        write(self.bin, "#!/bin/sh\nexit 0\n", 0o755)

    def variants(self):
        """What only some cases' fixtures have."""
        opts = self.case.options
        if "twin" in opts:  # a second name of a secret, older than the session
            os.link(f"{self.P}/.env", f"{self.P}/twin")
        if "dotfiles" in opts:  # the secret's name is a link: the bytes live elsewhere
            os.makedirs(f"{self.home}/dotfiles")
            os.rename(f"{self.home}/.aws/credentials", f"{self.home}/dotfiles/credentials")
            os.symlink("../dotfiles/credentials", f"{self.home}/.aws/credentials")
        if "hookspath" in opts:  # the person's own hooks folder
            os.makedirs(f"{self.P}/.githooks")
            subprocess.run(["git", "-C", self.P, "config", "core.hooksPath", ".githooks"], check=True)
        if "oldlink" in opts:  # a link out of the project, older than the session
            os.symlink(self.O, f"{self.P}/oldlink")
        if "fifo" in opts:  # a pipe with a reader outside
            os.mkfifo(f"{self.O}/pipe")
            fd = os.open(f"{self.O}/pipe", os.O_RDWR | os.O_NONBLOCK)
            self.cleanup.append(lambda: os.close(fd))
        if "vendor" in opts:  # a scope inside a scope
            write(f"{self.P}/vendor/lib/x.txt", "vendored\n")

    def victim_start(self):
        self.victim_log = f"{self.top}/victim.log"
        open(self.victim_log, "w").close()
        self.victim = subprocess.Popen([os.path.join(self.opts.bin, "victim"), self.victim_log, self.S],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       start_new_session=True)
        self.victim_addr = self.victim.stdout.readline().decode().strip()

    def shared_start(self):
        """What lives outside every folder: System V and POSIX shared memory, another terminal."""
        self.shm_key = int(self.mark[:7], 16)
        self.shm_id = libc.shmget(self.shm_key, 4096, 0o1000 | 0o600)
        libc.shmat.restype = ctypes.c_void_p
        self.shm = libc.shmat(self.shm_id, None, 0)
        self.devshm = f"/dev/shm/seldom-attack-{self.mark}"
        write(self.devshm, "outside\n", 0o600)
        self.pts_master, self.pts_slave = pty.openpty()
        os.set_blocking(self.pts_master, False)

    def environment(self):
        env = {k: os.environ[k] for k in ("PATH", "LANG", "TERM") if k in os.environ}
        env.update(self.listeners.env)
        short = "2" if not os.environ.get("ATTACK_FULL") else "20"
        env.update({
            "HOME": self.home, "XDG_RUNTIME_DIR": self.run, "XDG_STATE_HOME": f"{self.home}/.local/state",
            "XDG_CONFIG_HOME": f"{self.home}/.config", "GIT_CONFIG_NOSYSTEM": "1", "USER": "attacker",
            "P": self.P, "R": self.R, "N": self.N, "O": self.O, "S": self.S, "ATTACK_MARK": self.mark,
            "VICTIM": str(self.victim.pid), "VICTIM_ADDR": self.victim_addr,
            "SECONDS_RACE": os.environ.get("SECONDS_RACE", short), "SHM_NUMBER": str(self.shm_key),
            "DEVSHM": self.devshm, "OTHER_PTS": os.ttyname(self.pts_slave), "OWN_BIN": self.bin,
            "OWN_STATE": self.state, "OWN_CONFIG": self.config,
            "GITHUB_TOKEN": self.canary, "AWS_SECRET_ACCESS_KEY": self.canary, "DB_PASSWORD": self.canary,
        })
        return env

    # -- the oracle ---------------------------------------------------------------------------

    def look(self):
        own = (self.state, self.config, f"{self.home}/.cache", self.sock, f"{self.home}/bin")
        scopes = (self.P, self.R, self.N, self.O)
        with open("/proc/self/mountinfo", encoding="utf-8") as f:
            mounts = sorted(f.read().splitlines()) if "jail" in self.case.options else []
        look = {
            "out": tree(self.O, (f"{self.O}/approved.txt",)), "ro": tree(self.R), "nd": self.kept(),
            "secret": {**tree(f"{self.home}/.ssh"), **tree(f"{self.P}/.env")},
            "home": tree(self.home, own + scopes + (f"{self.home}/.ssh", f"{self.home}/src")),
            "own": {**tree(self.config), **tree(f"{self.state}/attack-marker"), **tree(f"{self.home}/bin")},
            "protected": protected(self.P),
            "run": tree(f"{self.run}/private.txt"),
            "sock": tree(self.sock),
            "vendor": self.vendored(),
            "ipc": {"shm": {"bytes": ctypes.string_at(self.shm, 64).hex()}, **tree(self.devshm)},
            "host": {"mounts": {"list": mounts}, "name": {"is": os.uname().nodename},
                     "addresses": {"list": self.addresses()},
                     "group": {"there": os.path.isdir(f"/sys/fs/cgroup/seldom-attack-{self.mark}")}},
            "victim": {"victim": self.victim_state()},
        }
        if "approved" in self.case.options:  # its content may change, by an answer; nothing else of it
            facts = entry(f"{self.O}/approved.txt") if os.path.exists(f"{self.O}/approved.txt") else {}
            look["out"]["approved"] = {k: facts.get(k) for k in ("mode", "owner", "inode", "links", "xattr")}
            look["out"].pop(self.O, None)
        real = self.opts.seldom
        if real:
            look["own"][real] = {"sha256": hashlib.sha256(open(real, "rb").read()).hexdigest(),
                                 "inode": os.stat(real).st_ino}
        return look

    def kept(self):
        return self.existed(self.N, ("", "keep.txt", "sub", "sub/deep.txt", "bare"))

    @staticmethod
    def existed(top, names):
        """What was in a no-delete folder at the start. New names beside it are allowed."""
        facts = {}
        for name in names:
            path = os.path.join(top, name)
            facts[path] = entry(path) if os.path.lexists(path) else None
            if facts[path] and facts[path]["type"] == stat.S_IFDIR:
                facts[path] = {k: facts[path][k] for k in ("type", "mode", "owner", "inode")}
        return facts

    def vendored(self):
        top, how = f"{self.P}/vendor", self.case.options.get("vendor")
        if how == "--rw-no-delete":
            return self.existed(top, ("", "lib", "lib/x.txt"))
        return tree(top) if how else {}

    def addresses(self):
        if "jail" not in self.case.options:
            return []  # the machine's own may change for reasons that are not ours
        with open("/proc/net/fib_trie", encoding="utf-8") as f:
            return f.read().splitlines()

    def victim_state(self):
        with open(self.victim_log, encoding="utf-8") as f:
            state = {"log": f.read(), "alive": self.victim.poll() is None}
        pid = self.victim.pid
        if state["alive"]:
            with open(f"/proc/{pid}/status", encoding="utf-8") as f:
                state["tracer"] = re.search(r"TracerPid:\s*(\d+)", f.read()).group(1)
            with open(f"/proc/{pid}/oom_score_adj", encoding="utf-8") as f:
                state["oom"] = f.read()
            state["nice"] = os.getpriority(os.PRIO_PROCESS, pid)
            state["cpus"] = sorted(os.sched_getaffinity(pid))
            state["scheduler"] = os.sched_getscheduler(pid)
            state["ioprio"] = libc.syscall(252, 1, pid)
            state["files"] = resource.prlimit(pid, resource.RLIMIT_NOFILE)
            state["core"] = resource.prlimit(pid, resource.RLIMIT_CORE)
        return {"victim " + k: v for k, v in state.items()}

    def leaks(self, output):
        needle = self.canary.encode()
        half = needle[7:]
        if half in output:
            yield "the canary is on the program's output"
        for (effect, name), got in self.listeners.log.items():
            if half in b"".join(got):
                yield f"the canary reached the {name} listener"
        for root, _, files in os.walk(self.P):
            for name in files:
                path = os.path.join(root, name)
                try:
                    if path not in (f"{self.P}/.env", f"{self.P}/twin") and stat.S_ISREG(os.lstat(path).st_mode):
                        with open(path, "rb") as f:
                            if half in f.read():
                                yield f"the canary is in {path}"
                except OSError:
                    pass

    def planted(self):
        for root, dirs, files in os.walk(self.P):
            for name in files + dirs:
                st = os.lstat(os.path.join(root, name))
                if stat.S_ISBLK(st.st_mode) or stat.S_ISCHR(st.st_mode):
                    yield "device", f"a device node at {root}/{name}"
                if stat.S_ISREG(st.st_mode) and st.st_mode & (stat.S_ISUID | stat.S_ISGID):
                    yield "suid", f"a set-id file at {root}/{name}"

    def key_found(self):
        serial = libc.syscall(250, 10, -4, b"user", f"seldom-attack-{self.mark}".encode(), 0)
        if serial > 0:
            libc.syscall(250, 9, serial, -4)
        return serial > 0

    def effects(self, before, after, output, watched):
        seen = {}
        for group in before:
            diff = list(changes(before[group], after[group]))
            if group == "protected":
                diff = [d for d in diff if not d.endswith("is gone")]
                word = self.case.options.get("evil")  # what the person was not shown
                if word and not any(word in v["content"] for v in after[group].values()):
                    diff = []
            if diff:
                seen[group] = "; ".join(diff[:4])
        for text in self.leaks(output):
            seen["leak"] = text
        for (effect, name), got in self.listeners.log.items():
            seen[effect] = f"{name} listener got {b''.join(got)[:60]!r}"
        for effect, text in self.planted():
            seen[effect] = text
        seen.update(watched)
        if self.key_found():
            seen["key"] = "a key in the user's keyring"
        try:
            if os.read(self.pts_master, 100):
                seen["pts"] = "another terminal was written to"
        except (BlockingIOError, OSError):
            pass
        return seen

    def close(self):
        for fn in self.cleanup:
            fn()
        if os.path.isdir(f"/sys/fs/cgroup/seldom-attack-{self.mark}"):
            os.rmdir(f"/sys/fs/cgroup/seldom-attack-{self.mark}")
        self.victim.kill()
        self.victim.wait()
        self.listeners.close()
        libc.shmctl(self.shm_id, 0, None)
        if os.path.exists(self.devshm):
            os.unlink(self.devshm)
        if not self.opts.keep:
            for path in (self.O, f"{self.O}/out.txt", self.home):
                clear_flags(path)
            if "jail" in self.case.options:  # what the canary mounted behind the wall
                subprocess.run(["umount", "-l", f"{self.P}/build"], stderr=subprocess.DEVNULL, check=False)
            shutil.rmtree(self.top, ignore_errors=True)
            if os.path.exists(self.top):  # a program that was just killed made one more name
                shutil.rmtree(self.top, ignore_errors=True)


def clear_flags(path):
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        fcntl.ioctl(fd, 0x40086602, struct.pack("l", 0))
        os.close(fd)
    except OSError:
        pass


# -- processes of the run, seen from outside ---------------------------------------------------


def marked(mark):
    """Pids of every process that was started with this fixture's mark in its environment."""
    needle = f"ATTACK_MARK={mark}".encode()
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/environ", "rb") as f:
                    if needle in f.read().split(b"\0"):
                        yield int(name)
            except OSError:
                pass


def comm_of(pid):
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as f:
            return f.read().strip()
    except OSError:
        return ""


def link(path):
    try:
        return os.readlink(path)
    except OSError:
        return ""


class Watch(threading.Thread):
    """While an attack runs: which descriptors, namespaces and roots do its processes hold?"""

    def __init__(self, fx):
        super().__init__(daemon=True)
        self.fx, self.stop, self.seen = fx, threading.Event(), {}

    def run(self):
        if not self.fx.case.effects & {"fd", "ns", "inbound", "idmap"}:
            return
        while not self.stop.is_set():
            self.once()
            self.stop.wait(0.04)

    def once(self):
        spaces = {}
        for pid in marked(self.fx.mark):
            comm = comm_of(pid)
            if PROXY.match(comm):
                continue
            self.descriptors(pid)
            if comm.startswith("ns-"):
                spaces[comm] = [link(f"/proc/{pid}/ns/{n}") for n in ("user", "mnt", "net", "pid", "uts", "ipc")]
                if self.fx.P in link(f"/proc/{pid}/root"):
                    self.seen["ns"] = "a process inside changed its root"
        if len(spaces) == 2 and all(all(s) for s in spaces.values()) and len({tuple(s) for s in spaces.values()}) == 2:
            self.seen["ns"] = f"a child is in other namespaces: {spaces}"
        self.inbound()

    def descriptors(self, pid):
        try:
            fds = os.listdir(f"/proc/{pid}/fd")
        except OSError:
            return
        for fd in fds:
            path = f"/proc/{pid}/fd/{fd}"
            target = link(path)
            try:
                if BAD_FDS.search(target) or stat.S_ISBLK(os.stat(path).st_mode):
                    self.seen["fd"] = f"a program holds {target}"
            except OSError:
                continue
            if target.startswith("socket:"):
                try:
                    name = os.getxattr(path, "system.sockprotoname").rstrip(b"\0").decode()
                except OSError:
                    continue
                if name in BAD_SOCKETS:
                    self.seen["fd"] = f"a program holds a {name} socket"

    def inbound(self):
        try:
            with open(f"{self.fx.P}/listening", encoding="utf-8") as f:
                port = int(f.read())
            with socket.create_connection(("127.0.0.1", port), 0.2) as s:
                s.settimeout(0.5)
                if self.fx.mark.encode() in s.recv(100):
                    self.seen["inbound"] = "something outside reached a port inside"
        except (OSError, ValueError):
            pass


def reap(fx):
    """Ends what is left of the run; returns how many were still there after a grace time."""
    end = time.monotonic() + 3
    while time.monotonic() < end:
        left = list(marked(fx.mark))
        if not left:
            return []
        time.sleep(0.02)
    names = [f"{p} {comm_of(p)}" for p in left]
    kill_left(fx)
    return names


# -- one run -----------------------------------------------------------------------------------


def program(fx, case, opts):
    """The attack's own command, copied into the project: what is outside may be hidden inside."""
    if case.program.endswith(".c"):
        path = f"{fx.P}/attack.bin"
        shutil.copy(os.path.join(opts.bin, case.program[:-2]), path)
        return [path, *case.args]
    path = f"{fx.P}/attack.{case.program.rsplit('.', 1)[1]}"
    shutil.copy(os.path.join(HERE, "cases", case.program), path)
    return [sys.executable if path.endswith(".py") else "/bin/bash", path, *case.args]


def inside(fx, opts, argv, summary):
    timeout = fx.case.options.get("timeout", "1")
    more = [fx.case.options["vendor"], f"{fx.P}/vendor"] if "vendor" in fx.case.options else []
    return [opts.seldom, "run", "--rw", fx.P, "--ro", fx.R, "--rw-no-delete", fx.N, "--secret", fx.S, *more,
            "--no-popup", "--ask-timeout", timeout, "--summary", summary, "--", *argv]


def descriptors(fx):
    """What a careless launcher leaves open: descriptors 3 to 20 on outside files and folders."""
    paths = [(fx.out, os.O_RDWR), (fx.O, os.O_RDONLY | os.O_DIRECTORY), (fx.S, os.O_RDONLY), ("/", os.O_PATH)]
    fds = []
    for n in range(3, 21):
        path, flags = paths[n % len(paths)]
        fd = os.open(path, flags)
        high = fcntl.fcntl(fd, fcntl.F_DUPFD, 200)
        os.close(fd)
        fds.append((high, n))
    return fds


def spawn(fx, argv, output, limit):
    """Runs argv with its output in a file; on a terminal of its own where asked. (status, hung)"""
    opts = fx.case.options
    leave = descriptors(fx) if "fds" in opts else []
    master = slave = None
    if "pty" in opts:
        master, slave = pty.openpty()

    def setup():
        os.setsid()
        if slave is not None:
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for high, n in leave:
            os.dup2(high, n, inheritable=True)

    pump = None
    with open(os.devnull, "rb") as null:
        proc = subprocess.Popen(argv, stdin=null if slave is None else slave, stdout=output if slave is None else slave,
                                stderr=subprocess.STDOUT, cwd=fx.P, env=fx.env, preexec_fn=setup,
                                close_fds=not leave)
    for high, _ in leave:
        os.close(high)
    if master is not None:
        pump = threading.Thread(target=copy_pty, args=(master, output, proc), daemon=True)
        pump.start()
    try:
        status, hung = proc.wait(limit), False
    except subprocess.TimeoutExpired:
        os.killpg(proc.pid, signal.SIGKILL)
        status, hung = proc.wait(), True
    if pump:
        pump.join(2)
    injected = slave is not None and waiting_input(slave)
    return status, hung, injected


def copy_pty(master, output, proc):
    while proc.poll() is None or select.select([master], [], [], 0.1)[0]:
        if select.select([master], [], [], 0.1)[0]:
            try:
                output.write(os.read(master, 65536))
                output.flush()
            except OSError:
                return


def waiting_input(slave):
    """Bytes that the next program on this terminal (the person's shell) would read as typed."""
    attrs = termios.tcgetattr(slave)
    attrs[3] &= ~(termios.ICANON | termios.ECHO)
    attrs[6][termios.VMIN], attrs[6][termios.VTIME] = 0, 0
    termios.tcsetattr(slave, termios.TCSANOW, attrs)
    return os.read(slave, 100)


def next_run(fx, opts, live):
    """A later session, started by the person in the same folder with no options: did the attack widen it?"""
    argv = ["/bin/sh", "-c", 'echo next >"$O/out.txt"']
    if live:
        argv = [opts.seldom, "run", "--no-popup", "--ask-timeout", "1", "--", *argv]
    subprocess.run(argv, cwd=fx.P, env=fx.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=30, check=False)


def store_broken(fx):
    for name in os.listdir(fx.state):
        if name.endswith((".db", ".sqlite", ".sqlite3")):
            try:
                db = sqlite3.connect(f"file:{fx.state}/{name}?mode=ro", uri=True)
                row = db.execute("PRAGMA quick_check").fetchone()
                db.close()
                if row != ("ok",):
                    return f"the store is damaged: {row}"
            except sqlite3.Error as e:
                return f"the store does not open: {e}"
    return None


def afterwards(fx, opts, summary):
    """What must hold after any attack: a summary was written, the store opens, the next run works."""
    try:
        with open(summary, encoding="utf-8") as f:
            report = json.load(f)
        if report.get("v") != 1 or "exit" not in report:
            return "the summary is not what was promised", {}
    except (OSError, ValueError) as e:
        return f"no summary: {e}", {}
    broken = store_broken(fx)
    if broken:
        return broken, report
    try:
        again = subprocess.run([opts.seldom, "run", "--no-popup", "--", "true"], cwd=fx.P, env=fx.env,
                               stdin=subprocess.DEVNULL, capture_output=True, timeout=20)
    except subprocess.TimeoutExpired:
        return "the next run hangs", report
    if again.returncode != 0:
        return f"the next run fails: {again.stderr.decode('utf-8', 'replace')[-300:]}", report
    return None, report


def attack(case, opts, limit):
    if "jail" in case.options:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=False, stderr=subprocess.DEVNULL)
    live = opts.phase == "live"
    if not live:
        opts.seldom = None
    fx = Fixture(case, opts)
    try:
        return run(fx, case, opts, limit, live)
    finally:
        fx.close()


def person(fx, case):
    """Who answers: as the case says; else somebody denies at once or, in every fourth case, nobody is
    there and each question times out. (Always waiting would take minutes.)"""
    rule = case.options.get("front") or ("nobody" if zlib.crc32(case.name.encode()) % 4 == 0 else "deny")
    return None if rule == "nobody" else Front(fx, rule)


def run(fx, case, opts, limit, live):
    argv = program(fx, case, opts)
    summary = f"{fx.top}/summary.json"
    if live:
        argv = inside(fx, opts, argv, summary)
        shutil.copy(opts.seldom, f"{fx.P}/own-seldom")
    else:
        fx.env["SECONDS_RACE"] = "0.3"
    fx.env["OWN_BIN"] = opts.seldom if live else fx.bin
    before = fx.look()
    front = person(fx, case) if live else None
    watch = Watch(fx)
    watch.start()
    if front:
        front.start()
    began = time.monotonic()
    with open(f"{fx.top}/output", "wb") as output:
        status, hung, injected = spawn(fx, argv, output, limit)
    if "next" in case.options:
        next_run(fx, opts, live)
    if "late" in case.options:
        time.sleep(float(case.options["late"]))
    left = reap(fx) if live or "late" in case.effects else []
    if not live:
        kill_left(fx)
    watch.stop.set()
    watch.join()
    if front:
        front.stop.set()
        front.join(2)
    time.sleep(0.05)  # the listeners' last bytes
    with open(f"{fx.top}/output", "rb") as f:
        text = f.read()
    watched = dict(watch.seen)
    if left:
        watched["late"] = f"outlived the session: {left}"
    if injected:
        watched["tty"] = f"typed into the terminal: {injected!r}"
    result = {"effects": fx.effects(before, fx.look(), text, watched), "hung": hung, "status": status,
              "ran": os.path.exists(f"{fx.P}/attack-ran"), "tail": text[-500:].decode("utf-8", "replace"),
              "skip": None, "after": None, "questions": None, "answered": front.answered if front else None, "top": fx.top,
              "seconds": time.monotonic() - began}
    if not live:
        if status == 77:
            result["skip"] = (re.findall(r"skip: (.*)", result["tail"]) or ["not possible here"])[-1]
        return result
    result["after"], report = afterwards(fx, opts, summary)
    result["questions"] = (report.get("questions") or {}).get("asked")
    if not result["after"] and "approved" in case.options:
        path = f"{fx.O}/approved.txt"
        if not os.path.exists(path) or "approved write" not in open(path, encoding="utf-8").read():
            result["after"] = f"the approved write did not happen; answered {front.answered}"
    return result


def kill_left(fx):
    for _ in range(200):
        left = list(marked(fx.mark))
        if not left:
            return
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        time.sleep(0.01)
