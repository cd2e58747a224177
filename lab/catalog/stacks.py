"""Compose files and what describes them → stacks.

One loader for all: a stack is a Compose file with an `x-lab`, or a project with a `lab.yaml` beside its Compose files,
or both, of which `lab.yaml` wins key by key. Every Compose file of the lab's own folder that has an `x-lab` is one; the
others are shared parts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from lab.catalog import extends, yamlfile
from lab.catalog import settings as number_settings
from lab.catalog.extends import Settings
from lab.catalog.stackfile import StackLab
from lab.catalog.yamlfile import Document, KeyPath, YamlFiles
from lab.errors import meant, nearest
from lab.folders import CONTRACT
from lab.model import Entry, Pins, Stack, Workload

X_LAB = "x-lab"
PINS: tuple[Pins, ...] = ("seed", "current")
"""What the images of a stack of the lab's can hold, where it does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What describes a stack, and where each key of it stands."""

    compose: Document
    own: Document | None = None
    """The `lab.yaml`."""

    @property
    def data(self) -> Any:
        """All keys; those of `lab.yaml` hide those of the `x-lab`."""
        below = self.compose.data.get(X_LAB, {})
        if self.own is None:
            return below
        return {**(below if isinstance(below, dict) else {}), **self.own.data}

    def mistake(self, key: KeyPath, message: str) -> str:
        """`file:line: key: message`, in the file that holds the key."""
        if self.own is not None and (not key or key[0] in self.own.data or X_LAB not in self.compose.data):
            return self.own.mistake(key, message)
        return self.compose.mistake((X_LAB, *key), message)

    def examine(self) -> tuple[StackLab | None, list[str]]:
        """Check all keys; returns them or None, and all mistakes."""
        lab, found = yamlfile.examine(StackLab, self.data)
        return lab, [self.mistake(key, message) for key, message in found]


def load(folder: Path, *, workloads: Mapping[str, Workload], reading: YamlFiles) -> tuple[dict[str, Stack], list[str]]:
    """All stacks of a folder by name, and the mistakes found on the way."""
    stacks: dict[str, Stack] = {}
    mistakes: list[str] = []
    for document, unreadable in reading.folder(folder):
        mistakes += unreadable
        if X_LAB not in document.data:
            continue
        described = Described(compose=document)
        lab, found = described.examine()
        settings = extends.settings_read(document, reading=reading)
        found += settings.mistakes
        if lab is not None:
            found += _misnamed(document)
            found += inconsistencies(
                described, lab, workloads=workloads, settings=settings, services=extends.services(document).keys()
            )
        if lab is not None and settings.whole:
            stacks[document.path.stem] = stack(document.path.stem, document.path, lab, settings.names, document.data)
        mistakes += found
    return stacks, [*dict.fromkeys(mistakes)]


def names(folder: Path, *, reading: YamlFiles) -> frozenset[str]:
    """The stacks that a folder means to hold, right or wrong."""
    # A file that is not YAML may well mean to be one.
    return frozenset(
        document.path.stem for document, mistakes in reading.folder(folder) if X_LAB in document.data or mistakes
    )


def _misnamed(document: Document) -> Iterator[str]:
    if document.data.get("name") != document.path.stem:
        yield document.mistake(("name",), f"must be the file's name, {document.path.stem!r}")


def inconsistencies(
    described: Described,
    lab: StackLab,
    *,
    workloads: Mapping[str, Workload],
    settings: Settings,
    services: AbstractSet[str],
) -> Iterator[str]:
    """What a schema cannot see: names that must agree with each other and with the rest of the file.

    Where there are no workloads, the contract could not be read, and nothing is said of them.
    """
    yield from _wrong_services(described, lab, services)
    for index, name in enumerate(lab.workloads if workloads else ()):
        if name not in workloads:
            yield described.mistake(("workloads", index), _no_workload(name, own=own_names(lab), known=workloads))
    yield from _wrong_variants(described, lab, workloads, settings)
    yield from _wrong_factors(described, lab, "slots", lab.slots)
    yield from _wrong_factors(described, lab, "processes", lab.processes)


def own_names(lab: StackLab) -> tuple[str, ...]:
    """The workloads that a description holds itself."""
    return (*lab.requests, *lab.scripts)


def _no_workload(name: str, *, own: Sequence[str], known: Iterable[str]) -> str:
    """That there is no such workload, and which was probably meant: first those that the description itself has."""
    others = set(known) - set(own)
    if not own:
        return f"there is no workload {name!r} in {CONTRACT}, nor in `requests`{meant(name, others)}"
    listed = ", ".join(sorted(own, key=lambda one: -SequenceMatcher(None, name, one).ratio()))
    here = f"there is no workload {name!r} in `requests` or `scripts`, which have {listed}"
    if nearest(name, own):
        return f"{here}{meant(name, own)}"
    return f"{here}; nor in the lab's own contract ({CONTRACT}){meant(name, others)}"


def _wrong_variants(
    described: Described, lab: StackLab, workloads: Mapping[str, Workload], settings: Settings
) -> Iterator[str]:
    counts = number_settings.counts((lab.slots, lab.processes))
    for variant, environment in lab.variants.items():
        names = sorted(environment.keys() - settings.names) if settings.whole else ()
        unread = {
            name: "is not read by this file as ${" + name + "}" + meant(name, settings.names - environment.keys())
            for name in names
        }
        wrong = number_settings.wrong(environment, counts=counts, workloads=workloads)
        for name, message in (*unread.items(), *wrong):
            yield described.mistake(("variants", variant, name), message)


def _wrong_services(described: Described, lab: StackLab, services: AbstractSet[str]) -> Iterator[str]:
    if lab.entry.service not in services:
        said = f"{lab.entry.service!r} is not a service{meant(lab.entry.service, services)}"
        yield described.mistake(("entry", "service"), said)
    yield from _wrong_jobs(described, lab, services)
    long_running = services - set(lab.jobs)
    for key, names in (("tiers", lab.tiers.keys()), ("memory", lab.memory.keys())):
        wrong, lacking = names - long_running, long_running - names
        for name in sorted(wrong):
            message = "is one of the jobs" if name in lab.jobs else "is not a service of this file"
            yield described.mistake((key, name), message + meant(name, lacking))
        told = {nearest(name, lacking) for name in wrong}
        yield from (described.mistake((key,), f"lacks the service {name!r}") for name in sorted(lacking - told))


def _wrong_jobs(described: Described, lab: StackLab, services: AbstractSet[str]) -> Iterator[str]:
    for index, name in enumerate(lab.jobs):
        if name not in services:
            said = f"{name!r} is not a service of this file{meant(name, services - lab.tiers.keys())}"
            yield described.mistake(("jobs", index), said)
    if lab.entry.service in lab.jobs:
        yield described.mistake(("entry", "service"), f"{lab.entry.service!r} is a job: it ends")


def _wrong_factors(described: Described, lab: StackLab, key: str, factors: Mapping[str, list[str]]) -> Iterator[str]:
    for variant, names in factors.items():
        if variant not in lab.variants:
            yield described.mistake((key, variant), f"is not a variant of this file{meant(variant, lab.variants)}")
            continue
        for index, factor in enumerate(names):
            if not factor.isdigit() and factor not in lab.variants[variant]:
                message = f"{factor!r} is neither a number nor a setting of the variant"
                near = meant(factor, lab.variants[variant])
                yield described.mistake((key, variant, index), message + near)


def stack(name: str, path: Path, lab: StackLab, settings: frozenset[str], compose: Mapping[str, Any]) -> Stack:
    """The stack that a Compose file and its description are."""
    return Stack(
        name=name,
        title=lab.title,
        path=path,
        entry=Entry(service=lab.entry.service, port=lab.entry.port, scheme=lab.entry.scheme),
        tiers=lab.tiers,
        workloads=tuple(lab.workloads),
        memory=lab.memory,
        variants=lab.variants,
        slots={variant: tuple(factors) for variant, factors in lab.slots.items()},
        processes={variant: tuple(factors) for variant, factors in lab.processes.items()},
        settings=settings,
        networks=tuple(sorted(set(compose.get("networks") or {}) - {"default"})),
        jobs=tuple(lab.jobs),
        pins=tuple(lab.pins or PINS),
        volumes=tuple(sorted(compose.get("volumes") or {})),
        start_within_s=lab.start_within_s,
        warmup_s=lab.warmup_s,
        pausable=lab.pausable,
    )
