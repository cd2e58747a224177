from dataclasses import replace
from typing import cast

import pytest

from lab.host import cgroups
from lab.host.cgroups import Group
from lab.measure import others
from lab.measure.others import Others
from lab.model import ForeignCpu
from tests.unit.measure.clocks import Clocks, FakeGroup
from tests.unit.measure.measure_fakes import make_rig
from tests.unit.unit_factories import make_budget
from tests.unit.unit_project import Answering


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    return Clocks(monkeypatch)


def test_what_the_containers_of_the_run_do_not_explain_is_foreign(clocks: Clocks) -> None:
    one, another = FakeGroup(), FakeGroup()
    seen = Others(cpus=(0, 1), own=[cast(Group, one), cast(Group, another)])
    seen.now()
    clocks.at_s, clocks.busy_ns, one.used_ns, another.used_ns = 105.0, 10**9 + 8 * 10**9, 5 * 10**9, 2 * 10**9
    seen.now()
    assert (seen.began_s, seen.ended_s) == (100.0, 105.0)
    assert seen.foreign(idle_share=0.01) == ForeignCpu(capacity_s=10.0, unexplained_s=1.0, idle_share=0.01)
    assert seen.foreign(idle_share=None) is None


@pytest.mark.parametrize("unseen", ["cores", "container"])
def test_where_the_kernel_does_not_tell_nobody_knows_what_is_foreign(clocks: Clocks, unseen: str) -> None:
    if unseen == "cores":
        clocks.busy_ns = None
    seen = Others(cpus=(0,), own=[cast(Group, FakeGroup()), *([None] if unseen == "container" else [])])
    seen.now()
    seen.now()
    assert seen.foreign(idle_share=0.0) is None
    assert (others.idle_share((0,), seconds=2.0) is None) == (unseen == "cores")


def test_a_load_is_no_stranger_to_the_cores_that_it_shares(server: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cgroups, "find", lambda container: container)
    rig, _ = make_rig(server)
    other = replace(rig, services={"alone": rig.services["app"]})
    apart, shared = (
        [*map(str, others.beside([rig, other], make_budget(placement=placement)).own)]
        for placement in ("isolated", "colocated")
    )
    assert apart == ["proxy", "app", "app"]
    assert shared == [*apart, "load"]


def test_the_baseline_is_what_is_used_while_the_lab_only_waits(clocks: Clocks, monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(seconds: float) -> None:
        clocks.at_s += seconds
        assert clocks.busy_ns is not None
        clocks.busy_ns += 40_000_000

    monkeypatch.setattr("time.sleep", wait)
    assert others.idle_share((0, 1), seconds=1.5) == pytest.approx(0.04 / 1.5 / 2)
