"""`experiments/*.yaml` → tables: published benchmarks held as data, one row a system.

All mistakes are told at once: what is right in a row is checked against the stacks even if the rest of it is wrong.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.catalog import yamlfile
from lab.catalog.settings import wrong_for
from lab.catalog.tablefile import TOOLS, CitationFile, HeadFile, LoadFile, PublishedFile, RowFile, TableFile
from lab.catalog.yamlfile import Document, KeyPath
from lab.model import Citation, Load, Published, Stack, Table, TableRow, Workload

DEFAULT_TOOL = "wrk"
UNKNOWN = "\0"
"""Stands for a text that the file lacks or has wrong, which has been complained of; no YAML file can say it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownNames:
    """What rows may speak of."""

    stacks: Mapping[str, Stack]
    stack_names: frozenset[str]
    """Those that are broken included: their own files have been complained of."""
    workloads: Mapping[str, Workload]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """What is sound of a file: enough to look for further mistakes, and all of it if there are none."""

    document: Document
    head: HeadFile
    rows: Mapping[int, RowFile]
    """By place in the file."""

    @property
    def name(self) -> str:
        return self.document.path.stem


def load(folder: Path, *, known: KnownNames) -> tuple[dict[str, Table], list[str]]:
    """All tables of a folder by name, and the mistakes found on the way.

    Rows of a stack that is broken make no mistake here, but their tables are left out.
    """
    drafts: list[_Draft] = []
    mistakes: list[str] = []
    for path in sorted(folder.glob("*.yaml")):
        document, misread = yamlfile.read(path)
        _, found = yamlfile.validate(TableFile, document)
        mistakes += [*misread, *found]
        drafts.append(_draft(document))
    published = {f"{draft.name}/{row.id}": row.published for draft in drafts for row in draft.rows.values()}
    unreadable = frozenset(draft.name for draft in drafts if not draft.document.data)
    for draft in drafts:
        mistakes += _inconsistencies(draft, known=known, published=published, unreadable=unreadable)
    sound = [] if mistakes else [d for d in drafts if all(_stack_of(row) in known.stacks for row in d.rows.values())]
    return {draft.name: _table(draft, known.stacks, published) for draft in sound}, mistakes


def _draft(document: Document) -> _Draft:
    head = yamlfile.sound_part(
        HeadFile,
        {key: value for key, value in document.data.items() if key != "rows"},
        stand_ins={"title": UNKNOWN, "source": {"title": UNKNOWN}, "workload": UNKNOWN},
    )
    found = {index: _sound_row(row) for index, row in _written(document).items()}
    return _Draft(
        document=document,
        head=head or HeadFile(title=UNKNOWN, source=CitationFile(title=UNKNOWN), workload=UNKNOWN),
        rows={index: row for index, row in found.items() if row},
    )


def _written(document: Document) -> dict[int, Mapping[str, Any]]:
    """The rows as they stand in the file, right or wrong, by place."""
    rows = document.data.get("rows")
    return {index: row for index, row in enumerate(rows if isinstance(rows, list) else ()) if isinstance(row, dict)}


def _sound_row(row: Mapping[str, Any]) -> RowFile | None:
    return yamlfile.sound_part(RowFile, row, stand_ins={"id": "x", "stack": UNKNOWN})


def _stack_of(row: RowFile) -> str:
    return row.stack.partition("@")[0]


def _inconsistencies(
    draft: _Draft, *, known: KnownNames, published: Mapping[str, PublishedFile | None], unreadable: frozenset[str]
) -> Iterator[str]:
    """What a schema cannot see: names that must agree with each other and with the stacks, and whole loads."""
    for key, message in (*_wrong_in_head(draft), *_wrong_ids(draft), *_wrong_kept(draft)):
        yield draft.document.mistake(key, message)
    written = _written(draft.document)
    for index, row in draft.rows.items():
        at = ("rows", index)
        if row.same_as and not published.get(row.same_as) and row.same_as.partition("/")[0] not in unreadable:
            yield draft.document.mistake((*at, "same_as"), f"there are no published figures in {row.same_as!r}")
        loads_are_sound = _is_sound(draft.document.data, draft.head.load) and _is_sound(written[index], row.load)
        loads = _wrong_load(row, draft.head) if loads_are_sound else ()
        for key, message in (*loads, *_wrong_stack(row, draft.head, known)):
            yield draft.document.mistake((*at, *key), message)


def _wrong_in_head(draft: _Draft) -> Iterator[tuple[KeyPath, str]]:
    head = draft.head
    yield from _foreign_keys(head.load, tool=head.load.tool or DEFAULT_TOOL)
    timed = any(TOOLS[_tool(row, head)].timed for row in draft.rows.values())
    stated = "published_duration_s" in draft.document.data
    if timed and not stated and head.origin == "published" and not head.footprint:
        yield ("published_duration_s",), "is missing: how long the source offered each load (or say origin: lab)"
    if head.published_ramp_s and not any("ramp_s" in TOOLS[_tool(row, head)].keys for row in draft.rows.values()):
        yield ("published_ramp_s",), "has no effect: no row adds its clients over a ramp"


def _wrong_kept(draft: _Draft) -> Iterator[tuple[KeyPath, str]]:
    """Rows that are kept have ids of their own; a table without any row is none."""
    kept = draft.head.kept
    if not kept and draft.document.data.get("rows", UNKNOWN) in (None, []):
        yield ("rows",), "must have at least one row, or kept must"
    earlier = {row.id for row in draft.rows.values()}
    for index, row in enumerate(kept):
        if row.id in earlier:
            yield ("kept", index, "id"), f"{row.id!r} is the id of an earlier row"
        earlier.add(row.id)


def _wrong_ids(draft: _Draft) -> Iterator[tuple[KeyPath, str]]:
    ids = {index: str(row["id"]) for index, row in _written(draft.document).items() if "id" in row}
    first = {identity: index for index, identity in reversed(ids.items())}
    for index, identity in ids.items():
        if first[identity] != index:
            yield ("rows", index, "id"), f"{identity!r} is the id of an earlier row"
    for key, other in _other_rows(draft):
        if other not in first:
            yield key, f"there is no row {other!r} in this table"
    for index, row in draft.rows.items():
        yield from ((("rows", index, key), "is this row itself") for key, other in _others_of(row) if other == row.id)
    yield from _unlike_their_reference(draft)


def _other_rows(draft: _Draft) -> Iterator[tuple[KeyPath, str]]:
    """Where a table or a row names another row, and which."""
    yield from (((key,), other) for key, other in _others_of(draft.head))
    for index, row in draft.rows.items():
        yield from ((("rows", index, key), other) for key, other in _others_of(row))


def _others_of(row: RowFile | HeadFile) -> Iterator[tuple[str, str]]:
    yield from ((key, other) for key, other in (("floor", row.floor), ("reference", row.reference)) if other)


def _unlike_their_reference(draft: _Draft) -> Iterator[tuple[KeyPath, str]]:
    """Rows that name one that is asked for something else, with which they cannot be measured side by side."""
    asked = {row.id: row.workload or draft.head.workload for row in draft.rows.values()}
    for index, row in draft.rows.items():
        its = asked.get(row.reference or "", asked[row.id])
        if its != asked[row.id]:
            yield ("rows", index, "reference"), f"is asked for {its}, and this row for {asked[row.id]}"


def _is_sound(described: Mapping[str, Any], load: LoadFile) -> bool:
    """Whether all that is written of a load was understood; else nothing can be said of what it lacks."""
    written = described.get("load", {})
    return isinstance(written, dict) and written.keys() == load.model_dump(exclude_none=True).keys()


def _tool(row: RowFile, head: HeadFile) -> str:
    return row.load.tool or head.load.tool or DEFAULT_TOOL


def _foreign_keys(load: LoadFile, *, tool: str) -> Iterator[tuple[KeyPath, str]]:
    for key in load.model_dump(exclude_none=True, exclude={"tool"}):
        if key not in TOOLS[tool].keys:
            yield ("load", key), f"does not belong to the tool {tool}, which takes {', '.join(TOOLS[tool].keys)}"


def _wrong_load(row: RowFile, head: HeadFile) -> Iterator[tuple[KeyPath, str]]:
    tool = _tool(row, head)
    yield from _foreign_keys(row.load, tool=tool)
    missing = [key for key in TOOLS[tool].keys if _load_value(row, head, key) is None]
    if missing:
        stand = "stands" if len(missing) == 1 else "stand"
        yield (), f"has no load: {' and '.join(missing)} {stand} neither here nor in the table's load"


def _load_value(row: RowFile, head: HeadFile, key: str) -> float | str | None:
    own = getattr(row.load, key)
    value: float | str | None = own if own is not None else getattr(head.load, key)
    return value


def _wrong_stack(row: RowFile, head: HeadFile, known: KnownNames) -> Iterator[tuple[KeyPath, str]]:
    """A stack that is not there, or what a row asks of its stack that the stack does not have."""
    name = _stack_of(row)
    if row.stack != UNKNOWN and name not in known.stack_names:
        yield ("stack",), f"there is no stack {name!r} in compose/"
    if name in known.stacks:
        yield from _wrong_for_stack(row, head, known.stacks[name], known.workloads)


def _wrong_for_stack(
    row: RowFile, head: HeadFile, stack: Stack, workloads: Mapping[str, Workload]
) -> Iterator[tuple[KeyPath, str]]:
    name, _, variant = row.stack.partition("@")
    tool = _tool(row, head)
    if stack.entry.scheme == "https" and not TOOLS[tool].tls:
        yield ("stack",), f"{name!r} speaks https, which the tool {tool} does not"
    workload = row.workload or head.workload
    if variant and variant not in stack.variants:
        yield ("stack",), f"{name!r} has no variant {variant!r}"
    if workload not in (UNKNOWN, *stack.workloads):
        yield ("stack",), f"{name!r} does not offer the workload {workload!r}"
    if head.pins not in stack.pins:
        yield ("stack",), f"{name!r} has no {head.pins} pins, which this table asks for"
    for key in sorted(row.settings.keys() - stack.settings):
        yield ("settings", key), f"is not a setting of {name!r}"
    for key, message in wrong_for(stack, row.settings, workloads=workloads):
        yield ("settings", key), message


def _table(draft: _Draft, stacks: Mapping[str, Stack], published: Mapping[str, PublishedFile | None]) -> Table:
    head = draft.head
    return Table(
        name=draft.name,
        title=head.title,
        source=Citation(**head.source.model_dump()),
        pins=head.pins,
        published_duration_s=head.published_duration_s or 0.0,
        published_ramp_s=head.published_ramp_s or 0.0,
        rows=tuple(
            _row(row, head, stacks, row.published or published.get(row.same_as or "")) for row in draft.rows.values()
        ),
        origin=head.origin,
        placement=head.placement,
        footprint=head.footprint,
        floor=head.floor,
        rounds=head.rounds,
        source_cores=head.machine.cores if head.machine else None,
        source_load_beside=head.machine.load == "same" if head.machine else None,
        kept=tuple(row.id for row in head.kept),
    )


def _row(row: RowFile, head: HeadFile, stacks: Mapping[str, Stack], published: PublishedFile | None) -> TableRow:
    stack, _, variant = row.stack.partition("@")
    return TableRow(
        id=row.id,
        stack=stack,
        variant=variant or stacks[stack].default_variant,
        settings=tuple(sorted(row.settings.items())),
        workload=row.workload or head.workload,
        load=_load(row, head),
        published=Published(**published.model_dump()) if published else None,
        note=row.note,
        footprint=head.footprint if row.footprint is None else row.footprint,
        floor=row.floor or (head.floor if head.floor != row.id else None),
        reference=row.reference or head.reference,
    )


def _load(row: RowFile, head: HeadFile) -> Load:
    """The load as a record; it is known to be whole."""
    tool = TOOLS[_tool(row, head)]
    return tool.load(**{key: _load_value(row, head, key) for key in tool.keys})
