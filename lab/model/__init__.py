"""The records that pass between the stages: catalog → budget → compose → measure → store → report.

All are frozen, hold plain data and know nothing of Docker, YAML or the terminal. Names carry units:
``_s`` seconds, ``_ms`` milliseconds, ``_us`` microseconds, ``_mib`` mebibytes; rates are per second.
"""

from lab.model.accounting import CoreSpeed, ForeignCpu, SpeedRange, TierUse, speed_range
from lab.model.deployment import UNIQUE, Deployment, Entry, Pins, Request, Scheme, SignIn, Stack, Workload
from lab.model.host import Budget, Machine, Placement
from lab.model.load import MOST_PER_SECOND, UNDER_WAY, Arrivals, Burst, Closed, Load, Open, Ramp, Visits
from lab.model.measurement import Cell, Citation, Published, Source, Table, TableRow
from lab.model.result import (
    Bound,
    CellResult,
    Duet,
    Estimate,
    Factor,
    FactorRow,
    Footprint,
    Latency,
    OpenLoop,
    Order,
    Results,
    Swap,
    Verdict,
    VerdictName,
)
from lab.model.round import ErrorCounts, HostCpu, LoadResult, OpenRound, Span
from lab.model.run import SCHEMA_VERSION, DeploymentFacts, Run
from lab.model.sample import DuetSample, DuetSlice, FootprintSample, Sample

__all__ = [
    "MOST_PER_SECOND",
    "SCHEMA_VERSION",
    "UNDER_WAY",
    "UNIQUE",
    "Arrivals",
    "Bound",
    "Budget",
    "Burst",
    "Cell",
    "CellResult",
    "Citation",
    "Closed",
    "CoreSpeed",
    "Deployment",
    "DeploymentFacts",
    "Duet",
    "DuetSample",
    "DuetSlice",
    "Entry",
    "ErrorCounts",
    "Estimate",
    "Factor",
    "FactorRow",
    "Footprint",
    "FootprintSample",
    "ForeignCpu",
    "HostCpu",
    "Latency",
    "Load",
    "LoadResult",
    "Machine",
    "Open",
    "OpenLoop",
    "OpenRound",
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
    "SpeedRange",
    "Stack",
    "Swap",
    "Table",
    "TableRow",
    "TierUse",
    "Verdict",
    "VerdictName",
    "Visits",
    "Workload",
    "speed_range",
]
