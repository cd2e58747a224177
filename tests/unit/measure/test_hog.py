from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from lab.measure import hog
from lab.measure.hog import Hog
from tests.unit.unit_factories import make_budget


class Containers:
    """What an engine has: those that were run and not removed."""

    def __init__(self) -> None:
        self.there: dict[str, dict[str, Any]] = {}

    def run(self, image: str, command: list[str], **options: Any) -> SimpleNamespace:
        self.there["hog-1"] = {"image": image, "command": command, **options}
        return SimpleNamespace(id="hog-1")

    def list(self, *, filters: dict[str, str], **_how: bool) -> list[SimpleNamespace]:
        found = [name for name in self.there if name == filters["id"]]
        return [SimpleNamespace(remove=lambda name=name, **_how: self.there.pop(name)) for name in found]


@pytest.fixture
def containers(monkeypatch: pytest.MonkeyPatch) -> Containers:
    containers = Containers()

    @contextmanager
    def connect() -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(containers=containers)

    monkeypatch.setattr(hog, "connect", connect)
    return containers


def test_a_hog_is_on_each_of_the_stacks_cores_ends_by_itself_and_reaches_nothing(containers: Containers) -> None:
    Hog(make_budget(stack_cpus=(2, 3))).begin()
    started = containers.there["hog-1"]
    assert started["cpuset_cpus"] == "2,3"
    assert started["command"][-1].count("while") == 2
    assert started["command"][:3] == ["timeout", "--kill-after=1", str(hog.LONGEST_S)]
    assert (started["network_mode"], started["auto_remove"]) == ("none", True)


def test_a_hog_is_gone_after_its_end_and_has_no_second_one(containers: Containers) -> None:
    mine = Hog(make_budget())
    mine.begin()
    mine.end()
    assert containers.there == {}
    mine.end()
