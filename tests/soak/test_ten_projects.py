"""Projects of different make, none of which the lab knows, each from its Compose file to a report and away again."""

import json
from collections.abc import Callable

import pytest
from docker import DockerClient

from tests.adopt.adopting import SHORT, Own
from tests.adopt.conftest import engine, images, own
from tests.e2e.driving import labelled

__all__ = ["engine", "images", "own"]

PROJECTS = {
    "builds": (),
    "env": (),
    "fixed": (),
    "flask": (),
    "frail": (),
    "jobs": (),
    "limits": ("--entry", "app:8000"),
    "pieces": (),
    "ports": ("--entry", "admin:9000"),
    "profiles": (),
    "shop": (),
    "socket": (),
}
"""What their owner says when the lab adopts them; tests/adopt/projects has them."""


@pytest.mark.parametrize("name", PROJECTS)
def test_a_project_is_adopted_checked_measured_and_torn_down(
    engine: DockerClient, own: Callable[[str], Own], name: str
) -> None:
    project = own(name)
    project.ok("adopt", ".", *PROJECTS[name], "--learn", "--yes")
    assert "ok" in project.ok("check", ".")
    done = project.lab("bench", ".", *SHORT)
    assert done.returncode in (0, 7), done.stderr  # 7: measured, and too unsteady to say more
    (results,) = (project.folder / "results").glob("*/results.json")
    (row,) = json.loads(results.read_text())["cells"]
    assert row["requests"] > 0
    assert not any(row["errors"].values())
    project.ok("up", ".", "--port", "0")
    project.ok("down", ".")
    assert labelled(engine) == []
