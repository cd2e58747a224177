"""`compose/*.yaml` → stacks: every Compose file with an `x-lab` is one; the others are shared parts."""

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from lab.catalog import extends, yamlfile
from lab.catalog import settings as number_settings
from lab.catalog.yamlfile import Document, Strict, YamlFiles
from lab.model import Entry, Pins, Scheme, Stack, Workload

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")


def _environment_value(value: object) -> object:
    """YAML numbers and booleans as a shell would see them."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _check_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} must be lower-case letters, digits and dashes")
    return name


Name = Annotated[str, AfterValidator(_check_name)]
Text = Annotated[str, BeforeValidator(_environment_value)]


class EntryLab(Strict):
    """The service and the port, inside the network, that answer requests."""

    service: str
    port: int = Field(gt=0, lt=65536)
    scheme: Scheme = Field(default="http", description="https: with a certificate that is not checked.")


class StackLab(Strict):
    """The `x-lab` of a Compose file: what the lab must know of a stack that Compose does not say."""

    title: str = Field(min_length=1, description="For people: the tiers from the client inwards.")
    entry: EntryLab
    tiers: dict[str, str] = Field(min_length=1, description="Service → what it is, from the client inwards.")
    jobs: list[str] = Field(default=[], description="Services that do one thing and end; they are no tiers.")
    workloads: list[str] = Field(min_length=1, description="Workloads of stacks/openapi.yaml.")
    memory: dict[str, Annotated[int, Field(gt=0)]] = Field(description="Tier → share of the budget.")
    pins: list[Pins] = Field(default=["seed", "current"], min_length=1, description="What its images can hold.")
    variants: dict[Name, dict[str, Text]] = Field(default={"default": {}}, min_length=1)
    slots: dict[str, list[Text]] = Field(
        default={}, description="Variant → factors whose product is the requests in service at once."
    )
    processes: dict[str, list[Text]] = Field(
        default={}, description="Variant → factors whose product is the cores that the application can use."
    )


def schema() -> dict[str, Any]:
    """The JSON Schema of a stack's Compose file, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A stack of the lab",
        "type": "object",
        "required": ["name", "x-lab", "services"],
        "properties": {"x-lab": {"$ref": "#/$defs/StackLab"}},
        "$defs": {"StackLab": StackLab.model_json_schema(), **StackLab.model_json_schema().get("$defs", {})},
    }


def load(folder: Path, *, workloads: Mapping[str, Workload], reading: YamlFiles) -> tuple[dict[str, Stack], list[str]]:
    """All stacks of a folder by name, and the mistakes found on the way."""
    stacks: dict[str, Stack] = {}
    mistakes: list[str] = []
    for document, unreadable in reading.folder(folder):
        mistakes += unreadable
        if "x-lab" not in document.data:
            continue
        described, found = yamlfile.validate(StackLab, document, at=("x-lab",))
        settings, missing = extends.settings_read(document, reading=reading)
        found += missing
        if described is not None:
            found += _inconsistencies(document, described, workloads=workloads, settings=settings)
            stacks[document.path.stem] = _stack(document, described, settings)
        mistakes += found
    return stacks, mistakes


def names(folder: Path, *, reading: YamlFiles) -> frozenset[str]:
    """The stacks that a folder means to hold, right or wrong."""
    # A file that is not YAML may well mean to be one.
    return frozenset(
        document.path.stem for document, mistakes in reading.folder(folder) if "x-lab" in document.data or mistakes
    )


def _inconsistencies(
    document: Document, lab: StackLab, *, workloads: Mapping[str, Workload], settings: frozenset[str]
) -> Iterator[str]:
    """What a schema cannot see: names that must agree with each other and with the rest of the file."""
    if document.data.get("name") != document.path.stem:
        yield document.mistake(("name",), f"must be the file's name, {document.path.stem!r}")
    yield from _wrong_services(document, lab)
    for index, name in enumerate(lab.workloads):
        if name not in workloads:
            message = f"there is no workload {name!r} in stacks/openapi.yaml"
            yield document.mistake(("x-lab", "workloads", index), message)
    yield from _wrong_variants(document, lab, workloads, settings)
    yield from _wrong_factors(document, lab, "slots", lab.slots)
    yield from _wrong_factors(document, lab, "processes", lab.processes)


def _wrong_variants(
    document: Document, lab: StackLab, workloads: Mapping[str, Workload], settings: frozenset[str]
) -> Iterator[str]:
    counts = number_settings.counts((lab.slots, lab.processes))
    for variant, environment in lab.variants.items():
        unread = {name: "is not read by this file as ${" + name + "}" for name in sorted(environment.keys() - settings)}
        wrong = number_settings.wrong(environment, counts=counts, workloads=workloads)
        for name, message in (*unread.items(), *wrong):
            yield document.mistake(("x-lab", "variants", variant, name), message)


def _wrong_services(document: Document, lab: StackLab) -> Iterator[str]:
    services = extends.services(document).keys()
    if lab.entry.service not in services:
        yield document.mistake(("x-lab", "entry", "service"), f"{lab.entry.service!r} is not a service")
    yield from _wrong_jobs(document, lab, services)
    long_running = services - set(lab.jobs)
    for key, names in (("tiers", lab.tiers.keys()), ("memory", lab.memory.keys())):
        for name in sorted(names - long_running):
            message = "is one of the jobs" if name in lab.jobs else "is not a service of this file"
            yield document.mistake(("x-lab", key, name), message)
        yield from (
            document.mistake(("x-lab", key), f"lacks the service {name!r}") for name in sorted(long_running - names)
        )


def _wrong_jobs(document: Document, lab: StackLab, services: AbstractSet[str]) -> Iterator[str]:
    for index, name in enumerate(lab.jobs):
        if name not in services:
            yield document.mistake(("x-lab", "jobs", index), f"{name!r} is not a service of this file")
    if lab.entry.service in lab.jobs:
        yield document.mistake(("x-lab", "entry", "service"), f"{lab.entry.service!r} is a job: it ends")


def _wrong_factors(document: Document, lab: StackLab, key: str, factors: Mapping[str, list[str]]) -> Iterator[str]:
    for variant, names in factors.items():
        if variant not in lab.variants:
            yield document.mistake(("x-lab", key, variant), "is not a variant of this file")
            continue
        for index, factor in enumerate(names):
            if not factor.isdigit() and factor not in lab.variants[variant]:
                message = f"{factor!r} is neither a number nor a setting of the variant"
                yield document.mistake(("x-lab", key, variant, index), message)


def _stack(document: Document, lab: StackLab, settings: frozenset[str]) -> Stack:
    return Stack(
        name=document.path.stem,
        title=lab.title,
        path=document.path,
        entry=Entry(service=lab.entry.service, port=lab.entry.port, scheme=lab.entry.scheme),
        tiers=lab.tiers,
        workloads=tuple(lab.workloads),
        memory=lab.memory,
        variants=lab.variants,
        slots={variant: tuple(factors) for variant, factors in lab.slots.items()},
        processes={variant: tuple(factors) for variant, factors in lab.processes.items()},
        settings=settings,
        networks=tuple(sorted(set(document.data.get("networks") or {}) - {"default"})),
        jobs=tuple(lab.jobs),
        pins=tuple(lab.pins),
        volumes=tuple(sorted(document.data.get("volumes") or {})),
    )
