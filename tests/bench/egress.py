#!/usr/bin/env python3
"""Measures what a connection through seldom costs, against the same connection without it and through
squid (ssl-bump) and mitmproxy where Debian has them.

usage: egress.py [--json] [--rounds N] [--quick]

One nginx is the upstream of all, one curl the client of all; the ways take turns within one run. What
is shown are medians over the rounds and their ratios to the direct way. It never passes or fails by
time.
"""

import argparse
import glob
import json
import os
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
                return
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
        self.start(["nginx", "-p", self.dir, "-c", self.sub("nginx.conf")], self.v["tls"])
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
        self.start(argv, self.v["squid"])

    def mitm(self):
        conf = self.sub("mitm")
        os.mkdir(conf)
        argv = ["mitmdump", "-q", "--set", "confdir=" + conf, "--mode", "reverse:https://127.0.0.1:%d" % self.v["tls"]]
        argv += ["--listen-host", "127.0.0.1", "--listen-port", str(self.v["mitm"]), "--set", "keep_host_header=true"]
        argv += ["--set", "ssl_verify_upstream_trusted_ca=" + self.v["root"], "--set", "stream_large_bodies=1m"]
        self.start(argv, self.v["mitm"])

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

    def curl(self, way, what, form):
        inside, port, scheme, options = way
        argv = ["curl", "-sS", "--fail", "--no-progress-meter", "-o", "/dev/null", "-w", form] + options
        argv += ["%s://%s:%d%s" % (scheme, HOST, port, what)]
        if inside:
            argv = [SELDOM, "run", "--no-popup", "--"] + argv
        r = subprocess.run(
            argv, cwd=self.sub("work"), env=self.env, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        if r.returncode != 0:
            raise SystemExit("bench: %s\n%s" % (" ".join(argv), r.stderr[-2000:]))
        return [float(line) for line in r.stdout.split()]

    def bulk(self, way):
        return self.curl(way, "/bulk", "%{speed_download}\\n")[0] / 1e6

    def latency(self, way):
        """Of warm requests: the connection is there."""
        count = 50 if self.args.quick else 1000
        times = self.curl(way, "/small/[1-%d]" % count, "%{time_total}\\n")
        return statistics.median(times[5:]) * 1000

    def measure(self):
        rows = {}
        for _ in range(self.args.rounds):
            for name, ways in self.ways().items():
                for kind, fn in (("MB/s", self.bulk), ("ms a warm request", self.latency)):
                    for way, how in ways.items():
                        row = rows.setdefault((name, kind), {})
                        row.setdefault(way, []).append(fn(how))
        return {k: {way: statistics.median(v) for way, v in row.items()} for k, row in rows.items()}

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
        size = self.size_of("seldom-egress") if line.startswith("held") else None
        p.stdin.close()
        p.wait()
        if size is None:
            raise SystemExit("bench: the connections could not be opened")
        return {"connections": n, "MiB": size}

    def size_of(self, name):
        for status in glob.glob("/proc/[0-9]*/status"):
            try:
                fields = dict(line.split(":\t", 1) for line in open(status) if ":\t" in line)
            except OSError:
                continue
            if fields.get("Name", "").strip() == name:
                return int(fields["VmRSS"].split()[0]) / 1024
        return None


def show(result):
    for (name, kind), row in result["rows"].items():
        direct = row["direct"]
        cells = ["%s %.3g" % (way, value) for way, value in row.items()]
        if kind == "MB/s":
            cells += ["%s %.2f x" % (way, value / direct) for way, value in row.items() if way != "direct"]
        else:
            cells += ["%s +%.3f ms" % (way, value - direct) for way, value in row.items() if way != "direct"]
        print("%-14s %-18s %s" % (name, kind, "  ".join(cells)))
    m = result["memory"]
    print("%-14s %-18s %d open connections: %.1f MiB" % ("memory", "of seldom-egress", m["connections"], m["MiB"]))


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
        result = {"rows": bench.measure(), "memory": bench.memory()}
        for line in bench.left_out:
            print("left out: " + line, file=sys.stderr)
        if args.json:
            rows = [{"row": n, "unit": k, **row} for (n, k), row in result["rows"].items()]
            print(json.dumps({"v": 1, "rows": rows, "memory": result["memory"]}))
        else:
            show(result)
    finally:
        bench.close()


if __name__ == "__main__":
    main()
