#!/usr/bin/env python3
"""Measures seldom against the bare machine and against bubblewrap with the same mounts.

usage: bench.py [questions|ops|start|work]... [--json] [--rounds N] [--quick]

The three take turns within one run, so that a change of the machine's speed meets all of them; what is
shown are medians over the rounds and their ratios to native. It never passes or fails by time.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
SELDOM = os.environ.get("SELDOM", os.path.join(TOP, "build/tui/seldom"))
WAYS = ("native", "bwrap", "seldom")


class Place:
    """A private folder, on a tmpfs of our own where that can be had, with a private HOME and store."""

    def __init__(self):
        root = os.getuid() == 0
        cache = "/var/cache" if root else os.path.expanduser("~/.cache")
        os.makedirs(cache, exist_ok=True)
        self.path = tempfile.mkdtemp(prefix="seldom-bench.", dir=cache)
        self.mounted = bool(os.environ.get("BENCH_OWN_MOUNTS")) and not subprocess.call(
            ["mount", "-t", "tmpfs", "-o", "size=4g,mode=755", "tmpfs", self.path]
        )
        for name in ("run", "work", "elsewhere"):
            os.mkdir(os.path.join(self.path, name), 0o700)
        self.work = self.sub("work")
        self.summary = self.sub("summary.json")
        drop = ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "TMPDIR")
        self.env = {k: v for k, v in os.environ.items() if k not in drop}
        self.env.update(HOME=self.path, XDG_RUNTIME_DIR=self.sub("run"), LC_ALL="C.UTF-8")

    def sub(self, name):
        return os.path.join(self.path, name)

    def file_system(self):
        out = subprocess.run(["stat", "-f", "-c", "%T", self.work], capture_output=True, text=True)
        return out.stdout.strip()

    def close(self):
        if self.mounted:
            subprocess.call(["umount", self.path])
        shutil.rmtree(self.path, ignore_errors=True)

    def wrap(self, way, argv, cwd=None):
        """argv as it is started natively, in bubblewrap or in seldom."""
        cwd = cwd or self.work
        if way == "native":
            return argv
        if way == "bwrap":
            return (
                ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"]
                + ["--tmpfs", "/var/tmp", "--tmpfs", "/run", "--bind", cwd, cwd, "--unshare-user"]
                + ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net", "--unshare-cgroup-try"]
                + ["--disable-userns", "--die-with-parent", "--cap-drop", "ALL", "--"]
                + argv
            )
        return [SELDOM, "run", "--no-popup", "--summary", self.summary, "--"] + argv

    def run(self, way, argv, cwd=None, **more):
        r = subprocess.run(
            self.wrap(way, argv, cwd),
            cwd=cwd or self.work,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            **more,
        )
        if r.returncode != 0:
            raise SystemExit("bench: %s: %s\n%s%s" % (way, argv, r.stdout[-2000:], r.stderr[-2000:]))
        return r.stdout

    def timed(self, way, argv):
        start = time.monotonic()
        self.run(way, argv)
        return time.monotonic() - start

    def read_summary(self):
        with open(self.summary) as f:
            return json.load(f)


def medians(samples):
    return {way: statistics.median(values) for way, values in samples.items()}


# --- the words ------------------------------------------------------------------------------------


def bench_ops(place, args):
    binary = place.sub("ops")
    subprocess.run(
        ["cc", "-O2", "-std=gnu17", "-D_GNU_SOURCE", "-o", binary, os.path.join(HERE, "ops.c")],
        check=True,
    )
    samples = {}
    for _ in range(args.rounds):
        for way in WAYS:
            out = json.loads(place.run(way, [binary, "ops", "400" if args.quick else "4000"]))
            for op, ns in out.items():
                samples.setdefault(op, {w: [] for w in WAYS})[way].append(ns / 1000)
    return {"unit": "us", "rows": {op: medians(s) for op, s in samples.items()}}


def bench_start(place, args):
    samples = {way: [] for way in WAYS}
    count = 5 if args.quick else 40
    for way in WAYS:
        place.run(way, ["/bin/true"])  # the first one makes the store
    for _ in range(count):
        for way in WAYS:
            samples[way].append(place.timed(way, ["/bin/true"]) * 1000)
    return {"unit": "ms", "rows": {"/bin/true": medians(samples)}}


def make_tar(place, args):
    tree = place.sub("tree")
    folders, files = (30, 100) if args.quick else (300, 100)
    for d in range(folders):
        os.makedirs("%s/d%d" % (tree, d))
        for f in range(files):
            with open("%s/d%d/f%d" % (tree, d, f), "w") as out:
                out.write("file %d of folder %d\n" % (f, d) * 8)
    subprocess.run(["tar", "-C", place.path, "-cf", place.sub("work/tree.tar"), "tree"], check=True)
    shutil.rmtree(tree)
    return folders * files


def make_repository(place, args):
    repository = place.sub("work/repository")
    script = """
    git init -q . && for d in $(seq %d); do mkdir d$d; for f in $(seq 40); do
    echo "$d $f" >d$d/f$f; done; done && git add . &&
    git -c user.name=t -c user.email=t@bench.test commit -qm all
    """ % (10 if args.quick else 100)
    os.mkdir(repository)
    subprocess.run(["sh", "-c", script], cwd=repository, env=place.env, check=True)


def make_package(place):
    app = place.sub("work/app")
    os.makedirs(place.sub("work/lib/src"))
    os.mkdir(app)
    with open(place.sub("work/lib/package.json"), "w") as f:
        f.write('{"name":"lib","version":"1.0.0"}')
    for i in range(1000):
        with open(place.sub("work/lib/src/f%d.js" % i), "w") as f:
            f.write("// %d\n" % i)
    with open(app + "/package.json", "w") as f:
        f.write('{"name":"app","version":"1.0.0"}')


OWN_BUILD = (
    "rm -rf build && CCACHE_DISABLE=1 cmake -G Ninja -S '%s' -B build -DBUILD_TESTING=OFF "
    "-DCMAKE_BUILD_TYPE=Debug >build.log && ninja -C build >>build.log" % TOP
)
NPM = (
    "cd app && rm -rf node_modules && npm_config_cache=$PWD/../cache npm_config_offline=true "
    "npm_config_update_notifier=false npm_config_logs_max=0 npm install --silent --no-save "
    "--install-links ../lib"
)


def bench_work(place, args):
    files = make_tar(place, args)
    make_repository(place, args)
    jobs = {
        "untar + rm of %d files" % files: "tar xf tree.tar && rm -rf tree",
        "git clone + status": "rm -rf clone && git clone -q --local repository clone && "
        "git -C clone status --short",
        "python -m compileall": "rm -rf json && cp -r /usr/lib/python3*/json . && cp -r json json2 && "
        "python3 -m compileall -q json json2 && rm -rf json json2",
        "sh: 300 x /bin/true": "i=0; while [ $i -lt 300 ]; do /bin/true; i=$((i+1)); done",
        "this project: cmake + ninja": OWN_BUILD,
    }
    if shutil.which("npm"):
        make_package(place)
        jobs["npm install of 1,000 files"] = NPM
    else:
        print("left out: npm is not installed", file=sys.stderr)
    samples = {}
    for _ in range(args.rounds):
        for name, script in jobs.items():
            for way in WAYS:
                seconds = place.timed(way, ["sh", "-ec", script])
                samples.setdefault(name, {w: [] for w in WAYS})[way].append(seconds * 1000)
    return {"unit": "ms", "rows": {name: medians(s) for name, s in samples.items()}}


def bench_questions(place, _args):
    """git, gcc and python over 300 files: how many questions, with the folder in scope and out."""
    script = os.path.join(TOP, "tests/live/work/mixed.sh")
    answers = place.sub("answers")
    with open(answers, "w") as f:
        f.write('{"match":{},"answer":"allow","rung":"recommended"}\n')
    rows = {}
    for name, cwd in (("in scope", place.work), ("out of scope", place.sub("elsewhere"))):
        project = place.sub("work/mixed")
        os.mkdir(project)
        front = None
        if name == "out of scope":
            loop = 'while :; do "$0" answer --script "$1"; sleep 0.05; done'
            front = subprocess.Popen(
                ["sh", "-c", loop, SELDOM, answers],
                env=place.env,
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        try:
            start = time.monotonic()
            place.run("seldom", ["sh", "-c", 'cd "$0" && exec bash "$1"', project, script], cwd)
            seconds = time.monotonic() - start
        finally:
            if front:
                os.killpg(front.pid, 15)
                front.wait()
        s = place.read_summary()
        rows[name] = {
            "questions": s["questions"]["asked"],
            "denied": s["questions"]["denied"] + s["questions"]["timeout"],
            "actions": s["actions"]["total"],
            "trapped": s["trapped"],
            "ms": seconds * 1000,
        }
        shutil.rmtree(project)
    return {"unit": "count", "rows": rows}


WORDS = {"questions": bench_questions, "ops": bench_ops, "start": bench_start, "work": bench_work}


# --- showing --------------------------------------------------------------------------------------


def show(word, result):
    rows = result["rows"]
    width = max(len(name) for name in rows)
    print("\n%s (%s)" % (word, result["unit"]))
    if word == "questions":
        columns = list(next(iter(rows.values())))
        print("  %-*s" % (width, ""), *("%10s" % c for c in columns))
        for name, row in rows.items():
            print("  %-*s" % (width, name), *("%10.0f" % row[c] for c in columns))
        return
    heads = ("native", "bwrap", "seldom", "bwrap/nat", "seldom/nat")
    print("  %-*s" % (width, ""), *("%10s" % c for c in heads))
    for name, row in rows.items():
        ratios = [row[w] / row["native"] for w in ("bwrap", "seldom")]
        cells = ["%10.1f" % row[w] for w in WAYS] + ["%10.2f" % r for r in ratios]
        print("  %-*s" % (width, name), *cells)


def own_mounts():
    """As root: a mount namespace of our own, so that the work can be on a tmpfs."""
    if os.getuid() == 0 and not os.environ.get("BENCH_OWN_MOUNTS"):
        os.environ["BENCH_OWN_MOUNTS"] = "1"
        unshare = ["unshare", "--mount", "--propagation", "private"]
        if subprocess.call(unshare + ["true"], stderr=subprocess.DEVNULL) == 0:
            os.execvp("unshare", unshare + [sys.executable] + sys.argv)
        del os.environ["BENCH_OWN_MOUNTS"]


def main():
    p = argparse.ArgumentParser(prog="./dev bench", description=__doc__.split("\n")[0])
    p.add_argument("words", nargs="*", metavar="|".join(WORDS), help="default: all")
    p.add_argument("--json", action="store_true", help="one JSON object")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--quick", action="store_true", help="small counts, to try the bench itself")
    args = p.parse_args()
    for word in args.words:
        if word not in WORDS:
            p.error("unknown word '%s'; there are %s" % (word, ", ".join(WORDS)))
    own_mounts()
    place = Place()
    machine = {
        "kernel": platform.release(),
        "cpus": os.cpu_count(),
        "file_system": place.file_system(),
        "user": "root" if os.getuid() == 0 else "ordinary",
        "rounds": args.rounds,
    }
    report = {"v": 1, "machine": machine}
    if not args.json:
        print("  ".join("%s %s" % kv for kv in machine.items()))
    try:
        for word in args.words or WORDS:
            report[word] = WORDS[word](place, args)
            if not args.json:
                show(word, report[word])
                sys.stdout.flush()
    finally:
        place.close()
    if args.json:
        print(json.dumps(report))


main()
