from pathlib import Path

from lab.host import kernelfiles


def test_a_file_is_read_whatever_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "told"
    path.write_bytes(b"a\xff")
    assert kernelfiles.text(path) == "a\N{REPLACEMENT CHARACTER}"


def test_what_is_missing_or_no_file_holds_nothing(tmp_path: Path) -> None:
    assert kernelfiles.text(tmp_path / "missing") == ""
    assert kernelfiles.text(tmp_path) == ""
