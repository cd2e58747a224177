"""Services beside a stack that have a page for people: on the cores of the load, and not where the stack answers."""

from typing import Any

from lab.engine import inventory
from lab.engine.client import connect
from lab.host.session import LABEL_PAGE
from lab.model import Budget

MEMORY = "512m"


def service(name: str, *, budget: Budget) -> dict[str, Any]:
    """The keys of such a service in an override."""
    return {
        "cpuset": ",".join(map(str, budget.load_cpus)),
        "mem_limit": MEMORY,
        "memswap_limit": MEMORY,
        "labels": {LABEL_PAGE: name},
    }


def url(project: str, name: str) -> str | None:
    """Where the page answers that stands beside a project; None where none does. Raises EngineUnavailable."""
    with connect() as client:
        return inventory.page_url(client, project, name)
