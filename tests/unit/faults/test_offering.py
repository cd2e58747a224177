import json
import threading
from collections.abc import Callable
from typing import cast

import pytest

from lab.errors import LabError
from lab.faults.offering import SLICE_S, Offering, _Slice
from lab.load import protocol
from lab.load.protocol import Command
from lab.measure.rig import Rig
from tests.unit.faults.faults_fakes import make_ended, make_mix
from tests.unit.load.test_pace import printed, report

PATIENCE_S = 30
MIX = make_mix()


class FakeRig:
    """A load container in which each slice is over at once, or fails; notes what it was told."""

    url = "http://app:8080"

    def __init__(self, *, slices: int = 3, fails: bool = False, told: int = 1) -> None:
        self.slices = slices
        self.fails = fails
        self.told = told
        self.commands: list[Command] = []
        self.all_there = threading.Event()

    def offer(self, command: Command, *, on_line: Callable[[str], None]) -> str:
        if self.fails:
            raise LabError("the load tool failed")
        self.commands.append(command)
        on_line("cpu 1 2 3")
        on_line(protocol.RAMP_OVER)
        line = {"number": 0, "place": 0, "due_us": 0, "end_us": 10, "end": "answered", "status": 200}
        if len(self.commands) == self.slices:
            self.all_there.set()
            self.done.wait(PATIENCE_S)
        on_line(protocol.LOAD_OVER)
        return printed(f"each {json.dumps(line)}", report(offered=self.told))

    done = threading.Event()


def offering(rig: FakeRig) -> Offering:
    return Offering(cast(Rig, rig), MIX, rate=40, seed=7)


def ends_when_it_is_enough(offered: Offering, rig: FakeRig) -> None:
    """The last slice is under way when it is enough, and none follows it."""
    offered._enough.wait(PATIENCE_S)
    rig.done.set()


def test_slices_follow_each_other_until_it_is_enough() -> None:
    rig = FakeRig()
    rig.done = threading.Event()
    offered = offering(rig)
    with offered.at_work(first_s=12):
        assert rig.all_there.wait(PATIENCE_S)
        assert offered.now_s() >= 0
        threading.Thread(target=ends_when_it_is_enough, args=(offered, rig)).start()
    assert [command.argv[-2] for command in rig.commands] == ["40:12s", f"40:{SLICE_S:g}s", f"40:{SLICE_S:g}s"]
    assert len(offered.ended) == 3
    assert offered.covered_s >= SLICE_S


def test_each_slice_has_another_seed_and_tells_of_each_request() -> None:
    rig = FakeRig(slices=2)
    rig.done = threading.Event()
    offered = offering(rig)
    with offered.at_work(first_s=5):
        assert rig.all_there.wait(PATIENCE_S)
        threading.Thread(target=ends_when_it_is_enough, args=(offered, rig)).start()
    seeds = [command.argv[command.argv.index("--seed") + 1] for command in rig.commands]
    assert seeds == ["7", "8"]
    assert all({"--each", "--again", "poisson"} <= {*command.argv} for command in rig.commands)


def test_what_is_known_reaches_to_the_first_slice_that_is_not_over() -> None:
    offered = offering(FakeRig())
    assert offered.covered_s == 0
    for number, end_s in ((0, 13.0), (2, 21.0), (1, 17.0)):
        offered._slices[number] = _Slice(begin_s=end_s - 4, end_s=end_s, ended=[make_ended(MIX, number=number)])
        assert offered.covered_s == {0: 13, 2: 13, 1: 21}[number]
    assert [one.number for one in offered.ended] == [0, 1, 2]


def test_a_load_that_fails_is_told_at_once() -> None:
    with pytest.raises(LabError, match="the load tool failed"), offering(FakeRig(fails=True)).at_work(first_s=5):
        pytest.fail("nothing is offered")


def test_requests_that_are_not_told_of_are_missed() -> None:
    rig = FakeRig(slices=1, told=2)
    rig.done = threading.Event()
    with pytest.raises(LabError, match="tells of 1 of 2 requests"), offering(rig).at_work(first_s=5):
        rig.done.set()


def test_nobody_waits_for_the_last_answers_after_ctrl_c() -> None:
    rig = FakeRig(slices=1)
    rig.done = threading.Event()

    def interrupted() -> None:
        with offering(rig).at_work(first_s=5):
            assert rig.all_there.wait(PATIENCE_S)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not rig.done.is_set(), "the slice is still under way"
    rig.done.set()
