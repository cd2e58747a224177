"""TRACES=on: a request and its order are one trace at a real Zipkin, from the client to the worker's commit."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from docker.models.containers import Container

from lab.commands import trace
from lab.deploy import traced
from lab.deploy.traced import TracedStack
from lab.engine.client import from_environment
from lab.model import Stack
from tests.service.conformance.running import PATIENCE_S, Service, beside, eventually, hanging
from tests.service.stacks import CATALOG, DIRECT, parameters

# What stands behind Nginx is the same image; that it passes `traceparent` on is in tests/nginx.
pytestmark = pytest.mark.parametrize("service", parameters(DIRECT), indirect=True, scope="package")


@contextmanager
def started(service: Service, stack: Stack, part: str, *command: str, **settings: str) -> Iterator[Container]:
    """A part of the stack, or Zipkin, beside the one that is up."""
    files = [stack.path, stack.path.with_name("trace.yaml")]
    project = service.app.labels["com.docker.compose.project"]
    argv = ["docker", "compose", "--project-name", project, *(f"--file={file}" for file in files)]
    subprocess.run([*argv, "build", "--quiet", "zipkin"], check=True, timeout=PATIENCE_S * 5)
    argv += ["run", "--detach", "--no-deps", *(f"--env={name}={value}" for name, value in settings.items()), *command]
    name = subprocess.run([*argv, part], check=True, capture_output=True, text=True).stdout.split()[-1]
    container = from_environment().containers.get(name)
    try:
        yield container
    finally:
        container.remove(force=True, v=True)


def is_healthy(container: Container) -> bool:
    container.reload()
    return bool(container.attrs["State"]["Health"]["Status"] == "healthy")


def test_a_request_and_its_order_are_one_trace(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = CATALOG.stack(service.stack)
    with (
        started(service, stack, "zipkin", "--publish=127.0.0.1::9411", "--use-aliases") as zipkin,
        hanging(service.containers["worker"]),
        started(service, stack, "worker", TRACES="on"),
        beside(service, stack, TRACES="on", TRACES_SHARE="0", ORDER_MODE="async") as app,
    ):
        eventually(lambda: is_healthy(zipkin))
        (binding,) = zipkin.ports["9411/tcp"] or []
        site = TracedStack(stack=stack, url=app.url, zipkin=f"http://127.0.0.1:{binding['HostPort']}", nginx=None)

        @contextmanager
        def here(*_: object) -> Iterator[TracedStack]:
            yield site

        monkeypatch.setattr(traced, "site", here)
        ask = trace.read_ask(None, "/api/v1/orders", '{"item_id": 7, "quantity": 1}', [])
        found = trace.trace(CATALOG, stack.name, ask, patience_s=PATIENCE_S, say=lambda _: None)
    assert (found.status, found.missing) == (202, None)
    (root,) = found.trees
    assert not any(node.missing for _, node in root.rows())
    services = {node.span.service for _, node in root.rows()}
    assert {"client", "app", "redis", "postgres", "worker"} <= services
    (answer,) = root.children
    assert (answer.span.service, answer.span.tag("http.status_code")) == ("app", "202")
    (done,) = (node for node in answer.children if node.span.name == "finish the order")
    assert {child.span.service for child in done.children} == {"postgres"}
    names = {node.span.name for node in answer.children}
    assert {"wait in the queue", "wait for a connection", "insert"} <= names
