"""send.py TEXT: to the socket of claims, and what comes back. send.py --flood: for ever, from some threads."""
import os, socket, sys, threading

def send(text):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.settimeout(5)
    s.connect(os.environ["SELDOM_CLAIM"])
    s.send(text)
    return s.recv(4096)

def flood(n):
    texts = [b'{"tool":"Bash","text":"flood"}', b"x" * 4096, b"y" * 60000, b'{"tool":' * 400, b"\0"]
    silent = []
    while True:
        n += 1
        try:
            if n % 7 == 0:
                silent.append(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
                silent[-1].connect(os.environ["SELDOM_CLAIM"])
                silent = silent[-64:]
            else:
                s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                s.connect(os.environ["SELDOM_CLAIM"])
                s.send(texts[n % len(texts)])
        except OSError:
            pass

if sys.argv[1] == "--flood":
    for i in range(4):
        threading.Thread(target=flood, args=(i,), daemon=True).start()
    threading.Event().wait()
try:
    print("back", len(send(sys.argv[1].encode())))
except OSError as e:
    print("error", e.errno)
