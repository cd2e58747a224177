"""A connection to the Docker engine that fails in words: the one place where its exceptions become the lab's."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import docker
import requests
import urllib3
from docker.errors import APIError, DockerException
from docker.utils.socket import SocketError

from lab.engine.address import require_local
from lab.errors import EngineUnavailable, LabError

READ_TIMEOUT_S = 300
"""Longer than any load: the stream of an exec is silent while wrk runs."""
_GONE = (requests.RequestException, urllib3.exceptions.HTTPError, SocketError, ConnectionError)


@contextmanager
def connect() -> Iterator[docker.DockerClient]:
    """The engine that `docker` itself would speak to; whatever goes wrong with it in the block is an error in words.

    Raises EngineUnavailable, and what `in_words` raises.
    """
    try:
        client = from_environment()
        client.ping()
    except DockerException as error:
        raise EngineUnavailable(
            "no Docker engine answers",
            where=str(error).splitlines()[0],
            fix="lab engine up (lab doctor says more)",
        ) from None
    try:
        with in_words():
            yield client
    finally:
        client.close()


def from_environment(*, timeout_s: int = READ_TIMEOUT_S) -> docker.DockerClient:
    """A client of the engine that `docker` speaks to, contexts included. Raises EngineUnavailable for a remote one."""
    address = require_local()
    chosen = {**os.environ, "DOCKER_HOST": address} if address else None
    return _Client.from_env(timeout=timeout_s, environment=chosen)


class _Api(docker.APIClient):
    """The library's own, but that it hands over all that a command in a container prints.

    It reads on from the socket. What has come together with the head of the engine's answer is in a buffer by then, and
    lost: the beginning, or all that a short command printed, whenever the host was busy just then.
    """

    def _read_from_socket(self, response: Any, stream: bool, tty: bool = True, demux: bool = False) -> Any:
        if tty or demux:
            return super()._read_from_socket(response, stream, tty, demux)  # type: ignore[misc]
        self._disable_socket_timeout(self._get_raw_response_socket(response))  # type: ignore[attr-defined]
        printed = _frames(response.raw._fp.fp)  # noqa: SLF001 - the buffer that the library reads past
        if stream:
            return printed
        try:
            return b"".join(printed)
        finally:
            response.close()


class _Client(docker.DockerClient):
    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.api = _Api(*arguments, **options)


def _frames(answer: IO[bytes]) -> Iterator[bytes]:
    """What both streams of a command carry, in turn: before each piece stand its stream and its length, in 8 bytes."""
    while len(head := answer.read(8)) == 8:  # noqa: PLR2004
        yield answer.read(int.from_bytes(head[4:], "big"))


@contextmanager
def in_words() -> Iterator[None]:
    """Raise LabError for what the engine refuses in the block, EngineUnavailable if it answers no more."""
    try:
        yield
    except APIError as error:
        raise LabError("the engine refused, which it does when a container has died", where=str(error)) from None
    except BrokenPipeError:
        raise  # who reads what the lab prints has gone: the library wraps what breaks between it and the engine
    except DockerException as error:
        raise LabError("the engine's client failed", where=str(error)) from None
    except _GONE as error:
        raise EngineUnavailable(
            "the Docker engine no longer answers",
            where=str(error) or type(error).__name__,
            fix="lab engine status; once it answers again the next lab process removes what was left",
        ) from None
