"""How load is offered: one module a tool. Each turns a wish into an argument list, and the output into figures.

Nothing here runs anything: `measure/` executes the argument list in the load container.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from lab.load import burst, locust, ramp, wrk
from lab.load.protocol import Command
from lab.model import HostCpu, Load, LoadResult, Tool, Workload

__all__ = ["Command", "LoadTool", "tool"]


class LoadTool(Protocol):
    """The shape of a tool's module."""

    @property
    def MAY_LEAVE_A_QUEUE(self) -> bool:  # noqa: N802 - a constant of the module
        """Whether requests can be under way when the load is over."""

    def command(self, load: Load, workload: Workload, *, url: str, answers: Sequence[str]) -> Command:
        """What to execute for one round against `url`; `answers` are the verified ones, none for any."""

    def parse(self, output: str, load: Load) -> tuple[LoadResult, HostCpu]:
        """What it printed, in figures. Raises LabError if a part is missing."""

    def warming(self, load: Load, *, seconds: float, delay_s: float) -> Load:
        """A small load to offer beforehand, for a handler that sleeps `delay_s`; it may be another tool's."""


TOOLS: Mapping[Tool, LoadTool] = {"wrk": wrk, "burst": burst, "ramp": ramp, "locust": locust}


def tool(name: Tool) -> LoadTool:
    """The module of a tool."""
    return TOOLS[name]
