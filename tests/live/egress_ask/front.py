"""A person at a console: lets a summary go one by one, once, and denies all else. Says what was put."""
import glob
import json
import os
import socket
import sys
import time

folder, wanted = sys.argv[1], int(sys.argv[2])
for _ in range(400):
    if found := glob.glob(f"{folder}/seldom/*.sock"):
        break
    time.sleep(0.05)
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect(found[0])


def send(**m):
    s.send(json.dumps({"v": 1, **m}).encode())


send(type="hello", front="console")
floods, single, answered, open_ = 0, [], set(), {}
s.settimeout(20)
try:
    while len(single) < wanted or open_:
        m = json.loads(s.recv(1 << 17))
        if m["type"] == "closed":
            open_.pop(m["id"], None)
        if m["type"] != "question":
            continue
        q = m["question"]
        flood = q.get("kind") == "flood"
        # a summary grows while it is shown: all are to be in it
        if q["id"] in answered or (flood and q["waiting"] < wanted - len(single)):
            continue
        answered.add(q["id"])
        open_[q["id"]] = q
        if flood:
            floods += 1
            print("summary:", q["object"], "of", q["class"] if "class" in q else "hosts")
            for line in sorted(q["detail"].split("\n")):
                print(" ", " ".join(line.split()[:4]))
        else:
            single.append(q["object"])
        token = {"token": q["token"]} if "token" in q else {}
        send(type="answer", id=q["id"], verdict="allow" if flood else "deny", response_ms=5000, expanded=True, **token)
except (TimeoutError, OSError) as e:
    print("ended:", e)
print("floods:", floods)
print("single:", len(single), "distinct:", len(set(single)))
