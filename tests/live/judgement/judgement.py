"""judgement.py SELDOM WORK [PART...]: each part in a home of its own, with the real broker."""

import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time

SELDOM, WORK = sys.argv[1:3]
CHOSEN = sys.argv[3:]
DAY = 86400
failures = []


def check(words, good, seen=None):
    print(f"ok: {words}" if good else f"FAILED: {words}" + (f": {seen!r}" if seen is not None else ""), flush=True)
    if not good:
        failures.append(words)


def equal(words, wanted, got):
    check(words, wanted == got, None if wanted == got else f"wanted {wanted!r}, got {got!r}")


class Front(threading.Thread):
    """A front that answers by a rule: rule(question) is an answer's fields, or None to leave it, until it
    changes. The file `there` appears when the broker knows of it."""

    def __init__(self, home, name, rule):
        super().__init__(daemon=True)
        self.dir, self.name_, self.rule, self.there = os.path.join(home.run, "seldom"), name, rule, home.there
        self.stop = threading.Event()
        self.others = set(os.listdir(self.dir)) if os.path.isdir(self.dir) else set()
        self.questions, self.results, self.notices, self.closed = [], [], [], []

    def run(self):
        while not self.stop.is_set():
            for name in os.listdir(self.dir) if os.path.isdir(self.dir) else []:
                if name.endswith(".sock") and name not in self.others:
                    try:
                        self.talk(os.path.join(self.dir, name))
                    except OSError:
                        pass
            time.sleep(0.01)

    def talk(self, path):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
            s.connect(path)
            s.settimeout(0.05)
            s.send(json.dumps({"v": 1, "type": "hello", "front": self.name_}).encode())
            answered, due = set(), []
            while True:
                for late in [d for d in due if d[0] <= time.monotonic()]:
                    due.remove(late)
                    s.send(late[1])
                try:
                    data = s.recv(65536)
                except socket.timeout:
                    if self.stop.is_set():  # all that was said is read
                        return
                    continue
                if not data:
                    return
                m = json.loads(data)
                if m["type"] == "question":
                    q = m["question"]
                    ids = [x["id"] for x in self.questions]
                    if q["id"] in ids:
                        self.questions[ids.index(q["id"])] = q
                    else:
                        self.questions.append(q)
                    answer = self.rule(q) if q["id"] not in answered else None
                    if answer:
                        answered.add(q["id"])
                        after = time.monotonic() + answer.pop("after", 0)
                        due.append((after, json.dumps({"v": 1, "type": "answer", "id": q["id"], **answer}).encode()))
                elif m["type"] == "welcome":
                    open(self.there, "w").close()
                elif m["type"] == "result":
                    self.results.append(m)
                elif m["type"] == "notice":
                    self.notices.append(m["text"])
                elif m["type"] == "closed":
                    self.closed.append(m)


def allow(q, ms=6000, **more):
    """An attentive approval: token typed where one is wanted, no folder."""
    answer = {"verdict": "allow", "rung": 0, "for": "once", "response_ms": ms, **more}
    if "token" in q:
        answer["token"] = q["token"]
    return answer


def deny(q, ms=3000):
    return {"verdict": "deny", "response_ms": ms}


class Home:
    def __init__(self, part):
        self.home = os.path.join(WORK, part)
        self.run = os.path.join(WORK, part + ".run")
        self.project = os.path.join(self.home, "project")
        os.makedirs(self.project)
        os.makedirs(os.path.join(self.project, ".git"))
        os.makedirs(os.path.join(self.home, ".cache", "tool"))
        os.mkdir(self.run, 0o700)
        self.summary = os.path.join(self.home, "summary.json")
        self.there = os.path.join(self.project, ".there")
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")}
        self.env.update(HOME=self.home, XDG_RUNTIME_DIR=self.run, LC_ALL="C.UTF-8")

    def path(self, name):
        return os.path.join(self.home, name)

    def config(self, text):
        os.makedirs(self.path(".config/seldom"), exist_ok=True)
        with open(self.path(".config/seldom/config"), "w") as f:
            f.write(text)

    def seldom(self, *argv):
        return subprocess.run([SELDOM, *argv], env=self.env, cwd=self.project, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=60)

    def session(self, script, rule=None, front="line", timeout=60, options=()):
        """Runs `script` (sh) and returns the summary with the front's memories added."""
        watcher = Front(self, front, rule) if rule else None
        if watcher:
            watcher.start()
        # What is asked waits until the front is there: the first thing the script does is wait for it.
        wait = "" if not watcher else f"until [ -e {self.there} ]; do sleep 0.02; done; "
        done = subprocess.run([SELDOM, "run", "--no-popup", "--ask-timeout", str(timeout), "--summary", self.summary,
                               *options, "--", "sh", "-c", wait + script], env=self.env, cwd=self.project,
                              capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
        if watcher:
            watcher.stop.set()
            watcher.join(5)
            os.unlink(self.there)
        with open(self.summary) as f:
            s = json.load(f)
        s["out"], s["err"], s["front"] = done.stdout, done.stderr, watcher
        return s

    def later(self, seconds):
        """So much time passes: all that was asked and answered is that much older."""
        db = sqlite3.connect(self.path(".local/state/seldom/seldom.db"))
        with db:
            back = int(seconds * 1e6)
            db.execute("UPDATE question SET asked = asked - ?", (back,))
            db.execute("UPDATE answer SET at = at - ?", (back,))
        db.close()

    def rows(self, sql, *args):
        db = sqlite3.connect(self.path(".local/state/seldom/seldom.db"))
        try:
            return db.execute(sql, args).fetchall()
        finally:
            db.close()


TOUCH = "touch ../.cache/tool/x"


def teach(h, times, ms=6000):
    """The same thing approved in so many sessions, a day apart. Returns the questions of each."""
    asked = []
    for _ in range(times):
        s = h.session(TOUCH, lambda q: allow(q, ms))
        asked.append(s["questions"]["asked"])
        if os.path.exists(h.path(".cache/tool/x")):
            os.remove(h.path(".cache/tool/x"))
        h.later(DAY)
    return asked


def learned(h):
    asked = teach(h, 4)
    equal("four sessions ask once each", [1, 1, 1, 1], asked)
    s = h.session(TOUCH)
    equal("after four attentive approvals nothing is asked", 0, s["questions"]["asked"])
    equal("and one action rests on learning", (1, 1), (s["learned"], s["actions"]["by_source"]["learned"]))
    check("it was done", os.path.exists(h.path(".cache/tool/x")), s["err"])
    check("and is offered for the digest", any(x["kind"] == "digest" for x in s["hints"]), s["hints"])
    log = h.seldom("log", "--session", "last", "--json").stdout
    rows = [json.loads(line) for line in log.splitlines()]
    row = [r for r in rows if r.get("source") == "learned"]
    check("the log says that it was learned", len(row) == 1, log)
    line = h.seldom("explain", str(row[0]["id"])).stdout if row else ""
    check("and explain says from what", "learned" in line, line)
    equal("its key is kept", 1, h.rows("SELECT count(*) FROM action WHERE key IS NOT NULL AND key != 0")[0][0])
    os.remove(h.path(".cache/tool/x"))
    flagged = h.seldom("digest", "--flag", str(row[0]["id"]) if row else "0")
    equal("the digest takes a flag", 0, flagged.returncode)
    s = h.session(TOUCH, allow)
    equal("and what was flagged is asked again", 1, s["questions"]["asked"])
    new = [q["new"] for q in s["front"].questions]
    check("headed by the flag", len(new) == 1 and re.match(r"you flagged the like [0-9]+ \w+ ago; approved: ", new[0]), new)
    check("nor is its folder proposed", "Nothing to propose" in h.seldom("rules", "proposals", "--all").stdout)


def heard(h):
    """A flag that is set while the run goes on counts in it."""
    teach(h, 4)
    done = []
    script = "touch ../.cache/tool/x ../.cache/tool/y; while [ ! -e go ]; do sleep 0.2; done; touch ../.cache/tool/z; :"
    run = threading.Thread(target=lambda: done.append(h.session(script, deny)))
    run.start()
    end = time.monotonic() + 60
    while not os.path.exists(h.path(".cache/tool/y")) and time.monotonic() < end:
        time.sleep(0.1)
    log = [json.loads(line) for line in h.seldom("log", "--session", "last", "--json").stdout.splitlines()]
    row = [str(r["id"]) for r in log if r.get("source") == "learned"]
    equal("a running session's allow can be flagged", 0, h.seldom("digest", "--flag", ",".join(row)).returncode)
    time.sleep(12)  # flags are looked for every ten seconds
    open(os.path.join(h.project, "go"), "w").close()
    run.join(60)
    s = done[0]
    equal("before the flag it was allowed", [True, True], [os.path.exists(h.path(f".cache/tool/{x}")) for x in "xy"])
    equal("after it the like is asked about", (1, 1), (s["questions"]["asked"], s["questions"]["denied"]))
    check("and headed by the flag", s["front"].questions[0]["new"].startswith("you flagged the like"), s["front"].questions)
    check("and not done", not os.path.exists(h.path(".cache/tool/z")))


def unlearned(h):
    h.config("[ask]\nlearn = no\n")
    teach(h, 4)
    s = h.session(TOUCH, allow)
    equal("with learn = no the fifth session asks, too", 1, s["questions"]["asked"])


def rapid(h):
    asked = teach(h, 6, ms=100)
    check("rapid answers teach nothing: six sessions ask", asked == [1] * 6, asked)
    equal("each was stored as rapid and of no weight", [(1, 0.0)],
          h.rows("SELECT DISTINCT rapid, weight FROM answer"))


def scripted(h):
    for _ in range(5):
        s = h.session(TOUCH, allow, front="script")
        os.remove(h.path(".cache/tool/x"))
        h.later(DAY)
    equal("a script's approvals teach nothing", 1, s["questions"]["asked"])
    equal("they are not measured", [(0, 0.0)], h.rows("SELECT DISTINCT measured, weight FROM answer"))


def denied(h):
    teach(h, 2)
    s = h.session(TOUCH, deny)
    equal("a denial is asked for", (1, 1), (s["questions"]["asked"], s["questions"]["denied"]))
    h.later(DAY)
    s = h.session(TOUCH, deny)
    new = [q["new"] for q in s["front"].questions]
    check("the next question says so", len(new) == 1 and new[0].startswith("you refused the like before"), new)
    h.later(DAY)
    equal("after it four approvals are asked for, and a fifth", [1] * 5, teach(h, 5))


def silent(h):
    s = h.session("for i in 1 2 3; do touch ../.cache/tool/x; done; touch ../.cache/tool/y", deny)
    equal("denied once, denied for the session: one question", 1, s["questions"]["asked"])
    equal("all were refused", 4, s["actions"]["by_source"]["denied"])
    s = h.session("touch ../.cache/tool/z; (echo x >../.cache/other) 2>/dev/null; :", lambda q: dict(deny(q), rung=9))
    equal("a denial has no rung, whatever a front says", [0, 2], [s["questions"]["timeout"], s["questions"]["denied"]])
    h.later(DAY)
    s = h.session("touch ../.cache/tool/x; python3 -c \"open('../.cache/tool/x', 'w')\"; :", deny)
    first = [q["new"] for q in s["front"].questions]
    check("another program for the same is headed by the denial",
          len(first) == 2 and re.match(r"you denied this .* ago via touch", first[1]), first)


def other_program(h):
    teach(h, 4)
    shutil.copy(os.path.realpath(shutil.which("touch")), os.path.join(h.project, "touch"))
    s = h.session("./touch ../.cache/tool/x", allow)
    equal("a program of the same name in the workspace is asked about", 1, s["questions"]["asked"])
    q = s["front"].questions[0]
    check("and nothing counts as approved before", "nearest" not in q, q)


def all_wait(q, own, n):
    """Do all of n stand behind the summary, but for those that were questions of their own?"""
    return int(q["object"].split()[0]) + len(own) >= n


def flood(h):
    for i in range(12):
        os.makedirs(h.path(f"place{i}"))
    # Each in the background, each in a folder of its own.
    script = "for i in 0 1 2 3 4 5 6 7 8 9; do touch ../place$i/x & done; wait; sleep 0.3; touch ../place11/x; :"
    own = set()

    def rule(q):
        if q.get("kind") != "flood":
            own.add(q["id"])
            return None
        return deny(q) if all_wait(q, own, 10) else None

    s = h.session(script, rule, timeout=10)
    kinds = [q.get("kind") for q in s["front"].questions]
    equal("one summary", 1, kinds.count("flood"))
    check("after four questions of their own", 3 <= kinds.count(None) <= 5, kinds)
    summary = [q for q in s["front"].questions if q.get("kind") == "flood"][0]
    equal("it says what its answers are called", {"allow": "ask one by one", "deny": "deny all"}, summary["words"])
    check("it counts them", re.match(r"[1-9][0-9]* actions?$", summary["object"]), summary["object"])
    check("it lists them", "/place" in summary["detail"], summary["detail"])
    closed = [c for c in s["front"].closed if c["id"] == summary["id"]]
    equal("it was answered by the person", [("deny", "line")], [(c["how"], c["by"]) for c in closed])
    equal("nothing was done", [], [i for i in range(12) if os.path.exists(h.path(f"place{i}/x"))])
    equal("it is one question of the person", len(kinds), s["questions"]["asked"])
    equal("and kept as a flood", 1, h.rows("SELECT count(*) FROM question WHERE flood")[0][0])


def one_by_one(h):
    for i in range(10):
        os.makedirs(h.path(f"place{i}"))
    script = "for i in 0 1 2 3 4 5 6 7 8 9; do touch ../place$i/x & done; wait; :"
    own = set()

    def rule(q):
        if q.get("kind") == "flood":
            return allow(q) if all_wait(q, own, 10) else None
        own.add(q["id"])
        return dict(deny(q) if q["object"].endswith(("/place3/x", "/place8/x")) else allow(q), after=5)

    s = h.session(script, rule, timeout=20)
    kinds = [q.get("kind") for q in s["front"].questions]
    equal("there was one summary, and no other of what was wanted one by one", 1, kinds.count("flood"))
    equal("each was asked on its own", 10, kinds.count(None))
    done = [i for i in range(10) if os.path.exists(h.path(f"place{i}/x"))]
    equal("asking one by one allows nothing by itself", [0, 1, 2, 4, 5, 6, 7, 9], done)


def pause(h):
    for i in range(6):
        os.makedirs(h.path(f"place{i}"))
    s = h.session("for i in 0 1 2; do touch ../place$i/x; done; touch ../place3/x & touch ../place4/x & wait; :", deny)
    kinds = [q.get("kind") for q in s["front"].questions]
    equal("after three denials the next are a summary", [None, None, None, "flood"], kinds[:4])
    equal("of more than one", "2 actions", s["front"].questions[3]["object"])
    check("and a line says why", any("three denials in a row" in n for n in s["front"].notices), s["front"].notices)


def pause_alone(h):
    for i in range(5):
        os.makedirs(h.path(f"place{i}"))
    s = h.session("for i in 0 1 2 3 4; do touch ../place$i/x; done; :", deny)
    objects = [q["object"] for q in s["front"].questions]
    equal("one after the other there is nothing to sum up", 5, len(objects))
    check("no question is about 1 action", not any("action" in o for o in objects), objects)


def budget(h):
    for i in range(8):
        os.makedirs(h.path(f"place{i}"))
    listener = socket.socket(socket.AF_UNIX)
    os.chdir(h.home)  # names of sockets are short
    listener.bind("sock")
    listener.listen()
    for i in range(5):
        s = h.session(f"touch ../place{i}/x", allow)
        equal(f"question {i + 1} of five is asked", 1, s["questions"]["asked"])
        h.later(90)
    s = h.session("touch ../place6/x; :", allow)
    equal("the sixth in half an hour is not asked", (0, 1), (s["questions"]["asked"], s["deferred"]))
    check("it is denied", not os.path.exists(h.path("place6/x")))
    check("the person is told", any("tired" in n for n in s["front"].notices), s["front"].notices)
    check("and how to be asked", any("seldom pending --ask" in n for n in s["front"].notices), s["front"].notices)
    log = h.seldom("log", "--session", "last", "--json").stdout
    check("the log keeps it", '"tired"' in log, log)
    said = []

    def want():
        for _ in range(200):
            said.append(h.seldom("pending").stderr)
            if "place6/x" in said[-1]:
                break
            time.sleep(0.05)
        h.seldom("pending", "--ask")
        time.sleep(0.2)
        open(h.path("go"), "w").close()

    thread = threading.Thread(target=want)
    thread.start()
    s = h.session("touch ../place6/x; for i in $(seq 300); do [ -e ../go ] && break; sleep 0.05; done; touch ../place6/y; :", deny)
    thread.join()
    check("what is denied unasked is listed", "Denied without a question: 1" in said[-1], said[-1:])
    equal("who wants to be asked is", (1, 1), (s["questions"]["asked"], s["deferred"]))
    s = h.session("touch ../place6/x; :", allow, front="script")
    equal("a script is asked all the same", (1, 0), (s["questions"]["asked"], s["deferred"]))
    call = "import socket; socket.socket(socket.AF_UNIX).connect('../sock')"
    s = h.session(f'python3 -c "{call}"; :', deny)
    equal("tier 3 is asked all the same", ([3], 0), ([q["tier"] for q in s["front"].questions], s["deferred"]))
    listener.close()
    h.later(31 * 60)
    s = h.session("touch ../place7/x; :", allow)
    equal("half an hour later it is asked again", 1, s["questions"]["asked"])


def tired_token(h):
    os.makedirs(h.path("place"))
    with open(h.path("place/old"), "w") as f:
        f.write("old\n")
    s = h.session("touch ../place/x", allow)
    wear_out(h)
    s = h.session("echo new >../.bashrc; touch ../place/y; :", lambda q: None, timeout=2)
    equal("the person is tired", "TIRED", s["state"])
    t2 = [q for q in s["front"].questions if q["tier"] == 2]
    check("a question of tier 2 is asked", len(t2) >= 1, [(q["tier"], q["op"], q["object"]) for q in s["front"].questions])
    q = t2[0] if t2 else {}
    check("it wants a typed word", bool(q.get("token")), q)
    equal("the state is on it", "TIRED", q.get("state"))
    check("and its numbers", "TIRED" in q.get("headline", ""), q)
    check("30 days are not offered", "30d" not in q.get("terms", ["30d"]), q)
    equal("tier 1 is put off", ([2], 1), ([q["tier"] for q in s["front"].questions], s["deferred"]))
    got = {}

    def without(q):
        if q["tier"] == 2 and "first" not in got:
            got["first"] = q["id"]
            return {"verdict": "allow", "rung": 0, "for": "once", "response_ms": 5000}
        return None

    s = h.session("echo new >../.bashrc; :", without, timeout=2)
    errors = [r.get("error", "") for r in s["front"].results]
    check("an allow without the word is refused", len(errors) == 1 and "type the word" in errors[0], errors)
    check("and nothing was written", not os.path.exists(h.path(".bashrc")))


def wear_out(h):
    """Writes the answers of somebody who stopped reading into the store, over the last weeks, so that no
    test has to wait for them: every other one hasty, one of three checks missed, the last one just now."""
    db = sqlite3.connect(h.path(".local/state/seldom/seldom.db"))
    columns = {t: [r[1] for r in db.execute(f"PRAGMA table_info({t})")] for t in ("question", "answer")}
    now = int(time.time() * 1e6)
    with db:
        q = dict(zip(columns["question"], db.execute("SELECT * FROM question ORDER BY id DESC LIMIT 1").fetchone()))
        a = dict(zip(columns["answer"], db.execute("SELECT * FROM answer WHERE question = ?", (q["id"],)).fetchone()))
        for i in range(24):
            at = now - (24 - i) * DAY * 1000000 if i < 23 else now - 600 * 1000000
            decoy = i in (18, 19, 20)
            hasty = i % 2 == 1
            q2 = dict(q, id=q["id"] + 1 + i, number=1000 + i, asked=at - 9000000, decoy=int(decoy), **NO_KEYS)
            a2 = dict(a, question=q2["id"], at=at, response=300000 if hasty else 9000000, rapid=int(hasty),
                      weight=0.0 if hasty else 1.0, measured=1, decision="allow" if not decoy or i == 19 else "deny")
            for table, row in (("question", q2), ("answer", a2)):
                db.execute(f"INSERT INTO {table} ({','.join(row)}) VALUES ({','.join('?' * len(row))})", list(row.values()))
    db.close()


def decoys(h):
    h.config("[ask]\ndecoys = yes\n")
    key = h.path(".ssh/id_ed25519")
    os.makedirs(os.path.dirname(key), 0o700)
    with open(key, "w") as f:
        f.write("a key\n")
    before = os.stat(key)
    os.makedirs(h.path("place"))
    s = h.session("touch ../place/x", allow)
    equal("no check before twenty questions", 1, s["questions"]["asked"])
    old_answers(h, 45)

    def rule(q):
        return deny(q) if q["op"] == "read" else allow(q)

    s = h.session("touch ../place/y; sleep 6; :", rule, timeout=20)
    asked = [(q["op"], q["object"]) for q in s["front"].questions]
    check("then one comes", len(asked) == 2 and asked[1] == ("read", key), asked)
    q = (s["front"].questions + [{}, {}])[1]
    check("nothing in it says so", not re.search("decoy|check", json.dumps(q).replace(h.home, "")), q)
    feedback = [r.get("feedback") for r in s["front"].results if r.get("feedback")]
    check("it is told at once that it was one", len(feedback) == 1 and "you caught it" in feedback[0], feedback)
    equal("it is counted", 2, s["questions"]["asked"])
    equal("it is kept as one", [("deny", 1)], h.rows(
        "SELECT a.decision, q.decoy FROM question q JOIN answer a ON a.question = q.id WHERE q.decoy"))
    equal("no action came of it", 0, h.rows("SELECT count(*) FROM action WHERE object = ?",
                                            key.encode())[0][0])
    equal("and the key is as it was", (before.st_mtime_ns, before.st_size), (os.stat(key).st_mtime_ns, os.stat(key).st_size))
    h.config("")
    old_answers(h, 45)
    s = h.session("touch ../place/z; sleep 6; :", rule, timeout=20)
    equal("none without being asked for", 1, s["questions"]["asked"])


NO_KEYS = {f"key{i}": None for i in range(5)}


def plain_decoy(h):
    h.config("[ask]\ndecoys = yes\n")
    with open(h.path(".bashrc"), "w") as f:
        f.write("# mine\n")
    h.session("touch ../.cache/tool/x", allow)
    old_answers(h, 45)
    s = h.session("touch ../.cache/tool/y; sleep 6; :", allow, timeout=20)
    asked = [(q["tier"], q["op"], q["object"]) for q in s["front"].questions]
    check("without a key it is about a start-up file", len(asked) == 2 and asked[1] == (2, "write", h.path(".bashrc")), asked)
    feedback = [r.get("feedback") for r in s["front"].results if r.get("feedback")]
    check("who allows it is told", len(feedback) == 1 and "you would have allowed it" in feedback[0], feedback)
    with open(h.path(".bashrc")) as f:
        equal("and nothing was written", "# mine\n", f.read())
    equal("no grant, no rule", 0, h.rows("SELECT count(*) FROM rule")[0][0])


def old_answers(h, n):
    """So many attentive answers, a day apart, the last one yesterday."""
    db = sqlite3.connect(h.path(".local/state/seldom/seldom.db"))
    columns = {t: [r[1] for r in db.execute(f"PRAGMA table_info({t})")] for t in ("question", "answer")}
    now = int(time.time() * 1e6)
    with db:
        q = dict(zip(columns["question"], db.execute("SELECT * FROM question WHERE decoy = 0 ORDER BY id DESC LIMIT 1").fetchone()))
        a = dict(zip(columns["answer"], db.execute("SELECT * FROM answer WHERE question = ?", (q["id"],)).fetchone()))
        db.execute("UPDATE question SET asked = asked - ?", (60 * DAY * 1000000,))
        db.execute("UPDATE answer SET at = at - ?", (60 * DAY * 1000000,))
        top = db.execute("SELECT max(id) FROM question").fetchone()[0]
        for i in range(n):
            at = now - (n - i) * DAY * 1000000
            q2 = dict(q, id=top + 1 + i, number=top + 1000 + i, asked=at - 8000000, **NO_KEYS)
            a2 = dict(a, question=top + 1 + i, at=at, response=8000000, rapid=0, measured=1)
            for table, row in (("question", q2), ("answer", a2)):
                db.execute(f"INSERT INTO {table} ({','.join(row)}) VALUES ({','.join('?' * len(row))})", list(row.values()))
    db.close()


def proposal(h):
    hints = []
    for i in range(3):
        s = h.session(f"touch ../.cache/tool/n{i}", allow)
        hints += [x for x in s["hints"] if x["kind"] == "proposal"]
        h.later(3600)
    check("questions about one folder make a proposal, once", len(hints) == 1, hints)
    if hints:
        check("it names the folder and the command", "tool" in hints[0]["text"] and
              re.fullmatch(r"seldom rules accept [a-z0-9]+", hints[0]["command"]), hints)
    s = h.session("touch ../.cache/tool/n8", allow)
    check("it is not repeated the same week", not any(x["kind"] == "proposal" for x in s["hints"]), s["hints"])
    if hints:
        done = h.seldom(*hints[0]["command"].split()[1:])
        equal("it can be accepted", (0, ""), (done.returncode, done.stderr))
        s = h.session("touch ../.cache/tool/n9")
        equal("then nothing is asked there", (0, True), (s["questions"]["asked"], os.path.exists(h.path(".cache/tool/n9"))))
        rule = h.rows("SELECT max(id) FROM rule")[0][0]
        equal("and it can be revoked", 0, h.seldom("rules", "revoke", str(rule)).returncode)
        db = sqlite3.connect(h.path(".local/state/seldom/seldom.db"))
        with db:  # as if it had been said a week ago
            db.execute("UPDATE proposal SET at = at - ?", (8 * DAY * 1000000,))
        db.close()
        s = h.session("mkdir ../.cache/other", allow)
        check("at the end of a run that asked what was revoked is not offered again", s["questions"]["asked"] == 1 and
              not any(x["kind"] == "proposal" for x in s["hints"]), (s["questions"], s["hints"]))


def recording(h):
    trace = h.path("trace.jsonl")
    key = h.path(".ssh/id_ed25519")
    os.makedirs(os.path.dirname(key), 0o700)
    with open(key, "w") as f:
        f.write("a key\n")
    s = h.session("touch in; touch ../.cache/tool/x; cat ../.ssh/id_ed25519; :", allow, options=("--record", trace))
    if not os.path.exists(trace):
        check("a trace is written", False)
        return
    with open(trace) as f:
        lines = [json.loads(line) for line in f]
    kinds = [line.get("type", "action") for line in lines]
    equal("it begins with its head and ends with its end", ("trace", "end"), (kinds[0], kinds[-1]))
    check("it has the action", any(line.get("object", "").endswith("/.cache/tool/x") for line in lines), lines)
    check("and the answer", "answer" in kinds, kinds)
    rows = [json.loads(line) for line in h.seldom("digest", "--json").stdout.splitlines()]
    check("a digest asks whether an answer was right", any(
        (r["answer"], r["object"], r["sampled"]) == ("allow", h.path(".cache/tool/x"), False) for r in rows), rows)
    if os.access("/dev/fuse", os.R_OK | os.W_OK):
        read = [(line["verdict"], line["tier"]) for line in lines if line.get("op") == "read"]
        equal("the key was asked about", 1, sum(q["op"] == "read" for q in s["front"].questions))
        equal("and its reading is in the trace, once", [("ask", 3)], read)
        check("by a program that has a name", any(line.get("type") == "program" and
                                                 line["exe"].endswith("/cat") for line in lines), lines)
        done = h.seldom("replay", trace)
        equal("a replay knows it", (0, ""), (done.returncode, done.stderr))
    else:
        print("left out: the reading of a secret is recorded (no /dev/fuse: secrets are not there at all)")


def ephemeral(h):
    teach(h, 4)
    s = h.session(TOUCH, allow, options=("--ephemeral",))
    equal("--ephemeral starts from nothing", (1, 0), (s["questions"]["asked"], s["learned"]))


def undoable(h):
    os.makedirs(h.path("place"))
    with open(h.path("place/old"), "w") as f:
        f.write("old\n")
    s = h.session("echo new >../place/old; :", allow)
    with open(h.path("place/old")) as f:
        equal("it was overwritten", "new\n", f.read())
    equal("what was there is kept", 1, s["undo"]["files"])
    check("and offered", any(x["kind"] == "undo" for x in s["hints"]), s["hints"])
    q = s["front"].questions[0]
    equal("so it is a question of tier 1", 1, q["tier"])


def shared(h):
    """Two sessions at once are one person."""
    for i in range(8):
        os.makedirs(h.path(f"place{i}"))
    go = os.path.join(h.project, "go")
    script = f"until [ -e {go} ]; do sleep 0.1; done; touch ../place6/x; :"
    first = threading.Thread(target=lambda: out.append(h2.session(script, allow)))
    h2, out = Home.__new__(Home), []
    h2.__dict__.update(h.__dict__, summary=h.path("other.json"), there=h.there + "2")
    first.start()
    while first.is_alive() and not os.path.exists(h2.there):
        time.sleep(0.02)
    for i in range(5):
        h.session(f"touch ../place{i}/x", allow)
    open(go, "w").close()
    first.join()
    equal("what another session asked spends this one's budget", (0, 1),
          (out[0]["questions"]["asked"], out[0]["deferred"]))


PARTS = [learned, heard, unlearned, rapid, scripted, denied, silent, other_program, flood, one_by_one, pause, pause_alone, budget, tired_token,
         decoys, plain_decoy, proposal, recording, ephemeral, undoable, shared]

for part in PARTS:
    if CHOSEN and part.__name__ not in CHOSEN:
        continue
    print(f"--- {part.__name__}", flush=True)
    try:
        part(Home(part.__name__))
    except (OSError, ValueError, KeyError, IndexError, sqlite3.Error, subprocess.TimeoutExpired) as e:
        check(f"{part.__name__} comes to its end", False, repr(e))
print("the end")
