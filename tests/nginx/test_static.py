"""static.conf: files from Nginx's own disk, and what is compressed for whom."""

import gzip
from collections.abc import Mapping

import pytest
import requests

from tests.nginx.nginx_deployed import ANSWER_WITHIN_S, Deployed

pytestmark = pytest.mark.xdist_group("nginx")  # one network has a fixed address

FILE_BYTES = {"1k": 1024, "100k": 102_400, "1m": 1_048_576}


@pytest.fixture(scope="module", autouse=True)
def nginx(told: Deployed) -> Deployed:
    told.use(NGINX_CONF="static")
    return told


def raw(nginx: Deployed, path: str, accept_encoding: str) -> tuple[bytes, Mapping[str, str]]:
    """The body as it came over the wire, and the headers."""
    url, headers = nginx.url(path), {"Accept-Encoding": accept_encoding}
    with requests.get(url, headers=headers, stream=True, timeout=ANSWER_WITHIN_S) as answer:
        return answer.raw.read(decode_content=False), answer.headers


@pytest.mark.parametrize("name", FILE_BYTES)
def test_a_file_comes_compressed_to_who_accepts_it_and_as_it_is_to_who_does_not(nginx: Deployed, name: str) -> None:
    plain, plain_headers = raw(nginx, f"/static/{name}.txt", "identity")
    compressed, headers = raw(nginx, f"/static/{name}.txt", "gzip")
    assert len(plain) == int(plain_headers["Content-Length"]) == FILE_BYTES[name]
    assert "Content-Encoding" not in plain_headers
    assert headers["Content-Encoding"] == "gzip"
    assert headers["Content-Type"] == plain_headers["Content-Type"]
    assert gzip.decompress(compressed) == plain


def test_a_file_is_compressed_beforehand(nginx: Deployed) -> None:
    # What is compressed on the way has no length that Nginx could know when it sends the header.
    compressed, headers = raw(nginx, "/static/1m.txt", "gzip")
    assert len(compressed) == int(headers["Content-Length"])


def test_the_app_hears_nothing_of_a_request_for_a_file(nginx: Deployed) -> None:
    before = nginx.ask().json()["requests"]
    assert nginx.ask("/static/1k.txt").status_code == requests.codes.ok
    assert nginx.ask().json()["requests"] == before + 1


def test_a_long_answer_of_the_app_is_compressed_on_its_way_and_a_short_one_is_not(nginx: Deployed) -> None:
    for fill, encoding in ((4000, "gzip"), (10, None)):
        body, headers = raw(nginx, f"/?fill={fill}", "gzip")
        assert headers.get("Content-Encoding") == encoding
        assert b"x" * fill in (gzip.decompress(body) if encoding else body)


def test_caches_are_told_that_there_are_two_forms(nginx: Deployed) -> None:
    for path in ("/static/100k.txt", "/?fill=4000"):
        assert {raw(nginx, path, accept)[1]["Vary"] for accept in ("gzip", "identity")} == {"Accept-Encoding"}


def test_who_forbids_gzip_by_a_quality_of_zero_gets_none(nginx: Deployed) -> None:
    for path in ("/static/100k.txt", "/?fill=4000"):
        assert "Content-Encoding" not in raw(nginx, path, "gzip;q=0, identity")[1]
