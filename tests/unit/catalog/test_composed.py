import json
from pathlib import Path

import pytest

from lab.catalog import workloads
from lab.model import SignIn, Workload
from tests.unit.unit_project import edit, line_of

PIECES = """\
paths:
  /login:
    post:
      operationId: login
      tags: [service]
      responses: {"200": {content: {application/json: {}}}, "401": {}}
  /books:
    get:
      operationId: list-books
      tags: [service]
      responses: {"200": {content: {application/json: {}}}}
    post:
      operationId: order-book
      tags: [service]
      responses: {"201": {content: {application/json: {}}}, "202": {content: {application/json: {}}}, "409": {}}
  /books/{id}:
    put:
      operationId: replace-book
      tags: [service]
      responses: {"204": {}}
"""

ROOT = """\
x-lab:
  accounts: {operation: login, email: "reader{n:03}@example.org", password: secret, roles: {reader: [1, 20]}}
  workloads:
    read:
      summary: Reads pages
      as: reader
      requests:
        - {operation: list-books, each: {page: [a=, b]}, query: {limit: 5, page: "{page}"}}
    write:
      summary: Writes
      requests:
        - {operation: replace-book, each: {id: {from: 7, to: 9}}, body: {id: "{id}", name: "book {id:04} {unique}"}}
    mixed:
      summary: Both
      requests:
        - {operation: list-books, each: {page: [a, b]}, query: {page: "{page}"}, weight: 3}
        - {operation: replace-book, each: {id: [7]}}
    order:
      summary: Orders
      fixed: true
      delay: {setting: WORK, default_s: 0.5, when: {MODE: slow}, at_once: 2}
      requests:
        - {operation: order-book, headers: {Key: "{unique}"}, body: {tags: ["{unique}"]}}
"""


@pytest.fixture
def contract(project: Path) -> Path:
    path = project / "stacks/openapi.yaml"
    edit(path, "paths:\n", ROOT + PIECES)
    return path


def load(path: Path) -> dict[str, Workload]:
    found, mistakes = workloads.load(path)
    assert mistakes == []
    return found


def test_operations_of_the_service_are_workloads_only_as_the_root_says(contract: Path) -> None:
    assert [*load(contract)] == ["health", "ping", "ready", "read", "write", "mixed", "order"]


def test_each_value_gives_one_request_and_a_query_is_escaped(contract: Path) -> None:
    read = load(contract)["read"]
    assert [request.path for request in read.requests] == ["/books?limit=5&page=a%3D", "/books?limit=5&page=b"]
    assert read.turns == ()


def test_a_role_signs_its_accounts_in(contract: Path) -> None:
    found = load(contract)
    assert found["read"].sign_in == SignIn(
        path="/login",
        bodies=(
            '{"email":"reader001@example.org","password":"secret"}',
            '{"email":"reader020@example.org","password":"secret"}',
        ),
    )
    assert found["write"].sign_in is None


def test_a_span_fills_path_and_body_and_a_number_stays_a_number(contract: Path) -> None:
    write = load(contract)["write"]
    assert [(request.method, request.path) for request in write.requests] == [("PUT", f"/books/{n}") for n in (7, 8, 9)]
    first = write.requests[0]
    assert json.loads(first.sent or "") == {"id": 7, "name": "book 0007 {unique}"}
    assert first.headers == (("Content-Type", "application/json"),)
    assert (first.statuses, first.content_type, first.known) == ((204,), "", False)


def test_weights_make_turns_in_which_each_group_goes_round(contract: Path) -> None:
    mixed = load(contract)["mixed"]
    assert [request.path for request in mixed.requests] == ["/books?page=a", "/books?page=b", "/books/7"]
    assert mixed.turns == (0, 1, 0, 2, 1, 0, 1, 2)


def test_every_answer_that_is_no_refusal_is_accepted(contract: Path) -> None:
    order = load(contract)["order"]
    (request,) = order.requests
    assert (request.statuses, request.known) == ((201, 202), True)
    assert ("Key", "{unique}") in request.headers
    assert (order.delay_setting, order.delay_s, order.delay_when, order.at_once) == (
        "WORK",
        0.5,
        (("MODE", "slow"),),
        2,
    )


@pytest.mark.parametrize(
    ("old", "new", "marker", "key", "message"),
    [
        ("as: reader", "as: writer", "as: writer", "read.as", "there are no accounts with the role 'writer'"),
        ("{operation: list-books, each: {page: [a=", "{operation: list-book, each: {page: [a=", "operation: list-book,",
         "read.requests.0.operation", "there is no operation 'list-book' with the tag service"),
        ('page: "{page}"}}', 'page: "{pge}"}}', "limit: 5", "read.requests.0", "leaves a parameter open: {pge}"),
        ("each: {id: [7]}}", "each: {ip: [7]}}", "ip: [7]", "mixed.requests.1", "leaves a parameter open: {id}"),
        ('Key: "{unique}"', 'Key: "{key}"', "{key}", "order.requests.0", "leaves a parameter open: {key}"),
        ("    order:\n", "    ping:\n", "    ping:", "ping", "'ping' is the name of another workload"),
        ("weight: 3", "weigth: 3", "weigth", "mixed.requests.0.weigth", "is not a key known here: did you mean"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_line_and_key(
    contract: Path, *, old: str, new: str, marker: str, key: str, message: str
) -> None:
    edit(contract, old, new)
    (told,) = [one for one in workloads.load(contract)[1] if f": x-lab.workloads.{key}: {message}" in one]
    assert told.startswith(f"{contract}:{line_of(contract, marker)}: ")


def test_accounts_that_sign_in_by_no_known_operation_are_a_mistake(contract: Path) -> None:
    edit(contract, "operation: login", "operation: sign-in")
    (told,) = workloads.load(contract)[1]
    assert "x-lab.accounts.operation: there is no operation 'sign-in'" in told
