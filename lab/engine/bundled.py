"""Images that a build can begin at: how an engine without a network builds what a learner has edited.

BuildKit takes each step that has not changed from such an image, wherever it was built. So packages and libraries come
from the image, and only the copying of the files that were edited is done anew. They have a tag of their own beside the
one that stacks are started from: `lab/NAME:current-bundled`.
"""

import subprocess
from collections.abc import Iterable, Mapping
from typing import Any

from lab.engine import environment

SUFFIX = "-bundled"
LIST_TIMEOUT_S = 20


def tag_of(image: str) -> str:
    """The tag under which a bundle has an image, or the one that it was made from: `:current-ada` is a `:current`."""
    name, _, tag = image.rpartition(":")
    return f"{name}:{tag.partition('-')[0]}{SUFFIX}"


def present() -> frozenset[str]:
    """Those tags that the engine has; none if it does not answer, which whoever builds then hears."""
    argv = ["docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}", "--filter", f"reference=*/*:*{SUFFIX}"]
    try:
        done = subprocess.run(
            argv, capture_output=True, text=True, timeout=LIST_TIMEOUT_S, check=True, env=environment.ambient()
        )
    except (OSError, subprocess.SubprocessError):
        return frozenset()
    return frozenset(done.stdout.split())


def with_cache(wanted: Mapping[str, Mapping[str, Any]], tags: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Bake targets that begin where an image of a bundle ends, if one of `tags` is theirs."""
    known = frozenset(tags)
    return {
        image: {**target, **({"cache-from": [f"type=registry,ref={tag_of(image)}"]} if tag_of(image) in known else {})}
        for image, target in wanted.items()
    }


def for_bundle(wanted: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Bake targets whose images say in themselves which steps they were made by, each under both of its tags."""
    return {
        image: {**target, "tags": [image, tag_of(image)], "cache-to": ["type=inline"]}
        for image, target in wanted.items()
    }
