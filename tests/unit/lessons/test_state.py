import errno
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError

from lab.lessons import state
from lab.lessons.state import LearnerState, Predicted, Progress


def some() -> LearnerState:
    predicted = Predicted(answer=5.0, reason="so", sure_percent=70, at=state.now())
    progress = Progress(digest="d", started_at=state.now(), predictions={"one": predicted})
    return LearnerState(learner="ada", current="01-first", lessons={"01-first": progress})


def test_what_was_kept_is_read_again(tmp_path: Path) -> None:
    said: list[str] = []
    kept = some()
    state.save(tmp_path, kept)
    assert state.load(tmp_path, "ada", say=said.append) == kept
    assert said == []


def test_a_learner_without_a_file_begins(tmp_path: Path) -> None:
    assert state.load(tmp_path, "ada", say=print) == LearnerState(learner="ada")


@pytest.mark.parametrize("content", ["", "{", '{"learner": "ada", "lessons": 3}', '{"nonsense": 1}', "\x00\xff"])
def test_a_damaged_file_is_kept_aside_and_it_is_said(tmp_path: Path, content: str) -> None:
    said: list[str] = []
    (tmp_path / "state.json").write_text(content, "latin-1")
    assert state.load(tmp_path, "ada", say=said.append).lessons == {}
    (aside,) = tmp_path.glob("state.json.damaged-*")
    assert aside.read_text("latin-1") == content
    assert aside.name in said[0]
    (tmp_path / "state.json").write_text(content, "latin-1")
    state.load(tmp_path, "ada", say=said.append)
    assert len(list(tmp_path.glob("state.json.damaged-*"))) == 2


def test_what_json_cannot_hold_is_never_kept() -> None:
    with pytest.raises(ValidationError):
        Predicted(answer=float("inf"), reason="so", sure_percent=70, at="")


def test_what_is_wrong_is_said_with_its_key_where_there_is_one(tmp_path: Path) -> None:
    said: list[str] = []
    for content in ("{", '{"learner": "ada", "lessons": 3}'):
        (tmp_path / "state.json").write_text(content)
        state.load(tmp_path, "ada", say=said.append)
    assert "was damaged (Invalid JSON" in said[0]
    assert "was damaged (lessons: " in said[1]


def test_a_full_disk_leaves_the_old_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state.save(tmp_path, some())
    before = (tmp_path / "state.json").read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        state.save(tmp_path, LearnerState(learner="ada"))
    assert (tmp_path / "state.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]


def test_the_file_is_plain_json(tmp_path: Path) -> None:
    state.save(tmp_path, some())
    assert json.loads((tmp_path / "state.json").read_text())["lessons"]["01-first"]["predictions"]["one"]["answer"] == 5


def test_who_changes_the_state_changes_what_stands_on_the_disk_now(tmp_path: Path) -> None:
    state.save(tmp_path, some())
    with state.changing(tmp_path, "ada", say=print) as fresh:
        fresh.lessons["01-first"].hints += 1
    with state.changing(tmp_path, "ada", say=print) as fresh:
        fresh.current = "02-second"
    kept = state.load(tmp_path, "ada", say=print)
    assert (kept.lessons["01-first"].hints, kept.current) == (1, "02-second")


def test_changes_of_many_at_once_are_all_kept(tmp_path: Path) -> None:
    state.save(tmp_path, some())

    def count(_: int) -> None:
        with state.changing(tmp_path, "ada", say=print) as fresh:
            fresh.lessons["01-first"].checks += 1

    with ThreadPoolExecutor(max_workers=8) as pool:
        list(pool.map(count, range(40)))
    assert state.load(tmp_path, "ada", say=print).lessons["01-first"].checks == 40


def test_a_change_that_fails_changes_nothing(tmp_path: Path) -> None:
    state.save(tmp_path, some())

    def fail() -> None:
        with state.changing(tmp_path, "ada", say=print) as fresh:
            fresh.current = None
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert state.load(tmp_path, "ada", say=print).current == "01-first"
