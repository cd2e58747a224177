import inspect
from pathlib import Path

import pytest

from lab.cli import options
from lab.errors import UsageError
from tests.unit.unit_project import edit


@pytest.mark.parametrize(
    ("text", "mib"), [("4g", 4096), ("512m", 512), ("512 MiB", 512), ("1GB", 1024), ("65536k", 64), ("67108864", 64)]
)
def test_memory_is_read_in_the_usual_units(text: str, mib: int) -> None:
    assert options.read_memory(text) == mib


@pytest.mark.parametrize("text", ["", "4x", "-4g", "63m", "4g4", "1.5.0g", "0"])
def test_nonsense_is_no_amount_of_memory(text: str) -> None:
    with pytest.raises(UsageError, match="not an amount of memory"):
        options.read_memory(text)


def test_settings_are_pairs_whose_values_may_hold_anything() -> None:
    assert options.read_settings(["A=1", "B=x=y", "C="]) == {"A": "1", "B": "x=y", "C": ""}
    assert options.read_settings(None) == {}
    with pytest.raises(UsageError):
        options.read_settings(["=1"])


def test_both_pins_are_measured_seed_first() -> None:
    assert options.pins_of("both") == ("seed", "current")
    assert options.pins_of("seed") == ("seed",)


def test_the_shell_completes_stacks_then_their_variants(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_ROOT", str(project))
    assert options.complete_targets("p") == ["plain", "proxied"]
    assert options.complete_targets("proxied@p") == ["proxied@pool"]
    assert options.complete_tables("art") == ["articles"]
    edit(project / "compose/plain.yaml", "title:", "titel:")
    edit(project / "experiments/articles.yaml", "stack: plain", "stack: plain@default")
    assert options.complete_targets("p") == []


def test_a_command_with_a_budget_has_its_four_options_where_the_wish_stands() -> None:
    given: list[object] = []

    @options.with_budget
    def command(first: int, *, wish: options.BudgetOptions, last: int = 2) -> None:
        """What it does."""
        given.append((first, wish, last))

    assert [*inspect.signature(command).parameters] == ["first", "cpus", "memory", "colocated", "exact", "last"]
    assert command.__doc__ == "What it does."
    command(1, cpus=2, memory="1g", colocated=True, exact=False)
    assert given == [(1, options.BudgetOptions(cpus=2, memory="1g", colocated=True), 2)]
