"""forwarded.conf: what the app is told of the client, whatever the client says of itself."""

import json

import pytest
import requests

from tests.nginx.nginx_deployed import Deployed

pytestmark = pytest.mark.xdist_group("nginx")  # one network has a fixed address

MADE_UP = {
    "X-Forwarded-For": "203.0.113.7",
    "X_Forwarded_For": "203.0.113.7",
    "X-Real-IP": "203.0.113.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "443",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-Server": "evil.example",
    "X-Forwarded-Protocol": "ssl",
    "X-Forwarded-Ssl": "on",
    "Forwarded": "for=203.0.113.7;proto=https;host=evil.example",
}


@pytest.fixture(scope="module", autouse=True)
def nginx(told: Deployed) -> Deployed:
    told.use(NGINX_CONF="forwarded")
    return told


def told_of_the_client(answer: bytes | requests.Response) -> dict[str, str]:
    """The headers that the app got on who asked, for what and how. Each must be there once."""
    body = answer.content if isinstance(answer, requests.Response) else answer.partition(b"\r\n\r\n")[2]
    headers = [(name, value) for name, value in json.loads(body)["headers"] if "forwarded" in name or "real" in name]
    assert len(dict(headers)) == len(headers)
    return dict(headers)


def gateway(nginx: Deployed) -> str:
    """The host's own address in the network that Nginx is published from: whom Nginx sees asking."""
    address: str = nginx.container("nginx").attrs["NetworkSettings"]["Networks"][f"{nginx.project}_default"]["Gateway"]
    return address


def from_a_proxy(nginx: Deployed, *headers: str, network: str = "edge") -> dict[str, str]:
    lines = ("GET / HTTP/1.1", "Host: shop.example", *headers, "Connection: close", "", "")
    return told_of_the_client(nginx.send_from(network, "\r\n".join(lines).encode()))


def test_the_app_hears_of_the_client_what_nginx_saw(nginx: Deployed) -> None:
    client = gateway(nginx)
    assert told_of_the_client(nginx.ask(headers={"Host": "shop.example:81"})) == {
        "x-real-ip": client,
        "x-forwarded-for": client,
        "x-forwarded-proto": "http",
        "x-forwarded-host": "shop.example:81",
        "forwarded": f'for={client};host="shop.example:81";proto=http',
    }


def test_nothing_that_a_client_says_of_itself_reaches_the_app(nginx: Deployed) -> None:
    honest = told_of_the_client(nginx.ask(headers={"Host": "shop.example"}))
    assert told_of_the_client(nginx.ask(headers={"Host": "shop.example", **MADE_UP})) == honest


def test_a_host_cannot_add_values_to_the_forwarded_header(nginx: Deployed) -> None:
    answer = nginx.ask(headers={"Host": 'a";for="203.0.113.7'})
    assert told_of_the_client(answer)["forwarded"] == f'for={gateway(nginx)};host="";proto=http'


def test_a_proxy_in_the_trusted_network_is_believed(nginx: Deployed) -> None:
    heard = from_a_proxy(nginx, "X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: https")
    assert heard == {
        "x-real-ip": "203.0.113.7",
        "x-forwarded-for": "203.0.113.7",
        "x-forwarded-proto": "https",
        "x-forwarded-host": "shop.example",
        "forwarded": 'for=203.0.113.7;host="shop.example";proto=https',
    }


def test_what_the_client_told_the_trusted_proxy_is_not_believed(nginx: Deployed) -> None:
    # Proxies append: the client made up the first, two proxies of ours saw the others.
    heard = from_a_proxy(nginx, "X-Forwarded-For: 192.0.2.1, 203.0.113.7, 198.19.254.9")
    assert heard["x-forwarded-for"] == "203.0.113.7"


def test_an_ipv6_client_stands_in_brackets_and_quotes(nginx: Deployed) -> None:
    assert from_a_proxy(nginx, "X-Forwarded-For: 2001:db8::7")["forwarded"].startswith('for="[2001:db8::7]";')


def test_the_same_proxy_in_another_network_is_not_believed(nginx: Deployed) -> None:
    heard = from_a_proxy(nginx, "X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: https", network="default")
    assert "203.0.113.7" not in str(heard)
    assert heard["x-forwarded-proto"] == "http"
