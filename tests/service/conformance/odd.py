"""Odd requests from a seeded generator, as bytes, and what is compared of their answers."""

import json
import random
import socket
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from pathlib import Path

ANSWER_WITHIN_S = 120
WORDS = json.loads(Path(__file__).with_name("odd.json").read_text())
"""What requests are put together from; what is there twice comes twice as often."""
LONG = '{"a":"' + "x" * 17_000 + '"}'
LIKELY = {"Authorization": 0.8, "Content-Type": 0.8, "Idempotency-Key": 0.5, "Expect": 0.01}
TWICE = 0.15
UNKNOWN = frozenset({"BREW", "BREW-2", "get"})
"""Methods of WORDS that HTTP does not define. PROPFIND is WebDAV's, and every server knows it."""
NO_PATH = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.REQUEST_URI_TOO_LONG})
CONNECTIONS = (*7 * ("close",), "close, Upgrade", "Upgrade, close", "close, Upgrade, HTTP2-Settings")
FRAMINGS = ("length", "length", "length", "chunked", "chunks", "trailer", "none")


@dataclass(frozen=True, slots=True)
class Odd:
    """A request that is as odd as it may be and still one."""

    method: str
    sent: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What must be the same of all answers to a request."""

    status: int
    headers: tuple[tuple[str, str | None], ...]
    problem: bytes

    @property
    def is_the_server_s(self) -> bool:
        """Whether it is a refusal of which the service knows nothing."""
        return self.status == HTTPStatus.BAD_REQUEST and not self.problem


def requests(seed: int, count: int, tokens: Mapping[str, str]) -> Iterator[Odd]:
    """So many requests, the same for a seed; `tokens` are those of an admin and a user."""
    choice = random.Random(seed)  # noqa: S311 - no secret
    for number in range(count):
        method = choice.choice(WORDS["methods"])
        target = choice.choice(WORDS["paths"]).replace("{id}", choice.choice(WORDS["ids"])) + choice.choice(
            WORDS["queries"]
        )
        version = choice.choice(9 * ["HTTP/1.1"] + ["HTTP/1.0"])
        lines = [f"{method} {target} {version}", "Host: service", f"Connection: {choice.choice(CONNECTIONS)}"]
        for name, values in WORDS["headers"].items():
            if choice.random() < LIKELY.get(name, 0.2):
                twice = choice.random() < TWICE
                lines += [f"{name}: {choice.choice(values)}" for _ in range(1 + twice)]
        has_body = method in {"POST", "PUT"} or choice.random() < TWICE
        body = choice.choice([*WORDS["bodies"], LONG]).encode() if has_body else b""
        framed, headers = _framed(body, choice, chunks=version == "HTTP/1.1")
        head = "\r\n".join([*lines, *headers]) + "\r\n\r\n"
        for name, value in {**tokens, "key": f"odd-{seed}-{number}"}.items():
            head = head.replace(f"{{{name}}}", value)
        yield Odd(method, head.encode() + framed)


def _framed(body: bytes, choice: random.Random, *, chunks: bool) -> tuple[bytes, list[str]]:
    """The body as it is sent, and the headers that say how long it is."""
    framing = choice.choice(FRAMINGS if chunks else ("length", "none"))
    if framing == "none" and not body:
        return b"", []
    if framing in {"length", "none"}:
        return body, [f"Content-Length: {len(body)}"]
    cut = choice.randint(0, len(body)) if framing == "chunks" else len(body)
    parts = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:cut], body[cut:]) if part)
    end = b"0\r\nX-Trailer: x\r\n\r\n" if framing == "trailer" else b"0\r\n\r\n"
    return parts + end, ["Transfer-Encoding: chunked"]


def answered(address: tuple[str, int], odd: Odd) -> Answer | str:
    """The answer to a request on a connection of its own, or why there is none."""
    with socket.create_connection(address, timeout=ANSWER_WITHIN_S) as connection:
        try:
            connection.sendall(odd.sent)
            response = HTTPResponse(connection, method=odd.method)
            response.begin()
            body = response.read()
        except (OSError, HTTPException) as error:
            return type(error).__name__
    kind = response.getheader("Content-Type")
    if response.status == HTTPStatus.BAD_REQUEST and kind != "application/problem+json":
        return Answer(response.status, (), b"")
    headers = tuple((name, response.getheader(name)) for name in ("Content-Type", "Allow", "WWW-Authenticate", "Vary"))
    return Answer(response.status, headers, body if kind == "application/problem+json" else b"")


def are_the_same(odd: Odd, answers: Collection[Answer | str]) -> bool:
    """Whether all answers are. Where a server itself refuses what is no HTTP, only that all refuse it is compared.

    A method that no standard defines is no mistake in HTTP. Some servers refuse it themselves, the others hand it on:
    then no path may have it, and those who were asked say so alike.
    """
    statuses = {getattr(answer, "status", None) for answer in answers}
    asked = {answer for answer in answers if not (isinstance(answer, Answer) and answer.is_the_server_s)}
    if len(asked) == len(set(answers)):
        return len(asked) == 1
    if odd.method in UNKNOWN and statuses != {400}:
        return len(asked) == 1 and statuses <= {400, *NO_PATH}
    return statuses == {400}
