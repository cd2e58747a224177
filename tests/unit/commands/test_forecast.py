from dataclasses import replace
from pathlib import Path

import pytest

from lab import plan
from lab.catalog import Catalog, load_catalog
from lab.cli.options import DUET_S, ROUNDS
from lab.commands import forecast
from lab.deploy import building
from lab.model import Burst
from lab.plan import PlanOptions
from tests.unit.unit_factories import make_cell, make_deployment, make_load

HOME = Path(forecast.__file__).parents[2]
CELLS = (
    make_cell(row="one", load=make_load(duration_s=10)),
    make_cell(row="two", load=make_load(duration_s=10)),
    make_cell(row="pool", table="other", deployment=make_deployment(variant="pool"), load=make_load(duration_s=10)),
)


@pytest.fixture
def looked_for(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The stacks whose images were asked for; one of two images is missing."""
    asked: list[tuple[str, str]] = []

    def needed(_catalog: Catalog, pairs: dict[tuple[str, str], None]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        asked.extend(pairs)
        return ("lab/app", "lab/load"), ("lab/app",)

    monkeypatch.setattr(building, "needed", needed)
    return asked


def test_a_forecast_counts_rows_rounds_minutes_and_disk(catalog: Catalog, looked_for: list[tuple[str, str]]) -> None:
    found = forecast.forecast(catalog, CELLS, rounds=2)
    assert (found.tables, found.rows, found.rounds) == (1, 3, 6)  # `other` is no table of this catalog
    seconds = 6 * (10 + forecast.STEP_S) + 2 * forecast.START_S + forecast.BUILD_S
    assert found.minutes == pytest.approx(seconds / 60)
    assert (found.images, found.missing_images) == (2, ("lab/app",))
    assert found.disk_mib == pytest.approx(forecast.IMAGE_MIB + 6 * forecast.ROUND_MIB + forecast.REPORTS_MIB)
    assert looked_for == [("proxied", "current")]


def test_a_row_whose_table_says_how_many_rounds_it_has_is_counted_with_those(
    catalog: Catalog, looked_for: list[tuple[str, str]]
) -> None:
    found = forecast.forecast(catalog, [*CELLS[:2], replace(CELLS[2], own_rounds=3)], rounds=2)
    assert [(part.table, part.rows, part.rounds) for part in found.by_table] == [
        (CELLS[0].table, 2, 4), ("other", 1, 3)
    ]  # fmt: skip
    assert found.minutes == pytest.approx(sum(part.minutes for part in found.by_table) + forecast.BUILD_S / 60)
    assert looked_for


def test_of_rows_that_are_asked_the_same_all_but_the_reference_are_measured_side_by_side() -> None:
    cells = [make_cell(row=name, deployment=make_deployment(variant=name)) for name in ("one", "two", "three")]
    again = replace(cells[0], row="again")  # another load of the same stack is the same duet
    burst = make_cell(row="burst", load=Burst(connections=10), deployment=make_deployment(variant="four"))
    weighed = make_cell(row="weighed", from_nothing=True, deployment=make_deployment(variant="five"))
    rows = [*cells, again, burst, weighed]
    assert forecast.duets_s(rows, duet_s=10, idle=False) == 2 * (10 + forecast.TURN_S)
    assert forecast.duets_s(rows, duet_s=10, idle=True) == 4 * (10 + forecast.TURN_S)
    assert forecast.duets_s(rows, duet_s=0, idle=True) == 0


def test_all_published_tables_fit_into_fifty_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "needed", lambda _catalog, _pairs: ((), ()))
    real = load_catalog(HOME)
    cells = plan.from_tables(real, real.published_tables(), options=PlanOptions(), nofile=1 << 20)
    assert forecast.forecast(real, cells, rounds=ROUNDS, duet_s=DUET_S).minutes <= 50


def test_more_rounds_take_longer_and_a_footprint_longest(catalog: Catalog, looked_for: list[tuple[str, str]]) -> None:
    short, long = (forecast.forecast(catalog, CELLS, rounds=rounds).minutes for rounds in (1, 3))
    weighed = forecast.forecast(catalog, [make_cell(from_nothing=True)], rounds=1).minutes
    assert short < long
    assert weighed > forecast.forecast(catalog, [make_cell()], rounds=1).minutes
    assert looked_for


def test_a_row_that_leaves_a_queue_is_restarted_after_its_rounds_and_takes_longer() -> None:
    slow = make_cell(load=make_load(connections=1000), delay_s=0.1, slots=40)
    soon_over, without_slots = replace(slow, slots=100), replace(slow, slots=None)
    assert forecast.round_s(slow) - forecast.round_s(soon_over) == forecast.RESTART_S
    assert forecast.round_s(without_slots) == forecast.round_s(soon_over)
    assert forecast.round_s(replace(slow, load=Burst(connections=1000))) == forecast.BURST_S + forecast.STEP_S


def test_a_burst_takes_about_as_long_as_it_may(catalog: Catalog, looked_for: list[tuple[str, str]]) -> None:
    burst = make_cell(load=Burst(connections=10))
    assert forecast.round_s(burst) == forecast.BURST_S + forecast.STEP_S
    assert looked_for == []
    assert catalog.stacks
