from pathlib import Path

import pytest

from lab.catalog import load_catalog
from lab.deploy import stack_up
from lab.deploy.stack_up import UpRequest
from lab.errors import Unhealthy
from lab.host import session
from tests.unit.deploy.deploy_fakes import FakeDeploying, make_running
from tests.unit.unit_factories import make_budget, make_machine


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeDeploying:
    return FakeDeploying(monkeypatch)


def bring_up(project: Path, said: list[str]) -> None:
    catalog = load_catalog(project)
    request = UpRequest(
        catalog=catalog, deployment=catalog.deployment("plain"), machine=make_machine(), budget=make_budget(), port=0
    )
    stack_up.bring_up(request, build="missing", wait_s=0, say=said.append)


def unhealthy(_project: str) -> None:
    raise Unhealthy("it did not become healthy")


def interrupted(_project: str) -> None:
    raise KeyboardInterrupt


FAILURES = pytest.mark.parametrize(
    ("meets", "error"), [(unhealthy, Unhealthy), (interrupted, KeyboardInterrupt)], ids=["unhealthy", "Ctrl-C"]
)


@FAILURES
def test_a_stack_that_was_up_before_keeps_its_volumes_when_another_variant_fails(
    engine: FakeDeploying, project: Path, meets: object, error: type[BaseException]
) -> None:
    engine.up, engine.meets = [make_running()], meets  # type: ignore[assignment]
    said: list[str] = []
    with pytest.raises(error):
        bring_up(project, said)
    assert engine.done == ["up lab-plain", "wait for lab-plain"]
    assert "plain@default was up before: its data is kept" in said[-1]
    assert "lab up plain@default" in said[-1]


@FAILURES
def test_a_stack_that_was_not_up_before_is_gone_when_it_fails(
    engine: FakeDeploying, project: Path, lab_state: Path, meets: object, error: type[BaseException]
) -> None:
    engine.meets = meets  # type: ignore[assignment]
    said: list[str] = []
    with pytest.raises(error):
        bring_up(project, said)
    assert any("taking down what was started" in line for line in said) == (error is KeyboardInterrupt)
    assert engine.done == ["up lab-plain", "wait for lab-plain", "down lab-plain"]
    assert [*lab_state.rglob("*.json")] == []


def test_a_stack_that_came_up_is_kept_and_another_variant_of_it_keeps_its_session(
    engine: FakeDeploying, project: Path, lab_state: Path
) -> None:
    bring_up(project, [])
    (path,) = lab_state.rglob("*.json")
    assert not session.abandoned(path.stem)
    assert engine.revived == []
    engine.up = [make_running(session=path.stem)]
    bring_up(project, [])
    assert engine.revived == ["lab-plain"]
    assert [*lab_state.rglob("*.json")] == [path]
