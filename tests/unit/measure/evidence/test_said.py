from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from docker.errors import APIError, NotFound
from docker.models.containers import Container

from lab.measure.evidence import said

BEGAN = 1_795_004_800.0
NGINX = (
    "2026-11-18T12:26:41.25{}Z 2026/11/18 12:26:41 [alert] 22#22: *97 48 worker_connections are not enough while "
    "connecting to upstream, client: 198.19.0.1"
)
GUNICORN = "2026-11-18T12:26:42.000000001Z [2026-11-18 12:26:42 +0000] [7] [CRITICAL] WORKER TIMEOUT (pid:13)"


def container(logs: Any) -> Container:
    return cast(Container, SimpleNamespace(logs=logs))


def test_the_first_of_each_kind_is_told_with_its_time_and_how_many_there_are() -> None:
    lines = [NGINX.format("0000000"), NGINX.format("9999999"), "2026-11-18T12:26:41Z GET /", GUNICORN]
    full, killed = said.told(lines, since=BEGAN)
    assert (full.about, full.line, full.count) == ("nginx-connections", "48 worker_connections are not enough", 2)
    assert full.first_s == 1.25
    assert (killed.about, killed.line, killed.count) == ("worker-timeout", "WORKER TIMEOUT (pid:13)", 1)


LIMITS = (
    'limiting requests, excess: 5.500 by zone "a"',
    'delaying requests, excess: 0.400 by zone "a"',
    'limiting connections by zone "c"',
    "no live upstreams while connecting to upstream",
)


@pytest.mark.parametrize("words", LIMITS)
def test_what_nginx_writes_of_a_limit_that_it_was_told_is_known(words: str) -> None:
    line = f"2026-11-18T12:26:41.250000000Z 2026/11/18 12:26:41 [error] 22#22: *97 {words}, client: 198.19.0.1"
    (limit,) = said.told([line], since=BEGAN)
    assert (limit.about, limit.line) == ("nginx-limit", words)


def test_a_line_that_was_written_before_the_load_by_another_clock_is_not_before_it() -> None:
    (early,) = said.told([GUNICORN], since=BEGAN + 60)
    assert early.first_s == 0.0


def test_lines_are_put_together_however_the_engine_cuts_them() -> None:
    asked: dict[str, Any] = {}

    def logs(**how: Any) -> Iterator[bytes]:
        asked.update(how)
        text = f"{NGINX.format('0')}\n{GUNICORN}\nlast".encode()
        return (text[start : start + 7] for start in range(0, len(text), 7))

    found = said.read(container(logs), since=BEGAN)
    assert found is not None
    assert [line.about for line in found] == ["nginx-connections", "worker-timeout"]
    assert (asked["since"], asked["timestamps"], asked["follow"]) == (BEGAN, True, False)


def test_a_container_that_is_gone_has_said_nothing_and_one_whose_log_is_not_kept_is_unknown() -> None:
    def raising(error: Exception) -> Any:
        def logs(**_: Any) -> None:
            raise error

        return logs

    assert said.read(container(raising(NotFound("gone"))), since=0.0) == ()
    assert (
        said.read(container(raising(APIError("configured logging driver does not support reading"))), since=0) is None
    )


REFUSED = (
    ("FATAL:  sorry, too many clients already", "database-clients", "too many clients already"),
    ('FATAL:  too many connections for role "web"', "database-clients", 'too many connections for role "web"'),
    (
        "FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute",
        "database-clients",
        "remaining connection slots are reserved",
    ),
    ("WARNING:  Exceeded concurrency limit.", "uvicorn-limit", "Exceeded concurrency limit"),
)


@pytest.mark.parametrize(("line", "about", "words"), REFUSED)
def test_what_is_refused_for_want_of_room_is_known(line: str, about: str, words: str) -> None:
    (limit,) = said.told([f"2026-11-18T12:26:41.250000000Z {line}"], since=BEGAN)
    assert (limit.about, limit.line) == (about, words)
