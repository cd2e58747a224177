"""`experiments/*.yaml` → tables: published benchmarks held as data, one row a system."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from lab.catalog import yamlfile
from lab.catalog.stacks import Text
from lab.catalog.yamlfile import Document
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


def load(
    folder: Path, *, stacks: Mapping[str, Stack], workloads: Mapping[str, Workload]
) -> tuple[dict[str, Table], list[str]]:
    """All tables of a folder by name, and the mistakes found on the way."""
    files: list[tuple[Document, TableFile]] = []
    mistakes: list[str] = []
    for path in sorted(folder.glob("*.yaml")):
        document, found = yamlfile.read(path)
        mistakes += found
        described, found = yamlfile.validate(TableFile, document) if document.data else (None, [])
        mistakes += found
        if described is not None:
            files.append((document, described))
    published = {f"{document.path.stem}/{row.id}": row.published for document, table in files for row in table.rows}
    for document, table in files:
        mistakes += _inconsistencies(document, table, stacks=stacks, workloads=workloads, published=published)
    if mistakes:
        return {}, mistakes
    return {d.path.stem: _table(d.path.stem, table, stacks, published) for d, table in files}, []


def _inconsistencies(
    document: Document,
    table: TableFile,
    *,
    stacks: Mapping[str, Stack],
    workloads: Mapping[str, Workload],
    published: Mapping[str, PublishedFile | None],
) -> list[str]:
    found = []
    seen: set[str] = set()
    for index, row in enumerate(table.rows):
        at = ("rows", index)
        if row.id in seen:
            found.append(document.mistake((*at, "id"), f"{row.id!r} is the id of an earlier row"))
        seen.add(row.id)
        name, _, variant = row.stack.partition("@")
        stack = stacks.get(name)
        workload = row.workload or table.workload
        if row.same_as and not published.get(row.same_as):
            found.append(document.mistake((*at, "same_as"), f"there are no published figures in {row.same_as!r}"))
        if stack is None:
            # A stack that is there but broken has been reported by its own file.
            if not (document.path.parents[1] / "compose" / f"{name}.yaml").is_file():
                found.append(document.mistake((*at, "stack"), f"there is no stack {name!r} in compose/"))
            continue
        if variant and variant not in stack.variants:
            found.append(document.mistake((*at, "stack"), f"{name!r} has no variant {variant!r}"))
        if workload not in workloads or workload not in stack.workloads:
            found.append(document.mistake((*at, "stack"), f"{name!r} does not offer the workload {workload!r}"))
        unknown = sorted(set(row.settings) - stack.settings)
        found += [document.mistake((*at, "settings", key), f"is not a setting of {name!r}") for key in unknown]
    return found


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
