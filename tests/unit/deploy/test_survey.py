from pathlib import Path
from typing import Any

import pytest

from lab.deploy.survey import survey, what
from lab.errors import UsageError

WEB = {"image": "registry.local:5000/nginx:1.25", "ports": [{"target": 80, "protocol": "tcp"}]}


def config(**services: dict[str, Any]) -> dict[str, Any]:
    return {"name": "shop", "services": services}


def after(*names: str, condition: str = "service_started") -> dict[str, Any]:
    return {"depends_on": {name: {"condition": condition} for name in names}}


def test_the_entry_is_what_is_published_and_the_tiers_follow_what_depends_on_what() -> None:
    found = survey(
        config(
            app={"image": "mine/app:1", "command": ["gunicorn", "--timeout", "120", "app:app"]} | after("db"),
            db={"image": "postgres:16", "ports": [{"target": 5432}]},
            web=WEB | after("app"),
        )
    )
    assert (found.entry, found.port, found.scheme) == ("web", 80, "http")
    assert found.tiers == {"web": "nginx", "app": "gunicorn", "db": "postgres"}
    assert [*found.tiers] == ["web", "app", "db"]
    assert found.memory == {"web": 1, "app": 4, "db": 4}
    assert found.frail == {}


def test_a_service_that_others_wait_for_to_end_or_that_is_called_so_is_a_job() -> None:
    found = survey(
        config(
            web=WEB | after("prepare", condition="service_completed_successfully"),
            prepare={"image": "x"},
            **{"db-migrate": {"image": "x"}, "initial": {"image": "x"}, "seed": {"image": "x", "restart": "always"}},
        )
    )
    assert found.jobs == ("prepare", "db-migrate")
    assert set(found.tiers) == {"web", "initial", "seed"}


def test_of_a_page_with_and_without_tls_the_one_without_is_taken() -> None:
    both = [{"target": 443}, {"target": 80}]
    found = survey(config(web=WEB | {"ports": both}))
    assert (found.port, found.scheme, found.others) == (80, "http", ("web:443",))
    assert survey(config(web=WEB | {"ports": both[:1]})).scheme == "https"


@pytest.mark.parametrize(
    ("services", "words", "fix"),
    [
        ({"a": WEB, "b": {**WEB, "ports": [{"target": 3000}]}}, "2 published ports may be", "--entry a:80"),
        ({"a": {"image": "x"}}, "no service publishes a port", "--entry SERVICE:PORT"),
        ({"db": {"image": "postgres", "ports": [{"target": 5432}]}}, "no service publishes", "--entry SERVICE:PORT"),
        (
            {"dns": {"image": "x", "ports": [{"target": 8000, "protocol": "udp"}]}},
            "no service publishes",
            "SERVICE:PORT",
        ),
    ],
)
def test_an_entry_that_is_not_plain_must_be_chosen(services: dict[str, Any], words: str, fix: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        survey(config(**services))
    assert fix in (caught.value.fix or "")


@pytest.mark.parametrize(
    ("service", "told"),
    [
        ({"ports": [{"target": 8000}]}, True),
        ({"expose": ["8000"]}, True),
        ({"command": ["gunicorn", "--bind", "0.0.0.0:8000"]}, True),
        ({"environment": {"PORT": "8000"}}, True),
        ({"healthcheck": {"test": ["CMD", "curl", "http://localhost:8000/"]}}, True),
        ({"build": {"context": "/", "dockerfile_inline": "FROM x\nEXPOSE 8000\n"}}, True),
        ({"ports": [{"target": 80}], "environment": {"LIMIT": "18000"}}, False),
        ({}, False),
    ],
)
def test_it_is_known_whether_a_file_says_that_the_entry_listens_there(service: dict[str, Any], told: bool) -> None:
    assert survey(config(web={"image": "x", **service}), entry="web:8000").told is told


@pytest.mark.parametrize("entry", ["web:0", "web:65536", "web:99999", "web:²"])
def test_an_entry_has_a_port_that_there_is(entry: str) -> None:
    with pytest.raises(UsageError, match="is not a") as caught:
        survey(config(web={"image": "x"}), entry=entry)
    assert caught.value.fix


@pytest.mark.parametrize("entry", ["web", "web:http", "wep:80", ""])
def test_an_entry_that_is_named_must_be_one(entry: str) -> None:
    services = config(web={"image": "x"})
    assert survey(services, entry="web:9000").port == 9000
    with pytest.raises(UsageError):
        survey(services, entry=entry)


@pytest.mark.parametrize(
    ("command", "frail"),
    [
        (["gunicorn", "app:app"], True),
        (["gunicorn", "-t", "30", "app:app"], True),
        ("gunicorn --timeout=59 app:app", True),
        ("gunicorn --timeout 60 app:app", False),
        (["sh", "-c", "gunicorn --timeout 0 app:app"], False),
        (["uvicorn", "app:app"], False),
    ],
)
def test_gunicorn_with_a_short_time_out_does_not_bear_to_be_frozen(command: object, frail: bool) -> None:
    assert bool(survey(config(web=WEB | {"image": "x", "command": command})).frail) is frail


def test_what_a_dockerfile_and_gunicorns_own_file_say_counts(tmp_path: Path) -> None:
    web = WEB | {"image": "x", "build": {"context": str(tmp_path), "dockerfile": "Dockerfile"}}
    (tmp_path / "Dockerfile").write_text('FROM python:3.12-slim\nCMD ["gunicorn", "--bind", ":80", "app:app"]\n')
    found = survey(config(web=web))
    assert found.tiers == {"web": "gunicorn"}
    assert found.frail == {"web": "Gunicorn kills workers that were frozen for 30 s"}
    (tmp_path / "gunicorn.conf.py").write_text("timeout = 300\n")
    assert survey(config(web=web)).frail == {}


@pytest.mark.parametrize(
    ("service", "word"),
    [
        ({"image": "bitnami/redis:7"}, "redis"),
        ({"image": "ghcr.io/me/thing@sha256:ab"}, "thing"),
        ({"build": {"context": "/srv/api"}}, "built from api"),
        ({"image": "me/app", "command": ["celery", "-A", "app", "worker"]}, "celery"),
    ],
)
def test_a_service_is_called_after_what_it_starts(service: dict[str, Any], word: str) -> None:
    assert what(service) == word
