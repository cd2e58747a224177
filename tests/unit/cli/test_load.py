from pathlib import Path

import pytest

from lab.cli import measuring
from lab.commands import bench
from lab.load import visits
from lab.model import Cell, Visits
from tests.unit.cli.cli_driving import Lab


def test_a_load_without_a_tool_is_refused(lab: Lab) -> None:
    ended = lab("load", "plain")
    assert ended.code == 2
    assert "lab load plain --locust" in ended.err


def test_a_stack_that_cannot_be_visited_is_refused_by_name(lab: Lab) -> None:
    ended = lab("load", "plain", "--locust")
    assert ended.code == 2
    assert "plain cannot be visited" in ended.err


def test_users_and_their_rate_become_the_one_row_of_a_run(
    lab: Lab, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned: list[tuple[tuple[Cell, ...], int]] = []

    def start(_catalog: object, cells: tuple[Cell, ...], *, rounds: int, **_: object) -> tuple[None, None]:
        planned.append((cells, rounds))
        return None, None

    monkeypatch.setattr(visits, "WORKLOAD", "ping")
    monkeypatch.setattr(bench, "start", start)
    monkeypatch.setattr(measuring, "carry_out", lambda *_, **__: None)
    ended = lab("load", "proxied@pool", "--locust", "--users=30", "--spawn-rate=15", "--duration=5", "--rounds=2")
    assert ended.code == 0
    (((cell,), rounds),) = planned
    assert (cell.table, cell.row, cell.workload, rounds) == ("load", "proxied@pool", "ping", 2)
    one_core = 1
    assert cell.load == Visits(connections=30, ramp_s=2, duration_s=5, think_s=visits.THINK_S, processes=one_core)
