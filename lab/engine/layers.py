"""What images are made of: how much of one is its own, and how much another brings along."""

import hashlib
from collections.abc import Iterable, Mapping

from docker.models.images import Image

Layers = Mapping[str, int]
"""Chain id → bytes. The chain id names a layer together with all below it, as the engine stores it."""

_FILLED_BY = ("RUN ", "COPY ", "ADD ", "WORKDIR ")
"""Build steps that leave a layer even if it holds nothing."""


def layers(image: Image) -> Layers | None:
    """An image's layers with their sizes as the engine gives them; None if the two do not fit together.

    The engine says the layers in one place and the sizes in another, by build step, where steps without a layer
    stand in between.
    """
    steps = reversed(image.history())
    sizes = [step["Size"] for step in steps if step["Size"] or step["CreatedBy"].startswith(_FILLED_BY)]
    identities = list(_chain(image.attrs["RootFS"]["Layers"]))
    return dict(zip(identities, sizes, strict=True)) if len(identities) == len(sizes) else None


def _chain(digests: Iterable[str]) -> Iterable[str]:
    """The chain ids of layers, the lowest first, as the OCI image specification makes them."""
    below = ""
    for digest in digests:
        below = f"sha256:{hashlib.sha256(f'{below} {digest}'.encode()).hexdigest()}" if below else digest
        yield below


def own_bytes(mine: Iterable[Layers | None], others: Iterable[Layers | None]) -> int | None:
    """Bytes of the layers in `mine` that none of the others has, each counted once; None if any is not known."""
    found, besides = list(mine), list(others)
    if None in found or None in besides:
        return None
    shared = {identity for layers in besides for identity in layers or ()}
    own = {identity: size for layers in found for identity, size in (layers or {}).items() if identity not in shared}
    return sum(own.values())
