import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from lab.bundle import manifest
from lab.bundle.manifest import Fit, Manifest
from lab.errors import HostError, InvalidFile

HERE = Fit(architecture="amd64", system="debian 12", python="3.11")


def made(*parts: manifest.BundlePart) -> Manifest:
    return Manifest(
        lab="0.1.0",
        commit="abc",
        made_at="2026-11-28T00:00:00Z",
        fit=HERE,
        versions={"docker": "26.1.5"},
        images=("debian:bookworm-slim",),
        parts=parts,
    )


def test_a_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "debs").mkdir()
    (tmp_path / "debs/a.deb").write_bytes(b"packages")
    wanted = made(manifest.part(tmp_path / "debs/a.deb", tmp_path))
    assert wanted.parts[0].path == "debs/a.deb"
    assert wanted.parts[0].bytes == 8
    assert manifest.read(wanted.text(), where="x") == wanted


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}', '{"format": 1, "parts": [{"path": 1}]}'])
def test_what_is_no_manifest_is_said_to_be_none(text: str) -> None:
    with pytest.raises(InvalidFile, match=r"x\.tar"):
        manifest.read(text, where="x.tar")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"architecture": "arm64"}, "it is for amd64, and this is arm64"),
        ({"system": "debian 13"}, "it is for debian 12, and this is debian 13"),
        ({"python": "3.13"}, "it is for Python 3.11, and this is 3.13"),
    ],
)
def test_another_kind_of_machine_is_refused_in_words(change: dict[str, str], said: str) -> None:
    manifest.require_fit(HERE, HERE)
    with pytest.raises(HostError, match=said):
        manifest.require_fit(HERE, replace(HERE, **change))


def test_all_that_differs_is_said_at_once() -> None:
    with pytest.raises(HostError, match=r"amd64.*debian 12"):
        manifest.require_fit(HERE, replace(HERE, architecture="arm64", system="ubuntu 24.04"))


def test_the_checksums_are_those_that_sha256sum_reads(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "b c").write_bytes(b"2")
    parts = [manifest.part(tmp_path / name, tmp_path) for name in ("a", "b c")]
    (tmp_path / "SUMS").write_text(manifest.sums(parts))
    check = ["sha256sum", "--quiet", "--check", "SUMS"]
    assert subprocess.run(check, cwd=tmp_path, check=False).returncode == 0
    (tmp_path / "b c").write_bytes(b"3")
    assert subprocess.run(check, cwd=tmp_path, check=False, capture_output=True).returncode == 1


def test_a_machine_is_known_by_its_own_files(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/os-release").write_text('ID=debian\nVERSION_ID="12"\n')
    found = manifest.this_machine(tmp_path)
    assert (found.system, found.python) == ("debian 12", "")
    python = tmp_path / "usr/bin/python3"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\necho 3.11\n")
    python.chmod(0o755)
    assert manifest.this_machine(tmp_path).python == "3.11"
