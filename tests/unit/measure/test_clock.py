import time

import pytest

from lab.measure.clock import PHASES, Clock


def test_phases_add_up_and_gaps_count_to_the_total() -> None:
    clock = Clock()
    for _ in range(2):
        with clock.phase("load"):
            time.sleep(0.02)
    time.sleep(0.02)
    spent = clock.phases()
    assert 0.04 <= spent["load"] < spent["total"]
    assert spent["total"] >= 0.06
    assert [*spent] == [*PHASES, "total"]


def test_a_resumed_run_goes_on_from_what_it_had_spent() -> None:
    spent = Clock({"load": 100.0, "total": 130.0}).phases()
    assert spent["load"] == 100.0
    assert spent["total"] >= 130.0


def test_a_phase_that_fails_is_counted() -> None:
    clock = Clock()

    def fail() -> None:
        time.sleep(0.01)
        raise ValueError("inside")

    with pytest.raises(ValueError, match="inside"), clock.phase("start"):
        fail()
    assert clock.phases()["start"] >= 0.01
