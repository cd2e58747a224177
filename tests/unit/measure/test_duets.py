from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from docker import DockerClient

from lab.catalog import Catalog
from lab.errors import LabError
from lab.figures.sequential import FIRST_LOOK
from lab.host.session import Session
from lab.journal import Journal
from lab.measure import cores, duet, duets
from lab.measure.clock import Clock
from lab.measure.cores import Cores
from lab.measure.deciding import TURN_S
from lab.measure.duet import TURNS, Side
from lab.measure.progress import Observer
from lab.measure.stage import Bench, Up
from lab.model import Burst, Cell, CoreSpeed, DuetSample, ForeignCpu
from lab.store import RunFolder
from tests.unit.measure.measure_fakes import make_rig
from tests.unit.results.test_duets import make_turn as turn_of
from tests.unit.unit_factories import make_budget, make_cell, make_deployment, make_load, make_run, make_sample
from tests.unit.unit_project import Answering

CHEAP = make_cell(row="cheap")
POOL = make_cell(row="pool", deployment=make_deployment(variant="pool"))
PLAIN = make_cell(row="plain", deployment=make_deployment(stack="plain", variant="default"))
ROWS = (POOL, CHEAP, PLAIN)
RATES = {POOL.key: (400, 4.0), CHEAP.key: (1000, 0.5), PLAIN.key: (900, 2.0)}
"""Requests per second, and CPU seconds of a round."""
OTHERS = ForeignCpu(capacity_s=10.0, unexplained_s=1.0, idle_share=0.01)


@dataclass
class Played:
    """Every turn that was asked for, and the warnings."""

    turns: list[tuple[str, str, float, int]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    broken: str = ""
    seconds: float = 5
    disturbed: Collection[int] = ()
    """Which of all turns, counted from 1, others disturb."""
    void: list[str] = field(default_factory=list)
    """The rows of turns that come again."""

    def play(
        self,
        _client: object,
        row: Side,
        reference: Side,
        *,
        rate: float,
        seconds: float,
        number: int,
        cores: Cores,
        idle: bool,
    ) -> DuetSample:
        if row.cell.row == self.broken:
            raise LabError("it died")
        self.turns.append((row.cell.row, reference.cell.row, rate, number))
        assert seconds == self.seconds
        assert idle == (number >= TURNS and seconds != TURN_S)
        assert cores.watch.all() == CoreSpeed()
        foreign = OTHERS if len(self.turns) in self.disturbed else None
        return replace(make_turn(row.cell, reference.cell, number, rate), foreign=foreign)


def make_turn(row: Cell, reference: Cell, number: int, rate: float) -> DuetSample:
    return turn_of(number, 2.0, 2.0, cell=row.key, reference=reference.key, rate=rate)


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Played:
    found = Played()
    monkeypatch.setattr(duet, "play", found.play)
    return found


def make_bench(
    catalog: Catalog, folder: Path, played: Played, cells: Sequence[Cell], *, duet_s: float = 10, **changes: Any
) -> Bench:
    class Watcher(Observer):
        def warn(self, message: str) -> None:
            played.warnings.append(message)

        def void_turn(self, cell: Cell, reference: Cell, why: str) -> None:
            played.void.append(cell.row)
            assert reference.row == "cheap"
            assert "no part of the run used 9%" in why

    kept = RunFolder(path=folder)
    for cell in cells:
        rate, cpu_s = RATES.get(cell.key, (1000, 1.0))
        kept.append(make_sample(0, rate, cell=cell.key, steady_cpu_s={"app": cpu_s}))
    return Bench(
        catalog=catalog,
        journal=Journal(kept, make_run(cells, duet_s=duet_s, **changes), phases_s=dict),
        client=cast(DockerClient, SimpleNamespace()),
        session=cast(Session, SimpleNamespace(id="bench-1")),
        clock=Clock(),
        observer=Watcher(),
        cores=cores.unwatched(make_budget()),
    )


def up_of(server: Answering, cells: Sequence[Cell]) -> dict[Any, Up]:
    rig, _ = make_rig(server)
    return {cell.deployment: Up(rig=rig, answers={cell.workload: ("ok",)}) for cell in cells}


def test_every_row_is_played_beside_the_cheapest_at_one_rate_and_turns_are_interleaved(
    catalog: Catalog, tmp_path: Path, server: Answering, played: Played
) -> None:
    bench = make_bench(catalog, tmp_path, played, ROWS)
    duets.measure(bench, up_of(server, ROWS), ROWS)
    assert [(row, reference, number) for row, reference, _, number in played.turns] == [
        ("pool", "cheap", 0),
        ("plain", "cheap", 0),
        ("pool", "cheap", 1),
        ("plain", "cheap", 1),
    ]
    (rate,) = {rate for _, _, rate, _ in played.turns}
    assert 20 <= rate <= 200, "half of what the slowest answers, or less"
    assert [turn.number for turn in bench.journal.folder.duets()] == [0, 0, 1, 1]


def test_the_rate_that_was_chosen_is_asked_of_all(
    catalog: Catalog, tmp_path: Path, server: Answering, played: Played
) -> None:
    duets.measure(make_bench(catalog, tmp_path, played, ROWS, duet_rate=150.0), up_of(server, ROWS), ROWS)
    assert [rate for _, _, rate, _ in played.turns] == [150.0] * 4


def test_a_chosen_rate_that_one_does_not_serve_with_ease_is_refused_with_what_it_does(
    catalog: Catalog, tmp_path: Path, server: Answering, played: Played
) -> None:
    bench = make_bench(catalog, tmp_path, played, ROWS, duet_rate=250.0)
    duets.measure(bench, up_of(server, ROWS), ROWS)
    why = "250/s is more than half of what pool answered: --duet-rate 200 or less"
    assert (played.turns, played.warnings) == ([], [f"not side by side: {why}"])
    assert bench.journal.run.unplayed == {POOL.key: why, PLAIN.key: why}


def test_the_reference_is_the_row_that_the_table_names(
    catalog: Catalog, tmp_path: Path, server: Answering, played: Played
) -> None:
    rows = tuple(make_cell(row=cell.row, deployment=cell.deployment, reference="plain") for cell in ROWS)
    duets.measure(make_bench(catalog, tmp_path, played, rows), up_of(server, rows), rows)
    assert {reference for _, reference, _, _ in played.turns} == {"plain"}


def test_rows_that_name_a_reference_of_their_own_play_beside_it_at_a_rate_of_their_own(
    catalog: Catalog, tmp_path: Path, server: Answering, played: Played
) -> None:
    named = make_cell(row="pool", deployment=POOL.deployment, reference="plain")
    rows = (named, CHEAP, PLAIN)
    duets.measure(make_bench(catalog, tmp_path, played, rows), up_of(server, rows), rows)
    assert {(row, reference) for row, reference, _, _ in played.turns} == {("pool", "plain")}


def test_a_run_that_goes_on_plays_only_what_is_missing(
    catalog: Catalog, tmp_path: Path, server: Answering, played: Played
) -> None:
    RunFolder(path=tmp_path).append_duet(make_turn(POOL, CHEAP, 0, 50))
    bench = make_bench(catalog, tmp_path, played, ROWS)
    assert duets.wanted(bench, ROWS)
    duets.measure(bench, up_of(server, ROWS), ROWS)
    assert ("pool", 0) not in [(row, number) for row, _, _, number in played.turns]
    assert len(played.turns) == 3


def test_a_turn_that_fails_costs_that_turn_only(
    catalog: Catalog, tmp_path: Path, server: Answering, played: Played
) -> None:
    played.broken = "pool"
    bench = make_bench(catalog, tmp_path, played, ROWS)
    duets.measure(bench, up_of(server, ROWS), ROWS)
    assert {row for row, *_ in played.turns} == {"plain"}
    assert bench.journal.run.unplayed == {POOL.key: "it died"}
    assert played.warnings
    assert all("pool" in warning and "it died" in warning for warning in played.warnings)


def test_rows_that_cannot_be_asked_at_a_rate_or_are_alone_have_no_duet(
    catalog: Catalog, tmp_path: Path, server: Answering, played: Played
) -> None:
    burst = make_cell(row="burst", deployment=POOL.deployment, load=Burst(connections=10))
    weighed = make_cell(row="weighed", deployment=PLAIN.deployment, from_nothing=True)
    rows = (CHEAP, burst, weighed)
    bench = make_bench(catalog, tmp_path, played, rows)
    duets.measure(bench, up_of(server, rows), rows)
    assert played.turns == []
    off = tmp_path / "off"
    off.mkdir()
    assert duets.wanted(make_bench(catalog, off, played, ROWS, duet_s=0), ROWS) == []


def test_rows_that_differ_in_their_load_only_are_played_once(
    catalog: Catalog, tmp_path: Path, server: Answering, played: Played
) -> None:
    more = make_cell(row="more", deployment=POOL.deployment, load=make_load(connections=2000))
    rows = (POOL, more, CHEAP)
    duets.measure(make_bench(catalog, tmp_path, played, rows), up_of(server, rows), rows)
    assert {row for row, *_ in played.turns} == {"pool"}


def test_rows_of_one_stack_under_several_loads_have_nobody_beside_them(
    catalog: Catalog, tmp_path: Path, server: Answering, played: Played
) -> None:
    more = make_cell(row="more", deployment=CHEAP.deployment, load=make_load(connections=2000))
    rows = (CHEAP, more)
    duets.measure(make_bench(catalog, tmp_path, played, rows), up_of(server, rows), rows)
    assert (played.turns, played.warnings) == ([], [])


def test_turns_at_a_low_rate_come_after_the_others_where_they_are_asked_for(
    catalog: Catalog, tmp_path: Path, server: Answering, played: Played
) -> None:
    fast = {POOL.key: (40_000, 0.4), CHEAP.key: (100_000, 0.5)}
    rows = (POOL, CHEAP)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(RATES, POOL.key, fast[POOL.key])
        patch.setitem(RATES, CHEAP.key, fast[CHEAP.key])
        bench = make_bench(catalog, tmp_path, played, rows, duet_idle=True)
    duets.measure(bench, up_of(server, rows), rows)
    assert [number for *_, number in played.turns] == [0, 1, 2, 3]
    rates = [rate for _, _, rate, _ in played.turns]
    assert rates[0] == rates[1] > rates[2] == rates[3] == pytest.approx(rates[0] / 10, rel=0.1)
    assert duets.wanted(bench, [POOL]) == []


def test_a_rate_that_is_low_already_has_no_lower_one(
    catalog: Catalog, tmp_path: Path, server: Answering, played: Played
) -> None:
    bench = make_bench(catalog, tmp_path, played, ROWS, duet_idle=True)
    duets.measure(bench, up_of(server, ROWS), ROWS)
    assert {number for *_, number in played.turns} == {0, 1}


def test_rows_that_are_asked_for_something_else_are_never_played_beside_each_other(
    catalog: Catalog, tmp_path: Path, server: Answering, played: Played
) -> None:
    other = make_cell(row="other", deployment=PLAIN.deployment, workload="ping")
    rows = (CHEAP, other)
    duets.measure(make_bench(catalog, tmp_path, played, rows), up_of(server, rows), rows)
    assert played.turns == []


@pytest.fixture
def usual_rate(catalog: Catalog, tmp_path: Path, server: Answering, played: Played) -> float:
    """At which the rows are asked where no round went badly."""
    clean = tmp_path / "clean"
    clean.mkdir()
    duets.measure(make_bench(catalog, clean, played, ROWS), up_of(server, ROWS), ROWS)
    (rate,) = {rate for _, _, rate, _ in played.turns}
    played.turns.clear()
    return rate


def test_a_round_that_was_set_aside_does_not_set_the_rate(
    catalog: Catalog, tmp_path: Path, server: Answering, played: Played, usual_rate: float
) -> None:
    RunFolder(path=tmp_path).append(make_sample(0, 100, cell=POOL.key, set_aside="others were there"))
    duets.measure(make_bench(catalog, tmp_path, played, ROWS), up_of(server, ROWS), ROWS)
    assert {rate for _, _, rate, _ in played.turns} == {usual_rate}


@pytest.mark.parametrize("answered_per_second", [0, 10])
def test_a_round_that_went_badly_does_not_set_the_rate(
    catalog: Catalog,
    tmp_path: Path,
    server: Answering,
    played: Played,
    *,
    usual_rate: float,
    answered_per_second: int,
) -> None:
    rate, cpu_s = RATES[POOL.key]
    kept = RunFolder(path=tmp_path)
    kept.append(make_sample(1, rate, cell=POOL.key, steady_cpu_s={"app": cpu_s}))
    kept.append(make_sample(2, answered_per_second, cell=POOL.key, steady_cpu_s={"app": cpu_s}))
    duets.measure(make_bench(catalog, tmp_path, played, ROWS), up_of(server, ROWS), ROWS)
    assert {rate for _, _, rate, _ in played.turns} == {usual_rate}


def test_a_turn_that_others_disturbed_is_kept_aside_and_comes_once_more_last_of_all(
    catalog: Catalog, tmp_path: Path, server: Answering, played: Played
) -> None:
    played.disturbed = {1}
    bench = make_bench(catalog, tmp_path, played, ROWS)
    duets.measure(bench, up_of(server, ROWS), ROWS)
    assert [(row, number) for row, _, _, number in played.turns] == [
        ("pool", 0),
        ("plain", 0),
        ("pool", 1),
        ("plain", 1),
        ("pool", 0),
    ]
    assert played.void == ["pool"]
    assert [bool(turn.set_aside) for turn in bench.journal.folder.duets()] == [True, False, False, False, False]
    assert duets.wanted(bench, ROWS) == duets.wanted(bench, [CHEAP])


def test_where_others_are_never_quiet_a_fifth_of_the_turns_comes_again_and_the_rest_counts(
    catalog: Catalog, tmp_path: Path, server: Answering, played: Played
) -> None:
    played.disturbed = range(100)
    bench = make_bench(catalog, tmp_path, played, ROWS)
    duets.measure(bench, up_of(server, ROWS), ROWS)
    assert played.void == ["pool"], "one of four"
    assert len(played.turns) == 5
    assert not bench.journal.missing_turns(POOL, turns=TURNS)


def test_two_stacks_are_played_turn_after_turn_at_one_rate_until_it_is_decided(
    catalog: Catalog, tmp_path: Path, server: Answering, played: Played
) -> None:
    played.seconds = TURN_S
    rows = (CHEAP, PLAIN)
    bench = make_bench(catalog, tmp_path, played, rows, until=0.03, within_s=600.0)
    assert duets.wanted(bench, rows) == [*rows]
    duets.measure(bench, up_of(server, rows), rows)
    # Two slices a turn, and all alike: decided at the first look.
    assert [number for _, _, _, number in played.turns] == list(range(FIRST_LOOK // 2))
    assert len({rate for _, _, rate, _ in played.turns}) == 1
    assert duets.wanted(bench, rows) == []


def test_of_turns_until_it_is_decided_those_that_were_disturbed_do_not_count(
    catalog: Catalog, tmp_path: Path, server: Answering, played: Played
) -> None:
    played.seconds, played.disturbed = TURN_S, {1, 9}
    rows = (CHEAP, PLAIN)
    bench = make_bench(catalog, tmp_path, played, rows, until=0.03, within_s=600.0)
    duets.measure(bench, up_of(server, rows), rows)
    assert [number for _, _, _, number in played.turns] == [0, *range(8), *range(7, FIRST_LOOK // 2)]
    assert played.void == ["plain", "plain"]
