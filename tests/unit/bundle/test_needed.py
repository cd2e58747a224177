from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from lab.bundle import needed
from lab.catalog import Catalog, load_catalog
from lab.errors import LabError

ROOT = Path(__file__).parents[3]


@pytest.fixture
def catalog(monkeypatch: pytest.MonkeyPatch) -> Catalog:
    """The lab's own, with images that are called after the stacks: no Compose is asked."""

    def targets(_catalog: Catalog, stacks: Iterable[tuple[str, str]]) -> dict[str, dict[str, Any]]:
        named: dict[str, dict[str, Any]] = {f"lab/{name}:{pins}": {} for name, pins in stacks}
        return {**named, "lab/load:current": {}}

    found = load_catalog(ROOT)

    def merged(_catalog: Catalog, deployments: Iterable[Any]) -> Mapping[str, Any]:
        images = {"fastapi-lesson": "uvicorn-fastapi", "nginx-traced": "nginx-gin"}
        names = [one.stack if one.stack in found.stacks else images.get(one.stack, "nginx-gin") for one in deployments]
        return {
            name: {"services": {"app": {"image": f"lab/{name}:current", "build": {"context": "."}}}} for name in names
        }

    monkeypatch.setattr("lab.deploy.building.targets", targets)
    monkeypatch.setattr("lab.deploy.building.merged", merged)
    return found


def test_it_is_what_lessons_start_from_what_is_compared_and_the_load(catalog: Catalog) -> None:
    found = needed.targets(catalog, table="headline", everything=False)
    compared = {f"lab/{row.stack}:seed" for row in catalog.table("headline").rows}
    assert compared | {"lab/load:current", "lab/gunicorn-wsgi:current", "lab/uvicorn-fastapi:current"} <= {*found}
    assert "lab/service-gin:current" not in found


def test_all_is_every_stack_with_the_versions_of_today_too(catalog: Catalog) -> None:
    found = needed.targets(catalog, table="headline", everything=True)
    assert "lab/service-gin:current" in found
    assert "lab/flask-dev:seed" in found


def test_a_lesson_with_an_image_of_its_own_is_named(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"x": {"services": {"app": {"image": "lab/own:current", "build": {"context": "."}}}}}
    monkeypatch.setattr("lab.deploy.building.merged", lambda _catalog, _deployments: own)
    with pytest.raises(LabError, match="01-wsgi-by-hand starts from lab/own:current"):
        needed.targets(catalog, table="headline", everything=False)
