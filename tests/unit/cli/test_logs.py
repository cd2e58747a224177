import json

import pytest

from lab.deploy import request_log
from lab.deploy.request_log import LogLine
from tests.unit.cli.cli_driving import Lab

LINES = [
    LogLine(tier="app", heard="2026-11-28T02:00:01.5Z", text='{"request_id":"r-1","order":7}'),
    LogLine(tier="proxy", heard="2026-11-28T02:00:02Z", text="r-1 \x1b[31m"),
]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_log, "of_request", lambda *_: (LINES, ["redis"]))


@pytest.mark.usefixtures("written")
def test_the_lines_of_a_request_are_printed_with_their_tiers(lab: Lab) -> None:
    ended = lab("logs", "plain", "--request", "r-1")
    assert ended.code == 0
    assert ended.out.splitlines() == [
        '02:00:01.500  app    {"request_id":"r-1","order":7}',
        "02:00:02.000  proxy  r-1 ?[31m",
    ]
    assert ended.err == "no line of it: redis\n"


@pytest.mark.usefixtures("written")
def test_a_program_gets_the_keys_of_each_line(lab: Lab) -> None:
    first, second = json.loads(lab("logs", "plain", "--request", "r-1", "--json").out)
    assert first == {
        "time": "2026-11-28T02:00:01.500000+00:00",
        "tier": "app",
        "line": {"request_id": "r-1", "order": 7},
    }
    assert second["line"] == "r-1 \x1b[31m"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--request", "r-1", "--tail", "3"), "--tail would have no effect"),
        (("--request", "r-1", "--follow"), "--follow would have no effect"),
        (("app", "--request", "r-1"), "--request looks through all that there is"),
        (("--json",), "it is for --request"),
        (("--request", "a b"), "is not the id of a request"),
    ],
)
def test_what_does_not_go_together_is_refused(lab: Lab, arguments: tuple[str, ...], said: str) -> None:
    ended = lab("logs", "plain", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
