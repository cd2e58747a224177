import os
import signal

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


def test_afterwards_ctrl_c_is_what_it_was() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ValueError, match="inside"), uninterrupted():
        raise ValueError("inside")
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
