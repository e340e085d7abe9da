"""Other ways to send than connect(): what is not trapped must not exist. 11.22.33.55 is a host out there,
with TCP and UDP at 443; behind walls."""

from inside import Family

family = Family("sockets", __doc__, jail=True, control=("public.test", "/pub/"))


def way(name, *args, effect="bytes", about=""):
    family.add(name, effect, lambda t: t.program("sockets", *args), about)


for name in ["fastopen", "fastopen-msg", "fastopen-connect", "mptcp", "child", "thread", "nonblocking", "bound-first", "device",
             "unspec-first", "passed", "syscall-32", "udp-sendto", "udp-connect", "udp-sendmsg", "udp-sendmmsg", "udp-cork", "udp-six",
             "udp-unspec", "udp-four-of-six", "unspec-between", "vfork", "exec", "shared-files",
             "raw-udp", "raw-header", "packet", "netns", "uring-connect", "uring-send"]:
    way(name, name)
for name, protocol in {"vsock": "AF_VSOCK", "alg": "ALG", "raw": "RAW", "ping": "PING", "udplite": "UDP-Lite", "sctp": "SCTP", "xdp": "XDP"}.items():
    way("kind-" + name, "hold-" + name, effect=f"socket:{protocol}", about="a kind of socket that is not for inside")
way("netlink", "address", effect="address:11.22.33.99", about="addresses and routes of the machine")
way("quic", "udp-quic", about="UDP 443 to a granted name: clients fall back to TCP")
way("synthetic-udp", "udp-name", about="to the address that a granted name has inside")
way("flip-address", "flip", about="the address changes while connect looks at it")
way("flip-socket", "flip-socket", about="dup2 and close put another socket in its place meanwhile")
way("flip-port", "flip-port")
way("after-listener", "after", about="the listener is there for somebody else: past connect() to it")
way("after-listener-six", "after-six")
