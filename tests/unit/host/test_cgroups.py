from collections.abc import Mapping
from pathlib import Path

import pytest

from lab.host import cgroups
from lab.host.cgroups import Counted

ID = "0123abcd"
V1 = {
    f"cpuacct/docker/{ID}/cpuacct.usage": "7000\n",
    f"cpuacct/docker/{ID}/cpuacct.usage_user": "4000\n",
    f"cpuacct/docker/{ID}/cpuacct.usage_sys": "3000\n",
    f"cpuacct/docker/{ID}/cgroup.procs": "41\n42\n",
    f"cpu/docker/{ID}/cpu.stat": "nr_periods 9\nnr_throttled 2\nthrottled_time 1234\n",
    f"memory/docker/{ID}/memory.max_usage_in_bytes": "5000\n",
    f"memory/docker/{ID}/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n",
    "cpuacct/cpuacct.usage_percpu": "100 20 3 \n",
}
_V2 = f"system.slice/docker-{ID}.scope"
V2 = {
    "cgroup.controllers": "cpu memory\n",
    f"{_V2}/cpu.stat": "usage_usec 7\nuser_usec 4\nsystem_usec 3\nnr_throttled 2\nthrottled_usec 1\n",
    f"{_V2}/cgroup.procs": "41\n42\n",
    f"{_V2}/memory.peak": "5000\n",
    f"{_V2}/memory.events": "low 0\noom 4\noom_kill 3\n",
    f"{_V2}/cpu.pressure": "some avg10=0.00 avg60=0.00 avg300=0.00 total=77\nfull avg10=0.00 total=5\n",
}
_HEAD = "Inter-|   Receive\n face |bytes\n"
PROC = {
    "41/net/dev": _HEAD
    + "    lo: 9 0 0 0 0 0 0 0 9 0\n  eth0: 500 1 0 0 0 0 0 0 600 1\n  eth1:20 1 0 0 0 0 0 0 30 1\n",
    "41/task/41/status": "Name:\tserver\nvoluntary_ctxt_switches:\t10\nnonvoluntary_ctxt_switches:\t2\n",
    "41/task/41/schedstat": "1000 5 7\n",
    "41/task/43/status": "voluntary_ctxt_switches:\t1\nnonvoluntary_ctxt_switches:\t1\n",
    "41/task/43/schedstat": "3000 5 7\n",
    "stat": "cpu  9 9 9 9 9 9 9 9\ncpu0 100 20 3 999 999 4 5 77\ncpu1 1 0 0 9 9 0 0 0\n",
}


def lay_out(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    return lay_out(tmp_path / "proc", PROC)


def read(groups: Path, proc: Path) -> Counted:
    group = cgroups.find(ID, groups=groups, proc=proc)
    assert group is not None
    return group.read()


@pytest.mark.parametrize(
    ("layout", "folder", "used", "inactive"),
    [
        (V1, f"memory/docker/{ID}", "memory.usage_in_bytes", "total_inactive_file"),
        (V2, _V2, "memory.current", "inactive_file"),
    ],
)
def test_memory_that_the_kernel_could_drop_is_not_in_use(
    tmp_path: Path, layout: Mapping[str, str], folder: str, used: str, inactive: str
) -> None:
    group = cgroups.find(ID, groups=lay_out(tmp_path, layout))
    assert group is not None
    assert group.memory_bytes() is None
    lay_out(tmp_path, {f"{folder}/{used}": "900\n"})
    assert group.memory_bytes() == 900
    lay_out(tmp_path, {f"{folder}/memory.stat": f"cache 700\n{inactive} 600\n"})
    assert group.memory_bytes() == 300


def test_all_is_read_where_control_groups_are_of_v1(tmp_path: Path, proc: Path) -> None:
    assert read(lay_out(tmp_path / "groups", V1), proc) == Counted(
        cpu_ns=7000,
        user_ns=4000,
        system_ns=3000,
        throttled_ns=1234,
        peak_memory_bytes=5000,
        oom_kills=3,
        received_bytes=520,
        sent_bytes=630,
        pressure_us=None,
        switches={41: (10, 2), 43: (1, 1)},
        running_ns={41: 1000, 43: 3000},
    )


def test_all_is_read_where_they_are_of_v2_in_nanoseconds_too_with_the_pressure(tmp_path: Path, proc: Path) -> None:
    found = read(lay_out(tmp_path / "groups", V2), proc)
    assert (found.cpu_ns, found.user_ns, found.system_ns, found.throttled_ns) == (7000, 4000, 3000, 1000)
    assert (found.peak_memory_bytes, found.oom_kills, found.pressure_us) == (5000, 3, {"cpu": 77})


@pytest.mark.parametrize("layout", [V1, V2])
def test_what_cannot_be_read_is_unknown_and_not_0(tmp_path: Path, layout: Mapping[str, str]) -> None:
    bare = {name: "" for name in layout if name == "cgroup.controllers" or (ID in name and "procs" in name)}
    assert read(lay_out(tmp_path / "groups", bare), tmp_path) == Counted()
    assert cgroups.find("another", groups=tmp_path / "groups") is None
    assert cgroups.find("another", groups=tmp_path / "nowhere") is None


def test_a_peak_is_set_back_where_the_kernel_can(tmp_path: Path) -> None:
    groups = lay_out(tmp_path / "groups", V1)
    group = cgroups.find(ID, groups=groups)
    assert group is not None
    group.forget_peak()
    assert (groups / f"memory/docker/{ID}/memory.max_usage_in_bytes").read_text() == "0"


def test_cores_are_counted_exactly_by_v1_and_by_the_clocks_ticks_elsewhere(tmp_path: Path, proc: Path) -> None:
    groups = lay_out(tmp_path / "groups", V1)
    assert cgroups.busy_ns([0, 2], groups=groups) == 103
    ticks = 100 + 20 + 3 + 4 + 5
    assert cgroups.busy_ns([0], groups=tmp_path / "none", proc=proc) == ticks * 10_000_000
    assert cgroups.busy_ns([0, 7], groups=tmp_path / "none", proc=proc) is None


def test_containers_of_one_service_are_added_up_and_what_one_does_not_tell_is_unknown() -> None:
    one = Counted(cpu_ns=5, oom_kills=0, pressure_us={"cpu": 3}, switches={1: (2, 3)}, running_ns={1: 4})
    other = Counted(cpu_ns=7, switches={2: (0, 1)})
    both = cgroups.together([one, other])
    assert (both.cpu_ns, both.oom_kills, both.pressure_us) == (12, None, None)
    assert both.switches == {1: (2, 3), 2: (0, 1)}
    assert both.running_ns == {1: 4}
    assert cgroups.together([one]) is one
