"""A factor is found whatever it is, and whichever row is off."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.judge import Subject
from lab.judge.verdict import verdicts
from lab.model import Factor
from tests.unit.judge.factor_factories import ALONE, COSTS, SHARED, table


def judged(subjects: Sequence[Subject]) -> tuple[set[str], Factor | None]:
    found, factor = verdicts(subjects)
    return {one.name for one in found if one}, factor


@given(factor=st.floats(0.1, 10), alone=st.booleans(), rows=st.integers(4, 6))
def test_a_known_factor_is_found_and_every_row_is_scaled_or_reproduced(factor: float, alone: bool, rows: int) -> None:
    names, found = judged(table(factor, rows=rows, source=ALONE if alone else SHARED))
    assert found
    assert found.holds
    assert found.factor.value == pytest.approx(factor)
    assert (found.factor.low, found.factor.high) == pytest.approx((factor, factor))
    assert [one.residual for one in found.rows] == pytest.approx([1.0] * rows)
    assert names <= {"scaled", "reproduced"}


@given(off=st.floats(1.3, 20), turned=st.booleans(), row=st.sampled_from(sorted(COSTS)), rows=st.integers(4, 6))
def test_one_row_that_is_off_is_found_and_spoils_no_other(off: float, turned: bool, row: str, rows: int) -> None:
    rows_of = list(COSTS)[:rows]
    odd = row if row in rows_of else rows_of[0]
    _, found = judged(table(0.4, {odd: 1 / off if turned else off}, rows=rows))
    assert found
    assert found.holds
    assert set(rows_of) - set(found.scaled) == {odd}
    assert {one.row: one.others for one in found.rows}[odd] == pytest.approx(0.4)
