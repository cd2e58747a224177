"""What this host is: usable cores, memory, limits, kernel. What cannot be read stays empty or zero."""

import os
import platform
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

from lab.host import kernelfiles
from lab.model import Machine

ROOT = Path("/")
MIB = 1 << 20
UNLIMITED_NOFILE = 1 << 20
"""What `unlimited` open files means where the kernel does not say: its own default ceiling."""


def probe(root: Path = ROOT) -> Machine:
    """Describe this host from `/proc`, `/sys` and `/etc` under `root`."""
    architecture = platform.machine()
    cpuinfo = kernelfiles.text(root / "proc/cpuinfo")
    return Machine(
        cpu_model=cpu_model(cpuinfo) or architecture,
        cores=physical_cores(usable_cpus(), root),
        memory_mib=memory_mib(root),
        kernel=kernelfiles.text(root / "proc/sys/kernel/osrelease").strip() or platform.release(),
        os=os_release(root).get("PRETTY_NAME", platform.system()),
        architecture=architecture,
        cgroup_version=2 if (root / "sys/fs/cgroup/cgroup.controllers").exists() else 1,
        nofile_hard=nofile_hard(root),
        virtualisation=virtualisation(root, cpuinfo),
    )


def usable_cpus() -> frozenset[int]:
    """Return the logical CPUs that this process may run on; all of them where the platform cannot say."""
    if hasattr(os, "sched_getaffinity"):
        return frozenset(os.sched_getaffinity(0))
    return frozenset(range(os.cpu_count() or 1))


def physical_cores(cpus: Iterable[int], root: Path = ROOT) -> tuple[tuple[int, ...], ...]:
    """Group `cpus` by physical core, hyper-thread siblings together, in order of their first CPU."""
    usable = frozenset(cpus)
    cores = {tuple(sorted(_siblings(cpu, root) & usable)) for cpu in usable}
    return tuple(sorted(cores))


def _siblings(cpu: int, root: Path) -> frozenset[int]:
    text = kernelfiles.text(root / f"sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
    return cpu_list(text) | {cpu}


def cpu_list(text: str) -> frozenset[int]:
    """Parse the kernel's list of CPUs: `0-3,8` is 0, 1, 2, 3, 8."""
    ranges = (part.partition("-") for part in text.strip().split(",") if part)
    return frozenset(cpu for low, _, high in ranges for cpu in range(int(low), int(high or low) + 1))


def memory_mib(root: Path = ROOT) -> int:
    """Return the memory that processes here may use: the machine's, or a control group's limit below it."""
    kib = _fields(kernelfiles.text(root / "proc/meminfo")).get("MemTotal", "0 kB").split()[0]
    return min([int(kib) * 1024, *_cgroup_limits(root)]) // MIB


def _cgroup_limits(root: Path) -> Iterator[int]:
    """Yield every memory limit, in bytes, between this process's control group and the top."""
    for line in kernelfiles.text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers in ("", "memory"):
            mount = root / "sys/fs/cgroup" / controllers
            name = "memory.limit_in_bytes" if controllers else "memory.max"
            group = mount / path.lstrip("/")
            for directory in (group, *(p for p in group.parents if p.is_relative_to(mount))):
                limit = kernelfiles.text(directory / name).strip()
                if limit.isdigit():
                    yield int(limit)


def cpu_model(cpuinfo: str) -> str:
    """Return the processor's name from `/proc/cpuinfo`; empty where the architecture does not give one."""
    fields = _fields(cpuinfo)
    return fields.get("model name") or fields.get("Model") or fields.get("cpu model") or ""


def os_release(root: Path = ROOT) -> dict[str, str]:
    """Parse `/etc/os-release`: ID, VERSION_CODENAME, PRETTY_NAME and so on."""
    text = kernelfiles.text(root / "etc/os-release") or kernelfiles.text(root / "usr/lib/os-release")
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return {key: "".join(shlex.split(value)) for key, _, value in pairs}


def nofile_hard(root: Path = ROOT) -> int:
    """Return the hard limit on open files of this process and all that it starts."""
    for line in kernelfiles.text(root / "proc/self/limits").splitlines():
        if line.startswith("Max open files"):
            hard = line.split()[4]
            return int(hard) if hard.isdigit() else _most_open_files(root)
    return 0


def _most_open_files(root: Path) -> int:
    text = kernelfiles.text(root / "proc/sys/fs/nr_open").strip()
    return int(text) if text.isdigit() else UNLIMITED_NOFILE


def virtualisation(root: Path, cpuinfo: str) -> str:
    """Say what the host runs in, as far as it shows: `none`, `container`, `virtual machine (product)`."""
    hints = []
    if (root / ".dockerenv").exists() or (root / "run/systemd/container").exists():
        hints.append("container")
    if " hypervisor" in cpuinfo or (root / "sys/hypervisor/type").exists():
        product = kernelfiles.text(root / "sys/class/dmi/id/product_name").strip()
        hints.append(f"virtual machine ({product})" if product else "virtual machine")
    return " in ".join(hints) or "none"


def _fields(text: str) -> dict[str, str]:
    """Parse `name: value` lines, keeping the first of each name."""
    fields: dict[str, str] = {}
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon:
            fields.setdefault(name.strip(), value.strip())
    return fields
