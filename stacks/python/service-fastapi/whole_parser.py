"""Httptools' parser for a server that speaks nothing but HTTP/1: a request that asks for an upgrade keeps its body."""

from collections.abc import Callable

from httptools import HttpParserUpgrade, HttpRequestParser

Headers = list[tuple[bytes, bytes]]


class WholeParser(HttpRequestParser):
    """Httptools stops behind the head of such a request, and takes its body for another protocol's."""

    def __init__(self, protocol: object, read_on: Callable[[bytes], None]) -> None:
        super().__init__(protocol)
        self.set_dangerous_leniencies(lenient_data_after_close=True)  # as Uvicorn does
        self._read_on = read_on

    def feed_data(self, data: bytes) -> None:
        """Parse on; `read_on` gets what follows the head of a request for an upgrade."""
        try:
            super().feed_data(data)
        except HttpParserUpgrade as stopped:
            self._read_on(data[stopped.args[0] :])


def head_again(method: bytes, url: bytes, version: str, headers: Headers) -> bytes:
    """The head of a request without the header that asks for an upgrade."""
    lines = [b"%b %b HTTP/%b" % (method, url, version.encode())]
    lines += [b"%b: %b" % (name, value) for name, value in headers if name != b"upgrade"]
    return b"\r\n".join([*lines, b"", b""])
