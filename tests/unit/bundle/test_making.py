import tarfile
from pathlib import Path
from typing import Any

import pytest

from lab.bundle import making, manifest, reading
from lab.bundle.manifest import Fit
from lab.errors import HostError, LabError
from lab.host.say import Say

FIT = Fit(architecture="amd64", system="debian 12", python="3.11")


def say(_text: str) -> None:
    pass


@pytest.fixture
def workshop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A place to make bundles in, where images, packages and wheels are small files that need no network."""

    def written(path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def images(_targets: object, to: Path, *, wait_s: float, say: Say) -> tuple[str, ...]:
        written(to, "images")
        return ("debian:bookworm-slim", "lab/a:current")

    class Ready:
        server = "26"

    monkeypatch.setattr("lab.deploy.bundling.save", images)
    monkeypatch.setattr(making, "_packages", lambda to, _scratch, **_say: written(to / "engine/d.deb", "deb"))
    monkeypatch.setattr(making, "_wheels", lambda _home, to, _scratch, **_say: written(to / "w.whl", "wheel"))
    monkeypatch.setattr(manifest, "this_machine", lambda: FIT)
    monkeypatch.setattr("lab.engine.probe.require", lambda: Ready)
    (tmp_path / "home").mkdir()
    (tmp_path / "home/README.md").write_text("the lab")
    return tmp_path


def make(place: Path) -> making.Bundle:
    return making.make(place / "home", {}, place / "out.tar", commit="abc", wait_s=0, say=say)


def test_an_archive_has_its_manifest_first_and_all_parts(workshop: Path) -> None:
    made = make(workshop)
    with tarfile.open(made.file) as tar:
        names = tar.getnames()
        assert {member.mode for member in tar.getmembers()} == {0o644}
    assert names[:3] == [f"lab-bundle/{name}" for name in ("manifest.json", "SHA256SUMS", "install.sh")]
    assert {*names[3:]} == {
        f"lab-bundle/{name}" for name in ("debs/engine/d.deb", "images.tar.gz", "project.tar.gz", "wheels/w.whl")
    }
    assert made.bytes == made.file.stat().st_size
    assert made.bytes_of()["debs"] == 3
    assert reading.described(made.file) == made.manifest
    assert reading.damaged(made.file) == []


def test_more_than_two_gigabytes_are_refused_and_leave_nothing(workshop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "MOST_BYTES", 5)
    with pytest.raises(LabError, match="GB are the most"):
        make(workshop)
    assert [path.name for path in workshop.iterdir()] == ["home"]


def test_ctrl_c_leaves_what_was_there_and_nothing_else(workshop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (workshop / "out.tar").write_text("an older one")

    def interrupted(*_arguments: Any, **_options: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(making, "_wheels", interrupted)
    with pytest.raises(KeyboardInterrupt):
        make(workshop)
    assert sorted(path.name for path in workshop.iterdir()) == ["home", "out.tar"]
    assert (workshop / "out.tar").read_text() == "an older one"


def test_without_room_nothing_is_begun(workshop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage:
        free = 1_000_000_000

    monkeypatch.setattr("lab.bundle.reading.shutil.disk_usage", lambda _folder: Usage)
    with pytest.raises(HostError, match=r"4\.0 GB are needed, 1\.0 GB are free"):
        make(workshop)


def test_a_folder_that_is_not_there_is_said_to_be_missing(workshop: Path) -> None:
    with pytest.raises(HostError, match="no such folder"):
        making.require_makeable(workshop / "no/where.tar", FIT)


def test_another_system_makes_no_bundle(workshop: Path) -> None:
    with pytest.raises(HostError, match=r"this is ubuntu 24\.04, and bundles are made on debian 12"):
        making.require_makeable(workshop / "x.tar", Fit(architecture="amd64", system="ubuntu 24.04", python="3.12"))


def test_a_system_without_python_makes_no_bundle(workshop: Path) -> None:
    with pytest.raises(HostError, match="no Python of its own"):
        making.require_makeable(workshop / "x.tar", Fit(architecture="amd64", system="debian 12", python=""))


def test_the_script_is_filled_in() -> None:
    text = making.script(FIT, weight=1024)
    assert "SYSTEM='debian 12'" in text
    assert "NEEDED_KIB='4'" in text
    assert "@" not in text.replace('"$@"', "")


def test_a_bundle_is_called_after_its_machines() -> None:
    assert str(making.default_name(FIT)) == "lab-bundle-debian12-amd64.tar"
