import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from lab.catalog import Catalog, load_catalog
from lab.commands import why
from lab.commands.why import RateQuestion, Reason
from lab.deploy import building, stack_up
from lab.diagnosis import diagnose
from lab.engine.inventory import Running
from lab.errors import UnknownName, UsageError
from lab.measure import inquiry
from lab.measure.rig import Rig
from lab.model.evidence import Evidence
from tests.unit.diagnosis.diagnosis_scenes import CROWDED, SLOTS, make_observed, make_sockets, make_tier
from tests.unit.unit_factories import make_budget, make_machine


@pytest.fixture
def catalog(project: Path) -> Catalog:
    """Of a folder of the test's own: what was seen is written there."""
    return load_catalog(project)


def ask(catalog: Catalog, target: str = "proxied@pool", **changes: Any) -> RateQuestion:
    deployment = catalog.deployment(target, settings=changes.pop("settings", {}))
    given: dict[str, Any] = {"workload": None, "rate": 500, "duration_s": 10, "timeout_s": 5}
    return why.question(catalog, deployment, **given | changes)


def running(target: str) -> Running:
    return Running(
        project="lab-proxied", stack="proxied", target=target, session="up-1", services={}, port=8080, scheme="http"
    )


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was brought up, in an engine that does nothing; what is seen there is SLOTS."""
    done: list[str] = []

    @contextmanager
    def up(request: Any, *others: Any, **_: object) -> Iterator[Rig]:
        done.append(f"{'beside' if others else 'brought up'} {request.deployment.name}")
        yield cast(Rig, None)

    def observe(*_: object, **__: object) -> Evidence:
        return SLOTS

    monkeypatch.setattr(why, "workplace", lambda **_: nullcontext(cast(Any, type("Place", (), {"client": None}))))
    monkeypatch.setattr(stack_up, "before", lambda _request, _client: None)
    monkeypatch.setattr(building, "bake", lambda *_, **__: done.append("baked"))
    monkeypatch.setattr(inquiry, "brought_up", up)
    monkeypatch.setattr(inquiry, "beside", up)
    monkeypatch.setattr(inquiry, "observe", observe)
    monkeypatch.setattr(inquiry, "images", lambda _rig: {"app": "sha256:1"})
    return done


def answer(asked: RateQuestion, *, exactly: bool = False) -> Reason:
    folder = asked.catalog.root / "results" / inquiry.FOLDER / asked.deployment.stack
    folder.mkdir(parents=True, exist_ok=True)
    return why.answer(
        asked, machine=make_machine(), budget=make_budget(), exactly=exactly, wait_s=0, say=lambda _: None
    )


def test_a_stack_is_asked_for_ping_unless_something_else_is_named(catalog: Catalog) -> None:
    assert ask(catalog).workload.name == "ping"
    assert ask(catalog, workload="health").workload.name == "health"
    with pytest.raises(UnknownName):
        ask(catalog, workload="heath")


def test_a_stack_that_is_not_up_is_built_and_brought_up(catalog: Catalog, done: list[str]) -> None:
    told = answer(ask(catalog))
    assert done == ["baked", "brought up proxied@pool"]
    assert told.diagnosis.first is not None
    assert told.diagnosis.first.cause == "slots"


def test_the_step_names_the_last_factor_with_its_line_and_the_command(catalog: Catalog, done: list[str]) -> None:
    told = answer(ask(catalog))
    assert told.step is not None
    assert (told.step.setting, told.step.value) == ("THREADS", "33")
    assert told.step.line is not None
    assert told.step.line.path == "compose/proxied.yaml"
    assert "${THREADS:-1}" in told.step.line.text
    assert told.command == "lab why proxied@pool --workload ping --rate 500 --duration 10 --set THREADS=33"


def test_the_other_options_are_repeated_in_the_command(catalog: Catalog, done: list[str]) -> None:
    told = answer(ask(catalog, others=["--timeout", "2", "--cpus", "1"]))
    assert told.command is not None
    assert told.command.endswith("--duration 10 --timeout 2 --cpus 1 --set THREADS=33")


def test_all_that_was_seen_is_kept(catalog: Catalog, done: list[str]) -> None:
    told = answer(ask(catalog))
    kept = json.loads(told.kept.read_text())
    assert kept["course"]["rate"] == 100
    assert len(kept["looks"]) == len(SLOTS.looks)


def test_a_stack_that_is_up_is_asked_as_it_is_and_gets_the_setting_first(
    catalog: Catalog, done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack_up, "before", lambda _request, _client: running("proxied@pool+HEALTH_DELAY=0.2"))
    told = answer(ask(catalog, "proxied", others=["--cpus", "1", "--timeout", "2"], shape=["--cpus", "1"]))
    assert done == ["beside proxied@pool+HEALTH_DELAY=0.2"]
    assert told.command == (
        "lab up proxied@pool --cpus 1 --set HEALTH_DELAY=0.2 --set THREADS=33 && "
        "lab why proxied --workload ping --rate 500 --duration 10 --cpus 1 --timeout 2"
    )


def test_another_variant_than_is_up_is_refused(
    catalog: Catalog, done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack_up, "before", lambda _request, _client: running("proxied@one"))
    with pytest.raises(UsageError, match="proxied@one is up, and proxied@pool was asked for"):
        answer(ask(catalog), exactly=True)
    assert done == []


def test_a_healthy_stack_has_no_step(catalog: Catalog, done: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    healthy = make_observed(proxy=make_tier(), app=make_tier())
    monkeypatch.setattr(inquiry, "observe", lambda *_, **__: healthy)
    told = answer(ask(catalog))
    assert (told.diagnosis.outcome, told.step, told.command) == ("healthy", None, None)


def test_where_no_rule_says_what_gave_way_it_is_said_who_held_the_requests(
    catalog: Catalog, done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert answer(ask(catalog)).hints == ()
    holding = make_observed(course=CROWDED, proxy=make_tier(), app=make_tier(sockets=make_sockets(accepted=200)))
    undecided = replace(holding, tiers=("app",))
    monkeypatch.setattr(inquiry, "observe", lambda *_, **__: undecided)
    told = answer(ask(catalog))
    assert told.diagnosis.outcome == "undecided"
    assert [hint.partition(" requests in hand")[0] for hint in told.hints] == ["app had 164"]


def test_a_setting_that_changed_nothing_is_not_raised_once_more(catalog: Catalog, done: list[str]) -> None:
    assert answer(ask(catalog)).change is None
    told = answer(ask(catalog, settings={"THREADS": "33"}))
    assert told.change is not None
    assert told.change.settings == {"THREADS": ("10", "33")}
    assert told.change.futile
    assert told.step is not None
    assert told.step.setting != "THREADS"
    assert "only so many threads of app may hold at once" in told.step.words


def test_where_more_are_in_service_in_vain_they_wait_for_one_another(
    catalog: Catalog, done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(ask(catalog))
    diagnosis = diagnose.diagnose(SLOTS)
    assert diagnosis.first is not None
    more = replace(diagnosis, first=replace(diagnosis.first, at_once=2 * (diagnosis.first.at_once or 0)))
    monkeypatch.setattr(diagnose, "diagnose", lambda _: more)
    told = answer(ask(catalog, settings={"THREADS": "33"}))
    assert told.change is not None
    assert told.change.futile
    assert told.step is not None
    assert told.step.setting is None
    assert "find where requests wait for one another in app or behind it" in told.step.words


def test_a_setting_that_did_something_may_be_raised_further(
    catalog: Catalog, done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(ask(catalog))
    better = replace(SLOTS, course=replace(SLOTS.course, answered=2 * SLOTS.course.answered))
    monkeypatch.setattr(inquiry, "observe", lambda *_, **__: better)
    told = answer(ask(catalog, settings={"THREADS": "33"}))
    assert told.change is not None
    assert not told.change.futile
    assert told.step is not None
    assert told.step.setting == "THREADS"
