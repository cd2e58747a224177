import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from docker import DockerClient

from lab.engine import rebuild
from lab.errors import LabError


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """A build context: one folder is sent, of which caches are not; another folder is not sent."""
    root = tmp_path / "context"
    files = {
        ".dockerignore": "# what is sent\n*\n!stacks\n**/__pycache__\n",
        "stacks/app.py": "print(1)\n",
        "stacks/__pycache__/app.pyc": "",
        "results/run.json": "{}",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "stacks/link").symlink_to("app.py")
    return root


class Images:
    """The images of an engine; those that were removed are noted."""

    def __init__(self) -> None:
        self.removed: list[str] = []

    def list(self, *, name: str) -> list[Any]:
        return [SimpleNamespace(id=name)]

    def remove(self, identity: str, *, force: bool) -> None:
        self.removed.append(identity)


def docker(folder: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """A program called `docker` that sees where it is to build; its fourth argument is the definition."""
    program = folder / "docker"
    program.write_text(f"#!/bin/sh\n{code}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/bin:/usr/bin")


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}


def test_the_copy_holds_what_a_build_sends(context: Path, tmp_path: Path) -> None:
    copy = rebuild.copy_context(context, tmp_path / "copy")
    assert files(copy) == {".dockerignore", "stacks/app.py", "stacks/link"}
    assert (copy / "stacks/link").is_symlink()


def test_without_a_dockerignore_everything_is_sent(context: Path, tmp_path: Path) -> None:
    (context / ".dockerignore").unlink()
    assert files(rebuild.copy_context(context, tmp_path / "copy")) == files(context)


@pytest.mark.parametrize(("name", "comment"), [("main.go", "// x\n"), ("app.js", "// x\n"), ("app.py", "# x\n")])
def test_the_line_that_is_added_is_a_comment(tmp_path: Path, name: str, comment: str) -> None:
    path = tmp_path / name
    path.write_text("code\n")
    rebuild.append_comment(path, "x")
    assert path.read_text() == f"code\n{comment}"


def test_a_copy_with_one_more_line_is_built_under_a_name_that_goes_again(
    context: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    docker(
        tmp_path, monkeypatch, f'cp "$4" {tmp_path}/seen.json; cp -r {tmp_path}/temporary/*/context {tmp_path}/built'
    )
    images = Images()
    client = cast(DockerClient, SimpleNamespace(images=images))
    target = {"context": str(context), "args": {"APP": "a"}, "tags": ["lab/a:current"]}
    assert rebuild.seconds(client, target, main=context / "stacks/app.py", session="bench-1") > 0
    (seen,) = json.loads((tmp_path / "seen.json").read_text())["target"].values()
    assert seen["args"] == {"APP": "a"}
    assert seen["labels"] == {"lab.session": "bench-1"}
    assert seen["tags"] == images.removed
    assert seen["tags"] != target["tags"]
    assert len((tmp_path / "built/stacks/app.py").read_text().splitlines()) == 2
    assert (context / "stacks/app.py").read_text() == "print(1)\n"
    assert not Path(seen["context"]).exists()


def test_a_build_that_fails_leaves_nothing_either(
    context: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker(tmp_path, monkeypatch, "exit 1")
    images = Images()
    with pytest.raises(LabError, match="could not be built"):
        rebuild.seconds(
            cast(DockerClient, SimpleNamespace(images=images)),
            {"context": str(context)},
            main=context / "stacks/app.py",
            session="bench-1",
        )
    assert len(images.removed) == 1
