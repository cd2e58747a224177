"""What can be deployed: stacks, and one way of bringing one up."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

from pydantic import JsonValue

Pins = Literal["seed", "current"]
Scheme = Literal["http", "https"]
UNIQUE = "{unique}"
"""In what a request sends: stands for a text that is another one each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request of a workload, and what its answer must be; a body where all is None may be anything."""

    path: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    sent: str | None = None
    """The body that is sent. In it, in the path and in headers `UNIQUE` is another text each time."""
    statuses: tuple[int, ...] = (200,)
    content_type: str | None = "text/plain"
    """None where it may be any."""
    body: JsonValue = None
    """Text, or a value that the answer's JSON must equal."""
    keys: tuple[str, ...] = ()
    """Keys that the answer's JSON must have, whatever else is in it."""
    size_bytes: int | None = None
    """Of a file too large to write down: its length ..."""
    sha256: str | None = None
    """... and its checksum in hex."""
    fixed: bool = False
    """Whether the answer that was verified must come each time, though the contract does not say which it is."""

    @property
    def known(self) -> bool:
        """Whether there is one right answer."""
        return self.fixed or self.body is not None or self.sha256 is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """How to get the tokens of a workload: one POST for each account."""

    path: str
    bodies: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """How somebody signs in to a project of their own. A `${NAME}` in what is sent stands for a secret.

    Secrets are in nobody's record: they are read when somebody signs in, from the environment, else from a file.
    """

    headers: tuple[tuple[str, str], ...] = ()
    """Those that each request gets."""
    path: str | None = None
    """Where a form or a JSON is sent to; None where the headers are all that there is."""
    form: Mapping[str, str] | None = None
    json: JsonValue = None
    token: str | None = None
    """Where the answer's JSON has a token: its keys, with dots between. None where cookies are set instead."""
    header: str = "Authorization: Bearer {token}"
    secrets: Path | None = None
    """A file of NAME=VALUE lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A load that somebody has written for wrk or for Locust: it asks, and it alone knows which answers are right."""

    tool: Literal["wrk", "locust"]
    file: str
    """Its path, from the project's folder."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What is asked, and the answers it must get; from operations of `stacks/openapi.yaml`."""

    name: str
    requests: tuple[Request, ...]
    """Asked in turn; most workloads have one."""
    turns: tuple[int, ...] = ()
    """The order in which requests are asked, by place, where some come more often than others."""
    sign_in: SignIn | Credentials | None = None
    """Where the requests need somebody's token."""
    tokens: tuple[str, ...] = ()
    """Those of who has signed in: one after the other is sent as `Authorization: Bearer`."""
    script: Script | None = None
    """What asks in place of the lab; `requests` only say then that the stack is alive."""
    delay_setting: str | None = None
    """The environment setting that holds the handler's sleep in seconds, if it sleeps."""
    delay_s: float = 0.0
    """The sleep when nothing sets it."""
    delay_when: tuple[tuple[str, str], ...] = ()
    """It sleeps only where these settings have these values."""
    at_once: int | None = None
    """So many requests sleep at the same time at most, whatever the stack."""
    summary: str = ""

    @property
    def path(self) -> str:
        """The path of the first request."""
        return self.requests[0].path

    @property
    def method(self) -> str:
        """The method of the first request."""
        return self.requests[0].method

    @property
    def shown(self) -> str:
        """Method and path of the first request, for people, and how many more there are."""
        more = len(self.requests) - 1
        return f"{self.method} {self.path}" + (f" and {more} more" if more else "")

    @property
    def statuses(self) -> tuple[int, ...]:
        """Those that its requests may be answered with."""
        return tuple(sorted({status for request in self.requests for status in request.statuses}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Where requests enter a stack: a service and its port inside the network, and what is spoken there."""

    service: str
    port: int
    scheme: Scheme = "http"
    """`https` is spoken with a certificate that nobody has signed: it is not checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """Of a stack that is somebody's own Compose project: where it lies, and what of it the lab was allowed."""

    folder: Path
    files: tuple[Path, ...]
    """Its Compose files, in the order in which they are merged."""
    ready: Workload
    """The request whose answer says that it is up."""
    env_file: Path | None = None
    profiles: tuple[str, ...] = ()
    egress: bool = False
    """Whether its containers may reach what is outside of the stack."""
    allow: tuple[str, ...] = ()
    """What would be refused otherwise, by the names of `lab.deploy.refusals`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """One deployable system: a Compose file and what its `x-lab` says of it."""

    name: str
    title: str
    path: Path
    entry: Entry
    tiers: Mapping[str, str]
    """Service → what it is, from the client inwards."""
    workloads: tuple[str, ...]
    memory: Mapping[str, int]
    """Service → its share of the budget's memory."""
    variants: Mapping[str, Mapping[str, str]]
    """Variant → environment; the first is the default."""
    slots: Mapping[str, tuple[str, ...]]
    """Variant → factors (numbers or names of settings) whose product is the requests in service at once."""
    processes: Mapping[str, tuple[str, ...]]
    """Variant → factors whose product is the number of cores that the application can use."""
    settings: frozenset[str]
    """Every environment name that the Compose file reads."""
    networks: tuple[str, ...] = ()
    """The networks that the Compose file declares, beside `default`."""
    jobs: tuple[str, ...] = ()
    """Services that do one thing and end, before the tiers start."""
    pins: tuple[Pins, ...] = ("seed", "current")
    """The sets of library versions that its images can hold."""
    volumes: tuple[str, ...] = ()
    """The named volumes that the Compose file declares."""
    start_within_s: float = 60
    """So long it may take to come up."""
    warmup_s: float | None = None
    """So long it is warmed up at most, where its runtime takes longer to settle than others."""
    pausable: bool = True
    """Whether it bears to be frozen; else it is stopped while others are measured."""
    adopted: Adopted | None = None
    """None for the stacks that come with the lab."""

    @property
    def default_variant(self) -> str:
        """The variant that is meant when none is named: the first of the file."""
        return next(iter(self.variants))

    @property
    def files(self) -> tuple[Path, ...]:
        """Its Compose files, in the order in which they are merged."""
        return self.adopted.files if self.adopted else (self.path,)

    @property
    def typed(self) -> str:
        """What names it on a command line in any folder, unquoted: a project of somebody's own by its path."""
        return str(self.adopted.folder) if self.adopted else self.name

    @property
    def project(self) -> str:
        """What Compose calls it once `lab up` has brought it up."""
        return project_name(self.name, self.adopted.folder if self.adopted else None)


def project_name(stack: str, folder: Path | None = None) -> str:
    """What Compose calls a stack that is up; two `folder`s may hold projects of the same name."""
    if folder is None:
        return f"lab-{stack}"
    return f"lab-{stack}-{sha256(str(folder).encode()).hexdigest()[:6]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One way to bring a stack up: what the containers get to see. Cells that agree on it share it."""

    stack: str
    variant: str
    pins: Pins
    settings: tuple[tuple[str, str], ...] = ()
    """`--set K=V` pairs, sorted, on top of those of the variant."""

    @property
    def name(self) -> str:
        """`stack@variant`, or `stack@variant+K=V`, for people."""
        extra = "".join(f"+{key}={value}" for key, value in self.settings)
        return f"{self.stack}@{self.variant}{extra}"

    @property
    def slug(self) -> str:
        """The same for file and container names."""
        raw = "-".join([self.stack, self.variant, self.pins, *(f"{k}-{v}" for k, v in self.settings)])
        return "".join(c if c.isalnum() else "-" for c in raw.lower()).strip("-")
