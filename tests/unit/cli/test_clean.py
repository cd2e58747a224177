import json
from pathlib import Path

import pytest

from lab.cli import clean as command
from lab.deploy import clean
from lab.deploy.clean import Removable
from lab.engine.leavings import Leavings
from tests.unit.cli.cli_driving import Lab


@pytest.fixture
def removed(monkeypatch: pytest.MonkeyPatch) -> list[Removable]:
    """What was taken away; one of two images is in use."""
    gone: list[Removable] = []
    engine = Leavings(images=("lab/app", "lab/load"), images_mib=300, cache_mib=2000)
    found = Removable(runs=(Path("results/old"),), runs_mib=7, engine=engine)

    def remove(what: Removable, *, wait_s: float) -> tuple[str, ...]:
        assert wait_s == 0
        gone.append(what)
        return ("lab/load",)

    monkeypatch.setattr(clean, "look", lambda _root, *, keep: found if keep == command.KEPT_RUNS else None)
    monkeypatch.setattr(clean, "remove", remove)
    return gone


def test_nothing_goes_unasked_where_nobody_can_be_asked(lab: Lab, removed: list[Removable]) -> None:
    ended = lab("clean")
    assert ended.code == 2
    assert "lab clean --yes" in ended.err
    assert "2,000" in ended.out, "what would go is shown first"
    assert removed == []


@pytest.mark.parametrize(("answer", "goes"), [(True, 1), (False, 0)])
def test_what_goes_is_shown_and_asked_for(
    lab: Lab, removed: list[Removable], monkeypatch: pytest.MonkeyPatch, *, answer: bool, goes: int
) -> None:
    monkeypatch.setattr(command, "_agreed", lambda: answer)
    ended = lab("clean")
    assert ended.code == 0
    assert len(removed) == goes
    assert ("nothing was removed" in ended.err) is not answer


def test_with_yes_nobody_is_asked_and_what_is_in_use_stays(lab: Lab, removed: list[Removable]) -> None:
    ended = lab("clean", "--yes")
    assert "removed 1 images, the build cache and 1 runs; in use, and kept: lab/load" in ended.out
    found = json.loads(lab("clean", "--yes", "--json").out)
    assert found == {"images": ["lab/app"], "in_use": ["lab/load"], "runs": ["old"], "cache_mib": 2000}
    assert len(removed) == 2
