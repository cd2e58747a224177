"""Audited rows become a table of the lab, and tables of the lab are audited."""

from pathlib import Path

import pytest
import yaml

from lab.audit import Reading, Row, audit, experiment, read
from lab.catalog import load_catalog

ROOT = Path(__file__).parents[3]
DATA = Path(__file__).parent / "data"
OFFERS = {"plain": {"ping", "health"}, "proxied": {"health"}}


def written(*rows: Row, workload: str = "ping") -> experiment.Written:
    found = audit(Reading(rows=rows, format="test"))
    return experiment.table(found, name="mine", source="a blog", workload=workload, offers=OFFERS)


def closed(name: str, **given: object) -> Row:
    sound: dict[str, object] = {"connections": 10, "threads": 2, "duration_s": 30.0, "rate": 1000.0, "mean_s": 0.01}
    return Row(**{"name": name, **sound, **given})  # type: ignore[arg-type]


def test_a_row_of_a_stack_that_there_is_can_be_run() -> None:
    done = written(closed("plain"))
    assert done.run == ("plain",)
    (row,) = yaml.safe_load(done.text)["rows"]
    assert row["load"] == {"threads": 2, "connections": 10, "duration_s": 10}
    assert row["published"]["requests_per_second"] == 1000


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (closed("Never Heard Of"), "the lab has no stack 'never-heard-of'"),
        (closed("proxied"), "does not offer the workload 'ping'"),
        (closed("plain", protocol="h2"), "only closed loops of HTTP/1.1"),
        (closed("plain", loop="open"), "only closed loops of HTTP/1.1"),
        (closed("plain", connections=None), "connections or duration are not given"),
    ],
)
def test_a_row_that_cannot_be_run_is_kept_with_why(row: Row, why: str) -> None:
    done = written(row)
    assert done.run == ()
    (told,) = done.kept.values()
    assert why in told
    (kept,) = yaml.safe_load(done.text)["kept"]
    assert kept["name"] == row.name
    assert kept["note"].endswith(".")


def test_rows_of_one_name_have_ids_of_their_own() -> None:
    done = written(closed("plain", group="a"), closed("plain", group="b"), closed("x"), closed("x"))
    assert done.run == ("a-plain", "b-plain")
    assert [*done.kept] == ["x", "x-2"]


def test_an_average_of_rows_is_no_row_of_the_table() -> None:
    assert "average" not in written(closed("a"), closed("Average")).text


def test_a_table_that_was_written_is_read_by_the_catalogue(project: Path) -> None:
    rows = read((DATA / "public.md").read_text("utf-8"), where="x").rows
    done = written(closed("plain"), *rows)
    (project / "experiments/mine.yaml").write_text(done.text, "utf-8")
    table = load_catalog(project).table("mine")
    assert [row.id for row in table.rows] == ["plain"]
    assert len(table.kept) == len(rows) == 15
    assert table.published_duration_s == 30


def test_what_a_table_keeps_is_audited_as_the_source_was() -> None:
    """Writing and reading loses nothing that a cause is found by."""
    found = audit(read((DATA / "public.md").read_text("utf-8"), where="x"))
    done = experiment.table(found, name="mine", source="x", workload="ping", offers={})
    again = audit(read(done.text, where="mine.yaml"))
    assert [row.causes for row in again.rows] == [row.causes for row in found.rows]


def test_the_labs_own_table_has_six_rows_that_leave_out_those_who_waited() -> None:
    """The same that the judge of reruns calls impossible."""
    found = audit(read((ROOT / "experiments/vm-4c4g.yaml").read_text("utf-8"), where="x"))
    assert sum("timeouts" in row.causes for row in found.rows) == 6
    assert found.count("clean") == 9


@pytest.mark.parametrize(("name", "why"), [("io-bound", "a burst has no rate"), ("order-ramp", "over a ramp")])
def test_loads_that_are_no_closed_loop_of_all_are_not_asked(name: str, why: str) -> None:
    found = audit(read((ROOT / f"experiments/{name}.yaml").read_text("utf-8"), where="x"))
    assert all(why in row.findings[0].text for row in found.rows)


def test_every_cell_of_the_large_table_is_kept() -> None:
    found = audit(read((DATA / "httparena-2026-04.json").read_text("utf-8"), where="x"))
    done = experiment.table(found, name="arena", source="x", workload="ping", offers={})
    assert len(done.kept) == 561
    assert "requests_per_second: 0" in done.text
