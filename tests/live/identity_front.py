"""A person at a front who takes their time: says one thing to every question, tier 3 included.

usage: identity_front.py allow|deny     until killed; prints a line for each question
"""

import glob
import json
import os
import socket
import sys
import time

verdict = sys.argv[1]
folder = os.environ["XDG_RUNTIME_DIR"] + "/seldom"
met, answered = set(), set()


def attend(path):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        s.connect(path)
    except OSError:
        return
    met.add(path)
    s.send(json.dumps({"v": 1, "type": "hello", "front": "line"}).encode())
    while True:
        try:
            raw = s.recv(65536)
        except OSError:
            return
        if not raw:
            return
        message = json.loads(raw)
        if message["type"] != "question" or message["question"]["id"] in answered:
            continue
        q = message["question"]
        answered.add(q["id"])
        print("asked: T%d %s %s: %s" % (q["tier"], q["op"], q["object"], q["why"]), flush=True)
        answer = {"v": 1, "type": "answer", "id": q["id"], "verdict": verdict, "for": "once"}
        answer.update(response_ms=9000, expanded=True)
        if verdict == "allow":
            answer["rung"] = 0
            if q.get("token"):
                answer["token"] = q["token"]
        try:
            s.send(json.dumps(answer).encode())
        except OSError:
            return


while True:
    for path in glob.glob(folder + "/*.sock"):
        if path not in met:
            attend(path)
    time.sleep(0.05)
