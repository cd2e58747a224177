import json
from pathlib import Path

import pytest

from lab.deploy import building
from tests.unit.cli.cli_driving import Lab


def test_a_dry_run_of_several_tables_says_what_each_takes_and_heeds_how_many_rounds_each_has(
    lab: Lab, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "needed", lambda _catalog, _pairs: ((), None))
    first = project / "experiments/articles.yaml"
    (project / "experiments/other.yaml").write_text(f"rounds: 3\n{first.read_text()}")
    options = ("bench", "--table", "articles", "--table", "other", "--dry-run")
    assert "6 of 2 tables, 24 rounds" in lab(*options).out
    lines = [line.split() for line in lab(*options).out.splitlines() if line.startswith(("articles", "other"))]
    assert [(line[:3], line[-1]) for line in lines] == [
        (["articles", "3", "15"], "min"), (["other", "3", "9"], "min")
    ]  # fmt: skip
    typed = json.loads(lab(*options, "--rounds", "4", "--json").out)
    assert [part["rounds"] for part in typed["by_table"]] == [12, 12]
    assert typed["minutes"] == pytest.approx(sum(part["minutes"] for part in typed["by_table"]))
