"""Rows that a sleep limits, through slots or connections: physics says their figure, on any machine."""

from lab.figures.numbers import count_text, number_text, time_text
from lab.judge.figures import Figure, Subject, waiting_bound
from lab.model import Bound, Estimate, Verdict

WITHIN = 0.05
"""How near a figure must come to count as reproduced. Sleeps are exact; timers, rounds and start-up are not."""
AT_BOUND = 0.9
"""Published over what the sleep allows, from which on the wait limited the source, and not its machine."""
BUSY = 0.5
"""Of a run's cores in use, from which on requests may well wait for one another beside their sleep."""


def allowed(subject: Subject, figure: Figure) -> tuple[Bound, float] | None:
    """What the sleep allows under the source's load, and that in the unit of the figure; None without a sleep.

    A mean is left out: without its rate nobody knows under which load it came about.
    """
    bound = waiting_bound(subject.cell, connections=subject.source.connections)
    if bound is None or figure.kind == "mean_ms":
        return None
    return bound, _value(figure, subject.source.connections, bound.requests_per_second)


def published_share(subject: Subject, figure: Figure) -> float:
    """How near the published figure comes to what the sleep allows; 0 without a sleep."""
    found = allowed(subject, figure)
    if found is None:
        return 0.0
    return figure.published / found[1] if figure.rises else found[1] / figure.published


def waited_at_the_source(subject: Subject, figure: Figure) -> bool:
    """Whether the published figure is what the sleep allows; of locks it is not known how many the source had."""
    return subject.cell.at_once is None and published_share(subject, figure) >= AT_BOUND


def waits_here(subject: Subject, figure: Figure) -> bool:
    """Whether the sleep, through slots or connections, is what binds in this run."""
    bound = subject.result.bound
    return allowed(subject, figure) is not None and bound is not None and bound.name != "cores"


def concerns(subject: Subject, figure: Figure) -> bool:
    """Whether a row is to be judged here, and not by its CPU."""
    return waited_at_the_source(subject, figure) or waits_here(subject, figure)


def judge(subject: Subject, figure: Figure) -> Verdict:
    """Reproduced within 5% of what was published, or of what the sleep allows where it limited both."""
    bound, most = allowed(subject, figure) or (None, 0.0)
    if bound is None:
        message = "a row without a sleep has no limit that holds anywhere"
        raise ValueError(message)
    against = f"{figure.measured_text} against {figure.text(figure.published)}"
    both = waited_at_the_source(subject, figure) and waits_here(subject, figure)
    if _near(figure.measured, figure.published):
        near = f"{_within(figure.measured, figure.published)} of it"
        return Verdict(name="reproduced", reason=f"{against}, {near}; {_limit(bound, figure, most)}")
    if both and _near(figure.measured, most):
        near = f"{_within(figure.measured, most)} of theory"
        return Verdict(name="reproduced", reason=f"{against}; {near}: {_limit(bound, figure, most)}")
    return _missed(subject, figure, most, against)


def _missed(subject: Subject, figure: Figure, most: float, against: str) -> Verdict:
    """Why a row is not what was published: it was asked less, it had fewer cores, or it differs."""
    if _other_connections(subject, most=most, figure=figure):
        return _under_another_load(subject, figure, most)
    if not waits_here(subject, figure):
        return _cores_bind(subject, figure)
    if not waited_at_the_source(subject, figure):
        return _only_here(subject, figure, against)
    if _crowded(subject, figure):
        return _waited_for_cores(subject, figure, against)
    return Verdict(name="differs", reason=f"{against}, {_distance(figure)}; {_here(subject)}")


def _other_connections(subject: Subject, *, most: float, figure: Figure) -> bool:
    """Whether the connections of this run allow something else than the source's did."""
    return not _near_value(_most_here(subject, figure), most)


def _most_here(subject: Subject, figure: Figure) -> float:
    connections = subject.cell.load.connections
    bound = waiting_bound(subject.cell, connections=connections)
    return _value(figure, connections, bound.requests_per_second) if bound else 0.0


def _under_another_load(subject: Subject, figure: Figure, most: float) -> Verdict:
    mine, theirs = subject.cell.load.connections, subject.source.connections
    load = (
        f"scaled away: {mine:,} of {theirs:,} connections"
        if mine < theirs
        else f"{mine:,} requests under way at once, not {theirs:,}"
    )
    allow, limit = ("allow", "most") if figure.rises else ("take", "least")
    reason = (
        f"{load}, which {allow} {figure.text(_most_here(subject, figure))} at "
        f"{limit} instead of {figure.text(most)}; measured {figure.measured_text}, published "
        f"{figure.text(figure.published)}"
    )
    return Verdict(name="not comparable here", reason=reason)


def _cores_bind(subject: Subject, figure: Figure) -> Verdict:
    """The source waited, this run computes: because it had fewer cores, or for another reason."""
    cpu_us = subject.result.cpu_us_per_request.get("total", 0.0)
    needed = cpu_us / 1e6 * _rate(figure, subject.source.connections)
    had, wished = subject.cores, subject.budget.wished_cpus
    cost = (
        f"at {number_text(cpu_us)} µs of CPU a request, {figure.text(figure.published)} "
        f"need{'s' * (not figure.rises)} {number_text(needed)} cores"
    )
    if subject.at_once(had) < subject.at_once(wished):
        reason = f"scaled away: {cost}, and this run had {had} of {wished}; measured {figure.measured_text}"
        return Verdict(name="not comparable here", reason=reason)
    return Verdict(
        name="differs",
        reason=f"{figure.measured_text} against {figure.text(figure.published)}, {_distance(figure)}: the source's "
        f"limit was its wait, here the CPU binds; {cost}, and this run had {had}",
    )


def _only_here(subject: Subject, figure: Figure, against: str) -> Verdict:
    if subject.cell.at_once is None:
        share = published_share(subject, figure)
        why = f"the source came to {share:.0%} of what its load allows, so its machine was the limit"
    else:
        why = "these slots are locks of the lab's own workload, and how many the source had is not known"
    return Verdict(name="differs", reason=f"{against}, {_distance(figure)}; {_here(subject)}; {why}")


def _crowded(subject: Subject, figure: Figure) -> bool:
    """Whether a rate fell short on fewer cores than the source had, and those were busy enough to explain it."""
    fewer = subject.at_once(subject.cores) < subject.at_once(subject.budget.wished_cpus)
    short = figure.rises and figure.measured.value < figure.published
    return fewer and short and subject.result.cpu_cores.get("total", 0.0) >= BUSY * subject.cores


def _waited_for_cores(subject: Subject, figure: Figure, against: str) -> Verdict:
    """Neither limit is reached: the sleep still sets most of a request's time, the few cores the rest of it."""
    result = subject.result
    most = result.bound.requests_per_second if result.bound else 0.0
    turn_s, least_s = (result.load.connections / rate for rate in (figure.measured.value, most))
    used, had = number_text(result.cpu_cores["total"]), count_text(subject.cores, "core")
    reason = (
        f"scaled away: {against}, {_distance(figure)}; a connection got its turn every {time_text(turn_s)}, where "
        f"sleep and CPU alone take {time_text(least_s)}, with {used} of {had} in use "
        f"and {subject.budget.wished_cpus} wished for: what it lacks cannot be told from waiting for a core"
    )
    return Verdict(name="not comparable here", reason=reason)


def _here(subject: Subject) -> str:
    bound, rate = subject.result.bound, subject.result.requests_per_second
    if bound is None or rate is None:
        return "nothing is known of its bound"
    cores = subject.result.cpu_cores.get("total")
    busy = f", with {number_text(cores)} of {count_text(subject.cores, 'core')} in use" if cores else ""
    share = rate.value / bound.requests_per_second
    return f"{bound.name} allow the least here ({bound.formula}) and it came to {share:.0%} of that{busy}"


def _limit(bound: Bound, figure: Figure, most: float) -> str:
    if figure.rises:
        return f"{bound.name} set it, {bound.formula} = {figure.text(most)}"
    # The formula of a burst is a rate, too; and where each request has its slot, nothing is shared out.
    what = "the sleep of one request" if bound.name == "connections" else bound.name
    return f"{what} set it, {figure.text(most)} at best ({bound.formula})"


def _distance(figure: Figure) -> str:
    change = figure.measured.value / figure.published - 1
    return f"{abs(change):.0%} {'more' if change > 0 else 'less'}"


def _value(figure: Figure, requests: int, rate: float) -> float:
    return rate if figure.rises else requests / rate * 1000


def _rate(figure: Figure, requests: int) -> float:
    return figure.published if figure.rises else requests / figure.published * 1000


def _near(measured: Estimate, target: float) -> bool:
    """Whether the value, or its interval, reaches into the band around the target."""
    low, high = (end if end is not None else measured.value for end in (measured.low, measured.high))
    return low <= target * (1 + WITHIN) and high >= target * (1 - WITHIN)


def _within(measured: Estimate, target: float) -> str:
    """How near it came, so that nobody takes an interval's end for the value."""
    inside = abs(measured.value / target - 1) <= WITHIN
    return f"within {WITHIN:.0%}" if inside else f"its interval reaches within {WITHIN:.0%}"


def _near_value(one: float, other: float) -> bool:
    return abs(one / other - 1) < 1e-9 if other else False  # noqa: PLR2004 - equal, but for rounding
