import math
from pathlib import Path

import numpy as np
import pytest

from lab.figures.sequential import FIRST_LOOK
from lab.journal import Journal
from lab.measure import deciding
from lab.measure.deciding import Play
from lab.measure.duet import RAMP_S
from lab.store import RunFolder
from tests.unit.results.test_duets import REFERENCE, ROW, make_turn
from tests.unit.unit_factories import make_run

TURN_S = deciding.TURN_S + RAMP_S
SLICES = 10


def make_journal(path: Path, *, within_s: float = 600, until: float | None = 0.03) -> Journal:
    run = make_run([ROW, REFERENCE], until=until, within_s=within_s)
    return Journal(RunFolder(path=path), run, phases_s=dict)


def played(journal: Journal, ratio: float) -> Play:
    """Plays turns whose slices scatter as real ones do."""
    rng = np.random.default_rng(20_261_127)

    def play(number: int, *, may_be_void: bool) -> None:
        slices = [ratio * math.exp(float(noise)) for noise in rng.normal(0, 0.05, SLICES)]
        journal.add_duet(make_turn(number, *slices))

    return play


def turns(journal: Journal) -> int:
    return len(journal.folder.duets())


def test_a_large_difference_is_decided_at_the_first_look_and_no_turn_is_played_after_it(tmp_path: Path) -> None:
    journal = make_journal(tmp_path)
    deciding.until_decided(journal, ROW, play=played(journal, 1.5))
    assert turns(journal) == FIRST_LOOK // SLICES
    assert not deciding.is_open(journal, ROW)


def test_equals_take_longer_and_are_told_to_differ_by_no_more_than_was_asked(tmp_path: Path) -> None:
    journal = make_journal(tmp_path)
    deciding.until_decided(journal, ROW, play=played(journal, 1.0))
    assert FIRST_LOOK // SLICES < turns(journal) < 600 // TURN_S


@pytest.mark.parametrize("within_s", [60, 100])
def test_when_the_time_is_up_no_other_turn_begins(tmp_path: Path, within_s: float) -> None:
    journal = make_journal(tmp_path, within_s=within_s, until=0.001)
    deciding.until_decided(journal, ROW, play=played(journal, 1.0))
    assert turns(journal) == within_s // TURN_S


def test_a_turn_that_cannot_be_had_ends_it(tmp_path: Path) -> None:
    journal = make_journal(tmp_path)
    asked: list[int] = []
    deciding.until_decided(journal, ROW, play=lambda number, **_: asked.append(number))
    assert asked == [0]


def test_a_turn_that_was_set_aside_is_played_anew_takes_its_time_and_is_none_of_those_that_decide(
    tmp_path: Path,
) -> None:
    journal, asked = make_journal(tmp_path), list[tuple[int, bool]]()
    usual = played(journal, 1.5)

    def play(number: int, *, may_be_void: bool) -> None:
        asked.append((number, may_be_void))
        if may_be_void:
            journal.add_duet(make_turn(number, *[0.1] * SLICES, set_aside="others were there"))
        else:
            usual(number, may_be_void=False)

    deciding.until_decided(journal, ROW, play=play)
    assert asked == [(0, True), (0, False), (1, False), (2, False)], "one of few, and then they count"
    assert turns(journal) == FIRST_LOOK // SLICES + 1
    (tmp_path / "late").mkdir()
    late = make_journal(tmp_path / "late", within_s=4 * TURN_S, until=0.001)
    for number in range(3):
        late.add_duet(make_turn(number, 1.0, set_aside="others were there"))
    assert deciding.is_open(late, ROW)
    late.add_duet(make_turn(3, 1.0, set_aside="others were there"))
    assert not deciding.is_open(late, ROW)


def test_a_run_that_goes_on_counts_what_was_played_before(tmp_path: Path) -> None:
    first = make_journal(tmp_path, within_s=60, until=0.001)
    deciding.until_decided(first, ROW, play=played(first, 1.0))
    again = make_journal(tmp_path, within_s=60, until=0.001)
    assert not deciding.is_open(again, ROW)


def test_a_run_that_is_to_decide_nothing_is_not_open(tmp_path: Path) -> None:
    assert not deciding.is_open(make_journal(tmp_path, until=None), ROW)
