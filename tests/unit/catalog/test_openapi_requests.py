import json
from pathlib import Path
from typing import Any

import pytest

from lab.catalog import openapi_requests, recorded
from lab.catalog.stackfile import RequestLab
from lab.errors import UsageError

SHOP = """\
openapi: 3.1.0
info: {title: "[bold]Shop\\e[31m", version: "1"}
servers:
  - url: "https://{where}.example.com/v1/"
    variables: {where: {default: api}}
  - {url: "https://old.example.com/v0"}
components:
  parameters:
    Page: {name: page, in: query, schema: {type: integer, default: 2}}
  responses:
    Found: {description: "", content: {application/json: {example: 1}}}
paths:
  /items:
    parameters: [{$ref: "#/components/parameters/Page"}, {name: X-Shop, in: header, example: main}]
    get:
      parameters:
        - {name: tag, in: query, example: [a, "b c"]}
        - {name: sort, in: query, required: true, schema: {enum: [name, price]}}
        - {name: silent, in: query}
        - {name: Accept, in: header, example: x/y}
      responses: {"404": {description: ""}, "200": {$ref: "#/components/responses/Found"}}
    post: {responses: {}}
  /items/{id}:
    get:
      parameters: [{name: id, in: path, required: true, examples: {one: {value: "5/6"}}}]
      responses: {302: {description: ""}}
    delete: {responses: {}}
  /days/{day}:
    get: {parameters: [{name: day, in: path, schema: {example: 2026-01-02}}]}
  /users/{name}:
    get: {parameters: [{name: name, in: path, required: true, schema: {type: string}}]}
  /lost/{key}:
    get: {responses: {}}
  /needed:
    get: {parameters: [{name: q, in: query, required: true}]}
  "/odd \\e[31m[bold]":
    get: {}
"""


def read(tmp_path: Path, text: str, name: str = "openapi.yaml") -> recorded.Recorded:
    path = tmp_path / name
    path.write_text(text)
    return recorded.read(path)


def test_what_can_be_asked_is_asked_with_the_values_of_the_document(tmp_path: Path) -> None:
    found = read(tmp_path, SHOP).requests[recorded.WORKLOAD]
    assert found == [
        {
            "path": "/v1/items?page=2&tag=a&tag=b+c&sort=name",
            "headers": {"X-Shop": "main"},
            "answer": {"status": 200, "type": "application/json"},
        },
        {"path": "/v1/items/5%2F6", "answer": {"status": 302}},
        {"path": "/v1/days/2026-01-02"},
        {"path": "/v1/odd%20%1B%5B31m%5Bbold%5D"},
    ]
    assert all(RequestLab.model_validate(request) for request in found)


def test_what_lacks_a_value_what_changes_something_and_other_hosts_are_named_and_left_out(tmp_path: Path) -> None:
    assert read(tmp_path, SHOP).left_out == (
        "the server api.example.com: load goes to the stack alone",
        "the server old.example.com: load goes to the stack alone",
        "GET /users/{name}: there is no example for name",
        "GET /lost/{key}: there is no example for key",
        "GET /needed: there is no example for q",
        "2 operations that are no GET: add them to lab.yaml by hand",
    )


def test_swagger_2_in_json_is_read_too(tmp_path: Path) -> None:
    old = {
        "swagger": "2.0",
        "host": "shop.example.com",
        "basePath": "/api",
        "paths": {"/a": {"get": {"parameters": [{"name": "n", "in": "query", "default": True, "type": "boolean"}]}}},
    }
    found = read(tmp_path, json.dumps(old), "swagger.json")
    assert found.requests[recorded.WORKLOAD] == [{"path": "/api/a?n=true"}]
    assert found.left_out == ("the server shop.example.com: load goes to the stack alone",)


def test_more_than_can_be_told_apart_is_left_out_in_words(tmp_path: Path) -> None:
    many = {"openapi": "3.0.0", "paths": {f"/{number}": {"get": {}} for number in range(203)}}
    found = read(tmp_path, json.dumps(many))
    assert len(found.requests[recorded.WORKLOAD]) == recorded.MOST_REQUESTS
    assert found.left_out == ("3 requests beyond the first 200",)


def test_a_document_of_which_nothing_can_be_asked_says_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, "openapi: 3.0.0\npaths: {'/{a}': {get: {}}}\n")
    assert caught.value.fix == "GET /{a}: there is no example for a"


@pytest.mark.parametrize(
    "parameter",
    [
        {"$ref": "#/components/parameters/Me"},
        {"$ref": "other.yaml#/a"},
        {"$ref": "#/paths/~1a/nothing"},
        {"name": "q", "in": "query", "schema": {"example": {"a": 1}}},
        [],
        None,
    ],
)
def test_references_in_circles_or_elsewhere_and_odd_values_are_no_values(parameter: Any) -> None:
    document = {
        "openapi": "3.0.0",
        "components": {"parameters": {"Me": {"$ref": "#/components/parameters/Me"}}},
        "paths": {"/a": {"get": {"parameters": [parameter]}}, "/b": None, "/c": {"get": []}},
    }
    assert openapi_requests.read(document) == ([{"path": "/a"}], [])


def test_a_yaml_file_whose_aliases_would_never_end_is_read_all_the_same(tmp_path: Path) -> None:
    bomb = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    found = read(tmp_path, "\n".join(["openapi: 3.0.0", "paths: {/a: {get: {}}}", *bomb]))
    assert found.requests[recorded.WORKLOAD] == [{"path": "/a"}]


def test_a_large_yaml_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "openapi.yaml"
    path.write_text("openapi: 3.0.0\n#" + "x" * (recorded.MOST_YAML_MIB * 2**20))
    with pytest.raises(UsageError, match="of which at most 10 are read"):
        recorded.read(path)
