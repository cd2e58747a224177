import json
from pathlib import Path

import pytest

from lab.cli import output

LONG = "x" * 500


def test_off_a_terminal_each_row_is_one_line_however_long(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_table(("name", "what"), [("a", LONG), ("longer", "b")])
    assert capsys.readouterr().out.splitlines() == ["name    what", f"a       {LONG}", "longer  b"]


def test_a_table_without_rows_is_its_header(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_table(("name", "what"), [])
    assert capsys.readouterr().out == "name  what\n"


def test_on_a_terminal_cells_are_folded_and_nothing_is_cut(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    output.print_table(("name",), [(LONG,)])
    assert capsys.readouterr().out.count("x") == len(LONG)


def test_a_name_stays_in_one_piece_where_it_takes_half_a_line_at_most(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    output.print_table(("name", "what"), [("n" * 29, "long words " * 20)])
    assert "n" * 29 in capsys.readouterr().out


def test_json_takes_paths_tuples_and_letters_of_any_alphabet(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_json({"path": Path("/a"), "names": ("é", "→")})
    printed = capsys.readouterr().out
    assert json.loads(printed) == {"path": "/a", "names": ["é", "→"]}
    assert "→" in printed


def test_progress_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    output.say("building")
    assert tuple(capsys.readouterr()) == ("", "building\n")


def test_off_a_terminal_nothing_is_written_that_one_obeys(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.setenv(name, "1")
    for console in (output.stdout(), output.stderr()):
        assert not console.is_terminal
        console.print("[bold red]loud[/]")
    output.say("of a build: \x1b[31mred\x1b[0m\n  \x1b]8;;https://x\x1b\\link\x1b]8;;\x1b\\\x1b[2K")
    assert tuple(capsys.readouterr()) == ("loud\n", "loud\nof a build: red\n  link\n")


def test_only_a_terminal_has_a_width(monkeypatch: pytest.MonkeyPatch) -> None:
    assert output.width() is None
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert output.width() == 40
