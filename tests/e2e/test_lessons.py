"""Some lessons of the workshop, played in short; `tests/soak` plays all, and all of each."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from docker import DockerClient

from tests.e2e.course import NOT_YET, Learner, play
from tests.e2e.driving import labelled

pytestmark = pytest.mark.alone  # some compare times

PLAYED = (5, 7, 8)
"""Beside the first, which two learners play at once. Checks of other lessons look at logs and at claims, too."""


@pytest.mark.parametrize("number", PLAYED)
def test_a_lesson_is_not_yet_then_solved_then_begun_anew(learner: Callable[[str], Learner], number: int) -> None:
    play(learner("tester"), number, all_of_it=False)


def test_two_learners_and_a_stack_brought_down_by_hand_do_not_disturb_a_lesson(
    learner: Callable[[str], Learner], engine: DockerClient
) -> None:
    ada, bob = learner("testera"), learner("testerb")
    with ThreadPoolExecutor() as both:  # at the same moment: each waits for the other where it must
        assert all(both.map(lambda who: who.ok("start", "1"), (ada, bob)))
    up = {container.labels["com.docker.compose.project"] for container in labelled(engine)}
    assert {"lab-of-testera-hand-gunicorn-wsgi", "lab-of-testerb-hand-gunicorn-wsgi"} <= up
    bob.ok("solve", "1")
    ada.lab.ok("down", "testera-hand-gunicorn-wsgi")
    for container in labelled(engine):
        if container.labels["com.docker.compose.project"].startswith("lab-of-testerb"):
            container.pause()  # as a `lab` leaves it that was killed while it froze one
    with ThreadPoolExecutor() as both:
        checked = both.map(lambda who: who("check", "1"), (ada, bob))
        assert [done.returncode for done in checked] == [NOT_YET, 0]
    bob.ok("reset", "1")
    assert "nothing has been changed" in bob.ok("edit", "1")
