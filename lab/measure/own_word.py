"""Asks a container for what it tells of itself, at the address that its label `lab.metrics` names."""

from collections.abc import Iterable

import requests
from docker.models.containers import Container

from lab.figures import exposition
from lab.measure.verify import loopback_session
from lab.model.vitals import OwnWord

LABEL = "lab.metrics"
"""Port and path at which a service tells what it counts: `8080/metrics`."""
WITHIN_S = 1.0


def ask(container: Container, *, asked_before: int = 0) -> OwnWord | None:
    """What it says; None where it has no label, or does not answer. Nginx counts the lab's own questions, too."""
    port, _, path = container.labels.get(LABEL, "").partition("/")
    address = next(iter(addresses([container])), None)
    if not port or address is None:
        return None
    with loopback_session() as client:
        try:
            answer = client.get(f"http://{address}:{port}/{path}", timeout=WITHIN_S)
        except requests.RequestException:
            return None
    return exposition.read(answer.text, own_requests=asked_before + 1) if answer.ok else None


def addresses(containers: Iterable[Container]) -> list[str]:
    """Those of all their networks."""
    networks = [network for one in containers for network in one.attrs["NetworkSettings"]["Networks"].values()]
    return [network["IPAddress"] for network in networks if network.get("IPAddress")]
