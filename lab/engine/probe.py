"""Whether a Docker engine answers, and what it and its client are: one `docker info`."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab.engine.address import require_local
from lab.errors import EngineUnavailable

MINIMUM = {"compose": (2, 24), "buildx": (0, 12)}
"""Compose learnt `start_interval` and merging of override files as the lab uses them in 2.24."""
INFO_TIMEOUT_S = 20
REMOTE_VARIABLES = ("DOCKER_HOST", "DOCKER_CONTEXT")
GET_DOCKER = "install Docker with Compose v2 (Docker Desktop, or your distribution's packages) and start it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What `docker info` says of the client, its plugins and the server; None for what is not there."""

    client: str | None
    compose: str | None = None
    buildx: str | None = None
    server: str | None = None
    complaint: str = ""
    """Why the server does not answer, in the client's words."""
    root_dir: str = ""
    storage_driver: str = ""
    cgroup_version: int = 0
    cpus: int = 0
    memory_mib: int = 0
    kernel: str = ""
    os: str = ""
    cpuset: bool = False
    memory_limit: bool = False
    swap_limit: bool = False

    @property
    def lacks(self) -> tuple[str, ...]:
        """What has to be installed or started before the lab can work, the first cause first."""
        needs = {"client": self.client, "engine": self.server}
        missing = [part for part, version in needs.items() if not version]
        return (*missing, *(part for part in MINIMUM if not recent_enough(part, self._version(part))))

    def _version(self, part: str) -> str | None:
        return {"compose": self.compose, "buildx": self.buildx}[part]

    def summary(self) -> dict[str, str]:
        """Return the versions and settings that a run records, as text."""
        facts = {"server": self.server, "client": self.client, "compose": self.compose, "buildx": self.buildx}
        facts |= {"storage_driver": self.storage_driver, "cgroup_version": str(self.cgroup_version or "")}
        return {name: value for name, value in facts.items() if value}


def inspect(host: str | None = None) -> Engine:
    """Ask the client on PATH about itself and its engine, or about the one at `host` (`unix:///…`)."""
    client = shutil.which("docker")
    if client is None:
        return Engine(client=None, complaint="there is no `docker` command on PATH")
    argv = [client, *(["--host", host] if host else []), "info", "--format", "{{json .}}"]
    try:
        done = subprocess.run(
            argv, capture_output=True, text=True, errors="replace", timeout=INFO_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return Engine(client="unknown", complaint=f"`docker info` did not end within {INFO_TIMEOUT_S} s")
    return parse(done.stdout, done.stderr)


def parse(stdout: str, stderr: str = "") -> Engine:
    """Read the JSON of `docker info`; what the client wrote to stderr is the complaint if there is none."""
    start = stdout.find("{")
    try:
        info: dict[str, Any] = json.loads(stdout[start:]) if start >= 0 else {}
    except json.JSONDecodeError:
        info = {}
    client = info.get("ClientInfo") or {}
    plugins = {p.get("Name"): p.get("Version") for p in client.get("Plugins") or []}
    complaint = " ".join(info.get("ServerErrors") or []) or stderr.strip()
    return Engine(
        client=client.get("Version") or "unknown",
        compose=plugins.get("compose"),
        buildx=plugins.get("buildx"),
        server=info.get("ServerVersion") or None,
        complaint="" if info.get("ServerVersion") else complaint or "no engine answers",
        root_dir=info.get("DockerRootDir", ""),
        storage_driver=info.get("Driver", ""),
        cgroup_version=int(info.get("CgroupVersion") or 0),
        cpus=int(info.get("NCPU", 0)),
        memory_mib=int(info.get("MemTotal", 0)) >> 20,
        kernel=info.get("KernelVersion", ""),
        os=info.get("OperatingSystem", ""),
        cpuset=bool(info.get("CPUSet")),
        memory_limit=bool(info.get("MemoryLimit")),
        swap_limit=bool(info.get("SwapLimit")),
    )


def require() -> Engine:
    """Return the engine if everything the lab needs of it is there.

    Raises EngineUnavailable, which names what is missing and how to get it; also for an engine of another machine.
    """
    require_local()
    engine = inspect()
    if engine.lacks:
        raise unavailable(engine, fix="run `lab engine up`, or " + GET_DOCKER)
    return engine


def unavailable(engine: Engine, *, fix: str, environ: Mapping[str, str] = os.environ) -> EngineUnavailable:
    """Make the error for an engine that lacks something; some causes have a better fix than `fix`."""
    complaint = engine.complaint
    remote = next((f"{name}={environ[name]}" for name in REMOTE_VARIABLES if environ.get(name)), None)
    if "permission denied" in complaint.lower():
        fix = "add yourself to the group `docker` and log in again, or work as root"
    elif not engine.server and remote:
        fix = f"{remote} is set: start the engine it points at, or unset it"
    return EngineUnavailable(_what(engine), where=complaint or remote, fix=fix)


def _what(engine: Engine) -> str:
    if not engine.client:
        return "there is no Docker client"
    if not engine.server:
        return "no Docker engine answers"
    found = {"compose": engine.compose, "buildx": engine.buildx}
    parts = [f"{part} ≥ {'.'.join(map(str, MINIMUM[part]))} (found: {found[part] or 'none'})" for part in engine.lacks]
    return f"the Docker client lacks {' and '.join(parts)}"


def recent_enough(part: str, version: str | None) -> bool:
    """Tell whether `version` of a client plugin is one the lab can work with."""
    return version is not None and version_numbers(version) >= MINIMUM[part]


def version_numbers(version: str) -> tuple[int, ...]:
    """Return the leading numbers of a version as its packager writes it: `v2.26.1-4` is (2, 26, 1)."""
    match = re.match(r"v?(\d+(?:\.\d+)*)", version)
    return tuple(int(number) for number in match[1].split(".")) if match else ()
