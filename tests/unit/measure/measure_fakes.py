"""Containers that do as they are told, and a rig of them: what measuring needs of an engine."""

import json
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any, cast

from docker.errors import APIError
from docker.models.containers import Container

from lab.measure.rig import Rig
from tests.unit.unit_factories import make_stack
from tests.unit.unit_project import Answering

WRK = {
    "requests": 1000,
    "bytes": 100_000,
    "duration_us": 1_000_000,
    "errors": dict.fromkeys(("connect", "read", "write", "timeout", "status", "body"), 0),
    "per_100ms": [100] * 10,
    "latency_us": [[10_000, 1000]],
}
OFFERED = f"cpu  0 0 0 0 0 0 0 0\nramp\nover\ncpu  50 0 50 100 0 0 0 0\n{json.dumps(WRK)}"
ANSWERED = {"status": 200, "worker": "7", "bytes": 2, "error": None}
BURST = {"requests": [{**ANSWERED, "start_s": 0.001, "end_s": 10.0}, {**ANSWERED, "start_s": 0.0, "end_s": 5.0}]}
BURST_OFFERED = OFFERED.replace(json.dumps(WRK), json.dumps(BURST))
PIECE = 7
"""Bytes that come at once: lines of a stream are cut anywhere."""


class FakeContainer:
    """Keeps a list of what was done to it; its CPU grows by `cpu_s` with each reading."""

    def __init__(self, name: str, done: list[str], *, cpu_s: float = 0.0) -> None:
        self.id = self.name = name
        self.client = SimpleNamespace(api=FakeEngine(self))
        self.done = done
        self.cpu_s = cpu_s
        self.used_s = 0.0
        self.memory_mib = 20
        self.dead = False
        self.readings = 0
        self.image = SimpleNamespace(id=f"sha256:{name}", attrs={"Size": 2**20})
        self.execute: Callable[[list[str], Mapping[str, str]], tuple[int, bytes]] = lambda _a, _e: (0, b"tool 1.2\n")

    def pause(self) -> None:
        if self.dead:
            raise APIError(f"Container {self.name} is not running")
        self.done.append(f"pause {self.name}")

    def unpause(self) -> None:
        if self.dead:
            raise APIError(f"Container {self.name} is not running")
        self.done.append(f"unpause {self.name}")

    def restart(self, *, timeout: int) -> None:
        self.done.append(f"restart {self.name}")
        self.cpu_s = 0.0

    def stats(self, **_how: bool) -> dict[str, Any]:
        self.used_s += self.cpu_s
        self.readings += 1
        return {
            "cpu_stats": {"cpu_usage": {"total_usage": round(self.used_s * 1e9)}},
            "memory_stats": {
                "usage": (self.memory_mib + 10) * 2**20,
                "stats": {"total_inactive_file": 10 * 2**20},
            },
        }

    def exec_run(self, argv: list[str], *, environment: Mapping[str, str] | None = None) -> tuple[int, bytes]:
        self.done.append(f"exec {self.name} {argv[0]}")
        return self.execute(argv, environment or {})


class FakeEngine:
    """The engine's low-level side, for the commands of one container: their output is a stream."""

    def __init__(self, container: FakeContainer) -> None:
        self.container = container
        self.ended: dict[str, tuple[int, bytes]] = {}

    def exec_create(self, container: str, argv: list[str], *, environment: Mapping[str, str]) -> dict[str, str]:
        assert container == self.container.id
        execution = f"execution-{len(self.ended)}"
        self.ended[execution] = self.container.exec_run(argv, environment=environment)
        return {"Id": execution}

    def exec_start(self, execution: str, *, stream: bool) -> Iterator[bytes]:
        assert stream
        _, output = self.ended[execution]
        yield from (output[at : at + PIECE] for at in range(0, len(output), PIECE))

    def exec_inspect(self, execution: str) -> dict[str, int]:
        return {"ExitCode": self.ended[execution][0]}


def make_rig(server: Answering, *, name: str = "proxied", cpu_s: float = 0.0) -> tuple[Rig, list[str]]:
    """A rig of one proxy and one app whose published port is the server's, and what is done to it."""
    done: list[str] = []
    services = {tier: FakeContainer(tier, done, cpu_s=cpu_s) for tier in ("proxy", "app")}
    load = FakeContainer("load", done)
    load.execute = lambda argv, _environment: (0, b"wrk 4.1\n" if argv == ["versions"] else OFFERED.encode())
    rig = Rig(
        stack=make_stack(name=name),
        port=server.port,
        services=cast(dict[str, Container], services),
        load=cast(Container, load),
    )
    return rig, done
