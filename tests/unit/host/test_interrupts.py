import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from lab.host.interrupts import begun, postponed, told, uninterrupted


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_block_is_finished_although_somebody_presses_ctrl_c_and_is_told_why(
    number: signal.Signals, capsys: pytest.CaptureFixture[str]
) -> None:
    steps = []
    with uninterrupted():
        steps.append("begun")
        os.kill(os.getpid(), number)
        steps.append("finished")
    assert steps == ["begun", "finished"]
    assert "taking down what was started" in capsys.readouterr().err


@pytest.fixture
def pressed() -> Iterator[list[int]]:
    """Whose turn it was when Ctrl-C was pressed outside of a block."""
    numbers: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: numbers.append(number))
    yield numbers
    signal.signal(signal.SIGINT, before)


def test_afterwards_ctrl_c_is_what_it_was(pressed: list[int]) -> None:
    with pytest.raises(ValueError, match="inside"), uninterrupted():
        raise ValueError("inside")
    os.kill(os.getpid(), signal.SIGINT)
    assert pressed == [signal.SIGINT]


@pytest.fixture
def as_interrupts() -> Iterator[None]:
    """Both signals raise KeyboardInterrupt, as in the program."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, signal.default_int_handler) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_ctrl_c_meets_while_it_starts_is_ended(number: signal.Signals, as_interrupts: None) -> None:
    steps = []

    def begin() -> str:
        os.kill(os.getpid(), number)
        steps.append("begun")
        return "it"

    with pytest.raises(KeyboardInterrupt), begun(begin, end=lambda started: steps.append(f"ended {started}")):
        steps.append("used")
    assert steps == ["begun", "ended it"]


def test_what_was_begun_is_ended_after_its_block_whether_it_fails_or_not() -> None:
    ended: list[str] = []
    with begun(lambda: "first", end=ended.append) as first:
        assert first == "first"
    with pytest.raises(ValueError, match="inside"), begun(lambda: "second", end=ended.append):
        raise ValueError("inside")
    assert ended == ["first", "second"]


def test_what_did_not_begin_has_no_end() -> None:
    ended: list[int] = []
    with pytest.raises(ZeroDivisionError), begun(lambda: 1 // 0, end=ended.append):
        raise AssertionError
    assert ended == []


def test_ctrl_c_pressed_twice_comes_once_after_the_block(pressed: list[int]) -> None:
    with postponed():
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        assert pressed == []
    assert pressed == [signal.SIGINT]


def test_in_a_thread_no_signal_comes_that_could_wait(pressed: list[int]) -> None:
    def in_a_thread() -> bool:
        before = signal.getsignal(signal.SIGINT)
        with postponed():
            return signal.getsignal(signal.SIGINT) == before

    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(in_a_thread).result()


def test_whoever_presses_ctrl_c_is_told_once_that_what_was_started_is_taken_down() -> None:
    said: list[str] = []
    with pytest.raises(KeyboardInterrupt), told(said.append), told(said.append):
        raise KeyboardInterrupt
    assert said == ["taking down what was started; a moment …"]


def test_what_ends_a_block_otherwise_is_not_talked_of() -> None:
    said: list[str] = []
    with pytest.raises(ValueError, match="inside"), told(said.append):
        raise ValueError("inside")
    with told(said.append):
        pass
    assert said == []
