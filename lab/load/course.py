"""What became of one load by pace over its time: when requests failed, and how many were under way in each tenth."""

from collections.abc import Mapping
from itertools import accumulate
from typing import Any

from lab.load import histogram, pace, protocol
from lab.load.pace import Target
from lab.load.protocol import Command
from lab.model import ErrorCounts
from lab.model.evidence import Course, WrongAnswers

WITHOUT_ANSWER = ("connect", "read", "write", "timeout")
"""The errors of requests that got no whole answer."""
TENTH_S = 0.1


def command(target: Target, *, rate: float, duration_s: float, timeout_s: float) -> Command:
    """The call for one stack that is asked `rate` times a second, with no ramp: how it begins counts, too."""
    whole = pace.command([target], rate=rate, ramp_s=0, counted_s=duration_s)
    tool, *arguments = whole.argv
    return Command(argv=(tool, "--timeout", f"{timeout_s:g}s", *arguments), environment=whole.environment)


def parse(output: str, *, rate: float, duration_s: float) -> Course:
    """The course of that load. Raises LabError if a part is missing."""
    (offered,), _ = pace.parse(output)
    (report,), _ = protocol.read(output, tool="pace")
    with protocol.whole(output, tool="pace"):
        per_tenth = report["per_100ms"]
        return Course(
            rate=rate,
            duration_s=duration_s,
            offered=offered.offered,
            answered=offered.answered - offered.errors.status - offered.errors.body,
            dropped=offered.dropped,
            errors=offered.errors,
            refusals={int(status): WrongAnswers(**told) for status, told in report["wrong_status"].items()},
            under_way=_under_way(per_tenth, offered.errors)[: round(duration_s / TENTH_S)],
            answers=tuple(per_tenth["answered"])[: round(duration_s / TENTH_S)],
            failed_first_s=_first_s(per_tenth),
            latency=histogram.latency([offered.latency]),
            lag_p50_ms=_p50_ms(offered.send_lag),
            generator_share=_share(report["generator"]["thread_cpu_s"], duration_s),
        )


def _under_way(per_tenth: Mapping[str, list[int]], errors: ErrorCounts) -> tuple[int, ...]:
    """Sent and not done. The timeline does not tell errors apart, so each tenth has the share of the whole load."""
    without = sum(getattr(errors, kind) for kind in WITHOUT_ANSWER)
    share = without / errors.total if errors.total else 0.0
    changes = (
        sent - answered - failed * share
        for sent, answered, failed in zip(per_tenth["sent"], per_tenth["answered"], per_tenth["failed"], strict=True)
    )
    return tuple(max(round(count), 0) for count in accumulate(changes))


def _first_s(per_tenth: Mapping[str, list[int]]) -> float | None:
    lost = (failed + dropped for failed, dropped in zip(per_tenth["failed"], per_tenth["dropped"], strict=True))
    return next((round(place * TENTH_S, 1) for place, count in enumerate(lost) if count), None)


def _p50_ms(encoded: str) -> float:
    found = histogram.latency([encoded])
    return found.p50 if found else 0.0


def _share(cpu_s: Any, duration_s: float) -> float:
    return max(cpu_s, default=0.0) / duration_s
