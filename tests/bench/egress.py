#!/usr/bin/env python3
"""Measures what a connection through seldom costs, against the same connection without it and through
squid (ssl-bump) and mitmproxy where Debian has them.

usage: egress.py [--json] [--rounds N] [--quick]

One nginx is the upstream of all, one curl the client of all; the ways take turns within one run, in
another order each round, so that what else the machine does meets all of them. Shown are medians over
the rounds (least..most) and what a round's figure is to the direct one of the same round. The
processor time of who takes part, for each GB, says what does not hang on the machine's load; from it
follows what so many processors could carry at most. It never passes or fails by time.
"""

import argparse
import glob
import itertools
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SELDOM = os.environ.get("SELDOM", os.path.join(TOP, "build/tui/seldom"))
HOST = "api.bench.test"
ACCOUNT = 'read -r x; "$@"; times; echo end; read -r x'
HOLDER = """
import socket, ssl, sys, time
host, port, n = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
held = []
for i in range(n):
    s = ssl.create_default_context().wrap_socket(socket.create_connection((host, port)), server_hostname=host)
    s.sendall(b"GET /small/%d HTTP/1.1\\r\\nHost: %s:%d\\r\\n\\r\\n" % (i, host.encode(), port))
    assert s.recv(65536).startswith(b"HTTP/1.1 200"), "no answer"
    held.append(s)
print("held", len(held), flush=True)
sys.stdin.readline()
"""
GRANTS = """
grant tls {
  host     %(host)s
  port     %(tls)d
  http     GET /small/*  GET /bulk
  address  127.0.0.1:%(tls)d
  roots    %(root)s
}
grant opaque {
  host     %(host)s
  port     %(plain)d
  opaque   yes
  address  127.0.0.1:%(plain)d
}
"""
NGINX = """
daemon off; pid %(dir)s/nginx.pid; error_log stderr error; worker_processes 1;
events { worker_connections 8192; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; keepalive_timeout 600;
  client_body_temp_path %(dir)s/t1; proxy_temp_path %(dir)s/t2; fastcgi_temp_path %(dir)s/t3;
  uwsgi_temp_path %(dir)s/t4; scgi_temp_path %(dir)s/t5;
  ssl_certificate %(dir)s/leaf.pem; ssl_certificate_key %(dir)s/leaf.key;
  server {
    listen 127.0.0.1:%(tls)d ssl http2; listen 127.0.0.1:%(plain)d;
    root %(dir)s/www;
    location /small/ { default_type text/plain; return 200 "%(text)s"; }
  }
}
"""
SQUID = """
http_port 127.0.0.1:%(squid)d ssl-bump cert=%(dir)s/root.both generate-host-certificates=on
sslcrtd_program /usr/lib/squid/security_file_certgen -s %(dir)s/certdb -M 4MB
tls_outgoing_options cafile=%(dir)s/root.pem
acl all_ports port 1-65535
http_access allow localhost
ssl_bump bump all
hosts_file %(dir)s/hosts
cache deny all
pid_filename none
access_log none
cache_log /dev/null
cache_store_log none
coredump_dir %(dir)s
"""


def free_ports(n):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def write(path, text):
    with open(path, "w") as f:
        f.write(text)


class Bench:
    def __init__(self, args):
        self.args = args
        self.processes = []
        cache = "/var/cache" if os.getuid() == 0 else os.path.expanduser("~/.cache")
        os.makedirs(cache, exist_ok=True)
        self.dir = tempfile.mkdtemp(prefix="seldom-bench.", dir=cache)
        names = ("tls", "plain", "squid", "mitm", "mitm2")
        self.v = dict(zip(names, free_ports(len(names))), host=HOST, dir=self.dir, text="x" * 100)
        self.v["root"] = self.sub("root.pem")
        self.left_out = []
        self.proxies = {}
        for name in ("run", "work", "www", "config/seldom"):
            os.makedirs(self.sub(name), 0o700)
        os.chmod(self.dir, 0o755)
        os.chmod(self.sub("www"), 0o755)
        self.env = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        self.env.update(
            HOME=self.sub("work"),
            XDG_RUNTIME_DIR=self.sub("run"),
            XDG_CONFIG_HOME=self.sub("config"),
            XDG_STATE_HOME=self.sub("run"),
            LC_ALL="C.UTF-8",
        )

    def sub(self, name):
        return os.path.join(self.dir, name)

    def close(self):
        for p in self.processes:
            p.terminate()
        for p in self.processes:
            p.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    # --- servers ----------------------------------------------------------------------------------

    def openssl(self, *argv):
        subprocess.run(("openssl",) + argv, cwd=self.dir, check=True, capture_output=True)

    def certificates(self):
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")
        self.openssl("req", "-x509", *key, "-subj", "/CN=bench root", "-keyout", "root.key", "-out", "root.pem")
        self.openssl("req", *key[:5], "-subj", "/CN=" + HOST, "-keyout", "leaf.key", "-out", "leaf.csr")
        write(self.sub("ext"), "subjectAltName=DNS:%s,IP:127.0.0.1\n" % HOST)
        sign = ("-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", "2", "-extfile", "ext")
        self.openssl("x509", "-req", "-in", "leaf.csr", *sign, "-out", "leaf.pem")
        with open(self.sub("root.both"), "w") as out:
            for name in ("root.key", "root.pem"):
                out.write(open(self.sub(name)).read())

    def start(self, argv, port):
        p = subprocess.Popen(argv, cwd=self.dir, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.processes.append(p)
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return p.pid
            except OSError:
                if p.poll() is not None:
                    break
                time.sleep(0.1)
        raise SystemExit("bench: %s does not listen: %s" % (argv[0], p.stderr.read().decode()[-500:]))

    def servers(self):
        self.certificates()
        with open(self.sub("www/bulk"), "wb") as f:
            f.truncate((64 if self.args.quick else 512) << 20)
        write(self.sub("nginx.conf"), NGINX % self.v)
        write(self.sub("config/seldom/grants"), GRANTS % self.v)
        os.chmod(self.sub("config/seldom/grants"), 0o600)
        nginx = self.start(["nginx", "-p", self.dir, "-c", self.sub("nginx.conf")], self.v["tls"])
        self.worker = self.wait_for(lambda: child(nginx))
        if shutil.which("squid") and os.path.exists("/usr/lib/squid/security_file_certgen"):
            self.squid()
        else:
            self.left_out.append("squid with OpenSSL (squid-openssl) is not installed")
        if shutil.which("mitmdump"):
            self.mitm()
        else:
            self.left_out.append("mitmproxy is not installed")

    def squid(self):
        write(self.sub("hosts"), "127.0.0.1 %s\n" % HOST)
        write(self.sub("squid.conf"), SQUID % self.v)
        made = ["/usr/lib/squid/security_file_certgen", "-c", "-s", self.sub("certdb"), "-M", "4MB"]
        subprocess.run(made, check=True, capture_output=True)
        argv = ["squid", "-n", "bench%d" % os.getpid(), "-N", "-f", self.sub("squid.conf")]
        if os.getuid() == 0:  # as an ordinary user, whom root's files must be shown
            for top, _, files in os.walk(self.sub("certdb")):
                for path in [top] + [os.path.join(top, f) for f in files]:
                    os.chown(path, 65534, 65534)
            os.chmod(self.sub("root.both"), 0o644)
            argv = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] + argv
        self.proxies["squid"] = self.start(argv, self.v["squid"])

    def mitm(self):
        conf = self.sub("mitm")
        os.mkdir(conf)
        argv = ["mitmdump", "-q", "--set", "confdir=" + conf, "--mode", "reverse:https://127.0.0.1:%d" % self.v["tls"]]
        argv += ["--listen-host", "127.0.0.1", "--listen-port", str(self.v["mitm"]), "--set", "keep_host_header=true"]
        argv += ["--set", "ssl_verify_upstream_trusted_ca=" + self.v["root"], "--set", "stream_large_bodies=1m"]
        self.proxies["mitmproxy"] = self.start(argv, self.v["mitm"])

    # --- ways -------------------------------------------------------------------------------------

    def ways(self):
        """name of the row -> {way: (inside seldom?, port, scheme, curl options)}"""
        own = ["--cacert", self.v["root"]]
        here = ["--resolve", "%s:%d:127.0.0.1" % (HOST, self.v["tls"])]
        plain = ["--resolve", "%s:%d:127.0.0.1" % (HOST, self.v["plain"])]
        rows = {
            "opaque": {
                "direct": (False, self.v["plain"], "http", plain + ["--http1.1"]),
                "seldom": (True, self.v["plain"], "http", ["--http1.1"]),
            }
        }
        for name, option in (("TLS, HTTP/1.1", "--http1.1"), ("TLS, HTTP/2", "--http2")):
            rows[name] = {
                "direct": (False, self.v["tls"], "https", own + here + [option]),
                "seldom": (True, self.v["tls"], "https", [option]),
            }
            if shutil.which("mitmdump"):
                ca = self.sub("mitm/mitmproxy-ca-cert.pem")
                there = ["--resolve", "%s:%d:127.0.0.1" % (HOST, self.v["mitm"])]
                rows[name]["mitmproxy"] = (False, self.v["mitm"], "https", ["--cacert", ca, option] + there)
        if os.path.exists(self.sub("squid.conf")):
            proxy = ["-x", "http://127.0.0.1:%d" % self.v["squid"], "--http1.1"]
            rows["TLS, HTTP/1.1"]["squid"] = (False, self.v["tls"], "https", own + proxy)
        return rows

    def proxy(self, name, root):
        """Whom a way leads through."""
        if name == "seldom":
            return descendant(root, "seldom-egress")
        return self.proxies.get(name)

    def curl(self, name, way, what, form):
        """What curl prints, and the seconds of processor time of each process that takes part."""
        inside, port, scheme, options = way
        argv = ["sh", "-c", ACCOUNT, "sh", "curl", "-sS", "--fail", "--no-progress-meter", "-o", "/dev/null"]
        argv += ["-w", form] + options + ["%s://%s:%d%s" % (scheme, HOST, port, what)]
        if inside:
            argv = [SELDOM, "run", "--no-popup", "--"] + argv
        pipe = subprocess.PIPE
        p = subprocess.Popen(argv, cwd=self.sub("work"), env=self.env, text=True, stdin=pipe, stdout=pipe)
        who = {"nginx": self.worker}
        if name != "direct":
            who[name] = self.wait_for(lambda: self.proxy(name, p.pid))
        before = {k: cpu(pid) for k, pid in who.items()}
        p.stdin.write("go\n")
        p.stdin.flush()
        lines = list(itertools.takewhile(lambda line: line != "end\n", p.stdout))
        used = {k: cpu(pid) - before[k] for k, pid in who.items()}
        p.stdin.close()
        p.wait()
        if len(lines) < 3:
            raise SystemExit("bench: %s\n%s" % (" ".join(argv), "".join(lines)))
        used["curl"] = sum(60 * float(m) + float(s) for m, s in re.findall(r"(\d+)m([\d.]+)s", lines[-1]))
        return [float(line) for line in lines[:-2]], used

    def wait_for(self, find):
        for _ in range(200):
            found = find()
            if found:
                return found
            time.sleep(0.05)
        raise SystemExit("bench: a process is not there")

    def bulk(self, name, way):
        (speed, size), used = self.curl(name, way, "/bulk", "%{speed_download}\\n%{size_download}\\n")
        return speed / 1e6, {who: seconds / size * 1e9 for who, seconds in used.items()}

    def latency(self, name, way):
        """Of warm requests: the connection is there."""
        count = 50 if self.args.quick else 1000
        times, _ = self.curl(name, way, "/small/[1-%d]" % count, "%{time_total}\\n")
        return statistics.median(times[5:]) * 1000, None

    def measure(self):
        rows = {}
        for turn in range(self.args.rounds):
            for name, ways in self.ways().items():
                order = list(ways)[turn % len(ways) :] + list(ways)[: turn % len(ways)]
                for kind, fn in (("MB/s", self.bulk), ("ms", self.latency)):
                    row = rows.setdefault((name, kind), {way: [] for way in ways})
                    for way in order:
                        row[way].append(fn(way, ways[way]))
        return rows

    # --- memory -----------------------------------------------------------------------------------

    def memory(self):
        """MiB of seldom-egress with so many connections open and warm."""
        n = 50 if self.args.quick else 1000
        write(self.sub("work/hold.py"), HOLDER)
        argv = [SELDOM, "run", "--no-popup", "--", "/usr/bin/python3", "hold.py", HOST, str(self.v["tls"]), str(n)]
        p = subprocess.Popen(
            argv, cwd=self.sub("work"), env=self.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        line = p.stdout.readline()
        egress = descendant(p.pid, "seldom-egress") if line.startswith("held") else None
        size = resident(egress) if egress else None
        p.stdin.close()
        p.wait()
        if size is None:
            raise SystemExit("bench: the connections could not be opened")
        return {"connections": n, "MiB": size}


def fields_of(pid):
    with open("/proc/%d/stat" % pid) as f:
        return f.read().rsplit(")", 1)[1].split()


def cpu(pid):
    fields = fields_of(pid)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def child(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
        return int((f.read().split() or [0])[0])


def descendant(root, name):
    """The process of that name below another: there may be other sessions."""
    parent, names = {}, {}
    for path in glob.glob("/proc/[0-9]*/comm"):
        pid = int(path.split("/")[2])
        try:
            with open(path) as f:
                names[pid] = f.read().strip()
            parent[pid] = int(fields_of(pid)[1])
        except OSError:
            continue
    for pid in [pid for pid, its in names.items() if its == name]:
        at = pid
        while at in parent and at != root:
            at = parent[at]
        if at == root:
            return pid
    return None


def resident(pid):
    with open("/proc/%d/status" % pid) as f:
        fields = dict(line.split(":\t", 1) for line in f if ":\t" in line)
    return int(fields["VmRSS"].split()[0]) / 1024


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def summary(kind, row):
    """Of each way: its figures, and what they are to the direct one of the same round."""
    direct = [value for value, _ in row["direct"]]
    ways = {}
    for way, samples in row.items():
        values = [value for value, _ in samples]
        to = [v / d if kind == "MB/s" else v - d for v, d in zip(values, direct)]
        ways[way] = {"value": spread(values), "to_direct": spread(to)}
        if kind == "MB/s":
            used = {who: statistics.median(u[who] for _, u in samples) for who in samples[0][1]}
            ways[way]["cpu_s_per_GB"] = used
            # Each process has one thread; together they have no more than all processors.
            ways[way]["most"] = 1000 * min(1 / max(used.values()), len(os.sched_getaffinity(0)) / sum(used.values()))
    return ways


def show(result):
    for row in result["rows"]:
        for way, it in row["ways"].items():
            value, to, mb = it["value"], it["to_direct"], row["unit"] == "MB/s"
            cells = ["%-14s %-10s" % (row["row"], way)]
            cells.append(("%5.0f MB/s (%.0f..%.0f)" if mb else "%5.3f ms (%.3f..%.3f)") % tuple(value.values()))
            if way != "direct":
                cells.append(("%.2f x (%.2f..%.2f)" if mb else "%+.3f ms (%+.3f..%+.3f)") % tuple(to.values()))
            if mb:
                used = it["cpu_s_per_GB"]
                cells.append("s/GB: " + " + ".join("%s %.2f" % u for u in used.items()) + ", at most %.0f MB/s" % it["most"])
            print("  ".join(cells))
    m = result["memory"]
    print("seldom-egress with %d open connections: %.1f MiB" % (m["connections"], m["MiB"]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="small and once: does it work?")
    args = parser.parse_args()
    if args.quick:
        args.rounds = 1
    bench = Bench(args)
    try:
        bench.servers()
        rows = [{"row": n, "unit": k, "ways": summary(k, row)} for (n, k), row in bench.measure().items()]
        result = {"v": 2, "rounds": args.rounds, "rows": rows, "memory": bench.memory()}
        for line in bench.left_out:
            print("left out: " + line, file=sys.stderr)
        if args.json:
            print(json.dumps(result))
        else:
            show(result)
    finally:
        bench.close()


if __name__ == "__main__":
    main()
