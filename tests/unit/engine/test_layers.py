import hashlib
from types import SimpleNamespace
from typing import cast

from docker.models.images import Image

from lab.engine import layers

BASE = ("sha256:base", 100, "")
"""A layer: its digest, its size, and the step that left it."""


def image(*found: tuple[str, int, str]) -> Image:
    """An image of the given layers, the lowest first; a step without a digest leaves none."""
    steps = [{"Size": size, "CreatedBy": step} for _, size, step in reversed(found)]
    digests = [digest for digest, _, _ in found if digest]
    return cast(Image, SimpleNamespace(attrs={"RootFS": {"Layers": digests}}, history=lambda: steps))


def own(mine: list[Image], others: list[Image]) -> int | None:
    return layers.own_bytes(map(layers.layers, mine), map(layers.layers, others))


def test_a_layer_has_the_size_of_its_step_and_the_name_of_all_below_it() -> None:
    found = layers.layers(image(BASE, ("", 0, "ENV A=1"), ("sha256:top", 7, "RUN x"), ("", 0, 'CMD ["x"]')))
    chain = "sha256:" + hashlib.sha256(b"sha256:base sha256:top").hexdigest()
    assert found == {"sha256:base": 100, chain: 7}


def test_an_empty_layer_keeps_the_others_at_their_sizes() -> None:
    found = layers.layers(image(BASE, ("sha256:dir", 0, "WORKDIR /srv"), ("sha256:top", 7, "COPY a b")))
    assert [*(found or {}).values()] == [100, 0, 7]


def test_what_others_have_is_not_ones_own() -> None:
    mine = image(BASE, ("sha256:python", 40, "RUN x"), ("sha256:mine", 7, "COPY a b"))
    other = image(BASE, ("sha256:python", 40, "RUN x"), ("sha256:other", 9, "COPY a b"))
    assert own([mine], [other]) == 7
    assert own([mine], []) == 147


def test_a_layer_of_two_of_ones_own_images_counts_once() -> None:
    first = image(BASE, ("sha256:python", 40, "RUN x"), ("sha256:a", 1, "COPY a b"))
    second = image(BASE, ("sha256:python", 40, "RUN x"), ("sha256:b", 2, "COPY a b"))
    assert own([first, second], [image(BASE)]) == 43


def test_the_same_files_on_another_layer_are_stored_again() -> None:
    mine = image(BASE, ("sha256:x", 5, "RUN x"), ("sha256:same", 7, "COPY a b"))
    other = image(BASE, ("sha256:y", 5, "RUN y"), ("sha256:same", 7, "COPY a b"))
    assert own([mine], [other]) == 12


def test_sizes_that_do_not_fit_the_layers_are_not_guessed_at() -> None:
    odd = image(BASE, ("sha256:unknown", 0, "a step of another builder"))
    assert layers.layers(odd) is None
    assert own([odd], []) is None
    assert own([image(BASE)], [odd]) is None
