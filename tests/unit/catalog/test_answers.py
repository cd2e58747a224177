import pytest
import yaml

from lab.catalog import answers

TEXT = """\
# mine
title: A shop
requests:
  home:
    - path: /   # the page
    # below it
    - {path: /flow, method: POST}
    - path: /block
      answer:
        status: 200   # it was
        keys:
        - a
        # a comment behind it
      headers: {X: 1}
    - {path: /both, answer: {status: 404}, headers: {}}
  text:
  - path: "/q?a=1"
    answer:
      body: |
        two
        lines
    method: GET
# the end
workloads: [home]
"""
RIGHT = {"status": [201, 409], "type": "text/html", "body": "a: b\n", "keys": []}


@pytest.mark.parametrize("place", [("home", 0), ("home", 1), ("home", 2), ("home", 3), ("text", 0)])
def test_an_answer_is_written_and_all_else_stays(place: tuple[str, int]) -> None:
    found = answers.written(TEXT, {place: RIGHT})
    expected = yaml.safe_load(TEXT)
    expected["requests"][place[0]][place[1]]["answer"] = RIGHT
    assert yaml.safe_load(found) == expected
    for comment in ("# mine", "# the page", "# below it", "# a comment behind it", "# the end"):
        assert comment in found


def test_all_at_once_and_once_more_is_the_same() -> None:
    places = {(name, place): RIGHT for name, count in (("home", 4), ("text", 1)) for place in range(count)}
    once = answers.written(TEXT, places)
    assert all(one["answer"] == RIGHT for asked in yaml.safe_load(once)["requests"].values() for one in asked)
    assert answers.written(once, places) == once


def test_a_text_without_an_end_of_line_is_written_to_too() -> None:
    found = answers.written("requests: {}\n".replace("{}", "\n  a:\n  - path: /").rstrip(), {("a", 0): {"status": 200}})
    assert yaml.safe_load(found) == {"requests": {"a": [{"path": "/", "answer": {"status": 200}}]}}


def test_a_request_that_is_not_in_it_is_no_silent_loss() -> None:
    with pytest.raises(KeyError):
        answers.written(TEXT, {("home", 9): RIGHT})


def test_a_long_answer_stays_on_one_line_and_escapes_are_written_as_such() -> None:
    line = answers.flow({"body": "x " * 900 + "\x1b[31m"})
    assert "\n" not in line
    assert "\x1b" not in line
    assert yaml.safe_load(line) == {"body": "x " * 900 + "\x1b[31m"}
