"""A project of somebody's own on disk, with and without what the lab must know of it."""

from pathlib import Path

COMPOSE = """\
services:
  web:
    image: web
    ports: ["80:80"]
  db:
    image: postgres
    environment: {MODE: "${MODE:-safe}"}
"""

OWN = """\
title: Web → Postgres
entry: {service: web, port: 80}
tiers: {web: nginx, db: postgres}
workloads: [home, order]
requests:
  home:
    - path: /home
      answer: {type: text/html, body: "<p>"}
  order:
    - path: /orders
      method: POST
      body: {item: 5}
      headers: {X-Shop: 1}
      answer: {status: [201, 409], type: application/json, keys: [id]}
memory: {web: 1, db: 3}
"""


def write_own(folder: Path, *, compose: str = COMPOSE, own: str | None = OWN, name: str = "compose.yaml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(compose, "utf-8")
    if own is not None:
        (folder / "lab.yaml").write_text(own, "utf-8")
    return folder
