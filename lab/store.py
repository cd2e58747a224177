"""The run folder: what is needed to believe a run, to repeat it, and to go on with one that was interrupted.

``results/<run>/`` holds `run.json` (replaced as a whole, atomically), `samples.jsonl` (one line a sample,
flushed to disk before the next round starts), and the reports. `chain` holds them together.
"""

import json
import os
import secrets
import shlex
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from lab import chain, folders
from lab.chain import Head
from lab.errors import InvalidFile, UnknownName, UsageError
from lab.folders import RESULTS, runs
from lab.model import SCHEMA_VERSION, DuetSample, Run, Sample

Record = TypeVar("Record")
SAMPLES, DUETS = JOURNALS = ("samples.jsonl", "duets.jsonl")
_OF_THE_FILE = ("sha256", "journals")
"""In `run.json`, what is not of the run: see `chain`."""
_RUN: TypeAdapter[Run] = TypeAdapter(Run)
_SAMPLE: TypeAdapter[Sample] = TypeAdapter(Sample)
_DUET: TypeAdapter[DuetSample] = TypeAdapter(DuetSample)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFolder:
    """One folder of `results/`."""

    path: Path
    _heads: dict[str, Head] = field(default_factory=dict, compare=False, repr=False)
    """Journal → how far this process has seen it go. What others do to the file meanwhile does not become ours."""

    def write_run(self, run: Run) -> None:
        """Replace `run.json`; a reader sees the old one or the new one, never half of either."""
        heads = {name: asdict(self._head(name)) for name in JOURNALS}
        content = {"schema_version": SCHEMA_VERSION, "journals": heads, **_RUN.dump_python(run, mode="json")}
        record = chain.hashed(json.dumps(content, indent=1, ensure_ascii=False).encode("utf-8"))
        write_atomically(self.path / folders.RUN, record.decode("utf-8"))

    def read_run(self) -> Run:
        """Read `run.json`. Raises InvalidFile if it cannot be understood."""
        path = self.path / folders.RUN
        try:
            content = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise InvalidFile([f"{path}: cannot be read: {error}"], of="the files of a run") from None
        if not isinstance(content, dict):
            raise InvalidFile([f"{path}: is not the record of a run"], of="the files of a run")
        require_known_schema(path, content.pop("schema_version", None))
        content = {key: value for key, value in content.items() if key not in _OF_THE_FILE}
        try:
            return _RUN.validate_python(content)
        except ValidationError as error:
            raise InvalidFile([f"{path}: is not the record of a run: {error}"], of="the files of a run") from None

    def append(self, sample: Sample) -> None:
        """Journal a sample so that it survives whatever comes next."""
        self._append(SAMPLES, _SAMPLE.dump_json(sample))

    def append_duet(self, sample: DuetSample) -> None:
        """The same for a turn of a duet."""
        self._append(DUETS, _DUET.dump_json(sample))

    def _append(self, name: str, record: bytes) -> None:
        """Add a line that follows the one before it, and see it on the disk."""
        line, head = chain.link(record, self._head(name))
        with (self.path / name).open("ab") as file:
            file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._heads[name] = head

    def _head(self, name: str) -> Head:
        if name not in self._heads:
            lines, _ = self.lines(name)
            last = chain.told_hash(lines[-1]) if lines else None
            self._heads[name] = Head(lines=len(lines), sha256=last or chain.NOTHING)
        return self._heads[name]

    def lines(self, name: str) -> tuple[list[bytes], bytes]:
        """The whole lines of a journal, and a torn one at its end; none where there is no file."""
        path = self.path / name
        return chain.whole_lines(path.read_bytes()) if path.exists() else ([], b"")

    def duets(self) -> list[DuetSample]:
        """All whole turns of duets; what comes after a damaged line is left out."""
        return self._read(DUETS, _DUET)[0]

    def samples(self) -> tuple[list[Sample], str | None]:
        """All whole samples, and a warning if a line was damaged: reading ends before that line."""
        return self._read(SAMPLES, _SAMPLE)

    def _read(self, name: str, kind: TypeAdapter[Record]) -> tuple[list[Record], str | None]:
        """The records of a journal up to a damaged line, and a warning if there is one."""
        found: list[Record] = []
        lines, torn = self.lines(name)
        for line in lines:
            try:
                found.append(kind.validate_json(line))
            except ValidationError:
                break
        if len(found) == len(lines) and not torn:
            return found, None
        where = f"{self.path / name}:{len(found) + 1}"
        return found, f"{where}: damaged; {len(found)} samples before it are kept"

    def repair(self) -> None:
        """Drop what was being written when a process ended, so that new lines can be appended."""
        for name in JOURNALS:
            lines, torn = self.lines(name)
            if torn:
                write_atomically(self.path / name, b"".join(line + b"\n" for line in lines).decode("utf-8"))


def now() -> str:
    """The time as it is written everywhere: ISO 8601, UTC, whole seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def require_known_schema(path: Path, version: object) -> None:
    """Raise InvalidFile for a file that another version of the lab wrote, older or newer."""
    if version == SCHEMA_VERSION:
        return
    if isinstance(version, int) and version < SCHEMA_VERSION:
        why = "an older lab wrote it; runs of that time do not hold all that their results are made from: measure again"
    else:
        why = "a newer lab, or none, wrote it: read it with the one that did"
    raise InvalidFile(
        [f"{path}: schema_version {version!r}, where this lab reads {SCHEMA_VERSION}: {why}"], of="the files of a run"
    )


def write_atomically(path: Path, text: str) -> Path:
    """Write a file beside its place and move it there: a reader sees the old one or the new one, never half of it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        return draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def create(root: Path) -> tuple[str, RunFolder]:
    """A new run folder with its id, which sorts by time: UTC, so that neither travel nor summer time turns it over."""
    identity = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(2)}"
    path = root / RESULTS / identity
    path.mkdir(parents=True)
    return identity, RunFolder(path=path)


def readable(root: Path) -> tuple[dict[str, Run], list[str]]:
    """All runs that can be read by the name of their folder, oldest first; of each other one what is wrong with it."""
    found: dict[str, Run] = {}
    mistakes: list[str] = []
    for name in runs(root):
        try:
            found[name] = find(root, name).read_run()
        except InvalidFile as error:
            mistakes += error.mistakes
    return found, mistakes


def spelt(folder: Path) -> str:
    """What names a run on a command line that is typed here: its id, or its path where another `results/` is meant."""
    near = folders.results_root() / RESULTS / folder.name
    return folder.name if near.resolve() == folder.resolve() else shlex.quote(str(folder))


def find(root: Path, name: str | None = None) -> RunFolder:
    """A run by id or path; the newest if no name is given.

    Raises UnknownName, UsageError for one of `lab break`, which has no samples, and where there is none at all.
    """
    known = runs(root)
    if name is None:
        if not known:
            raise UsageError("there is no run yet", where=str(root / RESULTS), fix="lab compare, or lab bench")
        return RunFolder(path=root / RESULTS / known[-1])
    if path := folders.place(root, name, folders.RUN):
        return RunFolder(path=path)
    if path := folders.place(root, name, folders.BREAK):
        raise UsageError(
            f"{name} is a run of lab break: it has no samples, and neither a report nor hashes to verify",
            where=str(path / folders.BREAK),
            fix=f"what users saw is in {path / folders.BREAK_TABLE}; "
            f"if it was interrupted: lab break --resume {shlex.quote(name)}",
        )
    raise UnknownName("run", name, known, where=str(root / RESULTS))
