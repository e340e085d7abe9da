#!/usr/bin/python3
"""A gRPC server over TLS without generated code: messages are bytes. `grpc_server.py FOLDER KEY CERT`
serves until its standard input ends; FOLDER gets grpc-port, and grpc-log with what was called."""

import sys
from concurrent import futures

import grpc

folder, key, cert = sys.argv[1:4]


def note(context, what):
    said = dict(context.invocation_metadata())
    with open(folder + "/grpc-log", "a", encoding="ascii") as f:
        f.write(f"{what} {said.get('x-api-key', '-')}\n")


def one(request, context):
    note(context, "One")
    context.set_trailing_metadata([("x-length", str(len(request)))])
    return request[::-1]


def fails(request, context):
    note(context, "Fails")
    context.abort(grpc.StatusCode.NOT_FOUND, "not here")


def many(request, context):
    note(context, "Many")
    for i in range(int(request)):
        yield b"piece %d" % i


def collect(requests, context):
    note(context, "Collect")
    return b"%d bytes" % sum(len(r) for r in requests)


def both(requests, context):
    note(context, "Both")
    for r in requests:
        yield b"again " + r


handlers = grpc.method_handlers_generic_handler("test.Echo", {
    "One": grpc.unary_unary_rpc_method_handler(one),
    "Fails": grpc.unary_unary_rpc_method_handler(fails),
    "Many": grpc.unary_stream_rpc_method_handler(many),
    "Collect": grpc.stream_unary_rpc_method_handler(collect),
    "Both": grpc.stream_stream_rpc_method_handler(both),
})
server = grpc.server(futures.ThreadPoolExecutor(max_workers=16))
server.add_generic_rpc_handlers((handlers,))
with open(key, "rb") as k, open(cert, "rb") as c:
    port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(k.read(), c.read())]))
server.start()
with open(folder + "/grpc-port", "w", encoding="ascii") as f:
    f.write(f"{port}\n")
sys.stdin.read()
server.stop(None)
