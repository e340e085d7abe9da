"""What no common client says: `speak.py websocket HOST` and `speak.py raw HOST PORT`; prints what came back."""

import socket
import ssl
import sys

HANDSHAKE = ("GET /ws HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")


def websocket(host):
    with ssl.create_default_context().wrap_socket(socket.create_connection((host, 443), 10), server_hostname=host) as s:
        s.sendall(HANDSHAKE.format(host).encode())
        got = b""
        while b"\r\n\r\n" not in got:
            got += s.recv(4096) or sys.exit("closed in the handshake")
        print(got.split(b"\r\n")[0].decode())
        for word in (b"hello", b"again"):
            s.sendall(bytes([0x81, 0x80 | len(word), 0, 0, 0, 0]) + word)
            print(s.recv(4096)[2:].decode())


def raw(host, port):
    with socket.create_connection((host, int(port)), 10) as s:
        s.sendall(b"neither HTTP nor TLS\n")
        print(s.recv(4096).decode(), end="")


{"websocket": websocket, "raw": raw}[sys.argv[1]](*sys.argv[2:])
