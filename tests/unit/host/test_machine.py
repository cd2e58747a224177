from pathlib import Path

import pytest

from lab.host import machine


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.mark.parametrize(("text", "cpus"), [("0-3,8\n", {0, 1, 2, 3, 8}), ("5", {5}), ("", set()), ("0,4", {0, 4})])
def test_cpu_list_reads_the_kernels_notation(text: str, cpus: set[int]) -> None:
    assert machine.cpu_list(text) == cpus


def test_hyper_thread_siblings_are_one_core(tmp_path: Path) -> None:
    siblings = {0: "0,2", 2: "0,2", 1: "1,3", 3: "1,3"}
    root = write(
        tmp_path,
        {f"sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list": text for cpu, text in siblings.items()},
    )
    assert machine.physical_cores(range(4), root) == ((0, 2), (1, 3))


def test_a_sibling_that_may_not_be_used_is_left_out(tmp_path: Path) -> None:
    root = write(tmp_path, {"sys/devices/system/cpu/cpu1/topology/thread_siblings_list": "0-1"})
    assert machine.physical_cores([1], root) == ((1,),)


def test_without_topology_each_cpu_is_a_core(tmp_path: Path) -> None:
    assert machine.physical_cores([0, 1], tmp_path) == ((0,), (1,))


MEMINFO = {"proc/meminfo": "MemTotal:        8388608 kB\nMemFree: 1 kB\n"}


def test_memory_is_the_machines_where_nothing_limits_it(tmp_path: Path) -> None:
    assert machine.memory_mib(write(tmp_path, MEMINFO)) == 8192


def test_memory_is_limited_by_a_parent_control_group_of_version_2(tmp_path: Path) -> None:
    files = {
        "proc/self/cgroup": "0::/user/me\n",
        "sys/fs/cgroup/user/me/memory.max": "max\n",
        "sys/fs/cgroup/user/memory.max": f"{2 << 30}\n",
    }
    assert machine.memory_mib(write(tmp_path, MEMINFO | files)) == 2048


def test_memory_is_limited_by_a_control_group_of_version_1(tmp_path: Path) -> None:
    files = {
        "proc/self/cgroup": "4:memory:/a\n3:cpuset:/\n",
        "sys/fs/cgroup/memory/a/memory.limit_in_bytes": f"{1 << 30}\n",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
    }
    assert machine.memory_mib(write(tmp_path, MEMINFO | files)) == 1024


LIMITS = "Limit           Soft Limit  Hard Limit  Units\nMax open files  1024        {hard}      files\n"


@pytest.mark.parametrize(("hard", "limit"), [("20000", 20000), ("unlimited", 1073741816)])
def test_nofile_is_the_hard_limit(tmp_path: Path, hard: str, limit: int) -> None:
    files = {"proc/self/limits": LIMITS.format(hard=hard), "proc/sys/fs/nr_open": "1073741816\n"}
    assert machine.nofile_hard(write(tmp_path, files)) == limit


def test_os_release_is_unquoted(tmp_path: Path) -> None:
    root = write(tmp_path, {"etc/os-release": 'ID=debian\nPRETTY_NAME="Debian GNU/Linux 12"\n# x=y\n'})
    assert machine.os_release(root) == {"ID": "debian", "PRETTY_NAME": "Debian GNU/Linux 12"}


def test_cpu_model_is_the_first_processors() -> None:
    cpuinfo = "processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\n\nprocessor\t: 1\nmodel name\t: Other\n"
    assert machine.cpu_model(cpuinfo) == "Some CPU @ 2 GHz"


def test_virtualisation_names_what_shows(tmp_path: Path) -> None:
    assert machine.virtualisation(tmp_path, "flags : fpu") == "none"
    root = write(tmp_path, {".dockerenv": "", "sys/class/dmi/id/product_name": "KVM\n"})
    assert machine.virtualisation(root, "flags : fpu hypervisor") == "container in virtual machine (KVM)"


def test_an_empty_tree_is_described_without_an_error(tmp_path: Path) -> None:
    found = machine.probe(tmp_path)
    assert found.memory_mib == 0
    assert found.cgroup_version == 1
    assert found.cpus


def test_this_host_has_a_core_and_memory() -> None:
    found = machine.probe()
    assert found.cpus == tuple(sorted(machine.usable_cpus()))
    assert found.memory_mib > 0
    assert found.nofile_hard > 0
