"""Two servers on the host's loopback: one of HTTP, one that sends back what it gets. What arrived is
written down. Ends when its standard input does."""
import asyncio
import sys

folder = sys.argv[1]
log = open(f"{folder}/arrived", "a", buffering=1)


async def echo(reader, writer):
    while data := await reader.read(65536):
        log.write("echo\n")
        writer.write(data)
        await writer.drain()
    writer.close()


async def http(reader, writer):
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            log.write(head.split("\r\n", 1)[0] + "\n")
            body = b"arrived\n"
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main():
    servers = [await asyncio.start_server(f, "127.0.0.1", 0, backlog=4096) for f in (http, echo)]
    ports = [s.sockets[0].getsockname()[1] for s in servers]
    with open(f"{folder}/ports.new", "w") as f:
        f.write(f"http={ports[0]} echo={ports[1]}\n")
    import os
    os.rename(f"{folder}/ports.new", f"{folder}/ports")
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
