import pytest

from lab.errors import Unhealthy
from lab.measure import settle
from lab.model import Burst, Request
from tests.unit.measure.measure_fakes import make_rig
from tests.unit.unit_factories import make_load, make_workload
from tests.unit.unit_project import Answering

READY = make_workload(name="ready", path="/ready", body="ready")
LOOP = make_load()
BURST = Burst(connections=10)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is to come to rest, or back, has all the time that a busy host may take."""
    monkeypatch.setattr(settle, "LOOK_S", 0.01)
    monkeypatch.setattr(settle, "PATIENCE_S", 60.0)
    monkeypatch.setattr(settle, "RESTART_S", 60.0)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """For stacks that never come to rest: there is nothing to wait for."""
    monkeypatch.setattr(settle, "PATIENCE_S", 0.1)


def test_an_idle_stack_that_answers_is_left_alone(server: Answering) -> None:
    rig, done = make_rig(server)
    assert settle.settle(rig, LOOP, make_workload(), delay_s=0, ready=READY) is False
    assert done == []


@pytest.mark.usefixtures("impatient")
def test_a_stack_that_goes_on_working_is_restarted(server: Answering) -> None:
    rig, done = make_rig(server, cpu_s=0.01)
    assert settle.settle(rig, LOOP, make_workload(), delay_s=0, ready=READY) is True
    assert done == ["restart app", "restart proxy"]


def test_a_stack_for_which_it_was_in_vain_to_wait_is_restarted_at_once(server: Answering) -> None:
    rig, done = make_rig(server)
    assert settle.settle(rig, LOOP, make_workload(), delay_s=0, ready=READY, in_vain=True) is True
    assert done == ["restart app", "restart proxy"]


@pytest.mark.usefixtures("impatient")
def test_an_idle_stack_that_answers_wrongly_is_restarted(server: Answering) -> None:
    server.answers["/health"] = (503, "text/plain", "busy")
    rig, done = make_rig(server)
    assert settle.settle(rig, LOOP, make_workload(), delay_s=0, ready=READY) is True
    assert done


@pytest.mark.usefixtures("impatient")
def test_a_stack_that_does_not_come_back_is_unhealthy(server: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settle, "RESTART_S", 0.05)
    server.answers.clear()
    rig, _ = make_rig(server)
    with pytest.raises(Unhealthy, match="after a restart") as caught:
        settle.settle(rig, LOOP, make_workload(), delay_s=0, ready=READY)
    assert "/ready" in (caught.value.where or "")


def test_after_a_burst_nothing_is_queued_so_the_slow_workload_is_not_asked(server: Answering) -> None:
    server.answers["/health"] = (503, "text/plain", "never asked")
    rig, done = make_rig(server)
    assert settle.settle(rig, BURST, make_workload(), delay_s=5, ready=READY) is False
    assert done == []


@pytest.mark.usefixtures("impatient")
def test_a_stack_that_goes_on_working_after_a_burst_is_restarted(server: Answering) -> None:
    rig, done = make_rig(server, cpu_s=0.01)
    assert settle.settle(rig, BURST, make_workload(), delay_s=5, ready=READY) is True
    assert done == ["restart app", "restart proxy"]


def test_where_one_probe_would_take_longer_than_a_restart_none_is_sent(server: Answering) -> None:
    server.answers["/health"] = (200, "text/plain", "ok")
    rig, done = make_rig(server)
    assert settle.settle(rig, LOOP, make_workload(), delay_s=settle.PATIENCE_S + 0.1, ready=READY) is True
    assert done == ["restart app", "restart proxy"]


def test_a_workload_of_many_requests_is_probed_with_its_first(server: Answering) -> None:
    workload = make_workload(requests=(Request(path="/health", body="ok"), Request(path="/nowhere", body="ok")))
    rig, _ = make_rig(server)
    assert settle.settle(rig, LOOP, workload, delay_s=0, ready=READY) is False
