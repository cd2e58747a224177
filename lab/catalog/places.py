"""The search path: what a target on the command line means, and the catalogue that holds it.

`./shop`, `/srv/shop/compose.yaml` and `./shop@gevent` are projects by their path. A name is that of the project whose
folder one is in, else of a project in a folder of LAB_PATH, else of a stack that came with the lab.
"""

import os
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lab.catalog import Catalog, load_catalog, projects, require_both
from lab.catalog.projects import Place
from lab.errors import UsageError
from lab.model import Stack, Workload

FOR_PROJECTS = (
    "describe",
    "config",
    "up",
    "down",
    "logs",
    "top",
    "exec",
    "check",
    "bench",
    "compare",
    "why",
    "explain",
)
"""The commands that take projects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """What a target means."""

    name: str
    variant: str
    place: Place | None
    """None for what came with the lab."""

    @property
    def target(self) -> str:
        """`stack` or `stack@variant`."""
        return f"{self.name}@{self.variant}" if self.variant else self.name


def find(target: str) -> Meant:
    """Look a target up; only files' names and the names in `lab.yaml` are read. Raises UsageError for a wrong path."""
    named, at, variant = _split(target)
    require_both(target, named, at, variant)
    if _is_path(named):
        place = projects.locate(Path(named))
        return Meant(name=place.name, variant=variant, place=place)
    near = next((place for place in known() if place.name == named), None)
    return Meant(name=named, variant=variant, place=near)


def known() -> Iterator[Place]:
    """The projects that can be had by name: that of this folder, then those of LAB_PATH."""
    if (here := projects.around(Path.cwd())) is not None:
        yield here
    for entry in os.environ.get("LAB_PATH", "").split(os.pathsep):
        folder = Path(entry)
        for candidate in sorted([folder, *folder.glob("*")]) if entry and folder.is_dir() else ():
            if (candidate / projects.OWN_FILE).is_file():
                yield projects.locate(candidate)


def of_run(folder: Path) -> list[str]:
    """The project whose `results/` holds a run, by its path; empty for a run of the lab's own stacks."""
    near = projects.around(folder.resolve())
    return [str(near.folder)] if near else []


def projects_by_name(contract: Mapping[str, Workload]) -> list[Stack]:
    """The stacks that the projects are which can be had by name. Raises InvalidFile."""
    return [projects.read(place, contract=contract)[0] for place in known()]


def catalog_of(targets: Sequence[str]) -> tuple[Catalog, list[str]]:
    """The catalogue that holds all the targets, and their names in it.

    Results go to the folder of the first project among them. Raises InvalidFile, UsageError.
    """
    found = [find(target) for target in targets]
    built_in = load_catalog()
    for one in found:
        require_no_path(one.target, built_in.stacks, place=one.place)
    places = [one.place for one in found if one.place is not None]
    # Where only projects are named, their names need not differ from those that came with the lab.
    catalog = built_in if len(places) < len(found) or not found else replace(built_in, stacks={}, workloads={})
    for place in places:
        catalog = _with(catalog, place, contract=built_in.workloads)
    return replace(catalog, root=places[0].folder if places else catalog.root), [one.target for one in found]


def project(subject: str) -> Meant | None:
    """The project that is meant where rows of tables may be, too (`TABLE/ROW`); None for anything else.

    Raises UsageError for what can only be a path, where no project lies.
    """
    named = _split(subject)[0]
    a_path = named.startswith((".", "/", "~")) or ("/" in named and is_project(Path(named)))
    if "/" in named and not a_path:
        return None
    meant = find(subject) if named else None
    return meant if meant and meant.place else None


def require_no_path(target: str, stacks: Collection[str], *, place: Place | None = None) -> None:
    """Raise UsageError for a name that is no stack's, where a project lies at a path that is spelt so."""
    name = target.partition("@")[0]
    if place is not None or name in stacks or not is_project(Path(name)):
        return
    raise UsageError(
        f"there is no stack named {name!r}; a project of your own at that place is named by its path",
        where=str(Path(name).absolute()),
        fix=shlex.quote(f"./{target}"),
    )


def is_project(path: Path) -> bool:
    """Whether a project lies at a path: a folder with a Compose file, or a file that may be one."""
    if path.is_file():
        return path.suffix in (".yaml", ".yml")
    try:
        return path.is_dir() and bool(projects.locate(path).files)
    except UsageError:
        return False


def built_in(targets: Sequence[str], *, command: str) -> Catalog:
    """The catalogue of what came with the lab, for a command that takes nothing else. Raises UsageError."""
    catalog = load_catalog()
    for target in targets:
        refuse_project(target, catalog.stacks, command=command)
    return catalog


def refuse_project(target: str, stacks: Collection[str], *, command: str) -> None:
    """Raise UsageError for a target that means a project of one's own, and no stack that came with the lab."""
    named = _split(target)[0]
    if named in stacks or not (_is_path(named) or is_project(Path(named)) or find(target).place is not None):
        return
    raise UsageError(
        f"{target} is a project of your own, and `lab {command}` takes only stacks that came with the lab",
        fix=f"projects are for lab {', '.join(FOR_PROJECTS)}; `lab list` names the stacks",
    )


def _with(catalog: Catalog, place: Place, *, contract: Mapping[str, Workload]) -> Catalog:
    """The catalogue with a project added. Raises UsageError if it holds another thing of the same name."""
    stack, own = projects.read(place, contract=contract)
    other = catalog.stacks.get(stack.name)
    if other is not None and (other.adopted is None or other.adopted.folder != place.folder):
        raise _twice("two stacks are called", stack.name, stack)
    asked = {name: own.get(name) or contract[name] for name in stack.workloads}
    for name, workload in asked.items():
        if name in catalog.workloads and not _same(catalog.workloads[name], workload):
            raise _twice("another stack has a workload called", name, stack)
    return replace(catalog, stacks={**catalog.stacks, stack.name: stack}, workloads={**catalog.workloads, **asked})


def _same(one: Workload, other: Workload) -> bool:
    return one.requests == other.requests


def _twice(what: str, name: str, stack: Stack) -> UsageError:
    where = str(stack.adopted.folder / projects.OWN_FILE) if stack.adopted else str(stack.path)
    return UsageError(f"{what} {name!r}", where=where, fix="call it something else there")


def _split(target: str) -> tuple[str, str, str]:
    """Name or path, and variant. A path may have an `@` in it: then the last one counts, unless the path is there."""
    if _is_path(target) and Path(target).expanduser().exists():
        return target, "", ""
    before, at, variant = target.rpartition("@")
    return (before, at, variant) if at else (target, "", "")


def _is_path(name: str) -> bool:
    return name in (".", "..", "~") or "/" in name
