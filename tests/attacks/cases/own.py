"""The broker's own things: its store, settings, binary, control socket and questions. argv[1]: the way."""
import glob
import os
import re
import socket
import subprocess
import sys
import threading
import time

E = os.environ
open(E["P"] + "/attack-ran", "w").close()


def run(*argv, **kw):
    try:
        return subprocess.run(argv, capture_output=True, timeout=5, **kw).stdout.decode("utf-8", "replace")
    except (OSError, subprocess.TimeoutExpired) as e:
        return str(e)


def attempt(fn, *args):
    try:
        return fn(*args)
    except OSError as e:
        print(fn.__name__, args, e)


def overwrite(path):
    with open(path, "ab") as f:
        f.write(b"attacked\n")


def every_file(top):
    for root, _, files in os.walk(top):
        for name in files:
            yield os.path.join(root, name)


def state():
    for path in list(every_file(E["OWN_STATE"])) + [E["OWN_STATE"] + "/attack-marker"]:
        attempt(overwrite, path)
        attempt(os.unlink, path)


def state_move():
    attempt(os.rename, E["OWN_STATE"], E["P"] + "/state")
    attempt(os.rename, os.path.dirname(E["OWN_STATE"]), E["P"] + "/state2")
    attempt(os.unlink, E["P"] + "/state/attack-marker")


def poison():
    """A rule store of our own making wherever the next session could look for one."""
    import sqlite3
    for top in (E["OWN_STATE"], E["P"] + "/.local/state/seldom", E["P"] + "/.seldom"):
        try:
            os.makedirs(top, exist_ok=True)
            for path in glob.glob(top + "/*.db") + [top + "/seldom.db"]:
                db = sqlite3.connect(path, timeout=1)
                db.execute("CREATE TABLE IF NOT EXISTS rule(id, op, pattern, verdict)")
                db.execute("INSERT INTO rule(op, pattern, verdict) VALUES (2, '/', 1)")
                db.commit()
        except (OSError, sqlite3.Error) as e:
            print(top, e)


def config():
    with_rule = "[scope]\nrw = /\n"
    for path in (E["OWN_CONFIG"] + "/config", E["OWN_CONFIG"] + "/config.new"):
        try:
            with open(path, "w") as f:
                f.write(with_rule)
        except OSError as e:
            print(path, e)


def config_rename():
    new = E["P"] + "/config"
    with open(new, "w") as f:
        f.write("[scope]\nrw = /\n")
    attempt(os.replace, new, E["OWN_CONFIG"] + "/config")


def config_folder():
    new = E["P"] + "/conf"
    os.makedirs(new)
    with open(new + "/config", "w") as f:
        f.write("[scope]\nrw = /\n")
    attempt(os.rename, E["OWN_CONFIG"], E["P"] + "/old")
    attempt(os.rename, new, E["OWN_CONFIG"])


def binary():
    path = E["OWN_BIN"]
    attempt(overwrite, path)
    attempt(os.replace, E["P"] + "/a.txt", path)
    attempt(os.chmod, path, 0o777)


def tools():
    own = E["P"] + "/own-seldom"
    return [t for t in (own, E["OWN_BIN"], "seldom") if t == "seldom" or os.path.exists(t)]


def sockets():
    found = glob.glob(E["XDG_RUNTIME_DIR"] + "/seldom/*") + glob.glob("/tmp/seldom-*/*")
    found += glob.glob("/proc/*/root" + E["XDG_RUNTIME_DIR"] + "/seldom/*")
    with open("/proc/net/unix") as f:
        found += [line.split()[-1] for line in f if "seldom" in line]
    return sorted(set(found))


def ask():
    """In the background: the forbidden write, as a question to be answered by ourselves."""
    def write():
        try:
            with open(E["O"] + "/out.txt", "w") as f:
                f.write("answered myself\n")
        except OSError as e:
            print("write:", e)
    t = threading.Thread(target=write)
    t.start()
    return t


def answer():
    t = ask()
    end = time.monotonic() + 1.5
    while time.monotonic() < end and t.is_alive():
        for tool in tools():
            text = run(tool, "pending", "--json")
            for ident in re.findall(r'"id":\s*"([^"]+)"', text) + ["1", "last.1"]:
                run(tool, "answer", ident, "allow", "--for", "session")
        time.sleep(0.1)
    t.join()


def answer_script():
    script = E["P"] + "/answers"
    with open(script, "w") as f:
        f.write('{"match":{},"answer":"allow"}\n')
    fronts = [subprocess.Popen([tool, "answer", "--script", script]) for tool in tools() if os.path.exists(tool)]
    time.sleep(0.2)
    ask().join()
    for p in fronts:
        p.kill()


def answer_socket():
    held = []
    for path in sockets():
        for kind in (socket.SOCK_SEQPACKET, socket.SOCK_STREAM):
            try:
                s = socket.socket(socket.AF_UNIX, kind)
                s.connect(path.replace("@", "\0", 1) if path.startswith("@") else path)
                s.send(b'{"v":1,"type":"hello","front":"script"}')
                held.append(s)
            except OSError as e:
                print(path, e)
    t = ask()
    for _ in range(10):
        time.sleep(0.05)
        for s in held:
            for n in range(1, 4):
                attempt(s.send, b'{"v":1,"type":"answer","id":"%d","verdict":"allow"}' % n)
    t.join()


def answer_fds():
    """Any descriptor that was left open may be the front's or the broker's."""
    t = ask()
    for fd in range(3, 64):
        attempt(os.write, fd, b'{"v":1,"type":"answer","id":"1","verdict":"allow"}')
    t.join()


def rules():
    for tool in tools():
        for args in (("rules", "add", "allow", "write", "/"), ("grants", "add", "/"), ("trust", "/"),
                     ("answer", "--script", "/dev/null")):
            run(tool, *args)
    ask().join()


def nested():
    for tool in tools():
        run(tool, "run", "--rw", E["O"], "--no-popup", "--", "sh", "-c", 'echo nested >"$O/out.txt"')
        run(tool, "run", "--rw", "/", "--", "sh", "-c", 'echo nested >"$O/out.txt"')
    ask().join()


def broker_proc():
    """Whatever process here looks like the broker or its init: memory, descriptors, limits, signals."""
    for pid in [p for p in os.listdir("/proc") if p.isdigit() and int(p) != os.getpid()]:
        try:
            comm = open(f"/proc/{pid}/comm").read()
        except OSError:
            continue
        if "seldom" in comm or "bwrap" in comm:
            for name in ("mem", "oom_score_adj", "comm", "attr/current", "clear_refs", "coredump_filter"):
                attempt(overwrite, f"/proc/{pid}/{name}")
            for fd in range(3, 64):
                attempt(overwrite, f"/proc/{pid}/fd/{fd}")
            attempt(os.kill, int(pid), 9)
            attempt(os.kill, int(pid), 19)
    ask().join()


def flood():
    """More questions than fit: a full queue must not mean allowed."""
    threads = []
    for i in range(300):
        def write(i=i):
            try:
                with open(f"{E['O']}/flood-{i}", "w") as f:
                    f.write("flood\n")
            except OSError:
                pass
        t = threading.Thread(target=write)
        t.start()
        threads.append(t)
    for t in threads:
        t.join()


globals()[sys.argv[1].replace("-", "_")]()
