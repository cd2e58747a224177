"""Uvicorn's protocol with bounds for the head of a request: how long it may be, and how long it may take."""

from asyncio import TimerHandle, Transport
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from whole_parser import WholeParser, head_again

HEAD_S = 5.0  # for a head, from its first byte; of a new connection, from its beginning
MOST_OF_A_HEAD = 32_768  # bytes
VERSIONS = ("1.0", "1.1")
TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class HeadBoundsProtocol(HttpToolsProtocol):
    """Uvicorn bounds neither with httptools: a head of megabytes would be answered, and half of one kept for ever."""

    _in_head = False
    _received = 0  # bytes, since the last head was complete
    _timer: TimerHandle | None = None
    _asks_for_upgrade = False  # the request whose head the parser has just read, and stops behind

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.parser = WholeParser(self, self._read_on)

    def connection_made(self, transport: Transport) -> None:
        """Who says nothing from the beginning is cut off, too."""
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Ends the clock with the connection."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Reads on; refuses where a head has become too long before its end."""
        self._received += len(data)
        super().data_received(data)
        if not self._in_head:
            self._received = 0
        elif self._received > MOST_OF_A_HEAD:
            self._refuse()
        elif self._timer is None:
            self._wait_for_head()

    def on_message_begin(self) -> None:
        """The parser has read the first byte of a head."""
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The parser has read a whole head."""
        self._in_head = False
        self._stop_waiting()
        if self.parser.get_http_version() not in VERSIONS:  # the parser takes a line without one for HTTP/0.9
            raise ValueError("another version of HTTP")
        if self._received > MOST_OF_A_HEAD and self._length() > MOST_OF_A_HEAD:
            self._refuse()
            raise ValueError("the head is too long")  # and nothing more is parsed
        self._asks_for_upgrade = self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT"
        if not self._asks_for_upgrade:
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The parser has read a whole request; of one for an upgrade only the head."""
        if not self._asks_for_upgrade:
            super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Uvicorn's own refusal, unless there was one already."""
        if not self.transport.is_closing():
            super().send_400_response(msg)

    def _read_on(self, rest: bytes) -> None:
        """Nobody offers an upgrade: parse the same request anew as one that asks for none, and what follows it."""
        if not self._asks_for_upgrade:
            return  # CONNECT, of which nothing follows that is HTTP
        head = head_again(self.parser.get_method(), self.url, self.parser.get_http_version(), self.headers)
        self.parser = WholeParser(self, self._read_on)
        self.parser.feed_data(head + rest)

    def _length(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + len(": \r\n") for name, value in self.headers)

    def _wait_for_head(self) -> None:
        self._timer = self.loop.call_later(HEAD_S, self.timeout_keep_alive_handler)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(TOO_LONG)
            self.transport.close()
