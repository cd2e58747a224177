"""What a tier wrote to its log of a limit that shows nowhere else."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime

from docker.errors import APIError, NotFound
from docker.models.containers import Container

from lab.engine.client import in_words
from lab.measure.rig import whole_lines
from lab.model.evidence import Said

ABOUT = {
    "nginx-connections": re.compile(r"\d+ worker_connections are not enough"),
    "nginx-limit": re.compile(
        r"(?:limiting|delaying) requests, excess: [\d.]+ by zone \"[^\"]*\"|limiting connections by zone \"[^\"]*\""
        r"|no live upstreams while connecting to upstream"
    ),
    "uvicorn-limit": re.compile(r"Exceeded concurrency limit"),
    "database-clients": re.compile(
        r"too many clients already|too many connections for (?:role|database) \"[^\"]*\""
        r"|remaining connection slots are reserved|no more connections allowed"
    ),
    "worker-timeout": re.compile(r"WORKER TIMEOUT \(pid:\s*\d+\)"),
}
"""What a line tells → what stands in it, as Nginx, Uvicorn, Postgres, PgBouncer and Gunicorn write it."""


@in_words()
def read(container: Container, *, since: float) -> tuple[Said, ...] | None:
    """The limits that a container told of from a moment on (seconds since 1970); None if the engine kept no log.

    Raises EngineUnavailable.
    """
    try:
        chunks = container.logs(stream=True, follow=False, timestamps=True, since=since)
        return tuple(told(whole_lines(chunks), since=since))
    except NotFound:
        return ()
    except APIError:  # a log driver that cannot be read
        return None


def told(lines: Iterable[str], *, since: float) -> Iterator[Said]:
    """Lines of a log, each after the time at which the engine got it → of each kind the first, and how many."""
    found: dict[str, list[tuple[float, str]]] = {}
    for line in lines:
        heard, _, text = line.partition(" ")
        for about, pattern in ABOUT.items():
            if match := pattern.search(text):
                with suppress(ValueError):  # a line without a time
                    at_s = datetime.fromisoformat(heard).timestamp() - since
                    found.setdefault(about, []).append((at_s, match[0]))
    for about, ones in found.items():
        first_s, words = ones[0]
        yield Said(about=about, line=words, count=len(ones), first_s=max(first_s, 0.0))
