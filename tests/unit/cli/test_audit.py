import json
from pathlib import Path

import pytest

from tests.unit.cli.cli_driving import Lab

DATA = Path(__file__).parents[1] / "audit" / "data"


def test_each_row_is_told_with_its_cause_and_a_summary_ends_it(lab: Lab) -> None:
    ended = lab("audit", str(DATA / "public.md"))
    assert ended.code == 0
    assert "quick (line 13): clean, 104% of the connections accounted for" in ended.out
    assert "connections that never existed: 53,322/s × 4.50 ms accounts for 240 of 5,000" in ended.out
    assert "15 rows read as Markdown table: 10 doubtful, 5 clean" in ended.out


def test_findings_are_data_with_json(lab: Lab) -> None:
    said = json.loads(lab("audit", str(DATA / "public.md"), "--json").out)
    refused = said["rows"][0]
    assert refused["verdict"] == "doubtful"
    assert refused["accounted_share"] == pytest.approx(0.048, abs=0.001)
    assert refused["latency_ms"]["mean"] == 4.5
    assert [finding["cause"] for finding in refused["findings"]] == ["connect"]


def test_a_table_without_connections_says_so_and_takes_them_from_the_command_line(lab: Lab) -> None:
    path = str(DATA / "hey.txt")
    assert "Little's law is not applied: the number of connections is not given" in lab("audit", path).out
    assert "clean, 99.6% of the connections" in lab("audit", path, "--connections", "10").out


def test_a_tool_from_the_command_line_names_its_own_cause(lab: Lab, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("name,rps,mean_ms,connections\na,1000,30,10\n")
    assert "more requests under way than connections" in lab("audit", str(table)).out
    assert "wrk's correction of its mean" in lab("audit", str(table), "--tool", "wrk").out
    assert "HTTP/2 has many requests" in lab("audit", str(table), "--protocol", "h2").out


def test_what_cannot_be_read_ends_with_2_and_says_what_can(lab: Lab, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.txt"
    nothing.write_text("no figures here")
    ended = lab("audit", str(nothing))
    assert (ended.code, ended.out) == (2, "")
    assert "no row with a rate or a latency was found" in ended.err
    assert "Markdown" in ended.err


def test_escapes_of_a_table_do_not_reach_the_terminal(lab: Lab, tmp_path: Path) -> None:
    table = tmp_path / "evil.csv"
    table.write_text("name,rps\n\x1b[2J\x1b]0;owned\x07evil\u202e,lots\x1b[31m\nb,5\n")
    out = lab("audit", str(table)).out
    assert "evil" in out
    assert not set("\x1b\x07\u202e") & set(out)


def test_a_table_cannot_be_called_as_a_stack_is(lab: Lab, project: Path) -> None:
    table = project / "blog.csv"
    table.write_text("name,rps,mean_ms,connections,duration\nplain,1000,10,10,30\n")
    refused = lab("audit", str(table), "--as-table", "plain")
    assert refused.code == 2
    assert "'plain' is the name of a stack" in refused.err
    assert not (project / "experiments/plain.yaml").exists()


def test_a_table_is_written_once_and_says_what_can_be_run(lab: Lab, project: Path) -> None:
    table = project / "blog.csv"
    table.write_text("name,rps,mean_ms,connections,duration\nplain,1000,10,10,30\nrails,500,20,10,30\n")
    ended = lab("audit", str(table), "--as-table", "blog")
    assert ended.code == 0
    assert "blog.yaml: 1 can be run, 1 are kept" in ended.err
    assert "kept: the lab has no stack 'rails'" in ended.err
    assert "1 + 1 kept" in lab("list", "tables").out
    explained = lab("explain", "blog/rails")
    assert (explained.code, explained.out) == (2, "")
    assert "the lab keeps this row and cannot run it" in explained.err
    assert "`lab audit experiments/blog.yaml` says what" in " ".join(explained.err.split())
    again = lab("audit", str(table), "--as-table", "blog")
    assert again.code == 2
    assert "there is a table named 'blog' already" in again.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--as-table", "../evil"), "'../evil' cannot be the name of a table"),
        (("--as-table", "blog", "--workload", "pong"), "there is no workload named 'pong'"),
    ],
)
def test_a_table_that_must_not_be_written_is_not(lab: Lab, arguments: tuple[str, ...], said: str) -> None:
    ended = lab("audit", str(DATA / "public.md"), *arguments)
    assert ended.code == 2
    assert said in ended.err


def test_a_table_of_rows_that_are_all_kept_ends_in_words_when_it_is_to_be_run(lab: Lab) -> None:
    assert lab("audit", str(DATA / "public.md"), "--as-table", "public").code == 0
    ended = lab("bench", "--table", "public")
    assert ended.code == 2
    assert "there is no row to run" in ended.err


def test_a_table_that_cannot_be_written_ends_in_words(lab: Lab, project: Path) -> None:
    (project / "experiments/articles.yaml").unlink()
    (project / "experiments").rmdir()
    ended = lab("audit", str(DATA / "public.md"), "--as-table", "blog")
    assert ended.code == 2
    assert "cannot write the table: No such file or directory" in ended.err
