"""What a lesson can look at, as data: each kind is one small model with `kind` as its tag.

`stack` and `beside` name stacks of the lesson by its own keys. Each probe sees a number or a text (`Seen`), looks at
what runs now, changes nothing for good, and compares durations and costs only with others of the same minute.
"""

from typing import Literal

from pydantic import Field

from lab.catalog.yamlfile import Strict

MOST_REQUESTS = 500
MOST_AT_ONCE = 100


class AskFile(Strict):
    """One request; `{id}` in a header stands for an id that is new each time."""

    path: str = Field(pattern="^/")
    method: Literal["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"] = "GET"
    scheme: Literal["", "http", "https"] = ""
    """Another one than that of the stack's entry, at the same port."""
    headers: dict[str, str] = Field(default_factory=dict)
    body: str = ""
    body_bytes: int = Field(default=0, ge=0, le=2**21)
    """Instead of a text: so many bytes."""


class Answer(Strict):
    """The status, the body, or a header of one answer; a header that is not there is an empty text."""

    kind: Literal["answer"]
    stack: str
    ask: AskFile
    take: Literal["status", "body", "header"] = "status"
    header: str = ""


class Same(Strict):
    """In how many ways the answers of two stacks to one request differ: status, body, and the headers named."""

    kind: Literal["same"]
    stack: str
    beside: str
    ask: AskFile
    headers: tuple[str, ...] = ()


class Count(Strict):
    """Of so many answers: how many have a status or a body, or how many different values a header has."""

    kind: Literal["count"]
    stack: str
    ask: AskFile
    requests: int = Field(ge=1, le=MOST_REQUESTS)
    at_once: int = Field(default=1, ge=1, le=MOST_AT_ONCE)
    status: int | None = None
    body: str | None = None
    containing: str | None = None
    """A part of the body."""
    different: str | None = None
    """The name of a header."""
    without: str | None = None
    """A service that is killed meanwhile, and started again afterwards."""
    patience_s: float = Field(default=60.0, gt=0, le=60)
    """For so long is each answer waited for."""


class Processes(Strict):
    """How many processes of a service have a command that matches; `children` counts only children of another such."""

    kind: Literal["processes"]
    stack: str
    service: str
    matching: str
    children: bool = False


class Threads(Strict):
    """How many more threads a service has while so many requests wait in it."""

    kind: Literal["threads"]
    stack: str
    service: str
    ask: AskFile
    at_once: int = Field(ge=1, le=MOST_AT_ONCE)


class Log(Strict):
    """How many lines with the id of one request, and matching, a service writes; `{id}` in `matching` is that id."""

    kind: Literal["log"]
    stack: str
    service: str
    ask: AskFile
    matching: str


class Waves(Strict):
    """How many times as long so many requests at once take as one alone."""

    kind: Literal["waves"]
    stack: str
    ask: AskFile
    at_once: int = Field(ge=1, le=MOST_AT_ONCE)
    repeats: int = Field(default=2, ge=1, le=5)


class Pace(Strict):
    """How many times as long a batch of requests takes from one stack as from another, in turns of the same seconds."""

    kind: Literal["pace"]
    stack: str
    beside: str
    ask: AskFile
    requests: int = Field(ge=1, le=MOST_REQUESTS)
    at_once: int = Field(default=1, ge=1, le=MOST_AT_ONCE)
    rounds: int = Field(default=5, ge=3, le=20)


class Cost(Strict):
    """How many times the CPU of another stack one request takes, both asked in turns of the same seconds."""

    kind: Literal["cost"]
    stack: str
    beside: str
    ask: AskFile
    requests: int = Field(ge=1, le=MOST_REQUESTS)
    """In each turn."""
    rounds: int = Field(default=6, ge=3, le=20)
    services: tuple[str, ...] = ()
    """Of the first stack; all of them if none is named."""
    beside_services: tuple[str, ...] = ()


class Memory(Strict):
    """How many times the memory of another stack a stack holds."""

    kind: Literal["memory"]
    stack: str
    beside: str
    services: tuple[str, ...] = ()
    beside_services: tuple[str, ...] = ()


class Connections(Strict):
    """How many connections a service opens while it is asked so many requests, one after the other."""

    kind: Literal["connections"]
    stack: str
    service: str
    ask: AskFile
    requests: int = Field(ge=1, le=MOST_REQUESTS)


class Held(Strict):
    """How many of some requests are answered within `patience_s`, while slow clients hold what they can hold.

    `unfinished`: each has sent half of a head. `sending`: each has sent the head of `ask` and a few of its
    `body_bytes`. `reading`: each takes the answer to `ask` a few bytes at a time.
    """

    kind: Literal["held"]
    stack: str
    slow: Literal["unfinished", "sending", "reading"]
    clients: int = Field(ge=1, le=50)
    ask: AskFile
    """What the slow ones ask for."""
    other: AskFile
    """What the others ask for."""
    requests: int = Field(default=3, ge=1, le=20)
    patience_s: float = Field(default=8.0, gt=0, le=15)


class Startup(Strict):
    """How many times as long a stack takes as another from a restart of all its services to its first answer."""

    kind: Literal["startup"]
    stack: str
    beside: str
    ask: AskFile
    rounds: int = Field(default=3, ge=3, le=5)


class Frozen(Strict):
    """Of the answers of one load, how many of 1000 take longer than `slow_s`, while a service stands still for a time.

    `closed` asks again when it has been answered; `open` asks when it is time to, and counts from then.
    """

    kind: Literal["frozen"]
    stack: str
    service: str
    ask: AskFile
    loop: Literal["closed", "open"]
    rate: float = Field(default=20.0, gt=0, le=50)
    """Requests a second. A closed loop asks so many at most."""
    seconds: float = Field(default=6.0, gt=0, le=20)
    freeze_s: float = Field(default=2.0, gt=0, le=5)
    slow_s: float = Field(default=0.5, gt=0)


class GivenFile(Strict):
    """What is true of a row."""

    rate: float | None = None
    connections: float | None = None


class Claims(Strict):
    """How many rows of a published table in the learner's files `lab audit` finds doubtful, or clean."""

    kind: Literal["claims"]
    file: str = Field(pattern=r"^[\w][\w./-]*$")
    verdict: Literal["clean", "doubtful"]
    given: dict[str, GivenFile] = Field(default_factory=dict)
    """Where there are any, only rows of these names count that still have these figures."""


Probe = (
    Answer
    | Same
    | Count
    | Processes
    | Threads
    | Log
    | Waves
    | Pace
    | Cost
    | Memory
    | Connections
    | Held
    | Startup
    | Frozen
    | Claims
)
KINDS: dict[str, type[Probe]] = {
    "answer": Answer,
    "same": Same,
    "count": Count,
    "processes": Processes,
    "threads": Threads,
    "log": Log,
    "waves": Waves,
    "pace": Pace,
    "cost": Cost,
    "memory": Memory,
    "connections": Connections,
    "held": Held,
    "startup": Startup,
    "frozen": Frozen,
    "claims": Claims,
}


def stacks_of(probe: Probe) -> dict[str, str]:
    """Key of the probe → the stack of the lesson that it names."""
    return {key: str(getattr(probe, key)) for key in ("stack", "beside") if hasattr(probe, key)}
