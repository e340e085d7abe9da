#!/usr/bin/python3
"""Calls of each of gRPC's four kinds, by its own library, which takes no hint of a proxy. `grpc_client.py HOST [KEY]`"""

import queue
import sys

import grpc

host, key = sys.argv[1], sys.argv[2:]
metadata = [("x-api-key", key[0])] if key else None
# With its own library's defaults: roots by GRPC_DEFAULT_SSL_ROOTS_FILE_PATH, the name as it is.
channel = grpc.secure_channel(f"{host}:443", grpc.ssl_channel_credentials())


def say(what, value):
    print(what, value.decode() if isinstance(value, bytes) else value, flush=True)


def caught(what, call):
    try:
        call()
    except grpc.RpcError as e:
        say(what, f"{e.code().name} {e.details()}")


def unary(name):
    return channel.unary_unary(f"/test.Echo/{name}")


def main():
    options = {"metadata": metadata, "timeout": 30}
    reply, call = unary("One").with_call(b"abc", **options)
    say("unary", reply)
    say("trailer", dict(call.trailing_metadata())["x-length"])
    say("large", len(unary("One")(b"x" * 3000000, **options)))
    caught("status", lambda: unary("Fails")(b"", **options))
    pieces = list(channel.unary_stream("/test.Echo/Many")(b"500", **options))
    say("down", f"{len(pieces)} {pieces[-1].decode()}")
    say("up", channel.stream_unary("/test.Echo/Collect")((b"y" * 1000 for _ in range(300)), **options))
    # One by one: each goes when the answer to the one before came.
    words, said = queue.Queue(), []
    words.put(b"0")
    for reply in channel.stream_stream("/test.Echo/Both")(iter(words.get, None), **options):
        said.append(reply.decode())
        words.put(b"%d" % len(said) if len(said) < 5 else None)
    say("both", ",".join(said))
    caught("ungranted", lambda: channel.unary_unary("/other.Service/One")(b"", **options))


try:
    main()
except grpc.RpcError as e:
    say("failed", f"{e.code().name} {e.details()}")
