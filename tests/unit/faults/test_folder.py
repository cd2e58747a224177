import json
from pathlib import Path

from pydantic import TypeAdapter

from lab.faults import folder, seen
from lab.faults.folder import BreakFolder
from lab.faults.record import BreakRun, Promise
from tests.unit.faults.faults_fakes import make_ended, make_mix
from tests.unit.faults.faults_made import make_break, make_run

RUN = make_run(make_break())


def test_a_run_is_kept_whole_with_its_schema_and_its_table(tmp_path: Path) -> None:
    BreakFolder(path=tmp_path).write(RUN, "# table\n")
    assert BreakFolder(path=tmp_path).table == (tmp_path / "break.md").read_text() == "# table\n"
    kept = json.loads((tmp_path / "break.json").read_text())
    assert kept.pop("schema_version") == 1
    assert TypeAdapter(BreakRun).validate_python(kept) == RUN


def test_runs_of_breaks_are_read_again_and_what_is_none_is_said(tmp_path: Path) -> None:
    for name, text in (("b", None), ("a", None), ("c", "{"), ("d", "[]"), ("e", '{"schema_version": 99}')):
        path = tmp_path / "results" / name
        path.mkdir(parents=True)
        BreakFolder(path=path).write(RUN, "")
        if text is not None:
            (path / "break.json").write_text(text)
    found, mistakes = folder.readable(tmp_path)
    assert [*found.items()] == [("a", RUN), ("b", RUN)]
    assert [mistake.partition("break.json")[0][-2] for mistake in mistakes] == ["c", "d", "e"]
    assert "schema_version 99, where this lab reads 1" in mistakes[-1]


def test_a_line_for_each_request_holds_no_token_and_no_answer(tmp_path: Path) -> None:
    mix = make_mix()
    outcomes = seen.judged(mix, [make_ended(mix, "order", unique="ab", end="timeout", status=None, body="secret")])
    BreakFolder(path=tmp_path).write_requests(make_break(), outcomes)
    (line,) = (tmp_path / "service-async-killed-postgres.jsonl").read_text().splitlines()
    assert json.loads(line) == {
        "what": "order",
        "due_s": 1.0,
        "end_s": 1.01,
        "end": "timeout",
        "status": None,
        "again": False,
        "failure": "timeout",
    }


def test_what_was_broken_is_named_with_its_stack_and_fault() -> None:
    bad = make_break(
        promises=(Promise(name="none lost", kept=False, detail="1"), Promise(name="b", kept=True, detail=""))
    )
    assert folder.broken([make_break(), bad]) == ["service@async, killed:postgres: none lost"]
