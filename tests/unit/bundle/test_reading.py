import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from lab.bundle import making, manifest, reading
from lab.bundle.manifest import Fit, Manifest
from lab.errors import HostError, InvalidFile, LabError

PARTS = {"images.tar.gz": b"images" * 100, "wheels/a.whl": b"wheel"}


HALF = """trap 'rm -r "$1"; exit 130' TERM
mkdir "$1"
{then}
while :; do sleep 0.1; done
"""


def say(_text: str) -> None:
    pass


def bundle(folder: Path, fit: Fit, *, script: str = "exit 0\n") -> Path:
    """A small archive of the right shape, whose script does what a test wants."""
    parts = folder / "lab-bundle"
    for name, content in {**PARTS, "install.sh": script.encode()}.items():
        (parts / name).parent.mkdir(parents=True, exist_ok=True)
        (parts / name).write_bytes(content)
    made = Manifest(
        lab="0",
        commit="abc",
        made_at="now",
        fit=fit,
        versions={},
        images=(),
        parts=tuple(manifest.part(parts / name, parts) for name in (*PARTS, "install.sh")),
    )
    making._archive(folder, made, folder / "b.tar")
    return folder / "b.tar"


@pytest.fixture
def here() -> Fit:
    return manifest.this_machine()


def test_a_whole_bundle_is_installed_by_its_own_script(tmp_path: Path, here: Fit) -> None:
    archive = bundle(tmp_path, here, script='cat "$(dirname "$0")/wheels/a.whl" > "$1"\n')
    target = tmp_path / "new" / "lab"
    reading.install(archive, target, say=say)
    assert target.read_bytes() == b"wheel"
    assert [path.name for path in target.parent.iterdir()] == ["lab"]


def test_what_the_script_refuses_is_a_failure_and_leaves_nothing(tmp_path: Path, here: Fit) -> None:
    archive = bundle(tmp_path, here, script="exit 3\n")
    with pytest.raises(LabError, match="exit code 3"):
        reading.install(archive, tmp_path / "new" / "lab", say=say)
    assert list((tmp_path / "new").iterdir()) == []


def test_ctrl_c_waits_until_the_script_has_taken_back_what_is_half(tmp_path: Path, here: Fit) -> None:
    half = HALF.format(then="kill -INT $PPID")
    with pytest.raises(KeyboardInterrupt):
        reading.install(bundle(tmp_path, here, script=half), tmp_path / "new" / "lab", say=say)
    assert list((tmp_path / "new").iterdir()) == []


def test_ctrl_c_while_the_script_starts_ends_it_too(tmp_path: Path, here: Fit, ctrl_c_at_once: list[Any]) -> None:
    with pytest.raises(KeyboardInterrupt):
        reading.install(bundle(tmp_path, here, script=HALF.format(then="")), tmp_path / "new" / "lab", say=say)
    (script,) = ctrl_c_at_once
    assert script.poll() is not None


def test_a_bundle_for_other_machines_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    archive = bundle(tmp_path, Fit(architecture="pdp11", system="debian 12", python="3.11"))
    with pytest.raises(HostError, match="pdp11"):
        reading.install(archive, tmp_path / "new" / "lab", say=say)
    assert not (tmp_path / "new").exists()


def test_damaged_parts_are_named_before_anything_is_written(tmp_path: Path, here: Fit) -> None:
    archive = bundle(tmp_path, here)
    content = archive.read_bytes()
    archive.write_bytes(content.replace(PARTS["images.tar.gz"], b"imagined"[:1] * 600))
    assert reading.damaged(archive) == ["images.tar.gz: its content has changed"]
    with pytest.raises(InvalidFile, match=r"images\.tar\.gz"):
        reading.install(archive, tmp_path / "new" / "lab", say=say)
    assert not (tmp_path / "new").exists()


def test_an_archive_that_was_cut_off_says_what_it_lost(tmp_path: Path, here: Fit) -> None:
    archive = bundle(tmp_path, here)
    with tarfile.open(archive) as tar:
        last = tar.getmember("lab-bundle/wheels/a.whl")
    archive.write_bytes(archive.read_bytes()[: last.offset])
    assert "wheels/a.whl: is missing, or cut off" in reading.damaged(archive)


@pytest.mark.parametrize("content", [b"", b"no archive at all" * 100])
def test_what_is_no_archive_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.tar").write_bytes(content)
    with pytest.raises(InvalidFile, match=r"x\.tar"):
        reading.described(tmp_path / "x.tar")


def test_another_archive_is_no_bundle(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    with tarfile.open(tmp_path / "x.tar", "w") as tar:
        tar.add(tmp_path / "a", arcname="a")
    with pytest.raises(InvalidFile, match="no bundle of the lab"):
        reading.described(tmp_path / "x.tar")


# --- the script that lies in it --------------------------------------------------------------------------------------


def unpacked(folder: Path, fit: Fit) -> Path:
    """A folder as `tar` leaves it, with the real script."""
    parts = folder / "lab-bundle"
    parts.mkdir()
    (parts / "images.tar.gz").write_bytes(b"images")
    (parts / "install.sh").write_text(making.script(fit, weight=1))
    found = [manifest.part(parts / name, parts) for name in ("images.tar.gz", "install.sh")]
    (parts / "SHA256SUMS").write_text(manifest.sums(found))
    return parts


def run_script(parts: Path, target: Path) -> subprocess.CompletedProcess[str]:
    argv = ["sh", str(parts / "install.sh"), str(target)]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"architecture": "pdp11"}, "the bundle is for pdp11, and this machine is"),
        ({"system": "debian 3"}, "the bundle is for debian 3, and this is"),
        ({"python": "2.7"}, "the bundle is for Python 2.7, and this one is"),
    ],
)
def test_the_script_refuses_another_machine(tmp_path: Path, here: Fit, wrong: dict[str, str], said: str) -> None:
    fit = Fit(**{"architecture": here.architecture, "system": here.system, "python": here.python, **wrong})
    done = run_script(unpacked(tmp_path, fit), tmp_path / "lab")
    assert (done.returncode, said in done.stderr, "next:" in done.stderr) == (3, True, True), done.stderr
    assert not (tmp_path / "lab").exists()


def test_the_script_names_a_damaged_part(tmp_path: Path, here: Fit) -> None:
    parts = unpacked(tmp_path, here)
    (parts / "images.tar.gz").write_bytes(b"imagined")
    done = run_script(parts, tmp_path / "lab")
    assert (done.returncode, "images.tar.gz: FAILED" in done.stderr) == (3, True), done.stderr
    assert not (tmp_path / "lab").exists()


def test_the_script_writes_into_no_folder_that_is_there(tmp_path: Path, here: Fit) -> None:
    (tmp_path / "lab").mkdir()
    done = run_script(unpacked(tmp_path, here), tmp_path / "lab")
    assert (done.returncode, "is there already" in done.stderr) == (3, True), done.stderr
