from pathlib import Path

import pytest

from lab.catalog import Catalog, load_catalog
from lab.errors import InvalidFile
from tests.unit.unit_factories import edit, line_of


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
    assert (second.load.threads, second.settings) == (2, (("HEALTH_DELAY", "0.2"),))
    assert second.published is None
    assert third.variant == "one"


def test_figures_stand_in_one_place_only(catalog: Catalog) -> None:
    first, _, third = catalog.table("articles").rows
    assert third.published == first.published
    assert first.published is not None
    assert (first.published.requests_per_second, first.published.max_ms) == (390.5, None)


@pytest.mark.parametrize(
    ("old", "new", "marker", "key", "message"),
    [
        ("source: a blog\n", "", "", "source", "is missing"),
        ("pins: seed", "pins: old", "pins:", "pins", "must be 'seed' or 'current'"),
        ("threads: 2,", "threads: two,", "load: {threads", "load.threads", "must be a valid integer"),
        ("duration_s: 5", "durations: 5", "load: {threads", "load.durations", "is not a key known here"),
        ("connections: 100", "connections: 0", "connections: 0", "rows.1.load.connections", "must be greater than 0"),
        ("id: plain", "id: Plain Row", "id: Plain", "rows.1.id", "String must match pattern"),
        ("id: plain", "id: again", "id: again", "rows.2.id", "'again' is the id of an earlier row"),
        ("stack: plain", "stack: plane", "stack: plane", "rows.1.stack", "there is no stack 'plane'"),
        ("proxied@pool\n", "proxied@pol\n", "proxied@pol", "rows.0.stack", "'proxied' has no variant 'pol'"),
        ("workload: ping", "workload: pong", "stack: plain", "rows.1.stack", "not offer the workload 'pong'"),
        ("HEALTH_DELAY: 0.2", "DELAY: 0.2", "DELAY", "rows.1.settings.DELAY", "is not a setting of 'plain'"),
        ("articles/proxied-pool", "articles/none", "again", "rows.2.same_as", "there are no published figures"),
        ("mean_ms: 100.1", "mean: 100.1", "published:", "rows.0.published.mean", "is not a key known here"),
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
