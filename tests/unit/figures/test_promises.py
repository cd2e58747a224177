"""What the intervals and the ranks promise, held against rounds that were drawn and whose truth is known."""

import inspect
from collections.abc import Callable
from importlib import import_module

import numpy as np
import numpy.typing as npt
import pytest

from lab import cli
from lab.cli.options import ROUNDS
from lab.figures import stats
from lab.figures.compare import Measured, told_apart

Draw = Callable[[np.random.Generator, tuple[int, int]], npt.NDArray[np.float64]]
TRUTH = 1000.0
SERIES = 4000
TABLES = 1000
ROWS = 10
COMMANDS = [
    module.command
    for module in (import_module(cli.module_of(name)) for name in cli.PANELS)
    if hasattr(module, "command")  # `engine` has commands of its own
]
DEFAULTS = [
    parameters["rounds"].default
    for parameters in (inspect.signature(command).parameters for command in COMMANDS)
    if "rounds" in parameters
]


def normal(rng: np.random.Generator, size: tuple[int, int]) -> npt.NDArray[np.float64]:
    return rng.normal(TRUTH, 0.05 * TRUTH, size)


def skewed(rng: np.random.Generator, size: tuple[int, int]) -> npt.NDArray[np.float64]:
    """Most rounds near the best, some much slower; the truth is the median."""
    lag = rng.gamma(1.5, 0.05, size)
    return TRUTH * np.exp(np.median(rng.gamma(1.5, 0.05, 100_000)) - lag)


def one_bad(rng: np.random.Generator, size: tuple[int, int]) -> npt.NDArray[np.float64]:
    """Normal rounds, one of which lost a third to a neighbour."""
    rounds = rng.normal(TRUTH, 0.05 * TRUTH, size)
    rounds[np.arange(size[0]), rng.integers(0, size[1], size[0])] *= 2 / 3
    return rounds


def coverage(draw: Draw, rounds: int) -> float:
    series = draw(np.random.default_rng(rounds), (SERIES, rounds))
    found = [stats.estimate(list(values)) for values in series]
    return float(np.mean([(one.low or 0) <= TRUTH <= (one.high or 0) for one in found]))


def told_by_luck(draw: Draw, rounds: int) -> float:
    """The share of tables of equal stacks in which any pair is told apart."""
    rng = np.random.default_rng(rounds)
    tables = (draw(rng, (ROWS, rounds)) for _ in range(TABLES))
    measured = ([Measured(estimate=stats.estimate(list(row)), rounds=rounds) for row in table] for table in tables)
    return float(np.mean([bool(told_apart(table)) for table in measured]))


def test_every_command_that_measures_rounds_is_among_those_asked() -> None:
    assert len(DEFAULTS) >= 4


@pytest.mark.parametrize("rounds", sorted({*DEFAULTS}))
def test_an_interval_that_says_95_percent_covers_it_at_the_default_of_every_command(rounds: int) -> None:
    assert rounds >= 5
    assert 0.93 <= coverage(normal, rounds) <= 0.97


@pytest.mark.parametrize(("draw", "least"), [(skewed, 0.93), (one_bad, 0.95)])
def test_rounds_that_are_not_normal_cost_some_of_the_coverage_and_not_most_of_it(draw: Draw, least: float) -> None:
    assert coverage(draw, ROUNDS) >= least


@pytest.mark.parametrize("draw", [normal, skewed, one_bad])
@pytest.mark.parametrize("rounds", sorted({*DEFAULTS}))
def test_of_tables_of_equal_stacks_at_most_one_in_twenty_tells_any_pair_apart(draw: Draw, rounds: int) -> None:
    assert told_by_luck(draw, rounds) <= 0.05
