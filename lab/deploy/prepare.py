"""One deployment from the catalogue to healthy containers: the override file, then `docker compose up`."""

import ipaddress
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docker import DockerClient

from lab.catalog import Catalog, environment
from lab.deploy import compose, copies, foreign, override, yamltags, zipkin
from lab.deploy.compose import Project
from lab.deploy.foreign import Copy, Overlay
from lab.deploy.override import NOTHING_BESIDE, Beside
from lab.engine import inventory
from lab.host import ports
from lab.host.interrupts import uninterrupted
from lab.host.seal import seal
from lab.model import Budget, Deployment, Machine, Stack
from lab.model.sealed import require_known

LOAD_SERVICE = "load"
LOAD_FILE = Path("compose/load.yaml")
_chosen: deque[ipaddress.IPv4Network] = deque(maxlen=16)
"""By this process, lately: several stacks may be on their way up before the engine knows the network of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A deployment ready to be brought up: its project, with the override written beside the run."""

    deployment: Deployment
    stack: Stack
    project: Project
    override: Path
    port: int
    network: str = foreign.DEFAULT
    """The network in which the entry is reached."""
    copies: tuple[Copy, ...] = ()
    """What is put into its volumes before it starts."""
    loose_jobs: tuple[str, ...] = ()
    """Jobs that no service waits for."""

    @property
    def services(self) -> tuple[str, ...]:
        """What is started by name, of an adopted stack; of the others all, which are named by nobody."""
        return tuple(self.stack.tiers) if self.stack.adopted else ()

    @property
    def url(self) -> str:
        """Where it answers once it is up."""
        return ports.url(self.port, self.stack.entry.scheme)


def project(
    catalog: Catalog,
    deployment: Deployment,
    *,
    client: DockerClient | None,
    budget: Budget,
    machine: Machine,
    session: str,
    name: str,
    port: int,
    folder: Path,
    with_load: bool = False,
    owner: str = "",
    with_data: bool = False,
    beside: Beside = NOTHING_BESIDE,
) -> Plan:
    """Write `folder/override.yaml` and say how to bring the deployment up as project `name` on `port`.

    With an owner, the stack and the images that are built for it carry the owner's name: what one learner changes in
    the source is in nobody else's image.

    A project of that name that is up already keeps its subnet, so that its containers need not be made anew.
    Without a client the subnet is the first of the range: enough to show, not to start. Raises UsageError for a
    project of somebody's own of which something is refused.
    """
    stack = catalog.stack(deployment.stack)
    whose = f"{owner}-" if owner else ""
    called = f"{whose}{stack.name}"
    labels = override.labels(stack, session=session, target=f"{whose}{deployment.name}", called=called)
    subnet = _subnet(client, name)
    decided = settings(stack, deployment, port=port)
    beside = zipkin.with_zipkin(beside, stack, decided, compose=catalog.home / "compose", budget=budget)
    decided |= beside.settings
    over = _overlay(
        stack, budget=budget, machine=machine, subnet=subnet, labels=labels, settings=decided, beside=beside
    )
    decided |= over.settings(port)
    files = [*stack.files, *beside.files]
    if with_load:
        load = override.load_service(budget=budget, nofile_hard=machine.nofile_hard, labels=labels)
        files += _add_load(catalog, stack, over, load)
    if owner:
        _own_images(over.data, compose_project(stack, name=name, files=tuple(files), environment=decided), owner)
    path = _write(folder / "override.yaml", deployment, over.data)
    return Plan(
        deployment=deployment,
        stack=stack,
        project=compose_project(stack, name=name, files=(*files, path), environment=decided),
        override=path,
        port=port,
        network=over.network,
        copies=(*over.binds, *(over.copies if with_data else ())),
        loose_jobs=over.loose_jobs,
    )


def compose_project(
    stack: Stack, *, environment: Mapping[str, str], name: str | None = None, files: tuple[Path, ...] | None = None
) -> Project:
    """A stack as Compose gets it; with its own files only, and under its own name, if nothing else is said."""
    own = stack.adopted
    return Project(
        name=(stack.name if own is None else "") if name is None else name,
        files=stack.files if files is None else files,
        environment=environment,
        env_file=own.env_file if own else None,
        profiles=own.profiles if own else (),
        start_within_s=stack.start_within_s,
    )


def merged(stack: Stack, environment: Mapping[str, str]) -> Mapping[str, Any]:
    """A stack as Compose reads it, without anything of the lab's but the names of images that are built for it."""
    config = compose.config(compose_project(stack, environment=environment))
    return foreign.with_own_images(stack, config) if stack.adopted else config


def _add_load(catalog: Catalog, stack: Stack, over: Overlay, load: dict[str, Any]) -> tuple[Path, ...]:
    """Put the load container into the override; returns the file that has the rest of it."""
    if stack.adopted:
        over.data["services"][LOAD_SERVICE] = {**_whole_load(catalog), **load, "networks": [over.network]}
        return ()
    over.data["services"][LOAD_SERVICE] = load
    return (catalog.home / LOAD_FILE,)


def _whole_load(catalog: Catalog) -> dict[str, Any]:
    """The load container by itself: in a project elsewhere its file would look for the parts that it extends there."""
    load = compose.config(Project(name="load", files=(catalog.home / LOAD_FILE,)))["services"][LOAD_SERVICE]
    return {key: value for key, value in load.items() if key not in ("build", "networks")}


def _overlay(
    stack: Stack,
    *,
    budget: Budget,
    machine: Machine,
    subnet: ipaddress.IPv4Network,
    labels: Mapping[str, str],
    settings: Mapping[str, str],
    beside: Beside,
) -> Overlay:
    """What the lab puts over a stack's own files; `beside` one of somebody's own nothing stands."""
    if stack.adopted is None:
        nofile = machine.nofile_hard
        extra = override.compose(stack, budget=budget, nofile_hard=nofile, subnet=subnet, labels=labels, beside=beside)
        return Overlay(data=extra, network=foreign.DEFAULT)
    over = foreign.overlay(stack, stack.adopted, merged(stack, settings), budget=budget, subnet=subnet, labels=labels)
    copies.require_small(over.binds)
    return over


def own_image(image: str, owner: str) -> str:
    """The tag of an image that is built from the files of an owner: `learner-key` is a stack of that learner's."""
    return f"{image}-{owner.partition('-')[0]}"


def _own_images(extra: dict[str, Any], project: Project, owner: str) -> None:
    """Let each image of the stack that is built from the owner's files have a tag of its own."""
    for service, merged in compose.config(project)["services"].items():
        if "build" in merged and service in extra["services"]:
            extra["services"][service]["image"] = own_image(merged["image"], owner)


def settings(stack: Stack, deployment: Deployment, *, port: int) -> dict[str, str]:
    """What the lab decides of the names in a deployment's Compose file. Raises UsageError for a secret that is lost."""
    decided = {name: seal(name, value) for name, value in environment(stack, deployment).items()}
    for name, value in decided.items():
        require_known(name, value)
    return {**decided, "LAB_PORT": str(port)}


def _subnet(client: DockerClient | None, project: str) -> ipaddress.IPv4Network:
    if client is None:
        return override.free_subnet(())
    used = list(inventory.subnets(client))
    own = next((subnet for subnet, owner in used if owner == project), None)
    if own is not None:
        return own.supernet(new_prefix=24) if own.prefixlen > 24 else own  # noqa: PLR2004
    free = override.free_subnet([*_chosen, *(subnet for subnet, _ in used)])
    _chosen.append(free)
    return free


def _write(path: Path, deployment: Deployment, extra: Mapping[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    header = f"# What the lab adds to {deployment.stack} for {deployment.name}. Written by `lab`.\n"
    path.write_text(header + yamltags.dump(extra), "utf-8")
    return path


@contextmanager
def taken_down_on_failure(plan: Plan) -> Iterator[None]:
    """Whatever goes wrong in the block, Ctrl-C included, leaves nothing of the project behind."""
    try:
        yield
    except BaseException:
        with uninterrupted():
            compose.down(plan.project)
        raise
