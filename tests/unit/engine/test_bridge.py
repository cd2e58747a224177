"""The bridge filter: found, switched off, and left alone where that is not to be had."""

from pathlib import Path

import pytest

from lab.engine import bridge


@pytest.mark.parametrize(("content", "found"), [("1\n", True), ("0\n", False)])
def test_the_switch_tells_whether_bridged_packets_are_filtered(tmp_path: Path, content: str, found: bool) -> None:
    switch = tmp_path / "switch"
    switch.write_text(content)
    assert bridge.filtering(switch) is found


def test_a_kernel_without_a_bridge_filter_has_nothing_to_switch_off(tmp_path: Path) -> None:
    said: list[str] = []
    assert bridge.filtering(tmp_path / "none") is None
    bridge.stop_filtering(said.append, tmp_path / "none")
    assert said == []


def test_a_filter_that_is_on_is_switched_off_and_said_so(tmp_path: Path) -> None:
    switch, said = tmp_path / "switch", list[str]()
    switch.write_text("1\n")
    bridge.stop_filtering(said.append, switch)
    assert switch.read_text() == "0"
    assert bridge.NAME in said[0]
    bridge.stop_filtering(said.append, switch)
    assert len(said) == 1, "what is off already is not worth a word"
