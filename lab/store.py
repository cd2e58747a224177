"""The run folder: what is needed to believe a run, to repeat it, and to go on with one that was interrupted.

``results/<run>/`` holds `run.json` (replaced as a whole, atomically), `samples.jsonl` (one line a sample,
flushed to disk before the next round starts), and the reports. `chain` holds them together.
"""

import json
import os
import secrets
import shlex
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from lab import chain, folders
from lab.chain import Head
from lab.errors import InvalidFile, UnknownName, UsageError
from lab.figures import speed
from lab.folders import RESULTS, runs
from lab.model import SCHEMA_VERSION, Cell, DeploymentFacts, DuetSample, Run, Sample, Warmup

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


class Journal:
    """A run under way: every change is on disk before the next thing happens."""

    def __init__(self, folder: RunFolder, run: Run, *, phases_s: Callable[[], Mapping[str, float]]) -> None:
        self.folder = folder
        self.run = replace(run, finished_at=None)
        self._phases_s = phases_s
        samples, _ = folder.samples()
        self._done = {(sample.cell, sample.round) for sample in samples if not sample.set_aside}
        self._played = {(turn.cell, turn.number) for turn in folder.duets() if not turn.set_aside}
        folder.write_run(self.run)

    def missing_rounds(self, cell: Cell) -> list[int]:
        """The rounds of a cell that have no sample yet; none for a cell that has failed."""
        if cell.key in self.run.failures:
            return []
        return [number for number in range(self.run.rounds_of(cell)) if (cell.key, number) not in self._done]

    def add_sample(self, sample: Sample) -> None:
        """Keep a sample; one that was set aside leaves its round missing."""
        self.folder.append(sample)
        if not sample.set_aside:
            self._done.add((sample.cell, sample.round))
        self.keep_time()

    def missing_turns(self, cell: Cell, *, turns: int) -> list[int]:
        """The turns of a cell's duet that have no sample yet."""
        return [number for number in range(turns) if (cell.key, number) not in self._played]

    def add_duet(self, sample: DuetSample) -> None:
        """Keep a turn of a duet; one that was set aside leaves its number missing."""
        self.folder.append_duet(sample)
        if not sample.set_aside:
            self._played.add((sample.cell, sample.number))
        self.keep_time()

    def add_unplayed(self, cell: Cell, why: str) -> None:
        """Keep why a turn of a cell's duet could not be had."""
        self._change(unplayed={**self.run.unplayed, cell.key: why})

    def add_facts(self, facts: DeploymentFacts) -> None:
        """Keep what was found out of a deployment, in place of what was known of it before."""
        others = [known for known in self.run.deployments if known.deployment != facts.deployment]
        self._change(deployments=(*others, facts))

    def add_failure(self, cell: Cell, why: str) -> None:
        """Give a cell up."""
        self._change(failures={**self.run.failures, cell.key: why})

    def add_restart(self, cell: Cell) -> None:
        """Count that a cell's stack had to be restarted to come to rest."""
        self._change(restarts={**self.run.restarts, cell.key: self.run.restarts.get(cell.key, 0) + 1})

    def add_warmup(self, cell: Cell, *, seconds: int, settled: bool | None) -> None:
        """Note what was left out while a cell's stack warmed up."""
        before = self.run.warmups.get(cell.key, Warmup())
        done = Warmup(
            times=before.times + 1,
            seconds=before.seconds + seconds,
            unsettled=before.unsettled + (settled is False),
        )
        self._change(warmups={**self.run.warmups, cell.key: done})

    def add_changes(self, changes: Iterable[str]) -> None:
        """Mark for good what had changed when the run was resumed all the same."""
        if added := dict.fromkeys([*self.run.resumed_anyway, *changes]):
            self._change(resumed_anyway=tuple(added))

    def add_ceiling(self, per_second: float) -> None:
        """Note how much the generator of open loops can offer here."""
        self._change(generator_ceiling=per_second)

    def keep_speed(self) -> None:
        """Note how fast the cores were in all that has been measured so far."""
        measured: list[Sample | DuetSample] = [*self.folder.samples()[0], *self.folder.duets()]
        self._change(core_speed=speed.pooled(sample.core_speed for sample in measured if not sample.set_aside))

    def keep_time(self) -> None:
        """Note where the time went so far: whoever goes on with the run goes on from there."""
        self._change()

    def finish(self) -> None:
        """Note the end."""
        self._change(finished_at=now())

    def _change(self, **changes: Any) -> None:
        self.run = replace(self.run, phases_s=dict(self._phases_s()), **changes)
        self.folder.write_run(self.run)


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
