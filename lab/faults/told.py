"""Breaks in words: the tables of one at the terminal, and of all as Markdown."""

from collections.abc import Iterable, Sequence

from lab.faults.record import Break, BreakRun, Stretch
from lab.figures.numbers import DASH, chosen_text, number_text, setting_text, time_text, whole_text

HEADER = ("", "seconds", "offered", "right/s", "p50", "p99", "failed")
BY_SECOND = ("second", "offered", "right", "p50", "p99", "failed")


def phases(made: Break) -> list[tuple[str, ...]]:
    """A row for each of before, during and after; under `HEADER`."""
    return [
        (
            seen.name,
            f"{number_text(seen.begin_s)}{DASH}{number_text(seen.end_s)}",
            whole_text(seen.offered),
            number_text(seen.right_per_second),
            *_latencies(seen),
            failures(seen),
        )
        for seen in made.phases
    ]


def by_second(made: Break) -> list[tuple[str, ...]]:
    """A row for each second; under `BY_SECOND`. The failures of a second are those of requests due in it."""
    return [
        (seen.name, whole_text(seen.offered), whole_text(seen.right), *_latencies(seen), failures(seen))
        for seen in made.seconds
    ]


def _latencies(seen: Stretch) -> tuple[str, str]:
    return _ms(seen.p50_ms), _ms(seen.p99_ms)


def _ms(value: float | None) -> str:
    return DASH if value is None else time_text(value / 1000)


def failures(seen: Stretch) -> str:
    """`12 × unavailable, 3 × timeout`; a dash for none."""
    return ", ".join(f"{whole_text(count)} × {kind}" for kind, count in seen.failures.items()) or DASH


def promised(made: Break) -> list[tuple[str, str, str]]:
    """A row for each promise."""
    return [("kept" if promise.kept else "BROKEN", promise.name, promise.detail) for promise in made.promises]


def summary(made: Break) -> list[tuple[str, str]]:
    """What happened, when, how long it took to get right again, and what requests fail of that belongs to doing it."""
    plan = made.plan
    failed = any(seen.failed for seen in made.phases)
    return [
        ("what happened", f"{made.words}, {made.injected_s:.1f} s to {made.undone_s:.1f} s; {made.evidence}"),
        ("users", f"{chosen_text(plan.rate)} requests/s, as independent users come; seed {plan.seed}"),
        ("recovery", recovery(made)),
        *([("failures", made.by_itself)] if failed and made.by_itself else []),
    ]


def recovery(made: Break) -> str:
    """How long after the undoing."""
    return "none while it was watched" if made.recovery_s is None else time_text(made.recovery_s)


def markdown(run: BreakRun) -> str:
    """Faults × stacks, and under it what broke, what was offered, and how to do it again."""
    targets = list(dict.fromkeys([made.target for made in run.breaks]))
    by_place = {(made.words, made.target): made for made in run.breaks}
    words = list(dict.fromkeys(made.words for made in run.breaks))
    broken = _broken(run.breaks)
    lines = [
        "# What users saw of each fault",
        "",
        f"| fault | {' | '.join(f'`{target}`' for target in targets)} |",
        "| :--- |" + " :--- |" * len(targets),
        *(f"| {word} | {' | '.join(_cell(by_place.get((word, target))) for target in targets)} |" for word in words),
        "",
        *_legend(run),
        *(("", "Every promise was kept in every break that was done.") if run.breaks and not broken else ()),
        *_list("Broken promises", broken),
        *_list("Could not be done", [f"{name}: {why}" for name, why in run.failures.items()]),
    ]
    return "\n".join(lines) + "\n"


def _cell(made: Break | None) -> str:
    if made is None:
        return DASH
    failed = sum(seen.failed for seen in made.phases)
    offered = sum(seen.offered for seen in made.phases)
    waited = _ms(max((seen.p99_ms for seen in made.phases[1:] if seen.p99_ms is not None), default=None))
    again = "not right again" if made.recovery_s is None else f"right again after {recovery(made)}"
    marks = f"; **{len(made.broken)} broken**" if made.broken else ""
    return f"{whole_text(failed)} of {whole_text(offered)} failed, p99 {waited}; {again}{marks}"


def _legend(run: BreakRun) -> Iterable[str]:
    plans = list(dict.fromkeys(made.plan for made in run.breaks))
    for plan in plans:
        yield (
            f"{chosen_text(plan.rate)} requests/s in an open loop, the fault after {setting_text(plan.at_s)} for "
            f"{setting_text(plan.for_s)} (emptied: at once), seed {plan.seed}."
        )
    for words, why in dict.fromkeys((made.words, made.by_itself) for made in run.breaks if made.by_itself):
        yield f"{words[0].upper()}{words[1:]}: {why}."
    yield (
        "Each cell is one break. Failed are requests before, during and after the fault. p99 is that of the right "
        "answers, from when they were due, during it or after it, whichever is more: who connects to a container that "
        "is gone waits, and may be answered in the end."
    )
    yield f"Run {run.id}, {run.host.cpu_model}, {run.budget.label}, revision {run.git_revision}: `{run.command}`."


def _broken(breaks: Sequence[Break]) -> list[str]:
    return [
        f"{made.target}, {made.words}: {promise.name}: {promise.detail}"
        for made in breaks
        for promise in made.promises
        if not promise.kept
    ]


def _list(title: str, items: Sequence[str]) -> list[str]:
    return ["", f"{title}:", "", *(f"- {item}" for item in items)] if items else []
