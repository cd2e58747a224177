import json

from lab.catalog import ownwork
from lab.catalog.stackfile import StackLab

LAB = {
    "title": "A shop",
    "entry": {"service": "web", "port": 80},
    "tiers": {"web": "nginx"},
    "memory": {"web": 1},
    "workloads": ["order", "both"],
    "requests": {
        "order": [
            {
                "path": "/orders",
                "method": "POST",
                "headers": {"X-Shop": 1},
                "body": {"item": 5},
                "answer": {"status": [201, 409], "type": "application/json", "keys": ["id"]},
            }
        ],
        "both": [{"path": "/a", "answer": {"bytes": 3}}, {"path": "/b", "method": "POST", "body": "plain"}],
    },
}


def test_a_request_is_sent_and_judged_as_it_is_described() -> None:
    (asked,) = ownwork.workloads(StackLab.model_validate(LAB))["order"].requests
    assert (asked.method, asked.path, asked.headers) == (
        "POST",
        "/orders",
        (("Content-Type", "application/json"), ("X-Shop", "1")),
    )
    assert json.loads(asked.sent or "") == {"item": 5}
    assert (asked.statuses, asked.content_type, asked.keys) == ((201, 409), "application/json", ("id",))


def test_what_is_not_described_may_be_anything_but_an_error() -> None:
    first, second = ownwork.workloads(StackLab.model_validate(LAB))["both"].requests
    assert (first.statuses, first.content_type, first.body, first.size_bytes) == ((200,), None, None, 3)
    assert (second.sent, second.headers) == ("plain", ())


def test_ready_is_the_path_that_is_named_or_the_first_that_a_workload_gets() -> None:
    lab = StackLab.model_validate(LAB)
    assert ownwork.ready(lab, ownwork.workloads(lab)).path == "/a"
    assert ownwork.ready(StackLab.model_validate({**LAB, "ready": "/up"}), {}).path == "/up"
    assert ownwork.ready(lab, {}).path == "/"


def test_a_sign_in_page_says_that_an_entry_is_up_and_a_proxy_without_its_application_does_not() -> None:
    (asked,) = ownwork.ready(StackLab.model_validate(LAB), {}).requests
    assert {200, 302, 401} <= set(asked.statuses)
    assert not {502, 503} & set(asked.statuses)
