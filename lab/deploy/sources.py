"""Where the source of a service lies, read from its merged Compose service: build folder, application, confs.

An image is built from a folder with a Dockerfile. Where one Dockerfile serves several applications, the build argument
APP names the folder beside it, or in the folder that MODULE names; elsewhere the service's command names the confs that
it runs with.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lab.errors import LabError

Service = Mapping[str, Any]

MAIN = ("app", "main")
"""The stem of an application's main file, in whatever language."""
CONFIG_OPTION = "--config="
"""How a server's command names a file of settings beside the application."""
_INCLUDE = re.compile(r"^\s*include\s+([\w./-]+);", re.MULTILINE)


def main(service: Service) -> Path:
    """The file that a developer opens first. Raises LabError if the service is not built from a source."""
    application = _application(service)
    found = sorted(path for path in application.glob("*.*") if path.stem in MAIN) if application else [*confs(service)]
    if not found:
        raise LabError(
            "it is not known which file the application starts from",
            where=str(application or service.get("image")),
            fix=f"name it {' or '.join(MAIN)}, beside the Dockerfile in a folder that the build argument APP names",
        )
    return found[0]


def confs(service: Service) -> list[Path]:
    """The confs that a service's command names and those that they include, each once, in the order of reading."""
    found: list[Path] = []
    waiting = [path for word in service.get("command") or () for path in _named(service, word)]
    while waiting:
        path = waiting.pop(0)
        if path not in found and path.is_file():
            found.append(path)
            waiting += [path.parent / name for name in _INCLUDE.findall(path.read_text("utf-8"))]
    return found


def _named(service: Service, word: str) -> Iterator[Path]:
    if folder := _folder(service):
        yield folder / f"{word}.conf"
    if word.startswith(CONFIG_OPTION) and (application := _application(service)):
        yield application / word.removeprefix(CONFIG_OPTION)


def _folder(service: Service) -> Path | None:
    """The folder of the Dockerfile."""
    build = service.get("build")
    return Path(build["context"], build.get("dockerfile", "Dockerfile")).parent if build else None


def _application(service: Service) -> Path | None:
    folder, build = _folder(service), service.get("build") or {}
    arguments = build.get("args", {})
    if folder is None or "APP" not in arguments:
        return None
    within = Path(build["context"], arguments["MODULE"]) if "MODULE" in arguments else folder
    return within / str(arguments["APP"])
