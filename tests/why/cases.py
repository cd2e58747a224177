"""What provokes each cause: a variant of tests/why/stacks, the rate that is too much for it, and what must be named."""

from dataclasses import dataclass, field
from typing import Any

from lab.diagnosis.finding import Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    target: str
    rate: int
    cause: Cause | None
    """None: nothing may be said to have given way."""
    tier: str = ""
    duration_s: int = 3
    timeout_s: int = 4
    options: tuple[str, ...] = field(default=())

    @property
    def arguments(self) -> tuple[str, ...]:
        """Of `lab why`."""
        how = (f"--rate={self.rate}", f"--duration={self.duration_s}", f"--timeout={self.timeout_s}")
        return (self.target, *how, *self.options)


CASES = (
    Case(target="why-app@healthy", rate=40, cause=None),
    Case(target="why-proxied@healthy", rate=40, cause=None),
    Case(target="why-chain@healthy", rate=30, cause=None),
    Case(target="why-app@long-at-times", rate=15, cause=None),
    Case(target="why-stored@healthy", rate=40, cause=None),
    Case(target="why-app@slots", rate=60, cause="slots", tier="app"),
    Case(target="why-proxied@slots", rate=60, cause="slots", tier="app"),
    Case(target="why-chain@single-threaded", rate=60, cause="slots", tier="db", timeout_s=2),
    Case(target="why-app@blocking", rate=40, cause="blocking-async", tier="app"),
    Case(target="why-chain@gevent", rate=40, cause="blocking-gevent", tier="app"),
    Case(target="why-chain@pool", rate=60, cause="pool", tier="app"),
    Case(target="why-chain@reconnects", rate=100, cause="reconnects", tier="app"),
    Case(target="why-app@cpu", rate=60, cause="cpu", tier="app"),
    Case(target="why-chain@cpu-behind", rate=60, cause="cpu", tier="db"),
    Case(target="why-app@locked", rate=60, cause="lock", tier="app"),
    Case(target="why-proxied@locked", rate=60, cause="lock", tier="app"),
    Case(target="why-proxied@locked-anew", rate=60, cause="lock", tier="app"),
    Case(target="why-app@contended", rate=60, cause="contention", tier="app"),
    Case(target="why-app@taking-turns", rate=120, cause="cpu", tier="app"),
    Case(target="why-proxied@connections", rate=60, cause="connections", tier="nginx"),
    Case(target="why-proxied@limited", rate=40, cause="configured-limit", tier="nginx"),
    Case(target="why-proxied@delayed", rate=40, cause="configured-limit", tier="nginx"),
    Case(target="why-proxied@recycled", rate=30, cause="restarts", tier="app", duration_s=5),
    Case(target="why-proxied@worker-timeout", rate=40, cause="worker-timeout", tier="app", duration_s=5),
    Case(target="why-app@throttled", rate=60, cause="throttling", tier="app"),
    Case(target="why-app@memory", rate=60, cause="memory", tier="app", options=("--memory=64m",)),
    Case(target="why-app@files", rate=100, cause="files", tier="app"),
    Case(target="why-proxied@ports", rate=200, cause="ports", tier="nginx"),
    Case(target="why-proxied@keep-alive", rate=20, cause="keep-alive", tier="app"),
    Case(target="why-stored@max-connections", rate=60, cause="max-connections", tier="postgres"),
    Case(target="why-proxied@refused", rate=40, cause="refused", tier="app"),
    Case(target="why-proxied@accept-queue", rate=80, cause="accept-queue", tier="app"),
    Case(target="why-proxied@time-out", rate=20, cause="time-out", tier="nginx", duration_s=5),
    Case(target="why-proxied@time-out-anew", rate=8, cause="time-out", tier="nginx", duration_s=5),
)
"""The load itself is provoked by another load container, which `test_load` makes."""


def named(told: dict[str, Any]) -> tuple[str | None, str]:
    """Cause and tier that `lab why --json` names; `undecided` is a cause that no case has."""
    if told["outcome"] == "undecided":
        return "undecided", ""
    return (told["first"]["cause"], told["first"]["tier"]) if told["first"] else (None, "")
