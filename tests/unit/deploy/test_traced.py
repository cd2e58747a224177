from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
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
BESIDE = {"app": "running", "zipkin": "running"}
ZIPKIN = SimpleNamespace(ports={"9411/tcp": [{"HostIp": "127.0.0.1", "HostPort": "4321"}]})


@pytest.fixture
def able(catalog: Catalog) -> Catalog:
    """The catalogue, with a stack `plain` that can trace."""
    plain = replace(catalog.stack("plain"), settings=frozenset({"TRACES"}))
    return replace(catalog, stacks={**catalog.stacks, "plain": plain})


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the engine has of the project: container by service; `up` says whether the stack is up."""
    has: dict[str, Any] = {"up": [make_running(services=BESIDE)], "containers": {"zipkin": ZIPKIN}}

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


def test_a_stack_that_is_up_without_traces_is_told_what_to_type(able: Catalog, engine: dict[str, Any]) -> None:
    engine["containers"], engine["up"] = {}, [make_running(target="plain@default+A=1")]
    with pytest.raises(UsageError, match="up without traces") as caught, traced.site(able, "plain"):
        pass
    assert caught.value.fix == "lab up plain@default --trace"


@pytest.mark.parametrize(
    ("state", "zipkin"),
    [("exited", SimpleNamespace(ports={})), ("paused", ZIPKIN), ("created", SimpleNamespace(ports={}))],
)
def test_a_zipkin_that_has_stopped_is_said_and_how_it_is_started_again(
    able: Catalog, engine: dict[str, Any], state: str, zipkin: SimpleNamespace
) -> None:
    engine["containers"] = {"zipkin": zipkin}
    services = {"app": "running", "zipkin": state}
    engine["up"] = [make_running(target="plain@default+TRACES=on", services=services)]
    with pytest.raises(Unhealthy, match="Zipkin, which keeps them, does not run") as caught, traced.site(able, "plain"):
        pass
    assert caught.value.where == f"zipkin {state}"
    assert str(caught.value.fix).startswith("lab up plain@default --set TRACES=on starts it again")


@pytest.mark.usefixtures("engine")
def test_another_variant_than_the_one_that_is_up_is_refused(
    able: Catalog, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_ROOT", str(project))
    with pytest.raises(UsageError, match="no variant named 'nope'"), traced.site(able, "plain@nope"):
        pass


def test_a_stack_that_was_stopped_is_unhealthy(able: Catalog, engine: dict[str, Any]) -> None:
    engine["up"] = [make_running(port=None, services=BESIDE)]
    with pytest.raises(Unhealthy), traced.site(able, "plain"):
        pass
