import subprocess
from pathlib import Path

import pytest

from lab.commands import bench


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    folder.mkdir()
    git(folder, "init")
    (folder / "file").write_text("a")
    git(folder, "add", "file")
    git(folder, "commit", "-m", "one")
    return folder


def test_a_clean_checkout_has_a_revision_and_no_changes(checkout: Path) -> None:
    revision, dirty = bench.git_state(checkout)
    assert revision is not None
    assert len(revision) == 40
    assert dirty is False


def test_a_checkout_with_changes_is_dirty(checkout: Path) -> None:
    (checkout / "file").write_text("b")
    assert bench.git_state(checkout)[1] is True


def test_outside_a_checkout_nothing_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert bench.git_state(tmp_path) == (None, None)


def test_without_git_nothing_is_known(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert bench.git_state(checkout) == (None, None)
