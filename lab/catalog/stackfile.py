"""The keys of an `x-lab` and of a `lab.yaml`, which are the same, as strict models."""

import re
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, model_validator

from lab.catalog.yamlfile import Strict
from lab.model import Pins, Scheme

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")


def _environment_value(value: object) -> object:
    """YAML numbers and booleans as a shell would see them."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _check_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} must be lower-case letters, digits and dashes")
    return name


def _check_path(path: str) -> str:
    if not path.startswith("/"):
        raise ValueError(f"{path!r} must begin with a slash")
    return path


def _check_header(header: str) -> str:
    if not re.fullmatch(r"[!-9;-~]+: .*\{token\}.*", header):
        raise ValueError("must be NAME: VALUE with {token} in the value")
    return header


def _as_list(value: object) -> object:
    return value if isinstance(value, list) else [value]


Name = Annotated[str, AfterValidator(_check_name)]
Text = Annotated[str, BeforeValidator(_environment_value)]
UrlPath = Annotated[str, AfterValidator(_check_path)]
Status = Annotated[int, Field(ge=100, le=599)]


class EntryLab(Strict):
    """The service and the port, inside the network, that answer requests."""

    service: str
    port: int = Field(gt=0, lt=65536)
    scheme: Scheme = Field(default="http", description="https: with a certificate that is not checked.")


class AnswerLab(Strict):
    """What is right: every key that is there must hold."""

    status: Annotated[list[Status], BeforeValidator(_as_list)] = Field(default=[200], min_length=1)
    type: str | None = Field(default=None, description="Content type, without its parameters.")
    body: JsonValue = Field(default=None, description="The text, or the value of the JSON.")
    keys: list[str] = Field(default=[], description="Keys of the JSON, where the rest of it changes.")
    bytes: int | None = Field(default=None, ge=0, description="Length of the body, where the rest of it changes.")


class RequestLab(Strict):
    """One request of a workload of the project's own."""

    path: UrlPath
    method: str = Field(default="GET", pattern="^[A-Z]+$")
    headers: dict[str, Text] = Field(default={})
    body: JsonValue = Field(default=None, description="What is sent: a text, or a value that becomes JSON.")
    answer: AnswerLab = Field(default=AnswerLab())


class SignInLab(Strict):
    """How to sign in before a load: a form, a JSON, or headers that each request gets. `${NAME}` is a secret."""

    path: UrlPath | None = Field(default=None, description="Where the form or the JSON is sent to.")
    form: dict[str, Text] | None = Field(default=None, description="Hidden fields of the page are sent, too.")
    body: JsonValue = Field(default=None, alias="json")
    token: str | None = Field(default=None, min_length=1, description="Keys of the answer's JSON: data.access_token.")
    header: Annotated[str, AfterValidator(_check_header)] = Field(default="Authorization: Bearer {token}")
    headers: dict[str, Text] = Field(default={}, description="Each request gets them: an API key, a cookie.")
    secrets: str | None = Field(default=None, description="A file of NAME=VALUE lines; the environment goes before.")
    workloads: list[str] | None = Field(default=None, description="Those that need it; all where none is named.")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        sent = (self.form is not None) + (self.body is not None)
        if sent > 1 or (self.path is not None) != bool(sent):
            raise ValueError("needs path with either form or json")
        if not sent and (self.token or not self.headers):
            raise ValueError("needs path with form or json, or headers")
        return self


class ScriptLab(Strict):
    """A load of the project's own: a Lua script of wrk, or a locustfile."""

    file: Annotated[str, Field(pattern=r"\.(lua|py)$")]
    path: UrlPath = Field(default="/", description="The path of the address that wrk is given.")


class StackLab(Strict):
    """What the lab must know of a stack that Compose does not say."""

    title: str = Field(min_length=1, description="For people: the tiers from the client inwards.")
    entry: EntryLab
    tiers: dict[str, str] = Field(min_length=1, description="Service → what it is, from the client inwards.")
    jobs: list[str] = Field(default=[], description="Services that do one thing and end; they are no tiers.")
    workloads: list[str] = Field(min_length=1, description="Workloads of stacks/openapi.yaml, or of `requests`.")
    requests: dict[Name, Annotated[list[RequestLab], Field(min_length=1)]] = Field(
        default={}, description="Workload of the project's own → what it asks, in turn."
    )
    scripts: dict[Name, ScriptLab] = Field(
        default={}, description="Workload → a script that asks in place of the lab, and checks its answers itself."
    )
    sign_in: SignInLab | None = Field(default=None, description="How to sign in before anything is asked.")
    ready: UrlPath | None = Field(default=None, description="A path that answers once the stack is up.")
    memory: dict[str, Annotated[int, Field(gt=0)]] = Field(description="Tier → share of the budget.")
    pins: list[Pins] | None = Field(default=None, min_length=1, description="What its images can hold.")
    variants: dict[Name, dict[str, Text]] = Field(default={"default": {}}, min_length=1)
    slots: dict[str, list[Text]] = Field(
        default={}, description="Variant → factors whose product is the requests in service at once."
    )
    processes: dict[str, list[Text]] = Field(
        default={}, description="Variant → factors whose product is the cores that the application can use."
    )
    start_within_s: float = Field(default=60, gt=0, description="So long it may take to come up.")
    warmup_s: float | None = Field(
        default=None, ge=1, le=60, description="So long it is warmed up at most: more for a runtime with a JIT."
    )
    pausable: bool = Field(default=True, description="false: it is stopped while others are measured, not frozen.")
    name: Name | None = Field(default=None, description="Of the project; its folder's name where it has none.")
    compose: list[str] = Field(default=[], description="The project's Compose files, where Compose finds others.")
    env_file: str | None = Field(default=None, description="Read in place of the project's .env.")
    profiles: list[str] = Field(default=[], description="Compose profiles whose services belong to it.")
    egress: bool = Field(default=False, description="true: its containers may reach the world outside.")
    allow: list[str] = Field(default=[], description="What would be refused otherwise: see docs/reference.md.")


def schema() -> dict[str, Any]:
    """The JSON Schema of a stack's Compose file, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A stack of the lab",
        "type": "object",
        "required": ["name", "x-lab", "services"],
        "properties": {"x-lab": {"$ref": "#/$defs/StackLab"}},
        "$defs": {"StackLab": StackLab.model_json_schema(), **StackLab.model_json_schema().get("$defs", {})},
    }
