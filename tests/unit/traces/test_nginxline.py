import json
import re
from pathlib import Path
from typing import Any

import pytest

from lab.traces import nginxline

ROOT = Path(__file__).parents[3]
LINE = {
    "time": "2026-11-28T02:36:01.250Z",
    "level": "info",
    "message": "request",
    "request_id": "abc",
    "method": "GET",
    "path": "/api/v1/items/7",
    "status": 200,
    "duration_s": 0.020,
    "client": "198.18.0.1",
    "app": "198.18.0.2:8080",
    "app_s": "0.019",
}
ENDED_US = 1_795_833_361_250_000


def found(**changes: Any) -> nginxline.NginxLine:
    line = nginxline.find([json.dumps({**LINE, **changes})], "abc")
    assert line is not None
    return line


def test_the_line_of_a_request_is_found_among_others() -> None:
    others = ["not JSON abc", '{"message":"abc"}', "[]", '"abc"', json.dumps({**LINE, "request_id": "abcd"})]
    line = nginxline.find([*others, json.dumps(LINE), *others], "abc")
    assert line is not None
    assert (line.status, line.took_s, line.app_s) == (200, 0.02, 0.019)
    assert nginxline.find(others, "abc") is None


def test_of_a_request_that_came_twice_the_last_line_counts() -> None:
    lines = [json.dumps({**LINE, "status": status}) for status in (503, 200)]
    line = nginxline.find(lines, "abc")
    assert line is not None
    assert line.status == 200


@pytest.mark.parametrize("nothing", ["", "-"])
def test_an_answer_of_nginxs_own_asked_nobody(nothing: str) -> None:
    assert found(app_s=nothing).app_s is None


def test_the_times_of_a_second_upstream_are_added() -> None:
    assert found(app_s="0.001, 0.004").app_s == pytest.approx(0.005)
    assert found(app_s="-, 0.004").app_s == pytest.approx(0.004)


def test_the_span_ends_when_the_line_was_written_and_says_what_nginx_knows() -> None:
    span = nginxline.span(found(status=503), trace="t", identity="n", parent="c")
    assert (span.began_us, span.took_us) == (ENDED_US - 20_000, 20_000)
    assert (span.identity, span.parent, span.service, span.kind) == ("n", "c", "nginx", "SERVER")
    assert (span.tag("app_ms"), span.tag("http.status_code"), span.tag("precision")) == ("19", "503", "1 ms")
    assert span.error


def test_the_configuration_writes_the_fields_that_are_read() -> None:
    conf = (ROOT / "nginx" / "common" / "access-on.conf").read_text("utf-8")
    assert set(re.findall(r'"(\w+)":', conf)) == set(LINE)
