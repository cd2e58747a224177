"""Which folder is meant where none is named: a clone of the lab, and the `results/` that is read and written."""

import os
from pathlib import Path

RESULTS = Path("results")
RUN, BREAK, BREAK_TABLE = "run.json", "break.json", "break.md"
"""What a run is kept as, one of `lab break`, and its table."""
CONTRACT = Path("stacks/openapi.yaml")
"""In a clone of the lab: what its stacks answer."""


def results_root() -> Path:
    """The folder whose `results/` is meant, to read and to write.

    LAB_ROOT, else the nearest folder from here upwards that has runs or is a clone of the lab, else the clone that this
    module lies in, else this folder.
    """
    if named := os.environ.get("LAB_ROOT"):
        return Path(named).resolve()
    here, own = Path.cwd(), Path(__file__).resolve().parents[1]
    return next((folder for folder in (here, *here.parents, own) if is_clone(folder) or kept(folder)), here)


def cache() -> Path:
    """Where what can be made again lies between commands: `$XDG_CACHE_HOME/lab`, by default in the user's `.cache`.

    Raises FileNotFoundError for a user without a home.
    """
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lab"
    except RuntimeError as error:
        raise FileNotFoundError(str(error)) from None


def is_clone(folder: Path) -> bool:
    """Whether a folder has the lab's own stacks and their contract."""
    return (folder / "compose").is_dir() and (folder / CONTRACT).is_file()


def runs(root: Path) -> list[str]:
    """The ids of all runs, oldest first."""
    return sorted(path.parent.name for path in (root / RESULTS).glob(f"*/{RUN}"))


def breaks(root: Path) -> list[str]:
    """The ids of all runs of `lab break`, oldest first."""
    return sorted(path.parent.name for path in (root / RESULTS).glob(f"*/{BREAK}"))


def place(root: Path, name: str, file: str) -> Path | None:
    """The folder of a run, by its id or path, in which that file says that it is one of the kind; None without it."""
    return next((path for path in (root / RESULTS / name, Path(name)) if (path / file).is_file()), None)


def kept(root: Path) -> list[str]:
    """The ids of both, oldest first: they begin with the time."""
    return sorted({*runs(root), *breaks(root)})
