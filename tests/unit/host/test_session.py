import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.errors import HostBusy
from lab.host import session

TURN = "from lab.host import session\nwith session.turn():\n    print('ready', flush=True)\n    input()\n"
OPEN = """
from lab.host import session
with session.open_session({!r}) as mine:
    print(mine.id, flush=True)
    input()
"""
KEEP = "from lab.host import session\nwith session.open_session('up') as mine:\n    mine.keep()\n    print(mine.id)\n"


@contextmanager
def other_process(code: str, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A second Python process that has printed its first line; it goes on when a line is written to it."""
    argv = [sys.executable, "-c", code, *arguments]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def test_the_second_turn_is_refused_and_names_the_first() -> None:
    with other_process(TURN, "bench", "--all") as (process, said):
        assert said == "ready"
        with pytest.raises(HostBusy, match="another lab process") as caught, session.turn():
            pass
    assert caught.value.exit_code == 3
    assert f"process {process.pid} since " in (caught.value.where or "")
    assert (caught.value.where or "").endswith(": lab bench --all")
    assert "--wait" in (caught.value.fix or "")


def test_a_turn_is_asked_for_again_until_the_other_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    with other_process(TURN) as (process, said):
        assert said == "ready"
        pauses: list[float] = []

        def end_the_other(seconds: float) -> None:
            pauses.append(seconds)
            process.kill()
            process.wait()

        monkeypatch.setattr("time.sleep", end_the_other)
        with session.turn(wait_s=3600):
            assert len(pauses) == 1


def test_a_turn_is_over_when_its_process_is_killed() -> None:
    with other_process(TURN) as (process, _):
        process.send_signal(signal.SIGKILL)
        process.wait()
        with session.turn():
            pass


def test_a_turn_is_over_when_its_block_fails() -> None:
    with pytest.raises(ValueError, match="inside"), session.turn():
        raise ValueError("inside")
    with session.turn():
        pass


def test_sessions_are_in_the_folder_that_lab_state_names(lab_state: Path) -> None:
    with session.open_session("up") as mine:
        (path,) = lab_state.rglob("*.json")
        assert path == lab_state / str(os.getuid()) / f"{mine.id}.json"
        content = json.loads(path.read_text())
        assert content["pid"] == os.getpid()


@pytest.mark.parametrize("purpose", ["up", "bench"])
def test_a_live_session_is_not_abandoned(purpose: str) -> None:
    with other_process(OPEN.format(purpose)) as (_, identity):
        assert identity.startswith(f"{purpose}-")
        assert not session.abandoned(identity)


@pytest.mark.parametrize("purpose", ["up", "bench"])
def test_the_session_of_a_killed_process_is_abandoned(purpose: str) -> None:
    with other_process(OPEN.format(purpose)) as (process, identity):
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert session.abandoned(identity)


def test_a_kept_session_outlives_its_process_and_is_not_abandoned(lab_state: Path) -> None:
    with other_process(KEEP) as (process, identity):
        process.wait()
    assert not session.abandoned(identity)
    session.forget(identity)
    assert [*lab_state.rglob("*.json")] == []


def test_a_session_that_ends_leaves_no_file(lab_state: Path) -> None:
    with session.open_session("bench"):
        pass
    assert [*lab_state.rglob("*.json")] == []


def test_after_a_reboot_a_benchmark_is_a_left_over_and_a_users_stack_is_not() -> None:
    assert session.abandoned("bench-20261121-000000-abcdef")
    assert not session.abandoned("up-20261121-000000-abcdef")


@pytest.mark.parametrize("purpose", ["up", "bench"])
def test_another_users_session_counts_as_alive(purpose: str) -> None:
    identity = f"{purpose}-20261121-000000-abcdef-u{os.getuid() + 1}"
    assert not session.abandoned(identity)
    assert session.abandoned(f"bench-20261121-000000-abcdef-u{os.getuid()}")


def test_whose_something_is_is_said_in_words() -> None:
    with other_process(OPEN.format("bench")) as (process, bench), other_process(OPEN.format("up")) as (_, up):
        assert [session.whose(one) for one in (bench, up)] == ["of a call at work"] * 2
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert session.whose(bench) == "left behind"
    with other_process(KEEP) as (process, kept):
        process.wait()
    assert session.whose(kept) == session.whose("up-20261121-000000-abcdef") == "to stay"
    assert session.whose(f"bench-20261121-000000-abcdef-u{os.getuid() + 1}") == "another user's"


def test_two_sessions_have_two_ids() -> None:
    with session.open_session("up") as one, session.open_session("up") as other:
        assert one.id != other.id


def test_of_a_secret_the_command_line_tells_the_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/somewhere/lab", "up", "x", "--set", "DB_PASSWORD=hunter2"])
    assert session.command_line().startswith("lab up x --set DB_PASSWORD=hmac-sha256:")
    assert "hunter2" not in session.command_line()


def test_the_command_line_can_be_pasted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/somewhere/lab", "up", "a b"])
    assert session.command_line() == "lab up 'a b'"
