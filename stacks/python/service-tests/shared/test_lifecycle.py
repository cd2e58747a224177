import threading
from dataclasses import replace

import pytest
from service import drive_sync, lifecycle, postgres
from service.settings import Settings


def test_stores_that_answer_are_found_at_once(settings: Settings) -> None:
    postgres.require_postgres(settings)
    drive_sync.require_redis(settings)


def test_a_store_that_comes_late_is_waited_for() -> None:
    failures = [ValueError(), ValueError(), ValueError()]

    def ask() -> None:
        if failures:
            raise failures.pop()

    lifecycle.require("Postgres", "here", ask, ValueError)
    assert not failures


def test_who_cannot_be_reached_is_named_and_the_exit_code_is_3(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lifecycle, "DEADLINE_S", 0.5)
    nowhere = replace(settings, postgres_host="127.0.0.1", redis_host="127.0.0.1")
    for require, name in ((postgres.require_postgres, "Postgres"), (drive_sync.require_redis, "Redis")):
        with pytest.raises(SystemExit) as ended:
            require(nowhere)
        assert ended.value.code == 3
        assert f"start: {name} cannot be reached at 127.0.0.1:" in capsys.readouterr().err


def test_a_look_that_hangs_does_not_make_the_wait_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle, "DEADLINE_S", 0.2)
    never = threading.Event()
    with pytest.raises(SystemExit):
        lifecycle.require("Redis", "here", never.wait, ValueError)
