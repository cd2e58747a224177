"""`lab why` names every cause in twenty of twenty runs, and calls healthy stacks healthy. Takes an hour."""

import os

import pytest

from tests.e2e.driving import Lab
from tests.why.cases import CASES, Case, named
from tests.why.conftest import Ask, ask, engine, lab, project

__all__ = ["ask", "engine", "lab", "project"]

pytestmark = pytest.mark.timeout(7200)
TIMES = int(os.environ.get("WHY_TIMES", "20"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.target)
def test_a_cause_is_named_in_twenty_of_twenty_runs(ask: Ask, case: Case) -> None:
    found = [named(ask(case)) for _ in range(TIMES)]
    assert found == [(case.cause, case.tier)] * TIMES


def test_a_generator_that_is_the_limit_is_named_in_twenty_of_twenty_runs(lab: Lab, ask: Ask) -> None:
    """500 requests a second take pace nearly 2% of a core: it gets 1%."""
    load = lab.root / "compose/load.yaml"
    load.write_text(
        load.read_text().replace("    command: [sleep, infinity]", '    cpus: "0.01"\n    command: [sleep, infinity]')
    )
    case = Case(target="why-app@healthy", rate=500, cause="load", tier="load")
    found = [named(ask(case)) for _ in range(TIMES)]
    assert found == [(case.cause, case.tier)] * TIMES
