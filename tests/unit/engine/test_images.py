from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from docker import DockerClient
from docker.errors import ImageNotFound

from lab.engine import images
from lab.engine.images import Steps
from lab.errors import LabError

BUILD = {
    "context": "/src",
    "dockerfile": "Dockerfile",
    "args": {"APP": "a"},
    "secrets": [{"source": "ca", "target": "/etc/ca"}],
}


def config(image: str, **build: Any) -> dict[str, Any]:
    return {
        "services": {"app": {"image": image, "build": {**BUILD, **build}}, "db": {"image": "pulled"}},
        "secrets": {"ca": {"file": "/certs.pem"}},
    }


def test_an_image_of_several_stacks_is_built_once() -> None:
    found = images.targets([config("lab/b"), config("lab/a"), config("lab/b")])
    assert [*found] == ["lab/a", "lab/b"]


def test_a_target_has_its_context_arguments_secret_and_tag() -> None:
    assert images.targets([config("lab/a")])["lab/a"] == {
        "context": "/src",
        "dockerfile": "Dockerfile",
        "args": {"APP": "a"},
        "secret": ["id=ca,src=/certs.pem"],
        "tags": ["lab/a"],
        "output": ["type=docker"],
    }


def test_the_stage_that_a_build_names_is_built() -> None:
    assert images.targets([config("lab/a", target="service")])["lab/a"]["target"] == "service"


def test_a_build_without_secret_or_arguments_is_fine() -> None:
    plain = {"services": {"app": {"image": "a", "build": {"context": "."}}}}
    target = images.targets([plain])["a"]
    assert (target["secret"], target["args"], target["dockerfile"]) == ([], {}, "Dockerfile")


def test_missing_images_are_those_the_engine_does_not_have() -> None:
    def get(name: str) -> None:
        if name != "here":
            raise ImageNotFound(name)

    client = cast(DockerClient, SimpleNamespace(images=SimpleNamespace(get=get)))
    assert images.missing(client, ["here", "gone"]) == ["gone"]


def told(*lines: str) -> list[str]:
    steps = Steps()
    return [said for line in lines if (said := steps.new(line))]


def test_an_image_is_told_when_work_on_it_begins_and_when_it_is_done() -> None:
    assert told(
        "#4 [app internal] load build context",
        "#4 DONE 0.1s",
        "#5 [app base 2/3] RUN apt-get  update",
        "#5 ...",
        "#6 [web 1/1] COPY . /web",
        "#6 DONE 0.2s",
        "#5 [app base 2/3] RUN apt-get  update",
        "#5 0.120 doing",
        "#5 DONE 3.0s",
        "#7 [app base 3/3] COPY . /app",
        "#7 DONE 0.2s",
        "#8 [web] exporting to image",
        "#8 writing image sha256:abc done",
        "#8 DONE 0.1s",
        "#9 [app] exporting to image",
        "#9 DONE 0.1s",
    ) == ["web: begun", "app: begun", "web: done", "app: done"]


def test_of_an_image_from_the_cache_nothing_is_told() -> None:
    assert told("#5 [app 1/1] COPY . /app", "#5 CACHED", "#6 [app] exporting to image", "#6 DONE 0.1s") == []


def test_a_build_that_fails_shows_the_end_of_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\necho first\necho 'no space left'\nexit 1\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(LabError, match="could not be built") as caught:
        images.bake({"lab/a": {}}, say=lambda _text: None)
    assert caught.value.where == "the last lines of the build\nfirst\nno space left"


def test_a_build_says_its_images_and_gets_the_definition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker = tmp_path / "docker"
    docker.write_text(f"#!/bin/sh\ncp \"$4\" {tmp_path}/seen.json\necho '#1 [a 1/1] RUN x'\necho '#1 0.1 y'\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    said: list[str] = []
    built = images.bake({"lab/a.b:seed": {"context": "/src"}}, say=said.append)
    assert built.images == ("lab/a.b:seed",)
    assert said == ["a: begun"]
    assert '"a-b-seed"' in (tmp_path / "seen.json").read_text()
