"""`lab why`."""

import shlex
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from lab.catalog import places
from lab.cli import output, typed
from lab.cli.bench import Workload
from lab.cli.options import (
    BudgetOptions,
    Json,
    PinsOption,
    Settings,
    Target,
    Wait,
    read_budget,
    read_settings,
    with_budget,
)
from lab.errors import Inconclusive, UsageError
from lab.figures.numbers import chosen_text, count_text, listing, time_text, whole_text
from lab.model import MOST_PER_SECOND

if TYPE_CHECKING:
    from lab.commands.earlier import Change, RateAnswer
    from lab.commands.why import Reason
    from lab.diagnosis.finding import Clue

Rate = Annotated[
    float,
    typer.Option("--rate", envvar="LAB_RATE", help="Requests a second, in an open loop: whatever the stack answers."),
]
Duration = Annotated[
    float, typer.Option("--duration", "-d", envvar="LAB_DURATION", min=1, max=600, help="Seconds of load.")
]
Timeout = Annotated[
    float,
    typer.Option("--timeout", envvar="LAB_TIMEOUT", min=0.1, max=600, help="Seconds after which a client gives up."),
]

SAID_ANYWAY = ("workload", "rate", "duration", "settings", "wait", "json")
"""Options that the command which tests a step has of its own, or that say nothing about what is asked."""


@with_budget
def command(
    context: typer.Context,
    target: Target,
    *,
    rate: Rate,
    workload: Workload = None,
    duration: Duration = 10,
    timeout: Timeout = 10,
    pins: PinsOption = "current",
    settings: Settings = None,
    wish: BudgetOptions,
    wait: Wait = 0,
    json: Json = False,
) -> None:
    """Ask a stack at a fixed rate and say what gave way first, with evidence, or that nothing did.

    A stack that is up is taken as it is; else it is brought up and taken down again. Ends with what to try next.
    """
    from lab.commands import why

    if not 0 < rate <= MOST_PER_SECOND:
        raise UsageError(f"{rate:g} is not a rate", where="--rate", fix=f"more than 0, at most {MOST_PER_SECOND:,}")
    (catalog, (name,)), chosen = places.catalog_of([target]), read_settings(settings)
    deployment = catalog.deployment(name, pins=pins, settings=chosen)
    asked = why.question(
        catalog,
        deployment,
        workload=workload,
        rate=rate,
        duration_s=duration,
        timeout_s=timeout,
        others=typed.options(context, but=SAID_ANYWAY),
        shape=typed.options(context, but=(*SAID_ANYWAY, "timeout")),
    )
    machine, budget = read_budget(wish)
    told = why.answer(
        asked, machine=machine, budget=budget, exactly="@" in name or bool(chosen), wait_s=wait, say=output.say
    )
    if json:
        output.print_json(_as_json(told))
    else:
        print("\n".join(_lines(told)))
    if told.diagnosis.outcome == "undecided":
        raise Inconclusive(
            "something gave way, and the evidence does not say what",
            where=told.question.deployment.name,
            fix="; ".join(_candidates(told)),
        )


def _lines(told: "Reason") -> list[str]:
    """The answer on one screen: what gave way, evidence, what followed, what to try."""
    asked, found = told.question, told.diagnosis
    how = f"{chosen_text(asked.rate)}/s, on {count_text(told.observed.cores, 'core')}"
    lines = [f"{asked.deployment.name}, {asked.workload.name} at {how}: {_verdict(told)}"]
    lines += [f"  {sentence}" for sentence in found.symptoms]
    if found.first:
        lines += [f"first: {_named(found.first)}", *(f"  {sentence}" for sentence in found.first.evidence)]
    if found.followed:
        lines.append("also seen:")
        lines += [f"  {_named(clue)}: {clue.evidence[0]}" for clue in found.followed]
    lines += [f"not yet, but coming: {sentence}" for sentence in found.remarks]
    if told.change:
        lines += ["", _changed(told.change)]
    if told.step:
        lines += ["", f"try next (a hypothesis): {told.step.words}", f"  {told.step.change}"]
        if line := told.step.line:
            lines.append(f"  {line.path}:{line.number}: {line.text}")
        lines.append(f"  {'test it' if told.step.value else 'once that is changed, test it'}: {told.command}")
    lines += [f"not seen: {sentence}" for sentence in told.observed.blind]
    return [*lines, f"all that was seen: {told.kept}"]


def _verdict(told: "Reason") -> str:
    course, found = told.observed.course, told.diagnosis
    if found.outcome == "healthy":
        latency = course.latency
        waits = f", p50 {time_text(latency.p50 / 1000)}, p99 {time_text(latency.p99 / 1000)}" if latency else ""
        return (
            f"nothing gave way. {whole_text(course.answered)} of {whole_text(course.offered)} requests answered{waits}."
        )
    if found.first is None:
        return "something gave way, and the evidence does not say what."
    return f"{found.first.cause} of {found.first.tier} gave way first."


def _changed(change: "Change") -> str:
    """What was changed since the same was asked the last time, and what became of it."""
    pairs = [f"{name}={was or '(unset)'}" for name, (was, _) in change.settings.items()]
    other = [f"another image of {service}" for service in change.images]
    files = ["another configuration"] if change.configured else []
    what = [*pairs, *other, *files] or ["other services"]
    before, now = change.before, change.now
    told = f"the last time, with {listing(what)}: {_in_short(before)}; now {_in_short(now)}."
    return f"{told} The change is not what it waits for." if change.futile else told


def _in_short(found: "RateAnswer") -> str:
    answers = f"{whole_text(found.answered)} answers"
    if found.outcome == "healthy":
        return f"nothing gave way, {answers}"
    if found.first is None:
        return f"something gave way, not known what, {answers}"
    at_once = f", {found.first.at_once} at once" if found.first.at_once else ""
    return f"{found.first.cause} of {found.first.tier}{at_once}, {answers}"


def _named(clue: "Clue") -> str:
    return f"{clue.cause} of {clue.tier}, seen from {clue.since_s:.1f} s on"


def _candidates(told: "Reason") -> list[str]:
    """What it may be where nothing that was looked at gave way."""
    found = [
        f"a tier itself answers {status}: what it writes to its log, or the code that answers so, says why"
        for status in told.observed.course.refusals
    ]
    found += told.hints
    found.append(
        "it may be a limit inside of the application (a lock, a semaphore, a queue of its own), or one "
        "that a proxy is told to keep, without a word in its log"
    )
    if told.observed.blind:
        found.append("or what was not seen: " + "; ".join(told.observed.blind))
    name = told.question.catalog.stack(told.question.deployment.stack).typed
    return [*found, f"lab up {shlex.quote(name)}, the same question again, and lab logs show what the tiers say"]


def _change_as_json(change: "Change") -> dict[str, object]:
    return {"settings": change.settings, "images": change.images, "files": change.configured, "futile": change.futile}


def _as_json(told: "Reason") -> dict[str, object]:
    asked, found, course = told.question, told.diagnosis, told.observed.course
    return {
        "stack": asked.deployment.stack,
        "variant": asked.deployment.variant,
        "workload": asked.workload.name,
        "outcome": found.outcome,
        "symptoms": list(found.symptoms),
        "first": asdict(found.first) if found.first else None,
        "followed": [asdict(clue) for clue in found.followed],
        "remarks": list(found.remarks),
        "candidates": _candidates(told) if found.outcome == "undecided" else [],
        "next": {**asdict(told.step), "command": told.command} if told.step else None,
        "changed": _change_as_json(told.change) if told.change else None,
        "not_seen": list(told.observed.blind),
        "load": asdict(course),
        "alone_s": told.observed.alone_s,
        "kept": str(told.kept),
    }
