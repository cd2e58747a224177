from types import SimpleNamespace
from typing import cast

import pytest
from docker import DockerClient
from docker.errors import ImageNotFound

from lab.catalog import Catalog
from lab.deploy import building
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
