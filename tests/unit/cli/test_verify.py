import json
from pathlib import Path

from lab.results import integrity
from lab.store import RunFolder
from tests.unit.cli.cli_driving import Lab
from tests.unit.cli.test_runs import keep_run


def test_a_run_as_the_lab_wrote_it_is_called_that_with_what_cannot_be_found(lab: Lab, project: Path) -> None:
    keep_run(project, rounds=2)
    ended = lab("verify")
    assert ended.code == 0
    assert "is as the lab wrote it: run.json, 2 lines of samples.jsonl, 0 lines of duets.jsonl" in ended.out
    assert integrity.LIMIT in ended.out


def test_an_edit_is_named_by_file_and_line_and_ends_with_1(lab: Lab, project: Path) -> None:
    keep_run(project, rounds=2)
    (path,) = project.glob("results/*/samples.jsonl")
    path.write_text(path.read_text().replace('"round":1', '"round":2'))
    ended = lab("verify", path.parent.name)
    assert ended.code == 1
    assert ended.out == ""
    assert "samples.jsonl:2: is not as it was written" in ended.err
    told = json.loads(lab("verify", "--json").out)
    assert [(edit["file"], edit["line"]) for edit in told["edits"]] == [("samples.jsonl", 2)]
    assert told["not_found"] == integrity.LIMIT


def test_an_edited_run_does_not_go_on_and_its_report_says_so(lab: Lab, project: Path) -> None:
    keep_run(project, rounds=2)
    (path,) = project.glob("results/*/samples.jsonl")
    path.write_text(path.read_text().replace('"round":1', '"round":2'))
    refused = lab("bench", "--resume", path.parent.name, "--anyway")
    assert refused.code == 1
    assert "what was edited cannot go on" in refused.err
    assert "samples.jsonl:2: is not as it was written" in lab("report").err


def test_a_report_that_was_edited_is_named_until_it_is_made_again(lab: Lab, project: Path) -> None:
    keep_run(project, rounds=2)
    (run,) = project.glob("results/*/run.json")
    path = run.with_name("results.csv")
    path.write_text("requests_per_second\n1\n")
    lab("report")
    path.write_text("requests_per_second\n2\n")
    ended = lab("verify")
    assert (ended.code, "results.csv" in ended.err) == (1, True)
    lab("report")
    assert lab("verify").code == 0


def test_a_torn_line_is_told_and_is_no_edit(lab: Lab, project: Path) -> None:
    keep_run(project, rounds=2)
    (path,) = project.glob("results/*/samples.jsonl")
    with path.open("a") as file:
        file.write("{")
    ended = lab("verify")
    assert (ended.code, "its last line is torn" in ended.out) == (0, True)
    assert integrity.is_torn(RunFolder(path=path.parent))


def test_the_help_says_what_is_not_found(lab: Lab) -> None:
    words = " ".join(lab("verify", "--help").out.split())
    assert integrity.LIMIT[1:] in words


def test_of_a_run_without_hashes_of_its_reports_these_are_not_vouched_for(lab: Lab, project: Path) -> None:
    keep_run(project, rounds=2)
    assert "but its reports have no hashes yet" in lab("verify").out
    lab("report")
    assert "and the reports" in lab("verify").out
