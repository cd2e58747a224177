"""Which rows of a table are played against which, at which rate, and what of it is kept."""

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from docker import DockerClient

from lab.catalog import Catalog
from lab.errors import LabError
from lab.host.session import Session
from lab.measure import duet, duets
from lab.measure.clock import Clock
from lab.measure.duet import Side
from lab.measure.progress import Observer
from lab.measure.runner import Bench
from lab.measure.stage import Up
from lab.model import Cell, Deployment, DuetSample, DuetSlice, Errors
from lab.store import Journal, RunFolder
from tests.unit.measure.measure_fakes import make_rig
from tests.unit.unit_factories import make_cell, make_deployment, make_load, make_run, make_sample
from tests.unit.unit_project import Answering

CHEAP, DEAR, DEARER = (
    make_cell(row=row, deployment=make_deployment(variant=row), load=make_load(duration_s=1))
    for row in ("cheap", "dear", "dearer")
)
ROWS = (DEAR, CHEAP, DEARER)
CPU_S = {"cheap": 1.0, "dear": 2.0, "dearer": 4.0}
"""Of all requests of a round."""


class Watcher(Observer):
    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warn(self, message: str) -> None:
        self.warnings.append(message)


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, int]]:
    """Row, reference and number of each turn; the turns of a row called `broken` fail."""
    turns: list[tuple[str, str, int]] = []

    def play(_client: object, row: Side, reference: Side, *, rate: float, seconds: float, number: int) -> DuetSample:
        turns.append((row.cell.row, reference.cell.row, number))
        if row.cell.row == "broken":
            raise LabError("it fell over")
        return DuetSample(
            cell=row.cell.key,
            reference=reference.cell.key,
            number=number,
            started_at="2026-11-21T03:30:00Z",
            rate=rate,
            first="cell",
            slices=(DuetSlice(seconds=seconds, cpu={"app": 2.0}, reference_cpu={"app": 1.0}),),
            requests=100,
            missing=0,
            errors=Errors(),
            load_cpu_s=1.0,
        )

    monkeypatch.setattr(duet, "play", play)
    return turns


@pytest.fixture
def up(server: Answering) -> Mapping[Deployment, Up]:
    cells = (*ROWS, make_cell(row="broken", deployment=make_deployment(variant="broken")))
    return {cell.deployment: Up(rig=make_rig(server)[0], answers={"health": ("ok",)}) for cell in cells}


def bench(catalog: Catalog, folder: Path, cells: tuple[Cell, ...], **changes: Any) -> Bench:
    """A run whose rounds are done: each row as its CPU says."""
    run = make_run(cells, rounds=1, **{"duet_s": 4.0} | changes)
    made = Bench(
        catalog=catalog,
        journal=Journal(RunFolder(path=folder), run, phases_s=dict),
        client=cast(DockerClient, SimpleNamespace()),
        session=cast(Session, SimpleNamespace(id="bench-1")),
        clock=Clock(),
        observer=Watcher(),
    )
    for cell in cells:
        made.journal.add_sample(make_sample(cell=cell.key, steady_cpu_s={"app": CPU_S.get(cell.row, 3.0)}))
    return made


def test_every_row_is_played_against_the_cheapest_turn_by_turn_and_kept(
    catalog: Catalog, tmp_path: Path, up: Mapping[Deployment, Up], played: list[tuple[str, str, int]]
) -> None:
    made = bench(catalog, tmp_path, ROWS)
    duets.measure(made, up, ROWS)
    assert played == [(row, "cheap", number) for number in range(duet.TURNS) for row in ("dear", "dearer")]
    assert made.journal.missing_turns(DEAR, turns=duet.TURNS) == []


def test_a_run_that_goes_on_plays_what_is_missing_only(
    catalog: Catalog, tmp_path: Path, up: Mapping[Deployment, Up], played: list[tuple[str, str, int]]
) -> None:
    duets.measure(bench(catalog, tmp_path, ROWS[:2]), up, ROWS[:2])
    played.clear()
    duets.measure(bench(catalog, tmp_path, ROWS), up, ROWS)
    assert played == [("dearer", "cheap", number) for number in range(duet.TURNS)]


def test_a_turn_that_fails_costs_its_row_only_and_is_told(
    catalog: Catalog, tmp_path: Path, up: Mapping[Deployment, Up], played: list[tuple[str, str, int]]
) -> None:
    broken = make_cell(row="broken", deployment=make_deployment(variant="broken"))
    made = bench(catalog, tmp_path, (broken, CHEAP, DEAR))
    duets.measure(made, up, (broken, CHEAP, DEAR))
    assert made.journal.missing_turns(DEAR, turns=duet.TURNS) == []
    assert len(made.journal.missing_turns(broken, turns=duet.TURNS)) == duet.TURNS
    assert "it fell over" in cast(Watcher, made.observer).warnings[0]


def test_nothing_is_wanted_of_a_run_without_duets(catalog: Catalog, tmp_path: Path) -> None:
    assert duets.wanted(bench(catalog, tmp_path, ROWS, duet_s=0.0), ROWS) == []
    assert duets.wanted(bench(catalog, tmp_path, ROWS), ROWS) == [*ROWS]
