"""A bundle sets up a bare Debian without any network, and a lesson is played there, builds included."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker import DockerClient

from lab.engine.base import BASE
from tests.e2e.course import NOT_YET
from tests.e2e.driving import LAB, PATIENCE_S, ROOT

BARE = Path(__file__).with_name("bare.sh")
MOST_BYTES = 2_000_000_000
pytestmark = pytest.mark.timeout(7200)

SETUP = """\
set -e
test "$(wc -l < /proc/net/route)" = 1  # the heading: there is no route
if command -v python3 || command -v docker; then exit 9; fi  # it is as bare as it should be
tar xf bundle.tar && sh lab-bundle/install.sh /root/lab"""
PLAY = """\
set -e
cd /root/lab
lab=.venv/bin/lab
$lab engine up
judged() {
    code=0
    $lab lesson check $1 || code=$?
    echo "lesson $1: check $code"
}
for lesson in 1 5; do
    $lab lesson start $lesson
    set -- 6 "a sleep stops the thread"
    while $lab lesson predict --answer "$1" --reason "$2" --sure 80 | tee /dev/stderr | grep -q "left$"; do
        set -- 1 "the patch makes every sleep give way"
    done
    $lab lesson observe $lesson
    judged $lesson
    $lab lesson solve $lesson
    judged $lesson
    $lab lesson stop
done"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle as a teacher makes it."""
    file = tmp_path_factory.mktemp("bundle") / "bundle.tar"
    subprocess.run([LAB, "bundle", str(file), "--wait", str(PATIENCE_S)], cwd=ROOT, check=True)
    return file


@pytest.fixture(scope="module")
def machine(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The files of a Debian that has nothing but the base image's packages, with the bundle in the home of root."""
    root = tmp_path_factory.mktemp("machine")
    name = "lab-bare-machine"
    subprocess.run(["docker", "create", "--name", name, BASE, "true"], check=True, capture_output=True)
    try:
        with subprocess.Popen(["docker", "export", name], stdout=subprocess.PIPE) as export:
            subprocess.run(["tar", "-x", "-C", str(root)], stdin=export.stdout, check=True)
    finally:
        subprocess.run(["docker", "rm", name], check=True, capture_output=True)
    shutil.copy(bundle, root / "root/bundle.tar")
    yield root
    shutil.rmtree(root)


def there(machine: Path, script: str) -> subprocess.CompletedProcess[str]:
    """A script on that machine; what it starts ends with it."""
    return subprocess.run(
        ["sh", str(BARE), str(machine), "sh", "-c", script],
        env={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_bundle_is_small_enough_and_whole(bundle: Path) -> None:
    assert bundle.stat().st_size < MOST_BYTES
    done = subprocess.run([LAB, "bundle", "verify", str(bundle)], capture_output=True, text=True, check=True)
    assert "whole: " in done.stdout


def test_a_bare_machine_without_a_network_plays_lessons(machine: Path) -> None:
    done = there(machine, SETUP)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "done. Next: cd /root/lab" in done.stderr
    done = there(machine, PLAY)
    assert done.returncode == 0, done.stdout + done.stderr
    print(done.stdout)
    judged = [line for line in done.stdout.splitlines() if ": check " in line]
    assert judged == [f"lesson {number}: check {code}" for number in (1, 5) for code in (NOT_YET, 0)], done.stdout


def test_the_teachers_engine_keeps_no_second_tags(bundle: Path, engine: DockerClient) -> None:
    tags = [tag for image in engine.images.list() for tag in image.tags]
    assert [tag for tag in tags if tag.endswith("-bundled")] == []
