import json
from pathlib import Path

import pytest

from lab.bundle import making, manifest, needed, reading
from lab.bundle.manifest import BundlePart, Fit, Manifest
from tests.unit.cli.cli_driving import Lab

FIT = Fit(architecture="amd64", system="debian 12", python="3.11")
MADE = Manifest(
    lab="0.1.0",
    commit="abc",
    made_at="2026-11-28T00:00:00Z",
    fit=FIT,
    versions={},
    images=("debian:bookworm-slim",),
    parts=(
        BundlePart(path="debs/engine/a.deb", bytes=2_000_000, sha256="0"),
        BundlePart(path="wheels/b.whl", bytes=500_000, sha256="0"),
    ),
)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, bool]]:
    """Where bundles were made, and whether of every stack."""
    calls: list[tuple[Path, bool]] = []
    every: list[bool] = []

    def targets(_catalog: object, *, table: str, everything: bool) -> dict[str, dict[str, object]]:
        assert table == "headline"
        every.append(everything)
        return {}

    def make(_home: Path, _targets: object, file: Path, **_options: object) -> making.Bundle:
        calls.append((file, every[-1]))
        return making.Bundle(file=file, bytes=2_500_000, manifest=MADE, seconds=90)

    monkeypatch.setattr(needed, "targets", targets)
    monkeypatch.setattr(making, "make", make)
    monkeypatch.setattr(manifest, "this_machine", lambda: FIT)
    return calls


@pytest.mark.parametrize(
    ("arguments", "name", "everything"),
    [
        ((), "lab-bundle-debian12-amd64.tar", False),
        (("x.tar",), "x.tar", False),
        (("make", "x.tar"), "x.tar", False),
        (("--all",), "lab-bundle-debian12-amd64.tar", True),
    ],
)
def test_without_a_verb_one_is_made(
    lab: Lab, made: list[tuple[Path, bool]], arguments: tuple[str, ...], name: str, everything: bool
) -> None:
    done = lab("bundle", *arguments)
    assert done.code == 0, done.err
    assert made == [(Path(name).absolute(), everything)]
    assert "debs    2.0" in done.out
    assert "2 MB in 1.5 min" in done.out
    assert f"tar xf {name} && sh lab-bundle/install.sh" in done.out


def test_as_json_it_has_its_manifest(lab: Lab, made: list[tuple[Path, bool]]) -> None:
    told = json.loads(lab("bundle", "--json").out)
    assert told["bytes_of"] == {"debs": 2_000_000, "wheels": 500_000}
    assert told["manifest"]["fit"]["system"] == "debian 12"


def test_verify_names_what_is_damaged_and_ends_with_2(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "b.tar").touch()
    monkeypatch.setattr(reading, "described", lambda _file: MADE)
    monkeypatch.setattr(reading, "damaged", lambda _file: [])
    done = lab("bundle", "verify", str(tmp_path / "b.tar"))
    assert (done.code, "whole: 2 parts, 1 images" in done.out) == (0, True)
    monkeypatch.setattr(reading, "damaged", lambda _file: ["wheels/b.whl: its content has changed"])
    done = lab("bundle", "verify", str(tmp_path / "b.tar"))
    assert (done.code, "wheels/b.whl: its content has changed" in done.err) == (2, True)
    told = lab("bundle", "verify", str(tmp_path / "b.tar"), "--json")
    assert (told.code, json.loads(told.out)["damaged"]) == (2, ["wheels/b.whl: its content has changed"])


def test_load_takes_a_folder_or_one_in_the_home(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "b.tar").touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    to: list[Path] = []
    monkeypatch.setattr(reading, "install", lambda _file, target, **_say: to.append(target))
    assert lab("bundle", "load", str(tmp_path / "b.tar")).code == 0
    assert lab("bundle", "load", str(tmp_path / "b.tar"), str(tmp_path / "x")).code == 0
    assert to == [tmp_path / "deployment-lab", tmp_path / "x"]


def test_a_file_that_is_not_there_is_a_usage_error(lab: Lab, tmp_path: Path) -> None:
    assert lab("bundle", "load", str(tmp_path / "none.tar")).code == 2
