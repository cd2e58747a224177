import json
import time
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest
from docker import DockerClient

from lab.errors import LabError
from lab.host import cgroups
from lab.host.core_speed import Watch
from lab.load import histogram
from lab.load.protocol import Command
from lab.measure import cores, duet
from lab.measure.duet import Side
from lab.measure.others import Others
from lab.measure.rig import Rig
from tests.unit.measure.measure_fakes import FakeContainer, make_rig
from tests.unit.unit_factories import make_budget, make_cell, make_deployment, make_workload
from tests.unit.unit_project import Answering

EMPTY = histogram.encode([])
CORES = cores.Cores(budget=make_budget(), watch=Watch(), idle_share=0.01)


def report(answered: int = 100, errors: dict[str, int] | None = None) -> str:
    counted = {"offered": 100, "sent": 100, "answered": answered, "dropped": 0, "bytes": 0, "errors": errors or {}}
    return json.dumps(
        {
            "counted": counted,
            "histograms": dict.fromkeys(("latency_us", "service_us", "send_lag_us"), EMPTY),
            "per_100ms": {"answered": []},
            "elapsed_s": 2.0,
            "ramp_s": 1.0,
            "steady_s": 1.0,
            "generator": {"thread_cpu_s": [0.1]},
        }
    )


class Networks:
    """Knows which container is in which network, and what was done."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def get(self, name: str) -> Any:
        return SimpleNamespace(
            connect=lambda container: self.done.append(f"connect {container.name} {name}"),
            disconnect=lambda container, **_: self.done.append(f"disconnect {container.name} {name}"),
        )


def make_side(server: Answering, name: str, *, cpu_s: float, output: str) -> tuple[Side, list[str]]:
    rig, done = make_rig(server, name=name, cpu_s=cpu_s)
    rig = Rig(stack=rig.stack, port=rig.port, services=rig.services, load=rig.load, project=f"lab-{name}")
    cast(FakeContainer, rig.load).name = f"load-{name}"
    for place, container in enumerate(rig.services.values()):
        networks = {rig.network: {"IPAddress": f"198.18.{len(name)}.{place + 2}"}}
        fake = cast(Any, container)
        fake.attrs = {"NetworkSettings": {"Networks": networks}}
        fake.reload = lambda: None
    asked: list[list[str]] = []

    def execute(argv: list[str], _environment: object) -> tuple[int, bytes]:
        asked.append(argv)
        return 0, output.encode()

    cast(FakeContainer, rig.load).execute = execute
    side = Side(
        cell=make_cell(row=name, deployment=make_deployment(stack=name)),
        rig=rig,
        workload=make_workload(),
        answers=["ok"],
    )
    return side, done


def printed(*reports: str) -> str:
    return "\n".join(["cpu  0 0 0 0 0 0 0 0", "ramp", "over", "cpu  50 0 50 100 0 0 0 0", *reports])


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duet, "SLICE_S", 0.0)


def play(row: Side, reference: Side, *, rate: float = 50, number: int = 0, idle: bool = False) -> tuple[Any, list[str]]:
    networks = Networks()
    client = cast(DockerClient, SimpleNamespace(networks=networks))
    found = duet.play(client, row, reference, rate=rate, seconds=1, number=number, cores=CORES, idle=idle)
    return found, networks.done


def test_both_are_awake_while_one_load_container_asks_them_and_frozen_afterwards(server: Answering) -> None:
    output = printed(report(), report())
    row, done = make_side(server, "row", cpu_s=0.2, output=output)
    reference, other_done = make_side(server, "other", cpu_s=0.1, output=output)
    found, networks = play(row, reference)
    assert done[0].startswith("unpause")
    assert done[-1].startswith("pause")
    assert other_done[0].startswith("unpause")
    assert other_done[-1].startswith("pause")
    assert networks == ["connect load-row lab-other_default", "disconnect load-row lab-other_default"]
    assert (found.cell, found.reference, found.requests, found.missing) == (row.cell.key, reference.cell.key, 100, 0)


def test_turns_change_who_is_asked_first_and_whose_load_container_asks(server: Answering) -> None:
    output = printed(report(), report())
    row, _ = make_side(server, "row", cpu_s=0.2, output=output)
    reference, _ = make_side(server, "other", cpu_s=0.1, output=output)
    assert play(row, reference, number=0)[0].first == "cell"
    turned, networks = play(row, reference, number=1)
    assert turned.first == "reference"
    assert networks[0] == "connect load-other lab-row_default"


def test_turns_change_who_is_thawed_first(server: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    monkeypatch.setattr(Rig, "thaw", lambda rig: started.append(rig.project))
    output = printed(report(), report())
    row, _ = make_side(server, "row", cpu_s=0.2, output=output)
    reference, _ = make_side(server, "other", cpu_s=0.1, output=output)
    play(row, reference, number=0)
    play(row, reference, number=1)
    assert started == ["lab-row", "lab-other", "lab-other", "lab-row"]


@pytest.mark.parametrize(("rate", "connections"), [(0.5, "2"), (19, "2"), (50, "5"), (160, "16"), (8000, "16")])
def test_both_have_as_many_connections_and_neither_is_always_first(
    server: Answering, monkeypatch: pytest.MonkeyPatch, rate: float, connections: str
) -> None:
    asked: list[Sequence[str]] = []

    def offer(_rig: Rig, command: Command, *, on_line: Callable[[str], None]) -> str:
        asked.append(command.argv)
        output = printed(report(), report())
        for line in output.splitlines():
            on_line(line)
        return output

    monkeypatch.setattr(Rig, "offer", offer)
    row, _ = make_side(server, "row", cpu_s=0.2, output="")
    reference, _ = make_side(server, "other", cpu_s=0.1, output="")
    play(row, reference, rate=rate, number=0)
    play(row, reference, rate=rate, number=1)
    for turn, argv in enumerate(asked, 1):
        said = dict(zip(argv[1:-3:2], argv[2:-3:2], strict=True))
        assert (said["--open"], said["--rotate"]) == (connections, connections)
        assert (said["--arrivals"], said["--seed"]) == ("jittered", str(turn))


def test_a_turn_at_the_low_rate_is_marked_as_one_whatever_its_number(server: Answering) -> None:
    output = printed(report(), report())
    row, _ = make_side(server, "row", cpu_s=0.2, output=output)
    reference, _ = make_side(server, "other", cpu_s=0.1, output=output)
    assert [play(row, reference, number=9, idle=idle)[0].idle for idle in (False, True)] == [False, True]


def test_what_neither_stack_used_of_their_cores_was_used_by_others(
    server: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cores worked for 5 s between the marks, of which the four containers of both stacks used 1 s each."""
    cores_ns = iter((10**9, 6 * 10**9))
    monkeypatch.setattr(cgroups, "busy_ns", lambda cpus: next(cores_ns) if cpus == (0,) else None)
    monkeypatch.setattr(cgroups, "find", lambda _container: SimpleNamespace(cpu_ns=iter((0, 10**9)).__next__))
    output = printed(report(), report())
    row, _ = make_side(server, "row", cpu_s=0.2, output=output)
    reference, _ = make_side(server, "other", cpu_s=0.1, output=output)
    foreign = play(row, reference)[0].foreign
    assert (foreign.unexplained_s, foreign.idle_share) == (pytest.approx(1.0), 0.01)
    assert 0 < foreign.capacity_s < 60


def test_every_request_that_was_not_answered_rightly_is_missed(server: Answering) -> None:
    output = printed(report(98, {"timeout": 2}), report(100, {"body": 3}))
    row, _ = make_side(server, "row", cpu_s=0.2, output=output)
    reference, _ = make_side(server, "other", cpu_s=0.1, output=output)
    found, _ = play(row, reference)
    assert found.missing == 5
    assert (found.errors.timeout, found.errors.body) == (2, 3)


def test_a_stack_is_frozen_again_where_the_load_fails(server: Answering) -> None:
    row, done = make_side(server, "row", cpu_s=0.2, output="")
    reference, _ = make_side(server, "other", cpu_s=0.1, output="")
    with pytest.raises(LabError):
        play(row, reference)
    assert done[-1].startswith("pause")


def test_slices_are_cpu_seconds_for_each_second_between_two_readings(
    server: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, _ = make_side(server, "row", cpu_s=0.2, output="")
    reference, _ = make_side(server, "other", cpu_s=0.1, output="")
    clock = iter(range(1000))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    clocks = duet._Clocks(sides=(row.rig, reference.rig), others=Others(cpus=(0,), own=()))
    clocks.readings = [(duet._read(row.rig), duet._read(reference.rig)) for _ in range(3)]
    clocks._thread = cast(Any, SimpleNamespace(join=lambda: None))
    first, second = clocks.slices()
    assert first.cpu == pytest.approx(second.cpu)
    assert first.cpu == pytest.approx({"proxy": 0.2 / 8, "app": 0.2 / 8})
    assert first.total / first.reference_total == pytest.approx(2.0)


def test_an_engine_that_does_not_tell_cpu_time_gives_no_duet(
    server: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, _ = make_side(server, "row", cpu_s=0.2, output="")
    container = cast(FakeContainer, row.rig.services["app"])
    monkeypatch.setattr(container, "stats", lambda **_: {"cpu_stats": {}})
    with pytest.raises(LabError, match="does not report the CPU time"):
        duet._read(row.rig)
