from typing import cast

import pytest

from lab.host.cgroups import Counted, Group
from lab.measure import accounts
from lab.measure.accounts import Accounts
from lab.measure.others import Others
from lab.model import TierUse
from tests.unit.measure.clocks import Clocks, FakeGroup


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    return Clocks(monkeypatch)


def make_accounts(app: FakeGroup, load: FakeGroup | None = None) -> Accounts:
    group = cast(Group, app)
    return Accounts(
        others=Others(cpus=(0, 1), own=[group]), services={"app": [group]}, load=cast(Group, load) if load else None
    )


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
    books = Accounts(
        others=Others(cpus=(0,), own=groups), services={"app": groups, "proxy": [*groups, None]}, load=None
    )
    assert {service: counted.cpu_ns for service, counted in books.counted().items()} == {"app": 7}
