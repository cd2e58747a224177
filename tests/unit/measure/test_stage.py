from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
import yaml
from docker import DockerClient

from lab.catalog import Catalog
from lab.host.session import Session
from lab.journal import Journal
from lab.measure import bring_up, cores, stage
from lab.measure.clock import Clock
from lab.measure.progress import Observer
from lab.measure.stage import Bench
from lab.model import DeploymentFacts, Run
from lab.store import RunFolder
from tests.unit.unit_factories import make_budget, make_deployment, make_run


def bench(catalog: Catalog, folder: Path, run: Run) -> Bench:
    return Bench(
        catalog=catalog,
        journal=Journal(RunFolder(path=folder), run, phases_s=dict),
        client=cast(DockerClient, SimpleNamespace(networks=SimpleNamespace(list=list))),
        session=cast(Session, SimpleNamespace(id="bench-1")),
        clock=Clock(),
        observer=Observer(),
        cores=cores.unwatched(make_budget()),
    )


@pytest.mark.parametrize(
    ("table", "folder", "cpuset"),
    [("articles", "proxied-one-current", "0"), ("shared", "shared-proxied-one-current", "0,1")],
)
def test_a_deployment_gets_the_budget_of_its_table_and_its_override_is_kept(
    catalog: Catalog, tmp_path: Path, table: str, folder: str, cpuset: str
) -> None:
    own = make_budget(placement="colocated", stack_cpus=(0, 1), load_cpus=(0, 1))
    plan = stage.plan(bench(catalog, tmp_path, make_run(budgets={"shared": own})), make_deployment(), table)
    assert plan.override == tmp_path / "deployments" / folder / "override.yaml"
    services = yaml.safe_load(plan.override.read_text())["services"]
    assert services["app"]["cpuset"] == cpuset
    assert plan.project.name == "lab-bench-1-proxied-one-current"


def test_a_later_table_keeps_what_a_footprint_found_out_of_the_same_deployment(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weighed = DeploymentFacts(
        deployment=make_deployment(), startup_s=0.9, image_mib=50, images={}, versions={}, unique_mib=7, config_lines=30
    )
    rig = SimpleNamespace(freeze=lambda: None)
    monkeypatch.setattr(bring_up, "bring_up", lambda *_args, **_options: (rig, 1.5))
    monkeypatch.setattr(bring_up, "check", lambda *_args: {})
    plain = replace(weighed, startup_s=1.5, unique_mib=None, config_lines=None)
    monkeypatch.setattr(bring_up, "facts", lambda *_args, **_options: plain)
    mine = bench(catalog, tmp_path, make_run(deployments=(weighed,)))
    assert stage.start(mine, make_deployment(), "articles", []) is not None
    assert mine.journal.run.deployments == (replace(weighed, startup_s=1.5),)
