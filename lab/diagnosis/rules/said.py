"""Limits that show nowhere but in what a tier itself writes to its log."""

from collections.abc import Iterator

from lab.diagnosis.finding import Cause, Clue
from lab.figures.numbers import count_text
from lab.model.evidence import Evidence


def connections(observed: Evidence) -> Iterator[Clue]:
    """Nginx holds as many connections as it may, those to the tier behind it among them, and drops what comes."""
    yield from _said(observed, "nginx-connections", "connections")


def proxy_limit(observed: Evidence) -> Iterator[Clue]:
    """Nginx turns requests away that are more than it is told to pass on: `limit_req`, `limit_conn`, `max_conns`."""
    yield from _said(observed, "nginx-limit", "proxy-limit")


def worker_timeout(observed: Evidence) -> Iterator[Clue]:
    """Gunicorn kills a worker that is in a request for too long, and with it whoever else it served."""
    yield from _said(observed, "worker-timeout", "worker-timeout")


def _said(observed: Evidence, about: str, cause: Cause) -> Iterator[Clue]:
    for tier, lines in observed.said.items():
        for said in lines:
            if said.about == about:
                evidence = f"{tier} wrote {count_text(said.count, 'time')}: “{said.line}”."
                yield Clue(cause=cause, tier=tier, since_s=said.first_s, evidence=(evidence,))
