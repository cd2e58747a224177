from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from lab.catalog import load_catalog
from lab.deploy.at_hand import at_hand
from lab.errors import HostBusy, Unhealthy, UsageError
from lab.host import session
from tests.unit.deploy.deploy_fakes import FakeDeploying, make_running
from tests.unit.unit_factories import make_machine
from tests.unit.unit_project import edit


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeDeploying:
    return FakeDeploying(monkeypatch)


@pytest.fixture
def plain(engine: FakeDeploying, project: Path) -> AbstractContextManager[tuple[str, str]]:
    """The stack `plain`, at hand on that engine."""
    catalog = load_catalog(project)
    deployment = catalog.deployment("plain")
    assert engine.done == []
    return at_hand(catalog, deployment, machine=make_machine(), wait_s=0, say=lambda _: None)


@pytest.mark.parametrize("up", [True, False])
def test_the_turn_is_held_for_the_whole_block(
    engine: FakeDeploying, plain: AbstractContextManager[tuple[str, str]], *, up: bool
) -> None:
    engine.up = [make_running()] if up else []
    with plain, pytest.raises(HostBusy), session.turn():
        pass
    with session.turn():
        pass


def test_a_second_check_is_told_and_the_first_keeps_its_stack(
    engine: FakeDeploying, plain: AbstractContextManager[tuple[str, str]], project: Path
) -> None:
    catalog = load_catalog(project)
    again = at_hand(catalog, catalog.deployment("plain"), machine=make_machine(), wait_s=0, say=lambda _: None)
    with plain:
        with pytest.raises(HostBusy), again:
            pass
        assert engine.done == ["up lab-plain", "wait for lab-plain"]
    assert engine.done == ["up lab-plain", "wait for lab-plain", "down lab-plain"]


def test_a_stack_that_is_up_is_taken_as_it_is_and_stays(
    engine: FakeDeploying, plain: AbstractContextManager[tuple[str, str]]
) -> None:
    engine.up = [make_running()]
    with plain as found:
        assert found == ("lab-plain", "http://127.0.0.1:8080")
    assert engine.done == []


def test_a_stack_whose_containers_are_stopped_keeps_its_data(
    engine: FakeDeploying, plain: AbstractContextManager[tuple[str, str]]
) -> None:
    engine.up = [make_running(port=None, services={"app": "exited"})]
    with pytest.raises(Unhealthy, match="publishes no port") as caught, plain:
        pass
    assert engine.done == []
    assert "app exited" in str(caught.value)


def test_what_a_killed_check_leaves_behind_is_a_left_over(
    plain: AbstractContextManager[tuple[str, str]], lab_state: Path
) -> None:
    with plain:
        (path,) = lab_state.rglob("*.json")
        assert path.name.startswith("bench-")
    assert [*lab_state.rglob("*.json")] == []


def test_a_tier_whose_word_is_nearly_a_known_one_is_hinted_at(engine: FakeDeploying, project: Path) -> None:
    edit(project / "compose/plain.yaml", "tiers: {app: application}", "tiers: {app: gunicrn}")
    catalog = load_catalog(project)
    said: list[str] = []
    with at_hand(catalog, catalog.deployment("plain"), machine=make_machine(), wait_s=0, say=said.append):
        pass
    assert [one for one in said if "tiers.app: 'gunicrn'" in one and "typo of 'gunicorn'" in one]


def test_a_variant_that_was_named_is_not_taken_for_another_that_is_up(
    engine: FakeDeploying, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_ROOT", str(project))
    engine.up = [make_running(project="lab-proxied", stack="proxied", target="proxied@one")]
    catalog = load_catalog(project)
    for variant, exactly in (("one", True), ("pool", False)):
        deployment = catalog.deployment(f"proxied@{variant}")
        with at_hand(catalog, deployment, exactly=exactly, machine=make_machine(), wait_s=0, say=print) as (name, _):
            assert name == "lab-proxied"
    with (
        pytest.raises(UsageError, match="proxied@pool is not up: proxied@one is"),
        at_hand(catalog, deployment, exactly=True, machine=make_machine(), wait_s=0, say=print),
    ):
        pass
    assert engine.done == []
