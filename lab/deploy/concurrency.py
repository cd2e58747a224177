"""Pure: how many requests Gunicorn has in service at once, as a Compose file and a Dockerfile start it.

Only what these say is told: other servers have no such number, or one that only the application's code sets.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WORKERS = re.compile(r"(?:--workers|\s-w|\bworkers)[ =]+(\S+)")
THREADS = re.compile(r"(?:--threads|\bthreads)[ =]+(\S+)")
CLASS = re.compile(r"(?:--worker-class|\s-k|\bworker_class)[ =]+(\S+)")
BY_SLOTS = frozenset({"sync", "gthread"})
"""Gunicorn's kinds of workers that have one request for each worker or thread; others have no limit of that kind."""
_NAME = re.compile(r"\$\{?(\w+)(?::?-(\w*))?\}?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Multiplier:
    """A number that others are multiplied with."""

    value: str
    setting: str = ""
    """The name that the Compose file reads for it; empty where it is written there as it is."""

    @property
    def text(self) -> str:
        """As `slots` and `processes` of a `lab.yaml` name it."""
        return self.setting or self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Concurrency:
    """What goes side by side in a service: the products of factors."""

    service: str
    slots: tuple[Multiplier, ...] | None
    """Of requests in service at once; None where the kind of worker sets no limit."""
    processes: tuple[Multiplier, ...]
    """Of processes, each of which computes on one core at a time."""

    @property
    def settings(self) -> dict[str, str]:
        """The names that the Compose file reads for these, with their values."""
        return {one.setting: one.value for one in (*(self.slots or ()), *self.processes) if one.setting}


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """How a service is started: as words, and the environment of its container."""

    words: str
    environment: Mapping[str, Any]


def of_gunicorn(service: str, told: Started, written: Started, *, copies: int) -> Concurrency | None:
    """What Gunicorn is told on its command line or in its file of settings; None where that is no plain number.

    `told` has the values, `written` the same with each `${NAME}` as the Compose file has it.
    """
    workers = _option(WORKERS, told, written) or _variable("WEB_CONCURRENCY", told, written, otherwise="1")
    threads = _option(THREADS, told, written) or Multiplier(value="1")
    if not all(one.value.isdigit() and int(one.value) for one in (workers, threads)):
        return None
    kind = CLASS.search(told.words)
    processes = (Multiplier(value=str(copies)), workers)
    slots = _plain(*processes, threads) if kind is None or kind[1] in BY_SLOTS else None
    return Concurrency(service=service, slots=slots, processes=_plain(*processes))


def _option(pattern: re.Pattern[str], told: Started, written: Started) -> Multiplier | None:
    """What follows an option: a number, or a variable of the container; None where the option is not there."""
    found, as_written = pattern.search(told.words), pattern.search(written.words)
    if found is None:
        return None
    if variable := _NAME.fullmatch(found[1]):
        return _variable(variable[1], told, written, otherwise=variable[2] or "")
    name = _NAME.fullmatch(as_written[1]) if as_written else None
    return Multiplier(value=found[1], setting=name[1] if name else "")


def _variable(name: str, told: Started, written: Started, *, otherwise: str) -> Multiplier:
    """The value of a variable of the container, and the name that the Compose file reads for it."""
    setting = _NAME.fullmatch(str(written.environment.get(name) or ""))
    return Multiplier(value=str(told.environment.get(name) or otherwise), setting=setting[1] if setting else "")


def _plain(*factors: Multiplier) -> tuple[Multiplier, ...]:
    """Factors without numbers that change nothing."""
    return tuple(one for one in factors if one.text != "1") or factors[:1]
