"""A connection to the Docker engine that fails in words."""

from collections.abc import Iterator
from contextlib import contextmanager

import docker
from docker.errors import DockerException

from lab.errors import EngineUnavailable

READ_TIMEOUT_S = 300
"""Longer than any load: the stream of an exec is silent while wrk runs."""


@contextmanager
def connect() -> Iterator[docker.DockerClient]:
    """The engine that `docker` itself would speak to. Raises EngineUnavailable."""
    try:
        client = docker.from_env(timeout=READ_TIMEOUT_S)
        client.ping()
    except DockerException as error:
        raise EngineUnavailable(
            "no Docker engine answers",
            where=str(error).splitlines()[0],
            fix="lab engine up (lab doctor says more)",
        ) from None
    try:
        yield client
    finally:
        client.close()
