"""What a tier wrote to its log of a limit that shows nowhere else."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from docker.errors import APIError, NotFound
from docker.models.containers import Container

from lab.engine.client import in_words
from lab.model.evidence import Said

ABOUT = {
    "nginx-connections": re.compile(r"\d+ worker_connections are not enough"),
    "worker-timeout": re.compile(r"WORKER TIMEOUT \(pid:\s*\d+\)"),
}
"""What a line tells → what stands in it, as Nginx and Gunicorn write it."""
_STAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,6})?\d*(Z|[+-]\d\d:\d\d) (.*)")
"""Before each line that the engine keeps: RFC 3339, with nanoseconds."""


@in_words()
def read(container: Container, *, since: float) -> tuple[Said, ...] | None:
    """The limits that a container told of from a moment on (seconds since 1970); None if the engine kept no log.

    Raises EngineUnavailable.
    """
    try:
        return tuple(told(_lines(container.logs(stream=True, follow=False, timestamps=True, since=since)), since=since))
    except NotFound:
        return ()
    except APIError:  # a log driver that cannot be read
        return None


def told(lines: Iterable[str], *, since: float) -> Iterator[Said]:
    """Lines of a log with their stamps → of each kind the first, and how many there are."""
    found: dict[str, list[tuple[float, str]]] = {}
    for line in lines:
        for about, pattern in ABOUT.items():
            if (stamped := _STAMP.match(line)) and (match := pattern.search(stamped[4])):
                found.setdefault(about, []).append((_seconds(stamped) - since, match[0]))
    for about, ones in found.items():
        first_s, words = ones[0]
        yield Said(about=about, line=words, count=len(ones), first_s=max(first_s, 0.0))


def _seconds(stamped: re.Match[str]) -> float:
    return datetime.fromisoformat(stamped[1] + (stamped[2] or "") + stamped[3].replace("Z", "+00:00")).timestamp()


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Whole lines, however the engine cut them."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line.decode(errors="replace") for line in whole)
    if rest:
        yield rest.decode(errors="replace")
