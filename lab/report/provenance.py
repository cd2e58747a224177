"""Where the figures of a run come from: host, engine, versions, and how its time was spent."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lab.figures.numbers import NOTHING, count_text, listing, number_text, setting_text
from lab.model import Budget, Machine, Run
from lab.report import cores

_MIB_PER_GIB = 1024


def provenance(run: Run) -> tuple[tuple[str, str], ...]:
    """List what a reader needs to repeat the run or to doubt it, as pairs of word and fact."""
    return (
        ("run", f"{run.id}, started {run.started_at}, finished {run.finished_at or NOTHING}"),
        ("command", run.command),
        ("lab", f"{run.lab_version}, git {_revision(run)}"),
        ("budget", _budget(run.budget)),
        *((f"budget of {table}", _budget(budget)) for table, budget in run.budgets.items()),
        *_host(run.host),
        *_marks(run),
        ("engine", _pairs(run.engine)),
        *((("core speed", cores.told(run.core_speed)),) if run.core_speed else ()),
        ("time", _time(run)),
    )


def _marks(run: Run) -> Iterator[tuple[str, str]]:
    """What a run carries for good, and a reader must know before its figures."""
    if run.resumed_anyway:
        yield "resumed anyway", f"though changed since it began: {'; '.join(run.resumed_anyway)}"
    if run.unsteady:
        yield "clock", f"{'; '.join(run.unsteady)}: its rate may have changed between rounds"


def _revision(run: Run) -> str:
    if run.git_revision is None:
        return "unknown"
    state = {True: " with uncommitted changes", False: "", None: " (state unknown)"}[run.git_dirty]
    return run.git_revision + state


def _budget(budget: Budget) -> str:
    return (
        f"{budget.label}; stack on CPU {_cpus(budget.stack_cpus)}, load on CPU {_cpus(budget.load_cpus)}, "
        f"{budget.memory_mib:,} MiB"
    )


def _cpus(cpus: tuple[int, ...]) -> str:
    return ", ".join(str(cpu) for cpu in cpus) or NOTHING


def _host(host: Machine) -> Iterator[tuple[str, str]]:
    cores = f"{count_text(len(host.cores), 'core')}, {count_text(len(host.cpus), 'logical CPU')}"
    memory = f"{number_text(host.memory_mib / _MIB_PER_GIB)} GiB"
    yield "host", f"{host.cpu_model}, {cores}, {memory}, {host.virtualisation}"
    limits = f"cgroup v{host.cgroup_version}, at most {host.nofile_hard:,} open files"
    yield "kernel", f"{host.kernel}, {host.os}, {host.architecture}, {limits}"


def _pairs(facts: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in facts.items()) or NOTHING


def _rounds(run: Run) -> str:
    """How many each row has; tables that say it themselves are named."""
    own = {cell.table: cell.own_rounds for cell in run.cells if cell.own_rounds not in (None, run.rounds)}
    of_table = "".join(f", {rounds} of {table}" for table, rounds in own.items())
    return f"{count_text(run.rounds, 'round')}{of_table}"


def _warmup(run: Run) -> str:
    """How long a stack may warm up, what was left out for it, and where that was not enough."""
    most = f"at most {setting_text(run.warmup_s)} of warm-up"
    left_out = sum(done.seconds for done in run.warmups.values())
    if not left_out:
        return most
    unsettled = sum(done.unsettled > 0 for done in run.warmups.values())
    times = count_text(sum(done.times for done in run.warmups.values()), "time")
    not_settled = f"; {count_text(unsettled, 'row')} had not settled by then" if unsettled else ""
    return f"{most} ({left_out} s left out, {times}{not_settled})"


def _time(run: Run) -> str:
    """Say where the wall clock went; the share of load tells how much of a run was measuring."""
    total = run.phases_s.get("total", 0.0)
    rounds = f"{_rounds(run)} after {_warmup(run)}"
    if not total:
        return rounds
    phases = [f"{phase} {number_text(seconds)} s" for phase, seconds in run.phases_s.items() if phase != "total"]
    share = f"load was offered for {run.phases_s.get('load', 0) / total:.0%} of {number_text(total)} s"
    return f"{rounds}; {share} ({', '.join(phases)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """What one image holds; images with the same parts are one."""

    name: str
    """The service and the stacks that use it."""
    pins: str
    parts: tuple[str, ...]


def images(run: Run) -> tuple[Image, ...]:
    """List the versions inside the images, each set of parts once."""
    users: dict[tuple[str, str, tuple[str, ...]], dict[str, None]] = {}
    for facts in run.deployments:
        for service, parts in _by_service(facts.versions).items():
            users.setdefault((facts.deployment.pins, service, parts), {})[facts.deployment.stack] = None
    return tuple(Image(name=_image(use[1], list(stacks)), pins=use[0], parts=use[2]) for use, stacks in users.items())


def _image(service: str, stacks: list[str]) -> str:
    return f"{service} of {listing(stacks)}" if service else listing(stacks)


def versions_in_short(run: Run) -> str:
    """Say how much is known of the versions, where there is no room for them."""
    found = images(run)
    if not found:
        return NOTHING
    parts = {part for image in found for part in image.parts}
    return f"{count_text(len(parts), 'part')} in {count_text(len(found), 'image')}, each in report.md and report.html"


def _by_service(versions: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Split what a deployment reports (`app: flask` → 3.0.3) by service."""
    found: dict[str, list[str]] = {}
    for name, version in versions.items():
        service, _, part = name.rpartition(": ")
        found.setdefault(service, []).append(f"{part} {version}")
    return {service: tuple(parts) for service, parts in found.items()}
