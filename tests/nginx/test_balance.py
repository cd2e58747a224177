"""balance-failover.conf in compose/nginx-balance.yaml: an app dies, and no client notices."""

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
import requests

from tests.nginx.nginx_deployed import COMPOSE, Deployed, deployed, eventually
from tests.nginx.problem import assert_problem

pytestmark = pytest.mark.xdist_group("nginx")  # one network has a fixed address

OK = requests.codes.ok
CLIENTS = 4


@pytest.fixture(scope="module")
def nginx(images: None) -> Iterator[Deployed]:
    # A handler that takes a while: some requests are under way in the app that dies.
    with deployed(COMPOSE / "nginx-balance.yaml", BALANCE="failover", HEALTH_DELAY="0.02") as up:
        wait_for_both(up)
        yield up


@pytest.fixture
def two_told(told: Deployed) -> Iterator[Deployed]:
    """The same conf in front of two apps that do what they are told."""
    told.use(NGINX_CONF="balance-failover", APP2_ALIAS="app")
    yield told
    del told.settings["APP2_ALIAS"]


def wait_for_both(nginx: Deployed, path: str = "/health") -> None:
    """Nginx may have met an app that was still starting: then it counts as failed for a while."""
    eventually(lambda: len(apps_that_answered([nginx.ask(path) for _ in range(4)])) == 2)


def hung_up_on(nginx: Deployed, app: str) -> list[str]:
    """The methods of the requests that an app had and did not answer, as itself tells."""
    ask = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8080').read().decode())"
    status, said = nginx.container(app).exec_run(["python", "-c", ask])
    assert isinstance(said, bytes)
    assert status == 0, said
    methods: list[str] = json.loads(said)["hung_up_on"]
    return methods


def ask_until(nginx: Deployed, enough: Event, answers: list[requests.Response]) -> None:
    while not enough.is_set():
        answers.append(nginx.ask("/health"))


def was_passed_on(answer: requests.Response) -> bool:
    """Whether the first app that Nginx tried had no answer."""
    return "," in answer.headers["X-Upstream"]


def apps_that_answered(answers: list[requests.Response]) -> Counter[str]:
    # Where the first app failed, Nginx lists both: the last is the one that answered.
    return Counter(answer.headers["X-Upstream"].split(", ")[-1] for answer in answers)


def test_both_apps_take_their_share(nginx: Deployed) -> None:
    shares = apps_that_answered([nginx.ask("/health") for _ in range(20)])
    assert len(shares) == 2
    assert min(shares.values()) >= 5


def test_no_request_fails_while_an_app_is_killed(nginx: Deployed) -> None:
    enough, answers = Event(), list[requests.Response]()
    with ThreadPoolExecutor(CLIENTS) as threads:
        clients = [threads.submit(ask_until, nginx, enough, answers) for _ in range(CLIENTS)]
        try:
            eventually(lambda: len(answers) > 5 * CLIENTS)
            nginx.container("app1").kill()
            # Some meet the dead app before Nginx knows, and are passed on.
            eventually(lambda: any(map(was_passed_on, answers)))
            many = len(answers) + 5 * CLIENTS
            eventually(lambda: len(answers) > many)
        finally:
            enough.set()
    for client in clients:
        client.result()
    assert {answer.status_code for answer in answers} == {OK}, nginx.errors().decode()
    assert len(apps_that_answered(answers)) == 2


def test_an_app_that_comes_back_gets_its_share_again(nginx: Deployed) -> None:
    nginx.use()
    # Nginx looks names up when it starts, or is told to read its conf again: an app may have another address now.
    nginx.reload()
    wait_for_both(nginx)


def test_without_any_app_left_the_answer_is_a_problem(nginx: Deployed) -> None:
    for app in ("app1", "app2"):
        nginx.container(app).kill()
    assert_problem(nginx.ask("/health"), "unavailable")


@pytest.mark.parametrize(("method", "apps"), [("GET", 2), ("POST", 1)])
def test_only_what_may_be_repeated_is_passed_on_after_an_app_has_had_it(
    two_told: Deployed, method: str, apps: int
) -> None:
    two_told.reload()  # forgets which apps failed before
    wait_for_both(two_told, "/ready")
    assert_problem(two_told.ask("/?hang_up=1", method=method), "unavailable")
    assert [*hung_up_on(two_told, "app"), *hung_up_on(two_told, "app2")].count(method) == apps
