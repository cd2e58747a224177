import gzip
from pathlib import Path

import pytest

from lab.engine import saving
from lab.errors import HostError, LabError


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A client that does what a test writes into it; what it was called with is in `called`."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/bin:/usr/bin")
    return tmp_path / "bin/docker"


def does(docker: Path, script: str) -> None:
    docker.write_text(f'#!/bin/sh\necho "$@" >> {docker.parent}/called\n{script}\n')
    docker.chmod(0o755)


def called(docker: Path) -> list[str]:
    return (docker.parent / "called").read_text().splitlines()


def test_images_are_saved_together_and_compressed(docker: Path, tmp_path: Path) -> None:
    does(docker, 'echo "images: $@"')
    saving.save(["lab/a:current", "lab/b:seed"], tmp_path / "images.tar.gz")
    assert gzip.decompress((tmp_path / "images.tar.gz").read_bytes()) == b"images: save lab/a:current lab/b:seed\n"


def test_an_image_that_cannot_be_saved_is_said_with_dockers_words(docker: Path, tmp_path: Path) -> None:
    does(docker, "echo half; echo 'No such image: lab/a' >&2; exit 1")
    with pytest.raises(LabError, match="No such image: lab/a"):
        saving.save(["lab/a:current"], tmp_path / "images.tar.gz")


def test_an_archive_is_loaded(docker: Path, tmp_path: Path) -> None:
    does(docker, "exit 0")
    saving.load(tmp_path / "images.tar.gz")
    assert called(docker) == [f"load --quiet --input {tmp_path}/images.tar.gz"]
    does(docker, "echo 'unexpected EOF'; exit 1")
    with pytest.raises(HostError, match="unexpected EOF"):
        saving.load(tmp_path / "images.tar.gz")


def test_tags_go_also_when_the_block_is_interrupted(docker: Path) -> None:
    does(docker, "exit 1")
    with pytest.raises(KeyboardInterrupt), saving.untagged_after(["lab/a:seed-bundled"]):
        raise KeyboardInterrupt
    assert called(docker) == ["image rm --no-prune lab/a:seed-bundled"]


def test_nothing_is_untagged_where_there_was_nothing_new(docker: Path) -> None:
    does(docker, "exit 0")
    with saving.untagged_after([]):
        pass
    assert not (docker.parent / "called").exists()


def test_the_packages_of_an_image_are_asked_without_a_network(docker: Path) -> None:
    does(docker, "echo 'Package: dpkg'")
    assert saving.packages_in("debian:x") == "Package: dpkg\n"
    assert called(docker) == ["run --rm --network none debian:x cat /var/lib/dpkg/status"]
