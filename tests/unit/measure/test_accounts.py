from dataclasses import dataclass
from typing import cast

import pytest

from lab.host import cgroups
from lab.host.cgroups import Counted, Group
from lab.measure import accounts
from lab.measure.accounts import Accounts
from lab.model import ForeignCpu, TierUse


@dataclass
class FakeGroup:
    """A control group that is told what it has used."""

    used_ns: int = 0
    threads: tuple[tuple[int, int], ...] = ()

    def cpu_ns(self) -> int:
        return self.used_ns

    def read(self) -> Counted:
        return Counted(cpu_ns=self.used_ns)

    def running_ns(self) -> dict[int, int]:
        return dict(self.threads)


class Clocks:
    """The monotonic clock and that of the cores, set by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at_s = 100.0
        self.busy_ns: int | None = 10**9
        monkeypatch.setattr("time.monotonic", lambda: self.at_s)
        monkeypatch.setattr("time.sleep", self.pass_by)
        monkeypatch.setattr(cgroups, "busy_ns", lambda _cpus: self.busy_ns)

    def pass_by(self, seconds: float) -> None:
        self.at_s += seconds


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    return Clocks(monkeypatch)


def make_accounts(app: FakeGroup, load: FakeGroup | None = None, *, shared: bool = False) -> Accounts:
    return Accounts(
        cpus=(0, 1), services={"app": [cast(Group, app)]}, load=cast(Group, load) if load else None, shared=shared
    )


def test_what_the_containers_of_the_run_do_not_explain_is_foreign(clocks: Clocks) -> None:
    app = FakeGroup()
    books = make_accounts(app, FakeGroup())
    books.now()
    clocks.at_s, clocks.busy_ns, app.used_ns = 105.0, 10**9 + 8 * 10**9, 7 * 10**9
    books.now()
    assert books.foreign(idle_share=0.01) == ForeignCpu(capacity_s=10.0, unexplained_s=1.0, idle_share=0.01)
    assert books.foreign(idle_share=None) is None


def test_a_load_on_the_same_cores_is_no_stranger_to_them(clocks: Clocks) -> None:
    app, load = FakeGroup(), FakeGroup()
    books = make_accounts(app, load, shared=True)
    books.now()
    clocks.at_s, clocks.busy_ns, app.used_ns, load.used_ns = 105.0, 9 * 10**9, 7 * 10**9, 10**9
    books.now()
    assert books.foreign(idle_share=0.0) == ForeignCpu(capacity_s=10.0, unexplained_s=0.0, idle_share=0.0)


def test_where_the_kernel_does_not_tell_nobody_knows_what_is_foreign(clocks: Clocks) -> None:
    clocks.busy_ns = None
    books = make_accounts(FakeGroup())
    books.now()
    books.now()
    assert books.foreign(idle_share=0.0) is None
    assert accounts.idle_share((0, 1), seconds=2.0) is None


def test_the_busiest_thread_of_the_load_counts_for_as_long_as_it_was_seen(clocks: Clocks) -> None:
    load = FakeGroup(threads=((7, 0), (8, 0)))
    books = make_accounts(FakeGroup(), load)
    books.now()
    clocks.at_s, load.threads = 103.0, ((7, 2_700_000_000), (8, 1_000_000_000), (9, 0))
    books.look()
    clocks.at_s, load.threads = 104.0, ((9, 1_000_000_000),)
    books.now()
    assert books.load_thread_share() == pytest.approx(0.9), "the third was there for too short a time"
    assert make_accounts(FakeGroup()).load is None


def test_a_load_whose_threads_cannot_be_seen_has_no_busiest_one(clocks: Clocks) -> None:
    books = make_accounts(FakeGroup())
    books.now()
    clocks.at_s = 105.0
    books.now()
    assert books.load_thread_share() is None


def test_the_baseline_is_what_is_used_while_the_lab_only_waits(clocks: Clocks, monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(seconds: float) -> None:
        clocks.at_s += seconds
        assert clocks.busy_ns is not None
        clocks.busy_ns += 40_000_000

    monkeypatch.setattr("time.sleep", wait)
    assert accounts.idle_share((0, 1), seconds=1.5) == pytest.approx(0.04 / 1.5 / 2)


def test_counters_are_told_as_what_was_added_and_a_peak_as_it_is() -> None:
    before = Counted(
        cpu_ns=10, oom_kills=0, peak_memory_bytes=70, switches={1: (5, 1)}, pressure_us={"cpu": 3, "io": 1}
    )
    after = Counted(
        cpu_ns=25, oom_kills=1, peak_memory_bytes=90, switches={1: (9, 1), 2: (3, 2)}, pressure_us={"cpu": 8, "io": 1}
    )
    assert accounts.use(before, after) == TierUse(
        cpu_ns=15,
        oom_kills=1,
        peak_memory_bytes=90,
        voluntary_switches=7,
        involuntary_switches=2,
        pressure_us={"cpu": 5, "io": 0},
    )


def test_counters_that_began_anew_or_were_not_read_are_unknown() -> None:
    found = accounts.use(Counted(cpu_ns=10, user_ns=5), Counted(cpu_ns=3))
    assert (found.cpu_ns, found.user_ns, found.voluntary_switches, found.pressure_us) == (None, None, None, None)


def test_a_service_of_several_containers_is_counted_as_their_sum_and_only_if_all_are_seen() -> None:
    one, other = FakeGroup(), FakeGroup()
    one.used_ns, other.used_ns = 3, 4
    groups = [cast(Group, one), cast(Group, other)]
    books = Accounts(cpus=(0,), services={"app": groups, "proxy": [*groups, None]}, load=None, shared=False)
    assert {service: counted.cpu_ns for service, counted in books.counted().items()} == {"app": 7}
