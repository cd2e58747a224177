"""`lab report`, and how every run ends: results and reports out of a run folder, which is all that is read."""

from dataclasses import dataclass
from pathlib import Path

from lab import report, store
from lab.host.say import Say
from lab.model import Results, Run
from lab.results import integrity, summary
from lab.store import RunFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run says, and where its reports are."""

    results: Results
    folder: Path
    files: tuple[Path, ...]


def write(run: Run, folder: RunFolder, *, say: Say) -> Outcome:
    """Make results and reports from a run's samples; says so if the journal is damaged, or edited."""
    for edit in integrity.edits(folder):
        say(f"{edit}; lab verify {store.spelt(folder.path)}")
    samples, damage = folder.samples()
    if damage:
        say(damage)
    results = summary.summarise(run, samples, folder.duets())
    files = report.write_all(results, folder.path)
    integrity.attest(folder)
    return Outcome(results=results, folder=folder.path, files=files)
