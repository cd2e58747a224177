"""What there is to deploy and to measure: YAML files as records.

The lab's own stacks are the built-in folder of projects; others are found by their path, by name from inside their
folder, or by name in the folders of LAB_PATH (`places.py`). The catalogue is read whole, and all mistakes of all files
are reported at once, so that a student who edits three files learns of three mistakes. Nothing here touches Docker.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from lab import folders
from lab.catalog import ownwork
from lab.catalog import stacks as stack_files
from lab.catalog import workloads as workload_files
from lab.catalog.settings import wrong_for
from lab.catalog.yamlfile import YamlFiles
from lab.errors import InvalidFile, UnknownName, UsageError
from lab.model import Deployment, Pins, Stack, Table, Workload

BUILT_IN = "builtin"
"""The folder of the package in which an installed lab has its stacks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """All stacks, workloads and tables of a folder, by name."""

    root: Path
    """Whose `results/` take what is measured."""
    home: Path
    """Where the lab's own files are."""
    stacks: Mapping[str, Stack]
    workloads: Mapping[str, Workload]
    tables: Mapping[str, Table]

    def stack(self, name: str) -> Stack:
        """The stack of that name. Raises UnknownName."""
        if name not in self.stacks:
            raise UnknownName("stack", name, self.stacks)
        return self.stacks[name]

    def workload(self, name: str, *, of: Stack) -> Workload:
        """A workload that the stack offers. Raises UnknownName."""
        if name not in of.workloads:
            raise UnknownName("workload", name, of.workloads, where=f"stack {of.name}")
        return self.workloads[name]

    def ready(self, stack: Stack) -> Workload:
        """The request that a stack answers at once, as soon as it is up."""
        return stack.adopted.ready if stack.adopted else self.workloads[ownwork.READY]

    def table(self, name: str) -> Table:
        """The table of that name. Raises UnknownName."""
        if name not in self.tables:
            raise UnknownName("table", name, self.tables)
        return self.tables[name]

    def published_tables(self) -> list[Table]:
        """Those that somebody else published: what `--all` means."""
        return [table for table in self.tables.values() if table.origin == "published"]

    def deployment(
        self, target: str, *, pins: Pins = "current", settings: Mapping[str, str] | None = None
    ) -> Deployment:
        """What `stack` or `stack@variant` stands for.

        Raises UnknownName for any part that does not exist, UsageError for pins that the stack does not have.
        """
        name, at, variant = target.partition("@")
        require_both(target, name, at, variant)
        stack = self.stack(name)
        require_pins(stack, (pins,))
        if variant and variant not in stack.variants:
            raise UnknownName("variant", variant, stack.variants, where=f"stack {name}")
        for key in settings or {}:
            if key not in stack.settings:
                raise UnknownName("setting", key, stack.settings, where=f"stack {name}")
        for key, message in wrong_for(stack, settings or {}, workloads=self.workloads):
            raise UsageError(f"{key} {message}", where=f"settings of {name}")
        chosen = tuple(sorted((settings or {}).items()))
        return Deployment(stack=name, variant=variant or stack.default_variant, pins=pins, settings=chosen)

    def delay_s(self, deployment: Deployment, workload: Workload) -> float:
        """How long the handler sleeps: as set by hand or by the variant, else as the contract says."""
        settings = environment(self.stack(deployment.stack), deployment)
        if not _sleeps(workload, settings):
            return 0.0
        return float(settings.get(workload.delay_setting or "", workload.delay_s))

    def at_once(self, deployment: Deployment, workload: Workload) -> int | None:
        """How many requests the workload itself lets sleep at the same time; None if it does not say so."""
        settings = environment(self.stack(deployment.stack), deployment)
        return workload.at_once if _sleeps(workload, settings) else None

    def accepted(self, deployment: Deployment, workload: Workload) -> bool:
        """Whether an answer says that the work is kept for later (202), and not that it is done."""
        settings = environment(self.stack(deployment.stack), deployment)
        return HTTPStatus.ACCEPTED in workload.statuses and not _sleeps(workload, settings)


def _sleeps(workload: Workload, settings: Mapping[str, str]) -> bool:
    return all(settings.get(key) == value for key, value in workload.delay_when)


def require_both(target: str, name: str, at: str, variant: str) -> None:
    """Raise UsageError for a target without a name, or with an `@` and nothing after it."""
    if name and (variant or not at):
        return
    raise UsageError(
        f"{target!r} lacks {'a variant after its @' if name else 'the name of a stack'}",
        fix=f"{name} alone means its first variant; `lab describe {name}` lists them" if name else "`lab list` has all",
    )


def require_pins(stack: Stack, wanted: Iterable[Pins]) -> None:
    """Raise UsageError for pins that a stack does not have."""
    for pins in wanted:
        if pins not in stack.pins:
            raise UsageError(
                f"{stack.name} has no {pins} pins", where=f"stack {stack.name}", fix=f"--pins {' or '.join(stack.pins)}"
            )


def environment(stack: Stack, deployment: Deployment) -> dict[str, str]:
    """The settings that a deployment's Compose file gets: the variant's, then those set by hand."""
    return {**stack.variants[deployment.variant], **dict(deployment.settings), "LAB_PINS": deployment.pins}


def _here() -> Path:
    """The folder that a command was typed in. Raises UsageError for one that has been removed meanwhile."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        fix = "a lesson that begins anew has new files: cd to them again, or to anywhere else"
        raise UsageError("the folder that you are in is no longer there", fix=fix) from None


def project_root() -> Path:
    """The built-in folder, with `compose/` and `stacks/`: LAB_ROOT, else the nearest above, else what came with lab."""
    if named := os.environ.get("LAB_ROOT"):
        candidates = [Path(named)]
    else:
        here, package = _here(), Path(__file__).resolve().parents[1]
        candidates = [here, *here.parents, package.parent, package / BUILT_IN]
    for folder in candidates:
        if folders.is_clone(folder):
            return folder.resolve()
    raise UsageError(
        "this is not a folder of the lab: it has no compose/ and stacks/",
        where=str(candidates[0]),
        fix="change to a clone of the lab, or name one with LAB_ROOT",
    )


def load_catalog(root: Path | None = None, *, tables: bool = True) -> Catalog:
    """Read all files of the built-in folder, or of another one; without `tables`, those of stacks and workloads only.

    Raises InvalidFile with every mistake of every file that was read.
    """
    home = root or project_root()
    reading = YamlFiles()
    workloads, mistakes = workload_files.load(home / folders.CONTRACT)
    stacks, found = stack_files.load(home / "compose", workloads=workloads, reading=reading)
    mistakes += found
    rows: dict[str, Table] = {}
    if tables:
        names = stack_files.names(home / "compose", reading=reading)
        rows, found = _tables(home, stacks=stacks, names=names, workloads=workloads)
        mistakes += found
    if mistakes:
        raise InvalidFile([mistake.replace(f"{home}/", "") for mistake in mistakes])
    return Catalog(root=root or folders.results_root(), home=home, stacks=stacks, workloads=workloads, tables=rows)


def _tables(
    home: Path, *, stacks: Mapping[str, Stack], names: frozenset[str], workloads: Mapping[str, Workload]
) -> tuple[dict[str, Table], list[str]]:
    """The tables, whose form is a quarter of what there is to import, and their mistakes."""
    from lab.catalog import tables as table_files

    known = table_files.KnownNames(stacks=stacks, stack_names=names, workloads=workloads)
    return table_files.load(home / "experiments", known=known)
