"""Some lessons of the workshop, played in short; `tests/soak` plays all, and all of each."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from docker import DockerClient

from tests.e2e.course import NOT_YET, Learner, play
from tests.e2e.driving import ROOT, Lab, labelled

pytestmark = pytest.mark.alone

PLAYED = (3, 5, 7, 8)
"""Beside the first, which two learners play at once."""


@pytest.fixture
def learner(tmp_path: Path, engine: DockerClient) -> Iterator[Callable[[str], Learner]]:
    """Learners by their names; whatever the test leaves up goes, with the images that were built for them."""
    met: dict[str, Learner] = {}

    def named(name: str) -> Learner:
        return met.setdefault(name, Learner(lab=Lab(root=ROOT), workspace=tmp_path, name=name))

    yield named
    for one in met.values():
        one.ok("stop")
        for image in engine.images.list():
            for tag in (tag for tag in image.tags if tag.endswith(f"-{one.name}")):
                engine.images.remove(tag)


@pytest.mark.parametrize("number", PLAYED)
def test_a_lesson_is_not_yet_then_solved_then_begun_anew(
    learner: Callable[[str], Learner], number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    seconds = play(learner("tester"), number, all_of_it=False)
    with capsys.disabled():
        print(f"\nlesson {number}: {seconds:.0f} s")


def test_two_learners_and_a_stack_brought_down_by_hand_do_not_disturb_a_lesson(
    learner: Callable[[str], Learner], engine: DockerClient
) -> None:
    ada, bob = learner("testera"), learner("testerb")
    ada.ok("start", "1")
    bob.ok("start", "1")
    up = {container.labels["com.docker.compose.project"] for container in labelled(engine)}
    assert {"lab-of-testera-hand-gunicorn-wsgi", "lab-of-testerb-hand-gunicorn-wsgi"} <= up
    bob.ok("solve", "1")
    ada.lab.ok("down", "testera-hand-gunicorn-wsgi")
    assert bob("check", "1").returncode == 0
    assert ada("check", "1").returncode == NOT_YET
    bob.ok("reset", "1")
    assert "nothing has been changed" in bob.ok("edit", "1")
