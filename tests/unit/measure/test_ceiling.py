from typing import Any, cast

import pytest
from docker import DockerClient

from lab.errors import LabError, UsageError
from lab.measure import ceiling
from lab.model import Open
from tests.unit.unit_factories import make_budget, make_cell

CPU = "cpu 1 0 1 10 0 0 0 0 0 0"


class Load:
    """A container that offers what it is asked up to a limit, and one that says where it listens."""

    def __init__(self, engine: "Engine", **how: Any) -> None:
        self.engine, self.how, self.id = engine, how, f"id-{len(engine.started)}"

    def logs(self) -> bytes:
        return self.engine.printed

    @property
    def status(self) -> str:
        return "exited"

    def reload(self) -> None:
        """As the engine's own: it is asked again."""

    def exec_run(self, argv: list[str]) -> tuple[int, bytes]:
        asked, seconds = argv[-2].split(":")
        self.engine.asked.append((float(asked), seconds, argv[-1]))
        answered = min(float(asked), self.engine.limits.pop(0))
        report = f'{{"counted": {{"answered": {answered}}}, "elapsed_s": 1.0}}'
        return self.engine.code, f"{CPU}\n{report}\n{CPU}\n".encode()

    def remove(self, **_: object) -> None:
        self.engine.removed.append(self.id)


class Engine:
    def __init__(self, *limits: float, code: int = 0) -> None:
        self.limits, self.code = [*limits], code
        self.printed = b"4711\n"
        self.started: list[Load] = []
        self.removed: list[str] = []
        self.asked: list[tuple[float, str, str]] = []
        self.containers = self

    def run(self, image: str, command: list[str], **how: Any) -> Load:
        self.started.append(Load(self, image=image, command=command, **how))
        return self.started[-1]


def require(engine: Engine, *rates: float, anyway: bool = False) -> float | None:
    cells = [make_cell(row=f"at {rate:g}", load=Open(rate=rate, duration_s=6)) for rate in rates] or [make_cell()]
    client = cast(DockerClient, engine)
    return ceiling.require(client, cells, session="mine", budget=make_budget(), anyway=anyway)


def test_the_ceiling_is_the_best_of_the_tries_each_of_which_is_asked_for_more_than_the_best_so_far() -> None:
    engine = Engine(20_000, 31_000, 25_000)
    assert require(engine, 30_000) == 31_000
    assert [asked for asked, _, _ in engine.asked] == [ceiling.FIRST_PER_S, 40_000, 62_000]
    assert {url for _, _, url in engine.asked} == {"http://127.0.0.1:4711/"}


def test_server_and_generator_sit_where_stack_and_load_do_and_are_gone_afterwards() -> None:
    engine, budget = Engine(1, 1, 1), make_budget()
    require(engine, 1)
    server, load = engine.started
    assert server.how["cpuset_cpus"] == ",".join(map(str, budget.stack_cpus))
    assert load.how["cpuset_cpus"] == ",".join(map(str, budget.load_cpus))
    assert (server.how["network_mode"], load.how["network_mode"]) == ("none", f"container:{server.id}")
    assert "mine" in load.how["labels"].values()
    assert engine.removed == [load.id, server.id]


def test_a_rate_beyond_it_is_refused_with_the_ceiling_and_the_row_and_measured_anyway_if_wished() -> None:
    with pytest.raises(UsageError, match=r"40,000 requests a second cannot be offered: .* 30,000/s") as caught:
        require(Engine(30_000, 30_000, 30_000), 20_000, 40_000)
    assert "at 40000" in (caught.value.where or "")
    assert "--anyway" in (caught.value.fix or "")
    assert require(Engine(30_000, 30_000, 30_000), 40_000, anyway=True) == 30_000


def test_without_an_open_loop_nothing_is_started() -> None:
    engine = Engine()
    assert require(engine) is None
    assert engine.started == []


def test_a_generator_that_fails_is_told_and_nothing_is_left() -> None:
    engine = Engine(1, code=2)
    with pytest.raises(LabError, match="could not be found out"):
        require(engine, 1)
    assert len(engine.removed) == 2


def test_an_image_without_the_server_is_told_at_once_and_how_to_get_a_new_one() -> None:
    engine = Engine()
    engine.printed = b"exec null failed: No such file or directory"
    with pytest.raises(LabError, match="did not start") as caught:
        require(engine, 1)
    assert "lab build" in (caught.value.fix or "")
    assert len(engine.removed) == 1
