"""What happens to a session's processes, terminal and store when somebody presses keys or kills.

usage: life.py SELDOM WORK     prints "ok: ...", "FAILED: ...", "left out: ..." lines

Waiting is always for a state, up to a limit that is far beyond any load; no check is about speed.
"""

import fcntl
import json
import os
import pty
import random
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time

SELDOM, WORK = sys.argv[1:3]
LIMIT = 60
count = 0


def ok(words):
    print("ok:", words, flush=True)


def check(words, good, detail=""):
    if good:
        ok(words)
    else:
        print("FAILED: %s %s" % (words, str(detail).replace("\n", "\\n")), flush=True)
    return good


def until(condition):
    """True as soon as condition() is; False if it is not within the limit."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def processes():
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/%s/cmdline" % name, "rb") as f:
                    cmdline = f.read().split(b"\0")
                with open("/proc/%s/stat" % name, "rb") as f:
                    stat = f.read()
            except OSError:
                continue
            state, ppid = stat[stat.rindex(b")") + 2 :].split()[:2]
            if state != b"Z":
                yield int(name), int(ppid), cmdline


def marked(marker):
    """The processes that a workload started: they carry the marker as argv[0]."""
    return [pid for pid, _, cmdline in processes() if cmdline[0] == marker.encode()]


def family(pid):
    """pid and all that descends from it, with the name of the program."""
    rows = [(p, pp, c[0]) for p, pp, c in processes()]
    found, grown = {pid}, True
    while grown:
        grown = False
        for p, pp, _ in rows:
            if pp in found and p not in found:
                found.add(p)
                grown = True
    return [(p, os.path.basename(c).decode(errors="replace")) for p, _, c in rows if p in found]


def broker_of(pid):
    return [p for p, name in family(pid) if name.startswith("seldom-broker")]


def new_marker():
    global count
    count += 1
    return "seldom-life-%d-%d" % (os.getpid(), count)


def folder():
    path = "%s/life-%d" % (WORK, count)
    os.makedirs(path, exist_ok=True)
    return path


def command(*argv, options=()):
    return [SELDOM, "run", "--no-popup", "--ask-timeout", "60", *options, "--", *argv]


class Terminal:
    """A command in a terminal of its own, as its session leader's foreground group."""

    def __init__(self, argv, cwd, size=(24, 80)):
        self.text = b""
        self.before = None
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.environ["TERM"] = "xterm"
            # The shell's place: a leader that stays, and the command as a job of its own.
            job = os.fork()
            if job == 0:
                os.setpgid(0, 0)
                signal.signal(signal.SIGTTOU, signal.SIG_IGN)
                os.tcsetpgrp(0, os.getpid())
                signal.signal(signal.SIGTTOU, signal.SIG_DFL)
                os.execv(argv[0], argv)
            self.lead(job)
        self.resize(*size)
        self.before = termios.tcgetattr(self.fd)

    @staticmethod
    def lead(job):
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        while True:
            _, status = os.waitpid(job, os.WUNTRACED)
            if not os.WIFSTOPPED(status):
                code = os.waitstatus_to_exitcode(status)
                os.write(1, b"<ended %d>\n" % (code if code >= 0 else 1000 - code))
                time.sleep(0.2)
                os._exit(0)
            os.tcsetpgrp(0, os.getpid())
            os.write(1, b"<stopped>\n")
            os.read(0, 1)  # any key: fg
            os.tcsetpgrp(0, job)
            os.killpg(job, signal.SIGCONT)

    def resize(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def send(self, data):
        os.write(self.fd, data)

    def read(self):
        while select.select([self.fd], [], [], 0)[0]:
            try:
                data = os.read(self.fd, 65536)
                if b"\x1b[5n" in data:  # "are you well?", as a terminal answers it
                    os.write(self.fd, b"\x1b[0n")
            except OSError:
                return
            if not data:
                return
            self.text += data

    def expect(self, text):
        def seen():
            self.read()
            return text in self.text

        return until(seen)

    def ended(self):
        """The exit code that a shell would have seen, or None."""
        if not self.expect(b"<ended "):
            return None
        code = int(self.text.split(b"<ended ")[-1].split(b">")[0])
        return 128 + code - 1000 if code >= 1000 else code

    def close(self):
        for pid, _ in family(self.pid):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def gone(words, marker):
    if not check(words, until(lambda: not marked(marker)), marked(marker)):
        for pid in marked(marker):
            os.kill(pid, signal.SIGKILL)


def store_opens(words):
    r = subprocess.run([SELDOM, "log"], capture_output=True, stdin=subprocess.DEVNULL, timeout=LIMIT)
    check(words + ": the store opens", r.returncode == 0, r.stderr.decode(errors="replace"))


def runs_again(words):
    r = subprocess.run(
        command("sh", "-c", "echo again >again && cat again"),
        cwd=folder(),
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=LIMIT,
    )
    check(words + ": the next run works", r.stdout == b"again\n" and r.returncode == 0, r)


def keys():
    marker = new_marker()
    t = Terminal(command("bash", "-c", "echo ready; exec -a %s sleep 1000" % marker), folder())
    check("a program starts in a terminal", t.expect(b"ready"), t.text)
    until(lambda: marked(marker))
    t.send(b"\x03")
    check("Ctrl-C ends a program that does not handle it, as in a shell", t.ended() == 130, t.text)
    gone("Ctrl-C leaves nothing running", marker)
    t.close()

    t = Terminal(
        command("bash", "-c", "trap 'echo caught; exit 3' INT; echo ready; while :; do sleep 0.05; done"),
        folder(),
    )
    t.expect(b"ready")
    t.send(b"\x03")
    check("a program that handles Ctrl-C decides itself", t.ended() == 3 and b"caught" in t.text, t.text)
    t.close()

    t = Terminal(
        command("bash", "-c", "trap 'stty size' WINCH; echo ready; for i in $(seq 1200); do sleep 0.05; done"),
        folder(),
    )
    t.expect(b"ready")
    t.resize(33, 101)
    check("the terminal's new size reaches the program", t.expect(b"33 101"), t.text)
    t.send(b"\x03")
    t.ended()
    t.close()

    t = Terminal(command("sh", "-c", "echo ready; read line; echo got $line; exit 4"), folder())
    t.expect(b"ready")
    t.send(b"\x1a")
    if check("Ctrl-Z stops the job", t.expect(b"<stopped>"), t.text):
        t.send(b"x")  # the shell's fg
        time.sleep(0.2)
        t.send(b"typed\n")
        check("and fg goes on with it", t.ended() == 4 and b"got typed" in t.text, t.text)
    t.close()


def terminal():
    t = Terminal(
        command("bash", "-c", "echo to the terminal >/dev/tty; test -t 0 && test -t 1 && echo both; stty size"),
        folder(),
        (30, 90),
    )
    code = t.ended()
    check("/dev/tty is the terminal", b"to the terminal" in t.text and code == 0, t.text)
    check("stdin and stdout are terminals", b"both" in t.text, t.text)
    check("the size is the terminal's", b"30 90" in t.text, t.text)
    t.close()

    t = Terminal(command("sh", "-c", "stty raw -echo -isig; exit 6"), folder())
    code = t.ended()
    check("a program that leaves the terminal raw: its code is kept", code == 6, t.text)
    now = termios.tcgetattr(t.fd)
    check("and the terminal is as before", now[:4] == t.before[:4], (t.before[:4], now[:4]))
    t.close()

    t = Terminal(command("bash", "--norc", "-i"), folder())
    t.send(b"sleep 1000 & jobs; echo j$((40 + 2)); kill %1; exit\n")
    check("an interactive shell has job control", t.expect(b"j42") and b"no job control" not in t.text, t.text)
    t.ended()
    t.close()

    for program, quit_keys, wanted in (("less", b"q", b"line 3"), ("vi", b":q!\r", b"line 3")):
        if not shutil.which(program):
            print("left out: %s is not installed" % program)
            continue
        path = folder()
        with open(path + "/text", "w") as f:
            f.write("".join("line %d\n" % i for i in range(200)))
        t = Terminal(command(program, "text"), path)
        check(program + " shows its file", t.expect(wanted), t.text)
        t.send(quit_keys)
        check(program + " leaves", t.ended() == 0, t.text)
        t.close()


def orphans():
    marker = new_marker()
    script = "(exec -a %s setsid sleep 1000) & (setsid nohup bash -c 'exec -a %s sleep 1000' >/dev/null 2>&1 &) ; sleep 0.3; exit 0"
    r = subprocess.run(
        command("bash", "-c", script % (marker, marker)), cwd=folder(), stdin=subprocess.DEVNULL, timeout=LIMIT
    )
    check("a program may leave children behind", r.returncode == 0, r)
    gone("they end with the session", marker)


def start_busy(marker):
    """A program that makes trapped calls all the time and one that only waits."""
    path = folder()
    script = "(exec -a %s sleep 1000) & while :; do echo $RANDOM >f; mkdir d; mv f d/; rm -r d; done" % marker
    p = subprocess.Popen(
        command("bash", "-c", script),
        cwd=path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return p if until(lambda: marked(marker)) else None


def end(p):
    try:
        return p.wait(LIMIT)
    except subprocess.TimeoutExpired:
        p.kill()
        return None


def killed_front():
    marker = new_marker()
    p = start_busy(marker)
    if not check("a busy program runs", p is not None):
        return
    brokers = broker_of(p.pid)
    check("its broker is found", len(brokers) >= 1, family(p.pid))
    p.kill()
    end(p)
    gone("SIGKILL of the front ends the program", marker)
    check("and the broker", until(lambda: not any(os.path.exists("/proc/%d/cwd" % b) for b in brokers)), brokers)
    store_opens("SIGKILL of the front")
    runs_again("SIGKILL of the front")


def terminated_front():
    marker = new_marker()
    p = start_busy(marker)
    if p is None:
        return check("a busy program runs", False)
    p.terminate()
    code = end(p)
    check("SIGTERM reaches the program; the code is its own", code in (143, -signal.SIGTERM), code)
    gone("SIGTERM leaves nothing running", marker)
    store_opens("SIGTERM")


def killed_broker(rounds):
    for i in range(rounds):
        marker = new_marker()
        p = start_busy(marker)
        if p is None:
            return check("a busy program runs", False)
        time.sleep(random.random() * 0.3)
        for b in broker_of(p.pid):
            os.kill(b, signal.SIGKILL)
        code = end(p)
        words = "SIGKILL of the broker, round %d" % i
        check(words + ": the front ends and does not say success", code not in (None, 0), code)
        gone(words + ": nothing goes on", marker)
        store_opens(words)
    runs_again("SIGKILL of the broker")


def killed_while_asking():
    marker = new_marker()
    outside = WORK + "/outside-%d" % count
    os.makedirs(outside)
    with open(outside + "/kept", "w") as f:
        f.write("kept")
    script = "exec -a %s bash -c 'echo x >%s/kept; sleep 1000'" % (marker, outside)
    p = subprocess.Popen(command("bash", "-c", script), cwd=folder(), stdin=subprocess.DEVNULL)

    def pending():
        r = subprocess.run([SELDOM, "pending", "--json"], capture_output=True, timeout=LIMIT)
        return outside.encode() in r.stdout

    check("a write out of scope waits for an answer", until(pending))
    for b in broker_of(p.pid):
        os.kill(b, signal.SIGKILL)
    code = end(p)
    check("killed while asking: the front does not say success", code not in (None, 0), code)
    gone("killed while asking: nothing goes on", marker)
    with open(outside + "/kept") as f:
        check("killed while asking: nothing was allowed", f.read() == "kept")
    store_opens("killed while asking")


def interrupted_while_asking():
    for words, how in (("Ctrl-C", b"\x03"), ("SIGTERM", signal.SIGTERM)):
        new_marker()
        outside = WORK + "/outside-%d" % count
        os.makedirs(outside)
        t = Terminal(command("sh", "-c", "echo ready; exec touch %s/new" % outside), folder())

        def pending():
            t.read()
            r = subprocess.run([SELDOM, "pending", "--json"], capture_output=True, timeout=LIMIT)
            return outside.encode() in r.stdout

        check("a question is open", until(pending), t.text)
        if isinstance(how, bytes):
            t.send(how)
        else:
            fronts = [p for p, name in family(t.pid) if name == "seldom"]
            os.kill(fronts[0], how) if fronts else None
        code = t.ended()
        check("%s ends a program whose question is open" % words, code not in (None, 0), (code, t.text))
        check("%s while asking: nothing was allowed" % words, not os.path.exists(outside + "/new"))
        t.close()


def nobody_answers():
    new_marker()
    outside = WORK + "/outside-%d" % count
    os.makedirs(outside)
    summary = WORK + "/summary-%d.json" % count
    script = "echo x >%s/new; echo code $?" % outside
    r = subprocess.run(
        [SELDOM, "run", "--no-popup", "--ask-timeout", "1", "--summary", summary, "--", "bash", "-c", script],
        cwd=folder(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=LIMIT,
    )
    check("nobody answers: the call fails, the program goes on", r.stdout == b"code 1\n", r)
    check("nobody answers: nothing was written", not os.path.exists(outside + "/new"))
    with open(summary) as f:
        asked = json.load(f)["questions"]
    check("nobody answers: one time-out is counted", asked["asked"] == 1 and asked["timeout"] == 1, asked)


def long_names():
    """What the program and its caller make long is cut: the end of the run is one message."""
    new_marker()
    summary = WORK + "/summary-%d.json" % count
    script = "for i in {10..99}; do mkdir /dev/$i$(printf '\\1%.0s' {1..230}); done 2>/dev/null; exit 7"
    r = subprocess.run(
        [SELDOM, "run", "--no-popup", "--summary", summary, "--", "bash", "-c", script] + ["word"] * 7000,
        cwd=folder(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=LIMIT,
    )
    check("long names and words: the program's code is kept", r.returncode == 7, r.stderr[-300:])
    with open(summary) as f:
        told = json.load(f)
    check("long names and words: all refusals are counted", told["actions"]["by_source"]["denied"] == 90, told["actions"])
    check("long names and words: some are listed", 0 < len(told["denials"]) < 90, len(told["denials"]))
    check("long names and words: the command is cut", told["command"][-1] == "..." and len(told["command"]) < 7000)


def wide_names():
    """Letters that one message spells longer: a question too long for its fronts is refused, they stay."""
    new_marker()
    outside = WORK + "/outside-%d" % count + ("/" + "\u00e9" * 120) * 15
    os.makedirs(outside)
    open(outside + "/a", "w").close()
    shutil.copy("/bin/mv", outside)
    script = "cd %s; ./mv a %s; echo code $?" % (outside, "\u00e9" * 120)
    r = subprocess.run(
        [SELDOM, "run", "--no-popup", "--ask-timeout", "600", "--", "bash", "-c", script],
        cwd=folder(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=LIMIT,
    )
    check("wide names: what cannot be asked is refused, the program goes on", r.stdout == b"code 1\n", r)
    check("wide names: nothing was moved", os.path.exists(outside + "/a"))


def main():
    # Parts are apart: one that breaks must not hide the others.
    for part in (
        keys,
        terminal,
        orphans,
        killed_front,
        terminated_front,
        lambda: killed_broker(20 if os.environ.get("SELDOM_TESTS") == "full" else 5),
        killed_while_asking,
        interrupted_while_asking,
        nobody_answers,
        long_names,
        wide_names,
    ):
        try:
            part()
        except Exception as e:  # a broken part is a failed check, with its reason
            check("a part of the test broke:", False, repr(e))
    print("the end")


main()
