"""`lab why`: turn → stack → load and looks → diagnosis → what to try next."""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter

from lab.catalog import Catalog, environment
from lab.commands import earlier
from lab.commands.earlier import Change, RateAnswer
from lab.deploy import building, config_lines, settings_files, stack_up
from lab.deploy.config_lines import Place
from lab.deploy.stack_up import UpRequest
from lab.deploy.workplace import Workplace, workplace
from lab.diagnosis import diagnose, hints, remedy
from lab.diagnosis.diagnose import Diagnosis
from lab.diagnosis.finding import Cause, Clue
from lab.diagnosis.remedy import ComposeLine, Step
from lab.engine.inventory import Running
from lab.errors import UsageError
from lab.host.say import Say
from lab.measure import credentials, inquiry
from lab.measure.rig import Rig
from lab.model import Budget, Deployment, Machine, Workload
from lab.model.evidence import Evidence
from lab.plan import DEFAULT_WORKLOAD


@dataclass(frozen=True, slots=True, kw_only=True)
class RateQuestion:
    """What is asked of which stack, and how."""

    catalog: Catalog
    deployment: Deployment
    workload: Workload
    rate: float
    duration_s: float
    timeout_s: float
    others: tuple[str, ...] = ()
    """The other options as they were typed, to be repeated in the command that tests the step."""
    shape: tuple[str, ...] = ()
    """Those of them that `lab up` has, too: pins, and what the stack gets of the machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What was seen, what it means, and what to try next."""

    question: RateQuestion
    observed: Evidence
    diagnosis: Diagnosis
    step: Step | None
    command: str | None
    """The one that tests the step."""
    change: Change | None
    """What was changed since the same was asked the last time, and what that did; None if nothing was."""
    kept: Path
    """The file with all that was seen."""
    hints: tuple[str, ...] = ()
    """Where no rule says what gave way: what can be said of it."""


def question(
    catalog: Catalog,
    deployment: Deployment,
    *,
    workload: str | None,
    rate: float,
    duration_s: float,
    timeout_s: float,
    others: Sequence[str] = (),
    shape: Sequence[str] = (),
) -> RateQuestion:
    """What to ask. Raises UnknownName, and UsageError for a stack that cannot be asked at a rate."""
    stack = catalog.stack(deployment.stack)
    if stack.entry.scheme != "http":
        raise UsageError(
            f"{stack.name} speaks https, and requests at a fixed rate go out by plain HTTP only",
            where="--rate",
            fix="name a stack without TLS",
        )
    chosen = workload or (DEFAULT_WORKLOAD if DEFAULT_WORKLOAD in stack.workloads else stack.workloads[0])
    asked = catalog.workload(chosen, of=stack)
    if asked.script is not None:
        raise UsageError(
            f"{chosen} is a script of its own, and what `why` asks goes out at a fixed rate",
            where=f"{asked.script.file} of {stack.name}",
            fix="name another workload with --workload: those under `requests` of lab.yaml can be asked so",
        )
    credentials.require([asked])
    return RateQuestion(
        catalog=catalog,
        deployment=deployment,
        workload=asked,
        rate=rate,
        duration_s=duration_s,
        timeout_s=timeout_s,
        others=tuple(others),
        shape=tuple(shape),
    )


def answer(asked: RateQuestion, *, machine: Machine, budget: Budget, exactly: bool, wait_s: float, say: Say) -> Reason:
    """Offer the rate and say what gave way first. A stack that is up is taken as it is, and stays up.

    `exactly` says that a variant or a setting was asked for, which a stack that is up must have.
    Raises UsageError if it has another, HostBusy, Unhealthy, EngineUnavailable.
    """
    request = UpRequest(catalog=asked.catalog, deployment=asked.deployment, machine=machine, budget=budget, port=0)
    with workplace(wait_s=wait_s, say=say) as place:
        running = stack_up.before(request, place.client)
        if running is not None:
            asked = replace(asked, deployment=_as_it_is(asked, running, exactly=exactly, say=say))
        with _rig(replace(request, deployment=asked.deployment), running, place=place, say=say) as rig:
            say(f"asking {asked.deployment.name} for {asked.workload.name} {asked.rate:g} times a second")
            observed = inquiry.observe(
                rig,
                asked.workload,
                rate=asked.rate,
                duration_s=asked.duration_s,
                timeout_s=asked.timeout_s,
                budget=budget,
            )
            images = inquiry.images(rig)
    found = diagnose.diagnose(observed)
    folder = asked.catalog.root / "results" / inquiry.FOLDER / asked.deployment.stack
    kept, change = keep(observed, folder), _change(_found(asked, observed, found, images), folder)
    step = _step(asked, found.first, change) if found.first else None
    command = _command(asked, step, is_up=running is not None) if step else None
    return Reason(
        question=asked,
        observed=observed,
        diagnosis=found,
        step=step,
        command=command,
        change=change,
        kept=kept,
        hints=tuple(hints.held(observed)) if found.outcome == "undecided" else (),
    )


def _found(asked: RateQuestion, observed: Evidence, found: Diagnosis, images: Mapping[str, str]) -> RateAnswer:
    stack = asked.catalog.stack(asked.deployment.stack)
    return RateAnswer(
        workload=asked.workload.name,
        rate=asked.rate,
        duration_s=asked.duration_s,
        settings=environment(stack, asked.deployment),
        files=earlier.digest(stack, within=asked.catalog.root),
        images=images,
        answered=observed.course.answered,
        first=found.first,
        outcome=found.outcome,
    )


def _change(now: RateAnswer, folder: Path) -> Change | None:
    """What was changed since the last time; what was found now is kept for the next one."""
    change = earlier.change(now, earlier.kept(folder))
    earlier.keep(now, folder)
    return change


def keep(observed: Evidence, folder: Path) -> Path:
    """Write all that was seen of a stack in its folder, in place of what was seen before."""
    path = folder / "observed.json"
    path.write_bytes(TypeAdapter(Evidence).dump_json(observed, indent=1))
    return path


def _as_it_is(asked: RateQuestion, running: Running, *, exactly: bool, say: Say) -> Deployment:
    """What is up, as far as its label tells. Raises UsageError if something else was asked for."""
    if exactly and running.target != asked.deployment.name:
        raise UsageError(
            f"{running.target} is up, and {asked.deployment.name} was asked for",
            fix=f"lab down {running.stack}, or lab why {running.stack}",
        )
    say(f"{running.target} is up, and is asked as it is")
    target, *pairs = running.target.split("+")
    settings = dict(pair.split("=", 1) for pair in pairs)
    _, _, variant = target.partition("@")
    return replace(asked.deployment, variant=variant, settings=tuple(sorted(settings.items())))


@contextmanager
def _rig(request: UpRequest, running: Running | None, *, place: Workplace, say: Say) -> Iterator[Rig]:
    if running is not None:
        with inquiry.beside(request, running, place=place) as rig:
            yield rig
        return
    building.bake(request.catalog, [request.deployment.stack], pins=[request.deployment.pins], say=say)
    say(f"starting {request.deployment.name}")
    with inquiry.brought_up(request, place=place) as rig:
        yield rig


def _step(asked: RateQuestion, clue: Clue, change: Change | None) -> Step:
    """What to try; where a change did nothing, not the same setting again."""
    stack = asked.catalog.stack(asked.deployment.stack)
    factors = stack.slots if clue.cause == "slots" else stack.processes
    lines = [line for path in stack.files for line in _lines(config_lines.of_service(path, clue.tier), asked.catalog)]
    within = asked.catalog.root
    given = dict.fromkeys(file for path in stack.files for file in settings_files.given(path, clue.tier, within=within))
    futile = change.settings if change and change.futile else {}
    if futile and clue.cause == "slots":
        clue = replace(clue, cause=_instead_of_slots(change))
    return remedy.propose(
        clue,
        lines,
        settings=environment(stack, asked.deployment),
        factors=[name for name in factors.get(asked.deployment.variant, ()) if not name.isdigit()],
        files=_lines((place for file in given for place in config_lines.whole(file)), asked.catalog),
        futile=futile,
    )


def _instead_of_slots(change: Change | None) -> Cause:
    """What holds a stack whose slots were changed in vain: more in service wait for one another, others for a lock."""
    one, other = (change.before.first, change.now.first) if change else (None, None)
    return "contention" if one and other and (other.at_once or 0) > (one.at_once or 0) else "lock"


def _lines(places: Iterable[Place], catalog: Catalog) -> Iterator[ComposeLine]:
    """Those of the places that say something, in their order; a file is read when its first line is wanted."""
    texts: dict[Path, list[str]] = {}
    for file, number in places:
        if file not in texts:
            texts[file] = config_lines.text_of(file).splitlines()
        text = texts[file][number]
        if text.strip() and not text.lstrip().startswith(config_lines.COMMENT):
            yield ComposeLine(path=_shown(file.resolve(), catalog), number=number + 1, text=text.strip())


def _shown(file: Path, catalog: Catalog) -> str:
    """A file's name from the folder of its project, or of the lab."""
    folders = [folder for folder in (catalog.root, catalog.home) if file.is_relative_to(folder)]
    return str(file.relative_to(folders[0]) if folders else file)


def _command(asked: RateQuestion, step: Step, *, is_up: bool) -> str:
    """What tests the step; a stack that is up must first get the setting."""
    deployment = asked.deployment
    settings = dict(deployment.settings)
    if step.setting and step.value:
        settings[step.setting] = step.value
    named = asked.catalog.stack(deployment.stack).typed
    target = f"{named}@{deployment.variant}"
    pairs = [part for name, value in sorted(settings.items()) for part in ("--set", f"{name}={value}")]
    how = [
        "--workload",
        asked.workload.name,
        "--rate",
        f"{asked.rate:g}",
        "--duration",
        f"{asked.duration_s:g}",
        *asked.others,
    ]
    if is_up:
        return f"{shlex.join(['lab', 'up', target, *asked.shape, *pairs])} && {shlex.join(['lab', 'why', named, *how])}"
    return shlex.join(["lab", "why", target, *how, *pairs])
