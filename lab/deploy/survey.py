"""Pure: what a merged Compose project is made of, as far as its files tell: entry, tiers, jobs, and what stands out.

All of it is a proposal that a person reads in `lab.yaml` and changes; nothing is decided by it alone.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.deploy import concurrency, foreign
from lab.deploy.concurrency import Concurrency, Started
from lab.errors import UsageError

HTTPS_PORT = 443
HTTP_PORT = 80
LAST_PORT = 65535
NO_HTTP = frozenset({22, 25, 53, 1025, 1433, 1521, 3306, 5432, 5672, 6379, 9092, 11211, 27017})
"""Ports at which no web page is served."""
FROZEN_S = 60
"""So long a stack may be frozen while others are measured."""
GUNICORN_TIMEOUT_S = 30
"""Where nobody sets it."""
KINDS = {
    "proxy": ("nginx", "traefik", "caddy", "haproxy", "envoy", "httpd", "apache", "varnish"),
    "server": ("gunicorn", "uvicorn", "hypercorn", "uwsgi", "daphne", "puma", "granian", "waitress"),
    "store": ("postgres", "mysql", "mariadb", "mongo", "elasticsearch", "opensearch", "cassandra", "minio"),
    "cache": ("redis", "valkey", "memcached", "keydb", "dragonfly"),
    "queue": ("rabbitmq", "kafka", "nats", "mosquitto"),
    "worker": ("celery", "rq worker", "dramatiq", "sidekiq"),
    "tool": ("adminer", "pgadmin", "mailhog", "mailpit", "flower", "prometheus", "grafana"),
}
"""Kind → words in a command or an image by which it is known."""
SHARES = {"proxy": 1, "cache": 1, "tool": 1, "queue": 2, "worker": 2, "server": 4, "store": 4}
APPLICATION_SHARE = 4
_JOB_NAME = re.compile(r"(^|[-_.])(migrat\w*|seed\w*|init|setup|bootstrap|fixtures|collectstatic)($|[-_.])")
_TIMEOUT = re.compile(r"(?:--timeout[ =]+|\s-t[ =]*|\btimeout\s*=\s*)(\d+)")
_PUNCTUATION = re.compile(r"[\"',\[\]]+")

Service = Mapping[str, Any]
Config = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What was found."""

    entry: str
    port: int
    scheme: str
    others: tuple[str, ...]
    """What else is published and might be the entry, as SERVICE:PORT."""
    told: bool
    """Whether something in the project's files says that the entry listens there."""
    tiers: Mapping[str, str]
    jobs: tuple[str, ...]
    memory: Mapping[str, int]
    frail: Mapping[str, str]
    """Service → why it does not bear to be frozen."""
    concurrency: Concurrency | None = None
    """What goes side by side, where its files tell."""


def survey(config: Config, *, written: Config | None = None, entry: str | None = None) -> Survey:
    """Look through a merged project. Raises UsageError where the entry must be chosen; `entry` is SERVICE:PORT.

    `written` is the project with each `${NAME}` as its files have it, where that can be had.
    """
    jobs = tuple(name for name in config["services"] if _is_job(name, config))
    service, port = _named(config, entry) if entry else _only(config, jobs)
    candidates = [f"{name}:{number}" for name, number in _candidates(config, jobs)]
    tiers = {name: what(config["services"][name]) for name in _inwards(config, service) if name not in jobs}
    return Survey(
        entry=service,
        port=port,
        scheme="https" if port == HTTPS_PORT else "http",
        others=tuple(one for one in candidates if one != f"{service}:{port}"),
        told=_tells(config["services"][service], port),
        tiers=tiers,
        jobs=jobs,
        memory={name: share(config["services"][name]) for name in tiers},
        concurrency=_concurrency(config, written or config, tiers),
        frail={name: why for name in tiers if (why := _frail(config["services"][name]))},
    )


def what(service: Service) -> str:
    """What a service is, in a word or two: what its command starts, else its image, else what it is built from."""
    known = [word for words in KINDS.values() for word in words if re.search(rf"\b{word}\b", _started(service))]
    if known:
        return known[0]
    if "build" in service:
        return f"built from {Path(service['build']['context']).name}"
    return str(service.get("image", "")).partition("@")[0].rpartition("/")[2].partition(":")[0]


def share(service: Service) -> int:
    """Its share of the memory, beside the others."""
    kind = next((kind for kind, words in KINDS.items() if what(service) in words), "")
    return SHARES.get(kind, APPLICATION_SHARE)


def _started(service: Service) -> str:
    """Command, entry point, image and Dockerfile of a service, as words in small letters."""
    return _words(service).lower()


def _words(service: Service) -> str:
    parts = [service.get("entrypoint"), service.get("command"), (service.get("environment") or {}).get(_ARGUMENTS)]
    image = str(service.get("image", "")).rpartition("/")[2].partition(":")[0]
    said = [" ".join(map(str, part)) if isinstance(part, list) else str(part or "") for part in parts]
    return " ".join([*said, image, *_of_dockerfile(service)])


_ARGUMENTS = "GUNICORN_CMD_ARGS"


def _of_dockerfile(service: Service) -> Iterator[str]:
    """What the last command and entry point of its Dockerfile start, and Gunicorn's own file of settings."""
    last = re.findall(r"^(?:CMD|ENTRYPOINT)\s+(.*(?:\\\n.*)*)", _dockerfile(service), re.MULTILINE)
    yield _PUNCTUATION.sub(" ", " ".join(last[-2:]))
    build = service.get("build")
    if build and (own := Path(build["context"]) / "gunicorn.conf.py").is_file():
        yield f"gunicorn {own.read_text('utf-8', 'replace')}"


def _dockerfile(service: Service) -> str:
    """What its Dockerfile says; empty where it has none."""
    build = service.get("build")
    if not build or not Path(str(build["context"])).is_dir():
        return ""
    file = Path(build["context"]) / build.get("dockerfile", "Dockerfile")
    return str(build.get("dockerfile_inline") or (file.read_text("utf-8", "replace") if file.is_file() else ""))


def _is_job(name: str, config: Config) -> bool:
    """Whether a service does one thing and ends: another one waits for its end, or it is called so."""
    again = str(config["services"][name].get("restart", "no")) not in ("no", "on-failure")
    return name in foreign.awaited(config) or (not again and bool(_JOB_NAME.search(name)))


def _candidates(config: Config, jobs: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """Services and published ports at which pages may be served."""
    for name, service in config["services"].items():
        quiet = what(service) in (*KINDS["store"], *KINDS["cache"], *KINDS["queue"], *KINDS["tool"])
        for port in () if quiet or name in jobs else service.get("ports") or ():
            if port.get("protocol", "tcp") == "tcp" and port["target"] not in NO_HTTP:
                yield name, int(port["target"])


def _only(config: Config, jobs: tuple[str, ...]) -> tuple[str, int]:
    found = [*dict.fromkeys(_candidates(config, jobs))]
    if len(found) > 1 and {port for _, port in found} == {HTTP_PORT, HTTPS_PORT} and len({s for s, _ in found}) == 1:
        found = [one for one in found if one[1] == HTTP_PORT]
    if len(found) == 1:
        return found[0]
    shown = ", ".join(f"{name}:{port}" for name, port in found)
    raise UsageError(
        f"{len(found)} published ports may be the entry: {shown}" if found else "no service publishes a port for HTTP",
        where=f"services: {', '.join(config['services'])}",
        fix=f"say which one: --entry {shown.partition(',')[0] or 'SERVICE:PORT'}",
    )


def _named(config: Config, entry: str) -> tuple[str, int]:
    service, _, port = entry.partition(":")
    if service not in config["services"] or not re.fullmatch("[0-9]+", port):
        raise UsageError(
            f"{entry!r} is not an entry",
            where="--entry",
            fix=f"SERVICE:PORT, the port inside the container; services: {', '.join(config['services'])}",
        )
    if not 0 < int(port) <= LAST_PORT:
        raise UsageError(f"{port} is not a port", where="--entry", fix=f"a port is a number from 1 to {LAST_PORT}")
    return service, int(port)


def _tells(service: Service, port: int) -> bool:
    """Whether a port stands in what a service publishes, exposes, starts, is told or is asked for its health."""
    published = any(int(one["target"]) == port for one in service.get("ports") or ())
    told = [str(service.get(key) or "") for key in ("expose", "environment", "healthcheck")]
    exposed = re.findall(r"^EXPOSE\s+(.*)", _dockerfile(service), re.MULTILINE)
    return published or any(re.search(rf"(?<!\d){port}(?!\d)", text) for text in (_started(service), *told, *exposed))


def _concurrency(config: Config, written: Config, tiers: Mapping[str, str]) -> Concurrency | None:
    """Of the one tier that is Gunicorn; None where there is none, or where several add up."""
    servers = [name for name, kind in tiers.items() if kind == "gunicorn"]
    if len(servers) != 1:
        return None
    service = config["services"][servers[0]]
    as_written = {**service, **{key: written["services"][servers[0]].get(key) for key in _INTERPOLATED}}
    copies = (service.get("deploy") or {}).get("replicas") or service.get("scale") or 1
    return concurrency.of_gunicorn(servers[0], _how(service), _how(as_written), copies=int(copies))


_INTERPOLATED = ("command", "entrypoint", "environment")


def _how(service: Service) -> Started:
    return Started(words=_words(service), environment=service.get("environment") or {})


def _inwards(config: Config, entry: str) -> list[str]:
    """The services from the entry along what each depends on; then those that nobody depends on."""
    services = config["services"]
    found: list[str] = []
    waiting = [entry, *services]
    while waiting:
        name = waiting.pop(0)
        if name in found or name not in services:
            continue
        found.append(name)
        beneath = [other for other in services[name].get("depends_on") or {} if other not in found]
        waiting = [*beneath, *waiting] if found[0] == entry else waiting
    return found


def _frail(service: Service) -> str:
    """Why a service does not bear to be frozen; empty where nothing speaks against it."""
    told = _PUNCTUATION.sub(" ", _started(service))
    if "gunicorn" not in told:
        return ""
    said = _TIMEOUT.search(told)
    timeout_s = int(said[1]) if said else GUNICORN_TIMEOUT_S
    if timeout_s == 0 or timeout_s >= FROZEN_S:
        return ""
    return f"Gunicorn kills workers that were frozen for {timeout_s} s"
