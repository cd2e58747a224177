from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from docker import DockerClient
from docker.errors import APIError
from docker.models.containers import Container

from lab.catalog import Catalog
from lab.deploy import building, compose
from lab.deploy.prepare import Plan
from lab.engine import layers, pagecache, rebuild
from lab.errors import Unhealthy
from lab.host.session import Session
from lab.journal import Journal
from lab.measure import bring_up, cores, footprint, runner, settle
from lab.measure.clock import Clock
from lab.measure.progress import Observer
from lab.measure.rig import Rig
from lab.measure.runner import Bench
from lab.model import Cell, Run, Sample
from lab.store import RunFolder
from tests.unit.measure.measure_fakes import FakeContainer, make_rig
from tests.unit.unit_factories import make_budget, make_cell, make_deployment, make_load, make_run
from tests.unit.unit_project import Answering

ONE = make_cell(row="one", load=make_load(duration_s=1), from_nothing=True)
POOL = make_cell(
    row="pool", deployment=make_deployment(variant="pool"), load=make_load(duration_s=1), from_nothing=True
)
PLAIN = make_cell(row="plain", load=make_load(duration_s=1))
SIZES: Mapping[str, Mapping[str, int]] = {"proxied": {"base": 2**20, "own": 2**21}, "load": {"base": 2**20}}


@dataclass
class Host:
    """An engine on which stacks come up, are weighed and go without Docker, and the order in which they did."""

    server: Answering
    seen: list[str] = field(default_factory=list)
    broken: tuple[str, ...] = ()

    def bring_up(self, plan: Plan, **_how: Any) -> tuple[Rig, float]:
        self.seen.append(f"up {plan.deployment.variant}")
        if plan.deployment.variant in self.broken:
            raise Unhealthy(f"{plan.deployment.name} did not become healthy")
        rig, _ = make_rig(self.server, name=plan.stack.name)
        for container in rig.services.values():
            listed = {"Processes": [["1", "docker-init"], ["7", "serve"], ["8", "serve"]]}
            container.top = lambda listed=listed, **_how: listed  # type: ignore[method-assign]
        return rig, 2.0

    def start_again(self, plan: Plan, **_how: Any) -> float:
        self.seen.append(f"again {plan.deployment.variant}")
        return 1.0

    def drop(self, _client: DockerClient) -> bool:
        self.seen.append("drop")
        return True

    def build(self, *_arguments: Any, **_how: Any) -> float:
        self.seen.append("build")
        first = self.seen[-2] != "build"
        return 9.0 if first else 0.5


@pytest.fixture
def host(server: Answering, monkeypatch: pytest.MonkeyPatch) -> Host:
    host = Host(server)
    build = {"context": "/", "dockerfile": "Dockerfile"}
    service = {"image": "proxied", "build": build, "command": []}
    merged = {"services": {"proxy": service, "app": service}}
    monkeypatch.setattr(bring_up, "bring_up", host.bring_up)
    monkeypatch.setattr(bring_up, "start_again", host.start_again)
    monkeypatch.setattr(building, "merged", lambda _catalog, wanted: dict.fromkeys(wanted, merged))
    monkeypatch.setattr(compose, "config", lambda _project: host.seen.append("warm up the command"))
    monkeypatch.setattr(pagecache, "drop", host.drop)
    monkeypatch.setattr(layers, "layers", lambda image: SIZES["proxied" if image == "proxied" else "load"])
    monkeypatch.setattr(rebuild, "seconds", host.build)
    monkeypatch.setattr("lab.deploy.sources.main", lambda _service: Path("/app.py"))
    monkeypatch.setattr("lab.engine.inventory.remove", lambda _client, _identity: host.seen.append("down"))
    monkeypatch.setattr(settle, "LOOK_S", 0.001)
    monkeypatch.setattr(footprint, "REST_S", 0.0)
    return host


def bench(catalog: Catalog, folder: Path, run: Run, watcher: Observer | None = None) -> Bench:
    images = SimpleNamespace(get=lambda name: name)
    client = SimpleNamespace(networks=SimpleNamespace(list=list), images=images)
    return Bench(
        catalog=catalog,
        journal=Journal(RunFolder(path=folder), run, phases_s=dict),
        client=cast(DockerClient, client),
        session=cast(Session, SimpleNamespace(id="bench-1")),
        clock=Clock(),
        observer=watcher or Observer(),
        cores=cores.unwatched(make_budget()),
    )


def samples(folder: Path) -> list[Sample]:
    return RunFolder(path=folder).samples()[0]


def test_each_round_brings_one_stack_up_from_nothing_and_takes_it_down_before_it_builds(
    catalog: Catalog, tmp_path: Path, host: Host
) -> None:
    runner.measure(bench(catalog, tmp_path, make_run([ONE, POOL], rounds=2)))
    once = [
        step
        for variant in ("one", "pool")
        for step in ("drop", "warm up the command", f"up {variant}", f"again {variant}", "down", "build", "build")
    ]
    assert host.seen == once * 2
    assert [(sample.cell, sample.round) for sample in samples(tmp_path)] == [
        (ONE.key, 0),
        (POOL.key, 0),
        (ONE.key, 1),
        (POOL.key, 1),
    ]


def test_a_sample_has_its_footprint_beside_the_figures_under_load(catalog: Catalog, tmp_path: Path, host: Host) -> None:
    runner.measure(bench(catalog, tmp_path, make_run([ONE], rounds=1)))
    (sample,) = samples(tmp_path)
    assert sample.result.requests == 1000
    found = sample.footprint
    assert found is not None
    assert (found.cold_start_s, found.warm_start_s, found.rebuild_s, found.cache_dropped) == (2.0, 1.0, 0.5, True)
    assert found.idle_mib == {"proxy": 20.0, "app": 20.0}
    assert found.processes == {"proxy": 2, "app": 2}, "the init is not counted"


def test_the_facts_have_what_does_not_change(catalog: Catalog, tmp_path: Path, host: Host) -> None:
    work = bench(catalog, tmp_path, make_run([ONE], rounds=2))
    runner.measure(work)
    (facts,) = work.journal.run.deployments
    assert facts.startup_s == 2.0
    assert facts.unique_mib == 2.0
    assert facts.config_lines is not None
    assert facts.config_lines > 0


def test_rows_that_are_only_measured_go_first_and_are_gone_by_then(
    catalog: Catalog, tmp_path: Path, host: Host
) -> None:
    runner.measure(bench(catalog, tmp_path, make_run([ONE, PLAIN], rounds=1)))
    assert host.seen[:3] == ["up one", "down", "drop"]
    assert [sample.cell for sample in samples(tmp_path)] == [PLAIN.key, ONE.key]


def test_a_stack_that_does_not_come_up_is_given_up_and_the_others_go_on(
    catalog: Catalog, tmp_path: Path, host: Host
) -> None:
    host.broken = ("one",)
    work = bench(catalog, tmp_path, make_run([ONE, POOL], rounds=2))
    runner.measure(work)
    assert [sample.cell for sample in samples(tmp_path)] == [POOL.key, POOL.key]
    assert work.journal.run.failures == {ONE.key: "proxied@one did not become healthy"}
    assert host.seen.count("up one") == 1
    assert host.seen.count("down") == 3


def test_ctrl_c_leaves_nothing_up_and_keeps_whole_rounds_only(
    catalog: Catalog, tmp_path: Path, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_arguments: Any, **_how: Any) -> float:
        raise KeyboardInterrupt

    monkeypatch.setattr(bring_up, "start_again", interrupted)
    with pytest.raises(KeyboardInterrupt):
        runner.measure(bench(catalog, tmp_path, make_run([ONE], rounds=1)))
    assert host.seen[-1] == "down"
    assert samples(tmp_path) == []


def test_a_resumed_run_measures_only_what_is_missing(catalog: Catalog, tmp_path: Path, host: Host) -> None:
    runner.measure(bench(catalog, tmp_path, make_run([ONE], rounds=1)))
    host.seen.clear()
    runner.measure(bench(catalog, tmp_path, make_run([ONE, POOL], rounds=1)))
    assert "up one" not in host.seen
    assert [sample.cell for sample in samples(tmp_path)] == [ONE.key, POOL.key]


def test_whoever_watches_is_told_each_round(catalog: Catalog, tmp_path: Path, host: Host) -> None:
    class Watcher(Observer):
        said: tuple[str, ...] = ()

        def measuring(self, cell: Cell, number: int) -> None:
            self.said += (f"{cell.row} {number}",)

        def measured(self, cell: Cell, number: int) -> None:
            self.said += ("over",)

    watcher = Watcher()
    runner.measure(bench(catalog, tmp_path, make_run([ONE], rounds=2), watcher))
    assert watcher.said == ("one 0", "over", "one 1", "over")


def test_a_host_without_ps_counts_no_processes(server: Answering) -> None:
    def no_ps(**_how: Any) -> Any:
        raise APIError("ps: not found")

    container = FakeContainer("app", [])
    container.top = no_ps  # type: ignore[attr-defined]
    assert footprint._processes(cast(Container, container)) is None


@pytest.mark.parametrize(
    ("services", "application"),
    [(("proxy", "app"), "app"), (("proxy", "app2", "app1"), "app1"), (("proxy", "server"), "server")],
)
def test_what_is_built_again_is_the_application(services: tuple[str, ...], application: str) -> None:
    assert footprint.application(services) == application


def test_an_application_that_is_not_built_here_is_an_error(
    catalog: Catalog, tmp_path: Path, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulled = {"services": {"proxy": {"image": "pulled"}, "app": {"image": "pulled"}}}
    monkeypatch.setattr(building, "merged", lambda _catalog, wanted: dict.fromkeys(wanted, pulled))
    work = bench(catalog, tmp_path, make_run([ONE], rounds=1))
    runner.measure(work)
    assert work.journal.run.failures == {ONE.key: "the application is not built here, so it cannot be built again"}
