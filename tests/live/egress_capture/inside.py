"""What a program sees of the network inside: each function prints `name: what it saw`. The script beside
says what must stand there."""
import asyncio
import errno
import ipaddress
import os
import resource
import socket
import struct
import sys
import threading
import time

V4 = ipaddress.ip_network("198.18.0.0/15")
V6 = ipaddress.ip_network("fd73:656c:646f:6d::/64")
TYPES = {"A": 1, "AAAA": 28, "TXT": 16, "MX": 15, "SRV": 33, "CNAME": 5, "NULL": 10, "ANY": 255,
         "HTTPS": 65, "SVCB": 64, "NS": 2, "CAA": 257}


IP_MINTTL = 21  # linux/in.h


def name_of(error):
    return "EOPNOTSUPP" if error == errno.EOPNOTSUPP else errno.errorcode.get(error, str(error))


def query(name, kind, number=0x1234):
    labels = b"".join(bytes([len(l)]) + l.encode() for l in name.split(".")) + b"\0"
    return struct.pack(">HHHHHH", number, 0x100, 1, 0, 0, 0) + labels + struct.pack(">HH", kind, 1)


def ask(server, packet, tcp=False):
    """rcode, answers, where the answer came from"""
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as s:
        s.settimeout(20)
        if tcp:
            s.connect((server, 53))
            s.sendall(struct.pack(">H", len(packet)) + packet)
            data = s.recv(2)
            data = s.recv(struct.unpack(">H", data)[0])
            source = server
        else:
            s.sendto(packet, (server, 53))
            data, source = s.recvfrom(512)
            source = source[0]
    flags, _, answers = struct.unpack(">HHH", data[2:8])
    return flags & 15, answers, source


def addresses(name):
    found = socket.getaddrinfo(name, 443, type=socket.SOCK_STREAM)
    return {ipaddress.ip_address(f[4][0]) for f in found}


def names():
    one, again, other = addresses("one.example.test"), addresses("ONE.example.test"), addresses("two.example.test")
    assert one and all(a in V4 or a in V6 for a in one), one
    assert one == again and not one & other, (one, again, other)
    return "%d families" % len({a.version for a in one})


def single_label():
    try:
        return str(socket.getaddrinfo("intranet", 80))
    except socket.gaierror as e:
        return "no name" if e.errno in (socket.EAI_NONAME, socket.EAI_AGAIN, -5) else str(e)


def any_nameserver():
    servers = ["8.8.8.8", "127.0.0.1", "198.18.0.1", "10.0.0.53"]
    servers += ["2001:db8::53", "::1"] if socket.has_ipv6 and os.path.exists("/proc/net/if_inet6") else []
    for server in servers:
        code, answers, source = ask(server, query("one.example.test", 1))
        assert (code, answers, source) == (0, 1, server), (server, code, answers, source)
        code, answers, _ = ask(server, query("one.example.test", 1), tcp=True)
        assert (code, answers) == (0, 1), (server, "tcp")
    return "answers from where it was asked"


def no_data():
    seen = {kind: ask("198.18.0.1", query("one.example.test", number)) for kind, number in TYPES.items()}
    return " ".join(kind for kind, (code, answers, _) in seen.items() if code != 0 or answers)


def own_server(family, bind, reach):
    with socket.socket(family, socket.SOCK_STREAM) as server:
        server.bind((bind, 0))
        server.listen()
        port = server.getsockname()[1]
        with socket.create_connection((reach, port), timeout=20) as client:
            peer, address = server.accept()
            peer.sendall(b"own")
            with peer:
                return client.recv(3).decode() if peer else ""


def own_servers():
    row = [(socket.AF_INET, "127.0.0.1", "127.0.0.1"), (socket.AF_INET, "0.0.0.0", "127.0.0.1"),
           (socket.AF_INET, "0.0.0.0", "localhost"), (socket.AF_INET, "0.0.0.0", "198.18.0.1"),
           (socket.AF_INET, "127.0.0.2", "127.0.0.2")]
    if os.path.exists("/proc/net/if_inet6"):
        row += [(socket.AF_INET6, "::1", "::1"), (socket.AF_INET6, "::", "127.0.0.1")]
    return " ".join(own_server(*r) for r in row if r)


def own_datagrams():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        server.bind(("127.0.0.1", 0))
        server.settimeout(20)
        client.sendto(b"own", server.getsockname())
        return server.recv(3).decode()


def tcp_error(address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as s:
        s.settimeout(20)
        return name_of(s.connect_ex((address, port)))


def literals():
    targets = [("203.0.113.7", 443), ("127.0.0.1", 9), ("169.254.169.254", 80), ("10.0.0.1", 22), ("8.8.8.8", 853)]
    if os.path.exists("/proc/net/if_inet6"):
        targets += [("2001:db8::7", 443), ("::ffff:203.0.113.7", 443), ("fe80::1", 443)]
    return " ".join(tcp_error(*t) for t in targets)


def quic():
    """A datagram to a port where nobody is: the second one is refused."""
    address = socket.getaddrinfo("one.example.test", 443, socket.AF_INET, socket.SOCK_DGRAM)[0][4]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect(address)
        s.settimeout(20)
        try:
            s.send(b"x" * 1200)
            s.recv(1)
        except OSError as e:
            return name_of(e.errno)
    return "nothing"


def fast_open():
    address = socket.getaddrinfo("one.example.test", 443, socket.AF_INET, socket.SOCK_STREAM)[0][4]
    seen = []
    for send in (lambda s: s.sendto(b"x", 0x20000000, address), lambda s: s.sendmsg([b"x"], [], 0x20000000, address)):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
            try:
                send(s)
                seen.append("sent")
            except OSError as e:
                seen.append(name_of(e.errno))
    return " ".join(seen)


def said(s, word):
    """Sent, and sent back. The end of the line says that it is no HTTP."""
    s.sendall(word + b"\n")
    return s.recv(len(word) + 1).decode().rstrip()


def without_waiting():
    """A socket that must not wait is connected when it can be written to."""
    import select
    address = socket.getaddrinfo("echo.test", 7000, socket.AF_INET, socket.SOCK_STREAM)[0][4]
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
        s.setblocking(False)
        first = s.connect_ex(address)
        assert first in (0, errno.EINPROGRESS), name_of(first)
        select.select([], [s], [], 20)
        assert s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
        again = s.connect_ex(address)
        assert again in (0, errno.EISCONN), name_of(again)
        assert s.getpeername()[0] == address[0]
        s.setblocking(True)
        s.settimeout(20)
        return said(s, b"hello")


def from_a_thread():
    seen = []

    def work():
        with socket.create_connection(("echo.test", 7000), timeout=20) as s:
            seen.append(said(s, b"thread"))

    t = threading.Thread(target=work)
    t.start()
    t.join()
    return " ".join(seen)


def bound_before():
    """A program may choose the port that it connects from."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
        s.settimeout(20)
        s.bind(("0.0.0.0", 0))
        s.connect(socket.getaddrinfo("echo.test", 7000, socket.AF_INET, socket.SOCK_STREAM)[0][4])
        return said(s, b"bound")


def mapped():
    if not os.path.exists("/proc/net/if_inet6"):
        return "mapped"
    address = socket.getaddrinfo("echo.test", 7000, socket.AF_INET, socket.SOCK_STREAM)[0][4][0]
    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as s:
        s.settimeout(20)
        s.connect(("::ffff:" + address, 7000))
        return said(s, b"mapped")


def same_port():
    """A server of its own at the port of a host that it talks to, begun before and after."""
    seen = []
    for first in ("server", "client"):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if first == "server":
                server.bind(("0.0.0.0", 7000))
                server.listen()
            with socket.create_connection(("echo.test", 7000), timeout=20) as s:
                seen.append(said(s, b"host"))
                if first == "client":
                    server.bind(("0.0.0.0", 7000))
                    server.listen()
                with socket.create_connection(("127.0.0.1", 7000), timeout=20) as client:
                    peer, _ = server.accept()
                    with peer:
                        peer.sendall(b"own")
                        seen.append(client.recv(3).decode())
    return " ".join(seen)


def held_up():
    """Connections that cannot be made (no answer is far enough from here) keep nobody else waiting."""

    def never():
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
            s.setsockopt(socket.IPPROTO_IP, IP_MINTTL, 255)
            try:
                s.connect(there)
            except OSError:
                pass
            ended.append(True)

    there = socket.getaddrinfo("echo.test", 7000, socket.AF_INET, socket.SOCK_STREAM)[0][4]
    ended = []
    for _ in range(8):
        threading.Thread(target=never, daemon=True).start()
    time.sleep(1)
    with open("not-held-up", "w"):  # a trapped call of another thread
        pass
    with socket.create_connection(there, timeout=20) as s:
        return said(s, b"meanwhile") if not ended else "they ended: nothing was shown"


def many():
    """Two thousand connections at once; each has its own answer."""
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    async def one(i):
        reader, writer = await asyncio.open_connection("echo.test", 7000)
        text = b"%08d" % i
        writer.write(text)
        got = await reader.readexactly(8)
        writer.close()
        return got == text

    async def all_of_them():
        got = await asyncio.gather(*(one(i) for i in range(count)), return_exceptions=True)
        bad = [g for g in got if g is not True]
        return "%d of %d%s" % (count - len(bad), count, " " + repr(bad[0]) if bad else "")

    return asyncio.run(all_of_them())


def comes_to_nothing(address):
    """How a connect fails in the end. A listener whose process is just ending may still take one, which nobody
    answers."""
    import time
    for _ in range(250):
        with socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET) as s:
            s.settimeout(10)
            error = s.connect_ex(address)
            if error:
                return name_of(error)
            try:
                if s.recv(1):
                    return "answered"
            except ConnectionResetError:
                pass
            except TimeoutError:
                return "left open"
        time.sleep(0.02)
    return "goes on"


def closed():
    """What is left when one of the network's processes has ended: the file `ended` says that it has."""
    import time
    with socket.create_connection(("echo.test", 7000), timeout=20) as s:
        seen = [said(s, b"open")]
        address = s.getpeername()[0], 7000
        open("ready", "w").close()
        for _ in range(1000):
            if os.path.exists("ended"):
                break
            time.sleep(0.02)
        try:
            seen.append(s.recv(1).decode() or "closed")
        except ConnectionResetError:
            seen.append("closed")
    seen.append(comes_to_nothing(address))
    seen.append(own_server(socket.AF_INET, "127.0.0.1", "127.0.0.1"))
    return " ".join(seen)


stuck = []


def stuck_begin():
    """A connect that the kernel would try for hours; `stuck_end` says how it ended."""
    address = socket.getaddrinfo("echo.test", 7000, socket.AF_INET, socket.SOCK_STREAM)[0][4]

    def connect():
        with socket.socket() as s:
            s.setsockopt(socket.IPPROTO_IP, IP_MINTTL, 255)
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_SYNCNT, 100)
            stuck.append(name_of(s.connect_ex(address)))
    stuck.append(threading.Thread(target=connect))
    stuck[0].start()
    return "begun"


def stuck_end():
    stuck[0].join()
    return stuck[1]


def many_names():
    """A program that makes up names: they end, but not the network of what is granted."""
    codes = {0: 0, 2: 0}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect(("198.18.0.1", 53))
        s.settimeout(20)
        first = query("n0.made-up.test", 1)
        for i in range(100000):
            s.send(query(f"n{i}.made-up.test", 1, i & 0xffff))
            answer = s.recv(512)
            codes[answer[3] & 15] = codes.get(answer[3] & 15, 0) + 1
        s.send(first)
        codes["again"] = s.recv(512)[3] & 15
    with socket.create_connection(("echo.test", 7000), timeout=60) as s:
        # 61,440 in all, those of before too
        words = "most named, the rest not" if 61000 < codes[0] <= 61440 and sum((codes[0], codes[2])) == 100000 else codes
        return f"{words}, again {codes['again']}, {said(s, b'still')}"


def many_ports():
    """A program that tries the ports of a name, high and low, and then a granted one."""
    address = socket.getaddrinfo("echo.test", 7000, socket.AF_INET, socket.SOCK_STREAM)[0][4][0]
    made, step = 0, int(os.environ.get("PORTS_STEP", "20"))
    for port in range(1, 60001, step):
        if port == 53:
            continue
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
            s.settimeout(60)
            made += s.connect_ex((address, port)) == 0
    with socket.create_connection(("echo.test", 7000), timeout=60) as s:
        return f"{made} made, {said(s, b'still')}"


def low_ports():
    """Where our listeners are, its own loopback has none."""
    with socket.create_connection(("echo.test", 443), timeout=20):
        pass
    return " ".join(tcp_error(a, p) for a in ("127.0.0.1", "0.0.0.0", "198.18.0.1") for p in (443, 1023))


def no_network():
    try:
        seen = [str(socket.getaddrinfo("one.example.test", 443))]
    except socket.gaierror:
        seen = ["no name"]
    return " ".join(seen + [tcp_error("198.18.1.0", 443), own_server(socket.AF_INET, "127.0.0.1", "127.0.0.1")])


for name in sys.argv[1].split(","):
    try:
        print(f"{name}: {globals()[name]()}", flush=True)
    except Exception as e:
        print(f"{name}: {type(e).__name__} {e}", flush=True)
