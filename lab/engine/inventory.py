"""What of the lab's is on the engine: found by label, so that nothing else is ever touched."""

import ipaddress
import shlex
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from docker import DockerClient
from docker.errors import NotFound
from docker.models.containers import Container
from docker.models.images import Image
from docker.models.networks import Network
from docker.models.volumes import Volume

from lab.host import ports, session
from lab.host.session import LABEL_PAGE, LABEL_SCHEME, LABEL_SESSION, LABEL_STACK, LABEL_TARGET

LABEL_PROJECT = "com.docker.compose.project"
LABEL_SERVICE = "com.docker.compose.service"
REVIVE_TIMEOUT_S = 2
"""For a container to end by itself before it is killed and started anew."""

Thing = Container | Network | Volume | Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """One project of the lab's as the engine has it."""

    project: str
    stack: str
    target: str
    session: str
    services: dict[str, str]
    """Service → state (running, paused, exited …)."""
    port: int | None
    """The published port on 127.0.0.1."""
    scheme: str

    @property
    def variant(self) -> str:
        """Which of the stack's variants it is."""
        return self.target.partition("@")[2].partition("+")[0]

    @property
    def again(self) -> str:
        """What `lab up` takes to bring up the same: its variant, and its settings as options."""
        named, *settings = self.target.split("+")
        return shlex.join([named, *(word for setting in settings for word in ("--set", setting))])

    @property
    def url(self) -> str | None:
        """Where it answers; None while nothing is published."""
        return ports.url(self.port, self.scheme) if self.port else None


def projects(client: DockerClient) -> list[Running]:
    """All projects that carry the lab's labels, by name."""
    grouped: dict[str, list[Container]] = {}
    for container in client.containers.list(all=True, ignore_removed=True, filters={"label": LABEL_SESSION}):
        grouped.setdefault(container.labels.get(LABEL_PROJECT, ""), []).append(container)
    return [_running(name, containers) for name, containers in sorted(grouped.items())]


def _running(name: str, containers: Sequence[Container]) -> Running:
    labels = containers[0].labels
    published = [port for container in containers for port in _published(container)]
    return Running(
        project=name,
        stack=labels.get(LABEL_STACK, ""),
        target=labels.get(LABEL_TARGET, ""),
        session=labels[LABEL_SESSION],
        services={c.labels.get(LABEL_SERVICE, c.name or ""): c.status for c in containers},
        port=published[0] if published else None,
        scheme=labels.get(LABEL_SCHEME, "http"),
    )


def page_url(client: DockerClient, project: str, service: str) -> str | None:
    """Where the page of a service beside a stack answers on this host; None where it has none that runs."""
    container = containers_of(client, project).get(service)
    bound = [binding for bindings in (container.ports if container else {}).values() for binding in bindings or ()]
    return ports.url(int(bound[0]["HostPort"])) if bound else None


def _published(container: Container) -> Iterator[int]:
    """The ports of the stack's own entry."""
    if LABEL_PAGE in container.labels:
        return
    for bindings in (container.ports or {}).values():
        yield from (int(binding["HostPort"]) for binding in bindings or ())


def containers_of(client: DockerClient, project: str) -> dict[str, Container]:
    """Service → container of one project."""
    found = client.containers.list(all=True, ignore_removed=True, filters={"label": f"{LABEL_PROJECT}={project}"})
    return {container.labels[LABEL_SERVICE]: container for container in found}


def revive(client: DockerClient, project: str) -> None:
    """Restart what a killed lab process has left frozen, and what its health check found dead while it stood still.

    Compose starts none of the former, and gives the latter up at once: their next health check is half a minute away.
    """
    for state in ({"status": "paused"}, {"health": "unhealthy"}):
        filters: dict[str, str | list[str] | bool] = {"label": f"{LABEL_PROJECT}={project}", **state}
        for container in client.containers.list(ignore_removed=True, filters=filters):
            if container.status == "paused":
                container.unpause()
            container.restart(timeout=REVIVE_TIMEOUT_S)


def replicas_of(client: DockerClient, project: str) -> dict[str, tuple[Container, ...]]:
    """Service → its containers beside the one that `containers_of` tells; only services that have several."""
    found = client.containers.list(all=True, ignore_removed=True, filters={"label": f"{LABEL_PROJECT}={project}"})
    first = {container.labels[LABEL_SERVICE]: container.id for container in found}
    grouped: dict[str, tuple[Container, ...]] = {}
    for container in found:
        service = container.labels[LABEL_SERVICE]
        if container.id != first[service]:
            grouped[service] = (*grouped.get(service, ()), container)
    return grouped


def strangers(client: DockerClient, project: str) -> list[str]:
    """What belongs to a Compose project of that name and does not carry the lab's label."""
    mine: dict[str, str | list[str] | bool] = {"label": f"{LABEL_PROJECT}={project}"}
    containers = client.containers.list(all=True, ignore_removed=True, filters=mine)
    found = [f"container {one.name}" for one in containers if LABEL_SESSION not in one.labels]
    others: list[Network | Volume] = [*client.networks.list(filters=mine), *client.volumes.list(filters=mine)]
    unlabelled = (thing for thing in others if LABEL_SESSION not in (thing.attrs["Labels"] or {}))
    return [*found, *(f"{type(thing).__name__.lower()} {thing.name}" for thing in unlabelled)]


def subnets(client: DockerClient) -> Iterator[tuple[ipaddress.IPv4Network, str]]:
    """Every IPv4 subnet that an engine's network uses, with the Compose project that it belongs to or ''."""
    for network in client.networks.list():
        for pool in (network.attrs.get("IPAM") or {}).get("Config") or ():
            subnet = ipaddress.ip_network(pool["Subnet"])
            if isinstance(subnet, ipaddress.IPv4Network):
                yield subnet, (network.attrs.get("Labels") or {}).get(LABEL_PROJECT, "")


def reap(client: DockerClient) -> list[str]:
    """Remove what killed lab processes left behind; returns their session ids."""
    labelled: list[Thing] = [
        *client.containers.list(all=True, ignore_removed=True, filters={"label": LABEL_SESSION}),
        *client.networks.list(filters={"label": LABEL_SESSION}),
        *client.volumes.list(filters={"label": LABEL_SESSION}),
        *client.images.list(filters={"label": LABEL_SESSION}),
    ]
    found = {_session_of(thing) for thing in labelled}
    gone = sorted(identity for identity in found if session.abandoned(identity))
    for identity in gone:
        remove(client, identity)
        session.forget(identity)
    return gone


def _session_of(thing: Thing) -> str:
    labels = thing.attrs["Labels"] if isinstance(thing, Network | Volume) else thing.labels
    return str(labels[LABEL_SESSION])


def remove(client: DockerClient, identity: str) -> None:
    """Remove all containers, volumes, networks and images of one session at once, without asking them to stop.

    Images carry a session only if it built them for a moment.
    """
    mine: dict[str, str | list[str] | bool] = {"label": f"{LABEL_SESSION}={identity}"}
    with ThreadPoolExecutor() as pool:
        list(pool.map(_remove_container, client.containers.list(all=True, ignore_removed=True, filters=mine)))
    for network in client.networks.list(filters=mine):
        network.remove()
    for volume in client.volumes.list(filters=mine):
        volume.remove()
    for image in client.images.list(filters=mine):
        client.images.remove(str(image.id), force=True)


def _remove_container(container: Container) -> None:
    with suppress(NotFound):  # it went by itself meanwhile
        container.remove(force=True, v=True)
