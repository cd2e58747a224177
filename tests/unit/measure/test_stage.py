from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
import yaml
from docker import DockerClient

from lab.catalog import Catalog
from lab.measure import stage
from lab.measure.clock import Clock
from lab.measure.progress import Observer
from lab.measure.stage import Bench
from lab.model import Run
from lab.session import Session
from lab.store import Journal, RunFolder
from tests.unit.unit_factories import make_budget, make_deployment, make_run


def bench(catalog: Catalog, folder: Path, run: Run) -> Bench:
    return Bench(
        catalog=catalog,
        journal=Journal(RunFolder(path=folder), run),
        client=cast(DockerClient, SimpleNamespace(networks=SimpleNamespace(list=list))),
        session=cast(Session, SimpleNamespace(id="bench-1")),
        clock=Clock(),
        observer=Observer(),
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
