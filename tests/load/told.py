"""A server that does what the path says, in the standard library alone: it runs in the load image.

usage: told.py PORT
/paced      answered at most CAPACITY_PER_S times a second: whoever comes before waits in a queue
/longest    the longest time, in seconds, in which this process did nothing at all since that was last asked
/status     503            /closed   closes the connection            /never   no answer
/swap/a and /swap/b        answered with each other's path; any other path with itself
"""

import asyncio
import sys

CAPACITY_PER_S = 2000
BEAT_S = 0.002


class Queue:
    """Serves one request after the other, each for the same time."""

    def __init__(self) -> None:
        self.free_at = 0.0

    def next_at(self, now: float) -> float:
        """When a request that comes now is done."""
        self.free_at = max(now, self.free_at) + 1 / CAPACITY_PER_S
        return self.free_at


class Heart:
    """Beats while the process runs; the longest gap between two beats is how long it was frozen."""

    def __init__(self) -> None:
        self.longest_s = 0.0

    def told(self) -> float:
        """That gap, in seconds; the next is counted from here."""
        longest_s, self.longest_s = self.longest_s, 0.0
        return longest_s

    async def beat(self) -> None:
        loop = asyncio.get_running_loop()
        last = loop.time()
        while True:
            await asyncio.sleep(BEAT_S)
            now = loop.time()
            self.longest_s, last = max(self.longest_s, now - last), now


class Told(asyncio.Protocol):
    """One connection, with one request after the other."""

    transport: asyncio.Transport

    def __init__(self, queue: Queue, heart: Heart) -> None:
        self.queue, self.heart = queue, heart
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        while b"\r\n\r\n" in self.received:
            head, _, self.received = self.received.partition(b"\r\n\r\n")
            self.reply(head.split(b" ")[1].decode())

    def reply(self, path: str) -> None:
        loop = asyncio.get_running_loop()
        if path == "/paced":
            loop.call_at(self.queue.next_at(loop.time()), self.answer, "paced")
        elif path == "/longest":
            self.answer(str(self.heart.told()))
        elif path == "/status":
            self.answer("503", status=503)
        elif path == "/closed":
            self.transport.close()
        elif path != "/never":
            self.answer({"/swap/a": "/swap/b", "/swap/b": "/swap/a"}.get(path, path))

    def answer(self, body: str, *, status: int = 200) -> None:
        self.transport.write(f"HTTP/1.1 {status} Told\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())


async def main(port: int) -> None:
    queue, heart = Queue(), Heart()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Told(queue, heart), "127.0.0.1", port, backlog=4096)
    print("ready", flush=True)
    await asyncio.gather(server.serve_forever(), heart.beat())


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
