from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from docker import DockerClient

from lab.deploy import pages
from lab.engine import inventory
from tests.unit.unit_factories import make_budget


def test_a_page_takes_no_core_of_the_stack_and_is_not_its_entry() -> None:
    service = pages.service("zipkin", budget=make_budget(stack_cpus=(0,), load_cpus=(1, 3)))
    assert service["cpuset"] == "1,3"
    assert service["mem_limit"] == service["memswap_limit"]
    assert service["labels"] == {"lab.page": "zipkin"}


@pytest.mark.parametrize("found", ["http://127.0.0.1:9090", None])
def test_the_engine_is_asked_where_a_page_answers(found: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, str, str]] = []

    @contextmanager
    def connect() -> Iterator[str]:
        yield "the engine"

    def page_url(client: DockerClient, project: str, service: str) -> str | None:
        asked.append((client, project, service))
        return found

    monkeypatch.setattr(pages, "connect", connect)
    monkeypatch.setattr(inventory, "page_url", page_url)
    assert pages.url("lab-gin", "zipkin") == found
    assert asked == [("the engine", "lab-gin", "zipkin")]
