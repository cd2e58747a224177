from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from lab.load import histogram
from lab.model import Burst, ErrorCounts, HostCpu, Open, OpenRound, Sample, Span
from lab.results import validity
from tests.unit.unit_factories import make_budget, make_load, make_result, make_sample

LOOP, BURST = make_load(), Burst(connections=4)


def rounds(count: int = 3, **changes: Any) -> list[Sample]:
    return [make_sample(number, **changes) for number in range(count)]


def with_result(**changes: Any) -> list[Sample]:
    return [replace(sample, result=replace(sample.result, **changes)) for sample in rounds()]


def test_samples_in_which_nothing_is_amiss_are_valid() -> None:
    assert validity.reasons(rounds(), load=LOOP) == ()


def test_an_open_loop_must_have_sent_all_that_was_due_and_had_an_answer_to_each() -> None:
    latency = histogram.encode([(5000, 1000)])
    kept = OpenRound(offered=1000, dropped=0, service=latency, send_lag=histogram.encode([(50, 1000)]))
    result = make_result(requests=1000, histogram=latency, open_loop=kept)
    load = Open(rate=1000, duration_s=6)
    assert validity.reasons(rounds(result=result), load=load) == ()
    (dropped,) = validity.reasons(rounds(result=replace(result, open_loop=replace(kept, dropped=1))), load=load)
    assert dropped.startswith("3 of 3,000 requests that were due were dropped")
    (lost,) = validity.reasons(rounds(result=replace(result, errors=ErrorCounts(timeout=1))), load=load)
    assert lost == "3 requests lost (3 timeout) beside 3,000 that were answered"


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        ([], "it has no sample"),
        (rounds(1), "one round gives no interval"),
        (rounds(rate=0), "a round ended without a single answer"),
        (with_result(histogram=histogram.encode([(1, 9999)])), "round 0: the histogram holds 9,999 of 10,000 answers"),
        (with_result(errors=ErrorCounts(status=2)), "6 of 30,000 answers had the wrong status"),
        (with_result(errors=ErrorCounts(body=1)), "3 of 30,000 answers had the wrong body"),
        (with_result(errors=ErrorCounts(connect=60, read=41)), "303 requests lost (180 connect, 123 read)"),
        (rounds(host=HostCpu(capacity_s=20, busy_s=15, steal_s=1.1)), "the hypervisor took 6% of the host's CPU"),
        (rounds(host=HostCpu(capacity_s=20, busy_s=17.7, steal_s=0)), "other processes used 16% of the host's CPU"),
    ],
)
def test_each_thing_amiss_has_its_reason(samples: Sequence[Sample], reason: str) -> None:
    found = validity.reasons(samples, load=LOOP)
    assert [one for one in found if one.startswith(reason)], found


@pytest.mark.parametrize(
    "samples",
    [
        rounds(2),
        with_result(errors=ErrorCounts(connect=50, read=50)),
        rounds(host=HostCpu(capacity_s=20, busy_s=15, steal_s=0.9)),
        rounds(host=HostCpu(capacity_s=20, busy_s=17.4, steal_s=0)),
    ],
)
def test_what_stays_within_the_thresholds_is_valid(samples: Sequence[Sample]) -> None:
    assert validity.reasons(samples, load=LOOP) == ()


def test_answers_that_timed_out_are_not_in_the_histogram_and_not_missing_from_it() -> None:
    late = with_result(histogram=histogram.encode([(1, 9990)]), errors=ErrorCounts(timeout=10))
    assert validity.reasons(late, load=LOOP) == ()


def test_a_full_load_beside_a_stack_that_is_not_makes_the_rate_a_floor_and_not_a_fault() -> None:
    full = rounds(steady_cpu_s={"proxy": 1.0, "app": 5.0}, load_cpu_s=8.1)
    assert validity.reasons(full, load=LOOP) == ()
    assert validity.at_least(full, load=LOOP, budget=make_budget())
    (note,) = notes(full)
    assert note.startswith("the load generator was the limit: it used 81% of its cores, while the stack used 67% of")


def test_a_load_whose_every_request_is_known_says_itself_what_it_could_not_send() -> None:
    full = bursts(steady_cpu_s={"app": 0.5}, load_cpu_s=2.0)
    assert not validity.at_least(full, load=BURST, budget=make_budget())
    assert not validity.at_least([], load=LOOP, budget=make_budget())


def notes(samples: Sequence[Sample], *, restarts: int = 0, **changes: Any) -> tuple[str, ...]:
    latency = histogram.latency(sample.result.histogram for sample in samples)
    return validity.notes(samples, load=make_load(**changes), budget=make_budget(), latency=latency, restarts=restarts)


def test_a_plain_cell_needs_no_note() -> None:
    assert notes(rounds()) == ()


def test_a_cell_without_an_answer_has_no_note() -> None:
    assert notes(rounds(rate=0)) == ()
    assert notes([]) == ()


@pytest.mark.parametrize(
    ("samples", "load", "note"),
    [
        (rounds(), {"published_connections": 20_000}, "10 of 20,000 connections: the host allows no more open files"),
        ([make_sample(0, rate=1000), make_sample(1, rate=840)], {}, "its rounds differ by 17%"),
        (with_result(errors=ErrorCounts(connect=1, read=2)), {}, "lost on the way: 3 connect, 6 read"),
        (rounds(), {"connections": 600}, "6% of the requests were under way when the load ended"),
        (rounds(), {"connections": 13}, "of 13 connections 77% waited for an answer (N = X·R)"),
    ],
)
def test_what_a_careful_reader_wants_to_know_is_noted(
    samples: Sequence[Sample], load: dict[str, Any], note: str
) -> None:
    found = notes(samples, **load)
    assert len(found) == 1
    assert found[0].startswith(note)


@pytest.mark.parametrize(
    ("samples", "load"),
    [([make_sample(0, rate=1000), make_sample(1, rate=870)], {}), (rounds(), {"connections": 12})],
)
def test_what_stays_within_the_thresholds_is_not_noted(samples: Sequence[Sample], load: dict[str, Any]) -> None:
    assert notes(samples, **load) == ()


def test_restarts_are_noted() -> None:
    assert notes(rounds(), restarts=2) == ("restarted after 2 of 3 rounds to clear its queue",)


def test_errors_of_all_rounds_add_up_by_kind() -> None:
    one = ErrorCounts(connect=1, read=2, write=3, timeout=4, status=5, body=6)
    total = validity.total_errors([make_sample(0, result=make_result(errors=one))] * 2)
    assert total == ErrorCounts(connect=2, read=4, write=6, timeout=8, status=10, body=12)
    assert total.total == 42


def bursts(count: int = 3, *, answered: int = 4, **changes: Any) -> list[Sample]:
    """Rounds of four requests at once, which two workers answered in two steps."""
    spans = tuple(Span(start_s=0, end_s=end_s, worker="7") for end_s in (1, 1, 2, 2))
    result = make_result(rate=answered, elapsed_s=1.0, latency_us=1_500_000)
    return rounds(count, result=replace(result, spans=spans, ramp_s=0, steady_s=2.0, elapsed_s=2.0), **changes)


def test_a_burst_in_which_nothing_is_amiss_is_valid_and_needs_no_note() -> None:
    """All four requests were under way at the end of nothing, and the connections are no closed loop."""
    assert validity.reasons(bursts(), load=BURST) == ()
    latency = histogram.latency(sample.result.histogram for sample in bursts())
    assert validity.notes(bursts(), load=BURST, budget=make_budget(), latency=latency) == ()


def test_one_lost_request_spoils_a_burst_since_the_wall_clock_misses_it() -> None:
    lost = bursts()
    lost[0] = replace(bursts(1, answered=3)[0], round=0)
    lost[0] = replace(lost[0], result=replace(lost[0].result, errors=ErrorCounts(timeout=1)))
    assert validity.reasons(lost, load=BURST) == ("1 request lost (1 timeout) beside 11 that were answered",)


def test_one_wrong_answer_spoils_a_burst() -> None:
    wrong = [replace(sample, result=replace(sample.result, errors=ErrorCounts(body=1))) for sample in bursts()]
    assert validity.reasons(wrong, load=BURST) == ("3 of 12 answers had the wrong body",)


def test_a_burst_is_never_limited_by_a_load_that_only_waits() -> None:
    busy = bursts(load_cpu_s=2.0, cpu_s={"app": 0.1}, host=HostCpu(capacity_s=4.0, busy_s=2.2, steal_s=0))
    assert validity.reasons(busy, load=BURST) == ()


def test_a_rate_beyond_the_generators_ceiling_makes_what_was_answered_a_floor_and_says_so() -> None:
    load = Open(rate=90_000, duration_s=6)
    samples = [make_sample(0), make_sample(1)]

    def said(ceiling: float | None) -> bool:
        notes = validity.notes(
            samples,
            load=load,
            budget=make_budget(),
            latency=histogram.latency([one.result.histogram for one in samples]),
            ceiling=ceiling,
        )
        noted = any("the load generator's ceiling here, 40,000/s" in note for note in notes)
        assert validity.at_least(samples, load=load, budget=make_budget(), ceiling=ceiling) == noted
        return noted

    assert (said(40_000.0), said(90_000.0), said(None)) == (True, False, False)
