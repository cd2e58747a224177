"""`lab adopt` from the project to the file, with Compose's answer written down."""

from pathlib import Path
from typing import Any

import pytest

from lab.catalog import projects
from lab.commands import adopt
from lab.commands.adopt import Wishes
from lab.deploy import adoption
from lab.deploy.adoption import Read
from lab.errors import UsageError
from tests.unit.own_project import write_own

SERVICES: dict[str, Any] = {
    "web": {"image": "nginx", "ports": [{"target": 80}], "depends_on": {"db": {"condition": "service_started"}}},
    "db": {"image": "postgres"},
}


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    merged: dict[str, Any] = {"name": "My_Shop", "services": dict(SERVICES)}
    monkeypatch.setattr(
        adoption, "read", lambda _place, **_: Read(config=merged, written=merged, left_out=("debug",), running=())
    )
    return merged


def test_what_is_written_can_be_read(tmp_path: Path, config: dict[str, Any]) -> None:
    done = adopt.adopt(write_own(tmp_path, own=None), Wishes())
    stack, own = projects.read(projects.locate(tmp_path), contract={})
    assert (done.name, stack.name, [*stack.tiers], [*own]) == ("my-shop", "my-shop", ["web", "db"], ["home"])
    assert ("web", "published on 127.0.0.1 only, at the port that `lab up` says") in done.changes


def test_a_file_that_compose_would_not_find_is_named_in_it(tmp_path: Path, config: dict[str, Any]) -> None:
    write_own(tmp_path, own=None, name="staging.yml")
    adopt.adopt(tmp_path / "staging.yml", Wishes())
    assert [path.name for path in projects.locate(tmp_path).files] == ["staging.yml"]


def test_nothing_is_written_where_something_is_refused_or_there(tmp_path: Path, config: dict[str, Any]) -> None:
    folder = write_own(tmp_path, own=None)
    config["services"]["web"] = {**SERVICES["web"], "privileged": True}
    with pytest.raises(UsageError, match="privileged"):
        adopt.adopt(folder, Wishes())
    assert not (folder / "lab.yaml").exists()
    adopt.adopt(folder, Wishes(allow=("privileged",)))
    before = (folder / "lab.yaml").read_text()
    with pytest.raises(UsageError, match="is there already"):
        adopt.adopt(folder, Wishes(allow=("privileged",)))
    assert (folder / "lab.yaml").read_text() == before
    adopt.adopt(folder, Wishes(allow=("privileged",), egress=True, force=True))
    assert "egress: true" in (folder / "lab.yaml").read_text()
