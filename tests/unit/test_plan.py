import pytest

from lab import plan
from lab.catalog import Catalog
from lab.errors import UnknownName
from lab.plan import Wishes

MANY = 100_000


def test_a_table_gives_one_cell_a_row_with_its_pins_load_and_figures(catalog: Catalog) -> None:
    cells = plan.from_tables(catalog, [catalog.table("articles")], wishes=Wishes(), nofile=MANY)
    assert [cell.key for cell in cells] == [
        "articles/proxied-pool/seed",
        "articles/plain/seed",
        "articles/again/seed",
    ]
    first, second, third = cells
    assert (first.load.connections, first.load.threads, first.load.duration_s) == (2000, 2, 5)
    assert first.published is not None
    assert first.published == third.published
    assert (second.load.connections, second.deployment.settings) == (100, (("HEALTH_DELAY", "0.2"),))


def test_wishes_replace_what_the_table_says(catalog: Catalog) -> None:
    wishes = Wishes(workload="ping", connections=7, threads=3, duration_s=2, pins=("seed", "current"))
    cells = plan.from_tables(catalog, [catalog.table("articles")], wishes=wishes, nofile=MANY)
    assert [cell.deployment.pins for cell in cells] == ["seed", "current"] * 3
    assert {(c.workload, c.load.connections, c.load.threads, c.load.duration_s) for c in cells} == {("ping", 7, 3, 2)}
    assert len({cell.key for cell in cells}) == len(cells)


def test_as_published_offers_each_load_for_as_long_as_its_source(catalog: Catalog) -> None:
    table = catalog.table("articles")
    cells = plan.from_tables(catalog, [table], wishes=Wishes(as_published=True), nofile=MANY)
    assert {cell.load.duration_s for cell in cells} == {60}
    shorter = plan.from_tables(catalog, [table], wishes=Wishes(as_published=True, duration_s=3), nofile=MANY)
    assert {cell.load.duration_s for cell in shorter} == {3}


def test_a_low_limit_of_open_files_shows_in_the_load(catalog: Catalog) -> None:
    first = plan.from_tables(catalog, [catalog.table("articles")], wishes=Wishes(), nofile=1024)[0]
    assert (first.load.connections, first.load.published_connections) == (800, 2000)


def test_there_are_never_more_threads_than_connections(catalog: Catalog) -> None:
    cells = plan.from_tables(catalog, [catalog.table("articles")], wishes=Wishes(connections=1), nofile=MANY)
    assert {cell.load.threads for cell in cells} == {1}


def test_a_target_gives_a_cell_with_the_default_load(catalog: Catalog) -> None:
    (cell,) = plan.from_targets(catalog, ["proxied@pool"], settings={}, wishes=Wishes(), nofile=MANY)
    assert (cell.table, cell.row, cell.workload) == ("bench", "proxied@pool", "ping")
    assert cell.load == plan.DEFAULT_LOAD
    assert cell.deployment.pins == "current"


def test_a_target_named_twice_is_measured_once(catalog: Catalog) -> None:
    cells = plan.from_targets(catalog, ["plain", "plain@default"], settings={}, wishes=Wishes(), nofile=MANY)
    assert [cell.row for cell in cells] == ["plain@default"]


@pytest.mark.parametrize(
    ("target", "wishes", "nearest"),
    [
        ("proxed", Wishes(), "proxied"),
        ("proxied@pol", Wishes(), "pool"),
        ("proxied", Wishes(workload="helth"), "health"),
    ],
)
def test_an_unknown_part_of_a_target_suggests_the_nearest(
    catalog: Catalog, target: str, wishes: Wishes, nearest: str
) -> None:
    with pytest.raises(UnknownName) as caught:
        plan.from_targets(catalog, [target], settings={}, wishes=wishes, nofile=MANY)
    assert (caught.value.nearest, caught.value.exit_code) == (nearest, 2)


def test_an_unknown_setting_suggests_the_nearest(catalog: Catalog) -> None:
    with pytest.raises(UnknownName, match="no setting named 'WORKER'") as caught:
        plan.from_targets(catalog, ["proxied"], settings={"WORKER": "2"}, wishes=Wishes(), nofile=MANY)
    assert caught.value.nearest == "WORKERS"


def test_a_workload_that_a_row_cannot_offer_suggests_the_nearest(catalog: Catalog) -> None:
    with pytest.raises(UnknownName, match="no workload named 'pong'") as caught:
        plan.from_tables(catalog, [catalog.table("articles")], wishes=Wishes(workload="pong"), nofile=MANY)
    assert (caught.value.nearest, caught.value.where) == ("ping", "stack proxied")


def test_a_limit_of_open_files_that_is_not_known_caps_nothing(catalog: Catalog) -> None:
    first = plan.from_tables(catalog, [catalog.table("articles")], wishes=Wishes(), nofile=0)[0]
    assert (first.load.connections, first.load.published_connections) == (2000, None)
