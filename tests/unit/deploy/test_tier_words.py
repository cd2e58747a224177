from dataclasses import replace
from pathlib import Path

import pytest

from lab.catalog import load_catalog
from lab.deploy import tier_words
from tests.unit.unit_factories import make_stack

ROOT = Path(__file__).parents[3]
OTHER = replace(make_stack(name="other"), tiers={"app": "quartz+tessera"})


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("gunicrn", "gunicorn"),
        ("gunicor", "gunicorn"),
        ("ngnix", "nginx"),
        ("postgre", "postgres"),
        ("quartz+teserra", "tessera"),
    ],
)
def test_a_word_that_nearly_is_a_known_one_is_hinted_at(word: str, meant: str) -> None:
    stack = replace(make_stack(name="shop"), tiers={"web": word})
    (hint,) = tier_words.doubtful(stack, [stack, OTHER])
    assert hint.startswith("shop: tiers.web: ")
    assert f"a typo of {meant!r}" in hint


@pytest.mark.parametrize(
    "word",
    ["gunicorn", "Gunicorn", "built from web", "postgresql", "rabbit", "apache2", "web", "app", "a shop in Rust", ""],
)
def test_any_other_word_is_taken_as_it_is(word: str) -> None:
    stack = replace(make_stack(name="shop"), tiers={"web": word})
    assert tier_words.doubtful(stack, [stack, OTHER]) == []


def test_no_stack_of_the_labs_own_is_doubted() -> None:
    stacks = load_catalog(ROOT).stacks.values()
    assert [hint for stack in stacks for hint in tier_words.doubtful(stack, stacks)] == []
