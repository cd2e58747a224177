"""What schemathesis cannot know: how to sign in, and how many requests it has sent."""

import atexit
import os
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis.core.failures import Failure
from schemathesis.openapi.checks import RejectedPositiveData

from tests.service.conformance import protobuf, tokens
from tests.service.conformance.records import Records

Case = schemathesis.Case[Any]
KEY = os.environ["SERVICE_KEY"].encode()
RECORDS = Records(address=os.environ["SERVICE_REDIS"], password=os.environ["SERVICE_REDIS_PASSWORD"])
SENT = Path(os.environ["SERVICE_SENT"])
"""Where the number of answers is left."""
BEYOND_SCHEMAS = (
    b'"errors":[{"in":"query","at":"cursor","code":"format"}]',  # what is decoded must be an id
    b'"type":"urn:lab:problem:idempotency-key-reused"',
)
ACCEPTED = ("application/json", "application/x-protobuf", "*/*")


@schemathesis.auth()
class Admin:
    """User 1, with another token in each case: a logout must not end the cases after it."""

    def get(self, case: Case, context: schemathesis.AuthContext) -> str:
        claims = tokens.claims()
        RECORDS.put(claims)
        return tokens.signed(KEY, claims)

    def set(self, case: Case, data: str, context: schemathesis.AuthContext) -> None:
        case.headers["Authorization"] = f"Bearer {data}"


class _Count:
    answers = 0


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: Case, kwargs: dict[str, object]) -> None:
    # OpenAPI forbids a parameter `Accept`, so no case would ask for Protobuf.
    case.headers.setdefault("Accept", ACCEPTED[_Count.answers % len(ACCEPTED)])


@schemathesis.hook
def after_call(context: schemathesis.HookContext, case: Case, response: schemathesis.Response) -> None:
    _Count.answers += 1


@schemathesis.hook
def map_body(context: schemathesis.HookContext, body: object) -> object:
    """To JSON Schema 1.0 is an integer; to the contract it is not (test_fields.py)."""
    if isinstance(body, dict):
        return {name: map_body(context, value) for name, value in body.items()}
    return int(body) if isinstance(body, float) and body.is_integer() else body


@schemathesis.hook
def filter_failure(
    context: schemathesis.HookContext, failure: Failure, case: Case, response: schemathesis.Response
) -> bool:
    """Whether a failure is one: what is right by the schema may be refused by rules that no schema can say."""
    return not (isinstance(failure, RejectedPositiveData) and any(told in response.content for told in BEYOND_SCHEMAS))


@schemathesis.deserializer("application/x-protobuf")
def deserialize(context: schemathesis.DeserializationContext, response: schemathesis.Response) -> dict[str, object]:
    """Users and pages of them, to be held against the schema of their JSON."""
    is_page = context.operation.definition.raw["operationId"] == "list-users"
    return protobuf.page(response.content) if is_page else protobuf.user(response.content)


atexit.register(lambda: SENT.write_text(str(_Count.answers)))
