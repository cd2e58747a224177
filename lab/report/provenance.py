"""Where the figures of a run come from: host, engine, versions, and how its time was spent."""

from collections.abc import Iterator, Mapping

from lab.model import Machine, Run
from lab.report.figures import NOTHING, counted, figure, listing

_MIB_PER_GIB = 1024


def provenance(run: Run) -> tuple[tuple[str, str], ...]:
    """List what a reader needs to repeat the run or to doubt it, as pairs of word and fact."""
    return (
        ("run", f"{run.id}, started {run.started_at}, finished {run.finished_at or NOTHING}"),
        ("command", run.command),
        ("lab", f"{run.lab_version}, git {_revision(run)}"),
        ("budget", _budget(run)),
        *_host(run.host),
        ("engine", _pairs(run.engine)),
        ("time", _time(run)),
        *_versions(run),
    )


def _revision(run: Run) -> str:
    if run.git_revision is None:
        return "unknown"
    state = {True: " with uncommitted changes", False: "", None: " (state unknown)"}[run.git_dirty]
    return run.git_revision + state


def _budget(run: Run) -> str:
    budget = run.budget
    return (
        f"{budget.label}; stack on CPU {_cpus(budget.stack_cpus)}, load on CPU {_cpus(budget.load_cpus)}, "
        f"{budget.memory_mib:,} MiB"
    )


def _cpus(cpus: tuple[int, ...]) -> str:
    return ", ".join(str(cpu) for cpu in cpus) or NOTHING


def _host(host: Machine) -> Iterator[tuple[str, str]]:
    cores = f"{counted(len(host.cores), 'core')}, {counted(len(host.cpus), 'logical CPU')}"
    memory = f"{figure(host.memory_mib / _MIB_PER_GIB)} GiB"
    yield "host", f"{host.cpu_model}, {cores}, {memory}, {host.virtualisation}"
    limits = f"cgroup v{host.cgroup_version}, at most {host.nofile_hard:,} open files"
    yield "kernel", f"{host.kernel}, {host.os}, {host.architecture}, {limits}"


def _pairs(facts: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in facts.items()) or NOTHING


def _time(run: Run) -> str:
    """Say where the wall clock went; the share of load tells how much of a run was measuring."""
    total = run.phases_s.get("total", 0.0)
    rounds = f"{counted(run.rounds, 'round')} after {figure(run.warmup_s)} s of warm-up"
    if not total:
        return rounds
    phases = [f"{phase} {figure(seconds)} s" for phase, seconds in run.phases_s.items() if phase != "total"]
    share = f"load was offered for {run.phases_s.get('load', 0) / total:.0%} of {figure(total)} s"
    return f"{rounds}; {share} ({', '.join(phases)})"


def _versions(run: Run) -> Iterator[tuple[str, str]]:
    for pins in sorted({facts.deployment.pins for facts in run.deployments}):
        parts: dict[str, set[str]] = {}
        for facts in run.deployments:
            if facts.deployment.pins == pins:
                for part, version in facts.versions.items():
                    parts.setdefault(part, set()).add(version)
        if parts:
            said = [f"{part} {listing(sorted(versions))}" for part, versions in sorted(parts.items())]
            yield f"versions ({pins})", ", ".join(said)
