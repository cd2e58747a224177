"""A Compose file that is up, as a client of its Nginx and somebody at its engine see it."""

import os
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker
import requests
from docker.models.containers import Container
from testcontainers.compose import DockerCompose

from lab.engine.client import from_environment

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "compose"
ANSWER_WITHIN_S = 120
"""Longer than anything takes on a machine that others use as well."""
SERVING = "nginx: worker process"
"""The title of a process that takes connections; one that only finishes what it has adds that it is shutting down."""
NGINX_IMAGE = "lab/nginx:current"


@dataclass(kw_only=True)
class Deployed:
    """One project of Compose, with the settings that its file was last brought up with."""

    compose: DockerCompose
    project: str
    env_file: Path
    settings: dict[str, str]
    entry_port: int
    """Nginx's, inside of its container."""
    address: tuple[str, int] = field(init=False)
    """Where it is published; another port after each `use`."""
    client: docker.DockerClient = field(init=False, default_factory=from_environment)

    def __post_init__(self) -> None:
        self._look_up_address()

    def use(self, **settings: str) -> None:
        """Make the services that these settings change anew, start those that are down, and wait until all answer."""
        self.settings |= settings
        write_settings(self.env_file, self.settings)
        self.compose.start()
        self._look_up_address()

    def _look_up_address(self) -> None:
        self.address = "127.0.0.1", int(self.compose.get_service_port("nginx", self.entry_port) or 0)

    def url(self, path: str = "/") -> str:
        """A path of Nginx over plain HTTP."""
        host, port = self.address
        return f"http://{host}:{port}{path}"

    def ask(self, path: str = "/", *, method: str = "GET", **options: Any) -> requests.Response:
        """The answer to one request on a connection of its own."""
        return requests.request(method, self.url(path), timeout=ANSWER_WITHIN_S, **options)

    def container(self, service: str) -> Container:
        """A service's container, running or not."""
        labels = [f"com.docker.compose.project={self.project}", f"com.docker.compose.service={service}"]
        (found,) = self.client.containers.list(all=True, ignore_removed=True, filters={"label": labels})
        return found

    def run(self, *argv: str) -> str:
        """What a command in Nginx's container prints."""
        status, printed = self.container("nginx").exec_run(list(argv))
        assert isinstance(printed, bytes)
        assert status == 0, printed
        return printed.decode()

    def reload(self) -> None:
        """Let Nginx read its conf again, as `docker compose kill -s HUP nginx` does, and wait until it has."""
        before = self._serving()
        self.container("nginx").kill(signal="HUP")
        eventually(lambda: len(now := self._serving()) == len(before) and not now & before)

    def reload_in_vain(self) -> None:
        """Let Nginx read a conf that is wrong, and wait until it has said so."""
        before = self.errors().count(b"[emerg]")
        self.container("nginx").kill(signal="HUP")
        eventually(lambda: self.errors().count(b"[emerg]") > before)

    def errors(self) -> bytes:
        """What Nginx has said on standard error."""
        said: bytes = self.container("nginx").logs(stdout=False)
        return said

    def _serving(self) -> set[str]:
        """The numbers of the processes that take connections."""
        top = self.container("nginx").top(ps_args="-eo pid,args")
        return {pid for pid, title in top["Processes"] if title == SERVING}

    def opened_to_the_app(self) -> int:
        """How many connections Nginx's container has opened since it started."""
        names, values = self.run("grep", "^Tcp:", "/proc/net/snmp").splitlines()
        return int(dict(zip(names.split(), values.split(), strict=True))["ActiveOpens"])

    def send_from(self, network: str, request: bytes) -> bytes:
        """What Nginx answers to bytes that a container in one of the project's networks sends."""
        script = 'exec 3<>/dev/tcp/nginx/8080; printf "%b" "$0" >&3; cat <&3'
        written = request.decode().replace("\r\n", r"\r\n")
        answer = self.client.containers.run(
            NGINX_IMAGE, ["bash", "-c", script, written], network=f"{self.project}_{network}", remove=True
        )
        assert isinstance(answer, bytes)
        return answer


@contextmanager
def deployed(file: Path, *, entry_port: int = 8080, **settings: str) -> Iterator[Deployed]:
    """Bring a Compose file up on a port that the engine chooses; take it down in any case, its volumes too."""
    project = f"nginx-test-{file.stem}-{uuid.uuid4().hex[:8]}"
    settings |= {"LAB_PORT": "0", "COMPOSE_PROJECT_NAME": project}
    with tempfile.TemporaryDirectory() as folder:
        env_file = write_settings(Path(folder) / "settings.env", settings)
        with DockerCompose(context=file.parent, compose_file_name=file.name, env_file=str(env_file)) as compose:
            yield Deployed(
                compose=compose, project=project, env_file=env_file, settings=settings, entry_port=entry_port
            )


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds; fail when it never does."""
    until = time.monotonic() + ANSWER_WITHIN_S
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


def write_settings(env_file: Path, settings: Mapping[str, str]) -> Path:
    """Write the file that Compose reads its settings from, at every call."""
    env_file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    return env_file


def build() -> None:
    """Make the images that these tests deploy anew where their sources changed."""
    targets = ("nginx", "python-flask", "go-gin")
    bake = ["docker", "buildx", "bake", "--file", "parts.yaml", *targets]
    subprocess.run(bake, cwd=COMPOSE, env={**os.environ, "LAB_PINS": "current"}, check=True)
