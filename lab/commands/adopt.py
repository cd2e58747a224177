"""`lab adopt`: a project is read, what was found is said, and one `lab.yaml` is written beside it."""

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab import store
from lab.catalog import projects, recorded
from lab.catalog.projects import Place
from lab.catalog.recorded import Recorded
from lab.deploy import adoption, overridden, ownfile, refusals
from lab.deploy.adoption import Read
from lab.deploy.survey import Survey, survey
from lab.errors import UsageError

Lines = list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the command line says."""

    entry: str | None = None
    allow: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    egress: bool = False
    force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptedProject:
    """What was found and written."""

    place: Place
    named: Path
    """What names it on a command line: its folder, or the Compose file that was named."""
    name: str
    read: Read
    survey: Survey
    wishes: Wishes

    @property
    def changes(self) -> Lines:
        """What the lab puts in the place of what the project says."""
        return overridden.changes(
            self.read.config, entry=self.survey.entry, folder=self.place.folder, egress=self.wishes.egress
        )

    @property
    def unpinned(self) -> Lines:
        """Whose versions the lab does not hold still."""
        return overridden.unpinned(self.read.config)


def adopt(path: Path, wishes: Wishes, *, asked: Recorded | None = None, typed: Sequence[str] = ()) -> AdoptedProject:
    """Read the project at a path and write its `lab.yaml`, which nothing else of it is changed for.

    `typed` are the options of the call, for the one that is advised where the file is there.
    Raises UsageError for what Compose refuses, what the lab refuses, an entry to be chosen, or a file that is there.
    """
    place = projects.locate(path)
    named = place.folder if path.is_dir() or path.name == projects.OWN_FILE else path
    again = ["lab", "adopt", str(named), *typed]
    if place.own.exists() and not wishes.force:
        anew = shlex.join([*again, "--force"])
        raise UsageError(f"{place.own} is there already", fix=f"change it by hand, or write it anew: {anew}")
    again += ["--force"] if wishes.force else []
    read = adoption.read(place, profiles=wishes.profiles)
    refusals.require_none(read.config, folder=place.folder, allow=wishes.allow, adopting=again)
    found = survey(read.config, written=read.written, entry=wishes.entry)
    name = projects.slug(str(read.config["name"]))
    text = ownfile.render(
        found,
        name=name,
        requests=asked.requests if asked else ownfile.HOME,
        scripts={recorded.SCRIPT: os.path.relpath(asked.script, place.folder)} if asked and asked.script else {},
        compose=_unusual(place),
        profiles=wishes.profiles,
        allow=wishes.allow,
        egress=wishes.egress,
    )
    store.write_atomically(place.own, text)
    return AdoptedProject(place=place, named=named, name=name, read=read, survey=found, wishes=wishes)


def _unusual(place: Place) -> list[str]:
    """The Compose files by name, where Compose would not find them by itself."""
    names = [path.name for path in place.files]
    return names if names[0] not in projects.COMPOSE_FILES else []
