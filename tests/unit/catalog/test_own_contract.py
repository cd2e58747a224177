"""The contract of one stack: its own operations, with all that they refer to and nothing of the lab's."""

import json
from collections.abc import Iterator

import pytest
import schemathesis
from schemathesis.core.result import Ok

from lab.catalog import load_catalog
from lab.catalog.own_contract import own_contract
from lab.folders import CONTRACT

CATALOG = load_catalog()


def of(stack: str) -> dict[str, dict[str, dict[str, object]]]:
    return own_contract(CATALOG.root / CONTRACT, CATALOG.stack(stack))


def operations(document: dict[str, dict[str, dict[str, object]]]) -> Iterator[tuple[str, str]]:
    for path, item in document["paths"].items():
        for method in item:
            yield method, path


def test_a_stack_with_the_service_has_its_operations_and_no_others() -> None:
    found = set(operations(of("service-gin")))
    assert ("post", "/api/v1/login") in found
    assert ("delete", "/api/v1/users/{id}") in found
    assert ("get", "/ready") in found
    assert ("get", "/metrics") in found
    assert not {path for _, path in found} & {"/health", "/api/ping", "/static/{file}", "/api/r{route}/{id}"}


def test_what_the_entry_does_not_pass_on_is_none_of_the_stacks_operations() -> None:
    assert ("get", "/metrics") not in set(operations(of("service-nginx-gin")))


def test_a_stack_without_it_has_those_of_its_workloads() -> None:
    found = set(operations(of("gin")))
    assert {("get", "/ready"), ("get", "/api/ping"), ("get", "/health")} <= found
    assert not any(path.startswith("/api/v1/") for _, path in found)
    assert "/live" not in {path for _, path in found}


@pytest.mark.parametrize("name", sorted(CATALOG.stacks))
def test_each_stack_has_a_whole_document_that_other_tools_read(name: str) -> None:
    document = of(name)
    assert "x-lab" not in json.dumps(document)
    schema = schemathesis.openapi.from_dict(document)
    read = list(schema.get_all_operations())
    assert [result.err() for result in read if not isinstance(result, Ok)] == []  # what they refer to is there
    assert len(read) == len(list(operations(document))) >= 2


def test_what_nobody_refers_to_is_left_out() -> None:
    components = of("gin")["components"]
    assert "User" not in components.get("schemas", {})
    assert "securitySchemes" not in of("gunicorn-wsgi")["components"]
    assert "User" in of("service-gin")["components"]["schemas"]
