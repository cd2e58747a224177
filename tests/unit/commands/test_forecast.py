import pytest

from lab.catalog import Catalog
from lab.commands import forecast
from lab.deploy import building
from lab.model import Burst
from tests.unit.unit_factories import make_cell, make_deployment, make_load

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
    assert (found.tables, found.rows, found.rounds) == (2, 3, 6)
    seconds = 6 * (10 + forecast.STEP_S) + 2 * forecast.START_S + forecast.BUILD_S
    assert found.minutes == pytest.approx(seconds / 60)
    assert (found.images, found.missing_images) == (2, ("lab/app",))
    assert found.disk_mib == pytest.approx(forecast.IMAGE_MIB + 6 * forecast.ROUND_MIB + forecast.REPORTS_MIB)
    assert looked_for == [("proxied", "current")]


def test_more_rounds_take_longer_and_a_footprint_longest(catalog: Catalog, looked_for: list[tuple[str, str]]) -> None:
    short, long = (forecast.forecast(catalog, CELLS, rounds=rounds).minutes for rounds in (1, 3))
    weighed = forecast.forecast(catalog, [make_cell(from_nothing=True)], rounds=1).minutes
    assert short < long
    assert weighed > forecast.forecast(catalog, [make_cell()], rounds=1).minutes
    assert looked_for


def test_a_burst_takes_about_as_long_as_it_may(catalog: Catalog, looked_for: list[tuple[str, str]]) -> None:
    burst = make_cell(load=Burst(connections=10))
    assert forecast.round_s(burst) == forecast.BURST_S + forecast.STEP_S
    assert looked_for == []
    assert catalog.stacks
