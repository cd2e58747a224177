from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from docker import DockerClient
from docker.models.containers import Container

from lab.catalog import Catalog
from lab.deploy import traced
from lab.engine import inventory
from lab.errors import Unhealthy, UsageError
from tests.unit.deploy.deploy_fakes import make_running

CLIENT = cast(DockerClient, SimpleNamespace())
ZIPKIN = SimpleNamespace(ports={"9411/tcp": [{"HostIp": "127.0.0.1", "HostPort": "4321"}]})


@pytest.fixture
def able(catalog: Catalog) -> Catalog:
    """The catalogue, with a stack `plain` that can trace."""
    plain = replace(catalog.stack("plain"), settings=frozenset({"TRACES"}))
    return replace(catalog, stacks={**catalog.stacks, "plain": plain})


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the engine has of the project: container by service; `up` says whether the stack is up."""
    has: dict[str, Any] = {"up": [make_running()], "containers": {"zipkin": ZIPKIN}}

    @contextmanager
    def connect() -> Iterator[DockerClient]:
        yield CLIENT

    monkeypatch.setattr(traced, "connect", connect)
    monkeypatch.setattr(inventory, "projects", lambda _client: has["up"])
    monkeypatch.setattr(inventory, "containers_of", lambda _client, _project: has["containers"])
    return has


@pytest.mark.usefixtures("engine")
def test_a_stack_that_is_up_with_traces_says_where_it_and_zipkin_answer(able: Catalog) -> None:
    with traced.site(able, "plain@default") as site:
        assert (site.url, site.zipkin) == ("http://127.0.0.1:8080", "http://127.0.0.1:4321")
        assert site.nginx_lines() == []


def test_the_lines_of_nginx_are_read_oldest_first(able: Catalog, engine: dict[str, Any]) -> None:
    nginx = SimpleNamespace(logs=lambda **_: b"one\ntwo\xff\n", ports={})
    engine["containers"]["nginx"] = cast(Container, nginx)
    with traced.site(able, "plain") as site:
        assert site.nginx_lines() == ["one", "two\ufffd"]


def test_a_stack_that_cannot_trace_is_told_which_can(able: Catalog) -> None:
    with pytest.raises(UsageError, match="proxied has no traces") as caught, traced.site(able, "proxied"):
        pass
    assert caught.value.fix == "stacks that have: plain"


def test_a_stack_that_is_not_up_is_told_what_to_type(able: Catalog, engine: dict[str, Any]) -> None:
    engine["up"] = []
    with pytest.raises(UsageError, match="plain is not up") as caught, traced.site(able, "plain"):
        pass
    assert caught.value.fix == "lab up plain --trace"


@pytest.mark.parametrize("containers", [{}, {"zipkin": SimpleNamespace(ports={"9411/tcp": None})}])
def test_a_stack_that_is_up_without_traces_is_told_what_to_type(
    able: Catalog, engine: dict[str, Any], containers: dict[str, Any]
) -> None:
    engine["containers"] = containers
    with pytest.raises(UsageError, match="up without traces") as caught, traced.site(able, "plain"):
        pass
    assert caught.value.fix == "lab up plain@default --trace"


def test_a_stack_that_was_stopped_is_unhealthy(able: Catalog, engine: dict[str, Any]) -> None:
    engine["up"] = [make_running(port=None)]
    with pytest.raises(Unhealthy), traced.site(able, "plain"):
        pass
