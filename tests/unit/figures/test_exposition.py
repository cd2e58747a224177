import pytest

from lab.figures import exposition
from lab.model.vitals import OwnWord

STUB_STATUS = """Active connections: 3
server accepts handled requests
 11 11 42
Reading: 0 Writing: 1 Waiting: 2
"""
PAGE = r"""# HELP http_requests_total Answered requests.
# TYPE http_requests_total counter
http_requests_total{method="GET",route="/api/v1/items/{id}",status="200"} 7.0
http_requests_total{method="GET",route="/api/v1/items/{id}",status="503"} 2.0
http_requests_total{method="GET",route="/api/v1/items/{id}",status="404"} 1.0
http_requests_total{method="GET",route="/metrics",status="200"} 900.0
http_requests_total{method="GET",route="/ready",status="503"} 80.0
db_pool_wait_seconds_sum{pool="transactions"} 1.5
db_pool_wait_seconds_sum{pool="statements"} 0.25
db_pool_wait_seconds_bucket{pool="statements",le="+Inf"} 8 1764295200000
orders_queue_depth 12
orders_queue_age_seconds 3.5
store_silent{store="redis"} 1
store_silent{store="cache"} 0
"""


def test_requests_of_clients_are_counted_and_those_of_operators_are_not() -> None:
    told = exposition.read(PAGE)
    assert (told.requests, told.errors) == (10, 2)


def test_what_waits_and_what_is_silent_is_told() -> None:
    told = exposition.read(PAGE)
    assert (told.pool_wait_s, told.queued, told.queued_for_s, told.silent) == (1.75, 12, 3.5, ("redis",))


def test_of_nginx_all_requests_are_known_but_the_labs_own() -> None:
    assert exposition.read(STUB_STATUS, own_requests=2) == OwnWord(requests=40)


def test_a_status_may_be_called_a_code_and_a_route_a_path() -> None:
    told = exposition.read(
        'http_requests_total{code="500",path="/x"} 1\nhttp_requests_total{code="200",path="/live"} 1'
    )
    assert (told.requests, told.errors) == (1, 1)


@pytest.mark.parametrize("text", ["", "<html>", "orders_queue_depth NaN", "http_requests_total", "x{ 1", "a b c d"])
def test_what_says_nothing_of_it_is_unknown_and_not_0(text: str) -> None:
    assert exposition.read(text) == OwnWord()


def test_a_label_may_hold_what_ends_one() -> None:
    told = exposition.read(r'http_requests_total{route="/a\"} 5",status="500"} 3')
    assert (told.requests, told.errors) == (3, 3)


def test_a_worker_tells_what_it_has_finished_and_an_application_does_not() -> None:
    worker = 'orders_total{mode="async",outcome="done"} 40.0\norders_total{mode="async",outcome="rejected"} 2.0\n'
    application = 'orders_total{mode="async",outcome="accepted"} 90.0\norders_total{mode="sync",outcome="done"} 5.0\n'
    assert exposition.read(worker).finished == 42
    assert exposition.read(application).finished is None
