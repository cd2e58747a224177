"""`experiments/*.yaml` → tables: published benchmarks held as data, one row a system."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from lab.catalog import yamlfile
from lab.catalog.settings import wrong_for
from lab.catalog.stacks import Text
from lab.catalog.yamlfile import Document, KeyPath
from lab.model import Load, Pins, Published, Row, Stack, Table, Workload


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LoadFile(_Strict):
    """The load of a table; a row may replace single values."""

    tool: Literal["wrk"] = "wrk"
    threads: int = Field(gt=0)
    connections: int = Field(gt=0)
    duration_s: float = Field(gt=0)


class RowLoadFile(_Strict):
    """What a row's load has of its own."""

    threads: int | None = Field(default=None, gt=0)
    connections: int | None = Field(default=None, gt=0)


class PublishedFile(_Strict):
    """The figures of a row as printed; the units are in the names."""

    total_requests: int | None = Field(default=None, ge=0)
    requests_per_second: float | None = Field(default=None, gt=0)
    mean_ms: float | None = Field(default=None, gt=0)
    max_ms: float | None = Field(default=None, gt=0)
    timeouts: int | None = Field(default=None, ge=0)
    memory_mb: float | None = Field(default=None, gt=0)


class RowFile(_Strict):
    """One row: an id, `stack` or `stack@variant`, and what differs from the table."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    stack: str
    workload: str | None = None
    settings: dict[str, Text] = {}
    load: RowLoadFile = RowLoadFile()
    published: PublishedFile | None = None
    same_as: str | None = Field(default=None, pattern=r"^[a-z0-9-]+/[a-z0-9-]+$")
    """`table/row` whose published figures are meant: figures stand in one file only."""
    note: str = ""


class TableFile(_Strict):
    """A file of `experiments/`."""

    title: str
    source: str
    pins: Pins = "seed"
    workload: str
    load: LoadFile
    published_duration_s: float = Field(gt=0)
    rows: Annotated[list[RowFile], BeforeValidator(lambda rows: rows or [])] = Field(min_length=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What rows may speak of."""

    stacks: Mapping[str, Stack]
    stack_names: frozenset[str]
    """Those that are broken included: their own files have been complained of."""
    workloads: Mapping[str, Workload]


def load(folder: Path, *, known: Known) -> tuple[dict[str, Table], list[str]]:
    """All tables of a folder by name, and the mistakes found on the way.

    Rows of a stack that is broken make no mistake here, but their tables are left out.
    """
    files: list[tuple[Document, TableFile]] = []
    mistakes: list[str] = []
    for path in sorted(folder.glob("*.yaml")):
        document, unreadable = yamlfile.read(path)
        described, found = yamlfile.validate(TableFile, document)
        mistakes += unreadable or found
        if described is not None:
            files.append((document, described))
    published = {f"{document.path.stem}/{row.id}": row.published for document, table in files for row in table.rows}
    for document, table in files:
        mistakes += _inconsistencies(document, table, known=known, published=published)
    sound = [] if mistakes else [file for file in files if all(_stack_of(row) in known.stacks for row in file[1].rows)]
    return {d.path.stem: _table(d.path.stem, table, known.stacks, published) for d, table in sound}, mistakes


def _stack_of(row: RowFile) -> str:
    return row.stack.partition("@")[0]


def _inconsistencies(
    document: Document, table: TableFile, *, known: Known, published: Mapping[str, PublishedFile | None]
) -> Iterator[str]:
    seen: set[str] = set()
    for index, row in enumerate(table.rows):
        at = ("rows", index)
        if row.id in seen:
            yield document.mistake((*at, "id"), f"{row.id!r} is the id of an earlier row")
        seen.add(row.id)
        if row.same_as and not published.get(row.same_as):
            yield document.mistake((*at, "same_as"), f"there are no published figures in {row.same_as!r}")
        if _stack_of(row) not in known.stack_names:
            yield document.mistake((*at, "stack"), f"there is no stack {_stack_of(row)!r} in compose/")
        elif _stack_of(row) in known.stacks:
            for key, message in _wrong_for_stack(row, table, known):
                yield document.mistake((*at, *key), message)


def _wrong_for_stack(row: RowFile, table: TableFile, known: Known) -> Iterator[tuple[KeyPath, str]]:
    """What a row asks of its stack that the stack does not have."""
    name, _, variant = row.stack.partition("@")
    stack = known.stacks[name]
    workload = row.workload or table.workload
    if variant and variant not in stack.variants:
        yield ("stack",), f"{name!r} has no variant {variant!r}"
    if workload not in stack.workloads:
        yield ("stack",), f"{name!r} does not offer the workload {workload!r}"
    for key in sorted(row.settings.keys() - stack.settings):
        yield ("settings", key), f"is not a setting of {name!r}"
    for key, message in wrong_for(stack, row.settings, workloads=known.workloads):
        yield ("settings", key), message


def _table(
    name: str, table: TableFile, stacks: Mapping[str, Stack], published: Mapping[str, PublishedFile | None]
) -> Table:
    return Table(
        name=name,
        title=table.title,
        source=table.source,
        pins=table.pins,
        published_duration_s=table.published_duration_s,
        rows=tuple(_row(row, table, stacks, row.published or published.get(row.same_as or "")) for row in table.rows),
    )


def _row(row: RowFile, table: TableFile, stacks: Mapping[str, Stack], published: PublishedFile | None) -> Row:
    stack, _, variant = row.stack.partition("@")
    return Row(
        id=row.id,
        stack=stack,
        variant=variant or stacks[stack].default_variant,
        settings=tuple(sorted(row.settings.items())),
        workload=row.workload or table.workload,
        load=Load(
            tool=table.load.tool,
            connections=row.load.connections or table.load.connections,
            threads=row.load.threads or table.load.threads,
            duration_s=table.load.duration_s,
        ),
        published=Published(**published.model_dump()) if published else None,
        note=row.note,
    )
