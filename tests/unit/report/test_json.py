import json
from pathlib import Path

import pytest

from lab.errors import InvalidFile, UsageError
from lab.model import SCHEMA_VERSION, Results
from lab.report import json as json_report
from tests.unit.report.report_factories import (
    make_burst,
    make_cell,
    make_footprint,
    make_many,
    make_order,
    make_results,
    make_verdict,
)


@pytest.fixture
def results() -> Results:
    return make_many()


def test_json_comes_back_as_it_went(results: Results, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(json_report.render(results), encoding="utf-8")
    assert json_report.read(path) == results


def test_new_records_come_back_from_json_too(tmp_path: Path) -> None:
    cells = (
        make_burst("pool", 4, 2.0, verdict=make_verdict(), settings=(("WORKERS", "2"),)),
        make_cell(footprint=make_footprint()),
    )
    everything = make_results(*cells, orders=(make_order(),), titles={"headline": "The famous one"})
    path = tmp_path / "results.json"
    path.write_text(json_report.render(everything), encoding="utf-8")
    assert json_report.read(path) == everything


def test_a_row_is_flat_as_other_tools_read_it() -> None:
    settings = (("HEALTH_DELAY", "0.01"),)
    (cell,) = json.loads(json_report.render(make_results(make_cell("alpha", settings=settings))))["cells"]
    assert (cell["table"], cell["row"], cell["stack"], cell["pins"]) == ("headline", "alpha", "alpha", "current")
    assert (cell["settings"], cell["load"]["connections"]) == ({"HEALTH_DELAY": "0.01"}, 2000)
    assert "cell" not in cell
    assert "deployment" not in cell


@pytest.mark.parametrize("version", [SCHEMA_VERSION - 1, SCHEMA_VERSION + 1])
def test_another_schema_is_refused_before_anything_else(tmp_path: Path, version: int) -> None:
    path = tmp_path / "results.json"
    path.write_text(f'{{"schema_version": {version}, "run": {{}}}}', encoding="utf-8")
    with pytest.raises(InvalidFile, match=f"schema_version {version}, where this lab reads {SCHEMA_VERSION}"):
        json_report.read(path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema_version": true}', '{"schema_version": "1"}'])
def test_a_file_that_is_no_results_json_is_refused_by_name(text: str, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidFile, match=r"results\.json"):
        json_report.read(path)


def test_all_mistakes_of_a_file_are_named_with_their_keys(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(f'{{"schema_version": {SCHEMA_VERSION}, "run": {{}}, "cells": 3}}', encoding="utf-8")
    with pytest.raises(InvalidFile) as caught:
        json_report.read(path)
    assert any("run.id" in mistake for mistake in caught.value.mistakes)
    assert any(": cells:" in mistake for mistake in caught.value.mistakes)


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="lab bench"):
        json_report.read(tmp_path / "none.json")


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidFile, match="UTF-8"):
        json_report.read(path)
