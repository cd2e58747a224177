"""Each kind of probe at work: what it sees of the stacks that are up. Nothing here judges."""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab import audit as audits
from lab.audit import source
from lab.audit.row import Row
from lab.deploy.prepare import Plan
from lab.errors import Inconclusive
from lab.host.interrupts import uninterrupted
from lab.lessons import asking, contests, probes
from lab.lessons.asking import Reply
from lab.lessons.judging import Seen
from lab.measure import inside
from lab.measure.inside import InsideProcess
from lab.measure.rig import wait_until

SHOWN, BEFORE = 60, 20
"""Letters of a text that are shown, and how many of them stand before the first that is not as it should be."""
INIT = "docker-init"
"""The engine's own first process of a container: nobody in a lesson has started it."""
LOG_PATIENCE_S = 5.0
LOG_SINCE_S = 120.0
SETTLE_S = 0.3
SETTLED_S, SETTLED_WITHIN_S = 0.7, 15.0
"""For so long no process may have come or gone; after so long what is there is counted all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What a probe may look at."""

    stacks: Mapping[str, Plan]
    """Those that are up, by their keys in the lesson."""
    files: Path
    """The folder of what they are made from."""


def look(probe: probes.Probe, stage: Stage) -> Seen:
    """What a probe sees now. Raises LabError where it cannot look, Inconclusive where the machine is too noisy."""
    return _LOOKS[type(probe)](probe, stage)


def _answer(probe: probes.Answer, stage: Stage) -> Seen:
    reply = asking.ask(stage.stacks[probe.stack].url, probe.ask)
    if reply.status == 0:
        return Seen(value=0 if probe.take == "status" else "", detail=f"no answer: {reply.body}")
    if probe.take == "status":
        return Seen(value=reply.status, detail=_short(reply.body))
    if probe.take == "body":
        return Seen(value=reply.body)
    return Seen(value=reply.headers.get(probe.header.lower(), ""), detail=f"status {reply.status}")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else f"{line[:SHOWN]}…"


def _same(probe: probes.Same, stage: Stage) -> Seen:
    one, other = (asking.ask(stage.stacks[key].url, probe.ask) for key in (probe.stack, probe.beside))
    facts: dict[str, tuple[object, object]] = {"status": (one.status, other.status)}
    facts |= {"body": _where_they_differ(one.body, other.body)}
    facts |= {name: (one.headers.get(name.lower(), ""), other.headers.get(name.lower(), "")) for name in probe.headers}
    unlike = [f"{name}: {mine!r} against {its!r}" for name, (mine, its) in facts.items() if mine != its]
    if one.status == 0 or other.status == 0:
        unlike.append("one of the two does not answer")
    return Seen(value=len(unlike), detail="; ".join(unlike), of="not alike")


def _where_they_differ(one: str, other: str) -> tuple[str, str]:
    """Both texts from shortly before the first difference on, spaces and newlines as they are."""
    alike = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    begin = max(sum(1 for _ in alike) - BEFORE, 0)
    return one[begin : begin + SHOWN], other[begin : begin + SHOWN]


def _count(probe: probes.Count, stage: Stage) -> Seen:
    place = stage.stacks[probe.stack]
    missing: AbstractContextManager[None] = nullcontext()
    if probe.without is not None:
        missing = inside.without(place.project.name, probe.without)
    with missing:
        replies = asking.ask_many(
            place.url, probe.ask, number=probe.requests, at_once=probe.at_once, patience_s=probe.patience_s
        )
    if probe.without is not None:
        inside.restart(place.project.name, place.stack.entry.service)
        _require_back(place, probe.ask, of=probe.without)
    if probe.different is not None:
        values = {reply.headers.get(probe.different.lower(), "") for reply in replies} - {""}
        return Seen(value=len(values), detail=_short(", ".join(sorted(values))), of="different")
    counted = sum(_is_counted(reply, probe) for reply in replies)
    return Seen(value=counted, detail=_statuses(replies), of="such answers")


def _is_counted(reply: Reply, probe: probes.Count) -> bool:
    if probe.status is not None and reply.status != probe.status:
        return False
    if probe.containing is not None and probe.containing not in reply.body:
        return False
    return probe.body is None or reply.body == probe.body


def _require_back(place: Plan, what: probes.AskFile, *, of: str) -> None:
    """The service that was away answers again, whatever the proxy in front has learned meanwhile."""
    back = wait_until(
        lambda: asking.ask(place.url, what, patience_s=5).status not in (0, 502, 503, 504),
        deadline_s=asking.PATIENCE_S,
        every_s=0.2,
    )
    if not back:
        raise Inconclusive("the service that was taken away did not come back", where=of)


def _statuses(replies: Sequence[Reply]) -> str:
    counts = {status: sum(reply.status == status for reply in replies) for status in {r.status for r in replies}}
    return ", ".join(f"{count} × {status or 'no answer'}" for status, count in sorted(counts.items()))


def _processes(probe: probes.Processes, stage: Stage) -> Seen:
    found = _settled(lambda: inside.processes(stage.stacks[probe.stack].project.name, probe.service))
    matching = [one for one in found if re.search(probe.matching, one.command)]
    if probe.children:
        pids = {one.pid for one in matching}
        matching = [one for one in matching if one.parent in pids]
    return Seen(value=len(matching), detail=_tree(found))


def _settled(look: Callable[[], Sequence[InsideProcess]]) -> Sequence[InsideProcess]:
    """The processes once none comes or goes: a server answers as soon as the first of its workers does."""
    before: Sequence[InsideProcess] = ()

    def as_before() -> bool:
        nonlocal before
        now, earlier = look(), before
        before = now
        return [one.pid for one in now] == [one.pid for one in earlier]

    wait_until(as_before, deadline_s=SETTLED_WITHIN_S, every_s=SETTLED_S)
    return before


def _tree(found: Iterable[InsideProcess]) -> str:
    """All processes but the engine's own; those of one parent that look alike are one entry."""
    alike: dict[tuple[int, str], list[int]] = {}
    for one in found:
        if INIT not in one.command:
            alike.setdefault((one.parent, _short(one.command)), []).append(one.pid)
    return "; ".join(
        f"{pids[0]} (child of {parent}) {command}" if len(pids) == 1 else f"{len(pids)} children of {parent}: {command}"
        for (parent, command), pids in alike.items()
    )


def _threads(probe: probes.Threads, stage: Stage) -> Seen:
    place = stage.stacks[probe.stack]
    before = inside.threads(place.project.name, probe.service)
    most = before
    with ThreadPoolExecutor(max_workers=probe.at_once) as pool:
        waiting = [pool.submit(asking.ask, place.url, probe.ask) for _ in range(probe.at_once)]
        while not all(one.done() for one in waiting):
            most = max(most, inside.threads(place.project.name, probe.service))
    return Seen(value=most - before, detail=f"{before} before, {most} while {probe.at_once} requests were under way")


def _log(probe: probes.Log, stage: Stage) -> Seen:
    place, identity = stage.stacks[probe.stack], asking.new_id()
    asking.ask(place.url, probe.ask, identity=identity)
    wanted = probe.matching.replace(asking.ID, identity)
    lines = inside.log_lines(place.project.name, probe.service, wanted, since_s=LOG_SINCE_S, patience_s=LOG_PATIENCE_S)
    detail = "; ".join(lines) or f"{probe.service} wrote no line like {probe.matching}"
    return Seen(value=len(lines), detail=detail)


def _memory(probe: probes.Memory, stage: Stage) -> Seen:
    one, other = stage.stacks[probe.stack], stage.stacks[probe.beside]
    mine = inside.memory_mib(one.project.name, probe.services or tuple(one.stack.tiers))
    its = inside.memory_mib(other.project.name, probe.beside_services or tuple(other.stack.tiers))
    return Seen(value=mine / its, detail=f"{mine:.1f} MiB against {its:.1f} MiB")


def _connections(probe: probes.Connections, stage: Stage) -> Seen:
    place = stage.stacks[probe.stack]
    before = inside.opened_connections(place.project.name, probe.service)
    asking.ask_many(place.url, probe.ask, number=probe.requests, at_once=1)
    opened = inside.opened_connections(place.project.name, probe.service) - before
    return Seen(value=opened, detail=f"for {probe.requests} requests")


def _held(probe: probes.Held, stage: Stage) -> Seen:
    place = stage.stacks[probe.stack]
    entry = place.stack.entry
    begun = asking.sending if probe.slow == "sending" else asking.unfinished
    slow: AbstractContextManager[None] = begun(place.url, probe.ask, clients=probe.clients)
    if probe.slow == "reading":
        host = inside.address(place.project.name, entry.service)
        slow = asking.reading(host, entry.port, probe.ask, clients=probe.clients)
    # All ask at once: whoever is not served waits beside the others, not after them.
    with slow, ThreadPoolExecutor(max_workers=probe.requests) as pool:
        waiting = [
            pool.submit(asking.ask, place.url, probe.other, patience_s=probe.patience_s) for _ in range(probe.requests)
        ]
        replies = [one.result() for one in waiting]
    served = sum(reply.status == 200 for reply in replies)  # noqa: PLR2004
    return Seen(value=served, detail=_statuses(replies), of="answered in time")


def _frozen(probe: probes.Frozen, stage: Stage) -> Seen:
    place = stage.stacks[probe.stack]
    load = {"closed": asking.in_turn, "open": asking.on_time}[probe.loop]
    with ThreadPoolExecutor(max_workers=1) as pool:
        answered = pool.submit(load, place.url, probe.ask, rate=probe.rate, seconds=probe.seconds)
        wait_until(answered.done, deadline_s=probe.seconds / 3, every_s=SETTLE_S)
        try:
            with inside.frozen(place.project.name, probe.service):
                wait_until(answered.done, deadline_s=probe.freeze_s, every_s=SETTLE_S)
            latencies = answered.result()
        finally:
            # A look at its health while it stood still has failed, and the next one is half a minute away.
            with uninterrupted():
                inside.restart(place.project.name, probe.service)
    _require_back(place, probe.ask, of=probe.service)
    slow = sum(latency > probe.slow_s for latency in latencies)
    return Seen(
        value=1000 * slow / len(latencies), detail=f"{slow} of {len(latencies)} took longer than {probe.slow_s:g} s"
    )


def _claims(probe: probes.Claims, stage: Stage) -> Seen:
    found = audits.audit(audits.read(source.text_of(str(stage.files / probe.file)), where=probe.file))
    wrong = [f"{row.row.name}: {', '.join(sorted(row.causes))}" for row in found.rows if row.faults]
    count = found.count(probe.verdict)
    if probe.given:
        looked_at = [row.row for row in found.rows if row.verdict == probe.verdict]
        changes = [(row.name, _changed(row, probe.given.get(row.name))) for row in looked_at]
        count = len({name for name, change in changes if not change})  # the same row twice is one
        wrong += [f"{name}: {change}" for name, change in changes if change]
    return Seen(value=count, detail="; ".join(wrong) or f"of {len(found.rows)} rows")


def _changed(row: Row, given: probes.GivenFile | None) -> str:
    """What a row no longer has of what it was given."""
    if given is None:
        return "no such row was given"
    now = {"rate": row.rate, "connections": row.connections}
    return ", ".join(f"its {key} was {value:g}" for key, value in given if value not in (None, now[key]))


def _contest(run: Callable[..., Iterator[tuple[float, float]]]) -> Callable[[Any, Stage], Seen]:
    return lambda probe, stage: contests.ratio(run(probe, stage.stacks[probe.stack], stage.stacks[probe.beside]))


_LOOKS: dict[type[Any], Callable[[Any, Stage], Seen]] = {
    probes.Answer: _answer,
    probes.Same: _same,
    probes.Count: _count,
    probes.Processes: _processes,
    probes.Threads: _threads,
    probes.Log: _log,
    probes.Waves: lambda probe, stage: contests.waves(probe, stage.stacks[probe.stack]),
    probes.Pace: _contest(contests.pace),
    probes.Cost: _contest(contests.cost),
    probes.Memory: _memory,
    probes.Connections: _connections,
    probes.Held: _held,
    probes.Startup: _contest(contests.startup),
    probes.Frozen: _frozen,
    probes.Claims: _claims,
}
