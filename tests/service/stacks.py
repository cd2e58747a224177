"""The stacks that hold the service: whoever has the workload `users-read`."""

from lab.catalog import load_catalog
from lab.model import Stack

CATALOG = load_catalog()
SERVICE_STACKS = [stack for stack in CATALOG.stacks.values() if "users-read" in stack.workloads]


def is_direct(stack: Stack) -> bool:
    """Whether the application itself answers at the entry, with no proxy before it."""
    return stack.entry.service == "app"


def variant(stack: Stack, *, mode: str, cache: str) -> str:
    """The variant of a stack with this ORDER_MODE and CACHE."""
    return next(
        name for name, values in stack.variants.items() if values["ORDER_MODE"] == mode and values["CACHE"] == cache
    )
