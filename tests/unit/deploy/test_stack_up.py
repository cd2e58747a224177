from pathlib import Path

import pytest

from lab.catalog import load_catalog
from lab.deploy import stack_up
from lab.deploy.stack_up import UpRequest
from lab.errors import Unhealthy, UnknownName, UsageError
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


UP = make_running(project="lab-proxied", stack="proxied", target="proxied@one+TRACES=on")


@pytest.mark.parametrize("target", ["proxied", "proxied@one", "proxied@one+TRACES=on"])
def test_what_is_up_is_found_by_its_name_its_variant_and_what_ps_calls_it(engine: FakeDeploying, target: str) -> None:
    engine.up = [UP]
    assert stack_up.project_of(target).name == "lab-proxied"


@pytest.mark.parametrize(
    ("target", "error", "said", "fix"),
    [
        ("proxied@pool", UsageError, "proxied@pool is not up: proxied@one\\+TRACES=on is", "lab up proxied@pool"),
        ("proxied@pol", UnknownName, "there is no variant named 'pol'", "did you mean 'pool'?"),
    ],
)
def test_another_variant_than_the_one_that_is_up_is_refused_and_nothing_is_done_to_that(
    engine: FakeDeploying,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    target: str,
    error: type[UsageError],
    said: str,
    fix: str,
) -> None:
    monkeypatch.setenv("LAB_ROOT", str(project))
    engine.up = [UP]
    for command in (stack_up.project_of, lambda named: stack_up.take_down([named])):
        with pytest.raises(error, match=said) as caught:
            command(target)
        assert fix in str(caught.value.fix)
    assert engine.done == []
