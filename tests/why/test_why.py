"""`lab why` with real stacks: a few causes of different kinds, a healthy stack, and one that is up.

The other causes need more seconds: tests/soak/test_why_often.py has all of them, twenty times each.
"""

from collections.abc import Iterator

import pytest
from docker import DockerClient

from tests.e2e.driving import PATIENCE_S, Lab, labelled, of_stack
from tests.why.cases import CASES, Case, named
from tests.why.conftest import Ask

pytestmark = pytest.mark.xdist_group("lab")
CHOSEN = ("why-proxied@healthy", "why-proxied@ports")
TRIES = 3


@pytest.mark.parametrize("case", [case for case in CASES if case.target in CHOSEN], ids=lambda case: case.target)
def test_what_gave_way_first_is_named(ask: Ask, case: Case) -> None:
    """What else runs on this host may take the CPU of one try; a rule that is wrong is wrong in each."""
    for _ in range(TRIES):
        told = ask(case)
        if named(told) == (case.cause, case.tier):
            break
    assert named(told) == (case.cause, case.tier), told
    assert (told["next"] is None) == (case.cause is None)


@pytest.fixture
def is_up(lab: Lab) -> Iterator[None]:
    """The stack of the slots, that somebody has up."""
    lab.ok("up", "why-app@slots", "--port=0", f"--wait={PATIENCE_S}")
    yield
    lab("down", "why-app")


@pytest.mark.usefixtures("is_up")
def test_a_stack_that_is_up_is_asked_as_it_is_and_stays_up(lab: Lab, ask: Ask, engine: DockerClient) -> None:
    before = {name: container.id for name, container in of_stack(engine, "why-app").items()}
    told = ask(Case(target="why-app", rate=60, cause="slots", tier="app", timeout_s=2))
    assert named(told) == ("slots", "app"), told
    assert told["next"]["command"].startswith("lab up why-app@slots --set SLOTS=")
    assert {name: container.id for name, container in of_stack(engine, "why-app").items()} == before
    lab.ok("down", "why-app")
    assert labelled(engine, stack="why-app") == []
