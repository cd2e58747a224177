import json

import pytest

from lab.deploy import stack_up
from lab.host import session
from tests.unit.cli.cli_driving import Lab
from tests.unit.deploy.deploy_fakes import make_running

LEFT = "bench-20261121-000000-abcdef"


def test_what_a_killed_process_has_left_is_told_from_what_is_to_stay(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    up = [make_running(session="up-20261121-000000-abcdef"), make_running(session=LEFT)]
    monkeypatch.setattr(stack_up, "running", lambda: up)
    ended = lab("ps")
    header, *rows = (line.split("  ") for line in ended.out.splitlines())
    assert [cell for cell in header if cell][:2] == ["stack", "whose"]
    assert [[cell for cell in row if cell][1].strip() for row in rows] == ["to stay", "left behind"]
    assert "The next command that starts a stack removes it" in ended.err
    assert [one["whose"] for one in json.loads(lab("ps", "--json").out)] == ["to stay", "left behind"]


def test_of_what_is_to_stay_there_is_nothing_more_to_say(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    with session.open_session("bench") as mine:
        monkeypatch.setattr(stack_up, "running", lambda: [make_running(session=mine.id)])
        ended = lab("ps")
    assert "of a call at work" in ended.out
    assert ended.err == ""
