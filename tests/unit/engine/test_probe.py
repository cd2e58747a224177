import json

import pytest

from lab.engine import probe
from lab.engine.probe import Engine
from lab.errors import EngineUnavailable

INFO = {
    "ServerVersion": "26.1.5",
    "Driver": "overlay2",
    "CgroupVersion": "2",
    "NCPU": 4,
    "MemTotal": 8 << 30,
    "CPUSet": True,
    "ClientInfo": {
        "Version": "28.2.2",
        "Plugins": [{"Name": "compose", "Version": "2.26.1-4"}, {"Name": "buildx", "Version": "v0.13.1"}],
    },
}


def test_an_engine_with_everything_lacks_nothing() -> None:
    engine = probe.parse(json.dumps(INFO))
    assert engine.lacks == ()
    assert (engine.server, engine.compose, engine.memory_mib, engine.cpuset) == (
        "26.1.5",
        "2.26.1-4",
        8192,
        True,
    )
    assert engine.summary()["compose"] == "2.26.1-4"


def test_warnings_before_the_json_do_not_matter() -> None:
    assert probe.parse("WARNING: old config\n" + json.dumps(INFO)).server == "26.1.5"


def test_a_server_that_does_not_answer_is_lacking_with_its_complaint() -> None:
    info = INFO | {"ServerVersion": "", "ServerErrors": ["Cannot connect"]}
    engine = probe.parse(json.dumps(info))
    assert engine.lacks == ("engine",)
    assert engine.complaint == "Cannot connect"


def test_output_that_is_no_json_is_no_engine() -> None:
    engine = probe.parse("{broken", "boom")
    assert "engine" in engine.lacks
    assert engine.complaint == "boom"


@pytest.mark.parametrize(
    ("version", "enough"),
    [("2.24.0", True), ("v2.39.2", True), ("2.23.3", False), ("1.29.2-3", False), (None, False)],
)
def test_compose_is_recent_enough_from_2_24(version: str | None, enough: bool) -> None:
    assert probe.recent_enough("compose", version) is enough


@pytest.mark.parametrize(
    ("version", "numbers"), [("2.26.1-4", (2, 26, 1)), ("0.13.1+ds1", (0, 13, 1)), ("unknown", ())]
)
def test_version_numbers_survive_packagers(version: str, numbers: tuple[int, ...]) -> None:
    assert probe.version_numbers(version) == numbers


def test_compose_v1_or_none_is_named_with_what_was_found() -> None:
    engine = Engine(client="28", server="26", buildx="0.13", compose=None)
    error = probe.unavailable(engine, fix="install it", environ={})
    assert "lacks compose ≥ 2.24 (found: none)" in error.what
    assert error.exit_code == 3


def test_a_remote_engine_that_is_silent_is_not_ours_to_mend() -> None:
    engine = Engine(client="28", complaint="Cannot connect")
    error = probe.unavailable(engine, fix="install it", environ={"DOCKER_HOST": "tcp://far:1"})
    assert "DOCKER_HOST=tcp://far:1" in (error.fix or "")


def test_a_socket_that_may_not_be_read_asks_for_the_group() -> None:
    engine = Engine(client="28", complaint="permission denied while trying to connect")
    assert "group `docker`" in (probe.unavailable(engine, fix="x", environ={}).fix or "")


def test_no_client_on_path_is_found_without_running_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    engine = probe.inspect()
    assert engine.client is None
    assert engine.lacks[:2] == ("client", "engine")


def test_require_raises_with_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(EngineUnavailable, match="no Docker client") as caught:
        probe.require()
    assert "lab engine up" in (caught.value.fix or "")
