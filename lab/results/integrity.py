"""Is a run as the lab wrote it? Every edit of its files that does not compute all hashes anew is found.

`run.json` and the journals hold each other by `chain`. The reports and the overrides are listed, with their hashes, in
`SHA256SUMS`, which `sha256sum --check` reads as well.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from lab import chain, folders
from lab.chain import Head
from lab.errors import EditedRun
from lab.store import JOURNALS, RunFolder, require_known_schema, write_atomically

SUMS = "SHA256SUMS"
LIMIT = "an edit that computes every hash anew is not found: whoever can write the folder can do that"
_ATTESTED = ("results.*", "report.*", "deployments/*/override.yaml")
_AHEAD = 1
"""Lines that a journal may have more than `run.json` counts: what was written when a process was killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What is not as it was written: a file of the run, the line where it shows, and what is wrong there."""

    file: str
    line: int | None
    what: str

    def __str__(self) -> str:
        """`samples.jsonl:3: what is wrong`."""
        return f"{self.file}{f':{self.line}' if self.line else ''}: {self.what}"


def require_unedited(folder: RunFolder) -> None:
    """Raise EditedRun, with every edit, for a run whose samples nobody should add to."""
    if found := edits(folder):
        raise EditedRun(
            f"run {folder.path.name} is not as the lab wrote it",
            where="\n    ".join(map(str, found)),
            fix="begin a new run; what was edited cannot go on",
        )


def edits(folder: RunFolder) -> list[Edit]:
    """Every edit of `run.json` and the journals. Raises InvalidFile for a run of another version of the lab."""
    path = folder.path / folders.RUN
    record = path.read_bytes()
    content = _read(record)
    if not chain.is_whole(record):
        if chain.told_hash(record) is None and "schema_version" in content and "sha256" not in content:
            require_known_schema(path, content["schema_version"])
        broken = Edit(file=path.name, line=_broken_line(record), what="is not as it was written: its hash does not fit")
        return [broken, *(edit for name in JOURNALS for edit in _linked(name, folder.lines(name)[0]))]
    require_known_schema(path, content.get("schema_version"))
    finished = content.get("finished_at") is not None
    return [
        edit
        for name in JOURNALS
        for edit in _journal(folder, name, content.get("journals", {}).get(name, {}), finished=finished)
    ]


def _read(record: bytes) -> dict[str, Any]:
    try:
        content = json.loads(record)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _broken_line(record: bytes) -> int | None:
    """Where it is no JSON any more; None where it still is, as nobody knows then which byte it was."""
    try:
        json.loads(record.decode("utf-8"))
    except UnicodeDecodeError as error:
        return record.count(b"\n", 0, error.start) + 1
    except json.JSONDecodeError as error:
        return error.lineno
    return None


def _journal(folder: RunFolder, name: str, counted: Mapping[str, Any], *, finished: bool) -> Iterator[Edit]:
    """A journal by itself, then beside what `run.json` says of it."""
    lines, torn = folder.lines(name)
    found = list(_linked(name, lines))
    yield from found
    head = Head(**counted)
    if len(lines) < head.lines:
        yield Edit(
            file=name,
            line=len(lines) + 1,
            what=f"is gone, or cut off: run.json counts {_lines(head.lines)} in the file",
        )
    elif not found and head.lines and chain.told_hash(lines[head.lines - 1]) != head.sha256:
        yield Edit(file=name, line=head.lines, what="is not the line that run.json knows as the last")
    if len(lines) > head.lines + (0 if finished else _AHEAD):
        yield Edit(file=name, line=head.lines + 1, what=f"was added: run.json counts {_lines(head.lines)} in the file")
    elif torn and finished:
        yield Edit(file=name, line=len(lines) + 1, what="was added: the run had ended before it")


def _lines(number: int) -> str:
    return "1 line" if number == 1 else f"{number} lines"


def _linked(name: str, lines: Iterable[bytes]) -> Iterator[Edit]:
    """Whether each line is whole and follows the one before it; of two neighbours, the first that shows an edit."""
    before: str | None = chain.NOTHING
    for number, line in enumerate(lines, 1):
        if not chain.is_whole(line):
            yield Edit(file=name, line=number, what="is not as it was written: its hash does not fit")
            before = None
            continue
        if before is not None and chain.told_before(line) != before:
            yield Edit(file=name, line=number, what="does not follow the line before it: lines were dropped or moved")
        before = chain.told_hash(line)


def fingerprint(folder: RunFolder) -> str:
    """The SHA-256 of `run.json`, which stands for the journals as well."""
    return sha256((folder.path / folders.RUN).read_bytes()).hexdigest()


def is_torn(folder: RunFolder) -> bool:
    """Whether a process ended while it wrote a line: no edit, and `lab bench --resume` measures that again."""
    return any(folder.lines(name)[1] for name in JOURNALS)


def attest(folder: RunFolder) -> None:
    """Write the hashes of the reports and the overrides as they are now."""
    write_atomically(folder.path / SUMS, "".join(f"{line}\n" for line in _sums(folder.path)))


def attests(folder: RunFolder) -> bool:
    """Whether there are hashes of the reports: a run that is not finished has none."""
    return (folder.path / SUMS).is_file()


def forget(folder: RunFolder) -> None:
    """Remove those hashes: the run goes on, and what they are of will change."""
    (folder.path / SUMS).unlink(missing_ok=True)


def _sums(root: Path) -> list[str]:
    """A line for each file that is there, as `sha256sum` writes it."""
    files = sorted(path for pattern in _ATTESTED for path in root.glob(pattern))
    return [f"{sha256(path.read_bytes()).hexdigest()}  {path.relative_to(root)}" for path in files]


def edited_reports(folder: RunFolder) -> list[Edit]:
    """Every edit of what was made from the samples, and of the overrides; none while a run is not finished."""
    path = folder.path / SUMS
    if not path.is_file():
        reported = (folder.path / "results.json").exists() and folder.read_run().finished_at is not None
        what = "is gone, so nobody knows what the reports were; lab report makes both again"
        return [Edit(file=SUMS, line=None, what=what)] if reported else []
    now, text = _sums(folder.path), path.read_bytes()
    if text == "".join(f"{line}\n" for line in now).encode():
        return []
    told = text.decode("utf-8", "replace").split("\n")
    changed = [line for line in now if line not in told] or [line for line in told if line and line not in now]
    names = [line.partition("  ")[2] or SUMS for line in changed] or [SUMS]
    return [Edit(file=name, line=None, what=f"is not what {SUMS} was made of") for name in names]
