import subprocess
from pathlib import Path
from typing import Any

import pytest

from lab.commands import surroundings
from lab.commands.surroundings import Surroundings
from lab.model import DeploymentFacts
from tests.unit.unit_factories import make_deployment, make_machine, make_run


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
    revision, dirty = surroundings.git_state(checkout)
    assert revision is not None
    assert len(revision) == 40
    assert dirty is False


def test_a_checkout_with_changes_is_dirty(checkout: Path) -> None:
    (checkout / "file").write_text("b")
    assert surroundings.git_state(checkout)[1] is True


def test_outside_a_checkout_nothing_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert surroundings.git_state(tmp_path) == (None, None)


def test_without_git_nothing_is_known(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert surroundings.git_state(checkout) == (None, None)


def test_every_library_that_the_lab_asks_for_has_a_version_and_none_that_only_its_tests_use() -> None:
    found = surroundings.tools()
    assert {"numpy", "scipy", "docker", "hdrhistogram", "git"} <= found.keys()
    assert "pytest" not in found
    assert all(version[0].isdigit() for version in found.values()), found


def make_now(**changes: Any) -> Surroundings:
    """What surrounds `make_run()` if nothing has changed."""
    run = make_run()
    given: dict[str, Any] = {
        "lab_version": run.lab_version,
        "git_revision": run.git_revision,
        "git_dirty": run.git_dirty,
        "host": run.host,
        "engine": run.engine,
        "tools": run.tools,
    }
    return Surroundings(**given | changes)


def test_where_nothing_has_changed_nothing_is_named() -> None:
    assert surroundings.changes(make_run(), make_now()) == []


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"git_revision": "beef"}, "git revision: unknown → beef"),
        ({"git_dirty": True}, "uncommitted changes: unknown → yes"),
        ({"lab_version": "9"}, "lab: 0.1.0 → 9"),
        ({"host": make_machine(kernel="6.9")}, "host: kernel: 6.1.0 → 6.9"),
        ({"engine": {"docker": "27"}}, "engine: docker: 26.1.5 → 27"),
        ({"engine": {}}, "engine: docker: 26.1.5 → unknown"),
        ({"tools": {"numpy": "9"}}, "tool: numpy: unknown → 9"),
    ],
)
def test_each_change_is_named(changed: dict[str, Any], named: str) -> None:
    assert surroundings.changes(make_run(), make_now(**changed)) == [named]


def test_an_image_that_was_built_anew_is_named_and_what_is_not_known_is_no_change() -> None:
    deployment = make_deployment()
    facts = DeploymentFacts(
        deployment=deployment, startup_s=1, image_mib=1, images={"app": "sha256:" + "a" * 64}, versions={}
    )
    run = make_run(deployments=(facts,))
    assert surroundings.image_changes(run, {deployment: {"app": "sha256:" + "a" * 64}}) == []
    (named,) = surroundings.image_changes(run, {deployment: {"app": "sha256:" + "b" * 64}})
    assert named == f"image of proxied@one (current), app: sha256:{'a' * 12} → sha256:{'b' * 12}"
