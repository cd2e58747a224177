"""The service's settings: from the environment, and what is secret from files."""

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

CONTRACT = Path("/srv/service")  # stacks/service: what all implementations read
SECRETS = Path("/run/lab")
ENVIRONMENTS = ("production", "development", "testing", "lab")
LEAST_KEY = 32  # bytes: HS256 is no stronger than its key (RFC 7518, section 3.2)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every setting of docs/service.md; times in seconds."""

    app_env: str = "production"
    order_mode: str = "sync"
    order_work_s: float = 0.08
    cache: bool = True
    cache_ttl_s: float = 60
    cache_l1_ttl_s: float = 1
    cache_penetration: bool = True
    cache_avalanche: bool = True
    cache_breakdown: bool = True
    item_delay_s: float = 0
    rate_limit: int = 1000
    auth: bool = True
    limit: bool = True
    access_log: bool = True
    trust_proxy: bool = False
    access_ttl_s: int = 900
    refresh_ttl_s: int = 604_800
    pool_size: int = 40
    worker_concurrency: int = 4
    postgres_host: str = "postgres"
    redis_host: str = "redis"
    cache_host: str = "cache"
    traces: bool = False
    traces_share: float = 1
    zipkin_host: str = "zipkin"
    postgres_password: str = field(default="", repr=False)
    redis_password: str = field(default="", repr=False)
    jwt_key: bytes = field(default=b"", repr=False)
    jwt_key_previous: bytes = field(default=b"", repr=False)  # empty: there is none, or it was withdrawn

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ, secrets: Path = SECRETS) -> Self:
        """The settings of this process; where some are wrong, says all of them and exits with code 2."""
        values: dict[str, Any] = {}
        mistakes = []
        for name, (key, convert) in _NAMES.items():
            if name in environ:
                try:
                    values[key] = convert(environ[name])
                except ValueError as error:
                    mistakes.append(f"{name}={environ[name]!r}: {error}")
        found, unread = _secrets(secrets)
        mistakes += unread
        if mistakes:
            sys.stderr.write("".join(f"settings: {mistake}\n" for mistake in mistakes))
            raise SystemExit(2)
        return cls(**values, **found)

    def pool_share(self, processes: int) -> int:
        """The connections to Postgres that one of so many processes may have for transactions."""
        return max(1, self.pool_size // processes)

    def reading_share(self, processes: int) -> int:
        """Those that it has besides for lone statements: orders that wait for an item hold up nobody else."""
        return max(1, self.pool_size // (4 * processes))


def _secrets(folder: Path) -> tuple[dict[str, Any], list[str]]:
    """What is secret, and what is wrong with it. A previous key need not be there."""
    values: dict[str, Any] = {}
    mistakes = []
    previous = ["jwt_key_previous"] if (folder / "jwt_key_previous").exists() else []
    for name in ("postgres_password", "redis_password", "jwt_key", *previous):
        try:
            values[name] = _secret(folder / name)
        except (OSError, ValueError) as error:
            mistakes.append(f"secret {folder / name}: {error}")
    for name in values.keys() & {"jwt_key", "jwt_key_previous"}:
        values[name] = values[name].encode()
        if len(values[name]) < LEAST_KEY:
            mistakes.append(f"secret {folder / name}: has fewer than {LEAST_KEY} bytes")
    return values, mistakes


def _secret(path: Path) -> str:
    """The text of a secret's file, without the line end that editors add; ValueError if there is none."""
    if text := path.read_text(encoding="utf-8").strip():
        return text
    raise ValueError("the file is empty")


def _switch(text: str) -> bool:
    if text not in {"on", "off"}:
        raise ValueError("must be on or off")
    return text == "on"


def _one_of(*choices: str) -> Any:
    def convert(text: str) -> str:
        if text not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return text

    return convert


def _whole(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        raise ValueError("must be a whole number from 1 to 999999999")
    return int(text)


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text):
        raise ValueError("must be seconds, such as 60 or 0.08")
    return float(text)


def _seconds_above_zero(text: str) -> float:
    if (value := _seconds(text)) < 0.001:  # noqa: PLR2004 - Redis counts in milliseconds
        raise ValueError("must be at least 0.001 seconds")
    return value


def _share(text: str) -> float:
    if not re.fullmatch(r"0(\.[0-9]{1,9})?|1", text):
        raise ValueError("must be a share from 0 to 1, such as 0.01")
    return float(text)


def _host(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._:-]+", text):
        raise ValueError("must be a host name or an address")
    return text


_NAMES = {
    "APP_ENV": ("app_env", _one_of(*ENVIRONMENTS)),
    "ORDER_MODE": ("order_mode", _one_of("sync", "async")),
    "ORDER_WORK": ("order_work_s", _seconds),
    "CACHE": ("cache", _switch),
    "CACHE_TTL": ("cache_ttl_s", _seconds_above_zero),
    "CACHE_L1_TTL": ("cache_l1_ttl_s", _seconds),
    "CACHE_PENETRATION": ("cache_penetration", _switch),
    "CACHE_AVALANCHE": ("cache_avalanche", _switch),
    "CACHE_BREAKDOWN": ("cache_breakdown", _switch),
    "ITEM_DELAY": ("item_delay_s", _seconds),
    "RATE_LIMIT": ("rate_limit", _whole),
    "AUTH": ("auth", _switch),
    "LIMIT": ("limit", _switch),
    "ACCESS_LOG": ("access_log", _switch),
    "TRUST_PROXY": ("trust_proxy", _switch),
    "ACCESS_TTL": ("access_ttl_s", _whole),
    "REFRESH_TTL": ("refresh_ttl_s", _whole),
    "POOL_SIZE": ("pool_size", _whole),
    "WORKER_CONCURRENCY": ("worker_concurrency", _whole),
    "POSTGRES_HOST": ("postgres_host", _host),
    "REDIS_HOST": ("redis_host", _host),
    "CACHE_HOST": ("cache_host", _host),
    "TRACES": ("traces", _switch),
    "TRACES_SHARE": ("traces_share", _share),
    "ZIPKIN_HOST": ("zipkin_host", _host),
}
