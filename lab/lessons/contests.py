"""Two things measured in turns of the same seconds: what slows one slows the other, and their ratio stays.

This is a duet by turns, for a class: seconds instead of minutes, with an interval that says how far it may be trusted.
`lab bench` measures closer, with both at once.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from lab.deploy.prepare import Plan
from lab.errors import Inconclusive, LabError
from lab.lessons import asking, probes
from lab.lessons.judging import Seen
from lab.measure import inside
from lab.measure.rig import wait_until
from lab.measure.verify import loopback_session

RESTART_S = 60.0
POLL_S = 0.02


def ratio(turns: Iterable[tuple[float, float]]) -> Seen:
    """One over the other, over all turns, with its interval. Raises Inconclusive where there was nothing to measure."""
    from lab.figures import paired  # noqa: PLC0415 - half of what a verb imports, and most verbs measure nothing

    pairs = list(turns)
    if any(one <= 0 or other <= 0 for one, other in pairs):
        raise Inconclusive("too little was used to measure it", fix="run it again; more requests in a turn would help")
    found = paired.ratio(pairs)
    ones, others = sum(one for one, _ in pairs), sum(other for _, other in pairs)
    return Seen(value=found.value, low=found.low, high=found.high, detail=f"{ones:.3f} s against {others:.3f} s")


def waves(probe: probes.Waves, place: Plan) -> Seen:
    """How many times as long many at once take as one alone, with the interval that all turns of both leave open.

    One alone is asked before the first and after each. What else runs here only makes a turn longer, so the shortest of
    each are compared; where one of them was slow once, the interval is as wide.
    """
    alone, together = [_wave_s(probe, place, at_once=1)], []
    for _ in range(probe.repeats):
        together.append(_wave_s(probe, place, at_once=probe.at_once))
        alone.append(_wave_s(probe, place, at_once=1))
    low, high = min(together) / max(alone), max(together) / min(alone)
    detail = f"{probe.at_once} at once took {_times(together)}, one alone {_times(alone)}"
    return Seen(value=min(together) / min(alone), low=low, high=high, detail=detail)


def _wave_s(probe: probes.Waves, place: Plan, *, at_once: int) -> float:
    """Seconds until the last of some that begin together has its answer. Raises LabError for one without."""
    seconds, replies = asking.together(place.url, probe.ask, at_once=at_once)
    if wrong := [reply for reply in replies if reply.status != 200]:  # noqa: PLR2004
        raise LabError(
            f"{len(wrong)} of {at_once} requests were not answered with 200",
            where=f"{place.stack.name}, {probe.ask.path}: {wrong[0].status} {wrong[0].body}",
        )
    return seconds


def _times(seconds: Sequence[float]) -> str:
    """The least of some times, and the most where it would be written otherwise."""
    least, most = f"{min(seconds):.2f}", f"{max(seconds):.2f}"
    return f"{least} s" if least == most else f"{least} to {most} s"


def pace(probe: probes.Pace, place: Plan, beside: Plan) -> Iterator[tuple[float, float]]:
    """Seconds that a batch takes from each."""
    for number in range(probe.rounds):
        yield _in_turn(number, lambda: _batch_s(place, probe), lambda: _batch_s(beside, probe))


def _batch_s(place: Plan, probe: probes.Pace) -> float:
    began = time.monotonic()
    asking.ask_many(place.url, probe.ask, number=probe.requests, at_once=probe.at_once)
    return time.monotonic() - began


def cost(probe: probes.Cost, place: Plan, beside: Plan) -> Iterator[tuple[float, float]]:
    """CPU seconds that a batch takes from each."""
    for number in range(probe.rounds):
        yield _in_turn(
            number,
            lambda: _batch_cpu_s(place, probe, probe.services),
            lambda: _batch_cpu_s(beside, probe, probe.beside_services),
        )


def _batch_cpu_s(place: Plan, probe: probes.Cost, services: tuple[str, ...]) -> float:
    wanted = services or tuple(place.stack.tiers)
    before = inside.cpu_s(place.project.name, wanted)
    with loopback_session() as session:
        for _ in range(probe.requests):
            asking.ask(place.url, probe.ask, session=session)
    return inside.cpu_s(place.project.name, wanted) - before


def startup(probe: probes.Startup, place: Plan, beside: Plan) -> Iterator[tuple[float, float]]:
    """Seconds from the restart of each to its first right answer."""
    for number in range(probe.rounds):
        yield _in_turn(number, lambda: _startup_s(place, probe), lambda: _startup_s(beside, probe))


def _startup_s(place: Plan, probe: probes.Startup) -> float:
    inside.stop(place.project.name)
    began = time.monotonic()
    inside.start(place.project.name)
    answers = wait_until(
        lambda: asking.ask(place.url, probe.ask, patience_s=1).status == 200,  # noqa: PLR2004
        deadline_s=RESTART_S,
        every_s=POLL_S,
    )
    if not answers:
        raise Inconclusive(f"it did not answer within {RESTART_S:.0f} s of its restart", where=place.stack.name)
    return time.monotonic() - began


def _in_turn(number: int, one: Callable[[], float], other: Callable[[], float]) -> tuple[float, float]:
    """One measurement of each; who is first changes from turn to turn."""
    if number % 2:
        second = other()
        return one(), second
    first = one()
    return first, other()
