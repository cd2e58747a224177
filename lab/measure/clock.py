"""Where a run's wall clock goes, phase by phase: the lab says how much of it was load being offered."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

PHASES = ("build", "start", "load", "settle", "stop")


class Clock:
    """Adds up the seconds spent in each phase; goes on from what an interrupted run had spent."""

    def __init__(self, spent: Mapping[str, float] | None = None) -> None:
        self._spent = dict.fromkeys(PHASES, 0.0) | dict(spent or {})
        self._began = time.monotonic() - self._spent.pop("total", 0.0)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count the block's time to a phase."""
        start = time.monotonic()
        try:
            yield
        finally:
            self._spent[name] += time.monotonic() - start

    def phases(self) -> dict[str, float]:
        """Seconds by phase so far, and in `total` what the wall clock says, gaps between phases included."""
        spent = {**self._spent, "total": time.monotonic() - self._began}
        return {phase: round(seconds, 3) for phase, seconds in spent.items()}
