import pytest

from lab.cli.progress import Lines
from lab.commands.forecast import STEP_S, expected_s
from lab.model import Burst, Published
from tests.unit.unit_factories import make_cell, make_deployment, make_run


def test_progress_off_a_terminal_is_one_line_a_step(capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run([make_cell()], rounds=3)
    lines = Lines(run)
    lines.starting(make_deployment())
    lines.measuring(make_cell(), 0)
    lines.void(make_cell(), 0, "others were there")
    lines.void_turn(make_cell(), make_cell(row="beta"), "others were there")
    lines.warn("hot")
    said = capsys.readouterr()
    assert said.out == ""
    told = [line.split(" s  ", 1)[-1] for line in said.err.splitlines()]
    assert told[1:] == [
        "start proxied@one (current)",
        "round 1/3 articles/alpha (current)",
        "round 1 of articles/alpha comes once more: others were there",
        "a turn of articles/alpha beside beta comes once more: others were there",
        "warning: hot",
    ]
    assert expected_s(run) == pytest.approx(3 * (10 + STEP_S))


def test_a_burst_is_expected_to_take_as_long_as_its_source_waited_and_a_footprint_longer_than_its_load() -> None:
    burst = Burst(connections=10)
    published = make_cell(load=burst, published=Published(wall_ms=50_000))
    assert expected_s(make_run([published], rounds=2)) == pytest.approx(2 * (50 + STEP_S))
    assert 0 < expected_s(make_run([make_cell(load=burst)], rounds=1)) < 50
    assert expected_s(make_run([make_cell(from_nothing=True)])) > expected_s(make_run([make_cell()]))
