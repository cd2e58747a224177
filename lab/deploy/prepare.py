"""One deployment from the catalogue to healthy containers: the override file, then `docker compose up`."""

import ipaddress
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from docker import DockerClient

from lab.catalog import Catalog, environment
from lab.deploy import compose, override
from lab.deploy.compose import Project
from lab.engine import inventory
from lab.host import ports
from lab.host.interrupts import uninterrupted
from lab.host.seal import seal
from lab.model import Budget, Deployment, Machine, Stack
from lab.model.sealed import require_known

LOAD_SERVICE = "load"
LOAD_FILE = Path("compose/load.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A deployment ready to be brought up: its project, with the override written beside the run."""

    deployment: Deployment
    stack: Stack
    project: Project
    override: Path
    port: int

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
) -> Plan:
    """Write `folder/override.yaml` and say how to bring the deployment up as project `name` on `port`.

    With an owner, the stack and the images that are built for it carry the owner's name: what one learner changes in
    the source is in nobody else's image.

    A project of that name that is up already keeps its subnet, so that its containers need not be made anew.
    Without a client the subnet is the first of the range: enough to show, not to start.
    """
    stack = catalog.stack(deployment.stack)
    extra = override.compose(
        stack,
        budget=budget,
        nofile_hard=machine.nofile_hard,
        subnet=_subnet(client, name),
        session=session,
        target=f"{owner}-{deployment.name}" if owner else deployment.name,
        called=f"{owner}-{stack.name}" if owner else "",
    )
    files = [stack.path]
    if with_load:
        labels = extra["services"][stack.entry.service]["labels"]
        extra["services"][LOAD_SERVICE] = override.load_service(
            budget=budget, nofile_hard=machine.nofile_hard, labels=labels
        )
        files.append(catalog.root / LOAD_FILE)
    if owner:
        _own_images(extra, Project(name=name, files=tuple(files), environment=environment(stack, deployment)), owner)
    path = _write(folder / "override.yaml", deployment, extra)
    project = Project(name=name, files=(*files, path), environment=settings(stack, deployment, port=port))
    return Plan(deployment=deployment, stack=stack, project=project, override=path, port=port)


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
    used = list(inventory.subnets(client)) if client else []
    own = next((subnet for subnet, owner in used if owner == project), None)
    if own is not None:
        return own.supernet(new_prefix=24) if own.prefixlen > 24 else own  # noqa: PLR2004
    return override.free_subnet(subnet for subnet, _ in used)


def _write(path: Path, deployment: Deployment, extra: Mapping[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    header = f"# What the lab adds to compose/{deployment.stack}.yaml for {deployment.name}. Written by `lab`.\n"
    path.write_text(header + yaml.safe_dump(dict(extra), sort_keys=False), "utf-8")
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
