"""Rows that a sleep limits, through slots or connections: physics says their figure, on any machine."""

from lab.figures.numbers import count_text, number_text, time_text
from lab.judge.figures import WITHIN, JudgedFigure, Subject, waiting_bound
from lab.model import Bound, Verdict

AT_BOUND = 0.9
"""Published over what the sleep allows: from here, the wait limited the source and not its machine."""
BUSY = 0.5
"""Share of a run's cores in use from which requests may well wait for one another, too, and not only sleep."""


def allowed(subject: Subject, figure: JudgedFigure) -> tuple[Bound, float] | None:
    """What the sleep allows under the source's load, and that in the unit of the figure; None without a sleep.

    A mean is left out: without its rate nobody knows under which load it came about.
    """
    bound = waiting_bound(subject.cell, connections=subject.source.connections)
    if bound is None or figure.kind == "mean_ms":
        return None
    return bound, _value(figure, subject.source.connections, bound.requests_per_second)


def published_share(subject: Subject, figure: JudgedFigure) -> float:
    """How near the published figure comes to what the sleep allows; 0 without a sleep."""
    found = allowed(subject, figure)
    if found is None:
        return 0.0
    return figure.published / found[1] if figure.rises else found[1] / figure.published


def waited_at_the_source(subject: Subject, figure: JudgedFigure) -> bool:
    """Whether the published figure is what the sleep allows; of locks it is not known how many the source had."""
    return subject.cell.at_once is None and published_share(subject, figure) >= AT_BOUND


def waits_here(subject: Subject, figure: JudgedFigure) -> bool:
    """Whether the sleep, through slots or connections, is what binds in this run."""
    bound = subject.result.bound
    return allowed(subject, figure) is not None and bound is not None and bound.name != "cores"


def concerns(subject: Subject, figure: JudgedFigure) -> bool:
    """Whether a row is to be judged here, and not by its CPU."""
    return waited_at_the_source(subject, figure) or waits_here(subject, figure)


def judge(subject: Subject, figure: JudgedFigure) -> Verdict:
    """Reproduced where the figure itself is met; else why it is not."""
    bound, most = allowed(subject, figure) or (None, 0.0)
    if bound is None:
        message = "a row without a sleep has no limit that holds anywhere"
        raise ValueError(message)
    if figure.reproduced:
        reason = f"{figure.against}, within {WITHIN:.0%} of it; {_limit(bound, figure, most)}"
        return Verdict(name="reproduced", reason=reason)
    return _missed(subject, figure, most, figure.against)


def _missed(subject: Subject, figure: JudgedFigure, most: float, against: str) -> Verdict:
    """Why a row is not what was published: it was asked less, it is unsteady, it had fewer cores, or it differs."""
    if _other_connections(subject, most=most, figure=figure):
        return _under_another_load(subject, figure, most)
    if figure.unclear:
        return _unsteady(figure)
    if not waits_here(subject, figure):
        return _cores_bind(subject, figure)
    if not waited_at_the_source(subject, figure):
        return _only_here(subject, figure, against)
    if _crowded(subject, figure):
        return _waited_for_cores(subject, figure, against)
    return Verdict(name="differs", reason=f"{against}, {_distance(figure)}; {_here(subject)}")


def _unsteady(figure: JudgedFigure) -> Verdict:
    reason = (
        f"too unsteady here: {figure.against}; its interval reaches within {WITHIN:.0%} of it, and too far away to "
        "call it reproduced"
    )
    return Verdict(name="not comparable here", reason=reason)


def _other_connections(subject: Subject, *, most: float, figure: JudgedFigure) -> bool:
    """Whether the connections of this run allow something else than the source's did."""
    return not _near_value(_most_here(subject, figure), most)


def _most_here(subject: Subject, figure: JudgedFigure) -> float:
    connections = subject.cell.load.connections
    bound = waiting_bound(subject.cell, connections=connections)
    return _value(figure, connections, bound.requests_per_second) if bound else 0.0


def _under_another_load(subject: Subject, figure: JudgedFigure, most: float) -> Verdict:
    mine, theirs = subject.cell.load.connections, subject.source.connections
    load = (
        f"scaled away: {mine:,} of {theirs:,} connections"
        if mine < theirs
        else f"{mine:,} requests under way at once, not {theirs:,}"
    )
    here, there = figure.text(_most_here(subject, figure)), figure.text(most)
    allowed_by = (
        f"which allow {here} at most instead of {there}"
        if figure.rises
        else f"which take {here} at least instead of {there}"
    )
    measured = f"measured {figure.measured_text}, published {figure.text(figure.published)}"
    return Verdict(name="not comparable here", reason=f"{load}, {allowed_by}; {measured}")


def _cores_bind(subject: Subject, figure: JudgedFigure) -> Verdict:
    """The source waited, this run computes: because it had fewer cores, or for another reason."""
    spent = subject.result.cpu_us_per_request.get("total")
    cpu_s = spent.value / 1e6 if spent else 0.0
    needed = number_text(cpu_s * _rate(figure, subject.source.connections))
    had, wished = subject.cores, subject.budget.wished_cpus
    cost = f"at {time_text(cpu_s)} of CPU a request, {figure.text(figure.published)} would take {needed} cores"
    if subject.at_once(had) < subject.at_once(wished):
        reason = f"scaled away: {cost}, and this run had {had} of {wished}; measured {figure.measured_text}"
        return Verdict(name="not comparable here", reason=reason)
    return Verdict(
        name="differs",
        reason=f"{figure.against}, {_distance(figure)}: the source's "
        f"limit was its wait, here the CPU binds; {cost}, and this run had {had}",
    )


def _only_here(subject: Subject, figure: JudgedFigure, against: str) -> Verdict:
    if subject.cell.at_once is None:
        share = published_share(subject, figure)
        why = f"the source came to {share:.0%} of what its load allows, so its machine was the limit"
    else:
        why = "these slots are locks of the lab's own workload, and how many the source had is not known"
    return Verdict(name="differs", reason=f"{against}, {_distance(figure)}; {_here(subject)}; {why}")


def _crowded(subject: Subject, figure: JudgedFigure) -> bool:
    """Whether a rate fell short on fewer cores than the source had, and those were busy enough to explain it."""
    fewer = subject.at_once(subject.cores) < subject.at_once(subject.budget.wished_cpus)
    short = figure.rises and figure.measured.value < figure.published
    return fewer and short and subject.result.cpu_cores.get("total", 0.0) >= BUSY * subject.cores


def _waited_for_cores(subject: Subject, figure: JudgedFigure, against: str) -> Verdict:
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
        return "its bound is not known"
    share = f"{rate.value / bound.requests_per_second:.0%}"
    if bound.name == "cores":
        return f"cores allow the least here ({bound.formula}), kept {share} busy"
    cores = subject.result.cpu_cores.get("total")
    busy = f", with {number_text(cores)} of {count_text(subject.cores, 'core')} in use" if cores else ""
    return f"{bound.name} allow the least here ({bound.formula}) and it came to {share} of that{busy}"


def _limit(bound: Bound, figure: JudgedFigure, most: float) -> str:
    if figure.rises:
        return f"{bound.name} set it, {bound.formula} = {figure.text(most)}"
    # The formula of a burst is a rate, too; and where each request has its slot, nothing is shared out.
    what = "the sleep of one request" if bound.name == "connections" else bound.name
    return f"{what} set it, {figure.text(most)} at best ({bound.formula})"


def _distance(figure: JudgedFigure) -> str:
    change = figure.measured.value / figure.published - 1
    return f"{abs(change):.0%} {'more' if change > 0 else 'less'}"


def _value(figure: JudgedFigure, requests: int, rate: float) -> float:
    return rate if figure.rises else requests / rate * 1000


def _rate(figure: JudgedFigure, requests: int) -> float:
    return figure.published if figure.rises else requests / figure.published * 1000


def _near_value(one: float, other: float) -> bool:
    return abs(one / other - 1) < 1e-9 if other else False  # noqa: PLR2004 - equal, but for rounding
