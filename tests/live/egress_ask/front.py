"""A person at a console, who looks up when a summary comes, lets the first go one by one, and
denies all else. Says what was put."""
import glob
import json
import socket
import sys
import time

folder = sys.argv[1]


def connect():
    for _ in range(400):
        for path in glob.glob(f"{folder}/seldom/*.sock"):  # that of an earlier run may be going away
            s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            try:
                s.connect(path)
                s.send(b'{"v":1,"type":"hello","front":"console"}')
                if b'"welcome"' in s.recv(1 << 17):
                    return s
                s.close()
            except OSError:
                s.close()
        time.sleep(0.05)
    sys.exit("no run")


s = connect()


def send(**m):
    s.send(json.dumps({"v": 1, **m}).encode())


floods, single, shown = 0, [], set()


def answer(q, verdict):
    token = {"token": q["token"]} if "token" in q else {}
    send(type="answer", id=q["id"], verdict=verdict, response_ms=5000, expanded=True, **token)


open(f"{sys.argv[2]}/go", "w").close()  # the person sits there: now they may ask
s.settimeout(20)
try:
    while data := s.recv(1 << 17):
        m = json.loads(data)
        if m["type"] != "question" or m["question"]["id"] in shown:
            continue
        q = m["question"]
        shown.add(q["id"])
        if q.get("kind") == "flood":
            floods += 1
            print("summary:", q["object"], q["detail"].split("\n")[0])
            answer(q, "allow" if floods == 1 else "deny")
            for other in single:
                answer(other, "deny")
            single = []
        elif floods:
            answer(q, "deny")
        else:
            single.append(q)
except (TimeoutError, OSError) as e:
    print("ended:", e)
print("floods:", floods)
