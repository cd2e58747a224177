"""One service stack that is up: asked as a client asks, and looked into as its operator does."""

import io
import subprocess
import tarfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import requests
from docker.models.containers import Container

from lab.engine.client import from_environment
from lab.model import Stack
from tests.contract.contract_deployed import Deployed
from tests.service.conformance import tokens
from tests.service.conformance.records import Records
from tests.service.stacks import CATALOG

ANSWER_WITHIN_S = 120
"""Longer than an answer takes on a machine that others use as well."""
PATIENCE_S = 120
"""For what must happen at some time: no test asks how soon."""
SECRETS = ("jwt_key", "postgres_password", "redis_password")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """An application that answers, and the containers behind it."""

    stack: str
    url: str
    settings: Mapping[str, str]
    key: bytes
    """What access tokens are signed with."""
    redis_password: str
    app: Container
    containers: Mapping[str, Container]
    """Service → container, of the whole stack."""
    direct: bool
    """Whether no proxy stands before it."""

    @property
    def mode(self) -> str:
        """`sync` or `async`: how orders are done."""
        return self.settings["ORDER_MODE"]

    @property
    def records(self) -> Records:
        """Who is signed in, as Redis knows it."""
        return Records.of(self.containers["redis"], self.redis_password)

    def token(self, user: int = 1, role: str = "admin", **claims: object) -> str:
        """An access token that nobody was given yet, of a session that nobody began."""
        made = tokens.claims(user, role, **claims)
        self.records.put(made)
        return tokens.signed(self.key, made)

    def ask(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        json: object = None,
        data: bytes | Iterator[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """The answer to one request on a connection of its own; redirects are not followed."""
        sent = {**({"Authorization": f"Bearer {token}"} if token else {}), **(headers or {})}
        return requests.request(
            method,
            self.url + path,
            json=json,
            data=data,
            headers=sent,
            timeout=ANSWER_WITHIN_S,
            allow_redirects=False,
        )

    def as_admin(self, method: str, path: str, **request: object) -> requests.Response:
        """The answer to user 1, an admin."""
        return self.ask(method, path, token=self.token(), **request)  # type: ignore[arg-type]

    def as_user(self, method: str, path: str, *, user: int = 2, **request: object) -> requests.Response:
        """The answer to somebody who is no admin: user 2 where nobody is named."""
        return self.ask(method, path, token=self.token(user, "user"), **request)  # type: ignore[arg-type]

    def new_user(self, **fields: object) -> dict[str, object]:
        """A user made for one test."""
        usual = {"name": "Made", "email": f"{uuid.uuid4().hex}@example.org", "age": 30, "password": "lab-password"}
        answer = self.as_admin("POST", "/api/v1/users", json={**usual, **fields})
        assert answer.status_code == 201, answer.text
        user: dict[str, object] = answer.json()
        return user

    def sign_in(self, email: str, password: str = "lab-password") -> dict[str, object]:
        """The tokens of somebody who has an account."""
        answer = self.ask("POST", "/api/v1/login", json={"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        pair: dict[str, object] = answer.json()
        return pair

    def sql(self, statement: str) -> str:
        """What psql prints for a statement: rows as lines, columns between `|`."""
        argv = ["psql", "-AtXq", "--command", statement]
        return _output(self.containers["postgres"], argv)

    def redis(self, *command: str, of: str = "redis") -> str:
        """What Redis answers to a command; `of` is `cache` for the other one."""
        script = 'REDISCLI_AUTH=$(cat /run/lab/redis_password) exec redis-cli --raw "$@"'
        return _output(self.containers[of], ["sh", "-c", script, "sh", *command])

    def metrics(self) -> requests.Response:
        """What the application counts: asked where it runs, for a proxy does not pass that on."""
        self.app.reload()
        network = next(iter(self.app.attrs["NetworkSettings"]["Networks"].values()))
        return requests.get(f"http://{network['IPAddress']}:8080/metrics", timeout=ANSWER_WITHIN_S)

    def log(self) -> list[str]:
        """The lines that the application has written so far."""
        return self.app.logs(stderr=False).decode().splitlines()


def service_of(up: Deployed) -> Service:
    """The service in a stack that is up."""
    app = up.containers["app"]
    return Service(
        stack=up.stack.name,
        url=up.url,
        settings=up.settings,
        key=secret(app, "jwt_key"),
        redis_password=secret(app, "redis_password").decode(),
        app=app,
        containers=up.containers,
        direct=up.stack.entry.service == "app",
    )


def secret(container: Container, name: str) -> bytes:
    """A secret as a container sees it; the image may well have no `cat`."""
    chunks, _ = container.get_archive(f"/run/lab/{name}")
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
        file = archive.extractfile(name)
        assert file is not None
        return file.read().strip()


@contextmanager
def beside(service: Service, stack: Stack, **settings: str) -> Iterator[Service]:
    """One more application, of this or another stack, on the Postgres, Redis and secrets of one that is up.

    Compose calls volumes and networks after the project, so another stack's file with the same project name
    finds the same ones.
    """
    argv = _compose(service, stack, "run", "--detach", "--no-deps", "--publish=127.0.0.1::8080")
    argv += [f"--env={name}={value}" for name, value in settings.items()]
    name = subprocess.run([*argv, "app"], check=True, capture_output=True, text=True).stdout.split()[-1]
    container = from_environment().containers.get(name)
    try:
        container.reload()
        (binding,) = container.ports["8080/tcp"] or []
        another = Service(
            stack=stack.name,
            url=f"http://127.0.0.1:{binding['HostPort']}",
            settings={**service.settings, **settings},
            key=service.key,
            redis_password=service.redis_password,
            app=container,
            containers=service.containers,
            direct=True,
        )
        eventually(lambda: is_ready(another))
        yield another
    finally:
        container.remove(force=True, v=True)


def ended(service: Service, stack: Stack, part: str, **settings: str) -> tuple[int, str]:
    """Exit code and output of a part of a stack that is started with other settings and soon ends."""
    name = f"{part}-{uuid.uuid4().hex}"
    argv = _compose(service, stack, "run", f"--name={name}", "--no-deps", "--no-TTY")
    argv += [f"--env={key}={value}" for key, value in settings.items()]
    try:
        done = subprocess.run(
            [*argv, part],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE_S,
        )
    finally:
        from_environment().containers.get(name).remove(force=True, v=True)
    return done.returncode, done.stdout


def job(service: Service, *command: str) -> subprocess.CompletedProcess[str]:
    """A command of the jobs' image, with what it printed, beside the stores of a stack that is up."""
    argv = _compose(service, CATALOG.stack(service.stack), "run", "--rm", "--no-deps", "--no-TTY", "migrate", *command)
    return subprocess.run(
        argv, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE_S
    )


def secrets(service: Service, script: str) -> None:
    """Change the secrets of a stack that is up, as its operator would."""
    stack = CATALOG.stack(service.stack)
    argv = _compose(service, stack, "run", "--rm", "--no-deps", "--no-TTY", "secrets", "sh", "-c", script)
    subprocess.run(argv, check=True, capture_output=True, timeout=PATIENCE_S)


@contextmanager
def held(service: Service, item: int) -> Iterator[None]:
    """The turn at an item is somebody else's: its orders wait."""
    hold = f"SELECT pg_advisory_lock({item}), pg_sleep(3600)"
    service.containers["postgres"].exec_run(["psql", "-c", hold], detach=True)
    eventually(lambda: waiting(service, item, granted=True) == 1)
    try:
        yield
    finally:
        service.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = '{hold}'")


def waiting(service: Service, item: int, *, granted: bool = False) -> int:
    """How many wait for their turn at an item, or have it."""
    locks = f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = {item}"
    return int(service.sql(f"{locks} AND {'' if granted else 'NOT '}granted"))


@contextmanager
def locked(service: Service, table: str, *, until: str = "PERFORM pg_sleep(3600);") -> Iterator[None]:
    """A table is somebody else's, until some statements of PL/pgSQL are done: whoever asks for it waits."""
    hold = f"DO $$ BEGIN LOCK TABLE {table}; "
    service.containers["postgres"].exec_run(["psql", "-c", f"{hold}{until} END $$"], detach=True)
    granted = f"SELECT count(*) FROM pg_locks WHERE relation = '{table}'::regclass AND mode = 'AccessExclusiveLock'"
    eventually(lambda: service.sql(f"{granted} AND granted") == "1")
    try:
        yield
    finally:
        service.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE starts_with(query, '{hold}')")


@contextmanager
def hanging(container: Container) -> Iterator[None]:
    """Stopped in the middle of whatever it does; connections stay open and nobody answers."""
    container.pause()
    try:
        yield
    finally:
        container.unpause()


@contextmanager
def dead(store: Container) -> Iterator[None]:
    """Killed with SIGKILL; afterwards it is started, and has been seen to answer."""
    store.kill()
    try:
        yield
    finally:
        store.start()
        eventually(lambda: store.exec_run(["ready"]).exit_code == 0)


def is_ready(service: Service) -> bool:
    """Whether /ready answers 200."""
    try:
        return service.ask("GET", "/ready").status_code == 200
    except requests.ConnectionError:
        return False


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds; fail when it never does."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"not within {PATIENCE_S} s"
        time.sleep(0.05)


def _compose(service: Service, stack: Stack, *command: str) -> list[str]:
    project = service.app.labels["com.docker.compose.project"]
    return ["docker", "compose", "--project-name", project, "--file", str(stack.path), *command]


def _output(container: Container, argv: list[str]) -> str:
    """What a command in a container prints."""
    status, output = container.exec_run(argv)
    assert isinstance(output, bytes)
    assert status == 0, output
    return output.decode().strip()
