"""Pages of users, also while users are made and deleted, and as Protocol Buffers."""

from collections.abc import Callable

import pytest
import requests

from tests.service.conformance import protobuf
from tests.service.conformance.problems import refused
from tests.service.conformance.running import Service
from tests.service.conformance.tokens import encoded

PROTOBUF = {"Accept": "application/x-protobuf"}


def page(service: Service, *, limit: int, cursor: object = None) -> requests.Response:
    query = f"limit={limit}" + (f"&cursor={cursor}" if cursor else "")
    answer = service.as_admin("GET", f"/api/v1/users?{query}")
    assert answer.status_code == 200, answer.text
    return answer


def walk(service: Service, *, after: int, between: Callable[[], None] = lambda: None) -> list[int]:
    """The ids of all pages after an id, in the order in which they came."""
    ids: list[int] = []
    cursor: object = encoded(str(after).encode()) if after else None
    while True:
        answer = page(service, limit=100, cursor=cursor).json()
        ids += [user["id"] for user in answer["items"]]
        if answer["next"] is None:
            return ids
        cursor = answer["next"]
        between()


def test_a_page_has_twenty_users_where_nobody_says_how_many(service: Service) -> None:
    answer = service.as_admin("GET", "/api/v1/users")
    body = answer.json()
    assert [*body] == ["items", "next"]
    assert [user["id"] for user in body["items"]] == [*range(1, 21)]
    assert body["next"] == encoded(b"20")
    assert (answer.headers["Content-Type"], answer.headers["Vary"]) == ("application/json", "Accept")


def test_a_page_holds_users_as_they_are_alone(service: Service) -> None:
    items = page(service, limit=15).json()["items"]
    assert items == [service.as_admin("GET", f"/api/v1/users/{item['id']}").json() for item in items]
    assert {item["profile"] is None for item in items} == {True, False}


def test_all_pages_together_hold_every_user_once(service: Service) -> None:
    ids = walk(service, after=0)
    assert ids == [int(line) for line in service.sql("SELECT id FROM users ORDER BY id").splitlines()]
    assert len(ids) >= 9_990


def test_pages_do_not_shift_while_users_are_made_and_deleted(service: Service) -> None:
    doomed = [int(str(service.new_user()["id"])) for _ in range(3)]
    kept = {int(line) for line in service.sql("SELECT id FROM users").splitlines()} - set(doomed)

    def write() -> None:
        service.new_user()
        if doomed:
            assert service.as_admin("DELETE", f"/api/v1/users/{doomed.pop()}").status_code == 204

    ids = walk(service, after=9500, between=write)
    assert ids == sorted(set(ids))
    assert {id_ for id_ in kept if id_ > 9500} <= set(ids)


def test_the_last_page_says_that_it_is_the_last_one_also_when_it_is_full(service: Service) -> None:
    last = int(service.sql("SELECT max(id) FROM users"))
    before = int(service.sql("SELECT min(id) - 1 FROM (SELECT id FROM users ORDER BY id DESC LIMIT 5) five"))
    cursor = encoded(str(before).encode())
    assert page(service, limit=4, cursor=cursor).json()["next"] is not None
    full = page(service, limit=5, cursor=cursor).json()
    assert (len(full["items"]), full["items"][-1]["id"], full["next"]) == (5, last, None)


def test_after_the_last_user_comes_an_empty_page(service: Service) -> None:
    answer = page(service, limit=5, cursor=encoded(b"9223372036854775807"))
    assert answer.content == b'{"items":[],"next":null}'


def test_a_write_is_seen_by_the_next_read_of_a_page(service: Service) -> None:
    user = service.new_user()
    cursor = encoded(str(int(str(user["id"])) - 1).encode())
    assert page(service, limit=1, cursor=cursor).json()["items"] == [user]
    body = {"name": "Renamed", "email": user["email"], "age": 31}
    assert service.as_admin("PUT", f"/api/v1/users/{user['id']}", json=body).status_code == 200
    assert page(service, limit=1, cursor=cursor).json()["items"][0]["name"] == "Renamed"
    assert service.as_admin("DELETE", f"/api/v1/users/{user['id']}").status_code == 204
    assert page(service, limit=1, cursor=cursor).json()["items"] == []


@pytest.mark.parametrize("path", ["/api/v1/users/1", "/api/v1/users/2", "/api/v1/users?limit=100"])
def test_protobuf_says_what_json_says_in_fewer_bytes(service: Service, path: str) -> None:
    json, small = service.as_admin("GET", path), service.as_admin("GET", path, headers=PROTOBUF)
    assert small.headers["Content-Type"] == "application/x-protobuf"
    assert small.headers["Vary"] == "Accept"
    read = protobuf.page if "?" in path else protobuf.user
    assert read(small.content) == json.json()
    assert len(small.content) < len(json.content)
    print(f"{path}: {len(json.content)} bytes of JSON, {len(small.content)} of Protobuf:"
          f" {1 - len(small.content) / len(json.content):.0%} smaller")  # fmt: skip


def test_the_last_page_has_no_next_in_protobuf_either(service: Service) -> None:
    cursor = encoded(b"9223372036854775807")
    answer = service.as_admin("GET", f"/api/v1/users?cursor={cursor}", headers=PROTOBUF)
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_write_answers_in_protobuf_to_who_asks_for_it(service: Service) -> None:
    user = service.new_user(profile={"bio": "", "city": "Oslo"})
    body = {"name": "ß", "email": user["email"], "age": 0, "profile": {"bio": "", "city": ""}}
    answer = service.as_admin("PUT", f"/api/v1/users/{user['id']}", json=body, headers=PROTOBUF)
    assert protobuf.user(answer.content) == {**body, "id": user["id"], "role": "user"}
    made = {**body, "email": f"pb-{user['email']}", "password": "lab-password"}
    created = service.as_admin("POST", "/api/v1/users", json=made, headers=PROTOBUF)
    assert (created.status_code, created.headers["Content-Type"]) == (201, "application/x-protobuf")
    assert protobuf.user(created.content)["name"] == "ß"


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("application/x-protobuf", "application/x-protobuf"),
        ("APPLICATION/X-Protobuf", "application/x-protobuf"),
        ("application/json, application/x-protobuf;q=0.1", "application/x-protobuf"),
        ("text/html,application/x-protobuf ; q=1.000", "application/x-protobuf"),
        ("application/x-protobuf;q=0", "application/json"),
        ("application/x-protobuf; q=0.000, */*", "application/json"),
        ("application/json", "application/json"),
        ("application/*", "application/json"),
        ("*/*", "application/json"),
        ("text/html", "application/json"),
        ("", "application/json"),
    ],
)
def test_protobuf_is_for_those_who_name_it(service: Service, accept: str, content_type: str) -> None:
    answer = service.as_admin("GET", "/api/v1/users/1", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, content_type)


def test_a_problem_stays_json(service: Service) -> None:
    refused(service.as_admin("GET", "/api/v1/users/0", headers=PROTOBUF), "not-found")
    refused(
        service.as_admin("GET", "/api/v1/users?limit=x", headers=PROTOBUF), "invalid-fields", ("query", "limit", "type")
    )
