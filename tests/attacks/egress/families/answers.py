"""What a host says back: the session's credential itself, more than was agreed, or two answers for one."""

import time

from inside import Family

family = Family("answers", __doc__, http1=True, control=("api.test", "/v1/"))


def reflect(form, way, about=""):
    def run(t):
        t.loot(t.keyed(f"/v1/reflect/{form}/{way}?x={t.mark}", [("accept-encoding", "gzip, deflate, br")]))
    family.add(f"reflect-{form}-{way}", "loot", run, about)


for form in ["raw", "base64", "base64-1", "base64-2", "base64url", "percent", "hex", "json", "utf16"]:
    reflect(form, "plain")
for way in ["chunks", "edge", "gzip", "x-gzip", "gzip-chunks", "gzip-twice", "members", "deflate", "br", "header",
            "location", "trailer", "reason", "hint", "error", "chunk-extension"]:
    reflect("raw", way)
reflect("raw", "name", "in the name of a header, in hex")
reflect("raw", "gzip-comment", "in a field of the compressed file that unpacking leaves out")
reflect("raw", "gzip-behind", "behind the end of what is compressed")
reflect("raw", "bomb", "behind 24 MiB of nothing")
reflect("raw", "type")
reflect("raw", "cookie")
reflect("base64-1", "gzip-chunks")
reflect("hex", "chunks")


@family.attack("loot")
def reflect_h2(t):
    t.loot(t.h2("api.test", [*t.pseudo("api.test", f"/v1/reflect/raw/edge?x={t.mark}"), ("x-api-key", t.phantom())]) or b"")


@family.attack("loot")
def echo(t):
    """An echo of the whole head."""
    t.loot(t.keyed(f"/v1/echo/{t.mark}"))


@family.attack("loot")
def echo_bearer(t):
    t.loot(t.request("api.test", f"/v1/echo/{t.mark}", [("authorization", f"Bearer {t.phantom()}")]))



@family.attack("loot")
def reflect_in_parts(t):
    """Each answer has only a half of it."""
    halves = []
    for part in ("0-24", "25-"):
        answer = t.keyed(f"/v1/reflect/raw/range?x={t.mark}", [("range", "bytes=" + part)])
        halves.append(answer.partition(b"\r\n\r\n")[2])
    t.loot(b"".join(halves))


def bad_answer(kind, effect, about=""):
    family.add("bad-" + kind, effect, lambda t: t.loot(t.request("wide.test", f"/bad/{kind}?x={t.mark}")), about)


bad_answer("length-twice", "loot:evil!", "which length is believed behind?")
bad_answer("length-and-coding", "loot:evil")
bad_answer("bare-lf", "loot:evil")
bad_answer("nul", "loot:evil")
bad_answer("chunk", "loot:evil")
bad_answer("old", "loot:evil")
bad_answer("switch", "loot:evil", "101 that nobody asked for: the rest would be unread")
bad_answer("split", "loot:x-evil", "a second answer, for a request that was never made")
bad_answer("long-head", "loot>1000000")
bad_answer("status", "loot:evil")
bad_answer("fold", "loot:evil")
bad_answer("field", "loot:\nx-evil", "two lines of HTTP/1.1 in one field of HTTP/2")
family.only_http2 = {"bad-field"}  # in HTTP/1.1 it is two fields
bad_answer("hints", "loot>1000000", "20,000 heads before the answer")


@family.attack("loot>1000000")
def too_much(t):
    """response body<=64K"""
    t.loot(t.request("limited.test", "/big/3000000", [("x-mark", t.mark)], wait=6))


@family.attack("loot>1000000")
def too_much_chunked(t):
    t.loot(t.request("limited.test", "/stream/40", [("x-mark", t.mark)], wait=6))


@family.attack("loot:alt-svc")
def alternative(t):
    """A way to the host that is not watched (HTTP/3)."""
    t.loot(t.request("wide.test", "/cookie", [("x-mark", t.mark)]))


@family.attack("loot:set-cookie")
def stripped(t):
    """strip=set-cookie"""
    t.loot(t.request("limited.test", "/cookie", [("x-mark", t.mark)]))


@family.attack("parsed")
def redirected(t):
    """A redirect is the client's to follow, and judged anew."""
    answer = t.request("wide.test", f"/redirect/attacker.test/{t.mark}", [])
    if b"attacker.test" not in answer:
        raise RuntimeError(f"no redirect came: {answer[:80]!r}")
    t.request("attacker.test", f"/{t.mark}-followed")


family["redirected"].effect = "parsed:-followed"
