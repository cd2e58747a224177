"""The stacks that hold the service: whoever has the workload `users-read`."""

import os
from collections.abc import Iterable

import pytest
from _pytest.mark import ParameterSet

from lab.catalog import load_catalog
from lab.model import Stack


def is_direct(stack: Stack) -> bool:
    """Whether the application itself answers at the entry, with no proxy before it."""
    return stack.entry.service == "app"


CATALOG = load_catalog()
SERVICE_STACKS = sorted(
    (stack for stack in CATALOG.stacks.values() if "users-read" in stack.workloads),
    key=lambda stack: (not is_direct(stack), stack.name),
)
"""Those without a proxy first: pytest orders tests by the place of a parameter, also where only these are asked."""
DIRECT = [stack for stack in SERVICE_STACKS if is_direct(stack)]
PROXIED = [stack for stack in SERVICE_STACKS if not is_direct(stack)]
WHOLE = "SERVICE_WHOLE" in os.environ
"""Whether what takes long is asked of all stacks and at its full length, as in the soak tests."""
LONG = SERVICE_STACKS if WHOLE else [*DIRECT, PROXIED[0]]
"""For what takes long: each implementation, and one behind Nginx, which has one conf before all three."""
LONGEST = SERVICE_STACKS if WHOLE else DIRECT
"""For what takes longest, and in which a proxy has no part but to pass on what the application says."""


def parameters(stacks: Iterable[Stack], group: str = "{}") -> list[ParameterSet]:
    """A parameter for each. What is asked of a stack in one group is asked by one test process, which has it up."""
    return [
        pytest.param(stack, id=stack.name, marks=pytest.mark.xdist_group(group.format(stack.name))) for stack in stacks
    ]


def variant(stack: Stack, *, mode: str, cache: str) -> str:
    """The variant of a stack with this ORDER_MODE and CACHE."""
    return next(
        name for name, values in stack.variants.items() if values["ORDER_MODE"] == mode and values["CACHE"] == cache
    )
