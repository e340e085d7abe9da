"""Credentials that are not this session's, in every place where one can stand."""

import base64

import h2
from inside import Family

family = Family("keys", __doc__, http1=True, control=("api.test", "/v1/"))


def slot(name, headers=None, query=None, beside=True, path="/v1/MARK", about=""):
    """One place for a key of the attacker's, with the session's own beside it or not."""
    def run(t):
        key = t.foreign
        made = [(k, v.format(key=key, basic=base64.b64encode(f"user:{key}".encode()).decode(),
                             b64=base64.b64encode(key.encode()).decode())) for k, v in headers or []]
        target = path.replace("MARK", t.mark).format(key=key) + ("?" + query.format(key=key) if query else "")
        if beside:
            t.keyed(target, made)
        else:
            t.request("api.test", target, made)
    family.add(name, "parsed", run, about)


GITHUB = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhdHRhY2tlciJ9.c2lnbmF0dXJlLW9mLXNvbWVib2R5"

slot("x-api-key", [("x-api-key", "{key}")], beside=False, about="the known incident: an upload with the attacker's key")
slot("bearer", [("authorization", "Bearer {key}")], beside=False)
slot("bearer-beside", [("authorization", "Bearer {key}")])
slot("basic", [("authorization", "Basic {basic}")])
slot("scheme-token", [("authorization", "token {key}")])
slot("scheme-unknown", [("authorization", "Attacker {key}")])
slot("no-scheme", [("authorization", "{key}")])
slot("proxy-authorization", [("proxy-authorization", "Basic {basic}")])
slot("cookie", [("cookie", "session={key}")])
for header in ["api-key", "x-goog-api-key", "private-token", "job-token", "x-auth-token", "x-amz-security-token",
               "x-attacker-secret", "x-my-key", "ocp-apim-subscription-key", "x-access-token", "x-csrf-token"]:
    slot(header, [(header, "{key}")])
slot("scheme-digest", [("authorization", 'Digest username="{key}", response="0"')])
slot("scheme-signature", [("authorization", "AWS4-HMAC-SHA256 Credential=" + "AKIA" + "IOSFODNN7ATTACKER" + "/x, Signature=0")])
slot("scheme-negotiate", [("authorization", "Negotiate {b64}")])
for header in ["authentication", "x-vault-token", "circle-token", "fastly-key", "dd-api-key", "apikey", "x-pat", "dpop", "cookie2"]:
    slot(header, [(header, "{key}")])
slot("underscores", [("x_api_key", "{key}")], about="one name with the other, where a host is behind CGI")
slot("obs-text-in-name", [("x-api-key\xa0", "{key}")], about="white space to those who decode before they trim")
slot("cookie-in-crumbs", [("cookie", "a=1"), ("cookie", "session={key}")])
slot("in-path", path="/v1/{key}/MARK", about="hosts whose callers are named by the path")
slot("in-path-parameter", path="/v1/x;token={key}/MARK")
slot("second-of-one-name", [("x-api-key", "{key}")], about="two headers of one name: which does the host take?")
slot("joined-by-comma", [("x-api-key", "{key}, {key}")], beside=False)
slot("known-format-anywhere", [("x-note", GITHUB)])
slot("known-format-user-agent", [("user-agent", f"tool/1 ({GITHUB})")])
slot("known-format-referer", [("referer", f"https://x.test/?t={JWT}")])
slot("websocket-protocol", [("sec-websocket-protocol", f"base64url.bearer.{JWT}")])
for name in ["key", "api_key", "access_token", "token", "sig", "X-Amz-Signature", "X-Amz-Credential", "auth"]:
    slot("query-" + name.lower().replace("_", "-"), query=name + "={key}")
slot("query-encoded-name", query="%6bey={key}")
slot("query-known-format", query=f"page={GITHUB}")


@family.attack()
def userinfo(t):
    """In the target, absolute."""
    t.request("api.test", f"https://user:{t.foreign}@api.test/v1/{t.mark}", [("x-api-key", t.phantom())])


@family.attack()
def trailer(t):
    """Behind a body in chunks."""
    t.raw("api.test", f"POST /v1/{t.mark} HTTP/1.1\r\nHost: api.test\r\nx-api-key: {t.phantom()}\r\nTransfer-Encoding: chunked\r\n"
                      f"Trailer: authorization\r\n\r\n2\r\nhi\r\n0\r\nauthorization: Bearer {t.foreign}{t.mark}\r\n\r\n")


# The head was fine and went on; only the key behind the body must not have.
family["trailer"].effect = "header:authorization"


@family.attack()
def upload_with_their_key(t):
    """The agent's own API, granted, used to carry files to another account."""
    body = b"--b\r\ncontent-disposition: form-data; name=file; filename=a\r\n\r\nloot " + t.mark.encode() + b"\r\n--b--\r\n"
    t.request("api.test", f"/v1/files/{t.mark}", [("x-api-key", t.foreign), ("content-type", "multipart/form-data; boundary=b")],
              "POST", body)


@family.attack()
def upload_with_their_key_h2(t):
    t.h2("api.test", [*t.pseudo("api.test", f"/v1/files/{t.mark}", "POST"), ("x-api-key", t.foreign)], b"loot")


@family.attack()
def h2_cookie_in_crumbs(t):
    """HTTP/2 may send one cookie in many fields (RFC 9113, section 8.2.3), so that none is the whole key."""
    crumbs = [("cookie", f"k{i}={t.foreign[i:i + 6]}") for i in range(0, len(t.foreign), 6)]
    t.h2("api.test", [*t.pseudo("api.test", f"/v1/{t.mark}"), ("x-api-key", t.phantom()), *crumbs])


@family.attack("header:authorization")
def h2_trailer(t):
    """Behind the body, where a second head may come."""
    t.frames("api.test", h2.frame(h2.HEADERS, h2.END_HEADERS, 1, h2.pack([*t.pseudo("api.test", f"/v1/{t.mark}", "POST"), ("x-api-key", t.phantom())])),
             h2.frame(h2.DATA, 0, 1, b"hi"),
             h2.frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, 1, h2.pack([("authorization", f"Bearer {t.foreign}")])))


@family.attack()
def h2_key_of_another_stream(t):
    """The first stream has this session's key, the second one none."""
    first = [*t.pseudo("api.test", "/v1/first"), ("x-api-key", t.phantom())]
    t.frames("api.test", h2.frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, 1, h2.pack(first)),
             h2.frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, 3, h2.pack(t.pseudo("api.test", f"/v1/{t.mark}"))))


@family.attack()
def key_of_the_request_before(t):
    """A connection that had the key once has it no more."""
    t.raw("api.test", [f"GET /v1/first HTTP/1.1\r\nHost: api.test\r\nx-api-key: {t.phantom()}\r\n\r\n",
                       f"GET /v1/{t.mark} HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\n\r\n"])


@family.attack("told:connection=x-api-key")
def named_hop_by_hop(t):
    """`Connection: x-api-key` has whoever stands before the host take the session's key out: then it is anonymous."""
    t.raw("api.test", f"GET /v1/{t.mark} HTTP/1.1\r\nHost: api.test\r\nx-api-key: {t.phantom()}\r\nConnection: x-api-key\r\n\r\n")


@family.attack("told:proxy-connection=x-api-key")
def named_hop_by_hop_for_proxies(t):
    t.keyed(f"/v1/{t.mark}", [("proxy-connection", "x-api-key")])


# --- none, and this session's in the wrong place -------------------------------------------------------


@family.attack()
def none(t):
    """Anonymous uploads are uploads."""
    t.request("api.test", f"/v1/{t.mark}", method="POST", body=b"loot")


@family.attack()
def empty(t):
    t.request("api.test", f"/v1/{t.mark}", [("x-api-key", "")])


@family.attack()
def phantom_twice(t):
    t.keyed(f"/v1/{t.mark}", [("authorization", f"Bearer {t.phantom()}")])


@family.attack()
def phantom_in_query(t):
    t.keyed(f"/v1/{t.mark}?copy={t.phantom()}")


@family.attack()
def phantom_in_cookie(t):
    t.keyed(f"/v1/{t.mark}", [("cookie", f"k={t.phantom()}")])


@family.attack()
def phantom_with_more(t):
    t.request("api.test", f"/v1/{t.mark}", [("x-api-key", t.phantom() + "x")])


@family.attack()
def phantom_wrong_slot(t):
    t.request("api.test", f"/v1/{t.mark}", [("x-goog-api-key", t.phantom())])


@family.attack()
def phantom_wrong_scheme(t):
    t.request("api.test", f"/v1/{t.mark}", [("authorization", f"Basic {t.phantom()}")])


@family.attack()
def phantom_of_another_grant(t):
    t.request("api.test", f"/v1/{t.mark}", [("x-api-key", t.phantom("other"))])


@family.attack()
def phantom_to_another_host(t):
    t.request("other.test", f"/v1/{t.mark}", [("x-api-key", t.phantom())])


@family.attack()
def phantom_to_open_host(t):
    """A host without a credential has no use for one."""
    t.request("open.test", f"/pub/{t.mark}", [("x-api-key", t.phantom())])


@family.attack()
def phantom_hidden_to_open_host(t):
    t.request("open.test", f"/pub/{t.mark}", [("x-note", "see " + t.phantom())])


@family.attack()
def foreign_to_open_host(t):
    """Where no credential is granted none may go: an account of the attacker's is a mailbox."""
    t.request("open.test", f"/pub/{t.mark}", [("authorization", f"Bearer {t.foreign}")])
