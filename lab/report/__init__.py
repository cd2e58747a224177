"""Reports of a run: an exporter is any module here with `render(results: Results) -> str`."""

from importlib import import_module
from pathlib import Path

from lab.model import Results
from lab.store import write_atomically

# Named, not imported: who prints a table must not wait for the libraries that draw charts.
_FILES = {
    "results.json": "lab.report.json",
    "results.csv": "lab.report.csv",
    "report.md": "lab.report.markdown",
    "report.html": "lab.report.html",
}


def write_all(results: Results, folder: Path) -> tuple[Path, ...]:
    """Write every report file into a folder and return their paths; a file is there whole or not at all.

    Raises OSError where the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rendered = ((folder / name, import_module(module).render(results)) for name, module in _FILES.items())
    return tuple(write_atomically(path, text) for path, text in rendered)
