"""The run folder of breaks: `break.json`, a line for each request, and the table as Markdown."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from lab import folders
from lab.errors import InvalidFile
from lab.faults.record import SCHEMA_VERSION, Break, BreakRun
from lab.faults.seen import Judged
from lab.store import write_atomically

KEPT = folders.BREAK
TABLE = folders.BREAK_TABLE
_RUN: TypeAdapter[BreakRun] = TypeAdapter(BreakRun)


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakFolder:
    """One folder of `results/`."""

    path: Path

    def write(self, run: BreakRun, table: str) -> None:
        """Replace `break.json` and `break.md` with what is known by now."""
        content = {"schema_version": SCHEMA_VERSION, **_RUN.dump_python(run, mode="json")}
        write_atomically(self.path / KEPT, json.dumps(content, indent=1, ensure_ascii=False))
        write_atomically(self.path / TABLE, table)

    @property
    def table(self) -> str:
        """What `write` was given last."""
        return (self.path / TABLE).read_text("utf-8")

    def read(self) -> BreakRun:
        """Read `break.json`. Raises InvalidFile if it cannot be understood."""
        path = self.path / KEPT
        try:
            content = dict(json.loads(path.read_text("utf-8")))
            version = content.pop("schema_version", None)
            if version == SCHEMA_VERSION:
                return _RUN.validate_python(content)
            why = f"schema_version {version!r}, where this lab reads {SCHEMA_VERSION}"
        except (OSError, ValueError, TypeError) as error:
            why = f"is not the record of a break: {error}"
        raise InvalidFile([f"{path}: {why}"], of="the files of a break")

    def write_requests(self, made: Break, outcomes: Iterable[Judged]) -> None:
        """Keep what became of every request of a break: tokens and answers are not in it."""
        name = f"{made.target}-{made.fault}".replace("@", "-").replace(":", "-")
        lines = [json.dumps(_line(outcome), ensure_ascii=False) for outcome in outcomes]
        write_atomically(self.path / f"{name}.jsonl", "".join(f"{line}\n" for line in lines))


def readable(root: Path) -> tuple[dict[str, BreakRun], list[str]]:
    """All runs of `lab break` by the name of their folder, oldest first; of each unreadable one what is wrong."""
    found: dict[str, BreakRun] = {}
    mistakes: list[str] = []
    for name in folders.breaks(root):
        try:
            found[name] = BreakFolder(path=root / folders.RESULTS / name).read()
        except InvalidFile as error:
            mistakes += error.mistakes
    return found, mistakes


def _line(outcome: Judged) -> dict[str, Any]:
    ended = outcome.ended
    return {
        "what": outcome.part.what,
        "due_s": round(ended.due_s, 6),
        "end_s": round(ended.end_s, 6),
        "end": ended.end,
        "status": ended.status,
        "again": ended.again,
        "failure": outcome.failure,
    }


def broken(breaks: Sequence[Break]) -> list[str]:
    """Each promise that was not kept, with where."""
    return [f"{made.target}, {made.fault}: {name}" for made in breaks for name in made.broken]
