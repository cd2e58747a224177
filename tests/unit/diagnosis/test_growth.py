from collections.abc import Callable
from dataclasses import replace

import pytest

from lab.diagnosis import growth
from lab.diagnosis.diagnose import diagnose
from lab.model import ErrorCounts
from lab.model.evidence import Evidence, Files, TierLook
from tests.unit.diagnosis.diagnosis_scenes import make_course, make_observed, make_sockets, make_tier


def keeping(mib: Callable[[float], float], *, limit_mib: float = 1000.0) -> Evidence:
    return make_observed(app=lambda at_s: make_tier(memory_mib=mib(at_s), limit_mib=limit_mib))


def opening(files: Callable[[float], float], *, sockets: Callable[[float], float] = lambda _: 0.0) -> Evidence:
    def look(at_s: float) -> TierLook:
        return make_tier(
            files=Files(pid=10, open=round(files(at_s)), limit=1000),
            sockets=make_sockets(accepted=round(sockets(at_s))),
        )

    return make_observed(app=look)


def test_memory_that_every_request_keeps_is_told_with_how_far_its_limit_is() -> None:
    found = diagnose(keeping(lambda at_s: 50 + 100 * at_s))
    assert found.outcome == "healthy"
    (told,) = found.remarks
    assert told.startswith("Memory of app grew by 300 MiB, 1.00 MiB a request, as steadily in the end as at first: ")
    assert told.endswith("its limit is 650 requests away, 6.50 s at this rate.")


@pytest.mark.parametrize(
    "mib",
    [
        lambda at_s: 50 + 300 * min(at_s, 1.0),
        lambda at_s: 50 + 5 * at_s,
        lambda at_s: 50 + 100 * (at_s % 1),
        lambda _: 50.0,
    ],
    ids=["a cache that fills", "hardly any", "given back", "none"],
)
def test_memory_that_stops_to_grow_is_not_told(mib: Callable[[float], float]) -> None:
    assert diagnose(keeping(mib)).remarks == ()


def test_files_that_every_request_leaves_open_are_told_and_connections_are_none() -> None:
    (told,) = growth.remarks(opening(lambda at_s: 20 + 100 * at_s))
    assert told.startswith("Open files of app grew by 300, 1.00 a request")
    assert growth.remarks(opening(lambda at_s: 20 + 100 * at_s, sockets=lambda at_s: 100 * at_s)) == ()


def test_a_limit_that_is_reached_by_a_leak_is_not_to_be_raised() -> None:
    observed = keeping(lambda at_s: min(50 + 100 * at_s, 330), limit_mib=330)
    failing = make_course(errors=ErrorCounts(read=30), failed_first_s=2.8)
    first = diagnose(replace(observed, course=failing)).first
    assert first is not None
    assert (first.cause, first.leaks) == ("memory", True)
    assert "as steadily in the end as at first" in first.evidence[1]
