"""Reports of a run: an exporter is any module here with `render(results: Results) -> str`."""

import tempfile
from importlib import import_module
from pathlib import Path

from lab.model import Results

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
    return tuple(_write(folder / name, import_module(module).render(results)) for name, module in _FILES.items())


def _write(path: Path, text: str) -> Path:
    """Write beside the target and move it there: a reader never sees half a file."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as beside:
        draft = Path(beside) / path.name
        draft.write_text(text, encoding="utf-8", newline="")
        return draft.replace(path)
