from pathlib import Path

import pytest

from lab.engine import bundled, images


def docker_that(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    path = folder / "docker"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/bin:/usr/bin")


@pytest.mark.parametrize(
    ("image", "tag"),
    [
        ("lab/a:current", "lab/a:current-bundled"),
        ("lab/a:current-ada", "lab/a:current-bundled"),
        ("lab/a:seed", "lab/a:seed-bundled"),
    ],
)
def test_a_learners_image_begins_where_that_of_the_bundle_ends(image: str, tag: str) -> None:
    assert bundled.tag_of(image) == tag
    found = bundled.with_cache({image: {"context": "."}}, [tag])
    assert found == {image: {"context": ".", "cache-from": [f"type=registry,ref={tag}"]}}


def test_without_a_bundle_no_registry_is_asked_for_a_cache() -> None:
    assert bundled.with_cache({"lab/a:current": {"context": "."}}, ["lab/b:current-bundled"]) == {
        "lab/a:current": {"context": "."}
    }


def test_an_image_for_a_bundle_has_both_tags_and_its_cache_within() -> None:
    found = bundled.for_bundle({"lab/a:seed": {"context": ".", "tags": ["lab/a:seed"]}})
    assert found["lab/a:seed"]["tags"] == ["lab/a:seed", "lab/a:seed-bundled"]
    assert found["lab/a:seed"]["cache-to"] == ["type=inline"]


def test_every_build_looks_for_the_images_of_a_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker_that(tmp_path, monkeypatch, f'[ "$1" = image ] && echo lab/a:seed-bundled || cp "$4" {tmp_path}/seen.json')
    assert bundled.present() == {"lab/a:seed-bundled"}
    images.bake({"lab/a:seed": {"context": "/src"}, "lab/b:seed": {"context": "/src"}}, say=lambda _text: None)
    assert (tmp_path / "seen.json").read_text().count("cache-from") == 1


def test_an_engine_that_does_not_answer_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker_that(tmp_path, monkeypatch, "exit 1")
    assert bundled.present() == frozenset()
