from contextlib import suppress
from types import SimpleNamespace
from typing import Any, cast

import pytest
from docker import DockerClient
from docker.errors import APIError

from lab.engine import leavings


class Engine:
    """An engine with images and a build cache, and what was removed of them."""

    def __init__(self, *, in_use: str = "") -> None:
        self.in_use = in_use
        self.removed: list[str] = []
        self.images = SimpleNamespace(list=self.listed, remove=self.remove)
        self.api = SimpleNamespace(prune_builds=lambda: self.removed.append("cache"))

    def listed(self, *, filters: dict[str, str]) -> list[SimpleNamespace]:
        assert filters == {"reference": "lab/*"}
        tagged = (["lab/app:seed", "lab/app:current"], ["lab/load:current", "elsewhere/load:1"])
        return [SimpleNamespace(tags=tags, attrs={"Size": 2**20}) for tags in tagged]

    def df(self) -> dict[str, Any]:
        return {"BuildCache": [{"Size": 3 * 2**20, "InUse": False}, {"Size": 9 * 2**20, "InUse": True}]}

    def remove(self, image: str) -> None:
        if image == self.in_use:
            raise APIError("image is being used")
        self.removed.append(image)


def client(engine: Engine) -> DockerClient:
    return cast(DockerClient, engine)


def test_the_labs_images_and_the_cache_that_nobody_uses_are_found() -> None:
    found = leavings.find(client(Engine()))
    assert found.images == ("lab/app:current", "lab/app:seed", "lab/load:current")
    assert (found.images_mib, found.cache_mib) == (2, 3)


def test_names_that_are_not_the_labs_stay() -> None:
    engine = Engine()
    assert leavings.remove(client(engine), leavings.find(client(engine))) == ()
    assert engine.removed == ["lab/app:current", "lab/app:seed", "lab/load:current", "cache"]


def test_an_image_that_a_container_uses_stays_and_the_others_go() -> None:
    engine = Engine(in_use="lab/app:seed")
    assert leavings.remove(client(engine), leavings.find(client(engine))) == ("lab/app:seed",)
    assert engine.removed == ["lab/app:current", "lab/load:current", "cache"]


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize(
    ("now", "tags", "removed"),
    [("2", [], ["1"]), ("1", ["lab/app:current-ada"], []), ("2", ["lab/app:current-bob"], [])],
    ids=["replaced", "the same", "somebody else's, too"],
)
def test_an_image_that_a_build_replaced_goes_unless_it_has_another_name(
    fails: bool, now: str, tags: list[str], removed: list[str]
) -> None:
    engine = Engine()
    named = {"lab/app:current-ada": SimpleNamespace(id="1", tags=tags)}
    engine.images.get = lambda name: SimpleNamespace(id=name, tags=tags) if name.isdigit() else named[name]
    with suppress(LookupError), leavings.without_replaced(client(engine), ["lab/app:current-ada"]):
        named["lab/app:current-ada"] = SimpleNamespace(id=now, tags=["lab/app:current-ada"])
        if fails:
            raise LookupError
    assert engine.removed == removed
