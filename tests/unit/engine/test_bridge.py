from pathlib import Path

import pytest

from lab.engine import bridge


@pytest.fixture
def switch(tmp_path: Path) -> Path:
    """A switch of the test's own: the real one is the whole host's."""
    path = tmp_path / "bridge-nf-call-iptables"
    path.write_text("1\n")
    return path


def test_the_switch_is_on_off_or_not_there(switch: Path, tmp_path: Path) -> None:
    assert bridge.filtering(switch) is True
    switch.write_text("0\n")
    assert bridge.filtering(switch) is False
    assert bridge.filtering(tmp_path / "absent") is None


def test_a_filter_that_is_on_is_turned_off_and_that_is_said(switch: Path) -> None:
    said: list[str] = []
    bridge.stop_filtering(said.append, switch)
    assert bridge.filtering(switch) is False
    assert [bridge.NAME in text for text in said] == [True]


@pytest.mark.parametrize("content", ["0\n", None])
def test_a_filter_that_is_off_or_absent_is_left_alone_without_a_word(switch: Path, content: str | None) -> None:
    switch.unlink()
    if content is not None:
        switch.write_text(content)
    said: list[str] = []
    bridge.stop_filtering(said.append, switch)
    assert said == []
    assert (switch.read_text() if switch.exists() else None) == content


def test_a_kernel_that_does_not_allow_it_is_told_and_left_alone(switch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: Path, _text: str) -> int:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "write_text", refuse)
    said: list[str] = []
    bridge.stop_filtering(said.append, switch)
    assert said == [f"{bridge.NAME} stays on: Operation not permitted"]
    assert bridge.filtering(switch) is True
