import os
import time
from typing import Any, cast

import pytest
from docker.errors import NotFound
from docker.models.containers import Container

from lab.errors import EngineUnavailable, LabError
from lab.measure.evidence import engine, watch
from lab.measure.evidence.engine import EngineWords
from lab.measure.evidence.watch import Watched
from lab.model.evidence import Files, Look, TierLook
from tests.unit.diagnosis.diagnosis_scenes import make_task


class Watchable:
    """A container whose first process is this one."""

    def __init__(self, address: str = "198.19.0.2", *, pid: int | None = None) -> None:
        self.attrs: dict[str, Any] = {
            "State": {"Pid": os.getpid() if pid is None else pid, "Running": True, "OOMKilled": False},
            "NetworkSettings": {"Networks": {"one": {"IPAddress": address}, "two": {"IPAddress": f"{address}0"}}},
            "HostConfig": {"Sysctls": None, "CpusetCpus": "0,2-3"},
        }
        self.gone = False

    def reload(self) -> None:
        if self.gone:
            raise NotFound("gone")

    def stats(self, **_how: bool) -> dict[str, Any]:
        return {"cpu_stats": {"cpu_usage": {"total_usage": 1e9}}}


def watched(**containers: Watchable) -> Watched:
    found = cast("dict[str, Container]", containers)
    return Watched.of(found, found.items())


def test_a_container_is_known_by_its_first_process_and_all_its_addresses() -> None:
    found = watched(app=Watchable("198.19.0.2"), db=Watchable("198.19.0.3"))
    assert found.pids == {"app": os.getpid(), "db": os.getpid()}
    assert found.addresses == {
        "198.19.0.2": "app",
        "198.19.0.20": "app",
        "198.19.0.3": "db",
        "198.19.0.30": "db",
    }
    assert found.cpus == {0, 2, 3}


def test_a_look_sees_what_this_process_shows() -> None:
    look = watched(app=Watchable()).look(at_s=1.5)
    tier = look.tiers["app"]
    assert (look.at_s, tier.running, tier.cpu_s) == (1.5, True, 1.0)
    assert any(task.pid == os.getpid() for task in tier.tasks or ())
    assert tier.files is not None
    assert tier.sockets is not None
    assert "ListenOverflows" in tier.counters


def test_a_container_that_has_ended_is_seen_as_that() -> None:
    container = Watchable()
    found = watched(app=container)
    container.gone = True
    assert found.look(at_s=0).tiers["app"] == TierLook(running=False)


def test_the_traits_of_each_tier_are_told() -> None:
    assert watched(app=Watchable()).traits()["app"].ports == 28_232


def test_looks_are_taken_until_the_load_is_over() -> None:
    with watch.watching(watched(app=Watchable())) as looks:
        while not looks.taken:
            time.sleep(0.01)
        looks.end()
    assert [*looks.all()] == looks.taken


def test_an_engine_that_stops_telling_is_told_when_looks_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(_container: Container) -> EngineWords:
        raise EngineUnavailable("gone")

    found = watched(app=Watchable())
    monkeypatch.setattr(engine, "ask", lost)
    with watch.watching(found) as looks:
        pass
    with pytest.raises(LabError, match="gone"):
        list(looks.all())


def seen(**changes: Any) -> Look:
    given: dict[str, Any] = {"tasks": (make_task(),), "files": Files(pid=1, open=1, limit=2)}
    return Look(at_s=0, tiers={"app": TierLook(running=True, **given | changes)})


def test_what_is_not_shown_is_said() -> None:
    assert watch.blind(seen()) == ()
    assert watch.blind(seen(tasks=(make_task(call=None),))) == (watch.BLIND_TO_CALLS,)
    assert watch.blind(seen(files=None)) == (watch.BLIND_TO_FILES,)
    assert watch.blind(seen(tasks=None)) == (watch.BLIND_TO_PROCESSES,)
