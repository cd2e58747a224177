"""What the lab reads of `stacks/openapi.yaml`: the operations, and its own extensions `x-lab` as strict models."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from lab.catalog.yamlfile import Strict

METHODS = ("get", "put", "post", "delete", "patch")
SERVICE = "service"
"""The tag of operations that are no workloads by themselves: the root's `x-lab` says which are made of them."""


class Delay(Strict):
    """A handler that sleeps: the setting that says how long, and its default in seconds."""

    setting: str
    default_s: float = Field(ge=0)
    when: dict[str, str] = Field(default={})
    """It sleeps only where these settings have these values."""
    at_once: int | None = Field(default=None, gt=0)
    """So many requests sleep at the same time at most, whatever the stack: the others wait for a lock."""


class StaticFile(Strict):
    """What identifies the bytes of an answer that is too long to be written down."""

    bytes: int = Field(gt=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class OperationLab(Strict):
    """The extension `x-lab` of an operation."""

    delay: Delay | None = None
    workloads: dict[str, dict[str, list[str]]] = Field(default={})
    """Workload → path parameter → the values it asks for in turn."""
    answer: JsonValue = None
    """The body of the answer, with `{parameter}` for what stood in the path."""
    files: dict[str, StaticFile] = Field(default={})
    """Last segment of the path → its bytes."""
    hidden_by: str | None = None
    """The service that does not pass it on, where it is a stack's entry."""


class Parameter(BaseModel):
    """A parameter of an operation; its example is what the lab sends."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)
    name: str
    where: Literal["path", "query", "header", "cookie"] = Field(alias="in")
    example: JsonValue = None


class Operation(BaseModel):
    """What the lab reads of an OpenAPI operation; the rest is for the services and their tests."""

    model_config = ConfigDict(frozen=True)
    operation_id: str = Field(alias="operationId")
    summary: str = ""
    tags: list[str] = []
    parameters: list[Parameter] = []
    responses: dict[str, dict[str, Any]]
    lab: OperationLab = Field(alias="x-lab", default=OperationLab())

    @property
    def statuses(self) -> tuple[int, ...]:
        """Those of the answers that are no refusals."""
        return tuple(int(status) for status in self.responses if status.startswith("2"))

    @property
    def content(self) -> tuple[str, JsonValue]:
        """Content type and example of the first of these answers; '' and None where it has no body."""
        content: dict[str, dict[str, Any]] = self.responses[str(self.statuses[0])].get("content", {})
        content_type = next(iter(content), "")
        return content_type, content.get(content_type, {}).get("example")


class PathItem(BaseModel):
    """The operations of one path."""

    model_config = ConfigDict(frozen=True)
    get: Operation | None = None
    put: Operation | None = None
    post: Operation | None = None
    delete: Operation | None = None
    patch: Operation | None = None


class NumberRange(Strict):
    """Whole numbers from one to another, both included."""

    first: int = Field(alias="from")
    last: int = Field(alias="to")


class RequestFile(Strict):
    """A request of a workload, or one for each combination of the values in `each`."""

    operation: str
    each: dict[str, NumberRange | list[int | str]] = Field(default={})
    """Name → the values that stand for `{name}` in path, query, headers and body; `{name:05}` has five digits."""
    query: dict[str, int | str] = Field(default={})
    headers: dict[str, str] = Field(default={})
    body: JsonValue = None
    weight: int = Field(default=1, gt=0)
    """So many of these come to one of a request with weight 1."""


class WorkloadFile(Strict):
    """A workload that is made of operations; `{unique}` in a text of it is another one in every request."""

    summary: str
    role: str | None = Field(default=None, alias="as")
    """Who asks: the accounts of this role, in turn."""
    fixed: bool = False
    """Its answers do not change: those that were verified must come under load."""
    delay: Delay | None = None
    requests: list[RequestFile] = Field(min_length=1)


class AccountsFile(Strict):
    """Who can sign in: seeded users, by number."""

    operation: str
    """Takes email and password, answers an access_token."""
    email: str
    """With `{n}` for the number."""
    password: str
    roles: dict[str, list[int]]


class ContractLab(Strict):
    """The extension `x-lab` of the whole document."""

    accounts: AccountsFile | None = None
    workloads: dict[str, WorkloadFile] = Field(default={})


class Contract(BaseModel):
    """What the lab reads of an OpenAPI document."""

    model_config = ConfigDict(frozen=True)
    paths: dict[str, PathItem]
    lab: ContractLab = Field(alias="x-lab", default=ContractLab())
