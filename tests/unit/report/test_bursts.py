import json
from itertools import pairwise

from lab.report import charts
from lab.report.bursts import growth, staircase, worker_names
from tests.unit.report.report_factories import make_burst, make_cell, make_growth, make_results, make_section

TWO = ("20", "21")


def points(chart: object) -> list[dict[str, object]]:
    found: list[list[dict[str, object]]] = list(chart.spec["datasets"].values())  # type: ignore[attr-defined]
    return [point for data in found for point in data]


def test_each_request_of_a_burst_is_a_bar_from_its_start_to_its_answer() -> None:
    chart = staircase(make_section(make_burst("pool", 4, 2.0, workers=TWO)))
    assert chart is not None
    bars = [point for point in points(chart) if "end" in point]
    assert [(bar["start"], bar["end"], bar["kind"]) for bar in bars] == [
        (0.0, 1.0, "worker 1"),
        (0.0, 1.0, "worker 2"),
        (0.0, 2.0, "worker 1"),
        (0.0, 2.0, "worker 2"),
    ]


def test_the_bars_of_all_rows_have_places_of_their_own() -> None:
    chart = staircase(make_section(make_burst("one", 3, 3.0), make_burst("pool", 4, 2.0, workers=TWO)))
    assert chart is not None
    ends = [(bar["y"], bar["y2"]) for bar in points(chart) if "end" in bar]
    assert all(one[1] < other[0] for one, other in pairwise(ends))  # type: ignore[operator]


def test_a_row_says_how_many_workers_served_it() -> None:
    cells = (
        make_burst("pool", 4, 2.0, workers=TWO),
        make_burst("threads", 3, 2.0, workers=("7/1", "7/2", "7/3")),
        make_burst("silent", 3, 2.0, workers=("",)),
    )
    chart = staircase(make_section(*cells))
    assert chart is not None
    for said in ("2 workers", "each request had a worker of its own", "the answers do not say who served them"):
        assert said in chart.alternative
        assert said in json.dumps(chart.spec)


def test_many_workers_do_not_become_many_colours() -> None:
    own = make_burst("threads", 10, 5.0, workers=tuple(f"7/{n}" for n in range(10)))
    many = make_burst("wide", 20, 5.0, workers=tuple(f"{n}" for n in range(10)))
    assert set(worker_names(own.spans).values()) == {"a worker each"}
    assert set(worker_names(many.spans).values()) == {*(f"worker {n}" for n in range(1, 7)), "other workers"}


def test_wall_clock_grows_by_system_with_what_was_published() -> None:
    chart = growth(make_section(*make_growth("threaded", [1.0, 2.0, 3.0]), *make_growth("pool", [1.0, 1.0, 2.0])))
    assert chart is not None
    found = [(p["system"], p["requests"], p["kind"], p["value"]) for p in points(chart)]
    assert ("threaded", 3, "measured", 3.0) in found
    assert ("pool", 2, "published", 2.0) in found
    assert len(found) == 12


def test_bursts_of_one_size_have_no_growth() -> None:
    assert growth(make_section(make_burst("one", 10, 5.0), make_burst("other", 10, 25.0))) is None


def test_bursts_are_not_drawn_as_requests_per_second_or_percentiles() -> None:
    cells = (make_burst("quick", 10, 5.0), make_cell("loop"))
    drawn = {chart.title: chart for chart in charts.charts(make_section(*cells))}
    assert {point["row"] for point in points(drawn["Requests per second"])} == {"loop"}
    assert {point["row"] for point in points(drawn["Latency"])} == {"loop"}


def test_the_first_chart_of_a_table_of_bursts_is_the_staircase() -> None:
    assert "Requests of a burst" in charts.svg(make_results(make_burst("pool", 4, 2.0, workers=TWO)))
