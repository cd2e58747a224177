from typing import Any

import pytest

from lab.model import DuetSample, DuetSlice, Errors
from lab.results import duets
from tests.unit.unit_factories import make_cell

ROW, REFERENCE = make_cell(row="row"), make_cell(row="reference")
CELLS = {cell.key: cell for cell in (ROW, REFERENCE)}


def make_slice(cpu: float = 0.2, reference: float = 0.1) -> DuetSlice:
    """A second in which the row took so many CPU seconds and its reference so many."""
    return DuetSlice(seconds=1.0, cpu={"proxy": cpu / 2, "app": cpu / 2}, reference_cpu={"app": reference})


def make_turn(number: int = 0, **changes: Any) -> DuetSample:
    given: dict[str, Any] = {
        "cell": ROW.key,
        "reference": REFERENCE.key,
        "number": number,
        "started_at": "2026-11-21T03:30:00Z",
        "rate": 100.0,
        "first": "cell",
        "slices": (make_slice(),) * 5,
        "requests": 500,
        "missing": 0,
        "errors": Errors(),
        "load_cpu_s": 1.0,
    }
    return DuetSample(**given | changes)


def test_turns_become_the_ratio_of_what_a_request_costs_on_both_sides() -> None:
    found = duets.summarise([make_turn(0), make_turn(1)], CELLS)[ROW.key]
    assert (found.reference, found.rate, found.slices, found.valid) == ("reference", 100.0, 10, True)
    assert found.cpu_ratio.value == pytest.approx(2.0)
    assert found.cpu_us_per_request == pytest.approx(2000)
    assert found.reference_cpu_us_per_request == pytest.approx(1000)


def test_a_slice_in_which_a_side_did_nothing_says_nothing() -> None:
    found = duets.summarise([make_turn(slices=(make_slice(), make_slice(cpu=0), make_slice(reference=0)))], CELLS)
    assert found[ROW.key].slices == 1
    assert duets.summarise([make_turn(slices=(make_slice(cpu=0),))], CELLS) == {}


@pytest.mark.parametrize(("missing", "valid"), [(10, True), (11, False)])
def test_more_than_a_hundredth_of_missing_answers_makes_a_duet_invalid(missing: int, valid: bool) -> None:
    found = duets.summarise([make_turn(missing=missing, errors=Errors(timeout=missing))], CELLS)[ROW.key]
    assert found.valid is valid
    assert ("11 of 1000 requests" in " ".join(found.invalid_reasons)) is not valid


def test_turns_at_different_rates_do_not_belong_together() -> None:
    found = duets.summarise([make_turn(0), make_turn(1, rate=200.0)], CELLS)[ROW.key]
    assert found.invalid_reasons == ("its turns were offered at different rates",)
