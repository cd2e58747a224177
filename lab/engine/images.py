"""The images of the stacks: one `docker buildx bake` for all that are asked for, each distinct one once."""

import json
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docker import DockerClient
from docker.errors import ImageNotFound

from lab.engine import bundled, environment
from lab.errors import LabError
from lab.host.interrupts import begun
from lab.host.say import Say

LAST_LINES = 25
_STEP = re.compile(r"^#(?P<number>\d+) \[(?P<target>\S+) [^\]]+\] (?:RUN|COPY|ADD) ")
_EXPORT = re.compile(r"^#(?P<number>\d+) \[(?P<target>\S+)\] exporting ")
_PROGRESS = re.compile(r"^#(?P<number>\d+) (?:\d|(?P<done>DONE))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What one bake did."""

    images: tuple[str, ...]
    seconds: float


def targets(configs: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Merged Compose projects (`docker compose config`) → bake targets by image: equal images are built once."""
    found: dict[str, dict[str, Any]] = {}
    for config in configs:
        secrets = config.get("secrets") or {}
        for service in config["services"].values():
            if "build" in service:
                found[service["image"]] = _target(service["image"], service["build"], secrets)
    return dict(sorted(found.items()))


def _target(image: str, build: Mapping[str, Any], secrets: Mapping[str, Any]) -> dict[str, Any]:
    mounted = [secret["source"] for secret in build.get("secrets") or ()]
    stage = {"target": build["target"]} if "target" in build else {}  # without one: the last of the Dockerfile
    inline = {"dockerfile-inline": build["dockerfile_inline"]} if "dockerfile_inline" in build else {}
    beside = {"contexts": build["additional_contexts"]} if build.get("additional_contexts") else {}
    return {
        **stage,
        **inline,
        **beside,
        "context": build["context"],
        "dockerfile": build.get("dockerfile", "Dockerfile"),
        "args": {name: value for name, value in (build.get("args") or {}).items() if value is not None},
        "secret": [f"id={name},{_source(secrets[name])}" for name in mounted],
        "tags": [image],
        "output": ["type=docker"],
    }


def _source(secret: Mapping[str, Any]) -> str:
    """Where a build secret comes from: a file, or a variable of whoever builds."""
    return f"src={secret['file']}" if "file" in secret else f"env={secret['environment']}"


def missing(client: DockerClient, images: Iterable[str]) -> list[str]:
    """Those of the images that the engine does not have."""
    return [image for image in images if not _present(client, image)]


def identity(client: DockerClient, image: str) -> str:
    """The id of an image by its name; `missing` where the engine does not have it."""
    try:
        return str(client.images.get(image).id)
    except ImageNotFound:
        return "missing"


def _present(client: DockerClient, image: str) -> bool:
    try:
        client.images.get(image)
    except ImageNotFound:
        return False
    return True


def bake(wanted: Mapping[str, Mapping[str, Any]], *, say: Say) -> Built:
    """Build all targets at once; what has not changed comes from the cache, or from the images of a bundle.

    Raises LabError with the log's end.
    """
    began = time.monotonic()
    wanted = bundled.with_cache(wanted, bundled.present())
    definition = {
        "group": {"default": {"targets": [_name(image) for image in wanted]}},
        "target": {_name(image): target for image, target in wanted.items()},
    }
    with tempfile.TemporaryDirectory(prefix="lab-bake-") as folder:
        path = Path(folder) / "bake.json"
        path.write_text(json.dumps(definition, indent=1), "utf-8")
        _run(["docker", "buildx", "bake", "--file", str(path), "--progress", "plain"], say=say)
    return Built(images=tuple(wanted), seconds=time.monotonic() - began)


def _name(image: str) -> str:
    """An image's name as a bake target's: letters, digits and dashes."""
    return re.sub(r"[^a-zA-Z0-9]+", "-", image.removeprefix("lab/"))


def _run(argv: list[str], *, say: Say) -> None:
    lines: list[str] = []
    steps = Steps()
    with begun(lambda: _spawn(argv), end=_end) as process:
        for line in _lines(process):
            lines.append(line)
            if message := steps.new(line):
                say(message)
    if process.returncode != 0:
        raise LabError(
            "the images could not be built",
            where="\n".join(["the last lines of the build", *lines[-LAST_LINES:]]),
            fix="lab doctor, lab build",
        )


def _spawn(argv: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,  # Ctrl-C reaches the lab alone, which then stops the build
        env={**environment.ambient(), "DOCKER_BUILDKIT": "1"},
    )


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
    process.wait()


class Steps:
    """Reads BuildKit's plain progress: an image is worth a line when work on it begins, and one when it is done.

    Of an image that comes from the cache nothing is said.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, str] = {}
        self._exporting: dict[str, str] = {}
        self._begun: set[str] = set()

    def new(self, line: str) -> str | None:
        """What to say after this line."""
        if step := _STEP.match(line):
            self._waiting[step["number"]] = step["target"]
        elif export := _EXPORT.match(line):
            self._exporting[export["number"]] = export["target"]
        elif progress := _PROGRESS.match(line):
            return self._after(progress["number"], done=bool(progress["done"]))
        return None

    def _after(self, number: str, *, done: bool) -> str | None:
        """A step that was only announced so far works now, or is over."""
        target = self._waiting.pop(number, None)
        if target and target not in self._begun:
            self._begun.add(target)
            return f"{target}: begun"
        exported = self._exporting.pop(number, None) if done else None
        return f"{exported}: done" if exported in self._begun else None


def _lines(process: subprocess.Popen[str]) -> Iterator[str]:
    if process.stdout is not None:
        for line in process.stdout:
            yield line.rstrip()
