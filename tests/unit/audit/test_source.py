"""What is no text, or far too much of it, ends in words."""

import contextlib
import io
import sys
from pathlib import Path

import pytest

from lab.audit import audit, read, report, source
from lab.errors import UsageError
from tests.unit.audit import simulate

DATA = Path(__file__).parent / "data"


def test_a_file_that_is_not_there_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file") as caught:
        source.text_of(str(tmp_path / "gone.md"))
    assert caught.value.fix


def test_a_folder_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Is a directory"):
        source.text_of(str(tmp_path))


def test_an_input_of_more_than_the_limit_is_refused_without_reading_all_of_it(tmp_path: Path) -> None:
    large = tmp_path / "large.json"
    with large.open("wb") as file:
        file.truncate(100 * 1024**2)  # a sparse file: nothing is written
    with pytest.raises(UsageError, match="larger than 32 MiB"):
        source.text_of(str(large))


def test_binary_garbage_is_refused_in_words() -> None:
    with pytest.raises(UsageError, match="binary"):
        source.decoded(simulate.chance(1).randbytes(4096), where="x")


def test_text_in_other_encodings_is_read() -> None:
    assert source.decoded("µs".encode("utf-16"), where="x") == "µs"
    assert source.decoded("µs".encode("latin-1"), where="x") == "µs"
    assert source.decoded("\ufeffµs".encode(), where="x") == "µs"


def test_standard_input_is_read_as_a_file_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"abc")))
    assert source.text_of("-") == "abc"


@pytest.mark.parametrize("text", ["", " \n\t\n", "hello", "{}", "[]", "[1, 2]", "{", "| a |\n| - |\n", "a,b\n1,2\n"])
def test_text_without_a_row_is_refused_with_what_can_be_read(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(text, where="x")
    assert "Markdown" in (caught.value.fix or "")


def test_damaged_output_ends_in_rows_or_in_words() -> None:
    """Bytes of every sample are dropped, doubled and exchanged; nothing but a UsageError may come of it."""
    chance = simulate.chance(7)
    for path in sorted(DATA.iterdir()):
        whole = path.read_text("utf-8")
        for _ in range(40):
            cut = sorted(chance.sample(range(len(whole)), 4))
            pieces = [whole[a:b] for a, b in zip([0, *cut], [*cut, None], strict=True)]
            chance.shuffle(pieces)
            with contextlib.suppress(UsageError):
                assert list(report.lines(audit(read("".join(pieces[: chance.randint(2, 5)]), where="x"))))


@pytest.mark.parametrize(
    "text",
    ["[" * 200_000, "| a | rps |\n| - | - |\n" + "| " + "[" * 200_000 + " | 1 |\n", "<table>" * 50_000, "9" * 200_000],
)
@pytest.mark.timeout(60)  # what grows with the square of the length takes hours
def test_markup_without_an_end_does_not_hang(text: str) -> None:
    with contextlib.suppress(UsageError):
        read(text, where="x")
