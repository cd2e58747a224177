"""Which images stacks need, and having them built: the catalogue on one side, `engine/images.py` on the other."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import product
from typing import Any

from docker import DockerClient

from lab.catalog import Catalog, environment
from lab.deploy import compose, prepare
from lab.deploy.compose import Project
from lab.deploy.prepare import LOAD_FILE
from lab.engine import images, probe
from lab.engine.client import connect
from lab.engine.images import Built
from lab.errors import EngineUnavailable
from lab.host import session
from lab.host.say import Say
from lab.model import Deployment, Pins


def build(catalog: Catalog, stacks: Sequence[str], *, pins: Sequence[Pins], wait_s: float, say: Say) -> Built:
    """Build everything that the stacks and the load need, in those of the pins that each stack has.

    Raises HostBusy while another lab process is at work.
    """
    probe.require()
    with session.turn(wait_s=wait_s), connect():
        return bake(catalog, stacks, pins=pins, say=say)


def bake(catalog: Catalog, stacks: Iterable[str], *, pins: Iterable[Pins], say: Say) -> Built:
    """The same for a caller that has its turn already."""
    return images.bake(images.targets(_configs(catalog, stacks, pins)), say=say)


def merged(catalog: Catalog, deployments: Iterable[Deployment]) -> dict[Deployment, Mapping[str, Any]]:
    """Deployment → its merged Compose project as `docker compose config` gives it, several at a time."""
    wanted = list(deployments)
    projects = []
    for deployment in wanted:
        stack = catalog.stack(deployment.stack)
        projects.append(partial(prepare.merged, stack, environment(stack, deployment)))
    return dict(zip(wanted, _merged(projects), strict=True))


def needed(catalog: Catalog, stacks: Iterable[tuple[str, Pins]]) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    """The images of stacks in their pins and of the load, and those that are missing; None without an engine to ask."""
    wanted = tuple(targets(catalog, stacks))
    try:
        with connect() as client:
            return wanted, tuple(images.missing(client, wanted))
    except EngineUnavailable:
        return wanted, None


def targets(catalog: Catalog, stacks: Iterable[tuple[str, Pins]]) -> dict[str, dict[str, Any]]:
    """The bake targets of stacks, each in its pins, and of the load, by image."""
    projects = [partial(prepare.merged, catalog.stack(name), {"LAB_PINS": choice}) for name, choice in stacks]
    return images.targets(_merged([*projects, _load(catalog)]))


def image_ids(
    catalog: Catalog, deployments: Iterable[Deployment], client: DockerClient
) -> dict[Deployment, dict[str, str]]:
    """Deployment → service → the id of the image that it would be started from now."""
    found = {}
    for deployment, config in merged(catalog, deployments).items():
        stack = catalog.stack(deployment.stack)
        named = {name: config["services"][name]["image"] for name in (*stack.tiers, *stack.jobs)}
        found[deployment] = {name: images.identity(client, image) for name, image in named.items()}
    return found


def _configs(catalog: Catalog, stacks: Iterable[str], pins: Iterable[Pins]) -> list[Mapping[str, Any]]:
    """The merged Compose projects of all stacks and of the load, several at a time."""
    projects = [
        partial(prepare.merged, catalog.stack(name), {"LAB_PINS": choice})
        for name, choice in product(dict.fromkeys(stacks), pins)
        if choice in catalog.stack(name).pins
    ]
    return _merged([*projects, _load(catalog)])


Merging = Callable[[], Mapping[str, Any]]


def _load(catalog: Catalog) -> Merging:
    return partial(compose.config, Project(name="load", files=(catalog.home / LOAD_FILE,)))


def _merged(projects: Sequence[Merging]) -> list[Mapping[str, Any]]:
    """`docker compose config` of each, several at a time."""
    with ThreadPoolExecutor() as pool:
        return [merging.result() for merging in [pool.submit(project) for project in projects]]
