"""The clocks of cores and of what runs on them, set by hand."""

from dataclasses import dataclass

import pytest

from lab.host import cgroups
from lab.host.cgroups import Counted


@dataclass
class FakeGroup:
    """A control group that is told what it has used."""

    used_ns: int = 0
    threads: tuple[tuple[int, int], ...] = ()

    def cpu_ns(self) -> int:
        return self.used_ns

    def read(self) -> Counted:
        return Counted(cpu_ns=self.used_ns)

    def running_ns(self) -> dict[int, int]:
        return dict(self.threads)


class Clocks:
    """The monotonic clock and that of the cores, set by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at_s = 100.0
        self.busy_ns: int | None = 10**9
        monkeypatch.setattr("time.monotonic", lambda: self.at_s)
        monkeypatch.setattr("time.sleep", self.pass_by)
        monkeypatch.setattr(cgroups, "busy_ns", lambda _cpus: self.busy_ns)

    def pass_by(self, seconds: float) -> None:
        self.at_s += seconds
