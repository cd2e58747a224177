"""What stands beside a stack that is told to trace: Zipkin."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from lab.deploy import pages
from lab.deploy.override import Beside
from lab.model import Budget, Stack

SETTING = "TRACES"
ZIPKIN = "zipkin"
FILE = "trace.yaml"


def with_zipkin(beside: Beside, stack: Stack, settings: Mapping[str, str], *, compose: Path, budget: Budget) -> Beside:
    """What stands beside a stack, and Zipkin too where the stack is told to trace: on the cores of the load."""
    if settings.get(SETTING) != "on" or SETTING not in stack.settings:
        return beside
    zipkin = pages.service(ZIPKIN, budget=budget)
    return replace(
        beside,
        services={**beside.services, ZIPKIN: zipkin},
        files=(*beside.files, compose / FILE),
    )
