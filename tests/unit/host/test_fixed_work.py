import os
import subprocess
import sys
from itertools import islice

import pytest

from lab.host import core_speed, fixed_work


@pytest.mark.parametrize("name", fixed_work.PIECES)
def test_each_piece_of_work_takes_cpu_time_and_can_be_done_again(name: str) -> None:
    work = fixed_work.PIECES[name]()
    assert fixed_work.timed(work) > 0
    assert fixed_work.timed(work) > 0


def test_a_line_says_when_on_which_core_how_much_in_all_and_how_long_each_piece_took(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The cores take turns, and the pause is so long that the work stays below its share."""
    pinned: list[set[int]] = []
    slept: list[float] = []
    monkeypatch.setattr(fixed_work, "_beside", [])
    monkeypatch.setattr("os.sched_setaffinity", lambda _process, cpus: pinned.append(cpus))
    monkeypatch.setattr("time.sleep", slept.append)
    lines = [line.split() for line in islice(fixed_work.readings([3, 5], ["objects", "integers"]), 4)]
    assert [line[1] for line in lines] == ["3", "5", "3", "5"]
    assert pinned == [{3}, {5}, {3}, {5}]
    assert all(len(line) == 5 and int(line[3]) > 0 and int(line[4]) > 0 for line in lines)
    used_s = [(int(line[3]) + int(line[4])) / 1e9 for line in lines]
    assert all(pause >= used / fixed_work.SHARE for pause, used in zip(slept, used_s, strict=False))
    assert min(slept) >= fixed_work.EVERY_S


def test_a_larger_share_of_the_core_gives_readings_more_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_setaffinity", lambda _process, _cpus: None)
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    work = fixed_work.readings([0], ["integers"], share=0.5)
    used_s = [int(line.split()[3]) / 1e9 for line in islice(work, 3)]
    assert all(pause >= used / 0.5 for pause, used in zip(slept, used_s, strict=False))
    assert min(slept) < fixed_work.EVERY_S


def test_the_second_thread_of_a_piece_is_on_the_same_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fixed_work, "_beside", [])
    pinned: list[int] = []
    monkeypatch.setattr("os.sched_setaffinity", lambda thread, _cpus: pinned.append(thread))
    next(fixed_work.readings([0], ["switches"]))
    assert pinned == [0, *fixed_work._beside]
    assert len(pinned) == 2


def test_it_ends_when_nobody_reads_it_any_more() -> None:
    cpu = str(min(os.sched_getaffinity(0)))
    command = [sys.executable, "-I", "-S", str(core_speed.PROGRAM), cpu, "0.01", "integers"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().split()[1] == cpu
        process.stdout.close()
        assert process.wait(60) == 0
        assert process.stderr.read() == ""
