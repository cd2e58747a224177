"""Items, and orders of them: done at once or by the worker, and never twice."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
import requests

from tests.service.conformance.problems import compact, refused
from tests.service.conformance.running import Service, eventually, held, waiting
from tests.service.stacks import DIRECT, parameters

SOLD_OUT = 100
"""Every hundredth item has no stock."""


def order(
    service: Service, *, item: int = 1, quantity: int = 2, key: str | None = None, user: int = 2
) -> requests.Response:
    body = {"item_id": item, "quantity": quantity}
    headers = {"Idempotency-Key": key or uuid.uuid4().hex}
    return service.as_user("POST", "/api/v1/orders", user=user, json=body, headers=headers)


def first_status(service: Service) -> tuple[int, str]:
    """Code and order status that a new order is answered with."""
    return (201, "done") if service.mode == "sync" else (202, "accepted")


def finished(service: Service, placed: requests.Response) -> str:
    """What became of an order in the end."""

    def status() -> str:
        return str(service.as_admin("GET", placed.headers["Location"]).json()["status"])

    eventually(lambda: status() != "accepted")
    return status()


def stock(service: Service, item: int) -> int:
    return int(service.sql(f"SELECT stock FROM items WHERE id = {item}"))


@pytest.mark.parametrize("id_", [1, 42, 99, SOLD_OUT, 1000])
def test_an_item_has_a_name_and_a_price_whoever_asks(service: Service, id_: int) -> None:
    expected = compact({"id": id_, "name": f"Item {id_:04}", "price_cents": 1000 + id_})
    for answer in (service.ask("GET", f"/api/v1/items/{id_}"), service.as_user("GET", f"/api/v1/items/{id_}")):
        assert (answer.status_code, answer.content) == (200, expected)
        assert answer.headers["Content-Type"] == "application/json"


def test_an_item_that_does_not_exist_is_not_found_again_and_again(service: Service) -> None:
    for _ in range(3):
        refused(service.ask("GET", "/api/v1/items/1001"), "not-found")


def test_an_order_is_answered_and_done(service: Service) -> None:
    before = stock(service, 7)
    answer = order(service, item=7, quantity=3)
    status, state = first_status(service)
    placed = answer.json()
    assert answer.status_code == status, answer.text
    assert answer.content == compact({"id": placed["id"], "item_id": 7, "quantity": 3, "status": state})
    assert answer.headers["Location"] == f"/api/v1/orders/{placed['id']}"
    assert "Idempotency-Replayed" not in answer.headers
    assert finished(service, answer) == "done"
    assert stock(service, 7) == before - 3
    mine = service.as_user("GET", answer.headers["Location"])
    assert mine.content == compact({**placed, "status": "done"})


def are_waiting(service: Service, item: int, count: int) -> bool:
    return waiting(service, item) == count


def test_only_an_order_done_in_the_request_waits_for_its_work(service: Service) -> None:
    with ThreadPoolExecutor(1) as pool, held(service, 8):
        answer = pool.submit(order, service, item=8)
        if service.mode == "sync":
            eventually(lambda: waiting(service, 8) == 1)
            assert not answer.done()
        else:
            assert answer.result().json()["status"] == "accepted"
    assert finished(service, answer.result()) == "done"
    took = service.sql(
        f"SELECT extract(epoch FROM finished_at - created_at) FROM orders WHERE id = {answer.result().json()['id']}"
    )
    assert float(took) >= 0.08


def test_a_repeated_order_is_the_same_order(service: Service) -> None:
    before = stock(service, 9)
    key = uuid.uuid4().hex
    first = order(service, item=9, key=key)
    finished(service, first)
    again = order(service, item=9, key=key)
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (first.status_code, "true")
    assert again.json() == {**first.json(), "status": "done"}
    assert again.headers["Location"] == first.headers["Location"]
    assert stock(service, 9) == before - 2


def test_a_body_is_the_same_when_it_says_the_same(service: Service) -> None:
    key = uuid.uuid4().hex
    first = order(service, key=key)
    headers = {"Idempotency-Key": key, "Content-Type": "application/json; charset=utf-8"}
    again = service.as_user("POST", "/api/v1/orders", data=b'{ "quantity": 2,\n "item\\u005fid": 1 }', headers=headers)
    assert (again.status_code, again.json()["id"]) == (first.status_code, first.json()["id"])


def test_a_key_that_was_used_with_another_body_is_refused(service: Service) -> None:
    key = uuid.uuid4().hex
    assert order(service, key=key, quantity=1).ok
    refused(order(service, key=key, quantity=2), "idempotency-key-reused")
    refused(order(service, key=key, item=2, quantity=1), "idempotency-key-reused")
    refused(order(service, key=key, item=9999, quantity=1), "idempotency-key-reused")
    assert order(service, key=key, quantity=1).headers["Idempotency-Replayed"] == "true"


def test_a_key_belongs_to_its_user_and_letter_case_tells_keys_apart(service: Service) -> None:
    key = uuid.uuid4().hex + "a"
    ids = {answer.json()["id"] for answer in (order(service, key=key), order(service, key=key, user=3))}
    ids.add(order(service, key=key.upper()).json()["id"])
    assert len(ids) == 3


def test_concurrent_repetitions_make_one_order(service: Service) -> None:
    before = stock(service, 11)
    key = uuid.uuid4().hex
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: order(service, item=11, key=key), range(10)))
    assert {answer.status_code for answer in answers} == {first_status(service)[0]}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    assert finished(service, answers[0]) == "done"
    assert stock(service, 11) == before - 2


def test_concurrent_orders_of_one_item_are_all_done(service: Service) -> None:
    before = stock(service, 12)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: order(service, item=12, quantity=1), range(8)))
    assert {answer.status_code for answer in answers} == {first_status(service)[0]}
    assert {finished(service, answer) for answer in answers} == {"done"}
    assert stock(service, 12) == before - 8


@pytest.mark.parametrize("service", parameters(DIRECT), indirect=True, scope="package")  # they are `sync`
def test_orders_of_an_item_are_done_in_the_order_in_which_they_came(service: Service) -> None:
    with ThreadPoolExecutor(5) as pool, held(service, 13):
        answers = []
        for place in range(1, 6):
            answers.append(pool.submit(order, service, item=13, quantity=1))
            eventually(partial(are_waiting, service, 13, place))
    came = [str(answer.result().json()["id"]) for answer in answers]
    assert service.sql(f"SELECT id FROM orders WHERE id IN ({','.join(came)}) ORDER BY finished_at").split() == came


def test_more_than_there_is_cannot_be_ordered(service: Service) -> None:
    key = uuid.uuid4().hex
    answer = order(service, item=SOLD_OUT, quantity=1, key=key)
    if service.mode == "sync":
        refused(answer, "out-of-stock")
        assert order(service, item=1, key=key).status_code == 201  # a refused order leaves its key free
    else:
        assert (answer.status_code, finished(service, answer)) == (202, "rejected")
        assert order(service, item=SOLD_OUT, quantity=1, key=key).json()["status"] == "rejected"
    assert stock(service, SOLD_OUT) == 0


def test_the_last_pieces_are_sold_once(service: Service) -> None:
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: order(service, item=99, quantity=2), range(3)))
    good = [answer for answer in answers if answer.ok]
    assert [finished(service, answer) for answer in good].count("done") == 1
    assert len(good) == (1 if service.mode == "sync" else 3)
    assert stock(service, 99) == 1


def test_an_item_that_does_not_exist_cannot_be_ordered_and_the_key_stays_free(service: Service) -> None:
    key = uuid.uuid4().hex
    for item in (1001, 9223372036854775807):
        refused(order(service, item=item, key=key), "not-found")
    assert order(service, key=key).ok


def test_an_order_wants_a_key(service: Service) -> None:
    body = {"item_id": 1, "quantity": 1}
    refused(service.as_user("POST", "/api/v1/orders", json=body), "idempotency-key-missing")
    for bad in ("", "x" * 65, "a b", "schlüssel".encode("latin-1"), "größe".encode(), "a\tb"):
        headers = {"Idempotency-Key": bad}
        answer = service.as_user("POST", "/api/v1/orders", json=body, headers=headers)
        refused(answer, "invalid-fields", ("header", "Idempotency-Key", "format"))
    for good in (uuid.uuid4().hex.ljust(64, "~"), f'!"#$%&()*,/:;<=>?@[]^`{{|}}{uuid.uuid4().hex}'):
        assert order(service, key=good).ok


def test_an_order_is_for_who_made_it_and_for_admins(service: Service) -> None:
    path = order(service).headers["Location"]
    assert service.as_user("GET", path).status_code == 200
    assert service.as_admin("GET", path).status_code == 200
    refused(service.as_user("GET", path, user=3), "forbidden")
    refused(service.as_user("GET", "/api/v1/orders/99999999"), "not-found")
