from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.catalog import load_catalog
from lab.deploy import building, compose, owned, prepare
from lab.deploy.stack_up import UpRequest
from lab.engine import images
from lab.errors import EngineUnavailable, HostBusy, Unhealthy
from lab.host import session
from tests.unit.deploy.deploy_fakes import FakeDeploying, make_running
from tests.unit.unit_factories import make_budget, make_machine

BUILT: Mapping[str, Any] = {"services": {"app": {"image": "lab/app:current", "build": {"context": "/x"}}}}


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeDeploying:
    fake = FakeDeploying(monkeypatch)
    monkeypatch.setattr(owned, "connect", fake.connect)
    monkeypatch.setattr(compose, "config", lambda _project: dict(BUILT))
    monkeypatch.setattr(building, "merged", lambda _catalog, deployments: dict.fromkeys(deployments, BUILT))
    monkeypatch.setattr(images, "bake", lambda targets, **_how: fake.done.extend(f"bake {name}" for name in targets))
    return fake


def request(project: Path, owner: str) -> UpRequest:
    catalog = load_catalog(project)
    deployment = catalog.deployment("plain")
    return UpRequest(
        catalog=catalog, deployment=deployment, machine=make_machine(), budget=make_budget(), port=0, owner=owner
    )


def test_a_learners_stack_has_project_image_and_labels_of_its_own(project: Path, engine: FakeDeploying) -> None:
    (plan,) = owned.bring_up([request(project, "ada-one")], wait_s=0, say=print)
    assert engine.done == [
        "bake lab/app:current-ada", "up lab-of-ada-one-plain", "wait for lab-of-ada-one-plain",
    ]  # fmt: skip
    service = yaml.safe_load(plan.override.read_text())["services"]["app"]
    assert service["image"] == "lab/app:current-ada"
    assert service["labels"]["lab.stack"] == "ada-one-plain"


def test_two_learners_and_two_keys_never_share_a_project_or_a_file(project: Path, engine: FakeDeploying) -> None:
    owners = ("ada-one", "ada-two", "bob-one")
    plans = owned.bring_up([request(project, owner) for owner in owners], wait_s=0, say=print)
    assert len({plan.project.name for plan in plans}) == len({plan.override for plan in plans}) == 3


def test_stacks_come_up_side_by_side_with_ports_and_addresses_of_their_own(
    project: Path, engine: FakeDeploying
) -> None:
    plans = owned.bring_up([request(project, owner) for owner in ("ada-one", "ada-two")], wait_s=0, say=print)
    one, two = "lab-of-ada-one-plain", "lab-of-ada-two-plain"
    assert engine.done[1:] == [f"up {one}", f"up {two}", f"wait for {one}", f"wait for {two}"]
    assert len({plan.url for plan in plans}) == 2
    networks = [yaml.safe_load(plan.override.read_text())["networks"]["default"]["ipam"] for plan in plans]
    assert networks[0] != networks[1]


@pytest.mark.parametrize("bad", ["ada-one", "ada-two"])
def test_a_stack_that_fails_leaves_the_others_up(
    project: Path, engine: FakeDeploying, lab_state: Path, bad: str
) -> None:
    def meets(name: str) -> None:
        if bad in name:
            raise Unhealthy(f"{name} did not become healthy")

    engine.meets = meets
    with pytest.raises(Unhealthy, match=bad):
        owned.bring_up([request(project, owner) for owner in ("ada-one", "ada-two")], wait_s=0, say=print)
    assert [done for done in engine.done if "down" in done] == [f"down lab-of-{bad}-plain"]
    assert len([*lab_state.rglob("up-*.json")]) == 1


def test_a_learner_whose_edit_does_not_work_is_told_of_the_lessons_own_way_back(
    project: Path, engine: FakeDeploying
) -> None:
    def meets(_name: str) -> None:
        raise Unhealthy("it did not become healthy")

    engine.up = [make_running(project="lab-of-ada-one-plain", stack="ada-one-plain", target="ada-one-plain@default")]
    engine.meets = meets
    said: list[str] = []
    with pytest.raises(Unhealthy):
        owned.bring_up([request(project, "ada-one")], wait_s=0, say=said.append)
    assert "`lab lesson check` brings it back, `lab down ada-one-plain` removes it" in said[-1]


def test_ctrl_c_takes_down_what_is_not_up_yet(project: Path, engine: FakeDeploying, lab_state: Path) -> None:
    def meets(name: str) -> None:
        if "ada-two" in name:
            raise KeyboardInterrupt

    engine.meets = meets
    with pytest.raises(KeyboardInterrupt):
        owned.bring_up([request(project, f"ada-{key}") for key in ("one", "two", "three")], wait_s=0, say=print)
    taken_down = [done for done in engine.done if "down" in done]
    assert taken_down == ["down lab-of-ada-two-plain", "down lab-of-ada-three-plain"]
    assert len([*lab_state.rglob("up-*.json")]) == 1


def test_a_stack_that_cannot_even_begin_leaves_the_others_up(
    project: Path, engine: FakeDeploying, monkeypatch: pytest.MonkeyPatch
) -> None:
    def config(_project: object) -> dict[str, Any]:
        if engine.done[1:]:
            raise EngineUnavailable("it has gone")
        return dict(BUILT)

    monkeypatch.setattr(compose, "config", config)
    with pytest.raises(EngineUnavailable):
        owned.bring_up([request(project, owner) for owner in ("ada-one", "ada-two")], wait_s=0, say=print)
    assert engine.done[1:] == ["up lab-of-ada-one-plain", "wait for lab-of-ada-one-plain"]


def test_nobody_asks_whether_an_image_is_there_that_was_built_just_now(
    project: Path, engine: FakeDeploying, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "missing", lambda *_asked: pytest.fail("it was built just now"))
    owned.bring_up([request(project, "ada-one")], wait_s=0, say=print)
    assert engine.done[0] == "bake lab/app:current-ada"


def test_only_what_is_the_learners_is_taken_down(engine: FakeDeploying) -> None:
    engine.up = [
        make_running(project="lab-of-ada-one-plain", stack="ada-one-plain"),
        make_running(project="lab-of-ada-two-plain", stack="ada-two-plain"),
        make_running(project="lab-of-adam-one-plain", stack="adam-one-plain"),
        make_running(project="lab-plain"),
    ]
    assert owned.take_down("ada") == ["ada-one-plain", "ada-two-plain"]
    assert sorted(engine.done) == ["down lab-of-ada-one-plain", "down lab-of-ada-two-plain"]
    assert owned.take_down("ada", only=["two-plain", "three-plain"]) == ["ada-two-plain"]
    assert owned.take_down("ada", but=["two-plain", "three-plain"]) == ["ada-one-plain"]


def test_who_must_wait_for_another_lab_process_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    with session.turn(), pytest.raises(HostBusy), owned.patient_turn(wait_s=0.1, say=said.append):
        pytest.fail("somebody else has the turn")
    assert "waiting for up to 0 s" in said[0]
    with owned.patient_turn(wait_s=0, say=said.append):
        assert len(said) == 1


def test_an_image_of_a_learner_is_named_after_the_learner_alone() -> None:
    assert prepare.own_image("lab/app:current", "ada-one") == prepare.own_image("lab/app:current", "ada-two")
