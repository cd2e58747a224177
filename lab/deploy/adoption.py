"""Reading somebody's Compose project as Compose does, before the lab knows anything of it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from lab.catalog import yamlfile
from lab.catalog.projects import Place
from lab.deploy import compose
from lab.deploy.compose import Project
from lab.engine import inventory
from lab.engine.client import connect
from lab.errors import EngineUnavailable, LabError, UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A project as Compose sees it."""

    config: Mapping[str, Any]
    written: Mapping[str, Any]
    """The same with each `${NAME}` as its files have it; with the values where Compose cannot do without them."""
    left_out: tuple[str, ...]
    """Profiles that nobody asked for."""
    running: tuple[str, ...]
    """Containers of the project that its owner has up."""


def read(place: Place, *, profiles: Sequence[str] = ()) -> Read:
    """Merge the project's files. Raises UsageError with Compose's own message, file and line where it refuses them."""
    project = Project(name="", files=place.files, env_file=place.env_file, profiles=tuple(profiles))
    try:
        config = compose.config(project)
        known = compose.call(project, "config", "--profiles").split()
    except EngineUnavailable:
        raise
    except LabError as error:
        mistakes = [mistake for path in place.files for mistake in yamlfile.read(path)[1]]
        raise UsageError(
            f"Compose refuses this project: {error.what.partition(' failed: ')[2] or error.what}",
            where="\n    ".join(mistakes or map(str, place.files)),
            fix="docker compose config, in its folder, says the same; mend the file",
        ) from None
    if not config.get("services"):
        raise UsageError(
            "there is no service in this project",
            where=", ".join(map(str, place.files)),
            fix=f"its services may be in profiles: --profile {known[0]}" if known else "name its other Compose file",
        )
    left_out = tuple(sorted(set(known) - set(profiles)))
    return Read(
        config=config, written=_written(project) or config, left_out=left_out, running=_running(str(config["name"]))
    )


def _written(project: Project) -> Mapping[str, Any]:
    """The project with its `${NAME}`; nothing where one of them stands for what must be a number."""
    with suppress(LabError):
        return compose.config(project, interpolated=False)
    return {}


def _running(project: str) -> tuple[str, ...]:
    """What its owner has up of it; nothing where no engine can be asked."""
    with suppress(EngineUnavailable), connect() as client:
        return tuple(sorted(str(one.name) for one in inventory.containers_of(client, project).values()))
    return ()
