"""Which settings (`${NAME}`) the services of a Compose file read, those of the services they extend included."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab.catalog.yamlfile import Document, YamlFiles

_SETTING = re.compile(r"(?<!\$)\$\{([A-Za-z_][A-Za-z0-9_]*)")
_OWN = "LAB_"
"""The lab sets these itself: the port, the pins, the certificates."""


def services(document: Document) -> Mapping[str, Any]:
    """The services of a Compose file; none where they are not a mapping."""
    found = document.data.get("services")
    return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a file's services read."""

    names: frozenset[str]
    mistakes: tuple[str, ...]
    """About files that they extend: those that are not there, or are no YAML."""
    whole: bool
    """Whether every file could be read; else there may be more names."""


def settings_read(document: Document, *, reading: YamlFiles) -> Settings:
    """The settings that a file's services read, with those of the services that they extend."""
    settings: set[str] = set()
    whole = document.unread is None
    mistakes: list[str] = []
    waiting = [(document, name) for name in services(document)]
    seen: set[tuple[str, str]] = set()
    while waiting:
        file, name = waiting.pop()
        if (str(file.path), name) in seen:
            continue
        seen.add((str(file.path), name))
        service = services(file).get(name)
        settings.update(_SETTING.findall(str(service)))
        base = _extended(file, service, reading)
        if base is None:
            continue
        whole = whole and base[0].unread is None
        if not base[0].path.is_file():
            mistakes.append(file.mistake(("services", name, "extends"), f"there is no file {base[0].path.name}"))
        elif base[0].unread == "syntax":
            mistakes += reading.read(base[0].path)[1]
        else:
            waiting.append(base)
    names = frozenset(name for name in settings if not name.startswith(_OWN))
    return Settings(names=names, mistakes=tuple(dict.fromkeys(mistakes)), whole=whole)


def _extended(file: Document, service: Any, reading: YamlFiles) -> tuple[Document, str] | None:
    """The service that another one extends, with the file it stands in."""
    extends = service.get("extends") if isinstance(service, dict) else None
    if isinstance(extends, str):
        return file, extends
    if not isinstance(extends, dict) or "service" not in extends:
        return None
    other = reading.read(file.path.parent / str(extends["file"]))[0] if "file" in extends else file
    return other, str(extends["service"])
