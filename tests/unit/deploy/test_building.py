from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import cast

import pytest
from docker import DockerClient
from docker.errors import ImageNotFound

from lab.catalog import Catalog
from lab.deploy import building
from lab.engine import images
from lab.errors import EngineUnavailable
from lab.model import Deployment


def test_the_images_that_a_deployment_would_be_started_from_now_are_told_by_id(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = Deployment(stack="proxied", variant="one", pins="seed")
    config = {"services": {"proxy": {"image": "lab/proxy"}, "app": {"image": "lab/app"}, "load": {"image": "lab/load"}}}
    monkeypatch.setattr(building, "merged", lambda _catalog, _wanted: {deployment: config})

    def get(name: str) -> SimpleNamespace:
        if name != "lab/app":
            raise ImageNotFound(name)
        return SimpleNamespace(id="sha256:1")

    client = cast(DockerClient, SimpleNamespace(images=SimpleNamespace(get=get)))
    found = building.image_ids(catalog, [deployment], client)
    assert found == {deployment: {"proxy": "missing", "app": "sha256:1"}}


@pytest.mark.parametrize(("engine", "missing"), [(True, ("lab/app",)), (False, None)])
def test_the_images_that_are_needed_are_told_with_those_that_are_missing(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch, *, engine: bool, missing: tuple[str, ...] | None
) -> None:
    config = {"services": {name: {"image": f"lab/{name}", "build": {"context": "."}} for name in ("app", "load")}}
    monkeypatch.setattr(building, "_merged", lambda projects: [config for _ in projects])
    monkeypatch.setattr(images, "missing", lambda _client, wanted: [name for name in wanted if name == "lab/app"])

    @contextmanager
    def connect() -> Iterator[None]:
        if not engine:
            raise EngineUnavailable("no Docker engine answers")
        yield None

    monkeypatch.setattr(building, "connect", connect)
    assert building.needed(catalog, [("plain", "seed")]) == (("lab/app", "lab/load"), missing)
