"""tls.conf in compose/nginx-tls-gin.yaml: what is agreed on, and with whom not."""

import http.client
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
import requests
from h2.connection import H2Connection
from h2.events import ConnectionTerminated, Event, RemoteSettingsChanged
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes

from tests.nginx.nginx_deployed import ANSWER_WITHIN_S, COMPOSE, Deployed, deployed

pytestmark = pytest.mark.xdist_group("nginx")  # one network has a fixed address

VERSION = ssl.TLSVersion
HEADERS = [(":method", "GET"), (":path", "/nowhere"), (":scheme", "https"), (":authority", "localhost")]


@pytest.fixture(scope="module")
def nginx(images: None) -> Iterator[Deployed]:
    with deployed(COMPOSE / "nginx-tls-gin.yaml", entry_port=8443) as up:
        yield up


@pytest.fixture(scope="module")
def certificate(nginx: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Nginx shows, got from its container: a client that has it need not switch verification off."""
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    path.write_text(nginx.run("cat", "/run/tls/certificate.pem"))
    return path


def trusting(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(certificate))
    context.set_ciphers("ALL:@SECLEVEL=0")  # what this client would do, so that it is the server who refuses
    return context


def handshake(nginx: Deployed, context: ssl.SSLContext) -> tuple[str | None, str, str | None]:
    """Version, cipher and protocol that a handshake for `localhost` ends with."""
    with (
        socket.create_connection(nginx.address, timeout=ANSWER_WITHIN_S) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        cipher = secured.cipher()
        assert cipher is not None
        return secured.version(), cipher[0], secured.selected_alpn_protocol()


@pytest.mark.parametrize(("version", "name"), [(VERSION.TLSv1_2, "TLSv1.2"), (VERSION.TLSv1_3, "TLSv1.3")])
def test_tls_1_2_and_1_3_are_spoken(nginx: Deployed, certificate: Path, version: VERSION, name: str) -> None:
    context = trusting(certificate)
    context.minimum_version = context.maximum_version = version
    assert handshake(nginx, context)[0] == name


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("version", [VERSION.TLSv1, VERSION.TLSv1_1])
def test_older_versions_are_refused_by_the_server(nginx: Deployed, certificate: Path, version: VERSION) -> None:
    context = trusting(certificate)
    context.minimum_version = context.maximum_version = version
    with pytest.raises(ssl.SSLError, match="alert protocol version"):
        handshake(nginx, context)


@pytest.mark.parametrize("cipher", ["ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA", "AES128-GCM-SHA256"])
def test_ciphers_without_forward_secrecy_or_authentication_are_refused(
    nginx: Deployed, certificate: Path, cipher: str
) -> None:
    context = trusting(certificate)
    context.maximum_version = VERSION.TLSv1_2
    context.set_ciphers(f"{cipher}:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError, match="handshake failure"):
        handshake(nginx, context)


@pytest.mark.parametrize(("offered", "chosen"), [(["h2", "http/1.1"], "h2"), (["http/1.1"], "http/1.1")])
def test_http_2_is_chosen_where_the_client_offers_it(
    nginx: Deployed, certificate: Path, offered: list[str], chosen: str
) -> None:
    context = trusting(certificate)
    context.set_alpn_protocols(offered)
    assert handshake(nginx, context)[2] == chosen


@pytest.mark.parametrize(("http2", "version"), [(True, "HTTP/2"), (False, "HTTP/1.1")])
def test_the_app_answers_over_both_versions_of_http(
    nginx: Deployed, certificate: Path, http2: bool, version: str
) -> None:
    with httpx.Client(http2=http2, verify=trusting(certificate)) as client:
        answers = [client.get(f"https://localhost:{nginx.address[1]}/api/ping") for _ in range(3)]
    assert {(answer.http_version, answer.text) for answer in answers} == {(version, '{"message":"pong"}')}


def test_the_certificate_is_good_for_the_names_it_is_asked_by_and_no_other(nginx: Deployed, certificate: Path) -> None:
    for host in ("localhost", "127.0.0.1"):
        assert requests.get(
            f"https://{host}:{nginx.address[1]}/api/ping", verify=str(certificate), timeout=ANSWER_WITHIN_S
        ).ok
    with (
        socket.create_connection(nginx.address, timeout=ANSWER_WITHIN_S) as plain,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        trusting(certificate).wrap_socket(plain, server_hostname="shop.example")


def test_plain_http_on_the_port_of_https_is_sent_there(nginx: Deployed) -> None:
    answer = nginx.ask("/api/ping?a=1", allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (
        requests.codes.permanent_redirect,
        nginx.url("/api/ping?a=1").replace("http:", "https:"),
    )


def test_browsers_are_not_told_to_ask_localhost_for_https_ever_after(nginx: Deployed, certificate: Path) -> None:
    url = nginx.url("/api/ping").replace("http:", "https:")
    answer = requests.get(url, verify=str(certificate), timeout=ANSWER_WITHIN_S)
    assert "Strict-Transport-Security" not in answer.headers


def test_only_nginx_can_read_the_key(nginx: Deployed) -> None:
    assert nginx.run("stat", "--format=%a %u", "/run/tls/key.pem") == "600 10001\n"


def test_the_certificate_stays_when_the_job_runs_again(nginx: Deployed, certificate: Path) -> None:
    nginx.container("certificate").start()
    assert nginx.container("certificate").wait()["StatusCode"] == 0
    assert nginx.run("cat", "/run/tls/certificate.pem") == certificate.read_text()


def test_a_connection_ends_after_a_thousand_requests(nginx: Deployed, certificate: Path) -> None:
    context = ssl.create_default_context(cafile=str(certificate))
    connection = http.client.HTTPSConnection("localhost", nginx.address[1], timeout=ANSWER_WITHIN_S, context=context)
    kept = []
    for _ in range(1000):
        connection.request("GET", "/nowhere")
        answer = connection.getresponse()
        answer.read()
        kept.append(answer.getheader("Connection"))
    connection.close()
    assert kept == 999 * ["keep-alive"] + ["close"]


def test_who_opens_streams_only_to_reset_them_must_connect_anew_after_a_thousand(
    nginx: Deployed, certificate: Path
) -> None:
    context = trusting(certificate)
    context.set_alpn_protocols(["h2"])
    with (
        socket.create_connection(nginx.address, timeout=ANSWER_WITHIN_S) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        client = H2Connection()
        client.initiate_connection()
        told: list[Event] = []
        with suppress(ProtocolError, OSError):  # the server has ended the connection
            for stream in range(1, 4001, 2):
                client.send_headers(stream, HEADERS, end_stream=True)
                client.reset_stream(stream)
                secured.sendall(client.data_to_send())
        with suppress(OSError):
            while received := secured.recv(65_536):
                told += client.receive_data(received)
    (settings,) = (event for event in told if isinstance(event, RemoteSettingsChanged))
    assert settings.changed_settings[SettingCodes.MAX_CONCURRENT_STREAMS].new_value == 32
    (end,) = (event for event in told if isinstance(event, ConnectionTerminated))
    assert (end.last_stream_id or 0) <= 2 * 1000 + 1
