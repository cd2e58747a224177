"""The records that pass between the stages: catalog → budget → compose → measure → store → report.

All are frozen, hold plain data and know nothing of Docker, YAML or the terminal. Names carry units:
``_s`` seconds, ``_ms`` milliseconds, ``_us`` microseconds, ``_mib`` mebibytes; rates are per second.
"""

from lab.model.deployment import UNIQUE, Deployment, Entry, Pins, Request, Scheme, SignIn, Stack, Workload
from lab.model.host import Budget, Machine, Placement
from lab.model.load import Burst, Closed, Load, Ramp, Visits
from lab.model.measurement import (
    Cell,
    ErrorCounts,
    FootprintSample,
    HostCpu,
    LoadResult,
    Published,
    Sample,
    Source,
    Span,
    Table,
    TableRow,
)
from lab.model.result import (
    SCHEMA_VERSION,
    Bound,
    CellResult,
    DeploymentFacts,
    Estimate,
    Footprint,
    Latency,
    Order,
    Results,
    Run,
    Swap,
    Verdict,
    VerdictName,
)

__all__ = [
    "SCHEMA_VERSION",
    "UNIQUE",
    "Bound",
    "Budget",
    "Burst",
    "Cell",
    "CellResult",
    "Closed",
    "Deployment",
    "DeploymentFacts",
    "Entry",
    "ErrorCounts",
    "Estimate",
    "Footprint",
    "FootprintSample",
    "HostCpu",
    "Latency",
    "Load",
    "LoadResult",
    "Machine",
    "Order",
    "Pins",
    "Placement",
    "Published",
    "Ramp",
    "Request",
    "Results",
    "Run",
    "Sample",
    "Scheme",
    "SignIn",
    "Source",
    "Span",
    "Stack",
    "Swap",
    "Table",
    "TableRow",
    "Verdict",
    "VerdictName",
    "Visits",
    "Workload",
]
