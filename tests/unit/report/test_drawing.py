from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
import vl_convert

from lab.report import drawing


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Whenever the code is made, which takes a second, there is one more entry."""
    made: list[str] = []

    def make(asked: str) -> str:
        made.append(asked)
        return "draw('</script>')"

    monkeypatch.setattr(vl_convert, "javascript_bundle", make)
    drawing.bundle.cache_clear()
    yield made
    drawing.bundle.cache_clear()


def in_the_next_process() -> str:
    drawing.bundle.cache_clear()
    return drawing.bundle()


def test_the_code_of_the_charts_is_made_once_a_user_and_version(
    made: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert drawing.bundle() == in_the_next_process() == "draw('<\\/script>')"
    assert len(made) == 1
    monkeypatch.setattr(metadata, "version", lambda _package: "99")
    in_the_next_process()
    assert len(made) == 2


def test_who_has_no_place_for_it_gets_it_all_the_same(
    made: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert drawing.bundle() == in_the_next_process()
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", _nobodys)
    assert in_the_next_process() == drawing.bundle()
    assert len(made) == 3


def _nobodys() -> Path:
    raise RuntimeError("Could not determine home directory.")
