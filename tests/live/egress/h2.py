"""HTTP/2 from the standard library but for header compression, which libnghttp2 does: a server, and the
few bytes a client needs that says what no library would."""

import ctypes
import ctypes.util
import struct
import threading

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RESET, SETTINGS, PUSH, PING, GOAWAY, WINDOW, CONTINUATION = range(10)
END_STREAM, END_HEADERS, PADDED, WITH_PRIORITY, ACK = 1, 4, 8, 32, 1


class Error(Exception):
    pass


class Pair(ctypes.Structure):
    _fields_ = [("name", ctypes.c_void_p), ("value", ctypes.c_void_p), ("name_length", ctypes.c_size_t),
                ("value_length", ctypes.c_size_t), ("flags", ctypes.c_uint8)]


def library():
    lib = ctypes.CDLL("libnghttp2.so.14")
    lib.nghttp2_hd_inflate_hd2.restype = ctypes.c_ssize_t
    lib.nghttp2_hd_inflate_hd2.argtypes = [ctypes.c_void_p, ctypes.POINTER(Pair), ctypes.POINTER(ctypes.c_int),
                                           ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int]
    lib.nghttp2_hd_inflate_end_headers.argtypes = [ctypes.c_void_p]
    lib.nghttp2_hd_inflate_del.argtypes = [ctypes.c_void_p]
    return lib


try:
    LIB = library()
except OSError:  # no library: HTTP/2 is left out
    LIB = None


class Inflater:
    def __init__(self):
        if not LIB:
            raise Error("no libnghttp2.so.14")
        self.p = ctypes.c_void_p()
        LIB.nghttp2_hd_inflate_new(ctypes.byref(self.p))

    def headers(self, block):
        found, flags = [], ctypes.c_int()
        while True:
            pair = Pair()
            n = LIB.nghttp2_hd_inflate_hd2(self.p, ctypes.byref(pair), ctypes.byref(flags), block, len(block), 1)
            if n < 0:
                raise Error(f"header block: {n}")
            block = block[n:]
            if flags.value & 2:
                found.append((ctypes.string_at(pair.name, pair.name_length).decode("latin-1"),
                              ctypes.string_at(pair.value, pair.value_length).decode("latin-1")))
            if flags.value & 1:
                LIB.nghttp2_hd_inflate_end_headers(self.p)
                return found
            if not block and not flags.value & 2:
                raise Error("header block ends early")

    def __del__(self):
        if LIB and getattr(self, "p", None):
            LIB.nghttp2_hd_inflate_del(self.p)


def number(n, bits):
    top = (1 << bits) - 1
    if n < top:
        return bytes([n])
    out, n = [top], n - top
    while n >= 128:
        out.append(n % 128 | 128)
        n //= 128
    return bytes([*out, n])


def pack(headers):
    """Literals that are never indexed, without Huffman: any bytes may stand in them."""
    out = b""
    for name, value in headers:
        name = name if isinstance(name, bytes) else name.encode("latin-1")
        value = value if isinstance(value, bytes) else value.encode("latin-1")
        out += b"\x10" + number(len(name), 7) + name + number(len(value), 7) + value
    return out


def frame(kind, flags, stream, payload=b""):
    return struct.pack("!I", len(payload))[1:] + bytes([kind, flags]) + struct.pack("!I", stream) + payload


def payloads(data):
    """The bodies in a server's frames, joined; what is no frame ends it."""
    body = b""
    while len(data) >= 9:
        n = int.from_bytes(data[:3], "big")
        if data[3] == DATA:
            body += data[9:9 + n]
        data = data[9 + n:]
    return body


class Stream:
    def __init__(self, server, number):
        self.server, self.number, self.window = server, number, server.initial
        self.request, self.body = None, b""

    # what answers.py calls
    def block(self, headers, flags):
        self.server.w.send(frame(HEADERS, flags | END_HEADERS, self.number, pack(headers)))

    def informational(self, status, headers):
        self.block([(":status", str(status)), *headers], 0)

    def start(self, status, headers, length=None, reason=None):
        if length is not None:
            headers = [*headers, ("content-length", str(length))]
        self.block([(":status", str(status)), *[(k.lower(), v) for k, v in headers if k != "connection"]], 0)

    def write(self, data):
        if self.request.method == "HEAD":
            return
        while data:
            n = self.server.allowed(self, min(len(data), 16384))
            self.server.w.send(frame(DATA, 0, self.number, data[:n]))
            data = data[n:]

    def end(self, trailers=()):
        if trailers:
            self.block(list(trailers), END_STREAM)
        else:
            self.server.w.send(frame(DATA, END_STREAM, self.number))

    def reset(self):
        self.server.w.send(frame(RESET, 0, self.number, struct.pack("!I", 2)))


class Server:
    def __init__(self, w, answer):
        self.w, self.answer, self.inflater = w, answer, Inflater()
        self.streams, self.initial, self.window = {}, 65535, 65535
        self.changed = threading.Condition()

    def allowed(self, stream, want):
        with self.changed:
            if not self.changed.wait_for(lambda: min(self.window, stream.window) > 0, 30):
                raise Error("no window")
            n = min(want, self.window, stream.window)
            self.window -= n
            stream.window -= n
            return n

    def serve(self):
        if self.w.exactly(len(PREFACE)) != PREFACE:
            raise Error("no preface")
        # 8: extended CONNECT is not offered
        self.w.send(frame(SETTINGS, 0, 0, struct.pack("!HI", 3, 100)))
        while True:
            head = self.w.exactly(9)
            n, kind, flags = int.from_bytes(head[:3], "big"), head[3], head[4]
            self.take(kind, flags, int.from_bytes(head[5:], "big") & 0x7FFFFFFF, self.w.exactly(n))

    def take(self, kind, flags, number, payload):
        if kind == SETTINGS and not flags & ACK:
            for i in range(0, len(payload), 6):
                key, value = struct.unpack("!HI", payload[i:i + 6])
                if key == 4:
                    with self.changed:
                        for s in self.streams.values():
                            s.window += value - self.initial
                        self.initial = value
            self.w.send(frame(SETTINGS, ACK, 0))
        elif kind == PING and not flags & ACK:
            self.w.send(frame(PING, ACK, 0, payload))
        elif kind == WINDOW:
            with self.changed:
                if number == 0:
                    self.window += int.from_bytes(payload, "big")
                elif number in self.streams:
                    self.streams[number].window += int.from_bytes(payload, "big")
                self.changed.notify_all()
        elif kind == HEADERS:
            self.headers(flags, number, payload)
        elif kind == DATA:
            self.data(flags, number, payload)
        elif kind == GOAWAY:
            raise EOFError

    @staticmethod
    def unpad(flags, payload):
        if flags & PADDED:
            payload = payload[1:len(payload) - payload[0]]
        return payload

    def headers(self, flags, number, payload):
        payload = self.unpad(flags, payload)
        if flags & WITH_PRIORITY:
            payload = payload[5:]
        while not flags & END_HEADERS:
            head = self.w.exactly(9)
            payload += self.w.exactly(int.from_bytes(head[:3], "big"))
            flags |= head[4] & END_HEADERS
        found = self.inflater.headers(payload)
        if number in self.streams and self.streams[number].request:
            self.streams[number].request.headers += found  # trailers
        else:
            self.begin(number, found)
        if flags & END_STREAM:
            self.run(self.streams[number])

    def begin(self, number, found):
        from answers import Request  # answers do not know of versions

        s = self.streams.setdefault(number, Stream(self, number))
        pseudo = {k: v for k, v in found if k.startswith(":")}
        s.request = Request(pseudo.get(":method", ""), pseudo.get(":path", ""), found,
                            pseudo.get(":authority", dict(found).get("host", "")), "2")
        self.w.kept += "\n".join(f"{k}: {v}" for k, v in found).encode("latin-1")

    def data(self, flags, number, payload):
        size = len(payload)
        payload = self.unpad(flags, payload)
        s = self.streams.get(number)
        if s:
            s.body += payload
        if size:
            for n in (0, number):
                self.w.send(frame(WINDOW, 0, n, struct.pack("!I", size)))
        if s and flags & END_STREAM:
            self.run(s)

    def run(self, s):
        s.request.body = s.body

        def work():
            try:
                self.answer(self.w, s.request, s)
            except (OSError, Error, AttributeError):
                pass

        threading.Thread(target=work, daemon=True).start()
