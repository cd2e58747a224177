"""The records that pass between the stages: catalog → budget → compose → measure → store → report.

All are frozen, hold plain data and know nothing of Docker, YAML or the terminal. Names carry units:
``_s`` seconds, ``_ms`` milliseconds, ``_us`` microseconds, ``_mib`` mebibytes; rates are per second.
"""

from lab.model.deployment import Deployment, Entry, Pins, Stack, Workload
from lab.model.host import Budget, Machine, Placement
from lab.model.measurement import Cell, Errors, HostCpu, Load, LoadResult, Published, Row, Sample, Table
from lab.model.result import SCHEMA_VERSION, Bound, CellResult, DeploymentFacts, Estimate, Latency, Results, Run

__all__ = [
    "SCHEMA_VERSION",
    "Bound",
    "Budget",
    "Cell",
    "CellResult",
    "Deployment",
    "DeploymentFacts",
    "Entry",
    "Errors",
    "Estimate",
    "HostCpu",
    "Latency",
    "Load",
    "LoadResult",
    "Machine",
    "Pins",
    "Placement",
    "Published",
    "Results",
    "Row",
    "Run",
    "Sample",
    "Stack",
    "Table",
    "Workload",
]
