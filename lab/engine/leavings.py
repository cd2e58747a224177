"""What the lab leaves on an engine for good, to be quick the next time: its images, and the cache of their builds."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from docker import DockerClient
from docker.errors import APIError

from lab.engine import images

_OF_THE_LAB = "lab/*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leavings:
    """The lab's images by name, and the engine's whole build cache, in which nobody's part can be told apart."""

    images: tuple[str, ...]
    images_mib: float
    """What the images take, layers that they share counted for each: less than this becomes free."""
    cache_mib: float


def find(client: DockerClient) -> Leavings:
    """Look at what is there."""
    images = client.images.list(filters={"reference": _OF_THE_LAB})
    usage = client.df()
    return Leavings(
        images=tuple(sorted(tag for image in images for tag in image.tags if tag.startswith("lab/"))),
        images_mib=sum(image.attrs["Size"] for image in images) / 2**20,
        cache_mib=sum(part["Size"] for part in usage.get("BuildCache") or () if not part["InUse"]) / 2**20,
    )


def remove(client: DockerClient, leavings: Leavings) -> tuple[str, ...]:
    """Remove the images and prune the build cache; returns the images that stay, because containers use them."""
    kept = []
    for image in leavings.images:
        try:
            client.images.remove(image)
        except APIError:
            kept.append(image)
    client.api.prune_builds()
    return tuple(kept)


@contextmanager
def without_replaced(client: DockerClient, names: Collection[str]) -> Iterator[None]:
    """What lost the last of its names to a build in the block goes at its end, unless a container still uses it."""
    before = {images.identity(client, name) for name in names}
    try:
        yield
    finally:
        for identity in before - {images.identity(client, name) for name in names}:
            with suppress(APIError):  # not there before, used, or gone
                if not client.images.get(identity).tags:
                    client.images.remove(identity)
