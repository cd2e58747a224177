import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from lab.catalog import Catalog
from lab.deploy import compose, prepare
from lab.deploy.stack_up import UpRequest
from lab.deploy.workplace import Workplace
from lab.engine import inventory
from lab.engine.inventory import Running
from lab.errors import Unhealthy
from lab.measure import bring_up, inquiry, verify
from lab.measure.evidence import watch
from lab.measure.evidence.watch import Watched
from lab.model.evidence import Look, Said, Traits
from tests.unit.diagnosis.diagnosis_scenes import make_task, make_tier
from tests.unit.load.test_course import printed
from tests.unit.measure.measure_fakes import FakeContainer, make_rig
from tests.unit.unit_factories import make_budget, make_deployment, make_machine, make_workload
from tests.unit.unit_project import Answering


class Calm:
    """A stack that runs at the first look, and rests at the second."""

    def __init__(self) -> None:
        self.looks = 0
        self.cpus: set[int] = set()
        self.told: dict[str, tuple[Said, ...] | None] = {"proxy": (), "app": ()}

    def look(self, *, at_s: float) -> Look:
        self.looks += 1
        task = make_task(call=None if self.looks == 1 else "epoll_wait")
        return Look(at_s=at_s, tiers={"proxy": make_tier(tasks=(task,)), "app": make_tier()})

    def said(self, *, since: float) -> Mapping[str, tuple[Said, ...] | None]:
        return self.told

    def traits(self) -> Mapping[str, Traits]:
        return {"proxy": Traits(), "app": Traits()}


@pytest.fixture
def calm(monkeypatch: pytest.MonkeyPatch) -> Calm:
    found = Calm()
    monkeypatch.setattr(Watched, "of", lambda *_containers: found)
    return found


def observe(server: Answering, execute: Any) -> Any:
    rig, _ = make_rig(server)
    cast(FakeContainer, rig.load).execute = execute
    budget = make_budget(stack_cpus=(0, 1, 2), load_cpus=tuple(os.sched_getaffinity(0)))
    return inquiry.observe(rig, make_workload(), rate=100, duration_s=1, timeout_s=4, budget=budget)


def test_a_stack_is_asked_at_the_rate_while_its_tiers_are_looked_at(server: Answering, calm: Calm) -> None:
    asked: list[list[str]] = []

    def execute(argv: list[str], _environment: object) -> tuple[int, bytes]:
        asked.append(argv)
        return 0, printed().encode()

    before = os.sched_getaffinity(0)
    seen = observe(server, execute)
    assert asked[0][-2] == "100:1s"
    assert (seen.tiers, seen.cores, seen.course.offered) == (("proxy", "app"), 3, 100)
    assert seen.looks
    assert all(look.at_s >= 0 for look in seen.looks)
    assert seen.alone_s > 0
    assert os.sched_getaffinity(0) == before


def test_a_stack_that_is_pinned_has_the_cores_that_it_is_pinned_to(server: Answering, calm: Calm) -> None:
    calm.cpus = {4, 5}
    assert observe(server, lambda _argv, _environment: (0, printed().encode())).cores == 2


def test_what_tiers_wrote_of_limits_is_kept_and_who_keeps_no_log_is_told(server: Answering, calm: Calm) -> None:
    full = Said(about="nginx-connections", line="48 worker_connections are not enough", count=3, first_s=0.5)
    calm.told = {"proxy": (full,), "app": None}
    seen = observe(server, lambda _argv, _environment: (0, printed().encode()))
    assert seen.said == {"proxy": (full,)}
    assert watch.BLIND_TO_LOGS in seen.blind
    calm.told = {"proxy": (), "app": ()}
    seen = observe(server, lambda _argv, _environment: (0, printed().encode()))
    assert seen.said == {}
    assert watch.BLIND_TO_LOGS not in seen.blind


def test_the_look_at_rest_is_one_in_which_nothing_runs(server: Answering, calm: Calm) -> None:
    seen = observe(server, lambda _argv, _environment: (0, printed().encode()))
    assert [task.state for task in seen.at_rest.tiers["proxy"].tasks] == ["S"]


def test_a_stack_that_answers_wrongly_before_any_load_is_no_question(server: Answering, calm: Calm) -> None:
    server.answers["/health"] = (500, "text/plain", "no")
    with pytest.raises(Unhealthy, match="answers wrongly before any load"):
        observe(server, lambda _argv, _environment: (0, b""))
    assert calm.looks == 0


def test_an_answer_of_a_proxy_that_did_not_wait_is_told_as_one(server: Answering, calm: Calm) -> None:
    server.answers["/health"] = (504, "text/html", "<h1>504</h1>")
    with pytest.raises(Unhealthy) as caught:
        observe(server, lambda _argv, _environment: (0, b""))
    assert caught.value.where is not None
    assert caught.value.where.startswith("health: status 504 instead of 200, after ")
    assert caught.value.where.endswith(": a proxy says so, of the tier behind it")


def running(port: int | None) -> Running:
    return Running(
        project="lab-proxied",
        stack="proxied",
        target="proxied@one",
        session="up-1",
        services={"proxy": "running"},
        port=port,
        scheme="http",
    )


class Removable:
    def __init__(self, service: str) -> None:
        self.labels = {inventory.LABEL_SERVICE: service}
        self.removed = False

    def remove(self, *, force: bool) -> None:
        self.removed = force


@contextmanager
def stack_that_is_up(
    catalog: Catalog, folder: Path, port: int | None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[UpRequest, Workplace, dict[str, Removable], list[str]]]:
    containers = {name: Removable(name) for name in ("proxy", "app", "load")}
    started: list[str] = []
    monkeypatch.setattr(inventory, "containers_of", lambda _client, _project: containers)
    monkeypatch.setattr(compose, "run_beside", lambda _project, service: started.append(service))
    monkeypatch.setattr(bring_up, "rig_of", lambda plan, **_: plan)
    monkeypatch.setattr(prepare, "project", lambda *_, **given: SimpleNamespace(project=given["name"], given=given))
    request = UpRequest(
        catalog=catalog,
        deployment=make_deployment(stack="proxied", variant="one"),
        machine=make_machine(),
        budget=make_budget(),
        port=0,
    )
    place: Any = SimpleNamespace(client=None, session=SimpleNamespace(id="bench-1"))
    yield request, place, containers, started


def test_a_stack_that_is_up_gets_a_load_container_for_the_block_and_stays(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stack_that_is_up(catalog, tmp_path, 8080, monkeypatch) as (request, place, containers, started):
        with suppress(KeyboardInterrupt), inquiry.beside(request, running(8080), place=place) as rig:
            assert started == ["load"]
            assert cast(Any, rig).given["session"] == "up-1"
            raise KeyboardInterrupt
        assert {name for name, container in containers.items() if container.removed} == {"load"}


def test_a_stack_whose_containers_have_been_stopped_is_not_asked(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        stack_that_is_up(catalog, tmp_path, None, monkeypatch) as (request, place, _, started),
        pytest.raises(Unhealthy, match="publishes no port"),
        inquiry.beside(request, running(None), place=place),
    ):
        pass
    assert started == []


def test_a_stack_of_its_own_is_brought_up_with_the_load_beside_it(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stack_that_is_up(catalog, tmp_path, None, monkeypatch) as (request, place, _, _):
        monkeypatch.setattr(bring_up, "bring_up", lambda plan, **_: (plan, 0.5))
        with inquiry.brought_up(request, place=place) as rig:
            given = cast(Any, rig).given
    assert given["session"] == "bench-1"
    assert given["with_load"]
    assert given["name"].startswith("lab-bench-1-proxied")


def test_an_answer_is_waited_for_as_long_as_the_clients_wait_if_that_is_longer(
    server: Answering, calm: Calm, monkeypatch: pytest.MonkeyPatch
) -> None:
    patience: list[float | None] = []
    ask = verify.ask

    def noted(url: str, workload: Any, *, timeout_s: float | None = None) -> Any:
        patience.append(timeout_s)
        return ask(url, workload, timeout_s=timeout_s)

    monkeypatch.setattr(verify, "ask", noted)
    rig, _ = make_rig(server)
    cast(FakeContainer, rig.load).execute = lambda *_: (0, printed().encode())
    budget = make_budget(stack_cpus=(0,), load_cpus=tuple(os.sched_getaffinity(0)))
    inquiry.observe(rig, make_workload(), rate=100, duration_s=1, timeout_s=45, budget=budget)
    assert set(patience) == {45}
    patience.clear()
    inquiry.observe(rig, make_workload(), rate=100, duration_s=1, timeout_s=4, budget=budget)
    assert set(patience) == {verify.ANSWER_TIMEOUT_S}
