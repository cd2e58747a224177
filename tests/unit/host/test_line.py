import subprocess
import sys

import pytest

from lab.errors import HostBusy
from lab.host import line, session

STAND = "from lab.host import line\nwith line.place():\n    print('standing', flush=True)\n    input()\n"


def another() -> subprocess.Popen[str]:
    """A process that stands in line until it is killed."""
    process = subprocess.Popen([sys.executable, "-c", STAND], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "standing\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    with process:
        process.wait()


def test_who_came_later_waits_for_who_came_before_and_not_the_other_way_round() -> None:
    with line.place() as mine_is_first:
        later = another()
        assert mine_is_first()
        end(later)


def test_a_place_is_free_when_its_process_is_killed() -> None:
    earlier, next_one = another(), another()
    with line.place() as is_first:
        assert not is_first()
        end(earlier)
        assert not is_first()
        end(next_one)
        assert is_first()


def test_a_turn_that_is_free_is_not_taken_from_who_waits_for_it() -> None:
    waiting = another()
    with pytest.raises(HostBusy) as caught, session.turn():
        pass
    assert caught.value.where == "others came first"
    end(waiting)
    with session.turn():
        pass


def test_who_has_the_turn_stands_in_line_no_more() -> None:
    with session.turn(), line.place() as is_first:
        assert is_first()
