from collections.abc import Iterator
from typing import Any, cast

import pytest
import requests

from lab.errors import EngineUnavailable, LabError
from lab.load import Command
from lab.measure import rig as rigs
from tests.unit.measure.measure_fakes import OFFERED, FakeContainer, make_rig
from tests.unit.unit_project import Answering

COMMAND = Command(argv=("offer", "1"), environment={"LAB_RIGHT": "200\x1f"})


def test_the_outer_tier_is_frozen_first_and_thawed_last(server: Answering) -> None:
    rig, done = make_rig(server)
    rig.freeze()
    rig.thaw()
    rig.restart()
    assert done == ["pause proxy", "pause app", "unpause app", "unpause proxy", "restart app", "restart proxy"]


def test_a_container_that_has_died_is_told_in_words(server: Answering) -> None:
    rig, _ = make_rig(server)
    cast(FakeContainer, rig.services["app"]).dead = True
    with pytest.raises(LabError, match="1 of 2 containers could not be frozen: a container has died") as caught:
        rig.freeze()
    assert caught.value.where == "app: Container app is not running"


@pytest.mark.parametrize(("dead", "living"), [("proxy", "app"), ("app", "proxy")])
def test_freezing_and_thawing_go_on_past_a_dead_container(server: Answering, dead: str, living: str) -> None:
    rig, done = make_rig(server)
    cast(FakeContainer, rig.services[dead]).dead = True
    for act in (rig.freeze, rig.thaw):
        with pytest.raises(LabError, match="1 of 2 containers"):
            act()
    assert done == [f"pause {living}", f"unpause {living}"]


def test_an_engine_that_went_away_is_told_as_that(server: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    rig, _ = make_rig(server)

    def gone() -> None:
        raise requests.ConnectionError("Connection refused")

    monkeypatch.setattr(rig.services["proxy"], "pause", gone)
    with pytest.raises(EngineUnavailable, match="no longer answers"):
        rig.freeze()


def test_the_load_reaches_the_entry_inside_the_network(server: Answering) -> None:
    assert make_rig(server)[0].url == "http://proxy:8080"


def test_a_load_gives_its_output(server: Answering) -> None:
    rig, done = make_rig(server)
    assert rig.offer(COMMAND) == OFFERED
    assert done == ["exec load offer"]


def test_the_load_tool_gets_its_arguments_and_its_environment(server: Answering) -> None:
    rig, _ = make_rig(server)
    given: list[object] = []

    def execute(argv: list[str], environment: object) -> tuple[int, bytes]:
        given.append((argv, environment))
        return 0, b""

    cast(FakeContainer, rig.load).execute = execute
    rig.offer(COMMAND)
    assert given == [(["offer", "1"], {"LAB_RIGHT": "200\x1f"})]


def test_each_line_of_a_load_is_told_whole_wherever_the_stream_is_cut(server: Answering) -> None:
    rig, _ = make_rig(server)
    told: list[str] = []
    rig.offer(COMMAND, on_line=told.append)
    assert told == OFFERED.splitlines()


def test_a_line_is_told_before_the_next_one_is_there(server: Answering) -> None:
    rig, _ = make_rig(server)
    told: list[str] = []
    chunks = iter([b"ra", b"mp\nov", b"er\n\xc3", b"\xa4\xff"])

    def stream(_execution: str, *, stream: bool) -> Iterator[bytes]:
        for chunk in chunks:
            yield chunk
            told.append(f"({chunk!r})")

    cast(FakeContainer, rig.load).client.api.exec_start = stream
    assert rig.offer(COMMAND, on_line=told.append) == "ramp\nover\nä\ufffd"
    assert told == ["(b'ra')", "ramp", "(b'mp\\nov')", "over", "(b'er\\n\\xc3')", "(b'\\xa4\\xff')", "ä\ufffd"]


def test_an_engine_that_is_lost_under_a_load_is_told(server: Answering) -> None:
    rig, _ = make_rig(server)

    def stream(_execution: str, *, stream: bool) -> Iterator[bytes]:
        yield b"ramp\n"
        raise requests.ConnectionError("gone")

    cast(FakeContainer, rig.load).client.api.exec_start = stream
    with pytest.raises(EngineUnavailable):
        rig.offer(COMMAND)


def test_a_load_that_fails_shows_its_last_words(server: Answering) -> None:
    rig, _ = make_rig(server)
    cast(FakeContainer, rig.load).execute = lambda _argv, _environment: (1, b"unable to connect")
    with pytest.raises(LabError, match="the load tool failed") as caught:
        rig.offer(COMMAND)
    assert caught.value.where == "unable to connect"


def test_usage_is_cpu_in_seconds_and_memory_without_droppable_cache(server: Answering) -> None:
    usage = make_rig(server, cpu_s=0.5)[0].usage()
    assert [*usage] == ["proxy", "app"]
    assert (usage["app"].cpu_s, usage["app"].memory_mib) == (0.5, 20.0)


@pytest.mark.parametrize(
    ("memory", "mib"),
    [
        ({"usage": 3 * 2**20, "stats": {"inactive_file": 2**20}}, 2),
        ({"usage": 2**20, "stats": {"total_inactive_file": 2 * 2**20}}, 0),
        ({"usage": 2**20}, 1),
        ({}, None),
        (None, None),
    ],
)
def test_the_working_set_is_read_from_either_cgroup_version(memory: dict[str, Any] | None, mib: float | None) -> None:
    assert rigs.working_set_mib({"memory_stats": memory}) == mib


def test_waiting_ends_when_the_condition_holds_or_the_time_is_up() -> None:
    answers = iter([False, False, True])
    assert rigs.wait_until(lambda: next(answers), deadline_s=60, every_s=0.001)
    assert not rigs.wait_until(lambda: False, deadline_s=0.01, every_s=0.001)


@pytest.mark.parametrize("told", [{}, {"cpu_stats": {}}, {"cpu_stats": {"cpu_usage": {}}}])
def test_what_the_engine_does_not_count_is_unknown_and_not_0(server: Answering, told: dict[str, Any]) -> None:
    rig, _ = make_rig(server)
    container = cast(FakeContainer, rig.services["app"])
    container.stats = lambda **_how: told  # type: ignore[method-assign]
    assert rig.usage()["app"] == rigs.Usage(cpu_s=None, memory_mib=None)
