"""cut-off: the tier leaves its networks, and at the end comes back under its old names and addresses."""

from collections.abc import Mapping, Sequence
from typing import Any

from docker import DockerClient

from lab.engine.client import in_words
from lab.faults.fault import Fault, Ground, Site
from lab.faults.kinds import killed


def tiers(ground: Ground) -> Sequence[str]:
    """All but the entry."""
    return tuple(tier for tier in killed.tiers(ground) if tier != ground.stack.entry.service)


def inject(site: Site) -> None:
    """Take it out of each of its networks."""
    engine = _engine(site)
    with in_words():
        for name in _networks(site):
            engine.networks.get(name).disconnect(site.container, force=True)


def undo(site: Site) -> str:
    """Put it back with the names and the address that it had: Nginx has looked its app up once and for all."""
    engine = _engine(site)
    with in_words():
        for name, was in _networks(site).items():
            network = engine.networks.get(name)
            network.reload()
            if site.container.id not in (network.attrs.get("Containers") or {}):
                network.connect(site.container, aliases=was.get("Aliases") or [], ipv4_address=was["IPAddress"])
    return "connected again"


def _networks(site: Site) -> Mapping[str, Mapping[str, Any]]:
    """The networks in which it was, by name."""
    found: Mapping[str, Mapping[str, Any]] = site.container.attrs["NetworkSettings"]["Networks"]
    return found


def _engine(site: Site) -> DockerClient:
    engine = site.container.client
    assert engine is not None, "a container that the engine listed"  # noqa: S101 - docker's types leave it open
    return engine


FAULT = Fault(
    name="cut-off",
    words="{tier} cut off",
    needs="only a tier behind the one that users reach can: nobody could see how that one fares",
    tiers=tiers,
    inject=inject,
    undo=undo,
    shown=("postgres", "redis"),
)
