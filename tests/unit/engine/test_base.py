from pathlib import Path

import pytest

from lab.engine import base
from lab.errors import EngineUnavailable, HostError


def say(_text: str) -> None:
    return


class World:
    """What `ensure` sees of the outside, and what it does to it."""

    def __init__(self, *, present: bool, complaint: str | None, pull_fails: bool = False) -> None:
        self.present = present
        self.complaint = complaint
        self.pull_fails = pull_fails
        self.done: list[str] = []

    def run(self, argv: list[str], **_options: object) -> str:
        self.done.append(argv[1])
        if self.pull_fails:
            raise HostError("too many requests")
        return ""


@pytest.mark.parametrize(
    ("world", "done"),
    [
        (World(present=True, complaint=None), []),
        (World(present=False, complaint=None), ["pull"]),
        (World(present=False, complaint="no such host"), ["make"]),
        (World(present=False, complaint=None, pull_fails=True), ["pull", "make"]),
    ],
)
def test_the_base_is_there_or_pulled_or_made(monkeypatch: pytest.MonkeyPatch, world: World, done: list[str]) -> None:
    monkeypatch.setattr(base, "present", lambda _image: world.present)
    monkeypatch.setattr(base, "registry_complaint", lambda _image: world.complaint)
    monkeypatch.setattr(base, "run", world.run)
    monkeypatch.setattr(base, "make", lambda _image, _say: world.done.append("make"))
    base.ensure(say)
    assert world.done == done


def test_making_the_base_without_root_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(EngineUnavailable, match="takes root"):
        base.make("image", say)


def test_scratch_is_removed_when_making_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(base, "SCRATCH", tmp_path)
    monkeypatch.setattr(base, "install_base_tools", lambda _say: None)
    monkeypatch.setattr(base, "need_root", lambda _purpose, **_options: None)
    monkeypatch.setattr(base, "_bootstrap", _fail_half_way)
    with pytest.raises(HostError):
        base.make("image", say)
    assert list(tmp_path.iterdir()) == []


def _fail_half_way(tree: Path, _host: object) -> None:
    (tree / "file").write_text("x")
    raise HostError("failed")


@pytest.mark.parametrize("hangs", ["import", "image"])
def test_an_engine_that_hangs_is_told_in_words(hangs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\nexec sleep 600\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(base, "IMPORT_TIMEOUT_S", 1)
    monkeypatch.setattr(base, "INSPECT_TIMEOUT_S", 1)
    (tmp_path / "tree").mkdir()
    with pytest.raises(EngineUnavailable, match=f"`docker {hangs}.*` did not end within 1 s"):
        base.present("x") if hangs == "image" else base._import(tmp_path / "tree", "x")
