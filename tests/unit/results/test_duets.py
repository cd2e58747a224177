from dataclasses import replace
from typing import Any

import pytest

from lab.model import CoreSpeed, DuetSample, DuetSlice, ErrorCounts, ForeignCpu
from lab.results import duets, summary
from tests.unit.unit_factories import make_cell, make_deployment, make_run, make_sample

ROW = make_cell(row="slow", deployment=make_deployment(variant="pool"))
REFERENCE = make_cell(row="fast")
CELLS = {cell.key: cell for cell in (ROW, REFERENCE)}


def make_turn(number: int = 0, *ratios: float, **changes: Any) -> DuetSample:
    """Slices of a second in which the reference took 10 ms of CPU, and the row so many times as much."""
    given: dict[str, Any] = {
        "cell": ROW.key,
        "reference": REFERENCE.key,
        "number": number,
        "started_at": "2026-11-27T20:00:00Z",
        "rate": 100.0,
        "first": "cell" if number % 2 == 0 else "reference",
        "slices": tuple(
            DuetSlice(seconds=1.0, cpu={"proxy": 0.004 * r, "app": 0.006 * r}, reference_cpu={"app": 0.01})
            for r in ratios
        ),
        "requests": 100 * len(ratios),
        "missing": 0,
        "errors": ErrorCounts(),
        "load_cpu_s": 0.2,
    }
    return DuetSample(**given | changes)


def test_a_row_costs_so_many_times_its_reference_at_the_rate_that_was_offered() -> None:
    found = duets.summarise([make_turn(0, 1.9, 2.0, 2.1), make_turn(1, 2.0, 1.95, 2.05)], CELLS)[ROW.key]
    assert (found.reference, found.rate, found.slices, found.valid) == ("fast", 100, 6, True)
    assert found.cpu_ratio.value == pytest.approx(2.0, rel=0.01)
    assert found.cpu_ratio.low is not None
    assert 1.8 < found.cpu_ratio.low < 2.0
    assert found.reference_cpu_us_per_request == pytest.approx(100)
    assert found.cpu_us_per_request == pytest.approx(200)


def test_a_duet_in_which_answers_are_missing_is_not_valid() -> None:
    lost = make_turn(0, 1.0, 1.0, 1.0, missing=7, errors=ErrorCounts(timeout=7))
    found = duets.summarise([lost], CELLS)[ROW.key]
    assert found.invalid_reasons == ("7 of 600 requests of both stacks were not answered rightly (7 timeout)",)
    assert duets.summarise([replace(lost, missing=6)], CELLS)[ROW.key].valid


def test_turns_at_different_rates_are_no_duet() -> None:
    found = duets.summarise([make_turn(0, 1.0, 1.0), make_turn(1, 1.0, 1.0, rate=50.0)], CELLS)[ROW.key]
    assert found.invalid_reasons == ("its turns were offered at different rates",)


def test_a_duet_that_others_disturbed_says_so_and_is_not_valid_where_they_used_much() -> None:
    def played(*unexplained_s: float, **aside: Any) -> list[DuetSample]:
        used = [ForeignCpu(capacity_s=10, unexplained_s=spent, idle_share=0.0) for spent in unexplained_s]
        turns = [make_turn(number, 2.0, 2.0, 2.0, foreign=one) for number, one in enumerate(used)]
        return [make_turn(0, 9.0, 9.0, foreign=used[0], set_aside="others were there"), *turns] if aside else turns

    def said(turns: list[DuetSample]) -> tuple[bool, list[str]]:
        found = duets.summarise(turns, CELLS)
        assert found[ROW.key].cpu_ratio.value == pytest.approx(2.0), "what was set aside counts for nothing"
        return found[ROW.key].valid, duets.notes(turns, found)[ROW.key]

    words = "processes that are no part of the run used {} of the stack's cores"
    beside = "side by side with fast at 100/s"
    assert said(played(0.1, 0.3)) == (True, [])
    assert said(played(0.1, 0.9)) == (True, [f"{beside}: {words.format('5%')}"])
    assert said(played(1.0, 3.0)) == (False, [f"not valid {beside}: {words.format('20%')}"])
    assert said(played(0.1, 0.1, aside=True)) == (
        True,
        [f"{beside}: 1 turn of 3 set aside and measured again: others were there"],
    )


def test_accepting_beside_doing_is_no_duet() -> None:
    cells = {ROW.key: replace(ROW, accepted=True), REFERENCE.key: REFERENCE}
    (found,) = duets.summarise([make_turn(0, 1.0, 1.0, 1.0)], cells).values()
    assert found.invalid_reasons == ("slow only accepts what fast does before it answers: that is not the same work",)


def test_an_interval_beyond_twice_as_much_is_undecided() -> None:
    wide = make_turn(0, 0.2, 1.0, 5.0, 0.3, 3.0, 1.0)
    assert duets.summarise([wide], CELLS)[ROW.key].decision is None
    close = make_turn(0, *[0.9, 1.0, 1.1] * 4)
    assert duets.summarise([close], CELLS)[ROW.key].decision == "no difference"


def test_a_turn_without_a_slice_says_nothing() -> None:
    assert duets.summarise([make_turn(0)], CELLS) == {}


def test_the_results_of_a_run_carry_the_duet_of_each_row() -> None:
    samples = [make_sample(number, cell=cell.key) for cell in (ROW, REFERENCE) for number in range(3)]
    row, reference = summary.summarise(make_run([ROW, REFERENCE]), samples, [make_turn(0, 2.0, 2.0, 2.0)]).cells
    assert row.duet is not None
    assert row.duet.cpu_ratio.value == pytest.approx(2.0)
    assert reference.duet is None


def test_turns_at_the_low_rate_are_a_duet_of_their_own_with_the_speed_of_their_seconds() -> None:
    samples = [make_sample(number, cell=cell.key) for cell in (ROW, REFERENCE) for number in range(3)]
    turns = [
        make_turn(0, 2.0, 2.0, 2.0, core_speed=CoreSpeed(readings=(900.0,))),
        make_turn(2, 3.0, 3.0, 3.0, rate=20.0, idle=True, core_speed=CoreSpeed(readings=(500.0,))),
    ]
    row = summary.summarise(make_run([ROW, REFERENCE]), samples, turns).cells[0]
    assert row.duet is not None
    assert row.idle_duet is not None
    assert (row.duet.rate, row.idle_duet.rate) == (100, 20)
    assert row.idle_duet.cpu_ratio.value == pytest.approx(3.0)
    assert row.duet.core_speed is not None
    assert row.duet.core_speed.median == 900


def test_a_row_says_what_disturbed_its_duets_and_at_which_rate() -> None:
    samples = [make_sample(number, cell=cell.key) for cell in (ROW, REFERENCE) for number in range(3)]
    used = ForeignCpu(capacity_s=10, unexplained_s=2.0, idle_share=0.0)
    turns = [
        make_turn(0, 2.0, 2.0, 2.0, core_speed=CoreSpeed(readings=(900.0,))),
        make_turn(2, 3.0, 3.0, rate=20.0, idle=True, foreign=used),
        make_turn(3, 3.0, 3.0, rate=20.0, idle=True, core_speed=CoreSpeed(readings=(1.0,)), set_aside="so it was"),
    ]
    results = summary.summarise(make_run([ROW, REFERENCE]), samples, turns)
    beside = "side by side with fast at 20.0/s"
    assert results.cells[0].notes[-2:] == (
        f"not valid {beside}: processes that are no part of the run used 20% of the stack's cores",
        f"{beside}: 1 turn of 2 set aside and measured again: so it was",
    )
    assert results.core_speed is not None
    assert results.core_speed.low == 900


def test_a_row_whose_duet_failed_says_why_it_has_none() -> None:
    samples = [make_sample(number, cell=cell.key) for cell in (ROW, REFERENCE) for number in range(3)]
    run = make_run([ROW, REFERENCE], unplayed={ROW.key: "a container has died"})
    assert "not measured side by side: a container has died" in summary.summarise(run, samples).cells[0].notes
    played = summary.summarise(run, samples, [make_turn(0, 2.0, 2.0, 2.0)]).cells[0]
    assert not [note for note in played.notes if "side by side" in note]
