import os
import signal
from collections.abc import Iterator

import pytest

from lab.host.interrupts import uninterrupted


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
