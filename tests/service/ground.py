"""What the services stand on, as a Compose project of its own: Postgres, migrated and seeded, Redis and the secrets."""

import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from testcontainers.compose import DockerCompose

from tests.service.stacks import CATALOG

PARTS = CATALOG.root / "compose" / "service-parts.yaml"
COMMAND_WITHIN_S = 180
BACK_WITHIN_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The parts of a Compose project that is up."""

    project: str

    @property
    def network(self) -> str:
        """The network on which the stores are asked."""
        return f"{self.project}_back"

    @property
    def secrets(self) -> str:
        """The volume with the passwords and the key of the tokens."""
        return f"{self.project}_secrets"

    def compose(self, *argv: str, ok: bool = True, said: str | None = None) -> subprocess.CompletedProcess[str]:
        """What a command of Compose printed, to which this was said; fails with it unless the command may fail."""
        command = ["docker", "compose", "--project-name", self.project, "--file", str(PARTS), *argv]
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=COMMAND_WITHIN_S, input=said
        )
        assert done.returncode == 0 or not ok, done.stderr
        return done

    def sql(self, statement: str) -> str:
        """What psql prints for a statement of the superuser: columns between `|`."""
        return self.compose("exec", "-T", "postgres", "psql", "-AtX", "-c", statement).stdout.strip()

    def redis(self, command: str, *, of: str = "redis") -> str:
        """What Redis answers to a command; `of` is `cache` for the other one."""
        script = f"REDISCLI_AUTH=$(cat /run/lab/redis_password) redis-cli --raw {command}"
        return self.compose("exec", "-T", of, "sh", "-c", script).stdout.strip()

    def killed_and_started(self, service: str) -> None:
        """SIGKILL, then the same container again, until it answers."""
        self.compose("kill", "--signal", "KILL", service)
        self.compose("start", service)
        deadline = time.monotonic() + BACK_WITHIN_S
        while self.compose("exec", "-T", service, "ready", ok=False).returncode != 0:
            assert time.monotonic() < deadline, self.compose("logs", service).stdout
            time.sleep(0.05)


@contextmanager
def ground(purpose: str) -> Iterator[Ground]:
    """Bring Postgres and both Redis up, and seed them; take them down in any case, data included."""
    with bare_ground(purpose) as up:
        up.compose("run", "--rm", "migrate")
        yield up


@contextmanager
def bare_ground(purpose: str) -> Iterator[Ground]:
    """The same without a schema and data."""
    project = f"{purpose}-{uuid.uuid4().hex[:8]}"
    with tempfile.TemporaryDirectory() as folder:
        env_file = Path(folder) / "project.env"
        env_file.write_text(f"COMPOSE_PROJECT_NAME={project}\n")
        stores = DockerCompose(
            context=PARTS.parent,
            compose_file_name=PARTS.name,
            env_file=str(env_file),
            services=["postgres", "redis", "cache"],
        )
        up = Ground(project=project)
        try:
            stores.start()
            yield up
        finally:  # not `stores.stop()`: that leaves the jobs that ran for them, and so the volumes
            up.compose("down", "--volumes", "--timeout", "2")
