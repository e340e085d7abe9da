"""N connections at once, each with a request of its own. Says how many got which status."""
import asyncio
import collections
import sys

host, port, n = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


async def one(i):
    try:
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(f"GET /many/{i}?page=geheim HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        head = await reader.readline()
        writer.close()
        return head.split()[1].decode() if head else "nothing"
    except OSError as e:
        return e.strerror


async def main():
    counts = collections.Counter(await asyncio.gather(*(one(i) for i in range(n))))
    print(" ".join(f"{k}:{v}" for k, v in sorted(counts.items())))


import resource

resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
asyncio.run(main())
