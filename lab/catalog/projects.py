"""Somebody's own Compose project: which files it is made of, and the stack that they describe.

A project is a folder with Compose files, as Compose itself finds them, or one Compose file that is named. What the lab
must know of it stands in `lab.yaml` beside them.
"""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lab.catalog import extends, ownwork, stacks, yamlfile
from lab.catalog.extends import Settings
from lab.catalog.stackfile import StackLab
from lab.catalog.stacks import Described
from lab.catalog.yamlfile import Document, YamlFiles
from lab.errors import InvalidFile, UsageError, nearest
from lab.model import Adopted, Stack, Workload

OWN_FILE = "lab.yaml"
COMPOSE_FILES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
"""As Compose looks for them: the first that is there."""
_IN_ENV_FILE = re.compile(r"^(?:export +)?COMPOSE_FILE=[\"']?([^\"'\n#]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a project lies, before anybody has looked into its files."""

    folder: Path
    files: tuple[Path, ...]
    env_file: Path | None

    @property
    def own(self) -> Path:
        """Where its `lab.yaml` stands, or would."""
        return self.folder / OWN_FILE

    @property
    def name(self) -> str:
        """What it calls itself in `lab.yaml` if that can be read, else its folder's name."""
        said = yamlfile.read(self.own)[0].data.get("name") if self.own.is_file() else None
        return slug(said if isinstance(said, str) else self.folder.name)


def slug(text: str) -> str:
    """A name of lower-case letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "project"


def locate(path: Path) -> Place:
    """The project of a folder, or of one Compose file. Raises UsageError where there is none."""
    path = path.expanduser().resolve()
    if path.is_file() and path.name != OWN_FILE:
        return _place(path.parent, (path,))
    folder = path.parent if path.is_file() else path
    if not folder.is_dir():
        raise UsageError(f"{path} is not there", fix="name a folder with a Compose file, or the file")
    said = _said(folder)
    files = tuple(folder / name for name in said) if said else tuple(_found(folder))
    missing = [str(file) for file in files if not file.is_file()]
    if missing or not files:
        _require_readable(folder / OWN_FILE)
        raise UsageError(
            f"there is no Compose file in {folder}" if not files else f"there is no file {', '.join(missing)}",
            where=f"{folder / OWN_FILE}: compose" if said else None,
            fix=f"name the file: one that is not called {' or '.join(COMPOSE_FILES)} is not found by itself",
        )
    return _place(folder, files)


def _require_readable(own: Path) -> None:
    """Raise InvalidFile for a `lab.yaml` that cannot be read: the Compose files may be named in it."""
    document, mistakes = yamlfile.read(own)
    if own.is_file() and document.unread:
        raise InvalidFile(mistakes)


def _place(folder: Path, files: tuple[Path, ...]) -> Place:
    said = yamlfile.read(folder / OWN_FILE)[0].data.get("env_file") if (folder / OWN_FILE).is_file() else None
    env_file = folder / (said if isinstance(said, str) else ".env")
    return Place(folder=folder, files=files, env_file=env_file if env_file.is_file() else None)


def _said(folder: Path) -> Sequence[str]:
    """The Compose files that `lab.yaml` names, or else the project's `.env`."""
    named = yamlfile.read(folder / OWN_FILE)[0].data.get("compose") if (folder / OWN_FILE).is_file() else None
    if isinstance(named, list):
        return [str(name) for name in named]
    env_file = folder / ".env"
    found = _IN_ENV_FILE.search(env_file.read_text("utf-8", "replace")) if env_file.is_file() else None
    return found[1].strip().split(":") if found else ()


def _found(folder: Path) -> Iterator[Path]:
    """The Compose file of a folder and the override that goes with it, as Compose finds them."""
    main = next((folder / name for name in COMPOSE_FILES if (folder / name).is_file()), None)
    if main is None:
        return
    yield main
    kind = "docker-compose" if main.name.startswith("docker-") else "compose"
    beside = (folder / f"{kind}.override{suffix}" for suffix in (".yml", ".yaml"))
    yield from [path for path in beside if path.is_file()][:1]


def around(folder: Path) -> Place | None:
    """The project with a `lab.yaml` that a folder lies in; None outside of one."""
    near = next((above for above in (folder, *folder.parents) if (above / OWN_FILE).is_file()), None)
    return locate(near) if near else None


def read(place: Place, *, contract: Mapping[str, Workload]) -> tuple[Stack, dict[str, Workload]]:
    """The stack that a project is, and the workloads that it describes itself.

    Raises InvalidFile with every mistake, UsageError for a project that has not been adopted.
    """
    reading = YamlFiles()
    documents = _documents(place, reading)
    described = Described(compose=documents[0], own=reading.read(place.own)[0] if place.own.is_file() else None)
    _require_yaml(described, documents, reading)
    if described.own is None and stacks.X_LAB not in documents[0].data:
        raise UsageError(
            f"the lab does not know what to measure in {place.folder.name}: it has no {OWN_FILE}",
            where=str(place.folder),
            fix=f"lab adopt {shlex.quote(str(place.folder))} writes one",
        )
    mistakes = [*reading.read(place.own)[1]] if described.own else []
    lab, found = described.examine()
    mistakes += found
    if lab is None:
        raise InvalidFile(mistakes)
    settings = _read_by(documents, reading)
    mistakes += settings.mistakes
    services = _asked_for(documents, frozenset(lab.profiles))
    services |= _unseen(lab, documents, services)
    mistakes += [described.mistake(key, message) for key, message in ownwork.mistakes(lab)]
    own = ownwork.workloads(lab, folder=place.folder)
    mistakes += stacks.inconsistencies(
        described, lab, workloads={**contract, **own}, settings=settings, services=services
    )
    if mistakes:
        raise InvalidFile(mistakes)
    return _stack(place, lab, settings.names, documents, {**contract, **own}), own


def _require_yaml(described: Described, documents: Sequence[Document], reading: YamlFiles) -> None:
    """Raise InvalidFile for a file that could not be read: what it should hold cannot be missed then.

    Of what a Compose file says only its syntax is judged: the rest is Compose's to tell, which may well understand it.
    """
    own = [described.own] if described.own is not None and described.own.unread else []
    broken = [*own, *(document for document in documents if document.unread == "syntax")]
    if broken:
        raise InvalidFile([mistake for document in broken for mistake in reading.read(document.path)[1]])


def describes(stack: Stack, workload: str) -> bool:
    """Whether the requests of a workload stand in a project's own `lab.yaml`, where its answers can be learned."""
    if stack.adopted is None:
        return False
    said = yamlfile.read(stack.adopted.folder / OWN_FILE)[0].data.get("requests")
    return isinstance(said, dict) and workload in said


def _documents(place: Place, reading: YamlFiles) -> list[Document]:
    """The project's Compose files and those that they include, the main one first; mistakes are Compose's to tell."""
    found: list[Document] = []
    waiting = [*place.files]
    while waiting:
        document, _ = reading.read(waiting.pop(0))
        if all(known.path != document.path for known in found):
            found.append(document)
            waiting += _included(document)
    return found


def _included(document: Document) -> Iterator[Path]:
    listed = document.data.get("include")
    for entry in listed if isinstance(listed, list) else ():
        paths = entry.get("path") if isinstance(entry, dict) else entry
        for path in paths if isinstance(paths, list) else [paths]:
            if (file := document.path.parent / str(path)).is_file():
                yield file


def _read_by(documents: Sequence[Document], reading: YamlFiles) -> Settings:
    """The settings that the files read."""
    found = [extends.settings_read(document, reading=reading) for document in documents]
    return Settings(
        names=frozenset().union(*(one.names for one in found)),
        mistakes=tuple(dict.fromkeys(mistake for one in found for mistake in one.mistakes)),
        whole=all(one.whole for one in found),
    )


def _unseen(lab: StackLab, documents: Sequence[Document], services: frozenset[str]) -> frozenset[str]:
    """Tiers that there may be though they are not among the services: Compose is asked before anything is started.

    They are of a profile, or may stand in a file that only Compose finds or understands, unless a service that is
    nowhere described is spelt alike.
    """
    held = frozenset(name for document in documents for name in extends.services(document))
    if all(document.unread is None and "include" not in document.data for document in documents):
        return held & lab.tiers.keys()
    untold = services - lab.tiers.keys() - set(lab.jobs)
    return frozenset(tier for tier in lab.tiers if tier not in services and nearest(tier, untold) is None)


def _asked_for(documents: Sequence[Document], profiles: frozenset[str]) -> frozenset[str]:
    """The services that the files hold, without those that are only there with a profile that nobody asked for."""
    found: dict[str, set[str]] = {}
    for document in documents:
        for name, service in extends.services(document).items():
            said = service.get("profiles") if isinstance(service, dict) else None
            found.setdefault(name, set()).update(map(str, said) if isinstance(said, list) else ())
    return frozenset(name for name, of_service in found.items() if not of_service or of_service & profiles)


def _stack(
    place: Place,
    lab: StackLab,
    settings: frozenset[str],
    documents: Sequence[Document],
    workloads: Mapping[str, Workload],
) -> Stack:
    found = stacks.stack(slug(lab.name or place.folder.name), place.files[0], lab, settings, documents[0].data)
    adopted = Adopted(
        folder=place.folder,
        files=place.files,
        ready=ownwork.ready(lab, workloads),
        env_file=place.env_file,
        profiles=tuple(lab.profiles),
        egress=lab.egress,
        allow=tuple(lab.allow),
    )
    return replace(found, pins=tuple(lab.pins or ("current",)), adopted=adopted)
