"""Small makers of records, a project on disk and a server: each test names only what it is about."""

import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from lab.load import histogram
from lab.model import (
    Budget,
    Cell,
    Deployment,
    Entry,
    Errors,
    HostCpu,
    Load,
    LoadResult,
    Machine,
    Run,
    Sample,
    Stack,
    Workload,
)

CONTRACT = """\
openapi: 3.1.0
paths:
  /health:
    get:
      operationId: health
      summary: Waits
      x-lab:
        delay: {setting: HEALTH_DELAY, default_s: 0.1}
      responses:
        "200": {content: {text/plain: {example: ok}}}
  /api/ping:
    get:
      operationId: ping
      summary: Answers at once
      responses:
        "200": {content: {application/json: {example: {message: pong}}}}
  /ready:
    get:
      operationId: ready
      responses:
        "200": {content: {text/plain: {example: ready}}}
"""

PROXIED = """\
name: proxied
x-lab:
  title: Proxy → App
  entry: {service: proxy, port: 8080}
  tiers: {proxy: proxy, app: application}
  workloads: [health, ping]
  memory: {proxy: 1, app: 7}
  variants:
    one: {WORKERS: 1}
    pool: {WORKERS: 4, THREADS: 10}
  slots:
    one: [WORKERS]
    pool: [WORKERS, THREADS]
  processes: {one: [WORKERS], pool: [WORKERS]}
services:
  proxy:
    image: proxy
    ports: ["127.0.0.1:${LAB_PORT:-8080}:8080"]
  app:
    extends: {file: parts.yaml, service: app}
    command: ["serve", "--workers=${WORKERS:-1}", "--threads=${THREADS:-1}"]
networks:
  back: {internal: true}
"""

PLAIN = """\
name: plain
x-lab:
  title: App
  entry: {service: app, port: 9000}
  tiers: {app: application}
  workloads: [health, ping]
  memory: {app: 1}
services:
  app:
    extends: {file: parts.yaml, service: app}
"""

PARTS = """\
services:
  app:
    image: app
    environment:
      HEALTH_DELAY: "${HEALTH_DELAY:-0.1}"
      PRICE: "$${NOT_A_SETTING}"
"""

TABLE = """\
title: A table
source: a blog
pins: seed
workload: health
load: {threads: 2, connections: 2000, duration_s: 5}
published_duration_s: 60
rows:
  - id: proxied-pool
    stack: proxied@pool
    published: {requests_per_second: 390.5, mean_ms: 100.1}
    note: A famous one.
  - id: plain
    stack: plain
    workload: ping
    load: {connections: 100}
    settings: {HEALTH_DELAY: 0.2}
  - {id: again, stack: proxied, same_as: articles/proxied-pool}
"""


def write_project(root: Path) -> Path:
    files = {
        "stacks/openapi.yaml": CONTRACT,
        "compose/proxied.yaml": PROXIED,
        "compose/plain.yaml": PLAIN,
        "compose/parts.yaml": PARTS,
        "experiments/articles.yaml": TABLE,
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return root


def edit(path: Path, old: str, new: str) -> None:
    """Replace what stands in a file once; a test that edits nothing would prove nothing."""
    text = path.read_text("utf-8")
    assert old in text, f"{old!r} is not in {path}"
    path.write_text(text.replace(old, new, 1), "utf-8")


def line_of(path: Path, text: str) -> int:
    """The number of the first line that holds a text."""
    lines = path.read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def make_machine(**changes: Any) -> Machine:
    given: dict[str, Any] = {
        "cpu_model": "Some CPU",
        "cores": tuple((cpu,) for cpu in range(8)),
        "memory_mib": 16_384,
        "kernel": "6.1.0",
        "os": "Debian 12",
        "architecture": "x86_64",
        "cgroup_version": 1,
        "nofile_hard": 20_000,
        "virtualisation": "none",
    }
    return Machine(**given | changes)


def make_budget(**changes: Any) -> Budget:
    given: dict[str, Any] = {
        "wished_cpus": 1,
        "wished_memory_mib": 1024,
        "placement": "isolated",
        "stack_cpus": (0,),
        "load_cpus": (1,),
        "memory_mib": 1024,
        "label": "1 core, 1 GiB, isolated",
    }
    return Budget(**given | changes)


def make_stack(**changes: Any) -> Stack:
    given: dict[str, Any] = {
        "name": "proxied",
        "title": "Proxy → App",
        "path": Path("compose/proxied.yaml"),
        "entry": Entry(service="proxy", port=8080),
        "tiers": {"proxy": "proxy", "app": "application"},
        "workloads": ("health", "ping"),
        "memory": {"proxy": 1, "app": 7},
        "variants": {"one": {"WORKERS": "1"}},
        "slots": {},
        "processes": {},
        "settings": frozenset({"WORKERS"}),
    }
    return Stack(**given | changes)


def make_workload(**changes: Any) -> Workload:
    given: dict[str, Any] = {
        "name": "health",
        "method": "GET",
        "path": "/health",
        "status": 200,
        "content_type": "text/plain",
        "body": "ok",
    }
    return Workload(**given | changes)


def make_load(**changes: Any) -> Load:
    given: dict[str, Any] = {"connections": 10, "threads": 1, "duration_s": 10}
    return Load(**given | changes)


def make_deployment(**changes: Any) -> Deployment:
    given: dict[str, Any] = {"stack": "proxied", "variant": "one", "pins": "current"}
    return Deployment(**given | changes)


def make_cell(**changes: Any) -> Cell:
    given: dict[str, Any] = {
        "table": "articles",
        "row": "alpha",
        "deployment": make_deployment(),
        "workload": "health",
        "load": make_load(),
    }
    return Cell(**given | changes)


def make_result(rate: int = 1000, *, elapsed_s: float = 10.0, latency_us: int = 10_000, **changes: Any) -> LoadResult:
    """A steady round: the same number of answers in each tenth of a second, all equally fast."""
    requests = round(rate * elapsed_s)
    given: dict[str, Any] = {
        "requests": requests,
        "elapsed_s": elapsed_s,
        "bytes_read": requests * 100,
        "errors": Errors(),
        "per_100ms": (rate // 10,) * round(elapsed_s * 10),
        "ramp_s": 1.0,
        "steady_s": elapsed_s - 1.0,
        "histogram": histogram.encode([(latency_us, requests)] if requests else []),
    }
    return LoadResult(**given | changes)


def make_sample(number: int = 0, rate: int = 1000, **changes: Any) -> Sample:
    """A round on two cores in which nothing is amiss: the stack uses its core, the load half of its own.

    Of its ten seconds the first is the ramp, in which the stack uses as much as in any other.
    """
    given: dict[str, Any] = {
        "cell": make_cell().key,
        "round": number,
        "started_at": "2026-11-21T03:30:00Z",
        "result": make_result(rate),
        "cpu_s": {"proxy": 2.0, "app": 7.5},
        "steady_cpu_s": {"proxy": 1.8, "app": 6.75},
        "load_cpu_s": 5.0,
        "memory_mib": {"proxy": 10.0, "app": 100.0},
        "host": HostCpu(capacity_s=20.0, busy_s=15.0, steal_s=0.0),
    }
    return Sample(**given | changes)


def make_run(cells: Iterable[Cell] = (), **changes: Any) -> Run:
    given: dict[str, Any] = {
        "id": "20261121-033000-abcd",
        "started_at": "2026-11-21T03:30:00Z",
        "command": "lab bench",
        "lab_version": "0.1.0",
        "git_revision": None,
        "git_dirty": None,
        "host": make_machine(),
        "budget": make_budget(),
        "engine": {"docker": "26.1.5"},
        "rounds": 3,
        "warmup_s": 1.0,
        "cells": tuple(cells),
    }
    return Run(**given | changes)


class Answering:
    """A server on the loopback: path → (status, content type, body); what it does not know it answers with 404."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, str, str]] = {
            "/health": (200, "text/plain", "ok"),
            "/api/ping": (200, "application/json", '{"message": "pong"}'),
            "/ready": (200, "text/plain", "ready"),
        }
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answers = self.answers

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, content_type, body = answers.get(self.path, (404, "text/plain", "not found"))
                data = body.encode()
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(data)))
                if status == 302:
                    self.send_header("Location", "/ready")
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_args: object) -> None:
                return

        return Handler
