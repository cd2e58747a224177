from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from lab.catalog import Catalog
from lab.deploy import prepare
from lab.deploy.override import NOTHING_BESIDE, Beside
from lab.deploy.prepare import Plan
from lab.errors import UsageError
from lab.host.seal import seal
from lab.model import Deployment
from lab.model.sealed import reveal
from tests.unit.unit_factories import make_budget, make_machine

POOL = Deployment(stack="proxied", variant="pool", pins="seed", settings=(("THREADS", "2"),))


def prepared(catalog: Catalog, folder: Path, *, with_load: bool = False, beside: Beside = NOTHING_BESIDE) -> Plan:
    return prepare.project(
        catalog,
        POOL,
        client=None,
        budget=make_budget(),
        machine=make_machine(),
        session="up-1",
        name="lab-proxied",
        port=8081,
        folder=folder,
        with_load=with_load,
        beside=beside,
    )


def test_the_override_stands_after_the_stacks_own_file(catalog: Catalog, tmp_path: Path) -> None:
    plan = prepared(catalog, tmp_path / "deep" / "down")
    assert plan.override == tmp_path / "deep" / "down" / "override.yaml"
    assert plan.project.files == (catalog.root / "compose/proxied.yaml", plan.override)
    assert (plan.project.name, plan.port) == ("lab-proxied", 8081)


def test_compose_gets_the_settings_the_pins_and_the_port(catalog: Catalog, tmp_path: Path) -> None:
    assert prepared(catalog, tmp_path).project.environment == {
        "WORKERS": "4",
        "THREADS": "2",
        "LAB_PINS": "seed",
        "LAB_PORT": "8081",
    }


def test_a_secret_that_was_set_is_a_digest_in_names_and_override(catalog: Catalog, tmp_path: Path) -> None:
    sealed = seal("DB_PASSWORD", "hunter2")
    deployment = replace(POOL, settings=(("DB_PASSWORD", sealed),))
    decided = prepare.settings(catalog.stack("proxied"), deployment, port=1)
    assert reveal(decided["DB_PASSWORD"]) == "hunter2"
    assert deployment.name == f"proxied@pool+DB_PASSWORD={sealed}"
    stored = replace(POOL, settings=(("DB_PASSWORD", str(sealed)),))
    with pytest.raises(UsageError, match="DB_PASSWORD is a secret"):
        prepare.settings(catalog.stack("proxied"), stored, port=1)


def test_the_override_says_what_it_is_for_and_can_be_read_back(catalog: Catalog, tmp_path: Path) -> None:
    text = prepared(catalog, tmp_path).override.read_text()
    assert text.startswith("# What the lab adds to proxied for proxied@pool+THREADS=2.")
    extra = yaml.safe_load(text)
    assert [*extra["services"]] == ["proxy", "app"]
    assert extra["services"]["app"]["labels"]["lab.target"] == "proxied@pool+THREADS=2"
    assert [*extra["networks"]] == ["default", "back"]


def test_a_bench_adds_the_load_on_its_own_cores_with_the_same_labels(catalog: Catalog, tmp_path: Path) -> None:
    plan = prepared(catalog, tmp_path, with_load=True)
    services = yaml.safe_load(plan.override.read_text())["services"]
    assert services["load"]["cpuset"] == "1"
    assert services["load"]["labels"] == services["proxy"]["labels"]
    assert plan.project.files[1] == catalog.root / prepare.LOAD_FILE


def test_a_failure_takes_the_project_down_and_goes_on(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    down: list[str] = []
    monkeypatch.setattr("lab.deploy.compose.down", lambda project: down.append(project.name))
    plan = prepared(catalog, tmp_path)
    with prepare.taken_down_on_failure(plan):
        pass
    assert down == []
    with pytest.raises(KeyboardInterrupt), prepare.taken_down_on_failure(plan):
        raise KeyboardInterrupt
    assert down == ["lab-proxied"]


def test_what_stands_beside_a_stack_brings_its_file_and_its_settings(catalog: Catalog, tmp_path: Path) -> None:
    beside = Beside(
        services={"slow": {"image": "slow:1"}}, settings={"THREADS": "9"}, files=(catalog.root / "compose/slow.yaml",)
    )
    plan = prepared(catalog, tmp_path, beside=beside)
    assert plan.project.files == (catalog.root / "compose/proxied.yaml", *beside.files, plan.override)
    assert plan.project.environment["THREADS"] == "9"
    assert yaml.safe_load(plan.override.read_text())["services"]["slow"]["image"] == "slow:1"
