"""Limits that show nowhere but in what a tier itself writes to its log."""

from collections.abc import Iterator, Mapping

from lab.diagnosis.finding import Cause, Clue
from lab.figures.numbers import count_text
from lab.model.evidence import Evidence

CAUSES: Mapping[str, Cause] = {
    # Nginx holds as many connections as it may, those to the tier behind it among them, and drops what comes.
    "nginx-connections": "connections",
    # Nginx turns requests away that are more than it may pass on: `limit_req`, `limit_conn`, `max_conns`; and Uvicorn
    # those that are more than its `--limit-concurrency`.
    "nginx-limit": "configured-limit",
    "uvicorn-limit": "configured-limit",
    # Postgres, or a pooler before it, has as many clients as it may, and refuses others.
    "database-clients": "max-connections",
    # Gunicorn kills a worker that is in a request for too long, and with it whoever else it served.
    "worker-timeout": "worker-timeout",
}
"""What a line tells → what gave way."""


def written(observed: Evidence) -> Iterator[Clue]:
    """A tier has written itself what it ran out of."""
    for tier, lines in observed.said.items():
        for said in lines:
            evidence = f"{tier} wrote {count_text(said.count, 'time')}: “{said.line}”."
            yield Clue(cause=CAUSES[said.about], tier=tier, since_s=said.first_s, evidence=(evidence,))
