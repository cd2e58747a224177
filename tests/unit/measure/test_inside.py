from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from lab.engine import inventory
from lab.errors import LabError
from lab.measure import inside

SNMP = b"Tcp: RtoAlgorithm ActiveOpens PassiveOpens\nTcp: 1 42 7\n"


class One:
    """A container that tells what a test lets it tell."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.told: dict[str, Any] = {
            "pids_stats": {"current": 12},
            "cpu_stats": {"cpu_usage": {"total_usage": 2e9}},
            "memory_stats": {"usage": 30 * 2**20},
        }
        self.snmp = (0, SNMP)
        self.written = b"one id=7\ntwo id=8\n"
        self.attrs = {"NetworkSettings": {"Networks": {"project_default": {"IPAddress": "198.19.0.2"}}}}

    def top(self, **_how: str) -> dict[str, Any]:
        return {"Processes": [["7", "1", "python", "app.py"], ["8", "7", "python app.py"], []]}

    def stats(self, **_how: bool) -> dict[str, Any]:
        return self.told

    def exec_run(self, _command: list[str]) -> tuple[int, bytes]:
        return self.snmp

    def logs(self, **_how: Any) -> bytes:
        return self.written

    def reload(self) -> None:
        self.done.append("reload")

    def __getattr__(self, name: str) -> Any:
        return lambda **_how: self.done.append(name)


@pytest.fixture
def one(monkeypatch: pytest.MonkeyPatch) -> One:
    container = One()

    @contextmanager
    def connect() -> Iterator[object]:
        yield SimpleNamespace()

    monkeypatch.setattr(inside, "connect", connect)
    monkeypatch.setattr(inventory, "containers_of", lambda _client, _project: {"app": container})
    return container


@pytest.mark.usefixtures("one")
def test_processes_have_parents_and_commands() -> None:
    found = inside.processes("project", "app")
    assert [(process.pid, process.parent, process.command) for process in found] == [
        (7, 1, "python app.py"),
        (8, 7, "python app.py"),
    ]


@pytest.mark.usefixtures("one")
def test_threads_cpu_memory_and_connections_are_read() -> None:
    assert inside.threads("project", "app") == 12
    assert inside.cpu_s("project", ["app", "app"]) == 4.0
    assert inside.memory_mib("project", ["app"]) == 30.0
    assert inside.opened_connections("project", "app") == 42
    assert inside.address("project", "app") == "198.19.0.2"


@pytest.mark.parametrize(
    ("read", "missing"),
    [
        (lambda: inside.threads("project", "app"), "pids_stats"),
        (lambda: inside.cpu_s("project", ["app"]), "cpu_stats"),
        (lambda: inside.memory_mib("project", ["app"]), "memory_stats"),
    ],
)
def test_what_the_engine_does_not_tell_is_an_error_in_words(one: One, read: Any, missing: str) -> None:
    one.told = {name: value for name, value in one.told.items() if name != missing}
    with pytest.raises(LabError, match="the engine does not"):
        read()


def test_a_container_without_counters_says_so(one: One) -> None:
    one.snmp = (1, b"")
    with pytest.raises(LabError, match="does not say how many connections"):
        inside.opened_connections("project", "app")


@pytest.mark.usefixtures("one")
def test_a_service_that_is_not_there_is_named_beside_those_that_are() -> None:
    with pytest.raises(LabError, match="no service 'nginx'") as caught:
        inside.processes("project", "nginx")
    assert caught.value.where == "project: app"


@pytest.mark.usefixtures("one")
def test_lines_of_a_log_are_found_by_a_pattern() -> None:
    assert inside.log_lines("project", "app", "id=8", since_s=60, patience_s=0) == ["two id=8"]
    assert inside.log_lines("project", "app", "id=9", since_s=60, patience_s=0) == []


def test_lines_are_counted_once_no_more_of_them_come_and_what_was_written_twice_is_one(
    one: One, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = iter([b"", b"flask id=8\nflask id=8\n"])
    monkeypatch.setattr(one, "logs", lambda **_how: next(looks, b"flask id=8\nflask id=8\ngunicorn id=8\n"))
    assert inside.log_lines("project", "app", "id=8", since_s=60, patience_s=60) == ["flask id=8", "gunicorn id=8"]


@pytest.mark.parametrize(
    ("block", "done"), [(inside.without, ["kill", "start"]), (inside.frozen, ["pause", "unpause"])]
)
def test_what_was_taken_is_put_back_whatever_happens(one: One, block: Any, done: list[str]) -> None:
    with pytest.raises(KeyboardInterrupt), block("project", "app"):
        raise KeyboardInterrupt
    assert one.done == done


def test_a_project_is_stopped_and_started_as_a_whole(one: One) -> None:
    inside.stop("project")
    inside.start("project")
    inside.restart("project", "app")
    assert one.done == ["stop", "start", "restart"]
