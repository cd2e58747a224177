from dataclasses import replace
from pathlib import Path

import pytest

from lab import plan
from lab.catalog import Catalog, load_catalog, places
from lab.errors import UnknownName, UsageError
from lab.model import Burst, Cell, Closed, Open, Pins, Ramp
from lab.plan import PlanOptions
from tests.unit.own_project import OWN, write_own
from tests.unit.unit_factories import make_run
from tests.unit.unit_project import edit

MANY = 100_000


def loop(cell: Cell) -> Closed:
    assert cell.load.kind == "closed"
    return cell.load


def test_a_table_gives_one_cell_a_row_with_its_pins_load_and_figures(catalog: Catalog) -> None:
    cells = plan.from_tables(catalog, [catalog.table("articles")], options=PlanOptions(), nofile=MANY)
    assert [cell.key for cell in cells] == [
        "articles/proxied-pool/seed",
        "articles/plain/seed",
        "articles/again/seed",
    ]
    first, second, third = cells
    assert first.load == Closed(connections=2000, threads=2, duration_s=5)
    assert first.published is not None
    assert first.published == third.published
    assert (second.load.connections, second.deployment.settings) == (100, (("HEALTH_DELAY", "0.2"),))


def test_wishes_replace_what_the_table_says(catalog: Catalog) -> None:
    options = PlanOptions(workload="ping", connections=7, threads=3, duration_s=2, pins=("seed", "current"))
    cells = plan.from_tables(catalog, [catalog.table("articles")], options=options, nofile=MANY)
    assert [cell.deployment.pins for cell in cells] == ["seed", "current"] * 3
    assert {(c.workload, c.load) for c in cells} == {("ping", Closed(connections=7, threads=3, duration_s=2))}
    assert len({cell.key for cell in cells}) == len(cells)


def test_a_stack_that_lacks_the_wished_pins_is_measured_with_those_it_has(project: Path) -> None:
    edit(project / "compose/plain.yaml", "  memory: {app: 1}\n", "  memory: {app: 1}\n  pins: [current]\n")
    edit(project / "experiments/articles.yaml", "pins: seed", "pins: current")
    catalog = load_catalog(project)
    options: dict[tuple[Pins, ...] | None, list[str]]
    options = {("seed", "current"): ["seed", "current"], ("seed",): ["seed"], None: ["current"]}
    for wished, planned in options.items():
        cells = plan.from_tables(catalog, [catalog.table("articles")], options=PlanOptions(pins=wished), nofile=MANY)
        found = [(cell.row, cell.deployment.pins) for cell in cells if cell.row in ("proxied-pool", "plain")]
        assert found == [*(("proxied-pool", pins) for pins in planned), ("plain", "current")]


def test_as_published_offers_each_load_for_as_long_as_its_source(catalog: Catalog) -> None:
    table = catalog.table("articles")
    cells = plan.from_tables(catalog, [table], options=PlanOptions(as_published=True), nofile=MANY)
    assert {loop(cell).duration_s for cell in cells} == {60}
    shorter = plan.from_tables(catalog, [table], options=PlanOptions(as_published=True, duration_s=3), nofile=MANY)
    assert {loop(cell).duration_s for cell in shorter} == {3}


def test_a_low_limit_of_open_files_shows_in_the_load(catalog: Catalog) -> None:
    first = plan.from_tables(catalog, [catalog.table("articles")], options=PlanOptions(), nofile=1024)[0]
    assert (first.load.connections, first.load.published_connections) == (800, 2000)


def test_there_are_never_more_threads_than_connections(catalog: Catalog) -> None:
    cells = plan.from_tables(catalog, [catalog.table("articles")], options=PlanOptions(connections=1), nofile=MANY)
    assert {loop(cell).threads for cell in cells} == {1}


def test_a_target_gives_a_cell_with_the_default_load(catalog: Catalog) -> None:
    (cell,) = plan.from_targets(catalog, ["proxied@pool"], settings={}, options=PlanOptions(), nofile=MANY)
    assert (cell.table, cell.row, cell.workload) == ("bench", "proxied@pool", "ping")
    assert cell.load == plan.DEFAULT_LOAD
    assert cell.deployment.pins == "current"


def test_a_target_is_asked_at_a_rate_whatever_it_answers(catalog: Catalog) -> None:
    options = PlanOptions(rate=500, arrivals="poisson", duration_s=2)
    (cell,) = plan.from_targets(catalog, ["plain"], settings={}, options=options, nofile=MANY)
    assert cell.load == Open(rate=500, arrivals="poisson", duration_s=2)


def test_a_stack_behind_tls_is_not_asked_at_a_rate_and_the_error_says_so(project: Path) -> None:
    edit(project / "compose/plain.yaml", "port: 9000}", "port: 9000, scheme: https}")
    with pytest.raises(UsageError, match="plain speaks https"):
        plan.from_targets(load_catalog(project), ["plain"], settings={}, options=PlanOptions(rate=5), nofile=MANY)


def test_a_script_of_somebodys_own_is_offered_as_it_is_and_never_at_a_rate(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_ROOT", str(project))
    own = OWN.replace("workloads: [home, order]", "workloads: [lua]\nscripts: {lua: {file: load.lua}}")
    folder = write_own(tmp_path / "shop", own=own)
    (folder / "load.lua").write_text("-- mine")
    catalog, targets = places.catalog_of([str(folder)])
    (cell,) = plan.from_targets(catalog, targets, settings={}, options=PlanOptions(duration_s=2), nofile=MANY)
    assert (cell.workload, cell.load.kind, cell.load.tool) == ("lua", "scripted", "wrk")
    with pytest.raises(UsageError, match="lua is a script of its own, which is not asked at a rate") as raised:
        plan.from_targets(catalog, targets, settings={}, options=PlanOptions(rate=20), nofile=MANY)
    assert raised.value.where == "--rate; load.lua of shop"


def test_a_target_named_twice_is_measured_once(catalog: Catalog) -> None:
    cells = plan.from_targets(catalog, ["plain", "plain@default"], settings={}, options=PlanOptions(), nofile=MANY)
    assert [cell.row for cell in cells] == ["plain@default"]


@pytest.mark.parametrize(
    ("target", "options", "nearest"),
    [
        ("proxed", PlanOptions(), "proxied"),
        ("proxied@pol", PlanOptions(), "pool"),
        ("proxied", PlanOptions(workload="helth"), "health"),
    ],
)
def test_an_unknown_part_of_a_target_suggests_the_nearest(
    catalog: Catalog, target: str, options: PlanOptions, nearest: str
) -> None:
    with pytest.raises(UnknownName) as caught:
        plan.from_targets(catalog, [target], settings={}, options=options, nofile=MANY)
    assert (caught.value.nearest, caught.value.exit_code) == (nearest, 2)


def test_an_unknown_setting_suggests_the_nearest(catalog: Catalog) -> None:
    with pytest.raises(UnknownName, match="no setting named 'WORKER'") as caught:
        plan.from_targets(catalog, ["proxied"], settings={"WORKER": "2"}, options=PlanOptions(), nofile=MANY)
    assert caught.value.nearest == "WORKERS"


def test_a_workload_that_a_row_cannot_offer_suggests_the_nearest(catalog: Catalog) -> None:
    with pytest.raises(UnknownName, match="no workload named 'pong'") as caught:
        plan.from_tables(catalog, [catalog.table("articles")], options=PlanOptions(workload="pong"), nofile=MANY)
    assert (caught.value.nearest, caught.value.where) == ("ping", "stack proxied")


def test_a_limit_of_open_files_that_is_not_known_caps_nothing(catalog: Catalog) -> None:
    first = plan.from_tables(catalog, [catalog.table("articles")], options=PlanOptions(), nofile=0)[0]
    assert (first.load.connections, first.load.published_connections) == (2000, None)


BURST = Burst(connections=10)


def test_a_burst_takes_as_long_as_it_takes_whatever_is_wished(catalog: Catalog) -> None:
    table = catalog.table("articles")
    bursts = replace(table, rows=tuple(replace(row, load=BURST) for row in table.rows))
    for options in (PlanOptions(), PlanOptions(as_published=True), PlanOptions(duration_s=5, threads=2)):
        assert {cell.load for cell in plan.from_tables(catalog, [bursts], options=options, nofile=MANY)} == {BURST}
    fewer = plan.from_tables(catalog, [bursts], options=PlanOptions(connections=4), nofile=MANY)
    assert {cell.load for cell in fewer} == {Burst(connections=4)}


def test_where_the_source_states_no_duration_as_published_keeps_that_of_the_table(catalog: Catalog) -> None:
    table = replace(catalog.table("articles"), published_duration_s=0)
    cells = plan.from_tables(catalog, [table], options=PlanOptions(as_published=True), nofile=MANY)
    assert {loop(cell).duration_s for cell in cells} == {5}


def test_as_published_adds_clients_for_as_long_as_the_source_did(catalog: Catalog) -> None:
    table = catalog.table("articles")
    ramp = Ramp(connections=200, ramp_s=10, duration_s=5)
    ramps = replace(table, published_duration_s=0, rows=tuple(replace(row, load=ramp) for row in table.rows))

    def loads_of(published_ramp_s: float, options: PlanOptions) -> set[object]:
        known = replace(ramps, published_ramp_s=published_ramp_s)
        return {cell.load for cell in plan.from_tables(catalog, [known], options=options, nofile=MANY)}

    assert loads_of(60, PlanOptions()) == {ramp}
    assert loads_of(60, PlanOptions(as_published=True)) == {replace(ramp, ramp_s=60)}
    assert loads_of(0, PlanOptions(as_published=True)) == {ramp}


def test_a_table_says_how_many_rounds_its_rows_have_unless_the_command_line_does(catalog: Catalog) -> None:
    table = replace(catalog.table("articles"), rounds=3)
    own, typed = (
        plan.from_tables(catalog, [table], options=options, nofile=MANY)
        for options in (PlanOptions(), PlanOptions(rounds=7))
    )
    assert {make_run(own, rounds=5).rounds_of(cell) for cell in own} == {3}
    assert {make_run(typed, rounds=7).rounds_of(cell) for cell in typed} == {7}


def test_a_stack_says_how_long_it_may_be_warmed_up_unless_the_command_line_does(project: Path) -> None:
    edit(project / "compose/plain.yaml", "  memory:", "  warmup_s: 10\n  memory:")
    catalog = load_catalog(project)

    def of(options: PlanOptions) -> list[float]:
        cells = plan.from_targets(catalog, ["plain", "proxied"], settings={}, options=options, nofile=MANY)
        return [make_run(cells, warmup_s=3.0).warmup_of(cell) for cell in cells]

    assert of(PlanOptions()) == [10.0, 3.0]
    assert of(PlanOptions(warmup_s=5)) == [5.0, 5.0]
    assert of(PlanOptions(warmup_s=0)) == [0.0, 0.0]
    (row, *_) = plan.from_tables(catalog, [catalog.table("articles")], options=PlanOptions(warmup_s=7), nofile=MANY)
    assert row.warmup_s == 7


def test_a_cell_knows_whether_it_is_weighed_and_which_row_is_its_floor(catalog: Catalog) -> None:
    table = catalog.table("articles")
    first, second, third = table.rows
    table = replace(table, rows=(replace(first, footprint=True), second, replace(third, floor="plain")))
    cells = plan.from_tables(catalog, [table], options=PlanOptions(), nofile=MANY)
    assert [(cell.from_nothing, cell.floor) for cell in cells] == [(True, None), (False, None), (False, "plain")]


def test_stacks_that_are_weighed_are_filed_apart_from_those_that_are_only_measured(catalog: Catalog) -> None:
    (cell,) = plan.from_targets(catalog, ["plain"], settings={}, options=PlanOptions(footprint=True), nofile=MANY)
    assert (cell.table, cell.from_nothing) == ("footprint", True)
    (other,) = plan.from_targets(catalog, ["plain"], settings={}, options=PlanOptions(), nofile=MANY)
    assert not other.from_nothing
    assert cell.key != other.key
