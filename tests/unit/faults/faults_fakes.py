"""What the tests of faults share: a ground without Compose, containers without an engine, and requests that ended."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from docker.errors import APIError
from docker.models.containers import Container

from lab.faults.fault import Ground, Site
from lab.faults.mix import ADMIN, SIGNED_OUT, USERS, Mix, draw
from lab.load.pace import Ended
from tests.unit.unit_factories import make_stack

TOKENS = {user: f"token-{user}" for user in (*USERS, ADMIN, *SIGNED_OUT)}
PROBLEM = '{"type":"urn:lab:problem:unavailable","title":"…","status":503,"detail":"…"}'
VOLUME = {"type": "volume", "source": "pgdata", "target": "/var/lib/data"}


def make_ground(**changes: Any) -> Ground:
    tiers = {"nginx": "nginx", "app": "gunicorn+flask", "worker": "python", "postgres": "postgres", "redis": "redis"}
    given: dict[str, Any] = {
        "tiers": {**tiers, "cache": "redis"},
        "memory": dict.fromkeys((*tiers, "cache"), 1),
        "settings": frozenset({"POSTGRES_HOST", "REDIS_HOST"}),
        "volumes": ("pgdata",),
    }
    stack = make_stack(**given | changes)
    services: dict[str, dict[str, Any]] = {
        name: {"image": f"lab/{name}:current", "networks": {"back": None}, "volumes": []} for name in stack.tiers
    }
    if "postgres" in services:
        services["postgres"]["volumes"] = [{**VOLUME, "source": "secrets", "read_only": True}, VOLUME]
    return Ground(stack=stack, services=services, compose=Path("compose"))


class FakeContainer:
    """Notes what is done to it, and answers scripts as it is told."""

    def __init__(self, name: str = "app", *, status: str = "running", said: str = "") -> None:
        self.name, self.id, self.status, self.said = name, f"id of {name}", status, said
        self.done: list[str] = []
        self.exit_code = 0
        self.held_mib, self.least_mib, self.limit_mib = 20, 0, 100
        self.version = 1
        self.reloads = True
        self.attrs: dict[str, Any] = {
            "HostConfig": {"Memory": 100 * 2**20},
            "State": {"OOMKilled": False, "Pid": 100},
            "NetworkSettings": {"Networks": {"back": {"Aliases": [name], "IPAddress": "198.19.0.9"}}},
        }
        self.client = SimpleNamespace(networks=SimpleNamespace(get=self.network))
        self.members: dict[str, Any] = {self.id: {}}

    def network(self, name: str) -> Any:
        def disconnect(container: FakeContainer, *, force: bool) -> None:
            self.done.append(f"left {name}")
            self.members.pop(container.id)

        def connect(container: FakeContainer, *, aliases: list[str], ipv4_address: str) -> None:
            self.done.append(f"joined {name} as {aliases} at {ipv4_address}")
            self.members[container.id] = {}

        attrs = {"Containers": self.members}
        return SimpleNamespace(disconnect=disconnect, connect=connect, reload=lambda: None, attrs=attrs)

    def kill(self, signal: str) -> None:
        if self.status != "running":
            raise APIError("container is not running")
        self.done.append(signal)
        if signal == "SIGKILL":
            self.status = "exited"

    def top(self, *, ps_args: str) -> dict[str, Any]:
        """Process 1, the server, and one worker of each reload."""
        assert ps_args == "-eo pid,ppid"
        workers = [[str(300 + number), "200"] for number in range(self.done.count("SIGHUP") * self.reloads)]
        return {"Processes": [["100", "7"], ["200", "100"], ["299", "200"], *workers]}

    def wait(self, *, timeout: float) -> None:
        assert self.status == "exited"

    def start(self) -> None:
        if self.limit_mib < self.least_mib:
            raise APIError("container init was OOM-killed")
        self.done.append("start")
        self.status = "running"

    def pause(self) -> None:
        self.done.append("pause")
        self.status = "paused"

    def unpause(self) -> None:
        self.done.append("unpause")
        self.status = "running"

    def reload(self) -> None:
        """It is what it is."""

    def exec_run(self, command: list[str]) -> tuple[int, bytes]:
        self.done.append(command[-1])
        return self.exit_code, self.said.encode()

    def stats(self, *, stream: bool, one_shot: bool) -> dict[str, Any]:
        if self.status != "running":
            return {"memory_stats": {}}
        memory: dict[str, Any] = {"limit": self.limit_mib * 2**20}
        if self.version == 1:
            memory |= {"max_usage": 1, "failcnt": 12, "stats": {"total_rss": self.held_mib * 2**20}}
        else:
            memory |= {"stats": {"anon": self.held_mib * 2**20}}
        return {"memory_stats": memory}

    def update(self, *, mem_limit: int, memswap_limit: int) -> None:
        assert self.status != "running" or mem_limit >= self.held_mib * 2**20, "the kernel refuses that"
        assert mem_limit == memswap_limit, "swap would take what memory does not"
        self.limit_mib = mem_limit // 2**20
        self.done.append(f"limit {self.limit_mib}")


def make_site(tier: str = "app", **containers: FakeContainer) -> tuple[Site, FakeContainer]:
    """A site, and the container of its tier."""
    found = {tier: FakeContainer(tier), **containers}
    site = Site(tier=tier, containers={name: cast(Container, fake) for name, fake in found.items()})
    return site, found[tier]


def make_mix(seed: int = 1) -> Mix:
    return draw(seed=seed, prefix="break-1-", tokens=TOKENS)


def make_ended(mix: Mix, what: str = "item", **changes: Any) -> Ended:
    """A request of the mix that was rightly answered after 10 ms."""
    place = next(place for place, part in enumerate(mix.parts) if part.what == what)
    given: dict[str, Any] = {
        "number": 0,
        "place": place,
        "due_s": 1.0,
        "end": "answered",
        "status": mix.parts[place].request.statuses[0],
        "again": False,
        "unique": "",
        "body": "",
    }
    given |= changes
    given.setdefault("end_s", given["due_s"] + 0.01)
    return Ended(**given)
