from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lab.deploy import bundling


def test_images_are_built_under_both_tags_and_the_new_ones_are_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[tuple[str, Any]] = []

    @contextmanager
    def nothing(*_arguments: object, **_options: object) -> Iterator[None]:
        yield

    @contextmanager
    def untagged(tags: list[str]) -> Iterator[None]:
        yield
        done.append(("untagged", tags))

    monkeypatch.setattr("lab.host.session.turn", nothing)
    monkeypatch.setattr("lab.deploy.bundling.connect", nothing)
    monkeypatch.setattr("lab.engine.base.ensure", lambda _say: None)
    monkeypatch.setattr("lab.engine.bundled.present", lambda: frozenset({"lab/b:seed-bundled"}))
    monkeypatch.setattr("lab.engine.saving.untagged_after", untagged)
    monkeypatch.setattr(
        "lab.engine.images.bake", lambda wanted, **_say: done.append(("baked", wanted["lab/a:current"]))
    )
    monkeypatch.setattr("lab.engine.saving.save", lambda names, _to: done.append(("saved", names)))
    monkeypatch.setattr("lab.engine.probe.require", lambda: None)
    targets = {"lab/a:current": {"context": "."}, "lab/b:seed": {"context": "."}}
    assert bundling.save(targets, Path("x"), wait_s=0, say=lambda _text: None) == ("debian:bookworm-slim", *targets)
    assert done == [
        (
            "baked",
            {"context": ".", "tags": ["lab/a:current", "lab/a:current-bundled"], "cache-to": ["type=inline"]},
        ),
        ("saved", ["debian:bookworm-slim", *targets, "lab/a:current-bundled", "lab/b:seed-bundled"]),
        ("untagged", ["lab/a:current-bundled"]),
    ]
