import pytest

from lab.errors import Unhealthy
from lab.measure import settle
from tests.unit.measure.measure_fakes import make_rig
from tests.unit.unit_factories import Answering, make_workload

READY = make_workload(name="ready", path="/ready", body="ready")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settle, "LOOK_S", 0.01)
    monkeypatch.setattr(settle, "PATIENCE_S", 0.1)
    monkeypatch.setattr(settle, "RESTART_S", 0.05)


def test_an_idle_stack_that_answers_is_left_alone(server: Answering) -> None:
    rig, done = make_rig(server)
    assert settle.settle(rig, make_workload(), delay_s=0, ready=READY) is False
    assert done == []


def test_a_stack_that_goes_on_working_is_restarted(server: Answering) -> None:
    rig, done = make_rig(server, cpu_s=0.01)
    assert settle.settle(rig, make_workload(), delay_s=0, ready=READY) is True
    assert done == ["restart app", "restart proxy"]


def test_an_idle_stack_that_answers_wrongly_is_restarted(server: Answering) -> None:
    server.answers["/health"] = (503, "text/plain", "busy")
    rig, done = make_rig(server)
    assert settle.settle(rig, make_workload(), delay_s=0, ready=READY) is True
    assert done


def test_a_stack_that_does_not_come_back_is_unhealthy(server: Answering) -> None:
    server.answers.clear()
    rig, _ = make_rig(server)
    with pytest.raises(Unhealthy, match="after a restart") as caught:
        settle.settle(rig, make_workload(), delay_s=0, ready=READY)
    assert "/ready" in (caught.value.where or "")
