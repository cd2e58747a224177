from collections.abc import Callable

import pytest

from tests.e2e.conftest import learner
from tests.e2e.course import LESSONS, Learner, play

__all__ = ["learner"]
pytestmark = pytest.mark.timeout(7200)


@pytest.mark.parametrize("number", sorted(LESSONS))
def test_every_lesson_can_be_played(
    learner: Callable[[str], Learner], number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    seconds = play(learner("soaker"), number, all_of_it=True)
    with capsys.disabled():
        print(f"\nlesson {number}: {seconds:.0f} s")
