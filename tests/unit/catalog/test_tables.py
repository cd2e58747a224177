from pathlib import Path

import pytest

from lab import plan
from lab.catalog import Catalog, load_catalog
from lab.errors import InvalidFile
from lab.model import Burst, Closed, Open
from tests.unit.unit_project import edit, line_of


def mistakes_of(project: Path) -> tuple[str, ...]:
    with pytest.raises(InvalidFile) as caught:
        load_catalog(project)
    return caught.value.mistakes


def test_a_row_has_what_the_table_says_and_what_is_its_own(catalog: Catalog) -> None:
    table = catalog.table("articles")
    first, second, third = table.rows
    assert (table.pins, table.published_duration_s) == ("seed", 60)
    assert (first.stack, first.variant, first.load.connections, first.note) == (
        "proxied",
        "pool",
        2000,
        "A famous one.",
    )
    assert (second.variant, second.workload, second.load.connections) == ("default", "ping", 100)
    assert (second.load, second.settings) == (
        Closed(connections=100, threads=2, duration_s=5),
        (("HEALTH_DELAY", "0.2"),),
    )
    assert second.published is None
    assert third.variant == "one"


def test_figures_stand_in_one_place_only(catalog: Catalog) -> None:
    first, _, third = catalog.table("articles").rows
    assert third.published == first.published
    assert first.published is not None
    assert (first.published.requests_per_second, first.published.max_ms) == (390.5, None)


def test_a_source_that_names_its_cores_is_planned_with_them(project: Path) -> None:
    edit(project / "experiments/articles.yaml", "pins: seed", "pins: seed\nmachine: {cores: 4, load: same}")
    catalog = load_catalog(project)
    table = catalog.table("articles")
    assert (table.source_cores, table.source_load_beside) == (4, True)
    cells = plan.from_tables(catalog, [table], options=plan.PlanOptions(), nofile=0)
    assert {(one.source.cores, one.source.load_beside) for one in cells if one.source} == {(4, True)}


def test_a_source_that_is_silent_about_its_cores_leaves_them_unknown(catalog: Catalog) -> None:
    table = catalog.table("articles")
    assert (table.source_cores, table.source_load_beside) == (None, None)


@pytest.mark.parametrize(
    ("old", "new", "marker", "key", "message"),
    [
        ("source: {site: a blog}\n", "", "", "source", "is missing"),
        ("pins: seed", "machine: {cores: 0, load: same}", "machine:", "machine.cores", "must be greater than 0"),
        ("pins: seed", "machine: {cores: 4, load: here}", "machine:", "machine.load", "must be 'same' or 'other'"),
        ("pins: seed", "pins: old", "pins:", "pins", "must be 'seed' or 'current'"),
        ("threads: 2,", "threads: two,", "load: {threads", "load.threads", "must be a whole number"),
        ("duration_s: 5", "durations: 5", "load: {threads", "load.durations", "is not a key known here"),
        ("connections: 100", "connections: 0", "connections: 0", "rows.1.load.connections", "must be greater than 0"),
        ("id: plain", "id: Plain Row", "id: Plain", "rows.1.id", "must have the form"),
        ("id: plain", "id: again", "id: again", "rows.2.id", "'again' is the id of an earlier row"),
        ("stack: plain", "stack: plane", "stack: plane", "rows.1.stack", "there is no stack 'plane'"),
        ("proxied@pool\n", "proxied@pol\n", "proxied@pol", "rows.0.stack", "'proxied' has no variant 'pol'"),
        ("workload: ping", "workload: pong", "stack: plain", "rows.1.stack", "not offer the workload 'pong'"),
        ("HEALTH_DELAY: 0.2", "DELAY: 0.2", "DELAY", "rows.1.settings.DELAY", "is not a setting of 'plain'"),
        ("articles/proxied-pool", "articles/none", "again", "rows.2.same_as", "there are no published figures"),
        ("mean_ms: 100.1", "mean_s: 0.1", "published:", "rows.0.published.mean_s", "here: did you mean 'mean_ms'?"),
        ("mean_ms: 100.1", "wall: 100", "published:", "rows.0.published.wall", "here: did you mean 'wall_ms'?"),
        ("requests_per_second:", "rps:", "published:", "rows.0.published.rps", "did you mean 'requests_per_second'?"),
        ("mean_ms: 100.1", "colour: 100.1", "published:", "rows.0.published.colour", "is not a key known here"),
        (
            "{threads: 2",
            "{tool: ab, threads: 2",
            "{tool: ab",
            "load.tool",
            "must be 'wrk', 'burst', 'single', 'ramp' or 'pace'",
        ),
        ("duration_s: 5", "concurrent: 5", "concurrent", "load.concurrent", "does not belong to the tool wrk"),
        (
            "{threads: 2",
            "{tool: single, threads: 2",
            "single",
            "load.threads",
            "the tool single, which takes duration_s",
        ),
        ("{connections: 100}", "{concurrent: 9}", "concurrent", "rows.1.load.concurrent", "not belong to the tool wrk"),
        ("pins: seed", "floor: none", "floor", "floor", "there is no row 'none' in this table"),
        (
            "id: plain\n",
            "id: plain\n    floor: none\n",
            "floor",
            "rows.1.floor",
            "there is no row 'none' in this table",
        ),
        ("id: plain\n", "id: plain\n    floor: plain\n", "floor", "rows.1.floor", "is this row itself"),
        ("id: plain\n", "id: plain\n    reference: nix\n", "reference", "rows.1.reference", "is no row 'nix'"),
        ("id: plain\n", "id: plain\n    reference: plain\n", "reference", "rows.1.reference", "is this row itself"),
        (
            "id: plain\n",
            "id: plain\n    reference: again\n",
            "reference",
            "rows.1.reference",
            "is asked for health, and this row for ping",
        ),
        ("pins: seed", "origin: me", "origin", "origin", "must be 'published' or 'lab'"),
        ("pins: seed", "placement: near", "placement", "placement", "must be 'isolated' or 'colocated'"),
        ("published_duration_s: 60\n", "", "", "published_duration_s", "is missing: how long the source offered"),
        ("pins: seed", "published_ramp_s: 60", "published_ramp_s", "published_ramp_s", "has no effect: no row adds"),
        ("pins: seed", "rounds: 2", "rounds", "rounds", "must be at least 3"),
        ("stack: plain", "stack: parts", "stack: parts", "rows.1.stack", "there is no stack 'parts' in compose/"),
        ("stack: plain", "stack: parts@x", "stack: parts", "rows.1.stack", "there is no stack 'parts' in compose/"),
        ("DELAY: 0.2", "DELAY: long", "DELAY", "rows.1.settings.HEALTH_DELAY", "must be a number of seconds, not 'l"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_key(
    project: Path, *, old: str, new: str, marker: str, key: str, message: str
) -> None:
    path = project / "experiments/articles.yaml"
    edit(path, old, new)
    line = "" if not marker else f":{line_of(path, marker)}"
    at = f"experiments/articles.yaml{line}: {key}: "
    if key == "rows.2.id":
        at = at.replace(f"{line}:", f":{line_of(path, '{id: again')}:")
    told = mistakes_of(project)
    assert [one for one in told if one.startswith(at) and message in one], told


def test_all_mistakes_of_all_tables_are_told_at_once(project: Path) -> None:
    path = project / "experiments/articles.yaml"
    (project / "experiments/other.yaml").write_text(path.read_text().replace("stack: plain", "stack: gone"))
    edit(path, "proxied@pool\n", "proxied@pol\n")
    edit(path, "HEALTH_DELAY: 0.2", "DELAY: 0.2")
    assert len(mistakes_of(project)) == 3


def test_a_key_written_twice_is_a_mistake(project: Path) -> None:
    edit(project / "experiments/articles.yaml", "pins: seed\n", "pins: seed\npins: current\n")
    assert [one for one in mistakes_of(project) if ":4: pins: is written twice (first on line 3)" in one]


@pytest.mark.parametrize("rows", ["rows:", "rows: []", "rows: 5"])
def test_a_table_without_rows_is_a_mistake(project: Path, rows: str) -> None:
    path = project / "experiments/articles.yaml"
    path.write_text(path.read_text().split("rows:")[0] + rows + "\n")
    assert [one for one in mistakes_of(project) if ": rows: " in one]


def test_an_empty_table_file_is_a_mistake(project: Path) -> None:
    (project / "experiments/empty.yaml").write_text("# nothing yet\n")
    told = mistakes_of(project)
    assert "experiments/empty.yaml: title: is missing" in told
    assert "experiments/empty.yaml: rows: is missing" in told


def test_a_count_that_is_no_number_is_told_in_the_row_that_sets_it(project: Path) -> None:
    path = project / "experiments/articles.yaml"
    edit(path, "    published: {req", "    settings: {WORKERS: many}\n    published: {req")
    at = f"experiments/articles.yaml:{line_of(path, 'WORKERS')}: rows.0.settings.WORKERS: "
    assert mistakes_of(project) == (at + "must be a whole number above 0, not 'many'",)


@pytest.mark.parametrize(("old", "new"), [("title:", "titel:"), ("title: App", "title: [")])
def test_a_table_that_names_a_broken_stack_is_no_second_mistake(project: Path, old: str, new: str) -> None:
    edit(project / "compose/plain.yaml", old, new)
    assert not [one for one in mistakes_of(project) if one.startswith("experiments/")]


LOAD = "load: {threads: 2, connections: 2000, duration_s: 5}\n"


def test_a_table_with_bursts_says_how_many_at_once_and_needs_no_duration(project: Path) -> None:
    path = project / "experiments/articles.yaml"
    edit(path, LOAD + "published_duration_s: 60\n", "load: {tool: burst, concurrent: 10}\n")
    edit(path, "load: {connections: 100}", "load: {concurrent: 3}")
    first, second, _ = load_catalog(project).table("articles").rows
    assert first.load == Burst(connections=10)
    assert second.load.connections == 3


def test_a_single_connection_is_wrk_with_one(project: Path) -> None:
    path = project / "experiments/articles.yaml"
    edit(path, LOAD, "load: {tool: single, duration_s: 5}\n")
    edit(path, "load: {connections: 100}", "load: {duration_s: 2}")
    first, second, _ = load_catalog(project).table("articles").rows
    assert first.load == Closed(connections=1, threads=1, duration_s=5)
    assert second.load == Closed(connections=1, threads=1, duration_s=2)


def test_a_table_with_open_loops_says_rate_and_arrivals(project: Path) -> None:
    path = project / "experiments/articles.yaml"
    edit(path, LOAD, "load: {tool: pace, rate: 200, arrivals: poisson, duration_s: 5}\n")
    edit(path, "load: {connections: 100}", "load: {rate: 300}")
    first, second, _ = load_catalog(project).table("articles").rows
    assert first.load == Open(rate=200, arrivals="poisson", duration_s=5)
    assert second.load == Open(rate=300, arrivals="poisson", duration_s=5)


@pytest.mark.parametrize(
    ("load", "message"),
    [
        ("{tool: pace, rate: 0, arrivals: constant, duration_s: 5}", "must be greater than 0"),
        ("{tool: pace, rate: 5, arrivals: random, duration_s: 5}", "must be 'constant' or 'poisson'"),
        ("{tool: pace, rate: 5, arrivals: constant, duration_s: 5, threads: 2}", "does not belong to the tool pace"),
        ("{tool: pace, rate: 5}", "has no load: arrivals and duration_s stand neither here nor in the table's load"),
    ],
)
def test_a_mistake_in_an_open_loop_is_told(project: Path, load: str, message: str) -> None:
    path = project / "experiments/articles.yaml"
    edit(path, LOAD, f"load: {load}\n")
    edit(path, "load: {connections: 100}", "load: {}")
    assert [one for one in mistakes_of(project) if message in one]


def test_an_open_loop_of_a_stack_behind_tls_is_a_mistake(project: Path) -> None:
    edit(project / "compose/plain.yaml", "port: 9000}", "port: 9000, scheme: https}")
    edit(
        project / "experiments/articles.yaml",
        "load: {connections: 100}",
        "load: {tool: pace, rate: 5, arrivals: constant}",
    )
    assert [
        one for one in mistakes_of(project) if "rows.1.stack: 'plain' speaks https, which the tool pace does" in one
    ]


def test_a_row_may_use_another_tool_than_its_table(project: Path) -> None:
    edit(project / "experiments/articles.yaml", "load: {connections: 100}", "load: {tool: burst, concurrent: 4}")
    first, second, third = load_catalog(project).table("articles").rows
    assert (first.load, third.load.tool) == (third.load, "wrk")
    assert second.load == Burst(connections=4)


@pytest.mark.parametrize(
    ("old", "new", "missing"),
    [
        (LOAD, "", "threads and connections and duration_s stand"),
        ("connections: 2000, ", "", "connections stands"),
        (LOAD, "load: {tool: burst}\n", "concurrent stands"),
        (LOAD, "load: {tool: single}\n", "duration_s stands"),
    ],
)
def test_each_row_that_ends_without_a_whole_load_is_told(project: Path, old: str, new: str, missing: str) -> None:
    path = project / "experiments/articles.yaml"
    edit(path, old, new)
    line = line_of(path, "id: proxied-pool")
    said = f"has no load: {missing} neither here nor in the table's load"
    assert f"experiments/articles.yaml:{line}: rows.0: {said}" in mistakes_of(project)
    assert f"experiments/articles.yaml:{line_of(path, 'id: again')}: rows.2: {said}" in mistakes_of(project)


def test_a_load_that_is_wrong_is_told_once_and_not_again_by_every_row(project: Path) -> None:
    edit(project / "experiments/articles.yaml", "threads: 2", "threads: two")
    assert len(mistakes_of(project)) == 1


def test_a_row_is_checked_to_its_end_whatever_is_wrong_in_it(project: Path) -> None:
    path = project / "experiments/articles.yaml"
    edit(path, "title: A table\n", "")
    edit(path, LOAD, "load: {threads: 2, duration_s: 5}\n")
    edit(path, "stack: proxied@pool", "stack: proxid@pool")
    edit(path, "mean_ms: 100.1", "mean_s: 0.1")
    edit(path, "id: plain", "id: A Row")
    edit(path, "workload: ping", "workload: pong")
    edit(path, "HEALTH_DELAY: 0.2", "DELAY: 0.2")
    edit(path, "stack: proxied, ", "")
    first, second = line_of(path, "id: proxied-pool"), line_of(path, "id: A Row")
    third = line_of(path, "id: again")
    unloaded = "has no load: connections stands neither here nor in the table's load"
    assert sorted(one.removeprefix("experiments/articles.yaml:") for one in mistakes_of(project)) == sorted(
        [
            " title: is missing",
            f"{first}: rows.0: {unloaded}",
            f"{first + 1}: rows.0.stack: there is no stack 'proxid' in compose/",
            f"{first + 2}: rows.0.published.mean_s: is not a key known here: did you mean 'mean_ms'?",
            f"{second}: rows.1.id: must have the form ^[a-z0-9][a-z0-9-]*$",
            f"{second + 1}: rows.1.stack: 'plain' does not offer the workload 'pong'",
            f"{line_of(path, 'DELAY')}: rows.1.settings.DELAY: is not a setting of 'plain'",
            f"{third}: rows.2: {unloaded}",
            f"{third}: rows.2.stack: is missing",
        ]
    )


def test_an_unreadable_table_is_told_once_and_not_again_by_those_that_point_at_it(project: Path) -> None:
    path = project / "experiments/articles.yaml"
    (project / "experiments/other.yaml").write_text(path.read_text())
    edit(path, "title: A table", "title: A: table")
    assert mistakes_of(project) == (
        "experiments/articles.yaml:1: is not YAML: mapping values are not allowed in this context",
    )


def test_a_table_is_published_by_others_unless_it_says_that_it_is_the_labs(project: Path) -> None:
    path = project / "experiments/articles.yaml"
    (project / "experiments/own.yaml").write_text(
        f"origin: lab\n{path.read_text()}".replace("published_duration_s: 60", "")
    )
    catalog = load_catalog(project)
    assert [table.name for table in catalog.published_tables()] == ["articles"]
    assert catalog.table("own").published_duration_s == 0


def test_footprint_floor_and_placement_are_those_of_the_table_unless_a_row_has_its_own(project: Path) -> None:
    path = project / "experiments/articles.yaml"
    edit(path, "published_duration_s: 60", "footprint: true\nfloor: plain\nplacement: colocated")
    edit(path, "    note: A famous one.", "    floor: again\n    footprint: false")
    table = load_catalog(project).table("articles")
    assert (table.placement, table.footprint, table.floor) == ("colocated", True, "plain")
    assert [(row.footprint, row.floor) for row in table.rows] == [(False, "again"), (True, None), (True, "plain")]


def test_the_reference_is_that_of_the_row_or_else_of_the_table(project: Path) -> None:
    path = project / "experiments/articles.yaml"
    edit(path, "published_duration_s: 60", "published_duration_s: 60\nreference: plain")
    edit(path, "    note: A famous one.", "    reference: again")
    assert [row.reference for row in load_catalog(project).table("articles").rows] == ["again", "plain", "plain"]


KEPT = """\
kept:
  - id: rails
    name: Ruby on Rails
    tool: oha
    connections: 64
    duration_s: 15
    published: {requests_per_second: 0, p50_ms: 1.5, p999_ms: 20, stdev_ms: 3, connect_errors: 64, wrong_statuses: 2}
"""


def test_a_row_whose_stack_there_is_not_can_be_kept(project: Path) -> None:
    path = project / "experiments/articles.yaml"
    path.write_text(path.read_text() + KEPT)
    table = load_catalog(project).table("articles")
    assert table.kept == ("rails",)
    assert [row.id for row in table.rows] == ["proxied-pool", "plain", "again"]


def test_a_table_may_have_kept_rows_only(project: Path) -> None:
    path = project / "experiments/other.yaml"
    path.write_text(f"title: t\nsource: {{site: s}}\nworkload: ping\nrows: []\n{KEPT}")
    assert load_catalog(project).table("other").rows == ()


def test_a_kept_row_has_an_id_of_its_own(project: Path) -> None:
    path = project / "experiments/articles.yaml"
    path.write_text(path.read_text() + KEPT.replace("id: rails", "id: plain"))
    at = f"experiments/articles.yaml:{line_of(path, 'name: Ruby') - 1}: kept.0.id: "
    assert mistakes_of(project) == (at + "'plain' is the id of an earlier row",)


def test_percentiles_errors_and_a_rate_of_nothing_can_be_published(project: Path) -> None:
    path = project / "experiments/articles.yaml"
    edit(path, "mean_ms: 100.1", "mean_ms: 100.1, p99_ms: 300, connect_errors: 5, offered_requests_per_second: 500")
    edit(path, "requests_per_second: 390.5", "requests_per_second: 0")
    published = load_catalog(project).table("articles").rows[0].published
    assert published is not None
    assert (published.requests_per_second, published.p99_ms, published.connect_errors) == (0, 300, 5)
    assert published.offered_requests_per_second == 500


def test_a_table_may_say_how_many_rounds_its_rows_have_and_how_long_its_source_added_clients(project: Path) -> None:
    path = project / "experiments/articles.yaml"
    edit(path, LOAD, "load: {tool: ramp, connections: 10, ramp_s: 5, duration_s: 5}\n")
    edit(path, "published_duration_s: 60", "published_ramp_s: 60\nrounds: 3")
    table = load_catalog(project).table("articles")
    assert (table.published_ramp_s, table.rounds) == (60, 3)
