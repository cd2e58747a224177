"""Where `docker` speaks to: DOCKER_HOST, else the context in use, as Docker's own command decides it.

The lab pins containers to this machine's cores, reads this machine's clocks and opens ports on its loopback. An
engine of another machine would be measured with the wrong ruler, so it is refused.
"""

import hashlib
import ipaddress
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lab.errors import EngineUnavailable

_HERE = ("unix", "npipe", "fd", "")


def require_local(environ: Mapping[str, str] | None = None) -> str | None:
    """The address of the engine, None for the client's default. Raises EngineUnavailable for another machine's."""
    found = os.environ if environ is None else environ
    address, said_by = _address(found)
    if address is not None and not _is_here(address):
        raise EngineUnavailable(
            "the Docker engine is on another machine, and the lab measures this one",
            where=f"{said_by}: {address}",
            fix="unset DOCKER_HOST, or `docker context use default`; or run the lab where that engine is",
        )
    return address


def _address(environ: Mapping[str, str]) -> tuple[str | None, str]:
    """The address, and what says so."""
    if host := environ.get("DOCKER_HOST"):
        return host, "DOCKER_HOST"
    folder = Path(environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    name = environ.get("DOCKER_CONTEXT") or str(_read(folder / "config.json").get("currentContext") or "")
    if name in ("", "default"):
        return None, ""
    meta = _read(folder / "contexts/meta" / hashlib.sha256(name.encode()).hexdigest() / "meta.json")
    host = ((meta.get("Endpoints") or {}).get("docker") or {}).get("Host")
    return (str(host) if host else None), f"context {name}"


def _is_here(address: str) -> bool:
    parts = urlsplit(address)
    if parts.scheme in _HERE:
        return True
    if parts.scheme == "ssh":
        return False
    try:
        return parts.hostname == "localhost" or ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


def _read(path: Path) -> dict[str, Any]:
    """A JSON object; empty for a file that is missing or not one."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
